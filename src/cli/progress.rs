//! What a terminal shows while a service is read. E1.

use std::future::Future;

use tokio::sync::watch;

use super::output::Printer;
use super::session::wait;
use crate::backend::{OnProgress, Progress};
use crate::error::Failure;
use crate::view::text::count;

/// Runs a call that reads a service to its end, and tells on a terminal how far it is.
pub fn wait_telling<T>(
    printer: &mut Printer<'_>,
    terminal: bool,
    work: impl AsyncFnOnce(OnProgress<'_>) -> T,
) -> Result<T, Failure> {
    let (told, hears) = watch::channel(String::new());
    let on_progress = move |it: Progress| drop(told.send(far(&it)));
    wait(watched(printer, work(&on_progress), hears, terminal))
}

async fn watched<T>(
    printer: &mut Printer<'_>,
    work: impl Future<Output = T>,
    mut hears: watch::Receiver<String>,
    terminal: bool,
) -> T {
    let mut work = std::pin::pin!(work);
    let done = loop {
        tokio::select! {
            biased;
            done = &mut work => break done,
            Ok(()) = hears.changed(), if terminal => {
                let text = hears.borrow_and_update().clone();
                printer.pass(&text);
            }
        }
    };
    printer.pass("");
    done
}

/// How far a refresh is: `1,400 of 3,212 connections`.
fn far(it: &Progress) -> String {
    let of = it.total.map(|total| format!(" of {}", count(total))).unwrap_or_default();
    let note = it.note.as_ref().map(|note| format!("; {note}")).unwrap_or_default();
    format!("{}{of} connections{note}", count(it.have))
}
