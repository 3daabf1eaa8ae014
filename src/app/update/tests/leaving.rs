//! Forms that are left or saved while something goes wrong: what was typed is still there. C7.

use super::forms::{form, go, groups, home, open, profile, saved_connection, tenant};
use super::*;
use crate::app::msg::Saved;
use crate::backend::BackendError;
use crate::domain::answers::testing::sheet;
use crate::domain::{ConnectionType, ProfileKind, Side};

/// C7: a save that takes its time must not cost what is typed meanwhile.
#[test]
fn what_is_typed_while_it_is_saved_stays_open() {
    let mut model = groups();
    keys(&mut model, "<ctrl-s><ctrl-s>");
    let request = last(&model);
    home(&mut model);
    go(&mut model, "description");
    keys(&mut model, "meanwhile");
    let answers = form(&model).values.clone();
    let mut connection = saved_connection(
        sheet().tenant("t1").app("p1").form(),
        ConnectionType::M365Group,
        Side::Any,
    );
    connection.revision = 1;
    let (id, name) = (connection.id, "Contoso groups");
    connection.name = name.to_owned();
    let saved = Saved { connection, row: row(5, name) };
    send(&mut model, Msg::Answer(request, Answer::Saved(Ok(Box::new(saved)))));
    assert_eq!(form(&model).values, answers);
    assert!(model.notice.as_ref().unwrap().text.contains("Later changes are not saved"));
    // It is a change of what was saved, and is kept as one.
    assert_eq!(form(&model).target.map(|it| (it.id, it.revision)), Some((id, 1)));
    let kept = send(&mut model, Msg::Autosave);
    assert!(matches!(kept.as_slice(), [Effect::KeepDraft { .. }]), "{kept:?}");
}

/// C7: a full disk must not cost what was typed.
#[test]
fn a_form_whose_draft_cannot_be_kept_comes_back() {
    for leave in ["<esc><enter>", "<ctrl-c><enter>"] {
        let mut model = listing(&[]);
        keys(&mut model, "nHalf done");
        let effects = keys(&mut model, leave);
        let [Effect::KeepDraft { request, .. }] = effects.as_slice() else { panic!("{effects:?}") };
        assert!(model.screens.form().is_none() && !model.quit);
        // No other form takes its place meanwhile.
        assert_eq!(keys(&mut model, "n"), []);
        assert!(model.screens.form().is_none());
        let lost = Answer::DraftKept(Err(BackendError::DiskFull));
        assert_eq!(send(&mut model, Msg::Answer(*request, lost)), []);
        assert_eq!(form(&model).values.text("name"), "Half done");
        assert!(!model.quit && model.leaving.is_none());
        assert!(model.notice.as_ref().unwrap().text.contains("Draft not kept"));
        // Another try works.
        let effects = keys(&mut model, leave);
        let [Effect::KeepDraft { request, .. }] = effects.as_slice() else { panic!("{effects:?}") };
        send(&mut model, Msg::Answer(*request, Answer::DraftKept(Ok(()))));
        assert_eq!(model.quit, leave.contains("ctrl-c"));
        assert!(model.screens.form().is_none());
    }
}

/// A revision that changes nothing only hides the others.
#[test]
fn an_untouched_edit_is_closed_and_not_saved() {
    let answers = || sheet().tenant("t1").app("p1").form();
    let objects = || vec![tenant(), profile("p1", ProfileKind::Fly)];
    let saved = || saved_connection(answers(), ConnectionType::M365Group, Side::Any);
    let mut model = listing(&["taken"]);
    open(&mut model, saved(), objects());
    // Typed and taken back is no change either.
    keys(&mut model, "!<backspace><ctrl-s>");
    assert!(form(&model).in_review());
    let effects = keys(&mut model, "<ctrl-s>");
    assert_eq!(effects, [Effect::ReadDrafts { request: last(&model) }]);
    assert!(model.screens.form().is_none() && model.modals.is_empty());
    assert_eq!(model.notice.as_ref().unwrap().text, "Nothing was changed.");
    // A draft that was kept in between is forgotten with it.
    open(&mut model, saved(), objects());
    let draft = form(&model).draft.clone();
    keys(&mut model, "!");
    send(&mut model, Msg::Autosave);
    let effects = keys(&mut model, "<backspace><ctrl-s><ctrl-s>");
    assert!(
        matches!(effects.as_slice(), [Effect::DiscardDraft { id, .. }, Effect::ReadDrafts { .. }] if *id == draft),
        "{effects:?}"
    );
    // A change is saved as ever.
    open(&mut model, saved(), objects());
    let effects = keys(&mut model, "!<ctrl-s><ctrl-s>");
    assert!(matches!(effects.as_slice(), [Effect::Save { .. }]), "{effects:?}");
}

/// A new connection that search or filter keep out of sight is not lost: the message says where.
#[test]
fn what_is_created_out_of_sight_is_said_to_be_hidden() {
    let created = |narrow: &str, kind: Option<ConnectionType>| {
        let mut model = groups();
        keys(&mut model, "<ctrl-s><ctrl-s>");
        let request = last(&model);
        let form = model.screens.take_form().unwrap();
        keys(&mut model, narrow);
        model.list.filter.types.extend(kind);
        model.screens.open(form);
        let answers = sheet().tenant("t1").app("p1").form();
        let mut connection = saved_connection(answers, ConnectionType::M365Group, Side::Any);
        (connection.id, connection.revision) = (id(5), 1);
        connection.name = "Contoso groups".to_owned();
        let saved = Saved { connection, row: row(5, "Contoso groups") };
        send(&mut model, Msg::Answer(request, Answer::Saved(Ok(Box::new(saved)))));
        assert!(model.screens.form().is_none());
        model.notice.unwrap().text
    };
    assert!(created("", None).ends_with("revision 1."));
    assert!(created("/cont<enter>", None).ends_with("revision 1."));
    let reported = created("/take<enter>", None);
    assert!(reported.ends_with("It is hidden by the search: x shows all."), "{reported}");
    let other = Some(ConnectionType::Gmail);
    let reported = created("", other);
    assert!(reported.ends_with("It is hidden by the filter: x shows all."), "{reported}");
    let reported = created("/take<enter>", other);
    assert!(reported.contains("by the search and the filter: x"), "{reported}");
}
