//! Stands in for the parts of `app` and `view` that are written at the same time; gone after
//! the merge.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::app::{Answer, Effect, Keymap, Model, Msg};

/// Stand-in for the theme.
#[derive(Debug, Clone, Default)]
pub struct Theme;

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

/// Stand-in: asks for the list.
pub fn start(model: &mut Model) -> Vec<Effect> {
    let request = model.request(crate::app::model::Waiting::Load);
    vec![Effect::Load { request }]
}

/// Stand-in: takes rows over, quits at `q`.
pub fn update(model: &mut Model, _: &Keymap, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Key(key) if key.typed() == Some('q') => model.quit = true,
        Msg::Resize(width, height) => model.size = (width, height),
        Msg::Clock(now) => model.now = now,
        Msg::Tick => model.spin = model.spin.wrapping_add(1),
        Msg::Answer(request, Answer::Rows { total, rows, done }) => {
            model.list.total = total;
            model.list.rows.append(rows);
            if done {
                model.list.loaded = true;
                model.waiting.remove(&request);
            }
        }
        Msg::Answer(request, _) => {
            model.waiting.remove(&request);
        }
        Msg::Key(_)
        | Msg::Paste(_)
        | Msg::Click(..)
        | Msg::Wheel(_)
        | Msg::Autosave
        | Msg::Hangup
        | Msg::NotCopied { .. } => {}
    }
    Vec::new()
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
pub fn links(_: &Model, _: &Theme, _: &Keymap, _: Rect) -> Vec<Link> {
    Vec::new()
}
