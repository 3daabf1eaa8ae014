//! The pre-flight from key to screen: the real service on the sample, nobody called or nobody answering.

use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::app::preflight::Screen;
use crate::backend::ad::dns::NameServers;
use crate::backend::graph::Endpoints;
use crate::backend::http::HttpOptions;
use crate::backend::store::Store;
use crate::domain::Timestamp;
use crate::domain::rules::PasswordPolicy;
use crate::runtime::decode::Input;
use crate::runtime::executor::{Preflights, Shared};
use crate::runtime::session::{Event, REACTION};
use crate::service::preflight::{Means, Results};
use crate::service::sample;
use crate::service::waivers::WaiverFile;
use crate::testing::harness::{Harness, Setup};
use crate::testing::keys::parse_keys;

/// Longest that anything is waited for: a test that hangs says so.
const STUCK: Duration = Duration::from_secs(20);

/// The sample, with results kept below a folder. `silent`: a server that takes calls and never answers.
async fn begin(folder: &Path, silent: Option<&TcpListener>) -> Harness {
    let store = Store::in_memory("test").unwrap();
    sample::load(&store, Timestamp::now()).await.unwrap();
    let stand_in = silent.map(|it| {
        let url = format!("http://{}/", it.local_addr().unwrap());
        Endpoints::new(&url, &url).unwrap()
    });
    let preflight = Some(Preflights {
        means: Means {
            http: HttpOptions::default().with_http_loopback(),
            stand_in,
            name_servers: NameServers::System,
            sign_ins: Arc::new(Vec::new),
            warning_days: 30,
            installer: None,
            password: PasswordPolicy::default(),
        },
        results: Results::below(Some(folder)),
        outdated_days: 14,
        waivers: WaiverFile { path: Some(folder.join("waivers.toml")), read_only: false },
    });
    let services = Arc::new(Shared { preflight, ..Shared::default() });
    let setup = Setup { services, clock: Timestamp::now, size: (140, 40), ..Setup::new(store) };
    Harness::start(setup).await.unwrap()
}

fn screen(harness: &Harness) -> &Screen {
    harness.model().screens.preflight().unwrap()
}

/// Presses keys without waiting for what they lead to.
fn press(harness: &Harness, keys: &str) {
    for key in parse_keys(keys).unwrap() {
        harness.send(Event::Input(tokio::time::Instant::now() + REACTION, Input::Key(key)));
    }
}

async fn until(harness: &mut Harness, is: impl Fn(&Harness) -> bool) {
    let turns = async {
        while !is(harness) {
            harness.turn().await;
        }
    };
    tokio::time::timeout(STUCK, turns).await.unwrap();
}

#[tokio::test]
async fn an_offline_run_shows_what_needs_no_network_and_calls_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    server.set_nonblocking(true).unwrap();
    let mut harness = begin(folder.path(), Some(&server)).await;
    let menu = harness.keys("<ctrl-p>").await.unwrap();
    assert!(menu.contains("Check this connection, offline"), "{menu}");
    let ended = harness.keys("jjj<enter>").await.unwrap();
    assert!(ended.contains("failed  ended") && ended.contains("offline"), "{ended}");
    let tally = screen(&harness).tally();
    assert!(tally.failed > 0 && tally.waiting == 0, "{tally:?}");
    assert!(server.accept().is_err(), "somebody was called");
    // A part of the checks is no result of the whole.
    assert!(harness.model().preflights.is_empty());
    assert!(!folder.path().join("preflight").exists());
    // Every check that failed leads to a form.
    let form = harness.keys("<tab>j<enter>").await.unwrap();
    assert!(harness.model().screens.form().is_some(), "{form}");
}

// SPEC F1: cancellable, and what is known by then stays; the screen answers keys meanwhile.
#[tokio::test]
async fn a_run_that_hangs_answers_keys_and_is_stopped_with_what_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut harness = begin(folder.path(), Some(&server)).await;
    harness.keys("/groups-eur-dest<enter>").await.unwrap();
    press(&harness, "p");
    until(&mut harness, |it| {
        let screen = it.model().screens.preflight();
        screen.is_some_and(|it| it.tally().done() > 0 && it.tally().waiting > 0)
    })
    .await;
    press(&harness, "jjk");
    until(&mut harness, |it| screen(it).line_at == 1).await;
    assert!(screen(&harness).is_running());
    press(&harness, "<esc>");
    let ended = harness.settle().await.unwrap();
    assert!(ended.contains("not finished"), "{ended}");
    let found = |reason: Option<&str>| {
        let all = screen(&harness).connections.iter().flat_map(|it| &it.checks);
        all.filter(|it| it.found.as_ref().unwrap().reason == reason).count()
    };
    assert!(found(Some("cancelled")) > 0, "{ended}");
    assert!(found(None) + found(Some("not-readable")) > 0, "what was known is gone\n{ended}");
    // Leaving and coming back makes another run; one that was stopped is no result.
    assert!(harness.model().preflights.is_empty());
    harness.keys("<esc>").await.unwrap();
    assert!(harness.model().screens.preflight().is_none());
}

// SPEC F7: the last whole result is kept and comes back with the next start.
#[tokio::test]
async fn a_whole_result_is_kept_and_remembered() {
    let folder = tempfile::tempdir().unwrap();
    // Nobody listens there: calls fail at once.
    let gone = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut harness = begin(folder.path(), Some(&gone)).await;
    drop(gone);
    let ended = harness.keys("/groups-eur-dest<enter>p").await.unwrap();
    assert!(ended.contains("failed  ended"), "{ended}");
    let kept: Vec<_> = harness.model().preflights.values().cloned().collect();
    assert_eq!(kept.len(), 1);
    assert!(kept[0].failures().any(|(check, fix)| check == "net.login" && !fix.is_empty()));
    // The list shows it, and the details what to do.
    let list = harness.keys("<esc>").await.unwrap();
    assert!(list.contains("Pre-flight") && list.contains("✗ 0 min"), "{list}");
    let details = harness.keys("<tab>").await.unwrap();
    assert!(details.contains("net.login") && details.contains("by this version"), "{details}");
    let on_disk = Results::below(Some(folder.path())).all();
    assert_eq!(on_disk.into_values().collect::<Vec<_>>(), kept);
    // The audit counts it.
    let audit = harness.keys("A").await.unwrap();
    assert!(audit.contains("Pre-flight failed"), "{audit}");
    assert!(!kept[0].has_passed());
}

// SPEC F7: a check is waived with a reason, shown so, and not any more; the file is the truth of both.
#[tokio::test]
async fn a_failed_check_is_waived_on_the_screen_and_fails_again_without() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("waivers.toml");
    let mut harness = begin(folder.path(), None).await;
    harness.keys("/fabrikam-devices-lab-source<enter><ctrl-p>jjj<enter>").await.unwrap();
    assert_eq!(screen(&harness).tally().failed, 1);
    let asked = harness.keys("gjW").await.unwrap();
    assert!(asked.contains("Waive a check"), "{asked}");
    // Without a reason nothing is waived.
    let refused = harness.keys("<tab><enter>").await.unwrap();
    assert!(refused.contains("the reason is empty") && !file.exists(), "{refused}");
    let past = harness.keys("ticket-4711<tab>2020-01-01<enter>").await.unwrap();
    assert!(past.contains("the last day has passed") && !file.exists(), "{past}");
    let waived = harness.keys("<ctrl-u>9999-12-30<enter>").await.unwrap();
    assert!(waived.contains("until 9999-12-30, ticket-4711: "), "{waived}");
    assert_eq!((screen(&harness).verdict, screen(&harness).tally().failed), ("passed", 0));
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("\"fly.expiry\"") && text.contains("# fabrikam"), "{text}");
    // The next run honours it, and so does the report that is saved.
    let again = harness.keys("rj<enter>").await.unwrap();
    assert!(again.contains("passed  ended"), "{again}");
    let report = folder.path().join("report.csv");
    harness.keys(&format!("w<ctrl-u>{}<enter>", report.display())).await.unwrap();
    let report = std::fs::read_to_string(report).unwrap();
    assert!(report.contains("fly.expiry,") && report.contains(",waived,"), "{report}");
    // Emptied, it is gone, and the check fails as it did.
    let asked = harness.keys("jW").await.unwrap();
    assert!(asked.contains("Waive a check"), "{asked}");
    assert!(asked.contains("ticket-4711") && asked.contains("9999-12-30"), "{asked}");
    let failed = harness.keys("<ctrl-u><tab><enter>").await.unwrap();
    assert!(failed.contains("fly.expiry"), "{failed}");
    assert_eq!(
        (screen(&harness).verdict, screen(&harness).tally().failed),
        ("failed", 1),
        "{failed}"
    );
    assert!(!std::fs::read_to_string(&file).unwrap().contains("fly.expiry"));
}
