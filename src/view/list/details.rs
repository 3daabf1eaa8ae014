//! The details of the row under the cursor, in a pane or a dialog. C6.

use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::details::{Extent, NAME_ROWS, Row, Section, Tone, VALUE_ROWS, sections};
use crate::app::{Context, Model};
use crate::domain::health::Level;
use crate::domain::token::Left;
use crate::domain::{Summary, Timestamp};
use crate::text::Shown;
use crate::view::canvas::Canvas;
use crate::view::line::{Line, hanging, wrapped};
use crate::view::{bar, pane, say};

/// Columns of the gauge of an expiry.
const GAUGE: u16 = 12;

/// Draws the pane beside the list or, when it is wider than high, under it.
pub fn draw(canvas: &mut Canvas<'_>, model: &Model, area: Rect) {
    let width = usize::from(pane::inner(area).width);
    let lines = match model.list.current() {
        None => vec![Line::new("No connection is selected.", canvas.theme.muted)],
        Some(row) => {
            let mut lines = wrapped(&*row.name, canvas.theme.title, width);
            lines.truncate(NAME_ROWS);
            let all = sections(model, row, Extent::Pane);
            lines.extend(drawn(canvas, model, &all, (width, area.x > 0)));
            lines
        }
    };
    pane::scrolled(canvas, Context::List, area, &lines, model.list.details_top);
}

/// Everything that is known of a connection, for the dialog.
pub fn whole(canvas: &Canvas<'_>, model: &Model, row: &Summary, width: usize) -> Vec<Line> {
    let mut lines = wrapped(&*row.name, canvas.theme.title, width);
    lines.extend(drawn(canvas, model, &sections(model, row, Extent::Whole), (width, true)));
    lines
}

/// The sections below each other, with blank lines between them where it is `airy`.
fn drawn(
    canvas: &Canvas<'_>,
    model: &Model,
    sections: &[Section],
    (width, airy): (usize, bool),
) -> Vec<Line> {
    let theme = canvas.theme;
    let mut lines = Vec::new();
    for (at, section) in sections.iter().enumerate() {
        if airy && at > 0 {
            lines.push(Line::empty());
        }
        if !section.title.is_empty() {
            let head = Line::new(section.title, theme.title).add(" ", theme.plain);
            let rest = width.saturating_sub(head.width());
            lines.push(head.add(theme.signs.horizontal.repeat(rest), theme.border));
        }
        let label = section.label(width);
        for row in &section.rows {
            match row {
                Row::Fact(name, value) => lines.extend(fact(canvas, name, value, (label, width))),
                Row::Expiry(at) => lines.push(expiry(canvas, model, *at, (label, width))),
                Row::Finding(it) => {
                    let (sign, style) = theme.level(it.level);
                    let word = format!(" {}", it.word);
                    lines.push(Line::new(sign, style).add(word, theme.word(it.level)));
                    lines.extend(hanging((" ", theme.plain), it.advice(), theme.plain, width));
                }
                Row::Text(tone, text) => lines.extend(said(canvas, *tone, text, width)),
                Row::Item(text) => {
                    let text = Shown::from(text.as_str());
                    let cut = text.cut(width.saturating_sub(2), theme.signs.ellipsis);
                    lines.push(Line::new("  ", theme.plain).add(cut, theme.plain));
                }
                Row::Change { at, action, by } => {
                    let by = Shown::from(by.as_str());
                    let head = Line::new(say::minute(*at, &model.settings), theme.muted)
                        .add(format!("  {action}  "), theme.plain);
                    let room = width.saturating_sub(head.width());
                    lines.push(head.add(by.cut(room, theme.signs.ellipsis), theme.muted));
                }
            }
        }
    }
    lines
}

fn fact(canvas: &Canvas<'_>, name: &str, value: &str, (label, width): (usize, usize)) -> Vec<Line> {
    let theme = canvas.theme;
    let names = Shown::from(name).wrap(label.saturating_sub(2));
    let mut values = Shown::from(value).wrap(width.saturating_sub(label));
    values.truncate(VALUE_ROWS);
    let rows = names.len().max(values.len());
    let (mut names, mut values) = (names.into_iter(), values.into_iter());
    (0..rows)
        .map(|_| {
            let mut line = Line::empty();
            if let Some(name) = names.next() {
                line.push_shown(name, theme.muted);
            }
            let mut line = line.pad(label, theme.plain);
            if let Some(value) = values.next() {
                line.push_shown(value, theme.plain);
            }
            line
        })
        .collect()
}

/// The day, how long until then, and a gauge of it where there is room.
fn expiry(
    canvas: &Canvas<'_>,
    model: &Model,
    at: Timestamp,
    (label, width): (usize, usize),
) -> Line {
    let theme = canvas.theme;
    let left = Left::of(model.now, at);
    let text = format!("{} ({})", say::days_left(left), say::day(at, &model.settings));
    let style = match left {
        Left::Expired(_) => theme.error,
        Left::Days(_) if left.is_soon(model.settings.warning_days) => theme.warning,
        Left::Days(_) => theme.plain,
    };
    let line = Line::new("Expires", theme.muted).pad(label, theme.plain).add(&text, style);
    if line.width() + 2 + usize::from(GAUGE) > width {
        return line;
    }
    let mut line = line.add("  ", theme.plain);
    line.spans.extend(bar::until(theme, left, model.settings.warning_days, GAUGE, true).spans);
    line
}

fn said(canvas: &Canvas<'_>, tone: Tone, text: &str, width: usize) -> Vec<Line> {
    let theme = canvas.theme;
    let (sign, style): ((&str, Style), Style) = match tone {
        Tone::Plain => return wrapped(Shown::composed(text), theme.plain, width),
        Tone::Muted => return wrapped(Shown::composed(text), theme.muted, width),
        Tone::Failed => ((theme.signs.error, theme.error), theme.plain),
        Tone::Warns => (theme.level(Level::Warning), theme.plain),
        Tone::Good => ((theme.signs.good, theme.good), theme.plain),
        Tone::Unchecked => (theme.level(Level::Unchecked), theme.muted),
    };
    hanging(sign, Shown::composed(text), style, width)
}
