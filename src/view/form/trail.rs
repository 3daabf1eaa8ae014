//! Where one is among the steps, and which of them have something wrong.

use ratatui::layout::Rect;

use super::Sheet;
use crate::form::Step;
use crate::view::Hit;
use crate::view::canvas::Canvas;
use crate::view::line::Line;

/// Draws the trail on one row: all steps where they fit, else the present one with its number.
pub fn draw(canvas: &mut Canvas<'_>, sheet: Sheet<'_>, y: u16) {
    let area = canvas.area();
    let steps = sheet.steps();
    let parts: Vec<Line> = (0..=steps.len()).map(|at| part(canvas, sheet, &steps, at)).collect();
    let theme = canvas.theme;
    let between = format!("  {}  ", theme.signs.trail);
    let gaps = (parts.len() - 1) * (between.chars().count());
    let width = parts.iter().map(Line::width).sum::<usize>() + gaps;
    if width > usize::from(area.width) {
        return short(canvas, sheet, &steps, y);
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

fn part(canvas: &Canvas<'_>, sheet: Sheet<'_>, steps: &[&'static Step], at: usize) -> Line {
    let theme = canvas.theme;
    let here = at == sheet.wizard.step.min(steps.len());
    let style = if here { theme.focus } else { theme.plain };
    let mut line = Line::empty();
    if here {
        line.push(format!("{} ", theme.signs.cursor), theme.focus);
    }
    if wrong(sheet, steps, at) > 0 {
        line.push(format!("{} ", theme.signs.error), theme.error);
    }
    line.add(format!("{} {}", at + 1, title(steps, at)), style)
}

fn short(canvas: &mut Canvas<'_>, sheet: Sheet<'_>, steps: &[&'static Step], y: u16) {
    let (area, theme) = (canvas.area(), canvas.theme);
    let at = sheet.wizard.step.min(steps.len());
    let mut line = Line::new(format!("{} ", theme.signs.cursor), theme.focus)
        .add(title(steps, at), theme.focus)
        .add(format!("  step {} of {}", at + 1, steps.len() + 1), theme.muted);
    let all: usize = (0..steps.len()).map(|it| wrong(sheet, steps, it)).sum();
    if all > 0 {
        line.push(format!("  {} {all} to change", theme.signs.error), theme.error);
    }
    canvas.line((area.x, y), area.width, &line);
}
