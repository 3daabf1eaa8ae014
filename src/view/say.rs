//! Small phrases that several screens share: keys, days, short names.

use super::canvas::Canvas;
use super::line::Line;
use crate::app::model::Settings;
use crate::app::{Action, Context};
use crate::domain::token::Left;
use crate::domain::{Second, Timestamp};

/// Keys with what they do: `g generates it  p pastes one`. Actions without a key are left out.
pub fn keys(canvas: &Canvas<'_>, context: Context, pairs: &[(Action, &str)]) -> Line {
    let theme = canvas.theme;
    let mut line = Line::empty();
    for (_, key, does) in joined(canvas, context, pairs) {
        if !line.spans.is_empty() {
            line.push("   ", theme.plain);
        }
        line.push(&key, theme.key);
        line.push(format!(" {does}"), theme.muted);
    }
    line
}

/// The keys of actions with what they do, `left/right` for two that do the same. Actions without a
/// key are left out.
pub fn joined<'a>(
    canvas: &Canvas<'_>,
    context: Context,
    pairs: &[(Action, &'a str)],
) -> Vec<(Action, String, &'a str)> {
    let mut out: Vec<(Action, String, &'a str)> = Vec::new();
    for (action, does) in pairs {
        let key = canvas.keymap.hint(context, *action);
        match out.last_mut() {
            _ if key.is_empty() => {}
            Some((_, first, said)) if said == does => *first = format!("{first}/{key}"),
            _ => out.push((*action, key, does)),
        }
    }
    out
}

/// A day in the admin's zone: `2026-11-22`.
pub fn day(at: Timestamp, settings: &Settings) -> String {
    at.to_zoned(settings.zone.clone()).strftime("%Y-%m-%d").to_string()
}

/// A minute in the admin's zone: `2026-11-22 14:05`.
pub fn minute(at: Timestamp, settings: &Settings) -> String {
    settings.minute(at)
}

/// What stands in place of what nothing reported.
pub const UNKNOWN: &str = "unknown";

/// The day of a time in seconds since 1970.
pub fn day_of_second(second: Option<Second>, settings: &Settings) -> String {
    moment(second).map_or_else(|| UNKNOWN.to_owned(), |it| day(it, settings))
}

/// A moment to the second; `None` outside the calendar, too.
pub fn moment(second: Option<Second>) -> Option<Timestamp> {
    second?.timestamp()
}

/// Days left in words.
pub fn days_left(left: Left) -> String {
    match left {
        Left::Expired(_) => "expired".to_owned(),
        Left::Days(0) => "expires today".to_owned(),
        Left::Days(1) => "1 day left".to_owned(),
        Left::Days(more) => format!("{more} days left"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_left_are_words() {
        assert_eq!(days_left(Left::Expired(0)), "expired");
        assert_eq!(days_left(Left::Days(0)), "expires today");
        assert_eq!(days_left(Left::Days(1)), "1 day left");
        assert_eq!(days_left(Left::Days(30)), "30 days left");
    }
}
