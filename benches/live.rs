//! How long a live list takes: 10,000 rows from a server on this machine that takes 50 ms for each
//! answer, several pages in flight beside one after the other, and opening from the cache.
//! `cargo bench --bench live`.

#![expect(clippy::unwrap_used, reason = "a broken benchmark should stop where it broke")]
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use jetbridge::backend::fly::{Fly, FlyCredential, FlyOptions, FlySettings};
use jetbridge::backend::http::HttpOptions;
use jetbridge::backend::{Live, PageRequest, Reads};
use jetbridge::domain::{Secret, Timestamp};
use serde_json::json;
use url::Url;

const COUNT: usize = 10_000;
const ANSWER: Duration = Duration::from_millis(50);
const RUNS: usize = 5;

/// Serves pages of the list, each after [`ANSWER`]; with the total, or with links only.
fn serve(total: bool) -> (Url, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = Url::parse(&format!("http://{}/fly", listener.local_addr().unwrap())).unwrap();
    let requests = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&requests);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let counted = Arc::clone(&counted);
            std::thread::spawn(move || connection(&stream.unwrap(), total, &counted));
        }
    });
    (url, requests)
}

fn connection(mut stream: &TcpStream, total: bool, requests: &AtomicUsize) {
    stream.set_nodelay(true).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    loop {
        let (mut first, mut length, mut line) = (String::new(), 0, String::new());
        if reader.read_line(&mut first).unwrap_or(0) == 0 {
            return;
        }
        while reader.read_line(&mut line).unwrap_or(0) > 2 {
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            line.clear();
        }
        std::io::Read::read_exact(&mut reader, &mut vec![0; length]).unwrap();
        requests.fetch_add(1, Ordering::SeqCst);
        let body = answer(&first, total);
        std::thread::sleep(ANSWER);
        let whole = format!("HTTP/1.1 200 X\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        if stream.write_all(whole.as_bytes()).is_err() {
            return;
        }
    }
}

fn answer(first: &str, total: bool) -> String {
    let target = first.split(' ').nth(1).unwrap();
    let Some((_, skip)) = target.split_once("skip=") else {
        return json!({ "access_token": "fake", "expires_in": 3600 }).to_string();
    };
    let skip: usize = skip.parse().unwrap();
    let end = (skip + 200).min(COUNT);
    let rows: Vec<_> = (skip..end).map(row).collect();
    let next = (end < COUNT).then(|| format!("/fly/connections/summaries?top=200&skip={end}"));
    let mut page = json!({ "data": rows, "nextLink": next });
    if total {
        page["totalCount"] = json!(COUNT);
    }
    json!({ "data": page }).to_string()
}

fn row(number: usize) -> serde_json::Value {
    json!({
        "id": format!("0b0e5d4c-27cd-4ef2-a9ee-{number:012x}"),
        "name": format!("contoso - emea - groups - {number:06} - dest"),
        "description": "first wave, as agreed with the business",
        "connectionType": number % 17,
        "connectionSide": number % 3,
        "tenantId": "11111111-1111-1111-1111-111111111111",
        "tenantName": "contoso.onmicrosoft.com",
        "appProfileId": "33333333-3333-3333-3333-333333333333",
        "serviceAccountId": "44444444-4444-4444-4444-444444444444",
        "delegateAppProfileId": null,
        "createTime": 638_500_000_000_000_000_i64,
        "createBy": "anna@contoso.example",
        "lastModifyTime": 638_600_000_000_000_000_i64,
        "lastModifyBy": "ben@contoso.example",
    })
}

fn options(api: &Url, cache: &std::path::Path) -> FlyOptions {
    FlyOptions {
        settings: FlySettings {
            kid: jetbridge::domain::context::KidForm::Base64Url,
            context: "bench".to_owned(),
            api: api.clone(),
            token_url: api.join("/connect/token").unwrap(),
            client_id: "fake".to_owned(),
            credential: FlyCredential::Secret(Secret::new("fake")),
        },
        http: HttpOptions::default().with_http_loopback(),
        cache: Some(cache.to_owned()),
        clock: Timestamp::now,
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// Medians of the time to the first row and to the end, and the requests of one run.
fn read(total: bool, cache: &std::path::Path) -> (Duration, Duration, usize) {
    let (api, requests) = serve(total);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (mut firsts, mut wholes) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        // As at the start of the program: no token, no connection.
        let fly = Fly::open(options(&api, cache)).unwrap();
        let started = Instant::now();
        let first = std::sync::OnceLock::new();
        runtime
            .block_on(fly.refresh(&|it| {
                if !it.rows.is_empty() {
                    first.get_or_init(|| started.elapsed());
                }
            }))
            .unwrap();
        wholes.push(started.elapsed());
        firsts.push(*first.get().unwrap());
        assert_eq!(runtime.block_on(fly.count()).unwrap(), COUNT);
    }
    (median(firsts), median(wholes), requests.load(Ordering::SeqCst) / RUNS)
}

fn main() {
    let dir = tempfile::tempdir().unwrap();
    let cache = dir.path().join("bench.json");
    for (total, what) in [(false, "one after the other"), (true, "four in flight")] {
        let (first, whole, requests) = read(total, &cache);
        let (first, whole) = (first.as_millis(), whole.as_millis());
        println!("{what}: first row {first} ms, all {COUNT} {whole} ms, {requests} requests");
    }
    let (api, requests) = serve(true);
    // A context is its address too: the one that is measured keeps a list of its own.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(Fly::open(options(&api, &cache)).unwrap().refresh(&|_| {})).unwrap();
    let before = requests.load(Ordering::SeqCst);
    let mut times = Vec::new();
    for _ in 0..20 {
        let started = Instant::now();
        let fly = Fly::open(options(&api, &cache)).unwrap();
        let page = fly.page(PageRequest { after: None, limit: 50 });
        assert_eq!(runtime.block_on(page).unwrap().rows.len(), 50);
        times.push(started.elapsed());
    }
    assert_eq!(requests.load(Ordering::SeqCst), before);
    let size = std::fs::metadata(&cache).unwrap().len() / 1024;
    println!("opened from the cache, {COUNT} rows, {size} KiB: {:.1?}, no request", median(times));
}
