//! Every requirement as a row, the one under the cursor in full below. P4, P5.

use ratatui::layout::Rect;

use super::{details, result};
use crate::app::permissions::Screen;
use crate::permissions::Requirement;
use crate::text::Shown;
use crate::view::canvas::Canvas;
use crate::view::line::{Line, hanging};

/// A column: head, columns it takes at least and at most, what stands in it.
pub type Column<T> = (&'static str, usize, usize, fn(&T) -> String);

/// Name, type, API, condition, purpose: the first are given up last.
const COLUMNS: [Column<Requirement>; 5] = [
    ("Permission", 22, 34, |it| it.name().to_owned()),
    ("Type", 14, 14, |it| it.kind().to_owned()),
    ("API", 20, 28, |it| it.owner().to_owned()),
    ("Needed", 20, 46, |it| it.condition().to_string()),
    ("Purpose", 40, 90, |it| it.purpose().to_owned()),
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
            cells(canvas, (line, style, 0), &COLUMNS, &widths, it)
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

/// Width from which a column does not need more before the next one is shown.
const USEFUL: usize = 30;

/// How wide each column is in `width` columns, the cursor's two left out; 0 where there is no
/// room for it. The first two are shown as soon as they fit; others when those before them have a
/// useful width.
pub fn widths<T>(columns: &[Column<T>], width: usize) -> Vec<usize> {
    let room = width.saturating_sub(2);
    let mut widths = vec![0; columns.len()];
    let (mut least_before, mut useful_before) = (0, 0);
    for (at, (slot, (_, least, most, _))) in widths.iter_mut().zip(columns).enumerate() {
        let before = if at > 1 { useful_before } else { least_before };
        if before + least > room {
            break;
        }
        *slot = *least;
        least_before += least + 2;
        useful_before += most.min(&USEFUL) + 2;
    }
    let shown = widths.iter().filter(|it| **it > 0).count();
    let gaps = shown.saturating_sub(1) * 2;
    let mut left = room.saturating_sub(widths.iter().sum::<usize>() + gaps);
    for (width, (_, _, most, _)) in widths.iter_mut().zip(columns).filter(|(it, _)| **it > 0) {
        let more = (most - *width).min(left);
        *width += more;
        left -= more;
    }
    widths
}

/// The row of heads.
pub fn heads<T>(canvas: &Canvas<'_>, columns: &[Column<T>], widths: &[usize]) -> Line {
    let plain = canvas.theme.plain;
    let mut line = Line::new("  ", plain);
    let mut start = 2;
    for ((head, ..), width) in columns.iter().zip(widths).filter(|(_, width)| **width > 0) {
        line = line.pad(start, plain).add(*head, plain);
        start += width + 2;
    }
    line
}

/// A row: what the columns hold, each cut to its room; the named one in a style of its own.
pub fn cells<T>(
    canvas: &Canvas<'_>,
    (mut line, style, named): (Line, ratatui::style::Style, usize),
    columns: &[Column<T>],
    widths: &[usize],
    it: &T,
) -> Line {
    let theme = canvas.theme;
    let mut start = line.width();
    let shown = columns.iter().zip(widths).filter(|(_, width)| **width > 0);
    for (at, ((_, _, _, cell), width)) in shown.enumerate() {
        let text = cell(it);
        let cut = Shown::composed(&text).cut(*width, theme.signs.ellipsis).into_owned();
        line = line.pad(start, theme.plain);
        line.push_shown(cut, if at == named { style } else { theme.plain });
        start += width + 2;
    }
    line
}
