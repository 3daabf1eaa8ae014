//! What the pre-flight asks for: a file for its report, and why a check may fail.

use jiff::civil::Date;

use super::{Prompt, Purpose};
use crate::domain::ConnectionId;
use crate::text::shown;

/// The check that is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaiveOf {
    /// The connection.
    pub connection: ConnectionId,
    /// Its name.
    pub name: String,
    /// Id of the check.
    pub check: String,
    /// Whether it is waived now.
    pub is_waived: bool,
}

impl Prompt {
    /// Asks where to save the report of a pre-flight.
    pub fn save_preflight() -> Self {
        Self::new(
            Purpose::SavePreflight,
            "Save the pre-flight",
            "The name decides the format: .html, .md, .csv, .json, .jsonl, or .xml for JUnit. An \
             existing file is left alone.",
            vec![super::text("File", "preflight.html", "e.g. path/to/preflight.html")],
        )
    }

    /// Asks why a check may fail, and how long; filled with what was said of it before.
    pub fn waive(
        connection: ConnectionId,
        name: &str,
        check: &str,
        known: Option<&(String, Option<Date>)>,
    ) -> Self {
        let (reason, day) = known.map_or(("", None), |it| (&*it.0, it.1));
        let day = day.map(|it| it.to_string()).unwrap_or_default();
        let what = match known {
            None => "It is then skipped, and does not fail the pre-flight.",
            Some(_) => "Empty the reason to remove the waiver.",
        };
        let text = format!("{check} of {}. {what}", shown(name));
        let (name, check) = (name.to_owned(), check.to_owned());
        Self::new(
            Purpose::Waive(WaiveOf { connection, name, check, is_waived: known.is_some() }),
            "Waive a check",
            &text,
            vec![
                super::text("Reason", reason, "e.g. moves next week, ticket 4711"),
                super::text("Last day", &day, "(such as 2026-12-31, or empty)"),
            ],
        )
    }
}
