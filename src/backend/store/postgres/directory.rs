//! Directory objects: the pick lists' content, and what the rules look up. SPEC G3 to G10.

use std::collections::{BTreeSet, HashSet};

use tokio_postgres::Row;

use super::apply::update_digest;
use super::db::{Context, Tx};
use super::row::{loading, record};
use super::value::{Statement, column, sql};
use crate::backend::BackendError;
use crate::backend::store::core::{self, Result, damaged, invalid};
use crate::domain::answers::{Reference, Sheet};
use crate::domain::health::Directory;
use crate::domain::{Answers, ConnectionId, DirectoryObject, ObjectId, ObjectKind};
use crate::form::digest;
use crate::text::fold;

fn listing(kind: ObjectKind, tenant: Option<&ObjectId>) -> Statement {
    sql!(
        "SELECT json FROM jetbridge.objects WHERE kind = $1 AND ($2 IS NULL OR tenant = $2)
         ORDER BY name_key, tenant, id",
        kind.slug(),
        tenant.map(ObjectId::as_str)
    )
}

/// The objects of a kind, by name: of one tenant or of all.
pub(super) fn list(
    tx: &Tx<'_>,
    kind: ObjectKind,
    tenant: Option<&ObjectId>,
) -> Result<Vec<DirectoryObject>> {
    read_all(tx.rows(listing(kind, tenant))?.iter())
}

/// The objects of rows that hold one each.
pub(super) fn read_all<'a, T: FromIterator<DirectoryObject>>(
    rows: impl Iterator<Item = &'a Row>,
) -> Result<T> {
    rows.map(|row| {
        serde_json::from_str(column(row, 0)?)
            .map_err(|error| damaged(format!("a directory object cannot be read: {error}")))
    })
    .collect()
}

/// Asks for the objects that answers name.
pub(super) fn referencing(answers: &Answers) -> Vec<Statement> {
    let named = answers.sheet().into_iter().flat_map(Sheet::references);
    let ask = |it: Reference| {
        sql!(
            "SELECT json FROM jetbridge.objects WHERE kind = $1 AND tenant = $2 AND id = $3",
            it.kind.slug(),
            it.tenant.as_str(),
            it.id.as_str()
        )
    };
    named.map(ask).collect()
}

/// Adds or replaces objects, and judges the connections of their tenants again.
pub(super) fn put(tx: &Tx<'_>, context: &Context, objects: &[DirectoryObject]) -> Result<usize> {
    let tenants: BTreeSet<&ObjectId> = objects.iter().map(DirectoryObject::tenant).collect();
    let names: Vec<String> = tenants.iter().map(|it| it.as_str().to_owned()).collect();
    let rows = tx.rows(sql!(
        "SELECT id FROM jetbridge.objects WHERE kind = 'tenant' AND tenant = id AND id = ANY ($1)",
        names
    ))?;
    let known: HashSet<String> = rows.iter().map(|row| column(row, 0)).collect::<Result<_>>()?;
    let stored = tenants.iter().copied().filter(|it| known.contains(it.as_str())).collect();
    core::directory::check(objects, &stored)?;
    for object in objects {
        let json = serde_json::to_string(object)
            .map_err(|error| invalid(format!("an object cannot be written: {error}")))?;
        tx.put(sql!(
            "INSERT INTO jetbridge.objects (kind, tenant, id, name_key, json)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (kind, tenant, id)
                 DO UPDATE SET name_key = excluded.name_key, json = excluded.json",
            object.kind().slug(),
            object.tenant().as_str(),
            object.id().as_str(),
            fold(object.name()),
            json
        ));
    }
    for tenant in tenants {
        judge_again(tx, context, tenant)?;
    }
    Ok(objects.len())
}

/// Judges every connection of a tenant again, deleted ones too: they may come back.
fn judge_again(tx: &Tx<'_>, context: &Context, tenant: &ObjectId) -> Result<()> {
    let rows =
        tx.rows(sql!("SELECT id FROM jetbridge.connections WHERE tenant = $1", tenant.as_str()))?;
    if rows.is_empty() {
        return Ok(());
    }
    let ids: Vec<ConnectionId> =
        rows.iter().map(|row| column(row, 0).map(ConnectionId)).collect::<Result<_>>()?;
    let asked = ObjectKind::ALL.iter().map(|it| listing(*it, Some(tenant))).collect();
    let directory: Directory = read_all(tx.all(asked)?.iter().flatten())?;
    for part in ids.chunks(500) {
        if context.cancel.while_running() {
            return Err(BackendError::Cancelled);
        }
        for row in tx.rows(loading(part))? {
            let (record, _) = record(&row)?;
            update_digest(tx, record.id, &digest(&record, &directory));
        }
    }
    Ok(())
}
