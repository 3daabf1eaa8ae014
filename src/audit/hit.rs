//! What a rule found about a connection.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::rule::Rule;
use crate::domain::{ConnectionId, ConnectionType, Side, Summary};
use crate::text::SharedText;

/// The connection that a finding is about, as the list names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Its identity.
    pub id: ConnectionId,
    /// Its name, as it came.
    pub name: Box<str>,
    /// Its type.
    pub kind: ConnectionType,
    /// Its side.
    pub side: Side,
    /// Tenant or domain by name; empty when none is known.
    pub tenant: SharedText,
}

impl Subject {
    /// A context that jetbridge signs in to. It is no connection: it has no identity of its own.
    pub fn context(name: &str) -> Self {
        Self {
            id: ConnectionId(uuid::Uuid::nil()),
            name: format!("context {name}").into(),
            kind: ConnectionType::Unknown,
            side: Side::Unknown,
            tenant: "".into(),
        }
    }

    /// Whether it is a connection.
    pub fn is_connection(&self) -> bool {
        !self.id.0.is_nil()
    }

    /// Its type for people; empty for what is no connection.
    pub fn kind_label(&self) -> String {
        if self.is_connection() { self.kind.label().to_string() } else { String::new() }
    }

    /// Its side for people; empty for what is no connection.
    pub fn side_label(&self) -> &'static str {
        if self.is_connection() { self.side.label() } else { "" }
    }

    /// Its type for programs.
    pub fn kind_slug(&self) -> String {
        if self.is_connection() { self.kind.slug() } else { "context".to_owned() }
    }
}

impl From<&Summary> for Subject {
    fn from(row: &Summary) -> Self {
        Self {
            id: row.id,
            name: row.name.clone(),
            kind: row.kind,
            side: row.side,
            tenant: row.tenant.clone(),
        }
    }
}

/// Distinguishes a finding from all others, and stays the same from audit to audit: a hash of the rule and
/// of what it found it about, never of words or times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub u64);

impl Fingerprint {
    /// Of a rule and the parts that distinguish its findings.
    pub fn of(rule: &Rule, parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        hash.update(rule.id.as_bytes());
        for part in parts {
            hash.update([0]);
            hash.update(part.as_bytes());
        }
        let mut first = [0; 8];
        first.iter_mut().zip(hash.finalize()).for_each(|(to, from)| *to = from);
        Self(u64::from_be_bytes(first))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let whole = (text.len() == 16).then(|| u64::from_str_radix(&text, 16).ok()).flatten();
        whole
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom("a fingerprint has 16 hexadecimal digits"))
    }
}

/// Whether a finding counts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Standing {
    /// It counts.
    #[default]
    Counts,
    /// A waiver holds: its index in the report's waivers.
    Waived(u32),
}

/// A finding against a baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Since {
    /// Not in the baseline, although its rule was asked then.
    New,
    /// Not in the baseline, which did not ask its rule.
    NewRule,
    /// In the baseline too.
    Still,
}

impl Since {
    /// The word in every format.
    pub const fn label(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::NewRule => "new rule",
            Self::Still => "still there",
        }
    }
}

/// What a rule found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The rule.
    pub rule: &'static Rule,
    /// About which connection; findings about several point to the first.
    pub subject: Arc<Subject>,
    /// In which context, where the audit is of several.
    pub context: Option<Arc<str>>,
    /// Field of its form that fixes it, by key.
    pub field: Option<&'static str>,
    /// What exactly was found, in one sentence. Names from outside are in it as they came.
    pub detail: SharedText,
    /// Distinguishes it from all others.
    pub fingerprint: Fingerprint,
    /// Whether it counts.
    pub standing: Standing,
    /// Against a baseline; `None`: there was none.
    pub since: Option<Since>,
}

impl Hit {
    /// A finding about a connection, distinguished by its field.
    pub fn new(
        rule: &'static Rule,
        subject: &Arc<Subject>,
        field: Option<&'static str>,
        detail: impl Into<SharedText>,
    ) -> Self {
        let id = subject.id.to_string();
        let fingerprint = Fingerprint::of(rule, &[&id, field.unwrap_or_default()]);
        Self {
            rule,
            subject: subject.clone(),
            context: None,
            field,
            detail: detail.into(),
            fingerprint,
            standing: Standing::Counts,
            since: None,
        }
    }

    /// A finding about something else than one connection, distinguished by these parts.
    pub fn shared(
        rule: &'static Rule,
        subject: &Arc<Subject>,
        field: Option<&'static str>,
        detail: impl Into<SharedText>,
        parts: &[&str],
    ) -> Self {
        let fingerprint = Fingerprint::of(rule, parts);
        Self { fingerprint, ..Self::new(rule, subject, field, detail) }
    }

    /// The name of the connection, with its context where the audit is of several.
    pub fn name(&self) -> Cow<'_, str> {
        match &self.context {
            None => Cow::Borrowed(&self.subject.name),
            Some(context) => format!("{context}: {}", self.subject.name).into(),
        }
    }

    /// The context, where the audit is of several; else nothing.
    pub fn place(&self) -> &str {
        self.context.as_deref().unwrap_or_default()
    }

    /// Whether no waiver holds.
    pub fn counts(&self) -> bool {
        self.standing == Standing::Counts
    }
}
