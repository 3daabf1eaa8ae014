//! The only place that writes to the screen. It takes safe text only, cuts it to its room, and
//! notes where the cursor, the links and the things to click on are. E4.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use super::line::Line;
use super::theme::Theme;
use super::{Hit, Link};
use crate::app::Keymap;
use crate::app::input::TextInput;
use crate::text::{Shown, window};

/// What a screen consists of besides its cells.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scene {
    /// The one text cursor.
    pub cursor: Option<Position>,
    /// Addresses on the screen.
    pub links: Vec<Link>,
    /// What can be clicked; later ones lie over earlier ones.
    pub hits: Vec<(Rect, Option<Hit>)>,
}

/// A screen being drawn.
pub struct Canvas<'a> {
    buffer: &'a mut Buffer,
    /// How things look.
    pub theme: &'a Theme,
    /// Which keys to show.
    pub keymap: &'a Keymap,
    /// What was noted so far.
    pub scene: Scene,
}

impl<'a> Canvas<'a> {
    /// An empty screen.
    pub fn new(buffer: &'a mut Buffer, theme: &'a Theme, keymap: &'a Keymap) -> Self {
        Self { buffer, theme, keymap, scene: Scene::default() }
    }

    /// The whole screen.
    pub const fn area(&self) -> Rect {
        self.buffer.area
    }

    /// Writes at most `width` columns of a text; gives the column behind it.
    pub fn text<'t>(
        &mut self,
        (x, y): (u16, u16),
        width: u16,
        text: impl Into<Shown<'t>>,
        style: Style,
    ) -> u16 {
        let area = self.buffer.area;
        if y < area.y || y >= area.bottom() || x < area.x {
            return x;
        }
        let room = width.min(area.right().saturating_sub(x));
        let text = text.into();
        let cut = text.cut(usize::from(room), self.theme.signs.ellipsis);
        let mut column = x;
        for (cluster, wide) in cut.clusters() {
            // Nothing narrower than a column is left after the cut, nothing wider than the room.
            let wide = u16::try_from(wide).unwrap_or(u16::MAX);
            if wide == 0 {
                continue;
            }
            if let Some(cell) = self.buffer.cell_mut((column, y)) {
                // Nothing of what stood there before shines through.
                cell.reset();
                cell.set_symbol(self.theme.plainly(cluster)).set_style(style);
            }
            for covered in 1..wide {
                if let Some(cell) = self.buffer.cell_mut((column + covered, y)) {
                    cell.reset();
                }
            }
            column = column.saturating_add(wide);
        }
        column
    }

    /// Draws a line that is being typed, with the cursor in it.
    pub fn typed(&mut self, (x, y): (u16, u16), width: u16, input: &TextInput) {
        let ellipsis = self.theme.signs.ellipsis;
        let seen = window(input.value(), input.cursor(), usize::from(width), ellipsis);
        self.text((x, y), width, seen.text, self.theme.plain);
        self.tint(Rect::new(x, y, width, 1), self.theme.input);
        let column = u16::try_from(seen.cursor).unwrap_or(0);
        self.cursor(x + column.min(width.saturating_sub(1)), y);
    }

    /// Writes a line; gives the column behind it.
    pub fn line(&mut self, (x, y): (u16, u16), width: u16, line: &Line) -> u16 {
        let end = x.saturating_add(width);
        let mut column = x;
        for span in &line.spans {
            let room = end.saturating_sub(column);
            if room == 0 {
                break;
            }
            let from = column;
            column = self.text((column, y), room, span.text.clone(), span.style);
            if let Some(url) = span.link.as_ref().filter(|it| can_be_opened(it))
                && column > from
            {
                let visible = span.text.cut(usize::from(room), self.theme.signs.ellipsis);
                let text = visible.as_str().to_owned();
                self.scene.links.push(Link { x: from, y, text, url: url.clone() });
            }
        }
        if let Some(entry) = line.entry {
            self.hit(Rect::new(x, y, width, 1), Hit::Entry(entry));
        }
        column
    }

    /// Writes lines below each other, as many as there is room for.
    pub fn lines(&mut self, area: Rect, lines: &[Line]) {
        for (y, line) in (area.y..area.bottom()).zip(lines) {
            self.line((area.x, y), area.width, line);
        }
    }

    /// Writes a text that ends at the right edge of its room.
    pub fn right<'t>(
        &mut self,
        (x, y): (u16, u16),
        width: u16,
        text: impl Into<Shown<'t>>,
        style: Style,
    ) {
        let text = text.into();
        let used = u16::try_from(text.width()).unwrap_or(u16::MAX).min(width);
        self.text((x + (width - used), y), used, text, style);
    }

    /// Shows a row as the one under the cursor. A symbol that has a ground of its own keeps it.
    pub fn select(&mut self, area: Rect, sign: Option<u16>) {
        let style = self.theme.selection;
        let ground = |x: &u16| {
            let cell = self.buffer.cell((*x, area.y));
            cell.is_some_and(|it| it.bg != ratatui::style::Color::Reset)
        };
        match sign.filter(ground) {
            None => self.tint(area, style),
            Some(x) => {
                self.tint(Rect { width: x.saturating_sub(area.x), ..area }, style);
                let right = Rect { x: x + 1, width: area.right().saturating_sub(x + 1), ..area };
                self.tint(right, style);
            }
        }
    }

    /// Gives cells a style without changing what stands there.
    pub fn tint(&mut self, area: Rect, style: Style) {
        self.buffer.set_style(area, style);
    }

    /// Empties an area and everything noted in it.
    pub fn clear(&mut self, area: Rect) {
        let area = area.intersection(self.buffer.area);
        for y in area.top()..area.bottom() {
            for x in area.left()..area.right() {
                if let Some(cell) = self.buffer.cell_mut((x, y)) {
                    cell.reset();
                }
            }
            // Half of a wide character may be left at the edge.
            if let Some(x) = area.left().checked_sub(1)
                && let Some(cell) = self.buffer.cell_mut((x, y))
                && Shown::from(cell.symbol()).width() > 1
            {
                cell.reset();
            }
        }
        self.scene.links.retain(|it| {
            let width = u16::try_from(Shown::from(it.text.as_str()).width()).unwrap_or(u16::MAX);
            !Rect::new(it.x, it.y, width, 1).intersects(area)
        });
        self.scene.hits.push((area, None));
        self.scene.cursor = None;
    }

    /// A horizontal line.
    pub fn rule(&mut self, (x, y): (u16, u16), width: u16) {
        let line = self.theme.signs.horizontal.repeat(usize::from(width));
        self.text((x, y), width, &line, self.theme.border);
    }

    /// A vertical line.
    pub fn bar(&mut self, (x, y): (u16, u16), height: u16) {
        for at in 0..height {
            self.text((x, y + at), 1, self.theme.signs.vertical, self.theme.border);
        }
    }

    /// An emptied box with a title; gives the area inside, a blank column left and right.
    pub fn frame(&mut self, area: Rect, title: &str) -> Rect {
        self.clear(area);
        if area.width < 4 || area.height < 2 {
            return Rect::new(area.x, area.y, 0, 0);
        }
        let [top_left, top_right, bottom_left, bottom_right] = self.theme.signs.corners;
        let border = self.theme.border;
        let (right, bottom) = (area.right() - 1, area.bottom() - 1);
        self.rule((area.x + 1, area.y), area.width - 2);
        self.rule((area.x + 1, bottom), area.width - 2);
        self.bar((area.x, area.y + 1), area.height - 2);
        self.bar((right, area.y + 1), area.height - 2);
        for ((x, y), corner) in [
            ((area.x, area.y), top_left),
            ((right, area.y), top_right),
            ((area.x, bottom), bottom_left),
            ((right, bottom), bottom_right),
        ] {
            self.text((x, y), 1, corner, border);
        }
        if !title.is_empty() && area.width > 6 {
            let room = area.width - 6;
            let end = self.text((area.x + 3, area.y), room, title, self.theme.title);
            self.text((area.x + 2, area.y), 1, " ", self.theme.plain);
            self.text((end, area.y), 1, " ", self.theme.plain);
        }
        Rect::new(area.x + 2, area.y + 1, area.width - 4, area.height - 2)
    }

    /// Puts the text cursor.
    pub const fn cursor(&mut self, x: u16, y: u16) {
        self.scene.cursor = Some(Position { x, y });
    }

    /// Notes what a click on an area means.
    pub fn hit(&mut self, area: Rect, hit: Hit) {
        self.scene.hits.push((area, Some(hit)));
    }
}

/// Whether an address may be handed to the terminal: printable ASCII only, so that it can neither
/// end its own escape sequence nor look like another. E4.
fn can_be_opened(url: &str) -> bool {
    url.starts_with("https://") && url.bytes().all(|it| it.is_ascii_graphic())
}
