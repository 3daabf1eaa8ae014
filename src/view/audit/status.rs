//! The head under the title: how many findings there are, or what narrows them; where there is room,
//! the rules that found most.

use ratatui::layout::Rect;

use super::{Screen, key};
use crate::app::Action;
use crate::audit::Report;
use crate::audit::report::{Counts, LEVELS};
use crate::domain::health::Level;
use crate::text::{counted, thousands};
use crate::view::bar;
use crate::view::canvas::Canvas;
use crate::view::line::Line;

/// Columns of the bar of findings on the line of the counts, and where it has a row of its own.
const BAR: u16 = 20;
const LONG_BAR: u16 = 56;
/// Columns of the longest count and of the bar behind it.
const COUNT: u16 = 7;
const COUNT_BAR: u16 = 20;

/// Draws it: one row, or as many as [`audit_head`] has.
///
/// [`audit_head`]: crate::app::geometry::audit_head
pub fn draw(canvas: &mut Canvas<'_>, screen: &Screen, area: Rect) {
    if area.height > 1 {
        tall(canvas, screen, area);
        return;
    }
    status(canvas, screen, area);
}

/// Counts, bar and levels on the left, the rules that found most on the right, a line below.
fn tall(canvas: &mut Canvas<'_>, screen: &Screen, area: Rect) {
    let theme = canvas.theme;
    let half = area.width / 2;
    let left = Rect { width: half.saturating_sub(2), height: 1, ..area };
    canvas.rule((area.x, area.bottom().saturating_sub(1)), area.width);
    let Some(report) = &screen.report else { return status(canvas, screen, left) };
    if screen.search.typing || screen.is_narrowed() {
        status(canvas, screen, left);
    } else {
        let line = Line::new(sentence(report), theme.plain);
        canvas.line((left.x, left.y), left.width, &line);
    }
    let counts = report.counts();
    let shares = [counts.errors, counts.warnings, counts.advice, 0, 0];
    let bar = bar::shares(theme, &shares, LONG_BAR.min(left.width));
    canvas.line((left.x, left.y + 2), left.width, &bar);
    canvas.line((left.x, left.y + 3), left.width, &levels(canvas, &counts, true));
    let rules = report.most_frequent(usize::from(area.height - 1));
    let most = rules.first().map_or(0, |it| it.1);
    let from = area.x + half;
    let name = area.width.saturating_sub(half + COUNT + COUNT_BAR + 5);
    for (y, (rule, count)) in (area.y..).zip(rules) {
        let (sign, style) = theme.level(rule.level);
        canvas.text((from, y), 1, sign, style);
        canvas.text((from + 2, y), name, rule.title, theme.plain);
        canvas.right((from + 2 + name, y), COUNT, thousands(count), theme.plain);
        let bar = bar::count(theme, count, most, COUNT_BAR);
        canvas.text((from + name + COUNT + 4, y), COUNT_BAR, &bar, theme.muted);
    }
}

/// `41 findings in 24 of 46 connections`
fn sentence(report: &Report) -> String {
    let counts = report.counts();
    let mut text = format!(
        "{} in {} of {}",
        counted(counts.all(), "finding"),
        thousands(report.worst().found()),
        counted(report.audited, "connection")
    );
    if counts.waived > 0 {
        text.push_str(&format!(", {} waived", thousands(counts.waived)));
    }
    text
}

/// One row: what is typed, what narrows, or the counts.
fn status(canvas: &mut Canvas<'_>, screen: &Screen, area: Rect) {
    if screen.search.typing {
        search_line(canvas, screen, area);
        return;
    }
    let line = if screen.is_narrowed() { narrowed(canvas, screen) } else { counts(canvas, screen) };
    canvas.line((area.x, area.y), area.width, &line);
}

fn search_line(canvas: &mut Canvas<'_>, screen: &Screen, area: Rect) {
    let theme = canvas.theme;
    let x = canvas.text((area.x, area.y), area.width, "Search ", theme.focus);
    // The level narrows as well, so it keeps its place beside the line.
    let level =
        screen.level.map(|level| Line::new("Level ", theme.muted).add(level.text(), theme.focus));
    let beside = level.as_ref().map_or(0, |it| it.width() + 2);
    let beside = u16::try_from(beside).unwrap_or(u16::MAX);
    let width = area.width.saturating_sub((x - area.x).saturating_add(beside)).min(60);
    if let Some(level) = level {
        let from = x.saturating_add(width).saturating_add(2);
        canvas.line((from, area.y), area.right().saturating_sub(from), &level);
    }
    canvas.typed((x, area.y), width, &screen.search.line);
}

fn narrowed(canvas: &Canvas<'_>, screen: &Screen) -> Line {
    let theme = canvas.theme;
    let mut line = Line::empty();
    let clears = key(canvas, Action::ClearFilter);
    if !clears.is_empty() {
        // First, so that no long text pushes it off the screen.
        line = line.add(&clears, theme.key).add(" clears", theme.muted);
    }
    if let Some(level) = screen.level {
        line = line.add("   Level ", theme.muted).add(level.text(), theme.focus);
    }
    if !screen.search.is_empty() {
        line = line.add("   Search ", theme.muted).add(screen.search.value(), theme.focus);
    }
    line
}

/// `✗ 7   ! 10   i 16   2 waived   of 40 connections`
fn counts(canvas: &Canvas<'_>, screen: &Screen) -> Line {
    let theme = canvas.theme;
    let Some(report) = &screen.report else { return Line::empty() };
    let counts = report.counts();
    let mut line = levels(canvas, &counts, false);
    let shares = [counts.errors, counts.warnings, counts.advice, 0, 0];
    line.spans.extend(bar::shares(theme, &shares, BAR).spans);
    line.push("   ", theme.plain);
    if counts.waived > 0 {
        line.push(format!("{} waived   ", thousands(counts.waived)), theme.muted);
    }
    line.add(format!("{} audited", counted(report.audited, "connection")), theme.muted)
}

/// `✗ 7   ! 10   i 16   `, or with the levels in words.
fn levels(canvas: &Canvas<'_>, counts: &Counts, words: bool) -> Line {
    let theme = canvas.theme;
    let mut line = Line::empty();
    for level in LEVELS {
        let (sign, style) = theme.level(level);
        let count = counts.of(level);
        let (sign_style, style) =
            if count > 0 { (style, theme.plain) } else { (theme.muted, theme.muted) };
        line.push(sign, sign_style);
        let text = match level {
            _ if !words => thousands(count),
            Level::Advice => format!("{} advice", thousands(count)),
            _ => counted(count, level.label()),
        };
        line.push(format!(" {text}   "), style);
    }
    line
}
