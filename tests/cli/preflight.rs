//! The pre-flight of the sample against a tenant on this machine: sign-ins, exit codes, what is kept,
//! and that no secret is anywhere.

use serde_json::json;

use crate::home::{Home, Ran, run};
use crate::tenant::{CLIENT, Reply, Seen, Tenant, jwt, refusal};

/// A tenant of the sample.
const CONTOSO: &str = "11111111-1111-4111-8111-111111111111";
const SECRET: &str = "canary-secret-not-real";

/// Every tenant is there, by the id that is asked for.
pub fn public(seen: &Seen) -> Option<Reply> {
    let path = seen.line.split(' ').nth(1)?;
    let tenant = path.trim_start_matches('/').split('/').next()?;
    if path.ends_with("openid-configuration") {
        let issuer = format!("https://login.example/{}/v2.0", tenant);
        return Some(Reply::json(
            200,
            &json!({ "issuer": issuer, "msgraph_host": "graph.microsoft.com",
                "cloud_instance_name": "microsoftonline.com" }),
        ));
    }
    if path.ends_with("/oauth2/v2.0/token") {
        let claims = json!({ "aud": "00000003-0000-0000-c000-000000000000", "tid": tenant,
            "appid": CLIENT, "roles": ["User.Read.All"], "exp": 2_000_000_000 });
        return Some(Reply::json(200, &json!({ "access_token": jwt(&claims) })));
    }
    (path == "/" || path.starts_with("/connect")).then(|| Reply::json(404, &json!({})))
}

fn sample() -> Home {
    let home = Home::new();
    home.run(&["sample", "load"]).succeeds();
    home
}

pub fn preflight(home: &Home, tenant: &Tenant, more: &[&str]) -> Ran {
    let args = [&["preflight"], more].concat();
    run(home.command(&args).env("JETBRIDGE_LOOPBACK_STAND_IN", &tenant.url), b"")
}

fn add(home: &Home, name: &str) {
    let args = ["signin", "add", name, "--tenant", CONTOSO, "--client-id", CLIENT];
    home.run_with(&[&args[..], &["--secret-stdin"]].concat(), SECRET).succeeds();
}

#[test]
fn without_a_sign_in_it_is_useful_and_says_what_is_missing() {
    let (home, tenant) = (sample(), Tenant::new(public));
    let ran =
        preflight(&home, &tenant, &["contoso-groups-eur-dest", "--only", "net,tenant,signin"]);
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert!(ran.out.contains("ok       contoso-groups-eur-dest: tenant.exists"), "{ran:#?}");
    assert!(ran.out.contains("signin: no sign-in for"), "{ran:#?}");
    assert!(
        ran.out.trim_end().lines().last().unwrap().starts_with("Pre-flight passed."),
        "{ran:#?}"
    );
    let strict = ["contoso-groups-eur-dest", "--only", "signin", "--strict"];
    assert_eq!(preflight(&home, &tenant, &strict).code, 3);
}

#[test]
fn a_refused_sign_in_ends_with_four_and_its_secret_is_nowhere() {
    let home = sample();
    add(&home, "contoso");
    let refused = |seen: &Seen| match seen.line.contains("/oauth2/") {
        true => Some(refusal(7_000_215, "")),
        false => public(seen),
    };
    let tenant = Tenant::new(refused);
    let ran =
        preflight(&home, &tenant, &["contoso-groups-eur-dest", "--only", "signin,user", "--json"]);
    assert_eq!(ran.code, 4, "{ran:#?}");
    assert_eq!(ran.json()["verdict"], "not-signed-in", "{ran:#?}");
    let tokens = tenant.seen().iter().filter(|it| it.line.contains("/oauth2/")).count();
    assert_eq!(tokens, 1, "the secret is tried once");
    assert!(!format!("{ran:?}").contains(SECRET));
    let listed = home.run(&["signin", "list", "--json"]).succeeds();
    assert!(listed.out.contains("sealed") && !listed.out.contains(SECRET), "{listed:#?}");
}

#[test]
fn results_are_kept_and_what_passed_is_not_run_again() {
    let (home, tenant) = (sample(), Tenant::new(public));
    let of = |ran: &Ran| ran.json()["connections"].as_u64().unwrap();
    let all = ["--type", "Device", "--side", "source", "--json"];
    let first = preflight(&home, &tenant, &all);
    let kept = home.run(&["preflight", "results", "--json"]).succeeds().json();
    let kept = kept["results"].as_array().unwrap();
    let made = kept.iter().filter(|it| !it["verdict"].is_null()).count() as u64;
    assert_eq!(made, of(&first), "{kept:?}");
    let passed = kept.iter().filter(|it| it["verdict"] == "passed").count() as u64;
    let again = preflight(&home, &tenant, &[&all[..], &["--changed"]].concat());
    assert_eq!(of(&again), of(&first) - passed);
    // Part of the checks is no result.
    preflight(&home, &tenant, &["contoso-groups-eur-dest", "--only", "tenant"]);
    let kept = home.run(&["preflight", "results", "--json"]).succeeds().json();
    let row = kept["results"].as_array().unwrap().iter();
    let row = { row }.find(|it| it["connection"] == "contoso-groups-eur-dest").unwrap();
    assert!(row["verdict"].is_null(), "{row}");
}

#[test]
fn every_format_has_every_check() {
    let (home, tenant) = (sample(), Tenant::new(public));
    for format in ["json", "jsonl", "csv", "markdown", "html", "junit"] {
        let args = ["contoso-groups-eur-dest", "--only", "tenant", "-o", format];
        let ran = preflight(&home, &tenant, &args);
        assert_eq!(ran.code, 0, "{ran:#?}");
        for id in ["tenant.exists", "tenant.cloud"] {
            assert!(ran.out.contains(id), "{format}: {ran:#?}");
        }
    }
}
