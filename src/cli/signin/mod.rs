//! `jetbridge signin`: who signs in to tenants for the pre-flight. SPEC F3.

pub mod args;
mod change;
pub mod device;
pub mod ground;
pub mod open;

use std::time::Duration;

use args::SigninVerb;
use serde::Serialize;
use serde_json::json;

use super::answer::{Format, VERSION, object, records};
use super::choose;
use super::context::Desk;
use super::context::credential::describe;
use super::context::open::Wish;
use super::session::{Session, until_interrupt};
use super::table::{self, Column};
use crate::backend::http::Http;
use crate::backend::smb;
use crate::checks::directory::World;
use crate::checks::preflight::{Ground, Run};
use crate::checks::{Lookups, Stop};
use crate::config::{Config, SignInConfig};
use crate::error::{Exit, Failure};
use crate::text::{nearest, shown};

/// Runs a command of `signin`.
pub fn run(
    session: &mut Session<'_, '_>,
    verb: SigninVerb,
    wish: &Wish,
    desk: &Desk<'_>,
) -> Result<Exit, Failure> {
    match verb {
        SigninVerb::List(answer) => list(session, desk, answer.format()),
        SigninVerb::Add { name, fields, answer } => {
            change::add(session, desk, &name, &fields, answer.format())
        }
        SigninVerb::Remove { name, dry_run, answer } => {
            let name = choose::name(session, &name)?;
            change::remove(session, desk, &name, dry_run, answer.format())
        }
        SigninVerb::Test { name, answer } => {
            let name = choose::name(session, &name)?;
            test(session, desk, wish, &name, answer.format())
        }
    }
}

/// The sign-in of a name.
fn known<'c>(config: &'c Config, name: &str) -> Result<&'c SignInConfig, Failure> {
    config.signins.get(name).ok_or_else(|| {
        let meant = nearest::lead(name, config.signins.keys().map(String::as_str));
        Failure::usage(format!("there is no sign-in {}", shown(name)))
            .hint(format!("{meant}`jetbridge signin list` shows them all."))
    })
}

#[derive(Serialize)]
struct Row {
    name: String,
    tenant: String,
    cloud: &'static str,
    client_id: String,
    credential: String,
    user: Option<String>,
    apps: Vec<String>,
}

const FIELDS: [&str; 7] = ["name", "tenant", "cloud", "client_id", "credential", "user", "apps"];

const COLUMNS: [Column<Row>; 4] = [
    Column { title: "NAME", cell: |it| it.name.as_str().into(), least: 8, rank: 0 },
    Column { title: "TENANT", cell: |it| it.tenant.as_str().into(), least: 12, rank: 0 },
    Column { title: "CLOUD", cell: |it| it.cloud.into(), least: 6, rank: 2 },
    Column { title: "CREDENTIAL", cell: |it| it.credential.as_str().into(), least: 12, rank: 1 },
];

fn list(session: &mut Session<'_, '_>, desk: &Desk<'_>, format: Format) -> Result<Exit, Failure> {
    let config = desk.config()?;
    let hide = session.hide.clone();
    let text = |what: &str, text: &str| match &hide {
        None => text.to_owned(),
        Some(hide) => hide.name(what, text),
    };
    let row = |(name, it): (&String, &SignInConfig)| Row {
        name: text("sign-in", name),
        tenant: text("tenant", &it.tenant),
        cloud: it.cloud.slug(),
        client_id: text("id", &it.client_id),
        credential: it.credential.as_ref().map_or("device code".into(), describe),
        user: it.user.as_ref().map(|it| text("user", it)),
        apps: it.apps.iter().map(|it| text("app-profile", &it.0)).collect(),
    };
    let rows: Vec<Row> = config.signins.iter().map(row).collect();
    if !records(session.printer, format, "signins", &FIELDS, rows.iter())? {
        match rows.is_empty() {
            true => session.printer.say("There are no sign-ins. `jetbridge signin add` adds one."),
            false => table::print(session.printer, &COLUMNS, &rows)?,
        }
    }
    Ok(Exit::Ok)
}

/// Signs in once, and shows what the token says.
fn test(
    session: &mut Session<'_, '_>,
    desk: &Desk<'_>,
    wish: &Wish,
    name: &str,
    format: Format,
) -> Result<Exit, Failure> {
    let mut config = desk.config()?;
    config.network.within(wish.timeout);
    let found = known(&config, name)?.clone();
    let openers = super::wiring::openers(desk.paths, &config, wish, None);
    let network = super::network::network(&config, &|name| std::env::var(name).ok())?;
    let mut it = open::one(&openers, name, &found).ok_or_else(|| {
        Failure::new("its client id is not a GUID").hint("Add it again with --replace.")
    })?;
    let each = (network.options.total * 2).max(Duration::from_secs(90));
    let run = Run::new(Ground {
        lookups: Lookups::new(each),
        http: Some(Http::new(network.options)?),
        stand_in: network.stand_in,
        sign_ins: Vec::new(),
        place: None,
        now: session.now,
        warning_days: session.warning_days,
        installer: None,
        password: session.password,
        smb_port: smb::PORT,
        mounts: Vec::new(),
        directory: World::default(),
    });
    if it.waits() {
        if session.no_input || !session.terminals.error {
            return Err(session
                .nobody("to sign in by device code")
                .hint("Run it in a terminal, without --no-input."));
        }
        device::person(session, &run, &mut it)?;
    }
    let signed_in = match until_interrupt(run.session(&it))? {
        Ok(signed_in) => signed_in,
        Err(Stop::Fault(fault)) => return Err(fault.cause.into()),
        Err(Stop::Skip(why)) => {
            return Err(Failure { exit: Exit::Auth, ..Failure::new(why.to_string()) }
                .hint("Run it again, and enter the code in time."));
        }
    };
    let claims = &signed_in.claims;
    let answer = json!({ "version": VERSION, "name": name, "tenant": signed_in.tenant.to_string(),
        "kind": if signed_in.is_person { "person" } else { "app" },
        "user": claims.user, "permissions": claims.values });
    if object(session.printer, format, &answer)? {
        return Ok(Exit::Ok);
    }
    session.printer.line(&format!("{name} works."))?;
    session.printer.line(&format!("  tenant       {}", signed_in.tenant))?;
    if let Some(user) = &claims.user {
        session.printer.line(&format!("  user         {}", shown(user)))?;
    }
    let all = claims.values.join(", ");
    let all = if all.is_empty() { "none in the token" } else { &all };
    session.printer.line(&format!("  permissions  {}", shown(all)))?;
    Ok(Exit::Ok)
}
