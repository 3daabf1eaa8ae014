//! What a set of records would change: created, changed field by field, left alone, deleted.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::entry::{Entry, Records};
use super::matching::{Matched, matched};
use super::mistake::{FilesError, Mistake};
use super::record::{Env, Shaped, shape};
use super::reference::{SecretRead, SecretSource, Unread};
use super::resolve::resolve;
use super::want::{Base, Content, Options, Work, is_asked, is_listed};
use crate::backend::{BackendError, Place, Revision};
use crate::domain::change::changes;
use crate::domain::destination::moved;
use crate::domain::health::Directory;
use crate::domain::{Connection, ConnectionId, Draft, Held};
use crate::form::check::day_of;
use crate::form::lookup::Lookup;
use crate::form::{FieldError, Spec, Value, Values, file};
use crate::service::{all_rows, directory};
use crate::text::fold;

/// What would be done to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// The store has no connection of this name.
    Create,
    /// Some of its fields would change.
    Change,
    /// It is as the file says.
    Unchanged,
    /// No record means it, and with prune that is deleted.
    Delete,
}

/// One field that would change; a secret only by its state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// Key of the field.
    pub field: String,
    /// What stands there now; `None`: nothing.
    pub before: Option<String>,
    /// What would stand there; `None`: nothing.
    pub after: Option<String>,
}

/// What would be done to one connection, as it is shown and written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What.
    pub action: Action,
    /// Name of the connection, as the store has it where it is there.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// File and line of the record; `None` where no file names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Its new name, where it is renamed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renamed_to: Option<String>,
    /// Why it is no rename, where that could have been meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Its identity; `None`: it is still to be made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ConnectionId>,
    /// The revision that the plan was made from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u32>,
    /// Every field that would change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<FieldChange>,
    /// Every secret that applying this reads from a file or a command, and compares.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reads: Vec<SecretRead>,
}

/// A step with what it takes to do it.
#[derive(Debug, Clone)]
pub struct Planned {
    /// What is shown.
    pub step: Step,
    /// The save; `None` for what is left alone or deleted.
    pub work: Option<Work>,
    /// The record with secrets that are not read yet: the step may turn out otherwise.
    pub(super) unread: Option<Box<Shaped<'static>>>,
}

/// Everything that would be done: deletions, so that they are seen first, then the records in the
/// order of the files. Applying deletes last.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// Every step.
    pub steps: Vec<Planned>,
    /// How many connections there are, where some would be deleted.
    pub present: usize,
}

impl Plan {
    /// A plan that deletes nothing.
    pub const fn of(steps: Vec<Planned>) -> Self {
        Self { steps, present: 0 }
    }

    /// How many connections get another name.
    pub fn renames(&self) -> usize {
        self.steps.iter().filter(|it| it.step.renamed_to.is_some()).count()
    }

    /// How many steps do this.
    pub fn count(&self, action: Action) -> usize {
        self.steps.iter().filter(|it| it.step.action == action).count()
    }

    /// The plan for a connection that was deleted since, and is to be restored at this revision with
    /// its change.
    #[must_use]
    pub fn restoring(mut self, id: ConnectionId, revision: u32) -> Self {
        let work = self.steps.iter_mut().filter_map(|it| it.work.as_mut());
        for work in work.filter(|it| it.target.is_some_and(|target| target.id == id)) {
            work.target = Some(Revision { id, revision });
            work.restore = true;
        }
        self
    }

    /// Leaves the steps of these connections, by their name before or after; none: all stay. Gives the
    /// names that no step has.
    pub fn narrow(&mut self, names: &[String]) -> Vec<String> {
        if names.is_empty() {
            return Vec::new();
        }
        let folded: HashSet<String> = names.iter().map(|it| fold(it)).collect();
        let mut met = HashSet::new();
        self.steps.retain(|it| {
            let of = std::iter::once(&it.step.name).chain(&it.step.renamed_to).map(|it| fold(it));
            let wanted: Vec<String> = of.filter(|it| folded.contains(it)).collect();
            let kept = !wanted.is_empty();
            met.extend(wanted);
            kept
        });
        names.iter().filter(|it| !met.contains(&fold(it))).cloned().collect()
    }

    /// Whether nothing would be done, as far as that can be said without reading secrets.
    pub fn is_empty(&self) -> bool {
        self.steps.iter().all(|it| it.step.action == Action::Unchanged)
    }

    /// Every secret that is still to be read, with the name of its connection.
    pub fn reads(&self) -> impl Iterator<Item = (&str, &SecretRead)> {
        let unread = self.steps.iter().filter(|it| it.unread.is_some());
        unread.flat_map(|it| it.step.reads.iter().map(|read| (it.step.name.as_str(), read)))
    }
}

/// Compares records with the store. Nothing is asked, nothing is changed, no command is run and no
/// secret file is opened: [`read_secrets`] does that before the plan is applied. With `prune`, every
/// connection that no record means would be deleted.
///
/// # Errors
/// Every mistake of every record at once, or what the backend answers.
pub async fn plan(
    backend: &Place,
    records: &Records,
    options: Options,
    prune: bool,
) -> Result<Plan, FilesError> {
    let mut mistakes = records.mistakes.clone();
    let matched = matched(backend, &records.entries, &mut mistakes).await?;
    let (mut pairs, mut notes) = (Vec::new(), Vec::new());
    for Matched { entry, base, note } in matched {
        pairs.push((entry, base));
        notes.push((entry.fields.contains_key("id"), note));
    }
    let directory = directory::whole(backend).await?;
    let known = Known { own: None, mistakes, directory: &directory };
    let mut steps = planned(backend, pairs, options, known).await?;
    let (mut gone, mut present) = (Vec::new(), 0);
    if prune {
        (gone, present) = pruned(backend, &steps).await?;
    }
    let kinds: HashSet<&str> = gone.iter().map(|it| it.step.kind.as_str()).collect();
    for (planned, (has_id, note)) in steps.iter_mut().zip(notes) {
        let step = &mut planned.step;
        let is_new = step.action == Action::Create;
        step.note = note.filter(|_| is_new).or_else(|| {
            let unclear = is_new && !has_id && kinds.contains(step.kind.as_str());
            unclear.then(|| "not a rename: its record has no id".to_owned())
        });
    }
    gone.append(&mut steps);
    Ok(Plan { steps: gone, present })
}

/// What is known of records before they are read.
pub(super) struct Known<'a> {
    /// Every object that records can name.
    pub(super) directory: &'a Directory,
    /// Keys that an edit sets; `None`: the records are whole.
    pub(super) own: Option<&'a [String]>,
    /// Mistakes that were found already.
    pub(super) mistakes: Vec<Mistake>,
}

/// The steps of records, each against its base. No secret is touched unless every shape is right.
pub(super) async fn planned(
    backend: &Place,
    pairs: Vec<(&Entry, Base)>,
    options: Options,
    known: Known<'_>,
) -> Result<Vec<Planned>, FilesError> {
    let lookup = Lookup::new(known.directory);
    let env = Env { directory: known.directory, lookup: &lookup, options, own: known.own };
    let (mut shaped, mut mistakes) = (Vec::with_capacity(pairs.len()), known.mistakes);
    for (entry, base) in pairs {
        match shape(entry, base, &env) {
            Ok(record) => shaped.push(record),
            Err(mut wrong) => mistakes.append(&mut wrong),
        }
    }
    if !mistakes.is_empty() {
        return Err(FilesError::of(mistakes));
    }
    let mut steps = Vec::with_capacity(shaped.len());
    for mut record in shaped {
        let reads = record.reads();
        let unread = (!reads.is_empty()).then(|| Box::new(record.clone().owned()));
        let wrong = resolve(backend, &mut record, options, &mut Unread).await?;
        if wrong.is_empty() {
            match step(record, options, reads) {
                Ok(planned) => steps.push(Planned { unread, ..planned }),
                Err(mut wrong) => mistakes.append(&mut wrong),
            }
        } else {
            mistakes.extend(wrong);
        }
    }
    if mistakes.is_empty() { Ok(steps) } else { Err(FilesError::of(mistakes)) }
}

/// Reads the secrets of a plan from their files and commands. What the store has already changes
/// nothing, so a step can turn out as unchanged, or as a change.
///
/// # Errors
/// Every mistake of every record at once, or what the backend answers.
pub async fn read_secrets(
    backend: &Place,
    plan: Plan,
    options: Options,
    secrets: &mut dyn SecretSource,
) -> Result<Plan, FilesError> {
    let present = plan.present;
    let (mut steps, mut mistakes) = (Vec::with_capacity(plan.steps.len()), Vec::new());
    for mut planned in plan.steps {
        let Some(mut record) = planned.unread.take() else {
            steps.push(planned);
            continue;
        };
        let wrong = resolve(backend, &mut record, options, secrets).await?;
        if wrong.is_empty() {
            match step(*record, options, Vec::new()) {
                Ok(read) => {
                    let step = Step { note: planned.step.note, ..read.step };
                    steps.push(Planned { step, ..read });
                }
                Err(mut wrong) => mistakes.append(&mut wrong),
            }
        } else {
            mistakes.extend(wrong);
        }
    }
    if mistakes.is_empty() { Ok(Plan { steps, present }) } else { Err(FilesError::of(mistakes)) }
}

/// What a record comes to; `reads` are the secrets that are not known yet.
fn step(
    mut record: Shaped<'_>,
    options: Options,
    reads: Vec<SecretRead>,
) -> Result<Planned, Vec<Mistake>> {
    let mut out = Step {
        action: Action::Create,
        name: record.name.clone(),
        kind: record.kind.slug(),
        place: Some(record.entry.place.to_string()),
        renamed_to: None,
        note: None,
        id: None,
        revision: None,
        changes: Vec::new(),
        reads,
    };
    if let Base::Change(saved) = &record.base {
        out.action = Action::Change;
        out.name.clone_from(&saved.name);
        out.renamed_to = (saved.name != record.name).then(|| record.name.clone());
        (out.id, out.revision) = (Some(saved.id), Some(saved.revision));
    }
    let complete = record.work.asks.is_empty()
        && record.work.wishes().is_empty()
        && record.work.keys().is_empty();
    let unchanged = |mut out: Step| {
        out.action = Action::Unchanged;
        Ok(Planned { step: out, work: None, unread: None })
    };
    if complete && record.is_as_saved() {
        return unchanged(out);
    }
    let draft = bound(&mut record, options, &out.reads)?;
    if let Base::Change(saved) = &record.base
        && complete
        && draft == Draft::from((**saved).clone())
    {
        return unchanged(out);
    }
    out.changes = changed(&record, draft, &out.reads);
    Ok(Planned { step: out, work: Some(record.work), unread: None })
}

/// What would be saved. A secret that is kept goes where it went; one that was given again may go
/// elsewhere, and counts as a new one then.
fn bound(
    record: &mut Shaped<'_>,
    options: Options,
    reads: &[SecretRead],
) -> Result<Draft, Vec<Mistake>> {
    loop {
        let draft = record.work.draft(&options.limits).cloned().map_err(|errors| {
            let mistake = |it: FieldError| record.entry.mistake(it.field, it.message);
            errors.into_iter().map(mistake).collect::<Vec<_>>()
        })?;
        let Some(saved) = record.base.connection() else { return Ok(draft) };
        let later = |field: &str| reads.iter().any(|it| it.field == field);
        let Some(field) = moved(&saved.answers, &draft.answers, later) else { return Ok(draft) };
        let given = record.given.iter().position(|it| it.0 == field);
        let Some(at) = given else {
            let error = BackendError::SecretElsewhere { field: field.clone() };
            let key = field.split('/').next().unwrap_or_default();
            return Err(vec![record.entry.mistake(key, format!("{error}: give it again"))]);
        };
        let (key, secret) = record.given.remove(at);
        record.work.set(key, Value::Secret(Held::New(secret)));
    }
}

/// Every field that would change, in the order of the form.
fn changed(record: &Shaped<'_>, draft: Draft, reads: &[SecretRead]) -> Vec<FieldChange> {
    let saved = match &record.base {
        Base::Change(saved) => Some(&**saved),
        Base::New | Base::Copy(_) => None,
    };
    let out = match record.work.content() {
        Content::Form(spec, values) => form_changes(record, spec, values, saved, reads),
        Content::Listed(_) => Vec::new(),
    };
    if !out.is_empty() {
        return out;
    }
    let after = saved.map_or_else(
        || unsaved(draft.clone()),
        |it| Connection {
            name: draft.name.clone(),
            description: draft.description.clone(),
            kind: draft.kind,
            side: draft.side,
            answers: draft.answers.clone(),
            ..it.clone()
        },
    );
    // An empty text is nothing.
    let some = |it: Option<String>| it.filter(|text| !text.is_empty());
    changes(saved, Some(&after))
        .into_iter()
        .filter(|it| it.field != "origin" && it.field != "type")
        .map(|it| FieldChange {
            field: it.field.trim_start_matches("answers.listed.").to_owned(),
            before: some(it.before),
            after: some(it.after),
        })
        .filter(|it| it.before != it.after)
        .collect()
}

/// A connection that is not saved yet, only to be compared.
fn unsaved(draft: Draft) -> Connection {
    Connection {
        id: ConnectionId(uuid::Uuid::nil()),
        revision: 0,
        name: draft.name,
        description: draft.description,
        kind: draft.kind,
        side: draft.side,
        answers: draft.answers,
        origin: crate::domain::Origin::Local,
        created_at: None,
        created_by: String::new(),
        modified_at: None,
        modified_by: String::new(),
    }
}

fn form_changes(
    record: &Shaped<'_>,
    spec: &'static Spec,
    values: &Values,
    saved: Option<&Connection>,
    reads: &[SecretRead],
) -> Vec<FieldChange> {
    let is_read = |key: &str| reads.iter().any(|it| it.field == key);
    let mut before = Values::default();
    if let (Some(saved), Some(values)) = (saved, &record.before) {
        before = values.clone();
        if is_listed(saved) {
            // What a form starts with was never answered.
            before = Values::default();
            before.set("name", Value::Text(saved.name.clone()));
            before.set("description", Value::Text(saved.description.clone()));
        }
    }
    let mut out: Vec<FieldChange> = file::differences(spec, &before, values)
        .into_iter()
        .map(|it| FieldChange { field: it.field.to_owned(), before: it.before, after: it.after })
        .collect();
    for change in &mut out {
        if values.get(&change.field).is_some_and(is_asked) {
            let verb = if is_read(&change.field) { "read" } else { "asked for" };
            change.after = Some(format!("{verb} when this is applied"));
        }
    }
    let keys = record
        .work
        .keys()
        .into_iter()
        .map(|(field, _)| (field, "issued when this is applied".to_owned()));
    let wishes = record.work.wishes().iter().map(|it| {
        let asked = record.work.asks.iter().any(|ask| ask.field == it.field);
        let kind = match it.pasted.is_some() || asked || is_read(it.field) {
            true => "",
            false => ", local stand-in",
        };
        (it.field, format!("new: {} until {}{kind}", it.display_name, day_of(it.expires_at)))
    });
    for (field, after) in keys.chain(wishes) {
        out.push(FieldChange { field: field.to_owned(), before: None, after: Some(after) });
    }
    out.sort_by_key(|it| spec.fields().position(|field| field.key == it.field));
    out
}

/// Every connection that no step changes or leaves as it is, and how many there are in all.
async fn pruned(backend: &Place, steps: &[Planned]) -> Result<(Vec<Planned>, usize), FilesError> {
    let meant: HashSet<ConnectionId> = steps.iter().filter_map(|it| it.step.id).collect();
    let rows = all_rows(backend).await?;
    let present = rows.len();
    let gone = rows.into_iter().filter(|row| !meant.contains(&row.id));
    let gone = gone
        .map(|row| Planned {
            step: Step {
                action: Action::Delete,
                name: row.name.to_string(),
                kind: row.kind.slug(),
                place: None,
                renamed_to: None,
                note: None,
                id: Some(row.id),
                revision: Some(row.revision),
                changes: Vec::new(),
                reads: Vec::new(),
            },
            work: None,
            unread: None,
        })
        .collect();
    Ok((gone, present))
}
