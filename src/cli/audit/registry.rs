//! `jetbridge audit rules` and `jetbridge audit explain`.

use std::cmp::Reverse;

use serde_json::json;

use crate::audit::format::RuleOut;
use crate::audit::{Rule, rules};
use crate::cli::answer::{Format, VERSION, records, whole};
use crate::cli::session::Session;
use crate::cli::table::{self, Column};
use crate::error::{Exit, Failure};

/// Columns of CSV.
const FIELDS: [&str; 8] = ["id", "level", "title", "means", "why", "source", "fix", "with"];

const COLUMNS: [Column<&'static Rule>; 3] = [
    Column { title: "LEVEL", cell: |rule| rule.level.label().into(), least: 7, rank: 0 },
    Column { title: "RULE", cell: |rule| rule.id.into(), least: 21, rank: 0 },
    Column { title: "FINDS", cell: |rule| rule.title.into(), least: 16, rank: 1 },
];

/// Lists every rule, the worst first.
pub fn list(session: &mut Session<'_, '_>, format: Format) -> Result<Exit, Failure> {
    let mut all: Vec<&'static Rule> = rules::all().collect();
    all.sort_by_key(|rule| Reverse(rule.level));
    let out = all.iter().map(|rule| RuleOut::new(rule));
    if !records(session.printer, format, "rules", &FIELDS, out)? {
        table::print(session.printer, &COLUMNS, &all)?;
    }
    Ok(Exit::Ok)
}

/// Says everything of a rule.
pub fn explain(
    session: &mut Session<'_, '_>,
    rule: &'static Rule,
    format: Format,
) -> Result<Exit, Failure> {
    let answer = json!({ "version": VERSION, "rule": RuleOut::new(rule) });
    let records = std::iter::once(RuleOut::new(rule));
    if whole(session.printer, format, &answer, &FIELDS, records)? {
        return Ok(Exit::Ok);
    }
    let shown = match rule.bit.is_some() {
        true => "in the health column of the list, and in the audit",
        false => "in the audit, which reads more than a row of the list shows",
    };
    let mut pairs = vec![
        ("Rule", rule.id.to_owned()),
        ("Finds", rule.title.to_owned()),
        ("Level", rule.level.label().to_owned()),
        ("Problem", rule.means.to_owned()),
        ("Why", rule.why.to_owned()),
        ("Source", rule.source.to_owned()),
        ("Fix", rule.fix.to_owned()),
        ("Where", rule.with.to_owned()),
        ("Shown", shown.to_owned()),
    ];
    pairs.retain(|(_, text)| !text.is_empty());
    table::print_pairs(session.printer, 0, &pairs)?;
    Ok(Exit::Ok)
}
