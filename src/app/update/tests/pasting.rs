//! What is pasted into names and searches, and what into secrets.

use super::forms::form;
use super::*;

fn paste(model: &mut Model, text: &str) {
    assert_eq!(send(model, Msg::Paste(text.to_owned())), []);
}

#[test]
fn a_cell_of_a_table_is_a_name_and_a_search() {
    let mut model = listing(&["fromexcel one", "other"]);
    paste(&mut model, "\tfromexcel\t\r\n");
    assert_eq!(model.list.search.value(), "fromexcel");
    assert_eq!(shown(&model), ["fromexcel one"]);
    keys(&mut model, "<esc>n");
    paste(&mut model, "from\texcel\t");
    assert_eq!(form(&model).values.text("name"), "from excel");
    assert!(model.notice.as_ref().unwrap().text.contains("became spaces"));
    keys(&mut model, "<tab>");
    assert_eq!(form(&model).errors.get("name"), None);
    // What is hidden otherwise is still refused: it cannot be meant.
    keys(&mut model, "<shift-tab>");
    paste(&mut model, "\u{7}");
    keys(&mut model, "<tab>");
    assert!(form(&model).errors.contains_key("name"));
}
