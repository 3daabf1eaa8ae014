//! Saving, deleting, restoring, purging and importing: what the core needs is loaded, what it decides
//! is written.

use std::collections::HashSet;

use super::apply::{apply, json};
use super::db::{Context, Tx};
use super::row::all_found;
use super::value::{Value, column, sql};
use super::{chain, directory, drafts, list, vault};
use crate::backend::store::core::columns::{
    moment_column, origin_number, own, side_number, unknown,
};
use crate::backend::store::core::save::{self, Before};
use crate::backend::store::core::secrets::Keys;
use crate::backend::store::core::{Found, Named, Op, Result, import, remove};
use crate::backend::{BackendError, ImportRow, Imported, Revision, SaveRequest};
use crate::domain::health::Digest;
use crate::domain::removal::Outcome;
use crate::domain::{Connection, ConnectionId};
use crate::text::fold;

/// Rows that go to the server in one statement.
const TOGETHER: usize = 2_000;

/// Makes or changes a connection.
pub(super) fn save(tx: &Tx<'_>, context: &mut Context, request: SaveRequest) -> Result<Connection> {
    let request = save::checked(request)?;
    let target = request.target.map(|it| it.id);
    let wanted: Vec<ConnectionId> = target.into_iter().chain(request.secrets_from).collect();
    let mut found = all_found(tx, &wanted)?;
    let take = |found: &mut Vec<Found>, id: Option<ConnectionId>| {
        let at = found.iter().position(|it| Some(it.record.id) == id)?;
        found.get(at).cloned()
    };
    let name = list::naming(&fold(&request.draft.name));
    let mut asked = vec![name];
    asked.extend(directory::referencing(&request.draft.answers));
    let mut answers = tx.all(asked)?;
    let objects = answers.split_off(1);
    let named = list::named(answers.first().map(Vec::as_slice).unwrap_or_default())?;
    let known = found.iter().map(|it| (it.record.id, it.record.name.clone())).collect::<Vec<_>>();
    let before = Before {
        now: context.stamp(),
        id: ConnectionId(context.new_id()),
        target: take(&mut found, target),
        source: take(&mut found, request.secrets_from),
        named,
        directory: directory::read_all(objects.iter().flatten())?,
    };
    let saving = save::begin(before, request)?;
    let keys = match saving.needs_keys() {
        true => {
            // Nothing is sealed beside a history that somebody altered.
            known.iter().try_for_each(|(id, name)| chain::intact(tx, *id, name))?;
            Some(vault::needed(tx, context, "a secret")?)
        }
        false => None,
    };
    let (record, ops) = saving.finish(keys.map(|it| it as &dyn Keys))?;
    apply(tx, &ops)?;
    Ok(record)
}

/// What the core makes of one connection.
type Decided = Result<(u32, Vec<Op>)>;

/// Deletes each that still has its revision.
pub(super) fn delete(
    tx: &Tx<'_>,
    context: &Context,
    which: &[Revision],
) -> Result<Vec<Outcome<BackendError>>> {
    let now = context.stamp();
    each(tx, context, which, |found, wanted| remove::delete(found, wanted, &now))
}

/// Takes back each deletion that still has its revision. Names are free as the earlier ones of the
/// same call leave them.
pub(super) fn restore(
    tx: &Tx<'_>,
    context: &Context,
    which: &[Revision],
) -> Result<Vec<Outcome<BackendError>>> {
    let now = context.stamp();
    each(tx, context, which, |found, wanted| {
        let named: Named = list::named(&tx.rows(list::naming(&fold(&found.record.name)))?)?;
        remove::restore(found, wanted, named, &now)
    })
}

/// Purges each deletion that still has its revision; one that was restored is left alone.
pub(super) fn purge(
    tx: &Tx<'_>,
    context: &mut Context,
    which: &[Revision],
) -> Result<Vec<Outcome<BackendError>>> {
    let now = context.stamp();
    let outcomes = each(tx, context, which, |found, wanted| remove::purge(found, wanted, &now))?;
    let gone = outcomes.iter().filter(|it| it.result.is_ok()).map(|it| it.id).collect();
    drafts::forget_of(tx, context, &gone)?;
    Ok(outcomes)
}

fn each(
    tx: &Tx<'_>,
    context: &Context,
    which: &[Revision],
    decide: impl Fn(&Found, u32) -> Decided,
) -> Result<Vec<Outcome<BackendError>>> {
    let mut outcomes = Vec::with_capacity(which.len());
    // One that is named twice is loaded again, as the first left it.
    let mut rest = which;
    while !rest.is_empty() {
        let mut seen = HashSet::new();
        let length = rest.iter().take(TOGETHER).take_while(|it| seen.insert(it.id)).count();
        let (part, after) = rest.split_at(length);
        rest = after;
        let ids: Vec<ConnectionId> = part.iter().map(|it| it.id).collect();
        let mut all: std::collections::HashMap<ConnectionId, Found> =
            all_found(tx, &ids)?.into_iter().map(|it| (it.record.id, it)).collect();
        for &Revision { id, revision } in part {
            if context.cancel.while_running() {
                return Err(BackendError::Cancelled);
            }
            let Some(found) = all.remove(&id) else {
                let (name, result) = (id.to_string(), Err(BackendError::NotFound));
                outcomes.push(Outcome { id, name, result });
                continue;
            };
            let decided = decide(&found, revision);
            let result = match decided {
                Ok((revision, ops)) => {
                    apply(tx, &ops)?;
                    Ok(revision)
                }
                Err(
                    error @ (BackendError::Conflict { .. }
                    | BackendError::Deleted { .. }
                    | BackendError::NameTaken { .. }),
                ) => Err(error),
                // What is not about it alone ends the whole operation.
                Err(other) => return Err(other),
            };
            outcomes.push(Outcome { id, name: found.record.name, result });
        }
    }
    Ok(outcomes)
}

/// Adds the rows whose names are new, all or none.
pub(super) fn import(tx: &Tx<'_>, context: &Context, rows: Vec<ImportRow>) -> Result<Imported> {
    let (total, now) = (rows.len(), context.stamp());
    let mut rows = import::checked(rows)?;
    let mut added = 0;
    let (mut names, mut ids): (HashSet<String>, HashSet<ConnectionId>) = Default::default();
    while !rows.is_empty() {
        if context.cancel.while_running() {
            return Err(BackendError::Cancelled);
        }
        let rest = rows.split_off(rows.len().min(TOGETHER));
        let part = std::mem::replace(&mut rows, rest);
        let wanted: Vec<_> = part.iter().filter_map(|it| it.1.id.map(|it| it.0)).collect();
        let keys: Vec<String> = part.iter().map(|it| it.0.clone()).collect();
        let mut taken = tx.all(vec![
            sql!(
                "SELECT name_key FROM jetbridge.connections
                 WHERE deleted_at IS NULL AND name_key = ANY ($1)",
                keys
            ),
            sql!("SELECT id FROM jetbridge.connections WHERE id = ANY ($1)", wanted),
        ])?;
        for row in taken.pop().unwrap_or_default() {
            ids.insert(ConnectionId(column(&row, 0)?));
        }
        for row in taken.pop().unwrap_or_default() {
            names.insert(column(&row, 0)?);
        }
        let mut made = Vec::with_capacity(part.len());
        for (key, row) in part {
            if !names.insert(key.clone()) {
                continue;
            }
            // One whose id is taken gets one of its own.
            let id = row.id.filter(|it| ids.insert(*it));
            let id = id.unwrap_or_else(|| ConnectionId(context.new_id()));
            let (record, judged) = import::record(row, id, &now);
            made.push((key, record, judged));
        }
        added += made.len();
        insert_all(tx, &made)?;
    }
    Ok(Imported { added, skipped: total - added })
}

pub(super) fn insert_all(tx: &Tx<'_>, all: &[(String, Connection, Digest)]) -> Result<()> {
    if all.is_empty() {
        return Ok(());
    }
    let ints =
        |of: fn(&(String, Connection, Digest)) -> i64| Value::Ints(all.iter().map(of).collect());
    let texts = |of: fn(&(String, Connection, Digest)) -> &str| {
        Value::Texts(all.iter().map(|it| of(it).to_owned()).collect())
    };
    tx.put(super::value::Statement {
        sql: "INSERT INTO jetbridge.connections (id, revision, name_key, name, kind, side,
                 tenant_name, credentials, modified_at, modified_by, findings, expires_at, tenant,
                 description, origin, created_at, created_by, unknown, judged)
              SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::bigint[],
                 $6::bigint[], $7::text[], $8::text[], $9::bigint[], $10::text[], $11::bigint[],
                 $12::bigint[], $13::text[], $14::text[], $15::bigint[], $16::bigint[], $17::text[],
                 $18::bigint[], $19::bigint[])",
        values: vec![
            Value::Ids(all.iter().map(|it| it.1.id.0).collect()),
            ints(|it| i64::from(it.1.revision)),
            texts(|it| &it.0),
            texts(|it| &it.1.name),
            ints(|it| i64::from(it.1.kind.number())),
            ints(|it| side_number(it.1.side)),
            texts(|it| &it.2.tenant_name),
            texts(|it| &it.2.credentials),
            ints(|it| moment_column(it.1.modified_at)),
            texts(|it| &it.1.modified_by),
            ints(|it| it.2.findings.to_column()),
            Value::MaybeInts(
                all.iter().map(|it| it.2.expires_at.map(|it| it.as_microsecond())).collect(),
            ),
            Value::MaybeTexts(
                all.iter().map(|it| it.2.tenant.as_ref().map(|it| it.0.to_string())).collect(),
            ),
            texts(|it| &it.1.description),
            ints(|it| origin_number(it.1.origin)),
            ints(|it| moment_column(it.1.created_at)),
            texts(|it| &it.1.created_by),
            ints(|it| i64::from(unknown(&it.1))),
            ints(|_| own()),
        ],
    });
    let (mut ids, mut answers) = (Vec::new(), Vec::new());
    for (_, record, _) in all {
        if let Some(json) = json(record)? {
            ids.push(record.id.0);
            answers.push(json);
        }
    }
    if !ids.is_empty() {
        tx.put(sql!(
            "INSERT INTO jetbridge.answers (connection, json)
             SELECT * FROM unnest($1::uuid[], $2::text[])",
            ids,
            answers
        ));
    }
    tx.flush()
}
