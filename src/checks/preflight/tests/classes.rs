//! Every class of failure that the documents name, what it means, and how often it is asked. preflight.md §1,
//! §1.4; and how many calls sharing saves.

use std::sync::Mutex;

use super::tenants::{CANARY, app, branches, of_graph, perfect, said, subjects};
use super::*;
use crate::domain::answers::Answer;
use crate::domain::{Held, Secret};

/// What one question to Microsoft Graph comes to.
#[derive(Debug, PartialEq)]
enum Means {
    Level(Level),
    Skipped(&'static str),
}

/// Answers of Graph to the question for a user, one after the other and then the last again.
async fn user(replies: Vec<Reply>) -> (Vec<Finished>, usize, Vec<Duration>) {
    let replies = Mutex::new(std::collections::VecDeque::from(replies));
    let play = move |seen: &Seen| {
        if !seen.line.contains("/v1.0/users/svc@") {
            return perfect(seen);
        }
        let mut replies = replies.lock().unwrap();
        match replies.len() {
            1 => replies[0].clone(),
            _ => replies.pop_front().unwrap(),
        }
    };
    let server = Server::new(play).await;
    let (http, waits) = Http::for_tests(HttpOptions::default());
    let sign_ins = vec![app("contoso", A)];
    let run = Run::new(Ground { sign_ins, http: Some(http), ..ground(&server) });
    let all = checked(&run, &subjects(&run, &branches(A)[..1])).await;
    let asked = server.seen().iter().filter(|it| it.line.contains("/v1.0/users/svc@")).count();
    let waits = waits.lock().unwrap().clone();
    (all, asked, waits)
}

fn error(status: u16, code: &str) -> Reply {
    let body = json!({ "error": { "code": code, "message": "canary-message",
        "innerError": { "request-id": "r-1" } } });
    Reply::json(status, body)
}

/// What a status and code of Graph mean for the check that asks.
#[tokio::test]
async fn each_failure_of_graph_has_its_meaning() {
    use Means::Skipped;
    let fail = || Means::Level(Level::Fail);
    let text = |status, body: &str| Reply::Text(status, String::new(), body.to_owned());
    for (reply, means, words, asked) in [
        (error(401, "InvalidAuthenticationToken"), fail(), "", 1),
        (error(403, "Authorization_RequestDenied"), Skipped("permission"), "User.Read.All", 1),
        (error(403, "UnknownError"), Skipped("permission"), "User.Read.All", 1),
        (error(404, "Request_ResourceNotFound"), fail(), "no such user", 1),
        (error(400, "Request_BadRequest"), fail(), "", 1),
        (error(409, "Conflict"), fail(), "", 1),
        (error(500, "InternalServerError"), fail(), "", 5),
        (error(503, "ServiceUnavailable"), fail(), "", 5),
        (text(200, "<p>sign in here</p>"), fail(), "", 1),
        (text(200, "{\"id\": 7}"), fail(), "not as documented", 1),
        (text(200, ""), fail(), "not as documented", 1),
        (Reply::with(302, "Location: https://evil.example/\r\n", ""), fail(), "", 1),
        (Reply::Close, fail(), "", 5),
    ] {
        let (all, many, _) = user(vec![reply.clone()]).await;
        let it = all.iter().find(|it| it.result.check == "user.exists").unwrap();
        let found = match &it.outcome {
            Err(Stop::Skip(why)) => Skipped(why.slug()),
            _ => Means::Level(it.result.level),
        };
        assert_eq!(found, means, "{reply:?}: {it:?}");
        assert!(it.result.found.contains(words), "{reply:?}: {words}: {it:?}");
        assert_eq!(many, asked, "{reply:?}");
        // What depends on it is not reported as bad or good.
        let other = all.iter().find(|it| it.result.check == "user.mailbox").unwrap();
        assert_eq!(other.result.level, Level::Skipped, "{reply:?}: {other:?}");
    }
}

/// Throttling: how long is waited by each form of `Retry-After`, and that a service that asks for too long is
/// left alone.
#[tokio::test]
async fn throttling_is_waited_out_as_asked() {
    let good = || {
        let body = json!({ "id": "44444444-4444-4444-8444-444444444444", "accountEnabled": true,
            "userType": "Member" });
        Reply::json(200, body)
    };
    let date = "Date: Sun, 01 Mar 2026 12:00:00 GMT\r\n";
    let throttled = |status: u16, headers: &str| Reply::with(status, headers, "{}");
    let seconds = |from: u64, to: u64| Some((Duration::from_secs(from), Duration::from_secs(to)));
    // Without a usable time the wait is of our own choosing: at most half a second at first.
    let own = Some((Duration::from_millis(250), Duration::from_millis(500)));
    for (status, header, wait) in [
        (429, "Retry-After: 7\r\n".to_owned(), seconds(7, 7)),
        (503, "Retry-After: 7\r\n".to_owned(), seconds(7, 7)),
        (429, format!("{date}Retry-After: Sun, 01 Mar 2026 12:00:09 GMT\r\n"), seconds(9, 9)),
        // The server's clock counts, and a moment in the past is none.
        (429, format!("{date}Retry-After: Sun, 01 Mar 2026 11:59:00 GMT\r\n"), own),
        (429, "Retry-After: soon\r\n".to_owned(), own),
        (429, "Retry-After: -5\r\n".to_owned(), own),
        (429, "Retry-After: 1.5\r\n".to_owned(), own),
        (429, "Retry-After: \r\n".to_owned(), own),
        (429, "Retry-After: Sun, 99 Mar 2026 12:00:09 GMT\r\n".to_owned(), own),
        (429, String::new(), own),
        // Longer than anybody waits: it ends with its error at once.
        (429, "Retry-After: 86400\r\n".to_owned(), None),
        (429, format!("{date}Retry-After: Mon, 02 Mar 2026 12:00:00 GMT\r\n"), None),
        (429, "Retry-After: 99999999999999999999\r\n".to_owned(), own),
    ] {
        let (all, asked, waits) = user(vec![throttled(status, &header), good()]).await;
        let it = all.iter().find(|it| it.result.check == "user.exists").unwrap();
        match wait {
            Some((from, to)) => {
                assert_eq!((it.result.level, asked), (Level::Ok, 2), "{header:?}: {it:?}");
                assert_eq!(waits.len(), 1, "{header:?}: {waits:?}");
                assert!((from..=to).contains(&waits[0]), "{header:?}: {waits:?}");
            }
            None => {
                assert_eq!((it.result.level, asked), (Level::Fail, 1), "{header:?}: {it:?}");
                assert!(waits.is_empty(), "{header:?}: {waits:?}");
            }
        }
    }
    // One that throttles for ever is asked five times, and is a failure of that question only.
    let (all, asked, waits) = user(vec![throttled(429, "Retry-After: 2\r\n")]).await;
    assert_eq!((asked, waits), (5, vec![Duration::from_secs(2); 4]));
    let failed: Vec<&str> = all
        .iter()
        .filter(|it| it.result.level == Level::Fail)
        .map(|it| &*it.result.check)
        .collect();
    assert_eq!(failed, ["user.exists"], "{all:?}");
}

/// §1.4: each number of a refused sign-in is shown with what it means and what to do; the secret is tried once.
#[tokio::test]
async fn each_refusal_of_a_sign_in_is_explained() {
    for (number, words) in [
        (90_002, "no such tenant"),
        (700_016, "does not know this app"),
        (7_000_112, "app is disabled"),
        (7_000_215, "client secret is wrong"),
        (7_000_222, "client secret has expired"),
        (700_027, "does not know this certificate"),
        (65_001, "no one consented"),
        (50_034, "no such user"),
        (50_057, "account is disabled"),
        (50_126, "user name or password is wrong"),
        (50_055, "password has expired"),
        (50_076, "demands MFA"),
        (50_079, "demands MFA"),
        (53_003, "conditional access"),
        // One that is not known is shown as it came.
        (999_999, "as Microsoft words it"),
    ] {
        let body = json!({ "error": "invalid_grant", "error_codes": [number],
            "error_description": format!("AADSTS{number}: as Microsoft words it {CANARY}") });
        let play = move |seen: &Seen| match seen.line.contains("/oauth2/") {
            true => Reply::json(400, &body),
            false => perfect(seen),
        };
        let server = Server::new(play).await;
        let run = Run::new(Ground { sign_ins: vec![app("contoso", A)], ..ground(&server) });
        let all = checked(&run, &subjects(&run, &branches(A))).await;
        let found = &said(&all, "signin")[0];
        assert!(found.starts_with("Fail: contoso: sign-in refused"), "{found}");
        assert!(found.contains(&format!("AADSTS{number}")) && found.contains(words), "{found}");
        let it = all.iter().find(|it| it.result.check == "signin").unwrap();
        assert!(!it.result.fix.is_empty(), "{number}");
        let tokens = server.seen().iter().filter(|it| it.line.contains("/oauth2/")).count();
        assert_eq!(tokens, 1, "{number}");
        assert!(!format!("{all:?}").contains(CANARY), "{number}");
    }
}

/// Whatever many checks lack is reported by one of them: a sign-in, the client id of an app profile.
#[tokio::test]
async fn a_reason_that_checks_share_is_reported_once() {
    let without = SignIn { apps: Vec::new(), ..app("contoso", A) };
    let declined = SignIn { who: Who::Person { user: None, token: None }, ..app("person", A) };
    for (sign_ins, owner, words) in [
        (vec![without], "app.enabled", "the client id of custom is not known"),
        (Vec::new(), "signin", "no sign-in for contoso.example"),
        (vec![declined], "signin", "the person did not sign in"),
    ] {
        let server = Server::new(perfect).await;
        let run = Run::new(Ground { sign_ins, ..ground(&server) });
        let custom = branches(A).remove(0);
        let all = checked(&run, &subjects(&run, &[custom])).await;
        let repeated: Vec<&str> = all
            .iter()
            .filter(|it| it.result.found.contains(words))
            .map(|it| &*it.result.check)
            .collect();
        assert_eq!(repeated, [owner], "{all:?}");
        let after = format!("after {owner}");
        assert!(all.iter().filter(|it| it.result.found == after).count() > 2, "{all:?}");
    }
}

/// `fly.secret`: AvePoint's own host is asked once for each client id and secret, however many connections have
/// them; a refusal is a failure of that check, and the secret is nowhere.
#[tokio::test]
async fn the_secret_of_a_device_source_is_proven_once() {
    let refusal =
        |code: &str| Reply::json(400, json!({ "error": code, "error_description": CANARY }));
    let token = Reply::json(200, json!({ "access_token": "t", "expires_in": 3600 }));
    for (reply, level, words) in [
        (token.clone(), Level::Ok, "AvePoint accepts it"),
        (refusal("invalid_client"), Level::Fail, ""),
        (refusal("invalid_scope"), Level::Fail, ""),
        (Reply::json(200, "{}"), Level::Fail, ""),
        (Reply::json(403, "{}"), Level::Fail, ""),
        (Reply::Close, Level::Fail, ""),
    ] {
        let answer = reply.clone();
        let play = move |seen: &Seen| match seen.line.contains("/connect/token") {
            true => answer.clone(),
            false => perfect(seen),
        };
        let server = Server::new(play).await;
        let source = |client: &str, secret: &str| {
            let secret = Answer::Secret(Held::New(Secret::new(secret)));
            let answers = sheet().choice("side", "source").text("client_id", client);
            connection(
                ConnectionType::Device,
                Side::Source,
                answers.with("client_secret", secret).done(),
            )
        };
        let other = "66666666-6666-4666-8666-666666666666";
        let mut connections: Vec<Connection> =
            (0..30).map(|_| source("55555555-5555-4555-8555-555555555555", CANARY)).collect();
        connections.push(source(other, CANARY));
        let ids = connections.iter().map(|it| it.id).collect();
        let fake = Fake::with(connections);
        let stored = fake.connections(ids).await.unwrap();
        let run = Run::new(Ground { place: Some(fake.into()), ..ground(&server) });
        let subjects: Vec<Subject> =
            stored.iter().map(|it| Subject::of(&run, it, &Directory::default()).unwrap()).collect();
        let all = checked(&run, &subjects).await;
        let of: Vec<&Finished> = all.iter().filter(|it| it.result.check == "fly.secret").collect();
        assert_eq!(of.len(), 31);
        for it in of {
            assert_eq!(it.result.level, level, "{reply:?}: {it:?}");
            assert!(it.result.found.contains(words), "{words}: {it:?}");
        }
        let seen = server.seen();
        let asked: Vec<&Seen> =
            seen.iter().filter(|it| it.line.contains("/connect/token")).collect();
        assert_eq!(asked.len(), 2, "{reply:?}: once for each client");
        assert!(
            asked
                .iter()
                .all(|it| it.line.starts_with("POST ") && it.body.contains("fly.admigration"))
        );
        assert!(!format!("{all:?}").contains(CANARY), "{reply:?}");
    }
}

/// Whether a check asks Microsoft Graph: the made-up connections have no domain and no bulk token.
fn is_of_graph(it: &Finished) -> bool {
    of_graph().contains(&&*it.result.check)
}

/// F1: 200 connections in four tenants: the number of calls with one run for all, and with one run for each.
#[tokio::test]
async fn two_hundred_connections_in_four_tenants_share_their_questions() {
    let tenants = [A, B, C, D];
    let sign_ins = || tenants.map(|it| app(it, it)).to_vec();
    let calls = async |connections: &[Connection]| {
        let server = Server::new(perfect).await;
        let run = Run::new(Ground { sign_ins: sign_ins(), ..ground(&server) });
        let all = checked(&run, &subjects(&run, connections)).await;
        let bad = all.iter().filter(|it| it.result.level == Level::Fail && is_of_graph(it));
        assert_eq!(bad.count(), 0, "{all:?}");
        server.seen().len()
    };
    let connections: Vec<Connection> =
        (0..40).flat_map(|at| branches(tenants[at % tenants.len()])).collect();
    assert_eq!(connections.len(), 200);
    let shared = calls(&connections).await;
    // Ten of the connections are alike in what they ask, so twenty stand for two hundred.
    let mut alone = 0;
    for connection in &connections[..20] {
        alone += 10 * calls(std::slice::from_ref(connection)).await;
    }
    println!("200 connections, 4 tenants: {shared} calls shared, {alone} with a run for each");
    let one = calls(&branches(A)).await;
    // The host is reached once for all of them.
    assert!(shared <= tenants.len() * one, "{shared} for four, {one} for one");
    assert!(shared * 5 < alone, "{shared} shared, {alone} alone");
}

/// 500 connections in 10 tenants against a service that takes 50 ms for each answer: time and memory. The
/// figures in docs/performance.md are of this.
#[tokio::test]
#[ignore = "measures; run it alone"]
async fn five_hundred_connections_against_a_slow_service() {
    const LATE: Duration = Duration::from_millis(50);
    let peak = || -> usize {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find(|it| it.starts_with("VmHWM")).unwrap_or("0 0 0");
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    };
    let ids: Vec<String> =
        (1..=10).map(|at| format!("{at:08x}-0000-4000-8000-000000000000")).collect();
    let server = Server::new(|seen| Reply::Late(LATE, Box::new(perfect(seen)))).await;
    let sign_ins = ids.iter().map(|it| app(it, it)).collect();
    let run = Run::new(Ground { sign_ins, ..ground(&server) });
    let connections: Vec<Connection> =
        (0..100).flat_map(|at| branches(&ids[at % ids.len()])).collect();
    assert_eq!(connections.len(), 500);
    let subjects = subjects(&run, &connections);
    let (before, begun) = (peak(), std::time::Instant::now());
    let all = checked(&run, &subjects).await;
    let (took, after, calls) = (begun.elapsed(), peak(), server.seen().len());
    let bound = LATE * u32::try_from(calls.div_ceil(LIMITS.at_once)).unwrap();
    println!(
        "{} checks, {calls} calls, {} ms; calls / 16 at once * 50 ms = {} ms; peak memory {before} -> {after} kB",
        all.len(),
        took.as_millis(),
        bound.as_millis(),
    );
    assert!(!all.iter().any(|it| it.result.level == Level::Fail && is_of_graph(it)));
}

/// There is no way to write: whatever reads Microsoft Graph is built from reads, and only sign-ins
/// send forms.
#[test]
fn no_call_but_reads_and_sign_ins_is_written_down() {
    let graph = [
        ("calls", include_str!("../../../backend/graph/calls.rs")),
        ("evidence", include_str!("../../../backend/graph/evidence/read.rs")),
        ("tenant", include_str!("../../../backend/graph/tenant.rs")),
    ];
    for (name, text) in graph {
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        for word in ["Request::form", "Request::new", "Verb::", ".json(json", "Post", "Patch"] {
            assert!(!code.contains(word), "{name}: {word}");
        }
        assert!(code.contains("Request::get"), "{name}");
    }
    for (name, text) in [
        ("run", include_str!("../run.rs")),
        ("ask", include_str!("../ask.rs")),
        ("apps", include_str!("../apps.rs")),
        ("users", include_str!("../users.rs")),
        ("geo", include_str!("../geo.rs")),
        ("devices", include_str!("../devices.rs")),
        ("refresh", include_str!("../../../service/directory/refresh.rs")),
    ] {
        assert!(!text.contains("Request::"), "{name}");
    }
}
