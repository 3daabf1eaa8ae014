//! `jetbridge list`. SPEC C1, C2, C3, C6.

mod watch;

use std::borrow::Cow;
use std::sync::Arc;

use super::answer::{Format, FormatArgs, records_and};
use super::choose::FilterArgs;
use super::limit::LimitArgs;
use super::session::{FindingOut, Opened, Session, findings_out, minute, wait};
use super::several::Several;
use super::table::{self, Column};
use super::words;
use crate::domain::context::Missed;
use crate::domain::health::Level;
use crate::domain::query::Column as SortColumn;
use crate::domain::query::Sort;
use crate::domain::{ConnectionId, Second, Timestamp, reported_name};
use crate::error::{Exit, Failure};
use crate::form::judge;
use crate::service::{self, Listing, Query, Row};
use crate::text::{counted, shown};

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
    /// Columns of the table or CSV, in this order: context, id, name, type, side, tenant, credentials,
    /// health, findings, expires, modified, by or revision; several with commas
    #[arg(long, value_name = "COLUMN", value_delimiter = ',', hide_possible_values = true, value_parser = words::choice(&Field::ALL, Field::word, Field::help))]
    pub columns: Vec<Field>,
    #[command(flatten)]
    pub limit: LimitArgs,
    /// Print what changes from now on as JSON lines, until Ctrl-C: added, changed or removed
    #[arg(long, conflicts_with_all = ["columns", "sort", "reverse", "limit"])]
    pub watch: bool,
    /// With --watch: seconds from one look to the next; else 1 for a store, 60 for a Fly context
    #[arg(long, value_name = "SECONDS", requires = "watch", value_parser = clap::value_parser!(u32).range(1..=86400))]
    pub every: Option<u32>,
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
        limit: args.limit.most(),
        ..args.filter.query(session.warning_days)
    };
    if args.watch {
        return watch::run(session, &query, args.every, format);
    }
    if let Some(several) = session.several {
        return in_several(session, several, &query, &args);
    }
    let (listing, can_write) = listed(session, &query, false)?;
    let context = session.contexts.active().map_or("", |it| &it.name);
    let listing = placed(listing, &context.into());
    if print(session, &args, &listing, None)? {
        return Ok(Exit::Ok);
    }
    remark(session, &listing, can_write);
    Ok(Exit::Ok)
}

/// Rows of one context, which may be one of several, and whether connections can be saved there.
fn listed(
    session: &mut Session<'_, '_>,
    query: &Query,
    among: bool,
) -> Result<(Listing, bool), Failure> {
    // By names that are hidden only the whole list can be searched.
    let Opened { backend, rows } = match session.hide.is_some() && query.names() {
        true => session.backend()?.into(),
        false => session.selected(&query.filter)?,
    };
    let listing = match rows {
        Some(rows) => service::listed(rows, query, session.now),
        None => wait(service::list(&backend, query, session.now))??,
    };
    if let Some(at) = backend.as_of().filter(|_| session.cached) {
        let name = session.contexts.active().filter(|_| among).map(|it| &it.name);
        let of = name.map_or_else(|| "As".to_owned(), |it| format!("{}: as", shown(it)));
        session.printer.say(&format!("{of} of {}, when it was read last.", minute(at)));
    }
    Ok((listing, backend.capabilities().write))
}

/// A row and the context that it is of.
struct Placed {
    context: Arc<str>,
    row: Row,
}

/// Rows of one context or of several.
struct All {
    rows: Vec<Placed>,
    matching: usize,
    total: Option<usize>,
}

fn placed(listing: Listing, context: &Arc<str>) -> All {
    let Listing { rows, matching, total } = listing;
    let place = |row| Placed { context: Arc::clone(context), row };
    All { rows: rows.into_iter().map(place).collect(), matching, total }
}

/// The rows of several contexts in one list.
fn in_several(
    session: &mut Session<'_, '_>,
    several: Several<'_>,
    query: &Query,
    args: &ListArgs,
) -> Result<Exit, Failure> {
    let work = |session: &mut Session<'_, '_>| Ok(listed(session, query, true)?.0);
    let (done, failed) = several.each(session, work)?;
    let mut all = All { rows: Vec::new(), matching: 0, total: Some(0) };
    for (context, listing) in done {
        let All { rows, matching, total } = placed(listing, &context);
        all.rows.extend(rows);
        all.matching += matching;
        all.total = all.total.zip(total).map(|(a, b)| a + b);
    }
    service::merged(&mut all.rows, |it| &it.row, query, session.now);
    if !print(session, args, &all, Some(&failed.missed()))? && !failed.everywhere() {
        remark(session, &all, false);
    }
    Ok(failed.end(session, Exit::Ok))
}

/// Prints the rows; `missed` are the contexts of an answer about several that it lacks. Says whether
/// it was for a program.
fn print(
    session: &mut Session<'_, '_>,
    args: &ListArgs,
    all: &All,
    missed: Option<&[Missed]>,
) -> Result<bool, Failure> {
    let format = args.answer.format();
    let with = |fields: &[Field]| -> Vec<Field> {
        let context = missed.map(|_| Field::Context).into_iter();
        match args.columns.is_empty() {
            true => context.chain(fields.iter().copied()).collect(),
            false => args.columns.clone(),
        }
    };
    let paths: Vec<&str> = with(&FIELDS).into_iter().map(Field::path).collect();
    let is_named = missed.is_some() || paths.contains(&Field::Context.path());
    let mut more = serde_json::Map::new();
    if let Some(missed) = missed {
        more.insert("failed".to_owned(), serde_json::json!(missed));
    }
    let rows = all
        .rows
        .iter()
        .map(|it| ConnectionOut { context: is_named.then_some(&*it.context), ..out(&it.row) });
    if records_and(session.printer, format, "connections", &paths, rows, &more)? {
        return Ok(true);
    }
    if !all.rows.is_empty() {
        let asked = !args.columns.is_empty();
        // What somebody asked for is not left out.
        let column = |it: Field| match asked {
            true => Column { rank: 0, ..it.column() },
            false => it.column(),
        };
        let columns: Vec<Column<Placed>> = with(&COLUMNS).into_iter().map(column).collect();
        table::print(session.printer, &columns, &all.rows)?;
    }
    Ok(false)
}

/// Says what the table does not: why it is empty, or that it is not everything.
fn remark(session: &mut Session<'_, '_>, all: &All, can_write: bool) {
    let All { rows, matching, total } = all;
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
    /// Its context.
    Context,
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
    pub const ALL: [Self; 13] = [
        Self::Context,
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
            Self::Context => "context",
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
            Self::Context => "The context that it is in",
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
            Self::Context
            | Self::Id
            | Self::Name
            | Self::Type
            | Self::Side
            | Self::Tenant
            | Self::Credentials
            | Self::Revision => self.word(),
        }
    }

    const fn column(self) -> Column<Placed> {
        let (title, cell, least, rank): (_, fn(&Placed) -> Cow<'_, str>, _, _) = match self {
            Self::Context => ("CONTEXT", |it| (&*it.context).into(), 7, 1),
            Self::Id => ("ID", |it| it.row.summary.id.to_string().into(), 36, 8),
            Self::Name => ("NAME", |it| (&*it.row.summary.name).into(), 16, 0),
            Self::Type => ("TYPE", |it| it.row.summary.kind.label().to_string().into(), 10, 1),
            Self::Side => ("SIDE", |it| it.row.summary.side.label().into(), 11, 4),
            Self::Tenant => ("TENANT", |it| (&*it.row.summary.tenant).into(), 8, 3),
            Self::Credentials => ("CREDENTIALS", |it| (&*it.row.summary.credentials).into(), 11, 6),
            Self::Modified => ("MODIFIED", |it| day(it.row.summary.modified_at, "unknown"), 17, 5),
            Self::By => ("BY", |it| (&*it.row.summary.modified_by).into(), 8, 7),
            Self::Health => ("HEALTH", |it| health(&it.row).into(), 9, 2),
            Self::Findings => ("FINDINGS", |it| words_of(&it.row).into(), 12, 8),
            Self::Expires => ("EXPIRES", |it| day(it.row.summary.expires_at, ""), 17, 8),
            Self::Revision => ("REVISION", |it| revision(&it.row).into(), 8, 8),
        };
        Column { title, cell, least, rank }
    }
}

/// A moment, or the word for none.
fn day(at: Option<Second>, none: &'static str) -> Cow<'static, str> {
    at.and_then(Second::timestamp).map(minute).map_or(none.into(), Into::into)
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
        context: None,
        id: it.id,
        name: reported_name(&it.name),
        kind: it.kind.slug(),
        side: it.side.slug(),
        tenant: &it.tenant,
        credentials: &it.credentials,
        modified_at: it.modified_at.and_then(Second::timestamp),
        modified_by: &it.modified_by,
        level: row.level.label(),
        findings: findings_out(row.findings),
        expires_at: it.expires_at.and_then(Second::timestamp),
        revision: (it.revision > 0).then_some(it.revision),
    }
}

#[derive(serde::Serialize)]
struct ConnectionOut<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<&'a str>,
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
