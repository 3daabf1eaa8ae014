//! When a row is needed: conditions and the need that carries one.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::Cloud;
use crate::permissions::scenario::{Fact, Job, Method, Scenario};

/// A condition over the facts of a scenario. In the file: a fact's word, or
/// `{ not = … }`, `{ all = […] }`, `{ any = […] }`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(from = "Raw")]
pub enum Condition {
    /// Holds in every scenario.
    #[default]
    Always,
    /// The fact holds.
    Is(Fact),
    /// The condition does not hold.
    Not(Box<Self>),
    /// All of them hold.
    All(Vec<Self>),
    /// One of them holds.
    Any(Vec<Self>),
}

impl Condition {
    /// Whether it holds for a scenario.
    pub fn holds(&self, scenario: &Scenario) -> bool {
        match self {
            Self::Always => true,
            Self::Is(fact) => scenario.holds(*fact),
            Self::Not(inner) => !inner.holds(scenario),
            Self::All(inner) => inner.iter().all(|it| it.holds(scenario)),
            Self::Any(inner) => inner.iter().any(|it| it.holds(scenario)),
        }
    }

    /// The facts it speaks of.
    pub fn facts(&self) -> Vec<Fact> {
        match self {
            Self::Always => Vec::new(),
            Self::Is(fact) => vec![*fact],
            Self::Not(inner) => inner.facts(),
            Self::All(inner) | Self::Any(inner) => inner.iter().flat_map(Self::facts).collect(),
        }
    }

    fn clause(&self) -> String {
        match self {
            Self::Always => "in every case".to_owned(),
            Self::Is(fact) => fact.label().to_owned(),
            Self::Not(inner) => format!("it is not so that {}", inner.clause()),
            Self::All(inner) => join(inner, " and "),
            Self::Any(inner) => join(inner, " or "),
        }
    }
}

fn join(inner: &[Condition], word: &str) -> String {
    inner.iter().map(Condition::clause).collect::<Vec<_>>().join(word)
}

impl fmt::Display for Condition {
    /// `always`, `when …` or `unless …`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Always => f.write_str("always"),
            Self::Not(inner) => write!(f, "unless {}", inner.clause()),
            Self::Is(_) | Self::All(_) | Self::Any(_) => write!(f, "when {}", self.clause()),
        }
    }
}

impl Serialize for Condition {
    /// As it reads on screen.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Raw {
    Is(Fact),
    Compound(Compound),
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Compound {
    Not(Box<Raw>),
    All(Vec<Raw>),
    Any(Vec<Raw>),
}

impl From<Raw> for Condition {
    fn from(raw: Raw) -> Self {
        match raw {
            Raw::Is(fact) => Self::Is(fact),
            Raw::Compound(Compound::Not(inner)) => Self::Not(Box::new((*inner).into())),
            Raw::Compound(Compound::All(inner)) => {
                Self::All(inner.into_iter().map(Self::from).collect())
            }
            Raw::Compound(Compound::Any(inner)) => {
                Self::Any(inner.into_iter().map(Self::from).collect())
            }
        }
    }
}

/// Who needs a row, and when.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Need {
    /// Methods that need it.
    pub methods: Vec<Method>,
    /// Jobs that need it: copy, merge or both of them.
    pub jobs: Vec<Job>,
    /// When.
    #[serde(default)]
    pub when: Condition,
    /// Clouds where it is not needed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_in: Vec<Cloud>,
    /// The only clouds where it is needed; empty for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only_in: Vec<Cloud>,
}

impl Need {
    /// Whether a scenario has this need.
    pub fn applies(&self, scenario: &Scenario) -> bool {
        self.methods.contains(&scenario.method)
            && scenario.job.parts().iter().any(|job| self.jobs.contains(job))
            && !self.not_in.contains(&scenario.cloud)
            && (self.only_in.is_empty() || self.only_in.contains(&scenario.cloud))
            && self.when.holds(scenario)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Holder {
        when: Condition,
    }

    fn read(text: &str) -> Condition {
        toml_edit::de::from_str::<Holder>(text).unwrap().when
    }

    #[test]
    fn conditions_are_read_and_say_what_they_mean() {
        assert_eq!(read("when = 'labels'"), Condition::Is(Fact::Labels));
        let both = read("when = { all = ['labels', { not = 'multi-geo' }] }");
        assert_eq!(
            both.to_string(),
            "when sensitivity labels are managed and it is not so that the destination tenant is multi-geo"
        );
        let not = read("when = { not = 'group-owner' }");
        assert_eq!(not.to_string(), "unless the consent user already owns the Groups");
        let any = read("when = { any = ['labels', 'discovery'] }");
        let mut scenario = Scenario::new(Method::CustomApp, Job::Copy);
        assert!(!any.holds(&scenario) && not.holds(&scenario));
        scenario.discovery = true;
        assert!(any.holds(&scenario) && !both.holds(&scenario));
        assert_eq!(any.facts(), [Fact::Labels, Fact::Discovery]);
    }

    #[test]
    fn an_unknown_fact_is_refused() {
        assert!(toml_edit::de::from_str::<Holder>("when = 'tuesday'").is_err());
    }
}
