//! The question before a deletion: what, what is hidden, what depends on it. C5, UX.md §3.4-5.

use ratatui::layout::Rect;

use super::dialog::{self, Dialog, choices};
use crate::app::modal::DeleteDialog;
use crate::app::{Action, Context, Model};
use crate::view::canvas::Canvas;
use crate::view::header;
use crate::view::line::{Line, hanging, wrapped};
use crate::view::text::{Shown, count, counted};

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
    if it.plan.hidden > 0 {
        let verb = if it.plan.hidden == 1 { "is" } else { "are" };
        let text = format!("{} of them {verb} hidden by search or filter.", count(it.plan.hidden));
        let sign = (theme.signs.warning, theme.warning);
        head.extend(hanging(sign, &text, theme.plain, width));
    }
    // With few rows the names and the choices matter most.
    let roomy = dialog::rows(area) >= 12;
    let mut foot = Vec::new();
    if roomy {
        foot.push(Line::empty());
    }
    foot.extend(wrapped(usage(model, it), theme.plain, width));
    if roomy {
        let undo = canvas.keymap.hint(Context::List, Action::Undo);
        let restore = canvas.keymap.hint(Context::List, Action::Deleted);
        let text = format!("It can be undone ({undo}), and restored later ({restore}).");
        foot.extend(wrapped(&text, theme.muted, width));
        foot.push(Line::empty());
    }
    let delete =
        if number == 1 { "Delete".to_owned() } else { format!("Delete {}", count(number)) };
    foot.extend(choices(canvas, it.at, &[("Cancel", ""), (&delete, "")]));
    let dialog = Dialog {
        title,
        width,
        head,
        body: names(canvas, it),
        foot,
        top: it.top,
        ..Dialog::default()
    };
    dialog::draw(canvas, area, &dialog);
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

/// What is known of the projects that depend on them.
fn usage(model: &Model, it: &DeleteDialog) -> &'static str {
    match &it.used_by {
        None if it.asking.is_some() => "Asking which projects use them…",
        None if model.capabilities.usage => "Which projects use them could not be read.",
        None => "This store does not know which projects use them.",
        Some(used) if used.values().all(Vec::is_empty) => "No project uses them.",
        Some(_) => "Projects that use them will stop working.",
    }
}
