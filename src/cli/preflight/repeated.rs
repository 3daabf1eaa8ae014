//! What many connections share, such as a host that does not answer: the first is printed whole, the
//! others together in one line.

use std::collections::BTreeMap;

use crate::checks::{CheckResult, Level};
use crate::service::preflight::Line;
use crate::text::counted;

/// What was printed, by check, level and what was seen.
#[derive(Debug, Default)]
pub struct Repeated(BTreeMap<(String, Level, String), (usize, usize)>);

impl Repeated {
    /// Whether a line is the first of its kind; another is counted. What is fine is distinguished by its
    /// connection, because that is all that is printed of it.
    pub fn is_first(&mut self, line: &Line) -> bool {
        let it = &line.result;
        if it.level == Level::Ok {
            return true;
        }
        let (place, key) = (self.0.len(), (it.check.clone(), it.level, it.found.clone()));
        let (_, more) = self.0.entry(key).and_modify(|it| it.1 += 1).or_insert((place, 0));
        *more == 0
    }

    /// A line for each kind that came more than once, in the order in which the first came.
    pub fn lines(self) -> Vec<CheckResult> {
        let mut all: Vec<_> = self.0.into_iter().filter(|(_, (_, more))| *more > 0).collect();
        all.sort_by_key(|(_, (place, _))| *place);
        let line =
            |((check, level, found), (_, more)): ((String, Level, String), (usize, usize))| {
                let found = format!("{found} (the same for {})", counted(more, "more connection"));
                CheckResult { level, ..CheckResult::ok("", check, found) }
            };
        all.into_iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::checks::Seen;
    use crate::domain::ConnectionId;

    fn line(number: u128, check: &str, level: Level, found: &str) -> Line {
        let result = CheckResult { level, ..CheckResult::ok("Area", check, found) };
        let connection = ConnectionId(Uuid::from_u128(number));
        Line::new(connection, format!("c{number}"), Ok(Seen::ok("")), result)
    }

    #[test]
    fn the_same_failure_of_many_connections_is_one_line_with_a_count() {
        let mut repeated = Repeated::default();
        let mut first = Vec::new();
        for number in 0..44 {
            for (check, level, found) in [
                ("net.login", Level::Fail, "no answer from login.example"),
                ("tenant.exists", Level::Skipped, "after net.login"),
                ("fly.expiry", Level::Ok, "valid until 2027-01-01"),
            ] {
                if repeated.is_first(&line(number, check, level, found)) {
                    first.push((number, check));
                }
            }
        }
        // Another target is another failure.
        assert!(repeated.is_first(&line(
            1,
            "net.login",
            Level::Fail,
            "no answer from other.example"
        )));
        assert_eq!(first.iter().filter(|it| it.1 != "fly.expiry").count(), 2);
        assert_eq!(first.iter().filter(|it| it.1 == "fly.expiry").count(), 44);
        let lines: Vec<String> =
            repeated.lines().into_iter().map(|it| format!("{}: {}", it.check, it.found)).collect();
        assert_eq!(
            lines,
            [
                "net.login: no answer from login.example (the same for 43 more connections)",
                "tenant.exists: after net.login (the same for 43 more connections)",
            ]
        );
    }
}
