//! How checks of a session reach the world, and the people who sign in for them.

use std::sync::Arc;

use super::device;
use crate::backend::Place;
use crate::checks::preflight::{As, Ground, Run, SignIn, TenantRef, Who};
use crate::cli::session::{Session, wait};
use crate::error::Failure;
use crate::service::preflight::Means;

/// How the world is reached; `offline`: nobody is called.
pub fn ground(session: &mut Session<'_, '_>, offline: bool, place: Place) -> Result<Run, Failure> {
    let network = (session.network)()?;
    if network.stand_in.is_some() && !offline {
        session.printer.say("warning: a server on this machine plays Microsoft; for tests only");
    }
    // Read once: a run asks no more often.
    let sign_ins = if offline { Vec::new() } else { (session.sign_ins)() };
    let means = Means {
        http: network.options,
        stand_in: network.stand_in,
        name_servers: network.name_servers,
        sign_ins: Arc::new(move || sign_ins.clone()),
        warning_days: session.warning_days,
        installer: session.agent.installer.url.clone(),
        password: session.password,
    };
    Ok(means.run(place, session.now, offline)?)
}

/// Lets the people sign in whose sign-ins serve one of these tenants. Without a terminal nobody is
/// asked, and what needs them is skipped.
pub fn people(
    session: &mut Session<'_, '_>,
    run: Run,
    tenants: &[TenantRef],
) -> Result<Run, Failure> {
    let asks = session.terminals.error && !session.no_input;
    if !asks || !run.sign_ins.iter().any(SignIn::waits) {
        return Ok(run);
    }
    let mut ground = Ground::clone(&run);
    for it in &mut ground.sign_ins {
        let serves = async {
            for tenant in tenants {
                let of = run.serving(tenant, As::Person).await;
                if of.iter().any(|of| of.name == it.name) {
                    return true;
                }
            }
            false
        };
        if let (Who::Person { token, .. }, true) = (it.who.clone(), wait(serves)?)
            && token.is_none()
        {
            device::attempt(session, &run, it)?;
        }
    }
    Ok(Run::new(ground))
}
