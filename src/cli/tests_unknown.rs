//! What a service leaves out of a row is unknown in every answer: nothing is made up, and what is
//! printed is taken as a filter.

use std::collections::BTreeSet;
use std::io::Cursor;
use std::sync::Arc;

use serde_json::{Value, json};

use super::args::{Args, Verb};
use super::dispatch;
use super::output::{Printer, Terminals};
use super::session::{Opened, Session};
use crate::backend::fly::standin::{Play, Standin};
use crate::backend::{Live, Place};
use crate::domain::context::ContextKind;
use crate::error::Failure;
use crate::service::contexts::{ContextInfo, Contexts};
use crate::testing::service::{block, empty, now};

/// Every field of a row, with a value that is distinguished from all others.
const FIELDS: [&str; 14] = [
    "id",
    "name",
    "description",
    "connectionType",
    "connectionSide",
    "tenantId",
    "tenantName",
    "appProfileId",
    "serviceAccountId",
    "delegateAppProfileId",
    "createTime",
    "createBy",
    "lastModifyTime",
    "lastModifyBy",
];

/// A row that lacks these fields.
fn row(number: usize, missing: &BTreeSet<&str>) -> Value {
    let mut row = json!({
        "id": format!("0b0e5d4c-27cd-4ef2-a9ee-{number:012x}"),
        "name": format!("row {number:03}"),
        "description": "described",
        "connectionType": 99,
        "connectionSide": 2,
        "tenantId": "tenant-id",
        "tenantName": "contoso.example",
        "appProfileId": "profile-id",
        "serviceAccountId": "account-id",
        "delegateAppProfileId": "delegated-id",
        "createTime": 1_600_000_000,
        "createBy": "anna",
        "lastModifyTime": 1_770_000_000,
        "lastModifyBy": "ben",
    });
    // Left out, or sent without a value: to a reader the same, but for ids of what may not be set.
    for (at, field) in missing.iter().enumerate() {
        if (number + at).is_multiple_of(2) || field.ends_with("Id") {
            row.as_object_mut().unwrap().remove(*field);
        } else {
            row[*field] = Value::Null;
        }
    }
    row
}

/// No field missing, each, each pair, all but one, and all.
fn subsets() -> Vec<BTreeSet<&'static str>> {
    let all: BTreeSet<&str> = FIELDS.into();
    let mut out = vec![BTreeSet::new(), all.clone()];
    for a in FIELDS {
        out.push(BTreeSet::from([a]));
        out.push(all.iter().copied().filter(|it| *it != a).collect());
        out.extend(FIELDS.into_iter().filter(|b| a < *b).map(|b| BTreeSet::from([a, b])));
    }
    out
}

struct World {
    plan: Place,
    live: Place,
    _runtime: tokio::runtime::Runtime,
    _service: Standin,
}

fn world() -> World {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let rows = subsets().iter().enumerate().map(|(at, missing)| row(at, missing)).collect();
    let (service, fly) = runtime.block_on(async {
        let service = Standin::new(Play::new(rows)).await;
        let (fly, _) = service.fly(None);
        Live::refresh(&fly, &|_| {}).await.unwrap();
        (service, fly)
    });
    World { plan: empty().into(), live: fly.into(), _runtime: runtime, _service: service }
}

fn info(name: &str, kind: ContextKind) -> ContextInfo {
    ContextInfo {
        name: name.to_owned(),
        kind,
        label: None,
        colour: None,
        place: String::new(),
        read_only: kind == ContextKind::Fly,
        installer: crate::domain::agent::Installer::default(),
        active: kind == ContextKind::Store,
    }
}

impl World {
    fn of(&self, backend: &Place, line: &[&str], input: &str) -> String {
        let args = Args::of(std::iter::once(&"jetbridge").chain(line)).unwrap();
        let Some(Verb::Store(verb)) = args.verb else { panic!("{line:?}") };
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut printer = Printer::new(&mut out, &mut err, None);
        let (plan, live) = (self.plan.clone(), self.live.clone());
        let contexts = Contexts::new(
            vec![info("local", ContextKind::Store), info("contoso", ContextKind::Fly)],
            Arc::new(move |name| {
                let found = Place::clone(if name == "local" { &plan } else { &live });
                Box::pin(async move { Ok(found) })
            }),
        );
        let mut session = Session {
            printer: &mut printer,
            input: &mut Cursor::new(input.as_bytes()),
            terminals: Terminals::default(),
            no_input: false,
            yes: false,
            allow_commands: false,
            demo: false,
            hide: None,
            now: now(),
            warning_days: 30,
            preflight_days: 14,
            waivers: Default::default(),
            password: Default::default(),
            agent: &crate::config::Config::default().agent,
            network: &|| Err(Failure::new("no test of the verbs leaves this process")),
            sign_ins: &Vec::new,
            open: &|_, _| Ok(Opened { backend: backend.clone(), rows: None }),
            several: None,
            contexts: &contexts,
            cached: true,
            ticks: None,
        };
        let ended = dispatch(verb, &mut session);
        assert!(ended.is_ok(), "{line:?}: {ended:?}");
        String::from_utf8(out).unwrap()
    }

    fn live(&self, line: &[&str]) -> String {
        self.of(&self.live, line, "")
    }

    fn json(&self, line: &[&str]) -> Value {
        serde_json::from_str(&self.live(line)).unwrap()
    }
}

/// Names of rows, in the order of an answer.
fn names(text: &str) -> Vec<String> {
    let answer: Value = serde_json::from_str(text).unwrap();
    let rows = answer["connections"].as_array().unwrap().iter();
    rows.map(|it| it["name"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn no_answer_holds_a_made_up_value() {
    let world = world();
    let every: [&[&str]; 12] = [
        &["list"],
        &["list", "-o", "json"],
        &["list", "-o", "jsonl"],
        &["list", "-o", "csv"],
        &["export"],
        &["export", "--format", "json"],
        &["export", "--format", "jsonl"],
        &["export", "--format", "csv"],
        &["export", "--format", "markdown"],
        &["audit"],
        &["audit", "-o", "json"],
        &["audit", "-o", "html"],
    ];
    let mut all: Vec<String> = every.iter().map(|line| world.live(line)).collect();
    all.push(world.of(&world.plan, &["diff", "--live", "contoso"], ""));
    all.push(world.of(&world.plan, &["diff", "--live", "contoso", "-o", "json"], ""));
    for it in world.json(&["list", "-o", "json"])["connections"].as_array().unwrap() {
        let id = it["id"].as_str().unwrap();
        all.push(world.live(&["show", id]));
        all.push(world.live(&["show", id, "-o", "json"]));
    }
    for text in &all {
        for made_up in ["1970-01-01", "65535", "65,535", "0001-01-01"] {
            assert!(!text.contains(made_up), "{made_up} in {text}");
        }
    }
    let audit = world.json(&["audit", "-o", "json"]);
    let stale = audit["findings"].as_array().unwrap().iter().filter(|it| it["rule"] == "stale");
    assert_eq!(stale.count(), 0);
    assert!(audit["connections"]["unchecked"].as_u64() > Some(0));
}

#[test]
fn each_value_is_the_services_or_unknown() {
    let world = world();
    let listed = world.json(&["list", "-o", "json"]);
    let rows = listed["connections"].as_array().unwrap();
    let mut seen = 0;
    for (number, missing) in subsets().iter().enumerate() {
        let lacks = |field: &str| missing.contains(field);
        let (id, name) =
            (format!("0b0e5d4c-27cd-4ef2-a9ee-{number:012x}"), format!("row {number:03}"));
        let found = rows.iter().find(|it| it["id"] == id.as_str() || it["name"] == name.as_str());
        // Without id and name a row cannot be distinguished from others of its type and side.
        let Some(it) = found else {
            assert!(lacks("id") && lacks("name"), "{missing:?}");
            continue;
        };
        seen += 1;
        let or =
            |field: &str, known: Value, unknown: Value| if lacks(field) { unknown } else { known };
        assert_eq!(it["name"], or("name", json!(name), Value::Null));
        assert_eq!(it["type"], or("connectionType", json!("99"), json!("unknown")));
        assert_eq!(it["side"], or("connectionSide", json!("destination"), json!("unknown")));
        assert_eq!(it["tenant"], or("tenantName", json!("contoso.example"), json!("")));
        let modified = or("lastModifyTime", json!("2026-02-02T02:40:00Z"), Value::Null);
        assert_eq!(it["modified_at"], modified);
        assert_eq!(it["modified_by"], or("lastModifyBy", json!("ben"), json!("")));
        assert_eq!((&it["level"], &it["revision"]), (&json!("unchecked"), &Value::Null));
        for (field, word) in [
            ("appProfileId", "app profile"),
            ("serviceAccountId", "service account"),
            ("delegateAppProfileId", "delegated"),
        ] {
            let reported = it["credentials"].as_str().unwrap().contains(word);
            assert_eq!(reported, !lacks(field), "{missing:?}: {it}");
        }
        let shown = world.json(&["show", it["id"].as_str().unwrap(), "-o", "json"]);
        let shown = &shown["connection"];
        assert_eq!(shown["created_at"].is_null(), lacks("createTime"), "{shown}");
        assert_eq!(shown["modified_at"].is_null(), lacks("lastModifyTime"), "{shown}");
        let live = &shown["answers"]["listed"]["live"];
        assert_eq!(live.get("tenant_id").is_none(), lacks("tenantId"), "{live}");
        assert_eq!(live.get("id").is_none(), lacks("id"), "{live}");
    }
    assert!(seen > 100, "{seen}");
}

#[test]
fn what_is_printed_is_taken_as_a_filter() {
    let world = world();
    let listed = world.json(&["list", "-o", "json"]);
    let rows = listed["connections"].as_array().unwrap();
    for (field, option) in
        [("type", "--type"), ("side", "--side"), ("tenant", "--tenant"), ("level", "--health")]
    {
        let words: BTreeSet<&str> = rows.iter().map(|it| it[field].as_str().unwrap()).collect();
        for word in words {
            let expected = rows.iter().filter(|it| it[field] == word).count();
            let found = world.live(&["list", option, word, "-o", "json"]);
            assert_eq!(names(&found).len(), expected, "{option} {word}");
        }
    }
    // The words of tables and screens are taken too.
    for (option, words) in [
        ("--type", &["Type 99", "type 99", "Unknown", "99"][..]),
        ("--side", &["Unknown", "Destination"]),
    ] {
        for word in words {
            let found = world.live(&["list", option, word, "-o", "json"]);
            assert!(!names(&found).is_empty(), "{option} {word}");
        }
    }
}

#[test]
fn what_is_unknown_is_sorted_last_in_either_direction() {
    let world = world();
    for (column, field) in
        [("modified", "modified_at"), ("type", "type"), ("side", "side"), ("tenant", "tenant")]
    {
        for more in [&[][..], &["--reverse"]] {
            let line = [&["list", "-o", "json", "--sort", column][..], more].concat();
            let answer = world.json(&line);
            let rows = answer["connections"].as_array().unwrap().iter();
            let unknown: Vec<bool> =
                rows.map(|it| matches!(it[field].as_str(), None | Some("unknown" | ""))).collect();
            assert!(unknown.is_sorted() && unknown.contains(&true), "{line:?}");
        }
    }
}

/// A table that was printed comes back as it was: what was unknown stays unknown.
#[test]
fn an_import_makes_nothing_up_either() {
    let world = world();
    let listed = world.json(&["list", "-o", "json"]);
    let rows: Vec<Value> = listed["connections"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| !it["name"].is_null())
        .cloned()
        .collect();
    let file = json!({ "connections": rows }).to_string();
    world.of(&world.plan, &["import", "-"], &file);
    let back: Value =
        serde_json::from_str(&world.of(&world.plan, &["list", "-o", "json"], "")).unwrap();
    let back = back["connections"].as_array().unwrap();
    assert_eq!(back.len(), rows.len());
    for was in &rows {
        let is = back.iter().find(|it| it["name"] == was["name"]).unwrap();
        for field in ["type", "side", "tenant", "level"] {
            assert_eq!(is[field], was[field], "{field}: {was}");
        }
        // A list that reports neither leaves the import as the last change.
        if was["modified_at"].is_null() && was["modified_by"] == "" {
            assert_eq!(is["modified_at"], json!(now()));
        } else {
            assert_eq!(is["modified_at"], was["modified_at"], "{was}");
            assert_eq!(is["modified_by"], was["modified_by"], "{was}");
        }
    }
    assert!(block(world.plan.count()).unwrap() > 90);
}
