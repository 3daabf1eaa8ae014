//! Rules over whole records.

use super::*;
pub(super) fn setup() -> Setup {
    Setup {
        now: "2026-11-24T12:00:00Z".parse().unwrap(),
        warning_days: 14,
        stale_days: 180,
        password: PasswordPolicy::default(),
        rules: Selection::default(),
        wanted: None,
    }
}
