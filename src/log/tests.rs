//! Rotation, permissions, and a log that cannot be written.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use super::file::{Files, NAME};
use super::testing::TestLog;
use super::*;

fn line(number: usize) -> Vec<u8> {
    format!("{{\"number\":{number:>80}}}\n").into_bytes()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .filter(|it| it.ends_with(".log"))
        .collect();
    names.sort();
    names
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn files_are_bounded_in_size_and_number() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("state/log");
    let mut files = Files::new(log.clone(), 3, 1_000);
    for number in 0..100 {
        files.write(&line(number), 0);
    }
    assert_eq!(names(&log), ["jetbridge.1.log", "jetbridge.2.log", NAME]);
    for name in names(&log) {
        assert!(fs::metadata(log.join(&name)).unwrap().len() <= 1_000, "{name}");
        assert_eq!(mode(&log.join(&name)), 0o600, "{name}");
    }
    assert_eq!(mode(&log), 0o700);
    let last = fs::read_to_string(log.join(NAME)).unwrap();
    assert!(last.ends_with("99}\n"), "{last}");
    // Fewer are wanted: the others go with the next rotation.
    let mut files = Files::new(log.clone(), 1, 1_000);
    for number in 0..20 {
        files.write(&line(number), 0);
    }
    assert_eq!(names(&log), [NAME]);
}

#[test]
fn two_writers_share_a_file_over_rotations() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let writers: Vec<_> = (0..4)
        .map(|_| {
            let mut files = Files::new(log.clone(), 50, 2_000);
            std::thread::spawn(move || (0..100).for_each(|number| files.write(&line(number), 0)))
        })
        .collect();
    writers.into_iter().for_each(|it| it.join().unwrap());
    let mut count = 0;
    for name in names(&log) {
        for line in fs::read_to_string(log.join(name)).unwrap().lines() {
            serde_json::from_str::<serde_json::Value>(line).unwrap();
            count += 1;
        }
    }
    assert_eq!(count, 400, "every line is whole");
}

#[test]
fn open_permissions_are_closed_and_links_are_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    fs::create_dir(&log).unwrap();
    fs::set_permissions(&log, fs::Permissions::from_mode(0o777)).unwrap();
    fs::write(log.join(NAME), "").unwrap();
    fs::set_permissions(log.join(NAME), fs::Permissions::from_mode(0o666)).unwrap();
    Files::new(log.clone(), 3, 1_000).write(&line(1), 0);
    assert_eq!((mode(&log), mode(&log.join(NAME))), (0o700, 0o600));
    fs::remove_file(log.join(NAME)).unwrap();
    let victim = folder.path().join("victim");
    fs::write(&victim, "mine").unwrap();
    symlink(&victim, log.join(NAME)).unwrap();
    Files::new(log.clone(), 3, 1_000).write(&line(1), 0);
    assert_eq!(fs::read_to_string(&victim).unwrap(), "mine");
}

#[test]
fn what_cannot_be_written_is_counted_and_reported_later() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    fs::write(&log, "a file in the way").unwrap();
    let mut files = Files::new(log.clone(), 3, 10_000);
    files.write(&line(1), 0);
    files.write(&line(2), 3);
    fs::remove_file(&log).unwrap();
    // It is tried again only after a rest.
    files.write(&line(3), 0);
    assert!(!log.exists());
    files.rested();
    files.write(&line(4), 0);
    let text = fs::read_to_string(log.join(NAME)).unwrap();
    assert!(text.contains("\"message\":\"lines lost\",\"lost\":6"), "{text}");
    assert!(text.ends_with("4}\n"), "{text}");
}

#[test]
fn nothing_is_made_before_the_first_line_and_others_are_not_heard() {
    let log = TestLog::new(Level::Info);
    let folder = log.folder.path().join("log");
    log.queue_flush();
    assert!(!folder.exists());
    tracing::error!(target: "hyper::client", "canary of a library");
    tracing::debug!("below the level");
    assert_eq!(log.text(), "");
    assert!(!folder.exists());
    tracing::info!(name = "a\u{202e}\u{9b}b\n", "said");
    let lines = log.lines();
    assert_eq!(lines[0]["message"], "said");
    assert_eq!(lines[0]["name"], "a\u{202e}\u{9b}b\n", "E4: escaped, and still true");
    assert_eq!(lines[0]["level"], "INFO");
    assert_eq!(lines[0]["pid"], std::process::id());
    assert!(lines[0]["timestamp"].as_str().unwrap().ends_with('Z'));
    assert!(!log.text().contains('\u{202e}'));
}

#[test]
fn a_flood_never_blocks() {
    let log = TestLog::new(Level::Info);
    // The first line's thread finds a pipe nobody reads in place of the file.
    let folder = log.folder.path().join("log");
    fs::create_dir(&folder).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        folder.join(NAME),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from(0o600),
        0,
    )
    .unwrap();
    for number in 0..5_000 {
        tracing::info!(number, "flood");
    }
    log.queue_flush();
}
