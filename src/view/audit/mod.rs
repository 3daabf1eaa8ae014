//! The audit screen: findings by level, and what the one under the cursor means.

mod details;
mod states;
mod status;

use ratatui::layout::Rect;

use super::Hit;
use super::canvas::Canvas;
use crate::app::audit::{Group, Line, Screen};
use crate::app::geometry::{Pane, audit_head, audit_pane, audit_rows};
use crate::app::{Action, Context, Model};
use crate::domain::health::Level;
use crate::text::{Shown, thousands};

/// Rows of the title.
const TITLE: u16 = 1;
/// Rows below it: notice and footer.
const BELOW: u16 = 2;
/// Columns from which the tenant is shown.
const ROOMY: u16 = 100;

/// Draws the screen; the last two rows are the footer's.
pub fn draw(canvas: &mut Canvas<'_>, model: &Model, screen: &Screen) {
    let area = canvas.area();
    title(canvas, model);
    let head = audit_head(model.size);
    status::draw(canvas, screen, Rect::new(area.x, area.y + TITLE, area.width, head));
    let height = area.height.saturating_sub(TITLE + head + BELOW);
    let body = Rect::new(area.x, area.y + TITLE + head, area.width, height);
    if screen.shown.is_empty() {
        states::draw(canvas, model, screen, body);
        return;
    }
    let (list, pane) = split(model, screen, body);
    rows(canvas, screen, list);
    if let (Some(pane), Some(hit)) = (pane, screen.current()) {
        details::draw(canvas, hit, screen.details_top, pane);
    }
}

/// Divides the rows between list and details as `geometry` does.
fn split(model: &Model, screen: &Screen, body: Rect) -> (Rect, Option<Rect>) {
    match audit_pane(model.size).filter(|_| !screen.plain) {
        None => (body, None),
        Some(Pane::Beside(columns)) => {
            let list = Rect { width: body.width.saturating_sub(columns), ..body };
            (list, Some(Rect { x: list.right(), width: columns, ..body }))
        }
        Some(Pane::Under(_)) => {
            let height = u16::try_from(audit_rows(model)).unwrap_or(u16::MAX).min(body.height);
            let list = Rect { height, ..body };
            (list, Some(Rect { y: list.bottom(), height: body.height - height, ..body }))
        }
    }
}

fn title(canvas: &mut Canvas<'_>, model: &Model) {
    let (area, theme) = (canvas.area(), canvas.theme);
    let mut end = area.right();
    if let Some(doing) = model.busy() {
        let spinner = theme.spinner(model.spin);
        canvas.right((area.x, area.y), area.width, spinner, theme.plain);
        canvas.right((area.x, area.y), area.width.saturating_sub(2), doing, theme.plain);
        end = end.saturating_sub(u16::try_from(doing.len()).unwrap_or(0) + 4);
    }
    let put = |canvas: &mut Canvas<'_>, x: u16, text: &str, style| {
        canvas.text((x, area.y), end.saturating_sub(x), text, style)
    };
    let mut x = put(canvas, area.x, "Audit", theme.title);
    if model.settings.demo {
        x = put(canvas, x + 1, " DEMO ", theme.badge);
    }
    put(canvas, x + 2, model.place_name(), theme.muted);
}

fn rows(canvas: &mut Canvas<'_>, screen: &Screen, area: Rect) {
    for (y, line) in (area.y..area.bottom()).zip(screen.top..screen.lines()) {
        let row = Rect { y, height: 1, ..area };
        match screen.at_line(line) {
            Line::Head(group) => head(canvas, screen, row, group),
            Line::Finding(place) => finding(canvas, screen, row, place),
        }
    }
}

fn head(canvas: &mut Canvas<'_>, screen: &Screen, area: Rect, group: Group) {
    let (level, word) = match group {
        Group::Rule(rule) => (rule.level, rule.title),
        Group::Level(level) => (level, level_word(level)),
    };
    let (sign, style) = canvas.theme.level(level);
    let theme = canvas.theme;
    let line = crate::view::line::Line::new(sign, style)
        .add(format!(" {word}"), theme.title)
        .add(format!("  {}", thousands(screen.count(group))), theme.muted);
    canvas.line((area.x, area.y), area.width, &line);
}

const fn level_word(level: Level) -> &'static str {
    match level {
        Level::Error => "Errors",
        Level::Warning => "Warnings",
        Level::Advice => "Advice",
        Level::Unchecked => "Not checked",
        Level::Good => "In order",
    }
}

fn finding(canvas: &mut Canvas<'_>, screen: &Screen, area: Rect, place: usize) {
    let Some(hit) = screen.hit(place) else { return };
    let theme = canvas.theme;
    let here = place == screen.at;
    if here {
        canvas.text((area.x, area.y), 1, theme.signs.cursor, theme.focus);
    }
    let style = if here { theme.title } else { theme.plain };
    let room = area.width.saturating_sub(2);
    let tenant = if area.width >= ROOMY { 18 } else { 0 };
    let name = (room - tenant) / 2;
    let from = area.x + 2;
    canvas.text((from, area.y), name.saturating_sub(2), &*hit.subject.name, style);
    let right = room.saturating_sub(name + tenant + if tenant > 0 { 2 } else { 0 });
    // Under the head of its rule there is more to say than the rule.
    if screen.by_rule {
        canvas.text((from + name, area.y), right, &*hit.detail, theme.muted);
    } else {
        canvas.text((from + name, area.y), right, hit.rule.title, theme.muted);
    }
    if tenant > 0 {
        let tenant_at = area.right().saturating_sub(tenant);
        canvas.text((tenant_at, area.y), tenant, &*hit.subject.tenant, theme.muted);
    }
    if here {
        canvas.tint(area, theme.selection);
    }
    canvas.hit(area, Hit::Entry(place));
}

/// A key of this screen in words: `x clears`.
fn key(canvas: &Canvas<'_>, action: Action) -> String {
    canvas.keymap.hint(Context::Audit, action)
}

/// A sentence of ours that names may be in.
fn composed(text: &str) -> Shown<'_> {
    Shown::composed(text)
}
