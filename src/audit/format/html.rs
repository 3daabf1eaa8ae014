//! One HTML page that needs nothing else: no script, no network, no file beside it. It reads on
//! light and dark screens, wide and narrow, and prints well.

use std::io::{self, Write};

use super::svg;
use crate::audit::hit::{Hit, Since};
use crate::audit::report::{LEVELS, Report};
use crate::audit::{Rule, Waiver};
use crate::domain::context::Missed;
use crate::domain::health::Level;
use crate::text::counted;
use crate::text::html::text as escaped;

const STYLE: &str = include_str!("../../../assets/audit-report.css");

/// Findings up to which a section is short.
const SHORT: usize = 8;

/// Forbids everything but the page's own style: whatever got into it could load nothing.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

pub(super) fn write(report: &Report, most: usize, out: &mut dyn Write) -> io::Result<()> {
    write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"robots\" content=\"noindex\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <title>Connection audit, {}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n",
        report.at.strftime("%Y-%m-%d")
    )?;
    head(report, out)?;
    missed("Contexts not audited", report.failed(), out)?;
    // What got worse comes before everything else.
    changes(report, most, out)?;
    charts(report, out)?;
    for (rule, _) in report.by_rule() {
        let hits: Vec<&Hit> = report.counting().filter(|hit| hit.rule == rule).collect();
        section(rule, &hits, most, out)?;
    }
    waived(report, most, out)?;
    idle(report, out)?;
    passed(report, out)?;
    let version = env!("CARGO_PKG_VERSION");
    write!(out, "<footer>jetbridge {version}. Times are UTC.</footer>\n</body>\n</html>\n")
}

fn head(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let counts = report.counts();
    writeln!(out, "<header>\n<h1>Connection audit</h1>")?;
    let of = report.names().map(|it| format!(" of {}", escaped(&it))).unwrap_or_default();
    let audited = match report.audited == report.total {
        true => counted(report.total, "connection"),
        false => format!("{} of {} connections", report.audited, report.total),
    };
    writeln!(
        out,
        "<p class=\"soft\">{audited}{of}, {}, by {}</p>",
        report.at.strftime("%Y-%m-%d %H:%M"),
        counted(report.rules.len(), "rule")
    )?;
    writeln!(out, "<ul class=\"tiles\">")?;
    for level in LEVELS {
        let count = counts.of(level);
        let class = if count == 0 { "none" } else { level.label() };
        writeln!(out, "<li class=\"{class}\"><b>{count}</b>{}</li>", plural(level, count))?;
    }
    if counts.waived > 0 {
        writeln!(out, "<li class=\"none\"><b>{}</b>waived</li>", counts.waived)?;
    }
    let worst = report.worst();
    if worst.unchecked > 0 {
        writeln!(out, "<li class=\"none\"><b>{}</b>not checked</li>", worst.unchecked)?;
    }
    let clean = worst.clean;
    writeln!(out, "<li class=\"good\"><b>{clean}</b>without a finding</li>\n</ul>\n</header>")
}

/// The contexts of which nothing is known, before anything looks complete.
pub fn missed(title: &str, failed: &[Missed], out: &mut dyn Write) -> io::Result<()> {
    if failed.is_empty() {
        return Ok(());
    }
    writeln!(out, "<section class=\"rule error\">\n<h2>{title}</h2>")?;
    table(&["Context", "Why"], out)?;
    for it in failed {
        let (context, error) = (escaped(&it.context), escaped(&it.error));
        writeln!(out, "<tr><td><b>{context}</b></td><td>{error}</td></tr>")?;
    }
    writeln!(out, "</tbody>\n</table>\n</section>")
}

fn charts(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if report.audited > 0 {
        writeln!(out, "<section>\n<h2>Connections by the worst finding</h2>")?;
        svg::whole(report, out)?;
        if report.counting().next().is_some() {
            writeln!(out, "</section>\n<section>\n<h2>Findings by rule</h2>")?;
            svg::bars(report, out)?;
        }
        writeln!(out, "</section>")?;
    }
    Ok(())
}

const fn plural(level: Level, count: usize) -> &'static str {
    match (level, count) {
        (Level::Error, 1) => "error",
        (Level::Error, _) => "errors",
        (Level::Warning, 1) => "warning",
        (Level::Warning, _) => "warnings",
        (Level::Advice, 1) => "advice",
        (Level::Advice, _) => "advice",
        (Level::Good, _) => "good",
        (Level::Unchecked, _) => "not checked",
    }
}

fn section(rule: &Rule, hits: &[&Hit], most: usize, out: &mut dyn Write) -> io::Result<()> {
    let level = rule.level.label();
    // On paper, a short section stays on one page.
    let short = if hits.len() <= SHORT { " short" } else { "" };
    writeln!(
        out,
        "<section class=\"rule {level}{short}\" id=\"{}\">\n<h2><span class=\"badge\">{level}</span> {} \
         <small>{}</small></h2>",
        rule.id,
        escaped(rule.title),
        hits.len()
    )?;
    writeln!(out, "<p class=\"why\">{} {}</p>", escaped(rule.means), escaped(rule.why))?;
    writeln!(
        out,
        "<p class=\"fix\"><b>Fix:</b> {}<br><b>Where:</b> {}.</p>",
        escaped(rule.fix),
        escaped(rule.with)
    )?;
    table(&["Connection", "Found"], out)?;
    for hit in hits.iter().take(most) {
        row(hit, "", out)?;
    }
    end_table(hits.len(), most, out)?;
    writeln!(
        out,
        "<p class=\"soft\"><code>{}</code> · {}</p>\n</section>",
        rule.id,
        escaped(rule.source)
    )
}

fn table(heads: &[&str], out: &mut dyn Write) -> io::Result<()> {
    write!(out, "<table>\n<thead><tr>")?;
    for head in heads {
        write!(out, "<th scope=\"col\">{head}</th>")?;
    }
    writeln!(out, "</tr></thead>\n<tbody>")
}

fn end_table(all: usize, most: usize, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "</tbody>\n</table>")?;
    if all > most {
        let more = all - most;
        writeln!(
            out,
            "<p>And {more} more; the other formats list all, --limit lists more here.</p>"
        )?;
    }
    Ok(())
}

/// The connection with its type, side and tenant, what was found, and further cells.
fn row(hit: &Hit, more: &str, out: &mut dyn Write) -> io::Result<()> {
    let it = &hit.subject;
    let new = match hit.since {
        Some(Since::New | Since::NewRule) => "<span class=\"badge error\">new</span> ",
        Some(Since::Still) | None => "",
    };
    let mut place = vec![
        escaped(hit.place()),
        escaped(&it.kind_label()),
        it.side_label().into(),
        escaped(&it.tenant),
    ];
    place.retain(|part| !part.is_empty());
    writeln!(
        out,
        "<tr><td><b>{}</b><small>{}</small></td><td>{new}{}</td>{more}</tr>",
        escaped(&it.name),
        place.join(" · "),
        escaped(&hit.detail)
    )
}

/// What changed since the baseline: what got worse first.
fn changes(report: &Report, most: usize, out: &mut dyn Write) -> io::Result<()> {
    let Some(change) = &report.change else { return Ok(()) };
    let still = |hit: &&Hit| hit.since == Some(Since::Still);
    let new: Vec<&Hit> = report.counting().filter(|it| !still(it)).collect();
    let same = report.counting().filter(still).count();
    let day = change.since.strftime("%Y-%m-%d %H:%M");
    let class = if new.is_empty() { "good" } else { "error" };
    writeln!(out, "<section class=\"rule {class}\">\n<h2>Since {day}</h2>")?;
    writeln!(
        out,
        "<p><b>{} new</b>, {} fixed, {same} still there.</p>",
        new.len(),
        change.fixed.len()
    )?;
    if change.not_looked_at > 0 {
        let more = change.not_looked_at;
        writeln!(out, "<p class=\"soft\">{more} of the baseline were not checked this time.</p>")?;
    }
    if !new.is_empty() {
        table(&["New", "Found", "Rule"], out)?;
        for hit in new.iter().take(most) {
            let (id, level) = (hit.rule.id, hit.rule.level.label());
            let more = format!(
                "<td class=\"{level}\"><span class=\"badge\">{level}</span> <a href=\"#{id}\">{id}</a></td>"
            );
            row(hit, &more, out)?;
        }
        end_table(new.len(), most, out)?;
    }
    if !change.fixed.is_empty() {
        table(&["Fixed", "Was found", "Rule"], out)?;
        for known in change.fixed.iter().take(most) {
            writeln!(
                out,
                "<tr><td><b>{}</b></td><td>{}</td><td>{}</td></tr>",
                escaped(&known.name),
                escaped(&known.detail),
                escaped(&known.rule)
            )?;
        }
        end_table(change.fixed.len(), most, out)?;
    }
    writeln!(out, "</section>")
}

fn waived(report: &Report, most: usize, out: &mut dyn Write) -> io::Result<()> {
    let all: Vec<(&Hit, &Waiver)> = report.waived().collect();
    if all.is_empty() {
        return Ok(());
    }
    writeln!(out, "<section>\n<h2>Waived <small>{}</small></h2>", all.len())?;
    table(&["Connection", "Found", "Reason"], out)?;
    for (hit, waiver) in all.iter().take(most) {
        let (rule, until) = (hit.rule.id, waiver.expires);
        let reason = escaped(&waiver.reason);
        let more = format!("<td>{reason}<small>{rule}, until {until}</small></td>");
        row(hit, &more, out)?;
    }
    end_table(all.len(), most, out)?;
    writeln!(out, "</section>")
}

fn idle(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut all = report.idle_waivers().peekable();
    if all.peek().is_none() {
        return Ok(());
    }
    writeln!(out, "<section>\n<h2>Waivers without a finding</h2>")?;
    table(&["Connection", "Why", "Reason"], out)?;
    for (waiver, why) in all {
        writeln!(
            out,
            "<tr><td><b>{}</b><small>{}</small></td><td>{why}</td><td>{}<small>until {}</small></td></tr>",
            escaped(&waiver.connection),
            waiver.rule.id,
            escaped(&waiver.reason),
            waiver.expires
        )?;
    }
    writeln!(out, "</tbody>\n</table>\n</section>")
}

/// What was asked and not found: an auditor wants to see that too.
fn passed(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let found = |rule: &Rule| report.hits.iter().any(|hit| *hit.rule == *rule);
    let clean: Vec<&&'static Rule> = report.rules.iter().filter(|rule| !found(rule)).collect();
    if clean.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<section class=\"short\">\n<h2>Passed rules <small>{}</small></h2>\n<ul class=\"passed\">",
        counted(clean.len(), "rule")
    )?;
    for rule in clean {
        writeln!(out, "<li>{} <code>{}</code></li>", escaped(rule.title), rule.id)?;
    }
    writeln!(out, "</ul>\n</section>")
}
