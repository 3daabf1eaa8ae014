//! What a finding means, why, and how to mend it.

use ratatui::layout::Rect;

use super::composed;
use crate::app::audit::facts;
use crate::audit::Hit;
use crate::view::canvas::Canvas;
use crate::view::line::{Line, wrapped};

/// Columns of the labels.
const LABEL: usize = 8;

/// Draws it beside the list or, when it is wider than high, under it.
pub fn draw(canvas: &mut Canvas<'_>, hit: &Hit, area: Rect) {
    let beside = area.x > 0;
    let inner = if beside {
        canvas.bar((area.x, area.y), area.height);
        Rect { x: area.x + 2, width: area.width.saturating_sub(3), ..area }
    } else {
        canvas.rule((area.x, area.y), area.width);
        Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area }
    };
    let theme = canvas.theme;
    let width = usize::from(inner.width);
    let mut lines = Vec::new();
    if beside {
        // A name of any length must not push everything else away.
        lines.extend(wrapped(&*hit.subject.name, theme.title, width).into_iter().take(3));
        let (sign, style) = theme.level(hit.rule.level);
        lines.push(Line::new(format!("{sign} {}", hit.rule.title), style));
        lines.push(Line::empty());
    }
    for (label, text) in facts(hit) {
        let parts = composed(&text).wrap(width.saturating_sub(LABEL));
        for (at, part) in parts.into_iter().enumerate() {
            let label = if at == 0 { label } else { "" };
            let mut line = Line::new(label, theme.muted).pad(LABEL, theme.plain);
            line.push_shown(part, theme.plain);
            lines.push(line);
        }
        if beside {
            lines.push(Line::empty());
        }
    }
    let shown = lines.get(..lines.len().min(usize::from(inner.height))).unwrap_or_default();
    canvas.lines(inner, shown);
    let hidden = lines.len() - shown.len();
    if hidden > 0 && !beside {
        let text = format!(" {} {hidden} more lines ", theme.signs.down);
        canvas.right((area.x, area.y), area.width.saturating_sub(2), &text, theme.muted);
    }
}
