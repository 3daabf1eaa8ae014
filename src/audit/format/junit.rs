//! JUnit XML, for build servers: a suite per rule, a case per finding. A rule without findings is one
//! passed case, so that a server counts what was checked.

use std::io::{self, Write};

use crate::audit::Rule;
use crate::audit::hit::{Hit, Standing};
use crate::audit::report::Report;
use crate::domain::context::Missed;
use crate::domain::health::Level;
use crate::text::html::text as escaped;

/// What a build server makes of a finding.
enum Outcome<'a> {
    /// It breaks the build: an error or a warning.
    Failed,
    /// It is shown, and breaks nothing: advice.
    Passed,
    /// It is waived, and why.
    Skipped(&'a str),
}

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let (mut cases, mut failures, mut skipped) = (0, 0, 0);
    for (_, hits) in suites(report) {
        let counted = count(report, &hits);
        cases += counted.0;
        failures += counted.1;
        skipped += counted.2;
    }
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    let errors = report.failed().len();
    cases += errors;
    writeln!(
        out,
        "<testsuites name=\"jetbridge audit\" tests=\"{cases}\" failures=\"{failures}\" \
         errors=\"{errors}\" skipped=\"{skipped}\">"
    )?;
    missed("audited", report.failed(), out)?;
    for (rule, hits) in suites(report) {
        suite(report, rule, &hits, out)?;
    }
    writeln!(out, "</testsuites>")
}

/// A suite of the contexts of which nothing is known, where there are any.
pub fn missed(what: &str, failed: &[Missed], out: &mut dyn Write) -> io::Result<()> {
    if failed.is_empty() {
        return Ok(());
    }
    let count = failed.len();
    writeln!(
        out,
        "<testsuite name=\"contexts\" tests=\"{count}\" failures=\"0\" errors=\"{count}\" skipped=\"0\">"
    )?;
    for it in failed {
        writeln!(
            out,
            "<testcase classname=\"contexts\" name=\"{}\"><error message=\"{}\">not {what}</error></testcase>",
            escaped(&it.context),
            escaped(&it.error)
        )?;
    }
    writeln!(out, "</testsuite>")
}

/// The rules that were asked, each with what it found.
fn suites(report: &Report) -> impl Iterator<Item = (&'static Rule, Vec<&Hit>)> {
    report.rules.iter().map(|rule| {
        (*rule, report.hits.iter().filter(|hit| hit.rule.id == rule.id).collect::<Vec<_>>())
    })
}

/// Cases, failures and skipped cases of a suite.
fn count(report: &Report, hits: &[&Hit]) -> (usize, usize, usize) {
    let of = |wanted: fn(&Outcome<'_>) -> bool| {
        hits.iter().filter(|hit| wanted(&outcome(report, hit))).count()
    };
    let failed = of(|it| matches!(it, Outcome::Failed));
    (hits.len().max(1), failed, of(|it| matches!(it, Outcome::Skipped(_))))
}

fn outcome<'a>(report: &'a Report, hit: &Hit) -> Outcome<'a> {
    match (&hit.standing, hit.rule.level) {
        (Standing::Waived(_), _) => {
            Outcome::Skipped(report.waiver_of(hit).map_or("", |it| it.reason.as_str()))
        }
        (Standing::Counts, Level::Error | Level::Warning) => Outcome::Failed,
        (Standing::Counts, Level::Advice | Level::Unchecked | Level::Good) => Outcome::Passed,
    }
}

fn suite(report: &Report, rule: &Rule, hits: &[&Hit], out: &mut dyn Write) -> io::Result<()> {
    let (cases, failures, skipped) = count(report, hits);
    let at = report.at.strftime("%Y-%m-%dT%H:%M:%S");
    writeln!(
        out,
        "<testsuite name=\"{}\" tests=\"{cases}\" failures=\"{failures}\" errors=\"0\" \
         skipped=\"{skipped}\" timestamp=\"{at}\">",
        rule.id
    )?;
    if hits.is_empty() {
        writeln!(out, "<testcase classname=\"{}\" name=\"no findings\"/>", rule.id)?;
    }
    for hit in hits {
        write!(out, "<testcase classname=\"{}\" name=\"{}\">", rule.id, escaped(&hit.name()))?;
        let detail = escaped(&hit.detail);
        match outcome(report, hit) {
            Outcome::Failed => {
                let (level, fix) = (rule.level.label(), escaped(rule.fix));
                write!(out, "<failure type=\"{level}\" message=\"{detail}\">{fix}</failure>")?;
            }
            Outcome::Passed => write!(out, "<system-out>{detail}</system-out>")?,
            Outcome::Skipped(reason) => {
                write!(out, "<skipped message=\"{}\"/>", escaped(reason))?;
            }
        }
        writeln!(out, "</testcase>")?;
    }
    writeln!(out, "</testsuite>")
}
