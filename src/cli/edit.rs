//! `jetbridge edit`: some fields, a file, or an editor. C4, G12; issue 5, point 1.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use super::choose::Chosen;
use super::file_args::{EditArgs, is_standard};
use super::files::input;
use super::files::run::{self, Commands};
use super::files::{done, show};
use super::session::{Session, counted, minute, wait};
use crate::backend::{Backend, BackendError};
use crate::domain::{Connection, ConnectionId};
use crate::error::{Exit, Failure};
use crate::files::{path, read};
use crate::service::files::{
    self, Action, Done, Edit, FilesError, Input, Mistake, Options, Plan, Syntax,
};
use crate::service::{self, FindError};
use crate::text::shown;

/// Lines that the editor shows and that go when it is closed.
const MARK: &str = "#! ";

pub fn run(session: &mut Session<'_, '_>, args: &EditArgs) -> Result<Exit, Failure> {
    args.choose.required("edit")?;
    if !args.choose.is_one() {
        return several(session, args);
    }
    let backend = session.backend()?;
    let text = args.choose.which.first().map(String::as_str).unwrap_or_default();
    let connection = target(&*backend, text)?;
    let options = options(session, args);
    let (plan, commands) = if !args.set.is_empty() {
        let edit = Edit::Fields(run::fields(connection.kind, &args.set)?);
        // Whoever gives a command with --set typed it.
        (change(&*backend, &connection, edit, options)??, Commands::Run)
    } else if let Some(file) = &args.file {
        let edit = Edit::Whole(Box::new(one(session, file)?));
        let commands = Commands::of_files(session, args.secrets.allow_commands);
        (change(&*backend, &connection, edit, options)??, commands)
    } else {
        return in_editor(session, &*backend, &connection, options, args);
    };
    end(session, &*backend, plan, (options, commands), args)
}

fn options(session: &Session<'_, '_>, args: &EditArgs) -> Options {
    // A secret on the command line would be seen by every process.
    let plain = args.secrets.allow_plain_secrets && args.set.is_empty();
    Options { ask_again: true, ..run::options(session, plain) }
}

/// Sets the same fields of several connections: what would change is shown and asked, and a problem
/// of one leaves all as they are.
fn several(session: &mut Session<'_, '_>, args: &EditArgs) -> Result<Exit, Failure> {
    if args.set.is_empty() {
        return Err(Failure::usage("several connections are changed with --set only").hint(
            "Name one connection for -f or the editor; `jetbridge apply -f` takes many files.",
        ));
    }
    if args.set.iter().any(|it| it.key == "name") {
        return Err(Failure::usage("several connections cannot get the same name")
            .hint("Name one connection, or leave --set name=… out."));
    }
    if !session.yes && !args.dry_run && !session.can_ask() {
        return Err(session
            .nobody("whether to change several connections")
            .hint("Add --yes to change them, or --dry-run to see what would change."));
    }
    let backend = session.backend()?;
    let Chosen { targets, failed } = args.choose.live(session, &*backend)?;
    if !failed.is_empty() {
        let mut failure = Failure::new("not every connection was found")
            .hint("Nothing was changed. `jetbridge list` shows every name.");
        failure.exit = Exit::of_several(false, failed.iter().map(|it| it.1.exit));
        for (_, it) in failed {
            failure.why.push(it.what);
            failure.why.extend(it.why);
        }
        return Err(failure);
    }
    let ids: Vec<ConnectionId> = targets.iter().map(|it| it.id).collect();
    let connections = wait(backend.connections(ids))??;
    let mut fields = HashMap::new();
    for it in &connections {
        if let Entry::Vacant(place) = fields.entry(it.kind) {
            place.insert(run::fields(it.kind, &args.set)?);
        }
    }
    let changes = connections.into_iter().map(|it| {
        let fields = fields.get(&it.kind).cloned().unwrap_or_default();
        (it, fields)
    });
    let options = options(session, args);
    let changes = changes.collect();
    let plan = wait(files::change_all(&*backend, changes, options))??;
    if !session.yes && !args.dry_run && !plan.is_empty() {
        show::plan(session, &plan)?;
        let steps = counted(plan.count(Action::Change), "connection");
        let count = plan.count(Action::Change);
        if !session.agree(&format!("Change {steps}?"), "change", count)? {
            return Err(Failure::new("nothing was changed")
                .because("you did not agree")
                .hint("Answer as the question says to change them, or give --yes."));
        }
    }
    end(session, &*backend, plan, (options, Commands::Run), args)
}

fn end(
    session: &mut Session<'_, '_>,
    backend: &dyn Backend,
    plan: Plan,
    how: (Options, Commands),
    args: &EditArgs,
) -> Result<Exit, Failure> {
    if args.dry_run {
        return run::dry(session, &plan, args.answer.format());
    }
    let nothing = plan.is_empty() && plan.reads().next().is_none();
    if nothing && args.answer.format().is_table() {
        session.printer.line(&show::summary(&plan))?;
        return Ok(Exit::Ok);
    }
    save(session, backend, plan, how, args)
}

/// Saves the change. A connection that was deleted meanwhile is restored with it, if somebody agrees.
fn save(
    session: &mut Session<'_, '_>,
    backend: &dyn Backend,
    plan: Plan,
    how: (Options, Commands),
    args: &EditArgs,
) -> Result<Exit, Failure> {
    let plan = run::ready(session, backend, plan, how)?;
    if plan.is_empty() && args.answer.format().is_table() {
        session.printer.line(&show::summary(&plan))?;
        return Ok(Exit::Ok);
    }
    let mut done = run::perform(session, backend, plan.clone())?;
    if let [Done { name, result: Err(BackendError::Deleted { id, by, at, revision }), .. }] =
        done.as_slice()
        && session.can_ask()
    {
        let (name, by, at) = (shown(name), shown(by), minute(*at));
        let question = format!("{by} deleted {name} at {at}. Restore it and save your changes?");
        if session.confirm(&question)? {
            done = run::perform(session, backend, plan.clone().restoring(*id, *revision))?;
        }
    }
    let left = run::left(&plan) - done.len();
    done::report(session, &done, (plan.count(Action::Unchanged), left), args.answer.format())
}

/// The connection to edit. One that is deleted is said to be.
fn target(backend: &dyn Backend, which: &str) -> Result<Connection, Failure> {
    let found = match wait(service::find(backend, which))? {
        Err(error @ FindError::NotFound { .. }) => {
            let deleted = wait(backend.deleted())?.unwrap_or_default();
            let found = service::find_deleted(&deleted, &[which.to_owned()]).pop();
            return Err(match found.transpose() {
                Ok(Some(target)) => Failure::new(format!("{} is deleted", shown(&target.name)))
                    .hint(format!("`jetbridge restore {}` brings it back.", target.id)),
                Ok(None) | Err(_) => error.into(),
            });
        }
        found => found?,
    };
    Ok(wait(backend.connection(found.id))??)
}

fn change(
    backend: &dyn Backend,
    connection: &Connection,
    edit: Edit,
    options: Options,
) -> Result<Result<Plan, FilesError>, Failure> {
    wait(files::change_one(backend, connection.clone(), edit, options))
}

/// The only record of a file.
fn one(session: &mut Session<'_, '_>, file: &Path) -> Result<files::Entry, Failure> {
    if file.is_dir() {
        return Err(Failure::usage("edit takes one file with one connection, not a folder")
            .hint("`jetbridge apply -f DIR` changes several."));
    }
    let inputs = input::read(session, &[file.to_owned()])?;
    let mut entries = files::read(&inputs.inputs).whole()?;
    match (entries.pop(), entries.len()) {
        (Some(entry), 0) => Ok(entry),
        (_, more) => {
            let name =
                if is_standard(file) { "standard input".into() } else { file.to_string_lossy() };
            Err(Failure::usage(format!("{} holds {} connections", shown(&name), more + 1))
                .hint("edit takes one; `jetbridge apply -f` changes several."))
        }
    }
}

/// As it was left in the editor.
enum Left {
    AsItWas,
    Right(Plan, String),
    /// With these mistakes, one line each.
    Wrong(Vec<String>, String),
}

/// Changes the record in an editor. What was typed and could not be saved is kept in a file. C7
fn in_editor(
    session: &mut Session<'_, '_>,
    backend: &dyn Backend,
    connection: &Connection,
    options: Options,
    args: &EditArgs,
) -> Result<Exit, Failure> {
    let (result, text) = match edited(session, backend, connection, options)? {
        Left::AsItWas => {
            session.printer.say("Nothing was changed.");
            return Ok(Exit::Ok);
        }
        Left::Right(plan, text) => {
            (end(session, backend, plan, (options, Commands::Run), args), text)
        }
        Left::Wrong(why, text) => {
            let mut failure = Failure::new("the record was left with its mistakes")
                .hint("Mend them in the kept file and give it with -f, or edit again.");
            failure.why = why;
            (Err(failure), text)
        }
    };
    if !matches!(result, Ok(Exit::Ok)) {
        match keep(&text) {
            Ok(path) => {
                let path = path.to_string_lossy();
                session
                    .printer
                    .say(&format!("Nothing was changed. Your text is kept in {}.", shown(&path)));
            }
            Err(error) => session.printer.say(&format!("Your text could not be kept: {error}.")),
        }
    }
    result
}

fn keep(text: &str) -> std::io::Result<std::path::PathBuf> {
    let mut file = tempfile::Builder::new().prefix("jetbridge-").suffix(".toml").tempfile()?;
    file.write_all(text.as_bytes())?;
    Ok(file.keep()?.1)
}

/// Opens the record in an editor until it is right, or left as it was before.
fn edited(
    session: &mut Session<'_, '_>,
    backend: &dyn Backend,
    connection: &Connection,
    options: Options,
) -> Result<Left, Failure> {
    let editor = editor(session)?;
    let record = wait(files::record_of(backend, connection))??;
    let original = files::toml_text(&[record]);
    let mut text = original.clone();
    let mut wrong: Vec<String> = Vec::new();
    loop {
        let marks: String = wrong.iter().map(|it| format!("{MARK}{it}\n")).collect();
        let typed = open(&editor, &format!("{marks}{text}"))?;
        let typed: String =
            typed.split_inclusive('\n').filter(|it| !it.starts_with(MARK)).collect();
        if typed == original || typed.trim().is_empty() {
            return Ok(Left::AsItWas);
        }
        if typed == text {
            return Ok(Left::Wrong(wrong, text));
        }
        text = typed;
        wrong = match understood(backend, connection, &text, options)? {
            Ok(plan) => return Ok(Left::Right(plan, text)),
            Err(FilesError::Backend(error)) => vec![error.to_string()],
            Err(FilesError::Mistakes(mistakes)) => {
                // The marks stand above the record, which moves its lines down.
                mistakes.iter().map(|it| mark(it, mistakes.len())).collect()
            }
        };
    }
}

fn mark(it: &Mistake, above: usize) -> String {
    let line = it.place.spot.map(|it| format!("line {}: ", it.line + above)).unwrap_or_default();
    let field = if it.field.is_empty() { String::new() } else { format!("{}: ", it.field) };
    shown(&format!("{line}{field}{}", it.message)).into_owned()
}

/// What the text asks for.
fn understood(
    backend: &dyn Backend,
    connection: &Connection,
    text: &str,
    options: Options,
) -> Result<Result<Plan, FilesError>, Failure> {
    let input = Input {
        name: "the record".to_owned(),
        folder: std::path::PathBuf::new(),
        syntax: Syntax::Toml,
        text: text.to_owned(),
    };
    let mut entries = match files::read(&[input]).whole() {
        Ok(entries) => entries,
        Err(error) => return Ok(Err(error)),
    };
    match (entries.pop(), entries.pop()) {
        (Some(entry), None) => change(backend, connection, Edit::Whole(Box::new(entry)), options),
        (_, more) => {
            let place = more.map(|it| it.place);
            let place = place.unwrap_or(files::Place { file: "the record".into(), spot: None });
            let message = "there must be exactly one [[connection]] here".to_owned();
            let (connection, field) = (String::new(), String::new());
            Ok(Err(FilesError::Mistakes(vec![Mistake { place, connection, field, message }])))
        }
    }
}

/// The editor that the environment names; without one, vi where there is a terminal.
fn editor(session: &Session<'_, '_>) -> Result<Vec<String>, Failure> {
    let hint = "Use --set KEY=VALUE or -f FILE, or set EDITOR.";
    if session.no_input {
        return Err(Failure::usage("nothing was given to change")
            .because("--no-input was given")
            .hint(hint));
    }
    let named = ["VISUAL", "EDITOR"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|it| !it.trim().is_empty()));
    let words = command(named.unwrap_or_default());
    if !words.is_empty() {
        return Ok(words);
    }
    if !session.terminals.input || !session.terminals.output {
        return Err(Failure::usage("nothing was given to change")
            .because("there is no terminal for an editor, and neither VISUAL nor EDITOR is set")
            .hint(hint));
    }
    Ok(vec!["vi".to_owned()])
}

/// The program and its arguments: split as a shell would, unless all of it is the path of a file.
fn command(named: String) -> Vec<String> {
    let whole = path::given(named.trim());
    let words = match whole.is_absolute() && whole.is_file() {
        true => vec![named.trim().to_owned()],
        false => path::words(&named),
    };
    let program = |it: String| path::given(it).to_string_lossy().into_owned();
    words.into_iter().enumerate().map(|(at, it)| if at == 0 { program(it) } else { it }).collect()
}

/// Lets somebody change a text.
fn open(editor: &[String], text: &str) -> Result<String, Failure> {
    let failed = |what: &str, error: std::io::Error| {
        Failure::new(what.to_owned())
            .because(error.to_string())
            .hint("Set EDITOR, or use --set or -f.")
    };
    let Some((program, args)) = editor.split_first() else {
        return Err(Failure::usage("no editor is set").hint("Set EDITOR, or use --set or -f."));
    };
    let mut file = tempfile::Builder::new()
        .prefix("jetbridge-")
        .suffix(".toml")
        .tempfile()
        .map_err(|error| failed("the record cannot be written for the editor", error))?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.flush())
        .map_err(|error| failed("the record cannot be written for the editor", error))?;
    // Some editors replace the file, so the name counts and not the handle.
    let path = file.into_temp_path();
    let status = Command::new(program)
        .args(args)
        .arg(&path)
        .status()
        .map_err(|error| failed(&format!("{} cannot be started", shown(program)), error))?;
    if !status.success() {
        return Err(Failure::new(format!("{} failed ({status})", shown(program)))
            .hint("Nothing was changed."));
    }
    Ok(read::text(&path, files::MAX_BYTES)?)
}
