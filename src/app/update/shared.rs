//! A place that others change too: what they change comes into the list by itself, and while the server
//! is away nothing that was typed is lost. S3.

use std::collections::{HashMap, HashSet};

use super::super::effect::{Effect, RequestId};
use super::super::model::{NoticeTone, Waiting};
use super::super::msg::Reply;
use super::super::shared::Shared;
use super::super::{Answer, Model};
use super::{cancel, contexts, draft, list};
use crate::backend::{Changes, News, Present};
use crate::domain::{ConnectionId, Summary};
use crate::text::{counted, shown};

/// Most names in a line about what others changed.
const NAMES: usize = 3;

/// Begins to follow the place that is shown, if others change it.
pub(super) fn begin(model: &mut Model) -> Vec<Effect> {
    model.shared = Shared::default();
    if !model.capabilities.shared {
        return Vec::new();
    }
    let request = model.request(Waiting::Watch);
    model.shared.watch = Some(request);
    vec![Effect::Watch { request }]
}

/// Stops following.
pub(super) fn end(model: &mut Model) -> Vec<Effect> {
    let shared = std::mem::take(&mut model.shared);
    let mut effects = cancel(model, shared.watch);
    effects.extend(cancel(model, shared.asking.map(|it| it.0)));
    if shared.opened.is_some() {
        effects.push(Effect::Opens { connection: None });
    }
    effects
}

/// Takes an answer about such a place.
pub(super) fn answered(
    model: &mut Model,
    request: RequestId,
    waiting: &Waiting,
    answer: Answer,
) -> Vec<Effect> {
    match answer {
        Answer::Changed(reply) => changed(model, request, waiting, reply),
        Answer::News(it) => news(model, it),
        Answer::Step(step) => {
            model.shared.reading = Some(step);
            Vec::new()
        }
        _ => Vec::new(),
    }
}

/// What the place reports by itself.
fn news(model: &mut Model, news: News) -> Vec<Effect> {
    match news {
        News::Step(step) => {
            model.shared.wanted = model.shared.wanted.max(step);
            if model.shared.away.is_none() && model.list.step == Some(step) {
                current(model);
            }
        }
        News::Away { as_of, why } => {
            if model.list.loaded {
                model.list.as_of.get_or_insert(as_of);
            }
            if model.shared.away.is_none() {
                let text = format!("Not connected: {}. It is tried again by itself.", shown(&why));
                model.say(NoticeTone::Info, text);
            }
            model.shared.away = Some(why);
            model.shared.present.clear();
        }
        News::Here(capabilities) => {
            model.capabilities = capabilities;
            let mut effects = Vec::new();
            if model.shared.away.take().is_some() {
                // What was opened to others is not known there any more.
                model.say(NoticeTone::Done, "Connected again.");
                contexts::ask_again(model);
                if model.capabilities.drafts {
                    // Those that were kept here meanwhile go to the server.
                    effects.push(draft::count(model));
                }
            }
            if !model.list.loaded && model.list.loading.is_none() {
                effects.extend(list::load(model));
            }
            return effects;
        }
        News::Present(present) => meet(model, present),
    }
    Vec::new()
}

/// Says who opened the connection of the form meanwhile.
fn meet(model: &mut Model, present: Vec<Present>) {
    let before = std::mem::replace(&mut model.shared.present, present);
    let Some(id) = model.shared.opened else { return };
    let known = |it: &&Present| {
        !before.iter().any(|old| (old.connection, &old.by) == (it.connection, &it.by))
    };
    let new = model.shared.present.iter().filter(|it| it.connection == id).find(known);
    if let Some(by) = new.map(|it| shown(&it.by).into_owned()) {
        model.say(NoticeTone::Info, format!("{by} opened this connection, too."));
    }
}

/// The rows are what there is now.
fn current(model: &mut Model) {
    let list = &mut model.list;
    if list.loading.is_none() {
        (list.as_of, list.error) = (None, None);
    }
}

/// The list was read, whole or as it is kept.
pub(super) fn loaded(model: &mut Model) {
    if let Some(step) = model.shared.reading.take() {
        model.list.step = Some(step);
    }
    model.list.fresh.clear();
}

/// What others changed came, or not: then it is asked for again with the next news.
fn changed(
    model: &mut Model,
    request: RequestId,
    waiting: &Waiting,
    reply: Reply<Option<Changes>>,
) -> Vec<Effect> {
    let asked = model.shared.asking.take_if(|it| it.0 == request);
    if *waiting == Waiting::Load {
        model.list.loading = None;
    }
    match reply {
        Ok(Some(changes)) => {
            if asked.is_some_and(|(_, wanted)| wanted == model.shared.wanted) {
                // Whatever was announced, this is how far it is.
                model.shared.wanted = changes.step;
            }
            take(model, changes);
            current(model);
            Vec::new()
        }
        Ok(None) => list::load(model),
        Err(_) => {
            if let Some((_, wanted)) = asked.filter(|it| it.1 == model.shared.wanted) {
                // Not at once again: the watch asks for the counter soon.
                model.shared.wanted = model.list.step.unwrap_or(wanted);
            }
            Vec::new()
        }
    }
}

/// Puts changed rows into the list; cursor and marks stay.
fn take(model: &mut Model, changes: Changes) {
    let Changes { step, rows, gone } = changes;
    let list = &mut model.list;
    list.step = Some(step);
    let ids: HashSet<ConnectionId> =
        rows.iter().map(|it| it.id).chain(gone.iter().copied()).collect();
    let before = list.rows.iter().filter(|it| ids.contains(&it.id));
    let before: HashMap<ConnectionId, Summary> = before.map(|it| (it.id, it.clone())).collect();
    let gone: HashSet<ConnectionId> =
        gone.into_iter().filter(|it| before.contains_key(it)).collect();
    let rows: Vec<Summary> = rows.into_iter().filter(|it| before.get(&it.id) != Some(it)).collect();
    let fresh: Vec<Summary> = rows
        .iter()
        .filter(|it| before.get(&it.id).is_none_or(|old| old.revision != it.revision))
        .cloned()
        .collect();
    if rows.is_empty() && gone.is_empty() {
        return;
    }
    list.fresh.retain(|id| !gone.contains(id));
    list.fresh.extend(fresh.iter().map(|it| it.id));
    list::take_in(model, rows, gone.clone());
    report(model, &fresh, &gone, &before);
}

/// Says in one line what others changed, unless something else stands there; of the connection in the
/// form in any case.
fn report(
    model: &mut Model,
    fresh: &[Summary],
    gone: &HashSet<ConnectionId>,
    before: &HashMap<ConnectionId, Summary>,
) {
    let open = model.screens.form().filter(|it| it.busy.is_none()).and_then(|it| it.target);
    if let Some(open) = open {
        let newer = fresh.iter().find(|it| it.id == open.id && it.revision > open.revision);
        let text = match newer {
            Some(row) => Some(format!(
                "{} saved this connection meanwhile: saving yours asks which to keep.",
                shown(&row.modified_by)
            )),
            None if gone.contains(&open.id) => {
                Some("This connection was deleted meanwhile: saving yours asks what to do.".into())
            }
            None => None,
        };
        if let Some(text) = text {
            return model.say(NoticeTone::Info, text);
        }
    }
    let other =
        model.notice.as_ref().is_some_and(|it| Some(&it.text) != model.shared.line.as_ref());
    if other || fresh.len() + gone.len() == 0 {
        return;
    }
    let names = |all: Vec<&Summary>| {
        let names: Vec<_> = all.iter().take(NAMES).map(|it| shown(&it.name).into_owned()).collect();
        match all.len() {
            0..=NAMES => names.join(", "),
            many => counted(many, "connection"),
        }
    };
    let text = match (fresh, gone.len()) {
        ([], _) => format!("Deleted by others: {}.", names(before.values().collect())),
        ([first, rest @ ..], 0) if rest.iter().all(|it| it.modified_by == first.modified_by) => {
            format!("Changed by {}: {}.", shown(&first.modified_by), names(fresh.iter().collect()))
        }
        (_, 0) => format!("Changed by others: {}.", names(fresh.iter().collect())),
        (_, count) => {
            format!("Others changed {} and deleted {count}.", counted(fresh.len(), "connection"))
        }
    };
    model.shared.line = Some(text.clone());
    model.say(NoticeTone::Info, text);
}

/// Asks for what changed, and shows others what is open here.
pub(super) fn follow(model: &mut Model) -> Vec<Effect> {
    let mut effects = Vec::new();
    if !model.capabilities.shared || model.shared.watch.is_none() {
        return effects;
    }
    let form = model.screens.form().filter(|_| model.capabilities.write);
    let open = form.and_then(|it| it.target).map(|it| it.id);
    if open != model.shared.opened {
        model.shared.opened = open;
        effects.push(Effect::Opens { connection: open });
        let others = open.and_then(|it| model.open_elsewhere(it));
        if let Some(others) = others {
            model.say(NoticeTone::Info, format!("Open elsewhere, too: {others}."));
        }
    }
    let idle = model.list.loading.is_none() && model.shared.asking.is_none();
    let behind = model.list.step.filter(|it| *it < model.shared.wanted);
    if let Some(since) = behind.filter(|_| idle && model.list.loaded && model.shared.away.is_none())
    {
        let request = model.request(Waiting::Changes);
        model.shared.asking = Some((request, model.shared.wanted));
        effects.push(Effect::Changes { request, since });
    }
    effects
}
