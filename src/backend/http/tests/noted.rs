//! What the log records of requests, and what it never does. E3.

use serde_json::Value;
use tracing::Instrument;

use super::*;
use crate::log::Level;
use crate::log::testing::TestLog;

/// A request that carries the canary wherever a request can.
fn loaded(url: Url) -> Request {
    let fields = vec![("client_secret", Secret::new(CANARY)), ("scope", Secret::new(CANARY))];
    Request { verb: Verb::Get, ..Request::form(url, fields) }
        .bearer(&Secret::new(CANARY))
        .header("x-extra", CANARY)
}

async fn lines_of(replies: Vec<Reply>) -> (Vec<Value>, String) {
    let log = TestLog::new(Level::Trace);
    let server = Server::script(replies).await;
    let (http, _waits) =
        Http::for_tests(HttpOptions { retries: 1, max_body: 1_000, ..Default::default() });
    let mut url = server.at(&format!("/{CANARY}/oauth2/v2.0/token?key={CANARY}#{CANARY}"));
    url.set_query(Some(CANARY));
    let span = tracing::error_span!("call", request_id = tracing::field::Empty);
    let _ = http.send(&loaded(url), &CancellationToken::new()).instrument(span).await;
    let text = log.text();
    assert!(!text.contains(CANARY), "{text}");
    (log.lines(), text)
}

#[tokio::test]
async fn a_request_is_one_line_with_status_duration_and_id() {
    let (lines, text) =
        lines_of(vec![Reply::with(200, "request-id: abc-1\r\n", format!("\"{CANARY}\""))]).await;
    assert_eq!(lines.len(), 1, "{text}");
    let line = &lines[0];
    assert_eq!(line["level"], "DEBUG");
    assert_eq!((&line["method"], &line["host"]), (&"GET".into(), &"127.0.0.1".into()));
    assert_eq!(line["path"], "/{}/oauth2/v2.0/token");
    assert_eq!((&line["status"], &line["outcome"]), (&200.into(), &"ok".into()));
    assert_eq!((&line["attempt"], &line["request_id"]), (&1.into(), &"abc-1".into()));
    assert_eq!(line["span"]["request_id"], "abc-1", "the call it is for names it too");
    assert!(line["duration_ms"].as_f64().unwrap() > 0.0);
}

#[tokio::test]
async fn no_failure_brings_a_secret_into_the_log() {
    let body = serde_json::json!({ "error": { "code": CANARY, "message": CANARY,
        "innererror": { "request-id": "r-1" } } });
    let hostile = format!("request-id: {CANARY}\r\nLocation: https://{CANARY}.example/\r\n");
    for (reply, outcome) in [
        (Reply::json(400, &body), "BadRequest"),
        (Reply::json(401, &body), "Unauthorized"),
        (Reply::json(403, &body), "Forbidden"),
        (Reply::json(404, &body), "NotFound"),
        (Reply::json(409, &body), "Conflict"),
        (Reply::json(418, &body), "Status"),
        (Reply::json(429, &body), "Throttled"),
        (Reply::json(500, &body), "Server"),
        (Reply::with(302, &hostile, CANARY), "Redirected"),
        (Reply::with(503, &hostile, CANARY), "Server"),
        (Reply::Close, "Broken"),
        (Reply::Endless, "TooLarge"),
        (Reply::part(200, "Content-Length: 99\r\n", CANARY, false), "Broken"),
    ] {
        let again = matches!(outcome, "Throttled" | "Server" | "Broken");
        let (lines, text) = lines_of(vec![reply.clone(), reply]).await;
        assert_eq!(lines[0]["outcome"], outcome, "{text}");
        assert_eq!(lines[0]["level"], "WARN");
        assert_eq!(lines.len(), if again { 2 } else { 1 }, "{text}");
        assert_eq!(lines.last().unwrap()["attempt"], lines.len());
    }
}

#[tokio::test]
async fn a_cancelled_request_says_so() {
    let log = TestLog::new(Level::Debug);
    let server = Server::script(vec![Reply::Silence]).await;
    let (http, _waits) = http();
    let cancel = CancellationToken::new();
    let stop = async {
        server.came.notified().await;
        cancel.cancel();
    };
    let request = loaded(server.at("/x"));
    let (answer, ()) = tokio::join!(http.send(&request, &cancel), stop);
    assert_eq!(answer.unwrap_err().kind, HttpErrorKind::Cancelled);
    let lines = log.lines();
    assert_eq!((lines.len(), &lines[0]["outcome"]), (1, &"cancelled".into()));
}
