//! One HTML page that needs nothing else: no script, no network, no file beside it. It reads on
//! light and dark screens and prints well.

use std::io::{self, Write};

use super::svg;
use crate::audit::hit::{Hit, Since};
use crate::audit::report::{LEVELS, Report};
use crate::audit::{Rule, Waiver};
use crate::domain::text::shown;

const STYLE: &str = include_str!("../../../assets/audit-report.css");

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
    changes(report, out)?;
    for rule in &report.rules {
        let hits: Vec<&Hit> = report.counting().filter(|hit| hit.rule == *rule).collect();
        if !hits.is_empty() {
            section(rule, &hits, most, out)?;
        }
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
    let of = report.of.as_deref().map(|it| format!(" of {}", escaped(it))).unwrap_or_default();
    writeln!(
        out,
        "<p>{} of {} connections{of}, {}, by {} rules: <strong>{}</strong>.</p>",
        report.audited,
        report.total,
        report.at.strftime("%Y-%m-%d %H:%M"),
        report.rules.len(),
        escaped(&report.summary())
    )?;
    writeln!(out, "<ul class=\"counts\">")?;
    for level in LEVELS {
        let word = level.label();
        writeln!(out, "<li class=\"{word}\"><b>{}</b> {word}</li>", counts.of(level))?;
    }
    writeln!(out, "<li><b>{}</b> waived</li>\n</ul>", counts.waived)?;
    svg::chart(report, out)?;
    writeln!(out, "</header>")
}

fn section(rule: &Rule, hits: &[&Hit], most: usize, out: &mut dyn Write) -> io::Result<()> {
    let level = rule.level.label();
    writeln!(
        out,
        "<section>\n<h2><span class=\"badge {level}\">{level}</span> {} <small>{}</small></h2>",
        escaped(rule.title),
        hits.len()
    )?;
    writeln!(out, "<p>{} {}</p>", escaped(rule.means), escaped(rule.why))?;
    writeln!(
        out,
        "<p><b>Mend:</b> {} <b>With:</b> {}.</p>\n<p class=\"source\"><code>{}</code>, {}</p>",
        escaped(rule.mend),
        escaped(rule.with),
        rule.id,
        escaped(rule.source)
    )?;
    table(&["Connection", "Type", "Side", "Tenant", "Found"], out)?;
    for hit in hits.iter().take(most) {
        row(hit, "", out)?;
    }
    end_table(hits.len(), most, out)?;
    writeln!(out, "</section>")
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

fn row(hit: &Hit, more: &str, out: &mut dyn Write) -> io::Result<()> {
    let it = &hit.subject;
    let new = match hit.since {
        Some(Since::New | Since::NewRule) => "<span class=\"badge\">new</span> ",
        Some(Since::Still) | None => "",
    };
    writeln!(
        out,
        "<tr><td class=\"n\">{}</td><td>{}</td><td>{}</td><td>{}</td><td>{new}{}</td>{more}</tr>",
        escaped(&it.name),
        escaped(&it.kind.label().to_string()),
        it.side.label(),
        escaped(&it.tenant),
        escaped(&hit.detail)
    )
}

fn changes(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let Some(change) = &report.change else { return Ok(()) };
    let new = report.counting().filter(|hit| hit.since != Some(Since::Still)).count();
    let day = change.since.strftime("%Y-%m-%d %H:%M");
    writeln!(out, "<section>\n<h2>Since {day}</h2>")?;
    writeln!(out, "<p>{new} new, {} fixed.</p>", change.fixed.len())?;
    if !change.fixed.is_empty() {
        table(&["Fixed rule", "Connection", "Was found"], out)?;
        for known in &change.fixed {
            writeln!(
                out,
                "<tr><td>{}</td><td class=\"n\">{}</td><td>{}</td></tr>",
                escaped(&known.rule),
                escaped(&known.name),
                escaped(&known.detail)
            )?;
        }
        writeln!(out, "</tbody>\n</table>")?;
    }
    writeln!(out, "</section>")
}

fn waived(report: &Report, most: usize, out: &mut dyn Write) -> io::Result<()> {
    let all: Vec<(&Hit, &Waiver)> = report.waived().collect();
    if all.is_empty() {
        return Ok(());
    }
    writeln!(out, "<section>\n<h2>Waived <small>{}</small></h2>", all.len())?;
    table(&["Connection", "Type", "Side", "Tenant", "Found", "Rule", "Reason", "Until"], out)?;
    for (hit, waiver) in all.iter().take(most) {
        let (rule, until) = (hit.rule.id, waiver.expires);
        let reason = escaped(&waiver.reason);
        row(hit, &format!("<td>{rule}</td><td>{reason}</td><td>{until}</td>"), out)?;
    }
    end_table(all.len(), most, out)?;
    writeln!(out, "</section>")
}

fn idle(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut all = report.idle_waivers().peekable();
    if all.peek().is_none() {
        return Ok(());
    }
    writeln!(out, "<section>\n<h2>Waivers that hold nothing</h2>")?;
    table(&["Rule", "Connection", "Reason", "Until", ""], out)?;
    for (waiver, why) in all {
        writeln!(
            out,
            "<tr><td>{}</td><td class=\"n\">{}</td><td>{}</td><td>{}</td><td>{why}</td></tr>",
            waiver.rule.id,
            escaped(&waiver.connection),
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
    writeln!(out, "<section>\n<h2>Nothing found <small>{} rules</small></h2>\n<ul>", clean.len())?;
    for rule in clean {
        writeln!(out, "<li>{} <code>{}</code></li>", escaped(rule.title), rule.id)?;
    }
    writeln!(out, "</ul>\n</section>")
}

/// Text that HTML leaves as it is, in an attribute too.
pub(super) fn escaped(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len() + 8);
    for c in shown(raw).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
