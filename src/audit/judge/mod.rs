//! Connections in, findings out: one pass over the connections, then what shows only when all of
//! them are known. Holds no record, so that 100,000 of them need not be in memory at once.

pub(super) mod elsewhere;
pub(super) mod ews;
pub(super) mod licence;
pub(super) mod names;
pub(super) mod pairs;
pub(super) mod passwords;
pub(super) mod record;
mod stored;

use std::collections::HashSet;
use std::sync::Arc;

pub use elsewhere::{
    CERTIFICATE_EXPIRED, CERTIFICATE_EXPIRING, PLAN_DIFFERS, PREFLIGHT_FAILED, PREFLIGHT_OUTDATED,
    certificate, plan_differs, preflight,
};
pub use passwords::LOCAL_ADMIN_PASSWORD;

use super::hit::{Hit, Subject};
use super::rule::{Rule, Selection};
use crate::domain::answers::Sheet;
use crate::domain::health::Directory;
use crate::domain::rules::PasswordPolicy;
use crate::domain::token::Left;
use crate::domain::{Connection, ConnectionId, Secret, Summary, Timestamp};
use crate::form::judge::opened;
use crate::form::{self, Spec, Values};
use crate::text::Texts;

/// What an audit goes by.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The present.
    pub now: Timestamp,
    /// Days before an expiry from which it is reported.
    pub warning_days: i64,
    /// Days without a change from which a connection counts as stale.
    pub stale_days: i64,
    /// Rules for local administrator passwords. D8.
    pub password: PasswordPolicy,
    /// Which rules are asked.
    pub rules: Selection,
    /// Connections to report on; `None`: all. The others count for rules about several.
    pub wanted: Option<HashSet<ConnectionId>>,
}

/// What an audit sees of one connection.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// Its row.
    pub row: &'a Summary,
    /// The whole record, where it has a form; its secrets are fingerprints.
    pub record: Option<&'a Connection>,
    /// Its local administrator's password, where secrets may be opened. It is judged and never
    /// kept.
    pub password: Option<&'a Secret>,
}

/// Everything that a rule about one record may ask.
struct Case<'a> {
    look: Look<'a>,
    /// Its answers; `None`: no record, or its form was never filled in.
    sheet: Option<&'a Sheet>,
    /// The same with names and traits of the directory, and their form.
    opened: Option<(&'static Spec, Values)>,
    subject: Arc<Subject>,
    setup: &'a Setup,
    directory: &'a Directory,
}

impl Case<'_> {
    /// What rules about answers judge; `None`: there are none.
    fn form(&self) -> Option<form::Case<'_>> {
        self.opened.as_ref().map(|(spec, values)| form::Case { spec, values })
    }

    fn hit(&self, rule: &'static Rule, field: Option<&'static str>, detail: String) -> Hit {
        Hit::new(rule, &self.subject, field, detail)
    }
}

/// Judges connections one after the other.
#[derive(Debug)]
pub struct Auditor {
    setup: Setup,
    directory: Directory,
    ews: ews::Needs,
    licences: licence::Unknown,
    subjects: Vec<Arc<Subject>>,
    hits: Vec<Hit>,
    passwords: passwords::Shared,
    texts: Texts,
}

impl Auditor {
    /// Nothing judged yet.
    pub fn new(setup: Setup, directory: Directory) -> Self {
        Self {
            setup,
            directory,
            ews: ews::Needs::default(),
            licences: licence::Unknown::default(),
            subjects: Vec::new(),
            hits: Vec::new(),
            passwords: passwords::Shared::default(),
            texts: Texts::default(),
        }
    }

    /// Findings about these connections, too, are reported, where not all are.
    pub fn want(&mut self, ids: Vec<ConnectionId>) {
        if let Some(wanted) = &mut self.setup.wanted {
            wanted.extend(ids);
        }
    }

    /// The connections whose findings are reported; `None`: all.
    pub const fn wanted(&self) -> Option<&HashSet<ConnectionId>> {
        self.setup.wanted.as_ref()
    }

    /// Whether findings about this connection are reported.
    pub fn wants(&self, id: ConnectionId) -> bool {
        self.setup.wanted.as_ref().is_none_or(|wanted| wanted.contains(&id))
    }

    /// Judges a connection. Each comes once.
    pub fn add(&mut self, look: Look<'_>) {
        let subject = Arc::new(Subject::from(look.row));
        self.subjects.push(subject.clone());
        let sheet = look.record.and_then(|it| it.answers.sheet());
        self.passwords.note(sheet, &subject);
        if !self.wants(look.row.id) {
            return;
        }
        let opened = look.record.and_then(|it| opened(it, &self.directory));
        let (setup, directory) = (&self.setup, &self.directory);
        let case = Case { look, sheet, opened, subject, setup, directory };
        let mut hits = Vec::new();
        stored::judge(&case, &mut hits);
        record::stale(&case, &mut hits);
        passwords::judge(&case, &mut hits);
        self.ews.judge(&case, &mut hits);
        self.licences.judge(&case);
        // Last, because it leaves out the fields that another rule reported already.
        record::invalid(&case, &mut hits);
        self.keep(hits);
    }

    fn keep(&mut self, hits: Vec<Hit>) {
        let (rules, texts) = (&self.setup.rules, &mut self.texts);
        let asked = hits.into_iter().filter(|hit| rules.asks(hit.rule));
        // A rule says the same of many.
        self.hits.extend(asked.map(|hit| Hit { detail: texts.share(&hit.detail), ..hit }));
    }

    /// Everything found, in no order.
    pub fn finish(mut self) -> Vec<Hit> {
        let mut hits = Vec::new();
        names::judge(&self.subjects, &self.setup, &mut hits);
        let wanted = |id| self.setup.wanted.as_ref().is_none_or(|it| it.contains(&id));
        pairs::judge(&self.subjects, &wanted, &mut hits);
        self.passwords.finish(&mut hits);
        self.licences.finish(&mut hits);
        hits.retain(|hit| wanted(hit.subject.id));
        self.keep(hits);
        self.hits
    }
}

/// `The bulk token X expires on 2026-12-01, in 7 days.`
fn expiry(what: &str, expires: Timestamp, now: Timestamp) -> String {
    let day = expires.strftime("%Y-%m-%d");
    match Left::of(now, expires) {
        Left::Expired(0) => format!("{what} expired on {day}, today."),
        Left::Expired(1) => format!("{what} expired on {day}, 1 day ago."),
        Left::Expired(days) => format!("{what} expired on {day}, {days} days ago."),
        Left::Days(0) => format!("{what} expires on {day}, today."),
        Left::Days(1) => format!("{what} expires on {day}, in 1 day."),
        Left::Days(days) => format!("{what} expires on {day}, in {days} days."),
    }
}

#[cfg(test)]
mod tests;
