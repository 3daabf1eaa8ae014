//! A dialog of input lines.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::dialog::{self, Dialog};
use crate::app::Model;
use crate::app::prompt::{Entry, Line as Input, Prompt};
use crate::text::{Shown, thousands, window};
use crate::view::bar;
use crate::view::canvas::Canvas;
use crate::view::line::{Line, hanging, wrapped};

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, model: &Model, prompt: &Prompt, area: Rect) {
    let theme = canvas.theme;
    let width = dialog::inner(area, 70);
    let mut head = Vec::new();
    if area.height > 12 && !prompt.text.is_empty() {
        head = wrapped(Shown::composed(&prompt.text), theme.plain, width);
        head.push(Line::empty());
    } else if prompt.error.is_none() && prompt.waiting.is_none() {
        // What comes first matters most: as many whole sentences as there is room for.
        let room = dialog::rows(area).saturating_sub(prompt.lines.len());
        let text = Shown::composed(&prompt.text);
        head = sentences(text.as_str(), theme.plain, (width, room));
    }
    let label = prompt.lines.iter().map(|it| it.label.chars().count()).max().unwrap_or(0) + 2;
    let (mut body, mut at) = (Vec::new(), None);
    for (index, line) in prompt.lines.iter().enumerate() {
        let here = index == prompt.at;
        let wrong = prompt.error.is_some() && prompt.wrong == index;
        let (line, column) = row(canvas, line, (index, here, wrong), label + 2, width);
        if here {
            at = Some((body.len(), column));
        }
        body.push(line);
    }
    let mut notes = Vec::new();
    if let Some(error) = &prompt.error {
        notes.push(Line::empty());
        let sign = (theme.signs.error, theme.error);
        notes.extend(hanging(sign, Shown::composed(error), theme.error, width));
    }
    if prompt.waiting.is_some() {
        let doing = prompt.doing.as_deref().unwrap_or("Working");
        let text = format!("{} {doing}…", theme.spinner(model.spin));
        let mut line = Line::new(&text, theme.muted);
        if let Some((done, total)) = prompt.far {
            let room = u16::try_from(width.saturating_sub(line.width() + 24).min(30)).unwrap_or(0);
            line.push(" ", theme.plain);
            line.spans.extend(bar::gauge(theme, (done, total), room, theme.gauge, true).spans);
            line.push(format!(" {} of {}", thousands_of(done), thousands_of(total)), theme.muted);
        }
        notes.push(line);
    }
    let title = prompt.title.to_owned();
    let keep = at.map(|(line, _)| line);
    let dialog = Dialog { title, width, head, body, notes, keep, ..Dialog::default() };
    let (inside, body) = dialog::draw_all(canvas, area, &dialog);
    if let Some((line, column)) = at {
        let row = line.saturating_sub(body.top);
        let x = inside.x + u16::try_from(label + 2).unwrap_or(0);
        let y = body.area.y + u16::try_from(row).unwrap_or(0);
        let room = inside.right().saturating_sub(x);
        canvas.tint(Rect::new(x, y, room, u16::from(column.is_some())), theme.input);
        if let Some(column) = column {
            dialog::cursor(canvas, body.area, row, column);
        }
    }
}

/// The first sentences of a text that fit into so many lines, whole.
fn sentences(text: &str, style: Style, (width, room): (usize, usize)) -> Vec<Line> {
    let ends = text.match_indices(". ").map(|(at, _)| at + 1).chain([text.len()]);
    let whole = |end: usize| {
        text.get(..end).map(|it| wrapped(Shown::composed(it), style, width)).unwrap_or_default()
    };
    ends.map(whole).filter(|it| it.len() <= room).last().unwrap_or_default()
}

fn thousands_of(number: u64) -> String {
    thousands(usize::try_from(number).unwrap_or(usize::MAX))
}

/// A line with its label; the column of the cursor where text is typed.
fn row(
    canvas: &Canvas<'_>,
    input: &Input,
    (index, here, wrong): (usize, bool, bool),
    lead: usize,
    width: usize,
) -> (Line, Option<usize>) {
    let theme = canvas.theme;
    let (sign, style) = if here { (theme.signs.cursor, theme.focus) } else { (" ", theme.plain) };
    let mut line = Line::new(sign, theme.focus)
        .add(" ", theme.plain)
        .add(input.label, if wrong { theme.error } else { style })
        .pad(lead, theme.plain)
        .of_entry(index);
    let room = width.saturating_sub(lead);
    let (text, open) = match &input.entry {
        Entry::Choice(options, at) => {
            let chosen = options.get(*at).copied().unwrap_or_default();
            line.push(format!("{} ", theme.signs.less), theme.muted);
            line.push(chosen, theme.plain);
            line.push(format!(" {}", theme.signs.more), theme.muted);
            return (line, None);
        }
        Entry::Text(text) => (text, true),
        Entry::Secret(text, open) => (text, *open),
    };
    if text.is_empty() {
        line.push(input.hint, theme.muted);
        return (line, Some(lead));
    }
    let length = text.value().chars().count();
    let hidden = theme.signs.bullet.repeat(if open { 0 } else { length });
    let value = if open { text.value() } else { &hidden };
    let note = if open { String::new() } else { format!("  {length} characters") };
    let seen = window(value, text.cursor(), room.saturating_sub(note.len()), theme.signs.ellipsis);
    line.push_shown(seen.text, theme.plain);
    line.push(&note, theme.muted);
    (line, Some(lead + seen.cursor))
}
