//! What goes between the screen and a run: what is asked for, what is reported, what is answered.

use std::time::Duration;

use jiff::civil::Date;

use super::{Checked, Found};
use crate::domain::preflight::Kept;
use crate::domain::{ConnectionId, Timestamp};

/// What a run is asked to check.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wish {
    /// The connections.
    pub which: Vec<ConnectionId>,
    /// Only these checks, by id; empty: all.
    pub only: Vec<String>,
    /// Only what needs nothing but this machine.
    pub offline: bool,
}

/// What is going to be checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The connections with their checks.
    pub connections: Vec<Checked>,
    /// Connections whose form was never filled in.
    pub listed_only: usize,
    /// Checks that an offline run leaves out.
    pub left_out: usize,
    /// So many checks are under way at once, in the order of the plan.
    pub at_once: usize,
    /// Longest time of the whole run.
    pub limit: Duration,
}

/// A sign-in by device code that somebody is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// Its name in the configuration.
    pub name: String,
    /// Tenant id or domain.
    pub tenant: String,
    /// Application (client) id.
    pub client: String,
    /// What is asked for.
    pub scope: String,
    /// The code; `None`: it is still to come.
    pub code: Option<Code>,
}

/// A device code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// Where it is entered.
    pub url: String,
    /// The code.
    pub code: String,
    /// When it ends.
    pub ends: Timestamp,
}

/// The question whether stored accounts of a domain may sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bind {
    /// The domain.
    pub domain: String,
    /// Its controllers with their addresses, escaped.
    pub hosts: Vec<String>,
    /// How many there are beyond these.
    pub more: usize,
    /// Each account with how many connections name it.
    pub accounts: Vec<(String, usize)>,
}

/// What a run waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// Somebody signs in.
    SignIn(SignIn),
    /// Somebody agrees, or not.
    Bind(Bind),
}

/// What is answered to a run, or wanted of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// Whether the accounts may sign in.
    Agree(bool),
    /// Go on without this sign-in.
    SkipSignIn,
    /// End, and keep what is known.
    Stop,
}

/// What a run reports while it goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// What is going to be checked.
    Planned(Box<Plan>),
    /// It waits for somebody; `None`: not any more.
    Asks(Option<Box<Ask>>),
    /// Something to know, such as why a sign-in failed.
    Note(String),
    /// A check came to its end.
    Found {
        /// Of which connection.
        connection: ConnectionId,
        /// Which.
        check: String,
        /// What came of it.
        found: Found,
    },
}

/// A check to waive, or not any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waive {
    /// The connection.
    pub connection: ConnectionId,
    /// Its name.
    pub name: String,
    /// Id of the check.
    pub check: String,
    /// Why, and the last day; `None`: it is not waived any more.
    pub grant: Option<(String, Option<Date>)>,
}

/// A report that was judged again by the waivers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rejudged {
    /// The checks that came out otherwise.
    pub changed: Vec<(ConnectionId, String, Found)>,
    /// What the report comes to now, and the results that were kept.
    pub ended: Ended,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ended {
    /// What it came to, as a word for programs.
    pub verdict: &'static str,
    /// The results that were kept.
    pub kept: Vec<(ConnectionId, Kept)>,
    /// Why they were not kept.
    pub problem: Option<String>,
}
