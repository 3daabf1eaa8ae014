//! Directory objects: which are accepted.

use std::collections::HashSet;

use crate::domain::rules::{TEXT_MAX, printable};
use crate::domain::{DirectoryObject, ObjectId, ObjectKind};
use crate::text::shown;

use super::{Result, invalid};

/// Accepts objects whose tenants are among them or among those that are `stored` already.
pub(crate) fn check(objects: &[DirectoryObject], stored: &HashSet<&ObjectId>) -> Result<()> {
    let own = objects.iter().filter(|it| it.kind() == ObjectKind::Tenant);
    let own: HashSet<&ObjectId> = own.map(DirectoryObject::id).collect();
    objects.iter().try_for_each(|object| {
        texts(object)?;
        if own.contains(object.tenant()) || stored.contains(object.tenant()) {
            return Ok(());
        }
        Err(invalid(format!(
            "{} {} names the tenant {}, which is not in the directory: add the tenant first",
            object.kind().label(),
            shown(object.name()),
            shown(object.tenant().as_str()),
        )))
    })
}

fn texts(object: &DirectoryObject) -> Result<()> {
    let kind = object.kind().label();
    let texts = [
        ("id", object.id().as_str()),
        ("tenant", object.tenant().as_str()),
        ("name", object.name()),
    ];
    texts.into_iter().try_for_each(|(what, text)| {
        let name = shown(object.name());
        match printable(text, TEXT_MAX) {
            Ok(clean) if clean.is_empty() => {
                Err(invalid(format!("{kind} {name}: the {what} is empty")))
            }
            Ok(_) => Ok(()),
            Err(problem) => Err(invalid(format!("{kind} {name}: {what}: {problem}"))),
        }
    })
}
