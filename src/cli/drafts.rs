//! `jetbridge drafts`: forms and texts that were left before they were saved. SPEC E5, E7.

use std::borrow::Cow;

use super::answer::{FormatArgs, records};
use super::choose;
use super::limit::LimitArgs;
use super::session::{Session, minute, wait};
use super::table::{self, Column};
use crate::backend::FormDraft;
use crate::error::{Exit, Failure};
use crate::service::sessions::Sessions;
use crate::text::{counted, shown};

/// Arguments of `drafts`.
#[derive(Debug, clap::Args)]
pub struct DraftsArgs {
    /// Discard these drafts for good, by id; several with commas; - reads ids from standard input
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub discard: Vec<String>,
    /// Only show what would be discarded
    #[arg(long, requires = "discard")]
    pub dry_run: bool,
    #[command(flatten)]
    pub limit: LimitArgs,
    #[command(flatten)]
    pub answer: FormatArgs,
}

pub const DRAFTS_HELP: &str = "\
A form that is left on screen, and a text that `jetbridge edit` could not save, are kept sealed in the
store. A form continues on the screen, or with `jetbridge create --draft ID` (a new connection) and `jetbridge
edit NAME --draft ID`; a text with `jetbridge edit NAME`.";

/// A draft, and whether its form is open in another jetbridge.
type Kept = (FormDraft, bool);

pub fn run(session: &mut Session<'_, '_>, args: &DraftsArgs) -> Result<Exit, Failure> {
    let format = args.answer.format();
    if !args.discard.is_empty() && args.limit != LimitArgs::default() {
        return Err(Failure::usage("--limit is for the list of drafts")
            .hint("Leave it out, or leave --discard out."));
    }
    let backend = session.backend()?;
    if !backend.capabilities().drafts {
        return Err(backend.refusal("keeping drafts").into());
    }
    let sessions = session.ticks.map(Sessions::others).unwrap_or_default();
    let kept = |it: FormDraft| {
        let open = sessions.holds(&it.id);
        (it, open)
    };
    let mut drafts: Vec<Kept> = wait(backend.drafts())??.into_iter().map(kept).collect();
    let (key, does) = match (args.discard.is_empty(), args.dry_run) {
        (true, _) => ("drafts", ""),
        (false, true) => ("would_discard", "would discard"),
        (false, false) => ("discarded", "discarded"),
    };
    if !args.discard.is_empty() {
        drafts = named(drafts, &choose::names(session, &args.discard)?)?;
        if !args.dry_run {
            agreed(session, drafts.len())?;
            for (draft, _) in &drafts {
                wait(backend.discard_draft(draft.id.clone()))??;
            }
        }
    }
    args.limit.cut(session.printer, &mut drafts);
    let printed = records(session.printer, format, key, &FIELDS, drafts.iter().map(record))?;
    if printed {
    } else if !does.is_empty() {
        for (draft, _) in &drafts {
            session.printer.line(&format!("{does} {}", shown(&draft.title)))?;
        }
    } else if drafts.is_empty() {
        session.printer.say("No drafts are kept.");
    } else {
        table::print(session.printer, &COLUMNS, &drafts)?;
    }
    Ok(Exit::Ok)
}

/// The drafts with these ids, none that is open elsewhere.
fn named(all: Vec<Kept>, ids: &[String]) -> Result<Vec<Kept>, Failure> {
    for id in ids {
        let Some((_, open)) = all.iter().find(|it| it.0.id == *id) else {
            return Err(Failure::new(format!("no draft has the id {}", shown(id)))
                .hint("`jetbridge drafts` lists them."));
        };
        if *open {
            return Err(Failure::new(format!("{} is open in another jetbridge", shown(id)))
                .hint("Close the form there."));
        }
    }
    Ok(all.into_iter().filter(|it| ids.contains(&it.0.id)).collect())
}

fn agreed(session: &mut Session<'_, '_>, count: usize) -> Result<(), Failure> {
    if session.yes {
        return Ok(());
    }
    if !session.can_ask() {
        return Err(session
            .nobody("whether to discard")
            .hint("Add --yes to discard, or --dry-run to see what would be discarded."));
    }
    let question = format!("Discard {}?", counted(count, "draft"));
    match session.agree(&question, "discard", count)? {
        true => Ok(()),
        false => Err(Failure::new("nothing was discarded")
            .because("you did not agree")
            .hint("Confirm as asked to discard, or use --yes.")),
    }
}

/// Columns of CSV.
const FIELDS: [&str; 6] = ["id", "title", "kind", "connection", "saved_at", "open_elsewhere"];

const COLUMNS: [Column<Kept>; 4] = [
    Column { title: "TITLE", cell: |it| Cow::Borrowed(&it.0.title), least: 16, rank: 0 },
    Column { title: "KIND", cell: |it| kind(it).into(), least: 4, rank: 2 },
    Column { title: "SAVED", cell: |it| minute(it.0.saved_at).into(), least: 17, rank: 3 },
    Column { title: "ID", cell: |it| Cow::Borrowed(&it.0.id), least: 36, rank: 1 },
];

fn kind(kept: &Kept) -> &'static str {
    if kept.0.id.starts_with(FormDraft::TEXT) { "text" } else { "form" }
}

fn record(kept: &Kept) -> serde_json::Value {
    let (draft, open) = kept;
    serde_json::json!({
        "id": draft.id,
        "title": draft.title,
        "kind": kind(kept),
        "connection": draft.connection,
        "saved_at": draft.saved_at,
        "open_elsewhere": open,
    })
}
