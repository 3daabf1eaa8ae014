//! The registry: every rule of the audit, as data.
//!
//! What a row of the list carries (`domain::health::Finding`) has its level and words there; here
//! it gets why and with what. All other rules stand here whole.

/// Declares rules once, each as a static, and the list of them.
macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident = $level:ident $id:literal, $title:literal,
        means: $means:expr, why: $why:literal, source: $source:literal,
        fix: $fix:expr, with: $with:literal;)+) => {
        $($(#[$doc])* pub static $name: Rule = Rule {
            id: $id,
            level: Level::$level,
            title: $title,
            means: $means,
            why: $why,
            source: $source,
            fix: $fix,
            with: $with,
        };)+

        /// Every rule of this file.
        pub static ALL: &[&Rule] = &[$(&$name),+];
    };
}

pub mod credentials;
pub mod ews;
pub mod findings;
pub mod record;
pub mod workspace;

use super::Rule;

/// Every rule; of one level the most pressing first.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    [ews::ALL, findings::ALL, record::ALL, credentials::ALL, workspace::ALL]
        .into_iter()
        .flatten()
        .copied()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::health::{Finding, Level};

    #[test]
    fn every_rule_is_told_whole_and_once() {
        let ids: BTreeSet<&str> = all().map(|rule| rule.id).collect();
        assert_eq!(ids.len(), all().count());
        for rule in all() {
            let kebab = |c: char| c.is_ascii_lowercase() || c == '-';
            assert!(rule.id.chars().all(kebab), "{}", rule.id);
            assert_ne!(rule.level, Level::Good, "{}", rule.id);
            assert!(!rule.title.ends_with('.') && rule.title.len() <= 44, "{}", rule.title);
            for text in [rule.means, rule.why, rule.fix] {
                assert!(text.ends_with('.') && text.is_ascii(), "{}: {text}", rule.id);
            }
            // What users see names pages by their titles.
            assert!(!rule.source.contains("SPEC"), "{}: {}", rule.id, rule.source);
            assert!(!rule.with.is_empty(), "{}", rule.id);
        }
    }

    /// One registry: the health column and the audit say the same.
    #[test]
    fn every_finding_of_the_list_is_a_rule_with_the_same_words() {
        assert_eq!(findings::ALL.len(), Finding::ALL.len());
        for finding in Finding::ALL {
            let rule = Rule::of(*finding);
            let told = (rule.id, rule.level, rule.means, rule.fix);
            let own = (finding.id(), finding.level(), finding.means(), finding.fix());
            assert_eq!(told, own);
        }
    }

    #[test]
    fn a_mistyped_rule_gets_a_suggestion() {
        assert_eq!(Rule::parse(" Stale ").map(|it| it.id), Ok("stale"));
        assert!(Rule::parse("single-credentail").unwrap_err().contains("mean single-credential?"));
        assert!(Rule::parse("weather").unwrap_err().contains("audit rules"));
    }
}
