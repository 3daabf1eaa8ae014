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
    /// Tells it from the connection's other tokens.
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
    /// Whole days left at `now`; negative when expired.
    pub fn days_left(&self, now: Timestamp) -> i64 {
        days_between(now, self.expires_at)
    }
}

/// Whole days from one moment to another, rounded down, so that half a day ago is -1.
pub fn days_between(from: Timestamp, to: Timestamp) -> i64 {
    (to.as_second() - from.as_second()).div_euclid(24 * 60 * 60)
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
    #[error("a bulk token lives at most {MAX_DAYS} days: choose an earlier day")]
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
