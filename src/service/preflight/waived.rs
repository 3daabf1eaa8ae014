//! Checks that somebody answers for: they do not count when they fail. SPEC F7

use super::{Line, Report};
use crate::audit::CheckWaiver;
use crate::checks::{Level, Skip, Stop};
use crate::domain::Timestamp;
use crate::text::shown;

/// Waivers of checks.
#[derive(Debug, Clone, Default)]
pub struct Waived(pub Vec<CheckWaiver>);

impl Waived {
    /// A failed check as waived, where a waiver in force is about it; one that was waived and is not any
    /// more as it failed.
    pub(super) fn applied(&self, line: Line, now: Timestamp) -> Line {
        let line = line.unwaived();
        if line.result.level != Level::Fail {
            return line;
        }
        let is_for = |it: &&CheckWaiver| {
            it.check == line.result.check
                && !it.is_expired(now)
                && it.is_about(line.connection, &line.name)
        };
        let Some(waiver) = self.0.iter().find(is_for) else { return line };
        let (reason, date, expires) = (waiver.reason.clone(), waiver.date, waiver.expires);
        let why = Skip::Waived { reason, date, expires, found: line.result.found.clone() };
        let before = Some(Box::new((line.outcome, line.result.clone())));
        let mut result = line.result;
        result.level = Level::Skipped;
        result.found = why.to_string();
        result.fix = String::new();
        Line { outcome: Err(Stop::Skip(why)), result, before, ..line }
    }

    /// Waivers that hold nothing, one line each: they are over, or what they are about does not fail.
    /// Those of connections and checks that were not part of the run are not judged.
    pub fn idle(&self, report: &Report) -> Vec<String> {
        let mut out = Vec::new();
        for waiver in &self.0 {
            let about = |it: &&Line| {
                it.result.check == waiver.check && waiver.is_about(it.connection, &it.name)
            };
            let Some(line) = report.lines.iter().find(about) else { continue };
            let why = match (waiver.expires.filter(|_| waiver.is_expired(report.at)), line.reason())
            {
                (Some(day), _) => format!("expired after {day}"),
                (None, Some("waived")) => continue,
                (None, _) => "nothing to waive".to_owned(),
            };
            out.push(format!(
                "waiver on line {}: {why}: {} of {}, given {}",
                waiver.line,
                shown(&waiver.check),
                // The file may have its id.
                shown(&line.name),
                waiver.date
            ));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::Verdict;
    use super::*;
    use crate::checks::{CheckResult, Seen};
    use crate::domain::ConnectionId;

    fn line(name: &str, check: &str, level: Level) -> Line {
        let outcome = match level {
            Level::Fail => Ok(Seen::fail("found", "fix")),
            Level::Ok | Level::Warning | Level::Skipped => Ok(Seen::ok("found")),
        };
        let result =
            CheckResult { level, fix: "fix".into(), ..CheckResult::ok("A", check, "found") };
        let connection = ConnectionId(Uuid::from_u128(7));
        Line::new(connection, name.to_owned(), outcome, result)
    }

    fn waiver(check: &str, connection: &str, expires: Option<&str>) -> CheckWaiver {
        CheckWaiver {
            line: 3,
            check: check.into(),
            connection: connection.into(),
            reason: "ticket 4711".into(),
            date: "2026-02-01".parse().unwrap(),
            expires: expires.map(|it| it.parse().unwrap()),
        }
    }

    /// F7: only what fails, of that check and connection, and only until the last day.
    #[test]
    fn a_failed_check_is_waived_with_its_reason() {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let by_id = ConnectionId(Uuid::from_u128(7)).to_string();
        for (waiver, check, level, waived, idle) in [
            (waiver("acct.mfa", "Contoso", None), "acct.mfa", Level::Fail, true, None),
            (waiver("acct.mfa", &by_id, Some("2026-03-01")), "acct.mfa", Level::Fail, true, None),
            (
                waiver("acct.mfa", "contoso", Some("2026-02-28")),
                "acct.mfa",
                Level::Fail,
                false,
                Some("expired after 2026-02-28"),
            ),
            (waiver("acct.mfa", "other", None), "acct.mfa", Level::Fail, false, None),
            (waiver("acct.role", "contoso", None), "acct.mfa", Level::Fail, false, None),
            (
                waiver("acct.mfa", "contoso", None),
                "acct.mfa",
                Level::Ok,
                false,
                Some("nothing to waive"),
            ),
            (
                waiver("acct.mfa", "contoso", None),
                "acct.mfa",
                Level::Warning,
                false,
                Some("nothing to waive"),
            ),
        ] {
            let all = Waived(vec![waiver]);
            let line = all.applied(line("contoso", check, level), now);
            let report = Report {
                at: now,
                connections: 1,
                lines: vec![line.clone()],
                listed_only: 0,
                left_out: 0,
                failed: None,
            };
            assert_eq!(line.reason() == Some("waived"), waived, "{all:?}");
            let failed = level == Level::Fail && !waived;
            assert_eq!(report.verdict() == Verdict::Failed, failed, "{all:?}");
            assert_eq!(report.unanswered(), 0, "{all:?}");
            if waived {
                assert_eq!(line.result.level, Level::Skipped);
                assert!(line.result.found.starts_with("waived on 2026-02-01"), "{line:?}");
                assert!(line.result.found.ends_with(", ticket 4711: found"), "{line:?}");
                assert_eq!(line.result.fix, "");
            }
            // Taken back, it fails as it did.
            let back = Waived::default().applied(line.clone(), now);
            assert_eq!((back.result.level, back.result.fix.as_str()), (level, "fix"));
            let said = all.idle(&report);
            assert_eq!(said.len(), usize::from(idle.is_some()), "{said:?}");
            assert!(idle.is_none_or(|it| said[0].contains(it)), "{said:?}");
        }
    }
}
