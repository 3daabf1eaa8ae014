//! Help for the focused field: what it is for, what applies to these answers, which keys work.

use super::{Sheet, context, focused};
use crate::domain::health::Level;
use crate::form::{Advice, Choice, Field, Kind, Need};
use crate::view::canvas::Canvas;
use crate::view::footer::of_field;
use crate::view::line::{Line, hanging, wrapped};
use crate::view::say;

/// The lines, the most urgent first, for they may be cut. With a title when the help stands on
/// its own.
pub fn lines(canvas: &Canvas<'_>, sheet: Sheet<'_>, width: usize, alone: bool) -> Vec<Line> {
    let Some(field) = focused(sheet.wizard, sheet.spec) else { return Vec::new() };
    let theme = canvas.theme;
    let mut parts: Vec<Vec<Line>> = Vec::new();
    if alone {
        parts.push(vec![title(canvas, field)]);
    }
    let all = sheet.spec.advice_by_field(&sheet.wizard.values);
    let applies = |level: Level| {
        let ours = all.iter().filter(|(it, _)| it.key == field.key).map(|(_, advice)| advice);
        ours.filter(move |it| it.level == level)
    };
    for advice in applies(Level::Error).chain(applies(Level::Warning)) {
        parts.push(advice_lines(canvas, advice, width));
    }
    parts.push(wrapped(field.help, theme.plain, width));
    if let Some(option) = chosen(sheet, field).filter(|it| !it.help.is_empty()) {
        let text = format!("{}: {}", option.label, option.help);
        parts.push(hanging((theme.signs.cursor, theme.plain), &text, theme.plain, width));
    }
    for advice in applies(Level::Advice) {
        parts.push(advice_lines(canvas, advice, width));
    }
    // Below the fields, the footer shows the same keys two rows further down.
    if alone {
        parts.push(keys(canvas, sheet, field, width));
    }
    joined(parts, alone)
}

/// Parts below each other, apart by a blank line where there is room for it.
fn joined(parts: Vec<Vec<Line>>, apart: bool) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for part in parts.into_iter().filter(|it| !it.is_empty()) {
        if apart && !lines.is_empty() {
            lines.push(Line::empty());
        }
        lines.extend(part);
    }
    lines
}

fn title(canvas: &Canvas<'_>, field: &Field) -> Line {
    let theme = canvas.theme;
    let need = match field.need {
        Need::Required(_) => "required",
        Need::Optional => "optional",
    };
    Line::new(field.label, theme.title).add(format!("  {need}"), theme.muted)
}

fn advice_lines(canvas: &Canvas<'_>, advice: &Advice, width: usize) -> Vec<Line> {
    let theme = canvas.theme;
    let (sign, style, word) = match advice.level {
        Level::Error => (theme.signs.error, theme.error, "Error: "),
        Level::Warning => (theme.signs.warning, theme.warning_sign, "Warning: "),
        Level::Advice | Level::Unchecked | Level::Good => {
            (theme.signs.advice, theme.advice, "Note: ")
        }
    };
    hanging((sign, style), format!("{word}{}", advice.text), theme.plain, width)
}

fn chosen(sheet: Sheet<'_>, field: &Field) -> Option<&'static Choice> {
    let Kind::Choice(options) = field.kind else { return None };
    let key = sheet.wizard.values.choice(field.key)?;
    options.iter().find(|it| it.key == key)
}

/// The keys of this kind of field, in lines that break between keys.
fn keys(canvas: &Canvas<'_>, sheet: Sheet<'_>, field: &Field, width: usize) -> Vec<Line> {
    let place = context(sheet.wizard, sheet.spec);
    let pairs = of_field(field, sheet.wizard);
    let mut lines: Vec<Line> = Vec::new();
    for (_, key, does) in say::joined(canvas, place, &pairs) {
        let one = Line::new(&key, canvas.theme.key).add(format!(" {does}"), canvas.theme.muted);
        match lines.last_mut() {
            Some(line) if line.width() + 3 + one.width() <= width => {
                line.push("   ", canvas.theme.plain);
                line.spans.extend(one.spans);
            }
            _ => lines.push(one),
        }
    }
    lines
}
