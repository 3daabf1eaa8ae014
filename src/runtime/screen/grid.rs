//! What a terminal shows, cell by cell.

use ratatui::buffer::{Cell, CellWidth};

/// Cells of a screen.
///
/// Nothing but blanks takes no cells: a cell has about 50 bytes, and the first frame would wait until
/// they are there.
#[derive(Debug, Default)]
pub(super) struct Grid {
    width: u16,
    height: u16,
    cells: Vec<Cell>,
    touched: Vec<bool>,
    /// Rows that hold a cell whose width is in doubt.
    odd: Vec<bool>,
}

/// What a cell shows before anything is drawn.
static BLANK: Cell = Cell::EMPTY;

/// A stretch of rows whose content moves.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Scroll {
    /// First row.
    pub top: u16,
    /// Last row.
    pub bottom: u16,
    /// By how many rows.
    pub by: u16,
    /// Towards the top.
    pub up: bool,
}

/// Whether every terminal gives this cell one column.
pub(super) fn is_plain(cell: &Cell) -> bool {
    let symbol = cell.symbol();
    symbol.len() == 1 || (symbol.chars().count() == 1 && cell.cell_width() == 1)
}

impl Grid {
    pub(super) fn blank(width: u16, height: u16) -> Self {
        let count = usize::from(width) * usize::from(height);
        Self {
            width,
            height,
            cells: Vec::new(),
            touched: vec![false; count],
            odd: vec![false; usize::from(height)],
        }
    }

    pub(super) const fn size(&self) -> (u16, u16) {
        (self.width, self.height)
    }

    pub(super) const fn width(&self) -> u16 {
        self.width
    }

    pub(super) const fn height(&self) -> u16 {
        self.height
    }

    /// Becomes a copy in which nothing was touched yet.
    pub(super) fn copy_from(&mut self, other: &Self) {
        (self.width, self.height) = other.size();
        self.cells.clone_from(&other.cells);
        self.cells.resize(other.touched.len(), Cell::EMPTY);
        self.odd.clone_from(&other.odd);
        self.touched.clear();
        self.touched.resize(self.cells.len(), false);
    }

    fn index(&self, x: u16, y: u16) -> Option<usize> {
        (x < self.width && y < self.height)
            .then(|| usize::from(y) * usize::from(self.width) + usize::from(x))
    }

    pub(super) fn get(&self, x: u16, y: u16) -> Option<&Cell> {
        let index = self.index(x, y)?;
        if self.cells.is_empty() { Some(&BLANK) } else { self.cells.get(index) }
    }

    /// The cells of a row; nothing but blanks has none, and so is no row that something moved from.
    fn row(&self, y: usize) -> Option<&[Cell]> {
        let width = usize::from(self.width);
        self.cells.get(y * width..(y + 1) * width)
    }

    /// Sets a cell; one outside, as a frame drawn just before a resize has, is left out.
    pub(super) fn put(&mut self, x: u16, y: u16, cell: &Cell) {
        let Some(index) = self.index(x, y) else { return };
        if !is_plain(cell)
            && let Some(odd) = self.odd.get_mut(usize::from(y))
        {
            *odd = true;
        }
        // Half of a wide cell that is written over is left to the terminal's taste, so what it
        // covered is drawn as well.
        let end = x.saturating_add(cell.cell_width().max(1));
        let stale = (x..end)
            .map(|at| at.saturating_add(self.get(at, y).map_or(1, CellWidth::cell_width)))
            .fold(end, u16::max);
        for at in (x + 1..stale).chain([x]) {
            let Some(at) = self.index(at, y) else { continue };
            if let Some(touched) = self.touched.get_mut(at) {
                *touched = true;
            }
        }
        // The columns that a wide cell covers show nothing of their own.
        for covered in x + 1..end {
            if let Some(place) = self.index(covered, y).and_then(|it| self.cells.get_mut(it)) {
                *place = Cell::EMPTY;
            }
        }
        if let Some(place) = self.cells.get_mut(index) {
            place.clone_from(cell);
        }
    }

    /// Looks again at the rows whose width was in doubt, after all cells were set.
    pub(super) fn settle(&mut self) {
        for y in 0..usize::from(self.height) {
            if self.odd.get(y) == Some(&true) {
                let plain = self.row(y).is_some_and(|row| row.iter().all(is_plain));
                if let Some(odd) = self.odd.get_mut(y) {
                    *odd = !plain;
                }
            }
        }
    }

    pub(super) fn is_touched(&self, x: u16, y: u16) -> bool {
        self.index(x, y).and_then(|index| self.touched.get(index)).copied().unwrap_or(false)
    }

    /// Whether every cell of a row has one column.
    pub(super) fn is_plain(&self, y: u16) -> bool {
        !self.odd.get(usize::from(y)).copied().unwrap_or(true)
    }

    /// The move of rows that best explains how `old` became this, if it explains at least
    /// `gain` rows that would be drawn otherwise.
    pub(super) fn scrolled_from(&self, old: &Self, most: usize, gain: usize) -> Option<Scroll> {
        let height = usize::from(self.height);
        let changed: Vec<bool> = (0..height).map(|y| self.row(y) != old.row(y)).collect();
        if changed.iter().filter(|it| **it).count() <= gain {
            return None;
        }
        let mut best: Option<(usize, Scroll)> = None;
        for by in 1..=most.min(height.saturating_sub(1)) {
            for up in [true, false] {
                for run in self.runs(old, by, up) {
                    let saved = run.clone().filter(|y| changed.get(*y) == Some(&true)).count();
                    // Rows of the region that move and would have been right where they were.
                    let (top, bottom) = if up {
                        (run.start, run.end - 1 + by)
                    } else {
                        (run.start - by, run.end - 1)
                    };
                    let lost = (top..=bottom)
                        .filter(|y| !run.contains(y) && changed.get(*y) == Some(&false))
                        .count();
                    let plain = (top..=bottom)
                        .all(|y| old.odd.get(y) == Some(&false) && self.odd.get(y) == Some(&false));
                    let score = saved.saturating_sub(lost);
                    if plain && score >= gain && best.as_ref().is_none_or(|(it, _)| score > *it) {
                        let row = |it: usize| u16::try_from(it).unwrap_or(u16::MAX);
                        best = Some((
                            score,
                            Scroll { top: row(top), bottom: row(bottom), by: row(by), up },
                        ));
                    }
                }
            }
        }
        best.map(|(_, scroll)| scroll)
    }

    /// Stretches of rows that equal the old rows `by` further down (or up).
    fn runs(&self, old: &Self, by: usize, up: bool) -> Vec<std::ops::Range<usize>> {
        let height = usize::from(self.height);
        let (first, end) = if up { (0, height - by) } else { (by, height) };
        let mut runs: Vec<std::ops::Range<usize>> = Vec::new();
        for y in first..end {
            let from = if up { y + by } else { y - by };
            if self.row(y) != old.row(from) {
                continue;
            }
            match runs.last_mut() {
                Some(run) if run.end == y => run.end += 1,
                Some(_) | None => runs.push(y..y + 1),
            }
        }
        runs
    }

    /// Does what the terminal does with its margins set: the rows that come in are blank.
    pub(super) fn scroll(&mut self, scroll: &Scroll) {
        let width = usize::from(self.width);
        let (top, bottom) =
            (usize::from(scroll.top) * width, (usize::from(scroll.bottom) + 1) * width);
        let by = usize::from(scroll.by) * width;
        let Some(region) = self.cells.get_mut(top..bottom) else { return };
        let blank = if scroll.up {
            region.rotate_left(by);
            region.len() - by..region.len()
        } else {
            region.rotate_right(by);
            0..by
        };
        if let Some(cells) = region.get_mut(blank) {
            cells.fill(Cell::EMPTY);
        }
    }
}
