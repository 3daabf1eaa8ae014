//! Directory objects from a file: tenants, containers, app profiles, service accounts.

use std::collections::{HashMap, HashSet};
use std::io;

use super::rows::{self, Cell, Column, Format, Row, Schema};
use super::{Cells, ImportError, Problems, Read, finish, not_known, trimmed};
use crate::domain::rules::{self, TEXT_MAX};
use crate::domain::{
    AppProfile, Checked, Cloud, Container, DirectoryObject, Evidence, Mfa, ObjectId, ObjectKind,
    Platform, ProfileKind, ProfileStatus, ServiceAccount, Tenant,
};
use crate::files::json;
use crate::text::{self, Spot};

const OBJECT: usize = 0;
const ID: usize = 1;
const TENANT: usize = 2;
const NAME: usize = 3;
const CLOUD: usize = 4;
const LOCATIONS: usize = 5;
const OBJECTS: usize = 6;
const LAST_SCAN: usize = 7;
const KIND: usize = 8;
const IMPERSONATION_USER: usize = 9;
const STATUS: usize = 10;
const MFA: usize = 11;
const LICENSED_USERS: usize = 12;
const PLATFORM: usize = 13;
const ADMIN_URL: usize = 14;
const ENABLED: usize = 15;
const MAILBOX: usize = 16;
const CLIENT_ID: usize = 17;
const EXPIRES: usize = 18;
const CHECKED: usize = 19;

const SCHEMA: Schema = Schema {
    columns: &[
        Column { name: "object", alias: "" },
        Column { name: "id", alias: "" },
        Column { name: "tenant", alias: "" },
        Column { name: "name", alias: "" },
        Column { name: "cloud", alias: "" },
        Column { name: "locations", alias: "" },
        Column { name: "objects", alias: "" },
        Column { name: "last_scan", alias: "" },
        Column { name: "kind", alias: "" },
        Column { name: "impersonation_user", alias: "" },
        Column { name: "status", alias: "" },
        Column { name: "mfa", alias: "" },
        Column { name: "licensed_users", alias: "" },
        Column { name: "platform", alias: "" },
        Column { name: "admin_url", alias: "" },
        Column { name: "enabled", alias: "" },
        Column { name: "mailbox", alias: "" },
        Column { name: "client_id", alias: "" },
        Column { name: "expires", alias: "" },
        Column { name: "checked", alias: "" },
    ],
    required: &["object", "name"],
    arrays: &[
        ("tenants", Some("tenant")),
        ("containers", Some("container")),
        ("app_profiles", Some("app-profile")),
        ("service_accounts", Some("service-account")),
        ("objects", None),
    ],
    tag: Some(OBJECT),
    // A misspelt `mfa` would silently let an unusable account through, so nothing is overlooked.
    strict: true,
};

/// Columns that each kind of object has beyond `object`, `id`, `tenant` and `name`.
const fn own_columns(kind: ObjectKind) -> &'static [usize] {
    match kind {
        ObjectKind::Tenant => &[CLOUD, LOCATIONS, LICENSED_USERS, PLATFORM, ADMIN_URL, CHECKED],
        ObjectKind::Container => &[OBJECTS, LAST_SCAN],
        ObjectKind::AppProfile => &[KIND, IMPERSONATION_USER, STATUS, CLIENT_ID, EXPIRES, CHECKED],
        ObjectKind::ServiceAccount => &[MFA, ENABLED, MAILBOX, CHECKED],
    }
}

/// Reads directory objects; `known` are the tenants that the backend has already. An object names
/// its tenant by id or by name. Fails with every problem at once.
pub fn read(
    input: impl io::Read,
    format: Option<Format>,
    known: &[Tenant],
) -> Result<Read<DirectoryObject>, ImportError> {
    let mut out: Vec<(Spot, DirectoryObject)> = Vec::new();
    let mut findings = rows::Findings::default();
    rows::read(input, format, &SCHEMA, &mut findings, &mut |row, problems| {
        out.extend(object(row, problems).map(|object| (row.spot, object)));
    })?;
    // Tenants may stand after what belongs to them, so references are looked at last.
    link(&mut out, known, &mut findings.problems);
    finish(out.into_iter().map(|(_, object)| object).collect(), findings)
}

fn object(row: &Row<'_>, problems: &mut Problems) -> Option<DirectoryObject> {
    let mut cells = Cells::new(row, &SCHEMA, problems);
    let kinds = ObjectKind::ALL.map(ObjectKind::slug);
    let kind =
        cells.required(OBJECT, |text| parse_object(text).ok_or_else(|| not_known(text, &kinds)))?;
    for at in CLOUD..=CHECKED {
        if cells.cell(at).is_some() && !own_columns(kind).contains(&at) {
            cells.report(at, format!("does not apply to a {}: leave it empty", kind.label()));
        }
    }
    let name = cells.required(NAME, rules::name).unwrap_or_default();
    let id = match kind {
        ObjectKind::Tenant => cells.required(ID, identity),
        // Where the source shows no id, the name distinguishes the objects of a tenant.
        ObjectKind::Container | ObjectKind::AppProfile | ObjectKind::ServiceAccount => {
            cells.checked(ID, identity).or_else(|| Some(ObjectId(name.clone())))
        }
    };
    let id = id.unwrap_or_else(|| ObjectId(String::new()));
    let tenant = match kind {
        ObjectKind::Tenant => id.clone(),
        ObjectKind::Container | ObjectKind::AppProfile | ObjectKind::ServiceAccount => {
            cells.required(TENANT, identity).unwrap_or_else(|| ObjectId(String::new()))
        }
    };
    let object = match kind {
        ObjectKind::Tenant => tenant_object(&mut cells, id, name),
        ObjectKind::Container => DirectoryObject::Container(Container {
            id,
            tenant,
            name,
            objects: cells.checked(OBJECTS, count),
            last_scan: cells.moment(LAST_SCAN),
        }),
        ObjectKind::AppProfile => profile(&mut cells, id, tenant, name),
        ObjectKind::ServiceAccount => {
            let (mfa, evidence) = (mfa(&mut cells), evidence(&mut cells));
            DirectoryObject::ServiceAccount(ServiceAccount { id, tenant, name, mfa, evidence })
        }
    };
    (!cells.wrong).then_some(object)
}

fn identity(text: &str) -> Result<ObjectId, rules::Problem> {
    rules::printable(text, TEXT_MAX).map(ObjectId)
}

fn parse_object(text: &str) -> Option<ObjectKind> {
    let text = text.trim().to_ascii_lowercase().replace(['_', ' '], "-");
    ObjectKind::ALL.into_iter().find(|kind| kind.slug() == text)
}

/// A word by its name in files or on screen.
fn parse_word<T: Copy>(
    text: &str,
    all: &[T],
    slug: impl Fn(T) -> &'static str,
    label: impl Fn(T) -> &'static str,
) -> Option<T> {
    let text = text.trim();
    all.iter()
        .copied()
        .find(|it| slug(*it).eq_ignore_ascii_case(text) || label(*it).eq_ignore_ascii_case(text))
}

fn tenant_object(cells: &mut Cells<'_, '_>, id: ObjectId, name: String) -> DirectoryObject {
    let clouds = Cloud::ALL.map(Cloud::slug);
    let cloud = cells
        .word(CLOUD, &clouds, |text| parse_word(text, &Cloud::ALL, Cloud::slug, Cloud::label))
        .unwrap_or_default();
    let codes = (LOCATIONS, "codes such as \"NAM;EUR\"");
    let locations = several(&mut *cells, codes, rules::location);
    let users = (LICENSED_USERS, "user principal names such as \"svc@contoso.example\"");
    let licensed_users = several(&mut *cells, users, rules::upn);
    let platforms = Platform::ALL.map(Platform::slug);
    let platform = cells.word(PLATFORM, &platforms, |text| {
        parse_word(text, &Platform::ALL, Platform::slug, Platform::label)
    });
    let platform = platform.unwrap_or_default();
    let admin_url = cells.checked(ADMIN_URL, rules::https);
    if platform == Platform::Google {
        for at in [CLOUD, LOCATIONS, LICENSED_USERS, ADMIN_URL] {
            if cells.cell(at).is_some() {
                cells.report(at, "does not apply to a Google tenant: leave it empty");
            }
        }
    }
    DirectoryObject::Tenant(Tenant {
        id,
        name,
        cloud,
        locations,
        licensed_users,
        platform,
        admin_url,
        evidence: evidence(cells),
    })
}

/// G4, G7: several short texts in one with semicolons, or as an array; each once.
fn several(
    cells: &mut Cells<'_, '_>,
    (at, what): (usize, &str),
    check: fn(&str) -> Result<String, rules::Problem>,
) -> Vec<String> {
    let listed: Vec<String> = match cells.cell(at) {
        Some(Cell::List(list)) => list.clone(),
        Some(Cell::Text(text)) => trimmed(text)
            .split([';', ',', ' '])
            .filter(|it| !it.is_empty())
            .map(str::to_owned)
            .collect(),
        Some(Cell::Odd(json::CUT)) => {
            cells.report(at, json::CUT);
            Vec::new()
        }
        Some(Cell::Bool(_) | Cell::Odd(_)) => {
            cells.report(at, format!("must be {what}, or an array of them"));
            Vec::new()
        }
        None => Vec::new(),
    };
    let mut out: Vec<String> = Vec::new();
    for text in listed {
        match check(&text) {
            Ok(text) if out.contains(&text) => {}
            Ok(text) => out.push(text),
            Err(problem) => {
                cells.report(at, format!("{:?}: {}", rows::quoted(&text), problem.0));
            }
        }
    }
    out
}

fn count(text: &str) -> Result<u64, rules::Problem> {
    text.trim().parse().map_err(|_| {
        rules::Problem(format!("{:?} is not a whole number", rows::quoted(text.trim())))
    })
}

fn profile(
    cells: &mut Cells<'_, '_>,
    id: ObjectId,
    tenant: ObjectId,
    name: String,
) -> DirectoryObject {
    let kinds = ProfileKind::ALL.map(ProfileKind::slug);
    let kind = cells.required(KIND, |text| {
        parse_word(text, &ProfileKind::ALL, ProfileKind::slug, ProfileKind::label)
            .ok_or_else(|| not_known(text, &kinds))
    });
    let impersonation_user = cells.checked(IMPERSONATION_USER, rules::upn);
    if impersonation_user.is_some() && kind.is_some_and(|it| it != ProfileKind::Custom) {
        // G7: only a custom app acts through one.
        cells.report(IMPERSONATION_USER, "only an app profile of kind custom has one");
    }
    let status = cells.word(STATUS, &["active", "invalid", "unknown"], |text| {
        match text.trim().to_ascii_lowercase().as_str() {
            "active" => Some(ProfileStatus::Active),
            "invalid" => Some(ProfileStatus::Invalid),
            "unknown" => Some(ProfileStatus::Unknown),
            _ => None,
        }
    });
    DirectoryObject::AppProfile(AppProfile {
        id,
        tenant,
        name,
        kind: kind.unwrap_or(ProfileKind::Fly),
        impersonation_user,
        status: status.unwrap_or_default(),
        evidence: evidence(cells),
    })
}

/// F8: what was read of an object when it was exported.
fn evidence(cells: &mut Cells<'_, '_>) -> Evidence {
    let mut checked = Vec::new();
    let listed = match cells.cell(CHECKED) {
        Some(Cell::List(list)) => list.clone(),
        Some(_) => {
            let text = cells.text(CHECKED).unwrap_or_default();
            text.split(';').map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()).collect()
        }
        None => Vec::new(),
    };
    for text in listed {
        match rules::printable(&text, TEXT_MAX).map(Checked::try_from) {
            Ok(Ok(it)) => checked.push(it),
            Ok(Err(why)) => cells.report(CHECKED, format!("{:?}: {why}", rows::quoted(&text))),
            Err(problem) => cells.report(CHECKED, problem.0),
        }
    }
    let known = |it: Mfa| match it {
        Mfa::Yes => Some(true),
        Mfa::No => Some(false),
        Mfa::Unknown => None,
    };
    Evidence {
        enabled: known(yes_or_no(cells, ENABLED)),
        mailbox: known(yes_or_no(cells, MAILBOX)),
        client_id: cells.checked(CLIENT_ID, rules::guid),
        expires: cells.moment(EXPIRES),
        checked,
    }
}

/// G9.
fn mfa(cells: &mut Cells<'_, '_>) -> Mfa {
    yes_or_no(cells, MFA)
}

/// Yes, no, or not known.
fn yes_or_no(cells: &mut Cells<'_, '_>, at: usize) -> Mfa {
    if let Some(Cell::Bool(enabled)) = cells.cell(at) {
        return if *enabled { Mfa::Yes } else { Mfa::No };
    }
    let word = cells.word(at, &["yes", "no", "unknown"], |text| {
        match text.trim().to_ascii_lowercase().as_str() {
            "yes" | "true" => Some(Mfa::Yes),
            "no" | "false" => Some(Mfa::No),
            "unknown" => Some(Mfa::Unknown),
            _ => None,
        }
    });
    word.unwrap_or_default()
}

/// Makes every reference to a tenant its id, and reports unknown tenants and objects that come
/// twice.
fn link(objects: &mut [(Spot, DirectoryObject)], known: &[Tenant], problems: &mut Problems) {
    let mut ids: HashSet<ObjectId> = known.iter().map(|it| it.id.clone()).collect();
    // A name that two tenants share names neither.
    let mut names: HashMap<String, Option<ObjectId>> = HashMap::new();
    let in_file: Vec<Tenant> = objects
        .iter()
        .filter_map(|(_, object)| match object {
            DirectoryObject::Tenant(it) => Some(it.clone()),
            DirectoryObject::Container(_)
            | DirectoryObject::AppProfile(_)
            | DirectoryObject::ServiceAccount(_) => None,
        })
        .collect();
    ids.extend(in_file.iter().map(|it| it.id.clone()));
    for tenant in known.iter().chain(&in_file) {
        names
            .entry(text::fold(&tenant.name))
            .and_modify(|id| {
                if id.as_ref() != Some(&tenant.id) {
                    *id = None;
                }
            })
            .or_insert_with(|| Some(tenant.id.clone()));
    }
    let mut seen: HashMap<(ObjectKind, ObjectId, ObjectId), Spot> = HashMap::new();
    for (spot, object) in objects {
        if let Some(tenant) = tenant_mut(object)
            && !ids.contains(tenant)
        {
            match names.get(&text::fold(&tenant.0)) {
                Some(Some(id)) => tenant.clone_from(id),
                Some(None) => problems.add(
                    *spot,
                    Some("tenant"),
                    format!("{:?} names several tenants: write the id", rows::quoted(&tenant.0)),
                ),
                None => problems.add(
                    *spot,
                    Some("tenant"),
                    format!(
                        "no tenant {:?} in this file or in the directory: add it, or fix the id",
                        rows::quoted(&tenant.0)
                    ),
                ),
            }
        }
        let key = (object.kind(), object.tenant().clone(), object.id().clone());
        let first = seen.entry(key).or_insert(*spot);
        if first != spot {
            let message = format!("{first} has this {} too", object.kind().label());
            problems.add(*spot, Some("id"), message);
        }
    }
}

fn tenant_mut(object: &mut DirectoryObject) -> Option<&mut ObjectId> {
    match object {
        DirectoryObject::Tenant(_) => None,
        DirectoryObject::Container(it) => Some(&mut it.tenant),
        DirectoryObject::AppProfile(it) => Some(&mut it.tenant),
        DirectoryObject::ServiceAccount(it) => Some(&mut it.tenant),
    }
}
