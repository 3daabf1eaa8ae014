//! Every answer in JSON and JSON lines against the published schema, as `jetbridge schema answers`
//! prints it, which nothing but its content distinguishes; and what goes wrong beside it. The
//! commands are those of the command line itself, so that a new one is covered or named. Issue 11,
//! points 29 and 30.

use std::collections::{BTreeMap, BTreeSet};

use boon::{Compiler, SchemaIndex, Schemas};
use clap::Command;
use serde_json::Value;

use crate::contexts::{add, fly, live};
use crate::home::{Home, Ran, run};
use crate::tenant::{CLIENT, TENANT, Tenant};

/// The published schema, and the commands whose answers were held against it.
pub struct Contract {
    schemas: Schemas,
    whole: SchemaIndex,
    pub seen: BTreeSet<String>,
    /// What was compared, by command.
    answers: BTreeMap<String, Vec<Value>>,
}

impl Contract {
    pub fn new() -> Self {
        Self::of("answers")
    }

    /// The schema that is printed for a command.
    fn of(command: &str) -> Self {
        let words: Vec<&str> = ["schema"].into_iter().chain(command.split(' ')).collect();
        let printed = Home::new().run(&words).succeeds().out;
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        let schema: Value = serde_json::from_str(&printed).unwrap();
        let id = schema["$id"].as_str().unwrap().to_owned();
        compiler.add_resource(&id, schema).unwrap();
        let whole = compiler.compile(&id, &mut schemas).unwrap();
        Self { schemas, whole, seen: BTreeSet::new(), answers: BTreeMap::new() }
    }

    /// Holds what was compared against the schema of each command alone, which takes no other's.
    fn hold_by_command(&self) {
        for (command, answers) in &self.answers {
            let own = Self::of(command);
            for value in answers {
                if let Some(why) = own.why_not(value) {
                    panic!("jetbridge schema {command}: {why}\n{value:#}");
                }
            }
            let others = self.answers.iter().filter(|it| it.0 != command);
            for value in others.filter_map(|it| it.1.first()) {
                assert!(own.why_not(value).is_some(), "{command} takes {value:#}");
            }
        }
    }

    fn why_not(&self, value: &Value) -> Option<String> {
        self.schemas.validate(value, self.whole).err().map(|why| format!("{why:#}"))
    }

    /// What a run printed in this format: data, and what was said beside it.
    #[track_caller]
    pub fn holds(&mut self, args: &[&str], format: &str, ran: &Ran) {
        let values: Vec<Value> = match format {
            "json" if ran.out.is_empty() => Vec::new(),
            "json" => vec![ran.json()],
            _ => ran.out.lines().map(|it| serde_json::from_str(it).unwrap()).collect(),
        };
        let said = ran.err.lines().map(|it| {
            serde_json::from_str(it).unwrap_or_else(|_| panic!("{args:?}: no JSON: {ran:#?}"))
        });
        for value in values.iter().cloned().chain(said) {
            if let Some(why) = self.why_not(&value) {
                panic!(
                    "{args:?} -o {format}: {why}\n{value:#}\n\
                     Describe it in assets/cli.schema.json, below its command."
                );
            }
        }
        for value in &values {
            let command = value["command"].as_str().unwrap().to_owned();
            self.answers.entry(command).or_default().push(value.clone());
        }
        self.seen.extend(values.iter().map(|it| it["command"].as_str().unwrap().to_owned()));
    }
}

/// Every command that is run, with its definition.
pub fn commands() -> Vec<(String, Command)> {
    fn walk(all: &mut Vec<(String, Command)>, command: &Command, path: &str) {
        for it in command.get_subcommands() {
            let name = it.get_name();
            if name == "__complete" {
                continue;
            }
            let path = format!("{path} {name}").trim().to_owned();
            if !it.is_subcommand_required_set() {
                all.push((path.clone(), it.clone()));
            }
            walk(all, it, &path);
        }
    }
    let mut root = jetbridge::cli::help::command();
    root.build();
    let mut all = Vec::new();
    walk(&mut all, &root, "");
    assert!(all.len() > 45, "{}", all.len());
    all
}

/// Those that answer in JSON.
fn with_json() -> BTreeSet<String> {
    let json = |it: &Command| it.get_arguments().any(|it| it.get_id() == "json");
    // Those that need a server are compared where there is one: `team`.
    let here = |path: &String| !path.starts_with("team ");
    commands().into_iter().filter(|(_, it)| json(it)).map(|(path, _)| path).filter(here).collect()
}

const WAIVED: &str = "contoso-groups-nam-dest";
const ROWS: &str = "name,type\nimported,Gmail\n";
const RECORD: &str = "[[connection]]\nname = 'new'\ntype = 'Gmail'\ntenant = 'Contoso'\n";
const TENANTS: &str = r#"{"tenants": [{"id": "t9", "name": "T9"}]}"#;
const PASS: &str = "passphrase that is not real";

/// What is typed into which command, in an order in which each finds what it needs. `formats` has
/// the others.
const LOCAL: &[(&[&str], &str)] = &[
    (&["audit"], ""),
    (&["audit", "--open-secrets", "--only", "expired"], ""),
    (&["audit", "rules"], ""),
    (&["preflight", "--all", "--offline"], ""),
    (&["preflight", "checks"], ""),
    (&["preflight", "results"], ""),
    (&["preflight", "requirements"], ""),
    (&["preflight", "waive", WAIVED, "--check", "acct.mfa", "--reason", "r", "--dry-run"], ""),
    (&["preflight", "waive", WAIVED, "--check", "acct.mfa", "--reason", "r"], ""),
    (&["preflight", "waive", WAIVED, "--check", "acct.mfa", "--remove"], ""),
    (&["export"], ""),
    (&["export", "contoso-devices-hq-dest", "nobody"], ""),
    (&["list", "--type", "Device", "--redact"], ""),
    (&["show", "contoso-devices-hq-dest", "--history", "--redact"], ""),
    (&["plan", "-f", "-", "--prune"], RECORD),
    (&["apply", "-f", "-", "--dry-run"], RECORD),
    (&["create", "-f", "-", "--dry-run"], "[[connection]]\nname = 'x'\n"),
    (&["edit", "contoso-devices-hq-dest", "--set", "description=x", "--dry-run"], ""),
    (&["runbook", "contoso-devices-hq-dest"], ""),
    (&["runbook", "fabrikam-groups-hr-source"], ""),
    (&["import", "-", "--dry-run"], ROWS),
    (&["import", "-"], ROWS),
    (&["import", "-"], "name,type\n,Gmail\n"),
    (&["directory", "import", "-", "--dry-run"], TENANTS),
    (&["directory", "list", "--redact"], ""),
    (&["key", "check"], "nonsense"),
    (&["permissions", "list", "--cloud", "21vianet"], ""),
    (&["permissions", "explain", "Directory.ReadWrite.All"], ""),
    (&["permissions", "requirements", "--method", "service-account", "--labels"], ""),
    (&["permissions", "manifest", "--labels", "--multi-geo"], ""),
    (&["permissions", "manifest", "--mailbox", "rbac"], ""),
    (&["permissions", "manifest", "--method", "fly-app"], ""),
    (&["permissions", "check", "--manifest", "-"], r#"{"requiredResourceAccess": []}"#),
    (&["context", "add", "lab", "--path", "lab.db"], ""),
    (&["context", "edit", "lab", "--label", "LAB", "--dry-run"], ""),
    (&["context", "test", "lab", "--redact"], ""),
    (&["context", "list", "--redact"], ""),
    (&["context", "use", "lab", "--dry-run"], ""),
    (&["store", "copy", "--from", "local", "--to", "lab", "--dry-run"], ""),
    (&["store", "copy", "--from", "local", "--to", "lab"], ""),
    (&["context", "trust", "fly.example"], ""),
    (&["context", "remove", "lab", "--dry-run"], ""),
    (
        &[
            "signin",
            "add",
            "contoso",
            "--tenant",
            "contoso.example",
            "--client-id",
            CLIENT,
            "--secret-stdin",
        ],
        "not-a-real-secret",
    ),
    (&["signin", "list"], ""),
    (&["signin", "remove", "contoso", "--dry-run"], ""),
    (&["signin", "remove", "contoso", "--yes"], ""),
    (&["vault", "lock"], ""),
    (&["vault", "rotate", "--all", "--dry-run"], ""),
    (&["vault", "rotate"], ""),
    (&["vault", "accept", "--reason", "restored by me"], ""),
    (&["doctor"], ""),
    (&["paths", "--redact"], ""),
    (&["agent", "download", "--url", "agent.msi", "--unverified", "--out", "here.msi"], ""),
    (&["backup", "restore", "none.jbk", "--yes"], ""),
    (&["list", "--context", "nobody"], ""),
    (&["delete", "contoso-devices-hq-dest"], ""),
    (&["restore", "nobody"], ""),
    (&["purge", "nobody", "--yes"], ""),
    (&["drafts"], ""),
    (&["drafts", "--discard", "nothing", "--yes"], ""),
];

#[test]
fn every_answer_is_as_the_schema_says() {
    let mut contract = Contract::new();
    for format in ["json", "jsonl"] {
        let with = |args: &[&str]| -> Vec<String> {
            [args, &["-o", format]].concat().into_iter().map(str::to_owned).collect()
        };
        let home = Home::new();
        home.write("agent.msi", "not a real installer");
        let ran = home.run(&with(&["vault", "init"]));
        contract.holds(&["vault", "init"], format, &ran);
        home.run(&["sample", "load"]).succeeds();
        for (args, typed) in LOCAL.iter().chain(crate::formats::CASES) {
            contract.holds(args, format, &home.run_with(&with(args), typed));
        }
        // What comes after it would ask for the passphrase.
        let passphrase = ["vault", "passphrase", "--passphrase-stdin"];
        let ran = Home::new().run_with(&with(&passphrase), PASS);
        contract.holds(&passphrase, format, &ran);
        let service = fly(|_| None);
        let home = Home::with(&["alpha", "only-planned"]);
        add(&home, &[]);
        for args in [
            &["list", "--context", "contoso"][..],
            &["show", "alpha", "--context", "contoso"],
            &["audit", "--live", "contoso"],
            &["export", "--context", "contoso"],
            &["context", "test", "contoso"],
            &["context", "list"],
            &["diff"],
            &["diff", "--redact"],
            &["import", "--from", "contoso", "alpha", "nobody", "--dry-run"],
            &["import", "--from", "contoso"],
            &["runbook", "alpha", "--live"],
        ] {
            let args = with(args);
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            contract.holds(&args, format, &live(&home, &service.url, &args));
        }
        let (home, tenant) = (Home::new(), Tenant::generous());
        let add =
            ["signin", "add", "c", "--tenant", TENANT, "--client-id", CLIENT, "--secret-stdin"];
        home.run_with(&add, "not-a-secret").succeeds();
        let args = with(&["signin", "test", "c"]);
        let ran = run(home.command(&args).env("JETBRIDGE_LOOPBACK_STAND_IN", &tenant.url), b"");
        contract.holds(&["signin", "test", "c"], format, &ran);
        let graph = Tenant::new(crate::preflight::graph);
        let args = with(&["directory", "refresh", "--yes"]);
        let ran = run(home.command(&args).env("JETBRIDGE_LOOPBACK_STAND_IN", &graph.url), b"");
        assert!(ran.out.contains("new@contoso.example"), "{ran:#?}");
        contract.holds(&["directory", "refresh"], format, &ran);
        let check = ["permissions", "check", "--live", "--tenant", TENANT, "--client-id", CLIENT];
        let args = with(&[&check[..], &["--secret-stdin", "--multi-geo"]].concat());
        let mut command = home.command(&args);
        let ran = run(command.env("JETBRIDGE_LOOPBACK_STAND_IN", &tenant.url), b"not-a-secret");
        assert!(
            format == "jsonl" || ran.out.contains("consented-roles"),
            "extents are in it: {ran:#?}"
        );
        contract.holds(&check, format, &ran);
    }
    contract.hold_by_command();
    let missing: Vec<String> = with_json().difference(&contract.seen).cloned().collect();
    assert!(
        missing.is_empty(),
        "no answer of these was held against the schema: {missing:?}\n\
         Add a case to LOCAL in tests/cli/contract.rs or CASES in tests/cli/formats.rs, and what \
         it answers to assets/cli.schema.json."
    );
}

/// The schema refuses what it should: another command's answer, and a member it does not know.
#[test]
fn the_schema_distinguishes_answers() {
    let contract = Contract::new();
    let home = Home::with(&["alpha"]);
    let answers: Vec<Value> = [
        &["list"][..],
        &["show", "alpha"],
        &["paths"],
        &["context", "list"],
        &["permissions", "list"],
        &["audit"],
        &["doctor"],
    ]
    .iter()
    .map(|it| home.run(&[*it, &["--json"]].concat()).json())
    .collect();
    for answer in &answers {
        assert_eq!(contract.why_not(answer), None);
        for other in answers.iter().filter(|it| it["command"] != answer["command"]) {
            let mut changed = answer.clone();
            changed["command"] = other["command"].clone();
            assert!(contract.why_not(&changed).is_some(), "{changed}");
        }
        for (key, value) in
            [("command", "nothing".into()), ("more", 1.into()), ("version", 9.into())]
        {
            let mut changed: Value = answer.clone();
            changed[key] = value;
            assert!(contract.why_not(&changed).is_some(), "{key}: {changed}");
        }
        for key in ["version", "command"] {
            let mut changed = answer.clone();
            changed.as_object_mut().unwrap().remove(key);
            assert!(contract.why_not(&changed).is_some(), "{key}: {changed}");
        }
    }
}

/// A failure is JSON where JSON was asked for, on standard error and with the same words: also
/// before the arguments, the configuration or the home are understood.
#[test]
fn what_goes_wrong_is_json_with_the_same_words() {
    let mut contract = Contract::new();
    let home = Home::with(&["alpha"]);
    let mut lines: Vec<(Vec<String>, Option<String>)> = Vec::new();
    for command in with_json() {
        let mut words: Vec<String> = command.split(' ').map(str::to_owned).collect();
        words.push("--no-such-option".to_owned());
        lines.push((words, Some(command)));
    }
    for line in [
        "show nobody",
        "lst",
        "context nothing",
        "list --limit x",
        "list --type Devise",
        "list --config missing.toml",
        "list --context nobody",
        "delete alpha",
        "plan -f missing.toml",
        "apply --plan-file missing.json",
        "audit explain nothing",
        "permissions explain nothing",
        "import missing.csv",
        "backup verify missing.jbk",
        "vault rotate --source command",
    ] {
        lines.push((line.split(' ').map(str::to_owned).collect(), None));
    }
    for (words, command) in &lines {
        let plain = home.run(words);
        for format in ["json", "jsonl"] {
            let mut args: Vec<&str> = words.iter().map(String::as_str).collect();
            args.extend(["-o", format]);
            let ran = home.run(&args);
            assert_eq!((ran.code, ran.out.as_str()), (plain.code, ""), "{args:?}: {ran:#?}");
            assert!(plain.code != 0, "{plain:#?}");
            assert_eq!(ran.said(), plain.err, "{args:?}");
            contract.holds(&args, format, &ran);
            let error: Value = serde_json::from_str(ran.err.lines().last().unwrap()).unwrap();
            assert_eq!(error["error"]["exit_code"], ran.code, "{args:?}: {ran:#?}");
            if let Some(command) = command {
                assert_eq!(error["command"], **command, "{args:?}");
            }
        }
    }
    for args in [&["-o", "json"][..], &["list", "--json", "-o", "csv"], &["context", "--json"]] {
        let ran = home.run(args);
        assert_eq!(ran.code, 2, "{ran:#?}");
        assert!(ran.err.starts_with("{\"version\":1,"), "{ran:#?}");
        contract.holds(args, "json", &ran);
    }
    home.config("nonsense");
    let ran = home.run(&["list", "--json"]).fails(2, &["hint: "]);
    contract.holds(&["list"], "json", &ran);
    let mut command = home.command(["list", "--json"]);
    for name in ["HOME", "APPDATA", "LOCALAPPDATA"] {
        command.env_remove(name);
    }
    let ran = run(&mut command, b"");
    contract.holds(&["list"], "json", &ran);
}
