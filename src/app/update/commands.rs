//! What can be done to connections from the list. C4-C6.

use std::collections::BTreeMap;

use super::super::effect::Effect;
use super::super::modal::{CopyMenu, CopyWhat, DeleteDialog, Menu, Modal, Proof};
use super::super::model::{NoticeTone, Waiting};
use super::super::msg::Reply;
use super::super::prompt::Prompt;
use super::super::rows::Rows;
use super::super::{Context, Model, RequestId};
use super::list::keep_in_view;
use super::marks::targets;
use super::{details, failure, list, wizard};
use crate::domain::removal::{DeletePlan, Target, number_is_typed};
use crate::domain::{ConnectionId, Second, Secret, Summary};
use crate::form;
use crate::text::{counted, shown};

pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    let Some((id, kind)) = model.list.current().map(|row| (row.id, row.kind)) else {
        let empty = model.list.rows.is_empty() && model.list.loaded;
        let create = super::super::Action::Create;
        return if empty { super::act(model, Context::List, create) } else { Vec::new() };
    };
    if model.is_live() {
        details::open(model);
        return Vec::new();
    }
    if !form::has_form(kind) {
        model.list.details = true;
        keep_in_view(model);
        let text =
            format!("{} has no form in jetbridge: {}.", kind.label(), form::why_listed(kind));
        model.say(NoticeTone::Info, text);
        return Vec::new();
    }
    let request = model.request(Waiting::Edit(id));
    vec![Effect::Open { request, id }]
}

pub(super) fn create(model: &mut Model) -> Vec<Effect> {
    // The first step of the form offers the other types.
    match form::specs::ALL.first() {
        Some(spec) => wizard::create(model, spec.kind),
        None => Vec::new(),
    }
}

pub(super) fn clone(model: &mut Model) -> Vec<Effect> {
    let Some((id, kind)) = model.list.current().map(|row| (row.id, row.kind)) else {
        return Vec::new();
    };
    if !form::has_form(kind) {
        let text =
            format!("{} has no form in jetbridge: {}.", kind.label(), form::why_listed(kind));
        model.say(NoticeTone::Info, text);
        return Vec::new();
    }
    let request = model.request(Waiting::Clone(id));
    vec![Effect::Open { request, id }]
}

/// Makes the plan and asks; nothing is deleted yet. C5.
pub(super) fn delete(model: &mut Model) -> Vec<Effect> {
    let targets = targets(&mut model.list);
    if targets.is_empty() {
        return Vec::new();
    }
    let visible: std::collections::HashSet<ConnectionId> =
        model.list.shown_rows().map(|row| row.id).collect();
    let hidden = targets.iter().filter(|target| !visible.contains(&target.id)).count();
    let (ids, count) = (targets.iter().map(|target| target.id).collect(), targets.len());
    let mut dialog = DeleteDialog {
        plan: DeletePlan { targets, hidden },
        used_by: None,
        asking: None,
        at: 0,
        proof: proof(model, count, hidden),
        top: 0,
    };
    let mut effects = Vec::new();
    if model.capabilities.usage {
        let request = model.request(Waiting::UsedBy);
        dialog.asking = Some(request);
        dialog.used_by = Some(BTreeMap::new());
        effects.push(Effect::UsedBy { request, ids });
    }
    model.modals.push(Modal::Delete(dialog));
    effects
}

/// What is typed before so much is destroyed, of which so much is hidden.
pub(super) fn proof(model: &Model, count: usize, hidden: usize) -> Option<Proof> {
    number_is_typed(count, hidden, model.is_production()).then(|| Proof::of(count))
}

pub(super) fn undo(model: &mut Model) -> Vec<Effect> {
    let Some(targets) = model.undo.pop() else {
        model.say(
            NoticeTone::Info,
            "Nothing to undo. Older deletions are in the list of deleted connections.",
        );
        return Vec::new();
    };
    let request = model.request(Waiting::Restore);
    vec![Effect::Restore { request, targets }]
}

pub(super) fn copy(model: &mut Model) -> Vec<Effect> {
    let targets = targets(&mut model.list);
    if targets.is_empty() {
        return Vec::new();
    }
    // E4: pasted into a shell, a control character would act there.
    let text: Vec<_> = targets.iter().map(|target| shown(&target.name)).collect();
    let text = Secret::new(text.join("\n"));
    model.say(NoticeTone::Info, sent(&counted(targets.len(), "name")));
    vec![Effect::Copy { text }]
}

/// What is said after a copy: no terminal ever confirms it.
pub(super) fn sent(what: &str) -> String {
    format!(
        "Sent {what} to the terminal's clipboard (OSC 52). If nothing arrived, save to a file instead."
    )
}

pub(super) fn copy_menu(model: &mut Model) {
    let targets = targets(&mut model.list);
    let join = |text: &dyn Fn(&Target) -> String| {
        Secret::new(targets.iter().map(text).collect::<Vec<_>>().join("\n"))
    };
    if targets.is_empty() {
        return;
    }
    let names = join(&|it| shown(&it.name).into_owned());
    let ids = join(&|it| it.id.to_string());
    let rows = join(&|it| row_text(&model.list.rows, it));
    let mut items = vec![
        ("Name", CopyWhat::Text(names)),
        ("ID", CopyWhat::Text(ids)),
        ("Whole row, tab separated", CopyWhat::Text(rows.clone())),
    ];
    if let [only] = targets.as_slice() {
        let device = |row: &Summary| form::specs::of(row.kind).is_some_and(form::Spec::issues_key);
        if model.capabilities.keys && model.list.rows.by_id(only.id).is_some_and(device) {
            items.push(("Configuration or connection key", CopyWhat::Key(only.id)));
        }
    }
    items.push(("Whole row to a file…", CopyWhat::File(rows, "connections.tsv".to_owned())));
    model.modals.push(Modal::CopyMenu(CopyMenu { items, at: 0 }));
}

/// Asks which connections to write to a file: the marked ones first, then those that are shown, then
/// all; each set once.
pub(super) fn export(model: &mut Model) {
    let list = &mut model.list;
    let marked: Vec<ConnectionId> = if list.marks.is_empty() && list.range.is_none() {
        Vec::new()
    } else {
        targets(list).into_iter().map(|it| it.id).collect()
    };
    let shown: Vec<ConnectionId> = list.shown_rows().map(|row| row.id).collect();
    let all: Vec<ConnectionId> = list.rows.iter().map(|row| row.id).collect();
    let narrowed = shown.len() < all.len();
    let sets = [("marked", marked), ("shown", shown), ("all", all)];
    let wanted = |(word, ids): &(&str, Vec<ConnectionId>)| match *word {
        "shown" => narrowed && !ids.is_empty(),
        _ => !ids.is_empty(),
    };
    let sets: Vec<_> = sets.into_iter().filter(wanted).collect();
    if sets.is_empty() {
        model.say(NoticeTone::Info, "There is nothing to export yet.");
        return;
    }
    model.modals.push(Modal::Prompt(Box::new(Prompt::export(sets))));
}

/// How far an export is.
pub(super) fn exporting(model: &mut Model, request: RequestId, far: (u64, u64)) {
    if let Some(Modal::Prompt(prompt)) = model.modals.last_mut()
        && prompt.waiting == Some(request)
    {
        prompt.doing = Some("Exporting".to_owned());
        prompt.far = Some(far);
    }
}

fn row_text(rows: &Rows, target: &Target) -> String {
    let Some(row) = rows.by_id(target.id) else {
        return shown(&target.name).into_owned();
    };
    let modified = row.modified_at.and_then(Second::timestamp);
    let cells = [
        target.name.clone(),
        row.kind.label().to_string(),
        row.side.label().to_owned(),
        row.tenant.to_string(),
        row.credentials.to_string(),
        modified.map(|at| at.to_string()).unwrap_or_default(),
        row.modified_by.to_string(),
        target.id.to_string(),
    ];
    // A tab or line break inside a cell would shift the columns.
    cells.map(|cell| shown(&cell).into_owned()).join("\t")
}

pub(super) fn history(model: &mut Model) -> Vec<Effect> {
    let Some((id, name)) = model.list.current().map(|row| (row.id, row.name.to_string())) else {
        return Vec::new();
    };
    let request = model.request(Waiting::History);
    model.modals.push(Modal::History { id, name, menu: Menu::loading(request), top: 0 });
    vec![Effect::ReadHistory { request, id }]
}

pub(super) fn drafts(model: &mut Model) -> Vec<Effect> {
    let request = model.request(Waiting::Drafts);
    model.modals.push(Modal::Drafts(Menu::loading(request)));
    vec![Effect::ReadDrafts { request }]
}

pub(super) fn deleted(model: &mut Model) -> Vec<Effect> {
    let request = model.request(Waiting::DeletedList);
    model.modals.push(Modal::Deleted(Menu::loading(request)));
    vec![Effect::ListDeleted { request }]
}

pub(super) fn sample(model: &mut Model) -> Vec<Effect> {
    if model.is_production() {
        let text = "This context is labelled as production: sample data is not loaded here. Try it \
                    with jetbridge --demo.";
        model.say(NoticeTone::Info, text);
        return Vec::new();
    }
    if !model.list.rows.is_empty() {
        let text =
            "The sample workspace loads into an empty store only. Try it with jetbridge --demo.";
        model.say(NoticeTone::Info, text);
        return Vec::new();
    }
    let request = model.request(Waiting::Sample);
    vec![Effect::LoadSample { request }]
}

pub(super) fn import_directory(model: &mut Model) {
    model.modals.push(Modal::Prompt(Box::new(Prompt::import_directory())));
}

/// The sample was loaded, or not.
pub(super) fn sample_loaded(model: &mut Model, reply: Reply<usize>) -> Vec<Effect> {
    match reply {
        Ok(count) => {
            model.say(
                NoticeTone::Done,
                format!("Loaded the sample: {}.", counted(count, "connection")),
            );
            list::load(model)
        }
        Err(error) => {
            model.say(NoticeTone::Failed, failure("Sample not loaded", &error));
            Vec::new()
        }
    }
}
