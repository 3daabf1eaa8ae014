//! The chain: every entry of the history, and everything that changes a secret, linked to the one
//! before by SHA-256. The head of the store authenticates the last link, so an entry that was
//! edited, deleted, added or moved shows.
//!
//! A save without the vault links too; the head covers it with the next change that has the vault.

use std::collections::{HashMap, HashSet};

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The link before the first entry.
pub(crate) const START: [u8; 32] = [0; 32];
/// Most findings that are named.
const MOST: usize = 20;

/// What an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An entry of the history of a connection.
    History,
    /// The secret of a context was sealed or forgotten.
    Context,
    /// A connection was purged with its history.
    Purged,
    /// What opens the vault was changed.
    Vault,
    /// Somebody took the store for the right one.
    Accepted,
}

impl Kind {
    pub(crate) const fn number(self) -> i64 {
        match self {
            Self::History => 1,
            Self::Context => 2,
            Self::Purged => 3,
            Self::Vault => 4,
            Self::Accepted => 5,
        }
    }
}

/// An entry to be added.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark<'a> {
    pub(crate) kind: Kind,
    /// The connection's id, the context's name.
    pub(crate) subject: &'a [u8],
    pub(crate) revision: u32,
    /// SHA-256 of what is recorded elsewhere.
    pub(crate) content: [u8; 32],
    /// SHA-256 of which secrets the subject has, see [`secrets`].
    pub(crate) secrets: [u8; 32],
    pub(crate) note: &'a str,
}

impl<'a> Mark<'a> {
    /// One without more to say.
    pub(crate) const fn of(kind: Kind, subject: &'a [u8]) -> Self {
        Self { kind, subject, revision: 0, content: START, secrets: START, note: "" }
    }

    pub(crate) fn link(&self, before: &[u8; 32], seq: u64) -> [u8; 32] {
        let mut sum = Sha256::new().chain_update(b"jetbridge chain").chain_update(before);
        sum.update(seq.to_be_bytes());
        sum.update(self.kind.number().to_be_bytes());
        sum.update(self.revision.to_be_bytes());
        sum.update(self.content);
        sum.update(self.secrets);
        text(&mut sum, self.subject);
        text(&mut sum, self.note.as_bytes());
        sum.finalize().into()
    }
}

fn text(sum: &mut Sha256, bytes: &[u8]) {
    sum.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
    sum.update(bytes);
}

/// A row of the history as it is linked.
pub(crate) struct Row {
    pub(crate) connection: Vec<u8>,
    pub(crate) revision: u32,
    pub(crate) content: [u8; 32],
}

/// SHA-256 of an entry of the history: its time in microseconds, who, what, and the changes as JSON.
pub(crate) fn content(at: i64, texts: [&[u8]; 3]) -> [u8; 32] {
    let mut sum = Sha256::new().chain_update(b"jetbridge history").chain_update(at.to_be_bytes());
    texts.into_iter().for_each(|it| text(&mut sum, it));
    sum.finalize().into()
}

/// SHA-256 of which secrets a connection has: every field with the revision that sealed it, by field.
/// A text of an older revision in its place is another secret.
pub(crate) fn secrets<'a>(all: impl Iterator<Item = (&'a str, u32)>) -> [u8; 32] {
    let mut all = all.peekable();
    if all.peek().is_none() {
        return START;
    }
    let mut sum = Sha256::new().chain_update(b"jetbridge secrets");
    for (field, version) in all {
        text(&mut sum, field.as_bytes());
        sum.update(version.to_be_bytes());
    }
    sum.finalize().into()
}

/// An entry as its row has it.
pub(crate) struct Entry {
    pub(crate) seq: u64,
    pub(crate) kind: i64,
    pub(crate) subject: Vec<u8>,
    pub(crate) revision: u32,
    pub(crate) content: [u8; 32],
    pub(crate) secrets: [u8; 32],
    pub(crate) note: String,
    pub(crate) link: [u8; 32],
}

const KINDS: [Kind; 5] = [Kind::History, Kind::Context, Kind::Purged, Kind::Vault, Kind::Accepted];

impl Entry {
    fn kind(&self) -> Option<Kind> {
        KINDS.into_iter().find(|it| it.number() == self.kind)
    }

    /// Whether it is what was linked after the one before.
    fn follows(&self, (seq, link): (u64, [u8; 32])) -> bool {
        let Some(kind) = self.kind() else { return false };
        let mark = Mark {
            kind,
            subject: &self.subject,
            revision: self.revision,
            content: self.content,
            secrets: self.secrets,
            note: &self.note,
        };
        self.seq == seq + 1 && self.link == mark.link(&link, self.seq)
    }
}

/// Whether entries are linked as they were written, the first one to what was before it: with the last
/// link authenticated, nothing in between was changed.
pub(crate) fn holds(entries: &[Entry], mut at: (u64, [u8; 32])) -> bool {
    entries.iter().all(|entry| {
        let follows = entry.follows(at);
        at = (entry.seq, entry.link);
        follows
    })
}

/// What in the history is not as it was written, in words, each with its connection. `sealed`: the
/// last entry that the head covers.
pub(crate) fn findings(
    all: &[Entry],
    rows: Vec<Row>,
    secrets: &HashMap<Vec<u8>, [u8; 32]>,
    sealed: u64,
    named: impl Fn(&[u8]) -> Option<String>,
) -> Vec<String> {
    let mut found = Vec::new();
    let name = |subject: &[u8]| -> String {
        let id = || Uuid::from_slice(subject).ok().map(|it| it.to_string());
        named(subject).or_else(id).unwrap_or_else(|| String::from_utf8_lossy(subject).into_owned())
    };
    // What somebody took for right is not reported again.
    let accepted = all.iter().filter(|it| it.kind() == Some(Kind::Accepted) && it.seq <= sealed);
    let accepted = accepted.map(|it| it.seq).max().unwrap_or(0);
    let last = all.last().map_or(0, |it| it.seq);
    if last < sealed {
        found.push(format!("{} entries of the history are missing at its end", sealed - last));
    }
    let mut at = (0, START);
    for entry in all {
        if entry.seq > accepted && !entry.follows(at) {
            let (name, revision) = (name(&entry.subject), entry.revision);
            found.push(format!(
                "the history of {name}, revision {revision}: the entry was moved, or one before it \
                 was deleted"
            ));
        }
        at = (entry.seq, entry.link);
    }
    let purged: HashSet<&[u8]> = all
        .iter()
        .filter(|it| it.kind() == Some(Kind::Purged))
        .map(|it| it.subject.as_slice())
        .collect();
    let rows = rows.into_iter().map(|it| ((it.connection, it.revision), it.content));
    let mut rows: HashMap<(Vec<u8>, u32), [u8; 32]> = rows.collect();
    let mut latest: HashMap<&[u8], &Entry> = HashMap::new();
    for entry in all.iter().filter(|it| it.kind() == Some(Kind::History)) {
        latest.insert(&entry.subject, entry);
        let what = match rows.remove(&(entry.subject.clone(), entry.revision)) {
            Some(content) if content == entry.content => continue,
            Some(_) => "was edited",
            None if purged.contains(entry.subject.as_slice()) => continue,
            None => "was deleted",
        };
        if entry.seq > accepted {
            let (name, revision) = (name(&entry.subject), entry.revision);
            found.push(format!("the history of {name}, revision {revision}: the entry {what}"));
        }
    }
    let begun = !all.is_empty();
    for (connection, revision) in rows.into_keys().filter(|_| begun) {
        let name = name(&connection);
        found.push(format!("the history of {name}, revision {revision}: the entry was added"));
    }
    for (subject, entry) in latest {
        let has = secrets.get(subject).copied().unwrap_or(START);
        let is_here = !purged.contains(subject);
        if is_here && entry.seq > accepted && has != entry.secrets {
            found.push(format!("{}: its secrets are not those of its last change", name(subject)));
        }
    }
    found.sort();
    found.truncate(MOST);
    found
}
