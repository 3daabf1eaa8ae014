//! The plan held against a live context, and the portal runbook.

use super::{SIZES, Screen, fixtures, snapshot_with, themes};
use crate::app::diff::Group;
use crate::domain::ConnectionType;
use crate::domain::compare::Standing;
use crate::view::Theme;
use crate::view::theme::{Name, Options};

#[test]
fn plan_and_live() {
    for (name, model) in fixtures::plan_screens() {
        snapshot_with(name, &model, None);
    }
}

// Whatever has the keys is on screen, at every size.
#[test]
fn the_row_with_the_keys_is_seen() {
    for size in SIZES {
        for at in 0..4 {
            let mut model = fixtures::compared(Group::Open, at);
            model.size = size;
            let text = Screen::of(&model).text();
            assert_eq!(text.matches('▸').count(), 1, "{size:?} {at}\n{text}");
        }
        let rows = fixtures::runbook(ConnectionType::Device, &[], 0);
        let count = rows.screens.runbook().unwrap().rows().len();
        for at in 0..count {
            let mut model = fixtures::runbook(ConnectionType::Device, &["open"], at);
            model.size = size;
            let text = Screen::of(&model).text();
            assert_eq!(text.matches('▸').count(), 1, "{size:?} {at}\n{text}");
        }
    }
}

// E6: how a name stands and what is done is shown by signs and words.
#[test]
fn nothing_is_shown_by_colour_alone() {
    for theme in themes() {
        for (standing, word) in [
            (Standing::Differs, "~ contoso-emea-groups"),
            (Standing::OnlyPlan, "- fabrikam-devices"),
            (Standing::OnlyLive, "+ shadow-it-sites"),
            (Standing::Ambiguous, "! northwind-mail"),
            (Standing::Same, "= adatum-groups"),
        ] {
            let model = fixtures::compared(Group::Of(standing), 0);
            let text = Screen::draw(&model, None, &theme).text();
            assert!(text.contains(word), "{text}");
        }
        let model = fixtures::runbook(ConnectionType::Device, &["open"], 2);
        let text = Screen::draw(&model, None, &theme).text();
        assert!(text.contains(&format!("[{}]  1", theme.signs.good)), "{text}");
        assert!(text.contains("[ ]  2"), "{text}");
    }
    let ascii =
        Theme::new(Options { colour: true, ascii: true, name: Name::Default, truecolour: false });
    for (name, model) in fixtures::plan_screens() {
        if name.starts_with("modal") {
            // Over a list whose names are not ASCII.
            continue;
        }
        let text = Screen::draw(&model, None, &ascii).text();
        assert!(text.is_ascii(), "{name}\n{text}");
    }
}

// E3: neither the runbook nor its details show a secret.
#[test]
fn a_runbook_shows_no_secret() {
    for size in SIZES {
        let count = fixtures::runbook(ConnectionType::Device, &[], 0)
            .screens
            .runbook()
            .map_or(0, |it| it.rows().len());
        for at in 0..count {
            let mut model = fixtures::runbook(ConnectionType::Device, &[], at);
            model.size = size;
            let text = Screen::of(&model).text();
            assert!(!text.contains("Made-up-1"), "{text}");
        }
    }
}

#[test]
fn the_footer_shows_the_way() {
    let mut model = fixtures::compared(Group::Open, 0);
    model.screens.close(crate::app::ScreenKind::Diff);
    model.size = (200, 40);
    let text = Screen::of(&model).text();
    assert!(text.contains("= plan and live") && text.contains("b runbook"), "{text}");
}
