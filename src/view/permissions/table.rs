//! What needs and check have in common: rows in groups by API, heads above, details below.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{details, result};
use crate::app::permissions::Screen;
use crate::permissions::Requirement;
use crate::text::Shown;
use crate::view::canvas::Canvas;
use crate::view::line::Line;
use crate::view::pane::under_rule;

/// Columns between two columns.
pub const GAP: usize = 2;
/// Columns of the type.
pub const KIND: usize = 14;

/// A row of the table.
pub struct Row {
    /// The entry that the cursor can be on; heads of groups and blank rows have none.
    pub entry: Option<usize>,
    /// Column of a symbol that may have a ground of its own.
    pub sign: Option<u16>,
    /// What stands there.
    pub line: Line,
}

impl Row {
    /// The head of a group and, unless it is the first, a blank row before it.
    pub fn head(canvas: &Canvas<'_>, title: &str, note: &str, rows: &mut Vec<Self>) {
        let theme = canvas.theme;
        let of = |line: Line| Self { entry: None, sign: None, line };
        if !rows.is_empty() {
            rows.push(of(Line::empty()));
        }
        let line = Line::new(title, theme.title).add("  ", theme.plain).add(note, theme.muted);
        rows.push(of(line));
    }
}

/// Draws heads, rows around the cursor, and the details of its entry.
pub fn draw(canvas: &mut Canvas<'_>, screen: &Screen, area: Rect, heads: &Line, rows: &[Row]) {
    let facts = details::lines(canvas, screen, area.width);
    let below = details::height(area, rows.len() + 1, facts.len());
    canvas.line((area.x, area.y), area.width, heads);
    canvas.tint(Rect { height: 1, ..area }, canvas.theme.head);
    let body = Rect { y: area.y + 1, height: (area.height - below).saturating_sub(1), ..area };
    let room = usize::from(body.height);
    let here = |it: &Row| it.entry == Some(screen.at);
    let at = rows.iter().position(here).unwrap_or(0);
    let top = result::top(at, rows.len(), room);
    for (y, row) in (body.y..body.bottom()).zip(rows.iter().skip(top)) {
        canvas.line((body.x, y), body.width, &row.line);
        if screen.in_result && here(row) {
            canvas.text((body.x, y), 1, canvas.theme.signs.cursor, canvas.theme.plain);
            canvas.select(Rect { y, height: 1, ..body }, row.sign.map(|it| body.x + it));
        }
    }
    let pane = Rect { y: area.bottom() - below, height: below, ..area };
    under_rule(canvas, pane, &facts);
}

/// How wide the names are in so many columns with the type beside them: all are shown whole where
/// there is room, else those of permissions, whose names have to be typed elsewhere.
pub fn name_width<'n>(needs: impl Iterator<Item = &'n Requirement>, room: usize) -> usize {
    let (mut permissions, mut longest) = (20, 20);
    for it in needs {
        let width = Shown::composed(it.name()).width();
        longest = longest.max(width);
        if it.permission().is_some() {
            permissions = permissions.max(width);
        }
    }
    let room = room.saturating_sub(KIND + GAP);
    if longest <= room { longest } else { permissions.min(room) }
}

/// A name and its type; `wide` are both together. Without a column of the type the name has all of it.
pub fn named(
    canvas: &Canvas<'_>,
    mut line: Line,
    (name, kind): (&str, &str),
    (width, wide): (usize, usize),
    style: Style,
) -> Line {
    let theme = canvas.theme;
    let start = line.width();
    let name = Shown::composed(name);
    let ellipsis = theme.signs.ellipsis;
    if wide < width + GAP + KIND {
        line.push_shown(name.cut(wide, ellipsis).into_owned(), style);
        return line.pad(start + wide, theme.plain);
    }
    line.push_shown(name.cut(width, ellipsis).into_owned(), style);
    let line = line.pad(start + width + GAP, theme.plain);
    line.add(kind, theme.muted).pad(start + wide, theme.plain)
}

/// The heads above name and type.
pub fn heads(canvas: &Canvas<'_>, line: Line, (width, wide): (usize, usize)) -> Line {
    let (plain, start) = (canvas.theme.plain, line.width());
    let line = line.add("Permission", plain);
    if wide < width + GAP + KIND {
        return line;
    }
    line.pad(start + width + GAP, plain).add("Type", plain).pad(start + wide, plain)
}
