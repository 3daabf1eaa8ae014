//! The last step: the whole record, what it replaces, everything that is wrong with it, what saving
//! will do. G12, D17.

use ratatui::layout::Rect;

use super::Sheet;
use crate::app::geometry::review_foot;
use crate::app::review::{ARROW, LEAD, Line as Row, Part, WIDTH, attention, changes, lines};
use crate::app::{Action, Context};
use crate::text::counted;
use crate::view::canvas::Canvas;
use crate::view::line::{Line, hanging};

/// Draws it, scrolled by the form's own line.
pub fn draw(canvas: &mut Canvas<'_>, sheet: Sheet<'_>, area: Rect) {
    let width = usize::from(area.width.min(WIDTH));
    let foot = saving(canvas, sheet, width);
    let foot_height =
        u16::try_from(foot.len().min(review_foot(width))).unwrap_or(0).min(area.height / 2);
    let body = Rect { height: area.height.saturating_sub(foot_height + 1), ..area };
    let rows = lines(sheet.wizard, sheet.spec, width, sheet.model.size.1);
    let room = usize::from(body.height);
    let top = sheet.wizard.top.min(rows.len().saturating_sub(room));
    let shown: Vec<Line> =
        rows.iter().skip(top).take(room).map(|it| line(canvas, it, width)).collect();
    canvas.lines(body, &shown);
    canvas.rule((area.x, body.bottom()), area.width);
    if rows.len() > room {
        let last = (top + room).min(rows.len());
        let text = format!(" {last} of {} lines ", rows.len());
        let at = (area.x, body.bottom());
        canvas.right(at, area.width.saturating_sub(2), &text, canvas.theme.muted);
    }
    canvas.lines(Rect { y: body.bottom() + 1, height: foot_height, ..area }, &foot);
}

fn line(canvas: &Canvas<'_>, row: &Row, width: usize) -> Line {
    let (theme, signs) = (canvas.theme, &canvas.theme.signs);
    let behind = |first: bool, sign: &str, style, text: &crate::text::Shown<'static>| {
        let sign = if first { sign } else { " " };
        let mut line = Line::new(sign, style).pad(LEAD, theme.plain);
        line.push_shown(text.clone(), theme.plain);
        line
    };
    match row {
        Row::Blank => Line::empty(),
        Row::Attention(count) => Line::new(attention(*count), theme.error),
        Row::Problem(first, text) => behind(*first, signs.error, theme.error, text),
        Row::Warning(first, text) => behind(*first, signs.warning, theme.warning_sign, text),
        Row::Heading(title) => {
            let line = Line::new(*title, theme.title).add(" ", theme.plain);
            let rest = width.saturating_sub(line.width());
            line.add(signs.horizontal.repeat(rest), theme.muted)
        }
        Row::Answer { changed, label, width, parts } => {
            let sign = if *changed { signs.mark } else { " " };
            let mut line = Line::new(sign, theme.focus).pad(LEAD, theme.plain);
            if let Some(label) = label {
                line.push_shown(label.clone(), if *changed { theme.plain } else { theme.muted });
            }
            line = line.pad(LEAD + width + 2, theme.plain);
            parts.iter().for_each(|it| part(canvas, &mut line, it));
            line
        }
    }
}

fn part(canvas: &Canvas<'_>, line: &mut Line, part: &Part) {
    let theme = canvas.theme;
    match part {
        Part::Same(text) => line.push_shown(text.clone(), theme.plain),
        Part::Old(text) => line.push_shown(text.clone(), theme.muted),
        Part::New(text) => line.push_shown(text.clone(), theme.title),
        Part::Indent => line.push(" ".repeat(ARROW), theme.plain),
        Part::Arrow => {
            let room = ARROW - 1;
            line.push(format!("{:>room$} ", theme.signs.arrow), theme.focus);
        }
    }
}

/// What saving does, with its key.
fn saving(canvas: &Canvas<'_>, sheet: Sheet<'_>, width: usize) -> Vec<Line> {
    let theme = canvas.theme;
    let key = canvas.keymap.hint(Context::Review, Action::Save);
    let text = if !sheet.wizard.errors.is_empty() {
        "checks again, then saves.".to_owned()
    } else if sheet.wizard.says_nothing() {
        "closes the form: nothing was changed.".to_owned()
    } else if let Some(target) = &sheet.wizard.target {
        let revision = target.revision.saturating_add(1);
        let what = match changes(sheet.wizard, sheet.spec) {
            0 => "this connection".to_owned(),
            count => counted(count, "change"),
        };
        format!("saves {what} as revision {revision}; the history keeps the one before.")
    } else {
        "creates this connection.".to_owned()
    };
    hanging((&key, theme.key), &text, theme.plain, width)
}
