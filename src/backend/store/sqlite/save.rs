//! Saving: what the core needs is loaded, what it decides is written.

use rusqlite::Transaction;

use crate::backend::SaveRequest;
use crate::backend::store::core::Found;
use crate::backend::store::core::save::{self, Before};
use crate::backend::store::core::secrets::Keys;
use crate::domain::{Connection, ConnectionId};
use crate::text::fold;

use super::apply::apply;
use super::db::Context;
use super::failure::Result;
use super::row::found;
use super::{directory, list};

/// Makes or changes a connection.
pub(super) fn save(
    tx: &Transaction<'_>,
    context: &mut Context,
    request: SaveRequest,
) -> Result<Connection> {
    let request = save::checked(request)?;
    let of = |id: Option<ConnectionId>| -> Result<Option<Found>> {
        Ok(id.map(|it| found(tx, it)).transpose()?.flatten())
    };
    let before = Before {
        now: context.stamp(),
        id: ConnectionId(context.new_id()),
        target: of(request.target.map(|it| it.id))?,
        source: of(request.secrets_from)?,
        named: list::named(tx, &fold(&request.draft.name))?,
        directory: directory::referenced(tx, &request.draft.answers)?,
    };
    let saving = save::begin(before, request)?;
    let keys = match saving.needs_keys() {
        true => Some(context.keys_or_make(tx)?),
        false => None,
    };
    let (record, ops) = saving.finish(keys.map(|it| it as &dyn Keys))?;
    ops.iter().try_for_each(|op| apply(tx, op))?;
    Ok(record)
}
