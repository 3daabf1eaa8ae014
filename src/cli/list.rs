//! `jetbridge list`. SPEC C1, C2, C3, C6.

use std::borrow::Cow;

use super::answer::{Format, FormatArgs, records};
use super::choose::FilterArgs;
use super::session::{FindingOut, Opened, Session, findings_out, minute, wait};
use super::table::{self, Column};
use super::words;
use crate::domain::health::Level;
use crate::domain::query::Column as SortColumn;
use crate::domain::query::Sort;
use crate::domain::{ConnectionId, Timestamp, reported_name};
use crate::error::{Exit, Failure};
use crate::form::judge;
use crate::service::{self, Listing, Query, Row};
use crate::text::counted;

/// Arguments of `list`.
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    #[command(flatten)]
    pub filter: FilterArgs,
    /// Columns to sort by, most important first: name, type, side, tenant, credentials, modified, by,
    /// expires or health; several with commas
    #[arg(long, value_name = "COLUMN", default_value = "name", value_delimiter = ',', hide_possible_values = true, value_parser = words::columns())]
    pub sort: Vec<SortColumn>,
    /// Reverse the order
    #[arg(long)]
    pub reverse: bool,
    /// Columns of the table or CSV, in this order: id, name, type, side, tenant, credentials, health,
    /// findings, expires, modified, by or revision; several with commas
    #[arg(long, value_name = "COLUMN", value_delimiter = ',', hide_possible_values = true, value_parser = words::choice(&Field::ALL, Field::word, Field::help))]
    pub columns: Vec<Field>,
    /// Maximum number of connections to list; 0: all
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    #[command(flatten)]
    pub answer: FormatArgs,
}

pub fn run(session: &mut Session<'_, '_>, args: ListArgs) -> Result<Exit, Failure> {
    let format = args.answer.format();
    if !args.columns.is_empty() && matches!(format, Format::Json | Format::Jsonl) {
        return Err(Failure::usage("--columns is for a table and for CSV")
            .because("an answer in JSON always has every member")
            .hint("Leave --columns out, or use -o csv."));
    }
    let (sort, then) = args.sort.split_first().unwrap_or((&SortColumn::Name, &[]));
    let query = Query {
        sort: Sort { column: *sort, descending: args.reverse },
        then: then.to_vec(),
        limit: args.limit.filter(|it| *it > 0),
        ..args.filter.query(session.warning_days)
    };
    // By names that are hidden only the whole list can be searched.
    let Opened { backend, rows } = match session.hide.is_some() && query.names() {
        true => session.backend()?.into(),
        false => session.selected(&query.filter)?,
    };
    let listing = match rows {
        Some(rows) => service::listed(rows, &query, session.now),
        None => wait(service::list(&backend, &query, session.now))??,
    };
    let paths: Vec<&str> = match args.columns.is_empty() {
        true => FIELDS.map(Field::path).to_vec(),
        false => args.columns.iter().map(|it| it.path()).collect(),
    };
    if records(session.printer, format, "connections", &paths, listing.rows.iter().map(out))? {
        return Ok(Exit::Ok);
    }
    if !listing.rows.is_empty() {
        let columns: Vec<Column<Row>> = match args.columns.is_empty() {
            true => COLUMNS.map(Field::column).into(),
            // What somebody asked for is not left out.
            false => args.columns.iter().map(|it| Column { rank: 0, ..it.column() }).collect(),
        };
        table::print(session.printer, &columns, &listing.rows)?;
    }
    if let Some(at) = backend.as_of().filter(|_| session.cached) {
        session.printer.say(&format!("As of {}, when it was read last.", minute(at)));
    }
    remark(session, &listing, backend.capabilities().write);
    Ok(Exit::Ok)
}

/// Says what the table does not: why it is empty, or that it is not everything.
fn remark(session: &mut Session<'_, '_>, listing: &Listing, can_write: bool) {
    let Listing { rows, matching, total } = listing;
    if *total == Some(0) && !can_write {
        session.printer.say("There are no connections here.");
    } else if *total == Some(0) {
        session.printer.say("There are no connections yet.");
        session
            .printer
            .say("hint: `jetbridge import FILE` adds some, `jetbridge sample load` a sample.");
    } else if rows.is_empty() {
        session.printer.say(&match total {
            Some(total) => format!("None of {} matches.", counted(*total, "connection")),
            None => "No connection matches.".to_owned(),
        });
    } else if rows.len() < *matching {
        session.printer.say(&format!("{} of {matching} shown.", rows.len()));
    } else if session.terminals.output {
        session.printer.say(&match total {
            Some(total) if matching != total => {
                format!("{matching} of {}", counted(*total, "connection"))
            }
            Some(_) | None => counted(*matching, "connection"),
        });
    }
}

/// A column that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Id,
    Name,
    Type,
    Side,
    Tenant,
    Credentials,
    Modified,
    By,
    Health,
    Findings,
    Expires,
    Revision,
}

/// Columns of the table.
const COLUMNS: [Field; 8] = [
    Field::Name,
    Field::Type,
    Field::Side,
    Field::Tenant,
    Field::Credentials,
    Field::Modified,
    Field::By,
    Field::Health,
];

/// Columns of CSV.
const FIELDS: [Field; 11] = [
    Field::Id,
    Field::Name,
    Field::Type,
    Field::Side,
    Field::Tenant,
    Field::Credentials,
    Field::Modified,
    Field::By,
    Field::Health,
    Field::Findings,
    Field::Revision,
];

impl Field {
    /// Every one.
    pub const ALL: [Self; 12] = [
        Self::Id,
        Self::Name,
        Self::Type,
        Self::Side,
        Self::Tenant,
        Self::Credentials,
        Self::Health,
        Self::Findings,
        Self::Expires,
        Self::Modified,
        Self::By,
        Self::Revision,
    ];

    /// Word on the command line.
    const fn word(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Name => "name",
            Self::Type => "type",
            Self::Side => "side",
            Self::Tenant => "tenant",
            Self::Credentials => "credentials",
            Self::Modified => "modified",
            Self::By => "by",
            Self::Health => "health",
            Self::Findings => "findings",
            Self::Expires => "expires",
            Self::Revision => "revision",
        }
    }

    /// What it holds, for completions.
    const fn help(self) -> &'static str {
        match self {
            Self::Id => "Its identity",
            Self::Name => "Its name",
            Self::Type => "Its type",
            Self::Side => "Source, destination or any",
            Self::Tenant => "Tenant or domain",
            Self::Credentials => "Credentials in short",
            Self::Modified => "When it was saved last",
            Self::By => "Who saved it last",
            Self::Health => "Level and the worst finding",
            Self::Findings => "Every finding",
            Self::Expires => "When the first of its credentials expires",
            Self::Revision => "How often it was saved",
        }
    }

    /// Where its value stands in the answer for programs.
    const fn path(self) -> &'static str {
        match self {
            Self::Modified => "modified_at",
            Self::By => "modified_by",
            Self::Health => "level",
            Self::Findings => "findings.finding",
            Self::Expires => "expires_at",
            Self::Id
            | Self::Name
            | Self::Type
            | Self::Side
            | Self::Tenant
            | Self::Credentials
            | Self::Revision => self.word(),
        }
    }

    const fn column(self) -> Column<Row> {
        let (title, cell, least, rank): (_, fn(&Row) -> Cow<'_, str>, _, _) = match self {
            Self::Id => ("ID", |row| row.summary.id.to_string().into(), 36, 8),
            Self::Name => ("NAME", |row| (&*row.summary.name).into(), 16, 0),
            Self::Type => ("TYPE", |row| row.summary.kind.label().to_string().into(), 10, 1),
            Self::Side => ("SIDE", |row| row.summary.side.label().into(), 11, 4),
            Self::Tenant => ("TENANT", |row| (&*row.summary.tenant).into(), 8, 3),
            Self::Credentials => ("CREDENTIALS", |row| (&*row.summary.credentials).into(), 11, 6),
            Self::Modified => ("MODIFIED", |row| day(row.summary.modified_at, "unknown"), 17, 5),
            Self::By => ("BY", |row| (&*row.summary.modified_by).into(), 8, 7),
            Self::Health => ("HEALTH", |row| health(row).into(), 9, 2),
            Self::Findings => ("FINDINGS", |row| words_of(row).into(), 12, 8),
            Self::Expires => ("EXPIRES", |row| day(row.summary.expires_at, ""), 17, 8),
            Self::Revision => ("REVISION", |row| revision(row).into(), 8, 8),
        };
        Column { title, cell, least, rank }
    }
}

/// A moment, or the word for none.
fn day(seconds: Option<i64>, none: &'static str) -> Cow<'static, str> {
    moment(seconds).map(minute).map_or(none.into(), Into::into)
}

/// Every finding in a few words.
fn words_of(row: &Row) -> String {
    let all: Vec<_> = judge::of(row.findings).map(|it| it.word).collect();
    all.join("; ")
}

fn revision(row: &Row) -> String {
    match row.summary.revision {
        0 => String::new(),
        revision => revision.to_string(),
    }
}

fn moment(seconds: Option<i64>) -> Option<Timestamp> {
    Timestamp::from_second(seconds?).ok()
}

/// Level and the worst finding in words: nothing is shown by colour alone.
fn health(row: &Row) -> String {
    match (row.level, judge::worst(row.findings)) {
        (Level::Good | Level::Unchecked, _) | (_, None) => row.level.text().to_owned(),
        (level, Some(rule)) => format!("{}: {}", level.text(), rule.word),
    }
}

fn out(row: &Row) -> ConnectionOut<'_> {
    let it = &row.summary;
    ConnectionOut {
        id: it.id,
        name: reported_name(&it.name),
        kind: it.kind.slug(),
        side: it.side.slug(),
        tenant: &it.tenant,
        credentials: &it.credentials,
        modified_at: moment(it.modified_at),
        modified_by: &it.modified_by,
        level: row.level.label(),
        findings: findings_out(row.findings),
        expires_at: moment(it.expires_at),
        revision: (it.revision > 0).then_some(it.revision),
    }
}

#[derive(serde::Serialize)]
struct ConnectionOut<'a> {
    id: ConnectionId,
    name: Option<&'a str>,
    #[serde(rename = "type")]
    kind: String,
    side: &'static str,
    tenant: &'a str,
    credentials: &'a str,
    modified_at: Option<Timestamp>,
    modified_by: &'a str,
    level: &'static str,
    findings: Vec<FindingOut>,
    expires_at: Option<Timestamp>,
    revision: Option<u32>,
}
