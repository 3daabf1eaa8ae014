//! The pre-flight: running, ended, asking, and what stands in place of checks.

use super::{SIZES, Screen, fixtures, snapshot, themes};
use crate::text::is_hidden;

#[test]
fn preflight() {
    for (name, model) in fixtures::preflight_screens() {
        snapshot(name, &model);
    }
}

// SPEC F3: tenant, client and scope are shown with the code, and how long it is good for.
#[test]
fn a_sign_in_shows_what_it_is_for_and_when_its_code_ends() {
    let screens = fixtures::preflight_screens();
    let (_, model) = screens.iter().find(|it| it.0 == "preflight_sign_in").unwrap();
    for size in SIZES {
        let mut model = model.clone();
        model.size = size;
        let screen = Screen::of(&model);
        let text = screen.text().replace('\n', " ");
        let facts = ["contoso.example", "11111111", "555555555555", "00000003", "/.default"];
        for expected in facts.into_iter().chain(["FAKE-CODE", "14:44"]) {
            assert!(text.contains(expected), "{size:?} {expected}\n{}", screen.text());
        }
        // A narrow screen shows the address in parts, each of them the whole link.
        assert!(screen.links.iter().all(|it| it.url == "https://microsoft.com/devicelogin"));
        assert!(!screen.links.is_empty(), "{size:?}");
    }
}

// SPEC F4: the servers that DNS named are shown before any stored account signs in.
#[test]
fn the_question_before_a_sign_in_names_servers_and_accounts() {
    let screens = fixtures::preflight_screens();
    let named = |name: &str| &screens.iter().find(|it| it.0 == name).unwrap().1;
    for (model, accounts) in [
        (named("preflight_bind"), "svc-join"),
        // More accounts leave the servers where they are.
        (named("preflight_bind_many"), "account"),
    ] {
        for size in SIZES {
            let mut model = model.clone();
            model.size = size;
            let text = Screen::of(&model).text();
            for expected in ["dc01", "10.0.0.11", "dc02", "1 more", accounts, "Do not sign in"] {
                assert!(text.contains(expected), "{size:?} {expected}\n{text}");
            }
        }
    }
}

#[test]
fn nothing_is_shown_by_colour_alone() {
    let [_, ascii, mono] = themes();
    for (name, model) in fixtures::preflight_screens() {
        for size in SIZES {
            let mut model = model.clone();
            model.size = size;
            for theme in [&ascii, &mono] {
                let text = Screen::draw(&model, None, theme).text();
                assert!(!text.chars().any(|c| c != '\n' && is_hidden(c)), "{name}\n{text}");
            }
        }
        if name.starts_with("preflight_finished") {
            let mut model = model.clone();
            model.list.rows = Default::default();
            let text = Screen::draw(&model, None, &ascii).text();
            assert!(text.is_ascii(), "{name}\n{text}");
        }
    }
}
