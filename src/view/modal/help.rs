//! The keys of a place in groups, in columns where there is room; another place is a key away. Made
//! from the keymap, so it cannot be wrong. UX.md §4.

use ratatui::layout::Rect;

use super::dialog::{self, Dialog};
use crate::app::modal::Help;
use crate::app::search::Words;
use crate::app::topic::Topic;
use crate::app::{Action, Context, Key, Keymap, Model};
use crate::domain::health::Level;
use crate::text::Shown;
use crate::view::bar;
use crate::view::canvas::Canvas;
use crate::view::line::{Line, hanging};

/// Columns of the keys.
const KEYS: usize = 14;
/// Columns between two columns of groups.
const GAP: usize = 3;
/// Least columns of the text for which a second column is worth it.
const TWO: usize = 96;

/// Lines that stay together.
type Group = Vec<Line>;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, model: &Model, help: &Help, area: Rect) {
    let theme = canvas.theme;
    let width = dialog::inner(area, if area.width >= 104 { 116 } else { 76 });
    let place = help.place();
    let all = !help.search.is_empty();
    let captions = ("Search", "every key of every place", "");
    let search = dialog::search(canvas, captions, &help.search.line, width);
    let columns = if width >= TWO { 2 } else { 1 };
    let each = (width - GAP * (columns - 1)) / columns;
    let groups =
        if all { found(canvas, model, help, each) } else { of_place(canvas, model, place, each) };
    let mut body = Vec::new();
    if model.capabilities.read_only.is_some() {
        let sign = (theme.signs.advice, theme.advice);
        body.extend(hanging(sign, model.read_only_reason(), theme.plain, width));
        body.push(Line::empty());
    }
    if groups.is_empty() {
        body.push(Line::new("Nothing matches: change the search.", theme.muted));
    }
    body.extend(beside(canvas, balanced(groups, columns), each));
    if place == Context::List && !all {
        body.push(Line::empty());
        body.push(heading(canvas, "Symbols", width));
        body.extend(symbols(canvas, width));
    }
    let mut head = vec![search.line.clone()];
    if area.height >= 16 {
        head.push(Line::empty());
    }
    let title =
        if all { "Keys of every place".to_owned() } else { format!("Keys: {}", place.label()) };
    let dialog = Dialog {
        title,
        width,
        head,
        body,
        top: help.top,
        height: Some(dialog::rows(area).min(50)),
        ..Dialog::default()
    };
    let inside = dialog::draw(canvas, area, &dialog);
    dialog::type_here(canvas, inside, &search);
}

/// The keys of one place, by what they are about, those that work everywhere last.
fn of_place(canvas: &Canvas<'_>, model: &Model, place: Context, width: usize) -> Vec<Group> {
    let rows = matching(canvas.keymap, place, &Words::default());
    let group = |topic: &Topic| {
        let rows = rows.iter().filter(|(_, action)| action.topic() == *topic);
        let lines: Vec<Line> =
            rows.flat_map(|row| entry(canvas, model, place, row, width)).collect();
        (!lines.is_empty()).then(|| headed(canvas, topic.label(), width, lines))
    };
    Topic::ALL.iter().filter_map(group).collect()
}

/// What the search finds, place by place, this one first.
fn found(canvas: &Canvas<'_>, model: &Model, help: &Help, width: usize) -> Vec<Group> {
    let words = help.search.words();
    let group = |place: Context| {
        let rows = matching(canvas.keymap, place, &words);
        let lines: Vec<Line> =
            rows.iter().flat_map(|row| entry(canvas, model, place, row, width)).collect();
        (!lines.is_empty()).then(|| headed(canvas, place.label(), width, lines))
    };
    help.places().into_iter().filter_map(group).collect()
}

fn headed(canvas: &Canvas<'_>, title: &str, width: usize, lines: Vec<Line>) -> Group {
    let mut group = vec![heading(canvas, title, width)];
    group.extend(lines);
    group
}

/// A title and a rule to the right edge.
fn heading(canvas: &Canvas<'_>, title: &str, width: usize) -> Line {
    let theme = canvas.theme;
    let line = Line::new(title, theme.title).add(" ", theme.plain);
    let rest = width.saturating_sub(line.width());
    line.add(theme.signs.horizontal.repeat(rest), theme.border)
}

/// An action with its keys; what it does may take several lines.
fn entry(
    canvas: &Canvas<'_>,
    model: &Model,
    place: Context,
    (keys, action): &(String, Action),
    width: usize,
) -> Vec<Line> {
    let theme = canvas.theme;
    let off = model.refused(place, *action).is_some();
    let (key, plain) = if off { (theme.muted, theme.muted) } else { (theme.key, theme.plain) };
    let about = action.about_in(place);
    let text = if off { format!("{about} (not here)") } else { about.to_owned() };
    let keys = Shown::from(keys.as_str()).cut(KEYS - 1, theme.signs.ellipsis).into_owned();
    let lead = Line::new(keys, key).pad(KEYS, theme.plain);
    let parts = Shown::from(&text).wrap(width.saturating_sub(KEYS));
    let mut lines = Vec::new();
    for (at, part) in parts.into_iter().enumerate() {
        let mut line = if at == 0 { lead.clone() } else { Line::empty().pad(KEYS, theme.plain) };
        line.push_shown(part, plain);
        lines.push(line);
    }
    lines
}

/// Groups in so many columns, in their order, the tallest column as short as can be.
fn balanced(groups: Vec<Group>, columns: usize) -> Vec<Vec<Group>> {
    if columns < 2 || groups.len() < 2 {
        return vec![groups];
    }
    let height = |part: &[Group]| part.iter().map(|it| it.len() + 1).sum::<usize>();
    let tallest = |at: &usize| {
        let (left, right) = groups.split_at(*at);
        height(left).max(height(right))
    };
    let at = (1..groups.len()).min_by_key(tallest).unwrap_or(1);
    let mut left = groups;
    let right = left.split_off(at);
    vec![left, right]
}

/// The columns beside each other, groups a blank line apart.
fn beside(canvas: &Canvas<'_>, columns: Vec<Vec<Group>>, each: usize) -> Vec<Line> {
    let joined: Vec<Vec<Line>> =
        columns.into_iter().map(|groups| groups.join(&Line::empty())).collect();
    let rows = joined.iter().map(Vec::len).max().unwrap_or(0);
    let row = |at: usize| {
        let mut line = Line::empty();
        for (column, lines) in joined.iter().enumerate() {
            let Some(part) = lines.get(at).filter(|it| !it.spans.is_empty()) else { continue };
            line = line.pad(column * (each + GAP), canvas.theme.plain);
            line.spans.extend(part.spans.clone());
        }
        line
    };
    (0..rows).map(row).collect()
}

/// What the symbols of the list mean.
fn symbols(canvas: &Canvas<'_>, width: usize) -> Vec<Line> {
    let theme = canvas.theme;
    let levels = bar::ORDER.map(|it: Level| {
        let (sign, style) = theme.level(it);
        (sign, style, it.text())
    });
    let others = [
        (theme.signs.mark, theme.mark, "marked"),
        (theme.signs.cursor, theme.plain, "cursor"),
        (theme.signs.up, theme.plain, "sorted by"),
    ];
    let mut lines = vec![Line::empty()];
    for (sign, style, word) in levels.into_iter().chain(others) {
        let wide = Shown::from(sign).width() + 1 + word.len();
        let Some(last) = lines.last_mut() else { continue };
        let gap = if last.spans.is_empty() { 0 } else { 3 };
        if last.width() + gap + wide > width {
            lines.push(Line::empty());
        } else if gap > 0 {
            last.push(" ".repeat(gap), theme.plain);
        }
        let Some(last) = lines.last_mut() else { continue };
        last.push(sign, style);
        last.push(format!(" {word}"), theme.plain);
    }
    lines
}

/// Keys and actions of a place that hold every word of the search.
fn matching(keymap: &Keymap, place: Context, words: &Words) -> Vec<(String, Action)> {
    let named = |(action, keys): (Action, &[Key])| {
        let keys = keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        let texts = [&keys, action.slug(), action.about_in(place), place.label()];
        words.are_in(&texts).then_some((keys, action))
    };
    keymap.of(place).filter_map(named).collect()
}
