//! What a destination of devices needs of its tenant: synchronization, Intune, device registration,
//! bulk tokens. preflight.md §1, §1.5, §6.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use uuid::{Uuid, uuid};

use super::ask::Ask;
use super::geo::bought;
use super::ppkg::days_since;
use super::run::Run;
use super::signin::As;
use super::subject::{Subject, TenantRef};
use crate::checks::check::{Check, Need, Outcome, Running, Seen, Skip, Stop};
use crate::text::shown;

const SYNC: &str = "hybrid.sync";
const SUFFIX: &str = "hybrid.suffix";
const SCOPE: &str = "mdm.scope";
const INTUNE: &str = "mdm.intune";
const WINDOWS: &str = "mdm.windows";
const ALLOWED: &str = "join.allowed";
const JOIN_MFA: &str = "join.mfa";
const QUOTA: &str = "join.quota";
const BULK: &str = "bulk.user";

/// Intune as an app. preflight.md §1
const INTUNE_APP: Uuid = uuid!("0000000a-0000-0000-c000-000000000000");
/// Service plans of Intune. preflight.md §1.3
const INTUNE_PLANS: [Uuid; 5] = [
    uuid!("c1ec4a95-1f05-45b3-a911-aa3fa01094f5"),
    uuid!("da24caf9-af8e-485c-b7c8-e73336da2693"),
    uuid!("8e9ff0ff-aa7a-4b20-83c1-2f636b600ac2"),
    uuid!("3e170737-c728-4eae-bbb9-3f3360f7184c"),
    uuid!("d216f254-796f-4dab-bbfa-710686e646b9"),
];
/// Hours after which a synchronization is late. preflight.md §6
const LATE: i64 = 3;
/// Days from which a bulk token is reported, and at which it has ended.
const OLD: i64 = 150;
const ENDED: i64 = 180;

/// A check of the destination tenant.
macro_rules! row {
    ($id:expr, $area:literal, $needs:expr, $proves:literal, $when:expr, $run:ident) => {
        Check {
            id: $id,
            area: $area,
            proves: $proves,
            needs: $needs,
            when: $when,
            run: |it| it.in_tenant($run),
        }
    };
}

pub(super) static CHECKS: [Check<Subject>; 9] = [
    row!(
        SYNC,
        "Identity",
        graph!("Organization.Read.All"),
        "The tenant is synchronized with Active Directory, and lately.",
        is_hybrid,
        sync
    ),
    Check {
        id: SUFFIX,
        area: "Identity",
        proves: "The Active Directory domain is a verified domain of the tenant.",
        needs: graph!("Domain.Read.All"),
        when: |it| is_hybrid(it) && it.domain().is_some(),
        run: suffix,
    },
    row!(
        SCOPE,
        "Intune",
        graph!("Policy.Read.All"),
        "The MDM user scope of Intune is not empty.",
        joins_cloud,
        mdm_scope
    ),
    row!(
        INTUNE,
        "Intune",
        graph!("Organization.Read.All"),
        "Intune manages the devices of the tenant and is licensed.",
        joins_cloud,
        intune
    ),
    row!(
        WINDOWS,
        "Intune",
        graph!("DeviceManagementServiceConfig.Read.All"),
        "The default enrollment restriction allows Windows.",
        joins_cloud,
        windows
    ),
    row!(
        ALLOWED,
        "Join",
        graph!("Policy.Read.DeviceConfiguration"),
        "Users may join devices to Microsoft Entra ID.",
        joins_entra,
        allowed
    ),
    row!(
        JOIN_MFA,
        "Join",
        graph!("Policy.Read.DeviceConfiguration"),
        "Joining a device does not require MFA, which a bulk token cannot provide.",
        has_bulk_token,
        join_mfa
    ),
    row!(
        QUOTA,
        "Join",
        graph!("Policy.Read.DeviceConfiguration"),
        "The number of devices per user does not limit a bulk token.",
        has_bulk_token,
        quota
    ),
    row!(
        BULK,
        "Join",
        graph!("User.Read.All"),
        "The account behind a bulk token exists, is enabled, and is not over 180 days old.",
        has_bulk_token,
        bulk_user
    ),
];

fn is_hybrid(subject: &Subject) -> bool {
    subject.has_tenant() && subject.chose("destination", "hybrid")
}

fn joins_entra(subject: &Subject) -> bool {
    subject.has_tenant() && subject.chose("destination", "entra-id")
}

fn joins_cloud(subject: &Subject) -> bool {
    is_hybrid(subject) || joins_entra(subject)
}

fn has_bulk_token(subject: &Subject) -> bool {
    subject.has_tenant() && subject.chose("join", "bulk-token")
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Organization {
    on_premises_sync_enabled: Option<bool>,
    on_premises_last_sync_date_time: Option<Timestamp>,
    mobile_device_management_authority: Option<String>,
}

/// The tenant's own object.
async fn organization(run: &Run, tenant: &TenantRef) -> Result<Organization, Stop> {
    let path = "v1.0/organization?$select=id,onPremisesSyncEnabled,onPremisesLastSyncDateTime,mobileDeviceManagementAuthority";
    let ask = Ask::new(SYNC, "Organization.Read.All", path);
    let found = run.list::<Organization>(tenant, ask).await?;
    found
        .and_then(|it| it.first().cloned())
        .ok_or(Stop::Skip(Skip::NotReadable("Microsoft Graph lists no organization")))
}

async fn sync(run: Run, tenant: TenantRef) -> Outcome {
    let found = organization(&run, &tenant).await?;
    let fix = "Start the synchronization of Microsoft Entra Connect.";
    if found.on_premises_sync_enabled != Some(true) {
        return Ok(Seen::fail("the tenant is not synchronized with Active Directory", fix));
    }
    let Some(last) = found.on_premises_last_sync_date_time else {
        return Ok(Seen::warning("the tenant has never been synchronized", fix));
    };
    let age = run.now.duration_since(last);
    let at = last.strftime("%Y-%m-%d %H:%MZ");
    Ok(match age > SignedDuration::from_hours(LATE) {
        true => Seen::warning(format!("last synchronized {at}, {} hours ago", age.as_hours()), fix),
        false => Seen::ok(format!("last synchronized {at}")),
    })
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Domain {
    id: String,
    is_verified: Option<bool>,
}

fn suffix(subject: &Subject) -> Running {
    let found = (subject.tenant.clone(), subject.domain().map(str::to_lowercase));
    let (run, (Some(tenant), Some(domain))) = (subject.run.clone(), found) else {
        return Box::pin(async { Err(Stop::Skip(Skip::Nothing("the branch has no domain"))) });
    };
    Box::pin(async move {
        let ask = Ask::new(SUFFIX, "Domain.Read.All", "v1.0/domains?$select=id,isVerified");
        let found = run.list::<Domain>(&tenant, ask).await?;
        let all = found.as_deref().map(Vec::as_slice).unwrap_or_default();
        let known = |it: &Domain| it.is_verified == Some(true) && it.id.to_lowercase() == domain;
        Ok(match all.iter().any(known) {
            true => Seen::ok(format!("{} is verified", shown(&domain))),
            false => Seen::warning(
                format!("{} is not a verified domain of the tenant", shown(&domain)),
                "Verify it, or give the users a UPN suffix that is verified.",
            ),
        })
    })
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct MdmPolicy {
    id: Uuid,
    applies_to: Option<String>,
}

async fn mdm_scope(run: Run, tenant: TenantRef) -> Outcome {
    // Only beta has it, and only for people. preflight.md §1
    let path = "beta/policies/mobileDeviceManagementPolicies?$select=id,appliesTo";
    let ask = Ask { who: As::Person, ..Ask::new(SCOPE, "Policy.Read.All", path) };
    let found = run.list::<MdmPolicy>(&tenant, ask).await?;
    let all = found.as_deref().map(Vec::as_slice).unwrap_or_default();
    let scope = all.iter().find(|it| it.id == INTUNE_APP).and_then(|it| it.applies_to.as_deref());
    let fix = "Set the MDM user scope: Intune admin center > Devices > Device onboarding > Enrollment > Windows > Automatic Enrollment.";
    match scope {
        Some("all") => Ok(Seen::ok("all users")),
        Some("selected") => Ok(Seen::warning(
            "only users of some groups are in the MDM user scope",
            "Compare these groups with the users of the devices.",
        )),
        Some("none") => Ok(Seen::fail("no user is in the MDM user scope", fix)),
        Some(_) | None => {
            Err(Stop::Skip(Skip::NotReadable("Microsoft Graph lists no scope of Intune")))
        }
    }
}

async fn intune(run: Run, tenant: TenantRef) -> Outcome {
    let authority = organization(&run, &tenant).await?.mobile_device_management_authority;
    let bought = bought(&run, &tenant, INTUNE, &INTUNE_PLANS).await?;
    let fix = "Buy a license with Intune, and set Intune as the MDM authority.";
    Ok(match (authority.as_deref(), bought) {
        (Some("intune"), true) => Seen::ok("Intune manages devices"),
        (_, false) => Seen::warning("no license of the tenant has Intune", fix),
        (authority, true) => {
            let who = authority.map_or("not known".into(), shown);
            Seen::warning(format!("the MDM authority is {who}"), fix)
        }
    })
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Enrollment {
    priority: Option<i64>,
    windows_restriction: Option<Restriction>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Restriction {
    platform_blocked: Option<bool>,
}

async fn windows(run: Run, tenant: TenantRef) -> Outcome {
    let path = "v1.0/deviceManagement/deviceEnrollmentConfigurations";
    let ask = Ask::new(WINDOWS, "DeviceManagementServiceConfig.Read.All", path);
    let found = run.list::<Enrollment>(&tenant, ask).await?;
    let all = found.as_deref().map(Vec::as_slice).unwrap_or_default();
    // Bulk enrollment obeys only the default one, which has the lowest priority. preflight.md §1
    let with = all.iter().filter(|it| it.windows_restriction.is_some());
    let default = with.min_by_key(|it| it.priority.unwrap_or(0));
    match default.and_then(|it| it.windows_restriction.as_ref()?.platform_blocked) {
        Some(true) => Ok(Seen::fail(
            "the default enrollment restriction blocks Windows",
            "Allow the platform: Intune admin center > Devices > Enrollment > Device platform restriction.",
        )),
        Some(false) => Ok(Seen::ok("Windows is allowed")),
        None => Err(Stop::Skip(Skip::NotReadable("Microsoft Graph lists no default restriction"))),
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RegistrationPolicy {
    #[serde(rename = "azureADJoin")]
    join: Option<Joining>,
    multi_factor_auth_configuration: Option<String>,
    user_device_quota: Option<i64>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Joining {
    allowed_to_join: Option<Membership>,
}

#[derive(Debug, Clone, Deserialize)]
struct Membership {
    #[serde(rename = "@odata.type", default)]
    kind: String,
}

async fn registration(
    run: &Run,
    tenant: &TenantRef,
) -> Result<std::sync::Arc<RegistrationPolicy>, Stop> {
    let path = "v1.0/policies/deviceRegistrationPolicy";
    let ask = Ask::new(ALLOWED, "Policy.Read.DeviceConfiguration", path);
    let found = run.object::<RegistrationPolicy>(tenant, ask).await?;
    found.ok_or(Stop::Skip(Skip::NotReadable("the tenant has no device registration policy")))
}

async fn allowed(run: Run, tenant: TenantRef) -> Outcome {
    let found = registration(&run, &tenant).await?;
    let kind = found.join.as_ref().and_then(|it| it.allowed_to_join.as_ref()).map(|it| &*it.kind);
    let kind = kind.unwrap_or_default().to_lowercase();
    let fix =
        "Let the users of the wave join devices: Entra admin center > Devices > Device settings.";
    if kind.contains("enumerated") {
        return Ok(Seen::warning("only selected users may join devices", fix));
    }
    if kind.contains(".no") {
        return Ok(Seen::fail("no user may join devices", fix));
    }
    match kind.contains(".all") {
        true => Ok(Seen::ok("all users may join devices")),
        false => Err(Stop::Skip(Skip::NotReadable("Microsoft Graph does not report who may join"))),
    }
}

async fn quota(run: Run, tenant: TenantRef) -> Outcome {
    let found = registration(&run, &tenant).await?;
    match found.user_device_quota {
        // Whether it counts for the account of a bulk token is not documented. preflight.md §7
        Some(most) => Ok(Seen::warning(
            format!(
                "at most {most} devices per user; whether that counts for a bulk token is not documented"
            ),
            "Raise it for the wave, or join more devices than that in a pilot first: Entra admin center > Devices > Device settings.",
        )),
        None => Err(Stop::Skip(Skip::NotReadable("Microsoft Graph does not list a quota"))),
    }
}

async fn join_mfa(run: Run, tenant: TenantRef) -> Outcome {
    let found = registration(&run, &tenant).await?;
    match found.multi_factor_auth_configuration.as_deref() {
        Some("required") => Ok(Seen::warning(
            "joining a device requires MFA, with which bulk enrollment fails",
            "Turn it off for the wave: Entra admin center > Devices > Device settings.",
        )),
        Some(_) => Ok(Seen::ok("joining a device does not require MFA")),
        None => Err(Stop::Skip(Skip::NotReadable(
            "Microsoft Graph does not report whether MFA is required",
        ))),
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PackageUser {
    account_enabled: Option<bool>,
    created_date_time: Option<Timestamp>,
}

async fn bulk_user(run: Run, tenant: TenantRef) -> Outcome {
    let path = "v1.0/users?$filter=startswith(userPrincipalName,'package_')&$select=id,displayName,accountEnabled,createdDateTime";
    let ask = Ask::new(BULK, "User.Read.All", path);
    let found = run.list::<PackageUser>(&tenant, ask).await?;
    let all = found.as_deref().map(Vec::as_slice).unwrap_or_default();
    let fix = "Get a new bulk token and paste it.";
    let usable = all.iter().filter(|it| it.account_enabled != Some(false));
    let Some(newest) = usable.filter_map(|it| it.created_date_time).max() else {
        return Ok(Seen::fail("there is no enabled account of a bulk token in the tenant", fix));
    };
    let days = days_since(newest, run.now);
    let words = format!("the newest of {} is {days} days old", all.len());
    Ok(match days {
        ..=OLD => Seen::ok(words),
        _ if days < ENDED => Seen::warning(words, fix),
        _ => Seen::fail(words, fix),
    })
}
