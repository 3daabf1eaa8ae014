//! Ways in for the fuzzer: the store's readers of bytes that a stranger may have written. They are
//! fed with a key that is no secret, so that what lies behind the seal is reached too.

use uuid::Uuid;

use super::super::vault::envelope::Envelope;
use super::super::vault::seal::KeyBytes;
use super::backup::fuzzed::opened;
use crate::backend::BackendError;

/// The store of the corpus.
const STORE: Uuid = Uuid::from_u128(1);

fn key() -> KeyBytes {
    KeyBytes::copy(&[7; 32])
}

/// Reads an envelope, and opens it. Its cost is within the limits before anything is computed.
///
/// # Errors
/// What is wrong with it.
pub fn envelope(bytes: &[u8]) -> Result<(), BackendError> {
    let read = || -> Result<(), BackendError> {
        let envelope = Envelope::read(bytes)?;
        assert!(envelope.cost().is_none_or(|it| it.is_sound()), "a cost outside the limits");
        envelope.open(STORE, &key()).map(|_| ())
    };
    read()
}

/// Reads a backup: header, envelope, and every piece of the database.
///
/// # Errors
/// What is wrong with it.
pub fn backup(bytes: &[u8]) -> Result<Vec<u8>, BackendError> {
    opened(bytes, &key())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;
    use crate::backend::store::sqlite::backup::fuzzed::sealed;
    use crate::backend::store::vault::datakeys::Root;
    use crate::backend::store::vault::envelope::{Source, Wrapping, wrap};
    use crate::backend::store::vault::kdf::{Cost, Kdf};

    fn wrapped(source: Source) -> Vec<u8> {
        let kdf = (source != Source::File).then(|| Kdf::new(Cost::LEAST).unwrap());
        wrap(STORE, &Wrapping { source, kdf, key: key() }, &Root::random().unwrap()).unwrap()
    }

    fn file(name: &str) -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name)
    }

    /// Without files that do open, the fuzzer would never come behind the seal. They hold random
    /// salts, so they are made once: `JETBRIDGE_UPDATE=1`.
    #[test]
    fn the_corpus_holds_what_opens() {
        let kinds =
            [("file", Source::File), ("passphrase", Source::Passphrase), ("cmd", Source::Command)];
        let databases = [("small", 300), ("pieces", 2 * 65_536 + 5)];
        if std::env::var_os("JETBRIDGE_UPDATE").is_some() {
            for (name, source) in kinds {
                fs::write(file("envelope").join(name), wrapped(source)).unwrap();
            }
            for (name, length) in databases {
                let bytes = sealed(STORE, wrapped(Source::File), &key(), &vec![b'x'; length]);
                fs::write(file("backup").join(name), bytes).unwrap();
            }
        }
        for (name, _) in kinds {
            assert_eq!(envelope(&fs::read(file("envelope").join(name)).unwrap()), Ok(()), "{name}");
        }
        for (name, length) in databases {
            let bytes = fs::read(file("backup").join(name)).unwrap();
            assert_eq!(backup(&bytes).map(|it| it.len()), Ok(length), "{name}");
        }
    }
}
