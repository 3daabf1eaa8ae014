//! Fields of a form by keys: options above each other, pick lists that a letter opens, dialogs that
//! put the cursor where something is wrong.

use super::forms::{account, form, go, groups, home, open, saved_connection, tenant};
use super::*;
use crate::app::prompt::{Entry, Prompt};
use crate::app::{Context, Key, Modal};
use crate::domain::answers::testing::sheet;
use crate::domain::document::Format;
use crate::domain::{ConnectionType, Mfa, ObjectKind, ProfileKind, Secret, Side};

fn focus(model: &Model) -> &'static str {
    form(model).focused().map_or("", |field| field.key)
}

/// Up and down choose the option above or below, and leave the field at its ends.
#[test]
fn options_are_chosen_up_and_down() {
    let mut model = listing(&["taken"]);
    keys(&mut model, "nContoso");
    go(&mut model, "used_as");
    for (pressed, chosen, at) in [
        ("<down>", "source", "used_as"),
        ("<down>", "destination", "used_as"),
        ("<down>", "destination", "description"),
        ("<up>", "destination", "used_as"),
        ("<up>", "source", "used_as"),
        ("<up>", "any", "used_as"),
        ("<up>", "any", "type"),
        // Left and right still go round, and a number names an option.
        ("<tab><left>", "destination", "used_as"),
        ("<right>", "any", "used_as"),
        ("3", "destination", "used_as"),
        ("1", "any", "used_as"),
        ("9", "any", "used_as"),
    ] {
        keys(&mut model, pressed);
        let found = (form(&model).values.choice("used_as"), focus(&model));
        assert_eq!(found, (Some(chosen), at), "{pressed}");
    }
}

/// Where nothing can be chosen the arrows go on to the next field: the type of a saved connection.
#[test]
fn arrows_pass_a_choice_that_cannot_change() {
    let mut model = listing(&["taken"]);
    let answers = sheet().tenant("t1").form();
    open(
        &mut model,
        saved_connection(answers, ConnectionType::M365Group, Side::Any),
        vec![tenant()],
    );
    go(&mut model, "type");
    keys(&mut model, "<down>");
    assert_eq!((focus(&model), form(&model).kind), ("used_as", ConnectionType::M365Group));
    // Nothing can be chosen where nothing can be written.
    model.capabilities.write = false;
    keys(&mut model, "<down>");
    assert_eq!((focus(&model), form(&model).changed()), ("description", false));
    keys(&mut model, "<up>2");
    assert!(!form(&model).changed() && model.notice.is_some());
}

fn picker(model: &Model) -> &crate::app::picker::Picker {
    match model.modals.last() {
        Some(Modal::Picker(it)) => it,
        other => panic!("{other:?}"),
    }
}

/// A letter, a space or a paste opens the list of a pick field; what was typed is searched for.
#[test]
fn typing_on_a_pick_field_opens_its_list() {
    for (event, searched) in [
        (Msg::Key(Key::char('m')), "m"),
        (Msg::Key(Key::char('g')), "g"),
        (Msg::Key(Key::char('?')), "?"),
        (Msg::Key(Key::char(' ')), ""),
        (Msg::Paste("two words".to_owned()), "two words"),
        (Msg::Typed("cont".to_owned()), "cont"),
    ] {
        let mut model = listing(&[]);
        keys(&mut model, "nContoso");
        go(&mut model, "tenant");
        let effects = send(&mut model, event.clone());
        assert!(matches!(effects.as_slice(), [Effect::Objects { .. }]), "{event:?}: {effects:?}");
        assert_eq!(picker(&model).search.value(), searched, "{event:?}");
    }
}

/// A space ticks in every pick list, also behind a search; everything else that is typed searches.
#[test]
fn space_ticks_and_typing_searches_in_every_pick_list() {
    let mut model = groups();
    go(&mut model, "service_auth");
    keys(&mut model, "2");
    go(&mut model, "accounts");
    keys(&mut model, " ");
    let request = last(&model);
    let two = vec![account("svc-a", Mfa::No), account("svc-b", Mfa::No)];
    send(&mut model, Msg::Answer(request, Answer::Objects(Ok(two))));
    keys(&mut model, "svc-b ");
    let ticked = |model: &Model| -> Vec<String> {
        picker(model).picked.iter().map(|it| it.id.0.clone()).collect()
    };
    assert_eq!((ticked(&model), picker(&model).search.value()), (vec!["svc-b".into()], "svc-b"));
    // The same when all of it arrives at once.
    let mut at_once = groups();
    home(&mut at_once);
    go(&mut at_once, "tenant");
    send(&mut at_once, Msg::Typed("con".to_owned()));
    let request = last(&at_once);
    send(&mut at_once, Msg::Answer(request, Answer::Objects(Ok(vec![tenant()]))));
    send(&mut at_once, Msg::Typed("toso ".to_owned()));
    assert_eq!(picker(&at_once).search.value(), "contoso");
    // It was picked before, so the space took the pick back.
    assert!(picker(&at_once).picked.is_empty());
}

/// Emptying a pick field needs no list.
#[test]
fn a_pick_is_cleared_in_its_field() {
    for pressed in ["<backspace>", "<del>", "<ctrl-u>"] {
        let mut model = groups();
        go(&mut model, "app_profile");
        assert_eq!(model.context(), Context::FormText);
        keys(&mut model, pressed);
        assert!(form(&model).values.picks("app_profile").is_empty(), "{pressed}");
        assert!(model.modals.is_empty());
    }
}

fn prompts() -> Vec<Prompt> {
    let mut all = vec![
        Prompt::import_directory(),
        Prompt::save_copy(Secret::new("x"), "a.txt"),
        Prompt::save_as("Save", "a.html", Format::Html, vec![Secret::new("x")]),
        Prompt::export(vec![("all", Vec::new())]),
        Prompt::fetch_agent("agent.msi", true),
        Prompt::fetch_agent("agent.msi", false),
        Prompt::issue_token(),
        Prompt::paste_token(),
        Prompt::check_manifest(),
        Prompt::check_tokens(),
        Prompt::check_live(),
    ];
    let kinds = [
        ObjectKind::Tenant,
        ObjectKind::Container,
        ObjectKind::AppProfile,
        ObjectKind::ServiceAccount,
    ];
    all.extend(kinds.map(|kind| Prompt::object(kind, Some("t1".into()), None, &ProfileKind::ALL)));
    all
}

/// What stands in an empty line is an example or an instruction, and looks like no value.
#[test]
fn no_placeholder_looks_like_a_value() {
    for prompt in prompts() {
        for line in &prompt.lines {
            let typed = matches!(line.entry, Entry::Text(_) | Entry::Secret(..));
            let marked = line.hint.starts_with("e.g. ")
                || line.hint.starts_with('(') && line.hint.ends_with(')');
            assert_eq!(typed, marked, "{}: {:?}", prompt.title, line.hint);
        }
    }
}

/// A dialog that refuses its answers puts the cursor on the line that is wrong, and typing there
/// takes the message away.
#[test]
fn the_cursor_goes_to_the_line_that_is_wrong() {
    let object = |kind| Prompt::object(kind, Some("t1".into()), None, &ProfileKind::ALL);
    // What is typed line by line, and which is wrong.
    let table: [(Prompt, &[&str], usize); 11] = [
        (Prompt::issue_token(), &["", "30"], 0),
        (Prompt::issue_token(), &["Wave 1", "500"], 1),
        (Prompt::paste_token(), &["", "Wave 1", "30"], 0),
        (Prompt::paste_token(), &["fake-token", "", "30"], 1),
        (Prompt::check_live(), &["", "", "", "", ""], 0),
        (Prompt::check_live(), &["contoso.example", "no-guid", "", "", ""], 1),
        (object(ObjectKind::Tenant), &["contoso.example", "no-guid", "-", "", "", ""], 1),
        (object(ObjectKind::Tenant), &["contoso.example", "", "-", "?!", "", ""], 3),
        (object(ObjectKind::Tenant), &["contoso.example", "", "-", "", "", "contoso"], 5),
        (object(ObjectKind::AppProfile), &["Fly", "-", "no-upn", "-"], 2),
        (object(ObjectKind::ServiceAccount), &["no-upn", "-"], 0),
    ];
    for (prompt, typed, wrong) in table {
        let mut model = listing(&[]);
        let title = prompt.title;
        model.modals.push(Modal::Prompt(Box::new(prompt)));
        for text in typed {
            if *text != "-" {
                keys(&mut model, "<ctrl-u>");
                send(&mut model, Msg::Paste((*text).to_owned()));
            }
            keys(&mut model, "<enter>");
        }
        let Some(Modal::Prompt(prompt)) = model.modals.last() else { panic!("{title}") };
        assert!(prompt.error.is_some(), "{title} {typed:?}");
        assert_eq!((prompt.at, prompt.wrong), (wrong, wrong), "{title} {typed:?}");
        keys(&mut model, "x");
        let Some(Modal::Prompt(prompt)) = model.modals.last() else { panic!("{title}") };
        assert_eq!(prompt.error, None, "{title}");
    }
}

/// The list of types: every one once, in groups, those without a form with the reason; a search finds by
/// name, group and what it holds.
#[test]
fn the_types_stand_in_groups_and_can_be_searched() {
    let mut model = listing(&[]);
    keys(&mut model, "nContoso");
    go(&mut model, "type");
    keys(&mut model, "<enter>");
    let Some(Modal::Picker(picker)) = model.modals.last() else { panic!("no list") };
    assert_eq!(picker.items.len(), ConnectionType::all().count());
    let groups: Vec<_> = picker.items.iter().map(|it| it.group).collect();
    let mut once = groups.clone();
    once.dedup();
    assert_eq!(once, ["Microsoft 365", "Directory and devices", "Google", "On-premises"]);
    for item in &picker.items {
        let kind = ConnectionType::parse(item.picked.id.as_str()).unwrap();
        assert_eq!(item.refused.is_none(), crate::form::has_form(kind), "{kind:?}");
    }
    keys(&mut model, "google<enter>");
    assert_eq!(form(&model).kind, ConnectionType::GoogleDrive);
    assert!(model.modals.is_empty());
    // What was typed stays.
    assert_eq!(form(&model).values.text("name"), "Contoso");
    keys(&mut model, "<enter>gmail<enter>");
    assert_eq!(form(&model).kind, ConnectionType::GoogleDrive);
    assert!(model.notice.as_ref().is_some_and(|it| it.text.contains("not known")));
    keys(&mut model, "<esc><esc>");
    assert!(model.modals.is_empty());
}
