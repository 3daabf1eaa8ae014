//! Two processes on one store: forms in progress and edits of the same connection. C7.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tempfile::TempDir;

use super::terminal::{Terminal, showing};
use super::ways::drafts;

fn screen(home: &Arc<TempDir>) -> Terminal {
    let command = vec![env!("CARGO_BIN_EXE_jetbridge").to_owned()];
    let terminal = Terminal::run_in(Arc::clone(home), &command, &[]);
    terminal.wait("the first frame", showing);
    terminal
}

fn home() -> Arc<TempDir> {
    Arc::new(tempfile::tempdir().unwrap())
}

fn says(terminal: &Terminal, text: &str) -> String {
    terminal.wait(text, |screen| screen.contents().contains(text))
}

/// Waits until so many drafts hold this name: the screen does not show when one is kept.
fn until(terminal: &Terminal, name: &str, count: usize) {
    let begun = Instant::now();
    while drafts(terminal, name) != count {
        assert!(begun.elapsed() < Duration::from_secs(20), "{} drafts", drafts(terminal, name));
        std::thread::yield_now();
    }
}

fn type_name(terminal: &mut Terminal, name: &str) {
    terminal.send(b"n");
    says(terminal, "Connection name");
    terminal.send(name.as_bytes());
    says(terminal, name);
}

#[test]
fn a_form_that_is_open_in_one_process_is_only_copied_by_another() {
    let home = home();
    let mut first = screen(&home);
    type_name(&mut first, "half-typed");
    // Kept by itself, without leaving the form.
    until(&first, "half-typed", 1);
    let mut second = screen(&home);
    second.send(b"R");
    says(&second, "open elsewhere");
    second.send(b"d");
    says(&second, "close it there");
    second.send(b"\r");
    says(&second, "This is a copy");
    second.send(b"-by-two");
    says(&second, "half-typed-by-two");
    first.send(b"-by-one");
    says(&first, "half-typed-by-one");
    // Both end as they like, and each keeps its own.
    for terminal in [&first, &second] {
        terminal.signal(Signal::TERM);
        assert_eq!(terminal.exit().0, 143);
    }
    assert_eq!(drafts(&first, "half-typed-by-one"), 1);
    assert_eq!(drafts(&first, "half-typed-by-two"), 1);
    assert_eq!(drafts(&first, "half-typed"), 2, "one per form");
}

#[test]
fn what_a_killed_process_had_open_is_offered_and_resumed() {
    let home = home();
    let mut first = screen(&home);
    type_name(&mut first, "half-typed");
    first.send(b"\x1b");
    says(&first, "Keep");
    first.send(b"\r");
    says(&first, "1 draft");
    first.signal(Signal::KILL);
    first.exit();
    let mut second = screen(&home);
    says(&second, "1 draft");
    second.send(b"R");
    says(&second, "half-typed");
    second.send(b"\r");
    says(&second, "Draft resumed");
    // The new one is kept before the old one goes: for a moment there are two.
    until(&second, "half-typed", 1);
    // Discarding it is final.
    second.send(b"\x1b");
    says(&second, "Keep");
    second.send(b"\x1b[C\r");
    second.wait("the list", |screen| !screen.contents().contains("Connection name"));
    second.send(b"q");
    assert_eq!(second.exit().0, 0);
    assert_eq!(drafts(&second, "half-typed"), 0);
}

/// Opens the form of the one connection whose name holds this.
fn open(terminal: &mut Terminal, name: &str) {
    terminal.send(format!("/{name}\r").as_bytes());
    says(terminal, "1/1");
    terminal.send(b"\r");
    says(terminal, "Edit connection");
}

/// C7: theirs, mine, or a copy, with the differences shown.
#[test]
fn a_save_that_meets_a_newer_revision_shows_both_and_asks() {
    let name = "contoso-groups-eur-dest";
    for (keys, reported) in [
        ("\x1b[B\r", "Edit connection"),
        ("\x1b[B\x1b[B\r", "revision 3"),
        ("\x1b[B\x1b[B\x1b[B\r", "Created contoso-groups-eur-dest-two (copy)"),
    ] {
        let home = home();
        let mut first = screen(&home);
        first.send(b"L");
        says(&first, "1/46");
        let mut second = screen(&home);
        says(&second, "1/46");
        open(&mut first, name);
        open(&mut second, name);
        second.send(b"-two");
        says(&second, "dest-two");
        first.send(b"-one\x13");
        says(&first, "saves 1 change as revision 2");
        first.send(b"\x13");
        says(&first, "revision 2.");
        second.send(b"\x13");
        says(&second, "saves 1 change as revision 2");
        second.send(b"\x13");
        says(&second, "Someone else changed this connection");
        let text = says(&second, "dest-one");
        assert!(text.contains("dest-two") && text.contains("Nothing was overwritten"), "{text}");
        second.send(keys.as_bytes());
        let text = second.wait(reported, |screen| {
            let text = screen.contents();
            text.contains(reported) && !text.contains("Someone else changed this connection")
        });
        match reported {
            // Theirs is in the form, mine is a draft.
            "Edit connection" => {
                says(&second, "dest-one");
                assert_eq!(drafts(&second, "dest-two"), 1);
            }
            "revision 3" => assert!(text.contains("dest-two"), "{text}"),
            _ => assert!(text.contains("2 of 47"), "{text}"),
        }
        for terminal in [&first, &second] {
            terminal.signal(Signal::TERM);
            assert_eq!(terminal.exit().0, 143);
        }
    }
}

#[test]
fn marks_search_and_order_survive_a_restart() {
    let home = home();
    let mut first = screen(&home);
    first.send(b"L");
    says(&first, "1/46");
    // One after the other: at once they would be a text.
    first.send(b"  ");
    says(&first, "2 marked");
    first.send(b"S");
    says(&first, "descending");
    first.send(b"/group\r");
    says(&first, "Search group");
    first.send(b"q");
    assert_eq!(first.exit().0, 0);
    let second = screen(&home);
    let text = says(&second, "2 rows marked");
    assert!(text.contains("As you left it: the search is on"), "{text}");
    second.signal(Signal::TERM);
    assert_eq!(second.exit().0, 143);
    // E2
    use std::os::unix::fs::PermissionsExt;
    let file = home.path().join("data/places/local.json");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}
