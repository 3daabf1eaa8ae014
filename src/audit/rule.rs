//! Rules by their names, and which of them an audit asks.

use std::collections::BTreeSet;

use super::rules;
pub use crate::form::Rule;
use crate::text::nearest;

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
