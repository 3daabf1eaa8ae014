//! `jetbridge permissions manifest`. SPEC P6.

use std::path::Path;

use super::args::ManifestArgs;
use super::{input, scenario, warn};
use crate::cli::answer;
use crate::cli::file_args::place;
use crate::cli::session::Session;
use crate::error::{Exit, Failure};
use crate::files::write::{self, Existing};
use crate::permissions::manifest::manifest;
use crate::permissions::{Scenario, catalogue, handoff};
use crate::text::counted;

/// Prints or writes the manifest of a scenario.
pub fn run(session: &mut Session<'_, '_>, args: &ManifestArgs) -> Result<Exit, Failure> {
    let scenario = scenario::one(session, &args.scenario)?;
    if args.markdown {
        let text = handoff::markdown(&scenario);
        return deliver(session, args.out.as_deref(), &text);
    }
    let built = manifest(&scenario);
    if let Some(reason) = built.empty_because {
        return Err(no_manifest(&scenario, reason));
    }
    let mut whole = built.manifest.clone();
    let mut kept = 0;
    if let Some(path) = &args.merge {
        let present = input::manifest(session, path)?;
        whole = present.manifest.merge(&built.manifest);
        kept = whole.len() - built.manifest.len();
        let added = whole.len() - present.manifest.len();
        session.printer.say(&format!(
            "{}: {} added, {kept} kept that this scenario does not need.",
            input::name(path),
            counted(added, "permission")
        ));
    }
    warn(session, &built.warnings);
    let format = args.answer.format();
    if !format.is_table() {
        let answer = serde_json::json!({
            "version": 1,
            "scenario": scenario,
            "description": scenario.describe(),
            "permissions": whole.len(),
            "kept": kept,
            "required_resource_access": whole,
            "warnings": built.warnings,
        });
        let records = whole.entries().map(|(app, access)| {
            let known = catalogue().permissions.iter().find(|it| it.id == access.id);
            serde_json::json!({
                "resource_app_id": app,
                "api": known.map(|it| it.resource.name.as_str()),
                "id": access.id,
                "value": known.map(|it| it.value.as_str()),
                "kind": access.kind,
            })
        });
        let text = answer::text(session.printer, |printer| {
            answer::whole(printer, format, &answer, &FIELDS, records).map(|_| ())
        })?;
        return deliver(session, args.out.as_deref(), &text);
    }
    deliver(session, args.out.as_deref(), &whole.render(args.format))
}

/// Columns of CSV.
const FIELDS: [&str; 5] = ["api", "value", "kind", "id", "resource_app_id"];

fn no_manifest(scenario: &Scenario, reason: &str) -> Failure {
    let slug = scenario.method.slug();
    Failure::usage(format!("there is no manifest for {slug}"))
        .because(reason)
        .hint(format!("`jetbridge permissions requirements --method {slug}` shows what it needs."))
}

/// Prints the text, or writes it into a file.
fn deliver(
    session: &mut Session<'_, '_>,
    output: Option<&Path>,
    text: &str,
) -> Result<Exit, Failure> {
    match place(output) {
        None => session.printer.line(text.trim_end_matches('\n'))?,
        Some(path) => {
            // With --merge it may be the only copy: whole or not at all.
            write::bytes(path, Existing::Replace, text.as_bytes())?;
            session.printer.say(&format!("Written to {}.", input::name(path)));
        }
    }
    Ok(Exit::Ok)
}
