//! What a finding means, why, and how to fix it.

use ratatui::layout::Rect;

use super::{composed, key};
use crate::app::Action;
use crate::app::audit::facts;
use crate::app::geometry::{AUDIT_LABEL as LABEL, AUDIT_NAME};
use crate::audit::Hit;
use crate::view::canvas::Canvas;
use crate::view::line::{Line, wrapped};

/// Draws it beside the list or, when it is wider than high, under it, from its line `top` on.
pub fn draw(canvas: &mut Canvas<'_>, hit: &Hit, top: usize, area: Rect) {
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
        lines.extend(wrapped(&*hit.subject.name, theme.title, width).into_iter().take(AUDIT_NAME));
        let (sign, style) = theme.level(hit.rule.level);
        let word = theme.word(hit.rule.level);
        lines.push(Line::new(sign, style).add(format!(" {}", hit.rule.title), word));
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
    if beside {
        lines.pop();
    }
    let height = usize::from(inner.height);
    let over = lines.len() > height;
    // Under the list the rule tells that there is more, beside it the last row does.
    let room = if over && beside { height.saturating_sub(1) } else { height };
    let top = top.min(lines.len().saturating_sub(room));
    let end = (top + room).min(lines.len());
    canvas.lines(inner, lines.get(top..end).unwrap_or_default());
    if !over {
        return;
    }
    let below = lines.len() - end;
    let (sign, number, what, action) = match (below, top) {
        (1, _) => (theme.signs.down, 1, "more line", Action::ScrollDown),
        (2.., _) => (theme.signs.down, below, "more lines", Action::ScrollDown),
        (0, 1) => (theme.signs.up, 1, "line above", Action::ScrollUp),
        (0, _) => (theme.signs.up, top, "lines above", Action::ScrollUp),
    };
    let how = match key(canvas, action) {
        key if key.is_empty() => String::new(),
        key => format!(": {key}"),
    };
    let text = format!(" {sign} {number} {what}{how} ");
    let y = if beside { inner.bottom().saturating_sub(1) } else { area.y };
    canvas.right((area.x, y), area.width.saturating_sub(2), &text, theme.muted);
}
