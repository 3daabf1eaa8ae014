//! `jetbridge audit` by the real binary: exit codes, formats, files, waivers, baselines.

use serde_json::Value;

use crate::home::{Home, Ran, is_private};

/// One source of each of two types, of which one is to be completed: a warning and two pieces of
/// advice.
fn home() -> Home {
    let home = Home::new();
    let rows = "name,type,side,tenant,modified\n\
                mail,Gmail,any,contoso,2026-11-01T00:00:00Z\n\
                groups,M365Group,any,contoso,2020-01-01T00:00:00Z\n\
                groups (copy),GoogleChat,any,contoso,2999-01-01T00:00:00Z\n";
    home.run_with(&["import", "-"], rows).succeeds();
    home
}

/// As `Ran::succeeds`, for another code.
#[track_caller]
fn ends(ran: Ran, code: i32) -> Ran {
    assert_eq!(ran.code, code, "{ran:#?}");
    ran
}

/// Rules in the order of a report in JSON.
fn rules(json: &Value) -> Vec<&str> {
    json["findings"].as_array().unwrap().iter().map(|it| it["rule"].as_str().unwrap()).collect()
}

const QUIET: [&str; 3] = ["audit", "--ignore", "stale"];

#[test]
fn the_exit_code_follows_the_level() {
    let home = home();
    for (least, code) in [("error", 0), ("warning", 3), ("advice", 3), ("none", 0)] {
        ends(home.run(&["audit", "--fail-on", least]), code);
    }
    // Without the warning only advice is left.
    for (least, code) in [("error", 0), ("warning", 0), ("advice", 3)] {
        ends(home.run(&["audit", "--ignore", "incomplete", "--fail-on", least]), code);
    }
    ends(home.run(&["audit", "mail", "--fail-on", "advice", "--only", "incomplete"]), 0);
    let ran = home.run(&["audit", "--ignore", "incompleet"]);
    assert!(ran.code == 2 && ran.err.contains("did you mean incomplete?"), "{ran:#?}");
}

#[test]
fn the_table_shows_the_worst_first() {
    let ran = ends(home().run(&QUIET), 0);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert!(lines[0].starts_with("LEVEL") && lines[0].ends_with("FOUND"), "{lines:#?}");
    assert!(lines[1].starts_with("warning") && lines[1].contains("incomplete"), "{lines:#?}");
    assert!(lines[2].contains("leftover-copy") && lines[2].contains("Next to groups."));
    assert!(ran.err.contains("3 connections audited: 1 warning, 1 advice."), "{}", ran.err);
}

#[test]
fn an_empty_store_and_a_clean_one() {
    let ran = ends(Home::new().run(&["audit"]), 0);
    assert!(ran.out.is_empty() && ran.err.contains("no connections yet"), "{ran:#?}");
    let ran = ends(home().run(&["audit", "--only", "expired"]), 0);
    assert!(ran.out.is_empty() && ran.err.contains("nothing found"), "{ran:#?}");
}

/// Holds what was printed against a schema of the repository.
#[track_caller]
fn holds(schema: &str, printed: &Value) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(schema);
    let text = std::fs::read_to_string(path).unwrap();
    let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
    compiler.add_resource("schema.json", serde_json::from_str(&text).unwrap()).unwrap();
    let index = compiler.compile("schema.json", &mut schemas).unwrap();
    if let Err(why) = schemas.validate(printed, index) {
        panic!("{why:#}");
    }
}

#[test]
fn each_format_on_standard_output() {
    let home = home();
    let format = |name: &str| {
        let ran = home.run(&["audit", "-o", name, "--fail-on", "none"]).succeeds();
        assert_eq!(ran.err, "", "{name}");
        ran.out
    };
    let json = home.run(&["audit", "--json", "--fail-on", "none"]).succeeds().json();
    assert_eq!(json["counts"]["warning"], 1);
    assert_eq!(rules(&json).first(), Some(&"incomplete"));
    assert_eq!(format("jsonl").lines().count(), rules(&json).len());
    assert_eq!(format("csv").lines().count(), rules(&json).len() + 1);
    assert!(format("markdown").starts_with("# Connection audit"));
    assert!(format("html").starts_with("<!DOCTYPE html>"));
    assert!(format("junit").starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"));
    holds("assets/audit.schema.json", &json);
}

#[test]
fn a_file_is_private_and_replaced_whole() {
    let home = home();
    let path = home.write("audit.html", "old");
    ends(home.run(&["audit", "--out", "audit.html"]), 0);
    let page = std::fs::read_to_string(&path).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.trim_end().ends_with("</html>"));
    assert!(is_private(&path));
    home.run(&["audit", "--out", "audit.txt"]).fails(2, &["the format does not follow", "-o json"]);
    home.run(&["audit", "-o", "table", "--out", "a.json"]).fails(2, &["a table is for"]);
    home.run(&["audit", "--out", "no/such/a.json"]).fails(1, &["cannot write"]);
}

#[test]
fn waivers_hold_and_mistakes_are_reported_with_their_lines() {
    let home = home();
    let waiver = |connection: &str, expires: &str| {
        format!(
            "[[waiver]]\nrule = \"incomplete\"\nconnection = \"{connection}\"\n\
             reason = \"ticket 4711\"\nexpires = {expires}\n"
        )
    };
    home.write("waivers.toml", waiver("GROUPS", "2999-12-31"));
    let warned = ["audit", "--waivers", "waivers.toml", "--fail-on", "warning"];
    let ran = ends(home.run(&warned), 0);
    assert!(ran.err.contains("1 waived") && !ran.out.contains("incomplete"), "{ran:#?}");
    let json = home.run(&["audit", "--waivers", "waivers.toml", "--json"]).json();
    assert_eq!(json["findings"][0]["waiver"]["reason"], "ticket 4711");
    home.write("waivers.toml", waiver("groups", "2020-12-31"));
    let ran = ends(home.run(&warned), 3);
    assert!(ran.err.contains("waiver on line 1: expired: incomplete for groups"), "{}", ran.err);
    home.write("waivers.toml", "[[waiver]]\nrule = \"incomplete\"\nconnection = \"groups\"\n\nexpires = 2999-12-31\n[[waiver]]\n");
    home.run(&["audit", "--waivers", "waivers.toml"]).fails(
        2,
        &[
            "waivers.toml cannot be used",
            "line 1: this waiver has no reason",
            "line 6: this waiver has no rule",
        ],
    );
    home.run(&["audit", "--waivers", "none.toml"]).fails(1, &["cannot read none.toml"]);
}

#[test]
fn a_baseline_shows_what_changed() {
    let home = home();
    let baseline = ["audit", "--baseline", "base.json", "--fail-on", "warning"];
    ends(home.run(&["audit", "--write-baseline", "base.json"]), 0);
    assert!(is_private(&home.path("base.json")));
    // What is known does not fail.
    let ran = ends(home.run(&baseline), 0);
    assert!(ran.out.contains("still there") && ran.err.contains(": 0 new, 0 fixed."), "{ran:#?}");
    home.run_with(&["import", "-"], "name,type\nlaptops,Device\n").succeeds();
    home.run(&["delete", "--yes", "groups (copy)"]).succeeds();
    let ran = ends(home.run(&baseline), 3);
    let since: Vec<&str> = ran.out.lines().map(|it| it.split("  ").next().unwrap()).collect();
    let order = ["SINCE", "new", "fixed", "still there"];
    let mut seen: Vec<&str> = since.clone();
    seen.dedup();
    assert_eq!(seen, order, "{ran:#?}");
    home.run(&["audit", "mail", "--write-baseline", "b.json"]).fails(2, &["every connection"]);
    home.write("bad.json", "{}");
    home.run(&["audit", "--baseline", "bad.json"]).fails(2, &["not an audit baseline"]);
}

#[test]
fn a_baseline_of_another_store_is_refused_unless_asked() {
    let (one, other) = (home(), home());
    ends(one.run(&["audit", "--write-baseline", "base.json"]), 0);
    let text = std::fs::read_to_string(one.path("base.json")).unwrap();
    other.write("base.json", text);
    let line = ["audit", "--baseline", "base.json"];
    other.run(&line).fails(2, &["another store", "--any-store"]);
    let ran = other.run(&[&line[..], &["--any-store"]].concat());
    assert!(ran.err.contains("Since "), "{ran:#?}");
}

#[test]
fn rules_are_listed_and_explained() {
    let home = Home::new();
    let list = home.run(&["audit", "rules"]).succeeds().out;
    assert!(list.lines().nth(1).unwrap().starts_with("error"));
    let all = home.run(&["audit", "rules", "--json"]).succeeds().json();
    let all = all["rules"].as_array().unwrap();
    assert_eq!(list.lines().count(), all.len() + 1);
    for rule in all {
        let id = rule["id"].as_str().unwrap();
        let reported = home.run(&["audit", "explain", id]).succeeds().out;
        assert!(reported.contains(rule["fix"].as_str().unwrap()), "{reported}");
    }
    let json = home.run(&["audit", "explain", "stale", "--json"]).succeeds().json();
    assert_eq!(json["rule"]["level"], "advice");
    let ran = home.run(&["audit", "explain", "expirng"]);
    assert!(ran.code == 2 && ran.err.contains("did you mean expiring?"), "{ran:#?}");
    assert!(!home.path(".local/share").exists(), "rules need no store");
}

/// The same certificate with another last day: nobody checks its signature here.
fn until(pem: &str, end: &str) -> String {
    use base64::Engine as _;
    let base64 = base64::engine::general_purpose::STANDARD;
    let body = pem.split("-----").nth(2).unwrap().replace(['\r', '\n'], "");
    let mut der = base64.decode(body).unwrap();
    let now = b"21261029034542Z";
    let at = der.windows(now.len()).position(|it| it == now).unwrap();
    der[at..at + now.len()].copy_from_slice(end.as_bytes());
    let body = base64.encode(der);
    format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
}

/// A context is no connection; its certificate runs out all the same.
#[test]
fn the_certificate_of_a_context_is_judged() {
    const PEM: &str = include_str!("../../src/backend/graph/testdata/fake-app.pem");
    let home = home();
    let path = home.write("app.pem", PEM);
    home.config(&format!(
        "[contexts.contoso]\nkind = \"fly\"\ndata_centre = \"us\"\nclient_id = \"11111111-2222-4333-8444-555555555555\"\ncredential = {{ certificate = '{}' }}\n",
        path.display()
    ));
    let only = ["audit", "--only", "certificate-expired,certificate-expiring", "--json"];
    let ran = ends(home.run(&only), 0);
    assert_eq!(rules(&ran.json()), [""; 0]);
    home.write("app.pem", until(PEM, "20250101000000Z"));
    let json = ends(home.run(&only), 3).json();
    assert_eq!(rules(&json), ["certificate-expired"]);
    let found = &json["findings"][0];
    assert_eq!(found["connection"]["name"], "context contoso");
    assert_eq!(found["connection"]["type"], "context");
    assert!(found["detail"].as_str().unwrap().contains("expired on 2025-01-01"), "{found}");
    holds("assets/audit.schema.json", &json);
    let junit = ends(home.run(&["audit", "-o", "junit"]), 3).out;
    assert!(junit.contains("classname=\"certificate-expired\" name=\"context contoso\""));
    // No connection has it, so names and filters leave it out.
    ends(home.run(&["audit", "mail", "--only", "certificate-expired"]), 0);
    home.write("app.pem", "nothing");
    let ran = ends(home.run(&only), 0);
    assert!(ran.err.contains("the certificate of context contoso cannot be read"), "{ran:#?}");
    let ran = home.run(&["audit", "--only", "certificate-expired", "--redact"]);
    assert!(ran.code == 0 && !ran.err.contains("contoso"), "{ran:#?}");
}

/// On a terminal rule by rule, wrapped and never cut, with how to fix it, and the verdict last.
#[test]
fn a_terminal_of_60_columns_shows_names_and_findings_whole() {
    let home = Home::new();
    let long = "a-connection-with-a-name-longer-than-half-of-the-terminal";
    let rows: String = (1..=12).map(|n| format!("m{n},M365Group,source,contoso\n")).collect();
    let rows = format!("name,type,side,tenant\n{long},M365Group,any,contoso\n{rows}");
    home.run_with(&["import", "-"], rows).succeeds();
    let of = |args: &[&str]| {
        let args = [args, &["--fail-on", "warning"]].concat();
        let (screen, code) = crate::talk::Talk::with(&home, &args, 60, &[]).end();
        assert_eq!(code, 3, "{screen}");
        screen.replace('\r', "")
    };
    let screen = of(&["audit", "--only", "incomplete"]);
    let (findings, verdict) = screen.split_once("\n\n").unwrap();
    assert!(findings.lines().all(|it| it.chars().count() <= 60), "{screen}");
    assert!(screen.starts_with("warning  Incomplete record: 13 (incomplete)\n"), "{screen}");
    assert!(
        screen.contains("\n         Fix: Open it and answer the rest of the form.\n"),
        "{screen}"
    );
    assert!(screen.contains(&format!("\n  {long}\n")), "{screen}");
    assert!(screen.contains("and 3 more: jetbridge audit --only incomplete --limit 0"), "{screen}");
    assert!(!screen.contains('…'), "{screen}");
    assert_eq!(of(&["audit", "--only", "incomplete", "--limit", "0"]).matches("\n  m").count(), 12);
    assert!(verdict.starts_with(
        "13 connections audited: 13 warnings.\nConnections: 13 with warnings at most."
    ));
    let screen = of(&["audit", "--summary"]);
    assert!(screen.starts_with("warning     13  Incomplete"), "{screen}");
    assert!(screen.lines().all(|it| it.chars().count() <= 66) && !screen.contains('…'), "{screen}");
}

#[test]
fn a_summary_shows_each_rule_once() {
    let ran = ends(home().run(&["audit", "--summary"]), 0);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert!(lines[0].starts_with("LEVEL") && lines[0].ends_with("FIX"), "{lines:#?}");
    let rules: Vec<&str> =
        lines[1..].iter().map(|it| it.split_whitespace().nth(2).unwrap()).collect();
    assert_eq!(rules, ["incomplete", "stale", "leftover-copy"]);
    assert!(
        ran.err.contains("Connections: 1 with warnings at most, 1 with advice, 1 not checked."),
        "{}",
        ran.err
    );
    ends(home().run(&["audit", "--summary", "-o", "json"]), 2);
}

#[test]
fn a_name_that_is_not_there_is_a_failure() {
    home()
        .run(&["audit", "groupz"])
        .fails(1, &["no connection is named groupz", "did you mean groups?"]);
}

#[test]
fn secrets_stay_sealed_in_every_format() {
    let home = Home::new();
    home.run(&["sample", "load"]).succeeds();
    for format in ["table", "json", "jsonl", "csv", "markdown", "junit", "html"] {
        let ran = ends(home.run(&["audit", "--open-secrets", "-o", format]), 3);
        // Passwords, client secrets and keys of the sample.
        for word in ["Sample-only-1", "not-real", "JBK1"] {
            assert!(!ran.out.contains(word), "{format}: {word}");
        }
    }
}

#[test]
fn hostile_names_act_in_no_format() {
    let home = Home::new();
    // What a file of connections takes: printable, and still a formula, markup, a path.
    let rows = "name,type,tenant\n\
                \"=1+1\",M365Group,\"<script>alert(1)</script>\"\n\
                \"@a|b\",M365Group,\"+1\"\n\
                \"\"\"><img src=x>\",Device,\"](https://evil.example)\"\n";
    home.run_with(&["import", "-"], rows).succeeds();
    let run = |format: &str| ends(home.run(&["audit", "-o", format]), 0).out;
    assert!(run("csv").contains("'=1+1") && run("csv").contains("'@a|b"));
    for format in ["html", "markdown", "junit"] {
        let text = run(format);
        assert!(!text.contains("<script") && !text.contains("<img"), "{format}");
    }
    let json: Value = serde_json::from_str(&run("json")).unwrap();
    assert!(json.to_string().contains("=1+1"));
}
