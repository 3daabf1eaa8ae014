//! `create` and `edit` question by question: in plain lines on a pseudo-terminal, and as JSON lines for
//! programs. Issue 17.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Stdio};

use serde_json::{Value, json};

use crate::contract::Contract;
use crate::home::{Home, Ran};
use crate::talk::Talk;

/// Secrets that are typed or piped in; no line that comes back may hold one.
const CANARY: &str = "Canary-not-real-1";

/// A program that answers: a line in, a line out.
struct Driver {
    child: Child,
    lines: BufReader<ChildStdout>,
    seen: String,
}

impl Driver {
    fn new(home: &Home, args: &[&str]) -> Self {
        let mut command = home.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines, seen: String::new() }
    }

    /// The next line; `None` at the end.
    fn next(&mut self) -> Option<Value> {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        assert!(!line.contains("Canary"), "{line}");
        self.seen.push_str(&line);
        (!line.is_empty()).then(|| serde_json::from_str(&line).unwrap())
    }

    fn say(&mut self, line: &Value) -> Option<Value> {
        self.raw(&line.to_string())
    }

    fn raw(&mut self, line: &str) -> Option<Value> {
        let input = self.child.stdin.as_mut().unwrap();
        writeln!(input, "{line}").unwrap();
        input.flush().unwrap();
        self.next()
    }

    /// Closes the input: what was printed, and how it ended.
    fn end(mut self) -> Ran {
        drop(self.child.stdin.take());
        while self.next().is_some() {}
        let output = self.child.wait_with_output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert!(!err.contains("Canary"), "{err}");
        Ran { out: self.seen, err, code: output.status.code().unwrap() }
    }
}

/// The records of a store as `export` writes them.
fn records(home: &Home) -> Vec<Value> {
    let whole = home.run(&["export", "-o", "json"]).succeeds().json();
    whole["connections"].as_array().unwrap().clone()
}

fn without(record: &Value, keys: &[&str]) -> Value {
    let mut record = record.clone();
    for key in keys {
        record.as_object_mut().unwrap().remove(*key);
    }
    record
}

/// What answers a question so that the record comes out again.
fn answer(question: &Value, record: &Value, day: &str) -> Value {
    let field = question["field"].as_str().unwrap();
    let value = match (question["kind"].as_str().unwrap(), &record[field]) {
        _ if field == "name" => json!(format!("{} again", record["name"].as_str().unwrap())),
        ("key", _) => json!("issue"),
        (_, Value::Null) => return json!({ "field": field, "do": "keep" }),
        ("secret", _) => json!(CANARY),
        ("tokens", _) => json!({ "display_name": "Again", "expires": day, "token": CANARY }),
        (_, value) => value.clone(),
    };
    json!({ "field": field, "answer": value })
}

#[test]
fn every_record_of_the_sample_comes_out_again_from_its_own_answers() {
    let home = Home::new();
    home.run(&["sample", "load"]).succeeds();
    let before = records(&home);
    let day = (jiff::Zoned::now().date() + jiff::Span::new().days(90)).to_string();
    let (mut contract, mut kinds, mut types) = (Contract::new(), BTreeSet::new(), BTreeSet::new());
    let rows = home.run(&["list", "-o", "json"]).succeeds().json();
    let rows = rows["connections"].as_array().unwrap();
    let listed = |name: &Value| {
        let row = rows.iter().find(|it| it["name"] == *name).unwrap();
        row["findings"].to_string().contains("\"incomplete\"") || row["type"] == "Gmail"
    };
    // One record for each type and set of answers.
    let (mut shapes, mut gone) = (BTreeSet::new(), Vec::new());
    for record in &before {
        let keys: Vec<&String> = record.as_object().unwrap().keys().collect();
        if listed(&record["name"]) || !shapes.insert(format!("{}{keys:?}", record["type"])) {
            continue;
        }
        types.insert(record["type"].as_str().unwrap().to_owned());
        let mut driver = Driver::new(&home, &["create", "--questions", "json"]);
        let mut line = driver.next().unwrap();
        let mut passed = Vec::new();
        while line["event"] == "question" {
            kinds.insert(line["kind"].as_str().unwrap().to_owned());
            let reply = match line["error"].as_str() {
                None => answer(&line, record, &day),
                // A credential that has ended is in the sample, and a new form takes none.
                Some(why) if why.contains("has already passed") => {
                    passed.push(line["field"].as_str().unwrap().to_owned());
                    json!({ "do": "clear" })
                }
                Some(why) => {
                    gone.push((record["name"].as_str().unwrap(), why.to_owned()));
                    break;
                }
            };
            line = driver.say(&reply).unwrap();
        }
        if line["event"] == "question" {
            drop(driver.end());
            continue;
        }
        assert_eq!(line["problems"], json!([]), "{}: {line:#}", record["name"]);
        let done = driver.say(&json!({ "do": "save" })).unwrap();
        assert_eq!(done["outcome"], "created", "{done:#}");
        let ran = driver.end();
        assert_eq!(ran.code, 0, "{ran:#?}");
        contract.holds(&["create", "--questions", "json"], "jsonl", &ran);

        let name = format!("{} again", record["name"].as_str().unwrap());
        let after = home.run(&["export", &name, "-o", "json"]).succeeds().json();
        let mut leave: Vec<&str> = vec!["id", "name"];
        leave.extend(passed.iter().map(String::as_str));
        assert_eq!(without(&after["connections"][0], &leave), without(record, &leave), "{name}");
    }
    assert!(types.len() >= 12, "{types:?}");
    let all =
        ["choice", "day", "key", "pick-many", "pick-one", "secret", "text", "toggle", "tokens"];
    assert_eq!(kinds, all.map(str::to_owned).into(), "every kind of question");
    // What the sample has broken on purpose is refused: a location that its tenant lost, and accounts
    // that got MFA.
    let names: Vec<&str> = gone.iter().map(|it| it.0).collect();
    assert_eq!(names, ["contoso-groups-jpn-dest", "northwind-groups-source"], "{gone:#?}");
    let drafts = home.run(&["drafts", "--json"]).succeeds().json();
    assert_eq!(drafts["drafts"].as_array().unwrap().len(), gone.len(), "{drafts:#}");
    let text = home.run(&["audit", "--open-secrets", "-o", "json"]);
    assert!(!text.out.contains("Canary"), "{}", text.out);
}

#[test]
fn a_line_that_is_no_answer_is_refused_and_never_quoted() {
    let home = Home::new();
    home.run(&["sample", "load"]).succeeds();
    let mut driver = Driver::new(&home, &["create", "--questions", "json"]);
    let first = driver.next().unwrap();
    assert_eq!(first["field"], "name");
    assert_eq!(first["error"], Value::Null);
    for (line, why) in [
        (CANARY.to_owned(), "write one object"),
        (json!({ "answer": null }).to_string(), "write one object"),
        (json!({ "answer": "a", "do": "keep" }).to_string(), "write one object"),
        (json!({ "anser": CANARY }).to_string(), "write one object"),
        (json!({ "answer": { "secret": CANARY } }).to_string(), "write it as a text"),
        (json!({ "field": "client_secret", "answer": CANARY }).to_string(), "about name"),
        (json!({ "answer": "" }).to_string(), "enter a name"),
        (json!({ "do": "keep" }).to_string(), "enter a name"),
        (json!({ "answer": "contoso-groups-source" }).to_string(), "exists already"),
        (json!({ "go": "client_secret" }).to_string(), "not asked with these answers"),
        (json!({ "do": "back" }).to_string(), "the first question"),
    ] {
        let again = driver.raw(&line).unwrap();
        assert_eq!(again["field"], "name", "{line}");
        assert!(again["error"].as_str().unwrap().contains(why), "{line}: {again:#}");
        assert_eq!(again["current"], Value::Null, "{line}");
    }
    let kind = driver.say(&json!({ "answer": "fresh" })).unwrap();
    assert_eq!(kind["field"], "type");
    let refused = driver.say(&json!({ "answer": "Gmail" })).unwrap();
    assert!(refused["error"].as_str().unwrap().contains("fields are not known"), "{refused:#}");
    let narrowed = driver.say(&json!({ "search": "device" })).unwrap();
    assert!(narrowed["options"].as_array().unwrap().len() < 4, "{narrowed:#}");
    let mut line = driver.say(&json!({ "answer": "Device" })).unwrap();
    while line["field"] != "client_id" {
        line = driver.say(&json!({ "do": "keep" })).unwrap();
    }
    let line = driver.say(&json!({ "do": "next" })).unwrap();
    assert_eq!((&line["field"], &line["kind"]), (&json!("client_secret"), &json!("secret")));
    let line = driver.say(&json!({ "answer": CANARY })).unwrap();
    assert_ne!(line["field"], "client_secret");
    let line = driver.say(&json!({ "go": "client_secret" })).unwrap();
    assert_eq!(line["current"], true);
    // What is missing is listed before anything is saved.
    let review = driver.say(&json!({ "do": "review" })).unwrap();
    assert_eq!(review["event"], "review");
    let review = driver.say(&json!({ "do": "save" })).unwrap();
    let problems = review["problems"].as_array().unwrap();
    assert!(problems.iter().any(|it| it["field"] == "client_id"), "{review:#}");
    assert!(review["error"].as_str().unwrap().contains("need"), "{review:#}");
    let ran = driver.end();
    assert_eq!(ran.code, 1, "{ran:#?}");
    Contract::new().holds(&["create", "--questions", "json"], "jsonl", &ran);

    // The end of the input keeps a draft, secret included, which either way of asking continues.
    let drafts = home.run(&["drafts", "--json"]).succeeds().json();
    let draft = drafts["drafts"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(drafts["drafts"][0]["open_elsewhere"], false);
    assert!(ran.err.contains(&draft), "{}", ran.err);
    let args = ["create", "--questions", "json", "--draft", &draft];
    let mut driver = Driver::new(&home, &args);
    assert_eq!(driver.next().unwrap()["current"], "fresh");
    driver.say(&json!({ "do": "review" })).unwrap();
    driver.say(&json!({ "go": "client_id" })).unwrap();
    let id = "11111111-2222-4333-8444-555555555555";
    let review = driver.say(&json!({ "answer": id })).unwrap();
    assert_eq!(review["event"], "review", "an answer changed from the review leads back to it");
    assert_eq!(review["problems"][0]["field"], "configuration_key", "{review:#}");
    driver.say(&json!({ "go": "configuration_key" })).unwrap();
    let review = driver.say(&json!({ "answer": "issue" })).unwrap();
    assert_eq!(review["problems"], json!([]), "{review:#}");
    let done = driver.say(&json!({ "do": "save" })).unwrap();
    assert_eq!(done["outcome"], "created", "{done:#}");
    assert_eq!(driver.end().code, 0);
    assert_eq!(home.run(&["drafts", "--json"]).succeeds().json()["drafts"], json!([]));
}

#[test]
fn an_edit_by_questions_changes_one_answer_and_keeps_the_rest() {
    let home = Home::new();
    home.run(&["sample", "load"]).succeeds();
    let name = "contoso-devices-hq-dest";
    let before = records(&home);
    let args = ["edit", name, "--questions", "json"];
    let mut driver = Driver::new(&home, &args);
    let mut line = driver.next().unwrap();
    let mut fields = BTreeSet::new();
    while line["event"] == "question" {
        fields.insert(line["field"].as_str().unwrap().to_owned());
        let reply = match line["field"].as_str().unwrap() {
            "description" => json!({ "answer": "Two floors" }),
            _ => json!({ "do": "keep" }),
        };
        line = driver.say(&reply).unwrap();
    }
    assert!(!fields.contains("type"), "the type of a saved connection stays");
    assert!(fields.contains("domain_password"));
    let row = line["answers"].as_array().unwrap().iter().find(|it| it["field"] == "description");
    assert_eq!(row.unwrap()["before"], "Office network and VPN");
    // A dry run saves nothing, and keeps nothing.
    let done = driver.say(&json!({ "do": "save" })).unwrap();
    assert_eq!(done["outcome"], "changed");
    let ran = driver.end();
    assert_eq!(ran.code, 0, "{ran:#?}");
    Contract::new().holds(&args, "jsonl", &ran);
    for (before, after) in before.iter().zip(&records(&home)) {
        let mut before = before.clone();
        if before["name"] == name {
            before["description"] = json!("Two floors");
        }
        assert_eq!(&before, after);
    }

    let mut driver = Driver::new(&home, &["edit", name, "--questions", "json", "--dry-run"]);
    driver.next().unwrap();
    driver.say(&json!({ "answer": "renamed" })).unwrap();
    driver.say(&json!({ "do": "review" })).unwrap();
    let done = driver.say(&json!({ "do": "save" })).unwrap();
    assert_eq!((&done["outcome"], &done["name"]), (&json!("would change"), &json!("renamed")));
    assert_eq!(driver.end().code, 0);
    assert_eq!(home.run(&["drafts", "--json"]).succeeds().json()["drafts"], json!([]));
    // Without a change nothing is saved either.
    let mut driver = Driver::new(&home, &["edit", name, "--questions", "json"]);
    driver.next().unwrap();
    driver.say(&json!({ "do": "review" })).unwrap();
    assert_eq!(driver.say(&json!({ "do": "save" })), None.or(driver.next()));
    assert_eq!(driver.end().code, 0);
    let shown = home.run(&["show", name, "-o", "json"]).succeeds().json();
    assert_eq!(shown["connection"]["revision"], 2, "{shown:#}");
}

/// E3: a secret, also that of a token, can be where it is in a connection file, too.
#[test]
fn a_secret_can_be_named_by_where_it_is() {
    let home = Home::new();
    home.run(&["sample", "load"]).succeeds();
    let file = home.write_secret("secret.txt", format!("{CANARY}\n"));
    home.write("open.txt", CANARY);
    let begin = |name: &str, args: &[(&str, &str)], to: &str| {
        let mut driver = Driver::new(&home, &["create", "--questions", "json"]);
        driver.next().unwrap();
        driver.say(&json!({ "answer": name })).unwrap();
        driver.say(&json!({ "answer": "Device" })).unwrap();
        for (field, value) in args {
            driver.say(&json!({ "go": field })).unwrap();
            driver.say(&json!({ "answer": value })).unwrap();
        }
        assert_eq!(driver.say(&json!({ "go": to })).unwrap()["field"], to);
        driver
    };
    let id = "11111111-2222-4333-8444-555555555555";
    let print = json!({ "command": ["cat", file] });
    for (at, source) in [json!({ "file": file }), json!({ "file": "secret.txt" }), print.clone()]
        .into_iter()
        .enumerate()
    {
        let given = [("side", "source"), ("client_id", id)];
        let name = format!("s-{at}");
        let mut driver = begin(&name, &given, "client_secret");
        for (wrong, why) in [
            (json!({ "file": "gone.txt" }), "no such file"),
            (json!({ "file": "open.txt" }), "chmod 600"),
            (json!({ "command": ["false"] }), "false failed"),
            (json!({ "command": "cat secret.txt" }), "as a list"),
            (json!({ "prompt": true }), "nobody is there to ask"),
            (json!({ "fil": "x" }), "not known here"),
            (json!({ "secret": CANARY }), "not known here"),
            (json!([CANARY]), "write it as a text"),
            (json!(17), "write it as a text"),
        ] {
            let again = driver.say(&json!({ "answer": wrong })).unwrap();
            assert_eq!(again["field"], "client_secret", "{wrong}");
            assert!(again["error"].as_str().unwrap().contains(why), "{wrong}: {again:#}");
        }
        let next = driver.say(&json!({ "answer": source })).unwrap();
        assert_ne!(next["field"], "client_secret", "{next:#}");
        driver.say(&json!({ "go": "configuration_key" })).unwrap();
        driver.say(&json!({ "answer": "issue" })).unwrap();
        driver.say(&json!({ "do": "review" })).unwrap();
        let done = driver.say(&json!({ "do": "save" })).unwrap();
        assert_eq!(done["outcome"], "created", "{source}: {done:#}");
        assert_eq!(driver.end().code, 0);
        // What is kept stays, and the text is that of the file: the same one is no change.
        let mut driver = Driver::new(&home, &["edit", &name, "--questions", "json"]);
        driver.next().unwrap();
        driver.say(&json!({ "go": "client_secret" })).unwrap();
        let kept = driver.say(&json!({ "answer": { "keep": true } })).unwrap();
        assert_ne!(kept["field"], "client_secret");
        driver.say(&json!({ "do": "review" })).unwrap();
        driver.say(&json!({ "do": "save" }));
        assert!(driver.end().err.contains("Nothing was changed."));
    }
    let given = [("side", "destination"), ("destination", "entra-id"), ("join", "bulk-token")];
    let mut driver = begin("tokens", &given, "bulk_tokens");
    let token =
        json!({ "display_name": "Wave", "expires": "2027-03-31", "token": { "file": file } });
    let next = driver.say(&json!({ "answer": token })).unwrap();
    assert_eq!(next["error"], Value::Null, "{next:#}");
    let line = driver.say(&json!({ "go": "bulk_tokens" })).unwrap();
    assert_eq!(line["current"], true, "{line:#}");
    drop(driver.end());
}

#[test]
fn nobody_is_asked_without_a_terminal_or_with_no_input() {
    let home = Home::with(&["mail"]);
    for args in [
        &["create"][..],
        &["create", "--plain"],
        &["create", "--questions", "json", "--no-input"],
        &["edit", "mail", "--plain"],
    ] {
        home.run(args).fails(2, &["nothing was given", "--questions json"]);
    }
    for args in [
        &["create", "-f", "x.toml", "--plain"][..],
        &["create", "--questions", "json", "-o", "csv"],
        &["edit", "mail", "--set", "description=x", "--questions", "json"],
    ] {
        home.run(args).fails(2, &["cannot be used with"]);
    }
    home.run(&["create", "--questions", "json", "--draft", "none"]).fails(2, &["no draft"]);
    home.run(&["create", "--questions", "json", "--read-only"]).fails(1, &["read-only"]);
}

/// A terminal that can only print: no escape code may come.
const DUMB: [(&str, &str); 2] = [("TERM", "dumb"), ("LANG", "C")];

#[test]
fn a_dumb_terminal_is_asked_line_by_line() {
    let home = Home::new();
    home.run(&["sample", "load"]).succeeds();
    let mut talk = Talk::with(&home, &["create"], 80, &DUMB);
    talk.until("Step 1 of");
    talk.answer("Connection name: ", "?\r");
    talk.until("no other connection has");
    talk.answer("Connection name: ", "\r");
    talk.until("problem: enter a name");
    talk.answer("Connection name: ", "contoso-groups-source\r");
    talk.until("exists already");
    talk.answer("Connection name: ", "plain-devices\r");
    talk.answer("part of a name [", "nothing at all\r");
    talk.until("no entry contains nothing at all");
    talk.answer("part of a name [", "device\r");
    talk.answer("part of a name [", "1\r");
    talk.answer("[Source]: ", "back\r");
    talk.answer("Devices]: ", "\r");
    talk.answer("[Source]: ", "source\r");
    talk.answer("Description (optional)", "Serial line\r");
    talk.until("Step 2 of");
    talk.answer("Application (client) ID", "11111111-2222-4333-8444-555555555555\r");
    talk.answer("Client secret, not shown: ", &format!("{CANARY}\r"));
    talk.answer("YYYY-MM-DD: ", "2027-02-30\r");
    talk.until("not a day of the calendar");
    talk.answer("YYYY-MM-DD: ", "\r");
    talk.until("advice: The day on which the client secret expires was not entered");
    talk.answer("Enter issues one: ", "\r");
    talk.answer("[no]: ", "\r");
    talk.answer("[no]: ", "maybe\r");
    talk.until("type yes or no");
    talk.answer("[no]: ", "\r");
    let review = talk.until("Type save");
    assert!(review.contains("Client secret: new"), "{review}");
    talk.answer("or quit: ", "nonsense\r");
    talk.until("neither save");
    talk.answer("or quit: ", "1\r");
    talk.answer("[plain-devices]: ", "serial-devices\r");
    talk.answer("or quit: ", "save\r");
    let (screen, code) = talk.end();
    assert_eq!(code, 0, "{screen}");
    assert!(screen.ends_with("created serial-devices\r\n"), "{screen:?}");
    // No cursor moves, nothing is coloured, and the secret is nowhere.
    assert!(!screen.contains('\u{1b}') && screen.is_ascii(), "{screen:?}");
    assert!(!screen.contains("Canary"), "{screen}");
    let export = home.run(&["export", "serial-devices", "-o", "json"]).succeeds().json();
    let record = &export["connections"][0];
    assert_eq!(record["description"], "Serial line");
    assert_eq!(record["client_secret"], json!({ "keep": true }));
    assert_eq!(home.run(&["drafts", "--json"]).succeeds().json()["drafts"], json!([]));

    // `edit` asks likewise where no editor can be drawn, or where that is preferred.
    for (args, environment) in [
        (&["edit", "serial-devices"][..], &DUMB[..]),
        (&["edit", "serial-devices"], &[("ACCESSIBLE", "1")]),
        (&["edit", "serial-devices", "--plain"], &[]),
    ] {
        let mut talk = Talk::with(&home, args, 80, environment);
        talk.answer("[serial-devices]: ", "review\r");
        talk.answer("or quit: ", "save\r");
        let (screen, code) = talk.end();
        assert_eq!(code, 0, "{screen}");
        assert!(screen.contains("Nothing was changed."), "{screen}");
    }
}

#[test]
fn every_way_out_keeps_a_draft_that_is_offered_again() {
    let home = Home::new();
    home.run(&["sample", "load"]).succeeds();
    let kept = |home: &Home| home.run(&["drafts", "--json"]).succeeds().json()["drafts"].clone();
    for (way, code) in [("\u{4}", 1), ("\u{3}", 130), ("quit\r", 1)] {
        let mut talk = Talk::with(&home, &["create", "--plain"], 80, &[]);
        talk.answer("Connection name: ", "half-done\r");
        talk.answer("Groups]: ", way);
        let (screen, ended) = talk.end();
        assert_eq!(ended, code, "{way:?}: {screen}");
        assert!(screen.contains("the answers are kept: `jetbridge create --draft"), "{screen}");
        assert!(!screen.contains('\u{1b}'), "{screen:?}");
        let drafts = kept(&home);
        assert!(drafts[0]["title"].as_str().unwrap().starts_with("half-done"), "{drafts}");
        assert_eq!(drafts.as_array().unwrap().len(), 1);

        let mut talk = Talk::with(&home, &["create"], 80, &DUMB);
        talk.answer("Number of the draft", "7\r");
        talk.until("no draft has this number");
        talk.answer("Number of the draft", "1\r");
        talk.answer("[half-done]: ", "quit\r");
        let (_, ended) = talk.end();
        assert_eq!(ended, 1);
        let id = kept(&home)[0]["id"].as_str().unwrap().to_owned();
        home.run(&["drafts", "--discard", &id, "--yes"]).succeeds();
    }
}

/// The line drops: the terminal goes with everything that was answered.
#[cfg(target_os = "linux")]
#[test]
fn a_line_that_drops_keeps_the_draft() {
    let home = Home::new();
    home.run(&["sample", "load"]).succeeds();
    let mut talk = Talk::with(&home, &["create"], 80, &DUMB);
    talk.answer("Connection name: ", "dropped\r");
    talk.until("Groups]: ");
    assert_eq!(talk.hang_up(), 129);
    let drafts = home.run(&["drafts", "--json"]).succeeds().json();
    assert!(drafts["drafts"][0]["title"].as_str().unwrap().starts_with("dropped"), "{drafts:#}");
    assert_eq!(drafts["drafts"][0]["open_elsewhere"], false);
}
