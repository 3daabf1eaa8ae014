//! `jetbridge import` of a file too large to be held: checked whole first, then imported in parts.

use std::collections::HashSet;

use super::{ImportArgs, imported, note_ignored};
use crate::backend::{ImportRow, Imported};
use crate::error::{Exit, Failure};
use crate::files::read as bounded;
use crate::service;
use crate::service::import::connections::Reader;
use crate::service::import::parts::Parts;
use crate::service::import::{Ignored, ImportError, MAX_BYTES};
use crate::text::{fold, shown, thousands};

use crate::cli::session::{Session, wait};

/// Whether a file is larger than what is read at once. What cannot be looked at is found out later.
pub fn is_large(args: &ImportArgs) -> bool {
    std::fs::metadata(&args.file).is_ok_and(|it| it.is_file() && it.len() > MAX_BYTES)
}

/// Imports it.
pub fn run(session: &mut Session<'_, '_>, args: &ImportArgs) -> Result<Exit, Failure> {
    let backend = session.backend()?;
    let mut rows = 0;
    let mut done = Imported { added: 0, skipped: 0 };
    // Nothing is imported unless everything is right.
    let ignored = if args.dry_run {
        let taken: HashSet<String> =
            wait(service::all_rows(&backend))??.iter().map(|it| fold(it.name.trim())).collect();
        each(session, args, "checked", &mut |part| {
            rows += part.len();
            let there = part.iter().filter(|it| taken.contains(&fold(it.name.trim()))).count();
            done.skipped += there;
            done.added += part.len() - there;
            Ok(())
        })?
    } else {
        each(session, args, "checked", &mut |part| {
            rows += part.len();
            Ok(())
        })?
    };
    note_ignored(session, &ignored);
    if !args.dry_run {
        each(session, args, "imported", &mut |part| {
            let one = wait(service::import_connections(&backend, part))??;
            done.added += one.added;
            done.skipped += one.skipped;
            Ok(())
        })?;
    }
    imported(session, args, rows, done)
}

/// Hands over the rows of the file, part by part.
fn each(
    session: &mut Session<'_, '_>,
    args: &ImportArgs,
    doing: &str,
    take: &mut dyn FnMut(Vec<ImportRow>) -> Result<(), Failure>,
) -> Result<Ignored, Failure> {
    let named = |error: ImportError| {
        let mut failure = Failure::from(error);
        failure.what = format!("{}: {}", shown(&args.file.to_string_lossy()), failure.what);
        failure
    };
    let failed = |error: std::io::Error| named(error.into());
    let file = bounded::open(&args.file, u64::MAX)?;
    let parts = Parts::new(file.bytes, args.format.map(Into::into)).map_err(failed)?;
    let mut parts = parts.ok_or_else(|| named(ImportError::Whole))?;
    let (mut reader, mut count) = (Reader::default(), 0);
    while let Some(part) = parts.next_part().map_err(failed)? {
        let mut rows = Vec::new();
        reader.part(&*part, Some(parts.format()), &mut |row| rows.push(row)).map_err(named)?;
        count += rows.len();
        if session.terminals.error {
            session.printer.pass(&format!("{} rows {doing}…", thousands(count)));
        }
        take(rows)?;
    }
    session.printer.pass("");
    reader.end().map_err(named)
}
