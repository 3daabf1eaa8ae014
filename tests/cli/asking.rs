//! `context add` and `context remove` on a pseudo-terminal: every question in order, mistakes asked
//! again, the secret without echo. SPEC E3.

use crate::home::Home;
use crate::talk::Talk;
use crate::tenant::CLIENT;

#[test]
fn adding_asks_each_thing_in_order_and_a_mistake_again() {
    let home = Home::new();
    let mut talk = Talk::new(&home, &["context", "add"]);
    talk.answer("Name of the context: ", "local\r");
    talk.answer("always exists", "contoso\r");
    talk.answer("Kind (fly, store, postgres) [fly]: ", "\r");
    talk.answer("Data centre, or base address of the API: ", "uss\r");
    talk.answer("did you mean us?", "us\r");
    talk.answer("Address that issues tokens", "\r");
    talk.answer("Application (client) ID", "nonsense\r");
    talk.answer("Application (client) ID", &format!("{CLIENT}\r"));
    talk.answer("Sign in with (secret, certificate) [secret]: ", "\r");
    talk.answer("[stored]: ", "\r");
    talk.answer("Label", "PROD\r");
    talk.answer("Colour", "pink\r");
    talk.answer("one of red", "red\r");
    talk.answer("Client secret (not shown): ", "canary-not-real\r");
    talk.answer("Work on it from now on? [y/N] ", "y\r");
    let (screen, code) = talk.end();
    assert_eq!(code, 0, "{screen}");
    assert!(!screen.contains("canary"), "E3: {screen}");
    assert!(screen.contains("fly.graph.readwrite.all"), "{screen}");
    let json = home.run(&["context", "list", "--json"]).succeeds().json();
    assert_eq!(json["contexts"][1]["label"], "PROD");
    assert_eq!(json["contexts"][1]["active"], true);

    // Enter keeps what is there; only the label goes.
    let file = home.path(".config/jetbridge/config.toml");
    let before = std::fs::read_to_string(&file).unwrap();
    let mut talk = Talk::new(&home, &["context", "edit", "contoso"]);
    talk.answer("Kind (fly, store, postgres) [fly]: ", "\r");
    talk.answer("[us]: ", "\r");
    talk.answer("issues tokens", "\r");
    talk.answer(&format!("[{CLIENT}]: "), "\r");
    talk.answer("[secret]: ", "\r");
    talk.answer("[stored]: ", "\r");
    talk.answer("[PROD]: ", "-\r");
    talk.answer("[red]: ", "\r");
    let (screen, code) = talk.end();
    assert_eq!(code, 0, "{screen}");
    let after = std::fs::read_to_string(&file).unwrap();
    assert_eq!(after, before.replace("label = \"PROD\"\n", ""));
}

#[test]
fn removing_asks_and_names_the_sealed_secret() {
    let home = Home::new();
    let add = ["context", "add", "c", "--data-centre", "us", "--client-id", CLIENT];
    let mut args = add.to_vec();
    args.push("--secret-stdin");
    home.run_with(&args, "not-a-real-secret").succeeds();
    let question = "Remove the context c and forget its sealed secret? [y/N] ";
    let mut talk = Talk::new(&home, &["context", "remove", "c"]);
    talk.answer(question, "n\r");
    assert_eq!(talk.end().1, 1);
    let mut talk = Talk::new(&home, &["context", "remove", "c"]);
    talk.answer(question, "y\r");
    let (screen, code) = talk.end();
    assert_eq!(code, 0, "{screen}");
    assert!(screen.contains("sealed secret is forgotten"), "{screen}");
    // An end of the input in the middle changes nothing.
    let mut talk = Talk::new(&home, &["context", "add", "d"]);
    talk.answer("Kind", "\u{4}");
    let (screen, code) = talk.end();
    assert_eq!(code, 1, "{screen}");
    assert!(screen.contains("nothing was changed"), "{screen}");
}

/// Issue 11, 1: a `y` from before the question answers nothing.
#[test]
fn what_was_typed_ahead_agrees_to_nothing() {
    let home = Home::new();
    home.run(&["sample", "load"]).succeeds();
    let name = "contoso-devices-cloud-dest";
    let mut talk = Talk::typed_ahead(&home, &["delete", name], "y\ry\ryes\r");
    talk.answer("Delete 1 connection? [y/N] ", "\r");
    let (screen, code) = talk.end();
    assert_eq!(code, 1, "{screen}");
    assert!(screen.contains("nothing was deleted"), "{screen}");
    let mut talk = Talk::new(&home, &["delete", name]);
    talk.answer("Delete 1 connection? [y/N] ", "y\r");
    assert_eq!(talk.end().1, 0);
}

/// More than a handful, and anything in production, is agreed to by its number.
#[test]
fn many_are_deleted_by_their_number_and_so_is_production() {
    let home = Home::new();
    home.run(&["sample", "load"]).succeeds();
    let json = home.run(&["list", "--json"]).succeeds().json();
    let all = json["connections"].as_array().unwrap();
    let names: Vec<&str> = all.iter().take(6).map(|it| it["name"].as_str().unwrap()).collect();
    let args = [&["delete"][..], &names].concat();
    let question = "Delete 6 connections? Type 6 to delete: ";
    for no in ["y\r", "\r", "5\r"] {
        let mut talk = Talk::new(&home, &args);
        talk.answer(question, no);
        let (screen, code) = talk.end();
        assert_eq!(code, 1, "{no:?}: {screen}");
    }
    let mut talk = Talk::new(&home, &args);
    talk.answer(question, "6\r");
    let (screen, code) = talk.end();
    assert_eq!(code, 0, "{screen}");

    let path = home.path("prod.db");
    let path = path.to_str().unwrap();
    let add = ["context", "add", "prod", "--kind", "store", "--path", path, "--label", "PROD"];
    home.run(&add).succeeds();
    home.run(&["sample", "load", "--context", "prod"]).succeeds();
    let one = ["delete", names[0], "--context", "prod"];
    let question = "Delete 1 connection? Type 1 to delete: ";
    let mut talk = Talk::new(&home, &one);
    talk.answer(question, "y\r");
    assert_eq!(talk.end().1, 1);
    let mut talk = Talk::new(&home, &one);
    talk.answer(question, "1\r");
    assert_eq!(talk.end().1, 0);
    let question = "Type prod to remove it: ";
    let mut talk = Talk::new(&home, &["context", "remove", "prod"]);
    talk.answer(question, "y\r");
    assert_eq!(talk.end().1, 1);
    let mut talk = Talk::new(&home, &["context", "remove", "prod"]);
    talk.answer(question, "prod\r");
    assert_eq!(talk.end().1, 0);
    // Nobody is asked with --yes.
    let many: Vec<&str> =
        all.iter().skip(6).take(7).map(|it| it["name"].as_str().unwrap()).collect();
    home.run(&[&["delete", "--yes"][..], &many].concat()).succeeds();
}

/// Issue 11, 23: the clipboard is overwritten only after a yes.
#[test]
fn doctor_asks_before_it_overwrites_the_clipboard() {
    let question = "replaces what is in the clipboard. [y/N] ";
    for (ahead, answer) in [("", "\r"), ("y\r", "n\r")] {
        let home = Home::new();
        let mut talk = Talk::typed_ahead(&home, &["doctor"], ahead);
        talk.answer(question, answer);
        let (screen, _) = talk.end();
        assert!(!screen.contains("\u{1b}]52"), "{screen:?}");
        assert!(screen.contains("left as it is"), "{screen}");
    }
    let home = Home::new();
    let mut talk = Talk::new(&home, &["doctor"]);
    talk.answer(question, "y\r");
    talk.answer("Did it arrive?", "\r");
    let (screen, _) = talk.end();
    assert!(screen.contains("\u{1b}]52"), "{screen:?}");
}

/// Issue 11, 22: a terminal that cannot show the screen gets an error in plain words.
#[test]
fn a_terminal_that_cannot_show_the_screen_gets_the_commands() {
    for term in ["", "dumb"] {
        let home = Home::new();
        let (screen, code) = Talk::with(&home, &[], 100, &[("TERM", term)]).end();
        assert_eq!(code, 2, "{screen}");
        assert!(screen.contains("jetbridge list") && screen.contains("TERM is"), "{screen}");
        assert!(!screen.contains('\u{1b}'), "{screen:?}");
    }
}
