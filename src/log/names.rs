//! Names of connections, tenants and people where they are not to be read: in the log, and with
//! `--redact` everywhere.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use ring::hmac;
use uuid::Uuid;

use crate::files::write::{self, Existing};
use crate::files::{FileError, Why, secret};
use crate::text::fold;

/// File of the key, in the folder of the log.
const KEY_FILE: &str = "names.key";
/// Bytes of a pseudonym: enough to distinguish all names of a store.
const SHORT: usize = 5;

/// How names are written down.
#[derive(Debug, Clone)]
pub enum Names {
    /// As they are.
    Plain,
    /// By a pseudonym: the same for the same name, made with nothing but a key that stays on this
    /// machine, so that a log can be handed on.
    Redacted(Key),
}

/// The key of the pseudonyms, read when the first name is written down.
#[derive(Clone)]
pub struct Key {
    folder: PathBuf,
    key: Arc<OnceLock<hmac::Key>>,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Names {
    /// Pseudonyms by the key in this folder; without one it is made.
    pub fn redacted(folder: &Path) -> Self {
        Self::Redacted(Key { folder: folder.to_owned(), key: Arc::default() })
    }

    /// A name as the log has it.
    pub fn name(&self, name: &str) -> String {
        self.written("name", name)
    }

    /// An id as the log has it.
    pub fn id(&self, id: &str) -> String {
        self.written("id", id)
    }

    /// Whether texts that may hold names are written down.
    pub const fn are_plain(&self) -> bool {
        matches!(self, Self::Plain)
    }

    /// A text by what it names: `tenant-3f9a20b1c4`. The digits are those of the log for this text.
    pub fn written(&self, what: &str, text: &str) -> String {
        match self.tag(text) {
            None => text.to_owned(),
            Some(tag) => {
                let short = tag.as_ref().iter().take(SHORT).map(|byte| format!("{byte:02x}"));
                format!("{what}-{}", short.collect::<String>())
            }
        }
    }

    /// What an id becomes: another one, always the same.
    pub fn uuid(&self, id: Uuid) -> Uuid {
        let tag = self.tag(&id.to_string());
        let bytes = tag.and_then(|tag| tag.as_ref().get(..16)?.try_into().ok());
        bytes.map_or(id, |bytes| uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }

    fn tag(&self, text: &str) -> Option<hmac::Tag> {
        let Self::Redacted(key) = self else { return None };
        let key = key.key.get_or_init(|| hmac::Key::new(hmac::HMAC_SHA256, &key.bytes()));
        Some(hmac::sign(key, fold(text).as_bytes()))
    }
}

impl Key {
    /// The key; where it can be neither read nor kept, one for this process only.
    fn bytes(&self) -> [u8; 32] {
        let path = self.folder.join(KEY_FILE);
        if let Some(key) = read(&path) {
            return key;
        }
        let mut key = [0; 32];
        // Without entropy, pseudonyms could be searched for; the time and process make that harder.
        if getrandom::fill(&mut key).is_err() {
            let seed = (std::time::SystemTime::now(), std::process::id());
            key.copy_from_slice(
                hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &[]), format!("{seed:?}").as_bytes())
                    .as_ref(),
            );
        }
        match keep(&path, &key) {
            Ok(()) => key,
            // Another process was faster: its key is the one.
            Err(error) if error.why == Why::Exists => read(&path).unwrap_or(key),
            Err(_) => key,
        }
    }
}

fn read(path: &Path) -> Option<[u8; 32]> {
    secret::bytes(path, 32).ok()?.as_slice().try_into().ok()
}

/// Whole or not at all, and only where there is none.
fn keep(path: &Path, key: &[u8; 32]) -> Result<(), FileError> {
    write::folder(write::folder_of(path))?;
    write::bytes(path, Existing::Keep, key)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_name_is_the_same_in_every_process_and_shows_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("state/log");
        let first = Names::redacted(&log).name("Contoso HR");
        assert_eq!(Names::redacted(&log).name("contoso hr"), first, "whatever the case");
        assert!(first.starts_with("name-") && first.len() == 15, "{first}");
        assert_ne!(Names::redacted(&log).name("Contoso IT"), first);
        assert_ne!(Names::redacted(&folder.path().join("other")).name("Contoso HR"), first);
        let mode = std::fs::metadata(log.join(KEY_FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(Names::Plain.name("Contoso HR"), "Contoso HR");
    }

    #[test]
    fn without_a_place_for_the_key_names_are_redacted_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        let names = Names::redacted(&file);
        assert_eq!(names.name("a"), names.name("a"));
        assert!(names.name("a").starts_with("name-"));
    }
}
