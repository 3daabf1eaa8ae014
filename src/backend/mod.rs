//! Where connections are kept: one trait, several backends.
//!
//! Every call is asynchronous and may be dropped to cancel it (SPEC E1). A backend that lacks
//! something says so in [`Capabilities`], so that screens and verbs can hide or explain it.

#[cfg(test)]
pub(crate) mod contract;
pub mod error;
pub mod fake;
pub mod fly;
pub mod graph;
pub mod http;
pub mod logged;
pub mod redacted;
pub mod store;

use std::future::Future;
use std::pin::Pin;

pub use error::BackendError;

use crate::domain::change::Change;
use crate::domain::key::{Key, KeyKind, KeyStanding};
use crate::domain::query::Filter;
use crate::domain::removal::{Outcome, Target};
use crate::domain::token::BulkToken;
use crate::domain::{
    Connection, ConnectionId, ConnectionType, DirectoryObject, Draft, LiveOrigin, ObjectId,
    ObjectKind, Project, Secret, Side, Summary, Timestamp,
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
        }
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
        read_only: Some(ReadOnly::Fly),
    };
    /// What the embedded store can do: everything but knowing projects, which Fly keeps.
    pub const STORE: Self = Self { usage: false, projects: false, ..Self::ALL };
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
    pub real: &'a dyn Backend,
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

/// A row to import: what a list tells of a connection.
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
    /// Last change, when the file tells it.
    pub modified_at: Option<Timestamp>,
    /// Who changed it last, when the file tells it.
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
    /// When it shall stop working.
    pub expires_at: Timestamp,
    /// The real token, pasted by the admin; `None`: issue a local stand-in.
    pub pasted: Option<Secret>,
}

/// A place that keeps connections.
pub trait Backend: Send + Sync {
    /// What it can do.
    fn capabilities(&self) -> Capabilities;

    /// When what is listed was read, for a backend that lists what it remembers; `None`: it is
    /// what there is now.
    fn as_of(&self) -> Option<Timestamp> {
        None
    }

    /// Reads anew what is listed, and tells of it meanwhile. Until it succeeds, the other calls
    /// answer from what was read before; a failed or dropped refresh changes nothing.
    fn refresh<'a>(&'a self, _on_progress: OnProgress<'a>) -> Reply<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    /// Reads anew only the rows of these types and sides, where the place can tell them apart
    /// exactly; nothing else of a filter counts, and what is remembered stays as it is. `None`:
    /// refresh, and filter what is listed.
    fn select<'a>(
        &'a self,
        _filter: &'a Filter,
        _on_progress: OnProgress<'a>,
    ) -> Reply<'a, Option<Selected>> {
        Box::pin(async { Ok(None) })
    }

    /// What to know about the list as it stands, one line each: rows left out, a list that changed
    /// while it was read, a cache that could not be used.
    fn remarks(&self) -> Vec<String> {
        Vec::new()
    }

    /// How many connections there are, deleted ones aside.
    fn count(&self) -> Reply<'_, usize>;

    /// A stretch of the list.
    fn page(&self, request: PageRequest) -> Reply<'_, Page>;

    /// The rows of these connections, in no order; those that are not there are left out.
    fn summaries(&self, ids: Vec<ConnectionId>) -> Reply<'_, Vec<Summary>>;

    /// A whole connection. Fails with [`BackendError::NotFound`].
    fn connection(&self, id: ConnectionId) -> Reply<'_, Connection>;

    /// A deleted connection, whole, as it can be restored. Fails with [`BackendError::NotFound`],
    /// also when it is not deleted.
    fn deleted_connection(&self, _id: ConnectionId) -> Reply<'_, Connection> {
        Box::pin(async { Err(BackendError::NotFound) })
    }

    /// These connections, whole, in the same order; those that are not there are left out.
    fn connections(&self, ids: Vec<ConnectionId>) -> Reply<'_, Vec<Connection>> {
        Box::pin(async move {
            let mut found = Vec::with_capacity(ids.len());
            for id in ids {
                match self.connection(id).await {
                    Ok(connection) => found.push(connection),
                    Err(BackendError::NotFound) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(found)
        })
    }

    /// What tells this place from every other one, for files that belong to it; `None`: it has
    /// nothing that does.
    fn identity(&self) -> Reply<'_, Option<String>> {
        Box::pin(async { Ok(None) })
    }

    /// What stands behind pseudonyms, for choosing and judging by what they hide: none of it may be
    /// told. `None`: everything is told as it is.
    fn behind(&self) -> Option<Behind<'_>> {
        None
    }

    /// For each of these names the rows that have it, whatever the case, in the same order. Only
    /// AvePoint Fly lets several connections share a name.
    fn named(&self, names: Vec<String>) -> Reply<'_, Vec<Vec<Summary>>>;

    /// Makes or changes a connection. Fails with [`BackendError::NameTaken`],
    /// [`BackendError::Conflict`], [`BackendError::Deleted`] or [`BackendError::NotFound`]; then
    /// nothing is changed.
    fn save(&self, request: SaveRequest) -> Reply<'_, Connection>;

    /// Deletes each of these that still has its revision, all in one change: one outcome per id in
    /// the same order. One of another revision is left alone with [`BackendError::Conflict`]; one
    /// that is deleted already counts as done.
    fn delete(&self, which: Vec<Revision>) -> Reply<'_, Vec<Outcome<BackendError>>>;

    /// Takes back each deletion that still has its revision, all in one change: one outcome per id
    /// in the same order. One deleted at another revision is left alone with
    /// [`BackendError::Conflict`]; one that is not deleted counts as done.
    fn restore(&self, which: Vec<Revision>) -> Reply<'_, Vec<Outcome<BackendError>>>;

    /// Deleted connections, the latest first.
    fn deleted(&self) -> Reply<'_, Vec<DeletedConnection>>;

    /// Every saved change of a connection, the latest first.
    fn history(&self, id: ConnectionId) -> Reply<'_, Vec<HistoryEntry>>;

    /// Adds listed connections, all or none.
    fn import(&self, rows: Vec<ImportRow>) -> Reply<'_, Imported>;

    /// Directory objects of a kind: of one tenant, or of all.
    fn objects(
        &self,
        kind: ObjectKind,
        tenant: Option<ObjectId>,
    ) -> Reply<'_, Vec<DirectoryObject>>;

    /// Adds or replaces directory objects, all or none, and judges their connections anew.
    fn put_objects(&self, objects: Vec<DirectoryObject>) -> Reply<'_, usize>;

    /// Issues a key. The one it replaces stays valid until the connection is saved.
    fn issue_key(&self, kind: KeyKind) -> Reply<'_, Key>;

    /// What is known of a well-formed key.
    fn check_key(&self, key: Key) -> Reply<'_, KeyStanding>;

    /// Makes a bulk token: a local stand-in, or the pasted one with its name and expiry.
    fn issue_token(&self, request: TokenRequest) -> Reply<'_, BulkToken>;

    /// The text of a stored secret, by the field's path such as `client_secret`.
    fn reveal(&self, id: ConnectionId, field: String) -> Reply<'_, Secret>;

    /// Every kept draft, the latest first.
    fn drafts(&self) -> Reply<'_, Vec<FormDraft>>;

    /// Keeps a draft in place of the one with its id.
    fn save_draft(&self, draft: FormDraft) -> Reply<'_, ()>;

    /// Forgets a draft; no error when there is none.
    fn discard_draft(&self, id: String) -> Reply<'_, ()>;

    /// Names of the projects that use these connections; only with [`Capabilities::usage`].
    fn used_by(&self, ids: Vec<ConnectionId>) -> Reply<'_, Vec<(ConnectionId, Vec<String>)>>;

    /// The projects with their platforms; only with [`Capabilities::projects`].
    fn projects(&self) -> Reply<'_, Vec<Project>> {
        Box::pin(async { Err(BackendError::Unsupported("listing projects")) })
    }
}
