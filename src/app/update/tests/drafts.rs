//! The list of drafts: nothing is thrown away unasked.

use super::*;
use crate::app::Modal;
use crate::app::msg::KeptDraft;
use crate::backend::FormDraft;
use crate::domain::Secret;

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
