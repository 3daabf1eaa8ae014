//! The counts above the tables.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::needs::words;
use crate::permissions::Requirement;
use crate::permissions::gap::{Counts, Report};
use crate::view::bar;
use crate::view::canvas::Canvas;
use crate::view::line::Line;

/// Rows below which the tables have no room for counts above them.
const LEAST: u16 = 12;
/// Columns of the bar.
const BAR: u16 = 20;

/// Draws how much is needed; gives the rest of the area.
pub fn needed(canvas: &mut Canvas<'_>, needs: &[Requirement], area: Rect) -> Rect {
    if area.height < LEAST {
        return area;
    }
    let permissions = needs.iter().filter(|it| it.permission().is_some()).count();
    let text = words(permissions, needs.len() - permissions);
    let line = Line::new("Needed  ", canvas.theme.muted).add(&text, canvas.theme.title);
    canvas.line((area.x, area.y), area.width, &line);
    Rect { y: area.y + 1, height: area.height - 1, ..area }
}

/// One count with its symbol and word.
type Part = (usize, &'static str, (&'static str, Style), Style);

fn parts(canvas: &Canvas<'_>, it: &Counts) -> [Part; 8] {
    let (theme, signs) = (canvas.theme, &canvas.theme.signs);
    let (bad, good) = ((signs.error, theme.error), (signs.good, theme.good));
    let other = (signs.advice, theme.advice);
    [
        (it.missing, "missing", bad, theme.error),
        (it.wrong_kind, "of the wrong kind", bad, theme.error),
        (it.not_consented, "not consented", bad, theme.error),
        (it.granted, "granted", good, theme.plain),
        (it.covered, "covered", good, theme.plain),
        (it.seen_in_token, "seen in a token", good, theme.plain),
        (it.declared, "declared", other, theme.plain),
        (it.not_verifiable, "not verifiable", other, theme.plain),
    ]
}

/// How many stand how, in as many lines as they take: `✗ 1 missing   ✓ 10 granted`, with a bar
/// behind them where there is room.
pub fn standings(canvas: &Canvas<'_>, report: &Report, width: usize) -> Vec<Line> {
    let theme = canvas.theme;
    let counts = report.counts();
    let mut lines = vec![Line::empty()];
    for (count, word, (sign, sign_style), style) in parts(canvas, &counts) {
        if count == 0 {
            continue;
        }
        let part = Line::new(sign, sign_style).add(format!(" {count} {word}"), style);
        let Some(last) = lines.last_mut() else { continue };
        if last.spans.is_empty() {
            *last = part;
        } else if last.width() + 3 + part.width() <= width {
            last.push("   ", theme.plain);
            last.spans.extend(part.spans);
        } else {
            lines.push(part);
        }
    }
    let shares = [
        counts.missing + counts.wrong_kind + counts.not_consented,
        0,
        counts.declared + counts.not_verifiable,
        counts.granted + counts.covered + counts.seen_in_token,
        0,
    ];
    let bar = bar::shares(theme, &shares, BAR);
    if let [line] = lines.as_mut_slice()
        && line.width() + 3 + bar.width() <= width
    {
        let used = width - bar.width();
        *line = std::mem::take(line).pad(used, theme.plain);
        line.spans.extend(bar.spans);
    }
    lines
}
