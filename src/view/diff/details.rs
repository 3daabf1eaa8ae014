//! The entry under the cursor: its fields side by side, or its candidates.

use crate::app::diff::Screen;
use crate::app::{Action, Context};
use crate::domain::compare::{Brief, Entry, Finding, Standing, Verdict};
use crate::text::Shown;
use crate::view::canvas::Canvas;
use crate::view::line::{Line, hanging};

/// Columns of the labels.
const LABEL: usize = 20;
/// Columns below which the sides stand under each other.
const NARROW: usize = 60;

/// The lines.
pub fn lines(canvas: &Canvas<'_>, screen: &Screen, width: usize) -> Vec<Line> {
    let Some(entry) = screen.current() else { return Vec::new() };
    let mut out = match entry.standing() {
        Standing::Differs => beside(canvas, entry, width),
        Standing::Ambiguous => ambiguous(canvas, entry, width),
        Standing::Same => same(canvas, entry, width),
        Standing::OnlyPlan | Standing::OnlyLive => only(canvas, entry, width),
    };
    let key = |action| canvas.keymap.hint(Context::Diff, action);
    let next = match entry.standing() {
        Standing::OnlyPlan => {
            format!("Create it in the portal: {} shows the runbook.", key(Action::Runbook))
        }
        Standing::OnlyLive => format!("{} copies it into the plan.", key(Action::CopyToPlan)),
        Standing::Differs => format!(
            "Change the plan ({} goes to it), or the portal with its runbook ({}).",
            key(Action::Activate),
            key(Action::Runbook)
        ),
        Standing::Ambiguous => "Rename all but one in the portal.".to_owned(),
        Standing::Same => return out,
    };
    let sign = (canvas.theme.signs.trail, canvas.theme.muted);
    out.extend(hanging(sign, next, canvas.theme.muted, width));
    out
}

/// Plan at the left, live at the right; under each other where that does not fit.
fn beside(canvas: &Canvas<'_>, entry: &Entry, width: usize) -> Vec<Line> {
    let theme = canvas.theme;
    let mut out = Vec::new();
    if width >= NARROW {
        let half = (width - LABEL) / 2;
        let head = Line::new("", theme.plain).pad(LABEL, theme.plain).add("Plan", theme.muted);
        out.push(head.pad(LABEL + half, theme.plain).add("Live", theme.muted));
    }
    for it in &entry.findings {
        out.extend(field(canvas, it, width));
    }
    out
}

fn field(canvas: &Canvas<'_>, it: &Finding, width: usize) -> Vec<Line> {
    let theme = canvas.theme;
    let label = it.field.label();
    match it.verdict {
        Verdict::Unknown(why) => {
            let text = format!("unknown: {}", why.text());
            hung(label, &text, LABEL.min(width / 2), width, canvas)
        }
        Verdict::Differs if width >= NARROW => {
            let half = (width - LABEL) / 2;
            let wrap = |text: &str, room: usize| Shown::from(or_none(text)).wrap(room - 2);
            let (plan, live) = (wrap(&it.plan, half), wrap(&it.live, half));
            let rows = plan.len().max(live.len()).min(4);
            (0..rows)
                .map(|at| {
                    let label = if at == 0 { label } else { "" };
                    let mut line = Line::new(label, theme.muted).pad(LABEL, theme.plain);
                    if let Some(part) = plan.get(at) {
                        line.push_shown(part.clone(), theme.plain);
                    }
                    let mut line = line.pad(LABEL + half, theme.plain);
                    if let Some(part) = live.get(at) {
                        line.push_shown(part.clone(), theme.warning);
                    }
                    line
                })
                .collect()
        }
        Verdict::Differs => {
            let mut out = vec![Line::new(label, theme.muted)];
            out.extend(hanging(("-", theme.muted), or_none(&it.plan), theme.plain, width));
            out.extend(hanging(("+", theme.muted), or_none(&it.live), theme.warning, width));
            out
        }
    }
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "(none)" } else { text }
}

/// A label with a sentence hanging beside it.
fn hung(label: &str, text: &str, lead: usize, width: usize, canvas: &Canvas<'_>) -> Vec<Line> {
    let theme = canvas.theme;
    let parts = Shown::from(text).wrap(width.saturating_sub(lead));
    parts
        .into_iter()
        .enumerate()
        .map(|(at, part)| {
            let label = if at == 0 { label } else { "" };
            let mut line = Line::new(label, theme.muted).pad(lead, theme.plain);
            line.push_shown(part, theme.plain);
            line
        })
        .collect()
}

fn same(canvas: &Canvas<'_>, entry: &Entry, width: usize) -> Vec<Line> {
    let sign = (canvas.theme.signs.good, canvas.theme.good);
    let mut out =
        hanging(sign, "The same, as far as the service reports.", canvas.theme.plain, width);
    for it in &entry.findings {
        out.extend(field(canvas, it, width));
    }
    out
}

fn only(canvas: &Canvas<'_>, entry: &Entry, width: usize) -> Vec<Line> {
    let rows = entry.plan.iter().chain(&entry.live);
    rows.flat_map(|it| {
        let kind = it.kind.label().to_string();
        let mut out = hung("Type", &kind, 10, width, canvas);
        out.extend(hung("Side", it.side.label(), 10, width, canvas));
        out.extend(hung("Tenant", or_none(&it.tenant), 10, width, canvas));
        out
    })
    .collect()
}

fn ambiguous(canvas: &Canvas<'_>, entry: &Entry, width: usize) -> Vec<Line> {
    let theme = canvas.theme;
    let text = "Fly takes the first of equal names, so a command may act on the wrong one.";
    let mut out = hanging((theme.signs.error, theme.error), text, theme.plain, width);
    for (place, row) in
        entry.plan.iter().map(|it| ("plan", it)).chain(entry.live.iter().map(|it| ("live", it)))
    {
        out.extend(hung(place, &candidate(row), 6, width, canvas));
    }
    out
}

fn candidate(row: &Brief) -> String {
    let id = row.live_id.as_deref().map(|it| format!(", id {it}")).unwrap_or_default();
    let tenant = or_none(&row.tenant);
    format!("{} ({}, {}, {tenant}{id})", row.name, row.kind.label(), row.side.label())
}
