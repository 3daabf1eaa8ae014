//! The client against a server on this machine.

mod noted;
mod pages;
#[path = "../../../../tests/cli/played.rs"]
mod played;
mod tls;
mod ways;

use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::testing::server::{self, Reply, Server};

const CANARY: &str = "canary-secret-0123456789";

type Waits = Arc<Mutex<Vec<Duration>>>;

fn http() -> (Http, Waits) {
    Http::for_tests(HttpOptions::default())
}

fn seconds(waits: &Waits) -> Vec<u64> {
    waits.lock().unwrap().iter().map(Duration::as_secs).collect()
}

async fn get(http: &Http, url: Url) -> Result<Answer, HttpError> {
    let request = Request::get(url).bearer(&Secret::new(CANARY));
    http.send(&request, &CancellationToken::new()).await
}

#[tokio::test]
async fn an_answer_comes_with_its_request_id_and_hides_its_body() {
    let server = Server::script(vec![Reply::with(
        200,
        "request-id: abc-1\r\nDate: Wed, 21 Oct 2015 07:28:00 GMT\r\n",
        "{\"a\":1}",
    )])
    .await;
    let answer = get(&http().0, server.at("/x?q=1")).await.unwrap();
    assert_eq!(answer.json::<Value>().unwrap(), json!({"a": 1}));
    assert_eq!(answer.request_id.as_deref(), Some("abc-1"));
    assert!(answer.date.is_some());
    assert!(!format!("{answer:?}").contains("\"a\""));
    let seen = server.seen();
    assert_eq!(seen[0].line, "GET /x?q=1");
    let head = seen[0].head.to_ascii_lowercase();
    assert!(head.contains(&format!("authorization: bearer {CANARY}")));
    assert!(head.contains("user-agent: jetbridge/"));
}

#[tokio::test]
async fn only_https_leaves_the_machine() {
    let (loopback, _) = http();
    let strict = Http::new(HttpOptions::default()).unwrap();
    for (http, url, kind) in [
        (&strict, "http://127.0.0.1/", HttpErrorKind::NotHttps),
        (&strict, "http://graph.microsoft.com/", HttpErrorKind::NotHttps),
        (&loopback, "http://graph.microsoft.com/", HttpErrorKind::NotHttps),
        (&loopback, "http://127.0.0.1.evil.example/", HttpErrorKind::NotHttps),
        (&loopback, "ftp://127.0.0.1/", HttpErrorKind::NotHttps),
        (&loopback, "file:///etc/passwd", HttpErrorKind::BadUrl),
        (&strict, "https://user:pass@graph.microsoft.com/", HttpErrorKind::BadUrl),
    ] {
        let error = get(http, Url::parse(url).unwrap()).await.unwrap_err();
        assert_eq!(error.kind, kind, "{url}");
        assert!(!error.to_string().contains("pass@"));
    }
}

#[tokio::test]
async fn each_status_has_its_kind_code_message_and_request_id() {
    let graph = json!({ "error": { "code": "Authorization_RequestDenied",
        "message": "Insufficient\r\nprivileges\u{1b}[2J", "innererror": { "request-id": "r-1" } } });
    let fly = json!({ "statusCode": 409, "errorCode": "Duplicated", "errorMessage": "There is one", "requestId": "r-2" });
    let login =
        json!({ "error": "invalid_client", "error_description": "AADSTS1: no", "trace_id": "r-3" });
    for (status, body, kind, code, id) in [
        (400, &login, HttpErrorKind::BadRequest, "invalid_client", "r-3"),
        (401, &graph, HttpErrorKind::Unauthorized, "Authorization_RequestDenied", "r-1"),
        (403, &graph, HttpErrorKind::Forbidden, "Authorization_RequestDenied", "r-1"),
        (404, &graph, HttpErrorKind::NotFound, "Authorization_RequestDenied", "r-1"),
        (409, &fly, HttpErrorKind::Conflict, "Duplicated", "r-2"),
        (418, &fly, HttpErrorKind::Status, "Duplicated", "r-2"),
    ] {
        let server = Server::script(vec![Reply::json(status, body)]).await;
        let error = get(&http().0, server.at("/")).await.unwrap_err();
        assert_eq!((error.kind, error.status), (kind, Some(status)));
        assert_eq!(error.code.as_deref(), Some(code));
        assert_eq!(error.request_id.as_deref(), Some(id));
        let line = error.to_string();
        assert_eq!(line.lines().count(), 1, "{line}");
        assert!(!line.contains('\u{1b}') && line.contains(id), "E4: {line}");
        assert!(!error.hint().is_empty());
        assert_eq!(server.seen().len(), 1, "not tried again");
    }
}

#[tokio::test]
async fn no_redirect_is_followed() {
    let other = Server::script(vec![Reply::json(200, "{}")]).await;
    let server =
        Server::script(vec![Reply::with(302, &format!("Location: {}\r\n", other.url), "")]).await;
    let error = get(&http().0, server.at("/")).await.unwrap_err();
    assert_eq!(error.kind, HttpErrorKind::Redirected);
    assert!(other.seen().is_empty());
}

#[tokio::test]
async fn throttling_waits_as_long_as_asked() {
    let server = Server::script(vec![
        Reply::with(429, "Retry-After: 7\r\n", "{}"),
        Reply::with(
            503,
            "Date: Wed, 21 Oct 2015 07:28:00 GMT\r\nRetry-After: Wed, 21 Oct 2015 07:28:30 GMT\r\n",
            "{}",
        ),
        Reply::json(200, "{}"),
    ])
    .await;
    let (http, waits) = http();
    get(&http, server.at("/")).await.unwrap();
    assert_eq!(seconds(&waits), [7, 30]);
}

#[tokio::test]
async fn throttling_without_retry_after_backs_off_and_gives_up() {
    let server = Server::script(vec![Reply::json(429, "{}"); 10]).await;
    let (http, waits) = http();
    let error = get(&http, server.at("/")).await.unwrap_err();
    assert_eq!(error.kind, HttpErrorKind::Throttled);
    assert_eq!(server.seen().len(), 5);
    let waits = waits.lock().unwrap().clone();
    assert_eq!(waits.len(), 4);
    for (at, wait) in waits.iter().enumerate() {
        let full = Duration::from_millis(500 << at);
        assert!(*wait >= full / 2 && *wait <= full, "{waits:?}");
    }
}

#[tokio::test]
async fn a_wait_beyond_the_cap_or_the_deadline_is_not_waited() {
    let long = |seconds: u64| Reply::with(429, &format!("Retry-After: {seconds}\r\n"), "{}");
    let server = Server::script(vec![long(61)]).await;
    let (client, waits) = http();
    let error = get(&client, server.at("/")).await.unwrap_err();
    assert_eq!((error.kind, error.retry_after), (HttpErrorKind::Throttled, Some(61)));
    assert!(error.to_string().contains("wait 61 s") && seconds(&waits).is_empty());
    // 50 + 50 fit into the 120 seconds of the call, a third 50 does not.
    let server = Server::script(vec![long(50), long(50), long(50)]).await;
    let (client, waits) = http();
    get(&client, server.at("/")).await.unwrap_err();
    assert_eq!(seconds(&waits), [50, 50]);
}

#[tokio::test]
async fn writes_are_sent_once() {
    for verb in [Verb::Post, Verb::Patch, Verb::Put, Verb::Delete] {
        let server = Server::script(vec![Reply::with(503, "Retry-After: 1\r\n", "{}"); 3]).await;
        let request = Request::new(verb, server.at("/")).json(json!({ "x": 1 }));
        let error = http().0.send(&request, &CancellationToken::new()).await.unwrap_err();
        assert_eq!(error.kind, HttpErrorKind::Server);
        assert_eq!(server.seen().len(), 1, "{verb:?}");
        assert_eq!(server.seen()[0].body, "{\"x\":1}");
    }
}

#[tokio::test]
async fn a_broken_connection_is_tried_again_for_reads() {
    let server = Server::script(vec![Reply::Close, Reply::json(200, "{}")]).await;
    get(&http().0, server.at("/")).await.unwrap();
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn html_instead_of_json_is_said_and_not_shown() {
    let server =
        Server::script(vec![Reply::with(200, "Content-Type: text/html\r\n", "<html>sign in"); 2])
            .await;
    let (http, _) = http();
    let answer = get(&http, server.at("/")).await.unwrap();
    let error = answer.json::<Value>().unwrap_err();
    assert_eq!(error.kind, HttpErrorKind::NotJson);
    assert!(!error.to_string().contains("html"));
}

#[tokio::test]
async fn a_body_that_never_ends_is_cut_off() {
    let server = Server::script(vec![Reply::Endless]).await;
    let (http, _) = Http::for_tests(HttpOptions { max_body: 1 << 20, ..HttpOptions::default() });
    let error = get(&http, server.at("/")).await.unwrap_err();
    assert_eq!(error.kind, HttpErrorKind::TooLarge);
    server.left.notified().await;
}

#[tokio::test]
async fn a_body_that_announces_too_much_is_not_read() {
    let server = Server::script(vec![Reply::json(200, "x".repeat(2000))]).await;
    let (http, _) = Http::for_tests(HttpOptions { max_body: 1000, ..HttpOptions::default() });
    let error = get(&http, server.at("/")).await.unwrap_err();
    assert!(error.to_string().contains("more than 1000 bytes"), "{error}");
}

#[tokio::test]
async fn silence_ends_as_stalled_or_at_the_deadline() {
    let server = Server::new(|_| Reply::Silence).await;
    let short = Duration::from_millis(50);
    let (http, _) = Http::for_tests(HttpOptions { read_timeout: short, ..HttpOptions::default() });
    assert_eq!(get(&http, server.at("/")).await.unwrap_err().kind, HttpErrorKind::Stalled);
    let (http, _) = Http::for_tests(HttpOptions { total: short, ..HttpOptions::default() });
    assert_eq!(get(&http, server.at("/")).await.unwrap_err().kind, HttpErrorKind::Deadline);
}

#[tokio::test]
async fn nobody_there_and_no_such_host_are_distinguished() {
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let url = Url::parse(&format!("http://{closed}/secret?token=x")).unwrap();
    let error = get(&http().0, url).await.unwrap_err();
    assert_eq!(error.kind, HttpErrorKind::Refused, "{error}");
    assert!(!error.to_string().contains("token"), "no address: {error}");
    let strict = Http::new(HttpOptions::default()).unwrap();
    let url = Url::parse("https://no-such-host.invalid/").unwrap();
    let error = get(&strict, url).await.unwrap_err();
    // With a proxy in the environment the name is the proxy's business.
    assert!(error.kind == HttpErrorKind::Dns || error.kind.is_of_proxy(), "{error:?}");
}

#[tokio::test]
async fn a_server_without_tls_is_reported_as_one() {
    let plain = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = plain.local_addr().unwrap();
    tokio::spawn(async move {
        use tokio::io::AsyncWriteExt as _;
        while let Ok((mut stream, _)) = plain.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 400 no TLS here\r\n\r\n").await;
        }
    });
    let error =
        get(&http().0, Url::parse(&format!("https://{address}/")).unwrap()).await.unwrap_err();
    assert_eq!(error.kind, HttpErrorKind::NotTls, "{error:?}");
}

#[tokio::test]
async fn cancelling_ends_the_request_itself() {
    let server = Server::new(|_| Reply::Silence).await;
    let cancel = CancellationToken::new();
    let request = Request::get(server.at("/"));
    let (client, _) = http();
    let call = client.send(&request, &cancel);
    let stop = async {
        server.came.notified().await;
        cancel.cancel();
    };
    let (outcome, ()) = tokio::join!(call, stop);
    assert_eq!(outcome.unwrap_err().kind, HttpErrorKind::Cancelled);
    // The server sees the connection close: nothing goes on behind the back.
    server.left.notified().await;
    // A token that is cancelled already sends nothing.
    assert!(client.send(&request, &cancel).await.is_err());
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn no_error_repeats_a_secret() {
    let echo = format!("bad secret {CANARY} and eyJhbGciOiJub25lIn0.eyJhIjoxfQ.x12345");
    let body = json!({ "error": "invalid_client", "error_description": echo });
    let server = Server::script(vec![Reply::json(401, &body); 2]).await;
    let form = Request::form(
        server.at("/"),
        vec![
            ("grant_type", Secret::new("client_credentials")),
            ("client_secret", Secret::new(CANARY)),
        ],
    );
    assert!(!format!("{form:?}").contains(CANARY));
    let (http, _) = http();
    for request in [form, Request::get(server.at("/")).bearer(&Secret::new(CANARY))] {
        let error = http.send(&request, &CancellationToken::new()).await.unwrap_err();
        let all = format!("{error} {error:?} {request:?} {http:?}");
        assert!(!all.contains(CANARY) && !all.contains("eyJ"), "{all}");
        assert!(error.to_string().contains("bad secret …"), "{error}");
    }
    assert_eq!(
        server.seen()[0].body,
        format!("grant_type=client_credentials&client_secret={CANARY}")
    );
}

#[test]
fn a_clock_that_is_off_is_named() {
    let mut error = HttpError::new(HttpErrorKind::Unauthorized, "login.example");
    assert_eq!(error.hint(), HttpErrorKind::Unauthorized.hint());
    error.clock_ahead = Some(600);
    assert!(error.hint().contains("10 minutes slow"));
    error.clock_ahead = Some(-7200);
    assert!(error.hint().contains("120 minutes fast"));
    error.clock_ahead = Some(60);
    assert_eq!(error.clock_words(), None);
}

proptest! {
    #[test]
    fn any_error_body_gives_one_clean_line(body in "\\PC{0,60}|[\\x00-\\xff]{0,60}", secret in "[a-z]{8,12}") {
        let json = json!({ "error": { "code": body, "message": format!("{body}{secret}") } });
        let mut error = HttpError::new(HttpErrorKind::Server, "h");
        error.read_body(json.to_string().as_bytes(), &[&secret]);
        error.read_body(body.as_bytes(), &[]);
        let line = error.to_string();
        prop_assert!(!line.contains(&secret));
        prop_assert!(!line.chars().any(crate::text::is_hidden));
        prop_assert!(line.chars().count() < 3000);
    }
}
