//! Draws frames with few bytes: a ratatui backend that knows what the terminal shows.
//!
//! Compared with `CrosstermBackend` it moves the cursor by the shortest sequence, bridges short
//! gaps by what stands there already, changes only the attributes that differ, erases instead of
//! writing blanks, and scrolls a region when its rows only moved. A frame leaves in one write.
//! UX 14: jump hosts sit behind slow lines.

mod grid;
mod links;
mod pen;
#[cfg(test)]
mod tests;
mod travel;

use std::io::{self, Write};

use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::{Cell, CellWidth};
use ratatui::layout::{Position, Size};
use zeroize::Zeroize;

use grid::Grid;
pub use links::Link;
use links::Links;
use pen::Pen;
use travel::Cursor;

/// Blanks from which erasing is shorter than writing them.
const ERASE_FROM: u16 = 9;
/// Most rows that a region is scrolled by: more has nothing in common with what was there.
const SCROLL_MOST: usize = 6;
/// Rows that a scroll must save to be worth its bytes and the terminal's work.
const SCROLL_GAIN: usize = 5;

/// What the loop needs of a terminal beyond drawing cells.
pub trait Console: Backend<Error: std::error::Error + Send + Sync + 'static> {
    /// Adds bytes that neither move the cursor nor change what is shown, such as OSC 52. They
    /// may be secret and are wiped once sent.
    fn send(&mut self, bytes: &[u8]);

    /// Cells drawn from now on carry the links they lie in (OSC 8).
    fn set_links(&mut self, links: &[Link]);

    /// Takes nothing for granted any more: cursor and attributes are set again.
    fn forget(&mut self);

    /// Sends everything since the last call.
    ///
    /// # Errors
    /// When the terminal is gone.
    fn present(&mut self) -> Result<(), Self::Error>;
}

/// A terminal behind a writer.
pub struct Screen<W> {
    out: W,
    size: fn() -> io::Result<(u16, u16)>,
    frame: Vec<u8>,
    shown: Grid,
    next: Grid,
    pen: Option<Pen>,
    cursor: Cursor,
    cursor_visible: Option<bool>,
    links: Links,
    synchronized: bool,
}

impl<W: Write> Screen<W> {
    /// A terminal that was just cleared. `size` asks for its columns and rows; `synchronized`
    /// brackets every frame so that the terminal shows it at once (mode 2026).
    pub fn new(out: W, size: fn() -> io::Result<(u16, u16)>, synchronized: bool) -> Self {
        Self {
            out,
            size,
            frame: Vec::with_capacity(16 * 1024),
            shown: Grid::default(),
            next: Grid::default(),
            pen: None,
            cursor: Cursor::default(),
            cursor_visible: None,
            links: Links::default(),
            synchronized,
        }
    }

    /// What is yet to be sent.
    #[cfg(test)]
    fn pending(&self) -> &[u8] {
        &self.frame
    }

    fn fit(&mut self) -> io::Result<()> {
        let (width, height) = (self.size)()?;
        if self.shown.size() != (width, height) {
            self.shown = Grid::blank(width, height);
            self.next = Grid::blank(width, height);
        }
        Ok(())
    }

    /// Draws what differs in a row.
    fn row(&mut self, y: u16) {
        let width = self.next.width();
        let plain = self.next.is_plain(y) && self.shown.is_plain(y);
        let Some(last) = (0..width).rev().find(|x| self.differs(*x, y, plain)) else { return };
        let tail = if plain { self.blank_from(y) } else { width };
        let mut x = 0;
        while x <= last {
            if !self.differs(x, y, plain) {
                x += 1;
            } else if x >= tail && last - x >= 3 {
                self.erase(x, y, None);
                break;
            } else if plain && self.erasable(x, y) {
                x = self.blanks(x, y, last);
            } else {
                self.cell(x, y, plain);
                x += self.next.get(x, y).map_or(1, |cell| cell.cell_width().max(1));
            }
        }
    }

    /// Draws the run of blanks at `x` and says where it ends.
    fn blanks(&mut self, x: u16, y: u16, last: u16) -> u16 {
        let end = (x..=last).find(|at| !self.erasable(*at, y)).unwrap_or(last + 1);
        // Trailing blanks of the run that are there already need no erasing.
        let end = (x..end).rev().find(|at| self.differs(*at, y, true)).map_or(x, |at| at + 1);
        if end - x >= ERASE_FROM {
            self.erase(x, y, Some(end - x));
        } else {
            (x..end).for_each(|at| self.cell(at, y, true));
        }
        end
    }

    fn differs(&self, x: u16, y: u16, plain: bool) -> bool {
        if !plain {
            return self.next.is_touched(x, y);
        }
        match (self.next.get(x, y), self.shown.get(x, y)) {
            (Some(next), Some(shown)) => !pen::same(next, shown),
            (next, shown) => next != shown,
        }
    }

    fn erasable(&self, x: u16, y: u16) -> bool {
        self.links.at(x, y).is_none() && self.next.get(x, y).is_some_and(pen::erases)
    }

    /// First column from which the whole row is blank.
    fn blank_from(&self, y: u16) -> u16 {
        (0..self.next.width()).rev().find(|x| !self.erasable(*x, y)).map_or(0, |x| x + 1)
    }

    /// Erases `count` cells, or up to the end of the row.
    fn erase(&mut self, x: u16, y: u16, count: Option<u16>) {
        self.travel(x, y, true);
        self.links.close(&mut self.frame);
        pen::blank(&mut self.frame, &mut self.pen, ratatui::style::Color::Reset);
        match count {
            Some(count) => travel::csi(&mut self.frame, count, b'X'),
            None => self.frame.extend_from_slice(b"\x1b[K"),
        }
    }

    fn cell(&mut self, x: u16, y: u16, plain: bool) {
        self.travel(x, y, plain);
        let Some(cell) = self.next.get(x, y) else { return };
        self.links.enter(self.links.at(x, y), &mut self.frame);
        pen::put(&mut self.frame, &mut self.pen, cell);
        self.frame.extend_from_slice(cell.symbol().as_bytes());
        if grid::is_plain(cell) {
            self.cursor.advance(x, y);
        } else {
            // Terminals disagree about the width of such a cluster.
            self.cursor = Cursor::default();
        }
    }

    /// Moves the cursor, over what stands there if that is shorter.
    fn travel(&mut self, x: u16, y: u16, plain: bool) {
        let (Some((from, row)), true) = (self.cursor.known(), plain) else {
            return self.cursor.go(x, y, self.next.width(), &mut self.frame);
        };
        // `CSI n C` is 3 or 4 bytes.
        let close = row == y && from < x && x - from <= 4;
        let bridge: Option<Vec<&str>> = if close {
            (from..x)
                .map(|at| {
                    let cell = self.next.get(at, y)?;
                    let fits = pen::fits(self.pen.as_ref(), cell)
                        && self.links.at(at, y) == self.links.open()
                        && cell.symbol().len() == 1;
                    fits.then(|| cell.symbol())
                })
                .collect()
        } else {
            None
        };
        match bridge {
            Some(symbols) => {
                symbols.iter().for_each(|it| self.frame.extend_from_slice(it.as_bytes()));
                self.cursor.advance(x - 1, y);
            }
            None => self.cursor.go(x, y, self.next.width(), &mut self.frame),
        }
    }

    /// Scrolls a region when that leaves less to draw.
    fn scroll(&mut self) {
        let Some(scroll) = self.next.scrolled_from(&self.shown, SCROLL_MOST, SCROLL_GAIN) else {
            return;
        };
        if (scroll.top..=scroll.bottom).any(|y| self.links.in_row(y)) {
            return;
        }
        self.links.close(&mut self.frame);
        pen::blank(&mut self.frame, &mut self.pen, ratatui::style::Color::Reset);
        // By line feeds and reverse line feeds at the margins: the Linux console knows no other
        // way. Setting and resetting the margins leaves the cursor at home.
        let edge = if scroll.up { scroll.bottom } else { scroll.top } + 1;
        let _ = write!(self.frame, "\x1b[{};{}r\x1b[{edge}H", scroll.top + 1, scroll.bottom + 1);
        for _ in 0..scroll.by {
            self.frame.extend_from_slice(if scroll.up { b"\n" } else { b"\x1bM" });
        }
        self.frame.extend_from_slice(b"\x1b[r");
        self.cursor = Cursor::default();
        self.shown.scroll(&scroll);
    }
}

impl<W: Write> Console for Screen<W> {
    fn send(&mut self, bytes: &[u8]) {
        self.frame.extend_from_slice(bytes);
    }

    fn set_links(&mut self, links: &[Link]) {
        self.links.set(links, &mut self.frame);
    }

    fn forget(&mut self) {
        self.pen = None;
        self.cursor = Cursor::default();
        self.cursor_visible = None;
    }

    fn present(&mut self) -> io::Result<()> {
        if self.frame.is_empty() {
            return Ok(());
        }
        if self.synchronized {
            self.frame.splice(..0, *b"\x1b[?2026h");
            self.frame.extend_from_slice(b"\x1b[?2026l");
        }
        let sent = self.out.write_all(&self.frame).and_then(|()| self.out.flush());
        // It may have shown a secret. The buffer is used again and never freed.
        self.frame.as_mut_slice().zeroize();
        self.frame.clear();
        sent
    }
}

impl<W: Write> Backend for Screen<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        self.fit()?;
        self.next.copy_from(&self.shown);
        let mut any = false;
        for (x, y, cell) in content {
            self.next.put(x, y, cell);
            any = true;
        }
        if !any {
            return Ok(());
        }
        self.next.settle();
        self.scroll();
        (0..self.next.height()).for_each(|y| self.row(y));
        self.links.close(&mut self.frame);
        std::mem::swap(&mut self.shown, &mut self.next);
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if self.cursor_visible.replace(false) != Some(false) {
            self.frame.extend_from_slice(b"\x1b[?25l");
        }
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if self.cursor_visible.replace(true) != Some(true) {
            self.frame.extend_from_slice(b"\x1b[?25h");
        }
        Ok(())
    }

    /// Where drawing left the cursor: the terminal is never asked (UX 13).
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        let (x, y) = self.cursor.known().unwrap_or_default();
        Ok(Position { x, y })
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let Position { x, y } = position.into();
        self.fit()?;
        self.cursor.go(x, y, self.shown.width(), &mut self.frame);
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    /// Clears the whole screen; only [`ClearType::All`] is used by a full-screen terminal, and
    /// for the other regions clearing more is safe because everything is drawn again.
    fn clear_region(&mut self, _: ClearType) -> io::Result<()> {
        let (width, height) = (self.size)()?;
        self.shown = Grid::blank(width, height);
        self.next = Grid::blank(width, height);
        // Some terminals clear with the background in force.
        pen::blank(&mut self.frame, &mut self.pen, ratatui::style::Color::Reset);
        if !self.frame.ends_with(b"\x1b[2J") {
            self.frame.extend_from_slice(b"\x1b[2J");
        }
        self.cursor = Cursor::default();
        Ok(())
    }

    fn size(&self) -> io::Result<Size> {
        let (width, height) = (self.size)()?;
        Ok(Size { width, height })
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.size()?, pixels: Size::ZERO })
    }

    /// Does nothing: [`Console::present`] sends the frame, so that it leaves in one piece.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
