//! Every mistake at once, with file, line and field; and no secret in any of them.

use proptest::prelude::*;

use super::*;
use crate::domain::ConnectionType;

fn wrong(syntax: Syntax, text: &str) -> Vec<String> {
    read(&[input(syntax, text)]).mistakes.iter().map(ToString::to_string).collect()
}

/// Neither changed nor copied: the answers that this program does not know would be lost.
#[test]
fn a_record_of_a_newer_program_is_not_changed_by_a_file() {
    let record = saved(&workspace(), crate::testing::contract::groups("newer"));
    let answers = crate::domain::answers::testing::sheet().app("p-1").text("retention", "1 year");
    let fake = Fake::with(vec![Connection { answers: answers.form(), ..record }]);
    let file = "[[connection]]\nname = \"newer\"\ntype = \"M365Group\"\ndescription = \"x\"\n";
    let why = mistakes_of(plan_of(&fake, file));
    assert!(why[0].contains("does not know (retention): update jetbridge to change it"), "{why:?}");
}

// Lists and filters call it side everywhere; a form may not.
#[test]
fn the_side_of_a_type_is_named_whatever_the_type_calls_it() {
    let text =
        "version = 1\n[[connection]]\nname = \"a\"\ntype = \"M365Group\"\nside = \"source\"\n";
    let all = read(&[input(Syntax::Toml, text)]);
    let (fake, mut vault) = (workspace(), Vault::default());
    let plan = block(plan_and_read(&fake, &all, options(), false, &mut vault));
    let why = mistakes_of(plan);
    let wanted = "side: is not a field of Microsoft 365 Groups; did you mean used_as?";
    assert!(why.iter().any(|it| it.contains(wanted)), "{why:?}");
}

#[test]
fn every_mistake_of_every_file_is_reported_at_once() {
    let fake = workspace();
    let first = input(
        Syntax::Toml,
        r#"version = 1
[[connection]]
name = "a"
type = "M365Group"
tenent = "Contoso"
app_profile = "Nobody"

[[connection]]
name = "b"
type = "Devise"

[[connection]]
type = "Gmail"
side = "sourse"
"#,
    );
    let second = Input {
        name: "b.json".to_owned(),
        syntax: Syntax::Json,
        text: "{\"connections\": [\n {\"name\": \"c\", \"type\": \"Device\",\n  \"side\": \"source\",\n  \"client_id\": \"x\",\n  \"client_secret\": {\"fil\": \"s\"}},\n {\"name\": \"d\", \"type\": \"Device\", \"side\": \"source\",\n \"client_id\": \"11111111-2222-4333-8444-555555555555\"}\n]}".to_owned(),
        ..first.clone()
    };
    let all = read(&[first, second]);
    let why =
        mistakes_of(block(plan_and_read(&fake, &all, options(), false, &mut Vault::default())));
    for part in [
        "a.toml:5: [a] tenent: is not a field of Microsoft 365 Groups; did you mean tenant?",
        "a.toml:6: [a] app_profile: give tenant first",
        "a.toml:10: [b] type: Devise is not a connection type; did you mean Device?",
        "a.toml:12: name: enter a name",
        "b.json:5:20: [c] client_secret: fil is not known here; did you mean file?",
        "b.json:6:2: [d] client_secret: give it by reference",
    ] {
        assert!(why.iter().any(|it| it.starts_with(part)), "{part}\n{why:#?}");
    }
    let name = "[[connection]]\nname = \"e\"\ntype = \"Gmail\"\nside = \"sourse\"\n";
    let why = mistakes_of(plan_of(&fake, name));
    assert_eq!(
        why,
        [
            "a.toml:4: [e] side: must be one of source, destination, any, unknown; did you mean source?"
        ]
    );
}

/// Neither a broken file nor a mistake in one field hides what is wrong elsewhere, and nothing is
/// reported that only follows from another mistake.
#[test]
fn a_mistake_hides_no_other_and_brings_none_of_its_own() {
    let fake = workspace();
    let of = |name: &str, text: &str| Input { name: name.to_owned(), ..input(Syntax::Toml, text) };
    let files = [
        of("1.toml", "[[connection]]\nname = \"unterminated\n"),
        of("2.toml", "version = 2\n"),
        of(
            "3.toml",
            r#"[[connection]]
name = ""
type = "M365Group"
tenant = "Nowhere"
app_profile = "Own app"
service_auth = "legcy"
accounts = "a@contoso.example"
bogus = 1

[[connection]]
name = "b"
type = "Device"
side = "source"
client_id = "123"
client_secret = "Canary-not-real"
local_admin = "yes"
local_admin_user = "bob"

[[connection]]
name = "c"
type = "Device"
side = "sorce"

[[connection]]
name = "d"
type = "M365Group"
tenent = "Contoso"
"#,
        ),
    ];
    let mut vault = Vault::default();
    let why = mistakes_of(block(plan_and_read(&fake, &read(&files), options(), false, &mut vault)));
    let reported: Vec<&str> = why.iter().map(|it| it.split(": ").take(2).last().unwrap()).collect();
    let places: Vec<String> =
        why.iter().map(|it| it.split(": ").next().unwrap().to_owned()).collect();
    let all: Vec<String> =
        places.iter().zip(&reported).map(|(at, it)| format!("{at} {it}")).collect();
    assert_eq!(
        all,
        [
            "1.toml:2 not valid TOML",
            "2.toml:1 version",
            "3.toml:2 name",
            "3.toml:4 tenant",
            "3.toml:6 service_auth",
            "3.toml:8 bogus",
            "3.toml:14 [b] client_id",
            "3.toml:15 [b] client_secret",
            "3.toml:16 [b] local_admin",
            "3.toml:22 [c] side",
            "3.toml:27 [d] tenent",
        ],
        "{why:#?}"
    );
    let named = GROUPS.replace("Contoso groups", "contoso GROUPS") + "geo = true\n";
    assert!(run(&fake, plan_of(&fake, GROUPS).unwrap())[0].result.is_ok());
    let why = mistakes_of(block(create_all(&fake, &toml(&named), options())));
    assert_eq!(why.len(), 2, "the name that is taken and the location: {why:#?}");
}

#[test]
fn what_is_no_connection_file_is_reported_with_its_line() {
    for (syntax, text, part) in [
        (Syntax::Toml, "a = \n", "a.toml:1: not valid TOML: "),
        (Syntax::Toml, "", "a.toml: there is no connection in it"),
        (Syntax::Toml, "\nname = \"x\"\n", "a.toml:2: name: is outside a connection"),
        (Syntax::Toml, "colour = 1\n", "a.toml:1: colour: is not known here"),
        (
            Syntax::Toml,
            "version = 2\n[[connection]]\nname=\"a\"",
            "a.toml:1: version: this file has version 2",
        ),
        (
            Syntax::Toml,
            "version = \"1\"\n[[connection]]\nname=\"a\"",
            "version: must be the number 1",
        ),
        (Syntax::Toml, "connection = 1\n", "a.toml:1: connection: must be a table"),
        (
            Syntax::Toml,
            "[[connection]]\nname = \"a\"\nx = 1.5\n",
            "a.toml:3: x: a number with a fraction",
        ),
        (Syntax::Json, "{", "a.json:1:1: not valid JSON"),
        (
            Syntax::Json,
            "{\"version\": 1,\n\n",
            "a.json:1:14: not valid JSON: the text ends too early",
        ),
        (Syntax::Json, "[]", "must be an object"),
        (Syntax::Json, "{\"connections\": 1}", "connections: must be a list"),
        (Syntax::Json, "{\"connections\": \"System.Object[]\"}", "ConvertTo-Json -Depth"),
        (Syntax::Json, "{\"connections\": [\"@{name=a}\"]}", "ConvertTo-Json -Depth"),
        (Syntax::Json, "{\"connections\": {\"accounts\": \"System.Object[]\"}}", "-Depth"),
        (Syntax::Json, "{\"connections\": [1]}", "connections: must hold objects"),
        (
            Syntax::Json,
            "{\"connections\": [\n{\"name\": \"a\",\n\"name\": \"b\"}]}",
            "a.json:3:9: [b] name: is given twice",
        ),
    ] {
        let why = wrong(syntax, text);
        assert!(why.iter().any(|it| it.contains(part)), "{part}\n{why:#?}");
    }
    let twice = "[[connection]]\nname = \"a\"\n\n[[connection]]\nname = \"A\"\n";
    assert_eq!(wrong(Syntax::Toml, twice), ["a.toml:5: [A] name: a.toml:1 has this name too"]);
    for text in [
        "[connection]\nname = \"a\"",
        "connection = [{ name = \"a\" }]",
        "connection = { name = \"a\" }",
    ] {
        assert_eq!(toml(text).entries.len(), 1, "{text}");
    }
}

#[test]
fn no_mistake_repeats_a_secret() {
    let fake = workspace();
    let canary = "Canary8Q~not-real";
    let with = |value: &str| SOURCE.replace("{ file = \"secret.txt\" }", value);
    for value in [
        format!("\"{canary}\""),
        format!("[\"{canary}\"]"),
        format!("{{ file = [\"{canary}\"] }}"),
        format!("{{ keep = \"{canary}\" }}"),
        "{ keep = true }".to_owned(),
        "1".to_owned(),
    ] {
        let why = mistakes_of(plan_of(&fake, &with(&value)));
        assert!(why.iter().all(|it| !it.contains("Canary")), "{why:?}");
        assert!(why.iter().any(|it| it.contains("client_secret")), "{why:?}");
    }
    for text in [
        format!("[[connection]]\nclient_secret = {canary}\n"),
        format!("client_secret = \"{canary}\n"),
    ] {
        let why = wrong(Syntax::Toml, &text);
        assert!(!format!("{why:?}").contains("Canary"), "{why:?}");
    }
    let json = format!("{{\"connections\": [{{\"client_secret\": {canary}}}]}}");
    assert!(!format!("{:?}", wrong(Syntax::Json, &json)).contains("Canary"));
    // Allowed, it is taken, and shown nowhere.
    let allowed = Options { plain: PlainSecrets::Allow, ..options() };
    let entries = toml(&with(&format!("\"{canary}\"")));
    let plan =
        block(plan_and_read(&fake, &entries, allowed, false, &mut Vault::default())).unwrap();
    assert!(!format!("{plan:?}").contains("Canary"));
    assert!(run(&fake, plan)[0].result.is_ok());
}

#[test]
fn no_program_is_run_for_files_with_mistakes() {
    let fake = workspace();
    let text = format!("{SOURCE}{}", GROUPS.replace("Fly app", "Nobody"));
    let mut vault = Vault::with(&[("secret.txt", "not-real")]);
    let why = mistakes_of(block(plan_and_read(&fake, &toml(&text), options(), false, &mut vault)));
    assert!(why[0].contains("app_profile"), "{why:?}");
    assert_eq!(vault.asked, 0);
    // A plan looks at none either; reading it does.
    assert!(plan_of(&fake, SOURCE).is_ok());
    let (records, mut none) = (toml(SOURCE), Vault::with(&[]));
    let why = mistakes_of(block(plan_and_read(&fake, &records, options(), false, &mut none)));
    assert_eq!(why, ["a.toml:7: [Contoso devices] client_secret: secret.txt: not there"]);
}

#[test]
fn a_saved_type_stays_and_a_full_record_is_not_emptied() {
    let fake = workspace();
    run(&fake, plan_of(&fake, GROUPS).unwrap());
    let why = mistakes_of(plan_of(&fake, &SOURCE.replace("Contoso devices", "Contoso groups")));
    assert!(
        why[0].contains("a.toml:4: [Contoso groups] type: it is saved as M365Group"),
        "{why:?}"
    );
    let listed = "[[connection]]\nname = \"Contoso groups\"\ntype = \"M365Group\"\nlisted = true\n";
    let why = mistakes_of(plan_of(&fake, listed));
    assert!(why[0].contains("listed: this would remove the answers"), "{why:?}");
}

#[test]
fn what_was_only_listed_is_completed() {
    let fake = workspace();
    let listed = "[[connection]]\nname = \"Contoso groups\"\ntype = \"M365Group\"\nlisted = true\ntenant = \"contoso\"\n";
    run(&fake, plan_of(&fake, listed).unwrap());
    assert!(plan_of(&fake, listed).unwrap().is_empty());
    let plan = plan_of(&fake, GROUPS).unwrap();
    assert_eq!(plan.count(Action::Change), 1);
    assert!(!plan.steps[0].step.changes.is_empty());
    assert!(run(&fake, plan)[0].result.is_ok());
    assert!(plan_of(&fake, GROUPS).unwrap().is_empty());
}

/// Where a row was read from stays with it.
#[test]
fn a_row_read_from_fly_keeps_its_origin() {
    use crate::domain::live::LiveOrigin;
    use crate::domain::{Answers, Listed, Side};
    let fake = empty();
    let live = Some(Box::new(LiveOrigin { id: "f-1".into(), ..LiveOrigin::default() }));
    let answers = Answers::Listed(Listed { tenant: "contoso".into(), live: live.clone() });
    let kind = ConnectionType::Gmail;
    let (name, description) = ("mail".to_owned(), String::new());
    let id = saved(&fake, Draft { name, description, kind, side: Side::Any, answers }).id;
    let mut fields = block(exported(&fake, &[id])).unwrap().remove(0).fields;
    assert!(plan_of(&fake, &toml_text(std::slice::from_ref(&fields))).unwrap().is_empty());
    fields.push(("description".into(), "x".into()));
    assert!(run(&fake, plan_of(&fake, &toml_text(&[fields])).unwrap())[0].result.is_ok());
    let Answers::Listed(listed) = by_name(&fake, "mail").answers else { panic!() };
    assert_eq!(listed.live, live);
}

#[test]
fn file_names_are_safe_and_differ() {
    let long = "x".repeat(300);
    let names = [
        "Contoso HQ",
        "contoso-hq",
        "../../etc/passwd",
        "CON",
        "com1",
        "a/b",
        "a\\b",
        "漢字",
        "🚀",
        "...",
        "-",
        "NUL.txt",
        &long,
        "a b",
        "plain",
    ];
    let files = file_names(&names);
    assert_eq!(files.last().map(String::as_str), Some("plain"));
    assert_eq!(files[13], "a-b-".to_owned() + files[13].rsplit('-').next().unwrap());
    let mut seen = std::collections::HashSet::new();
    for file in &files {
        assert!(seen.insert(file.to_lowercase()), "{file} twice");
        assert!(file.len() <= 80 && !file.starts_with('-') && !file.is_empty());
        assert!(file.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'), "{file}");
        assert!(!["con", "prn", "aux", "nul", "com1"].contains(&file.as_str()), "{file}");
    }
    assert_eq!(file_names(&names), files, "the same in every store");
}

#[test]
fn a_value_on_the_command_line_is_read_by_its_field() {
    use serde_json::json;
    let of = |key: &str, typed: &str| value_of(ConnectionType::M365Group, key, typed);
    assert_eq!(of("geo", "Yes"), Ok(json!(true)));
    assert!(of("geo", "maybe").is_err());
    assert_eq!(of("description", "true"), Ok(json!("true")));
    assert_eq!(of("description", "[a]"), Ok(json!("[a]")));
    assert_eq!(of("accounts", "[\"a\", 'b']"), Ok(json!(["a", "b"])));
    assert_eq!(of("accounts", "a"), Ok(json!("a")));
    assert!(of("accounts", "[a").is_err());
    let secret = value_of(ConnectionType::Device, "client_secret", "{ file = 's' }");
    assert_eq!(secret, Ok(json!({"file": "s"})));
    let broken = value_of(ConnectionType::Device, "client_secret", "{ Canary").unwrap_err();
    assert!(!broken.contains("Canary"), "{broken}");
}

proptest! {
    /// Nothing that stands in a file makes it fall over, and nothing hidden reaches a message.
    #[test]
    fn any_text_gets_an_answer(text in ".{0,60}|(\\[\\[connection\\]\\]\n)?([a-z_]{1,8} = [\"'\\[{\\]} a-z0-9=,.\u{202e}]{0,12}\n){0,5}", json in any::<bool>()) {
        let fake = empty();
        let syntax = if json { Syntax::Json } else { Syntax::Toml };
        let records = read(&[input(syntax, &text)]);
        let planned = block(plan_and_read(&fake, &records, options(), false, &mut Vault::default()));
        if let Err(error) = planned {
            prop_assert!(!error.lines().is_empty());
            for line in error.lines() {
                prop_assert!(!line.chars().any(crate::text::is_hidden), "{line:?}");
            }
        }
    }
}
