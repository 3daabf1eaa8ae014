//! The secrets of connections: what a save keeps, seals and forgets, and what opens.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use crate::backend::{BackendError, Stamp};
use crate::domain::answers::Answer;
use crate::domain::destination::Destination;
use crate::domain::{Connection, ConnectionId, Fingerprint, Held, Secret};

use super::keys::KeyUse;
use super::{Found, Op, Result, chain};

/// A secret as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sealed {
    /// The revision that sealed it.
    pub(crate) version: u32,
    pub(crate) fingerprint: Fingerprint,
    pub(crate) bytes: Vec<u8>,
    /// Where it goes; `None`: sealed before secrets were bound to that.
    pub(crate) destination: Option<[u8; 32]>,
}

/// The secrets of a connection by field.
pub(crate) type Secrets = BTreeMap<String, Sealed>;

/// Fingerprints of before with those of now.
pub(crate) type Renamed = Vec<(Fingerprint, Fingerprint)>;

/// What seals and opens.
pub(crate) trait Keys {
    /// Says whether two secrets of a store are the same, and nothing else about them.
    fn fingerprint(&self, secret: &Secret) -> Fingerprint;

    /// What a store keeps of an issued key to recognise it.
    fn key_hash(&self, key: &Secret) -> [u8; 32];

    /// Seals a secret of a connection, in a field at a version, for where it goes.
    fn seal_secret(
        &self,
        connection: ConnectionId,
        place: (&str, u32),
        destination: &[u8; 32],
        secret: &Secret,
    ) -> Result<Vec<u8>>;

    /// Opens one; without a destination, one that was sealed before there was.
    fn open_secret(
        &self,
        connection: ConnectionId,
        place: (&str, u32),
        destination: Option<&[u8; 32]>,
        sealed: &[u8],
    ) -> Result<Secret>;
}

/// SHA-256 of where a secret goes.
pub(crate) fn destination_hash(destination: &Destination) -> [u8; 32] {
    Sha256::new()
        .chain_update(b"jetbridge destination")
        .chain_update(destination.bytes())
        .finalize()
        .into()
}

/// Where the secret of a field goes by a record's answers.
pub(crate) fn goes(record: &Connection, field: &str) -> [u8; 32] {
    destination_hash(&Destination::of(record.answers.sheet(), field))
}

fn missing(field: &str) -> BackendError {
    BackendError::SecretMissing { field: field.to_owned() }
}

fn elsewhere(field: &str) -> BackendError {
    BackendError::SecretElsewhere { field: field.to_owned() }
}

fn stale(field: &str) -> BackendError {
    let detail = format!("{field}: it is not the text that was saved last");
    BackendError::Vault { detail }
}

/// Opens a secret for where it goes by the answers, and makes sure that it is what its fingerprint
/// says: an older sealed text of the same field would open, too.
pub(crate) fn open(
    keys: &dyn Keys,
    id: ConnectionId,
    field: &str,
    sealed: &Sealed,
    goes: &[u8; 32],
) -> Result<Secret> {
    if sealed.destination.is_some_and(|it| it != *goes) {
        return Err(elsewhere(field));
    }
    let bound = sealed.destination.as_ref();
    let secret = keys.open_secret(id, (field, sealed.version), bound, &sealed.bytes)?;
    if keys.fingerprint(&secret) != sealed.fingerprint {
        return Err(stale(field));
    }
    Ok(secret)
}

impl Found {
    /// Which secrets it has, see [`chain::secrets`].
    pub(super) fn versions(&self) -> [u8; 32] {
        chain::secrets(self.secrets.iter().map(|(field, it)| (field.as_str(), it.version)))
    }

    /// The kept secret of a field with this fingerprint.
    fn has(&self, field: &str, wanted: &Fingerprint) -> Option<(&Self, &Sealed)> {
        let found = self.secrets.get(field).filter(|it| it.fingerprint == *wanted);
        found.map(|it| (self, it))
    }

    /// The secret of a field, if it is the one that the answers name.
    pub(crate) fn secret(&self, field: &str) -> Result<&Sealed> {
        let mut answers = self.record.answers.clone();
        let named = answers.secrets_mut().into_iter().find_map(|(path, held)| match held {
            Held::Stored(fingerprint) if path == field => Some(fingerprint.clone()),
            Held::Stored(_) | Held::New(_) => None,
        });
        let named = named.ok_or_else(|| missing(field))?;
        let sealed = self.secrets.get(field).ok_or_else(|| missing(field))?;
        if sealed.fingerprint == named { Ok(sealed) } else { Err(stale(field)) }
    }

    /// The text of the secret of a field.
    pub(crate) fn reveal(&self, field: &str, keys: &dyn Keys) -> Result<Secret> {
        open(keys, self.record.id, field, self.secret(field)?, &goes(&self.record, field))
    }

    /// Refuses a secret when the secrets are not those of the last change: somebody wrote older rows
    /// back. `linked`: those that the chain knows; `holds`: whether the chain holds since then.
    pub(crate) fn is_current(&self, field: &str, linked: [u8; 32], holds: bool) -> Result<()> {
        if linked == self.versions() && holds { Ok(()) } else { Err(stale(field)) }
    }

    /// Seals those secrets again that are meant, with other keys. Their fingerprints change with
    /// them, in the answers too. What to write, and the fingerprints of before with those of now.
    pub(crate) fn seal_again(
        &self,
        old: &dyn Keys,
        new: &dyn Keys,
        meant: impl Fn(&Sealed) -> bool,
    ) -> Result<(Vec<Op>, Renamed)> {
        let (id, mut ops, mut renamed) = (self.record.id, Vec::new(), BTreeMap::new());
        let mut pairs = Vec::new();
        for (field, before) in self.secrets.iter().filter(|it| meant(it.1)) {
            let goes = goes(&self.record, field);
            let secret = open(old, id, field, before, &goes)?;
            let fingerprint = new.fingerprint(&secret);
            let bytes = new.seal_secret(id, (field, before.version), &goes, &secret)?;
            pairs.push((before.fingerprint.clone(), fingerprint.clone()));
            renamed.insert(field.as_str(), fingerprint.clone());
            let (version, destination) = (before.version, Some(goes));
            let sealed = Sealed { version, fingerprint, bytes, destination };
            ops.push(Op::Seal { id, field: field.clone(), sealed });
        }
        if pairs.iter().any(|(before, after)| before != after) {
            let mut record = self.record.clone();
            for (field, held) in record.answers.secrets_mut() {
                if let (Held::Stored(named), Some(new)) = (held, renamed.get(field.as_str())) {
                    named.clone_from(new);
                }
            }
            ops.push(Op::Answers(Box::new(record)));
        }
        Ok((ops, pairs))
    }
}

impl Found {
    /// A secret as people know it: the connection, and the field; a token by its name, not by its id.
    pub(crate) fn named(&self, field: &str) -> String {
        let name = &self.record.name;
        let token = field.split_once('/').and_then(|(_, id)| {
            let all = self.record.answers.sheet()?.iter().map(|it| it.1);
            let mut tokens = all.flat_map(|it| match it {
                Answer::Tokens(tokens) => tokens.as_slice(),
                _ => &[],
            });
            Some(format!("bulk token {}", tokens.find(|it| it.id == id)?.display_name))
        });
        format!("{name}: {}", token.as_deref().unwrap_or(field))
    }
}

/// A text that a save seals.
enum Text {
    /// Just entered.
    Entered(Secret),
    /// Of another connection: sealed again for its new place. An issued key among them is then used
    /// by two connections, and a key check names whichever still uses it.
    Of(ConnectionId, Sealed),
}

/// What a save does to the secrets of a connection.
#[derive(Default)]
pub(super) struct Plan {
    seal: BTreeMap<String, Text>,
    /// Fields that keep theirs, with the revision that sealed it.
    kept: BTreeMap<String, u32>,
    forget: Vec<String>,
    key: KeyUse,
}

impl Plan {
    /// Decides for every secret of `record` where its text comes from, and refuses one that would go
    /// elsewhere than it was entered for.
    pub(super) fn new(
        record: &mut Connection,
        target: Option<&Found>,
        source: Option<&Found>,
    ) -> Result<Self> {
        let mut plan = Self::default();
        let key = record.answers.key_path();
        let sheet = record.answers.sheet().cloned();
        for (field, held) in record.answers.secrets_mut() {
            let text = match held {
                Held::New(secret) => Text::Entered(secret.clone()),
                Held::Stored(wanted) => {
                    let own = target.and_then(|it| it.has(&field, wanted));
                    let other = || source.and_then(|it| it.has(&field, wanted));
                    let (found, sealed) = own.or_else(other).ok_or_else(|| missing(&field))?;
                    // What is not bound yet goes where the stored answers say.
                    let bound = sealed.destination.unwrap_or_else(|| goes(&found.record, &field));
                    if bound != destination_hash(&Destination::of(sheet.as_ref(), &field)) {
                        return Err(elsewhere(&field));
                    }
                    if own.is_some() {
                        if key.as_ref() == Some(&field) {
                            plan.key = KeyUse::Kept;
                        }
                        plan.kept.insert(field, sealed.version);
                        continue;
                    }
                    Text::Of(found.record.id, sealed.clone())
                }
            };
            plan.seal.insert(field, text);
        }
        let stored = target.into_iter().flat_map(|it| it.secrets.keys());
        let gone = stored.filter(|it| !plan.kept.contains_key(*it) && !plan.seal.contains_key(*it));
        plan.forget = gone.cloned().collect();
        Ok(plan)
    }

    pub(super) fn needs_keys(&self) -> bool {
        !self.seal.is_empty()
    }

    /// Turns every secret of `record` into a stored one. What to write, and which secrets the
    /// connection has then.
    pub(super) fn seal(
        mut self,
        record: &mut Connection,
        keys: Option<&dyn Keys>,
        now: &Stamp,
    ) -> Result<(Vec<Op>, [u8; 32])> {
        let (id, version) = (record.id, record.revision);
        let key = record.answers.sheet().and_then(|it| it.key());
        let key = key.map(|(path, it)| (path.to_owned(), it.issued_at));
        let sheet = record.answers.sheet().cloned();
        let mut ops = Vec::new();
        for (field, held) in record.answers.secrets_mut() {
            let Some(text) = self.seal.remove(&field) else { continue };
            let goes = destination_hash(&Destination::of(sheet.as_ref(), &field));
            let keys = keys.ok_or_else(|| {
                let detail = format!("the store has no data key to open {field}");
                BackendError::Vault { detail }
            })?;
            let secret = match text {
                Text::Entered(secret) => secret,
                Text::Of(id, sealed) => open(keys, id, &field, &sealed, &goes)?,
            };
            let fingerprint = keys.fingerprint(&secret);
            *held = Held::Stored(fingerprint.clone());
            if key.as_ref().is_some_and(|it| it.0 == field) {
                self.key = KeyUse::of(keys, &secret);
            }
            let bytes = keys.seal_secret(id, (&field, version), &goes, &secret)?;
            let sealed = Sealed { version, fingerprint, bytes, destination: Some(goes) };
            self.kept.insert(field.clone(), version);
            ops.push(Op::Seal { id, field, sealed });
        }
        ops.extend(self.forget.into_iter().map(|field| Op::Forget { id, field }));
        ops.extend(self.key.ops(id, key.map(|it| it.1), now));
        let after = self.kept.iter().map(|(field, version)| (field.as_str(), *version));
        Ok((ops, chain::secrets(after)))
    }
}
