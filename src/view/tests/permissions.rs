//! The permissions screen. P1-P9.

use super::{SIZES, Screen, fixtures, snapshot_with, themes};
use crate::app::permissions::{Choice, Tab};
use crate::view::Theme;
use crate::view::theme::{Name, Options};

#[test]
fn permissions() {
    for (name, model, spec) in fixtures::everything() {
        if name.starts_with("permissions") || name == "modal_check_live" {
            snapshot_with(name, &model, spec);
        }
    }
}

// Whatever has the keys is on screen, at every size.
#[test]
fn the_choice_with_the_keys_is_seen() {
    for size in SIZES {
        for (at, choice) in Choice::ALL.iter().enumerate() {
            let mut model = fixtures::permissions(Tab::Needs, false);
            model.size = size;
            model.screens.permissions_mut().unwrap().choice = at;
            let text = Screen::of(&model).text();
            assert!(text.contains(&format!("▸ {}", choice.label())), "{size:?}\n{text}");
            assert!(text.contains('‹'), "{size:?}\n{text}");
        }
    }
}

#[test]
fn the_entry_with_the_keys_is_seen() {
    for size in SIZES {
        for tab in Tab::ALL {
            let mut model = fixtures::checked(false);
            model.size = size;
            let screen = model.screens.permissions_mut().unwrap();
            screen.tab = tab;
            let count = screen.count();
            for at in 0..count {
                model.screens.permissions_mut().unwrap().at = at;
                let text = Screen::of(&model).text();
                let signs = text.matches('▸').count();
                assert_eq!(signs, 1, "{size:?} {tab:?} {at}\n{text}");
            }
        }
    }
}

// E4: names of an app are escaped once, neither twice nor not at all.
#[test]
fn names_from_outside_are_cleaned_once() {
    let mut model = fixtures::checked(false);
    model.size = (140, 60);
    let text = Screen::of(&model).text();
    assert!(text.contains("Mail.Send\\u{1b}[31m\\\\x"), "{text}");
    assert!(!text.contains("\\\\u{1b}"), "{text}");
}

// E6: standing, focus and tab are shown by signs and words, in ASCII too.
#[test]
fn nothing_is_shown_by_colour_alone() {
    for theme in themes() {
        let text = Screen::draw(&fixtures::checked(false), None, &theme).text();
        assert!(text.contains("[Gap check]"), "{text}");
        assert!(text.contains(&format!("{} wrong kind", theme.signs.error)), "{text}");
        assert!(text.contains(&format!("{} granted", theme.signs.good)), "{text}");
    }
    let ascii =
        Theme::new(Options { colour: true, ascii: true, name: Name::Default, truecolour: false });
    for (name, model, spec) in fixtures::everything() {
        if name.starts_with("permissions") {
            let text = Screen::draw(&model, spec, &ascii).text();
            assert!(text.is_ascii(), "{name}\n{text}");
        }
    }
}

// P9: a rung that was refused names the permission that it takes.
#[test]
fn a_refused_source_says_what_it_takes() {
    let mut model = fixtures::checked(false);
    model.size = (140, 60);
    let text = Screen::of(&model).text();
    assert!(text.contains("refused; it needs RoleManagement.Read.Directory"), "{text}");
    assert!(text.contains("More than needed"), "{text}");
}

// P6: the retirement of EWS stands beside the manifest, with how sure its dates are.
#[test]
fn the_manifest_warns_of_ews() {
    let mut model = fixtures::permissions(Tab::Manifest, true);
    model.size = (140, 60);
    let text = Screen::of(&model).text();
    assert!(text.contains("2026-10-01") && text.contains("2027-04-01"), "{text}");
    assert!(text.contains("reported by others, not confirmed"), "{text}");
}

// The list and the form show how to get here.
#[test]
fn the_footer_shows_the_way() {
    let mut model = fixtures::list((140, 40));
    assert!(Screen::of(&model).text().contains("P permissions"));
    model = fixtures::real(crate::domain::ConnectionType::M365Group, 2, &[]);
    model.size = (140, 40);
    let text = Screen::draw(&model, Some(fixtures::groups()), &Theme::default()).text();
    assert!(text.contains("f3 permissions"), "{text}");
}

// Names have to be typed elsewhere, so none of a permission is cut at 80 columns, and groups come once.
#[test]
fn permissions_are_whole_and_each_group_is_named_once() {
    for scenario in crate::permissions::Scenario::all() {
        let needs = crate::permissions::requirements(&scenario);
        let mut groups: Vec<&str> = needs.iter().map(|it| it.group()).collect();
        groups.dedup();
        let mut once = groups.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(groups.len(), once.len(), "{groups:?}");
    }
    for tab in [Tab::Needs, Tab::Check] {
        for columns in [80, 140] {
            let mut model = fixtures::checked(false);
            model.size = (columns, 120);
            let screen = model.screens.permissions_mut().unwrap();
            screen.tab = tab;
            let needs = screen.needs();
            let text = Screen::of(&model).text();
            // A role or license stands whole below the rows, where the cursor is on it.
            let whole = |it: &&crate::permissions::Requirement| {
                it.permission().is_some() || (columns > 80 && tab == Tab::Check)
            };
            for it in needs.iter().filter(whole) {
                assert!(text.contains(it.name()), "{tab:?} {columns}: {}\n{text}", it.name());
                assert!(text.contains(it.group()), "{tab:?} {columns}: {}\n{text}", it.group());
            }
        }
    }
}
