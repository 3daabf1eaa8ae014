//! `delete` and `restore`, and several processes at once. SPEC C5, C7.

use std::io::Write;
use std::process::Stdio;

use crate::home::Home;

#[test]
fn nothing_is_deleted_without_consent() {
    let home = Home::with(&["a", "b"]);
    home.run_with(&["delete", "a"], "y\n").fails(2, &["cannot ask", "hint: add --yes"]);
    let dry = home.run(&["delete", "a", "--dry-run"]).succeeds();
    assert_eq!(dry.out, "would delete a\n");
    assert_eq!(home.run(&["list", "--json"]).names(), ["a", "b"]);
}

#[test]
fn what_is_deleted_can_be_restored_by_another_process() {
    let home = Home::with(&["a", "b", "c"]);
    let ran = home.run(&["delete", "--yes", "A", "c"]).succeeds();
    assert_eq!(ran.out, "deleted a\ndeleted c\n");
    assert!(ran.err.contains("hint: undo with `jetbridge restore "), "{ran:?}");
    assert_eq!(home.run(&["list", "--json"]).names(), ["b"]);

    let listed = home.run(&["restore", "--list", "--json"]).succeeds().json();
    let names: Vec<&str> = listed["deleted"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["name"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), 2);
    assert!(names.contains(&"a") && names.contains(&"c"));
    assert!(home.run(&["restore", "--list"]).succeeds().out.starts_with("NAME"));

    let id = listed["deleted"][0]["id"].as_str().unwrap();
    home.run(&["restore", id]).succeeds();
    let rest = if names[0] == "a" { "c" } else { "a" };
    assert_eq!(home.run(&["restore", rest]).succeeds().out, format!("restored {rest}\n"));
    assert_eq!(home.run(&["list", "--json"]).names(), ["a", "b", "c"]);
    assert_eq!(home.run(&["restore", "--list"]).succeeds().out, "");
}

#[test]
fn a_part_that_fails_is_named_and_ends_with_five() {
    let home = Home::with(&["a", "b"]);
    let ran = home.run(&["delete", "--yes", "a", "nobody"]);
    assert_eq!((ran.code, ran.out.as_str()), (5, "deleted a\n"));
    assert!(ran.err.contains("error: nobody: no connection is named nobody"), "{ran:?}");
    home.run(&["delete", "--yes", "nobody"]).fails(1, &["nobody"]);

    let ran = home.run(&["restore", "--json", "a", "nobody"]);
    assert_eq!(ran.code, 5);
    assert_eq!(ran.json()["restored"][0]["name"], "a");
    assert_eq!(ran.json()["failed"][0]["name"], "nobody");
    home.run(&["restore", "nobody"]).fails(1, &["no deleted connection is named nobody"]);
    home.run(&["restore"]).fails(2, &["no connections to restore were given", "restore --list"]);
}

#[test]
fn a_name_that_was_taken_in_between_stays_taken() {
    let home = Home::with(&["a"]);
    home.run(&["delete", "--yes", "a"]).succeeds();
    home.run_with(&["import", "-"], "name,type\nA,Device\n").succeeds();
    home.run(&["restore", "a"]).fails(1, &["exists already", "hint: "]);
    assert_eq!(home.run(&["list", "--json"]).names(), ["A"]);
}

/// Threads of one process share SQLite's own table of locks; processes do not.
#[test]
fn processes_at_once_make_one_store() {
    for _ in 0..10 {
        let home = Home::new();
        let mut running = Vec::new();
        for _ in 0..4 {
            let mut command = home.command(["import", "-"]);
            command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
            running.push(command.spawn().unwrap());
        }
        // Each waits for its input, so that they begin together.
        for (number, child) in running.iter_mut().enumerate() {
            let row = format!("name,type\nn{number},Device\n");
            child.stdin.take().unwrap().write_all(row.as_bytes()).unwrap();
        }
        for child in running {
            let ended = child.wait_with_output().unwrap();
            assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
        }
        assert_eq!(home.run(&["list", "--json"]).names(), ["n0", "n1", "n2", "n3"]);
    }
}

/// `purge` ends what `delete` only hides, with the brakes of `delete`. Issue 13.
#[test]
fn what_is_purged_is_gone_for_good() {
    let home = Home::with(&["a", "b", "canary-gone"]);
    home.run(&["purge", "canary-gone"]).fails(2, &["whether to purge", "--yes", "--dry-run"]);
    let ran = home.run(&["purge", "canary-gone", "--yes"]);
    assert!(ran.code == 1 && ran.err.contains("is not deleted"), "{ran:?}");
    assert!(ran.err.contains("`jetbridge delete canary-gone` deletes it first"), "{ran:?}");
    home.run(&["delete", "a", "canary-gone", "--yes"]).succeeds();
    home.run(&["purge"]).fails(2, &["no connections to purge were given", "restore --list"]);
    let dry = home.run(&["purge", "canary-gone", "--dry-run"]).succeeds();
    assert_eq!(dry.out, "would purge canary-gone\n");
    home.run(&["--read-only", "purge", "canary-gone", "--yes"]).fails(1, &["read-only"]);
    let files = || {
        let folder = home.store().parent().unwrap().to_owned();
        let all = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
        all.filter(|it| it.is_file()).flat_map(|it| std::fs::read(it).unwrap()).collect::<Vec<u8>>()
    };
    let holds = |text: &str| {
        let all = files();
        all.windows(text.len()).any(|it| it == text.as_bytes())
    };
    assert!(holds("canary-gone"), "the search finds what is there");
    let json = home.run(&["purge", "canary-gone", "nobody", "--yes", "--json"]);
    assert_eq!(json.code, 5, "{json:?}");
    assert_eq!(json.json()["purged"][0]["name"], "canary-gone");
    assert!(!holds("canary-gone"), "nothing of it is in a file of the store");
    let left = home.run(&["restore", "--list", "--json"]).succeeds().json();
    assert_eq!(left["deleted"].as_array().unwrap().len(), 1);
    home.run(&["restore", "canary-gone"]).fails(1, &["no deleted connection"]);
    assert_eq!(home.run(&["list", "--json"]).names(), ["b"]);
    let reported = home.run(&["doctor"]);
    assert!(
        reported.out.contains("1 kept with their secrets, each purged 90 days after"),
        "{reported:?}"
    );
}
