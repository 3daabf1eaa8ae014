//! The checks: a tree of headings and checks, each with what was seen and how long it took.

use std::time::Duration;

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{details, sign};
use crate::app::preflight::{Check, Entry, Group, Line as Row, Screen};
use crate::checks::Level;
use crate::text::Shown;
use crate::view::canvas::Canvas;
use crate::view::line::Line;
use crate::view::pane;

/// Columns of a check's id.
const ID: u16 = 16;
/// Columns of the time at the right.
const TIME: u16 = 8;
/// Columns from which the time is shown.
const TIMED: u16 = 56;
/// Symbol of a check under way.
const UNDER_WAY: &str = "\u{25d0}";

/// Draws them, and below what is known of the one under the cursor.
pub fn draw(canvas: &mut Canvas<'_>, screen: &Screen, area: Rect) {
    heading(canvas, screen, area);
    let body = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let rows = screen.lines();
    let place = screen.place(&rows);
    let below = match rows.get(place) {
        Some(Row::Check(connection, check, _)) if body.height >= 9 => screen
            .check(*connection, *check)
            .map(|(of, check)| details::lines(canvas, of, check, usize::from(area.width)))
            .unwrap_or_default(),
        Some(Row::Check(..) | Row::Head(..)) | None => Vec::new(),
    };
    let (table, under) = pane::split(body, rows.len(), below.len());
    let height = usize::from(table.height);
    let first = pane::top(place, rows.len(), height);
    let now = screen.under_way();
    for (y, (at, row)) in
        (table.y..table.bottom()).zip(rows.iter().enumerate().skip(first).take(height))
    {
        let line = Rect { y, height: 1, ..table };
        let here = at == place;
        if here {
            canvas.text((line.x, y), 1, canvas.theme.signs.cursor, canvas.theme.focus);
        }
        match row {
            Row::Head(group, counts) => head(canvas, screen, line, *group, *counts),
            Row::Check(connection, check, last) => {
                let running = now.contains(&(*connection, *check));
                one(canvas, screen, line, (*connection, *check), *last, running);
            }
        }
        if here && screen.in_checks {
            // The symbols of headings and checks stand in different columns.
            let sign = if matches!(row, Row::Head(..)) { 4 } else { 5 };
            canvas.select(line, Some(line.x + sign));
        }
    }
    if under.height >= 2 {
        canvas.rule((under.x, under.y), under.width);
        canvas.lines(Rect { y: under.y + 1, height: under.height - 1, ..under }, &below);
    }
}

/// Whose checks they are, and how many are done.
fn heading(canvas: &mut Canvas<'_>, screen: &Screen, area: Rect) {
    let theme = canvas.theme;
    let (name, reaches, tally) = match (screen.shown(), screen.entry) {
        (Some(of), Entry::One(at)) => (of.name.as_str(), of.reaches.as_str(), screen.tally_of(at)),
        _ => ("All connections", "", screen.tally()),
    };
    let count = format!("{} of {}", tally.done(), tally.total());
    let wide = u16::try_from(count.len()).unwrap_or(u16::MAX);
    canvas.right((area.x, area.y), area.width, &count, theme.muted);
    let room = area.width.saturating_sub(wide + 2);
    let line = Line::new(name, theme.title).add("   ", theme.plain).add(reaches, theme.muted);
    canvas.line((area.x, area.y), room, &line);
}

fn head(
    canvas: &mut Canvas<'_>,
    screen: &Screen,
    area: Rect,
    group: Group,
    (done, total): (usize, usize),
) {
    let theme = canvas.theme;
    let fold = if screen.is_folded(group) { theme.signs.cursor } else { theme.signs.unfolded };
    let mut line = Line::new(fold, theme.muted).add(" ", theme.plain);
    let (words, count) = match group {
        Group::Area(area) => (area, format!("{done} of {total}")),
        Group::Level(level) => {
            let (sign, style) = sign(canvas, level);
            line.push(sign, style);
            line.push(" ", theme.plain);
            let words = match level {
                None => "Waiting",
                Some(Level::Fail) => "Failed",
                Some(Level::Warning) => "Warnings",
                Some(Level::Skipped) => "Skipped",
                Some(Level::Ok) => "Passed",
            };
            (words, total.to_string())
        }
    };
    let line = line.add(words, theme.title).add(format!("  {count}"), theme.muted);
    canvas.line((area.x + 2, area.y), area.width.saturating_sub(2), &line);
}

/// A check: symbol, id, what was seen or will be proven, and the time that it took.
fn one(
    canvas: &mut Canvas<'_>,
    screen: &Screen,
    area: Rect,
    (connection, check): (usize, usize),
    last: bool,
    running: bool,
) {
    let Some((of, check)) = screen.check(connection, check) else { return };
    let theme = canvas.theme;
    let mut x = area.x + 2;
    let branch = if last { "\u{2514}\u{2500}" } else { "\u{251c}\u{2500}" };
    x = canvas.text((x, area.y), area.right().saturating_sub(x), branch, theme.border) + 1;
    let (sign, style) =
        if running { (UNDER_WAY, theme.gauge) } else { sign(canvas, check.level()) };
    canvas.text((x, area.y), area.right().saturating_sub(x), sign, style);
    x += 2;
    let mut end = area.right();
    if area.width >= TIMED {
        let took = check.found.as_ref().and_then(|it| it.took).map(time).unwrap_or_default();
        canvas.right((area.x, area.y), area.width, &took, theme.muted);
        end = end.saturating_sub(TIME + 1);
    }
    if screen.shown().is_none() {
        // Half of the room for the name, so that ids stand below each other.
        let room = (end.saturating_sub(x + ID) / 2).min(30);
        canvas.text((x, area.y), room.saturating_sub(1), of.name.as_str(), theme.plain);
        x += room;
    }
    let (word, text) = looks(canvas, check, running);
    let room = ID.min(end.saturating_sub(x));
    canvas.text((x, area.y), room.saturating_sub(1), check.id, word);
    x += room;
    let seen = match &check.found {
        Some(found) => Shown::from(found.text.as_str()).into_owned(),
        None => Shown::from(check.proves).into_owned(),
    };
    canvas.text((x, area.y), end.saturating_sub(x), seen, text);
}

/// Styles of a check's id and of what was seen.
fn looks(canvas: &Canvas<'_>, check: &Check, running: bool) -> (Style, Style) {
    let theme = canvas.theme;
    match check.level() {
        None if running => (theme.title, theme.muted),
        None | Some(Level::Skipped) => (theme.muted, theme.muted),
        Some(Level::Ok) => (theme.plain, theme.muted),
        Some(Level::Warning) => (theme.warning, theme.plain),
        Some(Level::Fail) => (theme.error, theme.plain),
    }
}

/// How long a check took.
fn time(took: Duration) -> String {
    match took.as_millis() {
        it @ 0..1_000 => format!("{it} ms"),
        _ => format!("{:.1} s", took.as_secs_f64()),
    }
}
