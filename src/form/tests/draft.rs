//! Drafts: everything comes back, nothing leaks, nothing foreign gets in.

use proptest::prelude::*;

use super::super::{Spec, Value, Values, branches, draft, initial, specs, switch_type};
use super::{device, device_values, groups};
use crate::domain::{Fingerprint, Held, Secret};

fn kept(spec: &'static Spec, values: &Values) -> Secret {
    Secret::json(&draft::State(spec, values)).unwrap()
}

#[test]
fn every_branch_comes_back_whole() {
    for spec in specs::ALL {
        for mut values in branches(spec) {
            // Hidden answers come back as well. D17.
            values.set("client_secret", Value::Secret(Held::Stored(Fingerprint("0a".to_owned()))));
            let kept = kept(spec, &values);
            assert_eq!(draft::from_json(spec, kept.expose()).unwrap(), values);
        }
    }
}

#[test]
fn answers_for_the_other_type_come_back_too() {
    let mut values = device_values(&[("side", "source")]);
    switch_type(&mut values, groups());
    let kept = kept(groups(), &values);
    assert_eq!(draft::from_json(groups(), kept.expose()).unwrap(), values);
}

#[test]
fn the_text_is_secret_and_holds_typed_secrets() {
    let mut values = device_values(&[("side", "source")]);
    values.set("client_secret", Value::Secret(Held::New(Secret::new("Canary-1"))));
    let kept = kept(device(), &values);
    assert!(kept.expose().contains("Canary-1"));
    assert!(!format!("{kept:?}").contains("Canary"));
}

#[test]
fn a_secret_of_any_characters_comes_back() {
    for text in ["a\"b\\c", "tab\tline\n\u{1}", "ä漢🚀", "\\u0041", "{\"new\":1}"] {
        let mut values = device_values(&[("side", "source")]);
        values.set("client_secret", Value::Secret(Held::New(Secret::new(text))));
        let kept = kept(device(), &values);
        assert_eq!(draft::from_json(device(), kept.expose()).unwrap(), values, "{text:?}");
    }
}

#[test]
fn foreign_keys_and_shapes_are_left_out_and_the_rest_kept() {
    let text = r#"{"version":1,"type":"M365Group","values":{
        "name":{"text":"Contoso"},
        "colour":{"text":"red"},
        "tenant":{"text":"contoso"},
        "service_auth":{"choice":"basic"},
        "geo":{"toggle":true},
        "accounts":{"nonsense":1},
        "description":7}}"#;
    let values = draft::from_json(groups(), text).unwrap();
    assert_eq!(values.text("name"), "Contoso");
    assert!(values.toggle("geo"));
    assert_eq!(values.choice("service_auth"), Some("none"), "as a new form starts");
    assert!(!values.answered("tenant") && !values.answered("accounts"));
    assert!(!values.answered("description"));
}

#[test]
fn what_is_no_draft_of_this_form_is_refused_without_quoting_it() {
    let draft_of = |text: &str| draft::from_json(groups(), text).unwrap_err();
    for text in ["", "Canary", "[]", "{}", r#"{"version":1,"type":"Canary","values":{}}"#] {
        assert!(!draft_of(text).contains("Canary"), "{text}");
    }
    assert!(draft_of(r#"{"version":2}"#).contains("update jetbridge"));
    assert!(draft_of(kept(device(), &initial(device())).expose()).contains("another type"));
}

proptest! {
    #[test]
    fn any_text_gets_an_answer(text in ".*|\\{\"version\":1.*") {
        let _ = draft::from_json(groups(), &text);
    }
}
