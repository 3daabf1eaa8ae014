//! Baselines: what an earlier audit found, kept as a file, to report what changed since.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::hit::{Fingerprint, Hit, Since};
use super::report::Change;
use super::rule::Rule;
use crate::domain::{ConnectionId, Timestamp};
use crate::files::json::{self, NotJson};

/// Says what a file is.
const KIND: &str = "jetbridge-audit-baseline";
/// Version of the file that this program reads and writes.
const VERSION: u32 = 1;

/// What an audit found, as a file keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    kind: String,
    version: u32,
    /// When it was written.
    pub at: Timestamp,
    /// What distinguishes the store or context that was audited from others; `None`: nothing does.
    pub store: Option<String>,
    /// Ids of the rules that were asked.
    pub rules: BTreeSet<String>,
    /// What counted. What was waived is left out: it counts as new when its waiver ends.
    pub findings: Vec<Known>,
}

/// A finding of a baseline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// Distinguishes it from all others.
    pub fingerprint: Fingerprint,
    /// Id of the rule.
    pub rule: String,
    /// The connection.
    pub connection: ConnectionId,
    /// Its name then.
    pub name: String,
    /// What was found then.
    pub detail: String,
}

/// Why a baseline cannot be compared with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BaselineError {
    /// Not JSON, or JSON of something else.
    #[error("this is not an audit baseline: {0}")]
    NoBaseline(String),
    /// Written by a later version.
    #[error("the baseline has version {0}; this program reads version {VERSION}")]
    TooNew(u32),
    /// Written for another store or context.
    #[error("the baseline was written for another store or context")]
    OtherStore,
}

impl Baseline {
    /// What these findings are, for later.
    pub fn new<'a>(
        at: Timestamp,
        store: Option<String>,
        rules: impl Iterator<Item = &'a Rule>,
        hits: &[Hit],
    ) -> Self {
        let known = |hit: &Hit| Known {
            fingerprint: hit.fingerprint,
            rule: hit.rule.id.to_owned(),
            connection: hit.subject.id,
            name: hit.subject.name.to_string(),
            detail: hit.detail.to_string(),
        };
        Self {
            kind: KIND.to_owned(),
            version: VERSION,
            at,
            store,
            rules: rules.map(|rule| rule.id.to_owned()).collect(),
            findings: hits.iter().filter(|hit| hit.counts()).map(known).collect(),
        }
    }

    /// Reads a file's text.
    ///
    /// # Errors
    /// When it is no baseline, or one of a later version.
    pub fn parse(text: &str) -> Result<Self, BaselineError> {
        /// Looked at first: a later version may have other fields.
        #[derive(Deserialize)]
        struct Head {
            kind: String,
            version: u32,
        }
        let no_baseline = |error: NotJson| BaselineError::NoBaseline(error.to_string());
        let head: Head = json::parse(text).map_err(no_baseline)?;
        if head.kind != KIND {
            return Err(BaselineError::NoBaseline(format!("its kind is not {KIND}")));
        }
        if head.version != VERSION {
            return Err(BaselineError::TooNew(head.version));
        }
        json::parse(text).map_err(no_baseline)
    }

    /// Fails where it was written for another store than the one that is audited now. What has no
    /// identity cannot be distinguished.
    pub fn fits(&self, store: Option<&str>) -> Result<(), BaselineError> {
        match (self.store.as_deref(), store) {
            (Some(then), Some(now)) if then != now => Err(BaselineError::OtherStore),
            _ => Ok(()),
        }
    }

    /// Marks each finding as new or not, and reports what is gone. Only what was looked at this time
    /// can be gone: `asked` are the rules, `looked` says whether a connection was in the audit, or
    /// is not there any more.
    pub(super) fn compare(
        &self,
        hits: &mut [Hit],
        asked: &HashSet<&'static str>,
        looked: &dyn Fn(ConnectionId) -> bool,
    ) -> Change {
        let mut then: HashMap<Fingerprint, &Known> =
            self.findings.iter().map(|it| (it.fingerprint, it)).collect();
        for hit in hits {
            hit.since = Some(match then.remove(&hit.fingerprint) {
                Some(_) => Since::Still,
                None if self.rules.contains(hit.rule.id) => Since::New,
                None => Since::NewRule,
            });
        }
        let seen = |it: &&Known| asked.contains(it.rule.as_str()) && looked(it.connection);
        let (mut fixed, unseen): (Vec<&Known>, Vec<&Known>) = then.into_values().partition(seen);
        fixed.sort_by(|a, b| {
            (&a.rule, &a.name, a.fingerprint).cmp(&(&b.rule, &b.name, b.fingerprint))
        });
        Change {
            since: self.at,
            fixed: fixed.into_iter().cloned().collect(),
            not_looked_at: unseen.len(),
        }
    }
}
