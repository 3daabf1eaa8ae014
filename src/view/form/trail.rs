//! The step trail: where one is, and which steps have something wrong.

use ratatui::layout::Rect;

use super::Sheet;
use crate::form::Step;
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

/// How closely the trail is written: which titles, and what stands between two steps. The first
/// that fits is taken; a step with something wrong keeps its title as long as there is room.
const WAYS: [(Titles, usize); 7] = [
    (Titles::All, 5),
    (Titles::All, 3),
    (Titles::All, 2),
    (Titles::Wrong, 3),
    (Titles::Wrong, 1),
    (Titles::None, 3),
    (Titles::None, 1),
];

/// Draws the trail on one row.
pub fn draw(canvas: &mut Canvas<'_>, sheet: Sheet<'_>, y: u16) {
    let (area, theme) = (canvas.area(), canvas.theme);
    let steps = sheet.steps();
    let (mut parts, mut between) = (Vec::new(), String::new());
    for (titles, gap) in WAYS {
        parts = (0..=steps.len()).map(|at| part(canvas, sheet, &steps, at, titles)).collect();
        between = match gap {
            5 => format!("  {}  ", theme.signs.horizontal),
            3 => format!(" {} ", theme.signs.horizontal),
            _ => " ".repeat(gap),
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

/// How many fields of a step have something wrong.
fn wrong(sheet: Sheet<'_>, steps: &[&'static Step], at: usize) -> usize {
    let values = &sheet.wizard.values;
    steps.get(at).map_or(0, |step| {
        step.visible_fields(values)
            .filter(|field| sheet.wizard.errors.contains_key(field.key))
            .count()
    })
}

fn part(
    canvas: &Canvas<'_>,
    sheet: Sheet<'_>,
    steps: &[&'static Step],
    at: usize,
    titles: Titles,
) -> Line {
    let theme = canvas.theme;
    let here = at == sheet.wizard.step.min(steps.len());
    let style = if here { theme.focus } else { theme.plain };
    let mut line = Line::empty();
    if here {
        line.push(format!("{} ", theme.signs.cursor), theme.focus);
    }
    let wrong = wrong(sheet, steps, at) > 0;
    if wrong {
        line.push(format!("{} ", theme.signs.error), theme.error);
    }
    line.push((at + 1).to_string(), style);
    if here || titles == Titles::All || wrong && titles == Titles::Wrong {
        line.push(format!(" {}", title(steps, at)), style);
    }
    line
}
