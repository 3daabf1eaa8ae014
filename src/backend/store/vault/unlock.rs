//! How a wrapping key is come by: the sources of the ladder and the cache before them.
//! RELIABILITY §4.
//!
//! Which source a store uses stands in its envelope, and no other is tried: what does not work is
//! an error, never a reason to fall to something weaker.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

use crate::backend::BackendError;
use crate::domain::Secret;

use super::super::core::Result;
use super::command::KeyCommand;
use super::datakeys::{Root, damage};
use super::envelope::{Envelope, Source, Wrapping, key_id};
use super::kdf::{Cost, Kdf};
use super::keyfile;
use super::keyring::{self, Cache};
use super::members::{self, OwnKey};
use super::seal::KeyBytes;

/// How often a passphrase is asked for.
const TRIES: usize = 3;
/// Texts that opened something and are kept for the next envelope.
const KEPT: usize = 2;

/// A question for a passphrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The answer before was wrong.
    pub again: bool,
    /// Why the cache was of no use, when one is wanted.
    pub note: Option<String>,
}

/// Asks for the passphrase. Runs on the store's thread.
pub type Asker = Arc<dyn Fn(&Question) -> std::result::Result<Secret, BackendError> + Send + Sync>;

/// Gives the seed of the own member key for a store, from the own vault; `None`: there is none. Runs on
/// the store's thread.
pub type MemberSeed =
    Arc<dyn Fn(Uuid) -> std::result::Result<Option<Secret>, BackendError> + Send + Sync>;

/// Passphrases that were typed and opened something in this process: another store may have the same one,
/// and nobody can be asked while the screen is up.
#[derive(Debug, Clone, Default)]
pub struct Typed(Arc<Mutex<Vec<Secret>>>);

impl Typed {
    fn all(&self) -> Vec<Secret> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn add(&self, text: &Secret) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !all.contains(text) {
            all.push(text.clone());
        }
    }
}

/// What may be used to open the vault.
#[derive(Clone)]
pub struct Unlock {
    /// In place of what the store's source says: the content of the key file, the passphrase, or
    /// what the key command would print.
    pub given: Option<Secret>,
    /// Asks for the passphrase; `None`: nobody can be asked.
    pub ask: Option<Asker>,
    /// What was typed for other stores.
    pub typed: Typed,
    /// The key command of the configuration.
    pub command: Option<KeyCommand>,
    /// Where the wrapping key stays for some minutes; `None`: nowhere.
    pub cache: Option<Cache>,
    /// The own member key of team stores.
    pub member: Option<MemberSeed>,
    /// What a guess at a passphrase set from now on costs.
    pub cost: Cost,
}

impl Default for Unlock {
    fn default() -> Self {
        Self {
            given: None,
            ask: None,
            typed: Typed::default(),
            command: None,
            cache: None,
            member: None,
            cost: Cost::USUAL,
        }
    }
}

impl fmt::Debug for Unlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unlock")
            .field("given", &self.given.is_some())
            .field("ask", &self.ask.is_some())
            .field("command", &self.command.is_some())
            .field("cache", &self.cache)
            .field("cost", &self.cost)
            .finish()
    }
}

/// What to wrap a data key with from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewKey {
    /// A new key of the same source: a new one in the key file, a new salt otherwise.
    Same,
    /// A new key in the key file.
    File,
    /// This passphrase.
    Passphrase(Secret),
    /// What the key command of the configuration prints.
    Command,
    /// The key pairs of the members of a team.
    Members,
}

/// Comes by wrapping keys.
pub(crate) struct Unlocker {
    key_path: PathBuf,
    unlock: Unlock,
    /// Texts that were typed, given or printed, the latest first: another process may re-wrap
    /// the data key, and nobody can be asked again then.
    texts: Vec<Secret>,
    /// The own member key, once it was needed.
    own: Option<OwnKey>,
}

impl Unlocker {
    pub(crate) fn new(key_path: PathBuf, unlock: Unlock) -> Self {
        Self { key_path, unlock, texts: Vec::new(), own: None }
    }

    /// The key file, beside which the copies of the heads lie.
    pub(crate) fn key_path(&self) -> &std::path::Path {
        &self.key_path
    }

    pub(crate) const fn cache(&mut self) -> Option<&mut Cache> {
        self.unlock.cache.as_mut()
    }

    /// Opens an envelope by the source that it names.
    pub(crate) fn open(&mut self, store: Uuid, envelope: &Envelope<'_>) -> Result<Root> {
        match (envelope.source, envelope.kdf) {
            (Source::Passphrase | Source::Command, Some(kdf)) => self.by_text(store, envelope, kdf),
            (Source::Members, _) => Err(damage("it opens for the members of a team only")),
            (Source::File, _) | (Source::Passphrase | Source::Command, None) => {
                self.by_file(store, envelope)
            }
        }
    }

    /// The own member key for a store.
    pub(crate) fn member(&mut self, store: Uuid) -> Result<&OwnKey> {
        if self.own.is_none() {
            let seed = self.unlock.member.as_ref().map(|it| it(store)).transpose()?.flatten();
            self.own = Some(OwnKey::of(&seed.ok_or_else(members::no_key)?)?);
        }
        self.own.as_ref().ok_or_else(members::no_key)
    }

    fn by_file(&self, store: Uuid, envelope: &Envelope<'_>) -> Result<Root> {
        let (keys, name) = match &self.unlock.given {
            Some(text) => {
                let keys = keyfile::parse(text.expose());
                let wrong =
                    "what --vault-key-fd gave is not a vault key, and the store has a key file";
                (keys.ok_or_else(|| damage(wrong))?, "that --vault-key-fd gave".to_owned())
            }
            None => {
                let path = self.key_path.display().to_string();
                let keys = keyfile::read(&self.key_path)?.ok_or_else(|| {
                    let text = "does not exist, and nothing else opens what this store has sealed";
                    damage(format!("the key file {path} {text}"))
                })?;
                (keys, path)
            }
        };
        let key = keys.iter().find(|key| key_id(key) == envelope.key_id).ok_or_else(|| {
            damage(format!("the key file {name} is not the one this store was sealed with"))
        })?;
        envelope.open(store, key)
    }

    fn by_text(&mut self, store: Uuid, envelope: &Envelope<'_>, kdf: Kdf) -> Result<Root> {
        let name = keyring::name(store, envelope.key_id);
        let cached = self.unlock.cache.as_mut().and_then(|cache| cache.get(&name));
        if let Some(key) = cached.filter(|key| key_id(key) == envelope.key_id) {
            return envelope.open(store, &key);
        }
        let given = self.unlock.given.iter().filter(|it| !self.texts.contains(it));
        let known: Vec<Secret> = self.texts.iter().chain(given).cloned().collect();
        for text in &known {
            if let Some(key) = fits(envelope, kdf, text)? {
                return self.opened(store, envelope, &name, text, &key);
            }
        }
        if self.unlock.given.is_some() {
            return Err(locked(match envelope.source {
                Source::Command => "what --vault-key-fd gave is not what the key command printed",
                Source::File | Source::Passphrase | Source::Members => {
                    "the passphrase that --vault-key-fd gave is wrong"
                }
            }));
        }
        match envelope.source {
            Source::Command => {
                let command = self.unlock.command.as_ref().ok_or_else(no_command)?;
                let text = command.run()?;
                let key = fits(envelope, kdf, &text)?.ok_or_else(|| {
                    locked("the key command printed something other than when the vault was locked")
                })?;
                self.opened(store, envelope, &name, &text, &key)
            }
            Source::File | Source::Passphrase | Source::Members => {
                for text in self.unlock.typed.all().iter().filter(|it| !known.contains(it)) {
                    if let Some(key) = fits(envelope, kdf, text)? {
                        return self.opened(store, envelope, &name, text, &key);
                    }
                }
                self.asked(store, envelope, kdf, &name)
            }
        }
    }

    fn asked(
        &mut self,
        store: Uuid,
        envelope: &Envelope<'_>,
        kdf: Kdf,
        name: &str,
    ) -> Result<Root> {
        let ask = self.unlock.ask.clone().ok_or_else(|| {
            locked("it opens with a passphrase, and there is no terminal to ask for it")
        })?;
        let note = self.unlock.cache.as_ref().and_then(|cache| cache.broken().map(str::to_owned));
        for attempt in 0..TRIES {
            let note = note.clone().filter(|_| attempt == 0);
            let text = ask(&Question { again: attempt > 0, note })?;
            if let Some(key) = fits(envelope, kdf, &text)? {
                self.unlock.typed.add(&text);
                return self.opened(store, envelope, name, &text, &key);
            }
        }
        Err(locked("the passphrase was wrong three times"))
    }

    fn opened(
        &mut self,
        store: Uuid,
        envelope: &Envelope<'_>,
        name: &str,
        text: &Secret,
        key: &KeyBytes,
    ) -> Result<Root> {
        let root = envelope.open(store, key)?;
        self.remember(text);
        if let Some(cache) = &mut self.unlock.cache {
            cache.put(name, key);
        }
        Ok(root)
    }

    fn remember(&mut self, text: &Secret) {
        self.texts.retain(|it| it != text);
        self.texts.insert(0, text.clone());
        self.texts.truncate(KEPT);
    }

    /// The wrapping key for a store that has none yet: the key file's.
    pub(crate) fn first(&self) -> Result<Wrapping> {
        let key = match &self.unlock.given {
            None => keyfile::read_or_make(&self.key_path)?,
            Some(text) => {
                let keys = keyfile::parse(text.expose());
                let first = keys.and_then(|keys| keys.into_iter().next());
                first.ok_or_else(|| {
                    locked("it is not set up yet: `jetbridge vault init` chooses what opens it")
                })?
            }
        };
        Ok(Wrapping { source: Source::File, kdf: None, key })
    }

    /// A new wrapping key; `before` is the source until now. It opens nothing yet.
    pub(crate) fn make(&mut self, new: &NewKey, before: Option<Source>) -> Result<Wrapping> {
        let text = match (new, before) {
            (NewKey::Members, _) | (NewKey::Same, Some(Source::Members)) => {
                return Err(BackendError::Unsupported("a vault that opens for members"));
            }
            (NewKey::File, None) => return self.first(),
            (NewKey::File, Some(_)) | (NewKey::Same, None | Some(Source::File)) => {
                let key = keyfile::add(&self.key_path)?;
                // From now on the file counts, also for the proof that it opens.
                self.unlock.given = None;
                return Ok(Wrapping { source: Source::File, kdf: None, key });
            }
            (NewKey::Passphrase(text), _) => text.clone(),
            (NewKey::Same, Some(Source::Passphrase)) => self.typed()?,
            (NewKey::Command, _) | (NewKey::Same, Some(Source::Command)) => {
                self.unlock.command.as_ref().ok_or_else(no_command)?.run()?
            }
        };
        let source = match (new, before) {
            (NewKey::Command, _) | (NewKey::Same, Some(Source::Command)) => Source::Command,
            (NewKey::Same | NewKey::File | NewKey::Passphrase(_) | NewKey::Members, _) => {
                Source::Passphrase
            }
        };
        let kdf = Kdf::new(self.unlock.cost)?;
        let key = kdf.derive(text.expose().as_bytes())?;
        self.remember(&text);
        Ok(Wrapping { source, kdf: Some(kdf), key })
    }

    /// The passphrase that opened the vault; not known when the cache opened it.
    fn typed(&self) -> Result<Secret> {
        self.texts.first().cloned().ok_or_else(|| {
            locked("the kernel's keyring opened it, and the passphrase itself is needed here: `jetbridge vault lock` first")
        })
    }
}

/// The wrapping key of a text, when it is the one of the envelope.
fn fits(envelope: &Envelope<'_>, kdf: Kdf, text: &Secret) -> Result<Option<KeyBytes>> {
    let key = kdf.derive(text.expose().as_bytes())?;
    Ok(Some(key).filter(|key| key_id(key) == envelope.key_id))
}

fn no_command() -> BackendError {
    locked(
        "it opens with a key command, and the configuration has none: set `key_command` in [vault]",
    )
}

fn locked(detail: &str) -> BackendError {
    BackendError::Locked { detail: detail.to_owned() }
}
