//! Verbs on a pseudo-terminal: questions, and tables cut to the width.

use crate::home::Home;
use crate::talk::{Talk, asked};

#[test]
fn delete_asks_on_a_terminal() {
    let home = Home::with(&["alpha", "beta"]);
    let question = "Delete 1 connection? [y/N]";
    let (screen, code) = asked(&home, &["delete", "alpha"], &[(question, "n\r")]);
    assert_eq!(code, 1, "{screen}");
    assert!(screen.contains("  alpha"), "{screen}");
    assert_eq!(home.run(&["list", "--json"]).names().len(), 2);
    let (screen, code) = asked(&home, &["delete", "alpha"], &[(question, "y\r")]);
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
        let (screen, code) = Talk::with(&home, &["list"], columns, &[]).end();
        assert_eq!(code, 0, "{screen}");
        assert!(screen.contains("nnnnnnnnnnnn") && screen.contains("not ch"), "{screen}");
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
        let args = ["permissions", "check", "--live", "--tenant", TENANT, "--client-id", CLIENT];
        let stand_in = [("JETBRIDGE_LOOPBACK_STAND_IN", tenant.url.as_str())];
        let mut talk = Talk::with(&home, &args, 100, &stand_in);
        talk.answer("Client secret (not shown): ", typed);
        assert_eq!(talk.exit(), code);
        // The echo is back: what is typed now is seen again.
        #[cfg(target_os = "linux")]
        assert!(talk.echoes());
        let screen = talk.rest();
        assert!(!screen.contains("canary"), "E3: {screen}");
        let sent = tenant.seen().iter().any(|it| it.body.contains("client_secret=canary-not-real"));
        assert_eq!(sent, code == 0, "{screen}");
    }
}
