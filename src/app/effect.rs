//! What the core asks the outside world to do. Values, so that tests compare them whole.

use std::path::PathBuf;

use super::preflight::{Reply, Waive, Wish};
use crate::backend::{FormDraft, SaveRequest, Step, TokenRequest};
use crate::domain::agent::Checks;
use crate::domain::document::Format;
use crate::domain::key::KeyKind;
use crate::domain::removal::Target;
use crate::domain::rules::PasswordPolicy;
use crate::domain::{ConnectionId, DirectoryObject, ListState, ObjectId, ObjectKind, Secret};
use crate::permissions::Scenario;

/// Ties an answer to the request it belongs to; an answer nobody waits for is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// What a file to check holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckFile {
    /// An app manifest.
    Manifest,
    /// Access tokens.
    Tokens,
}

/// How to sign in for a live check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveLogin {
    /// Tenant id or domain.
    pub tenant: String,
    /// Application (client) id.
    pub client_id: String,
    /// What proves the app's identity.
    pub proof: LiveProof,
}

/// What proves an app's identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LiveProof {
    /// A client secret.
    Secret(Secret),
    /// PEM files of certificate and key; they may be one.
    Certificate {
        /// Certificate.
        certificate: PathBuf,
        /// Private key.
        key: PathBuf,
    },
}

/// What is done to the ticks of a runbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TickChange {
    /// Steps are done.
    Tick(Vec<String>),
    /// Steps are not done after all.
    Untick(Vec<String>),
    /// Every step is still to be done.
    Reset,
}

/// Something to be done outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Read the list, page by page.
    Load {
        /// Answered by several [`Answer::Rows`](super::Answer::Rows).
        request: RequestId,
    },
    /// Read a list that is shown already again, where that takes a service.
    Refresh {
        /// Answered by several [`Answer::Progress`](super::Answer::Progress) and one
        /// [`Answer::Refreshed`](super::Answer::Refreshed).
        request: RequestId,
    },
    /// Follow a place that others change, until it is cancelled.
    Watch {
        /// Answered by any number of [`Answer::News`](super::Answer::News).
        request: RequestId,
    },
    /// Read what others changed.
    Changes {
        /// Answered by [`Answer::Changed`](super::Answer::Changed).
        request: RequestId,
        /// After this step.
        since: Step,
    },
    /// Show others which connection is open here. No answer.
    Opens {
        /// Which; `None`: none.
        connection: Option<ConnectionId>,
    },
    /// Open a context; nothing else changes yet.
    OpenContext {
        /// Answered by [`Answer::ContextOpened`](super::Answer::ContextOpened).
        request: RequestId,
        /// Its name.
        name: String,
    },
    /// From now on perform everything in this context, which was opened. No answer.
    UseContext {
        /// Its name.
        name: String,
    },
    /// Read everything about a connection, for the details.
    Look {
        /// Answered by [`Answer::Looked`](super::Answer::Looked).
        request: RequestId,
        /// Which.
        id: ConnectionId,
    },
    /// Read the projects.
    Projects {
        /// Answered by [`Answer::Projects`](super::Answer::Projects).
        request: RequestId,
    },
    /// Read a connection with the directory objects its form shows.
    Open {
        /// Answered by [`Answer::Opened`](super::Answer::Opened).
        request: RequestId,
        /// Which.
        id: ConnectionId,
    },
    /// Read a connection that was deleted, as [`Effect::Open`] does one that is there.
    OpenDeleted {
        /// Answered by [`Answer::Opened`](super::Answer::Opened).
        request: RequestId,
        /// Which.
        id: ConnectionId,
    },
    /// Save a connection; afterwards forget its draft.
    Save {
        /// Answered by [`Answer::Saved`](super::Answer::Saved).
        request: RequestId,
        /// What to save.
        save: Box<SaveRequest>,
        /// Draft that is no longer needed then.
        draft: String,
    },
    /// Delete connections.
    Delete {
        /// Answered by [`Answer::Deleted`](super::Answer::Deleted).
        request: RequestId,
        /// Which, with the names that were shown.
        targets: Vec<Target>,
    },
    /// Take deletions back.
    Restore {
        /// Answered by [`Answer::Restored`](super::Answer::Restored).
        request: RequestId,
        /// Which, as they were deleted.
        targets: Vec<Target>,
    },
    /// Forget deleted connections for good.
    Purge {
        /// Answered by [`Answer::Purged`](super::Answer::Purged).
        request: RequestId,
        /// Which, as they were deleted.
        targets: Vec<Target>,
    },
    /// Names of the projects that use connections, for the delete dialog.
    UsedBy {
        /// Answered by [`Answer::UsedBy`](super::Answer::UsedBy).
        request: RequestId,
        /// Which.
        ids: Vec<ConnectionId>,
    },
    /// Read the deleted connections.
    ListDeleted {
        /// Answered by [`Answer::DeletedList`](super::Answer::DeletedList).
        request: RequestId,
    },
    /// Read the history of a connection.
    ReadHistory {
        /// Answered by [`Answer::History`](super::Answer::History).
        request: RequestId,
        /// Which.
        id: ConnectionId,
    },
    /// Read a connection with what it was at a revision.
    OpenRevision {
        /// Answered by [`Answer::RevisionOpened`](super::Answer::RevisionOpened).
        request: RequestId,
        /// Which.
        id: ConnectionId,
        /// As of this revision.
        revision: u32,
    },
    /// Read directory objects for a pick list.
    Objects {
        /// Answered by [`Answer::Objects`](super::Answer::Objects).
        request: RequestId,
        /// Kind of object.
        kind: ObjectKind,
        /// Of this tenant; `None`: of all.
        tenant: Option<ObjectId>,
    },
    /// Add what Microsoft Graph has to the directory, where a sign-in serves the tenant, and read the
    /// objects of a pick list again.
    RefreshObjects {
        /// Answered by [`Answer::ObjectsRefreshed`](super::Answer::ObjectsRefreshed).
        request: RequestId,
        /// Kind of object.
        kind: ObjectKind,
        /// Of this tenant; `None`: of all.
        tenant: Option<ObjectId>,
    },
    /// Add or change a directory object.
    PutObject {
        /// Answered by [`Answer::ObjectPut`](super::Answer::ObjectPut).
        request: RequestId,
        /// The object.
        object: DirectoryObject,
    },
    /// Issue a key.
    IssueKey {
        /// Answered by [`Answer::KeyIssued`](super::Answer::KeyIssued).
        request: RequestId,
        /// What for.
        kind: KeyKind,
    },
    /// Make a bulk token.
    IssueToken {
        /// Answered by [`Answer::TokenIssued`](super::Answer::TokenIssued).
        request: RequestId,
        /// Name, expiry, and the pasted token if there is one.
        token: TokenRequest,
    },
    /// Read the text of a stored secret.
    Reveal {
        /// Answered by [`Answer::Revealed`](super::Answer::Revealed).
        request: RequestId,
        /// Of which connection.
        id: ConnectionId,
        /// Path of the field.
        path: String,
    },
    /// Read the kept drafts.
    ReadDrafts {
        /// Answered by [`Answer::Drafts`](super::Answer::Drafts).
        request: RequestId,
    },
    /// Keep a draft, sealed.
    KeepDraft {
        /// Answered by [`Answer::DraftKept`](super::Answer::DraftKept).
        request: RequestId,
        /// The draft.
        draft: FormDraft,
        /// The draft that it takes the place of, which is forgotten once this one is kept.
        instead_of: Option<String>,
    },
    /// Forget a draft.
    DiscardDraft {
        /// Answered by [`Answer::DraftDiscarded`](super::Answer::DraftDiscarded).
        request: RequestId,
        /// Which.
        id: String,
    },
    /// Keep how the list of a context was left. C7.
    KeepList {
        /// Answered by [`Answer::ListKept`](super::Answer::ListKept).
        request: RequestId,
        /// Name of the context.
        context: String,
        /// How it was left.
        state: Box<ListState>,
    },
    /// Load the sample workspace.
    LoadSample {
        /// Answered by [`Answer::SampleLoaded`](super::Answer::SampleLoaded).
        request: RequestId,
    },
    /// Import a directory file.
    ImportDirectory {
        /// Answered by [`Answer::DirectoryImported`](super::Answer::DirectoryImported).
        request: RequestId,
        /// The file.
        path: PathBuf,
    },
    /// Read an app's manifest, or tokens, from a file.
    CheckFile {
        /// Answered by [`Answer::Checked`](super::Answer::Checked).
        request: RequestId,
        /// The file.
        path: PathBuf,
        /// What it holds.
        holds: CheckFile,
    },
    /// Ask Microsoft what an app has.
    CheckLive {
        /// Answered by [`Answer::Checked`](super::Answer::Checked).
        request: RequestId,
        /// How to sign in.
        login: LiveLogin,
        /// Decides cloud and APIs.
        scenario: Scenario,
    },
    /// Audit every connection.
    Audit {
        /// Answered by [`Answer::Audited`](super::Answer::Audited).
        request: RequestId,
        /// Name of what is audited, for the report.
        of: String,
        /// Rules for local administrator passwords. D8.
        password: PasswordPolicy,
        /// Days before an expiry from which it is reported.
        warning_days: i64,
    },
    /// Hold the plan against a live context.
    Compare {
        /// Answered by [`Answer::Compared`](super::Answer::Compared).
        request: RequestId,
        /// Name of the plan's context.
        plan: String,
        /// Name of the live context.
        live: String,
        /// Only names that hold this; empty: all.
        name: String,
        /// Read the live list again first, as far as that is possible.
        fresh: bool,
    },
    /// Copy live connections into the plan.
    CopyToPlan {
        /// Answered by [`Answer::CopiedToPlan`](super::Answer::CopiedToPlan).
        request: RequestId,
        /// Name of the plan's context.
        plan: String,
        /// Name of the live context.
        live: String,
        /// Which.
        ids: Vec<ConnectionId>,
    },
    /// Read, or change, which steps of a runbook are done.
    Ticks {
        /// Answered by [`Answer::Ticks`](super::Answer::Ticks).
        request: RequestId,
        /// Of which connection.
        id: ConnectionId,
        /// At which revision.
        revision: u32,
        /// What to change; `None`: only read.
        change: Option<TickChange>,
    },
    /// Send a text to the terminal's clipboard (OSC 52). No answer comes, so none is claimed.
    Copy {
        /// The text; a secret because it may hold one.
        text: Secret,
    },
    /// Write a text to a new file, 0600.
    WriteFile {
        /// Answered by [`Answer::FileWritten`](super::Answer::FileWritten).
        request: RequestId,
        /// Where; an existing file is not overwritten.
        path: PathBuf,
        /// The text.
        text: Secret,
    },
    /// Write connections to a new file, 0600.
    Export {
        /// Answered by several [`Answer::Exporting`](super::Answer::Exporting) and one
        /// [`Answer::FileWritten`](super::Answer::FileWritten).
        request: RequestId,
        /// Which, in the order of the file.
        ids: Vec<ConnectionId>,
        /// In which format.
        format: Format,
        /// Where; an existing file is not overwritten.
        path: PathBuf,
        /// Days before the end of a credential from which it is a finding.
        warning_days: i64,
    },
    /// Fetch the device agent's installer; nothing is run. D7.
    FetchAgent {
        /// Answered by several [`Answer::AgentProgress`](super::Answer::AgentProgress) and one
        /// [`Answer::AgentFetched`](super::Answer::AgentFetched).
        request: RequestId,
        /// Address or path of the installer.
        from: String,
        /// File, or folder that is there; an existing file is not overwritten.
        to: PathBuf,
        /// What it must be.
        checks: Checks,
        /// Accept a file without a digest to compare with: somebody typed so.
        unverified: bool,
    },
    /// Check connections live.
    Preflight {
        /// Answered by several [`Answer::Preflight`](super::Answer::Preflight) and one
        /// [`Answer::PreflightDone`](super::Answer::PreflightDone).
        request: RequestId,
        /// What is checked.
        wish: Wish,
        /// It repeats checks of the run before: the report has both.
        again: bool,
    },
    /// Answer what a pre-flight waits for, or end it. No answer.
    PreflightReply {
        /// The pre-flight.
        request: RequestId,
        /// The answer.
        reply: Reply,
    },
    /// Write the report of the last pre-flight to a new file; its name decides the format.
    SavePreflight {
        /// Answered by [`Answer::FileWritten`](super::Answer::FileWritten).
        request: RequestId,
        /// Where; an existing file is not overwritten.
        path: PathBuf,
    },
    /// Waive a check of the last pre-flight, or take that back.
    Waive {
        /// Answered by [`Answer::Waived`](super::Answer::Waived).
        request: RequestId,
        /// Which, and why.
        waive: Box<Waive>,
    },
    /// Read the results of earlier pre-flights.
    ReadPreflights {
        /// Answered by [`Answer::Preflights`](super::Answer::Preflights).
        request: RequestId,
    },
    /// Stop a request; its answer is not wanted any more.
    Cancel {
        /// Which.
        request: RequestId,
    },
    /// Take the mouse or give it back.
    Mouse(bool),
    /// Draw everything again.
    Redraw,
    /// Give the terminal back and stop, until the shell continues us.
    Suspend,
}
