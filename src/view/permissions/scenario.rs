//! The choices of the scenario. P1, P6.

use ratatui::layout::Rect;

use crate::app::permissions::{Choice, Screen};
use crate::text::{Shown, counted};
use crate::view::canvas::Canvas;
use crate::view::line::Line;

/// Columns of a value whose label stands above it.
const INDENT: usize = 2;

/// Draws the choices; `alone` when nothing is beside them, so that they show what follows.
pub fn draw(canvas: &mut Canvas<'_>, screen: &Screen, area: Rect, alone: bool) {
    let theme = canvas.theme;
    let head = if screen.in_result { theme.plain } else { theme.title };
    canvas.text((area.x, area.y), area.width, "Scenario", head);
    let body = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let foot = u16::from(alone);
    let room = usize::from(body.height.saturating_sub(foot));
    let blocks: Vec<Vec<Line>> =
        (0..Choice::ALL.len()).map(|at| block(canvas, screen, at, area.width)).collect();
    // Each choice has its own rows; the one with the keys is always among those shown.
    let start: usize = blocks.iter().take(screen.choice).map(Vec::len).sum();
    let own = blocks.get(screen.choice).map_or(1, Vec::len);
    let total: usize = blocks.iter().map(Vec::len).sum();
    let peek = usize::from(screen.choice + 1 < blocks.len());
    let top = (start + own + peek).min(total).saturating_sub(room).min(start);
    let lines: Vec<Line> = blocks.into_iter().flatten().skip(top).take(room).collect();
    canvas.lines(body, &lines);
    if alone {
        let needs = screen.needs();
        let permissions = needs.iter().filter(|it| it.permission().is_some()).count();
        let others = needs.len() - permissions;
        let text = format!("Needs {} and {others} besides", counted(permissions, "permission"));
        canvas.text((area.x, area.bottom() - 1), area.width, &text, theme.muted);
    }
}

/// A choice in one row, or in two where label and value do not fit beside each other.
fn block(canvas: &Canvas<'_>, screen: &Screen, at: usize, width: u16) -> Vec<Line> {
    let theme = canvas.theme;
    let Some(choice) = Choice::ALL.get(at).copied() else { return Vec::new() };
    let here = at == screen.choice;
    let active = here && !screen.in_result;
    let sign = if active { theme.signs.cursor } else { " " };
    let label = if active { theme.focus } else { theme.muted };
    let value = if active { theme.cursor } else { theme.plain };
    let text = choice.value(&screen.scenario);
    let head = Line::new(sign, theme.focus).add(" ", theme.plain).add(choice.label(), label);
    let width = usize::from(width);
    let shown = |mut line: Line, room: usize| {
        let cut = Shown::from(text).cut(room.saturating_sub(4), theme.signs.ellipsis).into_owned();
        if active {
            line.push(theme.signs.less, theme.key);
            line.push(" ", theme.plain);
            line.push_shown(cut, value);
            line.push(" ", theme.plain);
            line.push(theme.signs.more, theme.key);
        } else {
            line.push("  ", theme.plain);
            line.push_shown(cut, value);
        }
        line
    };
    let beside = 21;
    if beside + 4 + Shown::from(text).width() <= width {
        return vec![shown(head.pad(beside, theme.plain), width - beside)];
    }
    let indent = Line::new(" ".repeat(INDENT), theme.plain);
    vec![head, shown(indent, width.saturating_sub(INDENT))]
}
