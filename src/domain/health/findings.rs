//! What a row of the list carries of the rules: a bit each, ordered so that the level of a set is
//! that of its highest bit, whether or not this version knows the rule behind it.

use super::super::Timestamp;
use super::super::token::Left;
use super::Horizon;

/// Days before an expiry from which it is reported.
pub const EXPIRY_WARNING_DAYS: i64 = 30;

/// How bad the worst finding of a connection is. Ordered: the worst is the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Level {
    /// Checked, and nothing found.
    #[default]
    Good,
    /// Only what a list reports is known, so nothing was checked.
    Unchecked,
    /// Works, but could be better.
    Advice,
    /// Will stop working, or may not work.
    Warning,
    /// Does not work as it stands.
    Error,
}

impl Level {
    /// Every level, worst first.
    pub const ALL: [Self; 5] =
        [Self::Error, Self::Warning, Self::Advice, Self::Unchecked, Self::Good];

    /// The word for people.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Unchecked => "not checked",
            Self::Good | Self::Advice | Self::Warning | Self::Error => self.label(),
        }
    }

    /// The word in options, files and answers, which scripts read.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Unchecked => "unchecked",
            Self::Advice => "advice",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Place of a rule in the rows of stores: 0 to 19 advice, 20 to 39 warnings, 40 to 59 errors. The
/// higher, the earlier it is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bit(pub u32);

impl Bit {
    /// A credential's expiry has passed: what time does to a row, no rule has to look at again.
    pub const EXPIRED: Self = Self(59);
    /// A credential expires within the days of warning.
    pub const EXPIRING: Self = Self(33);

    /// How bad it is.
    pub const fn level(self) -> Level {
        match self.0 {
            0..20 => Level::Advice,
            20..40 => Level::Warning,
            _ => Level::Error,
        }
    }
}

/// A set of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Findings(pub u64);

impl Findings {
    /// Bit of a connection of which only what a list reports is known.
    const UNCHECKED: u64 = 1 << 62;
    /// Bits of rules.
    const RULES: u64 = (1 << 60) - 1;

    /// Of a connection of which only what a list reports is known, so that nothing can be checked.
    pub const fn unchecked() -> Self {
        Self(Self::UNCHECKED)
    }

    /// Whether the answers were checked.
    pub const fn is_checked(self) -> bool {
        self.0 & Self::UNCHECKED == 0
    }

    /// Adds a finding.
    pub const fn insert(&mut self, bit: Bit) {
        self.0 |= 1 << bit.0;
    }

    /// Whether it holds a finding.
    pub const fn contains(self, bit: Bit) -> bool {
        self.0 & (1 << bit.0) != 0
    }

    /// Its findings, worst first.
    pub fn iter(self) -> impl Iterator<Item = Bit> {
        (0..60).rev().map(Bit).filter(move |bit| self.contains(*bit))
    }

    /// Level of the worst of them.
    pub const fn level(self) -> Level {
        match (self.0 & Self::RULES).checked_ilog2() {
            Some(worst) => Bit(worst).level(),
            None if self.is_checked() => Level::Good,
            None => Level::Unchecked,
        }
    }

    /// With what time did to a credential that expires at that moment.
    #[must_use]
    pub fn aged(mut self, expires: Option<Timestamp>, at: Horizon) -> Self {
        if let Some(expires) = expires {
            match Left::of(at.now, expires) {
                Left::Expired(_) => self.insert(Bit::EXPIRED),
                left if left.is_soon(at.warning_days) => self.insert(Bit::EXPIRING),
                Left::Days(_) => {}
            }
        }
        self
    }

    /// From the row of a store.
    pub const fn from_column(column: i64) -> Self {
        Self(column.cast_unsigned())
    }

    /// For the row of a store.
    pub const fn to_column(self) -> i64 {
        self.0.cast_signed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_bit_decides_the_level_known_or_not() {
        let of = |bits: &[u32]| {
            let mut all = Findings::default();
            bits.iter().for_each(|it| all.insert(Bit(*it)));
            (all.level(), all.iter().map(|it| it.0).collect::<Vec<_>>())
        };
        assert_eq!(of(&[]), (Level::Good, vec![]));
        assert_eq!(of(&[0, 19]), (Level::Advice, vec![19, 0]));
        assert_eq!(of(&[20, 7, 39]), (Level::Warning, vec![39, 20, 7]));
        assert_eq!(of(&[33, 40]), (Level::Error, vec![40, 33]));
        assert_eq!(of(&[59]), (Level::Error, vec![59]));
        // Of what was not checked a list may report something all the same.
        let mut listed = Findings::unchecked();
        assert_eq!(listed.level(), Level::Unchecked);
        listed.insert(Bit(13));
        assert_eq!((listed.level(), listed.is_checked()), (Level::Advice, false));
    }
}
