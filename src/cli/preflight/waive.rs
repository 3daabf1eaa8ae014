//! `jetbridge preflight waive`: lets a check of connections fail, or takes that back. SPEC F7.

use jiff::tz::TimeZone;
use serde_json::json;

use super::args::WaiveArgs;
use crate::audit::waiver::{CheckOf, Grant};
use crate::cli::answer::{VERSION, object};
use crate::cli::audit::files::refused;
use crate::cli::file_args::place;
use crate::cli::session::Session;
use crate::error::{Exit, Failure};
use crate::service::waivers::WaiverFile;
use crate::text::{counted, shown};

/// Writes the file.
pub fn run(session: &mut Session<'_, '_>, args: &WaiveArgs) -> Result<Exit, Failure> {
    args.choose.required("waive a check of")?;
    let grant = args.reason.as_deref().map(|reason| grant(session, args, reason)).transpose()?;
    let file = match place(args.waivers.as_deref()) {
        Some(path) => WaiverFile { path: Some(path.to_owned()), ..session.waivers.clone() },
        None => session.waivers.clone(),
    };
    let backend = session.backend()?;
    let chosen = args.choose.live(session, &backend)?;
    if let Some((_, failure)) = chosen.failed.into_iter().next() {
        return Err(failure);
    }
    // A file that cannot be used is refused before anything is written.
    file.read().map_err(refused)?;
    let mut done = Vec::new();
    for target in chosen.targets {
        let (check, connection, name) = (args.check.clone(), target.id, target.name);
        let of = CheckOf { check, connection, name };
        let changes = match &grant {
            Some(_) if args.dry_run => true,
            Some(grant) => file.put(&of, grant).map(|()| true).map_err(refused)?,
            None if args.dry_run => file.has(&of).map_err(refused)?,
            None => file.remove(&of).map_err(refused)?,
        };
        done.extend(changes.then_some(of));
    }
    if done.is_empty() {
        return Err(Failure::usage(format!("there is no waiver of {} here", args.check)).hint(
            "The file has the waivers that there are; `jetbridge paths` shows where it is.",
        ));
    }
    let outcome = match (grant.is_some(), args.dry_run) {
        (true, false) => "waived",
        (true, true) => "would-waive",
        (false, false) => "removed",
        (false, true) => "would-remove",
    };
    let path = file.path.unwrap_or_default();
    let connections: Vec<_> =
        done.iter().map(|it| json!({ "id": it.connection, "name": it.name })).collect();
    let answer = json!({ "version": VERSION, "outcome": outcome, "check": args.check,
        "reason": grant.as_ref().map(|it| &it.reason), "date": grant.as_ref().map(|it| it.date),
        "expires": grant.as_ref().and_then(|it| it.expires), "file": path,
        "connections": connections });
    if object(session.printer, args.answer.format(), &answer)? {
        return Ok(Exit::Ok);
    }
    for it in &done {
        let line = format!("{} {} of {}", outcome.replace('-', " "), it.check, shown(&it.name));
        session.printer.line(&line)?;
    }
    let many = counted(done.len(), "waiver");
    session.printer.say(&format!("{many} in {}.", shown(&path.to_string_lossy())));
    Ok(Exit::Ok)
}

fn grant(session: &Session<'_, '_>, args: &WaiveArgs, reason: &str) -> Result<Grant, Failure> {
    let today = session.now.to_zoned(TimeZone::UTC).date();
    Grant::new(reason, today, args.until).map_err(|why| {
        Failure::usage(format!("the waiver cannot be used: {why}"))
            .hint("Give --reason a text, and --until a day that has not passed.")
    })
}
