//! A place that several people change at once: what it reports by itself, what changed since a step,
//! and the list as it was read last. S3.

use std::future::Future;
use std::pin::Pin;

use super::{Capabilities, Reply};
use crate::domain::{ConnectionId, Summary, Timestamp};

/// Counts the changes of a place, in the order in which they were made.
pub type Step = u64;

/// What a place that others change reports by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// So many changes were made.
    Step(Step),
    /// It does not answer. It is tried again by itself.
    Away {
        /// When it answered last.
        as_of: Timestamp,
        /// Why, in one line.
        why: String,
    },
    /// It answers, and this is what it can do now.
    Here(Capabilities),
    /// Who else has which connections open.
    Present(Vec<Present>),
}

/// Somebody who has a connection open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Present {
    /// Which connection.
    pub connection: ConnectionId,
    /// Who, as the server knows them.
    pub by: String,
    /// Since when.
    pub since: Timestamp,
}

/// What changed in a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// The step that the list has with them.
    pub step: Step,
    /// Rows that were added or changed, as they are now.
    pub rows: Vec<Summary>,
    /// Connections that are not in the list any more.
    pub gone: Vec<ConnectionId>,
}

/// The list as it was read last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// When.
    pub as_of: Timestamp,
    /// At this step.
    pub step: Step,
    /// In the order of the names.
    pub rows: Vec<Summary>,
}

/// Hears what a place reports.
pub type OnNews<'a> = &'a (dyn Fn(News) + Send + Sync);

/// What a place adds that several people change at once.
pub trait Shared: Send + Sync {
    /// What can be done there now: the role that signed in decides, and whether it answers.
    fn capabilities(&self) -> Capabilities;

    /// The list as it was read last, from the disk of this machine; `None`: none is kept. It may take as
    /// long as reading a large file takes.
    fn kept(&self) -> Option<Kept>;

    /// Keeps a list that was read whole, for the next time. One that cannot be kept is not missed.
    fn keep(&self, list: &Kept);

    /// What was changed after a step. `None`: so much that the list is better read again.
    fn changes(&self, since: Step) -> Reply<'_, Option<Changes>>;

    /// Reports until it is dropped.
    fn watch<'a>(&'a self, on_news: OnNews<'a>) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

    /// From now on this connection is open here, and no other; others see it while this is watched.
    fn opens(&self, connection: Option<ConnectionId>);
}
