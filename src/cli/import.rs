//! `jetbridge import`.

use std::fs::File;
use std::io::Read;

use super::args::ImportArgs;
use super::session::{Session, counted, wait};
use crate::error::{Exit, Failure};
use crate::service;
use crate::service::import::{ImportError, Read as Rows, connections};

pub fn run(session: &mut Session<'_, '_>, args: &ImportArgs) -> Result<Exit, Failure> {
    let read =
        with_input(session, args, |input| connections::read(input, args.format.map(Into::into)))?;
    note_ignored(session, &read);
    let rows = read.rows;
    let total = rows.len();
    let backend = session.backend()?;
    let imported = match args.dry_run {
        true => wait(service::plan_import(&*backend, &rows))??,
        false => wait(service::import_connections(&*backend, rows))??,
    };
    if args.json.json {
        session.printer.json(&serde_json::json!({
            "version": 1,
            "dry_run": args.dry_run,
            "rows": total,
            "added": imported.added,
            "skipped": imported.skipped,
        }))?;
        return Ok(Exit::Ok);
    }
    let verb = if args.dry_run { "would import" } else { "imported" };
    session.printer.line(&format!("{verb} {}", counted(imported.added, "connection")))?;
    if imported.skipped > 0 {
        let names = counted(imported.skipped, "row");
        session.printer.say(&format!("{names} skipped: a connection of that name is there."));
    }
    Ok(Exit::Ok)
}

/// Reads the file, or standard input, and names it in what goes wrong.
pub fn with_input<T>(
    session: &mut Session<'_, '_>,
    args: &ImportArgs,
    read: impl FnOnce(&mut dyn Read) -> Result<T, ImportError>,
) -> Result<T, Failure> {
    let name = args.file.display().to_string();
    let name = crate::domain::text::shown(&name).into_owned();
    let result = if name == "-" {
        if session.terminals.input {
            session.printer.say("Reading from the terminal; end with Ctrl-D.");
        }
        read(&mut session.input)
    } else {
        match File::open(&args.file) {
            Ok(mut file) => read(&mut file),
            Err(error) => Err(error.into()),
        }
    };
    result.map_err(|error| {
        let mut failure = Failure::from(error);
        failure.what = format!("{name}: {}", failure.what);
        failure
    })
}

/// Tells which columns were not read: a misspelt one would otherwise be lost silently.
pub fn note_ignored<T>(session: &mut Session<'_, '_>, read: &Rows<T>) {
    if !read.ignored.is_empty() {
        session.printer.say(&format!("note: these columns are not imported: {}", read.ignored));
    }
}
