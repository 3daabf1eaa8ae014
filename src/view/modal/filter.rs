//! The filter panel: every value with the number of rows that have it. C2.

use ratatui::layout::Rect;

use super::dialog::{self, Dialog};
use crate::app::Model;
use crate::app::modal::{Facet, FilterPanel};
use crate::text::{Shown, thousands};
use crate::view::canvas::Canvas;
use crate::view::line::Line;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, model: &Model, panel: &FilterPanel, area: Rect) {
    let theme = canvas.theme;
    let width = dialog::inner(area, 52);
    let list = &model.list;
    let text = format!("{} of {} shown", thousands(list.shown.len()), thousands(list.rows.len()));
    let head = vec![Line::new(&text, theme.muted)];
    let (mut body, mut keep, mut group) = (Vec::new(), 0, "");
    for (at, (facet, number)) in panel.facets.iter().enumerate() {
        let heading = heading(facet);
        if heading != group {
            group = heading;
            if !body.is_empty() {
                body.push(Line::empty());
            }
            body.push(Line::new(heading, theme.title));
        }
        if at == panel.at {
            keep = body.len();
        }
        body.push(entry(canvas, model, (at, at == panel.at), facet, *number, width));
    }
    if panel.facets.is_empty() {
        body.push(Line::new("Nothing to filter by yet.", theme.muted));
    }
    let room = dialog::rows(area).saturating_sub(head.len()).max(1);
    // As `page`, but by lines: headings stand between the entries.
    let top = if body.len() <= room { 0 } else { keep.saturating_sub(room / 2) };
    let dialog = Dialog {
        title: "Filter".to_owned(),
        width,
        head,
        body,
        top,
        keep: Some(keep),
        ..Dialog::default()
    };
    dialog::draw(canvas, area, &dialog);
}

const fn heading(facet: &Facet) -> &'static str {
    match facet {
        Facet::Type(_) => "Types",
        Facet::Side(_) => "Sides",
        Facet::Level(_) => "Health",
        Facet::Tenant(_) => "Tenants",
    }
}

fn entry(
    canvas: &Canvas<'_>,
    model: &Model,
    (at, here): (usize, bool),
    facet: &Facet,
    number: usize,
    width: usize,
) -> Line {
    let theme = canvas.theme;
    let filter = &model.list.filter;
    let (on, label) = match facet {
        Facet::Type(kind) => (filter.types.contains(kind), kind.label().to_string()),
        Facet::Side(side) => (filter.sides.contains(side), side.label().to_owned()),
        Facet::Level(level) => {
            let (sign, _) = theme.level(*level);
            (filter.levels.contains(level), format!("{sign} {}", level.label()))
        }
        Facet::Tenant(name) if name.is_empty() => {
            (filter.tenants.contains(name), "(none)".to_owned())
        }
        Facet::Tenant(name) => (filter.tenants.contains(name), name.clone()),
    };
    let figure = thousands(number);
    let room = width.saturating_sub(6 + figure.len() + 1);
    let style = if here { theme.cursor } else { theme.plain };
    let label = Shown::from(&label);
    Line::new(if here { theme.signs.cursor } else { " " }, theme.plain)
        .add(if on { " [x] " } else { " [ ] " }, theme.plain)
        .add(label.cut(room, theme.signs.ellipsis), style)
        .pad(width.saturating_sub(figure.len()), theme.plain)
        .add(&figure, theme.plain)
        .of_entry(at)
}
