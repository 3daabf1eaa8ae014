//! `create`, `clone`, `export`, `plan`, `apply` and `schema`: exit codes, secrets, stores that
//! change in between, a process that is killed. Issue 5, point 1; E3, E4, E7.

use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::home::{Home, Ran, run};

/// Obviously fake, and easy to search for.
const CANARY: &str = "canary-client-secret-fake";

const SOURCE: &str = r#"
[[connection]]
name = "hq"
type = "Device"
side = "source"
client_id = "11111111-2222-4333-8444-555555555555"
client_secret = { file = "secret.txt" }
"#;

const MAIL: &str = "
[[connection]]
name = \"mail\"
type = \"GoogleChat\"
side = \"source\"
tenant = \"contoso\"
";

fn secret(home: &Home, text: &str, mode: u32) {
    let path = home.write("secret.txt", text);
    std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
}

fn home() -> Home {
    let home = Home::new();
    secret(&home, CANARY, 0o600);
    home.write("hq.toml", SOURCE);
    home.write("mail.toml", MAIL);
    home
}

fn names(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect()
}

/// No secret in anything that was printed.
#[track_caller]
fn silent(ran: Ran) -> Ran {
    assert!(!ran.out.contains(CANARY) && !ran.err.contains(CANARY), "{ran:?}");
    ran
}

#[test]
fn create_makes_what_the_file_says_and_only_once() {
    let home = home();
    let dry = home.run(&["create", "-f", "hq.toml", "--dry-run"]).succeeds();
    assert!(dry.out.starts_with("+ hq (Device)  hq.toml:2\n"), "{dry:?}");
    assert!(!home.run(&["list"]).out.contains("hq"));
    let ran = silent(home.run(&["create", "-f", "hq.toml", "-f", "mail.toml"]).succeeds());
    assert_eq!(ran.out, "created hq\ncreated mail\n");
    home.run(&["create", "-f", "hq.toml"])
        .fails(1, &["hq.toml:3: [hq] name: a connection named hq exists already", "hint: "]);
    let shown = silent(home.run(&["show", "hq"]).succeeds());
    assert!(shown.out.contains("JBK1C-"), "{shown:?}");

    let json =
        home.run_with(&["create", "-f", "-", "--json"], MAIL.replace("mail", "more")).succeeds();
    assert_eq!(names(&json.json()["created"]), ["more"]);
    home.run(&["create"]).fails(2, &["--file"]);
    home.run(&["create", "-f", "none.toml"])
        .fails(1, &["cannot read none.toml: no such file", "hint: "]);
}

#[test]
fn secrets_come_by_reference_or_not_at_all() {
    let home = home();
    secret(&home, CANARY, 0o644);
    silent(home.run(&["create", "-f", "hq.toml"])).fails(
        1,
        &["hq.toml:7: [hq] client_secret: cannot read secret.txt: it holds a secret", "chmod 600"],
    );
    let with = |value: &str| SOURCE.replace("{ file = \"secret.txt\" }", value);
    let plain = home.write("plain.toml", with(&format!("\"{CANARY}\"")));
    let plain = plain.to_str().unwrap();
    silent(home.run(&["create", "-f", plain])).fails(1, &["plain.toml:7", "--allow-plain-secrets"]);
    let prompt = home.write("prompt.toml", with("{ prompt = true }"));
    let prompt = prompt.to_str().unwrap();
    home.run(&["create", "-f", prompt])
        .fails(2, &["cannot ask for the Client secret of hq", "not a terminal"]);
    home.run(&["create", "-f", prompt, "--no-input"]).fails(2, &["--no-input was given"]);
    home.write(
        "fails.toml",
        with("{ command = [\"sh\", \"-c\", \"echo canary-client-secret-fake >&2; exit 7\"] }"),
    );
    silent(home.run(&["create", "-f", "fails.toml", "--allow-commands"]))
        .fails(1, &["sh failed (exit status: 7)"]);
    assert!(home.run(&["list", "--json"]).names().is_empty());
    home.write("command.toml", with("{ command = [\"cat\", \"secret.txt\"] }"));
    silent(home.run(&["create", "-f", "command.toml", "--allow-commands"]).succeeds());
    // Any of them that leads to the same text changes nothing.
    secret(&home, CANARY, 0o600);
    for file in ["hq.toml", "prompt.toml", "command.toml"] {
        let apply = ["apply", "-f", file, "--yes", "--allow-commands"];
        let ran = silent(home.run(&apply).succeeds());
        assert_eq!(ran.out, "No changes: 1 connection already as wanted.\n", "{file}");
    }
    assert_eq!(silent(home.run(&["plan", "-f", "plain.toml", "--allow-plain-secrets"])).code, 0);
}

#[test]
fn plan_shows_what_would_change_and_changes_nothing() {
    let home = home();
    let plan = silent(home.run(&["plan", "-f", "."]));
    assert_eq!(plan.code, 3);
    assert!(
        plan.out.contains("+ hq (Device)") && plan.out.contains("+ mail (GoogleChat)"),
        "{plan:?}"
    );
    assert!(
        plan.out.ends_with("2 to create, 0 to change, 0 to delete, 0 unchanged.\n"),
        "{plan:?}"
    );
    assert!(home.run(&["list", "--json"]).names().is_empty());
    home.run(&["apply", "-f", ".", "--yes"]).succeeds();
    let same = home.run(&["plan", "-f", "."]).succeeds();
    assert_eq!(
        same.out,
        "? hq (Device)  hq.toml:2\n    client_secret: apply reads secret.txt\n\
         No changes: 2 connections as wanted; apply compares 1 secret with the store.\n"
    );

    secret(&home, "canary-client-secret-fake-2", 0o600);
    home.write("mail.toml", MAIL.replace("contoso", "fabrikam"));
    let plan = silent(home.run(&["plan", "-f", "."]));
    assert_eq!(plan.code, 3);
    for line in [
        "~ mail (GoogleChat)",
        "    tenant: contoso -> fabrikam",
        "? hq (Device)",
        "client_secret: apply reads secret.txt",
    ] {
        assert!(plan.out.contains(line), "{line}: {plan:?}");
    }
    let json = silent(home.run(&["plan", "-f", ".", "--json"]));
    assert_eq!(json.code, 3);
    let json = json.json();
    assert_eq!(json["summary"], json!({"create": 0, "change": 1, "unchanged": 1, "delete": 0}));
    assert_eq!(json["connections"][1]["action"], "change");
    assert_eq!(json["connections"][1]["revision"], 1);
    assert_eq!(json["connections"][1]["changes"][0]["before"], "contoso");
    assert_eq!(json["files"][0]["sha256"].as_str().unwrap().len(), 64);
    home.run(&["plan"]).fails(2, &["--file"]);
    home.run(&["plan", "-f", "nowhere"]).fails(1, &["nowhere"]);
    std::fs::create_dir(home.path("empty")).unwrap();
    home.run(&["plan", "-f", "empty"]).fails(1, &["empty: there is no .toml or .json file in it"]);
    home.write("bad.json", "{\"connections\": [{\"name\": \"x\",\n\"type\": \"Devise\"}]}");
    home.run(&["plan", "-f", "bad.json"])
        .fails(1, &[": [x] type: Devise", "bad.json:2:", "did you mean Device?"]);
}

#[test]
fn apply_asks_prunes_and_is_idempotent() {
    let home = home();
    home.run(&["apply", "-f", "."]).fails(2, &["cannot ask", "hint: add --yes"]);
    home.run(&["apply", "-f", ".", "--no-input"]).fails(2, &["--no-input was given"]);
    home.run(&["apply"]).fails(2, &["--file"]);
    let dry = home.run(&["apply", "-f", ".", "--dry-run"]);
    assert_eq!((dry.code, dry.out.contains("2 to create")), (3, true), "{dry:?}");
    home.run_with(&["import", "-"], "name,type\nold,Device\n").succeeds();
    let ran = silent(home.run(&["apply", "-f", ".", "--yes", "--json"]).succeeds()).json();
    assert_eq!(names(&ran["created"]), ["hq", "mail"]);
    let again = home.run(&["apply", "-f", ".", "--yes"]).succeeds();
    assert_eq!(again.out, "No changes: 2 connections already as wanted.\n");
    home.run(&["apply", "-f", ".", "--dry-run"]).succeeds();
    let pruned = home.run(&["plan", "-f", ".", "--prune"]);
    assert_eq!((pruned.code, pruned.out.contains("- old (Device)\n")), (3, true), "{pruned:?}");
    assert_eq!(home.run(&["list", "--json"]).names(), ["hq", "mail", "old"]);
    assert!(
        pruned.err.contains("deletes 1 of 3 connections, above the limit of 25 %"),
        "{pruned:?}"
    );
    let apply = ["apply", "-f", ".", "--prune", "--yes"];
    home.run(&apply).fails(1, &["deletes 1 of 3", "- old", "add --prune-limit 1"]);
    home.run(&["apply", "-f", ".", "--prune-limit", "1", "--yes"]).fails(2, &["--prune"]);
    let dry = home.run(&["apply", "-f", ".", "--prune", "--dry-run"]);
    assert_eq!((dry.code, dry.err.contains("refuses this without --prune-limit 1")), (3, true));
    home.run(&["plan", "-f", ".", "--prune", "--out", "pruned.json"]);
    home.run(&["apply", "--plan-file", "pruned.json", "--yes"]).fails(1, &["deletes 1 of 3"]);
    assert_eq!(home.run(&["list", "--json"]).names(), ["hq", "mail", "old"]);
    let limit = ["apply", "--plan-file", "pruned.json", "--prune-limit", "40%", "--yes"];
    assert_eq!(home.run(&limit).succeeds().out, "deleted old\n");
    home.run(&["restore", "old"]).succeeds();
    std::fs::remove_file(home.path("pruned.json")).unwrap();
    let ran = home.run(&[&apply[..], &["--prune-limit", "1"]].concat()).succeeds();
    assert_eq!(ran.out, "deleted old\n");
    assert_eq!(home.run(&["list", "--json"]).names(), ["hq", "mail"]);
    home.run(&["restore", "old"]).succeeds();
}

#[test]
fn a_new_name_in_an_exported_file_is_a_rename() {
    let home = home();
    home.run(&["create", "-f", "mail.toml"]).succeeds();
    let id = home.run(&["list", "--json"]).json()["connections"][0]["id"].to_string();
    for format in ["toml", "json"] {
        let file = format!("out.{format}");
        home.run(&["export", "--out", &file]).succeeds();
        let text = std::fs::read_to_string(home.path(&file)).unwrap();
        assert!(text.contains(&id), "{text}");
        let (old, new) = if format == "toml" { ("mail", "post") } else { ("post", "mail") };
        home.write(&file, text.replace(&format!("\"{old}\""), &format!("\"{new}\"")));
        let plan = home.run(&["plan", "-f", &file, "--prune"]);
        let line = format!("~ rename {old} -> {new} (GoogleChat)");
        assert_eq!((plan.code, plan.out.contains(&line)), (3, true), "{plan:?}");
        assert!(plan.out.contains("0 to create, 1 to change (1 renamed), 0 to delete"), "{plan:?}");
        let json = home.run(&["plan", "-f", &file, "--json"]).json();
        assert_eq!(json["connections"][0]["renamed_to"], *new);
        let ran = home.run(&["apply", "-f", &file, "--yes"]).succeeds();
        assert_eq!(ran.out, format!("renamed {old} -> {new}\n"));
        let list = home.run(&["list", "--json"]).json();
        assert_eq!(list["connections"][0]["id"].to_string(), id);
    }
    home.run(&["create", "-f", "out.toml"]).fails(1, &["id: is that of mail"]);
}

/// For a pull request; text of the files starts no markup.
#[test]
fn a_plan_is_a_table_in_markdown() {
    let home = home();
    home.run(&["create", "-f", "mail.toml"]).succeeds();
    home.write("mail.toml", MAIL.replace("\"contoso\"", "\"a|b\""));
    let ran = silent(home.run(&["plan", "-f", ".", "-o", "markdown"]));
    assert_eq!(ran.code, 3, "{ran:?}");
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(lines[0], "1 to create, 1 to change, 0 to delete, 0 unchanged.");
    assert_eq!(lines[2], "|  | Connection | Type | Field | Before | After |");
    assert!(
        lines.contains(&"| change | mail | GoogleChat | tenant | contoso | a\\|b |"),
        "{ran:?}"
    );
    assert!(
        lines.iter().any(|it| it.starts_with("| create | hq | Device | client\\_id |")),
        "{ran:?}"
    );
    let cells = |line: &&str| line.replace("\\|", "").matches('|').count();
    assert!(lines[2..].iter().all(|it| cells(it) == 7), "{ran:?}");
    home.run(&["apply", "-f", ".", "--yes"]).succeeds();
    let same = home.run(&["plan", "-f", ".", "-o", "markdown"]).succeeds();
    assert!(same.out.starts_with("No changes: 2 connections as wanted;"), "{same:?}");
}

/// The rest stays as it is, whatever its files say.
#[test]
fn a_target_is_applied_alone() {
    let home = home();
    home.write("more.toml", MAIL.replace("mail", "more"));
    let plan = home.run(&["plan", "-f", ".", "--target", "MAIL", "--out", "one.plan"]);
    assert_eq!(plan.code, 3, "{plan:?}");
    assert!(plan.out.contains("+ mail") && !plan.out.contains("hq"), "{plan:?}");
    home.run(&["apply", "-f", ".", "--target", "nobody", "--yes"])
        .fails(2, &["--target names what is not in the plan: nobody", "hint: "]);
    home.run(&["apply", "--plan-file", "one.plan", "--yes"]).succeeds();
    assert_eq!(home.run(&["list", "--json"]).names(), ["mail"]);
    home.run(&["apply", "-f", ".", "--target", "more", "--yes"]).succeeds();
    assert_eq!(home.run(&["list", "--json"]).names(), ["mail", "more"]);
    // Also of what would be deleted.
    for file in ["mail.toml", "more.toml"] {
        std::fs::remove_file(home.path(file)).unwrap();
    }
    let only = ["apply", "-f", ".", "--prune", "--prune-limit", "2", "--target", "more", "--yes"];
    home.run(&only).succeeds();
    assert_eq!(home.run(&["list", "--json"]).names(), ["mail"]);
}

#[test]
fn a_plan_file_is_done_exactly_or_not_at_all() {
    let home = home();
    home.run(&["create", "-f", "mail.toml"]).succeeds();
    std::fs::create_dir(home.path("wanted")).unwrap();
    home.write("wanted/mail.toml", MAIL.replace("contoso", "fabrikam"));
    let made = home.run(&["plan", "-f", "wanted", "--out", "plan.json"]);
    assert_eq!(made.code, 3);
    assert!(made.err.contains("apply --plan-file plan.json"), "{made:?}");
    let mode = std::fs::metadata(home.path("plan.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let apply = ["apply", "--plan-file", "plan.json", "--yes"];

    // The store changed in between.
    home.run(&["edit", "mail", "--set", "side=any"]).succeeds();
    home.run(&apply)
        .fails(6, &["plan.json is no longer valid", "mail was saved since", "othing was changed"]);
    let shown = home.run(&["show", "mail", "--json"]).json();
    assert_eq!(shown["connection"]["answers"]["listed"]["tenant"], "contoso");

    // The files changed in between.
    home.run(&["plan", "-f", "wanted", "--out", "plan.json"]);
    home.write("wanted/mail.toml", MAIL.replace("contoso", "litware"));
    home.run(&apply).fails(1, &["wanted/mail.toml was changed since"]);

    // Neither did, wherever it is run.
    assert_eq!(home.run(&["plan", "-f", "wanted", "--out", "plan.json"]).code, 3);
    std::fs::create_dir(home.path("elsewhere")).unwrap();
    let mut command = home.command(["apply", "--plan-file", "../plan.json", "--yes"]);
    let ran = run(command.current_dir(home.path("elsewhere")), b"").succeeds();
    assert_eq!(ran.out, "changed mail\n");
    home.run(&apply).fails(6, &["mail was saved since"]);

    home.run(&["apply", "--plan-file", "mail.toml", "--yes"]).fails(1, &["not valid JSON"]);
    home.write("other.json", "{\"version\": 9}");
    home.run(&["apply", "--plan-file", "other.json", "--yes"]).fails(1, &["version 9: update"]);
    home.run(&["apply", "--plan-file", "plan.json", "-f", "."]).fails(2, &["cannot be used with"]);
    home.run_with(&["plan", "-f", "-", "--out", "plan.json"], MAIL)
        .fails(2, &["standard input cannot be saved"]);
}

/// Kills the process while it saves: what is there is whole, and the same files do the rest.
#[test]
fn a_killed_apply_is_completed_by_the_next() {
    let home = Home::new();
    let many: String = (0..2_000)
        .map(|at| format!("[[connection]]\nname = \"n{at:04}\"\ntype = \"GoogleChat\"\n"))
        .collect();
    home.write("many.toml", many);
    let mut command = home.command(["apply", "-f", "many.toml", "--yes"]);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    // Each look takes as long as a process does; it ends with the child at the latest.
    let begun = loop {
        let ran = home.run(&["list", "--json", "--limit", "1"]);
        if ran.code == 0 && !ran.names().is_empty() {
            break true;
        }
        if child.try_wait().unwrap().is_some() {
            break false;
        }
    };
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(begun);
    let there = home.run(&["list", "--json"]).succeeds().names();
    let expected: Vec<String> = (0..there.len()).map(|at| format!("n{at:04}")).collect();
    assert_eq!(there, expected, "a prefix, in order");
    home.run(&["apply", "-f", "many.toml", "--yes"]).succeeds();
    assert_eq!(home.run(&["list", "--json"]).succeeds().names().len(), 2_000);
    assert_eq!(home.run(&["plan", "-f", "many.toml"]).code, 0);
}

#[test]
fn an_export_changes_nothing_in_any_format_and_holds_no_secret() {
    let home = home();
    home.run(&["sample", "load"]).succeeds();
    home.run(&["create", "-f", "hq.toml"]).succeeds();
    for (out, files) in [("all.toml", 1), ("all.json", 1), ("each/", 47)] {
        let ran = silent(home.run(&["export", "--out", out]).succeeds());
        assert!(ran.err.contains("47 connections written to"), "{ran:?}");
        let path = home.path(out);
        let count = if path.is_dir() { std::fs::read_dir(&path).unwrap().count() } else { 1 };
        assert_eq!(count, files);
        let plan = home.run(&["plan", "-f", out, "--prune"]).succeeds();
        assert_eq!(plan.out, "No changes: 47 connections already as wanted.\n");
    }
    for format in ["toml", "json", "csv", "markdown"] {
        let ran = silent(home.run(&["export", "--format", format]).succeeds());
        assert!(ran.out.contains("hq") && !ran.out.contains("JBK1C-"), "{format}");
    }
    let some = home.run(&[
        "export", "--type", "Device", "--side", "source", "--search", "HQ", "--format", "json",
    ]);
    assert_eq!(names(&some.succeeds().json()["connections"]), ["hq"]);
    let part = home.run(&["export", "hq", "nobody"]);
    assert_eq!(part.code, 5);
    assert!(
        part.out.contains("\"hq\"") && part.err.contains("no connection is named nobody"),
        "{part:?}"
    );
    for format in ["toml", "json", "jsonl", "csv", "markdown"] {
        home.run(&["export", "nobody", "--format", format]).fails(1, &["named nobody"]);
    }
    home.run(&["export", "--format", "csv", "--out", "each/"])
        .fails(2, &["all connections go into one file"]);
    home.run(&["export", "--out", "no/where.toml"]).fails(1, &["cannot write", "hint: "]);
}

/// The format by the words that the other commands have for it.
#[test]
fn an_export_takes_the_word_of_the_other_commands_for_its_format() {
    let home = home();
    let json = home.run(&["export", "-o", "json"]).succeeds().json();
    assert_eq!(json["version"], 1);
    let same = home.run(&["export", "--format", "json"]).succeeds().json();
    assert_eq!(home.run(&["export", "--output", "json"]).succeeds().json(), same);
}

/// `-` is standard output wherever a file is written, and no file of that name.
#[test]
fn a_dash_is_standard_output() {
    let home = home();
    home.run(&["create", "-f", "hq.toml"]).succeeds();
    for command in [
        &["export"][..],
        &["export", "-o", "json"],
        &["audit", "-o", "csv"],
        &["audit"],
        &["permissions", "manifest", "--method", "custom-app"],
    ] {
        let to = [command, &["--out", "-"]].concat();
        assert_eq!(home.run(&to).out, home.run(command).out, "{command:?}");
    }
    let refused = ["plan", "-f", "hq.toml", "--out", "-"];
    home.run(&refused).fails(2, &["kept in a file", "hint: "]);
    let refused = ["agent", "download", "--url", "https://localhost/a.msi", "--out", "-"];
    home.run(&refused).fails(2, &["is written to a file", "hint: "]);
    assert!(!home.path("-").exists());
}

#[test]
fn hostile_names_stay_harmless_in_every_format() {
    let home = Home::new();
    let hostile = [
        "=HYPERLINK(\"http://x\")",
        "+1",
        "-1",
        "@cmd",
        "a|b",
        "<img src=x>",
        "../../etc/passwd",
        "CON",
        "a\"b'c\\d",
        "[[connection]]",
        "漢字 🚀",
        "`x` *y* _z_",
        "{ keep = true }",
        "a,b;c",
        "C:\\x",
        ".",
        "#",
    ];
    let records: Vec<Value> = hostile
        .iter()
        .map(|name| json!({"name": name, "type": "GoogleChat", "description": name}))
        .collect();
    home.write("hostile.json", json!({"version": 1, "connections": records}).to_string());
    home.run(&["create", "-f", "hostile.json"]).succeeds();
    assert_eq!(home.run(&["list", "--json"]).names().len(), hostile.len());
    home.run(&["export", "--out", "each/"]).succeeds();
    let files: Vec<_> =
        std::fs::read_dir(home.path("each")).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert_eq!(files.len(), hostile.len());
    for file in &files {
        let stem = file.to_str().unwrap().strip_suffix(".toml").unwrap();
        assert!(stem.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'), "{stem}");
        assert_ne!(stem, "con");
    }
    home.run(&["plan", "-f", "each", "--prune"]).succeeds();
    for format in ["toml", "json"] {
        let text = home.run(&["export", "--format", format]).succeeds().out;
        home.write(&format!("again.{format}"), text);
        home.run(&["plan", "-f", &format!("again.{format}"), "--prune"]).succeeds();
    }
    let csv = home.run(&["export", "--format", "csv"]).succeeds().out;
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let cells: Vec<String> = rows
        .records()
        .flat_map(|it| it.unwrap().iter().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    assert_eq!(cells.len(), hostile.len() * 11);
    assert!(cells.iter().all(|it| !it.starts_with(['=', '+', '-', '@'])), "{csv}");
    let markdown = home.run(&["export", "--format", "markdown"]).succeeds().out;
    assert_eq!(markdown.lines().count(), hostile.len() + 2);
    assert!(!markdown.contains("<img"), "{markdown}");
    // What cannot be a name is refused, and shown escaped.
    home.write(
        "bad.json",
        json!({"connections": [{"name": "a\u{1b}[2J", "type": "GoogleChat"}]}).to_string(),
    );
    home.run(&["create", "-f", "bad.json"])
        .fails(1, &["[a\\u{1b}[2J] name: remove the invisible character"]);
}

#[test]
fn clone_copies_with_its_secrets() {
    let home = home();
    home.run(&["create", "-f", "hq.toml"]).succeeds();
    let dry = home.run(&["clone", "hq", "lab", "--dry-run"]).succeeds();
    assert!(dry.out.contains("+ lab (Device)"), "{dry:?}");
    let ran = silent(home.run(&["clone", "hq", "lab", "--set", "description=The lab"]).succeeds());
    assert_eq!(ran.out, "created lab\n");
    let key = |name: &str| {
        let json = home.run(&["show", name, "--json"]).json();
        json["connection"]["answers"]["form"]["configuration_key"]["key"]["id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_ne!(key("hq"), key("lab"));
    home.run(&["clone", "hq", "same", "--keep-keys"]).succeeds();
    assert_eq!(key("hq"), key("same"));
    home.run(&["clone", "hq", "LAB"]).fails(1, &["a connection named lab exists already"]);
    home.run(&["clone", "nobody", "x"]).fails(1, &["no connection is named nobody"]);
    home.run(&["clone", "hq"]).fails(2, &["NEWNAME"]);
    silent(home.run(&["clone", "hq", "y", "--set", &format!("client_secret={CANARY}")]))
        .fails(1, &["client_secret: a secret is not written here"]);
}

#[test]
fn the_schema_is_json_that_editors_take() {
    let home = Home::new();
    let ran = home.run(&["schema"]).succeeds();
    let schema: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_eq!(schema["properties"]["version"]["const"], 1);
    assert!(!home.store().exists(), "it needs no store");
    // What is exported is what it describes, in both forms; so is the example of the help.
    let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
    compiler.add_resource("schema.json", schema).unwrap();
    let index = compiler.compile("schema.json", &mut schemas).unwrap();
    let holds = |value: &Value| {
        if let Err(why) = schemas.validate(value, index) {
            panic!("{why:#}");
        }
    };
    home.run(&["sample", "load"]).succeeds();
    let json = home.run(&["export", "--format", "json"]).succeeds().json();
    assert_eq!(json["connections"].as_array().unwrap().len(), 46);
    holds(&json);
    let toml = home.run(&["export"]).succeeds().out;
    let toml: Value = toml_edit::de::from_str(&toml).unwrap();
    assert_eq!(toml["connection"], json["connections"]);
    holds(&toml);
    home.run(&["export", "--out", "each/"]).succeeds();
    for file in std::fs::read_dir(home.path("each")).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        holds(&toml_edit::de::from_str(&text).unwrap());
    }
    let wrong = json!({ "connections": [{ "name": "a", "type": "Device", "side": "up" }] });
    assert!(schemas.validate(&wrong, index).is_err());
}

#[test]
fn the_help_shows_a_file_that_works() {
    let home = home();
    let help = home.run(&["create", "--help"]).succeeds().out;
    let begin = help.find("  [[connection]]").unwrap();
    let end = help[begin..].find("\n\n").unwrap() + begin;
    let example = help[begin..end]
        .replace("[\"op\", \"read\", \"op://Fly/hq/secret\"]", "[\"echo\", \"fake\"]");
    home.write("example.toml", example);
    home.run(&["create", "-f", "example.toml"]).fails(2, &["--allow-commands"]);
    home.run(&["create", "-f", "example.toml", "--allow-commands"]).succeeds();
}
