//! Point 8: each fault ends in one line that says what to do, the list stays as it was, and
//! cancelling ends the request at once.

use super::*;

/// A context that has a list of three rows, whose service is replaced by another.
struct Before {
    _dir: tempfile::TempDir,
    cache: PathBuf,
    rows: Vec<Summary>,
}

impl Before {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let cache = dir.path().join("contoso.json");
        let service = Standin::with(3).await;
        let mut options = service.options(Some(cache.clone()));
        options.settings.api = Url::parse("http://127.0.0.1:9/fly").unwrap();
        let (fly, _) = service.fly(None);
        refresh(&fly).await.unwrap();
        let list = all(&fly).await;
        let raw = rows(3).iter().filter_map(wire::connection).collect();
        cache::write(&cache, &options.settings, &Snapshot::of_rows(raw, clock(), Vec::new()))
            .unwrap();
        Self { _dir: dir, cache, rows: list }
    }

    /// The same context at an address, with what it remembers.
    fn at(&self, api: Url, token_url: Url) -> (Fly, super::Waits) {
        self.patient(api, token_url, Duration::from_secs(30))
    }

    /// As [`Self::at`], with the longest time without a byte.
    fn patient(&self, api: Url, token_url: Url, patience: Duration) -> (Fly, super::Waits) {
        let text = std::fs::read_to_string(&self.cache).unwrap();
        let (head, content) = text.split_once('\n').unwrap();
        let mut head: Value = serde_json::from_str(head).unwrap();
        head["api"] = json!(api.as_str().trim_end_matches('/'));
        let mine = self._dir.path().join("mine.json");
        std::fs::write(&mine, format!("{head}\n{content}")).unwrap();
        let mut options = options(api, token_url, Some(mine));
        options.http.read_timeout = patience;
        fly(options)
    }

    /// Refreshes, expects it to fail, and that nothing was lost by it.
    async fn fails(&self, fly: &Fly) -> BackendError {
        let kept = fly.as_of();
        assert!(kept.is_some(), "the list was there before");
        let error = refresh(fly).await.unwrap_err();
        assert_eq!(all(fly).await, self.rows, "the list stays");
        assert_eq!(fly.as_of(), kept);
        assert!(!error.to_string().contains('\n') && !error.hint().contains('\n'));
        assert!(!error.hint().is_empty(), "{error}");
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        error
    }

    /// As [`Self::fails`] with a service that answers its first page, and every later one, so.
    async fn answered(&self, reply: Reply) -> (BackendError, Vec<u64>) {
        let silent = matches!(reply, Reply::Silence | Reply::Hold(_));
        let patience = Duration::from_millis(if silent { 700 } else { 30_000 });
        let service = Standin::twisted(0, move |_| Some(reply.clone())).await;
        let (api, token_url) = (service.server.at("fly"), service.server.at("connect/token"));
        let (fly, waits) = self.patient(api, token_url, patience);
        let error = self.fails(&fly).await;
        let waits = waits.lock().unwrap().iter().map(Duration::as_secs).collect();
        (error, waits)
    }
}

/// An address where nobody listens.
pub(super) fn nobody() -> Url {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap()
}

#[tokio::test]
async fn each_status_ends_in_a_line_that_says_what_to_do() {
    let before = Before::new().await;
    for (status, what, hint) in [
        (400, "the request was not accepted (400, Played)", "context test --report"),
        (401, "not signed in (401, Played)", "same data centre"),
        (403, "not allowed (403, Played)", "scope fly.graph.readwrite.all"),
        (404, "not found (404, Played)", "whether it ends in /fly"),
        (409, "in conflict with an existing entry (409, Played)", "context test --report"),
        (418, "an unexpected answer (418, Played)", "context test --report"),
        (500, "the server failed (500, Played)", "refresh later"),
        (502, "the server failed (502, Played)", "refresh later"),
        (503, "the server failed (503, Played)", "refresh later"),
        (
            302,
            "the server redirects elsewhere, which is not followed (302, Played)",
            "Check the address",
        ),
    ] {
        let (error, _) = before.answered(error(status, "Played")).await;
        let line = error.to_string();
        assert_eq!(line, format!("127.0.0.1: {what}: Played. [request req-7]"));
        assert!(error.hint().contains(hint), "{status}: {}", error.hint());
        let auth = matches!(error, BackendError::SignIn(_) | BackendError::Forbidden(_));
        assert_eq!(auth, matches!(status, 401 | 403), "exit code 4 for {status}");
    }
}

#[tokio::test]
async fn a_429_is_waited_for_as_asked_or_for_a_minute() {
    let before = Before::new().await;
    let (error, waits) = before.answered(error(429, "TooMany")).await;
    assert_eq!(waits, [60, 60, 60], "fly.md: 60 s when the service names none");
    assert_eq!(error.hint(), "Wait a minute, then refresh.");
    assert!(error.to_string().contains("too many requests (429, TooMany)"), "{error}");
    let asked = Reply::with(429, "Retry-After: 7\r\n", "{}");
    let (error, waits) = before.answered(asked).await;
    assert_eq!(waits, [7, 7, 7]);
    assert!(error.to_string().contains("too many requests (429); wait 7 s"), "{error}");
    // Longer than anybody waits.
    let (error, waits) = before.answered(Reply::with(429, "Retry-After: 3600\r\n", "{}")).await;
    assert_eq!(waits, Vec::<u64>::new());
    assert_eq!(error.hint(), "Wait that long, then refresh.");
}

#[tokio::test]
async fn a_503_is_tried_again_soon_or_when_it_asks_to_be() {
    let before = Before::new().await;
    let (error, waits) = before.answered(error(503, "Down")).await;
    assert_eq!(waits.len(), 1, "once more after a moment of its own choosing: {waits:?}");
    assert!(error.hint().contains("refresh later"), "{}", error.hint());
    let asked = Reply::with(503, "Retry-After: 30\r\n", "{}");
    let (error, waits) = before.answered(asked).await;
    assert_eq!(waits, [30, 30, 30]);
    assert!(error.to_string().contains("the server failed (503); wait 30 s"), "{error}");
    // The screen can say why nothing comes.
    let service = Standin::twisted(3, |asked| {
        (asked.number == 0).then(|| Reply::with(503, "Retry-After: 30\r\n", "{}"))
    })
    .await;
    let (fly, _) = service.fly(None);
    let (result, reported) = watched(&fly).await;
    result.unwrap();
    let notes: Vec<_> = reported.iter().filter_map(|it| it.note.as_deref()).collect();
    assert_eq!(notes, ["AvePoint Fly asks to wait 30 s (503)."]);
}

#[tokio::test]
async fn after_a_429_the_list_goes_on_where_it_was_with_one_wait_for_all_pages() {
    // The four pages after the first are refused once.
    let service = Standin::twisted(1_000, |asked| {
        (1..=4).contains(&asked.number).then(|| Reply::with(429, "Retry-After: 9\r\n", "{}"))
    })
    .await;
    let (fly, waits) = service.fly(None);
    let (result, reported) = watched(&fly).await;
    result.unwrap();
    assert_eq!(fly.count().await.unwrap(), 1_000);
    assert_eq!(*waits.lock().unwrap(), [Duration::from_secs(9)]);
    assert_eq!(service.lists().len(), 9);
    let notes: Vec<_> = reported.iter().filter_map(|it| it.note.as_deref()).collect();
    assert_eq!(notes, ["AvePoint Fly asks to wait 9 s (429)."]);
}

#[tokio::test]
async fn answers_that_are_no_list_are_refused() {
    let before = Before::new().await;
    let ok = "HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n";
    let not_json = "the answer is not the expected JSON";
    for (reply, what, hint) in [
        (Reply::json(200, "{\"data\":{\"data\":[{\"id\":"), not_json, "Something other"),
        (Reply::with(200, "Content-Type: text/html\r\n", "<html>Sign in"), not_json, "proxy"),
        (Reply::json(200, "{}"), not_json, "check the API address"),
        (Reply::json(200, ""), not_json, "check the API address"),
        (Reply::Cut(format!("{ok}{{\"data\"")), "the connection broke", "Check the network"),
        (Reply::Cut("nonsense".to_owned()), "the connection broke", "Check the network"),
        (Reply::Close, "the connection broke", "Check the network"),
        (Reply::Silence, "the answer stopped coming", "Check the network"),
        (Reply::Hold("HTTP/1.1 200".to_owned()), "the answer stopped coming", "Check the network"),
        (Reply::Hold(format!("{ok}{{\"data\"")), "the answer stopped coming", "Check the network"),
        (Reply::Endless, "the answer is too long", "Something other"),
        (
            Reply::Hold("HTTP/1.1 200 X\r\nContent-Length: 314572800\r\n\r\n{".to_owned()),
            "the answer is too long",
            "check the API address and the proxy",
        ),
    ] {
        let (error, _) = before.answered(reply.clone()).await;
        assert!(error.to_string().contains(what), "{reply:?}: {error}");
        assert!(error.hint().contains(hint), "{reply:?}: {}", error.hint());
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_distinguished_from_one_that_is_not_trusted() {
    let before = Before::new().await;
    let nobody = nobody();
    let (fly, _) = before.at(nobody.join("fly").unwrap(), nobody.join("connect/token").unwrap());
    let error = before.fails(&fly).await;
    assert!(error.to_string().starts_with("127.0.0.1: the connection was refused"), "{error}");
    assert!(error.hint().contains("the address and port"), "{}", error.hint());

    // `.invalid` never resolves (RFC 6761); https, or it would be refused before that.
    let unknown = Url::parse("https://fly.invalid/").unwrap();
    let (fly, _) = before.at(unknown.join("fly").unwrap(), unknown.join("connect/token").unwrap());
    let error = before.fails(&fly).await;
    assert!(error.to_string().contains("the host name is unknown"), "{error}");
    assert!(error.hint().contains("HTTPS_PROXY"), "{}", error.hint());

    let untrusted = crate::testing::server::untrusted();
    let (fly, _) =
        before.at(untrusted.join("fly").unwrap(), untrusted.join("connect/token").unwrap());
    let error = before.fails(&fly).await;
    assert!(error.to_string().contains("the certificate is not trusted"), "{error}");
    assert!(error.hint().contains("ca_bundle"), "{}", error.hint());
}

#[tokio::test]
async fn a_fault_on_a_later_page_changes_nothing_either() {
    let before = Before::new().await;
    for status in [404, 500] {
        let service = Standin::twisted(1_000, move |asked| {
            (asked.skip == 600).then(|| error(status, "Played"))
        })
        .await;
        let (fly, _) = before.at(service.server.at("fly"), service.server.at("connect/token"));
        let error = before.fails(&fly).await;
        assert!(error.to_string().contains(&status.to_string()), "{error}");
    }
}

#[tokio::test]
async fn cancelling_ends_every_request_at_once() {
    let before = Before::new().await;
    for reply in [
        Reply::Silence,
        Reply::Hold("HTTP/1.1 200 X\r\nContent-Length: 9\r\n\r\n{".to_owned()),
        Reply::Endless,
    ] {
        let service =
            Standin::twisted(1_000, move |asked| (asked.number > 0).then(|| reply.clone())).await;
        let (fly, _) = before.at(service.server.at("fly"), service.server.at("connect/token"));
        {
            let reading = refresh(&fly);
            tokio::pin!(reading);
            loop {
                tokio::select! {
                    ended = &mut reading => panic!("{ended:?}"),
                    () = service.server.came.notified() => {
                        if service.lists().len() >= 2 { break; }
                    }
                }
            }
        }
        // Dropped: the service sees the connection go, without anything being sent to it.
        service.server.left.notified().await;
        assert_eq!(all(&fly).await, before.rows);
    }
    // While it waits for a token as well.
    let service =
        Standin::new(Play { sign_in: Box::new(|_| Some(Reply::Silence)), ..Play::new(rows(1)) })
            .await;
    let (fly, _) = service.fly(None);
    tokio::select! {
        ended = refresh(&fly) => panic!("{ended:?}"),
        () = service.server.came.notified() => {}
    }
    service.server.left.notified().await;
}
