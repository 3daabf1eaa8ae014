//! The report: what was found, what of it counts, and what changed since a baseline.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde::Serialize;

use super::baseline::{Baseline, Known};
use super::hit::{Hit, Since, Standing};
use super::rule::{Rule, Selection};
use super::waiver::{Waiver, Waivers};
use crate::domain::context::Missed;
use crate::domain::health::Level;
use crate::domain::{ConnectionId, Timestamp};
use crate::text::{folded_order, some_counted};

/// What changed since a baseline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// When the baseline was written.
    pub since: Timestamp,
    /// What was found then and is gone.
    pub fixed: Vec<Known>,
    /// Findings of the baseline that this audit did not look for.
    pub not_looked_at: usize,
}

/// What an audit is made from.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// The present.
    pub now: Timestamp,
    /// The store or context that was audited, by name.
    pub of: Option<String>,
    /// What distinguishes it from others.
    pub store: Option<String>,
    /// Which rules were asked.
    pub rules: &'a Selection,
    /// Connections that were reported on.
    pub audited: usize,
    /// Those of them of which only what a list reports is known.
    pub unchecked: HashSet<ConnectionId>,
    /// Connections that there are.
    pub total: usize,
    /// What does not count.
    pub waivers: Waivers,
    /// What was found before.
    pub baseline: Option<&'a Baseline>,
}

/// An audit as it is reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// When it was made.
    pub at: Timestamp,
    /// The store or context that was audited, by name.
    pub of: Option<String>,
    /// What distinguishes it from others.
    pub store: Option<String>,
    /// Connections that were reported on.
    pub audited: usize,
    /// Those of them of which only what a list reports is known, and about which nothing counts.
    pub unchecked: usize,
    /// Connections that there are.
    pub total: usize,
    /// The rules that were asked, the worst first.
    pub rules: Vec<&'static Rule>,
    /// Everything found: what is new first, then the worst, then by rule and name.
    pub hits: Vec<Hit>,
    /// Every waiver with how many findings it held.
    pub waivers: Vec<(Waiver, usize)>,
    /// Against a baseline.
    pub change: Option<Change>,
    /// The contexts, where the audit is of several.
    pub several: Option<Contexts>,
}

/// The contexts of an audit of several.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contexts {
    /// Those that were audited.
    pub audited: Vec<Audited>,
    /// Those that could not be.
    pub failed: Vec<Missed>,
}

/// A context of an audit of several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Audited {
    /// Its name.
    pub context: String,
    /// What distinguishes it from others.
    pub store: Option<String>,
    /// Connections that were reported on.
    pub audited: usize,
    /// Those of them of which only what a list reports is known.
    pub unchecked: usize,
    /// Connections that there are.
    pub total: usize,
}

/// How many findings count, by level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Errors.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
    /// Pieces of advice.
    pub advice: usize,
    /// Findings that do not count.
    pub waived: usize,
}

impl Counts {
    /// How many count at a level.
    pub const fn of(&self, level: Level) -> usize {
        match level {
            Level::Error => self.errors,
            Level::Warning => self.warnings,
            Level::Advice => self.advice,
            Level::Good | Level::Unchecked => 0,
        }
    }

    /// How many count.
    pub const fn all(&self) -> usize {
        self.errors + self.warnings + self.advice
    }
}

/// Connections by the worst that counts about each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Worst {
    /// With an error.
    pub errors: usize,
    /// With a warning and no error.
    pub warnings: usize,
    /// With advice only.
    pub advice: usize,
    /// Not checked: only what a list reports is known of them.
    pub unchecked: usize,
    /// Checked, and nothing counts about them.
    pub clean: usize,
}

impl Worst {
    /// How many of a level.
    pub const fn of(&self, level: Level) -> usize {
        match level {
            Level::Error => self.errors,
            Level::Warning => self.warnings,
            Level::Advice => self.advice,
            Level::Unchecked => self.unchecked,
            Level::Good => self.clean,
        }
    }

    /// How many have any finding.
    pub const fn found(&self) -> usize {
        self.errors + self.warnings + self.advice
    }
}

/// Levels of findings, worst first.
pub const LEVELS: [Level; 3] = [Level::Error, Level::Warning, Level::Advice];

impl Report {
    /// Puts findings in order, with waivers and baseline applied. `looked` says whether a
    /// connection was in the audit, or is not there any more.
    pub fn new(
        mut hits: Vec<Hit>,
        request: Request<'_>,
        looked: &dyn Fn(ConnectionId) -> bool,
    ) -> Self {
        let used = request.waivers.apply(&mut hits, request.now);
        let mut rules: Vec<&'static Rule> = request.rules.rules().collect();
        rules.sort_by_key(|rule| Reverse(rule.level));
        let asked: HashSet<&'static str> = rules.iter().map(|rule| rule.id).collect();
        let change = request.baseline.map(|it| it.compare(&mut hits, &asked, looked));
        let mut report = Self {
            at: request.now,
            of: request.of,
            store: request.store,
            audited: request.audited,
            unchecked: 0,
            total: request.total,
            rules,
            hits,
            waivers: request.waivers.0.into_iter().zip(used).collect(),
            change,
            several: None,
        };
        let mut unchecked = request.unchecked;
        for hit in report.counting() {
            unchecked.remove(&hit.subject.id);
        }
        report.unchecked = unchecked.len();
        report.sort();
        report
    }

    /// One report of several contexts. All were made by the same waivers, and without a baseline.
    pub fn merged(at: Timestamp, parts: Vec<(Arc<str>, Self)>, failed: Vec<Missed>) -> Self {
        let mut out = Self {
            at,
            of: None,
            store: None,
            audited: 0,
            unchecked: 0,
            total: 0,
            rules: Vec::new(),
            hits: Vec::new(),
            waivers: Vec::new(),
            change: None,
            several: None,
        };
        let mut audited = Vec::with_capacity(parts.len());
        for (context, part) in parts {
            out.audited += part.audited;
            out.unchecked += part.unchecked;
            out.total += part.total;
            // A rule that only one context has something for was asked there.
            for rule in part.rules {
                if !out.rules.contains(&rule) {
                    out.rules.push(rule);
                }
            }
            if out.waivers.is_empty() {
                out.waivers = part.waivers;
            } else {
                let both = out.waivers.iter_mut().zip(part.waivers);
                both.for_each(|(waiver, (_, used))| waiver.1 += used);
            }
            out.hits.extend(part.hits.into_iter().map(|hit| {
                // What is no connection belongs to none of them.
                let own = hit.subject.is_connection();
                Hit { context: own.then(|| Arc::clone(&context)), ..hit }
            }));
            audited.push(Audited {
                context: context.to_string(),
                store: part.store,
                audited: part.audited,
                unchecked: part.unchecked,
                total: part.total,
            });
        }
        out.rules.sort_by_key(|rule| Reverse(rule.level));
        out.several = Some(Contexts { audited, failed });
        out.sort();
        out
    }

    /// The contexts that could not be audited, where the audit is of several.
    pub fn failed(&self) -> &[Missed] {
        self.several.as_ref().map_or(&[], |it| &it.failed)
    }

    /// What was audited, by name: one context, or several.
    pub fn names(&self) -> Option<String> {
        let names = |it: &Contexts| {
            it.audited.iter().map(|it| it.context.as_str()).collect::<Vec<_>>().join(", ")
        };
        self.several.as_ref().map(names).or_else(|| self.of.clone())
    }

    /// Puts the findings in order: what is new first, then the worst, then by rule and name.
    pub fn sort(&mut self) {
        let rules = &self.rules;
        let rank = |hit: &Hit| {
            let known = matches!(hit.since, Some(Since::Still));
            let place = rules.iter().position(|it| it.id == hit.rule.id);
            (known, Reverse(hit.rule.level), place.and_then(|it| u16::try_from(it).ok()))
        };
        let together = |a: &Hit, b: &Hit| {
            std::ptr::eq(a.rule, b.rule) && a.since == b.since || rank(a) == rank(b)
        };
        // In two steps, so that no key holds a copy of a name: there may be millions. Those of a rule
        // mostly come in the order of the names, and stay so.
        self.hits.sort_by_cached_key(rank);
        for alike in self.hits.chunk_by_mut(together) {
            alike.sort_unstable_by(|a, b| {
                folded_order(&a.subject.name, &b.subject.name)
                    .then_with(|| a.context.cmp(&b.context))
                    .then(a.fingerprint.cmp(&b.fingerprint))
            });
        }
    }

    /// How many findings count.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for hit in &self.hits {
            match (hit.counts(), hit.rule.level) {
                (false, _) => counts.waived += 1,
                (true, Level::Error) => counts.errors += 1,
                (true, Level::Warning) => counts.warnings += 1,
                (true, Level::Advice) => counts.advice += 1,
                (true, Level::Good | Level::Unchecked) => {}
            }
        }
        counts
    }

    /// Rules that found something that counts, the worst first, with how much.
    pub fn by_rule(&self) -> Vec<(&'static Rule, usize)> {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for hit in self.counting() {
            *counts.entry(hit.rule.id).or_default() += 1;
        }
        let count = |rule: &&'static Rule| Some((*rule, *counts.get(rule.id)?));
        self.rules.iter().filter_map(count).collect()
    }

    /// At most this many of the rules that found something that counts, those with most first, with
    /// how much.
    pub fn most_frequent(&self, most: usize) -> Vec<(&'static Rule, usize)> {
        let mut rules = self.by_rule();
        rules.sort_by_key(|(_, count)| Reverse(*count));
        rules.truncate(most);
        rules
    }

    /// Connections by the worst that counts about each.
    pub fn worst(&self) -> Worst {
        // A connection that was copied from one store into another has the same id in both.
        let mut levels: HashMap<(&str, ConnectionId), Level> = HashMap::new();
        for hit in self.counting().filter(|it| it.subject.is_connection()) {
            let level = levels.entry((hit.place(), hit.subject.id)).or_default();
            *level = (*level).max(hit.rule.level);
        }
        let of = |level: Level| levels.values().filter(|it| **it == level).count();
        Worst {
            errors: of(Level::Error),
            warnings: of(Level::Warning),
            advice: of(Level::Advice),
            unchecked: self.unchecked,
            // What only a plan shows is found about connections that were not audited.
            clean: self.audited.saturating_sub(levels.len() + self.unchecked),
        }
    }

    /// Findings that count.
    pub fn counting(&self) -> impl Iterator<Item = &Hit> {
        self.hits.iter().filter(|hit| hit.counts())
    }

    /// Findings that a waiver holds, with it.
    pub fn waived(&self) -> impl Iterator<Item = (&Hit, &Waiver)> {
        self.hits.iter().filter_map(|hit| Some((hit, self.waiver_of(hit)?)))
    }

    /// The waiver that holds a finding.
    pub fn waiver_of(&self, hit: &Hit) -> Option<&Waiver> {
        match hit.standing {
            Standing::Counts => None,
            Standing::Waived(at) => Some(&self.waivers.get(usize::try_from(at).ok()?)?.0),
        }
    }

    /// Waivers that hold nothing: their last day has passed, or nothing is found any more.
    pub fn idle_waivers(&self) -> impl Iterator<Item = (&Waiver, &'static str)> {
        self.waivers.iter().filter(|(_, used)| *used == 0).map(|(waiver, _)| {
            let why = if waiver.is_expired(self.at) { "expired" } else { "nothing to waive" };
            (waiver, why)
        })
    }

    /// Whether something at this level or above counts. Against a baseline only what was not in it
    /// does: what is known is known.
    pub fn fails(&self, least: Level) -> bool {
        self.counting().any(|hit| hit.rule.level >= least && hit.since != Some(Since::Still))
    }

    /// `3 errors, 1 warning, 12 advice` of what counts, without those there are none of.
    pub fn summary(&self) -> String {
        let counts = self.counts();
        let parts: Vec<String> = [
            some_counted(counts.errors, "error"),
            some_counted(counts.warnings, "warning"),
            some_counted(counts.advice, "advice"),
        ]
        .into_iter()
        .flatten()
        .collect();
        if parts.is_empty() { "nothing found".to_owned() } else { parts.join(", ") }
    }

    /// What this audit found, for a later one.
    pub fn baseline(&self) -> Baseline {
        let rules = self.rules.iter().copied();
        Baseline::new(self.at, self.store.clone(), rules, &self.hits)
    }
}
