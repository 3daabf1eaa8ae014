//! Every character that acts on a terminal, turns what is read around, or is not seen, in names that
//! a service sends: through every format of every verb that lists, every file, every error and the
//! log. None comes through, none is lost, no two names look the same. SPEC E4; RELIABILITY §3.

use std::collections::BTreeSet;
use std::process::Command;

use jetbridge::text::{is_hidden, shown};
use serde_json::Value;

use crate::home::{Home, Ran, run};
use crate::tenant::{CLIENT, Reply, Tenant};

const STAND_IN: &str = "JETBRIDGE_LOOPBACK_STAND_IN";

/// Hidden characters with a meaning of their own.
fn corpus() -> Vec<char> {
    let unassigned =
        |c: char| matches!(c as u32, 0xe0000 | 0xe0002..=0xe001f | 0xe0080..=0xe00ff | 0xe01f0..);
    ('\0'..=char::MAX).filter(|c| is_hidden(*c) && !unassigned(*c)).collect()
}

/// The names as the service means them: one for each character, one without, and half characters,
/// which stand for themselves.
fn names() -> Vec<String> {
    let mut all: Vec<String> = corpus().iter().map(|c| format!("n{c}x")).collect();
    all.push("nx".to_owned());
    all.extend(["n\\u{d83d}x", "n\\u{dc00}x"].map(str::to_owned));
    // Wide, combining, an accent without a letter, and a heap of them.
    all.extend(["n漢字x", "n🚀x", "né\u{301}x", "\u{301}nx"].map(str::to_owned));
    all.push(format!("n{}x", "\u{301}".repeat(30)));
    all.push(format!("n{}x", "\u{301}".repeat(31)));
    all
}

/// Those with a hidden character.
fn hidden_names() -> Vec<String> {
    corpus().iter().map(|c| format!("n{c}x")).collect()
}

/// The page as it is on the wire: half characters cannot be made by a library.
fn page() -> String {
    let rows: Vec<String> = names()
        .iter()
        .enumerate()
        .map(|(number, name)| {
            let name = Value::from(name.as_str()).to_string();
            let name = name.replace("\\\\u{d83d}", "\\ud83d").replace("\\\\u{dc00}", "\\udc00");
            format!(
                "{{\"id\":\"00000000-0000-4000-8000-{number:012}\",\"name\":{name},\
                 \"connectionType\":4,\"connectionSide\":1,\"tenantName\":{name},\
                 \"description\":{name},\"createBy\":{name},\"lastModifyBy\":{name},\
                 \"lastModifyTime\":1790000000}}"
            )
        })
        .collect();
    let count = rows.len();
    format!(
        "{{\"data\":{{\"nextLink\":null,\"totalCount\":{count},\"data\":[{}]}}}}",
        rows.join(",")
    )
}

fn service() -> Tenant {
    let page = page();
    Tenant::new(move |seen| {
        let json = |body: &str| {
            Reply::Text(200, "Content-Type: application/json\r\n".to_owned(), body.to_owned())
        };
        Some(match seen.line.split(['?', ' ']).nth(1).unwrap() {
            "/connect/token" => json(r#"{"access_token":"token-not-real","expires_in":3600}"#),
            "/fly/connections/summaries" => json(&page),
            _ => json(r#"{"data":{"nextLink":null,"totalCount":0,"data":[]}}"#),
        })
    })
}

fn home() -> Home {
    let home = Home::new();
    home.config("[log]\nlevel = 'trace'\nnames = 'plain'\n");
    let add = ["context", "add", "live", "--data-centre", "us", "--client-id", CLIENT];
    home.run_with(&[&add[..], &["--secret-stdin"]].concat(), "not-a-real-secret").succeeds();
    home
}

fn command(home: &Home, service: &Tenant, args: &[&str]) -> Command {
    let mut command = home.command(args);
    command.env(STAND_IN, &service.url);
    command
}

/// Nothing in it acts on a terminal, and each name is reported, unlike every other.
#[track_caller]
fn shows_all(place: &str, text: &str, names: &[String], spelled: fn(&str) -> String) {
    let bad = text.chars().find(|c| is_hidden(*c) && *c != '\n');
    assert_eq!(bad, None, "in {place}");
    let all: BTreeSet<String> = names.iter().map(|it| spelled(it)).collect();
    assert_eq!(all.len(), names.len(), "names look the same in {place}");
    for name in &all {
        assert!(text.contains(name.as_str()), "{name:?} is not in {place}: {text:.600}");
    }
}

fn plain(name: &str) -> String {
    shown(name).into_owned()
}

/// As JSON with every hidden character escaped.
fn json(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if is_hidden(c) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
            c => out.push(c),
        }
    }
    out
}

/// As TOML; see `service::files`.
fn toml(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if is_hidden(c) => out.push_str(&format!("\\U{:08X}", c as u32)),
            c => out.push(c),
        }
    }
    out
}

/// As Markdown, which takes the backslash for itself.
fn markdown(name: &str) -> String {
    plain(name).replace('\\', "\\\\")
}

type Spelled = fn(&str) -> String;

#[test]
fn every_hidden_character_is_reported_in_every_format() {
    let (home, service) = (home(), service());
    let mut places = 0;
    let mut check = |args: &[&str], spelled: Option<Spelled>| -> Ran {
        let ran = run(&mut command(&home, &service, args), b"");
        assert!(matches!(ran.code, 0 | 3), "{args:?}: {ran:.2000?}");
        if let Some(spelled) = spelled {
            // An audit reports what it finds: names that look like others.
            let reported = if args[0] == "audit" { hidden_names() } else { names() };
            shows_all(&format!("{args:?}"), &ran.out, &reported, spelled);
        }
        places += 1;
        ran
    };
    let formats: [(&str, Spelled); 4] =
        [("table", plain), ("json", json), ("jsonl", json), ("csv", plain)];
    for (format, spelled) in formats {
        check(&["list", "--context", "live", "-o", format], Some(spelled));
    }
    let exports: [(&str, Spelled); 4] =
        [("toml", toml), ("json", json), ("csv", plain), ("markdown", markdown)];
    for (format, spelled) in exports {
        check(&["export", "--context", "live", "--format", format], Some(spelled));
        let out = format!("export.{format}");
        check(&["export", "--context", "live", "--format", format, "--out", &out], None);
        let text = std::fs::read_to_string(home.path(&out)).unwrap();
        shows_all(&out, &text, &names(), spelled);
    }
    let audits: [(&str, Spelled); 7] = [
        ("table", plain),
        ("json", json),
        ("jsonl", json),
        ("csv", plain),
        ("markdown", markdown),
        ("junit", plain),
        ("html", plain),
    ];
    for (format, spelled) in audits {
        check(&["audit", "--context", "live", "-o", format, "--fail-on", "none"], Some(spelled));
        if format == "table" {
            continue;
        }
        let out = format!("audit.{format}");
        let args = ["audit", "--context", "live", "-o", format, "--fail-on", "none", "--out", &out];
        check(&args, None);
        let text = std::fs::read_to_string(home.path(&out)).unwrap();
        shows_all(&out, &text, &hidden_names(), spelled);
    }
    let diffs: [(&str, Spelled); 3] = [("text", plain), ("markdown", markdown), ("csv", plain)];
    for (format, spelled) in diffs {
        check(&["diff", "--plan", "local", "--live", "live", "-o", format], Some(spelled));
    }
    check(&["diff", "--plan", "local", "--live", "live", "--json"], Some(json));
    // JSON is harmless and still true.
    let list = check(&["list", "--context", "live", "--json"], None).names();
    assert_eq!(list.iter().collect::<BTreeSet<_>>(), names().iter().collect::<BTreeSet<_>>());
    println!("{} names in {places} answers", names().len());
}

/// What is asked for is repeated in errors and in the log, the kinds of characters one by one.
#[test]
fn errors_and_the_log_show_what_they_repeat() {
    let (home, service) = (home(), service());
    let hostile: Vec<char> = corpus().into_iter().filter(|c| *c != '\0').step_by(9).collect();
    let mut said = BTreeSet::new();
    for c in &hostile {
        let name = format!("q{c}y");
        let ran = run(&mut command(&home, &service, &["show", &name, "--context", "live"]), b"");
        assert!(ran.code != 0 && ran.out.is_empty(), "{ran:?}");
        assert!(ran.err.contains(&plain(&name)), "{name:?}: {ran:?}");
        assert!(!ran.err.chars().any(|c| is_hidden(c) && c != '\n'), "{ran:?}");
        said.insert(ran.err);
        for wrong in [
            &["list", "--sort", &name][..],
            &["plan", "-f", &name],
            &["backup", "verify", &name],
            &["list", "--context", &name],
            &[&name],
        ] {
            let ran = run(&mut command(&home, &service, wrong), b"");
            assert!(ran.code != 0, "{wrong:?}: {ran:?}");
            let hidden = |c: char| is_hidden(c) && c != '\n';
            assert!(!ran.err.contains(hidden) && !ran.out.contains(hidden), "{ran:?}");
            assert!(ran.err.contains("\\u{"), "{wrong:?} does not report it: {ran:?}");
        }
    }
    assert_eq!(said.len(), hostile.len(), "two errors look the same");
    let log = home.path(".local/state/jetbridge/log/jetbridge.log");
    let log = std::fs::read_to_string(log).unwrap();
    assert!(!log.chars().any(|c| is_hidden(c) && c != '\n'), "in the log");
    let lines: Vec<Value> = log.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    for c in &hostile {
        let name = format!("q{c}y");
        assert!(lines.iter().any(|it| it["span"]["about"] == name), "{name:?} is not in the log");
    }
    println!("{} characters in errors of 6 verbs and in the log", hostile.len());
}
