//! The portal runbook: steps with boxes to tick, and what the one under the cursor takes.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::canvas::Canvas;
use super::line::{Line, hanging, wrapped};
use super::{bar, header, pane};
use crate::app::runbook::{Row, Screen};
use crate::app::{Action, Context, Model};
use crate::form::runbook::{Aside, Entry, Remark, Severity, Step};
use crate::text::Shown;

/// Columns of the gauge of steps.
const GAUGE: u16 = 16;
/// Columns of number, box and blanks before a label.
const LEAD: usize = 10;
/// Widest column of labels.
const LABEL: usize = 36;

/// Draws the screen; the last two rows are the footer's.
pub fn draw(canvas: &mut Canvas<'_>, model: &Model, screen: &Screen) {
    let area = canvas.area();
    title(canvas, model, screen);
    let body = Rect { y: area.y + 1, height: area.height.saturating_sub(3), ..area };
    let rows = screen.rows();
    let width = usize::from(area.width);
    let below = match rows.get(screen.at) {
        Some(Row::Before(remarks)) => self::remarks(canvas, remarks, width),
        Some(Row::Step(_, step)) => details(canvas, screen, step, width),
        Some(Row::Asides(asides)) => self::asides(canvas, asides, width),
        None => Vec::new(),
    };
    let draw = |canvas: &Canvas<'_>, at: usize| match rows.get(at) {
        Some(row) => line(canvas, screen, (at, *row), width),
        None => Line::empty(),
    };
    pane::draw(canvas, body, (screen.at, rows.len()), draw, &below);
}

fn title(canvas: &mut Canvas<'_>, model: &Model, screen: &Screen) {
    let (area, theme) = (canvas.area(), canvas.theme);
    let done = screen.done() == screen.runbook.steps.len();
    let style = if done { theme.good } else { theme.plain };
    let mut figure = screen.progress();
    if done {
        figure = format!("{} {figure}", theme.signs.good);
    }
    if screen.confirming.is_some() {
        figure = format!("{} {figure}", theme.spinner(model.spin));
    }
    let mut figure = Line::new(&figure, style);
    if area.width >= header::NARROW {
        let far = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let done = (far(screen.done()), far(screen.runbook.steps.len()));
        figure.push("  ", theme.plain);
        figure.spans.extend(bar::gauge(theme, done, GAUGE, theme.gauge, true).spans);
    }
    let wide = u16::try_from(figure.width()).unwrap_or(0);
    canvas.line((area.right().saturating_sub(wide), area.y), wide, &figure);
    let taken = wide + 2;
    let end = area.right().saturating_sub(taken);
    let room = |x: u16| end.saturating_sub(x);
    let mut x = canvas.text((area.x, area.y), room(area.x), "Runbook", theme.title);
    if model.settings.demo {
        x = canvas.text((x + 1, area.y), room(x + 1), " DEMO ", theme.badge);
    }
    if area.width >= header::NARROW {
        x = header::draw(canvas, model, (x + 1, area.y), room(x + 1));
    }
    let name = screen.runbook.name.as_str();
    canvas.text((x + 2, area.y), room(x + 2), name, theme.plain);
}

/// A row: box, number, label and what it takes.
fn line(canvas: &Canvas<'_>, screen: &Screen, (at, row): (usize, Row<'_>), width: usize) -> Line {
    let theme = canvas.theme;
    let here = at == screen.at;
    let style = if here { theme.title } else { theme.plain };
    let lead = if here { theme.signs.cursor } else { " " };
    let line = Line::new(lead, theme.focus).add(" ", theme.plain);
    let line = match row {
        Row::Before(remarks) => {
            let (sign, tone) = worst(canvas, remarks);
            let words = screen.before_words();
            line.add(format!("{sign}      "), tone)
                .add("Before you begin", style)
                .add(format!("  {words}"), theme.muted)
        }
        Row::Step(number, step) => {
            let tick = if screen.is_done(step) { theme.signs.good } else { " " };
            let mark = if screen.is_done(step) { theme.good } else { theme.plain };
            let line = line
                .add("[", theme.muted)
                .add(tick, mark)
                .add("]", theme.muted)
                .add(format!(" {number:>2} "), theme.muted);
            let style = if here { theme.title } else { theme.muted };
            let column = column(screen, width);
            let label = Shown::from(step.label);
            let value = value(step);
            let wide = if value.is_some() { column } else { width.saturating_sub(LEAD) };
            let cut = label.cut(wide, theme.signs.ellipsis);
            let line = line.add(cut.as_str(), style).pad(LEAD + column, theme.plain);
            let room = width.saturating_sub(line.width() + 2);
            match value {
                Some((text, tone)) if room > 4 => {
                    let tone = if tone { theme.error } else { theme.plain };
                    let cut = Shown::from(&text).cut(room, theme.signs.ellipsis).into_owned();
                    let mut line = line.add("  ", theme.plain);
                    line.push_shown(cut, tone);
                    line
                }
                _ => line,
            }
        }
        Row::Asides(asides) => line
            .add(format!("{}      ", theme.signs.advice), theme.muted)
            .add("In the plan only", style)
            .add(format!("  {} not asked in the portal", asides.len()), theme.muted),
    };
    line.of_entry(at)
}

/// Columns of the labels that have a value: aligned, and half of the width at most.
fn column(screen: &Screen, width: usize) -> usize {
    let labels = screen.runbook.steps.iter().filter(|it| value(it).is_some());
    let widest = labels.map(|it| Shown::from(it.label).width()).max().unwrap_or(0);
    widest.min(LABEL).min(width.saturating_sub(LEAD) / 2)
}

/// What a step takes, in short, and whether it is missing.
fn value(step: &Step) -> Option<(String, bool)> {
    let text = |it: &Entry| match it {
        Entry::Text(text) | Entry::Labelled { text, .. } => text.clone(),
        Entry::Secret { what, .. } => format!("(the {what})"),
        Entry::Missing(_) => "not answered in the plan".to_owned(),
    };
    let missing = step.entries.iter().any(|it| matches!(it, Entry::Missing(_)));
    let all: Vec<String> = step.entries.iter().map(text).collect();
    match all.is_empty() {
        // A box to tick, or a field to leave alone.
        true => step.field.map(|_| (step.todo.clone(), false)),
        false => Some((all.join(", "), missing)),
    }
}

fn of(canvas: &Canvas<'_>, severity: Severity) -> (&'static str, Style) {
    let (theme, signs) = (canvas.theme, &canvas.theme.signs);
    match severity {
        Severity::Refused => (signs.error, theme.error),
        Severity::Warning => (signs.warning, theme.warning_sign),
        Severity::Note => (signs.advice, theme.advice),
    }
}

fn worst(canvas: &Canvas<'_>, remarks: &[Remark]) -> (&'static str, Style) {
    of(canvas, remarks.first().map_or(Severity::Note, |it| it.severity))
}

fn remarks(canvas: &Canvas<'_>, remarks: &[Remark], width: usize) -> Vec<Line> {
    let theme = canvas.theme;
    let mut out = Vec::new();
    for it in remarks {
        let word = match it.severity {
            Severity::Refused => "The portal will refuse this. ",
            Severity::Warning | Severity::Note => "",
        };
        let about = it.about.map(|it| format!("{it}: ")).unwrap_or_default();
        let text = format!("{word}{about}{}", it.text);
        out.extend(hanging(of(canvas, it.severity), Shown::composed(&text), theme.plain, width));
    }
    out
}

fn asides(canvas: &Canvas<'_>, asides: &[Aside], width: usize) -> Vec<Line> {
    let theme = canvas.theme;
    let mut out = Vec::new();
    for it in asides {
        let value = if it.value.is_empty() { "not set" } else { it.value.as_str() };
        let line = Line::new(format!("{}: ", it.label), theme.muted);
        let room = width.saturating_sub(line.width());
        out.push(line.add(Shown::from(value).cut(room, theme.signs.ellipsis), theme.plain));
        out.extend(hanging((" ", theme.plain), it.why, theme.muted, width));
    }
    out
}

/// What to do, with which values, and what to know.
fn details(canvas: &Canvas<'_>, screen: &Screen, step: &Step, width: usize) -> Vec<Line> {
    let theme = canvas.theme;
    let key = canvas.keymap.hint(Context::Runbook, Action::CopyValue);
    let mut out = Vec::new();
    // A label that the list cuts is whole here.
    if Shown::from(step.label).width() > column(screen, width) {
        out.extend(wrapped(step.label, theme.title, width));
    }
    out.extend(wrapped(step.todo.as_str(), theme.plain, width));
    for entry in &step.entries {
        match entry {
            Entry::Text(text) => {
                out.extend(hanging((theme.signs.trail, theme.muted), text, theme.matched, width));
            }
            Entry::Labelled { label, text } => {
                let line = Line::new(format!("{label}: "), theme.muted);
                let room = width.saturating_sub(line.width());
                let cut = Shown::from(text.as_str()).cut(room, theme.signs.ellipsis).into_owned();
                out.push(line.add(cut.as_str(), theme.matched));
            }
            Entry::Secret { what, .. } => {
                let text = format!("{key} copies the {what}; it is not shown here.");
                out.extend(hanging((theme.signs.bullet, theme.muted), text, theme.plain, width));
            }
            Entry::Missing(message) => {
                let text = format!("Not answered in the plan: {message}.");
                out.extend(hanging((theme.signs.error, theme.error), text, theme.plain, width));
            }
        }
    }
    for note in &step.notes {
        out.extend(hanging((theme.signs.advice, theme.advice), note, theme.muted, width));
    }
    if step.id == Step::CONFIRM {
        let key = canvas.keymap.hint(Context::Runbook, Action::Diff);
        let text = if screen.confirming.is_some() {
            format!("Reading the live list{}", theme.signs.ellipsis)
        } else if screen.is_done(step) {
            format!("Confirmed. {key} compares again.")
        } else {
            format!("{key} compares now.")
        };
        out.extend(hanging((theme.signs.advice, theme.advice), text, theme.plain, width));
    }
    out
}
