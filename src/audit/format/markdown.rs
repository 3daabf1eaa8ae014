//! Markdown for tickets and wikis: a summary, then rule by rule what it means and what was found.

use std::io::{self, Write};

use crate::audit::hit::{Hit, Since};
use crate::audit::report::{LEVELS, Report};
use crate::text::markdown::{head, text};

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "# Connection audit\n")?;
    let of = report.names().map(|it| format!(" of {}", text(&it))).unwrap_or_default();
    let at = report.at.strftime("%Y-%m-%d %H:%MZ");
    writeln!(
        out,
        "{} of {} connections{of}, {at}: **{}**, {} waived.\n",
        report.audited,
        report.total,
        report.summary(),
        report.counts().waived
    )?;
    writeln!(out, "| Level | Findings |\n|---|---:|")?;
    for level in LEVELS {
        writeln!(out, "| {} | {} |", level.label(), report.counts().of(level))?;
    }
    failed(report, out)?;
    changes(report, out)?;
    for rule in &report.rules {
        let hits: Vec<&Hit> = report.counting().filter(|hit| hit.rule == *rule).collect();
        if hits.is_empty() {
            continue;
        }
        writeln!(out, "\n## {}: {} ({})\n", rule.level.label(), text(rule.title), hits.len())?;
        writeln!(out, "`{}`. {} {}\n", rule.id, text(rule.means), text(rule.why))?;
        writeln!(out, "Fix: {} Where: {}.\n", text(rule.fix), text(rule.with))?;
        let columns = ["Context", "Connection", "Type", "Side", "Tenant", "Found"];
        let several = report.several.is_some();
        write!(out, "{}", head(columns.get(usize::from(!several)..).unwrap_or_default()))?;
        for hit in hits {
            if several {
                write!(out, "| {} ", text(hit.place()))?;
            }
            row(hit, out)?;
        }
    }
    waivers(report, out)
}

/// The contexts that are missing, before anything looks complete.
fn failed(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if report.failed().is_empty() {
        return Ok(());
    }
    write!(out, "\n## Contexts not audited\n\n{}", head(&["Context", "Why"]))?;
    for it in report.failed() {
        writeln!(out, "| {} | {} |", text(&it.context), text(&it.error))?;
    }
    Ok(())
}

fn row(hit: &Hit, out: &mut dyn Write) -> io::Result<()> {
    let it = &hit.subject;
    let new = match hit.since {
        Some(Since::New | Since::NewRule) => "**new** ",
        Some(Since::Still) | None => "",
    };
    writeln!(
        out,
        "| {} | {} | {} | {} | {new}{} |",
        text(&it.name),
        it.kind_label(),
        it.side_label(),
        text(&it.tenant),
        text(&hit.detail)
    )
}

fn changes(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let Some(change) = &report.change else { return Ok(()) };
    let new = report.counting().filter(|hit| hit.since != Some(Since::Still)).count();
    let day = change.since.strftime("%Y-%m-%d %H:%MZ");
    writeln!(out, "\n## Since {day}\n")?;
    writeln!(out, "{new} new, {} fixed.\n", change.fixed.len())?;
    for known in &change.fixed {
        let (rule, name) = (text(&known.rule), text(&known.name));
        writeln!(out, "- fixed: {rule}, {name}: {}", text(&known.detail))?;
    }
    Ok(())
}

fn waivers(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if report.waivers.is_empty() {
        return Ok(());
    }
    let head = head(&["Rule", "Connection", "Reason", "Until", ""]);
    write!(out, "\n## Waivers\n\n{head}")?;
    for (waiver, holds) in &report.waivers {
        let state = match (waiver.is_expired(report.at), holds) {
            (true, _) => "expired".to_owned(),
            (false, 0) => "nothing to waive".to_owned(),
            (false, holds) => format!("holds {holds}"),
        };
        let (rule, until) = (waiver.rule.id, waiver.expires);
        let (connection, reason) = (text(&waiver.connection), text(&waiver.reason));
        writeln!(out, "| {rule} | {connection} | {reason} | {until} | {state} |")?;
    }
    Ok(())
}
