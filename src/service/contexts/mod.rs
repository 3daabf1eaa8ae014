//! The contexts that a session can work on: the stores and Fly services by name, and how one is
//! opened. The command line wires them from the configuration; the screen switches between them.

use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use crate::backend::{BackendError, Place};
use crate::domain::agent::Installer;
pub use crate::domain::context::{ContextColour, ContextKind, LOCAL};
use crate::text::shown;

/// What is known of a context without opening it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContextInfo {
    /// Its name, unique.
    pub name: String,
    /// What it is.
    pub kind: ContextKind,
    /// A word for people, such as `PROD`.
    pub label: Option<String>,
    /// Its colour.
    pub colour: Option<ContextColour>,
    /// Where it is: the file of a store, the address of a service.
    pub place: String,
    /// Whether nothing can be written to it.
    pub read_only: bool,
    /// Whether it is the one that this session works on.
    pub active: bool,
    /// Its installer of the device agent.
    pub installer: Installer,
}

/// Why a context could not be opened: what and why in one line, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenError {
    /// What happened, and why.
    pub what: String,
    /// What to do; may be empty.
    pub hint: String,
    /// Whether a credential is missing or refused.
    pub auth: bool,
    /// Whether somebody broke off a question.
    pub cancelled: bool,
}

impl OpenError {
    /// An error with what to do about it.
    pub fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { what: what.into(), hint: hint.into(), auth: false, cancelled: false }
    }

    /// A credential is missing or refused.
    #[must_use]
    pub fn of_credential(mut self) -> Self {
        self.auth = true;
        self
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown(&self.what))
    }
}

impl std::error::Error for OpenError {}

impl From<BackendError> for OpenError {
    fn from(error: BackendError) -> Self {
        Self {
            auth: error.is_auth(),
            cancelled: matches!(error, BackendError::Cancelled),
            ..Self::new(error.to_string(), error.hint())
        }
    }
}

/// A backend on its way. Dropping it gives up: a command that was asked for the secret is ended.
pub type Opening = Pin<Box<dyn Future<Output = Result<Place, OpenError>> + Send>>;

/// Opens a context by its name.
pub type Opener = dyn Fn(&str) -> Opening + Send + Sync;

/// Every context of a session, and the way to open each.
#[derive(Clone)]
pub struct Contexts {
    list: Arc<[ContextInfo]>,
    opener: Arc<Opener>,
    alias: Option<Arc<Alias>>,
    certificates: Arc<[(String, PathBuf)]>,
}

/// What a context is called in the list, by a name that somebody typed.
pub type Alias = dyn Fn(&str) -> String + Send + Sync;

impl fmt::Debug for Contexts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contexts").field("list", &self.list).finish_non_exhaustive()
    }
}

impl Contexts {
    /// The contexts in the order in which they are shown, one of them active.
    pub fn new(list: Vec<ContextInfo>, opener: Arc<Opener>) -> Self {
        Self { list: list.into(), opener, alias: None, certificates: Arc::default() }
    }

    /// Contexts of which some sign in with a certificate: the file of each, in PEM form.
    #[must_use]
    pub fn with_certificates(self, certificates: Vec<(String, PathBuf)>) -> Self {
        Self { certificates: certificates.into(), ..self }
    }

    /// The contexts that sign in with a certificate, by name, each with its file.
    pub fn certificates(&self) -> &[(String, PathBuf)] {
        &self.certificates
    }

    /// Contexts that go by other names than those that are typed.
    #[must_use]
    pub fn with_alias(mut self, alias: Arc<Alias>) -> Self {
        self.alias = Some(alias);
        self
    }

    /// The context of this name, or of this alias.
    pub fn named(&self, name: &str) -> Option<&ContextInfo> {
        let of = |name: &str| self.list.iter().find(|it| it.name == name);
        of(name).or_else(|| of(&self.alias.as_ref()?(name)))
    }

    /// Every context, in the order in which they are shown.
    pub fn list(&self) -> &[ContextInfo] {
        &self.list
    }

    /// The one that the session began with; `None` only when there is none at all.
    pub fn active(&self) -> Option<&ContextInfo> {
        self.list.iter().find(|it| it.active).or_else(|| self.list.first())
    }

    /// Opens one. It may read files, run a command or open a store, but it never calls a service:
    /// what a service says shows with the first call.
    pub fn open(&self, name: &str) -> Opening {
        (self.opener)(name)
    }
}
