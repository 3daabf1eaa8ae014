//! Tables per rule of the device form, by SPEC id.

use super::super::{
    Trait, Value, Values, check_field, initial, review, set_choice, set_toggle, submit,
};
use super::{advice, device, device_values, error_of, limits, pick, secret, text};
use crate::domain::key::{HeldKey, KeyKind};
use crate::domain::{Fingerprint, Held, Side};

#[test]
fn d3_each_side_asks_its_own_steps() {
    let titles =
        |values: &Values| -> Vec<_> { device().visible_steps(values).map(|it| it.title).collect() };
    let source = initial(device());
    assert_eq!(
        titles(&source),
        ["Connection", "App registration", "Agent", "Local admin", "Entra ID"]
    );
    for (target, rest) in [
        ("active-directory", vec!["Rejoin"]),
        ("hybrid", vec!["Tenant", "Rejoin"]),
        ("entra-id", vec!["Tenant", "Join"]),
    ] {
        let mut values = initial(device());
        set_choice(device(), &mut values, "side", "destination");
        set_choice(device(), &mut values, "destination", target);
        let mut expected = vec!["Connection", "Destination"];
        expected.extend(rest);
        assert_eq!(titles(&values), expected);
    }
}

#[test]
fn d4_d5_the_registration_is_a_guid_and_a_secret() {
    let base = device_values(&[("side", "source")]);
    for (typed, wrong) in [
        ("{11111111-2222-4333-8444-555555555555}", false),
        ("1111 1111-2222-4333-8444-555555555555", true),
        ("abc", true),
    ] {
        let mut values = base.clone();
        text(&mut values, "client_id", typed);
        assert_eq!(submit(device(), &values, &limits()).is_err(), wrong, "{typed}");
    }
    for (value, wrong) in [
        (secret(""), true),
        (secret("made\nup"), true),
        (secret("made-up"), false),
        (Value::Secret(Held::Stored(Fingerprint("00000000".to_owned()))), false),
    ] {
        let mut values = base.clone();
        values.set("client_secret", value.clone());
        let error = check_field(device(), &values, "client_secret", &limits());
        assert_eq!(error.is_some(), wrong, "{value:?}");
    }
}

#[test]
fn the_secret_may_not_have_expired_and_lasts_to_the_end_of_its_day() {
    let mut values = device_values(&[("side", "source")]);
    for (typed, wrong) in [
        ("2026-11-21", true),
        ("2026-11-22", false),
        ("2027-02-29", true),
        ("22.11.2027", true),
        (" 2027-03-31 ", false),
        ("", false),
    ] {
        text(&mut values, "client_secret_expires", typed);
        let error = check_field(device(), &values, "client_secret_expires", &limits());
        assert_eq!(error.is_some(), wrong, "{typed}: {error:?}");
    }
    text(&mut values, "client_secret_expires", "2027-03-31");
    let draft = submit(device(), &values, &limits()).unwrap();
    let expires = draft.answers.sheet().unwrap().day("client_secret_expires").unwrap();
    assert_eq!(expires.to_string(), "2027-03-31T23:59:59Z");
}

#[test]
fn d6_d12_keys_must_be_issued() {
    for (options, key) in [
        (vec![("side", "source")], "configuration_key"),
        (vec![("side", "destination"), ("rejoin", "offline")], "connection_key"),
    ] {
        let mut values = device_values(&options);
        values.clear(key);
        let errors = submit(device(), &values, &limits()).unwrap_err();
        assert!(error_of(&errors, key).unwrap().contains("generate"));
    }
}

/// Only a key that takes the place of a saved one leaves agents behind: not the first key of a
/// connection, not a look at the saved one, and not the keys that were generated before the first save.
#[test]
fn d6_d12_only_a_replaced_key_warns_of_installed_agents() {
    for (options, key, kind) in [
        (vec![("side", "source")], "configuration_key", KeyKind::Configuration),
        (
            vec![("side", "destination"), ("rejoin", "offline")],
            "connection_key",
            KeyKind::Connection,
        ),
        (
            vec![("side", "destination"), ("destination", "hybrid"), ("rejoin", "offline")],
            "connection_key",
            KeyKind::Connection,
        ),
    ] {
        let issued = |entropy: u8| {
            let key = crate::domain::key::issue(kind, &[entropy; crate::domain::key::ENTROPY]);
            let (id, value) = (key.id(), Held::New(key.text));
            Value::Key(HeldKey { id, issued_at: limits().now, value })
        };
        let stored = Value::Key(HeldKey {
            id: "JBK1C-77777".into(),
            issued_at: limits().now,
            value: Held::Stored(crate::domain::Fingerprint("aa".into())),
        });
        let mut without = device_values(&options);
        without.clear(key);
        let with = |value: &Value| {
            let mut values = without.clone();
            values.set(key, value.clone());
            values
        };
        let (saved, first, second) = (with(&stored), with(&issued(1)), with(&issued(2)));
        for (what, original, now, warns) in [
            ("the first key of a new connection", &without, &first, false),
            ("a second one before it is saved", &without, &second, false),
            ("the saved key", &saved, &saved, false),
            ("another key than the saved one", &saved, &second, true),
            ("another key than the one that was just saved", &first, &second, true),
            ("a key that was just saved", &first, &first, false),
        ] {
            let mut now = now.clone();
            now.note_replaced(original);
            assert_eq!(advice(device(), &now, "A new key does not reach"), warns, "{what}: {key}");
            let text = "does not reach";
            let said = crate::form::warnings(device(), &now).iter().any(|it| it.contains(text));
            assert_eq!(said, warns, "the review, {what}: {key}");
            let checked = device().visible(&now);
            assert_eq!(checked.is_replaced(key), warns, "{what}: {key}");
        }
    }
}

#[test]
fn d8_the_password_meets_the_policy_and_not_the_user_name() {
    let mut values = device_values(&[("side", "source")]);
    set_toggle(device(), &mut values, "local_admin", true);
    text(&mut values, "local_admin_user", "flyrescue");
    for (typed, part) in [
        ("Ab1", Some("7 characters")),
        ("abcdefghij", Some("3 of the 4 kinds")),
        ("Flyrescue-1", Some("user name")),
        ("Made-up-77", None),
    ] {
        values.set("local_admin_password", secret(typed));
        let error = check_field(device(), &values, "local_admin_password", &limits());
        match part {
            Some(part) => assert!(error.unwrap().message.contains(part), "{typed}"),
            None => assert_eq!(error, None, "{typed}"),
        }
    }
    let mut strict = limits();
    strict.password.min_length = 14;
    assert!(check_field(device(), &values, "local_admin_password", &strict).is_some());
    // Off: neither checked nor saved.
    values.set("local_admin_password", secret("x"));
    set_toggle(device(), &mut values, "local_admin", false);
    let draft = submit(device(), &values, &limits()).unwrap();
    let sheet = draft.answers.sheet().unwrap();
    assert!(sheet.iter().all(|(key, _)| !key.starts_with("local_admin")));
}

#[test]
fn d9_source_entra_asks_tenant_and_profile() {
    let mut values = device_values(&[("side", "source")]);
    set_toggle(device(), &mut values, "entra", true);
    values.clear("source_tenant");
    values.clear("source_app_profile");
    let errors = submit(device(), &values, &limits()).unwrap_err();
    let fields: Vec<_> = errors.iter().map(|it| it.field).collect();
    assert_eq!(fields, ["source_tenant", "source_app_profile"]);
}

#[test]
fn d10_d16_every_destination_keeps_its_own_answers() {
    const ONLINE: &[&str] = &["domain", "domain_password", "domain_user"];
    const OFFLINE: &[&str] = &["connection_key"];
    const CLOUD: &[&str] = &["app_profile", "tenant"];
    const TOKEN: &[&str] = &["bulk_tokens", "join_app_profile", "tenant"];
    const FILE: &[&str] = &["app_profile", "enrolment_path", "tenant"];
    for (destination, how, option, kept) in [
        ("active-directory", "rejoin", "online", vec![ONLINE]),
        ("active-directory", "rejoin", "offline", vec![OFFLINE]),
        ("hybrid", "rejoin", "online", vec![CLOUD, ONLINE]),
        ("hybrid", "rejoin", "offline", vec![CLOUD, OFFLINE]),
        ("entra-id", "join", "bulk-token", vec![TOKEN]),
        ("entra-id", "join", "enrolment-file", vec![FILE]),
    ] {
        let options = [("side", "destination"), ("destination", destination), (how, option)];
        let draft = submit(device(), &device_values(&options), &limits()).unwrap();
        assert_eq!(draft.side, Side::Destination);
        let mut expected = [vec!["destination", how], kept.concat()].concat();
        expected.sort_unstable();
        let found: Vec<&str> = draft.answers.sheet().unwrap().iter().map(|it| it.0).collect();
        assert_eq!(found, expected, "{options:?}");
    }
}

#[test]
fn d11_d14_notes_for_the_branch() {
    const SIGHT: &str = "line of sight to a domain controller";
    const MEMBER: &str = "member server";
    const INTUNE: &str = "MDM user scope covers";
    let said = |options: &[(&str, &str)]| {
        let mut all = vec![("side", "destination")];
        all.extend_from_slice(options);
        let values = device_values(&all);
        [SIGHT, MEMBER, INTUNE].map(|it| advice(device(), &values, it))
    };
    assert_eq!(
        said(&[("destination", "active-directory"), ("rejoin", "online")]),
        [true, false, false]
    );
    assert_eq!(
        said(&[("destination", "active-directory"), ("rejoin", "offline")]),
        [false, true, false]
    );
    assert_eq!(said(&[("destination", "hybrid"), ("rejoin", "online")]), [true, false, true]);
    assert_eq!(said(&[("destination", "hybrid"), ("rejoin", "offline")]), [false, true, true]);
    assert_eq!(said(&[("destination", "entra-id")]), [false, false, true]);
}

#[test]
fn d13_d15_d16_only_profiles_that_fit_the_way_of_joining() {
    let fits = |key: &str, with: Trait| {
        device().refusal(device().field(key).unwrap(), &pick("p", &[with])).is_none()
    };
    for (key, own, other) in [
        ("app_profile", Trait::CustomApp, Trait::CustomDelegated),
        ("join_app_profile", Trait::CustomDelegated, Trait::CustomApp),
        ("source_app_profile", Trait::CustomApp, Trait::FlyApp),
    ] {
        assert!(fits(key, Trait::FlyForDevice) && fits(key, own), "{key}");
        assert!(!fits(key, other) && !fits(key, Trait::FlyDelegated), "{key}");
    }
    let mut values = device_values(&[
        ("side", "destination"),
        ("join", "bulk-token"),
        ("destination", "entra-id"),
    ]);
    values.set("join_app_profile", Value::One(pick("own", &[Trait::CustomApp])));
    let errors = submit(device(), &values, &limits()).unwrap_err();
    assert!(error_of(&errors, "join_app_profile").unwrap().contains("Custom delegated app"));
}

#[test]
fn d16_the_path_is_checked_and_its_reach_reported() {
    let mut values = device_values(&[
        ("side", "destination"),
        ("destination", "entra-id"),
        ("join", "enrolment-file"),
    ]);
    for (typed, wrong, share) in [
        (r"\\files\fly\join.ppkg", false, true),
        (r"C:\Fly\join.ppkg", false, false),
        ("//files/fly/join.ppkg", true, false),
        ("join.zip", true, false),
        (r"Z:\Fly\join.ppkg", false, false),
    ] {
        text(&mut values, "enrolment_path", typed);
        assert_eq!(submit(device(), &values, &limits()).is_err(), wrong, "{typed}");
        assert_eq!(advice(device(), &values, "must reach this share"), share, "{typed}");
        let local = typed.starts_with("C:");
        assert_eq!(advice(device(), &values, "A local path"), local, "{typed}");
        assert_eq!(advice(device(), &values, "a mapped share"), !share && !local, "{typed}");
    }
}

#[test]
fn d17_a_hidden_wrong_answer_does_not_stop_a_save() {
    let mut values = device_values(&[
        ("side", "destination"),
        ("destination", "active-directory"),
        ("rejoin", "offline"),
    ]);
    text(&mut values, "domain", "-wrong-");
    text(&mut values, "client_id", "not a guid");
    assert!(submit(device(), &values, &limits()).is_ok());
}

#[test]
fn the_review_names_every_answer_and_no_secret() {
    let mut values = device_values(&[("side", "source")]);
    set_toggle(device(), &mut values, "local_admin", true);
    text(&mut values, "local_admin_user", "flyrescue");
    values.set("local_admin_password", secret("Canary-pass-1"));
    values.set("client_secret", secret("Canary-secret"));
    let lines = review(device(), &values, None);
    let line =
        |label: &str| lines.iter().find(|it| it.field.label == label).map(|it| it.answer.as_str());
    assert_eq!(line("Client secret"), Some("new, 13 characters"));
    assert_eq!(line("Create a local administrator"), Some("yes"));
    assert_eq!(line("Side"), Some("Source"));
    assert_eq!(line("Description"), Some("not set"));
    assert!(line("Configuration key").unwrap().starts_with("JBK1C-77777…"));
    let whole: String = lines.iter().map(|it| it.answer.clone()).collect();
    assert!(!whole.contains("Canary") && !whole.contains("77777-7"), "{whole}");
}
