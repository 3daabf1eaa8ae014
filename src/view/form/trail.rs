//! The step bar: which steps are done, where one is, and which have something wrong.

use ratatui::layout::Rect;

use super::Sheet;
use crate::form::{Limits, Step, check_step};
use crate::view::Hit;
use crate::view::canvas::Canvas;
use crate::view::line::Line;

/// Steps whose titles are written, beside the present one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Titles {
    All,
    /// Those with something wrong.
    Wrong,
    None,
}

/// How closely the bar is written: which titles, and how many columns lie between two steps. The
/// first that fits is taken; a step with something wrong keeps its title as long as there is room.
const WAYS: [(Titles, usize); 8] = [
    (Titles::All, 5),
    (Titles::All, 3),
    (Titles::All, 2),
    (Titles::Wrong, 3),
    (Titles::Wrong, 2),
    (Titles::None, 3),
    (Titles::None, 2),
    (Titles::None, 1),
];

/// Draws the bar on one row.
pub fn draw(canvas: &mut Canvas<'_>, sheet: Sheet<'_>, y: u16) {
    let (area, theme) = (canvas.area(), canvas.theme);
    let steps = sheet.steps();
    let (mut parts, mut between) = (Vec::new(), String::new());
    for (titles, gap) in WAYS {
        parts = (0..=steps.len()).map(|at| part(canvas, sheet, &steps, at, titles)).collect();
        between = match gap {
            ..3 => " ".repeat(gap),
            _ => format!(" {} ", theme.signs.horizontal.repeat(gap - 2)),
        };
        let gaps = steps.len() * gap;
        if parts.iter().map(Line::width).sum::<usize>() + gaps <= usize::from(area.width) {
            break;
        }
    }
    let mut x = area.x;
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            x = canvas.text((x, y), area.right().saturating_sub(x), &between, theme.muted);
        }
        let from = x;
        x = canvas.line((x, y), area.right().saturating_sub(x), part);
        canvas.hit(Rect::new(from, y, x - from, 1), Hit::Step(at));
    }
}

fn title(steps: &[&'static Step], at: usize) -> &'static str {
    steps.get(at).map_or("Review", |step| step.title)
}

/// Whether a field of a step has something wrong.
fn is_wrong(sheet: Sheet<'_>, step: &'static Step) -> bool {
    let mut fields = step.visible_fields(&sheet.wizard.values);
    fields.any(|field| sheet.wizard.errors.contains_key(field.key))
}

/// Whether a step was answered: it lies behind, or belongs to a saved connection, and nothing in it
/// is missing.
fn is_done(sheet: Sheet<'_>, steps: &[&'static Step], at: usize) -> bool {
    let Sheet { spec, wizard, model } = sheet;
    let limits = Limits { now: model.now, password: model.settings.password };
    (at < wizard.step || wizard.target.is_some())
        && steps
            .get(at)
            .is_some_and(|it| check_step(spec, &wizard.values, it.key, &limits).is_empty())
}

/// A step: its sign and as much of its title as there is room for. The sign of the present step says
/// where one is, so what is wrong with it stands behind its title.
fn part(
    canvas: &Canvas<'_>,
    sheet: Sheet<'_>,
    steps: &[&'static Step],
    at: usize,
    titles: Titles,
) -> Line {
    let (theme, signs) = (canvas.theme, &canvas.theme.signs);
    let here = at == sheet.wizard.step.min(steps.len());
    let wrong = steps.get(at).is_some_and(|step| is_wrong(sheet, step));
    let (sign, style) = match (here, wrong) {
        (true, _) => (signs.mark, theme.focus),
        (false, true) => (signs.error, theme.error),
        (false, false) if is_done(sheet, steps, at) => (signs.good, theme.good),
        (false, false) => (signs.ahead, theme.muted),
    };
    let mut line = Line::new(sign, style);
    if here || titles == Titles::All || wrong && titles == Titles::Wrong {
        let style = if here { theme.focus } else { theme.plain };
        line.push(format!(" {}", title(steps, at)), style);
    }
    if here && wrong {
        line.push(format!(" {}", signs.error), theme.error);
    }
    line
}
