//! The Connections screen. C1-C7.

use super::{Screen, check, fixtures, snapshot};
use crate::app::{RequestId, geometry};
use crate::domain::query::{Column, Sort};
use crate::view::{Hit, Theme};

fn named(prefix: &str) {
    for (name, model, spec) in fixtures::everything() {
        if name.starts_with(prefix) {
            super::snapshot_with(name, &model, spec);
        }
    }
}

#[test]
fn lists() {
    named("list");
}

#[test]
fn styles_of_a_list() {
    let screen = Screen::of(&fixtures::narrowed());
    check("styles_list", &format!("{}---\n{}", screen.text(), screen.styles()));
}

// C2: the filter is shown in words with the key that clears it, also while searching.
#[test]
fn an_active_filter_is_always_visible() {
    for searching in [false, true] {
        for size in super::SIZES {
            let mut model = fixtures::narrowed();
            model.size = size;
            model.list.search.typing = searching;
            let text = Screen::of(&model).text();
            assert!(text.lines().nth(1).unwrap().contains("M365"), "{text}");
        }
    }
    assert!(Screen::of(&fixtures::narrowed()).text().contains("x clears"));
}

// UX.md §3.5: marks that search or filter hide are counted.
#[test]
fn hidden_marks_are_reported() {
    assert!(Screen::of(&fixtures::narrowed()).text().contains("4 marked, 2 hidden"));
}

// C7: a failed refresh leaves the rows and says what to do.
#[test]
fn old_rows_stay_when_a_refresh_fails() {
    let text = Screen::of(&fixtures::failed(true)).text();
    assert!(text.contains("contoso-emea-groups") && text.contains("Not refreshed"), "{text}");
    assert!(text.contains("r tries again"), "{text}");
}

#[test]
fn figures_show_how_far_reading_has_come() {
    let mut model = fixtures::list((80, 24));
    assert!(Screen::of(&model).text().contains("  11  ✗ 2  "));
    model.list.loading = Some(RequestId(1));
    model.list.total = Some(100_000);
    assert!(Screen::of(&model).text().contains("Reading 11 of 100,000"));
}

// C6: the order is shown at its column, or in words where the column has no room.
#[test]
fn the_order_is_reported() {
    let mut model = fixtures::list((140, 40));
    model.list.sort = Sort { column: Column::Tenant, descending: true };
    assert!(Screen::of(&model).text().contains("Tenant ▼"));
    model.list.sort = Sort { column: Column::Modified, descending: true };
    model.size = (80, 24);
    assert!(Screen::of(&model).text().contains("sorted by last change ▼"));
}

#[test]
fn clicks_find_rows_and_heads() {
    let model = fixtures::list((80, 24));
    let screen = Screen::of(&model);
    let (x, y) = screen.find("contoso-laptops-src");
    assert_eq!(screen.hit(x, y), Some(Hit::Row(3)));
    let (x, y) = screen.find("Type");
    assert_eq!(screen.hit(x, y), Some(Hit::Head(Column::Type)));
    assert_eq!(screen.hit(0, 0), None);
    // What lies under a dialog cannot be clicked.
    let covered = Screen::of(&fixtures::with_modal(model, fixtures::filter()));
    let (x, y) = covered.find("Source");
    assert_eq!(covered.hit(x, y), Some(Hit::Entry(6)));
    assert_eq!(covered.hit(0, 5), None);
}

// C3: marks and cursor are shown by a sign, not by colour alone; so is health.
#[test]
fn nothing_is_shown_by_colour_alone() {
    let mut model = fixtures::list((80, 24));
    model.list.marks.insert(fixtures::rows()[1].id);
    for theme in super::themes() {
        let screen = Screen::draw(&model, None, &theme);
        let text = screen.text();
        let row = text.lines().find(|it| it.contains("contoso-emea-groups")).unwrap();
        assert!(row.starts_with(&format!("{}{} ", theme.signs.cursor, theme.signs.mark)), "{row}");
        assert!(row.contains(&format!("{} MFA account", theme.signs.error)), "{row}");
    }
}

// C3: what matched stands out, also where the name is cut.
#[test]
fn the_match_is_underlined() {
    let mut model = fixtures::list((80, 24));
    model.list.search.line = "ARCHIVE".into();
    fixtures::apply(&mut model);
    model.list.at = 5;
    let screen = Screen::draw(&model, None, &Theme::default());
    assert!(screen.styles().contains("BOLD | UNDERLINED \"archive\""), "{}", screen.styles());
}

#[test]
fn a_state_without_rows_is_drawn_over_nothing() {
    snapshot("list_read_only_empty", &{
        let mut model = fixtures::empty();
        model.capabilities.write = false;
        model.capabilities.edit_directory = false;
        model
    });
}

// E6: moving, scrolling and clicks count rows as they are drawn.
#[test]
fn the_list_is_drawn_where_geometry_says() {
    for size in [(80, 24), (80, 19), (109, 40), (140, 40), (40, 12)] {
        for details in [false, true] {
            let many = (0..200)
                .map(|at| {
                    let kind = crate::domain::ConnectionType::Teams;
                    fixtures::row(at, &format!("row-{at:03}"), kind, Default::default(), "")
                })
                .collect();
            let mut model = fixtures::with_rows(size, many);
            model.list.details = details;
            let screen = Screen::of(&model);
            let top = u16::try_from(geometry::LIST_TOP).unwrap();
            assert_eq!(screen.hit(4, top), Some(Hit::Row(0)), "{size:?} {details}");
            let last = geometry::list_rows(&model) - 1;
            let y = top + u16::try_from(last).unwrap();
            assert_eq!(screen.hit(4, y), Some(Hit::Row(last)), "{size:?} {details}");
            assert_eq!(screen.hit(4, y + 1), None, "{size:?} {details}");
        }
    }
}

// What moving knows of the details is what is drawn: the last line of each is the same.
#[test]
fn the_details_measure_what_they_draw() {
    for size in [(80, 24), (100, 30), (110, 20), (140, 40), (200, 60)] {
        for (name, mut model, _) in fixtures::everything() {
            if !name.contains("details") && !name.contains("pane") {
                continue;
            }
            model.size = size;
            model.modals.clear();
            model.list.details = true;
            let hidden = crate::app::geometry::list_hidden(&model);
            let below = |model: &crate::app::Model| {
                let text = Screen::of(model).text();
                text.contains("more line")
            };
            assert_eq!(below(&model), hidden > 0, "{name} {size:?}");
            model.list.details_top = hidden;
            assert!(!below(&model), "{name} {size:?}");
            if hidden > 0 {
                model.list.details_top = hidden - 1;
                assert!(below(&model), "{name} {size:?}");
            }
        }
    }
}
