//! A person who signs in by device code, and what is left of a sign-in afterwards.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::*;
use crate::backend::graph::Credential;
use crate::backend::http::HttpOptions;
use crate::checks::Lookups;
use crate::checks::directory::World;
use crate::checks::preflight::{As, Ground, Opening};
use crate::domain::NationalCloud;
use crate::domain::rules::PasswordPolicy;
use crate::testing::server::{Reply, Seen, Server};

const A: &str = "aaaaaaaa-0000-4000-8000-000000000001";
const B: &str = "bbbbbbbb-0000-4000-8000-000000000002";
const CLIENT: &str = "22222222-2222-4222-8222-222222222222";

fn jwt(claims: &Value) -> String {
    let part = |it: &Value| URL_SAFE_NO_PAD.encode(it.to_string());
    format!("{}.{}.c2ln", part(&json!({ "alg": "none" })), part(claims))
}

/// A cloud with the tenant A, which gives this token to whoever enters the code.
fn cloud(token: String) -> impl Fn(&Seen) -> Reply + Send + Sync + 'static {
    move |seen| {
        if seen.line.ends_with("/devicecode") {
            return Reply::json(
                200,
                json!({ "device_code": "canary-device", "user_code": "ABC123",
                    "verification_uri": "https://microsoft.com/devicelogin", "expires_in": 900,
                    "interval": 5 }),
            );
        }
        if seen.line.ends_with("/token") {
            return Reply::json(200, json!({ "access_token": token }));
        }
        match seen.line.contains("contoso.example/v2.0") {
            true => Reply::json(
                200,
                json!({ "issuer": format!("https://login.example/{A}/v2.0"),
                    "cloud_instance_name": "microsoftonline.com", "msgraph_host": "graph.microsoft.com" }),
            ),
            false => Reply::json(400, json!({ "error": "invalid_tenant" })),
        }
    }
}

fn sign_in(tenant: &str, who: Who) -> SignIn {
    SignIn {
        name: "me".into(),
        tenant: tenant.into(),
        cloud: NationalCloud::Global,
        client_id: CLIENT.parse().unwrap(),
        apps: Vec::new(),
        who,
    }
}

/// F3: only the token of the tenant, the app and the person that were meant is taken.
#[tokio::test]
async fn a_token_of_another_tenant_app_or_person_is_refused() {
    let claims = |tenant: Option<&str>, app: Option<&str>, upn: Option<&str>| {
        let mut all = json!({ "aud": "00000003-0000-0000-c000-000000000000", "scp": "User.Read",
            "exp": 2_000_000_000 });
        for (key, value) in [("tid", tenant), ("appid", app), ("upn", upn)] {
            if let Some(value) = value {
                all[key] = value.into();
            }
        }
        jwt(&all)
    };
    let (anna, bert) = (Some("anna@contoso.example"), Some("bert@contoso.example"));
    let app = Some(CLIENT);
    for (tenant, user, token, refused) in [
        (A, None, claims(Some(A), app, anna), None),
        ("contoso.example", None, claims(Some(A), app, anna), None),
        (A, Some("ANNA@contoso.example"), claims(Some(A), app, anna), None),
        (A, None, claims(Some(B), app, anna), Some("another tenant")),
        ("contoso.example", None, claims(Some(B), app, anna), Some("another tenant")),
        (A, None, claims(None, app, anna), Some("another tenant")),
        ("gone.example", None, claims(Some(A), app, anna), Some("another tenant")),
        (A, None, claims(Some(A), Some(B), anna), Some("another app")),
        (A, anna, claims(Some(A), app, bert), Some("bert@contoso.example signed in, not anna")),
        (A, anna, claims(Some(A), app, None), Some("does not say that anna@contoso.example")),
        (A, None, "canary-no-token".to_owned(), Some("cannot be read")),
    ] {
        let server = Server::new(cloud(token.clone())).await;
        let (http, _) = Http::for_tests(HttpOptions::default());
        let endpoints = Endpoints::new(server.url.as_str(), server.url.as_str()).unwrap();
        let who = Who::Person { user: user.map(str::to_owned), token: None };
        let mut shown = Vec::new();
        let mut on_code = |code: &DeviceCode| shown.push((code.code.clone(), code.lasts));
        let found = person(&http, &endpoints, &sign_in(tenant, who), &mut on_code).await;
        assert_eq!(shown, [("ABC123".to_owned(), 900)], "{tenant} {user:?}");
        match (found, refused) {
            (Ok(found), None) => assert_eq!(found.expose(), token),
            (Err(cause), Some(words)) => {
                assert!(cause.text.contains(words), "{words}: {cause:?}");
                assert_eq!(cause.sort, Sort::Refused, "{cause:?}");
                assert!(!format!("{cause:?}").contains("canary"), "{cause:?}");
            }
            (found, refused) => panic!("{tenant} {user:?}: {refused:?}, {}", found.is_ok()),
        }
        for seen in server.seen() {
            assert!(!seen.body.contains("offline_access"), "{}", seen.body);
            assert!(!seen.line.contains("/v1.0/users"), "nothing is asked with it: {}", seen.line);
        }
    }
}

fn ground(server: &Server, who: Who) -> Ground {
    Ground {
        lookups: Lookups::new(Duration::from_secs(60)),
        http: Some(Http::for_tests(HttpOptions::default()).0),
        stand_in: Some(Endpoints::new(server.url.as_str(), server.url.as_str()).unwrap()),
        sign_ins: vec![sign_in(A, who)],
        place: None,
        now: crate::testing::service::NOW.parse().unwrap(),
        warning_days: 30,
        installer: None,
        password: PasswordPolicy::default(),
        smb_port: 1,
        mounts: Vec::new(),
        directory: World::default(),
    }
}

/// F3: tokens are forgotten with the run that they were of: at its end, when it is cancelled, and when it is
/// left, as by a change of the context. Nothing else holds them.
#[tokio::test]
async fn tokens_are_forgotten_with_their_run() {
    let claims = json!({ "aud": "00000003-0000-0000-c000-000000000000", "tid": A, "appid": CLIENT,
        "roles": [], "exp": 2_000_000_000 });
    let token = jwt(&claims);
    let server = Server::new(cloud(token.clone())).await;
    let app = || {
        let opening = || -> Opening {
            Box::pin(std::future::ready(Ok(Credential::Secret(Secret::new("x")))))
        };
        Who::App(Arc::new(opening))
    };
    let person = || Who::Person { user: None, token: Some(Ok(Secret::new(&*token))) };
    for (who, how) in [(app(), "ends"), (app(), "left"), (person(), "ends"), (person(), "left")] {
        let run = Run::new(ground(&server, who));
        let ending = run.lookups.ending();
        let it = run.sign_ins[0].clone();
        let signed_in = run.session(&it).await.map_err(|it| format!("{it:?}")).unwrap();
        let held = Arc::downgrade(&signed_in);
        drop(signed_in);
        assert!(held.upgrade().is_some(), "while it runs");
        if how == "ends" {
            drop(ending);
            assert!(held.upgrade().is_none(), "{how}");
        } else {
            // A question that nobody waits for any more holds the run in a circle until it is ended.
            let tenant =
                TenantRef { id: A.into(), name: A.into(), cloud: None, locations: Vec::new() };
            let waiting = run.signed_in(&tenant, As::Anybody);
            drop((waiting, it, run, ending));
            assert!(held.upgrade().is_none(), "{how}");
        }
    }
}
