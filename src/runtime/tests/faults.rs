//! Every fault of issue 4, point 8, from the service's socket to the screen: keys are answered while
//! it lasts, the rows that were there stay, and it ends in one line with what to do. C7, E1.

use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use crate::app::Modal;
use crate::backend::Live as _;
use crate::backend::fly::standin::{Asked, Standin, error, fly, options, rows};
use crate::runtime::decode::Input;
use crate::testing::harness::{Harness, Setup};
use crate::testing::keys::parse_keys;
use crate::testing::server::{Reply, untrusted};
use serde_json::json;

/// Rows that were read before.
const COUNT: usize = 500;
/// Nothing but silence may take this long.
const PATIENT: Duration = Duration::from_secs(30);
/// Long enough for a busy machine to sign in.
const IMPATIENT: Duration = Duration::from_secs(4);

/// What is remembered of a context, whatever its address.
struct Remembered {
    dir: tempfile::TempDir,
    api: String,
}

impl Remembered {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let service = Standin::with(COUNT).await;
        let (good, _) = service.fly(Some(dir.path().join("good")));
        good.refresh(&|_| {}).await.unwrap();
        Self { api: service.server.at("fly").to_string(), dir }
    }

    /// The cache of the same context at another address.
    fn at(&self, api: &Url) -> PathBuf {
        let text = std::fs::read_to_string(self.dir.path().join("good")).unwrap();
        let path = self.dir.path().join("mine");
        std::fs::write(&path, text.replacen(&self.api, api.as_str(), 1)).unwrap();
        path
    }

    /// Refreshes at an address: types while that lasts, and gives the screen after it and the whole
    /// of the message on one line.
    async fn refreshed(&self, api: Url, token_url: Url, patience: Duration) -> (String, String) {
        let cache = self.at(&api);
        let mut options = options(api, token_url, Some(cache));
        options.http.read_timeout = patience;
        let (fly, _) = fly(options);
        let mut setup = Setup::new(fly);
        setup.size = (100, 30);
        let mut harness = Harness::begin(setup).await;
        while harness.model().list.shown.len() < COUNT {
            turn(&mut harness).await;
        }
        // Each key has its effect by the time its turn ends, whatever the service does.
        for key in parse_keys("jjj<space>/wave<enter>").unwrap() {
            harness.input(Input::Key(key));
            turn(&mut harness).await;
        }
        let typed = harness.screen();
        assert!(typed.contains("1 marked") && typed.contains("5/500"), "{typed}");
        let screen = harness.settle().await.unwrap();
        harness.keys("m").await.unwrap();
        let Some(Modal::Message(message)) = harness.model().modals.last() else {
            panic!("no message: {}", harness.screen())
        };
        (screen, message.lines.join(" "))
    }

    /// As [`Self::refreshed`] with a service that answers every page so.
    async fn answered(
        &self,
        twist: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
    ) -> (String, String) {
        self.waited(PATIENT, twist).await
    }

    /// As [`Self::answered`], with the longest time without a byte.
    async fn waited(
        &self,
        patience: Duration,
        twist: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
    ) -> (String, String) {
        let service = Standin::twisted(0, move |asked| Some(twist(asked))).await;
        let (api, token_url) = (service.server.at("fly"), service.server.at("connect/token"));
        self.refreshed(api, token_url, patience).await
    }
}

/// Lets the loop go on; a loop that stands still says so.
async fn turn(harness: &mut Harness) {
    let turn = tokio::time::timeout(Duration::from_secs(60), harness.turn()).await;
    assert!(turn.is_ok(), "nothing happens any more:\n{}", harness.screen());
}

#[track_caller]
fn reported((screen, message): &(String, String), what: &str, hint: &str) {
    assert!(
        screen.contains("500 of 500  ") && screen.contains("  as of "),
        "the rows stay: {screen}"
    );
    assert!(screen.contains("1 marked") && screen.contains("5/500"), "{screen}");
    assert!(screen.contains("✗ Not refreshed: ") && screen.contains("r tries again"), "{screen}");
    for words in [what, hint] {
        assert!(message.contains(words), "{words:?} is not in {message}");
    }
}

#[tokio::test]
async fn a_status_that_is_a_refusal_or_a_failure() {
    let before = Remembered::new().await;
    for (status, what, hint) in [
        (400, "the request was not accepted (400", "context test --report"),
        (401, "not signed in (401", "same data centre"),
        (403, "not allowed (403", "scope fly.graph.readwrite.all"),
        (404, "not found (404", "whether it ends in /fly"),
        (409, "in conflict with an existing entry (409", "context test --report"),
        (418, "an unexpected answer (418", "context test --report"),
        (429, "too many requests (429", "Wait a minute, then refresh."),
        (500, "the server failed (500", "refresh later"),
        (502, "the server failed (502", "refresh later"),
        (503, "the server failed (503", "refresh later"),
    ] {
        reported(&before.answered(move |_| error(status, "Played")).await, what, hint);
    }
    let asked = Reply::with(429, "Retry-After: 7\r\n", "{}");
    reported(&before.answered(move |_| asked.clone()).await, "wait 7 s", "Wait that long");
}

#[tokio::test]
async fn an_answer_that_is_slow_broken_or_no_list() {
    let before = Remembered::new().await;
    let head = "HTTP/1.1 200 X\r\nContent-Length: 314572800\r\n\r\n{";
    let stalled = "HTTP/1.1 200 X\r\nContent-Length: 1000\r\n\r\n{\"data\"";
    // All at once, because each takes as long as one has patience.
    let silent =
        [Reply::Silence, Reply::Hold("HTTP/1.1 200".to_owned()), Reply::Hold(stalled.to_owned())];
    let silent = silent.map(|reply| before.waited(IMPATIENT, move |_| reply.clone()));
    for ended in futures_util::future::join_all(silent).await {
        reported(&ended, "the answer stopped coming", "Check the network");
    }
    for (reply, what, hint) in [
        (
            Reply::json(200, "{\"data\":{\"data\":[{"),
            "not the expected JSON",
            "check the API address",
        ),
        (
            Reply::with(200, "Content-Type: text/html\r\n", "<html>"),
            "not the expected JSON",
            "proxy",
        ),
        (Reply::Hold(head.to_owned()), "the answer is too long", "check the API address"),
        (Reply::Endless, "the answer is too long", "check the API address"),
    ] {
        reported(&before.answered(move |_| reply.clone()).await, what, hint);
    }
    let page = |items: Vec<serde_json::Value>, total: usize| {
        Reply::json(200, json!({ "data": { "data": items, "totalCount": total } }))
    };
    let repeated = before.answered(move |_| page(rows(200), 1_000)).await;
    reported(&repeated, "the pages go in circles", "The list is left as it was.");
}

#[tokio::test]
async fn a_service_that_cannot_be_reached_or_trusted() {
    let before = Remembered::new().await;
    let gone = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}/", listener.local_addr().unwrap())
    };
    for (address, what, hint) in [
        (gone.as_str(), "the connection was refused", "the address and port"),
        // Never resolves (RFC 6761).
        ("https://fly.invalid/", "the host name is unknown", "HTTPS_PROXY"),
        (untrusted().as_str(), "the certificate is not trusted", "ca_bundle"),
    ] {
        let url = Url::parse(address).unwrap();
        let at = |path: &str| url.join(path).unwrap();
        reported(&before.refreshed(at("fly"), at("connect/token"), PATIENT).await, what, hint);
    }
}

/// These two end with a list, and with a line about it.
#[tokio::test]
async fn a_total_that_shrinks_and_rows_that_come_twice() {
    let before = Remembered::new().await;
    let page = |asked: &Asked, rows: &[serde_json::Value], total: usize| {
        let end = (asked.skip + asked.top).min(rows.len());
        let items = rows.get(asked.skip..end).unwrap_or_default();
        Reply::json(200, json!({ "data": { "data": items, "totalCount": total } }))
    };
    let all = rows(600);
    let shrinking = move |asked: &Asked| page(asked, &all, 600 - asked.number);
    let (screen, message) = before.answered(shrinking).await;
    assert!(screen.contains("600 of 600") && screen.contains("1 marked"), "{screen}");
    assert!(message.contains("Refresh again"), "{message}");
    let mut all = rows(600);
    all[250] = all[3].clone();
    let (screen, message) = before.answered(move |asked| page(asked, &all, 600)).await;
    assert!(screen.contains("599 of 599") && screen.contains("1 marked"), "{screen}");
    assert!(message.contains("1 row came twice and are listed once"), "{message}");
}
