//! A chosen location: whether the tenant has it, and whether the credentials may use it. preflight.md §1.2.

use std::collections::BTreeSet;

use serde::Deserialize;
use uuid::{Uuid, uuid};

use super::apps::{Roles, app_roles};
use super::ask::{Ask, worst};
use super::learned::What;
use super::run::Run;
use super::signin::As;
use super::subject::{Profile, Subject, TenantRef};
use super::users::Plan;
use crate::checks::check::{Check, Need, Outcome, Running, Seen, Skip, Stop};
use crate::domain::ProfileKind;
use crate::text::shown;

const CAPABLE: &str = "geo.capable";
const RIGHT: &str = "geo.right";
/// Service plans of multi-geo. preflight.md §1.2
const MULTI_GEO: [Uuid; 3] = [
    uuid!("897d51f1-2cfa-4848-9b30-469149f5e68e"),
    uuid!("735c1d98-dd3f-4818-b4ed-c8052e18e62d"),
    uuid!("41eda15d-6b52-453b-906f-bc4a5b25a26b"),
];
/// Global, SharePoint and Exchange Administrator. graph.md §2
const ADMINS: [Uuid; 3] = [
    uuid!("62e90394-69f5-4237-9190-012177145e10"),
    uuid!("f28a1f50-f6e7-4571-818b-6a12f2af6b6c"),
    uuid!("29232cdf-9323-42fd-ade2-1d097af3e4de"),
];

/// The root site of each location. graph.md §4
pub const SITES: &str =
    "v1.0/sites?$filter=siteCollection/root ne null&$select=siteCollection,webUrl";

pub(super) static CHECKS: [Check<Subject>; 2] = [
    Check {
        id: CAPABLE,
        area: "Location",
        proves: "The tenant is multi-geo and has the chosen location.",
        needs: graph!("Sites.Read.All", "Organization.Read.All"),
        when: located,
        run: capable,
    },
    Check {
        id: RIGHT,
        area: "Location",
        proves: "The Fly app has a role that may create groups in any location.",
        needs: graph!("Application.Read.All", "RoleManagement.Read.Directory"),
        when: |it| located(it) && it.is_destination() && fly_alone(it).is_some(),
        run: right,
    },
];

fn located(subject: &Subject) -> bool {
    subject.has_tenant() && subject.sheet.code("location").is_some()
}

/// The Fly app, where no account or delegated profile signs in beside it.
fn fly_alone(subject: &Subject) -> Option<&Profile> {
    let alone = subject.accounts.is_empty() && !subject.has_delegated();
    subject.profiles.iter().find(|it| it.kind == Some(ProfileKind::Fly)).filter(|_| alone)
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Site {
    site_collection: Option<Collection>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Collection {
    data_location_code: Option<String>,
}

/// What the tenant has bought.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Sku {
    capability_status: Option<String>,
    #[serde(default)]
    service_plans: Vec<Plan>,
}

/// Whether the tenant has bought one of these plans.
pub(super) async fn bought(
    run: &Run,
    tenant: &TenantRef,
    owner: &'static str,
    plans: &[Uuid],
) -> Result<bool, Stop> {
    let path = "v1.0/subscribedSkus?$select=capabilityStatus,servicePlans";
    let ask = Ask::new(owner, "Organization.Read.All", path);
    let found = run.list::<Sku>(tenant, ask).await?;
    let live = |it: &&Sku| it.capability_status.as_deref() == Some("Enabled");
    let all = found.as_deref().map(Vec::as_slice).unwrap_or_default();
    let mut held = all.iter().filter(live).flat_map(|it| &it.service_plans);
    Ok(held.any(|it| plans.contains(&it.service_plan_id)))
}

fn capable(subject: &Subject) -> Running {
    let wanted = subject.sheet.code("location").unwrap_or_default().to_owned();
    subject.in_tenant(move |run, tenant| async move {
        let ask = Ask::new(CAPABLE, "Sites.Read.All", SITES);
        let found = run.list::<Site>(&tenant, ask).await?;
        let all = found.as_deref().map(Vec::as_slice).unwrap_or_default();
        let code = |it: &Site| it.site_collection.as_ref()?.data_location_code.clone();
        let codes: BTreeSet<String> = all.iter().filter_map(code).collect();
        if !codes.is_empty() {
            run.learn(&tenant, What::Locations(codes.iter().cloned().collect()));
        }
        judged(&run, &tenant, &codes, &wanted).await
    })
}

async fn judged(run: &Run, tenant: &TenantRef, codes: &BTreeSet<String>, wanted: &str) -> Outcome {
    let wanted = shown(wanted);
    if codes.iter().any(|it| it.eq_ignore_ascii_case(&wanted)) {
        return Ok(Seen::ok(format!("the tenant has the location {wanted}")));
    }
    if !codes.is_empty() {
        let codes: Vec<String> = codes.iter().map(|it| shown(it).into_owned()).collect();
        return Ok(Seen::fail(
            format!("the tenant does not have the location {wanted}, it has {}", codes.join(", ")),
            "Pick one of these locations.",
        ));
    }
    if bought(run, tenant, CAPABLE, &MULTI_GEO).await? {
        return Ok(Seen::warning(
            "multi-geo is licensed, but no location is set up as far as can be read",
            "Wait until the locations are set up, or turn the choice of a location off.",
        ));
    }
    Ok(Seen::fail(
        "the tenant is not multi-geo as far as can be read",
        "Turn the choice of a location off.",
    ))
}

fn right(subject: &Subject) -> Running {
    let found = (subject.tenant.clone(), fly_alone(subject).cloned());
    let (run, (Some(tenant), Some(profile))) = (subject.run.clone(), found) else {
        return Box::pin(async {
            Err(Stop::Skip(Skip::Nothing("no Fly app is the only credential")))
        });
    };
    Box::pin(async move {
        let by = run.signed_in(&tenant, As::Anybody).await?;
        let app = by.app_of(&profile)?;
        let fix = "Assign the Global, SharePoint or Exchange Administrator role to the app, and wait 30 minutes.";
        let outcome = match app_roles(&run, &tenant, &by, (RIGHT, app), &ADMINS).await? {
            Roles::Active => Seen::ok("has one of the roles"),
            Roles::Eligible => {
                Seen::warning("is eligible for one of the roles, which is not active", fix)
            }
            Roles::None => Seen::fail("has none of the roles", fix),
        };
        worst(vec![(shown(&profile.name).into_owned(), Ok(outcome))])
    })
}
