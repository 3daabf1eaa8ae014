//! Keys of the screens with what they show and write.

use std::fs;

use std::sync::Arc;

use serde_json::json;

use super::tenant::{CLIENT, Reply, Tenant};
use super::terminal::Terminal;

#[test]
fn quick_filters_and_the_panel_answer_their_keys() {
    let mut terminal = Terminal::demo();
    terminal.wait("the list", |screen| screen.contents().contains("1/46"));
    for (key, level) in [(b"E", "error"), (b"W", "warning, error")] {
        terminal.send(key);
        terminal
            .wait("the filter", |screen| screen.contents().contains(&format!("Health {level}")));
        terminal.send(key);
        terminal.wait("every level", |screen| screen.contents().contains("1/46"));
    }
    terminal.send(b"f");
    terminal.wait("the panel", |screen| screen.contents().contains("Filter: 46 of 46 shown"));
    terminal.send(b"/");
    terminal.wait("the search", |screen| screen.contents().contains("Find"));
    terminal.send(b"warn");
    terminal.wait("what it finds", |screen| {
        let text = screen.contents();
        text.contains("[ ] ! warning") && !text.contains("[ ] Devices")
    });
    terminal.send(b"\x1b");
    terminal.wait("every value", |screen| screen.contents().contains("find a value"));
    terminal.send(b"\x1b");
    terminal.wait("the list", |screen| !screen.contents().contains("Filter: "));
    terminal.send(b"q");
    assert_eq!(terminal.exit().0, 0);
    terminal.assert_restored();
}

#[test]
fn the_palette_exports_to_a_file_and_says_where() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::demo();
    terminal.wait("the list", |screen| screen.contents().contains("1/46"));
    terminal.send(b":");
    terminal.wait("the palette", |screen| screen.contents().contains("Actions"));
    terminal.send(b"csv");
    terminal.wait("the action", |screen| screen.contents().contains("export"));
    terminal.send(b"\r");
    terminal.wait("the dialog", |screen| screen.contents().contains("Export connections"));
    for _ in 0..2 {
        terminal.send(b"\r");
    }
    let path = folder.path().join("plan.md");
    terminal.send(b"\x15");
    terminal.send(path.to_str().unwrap().as_bytes());
    terminal.wait("the format of its name", |screen| screen.contents().contains("Markdown ›"));
    terminal.send(b"\r");
    terminal.wait("where it went", |screen| screen.contents().contains("Written to"));
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("| name |"), "{text}");
    assert_eq!(text.lines().count(), 48, "heads, rule and 46 rows");
    terminal.send(b"q");
    assert_eq!(terminal.exit().0, 0);
    terminal.assert_restored();
}

/// A context of a service opens before it was ever read, and reads it by itself.
#[test]
fn a_service_that_was_never_read_is_read_by_the_screen() {
    let service = Tenant::new(|seen| {
        let path = seen.line.split(['?', ' ']).nth(1).unwrap_or_default();
        Some(match path {
            "/connect/token" => Reply::json(
                200,
                &json!({ "token_type": "Bearer", "expires_in": 3600,
                    "access_token": "token-not-real" }),
            ),
            "/fly/connections/summaries" => Reply::json(
                200,
                &json!({ "data": { "nextLink": null, "totalCount": 0, "data": [] } }),
            ),
            _ => Reply::json(404, &json!({})),
        })
    });
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("config")).unwrap();
    let secret = home.path().join("secret");
    fs::write(&secret, "secret-not-real").unwrap();
    rustix::fs::chmod(&secret, rustix::fs::Mode::from_raw_mode(0o600)).unwrap();
    let config = format!(
        "[contexts.live]\nkind = \"fly\"\ndata_centre = \"us\"\nclient_id = \"{CLIENT}\"\n\
         credential = {{ secret = {{ file = \"{}\" }} }}\n",
        secret.display()
    );
    fs::write(home.path().join("config/config.toml"), config).unwrap();
    let command = [env!("CARGO_BIN_EXE_jetbridge"), "--context", "live"].map(str::to_owned);
    let stand_in = [("JETBRIDGE_LOOPBACK_STAND_IN", service.url.as_str())];
    let mut terminal = Terminal::run_in(Arc::new(home), &command, &stand_in);
    terminal.wait("the list", |screen| {
        let text = screen.contents();
        text.contains("live · Fly") && text.contains("No connections")
    });
    assert!(service.seen().iter().any(|it| it.line.contains("/fly/connections/summaries")));
    terminal.send(b"q");
    assert_eq!(terminal.exit().0, 0);
    terminal.assert_restored();
}
