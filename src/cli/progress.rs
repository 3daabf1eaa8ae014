//! What a terminal shows on standard error while something takes its time: one line, which goes away
//! at the end. E1.

use std::future::Future;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::output::Printer;
use super::session::{until_interrupt, wait};
use crate::backend::{OnProgress, Progress};
use crate::error::Failure;
use crate::service::files::OnDone;
use crate::text::thousands;

/// Cells of the gauge.
const CELLS: u64 = 20;
/// Least time between two lines, and before the first: what is quick needs none.
const PAUSE: Duration = Duration::from_millis(100);
/// Time after which something says that it goes on.
const PATIENCE: Duration = Duration::from_millis(300);

/// A line of what goes on: how far it is of how far, where that is known, and words.
type Far = (Option<(u64, u64)>, String);

/// How much of something is done, as a bar: never full before it is complete.
pub fn gauge((done, total): (u64, u64), fine: bool) -> String {
    let (full, empty) = if fine { ("█", "░") } else { ("#", ".") };
    let most = if done >= total { CELLS } else { CELLS - 1 };
    let cells = CELLS.saturating_mul(done).checked_div(total).unwrap_or(0).min(most);
    let count = |it: u64| usize::try_from(it).unwrap_or(0);
    format!("{}{}", full.repeat(count(cells)), empty.repeat(count(CELLS - cells)))
}

/// Runs a call that reads a service to its end, and shows on a terminal how far it is.
pub fn wait_telling<T>(
    printer: &mut Printer<'_>,
    terminal: bool,
    work: impl AsyncFnOnce(OnProgress<'_>) -> T,
) -> Result<T, Failure> {
    let (reported, hears) = watch::channel(Far::default());
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
    let (sends, hears) = watch::channel(Far::default());
    let on_far = move |text: String| drop(sends.send((None, text)));
    let done = until_interrupt(watched(printer, work(&on_far), hears, terminal));
    // An interrupted one leaves its line.
    printer.pass("");
    done
}

/// Runs work that counts `what` to its end, and shows on a terminal how many are done.
pub fn wait_counting<T>(
    printer: &mut Printer<'_>,
    terminal: bool,
    what: &str,
    work: impl AsyncFnOnce(OnDone<'_>) -> T,
) -> Result<T, Failure> {
    let (reported, hears) = watch::channel(Far::default());
    let last = Mutex::new(Instant::now());
    let on_done = |done: usize, total: usize| {
        let Ok(mut last) = last.lock() else { return };
        if last.elapsed() >= PAUSE {
            *last = Instant::now();
            let number = |it: usize| u64::try_from(it).unwrap_or(u64::MAX);
            let text = format!("{} of {} {what}", thousands(done), thousands(total));
            // Nobody listening any more is fine.
            drop(reported.send((Some((number(done), number(total))), text)));
        }
    };
    wait(watched(printer, work(&on_done), hears, terminal))
}

/// Runs work that cannot say how far it is, and says on a terminal what goes on.
pub fn wait_saying<T>(
    printer: &mut Printer<'_>,
    terminal: bool,
    doing: &str,
    work: impl Future<Output = T>,
) -> Result<T, Failure> {
    wait(async {
        let mut work = std::pin::pin!(work);
        if terminal {
            tokio::select! {
                biased;
                done = &mut work => return done,
                () = tokio::time::sleep(PATIENCE) => printer.pass(&format!("{doing}…")),
            }
        }
        let done = work.await;
        printer.pass("");
        done
    })
}

async fn watched<T>(
    printer: &mut Printer<'_>,
    work: impl Future<Output = T>,
    mut hears: watch::Receiver<Far>,
    terminal: bool,
) -> T {
    let mut work = std::pin::pin!(work);
    let done = loop {
        tokio::select! {
            biased;
            done = &mut work => break done,
            Ok(()) = hears.changed(), if terminal => {
                match hears.borrow_and_update().clone() {
                    (Some(far), text) => printer.pass_far(far, &text),
                    (None, text) => printer.pass(&text),
                }
            }
        }
    };
    printer.pass("");
    done
}

/// How far a refresh is: `1,400 of 3,212 connections`.
fn far(it: &Progress) -> Far {
    let number = |it: usize| u64::try_from(it).unwrap_or(u64::MAX);
    let of = it.total.map(|total| format!(" of {}", thousands(total))).unwrap_or_default();
    let note = it.note.as_ref().map(|note| format!("; {note}")).unwrap_or_default();
    let text = format!("{}{of} connections{note}", thousands(it.have));
    (it.total.map(|total| (number(it.have), number(total))), text)
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
        assert!(first.contains("████████") || first.contains("########"), "{said:?}");
        assert!(rest.contains("3,212 connections; waiting"), "{said:?}");
        assert!(rest.ends_with(" \r"), "the line is emptied: {said:?}");
    }

    #[test]
    fn whoever_is_no_terminal_sees_nothing() {
        assert!(!said(false).contains("connections"));
    }

    #[test]
    fn a_gauge_is_full_only_at_the_end_and_always_as_wide() {
        for (far, expected) in [
            ((0, 100), "...................."),
            ((50, 100), "##########.........."),
            ((999, 1_000), "###################."),
            ((1_000, 1_000), "####################"),
            ((0, 0), "...................."),
        ] {
            assert_eq!(gauge(far, false), expected, "{far:?}");
            assert_eq!(gauge(far, true).chars().count(), 20);
        }
    }
}
