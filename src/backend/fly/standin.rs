//! AvePoint Fly on this machine, by its documented contract (fly.md §1), for tests.

use std::cell::Cell;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use url::Url;

use super::{Fly, FlyCredential, FlyOptions, FlySettings};
use crate::backend::http::{Http, HttpOptions};
use crate::domain::{Secret, Timestamp};
use crate::testing::server::{Reply, Seen, Server};

pub(crate) const CLIENT: &str = "22222222-2222-2222-2222-222222222222";
pub(crate) const SECRET: &str = "canary-secret-not-real";
pub(crate) const TOKEN: &str = "canary-token-not-real";
/// 2026-12-01 12:00 UTC
pub(crate) const NOON: i64 = 1_796_126_400;

thread_local! {
    static NOW: Cell<i64> = const { Cell::new(NOON) };
}

/// What time it is in this test.
pub(crate) fn clock() -> Timestamp {
    Timestamp::from_second(NOW.get()).unwrap()
}

/// Lets time pass.
pub(crate) fn pass(seconds: i64) {
    NOW.set(NOW.get() + seconds);
}

/// How a list reports where it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Links {
    /// It does not say.
    Absent,
    /// `null`, however long the list.
    Null,
    /// The whole address.
    Absolute,
    /// Path and query.
    Relative,
    /// Path and query, relative to the API's address.
    BelowApi,
}

/// What one list request asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// Counts the list requests, from 0.
    pub(crate) number: usize,
    pub(crate) path: String,
    pub(crate) top: usize,
    pub(crate) skip: usize,
    pub(crate) host: String,
}

type Twist = dyn Fn(&Asked) -> Option<Reply> + Send + Sync;

/// How the stand-in plays.
pub(crate) struct Play {
    pub(crate) rows: Vec<Value>,
    /// Whether the page lies in an outer `data`.
    pub(crate) wrapped: bool,
    /// Whether `totalCount` is reported.
    pub(crate) total: bool,
    pub(crate) links: Links,
    /// Most rows of a page, whatever is asked for.
    pub(crate) cap: usize,
    /// Answers of its own for some requests.
    pub(crate) twist: Box<Twist>,
    /// Answers of its own for sign-ins, by their number.
    pub(crate) sign_in: Box<dyn Fn(usize) -> Option<Reply> + Send + Sync>,
}

impl Play {
    pub(crate) fn new(rows: Vec<Value>) -> Self {
        Self {
            rows,
            wrapped: true,
            total: true,
            links: Links::Null,
            cap: usize::MAX,
            twist: Box::new(|_| None),
            sign_in: Box::new(|_| None),
        }
    }

    /// The page that was asked for.
    pub(crate) fn page(&self, asked: &Asked) -> Value {
        let end = asked.skip.saturating_add(asked.top.min(self.cap)).min(self.rows.len());
        let items = self.rows.get(asked.skip..end).unwrap_or_default();
        let mut page = json!({ "data": items });
        let more = format!("{}?top={}&skip={end}", asked.path, asked.top);
        let next = match self.links {
            Links::Absent => None,
            Links::Absolute if end < self.rows.len() => {
                Some(json!(format!("http://{}{more}", asked.host)))
            }
            Links::Relative if end < self.rows.len() => Some(json!(more)),
            Links::BelowApi if end < self.rows.len() => {
                Some(json!(more.trim_start_matches("/fly")))
            }
            Links::Null | Links::Absolute | Links::Relative | Links::BelowApi => Some(Value::Null),
        };
        if let Some(next) = next {
            page["nextLink"] = next;
        }
        if self.total {
            page["totalCount"] = json!(self.rows.len());
            page["properties"] = json!({});
        }
        if self.wrapped { json!({ "data": page, "statusCode": 200 }) } else { page }
    }

    fn answer(&self, seen: &Seen, counts: &Counts) -> Reply {
        if seen.line.starts_with("POST /connect/token") {
            let number = counts.sign_ins.fetch_add(1, Ordering::SeqCst);
            return (self.sign_in)(number).unwrap_or_else(|| token(number));
        }
        let asked = asked(seen, counts.lists.fetch_add(1, Ordering::SeqCst));
        (self.twist)(&asked).unwrap_or_else(|| Reply::json(200, self.page(&asked)))
    }
}

/// A token, numbered.
pub(crate) fn token(number: usize) -> Reply {
    Reply::json(
        200,
        json!({ "token_type": "Bearer", "expires_in": 3600, "ext_expires_in": 3600,
                "access_token": format!("{TOKEN}-{number}") }),
    )
}

/// The error body that AvePoint documents.
pub(crate) fn error(status: u16, code: &str) -> Reply {
    Reply::json(
        status,
        json!({ "statusCode": status, "errorCode": code, "errorMessage": "Played.",
                "requestId": "req-7", "timestamp": 0 }),
    )
}

#[derive(Default)]
struct Counts {
    sign_ins: AtomicUsize,
    lists: AtomicUsize,
}

fn asked(seen: &Seen, number: usize) -> Asked {
    let target = seen.line.split_once(' ').unwrap().1;
    let host = seen
        .head
        .lines()
        .find_map(|it| it.to_ascii_lowercase().strip_prefix("host: ").map(str::to_owned))
        .unwrap();
    let url = Url::parse(&format!("http://{host}{target}")).unwrap();
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let number_of = |key: &str, usual: usize| {
        pairs.iter().find(|(it, _)| it == key).map_or(usual, |(_, it)| it.parse().unwrap())
    };
    let (top, skip) = (number_of("top", 20), number_of("skip", 0));
    Asked { number, path: url.path().to_owned(), top, skip, host }
}

/// The service on this machine.
pub(crate) struct Standin {
    pub(crate) server: Server,
}

impl Standin {
    pub(crate) async fn new(play: Play) -> Self {
        let counts = Counts::default();
        Self { server: Server::new(move |seen| play.answer(seen, &counts)).await }
    }

    pub(crate) async fn with(count: usize) -> Self {
        Self::new(Play::new(rows(count))).await
    }

    /// One whose list is played by a function; `None` plays it as documented.
    pub(crate) async fn twisted(
        count: usize,
        twist: impl Fn(&Asked) -> Option<Reply> + Send + Sync + 'static,
    ) -> Self {
        Self::new(Play { twist: Box::new(twist), ..Play::new(rows(count)) }).await
    }

    pub(crate) fn options(&self, cache: Option<PathBuf>) -> FlyOptions {
        options(self.server.at("fly"), self.server.at("connect/token"), cache)
    }

    /// A context of it, and the waits that it did not wait.
    pub(crate) fn fly(&self, cache: Option<PathBuf>) -> (Fly, Arc<Mutex<Vec<Duration>>>) {
        fly(self.options(cache))
    }

    /// The addresses that were asked, without sign-ins.
    pub(crate) fn lists(&self) -> Vec<String> {
        let seen = self.server.seen();
        seen.iter().map(|it| it.line.clone()).filter(|it| it.starts_with("GET ")).collect()
    }

    pub(crate) fn sign_ins(&self) -> usize {
        self.server.seen().iter().filter(|it| it.line.starts_with("POST ")).count()
    }
}

pub(crate) fn options(api: Url, token_url: Url, cache: Option<PathBuf>) -> FlyOptions {
    FlyOptions {
        settings: FlySettings {
            context: "live".to_owned(),
            api,
            token_url,
            client_id: CLIENT.to_owned(),
            credential: FlyCredential::Secret(Secret::new(SECRET)),
            kid: crate::domain::context::KidForm::Base64Url,
        },
        http: HttpOptions { max_body: 4 << 20, retries: 1, ..HttpOptions::default() }
            .with_http_loopback(),
        cache,
        clock,
    }
}

/// A context whose client notes its waits.
pub(crate) fn fly(options: FlyOptions) -> (Fly, Arc<Mutex<Vec<Duration>>>) {
    let http = HttpOptions { retry_throttled: false, ..options.http.clone() };
    let (http, waits) = Http::for_tests(http);
    (Fly::with_http(http, options), waits)
}

/// Connections of every type, with the fields of the newest model.
pub(crate) fn rows(count: usize) -> Vec<Value> {
    (0..count).map(row).collect()
}

pub(crate) fn row(number: usize) -> Value {
    json!({
        "id": format!("0b0e5d4c-27cd-4ef2-a9ee-{number:012x}"),
        "name": format!("contoso - wave {number:05}"),
        "description": "played",
        "connectionType": number % 17,
        "connectionSide": number % 3,
        "tenantId": "11111111-1111-1111-1111-111111111111",
        "tenantName": "contoso.example",
        "appProfileId": "33333333-3333-3333-3333-333333333333",
        "serviceAccountId": null,
        "delegateAppProfileId": "00000000-0000-0000-0000-000000000000",
        "createTime": 638_500_000_000_000_000_i64,
        "createBy": "anna@contoso.example",
        "lastModifyTime": 638_600_000_000_000_000_i64,
        "lastModifyBy": "ben@contoso.example",
    })
}
