//! What the loop runs: four functions. The real ones are [`Program::JETBRIDGE`]; tests of the
//! loop bring their own.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::app::{Effect, Keymap, Model, Msg, start, update};
pub use crate::view::{Link, Theme};
use crate::view::{draw, links};

/// The pure core and its picture.
#[derive(Clone, Copy)]
pub struct Program {
    /// What is asked for at the start.
    pub start: fn(&mut Model) -> Vec<Effect>,
    /// What a message changes and asks for.
    pub update: fn(&mut Model, &Keymap, Msg) -> Vec<Effect>,
    /// How the state looks.
    pub draw: fn(&Model, &Theme, &Keymap, &mut Frame),
    /// Which texts of that picture are hyperlinks.
    pub links: fn(&Model, Rect) -> Vec<Link>,
}

impl Program {
    /// The real one.
    pub const JETBRIDGE: Self = Self { start, update, draw, links };
}
