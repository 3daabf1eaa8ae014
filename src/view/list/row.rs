//! One row of the list. Few changes of style: every one of them is bytes on a slow line. C1, C3.

use std::ops::RangeInclusive;

use ratatui::layout::Rect;

use super::columns::Slot;
use crate::app::Model;
use crate::domain::Summary;
use crate::domain::query::Column;
use crate::text::fold;
use crate::view::canvas::Canvas;
use crate::view::say;
use crate::view::text::Shown;

/// What all rows share.
pub struct Look<'a> {
    model: &'a Model,
    needle: String,
    range: Option<RangeInclusive<usize>>,
}

impl<'a> Look<'a> {
    /// Looked up once per screen.
    pub fn new(model: &'a Model) -> Self {
        let needle = fold(model.list.search.value());
        Self { model, needle, range: model.list.range_span() }
    }
}

/// Draws a row at its position in what is shown.
pub fn draw(
    canvas: &mut Canvas<'_>,
    look: &Look<'_>,
    area: Rect,
    slots: &[Slot],
    (position, row): (usize, &Summary),
) {
    let theme = canvas.theme;
    let list = &look.model.list;
    let here = position == list.at;
    let marked = list.marks.contains(&row.id)
        || look.range.as_ref().is_some_and(|span| span.contains(&position));
    if here {
        canvas.text((area.x, area.y), 1, theme.signs.cursor, theme.plain);
    }
    if marked {
        canvas.text((area.x + 1, area.y), 1, theme.signs.mark, theme.mark);
    }
    for slot in slots {
        let at = (area.x + slot.x, area.y);
        match slot.column {
            Column::Name => name(canvas, look, at, slot.width, row, here),
            Column::Health => health(canvas, look, at, slot.width, row),
            Column::Type => {
                canvas.text(at, slot.width, row.kind.short().as_ref(), theme.plain);
            }
            Column::Side => {
                canvas.text(at, slot.width, row.side.label(), theme.plain);
            }
            Column::Tenant => {
                canvas.text(at, slot.width, &*row.tenant, theme.plain);
            }
            Column::Credentials => {
                canvas.text(at, slot.width, &*row.credentials, theme.plain);
            }
            Column::Modified => {
                let day = say::day_of_second(row.modified_at, &look.model.settings);
                canvas.text(at, slot.width, day, theme.plain);
            }
            Column::ModifiedBy => {
                canvas.text(at, slot.width, &*row.modified_by, theme.plain);
            }
        }
    }
}

/// The name: the cursor's row reversed, the match underlined.
fn name(
    canvas: &mut Canvas<'_>,
    look: &Look<'_>,
    (x, y): (u16, u16),
    width: u16,
    row: &Summary,
    here: bool,
) {
    let theme = canvas.theme;
    let style = if here { theme.cursor } else { theme.plain };
    let whole = Shown::from(&*row.name);
    let cut = whole.cut(usize::from(width), theme.signs.ellipsis);
    let end = canvas.text((x, y), width, cut.clone(), style);
    if look.needle.is_empty() {
        return;
    }
    // Whole and cut text begin alike; the ellipsis is no match.
    let kept = shared(whole.as_str(), cut.as_str());
    let columns = |to: usize| whole.as_str().get(..to).map_or(0, |it| Shown::composed(it).width());
    for range in whole.matches(&look.needle) {
        if range.start >= kept {
            break;
        }
        let from = x + u16::try_from(columns(range.start)).unwrap_or(width);
        let to = x + u16::try_from(columns(range.end.min(kept))).unwrap_or(width);
        let area = Rect::new(from, y, to.min(end).saturating_sub(from), 1);
        canvas.tint(area, theme.matched);
    }
}

/// Bytes that both begin with.
fn shared(a: &str, b: &str) -> usize {
    a.char_indices()
        .zip(b.chars())
        .find(|((_, x), y)| x != y)
        .map_or(a.len().min(b.len()), |it| it.0.0)
}

/// The worst finding as symbol and word. Never colour alone.
fn health(canvas: &mut Canvas<'_>, look: &Look<'_>, (x, y): (u16, u16), width: u16, row: &Summary) {
    let level = row.level(look.model.horizon());
    let worst = row.worst(look.model.horizon());
    let (sign, style) = canvas.theme.level(level);
    let word = worst.map_or(level.label(), |it| it.word());
    canvas.text((x, y), width, format!("{sign} {word}"), style);
}
