//! Rows of a CSV: commas, semicolons or tabs; quotes; column names on the first line.

use std::borrow::Cow;
use std::io::{BufRead, Read};

use ::csv::{ByteRecord, ErrorKind, Reader, ReaderBuilder, Terminator};

use super::problem::ImportError;
use super::rows::{Cell, Findings, OnRow, Row, Schema, put, unknown};
use super::source::Source;
use crate::domain::text::csv_text;

/// Reads every row of a CSV.
pub fn read<R: Read>(
    mut source: Source<R>,
    schema: &Schema,
    findings: &mut Findings,
    on_row: OnRow<'_>,
) -> Result<(), ImportError> {
    let separator = separator(source.fill_buf()?);
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .terminator(Terminator::Any(b'\n'))
        .from_reader(source);
    let mut record = ByteRecord::new();
    let mut header: Option<Vec<Option<usize>>> = None;
    while next_record(&mut reader, &mut record)? {
        // Every record ends with a line feed, so only an open quote can run into the end.
        let open = reader.get_ref().is_drained();
        let line = first_line(&reader, &record, open);
        if open {
            findings.problems.add(line, None, "a quote is opened here and never closed");
            break;
        }
        match &header {
            None => header = Some(read_header(&record, line, schema, findings)),
            Some(header) => csv_row(&record, line, header, schema, findings, on_row),
        }
    }
    Ok(())
}

fn next_record<R: Read>(
    reader: &mut Reader<R>,
    record: &mut ByteRecord,
) -> Result<bool, ImportError> {
    reader.read_byte_record(record).map_err(|error| match error.into_kind() {
        ErrorKind::Io(error) => ImportError::from(error),
        other => ImportError::Unreadable(format!("{other:?}")),
    })
}

/// Line where the record starts. The csv crate tells where the next one starts, and counts empty
/// lines before a record as part of it; the source ends every record with exactly one line feed.
fn first_line<R: Read>(reader: &Reader<R>, record: &ByteRecord, open: bool) -> u64 {
    let inside = memchr::memchr_iter(b'\n', record.as_slice()).count() as u64;
    let ended = u64::from(!open);
    reader.position().line().saturating_sub(inside + ended).max(1)
}

/// The character among comma, semicolon and tab that the first line has most of.
fn separator(head: &[u8]) -> u8 {
    let line = head.trim_ascii_start().split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |separator: u8| line.iter().filter(|byte| **byte == separator).count();
    [b',', b';', b'\t'].into_iter().rev().max_by_key(|it| count(*it)).unwrap_or(b',')
}

/// Which column of the schema each field is.
fn read_header(
    record: &ByteRecord,
    line: u64,
    schema: &Schema,
    findings: &mut Findings,
) -> Vec<Option<usize>> {
    let mut header: Vec<Option<usize>> = Vec::with_capacity(record.len());
    for field in record {
        let name = String::from_utf8_lossy(field);
        let column = schema.column(&name);
        if let Some(at) = column.filter(|at| header.contains(&Some(*at))) {
            let name = schema.columns.get(at).map(|it| it.name);
            findings.problems.add(line, name, "this column is there twice: remove one");
        }
        if column.is_none() && !name.trim().is_empty() {
            unknown(&name, line, schema, findings);
        }
        header.push(column);
    }
    for required in schema.required {
        let at = schema.columns.iter().position(|it| it.name == *required);
        if !header.contains(&at) {
            let names: Vec<&str> = schema.names().collect();
            let message = format!(
                "this column is missing: the first line must name the columns, out of {}",
                names.join(", ")
            );
            findings.problems.add(line, Some(required), message);
        }
    }
    header
}

fn csv_row(
    record: &ByteRecord,
    line: u64,
    header: &[Option<usize>],
    schema: &Schema,
    findings: &mut Findings,
    on_row: OnRow<'_>,
) {
    if record.iter().all(|field| field.trim_ascii().is_empty()) {
        return;
    }
    if record.len() != header.len() {
        let message = format!(
            "{} fields where the first line names {}: check commas and quotes",
            record.len(),
            header.len()
        );
        findings.problems.add(line, None, message);
        return;
    }
    let mut cells = vec![None; schema.columns.len()];
    for (field, column) in record.iter().zip(header) {
        let Some(at) = *column else { continue };
        match std::str::from_utf8(field) {
            Ok(text) if text.trim().is_empty() => {}
            Ok(text) => put(&mut cells, at, Cell::Text(Cow::Borrowed(csv_text(text)))),
            Err(_) => {
                let name = schema.columns.get(at).map(|it| it.name);
                findings.problems.add(line, name, "not UTF-8 text: save the file as UTF-8");
                return;
            }
        }
    }
    on_row(&Row { line, cells }, &mut findings.problems);
}
