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
    talk.answer("always there", "contoso\r");
    talk.answer("Kind (fly, store) [fly]: ", "\r");
    talk.answer("Data centre, or base address of the API: ", "uss\r");
    talk.answer("did you mean us?", "us\r");
    talk.answer("Address that gives out tokens", "\r");
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
    talk.answer("Kind (fly, store) [fly]: ", "\r");
    talk.answer("[us]: ", "\r");
    talk.answer("gives out tokens", "\r");
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
