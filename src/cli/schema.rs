//! `jetbridge schema`: the JSON Schema of a connection file, made from the forms.

use super::session::Session;
use crate::error::{Exit, Failure};
use crate::form::file::schema;

pub fn run(session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    session.printer.json(&schema())?;
    Ok(Exit::Ok)
}
