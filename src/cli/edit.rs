//! `jetbridge edit`: some fields, a file, or an editor. C4, G12; issue 5, point 1.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::{Path, PathBuf};

use super::answer::FormatArgs;
use super::ask::{self, AskArgs};
use super::choose::{ChooseArgs, Chosen};
use super::editor;
use super::file_args::{SecretArgs, Set, is_standard, set};
use super::files::run::{self, Commands};
use super::files::{done, input, show};
use super::session::{Session, minute, wait};
use crate::backend::{BackendError, FormDraft, Place};
use crate::domain::{Connection, ConnectionId, Secret, Timestamp};
use crate::error::{Exit, Failure};
use crate::service::files::{
    self, Action, Done, Edit, FilesError, Input, Mistake, Options, Plan, Syntax,
};
use crate::service::{self, FindError};
use crate::text::{counted, shown};

/// Arguments of `edit`.
#[derive(Debug, clap::Args)]
pub struct EditArgs {
    #[command(flatten)]
    pub choose: ChooseArgs,
    /// Set a field; nothing after = clears it; repeat for several
    #[arg(long, value_name = "KEY=VALUE", value_parser = set, conflicts_with_all = ["file", "plain", "questions", "draft"])]
    pub set: Vec<Set>,
    /// File with the whole record; - for standard input
    #[arg(long, short = 'f', value_name = "FILE|-")]
    pub file: Option<PathBuf>,
    /// Restore the answers of this revision; secrets and keys stay as they are
    #[arg(long, value_name = "N", conflicts_with_all = ["set", "file", "plain", "questions", "draft"])]
    pub revision: Option<u32>,
    /// Only check, and show what would change
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub ask: AskArgs,
    #[command(flatten)]
    pub secrets: SecretArgs,
    #[command(flatten)]
    pub answer: FormatArgs,
}

pub const EDIT_HELP: &str = r#"Several connections take --set: the changes are shown and confirmed
first, and a problem with one leaves all unchanged. Without --set and -f, the record of one
connection opens in $VISUAL or $EDITOR as TOML. After an error it opens again with the problems on
top; saving it unchanged leaves everything as it is. With --plain,
ACCESSIBLE=1 or TERM=dumb, the fields of the form are asked one by one instead.

Lists are written as in TOML: --set 'accounts=["a@contoso.example", "b@contoso.example"]'. Secrets by
reference only: --set 'client_secret={ prompt = true }' asks for a new one, { file = "…" } reads it.
Another tenant clears the choices that belong to the old one."#;

/// Lines that the editor shows and that go when it is closed.
const MARK: &str = "#! ";

pub fn run(session: &mut Session<'_, '_>, args: &EditArgs) -> Result<Exit, Failure> {
    args.choose.required("edit")?;
    if !args.choose.is_one() {
        return several(session, args);
    }
    let backend = session.backend()?;
    let text = args.choose.which.first().map(String::as_str).unwrap_or_default();
    let connection = target(&backend, text)?;
    let options = options(session, args);
    let (plan, commands) = if !args.set.is_empty() {
        let edit = Edit::Fields(run::fields(connection.kind, &args.set)?);
        // Whoever gives a command with --set typed it.
        (change(&backend, &connection, edit, options)??, Commands::Run)
    } else if let Some(file) = &args.file {
        let edit = Edit::Whole(Box::new(one(session, file)?));
        let commands = Commands::of_files(session, args.secrets.allow_commands);
        (change(&backend, &connection, edit, options)??, commands)
    } else if let Some(revision) = args.revision {
        let (_, was) = wait(service::at_revision(&backend, connection.id, revision))??;
        let record = wait(files::record_of(&backend, &was))??;
        let text = files::toml_text(&[record]);
        let plan = understood(&backend, &connection, &text, options)?;
        // A secret that was given up since is kept nowhere.
        let plan = plan.map_err(|error| {
            Failure::from(error).hint(
                "A secret that the connection had then is gone. Open the revision on the screen (h in the list), which asks for it.",
            )
        })?;
        (plan, Commands::Run)
    } else if args.ask.any()
        || (session.can_ask() && ask::prefers_lines(&|it| std::env::var(it).ok()))
    {
        return ask::edit(session, &backend, &connection, args.ask.how(args.dry_run, args.answer));
    } else {
        return in_editor(session, &backend, &connection, options, args);
    };
    end(session, &backend, plan, (options, commands), args)
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
        return Err(Failure::usage("several connections can be changed only with --set").hint(
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
    let Chosen { targets, failed } = args.choose.live(session, &backend)?;
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
    let plan = wait(files::change_all(&backend, changes, options))??;
    if !session.yes && !args.dry_run && !plan.is_empty() {
        show::plan(session, &plan)?;
        let steps = counted(plan.count(Action::Change), "connection");
        let count = plan.count(Action::Change);
        if !session.agree(&format!("Change {steps}?"), "change", count)? {
            return Err(Failure::new("nothing was changed")
                .because("you did not agree")
                .hint("Confirm as asked to change them, or use --yes."));
        }
    }
    end(session, &backend, plan, (options, Commands::Run), args)
}

fn end(
    session: &mut Session<'_, '_>,
    backend: &Place,
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
    backend: &Place,
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
fn target(backend: &Place, which: &str) -> Result<Connection, Failure> {
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
    backend: &Place,
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

/// Changes the record in an editor. What was typed and could not be saved is kept sealed, and the next
/// edit goes on with it. C7
fn in_editor(
    session: &mut Session<'_, '_>,
    backend: &Place,
    connection: &Connection,
    options: Options,
    args: &EditArgs,
) -> Result<Exit, Failure> {
    let kept = kept(session, backend, connection)?;
    let had = kept.is_some();
    let (result, text) = match edited(session, backend, connection, options, kept)? {
        Left::AsItWas => {
            forget(backend, connection, had)?;
            session.printer.say("Nothing was changed.");
            return Ok(Exit::Ok);
        }
        Left::Right(plan, text) => {
            (end(session, backend, plan, (options, Commands::Run), args), text)
        }
        Left::Wrong(why, text) => {
            let name = shown(&connection.name);
            let mut failure = Failure::new("the record still has errors")
                .hint(format!("`jetbridge edit {name}` continues with your text."));
            failure.why = why;
            (Err(failure), text)
        }
    };
    match (&result, args.dry_run) {
        (Ok(Exit::Ok), false) => forget(backend, connection, had)?,
        (Ok(Exit::Ok), true) => {}
        _ => match keep(backend, connection, text)? {
            Ok(()) => session.printer.must_say(&format!(
                "Nothing was changed. Your text is kept sealed: `jetbridge edit {}` continues with it.",
                shown(&connection.name)
            )),
            Err(error) => session.printer.must_say(&format!("Your text could not be kept: {error}.")),
        },
    }
    result
}

/// The text of this connection that an edit before could not save.
fn kept(
    session: &mut Session<'_, '_>,
    backend: &Place,
    connection: &Connection,
) -> Result<Option<Secret>, Failure> {
    if !backend.capabilities().drafts {
        return Ok(None);
    }
    let id = text_draft(connection);
    match wait(backend.drafts())? {
        Ok(drafts) => Ok(drafts.into_iter().find(|it| it.id == id).map(|it| it.content)),
        Err(error) => {
            session.printer.must_say(&format!("Kept texts cannot be read: {error}."));
            Ok(None)
        }
    }
}

fn keep(
    backend: &Place,
    connection: &Connection,
    text: String,
) -> Result<Result<(), BackendError>, Failure> {
    let draft = FormDraft {
        id: text_draft(connection),
        connection: Some(connection.id),
        title: connection.name.clone(),
        content: Secret::new(text),
        saved_at: Timestamp::now(),
    };
    wait(backend.save_draft(draft))
}

fn forget(backend: &Place, connection: &Connection, had: bool) -> Result<(), Failure> {
    if had {
        wait(backend.discard_draft(text_draft(connection)))??;
    }
    Ok(())
}

fn text_draft(connection: &Connection) -> String {
    format!("{}{}", FormDraft::TEXT, connection.id)
}

/// Opens the record in an editor until it is right, or left as it was before.
fn edited(
    session: &mut Session<'_, '_>,
    backend: &Place,
    connection: &Connection,
    options: Options,
    kept: Option<Secret>,
) -> Result<Left, Failure> {
    let editor = editor::of(session)?;
    let record = wait(files::record_of(backend, connection))??;
    let original = files::toml_text(&[record]);
    let mut wrong: Vec<String> = Vec::new();
    let mut text = original.clone();
    if let Some(kept) = kept {
        kept.expose().clone_into(&mut text);
        let what = "This is your earlier text, which was not saved. Empty it to start over.";
        wrong.push(what.to_owned());
    }
    let mut tried = false;
    loop {
        let marks: String = wrong.iter().map(|it| format!("{MARK}{it}\n")).collect();
        let typed = editor::open(&editor, &format!("{marks}{text}"))?;
        let typed: String =
            typed.split_inclusive('\n').filter(|it| !it.starts_with(MARK)).collect();
        if typed == original || typed.trim().is_empty() {
            return Ok(Left::AsItWas);
        }
        if tried && typed == text {
            return Ok(Left::Wrong(wrong, text));
        }
        tried = true;
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
    backend: &Place,
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
