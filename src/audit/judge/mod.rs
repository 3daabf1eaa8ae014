//! Connections in, findings out: one pass over the connections, then what shows only when all of
//! them are known. Holds no record, so that 100,000 of them need not be in memory at once.

mod ews;
mod licence;
mod names;
mod pairs;
mod record;
mod stored;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::hit::{Hit, Subject};
use super::rule::{Rule, Selection};
use super::rules::{credentials, workspace};
use crate::domain::answers::Sheet;
use crate::domain::health::{Directory, Findings, Horizon};
use crate::domain::rules::PasswordPolicy;
use crate::domain::token::Left;
use crate::domain::{
    Answers, Connection, ConnectionId, Fingerprint, Held, Secret, Summary, Timestamp,
};
use crate::form::digest;

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
    subject: Arc<Subject>,
    setup: &'a Setup,
    directory: &'a Directory,
}

impl Case<'_> {
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
    /// Subjects by the fingerprint of their local administrator's password.
    passwords: BTreeMap<String, Vec<usize>>,
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
            passwords: BTreeMap::new(),
        }
    }

    /// Whether findings about this connection are reported, so that its record is worth reading.
    pub fn wants(&self, id: ConnectionId) -> bool {
        self.setup.wanted.as_ref().is_none_or(|wanted| wanted.contains(&id))
    }

    /// Judges a connection. Each comes once.
    pub fn add(&mut self, look: Look<'_>) {
        let subject = Arc::new(Subject::from(look.row));
        self.subjects.push(subject.clone());
        let sheet = look.record.and_then(|it| it.answers.sheet());
        if let Some(Held::Stored(Fingerprint(text))) =
            sheet.and_then(|it| it.secret("local_admin_password"))
        {
            self.passwords.entry(text.clone()).or_default().push(self.subjects.len() - 1);
        }
        if !self.wants(look.row.id) {
            return;
        }
        let case = Case { look, sheet, subject, setup: &self.setup, directory: &self.directory };
        let mut hits = Vec::new();
        stored::judge(&case, self.findings(&look), &mut hits);
        record::judge(&case, &mut hits);
        self.ews.judge(&case, &mut hits);
        self.licences.judge(&case);
        // Last, because it leaves out the fields that another rule told of already.
        record::invalid(&case, &mut hits);
        self.keep(hits);
    }

    fn findings(&self, look: &Look<'_>) -> Findings {
        let at = Horizon { now: self.setup.now, warning_days: self.setup.warning_days };
        match look.record {
            // What only a list told of has no answers to judge: its row says what there is, and
            // that of a live service knows better than its record.
            Some(Connection { answers: Answers::Listed(_), .. }) | None => look.row.findings_at(at),
            Some(record) => {
                let judged = digest(record, &self.directory);
                judged.findings.aged(judged.expires_at, at)
            }
        }
    }

    fn keep(&mut self, hits: Vec<Hit>) {
        let rules = &self.setup.rules;
        self.hits.extend(hits.into_iter().filter(|hit| rules.asks(hit.rule)));
    }

    /// Everything found, in no order.
    pub fn finish(mut self) -> Vec<Hit> {
        let mut hits = Vec::new();
        names::judge(&self.subjects, &self.setup, &mut hits);
        let wanted = |id| self.setup.wanted.as_ref().is_none_or(|it| it.contains(&id));
        pairs::judge(&self.subjects, &wanted, &mut hits);
        self.shared_passwords(&mut hits);
        self.licences.finish(&mut hits);
        hits.retain(|hit| wanted(hit.subject.id));
        self.keep(hits);
        self.hits
    }

    /// D8, E3: fingerprints of one store are equal exactly where the passwords are, but for one
    /// chance in four thousand million per pair.
    fn shared_passwords(&self, hits: &mut Vec<Hit>) {
        for places in self.passwords.values().filter(|it| it.len() > 1) {
            let all: Vec<&Arc<Subject>> =
                places.iter().filter_map(|at| self.subjects.get(*at)).collect();
            for subject in &all {
                let others = named(all.iter().filter(|it| it.id != subject.id).map(|it| &*it.name));
                let detail = format!("The same password as {others}.");
                let rule = &credentials::LOCAL_ADMIN_SHARED;
                hits.push(Hit::new(rule, subject, Some("local_admin_password"), detail));
            }
        }
    }
}

/// What `jetbridge diff` found about a connection that is in the plan and in AvePoint Fly: one line
/// per difference, and the field of the form that holds the first. `None` where there is none.
pub fn plan_differs(
    subject: &Arc<Subject>,
    field: Option<&'static str>,
    differences: &[String],
) -> Option<Hit> {
    let (first, rest) = differences.split_first()?;
    let detail = match rest.len() {
        0 => format!("{first}."),
        more => format!("{first}, and {more} more."),
    };
    // Whichever field differs, it is one finding.
    let id = subject.id.to_string();
    Some(Hit::shared(&workspace::PLAN_DIFFERS, subject, field, detail, &[&id]))
}

/// The certificate by which a context signs in, with its last moment, judged at `now`; `None` while
/// it is good.
pub fn certificate(
    context: &str,
    expires: Timestamp,
    now: Timestamp,
    warning_days: i64,
) -> Option<Hit> {
    let rule = match Left::of(now, expires) {
        Left::Expired(_) => &credentials::CERTIFICATE_EXPIRED,
        left if left.is_soon(warning_days) => &credentials::CERTIFICATE_EXPIRING,
        Left::Days(_) => return None,
    };
    let detail = expiry("The certificate", expires, now);
    let subject = Arc::new(Subject::context(context));
    Some(Hit::shared(rule, &subject, None, detail, &["context", context]))
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

/// Up to three names, and how many more there are.
fn named<'a>(mut names: impl Iterator<Item = &'a str>) -> String {
    let first: Vec<&str> = names.by_ref().take(SHOWN).collect();
    let total = first.len() + names.count();
    some(&first, total)
}

/// Names shown at most.
const SHOWN: usize = 3;

/// Some names of so many.
fn some(first: &[impl std::borrow::Borrow<str>], total: usize) -> String {
    match total.saturating_sub(first.len()) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

#[cfg(test)]
mod tests;
