//! What the thread of a team store owns, and its transactions: one that reads sees one moment; one
//! that writes holds the row of the store from its first statement on, so there is one writer.
//!
//! A commit whose answer was lost is looked up by the id that the transaction wrote. It is never
//! repeated blindly.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::runtime::Runtime;
use tokio_postgres::{Client, Error, Row};
use uuid::{ContextV7, Uuid};

use super::aside::Aside;
use super::failure::{ServerError, ServerStep, is_lost, lost, of_work};
use super::feed::Feed;
use super::link::{Link, ServerFacts};
use super::schema;
use super::value::{Statement, Value, column, number, one, sql};
use super::{TeamOptions, vault};
use crate::backend::shared::Step;
use crate::backend::store::core::chain::START;
use crate::backend::store::core::columns::moment;
use crate::backend::store::core::{Result, damaged, micros};
use crate::backend::store::vault::datakeys::DataKeys;
use crate::backend::store::vault::opener::Vault;
use crate::backend::store::worker::{Cancel, Owned};
use crate::backend::{BackendError, Stamp};
use crate::domain::removal::Outcome;
use crate::domain::{ConnectionId, Timestamp};
use crate::text::Texts;

/// How long a call waits for another's write.
const LOCK: Duration = Duration::from_secs(5);
/// Longest time that one statement may take.
pub(super) const STATEMENT: Duration = Duration::from_secs(30);
/// The same for a short change: together with looking up what became of it, it must end before the
/// screen stops waiting.
const SHORT: Duration = Duration::from_secs(10);
/// What the answer may take beyond that before the line counts as lost.
const BEYOND: Duration = Duration::from_secs(5);
/// How long a commit in doubt is looked up; the second is that of a short change.
const DOUBT: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(12));
/// Pause between two tries of that.
const PAUSE: Duration = Duration::from_millis(500);
/// How long a write that runs may still take when the store is closed.
const LEAVE: Duration = Duration::from_secs(3);

/// Everything that the store thread owns.
pub(super) struct Db {
    options: TeamOptions,
    runtime: &'static Runtime,
    link: Option<Link>,
    feed: Arc<Feed>,
    /// The store that was opened; `None`: the server was not reached yet.
    store: Option<Uuid>,
    /// When and why it was not reached, for calls that waited for that.
    failed: Option<(Instant, BackendError)>,
    context: Context,
}

/// What operations use beside the transaction.
pub(super) struct Context {
    pub(super) vault: Vault,
    pub(super) texts: Texts,
    pub(super) cancel: Cancel,
    now: Timestamp,
    user: String,
    ids: ContextV7,
    step: Step,
}

impl Context {
    /// The time of the server when the transaction began.
    pub(super) const fn now(&self) -> Timestamp {
        self.now
    }

    /// The step of the counter when the transaction began.
    pub(super) const fn step(&self) -> Step {
        self.step
    }

    /// The time, and who signed in, by the server.
    pub(super) fn stamp(&self) -> Stamp {
        Stamp { at: self.now, by: self.user.clone() }
    }

    /// A new id; later ones sort after earlier ones.
    pub(super) fn new_id(&self) -> Uuid {
        let seconds = u64::try_from(self.now.as_second()).unwrap_or(0);
        let nanos = u32::try_from(self.now.subsec_nanosecond()).unwrap_or(0);
        Uuid::new_v7(uuid::Timestamp::from_unix(&self.ids, seconds, nanos))
    }
}

impl Owned for Db {}

/// A transaction. Statements whose answer nobody needs wait until somebody needs one, and then go out
/// together.
pub(super) struct Tx<'a> {
    runtime: &'static Runtime,
    link: &'a Link,
    cancel: &'a Cancel,
    waiting: RefCell<Vec<Statement>>,
    /// The last entry of the chain, counting those that wait.
    pub(super) last: RefCell<(u64, [u8; 32])>,
    /// The head was written.
    pub(super) has_head: Cell<bool>,
    state: State,
}

/// The rows of the vault as they were when the transaction began.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    pub(super) envelope: Option<Vec<u8>>,
    pub(super) head: Option<Vec<u8>>,
    /// The link of the entry that the head names.
    pub(super) link: Option<[u8; 32]>,
}

/// How to begin.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Read,
    Write,
}

/// The rows of a statement.
pub(super) async fn run(
    client: &Client,
    statement: &Statement,
) -> std::result::Result<Vec<Row>, Error> {
    let values: Vec<_> = statement.values.iter().map(Value::typed).collect();
    client.query_typed(statement.sql, &values).await
}

impl Tx<'_> {
    /// The rows of a statement.
    pub(super) fn rows(&self, statement: Statement) -> Result<Vec<Row>> {
        Ok(self.all(vec![statement])?.pop().unwrap_or_default())
    }

    /// The rows of several statements, which go out together.
    pub(super) fn all(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>> {
        let mut together = self.waiting.take();
        let before = together.len();
        together.extend(statements);
        let client = &self.link.client;
        let work = async {
            let answers = join_all(together.iter().map(|it| run(client, it))).await;
            // The first that failed is the reason; the others fail because of it.
            answers.into_iter().collect::<std::result::Result<Vec<_>, Error>>()
        };
        let mut answers = ask(self.runtime, self.link, self.cancel, Cancel::while_running, work)?;
        Ok(answers.split_off(before))
    }

    /// Writes, with the next statement that has an answer or at the end.
    pub(super) fn put(&self, statement: Statement) {
        self.waiting.borrow_mut().push(statement);
    }

    /// Writes everything that waits.
    pub(super) fn flush(&self) -> Result<()> {
        if self.waiting.borrow().is_empty() { Ok(()) } else { self.all(Vec::new()).map(|_| ()) }
    }

    /// The rows of the vault.
    pub(super) const fn state(&self) -> &State {
        &self.state
    }
}

/// Longest time that a statement of what runs may take.
fn longest(cancel: &Cancel) -> Duration {
    if cancel.is_short() { SHORT } else { STATEMENT }
}

/// Waits for the server: until it answers, nobody waits any more, or the line counts as lost.
fn ask<T>(
    runtime: &Runtime,
    link: &Link,
    cancel: &Cancel,
    given_up: fn(&Cancel) -> bool,
    work: impl Future<Output = std::result::Result<T, Error>>,
) -> Result<T> {
    runtime.block_on(async {
        tokio::pin!(work);
        tokio::select! {
            biased;
            done = &mut work => return done.map_err(|it| of_work(&it)),
            () = tokio::time::sleep(longest(cancel) + BEYOND) => return Err(lost()),
            () = cancel.until(|it| given_up(it) || it.leaving()) => {}
        }
        if !given_up(cancel) {
            let done = tokio::time::timeout(LEAVE, work).await;
            return done.map_or_else(|_| Err(lost()), |it| it.map_err(|it| of_work(&it)));
        }
        link.stop().await;
        // The answer of what was ended, so that the next one is not taken for it.
        match tokio::time::timeout(BEYOND, work).await {
            Ok(_) => Err(BackendError::Cancelled),
            Err(_) => Err(lost()),
        }
    })
}

impl Db {
    /// Connects, and opens the store that is there. A server that is away is tried again by the calls
    /// that follow.
    pub(super) fn open(options: TeamOptions, feed: Arc<Feed>, cancel: Cancel) -> Result<Self> {
        let runtime = runtime()?;
        // Until the server is reached nobody knows which store it is.
        let vault = options.vault(Uuid::nil());
        let (now, ids) = (Timestamp::UNIX_EPOCH, ContextV7::new());
        let (texts, user) = (Texts::default(), String::new());
        let context = Context { vault, texts, cancel, now, user, ids, step: 0 };
        let (link, store, failed) = (None, None, None);
        let mut db = Self { options, runtime, link, feed, store, failed, context };
        db.failed = db.connected(false).err().map(|error| (Instant::now(), error));
        Ok(db)
    }

    /// What is known of the server.
    pub(super) fn facts(&mut self) -> Result<ServerFacts> {
        self.connected(false).map(|it| it.facts.clone())
    }

    /// The connection, made again where it is gone.
    fn connected(&mut self, fresh: bool) -> Result<&Link> {
        if let Some((_, error)) = self.failed.take().filter(|(at, _)| at.elapsed() < PAUSE) {
            return Err(error);
        }
        let alive = self.link.take().filter(|it| !fresh && !it.client.is_closed());
        let link = match alive {
            Some(link) => link,
            None => {
                let link = connect(self.runtime, &self.options, &self.context.cancel)?;
                let found = link.facts.usable()?;
                let known = self.store.or_else(|| self.feed.known().map(|it| it.0));
                if known.is_some_and(|it| it != found) {
                    let detail = "another store is in its place".to_owned();
                    return Err(BackendError::Untrusted { detail });
                }
                if self.store.is_none() {
                    self.store = Some(found);
                    self.context.vault = self.options.vault(found);
                    self.context.vault.begin();
                }
                self.feed.entered(&link.facts);
                // Whoever waits for the server need not wait any longer.
                self.feed.doubt.notify_one();
                link
            }
        };
        Ok(self.link.insert(link))
    }

    /// Reads, all from one moment.
    pub(super) fn read<T>(
        &mut self,
        work: impl FnOnce(&Tx<'_>, &mut Context) -> Result<T>,
    ) -> Result<T> {
        self.run(Access::Read, None, work)
    }

    /// Changes, all or nothing, from the newest state on.
    pub(super) fn write<T>(
        &mut self,
        work: impl FnOnce(&Tx<'_>, &mut Context) -> Result<T>,
    ) -> Result<T> {
        let request = self.context.new_id();
        self.run(Access::Write, Some(request), work)
    }

    /// Removes what lies beside the store of what was purged.
    pub(super) fn forget(&self, done: &[Outcome<BackendError>]) -> Result<()> {
        let gone: HashSet<ConnectionId> =
            done.iter().filter(|it| it.result.is_ok()).map(|it| it.id).collect();
        match &self.options.forget {
            Some(forget) if !gone.is_empty() => Ok(forget(&gone)?),
            Some(_) | None => Ok(()),
        }
    }

    /// Where drafts wait for the server. `None`: nowhere, or the store is not known yet.
    pub(super) fn aside(&self) -> Option<Aside> {
        let folder = self.options.copy.as_ref()?.with_extension("drafts");
        Some(Aside::new(folder, self.store?, self.options.address.user.clone()))
    }

    /// The data keys, where the vault is open.
    pub(super) fn opened(&self) -> Option<&DataKeys> {
        self.context.vault.at_hand()
    }

    /// Refuses what the role may not, where it is known before.
    pub(super) fn may_write(&self) -> Result<()> {
        let why = self.feed.capabilities().read_only;
        why.map_or(Ok(()), |why| Err(ServerError::of_rights(why)))
    }

    /// Opens the vault before a change that needs it: whoever types a passphrase does not keep others
    /// waiting.
    pub(super) fn unlock(&mut self) -> Result<()> {
        self.read(|tx, context| match vault::keys(tx, context)? {
            Some(_) => Ok(()),
            None => vault::may_make(tx, context),
        })
    }

    /// One statement in a transaction of its own, which holds nobody up.
    pub(super) fn single(&mut self, statement: Statement) -> Result<()> {
        self.connected(false)?;
        let Some(link) = &self.link else { return Err(lost()) };
        let client = &link.client;
        let work = run(client, &statement);
        let done = ask(self.runtime, link, &self.context.cancel, |_| false, work);
        if done.as_ref().err().is_some_and(is_lost) {
            self.link = None;
        }
        done.map(drop)
    }

    fn run<T>(
        &mut self,
        access: Access,
        request: Option<Uuid>,
        work: impl FnOnce(&Tx<'_>, &mut Context) -> Result<T>,
    ) -> Result<T> {
        self.context.vault.begin();
        let outcome =
            self.begun(access).and_then(|begun| self.inside(access, request, begun, work));
        self.context.vault.ended(outcome.is_ok());
        if outcome.as_ref().err().is_some_and(is_lost) {
            self.link = None;
            // Whoever watches finds out whether the server is away.
            self.feed.doubt.notify_one();
        }
        outcome
    }

    /// Begins; a connection that broke while nobody used it is made again once.
    fn begun(&mut self, access: Access) -> Result<Begun> {
        let was_there = self.link.is_some();
        match self.begin(access, false) {
            Err(error) if is_lost(&error) && was_there => self.begin(access, true),
            other => other,
        }
    }

    fn begin(&mut self, access: Access, fresh: bool) -> Result<Begun> {
        self.connected(fresh)?;
        let Some(link) = &self.link else { return Err(lost()) };
        let begin = match access {
            Access::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            // What is acknowledged is on the disk, whatever the server is set to.
            Access::Write => {
                "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; \
                 SELECT set_config('synchronous_commit', 'on', true) \
                 WHERE current_setting('synchronous_commit') = 'off'"
            }
        };
        // For this transaction alone: behind a pooler the next one may have another connection.
        let begin = format!(
            "{begin}; SET LOCAL statement_timeout = {}; SET LOCAL lock_timeout = {}; \
             SET LOCAL idle_in_transaction_session_timeout = {}; SET LOCAL search_path = pg_catalog",
            longest(&self.context.cancel).as_millis(),
            LOCK.as_millis(),
            (STATEMENT * 10).as_millis(),
        );
        let (lock, state) = match access {
            Access::Read => (sql!("SELECT id, version, counter FROM jetbridge.store"), STATE),
            Access::Write => {
                (sql!("SELECT id, version, counter FROM jetbridge.store FOR UPDATE"), STATE)
            }
        };
        let state = sql!(state);
        let (client, floor) = (&link.client, self.feed.floor());
        let work = async {
            let (begun, lock, state) =
                tokio::join!(client.batch_execute(&begin), run(client, &lock), run(client, &state));
            begun?;
            Ok((lock?, state?))
        };
        let waits = Cancel::while_waiting;
        let answer = ask(self.runtime, link, &self.context.cancel, waits, work);
        let begun = answer.and_then(|(lock, state)| {
            let row = one(lock)?;
            let (store, version): (Uuid, u32) = (column(&row, 0)?, number(&row, 1)?);
            if store != self.context.vault.store() || version != schema::VERSION {
                let detail = "the store was replaced or changed while it was open".to_owned();
                return Err(BackendError::Untrusted { detail });
            }
            let step = number(&row, 2)?;
            self.feed.at(step, floor)?;
            self.context.step = step;
            Begun::read(&one(state)?)
        });
        let begun = match begun {
            Ok(begun) => begun,
            Err(error) => {
                roll_back(self.runtime, &mut self.link, &error);
                return Err(error);
            }
        };
        self.context.now = self.options.clock.as_ref().map_or(begun.now, |it| micros(it()));
        self.context.user.clone_from(&begun.user);
        self.feed.vault(begun.state.envelope.as_deref());
        Ok(begun)
    }

    fn inside<T>(
        &mut self,
        access: Access,
        request: Option<Uuid>,
        begun: Begun,
        work: impl FnOnce(&Tx<'_>, &mut Context) -> Result<T>,
    ) -> Result<T> {
        let Some(link) = &self.link else { return Err(lost()) };
        let cancel = self.context.cancel.clone();
        let tx = Tx {
            runtime: self.runtime,
            link,
            cancel: &cancel,
            waiting: RefCell::default(),
            last: RefCell::new(begun.last),
            has_head: Cell::new(false),
            state: begun.state,
        };
        let done = work(&tx, &mut self.context).and_then(|done| {
            if let Some(request) = request {
                vault::settle(&tx, &mut self.context)?;
                // Steps the counter, which others wait for, and forgets requests of long ago.
                tx.put(sql!(
                    "INSERT INTO jetbridge.requests (id, at) VALUES ($1, clock_timestamp())",
                    request
                ));
                tx.put(sql!("UPDATE jetbridge.store SET counter = counter + 1"));
            }
            tx.flush()?;
            Ok(done)
        });
        let done = match done {
            Ok(done) => done,
            Err(error) => {
                roll_back(self.runtime, &mut self.link, &error);
                return Err(error);
            }
        };
        if access == Access::Read {
            // Nothing hangs on its answer. Sent at once, so that whoever comes next is behind it.
            let client = Arc::clone(&link.client);
            let mut end = Box::pin(async move { client.batch_execute("COMMIT").await });
            if (&mut end).now_or_never().is_none() {
                self.runtime.spawn(end);
            }
            return Ok(done);
        }
        let commit = link.client.batch_execute("COMMIT");
        match ask(self.runtime, link, &cancel, |_| false, commit) {
            Ok(()) => {}
            Err(error) if is_lost(&error) => return self.in_doubt(request, done),
            Err(error) => return Err(error),
        }
        // From now on a store without this change is an older one.
        self.feed.committed(self.context.step + 1);
        Ok(done)
    }

    /// The answer of a commit was lost: what became of it is looked up, behind the lock that it held.
    fn in_doubt<T>(&mut self, request: Option<Uuid>, done: T) -> Result<T> {
        let unknown = |why: BackendError| {
            ServerError::failure(
                ServerStep::Work,
                format!(
                    "the server went away during the change, and whether it was saved is not known: {why}"
                ),
                "Look at it again before you repeat the change.",
            )
        };
        let Some(request) = request else { return Ok(done) };
        let begun = Instant::now();
        let doubt = if self.context.cancel.is_short() { DOUBT.1 } else { DOUBT.0 };
        loop {
            match self.was_committed(request) {
                Ok(true) => return Ok(done),
                Ok(false) => return Err(lost()),
                Err(why) if begun.elapsed() > doubt || self.context.cancel.while_waiting() => {
                    return Err(unknown(why));
                }
                Err(_) => self.runtime.block_on(async {
                    tokio::select! {
                        () = tokio::time::sleep(PAUSE) => {}
                        () = self.context.cancel.until(Cancel::leaving) => {}
                    }
                }),
            }
        }
    }

    fn was_committed(&mut self, request: Uuid) -> Result<bool> {
        self.begin(Access::Write, true)?;
        let Some(link) = &self.link else { return Err(lost()) };
        let find = sql!("SELECT 1 FROM jetbridge.requests WHERE id = $1", request);
        let client = &link.client;
        let work = async {
            let found = run(client, &find).await?;
            client.batch_execute("ROLLBACK").await?;
            Ok(!found.is_empty())
        };
        ask(self.runtime, link, &self.context.cancel, |_| false, work)
    }
}

/// What every transaction needs first: the time, who asks, the end of the chain, the vault.
const STATE: &str = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint,
         session_user::text,
         (SELECT max(seq) FROM jetbridge.chain),
         (SELECT link FROM jetbridge.chain ORDER BY seq DESC LIMIT 1),
         (SELECT envelope FROM jetbridge.vault), (SELECT bytes FROM jetbridge.head),
         (SELECT link FROM jetbridge.chain WHERE seq = (SELECT seq FROM jetbridge.head))";

/// How a transaction began.
struct Begun {
    now: Timestamp,
    user: String,
    last: (u64, [u8; 32]),
    state: State,
}

impl Begun {
    fn read(row: &Row) -> Result<Self> {
        let hash = |at: usize| -> Result<Option<[u8; 32]>> {
            let found: Option<&[u8]> = column(row, at)?;
            found
                .map(|it| it.try_into().map_err(|_| damaged("a link of the chain is not 32 bytes")))
                .transpose()
        };
        let seq: Option<i64> = column(row, 2)?;
        let last = match (seq, hash(3)?) {
            (Some(seq), Some(link)) => (u64::try_from(seq).unwrap_or(0), link),
            _ => (0, START),
        };
        let state = State { envelope: column(row, 4)?, head: column(row, 5)?, link: hash(6)? };
        Ok(Self { now: moment(column(row, 0)?)?, user: column(row, 1)?, last, state })
    }
}

/// Ends a transaction that failed; a connection that does not answer to that is given up.
fn roll_back(runtime: &Runtime, link: &mut Option<Link>, error: &BackendError) {
    let Some(open) = link.take().filter(|_| !is_lost(error)) else { return };
    let client = &open.client;
    let ended = runtime
        .block_on(async { tokio::time::timeout(BEYOND, client.batch_execute("ROLLBACK")).await });
    if let Ok(Ok(())) = ended {
        *link = Some(open);
    }
}

/// A thread that keeps the connections of this process going while a store's own thread sleeps.
pub(super) fn runtime() -> Result<&'static Runtime> {
    static LINES: OnceLock<Option<Runtime>> = OnceLock::new();
    let made = || {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(1).thread_name("store-line").enable_all().build().ok()
    };
    let none = || BackendError::Other("cannot start a thread for connections".into());
    LINES.get_or_init(made).as_ref().ok_or_else(none)
}

fn connect(runtime: &Runtime, options: &TeamOptions, cancel: &Cancel) -> Result<Link> {
    runtime.block_on(async {
        tokio::select! {
            biased;
            link = Link::open(options) => link.map(|it| it.0),
            () = cancel.until(|it| it.leaving() || it.while_waiting()) => Err(BackendError::Cancelled),
        }
    })
}
