//! Keys of the scripted backend: they seal nothing, since every secret is made up.

use sha2::{Digest, Sha256};

use crate::backend::BackendError;
use crate::backend::store::core::secrets::{Keys, Sealed, Secrets, goes};
use crate::domain::{Connection, ConnectionId, Fingerprint, Held, Secret};

/// How a text begins that has the fingerprint after it.
const MADE_UP: &str = "made-up-";

/// See above.
pub(crate) struct Plain;

impl Keys for Plain {
    /// FNV-1a: good enough where every secret is made up.
    fn fingerprint(&self, secret: &Secret) -> Fingerprint {
        if let Some(given) = secret.expose().strip_prefix(MADE_UP) {
            return Fingerprint(given.to_owned());
        }
        let step = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        let hash = secret.expose().bytes().fold(0x811c_9dc5, step);
        Fingerprint(format!("{hash:08x}"))
    }

    fn key_hash(&self, key: &Secret) -> [u8; 32] {
        Sha256::digest(key.expose()).into()
    }

    fn seal_secret(
        &self,
        _: ConnectionId,
        _: (&str, u32),
        _: &[u8; 32],
        secret: &Secret,
    ) -> Result<Vec<u8>, BackendError> {
        Ok(secret.expose().as_bytes().to_vec())
    }

    fn open_secret(
        &self,
        _: ConnectionId,
        _: (&str, u32),
        _: Option<&[u8; 32]>,
        sealed: &[u8],
    ) -> Result<Secret, BackendError> {
        Ok(Secret::new(String::from_utf8_lossy(sealed)))
    }
}

/// The secrets of a record that was not saved here. One that it calls stored gets a made-up text.
pub(super) fn taken_over(record: &mut Connection) -> Secrets {
    let mut all = Secrets::new();
    let whole = record.clone();
    for (field, held) in record.answers.secrets_mut() {
        let secret = match held {
            Held::Stored(Fingerprint(given)) => Secret::new(format!("{MADE_UP}{given}")),
            Held::New(secret) => secret.clone(),
        };
        let fingerprint = Plain.fingerprint(&secret);
        *held = Held::Stored(fingerprint.clone());
        let (bytes, destination) =
            (secret.expose().as_bytes().to_vec(), Some(goes(&whole, &field)));
        all.insert(field, Sealed { version: whole.revision, fingerprint, bytes, destination });
    }
    all
}
