//! A person signs in by device code: what is asked for is shown first, then the code, which is copied too, and
//! how long it can still be entered.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use crate::backend::graph::{DeviceCode, device_scope};
use crate::checks::preflight::{Run, SignIn, Who};
use crate::checks::{Cause, Stop};
use crate::cli::output::Printer;
use crate::cli::session::{Session, until_interrupt};
use crate::domain::Secret;
use crate::error::Failure;
use crate::runtime::clipboard::{Multiplexer, copy};
use crate::service::preflight;
use crate::text::{counted, shown};

/// A minute.
const MINUTE: Duration = Duration::from_secs(60);

/// As [`person`]; a failure is reported at once, and the checks that need the sign-in report it too.
pub fn attempt(session: &mut Session<'_, '_>, run: &Run, it: &mut SignIn) -> Result<(), Failure> {
    person(session, run, it)?;
    if let Who::Person { token: Some(Err(cause)), .. } = &it.who {
        session.printer.say(&format!("warning: {}: {}", it.name, shown(&cause.text)));
    }
    Ok(())
}

/// Lets the person of a sign-in sign in; the sign-in then has the token, or why there is none.
pub fn person(session: &mut Session<'_, '_>, run: &Run, it: &mut SignIn) -> Result<(), Failure> {
    let http = run.http().map_err(|stop| match stop {
        Stop::Skip(why) => Failure::new(why.to_string()).hint("Leave --offline out."),
        Stop::Fault(fault) => fault.cause.into(),
    })?;
    let endpoints = run.endpoints(it.cloud);
    let terminal = session.terminals.error;
    let printer = &mut *session.printer;
    printer.must_say(&format!(
        "Sign-in {}: tenant {}, client {}, scope {} (no refresh token).",
        it.name,
        shown(&it.tenant),
        it.client_id,
        device_scope()
    ));
    let (sends, codes) = mpsc::unbounded_channel();
    let mut on_code = |code: &DeviceCode| {
        // Whoever waits for the sign-in also waits for this.
        let _ = sends.send((shown(code.url.as_str()).into_owned(), code.code.clone(), code.lasts));
    };
    let work = preflight::person(&http, &endpoints, it, &mut on_code);
    let signed_in = until_interrupt(watched(printer, terminal, work, codes));
    printer.pass("");
    let outcome = signed_in?;
    if let Who::Person { token, .. } = &mut it.who {
        *token = Some(outcome);
    }
    Ok(())
}

/// Where a code is entered, the code, and how many seconds it lasts.
type Code = (String, String, u64);

/// Shows the code when it comes, and on a terminal each minute how long it can still be entered.
async fn watched(
    printer: &mut Printer<'_>,
    terminal: bool,
    work: impl Future<Output = Result<Secret, Cause>>,
    mut codes: mpsc::UnboundedReceiver<Code>,
) -> Result<Secret, Cause> {
    tokio::pin!(work);
    let (mut left, mut next) = (0, None::<Instant>);
    loop {
        let minute = async {
            match next {
                Some(at) => sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            done = &mut work => break done,
            Some((url, code, lasts)) = codes.recv() => {
                left = lasts / 60;
                show(printer, terminal, &url, &code, left);
                next = terminal.then(|| Instant::now() + Duration::from_secs(lasts % 60));
            }
            () = minute => {
                next = (left > 0).then(|| Instant::now() + MINUTE);
                printer.pass(&match left {
                    0 => "The code has expired.".to_owned(),
                    _ => format!("Waiting for the sign-in; the code expires in {}.", minutes(left)),
                });
                left = left.saturating_sub(1);
            }
        }
    }
}

fn minutes(many: u64) -> String {
    counted(usize::try_from(many).unwrap_or(usize::MAX), "minute")
}

fn show(printer: &mut Printer<'_>, terminal: bool, url: &str, code: &str, left: u64) {
    let through = Multiplexer::detect(|name| std::env::var_os(name).is_some());
    let copied = match copy(code, through) {
        Ok(bytes) if terminal => {
            printer.unseen(&bytes);
            " It was sent to the clipboard of this terminal."
        }
        Ok(_) | Err(_) => "",
    };
    printer.must_say(&format!(
        "Open {url} in any browser and enter {}.{copied} The code expires in {}.",
        shown(code),
        minutes(left)
    ));
}
