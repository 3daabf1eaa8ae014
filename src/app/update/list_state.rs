//! How the list of a context was left, kept and brought back after a restart. C7.

use super::super::effect::Effect;
use super::super::model::{Keeping, NoticeTone, Waiting};
use super::super::search::Search;
use super::super::{Model, Msg};
use crate::domain::ListState;
use crate::text::counted;

/// Something may have changed that is worth keeping. That of a nameless context is kept nowhere.
pub(super) fn touch(model: &mut Model, msg: &Msg) {
    let typed = matches!(
        msg,
        Msg::Key(_) | Msg::Meta(_) | Msg::Typed(_) | Msg::Paste(_) | Msg::Click(..) | Msg::Wheel(_)
    );
    model.keeping.touched |= typed && !model.contexts.active.is_empty();
}

/// Keeps how the list is, if that is anything new.
pub(super) fn keep(model: &mut Model) -> Vec<Effect> {
    let touched = std::mem::take(&mut model.keeping.touched);
    if !touched || model.contexts.active.is_empty() {
        return Vec::new();
    }
    let state = present(model);
    if state == model.keeping.kept {
        return Vec::new();
    }
    model.keeping.kept = state.clone();
    let request = model.request(Waiting::KeepList);
    let context = model.contexts.active.clone();
    vec![Effect::KeepList { request, context, state: Box::new(state) }]
}

/// How the list is now.
fn present(model: &Model) -> ListState {
    let list = &model.list;
    // Before the rows are here the cursor is where it was left.
    let cursor = list.anchor.or_else(|| list.current().map(|row| row.id));
    // The first row is where a list begins anyway.
    let first = list.row_at(0).map(|row| row.id);
    ListState {
        search: list.search.value().to_owned(),
        filter: list.filter.clone(),
        sort: list.sort,
        cursor: cursor.filter(|it| Some(*it) != first),
        marks: list.marks.iter().copied().collect(),
        details: list.details,
    }
}

/// Brings a list back as it was left, before its rows are read.
pub fn recall(model: &mut Model, state: ListState) {
    let list = &mut model.list;
    list.search = Search::from(state.search.as_str());
    list.filter = state.filter.clone();
    list.sort = state.sort;
    list.anchor = state.cursor;
    list.marks = state.marks.iter().copied().collect();
    list.details = state.details;
    model.keeping = Keeping { touched: false, kept: state };
}

/// What hides rows or is marked from the last time, in words: nobody must take a part for
/// the whole, or delete what somebody marked last week.
pub(super) fn as_left(model: &Model) -> Option<String> {
    let list = &model.list;
    let narrowed = match (!list.search.is_empty(), !list.filter.is_empty()) {
        (true, true) => Some("search and filter are on".to_owned()),
        (true, false) => Some("the search is on".to_owned()),
        (false, true) => Some("the filter is on".to_owned()),
        (false, false) => None,
    };
    let marked = match list.marks.len() {
        0 => None,
        count => Some(format!("{} marked", counted(count, "row"))),
    };
    let parts: Vec<String> = narrowed.into_iter().chain(marked).collect();
    (!parts.is_empty()).then(|| format!("As you left it: {}.", parts.join(", ")))
}

/// The answer to keeping.
pub(super) fn was_kept(model: &mut Model, reply: Result<(), String>) -> Vec<Effect> {
    if let Err(why) = reply {
        // The next change tries again.
        model.keeping.kept = ListState::default();
        model.say(NoticeTone::Failed, why);
    }
    Vec::new()
}
