//! `edit`: by fields, from a file, in an editor; and what is asked on a terminal. C4, G12, E3.

use std::os::unix::fs::PermissionsExt;

use crate::home::{Home, Ran, run};
use crate::talk::{Talk, asked};

const MAIL: &str =
    "[[connection]]\nname = \"mail\"\ntype = \"Gmail\"\nside = \"source\"\ntenant = \"contoso\"\n";

fn home() -> Home {
    let home = Home::new();
    home.run_with(&["create", "-f", "-"], MAIL).succeeds();
    home
}

/// Runs `edit mail` with an editor that is this script; the file is its first argument.
fn with_editor(home: &Home, script: &str, args: &[&str]) -> Ran {
    let path = home.write("editor.sh", format!("#!/bin/sh\n{script}\n"));
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o700)).unwrap();
    let mut command = home.command(["edit", "mail"].iter().chain(args));
    command.env("EDITOR", &path).env("PATH", std::env::var_os("PATH").unwrap());
    run(&mut command, b"")
}

fn tenant(home: &Home) -> String {
    let json = home.run(&["show", "mail", "--json"]).succeeds().json();
    json["connection"]["answers"]["listed"]["tenant"].as_str().unwrap().to_owned()
}

#[test]
fn fields_are_set_one_by_one() {
    let home = home();
    let dry = home.run(&["edit", "mail", "--set", "tenant=fabrikam", "--dry-run"]).succeeds();
    assert!(dry.out.contains("    tenant: contoso -> fabrikam"), "{dry:?}");
    assert_eq!(tenant(&home), "contoso");
    let ran = home
        .run(&["edit", "mail", "--set", "tenant=fabrikam", "--set", "description=x=y"])
        .succeeds();
    assert_eq!(ran.out, "changed mail\n");
    let again = home.run(&["edit", "mail", "--set", "tenant=fabrikam"]).succeeds();
    assert_eq!(again.out, "No changes: 1 connection already as wanted.\n");
    let json = home.run(&["edit", "mail", "--set", "name=post", "--json"]).succeeds().json();
    assert_eq!(json["changed"][0]["name"], "post");
    assert_eq!(home.run(&["list", "--json"]).names(), ["post"]);
    home.run(&["edit", "post", "--set", "side=left"]).fails(1, &["side: must be one of"]);
    home.run(&["edit", "post", "--set", "side"]).fails(2, &["KEY=VALUE"]);
    home.run(&["edit", "nobody", "--set", "side=any"]).fails(1, &["no connection is named nobody"]);
}

#[test]
fn a_file_brings_the_whole_record() {
    let home = home();
    let renamed = MAIL.replace("\"mail\"", "\"post\"").replace("contoso", "litware");
    home.write("post.toml", &renamed);
    home.run(&["edit", "mail", "-f", "post.toml"]).succeeds();
    assert_eq!(home.run(&["list", "--json"]).names(), ["post"]);
    home.run_with(&["edit", "post", "-f", "-"], MAIL).succeeds();
    assert_eq!(tenant(&home), "contoso");
    let two = format!("{MAIL}{renamed}");
    home.run_with(&["edit", "mail", "-f", "-"], two)
        .fails(2, &["standard input holds 2 connections"]);
    home.run(&["edit", "mail", "-f", "."]).fails(2, &["not a folder"]);
    home.run(&["edit", "mail", "-f", "post.toml", "--set", "side=any"])
        .fails(2, &["cannot be used with"]);
}

#[test]
fn an_editor_shows_the_record_and_its_text_is_saved() {
    let home = home();
    let ran = with_editor(&home, "sed -i s/contoso/fabrikam/ \"$1\"", &[]).succeeds();
    assert_eq!(ran.out, "changed mail\n");
    assert_eq!(tenant(&home), "fabrikam");
    for script in ["true", ": > \"$1\""] {
        let ran = with_editor(&home, script, &[]).succeeds();
        assert_eq!((ran.out.as_str(), ran.err.as_str()), ("", "Nothing was changed.\n"));
    }
    with_editor(&home, "exit 4", &[]).fails(1, &["failed (exit status: 4)"]);
    assert_eq!(tenant(&home), "fabrikam");
    home.run(&["edit", "mail"]).fails(2, &["neither VISUAL nor EDITOR is set", "--set KEY=VALUE"]);
    home.run(&["edit", "mail", "--no-input"]).fails(2, &["--no-input was given"]);
}

#[test]
fn mistakes_come_back_on_top_of_the_text() {
    let home = home();
    // First a mistake; the second time what stands on top is kept beside, and the mistake fixed.
    let script = "if grep -q '^#! ' \"$1\"; then cp \"$1\" seen.txt; sed -i 's/sourse/any/' \"$1\"; \
                  else sed -i 's/\"source\"/\"sourse\"/' \"$1\"; fi";
    with_editor(&home, script, &[]).succeeds();
    let seen = std::fs::read_to_string(home.path("seen.txt")).unwrap();
    let first = seen.lines().next().unwrap();
    let line: usize =
        first.strip_prefix("#! line ").unwrap().split(':').next().unwrap().parse().unwrap();
    assert!(
        first.contains(
            "side: must be one of source, destination, any, unknown; did you mean source?"
        ),
        "{seen}"
    );
    assert_eq!(seen.lines().nth(line - 1), Some("side = \"sourse\""), "the line is the right one");
    assert_eq!(home.run(&["show", "mail", "--json"]).json()["connection"]["side"], "any");
}

/// What a refused edit is kept in, and what it is not left in. Issue 13, point 6.
#[test]
fn what_was_typed_is_kept_sealed_when_it_cannot_be_saved() {
    let home = home();
    // As it is when the editor opens: what cannot be saved is opened again.
    let see = format!("[ -e '{0}' ] || cp \"$1\" '{0}'", home.path("seen.txt").display());
    let kept = |home: &Home| {
        with_editor(home, &see, &[]);
        let seen = std::fs::read_to_string(home.path("seen.txt")).unwrap();
        std::fs::remove_file(home.path("seen.txt")).unwrap();
        seen
    };
    let secret = "canary-typed-not-real";
    let script = format!(
        "grep -q {secret} \"$1\" || {{ sed -i 's/\"source\"/\"sourse\"/' \"$1\"; \
         echo 'description = \"{secret}\"' >> \"$1\"; cp \"$1\" \"$1.swp\"; }}"
    );
    let ran = with_editor(&home, &script, &[]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("the record still has errors"), "{ran:?}");
    assert!(ran.err.contains("Your text is kept sealed: `jetbridge edit mail`"), "{ran:?}");
    assert!(!found(&home, secret), "what was typed lies in no file");
    let seen = kept(&home);
    assert!(seen.starts_with("#! This is your earlier text"), "{seen}");
    assert!(seen.contains("sourse") && seen.contains(secret), "{seen}");
    // Corrected, it is saved, and nothing is left of it but the record.
    with_editor(&home, "sed -i s/sourse/any/ \"$1\"", &[]).succeeds();
    assert!(!kept(&home).contains("your earlier text"));
    // Emptied, it is forgotten.
    with_editor(&home, "sed -i s/any/sourse/ \"$1\"", &[]);
    assert!(kept(&home).contains("sourse"));
    with_editor(&home, ": > \"$1\"", &[]).succeeds();
    assert!(!kept(&home).contains("sourse"));
    // Somebody else saves while the editor is open.
    let other = format!(
        "HOME='{}' '{}' edit mail --set side=any > /dev/null && sed -i s/contoso/fabrikam/ \"$1\"",
        home.path("").display(),
        env!("CARGO_BIN_EXE_jetbridge")
    );
    home.run(&["edit", "mail", "--set", "side=source"]).succeeds();
    let ran = with_editor(&home, &other, &[]);
    assert_eq!(ran.code, 6, "a conflict has a code of its own: {ran:?}");
    assert!(ran.err.contains("mail: changed by"), "{ran:?}");
    assert_eq!(tenant(&home), "contoso");
    // Left as it is, the kept text is saved now.
    with_editor(&home, "true", &[]).succeeds();
    assert_eq!(tenant(&home), "fabrikam");
}

/// The command line has what the screen has: a list of what was left, and its end. E7.
#[test]
fn what_was_left_is_listed_and_discarded() {
    let home = home();
    assert_eq!(home.run(&["drafts"]).succeeds().err, "No drafts are kept.\n");
    with_editor(&home, "sed -i 's/\"source\"/\"nowhere\"/' \"$1\"", &[]);
    let table = home.run(&["drafts"]).succeeds().out;
    assert!(table.contains("mail") && table.contains("text"), "{table}");
    let json = home.run(&["drafts", "--json"]).succeeds().json();
    let draft = &json["drafts"][0];
    assert_eq!((&draft["title"], &draft["kind"]), (&"mail".into(), &"text".into()), "{json}");
    let connection = home.run(&["show", "mail", "--json"]).json()["connection"]["id"].clone();
    assert_eq!(draft["connection"], connection);
    let id = draft["id"].as_str().unwrap();
    // With the brakes of everything that cannot be undone.
    home.run(&["drafts", "--discard", id]).fails(2, &["whether to discard", "--yes", "--dry-run"]);
    home.run(&["drafts", "--discard", "other", "--yes"]).fails(1, &["no draft has the id other"]);
    home.run(&["--read-only", "drafts", "--discard", id, "--yes"]).fails(1, &["read-only"]);
    let dry = home.run(&["drafts", "--discard", id, "--dry-run"]).succeeds();
    assert_eq!(dry.out, "would discard mail\n");
    assert_eq!(home.run(&["drafts", "--discard", id, "--yes"]).succeeds().out, "discarded mail\n");
    assert_eq!(home.run(&["drafts", "--json"]).json()["drafts"], serde_json::json!([]));
    let seen = format!("cp \"$1\" '{}'", home.path("seen.txt").display());
    with_editor(&home, &seen, &[]);
    let seen = std::fs::read_to_string(home.path("seen.txt")).unwrap();
    assert!(!seen.contains("nowhere"), "{seen}");
}

/// Whether a text is in any file below the home, which holds the folder for temporary files too.
fn found(home: &Home, text: &str) -> bool {
    let mut open = vec![home.path("")];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_none_or(|it| it != "sh") {
                let bytes = std::fs::read(&path).unwrap();
                if bytes.windows(text.len()).any(|it| it == text.as_bytes()) {
                    return true;
                }
            }
        }
    }
    false
}

/// Every way out that a process notices empties the folder of the editor; what a killed one leaves is
/// emptied by the next.
#[test]
fn the_folder_of_the_editor_is_emptied_on_every_way_out() {
    let secret = "canary-in-the-editor-not-real";
    let begun = |home: &Home| {
        let reported = home.path("args");
        let script = format!(
            "#!/bin/sh\necho '# {secret}' >> \"$1\"; cp \"$1\" \"$1.swp\"; echo $$ > '{0}.new'; \
             mv '{0}.new' '{0}'\nexec sleep 60\n",
            reported.display()
        );
        let path = home.write("editor.sh", script);
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o700)).unwrap();
        let mut command = home.command(["edit", "mail"]);
        command.env("EDITOR", &path).env("PATH", "/usr/bin:/bin");
        let child = command.stderr(std::process::Stdio::null()).spawn().unwrap();
        while !reported.exists() {
            std::thread::yield_now();
        }
        let editor = std::fs::read_to_string(&reported).unwrap();
        (child, rustix::process::Pid::from_raw(editor.trim().parse().unwrap()).unwrap())
    };
    use rustix::process::{Signal, kill_process};
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129)] {
        let home = self::home();
        let (mut child, editor) = begun(&home);
        assert!(found(&home, secret));
        kill_process(rustix::process::Pid::from_child(&child), signal).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(code));
        assert!(!found(&home, secret), "{signal:?}");
        assert!(rustix::process::test_kill_process(editor).is_err(), "the editor was ended");
    }
    // The editor fails.
    let home = self::home();
    let (mut child, editor) = begun(&home);
    kill_process(editor, Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert!(!found(&home, secret));
    // Killed without a word: the next edit empties what was left.
    let home = self::home();
    let (mut child, editor) = begun(&home);
    child.kill().unwrap();
    child.wait().unwrap();
    kill_process(editor, Signal::KILL).unwrap();
    assert!(found(&home, secret));
    with_editor(&home, "true", &[]).succeeds();
    assert!(!found(&home, secret));
}

#[test]
fn apply_asks_for_consent_and_for_secrets() {
    let home = Home::new();
    home.write(
        "hq.toml",
        "[[connection]]\nname = \"hq\"\ntype = \"Device\"\nside = \"source\"\n\
         client_id = \"11111111-2222-4333-8444-555555555555\"\nclient_secret = { prompt = true }\n\
         local_admin = true\nlocal_admin_user = \"rescue\"\nlocal_admin_password = { prompt = true }\n",
    );
    let apply = ["apply", "-f", "hq.toml"];
    let consent = "Apply this to 1 connection? [y/N] ";
    let secret = "Client secret of hq (not shown): ";
    let password = "Administrator password of hq (not shown): ";
    let (screen, code) = asked(&home, &apply, &[(consent, "n\r")]);
    assert_eq!(code, 1, "{screen}");
    assert!(screen.contains("+ hq (Device)") && screen.contains("nothing was changed"), "{screen}");
    // Ctrl-C at the last question: nothing is saved, though the first was answered.
    let begin = [(consent, "y\r"), (secret, "canary-1\r")];
    let (screen, code) = asked(&home, &apply, &[&begin[..], &[(password, "\u{3}")]].concat());
    assert_eq!(code, 130, "{screen}");
    assert!(home.run(&["list", "--json"]).names().is_empty());
    // A password against the rules is asked for again. D8
    let rest = [(password, "weak\r"), (password, "Canary-2-fake\r")];
    let (screen, code) = asked(&home, &apply, &[&begin[..], &rest].concat());
    assert_eq!(code, 0, "{screen}");
    assert!(
        screen.contains("needs: at least 7 characters") && screen.contains("created hq"),
        "{screen}"
    );
    home.run(&["plan", "-f", "hq.toml"]).succeeds();
    // A new one replaces it when an edit says so.
    let edit = ["edit", "hq", "--set", "client_secret={ prompt = true }"];
    let (screen, code) = asked(&home, &edit, &[(secret, "canary-3\r")]);
    assert_eq!(code, 0, "{screen}");
    assert!(screen.contains("changed hq"), "{screen}");
}

/// Somebody else deletes the connection while the editor is open: on a terminal one answer restores it
/// with the change, without one the text is kept and the way is reported.
#[test]
fn a_connection_deleted_meanwhile_is_restored_if_somebody_agrees() {
    let script = |home: &Home| {
        let text = format!(
            "#!/bin/sh\nHOME='{}' '{}' delete mail --yes > /dev/null && sed -i s/contoso/fabrikam/ \"$1\"\n",
            home.path("").display(),
            env!("CARGO_BIN_EXE_jetbridge")
        );
        let path = home.write("editor.sh", text);
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o700)).unwrap();
        path
    };
    let home = self::home();
    let mut command = home.command(["edit", "mail"]);
    command.env("EDITOR", script(&home)).env("PATH", std::env::var_os("PATH").unwrap());
    let ran = run(&mut command, b"");
    assert_eq!(ran.code, 6, "a deletion meanwhile is a conflict: {ran:?}");
    for part in ["mail: deleted by", "jetbridge restore ", "Your text is kept sealed"] {
        assert!(ran.err.contains(part), "{ran:?}");
    }
    // A deleted one is said to be, with the way back.
    home.run(&["edit", "mail", "--set", "tenant=x"])
        .fails(1, &["mail is deleted", "brings it back"]);
    home.run(&["restore", "mail"]).succeeds();
    assert_eq!(tenant(&home), "contoso");
    for (answer, code, there) in [("n\r", 6, false), ("y\r", 0, true)] {
        let home = self::home();
        let editor = script(&home);
        let editor = [("EDITOR", editor.to_str().unwrap())];
        let mut talk = Talk::with(&home, &["edit", "mail"], 100, &editor);
        talk.answer("Restore it and save your changes? [y/N] ", answer);
        let (screen, found) = talk.end();
        assert_eq!(found, code, "{screen}");
        assert_eq!(home.run(&["list", "--json"]).names().len(), usize::from(there), "{screen}");
        assert!(!there || tenant(&home) == "fabrikam", "{screen}");
    }
}

// What an earlier revision had comes back as the next one; what is sealed stays as it is.
#[test]
fn an_earlier_revision_comes_back_as_the_next() {
    let home = Home::new();
    home.run(&["sample", "load"]).succeeds();
    let name = "northwind-devices-source";
    let shown = |home: &Home| home.run(&["show", name, "-o", "json"]).succeeds().json();
    let before = shown(&home);
    home.run(&["edit", name, "--set", "name=renamed", "--set", "client_secret_expires=2027-08-31"])
        .succeeds();
    home.run(&["edit", "renamed", "--set", "description=another"]).succeeds();
    let dry = home.run(&["edit", "renamed", "--revision", "1", "--dry-run"]).succeeds();
    assert!(dry.out.contains(name), "{}", dry.out);
    home.run(&["edit", "renamed", "--revision", "9"]).fails(1, &["has no revision 9"]);
    home.run(&["edit", "renamed", "--revision", "1"]).succeeds();
    let after = shown(&home);
    let of = |it: &serde_json::Value, field: &str| it["connection"][field].clone();
    assert_eq!(of(&after, "revision"), 4);
    for field in ["name", "description", "side", "type"] {
        assert_eq!(of(&after, field), of(&before, field), "{field}");
    }
    let answers =
        |it: &serde_json::Value, key: &str| it["connection"]["answers"]["form"][key].clone();
    for key in [
        "client_id",
        "client_secret",
        "client_secret_expires",
        "configuration_key",
        "local_admin_user",
    ] {
        assert_eq!(answers(&after, key), answers(&before, key), "{key}");
    }
    // What was given up since cannot come back by itself.
    home.run(&["edit", name, "--set", "local_admin=false"]).succeeds();
    home.run(&["edit", name, "--revision", "4"]).fails(1, &["local_admin_password", "is gone"]);
    let history = home.run(&["show", name, "--history"]).succeeds().out;
    assert!(history.contains("Administrator user name: Administrador"), "{history}");
    assert!(!history.contains("answers."), "{history}");
}
