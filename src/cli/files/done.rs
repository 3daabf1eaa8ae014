//! What became of a plan, connection by connection.

use serde_json::{Value as Json, json};

use crate::cli::answer::{Format, whole};
use crate::cli::report::{FIELDS, OutcomeOut};
use crate::cli::session::Session;
use crate::error::{Exit, Failure};
use crate::service::files::{Action, Done};
use crate::text::{counted, shown};

/// Prints it: one line of data per connection done, a failure for each that was not, and how many
/// were `left` when Ctrl-C ended it.
pub fn report(
    session: &mut Session<'_, '_>,
    done: &[Done],
    (unchanged, left): (usize, usize),
    format: Format,
) -> Result<Exit, Failure> {
    let failed = done.iter().filter(|it| it.result.is_err()).count();
    let exits = done.iter().filter_map(|it| it.result.as_ref().err());
    let exits = exits.map(|it| Failure::from(it.clone()).exit);
    let exit = match left {
        0 => Exit::of_several(failed < done.len(), exits),
        _ => Exit::Interrupted,
    };
    let failures: Vec<Option<String>> =
        done.iter().map(|it| it.result.as_ref().err().map(ToString::to_string)).collect();
    let records = done.iter().zip(&failures).map(|(it, error)| OutcomeOut {
        outcome: if error.is_some() { "failed" } else { verb(it.action) },
        id: it.result.as_ref().ok().copied(),
        name: &it.name,
        error: error.as_deref(),
    });
    if whole(session.printer, format, &answer(done, unchanged, left), &FIELDS, records)? {
        interrupted(session, done.len(), left);
        return Ok(exit);
    }
    for it in done.iter().filter(|it| it.result.is_ok()) {
        let line = match &it.renamed_from {
            Some(old) => format!("renamed {} -> {}", shown(old), shown(&it.name)),
            None => format!("{} {}", verb(it.action), shown(&it.name)),
        };
        session.printer.line(&line)?;
    }
    for it in done {
        if let Err(error) = &it.result {
            let mut failure = Failure::from(error.clone());
            failure.what = format!("{}: {}", shown(&it.name), failure.what);
            session.printer.failure(&failure);
        }
    }
    if failed > 0 {
        session
            .printer
            .must_say("hint: Those are left as they were; run it again once that is fixed.");
    }
    interrupted(session, done.len(), left);
    Ok(exit)
}

fn interrupted(session: &mut Session<'_, '_>, done: usize, left: usize) {
    if left > 0 {
        let of = counted(done + left, "connection");
        session
            .printer
            .must_say(&format!("interrupted: {done} of {of} processed, {left} not changed"));
        session.printer.must_say("hint: run it again to do the rest");
    }
}

const fn verb(action: Action) -> &'static str {
    match action {
        Action::Create => "created",
        Action::Change => "changed",
        Action::Unchanged => "unchanged",
        Action::Delete => "deleted",
    }
}

fn answer(done: &[Done], unchanged: usize, left: usize) -> Json {
    let of = |action: Action| -> Vec<Json> {
        done.iter()
            .filter(|it| it.action == action)
            .filter_map(|it| Some(json!({ "id": it.result.as_ref().ok()?, "name": it.name })))
            .collect()
    };
    let failed: Vec<Json> = done
        .iter()
        .filter_map(|it| Some((it, it.result.as_ref().err()?)))
        .map(|(it, error)| json!({ "name": it.name, "error": error.to_string(), "was_to_be": verb(it.action) }))
        .collect();
    let mut answer = json!({
        "version": 1,
        "created": of(Action::Create),
        "changed": of(Action::Change),
        "deleted": of(Action::Delete),
        "unchanged": unchanged,
        "failed": failed,
    });
    if left > 0 {
        answer["not_done"] = left.into();
    }
    answer
}
