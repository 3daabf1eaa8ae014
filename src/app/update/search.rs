//! Typing into the search of the list or pick list that has the keys.

use super::super::geometry::audit_rows;
use super::super::search::Search;
use super::super::{Modal, Model, Screen};
use super::list;

/// The search that typed text is for: that of the dialog, else that of the topmost screen.
fn of(model: &mut Model) -> Option<&mut Search> {
    if let Some(modal) = model.modals.last_mut() {
        return match modal {
            Modal::Picker(it) => Some(&mut it.search),
            Modal::Help(it) => Some(&mut it.search),
            Modal::Palette(it) => Some(&mut it.search),
            Modal::Filter(it) => it.search.typing.then_some(&mut it.search),
            _ => None,
        };
    }
    let search = match model.screens.top_mut()? {
        Screen::List => &mut model.list.search,
        Screen::Audit(screen) => &mut screen.search,
        Screen::Diff(screen) => &mut screen.search,
        Screen::Form(_) | Screen::Permissions(_) | Screen::Runbook(_) | Screen::Preflight(_) => {
            return None;
        }
    };
    search.typing.then_some(search)
}

/// Changes what is searched for, and shows what it finds at once.
pub(super) fn typed(model: &mut Model, change: impl FnOnce(&mut Search) -> bool) {
    if !of(model).is_some_and(change) {
        return;
    }
    let height = audit_rows(model);
    if let Some(modal) = model.modals.last_mut() {
        match modal {
            Modal::Picker(it) => {
                it.at = 0;
                it.apply();
            }
            Modal::Help(it) => it.top = 0,
            Modal::Palette(it) => it.at = 0,
            Modal::Filter(it) => it.settle(),
            _ => {}
        }
        return;
    }
    match model.screens.top_mut() {
        Some(Screen::Audit(screen)) => screen.apply(height),
        Some(Screen::Diff(screen)) => {
            screen.at = 0;
            screen.settle();
        }
        Some(
            Screen::List
            | Screen::Form(_)
            | Screen::Permissions(_)
            | Screen::Runbook(_)
            | Screen::Preflight(_),
        )
        | None => list::refresh_view(model),
    }
}
