//! Waivers: findings that somebody took responsibility for, each with a reason and a last day; and checks of
//! the pre-flight, each with a reason, the day it was given and perhaps a last one.
//!
//! A TOML file of `[[waiver]]` tables. All its mistakes are reported at once, each with its line.

mod edit;

use std::collections::HashMap;
use std::ops::Range;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use toml_edit::{Document, Item, TableLike};

pub use edit::{CheckOf, Grant, put, remove};

use super::hit::{Hit, Standing};
use super::rule::Rule;
use crate::domain::{ConnectionId, Timestamp};
use crate::files::Problem;
use crate::text::nearest;
use crate::text::{Lines, Spot, fold, shown};

/// Longest file that is read, in bytes.
pub const MAX_FILE: usize = 8 << 20;
/// Keys of a waiver of a finding.
const KEYS: [&str; 4] = ["rule", "connection", "reason", "expires"];
/// Keys of a waiver of a check.
const CHECK_KEYS: [&str; 5] = ["check", "connection", "reason", "date", "expires"];

/// A finding that does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiver {
    /// Line of the file, from 1.
    pub line: usize,
    /// The rule.
    pub rule: &'static Rule,
    /// Name or id of the connection, as written.
    pub connection: String,
    /// Why it does not count.
    pub reason: String,
    /// The last day on which it does not count, UTC.
    pub expires: Date,
}

impl Waiver {
    /// Whether its last day has passed.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        now.to_zoned(TimeZone::UTC).date() > self.expires
    }
}

/// A check of the pre-flight that does not count when it fails. SPEC F7
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckWaiver {
    /// Line of the file, from 1.
    pub line: usize,
    /// Id of the check, as written.
    pub check: String,
    /// Name or id of the connection, as written.
    pub connection: String,
    /// Why it does not count.
    pub reason: String,
    /// The day on which it was given.
    pub date: Date,
    /// The last day on which it does not count, UTC; `None`: until it is taken back.
    pub expires: Option<Date>,
}

impl CheckWaiver {
    /// Whether its last day has passed.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|it| now.to_zoned(TimeZone::UTC).date() > it)
    }

    /// Whether it is about this connection.
    pub fn is_about(&self, id: ConnectionId, name: &str) -> bool {
        let key = connection_key(&self.connection);
        key == id.to_string() || key == fold(name.trim())
    }
}

/// The waivers of a file: of findings, and of checks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Waivers(pub Vec<Waiver>, pub Vec<CheckWaiver>);

impl Waivers {
    /// Reads a file's text.
    ///
    /// # Errors
    /// Every mistake, in the order of the lines.
    pub fn parse(text: &str) -> Result<Self, Vec<Problem>> {
        let document: Document<String> = match text.parse() {
            Ok(document) => document,
            Err(error) => return Err(vec![syntax(text, &error)]),
        };
        let (waivers, checks) = (Vec::new(), Vec::new());
        let mut reader = Reader { text, problems: Vec::new(), waivers, checks };
        reader.top(&document);
        reader.problems.sort_by_key(|it| it.spot);
        match reader.problems.is_empty() {
            true => Ok(Self(reader.waivers, reader.checks)),
            false => Err(reader.problems),
        }
    }

    /// Marks what is waived; gives for each waiver how many findings it held.
    pub(super) fn apply(&self, hits: &mut [Hit], now: Timestamp) -> Vec<usize> {
        let mut used = vec![0; self.0.len()];
        let mut places: HashMap<(&str, String), usize> = HashMap::new();
        for (at, waiver) in self.0.iter().enumerate() {
            if !waiver.is_expired(now) {
                let connection = connection_key(&waiver.connection);
                places.entry((waiver.rule.id, connection)).or_insert(at);
            }
        }
        if places.is_empty() {
            return used;
        }
        for hit in hits {
            let by = |connection: String| places.get(&(hit.rule.id, connection)).copied();
            let id = by(hit.subject.id.to_string());
            if let Some(at) = id.or_else(|| by(fold(hit.subject.name.trim()))) {
                hit.standing = Standing::Waived(u32::try_from(at).unwrap_or(u32::MAX));
                used.iter_mut().skip(at).take(1).for_each(|count| *count += 1);
            }
        }
        used
    }
}

/// An id as ids are written, a name as names are compared.
fn connection_key(text: &str) -> String {
    let text = text.trim();
    text.parse::<ConnectionId>().map_or_else(|_| fold(text), |id| id.to_string())
}

fn line(text: &str, span: Option<Range<usize>>) -> usize {
    span.map_or(1, |span| Lines::new(text).of(span.start))
}

fn syntax(text: &str, error: &toml_edit::TomlError) -> Problem {
    let message = error.message().lines().collect::<Vec<_>>().join("; ");
    let spot = Some(Spot::line(line(text, error.span())));
    Problem { spot, about: String::new(), message }
}

struct Reader<'a> {
    text: &'a str,
    problems: Vec<Problem>,
    waivers: Vec<Waiver>,
    checks: Vec<CheckWaiver>,
}

impl Reader<'_> {
    fn report(&mut self, line: usize, message: impl Into<String>) {
        let (spot, about) = (Some(Spot::line(line)), String::new());
        self.problems.push(Problem { spot, about, message: message.into() });
    }

    fn top(&mut self, document: &Document<String>) {
        for (name, item) in document.iter() {
            let at = line(self.text, item.span());
            if name != "waiver" {
                let message = format!("{} is not known here: write [[waiver]]", shown(name));
                self.report(at, message);
                continue;
            }
            match item {
                Item::ArrayOfTables(tables) => {
                    for table in tables {
                        self.waiver(table, line(self.text, table.span()));
                    }
                }
                Item::Value(value) if value.is_array() => {
                    for entry in value.as_array().into_iter().flatten() {
                        let at = line(self.text, entry.span());
                        match entry.as_inline_table() {
                            Some(table) => self.waiver(table, at),
                            None => self.report(at, "a waiver is a table: write [[waiver]]"),
                        }
                    }
                }
                Item::None | Item::Value(_) | Item::Table(_) => {
                    self.report(at, "write [[waiver]], in two brackets, once for each");
                }
            }
        }
    }

    fn waiver(&mut self, table: &dyn TableLike, at: usize) {
        if table.contains_key("check") {
            return self.check(table, at);
        }
        let before = self.problems.len();
        self.known_keys(table, &KEYS);
        let rule = self.text_of(table, at, "rule", "which rule it waives");
        let rule = rule.and_then(|(id, at)| match Rule::parse(&id) {
            Ok(rule) => Some(rule),
            Err(why) => {
                self.report(at, format!("rule {}: {why}", shown(&id)));
                None
            }
        });
        let connection = self.text_of(table, at, "connection", "the name or id of the connection");
        let reason = self.text_of(table, at, "reason", "why the finding does not count");
        let expires = self.day(table, at, "expires", Some("the last day"));
        if let (Some(rule), Some((connection, _)), Some((reason, _)), Some(expires), true) =
            (rule, connection, reason, expires, self.problems.len() == before)
        {
            self.waivers.push(Waiver { line: at, rule, connection, reason, expires });
        }
    }

    /// A waiver of a check; whether there is such a check is known to whoever makes checks.
    fn check(&mut self, table: &dyn TableLike, at: usize) {
        let before = self.problems.len();
        self.known_keys(table, &CHECK_KEYS);
        let check = self.text_of(table, at, "check", "which check it waives");
        let connection = self.text_of(table, at, "connection", "the name or id of the connection");
        let reason = self.text_of(table, at, "reason", "why the check does not count");
        let date = self.day(table, at, "date", Some("the day it was given"));
        let expires = self.day(table, at, "expires", None);
        if let (Some((check, at)), Some((connection, _)), Some((reason, _)), Some(date), true) =
            (check, connection, reason, date, self.problems.len() == before)
        {
            let line = at;
            self.checks.push(CheckWaiver { line, check, connection, reason, date, expires });
        }
    }

    fn known_keys(&mut self, table: &dyn TableLike, keys: &[&'static str]) {
        for (name, item) in table.iter() {
            if !keys.contains(&name) {
                let (known, meant) = (keys.join(", "), nearest::tail(name, keys.iter().copied()));
                let message = format!("{} is not known; valid values: {known}{meant}", shown(name));
                self.report(line(self.text, item.span()), message);
            }
        }
    }

    /// A text that must be there and say something.
    fn text_of(
        &mut self,
        table: &dyn TableLike,
        at: usize,
        key: &str,
        what: &str,
    ) -> Option<(String, usize)> {
        let Some(item) = table.get(key) else {
            self.report(at, format!("this waiver has no {key}: say {what}"));
            return None;
        };
        let at = line(self.text, item.span());
        match item.as_str().map(str::trim) {
            None => self.report(at, format!("{key} must be a text in quotes")),
            Some("") => self.report(at, format!("{key} is empty: say {what}")),
            Some(text) => return Some((text.to_owned(), at)),
        }
        None
    }

    /// A day; one that must be there where `demanded` says what it is.
    fn day(
        &mut self,
        table: &dyn TableLike,
        at: usize,
        key: &str,
        demanded: Option<&str>,
    ) -> Option<Date> {
        let Some(item) = table.get(key) else {
            if let Some(what) = demanded {
                let message = format!("this waiver has no {key}: write {what}, such as 2026-12-31");
                self.report(at, message);
            }
            return None;
        };
        let at = line(self.text, item.span());
        let text = match (item.as_str(), item.as_datetime()) {
            (Some(text), _) => text.trim().to_owned(),
            (None, Some(day)) => day.to_string(),
            (None, None) => String::new(),
        };
        let day = text.parse::<Date>().ok();
        if day.is_none() {
            self.report(at, format!("{key} must be a day, such as 2026-12-31"));
        }
        day
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "
[[waiver]]
rule = \"stale\"
connection = \"Contoso Groups\"
reason = \"kept for the audit of 2027\"
expires = 2026-12-31

[[waiver]]
rule = \"expiring\"
connection = \"00000000-0000-0000-0000-00000000002A\"
reason = \"renewed by hand\"
expires = \"2026-11-30\"
";

    #[test]
    fn waivers_are_read_with_their_lines() {
        let waivers = Waivers::parse(GOOD).unwrap().0;
        assert_eq!(
            waivers.iter().map(|it| (it.line, it.rule.id)).collect::<Vec<_>>(),
            [(2, "stale"), (8, "expiring")]
        );
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        // The last day belongs to it.
        assert!(!waivers[1].is_expired(at("2026-11-30T23:59:59Z")));
        assert!(waivers[1].is_expired(at("2026-12-01T00:00:00Z")));
        let inline =
            "waiver = [{ rule = 'stale', connection = 'a', reason = 'b', expires = 2027-01-01 }]";
        assert_eq!(Waivers::parse(inline).unwrap().0.len(), 1);
        assert_eq!(Waivers::parse("").unwrap().0.len(), 0);
    }

    #[test]
    fn every_mistake_is_reported_with_its_line() {
        let text = "
[[waiver]]
rule = \"stalle\"
connection = \"a\"
reason = \"  \"
expires = 2026-12-31

[[waiver]]
rule = \"stale\"
conection = \"a\"
expires = \"soon\"

[waivers]
";
        let reported: Vec<String> =
            Waivers::parse(text).unwrap_err().iter().map(ToString::to_string).collect();
        assert_eq!(
            reported,
            [
                "line 3: rule stalle: there is no such rule; did you mean stale?",
                "line 5: reason is empty: say why the finding does not count",
                "line 8: this waiver has no connection: say the name or id of the connection",
                "line 8: this waiver has no reason: say why the finding does not count",
                "line 10: conection is not known; valid values: rule, connection, reason, expires; did you mean connection?",
                "line 11: expires must be a day, such as 2026-12-31",
                "line 13: waivers is not known here: write [[waiver]]",
            ]
        );
        let broken = Waivers::parse("[[waiver]]\nrule = ").unwrap_err();
        assert_eq!((broken.len(), broken[0].spot), (1, Some(Spot::line(2))));
        // E4
        let hostile = Waivers::parse("[[waiver]]\n\"a\\u001b\\u202e\" = 1").unwrap_err();
        let all: String = hostile.iter().map(ToString::to_string).collect();
        assert!(!all.chars().any(crate::text::is_hidden), "{all:?}");
    }

    /// A clock that jumps makes a waiver hold or not by the day it says, and nothing else.
    #[test]
    fn a_waiver_ends_by_the_day_that_the_clock_says() {
        let text =
            "[[waiver]]\nrule = 'stale'\nconnection = 'a'\nreason = 'r'\nexpires = 2026-12-31";
        let read = Waivers::parse(text).unwrap();
        let at = |moment: &str| read.0[0].is_expired(moment.parse().unwrap());
        for (moment, expired) in [
            ("2026-12-31T23:59:59Z", false),
            ("2027-01-01T00:00:00Z", true),
            ("2026-12-31T23:59:59Z", false),
            ("1970-01-01T00:00:00Z", false),
            ("9999-12-30T00:00:00Z", true),
            ("-009999-01-02T01:59:59Z", false),
        ] {
            assert_eq!(at(moment), expired, "{moment}");
        }
    }

    #[test]
    fn checks_are_waived_with_the_day_and_perhaps_a_last_one() {
        let text = "
[[waiver]]
check = 'acct.mfa'
connection = 'Contoso Groups'
reason = 'MFA is off in the wave, ticket 4711'
date = 2026-11-30

[[waiver]]
check = 'ad.ports'
connection = '00000000-0000-0000-0000-00000000002A'
reason = 'the jump host is outside'
date = 2026-11-30
expires = 2026-12-31

[[waiver]]
rule = 'stale'
connection = 'a'
reason = 'r'
expires = 2026-12-31
";
        let Waivers(findings, checks) = Waivers::parse(text).unwrap();
        assert_eq!((findings.len(), checks.len()), (1, 2));
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert!(!checks[0].is_expired(at("9999-12-30T00:00:00Z")));
        assert!(!checks[1].is_expired(at("2026-12-31T23:59:59Z")));
        assert!(checks[1].is_expired(at("2027-01-01T00:00:00Z")));
        let id: ConnectionId = "00000000-0000-0000-0000-00000000002a".parse().unwrap();
        assert!(checks[0].is_about(id, " contoso GROUPS ") && !checks[0].is_about(id, "other"));
        assert!(checks[1].is_about(id, "whatever"));
        let wrong = "[[waiver]]\ncheck = ''\nrule = 'stale'\ndate = 'soon'\nexpires = 1";
        let reported: Vec<String> =
            Waivers::parse(wrong).unwrap_err().iter().map(ToString::to_string).collect();
        assert_eq!(
            reported,
            [
                "line 1: this waiver has no connection: say the name or id of the connection",
                "line 1: this waiver has no reason: say why the check does not count",
                "line 2: check is empty: say which check it waives",
                "line 3: rule is not known; valid values: check, connection, reason, date, expires",
                "line 4: date must be a day, such as 2026-12-31",
                "line 5: expires must be a day, such as 2026-12-31",
            ]
        );
    }
}
