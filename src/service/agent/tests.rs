//! Fetching against a server on this machine that breaks, changes its mind and lies. D7, E1-E4.

use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sha2::Digest as _;
use tempfile::TempDir;

mod faults;

use super::*;
use crate::backend::http::HttpErrorKind;
use crate::backend::http::testserver::{Reply, Seen, Server};
use crate::domain::agent::MAX_BYTES;

const NAME: &str = "Agent.msi";

/// 40,000 bytes in which no stretch repeats at a small distance.
fn body() -> String {
    (0..5_000).map(|it| format!("{it:07} ")).collect()
}

fn sha(text: &str) -> Sha256 {
    Sha256(sha2::Sha256::digest(text.as_bytes()).into())
}

/// A folder, what was told, and a client that waits for nothing.
struct Place {
    folder: TempDir,
    told: Mutex<Vec<Step>>,
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
            told: Mutex::default(),
            options,
            cancel: CancellationToken::new(),
            impatient: false,
        }
    }

    fn order(&self, from: &str) -> Order {
        let to = self.folder.path().to_owned();
        Order { from: from.into(), to, checks: Checks::default(), resume: true, force: false }
    }

    async fn fetch(&self, order: Order) -> Result<Fetched, AgentError> {
        let http = Http::for_files(self.options.clone().with_http_loopback()).unwrap();
        let (http, _waits) = Http::noting_waits(http);
        let source = Source::of(&order.from)?;
        let client = Client { http: Some(http), source };
        let told = |step| {
            if self.impatient && matches!(step, Step::Bytes { .. }) {
                self.cancel.cancel();
            }
            self.told.lock().unwrap().push(step);
        };
        fetch_by(&client, order, &self.cancel, &told).await
    }

    async fn get(&self, server: &Server) -> Result<Fetched, AgentError> {
        self.fetch(self.order(server.at(NAME).as_str())).await
    }

    fn told(&self, wanted: impl Fn(&Step) -> bool) -> bool {
        self.told.lock().unwrap().iter().any(wanted)
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

    /// Leaves the first bytes of an earlier try behind, as a break does.
    async fn begun(&self, etag: &str, bytes: usize) -> Server {
        let server = Server::new(move |seen| serve(seen, "\"one\"")).await;
        let mut part = Part::open(&self.path(NAME), server.at(NAME).as_str(), true).unwrap();
        let note =
            part::Note { etag: Some(etag.into()), total: Some(40_000), ..Default::default() };
        part.begin(note).unwrap();
        part.write(&body().as_bytes()[..bytes]).unwrap();
        server
    }
}

fn value<'a>(seen: &'a Seen, name: &str) -> Option<&'a str> {
    let lines = seen.head.lines().filter_map(|line| line.split_once(':'));
    lines.filter(|(it, _)| it.eq_ignore_ascii_case(name)).map(|(_, it)| it.trim()).next()
}

/// A server that knows ranges, as RFC 9110 has it.
fn serve(seen: &Seen, etag: &str) -> Reply {
    let body = body();
    let from = value(seen, "range")
        .filter(|_| value(seen, "if-range") == Some(etag))
        .and_then(|it| it.strip_prefix("bytes=")?.strip_suffix('-')?.parse::<usize>().ok());
    let total = body.len();
    match from {
        Some(from) if from >= total => {
            Reply::with(416, &format!("Content-Range: bytes */{total}\r\n"), "")
        }
        Some(from) => {
            let range = format!("Content-Range: bytes {from}-{}/{total}\r\n", total - 1);
            Reply::with(206, &format!("ETag: {etag}\r\n{range}"), &body[from..total])
        }
        None => Reply::with(200, &format!("ETag: {etag}\r\n"), &body[..total]),
    }
}

/// The beginning of the file, then the end of the connection, or silence.
fn cut(etag: &str, bytes: usize, open: bool) -> Reply {
    let body = body();
    let head = format!("ETag: {etag}\r\nContent-Length: {}\r\n", body.len());
    Reply::part(200, head, &body[..bytes], open)
}

/// Plays `first` once, then a server that knows ranges.
async fn then_served(first: Reply, etag: &'static str) -> Server {
    let asked = AtomicUsize::new(0);
    Server::new(move |seen| match asked.fetch_add(1, Ordering::SeqCst) {
        0 => first.clone(),
        _ => serve(seen, etag),
    })
    .await
}

#[tokio::test]
async fn it_comes_whole_for_its_owner_only_and_without_anything_left() {
    let (place, server) = (Place::new(), Server::new(|it| serve(it, "\"one\"")).await);
    let got = place.get(&server).await.unwrap();
    place.holds(&body());
    assert_eq!((got.bytes, got.sha256), (40_000, sha(&body())));
    assert!(!got.checked && !got.already && got.length_told);
    assert_eq!(got.host.as_deref(), Some("127.0.0.1"));
    assert!(place.told(|it| *it == Step::Bytes { done: 40_000, total: Some(40_000) }));
    let head = server.seen()[0].head.to_ascii_lowercase();
    assert!(head.contains("accept-encoding: identity") && !head.contains("authorization"));
    assert!(!head.contains("range:") && !head.contains("cookie") && !head.contains("referer"));
}

#[tokio::test]
async fn a_break_in_the_middle_is_gone_on_from() {
    let (place, server) =
        (Place::new(), then_served(cut("\"one\"", 16_384, false), "\"one\"").await);
    place.get(&server).await.unwrap();
    place.holds(&body());
    let second = &server.seen()[1];
    assert_eq!(value(second, "if-range"), Some("\"one\""));
    assert_eq!(value(second, "range"), Some("bytes=16384-"));
    assert!(place.told(|it| matches!(it, Step::Again(_))));
    assert!(place.told(|it| *it == Step::Resumed(16_384)));
}

#[tokio::test]
async fn a_stalled_answer_is_asked_for_again() {
    let (place, server) = (Place::new(), then_served(cut("\"one\"", 5_000, true), "\"one\"").await);
    place.get(&server).await.unwrap();
    place.holds(&body());
    assert!(place.told(|it| *it == Step::Resumed(5_000)));
}

#[tokio::test]
async fn a_stalled_server_is_given_up_and_the_part_is_kept() {
    let place = Place::new();
    let mut replies = vec![cut("\"one\"", 5_000, false)];
    replies.extend(std::iter::repeat_n(Reply::Silence, 8));
    let server = Server::script(replies).await;
    let error = place.get(&server).await.unwrap_err();
    let AgentError::Http(http) = &error else { panic!("{error:?}") };
    assert_eq!(http.kind, HttpErrorKind::Stalled);
    assert_eq!(server.seen().len(), 5, "the first, and four more");
    assert_eq!(place.files(), ["Agent.msi.part", "Agent.msi.part.json"]);
    for name in place.files() {
        let mode = fs::metadata(place.path(&name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "E2: {name}");
    }
}

#[tokio::test]
async fn an_earlier_try_is_gone_on_from_and_checked_whole() {
    let place = Place::new();
    let server = place.begun("\"one\"", 10_000).await;
    let mut order = place.order(server.at(NAME).as_str());
    order.checks.sha256 = Some(sha(&body()));
    let got = place.fetch(order).await.unwrap();
    place.holds(&body());
    assert_eq!((got.resumed_at, got.checked), (10_000, true));
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn no_resume_begins_anew() {
    let place = Place::new();
    let server = place.begun("\"one\"", 10_000).await;
    let order = Order { resume: false, ..place.order(server.at(NAME).as_str()) };
    assert_eq!(place.fetch(order).await.unwrap().resumed_at, 0);
    place.holds(&body());
    assert_eq!(value(&server.seen()[0], "range"), None);
}

#[tokio::test]
async fn another_location_does_not_go_on_from_it() {
    let place = Place::new();
    let server = place.begun("\"one\"", 10_000).await;
    let mut order = place.order(server.at("Agent.msi?version=2").as_str());
    order.to = place.path(NAME);
    assert_eq!(place.fetch(order).await.unwrap().resumed_at, 0);
    place.holds(&body());
}

#[tokio::test]
async fn a_changed_file_begins_anew() {
    let place = Place::new();
    // The tag has changed: If-Range does not hold and the whole comes.
    let server = place.begun("\"old\"", 10_000).await;
    let got = place.get(&server).await.unwrap();
    place.holds(&body());
    assert_eq!(got.resumed_at, 0);
    assert!(place.told(|it| matches!(it, Step::Anew(_))));
}

#[tokio::test]
async fn a_server_that_mixes_two_files_is_not_believed() {
    // It honours the range, and names another tag, another place, or another length.
    for headers in [
        "ETag: \"two\"\r\nContent-Range: bytes 16384-39999/40000\r\n",
        "Content-Range: bytes 0-39999/40000\r\n",
        "Content-Range: bytes 16384-39999/41000\r\n",
        "Content-Range: nonsense\r\n",
        "",
    ] {
        let place = Place::new();
        let asked = AtomicUsize::new(0);
        let server = Server::new(move |seen| match asked.fetch_add(1, Ordering::SeqCst) {
            0 => cut("\"one\"", 16_384, false),
            1 => Reply::with(206, headers, &body()[16_384..]),
            _ => serve(seen, "\"two\""),
        })
        .await;
        place.get(&server).await.unwrap();
        place.holds(&body());
    }
}

#[tokio::test]
async fn a_server_without_ranges_starts_again() {
    let place = Place::new();
    let server = Server::script(vec![
        Reply::part(200, "Content-Length: 40000\r\n", &body()[..9_000], false),
        Reply::with(200, "", body()),
    ])
    .await;
    let got = place.get(&server).await.unwrap();
    place.holds(&body());
    assert_eq!(got.resumed_at, 0);
    assert_eq!(value(&server.seen()[1], "range"), None, "without a tag there is no asking");
}

#[tokio::test]
async fn a_wrong_digest_puts_nothing_in_place_and_names_both() {
    let (place, server) = (Place::new(), Server::new(|it| serve(it, "\"one\"")).await);
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
    assert!(place.told(|it| matches!(it, Step::Bytes { total: None, .. })));
}

#[tokio::test]
async fn refusals_are_told_with_their_status_and_leave_nothing() {
    for (status, kind) in [
        (404, HttpErrorKind::NotFound),
        (403, HttpErrorKind::Forbidden),
        (401, HttpErrorKind::Unauthorized),
        (204, HttpErrorKind::Status),
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
async fn a_whole_part_is_put_in_place_by_416() {
    let place = Place::new();
    let server = place.begun("\"one\"", 40_000).await;
    place.get(&server).await.unwrap();
    place.holds(&body());
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_416_that_does_not_fit_begins_anew() {
    let place = Place::new();
    let old = place.begun("\"one\"", 30_000).await;
    let url = old.url.clone();
    drop(old);
    let asked = AtomicUsize::new(0);
    let server = Server::new(move |seen| match asked.fetch_add(1, Ordering::SeqCst) {
        0 => Reply::with(416, "Content-Range: bytes */20000\r\n", ""),
        _ => serve(seen, "\"one\""),
    })
    .await;
    // The same part, now of a location on the new server.
    let from = server.at(NAME);
    assert_ne!(url, server.url);
    let mut part = Part::open(&place.path(NAME), from.as_str(), false).unwrap();
    part.begin(part::Note { etag: Some("\"one\"".into()), ..Default::default() }).unwrap();
    part.write(&body().as_bytes()[..30_000]).unwrap();
    drop(part);
    place.fetch(place.order(from.as_str())).await.unwrap();
    place.holds(&body());
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_file_that_always_changes_is_given_up() {
    let place = Place::new();
    let number = AtomicUsize::new(0);
    let server = Server::new(move |_| {
        cut(&format!("\"{}\"", number.fetch_add(1, Ordering::SeqCst)), 4_000, false)
    })
    .await;
    let error = place.get(&server).await.unwrap_err();
    assert!(matches!(error, AgentError::NotTheFile { .. }), "{error:?}");
    assert_eq!(place.files(), [""; 0]);
}

#[tokio::test]
async fn redirects_are_followed_five_times_and_the_host_is_told() {
    let last = Arc::new(Server::new(|it| serve(it, "\"one\"")).await);
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
        let got = place.fetch(order).await;
        assert_eq!(got.is_ok(), fine, "{hops}: {got:?}");
        match got {
            Ok(_) => assert!(place.told(|it| *it == Step::From("127.0.0.1".into()))),
            Err(error) => {
                assert!(matches!(error, AgentError::Redirects { limit: 5, .. }), "{error:?}");
                assert!(!format!("{error:?} {error}").contains("canary"));
            }
        }
        assert!(!format!("{:?}", place.told.lock().unwrap()).contains("canary"), "E3");
    }
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
        let error = place.get(&server).await.unwrap_err();
        let AgentError::Http(http) = &error else { panic!("{error:?}") };
        assert_eq!(http.kind, kind, "{to}");
        assert!(!format!("{error:?}").contains("canary"));
    }
}

#[tokio::test]
async fn another_file_is_not_overwritten_unless_forced() {
    let (place, server) = (Place::new(), Server::new(|it| serve(it, "\"one\"")).await);
    fs::write(place.path(NAME), "mine").unwrap();
    let error = place.get(&server).await.unwrap_err();
    assert_eq!(error, AgentError::Exists { file: place.path(NAME) });
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
        (Reply::with(200, page, "<html>"), "a web page came"),
        (Reply::with(200, packed, "x"), "came packed"),
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
async fn cancelling_ends_the_request_and_keeps_the_part() {
    let place = Place { impatient: true, ..Place::new() };
    let server = then_served(cut("\"one\"", 12_000, true), "\"one\"").await;
    assert_eq!(place.get(&server).await, Err(AgentError::Stopped));
    server.left.notified().await;
    assert_eq!(place.files(), ["Agent.msi.part", "Agent.msi.part.json"]);
    let again = Place { cancel: CancellationToken::new(), impatient: false, ..place };
    assert!(again.get(&server).await.unwrap().resumed_at > 0);
    again.holds(&body());
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
    assert!(matches!(folder, Err(AgentError::Location(_))), "{folder:?}");
    let none = place.fetch(place.order("/no/such/x.msi")).await.unwrap_err();
    assert!(matches!(none, AgentError::Disk { .. }), "{none:?}");
}

#[test]
fn a_location_is_an_address_or_a_path() {
    assert!(matches!(Source::of("https://fly.example/a.msi"), Ok(Source::Web(_))));
    assert!(matches!(Source::of("/mnt/a.msi"), Ok(Source::File(_))));
    assert_eq!(Source::of(r"\\files\fly\a.msi"), Err(AgentError::Share));
    assert!(matches!(Source::of(""), Err(AgentError::Location(_))));
    assert!(matches!(Source::of("https://"), Err(AgentError::Location(_))));
}

#[test]
fn an_unfinished_file_that_is_a_link_or_taken_is_left_alone() {
    let place = Place::new();
    let (target, part) = (place.path(NAME), place.path("Agent.msi.part"));
    let victim = place.path("victim");
    fs::write(&victim, "mine").unwrap();
    let open = || Part::open(&target, "x", true).map(|_| ());
    std::os::unix::fs::symlink(&victim, &part).unwrap();
    assert_eq!(open(), Err(AgentError::Foreign { file: part.clone() }));
    fs::remove_file(&part).unwrap();
    fs::hard_link(&victim, &part).unwrap();
    assert_eq!(open(), Err(AgentError::Foreign { file: part.clone() }));
    assert_eq!(fs::read_to_string(&victim).unwrap(), "mine");
    fs::remove_file(&part).unwrap();
    let held = Part::open(&target, "x", true);
    assert_eq!(open(), Err(AgentError::Busy { file: part }));
    drop(held);
    assert_eq!(open(), Ok(()));
}

#[test]
fn a_broken_note_is_no_reason_to_go_on() {
    let place = Place::new();
    for note in ["", "{", "[]", "{\"version\":2}", "{\"version\":1,\"location\":\"other\"}"] {
        fs::write(place.path("Agent.msi.part"), "begun").unwrap();
        fs::write(place.path("Agent.msi.part.json"), note).unwrap();
        assert_eq!(Part::open(&place.path(NAME), "x", true).unwrap().len, 0, "{note}");
    }
}

#[test]
fn the_target_is_a_file_or_a_folder_that_is_there() {
    let place = Place::new();
    let folder = place.folder.path();
    let from = "https://fly.example/Agent.msi";
    assert_eq!(target(folder, from), Ok(place.path(NAME)));
    assert_eq!(target(&place.path("other.msi"), from), Ok(place.path("other.msi")));
    for bad in [folder.join("no/such/a.msi"), folder.join("new/"), folder.join("no/.."), "".into()]
    {
        assert!(matches!(target(&bad, from), Err(AgentError::NoFolder { .. })), "{bad:?}");
    }
}
