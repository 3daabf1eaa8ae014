//! The Connections screen. C1-C7.

mod columns;
mod details;
mod live;
mod row;
mod states;
mod status;

use ratatui::layout::Rect;

use super::Hit;
use super::canvas::Canvas;
use super::header;
use super::line::Line;
use crate::app::{Model, geometry};
use crate::domain::Summary;
use crate::domain::query::Column;
use crate::text::{Shown, counted, thousands};
use columns::Slot;

/// Rows above the list: title, status, column heads.
const ABOVE: u16 = 3;
/// Rows below it: notice and footer.
const BELOW: u16 = 2;

/// Draws the list and what belongs to it.
pub fn draw(canvas: &mut Canvas<'_>, model: &Model) {
    let area = canvas.area();
    title(canvas, model);
    status::draw(canvas, model, Rect::new(area.x, area.y + 1, area.width, 1));
    let body = Rect::new(area.x, area.y + ABOVE - 1, area.width, area.height - ABOVE - BELOW + 1);
    let (list, pane) = split(model, body);
    if model.list.shown.is_empty() {
        states::draw(canvas, model, list);
    } else {
        let slots = columns::slots(list.width);
        heads(canvas, model, list, &slots);
        rows(canvas, model, list, &slots);
    }
    if let Some(pane) = pane {
        details::draw(canvas, model, pane);
    }
}

/// Divides the rows between list and details as [`geometry`] does.
fn split(model: &Model, body: Rect) -> (Rect, Option<Rect>) {
    if !model.list.details {
        return (body, None);
    }
    if body.width >= geometry::WIDE {
        let pane = (body.width * 2 / 5).min(56);
        let list = Rect { width: body.width - pane, ..body };
        return (list, Some(Rect { x: list.right(), width: pane, ..body }));
    }
    // The heads are above the rows that geometry counts.
    let height = u16::try_from(geometry::list_rows(model)).unwrap_or(u16::MAX).saturating_add(1);
    let list = Rect { height: height.min(body.height), ..body };
    let left = body.height - list.height;
    let pane = (left > 0).then_some(Rect { y: list.bottom(), height: left, ..body });
    (list, pane)
}

/// Everything that is known of a live connection.
pub fn whole(canvas: &Canvas<'_>, model: &Model, row: &Summary, width: usize) -> Vec<Line> {
    details::whole(canvas, model, row, width)
}

fn title(canvas: &mut Canvas<'_>, model: &Model) {
    let (area, theme) = (canvas.area(), canvas.theme);
    let narrow = area.width < header::NARROW;
    let badges = header::badges(canvas, model, narrow);
    let own = if narrow && !badges.spans.is_empty() { "" } else { "jetbridge" };
    let least = own.len() + 1 + badges.width();
    let room = usize::from(area.width).saturating_sub(least + 4);
    let mut figures = figures(model);
    if !badges.spans.is_empty() {
        // Where one is counts more than how many there are.
        figures.push(String::new());
    }
    let figures = fitting(figures, room);
    let busy = model.list.loading.is_some() || model.busy().is_some();
    let mut reserved = u16::try_from(Shown::from(figures.as_str()).width()).unwrap_or(0);
    if busy {
        // The spinner has its own columns, so that nothing moves when it stops.
        let sign = theme.spinner(model.spin);
        canvas.right((area.x, area.y), area.width, sign, theme.plain);
    }
    canvas.right((area.x, area.y), area.width.saturating_sub(2), &figures, theme.plain);
    reserved += 4;
    let end = area.right().saturating_sub(reserved);
    let put = |canvas: &mut Canvas<'_>, x: u16, text: &str, style| {
        canvas.text((x, area.y), end.saturating_sub(x), text, style)
    };
    let mut x = put(canvas, area.x, own, theme.title);
    if model.settings.demo {
        x = put(canvas, x + 1, " DEMO ", theme.badge);
    }
    if !badges.spans.is_empty() {
        x += u16::from(!own.is_empty());
        x = canvas.line((x, area.y), end.saturating_sub(x), &badges);
    }
    if badges.spans.is_empty() {
        x = put(canvas, x + 2, "Connections", theme.plain);
        put(canvas, x + 2, model.place_name(), theme.muted);
    } else if usize::from(end.saturating_sub(x + 2)) >= "Connections".len() {
        put(canvas, x + 2, "Connections", theme.plain);
    }
}

/// The first of these texts that has room, else the last.
fn fitting(texts: Vec<String>, room: usize) -> String {
    let last = texts.last().cloned().unwrap_or_default();
    texts.into_iter().find(|it| Shown::from(it.as_str()).width() <= room).unwrap_or(last)
}

/// How many there are, or how far reading has come, the longest way of saying it first.
fn figures(model: &Model) -> Vec<String> {
    if let Some(doing) = model.busy().filter(|_| model.list.loading.is_none()) {
        return vec![doing.to_owned()];
    }
    let count = figure(model);
    match model.rows_age().filter(|_| model.list.loaded) {
        None => vec![count],
        Some(age) => {
            let short = count.split(' ').next().unwrap_or_default();
            let short = format!("{short}, as of {age}");
            vec![format!("{count}, as of {age}"), short, format!("as of {age}")]
        }
    }
}

fn figure(model: &Model) -> String {
    let list = &model.list;
    let all = list.rows.len();
    let read = list.incoming.as_ref().map_or(all, |it| it.len());
    let behind = list.loaded && list.as_of.is_some();
    if list.loading.is_some() && !behind {
        let (read, total) =
            list.reading.as_ref().map_or((read, list.total), |it| (it.have, it.total));
        return match total {
            Some(total) => format!("Reading {} of {}", thousands(read), thousands(total)),
            None => format!("Reading {}", thousands(read)),
        };
    }
    if !list.loaded {
        let total = list.reading.as_ref().and_then(|it| it.total);
        return match total.filter(|_| all > 0) {
            Some(total) => format!("incomplete, {} of {}", thousands(all), thousands(total)),
            None if all > 0 => format!("incomplete, {}", thousands(all)),
            None => String::new(),
        };
    }
    if list.filter.is_empty() && list.search.is_empty() {
        counted(all, "connection")
    } else {
        format!("{} of {}", thousands(list.shown.len()), thousands(all))
    }
}

/// Column heads on one underlined row, with the arrow of the order. C6.
fn heads(canvas: &mut Canvas<'_>, model: &Model, area: Rect, slots: &[Slot]) {
    let (theme, sort) = (canvas.theme, model.list.sort);
    let arrow = if sort.descending { theme.signs.down } else { theme.signs.up };
    for slot in slots {
        let at = (area.x + slot.x, area.y);
        let end = canvas.text(at, slot.width, slot.column.label(), theme.plain);
        if slot.column == sort.column {
            canvas.text((end + 1, area.y), 1, arrow, theme.plain);
        }
        let hit = Rect::new(at.0, area.y, slot.width, 1);
        canvas.hit(hit, Hit::Head(slot.column));
    }
    canvas.tint(Rect { height: 1, ..area }, theme.head);
}

fn rows(canvas: &mut Canvas<'_>, model: &Model, area: Rect, slots: &[Slot]) {
    let list = &model.list;
    let height = usize::from(area.height.saturating_sub(1));
    // The core keeps the cursor in view; a model that does not is still drawn around it.
    let top = geometry::scroll(list.top.min(list.shown.len()), list.at, height.max(1));
    let look = row::Look::new(model);
    for (y, position) in (area.y + 1..area.bottom()).zip(top..list.shown.len()) {
        let Some(row) = list.shown.get(position).and_then(|index| list.rows.get(*index)) else {
            continue;
        };
        row::draw(canvas, &look, Rect { y, height: 1, ..area }, slots, (position, row));
        canvas.hit(Rect::new(area.x, y, area.width, 1), Hit::Row(position));
    }
}

/// Whether a column is told in the list of this width.
fn tells(slots: &[Slot], column: Column) -> bool {
    slots.iter().any(|it| it.column == column)
}
