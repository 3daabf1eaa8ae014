//! The last step: the whole record, everything that is wrong with it, what saving will do. G12, D17.

use ratatui::layout::Rect;

use super::Sheet;
use crate::app::geometry::{REVIEW_LABEL, REVIEW_ROWS, REVIEW_WIDTH, review_foot};
use crate::app::{Action, Context};
use crate::form::{self, review};
use crate::text::{Shown, counted};
use crate::view::canvas::Canvas;
use crate::view::line::{Line, hanging};

/// Draws it, scrolled by the form's own line.
pub fn draw(canvas: &mut Canvas<'_>, sheet: Sheet<'_>, area: Rect) {
    let width = usize::from(area.width.min(REVIEW_WIDTH));
    let foot = saving(canvas, sheet, width);
    let foot_height =
        u16::try_from(foot.len().min(review_foot(width))).unwrap_or(0).min(area.height / 2);
    let body = Rect { height: area.height.saturating_sub(foot_height + 1), ..area };
    let mut lines = problems(canvas, sheet, width);
    lines.extend(record(canvas, sheet, width));
    lines.extend(warnings(canvas, sheet, width));
    let room = usize::from(body.height);
    let top = sheet.wizard.top.min(lines.len().saturating_sub(room));
    canvas.lines(body, lines.get(top..).unwrap_or_default());
    canvas.rule((area.x, body.bottom()), area.width);
    if lines.len() > room {
        let shown = (top + room).min(lines.len());
        let text = format!(" {shown} of {} lines ", lines.len());
        let at = (area.x, body.bottom());
        canvas.right(at, area.width.saturating_sub(2), &text, canvas.theme.muted);
    }
    canvas.lines(Rect { y: body.bottom() + 1, height: foot_height, ..area }, &foot);
}

/// Every error with the step and field it belongs to.
fn problems(canvas: &Canvas<'_>, sheet: Sheet<'_>, width: usize) -> Vec<Line> {
    let theme = canvas.theme;
    let errors = &sheet.wizard.errors;
    let mut lines = Vec::new();
    for step in sheet.steps() {
        for field in step.visible_fields(&sheet.wizard.values) {
            let Some(message) = errors.get(field.key) else { continue };
            let text = format!("{} {} {}: ", step.title, theme.signs.trail, field.label);
            let text = format!("{text}{}", Shown::composed(message).as_str());
            let sign = (theme.signs.error, theme.error);
            lines.extend(hanging(sign, Shown::composed(&text), theme.plain, width));
        }
    }
    if lines.is_empty() {
        return lines;
    }
    let title = format!("{} to change first", counted(errors.len(), "answer"));
    lines.insert(0, Line::new(&title, theme.error));
    lines.push(Line::empty());
    lines
}

/// Label and value of every answer.
fn record(canvas: &Canvas<'_>, sheet: Sheet<'_>, width: usize) -> Vec<Line> {
    let answers = review(sheet.spec, &sheet.wizard.values);
    let widest = answers.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0);
    let label_width = widest.min(REVIEW_LABEL).min(width / 2);
    let mut lines = Vec::new();
    for (label, value) in answers {
        lines.extend(answer(canvas, label, &value, label_width, width));
    }
    lines
}

fn answer(
    canvas: &Canvas<'_>,
    label: &str,
    value: &str,
    label_width: usize,
    width: usize,
) -> Vec<Line> {
    let theme = canvas.theme;
    let labels = Shown::from(label).wrap(label_width);
    let mut values = Shown::from(value).wrap(width.saturating_sub(label_width + 2));
    values.truncate(REVIEW_ROWS);
    (0..labels.len().max(values.len()))
        .map(|at| {
            let mut line = Line::empty();
            if let Some(part) = labels.get(at) {
                line.push_shown(part.clone(), theme.muted);
            }
            line = line.pad(label_width + 2, theme.plain);
            if let Some(part) = values.get(at) {
                line.push_shown(part.clone(), theme.plain);
            }
            line
        })
        .collect()
}

/// Warnings that apply to these answers, each text once.
fn warnings(canvas: &Canvas<'_>, sheet: Sheet<'_>, width: usize) -> Vec<Line> {
    let theme = canvas.theme;
    let mut lines = Vec::new();
    for text in form::warnings(sheet.spec, &sheet.wizard.values) {
        if lines.is_empty() {
            lines.push(Line::empty());
        }
        let text = format!("Warning: {text}");
        lines.extend(hanging((theme.signs.warning, theme.warning_sign), &text, theme.plain, width));
    }
    lines
}

/// What saving does, with its key.
fn saving(canvas: &Canvas<'_>, sheet: Sheet<'_>, width: usize) -> Vec<Line> {
    let theme = canvas.theme;
    let key = canvas.keymap.hint(Context::Review, Action::Save);
    let text = if !sheet.wizard.errors.is_empty() {
        "checks again, then saves.".to_owned()
    } else if sheet.wizard.says_nothing() {
        "closes the form: nothing was changed.".to_owned()
    } else if let Some(target) = &sheet.wizard.target {
        format!(
            "saves the changes as revision {}; the history keeps the one before.",
            target.revision.saturating_add(1)
        )
    } else {
        "creates this connection.".to_owned()
    };
    hanging((&key, theme.key), &text, theme.plain, width)
}
