//! Values from plain records.

use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

use super::super::read::{PlainSecrets, RECORD, read, to_issue};
use super::super::{FieldError, submit};
use super::{error_of, limits};
use crate::domain::health::Directory;
use crate::domain::{DirectoryObject, Side};

fn directory() -> Directory {
    let objects = json!([
        {"object": "tenant", "id": "t-1", "name": "Contoso", "locations": ["EUR", "NAM"]},
        {"object": "tenant", "id": "t-2", "name": "Fabrikam"},
        {"object": "tenant", "id": "t-3", "name": "Twin"},
        {"object": "tenant", "id": "t-4", "name": "twin"},
        {"object": "container", "id": "c-1", "tenant": "t-1", "name": "All groups", "objects": 12},
        {"object": "app-profile", "id": "p-1", "tenant": "t-1", "name": "Own app", "kind": "custom",
         "impersonation_user": "fly@contoso.example"},
        {"object": "app-profile", "id": "p-2", "tenant": "t-1", "name": "Same", "kind": "fly"},
        {"object": "app-profile", "id": "p-3", "tenant": "t-1", "name": "Same", "kind": "fly-delegated"},
        {"object": "app-profile", "id": "p-4", "tenant": "t-2", "name": "Fabrikam app", "kind": "fly"},
        {"object": "service-account", "id": "a-1", "tenant": "t-1", "name": "a@contoso.example"},
        {"object": "service-account", "id": "a-2", "tenant": "t-1", "name": "b@contoso.example"},
    ]);
    let objects: Vec<DirectoryObject> = serde_json::from_value(objects).unwrap();
    objects.into_iter().collect()
}

fn map(json: Json) -> Map<String, Json> {
    json.as_object().unwrap().clone()
}

fn errors(json: Json) -> Vec<FieldError> {
    match read(&map(json), &directory(), PlainSecrets::Refuse) {
        Ok((_, values)) => panic!("{values:?}"),
        Err(errors) => errors,
    }
}

#[test]
fn a_record_names_objects_by_name_or_id() {
    let record = json!({
        "type": "m365group", "name": "Contoso groups", "used_as": "destination",
        "tenant": "contoso", "geo": true, "location": "eur", "container": "c-1",
        "app_profile": "Own App", "service_auth": "legacy",
        "accounts": ["a@contoso.example", "a-2", "a-1"],
    });
    let (spec, values) = read(&map(record), &directory(), PlainSecrets::Refuse).unwrap();
    let draft = submit(spec, &values, &limits()).unwrap();
    assert_eq!(draft.side, Side::Destination);
    let answers = draft.answers.sheet().unwrap();
    assert_eq!(answers.tenant(), Some(&"t-1".into()));
    assert_eq!(answers.code("location"), Some("EUR"));
    // G7: filled in from the profile.
    assert_eq!(answers.text("impersonation_user"), Some("fly@contoso.example"));
    assert_eq!(values.picks("accounts").len(), 2, "each account once");
}

#[test]
fn names_are_looked_up_among_what_the_field_offers() {
    // Two profiles are called Same, but each field offers one of them.
    let record = json!({"type": "M365Group", "name": "n", "tenant": "t-1", "app_profile": "Same",
        "service_auth": "modern", "delegated": "Same"});
    let (_, values) = read(&map(record), &directory(), PlainSecrets::Refuse).unwrap();
    assert_eq!(values.picks("app_profile")[0].id.as_str(), "p-2");
    assert_eq!(values.picks("delegated")[0].id.as_str(), "p-3");
}

#[test]
fn every_mistake_is_named_at_once() {
    let errors = errors(json!({
        "type": "M365Group", "name": 7, "colour": "red", "tenant": "Contoso", "geo": "yes",
        "container": "Nowhere", "app_profile": "Fabrikam app", "service_auth": "basic",
        "accounts": ["x@contoso.example", "a-1", 3],
    }));
    for (key, part) in [
        (RECORD, "colour is not a field of Microsoft 365 Groups"),
        ("name", "as a text"),
        ("geo", "true or false"),
        ("container", "no container called Nowhere"),
        ("app_profile", "no app profile (Fly app or Custom app) called Fabrikam app"),
        ("service_auth", "none, legacy, modern"),
        ("accounts", "no service account called x@contoso.example"),
    ] {
        let message = error_of(&errors, key).unwrap_or_else(|| panic!("{key}: {errors:?}"));
        assert!(message.contains(part), "{key}: {message}");
    }
    assert_eq!(errors.len(), 7, "no error follows from another: {errors:?}");
}

#[test]
fn ambiguous_names_ask_for_an_id() {
    let errors =
        errors(json!({"type": "M365Group", "name": "n", "tenant": "Twin", "container": "c-1"}));
    assert_eq!(errors.len(), 1);
    assert_eq!(error_of(&errors, "tenant"), Some("2 are called Twin: give an id, t-3 or t-4"));
}

#[test]
fn what_belongs_to_a_tenant_needs_one() {
    let errors = errors(json!({"type": "M365Group", "name": "n", "container": "c-1"}));
    assert!(error_of(&errors, "container").unwrap().contains("give tenant first"));
}

#[test]
fn answers_that_would_be_dropped_are_refused() {
    let hidden =
        errors(json!({"type": "M365Group", "name": "n", "tenant": "t-1", "location": "EUR",
        "app_profile": "p-2", "impersonation_user": "a@contoso.example", "accounts": "a-1"}));
    let fields: Vec<_> = hidden.iter().map(|it| it.field).collect();
    assert_eq!(fields, ["location", "impersonation_user", "accounts"]);
    assert!(hidden[0].message.contains("see tenant, geo"), "{}", hidden[0].message);
    let flat = errors(
        json!({"type": "M365Group", "name": "n", "tenant": "t-2", "geo": true, "location": "EUR"}),
    );
    assert!(error_of(&flat, "location").unwrap().contains("not multi-geo"));
}

#[test]
fn types_without_a_form_say_what_to_do() {
    for (json, part) in [
        (json!({"name": "n"}), "M365Group or Device"),
        (json!({"type": "Gmail"}), "import it as a listed connection"),
        (json!({"type": "\u{1b}[2J"}), "\\u{1b}"),
    ] {
        let errors = errors(json);
        assert!(error_of(&errors, "type").unwrap().contains(part), "{errors:?}");
    }
}

#[test]
fn secrets_are_read_only_where_asked_for() {
    let record = json!({"type": "Device", "name": "n", "side": "source",
        "client_id": "11111111-2222-4333-8444-555555555555", "client_secret": "Canary-1",
        "client_secret_expires": "2027-03-31"});
    let refused = errors(record.clone());
    assert!(error_of(&refused, "client_secret").is_some());
    assert!(!format!("{refused:?}").contains("Canary"));
    let (spec, values) = read(&map(record), &directory(), PlainSecrets::Allow).unwrap();
    assert!(values.answered("client_secret"));
    let wanted: Vec<_> = to_issue(spec, &values).map(|it| it.key).collect();
    assert_eq!(wanted, ["configuration_key"]);
}

proptest! {
    #[test]
    fn any_record_gets_an_answer(
        key in "tenant|location|accounts|geo|side|domain|bulk_tokens|agent|.{0,5}",
        text in "Contoso|EUR|t-1|.{0,6}",
        kind in "M365Group|Device|Gmail|.{0,3}",
    ) {
        for value in [json!(text), json!([text]), json!(true), json!(1), json!({"a": 1})] {
            let mut record = map(json!({"type": kind, "name": "n", "tenant": "t-1"}));
            record.insert(key.clone(), value);
            if let Ok((spec, values)) = read(&record, &directory(), PlainSecrets::Allow) {
                let _ = submit(spec, &values, &limits());
            }
        }
    }
}
