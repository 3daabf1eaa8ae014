//! A comparison as Markdown for a ticket and as CSV for a spreadsheet. E4: no cell can act on a
//! terminal, break its table or be taken for a formula.

use super::{Brief, Entry, Finding, NOT_REPORTED, Report, Standing, Verdict};
use crate::domain::Second;
use crate::text::csv::line;
use crate::text::markdown as md;

/// The comparison as Markdown: what differs first, what is the same as a count only.
pub fn markdown(report: &Report) -> String {
    let mut out =
        format!("# {} compared with {}\n\n", md::text(&report.plan), md::text(&report.live));
    out.push_str(&format!("{}.\n\n", report.summary()));
    if let Some(at) = report.as_of {
        out.push_str(&format!("The live list is of {}.\n\n", at.strftime("%Y-%m-%d %H:%MZ")));
    }
    if let Some(why) = &report.stale {
        out.push_str(&format!("It was not refreshed: {}\n\n", md::text(why)));
    }
    for remark in &report.remarks {
        out.push_str(&format!("{}\n\n", md::text(remark)));
    }
    for standing in Standing::ALL.into_iter().filter(|it| *it != Standing::Same) {
        let entries: Vec<&Entry> =
            report.entries.iter().filter(|it| it.standing() == standing).collect();
        if entries.is_empty() {
            continue;
        }
        out.push_str(&format!("## {} ({})\n\n", standing.label(), entries.len()));
        match standing {
            Standing::Differs => differing(&mut out, &entries),
            Standing::Ambiguous => ambiguous(&mut out, &entries),
            Standing::OnlyPlan | Standing::OnlyLive | Standing::Same => rows(&mut out, &entries),
        }
        out.push('\n');
    }
    out.push_str(&format!(
        "Not compared, because the live service does not report it: {}.\n",
        NOT_REPORTED.join("; ")
    ));
    out
}

fn differing(out: &mut String, entries: &[&Entry]) {
    out.push_str(&md::head(&["Name", "Field", "Plan", "Live", ""]));
    for entry in entries {
        for it in &entry.findings {
            out.push_str(&md::row([
                entry.name(),
                it.field.label(),
                &it.plan,
                &it.live,
                remark(it),
            ]));
        }
    }
}

fn remark(finding: &Finding) -> &'static str {
    match finding.verdict {
        Verdict::Differs => "differs",
        Verdict::Unknown(why) => why.text(),
    }
}

fn ambiguous(out: &mut String, entries: &[&Entry]) {
    out.push_str("Fly takes the first of equal names: rename all but one.\n\n");
    out.push_str(&md::head(&["Name", "Where", "Type", "Side", "Tenant", "Id"]));
    for entry in entries {
        let sides = [("plan", &entry.plan), ("live", &entry.live)];
        for (place, row) in
            sides.iter().flat_map(|(place, all)| all.iter().map(move |it| (place, it)))
        {
            let kind = row.kind.label().to_string();
            out.push_str(&md::row([
                &*row.name,
                place,
                &kind,
                row.side.label(),
                &row.tenant,
                &id(row),
            ]));
        }
    }
}

fn rows(out: &mut String, entries: &[&Entry]) {
    out.push_str(&md::head(&["Name", "Type", "Side", "Tenant", "Modified", "By"]));
    for row in entries.iter().filter_map(|it| it.plan.first().or(it.live.first())) {
        let kind = row.kind.label().to_string();
        let modified = row.modified_at.map_or_else(|| "unknown".to_owned(), day);
        out.push_str(&md::row([
            &*row.name,
            &kind,
            row.side.label(),
            &row.tenant,
            &modified,
            &row.modified_by,
        ]));
    }
}

/// Its id in Fly where it is known, else the id that the list knows it by.
fn id(row: &Brief) -> String {
    row.live_id.as_deref().map_or_else(|| row.id.to_string(), str::to_owned)
}

fn day(second: Second) -> String {
    let at = second.timestamp().unwrap_or_default();
    at.strftime("%Y-%m-%d").to_string()
}

/// The comparison as CSV: a line per finding, and one for each name that has none.
pub fn csv(report: &Report) -> String {
    let mut out = String::from("name,standing,type,field,verdict,plan,live\n");
    for entry in &report.entries {
        let standing = entry.standing().slug();
        let kind = entry.kind().slug();
        let head = [entry.name(), standing, &kind];
        for it in &entry.findings {
            let verdict = match it.verdict {
                Verdict::Differs => "differs",
                Verdict::Unknown(why) => why.slug(),
            };
            out.push_str(&line(head.into_iter().chain([
                it.field.slug(),
                verdict,
                &it.plan,
                &it.live,
            ])));
        }
        if entry.findings.is_empty() {
            let of = |rows: &[Brief]| {
                rows.iter().map(|it| it.tenant.as_ref()).collect::<Vec<_>>().join("; ")
            };
            out.push_str(&line(head.into_iter().chain([
                "",
                "",
                &of(&entry.plan),
                &of(&entry.live),
            ])));
        }
    }
    out
}
