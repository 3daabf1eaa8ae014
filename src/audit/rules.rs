//! The registry: every rule of the audit. Those about answers stand beside the fields of their form,
//! the others beside the code that finds them.

use super::Rule;
use super::judge::{elsewhere, ews, licence, names, pairs, passwords, record};
use crate::form::judge;

/// Every rule; of one level the most pressing first.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    [
        // What they find stops mailboxes from being migrated today.
        ews::RULES,
        judge::all(),
        record::RULES,
        licence::RULES,
        passwords::RULES,
        elsewhere::RULES,
        names::RULES,
        pairs::RULES,
    ]
    .into_iter()
    .flatten()
    .copied()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::health::Level;

    #[test]
    fn every_rule_is_reported_whole_and_once() {
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

    #[test]
    fn a_mistyped_rule_gets_a_suggestion() {
        assert_eq!(Rule::parse(" Stale ").map(|it| it.id), Ok("stale"));
        assert!(Rule::parse("single-credentail").unwrap_err().contains("mean single-credential?"));
        assert!(Rule::parse("weather").unwrap_err().contains("audit rules"));
    }
}
