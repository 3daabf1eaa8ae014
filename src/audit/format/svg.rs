//! The charts of the HTML page, drawn as SVG so that every printer prints them: how the connections
//! are, and findings that count, rule by rule, the worst first. Words and figures stand beside the
//! bars as text: they stay readable on a narrow screen and to a screen reader.

use std::io::{self, Write};

use crate::audit::Rule;
use crate::audit::report::{LEVELS, Report};
use crate::domain::health::Level;
use crate::text::html::text as escaped;

/// Width of a drawing, in its own units; the page stretches it.
const WIDTH: usize = 1_000;

/// Connections by the worst that was found about each.
pub(super) fn whole(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let worst = report.worst();
    let word = |level: Level| match level {
        Level::Error => "with errors",
        Level::Warning => "with warnings at most",
        Level::Advice => "with advice only",
        Level::Unchecked => "not checked",
        Level::Good => "without a finding",
    };
    let parts: Vec<(&str, usize, &str)> = LEVELS
        .into_iter()
        .chain([Level::Unchecked, Level::Good])
        .map(|level| (class(level), worst.of(level), word(level)))
        .collect();
    let all: usize = parts.iter().map(|it| it.1).sum();
    if all == 0 {
        return Ok(());
    }
    let reported: Vec<String> =
        parts.iter().map(|(_, count, word)| format!("{count} {word}")).collect();
    write!(
        out,
        "<svg class=\"whole\" viewBox=\"0 0 {WIDTH} 10\" preserveAspectRatio=\"none\" role=\"img\" \
         aria-label=\"Connections by the worst finding: {}\">",
        reported.join(", ")
    )?;
    let mut before = 0;
    for (class, count, _) in &parts {
        // One of 100,000 is still seen.
        let from = before * WIDTH / all;
        let width = ((before + count) * WIDTH / all - from).max(usize::from(*count > 0) * 4);
        if width > 0 {
            let style = format!("x=\"{from}\" width=\"{width}\" height=\"10\"");
            write!(out, "<rect class=\"{class}\" {style}/>")?;
        }
        before += count;
    }
    writeln!(out, "</svg>\n<ul class=\"key\">")?;
    for (class, count, word) in &parts {
        writeln!(
            out,
            "<li><svg viewBox=\"0 0 1 1\" aria-hidden=\"true\"><rect class=\"{class}\" width=\"1\" \
             height=\"1\"/></svg>{count} {word}</li>"
        )?;
    }
    writeln!(out, "</ul>")
}

/// The colour of a level.
const fn class(level: Level) -> &'static str {
    match level {
        Level::Good => "good",
        Level::Error | Level::Warning | Level::Advice | Level::Unchecked => level.label(),
    }
}

/// A bar for each rule that found something; its name leads to its section.
pub(super) fn bars(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let bars: Vec<(&'static Rule, usize)> = report.by_rule();
    let Some(most) = bars.iter().map(|(_, count)| *count).max() else { return Ok(()) };
    writeln!(out, "<ul class=\"bars\">")?;
    for (rule, count) in bars {
        // A bar of one finding beside one of 100,000 is still seen.
        let width = (count * WIDTH / most).max(4);
        let (id, label, level) = (rule.id, escaped(rule.title), rule.level.label());
        writeln!(
            out,
            "<li class=\"{level}\"><a href=\"#{id}\">{label}</a>\
             <svg viewBox=\"0 0 {WIDTH} 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
             <rect class=\"{level}\" width=\"{width}\" height=\"10\"/></svg>\
             <b title=\"{level}\">{count}</b></li>"
        )?;
    }
    writeln!(out, "</ul>")
}
