//! Verbs on a pseudo-terminal: questions, and tables cut to the width.

use std::io::{Read, Write};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

use crate::home::Home;

/// Runs on a terminal of this width, with a text typed; what was on it, and the exit code.
fn run(home: &Home, args: &[&str], columns: u16, typed: &str) -> (String, u32) {
    let size = PtySize { rows: 24, cols: columns, pixel_width: 0, pixel_height: 0 };
    let pty = native_pty_system().openpty(size).unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_jetbridge"));
    command.args(args);
    command.env_clear();
    command.env("HOME", home.path(""));
    command.env("TERM", "xterm-256color");
    let mut child = pty.slave.spawn_command(command).unwrap();
    drop(pty.slave);
    let mut reader = pty.master.try_clone_reader().unwrap();
    let mut writer = pty.master.take_writer().unwrap();
    writer.write_all(typed.as_bytes()).unwrap();
    writer.flush().unwrap();
    // The end of a terminal is an error on Linux; what came before it counts.
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    while let Ok(read @ 1..) = reader.read(&mut part) {
        bytes.extend_from_slice(&part[..read]);
    }
    let code = child.wait().unwrap().exit_code();
    (String::from_utf8_lossy(&bytes).into_owned(), code)
}

#[test]
fn delete_asks_on_a_terminal() {
    let home = Home::with(&["alpha", "beta"]);
    let (screen, code) = run(&home, &["delete", "alpha"], 80, "n\r");
    assert_eq!(code, 1, "{screen}");
    assert!(
        screen.contains("  alpha") && screen.contains("Delete 1 connection? [y/N]"),
        "{screen}"
    );
    assert_eq!(home.run(&["list", "--json"]).names().len(), 2);
    let (screen, code) = run(&home, &["delete", "alpha"], 80, "y\r");
    assert_eq!(code, 0, "{screen}");
    assert!(screen.contains("deleted alpha"), "{screen}");
    assert_eq!(home.run(&["list", "--json"]).names(), ["beta"]);
}

/// E6: no line is wider than the terminal, and the name stays.
#[test]
fn tables_fit_the_terminal() {
    let home = Home::with(&[
        &"n".repeat(100),
        "漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字",
    ]);
    for columns in [40, 80, 120] {
        let (screen, code) = run(&home, &["list"], columns, "");
        assert_eq!(code, 0, "{screen}");
        assert!(screen.contains("nnnnnnnnnnnn") && screen.contains("ok"), "{screen}");
        for line in screen.lines() {
            let width = unicode_width::UnicodeWidthStr::width(line.trim_end());
            assert!(width <= usize::from(columns), "{width} > {columns}: {line}");
        }
    }
}

/// E3: what is typed for a secret is not on the screen, and Ctrl-C gives the terminal back.
#[test]
fn a_secret_is_typed_without_echo() {
    use crate::tenant::{CLIENT, TENANT, Tenant};

    let home = Home::new();
    for (typed, code) in [("canary-not-real\r", 0), ("canary-not\u{3}", 130), ("\r", 2)] {
        let tenant = Tenant::generous();
        let size = PtySize { rows: 24, cols: 100, pixel_width: 0, pixel_height: 0 };
        let pty = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_jetbridge"));
        command.args(["permissions", "check", "--live", "--tenant", TENANT, "--client-id", CLIENT]);
        command.env_clear();
        command.env("HOME", home.path(""));
        command.env("JETBRIDGE_LOOPBACK_STAND_IN", &tenant.url);
        let mut child = pty.slave.spawn_command(command).unwrap();
        let mut reader = pty.master.try_clone_reader().unwrap();
        let mut writer = pty.master.take_writer().unwrap();
        let mut screen = String::new();
        let mut part = [0; 4096];
        while !screen.contains("Client secret (not shown): ") {
            let read = reader.read(&mut part).unwrap();
            screen.push_str(&String::from_utf8_lossy(&part[..read]));
        }
        writer.write_all(typed.as_bytes()).unwrap();
        writer.flush().unwrap();
        drop(pty.slave);
        while let Ok(read @ 1..) = reader.read(&mut part) {
            screen.push_str(&String::from_utf8_lossy(&part[..read]));
        }
        assert_eq!(child.wait().unwrap().exit_code(), code, "{screen}");
        assert!(!screen.contains("canary"), "E3: {screen}");
        let sent = tenant.seen().iter().any(|it| it.body.contains("client_secret=canary-not-real"));
        assert_eq!(sent, code == 0, "{screen}");
        // The echo is back: what is typed now is seen again.
        #[cfg(target_os = "linux")]
        {
            // ECHO of termios.h. By its bit: the names of other flags contain the word.
            let modes = pty.master.get_termios().unwrap();
            assert!(modes.local_flags.bits() & 0o10 != 0, "{:?}", modes.local_flags);
        }
    }
}
