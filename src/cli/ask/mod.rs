//! The questions of a form one by one: in plain lines on a terminal, which a serial line and a screen
//! reader take, or as JSON lines for other programs. Form, conditions, checks and advice are those of
//! the screen; only asking is here. Issue 17.

mod answer;
mod lines;
mod plain;
mod question;
mod walk;
mod ways_out;

use clap::ValueEnum;

use super::answer::{Format, FormatArgs};
use super::files::run;
use super::session::{Session, minute, wait};
use crate::app::drafts;
use crate::app::wizard::Wizard;
use crate::backend::{BackendError, FormDraft, Place};
use crate::domain::{Connection, ConnectionId};
use crate::error::{Exit, Failure};
use crate::form::{initial, read_only, specs, why_listed};
use crate::service::directory;
use crate::service::sessions::Sessions;
use crate::text::shown;

use lines::Lines;
use plain::Plain;
use question::{Page, Question, Reply};
use walk::Walk;

/// How questions are written for a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum QuestionsArg {
    /// One object per question on standard output, one per answer on standard input
    Json,
}

/// How the questions of a form are asked.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct AskArgs {
    /// Ask line by line, also where the screen or an editor would open
    #[arg(long, conflicts_with = "file")]
    pub plain: bool,
    /// Ask in JSON lines, for other programs
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        conflicts_with_all = ["file", "plain", "output", "json"]
    )]
    pub questions: Option<QuestionsArg>,
    /// Continue this draft, by id; `jetbridge drafts` lists them
    #[arg(long, value_name = "ID", conflicts_with = "file")]
    pub draft: Option<String>,
}

impl AskArgs {
    /// Whether one of them was given.
    pub const fn any(&self) -> bool {
        self.plain || self.questions.is_some() || self.draft.is_some()
    }

    /// The same with what else is to be known.
    pub const fn how(&self, dry: bool, answer: FormatArgs) -> How<'_> {
        let format = if self.questions.is_some() { Format::Jsonl } else { answer.format() };
        How { args: self, dry, format }
    }
}

/// What an answer is for, however it is asked.
#[derive(Debug, Clone, Copy)]
pub struct How<'a> {
    /// The arguments.
    pub args: &'a AskArgs,
    /// Nothing is saved.
    pub dry: bool,
    /// How the result is printed.
    pub format: Format,
}

/// Asks questions and reads the answers.
trait Front {
    /// Asks until there is a reply that the field can take, or that moves on.
    fn ask(
        &mut self,
        session: &mut Session<'_, '_>,
        question: &mut Question<'_>,
    ) -> Result<Reply, Failure>;

    /// Shows everything before it is saved.
    fn review(&mut self, session: &mut Session<'_, '_>, page: &Page<'_>) -> Result<Reply, Failure>;

    /// Asks whether to go on; where nobody can be asked, no.
    fn agrees(&mut self, session: &mut Session<'_, '_>, question: &str) -> Result<bool, Failure>;
}

/// Whether lines are preferred to whatever draws on the terminal: a screen reader, or a terminal that
/// cannot move its cursor.
pub fn prefers_lines(env: &dyn Fn(&str) -> Option<String>) -> bool {
    let accessible = env("ACCESSIBLE").is_some_and(|it| !it.is_empty() && it != "0");
    accessible || env("TERM").as_deref() == Some("dumb")
}

/// Asks for a new connection.
pub fn create(session: &mut Session<'_, '_>, how: How<'_>) -> Result<Exit, Failure> {
    let mut front = front(session, how.args, "nothing was given to create")?;
    let backend = session.backend()?;
    run::writable(&backend)?;
    let id = Announced::new(session);
    let is_new = |it: &FormDraft| it.connection.is_none();
    let form = match kept(session, &backend, how.args, is_new)? {
        Some(draft) => resumed(session, &backend, &draft, id.draft())?,
        None => {
            let Some(first) = specs::ALL.first() else {
                return Err(Failure::new("there is no form").hint("Update jetbridge."));
            };
            Wizard::new(first.kind, initial(first), id.draft())
        }
    };
    Walk::new(session, &backend, form, how.dry).run(session, &mut *front, how.format)
}

/// Asks for the answers of a saved connection.
pub fn edit(
    session: &mut Session<'_, '_>,
    backend: &Place,
    connection: &Connection,
    how: How<'_>,
) -> Result<Exit, Failure> {
    let mut front = front(session, how.args, "nothing was given to change")?;
    run::writable(backend)?;
    let name = shown(&connection.name);
    if let Some(why) = read_only(connection) {
        return Err(Failure::new(format!("{name} cannot be edited"))
            .because(why)
            .hint("Update jetbridge to the version that wrote it."));
    }
    let id = Announced::new(session);
    let own = |it: &FormDraft| it.connection == Some(connection.id);
    let form = match kept(session, backend, how.args, own)? {
        Some(draft) => resumed(session, backend, &draft, id.draft())?,
        None => {
            let directory = wait(directory::whole(backend))??;
            Wizard::of_saved(connection, &directory, id.draft()).ok_or_else(|| {
                Failure::usage(format!("{name} has no form"))
                    .because(why_listed(connection.kind))
                    .hint("Use --set KEY=VALUE, or -f FILE.")
            })?
        }
    };
    Walk::new(session, backend, form, how.dry).run(session, &mut *front, how.format)
}

fn front(
    session: &Session<'_, '_>,
    args: &AskArgs,
    nothing: &str,
) -> Result<Box<dyn Front>, Failure> {
    let hint = "Give files with --file, or have a program answer: --questions json.";
    if session.no_input {
        return Err(Failure::usage(nothing).because("--no-input was given").hint(hint));
    }
    if args.questions.is_some() {
        return Ok(Box::new(Lines));
    }
    if !session.can_ask() {
        return Err(Failure::usage(nothing)
            .because("standard input or standard error is not a terminal")
            .hint(hint));
    }
    Ok(Box::<Plain>::default())
}

/// The id of a form in progress, shown to other processes as open for as long as this lives.
struct Announced {
    own: String,
    _session: Option<Sessions>,
}

impl Announced {
    fn new(session: &Session<'_, '_>) -> Self {
        let own = uuid::Uuid::now_v7().simple().to_string();
        let announced = session.ticks.map(|it| Sessions::begin(it, &own));
        Self { own, _session: announced }
    }

    fn draft(&self) -> String {
        format!("{}-1", self.own)
    }
}

/// The draft to continue: the one that is named, or the one that somebody on the terminal chooses.
fn kept(
    session: &mut Session<'_, '_>,
    backend: &Place,
    args: &AskArgs,
    fits: impl Fn(&FormDraft) -> bool,
) -> Result<Option<FormDraft>, Failure> {
    let is_named = args.draft.is_some();
    if !backend.capabilities().drafts || (!is_named && args.questions.is_some()) {
        return match is_named {
            true => Err(backend.refusal("keeping drafts").into()),
            false => Ok(None),
        };
    }
    let sessions = session.ticks.map(Sessions::others).unwrap_or_default();
    let all = match wait(backend.drafts())? {
        Ok(all) => all,
        Err(error) if !is_named => {
            session.printer.must_say(&format!("Drafts cannot be read: {error}."));
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    let all = all.into_iter().filter(|it| !it.id.starts_with(FormDraft::TEXT) && fits(it));
    let mut all: Vec<FormDraft> = all.collect();
    let Some(wanted) = &args.draft else {
        all.retain(|it| !sessions.holds(&it.id));
        return offered(session, all);
    };
    let Some(at) = all.iter().position(|it| it.id == *wanted) else {
        return Err(Failure::usage(format!(
            "no draft to continue here has the id {}",
            shown(wanted)
        ))
        .hint(
            "`jetbridge drafts` lists them; `create` continues new connections, `edit` the others.",
        ));
    };
    if sessions.holds(wanted) {
        return Err(Failure::new(format!("{} is open in another jetbridge", shown(wanted)))
            .hint("Close the form there."));
    }
    Ok(Some(all.swap_remove(at)))
}

/// The draft that somebody chooses by its number; Enter: none.
fn offered(
    session: &mut Session<'_, '_>,
    mut all: Vec<FormDraft>,
) -> Result<Option<FormDraft>, Failure> {
    while !all.is_empty() {
        session.printer.ask("Drafts that were not saved:\n");
        for (at, it) in all.iter().enumerate() {
            let (title, saved) = (shown(&it.title), minute(it.saved_at));
            session.printer.ask(&format!("  {}. {title}, kept {saved}\n", at + 1));
        }
        session.printer.ask("Number of the draft to continue, or Enter to start without: ");
        let Some(line) = session.read_line()? else { break };
        match line.trim() {
            "" => break,
            typed => match typed.parse::<usize>() {
                Ok(number @ 1..) if number <= all.len() => {
                    return Ok(Some(all.swap_remove(number - 1)));
                }
                Ok(_) | Err(_) => session.printer.ask("  problem: no draft has this number\n"),
            },
        }
    }
    Ok(None)
}

/// The form of a draft, over that of the connection that it changes or copies.
fn resumed(
    session: &mut Session<'_, '_>,
    backend: &Place,
    draft: &FormDraft,
    id: String,
) -> Result<Wizard, Failure> {
    let of = draft.connection.or_else(|| drafts::copied(draft));
    let found = of.map(|it| there_or_deleted(backend, it)).transpose()?.flatten();
    let base = match &found {
        Some(connection) => {
            let directory = wait(directory::whole(backend))??;
            Wizard::of_saved(connection, &directory, id.clone())
        }
        None => None,
    };
    let Some(mut form) = drafts::resumed(draft, base, id) else {
        return Err(Failure::new("the draft cannot be read by this version")
            .hint("It is kept until you discard it: `jetbridge drafts --discard ID`."));
    };
    if of.is_some() && found.is_none() {
        form.values.forget_stored();
        session.printer.say("Its connection is gone: saving creates one; enter its secrets again.");
    }
    form.replaces = Some(draft.id.clone());
    Ok(form)
}

fn there_or_deleted(backend: &Place, id: ConnectionId) -> Result<Option<Connection>, Failure> {
    let found = match wait(backend.connection(id))? {
        Err(BackendError::NotFound) => wait(backend.deleted_connection(id))?,
        found => found,
    };
    match found {
        Ok(it) => Ok(Some(it)),
        Err(BackendError::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_preferred_where_nothing_can_be_drawn_or_a_screen_reader_asks_for_them() {
        for (set, wanted) in [
            (&[][..], false),
            (&[("TERM", "xterm")], false),
            (&[("TERM", "dumb")], true),
            (&[("ACCESSIBLE", "1")], true),
            (&[("ACCESSIBLE", "")], false),
            (&[("ACCESSIBLE", "0"), ("TERM", "xterm")], false),
        ] {
            let env = |name: &str| set.iter().find(|it| it.0 == name).map(|it| it.1.to_owned());
            assert_eq!(prefers_lines(&env), wanted, "{set:?}");
        }
    }
}
