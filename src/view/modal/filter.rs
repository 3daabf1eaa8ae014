//! The filter panel: sections beside each other where there is room, each value with the number of
//! rows that have it as a figure and a line. C2.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::dialog;
use crate::app::facets::{Facet, FilterPanel, Section};
use crate::app::{Action, Context, Model};
use crate::text::{Shown, thousands};
use crate::view::bar;
use crate::view::canvas::Canvas;
use crate::view::line::Line;
use crate::view::say;

/// Columns between two columns of sections.
const GAP: usize = 3;
/// Columns of the line of a count.
const COUNT: u16 = 8;
/// Columns before a value: cursor, box, symbol.
const LEAD: usize = 8;
/// Columns of a figure with the blanks around it.
const FIGURE: usize = 6;
/// Least columns of a column that gives room to another.
const LEAST: usize = 32;
/// Rows from which the list stays visible above the panel.
const ROOMY: u16 = 30;
/// Rows of the screen above the panel where there is room: title, status, heads and some rows.
const ABOVE: u16 = 8;

use Section as S;

/// Which sections stand below each other, column by column; always in the order of the keys.
const fn columns(width: usize) -> &'static [&'static [Section]] {
    match width {
        102.. => &[&[S::Type], &[S::Health, S::Side], &[S::Tenant]],
        66.. => &[&[S::Type, S::Health], &[S::Side, S::Tenant]],
        _ => &[&[S::Type, S::Health, S::Side, S::Tenant]],
    }
}

/// A row of a column.
enum Row {
    Blank,
    Head(Section),
    Value(usize),
}

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, model: &Model, panel: &FilterPanel, area: Rect) {
    let theme = canvas.theme;
    let width = dialog::inner(area, if area.width < 70 { 52 } else { 116 });
    let shown = panel.shown();
    let columns: Vec<Vec<Row>> = columns(width)
        .iter()
        .map(|it| rows(panel, &shown, it))
        .filter(|it| !it.is_empty())
        .collect();
    let tallest = columns.iter().map(Vec::len).max().unwrap_or(1);
    let above = if area.height >= ROOMY { ABOVE } else { 0 };
    let most = area.height.saturating_sub(above);
    let head: u16 = if most >= 16 { 2 } else { 1 };
    let wanted = u16::try_from(tallest).unwrap_or(u16::MAX).saturating_add(head + 2);
    let outer = u16::try_from(width).unwrap_or(area.width).saturating_add(4).min(area.width);
    let height = wanted.min(most);
    let frame = Rect {
        x: area.x + (area.width - outer) / 2,
        y: area.bottom() - height,
        width: outer,
        height,
    };
    let list = &model.list;
    let (some, all) = (thousands(list.shown.len()), thousands(list.rows.len()));
    let inside = canvas.frame(frame, &format!("Filter: {some} of {all} shown"));
    find(canvas, panel, inside);
    let body = Rect { y: inside.y + head, height: inside.height.saturating_sub(head), ..inside };
    if columns.is_empty() {
        let text = if panel.facets.is_empty() {
            "Nothing to filter by yet."
        } else {
            "No value matches: change the search."
        };
        canvas.text((body.x, body.y), body.width, text, theme.muted);
        return;
    }
    let mut x = body.x;
    for (rows, wide) in columns.iter().zip(widths(panel, &columns, width)) {
        let each = u16::try_from(wide).unwrap_or(body.width);
        column(canvas, model, panel, rows, Rect { x, width: each, ..body });
        x = x.saturating_add(each).saturating_add(u16::try_from(GAP).unwrap_or(0));
    }
}

/// How wide the columns are. Each has its share; one whose values are longer takes what others have to
/// spare. By all values, so that nothing moves while one searches.
fn widths(panel: &FilterPanel, columns: &[Vec<Row>], width: usize) -> Vec<usize> {
    let count = columns.len().max(1);
    let each = width.saturating_sub(GAP * (count - 1)) / count;
    let wish = |rows: &Vec<Row>| {
        let labels = rows.iter().filter_map(|it| match it {
            Row::Value(at) => panel.facets.get(*at).map(|it| it.0.section()),
            Row::Blank | Row::Head(_) => None,
        });
        let sections: Vec<Section> = labels.collect();
        let own = panel.facets.iter().filter(|it| sections.contains(&it.0.section()));
        let longest = own
            .map(|(facet, _)| match facet {
                Facet::Type(kind) => kind.short().len(),
                other => Shown::from(other.label().as_ref()).width(),
            })
            .max()
            .unwrap_or_default();
        longest + LEAD + FIGURE + usize::from(COUNT)
    };
    let wishes: Vec<usize> = columns.iter().map(wish).collect();
    let mut spare: usize = wishes.iter().map(|it| each.saturating_sub((*it).max(LEAST))).sum();
    let mut out = Vec::new();
    for wish in &wishes {
        out.push(match each.checked_sub(*wish) {
            Some(_) => each,
            None => {
                let more = (wish - each).min(spare);
                spare -= more;
                each + more
            }
        });
    }
    // Who gave it, the last first.
    let mut owed: usize = out.iter().map(|it| it.saturating_sub(each)).sum();
    for (own, wish) in out.iter_mut().zip(&wishes).rev().filter(|it| *it.1 < each) {
        let less = each.saturating_sub((*wish).max(LEAST)).min(owed);
        *own -= less;
        owed -= less;
    }
    out
}

/// The line to search in, and the quick filters.
fn find(canvas: &mut Canvas<'_>, panel: &FilterPanel, inside: Rect) {
    let theme = canvas.theme;
    let width = usize::from(inside.width);
    let quick = [(Action::OnlyErrors, "errors only"), (Action::OnlyWarnings, "warnings and worse")];
    let quick = say::keys(canvas, Context::Filter, &quick);
    let beside = quick.width() + 2;
    let quick_fits = width >= beside + 24;
    let room = if quick_fits { width - beside } else { width };
    if panel.search.typing {
        let captions = ("Find", "a value or a section", "");
        let search = dialog::search(canvas, captions, &panel.search.line, room);
        canvas.line((inside.x, inside.y), inside.width, &search.line);
        dialog::type_here(canvas, inside, &search);
    } else {
        let key = canvas.keymap.hint(Context::Filter, Action::Search);
        let line = if panel.search.is_empty() {
            Line::new(&key, theme.key).add(" find a value", theme.muted)
        } else {
            Line::new("Find ", theme.muted).add(panel.search.value(), theme.focus)
        };
        let room = u16::try_from(room).unwrap_or(inside.width);
        canvas.line((inside.x, inside.y), room, &line);
    }
    if quick_fits && !panel.search.typing {
        let wide = u16::try_from(quick.width()).unwrap_or(0);
        canvas.line((inside.right() - wide, inside.y), wide, &quick);
    }
}

/// The rows of a column: its sections that have values, headed and a blank row apart.
fn rows(panel: &FilterPanel, shown: &[usize], sections: &[Section]) -> Vec<Row> {
    let mut out = Vec::new();
    for section in sections {
        let is_of =
            |at: &&usize| panel.facets.get(**at).is_some_and(|it| it.0.section() == *section);
        let mut values = shown.iter().filter(is_of).peekable();
        if values.peek().is_none() {
            continue;
        }
        if !out.is_empty() {
            out.push(Row::Blank);
        }
        out.push(Row::Head(*section));
        out.extend(values.map(|at| Row::Value(*at)));
    }
    out
}

/// Draws a column, the cursor in sight; the last row says how many are not.
fn column(canvas: &mut Canvas<'_>, model: &Model, panel: &FilterPanel, rows: &[Row], area: Rect) {
    let room = usize::from(area.height);
    let keep = rows.iter().position(|it| matches!(it, Row::Value(at) if *at == panel.at));
    let over = rows.len() > room;
    let seen = if over { room.saturating_sub(1) } else { room };
    let top = match keep {
        Some(keep) if over => keep.saturating_sub(seen / 2).min(rows.len().saturating_sub(seen)),
        Some(_) | None => 0,
    };
    // With room for a single value its head would take its place.
    let top = if seen == 1 { keep.unwrap_or(0) } else { top };
    for (y, row) in (area.y..area.bottom()).zip(rows.iter().skip(top).take(seen)) {
        match row {
            Row::Blank => {}
            Row::Head(section) => head(canvas, *section, Rect { y, height: 1, ..area }),
            Row::Value(at) => value(canvas, model, panel, *at, Rect { y, height: 1, ..area }),
        }
    }
    if over && seen > 0 {
        let values = |rows: &[Row]| rows.iter().filter(|it| matches!(it, Row::Value(_))).count();
        let above = values(rows.get(..top).unwrap_or_default());
        let below = values(rows.get(top + seen..).unwrap_or_default());
        let signs = &canvas.theme.signs;
        let text = if below > 0 {
            format!("{} {} more", signs.down, thousands(below))
        } else {
            format!("{} {} above", signs.up, thousands(above))
        };
        let y = area.bottom() - 1;
        canvas.text((area.x + 2, y), area.width.saturating_sub(2), &text, canvas.theme.muted);
    }
}

fn head(canvas: &mut Canvas<'_>, section: Section, area: Rect) {
    let x = area.x + 2;
    let width = area.width.saturating_sub(2);
    let end = canvas.text((x, area.y), width, section.label(), canvas.theme.title);
    let rest = area.right().saturating_sub(end + 1);
    canvas.rule((end + 1, area.y), rest);
}

/// `▸ [x] ! warning   5 ━━━`
fn value(canvas: &mut Canvas<'_>, model: &Model, panel: &FilterPanel, at: usize, area: Rect) {
    let theme = canvas.theme;
    let Some((facet, number)) = panel.facets.get(at) else { return };
    let same = |it: &&(Facet, usize)| it.0.section() == facet.section();
    let most = panel.facets.iter().filter(same).map(|it| it.1).max().unwrap_or(0);
    let (on, here) = (facet.is_in(&model.list.filter), at == panel.at);
    let figure = thousands(*number);
    let figures = thousands(most).len();
    let line = if area.width >= 32 { COUNT } else { 0 };
    let label = match facet {
        Facet::Type(kind) if area.width < 40 => kind.short(),
        other => other.label(),
    };
    let sign = match facet {
        Facet::Level(level) => Some(theme.level(*level)),
        Facet::Type(_) | Facet::Side(_) | Facet::Tenant(_) => None,
    };
    let word = match (on, *number) {
        (true, _) => theme.title,
        (false, 0) => theme.muted,
        (false, _) => theme.plain,
    };
    let mut text = Line::new(if here { theme.signs.cursor } else { " " }, theme.plain)
        .add(" ", theme.plain)
        .add(if on { "[x]" } else { "[ ]" }, if on { theme.mark } else { theme.muted })
        .add(" ", theme.plain);
    let signed = area.x + u16::try_from(text.width()).unwrap_or(0);
    if let Some((sign, style)) = sign {
        text = text.add(sign, style).add(" ", theme.plain);
    }
    let end = usize::from(area.width.saturating_sub(line + u16::from(line > 0)));
    let room = end.saturating_sub(text.width() + 1 + figures);
    let label = Shown::from(label.as_ref()).cut(room, theme.signs.ellipsis).into_owned();
    let style: Style = if on { theme.gauge } else { theme.muted };
    let mut text = text
        .add(label, word)
        .pad(end.saturating_sub(figure.len()), theme.plain)
        .add(&figure, word)
        .of_entry(at);
    if line > 0 && *number > 0 {
        text.push(" ", theme.plain);
        text.push(bar::count(theme, *number, most, line), style);
    }
    canvas.line((area.x, area.y), area.width, &text);
    if here {
        canvas.select(area, sign.map(|_| signed));
    }
}
