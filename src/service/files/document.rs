//! Connections as one text: a table for people, or whole records for programs.

use std::collections::HashMap;

use serde_json::{Value as Json, json};

use super::Exported;
use crate::domain::document::Format;
use crate::domain::preflight::Kept;
use crate::domain::{ConnectionId, Timestamp};
use crate::service::Row;
use crate::text::{counted, csv, html, markdown as md};

/// Rows by their connection.
pub type ById<'a> = HashMap<ConnectionId, &'a Row>;

/// The last pre-flights, and how they are judged: the present, and the days from which one is outdated.
pub struct Preflights {
    /// By connection.
    pub all: HashMap<ConnectionId, Kept>,
    /// The present.
    pub now: Timestamp,
    /// Days from which a result is outdated.
    pub days: i64,
}

impl Preflights {
    /// What the last pre-flight of a connection came to, and when it was made.
    fn of(&self, record: &Exported) -> [String; 2] {
        let it = &record.connection;
        let Some(kept) = self.all.get(&it.id) else { return Default::default() };
        let outdated = kept.outdated(it.revision, self.now, self.days).map_or("", |_| ", outdated");
        [format!("{}{outdated}", kept.verdict), minute(kept.at)]
    }
}

/// The style of the audit's page.
const STYLE: &str = include_str!("../../../assets/audit-report.css");
/// All of the width, and every column as wide as what it holds.
const WIDE: &str = "body { max-width: none } table { table-layout: auto } \
                    th:first-child, td:first-child { width: auto }\n";
/// Forbids everything but the page's own style: whatever got into it could load nothing.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

const COLUMNS: [&str; 11] = [
    "name",
    "type",
    "side",
    "tenant",
    "credentials",
    "health",
    "modified",
    "modified_by",
    "description",
    "preflight",
    "preflight_at",
];

/// The same columns as headings for people.
const HEADS: [&str; 11] = [
    "Name",
    "Type",
    "Side",
    "Tenant",
    "Credentials",
    "Health",
    "Modified",
    "Modified by",
    "Description",
    "Pre-flight",
    "Pre-flight at",
];

/// A format with a line or block per connection.
pub struct Table {
    /// What comes before them.
    pub head: String,
    /// One of them.
    pub line: fn(&Exported, Option<&Row>, &Preflights) -> String,
    /// What comes after them.
    pub tail: String,
}

/// The table of a format for so many connections. No format holds a secret.
pub fn table(format: Format, count: usize) -> Table {
    match format {
        Format::Csv => Table {
            head: csv::line(COLUMNS),
            line: |it, row, of| csv::line(cells(it, row, of)),
            tail: String::new(),
        },
        Format::Markdown => Table {
            head: md::head(&COLUMNS),
            line: |it, row, of| md::row(cells(it, row, of)),
            tail: String::new(),
        },
        Format::Html => page(count),
        // A record per line where no table was asked for.
        Format::Json => Table {
            head: String::new(),
            line: |it, _, _| record(it).to_string() + "\n",
            tail: String::new(),
        },
    }
}

/// These connections as one text: a table, or for programs an object with whole records.
pub fn document(
    records: &[Exported],
    rows: &ById<'_>,
    preflights: &Preflights,
    format: Format,
) -> String {
    if format == Format::Json {
        return json(records);
    }
    let table = table(format, records.len());
    let row = |it: &Exported| rows.get(&it.connection.id).copied();
    let lines = records.iter().map(|it| (table.line)(it, row(it), preflights));
    [table.head.clone(), lines.collect(), table.tail.clone()].concat()
}

/// A connection for people, in the order of [`COLUMNS`].
fn cells(record: &Exported, row: Option<&Row>, preflights: &Preflights) -> Vec<String> {
    let it = &record.connection;
    let [preflight, preflight_at] = preflights.of(record);
    let of = |text: fn(&Row) -> String| row.map(text).unwrap_or_default();
    vec![
        it.name.clone(),
        it.kind.label().to_string(),
        it.side.slug().to_owned(),
        of(|row| row.summary.tenant.to_string()),
        of(|row| row.summary.credentials.to_string()),
        of(|row| row.level.label().to_owned()),
        it.modified_at.map(minute).unwrap_or_default(),
        it.modified_by.clone(),
        it.description.clone(),
        preflight,
        preflight_at,
    ]
}

fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M").to_string()
}

fn record(it: &Exported) -> Json {
    it.fields.iter().cloned().collect()
}

/// Whole records that `plan` and `apply` read.
fn json(records: &[Exported]) -> String {
    let all: Vec<Json> = records.iter().map(record).collect();
    let whole = json!({ "version": 1, "connections": all });
    // A line end stands between values only: in a text it is spelled out already.
    let lines = format!("{whole:#}");
    lines.lines().map(|line| format!("{}\n", crate::text::json(line))).collect()
}

/// A row of the page.
fn page_row(tag: &str, cells: impl Iterator<Item = String>) -> String {
    let cells: String = cells.map(|it| format!("<{tag}>{}</{tag}>", html::text(&it))).collect();
    format!("<tr>{cells}</tr>\n")
}

fn page(count: usize) -> Table {
    let heads = page_row("th", HEADS.iter().map(|it| (*it).to_owned()));
    let title = counted(count, "connection");
    let version = env!("CARGO_PKG_VERSION");
    Table {
        head: format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <meta name=\"robots\" content=\"noindex\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
             <title>{title}</title>\n<style>\n{STYLE}{WIDE}</style>\n</head>\n<body>\n\
             <header><h1>{title}</h1></header>\n<section>\n<table>\n<thead>{heads}</thead>\n\
             <tbody>\n"
        ),
        line: |it, row, of| page_row("td", cells(it, row, of).into_iter()),
        tail: format!(
            "</tbody>\n</table>\n</section>\n\
             <footer>jetbridge {version}. Times are UTC.</footer>\n</body>\n</html>\n"
        ),
    }
}
