//! What stands in place of rows: nothing yet, reading, failed, no match. Each says what to do.

use ratatui::layout::Rect;

use super::status;
use crate::app::{Action, Context, Model};
use crate::text::Shown;
use crate::view::canvas::Canvas;
use crate::view::line::{Line, hanging, wrapped};

/// What the program is, for who meets it first.
const WHAT: &str = "jetbridge plans and checks the connections that an AvePoint Fly migration reads \
     from and writes to. Nothing here changes AvePoint Fly or Microsoft 365.";

/// Draws the state that applies.
pub fn draw(canvas: &mut Canvas<'_>, model: &Model, area: Rect) {
    let margin = if area.width >= 60 { 3 } else { 1 };
    let inner = Rect {
        x: area.x + margin,
        y: area.y + 1,
        width: area.width.saturating_sub(margin * 2),
        height: area.height.saturating_sub(1),
    };
    let width = usize::from(inner.width.min(72));
    let lines = if model.list.rows.is_empty() {
        match &model.list.error {
            Some(error) => failed(canvas, &error.to_string(), &error.hint(), width),
            None if model.list.loading.is_some() || !model.list.loaded => {
                vec![Line::new("Reading the list…", canvas.theme.muted)]
            }
            None => {
                let roomy = inner.width >= 60 && inner.height >= 14;
                empty(canvas, model, width, roomy)
            }
        }
    } else {
        no_match(canvas, model, width)
    };
    canvas.lines(inner, &lines);
}

fn key_line(canvas: &Canvas<'_>, action: Action, does: &str) -> Option<Line> {
    let key = canvas.keymap.hint(Context::List, action);
    (!key.is_empty()).then(|| {
        Line::new(&key, canvas.theme.key).pad(9, canvas.theme.plain).add(does, canvas.theme.plain)
    })
}

fn failed(canvas: &Canvas<'_>, what: &str, hint: &str, width: usize) -> Vec<Line> {
    let theme = canvas.theme;
    let text = format!("The list could not be read: {what}.");
    let mut lines =
        hanging((theme.signs.error, theme.error), Shown::composed(&text), theme.plain, width);
    if !hint.is_empty() {
        lines.extend(wrapped(Shown::composed(hint), theme.plain, width));
    }
    lines.push(Line::empty());
    lines.extend(key_line(canvas, Action::Refresh, "try again"));
    lines.extend(key_line(canvas, Action::Quit, "quit"));
    lines
}

/// Without room the keys come first and what they do in few words.
fn empty(canvas: &Canvas<'_>, model: &Model, width: usize, roomy: bool) -> Vec<Line> {
    let (theme, can) = (canvas.theme, &model.capabilities);
    let either = |long: &'static str, short: &'static str| if roomy { long } else { short };
    let mut lines = vec![Line::new("No connections yet.", theme.title)];
    if roomy {
        lines.push(Line::empty());
    }
    if can.write {
        if roomy {
            lines.extend(wrapped(WHAT, theme.muted, width));
            lines.push(Line::empty());
        }
        let does = either("create the first connection", "create a connection");
        lines.extend(key_line(canvas, Action::Create, does));
        let does = either("load sample data to try things out", "load sample data");
        lines.extend(key_line(canvas, Action::Sample, does));
    }
    if can.edit_directory {
        let does = either(
            "import tenants, app profiles and accounts from a file",
            "import tenants and accounts",
        );
        lines.extend(key_line(canvas, Action::ImportDirectory, does));
    }
    if can.write {
        let does = either(
            "switch to AvePoint Fly or another store (read-only for Fly)",
            "switch to AvePoint Fly",
        );
        lines.extend(key_line(canvas, Action::Contexts, does));
        lines.extend(key_line(canvas, Action::Help, "show every key"));
    }
    if model.drafts > 0 && can.drafts {
        lines.extend(key_line(canvas, Action::Drafts, "resume a draft"));
    }
    if can.read_only.is_some() {
        let text = if model.is_live() {
            "AvePoint Fly lists none that this app registration can see."
        } else {
            model.read_only_reason()
        };
        lines.extend(wrapped(text, theme.plain, width));
        lines.push(Line::empty());
        lines.extend(key_line(canvas, Action::Refresh, "read again"));
        lines.extend(key_line(canvas, Action::Contexts, "switch to another context"));
    }
    if can.write && roomy {
        lines.push(Line::empty());
        for text in [
            "In a shell: jetbridge import FILE adds connections from a file,",
            "jetbridge context add NAME --kind fly connects AvePoint Fly.",
        ] {
            lines.extend(wrapped(text, theme.muted, width));
        }
    }
    lines
}

fn no_match(canvas: &Canvas<'_>, model: &Model, width: usize) -> Vec<Line> {
    let theme = canvas.theme;
    let mut lines = vec![Line::new("No connection matches.", theme.title), Line::empty()];
    let mut narrowed = status::narrowed(model);
    if model.list.search.typing && !model.list.search.is_empty() {
        narrowed.insert(0, ("Search", model.list.search.value().to_owned()));
    }
    for (name, values) in narrowed {
        let label = Line::new(name, theme.muted).pad(9, theme.plain);
        let room = width.saturating_sub(9);
        lines.push(label.add(Shown::from(&values).cut(room, theme.signs.ellipsis), theme.plain));
    }
    lines.push(Line::empty());
    if model.list.search.typing {
        let back = canvas.keymap.hint(Context::Search, Action::Back);
        let text = format!("Change the search, or clear it with {back}.");
        lines.extend(wrapped(&text, theme.plain, width));
    } else {
        lines.extend(key_line(canvas, Action::ClearFilter, "clear search and filter"));
        lines.extend(key_line(canvas, Action::Search, "change the search"));
        lines.extend(key_line(canvas, Action::Filter, "change the filter"));
    }
    lines
}
