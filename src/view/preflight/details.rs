//! What is known of the check under the cursor: what it proves, what was seen, what to do.

use super::sign;
use crate::app::preflight::{Check, Checked};
use crate::view::canvas::Canvas;
use crate::view::line::{Line, wrapped};

/// Columns of the labels.
const LABEL: usize = 8;
/// Widest text, so that it can be read.
const WIDEST: usize = 92;

/// Its lines.
pub fn lines(canvas: &Canvas<'_>, of: &Checked, check: &Check, width: usize) -> Vec<Line> {
    let theme = canvas.theme;
    let width = width.saturating_sub(LABEL).min(WIDEST);
    let (symbol, style) = sign(canvas, check.level());
    let head = Line::new(symbol, style).add(" ", theme.plain).add(check.id, theme.title);
    let mut out = vec![head.add("  ", theme.plain).add(of.name.as_str(), theme.muted)];
    let found = check.found.as_ref();
    let fix = found.map_or("", |it| it.fix.as_str());
    let facts = [
        ("Fix", fix, theme.title),
        ("Seen", found.map_or("", |it| it.text.as_str()), theme.plain),
        ("Proves", check.proves, theme.muted),
    ];
    for (label, text, style) in facts {
        if text.is_empty() {
            continue;
        }
        for (at, part) in wrapped(text, style, width).into_iter().enumerate() {
            let label = if at == 0 { label } else { "" };
            let mut line = Line::new(label, theme.muted).pad(LABEL, theme.plain);
            line.spans.extend(part.spans);
            out.push(line);
        }
    }
    out
}
