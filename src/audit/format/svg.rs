//! The chart of the HTML page: findings that count, rule by rule, the worst first.

use std::io::{self, Write};

use super::html::escaped;
use crate::audit::Rule;
use crate::audit::report::Report;

/// Width of the drawing, in its own units; the page scales it.
const WIDTH: usize = 720;
/// Height of a bar with its gap.
const STEP: usize = 24;
/// Where bars begin, behind their labels.
const LEFT: usize = 260;
/// Longest bar: room for the number is left behind it.
const LONGEST: usize = WIDTH - LEFT - 80;

/// Draws it; nothing where nothing counts.
pub(super) fn chart(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let count = |rule: &Rule| report.counting().filter(|hit| *hit.rule == *rule).count();
    let bars: Vec<(&'static Rule, usize)> = report
        .rules
        .iter()
        .map(|rule| (*rule, count(rule)))
        .filter(|(_, count)| *count > 0)
        .collect();
    let Some(most) = bars.iter().map(|(_, count)| *count).max() else { return Ok(()) };
    let height = bars.len() * STEP;
    write!(
        out,
        "<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-labelledby=\"chart\">\
         <title id=\"chart\">Findings by rule: {}</title>",
        escaped(&report.summary())
    )?;
    for (at, (rule, count)) in bars.iter().enumerate() {
        // A bar of one finding beside one of 100,000 is still seen.
        let width = (count * LONGEST / most).max(2);
        let (top, base) = (at * STEP + 3, at * STEP + 16);
        let (label, level) = (escaped(rule.title), rule.level.label());
        write!(
            out,
            "<text class=\"l\" x=\"{}\" y=\"{base}\">{label}</text>\
             <rect class=\"{level}\" x=\"{LEFT}\" y=\"{top}\" width=\"{width}\" height=\"17\" rx=\"2\"/>\
             <text x=\"{}\" y=\"{base}\">{count} {level}</text>",
            LEFT - 8,
            LEFT + width + 8,
        )?;
    }
    out.write_all(b"</svg>\n")
}
