//! How the list of a context was left, kept and brought back after a restart. C7.

use super::super::effect::Effect;
use super::super::model::{Keeping, NoticeTone, Waiting};
use super::super::search::Search;
use super::super::{Model, Msg};
use crate::domain::ListState;
use crate::text::counted;

/// Something may have changed that is worth keeping. A place without a name is kept nowhere.
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
    let place = present(model);
    if place == model.keeping.kept {
        return Vec::new();
    }
    model.keeping.kept = place.clone();
    let request = model.request(Waiting::KeepPlace);
    let context = model.contexts.active.clone();
    vec![Effect::KeepPlace { request, context, place: Box::new(place) }]
}

/// How the list is now.
fn present(model: &Model) -> ListState {
    let list = &model.list;
    // Before the rows are here the cursor is where it was told to be.
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
pub fn recall(model: &mut Model, place: ListState) {
    let list = &mut model.list;
    list.search = Search::from(place.search.as_str());
    list.filter = place.filter.clone();
    list.sort = place.sort;
    list.anchor = place.cursor;
    list.marks = place.marks.iter().copied().collect();
    list.details = place.details;
    model.keeping = Keeping { touched: false, kept: place };
}

/// What hides rows or is marked from the last time, in words: nobody shall take a part for the
/// whole, or delete what somebody marked last week.
pub(super) fn told(model: &Model) -> Option<String> {
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
