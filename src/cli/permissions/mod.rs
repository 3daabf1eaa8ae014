//! `jetbridge permissions`. SPEC P1-P9.

mod args;
mod check;
mod explain;
mod input;
mod list;
mod login;
mod manifest;
mod requirements;
mod scenario;

pub use args::PermissionsVerb;

use super::session::Session;
use crate::error::{Exit, Failure};
use crate::permissions::requirement::Warning;

/// Runs one of the verbs.
pub fn run(session: &mut Session<'_, '_>, verb: PermissionsVerb) -> Result<Exit, Failure> {
    match verb {
        PermissionsVerb::List { cloud, answer } => list::run(session, cloud, answer.format()),
        PermissionsVerb::Requirements(args) => requirements::run(session, &args),
        PermissionsVerb::Manifest(args) => manifest::run(session, &args),
        PermissionsVerb::Check(args) => check::run(session, &args),
        PermissionsVerb::Explain { value, answer } => {
            explain::run(session, &value, answer.format())
        }
    }
}

/// Prints warnings as talk, so that data on standard output stays data.
fn warn(session: &mut Session<'_, '_>, warnings: &[Warning]) {
    for warning in warnings {
        let lines = warning.lines();
        for (at, line) in lines.iter().enumerate() {
            let lead = if at == 0 { "warning: " } else { "  " };
            session.printer.say(&format!("{lead}{line}"));
        }
    }
}

/// Prints Markdown as it is.
fn markdown(session: &mut Session<'_, '_>, text: &str) -> Result<(), Failure> {
    session.printer.line(text.trim_end_matches('\n'))
}
