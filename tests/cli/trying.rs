//! `--dry-run` of every command that writes: nothing changes, and the exit code is that of the real run,
//! for what works and for what does not.

use std::collections::BTreeSet;
use std::path::Path;

use crate::contract::commands;
use crate::home::Home;
use crate::tenant::CLIENT;

const NAME: &str = "contoso-devices-hq-dest";
const DELETED: &str = "contoso-domain-dest";
const PASS: &str = "passphrase that is not real";

/// What is run, what is typed, and the exit code of both runs.
type Case = (&'static [&'static str], &'static str, i32);

const CASES: &[Case] = &[
    (&["create", "-f", "wanted.toml"], "", 0),
    (&["create", "-f", "bad.toml"], "", 1),
    (&["edit", NAME, "--set", "description=x"], "", 0),
    (&["edit", "--search", "contoso-groups-eur", "--set", "description=x", "--yes"], "", 0),
    (&["edit", "nobody", "--set", "description=x"], "", 1),
    (&["edit", NAME, "--set", "nothing=x"], "", 1),
    (&["clone", NAME, "copy"], "", 0),
    (&["clone", NAME, NAME], "", 1),
    (&["delete", NAME, "--yes"], "", 0),
    (&["delete", "nobody", "--yes"], "", 1),
    (&["delete", NAME, "nobody", "--yes"], "", 5),
    (&["delete"], "", 2),
    (&["restore", DELETED], "", 0),
    (&["restore", DELETED, "nobody"], "", 5),
    (&["purge", DELETED, "--yes"], "", 0),
    (&["purge", NAME, "--yes"], "", 1),
    (&["drafts", "--discard", "nothing", "--yes"], "", 1),
    (&["import", "rows.csv"], "", 0),
    (&["import", "bad.csv"], "", 1),
    // As `plan` ends, which it is: something would change.
    (&["apply", "-f", "wanted.toml", "--yes"], "", 0),
    (&["apply", "-f", "bad.toml", "--yes"], "", 1),
    (&["runbook", NAME, "--tick", "1"], "", 0),
    (&["runbook", NAME, "--tick", "99"], "", 2),
    (&["runbook", "nobody", "--tick", "1"], "", 1),
    (&["context", "add", "other", "--path", "x.db"], "", 0),
    (&["context", "add", "local", "--path", "x.db"], "", 2),
    (&["context", "edit", "lab", "--label", "LAB"], "", 0),
    (&["context", "use", "lab"], "", 0),
    (&["context", "use", "nobody"], "", 2),
    (&["context", "remove", "lab", "--yes"], "", 0),
    (&["context", "trust", "fly.example"], "", 0),
    (&["context", "trust", "no host"], "", 2),
    (&["context", "trust", "fly.example", "--remove"], "", 1),
    (
        &[
            "signin",
            "add",
            "other",
            "--tenant",
            "a.example",
            "--client-id",
            CLIENT,
            "--device-code",
        ],
        "",
        0,
    ),
    (
        &["signin", "add", "other", "--tenant", "a.example", "--client-id", "x", "--device-code"],
        "",
        2,
    ),
    (&["signin", "remove", "someone", "--yes"], "", 0),
    (&["signin", "remove", "nobody", "--yes"], "", 2),
    (&["directory", "import", "tenant.json"], "", 0),
    (&["directory", "import", "bad.json"], "", 1),
    (&["vault", "init"], "", 1),
    (&["vault", "passphrase", "--passphrase-stdin"], PASS, 0),
    (&["vault", "passphrase", "--passphrase-stdin"], "", 2),
    (&["vault", "rotate"], "", 0),
    (&["vault", "rotate", "--all"], "", 0),
    (&["vault", "rotate", "--source", "passphrase", "--passphrase-stdin"], PASS, 0),
    (&["vault", "rotate", "--source", "command"], "", 2),
    (&["vault", "accept", "--reason", "restored by me"], "", 0),
    (&["vault", "accept", "--reason", " "], "", 2),
    (&["backup", "restore", "all.jbk", "--yes"], "", 0),
    (&["backup", "restore", "missing.jbk", "--yes"], "", 1),
    (&["sample", "load"], "", 0),
];

/// Those that need a service: `directory refresh` and the evidence of a pre-flight are tried in
/// `preflight`, waivers there too, the team store and moving in `team`.
const ELSEWHERE: [&str; 8] = [
    "directory refresh",
    "preflight",
    "preflight waive",
    "team migrate",
    "team invite",
    "team join",
    "team remove",
    "store copy",
];

fn prepared() -> Home {
    let home = Home::new();
    home.run(&["sample", "load"]).succeeds();
    home.run(&["delete", DELETED, "--yes"]).succeeds();
    home.run(&["backup", "create", "all.jbk"]).succeeds();
    home.run(&["context", "add", "lab", "--path", "lab.db"]).succeeds();
    let add = ["signin", "add", "someone", "--tenant", "a.example", "--client-id", CLIENT];
    home.run(&[&add[..], &["--device-code"]].concat()).succeeds();
    home.write("wanted.toml", "[[connection]]\nname = 'new'\ntype = 'Gmail'\n");
    home.write("bad.toml", "[[connection]]\nname = 'x'\n");
    home.write("rows.csv", "name,type\nimported,Gmail\n");
    home.write("bad.csv", "name,type\n,Gmail\n");
    home.write("bad.json", "{");
    home.write("tenant.json", r#"{"tenants": [{"id": "t9", "name": "T9"}]}"#);
    home
}

/// Every file of the home that a person would miss, with what is in it.
fn files(folder: &Path, out: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        let name = path.to_string_lossy().into_owned();
        // The log says that there was a dry run; a store is compared by its answers.
        let own = [".db", ".db-wal", ".db-shm"].iter().any(|it| name.ends_with(it));
        if name.contains("/state/") || own {
            continue;
        }
        match path.is_dir() {
            true => files(&path, out),
            false => out.push((name, std::fs::read(&path).unwrap())),
        }
    }
}

fn state(home: &Home) -> (Vec<String>, Vec<(String, Vec<u8>)>) {
    let lists: [&[&str]; 5] = [
        &["list", "--json"],
        &["restore", "--list", "--json"],
        &["directory", "list", "--json"],
        &["vault", "status", "--json"],
        &["runbook", NAME, "--json"],
    ];
    let reported = lists.map(|it| home.run(it).out).to_vec();
    let mut all = Vec::new();
    files(&home.path(""), &mut all);
    all.sort();
    (reported, all)
}

#[test]
fn a_dry_run_changes_nothing_and_ends_as_the_run_does() {
    let mut tried = BTreeSet::new();
    for (args, typed, code) in CASES {
        let home = prepared();
        let before = state(&home);
        let dry = home.run_with(&[args, &["--dry-run"][..]].concat(), typed);
        let changed = state(&home);
        assert_eq!(changed.0, before.0, "{args:?}");
        assert!(changed.1 == before.1, "{args:?}: a file was changed");
        let real = home.run_with(args, typed);
        assert_eq!(real.code, *code, "{args:?}: {real:#?}");
        let differs = if args[0] == "apply" && *code == 0 { 3 } else { *code };
        assert_eq!(dry.code, differs, "{args:?}: {dry:#?}");
        if *code == 0 {
            assert_ne!(state(&home), before, "{args:?}: the run itself changes nothing");
        }
        let words = args.iter().take_while(|it| !it.starts_with('-'));
        tried.extend(commands().into_iter().map(|it| it.0).filter(|path| {
            let words: Vec<&str> = words.clone().copied().collect();
            format!("{} ", words.join(" ")).starts_with(&format!("{path} "))
        }));
    }
    let missing: Vec<String> = commands()
        .into_iter()
        .filter(|(_, it)| it.get_arguments().any(|it| it.get_id() == "dry_run"))
        .map(|it| it.0)
        .filter(|it| !tried.contains(it) && !ELSEWHERE.contains(&&**it))
        .collect();
    assert!(missing.is_empty(), "add a line to CASES, for: {missing:?}");
}
