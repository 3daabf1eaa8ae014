//! A comparison as JSON, version 1.

use serde::Serialize;

use crate::domain::compare::{Brief, Entry, Finding, NOT_REPORTED, Report, Standing, Verdict};
use crate::domain::{ConnectionId, Second, Timestamp, reported_name};

/// The whole answer.
#[derive(Serialize)]
pub struct Answer<'a> {
    version: u8,
    plan: &'a str,
    live: &'a str,
    as_of: Option<Timestamp>,
    /// What to know about the live list.
    remarks: &'a [String],
    differs: bool,
    counts: Counts,
    entries: Vec<EntryOut<'a>>,
    not_compared: &'a [&'a str],
}

#[derive(Serialize)]
struct Counts {
    differing: usize,
    plan: usize,
    live: usize,
    ambiguous: usize,
    same: usize,
}

/// A name with what stands on both sides.
#[derive(Serialize)]
pub struct EntryOut<'a> {
    name: Option<&'a str>,
    standing: &'static str,
    plan: Vec<RowOut<'a>>,
    live: Vec<RowOut<'a>>,
    fields: Vec<FieldOut<'a>>,
}

#[derive(Serialize)]
struct RowOut<'a> {
    id: ConnectionId,
    name: Option<&'a str>,
    #[serde(rename = "type")]
    kind: String,
    side: &'static str,
    tenant: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    live_id: Option<&'a str>,
    modified_at: Option<Timestamp>,
    modified_by: &'a str,
}

#[derive(Serialize)]
struct FieldOut<'a> {
    field: &'static str,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<&'static str>,
    plan: &'a str,
    live: &'a str,
}

impl<'a> Answer<'a> {
    /// The names that are reported, as records of their own.
    pub fn records(&self) -> impl Iterator<Item = &EntryOut<'a>> {
        self.entries.iter()
    }
}

/// The answer for a comparison.
pub fn answer(report: &Report) -> Answer<'_> {
    Answer {
        version: 1,
        plan: &report.plan,
        live: &report.live,
        as_of: report.as_of,
        remarks: &report.remarks,
        differs: report.differs(),
        counts: Counts {
            differing: report.count(Standing::Differs),
            plan: report.count(Standing::OnlyPlan),
            live: report.count(Standing::OnlyLive),
            ambiguous: report.count(Standing::Ambiguous),
            same: report.count(Standing::Same),
        },
        entries: report.entries.iter().map(entry).collect(),
        not_compared: NOT_REPORTED,
    }
}

fn entry(it: &Entry) -> EntryOut<'_> {
    EntryOut {
        name: reported_name(it.name()),
        standing: it.standing().slug(),
        plan: it.plan.iter().map(row).collect(),
        live: it.live.iter().map(row).collect(),
        fields: it.findings.iter().map(field).collect(),
    }
}

fn row(it: &Brief) -> RowOut<'_> {
    RowOut {
        id: it.id,
        name: reported_name(&it.name),
        kind: it.kind.slug(),
        side: it.side.slug(),
        tenant: &it.tenant,
        live_id: it.live_id.as_deref(),
        modified_at: it.modified_at.and_then(Second::timestamp),
        modified_by: &it.modified_by,
    }
}

fn field(it: &Finding) -> FieldOut<'_> {
    let (verdict, because) = match it.verdict {
        Verdict::Differs => ("differs", None),
        Verdict::Unknown(why) => ("cannot-tell", Some(why.slug())),
    };
    FieldOut { field: it.field.slug(), verdict, because, plan: &it.plan, live: &it.live }
}
