//! `jetbridge export`. Issue 5, point 1; E3, E4.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::Value as Json;

use super::answer;
use super::choose::{ChooseArgs, Chosen};
use super::file_args::place;
use super::output::Printer;
use super::session::{Session, minute, wait};
use crate::backend::Place;
use crate::domain::ConnectionId;
use crate::error::{Exit, Failure};
use crate::files::write::{self, Existing};
use crate::service::files::{self, Exported};
use crate::service::{self, Row};
use crate::text::{counted, csv as table, markdown as md, shown};

/// Formats of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// Whole records, for plan and apply
    Toml,
    /// Whole records, for plan and apply
    Json,
    /// Whole records, one per line
    Jsonl,
    /// A table for spreadsheets; formulas are disarmed
    Csv,
    /// A table for people
    Markdown,
}

/// Arguments of `export`.
#[derive(Debug, clap::Args)]
pub struct ExportArgs {
    #[command(flatten)]
    pub choose: ChooseArgs,
    /// Format; by the name of the file when not given, else TOML
    #[arg(long, short = 'o', alias = "output", value_enum, value_name = "FORMAT")]
    pub format: Option<ExportFormat>,
    /// As -o json
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
    /// File to write; a folder that is there, or ends in /, gets one file per connection
    #[arg(long, value_name = "FILE|DIR")]
    pub out: Option<PathBuf>,
}

pub const EXPORT_HELP: &str = "\
Without names and filters every connection is written. No format holds a secret: TOML and JSON say that it stays, so that a plan of them changes nothing.
In a folder, the file of a connection is named after it; files of connections that are gone by now stay.
The exit code is 5 when some of the names were not found.";

pub fn run(session: &mut Session<'_, '_>, args: ExportArgs) -> Result<Exit, Failure> {
    let out = place(args.out.as_deref());
    let to_folder = out.is_some_and(is_folder);
    let asked = args.format.or(args.json.then_some(ExportFormat::Json));
    let format = asked.unwrap_or_else(|| format_of(out));
    if to_folder && !matches!(format, ExportFormat::Toml | ExportFormat::Json) {
        return Err(Failure::usage("in this format all connections go into one file")
            .hint("Name a file after --out, or choose TOML or JSON."));
    }
    let backend = session.backend()?;
    let (rows, missing) = chosen(session, &backend, &args)?;
    let ids: Vec<ConnectionId> = rows.iter().map(|it| it.summary.id).collect();
    let records = wait(files::exported(&backend, &ids))??;
    match out {
        // For a mistyped name no file is emptied, and nothing is written that looks like an answer.
        _ if records.is_empty() && !missing.is_empty() => {}
        Some(folder) if to_folder => into_folder(session, folder, &records, format)?,
        Some(file) => {
            write::bytes(
                file,
                Existing::Replace,
                &whole(session.printer, &records, &rows, format)?,
            )?;
            let count = counted(records.len(), "connection");
            session.printer.say(&format!("{count} written to {}.", name(file)));
        }
        None => {
            let text = whole(session.printer, &records, &rows, format)?;
            session.printer.raw(&text)?;
        }
    }
    for failure in &missing {
        session.printer.failure(failure);
    }
    Ok(Exit::of_several(!records.is_empty(), missing.iter().map(|it| it.exit)))
}

fn name(path: &Path) -> String {
    shown(&path.to_string_lossy()).into_owned()
}

/// A folder that is there, or one that is written as such.
fn is_folder(path: &Path) -> bool {
    path.is_dir() || path.to_string_lossy().ends_with(['/', std::path::MAIN_SEPARATOR])
}

fn format_of(path: Option<&Path>) -> ExportFormat {
    let extension = path.and_then(Path::extension).map(|it| it.to_ascii_lowercase());
    match extension.as_deref().and_then(|it| it.to_str()) {
        Some("json") => ExportFormat::Json,
        Some("jsonl" | "ndjson") => ExportFormat::Jsonl,
        Some("csv") => ExportFormat::Csv,
        Some("md" | "markdown") => ExportFormat::Markdown,
        _ => ExportFormat::Toml,
    }
}

/// The rows that are asked for, and why others are not among them.
fn chosen(
    session: &mut Session<'_, '_>,
    backend: &Place,
    args: &ExportArgs,
) -> Result<(Vec<Row>, Vec<Failure>), Failure> {
    let query = args.choose.filter.query(session.warning_days);
    let mut rows = wait(service::list(backend, &query, session.now))??.rows;
    if args.choose.which.is_empty() {
        return Ok((rows, Vec::new()));
    }
    let Chosen { targets, failed } = args.choose.live(session, backend)?;
    let wanted: HashSet<ConnectionId> = targets.into_iter().map(|it| it.id).collect();
    rows.retain(|row| wanted.contains(&row.summary.id));
    Ok((rows, failed.into_iter().map(|it| it.1).collect()))
}

/// All of them as one text, as this printer would answer.
fn whole(
    of: &Printer<'_>,
    records: &[Exported],
    rows: &[Row],
    format: ExportFormat,
) -> Result<Vec<u8>, Failure> {
    let by_id = || rows.iter().map(|row| (row.summary.id, row)).collect();
    match format {
        ExportFormat::Toml => {
            let fields: Vec<_> = records.iter().map(|it| it.fields.clone()).collect();
            Ok(files::toml_text(&fields).into_bytes())
        }
        ExportFormat::Json => as_json(of, records, answer::Format::Json),
        ExportFormat::Jsonl => as_json(of, records, answer::Format::Jsonl),
        ExportFormat::Csv => Ok(csv(records, &by_id()).into_bytes()),
        ExportFormat::Markdown => Ok(markdown(records, &by_id()).into_bytes()),
    }
}

/// As one object, or as a line per record.
fn as_json(
    of: &Printer<'_>,
    records: &[Exported],
    format: answer::Format,
) -> Result<Vec<u8>, Failure> {
    let connections = records.iter().map(|it| it.fields.iter().cloned().collect::<Json>());
    let text = answer::text(of, |printer| {
        answer::records(printer, format, "connections", &[], connections).map(|_| ())
    })?;
    Ok(text.into_bytes())
}

/// One file per connection.
fn into_folder(
    session: &mut Session<'_, '_>,
    folder: &Path,
    records: &[Exported],
    format: ExportFormat,
) -> Result<(), Failure> {
    write::folder(folder)?;
    let names: Vec<&str> = records.iter().map(|it| it.connection.name.as_str()).collect();
    let extension = if format == ExportFormat::Json { "json" } else { "toml" };
    for (record, stem) in records.iter().zip(files::file_names(&names)) {
        let bytes = whole(session.printer, std::slice::from_ref(record), &[], format)?;
        let file = folder.join(format!("{stem}.{extension}"));
        write::bytes(&file, Existing::Replace, &bytes)?;
    }
    let count = counted(records.len(), "connection");
    session.printer.say(&format!("{count} written to {}.", name(folder)));
    Ok(())
}

/// Rows by their connection.
type ById<'a> = HashMap<ConnectionId, &'a Row>;

const COLUMNS: [&str; 9] = [
    "name",
    "type",
    "side",
    "tenant",
    "credentials",
    "health",
    "modified",
    "modified_by",
    "description",
];

/// A connection for people, in the order of [`COLUMNS`].
fn cells(record: &Exported, rows: &ById<'_>) -> Vec<String> {
    let it = &record.connection;
    let of = |text: fn(&Row) -> String| rows.get(&it.id).map(|row| text(row)).unwrap_or_default();
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
    ]
}

/// A table for spreadsheets: formulas disarmed, hidden characters spelled out.
fn csv(records: &[Exported], rows: &ById<'_>) -> String {
    let lines = records.iter().map(|record| table::line(cells(record, rows)));
    std::iter::once(table::line(COLUMNS)).chain(lines).collect()
}

/// A table for people; what Markdown would take for itself is escaped.
fn markdown(records: &[Exported], rows: &ById<'_>) -> String {
    let lines = records.iter().map(|record| md::row(cells(record, rows)));
    std::iter::once(md::head(&COLUMNS)).chain(lines).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_follows_the_name() {
        for (path, format) in [
            ("a.toml", ExportFormat::Toml),
            ("a.JSON", ExportFormat::Json),
            ("a.csv", ExportFormat::Csv),
            ("a.md", ExportFormat::Markdown),
            ("a", ExportFormat::Toml),
        ] {
            assert_eq!(format_of(Some(Path::new(path))), format);
        }
    }
}
