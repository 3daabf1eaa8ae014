//! `jetbridge preflight requirements`: the permissions that the pre-flight itself takes.

use serde_json::json;

use super::args::RequirementArgs;
use crate::cli::answer::{VERSION, whole};
use crate::cli::session::Session;
use crate::error::{Exit, Failure};
use crate::permissions::manifest::Form;
use crate::service::preflight::{Needed, Selection, manifest, needed};

/// Prints them as the manifest of an app.
pub fn run(session: &mut Session<'_, '_>, args: &RequirementArgs) -> Result<Exit, Failure> {
    let selection = Selection { only: args.only.clone(), skip: args.skip.clone(), offline: false };
    let all = needed(&selection);
    let manifest = manifest(&all);
    let record = |it: &Needed| json!({ "value": it.value, "id": it.id, "kind": "Role", "checks": it.checks });
    let records: Vec<_> = all.iter().map(record).collect();
    let answer = json!({ "version": VERSION, "permissions": records,
        "required_resource_access": manifest });
    let columns = ["value", "id", "kind", "checks"];
    if whole(session.printer, args.answer.format(), &answer, &columns, records.iter())? {
        return Ok(Exit::Ok);
    }
    session.printer.line(manifest.render(Form::Array).trim_end())?;
    session.printer.say("Application permissions of Microsoft Graph, for reading only:");
    for it in &all {
        let by_name =
            if it.id.is_none() { "; add it by name, its id is not known here" } else { "" };
        session.printer.say(&format!("  {}: {}{by_name}", it.value, it.checks.join(", ")));
    }
    session
        .printer
        .say("note: mdm.scope needs a person's sign-in with Policy.Read.All; no app can read it.");
    Ok(Exit::Ok)
}
