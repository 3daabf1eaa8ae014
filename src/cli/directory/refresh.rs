//! `jetbridge directory refresh`: tenants, app registrations and users from Microsoft Graph. SPEC F8

use clap::Args;
use serde_json::json;

use super::review::{self, FIELDS, Record, Size};
use super::{KindArg, tenants};
use crate::backend::BackendError;
use crate::checks::preflight::{As, Run, SignIn, TenantRef};
use crate::cli::answer::{FormatArgs, VERSION, whole};
use crate::cli::progress::wait_showing;
use crate::cli::session::{Session, until_interrupt, wait};
use crate::cli::signin::ground;
use crate::domain::{DirectoryObject, ObjectKind, Tenant};
use crate::error::{Exit, Failure};
use crate::service::directory::{self, Found, Wanted};
use crate::text::{fold, shown};

pub const HELP: &str = "\
Reads Microsoft Graph through the sign-ins: tenants with their locations, app registrations as custom apps,
and users as service accounts, at most 20,000 of each. Shows what is new and what changes, and asks; nothing
is removed. App profiles of AvePoint Online Services and containers cannot be read from outside.
Exit code 1 when something could not be read, 4 when no sign-in works.";

/// Arguments of `directory refresh`.
#[derive(Debug, Args)]
pub struct RefreshArgs {
    /// Only these
    #[arg(value_enum, value_name = "KIND")]
    pub kind: Option<KindArg>,
    /// Only this tenant, by id or name
    #[arg(long, value_name = "NAME|ID")]
    pub tenant: Option<String>,
    /// Only show what would change
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub answer: FormatArgs,
}

pub fn run(session: &mut Session<'_, '_>, args: &RefreshArgs) -> Result<Exit, Failure> {
    let wanted = wanted(args)?;
    let backend = session.backend()?;
    if !args.dry_run {
        if !backend.capabilities().edit_directory {
            return Err(BackendError::Unsupported("updating a directory").into());
        }
        if !session.yes && !session.can_ask() {
            return Err(session
                .nobody("whether to update the directory")
                .hint("Add --yes to update it, or --dry-run to only see what would change."));
        }
    }
    let run = ground::ground(session, false, backend.clone())?;
    if run.sign_ins.is_empty() {
        return Err(Failure { exit: Exit::Auth, ..Failure::new("there is no sign-in") }
            .hint("`jetbridge signin add` adds one for a tenant."));
    }
    let known = wait(directory::whole(&backend))??;
    let mut named = wait(tenants(&backend))??;
    named.retain(|it| is_wanted(&wanted, &[it.id.as_str(), &it.name]));
    let run = signed_in(session, run, &wanted, &named)?;
    let watched = session.terminals.error;
    let found = wait_showing(session.printer, watched, async |on_far| {
        directory::refresh(&run, &known, &wanted, on_far).await
    })?;
    if let (Some(tenant), true, true, true) =
        (&args.tenant, found.tenants.is_empty(), found.failures.is_empty(), found.notes.is_empty())
    {
        return Err(Failure::new(format!("no tenant is named {}", shown(tenant)))
            .hint("`jetbridge directory list tenants` and `jetbridge signin list` show them."));
    }
    deliver(session, args, &backend, found, &known)
}

fn wanted(args: &RefreshArgs) -> Result<Wanted, Failure> {
    let kinds = match args.kind {
        None => vec![ObjectKind::Tenant, ObjectKind::AppProfile, ObjectKind::ServiceAccount],
        Some(KindArg::Containers) => {
            return Err(Failure::usage("containers cannot be read from outside").hint(
                "Look them up in AvePoint Online Services, and use `jetbridge directory import`.",
            ));
        }
        Some(kind) => vec![kind.into()],
    };
    Ok(Wanted { tenant: args.tenant.clone(), kinds })
}

fn is_wanted(wanted: &Wanted, names: &[&str]) -> bool {
    let any = |it: &String| names.iter().any(|name| fold(name.trim()) == fold(it.trim()));
    wanted.tenant.as_ref().is_none_or(any)
}

/// Lets people sign in to tenants for which no app does.
fn signed_in(
    session: &mut Session<'_, '_>,
    run: Run,
    wanted: &Wanted,
    known: &[Tenant],
) -> Result<Run, Failure> {
    let known = known.iter().map(|it| TenantRef {
        id: it.id.clone(),
        name: it.name.clone(),
        cloud: Some(it.cloud),
        locations: Vec::new(),
    });
    let waiting = run.sign_ins.iter().filter(|it| it.waits() && is_wanted(wanted, &[&it.tenant]));
    let named = waiting.map(|it| TenantRef {
        id: it.tenant.as_str().into(),
        name: it.tenant.clone(),
        cloud: Some(it.cloud.cloud()),
        locations: Vec::new(),
    });
    let all: Vec<TenantRef> = known.chain(named).collect();
    let without = until_interrupt(async {
        let mut without = Vec::new();
        for tenant in all {
            let serving = run.serving(&tenant, As::Anybody).await;
            if serving.iter().all(SignIn::is_person) {
                without.push(tenant);
            }
        }
        without
    })?;
    ground::people(session, run, &without)
}

fn deliver(
    session: &mut Session<'_, '_>,
    args: &RefreshArgs,
    backend: &crate::backend::Place,
    found: Found,
    known: &crate::domain::health::Directory,
) -> Result<Exit, Failure> {
    let Found { changes, tenants, notes, failures, refused } = found;
    for line in notes.iter().take(MOST_NOTES) {
        session.printer.say(&format!("note: {line}"));
    }
    if notes.len() > MOST_NOTES {
        session.printer.say(&format!("note: and {} more", notes.len() - MOST_NOTES));
    }
    failures.iter().for_each(|it| session.printer.say(&format!("warning: {it}")));
    let format = args.answer.format();
    let size = Size::of(&changes);
    let of_tenant = |object: &DirectoryObject| {
        let id = object.tenant();
        let new = changes.iter().find_map(|it| match &it.object {
            DirectoryObject::Tenant(it) if it.id == *id => Some(it.name.clone()),
            _ => None,
        });
        new.or_else(|| known.tenant(id).map(|it| it.name.clone()))
            .unwrap_or_else(|| id.as_str().to_owned())
    };
    let is_table = format == crate::cli::answer::Format::Table;
    if is_table {
        for line in review::lines(&changes, &of_tenant) {
            session.printer.line(&line)?;
        }
        session.printer.hand_on()?;
    }
    let outcome = match (changes.is_empty(), args.dry_run) {
        (true, _) => "nothing-found",
        (false, true) => "would-update",
        (false, false) if review::agrees(session, &changes)? => "updated",
        (false, false) => "declined",
    };
    if outcome == "updated" {
        let objects = changes.iter().map(|it| it.object.clone()).collect();
        wait(backend.put_objects(objects))??;
    }
    let records: Vec<Record<'_>> = changes.iter().map(Record::of).collect();
    let answer = json!({ "version": VERSION, "outcome": outcome, "tenants": tenants, "new": size.new,
        "changed": size.changed, "confirmed": size.confirmed, "notes": notes, "failures": failures,
        "changes": records });
    if !whole(session.printer, format, &answer, &FIELDS, records.iter())? {
        let words = match outcome {
            "updated" => format!("The directory was updated: {}.", size.words()),
            "would-update" => format!("The directory would be updated: {}.", size.words()),
            "declined" => "The directory is as it was.".to_owned(),
            _ => "Nothing was read.".to_owned(),
        };
        session.printer.line(&words)?;
    }
    Ok(match (failures.is_empty(), refused && tenants.is_empty()) {
        (_, true) => Exit::Auth,
        (false, false) => Exit::Failure,
        (true, false) => Exit::Ok,
    })
}

/// Most notes that are shown.
const MOST_NOTES: usize = 20;
