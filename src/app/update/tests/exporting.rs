//! Connections and reports written to files, under the words that people try.

use super::*;
use crate::app::Modal;
use crate::app::prompt::Purpose;
use crate::domain::document::Format;

fn purpose(model: &Model) -> &Purpose {
    match model.modals.last() {
        Some(Modal::Prompt(prompt)) => &prompt.purpose,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_word_that_people_try_leads_to_the_export() {
    for word in [
        "export",
        "csv",
        "save",
        "report",
        "download",
        "print",
        "json",
        "markdown",
        "html",
        "excel",
        "spreadsheet",
        "file",
        "pdf",
        "save csv",
    ] {
        let mut model = listing(&["alpha", "beta"]);
        keys(&mut model, &format!(":{word}<enter>"));
        assert!(matches!(purpose(&model), Purpose::Export { .. }), "{word}");
    }
    let mut model = listing(&["alpha"]);
    keys(&mut model, "w");
    assert!(matches!(purpose(&model), Purpose::Export { .. }));
    // Nothing is there to be written.
    let mut model = listing(&[]);
    keys(&mut model, "w");
    assert!(model.modals.is_empty() && model.notice.is_some());
}

#[test]
fn what_is_marked_or_shown_is_offered_first() {
    for (before, expected) in [
        ("", vec![1, 2, 3]),
        ("j<space>", vec![2]),
        ("/be<enter>", vec![2]),
        ("/be<enter><space>/<ctrl-u><enter>", vec![2]),
    ] {
        let mut model = listing(&["alpha", "beta", "gamma"]);
        let effects = keys(&mut model, &format!("{before}w<enter><enter><enter>"));
        let [Effect::Export { ids, format, path, .. }] = effects.as_slice() else {
            panic!("{before}: {effects:?}")
        };
        let wanted: Vec<_> = expected.into_iter().map(id).collect();
        assert_eq!(*ids, wanted, "{before}");
        assert_eq!((*format, path.to_str()), (Format::Csv, Some("connections.csv")));
    }
    // The last choice is all of them.
    let mut model = listing(&["alpha", "beta", "gamma"]);
    let effects = keys(&mut model, "<space>w<ctrl-right><enter><enter><enter>");
    let [Effect::Export { ids, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(ids.len(), 3);
}

#[test]
fn file_and_format_follow_each_other() {
    for (typed, format, path) in [
        ("<enter><ctrl-right><enter><enter>", Format::Json, "connections.json"),
        ("<enter><ctrl-left><enter><enter>", Format::Html, "connections.html"),
        ("<enter><enter><ctrl-u>plan.md<enter>", Format::Markdown, "plan.md"),
        ("<enter><enter><ctrl-u>a.html<enter>", Format::Html, "a.html"),
        ("<enter><enter><ctrl-u>noending<enter>", Format::Csv, "noending"),
    ] {
        let mut model = listing(&["alpha"]);
        let effects = keys(&mut model, &format!("w{typed}"));
        let [Effect::Export { format: asked, path: to, .. }] = effects.as_slice() else {
            panic!("{typed}: {effects:?}")
        };
        assert_eq!((*asked, to.to_str()), (format, Some(path)), "{typed}");
    }
}

#[test]
fn an_export_says_how_far_it_is_and_where_it_went() {
    let mut model = listing(&["alpha"]);
    keys(&mut model, "w<enter><enter><enter>");
    let request = last(&model);
    send(&mut model, Msg::Answer(request, Answer::Exporting { done: 3, total: 9 }));
    let Some(Modal::Prompt(prompt)) = model.modals.last() else { panic!() };
    assert_eq!(prompt.far, Some((3, 9)));
    // It exists already: the dialog stays for another name.
    send(&mut model, Msg::Answer(request, Answer::FileWritten(Err("exists already".to_owned()))));
    assert!(matches!(purpose(&model), Purpose::Export { .. }));
    keys(&mut model, "<enter>");
    let request = last(&model);
    let path = std::path::PathBuf::from("/home/ada/connections.csv");
    send(&mut model, Msg::Answer(request, Answer::FileWritten(Ok(path))));
    assert!(model.modals.is_empty());
    assert!(model.notice.as_ref().unwrap().text.contains("/home/ada/connections.csv"));
    // Closed in between, nothing of it stays.
    keys(&mut model, "w<enter><enter><enter>");
    let request = last(&model);
    let effects = keys(&mut model, "<esc>");
    assert_eq!(effects, [Effect::Cancel { request }]);
}
