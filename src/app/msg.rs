//! What can happen to the core.

use std::collections::HashMap;
use std::path::PathBuf;

use super::contexts::Ready;
use super::model::Reading;
use super::preflight::{Ended, Progress, Rejudged};
use super::{Key, RequestId};
use crate::backend::{
    BackendError, Changes, DeletedConnection, Details, FormDraft, HistoryEntry, News, Step,
};
use crate::domain::preflight::Kept;
use crate::domain::removal::Outcome;
use crate::domain::token::BulkToken;
use crate::domain::{
    Connection, ConnectionId, DirectoryObject, Project, Secret, Summary, Timestamp,
};

/// One event.
#[derive(Debug, Clone, PartialEq)]
pub enum Msg {
    /// The present time; comes before the events that happen at it.
    Clock(Timestamp),
    /// A key was pressed.
    Key(Key),
    /// Escape was pressed and at once this key: alt, AltGr, or two keys.
    Meta(Key),
    /// Characters arrived all at once, as from a paste without marks or from somebody who types ahead:
    /// enter is a carriage return.
    Typed(String),
    /// A text was pasted (bracketed paste).
    Paste(String),
    /// What is pressed from here on was pressed after this question was drawn.
    Shown(u64),
    /// The terminal has this many columns and rows.
    Resize(u16, u16),
    /// The left mouse button was pressed at a column and row.
    Click(u16, u16),
    /// The wheel was turned: rows down, negative is up.
    Wheel(i16),
    /// Something is in flight and the spinner may turn.
    Tick,
    /// Time to keep the form in progress.
    Autosave,
    /// The terminal is going away or the process was asked to end: keep what is unsaved.
    Hangup,
    /// A text was longer than terminals take over the clipboard, so nothing was copied.
    NotCopied {
        /// Its length, encoded, in bytes.
        bytes: usize,
        /// The longest that is sent.
        limit: usize,
    },
    /// An effect's answer.
    Answer(RequestId, Answer),
}

/// Result of a backend call.
pub type Reply<T> = Result<T, BackendError>;

/// What an effect came back with.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// A stretch of the list; `done` with the last one.
    Rows {
        /// How many there are in all, once known.
        total: Option<usize>,
        /// Rows in the order of their names.
        rows: Vec<Summary>,
        /// Nothing more comes.
        done: bool,
    },
    /// The rows so far are complete, but come from before: from what a service gave then, or from older
    /// rules. Others follow.
    Remembered {
        /// When they were read; `None`: they are as the store has them.
        as_of: Option<Timestamp>,
    },
    /// Rows that a service just gave, and how far that is.
    Progress {
        /// Rows in no order.
        rows: Vec<Summary>,
        /// How far it is.
        reading: Reading,
    },
    /// The list was read again, whole.
    Refreshed {
        /// Every row in the order of their names.
        rows: Vec<Summary>,
        /// When.
        as_of: Option<Timestamp>,
        /// What to know about the rows, one line each.
        remarks: Vec<String>,
    },
    /// The rows that come next have every change up to this step.
    Step(Step),
    /// What others changed; `None`: so much that the list is better read again.
    Changed(Reply<Option<Changes>>),
    /// A place that others change reports something.
    News(News),
    /// The list could not be read.
    LoadFailed(BackendError),
    /// A connection with the directory objects of its tenants.
    Opened(Reply<Box<Opened>>),
    /// A connection was saved.
    Saved(Reply<Box<Saved>>),
    /// Outcomes of a deletion.
    Deleted(Reply<Vec<Outcome<BackendError>>>),
    /// Outcomes of taking deletions back, with the rows that are there again.
    Restored(Reply<(Vec<Outcome<BackendError>>, Vec<Summary>)>),
    /// Outcomes of forgetting deleted connections for good.
    Purged(Reply<Vec<Outcome<BackendError>>>),
    /// Projects that use connections.
    UsedBy(Reply<Vec<(ConnectionId, Vec<String>)>>),
    /// Deleted connections.
    DeletedList(Reply<Vec<DeletedConnection>>),
    /// History of a connection.
    History(Reply<Vec<HistoryEntry>>),
    /// Entries for a pick list.
    Objects(Reply<Vec<DirectoryObject>>),
    /// The same, and what came of asking Microsoft Graph, in one line; empty: it was not asked.
    ObjectsRefreshed(Reply<(Vec<DirectoryObject>, String)>),
    /// A directory object was added or changed.
    ObjectPut(Reply<DirectoryObject>),
    /// A key was issued: its public part and its text.
    KeyIssued(Reply<crate::domain::key::Key>),
    /// A bulk token was made.
    TokenIssued(Reply<BulkToken>),
    /// Text of a stored secret.
    Revealed(Reply<Secret>),
    /// Kept drafts.
    Drafts(Reply<Vec<KeptDraft>>),
    /// A draft was kept.
    DraftKept(Reply<()>),
    /// A draft was forgotten.
    DraftDiscarded(Reply<()>),
    /// How a list was left is kept, or in one line why not.
    ListKept(Result<(), String>),
    /// The sample workspace was loaded: how many connections.
    SampleLoaded(Reply<usize>),
    /// A directory file was imported: how many objects, or its problems line by line.
    DirectoryImported(Result<usize, Vec<String>>),
    /// What the check of an app does now, in words.
    CheckStep(String),
    /// What is known of an app, or why nothing is: one line.
    Checked(Result<Box<crate::permissions::gap::Evidence>, String>),
    /// What an audit found.
    Audited(Reply<std::sync::Arc<crate::audit::Report>>),
    /// The plan held against a live context, or in one line why not.
    Compared(Result<Box<crate::domain::compare::Report>, String>),
    /// Live connections were copied into the plan, or in one line why not.
    CopiedToPlan(Result<Copied, String>),
    /// The ticked steps of a runbook, or in one line why they are not known or not kept.
    Ticks(Result<std::collections::BTreeSet<String>, String>),
    /// How many connections of a file are read, of how many.
    Exporting {
        /// So many.
        done: u64,
        /// Of so many.
        total: u64,
    },
    /// A file was written, or why not.
    FileWritten(Result<PathBuf, String>),
    /// A context was opened, or in one line why not and what to do.
    ContextOpened(Result<Ready, String>),
    /// A connection with what it was at a revision.
    RevisionOpened(Reply<Box<Past>>),
    /// Everything about a connection.
    Looked(Reply<Box<Details>>),
    /// Every project.
    Projects(Reply<Vec<Project>>),
    /// How far the device agent's installer is.
    AgentProgress {
        /// Bytes that are here.
        done: u64,
        /// Of so many, where the server says.
        total: Option<u64>,
    },
    /// The installer is in place, or why not: one line.
    AgentFetched(Result<String, String>),
    /// What a pre-flight reports.
    Preflight(Progress),
    /// A pre-flight ended, or in one line why there is none.
    PreflightDone(Result<Ended, String>),
    /// A check is waived, or is not any more; or in one line why not.
    Waived(Result<Rejudged, String>),
    /// The results of earlier pre-flights.
    Preflights(HashMap<ConnectionId, Kept>),
}

impl Answer {
    /// Whether more answers to the same request follow.
    pub const fn more(&self) -> bool {
        matches!(
            self,
            Self::Rows { done: false, .. }
                | Self::Remembered { .. }
                | Self::Progress { .. }
                | Self::Step(_)
                | Self::News(_)
                | Self::AgentProgress { .. }
                | Self::Exporting { .. }
                | Self::CheckStep(_)
                | Self::Preflight(_)
        )
    }
}

/// A draft that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptDraft {
    /// The draft.
    pub draft: FormDraft,
    /// Its form is open in another process.
    pub elsewhere: bool,
}

/// What copying into the plan did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// Name of the plan's context.
    pub plan: String,
    /// How many were added.
    pub added: usize,
    /// Those that were left out, with the reason, one line each; names escaped.
    pub left_out: Vec<String>,
}

/// A connection ready to be edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The connection.
    pub connection: Connection,
    /// All tenants, and the other objects of the connection's tenants.
    pub objects: Vec<DirectoryObject>,
    /// Kept drafts of it, the latest first.
    pub drafts: Vec<KeptDraft>,
}

/// A connection that was read for its form, and what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// As it is now.
    pub opened: Opened,
    /// As it was, with the secrets and keys of now.
    pub was: Connection,
    /// At this revision.
    pub revision: u32,
}

/// A connection that was saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// The connection.
    pub connection: Connection,
    /// Its row in the list.
    pub row: Summary,
}
