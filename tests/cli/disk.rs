//! A disk that is full and one that cannot be written, with the real binary on a small file system
//! of its own. Nothing that was saved is lost, nothing half is left, and what to do is said.
//! RELIABILITY §6.

use std::fs;
use std::process::Command;

use crate::home::{Home, Ran, run, skipped};

/// A namespace with a file system of 600 KiB in the place of the data folder. Where none can be
/// made, the test says so and ends: `sudo cargo test` or unprivileged user namespaces allow it.
fn on_small_disk(home: &Home, script: &str) -> Option<Ran> {
    fs::create_dir_all(home.path("data")).unwrap();
    let whole = format!(
        "set -u; mount -t tmpfs -o size=600k,mode=0700 tmpfs \"$HOME/data\" || exit 77\n\
         say() {{ echo \"$1 $?\"; }}\n{script}"
    );
    for mapped in [&["--mount"][..], &["--mount", "--map-root-user"]] {
        let mut command = Command::new("unshare");
        command.args(mapped).args(["sh", "-c", &whole]).env_clear();
        command.env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin").env("HOME", home.path(""));
        command.env("JETBRIDGE_DATA_DIR", home.path("data")).env("USER", "tester");
        command.env("JB", env!("CARGO_BIN_EXE_jetbridge")).current_dir(home.path(""));
        let Ok(probe) = Command::new("unshare").args(mapped).arg("true").status() else { break };
        if !probe.success() {
            continue;
        }
        let ran = run(&mut command, b"");
        if ran.code != 77 {
            return Some(ran);
        }
    }
    skipped("no file system can be mounted here");
    None
}

fn files(home: &Home) {
    home.write("few.csv", "name,type,side,tenant\nalpha,Gmail,source,contoso\n");
    let rows: String =
        (0..20_000).map(|it| format!("row-{it:06},Gmail,source,contoso\n")).collect();
    home.write("many.csv", format!("name,type,side,tenant\n{rows}"));
    let secret = home.write("secret.txt", "not-a-real-secret");
    fs::set_permissions(secret, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    home.write(
        "hq.toml",
        "[[connection]]\nname = \"hq\"\ntype = \"Device\"\nside = \"source\"\n\
         client_id = \"11111111-2222-4333-8444-555555555555\"\n\
         client_secret = { file = \"secret.txt\" }\n",
    );
}

#[test]
fn a_full_disk_loses_nothing() {
    let home = Home::new();
    files(&home);
    let script = r#"
        "$JB" import few.csv > /dev/null 2>&1; say first
        "$JB" create -f hq.toml > /dev/null 2>&1; say secret
        "$JB" import many.csv 2> err.import > /dev/null; say import
        "$JB" list --json > list.after.json; say list
        cat /dev/zero > data/fill 2> /dev/null
        "$JB" edit hq --set description=changed 2> err.edit > /dev/null; say edit
        "$JB" backup create data/full.jbb 2> err.backup > /dev/null; say backup
        ls data > left
        "$JB" export --out data/all.toml 2> err.export > /dev/null; say export
        "$JB" list > /dev/full 2> err.list; say output
        rm data/fill
        "$JB" edit hq --set description=changed > /dev/null 2>&1; say again
        "$JB" vault status --check > /dev/null 2>&1; say check
        "$JB" backup create data/full.jbb > /dev/null 2>&1; say backed
        "$JB" backup verify data/full.jbb > /dev/null 2>&1; say verified
    "#;
    let Some(ran) = on_small_disk(&home, script) else { return };
    let said: Vec<&str> = ran.out.lines().collect();
    let expected = [
        "first 0",
        "secret 0",
        "import 1",
        "list 0",
        "edit 1",
        "backup 1",
        "export 1",
        "output 1",
        "again 0",
        "check 0",
        "backed 0",
        "verified 0",
    ];
    assert_eq!(said, expected, "{ran:#?}");
    for name in ["import", "edit", "backup", "export"] {
        let text = fs::read_to_string(home.path(&format!("err.{name}"))).unwrap();
        assert!(text.contains("error: ") && text.contains("hint: "), "{name}: {text}");
        let reported = text.contains("the disk is full") || text.contains("No space left");
        assert!(reported, "{name}: {text}");
        assert!(!text.contains("panicked"), "{name}: {text}");
    }
    let text = fs::read_to_string(home.path("err.list")).unwrap();
    assert!(text.contains("the output cannot be written"), "{text}");
    // All or nothing: not one row of the import that did not fit.
    let list: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(home.path("list.after.json")).unwrap()).unwrap();
    assert_eq!(list["connections"].as_array().unwrap().len(), 2);
    let left = fs::read_to_string(home.path("left")).unwrap();
    assert!(!left.contains("full.jbb") && !left.contains("copy"), "half a backup: {left}");
}

#[test]
fn a_disk_that_cannot_be_written_is_reported_and_left_alone() {
    let home = Home::new();
    files(&home);
    let script = r#"
        "$JB" create -f hq.toml > /dev/null 2>&1; say first
        mount -o remount,ro "$HOME/data"; say remounted
        "$JB" edit hq --set description=changed 2> err.edit > /dev/null; say edit
        "$JB" import few.csv 2> err.import > /dev/null; say import
        "$JB" backup create data/full.jbb 2> err.backup > /dev/null; say backup
        "$JB" vault rotate --all 2> err.rotate > /dev/null; say rotate
        "$JB" doctor --json > doctor.json 2> /dev/null; say doctor
        mount -o remount,rw "$HOME/data"; say back
        "$JB" vault status --check > /dev/null 2>&1; say check
        "$JB" show hq --json > show.json 2> /dev/null; say show
    "#;
    let Some(ran) = on_small_disk(&home, script) else { return };
    let said: Vec<&str> = ran.out.lines().collect();
    let expected = [
        "first 0",
        "remounted 0",
        "edit 1",
        "import 1",
        "backup 1",
        "rotate 1",
        "doctor 3",
        "back 0",
        "check 0",
        "show 0",
    ];
    assert_eq!(said, expected, "{ran:#?}");
    for name in ["edit", "import", "backup", "rotate"] {
        let text = fs::read_to_string(home.path(&format!("err.{name}"))).unwrap();
        assert!(text.contains("error: ") && text.contains("hint: "), "{name}: {text}");
        assert!(!text.contains("panicked"), "{name}: {text}");
    }
    let show = fs::read_to_string(home.path("show.json")).unwrap();
    assert!(!show.contains("changed\""), "nothing was changed: {show}");
}
