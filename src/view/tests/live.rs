//! Contexts on the screen, live lists, and what is refused. C1, C7, E1.

use super::{Screen, check, fixtures, snapshot, snapshot_with, themes};
use crate::domain::ConnectionType;
use crate::form::specs;

#[test]
fn live_and_read_only_screens() {
    for (name, model) in fixtures::live_screens() {
        snapshot(name, &model);
    }
    let groups = specs::of(ConnectionType::M365Group);
    snapshot_with("contexts_form", &fixtures::form_in_context(), groups);
}

#[test]
fn styles_of_a_live_list() {
    let screen = Screen::of(&fixtures::live());
    check("styles_live", &format!("{}---\n{}", screen.text(), screen.styles()));
}

// The active context is shown by a word at every size and in every look, also over dialogs that
// delete and in the form.
#[test]
fn the_context_is_always_reported_in_words() {
    let groups = specs::of(ConnectionType::M365Group);
    for theme in themes() {
        for size in super::SIZES {
            let draw = |mut model: crate::app::Model, spec| {
                model.size = size;
                Screen::draw(&model, spec, &theme).text()
            };
            // Help and palette may cover a small screen; they change nothing.
            let whole = |name: &str| !matches!(name, "live_help" | "live_palette");
            for (name, model) in fixtures::live_screens().into_iter().filter(|it| whole(it.0)) {
                let word = match model.contexts.active.as_str() {
                    "contoso" => "contoso",
                    "local" => "local",
                    _ => "READ-ONLY",
                };
                let closed = model.capabilities.read_only.is_some();
                let text = draw(model, None);
                // A dialog that deletes may cover the title, and shows it itself.
                let lines = if name == "contexts_delete" { 2 } else { 1 };
                let title: String = text.lines().take(lines).collect();
                assert!(title.contains(word), "{name} {size:?}: {text}");
                assert_eq!(title.contains("READ-ONLY"), closed, "{name} {size:?}: {text}");
            }
            let text = draw(fixtures::form_in_context(), groups);
            assert!(text.lines().next().unwrap().contains("local"), "{text}");
            let delete = fixtures::with_modal(fixtures::plan(), fixtures::delete(3));
            let text = draw(delete, None);
            assert!(text.lines().skip(1).any(|it| it.contains("PLAN")), "{text}");
        }
    }
}

// The statement that keeps an admin from deleting on a false "unused" stands wherever projects
// are shown, whatever there is room for.
#[test]
fn none_listed_is_never_taken_for_unused() {
    for size in super::SIZES {
        for (name, mut model) in fixtures::live_screens() {
            model.size = size;
            let text = Screen::of(&model).text();
            let reported = text.replace(['\n', '│'], " ");
            let reported = reported.split_whitespace().collect::<Vec<_>>().join(" ");
            if reported.contains("projects read from or write to")
                || reported.contains("projects write to")
            {
                assert!(
                    reported.contains("does not report which connection"),
                    "{name} {size:?}: {text}"
                );
            }
        }
    }
    let wide = crate::app::Model { size: (140, 40), ..fixtures::live_pane() };
    let text = Screen::of(&wide).text();
    assert!(text.contains("7 projects write to Microsoft 365 Groups:"), "{text}");
}

#[test]
fn the_age_of_the_rows_is_reported_at_every_width() {
    for size in super::SIZES {
        for (model, age) in
            [(fixtures::live(), "as of 11:05"), (fixtures::live_failed(), "as of yesterday 18:05")]
        {
            let model = crate::app::Model { size, ..model };
            let text = Screen::of(&model).text();
            assert!(text.contains(age) || size.0 == 40, "{size:?}: {text}");
            assert!(text.contains("as of"), "{size:?}: {text}");
        }
    }
}

// Grey alone cannot be seen everywhere: what is refused stands in brackets or says so.
#[test]
fn what_is_refused_is_reported_without_colour() {
    let mut model = fixtures::live();
    model.size = (140, 40);
    let text = Screen::of(&model).text();
    assert!(text.contains("(n new)") && text.contains("(d delete)"), "{text}");
    let palette = fixtures::live_screens().into_iter().find(|it| it.0 == "live_palette").unwrap();
    let text = Screen::of(&palette.1).text();
    assert!(text.contains("(not here)"), "{text}");
}
