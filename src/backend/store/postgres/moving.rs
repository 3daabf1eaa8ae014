//! A whole store, as it leaves and as it comes: see [`core::moving`](crate::backend::store::core::moving).

use std::collections::HashMap;

use super::apply::apply;
use super::db::{Context, Tx};
use super::row::all_found;
use super::value::{column, hash, number, sql};
use super::{TeamStore, list, save, vault};
use crate::backend::store::core::columns::moment;
use crate::backend::store::core::moving::{
    Arriving, Beside, KeyRow, Moved, Use, Written, kind_of, own_keys, taken,
};
use crate::backend::store::core::secrets::Keys;
use crate::backend::store::core::{Result, damaged};
use crate::backend::store::vault::unlock::NewKey;
use crate::backend::store::worker::Manner;
use crate::backend::store::{IssuedKeys, Moving};
use crate::backend::{HistoryEntry, Place, Reply, Stamp};
use crate::domain::ConnectionId;
use crate::text::fold;

impl Moving for TeamStore {
    fn place(&self) -> &Place {
        self
    }

    fn ids(&self) -> Reply<'_, Vec<ConnectionId>> {
        self.worker.call(Manner::BreakOff, |db| {
            db.read(|tx, _| {
                let rows = tx.rows(sql!("SELECT id FROM jetbridge.connections ORDER BY id"))?;
                rows.iter().map(|row| column(row, 0).map(ConnectionId)).collect()
            })
        })
    }

    fn take(&self, which: Vec<ConnectionId>) -> Reply<'_, Vec<Moved>> {
        self.worker
            .call(Manner::BreakOff, move |db| db.read(|tx, context| take(tx, context, &which)))
    }

    fn put(&self, all: Vec<Moved>) -> Reply<'_, ()> {
        self.worker.call(Manner::Finish, move |db| {
            let all = Arriving::new(all);
            if all.needs_keys() {
                db.unlock()?;
            }
            db.write(|tx, context| put(tx, context, all))
        })
    }

    fn issued(&self) -> Reply<'_, IssuedKeys> {
        self.worker.call(Manner::BreakOff, |db| {
            db.read(|tx, context| {
                let rows = issued(tx)?;
                let key = match rows.is_empty() {
                    true => None,
                    false => {
                        Some(vault::needed(tx, context, "an issued key")?.root().issued.clone())
                    }
                };
                Ok(IssuedKeys { key, rows })
            })
        })
    }

    fn adopt(&self, keys: IssuedKeys) -> Reply<'_, ()> {
        self.worker.call(Manner::Finish, move |db| {
            let IssuedKeys { key: Some(key), rows } = keys else { return Ok(()) };
            let (same, any) = db.read(|tx, context| {
                let any = !issued(tx)?.is_empty();
                Ok((vault::needed(tx, context, "an issued key")?.root().issued == key, any))
            })?;
            if !same {
                if any {
                    return Err(own_keys());
                }
                let new =
                    db.read(|tx, context| vault::prepare(tx, context, &NewKey::Same, true))?;
                let new = new.issuing(key);
                db.write(|tx, context| vault::rewrap(tx, context, &new, "issued keys moved here"))?;
            }
            let ops: Vec<_> = rows.into_iter().map(KeyRow::op).collect();
            db.write(|tx, _| apply(tx, &ops))
        })
    }
}

fn take(tx: &Tx<'_>, context: &mut Context, which: &[ConnectionId]) -> Result<Vec<Moved>> {
    let ids = || which.iter().map(|it| it.0).collect::<Vec<_>>();
    let found = all_found(tx, which)?;
    let mut answers = tx.all(vec![
        sql!(
            "SELECT connection, revision, at, by, action, changes, seen_by FROM jetbridge.history
             WHERE connection = ANY ($1) ORDER BY connection, revision",
            ids()
        ),
        sql!(
            "SELECT connection, hash, since, superseded_at FROM jetbridge.key_uses
             WHERE connection = ANY ($1)",
            ids()
        ),
        sql!(
            "SELECT id, deleted_at, deleted_by FROM jetbridge.connections
             WHERE id = ANY ($1) AND deleted_at IS NOT NULL",
            ids()
        ),
    ])?;
    let mut beside: HashMap<ConnectionId, Beside> = HashMap::new();
    for row in answers.pop().unwrap_or_default() {
        let stamp = Stamp { at: moment(column(&row, 1)?)?, by: column(&row, 2)? };
        beside.entry(ConnectionId(column(&row, 0)?)).or_default().deleted = Some(stamp);
    }
    for row in answers.pop().unwrap_or_default() {
        let ended: Option<i64> = column(&row, 3)?;
        beside.entry(ConnectionId(column(&row, 0)?)).or_default().uses.push(Use {
            hash: hash(&row, 1)?,
            since: moment(column(&row, 2)?)?,
            superseded_at: ended.map(moment).transpose()?,
        });
    }
    for row in answers.pop().unwrap_or_default() {
        let id = ConnectionId(column(&row, 0)?);
        let changes: &str = column(&row, 5)?;
        let of = beside.entry(id).or_default();
        of.history.push(HistoryEntry {
            revision: number(&row, 1)?,
            at: moment(column(&row, 2)?)?,
            by: column(&row, 3)?,
            action: column(&row, 4)?,
            changes: serde_json::from_str(changes)
                .map_err(|error| damaged(format!("the history of {id} cannot be read: {error}")))?,
        });
        of.seen.push(Some(column(&row, 6)?));
    }
    let secrets = found.iter().any(|it| !it.secrets.is_empty());
    let keys = match secrets {
        true => Some(vault::needed(tx, context, "a secret")?),
        false => None,
    };
    let keys = keys.map(|it| it as &dyn Keys);
    found
        .iter()
        .map(|it| Moved::of(it, beside.remove(&it.record.id).unwrap_or_default(), keys))
        .collect()
}

fn put(tx: &Tx<'_>, context: &mut Context, all: Arriving) -> Result<()> {
    let ids = all.ids();
    let rows = tx.rows(sql!(
        "SELECT id, name FROM jetbridge.connections
         WHERE deleted_at IS NULL AND name_key = ANY ($1) AND id <> ALL ($2) LIMIT 1",
        all.names(),
        ids.iter().map(|it| it.0).collect::<Vec<_>>()
    ))?;
    if let Some((id, name)) = list::named(&rows)? {
        return Err(taken(name, id));
    }
    let there = take(tx, context, &ids)?;
    let keys = match all.needs_keys() {
        true => Some(vault::needed(tx, context, "a secret")?),
        false => None,
    };
    let Written { changed, added, after } = all.written(&there, keys.map(|it| it as &dyn Keys))?;
    apply(tx, &changed)?;
    let added = added.into_iter().map(|(record, judged)| (fold(&record.name), record, judged));
    save::insert_all(tx, &added.collect::<Vec<_>>())?;
    apply(tx, &after)
}

fn issued(tx: &Tx<'_>) -> Result<Vec<KeyRow>> {
    let rows = tx.rows(sql!(
        "SELECT hash, kind, issued_at, issued_by FROM jetbridge.issued_keys ORDER BY hash"
    ))?;
    let row = |row: &tokio_postgres::Row| {
        Ok(KeyRow {
            hash: hash(row, 0)?,
            kind: kind_of(column(row, 1)?)?,
            issued: Stamp { at: moment(column(row, 2)?)?, by: column(row, 3)? },
        })
    };
    rows.iter().map(row).collect()
}
