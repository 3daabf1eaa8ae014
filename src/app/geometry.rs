//! How the terminal is divided, as far as moving and scrolling need to know. The view draws by
//! the same numbers. E6.

use super::Model;

/// Least columns and rows with which jetbridge can be used.
pub const LEAST: (u16, u16) = (40, 12);
/// Columns from which the details pane stands beside the list; below, it lies under it.
pub const WIDE: u16 = 110;
/// Rows of the title, the status line, the column heads, the notice and the footer.
const LIST_FRAME: u16 = 5;
/// First row of the list on screen, below title, status line and column heads.
pub const LIST_TOP: usize = 3;
/// Rows of a details pane that lies under the list.
pub const DETAILS_ROWS: u16 = 9;

/// Rows of the list that fit on the screen.
pub fn list_rows(model: &Model) -> usize {
    let under = if model.list.details && model.size.0 < WIDE && model.size.1 >= 20 {
        DETAILS_ROWS
    } else {
        0
    };
    usize::from(model.size.1.saturating_sub(LIST_FRAME + under)).max(1)
}

/// Rows of the audit screen's title, status line, notice and footer.
const AUDIT_FRAME: u16 = 4;

/// Where the details of a finding are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditPane {
    /// Under the list, this many rows with the rule above them.
    Under(u16),
    /// Beside it, this many columns with the bar before them.
    Beside(u16),
}

/// Where the details of a finding fit; `None`: nowhere.
pub fn audit_pane((width, height): (u16, u16)) -> Option<AuditPane> {
    if width >= WIDE {
        return Some(AuditPane::Beside((width * 2 / 5).min(64)));
    }
    (height >= 20).then(|| AuditPane::Under(height / 2 - 2))
}

/// Lines of the audit's list that fit on the screen.
pub fn audit_rows(model: &Model) -> usize {
    let hidden = model.audit.as_deref().is_some_and(|it| it.plain);
    let under = match audit_pane(model.size) {
        Some(AuditPane::Under(rows)) if !hidden => rows,
        Some(AuditPane::Under(_) | AuditPane::Beside(_)) | None => 0,
    };
    usize::from(model.size.1.saturating_sub(AUDIT_FRAME + under)).max(1)
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
