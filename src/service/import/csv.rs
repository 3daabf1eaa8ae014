//! Rows of a table as text; its first row names the columns.

use std::borrow::Cow;

use super::rows::{Cell, Findings, OnRow, Row, Schema, put, unknown};
use crate::files::table::{self, Fault, Table, uniform};
use crate::text::Spot;
use crate::text::csv::text as csv_text;

/// Reads every row. What is wrong with the column names is the only thing that is reported then: no
/// row could be read as it is meant.
pub fn read(text: String, schema: &Schema, findings: &mut Findings, on_row: OnRow<'_>) {
    let text = uniform(Cow::Owned(text));
    let mut table = Table::new(&text);
    let mut header: Option<Vec<Option<usize>>> = None;
    while let Some(row) = table.row() {
        match (row, &header) {
            (Err((line, fault)), _) => {
                findings.problems.add(Spot::line(line), None, fault.to_string());
                if !matches!(fault, Fault::Fields(..)) {
                    return;
                }
            }
            (Ok(row), None) => {
                let before = findings.problems.total();
                header = Some(read_header(&row, schema, findings));
                if findings.problems.total() > before {
                    return;
                }
            }
            (Ok(row), Some(header)) => csv_row(&row, header, schema, findings, on_row),
        }
    }
}

/// Which column of the schema each field is.
fn read_header(
    row: &table::Row<'_>,
    schema: &Schema,
    findings: &mut Findings,
) -> Vec<Option<usize>> {
    let spot = Spot::line(row.line);
    let mut header: Vec<Option<usize>> = Vec::with_capacity(row.fields.len());
    for name in row.fields {
        let column = schema.column(name);
        if let Some(at) = column.filter(|at| header.contains(&Some(*at))) {
            let name = schema.columns.get(at).map(|it| it.name);
            findings.problems.add(spot, name, "this column appears twice: remove one");
        }
        if column.is_none() && !name.trim().is_empty() {
            unknown(name, spot, schema, findings);
        }
        header.push(column);
    }
    for required in schema.required {
        let at = schema.columns.iter().position(|it| it.name == *required);
        if !header.contains(&at) {
            let names: Vec<&str> = schema.names().collect();
            let message = format!(
                "this column is missing: the first line must name the columns, from {}",
                names.join(", ")
            );
            findings.problems.add(spot, Some(required), message);
        }
    }
    header
}

fn csv_row(
    row: &table::Row<'_>,
    header: &[Option<usize>],
    schema: &Schema,
    findings: &mut Findings,
    on_row: OnRow<'_>,
) {
    let spot = Spot::line(row.line);
    let mut cells = vec![None; schema.columns.len()];
    for (text, column) in row.fields.iter().zip(header) {
        let Some(at) = *column else { continue };
        if !text.trim().is_empty() {
            put(&mut cells, at, spot, Cell::Text(Cow::Borrowed(csv_text(text))));
        }
    }
    on_row(&Row { spot, cells }, &mut findings.problems);
}
