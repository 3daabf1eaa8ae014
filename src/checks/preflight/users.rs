//! The people behind a connection: the impersonation user and the service accounts. preflight.md §1, §1.3.

use std::sync::Arc;

use serde::Deserialize;
use uuid::{Uuid, uuid};

use super::apps::{Roles, roles};
use super::ask::{Ask, worst};
use super::learned::What;
use super::run::Run;
use super::subject::{Subject, TenantRef};
use crate::backend::graph::segment;
use crate::checks::check::{Check, Need, Outcome, Running, Seen, Skip, Stop};
use crate::checks::lookup::Answer;
use crate::text::shown;

const EXISTS: &str = "user.exists";
const MAILBOX: &str = "user.mailbox";
const MFA: &str = "acct.mfa";
const ROLE: &str = "acct.role";
const CREATE: &str = "group.create";

/// Service plans with an Exchange Online mailbox. preflight.md §1.3
const MAILBOXES: [Uuid; 8] = [
    uuid!("9aaf7827-d63c-4b61-89c3-182f06f82e5c"),
    uuid!("e9b4930a-925f-45e2-ac2a-3f7788ca6fdd"),
    uuid!("fc52cc4b-ed7d-472d-bbe7-b081c23ecc56"),
    uuid!("efb87545-963c-4e0d-99df-69c6916d9eb0"),
    uuid!("8c3069c0-ccdb-44be-ab77-986203a67df2"),
    uuid!("1126bef5-da20-4f07-b45e-ad25d2581aa8"),
    uuid!("d42bdbd6-c335-4231-ab3d-c8f348d5aff5"),
    uuid!("90927877-dcff-4af6-b346-2332c0b15bb7"),
];
/// Those of a kiosk: AvePoint does not say that they are enough.
const KIOSKS: [Uuid; 2] =
    [uuid!("4a82b400-a79f-41a4-b4e2-e94f5787b113"), uuid!("88f4d7ef-a73b-4246-8047-516022144c9f")];
/// Groups, Exchange, SharePoint and Global Administrator. graph.md §2
const ADMINS: [Uuid; 4] = [
    uuid!("fdd7a751-b60b-444a-984c-02652fe8fa1c"),
    uuid!("29232cdf-9323-42fd-ade2-1d097af3e4de"),
    uuid!("f28a1f50-f6e7-4571-818b-6a12f2af6b6c"),
    uuid!("62e90394-69f5-4237-9190-012177145e10"),
];
/// Template of the settings of Groups. preflight.md §1
const GROUP_SETTINGS: Uuid = uuid!("62375ab9-6b52-47ed-826b-58e47e0e304b");

pub(super) static CHECKS: [Check<Subject>; 5] = [
    Check {
        id: EXISTS,
        area: "Users",
        proves: "The impersonation user and the service accounts exist, are enabled and are members.",
        needs: graph!("User.Read.All"),
        when: has_people,
        run: |it| each(it, people(it), |run, tenant, upn| Box::pin(exists(run, tenant, upn))),
    },
    Check {
        id: MAILBOX,
        area: "Users",
        proves: "Each of them has an Exchange Online license with a mailbox.",
        needs: graph!("User.Read.All"),
        when: |it| it.needs_mailboxes() && has_people(it),
        run: |it| each(it, people(it), |run, tenant, upn| Box::pin(mailbox(run, tenant, upn))),
    },
    Check {
        id: MFA,
        area: "Users",
        proves: "Nothing requires a second factor of the legacy service accounts.",
        needs: graph!("User.Read.All", "AuditLog.Read.All", "Policy.Read.All"),
        when: has_accounts,
        run: |it| each(it, accounts(it), |run, tenant, upn| Box::pin(mfa(run, tenant, upn))),
    },
    Check {
        id: ROLE,
        area: "Users",
        proves: "Each service account is a Groups, Exchange, SharePoint or Global Administrator.",
        needs: graph!("User.Read.All", "RoleManagement.Read.Directory"),
        when: |it| it.is_groups() && has_accounts(it) && it.is_destination(),
        run: |it| each(it, accounts(it), |run, tenant, upn| Box::pin(role(run, tenant, upn))),
    },
    Check {
        id: CREATE,
        area: "Users",
        proves: "The tenant lets users create groups.",
        needs: graph!("GroupSettings.Read.All"),
        when: |it| {
            it.is_groups() && it.is_destination() && (has_accounts(it) || it.has_delegated())
        },
        run: create,
    },
];

type Found = std::pin::Pin<Box<dyn Future<Output = Outcome> + Send>>;

fn has_accounts(subject: &Subject) -> bool {
    subject.has_tenant() && !subject.accounts.is_empty()
}

fn has_people(subject: &Subject) -> bool {
    subject.has_tenant() && !people(subject).is_empty()
}

fn accounts(subject: &Subject) -> Vec<String> {
    subject.accounts.iter().map(|it| it.upn.clone()).collect()
}

fn people(subject: &Subject) -> Vec<String> {
    subject.impersonation.iter().cloned().chain(accounts(subject)).collect()
}

fn each(
    subject: &Subject,
    people: Vec<String>,
    check: fn(Run, TenantRef, String) -> Found,
) -> Running {
    subject.in_tenant(move |run, tenant| async move {
        let mut all = Vec::with_capacity(people.len());
        for upn in people {
            let name = shown(&upn).into_owned();
            all.push((name, check(run.clone(), tenant.clone(), upn).await));
        }
        worst(all)
    })
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct User {
    id: Uuid,
    account_enabled: Option<bool>,
    user_type: Option<String>,
}

fn user(run: &Run, tenant: &TenantRef, upn: &str) -> Answer<Option<Arc<User>>> {
    let upn = segment(&upn.trim().to_lowercase());
    let path = format!("v1.0/users/{upn}?$select=id,accountEnabled,userType");
    run.object(tenant, Ask::new(EXISTS, "User.Read.All", path))
}

/// The id of a user; one that is not there is reported by the check that looks for it.
async fn id_of(run: &Run, tenant: &TenantRef, upn: &str) -> Result<Uuid, Stop> {
    user(run, tenant, upn).await?.map(|it| it.id).ok_or(Stop::Skip(Skip::After(EXISTS)))
}

async fn exists(run: Run, tenant: TenantRef, upn: String) -> Outcome {
    let Some(found) = user(&run, &tenant, &upn).await? else {
        return Ok(Seen::fail("there is no such user", "Correct the user principal name."));
    };
    if let Some(enabled) = found.account_enabled {
        run.learn(&tenant, What::Enabled(upn, enabled));
    }
    if found.account_enabled == Some(false) {
        return Ok(Seen::fail("the account is disabled", "Enable it in Microsoft Entra ID."));
    }
    match found.user_type.as_deref() {
        Some(kind) if kind.eq_ignore_ascii_case("Guest") => {
            Ok(Seen::fail("the account is a guest", "Use an account of this tenant."))
        }
        Some(_) | None => Ok(Seen::ok("exists and is enabled")),
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct License {
    #[serde(default)]
    service_plans: Vec<Plan>,
}

/// A service plan of a license.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Plan {
    pub(super) service_plan_id: Uuid,
    pub(super) provisioning_status: Option<String>,
}

async fn mailbox(run: Run, tenant: TenantRef, upn: String) -> Outcome {
    let id = id_of(&run, &tenant, &upn).await?;
    let path = format!("v1.0/users/{id}/licenseDetails?$select=servicePlans");
    let ask = Ask::new(MAILBOX, "User.Read.All", path);
    let found = run.list::<License>(&tenant, ask).await?;
    let licenses = found.as_deref().map(Vec::as_slice).unwrap_or_default();
    let plans = || licenses.iter().flat_map(|it| &it.service_plans);
    let active = |it: &&Plan| it.provisioning_status.as_deref() == Some("Success");
    let has = |ids: &[Uuid]| plans().filter(active).any(|it| ids.contains(&it.service_plan_id));
    run.learn(&tenant, What::Mailbox(upn, has(&MAILBOXES)));
    let fix = "Assign a license with Exchange Online.";
    Ok(if has(&MAILBOXES) {
        Seen::ok("has Exchange Online")
    } else if has(&KIOSKS) {
        Seen::warning(
            "has a kiosk mailbox only; AvePoint does not document whether that is enough",
            fix,
        )
    } else {
        Seen::fail("has no Exchange Online license with a mailbox", fix)
    })
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Registration {
    is_mfa_registered: Option<bool>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Defaults {
    is_enabled: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Policy {
    #[serde(default)]
    display_name: String,
    state: Option<String>,
    conditions: Option<Conditions>,
    grant_controls: Option<Grants>,
}

#[derive(Debug, Clone, Deserialize)]
struct Conditions {
    users: Option<PolicyUsers>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PolicyUsers {
    #[serde(default)]
    include_users: Vec<String>,
    #[serde(default)]
    include_groups: Vec<String>,
    #[serde(default)]
    exclude_users: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Grants {
    #[serde(default)]
    built_in_controls: Vec<String>,
    authentication_strength: Option<serde_json::Value>,
}

impl Policy {
    /// Whether it may demand a second factor of, or block, this user. Groups are not looked into.
    fn may_apply(&self, user: Uuid) -> bool {
        let user = user.to_string();
        let users = self.conditions.as_ref().and_then(|it| it.users.as_ref());
        let meant = users.is_some_and(|it| {
            let named = |list: &[String]| list.iter().any(|it| it.eq_ignore_ascii_case(&user));
            let all = it.include_users.iter().any(|it| it == "All");
            (all || named(&it.include_users) || !it.include_groups.is_empty())
                && !named(&it.exclude_users)
        });
        let demands = self.grant_controls.as_ref().is_some_and(|it| {
            it.authentication_strength.is_some()
                || it.built_in_controls.iter().any(|it| it == "mfa" || it == "block")
        });
        self.state.as_deref() == Some("enabled") && meant && demands
    }
}

async fn mfa(run: Run, tenant: TenantRef, upn: String) -> Outcome {
    let modern = "Use modern authentication with a delegated app profile, or exclude the account from the policy.";
    let id = id_of(&run, &tenant, &upn).await?;
    let path = format!("v1.0/reports/authenticationMethods/userRegistrationDetails/{id}");
    let ask = Ask::new(MFA, "AuditLog.Read.All", path);
    let registered = run.object::<Registration>(&tenant, ask).await;
    if let Ok(Some(found)) = &registered
        && found.is_mfa_registered == Some(true)
    {
        run.learn(&tenant, What::Mfa(upn, true));
        return Ok(Seen::fail("MFA is registered; legacy authentication cannot use it", modern));
    }
    let ask = |path| Ask::new(MFA, "Policy.Read.All", path);
    let defaults = "v1.0/policies/identitySecurityDefaultsEnforcementPolicy?$select=isEnabled";
    let defaults = run.object::<Defaults>(&tenant, ask(defaults)).await;
    if let Ok(Some(found)) = &defaults
        && found.is_enabled
    {
        return Ok(Seen::warning("security defaults are on, which require MFA", modern));
    }
    let policies = "v1.0/identity/conditionalAccess/policies?$select=displayName,state,conditions,grantControls";
    let policies = run.list::<Policy>(&tenant, ask(policies)).await;
    if let Ok(Some(found)) = &policies
        && let Some(policy) = found.iter().find(|it| it.may_apply(id))
    {
        let name = shown(&policy.display_name);
        return Ok(Seen::warning(
            format!("the Conditional Access policy {name} may apply"),
            modern,
        ));
    }
    // What could not be read is not fine, whatever the rest says.
    registered?;
    defaults?;
    policies?;
    run.learn(&tenant, What::Mfa(upn, false));
    Ok(Seen::ok("no MFA is registered, and no policy requires it"))
}

async fn role(run: Run, tenant: TenantRef, upn: String) -> Outcome {
    let id = id_of(&run, &tenant, &upn).await?;
    let fix = "Assign the role Groups Administrator, or make the account an owner of each group.";
    Ok(match roles(&run, &tenant, ROLE, id, &ADMINS).await? {
        Roles::Active => Seen::ok("has one of the roles"),
        Roles::Eligible => {
            Seen::warning("is eligible for one of the roles, which is not active", fix)
        }
        Roles::None => Seen::warning("has none of the roles assigned directly", fix),
    })
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Settings {
    template_id: Option<Uuid>,
    #[serde(default)]
    values: Vec<Setting>,
}

#[derive(Debug, Clone, Deserialize)]
struct Setting {
    name: String,
    value: Option<String>,
}

fn create(subject: &Subject) -> Running {
    subject.in_tenant(|run, tenant| async move {
        let ask = Ask::new(CREATE, "GroupSettings.Read.All", "v1.0/groupSettings");
        let found = run.list::<Settings>(&tenant, ask).await?;
        let all = found.as_deref().map(Vec::as_slice).unwrap_or_default();
        let settings = all.iter().find(|it| it.template_id == Some(GROUP_SETTINGS));
        let value = |name: &str| settings?.values.iter().find(|it| it.name == name)?.value.clone();
        let on = value("EnableGroupCreation").is_none_or(|it| it.eq_ignore_ascii_case("true"));
        if on {
            return Ok(Seen::ok("users may create groups"));
        }
        let group = value("GroupCreationAllowedGroupId").filter(|it| !it.is_empty());
        let who = group.map_or_else(
            || "only administrators".to_owned(),
            |it| format!("only members of the group {}", shown(&it)),
        );
        Ok(Seen::warning(
            format!("{who} may create groups"),
            "Add the accounts, or the consent users of the delegated profiles, to that group.",
        ))
    })
}
