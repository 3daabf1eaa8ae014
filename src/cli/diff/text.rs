//! A comparison in lines like those of diff.

use crate::domain::compare::{Brief, Entry, Finding, Report, Standing, Verdict};
use crate::text::shown;

/// Columns of a field's label.
const LABEL: usize = 20;

/// The lines; none when everything is the same.
pub fn lines(report: &Report) -> Vec<String> {
    let mut out = Vec::new();
    let differing = report.entries.iter().filter(|it| it.standing() != Standing::Same);
    for entry in differing {
        if out.is_empty() {
            out.push(format!("--- {} (plan)", shown(&report.plan)));
            out.push(format!("+++ {} (live)", shown(&report.live)));
        }
        of_entry(&mut out, entry);
    }
    out
}

fn of_entry(out: &mut Vec<String>, entry: &Entry) {
    let standing = entry.standing();
    let sign = standing.sign();
    let rows = || entry.plan.iter().chain(&entry.live);
    match standing {
        Standing::OnlyPlan | Standing::OnlyLive | Standing::Same => {
            out.extend(rows().map(|it| format!("{sign} {}", row(it))));
        }
        Standing::Differs => {
            out.push(format!("{sign} {}  ({})", shown(entry.name()), entry.kind().label()));
            entry.findings.iter().for_each(|it| of_finding(out, it));
        }
        Standing::Ambiguous => {
            out.push(format!("{sign} {}  ({})", shown(entry.name()), entry.words()));
            out.extend(entry.plan.iter().map(|it| format!("    - {}", row(it))));
            out.extend(entry.live.iter().map(|it| format!("    + {}{}", row(it), id(it))));
            entry.findings.iter().for_each(|it| of_finding(out, it));
        }
    }
}

/// Name, type, side and tenant.
fn row(row: &Brief) -> String {
    let mut text = format!("{}  ({}", shown(&row.name), row.kind.label());
    for part in [row.side.label(), &row.tenant] {
        if !part.is_empty() {
            text.push_str(", ");
            text.push_str(&shown(part));
        }
    }
    text.push(')');
    text
}

fn id(row: &Brief) -> String {
    row.live_id.as_ref().map(|it| format!("  id {}", shown(it))).unwrap_or_default()
}

fn of_finding(out: &mut Vec<String>, it: &Finding) {
    let label = it.field.label().to_lowercase();
    let or_none = |text: &str| match text {
        "" => "(none)".to_owned(),
        text => shown(text).into_owned(),
    };
    match it.verdict {
        Verdict::Differs => {
            out.push(format!("    {label:LABEL$}- {}", or_none(&it.plan)));
            out.push(format!("    {:LABEL$}+ {}", "", or_none(&it.live)));
        }
        Verdict::Unknown(why) => {
            out.push(format!("    {label:LABEL$}? unknown: {}", why.text()));
        }
    }
}
