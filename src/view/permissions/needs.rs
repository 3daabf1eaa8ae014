//! Every requirement as a row, the one under the cursor in full below. P4, P5.

use ratatui::layout::Rect;

use super::{details, result};
use crate::app::permissions::Screen;
use crate::permissions::Requirement;
use crate::view::canvas::Canvas;
use crate::view::line::{Line, hanging};
use crate::view::text::Shown;

/// A column: head, columns it takes at least and at most, what stands in it.
pub type Column<T> = (&'static str, usize, usize, fn(&T) -> String);

/// Name, type, API, condition, purpose: the first are given up last.
const COLUMNS: [Column<Requirement>; 5] = [
    ("Permission", 20, 34, |it| it.name().to_owned()),
    ("Type", 11, 14, |it| it.kind().to_owned()),
    ("API", 12, 26, |it| it.owner().to_owned()),
    ("Needed", 16, 46, |it| it.condition().to_string()),
    ("Purpose", 30, 90, |it| it.purpose().to_owned()),
];

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, screen: &Screen, area: Rect) {
    let needs = screen.needs();
    if needs.is_empty() {
        return nothing(canvas, screen, area);
    }
    let facts = details::lines(canvas, screen, area.width);
    let below = details::height(area, needs.len() + 1, facts.len());
    let height = usize::from(area.height - below);
    let widths = widths(&COLUMNS, usize::from(area.width));
    let heads = heads(canvas, &COLUMNS, &widths);
    canvas.line((area.x, area.y), area.width, &heads);
    canvas.tint(Rect { height: 1, ..area }, canvas.theme.head);
    let room = height.saturating_sub(1);
    let top = result::top(screen.at, needs.len(), room);
    let shown = needs.iter().enumerate().skip(top).take(room);
    let rows: Vec<Line> = shown
        .map(|(at, it)| {
            let (line, style) = result::at_row(canvas, screen, at);
            cells(canvas, line, style, &COLUMNS, &widths, it)
        })
        .collect();
    canvas.lines(Rect { y: area.y + 1, height: area.height - below - 1, ..area }, &rows);
    let pane = Rect { y: area.bottom() - below, height: below, ..area };
    details::draw(canvas, pane, &facts);
}

/// Nothing is needed of an app that is not the customer's own.
fn nothing(canvas: &mut Canvas<'_>, screen: &Screen, area: Rect) {
    let theme = canvas.theme;
    let width = usize::from(area.width.min(72));
    let sign = (theme.signs.good, theme.good);
    let mut lines = hanging(sign, "No permission has to be granted.", theme.plain, width);
    if let Some(why) = screen.scenario.method.no_manifest() {
        lines.extend(hanging((" ", theme.plain), why, theme.plain, width));
    }
    lines.extend(hanging((" ", theme.plain), "The checklist has the steps.", theme.muted, width));
    canvas.lines(area, &lines);
}

/// How wide each column is in `width` columns, the cursor's two left out; 0 where there is no
/// room for it.
pub fn widths<T>(columns: &[Column<T>], width: usize) -> Vec<usize> {
    let mut left = width.saturating_sub(2);
    let mut widths = Vec::with_capacity(columns.len());
    for (at, (_, least, _, _)) in columns.iter().enumerate() {
        let gap = if at > 0 { 2 } else { 0 };
        let earlier = widths.iter().all(|it| *it > 0);
        let taken = if earlier && left >= least + gap { *least } else { 0 };
        left -= if taken > 0 { taken + gap } else { 0 };
        widths.push(taken);
    }
    for (width, (_, _, most, _)) in widths.iter_mut().zip(columns).filter(|(it, _)| **it > 0) {
        let more = (most - *width).min(left);
        *width += more;
        left -= more;
    }
    widths
}

/// The row of heads.
pub fn heads<T>(canvas: &Canvas<'_>, columns: &[Column<T>], widths: &[usize]) -> Line {
    let theme = canvas.theme;
    let mut line = Line::new("  ", theme.plain);
    let mut end = 2;
    for ((head, ..), width) in columns.iter().zip(widths).filter(|(_, width)| **width > 0) {
        end += width + 2;
        line = line.add(*head, theme.plain).pad(end, theme.plain);
    }
    line
}

/// A row: what the columns hold, each cut to its room; the first in a style of its own.
pub fn cells<T>(
    canvas: &Canvas<'_>,
    mut line: Line,
    style: ratatui::style::Style,
    columns: &[Column<T>],
    widths: &[usize],
    it: &T,
) -> Line {
    let theme = canvas.theme;
    let mut end = line.width();
    for (at, ((_, _, _, cell), width)) in
        columns.iter().zip(widths).filter(|(_, width)| **width > 0).enumerate()
    {
        let text = cell(it);
        let cut = Shown::composed(&text).cut(*width, theme.signs.ellipsis).into_owned();
        line.push_shown(cut, if at == 0 { style } else { theme.plain });
        end += width + 2;
        line = line.pad(end, theme.plain);
    }
    line
}
