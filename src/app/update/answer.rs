//! What effects come back with.

use std::collections::HashSet;

use super::super::effect::{Effect, RequestId};
use super::super::modal::{Menu, Message, Modal};
use super::super::model::{NoticeTone, Waiting};
use super::super::msg::{Opened, Past, Reply};
use super::super::prompt::Prompt;
use super::super::wizard::{Busy, Wizard};
use super::super::{Action, Answer, Context, Keymap, Model};
use super::draft::Found;
use super::wizard::focus;
use super::{
    agent, audit, commands, conflict, contexts, details, diff, draft, failure, list, list_state,
    permissions, picker, preflight, runbook, save, screens, secrets, shared,
};
use crate::backend::{BackendError, HistoryEntry};
use crate::domain::health::Directory;
use crate::domain::removal::{Outcome, Target};
use crate::domain::token::BulkToken;
use crate::domain::{ConnectionId, DirectoryObject, Secret, Summary};
use crate::form::{Kind, read_only, specs};
use crate::text::{counted, shown};

/// Takes an answer that was waited for.
pub(super) fn apply(
    model: &mut Model,
    keymap: &Keymap,
    request: RequestId,
    waiting: Waiting,
    answer: Answer,
) -> Vec<Effect> {
    match answer {
        Answer::Refreshed { rows, as_of, remarks } => {
            list::refreshed(model, rows, as_of);
            if !remarks.is_empty() {
                model.say(NoticeTone::Info, shown(&remarks.join(" ")));
            }
            contexts::forget(model)
        }
        it @ (Answer::Step(_) | Answer::Changed(_) | Answer::News(_)) => {
            shared::answered(model, request, &waiting, it)
        }
        Answer::ContextOpened(reply) => contexts::opened(model, reply),
        Answer::RevisionOpened(reply) => reverted(model, reply),
        Answer::Looked(reply) => details::looked(model, request, reply),
        Answer::Projects(reply) => contexts::projects(model, request, reply),
        Answer::LoadFailed(error) => load_failed(model, error),
        Answer::Opened(reply) => opened(model, waiting, reply),
        Answer::Saved(reply) => {
            let saved = reply.is_ok();
            let mut effects = save::saved(model, keymap, reply);
            if saved {
                effects.extend(audit::outdated(model));
            }
            effects
        }
        Answer::Deleted(reply) => deleted(model, keymap, reply),
        Answer::Restored(reply) => restored(model, reply),
        Answer::Purged(reply) => purged(model, reply),
        Answer::UsedBy(reply) => {
            if let Some(Modal::Delete(dialog)) = model.modals.last_mut() {
                dialog.asking = None;
                dialog.used_by = reply.ok().map(|it| it.into_iter().collect());
            }
            Vec::new()
        }
        Answer::DeletedList(reply) => {
            if let Some(Modal::Deleted(menu)) = model.modals.last_mut() {
                fill(menu, request, reply);
            }
            Vec::new()
        }
        Answer::History(reply) => history(model, request, reply),
        Answer::Drafts(reply) => {
            if let Ok(drafts) = &reply {
                model.drafts = drafts.iter().filter(|it| !it.elsewhere).count();
            }
            if let (Waiting::Drafts, Some(Modal::Drafts(menu))) = (waiting, model.modals.last_mut())
            {
                fill(menu, request, reply);
            }
            Vec::new()
        }
        Answer::Objects(reply) => objects(model, request, reply.map(|it| (it, String::new()))),
        Answer::ObjectsRefreshed(reply) => objects(model, request, reply),
        Answer::ObjectPut(reply) => object_put(model, reply),
        Answer::KeyIssued(reply) => key_issued(model, reply),
        Answer::TokenIssued(reply) => token_issued(model, reply),
        Answer::Revealed(reply) => revealed(model, waiting, reply),
        Answer::DraftKept(reply) => draft::was_kept(model, request, reply),
        Answer::DraftDiscarded(reply) => draft::was_discarded(model, reply),
        Answer::ListKept(reply) => list_state::was_kept(model, reply),
        Answer::SampleLoaded(reply) => commands::sample_loaded(model, reply),
        Answer::DirectoryImported(result) => directory_imported(model, result),
        Answer::FileWritten(result) => file_written(model, result),
        Answer::Compared(result) if waiting == Waiting::Confirm => {
            runbook::confirmed(model, result)
        }
        Answer::Compared(result) => {
            diff::compared(model, result);
            Vec::new()
        }
        Answer::CopiedToPlan(result) => diff::copied(model, result),
        Answer::Ticks(result) => runbook::ticks(model, request, result),
        Answer::AgentProgress { done, total } => agent::progress(model, done, total),
        Answer::AgentFetched(result) => agent::fetched(model, result),
        Answer::Preflight(progress) => preflight::progress(model, progress),
        Answer::PreflightDone(result) => preflight::done(model, result),
        Answer::Waived(result) => preflight::waived(model, result),
        Answer::Preflights(kept) => preflight::remember(model, kept),
        it @ (Answer::Rows { .. }
        | Answer::Remembered { .. }
        | Answer::Progress { .. }
        | Answer::Exporting { .. }
        | Answer::Audited(_)
        | Answer::CheckStep(_)
        | Answer::Checked(_)) => {
            show(model, request, it);
            Vec::new()
        }
    }
}

/// Takes an answer that leads to nothing but what is shown.
fn show(model: &mut Model, request: RequestId, answer: Answer) {
    match answer {
        Answer::Rows { total, rows, done } => list::rows(model, total, rows, done),
        Answer::Remembered { as_of } => list::remembered(model, as_of),
        Answer::Progress { rows, reading } => list::progress(model, rows, reading),
        Answer::Exporting { done, total } => commands::exporting(model, request, (done, total)),
        Answer::Audited(reply) => audit::done(model, reply),
        Answer::CheckStep(text) => permissions::check_step(model, request, text),
        Answer::Checked(result) => permissions::checked(model, result),
        _ => {}
    }
}

fn fill<T>(menu: &mut Menu<T>, request: RequestId, reply: Reply<Vec<T>>) {
    if menu.loading != Some(request) {
        return;
    }
    menu.loading = None;
    match reply {
        Ok(items) => menu.items = items,
        Err(error) => menu.error = Some(error),
    }
}

/// The old rows stay; the error says how to try again. C7, E1.
fn load_failed(model: &mut Model, error: BackendError) -> Vec<Effect> {
    model.list.loading = None;
    model.list.incoming = None;
    // How old the rows are stands in the title for as long as they are.
    let what = match model.rows_age() {
        Some(_) => "Not refreshed",
        None => "The list was not read",
    };
    if model.list.loaded {
        model.list.reading = None;
    }
    model.say(NoticeTone::Failed, failure(what, &error));
    model.list.error = Some(error);
    Vec::new()
}

fn opened(model: &mut Model, waiting: Waiting, reply: Reply<Box<Opened>>) -> Vec<Effect> {
    if matches!(waiting, Waiting::Theirs(_)) {
        conflict::theirs(model, reply);
        return Vec::new();
    }
    match (waiting, reply) {
        (waiting, Err(error)) => not_opened(model, waiting, &error),
        (Waiting::CopyKey(id), Ok(opened)) => copy_key(model, id, &opened),
        (Waiting::Permissions, Ok(opened)) => permissions::opened(model, &opened),
        (Waiting::Runbook, Ok(opened)) => runbook::opened(model, &opened),
        (waiting, Ok(opened)) => open_form(model, waiting, *opened),
    }
}

fn history(model: &mut Model, request: RequestId, reply: Reply<Vec<HistoryEntry>>) -> Vec<Effect> {
    if let Some(Modal::History { menu, .. }) = model.modals.last_mut() {
        fill(menu, request, reply);
    }
    Vec::new()
}

/// Opens the form with what an earlier revision had, to be looked at and saved as the next one.
fn reverted(model: &mut Model, reply: Reply<Box<Past>>) -> Vec<Effect> {
    let past = match reply {
        Ok(past) => *past,
        Err(error) => {
            model.say(NoticeTone::Failed, failure("Not opened", &error));
            return Vec::new();
        }
    };
    if model.leaving.is_some() {
        return Vec::new();
    }
    if let Some(why) = read_only(&past.opened.connection) {
        model.say(NoticeTone::Failed, format!("Not opened: {why}."));
        return Vec::new();
    }
    let Some(mut form) = form_of(model, &past.opened) else { return Vec::new() };
    if let Some(spec) = specs::of(past.was.kind) {
        let directory: Directory = past.opened.objects.iter().cloned().collect();
        form.values = spec.opened(&past.was, &directory);
    }
    let revision = past.revision;
    if !form.changed() {
        let text = format!("Revision {revision} has the same answers as now.");
        model.say(NoticeTone::Info, text);
        return Vec::new();
    }
    let review = form.steps().len();
    focus(&mut form, review, 0);
    model.modals.clear();
    let text =
        format!("As in revision {revision}; secrets and keys stay as they are. Save to keep it.");
    model.say(NoticeTone::Info, text);
    screens::open(model, form)
}

/// Opens the form of a connection for what it was asked for.
fn open_form(model: &mut Model, waiting: Waiting, opened: Opened) -> Vec<Effect> {
    // The form on its way out may come back: no other takes its place until then.
    if model.leaving.is_some() {
        return Vec::new();
    }
    if let Some(why) = read_only(&opened.connection) {
        model.say(NoticeTone::Failed, format!("Not opened: {why}."));
        return Vec::new();
    }
    let Some(mut form) = form_of(model, &opened) else { return Vec::new() };
    match waiting {
        Waiting::Clone(id) => form.make_clone(id),
        Waiting::Resume(kept) => {
            return draft::resume_into(model, &kept, Some(form), Found::There);
        }
        Waiting::ResumeDeleted(kept) => {
            return draft::resume_into(model, &kept, Some(form), Found::Deleted);
        }
        _ => {}
    }
    let place = match waiting {
        Waiting::Fix { field: Some(field), .. } => form.locate(field),
        _ => None,
    };
    let (step, field) = place.unwrap_or_default();
    focus(&mut form, step, field);
    if !matches!(waiting, Waiting::Reload(_)) {
        // What was opened over the list while this was read would act on the list, below the form.
        model.modals.clear();
    }
    let effects = screens::open(model, form);
    if matches!(waiting, Waiting::Edit(_) | Waiting::Fix { .. }) {
        draft::offer(model, opened.drafts);
    }
    effects
}

fn not_opened(model: &mut Model, waiting: Waiting, error: &BackendError) -> Vec<Effect> {
    match (waiting, error) {
        // As for one that is there.
        (Waiting::Resume(_) | Waiting::ResumeDeleted(_), BackendError::NotFound)
            if model.leaving.is_some() =>
        {
            return Vec::new();
        }
        (Waiting::Resume(kept), BackendError::NotFound) => {
            return draft::resume_deleted(model, kept);
        }
        (Waiting::ResumeDeleted(kept), BackendError::NotFound) => {
            return draft::resume_into(model, &kept, None, Found::Gone);
        }
        _ => {}
    }
    model.say(NoticeTone::Failed, failure("Not opened", error));
    Vec::new()
}

/// The form of a saved connection, every answer filled in. C4.
pub(super) fn form_of(model: &mut Model, opened: &Opened) -> Option<Wizard> {
    let directory: Directory = opened.objects.iter().cloned().collect();
    Wizard::of_saved(&opened.connection, &directory, draft::new_id(model))
}

fn copy_key(model: &mut Model, id: ConnectionId, opened: &Opened) -> Vec<Effect> {
    let Some(path) = opened.connection.answers.key_path() else {
        model.say(NoticeTone::Info, "This connection has no key.");
        return Vec::new();
    };
    let request = model.request(Waiting::CopyKey(id));
    vec![Effect::Reveal { request, id, path }]
}

fn deleted(
    model: &mut Model,
    keymap: &Keymap,
    reply: Reply<Vec<Outcome<BackendError>>>,
) -> Vec<Effect> {
    match reply {
        Ok(outcomes) => {
            let (gone, failed) = split(&outcomes);
            list::merge(model, Vec::new(), gone.iter().map(|it| it.id).collect());
            if !gone.is_empty() {
                model.undo.push(gone.clone());
            }
            let key = keymap.hint(Context::List, Action::Undo);
            let how = match (gone.len(), key.is_empty()) {
                (0, _) => String::new(),
                (_, true) => "; this can be undone".to_owned(),
                (1, false) => format!("; {key} brings it back"),
                (_, false) => format!("; {key} brings them back"),
            };
            let done = format!("Deleted {}{how}.", named(&gone));
            report(model, "Not deleted", done, &failed);
        }
        Err(error) => model.say(NoticeTone::Failed, failure("Not deleted", &error)),
    }
    Vec::new()
}

/// Those that worked, as they are now, and a line for each that did not. Failures stay marked. C5.
fn split(outcomes: &[Outcome<BackendError>]) -> (Vec<Target>, Vec<String>) {
    let mut done = Vec::new();
    let mut failed = Vec::new();
    for outcome in outcomes {
        match &outcome.result {
            Ok(revision) => {
                let (id, name) = (outcome.id, outcome.name.clone());
                done.push(Target { id, name, revision: *revision });
            }
            Err(error) => failed.push(failure(&shown(&outcome.name), error)),
        }
    }
    (done, failed)
}

/// The name of the one connection that it worked for, or how many they are.
fn named(done: &[Target]) -> String {
    match done {
        [only] if !only.name.is_empty() => shown(&only.name).into_owned(),
        _ => counted(done.len(), "connection"),
    }
}

fn report(model: &mut Model, title: &str, done: String, failed: &[String]) {
    if failed.is_empty() {
        model.say(NoticeTone::Done, done);
        return;
    }
    model.say(NoticeTone::Failed, format!("{done} {} failed.", failed.len()));
    model.modals.push(Modal::Message(Message {
        title: title.to_owned(),
        lines: failed.to_vec(),
        top: 0,
    }));
}

fn restored(
    model: &mut Model,
    reply: Reply<(Vec<Outcome<BackendError>>, Vec<Summary>)>,
) -> Vec<Effect> {
    match reply {
        Ok((outcomes, rows)) => {
            let (back, failed) = split(&outcomes);
            list::merge(model, rows, HashSet::new());
            let ids: HashSet<ConnectionId> = back.iter().map(|it| it.id).collect();
            no_longer_deleted(model, &ids);
            let done = format!("Restored {}.", named(&back));
            report(model, "Not restored", done, &failed);
        }
        Err(error) => model.say(NoticeTone::Failed, failure("Not restored", &error)),
    }
    Vec::new()
}

/// What was purged is in no list of deleted ones any more, and no undo brings it back.
fn purged(model: &mut Model, reply: Reply<Vec<Outcome<BackendError>>>) -> Vec<Effect> {
    match reply {
        Ok(outcomes) => {
            let (gone, failed) = split(&outcomes);
            no_longer_deleted(model, &gone.iter().map(|it| it.id).collect());
            let done = format!("Purged {}. Nothing brings it back.", named(&gone));
            report(model, "Not purged", done, &failed);
        }
        Err(error) => model.say(NoticeTone::Failed, failure("Not purged", &error)),
    }
    vec![draft::count(model)]
}

fn no_longer_deleted(model: &mut Model, ids: &HashSet<ConnectionId>) {
    if let Some(Modal::Deleted(menu)) = model.modals.last_mut() {
        menu.items.retain(|item| !ids.contains(&item.row.id));
        menu.marks.clear();
        menu.at = menu.at.min(menu.items.len().saturating_sub(1));
    }
    for step in &mut model.undo {
        step.retain(|it| !ids.contains(&it.id));
    }
    model.undo.retain(|step| !step.is_empty());
}

fn objects(
    model: &mut Model,
    request: RequestId,
    reply: Reply<(Vec<DirectoryObject>, String)>,
) -> Vec<Effect> {
    let Some(spec) = picker::spec_of(model) else { return Vec::new() };
    let Some(Modal::Picker(picker)) = model.modals.last_mut() else { return Vec::new() };
    if picker.loading.take_if(|it| *it == request).is_none() {
        return Vec::new();
    }
    match reply {
        Ok((objects, note)) => {
            picker.fill(spec, objects);
            if !note.is_empty() {
                model.say(NoticeTone::Info, note);
            }
        }
        Err(error) => picker.error = Some(error),
    }
    Vec::new()
}

/// The dialog on top, when it waits for an answer.
fn prompt(model: &mut Model) -> Option<&mut Prompt> {
    match model.modals.last_mut() {
        Some(Modal::Prompt(prompt)) => Some(prompt),
        _ => None,
    }
}

/// A dialog whose request failed stays open with what is wrong.
fn prompt_failed(model: &mut Model, error: &BackendError) {
    if let Some(prompt) = prompt(model) {
        prompt.fail(error.to_string());
    } else {
        model.say(NoticeTone::Failed, failure("Not done", error));
    }
}

fn object_put(model: &mut Model, reply: Reply<DirectoryObject>) -> Vec<Effect> {
    let object = match reply {
        Ok(object) => object,
        Err(error) => {
            prompt_failed(model, &error);
            return Vec::new();
        }
    };
    if prompt(model).is_some() {
        model.modals.pop();
    }
    let spec = picker::spec_of(model);
    if let (Some(spec), Some(Modal::Picker(picker))) = (spec, model.modals.last_mut()) {
        picker.put(spec, object);
    }
    Vec::new()
}

fn key_issued(model: &mut Model, reply: Reply<crate::domain::key::Key>) -> Vec<Effect> {
    let now = model.now;
    let Some(form) = model.screens.form_mut() else { return Vec::new() };
    let Some((_, Busy::Key(field))) = form.busy.take() else { return Vec::new() };
    match reply {
        Ok(key) => {
            form.put_key(field, &key, now);
            secrets::show(model, field, key.text);
            model.say(
                NoticeTone::Done,
                "Key generated. It takes effect when the connection is saved.",
            );
        }
        Err(error) => model.say(NoticeTone::Failed, failure("No key", &error)),
    }
    Vec::new()
}

fn token_issued(model: &mut Model, reply: Reply<BulkToken>) -> Vec<Effect> {
    let token = match reply {
        Ok(token) => token,
        Err(error) => {
            prompt_failed(model, &error);
            return Vec::new();
        }
    };
    if prompt(model).is_some() {
        model.modals.pop();
    }
    let Some(form) = model.screens.form_mut() else { return Vec::new() };
    let field = form.spec().and_then(|spec| {
        spec.visible_fields(&form.values).find(|field| field.kind == Kind::Tokens)
    });
    if let Some(field) = field {
        form.add_token(field, token);
        model.say(NoticeTone::Done, "Token kept. It is sealed when the connection is saved.");
    }
    Vec::new()
}

fn revealed(model: &mut Model, waiting: Waiting, reply: Reply<Secret>) -> Vec<Effect> {
    let secret = match reply {
        Ok(secret) => secret,
        Err(error) => {
            if let Some(form) = model.screens.form_mut() {
                form.busy = None;
            }
            model.say(NoticeTone::Failed, failure("Not readable", &error));
            return Vec::new();
        }
    };
    if let Waiting::CopyStep(what) = waiting {
        return runbook::revealed(model, what, secret);
    }
    if let Waiting::CopyKey(_) = waiting {
        model.say(NoticeTone::Info, commands::sent("the key"));
        return vec![Effect::Copy { text: secret }];
    }
    let busy = model.screens.form_mut().and_then(|form| form.busy.take()).map(|(_, busy)| busy);
    match busy {
        Some(Busy::Showing(field)) => {
            secrets::show(model, field, secret);
            Vec::new()
        }
        Some(Busy::Copying(_)) => {
            model.say(NoticeTone::Info, commands::sent("the secret"));
            vec![Effect::Copy { text: secret }]
        }
        Some(Busy::Command(_)) => secrets::command(model, &secret),
        Some(Busy::Saving | Busy::Key(_)) | None => Vec::new(),
    }
}

fn directory_imported(model: &mut Model, result: Result<usize, Vec<String>>) -> Vec<Effect> {
    match result {
        Ok(count) => {
            if prompt(model).is_some() {
                model.modals.pop();
            }
            model
                .say(NoticeTone::Done, format!("Imported {}.", counted(count, "directory object")));
            list::load(model)
        }
        Err(lines) => {
            if let Some(prompt) = prompt(model) {
                prompt.fail("nothing was imported".to_owned());
            }
            let title = "Nothing was imported".to_owned();
            model.modals.push(Modal::Message(Message { title, lines, top: 0 }));
            Vec::new()
        }
    }
}

fn file_written(model: &mut Model, result: Result<std::path::PathBuf, String>) -> Vec<Effect> {
    match result {
        Ok(path) => {
            if prompt(model).is_some() {
                model.modals.pop();
            }
            let text = format!("Written to {}.", shown(&path.display().to_string()));
            model.say(NoticeTone::Done, text);
        }
        Err(problem) => match prompt(model) {
            Some(prompt) => prompt.fail(problem),
            None => model.say(NoticeTone::Failed, problem),
        },
    }
    Vec::new()
}
