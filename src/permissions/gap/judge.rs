//! Judges evidence against a scenario.

use super::evidence::{Evidence, Extent, Holding, How, Outcome};
use super::report::{Beyond, Line, Report, Standing, Why};
use crate::domain::Cloud;
use crate::permissions::catalogue::{Duty, DutyKind, Holder, Kind, Permission, catalogue};
use crate::permissions::requirement::{Requirement, What, requirements};
use crate::permissions::scenario::Scenario;
use crate::text::shown;

/// Judges what is known about an app against what a scenario needs. P9
pub fn check(scenario: &Scenario, evidence: &Evidence) -> Report {
    let needed = requirements(scenario);
    let lines = needed.iter().map(|it| line(*it, evidence)).collect();
    let beyond = match scenario.method.no_manifest() {
        // AvePoint's own app: what it has is AvePoint's choice.
        Some(_) => Vec::new(),
        None => beyond(&needed, evidence),
    };
    Report {
        scenario: *scenario,
        lines,
        beyond,
        sources: evidence.sources.clone(),
        warnings: warnings(scenario, evidence),
    }
}

fn line(requirement: Requirement, evidence: &Evidence) -> Line {
    let standing = match requirement.what {
        What::Permission(it) => permission(it, requirement.cloud, evidence),
        What::Duty(it) => duty(it, evidence),
    };
    let gap = match &standing {
        Standing::Granted { .. } | Standing::CoveredBy { .. } | Standing::Declared => false,
        Standing::SeenInToken { contradicted } => *contradicted,
        Standing::DeclaredNotConsented | Standing::WrongKind { .. } | Standing::Missing => true,
        Standing::NotVerifiable(_) => requirement.permission().is_some(),
    };
    let next_step = next_step(&requirement, &standing);
    Line { requirement, standing, gap, next_step }
}

/// The strongest way in which a permission is there.
fn strongest(evidence: &Evidence, test: impl Fn(&Holding) -> bool) -> Option<&Holding> {
    evidence.holdings.iter().filter(|it| test(it)).max_by_key(|it| it.how)
}

fn permission(it: &Permission, cloud: Cloud, evidence: &Evidence) -> Standing {
    let consents = match it.kind {
        Kind::Role => Extent::ConsentedRoles,
        Kind::Scope => Extent::ConsentedScopes,
    };
    let token = Extent::Token { resource: it.resource.app_id, kind: it.kind };
    let consent_read = evidence.speaks_for(consents);
    let consent_known = consent_read || evidence.speaks_for(token);
    let own = strongest(evidence, |held| held.is(it)).map(|held| held.how);
    let bigger = strongest(evidence, |held| {
        held.kind == it.kind
            && held.resource == Some(it.resource.app_id)
            && held.value.as_ref().is_some_and(|value| it.covered_by.contains(value))
    });
    match own {
        Some(How::Consented) => return Standing::Granted { one_user_only: false },
        Some(How::ConsentedForOneUser) => return Standing::Granted { one_user_only: true },
        Some(How::SeenInToken) if !consent_read => {
            return Standing::SeenInToken { contradicted: false };
        }
        Some(How::SeenInToken | How::SeenInExpiredToken | How::Declared) | None => {}
    }
    let proven = if consent_read { How::ConsentedForOneUser } else { How::SeenInToken };
    if let Some(held) = bigger.filter(|held| held.how >= proven) {
        return Standing::CoveredBy { bigger: value_of(held), how: held.how };
    }
    let declared = |held: &Holding| held.how == How::Declared && held.is(it);
    if own == Some(How::SeenInToken) {
        return Standing::SeenInToken { contradicted: true };
    }
    if evidence.holdings.iter().any(declared) {
        return match (consent_known, own) {
            (true, _) => Standing::DeclaredNotConsented,
            (false, Some(How::SeenInExpiredToken)) => Standing::NotVerifiable(Why::ExpiredToken),
            (false, _) => Standing::Declared,
        };
    }
    if let Some(held) = bigger.filter(|held| held.how == How::Declared) {
        return if consent_known {
            Standing::DeclaredNotConsented
        } else {
            Standing::CoveredBy { bigger: value_of(held), how: held.how }
        };
    }
    absent(it, cloud, evidence, own, consent_known)
}

/// Neither it nor a bigger one is there in a way that counts.
fn absent(
    it: &Permission,
    cloud: Cloud,
    evidence: &Evidence,
    own: Option<How>,
    consent_known: bool,
) -> Standing {
    if !consent_known && own == Some(How::SeenInExpiredToken) {
        return Standing::NotVerifiable(Why::ExpiredToken);
    }
    let other = strongest(evidence, |held| held.kind != it.kind && held.is_in_any_kind(it));
    if let Some(held) = other {
        return Standing::WrongKind { has: held.kind, how: held.how };
    }
    let consents = match it.kind {
        Kind::Role => Extent::ConsentedRoles,
        Kind::Scope => Extent::ConsentedScopes,
    };
    if consent_known {
        return Standing::Missing;
    }
    if evidence.speaks_for(Extent::Declarations) {
        let foreign_id = evidence.holdings.iter().any(|held| {
            held.resource == Some(it.resource.app_id)
                && held.kind == it.kind
                && held.value.is_none()
        });
        return match (cloud, foreign_id) {
            (Cloud::China21Vianet, true) => Standing::NotVerifiable(Why::UnknownIds),
            (Cloud::Commercial | Cloud::UsGov | Cloud::China21Vianet, _) => Standing::Missing,
        };
    }
    Standing::NotVerifiable(match evidence.refused(consents) {
        Some(needs) => Why::Refused { needs },
        None if evidence.failed(consents) => Why::Failed,
        None => Why::NotAsked,
    })
}

fn value_of(held: &Holding) -> String {
    held.value.as_deref().map(|it| shown(it).into_owned()).unwrap_or_default()
}

fn duty(it: &'static Duty, evidence: &Evidence) -> Standing {
    match (it.what, it.holder) {
        (DutyKind::Impossible, _) => Standing::Missing,
        (DutyKind::ExchangeRbac | DutyKind::ExchangeRole, _) => {
            Standing::NotVerifiable(Why::Exchange)
        }
        (DutyKind::Licence | DutyKind::Membership, _) => Standing::NotVerifiable(Why::Person),
        (
            DutyKind::DirectoryRole,
            Holder::ServiceAccount | Holder::ConsentUser | Holder::ImpersonationUser,
        ) => Standing::NotVerifiable(Why::Person),
        (DutyKind::DirectoryRole, Holder::App) => role_of_app(it, evidence),
    }
}

fn role_of_app(it: &'static Duty, evidence: &Evidence) -> Standing {
    if it.any_of.iter().any(|role| evidence.directory_roles.contains(&role.id)) {
        return Standing::Granted { one_user_only: false };
    }
    for extent in [Extent::DirectoryRoles, Extent::RolesThroughGroups] {
        if evidence.speaks_for(extent) {
            continue;
        }
        return Standing::NotVerifiable(match evidence.refused(extent) {
            Some(needs) => Why::Refused { needs },
            None if evidence.failed(extent) => Why::Failed,
            None => Why::NotAsked,
        });
    }
    match &it.unseen_alternative {
        Some(alternative) => Standing::NotVerifiable(Why::Unseen { alternative }),
        None => Standing::Missing,
    }
}

fn next_step(requirement: &Requirement, standing: &Standing) -> String {
    let consent = "grant admin consent, re-authorize the app profile and wait about an hour";
    let duty = match requirement.what {
        What::Duty(it) => it.next_step.as_str(),
        What::Permission(_) => "",
    };
    match standing {
        Standing::Granted { one_user_only: false } => "Nothing to do.".to_owned(),
        Standing::Granted { one_user_only: true } => {
            "Consented for a single user: make sure that is the consent user of the profile."
                .to_owned()
        }
        Standing::CoveredBy { bigger, how: How::Declared } => format!(
            "{bigger} includes it and is declared. A token or a live check shows whether it was consented to."
        ),
        Standing::CoveredBy { bigger, .. } => {
            format!("Nothing to do: {bigger} includes it. To grant less, replace that one.")
        }
        Standing::SeenInToken { contradicted: false } => {
            "Nothing to do. A token shows it; only Microsoft Graph can confirm it.".to_owned()
        }
        Standing::SeenInToken { contradicted: true } => {
            format!("The token still has it, but the consent is gone: {consent}.")
        }
        Standing::Declared => {
            "Declared. Check a token, or check live, to see whether it was consented to.".to_owned()
        }
        Standing::DeclaredNotConsented => format!(
            "Microsoft Entra admin center > App registrations > API permissions: {consent}."
        ),
        Standing::WrongKind { has, .. } => format!(
            "It is there as {}, but must be {}: add it as that, {consent}.",
            has.label(),
            requirement.kind()
        ),
        Standing::Missing if duty.is_empty() => {
            format!("Add it to the app's manifest, {consent}.")
        }
        Standing::Missing => duty.to_owned(),
        Standing::NotVerifiable(why) => unverified(why, duty),
    }
}

fn unverified(why: &Why, duty: &str) -> String {
    let first = match why {
        Why::Exchange => "Only Exchange knows.".to_owned(),
        Why::Person => "This is about a user, not the app.".to_owned(),
        Why::NotAsked if duty.is_empty() => {
            "No source here covers this API: add a token for it, a manifest, or check live.".to_owned()
        }
        Why::NotAsked => "Only a live check reads directory roles.".to_owned(),
        Why::Refused { needs } => format!("Reading it was refused: it needs {needs}."),
        Why::Failed => "Reading it failed: see the sources, then check again.".to_owned(),
        Why::ExpiredToken => "Only an expired token had it: get a new one and check again.".to_owned(),
        Why::UnknownIds => {
            "The manifest has ids that are not known here, and 21Vianet may use its own: compare the names in the portal, or check a token.".to_owned()
        }
        Why::Unseen { alternative } => format!("Not found, but {alternative}."),
    };
    if duty.is_empty() { first } else { format!("{first} {duty}") }
}

fn beyond(needed: &[Requirement], evidence: &Evidence) -> Vec<Beyond> {
    let needed: Vec<&'static Permission> =
        needed.iter().filter_map(Requirement::permission).collect();
    let mut out: Vec<Beyond> = Vec::new();
    for held in &evidence.holdings {
        if needed.iter().any(|it| held.is(it)) {
            continue;
        }
        let api = held.resource.and_then(|it| catalogue().resource(it));
        let resource = match (api, held.resource) {
            (Some(api), _) => api.name.clone(),
            (None, Some(id)) => id.to_string(),
            (None, None) => "unknown API".to_owned(),
        };
        let value = match (&held.value, held.id) {
            (Some(value), _) => shown(value).into_owned(),
            (None, Some(id)) => id.to_string(),
            (None, None) => "unknown".to_owned(),
        };
        let same =
            |it: &&mut Beyond| it.kind == held.kind && it.value == value && it.resource == resource;
        if let Some(there) = out.iter_mut().find(same) {
            if !there.how.contains(&held.how) {
                there.how.push(held.how);
            }
            continue;
        }
        let covers = needed
            .iter()
            .filter(|it| {
                it.kind == held.kind
                    && held.resource == Some(it.resource.app_id)
                    && it.covered_by.iter().any(|bigger| Some(bigger) == held.value.as_ref())
            })
            .map(|it| it.value.as_str())
            .collect();
        let note = held.known().and_then(|it| it.beyond.as_deref());
        out.push(Beyond { resource, value, kind: held.kind, how: vec![held.how], covers, note });
    }
    out
}

fn warnings(scenario: &Scenario, evidence: &Evidence) -> Vec<String> {
    let mut out = Vec::new();
    if let Some(reason) = scenario.method.no_manifest() {
        out.push(format!("No API permissions are compared. {reason}"));
    }
    let is_token = |extent: Option<Extent>| matches!(extent, Some(Extent::Token { .. }));
    if evidence.sources.iter().any(|it| is_token(it.extent)) {
        out.push(
            "Signatures of tokens were not checked; what they show is seen, not confirmed."
                .to_owned(),
        );
    }
    for source in &evidence.sources {
        match &source.outcome {
            Outcome::Expired { .. } => {
                out.push(format!("{source}. What it shows may have changed."))
            }
            Outcome::Read { .. } if source.extent.is_none() => {
                out.push(format!("{}: not an API that Fly uses.", source.name));
            }
            Outcome::Read { .. } | Outcome::Refused { .. } | Outcome::Failed { .. } => {}
        }
    }
    if evidence.app_ids.len() > 1 {
        let ids: Vec<String> = evidence.app_ids.iter().map(ToString::to_string).collect();
        out.push(format!("The sources describe different apps: {}.", ids.join(", ")));
    }
    if evidence.tenants.len() > 1 {
        let ids: Vec<String> = evidence.tenants.iter().map(ToString::to_string).collect();
        out.push(format!("The tokens come from different tenants: {}.", ids.join(", ")));
    }
    out
}
