//! Every branch of both forms as a runbook, and what is said before the first step.

use std::collections::BTreeSet;

use super::*;
use crate::domain::key::HeldKey;
use crate::domain::rules::PasswordPolicy;
use crate::domain::token::{BulkToken, TokenOrigin};
use crate::domain::{ObjectId, Secret, Timestamp};
use crate::form::judge;
use crate::form::{Picked, Traits, branches, initial, set_choice, set_toggle};
use crate::text::is_hidden;

fn limits() -> Limits {
    Limits { now: "2026-11-22T12:00:00Z".parse().unwrap(), password: PasswordPolicy::default() }
}

fn book(spec: &'static Spec, values: &Values) -> Runbook {
    of_values(spec, values, &limits(), Findings::default(), false)
}

fn groups() -> &'static Spec {
    specs::of(ConnectionType::M365Group).unwrap()
}

fn device() -> &'static Spec {
    specs::of(ConnectionType::Device).unwrap()
}

// The runbook is complete: whatever a branch asks is in it once, whatever it hides is not.
#[test]
fn every_visible_field_of_every_branch_appears_exactly_once() {
    for spec in specs::ALL {
        let all = branches(spec);
        assert!(all.len() > 1);
        for values in all {
            let runbook = book(spec, &values);
            let mut reported: Vec<&str> = runbook.steps.iter().filter_map(|it| it.field).collect();
            reported.extend(runbook.asides.iter().map(|it| it.field));
            reported.sort_unstable();
            let mut asked: Vec<&str> = spec.visible_fields(&values).map(|it| it.key).collect();
            asked.sort_unstable();
            assert_eq!(reported, asked);
            let ids: BTreeSet<&str> = runbook.steps.iter().map(|it| it.id).collect();
            assert_eq!(ids.len(), runbook.steps.len(), "ticks need ids of their own");
            assert_eq!(runbook.steps.first().unwrap().id, Step::OPEN);
            let last: Vec<&str> = runbook.steps.iter().rev().take(2).map(|it| it.id).collect();
            assert_eq!(last, [Step::CONFIRM, Step::SAVE]);
            // A branch that can be saved has nothing that the portal would refuse; the migration
            // refuses a location that Fly delegated profiles cannot serve. G4.
            let refused = runbook.before.iter().filter(|it| it.severity == Severity::Refused);
            let unserved = "Fly delegated app profiles alone cannot create groups";
            assert!(refused.into_iter().all(|it| it.text.starts_with(unserved)));
            let missing = |it: &Entry| matches!(it, Entry::Missing(_));
            assert!(!runbook.steps.iter().flat_map(|it| &it.entries).any(missing));
        }
    }
}

/// Whether an answer is that there is nothing: nothing is to be entered for it.
fn is_nothing(values: &Values, key: &str) -> bool {
    match values.get(key) {
        None => true,
        Some(Value::Choice(option)) => *option == "none",
        Some(Value::Toggle(on)) => !on,
        Some(value) => !value.is_answer(),
    }
}

// Whatever is answered with nothing is left alone: no value, and no word about how to enter one.
#[test]
fn a_step_of_an_answer_that_is_nothing_asks_for_nothing() {
    let mut met = BTreeSet::new();
    for spec in specs::ALL {
        for values in branches(spec) {
            for step in book(spec, &values).steps {
                let Some(field) = step.field else { continue };
                let made = spec.panel.iter().any(|it| {
                    it.key == field && matches!(it.how, How::Generate(_) | How::Download)
                });
                if made || !is_nothing(&values, field) {
                    continue;
                }
                met.insert(field);
                assert!(step.todo.starts_with("Leave "), "{field}: {}", step.todo);
                assert_eq!(step.entries, [], "{field}");
                for asks in ["Type ", "elect ", "nter "] {
                    assert!(!step.notes.iter().any(|it| it.contains(asks)), "{step:?}");
                }
            }
        }
    }
    assert_eq!(
        met.into_iter().collect::<Vec<_>>(),
        [
            "admin_url",
            "app_profile",
            "container",
            "delegated",
            "entra",
            "geo",
            "local_admin",
            "placeholder",
            "service_auth"
        ]
    );
}

// E3
#[test]
fn no_branch_shows_a_secret() {
    for spec in specs::ALL {
        for values in branches(spec) {
            let runbook = book(spec, &values);
            let texts = [
                format!("{runbook:?}"),
                serde_json::to_string(&runbook).unwrap(),
                markdown(&runbook, &BTreeSet::new()),
            ];
            for text in texts {
                // The made-up secrets of the branches, and a whole key.
                assert!(!text.contains("Made-up-1") && !text.contains("made-up-token"), "{text}");
                for (_, value) in values.iter() {
                    if let Value::Key(HeldKey { value: Held::New(key), .. }) = value {
                        assert!(!text.contains(key.expose()), "{text}");
                    }
                }
            }
        }
    }
}

#[test]
fn answers_of_hidden_questions_never_appear() {
    let mut values = initial(device());
    values.set("name", Value::Text("x".into()));
    set_choice(device(), &mut values, "side", "source");
    set_choice(device(), &mut values, "destination", "hybrid");
    values.set("domain", Value::Text("hidden.example".into()));
    values.set("local_admin_user", Value::Text("hidden-user".into()));
    let text = format!("{:?}", book(device(), &values));
    assert!(!text.contains("hidden"), "{text}");
    set_toggle(device(), &mut values, "local_admin", true);
    assert!(format!("{:?}", book(device(), &values)).contains("hidden-user"));
}

// The tables and the forms speak of the same fields.
#[test]
fn the_panels_know_every_field_once_and_no_other() {
    let known: BTreeSet<&str> =
        specs::ALL.iter().flat_map(|it| it.fields()).map(|it| it.key).collect();
    for spec in specs::ALL {
        let placed: BTreeSet<&str> = spec.panel.iter().map(|it| it.key).collect();
        assert_eq!(placed.len(), spec.panel.len(), "{spec:?}");
        // Types of Microsoft 365 share a panel, of which each asks a part.
        assert!(placed.is_subset(&known), "{spec:?}");
        let asked: BTreeSet<&str> = spec.fields().map(|it| it.key).collect();
        assert!(asked.is_subset(&placed), "{spec:?}");
        for (key, ..) in spec.needed {
            assert!(known.contains(key), "{spec:?} {key}");
        }
    }
}

fn labels(runbook: &Runbook) -> Vec<&str> {
    runbook.steps.iter().map(|it| it.label).collect()
}

fn texts(runbook: &Runbook, id: &str) -> Vec<String> {
    let step = runbook.steps.iter().find(|it| it.id == id).unwrap();
    let text = |it: &Entry| match it {
        Entry::Text(text) => text.clone(),
        other => format!("{other:?}"),
    };
    step.entries.iter().map(text).collect()
}

fn pick(name: &str, traits: &[Trait]) -> Picked {
    Picked {
        id: ObjectId(name.to_owned()),
        label: name.to_owned(),
        traits: traits.iter().fold(Traits::default(), |all, it| all.with(*it)),
        extra: vec!["EUR".into()],
        fills: None,
        ends: None,
    }
}

fn groups_values() -> Values {
    let mut values = initial(groups());
    values.set("name", Value::Text("contoso-groups".into()));
    values.set("tenant", Value::One(pick("Contoso", &[Trait::MultiGeo])));
    set_toggle(groups(), &mut values, "geo", true);
    values.set("location", Value::One(pick("EUR", &[])));
    set_choice(groups(), &mut values, "service_auth", "modern");
    values.set(
        "delegated",
        Value::Many(vec![pick("One", &[Trait::FlyDelegated]), pick("Two", &[Trait::FlyDelegated])]),
    );
    values
}

// fly.md §3: the order and the labels of the live panel.
#[test]
fn a_groups_panel_is_filled_in_its_order() {
    let runbook = book(groups(), &groups_values());
    assert_eq!(
        labels(&runbook),
        [
            "Settings > Connections",
            "Create connection",
            "Connection name",
            "Connection type",
            "Tenant",
            "Create in the following location of destination multi-geo tenant",
            "Location of the destination multi-geo tenant",
            "Container for auto map",
            "App profile",
            "Service account authentication",
            "Microsoft delegated app profile",
            "Save",
            "Compare it with the live list",
        ]
    );
    assert_eq!(texts(&runbook, "type"), ["Microsoft 365 Groups"]);
    assert_eq!(texts(&runbook, "service_auth"), ["Modern authentication"]);
    assert_eq!(texts(&runbook, "delegated"), ["One", "Two"]);
    assert_eq!(texts(&runbook, "container"), [] as [&str; 0]);
    let container = runbook.steps.iter().find(|it| it.id == "container").unwrap();
    assert_eq!(container.todo, "Leave None selected.");
}

fn said(runbook: &Runbook, severity: Severity, part: &str) -> bool {
    runbook.before.iter().any(|it| it.severity == severity && it.text.contains(part))
}

#[test]
fn what_the_portal_would_refuse_or_warn_of_is_said_before() {
    // G4: Fly delegated profiles alone in a chosen location.
    let mut values = groups_values();
    assert!(said(&book(groups(), &values), Severity::Refused, "cannot create groups in a chosen"));
    // G5
    values.set("container", Value::One(pick("Empty", &[Trait::Empty])));
    let runbook = book(groups(), &values);
    assert!(said(&runbook, Severity::Note, "Run a scan job"));
    assert!(said(&runbook, Severity::Note, "once a scan job has run"));
    // G9
    set_choice(groups(), &mut values, "service_auth", "legacy");
    values.set("accounts", Value::Many(vec![pick("svc@contoso.example", &[Trait::Mfa])]));
    let runbook = book(groups(), &values);
    assert!(said(&runbook, Severity::Refused, "accounts with MFA cannot use"));
    assert_eq!(runbook.before[0].severity, Severity::Refused, "the worst comes first");
    // G6: no credential at all.
    set_choice(groups(), &mut values, "service_auth", "none");
    assert!(said(&book(groups(), &values), Severity::Refused, "pick an app profile"));
    // G7
    values.set("app_profile", Value::One(pick("Own", &[Trait::CustomApp])));
    assert!(said(&book(groups(), &values), Severity::Refused, "Exchange Online license"));
}

#[test]
fn device_branches_say_what_they_take() {
    for values in branches(device()) {
        let runbook = book(device(), &values);
        let has = |key: &str| runbook.steps.iter().any(|it| it.id == key);
        // D4
        if has("client_id") {
            assert!(said(&runbook, Severity::Note, "fly.admigration.readwrite.all"));
        }
        // D8: asked once only, with the account.
        assert_eq!(has("local_admin_password"), has("local_admin_user"));
        // D12
        if has("connection_key") {
            assert!(said(&runbook, Severity::Note, "member server"));
            assert!(said(&runbook, Severity::Note, "external trust"));
            let step = runbook.steps.iter().find(|it| it.id == "connection_key").unwrap();
            assert!(step.notes.iter().any(|it| it.contains("for planning only")), "{step:?}");
        }
        // D16: the example lies on a share.
        if has("enrolment_path") {
            assert!(said(&runbook, Severity::Note, "reach this share"));
        }
        // D15
        if has("bulk_tokens") {
            assert!(texts(&runbook, "bulk_tokens")[0].contains("Example token"));
        }
    }
}

#[test]
fn stored_findings_that_the_form_does_not_say_are_said() {
    let mut findings = Findings::default();
    judge::all().iter().for_each(|rule| rule.add_to(&mut findings));
    let values = branches(device()).swap_remove(0);
    let runbook = of_values(device(), &values, &limits(), findings, false);
    assert!(said(&runbook, Severity::Refused, &judge::find("expired").unwrap().advice()));
    for id in ["incomplete", "expiring"] {
        assert!(said(&runbook, Severity::Warning, &judge::find(id).unwrap().advice()));
    }
}

#[test]
fn an_unanswered_form_shows_what_is_missing_where() {
    let runbook = book(device(), &initial(device()));
    assert!(said(&runbook, Severity::Refused, "enter a name"));
    let step = runbook.steps.iter().find(|it| it.id == "client_secret").unwrap();
    assert_eq!(step.entries, [Entry::Missing("paste the client secret".into())]);
}

#[test]
fn what_is_there_already_is_edited() {
    let runbook = of_values(groups(), &groups_values(), &limits(), Findings::default(), true);
    assert!(runbook.steps[1].todo.contains("click it to edit"));
    assert!(markdown(&runbook, &BTreeSet::new()).contains("Edit this Microsoft 365 Groups"));
}

// E4
#[test]
fn names_in_markdown_cannot_act() {
    let mut values = groups_values();
    values.set("name", Value::Text("a\u{1b}[2J`b` <c> \u{202e}d".into()));
    values.set("tenant", Value::One(pick("``x", &[])));
    let ticked = BTreeSet::from([Step::OPEN.to_owned()]);
    let text = markdown(&book(groups(), &values), &ticked);
    assert!(!text.chars().any(|c| is_hidden(c) && c != '\n'), "{text:?}");
    assert!(text.starts_with("# Runbook: a\\\\u{1b}\\[2J\\`b\\` &lt;c&gt; "), "{text}");
    assert!(text.contains("``` ``x ```"), "{text}");
    assert!(text.contains("1. [x] **Settings > Connections**"), "{text}");
    assert!(text.contains("1 of 11 steps"), "{text}");
}

#[test]
fn only_planned_connections_have_a_runbook() {
    let listed = |kind| Connection {
        id: crate::domain::ConnectionId(uuid::Uuid::nil()),
        revision: 1,
        name: "x".into(),
        description: String::new(),
        kind,
        side: crate::domain::Side::Any,
        answers: Answers::Listed(crate::domain::Listed::default()),
        origin: Origin::Fly,
        created_at: Some(Timestamp::UNIX_EPOCH),
        created_by: String::new(),
        modified_at: Some(Timestamp::UNIX_EPOCH),
        modified_by: String::new(),
    };
    let of = |kind| of_connection(&listed(kind), &Directory::default(), &limits(), 14);
    assert_eq!(of(ConnectionType::Gmail), Err(NoRunbook::NoForm(ConnectionType::Gmail)));
    assert_eq!(of(ConnectionType::Device), Err(NoRunbook::Incomplete));
}

// D15: the latest token counts, and its text is not entered anywhere.
#[test]
fn a_bulk_token_is_shown_by_name_and_expiry() {
    let token = |name: &str, days: i64| BulkToken {
        id: name.to_owned(),
        display_name: name.to_owned(),
        issued_at: limits().now,
        expires_at: crate::domain::token::days_after(limits().now, days).unwrap(),
        origin: TokenOrigin::Pasted,
        value: Held::New(Secret::new("made-up-token")),
    };
    let mut values = initial(device());
    set_choice(device(), &mut values, "side", "destination");
    set_choice(device(), &mut values, "destination", "entra-id");
    set_choice(device(), &mut values, "join", "bulk-token");
    values.set("bulk_tokens", Value::Tokens(vec![token("old", 10), token("new", 30)]));
    let runbook = book(device(), &values);
    let step = runbook.steps.iter().find(|it| it.id == "bulk_tokens").unwrap();
    assert_eq!(
        step.entries,
        [
            Entry::Labelled { label: "Display name", text: "new".into() },
            Entry::Labelled { label: "Token expiration duration", text: "until 2026-12-22".into() },
        ]
    );
}
