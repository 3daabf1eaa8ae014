//! The manifest in the chosen form, with what to know about it. P6.

use ratatui::layout::Rect;
use uuid::Uuid;

use super::{details, result};
use crate::app::permissions::Screen;
use crate::app::{Action, Context};
use crate::permissions::catalogue;
use crate::permissions::manifest::Form;
use crate::text::Shown;
use crate::view::canvas::Canvas;
use crate::view::line::{Line, hanging, wrapped};
use crate::view::pane::under_rule;

/// Columns from which names stand behind the ids.
const NAMED: u16 = 74;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, screen: &Screen, area: Rect) {
    let built = screen.built();
    if let Some(why) = built.empty_because {
        return empty(canvas, why, area);
    }
    let theme = canvas.theme;
    let width = usize::from(area.width);
    let mut notes: Vec<Line> = Vec::new();
    for warning in &built.warnings {
        let sign = (theme.signs.warning, theme.warning_sign);
        for (at, text) in warning.lines().iter().enumerate() {
            let sign = if at == 0 { sign } else { (" ", theme.plain) };
            notes.extend(hanging(sign, Shown::composed(text), theme.plain, width));
        }
    }
    let text = built.manifest.render(screen.format);
    let json: Vec<&str> = text.lines().collect();
    // The text comes first; the notes are a key away in full.
    let wanted = details::height(area, json.len() + 1, notes.len());
    let below = wanted.min((area.height / 3).max(area.height.saturating_sub(json_rows(&json))));
    let head = head(canvas, screen.format, built.manifest.len());
    canvas.line((area.x, area.y), area.width, &head);
    let room = usize::from((area.height - below).saturating_sub(1));
    let top = result::top(screen.at, json.len(), room);
    let rows: Vec<Line> = json
        .iter()
        .enumerate()
        .skip(top)
        .take(room)
        .map(|(at, text)| row(canvas, screen, (at, text), area.width))
        .collect();
    let body = Rect { y: area.y + 1, height: (area.height - below).saturating_sub(1), ..area };
    canvas.lines(body, &rows);
    let pane = Rect { y: area.bottom() - below, height: below, ..area };
    under_rule(canvas, pane, &notes);
}

fn json_rows(json: &[&str]) -> u16 {
    u16::try_from(json.len() + 1).unwrap_or(u16::MAX)
}

fn head(canvas: &Canvas<'_>, form: Form, count: usize) -> Line {
    let theme = canvas.theme;
    let about = match form {
        Form::Array => "the bare array",
        Form::Property => "to paste into the manifest in the portal",
        Form::Patch => "body of a PATCH in Microsoft Graph; it replaces the whole list",
    };
    let key = canvas.keymap.hint(Context::Permissions, Action::NextFormat);
    let dot = format!(" {} ", theme.signs.dot);
    Line::new(format!("{} {} {}", theme.signs.less, form.slug(), theme.signs.more), theme.plain)
        .add(format!(" {key}"), theme.key)
        .add(format!("{dot}{count} permissions{dot}{about}"), theme.muted)
}

/// A line of JSON; behind an id the name that it stands for.
fn row(canvas: &Canvas<'_>, screen: &Screen, (at, text): (usize, &str), width: u16) -> Line {
    let (line, style) = result::at_row(canvas, screen, at);
    let line = line.add(text, style);
    match name(text).filter(|_| width >= NAMED) {
        Some(name) => line.add("  ", canvas.theme.plain).add(name, canvas.theme.muted),
        None => line,
    }
}

/// The API or permission whose id stands in a line.
fn name(text: &str) -> Option<&'static str> {
    let all = catalogue();
    let id = text.split('"').nth(3).and_then(|it| Uuid::parse_str(it).ok())?;
    if text.contains("resourceAppId") {
        return all.resource(id).map(|it| it.name.as_str());
    }
    all.permissions.iter().find(|it| it.id == id).map(|it| it.value.as_str())
}

fn empty(canvas: &mut Canvas<'_>, why: &str, area: Rect) {
    let theme = canvas.theme;
    let width = usize::from(area.width.min(72));
    let mut lines = wrapped("No manifest for this sign-in.", theme.title, width);
    lines.extend(wrapped(why, theme.plain, width));
    canvas.lines(area, &lines);
}
