//! Stop and continue under a shell.

use super::terminal::{Terminal, demo, showing};

#[test]
fn ctrl_z_gives_the_terminal_to_the_shell_and_fg_takes_it_back() {
    let mut terminal = Terminal::run(&["sh".into(), "-i".into()], &[("PS1", "PROMPT> ")]);
    terminal.wait("the shell", |screen| screen.contents().contains("PROMPT> "));
    terminal.send(format!("{}\r", demo().join(" ")).as_bytes());
    let before = terminal.wait("the first frame", showing);
    terminal.send(b"\x1a");
    terminal.wait("the shell to say so", |screen| {
        !screen.alternate_screen()
            && !screen.hide_cursor()
            && !screen.bracketed_paste()
            && screen.contents().contains("Stopped")
    });
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
