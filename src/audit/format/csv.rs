//! CSV for spreadsheets: one finding per line, and nothing that a spreadsheet takes for a formula.

use std::io::{self, Write};

use crate::audit::hit::Hit;
use crate::audit::report::Report;
use crate::text::csv;

const HEAD: [&str; 15] = [
    "level",
    "rule",
    "title",
    "connection",
    "id",
    "type",
    "side",
    "tenant",
    "field",
    "detail",
    "fix",
    "waived",
    "until",
    "since",
    "fingerprint",
];

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    // The context is a column where there are several.
    let first = |text: &str| report.several.as_ref().map(|_| text.to_owned());
    let head = first("context").into_iter().chain(HEAD.map(str::to_owned));
    out.write_all(csv::line(head).as_bytes())?;
    for hit in &report.hits {
        let all = first(hit.place()).into_iter().chain(cells(report, hit));
        out.write_all(csv::line(all).as_bytes())?;
    }
    Ok(())
}

fn cells(report: &Report, hit: &Hit) -> [String; HEAD.len()] {
    let waiver = report.waiver_of(hit);
    [
        hit.rule.level.label().to_owned(),
        hit.rule.id.to_owned(),
        hit.rule.title.to_owned(),
        hit.subject.name.to_string(),
        hit.subject.id.to_string(),
        hit.subject.kind_slug(),
        hit.subject.side.slug().to_owned(),
        hit.subject.tenant.to_string(),
        hit.field.unwrap_or_default().to_owned(),
        hit.detail.to_string(),
        hit.rule.fix.to_owned(),
        waiver.map(|it| it.reason.clone()).unwrap_or_default(),
        waiver.map(|it| it.expires.to_string()).unwrap_or_default(),
        hit.since.map(|it| it.label().to_owned()).unwrap_or_default(),
        hit.fingerprint.to_string(),
    ]
}
