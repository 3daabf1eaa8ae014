//! Short questions with a few answers.

use ratatui::layout::Rect;

use super::dialog::{self, Dialog, choices};
use crate::app::Model;
use crate::app::modal::HasDraft;
use crate::view::canvas::Canvas;
use crate::view::line::{Line, wrapped};
use crate::view::say;
use crate::view::text::Shown;

fn ask(
    canvas: &mut Canvas<'_>,
    area: Rect,
    (title, text): (&str, &str),
    at: usize,
    options: &[(&str, &str)],
) {
    let width = dialog::inner(area, 64);
    let mut head = wrapped(Shown::composed(text), canvas.theme.plain, width);
    head.push(Line::empty());
    let dialog = Dialog {
        title: title.to_owned(),
        width,
        head,
        body: choices(canvas, at, options),
        keep: Some(at),
        ..Dialog::default()
    };
    dialog::draw(canvas, area, &dialog);
}

/// Whether to leave a changed form. UX.md §3.6.
pub fn leave(canvas: &mut Canvas<'_>, (at, quit): (usize, bool), area: Rect) {
    let title = if quit { "Quit with unsaved answers?" } else { "Leave this form?" };
    let text = "What was typed is not saved yet.";
    let options = [
        ("Go on editing", ""),
        ("Keep a draft", "sealed, with its secrets; the list offers it"),
        ("Discard it", "what was typed is lost"),
    ];
    ask(canvas, area, (title, text), at, &options);
}

/// Whether to go on with the draft of a connection that was opened.
pub fn has_draft(canvas: &mut Canvas<'_>, model: &Model, it: &HasDraft, area: Rect) {
    let when = say::minute(it.kept.draft.saved_at, &model.settings);
    let more = match it.more {
        0 => String::new(),
        more => format!(" {more} more in the list of drafts."),
    };
    let (text, resume) = if it.kept.elsewhere {
        let text = format!("A draft of {when} is open in another jetbridge.{more}");
        (text, ("Resume a copy of it", "the other keeps its own"))
    } else {
        let text = format!("A draft of {when} holds changes that are not saved.{more}");
        (text, ("Resume the draft", ""))
    };
    let options = [resume, ("Open it as saved", "the draft stays")];
    ask(canvas, area, ("This connection has a draft", &text), it.at, &options);
}

/// Whether to replace an issued key. D6.
pub fn regenerate(canvas: &mut Canvas<'_>, at: usize, area: Rect) {
    let text = "Agents that were installed with the present key go on using it. Once the form is \
                saved it counts as superseded, and they must be given the new one.";
    let options = [("Keep the key", ""), ("Generate a new one", "shown here, in use after saving")];
    ask(canvas, area, ("Replace the key?", text), at, &options);
}

/// Whether to discard a draft.
pub fn discard(canvas: &mut Canvas<'_>, draft: &str, at: usize, area: Rect) {
    // A name of any length must leave room for the choices.
    let draft = Shown::from(draft).cut(100, canvas.theme.signs.ellipsis).into_owned();
    let text = format!("{}: nothing brings it back.", draft.as_str());
    let options = [("Keep it", ""), ("Discard it", "what was typed is lost")];
    ask(canvas, area, ("Discard this draft?", &text), at, &options);
}
