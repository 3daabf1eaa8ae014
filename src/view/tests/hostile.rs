//! E4: texts from outside cannot act on the terminal, whatever screen shows them.

use super::{Screen, fixtures};
use crate::app::modal::Message;
use crate::app::model::{Notice, NoticeTone};
use crate::app::{Modal, Model};
use crate::backend::BackendError;
use crate::domain::{Answers, Cloud, Listed, Mfa};
use crate::form::Value;
use crate::text::is_hidden;
use crate::view::Theme;

/// All controls, bidi and zero-width characters in one name, with wide and combining ones.
fn hostile() -> String {
    let mut name = String::from("a\u{1b}]0;x\u{7}\u{1b}[2J\u{9b}31m\r\n\t漢e\u{301}🚀");
    name.extend((0..0x20).chain(0x7f..0xa0).filter_map(char::from_u32));
    name.extend(
        (0x200b..0x2010).chain(0x2028..0x202f).chain(0x2060..0x2070).filter_map(char::from_u32),
    );
    name.push('\u{feff}');
    name.push_str(&"\u{301}".repeat(100));
    name
}

fn spoil(model: &mut Model) {
    spoil_with(model, &hostile());
}

/// Puts a name wherever the model holds a text from outside.
fn spoil_with(model: &mut Model, name: &str) {
    let name = name.to_owned();
    let mut rows = fixtures::rows();
    for row in &mut rows {
        row.name = format!("{} {name}", row.name).into();
        row.tenant = name.as_str().into();
        row.credentials = name.as_str().into();
        row.modified_by = name.as_str().into();
    }
    let at = model.list.at;
    if !model.list.rows.is_empty() {
        model.list.rows = Default::default();
        model.list.rows.append(rows);
        model.list.shown = (0..11).collect();
    }
    model.list.at = at;
    model.list.details = true;
    model.settings.context.clone_from(&name);
    model.settings.config_path.clone_from(&name);
    model.settings.install_command.clone_from(&name);
    model.settings.installer.url = Some(format!("https://{name}"));
    model.settings.portals.commercial = Some(format!("https://{name}"));
    for info in &mut model.contexts.all {
        info.label = Some(name.clone());
        info.place.clone_from(&name);
        if info.name != model.contexts.active {
            info.name.clone_from(&name);
        }
    }
    if let Some(diff) = model.screens.diff_mut() {
        diff.plan.clone_from(&name);
        diff.live.clone_from(&name);
        diff.error = diff.error.as_ref().map(|_| name.clone());
        for entry in diff.report.iter_mut().flat_map(|it| &mut it.entries) {
            for row in entry.plan.iter_mut().chain(&mut entry.live) {
                row.name = format!("{} {name}", row.name).into();
                row.tenant = name.as_str().into();
                row.live_id = Some(name.as_str().into());
            }
            for it in &mut entry.findings {
                it.plan.clone_from(&name);
                it.live.clone_from(&name);
            }
        }
    }
    if let Some(it) = model.screens.runbook_mut() {
        it.runbook.name.clone_from(&name);
        for entry in it.runbook.steps.iter_mut().flat_map(|it| &mut it.entries) {
            if let crate::form::runbook::Entry::Text(text) = entry {
                text.clone_from(&name);
            }
        }
        it.runbook.asides.iter_mut().for_each(|it| it.value.clone_from(&name));
    }
    if let Some(it) = model.screens.preflight_mut() {
        spoil_preflight(it, &name);
    }
    if let Some((_, opening)) = &mut model.contexts.opening {
        opening.clone_from(&name);
    }
    if let crate::app::contexts::Projects::Known(projects) = &mut model.live.projects {
        projects.iter_mut().for_each(|it| it.name.clone_from(&name));
    }
    if let Some(Ok(it)) = model.live.looked.as_mut().and_then(|it| it.answer.as_mut()) {
        it.answers.push(("Tenant", name.clone()));
        let it = &mut it.connection;
        it.description.clone_from(&name);
        it.created_by.clone_from(&name);
        if let Answers::Listed(Listed { live: Some(origin), .. }) = &mut it.answers {
            origin.id.clone_from(&name);
            origin.tenant_id = Some(name.clone());
        }
    }
    model.notice = Some(Notice { tone: NoticeTone::Failed, text: name.clone() });
    model.list.error = Some(BackendError::Other(name.clone()));
    model.list.search.line = name.as_str().into();
    model.list.filter.tenants.insert(name.clone());
    if let Some(form) = model.screens.form_mut() {
        for key in ["name", "description", "user", "until"] {
            form.values.set(key, Value::Text(name.clone()));
        }
        let tenant = fixtures::tenant(&name, Cloud::China21Vianet);
        form.values.set("tenant", Value::One(fixtures::pick(tenant)));
        let account = fixtures::account(&name, Mfa::No);
        form.values.set("accounts", Value::Many(vec![fixtures::pick(account)]));
        form.original.set("name", Value::Text(name.clone()));
        form.input = name.as_str().into();
        form.errors.insert("name", name.clone());
        form.errors.insert("tenant", name.clone());
    }
    for modal in &mut model.modals {
        spoil_modal(modal, &name);
    }
}

fn spoil_preflight(screen: &mut crate::app::preflight::Screen, name: &str) {
    use crate::app::preflight::Ask;
    screen.error = screen.error.as_ref().map(|_| name.to_owned());
    for it in &mut screen.connections {
        it.name = name.to_owned();
        it.reaches = name.to_owned();
        for found in it.checks.iter_mut().filter_map(|it| it.found.as_mut()) {
            found.text = name.to_owned();
            found.fix = name.to_owned();
        }
    }
    match screen.ask.as_deref_mut() {
        Some(Ask::SignIn(it)) => {
            it.name = name.to_owned();
            it.tenant = name.to_owned();
            if let Some(code) = &mut it.code {
                code.url = format!("https://{name}");
                code.code = name.to_owned();
            }
        }
        Some(Ask::Bind(it)) => {
            it.domain = name.to_owned();
            it.accounts.iter_mut().for_each(|it| it.0 = name.to_owned());
        }
        None => {}
    }
}

fn spoil_modal(modal: &mut Modal, name: &str) {
    match modal {
        Modal::Delete(it) => {
            for target in &mut it.plan.targets {
                target.name = name.to_owned();
            }
            for projects in it.used_by.iter_mut().flat_map(|it| it.values_mut()) {
                projects.push(name.to_owned());
            }
        }
        Modal::Conflict(it) => {
            it.by = name.to_owned();
            for difference in it.differences.iter_mut().flatten() {
                difference.theirs = name.to_owned();
                difference.mine = name.to_owned();
            }
        }
        Modal::Filter(it) => {
            it.facets.push((crate::app::facets::Facet::Tenant(name.to_owned()), 1));
        }
        Modal::Picker(it) => {
            it.search.line = name.into();
            it.error = Some(BackendError::Other(name.to_owned()));
            for item in &mut it.items {
                item.picked.label = name.to_owned();
                item.note = name.to_owned();
            }
            for picked in &mut it.picked {
                picked.label = name.to_owned();
            }
        }
        Modal::Prompt(it) => {
            it.text = name.to_owned();
            it.error = Some(name.to_owned());
        }
        Modal::Drafts(it) => it.items.iter_mut().for_each(|it| it.draft.title = name.to_owned()),
        Modal::Deleted(it) => it.items.iter_mut().for_each(|it| {
            it.row.name = name.into();
            it.by = name.to_owned();
        }),
        Modal::History { name: title, menu, .. } => {
            *title = name.to_owned();
            for item in &mut menu.items {
                item.by = name.to_owned();
                item.action = name.to_owned();
                for change in &mut item.changes {
                    change.field = name.to_owned();
                    change.before = Some(name.to_owned());
                    change.after = Some(name.to_owned());
                }
            }
        }
        Modal::Message(Message { title, lines, .. }) => {
            *title = name.to_owned();
            lines.push(name.to_owned());
        }
        Modal::Help(it) => it.search.line = name.into(),
        Modal::Palette(it) => it.search.line = name.into(),
        Modal::Lives(it) => it.names.push(name.to_owned()),
        Modal::Preflight(it) => it.items.iter_mut().for_each(|it| it.0 = name.to_owned()),
        Modal::Discard { title, .. } => *title = name.to_owned(),
        Modal::Purge { target, .. } => target.name = name.to_owned(),
        Modal::HasDraft(it) => it.kept.draft.title = name.to_owned(),
        Modal::Leave { .. }
        | Modal::Regenerate { .. }
        | Modal::CopyMenu(_)
        | Modal::Contexts { .. }
        // What they show is in the screen below.
        | Modal::SignIn
        | Modal::Bind { .. }
        // Quoted when they are made; see `commands`.
        | Modal::Commands(_)
        | Modal::Details { .. } => {}
    }
}

#[test]
fn no_screen_lets_a_control_character_through() {
    for (name, model, spec) in fixtures::everything() {
        for size in super::SIZES {
            for plain in [false, true] {
                let mut model = model.clone();
                model.size = size;
                spoil(&mut model);
                if plain {
                    // What lies behind a notice shows too.
                    model.notice = None;
                    model.list.details = false;
                }
                let screen = Screen::draw(&model, spec, &Theme::default());
                for cell in screen.buffer.content() {
                    let bad = cell.symbol().chars().any(is_hidden);
                    assert!(!bad, "{name} {size:?}: {:?}", cell.symbol());
                    assert!(cell.symbol().len() < 40, "{name} {size:?}: {:?}", cell.symbol());
                }
                for link in &screen.links {
                    assert!(!link.text.chars().any(is_hidden), "{name}: {link:?}");
                    assert!(!link.url.chars().any(is_hidden), "{name}: {link:?}");
                }
            }
        }
    }
}

// The test above must be able to fail: the names do get to the screen.
#[test]
fn hostile_names_are_shown_escaped() {
    let mut model = fixtures::list((140, 40));
    spoil(&mut model);
    model.list.search.line = "".into();
    assert!(Screen::of(&model).text().contains("\\u{1b}"), "{}", Screen::of(&model).text());
}

// A name of 10 kB is cut, and costs no more than its columns.
#[test]
fn a_huge_name_is_cut() {
    let mut rows = fixtures::rows();
    rows[0].name = "x".repeat(10_000).into();
    let mut model = fixtures::with_rows((80, 24), rows);
    model.list.details = true;
    let text = Screen::of(&model).text();
    assert!(text.lines().all(|it| it.chars().count() <= 80), "{text}");
    assert!(text.contains("x…"), "{text}");
}

/// A screen as text, or all of its cells.
fn drawn(model: &Model, spec: Option<&'static crate::form::Spec>) -> (String, bool) {
    let screen = Screen::draw(model, spec, &Theme::default());
    let harmless = !screen.buffer.content().iter().any(|it| it.symbol().chars().any(is_hidden));
    let links = screen.links.iter().flat_map(|it| [it.text.as_str(), it.url.as_str()]);
    let harmless = harmless && links.clone().all(|it| !it.chars().any(is_hidden));
    (screen.text(), harmless)
}

/// The whole corpus through every screen, dialog and panel: nothing comes through, and wherever a
/// name is shown at all, each character is spelled out.
#[test]
fn every_hidden_character_is_reported_on_every_screen() {
    let corpus = crate::text::corpus();
    let (mut screens, mut shown_on, mut reported) = (0, 0, 0);
    for (name, model, spec) in fixtures::everything() {
        screens += 1;
        let at = |text: &str| {
            let mut model = model.clone();
            model.size = (140, 40);
            spoil_with(&mut model, text);
            // What lies behind a notice shows too.
            model.notice = None;
            drawn(&model, spec)
        };
        // Five at a time, with a mark in front that shows whether the place shows names.
        if !at("zqz").0.contains("zqz") {
            for part in corpus.chunks(64) {
                assert!(at(&part.iter().collect::<String>()).1, "{name}");
            }
            continue;
        }
        shown_on += 1;
        // A sixth of them on each screen, another one each time; JETBRIDGE_ESCAPES: all of them.
        let step = if std::env::var_os("JETBRIDGE_ESCAPES").is_some() { 1 } else { 6 };
        // On each screen another one stands first, where no column is too narrow for it.
        for part in corpus.chunks(5).skip(screens % step).step_by(step) {
            let mut part = part.to_vec();
            let first = screens % part.len();
            part.rotate_left(first);
            let (text, harmless) = at(&part.iter().collect::<String>());
            assert!(harmless, "{name}: {part:?}");
            let spelled = format!("\\u{{{:x}}}", part[0] as u32);
            assert!(text.contains(&spelled), "{name} does not show {spelled}:\n{text}");
            reported += 1;
        }
    }
    println!(
        "{} characters on {screens} screens, {shown_on} of which show names: {reported} reported",
        corpus.len()
    );
}

/// The cursor stands behind what is left of it, and columns stay right, whatever the names hold.
#[test]
fn columns_and_cursor_stay_right() {
    for name in [
        "plain",
        "漢字漢字",
        "e\u{301}e\u{301}",
        "🚀👩\u{200d}👧",
        "a\u{202e}b\u{200b}",
        "\u{301}x",
        "한글",
        "\u{1112}\u{1161}\u{11ab}",
        "❤\u{fe0f}",
    ] {
        let mut rows = fixtures::rows();
        rows[0].name = name.into();
        let model = fixtures::with_rows((100, 24), rows);
        let screen = Screen::of(&model);
        let line = |y: u16| -> String {
            let mut row = String::new();
            let mut skip = 0;
            for x in 0..100 {
                if skip == 0 {
                    let symbol = screen.buffer[(x, y)].symbol();
                    skip = crate::text::Shown::from(symbol).width().max(1);
                    row.push_str(symbol);
                }
                skip -= 1;
            }
            row
        };
        // What is on the screen is spelled out already.
        let width = |text: &str| crate::text::Shown::composed(text).width();
        let (_, y) = screen.find("adatum.example");
        let (first, second) = (line(y), line(y + 1));
        let at = |line: &str, what: &str| {
            let found = line.find(what).unwrap_or_else(|| panic!("{what}:\n{}", screen.text()));
            width(&line[..found])
        };
        let (tenant, other) = (at(&first, "adatum.example"), at(&second, "contoso.onm"));
        assert_eq!(tenant, other, "{name}:\n{first}\n{second}");
        assert_eq!((width(&first), width(&second)), (100, 100), "{name}");

        let mut model = fixtures::list((80, 24));
        model.list.search.typing = true;
        model.list.search.line = name.into();
        let screen = Screen::of(&model);
        let cursor = screen.cursor.unwrap();
        let before = crate::text::Shown::from(name).width();
        model.list.search.line = "".into();
        let empty = Screen::of(&model).cursor.unwrap();
        assert_eq!(usize::from(cursor.x - empty.x), before, "{name}");
    }
}
