//! The question before a deletion: what, what is hidden, what depends on it. C5, UX.md §3.4-5.

use ratatui::layout::Rect;

use super::dialog::{self, Dialog, choices};
use crate::app::modal::DeleteDialog;
use crate::app::{Action, Context, Model};
use crate::text::{Shown, counted, thousands};
use crate::view::canvas::Canvas;
use crate::view::header;
use crate::view::line::{Line, hanging, wrapped};

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, model: &Model, it: &DeleteDialog, area: Rect) {
    let theme = canvas.theme;
    let width = dialog::inner(area, 66);
    let number = it.plan.targets.len();
    let title = match number {
        1 => "Delete this connection?".to_owned(),
        _ => format!("Delete {}?", counted(number, "connection")),
    };
    let badges = header::badges(canvas, model, width < 50);
    let mut head = if badges.spans.is_empty() { Vec::new() } else { vec![badges] };
    let roomy = dialog::rows(area) >= 12;
    if it.plan.hidden > 0 {
        let hidden = thousands(it.plan.hidden);
        let verb = if it.plan.hidden == 1 { "is" } else { "are" };
        let text = match roomy {
            true => format!("{hidden} of them {verb} hidden by search or filter."),
            false => format!("{hidden} hidden by search or filter."),
        };
        let sign = (theme.signs.warning, theme.warning_sign);
        head.extend(hanging(sign, &text, theme.plain, width));
    }
    let delete =
        if number == 1 { "Delete".to_owned() } else { format!("Delete {}", thousands(number)) };
    let (mut foot, search) = match &it.proof {
        Some(proof) => {
            let (foot, search) = dialog::proof(canvas, proof, "delete", width);
            (foot, Some(search))
        }
        None => (choices(canvas, it.at, &[("Cancel", ""), (&delete, "")], width), None),
    };
    // With few rows names and choices matter most, and what is known of projects is one line.
    let mut notes = Vec::new();
    let (whole, short) = usage(model, it);
    if roomy {
        notes.push(Line::empty());
        notes.extend(wrapped(whole, theme.plain, width));
        let undo = canvas.keymap.hint(Context::List, Action::Undo);
        let restore = canvas.keymap.hint(Context::List, Action::Deleted);
        let text = format!("It can be undone ({undo}), and restored later ({restore}).");
        notes.extend(wrapped(&text, theme.muted, width));
        foot.insert(0, Line::empty());
    } else {
        notes.push(Line::new(short, theme.plain));
    }
    let (top, body) = (it.top, names(canvas, it));
    let dialog = Dialog { title, width, head, body, notes, foot, top, ..Dialog::default() };
    let inside = dialog::draw(canvas, area, &dialog);
    if let Some(search) = search {
        dialog::type_below(canvas, inside, &search);
    }
}

/// The names, with the projects that use them where they are known.
fn names(canvas: &Canvas<'_>, it: &DeleteDialog) -> Vec<Line> {
    let theme = canvas.theme;
    it.plan
        .targets
        .iter()
        .map(|target| {
            let name = Shown::from(&target.name);
            let line = Line::new("  ", theme.plain);
            let projects = it.used_by.as_ref().and_then(|used| used.get(&target.id));
            match projects.filter(|it| !it.is_empty()) {
                Some(projects) => line
                    .add(name.cut(36, theme.signs.ellipsis), theme.plain)
                    .add("  used by ", theme.warning)
                    .add(projects.join(", "), theme.plain),
                None => line.add(name, theme.plain),
            }
        })
        .collect()
}

/// What is known of the projects that depend on them, and the same for the smallest screen.
fn usage(model: &Model, it: &DeleteDialog) -> (&'static str, &'static str) {
    let both = |text| (text, text);
    match &it.used_by {
        None if it.asking.is_some() => both("Asking which projects are affected…"),
        None if model.capabilities.usage => {
            ("The affected projects could not be read.", "Affected projects: not read.")
        }
        None => (
            "Which projects are affected is not known in this store.",
            "Affected projects: not known.",
        ),
        Some(used) if used.values().all(Vec::is_empty) => both("No project is affected."),
        Some(_) => ("These projects will stop working.", "These projects stop working."),
    }
}
