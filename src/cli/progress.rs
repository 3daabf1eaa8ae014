//! What a terminal shows while a service is read. E1.

use std::future::Future;

use tokio::sync::watch;

use super::output::Printer;
use super::session::{until_interrupt, wait};
use crate::backend::{OnProgress, Progress};
use crate::error::Failure;
use crate::text::thousands;

/// Runs a call that reads a service to its end, and reports on a terminal how far it is.
pub fn wait_telling<T>(
    printer: &mut Printer<'_>,
    terminal: bool,
    work: impl AsyncFnOnce(OnProgress<'_>) -> T,
) -> Result<T, Failure> {
    let (reported, hears) = watch::channel(String::new());
    let on_progress = move |it: Progress| drop(reported.send(far(&it)));
    wait(watched(printer, work(&on_progress), hears, terminal))
}

/// Runs a call that changes nothing to its end, or until Ctrl-C ends it; a terminal shows how far it is in
/// words of its own.
///
/// # Errors
/// It was interrupted.
pub fn wait_showing<T>(
    printer: &mut Printer<'_>,
    terminal: bool,
    work: impl AsyncFnOnce(&(dyn Fn(String) + Send + Sync)) -> T,
) -> Result<T, Failure> {
    let (sends, hears) = watch::channel(String::new());
    let on_far = move |text: String| drop(sends.send(text));
    let done = until_interrupt(watched(printer, work(&on_far), hears, terminal));
    // An interrupted one leaves its line.
    printer.pass("");
    done
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
    let of = it.total.map(|total| format!(" of {}", thousands(total))).unwrap_or_default();
    let note = it.note.as_ref().map(|note| format!("; {note}")).unwrap_or_default();
    format!("{}{of} connections{note}", thousands(it.have))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(have: usize, total: Option<usize>, note: Option<&str>) -> Progress {
        Progress { rows: Vec::new(), have, total, note: note.map(str::to_owned) }
    }

    fn said(terminal: bool) -> String {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut printer = Printer::new(&mut out, &mut err, Some(80));
        let answer = wait_telling(&mut printer, terminal, async |on_progress: OnProgress<'_>| {
            on_progress(progress(1_400, Some(3_212), None));
            tokio::task::yield_now().await;
            on_progress(progress(3_212, None, Some("waiting")));
            tokio::task::yield_now().await;
            7
        });
        assert_eq!(answer.unwrap(), 7);
        assert!(out.is_empty(), "the answer's place is left alone");
        String::from_utf8(err).unwrap()
    }

    #[test]
    fn a_terminal_sees_how_far_it_is_and_nothing_stays() {
        let said = said(true);
        let (first, rest) = said.split_once("1,400 of 3,212 connections").unwrap();
        assert!(first.starts_with('\r'), "{said:?}");
        assert!(rest.contains("3,212 connections; waiting"), "{said:?}");
        assert!(rest.ends_with(" \r"), "the line is emptied: {said:?}");
    }

    #[test]
    fn whoever_is_no_terminal_sees_nothing() {
        assert!(!said(false).contains("connections"));
    }
}
