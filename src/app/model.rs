//! Everything the screen shows and remembers. C7: nothing in here is lost by a refresh, a resize
//! or a failed call.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::contexts::{Contexts, Live};
use super::effect::RequestId;
use super::rows::Rows;
use super::screen::{Screen, Screens};
use super::search::Search;
use super::shared::Shared;
pub use super::waiting::Waiting;
use super::wizard::Wizard;
use super::{Context, Modal};
use crate::backend::{BackendError, Capabilities, Step};
use crate::domain::Portals;
use crate::domain::agent::Installer;
use crate::domain::health::{Horizon, Level};
use crate::domain::preflight::Kept;
use crate::domain::query::{Filter, Sort};
use crate::domain::removal::Target;
use crate::domain::rules::PasswordPolicy;
use crate::domain::{ConnectionId, Summary, Timestamp};

/// The whole state.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// The present, as the last message reported it.
    pub now: Timestamp,
    /// What was decided at the start.
    pub settings: Settings,
    /// What the backend can do.
    pub capabilities: Capabilities,
    /// Every context, and which one is shown.
    pub contexts: Contexts,
    /// What was read beside the rows of a live context.
    pub live: Live,
    /// What is known of a place that others change too.
    pub shared: Shared,
    /// The list.
    pub list: List,
    /// The screens that lie over each other.
    pub screens: Screens,
    /// Dialogs over the topmost screen; the last has the keys.
    pub modals: Vec<Modal>,
    /// Number of the question that has the keys: each that comes up gets another.
    pub asked: u64,
    /// Number of the last question that was drawn before the keys that come now were pressed.
    pub seen: u64,
    /// One line about what just happened.
    pub notice: Option<Notice>,
    /// What was said last, also when it does not stand there any more.
    pub said: Option<Notice>,
    /// How many drafts are kept and open in no other process.
    pub drafts: usize,
    /// The last pre-flight of connections, of this context and others.
    pub preflights: HashMap<ConnectionId, Kept>,
    /// How the list was left, as far as it is kept.
    pub keeping: Keeping,
    /// Deletions that can be undone, the latest last.
    pub undo: Vec<Vec<Target>>,
    /// Requests whose answers are wanted.
    pub waiting: BTreeMap<RequestId, Waiting>,
    /// Number of the last request.
    pub last_request: u64,
    /// The device agent's installer on its way. D7.
    pub fetching: Option<Fetching>,
    /// Whether the mouse is taken.
    pub mouse: bool,
    /// Turns while something is in flight.
    pub spin: u8,
    /// A form that goes once its draft is kept. C7.
    pub leaving: Option<Box<Leaving>>,
    /// The program ends.
    pub quit: bool,
}

/// What is kept of how the list was left. C7.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Keeping {
    /// Somebody did something since it was kept.
    pub touched: bool,
    /// What is kept, or on its way there.
    pub kept: crate::domain::ListState,
}

/// A form on its way out: it comes back when its draft cannot be kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaving {
    /// Keeps the draft.
    pub request: RequestId,
    /// What happens then.
    pub then: Then,
    /// The form, unless it stays open until then.
    pub form: Option<Wizard>,
}

/// What happens once the draft of a form is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// The form is left.
    Leave,
    /// The program ends.
    Quit,
    /// The newer record takes the place of the form.
    Reload(ConnectionId),
}

/// An installer on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fetching {
    /// Its request.
    pub request: RequestId,
    /// Bytes that are here.
    pub done: u64,
    /// Of so many, where the server says.
    pub total: Option<u64>,
}

/// What was decided at the start and does not change.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Name of the store or context, for the title.
    pub context: String,
    /// On a sample workspace in memory.
    pub demo: bool,
    /// Distinguishes this process' drafts from another's.
    pub session: String,
    /// Zone in which times are shown.
    pub zone: jiff::tz::TimeZone,
    /// Rules for local administrator passwords. D8.
    pub password: PasswordPolicy,
    /// Days before an expiry from which it is reported.
    pub warning_days: i64,
    /// Days from which the result of a pre-flight is outdated; 0: never.
    pub preflight_days: i64,
    /// Addresses of AvePoint Online Services. G6.
    pub portals: Portals,
    /// The installer of the device agent where there are no contexts; else each has its own. D7.
    pub installer: Installer,
    /// Install command, with `{agent}` and `{key}`. D7.
    pub install_command: String,
    /// Where the config file is, for hints.
    pub config_path: String,
}

impl Settings {
    /// A minute in the admin's zone: `2026-11-22 14:05`.
    pub fn minute(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
    }
}

/// The Connections screen.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct List {
    /// Every row, in the order of names.
    pub rows: Rows,
    /// Rows of a refresh under way; they take the place of `rows` when it is complete.
    pub incoming: Option<Rows>,
    /// Indexes of the rows that pass search and filter, in the chosen order.
    pub shown: Vec<u32>,
    /// Every row in the chosen order; empty: the order of names, in which they lie.
    pub order: Vec<u32>,
    /// Cursor, an index into `shown`.
    pub at: usize,
    /// Row that the cursor stands for, also while search or filter hide it.
    pub anchor: Option<ConnectionId>,
    /// First shown row on screen.
    pub top: usize,
    /// Marked rows, shown or not. C3.
    pub marks: HashSet<ConnectionId>,
    /// Where a range of marks began.
    pub range: Option<ConnectionId>,
    /// Search text. C3.
    pub search: Search,
    /// Filter. C2.
    pub filter: Filter,
    /// Order. C6.
    pub sort: Sort,
    /// How many rows there are in all, once known.
    pub total: Option<usize>,
    /// Request that reads the list.
    pub loading: Option<RequestId>,
    /// The list was read whole at least once.
    pub loaded: bool,
    /// Why the last read failed; the old rows stay.
    pub error: Option<BackendError>,
    /// The details pane is open.
    pub details: bool,
    /// First line of it on screen.
    pub details_top: usize,
    /// When the rows were read, where they are remembered; `None`: they are what there is now.
    pub as_of: Option<Timestamp>,
    /// Every change up to this step of a place that others change is in the rows.
    pub step: Option<Step>,
    /// Rows that others changed since they were looked at.
    pub fresh: HashSet<ConnectionId>,
    /// How far reading from a service has come.
    pub reading: Option<Reading>,
    /// How many rows have each level of health, in the order of [`Level::ALL`]; of the list that
    /// was read whole last.
    pub levels: [usize; 5],
    /// The same of the rows that search and filter leave, while they leave some out.
    pub levels_shown: [usize; 5],
}

/// How far reading from a service has come.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reading {
    /// Rows that came.
    pub have: usize,
    /// How many there are, once known.
    pub total: Option<usize>,
    /// Why it does not go on for a while.
    pub note: Option<String>,
}

/// One line about what just happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// How it is shown.
    pub tone: NoticeTone,
    /// What happened, and what to do.
    pub text: String,
}

/// How a notice is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeTone {
    /// Done.
    Done,
    /// Good to know.
    Info,
    /// Failed.
    Failed,
}

impl Model {
    /// The state at the start, before anything was read.
    pub fn new(
        size: (u16, u16),
        now: Timestamp,
        settings: Settings,
        capabilities: Capabilities,
    ) -> Self {
        Self {
            size,
            now,
            settings,
            capabilities,
            contexts: Contexts::default(),
            live: Live::default(),
            shared: Shared::default(),
            list: List::default(),
            screens: Screens::default(),
            modals: Vec::new(),
            asked: 0,
            seen: 0,
            notice: None,
            said: None,
            drafts: 0,
            preflights: HashMap::new(),
            keeping: Keeping::default(),
            undo: Vec::new(),
            waiting: BTreeMap::new(),
            last_request: 0,
            fetching: None,
            mouse: false,
            spin: 0,
            leaving: None,
            quit: false,
        }
    }

    /// Where a key is pressed now.
    pub fn context(&self) -> Context {
        if let Some(modal) = self.modals.last() {
            return modal.context();
        }
        self.under_dialogs()
    }

    /// Where a key is pressed once no dialog is open: what the topmost screen makes of it.
    pub fn under_dialogs(&self) -> Context {
        match self.screens.top() {
            Screen::List if self.list.search.typing => Context::Search,
            Screen::List => Context::List,
            Screen::Form(form) if form.in_review() => Context::Review,
            Screen::Form(form) if form.takes_text() => Context::FormText,
            Screen::Form(_) => Context::Form,
            Screen::Permissions(_) => Context::Permissions,
            Screen::Audit(screen) if screen.search.typing => Context::AuditSearch,
            Screen::Audit(_) => Context::Audit,
            Screen::Diff(screen) if screen.search.typing => Context::DiffSearch,
            Screen::Diff(_) => Context::Diff,
            Screen::Runbook(_) => Context::Runbook,
            Screen::Preflight(_) => Context::Preflight,
        }
    }

    /// Whether the question that has the keys came up after they were pressed.
    pub const fn is_unseen(&self) -> bool {
        self.asked != self.seen
    }

    /// Whether the context that is shown is labelled as production.
    pub fn is_production(&self) -> bool {
        let label = self.contexts.current().and_then(|it| it.label.as_deref());
        label.is_some_and(crate::domain::context::is_production)
    }

    /// A request id that was never given before.
    pub fn request(&mut self, waiting: Waiting) -> RequestId {
        self.last_request += 1;
        let id = RequestId(self.last_request);
        self.waiting.insert(id, waiting);
        id
    }

    /// Shows a line about what just happened.
    pub fn say(&mut self, tone: NoticeTone, text: impl Into<String>) {
        let notice = Notice { tone, text: text.into() };
        self.said = Some(notice.clone());
        self.notice = Some(notice);
    }

    /// What is being done in the background, in words, if anything is.
    pub fn busy(&self) -> Option<&'static str> {
        self.waiting.values().map(Waiting::label).find(|label| !label.is_empty())
    }

    /// Rows of the list that fit on the screen.
    pub fn list_height(&self) -> usize {
        super::geometry::list_rows(self)
    }
}

/// How many of these rows have each level of health.
fn counted<'a>(rows: impl Iterator<Item = &'a Summary>, at: Horizon) -> [usize; Level::ALL.len()] {
    let mut levels = [0; Level::ALL.len()];
    for row in rows {
        let level = row.level(at);
        let place = Level::ALL.iter().position(|it| *it == level);
        if let Some(count) = place.and_then(|it| levels.get_mut(it)) {
            *count += 1;
        }
    }
    levels
}

impl List {
    /// Counts the levels of health of all rows.
    pub fn count_levels(&mut self, at: Horizon) {
        self.levels = counted(self.rows.iter(), at);
    }

    /// Counts the levels of health of the rows that search and filter leave.
    pub fn count_shown(&mut self, at: Horizon) {
        self.levels_shown =
            if self.is_narrowed() { counted(self.shown_rows(), at) } else { [0; Level::ALL.len()] };
    }

    /// Whether search or filter may leave rows out.
    pub fn is_narrowed(&self) -> bool {
        !self.filter.is_empty() || !self.search.is_empty()
    }

    /// How many of the rows that are shown have this level of health.
    pub fn level_shown(&self, level: Level) -> usize {
        let levels = if self.is_narrowed() { &self.levels_shown } else { &self.levels };
        let at = Level::ALL.iter().position(|it| *it == level);
        at.and_then(|at| levels.get(at)).copied().unwrap_or(0)
    }

    /// How many rows have this level of health.
    pub fn level_count(&self, level: Level) -> usize {
        let at = Level::ALL.iter().position(|it| *it == level);
        at.and_then(|at| self.levels.get(at)).copied().unwrap_or(0)
    }

    /// The row under the cursor.
    pub fn current(&self) -> Option<&Summary> {
        self.shown.get(self.at).and_then(|index| self.rows.get(*index))
    }

    /// The row at a place in `shown`.
    pub fn row_at(&self, position: usize) -> Option<&Summary> {
        self.shown.get(position).and_then(|index| self.rows.get(*index))
    }

    /// The rows that pass search and filter, in the chosen order.
    pub fn shown_rows(&self) -> impl Iterator<Item = &Summary> {
        self.shown.iter().filter_map(|index| self.rows.get(*index))
    }

    /// Places in `shown` that the range being marked covers.
    pub fn range_span(&self) -> Option<std::ops::RangeInclusive<usize>> {
        let from = self.range?;
        let from = self
            .shown
            .iter()
            .position(|index| self.rows.get(*index).is_some_and(|row| row.id == from))?;
        Some(from.min(self.at)..=from.max(self.at))
    }
}
