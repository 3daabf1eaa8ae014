//! `permissions`: the catalogue, requirements, manifests, the offline check, and what was given
//! wrong. SPEC P1-P9.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::home::{Home, Ran};
use crate::tenant::{CLIENT, TENANT, jwt, needed};

const GRAPH: &str = "00000003-0000-0000-c000-000000000000";
const DIRECTORY_WRITE: &str = "19dbc75e-c2e2-444c-a770-ec69d8559fc7";
const FULL_ACCESS: &str = "dc890d15-9560-4a4c-9b7f-a736ec74ec40";
const TERMS_WRITE: &str = "c8e3537c-ec53-43b9-bed3-b2bd3617ae97";
const TERMS_READ: &str = "2a8d57a5-4090-4a41-bf1c-3c621d2ccad3";
/// Obviously fake, in the shape of a real one.
const SECRET: &str = "canary8Q~Not-A-Real-Secret.0123456789abc";

fn perm(home: &Home, args: &[&str]) -> Ran {
    perm_with(home, args, "")
}

fn perm_with(home: &Home, args: &[&str], input: impl AsRef<[u8]>) -> Ran {
    let all: Vec<&str> = std::iter::once("permissions").chain(args.iter().copied()).collect();
    let ran = home.run_with(&all, input);
    for text in [&ran.out, &ran.err] {
        assert!(!text.contains("canary") && !text.contains("eyJ"), "E3: {text}");
    }
    ran
}

/// Every id of a manifest; each is there once.
#[track_caller]
fn ids_of(array: &Value) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    for api in array.as_array().unwrap() {
        for it in api["resourceAccess"].as_array().unwrap() {
            assert!(["Role", "Scope"].contains(&it["type"].as_str().unwrap()));
            assert!(ids.insert(it["id"].as_str().unwrap().to_owned()), "{it} is there twice");
        }
    }
    ids
}

#[track_caller]
fn manifest(home: &Home, args: &[&str]) -> BTreeSet<String> {
    let all: Vec<&str> = std::iter::once("manifest").chain(args.iter().copied()).collect();
    let ran = perm(home, &all).succeeds();
    ids_of(&serde_json::from_str(&ran.out).unwrap())
}

#[test]
fn list_gives_every_row_with_its_ids() {
    let home = Home::new();
    let json = perm(&home, &["list", "--json"]).succeeds().json();
    let rows = json["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 31, "18 application and 13 delegated permissions");
    for row in rows {
        for key in
            ["resource", "resource_app_id", "value", "id", "display_name", "purpose", "source"]
        {
            assert!(row[key].as_str().is_some_and(|it| !it.is_empty()), "{key}: {row}");
        }
        assert!(["Role", "Scope"].contains(&row["kind"].as_str().unwrap()), "{row}");
    }
    let row = |value: &str| rows.iter().find(|it| it["value"] == value).unwrap();
    // The page has it in the table only, under the name of another permission.
    assert_eq!(row("Directory.ReadWrite.All")["id"], DIRECTORY_WRITE);
    assert_eq!(row("Directory.ReadWrite.All")["resource_app_id"], GRAPH);
    assert_eq!(row("Content.Writer")["resource"], "Azure Rights Management Services");
    let china = perm(&home, &["list", "--json", "--cloud", "21vianet"]).json();
    let writer =
        china["rows"].as_array().unwrap().iter().find(|it| it["value"] == "Content.Writer");
    assert_eq!(writer.unwrap()["resource"], "Microsoft Rights Management Services");
    let table = perm(&home, &["list"]).succeeds().out;
    assert_eq!(table.lines().count(), 32);
    assert!(table.starts_with("PERMISSION "), "{table}");
}

/// P6: each flag does what it says, and nothing else.
#[test]
fn a_manifest_is_exactly_what_the_flags_ask_for() {
    let home = Home::new();
    let plain = manifest(&home, &[]);
    assert_eq!(plain.len(), 11);
    let with = |args: &[&str], more: usize, fewer: usize| {
        let ids = manifest(&home, args);
        assert_eq!(ids.difference(&plain).count(), more, "{args:?}");
        assert_eq!(plain.difference(&ids).count(), fewer, "{args:?}");
        ids
    };
    // The defaults by name.
    with(&["--method", "custom-app", "--job", "both", "--cloud", "commercial"], 0, 0);
    with(&["--mailbox", "ews", "--term-store", "write"], 0, 0);
    assert!(with(&["--multi-geo"], 1, 0).contains(DIRECTORY_WRITE));
    assert!(with(&["--multi-geo=chosen"], 1, 0).contains(DIRECTORY_WRITE));
    with(&["--multi-geo=open"], 0, 0);
    with(&["--job", "merge", "--multi-geo"], 0, 0);
    with(&["--labels"], 4, 0);
    with(&["--discovery"], 1, 0);
    with(&["--no-planner"], 0, 1);
    assert!(!with(&["--mailbox", "rbac"], 0, 1).contains(FULL_ACCESS));
    let read = with(&["--term-store", "read"], 1, 1);
    assert!(read.contains(TERMS_READ) && !read.contains(TERMS_WRITE));
    with(&["--cloud", "21vianet"], 0, 2);
    with(&["--cloud", "usgov"], 0, 0);
    let delegated = manifest(&home, &["--method", "custom-delegated"]);
    let owner = manifest(&home, &["--method", "custom-delegated", "--group-owner"]);
    assert_eq!((delegated.len(), owner.len()), (9, 9));
    assert_eq!(delegated.difference(&owner).count(), 1);
    assert_eq!(manifest(&home, &["--method", "custom-delegated", "--multi-geo=open"]).len(), 10);
}

#[test]
fn standard_output_is_the_manifest_and_nothing_else() {
    let home = Home::new();
    let array = perm(&home, &["manifest"]).succeeds();
    for words in ["warning: ", "2026-10-01", "tenant by tenant", "2027-04-01", "not confirmed"] {
        assert!(array.err.contains(words), "{words}: {array:#?}");
    }
    let array: Value = serde_json::from_str(&array.out).unwrap();
    let property = perm(&home, &["manifest", "--format", "property"]).succeeds().out;
    let inside: Value = serde_json::from_str(&format!("{{{property}}}")).unwrap();
    assert_eq!(inside, json!({ "requiredResourceAccess": array }));
    let patch = perm(&home, &["manifest", "--format", "patch"]).succeeds().out;
    assert_eq!(serde_json::from_str::<Value>(&patch).unwrap(), inside);
    let whole = perm(&home, &["manifest", "--json"]).succeeds().json();
    assert_eq!(whole["required_resource_access"], array);
    assert_eq!(whole["scenario"]["method"], "custom-app");
    assert_eq!(whole["scenario"]["job"], "both");
    assert_eq!(whole["warnings"][0]["key"], "ews");
    let markdown = perm(&home, &["manifest", "--markdown"]).succeeds().out;
    assert!(markdown.starts_with("# Permissions for Custom app profile, Copy and merge"));
    assert!(markdown.contains("```json\n\"requiredResourceAccess\": ["), "{markdown}");
    perm(&home, &["manifest", "--markdown", "--json"])
        .fails(2, &["--markdown cannot be used with --json"]);
}

#[test]
fn a_merge_keeps_what_is_there_and_can_be_written_over_it() {
    let home = Home::new();
    let foreign = json!([{ "resourceAppId": "11111111-2222-3333-4444-555555555555",
        "resourceAccess": [{ "id": "66666666-7777-8888-9999-000000000000", "type": "Scope" }] }]);
    let file = home.write("app.json", json!({ "requiredResourceAccess": foreign }).to_string());
    let args = ["manifest", "--merge", "app.json", "--out", "app.json", "--multi-geo"];
    let ran = perm(&home, &args).succeeds();
    assert_eq!(ran.out, "");
    assert!(ran.err.contains("app.json: 12 permissions added, 1 kept"), "{ran:#?}");
    let first = std::fs::read_to_string(&file).unwrap();
    let ids = ids_of(&serde_json::from_str(&first).unwrap());
    assert_eq!(ids.len(), 13);
    assert!(ids.contains("66666666-7777-8888-9999-000000000000"));
    // Once more changes nothing.
    assert!(perm(&home, &args).succeeds().err.contains("0 permissions added, 1 kept"));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), first);
    // From a pipe, with --out and a dash: to standard output.
    let piped =
        perm_with(&home, &["manifest", "--merge", "-", "--out", "-", "--multi-geo"], &first);
    assert_eq!(piped.succeeds().out, first);
    let nowhere = ["manifest", "--out", "missing/folder/x.json"];
    let ran = perm(&home, &nowhere);
    assert_eq!(ran.code, 1, "{ran:#?}");
    assert!(ran.err.contains("cannot write missing/folder/x.json") && ran.err.contains("hint: "));
    // What cannot be read is left as it was.
    home.write("broken.json", "[{");
    let broken = ["manifest", "--merge", "broken.json", "--out", "broken.json"];
    perm(&home, &broken).fails(1, &["broken.json: the manifest is not valid JSON at line 1"]);
    assert_eq!(std::fs::read_to_string(home.path("broken.json")).unwrap(), "[{");
    let left = std::fs::read_dir(home.path("")).unwrap().map(|it| it.unwrap().file_name());
    // The log is below `.local`.
    assert_eq!(left.filter(|it| it != ".local").count(), 2, "nothing is left over");
}

#[test]
fn a_written_file_is_its_owners_and_never_behind_a_link() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    let file = home.write("real.json", "[]");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink(&file, home.path("link.json")).unwrap();
    let ran = perm(&home, &["manifest", "--out", "link.json"]);
    assert_eq!(ran.code, 1, "{ran:#?}");
    assert!(ran.err.contains("cannot write link.json: it is a symbolic link"), "{ran:#?}");
    assert!(ran.err.contains("hint: name the real path: "), "{ran:#?}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "[]");
    perm(&home, &["manifest", "--out", "real.json"]).succeeds();
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(ids_of(&serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()).len(), 11);
}

/// P1: methods whose app is AvePoint's have requirements and no manifest.
#[test]
fn every_method_has_requirements_and_only_own_apps_a_manifest() {
    let home = Home::new();
    for (method, own) in [
        ("fly-app", false),
        ("custom-app", true),
        ("service-account", false),
        ("fly-delegated", false),
        ("custom-delegated", true),
        ("service-and-fly-app", false),
        ("service-and-custom-app", true),
    ] {
        let json = perm(&home, &["requirements", "--method", method, "--json"]).succeeds().json();
        let scenario = &json["scenarios"][0];
        assert_eq!(scenario["scenario"]["method"], method);
        assert!(!scenario["steps"].as_array().unwrap().is_empty(), "{method}");
        assert_eq!(scenario["no_manifest"].is_null(), own, "{method}");
        let table = perm(&home, &["requirements", "--method", method]).succeeds();
        assert!(table.out.contains("\nSteps\n  1. "), "{table:#?}");
        let markdown = perm(&home, &["requirements", "--method", method, "--markdown"]).succeeds();
        assert_eq!(markdown.out.contains("## Manifest"), own, "{method}");
        let made = perm(&home, &["manifest", "--method", method]);
        match own {
            true => drop(made.succeeds()),
            false => drop(made.fails(2, &["there is no manifest for", "hint: "])),
        }
    }
    let table = perm(&home, &["requirements", "--labels"]).succeeds().out;
    assert!(table.contains("when sensitivity labels are managed"), "{table}");
    assert!(table.contains("A role beside Exchange.ManageAsApp"), "{table}");
}

/// P1: the scenario of a connection is that of its own answers.
#[test]
fn a_connection_gives_its_scenario() {
    let home = Home::new();
    home.run(&["sample", "load"]).succeeds();
    let scenarios = |name: &str, more: &[&str]| {
        let mut args = vec!["requirements", "--json", "--connection", name];
        args.extend(more);
        let json = perm(&home, &args).succeeds().json();
        let all = json["scenarios"].as_array().unwrap().clone();
        all.into_iter().map(|it| it["scenario"].clone()).collect::<Vec<_>>()
    };
    let found = scenarios("contoso-groups-jpn-dest", &["--labels", "--job", "copy"]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["method"], "custom-app");
    assert_eq!(found[0]["geo"], "chosen-location");
    assert_eq!((&found[0]["labels"], &found[0]["job"]), (&json!(true), &json!("copy")));
    assert!(
        manifest(&home, &["--connection", "CONTOSO-GROUPS-JPN-DEST"]).contains(DIRECTORY_WRITE)
    );
    assert_eq!(scenarios("litware-groups-source", &[])[0]["cloud"], "21vianet");
    let several = scenarios("contoso-groups-eur-dest", &[]);
    assert_eq!(several.len(), 2);
    assert_eq!(scenarios("contoso-groups-eur-dest", &["--method", "fly-delegated"]).len(), 1);
    let source = perm(&home, &["requirements", "--connection", "litware-groups-source"]).succeeds();
    assert!(source.err.contains("is a source; these are the requirements of a destination"));

    let fails = |args: &[&str], code, parts: &[&str]| {
        drop(perm(&home, &[&["manifest", "--connection"], args].concat()).fails(code, parts))
    };
    fails(&["contoso-groups-eur-dest"], 2, &["several apps", "--method: service-and-fly-app or"]);
    fails(
        &["contoso-groups-jpn-dest", "--method", "fly-app"],
        2,
        &["does not sign in that way", "custom-app"],
    );
    fails(&["contoso-groups-jpn"], 1, &["no connection is named", "did you mean"]);
    fails(&["tailspin-groups-from-list"], 1, &["no app profile or service account", "hint: "]);
    let devices = "fabrikam-devices-source";
    fails(&[devices], 1, &["only Microsoft 365 Groups", "hint: `jetbridge list --type M365Group`"]);
    fails(&["x", "--cloud", "usgov"], 2, &["cannot be used with"]);
}

#[test]
fn a_manifest_is_checked_and_declared_is_not_consented() {
    let home = Home::new();
    let plain = perm(&home, &["manifest"]).out;
    let ran = perm_with(&home, &["check", "--manifest", "-"], &plain).succeeds();
    assert!(ran.out.contains("declared") && !ran.out.contains("! "), "{ran:#?}");
    assert!(ran.out.contains("consent was not checked"), "{ran:#?}");
    // The page's fragment ends in a comma.
    let page = perm(&home, &["manifest", "--format", "property"]).out.trim_end().to_owned() + ",";
    perm_with(&home, &["check", "--manifest", "-"], page).succeeds();
    let gaps = perm_with(&home, &["check", "--manifest", "-", "--multi-geo", "--labels"], &plain);
    assert_eq!(gaps.code, 3, "{gaps:#?}");
    for value in
        ["Directory.ReadWrite.All", "InformationProtectionPolicy.Read.All", "Content.Writer"]
    {
        assert!(gaps.out.lines().any(|it| it.starts_with("! missing") && it.contains(value)));
    }
    assert!(gaps.out.contains("To do\n  Directory.ReadWrite.All, Information"), "{gaps:#?}");
    // Delegated needs the same names of another kind.
    let wrong = ["check", "--manifest", "-", "--method", "custom-delegated", "--json"];
    let wrong = perm_with(&home, &wrong, &plain);
    assert_eq!(wrong.code, 3);
    let json = wrong.json();
    assert_eq!(json["verdict"], "gaps");
    assert!(json["lines"][0]["standing"].is_string(), "{json:#}");
    let beyond: Vec<&str> =
        json["beyond"].as_array().unwrap().iter().filter_map(|it| it["value"].as_str()).collect();
    assert!(beyond.contains(&"full_access_as_app"), "{beyond:?}");
    let markdown =
        perm_with(&home, &["check", "--manifest", "-", "--labels", "--markdown"], &plain);
    assert_eq!(markdown.code, 3);
    assert!(markdown.out.contains("## Not met"), "{markdown:#?}");
}

/// One token per API, as an app gets them.
fn tokens(expires: i64) -> Vec<String> {
    let apis =
        [GRAPH, "00000002-0000-0ff1-ce00-000000000000", "00000003-0000-0ff1-ce00-000000000000"];
    let claims = |api: &&str| json!({ "aud": api, "roles": needed(api), "exp": expires, "tid": TENANT, "appid": CLIENT });
    apis.iter().map(|api| jwt(&claims(api))).collect()
}

#[test]
fn tokens_are_checked_together() {
    let home = Home::new();
    let all = tokens(4_000_000_000);
    for (at, token) in all.iter().enumerate() {
        home.write(&format!("{at}.jwt"), format!("Bearer {token}\n"));
    }
    let args = ["check", "--token", "0.jwt", "--token", "1.jwt", "--token", "2.jwt"];
    let ran = perm(&home, &args).succeeds();
    assert!(
        ran.out.contains("seen in token") && ran.out.contains("all 11 permissions"),
        "{ran:#?}"
    );
    assert!(ran.err.contains("Signatures of tokens were not checked"), "{ran:#?}");
    perm_with(&home, &["check", "--token", "-"], all.join("\n")).succeeds();
    // One API without its token: nothing speaks for it.
    let two = perm(&home, &args[..5]);
    assert_eq!(two.code, 3);
    assert!(two.out.contains("! not verifiable") && two.out.contains("add a token for it"));
    // Declared in the manifest, but the token does not have it.
    let manifest = perm(&home, &["manifest", "--multi-geo"]).out;
    home.write("app.json", manifest);
    let both = [&args[..], &["--manifest", "app.json", "--multi-geo", "--gaps"]].concat();
    let both = perm(&home, &both);
    assert_eq!(both.code, 3);
    assert!(both.out.contains("! not consented  Directory.ReadWrite.All"), "{both:#?}");
    let old = perm_with(&home, &["check", "--token", "-"], tokens(1_700_000_000).join(" "));
    assert_eq!(old.code, 3);
    assert!(old.err.contains("expired at 2023-11-14T"), "{old:#?}");
}

#[test]
fn explain_shows_everything_and_suggests() {
    let home = Home::new();
    // In any case, and by id.
    for word in ["Full_Access_As_App", FULL_ACCESS] {
        let text = perm(&home, &["explain", word]).succeeds().out;
        for words in [
            "full_access_as_app",
            FULL_ACCESS,
            "Application (Role)",
            "Exchange RBAC",
            "The page says  Written Full_access_as_app",
            "2027-04-01",
            "not confirmed",
            "custom-app",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
    }
    let json = perm(&home, &["explain", "domain.read.all", "--json"]).succeeds().json();
    let kinds: Vec<&Value> =
        json["rows"].as_array().unwrap().iter().map(|it| &it["kind"]).collect();
    assert_eq!(kinds, [&json!("Role"), &json!("Scope")]);
    let covered = json["rows"][0]["covered_by"].as_array().unwrap();
    assert!(covered.contains(&json!("Directory.Read.All")), "{covered:?}");
    // One that covers others and is needed by none itself.
    let bigger = perm(&home, &["explain", "Directory.Read.All", "--json"]).json();
    let covers = bigger["rows"][0]["covers"].as_array().unwrap();
    assert!(covers.contains(&json!("Domain.Read.All")), "{covers:?}");
    perm(&home, &["explain", "Exchange.ManageAsAp"])
        .fails(2, &["did you mean Exchange.ManageAsApp"]);
    perm(&home, &["explain", "termstore"])
        .fails(2, &["TermStore.Read.All, TermStore.ReadWrite.All"]);
    perm(&home, &["explain", "zzz"]).fails(2, &["`jetbridge permissions list`"]);
    perm(&home, &["explain", "\u{1b}[2J"]).fails(2, &["\\u{1b}[2J"]);
    perm(&home, &["explain", SECRET]).fails(2, &["not shown: it looks like a secret"]);
}

/// One line that says what is wrong, and a hint; nothing of what was given.
#[test]
fn bad_input_is_reported_in_one_line_and_never_repeated() {
    let home = Home::new();
    let token = tokens(4_000_000_000).remove(0);
    home.write("garbage", "{ \"canary\": ");
    home.write("words", format!("the secret is {SECRET}"));
    home.write("empty", "\n");
    home.write("binary", [0x80, 0xff]);
    home.write("token", &token);
    home.write("half", &token[..token.len() / 2]);
    home.write("object", "{\"canary\": 1}");
    home.write("long", vec![b'['; 2 << 20]);
    home.write(
        "kind",
        r#"[{"resourceAppId": "00000003-0000-0000-c000-000000000000",
        "resourceAccess": [{"id": "dbb9058a-0e50-45d7-ae91-66909b5d4664", "type": "canary"}]}]"#,
    );
    std::fs::create_dir(home.path("folder")).unwrap();
    for (flag, file, words) in [
        ("--manifest", "garbage", "garbage: the manifest is not valid JSON at line 1"),
        ("--manifest", "words", "not valid JSON at line 1, column 1"),
        ("--manifest", "empty", "empty: the input is empty"),
        ("--manifest", "binary", "not UTF-8 text"),
        ("--manifest", "token", "this is an access token, not a manifest"),
        ("--manifest", "object", "no requiredResourceAccess"),
        ("--manifest", "long", "larger than 1 MB"),
        ("--manifest", "kind", "neither Role nor Scope"),
        ("--manifest", "folder", "it is a folder"),
        ("--manifest", "missing.json", "cannot read missing.json: no such file"),
        ("--manifest", SECRET, "the given name (not shown: it looks like a secret)"),
        ("--manifest", &token, "the given name (not shown: it looks like a secret)"),
        ("--token", "words", "token 1: "),
        ("--token", "half", "token 1: "),
        ("--token", "garbage", "token 1: the JSON around it is broken"),
        ("--token", "object", "without an access token"),
        ("--token", "empty", "the input is empty"),
        ("--token", "binary", "not UTF-8 text"),
        ("--token", SECRET, "consider it exposed"),
    ] {
        let ran = perm(&home, &["check", flag, file]).fails(1, &[words, "\nhint: "]);
        assert_eq!(ran.err.lines().count(), 2, "{ran:#?}");
    }
    perm_with(&home, &["check", "--manifest", "-"], "no")
        .fails(1, &["standard input: the manifest"]);
    let twice = ["check", "--manifest", "-", "--token", "-"];
    perm(&home, &twice).fails(2, &["one thing only", "hint: "]);
    perm(&home, &["check"]).fails(2, &["--manifest", "--token", "--live"]);
    perm(&home, &["check", "--live"]).fails(2, &["--tenant", "--client-id"]);
    perm(&home, &["check", "--manifest", "x", "--secret-stdin"]).fails(2, &["--live"]);
    perm(&home, &["manifest", "--method", "custom"]).fails(2, &["custom-app", "custom-delegated"]);
    perm(&home, &["manifest", "--multi-geo", "yes"]).fails(2, &["unexpected argument"]);
    // A file that is there can have such a name too.
    home.write(SECRET, "garbage");
    perm(&home, &["check", "--manifest", SECRET]).fails(1, &["not shown", "not valid JSON"]);
    // A usage error repeats what it does not understand, but for secrets.
    perm(&home, &["check", SECRET]).fails(2, &["unexpected argument"]);
}
