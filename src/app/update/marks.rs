//! Marks: one, a range, all that is shown; and what an action is for. C3, C5.

use super::super::model::List;
use super::super::{Action, Model};
use super::list::go;
use crate::domain::ConnectionId;
use crate::domain::removal::Target;

/// Ends a range that is being marked: its rows become marks.
fn commit_range(list: &mut List) {
    if let Some(span) = list.range_span() {
        let ids: Vec<ConnectionId> =
            span.filter_map(|at| list.row_at(at)).map(|row| row.id).collect();
        list.marks.extend(ids);
    }
    list.range = None;
}

pub(super) fn mark(model: &mut Model, action: Action) {
    let list = &mut model.list;
    let here = list.current().map(|row| row.id);
    match action {
        Action::MarkRange => match (list.range, here) {
            (Some(_), _) => commit_range(list),
            (None, Some(id)) => list.range = Some(id),
            (None, None) => {}
        },
        Action::Mark => {
            commit_range(list);
            if let Some(id) = here {
                if !list.marks.remove(&id) {
                    list.marks.insert(id);
                }
                go(model, model.list.at + 1);
            }
        }
        Action::MarkUp | Action::MarkDown => {
            list.marks.extend(here);
            let at = if action == Action::MarkUp { list.at.saturating_sub(1) } else { list.at + 1 };
            go(model, at);
            model.list.marks.extend(model.list.current().map(|row| row.id));
        }
        Action::MarkAll => {
            list.range = None;
            let ids: Vec<ConnectionId> = list.shown_rows().map(|row| row.id).collect();
            list.marks.extend(ids);
        }
        Action::Invert => {
            commit_range(list);
            let ids: Vec<ConnectionId> = list.shown_rows().map(|row| row.id).collect();
            for id in ids {
                if !list.marks.remove(&id) {
                    list.marks.insert(id);
                }
            }
        }
        Action::Unmark => {
            list.range = None;
            list.marks.clear();
        }
        _ => {}
    }
}

/// The rows an action is for: the marked ones in the order of names, or the one under the cursor.
pub(super) fn targets(list: &mut List) -> Vec<Target> {
    commit_range(list);
    if list.marks.is_empty() {
        return list.current().map(Target::from).into_iter().collect();
    }
    list.rows.iter().filter(|row| list.marks.contains(&row.id)).map(Target::from).collect()
}
