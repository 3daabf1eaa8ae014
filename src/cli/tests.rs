//! Tests of the verbs on a backend in memory: what is printed where, and the exit code.

use std::io::Cursor;
use std::sync::Arc;

use serde_json::Value;

use super::args::{Args, StoreVerb, Verb};
use super::output::{Printer, Terminals};
use super::session::{Opened, Session};
use super::{dispatch, usage};
use crate::backend::{BackendError, Place};
use crate::domain::key::{self, Key, KeyKind};
use crate::domain::{Connection, ConnectionType, DirectoryObject, ObjectKind, Side, Tenant};
use crate::error::{Exit, Failure};
use crate::testing::contract::delete;
use crate::testing::contract::{change, held, new, new_key, source};
use crate::testing::fake::{Call, Fake};
use crate::testing::service::{add, block, empty, now, read_only, rows, with};
use crate::text::is_hidden;

// A bare start does not build the commands: it must ask for the same as if they had been built.
#[test]
fn a_bare_start_asks_for_what_no_word_asks_for() {
    let mut root = super::help::command();
    let matches = root.try_get_matches_from_mut(["jetbridge"]).unwrap();
    let built = (super::Asked::of(&root, &matches), Args::of(["jetbridge"]).unwrap());
    let bare = super::parsed(vec!["jetbridge".into()]).unwrap();
    assert_eq!(format!("{bare:?}"), format!("{built:?}"));
}

/// What a verb printed, and how it ended.
struct Ran {
    out: String,
    err: String,
    exit: Exit,
}

impl Ran {
    fn json(&self) -> Value {
        let value: Value = serde_json::from_str(&self.out).unwrap();
        assert_eq!(value["version"], 1, "{}", self.out);
        value
    }
}

/// Runs one command line on a backend; `typed` stands on standard input.
fn run_with(memory: &Arc<Fake>, line: &[&str], typed: &str, terminals: Terminals) -> Ran {
    let args = Args::of(std::iter::once(&"jetbridge").chain(line)).unwrap();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let backend = Place::clone(memory);
    let exit = {
        let mut printer = Printer::new(&mut out, &mut err, None);
        let mut session = Session {
            printer: &mut printer,
            input: &mut Cursor::new(typed.as_bytes()),
            terminals,
            no_input: args.no_input,
            yes: args.yes,
            hide: None,
            now: now(),
            warning_days: 14,
            preflight_days: 14,
            waivers: Default::default(),
            allow_commands: false,
            demo: false,
            password: Default::default(),
            agent: &crate::config::Config::default().agent,
            network: &|| Err(Failure::new("no test of the verbs leaves this process")),
            sign_ins: &Vec::new,
            open: &|_, _| Ok(Opened { backend: backend.clone(), rows: None }),
            several: None,
            contexts: &super::live::none(),
            cached: false,
            ticks: None,
        };
        match dispatch(on_store(args), &mut session) {
            Ok(exit) => exit,
            Err(failure) => {
                session.printer.failure(&failure);
                failure.exit
            }
        }
    };
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let ran = Ran { out: text(out), err: text(err), exit };
    for printed in [&ran.out, &ran.err] {
        assert!(!printed.chars().any(|c| is_hidden(c) && c != '\n'), "{printed:?}");
    }
    ran
}

fn on_store(args: Args) -> StoreVerb {
    match args.verb {
        Some(Verb::Store(verb)) => verb,
        other => panic!("{other:?}"),
    }
}

/// How many directory objects there are.
fn objects(memory: &Fake) -> usize {
    let of = |kind| block(memory.objects(kind, None)).unwrap().len();
    ObjectKind::ALL.into_iter().map(of).sum()
}

fn run(memory: &Arc<Fake>, line: &[&str]) -> Ran {
    run_with(memory, line, "", Terminals::default())
}

const ALL: Terminals = Terminals { input: true, output: true, error: true };

#[test]
fn list_prints_a_table_and_json() {
    let memory = Arc::new(with(&["beta", "alpha"]));
    add(&memory, "gamma", ConnectionType::Device, Side::Destination, "corp");
    let table = run(&memory, &["list"]);
    let lines: Vec<&str> = table.out.lines().collect();
    assert!(lines[0].starts_with("NAME   TYPE"), "{}", table.out);
    assert!(lines[1].starts_with("alpha  Gmail"), "{}", table.out);
    assert!(lines[3].ends_with("warning: incomplete"), "{}", table.out);
    assert_eq!((table.exit, table.err.as_str()), (Exit::Ok, ""));

    let json = run(&memory, &["list", "--json", "--type", "Device", "--side", "dest"]).json();
    let row = &json["connections"][0];
    assert_eq!(json["connections"].as_array().unwrap().len(), 1);
    assert_eq!(row["name"], "gamma");
    assert_eq!(row["type"], "Device");
    assert_eq!(row["side"], "destination");
    assert_eq!(row["level"], "warning");
    assert_eq!(row["findings"][0]["finding"], "incomplete");
    assert_eq!(row["modified_at"], "2026-03-01T12:00:00Z");
    for key in ["id", "tenant", "credentials", "modified_by", "revision"] {
        assert!(!row[key].is_null(), "{key}");
    }
}

#[test]
fn list_says_why_it_is_empty_or_cut() {
    let empty = run(&Arc::new(empty()), &["list"]);
    assert_eq!(empty.out, "");
    assert!(empty.err.contains("jetbridge import FILE"), "{}", empty.err);
    let memory = Arc::new(with(&["a", "b", "c"]));
    assert!(
        run(&memory, &["list", "--search", "zz"]).err.contains("None of 3 connections matches")
    );
    let cut = run(&memory, &["list", "--limit", "1"]);
    assert!(cut.err.contains("1 of 3 shown"), "{}", cut.err);
    assert!(run_with(&memory, &["list"], "", ALL).err.contains("3 connections"));
}

/// E4: names from outside through table and JSON.
#[test]
fn hostile_names_are_harmless_and_true() {
    let names = ["\u{1b}[2J\u{9b}31m", "a\u{202e}b", "a\nb\tc", "=cmd|'/c calc'!A1", "\u{7f}x"];
    // No backend of ours takes such names; another one may have them.
    let good = with(&["a", "b", "c", "d", "e"]);
    let taken_as_they_are = rows(&good).into_iter().zip(names).map(|(row, name)| {
        let it = block(good.connection(row.id)).unwrap();
        Connection { name: name.to_owned(), ..it }
    });
    let memory = Arc::new(Fake::with(taken_as_they_are.collect()));
    let table = run(&memory, &["list"]);
    assert_eq!(table.out.lines().count(), names.len() + 1);
    assert!(table.out.contains("\\u{1b}[2J\\u{9b}31m"), "{}", table.out);
    let json = run(&memory, &["list", "--json"]).json();
    let listed: Vec<&str> = json["connections"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["name"].as_str().unwrap())
        .collect();
    for name in names {
        assert!(listed.contains(&name), "{name:?}");
        assert_eq!(run(&memory, &["show", name]).exit, Exit::Ok);
        let missing = run(&memory, &["show", &format!("{name}\u{1b}")]);
        assert_eq!(missing.exit, Exit::Failure);
    }
    assert_eq!(run(&memory, &["delete", "--yes", names[0], names[1]]).exit, Exit::Ok);
    assert_eq!(run(&memory, &["restore", "--list"]).exit, Exit::Ok);
}

#[test]
fn show_shows_everything_and_history_on_demand() {
    let memory = Arc::new(with(&["alpha"]));
    let shown = run(&memory, &["show", "ALPHA", "--history"]);
    for part in [
        "Name         alpha",
        "Health       not checked",
        "Tenant       contoso",
        "imported by test",
    ] {
        assert!(shown.out.contains(part), "{part}\n{}", shown.out);
    }
    let json = run(&memory, &["show", "alpha", "--json"]).json();
    assert_eq!(json["connection"]["name"], "alpha");
    assert_eq!(json.get("history"), None);
    assert_eq!(
        run(&memory, &["show", "alpha", "--json", "--history"]).json()["history"][0]["revision"],
        1
    );
    let missing = run(&memory, &["show", "alpho"]);
    assert_eq!(missing.exit, Exit::Failure);
    assert!(missing.err.contains("error: no connection is named alpho"), "{}", missing.err);
    assert!(missing.err.contains("hint: did you mean alpha?"), "{}", missing.err);
}

/// C5: names first, then each outcome; nothing without consent.
#[test]
fn delete_asks_and_reports_each() {
    let memory = Arc::new(with(&["a", "b"]));
    let refused = run(&memory, &["delete", "a"]);
    assert_eq!(refused.exit, Exit::Usage);
    assert!(refused.err.contains("hint: add --yes"), "{}", refused.err);

    let dry = run(&memory, &["delete", "a", "--dry-run"]);
    assert_eq!((dry.exit, dry.out.as_str()), (Exit::Ok, "would delete a\n"));

    for answer in ["n\n", "\n", "", "yess\n"] {
        let no = run_with(&memory, &["delete", "a"], answer, ALL);
        assert_eq!(no.exit, Exit::Failure, "{answer:?}");
        assert!(no.err.contains("Delete 1 connection? [y/N]"), "{}", no.err);
    }
    assert_eq!(rows(&memory).len(), 2);

    let yes = run_with(&memory, &["delete", "a", "A"], "Yes\n", ALL);
    assert_eq!((yes.exit, yes.out.as_str()), (Exit::Ok, "deleted a\n"));
    assert!(yes.err.contains("hint: undo with `jetbridge restore 019b79d3"), "{}", yes.err);
    assert_eq!(rows(&memory).len(), 1);
}

#[test]
fn delete_and_restore_show_all_from_some_from_none() {
    let memory = Arc::new(with(&["a", "b", "c"]));
    memory.fail_to_delete(rows(&memory)[2].id, BackendError::Busy);
    let some = run(&memory, &["delete", "--yes", "a", "nobody", "c"]);
    assert_eq!((some.exit, some.out.as_str()), (Exit::Partial, "deleted a\n"));
    assert!(some.err.contains("error: nobody: no connection is named nobody"), "{}", some.err);
    assert!(some.err.contains("error: c: another jetbridge is writing"), "{}", some.err);
    assert_eq!(run(&memory, &["delete", "--yes", "nobody"]).exit, Exit::Failure);

    let json = run(&memory, &["delete", "--yes", "--json", "b", "nobody"]);
    assert_eq!(json.exit, Exit::Partial);
    assert_eq!(json.json()["deleted"][0]["name"], "b");
    assert_eq!(json.json()["failed"][0]["name"], "nobody");

    let list = run(&memory, &["restore", "--list"]);
    assert_eq!(list.out.lines().count(), 3, "{}", list.out);
    assert_eq!(run(&memory, &["restore", "--list", "--json"]).json()["deleted"][1]["name"], "b");
    let back = run(&memory, &["restore", "a", "nobody"]);
    assert_eq!((back.exit, back.out.as_str()), (Exit::Partial, "restored a\n"));
    assert!(back.err.contains("no deleted connection is named nobody"), "{}", back.err);
    assert!(back.err.contains("`jetbridge restore --list`"), "{}", back.err);
    assert_eq!(run(&memory, &["restore", "b"]).exit, Exit::Ok);
    assert_eq!(rows(&memory).len(), 3);
}

#[test]
fn import_reads_standard_input_and_is_all_or_nothing() {
    let memory = Arc::new(with(&["taken"]));
    let good = "name,type,colour\nnew,Device,red\nTaken,Device,blue\n";
    let dry = run_with(&memory, &["import", "-", "--dry-run"], good, Terminals::default());
    assert_eq!((dry.exit, dry.out.as_str()), (Exit::Ok, "would import 1 connection\n"));
    assert!(dry.err.contains("note: these columns are not imported: colour"), "{}", dry.err);
    assert_eq!(rows(&memory).len(), 1);

    let json = run_with(&memory, &["import", "-", "--json"], good, Terminals::default()).json();
    assert_eq!((json["added"].as_u64(), json["skipped"].as_u64()), (Some(1), Some(1)));
    assert_eq!(rows(&memory).len(), 2);

    let bad = "name,type\nx,Device\ny,Devise\n,Device\n";
    let failed = run_with(&memory, &["import", "-"], bad, Terminals::default());
    assert_eq!((failed.exit, failed.out.as_str()), (Exit::Failure, ""));
    assert!(failed.err.starts_with("error: -: the file has 2 problems\n  line 3: type: "));
    assert!(failed.err.contains("  line 4: name: is missing\nhint: "), "{}", failed.err);
    assert_eq!(rows(&memory).len(), 2);
    let missing = run(&memory, &["import", "/nowhere/at-all.csv"]);
    assert!(missing.err.contains("error: cannot read /nowhere/at-all.csv: no such file"));
}

#[test]
fn a_directory_is_imported_and_listed() {
    let memory = Arc::new(empty());
    let tenant = Tenant {
        id: "t0".into(),
        name: "Known".into(),
        cloud: crate::domain::Cloud::UsGov,
        locations: vec![],
        licensed_users: Vec::new(),
        ..Tenant::default()
    };
    block(memory.put_objects(vec![DirectoryObject::Tenant(tenant)])).unwrap();
    let file = "object,id,tenant,name,kind,mfa\n\
                service-account,,known,svc@known.example,,yes\n\
                app-profile,p,t0,App,custom,\n";
    let ran = run_with(&memory, &["directory", "import", "-"], file, Terminals::default());
    assert_eq!(ran.exit, Exit::Ok, "{}", ran.err);
    assert_eq!(ran.out, "imported 0 tenants, 0 containers, 1 app profile, 1 service account\n");
    let json = run_with(
        &memory,
        &["directory", "import", "-", "--dry-run", "--json"],
        file,
        Terminals::default(),
    );
    assert_eq!(json.json()["service_accounts"], 1);
    assert_eq!(objects(&memory), 3);

    let list = run(&memory, &["directory", "list"]);
    assert!(list.out.contains("MFA: use modern authentication"), "{}", list.out);
    assert!(list.out.contains("US Government"), "{}", list.out);
    let only = run(&memory, &["directory", "list", "app-profiles", "--tenant", "KNOWN", "--json"]);
    assert_eq!(only.json()["objects"].as_array().unwrap().len(), 1);
    assert_eq!(only.json()["objects"][0]["object"], "app-profile");
    let unknown = run(&memory, &["directory", "list", "--tenant", "elsewhere"]);
    assert_eq!(unknown.exit, Exit::Failure);
    assert!(unknown.err.contains("no tenant is named elsewhere"), "{}", unknown.err);

    let bad = "object,id,tenant,name\ncontainer,c,elsewhere,X\n";
    let failed = run_with(&memory, &["directory", "import", "-"], bad, Terminals::default());
    assert_eq!(failed.exit, Exit::Failure);
    assert!(failed.err.contains("line 2: tenant: no tenant \"elsewhere\""), "{}", failed.err);
    assert_eq!(objects(&memory), 3);
}

/// D6, D12, E3: every verdict has its exit code, and no output holds the whole key.
#[test]
fn key_check_shows_each_verdict_and_never_the_key() {
    let memory = Arc::new(empty());
    let issue = || block(memory.issue_key(KeyKind::Configuration)).unwrap();
    let save =
        |name: &str, key: &Key| block(memory.save(new(source(name, held(key, now()))))).unwrap();
    let [current, superseded, deleted, unused, latest] = std::array::from_fn(|_| issue());
    let unknown = key::issue(KeyKind::Configuration, &[9; key::ENTROPY]);
    save("dev", &current);
    let moved_on = save("moved-on", &superseded);
    let newer = change(&moved_on, |it| new_key(it, held(&latest, now())));
    block(memory.save(newer)).unwrap();
    let gone = save("gone", &deleted);
    block(delete(&memory, &[gone.id]));
    let verdicts = [
        ("current", &current, Exit::Ok, Some("dev")),
        ("superseded", &superseded, Exit::Findings, Some("moved-on")),
        ("deleted", &deleted, Exit::Findings, Some("gone")),
        ("unused", &unused, Exit::Findings, None),
        ("unknown", &unknown, Exit::Findings, None),
    ];
    for (word, key, exit, name) in verdicts {
        let text = key.text.expose().to_owned();
        for (line, typed) in
            [(vec!["key", "check", &text], ""), (vec!["key", "check", "-"], &*text)]
        {
            let ran = run_with(&memory, &line, typed, Terminals::default());
            assert_eq!(ran.exit, exit, "{word}");
            assert!(
                ran.out.starts_with(&format!("{word}: configuration key JBK1C-")),
                "{}",
                ran.out
            );
            assert!(!ran.out.contains(&text) && !ran.err.contains(&text));
        }
        let json = run_with(&memory, &["key", "check", "--json"], &text, Terminals::default());
        assert_eq!(json.json()["verdict"], word);
        assert_eq!(json.json()["connection"].as_str(), name, "{word}");
        assert!(!json.out.contains(&text));
    }
    let text = unknown.text.expose();
    let typo = run(&memory, &["key", "check", &text.replace("99999-X", "9999X-9")]);
    assert_eq!(typo.exit, Exit::Findings);
    let mistyped = run(&memory, &["key", "check", "JBK1C-99999"]);
    assert!(mistyped.out.starts_with("mistyped: a key has 35"), "{}", mistyped.out);
    assert_eq!(mistyped.exit, Exit::Findings);
    assert_eq!(run(&memory, &["key", "check"]).exit, Exit::Usage);
}

#[test]
fn a_read_only_backend_is_refused_with_a_word() {
    let memory = Arc::new(with(&["a"]));
    read_only(&memory);
    let ran = run(&memory, &["delete", "--yes", "a"]);
    assert_eq!(ran.exit, Exit::Failure);
    assert!(ran.err.contains("deleting connections is not possible here"), "{}", ran.err);
    let file = "object,id,name\ntenant,t,T\n";
    let ran = run_with(&memory, &["directory", "import", "-"], file, Terminals::default());
    assert_eq!(ran.exit, Exit::Failure);
    let record = "[[connection]]\nname = \"b\"\ntype = \"Gmail\"\n";
    let ran = run_with(&memory, &["create", "-f", "-"], record, Terminals::default());
    assert_eq!(ran.exit, Exit::Failure);
    assert!(ran.err.contains("saving connections is not possible here"), "{}", ran.err);
}

/// One that fails is named and left as it was; the exit code distinguishes some from all.
#[test]
fn a_part_that_cannot_be_applied_ends_with_five() {
    let memory = Arc::new(with(&["a"]));
    let both = "[[connection]]\nname = \"a\"\ntype = \"Gmail\"\n\
                [[connection]]\nname = \"b\"\ntype = \"Gmail\"\n";
    let apply = ["apply", "-f", "-", "--yes"];
    memory.fail_next(Call::Save, BackendError::DiskFull);
    let ran = run_with(&memory, &apply, both, Terminals::default());
    assert_eq!((ran.exit, ran.out.as_str()), (Exit::Partial, "created b\n"), "{}", ran.err);
    assert!(ran.err.contains("error: a: the disk is full"), "{}", ran.err);
    memory.fail_next(Call::Save, BackendError::Busy);
    let json = run_with(&memory, &[&apply[..], &["--json"]].concat(), both, Terminals::default());
    assert_eq!(json.exit, Exit::Failure);
    let json = json.json();
    assert_eq!(json["failed"][0]["name"], "a");
    assert_eq!(json["failed"][0]["was_to_be"], "changed");
    assert_eq!(json["unchanged"], 1);
    assert_eq!(run_with(&memory, &apply, both, Terminals::default()).out, "changed a\n");
}

/// A reader that leaves early, such as `head`, ends a verb quietly.
#[test]
fn a_closed_pipe_ends_quietly() {
    struct Closed;
    impl std::io::Write for Closed {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let memory = Place::from(with(&["a"]));
    for line in [vec!["jetbridge", "list"], vec!["jetbridge", "list", "--json"]] {
        let mut err = Vec::new();
        let mut closed = Closed;
        let mut printer = Printer::new(&mut closed, &mut err, None);
        let mut session = Session {
            printer: &mut printer,
            input: &mut Cursor::new(b""),
            terminals: Terminals::default(),
            no_input: false,
            yes: false,
            hide: None,
            now: now(),
            warning_days: 14,
            preflight_days: 14,
            waivers: Default::default(),
            allow_commands: false,
            demo: false,
            password: Default::default(),
            agent: &crate::config::Config::default().agent,
            network: &|| Err(Failure::new("no test of the verbs leaves this process")),
            sign_ins: &Vec::new,
            open: &|_, _| Ok(Opened { backend: memory.clone(), rows: None }),
            several: None,
            contexts: &super::live::none(),
            cached: false,
            ticks: None,
        };
        let verb = on_store(Args::of(line).unwrap());
        let failure: Failure = dispatch(verb, &mut session).unwrap_err();
        assert!(failure.is_quiet());
        assert_eq!(failure.exit, Exit::Ok);
        assert!(err.is_empty());
    }
}

#[test]
fn usage_errors_end_with_two() {
    let error = Args::of(["jetbridge", "list", "--type", "\u{1b}[2J"]).unwrap_err();
    assert_eq!(usage::reported(&error, &crate::cli::Build::default()), Exit::Usage);
    let help = Args::of(["jetbridge", "--version"]).unwrap_err();
    assert!(!help.use_stderr());
}
