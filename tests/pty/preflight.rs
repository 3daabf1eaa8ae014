//! The pre-flight screen in the real binary, with the checks that need no network. SPEC F1, F7.

use std::fs;

use super::terminal::{Terminal, showing};

/// Chooses the line of the menu that has all of these words.
fn choose(terminal: &mut Terminal, words: &[&str]) {
    let has = |line: &str| words.iter().all(|it| line.contains(it));
    let screen = terminal.wait("the menu", |it| it.contents().lines().any(has));
    let choices = screen.lines().filter(|it| it.contains("Check "));
    let above = choices.take_while(|it| !has(it)).count();
    for _ in 0..above {
        terminal.send(b"\x1b[B");
    }
    terminal.send(b"\r");
}

#[test]
fn it_runs_shows_what_was_seen_leads_to_the_field_and_saves_a_report() {
    let mut terminal = Terminal::demo();
    terminal.send(b"/");
    terminal.send(b"fabrikam-devices-cloud-dest");
    terminal.wait("the connection", |it| it.contents().contains("fabrikam-devices-cloud-dest"));
    terminal.send(b"\r");
    terminal.send(b"\x10");
    choose(&mut terminal, &["this connection", "offline"]);
    let screen = terminal.wait("the end", |it| {
        let text = it.contents();
        text.contains("ended") && text.contains("bulk.token")
    });
    // Nothing that needs a network was asked.
    assert!(!screen.contains("net.login"), "{screen}");
    terminal.send(b"\x1b[B");
    terminal.wait("what to do", |it| it.contents().contains("Fix"));
    let report = terminal.home.path().join("report.json");
    terminal.send(b"w");
    terminal.wait("the question for a file", |it| it.contents().contains("Save the pre-flight"));
    terminal.send(b"\x15");
    terminal.send(report.to_str().unwrap().as_bytes());
    terminal.send(b"\r");
    terminal.wait("the file", |it| {
        it.contents().contains("report.json") && !it.contents().contains("Save the pre-flight")
    });
    let text = fs::read_to_string(&report).unwrap();
    assert!(text.contains("\"bulk.token\"") && text.contains("\"warning\""), "{text}");
    terminal.send(b"\r");
    terminal.wait("the form", |it| it.contents().contains("Bulk token"));
    terminal.send(b"\x1b");
    terminal.wait("the pre-flight again", |it| it.contents().contains("bulk.token"));
    terminal.send(b"\x1b");
    terminal.wait("the list", showing);
    terminal.send(b"q");
    assert_eq!(terminal.exit().0, 0);
    terminal.assert_restored();
}

#[test]
fn it_is_drawn_at_every_size_while_many_are_checked() {
    let mut terminal = Terminal::demo();
    terminal.send(b"\x10");
    choose(&mut terminal, &["all connections", "offline"]);
    for (columns, rows) in [(140, 40), (40, 12), (80, 24)] {
        terminal.resize(columns, rows);
        terminal.wait("the connections", |it| {
            it.size() == (rows, columns) && it.contents().contains("All connections")
        });
    }
    terminal.send(b"\t");
    terminal.wait("what failed first", |it| it.contents().contains("Passed"));
    terminal.send(b"\x03");
    assert_eq!(terminal.exit().0, 0);
    terminal.assert_restored();
}
