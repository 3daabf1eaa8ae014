//! Layout over screens and sizes: nothing that turns a meaning is cut, and columns stand below each other.

use super::{SIZES, Screen, fixtures};
use crate::app::modal::{Menu, Palette};
use crate::app::model::NoticeTone;
use crate::app::permissions::Tab;
use crate::app::search::Search;
use crate::app::{Action, Context, Keymap, Modal, Model, RequestId};
use crate::domain::ConnectionType;
use crate::domain::health::Level;
use crate::domain::query::Filter;

fn at(mut model: Model, size: (u16, u16)) -> Model {
    model.size = size;
    model
}

fn last_row(screen: &Screen, model: &Model) -> String {
    let text = screen.text();
    text.lines().nth(usize::from(model.size.1) - 1).unwrap_or_default().to_owned()
}

// The levels in the title are those of what search and filter leave.
#[test]
fn the_title_counts_what_is_shown() {
    type Narrow = fn(&mut Model);
    let narrow: [(&str, Narrow); 4] = [
        ("search", |it| it.list.search.line = "groups".into()),
        ("no match", |it| it.list.search.line = "zzz".into()),
        ("type", |it| it.list.filter.types = [ConnectionType::Device].into()),
        ("level", |it| it.list.filter.levels = [Level::Error].into()),
    ];
    for (name, narrow) in narrow {
        for size in SIZES {
            let mut model = at(fixtures::list(size), size);
            narrow(&mut model);
            fixtures::apply(&mut model);
            let list = &model.list;
            let of = |level| list.level_shown(level);
            let sum: usize = Level::ALL.iter().map(|it| of(*it)).sum();
            assert_eq!(sum, list.shown.len(), "{name}");
            let text = Screen::of(&model).text();
            let title = text.lines().next().unwrap_or_default();
            let count = format!("{} of {}", list.shown.len(), list.rows.len());
            assert!(title.contains(&count), "{name} {size:?}: {title}");
            let errors = format!("\u{2717} {}", of(Level::Error));
            assert_eq!(title.contains(&errors), of(Level::Error) > 0, "{name} {size:?}: {title}");
        }
    }
    let mut model = fixtures::list((80, 24));
    model.list.filter = Filter::default();
    assert_eq!(model.list.level_shown(Level::Error), model.list.level_count(Level::Error));
}

// A list without entries offers no key for one.
#[test]
fn the_footer_of_an_empty_list_has_only_keys_that_act() {
    let id = fixtures::list((80, 24)).list.rows.get(0).unwrap().id;
    let request = RequestId(1);
    let history = |menu| Modal::History { id, name: "a".into(), menu, top: 0 };
    for modal in [
        Modal::Drafts(Menu::loading(request)),
        Modal::Deleted(Menu::loading(request)),
        history(Menu::loading(request)),
    ] {
        for size in SIZES {
            let model = fixtures::with_modal(fixtures::list(size), modal.clone());
            let keys = last_row(&Screen::of(&model), &model);
            assert_eq!(keys, "esc close   ? help", "{modal:?} {size:?}");
        }
    }
}

// Whatever lies over a screen shows how to leave it, also where it is narrow.
#[test]
fn every_dialog_shows_the_way_out() {
    for (name, model, spec) in fixtures::everything() {
        if model.modals.is_empty() {
            continue;
        }
        for size in SIZES {
            let model = at(model.clone(), size);
            let keys = last_row(&Screen::draw(&model, spec, &Default::default()), &model);
            let closes = keys.contains("esc") || keys.contains("enter close");
            assert!(closes, "{name} {size:?}: {keys}");
        }
    }
}

// A message of two lines is not hidden by a dialog that is as high as the screen.
#[test]
fn a_message_is_seen_over_a_dialog() {
    for (name, mut model, spec) in fixtures::everything() {
        if model.modals.is_empty() {
            continue;
        }
        model.size = (40, 12);
        model.say(NoticeTone::Info, "Beginning of a message that takes more than one line here.");
        let text = Screen::draw(&model, spec, &Default::default()).text();
        assert!(text.contains("Beginning of a message"), "{name}\n{text}");
    }
}

// What an action does is shown whole: beside its name, or below the list.
#[test]
fn no_description_of_the_palette_is_cut() {
    let keymap = Keymap::default();
    for context in Context::ALL {
        let actions: Vec<Action> = keymap.of(context).map(|it| it.0).collect();
        for size in SIZES {
            for index in 0..actions.len() {
                let palette = Palette {
                    context,
                    search: Search::default(),
                    at: index,
                    actions: actions.clone(),
                };
                let model = fixtures::with_modal(fixtures::list(size), Modal::Palette(palette));
                let text = Screen::of(&model).text();
                let about = actions[index].about_in(context);
                let plain: String = text.replace(['\u{2502}', '\n'], " ");
                let words: Vec<&str> = plain.split_whitespace().collect();
                let wanted: Vec<&str> = about.split_whitespace().collect();
                let whole = words.windows(wanted.len()).any(|it| it == wanted);
                assert!(whole, "{context:?} {size:?}: {about}\n{text}");
            }
        }
    }
}

// Names are cut with a sign, and every row of a table has its type.
#[test]
fn every_requirement_has_its_type() {
    let screens = fixtures::permission_screens();
    for (name, model) in &screens {
        let Some(screen) = model.screens.permissions().filter(|it| it.tab == Tab::Needs) else {
            continue;
        };
        let needs = screen.needs();
        for size in [(80, 24), (140, 40)] {
            let model = at(model.clone(), size);
            let text = Screen::of(&model).text();
            for need in &needs {
                let start: String = need.name().chars().take(20).collect();
                let row = text.lines().find(|it| it.contains(&start) && !it.contains("Problem"));
                let Some(row) = row else { continue };
                assert!(row.contains(need.kind()), "{name} {size:?}: {row}\n{text}");
            }
        }
    }
}
