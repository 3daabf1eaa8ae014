//! What a finding means, why, and how to fix it.

use ratatui::layout::Rect;

use super::composed;
use crate::app::Context;
use crate::app::audit::facts;
use crate::app::geometry::{AUDIT_LABEL as LABEL, AUDIT_NAME};
use crate::audit::Hit;
use crate::view::canvas::Canvas;
use crate::view::line::{Line, wrapped};
use crate::view::pane;

/// Draws it beside the list or, when it is wider than high, under it, from its line `top` on.
pub fn draw(canvas: &mut Canvas<'_>, hit: &Hit, top: usize, area: Rect) {
    let beside = area.x > 0;
    let width = pane::inner(area).width.into();
    let theme = canvas.theme;
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
    pane::scrolled(canvas, Context::Audit, area, &lines, top);
}
