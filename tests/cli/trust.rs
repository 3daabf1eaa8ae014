//! Files that others own or can change, and what is inherited: each test plays the attack. Issue 13,
//! points 5, 7 and 10.

use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::home::{Home, Ran, run};

const NOBODY: u32 = 65_534;
/// Somebody who is neither root nor nobody.
const OTHER: u32 = 64_321;

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// A configuration whose command leaves a trace when it runs.
fn trap(home: &Home) -> (PathBuf, PathBuf) {
    let trace = home.path("trace");
    let script = home.write("trap.sh", format!("#!/bin/sh\ntouch '{}'\necho x\n", trace.display()));
    mode(&script, 0o755);
    home.config(&format!("[vault]\nkey_command = [\"{0}\"]\n", script.display()));
    (home.path(".config/jetbridge/config.toml"), trace)
}

fn init(home: &Home) -> Ran {
    home.run(&["vault", "init", "--source", "command"])
}

/// The program of the same home as another user, by setpriv; `None` where there is none or the user
/// may not read the program.
fn as_nobody(home: &Home, args: &[&str]) -> Option<Ran> {
    let inner = home.command(args);
    let program = inner.get_program().to_owned();
    let reads = |words: &[OsString]| {
        let mut it = Command::new("setpriv");
        it.args(["--reuid", "65534", "--regid", "65534", "--clear-groups"]).args(words);
        it
    };
    let probe = reads(&[program.clone(), "--version".into()]).output().ok()?;
    if !probe.status.success() {
        return None;
    }
    let mut words = vec![program];
    words.extend(inner.get_args().map(ToOwned::to_owned));
    let mut command = reads(&words);
    command.env_clear().current_dir("/");
    let envs: Vec<_> =
        inner.get_envs().map(|(k, v)| (k.to_owned(), v.unwrap().to_owned())).collect();
    command.envs(envs);
    Some(run(&mut command, b""))
}

#[test]
fn a_configuration_that_others_can_change_runs_no_command() {
    type Attack = fn(&Path);
    let cases: [(&str, Attack, &str); 6] = [
        ("the group can write it", |it| mode(it, 0o664), "chmod go-w"),
        ("all can write it", |it| mode(it, 0o646), "chmod go-w"),
        ("all can write its folder", |it| mode(it.parent().unwrap(), 0o777), "chmod go-w"),
        ("the group can write its folder", |it| mode(it.parent().unwrap(), 0o770), "chmod go-w"),
        (
            "it is a link",
            |it| {
                let real = it.with_file_name("real.toml");
                fs::rename(it, &real).unwrap();
                symlink(real, it).unwrap();
            },
            "real path",
        ),
        (
            "it is a pipe",
            |it| {
                fs::remove_file(it).unwrap();
                rustix::fs::mknodat(
                    rustix::fs::CWD,
                    it,
                    rustix::fs::FileType::Fifo,
                    0o600.into(),
                    0,
                )
                .unwrap();
            },
            "plain file",
        ),
    ];
    for (what, attack, hint) in cases {
        let home = Home::new();
        let (config, trace) = trap(&home);
        attack(&config);
        for ran in [init(&home), home.run(&["list"]), home.run(&["context", "list"])] {
            assert_ne!(ran.code, 0, "{what}: {ran:?}");
            assert!(ran.said().contains("config.toml") || what.contains("folder"), "{ran:?}");
            assert!(ran.said().contains(hint), "{what}: {ran:?}");
        }
        assert!(!trace.exists(), "{what}");
        // What helps to repair it still works.
        let reported = home.run(&["doctor"]);
        assert!(reported.out.contains("config"), "{what}: {reported:?}");
        assert!(!trace.exists(), "{what}: doctor ran the command");
    }
    // The same configuration as it should be.
    let home = Home::new();
    let (_, trace) = trap(&home);
    init(&home).succeeds();
    assert!(trace.exists());
}

#[test]
fn what_somebody_else_owns_is_not_believed() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    // Root is not made to believe a user's file, and a user not another user's.
    let home = Home::new();
    let (config, trace) = trap(&home);
    chown(&config, Some(OTHER), None).unwrap();
    let ran = init(&home).fails(2, &["owned by"]);
    assert!(!trace.exists(), "{ran:?}");

    let home = Home::new();
    let (config, trace) = trap(&home);
    let owned = |path: PathBuf| chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    for path in ["", ".config", ".config/jetbridge"] {
        owned(home.path(path));
    }
    mode(&home.path(""), 0o755);
    let Some(ran) = as_nobody(&home, &["vault", "init", "--source", "command"]) else {
        eprintln!("skipped: setpriv is not there, or nobody may not run the program");
        return;
    };
    // Root's file is believed; the trap itself is root's too.
    assert_eq!(ran.code, 0, "{ran:?}");
    fs::remove_file(&trace).ok();
    chown(&config, Some(OTHER), None).unwrap();
    let ran = as_nobody(&home, &["vault", "rotate", "--source", "command"]).unwrap();
    ran.fails(2, &["owned by user 64321"]);
    assert!(!trace.exists());
}

#[test]
fn a_data_folder_that_others_can_change_is_refused() {
    let home = Home::with(&["mail"]);
    let (store, folder) = (home.store(), home.store().parent().unwrap().to_owned());
    for bits in [0o777, 0o770, 0o702, 0o1777] {
        mode(&folder, bits);
        home.run(&["list"]).fails(1, &["others on this machine can change it", "chmod go-w"]);
        let reported = home.run(&["doctor"]);
        assert!(reported.code != 0 && reported.out.contains("can change"), "{reported:?}");
    }
    mode(&folder, 0o700);
    mode(&store, 0o666);
    home.run(&["list"]).fails(1, &["can change it"]);
    mode(&store, 0o644);
    home.run(&["list"]).succeeds();
    assert_eq!(fs::metadata(&store).unwrap().permissions().mode() & 0o777, 0o600);
    // Links in place of the store and of what lies beside it change nothing where they lead.
    let away = home.write("away", "");
    mode(&away, 0o644);
    for end in ["", "-wal", "-shm", ".lock"] {
        let mut name = store.clone().into_os_string();
        name.push(end);
        let name = PathBuf::from(name);
        let kept = home.path("kept");
        let had = fs::rename(&name, &kept).is_ok();
        symlink(&away, &name).unwrap();
        home.run(&["list"]).fails(1, &["symbolic link"]);
        assert_eq!(fs::metadata(&away).unwrap().permissions().mode() & 0o777, 0o644, "{end}");
        assert_eq!(fs::read(&away).unwrap(), b"", "{end}");
        fs::remove_file(&name).unwrap();
        if had {
            fs::rename(&kept, &name).unwrap();
        }
    }
    home.run(&["list"]).succeeds();
    if rustix::process::geteuid().is_root() {
        for path in [&store, &folder] {
            chown(path, Some(OTHER), None).unwrap();
            home.run(&["list"]).fails(1, &["owned by user 64321"]);
            chown(path, Some(0), None).unwrap();
        }
    }
}

#[test]
fn a_vault_key_is_a_private_plain_file_of_ones_own() {
    let home = Home::new();
    home.run(&["sample", "load"]).succeeds();
    let key = home.path(".config/jetbridge/vault.key");
    let check = ["vault", "status", "--check"];
    home.run(&check).succeeds();
    mode(&key, 0o640);
    let refused = |why: &str| {
        let ran = home.run(&check);
        assert!(ran.code != 0 && format!("{}{}", ran.out, ran.err).contains(why), "{ran:?}");
    };
    refused("chmod 600");
    mode(&key, 0o600);
    mode(key.parent().unwrap(), 0o777);
    refused("can change it");
    mode(key.parent().unwrap(), 0o700);
    let real = home.path("real.key");
    fs::rename(&key, &real).unwrap();
    symlink(&real, &key).unwrap();
    refused("symbolic link");
    fs::remove_file(&key).unwrap();
    fs::rename(&real, &key).unwrap();
    // A lock that is a link is not followed.
    let lock = key.with_file_name("vault.key.lock");
    let _ = fs::remove_file(&lock);
    let away = home.write("away", "");
    mode(&away, 0o644);
    symlink(&away, &lock).unwrap();
    assert_ne!(home.run(&["vault", "rotate"]).code, 0);
    assert_eq!(fs::metadata(&away).unwrap().permissions().mode() & 0o777, 0o644);
    fs::remove_file(&lock).unwrap();
    if rustix::process::geteuid().is_root() {
        chown(&key, Some(OTHER), None).unwrap();
        refused("owned by user 64321");
        chown(&key, Some(0), None).unwrap();
    }
    home.run(&check).succeeds();
}

/// A pipe in place of a file that is read: nothing waits for somebody to write into it.
#[test]
fn a_pipe_is_refused_in_every_place_of_a_file() {
    let home = Home::new();
    let pipe = home.path("pipe.toml");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0)
        .unwrap();
    let file = "[[connection]]\nname = \"hq\"\ntype = \"Device\"\nside = \"source\"\n\
        client_id = \"11111111-2222-4333-8444-555555555555\"\nclient_secret = { file = \"pipe.toml\" }\n";
    home.write("hq.toml", file);
    for args in [
        &["apply", "-f", "pipe.toml", "--yes"][..],
        &["apply", "-f", "hq.toml", "--yes"],
        &["--config", "pipe.toml", "list"],
        &["backup", "verify", "pipe.toml"],
    ] {
        let ran = home.run(args);
        assert!(ran.code != 0 && ran.said().contains("pipe"), "{args:?}: {ran:?}");
    }
}

/// The descriptor with the passphrase and our own variables stay with us, whoever is started.
#[test]
fn no_child_inherits_a_descriptor_or_a_variable_of_ours() {
    let home = Home::new();
    let seen = home.path("seen");
    // What a child finds: its descriptors, its environment.
    let spy = format!(
        "#!/bin/sh\nfor it in /proc/self/fd/*; do readlink \"$it\"; done > '{0}.fd'\nenv > '{0}.env'\n\
         cat /dev/fd/3 > '{0}.three' 2>/dev/null\necho fake-passphrase-of-the-spy\n",
        seen.display()
    );
    let script = home.write("spy.sh", spy);
    mode(&script, 0o755);
    let secret = home.write_secret("key.txt", "canary-descriptor-not-real");
    home.config(&format!("[vault]\nkey_command = [\"{}\"]\n", script.display()));
    let bin = env!("CARGO_BIN_EXE_jetbridge");
    home.run_with(&["create", "-f", "-"], "[[connection]]\nname = \"mail\"\ntype = \"Gmail\"\nside = \"source\"\ntenant = \"contoso\"\n").succeeds();
    for words in ["vault init --source command", "edit mail"] {
        let shell = home.command::<[&str; 0], &str>([]);
        let env: Vec<_> =
            shell.get_envs().map(|(k, v)| (k.to_owned(), v.unwrap().to_owned())).collect();
        let mut command = Command::new("/bin/sh");
        let line = format!("exec '{bin}' {words} 3< '{}' 4< '{0}'", secret.display());
        command.args(["-c", &line]).env_clear().envs(env).current_dir(home.path(""));
        command.env("JETBRIDGE_STATE_DIR", home.path("state")).env("EDITOR", &script);
        command.env("CREDENTIALS_DIRECTORY", "/none").env("PATH", ":.:/usr/bin:/bin");
        run(&mut command, b"").succeeds();
        let of = |end: &str| fs::read_to_string(home.path(&format!("seen.{end}"))).unwrap();
        assert!(!of("fd").contains("key.txt"), "{words}: {}", of("fd"));
        assert_eq!(of("three"), "", "{words}");
        let env = of("env");
        assert!(!env.contains("JETBRIDGE_") && !env.contains("CREDENTIALS_DIRECTORY"), "{env}");
        assert!(env.lines().any(|it| it == "PATH=/usr/bin:/bin"), "{env}");
        for end in ["fd", "env", "three"] {
            fs::remove_file(home.path(&format!("seen.{end}"))).unwrap();
        }
    }
}

/// A program in the working folder is not the one that was meant, and a descriptor is no file.
#[test]
fn programs_come_from_whole_paths_and_secrets_from_files() {
    let home = Home::new();
    let trace = home.path("trace");
    let fake = home.write("pass", format!("#!/bin/sh\ntouch '{}'\necho x\n", trace.display()));
    mode(&fake, 0o755);
    let file = |source: &str| {
        format!(
            "[[connection]]\nname = \"hq\"\ntype = \"Device\"\nside = \"source\"\n\
             client_id = \"11111111-2222-4333-8444-555555555555\"\nclient_secret = {{ {source} }}\n"
        )
    };
    for (source, why) in [
        ("command = [\"pass\"]", "no such program"),
        ("command = [\"./pass\"]", "relative to the working folder"),
        ("file = \"/dev/fd/3\"", "descriptor"),
        ("file = \"/proc/self/fd/3\"", "descriptor"),
        ("file = \"/dev/stdin\"", "descriptor"),
    ] {
        home.write("hq.toml", file(source));
        let mut command = home.command(["apply", "-f", "hq.toml", "--yes", "--allow-commands"]);
        command.env("PATH", ":.:/none");
        let ran = run(&mut command, b"");
        assert!(ran.code != 0 && ran.said().contains(why), "{source}: {ran:?}");
        assert!(!trace.exists(), "{source}");
    }
}

/// Neither the configuration nor the environment signs as somebody else. Issue 13, point 8.
#[test]
fn history_holds_the_account_beside_a_claimed_name() {
    let home = Home::new();
    let me = rustix::process::geteuid().as_raw();
    let by = |home: &Home| {
        let json = home.run(&["show", "mail", "--history", "--json"]).succeeds().json();
        json["history"][0]["by"].as_str().unwrap().to_owned()
    };
    home.run_with(&["create", "-f", "-"], "[[connection]]\nname = \"mail\"\ntype = \"Gmail\"\nside = \"source\"\ntenant = \"contoso\"\n").succeeds();
    // The environment of the tests says USER=tester.
    let own = by(&home);
    assert!(own.contains('@') && !own.contains("tester"), "{own}");
    if me == 0 {
        assert!(own.starts_with("root@"), "{own}");
    }
    home.config("user = 'ceo@contoso.example'\n");
    home.run(&["edit", "mail", "--set", "side=any"]).succeeds();
    assert_eq!(by(&home), format!("ceo@contoso.example ({own})"));
    let reported = home.run(&["doctor"]).out;
    assert!(reported.contains("claimed") && reported.contains(&own), "{reported}");
    home.config(&format!("user = 'ceo ({own})'\n"));
    home.run(&["edit", "mail", "--set", "side=source"]).fails(2, &["must not contain ( or )"]);
}
