//! The plan held against a live context: groups, names, and the fields of the one under the cursor
//! side by side.

mod details;

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::canvas::Canvas;
use super::line::{Line, hanging, wrapped};
use super::{bar, header, pane, say};
use crate::app::contexts::age;
use crate::app::diff::{Group, Screen};
use crate::app::{Action, Context, Model};
use crate::domain::compare::{Entry, NOT_REPORTED, Standing};
use crate::text::{Shown, thousands};

/// Columns below which groups have their short names.
const NARROW: u16 = 100;
/// Columns from which the type is shown.
const TYPED: u16 = 76;
/// Columns of the bar of all.
const BAR: u16 = 24;
/// Columns of the type.
const TYPE: usize = 14;

/// Draws the screen; the last two rows are the footer's.
pub fn draw(canvas: &mut Canvas<'_>, model: &Model, screen: &Screen) {
    let area = canvas.area();
    title(canvas, model, screen);
    let heads = heads(canvas, screen, area.width);
    canvas.line((area.x, area.y + 1), area.width, &heads);
    status(canvas, model, screen, Rect { y: area.y + 2, height: 1, ..area });
    let body = Rect { y: area.y + 3, height: area.height.saturating_sub(5), ..area };
    if screen.shown.is_empty() {
        let lines = instead(canvas, screen, usize::from(area.width.min(76)));
        canvas.lines(body, &lines);
        return;
    }
    let below = details::lines(canvas, screen, usize::from(area.width));
    let place = (screen.at, screen.shown.len());
    pane::draw(canvas, body, place, |canvas, at| row(canvas, screen, at, area.width), &below);
}

/// What is compared with what.
fn title(canvas: &mut Canvas<'_>, model: &Model, screen: &Screen) {
    let (area, theme) = (canvas.area(), canvas.theme);
    let mut end = area.right();
    // How much of all is the same, beside the counts of the line below.
    if let Some(report) = screen.report.as_ref().filter(|_| area.width >= NARROW) {
        let counts = [
            Standing::Ambiguous,
            Standing::Differs,
            Standing::OnlyPlan,
            Standing::Same,
            Standing::OnlyLive,
        ];
        let bar = bar::shares(theme, &counts.map(|it| report.count(it)), BAR);
        end = end.saturating_sub(BAR + 4);
        canvas.line((end + 2, area.y), BAR, &bar);
    }
    if screen.asking.is_some() {
        canvas.right((area.x, area.y), area.width, theme.spinner(model.spin), theme.plain);
        end = end.saturating_sub(2);
    }
    let narrow = area.width < header::NARROW;
    let own = if narrow { "" } else { "Plan and live  " };
    let mut line = Line::new(own, theme.title);
    for (place, name) in [(0, &screen.plan), (1, &screen.live)] {
        if place > 0 {
            line.push(format!(" {} ", theme.signs.arrow), theme.muted);
        }
        match model.contexts.named(name) {
            Some(info) => {
                let (text, style) = header::badge(canvas, info, narrow);
                line.push_shown(Shown::composed(&text).into_owned(), style);
            }
            None => line.push(name, theme.plain),
        }
    }
    canvas.line((area.x, area.y), end.saturating_sub(area.x), &line);
}

/// The groups with their counts; the shown one in brackets.
fn heads(canvas: &Canvas<'_>, screen: &Screen, width: u16) -> Line {
    let theme = canvas.theme;
    let narrow = width < NARROW;
    let mut line = Line::empty();
    for group in Group::ALL {
        if !line.spans.is_empty() {
            line.push(if width < 60 { " " } else { "  " }, theme.plain);
        }
        let number = screen.count(group);
        // The least terminal has no room for words but that of the shown group.
        let name = match (group == screen.group, width < 60) {
            (false, true) => group.short().get(..1).unwrap_or_default(),
            (_, true) => group.short(),
            (_, false) if narrow => group.short(),
            (_, false) => group.label(),
        };
        let text = format!("{name} {}", thousands(number));
        if let (Group::Of(standing), 60..) = (group, width) {
            let (sign, style) = sign(canvas, standing);
            line.push(format!("{sign} "), style);
        }
        if group == screen.group {
            line.push(format!("[{text}]"), theme.title);
        } else {
            line.push(text, theme.muted);
        }
    }
    line
}

/// The search, and how old the live list is.
fn status(canvas: &mut Canvas<'_>, model: &Model, screen: &Screen, area: Rect) {
    let theme = canvas.theme;
    let reported = screen.report.as_ref().and_then(|report| {
        let at = report.as_of?;
        let age = age(at, model.now, &model.settings.zone);
        let old = if report.stale.is_some() { "not refreshed, " } else { "" };
        Some((format!("{old}live as of {age}"), report.stale.is_some()))
    });
    let mut room = area.width;
    if let Some((text, stale)) = reported {
        let style = if stale { theme.warning } else { theme.muted };
        room = room.saturating_sub(u16::try_from(text.len()).unwrap_or(0) + 2);
        canvas.right((area.x, area.y), area.width, &text, style);
    }
    if screen.search.typing {
        let x = canvas.text((area.x, area.y), room, "Search ", theme.focus);
        canvas.typed((x, area.y), (area.x + room).saturating_sub(x), &screen.search.line);
    } else if !screen.search.is_empty() {
        let key = canvas.keymap.hint(Context::Diff, Action::ClearFilter);
        let line = Line::new("Search ", theme.muted)
            .add(screen.search.value(), theme.matched)
            .add(format!("  {key} clears"), theme.muted);
        canvas.line((area.x, area.y), room, &line);
    } else {
        let keys = [(Action::Search, "search"), (Action::NextTab, "next group")];
        let line = say::keys(canvas, Context::Diff, &keys);
        canvas.line((area.x, area.y), room, &line);
    }
}

/// Sign and style of a standing; the sign alone shows it too.
fn sign(canvas: &Canvas<'_>, standing: Standing) -> (&'static str, Style) {
    let theme = canvas.theme;
    let style = match standing {
        Standing::Differs => theme.warning,
        Standing::OnlyPlan | Standing::OnlyLive => theme.advice,
        Standing::Ambiguous => theme.error,
        Standing::Same => theme.good,
    };
    (standing.sign(), style)
}

/// A name with its type and what is to be looked at.
fn row(canvas: &Canvas<'_>, screen: &Screen, at: usize, width: u16) -> Line {
    let theme = canvas.theme;
    let Some(entry) = screen.entry(at) else { return Line::empty() };
    let here = at == screen.at;
    let (sign, style) = sign(canvas, entry.standing());
    let lead = if here { theme.signs.cursor } else { " " };
    let mut line = Line::new(lead, theme.focus).add(" ", theme.plain).add(sign, style);
    line.push(" ", theme.plain);
    let width = usize::from(width);
    let typed = width >= usize::from(TYPED);
    let words = words(entry);
    let rest = width.saturating_sub(4 + if typed { TYPE + 2 } else { 0 });
    let name = Shown::from(entry.name());
    let wide =
        name.width().max(20).min(rest.saturating_sub(words.chars().count() + 2).max(rest / 2));
    let name = name.cut(wide, theme.signs.ellipsis).into_owned();
    line.push_shown(name, if here { theme.title } else { theme.plain });
    // Columns stay where they are while the cursor moves.
    let mut line = line.pad(4 + rest / 2, theme.plain).add("  ", theme.plain);
    if typed {
        // A long name pushes what follows, which stays in its columns all the same.
        let column = line.width();
        line = line
            .add(entry.kind().short().into_owned(), theme.muted)
            .pad(column + TYPE, theme.plain);
        line.push("  ", theme.plain);
    }
    let room = width.saturating_sub(line.width());
    let words = Shown::composed(&words).cut(room, theme.signs.ellipsis).into_owned();
    line.push_shown(words, theme.plain);
    line.of_entry(at)
}

fn words(entry: &Entry) -> String {
    let words = entry.words();
    match entry.standing() {
        Standing::Differs => format!("differs: {words}"),
        Standing::OnlyPlan => format!("only planned, {words}"),
        Standing::OnlyLive => format!("only live, {words}"),
        Standing::Ambiguous => format!("ambiguous: {words}"),
        Standing::Same => words,
    }
}

/// What stands in place of rows, and what to do.
fn instead(canvas: &Canvas<'_>, screen: &Screen, width: usize) -> Vec<Line> {
    let theme = canvas.theme;
    let key = |action| canvas.keymap.hint(Context::Diff, action);
    if let Some(error) = screen.error.as_ref().filter(|_| screen.report.is_none()) {
        let mut lines =
            hanging((theme.signs.error, theme.error), Shown::composed(error), theme.plain, width);
        lines.extend(wrapped(format!("{} tries again.", key(Action::Refresh)), theme.muted, width));
        return lines;
    }
    let Some(report) = &screen.report else {
        let text = format!("Reading both lists{}", theme.signs.ellipsis);
        return wrapped(text, theme.muted, width);
    };
    let good = (theme.signs.good, theme.good);
    let mut lines = if report.entries.is_empty() {
        wrapped("There is nothing in the plan and nothing live.", theme.plain, width)
    } else if !screen.search.is_empty() {
        let text = format!("No matching names; {} clears the search.", key(Action::ClearFilter));
        wrapped(text, theme.plain, width)
    } else if screen.group == Group::Open {
        hanging(good, "Everything live is as planned.", theme.plain, width)
    } else {
        hanging(good, "None.", theme.plain, width)
    };
    lines.push(Line::empty());
    let text = format!(
        "Not compared, because the service does not report it: {}.",
        NOT_REPORTED.join("; ")
    );
    lines.extend(wrapped(text, theme.muted, width));
    lines
}
