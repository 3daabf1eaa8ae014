//! Secrets and issued keys of the scripted backend, in plain text: every one is made up.

use std::collections::BTreeMap;

use crate::backend::BackendError;
use crate::domain::key::{self, ENTROPY, Key, KeyKind, KeyStanding};
use crate::domain::{Connection, ConnectionId, Fingerprint, Held, Secret, Timestamp};

/// Secrets by field path, with the fingerprint that the record shows.
pub(super) type Secrets = BTreeMap<String, (Fingerprint, Secret)>;

/// Tells secrets apart by FNV-1a: good enough where every secret is made up.
fn fingerprint(secret: &Secret) -> Fingerprint {
    let hash = secret
        .expose()
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    Fingerprint(format!("{hash:08x}"))
}

/// The secrets of a record that was not saved here. One that it calls stored gets a made-up text.
pub(super) fn taken_over(record: &mut Connection) -> Secrets {
    let mut all = Secrets::new();
    for (field, held) in record.answers.secrets_mut() {
        let kept = match held {
            Held::Stored(told) => (told.clone(), Secret::new(format!("made-up-{field}"))),
            Held::New(secret) => (fingerprint(secret), secret.clone()),
        };
        *held = Held::Stored(kept.0.clone());
        all.insert(field, kept);
    }
    all
}

/// Turns every secret of the record into a stored one and returns their texts.
pub(super) fn collect(
    record: &mut Connection,
    stored: &Secrets,
    source: &Secrets,
) -> Result<Secrets, BackendError> {
    let mut all = Secrets::new();
    for (field, held) in record.answers.secrets_mut() {
        let kept = match held {
            Held::New(secret) => (fingerprint(secret), secret.clone()),
            Held::Stored(wanted) => [stored, source]
                .into_iter()
                .filter_map(|it| it.get(&field))
                .find(|(told, _)| told == wanted)
                .cloned()
                .ok_or_else(|| BackendError::SecretMissing { field: field.clone() })?,
        };
        *held = Held::Stored(kept.0.clone());
        all.insert(field, kept);
    }
    Ok(all)
}

#[derive(Clone)]
struct Known {
    text: Secret,
    issued_at: Timestamp,
    /// Connections that have used it, oldest first, and since when they do not any more.
    uses: Vec<(ConnectionId, Option<Timestamp>)>,
}

/// Issued keys.
#[derive(Clone, Default)]
pub(super) struct Keys {
    all: Vec<Known>,
    issued: u8,
}

impl Keys {
    pub(super) fn issue(&mut self, kind: KeyKind, now: Timestamp) -> Key {
        self.issued = self.issued.wrapping_add(1);
        let key = key::issue(kind, &[self.issued; ENTROPY]);
        self.all.push(Known { text: key.text.clone(), issued_at: now, uses: Vec::new() });
        key
    }

    /// A connection was saved: with the key it had, or another one.
    pub(super) fn take(
        &mut self,
        id: ConnectionId,
        now: Timestamp,
        before: &Secrets,
        after: &Secrets,
    ) {
        // Nothing else reads like a key.
        let key = |all: &Secrets| {
            let mut texts = all.values().map(|(_, text)| text.clone());
            texts.find(|text| key::parse(text.expose()).is_ok())
        };
        let (before, after) = (key(before), key(after));
        if before == after {
            return;
        }
        for (user, superseded) in self.all.iter_mut().flat_map(|it| &mut it.uses) {
            if *user == id && superseded.is_none() {
                *superseded = Some(now);
            }
        }
        let Some(text) = after.and_then(|it| key::parse(it.expose()).ok()).map(|it| it.text) else {
            return;
        };
        match self.all.iter_mut().find(|it| it.text == text) {
            Some(known) => {
                known.uses.retain(|(user, _)| *user != id);
                known.uses.push((id, None));
            }
            None => self.all.push(Known { text, issued_at: now, uses: vec![(id, None)] }),
        }
    }

    /// What is known of a key; `user` tells a connection's name and when it was deleted.
    pub(super) fn check(
        &self,
        key: &Key,
        user: impl Fn(ConnectionId) -> Option<(String, Option<Timestamp>)>,
    ) -> KeyStanding {
        let Some(known) = self.all.iter().find(|it| it.text == key.text) else {
            return KeyStanding::Unknown;
        };
        let (mut deleted, mut superseded) = (None, None);
        for (id, since) in &known.uses {
            match (user(*id), since) {
                (Some((name, None)), None) => {
                    return KeyStanding::Current { connection: *id, name };
                }
                (Some((name, Some(at))), None) => {
                    deleted.get_or_insert(KeyStanding::Deleted { name, at });
                }
                (Some((name, _)), Some(at)) => {
                    superseded = Some(KeyStanding::Superseded { name, at: *at });
                }
                (None, _) => {}
            }
        }
        let unused = KeyStanding::Unused { issued_at: known.issued_at };
        deleted.or(superseded).unwrap_or(unused)
    }
}
