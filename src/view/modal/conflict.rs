//! A save that met a newer revision: where the two differ, and what can be done. C7.

use ratatui::layout::Rect;

use super::dialog::{self, Dialog, choices};
use crate::app::Model;
use crate::app::modal::Conflict;
use crate::form::Difference;
use crate::text::{Shown, counted};
use crate::view::canvas::Canvas;
use crate::view::line::{Line, wrapped};
use crate::view::say;

const CHOICES: [(&str, &str); 4] = [
    ("Continue editing", "decide later"),
    ("Take theirs", "yours stays as a draft"),
    ("Save mine over theirs", "theirs stays in the history"),
    ("Keep mine as a copy", "a new connection beside theirs"),
];

const DELETED: [(&str, &str); 4] = [
    ("Continue editing", "decide later"),
    ("Leave it deleted", "yours stays as a draft"),
    ("Restore it and save mine", "with its key and secrets"),
    ("Save mine as a new connection", "with its key and secrets"),
];

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, model: &Model, it: &Conflict, area: Rect) {
    let theme = canvas.theme;
    let width = dialog::inner(area, 72);
    let roomy = dialog::rows(area) >= 12;
    let when = say::minute(it.at_time, &model.settings);
    // A name of any length must leave room for what was done.
    let by = Shown::from(&it.by).cut(40, theme.signs.ellipsis).into_owned();
    let (title, text, choose) = if it.deleted {
        let text = format!(
            "{} deleted this connection at {when}, after it was opened here. It can be restored.",
            by.as_str()
        );
        ("Someone else deleted this connection", text, DELETED)
    } else {
        let text = format!(
            "{} saved this connection at {when}, after it was opened here. Nothing was overwritten.",
            by.as_str()
        );
        ("Someone else changed this connection", text, CHOICES)
    };
    let title = match it.deleted {
        _ if width >= 44 => title,
        true => "Deleted by someone else",
        false => "Changed by someone else",
    };
    let mut head = wrapped(Shown::composed(&text), theme.plain, width);
    let mut body = Vec::new();
    match &it.differences {
        Some(differences) if !differences.is_empty() => {
            if roomy {
                head.push(Line::empty());
            }
            let verb = if differences.len() == 1 { "differs" } else { "differ" };
            let end = if roomy { ":" } else { "." };
            let reported = format!("{} {verb}{end}", counted(differences.len(), "answer"));
            head.push(Line::new(reported, theme.muted));
            for difference in differences {
                body.extend(lines(canvas, difference, it.deleted, width));
            }
        }
        Some(_) => head.extend(wrapped("Both have the same answers.", theme.muted, width)),
        None => {
            let text = match (it.asking.is_some(), it.deleted) {
                (true, false) => "Reading theirs to compare…",
                (true, true) => "Reading what was deleted to compare…",
                (false, false) => "Theirs could not be read to compare.",
                (false, true) => "What was deleted could not be read to compare.",
            };
            head.extend(wrapped(text, theme.muted, width));
        }
    }
    let at = it.at.place();
    // With few rows every choice is in sight, and what it does is in its own words.
    let choose = if roomy { choose } else { choose.map(|(label, _)| (label, "")) };
    let options = choices(canvas, at, &choose, width);
    let dialog = Dialog { title: title.to_owned(), width, head, ..Dialog::default() };
    // With few rows the choices matter most.
    let dialog = if roomy {
        let foot = [vec![Line::empty()], options].concat();
        Dialog { body, foot, top: it.top, ..dialog }
    } else {
        Dialog { body: options, keep: Some(at), ..dialog }
    };
    dialog::draw(canvas, area, &dialog);
}

/// A label, and below it what each of the two answers.
fn lines(canvas: &Canvas<'_>, it: &Difference, deleted: bool, width: usize) -> Vec<Line> {
    let theme = canvas.theme;
    let mut lines = vec![Line::new(it.label, theme.plain)];
    let theirs = if deleted { "  deleted " } else { "  theirs  " };
    for (whose, answer) in [(theirs, &it.theirs), ("  mine    ", &it.mine)] {
        let room = width.saturating_sub(whose.len());
        for (at, part) in Shown::from(answer).wrap(room).into_iter().take(2).enumerate() {
            let mut line = Line::new(if at == 0 { whose } else { "          " }, theme.muted);
            line.push_shown(part, theme.plain);
            lines.push(line);
        }
    }
    lines
}
