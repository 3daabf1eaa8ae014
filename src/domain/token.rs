//! Microsoft Entra bulk tokens. SPEC D15; graph.md §6.

use jiff::{SignedDuration, ToSpan};
use serde::{Deserialize, Serialize};

use super::{Held, Timestamp};

/// Longest validity of a bulk token, in days (Microsoft Learn, windows-bulk-enroll,
/// memdocs@0a69076, April 2024).
pub const MAX_DAYS: i64 = 180;

/// Where a bulk token comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenOrigin {
    /// Issued by the local store: a stand-in for planning, Microsoft Entra ID does not know it.
    Local,
    /// Pasted by the admin: the real one.
    Pasted,
}

/// A bulk token kept with a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkToken {
    /// Distinguishes it from the connection's other tokens.
    pub id: String,
    /// Name shown for it.
    pub display_name: String,
    /// When it was issued or pasted.
    pub issued_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// Where it comes from.
    pub origin: TokenOrigin,
    /// The token itself.
    pub value: Held,
}

impl BulkToken {
    /// How it stands at `now`.
    pub fn left(&self, now: Timestamp) -> Left {
        Left::of(now, self.expires_at)
    }
}

/// How an expiry stands: whatever shows or judges one asks here, so that the screen, the command
/// line and the audit name the same days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// It has passed, so many days ago.
    Expired(i64),
    /// It comes in so many days.
    Days(i64),
}

impl Left {
    /// How an expiry stands at `now`.
    pub fn of(now: Timestamp, expires: Timestamp) -> Self {
        let days = calendar_days(now, expires);
        if expires <= now { Self::Expired(-days) } else { Self::Days(days) }
    }

    /// Whether it comes in fewer days than this.
    pub const fn is_soon(self, warning_days: i64) -> bool {
        matches!(self, Self::Days(days) if days < warning_days)
    }
}

/// Days between the dates of two moments, UTC: what somebody counts on a calendar.
pub fn calendar_days(from: Timestamp, to: Timestamp) -> i64 {
    let day = |at: Timestamp| at.as_second().div_euclid(24 * 60 * 60);
    day(to) - day(from)
}

/// Why an expiry was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ExpiryError {
    /// Not after now.
    #[error("the expiry has already passed: choose a later day")]
    Past,
    /// More than [`MAX_DAYS`] ahead.
    #[error("a bulk token is valid for at most {MAX_DAYS} days: choose an earlier day")]
    TooFar,
}

/// Checks that an expiry lies within the validity that Microsoft allows, a day of grace for time
/// zones included.
pub fn check_expiry(now: Timestamp, expires: Timestamp) -> Result<(), ExpiryError> {
    if expires <= now {
        return Err(ExpiryError::Past);
    }
    if expires.duration_since(now) > SignedDuration::from_hours(24 * (MAX_DAYS + 1)) {
        return Err(ExpiryError::TooFar);
    }
    Ok(())
}

/// The moment `days` whole days after `now`; `None` beyond the calendar.
pub fn days_after(now: Timestamp, days: i64) -> Option<Timestamp> {
    days.checked_mul(24).and_then(|hours| now.checked_add(hours.hours()).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is shown and what is warned of are the same days, counted on the calendar.
    #[test]
    fn an_expiry_stands_by_the_days_of_the_calendar() {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        for (expires, left, soon) in [
            ("2026-02-27T13:00:00Z", Left::Expired(2), false),
            ("2026-03-01T11:59:59Z", Left::Expired(0), false),
            ("2026-03-01T12:00:00Z", Left::Expired(0), false),
            ("2026-03-01T12:00:01Z", Left::Days(0), true),
            ("2026-03-02T00:00:00Z", Left::Days(1), true),
            ("2026-03-02T23:59:59Z", Left::Days(1), true),
            ("2026-03-30T23:59:59Z", Left::Days(29), true),
            ("2026-03-31T00:00:00Z", Left::Days(30), false),
        ] {
            let found = Left::of(now, expires.parse().unwrap());
            assert_eq!((found, found.is_soon(30)), (left, soon), "{expires}");
        }
    }
}
