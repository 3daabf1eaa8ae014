//! The findings that a row of the list carries: each with its id, level and words, told once.
//!
//! The audit's registry (`crate::audit`) takes them over as rules and adds why and where to fix.

use serde::{Deserialize, Serialize};

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

    /// The word on screen.
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

/// Declares the findings once: variant, bit in the store, level, id, word for the health column,
/// what it means, what to do.
macro_rules! findings {
    ($($(#[$doc:meta])* $name:ident = $bit:literal, $level:ident, $id:literal, $word:literal, $means:literal, $fix:literal;)+) => {
        /// Something the offline rules found.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Finding { $($(#[$doc])* $name = $bit),+ }

        impl Finding {
            /// Every finding, worst first.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// How bad it is.
            pub const fn level(self) -> Level {
                match self { $(Self::$name => Level::$level),+ }
            }

            /// Its name in files and on the command line; never changes.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id),+ }
            }

            /// A word or two for the health column.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word),+ }
            }

            /// What it means.
            pub const fn means(self) -> &'static str {
                match self { $(Self::$name => $means),+ }
            }

            /// What to do.
            pub const fn fix(self) -> &'static str {
                match self { $(Self::$name => $fix),+ }
            }

            /// Whether the form refuses such an answer, so that it needs no advice beside it.
            pub const fn is_refused_by_the_form(self) -> bool {
                matches!(
                    self,
                    Self::AccountHasMfa | Self::ProfileUnfit | Self::NoImpersonationUser
                )
            }

            /// What it means and what to do.
            pub const fn advice(self) -> &'static str {
                match self { $(Self::$name => concat!($means, " ", $fix)),+ }
            }
        }
    };
}

// The bits are kept in the rows of stores: a new finding takes a new one. Bit 14 was that of
// `agent-on-controller`, a rule that is gone.
findings! {
    /// A credential's expiry has passed.
    Expired = 1, Error, "expired", "expired",
        "A token or client secret has expired.",
        "Issue or paste a new one and save.";
    /// A legacy service account has MFA. G9.
    AccountHasMfa = 2, Error, "account-has-mfa", "MFA account",
        "Legacy authentication cannot use an account with MFA.",
        "Choose modern authentication with a delegated app profile.";
    /// AOS calls a profile invalid.
    ProfileInvalid = 3, Error, "profile-invalid", "profile invalid",
        "AvePoint Online Services calls an app profile invalid.",
        "Re-authorize it there, then refresh.";
    /// A profile of a kind that its place does not take. G6, G10, D13, D15.
    ProfileUnfit = 17, Error, "profile-unfit", "wrong profile",
        "An app profile picked here is of a kind that does not fit its field.",
        "Pick one of a kind that the field offers.";
    /// A custom app profile without impersonation user. G7.
    NoImpersonationUser = 4, Error, "no-impersonation-user", "no user",
        "A custom app profile needs an impersonation user.",
        "Enter one that has an Exchange Online license.";
    /// The chosen credentials cannot create groups in the chosen location. G4.
    LocationNotServed = 5, Error, "location-not-served", "location",
        "Fly delegated app profiles alone cannot create groups in a chosen location.",
        "Add an app profile or use a custom delegated app.";
    /// Listed only, although its type has a form.
    Incomplete = 0, Warning, "incomplete", "incomplete",
        "Imported from a list: only name, type, side and tenant are known.",
        "Open it and answer the rest of the form.";
    /// The chosen location is not one of the tenant's.
    LocationUnknown = 6, Warning, "location-unknown", "location",
        "The chosen location is not among the tenant's locations.",
        "Choose another or update the tenant.";
    /// A picked directory object is not in the directory any more.
    ObjectMissing = 7, Warning, "object-missing", "not found",
        "A tenant, container, profile or account picked here is not in the directory.",
        "Import the directory again or pick another.";
    /// A credential expires within the days of warning.
    Expiring = 8, Warning, "expiring", "expires soon",
        "A token or client secret expires soon.",
        "Issue or paste a new one before the migration.";
    /// The path of an enrolment file that other machines do not see. D16.
    ShareNotUnc = 13, Warning, "share-not-unc", "share path",
        "The path of the enrolment file is on a drive letter that may be a mapped share, or is written in a way that Windows does not take.",
        "Write the share as \\\\server\\share\\file.ppkg, or copy the file to C: of each device.";
    /// A local administrator with the name of a built-in account. D8.
    LocalAdminName = 15, Warning, "local-admin-name", "built-in name",
        "The local administrator to create has the name of an account that Windows brings itself.",
        "Choose another user name for the local administrator.";
    /// The token in use is a stand-in issued by the local store.
    LocalToken = 9, Warning, "local-token", "local token",
        "The bulk token is a local stand-in.",
        "Paste the real one before devices are moved.";
    /// A client secret whose expiry nobody told. D5.
    ExpiryUnknown = 16, Advice, "expiry-unknown", "expiry unknown",
        "The day on which the client secret expires was not entered, so nobody is warned of it.",
        "Look the day up under App registrations and enter it.";
    /// The container holds nothing, or was never scanned. G5.
    ContainerEmpty = 10, Advice, "container-empty", "empty container",
        "The container holds no objects.",
        "Run a scan job in AvePoint Online Services, then refresh.";
    /// One account or delegated profile alone. G11.
    SingleCredential = 11, Advice, "single-credential", "one account",
        "A single account or delegated profile is throttled sooner.",
        "Add another of the same tenant.";
    /// An app profile without service account. G11.
    AppProfileAlone = 12, Advice, "app-profile-alone", "app only",
        "Some objects are not supported with an app profile alone.",
        "Add a service account for completeness.";
}

/// A set of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Findings(pub u32);

impl Findings {
    /// Bit of a connection of which only what a list reports is known.
    const UNCHECKED: u32 = 1 << 31;

    /// Of a connection of which only what a list reports is known, so that nothing can be checked.
    pub const fn unchecked() -> Self {
        Self(Self::UNCHECKED)
    }

    /// Whether the answers were checked.
    pub const fn is_checked(self) -> bool {
        self.0 & Self::UNCHECKED == 0
    }

    /// Adds a finding.
    pub const fn insert(&mut self, finding: Finding) {
        self.0 |= 1 << finding as u8;
    }

    /// Whether it holds a finding.
    pub const fn contains(self, finding: Finding) -> bool {
        self.0 & (1 << finding as u8) != 0
    }

    /// Level of the worst of them.
    pub fn level(self) -> Level {
        let nothing = if self.is_checked() { Level::Good } else { Level::Unchecked };
        self.iter().map(Finding::level).max().unwrap_or(nothing)
    }

    /// With what time did to a credential that expires at that moment.
    #[must_use]
    pub fn aged(mut self, expires: Option<Timestamp>, at: Horizon) -> Self {
        if let Some(expires) = expires {
            match Left::of(at.now, expires) {
                Left::Expired(_) => self.insert(Finding::Expired),
                left if left.is_soon(at.warning_days) => self.insert(Finding::Expiring),
                Left::Days(_) => {}
            }
        }
        self
    }

    /// Its findings, worst first.
    pub fn iter(self) -> impl Iterator<Item = Finding> {
        Finding::ALL.iter().copied().filter(move |finding| self.contains(*finding))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stores keep the bits and scripts the ids: both are promises.
    #[test]
    fn bits_and_ids_are_as_they_were_published() {
        let all: Vec<(u8, &str)> = Finding::ALL.iter().map(|it| (*it as u8, it.id())).collect();
        let published = [
            (1, "expired"),
            (2, "account-has-mfa"),
            (3, "profile-invalid"),
            (17, "profile-unfit"),
            (4, "no-impersonation-user"),
            (5, "location-not-served"),
            (0, "incomplete"),
            (6, "location-unknown"),
            (7, "object-missing"),
            (8, "expiring"),
            (13, "share-not-unc"),
            (15, "local-admin-name"),
            (9, "local-token"),
            (16, "expiry-unknown"),
            (10, "container-empty"),
            (11, "single-credential"),
            (12, "app-profile-alone"),
        ];
        assert_eq!(all, published);
    }

    #[test]
    fn the_worst_come_first() {
        assert!(Finding::ALL.is_sorted_by_key(|it| std::cmp::Reverse(it.level())));
    }
}
