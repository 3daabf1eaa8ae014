//! `import`, `directory import` and `directory list`.

use crate::home::{Home, is_private};

const ROWS: [(&str, &str, &str); 3] =
    [("a", "M365Group", "source"), ("b", "Device", "any"), ("c", "Gmail", "destination")];

#[test]
fn every_format_imports_the_same() {
    let csv: String = ROWS.iter().map(|(n, t, s)| format!("{n},{t},{s}\n")).collect();
    let objects: Vec<String> = ROWS
        .iter()
        .map(|(n, t, s)| format!("{{\"name\": \"{n}\", \"type\": \"{t}\", \"side\": \"{s}\"}}"))
        .collect();
    let files = [
        ("rows.csv", format!("\u{feff}name,type,side\r\n{}", csv.replace('\n', "\r\n"))),
        ("rows.json", format!("[{}]", objects.join(",\n"))),
        ("wrapped.json", format!("{{\"connections\": [{}]}}", objects.join(","))),
        ("rows.jsonl", objects.join("\n")),
    ];
    let without_ids = |home: &Home| {
        let mut json = home.run(&["list", "--json"]).succeeds().json();
        for row in json["connections"].as_array_mut().unwrap() {
            row["id"].take();
            row["modified_at"].take();
        }
        json
    };
    let mut first = None;
    for (name, text) in files {
        let home = Home::new();
        let file = home.write(name, text);
        let ran = home.run(&["import".as_ref(), file.as_os_str()]).succeeds();
        assert_eq!(ran.out, "imported 3 connections\n", "{name}");
        let listed = without_ids(&home);
        assert_eq!(*first.get_or_insert_with(|| listed.clone()), listed, "{name}");
    }
}

#[test]
fn what_list_writes_can_be_imported_elsewhere() {
    let (here, there) = (Home::with(&["a", "b"]), Home::new());
    let json = here.run(&["list", "--json"]).succeeds().out;
    let ran = there.run_with(&["import", "-"], &json).succeeds();
    assert!(ran.err.contains("not imported: "), "{ran:?}");
    assert_eq!(there.run(&["list", "--json"]).json(), here.run(&["list", "--json"]).json());
}

#[test]
fn all_mistakes_are_reported_and_nothing_is_imported() {
    let home = Home::new();
    let text =
        "name,type,modified\nok,Device,\nok,Device,\n,Device,\nx,Devise,soon\n\u{1b}[2J,Device,\n";
    let file = home.write("evil\u{1b}[31m.csv", text);
    let ran = home.run(&["import".as_ref(), file.as_os_str()]).fails(
        1,
        &[
            "the file has 5 problems",
            "  line 3: name: line 2 has this name too",
            "  line 4: name: is missing",
            "  line 5: type: \"Devise\" is not a connection type; did you mean Device?",
            "  line 5: modified: \"soon\" is not a moment",
            "  line 6: name: remove the invisible character U+001B",
            "hint: ",
        ],
    );
    assert!(ran.err.contains("evil\\u{1b}[31m.csv"), "{ran:?}");
    assert!(home.run(&["list", "--json"]).names().is_empty());
    home.run(&["import", "no-such-file.csv"])
        .fails(1, &["no-such-file.csv", "hint: check the path"]);
    home.run(&["import", "."]).fails(1, &["it is a folder"]);
    home.run_with(&["import", "-"], "").fails(1, &["is empty"]);
    home.run_with(&["import", "-"], b"\xff\xfen\0").fails(1, &["name: this column is missing"]);
    let many = format!("name,type\n{}", "x,No\n".repeat(100));
    home.run_with(&["import", "-"], many)
        .fails(1, &["the file has 199 problems", "(also line 3; line 4; line 5 and 96 more)"]);
}

#[test]
fn a_dry_run_changes_nothing_and_a_taken_name_is_skipped() {
    let home = Home::with(&["taken"]);
    let text = "name,type\nTaken,Device\nnew,Device\n";
    let dry = home.run_with(&["import", "-", "--dry-run", "--json"], text).succeeds().json();
    assert_eq!((dry["added"].as_u64(), dry["skipped"].as_u64()), (Some(1), Some(1)));
    assert_eq!(home.run(&["list", "--json"]).names(), ["taken"]);
    let real = home.run_with(&["import", "-"], text).succeeds();
    assert_eq!(real.out, "imported 1 connection\n");
    assert!(real.err.contains("1 row skipped"), "{real:?}");
    assert_eq!(home.run(&["list", "--json"]).names(), ["new", "taken"]);
}

#[test]
fn wide_and_long_names_survive() {
    let home = Home::new();
    let long = "x".repeat(256);
    home.run_with(&["import", "-"], format!("name,type\n漢字 🚀,Device\n{long},Device\n"))
        .succeeds();
    assert_eq!(home.run(&["list", "--json"]).names().len(), 2);
    assert!(home.run(&["list"]).succeeds().out.contains("漢字 🚀"));
    let huge = format!("name,type\n{},Device\n", "x".repeat(10_000));
    home.run_with(&["import", "-"], huge).fails(1, &["10000 characters are too many"]);
}

/// E2: data is its owner's only.
#[test]
fn files_are_private() {
    let home = Home::with(&["a"]);
    assert!(home.store().exists());
    assert!(is_private(home.store().parent().unwrap()));
}

const DIRECTORY: &str = r#"{
  "tenants": [{"id": "t1", "name": "Contoso", "locations": ["NAM", "EUR"]},
              {"id": "t2", "name": "Fabrikam", "cloud": "21vianet"}],
  "containers": [{"id": "c1", "tenant": "t1", "name": "Groups", "objects": 12}],
  "app_profiles": [{"id": "p1", "tenant": "Contoso", "name": "Own app", "kind": "custom"}],
  "service_accounts": [{"tenant": "t2", "name": "svc@fabrikam.example", "mfa": "yes"}]
}"#;

#[test]
fn a_directory_is_imported_and_listed() {
    let home = Home::new();
    let dry = home.run_with(&["directory", "import", "-", "--dry-run"], DIRECTORY).succeeds();
    assert_eq!(dry.out, "would import 2 tenants, 1 container, 1 app profile, 1 service account\n");
    assert!(home.run(&["directory", "list"]).succeeds().out.is_empty());
    let json = home.run_with(&["directory", "import", "-", "--json"], DIRECTORY).succeeds().json();
    assert_eq!(json["tenants"], 2);

    // A later file may lean on what is there, by id or name.
    let more = "object,tenant,name,mfa\nservice-account,contoso,svc@contoso.example,no\n";
    home.run_with(&["directory", "import", "-"], more).succeeds();

    let all = home.run(&["directory", "list"]).succeeds().out;
    for part in ["multi-geo: NAM EUR", "21Vianet", "12 objects", "Custom app", "MFA: use modern"] {
        assert!(all.contains(part), "{part} is not in {all}");
    }
    let only =
        home.run(&["directory", "list", "service-accounts", "--tenant", "Contoso", "--json"]);
    let only = only.succeeds().json();
    assert_eq!(only["objects"].as_array().unwrap().len(), 1);
    assert_eq!(only["objects"][0]["object"], "service-account");
    assert_eq!(only["objects"][0]["mfa"], "no");
    home.run(&["directory", "list", "--tenant", "x"]).fails(1, &["no tenant is named x"]);
}

#[test]
fn a_directory_with_a_broken_row_is_not_imported() {
    let home = Home::new();
    let text = DIRECTORY
        .replace("\"t2\", \"name\": \"svc", "\"t9\", \"name\": \"svc")
        .replace("custom", "costum");
    home.run_with(&["directory", "import", "-"], text).fails(
        1,
        &[
            "  line 5, column 81: kind: \"costum\" is not one of",
            "did you mean custom?",
            "  line 6, column 24: tenant: no tenant \"t9\" in this file",
        ],
    );
    assert!(home.run(&["directory", "list"]).succeeds().out.is_empty());
}

/// Names and keys that are piped in are read as files are. Issue 11, point 24.
#[test]
fn standard_input_is_read_in_every_encoding() {
    let utf16 = |text: &str, mark: bool, join: fn(u16) -> [u8; 2]| -> Vec<u8> {
        mark.then_some(0xfeff).into_iter().chain(text.encode_utf16()).flat_map(join).collect()
    };
    let home = Home::with(&["mail", "post"]);
    for end in ["\n", "\r\n", "\r"] {
        for (text, args) in [
            (format!("mail{end}post{end}"), vec!["show", "-"]),
            (format!("mail{end}post{end}"), vec!["export", "-", "-o", "json"]),
            (format!("JBK1C-no-key{end}"), vec!["key", "check", "-"]),
            (format!("JBK1C-no-key{end}"), vec!["key", "check"]),
        ] {
            let plain = home.run_with(&args, &text);
            for bytes in [
                [b"\xef\xbb\xbf", text.as_bytes()].concat(),
                utf16(&text, true, u16::to_le_bytes),
                utf16(&text, true, u16::to_be_bytes),
                utf16(&text, false, u16::to_le_bytes),
            ] {
                let ran = home.run_with(&args, &bytes);
                let same = (ran.code, &ran.out) == (plain.code, &plain.out);
                assert!(same, "{args:?} {bytes:?}: {ran:?} {plain:?}");
            }
        }
    }
    home.run_with(&["show", "-"], b"mail\xff\n").fails(1, &["standard input", "Windows-1252"]);
    home.run_with(&["show", "-"], vec![b'x'; 5_000]).fails(1, &["no connection"]);
}
