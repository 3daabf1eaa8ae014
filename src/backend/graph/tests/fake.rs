//! A tenant on this machine: token endpoint and Microsoft Graph by their documented contract.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::backend::graph::{AppLogin, Credential, Endpoints, Reading};
use crate::backend::http::{Http, HttpOptions};
use crate::checks::app::{App, Progress};
use crate::checks::{Cause, Lookups, Stop};
use crate::domain::Secret;
use crate::permissions::catalogue::{Kind, catalogue};
use crate::permissions::gap::{Evidence, Extent, Outcome};
use crate::permissions::scenario::{Job, Method, Scenario};
use crate::testing::server::{Reply, Seen, Server};

pub(super) const CLIENT: &str = "22222222-2222-2222-2222-222222222222";
pub(super) const PRINCIPAL: &str = "33333333-3333-3333-3333-333333333333";
pub(super) const TENANT: &str = "11111111-1111-1111-1111-111111111111";
pub(super) const SECRET: &str = "canary-secret-not-real";

pub(super) fn scenario() -> Scenario {
    Scenario::new(Method::CustomApp, Job::Copy)
}

pub(super) fn secret_login() -> AppLogin {
    AppLogin::new(TENANT, CLIENT, Credential::Secret(Secret::new(SECRET))).unwrap()
}

pub(super) fn jwt(claims: &Value) -> String {
    let part = |it: &Value| URL_SAFE_NO_PAD.encode(it.to_string());
    format!("{}.{}.c2ln", part(&json!({ "alg": "none" })), part(claims))
}

/// The object id of an API's service principal: any that can be distinguished.
pub(super) fn object_of(app_id: Uuid) -> Uuid {
    Uuid::from_u128(app_id.as_u128() ^ 0xffff)
}

/// Values of one API that the scenario needs.
pub(super) fn needed(app_id: Uuid) -> Vec<&'static str> {
    let all = catalogue().permissions.iter();
    all.filter(|it| it.resource.app_id == app_id && it.needed(&scenario()))
        .map(|it| it.value.as_str())
        .collect()
}

/// The API that a token request's scope names.
pub(super) fn api_of(form: &str) -> Uuid {
    let (_, rest) = form.split_once("scope=").unwrap();
    Uuid::parse_str(&rest[..36]).unwrap()
}

pub(super) fn token_reply(form: &str) -> Reply {
    let api = api_of(form);
    let claims = json!({
        "aud": api, "roles": needed(api), "exp": 2_000_000_000, "tid": TENANT, "appid": CLIENT, "oid": PRINCIPAL,
    });
    Reply::json(
        200,
        json!({ "token_type": "Bearer", "expires_in": 3599, "access_token": jwt(&claims) }),
    )
}

/// A tenant where everything may be read and everything needed was consented to.
pub(super) fn generous(seen: &Seen) -> Reply {
    let path = seen.line.split(' ').nth(1).unwrap();
    if path.ends_with("/oauth2/v2.0/token") {
        return token_reply(&seen.body);
    }
    let path = path.strip_prefix("/v1.0/").unwrap_or_else(|| panic!("{path}"));
    let body = match path.split(['?', '(']).next().unwrap() {
        "applications" => json!({ "appId": CLIENT, "displayName": "Fly custom",
            "requiredResourceAccess": crate::permissions::manifest::manifest(&scenario()).manifest }),
        "servicePrincipals" if path.contains(CLIENT) => {
            json!({ "id": PRINCIPAL, "appId": CLIENT, "accountEnabled": true })
        }
        "servicePrincipals" => api_object(path),
        "roleManagement/directory/roleAssignments" => json!({ "value": [
            { "roleDefinitionId": "29232cdf-9323-42fd-ade2-1d097af3e4de", "directoryScopeId": "/" },
            { "roleDefinitionId": "62e90394-69f5-4237-9190-012177145e10", "directoryScopeId": "/administrativeUnits/x" },
        ] }),
        it if it.ends_with("/appRoleAssignments") => return assignments(path),
        it if it.ends_with("/oauth2PermissionGrants") => json!({ "value": [{
            "consentType": "Principal", "scope": " User.Read  Group.Read.All ",
            "resourceId": object_of(catalogue().resources[0].app_id) }] }),
        it if it.ends_with("/microsoft.graph.directoryRole") => {
            json!({ "value": [{ "roleTemplateId": "f2ef992c-3afb-46b9-b7cf-a126ee74c451" }] })
        }
        it if it.starts_with("servicePrincipals/") => {
            let id = it.rsplit('/').next().and_then(|it| Uuid::parse_str(it).ok());
            let api = catalogue().resources.iter().find(|it| Some(object_of(it.app_id)) == id);
            match api {
                Some(api) => api_object(&format!("appId='{}'", api.app_id)),
                None => return Reply::json(404, "{}"),
            }
        }
        other => panic!("unexpected call {other}"),
    };
    Reply::json(200, body)
}

pub(super) fn api_object(path: &str) -> Value {
    let at = path.find("appId='").unwrap() + 7;
    let app_id = Uuid::parse_str(&path[at..at + 36]).unwrap();
    let roles: Vec<Value> = catalogue()
        .permissions
        .iter()
        .filter(|it| it.resource.app_id == app_id && it.kind == Kind::Role)
        .map(|it| json!({ "id": it.id, "value": it.value }))
        .collect();
    json!({ "id": object_of(app_id), "appId": app_id, "appRoles": roles })
}

/// Consents, one per page, to see that pages are followed.
pub(super) fn assignments(path: &str) -> Reply {
    let all: Vec<Value> = catalogue()
        .permissions
        .iter()
        .filter(|it| it.needed(&scenario()))
        .map(|it| json!({ "appRoleId": it.id, "resourceId": object_of(it.resource.app_id) }))
        .collect();
    let at: usize = path.split("skip=").nth(1).map_or(0, |it| it.parse().unwrap());
    let mut page = json!({ "value": [all[at]] });
    if at + 1 < all.len() {
        let next =
            format!("/v1.0/servicePrincipals/{PRINCIPAL}/appRoleAssignments?skip={}", at + 1);
        page["@odata.nextLink"] = json!(next);
    }
    Reply::json(200, page)
}

pub(super) fn forbidden() -> Reply {
    let error = json!({ "code": "Authorization_RequestDenied", "message": "Insufficient privileges",
        "innerError": { "request-id": "req-1" } });
    Reply::json(403, json!({ "error": error }))
}

pub(super) fn refusal(number: u32, text: &str) -> Reply {
    Reply::json(
        401,
        json!({ "error": "invalid_client", "error_codes": [number],
        "error_description": format!("AADSTS{number}: {text} Trace ID: x"), "correlation_id": "corr-1" }),
    )
}

pub(super) fn app(http: &Http, endpoints: &Endpoints, login: &AppLogin, progress: Progress) -> App {
    let lookups = Lookups::new(Duration::from_secs(60));
    let (http, endpoints, login) = (http.clone(), endpoints.clone(), login.clone());
    App { lookups, http, endpoints, login, progress, owner: crate::checks::app::SIGN_IN }
}

pub(super) fn cause(stop: Stop) -> Cause {
    match stop {
        Stop::Fault(fault) => fault.cause,
        Stop::Skip(why) => panic!("{why}"),
    }
}

/// Checks against a server that answers some paths its own way and the rest generously.
pub(super) async fn evidence_of(
    login: &AppLogin,
    special: impl Fn(&Seen) -> Option<Reply> + Send + Sync + 'static,
) -> (Result<Evidence, Cause>, Server, Vec<Reading>, Vec<Duration>) {
    let server = Server::new(move |seen| special(seen).unwrap_or_else(|| generous(seen))).await;
    let (http, waits) =
        Http::for_tests(HttpOptions { max_body: 1 << 20, ..HttpOptions::default() });
    let endpoints = Endpoints::new(server.url.as_str(), server.url.as_str()).unwrap();
    let reads: Arc<Mutex<Vec<Reading>>> = Arc::default();
    let seen = Arc::clone(&reads);
    let progress = move |read| seen.lock().unwrap().push(read);
    let app = app(&http, &endpoints, login, Arc::new(progress));
    let out = app.evidence(&scenario()).await.map_err(cause);
    let text = format!("{out:?}");
    assert!(!text.contains(SECRET) && !text.contains("eyJ"), "E3: {text}");
    let (reads, waits) = (reads.lock().unwrap().clone(), waits.lock().unwrap().clone());
    (out, server, reads, waits)
}

/// As [`evidence_of`] with one answer for every path that contains a word.
pub(super) async fn evidence_with(word: &'static str, reply: Reply) -> Evidence {
    let special = move |seen: &Seen| seen.line.contains(word).then(|| reply.clone());
    evidence_of(&secret_login(), special).await.0.unwrap()
}

pub(super) fn outcome(evidence: &Evidence, extent: Extent) -> &Outcome {
    let found = evidence.sources.iter().find(|it| it.extent == Some(extent));
    &found.unwrap_or_else(|| panic!("{extent:?}: {:?}", evidence.sources)).outcome
}
