//! What stands in place of findings: nothing yet, failed, nothing found, no match.

use ratatui::layout::Rect;

use super::{Screen, composed, key};
use crate::app::{Action, Model};
use crate::text::counted;
use crate::view::canvas::Canvas;
use crate::view::line::{Line, hanging, wrapped};

/// Draws the state that applies.
pub fn draw(canvas: &mut Canvas<'_>, model: &Model, screen: &Screen, area: Rect) {
    let margin = if area.width >= 60 { 3 } else { 1 };
    let inner = Rect {
        x: area.x + margin,
        y: area.y + 1,
        width: area.width.saturating_sub(margin * 2),
        height: area.height.saturating_sub(1),
    };
    let width = usize::from(inner.width.min(72));
    let lines = match (&screen.report, &screen.error) {
        (_, Some(error)) => failed(canvas, &error.to_string(), &error.hint(), width),
        (None, None) => vec![Line::new("Auditing…", canvas.theme.muted)],
        (Some(_), None) if screen.is_narrowed() => no_match(canvas),
        (Some(_), None) if model.list.rows.is_empty() => {
            wrapped("There are no connections to audit yet.", canvas.theme.plain, width)
        }
        (Some(report), None) => {
            let theme = canvas.theme;
            let text = format!(
                "Nothing found: {} passed {}.",
                counted(report.audited, "connection"),
                counted(report.rules.len(), "rule")
            );
            hanging((theme.signs.good, theme.good), &text, theme.plain, width)
        }
    };
    canvas.lines(inner, &lines);
}

fn key_line(canvas: &Canvas<'_>, action: Action, does: &str) -> Option<Line> {
    let key = key(canvas, action);
    (!key.is_empty()).then(|| {
        Line::new(&key, canvas.theme.key).pad(9, canvas.theme.plain).add(does, canvas.theme.plain)
    })
}

fn failed(canvas: &Canvas<'_>, what: &str, hint: &str, width: usize) -> Vec<Line> {
    let theme = canvas.theme;
    let text = format!("The audit failed: {what}.");
    let mut lines = hanging((theme.signs.error, theme.error), composed(&text), theme.plain, width);
    if !hint.is_empty() {
        lines.extend(wrapped(composed(hint), theme.plain, width));
    }
    lines.push(Line::empty());
    lines.extend(key_line(canvas, Action::Refresh, "try again"));
    lines.extend(key_line(canvas, Action::Back, "close"));
    lines
}

fn no_match(canvas: &Canvas<'_>) -> Vec<Line> {
    let mut lines = vec![Line::new("No finding matches.", canvas.theme.title), Line::empty()];
    lines.extend(key_line(canvas, Action::ClearFilter, "clear search and level"));
    lines.extend(key_line(canvas, Action::Search, "change the search"));
    lines.extend(key_line(canvas, Action::Filter, "show another level"));
    lines
}
