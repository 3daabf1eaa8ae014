//! The last two rows: what just happened, and the keys that work now. UX.md §4.

mod dialogs;
mod preflight;

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::canvas::Canvas;
use super::say;
use crate::app::geometry;
use crate::app::model::{List, NoticeTone};
use crate::app::permissions::{Tab, covers};
use crate::app::wizard::Wizard;
use crate::app::{Action, Context, Model, Screen};
use crate::domain::agent::progress;
use crate::domain::compare::{self, Standing};
use crate::domain::health::Level;
use crate::form::runbook::Step;
use crate::form::{Field, Kind, Spec};
use crate::text::{Shown, thousands};

use Action as A;

/// Between two keys.
const GAP: u16 = 3;

/// What just happened, and where the cursor is in the list.
pub fn notice(canvas: &mut Canvas<'_>, model: &Model, place: Context) {
    let area = canvas.area();
    let y = area.bottom().saturating_sub(2);
    let figure = match model.screens.top() {
        Screen::Runbook(_) | Screen::Form(_) => String::new(),
        Screen::Diff(screen) => position(screen.at, screen.shown.len()),
        Screen::Permissions(screen) if !screen.in_result => String::new(),
        Screen::Permissions(screen) => position(screen.at, screen.count()),
        Screen::Audit(screen) => position(screen.at, screen.shown.len()),
        Screen::Preflight(screen) if screen.in_checks => {
            let lines = screen.lines();
            position(screen.place(&lines), lines.len())
        }
        Screen::Preflight(screen) => position(screen.entry_at(), screen.entries().count()),
        Screen::List => position(model.list.at, model.list.shown.len()),
    };
    let reserved = u16::try_from(figure.len()).unwrap_or(0);
    canvas.right((area.x, y), area.width, &figure, canvas.theme.muted);
    let Some((sign, style, text)) = message(canvas, model) else { return };
    let room = area.width.saturating_sub(if reserved > 0 { reserved + 2 } else { 0 });
    let x = canvas.text((area.x, y), room, sign, style);
    let (text, room) = (Shown::composed(&text), room.saturating_sub(x + 1 - area.x));
    if text.width() <= usize::from(room) || area.height < 4 {
        canvas.text((x + 1, y), room, text, canvas.theme.plain);
        return;
    }
    // Its beginning takes the row above, whatever stands there.
    let (rows, cursor) = (Rect { y: y - 1, height: 2, ..area }, canvas.scene.cursor);
    canvas.clear(rows);
    // That of a dialog above stays.
    canvas.scene.cursor = cursor.filter(|it| !rows.contains(*it));
    canvas.right((area.x, y), area.width, &figure, canvas.theme.muted);
    canvas.text((area.x, y - 1), room, sign, style);
    let mut lines = text.wrap(usize::from(room)).into_iter();
    if let Some(first) = lines.next() {
        canvas.text((x + 1, y - 1), room, first, canvas.theme.plain);
    }
    let Some(second) = lines.next() else { return };
    // What is still cut off may be what to do: a key shows the whole of it.
    let key = canvas.keymap.hint(place, A::Message);
    let more = Shown::from(format!("{key} all"));
    let tail = u16::try_from(more.width()).unwrap_or(u16::MAX).saturating_add(1);
    if lines.next().is_none() || key.is_empty() || room < tail.saturating_mul(2) {
        canvas.text((x + 1, y), room, second, canvas.theme.plain);
        return;
    }
    let second = second.cut(usize::from(room - tail), canvas.theme.signs.ellipsis).into_owned();
    let end = canvas.text((x + 1, y), room - tail, second, canvas.theme.plain);
    let end = canvas.text((end + 1, y), tail, key, canvas.theme.key);
    canvas.text((end, y), tail, " all", canvas.theme.muted);
}

fn message(canvas: &Canvas<'_>, model: &Model) -> Option<(&'static str, Style, String)> {
    let (signs, theme) = (&canvas.theme.signs, canvas.theme);
    if let (Some(fetching), None) = (&model.fetching, &model.notice) {
        let far = progress(fetching.done, fetching.total);
        let key = canvas.keymap.hint(Context::Form, A::Back);
        let text = format!("Device agent: {far}; {key} stops it");
        return Some((signs.advice, theme.advice, text));
    }
    let notice = model.reported()?;
    let (sign, style) = match notice.tone {
        NoticeTone::Done => (signs.good, theme.good),
        NoticeTone::Info => (signs.advice, theme.advice),
        NoticeTone::Failed => (signs.error, theme.error),
    };
    Some((sign, style, notice.text))
}

/// Where the cursor is: short, because it changes with every move.
fn position(at: usize, count: usize) -> String {
    if count == 0 {
        return String::new();
    }
    format!("{}/{}", thousands(at + 1), thousands(count))
}

/// The keys that work now, the most useful first, as many as fit; help is always among them.
pub fn keys(canvas: &mut Canvas<'_>, model: &Model, spec: Option<&'static Spec>, place: Context) {
    let area = canvas.area();
    let y = area.bottom().saturating_sub(1);
    let wanted: Vec<Hint> = say::joined(canvas, place, &hints(model, spec, place))
        .into_iter()
        .map(|(action, key, label)| {
            let off = model.refused(place, action).is_some();
            Hint { action, key, label, off }
        })
        .collect();
    let mut x = area.x;
    for hint in fitting(wanted, area.width, !model.modals.is_empty()) {
        let room = |x: u16| area.right().saturating_sub(x);
        let muted = canvas.theme.muted;
        if hint.off {
            // In brackets, because not every terminal shows what is dim.
            x = canvas.text((x, y), room(x), format!("({} {})", hint.key, hint.label), muted);
        } else {
            x = canvas.text((x, y), room(x), &hint.key, canvas.theme.key);
            x = canvas.text((x, y), room(x), format!(" {}", hint.label), muted);
        }
        x = x.saturating_add(GAP);
    }
}

/// A key of the footer.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Hint {
    action: Action,
    key: String,
    label: &'static str,
    /// It cannot be done here; pressing it says why.
    off: bool,
}

impl Hint {
    fn width(&self) -> u16 {
        let brackets = if self.off { 2 } else { 0 };
        let text =
            Shown::from(self.key.as_str()).width() + 1 + self.label.chars().count() + brackets;
        u16::try_from(text).unwrap_or(u16::MAX)
    }
}

/// The first hints that fit beside each other, in their order. Room is kept for the help and, in what
/// lies over a screen, for the way out.
fn fitting(hints: Vec<Hint>, width: u16, over: bool) -> Vec<Hint> {
    let kept = |it: &Hint| it.action == A::Help || (over && it.action == A::Back);
    let mut used: u16 = 0;
    let mut take = |hint: &Hint| {
        let more = hint.width() + if used > 0 { GAP } else { 0 };
        let fits = used.saturating_add(more) <= width;
        if fits {
            used += more;
        }
        fits
    };
    // The way out before the help, which F1 always opens.
    let mut order: Vec<usize> = (0..hints.len()).collect();
    order.sort_by_key(|at| match hints.get(*at) {
        Some(it) if it.action == A::Back && kept(it) => 0,
        Some(it) if kept(it) => 1,
        _ => 2,
    });
    let mut fits: Vec<usize> =
        order.into_iter().filter(|at| hints.get(*at).is_some_and(&mut take)).collect();
    fits.sort_unstable();
    let mut out: Vec<Hint> = fits.into_iter().filter_map(|at| hints.get(at).cloned()).collect();
    // The help closes the line.
    if let Some(at) = out.iter().position(|it| it.action == A::Help) {
        let help = out.remove(at);
        out.push(help);
    }
    out
}

type Wanted = Vec<(Action, &'static str)>;

fn hints(model: &Model, spec: Option<&'static Spec>, context: Context) -> Wanted {
    match context {
        Context::List => list_hints(model),
        Context::Search => {
            vec![(A::Activate, "keep"), (A::Back, "clear"), (A::Down, "move"), (A::Help, "help")]
        }
        Context::Filter => vec![
            (A::Toggle, "toggle"),
            (A::Activate, "apply"),
            (A::NextTab, "next section"),
            (A::Back, "cancel"),
            (A::Search, "find"),
            (A::ClearFilter, "clear all"),
            (A::OnlyErrors, "errors only"),
            (A::OnlyWarnings, "warnings and worse"),
            (A::Help, "help"),
        ],
        Context::FilterSearch => vec![
            (A::Toggle, "toggle"),
            (A::Activate, "keep"),
            (A::Back, "clear"),
            (A::NextTab, "next section"),
            (A::Help, "help"),
        ],
        Context::Form | Context::FormText => form_hints(model, spec),
        Context::Review => review_hints(spec),
        Context::Permissions => permissions_hints(model),
        Context::Audit => audit_hints(model),
        Context::AuditSearch => {
            vec![(A::Activate, "keep"), (A::Back, "clear"), (A::Down, "move"), (A::Help, "help")]
        }
        Context::Diff => diff_hints(model),
        Context::DiffSearch => {
            vec![(A::Activate, "keep"), (A::Back, "clear"), (A::Down, "move"), (A::Help, "help")]
        }
        Context::Runbook => runbook_hints(model),
        Context::Preflight => preflight::hints(model),
        Context::Picker => dialogs::picker_hints(model),
        Context::Prompt => dialogs::prompt_hints(model),
        Context::Dialog => dialogs::dialog_hints(model),
        Context::Menu => dialogs::menu_hints(model),
        Context::Help => vec![
            (A::Down, "scroll"),
            (A::NextTab, "next place"),
            (A::PageDown, "page down"),
            (A::Back, "close"),
        ],
        Context::Palette => vec![(A::Activate, "run"), (A::Down, "move"), (A::Back, "close")],
    }
}

fn list_hints(model: &Model) -> Wanted {
    let list = &model.list;
    let (can, rows) = (&model.capabilities, !list.shown.is_empty());
    let some = |on: bool, action: Action| on.then_some((action, action.short()));
    let filtered = !list.filter.is_empty() || !list.search.is_empty();
    let marked = !list.marks.is_empty();
    let (live, others) = (model.is_live(), model.contexts.all.len() > 1);
    let closed = can.read_only.is_some();
    let open = list.details;
    [
        some(marked && can.delete, A::Delete),
        some(marked, A::Unmark),
        some(list.range.is_some(), A::MarkRange),
        filtered.then_some((A::ClearFilter, "clear")),
        quick(list, true, A::OnlyErrors, &[Level::Error]),
        quick(list, true, A::OnlyWarnings, &[Level::Error, Level::Warning]),
        rows.then_some((A::Open, if live { "all details" } else { "open" })),
        some(can.write, A::Create),
        some(!list.rows.is_empty(), A::Search),
        some(!list.rows.is_empty(), A::Filter),
        (geometry::list_hidden(model) > 0).then_some((A::ScrollDown, "scroll details")),
        some(rows && open && can.history, A::History),
        some(rows, A::Mark),
        some(!marked && rows && can.delete, A::Delete),
        some(can.delete && !model.undo.is_empty(), A::Undo),
        some(can.drafts && model.drafts > 0, A::Drafts),
        some(!live && (!list.loaded || list.error.is_some()), A::Refresh),
        some(list.loaded && list.rows.is_empty() && can.write, A::Sample),
        some(list.loaded && list.rows.is_empty() && can.edit_directory, A::ImportDirectory),
        some(others, A::Contexts),
        // What cannot be done here, in grey and in brackets.
        some(closed && !can.write, A::Create),
        some(live, A::Refresh),
        some(closed && !can.delete && rows, A::Delete),
        rows.then_some((A::Details, if open { "close details" } else { "details" })),
        some(!list.rows.is_empty(), A::Audit),
        some(rows && !live, A::Preflight),
        some(others || live, A::Diff),
        some(live && rows, A::CopyToPlan),
        some(rows && !live, A::Runbook),
        some(rows, A::Permissions),
        quick(list, false, A::OnlyErrors, &[Level::Error]),
        quick(list, false, A::OnlyWarnings, &[Level::Error, Level::Warning]),
        some(rows, A::Copy),
        some(rows, A::Export),
        some(rows && can.write, A::Clone),
        some(rows, A::Sort),
        some(true, A::Palette),
        some(true, A::Quit),
        some(true, A::Help),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A quick filter: among the first how to end it while it applies, else only where it finds something.
fn quick(
    list: &List,
    first: bool,
    action: Action,
    levels: &[Level],
) -> Option<(Action, &'static str)> {
    let on = list.filter.levels.len() == levels.len()
        && levels.iter().all(|it| list.filter.levels.contains(it));
    let finds = !on && levels.last().is_some_and(|it| list.level_count(*it) > 0);
    if first {
        on.then_some((action, "every level"))
    } else {
        finds.then_some((action, action.short()))
    }
}

/// Only Groups connections have permissions to show.
fn of_groups(spec: Option<&'static Spec>) -> Option<(Action, &'static str)> {
    let groups = spec.is_some_and(|it| covers(it.kind));
    groups.then_some((A::Permissions, "permissions"))
}

fn review_hints(spec: Option<&'static Spec>) -> Wanted {
    let mut wanted = vec![(A::Save, "save"), (A::Back, "step back"), (A::Down, "scroll")];
    wanted.extend(of_groups(spec));
    wanted.extend([(A::Palette, "actions"), (A::Help, "help")]);
    wanted
}

fn form_hints(model: &Model, spec: Option<&'static Spec>) -> Wanted {
    let field = match (model.screens.form(), spec) {
        (Some(wizard), Some(spec)) => super::form::focused(wizard, spec),
        (Some(_) | None, _) => None,
    };
    let mut wanted = match (field, model.screens.form()) {
        (Some(field), Some(wizard)) => of_field(field, wizard),
        (Some(_) | None, _) => Vec::new(),
    };
    // Emptying a field is the last that one thinks of.
    let clear = wanted.iter().position(|it| it.0 == A::ClearField).map(|at| wanted.remove(at));
    wanted.extend([
        (A::NextField, "next"),
        (A::Save, "save"),
        (A::NextStep, "next step"),
        (A::Back, "leave"),
    ]);
    if model.screens.form().is_some_and(|form| form.step > 0) {
        wanted.push((A::PrevStep, "step back"));
    }
    wanted.extend(of_groups(spec));
    wanted.extend(clear);
    wanted.extend([(A::Palette, "actions"), (A::Help, "help")]);
    wanted
}

/// Keys of a field, for the footer and the help beside it.
pub fn of_field(field: &Field, wizard: &Wizard) -> Wanted {
    match field.kind {
        Kind::Text { .. } | Kind::Day => vec![(A::ClearField, "clear")],
        Kind::Secret { .. } => {
            vec![(A::Reveal, "show or hide"), (A::CopyValue, "copy"), (A::ClearField, "clear")]
        }
        Kind::Toggle => vec![(A::Toggle, "toggle")],
        Kind::Choice(_) if field.key == "type" && wizard.target.is_none() => {
            vec![(A::Activate, "list all"), (A::Up, "choose"), (A::Down, "choose")]
        }
        Kind::Choice(_) => vec![(A::Up, "choose"), (A::Down, "choose")],
        Kind::PickOne(_) => vec![(A::Activate, "choose"), (A::ClearField, "clear")],
        Kind::PickMany(_) => vec![(A::Activate, "choose some"), (A::ClearField, "clear")],
        Kind::Key(_) if wizard.values.key(field.key).is_none() => vec![(A::Generate, "generate")],
        Kind::Key(_) => {
            vec![(A::Reveal, "show or hide"), (A::CopyValue, "copy"), (A::Generate, "replace")]
        }
        Kind::Tokens if wizard.values.tokens(field.key).is_empty() => {
            vec![(A::Generate, "get a token"), (A::Paste, "paste one")]
        }
        Kind::Tokens => vec![
            (A::Generate, "another"),
            (A::Paste, "paste one"),
            (A::Reveal, "show or hide"),
            (A::CopyValue, "copy"),
        ],
        Kind::Agent => vec![(A::CopyCommand, "copy command"), (A::FetchAgent, "download")],
    }
}

fn permissions_hints(model: &Model) -> Wanted {
    let Some(screen) = model.screens.permissions() else { return Vec::new() };
    let checks = [(A::CheckManifest, "manifest"), (A::CheckToken, "token"), (A::CheckLive, "live")];
    let out = [(A::Copy, "copy"), (A::SaveFile, "save")];
    let mut wanted: Wanted = Vec::new();
    if !screen.in_result {
        wanted.extend([(A::Left, "choose"), (A::Right, "choose")]);
        wanted.extend([(A::NextPane, "result"), (A::NextTab, "next tab"), (A::Back, "close")]);
    } else {
        wanted.push((A::NextTab, "next tab"));
        match (screen.tab, &screen.report) {
            (Tab::Needs | Tab::Steps, _) => {
                wanted.push((A::Activate, "details"));
                wanted.extend(out);
            }
            (Tab::Manifest, _) => {
                wanted.extend(out);
                wanted.extend([(A::NextFormat, "other form"), (A::Activate, "notes")]);
            }
            (Tab::Check, None) => wanted.extend(checks),
            (Tab::Check, Some(_)) => {
                let all = if screen.only_gaps { "show all" } else { "only gaps" };
                wanted.extend([(A::OnlyGaps, all), (A::Activate, "details")]);
                wanted.extend(out);
            }
        }
        wanted.extend([(A::NextPane, "scenario"), (A::Back, "close")]);
        if screen.tab == Tab::Check && screen.report.is_some() {
            wanted.extend(checks);
        }
    }
    wanted.extend([(A::Palette, "actions"), (A::Help, "help")]);
    wanted
}

fn audit_hints(model: &Model) -> Wanted {
    let mut wanted: Wanted = Vec::new();
    let Some(screen) = model.screens.audit() else { return wanted };
    if screen.is_narrowed() {
        wanted.push((A::ClearFilter, "clear"));
    }
    if screen.current().is_some() {
        wanted.extend([(A::Activate, "fix"), (A::ShowInList, "in the list")]);
        let order = if screen.by_rule { "by level" } else { "by rule" };
        wanted.extend([(A::Sort, order), (A::Filter, "level")]);
        wanted.extend([(A::Search, "search"), (A::Details, "details")]);
    }
    if geometry::audit_hidden(model) > 0 {
        wanted.push((A::ScrollDown, "scroll"));
    }
    wanted.push((A::Back, "close"));
    wanted.push((A::Refresh, "audit again"));
    if screen.report.is_some() {
        wanted.push((A::SaveFile, "save report"));
    }
    if screen.current().is_some() {
        wanted.push((A::Copy, "copy"));
    }
    wanted.extend([(A::Palette, "actions"), (A::Help, "help")]);
    wanted
}

fn diff_hints(model: &Model) -> Wanted {
    let Some(screen) = model.screens.diff() else { return Vec::new() };
    let standing = screen.current().map(compare::Entry::standing);
    let mut wanted: Wanted = Vec::new();
    match standing {
        Some(Standing::OnlyLive) => wanted.push((A::CopyToPlan, "to the plan")),
        Some(Standing::Differs | Standing::OnlyPlan | Standing::Same) => {
            wanted.extend([(A::Activate, "go to it"), (A::Runbook, "runbook")]);
        }
        Some(Standing::Ambiguous) => wanted.push((A::Details, "details")),
        None => {}
    }
    wanted.extend([(A::NextTab, "next group"), (A::Search, "search"), (A::Back, "close")]);
    wanted.push((A::Refresh, "refresh"));
    if screen.report.is_some() {
        wanted.push((A::CopyMenu, "copy or save"));
    }
    if standing.is_some() {
        wanted.push((A::Details, "details"));
    }
    wanted.extend([(A::Palette, "actions"), (A::Help, "help")]);
    wanted
}

fn runbook_hints(model: &Model) -> Wanted {
    let Some(screen) = model.screens.runbook() else { return Vec::new() };
    let mut wanted: Wanted = Vec::new();
    match screen.step() {
        Some(step) if step.id == Step::CONFIRM => wanted.push((A::Diff, "compare")),
        Some(step) => {
            wanted.extend([(A::Toggle, "tick"), (A::Activate, "done, next")]);
            if !step.entries.is_empty() {
                wanted.push((A::CopyValue, "copy value"));
            }
        }
        None => wanted.push((A::Details, "details")),
    }
    wanted.extend([(A::Back, "close"), (A::Diff, "compare"), (A::CopyMenu, "Markdown")]);
    wanted.push((A::SaveFile, "save"));
    if !screen.ticked.is_empty() {
        wanted.push((A::ResetTicks, "reset"));
    }
    if screen.before_reset.is_some() {
        wanted.push((A::Undo, "undo"));
    }
    wanted.extend([(A::Palette, "actions"), (A::Help, "help")]);
    let mut seen = std::collections::BTreeSet::new();
    wanted.retain(|(action, _)| seen.insert(*action));
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(action: Action, key: &str) -> Hint {
        Hint { action, key: key.to_owned(), label: action.short(), off: false }
    }

    #[test]
    fn the_help_stays_when_others_are_cut() {
        let all = vec![hint(A::Open, "enter"), hint(A::Create, "n"), hint(A::Help, "?")];
        let at = |width| {
            fitting(all.clone(), width, false).into_iter().map(|it| it.action).collect::<Vec<_>>()
        };
        assert_eq!(at(80), [A::Open, A::Create, A::Help]);
        // "enter open" takes ten columns, "? help" six, "n new" five.
        assert_eq!(at(20), [A::Open, A::Help]);
        assert_eq!(at(15), [A::Create, A::Help]);
        assert_eq!(at(6), [A::Help]);
        assert_eq!(at(2), []);
    }

    // In a dialog nobody may be left without the way out, however narrow it is.
    #[test]
    fn the_way_out_of_a_dialog_stays() {
        let all = vec![
            hint(A::Activate, "enter"),
            hint(A::Down, "down"),
            hint(A::Back, "esc"),
            hint(A::Help, "?"),
        ];
        let at = |width, over| {
            fitting(all.clone(), width, over).into_iter().map(|it| it.action).collect::<Vec<_>>()
        };
        let wide = all.iter().map(|it| it.width() + GAP).sum();
        assert_eq!(at(wide, true), [A::Activate, A::Down, A::Back, A::Help]);
        for width in [20, 30, 40] {
            assert!(at(width, true).contains(&A::Back), "{width}");
        }
        assert!(!at(24, false).contains(&A::Back));
    }
}
