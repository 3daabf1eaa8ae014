//! How many connections a plan may delete without being asked to.

use std::str::FromStr;

use super::plan::{Action, Plan};

/// Most deletions without a limit.
const MOST: usize = 10;
/// Most percent of the connections without a limit.
const MOST_PERCENT: usize = 25;

/// Most connections that pruning may delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PruneLimit {
    /// So many.
    Count(usize),
    /// So many of a hundred that are there.
    Percent(usize),
}

impl FromStr for PruneLimit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || "write a number such as 40, or a percentage such as 30%".to_owned();
        match text.trim().strip_suffix('%') {
            Some(percent) => match percent.trim_end().parse() {
                Ok(percent) if percent <= 100 => Ok(Self::Percent(percent)),
                Ok(_) | Err(_) => Err(wrong()),
            },
            None => text.trim().parse().map(Self::Count).map_err(|_| wrong()),
        }
    }
}

/// A plan that deletes more than the limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TooMany {
    /// How many it deletes.
    pub deletions: usize,
    /// How many connections there are.
    pub present: usize,
    /// What it exceeds, in words.
    pub limit: String,
}

/// Whether a plan deletes more than this limit; `None`: than is deleted without one.
pub fn too_many(plan: &Plan, limit: Option<PruneLimit>) -> Option<TooMany> {
    let (deletions, present) = (plan.count(Action::Delete), plan.present);
    let above = |percent: usize| deletions.saturating_mul(100) > present.saturating_mul(percent);
    let limit = match limit {
        Some(PruneLimit::Count(most)) if deletions > most => most.to_string(),
        Some(PruneLimit::Percent(percent)) if above(percent) => format!("{percent} %"),
        None if deletions > MOST => MOST.to_string(),
        None if above(MOST_PERCENT) => format!("{MOST_PERCENT} %"),
        Some(_) | None => return None,
    };
    Some(TooMany { deletions, present, limit })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_count_or_a_percentage() {
        for (text, expected) in [
            ("0", Some(PruneLimit::Count(0))),
            ("40", Some(PruneLimit::Count(40))),
            (" 30% ", Some(PruneLimit::Percent(30))),
            ("30 %", Some(PruneLimit::Percent(30))),
            ("100%", Some(PruneLimit::Percent(100))),
            ("101%", None),
            ("%", None),
            ("-1", None),
            ("all", None),
            ("", None),
        ] {
            assert_eq!(text.parse().ok(), expected, "{text}");
        }
    }
}
