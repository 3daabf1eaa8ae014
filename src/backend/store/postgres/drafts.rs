//! Forms in progress, sealed as a whole. The server shows each role its own only.

use std::collections::HashSet;

use tokio_postgres::Row;

use super::db::{Context, Tx};
use super::value::{column, one, sql};
use super::vault;
use crate::backend::FormDraft;
use crate::backend::store::core::columns::moment;
use crate::backend::store::core::draft::{pack, rename, unpack};
use crate::backend::store::core::secrets::Renamed;
use crate::backend::store::core::{Result, damaged};
use crate::backend::store::vault::datakeys::{self, DataKeys};
use crate::domain::ConnectionId;

fn rows(tx: &Tx<'_>) -> Result<Vec<Row>> {
    tx.rows(sql!(
        "SELECT id, saved_at, sealed FROM jetbridge.drafts WHERE owner = session_user
         ORDER BY saved_at DESC, id"
    ))
}

/// Every own draft, the latest first. Opens the vault where nobody has to type for that: what is typed
/// from now on can be sealed also while the server is away.
pub(super) fn list(tx: &Tx<'_>, context: &mut Context) -> Result<Vec<FormDraft>> {
    let rows = rows(tx)?;
    if rows.is_empty() {
        vault::open_unasked(tx, context);
    }
    let mut all = Vec::new();
    for row in rows {
        let (id, saved_at): (String, i64) = (column(&row, 0)?, column(&row, 1)?);
        let keys = vault::needed(tx, context, "a draft")?;
        all.extend(opened(keys, id, saved_at, column(&row, 2)?)?);
    }
    Ok(all)
}

/// A draft. `None`: it is of before the vault got new keys: whoever made these could not seal it again.
pub(super) fn opened(
    keys: &DataKeys,
    id: String,
    saved_at: i64,
    sealed: &[u8],
) -> Result<Option<FormDraft>> {
    let Ok(plain) = keys.open_draft(&id, saved_at, sealed) else { return Ok(None) };
    let (connection, title, content) =
        unpack(&plain).ok_or_else(|| damaged("a draft cannot be read"))?;
    let content = datakeys::text(content, "a draft")?;
    let title = String::from_utf8_lossy(title).into_owned();
    Ok(Some(FormDraft { id, connection, title, content, saved_at: moment(saved_at)? }))
}

/// Keeps a draft in place of the one with its id.
pub(super) fn keep(tx: &Tx<'_>, context: &mut Context, draft: &FormDraft) -> Result<()> {
    let saved_at = draft.saved_at.as_microsecond();
    let keys = vault::needed(tx, context, "a draft")?;
    let sealed = keys.seal_draft(&draft.id, saved_at, &pack(draft))?;
    tx.put(sql!(
        "INSERT INTO jetbridge.drafts (id, saved_at, sealed) VALUES ($1, $2, $3)
         ON CONFLICT (owner, id)
             DO UPDATE SET saved_at = excluded.saved_at, sealed = excluded.sealed",
        &draft.id,
        saved_at,
        sealed
    ));
    Ok(())
}

/// Forgets an own draft.
pub(super) fn discard(tx: &Tx<'_>, id: &str) {
    tx.put(sql!("DELETE FROM jetbridge.drafts WHERE owner = session_user AND id = $1", id));
}

/// Whether there is an own draft.
pub(super) fn any(tx: &Tx<'_>) -> Result<bool> {
    column(&one(tx.rows(sql!("SELECT EXISTS (SELECT 1 FROM jetbridge.drafts)"))?)?, 0)
}

/// Forgets every own draft of these connections.
pub(super) fn forget_of(
    tx: &Tx<'_>,
    context: &mut Context,
    which: &HashSet<ConnectionId>,
) -> Result<()> {
    if which.is_empty() || !any(tx)? {
        return Ok(());
    }
    let drafts = list(tx, context)?;
    let of = drafts.iter().filter(|it| it.connection.is_some_and(|it| which.contains(&it)));
    of.for_each(|it| discard(tx, &it.id));
    Ok(())
}

/// Seals every own draft with other keys, and says how many there are. A draft names the secrets that
/// it keeps by their fingerprints, which change with the keys.
pub(super) fn seal_again(
    tx: &Tx<'_>,
    old: &DataKeys,
    new: &DataKeys,
    fingerprints: &Renamed,
) -> Result<u64> {
    let mut count = 0;
    for row in rows(tx)? {
        let (id, saved_at): (String, i64) = (column(&row, 0)?, column(&row, 1)?);
        let Ok(mut plain) = old.open_draft(&id, saved_at, column(&row, 2)?) else {
            discard(tx, &id);
            continue;
        };
        for (before, after) in fingerprints {
            rename(&mut plain, &format!("\"{}\"", before.0), &format!("\"{}\"", after.0));
        }
        let sealed = new.seal_draft(&id, saved_at, &plain)?;
        tx.put(sql!(
            "UPDATE jetbridge.drafts SET sealed = $2 WHERE owner = session_user AND id = $1",
            id,
            sealed
        ));
        count += 1;
    }
    Ok(count)
}

/// Opens every own draft, and says how many there are.
pub(super) fn open_all(tx: &Tx<'_>, keys: &DataKeys) -> Result<u64> {
    let mut count = 0;
    for row in rows(tx)? {
        let opened = keys.open_draft(column(&row, 0)?, column(&row, 1)?, column(&row, 2)?);
        count += u64::from(opened.is_ok());
    }
    Ok(count)
}
