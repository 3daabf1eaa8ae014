//! Fetching against a server on this machine that breaks, changes its mind and lies. D7, E1-E4.

use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sha2::Digest as _;
use tempfile::TempDir;

mod faults;

use super::*;
use crate::backend::http::HttpErrorKind;
use crate::domain::agent::MAX_BYTES;
use crate::testing::server::{Reply, Seen, Server};

const NAME: &str = "Agent.msi";

/// 40,000 bytes in which no stretch repeats at a small distance.
fn body() -> String {
    (0..5_000).map(|it| format!("{it:07} ")).collect()
}

fn sha(text: &str) -> Sha256 {
    Sha256(sha2::Sha256::digest(text.as_bytes()).into())
}

/// A folder, what was reported, and a client that waits for nothing.
struct Place {
    folder: TempDir,
    reported: Mutex<Vec<Step>>,
    options: HttpOptions,
    cancel: CancellationToken,
    /// Cancel as soon as bytes are here.
    impatient: bool,
}

impl Place {
    fn new() -> Self {
        let options =
            HttpOptions { read_timeout: Duration::from_millis(300), ..HttpOptions::default() };
        let folder = tempfile::tempdir().unwrap();
        Self {
            folder,
            reported: Mutex::default(),
            options,
            cancel: CancellationToken::new(),
            impatient: false,
        }
    }

    fn order(&self, from: &str) -> Order {
        let to = self.folder.path().to_owned();
        Order { from: from.into(), to, checks: Checks::default(), force: false, unverified: true }
    }

    async fn fetch(&self, order: Order) -> Result<Fetched, AgentError> {
        order.accepted()?;
        let http = Http::for_files(self.options.clone().with_http_loopback()).unwrap();
        let source = Source::of(&order.from, || Ok(Http::noting_waits(http).0))?;
        let report = |step| {
            if self.impatient && matches!(step, Step::Bytes { .. }) {
                self.cancel.cancel();
            }
            self.reported.lock().unwrap().push(step);
        };
        Download { source, order, cancel: &self.cancel, report: &report }.run().await
    }

    async fn get(&self, server: &Server) -> Result<Fetched, AgentError> {
        self.fetch(self.order(server.at(NAME).as_str())).await
    }

    fn reported(&self, wanted: impl Fn(&Step) -> bool) -> bool {
        self.reported.lock().unwrap().iter().any(wanted)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[track_caller]
    fn holds(&self, text: &str) {
        assert_eq!(self.files(), [NAME]);
        assert!(fs::read_to_string(self.path(NAME)).unwrap() == text, "another content");
        let mode = fs::metadata(self.path(NAME)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "E2");
    }
}

fn serve(_: &Seen) -> Reply {
    Reply::with(200, "", body())
}

/// The beginning of the file, then the end of the connection, or silence.
fn cut(bytes: usize, open: bool) -> Reply {
    let body = body();
    Reply::part(200, format!("Content-Length: {}\r\n", body.len()), &body[..bytes], open)
}

#[tokio::test]
async fn it_comes_whole_for_its_owner_only_and_without_anything_left() {
    let (place, server) = (Place::new(), Server::new(serve).await);
    let got = place.get(&server).await.unwrap();
    place.holds(&body());
    assert_eq!((got.bytes, got.sha256), (40_000, sha(&body())));
    assert!(!got.checked && !got.already && got.length_told);
    assert_eq!(got.host.as_deref(), Some("127.0.0.1"));
    assert!(place.reported(|it| *it == Step::Bytes { done: 40_000, total: Some(40_000) }));
    let head = server.seen()[0].head.to_ascii_lowercase();
    assert!(head.contains("accept-encoding: identity") && !head.contains("authorization"));
    assert!(!head.contains("range:") && !head.contains("cookie") && !head.contains("referer"));
}

#[tokio::test]
async fn a_download_that_breaks_or_stalls_starts_again() {
    for open in [false, true] {
        let place = Place::new();
        let server = Server::script(vec![cut(16_384, open), Reply::with(200, "", body())]).await;
        place.get(&server).await.unwrap();
        place.holds(&body());
        assert!(place.reported(|it| matches!(it, Step::Again(_))));
        assert!(!server.seen()[1].head.to_ascii_lowercase().contains("range:"));
    }
}

#[tokio::test]
async fn a_server_that_always_breaks_is_given_up_and_leaves_nothing() {
    for (reply, kind) in [
        (cut(5_000, false), HttpErrorKind::Broken),
        (cut(5_000, true), HttpErrorKind::Stalled),
        (Reply::Silence, HttpErrorKind::Stalled),
    ] {
        let place = Place::new();
        let server = Server::script(vec![reply; 9]).await;
        let error = place.get(&server).await.unwrap_err();
        let AgentError::Http(http) = &error else { panic!("{error:?}") };
        assert_eq!(http.kind, kind);
        assert_eq!(server.seen().len(), 5, "the first, and four more");
        assert_eq!(place.files(), [""; 0]);
    }
}

#[tokio::test]
async fn a_wrong_digest_puts_nothing_in_place_and_names_both() {
    let (place, server) = (Place::new(), Server::new(serve).await);
    let mut order = place.order(server.at(NAME).as_str());
    order.checks.sha256 = Some(sha("another"));
    let error = place.fetch(order).await.unwrap_err();
    let (wanted, found) = (sha("another"), sha(&body()));
    assert_eq!(error, AgentError::Digest { wanted, found });
    assert!(error.to_string().contains(&wanted.to_string()));
    assert!(error.to_string().contains(&found.to_string()));
    assert_eq!(place.files(), [""; 0]);
}

#[tokio::test]
async fn without_a_length_it_comes_and_says_so() {
    let place = Place::new();
    let server = Server::script(vec![Reply::part(200, "", &body(), false)]).await;
    let got = place.get(&server).await.unwrap();
    place.holds(&body());
    assert!(!got.length_told);
    assert!(place.reported(|it| matches!(it, Step::Bytes { total: None, .. })));
}

#[tokio::test]
async fn refusals_are_reported_with_their_status_and_leave_nothing() {
    for (status, kind) in [
        (404, HttpErrorKind::NotFound),
        (403, HttpErrorKind::Forbidden),
        (401, HttpErrorKind::Unauthorized),
        (204, HttpErrorKind::Status),
        (206, HttpErrorKind::Status),
        (416, HttpErrorKind::Status),
        (304, HttpErrorKind::Redirected),
    ] {
        let (place, server) = (Place::new(), Server::script(vec![Reply::json(status, "{}")]).await);
        let error = place.get(&server).await.unwrap_err();
        let AgentError::Http(http) = &error else { panic!("{error:?}") };
        assert_eq!(http.kind, kind, "{status}");
        assert_eq!(place.files(), [""; 0], "{status}");
        assert_eq!(server.seen().len(), 1, "{status} is not asked again");
        assert!(!error.hint().is_empty() || status == 204);
    }
}

#[tokio::test]
async fn a_busy_server_is_asked_again() {
    let place = Place::new();
    let server = Server::script(vec![
        Reply::with(429, "Retry-After: 1\r\n", ""),
        Reply::with(503, "", ""),
        Reply::with(200, "", body()),
    ])
    .await;
    place.get(&server).await.unwrap();
    place.holds(&body());
}

#[tokio::test]
async fn redirects_are_followed_five_times_and_the_host_is_reported() {
    let last = Arc::new(Server::new(serve).await);
    for (hops, fine) in [(1, true), (5, true), (6, false)] {
        let place = Place::new();
        let end = last.at("blob/x?sig=canary-signature");
        let server = Server::new(move |seen| {
            let number: usize = seen.line.rsplit('/').next().unwrap().parse().unwrap();
            let next = match number + 1 {
                it if it == hops => end.to_string(),
                it => format!("/{it}"),
            };
            Reply::with(302, &format!("Location: {next}\r\n"), "")
        })
        .await;
        let mut order = place.order(server.at("0").as_str());
        order.to = place.path(NAME);
        order.checks.sha256 = Some(sha(&body()));
        let got = place.fetch(order).await;
        assert_eq!(got.is_ok(), fine, "{hops}: {got:?}");
        match got {
            Ok(_) => assert!(place.reported(|it| *it == Step::From("127.0.0.1".into()))),
            Err(error) => {
                assert!(matches!(error, AgentError::Redirects { limit: 5, .. }), "{error:?}");
                assert!(!format!("{error:?} {error}").contains("canary"));
            }
        }
        assert!(!format!("{:?}", place.reported.lock().unwrap()).contains("canary"), "E3");
    }
}

/// The attack: the address that an admin knows leads to a server of somebody else.
#[tokio::test]
async fn without_a_hash_no_other_host_gives_the_file_and_nothing_is_fetched_unasked() {
    let theirs = Server::new(serve).await;
    let to = theirs.at("blob/x?sig=canary-signature").to_string();
    let leading = || Server::script(vec![Reply::with(302, &format!("Location: {to}\r\n"), "")]);
    let (place, named) = (Place::new(), leading().await);
    let mut order = place.order(named.at(NAME).as_str());
    let error = place.fetch(order.clone()).await.unwrap_err();
    assert!(matches!(error, AgentError::OtherHost { .. }), "{error:?}");
    assert!(!format!("{error:?} {error} {}", error.hint()).contains("canary"), "E3");
    assert!(theirs.seen().is_empty() && place.files().is_empty());
    // Nobody accepted an unverified file: nobody is asked for it.
    order.unverified = false;
    assert_eq!(place.fetch(order.clone()).await, Err(AgentError::NoHash));
    assert_eq!(named.seen().len(), 1);
    let path = Order { from: "/dev/null".into(), ..order.clone() };
    assert_eq!(place.fetch(path).await, Err(AgentError::NoHash));
    // With a hash the host does not matter; the same host may move the file without one.
    let named = leading().await;
    order.from = named.at(NAME).to_string();
    order.checks.sha256 = Some(sha(&body()));
    assert!(place.fetch(order).await.unwrap().checked);
    let place = Place::new();
    let moved = Reply::with(301, "Location: /new/Agent.msi\r\n", "");
    let named = Server::script(vec![moved, Reply::with(200, "", body())]).await;
    assert!(!place.get(&named).await.unwrap().checked);
}

#[tokio::test]
async fn no_redirect_leads_off_https_or_carries_a_password() {
    for (to, kind) in [
        ("http://files.example/a.msi", HttpErrorKind::NotHttps),
        ("ftp://files.example/a.msi", HttpErrorKind::NotHttps),
        ("file:///etc/passwd", HttpErrorKind::BadUrl),
        ("https://me:canary@files.example/a.msi", HttpErrorKind::BadUrl),
        ("https://", HttpErrorKind::Redirected),
    ] {
        let place = Place::new();
        let server =
            Server::script(vec![Reply::with(302, &format!("Location: {to}\r\n"), "")]).await;
        let mut order = place.order(server.at(NAME).as_str());
        order.checks.sha256 = Some(sha(&body()));
        let error = place.fetch(order).await.unwrap_err();
        let AgentError::Http(http) = &error else { panic!("{error:?}") };
        assert_eq!(http.kind, kind, "{to}");
        assert!(!format!("{error:?}").contains("canary"));
    }
}

#[tokio::test]
async fn another_file_is_not_overwritten_unless_forced() {
    let (place, server) = (Place::new(), Server::new(serve).await);
    fs::write(place.path(NAME), "mine").unwrap();
    let error = place.get(&server).await.unwrap_err();
    assert!(error.exists(), "{error:?}");
    assert!(server.seen().is_empty(), "nothing is fetched in vain");
    assert_eq!(fs::read_to_string(place.path(NAME)).unwrap(), "mine");
    let order = Order { force: true, ..place.order(server.at(NAME).as_str()) };
    place.fetch(order).await.unwrap();
    place.holds(&body());
    // The very file is there: nothing to do.
    let mut order = place.order(server.at(NAME).as_str());
    order.checks.sha256 = Some(sha(&body()));
    let got = place.fetch(order).await.unwrap();
    assert!(got.already && got.checked);
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn what_is_too_large_or_no_installer_is_refused() {
    let page = "Content-Type: text/HTML; charset=utf-8\r\n";
    let packed = "Content-Encoding: gzip\r\n";
    for (reply, part) in [
        (Reply::with(200, "", body()), "more than 1000 bytes"),
        (Reply::part(200, "", &body(), false), "more than 1000 bytes"),
        (Reply::Endless, "more than 1000 bytes"),
        (Reply::with(200, page, "<html>"), "a web page was sent"),
        (Reply::with(200, packed, "x"), "sent compressed"),
        (Reply::with(200, "", ""), "is empty"),
    ] {
        let (place, server) = (Place::new(), Server::script(vec![reply]).await);
        let mut order = place.order(server.at(NAME).as_str());
        order.checks.max_bytes = 1_000;
        let error = place.fetch(order).await.unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
        assert_eq!(place.files(), [""; 0], "{part}");
    }
}

#[tokio::test]
async fn cancelling_ends_the_request_and_leaves_nothing() {
    let place = Place { impatient: true, ..Place::new() };
    let server = Server::script(vec![cut(12_000, true)]).await;
    assert_eq!(place.get(&server).await, Err(AgentError::Stopped));
    server.left.notified().await;
    assert_eq!(place.files(), [""; 0]);
}

#[tokio::test]
async fn cancelling_a_copy_leaves_nothing() {
    let (place, source) = (Place { impatient: true, ..Place::new() }, tempfile::tempdir().unwrap());
    let from = source.path().join(NAME);
    fs::write(&from, body()).unwrap();
    let copied = place.fetch(place.order(from.to_str().unwrap())).await;
    assert_eq!(copied, Err(AgentError::Stopped));
    assert_eq!(place.files(), [""; 0]);
}

#[tokio::test]
async fn a_path_is_copied_with_the_same_checks() {
    let (place, source) = (Place::new(), tempfile::tempdir().unwrap());
    let from = source.path().join(NAME);
    fs::write(&from, body()).unwrap();
    let mut order = place.order(from.to_str().unwrap());
    order.checks.sha256 = Some(sha("another"));
    assert!(matches!(place.fetch(order.clone()).await, Err(AgentError::Digest { .. })));
    order.checks = Checks { sha256: None, max_bytes: 1_000 };
    let small = place.fetch(order.clone()).await;
    assert_eq!(small, Err(AgentError::TooLarge { limit: 1_000 }));
    assert_eq!(place.files(), [""; 0]);
    order.checks = Checks { sha256: Some(sha(&body())), max_bytes: MAX_BYTES };
    let got = place.fetch(order).await.unwrap();
    place.holds(&body());
    assert_eq!(got.host, None);
    let folder = place.fetch(Order { force: true, ..place.order("/") }).await;
    assert!(folder.unwrap_err().to_string().contains("it is a folder"));
    let none = place.fetch(place.order("/no/such/x.msi")).await.unwrap_err();
    assert!(none.to_string().contains("x.msi: no such file"), "{none}");
}

#[test]
fn a_location_is_an_address_or_a_path() {
    let of = |location: &str| Source::of(location, || Http::for_files(HttpOptions::default()));
    assert!(matches!(of("https://fly.example/a.msi"), Ok(Source::Web(..))));
    assert!(matches!(of("/mnt/a.msi"), Ok(Source::File(_))));
    assert_eq!(of(r"\\files\fly\a.msi").unwrap_err(), AgentError::Share);
    assert!(matches!(of(""), Err(AgentError::Location(_))));
    assert!(matches!(of("https://"), Err(AgentError::Location(_))));
}

#[tokio::test]
async fn a_target_that_cannot_be_written_asks_nobody() {
    let (place, server) = (Place::new(), Server::new(serve).await);
    let folder = place.folder.path();
    std::os::unix::fs::symlink(folder.join("victim"), folder.join("link.msi")).unwrap();
    for (to, part) in [
        ("no/such/a.msi", "no such folder"),
        ("new/", "not the name of a file"),
        ("no/..", "not the name of a file"),
        ("link.msi", "symbolic link"),
    ] {
        let order =
            Order { to: folder.join(to), force: true, ..place.order(server.at(NAME).as_str()) };
        let error = place.fetch(order).await.unwrap_err();
        assert!(error.to_string().contains(part), "{to}: {error}");
        assert!(server.seen().is_empty() && !folder.join("victim").exists(), "{to}");
    }
    let to = folder.join("other.msi");
    let order = Order { to: to.clone(), ..place.order(server.at(NAME).as_str()) };
    assert_eq!(place.fetch(order).await.unwrap().file, to);
}
