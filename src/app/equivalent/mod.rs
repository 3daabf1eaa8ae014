//! The command line that does what an action of the screen does. Issue 5, point 3.
//!
//! Pure: from the model to a text, for the palette and the list of commands. What only moves
//! something on the screen says so. No command holds a secret: where one is needed it says from
//! where it is read. Words in capitals are for the reader to fill in.

mod compare;
mod form;
mod line;
mod permissions;
mod places;
pub mod quote;

use super::{Action, Context, Keymap, Modal, Model};
use line::Line;

/// Longest command that is offered, in bytes: what is longer nobody reads before running it.
const LONGEST: usize = 8_000;

/// What does the same on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Equivalent {
    /// This command.
    Command(String),
    /// Nothing: why it is of the screen only.
    OnlyOnScreen(&'static str),
}

use Equivalent::OnlyOnScreen;

const MOVES: Equivalent = OnlyOnScreen("It moves on the screen.");
const MARKS: Equivalent = OnlyOnScreen("Marks are of the screen: a command names its connections.");
const TYPES: Equivalent = OnlyOnScreen("It is a step of a form: the command is that of saving it.");
const LOOKS: Equivalent = OnlyOnScreen("It changes how the screen looks.");
const CLIPBOARD: Equivalent = OnlyOnScreen("It goes to the clipboard through the terminal.");
const DRAFTS: Equivalent = OnlyOnScreen("Drafts are of the screen: elsewhere a file is the draft.");
const SECRETS: Equivalent = OnlyOnScreen("Commands show no secret.");
const TICKS: Equivalent = OnlyOnScreen("It takes back what was done on the screen.");
const PROCESS: Equivalent = OnlyOnScreen("It is about the screen's own process.");
const OTHERS: Equivalent =
    OnlyOnScreen("The permissions command covers Microsoft 365 Groups only.");
const EMPTY: Equivalent = OnlyOnScreen("There is no connection to do it to.");
const REDACTED: Equivalent = OnlyOnScreen(crate::backend::ReadOnly::Redacted.reason());
const LONG: Equivalent =
    OnlyOnScreen("More is marked than fits on a command line: filter instead, and export.");

impl From<Line> for Equivalent {
    fn from(line: Line) -> Self {
        let text = line.done();
        if text.len() > LONGEST { LONG } else { Self::Command(text) }
    }
}

/// What does the same as an action in a place. Where names are redacted nothing can be changed, so
/// that no command for it is told.
pub fn of(model: &Model, place: Context, action: Action) -> Equivalent {
    match whatever(model, place, action) {
        Equivalent::Command(text) if model.is_redacted() && changes(&text) => REDACTED,
        it => it,
    }
}

/// Whether a command changes connections or the directory.
fn changes(text: &str) -> bool {
    let mut words = text.split(' ').skip(1);
    match words.next().unwrap_or_default() {
        "create" | "edit" | "clone" | "delete" | "import" | "apply" | "sample" => true,
        "restore" => !words.any(|it| it == "--list"),
        "directory" => words.next() == Some("import"),
        _ => false,
    }
}

fn whatever(model: &Model, place: Context, action: Action) -> Equivalent {
    use Action as A;
    match action {
        A::Up
        | A::Down
        | A::PageUp
        | A::PageDown
        | A::ScrollUp
        | A::ScrollDown
        | A::Top
        | A::Bottom
        | A::NextField
        | A::PrevField
        | A::NextStep
        | A::PrevStep
        | A::NextPane
        | A::NextTab
        | A::PrevTab => MOVES,
        A::Mark | A::MarkRange | A::MarkUp | A::MarkDown | A::MarkAll | A::Invert | A::Unmark => {
            MARKS
        }
        A::Left | A::Right => places::turned(model, place),
        A::Back | A::Commands => MOVES,
        A::Palette | A::Redraw | A::Message => LOOKS,
        A::Quit | A::Suspend => PROCESS,
        A::Copy | A::CopyValue | A::CopyCommand | A::OpenLink => CLIPBOARD,
        A::Drafts => DRAFTS,
        A::Reveal => SECRETS,
        A::Generate | A::Paste | A::ClearField => TYPES,
        A::Help => Line::bare("help keys").into(),
        A::ToggleMouse => {
            Line::bare("").word(if model.mouse { "--no-mouse" } else { "--mouse" }).into()
        }
        A::Contexts => Line::bare("context list").into(),
        A::Sample => Line::new(model, "sample load").into(),
        A::ImportDirectory | A::AddObject | A::EditObject => {
            Line::new(model, "directory import").word("FILE").into()
        }
        A::FetchAgent => Line::bare("agent download").into(),
        A::Search | A::Filter | A::ClearFilter | A::Refresh => places::shown(model, place),
        A::Sort | A::SortReverse => places::listed(model),
        A::Details => places::details(model, place),
        A::Open | A::Activate | A::Toggle | A::Confirm => places::chosen(model, place, action),
        A::Create => Line::new(model, "create").word("-f FILE").into(),
        A::Clone => places::on_row(model, |line, _| line.word("NEWNAME"), "clone"),
        A::Delete => places::deleted(model, place),
        A::Undo if place == Context::Runbook => TICKS,
        A::Undo => places::undone(model),
        A::Deleted => Line::new(model, "restore").word("--list").into(),
        A::History => places::on_row(model, |line, _| line.word("--history"), "show"),
        A::CopyMenu => places::copied(model, place),
        A::Diff => compare::begin(model, place),
        A::Runbook => compare::runbook(model, place),
        A::CopyToPlan => compare::copied(model, place),
        A::ResetTicks => compare::with_runbook(model, |line| line.word("--reset")),
        A::Save => form::saved(model),
        A::Permissions => permissions::opened(model),
        A::NextFormat | A::OnlyGaps | A::CheckManifest | A::CheckToken | A::CheckLive => {
            permissions::checked(model, action)
        }
        A::SaveFile => places::saved(model, place),
        A::Audit => Line::new(model, "audit").into(),
        A::ShowInList => places::found(model, "show"),
    }
}

/// Every command of the place that is shown, the one for what it shows first.
pub fn commands(model: &Model, keymap: &Keymap) -> Vec<(&'static str, String)> {
    let place = match top(model) {
        Some(modal) => modal.context(),
        None => model.context(),
    };
    let mut out: Vec<(&'static str, String)> = Vec::new();
    let main = main_action(place);
    let others = keymap.of(place).map(|(action, _)| action);
    for action in std::iter::once(main).chain(others) {
        let Equivalent::Command(text) = of(model, place, action) else { continue };
        // What is about the screen is no part of a place.
        let aside = matches!(action, Action::Help | Action::ToggleMouse);
        if !aside && out.iter().all(|(_, known)| *known != text) {
            out.push((label(place, action), text));
        }
    }
    out
}

/// The action whose command says most about a place.
const fn main_action(place: Context) -> Action {
    match place {
        Context::List | Context::Search | Context::Filter => Action::Refresh,
        Context::Form | Context::FormText | Context::Review => Action::Save,
        Context::Permissions => Action::NextFormat,
        Context::Audit | Context::AuditSearch | Context::Diff | Context::DiffSearch => {
            Action::Refresh
        }
        Context::Runbook => Action::Runbook,
        Context::Picker => Action::Refresh,
        Context::Prompt | Context::Menu | Context::Help | Context::Palette => Action::Activate,
        Context::Dialog => Action::Confirm,
    }
}

/// What a command does, in the words of its action or, where it stands for several, of the place.
const fn label(place: Context, action: Action) -> &'static str {
    match (place, action) {
        (Context::List | Context::Search | Context::Filter, Action::Refresh) => {
            "List what is shown here"
        }
        (Context::Permissions, Action::NextFormat) => "Show this",
        (Context::Prompt | Context::Menu | Context::Dialog, Action::Activate | Action::Confirm) => {
            "Do it"
        }
        (_, Action::CopyMenu) => "Write them as a table",
        (_, action) => action.about(),
    }
}

/// What lies over the screen, but for the help, the palette and the commands themselves.
fn top(model: &Model) -> Option<&Modal> {
    let aside =
        |it: &&Modal| !matches!(it, Modal::Help(_) | Modal::Palette(_) | Modal::Commands(_));
    model.modals.iter().rev().find(aside)
}
