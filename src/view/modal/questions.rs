//! Short questions with a few answers.

use ratatui::layout::Rect;

use super::dialog::{self, Dialog, choices};
use crate::app::Model;
use crate::app::modal::{HasDraft, Proof};
use crate::text::Shown;
use crate::view::canvas::Canvas;
use crate::view::line::{Line, wrapped};
use crate::view::say;

fn ask(
    canvas: &mut Canvas<'_>,
    area: Rect,
    (title, text): (&str, &str),
    at: usize,
    options: &[(&str, &str)],
) {
    let (mut dialog, width) = asked(canvas, area, title, text);
    dialog.body = choices(canvas, at, options, width);
    dialog.keep = Some(at);
    dialog::draw(canvas, area, &Dialog { width, ..dialog });
}

/// A question that is answered by a number.
fn prove(
    canvas: &mut Canvas<'_>,
    area: Rect,
    (title, text): (&str, &str),
    proof: &Proof,
    does: &str,
) {
    let (dialog, width) = asked(canvas, area, title, text);
    let (foot, search) = dialog::proof(canvas, proof, does, width);
    let inside = dialog::draw(canvas, area, &Dialog { width, foot, ..dialog });
    dialog::type_below(canvas, inside, &search);
}

/// The question without its answers, and its columns inside.
fn asked(canvas: &Canvas<'_>, area: Rect, title: &str, text: &str) -> (Dialog, usize) {
    let width = dialog::inner(area, 64);
    let mut head = wrapped(Shown::composed(text), canvas.theme.plain, width);
    head.push(Line::empty());
    (Dialog { title: title.to_owned(), head, ..Dialog::default() }, width)
}

/// Whether to leave a changed form. UX.md §3.6.
pub fn leave(canvas: &mut Canvas<'_>, (at, quit): (usize, bool), area: Rect) {
    let title = if quit { "Quit with unsaved answers?" } else { "Leave this form?" };
    let text = "There are unsaved changes.";
    let options = [
        ("Continue editing", ""),
        ("Keep a draft", "sealed, with its secrets; resume in the list"),
        ("Discard it", "changes are lost"),
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
pub fn regenerate(canvas: &mut Canvas<'_>, at: usize, proof: Option<&Proof>, area: Rect) {
    let text = "Agents that were installed with the present key keep using it. Once the form is \
                saved that key is superseded, and they need the new one.";
    let question = ("Replace the key?", text);
    let options = [("Keep the key", ""), ("Generate a new one", "shown here, in use after saving")];
    match proof {
        Some(proof) => prove(canvas, area, question, proof, "replace it"),
        None => ask(canvas, area, question, at, &options),
    }
}

/// Whether to discard a draft.
pub fn discard(canvas: &mut Canvas<'_>, draft: &str, at: usize, proof: Option<&Proof>, area: Rect) {
    // A name of any length must leave room for the choices.
    let draft = Shown::from(draft).cut(100, canvas.theme.signs.ellipsis).into_owned();
    let text = format!("{}: nothing brings it back.", draft.as_str());
    let question = ("Discard this draft?", text.as_str());
    let options = [("Keep it", ""), ("Discard it", "changes are lost")];
    match proof {
        Some(proof) => prove(canvas, area, question, proof, "discard it"),
        None => ask(canvas, area, question, at, &options),
    }
}

/// Asks whether to forget a deleted connection for good.
pub fn purge(canvas: &mut Canvas<'_>, name: &str, at: usize, proof: Option<&Proof>, area: Rect) {
    let name = Shown::from(name).cut(100, canvas.theme.signs.ellipsis).into_owned();
    let text = format!(
        "{}: its secrets, history and drafts go with it, and nothing brings it back.",
        name.as_str()
    );
    let question = ("Purge this connection?", text.as_str());
    let options = [("Keep it", "it stays deleted"), ("Purge it", "")];
    match proof {
        Some(proof) => prove(canvas, area, question, proof, "purge it"),
        None => ask(canvas, area, question, at, &options),
    }
}
