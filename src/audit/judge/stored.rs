//! The findings of the list, each with the field that mends it and what exactly was found.

use super::record::local_admin;
use super::{Case, Hit, Rule, expiry};
use crate::domain::device::{DeviceAnswers, DeviceDestination, EntraAccess, EntraJoin};
use crate::domain::groups::{GroupsAnswers, ServiceAuthentication};
use crate::domain::health::{Finding, Findings, not_shared};
use crate::domain::{
    Answers, AppProfile, Connection, DirectoryObject, Mfa, ObjectId, ObjectKind, ProfileStatus,
    Timestamp,
};
use crate::form::{Picked, specs};

type Place = (&'static str, ObjectKind, ObjectId, ObjectId);

/// One finding per field that it concerns.
pub(super) fn judge(case: &Case<'_>, findings: Findings, hits: &mut Vec<Hit>) {
    for finding in findings.iter() {
        let told = match case.look.record {
            Some(record) => of_record(case, record, finding),
            None => Vec::new(),
        };
        let rule = Rule::of(finding);
        if told.is_empty() {
            hits.push(case.hit(rule, None, without_record(case, finding)));
        }
        hits.extend(told.into_iter().map(|(field, detail)| case.hit(rule, Some(field), detail)));
    }
}

/// What the row alone tells.
fn without_record(case: &Case<'_>, finding: Finding) -> String {
    let expires = case.look.row.expires_at.and_then(|it| Timestamp::from_second(it).ok());
    match (finding, expires) {
        (Finding::Expired | Finding::Expiring, Some(at)) => {
            expiry("A credential", at, case.setup.now)
        }
        (Finding::Incomplete, _) => {
            format!("No answers are known for {}.", case.look.row.kind.label())
        }
        _ => finding.means().to_owned(),
    }
}

fn of_record(
    case: &Case<'_>,
    record: &Connection,
    finding: Finding,
) -> Vec<(&'static str, String)> {
    match (finding, &record.answers) {
        (Finding::Incomplete, Answers::Listed(_)) => {
            vec![("name", format!("No answers are known for {}.", record.kind.label()))]
        }
        (Finding::Expired | Finding::Expiring, Answers::Device(device)) => {
            expiries(device, case.setup.now)
        }
        (Finding::ObjectMissing, _) => missing(case, record),
        (Finding::ProfileInvalid, _) => {
            let invalid = |_: &str, it: &AppProfile| it.status == ProfileStatus::Invalid;
            profiles(case, record, invalid, "is invalid.")
        }
        (Finding::ProfileUnfit, _) => {
            let spec = specs::of(record.kind);
            let unfit = |field: &str, it: &AppProfile| {
                let pick = Picked::from(&DirectoryObject::AppProfile(it.clone()));
                let field = spec.and_then(|spec| spec.field(field));
                field.is_some_and(|field| field.refusal(&pick).is_some())
            };
            profiles(case, record, unfit, "is of a kind that does not fit this field.")
        }
        (_, Answers::Groups(groups)) => of_groups(case, groups, finding),
        (_, Answers::Device(device)) => of_device(device, finding),
        (_, Answers::Listed(_)) => Vec::new(),
    }
}

fn of_device(device: &DeviceAnswers, finding: Finding) -> Vec<(&'static str, String)> {
    match finding {
        Finding::LocalToken => {
            vec![("bulk_tokens", "The token in use was issued by the local store.".to_owned())]
        }
        Finding::ExpiryUnknown => {
            let told = "No expiry was entered for the client secret.".to_owned();
            vec![("client_secret_expires", told)]
        }
        Finding::LocalAdminName => local_admin(device)
            .map(|admin| ("local_admin_user", format!("The user name is {}.", admin.user)))
            .into_iter()
            .collect(),
        Finding::ShareNotUnc => enrolment_path(device)
            .and_then(|path| Some(("enrolment_path", format!("{path}: {}.", not_shared(path)?))))
            .into_iter()
            .collect(),
        Finding::Incomplete
        | Finding::Expired
        | Finding::Expiring
        | Finding::AccountHasMfa
        | Finding::ProfileInvalid
        | Finding::ProfileUnfit
        | Finding::NoImpersonationUser
        | Finding::LocationNotServed
        | Finding::LocationUnknown
        | Finding::ObjectMissing
        | Finding::ContainerEmpty
        | Finding::SingleCredential
        | Finding::AppProfileAlone => Vec::new(),
    }
}

fn enrolment_path(device: &DeviceAnswers) -> Option<&str> {
    match device {
        DeviceAnswers::Destination(destination) => match &**destination {
            DeviceDestination::EntraId { join: EntraJoin::EnrolmentFile { path }, .. } => {
                Some(path)
            }
            DeviceDestination::EntraId { join: EntraJoin::BulkToken { .. }, .. }
            | DeviceDestination::ActiveDirectory { .. }
            | DeviceDestination::Hybrid { .. } => None,
        },
        DeviceAnswers::Source(_) => None,
    }
}

fn of_groups(
    case: &Case<'_>,
    groups: &GroupsAnswers,
    finding: Finding,
) -> Vec<(&'static str, String)> {
    let location = groups.location.as_deref().unwrap_or_default();
    match finding {
        Finding::AccountHasMfa => accounts_with_mfa(case, groups),
        Finding::NoImpersonationUser => {
            vec![("impersonation_user", "No impersonation user is set.".to_owned())]
        }
        Finding::LocationNotServed => {
            vec![("location", format!("Location {location} with Fly delegated profiles alone."))]
        }
        Finding::LocationUnknown => {
            vec![("location", format!("Location {location} is not one of {}.", tenant(case)))]
        }
        Finding::ContainerEmpty => {
            let id = groups.container.as_ref();
            let container = id.and_then(|id| case.directory.container(&groups.tenant, id));
            let name = container.map_or("The container", |it| it.name.as_str());
            vec![("container", format!("{name} holds no objects, or was never scanned."))]
        }
        Finding::SingleCredential => match &groups.service {
            Some(ServiceAuthentication::Modern { .. }) => {
                vec![("delegated", "One delegated app profile and no app profile.".to_owned())]
            }
            Some(ServiceAuthentication::Legacy { .. }) | None => {
                vec![("accounts", "One service account and no app profile.".to_owned())]
            }
        },
        Finding::AppProfileAlone => {
            vec![("service_auth", "An app profile and no service account.".to_owned())]
        }
        Finding::Incomplete
        | Finding::Expired
        | Finding::Expiring
        | Finding::ProfileInvalid
        | Finding::ProfileUnfit
        | Finding::ObjectMissing
        | Finding::ShareNotUnc
        | Finding::LocalAdminName
        | Finding::ExpiryUnknown
        | Finding::LocalToken => Vec::new(),
    }
}

fn tenant<'a>(case: &'a Case<'_>) -> &'a str {
    let name = &*case.subject.tenant;
    if name.is_empty() { "the tenant" } else { name }
}

fn accounts_with_mfa(case: &Case<'_>, groups: &GroupsAnswers) -> Vec<(&'static str, String)> {
    let Some(ServiceAuthentication::Legacy { accounts }) = &groups.service else {
        return Vec::new();
    };
    let known = accounts.iter().filter_map(|id| case.directory.account(&groups.tenant, id));
    let with_mfa = known.filter(|it| it.mfa == Mfa::Yes).map(|it| it.name.as_str());
    vec![("accounts", format!("MFA is enabled for {}.", super::named(with_mfa)))]
}

fn expiries(device: &DeviceAnswers, now: Timestamp) -> Vec<(&'static str, String)> {
    match device {
        DeviceAnswers::Source(source) => {
            let at = source.client_secret_expires;
            let told = at.map(|at| ("client_secret_expires", expiry("The client secret", at, now)));
            told.into_iter().collect()
        }
        DeviceAnswers::Destination(destination) => match &**destination {
            DeviceDestination::EntraId { join: EntraJoin::BulkToken { tokens }, .. } => {
                let latest = tokens.last().map(|token| {
                    let what = format!("The bulk token {}", token.display_name);
                    ("bulk_tokens", expiry(&what, token.expires_at, now))
                });
                latest.into_iter().collect()
            }
            DeviceDestination::EntraId { join: EntraJoin::EnrolmentFile { .. }, .. }
            | DeviceDestination::ActiveDirectory { .. }
            | DeviceDestination::Hybrid { .. } => Vec::new(),
        },
    }
}

/// Picked objects of a record: field, kind, tenant, id.
fn places(record: &Connection) -> Vec<Place> {
    match &record.answers {
        Answers::Listed(_) => Vec::new(),
        Answers::Groups(groups) => of_groups_picks(groups),
        Answers::Device(DeviceAnswers::Source(source)) => source
            .entra
            .as_ref()
            .map(|entra| of_entra(entra, "source_tenant", "source_app_profile"))
            .unwrap_or_default(),
        Answers::Device(DeviceAnswers::Destination(destination)) => match &**destination {
            DeviceDestination::ActiveDirectory { .. } => Vec::new(),
            DeviceDestination::Hybrid { entra, .. } => of_entra(entra, "tenant", "app_profile"),
            DeviceDestination::EntraId { entra, join } => match join {
                EntraJoin::BulkToken { .. } => of_entra(entra, "tenant", "join_app_profile"),
                EntraJoin::EnrolmentFile { .. } => of_entra(entra, "tenant", "app_profile"),
            },
        },
    }
}

fn of_groups_picks(groups: &GroupsAnswers) -> Vec<Place> {
    let place = |field, kind, id: &ObjectId| (field, kind, groups.tenant.clone(), id.clone());
    let mut all = vec![place("tenant", ObjectKind::Tenant, &groups.tenant)];
    all.extend(groups.container.iter().map(|id| place("container", ObjectKind::Container, id)));
    let app = groups.app_profile.iter();
    all.extend(app.map(|it| place("app_profile", ObjectKind::AppProfile, &it.profile)));
    match &groups.service {
        None => {}
        Some(ServiceAuthentication::Legacy { accounts }) => {
            let accounts = accounts.iter();
            all.extend(accounts.map(|id| place("accounts", ObjectKind::ServiceAccount, id)));
        }
        Some(ServiceAuthentication::Modern { profiles }) => {
            let profiles = profiles.iter();
            all.extend(profiles.map(|id| place("delegated", ObjectKind::AppProfile, id)));
        }
    }
    all
}

fn of_entra(entra: &EntraAccess, tenant: &'static str, profile: &'static str) -> Vec<Place> {
    let EntraAccess { tenant: of, app_profile } = entra;
    vec![
        (tenant, ObjectKind::Tenant, of.clone(), of.clone()),
        (profile, ObjectKind::AppProfile, of.clone(), app_profile.clone()),
    ]
}

/// One sentence per field, however many objects it picks.
fn by_field(found: Vec<(&'static str, String)>, end: &str) -> Vec<(&'static str, String)> {
    let mut out: Vec<(&'static str, Vec<String>)> = Vec::new();
    for (field, what) in found {
        match out.iter_mut().find(|(known, _)| *known == field) {
            Some((_, all)) => all.push(what),
            None => out.push((field, vec![what])),
        }
    }
    let told = out.into_iter().map(|(field, all)| {
        (field, format!("{} {end}", super::named(all.iter().map(String::as_str))))
    });
    told.collect()
}

fn missing(case: &Case<'_>, record: &Connection) -> Vec<(&'static str, String)> {
    let directory = case.directory;
    let gone = |(_, kind, tenant, id): &Place| match kind {
        ObjectKind::Tenant => directory.tenant(id).is_none(),
        ObjectKind::Container => directory.container(tenant, id).is_none(),
        ObjectKind::AppProfile => directory.profile(tenant, id).is_none(),
        ObjectKind::ServiceAccount => directory.account(tenant, id).is_none(),
    };
    let found = places(record).into_iter().filter(gone);
    let told = found.map(|(field, kind, _, id)| (field, format!("the {} {id}", kind.label())));
    by_field(told.collect(), "is not in the directory.").into_iter().map(capital).collect()
}

/// App profiles of which something holds, by field.
fn profiles(
    case: &Case<'_>,
    record: &Connection,
    holds: impl Fn(&str, &AppProfile) -> bool,
    end: &str,
) -> Vec<(&'static str, String)> {
    let of_profile = |(field, kind, tenant, id): Place| {
        let profile = (kind == ObjectKind::AppProfile)
            .then(|| case.directory.profile(&tenant, &id))
            .flatten()?;
        holds(field, profile).then(|| (field, format!("the app profile {}", profile.name)))
    };
    let told = places(record).into_iter().filter_map(of_profile).collect();
    by_field(told, end).into_iter().map(capital).collect()
}

/// With a capital at its start.
fn capital((field, text): (&'static str, String)) -> (&'static str, String) {
    let text = text.strip_prefix("the ").map(|rest| format!("The {rest}")).unwrap_or(text);
    (field, text)
}
