//! The details pane: everything the row tells, what was found and what to do about it. C6.

use ratatui::layout::Rect;

use super::live::{self, Extent};
use crate::app::{Action, Context, Model};
use crate::domain::health::Level;
use crate::domain::token::Left;
use crate::domain::{Summary, Timestamp};
use crate::form;
use crate::text::Shown;
use crate::view::canvas::Canvas;
use crate::view::line::{Line, hanging, wrapped};
use crate::view::say::{self, UNKNOWN};

/// Columns of the labels.
const LABEL: usize = 13;

/// Draws it beside the list or, when it is wider than high, under it.
pub fn draw(canvas: &mut Canvas<'_>, model: &Model, area: Rect) {
    let beside = area.x > 0;
    let inner = if beside {
        canvas.bar((area.x, area.y), area.height);
        Rect { x: area.x + 2, width: area.width.saturating_sub(3), ..area }
    } else {
        canvas.rule((area.x, area.y), area.width);
        Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area }
    };
    let width = usize::from(inner.width);
    let lines = match model.list.current() {
        None => vec![Line::new("Nothing under the cursor.", canvas.theme.muted)],
        Some(row) if beside => {
            let mut lines = name(canvas, row, width);
            lines.push(Line::empty());
            lines.extend(facts(canvas, model, row, width));
            if model.is_live() {
                lines.extend(live::missing(canvas, model, row, width));
                lines.push(Line::empty());
                lines.extend(live::usage(canvas, model, row, (width, Extent::Pane)));
            }
            lines.push(Line::empty());
            lines.extend(findings(canvas, model, row, width));
            lines
        }
        Some(row) => short(canvas, model, row, width),
    };
    let keys = keys(canvas, model);
    let room = usize::from(inner.height).saturating_sub(1);
    let shown = lines.get(..lines.len().min(room)).unwrap_or_default();
    canvas.lines(inner, shown);
    canvas.line((inner.x, inner.bottom().saturating_sub(1)), inner.width, &keys);
}

/// Everything that is known of a live connection, for the details over the list.
pub fn whole(canvas: &Canvas<'_>, model: &Model, row: &Summary, width: usize) -> Vec<Line> {
    let mut lines = wrapped(&*row.name, canvas.theme.title, width);
    lines.extend(facts(canvas, model, row, width));
    lines.extend(live::missing(canvas, model, row, width));
    lines.push(Line::empty());
    lines.extend(live::usage(canvas, model, row, (width, Extent::Whole)));
    lines.push(Line::empty());
    lines.extend(findings(canvas, model, row, width));
    lines
}

fn name(canvas: &Canvas<'_>, row: &Summary, width: usize) -> Vec<Line> {
    let mut lines = wrapped(&*row.name, canvas.theme.title, width);
    // A name of any length must not push everything else away.
    lines.truncate(4);
    lines
}

fn fact(canvas: &Canvas<'_>, label: &str, value: &str, width: usize) -> Vec<Line> {
    let theme = canvas.theme;
    let mut lines = Vec::new();
    for (at, part) in Shown::from(value).wrap(width.saturating_sub(LABEL)).into_iter().enumerate() {
        let label = if at == 0 { label } else { "" };
        let mut line = Line::new(label, theme.muted).pad(LABEL, theme.plain);
        line.push_shown(part, theme.plain);
        lines.push(line);
    }
    lines.truncate(3);
    lines
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { UNKNOWN } else { text }
}

fn modified(model: &Model, row: &Summary) -> String {
    let when = say::minute_of_second(row.modified_at, &model.settings);
    if row.modified_by.is_empty() { when } else { format!("{when} by {}", row.modified_by) }
}

fn expiry(model: &Model, row: &Summary) -> Option<String> {
    let at = Timestamp::from_second(row.expires_at?).ok()?;
    let left = say::days_left(Left::of(model.now, at));
    Some(format!("{}, {left}", say::day(at, &model.settings)))
}

fn facts(canvas: &Canvas<'_>, model: &Model, row: &Summary, width: usize) -> Vec<Line> {
    let all = |pairs: Vec<(&str, String)>| {
        pairs.iter().flat_map(|(label, value)| fact(canvas, label, value, width)).collect()
    };
    if model.is_live() {
        return all(live::facts(model, row));
    }
    let mut kind = row.kind.label().to_string();
    if !form::has_form(row.kind) {
        kind.push_str(" (listed, no form)");
    }
    let mut pairs = vec![
        ("Type", kind),
        ("Side", row.side.label().to_owned()),
        ("Tenant", or_none(&row.tenant).to_owned()),
        ("Credentials", or_none(&row.credentials).to_owned()),
        ("Modified", modified(model, row)),
    ];
    if let Some(expiry) = expiry(model, row) {
        pairs.push(("Expires", expiry));
    }
    pairs.push(("Revision", row.revision.to_string()));
    pairs.push(("Id", row.id.to_string()));
    all(pairs)
}

fn findings(canvas: &Canvas<'_>, model: &Model, row: &Summary, width: usize) -> Vec<Line> {
    let theme = canvas.theme;
    let mut lines = Vec::new();
    for finding in row.findings_at(model.horizon()).iter() {
        let (sign, style) = theme.level(finding.level());
        let head =
            Line::new(sign, style).add(format!(" {}", finding.word()), theme.word(finding.level()));
        lines.push(head.add(format!("  {}", finding.level().label()), theme.muted));
        lines.extend(hanging((" ", theme.plain), finding.advice(), theme.plain, width));
    }
    if lines.is_empty() && row.findings.is_checked() {
        let sign = (theme.signs.good, theme.good);
        lines = hanging(sign, "No problems found.", theme.plain, width);
    } else if lines.is_empty() {
        let text = "Not checked: only what the list reports is known.";
        lines = hanging(theme.level(Level::Unchecked), text, theme.plain, width);
    }
    lines
}

/// The same for few rows and many columns.
fn short(canvas: &Canvas<'_>, model: &Model, row: &Summary, width: usize) -> Vec<Line> {
    let theme = canvas.theme;
    let dot = format!(" {} ", theme.signs.dot);
    let join = |parts: &[&str]| {
        parts.iter().copied().filter(|it| !it.is_empty()).collect::<Vec<_>>().join(&dot)
    };
    let mut lines = name(canvas, row, width);
    lines.truncate(1);
    let kind = row.kind.label().to_string();
    let first = join(&[&kind, row.side.label(), or_none(&row.tenant), &row.credentials]);
    lines.push(Line::new(&first, theme.plain));
    if model.is_live() {
        let changed = format!("modified {}", modified(model, row));
        lines.push(Line::new(&changed, theme.muted));
        lines.extend(live::usage(canvas, model, row, (width, Extent::Pane)));
        return lines;
    }
    let revision = format!("revision {}", row.revision);
    let expires = expiry(model, row).map(|it| format!("expires {it}")).unwrap_or_default();
    let changed = format!("modified {}", modified(model, row));
    lines.push(Line::new(join(&[&changed, &revision, &expires]), theme.muted));
    lines.push(Line::new(row.id.to_string(), theme.muted));
    lines.extend(findings(canvas, model, row, width));
    lines
}

fn keys(canvas: &Canvas<'_>, model: &Model) -> Line {
    let can = &model.capabilities;
    let open = if model.is_live() { "all of it" } else { "open" };
    let mut pairs = vec![(Action::Open, open)];
    if can.history {
        pairs.push((Action::History, "history"));
    }
    pairs.push((Action::CopyMenu, "copy"));
    if can.write {
        pairs.push((Action::Clone, "clone"));
    }
    pairs.push((Action::Details, "close"));
    say::keys(canvas, Context::List, &pairs)
}
