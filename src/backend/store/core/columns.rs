//! What engines keep in columns: numbers for words, bits for what is not known.

use crate::domain::{Connection as Record, Origin, Second, Side, Timestamp};
use crate::form::judge;

use super::{Result, damaged};

/// Bit of an unknown side in the column `unknown`.
const SIDE: u32 = 1;
/// Bit of an unknown last change there.
pub(crate) const CHANGE: u32 = 2;

/// The column `unknown` of a record.
pub(crate) const fn unknown(record: &Record) -> u32 {
    let side = if matches!(record.side, Side::Unknown) { SIDE } else { 0 };
    let change = if record.modified_at.is_none() { CHANGE } else { 0 };
    side | change
}

/// Microseconds to whole seconds, as `Timestamp::as_second` counts them.
pub(crate) const fn seconds(micros: i64) -> Second {
    Second::new(micros / 1_000_000)
}

/// A moment from its column.
pub(crate) fn moment(micros: i64) -> Result<Timestamp> {
    Timestamp::from_microsecond(micros).map_err(|_| damaged("a time is beyond the calendar"))
}

/// Number of a side, as AvePoint Fly counts them; the column `unknown` marks an unknown one.
pub(crate) const fn side_number(side: Side) -> i64 {
    match side {
        Side::Any | Side::Unknown => 0,
        Side::Source => 1,
        Side::Destination => 2,
    }
}

/// A side from its column.
pub(crate) fn side(number: i64, unknown: u32) -> Result<Side> {
    if unknown & SIDE != 0 {
        return Ok(Side::Unknown);
    }
    [Side::Any, Side::Source, Side::Destination]
        .into_iter()
        .find(|it| side_number(*it) == number)
        .ok_or_else(|| damaged(format!("there is no side {number}")))
}

/// Number of an origin.
pub(crate) const fn origin_number(origin: Origin) -> i64 {
    match origin {
        Origin::Local => 0,
        Origin::Imported => 1,
        Origin::Fly => 2,
    }
}

/// An origin from its column.
pub(crate) fn origin(number: i64) -> Result<Origin> {
    [Origin::Local, Origin::Imported, Origin::Fly]
        .into_iter()
        .find(|it| origin_number(*it) == number)
        .ok_or_else(|| damaged(format!("there is no origin {number}")))
}

/// A moment in its column; the column `unknown` says that it is none.
pub(crate) fn moment_column(at: Option<Timestamp>) -> i64 {
    at.unwrap_or_default().as_microsecond()
}

/// What this program writes for a row that it judges.
pub(crate) fn own() -> i64 {
    i64::from(judge::version()) * 2
}
