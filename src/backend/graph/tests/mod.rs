//! The evidence of a live check, against a server that plays the documented contract.

mod fake;
mod signin;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;

use super::*;
use crate::backend::http::{Http, HttpOptions};
use crate::checks::{Skip, Stop};
use crate::permissions::catalogue::{Kind, catalogue};
use crate::permissions::gap::{Extent, How, Outcome, Standing, Verdict, check};
use crate::permissions::{Job, Method, Scenario};
use crate::testing::server::{Reply, Seen, Server};
use fake::{
    SECRET, TENANT, app, evidence_of, evidence_with, forbidden, generous, outcome, refusal,
    scenario, secret_login,
};

#[tokio::test]
async fn a_tenant_that_lets_everything_be_read_is_complete() {
    let (evidence, server, steps, _) = evidence_of(&secret_login(), |_| None).await;
    let evidence = evidence.unwrap();
    let report = check(&scenario(), &evidence);
    assert_eq!(report.verdict(), Verdict::CompleteAsFarAsSeen, "a licence is nobody's to see");
    let permissions = report.lines.iter().filter(|it| it.requirement.permission().is_some());
    for line in permissions {
        assert_eq!(line.standing, Standing::Granted { one_user_only: false });
    }
    // A role over an administrative unit does not count; one through a group does.
    assert_eq!(evidence.directory_roles.len(), 2);
    // Delegated consents are there beyond the need, for one user.
    assert!(report.beyond.iter().all(|it| it.kind == Kind::Scope));
    assert!(
        report
            .beyond
            .iter()
            .any(|it| it.value == "User.Read" && it.how == [How::ConsentedForOneUser])
    );
    assert_eq!(report.warnings.len(), 1, "{:?}", report.warnings);
    // Three APIs are needed, so there are three tokens; the secret goes to the login address only.
    let seen = server.seen();
    let (signins, reads): (Vec<_>, Vec<_>) =
        seen.iter().partition(|it| it.line.starts_with("POST"));
    assert_eq!(signins.len(), 3);
    assert!(reads.iter().all(|it| it.line.starts_with("GET /v1.0/") && !it.head.contains(SECRET)));
    assert!(signins[0].line.contains(&format!("/{TENANT}/oauth2/v2.0/token")));
    assert_eq!(steps.len(), 7);
    assert!(steps.iter().all(|it| !it.label().is_empty()));
}

#[tokio::test]
async fn tokens_alone_show_the_roles_when_all_else_is_refused() {
    let special = |seen: &Seen| seen.line.starts_with("GET").then(forbidden);
    let (evidence, ..) = evidence_of(&secret_login(), special).await;
    let evidence = evidence.unwrap();
    let report = check(&scenario(), &evidence);
    assert_ne!(report.verdict(), Verdict::Gaps);
    let line = &report.lines[0];
    assert_eq!(line.standing, Standing::SeenInToken { contradicted: false });
    for (extent, needs) in [
        (Extent::Principal, "Application.Read.All"),
        (Extent::Declarations, "Application.Read.All"),
        (Extent::ConsentedRoles, "Application.Read.All"),
        (Extent::ConsentedScopes, "Directory.Read.All"),
        (Extent::DirectoryRoles, "RoleManagement.Read.Directory"),
        (Extent::RolesThroughGroups, "Application.Read.All"),
    ] {
        assert_eq!(outcome(&evidence, extent), &Outcome::Refused { needs });
    }
}

#[tokio::test]
async fn one_refused_read_leaves_the_others() {
    let evidence = evidence_with("/oauth2PermissionGrants", forbidden()).await;
    assert_eq!(
        outcome(&evidence, Extent::ConsentedScopes),
        &Outcome::Refused { needs: "Directory.Read.All" }
    );
    assert!(
        evidence.speaks_for(Extent::ConsentedRoles) && evidence.speaks_for(Extent::DirectoryRoles)
    );
    let source = evidence.sources.iter().find(|it| it.extent == Some(Extent::ConsentedScopes));
    assert!(source.unwrap().to_string().ends_with("refused; it needs Directory.Read.All"));
}

#[tokio::test]
async fn consents_to_apis_that_cannot_be_looked_up_prove_no_absence() {
    for (reply, refused) in [(forbidden(), true), (Reply::json(400, "{}"), false)] {
        let (evidence, ..) = evidence_of(&secret_login(), move |seen| {
            let lookup = seen.line.contains("appRoles");
            lookup.then(|| reply.clone())
        })
        .await;
        let evidence = evidence.unwrap();
        for extent in [Extent::ConsentedRoles, Extent::ConsentedScopes] {
            assert_eq!(matches!(outcome(&evidence, extent), Outcome::Refused { .. }), refused);
            assert!(!evidence.speaks_for(extent));
        }
        // The tokens still show it, and nothing contradicts them.
        assert_ne!(check(&scenario(), &evidence).verdict(), Verdict::Gaps);
    }
    // An API that the tenant does not have is no doubt.
    let evidence =
        evidence_with("870c4f2e-85b6-4d43-bdda-6ed9a579b725')?", Reply::json(404, "{}")).await;
    assert!(evidence.speaks_for(Extent::ConsentedRoles));
}

/// A consent to an API whose service principal is missing proves nothing about the others, least of
/// all that they were withdrawn. One that is found by its id, or is none of the catalogue's, is no
/// doubt.
#[tokio::test]
async fn a_missing_service_principal_makes_consents_unknown_and_nothing_withdrawn() {
    let graph = catalogue().resources[0].app_id;
    let foreign = uuid::Uuid::from_u128(77);
    let by_id = move |id: uuid::Uuid| format!("servicePrincipals/{id}?");
    // Whether the API is found by its id; whether a consent names an API of somebody else.
    for (found, other, speaks) in [(false, false, false), (true, false, true), (true, true, true)] {
        let (evidence, ..) = evidence_of(&secret_login(), move |seen| {
            let line = seen.line.as_str();
            if line.contains(&format!("(appId='{graph}')")) {
                return Some(Reply::json(404, "{}"));
            }
            if line.contains(&by_id(fake::object_of(graph))) && !found {
                return Some(Reply::json(404, "{}"));
            }
            if line.contains(&by_id(foreign)) {
                return Some(Reply::json(200, json!({ "id": foreign, "appId": foreign })));
            }
            let grants = other && line.contains("oauth2PermissionGrants");
            grants.then(|| {
                let grant =
                    json!({ "consentType": "AllPrincipals", "scope": "x", "resourceId": foreign });
                Reply::json(200, json!({ "value": [grant] }))
            })
        })
        .await;
        let evidence = evidence.unwrap();
        assert_eq!(evidence.speaks_for(Extent::ConsentedRoles), speaks, "{:?}", evidence.sources);
        assert_eq!(evidence.speaks_for(Extent::ConsentedScopes), speaks, "{:?}", evidence.sources);
        if !speaks {
            let why =
                evidence.sources.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
            assert!(why.contains("service principal"), "{why}");
        }
        // The tokens report what there is, and no list contradicts them.
        assert_ne!(check(&scenario(), &evidence).verdict(), Verdict::Gaps, "{found} {other}");
    }
}

#[tokio::test]
async fn a_read_that_fails_says_why_with_its_request_id() {
    let unauthorized = json!({ "error": { "code": "InvalidAuthenticationToken", "message": "no",
        "innerError": { "request-id": "req-9" } } });
    for (reply, words) in [
        (
            Reply::json(401, unauthorized),
            "not signed in (401, InvalidAuthenticationToken): no [request req-9]",
        ),
        (Reply::json(404, "{}"), "not found (404)"),
        (Reply::with(200, "Content-Type: text/html\r\n", "<html>"), "not the expected JSON"),
        (Reply::json(200, "{\"value\": [{\"x\": 1}]}"), "not the expected JSON"),
        (Reply::Endless, "the answer is too long"),
        (
            Reply::json(200, "{\"value\": [], \"@odata.nextLink\": \"https://evil.example/\"}"),
            "on another host",
        ),
    ] {
        let evidence = evidence_with("/appRoleAssignments", reply).await;
        let Outcome::Failed { why } = outcome(&evidence, Extent::ConsentedRoles) else {
            panic!("{words}")
        };
        assert!(why.contains(words), "{why}");
        assert!(evidence.speaks_for(Extent::DirectoryRoles), "the others go on: {words}");
        // Half a list would look like a whole one.
        assert!(evidence.holdings.iter().all(|it| it.how != How::Consented));
    }
}

#[tokio::test]
async fn pages_without_end_and_in_circles_end() {
    let count = std::sync::atomic::AtomicUsize::new(0);
    let (evidence, ..) = evidence_of(&secret_login(), move |seen| {
        let path = seen
            .line
            .contains("/appRoleAssignments")
            .then(|| count.fetch_add(1, std::sync::atomic::Ordering::Relaxed))?;
        Some(Reply::json(
            200,
            json!({ "value": [], "@odata.nextLink": format!("/v1.0/x/appRoleAssignments?{path}") }),
        ))
    })
    .await;
    let evidence = evidence.unwrap();
    let Outcome::Failed { why } = outcome(&evidence, Extent::ConsentedRoles) else { panic!() };
    assert!(why.contains("more pages than the limit"), "{why}");
    let circle =
        Reply::json(200, json!({ "value": [], "@odata.nextLink": "/v1.0/a/appRoleAssignments" }));
    let evidence = evidence_with("/appRoleAssignments", circle).await;
    let Outcome::Failed { why } = outcome(&evidence, Extent::ConsentedRoles) else { panic!() };
    assert!(why.contains("go in circles"), "{why}");
}

#[tokio::test]
async fn throttling_is_waited_out_with_and_without_a_time() {
    for (reply, low, high) in [
        (Reply::with(429, "Retry-After: 3\r\n", "{}"), 3_000, 3_000),
        (Reply::json(429, "{}"), 250, 500),
    ] {
        let once = Mutex::new(Some(reply));
        let special = move |seen: &Seen| {
            seen.line.contains("/appRoleAssignments").then(|| once.lock().unwrap().take())?
        };
        let (evidence, _, _, waits) = evidence_of(&secret_login(), special).await;
        assert!(evidence.unwrap().speaks_for(Extent::ConsentedRoles));
        assert_eq!(waits.len(), 1);
        assert!((low..=high).contains(&waits[0].as_millis()), "{waits:?}");
    }
}

#[tokio::test]
async fn after_a_read_without_answer_the_rest_is_not_tried() {
    let server =
        Server::new(
            |seen| {
                if seen.line.starts_with("GET") { Reply::Silence } else { generous(seen) }
            },
        )
        .await;
    let options =
        HttpOptions { read_timeout: Duration::from_millis(700), ..HttpOptions::default() };
    let (http, _) = Http::for_tests(options);
    let endpoints = Endpoints::new(server.url.as_str(), server.url.as_str()).unwrap();
    let app = app(&http, &endpoints, &secret_login(), Arc::new(|_| ()));
    let evidence = app.evidence(&scenario()).await.unwrap();
    let Outcome::Failed { why } = outcome(&evidence, Extent::DirectoryRoles) else { panic!() };
    assert!(why.starts_with("not tried"), "{why}");
    assert_eq!(server.seen().iter().filter(|it| it.line.starts_with("GET")).count(), 1);
}

#[tokio::test]
async fn a_cancelled_check_stops_its_requests() {
    // At each read: the server falls silent there, and the check is cancelled.
    for word in ["token", "applications", "/appRoleAssignments", "roleAssignments"] {
        let silent = move |seen: &Seen| match seen.line.contains(word) {
            true => Reply::Silence,
            false => generous(seen),
        };
        let server = Server::new(silent).await;
        let (http, _) = Http::for_tests(HttpOptions::default());
        let endpoints = Endpoints::new(server.url.as_str(), server.url.as_str()).unwrap();
        let app = app(&http, &endpoints, &secret_login(), Arc::new(|_| ()));
        let scenario = scenario();
        let run = app.evidence(&scenario);
        let stop = async {
            loop {
                server.came.notified().await;
                if server.seen().iter().any(|it| it.line.contains(word)) {
                    break app.lookups.end();
                }
            }
        };
        let (out, ()) = tokio::join!(run, stop);
        assert_eq!(out.unwrap_err(), Stop::Skip(Skip::Cancelled), "{word}");
        server.left.notified().await;
        let after = server.seen().len();
        tokio::task::yield_now().await;
        assert_eq!(server.seen().len(), after, "nothing more is sent: {word}");
    }
}

/// Whatever several scenarios need of one app is asked once, and each still has evidence of its own.
#[tokio::test]
async fn several_scenarios_of_an_app_ask_each_question_once() {
    let server = Server::new(generous).await;
    let (http, _) = Http::for_tests(HttpOptions { max_body: 1 << 20, ..HttpOptions::default() });
    let endpoints = Endpoints::new(server.url.as_str(), server.url.as_str()).unwrap();
    let app = app(&http, &endpoints, &secret_login(), Arc::new(|_| ()));
    let first = app.evidence(&scenario()).await.unwrap();
    let asked = server.seen().len();
    // Another one asks for the tokens of its own APIs only; the same one for nothing.
    let (scenario, other) = (scenario(), Scenario::new(Method::CustomApp, Job::Both));
    let (again, other) = tokio::join!(app.evidence(&scenario), app.evidence(&other));
    assert_eq!(again.unwrap(), first);
    assert!(other.is_ok());
    let more = server.seen();
    assert!(more[asked..].iter().all(|it| it.line.starts_with("POST")), "{more:?}");
    let apis: Vec<&str> =
        more.iter().filter(|it| it.line.starts_with("POST")).map(|it| &*it.body).collect();
    let distinct: std::collections::BTreeSet<_> = apis.iter().collect();
    assert_eq!(distinct.len(), apis.len(), "no token is asked for twice");
}

#[tokio::test]
async fn an_api_that_the_tenant_lacks_is_one_line_and_no_end() {
    let (evidence, ..) = evidence_of(&secret_login(), |seen| {
        let exchange = catalogue().resources.iter().find(|it| it.key == "exchange").unwrap();
        (seen.body.contains(&exchange.app_id.to_string()))
            .then(|| refusal(500_011, "no such resource"))
    })
    .await;
    let evidence = evidence.unwrap();
    let failed: Vec<_> = evidence.sources.iter().map(ToString::to_string).collect();
    assert!(failed.iter().any(|it| it.contains("the tenant does not have this API")), "{failed:?}");
}

#[tokio::test]
async fn opaque_tokens_do_not_end_the_check() {
    // Microsoft may change their form at any time (graph.md §2).
    let (evidence, ..) = evidence_of(&secret_login(), |seen| {
        seen.line.contains("token").then(|| Reply::json(200, json!({ "access_token": "opaque" })))
    })
    .await;
    let evidence = evidence.unwrap();
    let report = check(&scenario(), &evidence);
    assert_ne!(report.verdict(), Verdict::Gaps, "Graph reports all the same");
    let sources: Vec<_> = evidence.sources.iter().map(ToString::to_string).collect();
    assert!(sources[0].contains("not an access token") && !sources[0].contains("opaque"));
}

#[test]
fn every_cloud_has_its_addresses() {
    use crate::domain::Cloud;
    let hosts: Vec<_> = Cloud::ALL
        .iter()
        .map(|it| Endpoints::of(*it))
        .chain([Endpoints::dod()])
        .map(|it| {
            assert_eq!((it.login.scheme(), it.graph.scheme()), ("https", "https"));
            it.graph.host_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(
        hosts,
        [
            "graph.microsoft.com",
            "graph.microsoft.us",
            "microsoftgraph.chinacloudapi.cn",
            "dod-graph.microsoft.us"
        ]
    );
}
