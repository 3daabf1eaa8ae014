//! One row of the list. Few changes of style: every one of them is bytes on a slow line. C1, C3.

use std::ops::RangeInclusive;

use ratatui::layout::Rect;

use super::columns::{DAYS, PREFLIGHT, Slot};
use crate::app::Model;
use crate::domain::Summary;
use crate::domain::query::Column;
use crate::domain::token::Left;
use crate::form::judge;
use crate::text::Shown;
use crate::text::fold;
use crate::view::bar;
use crate::view::canvas::Canvas;
use crate::view::say;

/// The unit of days in a narrow column.
const DAY: &str = "d";

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
    (slots, preflight): (&[Slot], Option<u16>),
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
    // Quietly: that others changed it, until somebody is on it.
    let fresh = list.fresh.contains(&row.id);
    if fresh {
        canvas.text((area.x + 2, area.y), 1, theme.signs.dot, theme.focus);
    }
    let stamp = if fresh { theme.plain } else { theme.muted };
    let mut sign = None;
    for slot in slots {
        let at = (area.x + slot.x, area.y);
        match slot.column {
            Column::Name => name(canvas, look, at, slot.width, row, here),
            Column::Health => {
                health(canvas, look, at, slot.width, row);
                sign = Some(at.0);
            }
            Column::Expires => expiry(canvas, look, at, slot.width, row),
            Column::Type => {
                canvas.text(at, slot.width, row.kind.short().as_ref(), theme.muted);
            }
            Column::Side => {
                canvas.text(at, slot.width, row.side.short(), theme.muted);
            }
            Column::Tenant => {
                canvas.text(at, slot.width, &*row.tenant, theme.muted);
            }
            Column::Credentials => {
                canvas.text(at, slot.width, &*row.credentials, theme.muted);
            }
            Column::Modified => {
                let day = say::day_of_second(row.modified_at, &look.model.settings);
                canvas.text(at, slot.width, day, stamp);
            }
            Column::ModifiedBy => {
                canvas.text(at, slot.width, user(&row.modified_by, slot.width), stamp);
            }
        }
    }
    if let Some(x) = preflight {
        last_preflight(canvas, look, (area.x + x, area.y), row);
    }
    if here {
        canvas.select(area, sign);
    }
}

/// A user where there is room; else the part before the domain.
fn user(name: &str, width: u16) -> &str {
    let fits = |it: &str| Shown::from(it).width() <= usize::from(width);
    // A claimed name, and in parentheses the account.
    let name = name.split_once(" (").filter(|_| !fits(name)).map_or(name, |it| it.0);
    let short = name.split_once('@').map_or(name, |it| it.0);
    if fits(name) { name } else { short }
}

/// Days until the earliest expiry, and a gauge of half a year where there is room.
fn expiry(canvas: &mut Canvas<'_>, look: &Look<'_>, (x, y): (u16, u16), width: u16, row: &Summary) {
    let theme = canvas.theme;
    let Some(at) = say::moment(row.expires_at) else { return };
    let (now, warning) = (look.model.now, look.model.settings.warning_days);
    let left = Left::of(now, at);
    let (days, style) = match left {
        Left::Expired(ago) => (-ago, theme.error),
        Left::Days(days) if left.is_soon(warning) => (days, theme.warning),
        Left::Days(days) => (days, theme.muted),
    };
    canvas.right((x, y), DAYS.min(width), format!("{days} {DAY}"), style);
    let Some(room) = width.checked_sub(DAYS + 1).filter(|it| *it > 0 && days > 0) else { return };
    let gauge = bar::until(theme, left, warning, room, false);
    canvas.line((x + DAYS + 1, y), room, &gauge);
}

/// What the last pre-flight came to, how old it is, and whether it is outdated.
fn last_preflight(canvas: &mut Canvas<'_>, look: &Look<'_>, (x, y): (u16, u16), row: &Summary) {
    let (theme, model) = (canvas.theme, look.model);
    let Some(kept) = model.preflights.get(&row.id) else { return };
    let outdated = kept.outdated(row.revision, model.now, model.settings.preflight_days);
    let (sign, style) = theme.level(kept.level());
    let style = if outdated.is_some() { theme.muted } else { style };
    canvas.text((x, y), 1, sign, style);
    let tail = if outdated.is_some() { " old" } else { "" };
    let text = format!("{}{tail}", kept.age(model.now));
    canvas.text((x + 2, y), PREFLIGHT - 2, text, theme.muted);
}

/// The name: bold under the cursor, the match underlined.
fn name(
    canvas: &mut Canvas<'_>,
    look: &Look<'_>,
    (x, y): (u16, u16),
    width: u16,
    row: &Summary,
    here: bool,
) {
    let theme = canvas.theme;
    let style = if here { theme.title } else { theme.plain };
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
    let theme = canvas.theme;
    let findings = row.findings_at(look.model.horizon());
    let (level, worst) = (findings.level(), judge::worst(findings));
    let (sign, style) = theme.level(level);
    canvas.text((x, y), width, sign, style);
    let word = worst.map_or(level.text(), |it| it.word);
    canvas.text((x + 2, y), width.saturating_sub(2), word, theme.word(level));
}
