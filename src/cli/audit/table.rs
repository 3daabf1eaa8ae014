//! The report as a table, and what is said beside it.

use std::borrow::Cow;

use crate::audit::report::LEVELS;
use crate::audit::{Hit, Report, Rule, Since};
use crate::cli::output::Printer;
use crate::cli::session::{Session, minute};
use crate::cli::table::{self, Column};
use crate::domain::health::Level;
use crate::error::Failure;
use crate::text::{columns_of, counted, shown};

/// Columns before the findings of a rule.
const INDENT: usize = 2;
/// Columns for the level of a rule.
const LEVEL: usize = 7;

/// A line of the table.
struct Line<'a> {
    level: &'static str,
    rule: &'a str,
    context: &'a str,
    name: &'a str,
    found: &'a str,
    since: &'static str,
}

impl<'a> From<&'a Hit> for Line<'a> {
    fn from(hit: &'a Hit) -> Self {
        Self {
            level: hit.rule.level.label(),
            rule: hit.rule.id,
            context: hit.place(),
            name: &hit.subject.name,
            found: &hit.detail,
            since: hit.since.map(Since::label).unwrap_or_default(),
        }
    }
}

/// Prints what counts; against a baseline what is new, then what is fixed, then what is still there.
/// On a terminal rule by rule, each with how to fix it; else one finding per line.
pub fn print(session: &mut Session<'_, '_>, report: &Report, most: usize) -> Result<(), Failure> {
    match session.printer.width() {
        Some(_) => by_rule(session.printer, report, most),
        None => flat(session.printer, report),
    }
}

/// One line per rule that found something: the answer for who has a minute.
pub fn summary(session: &mut Session<'_, '_>, report: &Report) -> Result<(), Failure> {
    type Row = (&'static Rule, String);
    let rows: Vec<Row> =
        report.by_rule().into_iter().map(|(rule, count)| (rule, count.to_string())).collect();
    if session.printer.width().is_some() {
        let names: Vec<String> = rows
            .iter()
            .map(|(rule, count)| {
                format!("{:LEVEL$}  {count:>5}  {}", rule.level.label(), rule.title)
            })
            .collect();
        let room = room(session.printer, names.iter().map(String::as_str));
        for (name, (rule, _)) in names.iter().zip(&rows) {
            table::print_beside(session.printer, 0, room, name, rule.fix)?;
        }
        return session.printer.line("");
    }
    let columns: [Column<Row>; 5] = [
        Column { title: "LEVEL", cell: |it| it.0.level.label().into(), least: 7, rank: 0 },
        Column { title: "COUNT", cell: |it| it.1.as_str().into(), least: 5, rank: 0 },
        Column { title: "RULE", cell: |it| it.0.id.into(), least: 21, rank: 2 },
        Column { title: "FOUND", cell: |it| it.0.title.into(), least: 20, rank: 0 },
        Column { title: "FIX", cell: |it| it.0.fix.into(), least: 20, rank: 1 },
    ];
    if rows.is_empty() {
        return Ok(());
    }
    table::print(session.printer, &columns, &rows)
}

/// Rule by rule, for a terminal: names and words are wrapped and never cut.
fn by_rule(printer: &mut Printer<'_>, report: &Report, most: usize) -> Result<(), Failure> {
    let (still, new): (Vec<&Hit>, Vec<&Hit>) =
        report.counting().partition(|hit| hit.since == Some(Since::Still));
    let Some(change) = &report.change else { return groups(printer, &new, most) };
    if !new.is_empty() {
        printer.line(&format!("New since {}:\n", minute(change.since)))?;
        groups(printer, &new, most)?;
    }
    if !change.fixed.is_empty() {
        printer.line(&format!("Fixed since {}:\n", minute(change.since)))?;
        let room = room(printer, change.fixed.iter().map(|it| it.name.as_str()));
        for known in change.fixed.iter().take(most) {
            let found = format!("{}: {}", known.rule, known.detail);
            table::print_beside(printer, INDENT, room, &known.name, &found)?;
        }
        more(printer, change.fixed.len(), most, None)?;
        printer.line("")?;
    }
    if !still.is_empty() {
        printer.line("Still there:\n")?;
        groups(printer, &still, most)?;
    }
    Ok(())
}

fn groups(printer: &mut Printer<'_>, hits: &[&Hit], most: usize) -> Result<(), Failure> {
    for group in hits.chunk_by(|a, b| a.rule == b.rule) {
        let Some(rule) = group.first().map(|it| it.rule) else { continue };
        let title = format!("{}: {} ({})", rule.title, group.len(), rule.id);
        table::print_beside(printer, 0, LEVEL, rule.level.label(), &title)?;
        table::print_beside(printer, 0, LEVEL, "", &format!("Fix: {}", rule.fix))?;
        let names: Vec<Cow<'_, str>> = group.iter().take(most).map(|it| it.name()).collect();
        let room = room(printer, names.iter().map(|it| &**it));
        for (name, hit) in names.iter().zip(group) {
            table::print_beside(printer, INDENT, room, name, &hit.detail)?;
        }
        more(printer, group.len(), most, Some(rule))?;
        printer.line("")?;
    }
    Ok(())
}

/// Columns for names: what they need, and not so much that nothing is left for the rest.
fn room<'n>(printer: &Printer<'_>, names: impl Iterator<Item = &'n str>) -> usize {
    let most = printer.width().map_or(usize::MAX, |width| width * 2 / 5);
    names.map(|it| columns_of(&shown(it))).max().unwrap_or(0).min(most)
}

/// Says how many were left out, and how to see them.
fn more(
    printer: &mut Printer<'_>,
    all: usize,
    most: usize,
    rule: Option<&Rule>,
) -> Result<(), Failure> {
    if all <= most {
        return Ok(());
    }
    let only = rule.map(|it| format!(" --only {}", it.id)).unwrap_or_default();
    let line = format!("and {} more: jetbridge audit{only} --limit 0", all - most);
    printer.line(&format!("{:INDENT$}{line}", ""))
}

fn flat(printer: &mut Printer<'_>, report: &Report) -> Result<(), Failure> {
    let still = |hit: &&Hit| hit.since == Some(Since::Still);
    let mut lines: Vec<Line<'_>> =
        report.counting().filter(|it| !still(it)).map(Line::from).collect();
    for known in report.change.iter().flat_map(|it| &it.fixed) {
        let (rule, name, found) = (&known.rule, &known.name, &known.detail);
        lines.push(Line { level: "-", rule, context: "", name, found, since: "fixed" });
    }
    lines.extend(report.counting().filter(still).map(Line::from));
    if lines.is_empty() {
        return Ok(());
    }
    let columns = columns(report.change.is_some(), report.several.is_some());
    table::print(printer, &columns, &lines)
}

fn columns<'a>(with_since: bool, with_context: bool) -> Vec<Column<Line<'a>>> {
    let mut all: Vec<Column<Line<'a>>> = Vec::with_capacity(6);
    if with_since {
        all.push(Column { title: "SINCE", cell: |it| it.since.into(), least: 11, rank: 0 });
    }
    if with_context {
        all.push(Column { title: "CONTEXT", cell: |it| it.context.into(), least: 7, rank: 0 });
    }
    all.push(Column { title: "LEVEL", cell: |it| it.level.into(), least: 7, rank: 0 });
    all.push(Column { title: "RULE", cell: |it| it.rule.into(), least: 12, rank: 0 });
    all.push(Column { title: "CONNECTION", cell: |it| it.name.into(), least: 14, rank: 0 });
    all.push(Column { title: "FOUND", cell: |it| it.found.into(), least: 16, rank: 1 });
    all
}

/// `2 with errors, 1 with warnings at most, 7 clean`: connections by the worst about each.
fn parts(report: &Report) -> String {
    let worst = report.worst();
    let reported = |level: Level| {
        let what = match level {
            Level::Error => "with errors",
            Level::Warning => "with warnings at most",
            Level::Advice => "with advice",
            Level::Unchecked => "not checked",
            Level::Good => "clean",
        };
        (worst.of(level) > 0).then(|| format!("{} {what}", worst.of(level)))
    };
    let levels = LEVELS.into_iter().chain([Level::Unchecked, Level::Good]);
    let all: Vec<String> = levels.filter_map(reported).collect();
    all.join(", ")
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
    let worst = report.worst();
    if worst.found() + worst.unchecked > 0 && report.change.is_none() {
        printer.say(&format!("Connections: {}.", parts(report)));
    }
    if let Some(change) = &report.change {
        let new = report.counting().filter(|it| it.since != Some(Since::Still)).count();
        let mut line =
            format!("Since {}: {new} new, {} fixed", minute(change.since), change.fixed.len());
        if change.not_looked_at > 0 {
            line.push_str(&format!(", {} not checked this time", change.not_looked_at));
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
        printer.say(&format!("hint: `jetbridge audit explain {rule}` shows how to fix it"));
    }
}
