//! `edit`: by fields, from a file, in an editor; and what is asked on a terminal. C4, G12, E3.

use std::os::unix::fs::PermissionsExt;

use crate::home::{Home, Ran, run};
use crate::talk::{Talk, asked};

const MAIL: &str = "[[connection]]\nname = \"mail\"\ntype = \"Exchange\"\nside = \"source\"\ntenant = \"contoso\"\n";

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
    assert_eq!(again.out, "No changes: 1 connection as wanted.\n");
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
        .fails(2, &["cannot go together with"]);
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
    // First a mistake; the second time what stands on top is kept beside, and the mistake mended.
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

#[test]
fn what_was_typed_is_kept_when_it_cannot_be_saved() {
    let home = home();
    let kept = |ran: &Ran| {
        let path = ran
            .err
            .lines()
            .find_map(|it| it.split("kept in ").nth(1))
            .unwrap()
            .trim_end_matches('.');
        std::fs::read_to_string(path).unwrap()
    };
    let ran = with_editor(&home, "sed -i 's/\"source\"/\"sourse\"/' \"$1\"", &[]);
    assert_eq!(ran.code, 1);
    assert!(kept(&ran).contains("sourse"), "{ran:?}");
    assert!(ran.err.contains("the record was left with its mistakes"), "{ran:?}");
    // Somebody else saves while the editor is open.
    let other = format!(
        "HOME='{}' '{}' edit mail --set side=any > /dev/null && sed -i s/contoso/fabrikam/ \"$1\"",
        home.path("").display(),
        env!("CARGO_BIN_EXE_jetbridge")
    );
    let ran = with_editor(&home, &other, &[]);
    assert_eq!(ran.code, 6, "a conflict has a code of its own: {ran:?}");
    assert!(ran.err.contains("mail: changed by"), "{ran:?}");
    assert!(kept(&ran).contains("fabrikam"), "{ran:?}");
    assert_eq!(tenant(&home), "contoso");
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
/// with the change, without one the text is kept and the way is told.
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
    for part in ["mail: deleted by", "jetbridge restore ", "Your text is kept in"] {
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
