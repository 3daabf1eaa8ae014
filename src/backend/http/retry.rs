//! How long to wait before a read is tried again.

use std::time::Duration;

use jiff::fmt::rfc2822;

use crate::domain::Timestamp;

/// First wait where the server names none; it doubles each time.
const BASE: Duration = Duration::from_millis(500);
/// Longest wait of our own choosing.
const CEILING: Duration = Duration::from_secs(20);

/// How waits are waited.
#[derive(Debug, Clone)]
pub(super) enum Pause {
    /// For real.
    Sleep,
    /// Only noted.
    #[cfg(test)]
    Note(std::sync::Arc<std::sync::Mutex<Vec<Duration>>>),
}

impl Pause {
    /// Waits; gives back what was only noted, so that it can count towards the total.
    pub(super) async fn wait(&self, delay: Duration) -> Duration {
        match self {
            Self::Sleep => {
                tokio::time::sleep(delay).await;
                Duration::ZERO
            }
            #[cfg(test)]
            Self::Note(waits) => {
                waits.lock().unwrap().push(delay);
                delay
            }
        }
    }
}

/// The wait that a `Retry-After` asks for: seconds, or an HTTP date against the server's own clock
/// (ours may be off). `None` for no wait at all, such as until a moment in the past, and for garbage:
/// then the wait is of our own choosing.
pub(super) fn retry_after(value: &str, server_now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return (seconds > 0).then(|| Duration::from_secs(seconds));
    }
    let at = http_date(value)?;
    let seconds = at.as_second().saturating_sub(server_now.as_second());
    u64::try_from(seconds).ok().filter(|it| *it > 0).map(Duration::from_secs)
}

/// A date as HTTP headers have it: `Wed, 21 Oct 2015 07:28:00 GMT`.
pub(super) fn http_date(value: &str) -> Option<Timestamp> {
    rfc2822::parse(value.trim()).ok().map(|it| it.timestamp())
}

/// Exponential back-off: half of it fixed, half by chance, so that clients do not return in step.
/// `attempt` counts from 0, `chance` is any number.
pub(super) fn backoff(attempt: u32, chance: u32) -> Duration {
    let full = BASE.saturating_mul(2u32.saturating_pow(attempt.min(16))).min(CEILING);
    let half = full / 2;
    half + half.mul_f64(f64::from(chance) / f64::from(u32::MAX))
}

/// A number by chance. Without entropy it is 0, which only makes the wait shorter.
pub(super) fn chance() -> u32 {
    let mut bytes = [0; 4];
    match getrandom::fill(&mut bytes) {
        Ok(()) => u32::from_le_bytes(bytes),
        Err(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = http_date("Wed, 21 Oct 2015 07:28:00 GMT").unwrap();
        let wait = |value| retry_after(value, now).map(|it| it.as_secs());
        assert_eq!(wait("120"), Some(120));
        assert_eq!(wait(" 0 "), None);
        assert_eq!(wait("Wed, 21 Oct 2015 07:29:30 GMT"), Some(90));
        assert_eq!(wait("Wed, 21 Oct 2015 07:00:00 GMT"), None);
        assert_eq!(wait("soon"), None);
        assert_eq!(wait("-1"), None);
        assert_eq!(wait("1.5"), None);
        assert_eq!(wait(""), None);
    }

    #[test]
    fn backoff_doubles_up_to_a_ceiling_with_half_by_chance() {
        let millis = |attempt, chance| backoff(attempt, chance).as_millis();
        assert_eq!((millis(0, 0), millis(0, u32::MAX)), (250, 500));
        assert_eq!((millis(2, 0), millis(2, u32::MAX)), (1000, 2000));
        assert_eq!(millis(60, u32::MAX), 20_000);
    }
}
