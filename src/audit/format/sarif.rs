//! SARIF 2.1.0 (OASIS), for tools that gather findings. A connection is no file, so results have
//! logical locations.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::{harmless, json_array};
use crate::audit::Rule;
use crate::audit::baseline::Known;
use crate::audit::hit::{Hit, Since, Standing};
use crate::audit::report::Report;
use crate::domain::health::Level;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// Under which name results carry their fingerprint.
const FINGERPRINT: &str = "jetbridge/v1";

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let rules: Vec<Value> = report.rules.iter().map(|rule| descriptor(rule)).collect();
    let run = json!({
        "tool": { "driver": {
            "name": "jetbridge",
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "rules": rules,
        } },
        "invocations": [{ "executionSuccessful": true, "endTimeUtc": seconds(report) }],
        "automationDetails": { "id": "jetbridge-audit/" },
        "columnKind": "unicodeCodePoints",
        "properties": {
            "context": report.of,
            "store": report.store,
            "audited": report.audited,
            "total": report.total,
        },
    });
    let mut head = run.to_string();
    // The results follow one by one.
    head.pop();
    write!(out, "{{\"$schema\":\"{SCHEMA}\",\"version\":\"2.1.0\",\"runs\":[")?;
    out.write_all(harmless(&head).as_bytes())?;
    out.write_all(b",\n\"results\":")?;
    let found = report.hits.iter().map(|hit| result(report, hit));
    let fixed = report.change.iter().flat_map(|it| &it.fixed).map(|it| absent(report, it));
    json_array(found.chain(fixed), out)?;
    out.write_all(b"}]}\n")
}

fn seconds(report: &Report) -> String {
    report.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

const fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Advice => "note",
        Level::Good => "none",
    }
}

fn descriptor(rule: &Rule) -> Value {
    let text = format!("{} With: {}.", rule.mend, rule.with);
    json!({
        "id": rule.id,
        "name": pascal(rule.id),
        "shortDescription": { "text": format!("{}.", rule.title) },
        "fullDescription": { "text": format!("{} {}", rule.means, rule.why) },
        "help": { "text": text },
        "defaultConfiguration": { "level": level(rule.level) },
        "properties": { "source": rule.source },
    })
}

/// `app-profile-alone` as `AppProfileAlone`.
fn pascal(id: &str) -> String {
    let word = |word: &str| {
        let mut chars = word.chars();
        let first = chars.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(chars).collect::<String>()
    };
    id.split('-').map(word).collect()
}

fn index(report: &Report, id: &str) -> Option<usize> {
    report.rules.iter().position(|rule| rule.id == id)
}

fn result(report: &Report, hit: &Hit) -> Value {
    let it = &hit.subject;
    let mut out = json!({
        "ruleId": hit.rule.id,
        "level": level(hit.rule.level),
        "message": { "text": format!("{}: {}", it.name, hit.detail) },
        "locations": [{ "logicalLocations": [{
            "name": it.name,
            "fullyQualifiedName": match hit.field {
                Some(field) => format!("{}/{field}", it.id),
                None => it.id.to_string(),
            },
            "kind": "resource",
        }] }],
        "partialFingerprints": { FINGERPRINT: hit.fingerprint },
        "properties": {
            "connection": it.id,
            "type": it.kind_slug(),
            "side": it.side.slug(),
            "tenant": &*it.tenant,
            "field": hit.field,
        },
    });
    let mut put = |key: &str, value: Value| {
        if let Some(object) = out.as_object_mut() {
            object.insert(key.to_owned(), value);
        }
    };
    if let Some(at) = index(report, hit.rule.id) {
        put("ruleIndex", json!(at));
    }
    if let Standing::Waived(at) = hit.standing
        && let Some((waiver, _)) = report.waivers.get(at)
    {
        let until = json!({ "expires": waiver.expires });
        put(
            "suppressions",
            json!([{
                "kind": "external",
                "status": "accepted",
                "justification": waiver.reason,
                "properties": until,
            }]),
        );
    }
    if let Some(since) = hit.since {
        let state = match since {
            Since::New | Since::NewRule => "new",
            Since::Still => "unchanged",
        };
        put("baselineState", json!(state));
    }
    out
}

/// What a baseline held and is gone.
fn absent(report: &Report, known: &Known) -> Value {
    let mut out = json!({
        "ruleId": known.rule,
        "level": "none",
        "kind": "pass",
        "message": { "text": format!("{}: {}", known.name, known.detail) },
        "locations": [{ "logicalLocations": [{
            "name": known.name,
            "fullyQualifiedName": known.connection.to_string(),
            "kind": "resource",
        }] }],
        "partialFingerprints": { FINGERPRINT: known.fingerprint },
        "baselineState": "absent",
    });
    if let (Some(at), Some(object)) = (index(report, &known.rule), out.as_object_mut()) {
        object.insert("ruleIndex".to_owned(), json!(at));
    }
    out
}
