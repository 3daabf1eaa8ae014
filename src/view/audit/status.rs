//! The line under the title: how many findings there are, or what narrows them.

use ratatui::layout::Rect;

use super::{Screen, key};
use crate::app::Action;
use crate::audit::report::LEVELS;
use crate::domain::health::Level;
use crate::text::{counted, thousands};
use crate::view::bar;
use crate::view::canvas::Canvas;
use crate::view::line::Line;

/// Columns of the bar of findings.
const BAR: u16 = 20;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, screen: &Screen, area: Rect) {
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
    let mut line = Line::empty();
    for level in LEVELS {
        let (sign, style) = theme.level(level);
        let any = counts.of(level) > 0;
        line.push(sign, if any { style } else { theme.muted });
        let word = if any { theme.plain } else { theme.muted };
        line.push(format!(" {}   ", thousands(counts.of(level))), word);
    }
    let shares = [Level::Error, Level::Warning, Level::Advice].map(|it| counts.of(it));
    let [errors, warnings, advice] = shares;
    line.spans.extend(bar::shares(theme, &[errors, warnings, advice, 0, 0], BAR).spans);
    line.push("   ", theme.plain);
    if counts.waived > 0 {
        line.push(format!("{} waived   ", thousands(counts.waived)), theme.muted);
    }
    line.add(format!("{} audited", counted(report.audited, "connection")), theme.muted)
}
