//! What a rule is, and which of them an audit asks.

use std::collections::BTreeSet;

use super::rules;
use crate::domain::health::{Finding, Level};
use crate::text::nearest;

/// A rule of the audit: all that can be told of it without a connection.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name in files and on the command line; never changes.
    pub id: &'static str,
    /// How bad it is; never [`Level::Good`].
    pub level: Level,
    /// What was found, in a few words.
    pub title: &'static str,
    /// What it means.
    pub means: &'static str,
    /// Why it is a rule: the fact behind it.
    pub why: &'static str,
    /// Pages on which the fact was read, by title; empty where it follows from the form itself.
    pub source: &'static str,
    /// How to fix it.
    pub fix: &'static str,
    /// The screen or command that does.
    pub with: &'static str,
}

impl Rule {
    /// The rule with this id.
    pub fn find(id: &str) -> Option<&'static Self> {
        rules::all().find(|rule| rule.id == id)
    }

    /// As [`Self::find`]; the error is one line that names the rule that was probably meant.
    pub fn parse(id: &str) -> Result<&'static Self, String> {
        let wanted = id.trim().to_ascii_lowercase();
        Self::find(&wanted).ok_or_else(|| {
            let meant = nearest::question(&wanted, rules::all().map(|rule| rule.id));
            let list = || "`jetbridge audit rules` lists them".to_owned();
            format!("there is no such rule; {}", meant.unwrap_or_else(list))
        })
    }

    /// The rule that takes over a finding of the list.
    pub fn of(finding: Finding) -> &'static Self {
        // A test holds that each finding has its rule; the first stands in for none.
        rules::findings::ALL
            .iter()
            .find(|rule| rule.id == finding.id())
            .unwrap_or(&rules::findings::ALL[0])
    }

    /// Its id with the pages that it is based on.
    pub fn named(&self) -> String {
        match self.source {
            "" => self.id.to_owned(),
            source => format!("{} ({source})", self.id),
        }
    }

    /// Its place in the registry, which orders reports: the worst rules come first.
    pub fn place(&self) -> usize {
        rules::all().position(|rule| rule.id == self.id).unwrap_or(usize::MAX)
    }
}

/// Which rules an audit asks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    off: BTreeSet<&'static str>,
}

impl Selection {
    /// Only these, none of those; an empty `only` is every rule.
    pub fn new(only: &[&'static Rule], ignore: &[&'static Rule]) -> Self {
        let out = |rule: &&'static Rule| {
            (!only.is_empty() && !only.contains(rule)) || ignore.contains(rule)
        };
        Self { off: rules::all().filter(out).map(|rule| rule.id).collect() }
    }

    /// Whether a rule is asked.
    pub fn asks(&self, rule: &Rule) -> bool {
        !self.off.contains(rule.id)
    }

    /// Takes a rule out.
    pub fn leave_out(&mut self, rule: &'static Rule) {
        self.off.insert(rule.id);
    }

    /// The rules that are asked, in the order of the registry.
    pub fn rules(&self) -> impl Iterator<Item = &'static Rule> + '_ {
        rules::all().filter(|rule| self.asks(rule))
    }
}
