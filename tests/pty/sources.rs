//! Every way in which a secret is given, each with a child that writes down what it finds: its
//! environment, its descriptors and what is in them, the command line and environment of its parent.
//! Issue 13, points 6 and 7.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use super::{CONFIG, World, canary, service};
use crate::tenant::CLIENT;

/// What a child finds goes to the file `children`, which is searched like any other.
const SPY: &str = r#"#!/bin/sh
here=$(dirname "$0")/..
{
    for it in /proc/self/fd/*; do readlink "$it"; done
    env
    cat "/proc/$PPID/cmdline" "/proc/$PPID/environ"
    for n in 3 4 5 6 7 8 9; do cat <&$n; done
} >> "$here/children" 2>/dev/null
"#;

impl World {
    /// A program in the folder that goes before the search.
    fn script(&self, name: &str, end: &str) -> String {
        let name = format!("given/{name}");
        self.write(&name, &format!("{SPY}{end}\n"));
        let path = self.path().join(name);
        fs::set_permissions(&path, PermissionsExt::from_mode(0o700)).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Edits the record with a script as the editor, which types this secret.
    fn edit(&mut self, code: i32, secret: &str, args: &[&str], end: &str) {
        let typed = format!(
            "sed -i 's/^client_secret = .*/client_secret = \"{secret}\"/' \"$1\"\n\
             cp \"$1\" \"$1~\"\ngrep -q '{secret}' \"$1\" || exit 9\n{end}"
        );
        let editor = self.script("editor.sh", &typed);
        let mut command = self.command(&["edit", "hq"]);
        command.args(args).env("EDITOR", editor);
        let found = self.run_with(command, "");
        assert_eq!(found, code, "{args:?}: {:?}", self.printed.last().map(|it| it.0.clone()));
    }
}

fn editors(world: &mut World) {
    // Refused as a secret in the wrong place, killed in the middle, and accepted.
    world.edit(1, canary("refused"), &[], "");
    world.edit(-1, canary("refused"), &[], "kill -9 $PPID");
    let left = || fs::read_dir(world.path().join("tmp")).unwrap().count();
    assert_eq!(left(), 1, "what a killed process cannot remove");
    world.edit(0, canary("editor"), &["--allow-plain-secrets"], "");
    assert_eq!(fs::read_dir(world.path().join("tmp")).unwrap().count(), 0);
}

fn vaults(world: &mut World) {
    let key = world.script("key.sh", "cat \"$here/given/key.txt\"");
    world.write("given/key.txt", canary("key command"));
    world.write("config/config.toml", &format!("{CONFIG}[vault]\nkey_command = ['{key}']\n"));
    world.run(0, &["vault", "rotate", "--source", "command"], "");
    world.run(0, &["vault", "status", "--check"], "");
    let to = ["vault", "rotate", "--source", "passphrase", "--passphrase-stdin"];
    world.run(0, &to, canary("descriptor"));
    // A command runs while the descriptor with the passphrase is open in its parent.
    world.write("given/passphrase.txt", canary("descriptor"));
    let secret = world.script("secret.sh", "cat \"$here/given/command.txt\"");
    world.write("given/command.txt", canary("command"));
    let inner = world.command(&[]);
    let mut shell = Command::new("/bin/sh");
    let line = format!(
        "exec '{}' --vault-key-fd 3 edit hq --set 'client_secret={{ command = [\"{secret}\"] }}' \
         3< given/passphrase.txt",
        inner.get_program().display()
    );
    shell.args(["-c", &line]).env_clear().current_dir(world.path());
    shell.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let found = world.run_with(shell, "");
    assert_eq!(found, 0, "{:?}", world.printed.last().map(|it| it.0.clone()));
    let back = ["vault", "rotate", "--source", "file", "--vault-key-fd", "0"];
    world.run(0, &back, canary("descriptor"));
    world.write("config/config.toml", CONFIG);
}

fn contexts(world: &mut World) {
    let service = service();
    world.write("given/context.txt", canary("file"));
    world.write("given/fly", canary("systemd"));
    let command = world.path().join("given/secret.sh").to_str().unwrap().to_owned();
    let ways: [(&str, &[&str]); 4] = [
        ("file", &["--secret-from", "file:given/context.txt"]),
        ("systemd", &["--secret-from", "systemd:fly"]),
        ("stdin", &["--secret-from", "stdin"]),
        ("command", &["--secret-command", &command]),
    ];
    for (way, source) in ways {
        let add = ["context", "add", way, "--data-centre", "us", "--client-id", CLIENT];
        world.run(0, &[&add[..], source].concat(), "");
        let before = service.seen().len();
        let mut list = world.command(&["list", "--context", way, "--json"]);
        list.env("CREDENTIALS_DIRECTORY", world.path().join("given"));
        list.env("JETBRIDGE_LOOPBACK_STAND_IN", &service.url);
        let code = world.run_with(list, if way == "stdin" { canary("stdin") } else { "" });
        assert_eq!(code, 0, "{way}: {:?}", world.printed.last().map(|it| it.0.clone()));
        // As a form is posted; all but the sign is the same in it.
        let tail = canary(way).rsplit('~').next().unwrap();
        let sent = service.seen()[before..].iter().any(|it| it.body.contains(tail));
        assert!(sent, "{way}: it was used");
        world.run(0, &["context", "remove", way, "--yes"], "");
    }
}

/// Goes through all of them. What the test itself lays down is in the folder `given`.
pub fn every(world: &mut World) {
    fs::create_dir(world.path().join("given")).unwrap();
    editors(world);
    vaults(world);
    contexts(world);
    fs::remove_dir_all(world.path().join("given")).unwrap();
    let children = fs::read_to_string(world.path().join("children")).unwrap();
    assert!(children.contains("TMPDIR=") && children.matches("PATH=").count() >= 6, "{children}");
}
