//! Where connections are kept: one [`Place`], several backends behind it.
//!
//! Every call is asynchronous and may be dropped to cancel it (SPEC E1). A backend that lacks
//! something says so in [`Capabilities`], so that screens and verbs can hide or explain it.

pub mod ad;
mod cache;
pub mod error;
pub mod fly;
pub mod graph;
pub mod http;
pub mod place;
pub mod redacted;
pub mod shared;
pub mod smb;
pub mod store;

use std::future::Future;
use std::pin::Pin;

pub use error::BackendError;
pub use place::{Live, Place, Reads, Writes};
pub use shared::{Changes, Kept, News, Present, Shared, Step};

use crate::domain::change::Change;
use crate::domain::health::{Findings, Horizon};
use crate::domain::removal::Target;
use crate::domain::{
    Connection, ConnectionId, ConnectionType, Draft, LiveOrigin, Secret, Side, Summary, Timestamp,
};

/// An answer on its way.
pub type Reply<'a, T> = Pin<Box<dyn Future<Output = Result<T, BackendError>> + Send + 'a>>;

/// What a backend can do beyond listing and opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// Create and edit connections.
    pub write: bool,
    /// Delete connections, undo and restore them.
    pub delete: bool,
    /// Keep the history of each connection.
    pub history: bool,
    /// Add and edit directory objects.
    pub edit_directory: bool,
    /// Issue configuration and connection keys, and check them.
    pub keys: bool,
    /// Issue bulk tokens.
    pub tokens: bool,
    /// Keep drafts of forms.
    pub drafts: bool,
    /// Know which projects use a connection.
    pub usage: bool,
    /// List the projects and their platforms.
    pub projects: bool,
    /// Others change it at the same time, and it reports that.
    pub shared: bool,
    /// Why nothing can be written; `None`: it can.
    pub read_only: Option<ReadOnly>,
}

/// Why nothing can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadOnly {
    /// AvePoint publishes no way to create, edit or delete connections (fly.md §1).
    Fly,
    /// The user asked for it.
    Asked,
    /// Names are shown by pseudonyms, and must not be saved over the real ones.
    Redacted,
    /// The role that signed in to a team store may only read.
    Role,
    /// The server of a team store is a replica.
    Replica,
}

impl ReadOnly {
    /// Why, and what to do instead, in one line.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Fly => {
                "AvePoint Fly publishes no way to change connections: use the portal, with a runbook."
            }
            Self::Asked => "Read-only: leave --read-only out to change something.",
            Self::Redacted => {
                "Names are redacted: leave --redact (or redact under [ui]) out to change something."
            }
            Self::Role => {
                "Your role may only read this store: ask its owner for the role jetbridge_member."
            }
            Self::Replica => "The server is a replica: use the address of the primary server.",
        }
    }

    /// What a call that would write is refused with.
    fn refusal(self) -> BackendError {
        if matches!(self, Self::Role | Self::Replica) {
            return store::ServerError::of_rights(self);
        }
        BackendError::Unsupported(match self {
            Self::Fly => "changing connections (AvePoint Fly publishes no way to: use the portal)",
            Self::Asked => "changing anything while jetbridge runs read-only",
            Self::Redacted => "changing anything while names are redacted",
            Self::Role | Self::Replica => "changing anything on this server",
        })
    }
}

impl Capabilities {
    /// Everything.
    pub const ALL: Self = Self {
        write: true,
        delete: true,
        history: true,
        edit_directory: true,
        keys: true,
        tokens: true,
        drafts: true,
        usage: true,
        projects: true,
        // It is what a place is, not what it can do.
        shared: false,
        read_only: None,
    };
    /// What the public API of AvePoint Fly can do: list, and nothing else (fly.md §1).
    pub const FLY: Self = Self {
        write: false,
        delete: false,
        history: false,
        edit_directory: false,
        keys: false,
        tokens: false,
        drafts: false,
        usage: false,
        projects: true,
        shared: false,
        read_only: Some(ReadOnly::Fly),
    };
    /// What the embedded store can do: everything but knowing projects, which Fly keeps.
    pub const STORE: Self = Self { usage: false, projects: false, ..Self::ALL };

    /// What is left of it where nothing can be written.
    pub const fn without_writing(self, why: ReadOnly) -> Self {
        Self {
            write: false,
            delete: false,
            edit_directory: false,
            tokens: false,
            drafts: false,
            read_only: Some(why),
            ..self
        }
    }
}

/// A stretch of the list, ordered by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PageRequest {
    /// Continue after this row; `None`: from the start.
    pub after: Option<Cursor>,
    /// Most rows wanted.
    pub limit: usize,
}

/// Where a page ended: the folded name and id of its last row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// Folded name of the last row.
    pub name_key: String,
    /// Its id, which decides between equal names.
    pub id: ConnectionId,
}

/// One stretch of the list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// Rows in order of their folded names.
    pub rows: Vec<Summary>,
    /// Where to go on; `None`: this was the last page.
    pub next: Option<Cursor>,
    /// Of a place that others change: how many changes it has seen.
    pub step: Option<Step>,
}

/// What a refresh under way has read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Progress {
    /// Rows that just came, in no order.
    pub rows: Vec<Summary>,
    /// How many came in all.
    pub have: usize,
    /// How many there are, once known.
    pub total: Option<usize>,
    /// Why it does not go on for a while: the service asked to wait. `None`: it goes on.
    pub note: Option<String>,
}

/// A backend whose names are hidden.
#[derive(Clone, Copy)]
pub struct Behind<'a> {
    /// With the real names.
    pub real: &'a Place,
    /// What becomes of each.
    pub hide: &'a redacted::Hide,
}

/// Hears of a refresh while it is under way.
pub type OnProgress<'a> = &'a (dyn Fn(Progress) + Send + Sync);

/// What to save.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaveRequest {
    /// The connection to change; `None` makes a new one.
    pub target: Option<Revision>,
    /// Its new content. Secrets that are [`Held::Stored`](crate::domain::Held) keep what the
    /// target, or `secrets_from`, has sealed.
    pub draft: Draft,
    /// Take stored secrets from this connection: for a clone.
    pub secrets_from: Option<ConnectionId>,
    /// Restore the target with the same step, if it is deleted.
    pub restore: bool,
    /// When and by whom, for a record that comes from elsewhere; `None`: now, by this user.
    pub stamp: Option<Stamp>,
}

/// When something was done, and by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
}

/// A connection at one of its revisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revision {
    /// Which connection.
    pub id: ConnectionId,
    /// Revision that the change started from.
    pub revision: u32,
}

impl From<&Connection> for Revision {
    fn from(it: &Connection) -> Self {
        Self { id: it.id, revision: it.revision }
    }
}

impl From<&Target> for Revision {
    fn from(it: &Target) -> Self {
        Self { id: it.id, revision: it.revision }
    }
}

/// A row to import: what a list reports of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRow {
    /// Line of the file, for messages.
    pub line: u64,
    /// Id in the file, kept when it is a UUID that the backend does not have yet.
    pub id: Option<ConnectionId>,
    /// Connection name.
    pub name: String,
    /// Free text.
    pub description: String,
    /// Connection type.
    pub kind: ConnectionType,
    /// Side.
    pub side: Side,
    /// Tenant or domain by name.
    pub tenant: String,
    /// Where it was read from, when that was AvePoint Fly.
    pub live: Option<Box<LiveOrigin>>,
    /// Last change, when the file reports it.
    pub modified_at: Option<Timestamp>,
    /// Who changed it last, when the file reports it.
    pub modified_by: String,
}

/// Rows that were read past what is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selected {
    /// In the order of the names.
    pub rows: Vec<Summary>,
    /// What to know about them, one line each.
    pub remarks: Vec<String>,
}

/// What an import did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Imported {
    /// Connections made.
    pub added: usize,
    /// Rows left out because a connection of that name was there already.
    pub skipped: usize,
}

/// A connection with everything about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    /// The record; its secrets are fingerprints.
    pub connection: Connection,
    /// Tenant or domain by name; empty when none is known.
    pub tenant: String,
    /// Credentials in a few words.
    pub credentials: String,
    /// Answers of its form, label and text; of a listed one, the ids that AvePoint Fly reported.
    pub answers: Vec<(&'static str, String)>,
    /// Everything found about it; what depends on the time is in [`Details::found`].
    pub findings: Findings,
    /// Earliest expiry.
    pub expires_at: Option<Timestamp>,
    /// Every saved change, the latest first; `None` when it was not asked for.
    pub history: Option<Vec<HistoryEntry>>,
}

impl Details {
    /// Everything found about it at a moment.
    pub fn found(&self, at: Horizon) -> Findings {
        self.findings.aged(self.expires_at, at)
    }
}

/// One saved change of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// Revision that the change made.
    pub revision: u32,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// `created`, `changed`, `deleted`, `restored` or `imported`.
    pub action: String,
    /// Which fields changed; secrets as fingerprints.
    pub changes: Vec<Change>,
}

/// A deleted connection that can be restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletedConnection {
    /// The row as it was.
    pub row: Summary,
    /// When it was deleted.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
}

/// A form in progress, kept sealed. SPEC E5.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormDraft {
    /// Identity of the draft: one per open form.
    pub id: String,
    /// The connection being edited; `None`: a new one.
    pub connection: Option<ConnectionId>,
    /// What the list shows of it.
    pub title: String,
    /// The form's values, secrets included; sealed as a whole.
    pub content: Secret,
    /// When it was last kept.
    pub saved_at: Timestamp,
}

impl FormDraft {
    /// How the id of a draft begins that is a text of an editor, not a form.
    pub const TEXT: &'static str = "text/";
}

/// A bulk token to issue. D15.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRequest {
    /// Name shown for it.
    pub display_name: String,
    /// When it is meant to stop working.
    pub expires_at: Timestamp,
    /// The real token, pasted by the admin; `None`: issue a local stand-in.
    pub pasted: Option<Secret>,
}
