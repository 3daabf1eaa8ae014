//! A whole store, as it leaves and as it comes: see [`core::moving`](crate::backend::store::core::moving).

use rusqlite::Transaction;

use super::apply::apply;
use super::db::Context;
use super::failure::Result;
use super::row::{found, uuid};
use super::{Store, history, list, rekey};
use crate::backend::store::core::columns::moment;
use crate::backend::store::core::moving::{
    Arriving, Beside, KeyRow, Moved, Use, Written, kind_of, own_keys, taken,
};
use crate::backend::store::core::secrets::Keys;
use crate::backend::store::core::{Op, damaged};
use crate::backend::store::vault::unlock::NewKey;
use crate::backend::store::worker::Manner;
use crate::backend::store::{IssuedKeys, Moving};
use crate::backend::{BackendError, HistoryEntry, Place, Reply, Stamp};
use crate::domain::ConnectionId;

impl Moving for Store {
    fn place(&self) -> &Place {
        self
    }

    fn ids(&self) -> Reply<'_, Vec<ConnectionId>> {
        self.worker.call(Manner::BreakOff, |db| db.read(|tx, _| ids(tx)))
    }

    fn take(&self, which: Vec<ConnectionId>) -> Reply<'_, Vec<Moved>> {
        self.worker.call(Manner::BreakOff, move |db| {
            db.read(|tx, context| {
                let each = |id: &ConnectionId| take(tx, context, *id).transpose();
                which.iter().filter_map(each).collect()
            })
        })
    }

    fn put(&self, all: Vec<Moved>) -> Reply<'_, ()> {
        self.worker.call(Manner::Finish, move |db| {
            let rows = all.len();
            let all = Arriving::new(all);
            if all.needs_keys() {
                db.unlock()?;
            }
            db.write_many(rows, |tx, context| put(tx, context, all))
        })
    }

    fn issued(&self) -> Reply<'_, IssuedKeys> {
        self.worker.call(Manner::BreakOff, |db| {
            db.read(|tx, context| {
                let rows = issued(tx)?;
                let key = match rows.is_empty() {
                    true => None,
                    false => Some(context.needed(tx, "issued keys")?.root().issued.clone()),
                };
                Ok(IssuedKeys { key, rows })
            })
        })
    }

    fn adopt(&self, keys: IssuedKeys) -> Reply<'_, ()> {
        self.worker.call(Manner::Finish, move |db| {
            let IssuedKeys { key: Some(key), rows } = keys else { return Ok(()) };
            db.unlock()?;
            db.write(|tx, context| context.keys_or_make(tx).map(|_| ()))?;
            let (same, any) = db.read(|tx, context| {
                let any = !issued(tx)?.is_empty();
                Ok((context.needed(tx, "issued keys")?.root().issued == key, any))
            })?;
            if !same {
                if any {
                    return Err(own_keys());
                }
                let new =
                    db.read(|tx, context| rekey::prepare(tx, context, &NewKey::Same, true))?;
                let new = new.issuing(key);
                db.write(|tx, context| rekey::rewrap(tx, context, &new))?;
            }
            db.write(|tx, _| rows.into_iter().try_for_each(|it| apply(tx, &it.op())))
        })
    }
}

fn ids(tx: &Transaction<'_>) -> Result<Vec<ConnectionId>> {
    let mut statement = tx.prepare("SELECT id FROM connections ORDER BY id")?;
    let mut rows = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(ConnectionId(uuid(row, 0)?));
    }
    Ok(all)
}

fn take(tx: &Transaction<'_>, context: &mut Context, id: ConnectionId) -> Result<Option<Moved>> {
    let Some(found) = found(tx, id)? else { return Ok(None) };
    let mut beside = Beside::default();
    if found.deleted {
        let (at, by): (i64, String) = tx
            .prepare_cached("SELECT deleted_at, deleted_by FROM connections WHERE id = ?1")?
            .query_row([id.0.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        beside.deleted = Some(Stamp { at: moment(at)?, by });
    }
    // An import that has not changed since has no entry that is written.
    let written: Vec<HistoryEntry> = match found.last.is_some() {
        true => history::read(tx, id)?,
        false => Vec::new(),
    };
    beside.history = written;
    let mut statement =
        tx.prepare_cached("SELECT hash, since, superseded_at FROM key_uses WHERE connection = ?1")?;
    let mut rows = statement.query([id.0.as_bytes()])?;
    while let Some(row) = rows.next()? {
        let (hash, ended): (Vec<u8>, Option<i64>) = (row.get(0)?, row.get(2)?);
        beside.uses.push(Use {
            hash: hash.try_into().map_err(|_| damaged("a hash is not 32 bytes"))?,
            since: moment(row.get(1)?)?,
            superseded_at: ended.map(moment).transpose()?,
        });
    }
    let keys = match found.secrets.is_empty() {
        true => None,
        false => Some(context.needed(tx, "a secret")?),
    };
    Ok(Some(Moved::of(&found, beside, keys.map(|it| it as &dyn Keys))?))
}

fn put(tx: &Transaction<'_>, context: &mut Context, all: Arriving) -> Result<()> {
    let ids = all.ids();
    for name in all.names() {
        if let Some((id, name)) = list::named(tx, &name)?.filter(|it| !ids.contains(&it.0)) {
            return Err(taken(name, id).into());
        }
    }
    let there = ids.iter().filter_map(|id| take(tx, context, *id).transpose());
    let there = there.collect::<Result<Vec<_>>>()?;
    let keys = match all.needs_keys() {
        true => Some(context.keys_or_make(tx)? as &dyn Keys),
        false => None,
    };
    let Written { changed, added, after } = all.written(&there, keys)?;
    changed.iter().try_for_each(|op| apply(tx, op))?;
    for (record, judged) in added {
        if context.cancel.while_running() {
            return Err(BackendError::Cancelled.into());
        }
        apply(tx, &Op::Record { record: Box::new(record), judged, new: true })?;
    }
    after.iter().try_for_each(|op| apply(tx, op))
}

fn issued(tx: &Transaction<'_>) -> Result<Vec<KeyRow>> {
    let mut statement =
        tx.prepare("SELECT hash, kind, issued_at, issued_by FROM issued_keys ORDER BY hash")?;
    let mut rows = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let (hash, kind): (Vec<u8>, String) = (row.get(0)?, row.get(1)?);
        all.push(KeyRow {
            hash: hash.try_into().map_err(|_| damaged("a hash is not 32 bytes"))?,
            kind: kind_of(&kind)?,
            issued: Stamp { at: moment(row.get(2)?)?, by: row.get(3)? },
        });
    }
    Ok(all)
}
