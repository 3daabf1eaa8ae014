//! Connections from a file: what a list reports of them.

use std::collections::HashMap;
use std::io;

use sha2::{Digest, Sha256};

use super::rows::{self, Column, Format, Row, Schema};
use super::{Cells, Ignored, ImportError, Problems, Read, not_known};
use crate::backend::ImportRow;
use crate::domain::rules::{self, DESCRIPTION_MAX, TEXT_MAX};
use crate::domain::{ConnectionId, ConnectionType, Side};
use crate::text::{self, Spot, nearest};

const ID: usize = 0;
const NAME: usize = 1;
const TYPE: usize = 2;
const SIDE: usize = 3;
const TENANT: usize = 4;
const MODIFIED: usize = 5;
const MODIFIED_BY: usize = 6;
const DESCRIPTION: usize = 7;

const SCHEMA: Schema = Schema {
    columns: &[
        Column { name: "id", alias: "" },
        Column { name: "name", alias: "" },
        Column { name: "type", alias: "" },
        Column { name: "side", alias: "" },
        Column { name: "tenant", alias: "" },
        // `list --json` writes modified_at.
        Column { name: "modified", alias: "modified_at" },
        Column { name: "modified_by", alias: "" },
        Column { name: "description", alias: "" },
    ],
    required: &["name", "type"],
    arrays: &[("connections", None)],
    tag: None,
    strict: false,
};

/// Reads connections; `format` is guessed when it is not given. Fails with every problem at once.
pub fn read(input: impl io::Read, format: Option<Format>) -> Result<Read<ImportRow>, ImportError> {
    let (mut reader, mut rows) = (Reader::default(), Vec::new());
    reader.part(input, format, &mut |row| rows.push(row))?;
    Ok(Read { rows, ignored: reader.end()? })
}

/// Reads connections from one text or several that belong together, and holds none of them.
#[derive(Default)]
pub struct Reader {
    seen: Seen,
    findings: rows::Findings,
}

impl Reader {
    /// Reads the next text, and hands over what is right in it. What is wrong is reported at the end.
    ///
    /// # Errors
    /// What makes reading on impossible.
    pub fn part(
        &mut self,
        input: impl io::Read,
        format: Option<Format>,
        take: &mut dyn FnMut(ImportRow),
    ) -> Result<(), ImportError> {
        let seen = &mut self.seen;
        rows::read(input, format, &SCHEMA, &mut self.findings, &mut |row, problems| {
            if let Some(row) = connection(row, seen, problems) {
                take(row);
            }
        })
    }

    /// The columns that were not read.
    ///
    /// # Errors
    /// Every problem at once.
    pub fn end(self) -> Result<Ignored, ImportError> {
        match self.findings.problems.total() {
            0 => Ok(self.findings.ignored),
            _ => Err(ImportError::Problems(self.findings.problems)),
        }
    }
}

/// Names and ids met so far, with their places. Of a name only a hash is kept: there may be millions.
#[derive(Default)]
struct Seen {
    names: HashMap<[u8; 16], Spot>,
    ids: HashMap<ConnectionId, Spot>,
}

/// Half of the SHA-256 of a folded name: no two names of any file share it.
fn hash(name: &str) -> [u8; 16] {
    let mut half = [0; 16];
    half.iter_mut().zip(Sha256::digest(text::fold(name))).for_each(|(to, from)| *to = from);
    half
}

fn connection(row: &Row<'_>, seen: &mut Seen, problems: &mut Problems) -> Option<ImportRow> {
    let mut cells = Cells::new(row, &SCHEMA, problems);
    // An id of another kind than ours says nothing here: the row gets a new one.
    let id = cells.text(ID).and_then(|text| text.trim().parse::<ConnectionId>().ok());
    // G1: unique within the file as well as in the store.
    let name = cells.required(NAME, rules::name);
    if let Some(name) = &name {
        let spot = cells.spot(NAME);
        let first = seen.names.entry(hash(name)).or_insert(spot);
        if *first != spot {
            let message = format!("{first} has this name too: names are unique");
            cells.report(NAME, message);
        }
    }
    if let Some(id) = id {
        let spot = cells.spot(ID);
        let first = seen.ids.entry(id).or_insert(spot);
        if *first != spot {
            let message = format!("{first} has this id too: ids are unique");
            cells.report(ID, message);
        }
    }
    let kind = cells.required(TYPE, connection_type);
    let side = cells.word(SIDE, &Side::ALL.map(Side::slug), Side::parse);
    let out = ImportRow {
        line: row.spot.line as u64,
        id,
        name: name.unwrap_or_default(),
        description: cells.line(DESCRIPTION, DESCRIPTION_MAX),
        kind: kind.unwrap_or(ConnectionType::Unknown),
        side: side.unwrap_or(Side::Unknown),
        tenant: cells.line(TENANT, TEXT_MAX),
        live: None,
        modified_at: cells.moment(MODIFIED),
        modified_by: cells.line(MODIFIED_BY, TEXT_MAX),
    };
    (!cells.wrong).then_some(out)
}

fn connection_type(text: &str) -> Result<ConnectionType, rules::Problem> {
    ConnectionType::parse(text).ok_or_else(|| {
        let slugs: Vec<String> = ConnectionType::all().map(ConnectionType::slug).collect();
        match nearest::question(text, slugs.iter().map(String::as_str)) {
            Some(meant) => rules::Problem(format!(
                "{:?} is not a connection type; {meant}",
                rows::quoted(text.trim())
            )),
            None => {
                not_known(text, &["M365Group", "Device", "Exchange", "SharePoint", "… (--help)"])
            }
        }
    })
}
