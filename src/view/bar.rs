//! Bars: shares of a whole beside each other, and how much of a whole there is. The figures always
//! stand beside a bar: nothing is said by it alone.

use ratatui::style::Style;

use super::line::Line;
use super::theme::Theme;
use crate::domain::health::Level;
use crate::domain::token::Left;

/// The parts of a bar of health, left to right.
pub const ORDER: [Level; 5] =
    [Level::Error, Level::Warning, Level::Advice, Level::Good, Level::Unchecked];

/// How many rows have each level, in the order of [`ORDER`].
pub type Counts = [usize; 5];

/// The levels of many as shares of a bar. Every part that is not empty has a cell at least, the rest
/// is shared by largest remainder; empty where there are more parts than cells.
pub fn shares(theme: &Theme, counts: &Counts, width: u16) -> Line {
    let fine = theme.has_colour() && theme.signs.eighths.len() > 1;
    let unit = if fine { 8 } else { 1 };
    let parts = split(counts, usize::from(width), unit);
    let mut line = Line::empty();
    if parts.iter().all(|it| *it == 0) {
        return line;
    }
    if !fine {
        for ((level, size), sign) in ORDER.iter().zip(parts).zip(theme.signs.parts) {
            if size > 0 {
                let style = if theme.has_colour() { theme.part(*level) } else { theme.plain };
                line.push(sign.repeat(size), style);
            }
        }
        return line;
    }
    // Where each part ends, in eighths of a cell; what was not checked has no ground of its own.
    let mut ends = Vec::with_capacity(ORDER.len());
    let mut end = 0;
    for (level, size) in ORDER.iter().zip(parts).filter(|it| it.1 > 0) {
        end += size;
        ends.push((*level, end));
    }
    for cell in 0..usize::from(width) {
        let (from, to) = (cell * 8, cell * 8 + 8);
        let Some(at) = ends.iter().position(|(_, end)| *end > from) else { break };
        let Some((level, end)) = ends.get(at).copied() else { break };
        let style = theme.part(level);
        let next = ends.get(at + 1).map(|it| it.0).filter(|_| end < to);
        match next {
            None if level == Level::Unchecked => line.push(theme.signs.blank, theme.gauge_empty),
            None => line.push(full(theme), style),
            Some(next) => {
                let ground = theme.part(next).fg.filter(|_| next != Level::Unchecked);
                let style = ground.map_or(style, |it| style.bg(it));
                line.push(eighth(theme, end - from), style);
            }
        }
    }
    line
}

/// How much of a whole there is: at least an eighth of a cell when there is any, and never full
/// before it is complete. The part that is missing is drawn where `whole`.
pub fn gauge(
    theme: &Theme,
    (done, total): (u64, u64),
    width: u16,
    style: Style,
    whole: bool,
) -> Line {
    let unit = theme.signs.eighths.len();
    let cells = usize::from(width);
    let room = u64::try_from(cells * unit).unwrap_or(0);
    let done = done.min(total);
    let scaled = room.saturating_mul(done).checked_div(total).unwrap_or(0);
    let most = if done == total { room } else { room.saturating_sub(1) };
    let filled = usize::try_from(scaled.max(u64::from(done > 0)).min(most)).unwrap_or(0);
    let mut line = Line::empty();
    let (full_cells, rest) = (filled / unit, filled % unit);
    if full_cells > 0 {
        line.push(full(theme).repeat(full_cells), style);
    }
    if rest > 0 {
        line.push(eighth(theme, rest), style);
    }
    let left = cells - full_cells - usize::from(rest > 0);
    if whole && left > 0 {
        line.push(theme.signs.blank.repeat(left), theme.gauge_empty);
    }
    line
}

/// A count as a line of half cells: at least a half, and all of it for the largest.
pub fn count(theme: &Theme, number: usize, most: usize, width: u16) -> String {
    let room = usize::from(width) * 2;
    let scaled =
        room.saturating_mul(number).saturating_add(most / 2).checked_div(most).unwrap_or(0);
    let halves = scaled.max(usize::from(number > 0)).min(room);
    let mut line = theme.signs.line.repeat(halves / 2);
    if halves % 2 == 1 {
        line.push_str(theme.signs.half);
    }
    line
}

/// Days that fill the gauge of an expiry.
const HALF_YEAR: u64 = 180;

/// How much is left of half a year; empty when nothing is.
pub fn until(theme: &Theme, left: Left, warning: i64, width: u16, whole: bool) -> Line {
    let days = match left {
        Left::Expired(_) => 0,
        Left::Days(days) => u64::try_from(days).unwrap_or(0),
    };
    let style = if left.is_soon(warning) { theme.gauge_warning } else { theme.gauge };
    gauge(theme, (days, HALF_YEAR), width, style, whole)
}

fn full(theme: &Theme) -> &'static str {
    theme.signs.eighths.last().copied().unwrap_or("#")
}

fn eighth(theme: &Theme, count: usize) -> &'static str {
    theme.signs.eighths.get(count.saturating_sub(1)).copied().unwrap_or_else(|| full(theme))
}

/// The parts in units of a cell: one whole cell each, then by largest remainder.
fn split(counts: &Counts, width: usize, unit: usize) -> Counts {
    let parts = counts.iter().filter(|it| **it > 0).count();
    let total: usize = counts.iter().sum();
    if parts == 0 || parts > width {
        return [0; 5];
    }
    let free = (width - parts) * unit;
    let mut out = [0; 5];
    let mut rest: Vec<(usize, usize)> = Vec::new();
    for (at, (size, count)) in out.iter_mut().zip(counts).enumerate() {
        if *count > 0 {
            let wide = count.saturating_mul(free);
            *size = unit + wide / total;
            rest.push((wide % total, at));
        }
    }
    let missing = width * unit - out.iter().sum::<usize>();
    rest.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    for (_, at) in rest.into_iter().take(missing) {
        if let Some(size) = out.get_mut(at) {
            *size += 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::theme::{Name, Options};

    fn text(line: &Line) -> String {
        line.spans.iter().map(|it| it.text.as_str()).collect()
    }

    #[test]
    fn every_part_is_seen_and_the_bar_is_as_wide_as_it_should() {
        let themes = [
            Theme::default(),
            Theme::new(Options { colour: true, ascii: true, ..Options::default() }),
            Theme::new(Options { name: Name::Mono, ..Options::default() }),
        ];
        let counts: [Counts; 6] = [
            [7, 5, 6, 13, 9],
            [1, 1, 1, 1_000_000, 1],
            [0, 0, 0, 5, 0],
            [0, 0, 0, 0, 3],
            [40, 0, 0, 0, 0],
            [1, 0, 0, 0, 99_999],
        ];
        for theme in &themes {
            for counts in &counts {
                let parts = counts.iter().filter(|it| **it > 0).count();
                for width in 1..60 {
                    let line = shares(theme, counts, width);
                    let expected = if parts > usize::from(width) { 0 } else { usize::from(width) };
                    assert_eq!(line.width(), expected, "{counts:?} {width}");
                    let sizes = split(counts, usize::from(width), 8);
                    let seen = sizes.iter().zip(counts).all(|(size, it)| (*size > 0) == (*it > 0));
                    assert!(seen || expected == 0, "{counts:?} {width}");
                }
            }
        }
        assert_eq!(shares(&themes[0], &[0; 5], 10), Line::empty());
        assert_eq!(text(&shares(&themes[1], &[2, 2, 2, 2, 2], 10)), "##!!ii==..");
    }

    #[test]
    fn a_gauge_is_full_only_when_it_is_complete() {
        let theme = Theme::default();
        let of = |done, total, width| text(&gauge(&theme, (done, total), width, theme.gauge, true));
        assert_eq!(of(0, 100, 4), "░░░░");
        assert_eq!(of(1, 1_000_000, 4), "▏░░░");
        assert_eq!(of(50, 100, 4), "██░░");
        assert_eq!(of(999_999, 1_000_000, 4), "███▉");
        assert_eq!(of(100, 100, 4), "████");
        assert_eq!(of(200, 100, 4), "████");
        assert_eq!(of(0, 0, 4), "░░░░");
        let ascii = Theme::new(Options { ascii: true, ..Options::default() });
        assert_eq!(text(&gauge(&ascii, (99, 100), 4, ascii.gauge, true)), "###.");
        assert_eq!(text(&gauge(&theme, (9, 180), 5, theme.gauge, false)), "▎");
    }
    #[test]
    fn a_count_is_seen_and_only_the_largest_fills_its_line() {
        let theme = Theme::default();
        for (number, most, line) in [
            (0, 8, ""),
            (1, 1_000_000, "╸"),
            (4, 8, "━━"),
            (5, 8, "━━╸"),
            (8, 8, "━━━━"),
            (0, 0, ""),
            (9, 8, "━━━━"),
        ] {
            assert_eq!(count(&theme, number, most, 4), line, "{number} of {most}");
        }
        let ascii = Theme::new(Options { ascii: true, ..Options::default() });
        assert_eq!(count(&ascii, 5, 8, 4), "==-");
    }
}
