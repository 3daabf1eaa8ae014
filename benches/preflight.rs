//! How long a key takes to its frame while 500 connections are checked against a server on this machine that
//! takes 50 ms for each answer: the real program in a pseudo terminal of 120x40.
//! `cargo bench --bench preflight`.

#![expect(clippy::unwrap_used, reason = "a broken benchmark should stop where it broke")]
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use serde_json::{Value, json};

const ANSWER: Duration = Duration::from_millis(50);
const CONNECTIONS: usize = 500;
const TENANTS: usize = 10;
const RUNS: usize = 3;
/// Nothing takes as long unless it hangs.
const STUCK: Duration = Duration::from_secs(120);
const BINARY: &str = env!("CARGO_BIN_EXE_jetbridge");

fn tenant(number: usize) -> String {
    format!("11111111-1111-4111-8111-{number:012}")
}

/// Serves every call after [`ANSWER`], and counts them.
fn serve() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let counted = Arc::clone(&counted);
            std::thread::spawn(move || connection(&stream.unwrap(), &counted));
        }
    });
    (url, calls)
}

fn connection(mut stream: &TcpStream, calls: &AtomicUsize) {
    stream.set_nodelay(true).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    loop {
        let (mut first, mut length, mut line) = (String::new(), 0, String::new());
        if reader.read_line(&mut first).unwrap_or(0) == 0 {
            return;
        }
        while reader.read_line(&mut line).unwrap_or(0) > 2 {
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            line.clear();
        }
        reader.read_exact(&mut vec![0; length]).unwrap();
        calls.fetch_add(1, Ordering::SeqCst);
        std::thread::sleep(ANSWER);
        let body = answer(first.split(' ').nth(1).unwrap()).to_string();
        let whole = format!(
            "HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        if stream.write_all(whole.as_bytes()).is_err() {
            return;
        }
    }
}

fn answer(path: &str) -> Value {
    let asked = path.trim_start_matches('/').split('/').next().unwrap();
    // A tenant is asked for by its domain as well.
    let domain = |at: &usize| format!("tenant-{at}.example") == asked;
    let tenant = (0..TENANTS).find(domain).map_or_else(|| asked.to_owned(), tenant);
    if path.ends_with("openid-configuration") {
        let issuer = format!("https://login.example/{tenant}/v2.0");
        return json!({ "issuer": issuer, "msgraph_host": "graph.microsoft.com",
            "cloud_instance_name": "microsoftonline.com" });
    }
    if path.ends_with("/token") {
        let claims = json!({ "aud": "00000003-0000-0000-c000-000000000000", "tid": tenant,
            "appid": "22222222-2222-4222-8222-222222222222", "exp": 2_000_000_000,
            "roles": ["User.Read.All", "Application.Read.All", "Directory.Read.All"] });
        let part = |it: &Value| URL_SAFE_NO_PAD.encode(it.to_string());
        let token = format!("{}.{}.c2ln", part(&json!({ "alg": "none" })), part(&claims));
        return json!({ "access_token": token, "expires_in": 3_599 });
    }
    json!({ "id": "33333333-3333-4333-8333-333333333333", "accountEnabled": true, "value": [] })
}

fn command(home: &Path, args: &[&str]) {
    let mut command = Command::new(BINARY);
    command.args(args).env_clear().env("HOME", home).current_dir(home);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A home with the connections and a sign-in for each tenant.
fn prepare(home: &Path) {
    let of = |number: usize| (tenant(number), format!("tenant-{number}.example"));
    let tenants: Vec<Value> =
        (0..TENANTS).map(of).map(|(id, name)| json!({ "id": id, "name": name })).collect();
    let profiles: Vec<Value> = (0..TENANTS)
        .map(|it| {
            json!({ "id": format!("app-{it}"), "tenant": tenant(it), "name": format!("Custom {it}"),
                "kind": "custom", "status": "active", "client_id": "55555555-5555-4555-8555-555555555555" })
        })
        .collect();
    let directory = json!({ "tenants": tenants, "app_profiles": profiles }).to_string();
    std::fs::write(home.join("directory.json"), directory).unwrap();
    let record = |at: usize| {
        let of = at % TENANTS;
        format!(
            "[[connection]]\nname = \"contoso - groups - {at:03} - dest\"\ntype = \"M365Group\"\n\
             used_as = \"destination\"\ntenant = \"tenant-{of}.example\"\napp_profile = \"Custom {of}\"\n\
             impersonation_user = \"fly-{at}@tenant-{of}.example\"\nservice_auth = \"none\"\n"
        )
    };
    let records: String = (0..CONNECTIONS).map(record).collect();
    std::fs::write(home.join("all.toml"), records).unwrap();
    std::fs::write(home.join("secret.txt"), "fake-secret").unwrap();
    rustix::fs::chmod(home.join("secret.txt"), rustix::fs::Mode::from_raw_mode(0o600)).unwrap();
    command(home, &["directory", "import", "directory.json"]);
    command(home, &["apply", "-f", "all.toml", "--yes"]);
    let secret = format!("file:{}", home.join("secret.txt").display());
    for it in 0..TENANTS {
        let (name, tenant) = (format!("t{it}"), tenant(it));
        let client = "22222222-2222-4222-8222-222222222222";
        let args = ["signin", "add", &name, "--tenant", &tenant, "--client-id", client];
        command(home, &[&args[..], &["--secret-from", &secret]].concat());
    }
}

/// A screen, and a signal for each change of it.
type Shared = Arc<(Mutex<vt100::Parser>, Condvar)>;

/// Waits until the screen is as asked.
fn wait(screen: &Shared, is: impl Fn(&vt100::Screen) -> bool) {
    let (parser, changed) = &**screen;
    let waits = |it: &mut vt100::Parser| !is(it.screen());
    let (parser, late) = changed.wait_timeout_while(parser.lock().unwrap(), STUCK, waits).unwrap();
    assert!(!late.timed_out(), "{}", parser.screen().contents());
}

/// The row of the cursor among the connections.
fn cursor(screen: &vt100::Screen) -> Option<u16> {
    let is_here = |row: &u16| screen.cell(*row, 0).is_some_and(|it| it.contents() == "\u{25b8}");
    (3..38).find(is_here)
}

fn ended(screen: &vt100::Screen) -> bool {
    screen.contents().lines().next().is_some_and(|it| it.contains("ended"))
}

/// Presses a key, later than what nobody could have seen yet.
fn press(keys: &mut dyn std::io::Write, bytes: &[u8]) {
    std::thread::sleep(Duration::from_millis(150));
    keys.write_all(bytes).unwrap();
    keys.flush().unwrap();
}

/// Presses keys, each once the frame of the one before is there, as long as `goes`; gives the times.
fn presses(
    screen: &Shared,
    keys: &mut dyn std::io::Write,
    goes: impl Fn(&vt100::Screen, usize) -> bool,
) -> Vec<Duration> {
    let mut times = Vec::new();
    while goes(screen.0.lock().unwrap().screen(), times.len()) {
        let before = cursor(screen.0.lock().unwrap().screen());
        let key = if times.len().is_multiple_of(2) { b"j" } else { b"k" };
        let begun = Instant::now();
        keys.write_all(key).unwrap();
        keys.flush().unwrap();
        wait(screen, |it| cursor(it).is_some() && cursor(it) != before);
        times.push(begun.elapsed());
        // As fast as a held key repeats.
        std::thread::sleep(Duration::from_millis(15));
    }
    times
}

fn figures(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!(
        "{what}: {} keys, median {:.1} ms, 99 % below {:.1} ms, slowest {:.1} ms",
        times.len(),
        at(0.5),
        at(0.99),
        at(1.0)
    );
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    prepare(home);
    let (url, calls) = serve();
    let size = PtySize { rows: 40, cols: 120, pixel_width: 0, pixel_height: 0 };
    let pair = native_pty_system().openpty(size).unwrap();
    let mut builder = CommandBuilder::new(BINARY);
    builder.env_clear();
    for (name, value) in [("TERM", "xterm-256color"), ("LANG", "C.UTF-8")] {
        builder.env(name, value);
    }
    builder.env("HOME", home);
    builder.env("JETBRIDGE_LOOPBACK_STAND_IN", &url);
    builder.cwd(home);
    let mut child = pair.slave.spawn_command(builder).unwrap();
    let screen: Shared = Arc::new((Mutex::new(vt100::Parser::new(40, 120, 0)), Condvar::new()));
    let (mut output, shared) = (pair.master.try_clone_reader().unwrap(), Arc::clone(&screen));
    std::thread::spawn(move || {
        let mut bytes = [0; 64 * 1024];
        while let Ok(count @ 1..) = output.read(&mut bytes) {
            shared.0.lock().unwrap().process(&bytes[..count]);
            shared.1.notify_all();
        }
    });
    let mut keys = pair.master.take_writer().unwrap();
    wait(&screen, |it| it.contents().contains("contoso - groups - 000"));
    press(&mut *keys, b"a");
    press(&mut *keys, b"p");
    wait(&screen, |it| it.contents().starts_with("Pre-flight"));
    let mut during = Vec::new();
    for run in 0..RUNS {
        if run > 0 {
            press(&mut *keys, b"r");
            wait(&screen, |it| it.contents().contains("Check everything again"));
            let first = |it: &vt100::Screen| it.contents().contains("what failed");
            if first(screen.0.lock().unwrap().screen()) {
                press(&mut *keys, b"j");
            }
            press(&mut *keys, b"\r");
        }
        wait(&screen, |it| !ended(it) && cursor(it).is_some());
        let (begun, before) = (Instant::now(), calls.load(Ordering::SeqCst));
        during.extend(presses(&screen, &mut *keys, |it, _| !ended(it)));
        let calls = calls.load(Ordering::SeqCst) - before;
        println!("run {}: {calls} calls, {:.1} s", run + 1, begun.elapsed().as_secs_f64());
    }
    figures("while it runs", during);
    figures("at rest", presses(&screen, &mut *keys, |_, count| count < 200));
    child.kill().unwrap();
}
