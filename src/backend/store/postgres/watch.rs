//! Follows a team store on a connection of its own: LISTEN where that works, which only a word from
//! another connection shows, and the counter in any case. S3.
//!
//! An idle screen costs one statement every 30 s: it asks for the counter, and shows that the line is
//! alive, which a peer that is silent does not.

use std::convert::Infallible;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, sleep, sleep_until, timeout, timeout_at};
use tokio_postgres::Row;
use uuid::Uuid;

use super::db::run;
use super::failure::{ServerStep, is_lost, lost, of_work};
use super::link::{Heard, Link};
use super::share::Team;
use super::value::{Statement, column, number, one, sql};
use crate::backend::shared::{OnNews, Present, Step};
use crate::backend::store::core::Result;
use crate::backend::store::core::columns::moment;
use crate::backend::store::worker::Manner;
use crate::backend::{BackendError, News};
use crate::domain::ConnectionId;

/// How long an answer of the connection may take before it counts as lost.
const PROBE: Duration = Duration::from_secs(5);
/// How long a word of the other connection may take.
const NOTICE: Duration = Duration::from_secs(2);
/// How often the counter is asked for where changes announce themselves.
const QUIET: Duration = Duration::from_secs(30);
/// How often where they do not.
const POLL: Duration = Duration::from_secs(5);
/// First and longest pause before a server that is away is tried again.
const PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));
/// The pause where trying again soon does not help: a sign-in that is refused may lock an account.
const REFUSED: Duration = Duration::from_secs(60);

/// Where the counter is announced.
const CHANGED: &str = "jetbridge";
/// Where it is announced that somebody opened or closed a connection.
const PRESENT: &str = "jetbridge_present";
/// Where one connection looks whether it hears the other.
const TEST: &str = "jetbridge_test";

/// Follows the store until it is dropped.
pub(super) async fn watch(team: &Team, on_news: OnNews<'_>) {
    let (mut tries, mut reported) = (0, None);
    loop {
        let error = match follow(team, on_news, (&mut tries, &mut reported)).await {
            Ok(never) => match never {},
            Err(error) => error,
        };
        let (text, pause) = (error.to_string(), pause(&error, tries));
        tries = tries.saturating_add(1);
        if reported.as_ref() != Some(&text) {
            let as_of = team.feed.answered().or_else(|| team.read_at()).unwrap_or_default();
            on_news(News::Away { as_of, why: text.clone() });
            reported = Some(text);
        }
        tokio::select! {
            () = sleep(pause) => {}
            // Somebody asks now.
            () = team.feed.doubt.notified(), if pause < REFUSED => sleep(PAUSES.0).await,
        }
    }
}

fn pause(error: &BackendError, tries: u32) -> Duration {
    let soon = match error {
        BackendError::Server(it) => it.is_away() || it.step == ServerStep::Work,
        _ => false,
    };
    let doubled = PAUSES.0.saturating_mul(2_u32.saturating_pow(tries));
    if soon { doubled.min(PAUSES.1) } else { REFUSED }
}

/// A connection that follows.
struct Line<'a> {
    team: &'a Team,
    link: Link,
    heard: Heard,
    on_news: OnNews<'a>,
    /// Changes announce themselves.
    listens: bool,
    /// The step that was reported last.
    step: Option<Step>,
    /// Who was reported last.
    present: Vec<Present>,
    /// When others were shown last that a connection is open here.
    shown: Option<Instant>,
}

async fn follow<'a>(
    team: &'a Team,
    on_news: OnNews<'a>,
    (tries, reported): (&mut u32, &mut Option<String>),
) -> Result<Infallible> {
    let (link, heard) = Link::open(&team.options).await?;
    link.facts.usable()?;
    let (listens, step, shown) = (false, None, None);
    let mut line = Line { team, link, heard, on_news, listens, step, present: Vec::new(), shown };
    let counter = line.counter().await?;
    team.feed.entered(&line.link.facts);
    // Whatever was in the way is not any more.
    (*tries, *reported) = (0, None);
    on_news(News::Here(team.feed.capabilities()));
    line.report(counter);
    let mut open = team.open.subscribe();
    let here = *open.borrow_and_update();
    line.opens(here).await?;
    line.look().await?;
    line.listen().await?;
    let mut next = Instant::now();
    loop {
        next += if line.listens { QUIET } else { POLL };
        tokio::select! {
            biased;
            word = line.heard.recv() => {
                let (channel, payload) = word.ok_or_else(lost)?;
                line.take(&channel, &payload).await?;
                next = Instant::now();
                continue;
            }
            changed = open.changed() => {
                let here = *open.borrow_and_update();
                changed.map_err(|_| lost())?;
                line.opens(here).await?;
                line.look().await?;
            }
            () = team.feed.doubt.notified() => line.probe().await?,
            () = sleep_until(next) => line.probe().await?,
        }
        next = Instant::now();
    }
}

impl Line<'_> {
    /// The rows of some statements, which go out together.
    async fn ask(&self, statements: &[Statement]) -> Result<Vec<Vec<Row>>> {
        let client = &self.link.client;
        let all = join_all(statements.iter().map(|it| run(client, it)));
        let all = timeout(PROBE, all).await.map_err(|_| lost())?;
        all.into_iter().map(|it| it.map_err(|it| of_work(&it))).collect()
    }

    async fn counter(&self) -> Result<Step> {
        let floor = self.team.feed.floor();
        let mut rows = self.ask(&[sql!("SELECT id, counter FROM jetbridge.store")]).await?;
        let row = one(rows.pop().unwrap_or_default())?;
        let store: Uuid = column(&row, 0)?;
        if self.team.feed.known().is_some_and(|(known, _)| known != store) {
            let detail = "another store is in its place".to_owned();
            return Err(BackendError::Untrusted { detail });
        }
        let step = number(&row, 1)?;
        self.team.feed.at(step, floor)?;
        Ok(step)
    }

    fn report(&mut self, step: Step) {
        if self.step.is_none_or(|it| it < step) {
            self.step = Some(step);
            (self.on_news)(News::Step(step));
        }
    }

    /// Asks for the counter, and shows others that a connection is open here still.
    async fn probe(&mut self) -> Result<()> {
        let counter = self.counter().await?;
        self.report(counter);
        if self.shown.is_some_and(|it| it.elapsed() >= QUIET - POLL) {
            let seen = sql!(
                "UPDATE jetbridge.presence SET seen = clock_timestamp() WHERE session = $1",
                self.team.session
            );
            self.ask(&[seen]).await?;
            self.shown = Some(Instant::now());
        }
        // Who went without a word is not announced.
        if !self.listens || !self.present.is_empty() {
            self.look().await?;
        }
        Ok(())
    }

    /// Who else has what open.
    async fn look(&mut self) -> Result<()> {
        let rows = self
            .ask(&[sql!(
                "SELECT connection, owner, (extract(epoch FROM since) * 1000000)::bigint
                 FROM jetbridge.presence
                 WHERE session <> $1 AND seen > clock_timestamp() - interval '75 seconds'
                 ORDER BY since, session LIMIT 200",
                self.team.session
            )])
            .await?;
        let present = rows.iter().flatten().map(|row| {
            let connection = ConnectionId(column(row, 0)?);
            Ok(Present { connection, by: column(row, 1)?, since: moment(column(row, 2)?)? })
        });
        let present = present.collect::<Result<Vec<_>>>()?;
        if present != self.present {
            self.present.clone_from(&present);
            (self.on_news)(News::Present(present));
        }
        Ok(())
    }

    /// Shows others what is open here. A role that may only read shows nothing.
    async fn opens(&mut self, connection: Option<ConnectionId>) -> Result<()> {
        let session = self.team.session;
        if self.link.facts.read_only.is_some() || (connection.is_none() && self.shown.is_none()) {
            return Ok(());
        }
        let word = sql!("SELECT pg_notify($1, '')", PRESENT);
        let all = match connection {
            Some(id) => vec![
                sql!(
                    "DELETE FROM jetbridge.presence
                     WHERE seen < clock_timestamp() - interval '10 minutes'"
                ),
                sql!(
                    "INSERT INTO jetbridge.presence (session, connection) VALUES ($1, $2)
                     ON CONFLICT (session) DO UPDATE SET connection = excluded.connection,
                         since = clock_timestamp(), seen = clock_timestamp()",
                    session,
                    id.0
                ),
                word,
            ],
            None => vec![sql!("DELETE FROM jetbridge.presence WHERE session = $1", session), word],
        };
        self.ask(&all).await?;
        self.shown = connection.map(|_| Instant::now());
        Ok(())
    }

    /// Begins to listen, and finds out whether anything is heard of another connection: a pooler takes
    /// LISTEN and lets nothing through, and a connection's own words may come back all the same.
    async fn listen(&mut self) -> Result<()> {
        let listen = format!("LISTEN {CHANGED}; LISTEN {PRESENT}; LISTEN {TEST}");
        match timeout(PROBE, self.link.client.batch_execute(&listen)).await {
            Err(_) => return Err(lost()),
            // A replica takes no LISTEN.
            Ok(Err(error)) if error.as_db_error().is_some() => return Ok(()),
            Ok(Err(error)) => return Err(of_work(&error)),
            Ok(Ok(())) => {}
        }
        let nonce = Uuid::now_v7().simple().to_string();
        let say = nonce.clone();
        let said = self.team.worker.call(Manner::BreakOff, move |db| {
            db.read(|tx, _| tx.rows(sql!("SELECT pg_notify($1, $2)", TEST, say)).map(drop))
        });
        let mut said = pin!(said);
        // Its turn may come late, and a line that is silent says nothing of it.
        let said = loop {
            match timeout(PROBE, &mut said).await {
                Ok(said) => break said,
                Err(_) => self.probe().await?,
            }
        };
        match said {
            Ok(()) => {}
            Err(error @ BackendError::Server(_)) if is_lost(&error) => return Err(error),
            // It says nothing; the counter does.
            Err(_) => return Ok(()),
        }
        let until = Instant::now() + NOTICE;
        loop {
            match timeout_at(until, self.heard.recv()).await {
                Err(_) => return Ok(()),
                Ok(None) => return Err(lost()),
                Ok(Some((channel, payload))) if channel == TEST => {
                    if payload == nonce {
                        self.listens = true;
                        // What was saved before the first word could be heard.
                        let counter = self.counter().await?;
                        self.report(counter);
                        return Ok(());
                    }
                }
                Ok(Some((channel, payload))) => self.take(&channel, &payload).await?,
            }
        }
    }

    /// A word from the server.
    async fn take(&mut self, channel: &str, payload: &str) -> Result<()> {
        match channel {
            CHANGED => {
                // A hint, which anybody can give: what is true stands in the row of the store.
                if let Ok(step) = payload.parse::<Step>() {
                    (self.on_news)(News::Step(step));
                }
                Ok(())
            }
            PRESENT => self.look().await,
            _ => Ok(()),
        }
    }
}

/// Whether what one connection announces reaches another one, for `context test`.
pub(super) async fn announces(listening: &Link, mut heard: Heard, other: &Link) -> Result<bool> {
    let nonce = Uuid::now_v7().simple().to_string();
    let failed = |it| of_work(&it);
    listening.client.batch_execute(&format!("LISTEN {TEST}")).await.map_err(failed)?;
    let say = format!("SELECT pg_notify('{TEST}', '{nonce}')");
    other.client.batch_execute(&say).await.map_err(failed)?;
    let comes = async {
        while let Some((_, it)) = heard.recv().await {
            if it == nonce {
                return true;
            }
        }
        false
    };
    Ok(timeout(NOTICE, comes).await.unwrap_or(false))
}
