//! Dialogs.

use super::{Screen, check, fixtures, snapshot_with};
use crate::app::prompt::Prompt;
use crate::app::{Key, Keymap, Modal, Msg, update};
use crate::domain::ObjectKind;
use crate::domain::removal::Target;
use crate::view::Hit;

#[test]
fn dialogs() {
    for (name, model, spec) in fixtures::everything() {
        if name.starts_with("modal") {
            snapshot_with(name, &model, spec);
        }
    }
}

#[test]
fn styles_of_a_dialog() {
    let model = fixtures::with_modal(fixtures::list((80, 24)), fixtures::delete(2));
    let screen = Screen::of(&model);
    check("styles_delete", &format!("{}---\n{}", screen.text(), screen.styles()));
}

// C5, UX.md §3.5: names, what is hidden, what is not known, and Cancel first.
#[test]
fn the_delete_dialog_says_what_it_would_do() {
    for size in super::SIZES {
        let mut model = fixtures::with_modal(fixtures::list(size), fixtures::delete(3));
        model.size = size;
        let screen = Screen::of(&model);
        let text = screen.text();
        assert!(text.contains("Delete 5 connections?"), "{text}");
        let hidden = if size.1 > 12 { "3 of them are hidden" } else { "3 hidden by search" };
        assert!(text.contains(hidden), "{text}");
        assert!(text.contains("adatum-groups"), "{text}");
        // Some of them cannot be seen, so the number is typed in place of a choice.
        assert!(text.contains("Type 5 to delete:") && !text.contains("Cancel"), "{text}");
        assert!(screen.cursor.is_some(), "{text}");
        let (x, y) = screen.find("Delete 5");
        assert_eq!(screen.hit(x, y), None);
    }
}

/// The text inside the dialog as one sentence after the other.
fn inside(model: &crate::app::Model, spec: Option<&'static crate::form::Spec>) -> String {
    let text = Screen::draw(model, spec, &crate::view::Theme::default()).text();
    let inside = text.lines().filter_map(|line| {
        let (from, to) = (line.find('│')?, line.rfind('│')?);
        line.get(from + '│'.len_utf8()..to)
    });
    let words: Vec<&str> = inside.flat_map(str::split_whitespace).collect();
    words.join(" ")
}

// Issue 11, 22: with few rows a sentence is whole, shorter, or not there; never a part of it that
// says something else.
#[test]
fn small_dialogs_keep_what_turns_their_meaning() {
    use crate::app::modal::{DeleteDialog, Proof};
    let sizes = [(40, 12), (41, 13), (44, 14), (50, 12), (50, 16), (60, 18), (80, 24)];
    let delete = |change: fn(&mut DeleteDialog)| {
        let Modal::Delete(mut dialog) = fixtures::delete(0) else { unreachable!() };
        change(&mut dialog);
        Modal::Delete(dialog)
    };
    let list = |modal| fixtures::with_modal(fixtures::list((80, 24)), modal);
    let proof = || Some(Proof { wrong: true, ..Proof::of(1) });
    let discard = |proof| {
        // A name of any length.
        let title = "A draft of many words that goes on and on ".repeat(9);
        Modal::Discard { id: "a".into(), title, at: 0, proof }
    };
    let purge = |proof| {
        let name = "A connection of many words that goes on and on ".repeat(9);
        let target = Target { id: crate::app::rows::tests::row(1, "a").id, name, revision: 2 };
        Modal::Purge { target, at: 0, proof }
    };
    let regenerate = |proof| Modal::Regenerate { field: "key", at: 0, proof };
    const REPLACED: &str =
        "Once the form is saved that key is superseded, and they need the new one.";
    // Each of the alternatives, whole, and none of what would be left of a cut sentence.
    let table: Vec<(Modal, &[&[&str]])> = vec![
        (
            delete(|_| {}),
            &[
                &[
                    "Which projects are affected is not known in this store.",
                    "Affected projects: not known.",
                ],
                &["▸ Cancel"],
                &["Delete 5"],
            ],
        ),
        (
            delete(|it| it.used_by = Some(std::collections::BTreeMap::new())),
            &[&["No project is affected."], &["▸ Cancel"]],
        ),
        (
            fixtures::delete(3),
            &[
                &["3 of them are hidden by search or filter.", "3 hidden by search or filter."],
                &[
                    "Which projects are affected is not known in this store.",
                    "Affected projects: not known.",
                ],
                &["Type 5 to delete:"],
            ],
        ),
        (
            delete(|it| it.proof = Some(Proof { wrong: true, ..Proof::of(5) })),
            &[&["That is not 5."], &["Type 5 to delete:"]],
        ),
        (discard(None), &[&["nothing brings it back."], &["▸ Keep it"], &["Discard it"]]),
        (discard(proof()), &[&["nothing brings it back."], &["Type 1 to discard it:"]]),
        (purge(None), &[&["nothing brings it back."], &["▸ Keep it"], &["Purge it"]]),
        (purge(proof()), &[&["nothing brings it back."], &["Type 1 to purge it:"]]),
        (regenerate(None), &[&[REPLACED], &["▸ Keep the key"], &["Generate a new one"]]),
        (regenerate(proof()), &[&[REPLACED], &["That is not 1."], &["Type 1 to replace it:"]]),
        (
            Modal::Leave { at: 0, quit: true },
            &[&["There are unsaved changes."], &["▸ Continue editing"], &["Discard it"]],
        ),
    ];
    for (modal, needed) in table {
        for size in sizes {
            let mut model = list(modal.clone());
            model.size = size;
            let text = inside(&model, None);
            for either in needed {
                assert!(either.iter().any(|it| text.contains(it)), "{size:?}: {either:?}: {text}");
            }
        }
    }
    // Whoever saved in between may have any name.
    let (_, mut model, spec) =
        fixtures::everything().into_iter().find(|it| it.0 == "modal_conflict").unwrap();
    if let Some(Modal::Conflict(it)) = model.modals.last_mut() {
        it.by = "somebody with a long name ".repeat(8);
    }
    for size in sizes {
        model.size = size;
        let text = inside(&model, spec);
        assert!(text.contains("Nothing was overwritten."), "{size:?}: {text}");
    }
}

// A mistake in a dialog of many lines is read from its beginning, and its line is in sight.
#[test]
fn a_long_mistake_leaves_its_beginning_and_the_line_in_sight() {
    for at in 0..5 {
        let mut prompt = Prompt::check_live();
        prompt.at = at;
        let error =
            "Microsoft refused the sign-in: the client secret is expired, and more words follow";
        prompt.error = Some(format!("{error}, {}", "on and on ".repeat(30)));
        let label = prompt.lines[at].label;
        let mut model =
            fixtures::with_modal(fixtures::list((80, 24)), Modal::Prompt(Box::new(prompt)));
        model.size = (40, 12);
        let screen = Screen::of(&model);
        let text = inside(&model, None);
        assert!(text.contains("Microsoft refused the sign-in: the client secret"), "{text}");
        assert!(text.contains('…'), "{text}");
        let row = screen.find(&format!("▸ {label}")).1;
        assert_eq!(screen.cursor.unwrap().y, row, "{}", screen.text());
    }
}

// Issue 11, 22: what lies over a dialog leaves nothing of it around itself.
#[test]
fn a_dialog_over_a_dialog_leaves_no_debris() {
    let over = [
        Modal::Prompt(Box::new(Prompt::object(ObjectKind::Container, None, None, &[]))),
        Modal::Message(crate::app::modal::Message {
            title: "What failed".into(),
            lines: vec!["No such file.".into()],
            top: 0,
        }),
        Modal::Discard { id: "a".into(), title: "a".into(), at: 0, proof: None },
        fixtures::help("zzz"),
    ];
    for (name, under, spec) in fixtures::everything() {
        if !name.starts_with("modal") {
            continue;
        }
        for size in super::SIZES {
            for modal in &over {
                let mut under = under.clone();
                under.size = size;
                let mut alone = under.clone();
                alone.modals = vec![modal.clone()];
                under.modals.push(modal.clone());
                let theme = crate::view::Theme::default();
                let (seen, expected) =
                    (Screen::draw(&under, spec, &theme), Screen::draw(&alone, spec, &theme));
                assert_eq!(seen.text(), expected.text(), "{name} {size:?}");
            }
        }
    }
}

#[test]
fn the_delete_dialog_names_projects_where_they_are_known() {
    let model = fixtures::with_modal(fixtures::list((80, 24)), fixtures::delete_used());
    let text = Screen::of(&model).text();
    assert!(text.contains("used by EMEA wave 2, Pilot"), "{text}");
    assert!(text.contains("▸ Delete 5"), "{text}");
}

// G9: a refused account says why, also where the line is too short for it.
#[test]
fn a_refused_entry_says_why() {
    for size in super::SIZES {
        let mut model = fixtures::with_modal(fixtures::list(size), fixtures::picker_refused());
        model.size = size;
        let text = Screen::of(&model).text();
        assert!(text.contains("Refused: accounts with MFA"), "{text}");
    }
}

// G6: the way to make a new one, as text and as link.
#[test]
fn an_empty_pick_list_says_where_to_go() {
    let (_, model, spec) =
        fixtures::everything().into_iter().find(|it| it.0 == "modal_picker_no_profile").unwrap();
    let screen = Screen::draw(&model, spec, &crate::view::Theme::default());
    let url = "https://www.avepointonlineservices.com/#/management/app";
    let link = screen.links.iter().find(|it| it.url == url).unwrap();
    assert_eq!(screen.find(&link.text), (link.x, link.y));
    let text = screen.text();
    assert!(text.contains("f5") && text.contains("f7"), "{text}");
}

// A link under a dialog is not offered.
#[test]
fn links_under_a_dialog_are_gone() {
    let device = fixtures::device(2);
    let spec = Some(&super::spec::SPEC);
    let theme = crate::view::Theme::default();
    assert!(!Screen::draw(&device, spec, &theme).links.is_empty());
    let covered = fixtures::with_modal(device, fixtures::help(""));
    assert!(Screen::draw(&covered, spec, &theme).links.is_empty());
}

// 10,000 entries: only what is on screen is built, and the figures say how many there are.
#[test]
fn a_long_pick_list_shows_its_figures() {
    let model = fixtures::with_modal(fixtures::list((80, 24)), fixtures::picker_many());
    let screen = Screen::of(&model);
    assert!(screen.text().contains("11 of 10,000"), "{}", screen.text());
    let (x, y) = screen.find("department 01231");
    assert!(matches!(screen.hit(x, y), Some(Hit::Entry(_))));
}

// The help is made from the keymap and can be searched.
#[test]
fn the_help_finds_keys_and_words() {
    let find = |query: &str| {
        let model = fixtures::with_modal(fixtures::list((80, 24)), fixtures::help(query));
        Screen::of(&model).text()
    };
    assert!(find("").contains("Keys: Connections"));
    let text = find("clone");
    assert!(text.contains("Create a connection from this one"), "{text}");
    assert!(!text.contains("Invert the marks"), "{text}");
    assert!(find("zzz").contains("Nothing matches"));
}

// UX.md §3.6: leaving offers to keep what was typed; staying comes first.
#[test]
fn leaving_offers_a_draft() {
    let model =
        fixtures::with_modal(fixtures::form(0, 0, Vec::new()), Modal::Leave { at: 0, quit: true });
    let text =
        Screen::draw(&model, Some(&super::spec::SPEC), &crate::view::Theme::default()).text();
    assert!(text.contains("▸ Continue editing") && text.contains("Keep a draft"), "{text}");
}

// C5: every change of an entry can be read, however many there are.
#[test]
fn the_changes_of_an_entry_are_scrolled_to_their_end() {
    for size in super::SIZES {
        let mut model = fixtures::with_modal(fixtures::list(size), fixtures::history());
        model.size = size;
        if let Some(Modal::History { menu, .. }) = model.modals.last_mut() {
            let first = menu.items.first_mut().unwrap();
            let changes: Vec<_> = (0..12).flat_map(|_| first.changes.clone()).collect();
            first.changes = changes;
            let last = first.changes.last_mut().unwrap();
            last.after = Some("the end".to_owned());
        }
        let Some(Modal::History { menu, .. }) = model.modals.last() else { unreachable!() };
        let hidden = crate::app::geometry::history(size, menu).hidden;
        let text = Screen::of(&model).text();
        assert!(hidden > 0 && !text.contains("the end"), "{text}");
        if size.0 > 40 {
            assert!(text.contains("shift-down scroll the changes"), "{text}");
        }
        for _ in 0..hidden {
            update(&mut model, &Keymap::default(), Msg::Key(Key::char('J')));
        }
        let text = Screen::of(&model).text();
        assert!(text.contains("the end"), "{text}");
        let lines = text.lines().find(|it| it.contains(" of ") && it.contains('╰')).unwrap();
        if size == (80, 24) {
            super::check("history_scrolled", &text);
        }
        update(&mut model, &Keymap::default(), Msg::Key(Key::char('K')));
        assert!(!Screen::of(&model).text().contains(lines), "one line up is seen at once");
    }
}

fn footer(modal: Modal) -> String {
    let model = fixtures::with_modal(fixtures::list((80, 24)), modal);
    Screen::of(&model).text().lines().nth(23).unwrap_or_default().to_owned()
}

// UX.md §4: only keys that do something are offered.
#[test]
fn a_dialog_offers_the_keys_of_its_lines() {
    let prompt = |prompt: Prompt| Modal::Prompt(Box::new(prompt));
    assert_eq!(footer(prompt(Prompt::check_manifest())), "enter check   esc cancel   f1 help");
    assert_eq!(
        footer(prompt(Prompt::fetch_agent("a.msi", true))),
        "enter download   esc cancel   f1 help"
    );
    let text = footer(prompt(Prompt::issue_token()));
    assert_eq!(text, "enter continue   tab next line   esc cancel   f1 help");
    let text = footer(prompt(Prompt::paste_token()));
    assert_eq!(text, "enter continue   tab next line   esc cancel   ctrl-r show or hide   f1 help");
    let mut container = Prompt::object(ObjectKind::Container, None, None, &[]);
    assert_eq!(footer(prompt(container.clone())), "enter save   esc cancel   f1 help");
    container = Prompt::object(ObjectKind::Tenant, None, None, &[]);
    container.at = 2;
    let text = footer(prompt(container.clone()));
    assert!(text.contains("ctrl-right next option") && !text.contains("ctrl-r "), "{text}");
    container.at = 5;
    assert_eq!(footer(prompt(container)), "enter save   tab next line   esc cancel   f1 help");
}

// The value under the cursor, its section and the quick keys are in sight wherever the cursor is.
#[test]
fn the_filter_shows_the_value_that_has_the_keys() {
    for size in super::SIZES {
        let Modal::Filter(panel) = fixtures::filter() else { unreachable!() };
        for at in 0..panel.facets.len() {
            let panel = crate::app::facets::FilterPanel { at, ..panel.clone() };
            let mut model =
                fixtures::with_modal(fixtures::list(size), Modal::Filter(panel.clone()));
            model.size = size;
            let text = Screen::of(&model).text();
            let cursors = text.matches("▸ [").count();
            assert_eq!(cursors, 1, "{size:?} {at}: {text}");
            if size.0 >= 80 {
                assert!(text.contains("E errors only") && text.contains("W warnings"), "{text}");
            }
        }
    }
}

// This place first and what works everywhere below it; other places are not appended.
#[test]
fn the_help_is_of_one_place_and_turns_to_the_others() {
    use crate::app::modal::Help;
    let drawn = |help: Help| {
        let mut model = fixtures::with_modal(fixtures::list((140, 60)), Modal::Help(help));
        model.size = (140, 60);
        Screen::of(&model).text()
    };
    let mut help = Help::of(crate::app::Context::List);
    let text = drawn(help.clone());
    assert!(text.contains("Keys: Connections") && text.contains("Everywhere"), "{text}");
    assert!(text.contains("Symbols"), "{text}");
    assert!(!text.contains("Enter the real bulk token"), "{text}");
    let mut seen = std::collections::BTreeSet::new();
    for _ in crate::app::Context::ALL {
        seen.insert(help.place());
        assert!(drawn(help.clone()).contains(&format!("Keys: {}", help.place().label())));
        help.turn(false);
    }
    assert_eq!(seen.len(), crate::app::Context::ALL.len());
    assert_eq!(help.place(), crate::app::Context::List);
    help.turn(true);
    assert_eq!(help.place(), crate::app::Context::Palette);
    // A search asks every place.
    let found = drawn(Help { search: "bulk token".into(), ..Help::of(crate::app::Context::List) });
    assert!(found.contains("Enter the real bulk token"), "{found}");
}

// With few rows and columns nothing is cut that may turn what a question means: a sentence or an
// explanation is whole or not there. Names may be cut: the sign says so.
#[test]
fn the_smallest_questions_cut_no_sentence() {
    let names = ["used by", "contoso", "adatum", "litware", "fabrikam"];
    let mut seen = 0;
    for (name, mut model, spec) in fixtures::everything() {
        let Some(modal) = model.modals.last().cloned() else { continue };
        let asks = matches!(
            modal,
            Modal::Delete(_)
                | Modal::Leave { .. }
                | Modal::Conflict(_)
                | Modal::Regenerate { .. }
                | Modal::Discard { .. }
                | Modal::Purge { .. }
                | Modal::HasDraft(_)
        );
        if !asks {
            continue;
        }
        seen += 1;
        for size in [(40, 12), (44, 14), (52, 12)] {
            model.size = size;
            let text = Screen::draw(&model, spec, &crate::view::Theme::default()).text();
            let cut: Vec<&str> = text
                .lines()
                .filter(|it| it.contains(['│', '╭']) && it.contains('…'))
                .filter(|it| !names.iter().any(|name| it.contains(name)))
                .collect();
            assert!(cut.is_empty(), "{name} {size:?}: {cut:?}\n{text}");
        }
    }
    assert!(seen >= 8, "{seen}");
}

// What somebody has to accept is said first, and stays where there is room for little else.
#[test]
fn a_small_prompt_keeps_what_must_be_known_first() {
    for (prompt, said) in [
        (
            Prompt::fetch_agent("agent.msi", false),
            "so nothing shows that the file is the vendor's.",
        ),
        (Prompt::fetch_agent("agent.msi", true), "A new file that only you can read"),
    ] {
        let mut model =
            fixtures::with_modal(fixtures::list((80, 24)), Modal::Prompt(Box::new(prompt)));
        model.size = (40, 12);
        let text = inside(&model, None);
        assert!(text.contains(said), "{text}");
    }
}

// Help, palette and messages lie over anything and leave it as it was.
#[test]
fn what_lies_over_a_dialog_gives_it_back() {
    let keymap = Keymap::default();
    for (name, mut model, _) in fixtures::everything() {
        if model.modals.is_empty() || matches!(model.modals.last(), Some(Modal::Help(_))) {
            continue;
        }
        let before = model.modals.clone();
        for key in ["f1", "f12"] {
            let pressed: Key = key.parse().unwrap();
            let place = model.context();
            if keymap.resolve(place, pressed).is_none() {
                continue;
            }
            update(&mut model, &keymap, Msg::Key(pressed));
            if model.modals.len() > before.len() {
                update(&mut model, &keymap, Msg::Key("esc".parse().unwrap()));
            }
            assert_eq!(model.modals, before, "{name} {key}");
        }
    }
}

// Whoever meets the program in a small terminal sees what can be done, not only what it is.
#[test]
fn an_empty_start_names_its_keys_at_every_size() {
    for size in super::SIZES {
        let (_, mut model, spec) =
            fixtures::everything().into_iter().find(|it| it.0 == "list_empty").unwrap();
        model.size = size;
        let text = Screen::draw(&model, spec, &crate::view::Theme::default()).text();
        for part in
            ["n        create", "L        load sample", "I        import", "c        switch"]
        {
            assert!(text.contains(part), "{size:?}: {part}\n{text}");
        }
    }
}
