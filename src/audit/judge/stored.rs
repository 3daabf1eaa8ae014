//! The findings of the list, each with the field that fixes it and what exactly was found.

use super::{Case, Hit, Rule, expiry};
use crate::domain::answers::{Reference, Sheet};
use crate::domain::health::{Finding, Findings, not_shared};
use crate::domain::{
    AppProfile, Connection, DirectoryObject, Mfa, ObjectKind, ProfileStatus, Timestamp,
};
use crate::form::{Field, Picked, Spec, specs};

type Place<'a> = (&'static str, Reference<'a>);

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
    let Some(sheet) = case.sheet else {
        let told = || ("name", format!("No answers are known for {}.", record.kind.label()));
        return (finding == Finding::Incomplete).then(told).into_iter().collect();
    };
    let Some(spec) = specs::of(record.kind) else { return Vec::new() };
    match finding {
        Finding::Expired | Finding::Expiring => expiries(sheet, case.setup.now),
        Finding::ObjectMissing => missing(case, &places(spec, sheet)),
        Finding::ProfileInvalid => {
            let invalid = |_: &str, it: &AppProfile| it.status == ProfileStatus::Invalid;
            profiles(case, &places(spec, sheet), invalid, "is invalid.")
        }
        Finding::ProfileUnfit => {
            let unfit = |field: &str, it: &AppProfile| {
                let pick = Picked::from(&DirectoryObject::AppProfile(it.clone()));
                spec.field(field).is_some_and(|field| field.refusal(&pick).is_some())
            };
            let end = "is of a kind that does not fit this field.";
            profiles(case, &places(spec, sheet), unfit, end)
        }
        _ => of_answers(case, sheet, finding).into_iter().collect(),
    }
}

/// What was found in the answers themselves, with its field.
fn of_answers(case: &Case<'_>, sheet: &Sheet, finding: Finding) -> Option<(&'static str, String)> {
    let location = sheet.code("location").unwrap_or_default();
    Some(match finding {
        Finding::LocalToken => {
            ("bulk_tokens", "The token in use was issued by the local store.".to_owned())
        }
        Finding::ExpiryUnknown => {
            ("client_secret_expires", "No expiry was entered for the client secret.".to_owned())
        }
        Finding::LocalAdminName => {
            let user = sheet.text("local_admin_user")?;
            ("local_admin_user", format!("The user name is {user}."))
        }
        Finding::ShareNotUnc => {
            let path = sheet.text("enrolment_path")?;
            ("enrolment_path", format!("{path}: {}.", not_shared(path)?))
        }
        Finding::AccountHasMfa => {
            let of = sheet.objects("accounts")?;
            let known = of.ids.iter().filter_map(|id| case.directory.account(&of.tenant, id));
            let with_mfa = known.filter(|it| it.mfa == Mfa::Yes).map(|it| it.name.as_str());
            ("accounts", format!("MFA is enabled for {}.", super::named(with_mfa)))
        }
        Finding::NoImpersonationUser => {
            ("impersonation_user", "No impersonation user is set.".to_owned())
        }
        Finding::LocationNotServed => {
            ("location", format!("Location {location} with Fly delegated profiles alone."))
        }
        Finding::LocationUnknown => {
            ("location", format!("Location {location} is not one of {}.", tenant(case)))
        }
        Finding::ContainerEmpty => {
            let of = sheet.objects("container")?;
            let id = of.ids.first();
            let container = id.and_then(|id| case.directory.container(&of.tenant, id));
            let name = container.map_or("The container", |it| it.name.as_str());
            ("container", format!("{name} holds no objects, or was never scanned."))
        }
        Finding::SingleCredential if sheet.ids("delegated").is_empty() => {
            ("accounts", "One service account and no app profile.".to_owned())
        }
        Finding::SingleCredential => {
            ("delegated", "One delegated app profile and no app profile.".to_owned())
        }
        Finding::AppProfileAlone => {
            ("service_auth", "An app profile and no service account.".to_owned())
        }
        Finding::Incomplete
        | Finding::Expired
        | Finding::Expiring
        | Finding::ProfileInvalid
        | Finding::ProfileUnfit
        | Finding::ObjectMissing => return None,
    })
}

fn tenant<'a>(case: &'a Case<'_>) -> &'a str {
    let name = &*case.subject.tenant;
    if name.is_empty() { "the tenant" } else { name }
}

fn expiries(sheet: &Sheet, now: Timestamp) -> Vec<(&'static str, String)> {
    let secret = sheet.day("client_secret_expires");
    let secret = secret.map(|at| ("client_secret_expires", expiry("The client secret", at, now)));
    let token = sheet.tokens("bulk_tokens").last().map(|token| {
        let what = format!("The bulk token {}", token.display_name);
        ("bulk_tokens", expiry(&what, token.expires_at, now))
    });
    secret.into_iter().chain(token).collect()
}

/// Picked objects, in the order of the form.
fn places<'a>(spec: &'static Spec, sheet: &'a Sheet) -> Vec<Place<'a>> {
    let of = |field: &'static Field| {
        let named = sheet.references().filter(move |it| it.field == field.key);
        named.map(move |it| (field.key, it))
    };
    spec.fields().flat_map(of).collect()
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

fn missing(case: &Case<'_>, places: &[Place<'_>]) -> Vec<(&'static str, String)> {
    let directory = case.directory;
    let gone = |(_, it): &&Place<'_>| match it.kind {
        ObjectKind::Tenant => directory.tenant(it.id).is_none(),
        ObjectKind::Container => directory.container(it.tenant, it.id).is_none(),
        ObjectKind::AppProfile => directory.profile(it.tenant, it.id).is_none(),
        ObjectKind::ServiceAccount => directory.account(it.tenant, it.id).is_none(),
    };
    let found = places.iter().filter(gone);
    let told = found.map(|(field, it)| (*field, format!("the {} {}", it.kind.label(), it.id)));
    by_field(told.collect(), "is not in the directory.").into_iter().map(capital).collect()
}

/// App profiles of which something holds, by field.
fn profiles(
    case: &Case<'_>,
    places: &[Place<'_>],
    holds: impl Fn(&str, &AppProfile) -> bool,
    end: &str,
) -> Vec<(&'static str, String)> {
    let of_profile = |(field, it): &Place<'_>| {
        let profile = (it.kind == ObjectKind::AppProfile)
            .then(|| case.directory.profile(it.tenant, it.id))
            .flatten()?;
        holds(field, profile).then(|| (*field, format!("the app profile {}", profile.name)))
    };
    let told = places.iter().filter_map(of_profile).collect();
    by_field(told, end).into_iter().map(capital).collect()
}

/// With a capital at its start.
fn capital((field, text): (&'static str, String)) -> (&'static str, String) {
    let text = text.strip_prefix("the ").map(|rest| format!("The {rest}")).unwrap_or(text);
    (field, text)
}
