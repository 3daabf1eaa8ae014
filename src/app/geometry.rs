//! How the terminal is divided, as far as moving and scrolling need to know. The view draws by
//! the same numbers. E6.

use super::audit::facts;
use super::modal::Menu;
use super::{Model, details, review};
use crate::backend::HistoryEntry;
use crate::domain::change::Change;
use crate::text::{columns_of, composed, shown, wrap};

/// Least columns and rows with which jetbridge can be used.
pub const LEAST: (u16, u16) = (40, 12);
/// Columns from which the details pane stands beside the list; below, it lies under it.
pub const WIDE: u16 = 110;
/// Rows of the title, the status line, the column heads, the notice and the footer.
const LIST_FRAME: u16 = 5;
/// First row of the list on screen, below title, status line and column heads.
pub const LIST_TOP: usize = 3;
/// Where the details of the row under the cursor are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pane {
    /// Under the list, this many rows with the rule above them.
    Under(u16),
    /// Also needed, this many columns with the bar before them.
    Beside(u16),
}

impl Pane {
    /// Columns of its text on a screen with so many.
    pub fn width(self, columns: u16) -> usize {
        usize::from(match self {
            Self::Under(_) => columns,
            Self::Beside(own) => own.saturating_sub(3),
        })
    }

    /// Lines out of sight when the first is in it. `beside` are the rows of a pane beside the list;
    /// there the last row says that there is more, under the list the rule does.
    pub fn hidden(self, lines: usize, beside: usize) -> usize {
        match self {
            Self::Under(rows) => lines.saturating_sub(usize::from(rows.saturating_sub(1))),
            Self::Beside(_) if lines <= beside => 0,
            Self::Beside(_) => lines + 1 - beside,
        }
    }
}

/// Where the details of a connection fit; `None`: nowhere.
pub fn list_pane((width, height): (u16, u16)) -> Option<Pane> {
    if width >= WIDE {
        let rest = width.saturating_sub(68);
        return Some(Pane::Beside((width * 2 / 5).max(rest).min(72)));
    }
    (height >= 20).then(|| Pane::Under(height / 2 - 2))
}

/// Rows of the list that fit on the screen.
pub fn list_rows(model: &Model) -> usize {
    let under = match list_pane(model.size).filter(|_| model.list.details) {
        Some(Pane::Under(rows)) => rows,
        Some(Pane::Beside(_)) | None => 0,
    };
    usize::from(model.size.1.saturating_sub(LIST_FRAME + under)).max(1)
}

/// Lines of the details pane that do not fit, so that they can be scrolled that far.
pub fn list_hidden(model: &Model) -> usize {
    let pane = list_pane(model.size).filter(|_| model.list.details);
    let (Some(pane), Some(row)) = (pane, model.list.current()) else { return 0 };
    let width = pane.width(model.size.0);
    let name = text_rows(&shown(&row.name), width).min(details::NAME_ROWS);
    let airy = matches!(pane, Pane::Beside(_));
    let sections = details::sections(model, row, details::Extent::Pane);
    // Heads of columns stand above the rows, and the pane beside them.
    let beside = list_rows(model) + 1;
    pane.hidden(name + details::height(&sections, width, airy), beside)
}

/// Most columns and rows of the dialog with the details.
pub const DETAILS: (u16, u16) = (76, 30);

/// The last line to which the dialog with the details scrolls.
pub fn dialog_hidden(model: &Model) -> usize {
    let Some(row) = model.list.current() else { return 0 };
    let width = usize::from(DETAILS.0.min(model.size.0.saturating_sub(4)));
    let sections = details::sections(model, row, details::Extent::Whole);
    let lines = text_rows(&shown(&row.name), width) + details::height(&sections, width, true);
    lines.saturating_sub(usize::from(model.size.1.saturating_sub(3).min(DETAILS.1)))
}

/// Rows of the audit screen's title, notice and footer.
const AUDIT_FRAME: u16 = 3;
/// Rules that the head of the audit counts, a row each.
pub const AUDIT_RULES: u16 = 5;

/// Rows between the title and the list of the audit: one that counts; where there is room, the rules
/// that found most and a line below them.
pub const fn audit_head((width, height): (u16, u16)) -> u16 {
    if width >= WIDE && height >= 30 { AUDIT_RULES + 1 } else { 1 }
}

/// Where the details of a finding fit; `None`: nowhere.
pub fn audit_pane((width, height): (u16, u16)) -> Option<Pane> {
    if width >= WIDE {
        return Some(Pane::Beside((width * 2 / 5).min(64)));
    }
    (height >= 20).then(|| Pane::Under(height / 2 - 2))
}

/// Lines of the audit's list that fit on the screen.
pub fn audit_rows(model: &Model) -> usize {
    let hidden = model.screens.audit().is_some_and(|it| it.plain);
    let under = match audit_pane(model.size) {
        Some(Pane::Under(rows)) if !hidden => rows,
        Some(Pane::Under(_) | Pane::Beside(_)) | None => 0,
    };
    let frame = AUDIT_FRAME + audit_head(model.size);
    usize::from(model.size.1.saturating_sub(frame + under)).max(1)
}

/// Columns of the labels of a finding's details.
pub const AUDIT_LABEL: usize = 9;
/// Most lines of a name above the details: one of any length must not push all else away.
pub const AUDIT_NAME: usize = 3;

/// Lines of a finding's details that do not fit, so that they can be scrolled that far.
pub fn audit_hidden(model: &Model) -> usize {
    let Some(screen) = model.screens.audit().filter(|it| !it.plain) else { return 0 };
    let (Some(hit), Some(pane)) = (screen.current(), audit_pane(model.size)) else { return 0 };
    let width = pane.width(model.size.0);
    let rows = |text: &str| text_rows(text, width.saturating_sub(AUDIT_LABEL));
    let all = facts(hit);
    let mut lines: usize = all.iter().map(|(_, text)| rows(text)).sum();
    if matches!(pane, Pane::Beside(_)) {
        // The name, the finding, and a blank line after it and between any two facts.
        lines += text_rows(&shown(&hit.subject.name), width).min(AUDIT_NAME) + 1 + all.len();
    }
    let frame = AUDIT_FRAME + audit_head(model.size);
    pane.hidden(lines, usize::from(model.size.1.saturating_sub(frame)))
}

/// Columns from which the pre-flight shows connections and checks beside each other.
const PREFLIGHT_WIDE: u16 = 100;

/// Whether the pre-flight shows connections and checks beside each other.
pub const fn preflight_is_wide(size: (u16, u16)) -> bool {
    size.0 >= PREFLIGHT_WIDE
}

/// How the history dialog is divided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryBox {
    /// Columns inside.
    pub width: usize,
    /// Rows inside.
    pub height: usize,
    /// Entries on screen: whole pages, so that a move within one changes two lines only.
    pub entries: std::ops::Range<usize>,
    /// Lines of the changes below that do not fit.
    pub hidden: usize,
}

/// The history dialog on a screen of this size: at most half of it for the list, the rest for what
/// the entry under the cursor changed.
pub fn history((columns, rows): (u16, u16), menu: &Menu<HistoryEntry>) -> HistoryBox {
    let width = usize::from(columns.saturating_sub(4).min(90));
    let height = usize::from(rows.saturating_sub(4).min(26));
    let total = menu.items.len();
    let room = (height / 2).clamp(1, total.max(1));
    let start = menu.at / room * room;
    let entries = start..(start + room).min(total);
    let lines = menu.current().map_or(0, |it| {
        let label = change_label(&it.changes, width);
        it.changes.iter().map(|it| change_rows(it, (label, width))).sum::<usize>().max(1)
    });
    let left = height.saturating_sub(entries.len() + 1);
    HistoryBox { width, height, entries, hidden: lines.saturating_sub(left) }
}

/// Most columns of a message.
pub const MESSAGE_WIDTH: u16 = 72;

/// What the history shows where nothing was answered.
pub const NOT_SET: &str = "not set";
/// Most lines of a value in the history.
pub const CHANGE_ROWS: usize = 2;

/// Columns of the labels of these changes with the gap behind them, so that the values stand below
/// each other; at most two fifths of the width.
pub fn change_label(changes: &[Change], width: usize) -> usize {
    let longest = changes.iter().map(|it| columns_of(&shown(&it.field))).max().unwrap_or(0);
    (longest + 2).min(width * 2 / 5)
}

/// Lines of a change: one where it fits, else some for each value.
fn change_rows(change: &Change, (label, width): (usize, usize)) -> usize {
    let room = width.saturating_sub(label);
    let after = shown(change.after.as_deref().unwrap_or(NOT_SET));
    let before = change.before.as_deref().map(shown);
    let arrow = before.as_ref().map_or(0, |it| columns_of(it) + 3);
    let values = if arrow + columns_of(&after) <= room {
        1
    } else {
        let rows = |text: &str| text_rows(text, room.saturating_sub(2)).min(CHANGE_ROWS);
        before.as_deref().map_or(0, rows) + rows(&after)
    };
    values.max(text_rows(&shown(&change.field), label.saturating_sub(2)))
}

/// Rows from which a blank row separates trail and fields.
pub const FORM_ROOMY: u16 = 18;

/// The last line that the review can be scrolled to: what stands below it fits.
pub fn review_last(model: &Model) -> usize {
    let Some((form, spec)) = model.screens.form().and_then(|it| Some((it, it.spec()?))) else {
        return 0;
    };
    let width = usize::from(model.size.0.min(review::WIDTH));
    let lines = review::lines(form, spec, width, model.size.1).len();
    // Title, trail, notice and footer; the rule, and what saving does in at most so many lines.
    let frame = 4 + u16::from(model.size.1 >= FORM_ROOMY) + 1;
    let foot = review_foot(width);
    lines.saturating_sub(usize::from(model.size.1.saturating_sub(frame)).saturating_sub(foot))
}

/// Most lines of what the review says about saving; longer keys than usual take none from the record.
pub fn review_foot(width: usize) -> usize {
    text_rows(REVIEW_FOOT, width.saturating_sub(7))
}

/// The longest of what the review says about saving.
const REVIEW_FOOT: &str = "saves 99 changes as revision 999; the history keeps the one before.";

/// Lines that a text takes as the view breaks it.
pub fn text_rows(text: &str, width: usize) -> usize {
    wrap(&composed(text), width).len()
}

/// Whether the terminal is too small to be used.
pub const fn too_small(size: (u16, u16)) -> bool {
    size.0 < LEAST.0 || size.1 < LEAST.1
}

/// First visible line so that `at` is among `height` visible ones, moving as little as possible.
pub const fn scroll(top: usize, at: usize, height: usize) -> usize {
    if at < top {
        at
    } else if at >= top + height {
        at + 1 - height
    } else {
        top
    }
}
