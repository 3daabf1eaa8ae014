//! Every fault point of a download: an error and a `kill -9` at each. No half file ever has the
//! name, and the next try brings the whole one. RELIABILITY §6.
//!
//! The process that is killed is this test binary again, running the test `victim`.

use std::process::{Command, Stdio};

use super::*;
use crate::testing::fault;

const FOLDER: &str = "JETBRIDGE_TEST_AGENT";

/// The plan of faults is a thread's, so everything runs on one.
fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn fetch(place: &Place) -> Result<Fetched, AgentError> {
    runtime().block_on(async {
        let server = Server::new(serve).await;
        place.get(&server).await
    })
}

/// The file is there whole, or not at all; then it can be fetched.
fn check(place: &Place, point: &str) {
    match fs::read_to_string(place.path(NAME)) {
        Ok(text) => assert!(text == body(), "{point}: half a file has the name"),
        Err(_) => {
            fetch(place).unwrap();
            // What a killed process leaves is swept once it is old enough: a file of ours only.
            let ours = |name: &String| name == NAME || name.starts_with(".jetbridge-new-");
            assert!(place.files().iter().all(ours), "{point}: {:?}", place.files());
            assert!(fs::read_to_string(place.path(NAME)).unwrap() == body(), "{point}");
        }
    }
}

#[test]
fn an_error_at_any_point_leaves_no_half_file() {
    for point in fault::group("agent") {
        let place = Place::new();
        let (done, hits) = fault::failing(point, 1, || fetch(&place));
        assert!(hits >= 1, "{point} is not reached");
        let error = done.expect_err(point);
        assert!(error.to_string().contains(point), "{point}: {error}");
        check(&place, point);
    }
}

/// Fetches until it is killed. Does nothing when it runs as one of the tests.
#[test]
fn victim() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let mut place = Place::new();
    place.folder = tempfile::TempDir::new_in(folder).unwrap();
    let done = fetch(&place);
    panic!("it was to be killed: {done:?}");
}

#[test]
fn a_kill_at_any_point_leaves_no_half_file() {
    use std::os::unix::process::ExitStatusExt;
    for point in fault::group("agent") {
        let folder = tempfile::tempdir().unwrap();
        let status = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "service::agent::tests::faults::victim", "--nocapture"])
            .env(FOLDER, folder.path())
            .env(fault::KILL_AT, point)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert_eq!(status.signal(), Some(9), "not killed at {point}: {status}");
        let left = fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
        // What was left is moved to where the checks look.
        let place = Place::new();
        for entry in fs::read_dir(left).unwrap() {
            let entry = entry.unwrap();
            fs::rename(entry.path(), place.path(entry.file_name().to_str().unwrap())).unwrap();
        }
        check(&place, point);
    }
}
