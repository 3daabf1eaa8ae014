//! A field as a block of lines: label, value, what is wrong with it.

use ratatui::layout::Rect;

use super::{Sheet, value};
use crate::form::{Field, Kind, Need};
use crate::text::Shown;
use crate::view::canvas::Canvas;
use crate::view::line::{Line, hanging, wrapped};

/// Columns before the label: the sign of the focus.
const LEAD: u16 = 2;
/// Widest label column.
const LABEL_MAX: usize = 32;
/// Below this width labels stand above their values.
const STACKED: u16 = 60;
/// Widest value column: longer lines are hard to read.
const VALUE_MAX: u16 = 76;

/// A field ready to be drawn.
pub struct Block {
    label: Vec<Line>,
    value: Vec<Line>,
    /// Cursor in the value: line and column.
    cursor: Option<(usize, usize)>,
    /// Columns of the label; 0 when it stands above.
    beside: u16,
    /// Line of the value that takes text.
    input: bool,
}

/// Whether lists of options are drawn whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Options {
    /// Every option on a line of its own.
    All,
    /// Only the focused field's.
    Focused,
    /// None: of the focused field the chosen option between arrows.
    Inline,
}

/// The blocks of the present step. Lists of options shrink when the step would not fit; that of the
/// focused field only when it would not fit alone.
pub fn blocks(canvas: &Canvas<'_>, sheet: Sheet<'_>, width: u16, room: usize) -> Vec<Block> {
    let all = build(canvas, sheet, width, Options::All);
    if height(&all) <= room {
        return all;
    }
    let focused = build(canvas, sheet, width, Options::Focused);
    let fits = focused.get(sheet.wizard.field).is_none_or(|it| it.height() <= room);
    if fits { focused } else { build(canvas, sheet, width, Options::Inline) }
}

/// Rows that the blocks take without blank rows between.
pub fn height(blocks: &[Block]) -> usize {
    blocks.iter().map(Block::height).sum()
}

fn build(canvas: &Canvas<'_>, sheet: Sheet<'_>, width: u16, options: Options) -> Vec<Block> {
    let fields = sheet.fields();
    let widest = fields.iter().map(|it| label_text(it).chars().count()).max().unwrap_or(0);
    let beside =
        if width < STACKED { 0 } else { u16::try_from(widest.min(LABEL_MAX)).unwrap_or(0) };
    fields
        .iter()
        .enumerate()
        .map(|(at, field)| {
            let focused = at == sheet.wizard.field;
            let whole = match options {
                Options::All => true,
                Options::Focused => focused,
                Options::Inline => false,
            };
            block(canvas, sheet, field, (width, beside), (focused, whole))
        })
        .collect()
}

fn label_text(field: &Field) -> String {
    match field.need {
        Need::Required(_) => format!("{} *", field.label),
        Need::Optional => field.label.to_owned(),
    }
}

fn block(
    canvas: &Canvas<'_>,
    sheet: Sheet<'_>,
    field: &'static Field,
    (width, beside): (u16, u16),
    (focused, whole): (bool, bool),
) -> Block {
    let theme = canvas.theme;
    let style = if focused { theme.focus } else { theme.plain };
    let label_width = if beside > 0 { beside } else { width.saturating_sub(LEAD) };
    let label = wrapped(label_text(field), style, usize::from(label_width));
    let room = usize::from(value_width(width, beside));
    let mut shown = value::lines(canvas, sheet, field, (focused, whole), room);
    if let Some(error) = sheet.wizard.errors.get(field.key) {
        let text = Shown::composed(error);
        shown.lines.extend(hanging((theme.signs.error, theme.error), text, theme.error, room));
    }
    let input =
        focused && matches!(field.kind, Kind::Text { .. } | Kind::Secret { .. } | Kind::Day);
    Block { label, value: shown.lines, cursor: shown.cursor, beside, input }
}

fn value_width(width: u16, beside: u16) -> u16 {
    let lead = if beside > 0 { LEAD + beside + 2 } else { LEAD + 2 };
    width.saturating_sub(lead).min(VALUE_MAX)
}

impl Block {
    /// Rows it takes.
    pub fn height(&self) -> usize {
        if self.beside > 0 {
            self.label.len().max(self.value.len())
        } else {
            self.label.len() + self.value.len()
        }
    }

    /// Draws it without its first `skip` rows.
    pub fn draw(&self, canvas: &mut Canvas<'_>, area: Rect, skip: usize, focused: bool) {
        let theme = canvas.theme;
        let label_x = area.x + LEAD;
        let (value_x, value_from) = if self.beside > 0 {
            (label_x + self.beside + 2, 0)
        } else {
            (label_x + 2, self.label.len())
        };
        let width = value_width(area.width, self.beside);
        for (at, y) in (skip..self.height()).zip(area.y..area.bottom()) {
            if focused && at == 0 {
                canvas.text((area.x, y), 1, theme.signs.cursor, theme.focus);
            }
            if let Some(line) = self.label.get(at) {
                canvas.line((label_x, y), area.right().saturating_sub(label_x), line);
            }
            let Some(index) = at.checked_sub(value_from) else { continue };
            if let Some(line) = self.value.get(index) {
                canvas.line((value_x, y), width, line);
            }
            if self.input && index == 0 {
                canvas.tint(Rect::new(value_x, y, width, 1), theme.input);
            }
            if let Some((line, column)) = self.cursor
                && line == index
            {
                let column = u16::try_from(column).unwrap_or(0).min(width.saturating_sub(1));
                canvas.cursor(value_x + column, y);
            }
        }
    }
}
