//! Quit, resize, paste and panic leave the terminal as it was.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::terminal::{Terminal, demo, showing};

#[test]
fn quitting_restores_the_terminal() {
    let mut terminal = Terminal::demo();
    terminal.wait("bracketed paste", vt100::Screen::bracketed_paste);
    terminal.send(b"q");
    assert_eq!(terminal.exit().0, 0);
    terminal.assert_restored();
}

#[test]
fn a_tiny_terminal_is_survived() {
    let mut terminal = Terminal::demo();
    let before = terminal.wait("the list", showing);
    terminal.resize(1, 1);
    terminal
        .wait("something on the only cell", |screen| screen.size() == (1, 1) && showing(screen));
    terminal.resize(80, 24);
    terminal.wait("the same screen", |screen| screen.contents() == before);
    terminal.send(b"q");
    assert_eq!(terminal.exit().0, 0);
    terminal.assert_restored();
}

#[test]
fn a_paste_of_100_kb_is_text_and_not_keys() {
    let mut terminal = Terminal::demo();
    let before = terminal.wait("the list", showing);
    terminal.send(b"/");
    // As keys this would open, quit and more.
    let text = "zq\r".repeat(33_334);
    terminal.send(format!("\x1b[200~{text}\x1b[201~").as_bytes());
    terminal.wait("the paste", |screen| screen.contents().contains("zq"));
    // Escape clears the search and leaves it.
    terminal.send(b"\x1b");
    terminal.wait("the list as before", |screen| screen.contents() == before);
    terminal.send(b"q");
    assert_eq!(terminal.exit().0, 0);
    terminal.assert_restored();
}

/// Issue 11, 1: the same without marks, as GNU screen and serial lines send it.
#[test]
fn a_paste_without_marks_does_nothing() {
    let mut terminal = Terminal::demo();
    terminal.wait("the list", |screen| screen.contents().contains("1/46"));
    // As keys the first word would delete everything, and the rest open, quit and more.
    terminal.send("Friday\r".repeat(14_286).as_bytes());
    terminal.wait("the notice", |screen| screen.contents().contains("Ignored: the text arrived"));
    terminal.wait("the list", |screen| screen.contents().contains("1/46"));
    // Escape is a key again, and then the function key of the help.
    terminal.send(b"\x1b\x1bOP");
    terminal.wait("the help", |screen| screen.contents().contains("Keys: Connections"));
    terminal.send(b"\x03");
    assert_eq!(terminal.exit().0, 0);
    terminal.assert_restored();
}

/// Issue 11, 22: symbols are ASCII where the locale takes nothing else.
#[test]
fn the_locale_decides_on_symbols() {
    for (environment, ascii) in [
        (&[("LANG", "C")][..], true),
        (&[("LC_ALL", "POSIX")], true),
        (&[("LANG", "de_DE.ISO-8859-1")], true),
        (&[("LANG", "C"), ("LC_CTYPE", "C.UTF-8")], false),
    ] {
        let mut terminal = Terminal::run(&demo(), environment);
        let text = terminal.wait("the list", |screen| screen.contents().contains("1/46"));
        assert_eq!(text.is_ascii(), ascii, "{environment:?}: {text}");
        terminal.send(b"q");
        assert_eq!(terminal.exit().0, 0);
    }
}

/// The hook is asked for by a variable that only debug builds know.
#[test]
fn a_panic_restores_the_terminal_and_leaves_a_report() {
    let terminal = Terminal::run(&demo(), &[("JETBRIDGE_TEST_PANIC", "screen")]);
    assert_eq!(terminal.exit().0, 101);
    let said = terminal.wait("the sentence", |screen| {
        !screen.alternate_screen() && screen.contents().contains("Report:")
    });
    assert!(said.contains("an internal error"), "{said}");
    terminal.assert_restored();
    let reports: Vec<_> = fs::read_dir(terminal.state_dir().join("log"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("crash-"))
        .collect();
    assert_eq!(reports.len(), 1);
    assert_eq!(reports[0].metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let report = fs::read_to_string(reports[0].path()).unwrap();
    assert!(report.contains("asked for by JETBRIDGE_TEST_PANIC"), "{report}");
}
