//! The pre-flight: connections on the left, their checks on the right, and what is known of the one
//! under the cursor below.

mod checks;
mod details;

use std::time::Duration;

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::canvas::Canvas;
use super::line::{Line, hanging, wrapped};
use super::{bar, header, pane};
use crate::app::geometry::preflight_is_wide;
use crate::app::preflight::{Entry, Screen, Tally};
use crate::app::{Action, Context, Model};
use crate::checks::Level;
use crate::domain::health;
use crate::text::{Shown, counted, thousands};

/// Rows above the body: title and counts.
const ABOVE: u16 = 2;
/// Rows below it: notice and footer.
const BELOW: u16 = 2;
/// Least and most columns of the connections beside the checks.
const LEFT: (u16, u16) = (34, 47);
/// Columns of the gauge in the title, and of the bar under it.
const BAR: u16 = 20;
/// Columns of the bar of a connection.
const SMALL: u16 = 8;
/// Columns from which a connection has a bar.
const ROOMY: u16 = 40;

/// Draws the screen; the last two rows are the footer's.
pub fn draw(canvas: &mut Canvas<'_>, model: &Model, screen: &Screen) {
    let area = canvas.area();
    title(canvas, model, screen);
    let counts = counts(canvas, screen, area.width);
    canvas.line((area.x, area.y + 1), area.width, &counts);
    let height = area.height.saturating_sub(ABOVE + BELOW);
    let body = Rect { y: area.y + ABOVE, height, ..area };
    if screen.connections.is_empty() {
        let lines = instead(canvas, screen, usize::from(area.width.min(76)));
        canvas.lines(body, &lines);
        return;
    }
    if !preflight_is_wide(model.size) {
        if screen.in_checks {
            checks::draw(canvas, screen, body);
        } else {
            connections(canvas, screen, body);
        }
        return;
    }
    let left = (area.width / 3).clamp(LEFT.0, LEFT.1);
    connections(canvas, screen, Rect { width: left, ..body });
    canvas.bar((body.x + left + 1, body.y), body.height);
    let x = body.x + left + 3;
    checks::draw(canvas, screen, Rect { x, width: body.right().saturating_sub(x), ..body });
}

/// Where one is, and how far the run is.
fn title(canvas: &mut Canvas<'_>, model: &Model, screen: &Screen) {
    let (area, theme) = (canvas.area(), canvas.theme);
    let narrow = area.width < header::NARROW;
    let tally = screen.tally();
    let took = seconds(screen.elapsed(model.now));
    let mut right = Line::empty();
    if screen.is_running() {
        right.push(theme.spinner(model.spin), theme.plain);
        right.push(" ", theme.plain);
        if tally.total() > 0 {
            right.push(thousands(tally.done()), theme.title);
            right.push(format!("/{}  ", thousands(tally.total())), theme.muted);
            if !narrow {
                let part = |it: usize| u64::try_from(it).unwrap_or(u64::MAX);
                let of = (part(tally.done()), part(tally.total()));
                right.spans.extend(bar::gauge(theme, of, BAR, theme.gauge, true).spans);
                right.push("  ", theme.plain);
            }
        }
        right.push(&took, theme.muted);
        if !narrow && !screen.limit.is_zero() {
            let limit = screen.limit.as_secs() / 60;
            right.push(format!(" of at most {limit} min"), theme.muted);
        }
    } else if let Some(ended) = screen.ended {
        let at = ended.to_zoned(model.settings.zone.clone()).strftime("%H:%M");
        let (word, style) = verdict(canvas, screen.verdict);
        right.push(word, style);
        right.push(
            if narrow { format!("  {took}") } else { format!("  ended {at}, {took}") },
            theme.muted,
        );
    }
    let wide = u16::try_from(right.width()).unwrap_or(u16::MAX).min(area.width);
    let end = area.right().saturating_sub(wide);
    canvas.line((end, area.y), wide, &right);
    let room = |x: u16| end.saturating_sub(x + 1);
    let mut x = canvas.text((area.x, area.y), room(area.x), "Pre-flight", theme.title) + 1;
    if model.settings.demo {
        x = canvas.text((x, area.y), room(x), " DEMO ", theme.badge) + 1;
    }
    x = header::draw(canvas, model, (x, area.y), room(x)) + 1;
    if !narrow {
        let mut what = counted(screen.connections.len().max(screen.wish.which.len()), "connection");
        if screen.wish.offline {
            what.push_str(", offline");
        }
        canvas.text((x, area.y), room(x), what, theme.muted);
    }
}

/// What a run came to.
fn verdict(canvas: &Canvas<'_>, verdict: &'static str) -> (&'static str, Style) {
    let theme = canvas.theme;
    match verdict {
        "passed" => ("passed", theme.good),
        "failed" => ("failed", theme.error),
        "not-signed-in" => ("no sign-in works", theme.error),
        "unfinished" => ("not finished", theme.warning),
        other => (other, theme.plain),
    }
}

/// A time in seconds, short ones with a tenth.
fn seconds(time: Duration) -> String {
    match time.as_secs() {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        it @ 10..120 => format!("{it} s"),
        it => format!("{} min", it / 60),
    }
}

/// `✗ 4   ! 2   ✓ 21   – 4   · 27` with the shares as a bar.
fn counts(canvas: &Canvas<'_>, screen: &Screen, width: u16) -> Line {
    let theme = canvas.theme;
    let tally = screen.tally();
    let mut line = Line::empty();
    for (count, level) in [
        (tally.failed, Some(Level::Fail)),
        (tally.warnings, Some(Level::Warning)),
        (tally.passed, Some(Level::Ok)),
        (tally.skipped, Some(Level::Skipped)),
        (tally.waiting, None),
    ] {
        let (sign, style) = sign(canvas, level);
        let any = count > 0;
        line.push(sign, if any { style } else { theme.muted });
        let number = format!(" {}   ", thousands(count));
        line.push(number, if any { theme.plain } else { theme.muted });
    }
    let room = usize::from(width).saturating_sub(line.width());
    if room >= usize::from(BAR) {
        line.spans.extend(shares(canvas, &tally, BAR).spans);
    }
    line
}

/// The shares of a tally as a bar; what was not checked is its last part.
fn shares(canvas: &Canvas<'_>, tally: &Tally, width: u16) -> Line {
    let unknown = tally.skipped + tally.waiting;
    bar::shares(canvas.theme, &[tally.failed, tally.warnings, 0, tally.passed, unknown], width)
}

/// Symbol of how a check came out and its style; `None`: it did not yet.
fn sign(canvas: &Canvas<'_>, level: Option<Level>) -> (&'static str, Style) {
    let theme = canvas.theme;
    match level {
        None => theme.level(health::Level::Unchecked),
        Some(Level::Skipped) => ("\u{2013}", theme.muted),
        Some(Level::Ok) => theme.level(health::Level::Good),
        Some(Level::Warning) => theme.level(health::Level::Warning),
        Some(Level::Fail) => theme.level(health::Level::Error),
    }
}

/// Symbol of a connection: the worst so far; open while nothing is wrong and something is to come.
fn state(canvas: &Canvas<'_>, tally: &Tally) -> (&'static str, Style) {
    match tally.worst() {
        worst @ Some(Level::Fail | Level::Warning) => sign(canvas, worst),
        worst if tally.waiting == 0 => sign(canvas, worst),
        Some(_) => (canvas.theme.signs.ahead, canvas.theme.plain),
        None => sign(canvas, None),
    }
}

fn connections(canvas: &mut Canvas<'_>, screen: &Screen, area: Rect) {
    let theme = canvas.theme;
    canvas.text((area.x + 2, area.y), area.width, "Connections", theme.title);
    canvas.right((area.x, area.y), area.width, "checks", theme.muted);
    let height = usize::from(area.height.saturating_sub(1));
    let entries: Vec<Entry> = screen.entries().collect();
    let at = screen.entry_at();
    let first = pane::top(at, entries.len(), height);
    let shown = entries.iter().enumerate().skip(first).take(height);
    for (y, (place, entry)) in (area.y + 1..area.bottom()).zip(shown) {
        let row = Rect { y, height: 1, ..area };
        connection(canvas, screen, row, *entry, place == at);
    }
    let used = u16::try_from(entries.len().min(height)).unwrap_or(u16::MAX) + 2;
    let rest =
        Rect { y: area.y.saturating_add(used), height: area.height.saturating_sub(used), ..area };
    let lines = remarks(canvas, screen, usize::from(area.width.saturating_sub(2)));
    if usize::from(rest.height) > lines.len() {
        canvas.rule((rest.x, rest.y), rest.width);
        let inner = Rect { x: rest.x + 2, y: rest.y + 1, width: rest.width - 2, ..rest };
        canvas.lines(Rect { height: rest.height - 1, ..inner }, &lines);
    }
}

/// What to know about the whole run.
fn remarks(canvas: &Canvas<'_>, screen: &Screen, width: usize) -> Vec<Line> {
    let theme = canvas.theme;
    let mut texts = vec!["Read-only: nothing is written in a tenant or domain.".to_owned()];
    if screen.left_out > 0 {
        texts.push(format!("Offline: {} left out.", counted(screen.left_out, "check")));
    }
    if screen.listed_only > 0 {
        let many = counted(screen.listed_only, "connection");
        texts.push(format!("{many} left out: the form was never filled in."));
    }
    texts.into_iter().flat_map(|it| wrapped(it, theme.muted, width)).collect()
}

fn connection(canvas: &mut Canvas<'_>, screen: &Screen, area: Rect, entry: Entry, here: bool) {
    let theme = canvas.theme;
    let (name, tally) = match entry {
        Entry::All => ("All connections", screen.tally()),
        Entry::One(at) => {
            let name = screen.connections.get(at).map_or("", |it| it.name.as_str());
            (name, screen.tally_of(at))
        }
    };
    if here {
        canvas.text((area.x, area.y), 1, theme.signs.cursor, theme.focus);
    }
    let (sign, style) = state(canvas, &tally);
    canvas.text((area.x + 2, area.y), 1, sign, style);
    let count = format!("{}/{}", tally.done(), tally.total());
    canvas.right((area.x, area.y), area.width, &count, theme.muted);
    let mut room = area.width.saturating_sub(4 + 9);
    if area.width >= ROOMY {
        room = room.saturating_sub(SMALL + 1);
        let bar = shares(canvas, &tally, SMALL);
        canvas.line((area.x + 4 + room + 1, area.y), SMALL, &bar);
    }
    let style = if here { theme.title } else { theme.plain };
    canvas.text((area.x + 4, area.y), room, name, style);
    if here && !screen.in_checks {
        canvas.select(area, Some(area.x + 2));
    }
}

/// What stands in place of connections.
fn instead(canvas: &Canvas<'_>, screen: &Screen, width: usize) -> Vec<Line> {
    let theme = canvas.theme;
    if let Some(error) = &screen.error {
        let mut lines =
            hanging((theme.signs.error, theme.error), Shown::composed(error), theme.plain, width);
        let key = canvas.keymap.hint(Context::Preflight, Action::Refresh);
        if !key.is_empty() {
            lines.push(Line::new(&key, theme.key).add(" tries again", theme.muted));
        }
        return lines;
    }
    if screen.is_running() {
        return wrapped("Reading the connections.", theme.muted, width);
    }
    let mut lines = wrapped("There is nothing to check here.", theme.plain, width);
    lines.extend(remarks(canvas, screen, width));
    lines
}
