//! Deleting in two values: a plan that is shown, then outcomes that are reported. SPEC C5.

use super::{ConnectionId, Summary};

/// What a deletion would remove.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeletePlan {
    /// Every connection that would be deleted, in the order of the list.
    pub targets: Vec<Target>,
    /// How many of them the filter or search hides from view.
    pub hidden: usize,
}

/// One connection to delete or to restore, as it was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its identity.
    pub id: ConnectionId,
    /// Its name when the plan was made.
    pub name: String,
    /// Its revision then: a later one was not agreed to.
    pub revision: u32,
}

impl From<&Summary> for Target {
    fn from(row: &Summary) -> Self {
        Self { id: row.id, name: row.name.to_string(), revision: row.revision }
    }
}

/// So many may be destroyed by one key or a `y`; of more, the number is typed.
pub const HANDFUL: usize = 5;

/// Whether the number must be typed before so many are destroyed: more than a handful, any that a
/// filter or search hides, and anything where production is.
pub const fn number_is_typed(count: usize, hidden: usize, production: bool) -> bool {
    count > HANDFUL || hidden > 0 || production && count > 0
}

/// Whether a text is this number, however its digits are grouped.
pub fn is_number(text: &str, number: usize) -> bool {
    let digits: String =
        text.chars().filter(|c| !c.is_whitespace() && !matches!(c, ',' | '.' | '\'')).collect();
    digits == number.to_string()
}

/// What became of one connection of a bulk operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome<E> {
    /// Which connection.
    pub id: ConnectionId,
    /// Its name.
    pub name: String,
    /// Its revision now that it is done, or why it was not.
    pub result: Result<u32, E>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_is_typed_for_many_for_hidden_ones_and_in_production() {
        let table = [
            ((1, 0, false), false),
            ((HANDFUL, 0, false), false),
            ((HANDFUL + 1, 0, false), true),
            ((1, 1, false), true),
            ((1, 0, true), true),
            ((0, 0, true), false),
        ];
        for ((count, hidden, production), typed) in table {
            let found = number_is_typed(count, hidden, production);
            assert_eq!(found, typed, "{count} {hidden} {production}");
        }
    }

    #[test]
    fn a_number_may_be_grouped_and_nothing_else_is_one() {
        for text in ["40000", " 40,000 ", "40.000", "40 000", "40'000"] {
            assert!(is_number(text, 40_000), "{text}");
        }
        for text in ["", "y", "4000", "400000", "-40000", "+40000", "040000", "40000x"] {
            assert!(!is_number(text, 40_000), "{text}");
        }
    }
}
