//! A moment to the second, as a row of the list holds it.

use std::fmt;
use std::num::NonZeroU64;

use jiff::Timestamp;

/// Seconds since 1970. One that may be missing takes no more room, and a list of a million rows has two in
/// each.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
// The sign turned round, so that the order is that of the numbers; 0 would be the least of all.
pub struct Second(NonZeroU64);

impl Second {
    const SIGN: u64 = 1 << 63;

    /// So many seconds since 1970.
    pub const fn new(seconds: i64) -> Self {
        match NonZeroU64::new(seconds.cast_unsigned() ^ Self::SIGN) {
            Some(it) => Self(it),
            None => Self(NonZeroU64::MIN),
        }
    }

    /// Seconds since 1970.
    pub const fn get(self) -> i64 {
        (self.0.get() ^ Self::SIGN).cast_signed()
    }

    /// The moment; `None` beyond the calendar.
    pub fn timestamp(self) -> Option<Timestamp> {
        Timestamp::from_second(self.get()).ok()
    }
}

impl From<Timestamp> for Second {
    fn from(at: Timestamp) -> Self {
        Self::new(at.as_second())
    }
}

impl fmt::Debug for Second {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_keep_value_and_order_and_take_no_room_when_missing() {
        let all = [i64::MIN + 1, -62_135_596_800, -1, 0, 1, 1_750_000_000, i64::MAX];
        assert_eq!(all.map(|it| Second::new(it).get()), all);
        assert!(all.map(Second::new).is_sorted());
        assert_eq!(Second::new(i64::MIN), Second::new(i64::MIN + 1));
        assert_eq!(Second::new(0).timestamp(), Some(Timestamp::UNIX_EPOCH));
        assert_eq!(Second::new(i64::MAX).timestamp(), None);
        assert_eq!(size_of::<Option<Second>>(), 8);
        assert!(None < Some(Second::new(i64::MIN)));
    }
}
