//! What an update would do to the directory, shown before somebody says yes. SPEC F8

use serde::Serialize;

use crate::backend::Place;
use crate::cli::session::{Session, is_yes, wait};
use crate::domain::{DirectoryObject, ObjectKind};
use crate::error::Failure;
use crate::service::directory::Change;
use crate::text::{counted, shown};

/// Most lines that a terminal shows.
const MOST: usize = 40;

/// A change as a record.
#[derive(Debug, Serialize)]
pub struct Record<'a> {
    action: &'static str,
    #[serde(flatten)]
    object: &'a DirectoryObject,
    changes: &'a [String],
}

/// Columns of CSV.
pub const FIELDS: [&str; 6] = ["action", "object", "id", "name", "tenant", "changes"];

impl<'a> Record<'a> {
    pub fn of(change: &'a Change) -> Self {
        let action = match (change.is_new, change.words.is_empty()) {
            (true, _) => "add",
            (false, false) => "change",
            (false, true) => "confirm",
        };
        Self { action, object: &change.object, changes: &change.words }
    }
}

/// How much an update does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Size {
    pub new: usize,
    pub changed: usize,
    pub confirmed: usize,
}

impl Size {
    pub fn of(changes: &[Change]) -> Self {
        let new = changes.iter().filter(|it| it.is_new).count();
        let confirmed = changes.iter().filter(|it| !it.is_new && it.words.is_empty()).count();
        Self { new, changed: changes.len() - new - confirmed, confirmed }
    }

    /// In a few words.
    pub fn words(self) -> String {
        let Self { new, changed, confirmed } = self;
        format!("{} new, {} changed, {} confirmed", some(new), some(changed), some(confirmed))
    }
}

fn some(many: usize) -> String {
    crate::text::thousands(many)
}

/// The lines for people: what is new, what changes, and how much was only confirmed.
pub fn lines(changes: &[Change], tenant_of: &dyn Fn(&DirectoryObject) -> String) -> Vec<String> {
    let line = |it: &Change| {
        let (kind, name) = (it.object.kind().label(), shown(it.object.name()));
        let of = match it.object.kind() {
            ObjectKind::Tenant => String::new(),
            _ => format!(" of {}", shown(&tenant_of(&it.object))),
        };
        match it.is_new {
            true => format!("+ {kind} {name}{of}"),
            false => format!("~ {kind} {name}{of}: {}", it.words.join("; ")),
        }
    };
    let listed: Vec<&Change> =
        changes.iter().filter(|it| it.is_new || !it.words.is_empty()).collect();
    let mut out: Vec<String> = listed.iter().take(MOST).map(|it| line(it)).collect();
    if listed.len() > MOST {
        out.push(format!("  and {} more", some(listed.len() - MOST)));
    }
    out
}

/// Asks whether to make these changes, unless that was answered before.
pub fn agrees(session: &mut Session<'_, '_>, changes: &[Change]) -> Result<bool, Failure> {
    if session.yes {
        return Ok(true);
    }
    // What was typed before the question is no answer to it.
    let question = format!("Update the directory: {}? [y/N] ", Size::of(changes).words());
    Ok(is_yes(&session.agree_by(&question)?))
}

/// Makes the changes.
pub fn apply(place: &Place, changes: Vec<Change>) -> Result<usize, Failure> {
    Ok(wait(place.put_objects(changes.into_iter().map(|it| it.object).collect()))??)
}

/// Offers what a pre-flight learned. Nothing changes without a yes.
pub fn offer(
    session: &mut Session<'_, '_>,
    place: &Place,
    changes: Vec<Change>,
    dry_run: bool,
    tenant_of: &dyn Fn(&DirectoryObject) -> String,
) -> Result<(), Failure> {
    if changes.is_empty() {
        session.printer.say("note: the pre-flight learned nothing for the directory");
        return Ok(());
    }
    for line in lines(&changes, tenant_of) {
        session.printer.must_say(&line);
    }
    let size = Size::of(&changes).words();
    if dry_run {
        session.printer.say(&format!("The directory would be updated: {size}."));
        return Ok(());
    }
    if !session.yes && !session.can_ask() {
        session.printer.say(&format!("note: the directory is as it was: {size}"));
        session.printer.say("hint: Add --yes to update it.");
        return Ok(());
    }
    if agrees(session, &changes)? {
        let many = apply(place, changes)?;
        session.printer.say(&format!("{} of the directory updated.", counted(many, "object")));
    } else {
        session.printer.say("The directory is as it was.");
    }
    Ok(())
}
