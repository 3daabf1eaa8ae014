//! The audit with pseudonyms: rules, filters, waivers and baseline go by what is real, and the report
//! shows pseudonyms. Issue 5, point 3.
//!
//! What a finding says may hold names. So everything is judged a second time with pseudonyms, and a
//! finding gets its words from there; what only the real names show is reported without details.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use super::{AuditError, AuditRequest, judged};
use crate::audit::baseline::Known;
use crate::audit::{Baseline, Hit, Report, Subject, Waiver, Waivers};
use crate::backend::{Behind, Place};
use crate::domain::{ConnectionId, Summary, Timestamp};
use crate::service::Query;
use crate::service::connections::all_rows;
use crate::service::files::OnDone;
use crate::text::fold;

/// Said in place of what may name somebody.
const LEFT_OUT: &str = "Left out with --redact.";

pub(super) async fn audit(
    backend: &Place,
    behind: Behind<'_>,
    request: AuditRequest,
    now: Timestamp,
    on_done: OnDone<'_>,
) -> Result<Report, AuditError> {
    let in_words = AuditRequest {
        query: Query { warning_days: request.query.warning_days, ..Query::default() },
        only: None,
        // Secrets are not opened while names are hidden.
        open_secrets: false,
        waivers: Waivers::default(),
        baseline: None,
        extra: Vec::new(),
        ..request.clone()
    };
    let words = judged(backend, in_words, now, on_done).await?;
    let real = all_rows(behind.real).await?;
    let names = Pseudonyms::of(&real, behind);
    let mut request = request;
    request.open_secrets = false;
    // They were found with pseudonyms in the first place.
    let extra = std::mem::take(&mut request.extra);
    request.only = request.only.map(|only| names.real(&only));
    for waiver in &mut request.waivers.0 {
        names.find(waiver);
    }
    // Written with pseudonyms it names the store by one as well.
    request.any_store |= fits(request.baseline.as_ref(), words.store.as_deref());
    let narrowed = request.is_narrowed();
    let wanted = narrowed.then(|| names.reported(&super::wanted(&request, &real, now)));
    let mut report = judged(behind.real, request, now, on_done).await?;
    report.store = words.store;
    let mut words = by_subject(words.hits);
    for hit in &mut report.hits {
        names.put(hit, &mut words);
    }
    let asked: Vec<&str> = report.rules.iter().map(|it| it.id).collect();
    report.hits.extend(extra.into_iter().filter(|hit| {
        asked.contains(&hit.rule.id)
            && wanted.as_ref().is_none_or(|it| it.contains(&hit.subject.id))
    }));
    report.sort();
    for (waiver, _) in &mut report.waivers {
        names.hide(waiver);
    }
    for known in report.change.iter_mut().flat_map(|it| &mut it.fixed) {
        names.forget(known);
    }
    Ok(report)
}

fn fits(baseline: Option<&Baseline>, store: Option<&str>) -> bool {
    baseline.is_some_and(|it| it.fits(store).is_ok())
}

type Key = (&'static str, ConnectionId, Option<&'static str>);

fn by_subject(hits: Vec<Hit>) -> HashMap<Key, VecDeque<Hit>> {
    let mut all: HashMap<Key, VecDeque<Hit>> = HashMap::new();
    for hit in hits {
        all.entry((hit.rule.id, hit.subject.id, hit.field)).or_default().push_back(hit);
    }
    all
}

/// What each connection is called.
struct Pseudonyms<'a> {
    behind: Behind<'a>,
    subjects: HashMap<ConnectionId, (ConnectionId, Arc<Subject>)>,
    /// Real names by pseudonyms.
    names: HashMap<String, String>,
}

impl<'a> Pseudonyms<'a> {
    fn of(rows: &[Summary], behind: Behind<'a>) -> Self {
        let (mut subjects, mut names) = (HashMap::new(), HashMap::new());
        for row in rows {
            let reported = behind.hide.summary(row.clone());
            names.insert(fold(&reported.name), row.name.to_string());
            names.insert(reported.id.to_string(), row.id.to_string());
            subjects.insert(row.id, (reported.id, Arc::new(Subject::from(&reported))));
        }
        Self { behind, subjects, names }
    }

    fn reported(&self, real: &[ConnectionId]) -> HashSet<ConnectionId> {
        real.iter().filter_map(|id| self.subjects.get(id)).map(|(reported, _)| *reported).collect()
    }

    fn real(&self, reported: &HashSet<ConnectionId>) -> HashSet<ConnectionId> {
        let chosen = |(id, (as_reported, _)): (&ConnectionId, &(ConnectionId, _))| {
            (reported.contains(as_reported) || reported.contains(id)).then_some(*id)
        };
        self.subjects.iter().filter_map(chosen).collect()
    }

    /// A waiver may name a pseudonym.
    fn find(&self, waiver: &mut Waiver) {
        if let Some(real) = self.names.get(&fold(waiver.connection.trim())) {
            waiver.connection.clone_from(real);
        }
    }

    fn hide(&self, waiver: &mut Waiver) {
        waiver.connection = match waiver.connection.parse::<ConnectionId>() {
            Ok(id) => self.behind.hide.id(id).to_string(),
            Err(_) => self.behind.hide.name("connection", &waiver.connection),
        };
        LEFT_OUT.clone_into(&mut waiver.reason);
    }

    /// A finding in words that name nobody.
    fn put(&self, hit: &mut Hit, words: &mut HashMap<Key, VecDeque<Hit>>) {
        let subject = self.subjects.get(&hit.subject.id).map(|(_, subject)| subject.clone());
        let Some(subject) = subject else {
            hit.subject = Arc::new(Subject { name: LEFT_OUT.into(), ..(*hit.subject).clone() });
            hit.detail = LEFT_OUT.into();
            return;
        };
        let found = words.get_mut(&(hit.rule.id, subject.id, hit.field));
        hit.detail = match found.and_then(VecDeque::pop_front) {
            Some(same) => same.detail,
            None => format!("{}. Details are left out with --redact.", hit.rule.title).into(),
        };
        hit.subject = subject;
    }

    /// What a baseline remembers of something that is gone.
    fn forget(&self, known: &mut Known) {
        known.name = match self.names.contains_key(&fold(&known.name)) {
            true => known.name.clone(),
            false => self.behind.hide.name("connection", &known.name),
        };
        known.connection = self.behind.hide.id(known.connection);
        LEFT_OUT.clone_into(&mut known.detail);
    }
}
