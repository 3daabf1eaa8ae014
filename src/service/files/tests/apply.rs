//! Plan and apply: what is shown is what is done, or nothing is.

use super::*;
use std::ops::ControlFlow;

use crate::backend::{BackendError, Capabilities};
use crate::domain::{ConnectionType, Held, Side};
use crate::testing::contract::change;
use crate::testing::contract::delete;
use crate::testing::fake::Call;
use crate::testing::service::add;

fn document(plan: &Plan, prune: bool) -> Document {
    Document::new(plan, Vec::new(), prune, now())
}

fn planned(fake: &Fake, text: &str, vault: &mut Vault) -> Plan {
    block(plan_and_read(fake, &toml(text), options(), false, vault)).unwrap()
}

fn changes(plan: &Plan, at: usize) -> Vec<(String, Option<String>, Option<String>)> {
    let changes = plan.steps[at].step.changes.clone();
    changes.into_iter().map(|it| (it.field, it.before, it.after)).collect()
}

fn text(word: &str) -> Option<String> {
    Some(word.to_owned())
}

#[test]
fn what_is_not_there_is_created_and_then_left_alone() {
    let fake = workspace();
    let mut vault = Vault::with(&[("secret.txt", "not-real-1")]);
    let both = format!("{GROUPS}{SOURCE}");
    let first = planned(&fake, &both, &mut vault);
    assert_eq!(
        actions(&first),
        [(Action::Create, "Contoso groups"), (Action::Create, "Contoso devices")]
    );
    assert_eq!(first.steps[0].step.place.as_deref(), Some("a.toml:2"));
    assert!(changes(&first, 0).contains(&("tenant".into(), None, text("Contoso"))));
    let secret = changes(&first, 1).into_iter().find(|it| it.0 == "client_secret").unwrap();
    assert_eq!(secret.2, text("new, not shown"));
    let key = changes(&first, 1).into_iter().find(|it| it.0 == "configuration_key").unwrap();
    assert_eq!(key.2, text("issued when this is applied"));
    assert!(!serde_json::to_string(&document(&first, false)).unwrap().contains("not-real"));

    let done = run(&fake, first);
    assert!(done.iter().all(|it| it.result.is_ok()), "{done:?}");
    let device = by_name(&fake, "contoso devices");
    assert_eq!((device.side, device.revision), (Side::Source, 1));
    let key = issued(&device).unwrap();
    assert!(key.id.starts_with("JBK1C-"));
    let text = block(fake.reveal(device.id, "client_secret".into())).unwrap();
    assert_eq!(text.expose(), "not-real-1");

    let second = planned(&fake, &both, &mut vault);
    assert!(second.is_empty(), "{:#?}", second.steps);
    assert!(run(&fake, second).is_empty());
    assert_eq!(by_name(&fake, "contoso devices"), device, "no key is issued again");
}

#[test]
fn a_change_is_reported_field_by_field_and_nothing_else_changes() {
    let fake = workspace();
    let mut vault = Vault::with(&[("secret.txt", "not-real-1")]);
    run(&fake, planned(&fake, &format!("{GROUPS}{SOURCE}"), &mut vault));
    let before = by_name(&fake, "Contoso devices");
    vault.texts.insert("secret.txt".into(), "not-real-2".into());
    let edited = format!(
        "{}description = \"Wave 2\"\n{SOURCE}",
        GROUPS.replace("\"destination\"", "\"source\"").replace("Contoso groups", "CONTOSO groups")
    );
    let plan = planned(&fake, &edited, &mut vault);
    assert_eq!(plan.count(Action::Change), 2);
    assert_eq!(
        changes(&plan, 0),
        [
            ("name".into(), text("Contoso groups"), text("CONTOSO groups")),
            ("used_as".into(), text("destination"), text("source")),
            ("description".into(), None, text("Wave 2")),
        ]
    );
    let mut answers = before.answers.clone();
    let stored = answers.secrets_mut().remove(0).1.clone();
    let Held::Stored(fingerprint) = stored else { panic!() };
    assert_eq!(
        changes(&plan, 1),
        [(
            "client_secret".into(),
            Some(format!("set, fingerprint {fingerprint}")),
            text("new, not shown")
        )]
    );
    assert_eq!(plan.steps[1].step.revision, Some(1));
    run(&fake, plan);
    let after = by_name(&fake, "Contoso devices");
    assert_eq!(issued(&after), issued(&before), "the key stays");
    assert_eq!(after.revision, 2);
    assert_eq!(by_name(&fake, "contoso groups").name, "CONTOSO groups");
    assert!(planned(&fake, &edited, &mut vault).is_empty());
}

#[test]
fn a_store_that_changed_in_between_is_refused_by_the_plan_and_by_the_save() {
    let fake = workspace();
    run(&fake, plan_of(&fake, GROUPS).unwrap());
    let edited = format!("{GROUPS}description = \"Wave 2\"\n");
    let plan = plan_of(&fake, &edited).unwrap();
    let shown = document(&plan, false);
    assert!(stale(&shown, &document(&plan_of(&fake, &edited).unwrap(), false)).is_empty());

    let saved = by_name(&fake, "Contoso groups");
    block(fake.save(change(&saved, |draft| draft.side = Side::Any))).unwrap();
    let fresh = document(&plan_of(&fake, &edited).unwrap(), false);
    assert_eq!(
        stale(&shown, &fresh),
        ["Contoso groups was saved since: it has revision 2, the plan was made from 1"]
    );
    // Without a look in between, the save itself refuses.
    let done = run(&fake, plan);
    assert!(matches!(done[0].result, Err(BackendError::Conflict { revision: 2, .. })), "{done:?}");
    assert_eq!(by_name(&fake, "Contoso groups").side, Side::Any, "left as it was");

    block(delete(&fake, &[saved.id]));
    let fresh = document(&plan_of(&fake, &edited).unwrap(), false);
    assert_eq!(stale(&shown, &fresh), ["Contoso groups was deleted since"]);
}

/// Creations alone would fit into any store.
#[test]
fn a_plan_for_one_store_is_refused_by_another() {
    let fake = workspace();
    let of = |store: &str| {
        let plan = planned(&fake, GROUPS, &mut Vault::default());
        document(&plan, false).of(Some(store.to_owned()))
    };
    assert_eq!(stale(&of("a"), &of("a")), [""; 0]);
    assert_eq!(stale(&of("a"), &of("b")), ["it was made for another store or context"]);
}

#[test]
fn created_meanwhile_renamed_objects_and_changed_files_are_reported() {
    let fake = workspace();
    let shown = document(&plan_of(&fake, GROUPS).unwrap(), false);
    put(
        &fake,
        serde_json::json!([{"object": "app-profile", "id": "p-9", "tenant": "t-1",
        "name": "Fly app 2", "kind": "fly"}]),
    );
    assert!(stale(&shown, &document(&plan_of(&fake, GROUPS).unwrap(), false)).is_empty());
    put(
        &fake,
        serde_json::json!([
        {"object": "app-profile", "id": "p-2", "tenant": "t-1", "name": "Old app", "kind": "fly"},
        {"object": "app-profile", "id": "p-9", "tenant": "t-1", "name": "FLY app", "kind": "fly"}]),
    );
    let other = document(&plan_of(&fake, GROUPS).unwrap(), false);
    assert_eq!(stale(&shown, &other), ["Contoso groups would now be changed in another way"]);
    run(&fake, plan_of(&fake, GROUPS).unwrap());
    let there = document(&plan_of(&fake, GROUPS).unwrap(), false);
    assert_eq!(stale(&shown, &there), ["Contoso groups was created since"]);

    let file = |sha: &str| FileDigest { path: "a.toml".into(), sha256: sha.into() };
    assert_eq!(
        changed_files(&[file("1")], &[file("2")]),
        ["a.toml was changed since the plan was made"]
    );
    assert!(changed_files(&[file("1")], &[file("2"), file("1")]).is_empty());
}

#[test]
fn only_what_is_pruned_is_deleted_and_each_is_named() {
    let fake = workspace();
    run(&fake, plan_of(&fake, GROUPS).unwrap());
    add(&fake, "old", ConnectionType::Gmail, Side::Source, "contoso");
    let entries = toml(GROUPS);
    let planned = |prune| {
        block(plan_and_read(&fake, &entries, options(), prune, &mut Vault::default())).unwrap()
    };
    assert!(planned(false).is_empty());
    let plan = planned(true);
    assert_eq!(actions(&plan), [(Action::Delete, "old"), (Action::Unchanged, "Contoso groups")]);
    // One that comes in between is not deleted by the plan that did not name it.
    add(&fake, "newer", ConnectionType::Gmail, Side::Source, "contoso");
    let shown = document(&plan, true);
    let why = stale(&shown, &document(&planned(true), true));
    assert_eq!(why, ["newer is new since the plan was made"]);
    let old = by_name(&fake, "old");
    let touched = change(&old, |draft| draft.description = "wanted after all".into());
    block(fake.save(touched)).unwrap();
    let done = run(&fake, plan);
    assert!(matches!(done[0].result, Err(BackendError::Conflict { .. })), "{done:?}");
    assert_eq!(by_name(&fake, "old").revision, 2);
    let done = run(&fake, planned(true));
    assert_eq!(done.len(), 2);
    assert!(done.iter().all(|it| it.result.is_ok()));
    assert_eq!(block(fake.count()).unwrap(), 1);
}

#[test]
fn one_that_fails_is_left_untouched_and_the_others_are_done() {
    let fake = workspace();
    let many: String = ["a", "b", "c"]
        .map(|name| format!("[[connection]]\nname = \"{name}\"\ntype = \"Gmail\"\n"))
        .concat();
    fake.fail_next(Call::Save, BackendError::DiskFull);
    let done = run(&fake, plan_of(&fake, &many).unwrap());
    let results: Vec<bool> = done.iter().map(|it| it.result.is_ok()).collect();
    assert_eq!(results, [false, true, true]);
    assert_eq!(actions(&plan_of(&fake, &many).unwrap())[0], (Action::Create, "a"));
    run(&fake, plan_of(&fake, &many).unwrap());
    assert!(plan_of(&fake, &many).unwrap().is_empty());
}

/// A process that dies between two saves is a future that is dropped there.
#[test]
fn what_was_begun_is_completed_by_the_same_files() {
    let fake = workspace();
    let mut vault = Vault::with(&[("secret.txt", "not-real-1")]);
    let both = format!("{GROUPS}{SOURCE}");
    let first = planned(&fake, &both, &mut vault);
    fake.hold(Call::IssueKey);
    block(async {
        let (limits, mut reported) = (limits(), |_: &Done| ControlFlow::Continue(()));
        tokio::select! {
            done = apply(&fake, first, &limits, &mut reported) => panic!("{done:?}"),
            () = fake.called(Call::IssueKey, 1) => {}
        }
    });
    fake.release(Call::IssueKey);
    assert_eq!(block(fake.count()).unwrap(), 1, "the first is there, the second is not");
    let second = planned(&fake, &both, &mut vault);
    assert_eq!(
        actions(&second),
        [(Action::Unchanged, "Contoso groups"), (Action::Create, "Contoso devices")]
    );
    run(&fake, second);
    assert!(planned(&fake, &both, &mut vault).is_empty());
}

#[test]
fn a_read_only_backend_is_planned_against_and_left_alone() {
    let fake = workspace();
    fake.set_capabilities(Capabilities { write: false, ..Capabilities::ALL });
    let plan = plan_of(&fake, GROUPS).unwrap();
    assert_eq!(plan.count(Action::Create), 1);
    let done = run(&fake, plan);
    assert_eq!(done[0].result, Err(BackendError::Unsupported("saving connections")));
    assert_eq!(block(fake.count()).unwrap(), 0);
}

#[test]
fn a_prompt_is_asked_once_and_checked() {
    let fake = workspace();
    let prompted = SOURCE.replace("{ file = \"secret.txt\" }", "{ prompt = true }")
        + "local_admin = true\nlocal_admin_user = \"rescue\"\nlocal_admin_password = { prompt = true }\n";
    let mut plan = plan_of(&fake, &prompted).unwrap();
    let change = changes(&plan, 0).into_iter().find(|it| it.0 == "client_secret").unwrap();
    assert_eq!(change.2, text("asked for when this is applied"));
    let work = plan.steps[0].work.as_mut().unwrap();
    let asks = work.asks().to_vec();
    assert_eq!(
        asks.iter().map(|it| it.field).collect::<Vec<_>>(),
        ["client_secret", "local_admin_password"]
    );
    work.answer(&asks[0], Secret::new("not-real-1"), &limits()).unwrap();
    let weak = work.answer(&asks[1], Secret::new("weak"), &limits()).unwrap_err();
    assert!(weak.contains("7 characters"), "{weak}");
    assert_eq!(work.asks().len(), 1);
    let unasked = run(&fake, plan.clone());
    assert!(unasked[0].result.is_err());
    assert_eq!(block(fake.count()).unwrap(), 0);
    plan.steps[0]
        .work
        .as_mut()
        .unwrap()
        .answer(&asks[1], Secret::new("Not-real-2"), &limits())
        .unwrap();
    assert!(run(&fake, plan)[0].result.is_ok());
    assert!(plan_of(&fake, &prompted).unwrap().is_empty(), "what is there is not asked for again");
}

#[test]
fn tokens_are_added_once() {
    let fake = workspace();
    let token = |day: &str, more: &str| {
        format!(
            "[[connection]]\nname = \"join\"\ntype = \"Device\"\nside = \"destination\"\n\
            destination = \"entra-id\"\njoin = \"bulk-token\"\ntenant = \"Fabrikam\"\n\
            join_app_profile = \"Join app\"\nbulk_tokens = {{ display_name = \"Wave 1\", expires = {day}{more} }}\n"
        )
    };
    let mut vault = Vault::with(&[("t", "not-real-token")]);
    // A day is a day, with quotes or without.
    run(&fake, planned(&fake, &token("2026-05-01", ""), &mut vault));
    assert!(planned(&fake, &token("\"2026-05-01\"", ""), &mut vault).is_empty());
    let pasted = token("2026-05-01", ", token = { command = [\"t\"] }");
    let plan = planned(&fake, &pasted, &mut vault);
    assert_eq!(
        changes(&plan, 0),
        [("bulk_tokens".into(), None, text("new: Wave 1 until 2026-05-01"))]
    );
    run(&fake, plan);
    assert!(planned(&fake, &pasted, &mut vault).is_empty());
    vault.texts.insert("t".into(), "not-real-other".into());
    assert_eq!(planned(&fake, &pasted, &mut vault).count(Action::Change), 1);
    let late = mistakes_of(plan_of(&fake, &token("2027-05-01", "")));
    assert!(
        late[0].contains("bulk_tokens: a bulk token is valid for at most 180 days"),
        "{late:?}"
    );
}

#[test]
fn an_edit_sets_fields_and_closes_what_hangs_on_them() {
    let fake = workspace();
    let geo = format!("{GROUPS}geo = true\nlocation = \"EUR\"\ncontainer = \"All groups\"\n")
        .replace("Fly app", "Own app");
    run(&fake, plan_of(&fake, &geo).unwrap());
    let edit = |sets: &[(&str, &str)]| {
        let fields = sets
            .iter()
            .map(|(key, typed)| {
                ((*key).to_owned(), value_of(ConnectionType::M365Group, key, typed).unwrap())
            })
            .collect();
        let saved = by_name(&fake, "Contoso groups");
        block(change_one(&fake, saved, Edit::Fields(fields), options()))
    };
    // G5, G7: container, location and impersonation user belong to the other tenant.
    let plan = edit(&[("tenant", "Fabrikam"), ("app_profile", "Fly app")]).unwrap();
    let fields: Vec<String> = changes(&plan, 0).into_iter().map(|it| it.0).collect();
    assert_eq!(
        fields,
        ["tenant", "geo", "location", "container", "app_profile", "impersonation_user"]
    );
    let plan = edit(&[
        ("service_auth", "legacy"),
        ("accounts", "[\"a@contoso.example\"]"),
        ("geo", "no"),
        ("container", ""),
    ])
    .unwrap();
    assert_eq!(changes(&plan, 0).len(), 5, "{:?}", changes(&plan, 0));
    assert!(run(&fake, plan)[0].result.is_ok());
    assert!(edit(&[("used_as", "destination")]).unwrap().is_empty());
    for (sets, part) in [
        (&[("location", "EUR")][..], "location: not used with these answers"),
        (&[("colour", "red")], "colour: is not a field"),
        (&[("name", "")], "name: enter a name"),
        (&[("type", "Device")], "type of a saved connection cannot be changed"),
        (&[("tenant", "Fabrikam")], "accounts: pick at least one"),
        (&[("geo", "yes"), ("geo", "no")], "geo: is set twice"),
    ] {
        let why = mistakes_of(edit(sets));
        assert!(why.iter().any(|it| it.contains(part)), "{part}: {why:?}");
    }
    add(&fake, "taken", ConnectionType::Gmail, Side::Any, "");
    let why = mistakes_of(edit(&[("name", "TAKEN")]));
    assert!(why[0].contains("a connection named taken exists already"), "{why:?}");
    assert!(run(&fake, edit(&[("name", "free")]).unwrap())[0].result.is_ok());
    assert_eq!(by_name(&fake, "free").revision, 3);
}

#[test]
fn a_copy_has_the_secrets_and_a_key_of_its_own_when_asked() {
    let fake = workspace();
    let mut vault = Vault::with(&[("secret.txt", "not-real-1")]);
    run(&fake, planned(&fake, SOURCE, &mut vault));
    let original = by_name(&fake, "Contoso devices");
    for (name, new_keys) in [("copy", false), ("other", true)] {
        let copy = CopyOf { name: name.into(), fields: vec![("description".into(), "x".into())] };
        let with = Options { new_keys, ..options() };
        let plan = block(clone_one(&fake, original.clone(), copy, with)).unwrap();
        assert!(run(&fake, plan)[0].result.is_ok());
        let copy = by_name(&fake, name);
        assert_eq!(copy.description, "x");
        assert_eq!(issued(&copy).unwrap().id != issued(&original).unwrap().id, new_keys);
        assert_eq!(
            block(fake.reveal(copy.id, "client_secret".into())).unwrap().expose(),
            "not-real-1"
        );
    }
    let copy = CopyOf { name: "COPY".into(), fields: Vec::new() };
    let why = mistakes_of(block(clone_one(&fake, original, copy, options())));
    assert!(why[0].contains("exists already"), "{why:?}");
}

/// A record is checked once, however many steps it takes to save it; what is issued or typed on the
/// way has to be checked with it.
#[test]
fn a_record_is_submitted_once_unless_something_is_issued_for_it() {
    let submits = |fake: &Fake, text: &str| {
        let before = crate::testing::work::times("submit");
        let mut vault = Vault::with(&[("secret.txt", "not-real-1")]);
        let done = run(fake, planned(fake, text, &mut vault));
        assert!(done.iter().all(|it| it.result.is_ok()), "{done:?}");
        crate::testing::work::times("submit") - before
    };
    let fake = workspace();
    assert_eq!(submits(&fake, GROUPS), 1);
    assert_eq!(submits(&fake, GROUPS), 0, "nothing has changed");
    // Its shape, its secret, and the key that is issued for it.
    assert_eq!(submits(&fake, SOURCE), 3);
    assert_eq!(submits(&fake, SOURCE), 0);
    let many: String =
        (0..20).map(|it| GROUPS.replace("Contoso groups", &format!("g{it}"))).collect();
    assert_eq!(submits(&fake, &many), 20);
}

/// The directory is read once for a plan, whatever it plans.
#[test]
fn the_directory_is_read_once_for_a_plan() {
    let fake = workspace();
    run(&fake, plan_of(&fake, GROUPS).unwrap());
    let connection = by_name(&fake, "Contoso groups");
    let reads = |work: &dyn Fn()| {
        let before = crate::testing::work::times("directory");
        work();
        crate::testing::work::times("directory") - before
    };
    let fields = || vec![("description".to_owned(), serde_json::Value::from("new"))];
    let set = || Edit::Fields(fields());
    let entry = || toml(GROUPS).entries.pop().unwrap();
    let copy = || CopyOf { name: "copy".to_owned(), fields: fields() };
    let one = |it| block(change_one(&fake, connection.clone(), it, options())).unwrap();
    assert_eq!(reads(&|| drop(plan_of(&fake, GROUPS))), 1, "plan");
    assert_eq!(reads(&|| drop(one(set()))), 1, "edit --set");
    assert_eq!(reads(&|| drop(one(Edit::Whole(Box::new(entry()))))), 1, "edit -f");
    let several = || vec![(connection.clone(), fields()), (connection.clone(), fields())];
    let all = || block(change_all(&fake, several(), options())).unwrap();
    assert_eq!(reads(&|| drop(all())), 1, "edit of several");
    let cloned = || block(clone_one(&fake, connection.clone(), copy(), options())).unwrap();
    assert_eq!(reads(&|| drop(cloned())), 1, "clone");
}
