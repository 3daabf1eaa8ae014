//! The keys of what lies over a screen. UX.md §4.

use super::{A, Wanted};
use crate::app::geometry;
use crate::app::modal::DeleteDialog;
use crate::app::prompt::Entry;
use crate::app::{Modal, Model};

pub(super) fn picker_hints(model: &Model) -> Wanted {
    let many = matches!(model.modals.last(), Some(Modal::Picker(picker)) if picker.many);
    let object =
        matches!(model.modals.last(), Some(Modal::Picker(it)) if it.object_kind().is_some());
    let mut wanted: Wanted = Vec::new();
    if many {
        wanted.extend([(A::Toggle, "tick"), (A::Activate, "done")]);
    } else {
        wanted.push((A::Activate, "choose"));
    }
    wanted.push((A::Back, "cancel"));
    if object {
        wanted.push((A::Refresh, "refresh"));
        if model.capabilities.edit_directory {
            wanted.push((A::AddObject, "add"));
            wanted.push((A::EditObject, "edit"));
        }
        wanted.push((A::OpenLink, "copy link"));
    }
    wanted.push((A::Help, "help"));
    wanted
}

/// Only what the dialog has lines for, and what enter does on the one that has the keys.
pub(super) fn prompt_hints(model: &Model) -> Wanted {
    let does = match model.modals.last() {
        Some(Modal::Delete(DeleteDialog { proof: Some(_), .. })) => Some("delete"),
        Some(Modal::Discard { proof: Some(_), .. }) => Some("discard"),
        Some(Modal::Purge { proof: Some(_), .. }) => Some("purge"),
        Some(Modal::Regenerate { proof: Some(_), .. }) => Some("replace"),
        _ => None,
    };
    if let Some(does) = does {
        return vec![(A::Activate, does), (A::Back, "cancel"), (A::Help, "help")];
    }
    let Some(Modal::Prompt(prompt)) = model.modals.last() else { return Vec::new() };
    let last = prompt.at + 1 >= prompt.lines.len();
    let mut wanted = vec![(A::Activate, if last { prompt.purpose.does() } else { "continue" })];
    if prompt.lines.len() > 1 {
        wanted.push((A::NextField, "next line"));
    }
    wanted.push((A::Back, "cancel"));
    match prompt.lines.get(prompt.at).map(|line| &line.entry) {
        Some(Entry::Secret(..)) => wanted.push((A::Reveal, "show or hide")),
        Some(Entry::Choice(..)) => {
            wanted.extend([(A::Right, "next option"), (A::Left, "previous option")]);
        }
        Some(Entry::Text(_)) | None => {}
    }
    wanted.push((A::Help, "help"));
    wanted
}

pub(super) fn dialog_hints(model: &Model) -> Wanted {
    let mut wanted = match model.modals.last() {
        Some(Modal::Message(_)) => {
            return vec![(A::Activate, "close"), (A::Down, "scroll"), (A::Help, "help")];
        }
        Some(Modal::Details { .. }) => {
            return vec![
                (A::Back, "close"),
                (A::Down, "scroll"),
                (A::Right, "next"),
                (A::Left, "previous"),
                (A::Help, "help"),
            ];
        }
        Some(Modal::SignIn) => {
            return vec![(A::Activate, "copy code"), (A::Back, "skip"), (A::Help, "help")];
        }
        Some(Modal::Delete(_)) => {
            vec![(A::Activate, "choose"), (A::Right, "other choice"), (A::Confirm, "delete")]
        }
        Some(Modal::Discard { .. }) => {
            vec![(A::Activate, "choose"), (A::Down, "move"), (A::Confirm, "discard")]
        }
        Some(Modal::Purge { .. }) => {
            vec![(A::Activate, "choose"), (A::Down, "move"), (A::Confirm, "purge")]
        }
        _ => vec![(A::Activate, "choose"), (A::Down, "move")],
    };
    wanted.push((A::Back, "cancel"));
    wanted.push((A::Help, "help"));
    wanted
}

/// The keys of a list, without those that need an entry where it has none.
pub(super) fn menu_hints(model: &Model) -> Wanted {
    let (entries, more): (usize, Wanted) = match model.modals.last() {
        Some(Modal::Lives(it)) => (it.names.len(), vec![(A::Activate, "this one")]),
        Some(Modal::Contexts { .. }) => (model.contexts.all.len(), vec![(A::Activate, "switch")]),
        Some(Modal::Commands(it)) => (it.items.len(), vec![(A::Activate, "copy")]),
        Some(Modal::Preflight(it)) => (it.items.len(), vec![(A::Activate, "check")]),
        Some(Modal::CopyMenu(it)) => (it.items.len(), vec![(A::Activate, "copy")]),
        Some(Modal::Drafts(it)) => {
            (it.items.len(), vec![(A::Activate, "resume"), (A::Delete, "discard")])
        }
        Some(Modal::Deleted(it)) => {
            let mut wanted = vec![(A::Activate, "restore"), (A::Toggle, "mark")];
            // One at a time is purged.
            if it.marks.is_empty() {
                wanted.push((A::Delete, "purge"));
            }
            (it.items.len(), wanted)
        }
        Some(Modal::History { menu, .. }) => {
            let mut wanted = Vec::new();
            if model.capabilities.write && menu.at > 0 {
                wanted.push((A::Activate, "open as it was"));
            }
            if geometry::history(model.size, menu).hidden > 0 {
                wanted.push((A::ScrollDown, "scroll the changes"));
            }
            (menu.items.len(), wanted)
        }
        _ => (0, Vec::new()),
    };
    let mut wanted = if entries > 0 { more } else { Vec::new() };
    if entries > 1 {
        wanted.push((A::Down, "move"));
    }
    wanted.extend([(A::Back, "close"), (A::Help, "help")]);
    wanted
}
