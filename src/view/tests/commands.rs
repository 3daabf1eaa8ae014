//! The commands that do the same as the screen, over every screen that there is to look at.

use std::collections::BTreeSet;

use super::{Screen, audit, fixtures};
use crate::app::equivalent::{Equivalent, commands, of};
use crate::app::modal::{Commands, Modal};
use crate::app::{Action, Context, Keymap, Model};
use crate::cli::help::parses;
use crate::text::is_hidden;

/// Every screen that there is to look at.
fn screens() -> Vec<(String, Model)> {
    let named = fixtures::everything().into_iter();
    let mut out: Vec<_> = named.map(|(name, model, _)| (name.to_string(), model)).collect();
    out.push(("audit".to_owned(), audit::findings()));
    out
}

/// Every command of every place of every screen.
fn all() -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for (name, model) in screens() {
        for place in Context::ALL {
            for action in Action::ALL {
                match of(&model, place, *action) {
                    Equivalent::Command(text) => _ = out.insert(text),
                    Equivalent::OnlyOnScreen(why) => {
                        assert!(why.ends_with('.'), "{name} {place:?} {action:?}: {why}");
                    }
                }
            }
        }
    }
    out
}

/// Each action has a command somewhere, or says why it is of the screen only.
#[test]
fn every_action_has_a_command_or_a_reason() {
    let models = screens();
    let somewhere = |action: Action| {
        models.iter().any(|(_, model)| {
            let command = |place| matches!(of(model, place, action), Equivalent::Command(_));
            Context::ALL.into_iter().any(command)
        })
    };
    use Action as A;
    let only: &[Action] = &[
        A::Up,
        A::Down,
        A::PageUp,
        A::PageDown,
        A::ScrollUp,
        A::ScrollDown,
        A::Top,
        A::Bottom,
        A::Mark,
        A::MarkRange,
        A::MarkUp,
        A::MarkDown,
        A::MarkAll,
        A::Invert,
        A::Unmark,
        A::Copy,
        A::NextProblem,
        A::PrevProblem,
        A::NextField,
        A::PrevField,
        A::NextStep,
        A::PrevStep,
        A::Reveal,
        A::CopyValue,
        A::CopyCommand,
        A::Generate,
        A::Paste,
        A::ClearField,
        A::OpenLink,
        A::NextPane,
        A::NextTab,
        A::PrevTab,
        A::Back,
        A::Palette,
        A::Commands,
        A::Message,
        A::Redraw,
        A::Suspend,
        A::Quit,
    ];
    for action in Action::ALL {
        assert_eq!(somewhere(*action), !only.contains(action), "{action:?}");
    }
}

/// E3, E4: no secret, nothing that acts on a terminal.
#[test]
fn no_command_holds_a_secret_or_a_hidden_character() {
    for text in all() {
        assert!(!text.contains(fixtures::CANARY), "{text}");
        assert!(!text.chars().any(is_hidden), "{text:?}");
    }
}

/// A shell splits every command into words that the command line understands.
#[test]
fn every_command_is_understood() {
    let commands: Vec<String> = all().into_iter().collect();
    assert!(commands.len() > 50, "{commands:#?}");
    let script: String =
        commands.iter().map(|it| format!("printf '%s\\0' {it}\nprintf '\\001\\0'\n")).collect();
    let Ok(ran) = std::process::Command::new("bash").args(["-c", &script]).output() else { return };
    let words = String::from_utf8(ran.stdout).unwrap();
    let mut lines = words.split("\u{1}\0");
    for command in &commands {
        let words: Vec<String> =
            lines.next().unwrap().split_terminator('\0').map(str::to_owned).collect();
        let (program, rest) = words.split_first().unwrap();
        assert_eq!(program, "jetbridge");
        // What is left to be filled in is filled in.
        let id = |it: &String| if it == "ID" { "x".to_owned() } else { it.clone() };
        let rest: Vec<String> = rest.iter().map(id).collect();
        assert_eq!(parses(&rest), Ok(()), "{command}");
    }
}

/// The list of commands at every size: what it does, the command, and which is chosen.
#[test]
fn the_list_of_commands_fits() {
    for size in super::SIZES {
        let mut model = fixtures::list(size);
        let items = commands(&model, &Keymap::default());
        assert!(items.len() > 5, "{items:#?}");
        for at in [0, items.len() - 1] {
            model.modals = vec![Modal::Commands(Commands { items: items.clone(), at })];
            let text = Screen::of(&model).text();
            assert!(text.contains("The same on the command line"), "{text}");
            assert!(text.contains("jetbridge"), "{text}");
            let chosen: String = items[at].0.chars().take(20).collect();
            assert!(text.contains(&format!("▸ {chosen}")), "{chosen:?}: {text}");
        }
    }
}
