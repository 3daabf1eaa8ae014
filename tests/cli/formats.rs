//! Every verb in every format; every exit code; nobody is
//! asked with `--no-input`; nothing is changed with `--dry-run`. Issue 5, point 3.

use serde_json::Value;

use crate::home::{Home, Ran};
use crate::tenant::CLIENT;

/// A verb that gives records, and what is typed into it.
type Case = (&'static [&'static str], &'static str);

const ROWS: &str = "name,type\nimported,Gmail\n";
const RECORD: &str = "[[connection]]\nname = 'new'\ntype = 'Gmail'\ntenant = 'Contoso'\n";
const CHANGED: &str =
    "[[connection]]\nname = 'new'\ntype = 'Gmail'\ntenant = 'Contoso'\ndescription = 'y'\n";
const TENANT: &str = r#"{"tenants": [{"id": "t9", "name": "T9"}]}"#;

/// In an order in which each finds what it needs.
pub const CASES: &[Case] = &[
    (&["sample", "load", "--dry-run"], ""),
    (&["sample", "load"], ""),
    (&["list"], ""),
    (&["show", "contoso-devices-hq-dest", "--history"], ""),
    (&["show", "fabrikam-groups-hr-source"], ""),
    (&["ls", "--type", "Device"], ""),
    (&["clone", "contoso-devices-hq-dest", "copy", "--dry-run"], ""),
    (&["clone", "contoso-devices-hq-dest", "copy"], ""),
    (&["runbook", "contoso-devices-hq-dest", "--tick", "1"], ""),
    (&["plan", "-f", "-"], RECORD),
    (&["create", "-f", "-", "--dry-run"], RECORD),
    (&["create", "-f", "-"], RECORD),
    (&["apply", "-f", "-", "--yes"], CHANGED),
    (&["edit", "new", "--set", "description=x"], ""),
    (&["delete", "new", "nobody", "--dry-run"], ""),
    (&["delete", "new", "nobody", "--yes"], ""),
    (&["restore", "--list"], ""),
    (&["restore", "new", "nobody", "--dry-run"], ""),
    (&["purge", "new", "nobody", "--dry-run"], ""),
    (&["purge", "new", "nobody", "--yes"], ""),
    (&["restore", "new", "nobody"], ""),
    (&["import", "-"], ROWS),
    (&["directory", "import", "-"], TENANT),
    (&["directory", "list"], ""),
    (&["key", "check", "nonsense"], ""),
    (&["permissions", "list"], ""),
    (&["permissions", "explain", "full_access_as_app"], ""),
    (&["permissions", "requirements"], ""),
    (&["permissions", "manifest"], ""),
    (&["permissions", "check", "--manifest", "-"], "[]"),
    (&["context", "list"], ""),
    (&["context", "add", "lab", "--kind", "store", "--path", "lab.db"], ""),
    (&["context", "edit", "lab", "--label", "LAB"], ""),
    (&["context", "use", "lab"], ""),
    (&["context", "remove", "lab", "--yes"], ""),
    (&["context", "test", "local"], ""),
    (&["paths"], ""),
    (&["audit", "rules"], ""),
    (&["audit", "explain", "expired"], ""),
    (&["doctor"], ""),
    (&["backup", "create", "all.jbk"], ""),
    (&["backup", "verify", "all.jbk"], ""),
    (&["backup", "restore", "all.jbk", "--dry-run"], ""),
    (&["backup", "restore", "all.jbk", "--yes"], ""),
    (&["vault", "rotate", "--all"], ""),
    (&["vault", "status", "--check"], ""),
];

fn ran(home: &Home, args: &[&str], format: &str, typed: &str) -> Ran {
    let mut args = args.to_vec();
    args.extend(["-o", format]);
    home.run_with(&args, typed)
}

/// A line of CSV that no quoted line end breaks.
fn lines(text: &str) -> Vec<csv::StringRecord> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.records().map(|it| it.unwrap()).collect()
}

#[test]
fn every_answer_is_reported_in_every_format() {
    // One home per format: what a verb changes is not there twice.
    let homes = ["table", "json", "jsonl", "csv"].map(|format| (format, Home::new()));
    for (args, typed) in CASES {
        let of = |at: usize| {
            let (format, home) = &homes[at];
            ran(home, args, format, typed)
        };
        let [table, json, jsonl, csv] = [of(0), of(1), of(2), of(3)];
        for other in [&json, &jsonl, &csv] {
            assert_eq!(other.code, table.code, "{args:?}: {other:#?}\n{table:#?}");
        }
        // For people; but a manifest is JSON for the portal, whoever reads it.
        let json_for_people = args.starts_with(&["permissions", "manifest"]);
        assert!(
            json_for_people || serde_json::from_str::<Value>(&table.out).is_err(),
            "{args:?}: {table:#?}"
        );
        let records: Vec<Value> =
            jsonl.out.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
        assert!(!records.is_empty(), "{args:?}");
        assert!(
            records.iter().all(|it| it["version"] == if it["command"] == "show" { 2 } else { 1 }),
            "{args:?}: {}",
            jsonl.out
        );
        let cells = lines(&csv.out);
        assert_eq!(cells.len(), records.len() + 1, "{args:?}: {}", csv.out);
        // Each column is a path of the records: none is empty for want of one.
        for (at, path) in cells[0].iter().enumerate() {
            let key = path.split('.').next().unwrap();
            let known = records.iter().any(|it| it.get(key).is_some());
            let filled = cells[1..].iter().any(|it| !it[at].is_empty());
            assert!(known || !filled, "{args:?}: {path}: {}", csv.out);
        }
        assert!(cells[1..].iter().flatten().any(|it| !it.is_empty()), "{args:?}: {}", csv.out);
    }
}

/// The codes of `jetbridge --help`, but 130: `terminal` and `live` press Ctrl-C.
#[test]
fn every_exit_code_is_proven() {
    let home = Home::with(&["alpha", "beta"]);
    home.config(&format!(
        "[contexts.fly]\nkind = 'fly'\ndata_centre = 'us'\nclient_id = '{CLIENT}'\n\
         credential = {{ secret = 'stored' }}\n"
    ));
    for (code, args) in [
        (0, &["list"][..]),
        (1, &["show", "nobody"]),
        (2, &["list", "-o", "yaml"]),
        (2, &["list", "--json", "-o", "csv"]),
        (3, &["key", "check", "nonsense"]),
        (4, &["list", "--context", "fly"]),
        (5, &["delete", "alpha", "nobody", "--yes"]),
    ] {
        let ran = home.run(args);
        assert_eq!(ran.code, code, "{args:?}: {ran:#?}");
    }
}

#[test]
fn without_input_nobody_is_asked_and_the_option_is_named() {
    let home = Home::with(&["alpha"]);
    for args in [
        &["delete", "alpha", "--no-input"][..],
        &["--no-input", "apply", "-f", "-"],
        &["context", "add", "--no-input"],
    ] {
        let ran = home.run_with(args, RECORD);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{args:?}: {ran:#?}");
    }
    home.run(&["delete", "alpha", "--no-input"]).fails(2, &["--no-input was given", "--yes"]);
    home.run(&["delete", "alpha", "--no-input", "-y"]).succeeds();
}

#[test]
fn a_dry_run_changes_nothing() {
    let home = Home::with(&["alpha", "beta"]);
    home.run(&["delete", "beta", "--yes"]).succeeds();
    let before = home.run(&["list", "--json"]).out;
    let config = home.path(".config/jetbridge/config.toml");
    for (args, says) in [
        (&["restore", "beta", "--dry-run"][..], "would restore beta"),
        (&["sample", "load", "--dry-run"], "would load"),
        (&["delete", "alpha", "--dry-run"], "would delete alpha"),
        (&["context", "use", "local", "--dry-run"], "would make local"),
        (
            &[
                "context",
                "add",
                "c",
                "--data-centre",
                "us",
                "--client-id",
                CLIENT,
                "--secret-stdin",
                "--dry-run",
            ],
            "would add c",
        ),
    ] {
        let ran = home.run_with(args, "not-a-real-secret").succeeds();
        assert!(ran.out.contains(says), "{args:?}: {ran:#?}");
        assert_eq!(home.run(&["list", "--json"]).out, before, "{args:?}");
        assert!(!config.exists(), "{args:?}");
    }
}
