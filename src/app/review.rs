//! The lines of a form's review: what needs attention, then every answer step by step with what it
//! replaces, then warnings. Drawing and scrolling both go by them.

use super::wizard::Wizard;
use crate::form::{self, Kind, Review, Spec};
use crate::text::{Shown, counted};

/// Most columns of the review.
pub const WIDTH: u16 = 110;
/// Columns before a label: the sign of a change.
pub const LEAD: usize = 2;
/// Columns of the arrow from old to new with its blanks.
pub const ARROW: usize = 4;
/// Widest column of the labels.
const LABEL: usize = 30;
/// Most lines of an answer.
const ROWS: usize = 6;
/// Most lines of the answer that another replaces.
const OLD_ROWS: usize = 2;
/// Rows of the terminal from which a blank one separates the steps.
const ROOMY: u16 = 28;

/// A line.
#[derive(Debug, Clone, PartialEq)]
pub enum Line {
    /// Nothing.
    Blank,
    /// How many fields need attention.
    Attention(usize),
    /// What is wrong with a field; the first line has the sign.
    Problem(bool, Shown<'static>),
    /// Title of a step.
    Heading(&'static str),
    /// An answer, or a further line of it.
    Answer {
        /// It replaces another; of its first line only.
        changed: bool,
        /// Its label, or the rest of one.
        label: Option<Shown<'static>>,
        /// Columns of all labels.
        width: usize,
        /// What stands beside the label.
        parts: Vec<Part>,
    },
    /// A warning; the first line has the sign.
    Warning(bool, Shown<'static>),
}

/// A stretch of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// An answer that stays.
    Same(Shown<'static>),
    /// An answer that is replaced.
    Old(Shown<'static>),
    /// From old to new.
    Arrow,
    /// As wide as the arrow.
    Indent,
    /// The answer that replaces it.
    New(Shown<'static>),
}

/// The lines of a form's review on so many columns; `rows` are those of the terminal.
pub fn lines(form: &Wizard, spec: &'static Spec, width: usize, rows: u16) -> Vec<Line> {
    let mut lines = problems(form, spec, width);
    let answers = answers(form, spec);
    let label = answers.iter().map(|it| Shown::from(it.field.label).width()).max().unwrap_or(0);
    let label = label.min(LABEL).min(width / 2);
    let mut step = None;
    for it in &answers {
        if step != Some(it.step.key) {
            if step.is_some() && rows >= ROOMY {
                lines.push(Line::Blank);
            }
            lines.push(Line::Heading(it.step.title));
            step = Some(it.step.key);
        }
        lines.extend(answer(it, label, width));
    }
    for text in form::warnings(spec, &form.values) {
        if !lines.iter().any(|it| matches!(it, Line::Warning(..))) {
            lines.push(Line::Blank);
        }
        let text = format!("Warning: {text}");
        let parts = Shown::composed(&text).wrap(width.saturating_sub(2));
        lines.extend(parts.into_iter().enumerate().map(|(at, it)| Line::Warning(at == 0, it)));
    }
    lines
}

/// How many fields need attention, in words.
pub fn attention(count: usize) -> String {
    match count {
        1 => "1 field needs attention".to_owned(),
        _ => format!("{} need attention", counted(count, "field")),
    }
}

/// How many answers replace one that is saved.
pub fn changes(form: &Wizard, spec: &'static Spec) -> usize {
    answers(form, spec).iter().filter(|it| it.before.is_some()).count()
}

/// Every answer; of a saved connection with what it replaces.
fn answers(form: &Wizard, spec: &'static Spec) -> Vec<Review> {
    let saved = form.target.is_some().then_some(&form.original);
    let mut answers = form::review(spec, &form.values, saved);
    answers.retain(|it| it.field.kind != Kind::Agent);
    answers
}

/// Every error with the step and field it belongs to.
fn problems(form: &Wizard, spec: &'static Spec, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    for step in spec.visible_steps(&form.values) {
        for field in step.visible_fields(&form.values) {
            let Some(message) = form.errors.get(field.key) else { continue };
            let text = format!("{}, {}: ", step.title, field.label);
            let text = format!("{text}{}", Shown::composed(message).as_str());
            let parts = Shown::composed(&text).wrap(width.saturating_sub(2));
            lines.extend(parts.into_iter().enumerate().map(|(at, it)| Line::Problem(at == 0, it)));
        }
    }
    if !lines.is_empty() {
        lines.insert(0, Line::Attention(form.errors.len()));
        lines.push(Line::Blank);
    }
    lines
}

fn answer(it: &Review, label: usize, width: usize) -> Vec<Line> {
    let room = width.saturating_sub(LEAD + label + 2);
    let labels = Shown::from(it.field.label).wrap(label);
    let values = match &it.before {
        None => first(Shown::from(&it.answer).wrap(room), ROWS)
            .map(|part| vec![Part::Same(part)])
            .collect(),
        Some(before) => changed(&Shown::from(before), &Shown::from(&it.answer), room),
    };
    (0..labels.len().max(values.len()))
        .map(|at| Line::Answer {
            changed: at == 0 && it.before.is_some(),
            label: labels.get(at).cloned(),
            width: label,
            parts: values.get(at).cloned().unwrap_or_default(),
        })
        .collect()
}

/// `old → new` on one line where both fit, else below each other.
fn changed(old: &Shown<'_>, new: &Shown<'_>, room: usize) -> Vec<Vec<Part>> {
    if old.width() + ARROW + new.width() <= room {
        let (old, new) = (old.clone().into_owned(), new.clone().into_owned());
        return vec![vec![Part::Old(old), Part::Arrow, Part::New(new)]];
    }
    let old = first(old.wrap(room), OLD_ROWS).map(|part| vec![Part::Old(part)]);
    let new = first(new.wrap(room.saturating_sub(ARROW)), ROWS - OLD_ROWS);
    let new = new.enumerate().map(|(at, part)| {
        let lead = if at == 0 { Part::Arrow } else { Part::Indent };
        vec![lead, Part::New(part)]
    });
    old.chain(new).collect()
}

fn first(lines: Vec<Shown<'static>>, most: usize) -> impl Iterator<Item = Shown<'static>> {
    lines.into_iter().take(most)
}
