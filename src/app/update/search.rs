//! Typing into the search of the list or pick list that has the keys.

use super::super::geometry::audit_rows;
use super::super::search::Search;
use super::super::{Context, Modal, Model};
use super::list;

/// The search that typed text is for.
fn of(model: &mut Model) -> Option<&mut Search> {
    match model.context() {
        Context::Search => Some(&mut model.list.search),
        Context::AuditSearch => model.audit.as_deref_mut().map(|it| &mut it.search),
        Context::DiffSearch => model.diff.as_deref_mut().map(|it| &mut it.search),
        Context::Picker | Context::Help | Context::Palette => match model.modals.last_mut()? {
            Modal::Picker(it) => Some(&mut it.search),
            Modal::Help(it) => Some(&mut it.search),
            Modal::Palette(it) => Some(&mut it.search),
            _ => None,
        },
        Context::List
        | Context::Filter
        | Context::Form
        | Context::FormText
        | Context::Review
        | Context::Permissions
        | Context::Audit
        | Context::Diff
        | Context::Runbook
        | Context::Prompt
        | Context::Dialog
        | Context::Menu => None,
    }
}

/// Changes what is searched for, and shows what it finds at once.
pub(super) fn typed(model: &mut Model, change: impl FnOnce(&mut Search) -> bool) {
    if !of(model).is_some_and(change) {
        return;
    }
    let height = audit_rows(model);
    match model.modals.last_mut() {
        Some(Modal::Picker(it)) => {
            it.at = 0;
            it.apply();
        }
        Some(Modal::Help(it)) => it.top = 0,
        Some(Modal::Palette(it)) => it.at = 0,
        Some(_) => {}
        None => match (model.context(), &mut model.audit, &mut model.diff) {
            (Context::AuditSearch, Some(screen), _) => screen.apply(height),
            (Context::DiffSearch, _, Some(screen)) => {
                screen.at = 0;
                screen.settle();
            }
            _ => list::refresh_view(model),
        },
    }
}
