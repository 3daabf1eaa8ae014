//! What new users ran into: answers that looked right and were not. SPEC E3, E7; issue 5.

use crate::home::Home;
use crate::talk::asked;

fn mail(home: &Home) {
    home.write(
        "mail.toml",
        "[[connection]]\nname = 'mail'\ntype = 'Gmail'\nside = 'source'\ntenant = 'contoso'\n",
    );
}

/// What is agreed to is on the screen before the question.
#[test]
fn apply_shows_the_plan_before_it_asks() {
    let home = Home::new();
    mail(&home);
    let (screen, code) =
        asked(&home, &["apply", "-f", "mail.toml"], &[("Apply this to 1 connection?", "n\r")]);
    assert_eq!(code, 1, "{screen}");
    let (plan, question) = (screen.find("+ mail"), screen.find("Apply this"));
    assert!(plan.is_some() && plan < question, "{screen}");
}

/// A type without a form: what is emptied is reported like what is filled.
#[test]
fn a_field_that_is_emptied_is_reported() {
    let home = Home::new();
    mail(&home);
    home.run(&["create", "-f", "mail.toml"]).succeeds();
    let edit = home.run(&["edit", "mail", "--set", "description=touched"]).succeeds();
    assert!(edit.out.contains("changed mail"), "{edit:?}");
    let plan = home.run(&["plan", "-f", "mail.toml"]);
    assert!(plan.out.contains("description: touched -> nothing"), "{plan:?}");
    let json = home.run(&["plan", "-f", "mail.toml", "-o", "json"]);
    assert!(json.out.contains("touched"), "{json:?}");
    let dry = home.run(&["edit", "mail", "--set", "tenant=", "--dry-run"]).succeeds();
    assert!(dry.out.contains("tenant: contoso -> nothing"), "{dry:?}");
}

fn prod(home: &Home) {
    home.config(
        "[contexts.prod]\nkind = 'fly'\nurl = 'https://127.0.0.1:9/fly'\n\
         identity_url = 'https://127.0.0.1:9'\n\
         client_id = '11111111-2222-4333-8444-555555555555'\n\
         credential = { secret = 'stored' }\n",
    );
}

/// A list that was never read is not an empty one.
#[test]
fn what_was_never_read_is_not_empty() {
    let home = Home::new();
    let add = [
        "context",
        "add",
        "prod",
        "--kind",
        "fly",
        "--url",
        "https://127.0.0.1:9/fly",
        "--identity-url",
        "https://127.0.0.1:9",
        "--client-id",
        "11111111-2222-4333-8444-555555555555",
        "--secret-stdin",
    ];
    home.run_with(&add, "not-a-real-secret").succeeds();
    for line in [
        &["list", "--context", "prod", "--cached"][..],
        &["list", "--context", "prod", "--cached", "-o", "json"],
        &["audit", "--context", "prod", "--cached"],
        &["export", "--context", "prod", "--cached", "--out", "all.toml"],
        &["diff", "--live", "prod", "--cached"],
        &["import", "--from", "prod", "--cached"],
    ] {
        let ran = home.run(line).fails(1, &["prod was never read here", "leave --cached out"]);
        assert_eq!(ran.out, "", "{line:?}");
    }
    assert!(!home.path("all.toml").exists());
}

/// A mistyped name leaves a good file as it is.
#[test]
fn an_export_of_nothing_overwrites_nothing() {
    let home = Home::with(&["alpha"]);
    home.write("kept.toml", "# mine\n");
    home.run(&["export", "alhpa", "--out", "kept.toml"]).fails(1, &["no connection is named"]);
    assert_eq!(std::fs::read_to_string(home.path("kept.toml")).unwrap(), "# mine\n");
    assert_eq!(home.run(&["export", "alpha", "alhpa", "--out", "kept.toml"]).code, 5);
    assert!(std::fs::read_to_string(home.path("kept.toml")).unwrap().contains("alpha"));
}

/// The quote that keeps a spreadsheet from calculating is no part of a name.
#[test]
fn csv_goes_out_and_comes_back() {
    let names = ["=cmd|calc", "-dash", "@at", "'quoted", "plain"];
    let home = Home::with(&names);
    home.run(&["export", "-o", "csv", "--out", "all.csv"]).succeeds();
    let text = std::fs::read_to_string(home.path("all.csv")).unwrap();
    assert!(text.contains("'=cmd|calc") && text.contains("'-dash"), "{text}");
    let again = home.run(&["import", "all.csv", "--dry-run"]).succeeds();
    assert!(again.out.contains("0 connections"), "{again:?}");
}

/// A wrong name in the environment stands in the way of everything: it is found, and what there is
/// is shown.
#[test]
fn a_wrong_context_in_the_environment_is_found() {
    let home = Home::new();
    prod(&home);
    let run = |args: &[&str]| {
        let mut command = home.command(args);
        command.env("JETBRIDGE_CONTEXT", "nosuch");
        crate::home::run(&mut command, b"")
    };
    let doctor = run(&["doctor"]);
    assert_eq!(doctor.code, 3);
    assert!(doctor.out.contains("there is no context nosuch"), "{doctor:?}");
    let list = run(&["context", "list"]);
    assert!(list.code == 2 && list.err.contains("there is no context nosuch"), "{list:?}");
    assert!(list.out.contains("prod"), "{list:?}");
    run(&["list"]).fails(2, &["JETBRIDGE_CONTEXT names it"]);
}

/// What lies deeper is not read, so nothing may be deleted for it.
#[test]
fn prune_does_not_delete_what_lies_in_a_folder_below() {
    let home = Home::new();
    mail(&home);
    home.run(&["create", "-f", "mail.toml"]).succeeds();
    std::fs::create_dir_all(home.path("wanted/sub")).unwrap();
    std::fs::rename(home.path("mail.toml"), home.path("wanted/sub/mail.toml")).unwrap();
    home.write("wanted/a.toml", "[[connection]]\nname = 'a'\ntype = 'Gmail'\nside = 'source'\n");
    let wanted = home.path("wanted");
    let wanted = wanted.to_str().unwrap();
    for verb in ["plan", "apply"] {
        home.run(&[verb, "-f", wanted, "--prune", "--yes"])
            .fails(2, &["folders in folders are not read", "sub", "-f of its own"]);
    }
    let plan = home.run(&["plan", "-f", wanted]);
    assert!(plan.err.contains("note: folders in folders are not read"), "{plan:?}");
    let both = home.path("wanted/sub");
    let plan = ["plan", "-f", both.to_str().unwrap(), "--prune"];
    assert!(home.run(&plan).succeeds().out.contains("No changes"));
}

#[test]
fn a_secret_is_not_emptied_and_a_copy_has_one_name() {
    let home = Home::new();
    home.run(&["sample", "load"]).succeeds();
    let of = "contoso-devices-hybrid-dest";
    home.run(&["edit", of, "--set", "domain_password="]).fails(2, &["cannot be emptied"]);
    home.run(&["clone", of, "copy", "--set", "name=other"]).fails(2, &["is named twice"]);
    let list = home.run(&["list", "--limit", "0", "-o", "json"]).succeeds();
    assert_eq!(list.names().len(), 46, "0 is all");
}

/// All that was deleted comes back by what is printed.
#[test]
fn the_line_that_undoes_a_deletion_undoes_all_of_it() {
    let home = Home::with(&["alpha", "beta", "gamma"]);
    let ran = home.run(&["delete", "alpha", "beta", "--yes"]).succeeds();
    let line = ran.err.split('`').nth(1).unwrap().to_owned();
    let words: Vec<&str> = line.split(' ').skip(1).collect();
    home.run(&words).succeeds();
    assert_eq!(home.run(&["list", "-o", "json"]).names().len(), 3);
}

/// The example is in the program, and changes nothing when it is used.
#[test]
fn the_example_configuration_can_be_printed_and_used() {
    let home = Home::new();
    let text = home.run(&["help", "configuration"]).succeeds().out;
    home.config(&text);
    assert_eq!(home.run(&["list"]).succeeds().code, 0);
}

/// A mistyped tenant is no clean one.
#[test]
fn an_audit_of_a_tenant_that_is_not_there_is_no_all_clear() {
    let home = Home::new();
    home.run(&["sample", "load"]).succeeds();
    home.run(&["audit", "--tenant", "Contso"])
        .fails(1, &["no connection belongs to the tenant Contso", "did you mean Contoso?"]);
    home.run(&["--redact", "audit", "--tenant", "Contso"]).fails(1, &["no connection belongs to"]);
    assert_eq!(home.run(&["audit", "--tenant", "CONTOSO", "--fail-on", "none"]).code, 0);
}
