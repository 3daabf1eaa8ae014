//! The report of a pre-flight in every format but the lines of a terminal.

use std::io::{self, Write};

use serde::Serialize;

use super::{Counts, Line, Report};
use crate::audit::format::{Format, html_missed, junit_missed};
use crate::checks::Level;
use crate::domain::context::Missed;
use crate::text::html::text as escaped;
use crate::text::{csv, json as harmless, markdown};

/// The columns of CSV.
const COLUMNS: [&str; 8] =
    ["connection", "check", "area", "level", "reason", "found", "fix", "milliseconds"];
const STYLE: &str = include_str!("../../../assets/audit-report.css");
/// Forbids everything but the page's own style.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// A check as a record.
#[derive(Serialize)]
struct Record<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<&'a str>,
    connection: &'a str,
    id: String,
    check: &'a str,
    area: &'a str,
    level: &'static str,
    reason: Option<&'static str>,
    found: &'a str,
    fix: &'a str,
    milliseconds: u64,
}

impl<'a> Record<'a> {
    fn of(line: &'a Line) -> Self {
        let it = &line.result;
        let took = it.took.unwrap_or_default().as_millis();
        Self {
            context: line.context.as_deref(),
            connection: &line.name,
            id: line.connection.to_string(),
            check: &it.check,
            area: it.area,
            level: level(it.level),
            reason: line.reason(),
            found: &it.found,
            fix: &it.fix,
            milliseconds: u64::try_from(took).unwrap_or(u64::MAX),
        }
    }
}

const fn level(level: Level) -> &'static str {
    match level {
        Level::Ok => "ok",
        Level::Skipped => "skipped",
        Level::Warning => "warning",
        Level::Fail => "failed",
    }
}

#[derive(Serialize)]
struct Whole<'a> {
    version: u8,
    command: &'static str,
    at: String,
    verdict: &'static str,
    summary: String,
    connections: usize,
    counts: Counts,
    checks: Vec<Record<'a>>,
    /// Only where several contexts were checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    failed: Option<&'a [Missed]>,
}

#[derive(Serialize)]
struct Numbered<'a> {
    version: u8,
    command: &'static str,
    #[serde(flatten)]
    record: Record<'a>,
}

/// Writes a report.
///
/// # Errors
/// Those of the writer.
pub fn write(report: &Report, format: Format, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Json => json(report, out),
        Format::JsonLines => lines(report, out),
        Format::Csv => table(report, out),
        Format::Markdown => page(report, out),
        Format::Junit => junit(report, out),
        Format::Html => html(report, out),
    }
}

fn json(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let whole = Whole {
        version: 1,
        command: "preflight",
        at: report.at.to_string(),
        verdict: report.verdict().slug(),
        summary: report.summary(),
        connections: report.connections,
        counts: report.counts(),
        checks: report.lines.iter().map(Record::of).collect(),
        failed: report.failed.as_deref(),
    };
    let text = serde_json::to_string_pretty(&whole).map_err(io::Error::other)?;
    // A line end within a text is escaped already.
    text.lines().try_for_each(|line| writeln!(out, "{}", harmless(line)))
}

fn lines(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for line in &report.lines {
        let record = Numbered { version: 1, command: "preflight", record: Record::of(line) };
        let text = serde_json::to_string(&record).map_err(io::Error::other)?;
        writeln!(out, "{}", harmless(&text))?;
    }
    Ok(())
}

fn table(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    // The context is a column where there are several.
    let several = report.failed.is_some();
    let columns = several.then_some("context").into_iter().chain(COLUMNS);
    out.write_all(csv::line(columns).as_bytes())?;
    for line in &report.lines {
        let it = Record::of(line);
        let took = it.milliseconds.to_string();
        let reason = it.reason.unwrap_or_default();
        let cells = [it.connection, it.check, it.area, it.level, reason, it.found, it.fix, &took];
        let context = several.then(|| it.context.unwrap_or_default());
        out.write_all(csv::line(context.into_iter().chain(cells)).as_bytes())?;
    }
    Ok(())
}

fn page(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let at = report.at.strftime("%Y-%m-%d %H:%MZ");
    writeln!(
        out,
        "# Pre-flight\n\n{at}: **{}**. {}.\n",
        report.verdict().slug(),
        report.summary()
    )?;
    if !report.missed().is_empty() {
        write!(out, "{}", markdown::head(&["Context not checked", "Why"]))?;
        for it in report.missed() {
            write!(out, "{}", markdown::row([it.context.as_str(), it.error.as_str()]))?;
        }
        writeln!(out)?;
    }
    let several = report.failed.is_some();
    let columns = ["Context", "Connection", "Check", "Level", "Found", "Fix"];
    let columns = columns.get(usize::from(!several)..).unwrap_or_default();
    write!(out, "{}", markdown::head(columns))?;
    for line in worst_first(report) {
        let it = Record::of(line);
        let cells = [it.connection, it.check, it.level, it.found, it.fix];
        let context = several.then(|| it.context.unwrap_or_default());
        write!(out, "{}", markdown::row(context.into_iter().chain(cells)))?;
    }
    Ok(())
}

/// What needs attention comes first.
fn worst_first(report: &Report) -> Vec<&Line> {
    let mut all: Vec<&Line> = report.lines.iter().collect();
    all.sort_by_key(|it| std::cmp::Reverse(it.result.level));
    all
}

/// The lines of each connection.
fn by_connection(report: &Report) -> impl Iterator<Item = &[Line]> {
    report.lines.chunk_by(|a, b| (a.connection, &a.context) == (b.connection, &b.context))
}

fn junit(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let Counts { skipped, failed, .. } = report.counts();
    writeln!(
        out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"jetbridge preflight\" \
         tests=\"{}\" failures=\"{failed}\" errors=\"{}\" skipped=\"{skipped}\">",
        report.lines.len() + report.missed().len(),
        report.missed().len()
    )?;
    junit_missed("checked", report.missed(), out)?;
    for lines in by_connection(report) {
        let count = |level: Level| lines.iter().filter(|it| it.result.level == level).count();
        let name = lines.first().map(|it| escaped(&it.title())).unwrap_or_default();
        writeln!(
            out,
            "<testsuite name=\"{name}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\" \
             timestamp=\"{}\">",
            lines.len(),
            count(Level::Fail),
            count(Level::Skipped),
            report.at.strftime("%Y-%m-%dT%H:%M:%S")
        )?;
        for line in lines {
            let it = &line.result;
            let took = it.took.unwrap_or_default().as_secs_f64();
            let (check, found, fix) = (escaped(&it.check), escaped(&it.found), escaped(&it.fix));
            write!(out, "<testcase classname=\"{name}\" name=\"{check}\" time=\"{took:.3}\">")?;
            match it.level {
                Level::Ok => {}
                Level::Warning => write!(out, "<system-out>{found} {fix}</system-out>")?,
                Level::Skipped => write!(out, "<skipped message=\"{found}\"/>")?,
                Level::Fail => write!(out, "<failure message=\"{found}\">{fix}</failure>")?,
            }
            writeln!(out, "</testcase>")?;
        }
        writeln!(out, "</testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

fn html(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let Counts { ok, skipped, warnings, failed } = report.counts();
    let at = report.at.strftime("%Y-%m-%d %H:%MZ");
    write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"robots\" content=\"noindex\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <title>Pre-flight, {at}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <header>\n<h1>Pre-flight</h1>\n<p class=\"soft\">{}, {at}</p>\n<ul class=\"tiles\">\n",
        escaped(&report.summary())
    )?;
    for (class, count, word) in [
        ("error", failed, "failed"),
        ("warning", warnings, "warnings"),
        ("none", skipped, "skipped"),
        ("good", ok, "ok"),
    ] {
        let class = if count == 0 { "none" } else { class };
        writeln!(out, "<li class=\"{class}\"><b>{count}</b>{word}</li>")?;
    }
    writeln!(out, "</ul>\n</header>")?;
    html_missed("Contexts not checked", report.missed(), out)?;
    for lines in by_connection(report) {
        let name = lines.first().map(|it| escaped(&it.title())).unwrap_or_default();
        writeln!(
            out,
            "<section>\n<h2>{name}</h2>\n<table>\n<thead><tr><th>Check</th><th>Found</th></tr></thead>\n<tbody>"
        )?;
        for line in lines {
            let it = &line.result;
            let class = match it.level {
                Level::Ok => "good",
                Level::Skipped => "none",
                Level::Warning => "warning",
                Level::Fail => "error",
            };
            let (check, found, fix) = (escaped(&it.check), escaped(&it.found), escaped(&it.fix));
            let word = level(it.level);
            writeln!(
                out,
                "<tr><td><span class=\"badge {class}\">{word}</span> {check}</td><td>{found}<small>{fix}</small></td></tr>"
            )?;
        }
        writeln!(out, "</tbody>\n</table>\n</section>")?;
    }
    let version = env!("CARGO_PKG_VERSION");
    write!(out, "<footer>jetbridge {version}. Times are UTC.</footer>\n</body>\n</html>\n")
}
