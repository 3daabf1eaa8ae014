//! Stands in for the view, which is written at the same time; gone after
//! the merge.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::app::{Keymap, Model};

/// Stand-in for the theme.
#[derive(Debug, Clone, Default)]
pub struct Theme {
    /// Nothing yet.
    pub none: (),
}

/// A text on the screen that leads to an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Column.
    pub x: u16,
    /// Row.
    pub y: u16,
    /// Text on the screen.
    pub text: String,
    /// Address.
    pub url: String,
}

/// Stand-in: names, one a line.
pub fn draw(model: &Model, _: &Theme, _: &Keymap, frame: &mut Frame) {
    let area = frame.area();
    for y in 0..area.height {
        if let Some(row) = model.list.rows.get(u32::from(y)) {
            frame.buffer_mut().set_stringn(
                0,
                y,
                &row.name,
                usize::from(area.width),
                ratatui::style::Style::new(),
            );
        }
    }
}

/// Stand-in: none.
pub fn links(_: &Model, _: Rect) -> Vec<Link> {
    Vec::new()
}
