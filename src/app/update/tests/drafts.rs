//! The list of drafts: nothing is thrown away unasked.

use super::*;
use crate::app::Modal;
use crate::app::msg::KeptDraft;
use crate::backend::{DeletedConnection, FormDraft};
use crate::domain::Secret;
use crate::domain::removal::{Outcome, Target};

fn kept(id: &str) -> KeptDraft {
    let draft = FormDraft {
        id: id.to_owned(),
        connection: None,
        title: format!("draft {id}"),
        content: Secret::new("{}"),
        saved_at: now(),
    };
    KeptDraft { draft, elsewhere: false }
}

/// The list of drafts with two of them.
fn drafts() -> Model {
    let mut model = listing(&[]);
    keys(&mut model, "R");
    let request = last(&model);
    let answer = Answer::Drafts(Ok(vec![kept("a"), kept("b")]));
    send(&mut model, Msg::Answer(request, answer));
    model
}

fn left(model: &Model) -> usize {
    match model.modals.as_slice() {
        [Modal::Drafts(menu)] => menu.items.len(),
        other => panic!("{other:?}"),
    }
}

/// The list of deleted connections over the list.
fn deleted_ones() -> Model {
    let mut model = listing(&["taken"]);
    keys(&mut model, "D");
    let request = last(&model);
    let gone = |number, name: &str| DeletedConnection {
        row: row(number, name),
        at: now(),
        by: "anna".to_owned(),
    };
    let answer = Answer::DeletedList(Ok(vec![gone(7, "a"), gone(8, "b")]));
    send(&mut model, Msg::Answer(request, answer));
    model
}

/// Issue 13: with the brakes of a deletion, and a number to type where production is.
#[test]
fn a_deleted_connection_is_purged_only_after_a_question() {
    for no in ["d<enter>", "dn", "d<esc>", "d<down><up><enter>"] {
        let mut model = deleted_ones();
        assert_eq!(keys(&mut model, no), [], "{no}");
        assert!(matches!(&model.modals[..], [Modal::Deleted(it)] if it.items.len() == 2), "{no}");
    }
    for yes in ["dy", "d<down><enter>"] {
        let mut model = deleted_ones();
        keys(&mut model, "<down>");
        let effects = keys(&mut model, yes);
        let request = last(&model);
        let targets = vec![Target::from(&row(8, "b"))];
        assert_eq!(effects, [Effect::Purge { request, targets: targets.clone() }], "{yes}");
        model.undo = vec![targets];
        let done = Outcome { id: row(8, "b").id, name: "b".to_owned(), result: Ok(2) };
        send(&mut model, Msg::Answer(request, Answer::Purged(Ok(vec![done]))));
        assert!(matches!(&model.modals[..], [Modal::Deleted(it)] if it.items.len() == 1), "{yes}");
        assert!(model.undo.is_empty(), "nothing brings it back");
        assert!(model.notice.unwrap().text.contains("Purged b"));
    }
}

#[test]
fn a_draft_is_discarded_only_after_a_question() {
    for no in ["d<enter>", "dn", "d<esc>", "d<down><up><enter>"] {
        let mut model = drafts();
        assert_eq!(keys(&mut model, no), [], "{no}");
        assert_eq!(left(&model), 2, "{no}");
    }
    for yes in ["dy", "d<down><enter>"] {
        let mut model = drafts();
        keys(&mut model, "<down>");
        let effects = keys(&mut model, yes);
        let request = last(&model);
        assert_eq!(effects, [Effect::DiscardDraft { request, id: "b".to_owned() }], "{yes}");
        assert_eq!((left(&model), model.drafts), (1, 1), "{yes}");
    }
}
