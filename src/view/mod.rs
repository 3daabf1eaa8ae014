//! Draws the model. Nothing in here changes anything: the same model gives the same screen. C1-C7,
//! G1-G12, D1-D17, E4, E6.

mod audit;
mod bar;
mod canvas;
mod diff;
mod footer;
mod form;
mod header;
mod line;
mod list;
mod modal;
mod pane;
mod permissions;
mod preflight;
mod runbook;
mod say;
mod small;
pub mod theme;

#[cfg(test)]
mod tests;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::{Context, Keymap, Model, Screen, geometry};
use crate::domain::query::Column;
use crate::form::Spec;
use canvas::{Canvas, Scene};
pub use theme::Theme;

/// An address on the screen, for terminals that can open it (OSC 8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Column where its text starts.
    pub x: u16,
    /// Row of its text.
    pub y: u16,
    /// The text that stands there, safe to be written again.
    pub text: String,
    /// Where it leads.
    pub url: String,
}

/// What lies under a click.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hit {
    /// A row of the list, as an index into what is shown.
    Row(usize),
    /// The head of a column.
    Head(Column),
    /// A step of the form, as an index into the visible steps; their number is the review.
    Step(usize),
    /// A field, as an index into the visible fields of the step.
    Field(usize),
    /// An entry of the topmost dialog: a choice, a facet, an entry of a list.
    Entry(usize),
}

/// Draws everything.
pub fn draw(model: &Model, theme: &Theme, keymap: &Keymap, frame: &mut Frame<'_>) {
    let scene = scene(model, theme, keymap, frame.buffer_mut(), spec_of(model));
    if let Some(cursor) = scene.cursor {
        frame.set_cursor_position(cursor);
    }
}

/// The addresses on the screen that [`draw`] gives for this area. Neither symbols nor names of
/// keys move anything, so any theme and keymap give the same places.
pub fn links(model: &Model, area: Rect) -> Vec<Link> {
    places(model, area).links
}

/// What lies under a column and row of the screen that [`draw`] gives.
pub fn hit(model: &Model, x: u16, y: u16) -> Option<Hit> {
    let scene = places(model, Rect::new(0, 0, model.size.0, model.size.1));
    let (_, hit) = scene.hits.iter().rev().find(|(area, _)| area.contains((x, y).into()))?;
    *hit
}

fn places(model: &Model, area: Rect) -> Scene {
    let mut buffer = Buffer::empty(area);
    scene(model, &Theme::default(), &Keymap::default(), &mut buffer, spec_of(model))
}

fn spec_of(model: &Model) -> Option<&'static Spec> {
    model.screens.form().and_then(|form| form.spec())
}

/// Draws into a buffer. The form's table comes in so that tests can bring their own.
fn scene(
    model: &Model,
    theme: &Theme,
    keymap: &Keymap,
    buffer: &mut Buffer,
    spec: Option<&'static Spec>,
) -> Scene {
    let area = buffer.area;
    let mut canvas = Canvas::new(buffer, theme, keymap);
    if geometry::too_small((area.width, area.height)) {
        small::draw(&mut canvas);
        return canvas.scene;
    }
    let context = context(model, spec);
    match (model.screens.top(), spec) {
        (Screen::Preflight(screen), _) => preflight::draw(&mut canvas, model, screen),
        (Screen::Runbook(screen), _) => runbook::draw(&mut canvas, model, screen),
        (Screen::Diff(screen), _) => diff::draw(&mut canvas, model, screen),
        (Screen::Permissions(screen), _) => permissions::draw(&mut canvas, model, screen),
        (Screen::Audit(screen), _) => audit::draw(&mut canvas, model, screen),
        (Screen::Form(wizard), Some(spec)) => form::draw(&mut canvas, model, wizard, spec),
        (Screen::Form(_), None) | (Screen::List, _) => list::draw(&mut canvas, model),
    }
    footer::keys(&mut canvas, model, spec, context);
    // Only what has the keys: a smaller dialog over a larger one would leave pieces of it around itself.
    if let Some(modal) = model.modals.last() {
        modal::draw(&mut canvas, model, modal);
    }
    // Last, so that the first of two lines is not under a dialog that reaches down to it.
    footer::notice(&mut canvas, model, context);
    canvas.scene
}

/// Where keys go; a form asks its own table.
fn context(model: &Model, spec: Option<&'static Spec>) -> Context {
    match (model.screens.top(), spec) {
        (Screen::Form(wizard), Some(spec)) if model.modals.is_empty() => {
            form::context(wizard, spec)
        }
        _ => model.context(),
    }
}
