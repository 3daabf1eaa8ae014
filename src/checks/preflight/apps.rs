//! The apps behind the app profiles of a connection: there, enabled, in date, consented. preflight.md §1, §6.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use super::ask::{Ask, worst};
use super::id::APP as ENABLED;
use super::learned::What;
use super::run::{Run, fault};
use super::signin::{As, SignedIn};
use super::subject::{Profile, Subject, TenantRef};
use crate::backend::graph::{AppLogin, Credential, TokenRead, read_app};
use crate::checks::check::{Cause, Check, Need, Outcome, Running, Seen, Skip, Stop};
use crate::checks::lookup::Answer;
use crate::domain::token::Left;
use crate::domain::{ProfileKind, Secret};
use crate::permissions::Scenario;
use crate::permissions::catalogue::{Kind, catalogue};
use crate::permissions::gap::{Evidence, Extent, How, Line, Report, Standing, Why, check};
use crate::text::{counted, shown};

const EXPIRY: &str = "app.expiry";
const CONSENT: &str = "app.consent";
const RBAC: &str = "app.rbac";

/// Permission that reads apps.
const READS: &str = "Application.Read.All";
/// The permission over all mailboxes, which goes with EWS.
const EWS: &str = "full_access_as_app";
pub(super) static CHECKS: [Check<Subject>; 6] = [
    Check {
        id: ENABLED,
        area: "Application",
        proves: "The app behind each app profile is in the tenant and enabled.",
        needs: graph!("Application.Read.All"),
        when: |it| it.has_tenant() && !it.profiles.is_empty(),
        run: |it| {
            each_profile(it, |_| true, |run, tenant, _, app| Box::pin(enabled(run, tenant, app)))
        },
    },
    Check {
        id: EXPIRY,
        area: "Application",
        proves: "No secret or certificate of the custom app ends soon.",
        needs: graph!("Application.Read.All"),
        when: has_custom,
        run: |it| {
            each_profile(it, is_custom, |run, tenant, _, app| Box::pin(expiry(run, tenant, app)))
        },
    },
    Check {
        id: CONSENT,
        area: "Application",
        proves: "The custom app has every permission of this scenario, by consent.",
        needs: graph!(
            "Application.Read.All",
            "Directory.Read.All",
            "RoleManagement.Read.Directory"
        ),
        when: |it| has_custom(it) && !it.scenarios.is_empty(),
        run: consent,
    },
    Check {
        id: "app.retiring",
        area: "Application",
        proves: "The custom app does not rely on Exchange Web Services, which are retiring.",
        needs: graph!("Application.Read.All"),
        when: |it| it.is_groups() && has_custom(it),
        run: |it| {
            each_profile(it, is_custom, |run, tenant, by, app| {
                Box::pin(retiring(run, tenant, by, app))
            })
        },
    },
    Check {
        id: RBAC,
        area: "Application",
        proves: "An app without access to all mailboxes has an Exchange role assignment.",
        needs: graph!("Application.Read.All", "RoleManagement.Read.Exchange"),
        when: |it| crate::permissions::covers(it.kind) && has_custom(it),
        run: |it| {
            each_profile(it, is_custom, |run, tenant, by, app| Box::pin(rbac(run, tenant, by, app)))
        },
    },
    Check {
        id: "src.app",
        area: "Application",
        proves: "The custom app of the source may read users: User.Read.All.",
        needs: graph!("Application.Read.All"),
        when: |it| it.is_device_source() && has_custom(it),
        run: |it| {
            each_profile(it, is_custom, |run, tenant, by, app| {
                Box::pin(reads_users(run, tenant, by, app))
            })
        },
    },
];

type Found = std::pin::Pin<Box<dyn Future<Output = Outcome> + Send>>;

fn is_custom(profile: &Profile) -> bool {
    matches!(profile.kind, Some(ProfileKind::Custom | ProfileKind::CustomDelegated))
}

fn has_custom(subject: &Subject) -> bool {
    subject.has_tenant() && subject.profiles.iter().any(is_custom)
}

/// Checks the app of every app profile that is taken.
fn each_profile(
    subject: &Subject,
    takes: fn(&Profile) -> bool,
    check: fn(Run, TenantRef, Arc<SignedIn>, Uuid) -> Found,
) -> Running {
    let profiles: Vec<Profile> = subject.profiles.iter().filter(|it| takes(it)).cloned().collect();
    subject.in_tenant(move |run, tenant| async move {
        let by = run.signed_in(&tenant, As::Anybody).await?;
        let mut all = Vec::with_capacity(profiles.len());
        for profile in &profiles {
            let outcome = match by.app_of(profile) {
                Ok(app) => {
                    run.learn(&tenant, What::App(profile.id.clone(), app));
                    check(run.clone(), tenant.clone(), by.clone(), app).await
                }
                Err(stop) => Err(stop),
            };
            all.push((shown(&profile.name).into_owned(), outcome));
        }
        worst(all)
    })
}

/// The app in the tenant.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Principal {
    pub(super) id: Uuid,
    account_enabled: Option<bool>,
    disabled_by_microsoft_status: Option<String>,
}

/// The app in the tenant; `None`: it is not there.
pub(super) fn principal(
    run: &Run,
    tenant: &TenantRef,
    app: Uuid,
) -> Answer<Option<Arc<Principal>>> {
    let path = format!(
        "v1.0/servicePrincipals(appId='{app}')?$select=id,accountEnabled,disabledByMicrosoftStatus"
    );
    run.object(tenant, Ask::new(ENABLED, READS, path))
}

async fn enabled(run: Run, tenant: TenantRef, app: Uuid) -> Outcome {
    let Some(found) = principal(&run, &tenant, app).await? else {
        return Ok(Seen::fail(
            "the tenant does not have this app",
            "Consent to the app in the tenant, or correct its client id in apps of the sign-in.",
        ));
    };
    let by_microsoft = found.disabled_by_microsoft_status.as_deref();
    if let Some(status) = by_microsoft.filter(|it| !it.eq_ignore_ascii_case("NotDisabled")) {
        return Ok(Seen::fail(
            format!("Microsoft has disabled the app: {}", shown(status)),
            "Use another app registration, or ask Microsoft support.",
        ));
    }
    if found.account_enabled == Some(false) {
        return Ok(Seen::fail(
            "the app is disabled in the tenant",
            "Enable it in the Microsoft Entra admin center, under Enterprise applications.",
        ));
    }
    Ok(Seen::ok("enabled"))
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Registration {
    #[serde(default)]
    password_credentials: Vec<Ending>,
    #[serde(default)]
    key_credentials: Vec<Ending>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ending {
    end_date_time: Option<Timestamp>,
}

async fn expiry(run: Run, tenant: TenantRef, app: Uuid) -> Outcome {
    let path = format!(
        "v1.0/applications(appId='{app}')?$select=appId,passwordCredentials,keyCredentials"
    );
    let found = run.object::<Registration>(&tenant, Ask::new(EXPIRY, READS, path)).await?;
    let Some(found) = found else {
        return Err(Stop::Skip(Skip::NotReadable(
            "the app is registered in another tenant, which alone shows its credentials",
        )));
    };
    let all = found.password_credentials.iter().chain(&found.key_credentials);
    let fix =
        "Add a new certificate to the app registration, and update it in AvePoint Online Services.";
    let Some(last) = all.filter_map(|it| it.end_date_time).max() else {
        return Ok(Seen::fail("the app registration has no secret and no certificate", fix));
    };
    run.learn(&tenant, What::Ends(app, last));
    let day = last.strftime("%Y-%m-%d");
    Ok(match Left::of(run.now, last) {
        Left::Expired(_) => Seen::fail(format!("the last credential expired on {day}"), fix),
        left @ Left::Days(days) if left.is_soon(run.warning_days) => {
            Seen::warning(format!("the last credential expires in {days} days ({day})"), fix)
        }
        Left::Days(_) => Seen::ok(format!("a credential is valid until {day}")),
    })
}

/// What is known of an app: its consents and roles; of the app that signed in also its tokens.
pub(super) async fn evidence(
    run: &Run,
    by: &Arc<SignedIn>,
    app: Uuid,
    scenario: Option<&Scenario>,
) -> Result<Evidence, Stop> {
    if let (Some(own), true) = (&by.app, by.client_id == app) {
        if let Some(scenario) = scenario {
            return own.evidence(scenario).await;
        }
        let graph = catalogue().resources.first();
        let graph = graph.ok_or(Stop::Skip(Skip::Nothing("the catalogue is empty")))?;
        return Ok(Evidence::clone(&*own.objects(graph).await?));
    }
    let key = format!("objects of {app} in {}", by.tenant);
    let (http, by) = (run.http()?, by.clone());
    let read = run.lookups.learn(key, CONSENT, std::future::ready(Ok(())), move |()| async move {
        let own = |it| fault(CONSENT, Cause::from(it));
        // Only its id is used: the reader's own token reads.
        let no = Credential::Secret(Secret::new(""));
        let tenant = by.tenant.to_string();
        let login = AppLogin::new(&tenant, &app.to_string(), no).map_err(own)?;
        let token = TokenRead { token: Some(by.graph.token().clone()), ..TokenRead::default() };
        Ok(Arc::new(read_app(&http, by.graph.endpoints(), &login, &token, &|_| {}).await))
    });
    read.await.map(|it| Evidence::clone(&it))
}

fn consent(subject: &Subject) -> Running {
    let profiles: Vec<Profile> =
        subject.profiles.iter().filter(|it| is_custom(it)).cloned().collect();
    let scenarios = subject.scenarios.clone();
    subject.in_tenant(move |run, tenant| async move {
        let by = run.signed_in(&tenant, As::Anybody).await?;
        let mut all = Vec::new();
        for scenario in scenarios.iter().filter(|it| it.method.no_manifest().is_none()) {
            let delegated = scenario.method.label().contains("delegated");
            let fits = |it: &&Profile| (it.kind == Some(ProfileKind::CustomDelegated)) == delegated;
            for profile in profiles.iter().filter(fits) {
                let outcome = match by.app_of(profile) {
                    Ok(app) => {
                        let evidence = evidence(&run, &by, app, Some(scenario)).await?;
                        gap(&check(scenario, &evidence))
                    }
                    Err(stop) => Err(stop),
                };
                all.push((shown(&profile.name).into_owned(), outcome));
            }
        }
        worst(all)
    })
}

/// What the comparison with the scenario comes to.
fn gap(report: &Report) -> Outcome {
    let is_missing = |it: &&Line| it.gap && !matches!(it.standing, Standing::NotVerifiable(_));
    let permission = |it: &&Line| it.requirement.permission().is_some();
    let needed = report.lines.iter().filter(permission).count();
    let missing: Vec<&str> =
        report.lines.iter().filter(is_missing).map(|it| it.requirement.name()).collect();
    if !missing.is_empty() {
        let fix = "Grant admin consent for them, then wait about an hour; `jetbridge permissions manifest` prints them all.";
        return Ok(Seen::fail(
            format!("{} of {needed} missing: {}", missing.len(), missing.join(", ")),
            fix,
        ));
    }
    if let Some(line) = report.lines.iter().find(|it| it.gap) {
        return Err(Stop::Skip(match line.standing {
            Standing::NotVerifiable(Why::Refused { needs }) => Skip::Permission(needs.to_owned()),
            _ => Skip::NotKnown("the consents of the app could not be read".to_owned()),
        }));
    }
    if !report.beyond.is_empty() {
        let many = counted(report.beyond.len(), "permission");
        return Ok(Seen::warning(
            format!("all {needed} permissions are there, and {many} more than needed"),
            "Remove what is not needed: `jetbridge permissions check --live` lists it.",
        ));
    }
    Ok(Seen::ok(format!("all {needed} permissions are there")))
}

/// Whether an app has a permission by consent or in its token; `None`: that could not be read.
fn holds(evidence: &Evidence, value: &str) -> Option<bool> {
    let consented = |it: &&crate::permissions::gap::Holding| {
        it.value.as_deref() == Some(value) && it.kind == Kind::Role && it.how != How::Declared
    };
    if evidence.holdings.iter().any(|it| consented(&it)) {
        return Some(true);
    }
    evidence.speaks_for(Extent::ConsentedRoles).then_some(false)
}

async fn retiring(run: Run, _: TenantRef, by: Arc<SignedIn>, app: Uuid) -> Outcome {
    let evidence = evidence(&run, &by, app, None).await?;
    match holds(&evidence, EWS) {
        Some(false) => Ok(Seen::ok(format!("{EWS} is not granted"))),
        None => Err(Stop::Skip(Skip::Permission(READS.to_owned()))),
        Some(true) => {
            let permission = catalogue().permissions.iter().find(|it| it.value == EWS);
            let fix =
                permission.and_then(|it| it.retiring.as_ref()).map(|it| it.what_to_do.clone());
            Ok(Seen::warning(
                format!(
                    "{EWS} relies on Exchange Web Services, which are retiring; whether this tenant still allows the app cannot be read"
                ),
                fix.unwrap_or_default(),
            ))
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
struct Assignment {}

async fn rbac(run: Run, tenant: TenantRef, by: Arc<SignedIn>, app: Uuid) -> Outcome {
    let everything = holds(&evidence(&run, &by, app, None).await?, EWS);
    let Some(principal) = principal(&run, &tenant, app).await? else {
        return Err(Stop::Skip(Skip::After(ENABLED)));
    };
    // Only beta has it. preflight.md §1
    let path = format!(
        "beta/roleManagement/exchange/roleAssignments?$filter=principalId eq '/ServicePrincipals/{}'",
        principal.id
    );
    let ask = Ask::new(RBAC, "RoleManagement.Read.Exchange", path);
    let found = run.list::<Assignment>(&tenant, ask).await?;
    let many = found.map_or(0, |it| it.len());
    Ok(match (everything, many) {
        (Some(true), 1..) => Seen::warning(
            format!(
                "{} in Exchange, but {EWS} reaches all mailboxes",
                counted(many, "role assignment")
            ),
            format!("Remove the consent to {EWS} for the assignments to limit the app."),
        ),
        (Some(true), 0) => {
            Seen::ok(format!("{EWS} reaches all mailboxes; no assignment is needed"))
        }
        (_, 1..) => Seen::ok(format!("{} in Exchange", counted(many, "role assignment"))),
        (Some(false) | None, 0) => Seen::warning(
            format!("neither {EWS} nor a role assignment in Exchange"),
            "Create one with New-ManagementRoleAssignment, or grant the permission.",
        ),
    })
}

async fn reads_users(run: Run, _: TenantRef, by: Arc<SignedIn>, app: Uuid) -> Outcome {
    let evidence = evidence(&run, &by, app, None).await?;
    let any =
        ["User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];
    let found: Vec<Option<bool>> = any.iter().map(|it| holds(&evidence, it)).collect();
    if found.contains(&Some(true)) {
        return Ok(Seen::ok("it may read users"));
    }
    match found.first() {
        Some(Some(_)) => Ok(Seen::fail(
            "User.Read.All is not granted",
            "Grant admin consent for the application permission User.Read.All, then wait about an hour.",
        )),
        Some(None) | None => Err(Stop::Skip(Skip::Permission(READS.to_owned()))),
    }
}

/// Directory roles of a principal: active ones, else eligible ones.
pub(super) enum Roles {
    /// It has one of them now.
    Active,
    /// Somebody has to activate one first.
    Eligible,
    /// None, as far as is assigned to it directly.
    None,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RoleAssignment {
    role_definition_id: Uuid,
    directory_scope_id: Option<String>,
}

impl RoleAssignment {
    /// Whether it is one of these roles, over the whole tenant.
    fn is_of(&self, wanted: &[Uuid]) -> bool {
        self.directory_scope_id.as_deref().is_none_or(|it| it == "/")
            && wanted.contains(&self.role_definition_id)
    }
}

/// Which of these roles a principal has over the whole tenant.
pub(super) async fn roles(
    run: &Run,
    tenant: &TenantRef,
    owner: &'static str,
    principal: Uuid,
    wanted: &[Uuid],
) -> Result<Roles, Stop> {
    let path = format!(
        "v1.0/roleManagement/directory/roleAssignments?$filter=principalId eq '{principal}'"
    );
    let ask = Ask::new(owner, "RoleManagement.Read.Directory", path);
    let active = run.list::<RoleAssignment>(tenant, ask).await?;
    if active.is_some_and(|it| it.iter().any(|it| it.is_of(wanted))) {
        return Ok(Roles::Active);
    }
    Ok(eligible(run, tenant, owner, principal, wanted).await)
}

/// The roles of the app itself, those through groups among them.
pub(super) async fn app_roles(
    run: &Run,
    tenant: &TenantRef,
    by: &Arc<SignedIn>,
    (owner, app): (&'static str, Uuid),
    wanted: &[Uuid],
) -> Result<Roles, Stop> {
    let known = evidence(run, by, app, None).await?;
    if known.directory_roles.iter().any(|it| wanted.contains(it)) {
        return Ok(Roles::Active);
    }
    if !known.speaks_for(Extent::DirectoryRoles) {
        return Err(Stop::Skip(Skip::Permission("RoleManagement.Read.Directory".to_owned())));
    }
    match principal(run, tenant, app).await? {
        Some(it) => Ok(eligible(run, tenant, owner, it.id, wanted).await),
        None => Err(Stop::Skip(Skip::After(ENABLED))),
    }
}

/// A tenant without the licence has no roles that are only eligible.
async fn eligible(
    run: &Run,
    tenant: &TenantRef,
    owner: &'static str,
    principal: Uuid,
    wanted: &[Uuid],
) -> Roles {
    let path = format!(
        "v1.0/roleManagement/directory/roleEligibilityScheduleInstances?$filter=principalId eq '{principal}'"
    );
    let ask = Ask::new(owner, "RoleManagement.Read.Directory", path);
    match run.list::<RoleAssignment>(tenant, ask).await {
        Ok(Some(found)) if found.iter().any(|it| it.is_of(wanted)) => Roles::Eligible,
        Ok(_) | Err(Stop::Skip(_) | Stop::Fault(_)) => Roles::None,
    }
}
