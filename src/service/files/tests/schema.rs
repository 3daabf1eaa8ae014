//! The schema against what is read and written: draft 2020-12, checked by a validator.

use std::sync::LazyLock;

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::{Value as Json, json};

use super::*;
use crate::form::file::schema;
use crate::form::{Kind, specs};

static COMPILED: LazyLock<(Schemas, SchemaIndex)> = LazyLock::new(|| {
    let mut schemas = Schemas::new();
    let mut compiler = Compiler::new();
    compiler.enable_format_assertions();
    compiler.add_resource("jetbridge.json", schema()).unwrap();
    let index = compiler.compile("jetbridge.json", &mut schemas).unwrap();
    (schemas, index)
});

fn verdict(file: &Json) -> Result<(), String> {
    let (schemas, index) = &*COMPILED;
    schemas.validate(file, *index).map_err(|error| format!("{error:#}"))
}

#[track_caller]
pub(super) fn accepts(file: &Json) {
    if let Err(why) = verdict(file) {
        panic!("{why}\n{file:#}");
    }
}

/// Both the schema and the reader say no, or both yes.
#[track_caller]
fn agree(fake: &Fake, record: Json, good: bool) {
    let file = json!({"version": 1, "connections": [record]});
    assert_eq!(verdict(&file).is_ok(), good, "schema: {file:#} {:?}", verdict(&file));
    let records = read(&[input(Syntax::Json, &file.to_string())]);
    let mut vault = Vault::with(&[("s", "Made-up-1")]);
    let read = block(plan_and_read(fake, &records, options(), false, &mut vault));
    assert_eq!(read.is_ok(), good, "reader: {file:#} {read:?}");
}

#[test]
fn it_is_a_schema_that_names_every_field_with_help() {
    let schema = schema();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    for spec in specs::ALL {
        let form = &schema["$defs"][spec.kind.slug()];
        for field in spec.fields() {
            let property = &form["properties"][field.key];
            if field.kind == Kind::Agent {
                assert!(property.is_null());
                continue;
            }
            assert_eq!(property["description"], field.help, "{}", field.key);
            assert_eq!(property["title"], field.label);
        }
    }
    accepts(&json!({"$schema": "x", "version": 1, "connections": []}));
    assert!(verdict(&json!({"version": 2, "connections": []})).is_err());
    assert!(verdict(&json!({"colour": 2})).is_err());
}

#[test]
fn schema_and_reader_agree_on_groups() {
    let fake = workspace();
    let base =
        json!({"name": "n", "type": "M365Group", "tenant": "Fabrikam", "app_profile": "Fly app"});
    let with = |more: Json| {
        let mut all = base.clone();
        for (key, value) in more.as_object().unwrap() {
            match value {
                Json::Null => _ = all.as_object_mut().unwrap().remove(key),
                value => all[key] = value.clone(),
            }
        }
        all
    };
    agree(&fake, with(json!({})), true);
    agree(&fake, with(json!({"used_as": "source", "description": "x"})), true);
    for wrong in [
        json!({"tenant": null}),
        json!({"name": null}),
        json!({"colour": "red"}),
        json!({"used_as": "somewhere"}),
        json!({"geo": "yes"}),
        json!({"service_auth": "legacy"}),
        // G6: no credential at all.
        json!({"app_profile": null}),
        // Asked only with legacy authentication.
        json!({"accounts": ["a@contoso.example"]}),
        json!({"service_auth": "modern"}),
        json!({"configuration_key": {"issued": true}}),
    ] {
        agree(&fake, with(wrong), false);
    }
    agree(
        &fake,
        with(json!({"tenant": "Contoso", "geo": true, "location": "EUR", "service_auth": "legacy",
            "accounts": ["a@contoso.example"]})),
        true,
    );
}

#[test]
fn schema_and_reader_agree_on_devices_and_lists() {
    let fake = workspace();
    let source = json!({"name": "n", "type": "Device", "side": "source",
        "client_id": "11111111-2222-4333-8444-555555555555", "client_secret": {"file": "s"}});
    let with = |key: &str, value: Json| {
        let mut all = source.clone();
        all[key] = value;
        all
    };
    agree(&fake, source.clone(), true);
    agree(&fake, with("client_secret", json!({"command": ["s"]})), true);
    agree(&fake, with("client_secret", json!({"secret_file": "s"})), true);
    agree(&fake, with("client_secret", json!({"secret_command": ["s"]})), true);
    agree(&fake, with("client_secret", json!({"secret_file": ["s"]})), false);
    agree(&fake, with("client_secret", json!({"prompt": true})), true);
    agree(&fake, with("client_secret", json!({"prompt": false})), false);
    agree(&fake, with("client_secret", json!({"command": []})), false);
    agree(&fake, with("client_secret", json!({"file": "s", "prompt": true})), false);
    agree(&fake, with("client_secret", json!({})), false);
    agree(&fake, with("local_admin", json!(true)), false);
    agree(&fake, with("domain", json!("corp.example.com")), false);
    agree(&fake, with("configuration_key", json!({"issued": true})), true);
    agree(&fake, with("configuration_key", json!("JBK1C")), false);
    let entra = json!({"name": "n", "type": "Device", "side": "destination", "destination": "entra-id",
        "join": "bulk-token", "tenant": "Fabrikam", "join_app_profile": "Join app",
        "bulk_tokens": {"display_name": "Wave 1", "expires": "2026-05-01"}});
    agree(&fake, entra.clone(), true);
    let mut wrong = entra;
    wrong["bulk_tokens"] = json!({"display_name": "Wave 1"});
    agree(&fake, wrong, false);
    agree(&fake, json!({"name": "n", "type": "Gmail", "side": "source", "tenant": "corp"}), true);
    agree(&fake, json!({"name": "n", "type": "Device", "listed": true}), true);
    agree(&fake, json!({"name": "n", "type": "Gmail", "side": "left"}), false);
    agree(&fake, json!({"name": "n", "type": "Gmail", "client_id": "x"}), false);
}
