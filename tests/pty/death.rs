//! Signals and a terminal that vanishes: gone within a second, nothing left switched on.

use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;

use super::terminal::{Terminal, demo, showing, when_closed};

/// RELIABILITY §6.
const SOON: Duration = Duration::from_secs(1);

#[test]
fn signals_end_it_and_restore_the_terminal() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130)] {
        let terminal = Terminal::demo();
        terminal.signal(signal);
        let (exit, took) = terminal.exit();
        assert_eq!(exit, code, "{signal:?}");
        assert!(took < SOON, "{signal:?} took {took:?}");
        terminal.assert_restored();
    }
}

#[test]
fn a_dropped_line_ends_it() {
    let mut terminal = Terminal::demo();
    terminal.close();
    let (exit, took) = terminal.exit();
    assert_eq!(exit, 129);
    assert!(took < SOON, "{took:?}");
}

#[test]
fn a_dropped_line_ends_it_although_hangups_are_ignored() {
    let command = format!("trap '' HUP; exec {}", demo().join(" "));
    let mut terminal = Terminal::run(&["sh".into(), "-c".into(), command], &[]);
    terminal.wait("the first frame", showing);
    terminal.close();
    let (exit, took) = terminal.exit();
    assert_eq!(exit, 129);
    assert!(took < SOON, "{took:?}");
}

/// In a session of its own no signal comes at all (sudo, setsid): only the terminal shows it.
#[test]
fn a_dropped_line_ends_it_although_no_signal_comes() {
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("alive");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let closed = when_closed(&fifo);
    let command = format!("exec 9>'{}'; exec setsid -w {}", fifo.display(), demo().join(" "));
    let mut terminal = Terminal::run(&["sh".into(), "-c".into(), command], &[]);
    terminal.wait("the first frame", showing);
    terminal.close();
    // The FIFO closes when the last of them is gone.
    assert!(closed.recv_timeout(SOON).is_ok(), "it outlived its terminal");
}

/// Nobody could answer it: it says so, ends, and leaves the terminal as it is. Issue 6, 3.
#[test]
fn a_closed_standard_input_is_reported() {
    for input in ["<&-", "</dev/null", "0>/dev/null"] {
        let command = format!("exec {} {input}", demo().join(" "));
        let terminal = Terminal::run(&["sh".into(), "-c".into(), command], &[]);
        let end = terminal.end();
        assert_eq!(end.code, 2, "{input}");
        assert!(end.used < SOON, "{input} used {:?}", end.used);
        terminal.wait("what is wrong", |screen| {
            screen.contents().contains("standard input is not a terminal")
        });
        terminal.assert_restored();
        let bytes = String::from_utf8_lossy(&terminal.bytes()).into_owned();
        assert!(!bytes.contains("\x1b[?1049h"), "{input}: {bytes}");
    }
}
