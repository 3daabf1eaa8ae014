//! Dialogs.

use super::{Screen, check, fixtures, snapshot_with};
use crate::app::prompt::Prompt;
use crate::app::{Key, Keymap, Modal, Msg, update};
use crate::domain::ObjectKind;
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
        assert!(text.contains("3 of them are hidden"), "{text}");
        assert!(text.contains("adatum-groups"), "{text}");
        assert!(text.contains("❯ Cancel"), "{text}");
        let (x, y) = screen.find("Delete 5");
        assert_eq!(screen.hit(x, y), None);
    }
}

#[test]
fn the_delete_dialog_names_projects_where_they_are_known() {
    let model = fixtures::with_modal(fixtures::list((80, 24)), fixtures::delete_used());
    let text = Screen::of(&model).text();
    assert!(text.contains("used by EMEA wave 2, Pilot"), "{text}");
    assert!(text.contains("❯ Delete 5"), "{text}");
}

// G9: a refused account says why, also where the line is too short for it.
#[test]
fn a_refused_entry_says_why() {
    for size in super::SIZES {
        let mut model = fixtures::with_modal(fixtures::list(size), fixtures::picker_refused());
        model.size = size;
        let text = Screen::of(&model).text();
        assert!(text.contains("Refused: MFA is on"), "{text}");
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
fn a_long_pick_list_tells_its_figures() {
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
    assert!(text.contains("❯ Go on editing") && text.contains("Keep a draft"), "{text}");
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
        footer(prompt(Prompt::fetch_agent("a.msi"))),
        "enter download   esc cancel   f1 help"
    );
    let text = footer(prompt(Prompt::issue_token()));
    assert_eq!(text, "enter go on   tab next line   esc cancel   f1 help");
    let text = footer(prompt(Prompt::paste_token()));
    assert_eq!(text, "enter go on   tab next line   esc cancel   ctrl-r show or hide   f1 help");
    let mut container = Prompt::object(ObjectKind::Container, None, None, &[]);
    assert_eq!(footer(prompt(container.clone())), "enter save   esc cancel   f1 help");
    container = Prompt::object(ObjectKind::Tenant, None, None, &[]);
    container.at = 2;
    let text = footer(prompt(container.clone()));
    assert!(text.contains("ctrl-right next option") && !text.contains("ctrl-r "), "{text}");
    container.at = 3;
    assert_eq!(footer(prompt(container)), "enter save   tab next line   esc cancel   f1 help");
}
