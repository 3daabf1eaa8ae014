//! Going back and forth between the steps of a form.

use super::forms::{form, groups};
use super::*;

/// The focused field and the step, the review being one behind the last.
fn place(model: &Model) -> (usize, usize) {
    (form(model).step, form(model).field)
}

#[test]
fn going_back_leads_to_the_last_field_from_everywhere() {
    let mut model = groups();
    keys(&mut model, "<pgdn><pgdn><pgdn><pgdn>");
    assert!(form(&model).in_review());
    while form(&model).step > 0 {
        let step = form(&model).step;
        keys(&mut model, "<shift-tab>");
        assert_eq!(place(&model), (step - 1, form(&model).fields().len() - 1));
        let above = form(&model).field;
        keys(&mut model, &"<shift-tab>".repeat(above));
        assert_eq!(place(&model), (step - 1, 0));
    }
}

#[test]
fn page_up_leads_out_of_the_review_as_page_down_leads_in() {
    let mut model = groups();
    keys(&mut model, "<pgdn><pgdn><pgdn>");
    assert!(form(&model).in_review());
    // There is nothing to scroll: no page up is lost on it.
    keys(&mut model, "<pgdn><end><pgup>");
    assert_eq!(place(&model), (form(&model).steps().len() - 1, 0));
    // Where it is too long, it is scrolled first, line by line from its very end.
    send(&mut model, Msg::Resize(40, 12));
    keys(&mut model, "<pgdn><end>");
    let end = form(&model).top;
    assert!(end > 0);
    keys(&mut model, "<up>");
    assert_eq!(form(&model).top, end - 1);
    keys(&mut model, "<home><pgup>");
    assert!(!form(&model).in_review());
}
