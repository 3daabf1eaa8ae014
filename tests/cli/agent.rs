//! `agent download` against a server on this machine. SPEC D7, E2.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

use crate::home::{Home, run};

const STAND_IN: &str = "JETBRIDGE_LOOPBACK_STAND_IN";
const BODY: &str = "not a real installer";
/// Of [`BODY`].
const SHA: &str = "81c04cfc93a28936fbead8f7173f901b109f4311f98659e9372bd785f6e10e37";

/// Answers each request with the next of these, then closes; reports the request lines and ranges.
fn server(replies: Vec<String>) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (reported, requests) = channel();
    std::thread::spawn(move || {
        for reply in replies {
            let (mut stream, _) = listener.accept().unwrap();
            let mut head = Vec::new();
            let mut byte = [0; 1];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
                head.push(byte[0]);
            }
            reported.send(String::from_utf8(head).unwrap()).unwrap();
            stream.write_all(reply.as_bytes()).unwrap();
        }
    });
    (url, requests)
}

fn whole() -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{BODY}", BODY.len())
}

#[test]
fn it_is_fetched_checked_and_explained() {
    let home = Home::new();
    let (url, _requests) = server(vec![whole()]);
    let from = format!("{url}get/Agent-4.2.msi?sig=canary");
    home.config(&format!("[agent]\nsha256 = '{SHA}'\n"));
    let mut command = home.command(["agent", "download", "--url", &from]);
    let ran = run(command.env(STAND_IN, &url), b"").succeeds();
    assert!(ran.out.contains("Agent-4.2.msi, 20 bytes, SHA-256 as configured."), "{ran:#?}");
    assert!(ran.out.contains("msiexec /i \"Agent-4.2.msi\" /qn /norestart"), "{ran:#?}");
    assert!(ran.out.contains("<configuration key>") && ran.out.contains("By Group Policy:"));
    assert_eq!(ran.err, "from 127.0.0.1\n");
    assert_eq!(std::fs::read_to_string(home.path("Agent-4.2.msi")).unwrap(), BODY);
    assert!(!home.path(".local/share").exists(), "a download needs no store");
    // Again: it is there, and nobody is asked.
    let mut command = home.command(["agent", "download", "--json", "--url", &from]);
    let json = run(command.env(STAND_IN, &url), b"").succeeds().json();
    assert_eq!((&json["already_there"], &json["sha256"]), (&true.into(), &SHA.into()));
    assert!(json["group_policy"][0].as_str().unwrap().contains("Computer Configuration"));
}

#[test]
fn a_broken_download_starts_again() {
    let home = Home::new();
    let broken = format!("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{}", &BODY[..6]);
    let refused = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let (url, requests) = server(vec![broken.clone(), refused.to_owned(), broken, whole()]);
    let from = format!("{url}a.msi");
    let again = || {
        let mut command = home.command(["agent", "download", "--out", "x.msi", "--url", &from]);
        command.arg("--unverified");
        run(command.env(STAND_IN, &url), b"")
    };
    let ran = again();
    assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{ran:#?}");
    assert!(ran.err.contains("starts again: 127.0.0.1: the connection broke"), "{ran:#?}");
    assert!(
        ran.err.contains("error: the device agent was not fetched: 127.0.0.1: not allowed (403)")
    );
    let left = std::fs::read_dir(home.path(".")).unwrap().flatten().map(|it| it.file_name());
    let left: Vec<_> = left.map(|it| it.into_string().unwrap()).collect();
    assert!(!left.iter().any(|it| it == "x.msi" || it.contains("new-")), "{left:?}");
    let ran = again().succeeds();
    assert!(ran.err.contains("warning: the file is not verified"), "{ran:#?}");
    assert_eq!(std::fs::read_to_string(home.path("x.msi")).unwrap(), BODY);
    let heads: Vec<String> = requests.iter().collect();
    assert!(heads.iter().all(|it| !it.to_lowercase().contains("range:")), "{heads:?}");
}

#[test]
fn what_cannot_be_done_says_what_to_do() {
    let home = Home::new();
    let wrong = "0".repeat(64);
    let (url, _requests) = server(vec![whole()]);
    let from = format!("{url}a.msi");
    home.run(&["agent", "download"]).fails(2, &["is not configured", "download_url", "--url"]);
    home.run(&["agent", "download", "--url", "http://files.example/a.msi"])
        .fails(2, &["no SHA-256 is configured", "--sha256", "--unverified", "agent_sha256"]);
    home.run(&["agent", "download", "--unverified", "--url", "http://files.example/a.msi"])
        .fails(1, &["files.example", "not https"]);
    home.run(&["agent", "download", "--sha256", SHA, "--url", r"\\files\fly\a.msi"])
        .fails(2, &["mount the share"]);
    home.run(&["agent", "download", "--sha256", SHA, "--url", &from, "--out", "no/a.msi"])
        .fails(2, &["cannot write no/a.msi: no such folder"]);
    let ran = home.run(&["agent", "download", "--sha256", "abc", "--url", &from]);
    assert!(ran.code == 2 && ran.err.contains("64 hexadecimal digits"), "{ran:#?}");
    let mut command = home.command(["agent", "download", "--sha256", &wrong, "--url", &from]);
    let ran = run(command.env(STAND_IN, &url), b"");
    assert!(ran.code == 1 && ran.err.contains(&wrong) && ran.err.contains(SHA), "{ran:#?}");
    assert!(!home.path("a.msi").exists());
    home.write("a.msi", "mine");
    home.run(&["agent", "download", "--unverified", "--url", &from])
        .fails(1, &["a.msi: it exists already", "--force"]);
}

#[test]
fn a_context_can_have_its_own_installer() {
    let home = Home::new();
    let (common, own) = (home.write("common.msi", "common"), home.write("own.msi", BODY));
    let plan = home.path("plan.db");
    home.config(&format!(
        "[agent]\ndownload_url = '{}'\n[contexts.lab]\nkind = 'store'\npath = '{}'\n\
         agent_url = '{}'\nagent_sha256 = '{SHA}'\n",
        common.display(),
        plan.display(),
        own.display()
    ));
    let got = |context: &str, out: &str| {
        let args =
            ["agent", "download", "--context", context, "--json", "--unverified", "--out", out];
        home.run(&args).succeeds().json()
    };
    assert_eq!(got("lab", "a.msi")["checked"], true);
    assert_eq!(std::fs::read_to_string(home.path("a.msi")).unwrap(), BODY);
    assert_eq!(got("local", "b.msi")["checked"], false);
    assert_eq!(std::fs::read_to_string(home.path("b.msi")).unwrap(), "common");
    assert!(!plan.exists(), "a download opens no store");
}
