//! Ways in for the fuzzer: a backup by its key, without a store around it.

use std::path::Path;

use super::{format, restore};
use crate::backend::BackendError;
use crate::backend::store::vault::datakeys::DataKeys;
use crate::backend::store::vault::envelope::Envelope;
use crate::backend::store::vault::seal::KeyBytes;

/// The database in a backup's bytes, for the fuzzer: the envelope is opened by this key, the pieces
/// by what it wraps.
pub(in crate::backend::store) fn opened(
    mut bytes: &[u8],
    key: &KeyBytes,
) -> Result<Vec<u8>, BackendError> {
    let file = Path::new("backup");
    let header = format::Header::read(&mut bytes).map_err(|it| restore::refused(file, it))?;
    let wrapped = || Envelope::read(&header.envelope)?.open(header.store, key);
    let keys = DataKeys::derive(header.store, wrapped()?);
    let mut out = Vec::new();
    format::open_all(&header, keys.backup(), &mut bytes, &mut out)
        .map_err(|it| restore::refused(file, it))?;
    Ok(out)
}

/// Bytes of a backup, for the corpus.
#[cfg(test)]
pub(in crate::backend::store) fn sealed(
    store: uuid::Uuid,
    envelope: Vec<u8>,
    key: &KeyBytes,
    database: &[u8],
) -> Vec<u8> {
    let root = Envelope::read(&envelope).unwrap().open(store, key).unwrap();
    let header = format::Header::new(store, 5, envelope).unwrap();
    let mut out = Vec::new();
    let keys = DataKeys::derive(store, root);
    format::seal_all(&header, keys.backup(), &mut &*database, &mut out).unwrap();
    out
}
