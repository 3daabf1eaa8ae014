//! A purge leaves nothing of a connection in any file of its own, whoever or whatever purges. Issue 13.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use crate::home::{Home, run};
use crate::preflight;
use crate::tenant::Tenant;

const NAME: &str = "northwind-devices-source";

/// Every file below the home, without the log, which has pseudonyms.
fn files(home: &Home) -> Vec<PathBuf> {
    let (mut open, mut all) = (vec![home.path("")], Vec::new());
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else {
                all.push(path);
            }
        }
    }
    all
}

/// The files that are about one connection, by their names.
fn about(home: &Home, id: &str) -> Vec<String> {
    let name = |it: PathBuf| it.strip_prefix(home.path("")).unwrap().display().to_string();
    let mut all: Vec<String> = files(home).into_iter().map(name).collect();
    all.retain(|it| it.contains(id));
    all.sort();
    all
}

/// A connection with all that is ever kept for one: secrets, history, a ticked runbook, a result of the
/// pre-flight, and what was typed in an editor and refused. Its id.
fn everything(home: &Home, name: &str) -> String {
    home.run(&["edit", name, "--set", "description=canary-purged"]).succeeds();
    home.run(&["runbook", name, "--tick", "1"]).succeeds();
    let tenant = Tenant::new(preflight::public);
    preflight::preflight(home, &tenant, &[name]);
    let script = home.write("editor.sh", "#!/bin/sh\nsed -i 's/\"source\"/\"nowhere\"/' \"$1\"\n");
    fs::set_permissions(&script, PermissionsExt::from_mode(0o700)).unwrap();
    let mut edit = home.command(["edit", name]);
    edit.env("EDITOR", &script).env("PATH", std::env::var_os("PATH").unwrap());
    assert_eq!(run(&mut edit, b"").code, 1);
    fs::remove_file(script).unwrap();
    let json = home.run(&["show", name, "--json"]).succeeds().json();
    json["connection"]["id"].as_str().unwrap().to_owned()
}

fn drafts(home: &Home) -> u64 {
    home.run(&["vault", "status", "--json"]).succeeds().json()["sealed_drafts"].as_u64().unwrap()
}

#[test]
fn nothing_of_a_purged_connection_is_left_in_a_file() {
    let by_hand = |home: &Home| home.run(&["purge", NAME, "--yes"]).succeeds();
    // With the first change after its days, which a test cannot wait for: the row says when.
    let by_itself = |home: &Home| {
        let sql = rusqlite::Connection::open(home.store()).unwrap();
        sql.execute("UPDATE connections SET deleted_at = 0 WHERE tomb > x''", []).unwrap();
        drop(sql);
        home.run(&["edit", "fabrikam-groups-hr-source", "--set", "description=x"]).succeeds()
    };
    type Purge<'a> = &'a dyn Fn(&Home) -> crate::home::Ran;
    for (way, purge) in [("by hand", &by_hand as Purge<'_>), ("by itself", &by_itself)] {
        let home = Home::new();
        home.run(&["sample", "load"]).succeeds();
        let id = everything(&home, NAME);
        let kept = [format!("preflight/{id}.json"), format!("runbooks/{id}.json")];
        let kept = kept.map(|it| format!(".local/share/jetbridge/{it}"));
        assert_eq!((about(&home, &id), drafts(&home)), (kept.to_vec(), 1), "{way}");
        home.run(&["delete", NAME, "--yes"]).succeeds();
        assert_eq!(about(&home, &id).len(), 2, "{way}: deleted, it can come back whole");
        purge(&home);
        assert_eq!((about(&home, &id), drafts(&home)), (Vec::new(), 0), "{way}");
        // Neither its texts nor its id are in a file; the chain of the store keeps the id as bytes.
        for file in files(&home) {
            let bytes = fs::read(&file).unwrap();
            for text in ["canary-purged", &id] {
                let found = bytes.windows(text.len()).any(|it| it == text.as_bytes());
                assert!(!found, "{way}: {text} in {}", file.display());
            }
        }
        home.run(&["vault", "status", "--check"]).succeeds();
    }
}
