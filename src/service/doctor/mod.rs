//! `jetbridge doctor`: what is right and wrong around jetbridge, judged over gathered facts.
//!
//! Nothing here looks at the machine: the rim gathers [`Facts`], this judges them, so that every
//! verdict can be tested. Each check says what was found; one that is not fine says what to do.

mod network;
mod place;
mod store;
mod terminal;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use crate::backend::http::ProxyVariable;
use crate::checks::{CheckResult, Level};
use crate::domain::Timestamp;
use crate::files::Foreign;

/// What was found, or what is wrong and what to do.
pub type Said<T> = Result<T, (String, String)>;

/// Everything that was found out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// The terminal and what is between it and us.
    pub terminal: Terminal,
    /// The configuration.
    pub config: Config,
    /// The store of this user; `None`: the home is not known, so there is no place for one.
    pub store: Option<Store>,
    /// Manage the key that protects stored secrets.
    pub key: Key,
    /// Every context that reaches a service or names a store of its own.
    pub contexts: Vec<Context>,
    /// How services are reached.
    pub network: Network,
    /// The clock.
    pub clock: Clock,
    /// Folder of the log and of fault reports.
    pub log: Option<Folder>,
}

/// The terminal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Terminal {
    /// `TERM`; empty when not set.
    pub term: String,
    /// Standard input is a terminal.
    pub input: bool,
    /// Standard output is a terminal.
    pub output: bool,
    /// Columns and rows, where it reports.
    pub size: Option<(u16, u16)>,
    /// Least columns and rows that the screen needs.
    pub least: (u16, u16),
    /// Whether colours are used.
    pub colour: bool,
    /// What decided about colours, such as `NO_COLOR is set`.
    pub colour_why: String,
    /// The first of `LC_ALL`, `LC_CTYPE` and `LANG` that is set, with its name.
    pub locale: Option<(&'static str, String)>,
    /// Boxes are drawn with + - |.
    pub ascii: bool,
    /// tmux around us.
    pub tmux: Option<Tmux>,
    /// GNU screen around us.
    pub screen: bool,
    /// What came of the test of the clipboard.
    pub clipboard: Clipboard,
}

/// What tmux says of itself. `None`: it did not say in time, or does not know the option.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tmux {
    /// `set-clipboard`.
    pub set_clipboard: Option<String>,
    /// `allow-passthrough`.
    pub allow_passthrough: Option<String>,
    /// `escape-time` in milliseconds.
    pub escape_time: Option<String>,
}

/// What came of the test of the clipboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Clipboard {
    /// Nobody could be asked.
    #[default]
    NotAsked,
    /// It was not allowed to overwrite what the clipboard holds.
    Refused,
    /// Nothing was answered.
    NoAnswer,
    /// The word came back.
    Arrived,
    /// Something else came back.
    Other,
}

/// The configuration.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Config {
    /// The file.
    pub file: PathBuf,
    /// It is there.
    pub exists: bool,
    /// What is wrong with it: the key, and the whole line with file and number.
    pub mistakes: Vec<(String, String)>,
    /// How many actions have other keys than the usual ones.
    pub rebound: usize,
    /// How changes are signed.
    pub author: String,
    /// The name in front of it is one that the configuration claims.
    pub claimed: bool,
}

/// A file or folder that others should not read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Folder {
    /// Where.
    pub path: PathBuf,
    /// It is there.
    pub exists: bool,
    /// Permission bits; `None` where the system has none, or nothing is there.
    pub mode: Option<u32>,
    /// It, or where it would be made, can be written to.
    pub writable: bool,
    /// What of somebody else is in the way, as `sudo` leaves it.
    pub foreign: Option<Foreign>,
}

impl Folder {
    /// Whose the file or folder in the way is, behind a colon; nothing where that is not it.
    pub fn owner(&self) -> String {
        let it = self.foreign.as_ref();
        it.map(|it| format!(": {} is owned by {}", it.path.display(), it.owner)).unwrap_or_default()
    }

    /// The command that returns it, or else this.
    pub fn to_do(&self, otherwise: &str) -> String {
        let it = self.foreign.as_ref();
        it.map_or_else(|| otherwise.to_owned(), |it| it.owner.give_back(&it.path))
    }
}

/// The store.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Store {
    /// The file.
    pub file: Folder,
    /// Its folder.
    pub folder: Folder,
    /// The kind of network file system that it lies on.
    pub network_fs: Option<String>,
    /// Bytes that this user can still write there.
    pub free: Option<u64>,
    /// Bytes of the write-ahead log; 0: there is none.
    pub wal: u64,
    /// What reading it said; `None`: it is not there.
    pub inside: Option<Said<Inside>>,
}

/// What a store says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inside {
    /// Version of its tables.
    pub schema: u32,
    /// The newest version that this jetbridge knows.
    pub known: u32,
    /// Connections that are not deleted.
    pub connections: u64,
    /// What SQLite's quick check complains of; `None`: it was not finished in time.
    pub damage: Option<Vec<String>>,
    /// The last change.
    pub last_change: Option<Timestamp>,
    /// It holds sealed secrets.
    pub sealed: bool,
    /// Contexts whose secret is sealed in it.
    pub sealed_contexts: Vec<String>,
    /// Deleted connections that it keeps, and since when the oldest is one.
    pub deleted: (u64, Option<Timestamp>),
    /// Days after which they are purged; 0: never.
    pub purge_days: u32,
    /// Why it is not the store that was used last, and what to do.
    pub untrusted: Option<(String, String)>,
}

/// What opens sealed secrets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Key {
    /// The key file, and what it is worth; `None`: the home is not known.
    pub file: Option<(Folder, KeyFile)>,
    /// Where the key comes from when not from a file, and whether that can be used.
    pub other: Option<(String, Said<()>)>,
    /// Keys can be kept out of the swap file.
    pub locked: bool,
}

/// What a key file is worth to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyFile {
    /// It is not there.
    Missing,
    /// It cannot be read.
    Unreadable,
    /// It is not a key file, or was altered.
    Broken,
    /// It is the key of other stores.
    Other,
    /// It opens the store, or there is nothing to open yet.
    Fits,
}

/// A context.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Context {
    /// Its name.
    pub name: String,
    /// What it is and where.
    pub what: String,
    /// What reading its credential, or looking at its file, said: found, or what and what to do.
    pub credential: Option<Said<String>>,
    /// What is not known about it without doing more than looking.
    pub unknown: Option<String>,
    /// What reaching it said; `None`: nobody asked.
    pub reached: Option<Said<String>>,
}

/// How services are reached.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Network {
    /// Variables that name a proxy. The value itself may hold a password and is never kept.
    pub proxies: Vec<ProxyVariable>,
    /// Entries of `NO_PROXY`.
    pub no_proxy: usize,
    /// `SSL_CERT_FILE` and `SSL_CERT_DIR` as far as they are set: name, path, whether it is there.
    pub certificates: Vec<(&'static str, PathBuf, bool)>,
    /// The configured CA bundle, and what reading it said.
    pub ca_bundle: Option<PathBuf>,
    /// Building the client: what is wrong, and what to do.
    pub client: Option<Said<()>>,
}

/// The clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Clock {
    /// The present.
    pub now: Option<Timestamp>,
    /// Seconds that a server's clock is ahead of ours; `None`: nobody asked, or none said.
    pub ahead: Option<i64>,
}

/// Judges everything, in the order of the report.
pub fn judge(facts: &Facts) -> Vec<CheckResult> {
    let mut out = terminal::judge(&facts.terminal);
    out.extend(place::config(&facts.config));
    out.extend(store::judge(facts.store.as_ref()));
    out.extend(store::key(&facts.key, facts.store.as_ref()));
    out.extend(network::contexts(&facts.contexts));
    out.extend(network::judge(&facts.network));
    out.push(network::clock(facts.clock, facts.store.as_ref()));
    out.push(place::log(facts.log.as_ref()));
    out
}

/// The worst level; [`Level::Ok`] when there is none.
pub fn worst(checks: &[CheckResult]) -> Level {
    checks.iter().map(|it| it.level).max().unwrap_or(Level::Ok)
}
