//! What Microsoft Graph knows, as an update of the directory.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::backend::graph::{Credential, Endpoints};
use crate::backend::http::{Http, HttpOptions};
use crate::checks::Lookups;
use crate::checks::directory::World;
use crate::checks::preflight::{Ground, Learned, Opening, Run, SignIn, What, Who};
use crate::domain::rules::PasswordPolicy;
use crate::domain::{
    AppProfile, DirectoryObject, Evidence, Fact, Mfa, NationalCloud, ObjectId, ProfileKind,
    ProfileStatus, Secret, ServiceAccount, Tenant, Timestamp,
};
use crate::testing::fake::Fake;
use crate::testing::server::{Reply, Seen, Server};
use crate::testing::service::NOW;

const A: &str = "aaaaaaaa-0000-4000-8000-000000000001";
const CLIENT: &str = "22222222-2222-4222-8222-222222222222";
const OWN: &str = "55555555-5555-4555-8555-555555555555";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn jwt(claims: &Value) -> String {
    let part = |it: &Value| URL_SAFE_NO_PAD.encode(it.to_string());
    format!("{}.{}.c2ln", part(&json!({ "alg": "none" })), part(claims))
}

fn list(items: Value) -> Reply {
    Reply::json(200, json!({ "value": items }))
}

/// A tenant of two locations, with an app of its own, the app that signs in, and these users in pages.
fn tenant_of(users: usize, page: usize) -> impl Fn(&Seen) -> Reply + Send + Sync + 'static {
    move |seen| {
        let path = seen.line.split(' ').nth(1).unwrap();
        if path.ends_with("openid-configuration") {
            return Reply::json(
                200,
                json!({ "issuer": format!("https://login.example/{A}/v2.0"),
                    "cloud_instance_name": "microsoftonline.com",
                    "msgraph_host": "graph.microsoft.com" }),
            );
        }
        if path.ends_with("/token") {
            let claims = json!({ "aud": "00000003-0000-0000-c000-000000000000", "tid": A,
                "appid": CLIENT, "roles": ["User.Read.All"], "exp": 2_000_000_000 });
            return Reply::json(200, json!({ "access_token": jwt(&claims) }));
        }
        match path.split('?').next().unwrap() {
            "/v1.0/organization" => list(json!([{ "id": A, "displayName": "Contoso Ltd",
                "verifiedDomains": [{ "name": "contoso.onmicrosoft.example", "isDefault": false },
                    { "name": "contoso.example", "isDefault": true }] }])),
            "/v1.0/sites" => list(json!([{ "siteCollection": { "dataLocationCode": "NAM" } },
                { "siteCollection": { "dataLocationCode": "EUR" } }, { "webUrl": "x" }])),
            "/v1.0/applications" => list(json!([
                { "appId": CLIENT, "displayName": "jetbridge" },
                { "appId": OWN, "displayName": "Fly custom",
                    "passwordCredentials": [{ "endDateTime": "2026-09-01T00:00:00Z" }],
                    "keyCredentials": [{ "endDateTime": "2027-01-01T00:00:00Z" }] }])),
            "/v1.0/users" => {
                let at: usize = path.split("skip=").nth(1).map_or(0, |it| it.parse().unwrap());
                let user = |at: usize| {
                    json!({ "userPrincipalName": format!("user{at}@contoso.example"),
                        "accountEnabled": at % 10 != 1, "userType": if at == 2 { "Guest" } else { "Member" } })
                };
                let end = users.min(at + page);
                let mut body = json!({ "value": (at..end).map(user).collect::<Vec<_>>() });
                if end < users {
                    body["@odata.nextLink"] = format!("/v1.0/users?skip={end}").into();
                }
                Reply::json(200, body)
            }
            _ => Reply::json(404, "{}"),
        }
    }
}

fn sign_in() -> SignIn {
    let opening = || -> Opening {
        Box::pin(std::future::ready(Ok(Credential::Secret(Secret::new("canary-not-real")))))
    };
    SignIn {
        name: "contoso".into(),
        tenant: A.into(),
        cloud: NationalCloud::Global,
        client_id: CLIENT.parse().unwrap(),
        apps: Vec::new(),
        who: Who::App(Arc::new(opening)),
    }
}

fn run(server: &Server, sign_ins: Vec<SignIn>) -> Run {
    Run::new(Ground {
        lookups: Lookups::new(Duration::from_secs(60)),
        http: Some(Http::for_tests(HttpOptions::default()).0),
        stand_in: Some(Endpoints::new(server.url.as_str(), server.url.as_str()).unwrap()),
        sign_ins,
        place: None,
        now: now(),
        warning_days: 30,
        installer: None,
        password: PasswordPolicy::default(),
        smb_port: 1,
        mounts: Vec::new(),
        directory: World::default(),
    })
}

fn everything() -> Wanted {
    use crate::domain::ObjectKind::{AppProfile, ServiceAccount, Tenant};
    Wanted { tenant: None, kinds: vec![Tenant, AppProfile, ServiceAccount] }
}

fn tenant(locations: &[&str], licensed: &[&str]) -> DirectoryObject {
    let texts = |all: &[&str]| all.iter().map(|it| (*it).to_owned()).collect();
    DirectoryObject::Tenant(Tenant {
        id: A.into(),
        name: "contoso.example".into(),
        cloud: crate::domain::Cloud::Commercial,
        locations: texts(locations),
        licensed_users: texts(licensed),
        ..Tenant::default()
    })
}

fn account(name: &str) -> DirectoryObject {
    DirectoryObject::ServiceAccount(ServiceAccount {
        id: name.into(),
        tenant: A.into(),
        name: name.into(),
        mfa: Mfa::Unknown,
        evidence: Evidence::default(),
    })
}

fn profile(id: &str, name: &str, kind: ProfileKind) -> DirectoryObject {
    DirectoryObject::AppProfile(AppProfile {
        id: id.into(),
        tenant: A.into(),
        name: name.into(),
        kind,
        impersonation_user: None,
        status: ProfileStatus::Active,
        evidence: Evidence::default(),
    })
}

fn words<'a>(all: &'a [Change], name: &str) -> Option<&'a [String]> {
    all.iter().find(|it| it.object.name() == name).map(|it| &*it.words)
}

/// An empty directory is filled: tenant, apps and users; guests, disabled users and the app that signs in are
/// left out. A second refresh changes nothing but the days.
#[tokio::test]
async fn a_directory_is_filled_and_then_confirmed() {
    let server = Server::new(tenant_of(25, 10)).await;
    let found =
        refresh(&run(&server, vec![sign_in()]), &Directory::default(), &everything(), &|_| ())
            .await;
    assert_eq!((found.failures.len(), found.notes.len()), (0, 0), "{found:?}");
    let accounts = found.changes.iter().filter(|it| it.object.kind().slug() == "service-account");
    // user1, user11 and user21 are disabled, user2 is a guest.
    assert_eq!(accounts.count(), 21);
    let names: Vec<&str> = found.changes.iter().map(|it| it.object.name()).collect();
    assert!(names.contains(&"contoso.example") && names.contains(&"Fly custom"), "{names:?}");
    assert!(!names.contains(&"jetbridge"), "{names:?}");
    assert!(found.changes.iter().all(|it| it.is_new));
    let app = found.changes.iter().find(|it| it.object.name() == "Fly custom").unwrap();
    let evidence = app.object.evidence().unwrap();
    assert_eq!(evidence.client_id.map(|it| it.to_string()).as_deref(), Some(OWN));
    assert_eq!(evidence.expires.unwrap().to_string(), "2027-01-01T00:00:00Z");
    assert_eq!(evidence.of(Fact::Expires).unwrap().by, GRAPH);
    assert_eq!(evidence.of(Fact::Expires).unwrap().at, now());
    let known = found.changes.into_iter().map(|it| it.object).collect();
    let again = refresh(&run(&server, vec![sign_in()]), &known, &everything(), &|_| ()).await;
    assert_eq!(again.changes.len(), 23);
    assert!(again.changes.iter().all(|it| !it.is_new && it.words.is_empty()), "{again:?}");
    for seen in server.seen() {
        assert!(seen.line.starts_with("GET ") || seen.line.ends_with("/token"), "{}", seen.line);
    }
}

/// What differs is named; what somebody chose stays; who is gone is noted and kept.
#[tokio::test]
async fn what_differs_is_named_and_nothing_is_removed() {
    let server = Server::new(tenant_of(12, 100)).await;
    let known = [
        tenant(&["NAM"], &[]),
        account("USER1@contoso.example"),
        account("user3@contoso.example"),
        account("gone@contoso.example"),
        profile("p1", "fly CUSTOM", ProfileKind::Custom),
        profile("p2", "Fly custom", ProfileKind::Fly),
    ];
    let found = refresh(
        &run(&server, vec![sign_in()]),
        &known.into_iter().collect(),
        &everything(),
        &|_| (),
    )
    .await;
    let all = &found.changes;
    assert_eq!(words(all, "contoso.example").unwrap(), ["locations: NAM -> EUR NAM"]);
    assert_eq!(words(all, "USER1@contoso.example").unwrap(), ["enabled: unknown -> no"]);
    assert_eq!(words(all, "user3@contoso.example").unwrap(), ["enabled: unknown -> yes"]);
    let app = words(all, "fly CUSTOM").unwrap();
    assert_eq!(
        app,
        [
            format!("client ID: unknown -> {OWN}"),
            "last credential ends: unknown -> 2027-01-01".to_owned()
        ]
    );
    assert_eq!(words(all, "Fly custom"), None, "the app of AvePoint is another one");
    assert_eq!(found.notes, ["contoso.example: the tenant has no user gone@contoso.example"]);
}

/// 20,000 users are read in pages; one more is refused whole. Pages that lead elsewhere are not followed.
#[tokio::test]
async fn a_long_list_is_bounded_and_stays_on_its_host() {
    let known = || -> Directory { [tenant(&[], &[])].into_iter().collect() };
    let users = Wanted { kinds: vec![crate::domain::ObjectKind::ServiceAccount], ..everything() };
    let server = Server::new(tenant_of(20_000, 999)).await;
    let far = std::sync::Mutex::new(Vec::new());
    let on_far = |text: String| far.lock().unwrap().push(text);
    let found = refresh(&run(&server, vec![sign_in()]), &known(), &users, &on_far).await;
    assert_eq!(found.changes.len(), 17_999, "2,000 are disabled, one is a guest");
    let pages = server.seen().iter().filter(|it| it.line.contains("/users")).count();
    assert_eq!(pages, 21);
    assert!(far.lock().unwrap().contains(&"contoso.example: 19,980 users".to_owned()));
    let server = Server::new(tenant_of(20_001, 999)).await;
    let found = refresh(&run(&server, vec![sign_in()]), &known(), &users, &|_| ()).await;
    assert!(found.failures[0].contains("more than 20,000"), "{found:?}");
    let play = tenant_of(1, 1);
    let server = Server::new(move |seen| match seen.line.contains("/users") {
        true => {
            Reply::json(200, json!({ "value": [], "@odata.nextLink": "https://evil.example/x" }))
        }
        false => play(seen),
    })
    .await;
    let found = refresh(&run(&server, vec![sign_in()]), &known(), &users, &|_| ()).await;
    assert_eq!(found.failures.len(), 1, "{found:?}");
    assert!(found.changes.iter().all(|it| it.object.kind().slug() != "service-account"));
}

/// A permission that is missing is named and takes nothing else; throttling is waited out as asked; a refused
/// sign-in and none at all are different things.
#[tokio::test]
async fn what_cannot_be_read_is_named() {
    let play = tenant_of(3, 10);
    let throttled = std::sync::atomic::AtomicBool::new(true);
    let server = Server::new(move |seen| {
        let first = || throttled.swap(false, std::sync::atomic::Ordering::SeqCst);
        if seen.line.contains("/applications") || seen.line.contains("/sites") {
            Reply::json(403, json!({ "error": { "code": "Authorization_RequestDenied" } }))
        } else if seen.line.contains("/users") && first() {
            Reply::with(429, "Retry-After: 7\r\n", "{}")
        } else {
            play(seen)
        }
    })
    .await;
    let (http, waits) = Http::for_tests(HttpOptions::default());
    let mut ground = Ground::clone(&run(&server, vec![sign_in()]));
    ground.http = Some(http);
    let found = refresh(&Run::new(ground), &Directory::default(), &everything(), &|_| ()).await;
    assert_eq!(*waits.lock().unwrap(), [Duration::from_secs(7)]);
    let lacks = |what: &str, needs: &str| {
        format!("{A}: {what} not read: the sign-in contoso lacks the permission {needs}")
    };
    assert_eq!(
        found.notes,
        [lacks("locations", "Sites.Read.All"), lacks("app registrations", "Application.Read.All")]
    );
    assert!(found.failures.is_empty() && found.changes.len() == 2, "{found:?}");
    let refused = Server::new(|seen| match seen.line.contains("/oauth2/") {
        true => Reply::json(
            401,
            json!({ "error": "invalid_client",
            "error_description": "AADSTS7000222: expired canary-not-real" }),
        ),
        false => tenant_of(1, 1)(seen),
    })
    .await;
    let known = || -> Directory { [tenant(&[], &[])].into_iter().collect() };
    let found = refresh(&run(&refused, vec![sign_in()]), &known(), &everything(), &|_| ()).await;
    assert!(found.refused && found.changes.is_empty(), "{found:?}");
    assert!(!format!("{found:?}").contains("canary"), "{found:?}");
    let found = refresh(&run(&refused, Vec::new()), &known(), &everything(), &|_| ()).await;
    assert_eq!(found.notes, ["no sign-in for contoso.example"]);
    assert!(!found.refused && found.failures.is_empty());
}

/// A pick list gets what is new at once; what differs waits for somebody to look at it.
#[tokio::test]
async fn a_pick_list_gets_what_is_new_only() {
    let server = Server::new(tenant_of(12, 100)).await;
    let place: crate::backend::Place = Fake::new().into();
    place.put_objects(vec![tenant(&[], &[]), account("user3@contoso.example")]).await.unwrap();
    let kind = crate::domain::ObjectKind::ServiceAccount;
    let run = run(&server, vec![sign_in()]);
    let said = add_new(&run, &place, kind, Some(ObjectId::from(A))).await;
    assert_eq!(
        said,
        "8 added from Microsoft Graph; 1 differ: `jetbridge directory refresh` shows them."
    );
    let all = place.objects(kind, Some(ObjectId::from(A))).await.unwrap();
    assert_eq!(all.len(), 9);
    let old = all.iter().find(|it| it.name() == "user3@contoso.example").unwrap();
    assert_eq!(old.evidence(), Some(&Evidence::default()), "as it was");
    let nobody = self::run(&server, Vec::new());
    let said = add_new(&nobody, &place, kind, Some(ObjectId::from(A))).await;
    assert!(said.starts_with("No sign-in is configured"), "{said}");
}

/// F8: what checks learned goes to the objects that it is about, with source and day.
#[test]
fn what_a_pre_flight_learned_is_an_update() {
    let known = [
        tenant(&["NAM"], &["old@contoso.example", "imp@contoso.example"]),
        account("svc@contoso.example"),
        profile("p1", "Own", ProfileKind::Custom),
        profile("p2", "Other", ProfileKind::Custom),
    ]
    .into_iter()
    .collect();
    let app: Uuid = OWN.parse().unwrap();
    let svc = || "SVC@contoso.example".to_owned();
    let facts = [
        What::Mfa(svc(), true),
        What::Enabled(svc(), true),
        What::Mailbox(svc(), false),
        What::Mailbox("imp@contoso.example".into(), true),
        What::Mailbox("new@contoso.example".into(), true),
        What::Mailbox("old@contoso.example".into(), false),
        What::Mfa("stranger@contoso.example".into(), true),
        What::Locations(vec!["EUR".into(), "NAM".into()]),
        What::App(ObjectId::from("p1"), app),
        What::Ends(app, "2027-01-01T00:00:00Z".parse().unwrap()),
    ];
    let facts: Vec<Learned> =
        facts.into_iter().map(|what| Learned { tenant: A.into(), what }).collect();
    let all = learned(&known, &facts, now());
    assert_eq!(all.len(), 3, "{all:?}");
    assert_eq!(
        words(&all, "svc@contoso.example").unwrap(),
        ["MFA: unknown -> yes", "enabled: unknown -> yes", "mailbox license: unknown -> no"]
    );
    assert_eq!(
        words(&all, "contoso.example").unwrap(),
        [
            "locations: NAM -> EUR NAM",
            "licensed users: old@contoso.example imp@contoso.example -> imp@contoso.example new@contoso.example"
        ]
    );
    assert_eq!(words(&all, "Own").unwrap().len(), 2);
    let account = all.iter().find(|it| it.object.name() == "svc@contoso.example").unwrap();
    let evidence = account.object.evidence().unwrap();
    assert_eq!(
        evidence.checked.iter().map(|it| (it.fact, it.by.as_str())).collect::<Vec<_>>(),
        [(Fact::Mfa, GRAPH), (Fact::Enabled, GRAPH), (Fact::Mailbox, GRAPH)]
    );
    // In whichever order it was learned.
    let backwards: Vec<Learned> = facts.iter().rev().cloned().collect();
    assert_eq!(learned(&known, &backwards, now()), all);
    // An unknown tenant has no objects to update.
    let other = Learned { tenant: "elsewhere".into(), what: What::Locations(vec!["EUR".into()]) };
    assert!(learned(&known, &[other], now()).is_empty());
}
