//! Ways of looking at the program, for the cases of a configuration key.

use crate::home::{Home, run};
use crate::talk::Talk;
use crate::tenant::{CLIENT, Reply, TENANT, Tenant};

/// The header of a signed sign-in.
pub fn kid(home: &Home) -> String {
    use base64::Engine as _;
    use std::os::unix::fs::PermissionsExt as _;
    let pair = concat!(
        include_str!("../../../src/backend/graph/testdata/fake-app.pem"),
        include_str!("../../../src/backend/graph/testdata/fake-app.key")
    );
    let pem = home.write("app.pem", pair);
    std::fs::set_permissions(&pem, std::fs::Permissions::from_mode(0o600)).unwrap();
    let refused = Reply::json(400, &serde_json::json!({ "error": "invalid_client" }));
    let tenant = Tenant::new(move |_| Some(refused.clone()));
    let mut command = home.command(["--context", "c", "list"]);
    command.env("JETBRIDGE_LOOPBACK_STAND_IN", &tenant.url);
    run(&mut command, b"");
    let body = tenant.seen()[0].body.clone();
    let (_, assertion) = body.split_once("client_assertion=").unwrap();
    let header = assertion.split('.').next().unwrap();
    let header = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(header).unwrap();
    String::from_utf8(header).unwrap()
}

/// The sample workspace, and an installer of two megabytes.
pub fn home() -> Home {
    let home = Home::new();
    home.run(&["sample", "load"]).succeeds();
    home.write("agent.msi", vec![b'x'; 2 << 20]);
    home
}

pub fn reported(ran: crate::home::Ran) -> String {
    format!("{}{}", ran.out, ran.err)
}

/// Who is written down as the author of a change.
pub fn author(home: &Home) -> String {
    home.run_with(&["import", "-"], "name,type\nauthor-of-this,Gmail\n");
    let rows = home.run(&["list", "--search", "author-of-this", "--json"]).out;
    home.run(&["delete", "author-of-this", "--yes"]);
    rows
}

/// What `doctor` reports of a deleted connection.
pub fn kept(home: &Home) -> String {
    home.run_with(&["import", "-"], "name,type\nkept-after-all,Gmail\n");
    home.run(&["delete", "kept-after-all", "--yes"]);
    home.run(&["doctor"]).out
}

/// Whether the screen has any colour.
pub fn colours(home: &Home) -> String {
    let raw = screen(home, &[("contoso-teams-dest", "")], "");
    let colour = (30..38).chain(90..98).any(|code| {
        let (alone, first) = (format!("[{code}m"), format!("[{code};"));
        raw.contains(&alone) || raw.contains(&first) || raw.contains(&format!(";{code}m"))
    });
    let word = if colour || raw.contains("38;5;") { "coloured" } else { "plain" };
    word.to_owned()
}

/// A live check against a tenant that asks once to wait six seconds.
pub fn check(home: &Home) -> String {
    let asked = std::sync::atomic::AtomicBool::new(false);
    let wait = Reply::Text(429, "Retry-After: 6\r\n".to_owned(), "{}".to_owned());
    let tenant = Tenant::new(move |seen| {
        let first = seen.line.contains("applications")
            && !asked.swap(true, std::sync::atomic::Ordering::SeqCst);
        first.then(|| wait.clone())
    });
    let args = ["permissions", "check", "--live", "--tenant", TENANT, "--client-id", CLIENT];
    let mut command = home.command(args.iter().chain(&["--secret-stdin"]));
    command.env("JETBRIDGE_LOOPBACK_STAND_IN", &tenant.url);
    reported(run(&mut command, b"fake8Q~Not-A-Real-Secret.0123456789abcde"))
}

/// The list of a Fly service.
pub fn fly(home: &Home) -> String {
    let mut command = home.command(["--context", "c", "list"]);
    // A name that no resolver has: nothing leaves this machine.
    command.env("HTTPS_PROXY", "http://127.0.0.1:9");
    reported(run(&mut command, b"fake8Q~Not-A-Real-Secret.0123456789abcde"))
}

/// The files of the log, and what stands in the one in use, after one that was almost full.
pub fn log(home: &Home) -> String {
    let folder = home.path(".local/state/jetbridge/log");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    for name in ["jetbridge.log", "jetbridge.1.log"] {
        std::fs::write(folder.join(name), vec![b'\n'; (1 << 20) - 10]).unwrap();
    }
    home.run(&["show", "contoso-teams-dest"]).succeeds();
    let entries = std::fs::read_dir(&folder).unwrap().map(|it| it.unwrap().path());
    let mut text = String::new();
    for path in entries {
        let inside = std::fs::read_to_string(&path).unwrap_or_default();
        text.push_str(&format!("{}\n{}\n", path.file_name().unwrap().display(), inside.trim()));
    }
    if !text.contains("started") {
        text.push_str("no log");
    }
    text
}

/// A vault that a command would open.
pub fn command(home: &Home) -> String {
    let other = home.path("other");
    std::fs::create_dir_all(&other).unwrap();
    let mut command = home.command(["vault", "init", "--source", "command"]);
    command.env("JETBRIDGE_DATA_DIR", other);
    reported(run(&mut command, b""))
}

/// A connection file that takes its secret from a command.
pub fn commands(home: &Home) -> String {
    let record = "[[connection]]\nname = 'commanded'\ntype = 'Device'\nside = 'source'\n\
                  client_id = '11111111-2222-4333-8444-555555555555'\n\
                  client_secret = { command = ['echo', 'fake-not-real'] }\n";
    let mut command = home.command(["create", "-f", "-"]);
    command.env("PATH", std::env::var_os("PATH").unwrap());
    reported(run(&mut command, record.as_bytes()))
}

/// What the screen wrote until `last` stood on it, or until the steps were typed.
pub fn screen(home: &Home, steps: &[(&str, &str)], last: &str) -> String {
    // As on the first day: how the list was left would be how it begins.
    let _ = std::fs::remove_dir_all(home.path(".local/share/jetbridge/places"));
    let environment = [("USER", "tester"), ("LANG", "C.UTF-8")];
    let mut talk = Talk::with(home, &[], 100, &environment);
    for (wait, keys) in steps {
        talk.shows(wait, 100);
        talk.types(keys);
    }
    if !last.is_empty() && !last.starts_with('\u{1b}') {
        talk.shows(last, 100);
    }
    talk.kill()
}
