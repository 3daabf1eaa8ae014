//! Checks that sign in, against a tenant on this machine that plays documented answers; what each
//! refusal means; and that nothing but reads is ever sent.

use std::collections::BTreeSet;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::backend::graph::Credential;
use crate::checks::check::Skip;
use crate::domain::answers::Answer;
use crate::domain::{
    AppProfile, Mfa, NationalCloud, ObjectKind, ProfileKind, ProfileStatus, Secret, ServiceAccount,
};
use crate::permissions::catalogue::{Kind, catalogue};
use crate::permissions::manifest::manifest;
use crate::permissions::{Job, Method, Scenario};

const CLIENT: &str = "22222222-2222-4222-8222-222222222222";
const PRINCIPAL: &str = "33333333-3333-4333-8333-333333333333";
const USER: &str = "44444444-4444-4444-8444-444444444444";
pub(super) const CANARY: &str = "canary-secret-not-real";

fn jwt(claims: &Value) -> String {
    let part = |it: &Value| URL_SAFE_NO_PAD.encode(it.to_string());
    format!("{}.{}.c2ln", part(&json!({ "alg": "none" })), part(claims))
}

fn object_of(app_id: Uuid) -> Uuid {
    Uuid::from_u128(app_id.as_u128() ^ 0xffff)
}

fn scenario() -> Scenario {
    Scenario::new(Method::ServiceAndCustomApp, Job::Both)
}

fn list(items: Value) -> Reply {
    Reply::json(200, json!({ "value": items }))
}

/// A tenant where everything may be read and is as it should be.
pub(super) fn perfect(seen: &Seen) -> Reply {
    if seen.line.contains("openid-configuration") {
        return seen_by_everybody(seen);
    }
    let path = seen.line.split(' ').nth(1).unwrap();
    if path.ends_with("/oauth2/v2.0/token") {
        let (_, rest) = seen.body.split_once("scope=").unwrap();
        let first = path.trim_start_matches('/').split('/').next().unwrap();
        let tenant = match first {
            "contoso.example" => A,
            "fabrikam.example" => B,
            id => id,
        };
        let graph = rest.starts_with("00000003-0000-0000-c000");
        let roles: &[&str] = if graph { &["User.Read.All"] } else { &[] };
        let claims = json!({ "aud": &rest[..36], "roles": roles, "exp": 2_000_000_000,
            "tid": tenant, "appid": CLIENT, "oid": PRINCIPAL });
        return Reply::json(200, json!({ "access_token": jwt(&claims) }));
    }
    let Some(path) = path.strip_prefix("/v1.0/").or_else(|| path.strip_prefix("/beta/")) else {
        return Reply::json(404, "{}");
    };
    of_apps(path).or_else(|| of_tenant(path)).unwrap_or_else(|| list(json!([])))
}

fn of_apps(path: &str) -> Option<Reply> {
    let resource = path.find("appId='").map(|at| &path[at + 7..at + 43]);
    Some(match path.split(['?', '(']).next().unwrap() {
        "servicePrincipals" if resource == Some(CLIENT) => {
            Reply::json(200, json!({ "id": PRINCIPAL, "appId": CLIENT, "accountEnabled": true }))
        }
        "servicePrincipals" => {
            let app_id = resource?.parse().unwrap();
            let all = catalogue().permissions.iter();
            let roles: Vec<Value> = all
                .filter(|it| it.resource.app_id == app_id && it.kind == Kind::Role)
                .map(|it| json!({ "id": it.id, "value": it.value }))
                .collect();
            let body = json!({ "id": object_of(app_id), "appId": app_id, "appRoles": roles });
            Reply::json(200, body)
        }
        "applications" => Reply::json(
            200,
            json!({ "appId": CLIENT, "displayName": "Fly custom",
                "requiredResourceAccess": manifest(&scenario()).manifest,
                "passwordCredentials": [{ "endDateTime": "2027-01-01T00:00:00Z" }],
                "keyCredentials": [{ "endDateTime": "2026-01-01T00:00:00Z" }] }),
        ),
        it if it.ends_with("/appRoleAssignments") => {
            let needed = catalogue().permissions.iter().filter(|it| it.needed(&scenario()));
            let row = |app_id, id| json!({ "appRoleId": id, "resourceId": object_of(app_id) });
            list(needed.map(|it| row(it.resource.app_id, it.id)).collect())
        }
        // Groups Administrator and Exchange Administrator.
        "roleManagement/directory/roleAssignments" => list(json!([
            { "roleDefinitionId": "fdd7a751-b60b-444a-984c-02652fe8fa1c", "directoryScopeId": "/" },
            { "roleDefinitionId": "29232cdf-9323-42fd-ade2-1d097af3e4de", "directoryScopeId": "/" } ])),
        _ => return None,
    })
}

fn of_tenant(path: &str) -> Option<Reply> {
    let one = |body: Value| Reply::json(200, body);
    Some(match path.split('?').next().unwrap() {
        it if it.ends_with("/licenseDetails") => list(json!([{ "servicePlans": [
            { "servicePlanId": "efb87545-963c-4e0d-99df-69c6916d9eb0", "provisioningStatus": "Success" }] }])),
        "users" => list(json!([
            { "accountEnabled": true, "createdDateTime": "2026-02-01T00:00:00Z" } ])),
        it if it.starts_with("users/") => {
            one(json!({ "id": USER, "accountEnabled": true, "userType": "Member" }))
        }
        it if it.contains("userRegistrationDetails") => one(json!({ "isMfaRegistered": false })),
        "policies/identitySecurityDefaultsEnforcementPolicy" => one(json!({ "isEnabled": false })),
        "sites" => {
            list(json!([{ "siteCollection": { "dataLocationCode": "EUR" } }, { "webUrl": "x" }]))
        }
        "organization" => list(json!([{ "onPremisesSyncEnabled": true,
            "onPremisesLastSyncDateTime": "2026-03-01T11:00:00Z",
            "mobileDeviceManagementAuthority": "intune" }])),
        "domains" => list(json!([{ "id": "Corp.Fabrikam.example", "isVerified": true }])),
        "subscribedSkus" => list(json!([{ "capabilityStatus": "Enabled", "servicePlans": [
            { "servicePlanId": "c1ec4a95-1f05-45b3-a911-aa3fa01094f5" }] }])),
        "deviceManagement/deviceEnrollmentConfigurations" => list(json!([
            { "priority": 1, "windowsRestriction": { "platformBlocked": true } },
            { "priority": 0, "windowsRestriction": { "platformBlocked": false } }, { "priority": 0 } ])),
        "policies/deviceRegistrationPolicy" => one(json!({ "userDeviceQuota": 50,
            "multiFactorAuthConfiguration": "notRequired", "azureADJoin": { "allowedToJoin": {
                "@odata.type": "#microsoft.graph.allDeviceRegistrationMembership" } } })),
        "policies/mobileDeviceManagementPolicies" => list(json!([
            { "id": "0000000a-0000-0000-c000-000000000000", "appliesTo": "all" } ])),
        _ => return None,
    })
}

pub(super) fn app(name: &str, tenant: &str) -> SignIn {
    let opening =
        || -> Opening { Box::pin(std::future::ready(Ok(Credential::Secret(Secret::new(CANARY))))) };
    SignIn {
        name: name.to_owned(),
        tenant: tenant.to_owned(),
        cloud: NationalCloud::Global,
        client_id: CLIENT.parse().unwrap(),
        apps: ["custom", "fly"].map(|it| (it.to_owned(), CLIENT.parse().unwrap())).to_vec(),
        who: Who::App(Arc::new(opening)),
    }
}

fn person(tenant: &str, scopes: &str) -> SignIn {
    let claims = json!({ "aud": "00000003-0000-0000-c000-000000000000", "scp": scopes,
        "exp": 2_000_000_000, "tid": tenant, "upn": "admin@contoso.example" });
    let who = Who::Person { user: None, token: Some(Ok(Secret::new(jwt(&claims)))) };
    SignIn { who, ..app("person", tenant) }
}

/// The tenants A and B, and others that are named by their ids; each with the same objects.
fn directory(others: &[&str]) -> Directory {
    let profile = |tenant: &str, id: &str, kind| {
        DirectoryObject::AppProfile(AppProfile {
            id: id.into(),
            tenant: tenant.into(),
            name: id.to_owned(),
            kind,
            impersonation_user: None,
            status: ProfileStatus::Active,
            evidence: crate::domain::Evidence::default(),
        })
    };
    let account = |tenant: &str| {
        DirectoryObject::ServiceAccount(ServiceAccount {
            id: "svc@contoso.example".into(),
            tenant: tenant.into(),
            name: "svc@contoso.example".to_owned(),
            mfa: Mfa::Unknown,
            evidence: crate::domain::Evidence::default(),
        })
    };
    let of = |tenant: &str| {
        [
            profile(tenant, "custom", ProfileKind::Custom),
            profile(tenant, "fly", ProfileKind::Fly),
            account(tenant),
        ]
    };
    [
        tenant(A, "contoso.example", Cloud::Commercial),
        tenant(B, "fabrikam.example", Cloud::Commercial),
    ]
    .into_iter()
    .chain(of(A))
    .chain(of(B))
    .chain(others.iter().map(|it| tenant(it, it, Cloud::Commercial)))
    .chain(others.iter().flat_map(|it| of(it)))
    .collect()
}

/// Connections whose branches together have every check: a custom app with accounts, the Fly app
/// alone with a location, a device source, and destinations of every kind.
pub(super) fn branches(id: &str) -> Vec<Connection> {
    let custom = sheet().tenant(id).profiles("app_profile", &["custom"]);
    let custom =
        custom.accounts(&["svc@contoso.example"]).text("impersonation_user", "fly@contoso.example");
    let location = Answer::Code("EUR".to_owned());
    let device = || sheet().choice("side", "destination").tenant(id);
    let profile = "app_profile";
    let groups = |it| connection(ConnectionType::M365Group, Side::Destination, it);
    let devices = |side, it| connection(ConnectionType::Device, side, it);
    vec![
        groups(custom.done()),
        groups(sheet().tenant(id).app("fly").with("location", location).done()),
        devices(
            Side::Source,
            sheet()
                .choice("side", "source")
                .on("entra")
                .tenant_as("source_tenant", id)
                .objects("source_app_profile", ObjectKind::AppProfile, &["custom"])
                .done(),
        ),
        devices(
            Side::Destination,
            device()
                .choice("destination", "hybrid")
                .choice("rejoin", "online")
                .text("domain", "corp.fabrikam.example")
                .profiles(profile, &["fly"])
                .done(),
        ),
        devices(
            Side::Destination,
            device().choice("destination", "entra-id").choice("join", "bulk-token").done(),
        ),
    ]
}

pub(super) fn subjects(run: &Run, connections: &[Connection]) -> Vec<Subject> {
    let mut tenants: Vec<&str> = connections
        .iter()
        .filter_map(|it| it.answers.sheet()?.tenant())
        .map(|it| it.as_str())
        .filter(|it| ![A, B].contains(it))
        .collect();
    tenants.sort_unstable();
    tenants.dedup();
    let directory = directory(&tenants);
    connections.iter().map(|it| Subject::of(run, it, &directory).unwrap()).collect()
}

async fn served(
    answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
    sign_ins: Vec<SignIn>,
) -> (Vec<Finished>, Server) {
    let server = Server::new(answer).await;
    let run = Run::new(Ground { sign_ins, ..ground(&server) });
    let subjects = subjects(&run, &branches(A));
    (checked(&run, &subjects).await, server)
}

/// The worst that a check came to for any connection.
fn level(all: &[Finished], id: &str) -> Level {
    let of = all.iter().filter(|it| it.result.check == id).map(|it| it.result.level);
    of.max().unwrap_or_else(|| panic!("no connection has {id}"))
}

pub(super) fn said(all: &[Finished], id: &str) -> Vec<String> {
    let of = all.iter().filter(|it| it.result.check == id);
    of.map(|it| format!("{:?}: {}", it.result.level, it.result.found)).collect()
}

/// Checks that ask Microsoft Graph.
pub(super) fn of_graph() -> Vec<&'static str> {
    let asks = |it: &&Check<Subject>| it.needs.iter().any(|it| matches!(it, Need::Permission(_)));
    rows().iter().filter(asks).map(|it| it.id).collect()
}

#[tokio::test]
async fn a_tenant_as_it_should_be_passes_every_check() {
    let sign_ins = vec![app("contoso", A), person(A, "Policy.Read.All")];
    let (all, _) = served(perfect, sign_ins).await;
    for id in of_graph() {
        // An API that is ending is never fine, nor is a quota of which nobody knows whether it counts.
        let warned = ["app.retiring", "join.quota"].contains(&id);
        let expected = if warned { Level::Warning } else { Level::Ok };
        assert_eq!(level(&all, id), expected, "{id}: {:?}", said(&all, id));
    }
    assert_eq!(level(&all, "signin"), Level::Ok, "{:?}", said(&all, "signin"));
    assert_eq!(level(&all, "net.graph"), Level::Ok);
}

/// Each fault of the tenant shows at its check.
#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a table of faults")]
async fn each_fault_shows_at_its_check() {
    let gone = || Reply::json(404, json!({ "error": { "code": "Request_ResourceNotFound" } }));
    let one = |body: Value| Reply::json(200, body);
    let user = |more: Value| {
        let mut body = json!({ "id": USER, "accountEnabled": true, "userType": "Member" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Reply::json(200, body)
    };
    let licence = |plan: &str| {
        let plans = json!([{ "servicePlanId": plan, "provisioningStatus": "Success" }]);
        list(json!([{ "servicePlans": plans }]))
    };
    let policy = |kind: &str| {
        json!([{ "displayName": "All", "state": "enabled", "grantControls": { "builtInControls": [kind] },
            "conditions": { "users": { "includeUsers": ["All"] } } }])
    };
    let joining = |kind: &str, mfa: &str| {
        one(json!({ "multiFactorAuthConfiguration": mfa, "azureADJoin": { "allowedToJoin": {
            "@odata.type": format!("#microsoft.graph.{kind}DeviceRegistrationMembership") } } }))
    };
    let settings = json!([{ "templateId": "62375ab9-6b52-47ed-826b-58e47e0e304b",
        "values": [{ "name": "EnableGroupCreation", "value": "false" }] }]);
    let synced = |body: Value| list(json!([body]));
    let principal = format!("servicePrincipals(appId='{CLIENT}')");
    let (fail, warn) = (Level::Fail, Level::Warning);
    let faults: Vec<(&str, Reply, &str, Level)> = vec![
        (&principal, gone(), "app.enabled", fail),
        (&principal, one(json!({ "id": PRINCIPAL, "accountEnabled": false })), "app.enabled", fail),
        ("applications(", one(json!({ "passwordCredentials": [] })), "app.expiry", fail),
        (
            "applications(",
            one(json!({ "passwordCredentials": [{ "endDateTime": "2026-02-01T00:00:00Z" }] })),
            "app.expiry",
            fail,
        ),
        (
            "applications(",
            one(json!({ "keyCredentials": [{ "endDateTime": "2026-03-10T00:00:00Z" }] })),
            "app.expiry",
            warn,
        ),
        ("/appRoleAssignments", list(json!([])), "app.consent", fail),
        ("/appRoleAssignments", list(json!([])), "src.app", fail),
        ("/appRoleAssignments", list(json!([])), "app.rbac", warn),
        ("/users/svc@", gone(), "user.exists", fail),
        ("/users/svc@", user(json!({ "accountEnabled": false })), "user.exists", fail),
        ("/users/fly@", user(json!({ "userType": "Guest" })), "user.exists", fail),
        // Foundation rides in many products and is no mailbox.
        ("/licenseDetails", licence("113feb6c-3fe4-4440-bddc-54d774bf0318"), "user.mailbox", fail),
        ("/licenseDetails", licence("4a82b400-a79f-41a4-b4e2-e94f5787b113"), "user.mailbox", warn),
        ("userRegistrationDetails", one(json!({ "isMfaRegistered": true })), "acct.mfa", fail),
        ("identitySecurityDefaults", one(json!({ "isEnabled": true })), "acct.mfa", warn),
        ("conditionalAccess", list(policy("mfa")), "acct.mfa", warn),
        ("conditionalAccess", list(policy("block")), "acct.mfa", warn),
        ("conditionalAccess", list(policy("compliantDevice")), "acct.mfa", Level::Ok),
        ("directory/roleAssignments", list(json!([])), "acct.role", warn),
        ("directory/roleAssignments", list(json!([])), "geo.right", fail),
        ("groupSettings", list(settings), "group.create", warn),
        (
            "/sites",
            list(json!([{ "siteCollection": { "dataLocationCode": "NAM" } }])),
            "geo.capable",
            fail,
        ),
        ("/sites", list(json!([])), "geo.capable", fail),
        ("/organization", synced(json!({ "onPremisesSyncEnabled": false })), "hybrid.sync", fail),
        (
            "/organization",
            synced(
                json!({ "onPremisesSyncEnabled": true, "onPremisesLastSyncDateTime": "2026-03-01T08:59:00Z" }),
            ),
            "hybrid.sync",
            warn,
        ),
        (
            "/organization",
            synced(json!({ "mobileDeviceManagementAuthority": "office365" })),
            "mdm.intune",
            warn,
        ),
        ("/subscribedSkus", list(json!([])), "mdm.intune", warn),
        (
            "/domains",
            list(json!([{ "id": "corp.fabrikam.example", "isVerified": false }])),
            "hybrid.suffix",
            warn,
        ),
        (
            "deviceEnrollment",
            list(json!([{ "priority": 0, "windowsRestriction": { "platformBlocked": true } }])),
            "mdm.windows",
            fail,
        ),
        (
            "mobileDeviceManagement",
            list(json!([{ "id": "0000000a-0000-0000-c000-000000000000", "appliesTo": "none" }])),
            "mdm.scope",
            fail,
        ),
        (
            "mobileDeviceManagement",
            list(
                json!([{ "id": "0000000a-0000-0000-c000-000000000000", "appliesTo": "selected" }]),
            ),
            "mdm.scope",
            warn,
        ),
        ("deviceRegistrationPolicy", joining("no", "notRequired"), "join.allowed", fail),
        ("deviceRegistrationPolicy", joining("enumerated", "notRequired"), "join.allowed", warn),
        ("deviceRegistrationPolicy", joining("all", "required"), "join.mfa", warn),
        ("startswith", list(json!([])), "bulk.user", fail),
        (
            "startswith",
            list(json!([{ "accountEnabled": false, "createdDateTime": "2026-02-01T00:00:00Z" }])),
            "bulk.user",
            fail,
        ),
        (
            "startswith",
            list(json!([{ "createdDateTime": "2025-09-01T00:00:00Z" }])),
            "bulk.user",
            fail,
        ),
        (
            "startswith",
            list(json!([{ "createdDateTime": "2025-09-10T00:00:00Z" }])),
            "bulk.user",
            warn,
        ),
    ];
    for (path, reply, id, expected) in faults {
        let (at, answer) = (path.to_owned(), reply.clone());
        let play = move |seen: &Seen| match seen.line.contains(&at) {
            true => answer.clone(),
            false => perfect(seen),
        };
        let sign_ins = vec![app("contoso", A), person(A, "Policy.Read.All")];
        let (all, _) = served(play, sign_ins).await;
        assert_eq!(level(&all, id), expected, "{id} {path} {reply:?}: {:?}", said(&all, id));
    }
}

/// With too small a sign-in every check says which permission is missing, and it is one that its row
/// names. Nothing is reported as bad or good.
#[tokio::test]
async fn a_refusal_names_the_permission() {
    let refused = json!({ "error": { "code": "Authorization_RequestDenied", "message": "no" } });
    let play = move |seen: &Seen| match seen.line.contains("/v1.0/")
        && !seen.line.contains("openid")
        && !seen.line.contains("oauth2")
        || seen.line.contains("/beta/")
    {
        true => Reply::json(403, &refused),
        false => perfect(seen),
    };
    let (all, _) = served(play, vec![app("contoso", A), person(A, "")]).await;
    let rows = rows();
    for finished in &all {
        let row = rows.iter().find(|it| it.id == finished.result.check).unwrap();
        // The tokens of the app itself show what it was granted, without any permission.
        if !of_graph().contains(&row.id) || row.id == "app.consent" {
            continue;
        }
        let Err(Stop::Skip(why)) = &finished.outcome else { panic!("{}: {finished:?}", row.id) };
        match why {
            Skip::Permission(name) => {
                let named = row.needs.iter().any(|it| name.contains(it.label()));
                assert!(named, "{}: {name}", row.id);
            }
            Skip::After(owner) => assert!(rows.iter().any(|it| it.id == *owner), "{owner}"),
            other => panic!("{}: {other:?}", row.id),
        }
    }
}

/// What a licence, a role, another kind of sign-in, or none at all means.
#[tokio::test]
async fn other_reasons_to_skip_are_distinguished() {
    let premium =
        json!({ "error": { "code": "Authentication_RequestFromNonPremiumTenantOrB2CTenant" } });
    let play = move |seen: &Seen| match seen.line.contains("userRegistrationDetails") {
        true => Reply::json(403, &premium),
        false => perfect(seen),
    };
    let reason = |all: &[Finished], id: &str| {
        let of = all.iter().find(|it| it.result.check == id);
        match &of.unwrap_or_else(|| panic!("{id}")).outcome {
            Err(Stop::Skip(why)) => why.slug(),
            other => panic!("{id}: {other:?}"),
        }
    };
    // An app may be reported so falsely until it has Directory.Read.All.
    let (all, _) = served(play.clone(), vec![app("contoso", A)]).await;
    assert_eq!(reason(&all, "acct.mfa"), "permission");
    assert_eq!(reason(&all, "mdm.scope"), "other-sign-in");
    let (all, _) = served(play, vec![person(A, "AuditLog.Read.All")]).await;
    assert_eq!(reason(&all, "acct.mfa"), "license");
    let refused = |seen: &Seen| match seen.line.contains("/domains") {
        true => Reply::json(403, json!({ "error": { "code": "Authorization_RequestDenied" } })),
        false => perfect(seen),
    };
    let (all, _) = served(refused, vec![person(A, "Domain.Read.All")]).await;
    assert_eq!(reason(&all, "hybrid.suffix"), "role");
    let (all, _) = served(perfect, Vec::new()).await;
    assert_eq!(reason(&all, "signin"), "no-sign-in");
    assert_eq!(level(&all, "tenant.exists"), Level::Ok, "useful without any sign-in");
    let nobody = SignIn { who: Who::Person { user: None, token: None }, ..person(A, "") };
    let (all, _) = served(perfect, vec![nobody]).await;
    assert_eq!(reason(&all, "signin"), "declined");
}

/// A refused sign-in is one failure, the secret is tried once and reported nowhere; a token of another
/// tenant is not used.
#[tokio::test]
async fn a_sign_in_is_tried_once_and_its_secret_stays() {
    let refused = json!({ "error": "invalid_client",
        "error_description": format!("AADSTS7000215: wrong secret {CANARY}") });
    let play = move |seen: &Seen| match seen.line.contains("/oauth2/") {
        true => Reply::json(401, &refused),
        false => perfect(seen),
    };
    let (all, server) = served(play, vec![app("contoso", "contoso.example")]).await;
    assert_eq!(level(&all, "signin"), Level::Fail, "{:?}", said(&all, "signin"));
    let tokens = server.seen().iter().filter(|it| it.line.contains("/oauth2/")).count();
    assert_eq!(tokens, 1);
    // The scope of MDM is for people only, and nobody signed in.
    for id in of_graph().into_iter().filter(|it| *it != "mdm.scope") {
        assert!(
            said(&all, id).iter().all(|it| it == "Skipped: after signin"),
            "{:?}",
            said(&all, id)
        );
    }
    assert!(!format!("{all:?}").contains(CANARY));
    let foreign = |seen: &Seen| match seen.line.contains("/oauth2/") {
        true => {
            let claims = json!({ "aud": "00000003-0000-0000-c000-000000000000", "tid": B,
                "appid": CLIENT, "roles": [], "exp": 2_000_000_000 });
            Reply::json(200, json!({ "access_token": jwt(&claims) }))
        }
        false => perfect(seen),
    };
    let (all, server) = served(foreign, vec![app("contoso", A)]).await;
    assert!(said(&all, "signin")[0].contains("another tenant"), "{:?}", said(&all, "signin"));
    assert!(
        !server.seen().iter().any(|it| it.line.contains("/v1.0/users")),
        "nothing is asked with it"
    );
}

/// F1, F3: 200 connections in two tenants ask each question once; only reads are sent, but for the
/// tokens; no secret is in what comes of it.
#[tokio::test]
async fn two_hundred_connections_sign_in_once_per_tenant_and_only_read() {
    let server = Server::new(perfect).await;
    let sign_ins = vec![app("contoso", "contoso.example"), app("fabrikam", B)];
    let run = Run::new(Ground { sign_ins, ..ground(&server) });
    // Two tenants by their ids, and the same two named another way each.
    let connections: Vec<Connection> =
        (0..40).flat_map(|at| branches(if at % 2 == 0 { A } else { B })).collect();
    assert_eq!(connections.len(), 200);
    let all = checked(&run, &subjects(&run, &connections)).await;
    let seen = server.seen();
    // The tokens distinguish the tenants.
    let bearer =
        |it: &Seen| it.head.lines().find(|it| it.starts_with("authorization")).map(str::to_owned);
    let lines: BTreeSet<(&str, &str, Option<String>)> =
        seen.iter().map(|it| (it.line.as_str(), it.body.as_str(), bearer(it))).collect();
    let mut once = BTreeSet::new();
    let twice = seen.iter().filter(|it| !once.insert((&it.line, &it.body, bearer(it))));
    let twice: Vec<&String> = twice.map(|it| &it.line).collect();
    assert!(twice.is_empty(), "a question was asked twice: {twice:?}");
    for it in &seen {
        let token = it.line.starts_with("POST ") && it.line.ends_with("/oauth2/v2.0/token");
        assert!(it.line.starts_with("GET ") || token, "{}", it.line);
        let secret = it.head.contains(CANARY) || it.line.contains(CANARY);
        assert!(!secret && (token || !it.body.contains(CANARY)), "{}", it.line);
    }
    assert!(seen.len() < 120, "{}: {:?}", seen.len(), lines);
    assert!(!format!("{all:?}").contains(CANARY));
    assert!(all.len() > 2_000, "{}", all.len());
}
