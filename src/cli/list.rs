//! `jetbridge list`. SPEC C1, C2, C3, C6.

use super::answer::{FormatArgs, records};
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
    /// Column to sort by: name, type, side, tenant, credentials, modified, by, expires or health
    #[arg(long, value_name = "COLUMN", default_value = "name", hide_possible_values = true, value_parser = words::columns())]
    pub sort: SortColumn,
    /// Sort the other way round
    #[arg(long)]
    pub reverse: bool,
    /// Most connections to list; 0: all
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    #[command(flatten)]
    pub answer: FormatArgs,
}

pub fn run(session: &mut Session<'_, '_>, args: ListArgs) -> Result<Exit, Failure> {
    let format = args.answer.format();
    let query = Query {
        sort: Sort { column: args.sort, descending: args.reverse },
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
    if records(session.printer, format, "connections", &FIELDS, listing.rows.iter().map(out))? {
        return Ok(Exit::Ok);
    }
    if !listing.rows.is_empty() {
        table::print(session.printer, &COLUMNS, &listing.rows)?;
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

const COLUMNS: [Column<Row>; 8] = [
    Column { title: "NAME", cell: |row| (&*row.summary.name).into(), least: 16, rank: 0 },
    Column {
        title: "TYPE",
        cell: |row| row.summary.kind.label().to_string().into(),
        least: 10,
        rank: 1,
    },
    Column { title: "SIDE", cell: |row| row.summary.side.label().into(), least: 11, rank: 4 },
    Column { title: "TENANT", cell: |row| (&*row.summary.tenant).into(), least: 8, rank: 3 },
    Column {
        title: "CREDENTIALS",
        cell: |row| (&*row.summary.credentials).into(),
        least: 11,
        rank: 6,
    },
    Column {
        title: "MODIFIED",
        cell: |row| {
            let at = moment(row.summary.modified_at).map(minute);
            at.map_or("unknown".into(), Into::into)
        },
        least: 17,
        rank: 5,
    },
    Column { title: "BY", cell: |row| (&*row.summary.modified_by).into(), least: 8, rank: 7 },
    Column { title: "HEALTH", cell: |row| health(row).into(), least: 12, rank: 2 },
];

fn moment(seconds: Option<i64>) -> Option<Timestamp> {
    Timestamp::from_second(seconds?).ok()
}

/// Level and the worst finding in words: nothing is shown by colour alone.
fn health(row: &Row) -> String {
    match (row.level, judge::worst(row.findings)) {
        (Level::Good | Level::Unchecked, _) | (_, None) => row.level.label().to_owned(),
        (level, Some(rule)) => format!("{}: {}", level.label(), rule.word),
    }
}

/// Columns of CSV.
const FIELDS: [&str; 11] = [
    "id",
    "name",
    "type",
    "side",
    "tenant",
    "credentials",
    "modified_at",
    "modified_by",
    "level",
    "findings.finding",
    "revision",
];

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
    revision: Option<u32>,
}
