//! The connection with what every operation needs beside it, and the two ways to use it.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::oneshot;
use uuid::{ContextV7, Uuid};

use crate::backend::{BackendError, Revision, Stamp};
use crate::domain::Timestamp;
use crate::domain::removal::Outcome;
use crate::text::Texts;

use super::super::worker::{Cancel, MANY, Owned};
use super::Clock;
use super::backup::set_aside;
use super::failure::{Failure, Result};
use super::follow::{FileStamp, Opened, gone};
use super::head;
use super::open::{self, Presence};
use super::rejudge::{self, Behind};
use super::{OpenOptions, drafts, key_source, opener, purge};
use crate::backend::store::Forget;
use crate::backend::store::core::{damaged, micros};
use crate::backend::store::vault::head::Outside;
use crate::backend::store::vault::opener::{KeySource, Vault};

/// Longest log that is moved into the file on leaving: a few milliseconds.
const SHORT_LOG: u64 = 1024 * 1024;
/// Page cache during a large change, in KiB; otherwise SQLite's own 2 MB.
const LARGE_CACHE: i64 = 32 * 1_024;

/// Everything the store thread owns.
pub(super) struct Db {
    conn: Connection,
    context: Context,
    path: PathBuf,
    /// Shows others that this process has the store open; after the connection, so that it is
    /// closed first. `None` in memory.
    _present: Option<Presence>,
    /// Days after which a deleted connection is purged; `None`: never, or it was looked at already.
    purge_days: Option<u32>,
    /// Whether something was written since the log was last moved into the file.
    pub(super) written: bool,
    /// Rows that older rules judged, from there on.
    behind: Option<Behind>,
    /// Dropped when none is left.
    judging: Vec<oneshot::Sender<()>>,
    /// `None` in memory.
    opened: Option<Opened>,
}

/// What operations use beside the connection.
pub(super) struct Context {
    /// Who changes things.
    pub(super) actor: String,
    /// The vault of this store.
    pub(super) vault: Vault,
    /// Texts that many rows share.
    pub(super) texts: Texts,
    /// Whether the caller has gone.
    pub(super) cancel: Cancel,
    /// What a purge takes along outside the store.
    pub(super) forget: Option<Forget>,
    /// How often the file was opened again, because somebody else had written to it.
    pub(super) again: u32,
    clock: Clock,
    ids: ContextV7,
}

impl Context {
    /// The time, in the microseconds that the store keeps.
    pub(super) fn now(&self) -> Timestamp {
        micros((self.clock)())
    }

    /// The time, and who changes things.
    pub(super) fn stamp(&self) -> Stamp {
        Stamp { at: self.now(), by: self.actor.clone() }
    }

    /// A new id; later ones sort after earlier ones.
    pub(super) fn new_id(&self) -> Uuid {
        let now = self.now();
        let seconds = u64::try_from(now.as_second()).unwrap_or(0);
        let nanos = u32::try_from(now.subsec_nanosecond()).unwrap_or(0);
        Uuid::new_v7(uuid::Timestamp::from_unix(&self.ids, seconds, nanos))
    }
}

impl Db {
    /// Takes over an opened connection.
    pub(super) fn new(
        (conn, present): (Connection, Option<Presence>),
        path: &Path,
        source: KeySource,
        actor: String,
        clock: Clock,
        cancel: Cancel,
    ) -> std::result::Result<Self, BackendError> {
        let store = store_id(&conn).map_err(|error| error.at(path))?;
        let outside = match &source {
            KeySource::Given(unlocker) => Some(Outside::of(unlocker.key_path(), path)),
            KeySource::Memory(_) => None,
        };
        let context = Context {
            actor,
            vault: Vault::new(source, store, outside),
            texts: Texts::default(),
            cancel,
            forget: None,
            again: 0,
            clock,
            ids: ContextV7::new(),
        };
        let behind = rejudge::behind(&conn).map_err(|error| error.at(path))?;
        let (path, purge_days) = (path.to_owned(), None);
        let (_present, judging) = (present, Vec::new());
        // A long log that somebody left behind is read at every start.
        let (written, opened) = (log_length(&path) > SHORT_LOG, None);
        Ok(Self { conn, context, path, _present, purge_days, written, behind, judging, opened })
    }

    /// The same, opened with these options and again whenever another file is in its place. Its first
    /// change is preceded by purging what was deleted long enough ago. Each purge takes along what
    /// `forget` removes.
    pub(super) fn following(mut self, options: OpenOptions) -> Self {
        self.context.forget.clone_from(&options.forget);
        let purge_days = Some(options.purge_days).filter(|it| *it > 0);
        Self { purge_days, opened: Some(Opened::new(options)), ..self }
    }

    /// Opens the file again where another one is in its place, or somebody else wrote to it: that is what
    /// a process that starts now would see. Whatever was read before is checked by its revision.
    fn follow(&mut self) -> std::result::Result<(), BackendError> {
        let Some(opened) = self.opened.as_mut().filter(|it| !it.is_current()) else {
            return Ok(());
        };
        let Some(found) = FileStamp::of(&self.path) else { return Err(gone(&self.path)) };
        if opened.stamp.is_some_and(|it| it.file != found.file) && log_length(&self.path) > 0 {
            // The log lies beside by name, and what is in it belongs to the file of before: read as part
            // of this one it would damage it.
            let aside = set_aside(&self.conn, &self.path, self.context.now())?;
            tracing::warn!(aside = %aside.display(), "another file is in the place of the store");
            let _hurry = self.context.cancel.hurry();
            let _ = self.conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        }
        // Until that worked, each call tries again.
        opened.stamp = None;
        // Closed first: connections of one process share what they know of the file.
        let none = Connection::open_in_memory().map_err(|it| Failure::from(it).at(&self.path))?;
        drop(std::mem::replace(&mut self.conn, none));
        let (conn, present) = open::file(&opened.options, &self.context.cancel)?;
        let at = |error: Failure| error.at(&self.path);
        let store = store_id(&conn).map_err(at)?;
        if store != self.context.vault.store() {
            let outside = Outside::of(&opened.options.key_path, &self.path);
            self.context.vault = Vault::new(key_source(&opened.options), store, Some(outside));
        }
        self.behind = rejudge::behind(&conn).map_err(at)?;
        (self.conn, self._present) = (conn, Some(present));
        opened.note();
        self.context.again += 1;
        Ok(())
    }

    /// Whether the file is as this process left it.
    fn is_current(&self) -> bool {
        self.opened.as_ref().is_none_or(Opened::is_current)
    }

    fn note(&mut self) {
        if let Some(opened) = &mut self.opened {
            opened.note();
        }
    }

    /// The store's file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads, all from one moment.
    pub(super) fn read<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>, &mut Context) -> Result<T>,
    ) -> std::result::Result<T, BackendError> {
        let done = self.run(TransactionBehavior::Deferred, work)?;
        if self.context.vault.is_outdated() {
            // What was read counts, whether or not another process is writing now.
            self.written = true;
            let _ = self.run(TransactionBehavior::Immediate, |_, _| Ok(()));
        }
        Ok(done)
    }

    /// Opens the vault before a change that needs it, or sees that it may be made: whoever types a
    /// passphrase does not keep other processes waiting.
    pub(super) fn unlock(&mut self) -> std::result::Result<(), BackendError> {
        self.read(|tx, context| match context.keys(tx)? {
            Some(_) => Ok(()),
            None => context.may_make(tx),
        })
    }

    /// Changes, all or nothing, from the newest state on.
    pub(super) fn write<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>, &mut Context) -> Result<T>,
    ) -> std::result::Result<T, BackendError> {
        self.purge_due();
        self.written = true;
        // Immediate: a transaction that began by reading could find at its first write that
        // another process was faster, and would have to start over.
        self.run(TransactionBehavior::Immediate, work)
    }

    /// Purges these deletions, and takes them out of the log.
    pub(super) fn purge(
        &mut self,
        which: &[Revision],
    ) -> std::result::Result<Vec<Outcome<BackendError>>, BackendError> {
        let done = self
            .run(TransactionBehavior::Immediate, |tx, context| purge::purge(tx, context, which));
        self.checkpoint();
        fault!("purge.committed");
        done
    }

    /// Purges what was deleted long enough ago, once, before the first change. What is in the way of
    /// that, such as a passphrase that nobody gave, leaves it to another time and not in the way of the
    /// change.
    fn purge_due(&mut self) {
        let Some(days) = self.purge_days.take() else { return };
        let hurry = self.context.cancel.hurry();
        let now = self.context.now();
        let found = self.read(|tx, context| {
            let due = purge::due(tx, now, days)?;
            // Whose a draft is, only an open vault knows; nobody is asked for a passphrase for this.
            let mut locked = || -> Result<bool> {
                let Some(envelope) = opener::row(tx)? else { return Ok(true) };
                Ok(context.at_hand(tx, &envelope).is_none())
            };
            let wait = !due.is_empty() && drafts::any(tx)? && locked()?;
            Ok(if wait { Vec::new() } else { due })
        });
        let done = found.and_then(|it| match it.as_slice() {
            [] => Ok(Vec::new()),
            due => self.purge(due),
        });
        drop(hurry);
        match done {
            Ok(done) if done.is_empty() => {}
            Ok(done) => tracing::info!(count = done.len(), days, "deleted connections purged"),
            Err(error) => tracing::warn!(%error, "deleted connections not purged"),
        }
    }

    fn run<T>(
        &mut self,
        behavior: TransactionBehavior,
        work: impl FnOnce(&Transaction<'_>, &mut Context) -> Result<T>,
    ) -> std::result::Result<T, BackendError> {
        self.follow()?;
        self.context.vault.begin();
        let outcome = (|| {
            let tx = self.conn.transaction_with_behavior(behavior)?;
            let done = work(&tx, &mut self.context)?;
            if matches!(behavior, TransactionBehavior::Immediate) {
                head::settle(&tx, &mut self.context)?;
                rejudge::note(&tx)?;
            }
            tx.commit()?;
            Ok(done)
        })();
        self.context.vault.ended(outcome.is_ok());
        if matches!(behavior, TransactionBehavior::Immediate) {
            // A commit may have moved the log into the file.
            self.note();
        }
        outcome.map_err(|error: Failure| match error.at(&self.path) {
            // SQLite says "busy" when the busy handler gave up because the caller had gone.
            BackendError::Busy if self.context.cancel.while_waiting() => BackendError::Cancelled,
            other => other,
        })
    }

    /// Ends when none is left; `None`: there is none.
    pub(super) fn judging(&mut self) -> Option<oneshot::Receiver<()>> {
        self.behind.is_some().then(|| {
            let (begun, end) = oneshot::channel();
            self.judging.push(begun);
            end
        })
    }

    /// Judges the next rows that older rules judged; `false`: another process is writing, so later.
    fn judge_again(&mut self) -> bool {
        if !self.is_current() {
            // The next call opens it again.
            return false;
        }
        let Some(from) = self.behind.take() else { return true };
        let _hurry = self.context.cancel.hurry();
        let judged = rejudge::chunk(&mut self.conn, &from).map_err(|error| error.at(&self.path));
        self.note();
        match judged {
            Ok(next) => (self.behind, self.written) = (next, true),
            Err(BackendError::Busy | BackendError::Cancelled) => {
                self.behind = Some(from);
                return false;
            }
            // What fails now is tried again at the next start; whatever is wrong is reported by the
            // calls that somebody waits for.
            Err(_) => {}
        }
        if self.behind.is_none() {
            self.checkpoint();
            self.judging.clear();
        }
        true
    }

    /// Changes `many` rows, or a few. Many get a larger page cache, since they touch the indexes
    /// all over, and their log is moved into the file at once, so that neither leaving nor the
    /// next start takes longer for it.
    pub(super) fn write_many<T>(
        &mut self,
        many: usize,
        work: impl FnOnce(&Transaction<'_>, &mut Context) -> Result<T>,
    ) -> std::result::Result<T, BackendError> {
        if many < MANY {
            return self.write(work);
        }
        let usual: i64 =
            self.raw(|conn| Ok(conn.pragma_query_value(None, "cache_size", |row| row.get(0))?))?;
        self.raw(|conn| Ok(conn.pragma_update(None, "cache_size", -LARGE_CACHE)?))?;
        let done = self.write(work);
        self.checkpoint();
        self.raw(|conn| {
            conn.pragma_update(None, "cache_size", usual)?;
            Ok(conn.execute_batch("PRAGMA shrink_memory")?)
        })?;
        done
    }

    /// Uses the connection outside a transaction, for settings.
    pub(super) fn raw<T>(
        &mut self,
        work: impl FnOnce(&Connection) -> Result<T>,
    ) -> std::result::Result<T, BackendError> {
        self.follow()?;
        work(&self.conn).map_err(|error| error.at(&self.path))
    }

    /// Moves the log into the file and empties it, as far as no other process stands in the way;
    /// waits for none. Failing is harmless: everything is safe in the log, and the next quiet
    /// moment tries again.
    pub(super) fn checkpoint(&mut self) {
        self.written = false;
        if !self.is_current() {
            return;
        }
        let _hurry = self.context.cancel.hurry();
        let _ = self.conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        self.note();
    }
}

impl Owned for Db {
    fn begin(&mut self) {
        // A small store is right before its first page; of a large one the rest waits for quiet.
        self.judge_again();
    }

    fn is_due(&self) -> bool {
        self.behind.is_some() || self.written
    }

    fn quiet(&mut self) -> bool {
        if self.behind.is_some() {
            return self.judge_again() && self.behind.is_some();
        }
        // After a write the log is moved into the file once nothing happens.
        self.checkpoint();
        false
    }

    fn end(&mut self) {
        if self.written && log_length(&self.path) <= SHORT_LOG {
            self.checkpoint();
        }
    }
}

/// Length of the log beside a store.
fn log_length(store: &Path) -> u64 {
    let mut log = store.as_os_str().to_owned();
    log.push("-wal");
    std::fs::metadata(PathBuf::from(log)).map_or(0, |it| it.len())
}

pub(super) fn store_id(conn: &Connection) -> Result<Uuid> {
    let id: Vec<u8> = conn.query_row("SELECT id FROM store", [], |row| row.get(0))?;
    Uuid::from_slice(&id).map_err(|_| damaged("the store's own id is not 16 bytes").into())
}
