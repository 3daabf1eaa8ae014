//! `jetbridge directory`. SPEC G3-G10.

mod refresh;
pub(super) mod review;

use std::borrow::Cow;

use clap::{Subcommand, ValueEnum};

use super::answer::{Format, FormatArgs, one, records};
use super::import::{ImportArgs, with_input};
use super::limit::LimitArgs;
use super::session::{Session, minute, wait};
use super::table::{self, Column};
use crate::backend::{BackendError, Place};
use crate::domain::{
    AppProfile, DirectoryObject, Evidence, Mfa, ObjectId, ObjectKind, Platform, ProfileStatus,
    Tenant,
};
use crate::error::{Exit, Failure};
use crate::service::import::directory;
use crate::text::{counted, fold, shown};
pub use refresh::{RefreshArgs, run as refresh};

/// Commands of `directory`.
#[derive(Debug, Subcommand)]
pub enum DirectoryVerb {
    /// Import tenants, containers, app profiles and service accounts from JSON or CSV
    #[command(after_help = DIRECTORY_HELP)]
    Import(ImportArgs),
    /// Read tenants, app registrations and users from Microsoft Graph, and update the directory after a confirmation
    #[command(after_help = refresh::HELP)]
    Refresh(RefreshArgs),
    /// List directory entries
    List {
        /// Only these
        #[arg(value_enum, value_name = "KIND")]
        kind: Option<KindArg>,
        /// Only what belongs to this tenant, by id or name
        #[arg(long, value_name = "NAME|ID")]
        tenant: Option<String>,
        #[command(flatten)]
        limit: LimitArgs,
        #[command(flatten)]
        answer: FormatArgs,
    },
}

const DIRECTORY_HELP: &str = r#"JSON: an object with any of these arrays, or an array whose objects say what they are by "object":
  {"tenants":          [{"id": "…", "name": "Contoso", "cloud": "commercial",
                         "locations": ["NAM", "EUR"],
                         "licensed_users": ["svc@contoso.example"],
                         "admin_url": "https://contoso-admin.sharepoint.com"},
                        {"id": "…", "name": "contoso.example", "platform": "google"}],
   "containers":       [{"id": "…", "tenant": "…", "name": "…", "objects": 12,
                         "last_scan": "2026-01-31T12:00:00Z"}],
   "app_profiles":     [{"id": "…", "tenant": "…", "name": "…", "kind": "custom",
                         "impersonation_user": "svc@contoso.example", "status": "active"}],
   "service_accounts": [{"tenant": "…", "name": "svc@contoso.example", "mfa": "no"}],
   "objects":          [{"object": "tenant", "id": "…", "name": "…"}]}

CSV: the same names as columns, with a column `object` of tenant, container, app-profile or
service-account; locations and licensed_users separated by ;

  id      required for a tenant; otherwise the name when empty
  tenant  id or name of a tenant in the file or imported before
  cloud   commercial, usgov or 21vianet
  platform  microsoft-365 or google; the first when empty
  admin_url  address of the SharePoint admin center: the forms that ask for it are filled in
  kind    fly, custom, fly-for-device, fly-delegated, custom-delegated, fly-for-power-platform,
          fly-for-entra-id-source, fly-for-entra-id, fly-for-google or custom-google
  status  active, invalid or unknown
  mfa     yes, no or unknown
  licensed_users  users of the tenant with an Exchange Online license: the audit then stops to ask
          for that of an impersonation user
  client_id  application (client) ID of the app behind a profile: the pre-flight then checks that app
  enabled, mailbox, expires, checked  what was read from Microsoft Graph, as `directory list` prints it

An object with the id of an older one replaces it. All problems are reported with their lines, and
nothing is imported."#;

/// Kinds of directory object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KindArg {
    /// Tenants
    Tenants,
    /// Containers
    Containers,
    /// App profiles
    AppProfiles,
    /// Service accounts
    ServiceAccounts,
}

impl From<KindArg> for ObjectKind {
    fn from(kind: KindArg) -> Self {
        match kind {
            KindArg::Tenants => Self::Tenant,
            KindArg::Containers => Self::Container,
            KindArg::AppProfiles => Self::AppProfile,
            KindArg::ServiceAccounts => Self::ServiceAccount,
        }
    }
}

/// Imports a file of directory objects.
pub fn import(session: &mut Session<'_, '_>, args: &ImportArgs) -> Result<Exit, Failure> {
    let backend = session.backend()?;
    if !args.dry_run && !backend.capabilities().edit_directory {
        return Err(BackendError::Unsupported("importing a directory").into());
    }
    let known = wait(tenants(&backend))??;
    let read = with_input(session, args, |input| {
        directory::read(input, args.format.map(Into::into), &known)
    })?;
    let objects = read.rows;
    let counts = ObjectKind::ALL
        .map(|kind| (kind, objects.iter().filter(|object| object.kind() == kind).count()));
    if !args.dry_run {
        wait(backend.put_objects(objects))??;
    }
    let mut record = serde_json::Map::new();
    record.insert("dry_run".to_owned(), args.dry_run.into());
    record.extend(counts.map(|(kind, count)| (plural(kind).to_owned(), count.into())));
    let [first, second, third, fourth] = ObjectKind::ALL.map(plural);
    let fields = ["dry_run", first, second, third, fourth];
    if one(session.printer, args.answer.format(), &fields, &record)? {
        return Ok(Exit::Ok);
    }
    let verb = if args.dry_run { "would import" } else { "imported" };
    let parts: Vec<String> =
        counts.iter().map(|(kind, count)| counted(*count, kind.label())).collect();
    session.printer.line(&format!("{verb} {}", parts.join(", ")))?;
    Ok(Exit::Ok)
}

pub(super) async fn tenants(backend: &Place) -> Result<Vec<Tenant>, BackendError> {
    let objects = backend.objects(ObjectKind::Tenant, None).await?;
    let tenant = |object| match object {
        DirectoryObject::Tenant(it) => Some(it),
        DirectoryObject::Container(_)
        | DirectoryObject::AppProfile(_)
        | DirectoryObject::ServiceAccount(_) => None,
    };
    Ok(objects.into_iter().filter_map(tenant).collect())
}

/// Name of the array that holds a kind in files.
const fn plural(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Tenant => "tenants",
        ObjectKind::Container => "containers",
        ObjectKind::AppProfile => "app_profiles",
        ObjectKind::ServiceAccount => "service_accounts",
    }
}

/// Lists directory objects.
pub fn list(
    session: &mut Session<'_, '_>,
    kind: Option<KindArg>,
    tenant: Option<&str>,
    limit: LimitArgs,
    format: Format,
) -> Result<Exit, Failure> {
    let backend = session.backend()?;
    let tenants = wait(tenants(&backend))??;
    let only = tenant.map(|text| find_tenant(&tenants, text)).transpose()?;
    let kinds = match kind {
        Some(kind) => vec![ObjectKind::from(kind)],
        None => ObjectKind::ALL.to_vec(),
    };
    let mut objects = Vec::new();
    for kind in kinds {
        let found = wait(backend.objects(kind, only.clone()))??;
        objects.extend(
            found.into_iter().filter(|it| only.as_ref().is_none_or(|only| only == it.tenant())),
        );
    }
    limit.cut(session.printer, &mut objects);
    if records(session.printer, format, "objects", &FIELDS, objects.iter())? {
        return Ok(Exit::Ok);
    }
    if objects.is_empty() {
        session.printer.say("There is nothing here yet.");
        session
            .printer
            .say("hint: `jetbridge directory import FILE` or `jetbridge directory refresh` adds it; their --help shows how.");
        return Ok(Exit::Ok);
    }
    let name_of = |id: &ObjectId| {
        tenants.iter().find(|it| it.id == *id).map_or_else(|| id.0.clone(), |it| it.name.clone())
    };
    let rows: Vec<Line> = objects
        .iter()
        .map(|object| Line {
            kind: object.kind().label(),
            name: object.name().to_owned(),
            tenant: name_of(object.tenant()),
            details: details(object),
            id: object.id().0.clone(),
        })
        .collect();
    table::print(session.printer, &COLUMNS, &rows)?;
    Ok(Exit::Ok)
}

fn find_tenant(tenants: &[Tenant], text: &str) -> Result<ObjectId, Failure> {
    let wanted = fold(text.trim());
    let by_id = tenants.iter().find(|it| fold(&it.id.0) == wanted);
    let by_name: Vec<&Tenant> = tenants.iter().filter(|it| fold(&it.name) == wanted).collect();
    match (by_id, by_name.as_slice()) {
        (Some(tenant), _) => Ok(tenant.id.clone()),
        (None, [tenant]) => Ok(tenant.id.clone()),
        (None, []) => Err(Failure::new(format!("no tenant is named {}", shown(text)))
            .hint("`jetbridge directory list tenants` shows every tenant.")),
        (None, several) => {
            let mut failure = Failure::new(format!("{} names several tenants", shown(text)))
                .hint("Write the id.");
            failure.why = several.iter().map(|it| shown(&it.id.0).into_owned()).collect();
            Err(failure)
        }
    }
}

/// Columns of CSV.
const FIELDS: [&str; 20] = [
    "object",
    "id",
    "name",
    "tenant",
    "cloud",
    "locations",
    "objects",
    "last_scan",
    "kind",
    "impersonation_user",
    "status",
    "mfa",
    "licensed_users",
    "platform",
    "admin_url",
    "enabled",
    "mailbox",
    "client_id",
    "expires",
    "checked",
];

struct Line {
    kind: &'static str,
    name: String,
    tenant: String,
    details: String,
    id: String,
}

const COLUMNS: [Column<Line>; 5] = [
    Column { title: "OBJECT", cell: |it| it.kind.into(), least: 8, rank: 1 },
    Column { title: "NAME", cell: |it| Cow::Borrowed(&it.name), least: 16, rank: 0 },
    Column { title: "TENANT", cell: |it| Cow::Borrowed(&it.tenant), least: 8, rank: 3 },
    Column { title: "DETAILS", cell: |it| Cow::Borrowed(&it.details), least: 12, rank: 2 },
    Column { title: "ID", cell: |it| Cow::Borrowed(&it.id), least: 12, rank: 4 },
];

/// What matters of an object, in a few words.
fn details(object: &DirectoryObject) -> String {
    let read = object.evidence().map(Evidence::words).unwrap_or_default();
    let own = own_details(object);
    if read.is_empty() { own } else { format!("{own}, {read}") }
}

fn own_details(object: &DirectoryObject) -> String {
    match object {
        DirectoryObject::Tenant(it) => tenant(it),
        DirectoryObject::Container(it) => {
            let objects = it.objects.map_or("objects not known".to_owned(), |count| {
                counted(usize::try_from(count).unwrap_or(usize::MAX), "object")
            });
            let scan = it
                .last_scan
                .map_or("never scanned".to_owned(), |at| format!("scanned {}", minute(at)));
            format!("{objects}, {scan}")
        }
        DirectoryObject::AppProfile(it) => profile(it),
        DirectoryObject::ServiceAccount(it) => match it.mfa {
            Mfa::Yes => "MFA: use modern authentication",
            Mfa::No => "no MFA",
            Mfa::Unknown => "MFA not known",
        }
        .to_owned(),
    }
}

fn tenant(it: &Tenant) -> String {
    if it.platform == Platform::Google {
        return it.platform.label().to_owned();
    }
    let mut text = it.cloud.label().to_owned();
    if it.is_multi_geo() {
        text = format!("{text}, multi-geo: {}", it.locations.join(" "));
    }
    if !it.licensed_users.is_empty() {
        text = format!("{text}, {}", counted(it.licensed_users.len(), "licensed user"));
    }
    text
}

fn profile(it: &AppProfile) -> String {
    let status = match it.status {
        ProfileStatus::Active => ", active",
        ProfileStatus::Invalid => ", invalid: re-authorize it",
        ProfileStatus::Unknown => "",
    };
    let user = it.impersonation_user.as_ref().map(|user| format!(", as {user}"));
    format!("{}{status}{}", it.kind.label(), user.unwrap_or_default())
}
