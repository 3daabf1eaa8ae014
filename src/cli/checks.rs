//! The line of a check, for every command that makes checks: in a table and in every other format.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::output::Printer;
use crate::checks::{Cause, CheckResult, Level, Sort};
use crate::error::{Exit, Failure};
use crate::text::{shown, wrap};

/// What a line has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Area,
    Check,
    Level,
    Found,
    Fix,
    Milliseconds,
}

/// How a command names the parts and levels of a check: by the names that it was published with.
#[derive(Debug)]
pub struct Dialect {
    parts: &'static [(Part, &'static str)],
    /// The columns of CSV.
    pub columns: &'static [&'static str],
    /// Ok, skipped, warning, fail.
    levels: [&'static str; 4],
}

/// Of `doctor`.
pub static DOCTOR: Dialect = Dialect {
    parts: &[
        (Part::Area, "area"),
        (Part::Check, "check"),
        (Part::Level, "state"),
        (Part::Found, "found"),
        (Part::Fix, "todo"),
    ],
    columns: &["area", "check", "state", "found", "todo"],
    levels: ["ok", "skipped", "warning", "problem"],
};

/// Of `context test`.
pub static TEST: Dialect = Dialect {
    parts: &[
        (Part::Check, "step"),
        (Part::Level, "outcome"),
        (Part::Found, "detail"),
        (Part::Fix, "hint"),
        (Part::Milliseconds, "milliseconds"),
    ],
    columns: &["step", "outcome", "milliseconds", "detail", "hint"],
    levels: ["passed", "skipped", "passed", "failed"],
};

/// Of `preflight`, for people; its records have the connection too.
pub static PREFLIGHT: Dialect =
    Dialect { parts: &[], columns: &[], levels: ["ok", "skipped", "warning", "failed"] };

/// Columns before the text of a check.
const MARGIN: usize = 11;

impl Dialect {
    const fn word(&self, level: Level) -> &'static str {
        let [ok, skipped, warning, fail] = self.levels;
        match level {
            Level::Ok => ok,
            Level::Skipped => skipped,
            Level::Warning => warning,
            Level::Fail => fail,
        }
    }

    /// A check in JSON and CSV.
    pub const fn record<'a>(&'a self, of: &'a CheckResult) -> Record<'a> {
        Record { dialect: self, of }
    }

    /// A check for people: level, name and what was found, then what to do. A piped one is one line
    /// and one more for what to do.
    pub fn lines(&self, it: &CheckResult, width: Option<usize>) -> Vec<String> {
        let width = width.map_or(usize::MAX, |it| it.saturating_sub(MARGIN).max(20));
        let mut text = shown(&it.check).into_owned();
        if !it.found.is_empty() {
            text.push_str(&format!(": {}", shown(&it.found)));
        }
        if let Some(took) = it.took {
            text.push_str(&format!(" ({} ms)", took.as_millis()));
        }
        let mut text = wrap(&text, width);
        if !it.fix.is_empty() {
            text.extend(wrap(&shown(&it.fix), width));
        }
        let line = |(at, line): (usize, &String)| {
            let level = if at == 0 { self.word(it.level) } else { "" };
            format!("  {level:7}  {line}")
        };
        text.iter().enumerate().map(line).collect()
    }

    /// Prints [`Self::lines`].
    ///
    /// # Errors
    /// Standard output cannot be written.
    pub fn print(&self, printer: &mut Printer<'_>, it: &CheckResult) -> Result<(), Failure> {
        let width = printer.width();
        self.lines(it, width).iter().try_for_each(|line| printer.line(line))
    }
}

/// A check as a record.
#[derive(Debug)]
pub struct Record<'a> {
    dialect: &'a Dialect,
    of: &'a CheckResult,
}

impl Serialize for Record<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (it, parts) = (self.of, self.dialect.parts);
        let mut map = serializer.serialize_map(Some(parts.len()))?;
        for (part, key) in parts {
            match part {
                Part::Area => map.serialize_entry(key, it.area)?,
                Part::Check => map.serialize_entry(key, &it.check)?,
                Part::Level => map.serialize_entry(key, self.dialect.word(it.level))?,
                Part::Found => map.serialize_entry(key, &it.found)?,
                Part::Fix => map.serialize_entry(key, &it.fix)?,
                Part::Milliseconds => {
                    let took = it.took.unwrap_or_default().as_millis();
                    map.serialize_entry(key, &u64::try_from(took).unwrap_or(u64::MAX))?;
                }
            }
        }
        map.end()
    }
}

impl From<Cause> for Failure {
    fn from(cause: Cause) -> Self {
        let exit = match cause.sort {
            Sort::Setting => Exit::Usage,
            Sort::Refused => Exit::Auth,
            Sort::Failed => Exit::Failure,
        };
        Self { exit, ..Self::new(cause.text) }.hint(cause.fix)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn result() -> CheckResult {
        let took = Some(Duration::from_millis(1_250));
        CheckResult {
            took,
            ..CheckResult::fail("Network", "a\nok  b", "\u{1b}]52;c", "b\u{202e}c")
        }
    }

    /// E4: a name from a file cannot act on the terminal, nor begin a line of its own.
    #[test]
    fn a_hostile_name_stays_in_its_line() {
        for dialect in [&DOCTOR, &TEST] {
            let lines = dialect.lines(&result(), None);
            assert_eq!(lines.len(), 2, "one line, and one for what to do: {lines:?}");
            assert!(lines.concat().chars().all(|it| !it.is_control()), "{lines:?}");
            assert!(lines[0].ends_with("(1250 ms)"), "{lines:?}");
            let narrow = dialect.lines(&CheckResult::ok("x", "y", "word ".repeat(30)), Some(40));
            assert!(narrow.len() > 3 && narrow.iter().all(|it| it.len() <= 40), "{narrow:?}");
        }
    }

    #[test]
    fn a_record_has_the_columns_of_its_dialect() {
        for (dialect, level) in [(&DOCTOR, "problem"), (&TEST, "failed")] {
            let json = serde_json::to_value(dialect.record(&result())).unwrap();
            let mut keys: Vec<&str> =
                json.as_object().unwrap().keys().map(String::as_str).collect();
            let mut columns = dialect.columns.to_vec();
            keys.sort_unstable();
            columns.sort_unstable();
            assert_eq!(keys, columns);
            assert!(json.as_object().unwrap().values().any(|it| it == level), "{json}");
        }
    }
}
