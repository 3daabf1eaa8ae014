//! Export, then plan: nothing changes, for every record that there can be.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;
use crate::domain::{Answers, ConnectionType, Held, Listed, ObjectId, ObjectKind, Side};
use crate::form::{
    Kind, Picked, Source, Spec, Trait, Value, Values, branches, edit, specs, submit,
};

/// Names and descriptions that break formats: quotes, formulas, paths, tables, wide letters.
fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{1,20}",
        "\\PC{1,12}",
        prop::sample::select(vec![
            "=1+1",
            "@x",
            "a|b",
            "../../etc/passwd",
            "CON",
            "a\"b'c\\d",
            "'''",
            "\"\"\"",
            "{ keep = true }",
            "漢字 🚀",
            "[[connection]]",
            "null",
            "true",
            "a,b;c\\u{1b}",
            "-",
            "<b>&amp;",
            "# no comment",
            "İ",
        ])
        .prop_map(str::to_owned),
    ]
    .prop_filter("a name", |text| crate::domain::rules::name(text).is_ok())
}

/// What is done to a branch before it is saved, and to the directory afterwards.
#[derive(Debug, Clone)]
struct Twist {
    name: String,
    description: String,
    objects: Vec<String>,
    day: bool,
    more: bool,
    later: u8,
}

fn twist() -> impl Strategy<Value = Twist> {
    (
        hostile(),
        "\\PC{0,12}",
        prop::collection::vec(hostile(), 6),
        any::<bool>(),
        any::<bool>(),
        any::<u8>(),
    )
        .prop_map(|(name, description, objects, day, more, later)| Twist {
            name,
            description,
            objects,
            day,
            more,
            later,
        })
}

fn text(values: &mut Values, key: &'static str, text: &str) {
    values.set(key, Value::Text(text.to_owned()));
}

/// A branch with other names, more picks and what is optional.
fn twisted(spec: &'static Spec, at: usize, twist: &Twist) -> Values {
    let all = branches(spec);
    let mut values = all[at % all.len()].clone();
    text(&mut values, "name", &twist.name);
    if crate::domain::rules::printable(&twist.description, 4_000).is_ok() {
        text(&mut values, "description", &twist.description);
    }
    if twist.day && spec.field("client_secret_expires").is_some() {
        text(&mut values, "client_secret_expires", "2026-03-05");
    }
    for field in spec.fields() {
        let mut picks = values.picks(field.key).to_vec();
        if picks.is_empty() || matches!(field.kind.source(), Some(Source::Locations { .. })) {
            continue;
        }
        if twist.more && matches!(field.kind, Kind::PickMany(_)) {
            let mut other = picks[0].clone();
            other.id = ObjectId(format!("{}-2", other.id));
            picks.push(other);
        }
        for (pick, name) in picks.iter_mut().zip(twist.objects.iter().skip(field.key.len() % 3)) {
            pick.label.clone_from(name);
        }
        let value = match field.kind {
            Kind::PickMany(_) => Value::Many(picks),
            _ => Value::One(picks[0].clone()),
        };
        values.set(field.key, value);
    }
    values
}

fn object(source: Source, tenant: Option<&ObjectId>, it: &Picked) -> Option<Json> {
    let kind = it.traits.profile_kind().map(|it| it.slug());
    let (id, name) = (&it.id.0, &it.label);
    Some(match source {
        Source::Tenants { of } => {
            json!({"object": "tenant", "id": id, "name": name, "locations": it.extra, "platform": of})
        }
        Source::Locations { .. } => return None,
        Source::Containers { .. } => {
            json!({"object": "container", "id": id, "name": name, "tenant": tenant?, "objects": 3})
        }
        Source::AppProfiles { .. } => json!({"object": "app-profile", "id": id, "name": name,
            "tenant": tenant?, "kind": kind, "impersonation_user": it.fills}),
        Source::ServiceAccounts { .. } => {
            json!({"object": "service-account", "id": id, "name": name, "tenant": tenant?})
        }
    })
}

/// Puts what the values have picked, and beside each an object that makes its name ambiguous or
/// carries its name as an id.
fn put_picks(fake: &Fake, spec: &'static Spec, values: &Values, twist: &Twist) {
    let mut all = Vec::new();
    for field in spec.fields() {
        let Some(source) = field.kind.source() else { continue };
        let tenant = source.tenant_field().and_then(|key| values.picks(key).first());
        for (at, pick) in values.picks(field.key).iter().enumerate() {
            all.extend(object(source, tenant.map(|it| &it.id), pick));
            if twist.later & 1 == 1 && !matches!(source, Source::Tenants { .. }) {
                let mut twin = pick.clone();
                twin.id = ObjectId(if twist.later & 2 == 2 {
                    pick.label.clone()
                } else {
                    format!("twin-{at}")
                });
                all.extend(object(source, tenant.map(|it| &it.id), &twin));
            }
        }
    }
    put(fake, Json::Array(all));
}

/// What changes in the tenants after a connection was saved.
fn age(fake: &Fake, twist: &Twist) {
    let mut all = Vec::new();
    for kind in ObjectKind::ALL {
        for object in block(fake.objects(kind, None)).unwrap() {
            let mut json = serde_json::to_value(&object).unwrap();
            match twist.later >> 2 & 3 {
                0 => json["name"] = json!("All the same"),
                1 if kind == ObjectKind::Tenant => json["locations"] = json!([]),
                2 if kind == ObjectKind::AppProfile => json["kind"] = json!("custom"),
                3 if kind == ObjectKind::ServiceAccount => json["mfa"] = json!("yes"),
                _ => {}
            }
            all.push(json);
        }
    }
    put(fake, Json::Array(all));
}

/// Export in both formats, then plan a year later: nothing to do.
fn stays(fake: &Fake, ids: &[crate::domain::ConnectionId]) {
    let records = block(exported(fake, ids)).unwrap();
    assert_eq!(records.len(), ids.len());
    let fields: Vec<Vec<(String, Json)>> = records.into_iter().map(|it| it.fields).collect();
    let text = toml_text(&fields);
    let objects: Vec<serde_json::Map<String, Json>> =
        fields.iter().map(|it| it.iter().cloned().collect()).collect();
    let whole = json!({"version": 1, "connections": objects}).to_string();
    let mut later = options();
    later.limits.now = "2027-06-01T00:00:00Z".parse().unwrap();
    for (syntax, text) in [(Syntax::Toml, text), (Syntax::Json, whole)] {
        let records = read(&[input(syntax, &text)]);
        let mut vault = Vault::default();
        let plan = block(plan_and_read(fake, &records, later, true, &mut vault))
            .unwrap_or_else(|it| panic!("{it:?}\n{text}"));
        assert!(plan.is_empty(), "{:#?}\n{text}", plan.steps);
        assert_eq!(plan.steps.len(), ids.len());
        assert_eq!(vault.asked, 0, "no secret is touched");
        for secret in ["Made-up-1", "made-up-token", "JBK1C-77777-7", "JBK1A-77777-7"] {
            assert!(!text.contains(secret), "{text}");
        }
        validates(&text, syntax);
    }
}

/// What is exported is what the schema describes.
fn validates(text: &str, syntax: Syntax) {
    if syntax == Syntax::Json {
        super::schema::accepts(&serde_json::from_str(text).unwrap());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn an_exported_form_changes_nothing(device in any::<bool>(), at in 0usize..999, twist in twist()) {
        let kind = if device { ConnectionType::Device } else { ConnectionType::M365Group };
        let spec = specs::of(kind).unwrap();
        let values = twisted(spec, at, &twist);
        let fake = empty();
        // Some picks never were in the directory: they stand by their ids.
        if twist.later & 64 == 0 {
            put_picks(&fake, spec, &values, &twist);
        }
        let draft = submit(spec, &values, &limits()).unwrap();
        let id = saved(&fake, draft).id;
        stays(&fake, &[id]);
        age(&fake, &twist);
        stays(&fake, &[id]);
    }

    #[test]
    fn an_exported_row_of_a_list_changes_nothing(
        kind in 0u16..40, side in 0usize..3, name in hostile(), tenant in "\\PC{0,10}", description in "\\PC{0,10}",
    ) {
        let printable = |text: &str| crate::domain::rules::printable(text, 99).unwrap_or_default();
        let fake = empty();
        let draft = Draft {
            name,
            description: printable(&description),
            kind: ConnectionType::from_number(kind),
            side: Side::ALL[side],
            answers: Answers::Listed(Listed { tenant: printable(&tenant), live: None }),
        };
        let id = saved(&fake, draft).id;
        stays(&fake, &[id]);
    }

    /// The export of one store makes the same connections in another, once its secrets are given.
    #[test]
    fn an_export_moves_to_another_store(device in any::<bool>(), at in 0usize..999, twist in twist()) {
        let kind = if device { ConnectionType::Device } else { ConnectionType::M365Group };
        let spec = specs::of(kind).unwrap();
        let values = twisted(spec, at, &twist);
        let (here, there) = (empty(), empty());
        put_picks(&here, spec, &values, &twist);
        put_picks(&there, spec, &values, &twist);
        let id = saved(&here, submit(spec, &values, &limits()).unwrap()).id;
        let mut fields = block(exported(&here, &[id])).unwrap().remove(0).fields;
        for (key, value) in &mut fields {
            if key == "bulk_tokens" {
                *value = json!({"display_name": "Wave 1", "expires": "2026-05-01", "token": {"file": "s"}});
            } else if value.get("keep").is_some() {
                *value = json!({"file": "s"});
            }
        }
        let entries = toml(&toml_text(&[fields]));
        let mut vault = Vault::with(&[("s", "Made-up-1")]);
        let first = block(plan_and_read(&there, &entries, options(), false, &mut vault)).unwrap();
        prop_assert_eq!(first.count(Action::Create), 1);
        let done = run(&there, first);
        prop_assert!(done[0].result.is_ok(), "{:?}", done);
        let again = block(plan_and_read(&there, &entries, options(), true, &mut vault)).unwrap();
        prop_assert!(again.is_empty(), "{:#?}", again.steps);
        // But for what each store issues, the records are alike.
        let new = by_name(&there, values.text("name").trim());
        let blank = |connection: &Connection| {
            let directory = Default::default();
            let mut values = spec.opened(connection, &directory);
            for field in spec.fields().filter(|it| crate::form::file::is_secret(it.kind)) {
                values.clear(field.key);
            }
            values
        };
        prop_assert_eq!(blank(&new), blank(&block(here.connection(id)).unwrap()));
    }
}

/// Chance may leave a branch out; this does not.
#[test]
fn every_branch_of_every_form_changes_nothing() {
    for spec in specs::ALL {
        let count = branches(spec).len();
        assert!(count > 1, "{count}");
        for at in 0..count {
            let twist = Twist {
                name: format!("branch {at}"),
                description: String::new(),
                objects: Vec::new(),
                day: at % 2 == 0,
                more: at % 3 == 0,
                later: 0,
            };
            let values = twisted(spec, at, &twist);
            let fake = empty();
            put_picks(&fake, spec, &values, &twist);
            let id = saved(&fake, submit(spec, &values, &limits()).unwrap()).id;
            stays(&fake, &[id]);
        }
    }
    for kind in ConnectionType::all() {
        let fake = empty();
        let answers = Answers::Listed(Listed { tenant: "t".to_owned(), live: None });
        let (name, description) = (kind.slug(), String::new());
        let id = saved(&fake, Draft { name, description, kind, side: Side::Any, answers }).id;
        stays(&fake, &[id]);
    }
}

#[test]
fn the_sample_changes_nothing() {
    let fake = Fake::with_clock("test", std::sync::Arc::new(now));
    block(crate::service::sample::load(&fake, now())).unwrap();
    let rows = block(crate::service::all_rows(&fake)).unwrap();
    let ids: Vec<_> = rows.iter().map(|it| it.id).collect();
    assert_eq!(ids.len(), 46);
    stays(&fake, &ids);
}

/// A stored secret is never compared by what the file says it is: it is only kept.
#[test]
fn every_secret_of_an_export_says_that_it_stays() {
    let fake = empty();
    for (at, spec) in specs::ALL.iter().enumerate() {
        for (number, mut values) in branches(spec).into_iter().enumerate() {
            text(&mut values, "name", &format!("n{at}-{number}"));
            let id = saved(&fake, submit(spec, &values, &limits()).unwrap()).id;
            let fields = block(exported(&fake, &[id])).unwrap().remove(0).fields;
            for field in
                spec.visible_fields(&values).filter(|it| crate::form::file::is_secret(it.kind))
            {
                let (_, value) = fields.iter().find(|it| it.0 == field.key).unwrap();
                assert!(
                    *value == json!({"keep": true}) || *value == json!({"issued": true}),
                    "{value}"
                );
                if let Some(Value::Secret(Held::New(secret))) = values.get(field.key) {
                    assert!(!value.to_string().contains(secret.expose()));
                }
            }
            assert!(!values.picks("tenant").iter().any(|it| it.traits.has(Trait::Missing)));
            let _ = edit::initial(spec);
        }
    }
}

/// A row of a list of every type is completed by setting fields alone, to the same answers as a form.
#[test]
fn a_listed_row_of_every_type_is_completed_by_setting_its_fields() {
    let twist = Twist {
        name: String::new(),
        description: String::new(),
        objects: Vec::new(),
        day: false,
        more: false,
        later: 0,
    };
    for spec in specs::ALL {
        let sealed = |values: &Values| {
            spec.visible_fields(values)
                .any(|it| matches!(it.kind, Kind::Secret { .. } | Kind::Tokens))
        };
        let values = branches(spec).into_iter().find(|it| !sealed(it)).unwrap();
        let fake = empty();
        put_picks(&fake, spec, &values, &twist);
        let draft = submit(spec, &values, &limits()).unwrap();
        let (kind, side) = (draft.kind, draft.side);
        let model = saved(&fake, Draft { name: "model".to_owned(), ..draft });
        let answers = Answers::Listed(Listed::default());
        let (name, description) = ("row".to_owned(), String::new());
        let row = saved(&fake, Draft { name, description, kind, side, answers });
        let fields: Vec<(String, Json)> = block(record_of(&fake, &model))
            .unwrap()
            .into_iter()
            .filter(|(key, value)| !["name", "type"].contains(&key.as_str()) && !value.is_object())
            .collect();
        let plan = block(change_one(&fake, row, Edit::Fields(fields), options())).unwrap();
        assert!(run(&fake, plan).iter().all(|it| it.result.is_ok()), "{spec:?}");
        let row = by_name(&fake, "row");
        if spec.issues_key() {
            assert!(issued(&row).is_some(), "{spec:?}");
        } else {
            assert_eq!(row.answers, model.answers, "{spec:?}");
        }
        stays(&fake, &[row.id, model.id]);
    }
}
