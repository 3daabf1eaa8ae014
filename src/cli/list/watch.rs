//! `jetbridge list --watch`: what changes from now on, one JSON line each, until Ctrl-C.

use std::collections::HashMap;
use std::pin::pin;
use std::time::Duration;

use serde::Serialize;
use tokio::time::sleep;

use super::{ConnectionOut, out};
use crate::backend::{BackendError, Place};
use crate::cli::answer::{Format, VERSION};
use crate::cli::live::not_opened;
use crate::cli::output::Printer;
use crate::cli::session::{Session, wait};
use crate::domain::context::ContextKind;
use crate::domain::{ConnectionId, Timestamp};
use crate::error::{Exit, Failure};
use crate::service::{self, Query, Row};
use crate::text::counted;

/// Time between two looks at a store: it is one number that is read.
const STORE: Duration = Duration::from_secs(1);
/// Time between two readings of a service, whose list is read whole.
const SERVICE: Duration = Duration::from_secs(60);

/// Watches until Ctrl-C.
pub fn run(
    session: &mut Session<'_, '_>,
    query: &Query,
    every: Option<u32>,
    format: Format,
) -> Result<Exit, Failure> {
    if session.several.is_some() {
        return Err(Failure::usage("--watch is about one context")
            .hint("Name one context, and run it once for each."));
    }
    if format == Format::Csv {
        return Err(Failure::usage("--watch prints JSON lines").hint("Leave -o csv out."));
    }
    let live = session.contexts.active().filter(|it| it.kind == ContextKind::Fly && !session.demo);
    if live.is_some() && session.cached {
        return Err(Failure::usage("--cached reads nothing that could have changed")
            .hint("Leave --cached out."));
    }
    let pause = every.map(|it| Duration::from_secs(it.into()));
    let pause = pause.unwrap_or(if live.is_some() { SERVICE } else { STORE });
    let name = live.map(|it| it.name.clone());
    let store = match name {
        Some(_) => None,
        None => Some(session.backend()?),
    };
    let (contexts, printer) = (session.contexts, &mut *session.printer);
    // On one runtime: connections of a service live as long as it does.
    wait(async {
        let place = match (store, &name) {
            (Some(store), _) => store,
            (None, name) => {
                let name = name.as_deref().unwrap_or_default();
                contexts.open(name).await.map_err(|error| not_opened(name, error))?
            }
        };
        let mut stop = pin!(tokio::signal::ctrl_c());
        let mut watch = Watch { place, query, pause, mark: None };
        let mut known = tokio::select! {
            biased;
            Ok(()) = &mut stop => return Ok(Exit::Interrupted),
            rows = watch.first() => rows?,
        };
        printer.say(&format!("Watching {}; Ctrl-C ends.", counted(known.len(), "connection")));
        let mut lost = false;
        loop {
            let rows = tokio::select! {
                biased;
                Ok(()) = &mut stop => return Ok(Exit::Interrupted),
                rows = watch.next() => rows,
            };
            match rows {
                Ok(Some(rows)) => known = report(printer, known, rows)?,
                Ok(None) => {}
                Err(error) => {
                    let failure = Failure::from(error);
                    // A service may be away for a while, or the file of a store be put in its place at
                    // this moment; nobody can wait for a refused sign-in.
                    if failure.exit == Exit::Auth {
                        return Err(failure);
                    }
                    if !std::mem::replace(&mut lost, true) {
                        let (what, seconds) = (&failure.what, pause.as_secs());
                        printer.say(&format!("warning: {what}; trying again every {seconds} s"));
                    }
                    continue;
                }
            }
            if std::mem::take(&mut lost) {
                printer.say("note: the list was read again");
            }
        }
    })?
}

type Known = HashMap<ConnectionId, Row>;

/// What is watched.
struct Watch<'a> {
    place: Place,
    query: &'a Query,
    pause: Duration,
    /// The mark of the place as it was read last.
    mark: Option<u64>,
}

impl Watch<'_> {
    /// The rows as they are at the beginning.
    async fn first(&mut self) -> Result<Known, BackendError> {
        // A newer program judges rows of an older one again, which is no change of anybody's.
        self.place.judged(true).await?;
        self.mark = self.place.mark().await?;
        self.place.refresh(&|_| {}).await?;
        self.rows().await
    }

    /// The rows after the pause; `None`: nothing was changed.
    async fn next(&mut self) -> Result<Option<Known>, BackendError> {
        sleep(self.pause).await;
        // Before the rows: what is changed while they are read is seen the next time.
        let mark = self.place.mark().await?;
        if mark.is_some() && mark == self.mark {
            return Ok(None);
        }
        self.place.refresh(&|_| {}).await?;
        let rows = self.rows().await?;
        self.mark = mark;
        Ok(Some(rows))
    }

    async fn rows(&self) -> Result<Known, BackendError> {
        let listing = service::list(&self.place, self.query, Timestamp::now()).await?;
        Ok(listing.rows.into_iter().map(|row| (row.summary.id, row)).collect())
    }
}

/// A change, as a line of its own.
#[derive(Serialize)]
struct Line<'a> {
    version: u8,
    command: &'static str,
    change: &'static str,
    /// When it was seen.
    at: Timestamp,
    #[serde(flatten)]
    row: ConnectionOut<'a>,
}

/// Prints what is different, in the order of the names, and gives what is known then.
fn report(printer: &mut Printer<'_>, mut before: Known, after: Known) -> Result<Known, Failure> {
    let mut changes: Vec<(&'static str, &Row)> = Vec::new();
    for (id, row) in &after {
        match before.remove(id) {
            None => changes.push(("added", row)),
            Some(was) if was != *row => changes.push(("changed", row)),
            Some(_) => {}
        }
    }
    changes.extend(before.values().map(|row| ("removed", row)));
    changes.sort_by(|a, b| a.1.summary.name.cmp(&b.1.summary.name));
    let at = Timestamp::now();
    for (change, row) in changes {
        let line = Line { version: VERSION, command: "list", change, at, row: out(row) };
        printer.json_line(&line)?;
    }
    printer.hand_on()?;
    Ok(after)
}
