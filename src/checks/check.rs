//! A check as a row, what it sees, and why it may see nothing.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use jiff::civil::Date;

use super::lookup::Answer;
use crate::backend::BackendError;
use crate::backend::graph::GraphError;
use crate::backend::http::{HttpError, HttpErrorKind};

/// How a check came out, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// As it should be.
    Ok,
    /// Not checked.
    Skipped,
    /// Works, but not well.
    Warning,
    /// Does not work.
    Fail,
}

/// What a check cannot do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// A network.
    Network,
    /// A credential or a secret.
    Secret,
    /// A permission for Microsoft Graph.
    Permission(&'static str),
}

impl Need {
    /// The word for it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Secret => "secret",
            Self::Permission(name) => name,
        }
    }
}

/// What was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// How good that is.
    pub level: Level,
    /// In one line.
    pub text: String,
    /// What to do; empty when all is well.
    pub fix: String,
}

impl Seen {
    /// All is well.
    pub fn ok(text: impl Into<String>) -> Self {
        Self { level: Level::Ok, text: text.into(), fix: String::new() }
    }

    /// Works, but not well.
    pub fn warning(text: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { level: Level::Warning, text: text.into(), fix: fix.into() }
    }

    /// Does not work.
    pub fn fail(text: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { level: Level::Fail, text: text.into(), fix: fix.into() }
    }
}

/// Why a check was not made. Each is a word for programs and a text for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Skip {
    /// There is nothing to check, because of this.
    Nothing(&'static str),
    /// The check of this id failed before it, or was skipped.
    After(&'static str),
    /// The check of this id reports why; whoever else meets it is skipped after that one.
    Owned(&'static str, Box<Self>),
    /// It was cancelled while it was open.
    Cancelled,
    /// The time for all checks together was over.
    TimeUp(Duration),
    /// No sign-in serves this tenant.
    NoSignIn(String),
    /// It takes a sign-in of another kind: this one.
    OtherSignIn(&'static str),
    /// The sign-in does not have this permission.
    Permission(String),
    /// The tenant does not have this licence.
    Licence(&'static str),
    /// The person who signed in does not have this role.
    Role(&'static str),
    /// The cloud of the tenant does not have it.
    Cloud(&'static str),
    /// Nobody can read it; where to look.
    NotReadable(&'static str),
    /// What it takes is not known here.
    NotKnown(String),
    /// Somebody said no, or was not asked.
    Declined(&'static str),
    /// It failed, and somebody answers for that: why, and what was found.
    Waived {
        /// Why it does not count.
        reason: String,
        /// The day on which that was said.
        date: Date,
        /// The last day; `None`: until it is taken back.
        expires: Option<Date>,
        /// What was found.
        found: String,
    },
}

impl Skip {
    /// A reason that the check of this id reports.
    pub fn of(owner: &'static str, why: Self) -> Self {
        Self::Owned(owner, Box::new(why))
    }

    /// The reason itself, whoever reports it.
    #[must_use]
    pub fn plain(self) -> Self {
        match self {
            Self::Owned(_, why) => why.plain(),
            why => why,
        }
    }

    /// The word for programs; never changes.
    pub fn slug(&self) -> &'static str {
        match self {
            Self::Nothing(_) => "nothing-to-check",
            Self::After(_) => "after",
            Self::Owned(_, why) => why.slug(),
            Self::Cancelled => "cancelled",
            Self::TimeUp(_) => "timed-out",
            Self::NoSignIn(_) => "no-sign-in",
            Self::OtherSignIn(_) => "other-sign-in",
            Self::Permission(_) => "permission",
            Self::Licence(_) => "license",
            Self::Role(_) => "role",
            Self::Cloud(_) => "cloud",
            Self::NotReadable(_) => "not-readable",
            Self::NotKnown(_) => "not-known",
            Self::Declined(_) => "declined",
            Self::Waived { .. } => "waived",
        }
    }

    /// What to do so that it is checked; empty where the text says it, or nothing helps.
    pub fn fix(&self) -> String {
        match self {
            Self::NoSignIn(_) => "Add one with `jetbridge signin add`.".to_owned(),
            Self::OtherSignIn(_) => "Add one with `jetbridge signin add --device-code`.".to_owned(),
            Self::Permission(name) => format!(
                "Grant {name} to the app of the sign-in with admin consent; `jetbridge preflight requirements` prints all that it needs."
            ),
            Self::Role(name) => format!("Sign in as a person who has the role {name}."),
            Self::Cancelled | Self::TimeUp(_) => "Check again.".to_owned(),
            Self::Owned(_, why) => why.fix(),
            Self::Nothing(_)
            | Self::After(_)
            | Self::Licence(_)
            | Self::Cloud(_)
            | Self::NotReadable(_)
            | Self::NotKnown(_)
            | Self::Declined(_)
            | Self::Waived { .. } => String::new(),
        }
    }
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing(why) | Self::Declined(why) => f.write_str(why),
            Self::NotKnown(why) => f.write_str(why),
            Self::After(owner) => write!(f, "after {owner}"),
            Self::Owned(_, why) => why.fmt(f),
            Self::Cancelled => f.write_str("cancelled"),
            Self::TimeUp(limit) => write!(f, "not finished within {} s", limit.as_secs()),
            Self::NoSignIn(tenant) => write!(f, "no sign-in for {tenant}"),
            Self::OtherSignIn(what) => write!(f, "needs {what}"),
            Self::Permission(name) => write!(f, "the sign-in lacks the permission {name}"),
            Self::Licence(name) => write!(f, "the tenant lacks the license {name}"),
            Self::Role(name) => write!(f, "the person who signed in lacks the role {name}"),
            Self::Cloud(what) => write!(f, "not in this cloud: {what}"),
            Self::NotReadable(place) => write!(f, "not readable; {place}"),
            Self::Waived { reason, date, expires, found } => {
                write!(f, "waived on {date}")?;
                if let Some(day) = expires {
                    write!(f, " until {day}")?;
                }
                write!(f, ", {reason}: {found}")
            }
        }
    }
}

/// What sort of failure it is, as far as exit codes differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// A setting of ours is wrong.
    Setting,
    /// A sign-in or an access was refused, or its credential is missing.
    Refused,
    /// Anything else.
    Failed,
}

/// Why a lookup gave nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// What happened, in one line.
    pub text: String,
    /// What to do.
    pub fix: String,
    /// What sort of failure.
    pub sort: Sort,
    /// The failure without names, ids and addresses: kind, status, code.
    pub kind: String,
}

impl Cause {
    /// A failure with what to do about it.
    pub fn new(sort: Sort, text: impl Into<String>, fix: impl Into<String>) -> Self {
        let kind = "another failure".to_owned();
        Self { text: text.into(), fix: fix.into(), sort, kind }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<BackendError> for Cause {
    fn from(error: BackendError) -> Self {
        let sort = match &error {
            BackendError::SignIn(_) | BackendError::Forbidden(_) => Sort::Refused,
            _ => Sort::Failed,
        };
        let cause = Self::new(sort, error.to_string(), error.hint());
        match &error {
            BackendError::SignIn(it) | BackendError::Forbidden(it) | BackendError::Remote(it) => {
                Self { kind: kind_of(it.kind, it.status, it.code.as_deref()), ..cause }
            }
            _ => cause,
        }
    }
}

impl From<HttpError> for Cause {
    fn from(error: HttpError) -> Self {
        use HttpErrorKind as Kind;
        let sort = if matches!(error.kind, Kind::Unauthorized | Kind::Forbidden) {
            Sort::Refused
        } else if matches!(
            error.kind,
            Kind::Setup | Kind::BadUrl | Kind::NotHttps | Kind::ProxySetting
        ) {
            // The configuration is wrong: a CA bundle, an address, a proxy.
            Sort::Setting
        } else {
            Sort::Failed
        };
        let kind = kind_of(error.kind, error.status, error.code.as_deref());
        Self { kind, ..Self::new(sort, error.to_string(), error.hint()) }
    }
}

impl From<GraphError> for Cause {
    fn from(error: GraphError) -> Self {
        let sort = match &error {
            GraphError::Http(error) => return error.clone().into(),
            GraphError::Tenant | GraphError::ClientId | GraphError::Endpoint => Sort::Setting,
            GraphError::Certificate(_) => Sort::Failed,
            GraphError::SignIn(_) => Sort::Refused,
        };
        Self::new(sort, error.to_string(), error.hint().unwrap_or_default())
    }
}

/// Longest name of a key or code that is reported.
pub(super) const LONGEST_WORD: usize = 40;

/// Letters only: no id and no address.
pub(super) fn is_word(text: &str) -> bool {
    let letters = text.chars().all(|c| c.is_ascii_alphabetic() || c == '_');
    letters && (1..=LONGEST_WORD).contains(&text.len())
}

/// A failure by its kind alone.
fn kind_of(kind: HttpErrorKind, status: Option<u16>, code: Option<&str>) -> String {
    let status = status.map_or(String::new(), |it| format!(", status {it}"));
    let code = code.filter(|it| is_word(it)).map_or(String::new(), |it| format!(", code {it}"));
    format!("{}{status}{code}", kind.label())
}

/// A failure with the check that owns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Id of the check that fails by it; others are skipped after that one.
    pub owner: &'static str,
    /// What happened.
    pub cause: Cause,
}

/// Why a check sees nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// It was not made.
    Skip(Skip),
    /// Something that it needs, or it itself, failed.
    Fault(Fault),
}

/// What a check comes to.
pub type Outcome = Result<Seen, Stop>;
/// A check on its way. Dropping it ends what it waits for.
pub type Running = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// A check of a subject `S`: a context, a connection. It waits for lookups only, so that their time
/// limit is its own.
pub struct Check<S> {
    /// Its name for people and programs; never changes.
    pub id: &'static str,
    /// What it is part of.
    pub area: &'static str,
    /// What is true when it is fine.
    pub proves: &'static str,
    /// What it cannot do without.
    pub needs: &'static [Need],
    /// Whether it is there for a subject at all.
    pub when: fn(&S) -> bool,
    /// Makes it.
    pub run: fn(&S) -> Running,
}

/// A row is a few words and two functions.
impl<S> Clone for Check<S> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<S> fmt::Debug for Check<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Check({})", self.id)
    }
}

/// For checks that every subject has.
pub fn always<S>(_: &S) -> bool {
    true
}

/// A check that judges what one lookup gives.
pub fn judged<V: Clone + Send + Sync + 'static>(
    answer: Answer<V>,
    judge: impl FnOnce(V) -> Outcome + Send + 'static,
) -> Running {
    Box::pin(async move { judge(answer.await?) })
}

/// A check with its result: the line of every report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckResult {
    /// Part of the report.
    pub area: &'static str,
    /// Which check; unique but for lists such as contexts.
    pub check: String,
    /// How it came out.
    pub level: Level,
    /// What was found, in one line; texts from outside are as they came.
    pub found: String,
    /// What to do; empty when all is well.
    pub fix: String,
    /// How long it took, where that was measured.
    pub took: Option<Duration>,
}

impl CheckResult {
    /// All is well.
    pub fn ok(area: &'static str, check: impl Into<String>, found: impl Into<String>) -> Self {
        let (check, found) = (check.into(), found.into());
        Self { area, check, level: Level::Ok, found, fix: String::new(), took: None }
    }

    /// Not checked.
    pub fn skipped(area: &'static str, check: impl Into<String>, why: impl Into<String>) -> Self {
        Self { level: Level::Skipped, ..Self::ok(area, check, why) }
    }

    /// Works, but not well.
    pub fn warning(
        area: &'static str,
        check: impl Into<String>,
        found: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self { level: Level::Warning, fix: fix.into(), ..Self::ok(area, check, found) }
    }

    /// Does not work.
    pub fn fail(
        area: &'static str,
        check: impl Into<String>,
        found: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self { level: Level::Fail, fix: fix.into(), ..Self::ok(area, check, found) }
    }
}
