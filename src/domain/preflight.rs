//! The last pre-flight of a connection, as it is kept: counts, ids of checks and remedies, but no names
//! and nothing that was found. SPEC F7.

use serde::{Deserialize, Serialize};

use super::Timestamp;
use super::health::Level;

/// Days from which a result is outdated unless the configuration says otherwise. No vendor names a
/// figure: roles, Conditional Access and passwords change within weeks, and two are about how long
/// before a cut-over a wave is prepared.
pub const OUTDATED_DAYS: i64 = 14;
/// The version that this program writes and reads.
const VERSION: u8 = 1;

/// How many checks came out how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// As they should be.
    pub ok: usize,
    /// Not checked.
    pub skipped: usize,
    /// Work, but not well.
    pub warnings: usize,
    /// Do not work.
    pub failed: usize,
}

/// A result that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    version: u8,
    /// Version of the program that made the checks.
    pub program: String,
    /// Revision of the connection that was checked.
    pub revision: u32,
    /// When.
    pub at: Timestamp,
    /// What it came to, as a word for programs.
    pub verdict: String,
    /// How many came out how.
    pub counts: Counts,
    /// Checks that failed, by id.
    pub failed: Vec<String>,
    /// What to do about each of these, in their order; results of older programs have none.
    #[serde(default)]
    pub fixes: Vec<String>,
}

/// The verdict of a result in which nothing failed.
pub const PASSED: &str = "passed";

/// Why a result says little about the present.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outdated {
    /// The connection was changed since.
    Changed,
    /// Another version of the program made the checks.
    Program,
    /// It is so many days old.
    Days(i64),
}

impl Outdated {
    /// In a few words.
    pub fn words(self) -> String {
        match self {
            Self::Changed => "the connection changed since".to_owned(),
            Self::Program => "another version of jetbridge made it".to_owned(),
            Self::Days(1) => "1 day old".to_owned(),
            Self::Days(days) => format!("{days} days old"),
        }
    }
}

impl Kept {
    /// A result of this program.
    pub fn new(
        revision: u32,
        at: Timestamp,
        verdict: &str,
        counts: Counts,
        (failed, fixes): (Vec<String>, Vec<String>),
    ) -> Self {
        let program = env!("CARGO_PKG_VERSION").to_owned();
        let verdict = verdict.to_owned();
        Self { version: VERSION, program, revision, at, verdict, counts, failed, fixes }
    }

    /// Whether this program can read it.
    pub const fn is_readable(&self) -> bool {
        self.version == VERSION
    }

    /// Whether it still says something of this revision, checked by this program.
    pub fn is_current(&self, revision: u32) -> bool {
        self.revision == revision && self.is_by_this_program()
    }

    /// Whether this version of the program made it.
    pub fn is_by_this_program(&self) -> bool {
        self.program == env!("CARGO_PKG_VERSION")
    }

    /// Why it is outdated; `None`: it is not. 0 days: it never is by its age.
    pub fn outdated(&self, revision: u32, now: Timestamp, days: i64) -> Option<Outdated> {
        let age = self.age_days(now);
        if self.revision != revision {
            Some(Outdated::Changed)
        } else if !self.is_current(revision) {
            Some(Outdated::Program)
        } else {
            (days > 0 && age >= days).then_some(Outdated::Days(age))
        }
    }

    /// Whole days since.
    pub fn age_days(&self, now: Timestamp) -> i64 {
        now.duration_since(self.at).as_hours().max(0) / 24
    }

    /// Its age in a few characters: `5 min`, `3 h`, `12 d`.
    pub fn age(&self, now: Timestamp) -> String {
        let minutes = now.duration_since(self.at).as_mins().max(0);
        match minutes {
            0..60 => format!("{minutes} min"),
            60..1_440 => format!("{} h", minutes / 60),
            _ => format!("{} d", minutes / 1_440),
        }
    }

    /// Whether nothing failed.
    pub fn has_passed(&self) -> bool {
        self.verdict == PASSED
    }

    /// How it is shown beside other levels of health.
    pub fn level(&self) -> Level {
        if !self.has_passed() {
            Level::Error
        } else if self.counts.warnings > 0 {
            Level::Warning
        } else {
            Level::Good
        }
    }

    /// What it came to, in a few words.
    pub fn words(&self) -> String {
        let Counts { ok, skipped, warnings, failed } = self.counts;
        let mut parts = vec![match self.verdict.as_str() {
            "not-signed-in" => "no sign-in works".to_owned(),
            other => other.to_owned(),
        }];
        for (count, word) in
            [(failed, "failed"), (warnings, "warnings"), (ok, "ok"), (skipped, "skipped")]
        {
            if count > 0 {
                parts.push(format!("{count} {word}"));
            }
        }
        parts.join(", ")
    }

    /// The checks that failed, each with what to do.
    pub fn failures(&self) -> impl Iterator<Item = (&str, &str)> {
        let fix = |at: usize| self.fixes.get(at).map_or("", String::as_str);
        self.failed.iter().enumerate().map(move |(at, id)| (id.as_str(), fix(at)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(at: &str) -> Kept {
        Kept::new(3, at.parse().unwrap(), PASSED, Counts::default(), (Vec::new(), Vec::new()))
    }

    #[test]
    fn a_result_is_outdated_by_a_change_by_another_program_and_by_its_age() {
        let now = "2026-11-22T10:00:00Z".parse().unwrap();
        let old = Kept { program: "0.0.1".into(), ..kept("2026-11-21T10:00:00Z") };
        for (kept, revision, days, expected) in [
            (kept("2026-11-21T10:00:00Z"), 3, 14, None),
            (kept("2026-11-21T10:00:00Z"), 4, 14, Some(Outdated::Changed)),
            (kept("2026-11-08T10:00:01Z"), 3, 14, None),
            (kept("2026-11-08T10:00:00Z"), 3, 14, Some(Outdated::Days(14))),
            (kept("2020-01-01T10:00:00Z"), 3, 0, None),
            // A clock that was set back makes nothing old.
            (kept("2026-12-22T10:00:00Z"), 3, 14, None),
            (old, 3, 14, Some(Outdated::Program)),
        ] {
            assert_eq!(kept.outdated(revision, now, days), expected, "{kept:?}");
        }
    }

    #[test]
    fn results_of_programs_that_kept_no_remedies_are_read() {
        let text = r#"{"version":1,"program":"0.1.0","revision":2,"at":"2026-11-22T10:00:00Z",
            "verdict":"failed","counts":{"ok":1,"skipped":0,"warnings":0,"failed":1},
            "failed":["tenant.exists"]}"#;
        let kept: Kept = serde_json::from_str(text).unwrap();
        assert_eq!(kept.failures().collect::<Vec<_>>(), [("tenant.exists", "")]);
        assert_eq!((kept.level(), kept.words().as_str()), (Level::Error, "failed, 1 failed, 1 ok"));
    }

    #[test]
    fn an_age_is_short() {
        let now = "2026-11-22T10:00:00Z".parse().unwrap();
        for (at, expected) in [
            ("2026-11-22T10:00:00Z", "0 min"),
            ("2026-11-22T09:01:00Z", "59 min"),
            ("2026-11-22T09:00:00Z", "1 h"),
            ("2026-11-21T10:00:01Z", "23 h"),
            ("2026-11-20T10:00:00Z", "2 d"),
            ("2026-11-23T10:00:00Z", "0 min"),
        ] {
            assert_eq!(kept(at).age(now), expected);
        }
    }
}
