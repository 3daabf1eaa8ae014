//! What can lie over a screen: questions, lists, panels. The topmost has the keys.

use std::collections::{BTreeMap, BTreeSet};

use super::facets::FilterPanel;
use super::input::TextInput;
use super::msg::KeptDraft;
use super::picker::Picker;
use super::preflight::Wish;
use super::prompt::Prompt;
use super::search::Search;
use super::{Action, Context, RequestId};
use crate::backend::{BackendError, DeletedConnection, HistoryEntry, Revision};
use crate::domain::removal::{DeletePlan, Target, is_number};
use crate::domain::{ConnectionId, Secret, Timestamp};
use crate::form::Difference;

/// Something over the screen.
#[derive(Debug, Clone, PartialEq)]
pub enum Modal {
    /// Whether to delete. C5.
    Delete(DeleteDialog),
    /// Whether to leave a changed form.
    Leave {
        /// Focused choice: 0 stay, 1 keep a draft, 2 discard.
        at: usize,
        /// The program quits afterwards.
        quit: bool,
    },
    /// A save met a newer revision.
    Conflict(Conflict),
    /// Whether to replace an issued key. D6.
    Regenerate {
        /// Field of the key.
        field: &'static str,
        /// Focused choice: 0 keep, 1 replace.
        at: usize,
        /// What must be typed first.
        proof: Option<Proof>,
    },
    /// Whether to discard a draft of the list below.
    Discard {
        /// The draft.
        id: String,
        /// What it is of.
        title: String,
        /// Focused choice: 0 keep, 1 discard.
        at: usize,
        /// What must be typed first.
        proof: Option<Proof>,
    },
    /// Whether to forget a deleted connection of the list below for good.
    Purge {
        /// The connection.
        target: Target,
        /// Focused choice: 0 keep, 1 purge.
        at: usize,
        /// What must be typed first.
        proof: Option<Proof>,
    },
    /// Whether to go on with the draft of the connection that was opened.
    HasDraft(HasDraft),
    /// Filter panel. C2.
    Filter(FilterPanel),
    /// Pick list.
    Picker(Box<Picker>),
    /// Input lines.
    Prompt(Box<Prompt>),
    /// Choice of what to copy.
    CopyMenu(CopyMenu),
    /// Kept drafts.
    Drafts(Menu<KeptDraft>),
    /// Deleted connections.
    Deleted(Menu<DeletedConnection>),
    /// History of a connection.
    History {
        /// Which.
        id: ConnectionId,
        /// Its name.
        name: String,
        /// Its changes, the latest first.
        menu: Menu<HistoryEntry>,
        /// First line shown of what the one under the cursor changed.
        top: usize,
    },
    /// Every context, to switch to.
    Contexts {
        /// Cursor.
        at: usize,
    },
    /// Everything that is known of the live connection under the cursor.
    Details {
        /// First line shown.
        top: usize,
    },
    /// Which Fly context is meant.
    Lives(Lives),
    /// What is to be checked by a pre-flight.
    Preflight(PreflightMenu),
    /// A pre-flight waits for somebody who signs in.
    SignIn,
    /// A pre-flight asks whether stored domain accounts may sign in.
    Bind {
        /// Focused choice: 0 no, 1 yes.
        at: usize,
    },
    /// A longer message.
    Message(Message),
    /// Commands that do the same as the place below.
    Commands(Commands),
    /// Keys of the place below.
    Help(Help),
    /// Every action by name.
    Palette(Palette),
}

impl Modal {
    /// Where its keys are looked up.
    pub const fn context(&self) -> Context {
        match self {
            Self::Delete(DeleteDialog { proof: Some(_), .. })
            | Self::Regenerate { proof: Some(_), .. }
            | Self::Discard { proof: Some(_), .. }
            | Self::Purge { proof: Some(_), .. } => Context::Prompt,
            Self::Delete(_)
            | Self::Leave { .. }
            | Self::Conflict(_)
            | Self::Regenerate { .. }
            | Self::Discard { .. }
            | Self::Purge { .. }
            | Self::HasDraft(_)
            | Self::Details { .. }
            | Self::SignIn
            | Self::Bind { .. }
            | Self::Message(_) => Context::Dialog,
            Self::Filter(it) if it.search.typing => Context::FilterSearch,
            Self::Filter(_) => Context::Filter,
            Self::Picker(_) => Context::Picker,
            Self::Prompt(_) => Context::Prompt,
            Self::CopyMenu(_)
            | Self::Drafts(_)
            | Self::Deleted(_)
            | Self::Contexts { .. }
            | Self::Commands(_)
            | Self::Lives(_)
            | Self::Preflight(_)
            | Self::History { .. } => Context::Menu,
            Self::Help(_) => Context::Help,
            Self::Palette(_) => Context::Palette,
        }
    }

    /// What must be typed before it is carried out.
    pub const fn proof(&self) -> Option<&Proof> {
        match self {
            Self::Delete(DeleteDialog { proof, .. })
            | Self::Regenerate { proof, .. }
            | Self::Discard { proof, .. }
            | Self::Purge { proof, .. } => proof.as_ref(),
            _ => None,
        }
    }

    /// The same, to type it.
    pub const fn proof_mut(&mut self) -> Option<&mut Proof> {
        match self {
            Self::Delete(DeleteDialog { proof, .. })
            | Self::Regenerate { proof, .. }
            | Self::Discard { proof, .. }
            | Self::Purge { proof, .. } => proof.as_mut(),
            _ => None,
        }
    }
}

/// A number that is typed, so that no single key destroys much.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The number.
    pub number: usize,
    /// What is typed.
    pub input: TextInput,
    /// Something else was typed and confirmed.
    pub wrong: bool,
}

impl Proof {
    /// Nothing typed yet.
    pub fn of(number: usize) -> Self {
        Self { number, input: TextInput::default(), wrong: false }
    }

    /// Whether it is given.
    pub fn is_given(&self) -> bool {
        is_number(self.input.value(), self.number)
    }
}

/// The question before a deletion. C5.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeleteDialog {
    /// What would be deleted.
    pub plan: DeletePlan,
    /// Projects by connection, where the backend knows; `None`: it does not, or not yet.
    pub used_by: Option<BTreeMap<ConnectionId, Vec<String>>>,
    /// Request for the projects.
    pub asking: Option<RequestId>,
    /// Focused choice: 0 cancel, 1 delete.
    pub at: usize,
    /// What must be typed in place of a choice.
    pub proof: Option<Proof>,
    /// First name shown.
    pub top: usize,
}

/// A connection that was opened has a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HasDraft {
    /// The latest.
    pub kept: Box<KeptDraft>,
    /// How many more there are.
    pub more: usize,
    /// Focused choice: 0 resume it, 1 leave it.
    pub at: usize,
}

/// A save that met a newer revision, or that what it changes was deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// It was deleted.
    pub deleted: bool,
    /// Who saved or deleted it in between.
    pub by: String,
    /// When.
    pub at_time: Timestamp,
    /// The newer revision, in place of which mine can be saved.
    pub theirs: Revision,
    /// Where theirs and mine differ; `None`: not known, or not yet.
    pub differences: Option<Vec<Difference>>,
    /// Request for theirs.
    pub asking: Option<RequestId>,
    /// Focused choice.
    pub at: ConflictChoice,
    /// First difference shown.
    pub top: usize,
}

/// What to do about a newer revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ConflictChoice {
    /// Decide later.
    #[default]
    Edit,
    /// Theirs in place of mine, which stays as a draft; a deletion stays.
    Theirs,
    /// Mine in place of theirs, which stays in the history; a deletion is undone.
    Mine,
    /// Mine beside theirs, or instead of what was deleted.
    Copy,
}

impl ConflictChoice {
    /// Every choice, in the order of the dialog.
    pub const ALL: [Self; 4] = [Self::Edit, Self::Theirs, Self::Mine, Self::Copy];

    /// Its place in the dialog.
    pub fn place(self) -> usize {
        Self::ALL.iter().position(|it| *it == self).unwrap_or_default()
    }

    /// The choice `by` places further, at most the last or first.
    #[must_use]
    pub fn moved(self, by: isize) -> Self {
        let at = self.place().saturating_add_signed(by).min(Self::ALL.len() - 1);
        Self::ALL.get(at).copied().unwrap_or_default()
    }
}

/// The choice of what a pre-flight checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreflightMenu {
    /// Label of each choice, and what it checks.
    pub items: Vec<(String, Wish)>,
    /// Cursor.
    pub at: usize,
    /// On the screen of a pre-flight: one that names checks repeats them there.
    pub again: bool,
}

/// A list in a dialog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Menu<T> {
    /// Entries; empty until the answer comes.
    pub items: Vec<T>,
    /// Cursor.
    pub at: usize,
    /// Marked entries, where several can be chosen at once.
    pub marks: BTreeSet<usize>,
    /// Request under way.
    pub loading: Option<RequestId>,
    /// Why it failed.
    pub error: Option<BackendError>,
}

impl<T> Menu<T> {
    /// A list whose entries are on their way.
    pub const fn loading(request: RequestId) -> Self {
        Self {
            items: Vec::new(),
            at: 0,
            marks: BTreeSet::new(),
            loading: Some(request),
            error: None,
        }
    }

    /// The entry under the cursor.
    pub fn current(&self) -> Option<&T> {
        self.items.get(self.at)
    }

    /// The marked entries, or the one under the cursor.
    pub fn chosen(&self) -> Vec<&T> {
        if self.marks.is_empty() {
            return self.current().into_iter().collect();
        }
        self.marks.iter().filter_map(|at| self.items.get(*at)).collect()
    }

    /// Marks the entry under the cursor, or takes its mark away, and moves on.
    pub fn toggle(&mut self) {
        if self.current().is_some() && !self.marks.remove(&self.at) {
            self.marks.insert(self.at);
        }
        self.at = (self.at + 1).min(self.items.len().saturating_sub(1));
    }
}

/// What can be copied of the marked connections, or of the one under the cursor. C6.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyMenu {
    /// Label of each choice, and what it copies.
    pub items: Vec<(&'static str, CopyWhat)>,
    /// Cursor.
    pub at: usize,
}

/// What a choice of the copy menu does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CopyWhat {
    /// Copies this text.
    Text(Secret),
    /// Asks for a file, by this name unless another is given, and writes this text to it.
    File(Secret, String),
    /// Copies the configuration or connection key of this connection.
    Key(ConnectionId),
}

/// Commands that do the same as a place of the screen. None of them holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commands {
    /// What each does, and the command.
    pub items: Vec<(&'static str, String)>,
    /// Cursor.
    pub at: usize,
}

/// Fly contexts of which one is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lives {
    /// Their names.
    pub names: Vec<String>,
    /// Cursor.
    pub at: usize,
    /// What it is chosen for.
    pub purpose: ForLive,
}

/// What a Fly context is chosen for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForLive {
    /// To hold the whole plan against it.
    Diff,
    /// To confirm the connection of the runbook.
    Confirm,
}

/// A message that needs more than a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Title.
    pub title: String,
    /// Lines.
    pub lines: Vec<String>,
    /// First line shown.
    pub top: usize,
}

/// Help of the place below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Help {
    /// The place.
    pub context: Context,
    /// The place that is shown, counted from that one.
    pub page: usize,
    /// What is searched for, in every place.
    pub search: Search,
    /// First line shown.
    pub top: usize,
}

impl Help {
    /// The help of a place.
    pub fn of(context: Context) -> Self {
        Self { context, page: 0, search: Search::default(), top: 0 }
    }

    /// Every place, the one below first.
    pub fn places(&self) -> Vec<Context> {
        let others = Context::ALL.into_iter().filter(|it| *it != self.context);
        std::iter::once(self.context).chain(others).collect()
    }

    /// The place that is shown.
    pub fn place(&self) -> Context {
        self.places().get(self.page).copied().unwrap_or(self.context)
    }

    /// Shows the next place, or the one before; around at the ends.
    pub fn turn(&mut self, back: bool) {
        let count = Context::ALL.len();
        let step = if back { count - 1 } else { 1 };
        self.page = (self.page + step) % count;
        self.top = 0;
    }
}

/// The palette of actions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Palette {
    /// The place below it, whose actions are offered.
    pub context: Context,
    /// What is searched for.
    pub search: Search,
    /// Cursor among the matches.
    pub at: usize,
    /// Actions that can be chosen here, in the order of the help, moving last.
    pub actions: Vec<Action>,
}

impl Palette {
    /// Actions that the search finds by name or description.
    pub fn matches(&self) -> Vec<Action> {
        let words = self.search.words();
        let wanted = |it: &Action| {
            let also = it.also(self.context);
            words.are_in(&[it.slug(), it.about_in(self.context), also])
        };
        let mut found: Vec<Action> = self.actions.iter().copied().filter(wanted).collect();
        // What is called so comes before what is described so.
        let named = |it: &Action| words.are_of(&[it.slug(), it.also(self.context)]);
        found.sort_by_key(|it| !self.search.is_empty() && !named(it));
        found
    }
}
