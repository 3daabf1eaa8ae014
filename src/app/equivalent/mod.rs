//! The command line that does what an action of the screen does. Issue 5, point 3.
//!
//! Pure: from the model to a text, for the palette and the list of commands. What only moves
//! something on the screen says so. No command holds a secret: where one is needed it says from
//! where it is read. Words in capitals are for the reader to fill in.

pub(super) mod compare;
pub(super) mod form;
mod line;
pub(super) mod permissions;
pub(super) mod places;

use super::{Action, Context, Keymap, Modal, Model};
pub(super) use line::Line;

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

pub(super) const MOVES: Equivalent = OnlyOnScreen("It moves the cursor on screen.");
pub(super) const MARKS: Equivalent =
    OnlyOnScreen("Marks exist only on screen; name the connections on the command line.");
pub(super) const TYPES: Equivalent =
    OnlyOnScreen("It is one step of a form; see the command for saving.");
pub(super) const LOOKS: Equivalent = OnlyOnScreen("It changes only how the screen looks.");
pub(super) const CLIPBOARD: Equivalent = OnlyOnScreen("Copying goes through the terminal.");
pub(super) const DRAFTS: Equivalent =
    OnlyOnScreen("A form continues only on screen; `jetbridge drafts` lists and discards drafts.");
pub(super) const SECRETS: Equivalent = OnlyOnScreen("Commands show no secret.");
const TICKS: Equivalent = OnlyOnScreen("It undoes what was done on screen.");
pub(super) const PROCESS: Equivalent = OnlyOnScreen("It controls the screen itself.");
const OTHERS: Equivalent =
    OnlyOnScreen("The permissions command covers Microsoft 365 Groups only.");
const EMPTY: Equivalent = OnlyOnScreen("No connection is selected.");
const REDACTED: Equivalent = OnlyOnScreen(crate::backend::ReadOnly::Redacted.reason());
const LONG: Equivalent =
    OnlyOnScreen("Too many are marked for one command line; use filters, or export.");

impl From<Line> for Equivalent {
    fn from(line: Line) -> Self {
        let text = line.done();
        if text.len() > LONGEST { LONG } else { Self::Command(text) }
    }
}

/// What does the same as an action in a place. Where names are redacted nothing can be changed, so
/// that no command for it is shown.
pub fn of(model: &Model, place: Context, action: Action) -> Equivalent {
    match action.equivalent(model, place) {
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
        Context::List | Context::Search | Context::Filter | Context::FilterSearch => {
            Action::Refresh
        }
        Context::Form | Context::FormText | Context::Review => Action::Save,
        Context::Permissions => Action::NextFormat,
        Context::Audit | Context::AuditSearch | Context::Diff | Context::DiffSearch => {
            Action::Refresh
        }
        Context::Runbook => Action::Runbook,
        Context::Preflight => Action::Preflight,
        Context::Picker => Action::Refresh,
        Context::Prompt | Context::Menu | Context::Help | Context::Palette => Action::Activate,
        Context::Dialog => Action::Confirm,
    }
}

/// What a command does, in the words of its action or, where it stands for several, of the place.
const fn label(place: Context, action: Action) -> &'static str {
    match (place, action) {
        (
            Context::List | Context::Search | Context::Filter | Context::FilterSearch,
            Action::Refresh,
        ) => "List what is shown here",
        (Context::Permissions, Action::NextFormat) => "Show this",
        (Context::Prompt | Context::Menu | Context::Dialog, Action::Activate | Action::Confirm) => {
            "Do it"
        }
        (_, Action::CopyMenu) => "Export as a table",
        (_, action) => action.about(),
    }
}

/// What lies over the screen, but for the help, the palette and the commands themselves.
fn top(model: &Model) -> Option<&Modal> {
    let aside =
        |it: &&Modal| !matches!(it, Modal::Help(_) | Modal::Palette(_) | Modal::Commands(_));
    model.modals.iter().rev().find(aside)
}
