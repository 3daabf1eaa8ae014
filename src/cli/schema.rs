//! `jetbridge schema`: the JSON Schema of a connection file, made from the forms, and that of every
//! answer in JSON.

use clap::ValueEnum;
use serde_json::Value;

use super::session::Session;
use crate::error::{Exit, Failure};
use crate::form::file;

const ANSWERS: &str = include_str!("../../assets/cli.schema.json");
const AUDIT: &str = include_str!("../../assets/audit.schema.json");
/// Names the schema of a connection file where others refer to it.
const FILE_ID: &str = "urn:jetbridge:connection-file:1";

/// Schemas that can be printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum SchemaArg {
    /// Connection files, for editors
    #[default]
    ConnectionFile,
    /// Every answer and error in JSON, distinguished by "command"; those of an audit too
    Answers,
    /// The report of an audit in JSON
    Audit,
}

/// Arguments of `schema`.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct SchemaArgs {
    /// What it describes
    #[arg(value_enum, value_name = "SCHEMA", default_value = "connection-file")]
    pub which: SchemaArg,
}

pub fn run(session: &mut Session<'_, '_>, args: SchemaArgs) -> Result<Exit, Failure> {
    session.printer.json(&schema(args.which)?)?;
    Ok(Exit::Ok)
}

fn schema(which: SchemaArg) -> Result<Value, Failure> {
    Ok(match which {
        SchemaArg::ConnectionFile => file::schema(),
        SchemaArg::Audit => read(AUDIT)?,
        SchemaArg::Answers => {
            let (mut whole, mut files) = (read(ANSWERS)?, file::schema());
            if let Some(files) = files.as_object_mut() {
                files.insert("$id".to_owned(), FILE_ID.into());
            }
            // One file that needs no other: what it refers to lies in it.
            if let Some(defs) = whole.get_mut("$defs").and_then(Value::as_object_mut) {
                defs.insert("audit".to_owned(), read(AUDIT)?);
                defs.insert("connection-file".to_owned(), files);
            }
            whole
        }
    })
}

fn read(text: &str) -> Result<Value, Failure> {
    serde_json::from_str(text).map_err(|error| {
        Failure::new("the schema cannot be read")
            .because(error.to_string())
            .hint("Report it with the output of `jetbridge --version`.")
    })
}
