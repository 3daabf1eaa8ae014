//! The details pane: what it asks for and how it scrolls. SPEC C6.

use super::*;
use crate::app::Modal;
use crate::app::geometry::{list_hidden, list_pane};
use crate::testing::details;

fn open(size: (u16, u16)) -> Model {
    let mut model = listing(&["alpha", "beta"]);
    send(&mut model, Msg::Resize(size.0, size.1));
    model
}

fn answered(model: &mut Model, answers: usize) {
    let Some(looked) = &model.live.looked else { panic!("nothing was asked for") };
    let request = looked.request.unwrap();
    let row = model.list.current().unwrap();
    let mut all = details(crate::domain::Connection {
        id: row.id,
        revision: row.revision,
        name: row.name.to_string(),
        description: String::new(),
        kind: row.kind,
        side: row.side,
        answers: crate::domain::Answers::Form(Default::default()),
        origin: crate::domain::Origin::Fly,
        created_at: None,
        created_by: String::new(),
        modified_at: None,
        modified_by: String::new(),
    });
    all.answers = (0..answers).map(|at| ("Answer", format!("value {at}"))).collect();
    send(model, Msg::Answer(request, Answer::Looked(Ok(Box::new(all)))));
}

#[test]
fn the_pane_asks_once_for_each_connection_and_again_for_a_new_revision() {
    let mut model = open((140, 40));
    let effects = keys(&mut model, "<tab>");
    let first = last(&model);
    assert_eq!(effects, [Effect::Look { request: first, id: id(1) }]);
    answered(&mut model, 1);
    assert_eq!(keys(&mut model, "<up>"), [], "the same connection is not asked for again");
    let effects = keys(&mut model, "<down>");
    assert_eq!(effects, [Effect::Look { request: last(&model), id: id(2) }]);
    // One that nobody waits for any more is cancelled.
    let second = last(&model);
    let effects = keys(&mut model, "<up>");
    let third = last(&model);
    assert_eq!(
        effects,
        [Effect::Cancel { request: second }, Effect::Look { request: third, id: id(1) }]
    );
    let looked = model.live.looked.as_ref().unwrap();
    assert_eq!((looked.id, looked.answer.is_none()), (id(1), true));
}

// Scrolling ends where drawing does, at every size; a move to another connection begins at the top.
#[test]
fn the_pane_scrolls_to_its_end_and_no_further() {
    for size in [(80, 24), (100, 30), (110, 20), (140, 40), (220, 50)] {
        let mut model = open(size);
        keys(&mut model, "<tab>");
        answered(&mut model, 60);
        let hidden = list_hidden(&model);
        assert!(hidden > 0, "{size:?}");
        for _ in 0..hidden + 5 {
            keys(&mut model, "]");
        }
        assert_eq!(model.list.details_top, hidden, "{size:?}");
        keys(&mut model, "[");
        assert_eq!(model.list.details_top, hidden - 1, "{size:?}");
        keys(&mut model, "<down>");
        assert_eq!(model.list.details_top, 0, "{size:?}");
    }
}

#[test]
fn without_room_for_a_pane_the_details_come_in_a_dialog() {
    let mut model = open((40, 12));
    assert!(list_pane(model.size).is_none());
    let effects = keys(&mut model, "<tab>");
    assert_eq!(effects, [Effect::Look { request: last(&model), id: id(1) }]);
    assert_eq!(model.modals, [Modal::Details { top: 0 }]);
    answered(&mut model, 60);
    keys(&mut model, "<end>");
    let Some(Modal::Details { top }) = model.modals.last() else { panic!("no dialog") };
    assert_eq!(*top, crate::app::geometry::dialog_hidden(&model));
    keys(&mut model, "<esc>");
    assert_eq!(model.modals, []);
}

// An earlier revision opens as a changed form at its review; the latest is how it is now.
#[test]
fn enter_in_the_history_opens_the_connection_as_it_was() {
    let mut model = listing(&["alpha"]);
    keys(&mut model, "h");
    let request = last(&model);
    let entry = |revision| crate::backend::HistoryEntry {
        revision,
        at: model.now,
        by: "anna".to_owned(),
        action: "changed".to_owned(),
        changes: Vec::new(),
    };
    let entries = vec![entry(2), entry(1)];
    send(&mut model, Msg::Answer(request, Answer::History(Ok(entries))));
    assert_eq!(keys(&mut model, "<enter>"), []);
    assert!(model.notice.as_ref().unwrap().text.contains("choose an earlier revision"));
    let effects = keys(&mut model, "<down><enter>");
    let request = last(&model);
    assert_eq!(effects, [Effect::OpenRevision { request, id: id(1), revision: 1 }]);
    model.capabilities.write = false;
    assert_eq!(keys(&mut model, "<enter>"), [], "nothing can be saved here");
}
