//! `list` and `show`.

use std::io::Read;
use std::process::Stdio;

use crate::home::Home;

#[test]
fn an_empty_store_says_what_to_do_next() {
    let home = Home::new();
    let ran = home.run(&["list"]).succeeds();
    assert_eq!(ran.out, "");
    assert!(ran.err.contains("`jetbridge import FILE`"), "{ran:?}");
    assert!(home.run(&["list", "--json"]).succeeds().names().is_empty());
}

/// C2, C3, C6.
#[test]
fn list_filters_searches_sorts_and_limits() {
    let home = Home::new();
    let rows = "name,type,side,tenant,modified,modified_by\n\
                contoso-groups,M365Group,source,contoso,2025-01-01T00:00:00Z,zoe\n\
                fabrikam-groups,4,destination,fabrikam,2025-03-01T00:00:00Z,anna\n\
                mail,Gmail,any,Contoso,2025-02-01T00:00:00Z,ben\n";
    home.run_with(&["import", "-"], rows).succeeds();
    let list = |args: &[&str]| {
        let mut all = vec!["list", "--json"];
        all.extend(args);
        home.run(&all).succeeds().names()
    };
    assert_eq!(list(&[]), ["contoso-groups", "fabrikam-groups", "mail"]);
    assert_eq!(list(&["--type", "M365Group"]), ["contoso-groups", "fabrikam-groups"]);
    assert_eq!(list(&["--type", "4,Gmail"]).len(), 3);
    assert_eq!(list(&["--tenant", "CONTOSO"]), ["contoso-groups", "mail"]);
    assert_eq!(list(&["--side", "destination"]), ["fabrikam-groups"]);
    assert_eq!(list(&["--search", "GROUPS", "--tenant", "fabrikam"]), ["fabrikam-groups"]);
    assert_eq!(list(&["--health", "error"]), Vec::<String>::new());
    assert_eq!(list(&["--health", "warning"]), ["contoso-groups", "fabrikam-groups"]);
    assert_eq!(list(&["--health", "unchecked"]), ["mail"]);
    assert_eq!(list(&["--health", "ok"]), Vec::<String>::new());
    assert_eq!(list(&["--sort", "modified"]), ["contoso-groups", "mail", "fabrikam-groups"]);
    assert_eq!(list(&["--sort", "by", "--reverse"])[0], "contoso-groups");
    assert_eq!(list(&["--reverse", "--limit", "1"]), ["mail"]);

    let row = &home.run(&["list", "--json", "--search", "mail"]).json()["connections"][0];
    assert_eq!(row["type"], "Gmail");
    assert_eq!(row["side"], "any");
    assert_eq!(row["tenant"], "Contoso");
    assert_eq!(row["modified_at"], "2025-02-01T00:00:00Z");
    assert_eq!(row["modified_by"], "ben");
    assert_eq!(row["level"], "unchecked");
    assert_eq!(row["findings"].as_array().unwrap().len(), 0);
    assert_eq!(row["revision"], 1);
    assert_eq!(row["credentials"], "");
}

#[test]
fn a_table_is_not_cut_when_it_is_piped() {
    let name = "n".repeat(200);
    let home = Home::with(&[&name]);
    let ran = home.run(&["list"]).succeeds();
    assert!(ran.out.starts_with("NAME "), "{ran:?}");
    assert!(ran.out.contains(&name) && ran.out.contains("2") && ran.out.contains("not checked"));
}

#[test]
fn wrong_arguments_end_with_two() {
    let home = Home::new();
    home.run(&["list", "--type", "Devise"]).fails(2, &["did you mean Device?"]);
    home.run(&["list", "--health", "bad"]).fails(2, &["error, warning, advice, unchecked, ok"]);
    home.run(&["list", "--sort", "size"]).fails(2, &["valid values: name, type"]);
    home.run(&["lst"]).fails(2, &["list"]);
    home.run(&["show"]).fails(2, &["no connections to show were given"]);
    home.run(&["--ascii", "list"]).fails(2, &["are for the screen", "hint: "]);
    home.run(&["list", "--type", "\u{1b}[2J\u{202e}"]).fails(2, &["--type"]);
}

#[test]
fn show_finds_by_name_id_and_beginning_of_an_id() {
    let home = Home::with(&["alpha", "beta"]);
    let json = home.run(&["show", "ALPHA", "--json"]).succeeds().json();
    let id = json["connection"]["id"].as_str().unwrap().to_owned();
    assert_eq!(json["connection"]["name"], "alpha");
    assert_eq!(json["tenant"], "contoso");
    assert_eq!(home.run(&["show", &id, "--json"]).succeeds().json(), json);
    assert!(home.run(&["show", "alpha"]).succeeds().out.contains(&id));
    home.run(&["show", "alpho"]).fails(1, &["no connection is named alpho", "did you mean alpha?"]);
    home.run(&["show", "\u{1b}[2J"]).fails(1, &["\\u{1b}[2J"]);
    // Both were made in one import, so their ids begin alike.
    home.run(&["show", &id[..8]]).fails(1, &["fits 2 connections", &id, "  alpha", "  beta"]);
}

#[test]
fn history_is_reported_on_demand() {
    let home = Home::with(&["alpha"]);
    let json = home.run(&["show", "alpha", "--json", "--history"]).succeeds().json();
    assert_eq!(json["history"][0]["action"], "imported");
    let text = home.run(&["show", "alpha", "--history"]).succeeds().out;
    assert!(text.contains("History\n  1  "), "{text}");
}

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let home = Home::new();
    let rows: String = (0..3_000).map(|n| format!("connection-{n:05},Gmail\n")).collect();
    home.run_with(&["import", "-"], format!("name,type\n{rows}")).succeeds();
    for args in [["list", "--json"], ["list", "--reverse"]] {
        let mut child = home
            .command(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = [0];
        let mut out = child.stdout.take().unwrap();
        out.read_exact(&mut first).unwrap();
        drop(out);
        let ended = child.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(0));
        assert!(ended.stderr.is_empty(), "{}", String::from_utf8_lossy(&ended.stderr));
    }
}

#[test]
fn columns_are_those_asked_for_in_their_order() {
    let home = Home::new();
    let rows = "name,type,side,tenant,modified_by\n\
                b,M365Group,source,Contoso,zoe\n\
                a,M365Group,source,Contoso,anna\n\
                c,M365Group,destination,Contoso,anna\n";
    home.run_with(&["import", "-"], rows).succeeds();
    let out = |args: &[&str]| {
        let mut all = vec!["list"];
        all.extend(args);
        home.run(&all).succeeds().out
    };
    assert_eq!(
        out(&["--columns", "by,name", "--sort", "by,side,name"]),
        "BY    NAME\nanna  a\nanna  c\nzoe   b\n"
    );
    assert_eq!(
        out(&["--columns", "name,side", "--sort", "side,by", "-o", "csv"]),
        "name,side\na,source\nb,source\nc,destination\n"
    );
    // All of the order is turned, and rows that are equal stay in the order of their names.
    assert_eq!(
        out(&["--columns", "name", "--sort", "side,by", "--reverse", "--no-headers"]),
        "c\nb\na\n"
    );
    assert_eq!(out(&["--columns", "name", "-o", "csv", "--no-headers"]), "a\nb\nc\n");
    assert!(out(&["--no-headers"]).starts_with("a "));
    // Every column, in both formats.
    let all = "id,name,type,side,tenant,credentials,health,findings,expires,modified,by,revision";
    let csv = out(&["--columns", all, "-o", "csv"]);
    assert_eq!(csv.lines().next().unwrap().split(',').count(), 12, "{csv}");
    let table = out(&["--columns", all]);
    assert!(table.starts_with("ID ") && table.contains("REVISION"), "{table}");

    home.run(&["list", "--columns", "size"]).fails(2, &["--columns", "name"]);
    for format in ["json", "jsonl"] {
        let ran = home.run(&["list", "--columns", "name", "-o", format]);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.err.contains("--columns is for a table and for CSV"), "{ran:?}");
    }
}

/// Nothing but the answer; what must be known stays.
#[test]
fn quiet_leaves_out_all_but_the_answer_and_what_failed() {
    let home = Home::with(&["a"]);
    for args in [
        &["list", "--search", "nobody"][..],
        &["list", "--limit", "1"],
        &["delete", "a", "--yes"],
        &["restore", "a"],
        &["delete", "--search", "nobody", "--yes"],
        &["export", "--out", "all.toml"],
        &["sample", "load"],
        &["audit", "--fail-on", "none"],
        &["directory", "list"],
    ] {
        let mut quiet = args.to_vec();
        quiet.push("--quiet");
        let ran = home.run(&quiet).succeeds();
        assert_eq!(ran.err, "", "{args:?}");
    }
    home.run(&["show", "nobody", "-q"]).fails(1, &["error: ", "hint: "]);
    let warned = home.run(&["plan", "-f", "none.toml", "-q"]);
    assert!(warned.err.starts_with("error: "), "{warned:?}");
}
