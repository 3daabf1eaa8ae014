//! A team store with 100,000 connections at several distances from its server, beside the embedded
//! store, in one run: `cargo bench --bench team`. Needs PostgreSQL; without it nothing is measured.

#![expect(clippy::unwrap_used, reason = "a broken benchmark should stop where it broke")]
#![expect(clippy::print_stdout, reason = "it prints what it measured")]

use std::time::{Duration, Instant};

use jetbridge::backend::store::postgres::migrate;
use jetbridge::backend::store::{OpenOptions, Store, TeamOptions, TeamStore};
use jetbridge::backend::{ImportRow, Kept, News, PageRequest, Place, Revision, SaveRequest, Step};
use jetbridge::domain::{Answers, ConnectionType, Draft, Listed, Side, Summary, Timestamp};
use jetbridge::testing::line::Line;
use jetbridge::testing::postgres;
use tokio::runtime::Runtime;

const COUNT: u64 = 100_000;
const FIRST: usize = 200;
const FURTHER: usize = 4_096;
/// Saves and changes of others, of which the median is printed.
const TIMES: usize = 21;

fn main() {
    let runtime = Runtime::new().unwrap();
    println!("{:28}{:>14}{:>14}{:>14}{:>14}", "", "embedded", "0 ms", "5 ms", "50 ms");
    let mut table = vec![embedded(&runtime)];
    if let Some(server) = postgres::or_skip("the figures of a team store") {
        for milliseconds in [0, 5, 50] {
            let delay = Duration::from_millis(milliseconds) / 2;
            table.push(team(&runtime, &server, delay));
        }
    }
    for (at, label) in LABELS.iter().enumerate() {
        let cells = table.iter().map(|column| {
            let cell: Option<&Option<Duration>> = column.get(at);
            let text =
                cell.copied().flatten().map_or_else(|| "-".to_owned(), |it| format!("{it:.1?}"));
            format!("{text:>14}")
        });
        println!("{label:28}{}", cells.collect::<String>());
    }
}

const LABELS: [&str; 8] = [
    "import of 100,000",
    "open, first page of 200",
    "all rows, pages of 4,096",
    "one save, median",
    "slowest save",
    "list of the last time",
    "and what changed since",
    "change of another, median",
];

type Column = Vec<Option<Duration>>;

fn timed<T>(runtime: &Runtime, work: impl Future<Output = T>) -> (T, Duration) {
    let begun = Instant::now();
    let done = runtime.block_on(work);
    (done, begun.elapsed())
}

fn rows() -> Vec<ImportRow> {
    let row = |line: u64| ImportRow {
        line,
        id: None,
        name: format!("contoso-emea-{line:06}-dest"),
        description: String::new(),
        kind: ConnectionType::Exchange,
        side: Side::Destination,
        tenant: ["contoso", "fabrikam", "northwind"][line as usize % 3].to_owned(),
        live: None,
        modified_at: None,
        modified_by: String::new(),
    };
    (0..COUNT).map(row).collect()
}

fn draft(name: &str, description: &str) -> Draft {
    Draft {
        name: name.to_owned(),
        description: description.to_owned(),
        kind: ConnectionType::Exchange,
        side: Side::Destination,
        answers: Answers::Listed(Listed { tenant: "contoso".to_owned(), live: None }),
    }
}

async fn page(place: &Place, limit: usize) -> (Vec<Summary>, Option<Step>) {
    let page = place.page(PageRequest { after: None, limit }).await.unwrap();
    (page.rows, page.step)
}

async fn all(place: &Place) -> (Vec<Summary>, Option<Step>) {
    let (mut rows, mut after, mut step) = (Vec::new(), None, None);
    loop {
        let page = place.page(PageRequest { after, limit: FURTHER }).await.unwrap();
        rows.extend(page.rows);
        step = step.or(page.step);
        after = page.next;
        if after.is_none() {
            return (rows, step);
        }
    }
}

/// A new record, and the times of changing it.
fn saves(runtime: &Runtime, place: &Place) -> (Duration, Duration) {
    let new = SaveRequest {
        target: None,
        draft: draft("saved", ""),
        secrets_from: None,
        restore: false,
        stamp: None,
    };
    let mut now = runtime.block_on(place.save(new)).unwrap();
    let mut times: Vec<Duration> = (0..TIMES)
        .map(|it| {
            let save = SaveRequest {
                target: Some(Revision::from(&now)),
                draft: draft("saved", &it.to_string()),
                secrets_from: None,
                restore: false,
                stamp: None,
            };
            let (saved, took) = timed(runtime, place.save(save));
            now = saved.unwrap();
            took
        })
        .collect();
    times.sort();
    (times[TIMES / 2], times[TIMES - 1])
}

fn embedded(runtime: &Runtime) -> Column {
    let folder = tempfile::tempdir().unwrap();
    let options = || {
        let path = folder.path().join("data/store.db");
        OpenOptions::new(path, folder.path().join("config/vault.key"), "anna")
    };
    let store: Place = Store::open(options()).unwrap().into();
    let (_, import) = timed(runtime, store.import(rows()));
    drop(store);
    let (store, first) = timed(runtime, async {
        let store: Place = Store::open(options()).unwrap().into();
        page(&store, FIRST).await;
        store
    });
    let ((listed, _), whole) = timed(runtime, all(&store));
    assert_eq!(listed.len() as u64, COUNT);
    let (median, slowest) = saves(runtime, &store);
    [import, first, whole, median, slowest].map(Some).into()
}

fn team(runtime: &Runtime, server: &postgres::Postgres, delay: Duration) -> Column {
    let database = server.database();
    let line = Line::slow(server.port, delay);
    let folder = tempfile::tempdir().unwrap();
    let options = || {
        let mut options: TeamOptions = server.team("anna", &database);
        options.address.port = line.port;
        options.copy = Some(folder.path().join("team.cache"));
        options
    };
    runtime.block_on(migrate(&options())).unwrap();
    let store: Place = TeamStore::start(options()).unwrap().into();
    runtime.block_on(store.count()).unwrap();
    let (_, import) = timed(runtime, store.import(rows()));
    server.admin(&database, "VACUUM ANALYZE");
    drop(store);
    let (store, first) = timed(runtime, async {
        let store: Place = TeamStore::start(options()).unwrap().into();
        page(&store, FIRST).await;
        store
    });
    let ((listed, step), whole) = timed(runtime, all(&store));
    assert_eq!(listed.len() as u64, COUNT);
    store.shared().unwrap().keep(&Kept {
        as_of: Timestamp::now(),
        step: step.unwrap(),
        rows: listed,
    });
    let (median, slowest) = saves(runtime, &store);
    let again = TeamStore::start(options()).unwrap();
    let begun = Instant::now();
    again.recall().unwrap();
    let kept = again.shared().unwrap().kept().unwrap();
    let copy = begun.elapsed();
    let changes = runtime.block_on(again.shared().unwrap().changes(kept.step)).unwrap();
    let since = begun.elapsed();
    assert_eq!(changes.unwrap().rows.len(), 1);
    let seen = seen(runtime, &store, &again.into());
    [import, first, whole, median, slowest, copy, since, seen].map(Some).into()
}

/// From the answer of a save to the changed row at somebody else, the median.
fn seen(runtime: &Runtime, writer: &Place, reader: &Place) -> Duration {
    let (say, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let on_news = move |news: News| {
        if let News::Step(step) = news {
            let _ = say.send(step);
        }
    };
    let shared = reader.shared().unwrap();
    let work = async {
        let mut at = heard.recv().await.unwrap();
        let mut times = Vec::new();
        for number in 0..TIMES + 3 {
            let save = SaveRequest {
                target: None,
                draft: draft(&format!("seen {number}"), ""),
                secrets_from: None,
                restore: false,
                stamp: None,
            };
            writer.save(save).await.unwrap();
            let begun = Instant::now();
            loop {
                let step = heard.recv().await.unwrap();
                if step > at {
                    break;
                }
            }
            let changes = shared.changes(at).await.unwrap().unwrap();
            assert!(!changes.rows.is_empty());
            at = changes.step;
            times.push(begun.elapsed());
        }
        times.sort();
        times[times.len() / 2]
    };
    runtime.block_on(async {
        tokio::select! {
            () = shared.watch(&on_news) => panic!("it ended"),
            median = work => median,
        }
    })
}
