//! The report as a table, and what is said beside it.

use crate::audit::{Hit, Report, Since};
use crate::cli::session::{Session, counted, minute};
use crate::cli::table::{self, Column};
use crate::domain::text::shown;
use crate::error::Failure;

/// A line of the table.
struct Line<'a> {
    level: &'static str,
    rule: &'a str,
    name: &'a str,
    found: &'a str,
    since: &'static str,
}

impl<'a> From<&'a Hit> for Line<'a> {
    fn from(hit: &'a Hit) -> Self {
        Self {
            level: hit.rule.level.label(),
            rule: hit.rule.id,
            name: &hit.subject.name,
            found: &hit.detail,
            since: hit.since.map(Since::label).unwrap_or_default(),
        }
    }
}

/// Prints what counts; against a baseline what is new, then what is fixed, then what is still there.
pub fn print(session: &mut Session<'_, '_>, report: &Report) -> Result<(), Failure> {
    let still = |hit: &&Hit| hit.since == Some(Since::Still);
    let mut lines: Vec<Line<'_>> =
        report.counting().filter(|it| !still(it)).map(Line::from).collect();
    for known in report.change.iter().flat_map(|it| &it.fixed) {
        let (rule, name, found) = (&known.rule, &known.name, &known.detail);
        lines.push(Line { level: "-", rule, name, found, since: "fixed" });
    }
    lines.extend(report.counting().filter(still).map(Line::from));
    if lines.is_empty() {
        return Ok(());
    }
    let columns = columns(report.change.is_some());
    table::print(session.printer, &columns, &lines)
}

fn columns<'a>(with_since: bool) -> Vec<Column<Line<'a>>> {
    let mut all: Vec<Column<Line<'a>>> = Vec::with_capacity(5);
    if with_since {
        all.push(Column { title: "SINCE", cell: |it| it.since.into(), least: 11, rank: 0 });
    }
    all.push(Column { title: "LEVEL", cell: |it| it.level.into(), least: 7, rank: 0 });
    all.push(Column { title: "RULE", cell: |it| it.rule.into(), least: 12, rank: 0 });
    all.push(Column { title: "CONNECTION", cell: |it| it.name.into(), least: 14, rank: 0 });
    all.push(Column { title: "FOUND", cell: |it| it.found.into(), least: 16, rank: 1 });
    all
}

/// Says what the table does not: how many there are, what was waived, what to do next.
pub fn remarks(session: &mut Session<'_, '_>, report: &Report) {
    let printer = &mut *session.printer;
    if report.total == 0 {
        printer.say("There are no connections yet.");
        return;
    }
    let audited = counted(report.audited, "connection");
    let mut line = format!("{audited} audited: {}", report.summary());
    let waived = report.counts().waived;
    if waived > 0 {
        line.push_str(&format!("; {waived} waived"));
    }
    printer.say(&format!("{line}."));
    if let Some(change) = &report.change {
        let new = report.counting().filter(|it| it.since != Some(Since::Still)).count();
        let mut line =
            format!("Since {}: {new} new, {} fixed", minute(change.since), change.fixed.len());
        if change.not_looked_at > 0 {
            line.push_str(&format!(", {} not looked at this time", change.not_looked_at));
        }
        printer.say(&format!("{line}."));
    }
    for (waiver, why) in report.idle_waivers() {
        printer.say(&format!(
            "waiver on line {}: {why}: {} for {}, until {}",
            waiver.line,
            waiver.rule.id,
            shown(&waiver.connection),
            waiver.expires
        ));
    }
    if let (true, Some(hit)) = (session.terminals.output, report.counting().next()) {
        let rule = hit.rule.id;
        printer.say(&format!("hint: `jetbridge audit explain {rule}` says how to mend it."));
    }
}
