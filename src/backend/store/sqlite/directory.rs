//! Directory objects: the pick lists' content, and what the rules look up. SPEC G3 to G10.

use std::collections::{BTreeSet, HashSet};

use rusqlite::{Connection as Sql, OptionalExtension, Transaction, params};

use crate::backend::BackendError;
use crate::domain::answers::{Reference, Sheet};
use crate::domain::health::Directory;
use crate::domain::{Answers, ConnectionId, DirectoryObject, ObjectId, ObjectKind};
use crate::form::digest;
use crate::text::fold;

use super::apply::update_digest;
use super::db::Context;
use super::failure::Result;
use super::row::{load, uuid};
use crate::backend::store::core::{self, damaged, invalid};

/// The objects of a kind, by name: of one tenant or of all.
pub(super) fn list(
    tx: &Transaction<'_>,
    kind: ObjectKind,
    tenant: Option<&ObjectId>,
) -> Result<Vec<DirectoryObject>> {
    let mut statement = tx.prepare_cached(
        "SELECT json FROM objects WHERE kind = ?1 AND (?2 IS NULL OR tenant = ?2)
         ORDER BY name_key, tenant, id",
    )?;
    let mut rows = statement.query(params![kind.slug(), tenant.map(ObjectId::as_str)])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(read(&row.get::<_, String>(0)?)?);
    }
    Ok(all)
}

fn read(json: &str) -> Result<DirectoryObject> {
    serde_json::from_str(json)
        .map_err(|error| damaged(format!("a directory object cannot be read: {error}")).into())
}

/// Adds or replaces objects, and judges the connections of their tenants again.
pub(super) fn put(
    tx: &Transaction<'_>,
    context: &Context,
    objects: &[DirectoryObject],
) -> Result<usize> {
    let tenants: BTreeSet<&ObjectId> = objects.iter().map(DirectoryObject::tenant).collect();
    let mut stored = HashSet::new();
    for tenant in &tenants {
        if has_tenant(tx, tenant)? {
            stored.insert(*tenant);
        }
    }
    core::directory::check(objects, &stored)?;
    let mut statement = tx.prepare_cached(
        "INSERT INTO objects (kind, tenant, id, name_key, json) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (kind, tenant, id)
             DO UPDATE SET name_key = excluded.name_key, json = excluded.json",
    )?;
    for object in objects {
        if context.cancel.while_running() {
            return Err(BackendError::Cancelled.into());
        }
        let json = serde_json::to_string(object)
            .map_err(|error| invalid(format!("an object cannot be written: {error}")))?;
        let (kind, tenant, id) = (object.kind().slug(), object.tenant(), object.id());
        let key = fold(object.name());
        statement.execute(params![kind, tenant.as_str(), id.as_str(), key, json])?;
    }
    for tenant in tenants {
        judge_again(tx, context, tenant)?;
    }
    Ok(objects.len())
}

fn has_tenant(tx: &Transaction<'_>, tenant: &ObjectId) -> Result<bool> {
    let mut statement = tx.prepare_cached(
        "SELECT 1 FROM objects WHERE kind = 'tenant' AND tenant = ?1 AND id = ?1",
    )?;
    Ok(statement.query_row([tenant.as_str()], |_| Ok(())).optional()?.is_some())
}

/// Judges every connection of a tenant again, deleted ones too: they may come back.
fn judge_again(tx: &Transaction<'_>, context: &Context, tenant: &ObjectId) -> Result<()> {
    let mut statement = tx.prepare_cached("SELECT id FROM connections WHERE tenant = ?1")?;
    let mut rows = statement.query([tenant.as_str()])?;
    let mut ids = Vec::new();
    while let Some(row) = rows.next()? {
        ids.push(ConnectionId(uuid(row, 0)?));
    }
    if ids.is_empty() {
        return Ok(());
    }
    let mut all = Vec::new();
    for kind in ObjectKind::ALL {
        all.extend(list(tx, kind, Some(tenant))?);
    }
    let directory: Directory = all.into_iter().collect();
    for id in ids {
        if context.cancel.while_running() {
            return Err(BackendError::Cancelled.into());
        }
        if let Some((record, _)) = load(tx, id)? {
            update_digest(tx, id, &digest(&record, &directory))?;
        }
    }
    Ok(())
}

/// The directory objects that answers name, as far as they are there: a tenant may have 10,000
/// containers, of which a connection uses one.
pub(super) fn referenced(conn: &Sql, answers: &Answers) -> Result<Directory> {
    let mut statement = conn
        .prepare_cached("SELECT json FROM objects WHERE kind = ?1 AND tenant = ?2 AND id = ?3")?;
    let mut found = Vec::new();
    let named = answers.sheet().into_iter().flat_map(Sheet::references);
    for Reference { kind, tenant, id, field: _ } in named {
        let json = statement
            .query_row([kind.slug(), tenant.as_str(), id.as_str()], |row| row.get::<_, String>(0))
            .optional()?;
        if let Some(json) = json {
            found.push(read(&json)?);
        }
    }
    Ok(found.into_iter().collect())
}
