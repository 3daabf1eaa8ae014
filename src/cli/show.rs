//! `jetbridge show`. SPEC C4, E3.

use serde::Serialize;

use super::answer::{Format, FormatArgs, one, records};
use super::choose::{ChooseArgs, Chosen};
use super::limit;
use super::session::{FindingOut, Session, findings_out, minute, wait};
use super::table;
use crate::app::contexts::{End, Pair, USAGE_LIMIT, may_use, usage_head};
use crate::backend::{BackendError, Details, HistoryEntry};
use crate::domain::health::{Findings, Horizon};
use crate::domain::{Connection, Timestamp};
use crate::error::{Exit, Failure};
use crate::form::judge;
use crate::service;

/// Arguments of `show`.
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    #[command(flatten)]
    pub choose: ChooseArgs,
    /// Show every saved change too
    #[arg(long)]
    pub history: bool,
    /// Maximum number of changes in the history of each, the latest first; 0: all
    #[arg(long, value_name = "N", requires = "history")]
    pub limit: Option<usize>,
    #[command(flatten)]
    pub answer: FormatArgs,
}

pub fn run(session: &mut Session<'_, '_>, args: &ShowArgs) -> Result<Exit, Failure> {
    args.choose.required("show")?;
    let backend = session.backend()?;
    let Chosen { targets, failed } = args.choose.live(session, &backend)?;
    // Of a service also which projects may use it, unless nobody is to be called.
    let asks = backend.capabilities().projects && !session.cached && !targets.is_empty();
    let (all, projects) = wait(async {
        // Files keep the paths of the fields, people read the words of the form.
        let worded = args.answer.format() == Format::Table;
        let mut all = Vec::with_capacity(targets.len());
        for it in &targets {
            let mut details = service::details(&backend, it.id, args.history).await?;
            if args.history && worded {
                details.history = Some(service::history(&backend, it.id).await?);
            }
            if let (Some(history), Some(most)) = (&mut details.history, limit::most(args.limit)) {
                history.truncate(most);
            }
            all.push(details);
        }
        let projects = if asks { Some(backend.projects().await) } else { None };
        Ok::<_, BackendError>((all, projects))
    })??;
    let projects = projects.and_then(|it| match it {
        Ok(projects) => Some(projects),
        Err(error) => {
            session.printer.say(&format!("warning: the projects were not read: {error}."));
            None
        }
    });
    let horizon = Horizon { now: session.now, warning_days: session.warning_days };
    let shown: Vec<Shown<'_>> = all
        .iter()
        .map(|details| {
            let (end, found) = (End::from(&details.connection), details.found(horizon));
            Shown { details, found, end, pairs: projects.as_deref().map(|it| may_use(end, it)) }
        })
        .collect();
    print_all(session, args, &shown)?;
    if let ([(_, only)], true) = (failed.as_slice(), args.choose.is_one()) {
        return Err(only.clone());
    }
    for (_, failure) in &failed {
        session.printer.failure(failure);
    }
    Ok(Exit::of_several(!shown.is_empty(), failed.iter().map(|it| it.1.exit)))
}

/// A connection with what its service knows of it.
struct Shown<'a> {
    details: &'a Details,
    found: Findings,
    end: End,
    pairs: Option<Vec<Pair<'a>>>,
}

/// One that was named is an answer of its own, several are a list.
fn print_all(
    session: &mut Session<'_, '_>,
    args: &ShowArgs,
    shown: &[Shown<'_>],
) -> Result<(), Failure> {
    let format = args.answer.format();
    let printed = match (shown, args.choose.is_one()) {
        ([], true) => return Ok(()),
        ([only], true) => one(session.printer, format, &FIELDS, &answer(only))?,
        (all, _) => {
            let answers = all.iter().map(answer);
            records(session.printer, format, "connections", &FIELDS, answers)?
        }
    };
    if printed {
        return Ok(());
    }
    for (at, it) in shown.iter().enumerate() {
        if at > 0 {
            session.printer.line("")?;
        }
        print(session, it.details, it.found)?;
        if let Some(pairs) = &it.pairs {
            print_usage(session, &usage_head(it.end, pairs), pairs)?;
        }
    }
    if shown.is_empty() && args.choose.which.is_empty() {
        session.printer.say("No connection matches.");
    }
    Ok(())
}

/// Which projects may use it, and that more cannot be known: so that nobody deletes what only seems
/// to be unused (fly.md §1).
fn print_usage(
    session: &mut Session<'_, '_>,
    head: &str,
    pairs: &[Pair<'_>],
) -> Result<(), Failure> {
    session.printer.line("Projects")?;
    session.printer.line(&format!("  {head}"))?;
    for pair in pairs {
        let (from, to) = (pair.source.label(), pair.destination.label());
        session.printer.line(&format!("    {from} -> {to}"))?;
        for name in &pair.names {
            session.printer.line(&format!("      {}", crate::text::shown(name)))?;
        }
    }
    session.printer.line(&format!("  {USAGE_LIMIT}"))
}

/// Columns of CSV: one line, what the list reports and a little more.
const FIELDS: [&str; 12] = [
    "connection.id",
    "connection.name",
    "connection.type",
    "connection.side",
    "connection.description",
    "tenant",
    "credentials",
    "level",
    "findings.finding",
    "connection.revision",
    "connection.modified_at",
    "connection.modified_by",
];

#[derive(Serialize)]
struct Answer<'a> {
    connection: &'a Connection,
    tenant: &'a str,
    credentials: &'a str,
    level: &'static str,
    findings: Vec<FindingOut>,
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<Vec<Entry<'a>>>,
    /// Only of a service whose projects were read.
    #[serde(skip_serializing_if = "Option::is_none")]
    projects: Option<Usage<'a>>,
}

#[derive(Serialize)]
struct Usage<'a> {
    pairs: Vec<PairOut<'a>>,
    /// What cannot be known.
    limit: &'static str,
}

#[derive(Serialize)]
struct PairOut<'a> {
    source: String,
    destination: String,
    names: &'a [&'a str],
}

#[derive(Serialize)]
struct Entry<'a> {
    revision: u32,
    at: Timestamp,
    by: &'a str,
    action: &'a str,
    changes: &'a [crate::domain::change::Change],
}

fn answer<'a>(shown: &'a Shown<'a>) -> Answer<'a> {
    fn entry(it: &HistoryEntry) -> Entry<'_> {
        let HistoryEntry { revision, at, by, action, changes } = it;
        Entry { revision: *revision, at: *at, by, action, changes }
    }
    let (details, pairs) = (shown.details, shown.pairs.as_deref());
    Answer {
        connection: &details.connection,
        tenant: &details.tenant,
        credentials: &details.credentials,
        level: shown.found.level().label(),
        findings: findings_out(shown.found),
        history: details.history.as_ref().map(|all| all.iter().map(entry).collect()),
        projects: pairs.map(|pairs| Usage {
            pairs: pairs
                .iter()
                .map(|it| PairOut {
                    source: it.source.slug(),
                    destination: it.destination.slug(),
                    names: &it.names,
                })
                .collect(),
            limit: USAGE_LIMIT,
        }),
    }
}

/// When and by whom; either may be unknown.
fn when(at: Option<Timestamp>, by: &str) -> String {
    let at = at.map_or_else(|| "unknown".to_owned(), minute);
    if by.is_empty() { at } else { format!("{at} by {by}") }
}

fn print(session: &mut Session<'_, '_>, details: &Details, found: Findings) -> Result<(), Failure> {
    let it = &details.connection;
    let text = str::to_owned;
    let pairs = [
        ("Name", it.name.clone()),
        ("Type", it.kind.label().to_string()),
        ("Side", text(it.side.label())),
        ("Tenant", details.tenant.clone()),
        ("Credentials", details.credentials.clone()),
        ("Description", it.description.clone()),
        ("Id", it.id.to_string()),
        ("Revision", if it.revision > 0 { it.revision.to_string() } else { text("none") }),
        ("Created", when(it.created_at, &it.created_by)),
        ("Modified", when(it.modified_at, &it.modified_by)),
        ("Health", text(found.level().text())),
    ];
    table::print_pairs(session.printer, 0, &pairs)?;
    for rule in judge::of(found) {
        session.printer.line(&format!("  {}: {}", rule.level.label(), rule.advice()))?;
    }
    if !details.answers.is_empty() {
        session.printer.line("Answers")?;
        table::print_pairs(session.printer, 2, &details.answers)?;
    }
    match &details.history {
        Some(history) => print_history(session, history),
        None => Ok(()),
    }
}

fn print_history(session: &mut Session<'_, '_>, history: &[HistoryEntry]) -> Result<(), Failure> {
    session.printer.line("History")?;
    for entry in history {
        let by = crate::text::shown(&entry.by);
        let line = format!("  {}  {}  {} by {by}", entry.revision, minute(entry.at), entry.action);
        session.printer.line(&line)?;
        for change in &entry.changes {
            let side = |value: &Option<String>| match value {
                Some(value) => crate::text::shown(value).into_owned(),
                None => "not set".to_owned(),
            };
            let after = side(&change.after);
            let before = change.before.as_ref().map(|it| format!("{} -> ", crate::text::shown(it)));
            let before = before.unwrap_or_default();
            session.printer.line(&format!("     {}: {before}{after}", change.field))?;
        }
    }
    Ok(())
}
