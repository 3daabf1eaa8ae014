//! JSON and JSON lines, version 1. The schema is `assets/audit.schema.json`.

use std::io::{self, Write};

use jiff::civil::Date;
use serde::Serialize;
use serde_json::json;

use super::{json_array, json_line};
use crate::audit::baseline::Known;
use crate::audit::hit::{Fingerprint, Hit, Since};
use crate::audit::report::Report;
use crate::audit::{Rule, Waiver};
use crate::domain::{ConnectionId, reported_name};

/// What gives the report, as in every other answer in JSON.
const COMMAND: &str = "audit";

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let counts = report.counts();
    let mut head = json!({
        "version": 1,
        "command": COMMAND,
        "kind": "jetbridge-audit",
        "at": report.at,
        "context": report.of,
        "store": report.store,
        "connections": {
            "audited": report.audited,
            "unchecked": report.unchecked,
            "total": report.total,
        },
        "counts": {
            "error": counts.errors,
            "warning": counts.warnings,
            "advice": counts.advice,
            "waived": counts.waived,
        },
    });
    if let (Some(several), Some(all)) = (&report.several, head.as_object_mut()) {
        all.insert("contexts".to_owned(), json!(several.audited));
        all.insert("failed".to_owned(), json!(several.failed));
    }
    let mut text = head.to_string();
    // The members that may be long follow piece by piece.
    text.pop();
    out.write_all(super::harmless(&text).as_bytes())?;
    out.write_all(b",\n\"rules\":")?;
    json_array(report.rules.iter().map(|rule| RuleOut::new(rule)), out)?;
    out.write_all(b",\n\"findings\":")?;
    json_array(report.hits.iter().map(|hit| FindingOut::new(report, hit)), out)?;
    out.write_all(b",\n\"waivers\":")?;
    let waivers = report.waivers.iter();
    json_array(waivers.map(|(waiver, holds)| WaiverOut::new(report, waiver, *holds)), out)?;
    out.write_all(b",\n\"change\":")?;
    match &report.change {
        None => out.write_all(b"null")?,
        Some(change) => {
            let count = |since| report.hits.iter().filter(|it| it.since == Some(since)).count();
            let head = json!({
                "since": change.since,
                "new": count(Since::New) + count(Since::NewRule),
                "still": count(Since::Still),
                "not_looked_at": change.not_looked_at,
            });
            let mut text = head.to_string();
            text.pop();
            out.write_all(text.as_bytes())?;
            out.write_all(b",\"fixed\":")?;
            json_array(change.fixed.iter().map(FixedOut::from), out)?;
            out.write_all(b"}")?;
        }
    }
    out.write_all(b"}\n")
}

pub(super) fn write_lines(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    /// A line stands alone, so each says its version.
    #[derive(Serialize)]
    struct LineOut<'a> {
        version: u8,
        command: &'static str,
        #[serde(flatten)]
        finding: FindingOut<'a>,
    }
    for hit in &report.hits {
        json_line(
            &LineOut { version: 1, command: COMMAND, finding: FindingOut::new(report, hit) },
            out,
        )?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// A rule in JSON.
#[derive(Serialize)]
pub struct RuleOut {
    id: &'static str,
    level: &'static str,
    title: &'static str,
    means: &'static str,
    why: &'static str,
    source: &'static str,
    fix: &'static str,
    with: &'static str,
}

impl RuleOut {
    /// All of a rule.
    pub const fn new(rule: &'static Rule) -> Self {
        Self {
            id: rule.id,
            level: rule.level.label(),
            title: rule.title,
            means: rule.means,
            why: rule.why,
            source: rule.source,
            fix: rule.fix,
            with: rule.with,
        }
    }
}

#[derive(Serialize)]
struct FindingOut<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<&'a str>,
    fingerprint: Fingerprint,
    rule: &'static str,
    level: &'static str,
    connection: SubjectOut<'a>,
    field: Option<&'static str>,
    detail: &'a str,
    waiver: Option<HeldOut<'a>>,
    since: Option<&'static str>,
}

#[derive(Serialize)]
struct SubjectOut<'a> {
    id: ConnectionId,
    name: Option<&'a str>,
    #[serde(rename = "type")]
    kind: String,
    side: &'static str,
    tenant: &'a str,
}

#[derive(Serialize)]
struct HeldOut<'a> {
    reason: &'a str,
    expires: Date,
}

impl<'a> FindingOut<'a> {
    fn new(report: &'a Report, hit: &'a Hit) -> Self {
        let waiver = report.waiver_of(hit);
        Self {
            context: hit.context.as_deref(),
            fingerprint: hit.fingerprint,
            rule: hit.rule.id,
            level: hit.rule.level.label(),
            connection: SubjectOut {
                id: hit.subject.id,
                name: reported_name(&hit.subject.name),
                kind: hit.subject.kind_slug(),
                side: hit.subject.side.slug(),
                tenant: &hit.subject.tenant,
            },
            field: hit.field,
            detail: &hit.detail,
            waiver: waiver.map(|it| HeldOut { reason: &it.reason, expires: it.expires }),
            since: hit.since.map(|it| match it {
                Since::New => "new",
                Since::NewRule => "new-rule",
                Since::Still => "still",
            }),
        }
    }
}

#[derive(Serialize)]
struct WaiverOut<'a> {
    line: usize,
    rule: &'static str,
    connection: &'a str,
    reason: &'a str,
    expires: Date,
    expired: bool,
    holds: usize,
}

impl<'a> WaiverOut<'a> {
    fn new(report: &Report, waiver: &'a Waiver, holds: usize) -> Self {
        Self {
            line: waiver.line,
            rule: waiver.rule.id,
            connection: &waiver.connection,
            reason: &waiver.reason,
            expires: waiver.expires,
            expired: waiver.is_expired(report.at),
            holds,
        }
    }
}

#[derive(Serialize)]
struct FixedOut<'a> {
    fingerprint: Fingerprint,
    rule: &'a str,
    connection: ConnectionId,
    name: &'a str,
    detail: &'a str,
}

impl<'a> From<&'a Known> for FixedOut<'a> {
    fn from(it: &'a Known) -> Self {
        Self {
            fingerprint: it.fingerprint,
            rule: &it.rule,
            connection: it.connection,
            name: &it.name,
            detail: &it.detail,
        }
    }
}
