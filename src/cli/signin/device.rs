//! A person signs in by device code: what is asked for is shown first, then the code.

use crate::backend::graph::{DeviceCode, device_scope};
use crate::checks::Stop;
use crate::checks::preflight::{Run, SignIn, Who};
use crate::cli::session::{Session, until_interrupt};
use crate::error::Failure;
use crate::service::preflight;
use crate::text::shown;

/// Lets the person of a sign-in sign in; the sign-in has the token then. One who does not is said,
/// and what needs the sign-in is skipped.
pub fn person(session: &mut Session<'_, '_>, run: &Run, it: &mut SignIn) -> Result<(), Failure> {
    let http = run.http().map_err(|stop| match stop {
        Stop::Skip(why) => Failure::new(why.to_string()).hint("Leave --offline out."),
        Stop::Fault(fault) => fault.cause.into(),
    })?;
    let endpoints = run.endpoints(it.cloud);
    let printer = &mut *session.printer;
    printer.must_say(&format!(
        "Sign-in {}: tenant {}, client {}, scope {} (no refresh token).",
        it.name,
        shown(&it.tenant),
        it.client_id,
        device_scope()
    ));
    let mut on_code = |code: &DeviceCode| {
        printer.must_say(&format!(
            "Open {} in any browser and enter {}. The code expires in {} minutes.",
            shown(code.url.as_str()),
            shown(&code.code),
            code.lasts / 60
        ));
    };
    let signed_in = until_interrupt(preflight::person(&http, &endpoints, it, &mut on_code))?;
    match (signed_in, &mut it.who) {
        (Ok(found), Who::Person { token, .. }) => *token = Some(found),
        (Ok(_), Who::App(_)) => {}
        (Err(cause), _) => {
            session.printer.say(&format!("warning: {}: {}", it.name, shown(&cause.text)));
            if !cause.fix.is_empty() {
                session.printer.say(&format!("hint: {}", shown(&cause.fix)));
            }
        }
    }
    Ok(())
}
