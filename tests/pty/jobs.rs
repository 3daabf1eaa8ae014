//! Stop and continue under a shell.

use std::time::Duration;

use super::terminal::{Terminal, demo, showing, when_closed};
use super::ways::{drafts, rounds};

/// RELIABILITY §6.
const SOON: Duration = Duration::from_secs(1);

/// A shell that runs a program, with its screen drawn.
fn shell(program: &str) -> Terminal {
    let mut terminal = Terminal::run(&["sh".into(), "-i".into()], &[("PS1", "PROMPT> ")]);
    terminal.wait("the shell", |screen| screen.contents().contains("PROMPT> "));
    terminal.send(format!("{program}\r").as_bytes());
    terminal.wait("the first frame", showing);
    terminal
}

fn stop(terminal: &mut Terminal) {
    terminal.send(b"\x1a");
    terminal.wait("the shell to say so", |screen| {
        !screen.alternate_screen()
            && !screen.hide_cursor()
            && !screen.bracketed_paste()
            && screen.contents().contains("Stopped")
    });
}

#[test]
fn ctrl_z_gives_the_terminal_to_the_shell_and_fg_takes_it_back() {
    let mut terminal = shell(&demo().join(" "));
    let before = terminal.wait("the first frame", showing);
    stop(&mut terminal);
    terminal.send(b"fg\r");
    terminal.wait("the same screen", |screen| {
        screen.alternate_screen() && screen.bracketed_paste() && screen.contents() == before
    });
    // Keys arrive again.
    terminal.send(b"q");
    terminal.wait("the prompt", |screen| {
        !screen.alternate_screen() && screen.contents().trim_end().ends_with("PROMPT>")
    });
    terminal.send(b"exit\r");
    assert_eq!(terminal.exit().0, 0);
}

/// A stopped process may never be continued, so what was typed is kept before it stops. C7, E5.
/// `JETBRIDGE_ROUNDS=50` does it 50 times.
#[test]
fn ctrl_z_keeps_the_form_before_it_stops() {
    for round in 0..rounds() {
        let typed = format!("stopped-{round}");
        let mut terminal = shell(env!("CARGO_BIN_EXE_jetbridge"));
        terminal.send(b"n");
        terminal.wait("the form", |screen| screen.contents().contains("Connection name"));
        terminal.send(typed.as_bytes());
        terminal.wait("what was typed", |screen| screen.contents().contains(&typed));
        stop(&mut terminal);
        assert_eq!(drafts(&terminal, &typed), 1, "kept while it is stopped");
        terminal.send(b"fg\r");
        terminal.wait("the form again", |screen| {
            screen.alternate_screen() && screen.contents().contains(&typed)
        });
        // Keys arrive again, and the end is as ever.
        terminal.send(b"!");
        terminal.wait("more", |screen| screen.contents().contains(&format!("{typed}!")));
        terminal.send(b"\x03");
        terminal.wait("the question", |screen| screen.contents().contains("draft"));
        terminal.send(b"\r");
        terminal.wait("the prompt", |screen| {
            !screen.alternate_screen() && screen.contents().trim_end().ends_with("PROMPT>")
        });
        assert_eq!(drafts(&terminal, &format!("{typed}!")), 1);
        terminal.send(b"exit\r");
        assert_eq!(terminal.exit().0, 0);
    }
    println!("ctrl-z and fg with a form: {} times", rounds());
}

/// The line drops while it is stopped: the system continues it, and it ends. RELIABILITY §2.
#[test]
fn a_line_that_drops_while_it_is_stopped_ends_it() {
    for _ in 0..rounds() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("alive");
        rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, 0o600.into()).unwrap();
        let closed = when_closed(&fifo);
        let program = format!("{} 9>'{}'", demo().join(" "), fifo.display());
        let mut terminal = shell(&program);
        stop(&mut terminal);
        terminal.close();
        let soon = if rounds() > 1 { SOON } else { SOON * 5 };
        assert!(closed.recv_timeout(soon).is_ok(), "it outlived its terminal");
    }
    println!("dropped while stopped: {} times", rounds());
}
