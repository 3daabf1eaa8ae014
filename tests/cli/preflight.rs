//! The pre-flight of the sample against a tenant on this machine: sign-ins, exit codes, what is kept,
//! and that no secret is anywhere.

use serde_json::json;

use crate::home::{Home, Ran, run};
use crate::talk::Talk;
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
    assert!(ran.err.contains("hint: `jetbridge signin add`"), "{ran:#?}");
    let json =
        preflight(&home, &tenant, &["contoso-groups-eur-dest", "--only", "signin", "--json"]);
    assert!(json.json()["checks"][0]["fix"].as_str().unwrap().contains("signin add"), "{json:#?}");
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

/// F3: whatever keeps every sign-in from working ends with 4 and says why, also where its own check is
/// not part of the run; and nothing is asked with it.
#[test]
fn a_sign_in_that_does_not_work_ends_with_four() {
    let ends = |home: &Home, tenant: &Tenant, words: &str| {
        for only in ["signin,user", "user"] {
            let args = ["contoso-groups-archive-source", "--only", only, "--json"];
            let ran = preflight(home, tenant, &args);
            assert_eq!(ran.code, 4, "{words} {only}: {ran:#?}");
            let json = ran.json();
            assert_eq!(json["verdict"], "not-signed-in", "{words} {only}: {json}");
            let failed: Vec<&serde_json::Value> = json["checks"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|it| it["level"] == "failed")
                .collect();
            let reported = |it: &&serde_json::Value| {
                let text = it["found"].as_str().unwrap();
                text.starts_with("contoso: ") && text.contains(words)
            };
            assert!(!failed.is_empty() && failed.iter().all(reported), "{words}: {json}");
            assert!(only == "user" || failed.len() == 1, "it is reported once: {json}");
        }
        let read = |it: &Seen| it.line.contains("/v1.0/users");
        assert!(!tenant.seen().iter().any(read), "{words}: {:?}", tenant.seen());
    };
    for (number, words) in [
        (7_000_215, "secret"),
        (7_000_222, "expired"),
        (700_027, "certificate"),
        (700_016, "app"),
        (7_000_112, "disabled"),
    ] {
        let home = sample();
        add(&home, "contoso");
        let tenant = Tenant::new(move |seen| match seen.line.contains("/oauth2/") {
            true => Some(refusal(number, "")),
            false => public(seen),
        });
        ends(&home, &tenant, words);
    }
    // A credential that cannot be had.
    let home = sample();
    let file = home.write_secret("secret.txt", SECRET);
    let from = format!("file:{}", file.display());
    let args = ["signin", "add", "contoso", "--tenant", CONTOSO, "--client-id", CLIENT];
    home.run(&[&args[..], &["--secret-from", &from]].concat()).succeeds();
    std::fs::remove_file(file).unwrap();
    ends(&home, &Tenant::new(public), "secret.txt");
    // A token of another tenant.
    let home = sample();
    add(&home, "contoso");
    let foreign = Tenant::new(|seen| match seen.line.contains("/oauth2/") {
        true => {
            let claims = json!({ "aud": "00000003-0000-0000-c000-000000000000", "appid": CLIENT,
                "tid": "99999999-9999-4999-8999-999999999999", "exp": 2_000_000_000 });
            Some(Reply::json(200, &json!({ "access_token": jwt(&claims) })))
        }
        false => public(seen),
    });
    ends(&home, &foreign, "another tenant");
}

/// F3: the same for a person who was asked; one who was not is only a reason to skip.
#[test]
fn a_person_who_does_not_sign_in_ends_with_four() {
    let device = |seen: &Seen, token: Reply| match () {
        () if seen.line.contains("/devicecode") => Reply::json(
            200,
            &json!({ "device_code": "canary-device-code", "user_code": "ABC123XYZ", "interval": 1,
                "verification_uri": "https://microsoft.com/devicelogin", "expires_in": 100 }),
        ),
        () if seen.line.contains("/token") => token,
        () => public(seen).unwrap_or_else(|| Reply::json(404, &json!({}))),
    };
    let error = |code: &str| Reply::json(400, &json!({ "error": code }));
    let token = |tenant: &str, user: &str| {
        let claims = json!({ "aud": "00000003-0000-0000-c000-000000000000", "tid": tenant,
            "appid": CLIENT, "upn": user, "scp": "User.Read.All", "exp": 2_000_000_000 });
        Reply::json(200, &json!({ "access_token": jwt(&claims) }))
    };
    let anna = "anna@contoso.example";
    let home = sample();
    let args = ["signin", "add", "me", "--tenant", CONTOSO, "--client-id", CLIENT];
    home.run(&[&args[..], &["--device-code", "--user", anna]].concat()).succeeds();
    for (reply, words) in [
        (error("authorization_declined"), "the person declined"),
        (error("expired_token"), "the code expired before it was entered"),
        (token("99999999-9999-4999-8999-999999999999", anna), "of another tenant"),
        (token(CONTOSO, "eve@contoso.example"), "eve@contoso.example signed in"),
    ] {
        let tenant = Tenant::new(move |seen| Some(device(seen, reply.clone())));
        let stand_in = [("JETBRIDGE_LOOPBACK_STAND_IN", tenant.url.as_str())];
        for only in ["signin,user", "user"] {
            let args = ["preflight", "contoso-groups-archive-source", "--only", only];
            let (screen, code) = Talk::with(&home, &args, 200, &stand_in).end();
            assert_eq!(code, 4, "{words} {only}: {screen}");
            let failed = screen.lines().find(|it| it.contains("failed "));
            assert!(failed.is_some_and(|it| it.contains(words)), "{words} {only}: {screen}");
            assert!(screen.contains("Pre-flight failed: no sign-in works."), "{screen}");
        }
        let (screen, code) = Talk::with(&home, &["signin", "test", "me"], 200, &stand_in).end();
        assert_eq!(code, 4, "{words}: {screen}");
        assert_eq!(screen.matches(words).count(), 1, "{words}: {screen}");
        // An app that works makes one pass; that the person did not is a warning.
        add(&home, "app");
        let app = Tenant::new({
            let reply = error("authorization_declined");
            move |seen| match seen.body.contains("client_credentials") {
                true => public(seen),
                false => Some(device(seen, reply.clone())),
            }
        });
        let stand_in = [("JETBRIDGE_LOOPBACK_STAND_IN", app.url.as_str())];
        let args = ["preflight", "contoso-groups-archive-source", "--only", "signin"];
        let (screen, code) = Talk::with(&home, &args, 200, &stand_in).end();
        assert_eq!(code, 0, "{screen}");
        let warned = "app (an app) is accepted; me: sign-in refused: the person declined";
        assert!(screen.contains(warned), "{screen}");
        home.run(&["signin", "remove", "app", "--yes"]).succeeds();
    }
    // What needs no sign-in asks nobody.
    let tenant = Tenant::new(move |seen| Some(device(seen, error("authorization_declined"))));
    let stand_in = [("JETBRIDGE_LOOPBACK_STAND_IN", tenant.url.as_str())];
    let args = ["preflight", "contoso-groups-archive-source", "--only", "tenant"];
    let (screen, code) = Talk::with(&home, &args, 200, &stand_in).end();
    assert!(code == 0 && !screen.contains("Sign-in me"), "{screen}");
    // Without a terminal nobody is asked.
    let tenant = Tenant::new(public);
    let ran =
        preflight(&home, &tenant, &["contoso-groups-archive-source", "--only", "signin,user"]);
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert!(ran.out.contains("signin: the person did not sign in by device code"), "{ran:#?}");
    assert!(ran.out.contains("user.exists: after signin"), "{ran:#?}");
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

/// F7: a failed check that somebody answers for does not count; a waiver that is over is reported.
#[test]
fn a_waived_check_does_not_fail_the_run() {
    let home = sample();
    let gone = |seen: &Seen| match seen.line.contains("openid-configuration") {
        true => Some(Reply::json(
            400,
            &json!({ "error": "invalid_tenant", "error_description": "AADSTS90002: no" }),
        )),
        false => public(seen),
    };
    let tenant = Tenant::new(gone);
    let args = ["contoso-groups-eur-dest", "--only", "tenant.exists"];
    assert_eq!(preflight(&home, &tenant, &args).code, 3);
    let waiver = |check: &str, more: &str| {
        let text = format!(
            "[[waiver]]\ncheck = '{check}'\nconnection = 'contoso-groups-eur-dest'\n\
             reason = 'moves next week'\ndate = 2026-01-01\n{more}\n"
        );
        home.write("waivers.toml", &text);
        preflight(&home, &tenant, &[&args[..], &["--strict", "--waivers", "waivers.toml"]].concat())
    };
    let ran = waiver("tenant.exists", "");
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert!(
        ran.out
            .contains("skipped  contoso-groups-eur-dest: tenant.exists: waived on 2026-01-01, moves next week: "),
        "{ran:#?}"
    );
    let ran = waiver("tenant.exists", "expires = 2026-01-02");
    assert_eq!(ran.code, 3, "{ran:#?}");
    assert!(ran.err.contains("waiver on line 2: expired after 2026-01-02"), "{ran:#?}");
    let ran = waiver("tenant.exist", "");
    assert_eq!(ran.code, 2, "{ran:#?}");
    assert!(ran.err.contains("there is no such check; did you mean tenant.exists?"), "{ran:#?}");
    // The same file serves the audit.
    waiver("tenant.exists", "");
    home.run(&["audit", "--waivers", "waivers.toml", "--fail-on", "none"]).succeeds();
}

/// F7, E7: waived and taken back by command, in the file that screen and command line share.
#[test]
fn a_check_is_waived_by_command() {
    let home = sample();
    let gone = |seen: &Seen| match seen.line.contains("openid-configuration") {
        true => Some(Reply::json(400, &json!({ "error": "invalid_tenant" }))),
        false => public(seen),
    };
    let tenant = Tenant::new(gone);
    let check = ["contoso-groups-eur-dest", "--only", "tenant.exists"];
    assert_eq!(preflight(&home, &tenant, &check).code, 3);
    let of = ["preflight", "waive", "contoso-groups-eur-dest", "--check", "tenant.exists"];
    let waive = |more: &[&str]| home.run(&[&of, more].concat());
    waive(&["--remove"]).fails(2, &["there is no waiver of tenant.exists"]);
    waive(&["--reason", " "]).fails(2, &["the reason is empty"]);
    waive(&["--reason", "r", "--until", "2020-01-01"]).fails(2, &["the last day has passed"]);
    waive(&[]).fails(2, &["--reason"]);
    waive(&["--reason", "moves next week", "--dry-run"]).succeeds();
    assert_eq!(preflight(&home, &tenant, &check).code, 3);
    let done = waive(&["--reason", "moves next week", "--json"]).succeeds().json();
    assert_eq!((&done["outcome"], &done["expires"]), (&json!("waived"), &json!(null)), "{done}");
    let ran = preflight(&home, &tenant, &check);
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert!(ran.out.contains(", moves next week: "), "{ran:#?}");
    // Another file takes its place.
    home.write("none.toml", "");
    let other = [&check[..], &["--waivers", "none.toml"]].concat();
    assert_eq!(preflight(&home, &tenant, &other).code, 3);
    home.run(&[&["--read-only"], &of[..], &["--remove"]].concat()).fails(1, &["read-only"]);
    let removed = waive(&["--remove", "--json"]).succeeds().json();
    assert_eq!(removed["connections"][0]["name"], "contoso-groups-eur-dest", "{removed}");
    assert_eq!(preflight(&home, &tenant, &check).code, 3);
}

/// What the tenant says of itself, its apps and its users.
pub fn graph(seen: &Seen) -> Option<Reply> {
    let path = seen.line.split(' ').nth(1)?;
    let list = |items| Some(Reply::json(200, &json!({ "value": items })));
    match path.split('?').next()? {
        "/v1.0/organization" => {
            list(json!([{ "verifiedDomains": [{ "name": "contoso.example", "isDefault": true }] }]))
        }
        "/v1.0/sites" => list(json!([])),
        "/v1.0/applications" => list(json!([{ "appId": "55555555-5555-4555-8555-555555555555",
            "displayName": "Fly custom", "keyCredentials": [{ "endDateTime": "2027-01-01T00:00:00Z" }] }])),
        "/v1.0/users" => {
            list(json!([{ "userPrincipalName": "new@contoso.example", "accountEnabled": true }]))
        }
        it if it.starts_with("/v1.0/users/") && it.ends_with("licenseDetails") => list(json!([])),
        it if it.starts_with("/v1.0/users/") => Some(Reply::json(
            200,
            &json!({ "id": "44444444-4444-4444-8444-444444444444", "accountEnabled": false }),
        )),
        _ => public(seen),
    }
}

fn at(home: &Home, tenant: &Tenant, args: &[&str]) -> Ran {
    run(home.command(args).env("JETBRIDGE_LOOPBACK_STAND_IN", &tenant.url), b"")
}

/// F8: the directory is filled from Microsoft Graph after a yes, and lists when each fact was read.
#[test]
fn a_directory_is_refreshed_after_a_yes() {
    let (home, tenant) = (sample(), Tenant::new(graph));
    let none = at(&home, &tenant, &["directory", "refresh", "--dry-run"]);
    assert_eq!(none.code, 4, "{none:#?}");
    add(&home, "contoso");
    let before = home.run(&["directory", "list", "--json"]).succeeds().out;
    let unasked = at(&home, &tenant, &["directory", "refresh"]);
    assert_eq!(unasked.code, 2, "{unasked:#?}");
    let dry = at(&home, &tenant, &["directory", "refresh", "--tenant", CONTOSO, "--dry-run"]);
    assert_eq!(dry.code, 0, "{dry:#?}");
    assert!(dry.out.contains("+ service account new@contoso.example of "), "{dry:#?}");
    assert_eq!(home.run(&["directory", "list", "--json"]).succeeds().out, before);
    let done =
        at(&home, &tenant, &["directory", "refresh", "--yes", "--tenant", CONTOSO, "--json"]);
    assert_eq!(done.json()["outcome"], "updated", "{done:#?}");
    let listed = home.run(&["directory", "list", "--json"]).succeeds();
    let all = listed.json()["objects"].as_array().unwrap().clone();
    let new = all.iter().find(|it| it["name"] == "new@contoso.example").unwrap();
    assert_eq!(new["enabled"], true, "{new}");
    assert!(new["checked"][0].as_str().unwrap().ends_with(" Microsoft Graph"), "{new}");
    let app = all.iter().find(|it| it["name"] == "Fly custom").unwrap();
    assert_eq!(app["client_id"], "55555555-5555-4555-8555-555555555555", "{app}");
    // What was read can be imported again, with its day and source.
    let read: Vec<_> = all.iter().filter(|it| it["checked"].is_array()).cloned().collect();
    assert!(read.len() >= 3, "{read:?}");
    home.write("read.json", json!({ "objects": read }).to_string());
    home.run(&["directory", "import", "read.json"]).succeeds();
    assert_eq!(home.run(&["directory", "list", "--json"]).succeeds().json(), listed.json());
    assert_eq!(at(&home, &tenant, &["directory", "refresh", "containers", "--yes"]).code, 2);
}

/// F8: what a pre-flight learned is offered, and nothing changes without a yes.
#[test]
fn evidence_is_offered_and_taken_over_after_a_yes() {
    let (home, tenant) = (sample(), Tenant::new(graph));
    add(&home, "contoso");
    let account = |home: &Home| {
        let all = home.run(&["directory", "list", "service-accounts", "--json"]).succeeds().json();
        all["objects"].as_array().unwrap().clone()
    };
    let before = account(&home);
    let args = ["--all", "--only", "user", "--evidence"];
    let offered = preflight(&home, &tenant, &args);
    assert!(offered.err.contains("enabled: unknown -> no"), "{offered:#?}");
    assert!(offered.err.contains("the directory is as it was"), "{offered:#?}");
    assert_eq!(account(&home), before);
    let taken = preflight(&home, &tenant, &[&args[..], &["--yes"]].concat());
    assert!(taken.err.contains("of the directory updated"), "{taken:#?}");
    let after = account(&home);
    assert!(after.iter().any(|it| it["enabled"] == false && it["mailbox"] == false), "{after:?}");
    let listed = home.run(&["directory", "list", "service-accounts"]).succeeds().out;
    assert!(listed.contains("disabled"), "{listed}");
    // List and audit judge by it at once.
    let only = ["audit", "--only", "account-disabled,account-unlicensed", "--json"];
    let audit = home.run(&only).json();
    for rule in ["account-disabled", "account-unlicensed"] {
        let found = audit["findings"].as_array().unwrap().iter();
        assert!(found.clone().any(|it| it["rule"] == rule), "{audit}");
    }
    let listed = home.run(&["list", "--json"]).succeeds().json();
    let shown = listed["connections"].as_array().unwrap().iter();
    assert!(
        { shown }.any(|it| it["findings"].to_string().contains("account-disabled")),
        "{listed}"
    );
}
