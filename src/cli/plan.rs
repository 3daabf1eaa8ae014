//! `jetbridge plan`. Issue 5, point 1.

use super::file_args::{PlanArgs, is_standard};
use super::files::{input, run, show};
use super::output::Printer;
use super::session::{Session, wait};
use crate::error::{Exit, Failure};
use crate::files::write::{self, Existing};
use crate::service::files::{self, Document};
use crate::text::shown;

pub fn run(session: &mut Session<'_, '_>, args: &PlanArgs) -> Result<Exit, Failure> {
    let inputs = input::read(session, &args.file)?;
    if inputs.stdin && args.out.is_some() {
        return Err(Failure::usage("a plan of standard input cannot be kept")
            .because("apply reads the files of a plan again")
            .hint("Write the input into a file first."));
    }
    if args.out.as_deref().is_some_and(is_standard) {
        return Err(Failure::usage("a plan for apply is kept in a file")
            .hint("Name a file after --out, or leave it out and add -o json to see the plan."));
    }
    inputs.whole(session, args.prune)?;
    let records = files::read(&inputs.inputs);
    let options = run::options(session, args.allow_plain_secrets);
    let backend = session.backend()?;
    let plan = wait(files::plan(&*backend, &records, options, args.prune))??;
    let document = Document::new(&plan, inputs.digests, args.prune, session.now)
        .of(wait(backend.identity())??);
    if let Some(path) = &args.out {
        write::bytes(path, Existing::Replace, &json(&document)?)?;
    }
    show::document(session, &plan, &document, args.answer.format())?;
    run::warn(session, &plan, args.prune_limit);
    if let Some(path) = &args.out {
        let name = path.to_string_lossy();
        session
            .printer
            .say(&format!("hint: do it with `jetbridge apply --plan-file {}`", shown(&name)));
    }
    Ok(if plan.is_empty() { Exit::Ok } else { Exit::Findings })
}

/// The bytes of a document, as they would be printed.
fn json(document: &Document) -> Result<Vec<u8>, Failure> {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    Printer::new(&mut out, &mut err, None).json(document)?;
    Ok(out)
}
