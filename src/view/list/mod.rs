//! The Connections screen. C1-C7.

mod columns;
mod details;
mod row;
mod states;
mod status;

use ratatui::layout::Rect;

use super::Hit;
use super::bar;
use super::canvas::Canvas;
use super::header;
use super::line::Line;
use crate::app::geometry::Pane;
use crate::app::{Model, geometry};
use crate::domain::Summary;
use crate::domain::health::Level;
use crate::domain::query::Column;
use crate::text::thousands;
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
        let (slots, preflight) = columns::divided(list.width, !model.preflights.is_empty());
        heads(canvas, model, list, &slots);
        if let Some(x) = preflight {
            let style = canvas.theme.head;
            canvas.text((list.x + x, list.y), columns::PREFLIGHT, "Pre-flight", style);
        }
        rows(canvas, model, list, (&slots, preflight));
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
    if let Some(Pane::Beside(columns)) = geometry::list_pane(model.size) {
        let list = Rect { width: body.width.saturating_sub(columns), ..body };
        return (list, Some(Rect { x: list.right(), width: columns, ..body }));
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

/// Columns of the bar of health in the title.
const BAR: u16 = 20;

fn title(canvas: &mut Canvas<'_>, model: &Model) {
    let (area, theme) = (canvas.area(), canvas.theme);
    let narrow = area.width < header::NARROW;
    let badges = header::badges(canvas, model, narrow);
    let own = if narrow && !badges.spans.is_empty() { "" } else { "jetbridge" };
    let demo = usize::from(model.settings.demo) * " DEMO ".len();
    let place = if narrow { 0 } else { "  Connections".len() };
    let least = own.len() + 1 + badges.width() + demo;
    let room = usize::from(area.width).saturating_sub(least + 4);
    let figures = fitting(figures(canvas, model, !badges.spans.is_empty()), room, place);
    let busy = model.list.loading.is_some() || model.busy().is_some();
    if busy {
        // The spinner has its own columns, so that nothing moves when it stops.
        let sign = theme.spinner(model.spin);
        canvas.right((area.x, area.y), area.width, sign, theme.plain);
    }
    let wide = u16::try_from(figures.width()).unwrap_or(area.width);
    let at = area.right().saturating_sub(2 + wide);
    canvas.line((at, area.y), wide, &figures);
    let end = area.right().saturating_sub(wide + 4);
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
    if usize::from(end.saturating_sub(x + 2)) >= "Connections".len() {
        x = put(canvas, x + 2, "Connections", theme.title);
    }
    if badges.spans.is_empty() && usize::from(end.saturating_sub(x + 2)) >= model.place_name().len()
    {
        put(canvas, x + 2, model.place_name(), theme.muted);
    }
}

/// The first of these lines that has room beside the name of the place, else the first that has room
/// without it, else the last.
fn fitting(lines: Vec<Line>, room: usize, place: usize) -> Line {
    let fits = |room: usize| lines.iter().find(|it| it.width() <= room && !it.spans.is_empty());
    let found = fits(room.saturating_sub(place)).or_else(|| fits(room)).or(lines.last());
    found.cloned().unwrap_or_default()
}

/// How many are shown and how those are, or how far reading has come, the longest first. Where there
/// is a badge, where one is counts more than how many there are.
fn figures(canvas: &Canvas<'_>, model: &Model, badged: bool) -> Vec<Line> {
    let theme = canvas.theme;
    let list = &model.list;
    let or_none = |line: Line| if badged { vec![line, Line::empty()] } else { vec![line] };
    if let Some(doing) = model.busy().filter(|_| list.loading.is_none()) {
        return or_none(Line::new(doing, theme.plain));
    }
    let behind = list.loaded && list.as_of.is_some();
    let far = gauge(canvas, model);
    if !list.loaded || (list.loading.is_some() && !behind) {
        let text = Line::new(figure(model), theme.plain);
        let mut lines = or_none(text.clone());
        if !far.spans.is_empty() {
            let mut whole = text.add(" ", theme.plain);
            whole.spans.extend(far.spans);
            lines.insert(0, whole);
        }
        return lines;
    }
    let count = Line::new(figure(model), theme.plain);
    let age = model.rows_age().map(|it| format!("as of {it}"));
    let aged = |line: &Line| match &age {
        Some(age) => line.clone().add("  ", theme.plain).add(age, theme.muted),
        None => line.clone(),
    };
    let levels = |all: bool| {
        let mut line = Line::empty();
        for level in bar::ORDER {
            let many = list.level_shown(level);
            if many > 0 && (all || level >= Level::Warning) {
                let (sign, style) = theme.level(level);
                line = line.add("  ", theme.plain).add(sign, style);
                line.push(format!(" {}", thousands(many)), theme.plain);
            }
        }
        line
    };
    let joined = |a: &Line, b: Line| {
        let mut line = a.clone();
        line.spans.extend(b.spans);
        line
    };
    let counts = bar::ORDER.map(|it| list.level_shown(it));
    let mut shares = Line::new("  ", theme.plain);
    shares.spans.extend(bar::shares(theme, &counts, BAR).spans);
    let (full, worst) = (joined(&count, levels(true)), joined(&count, levels(false)));
    let mut out = vec![joined(&full, shares), full, worst, count.clone()];
    if !far.spans.is_empty() {
        // How far it is comes before anything that may be left out.
        let counted = joined(&count.add(" ", theme.plain), far);
        out.insert(0, joined(&counted, levels(true)));
    }
    let mut out: Vec<Line> = out.iter().map(aged).collect();
    out.extend(age.map(|it| Line::new(it, theme.muted)));
    if badged {
        out.push(Line::empty());
    }
    out
}

/// Columns of the gauge while a list is read.
const GAUGE: u16 = 10;

/// How much of the list has come while it is read; empty where that is not known.
fn gauge(canvas: &Canvas<'_>, model: &Model) -> Line {
    let (theme, list) = (canvas.theme, &model.list);
    let own = || Some((list.incoming.as_ref().map_or(list.rows.len(), |it| it.len()), list.total?));
    let reported = list.reading.as_ref().map(|it| (it.have, it.total));
    let far = match reported {
        _ if list.loading.is_none() => None,
        Some((have, total)) => total.map(|total| (have, total)),
        None if list.loaded && list.as_of.is_some() => None,
        None => own(),
    };
    let number = |it: usize| u64::try_from(it).unwrap_or(u64::MAX);
    far.filter(|(_, total)| *total > 0).map_or_else(Line::empty, |(have, total)| {
        bar::gauge(theme, (number(have), number(total)), GAUGE, theme.gauge, true)
    })
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
    match list.is_narrowed() {
        true => format!("{} of {}", thousands(list.shown.len()), thousands(all)),
        false => thousands(all),
    }
}

/// Column heads on one underlined row, with the arrow of the order. C6.
fn heads(canvas: &mut Canvas<'_>, model: &Model, area: Rect, slots: &[Slot]) {
    let (theme, sort) = (canvas.theme, model.list.sort);
    let arrow = if sort.descending { theme.signs.down } else { theme.signs.up };
    canvas.tint(Rect { height: 1, ..area }, theme.head);
    for slot in slots {
        let at = (area.x + slot.x, area.y);
        let sorted = slot.column == sort.column;
        let style = if sorted { theme.sorted() } else { theme.head };
        // Days stand at the right of theirs.
        let label = match slot.column {
            Column::ModifiedBy => "Modified by",
            other => other.label(),
        };
        let before = match slot.column {
            Column::Expires => {
                columns::DAYS.saturating_sub(u16::try_from(label.len()).unwrap_or(0))
            }
            _ => 0,
        };
        let end = canvas.text((at.0 + before, at.1), slot.width, label, style);
        if sorted {
            let room = end + 1 < at.0 + slot.width + 1;
            canvas.text((end + u16::from(room), area.y), 1, arrow, style);
        }
        let hit = Rect::new(at.0, area.y, slot.width, 1);
        canvas.hit(hit, Hit::Head(slot.column));
    }
}

fn rows(canvas: &mut Canvas<'_>, model: &Model, area: Rect, slots: (&[Slot], Option<u16>)) {
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

/// Whether a column is shown in the list of this width.
fn shows(slots: &[Slot], column: Column) -> bool {
    slots.iter().any(|it| it.column == column)
}
