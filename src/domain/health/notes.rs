//! What notes say of the Active Directory agent. D12.

use super::super::text::fold;

/// Words that take back what a sentence says, in the languages of those who write such notes.
const DENIALS: [&str; 14] = [
    "not", "never", "no", "without", "instead", "avoid", "don", "dont", "isn", "moved", "nicht",
    "kein", "keinen", "nie",
];
/// Words that put something somewhere.
const PLACES: [&str; 9] = ["on", "onto", "at", "runs", "auf", "am", "sur", "en", "su"];

/// Whether a note says that an agent runs on a domain controller: a sentence with the agent in it,
/// a domain controller, and a word that puts something on it, and nothing that denies it.
pub(super) fn agent_on_controller(notes: &str) -> bool {
    let folded = fold(notes);
    folded.split(['.', ';', '\n', '!', '?']).any(|sentence| {
        let words: Vec<&str> =
            sentence.split(|c: char| !c.is_alphanumeric()).filter(|it| !it.is_empty()).collect();
        let agent = words.iter().any(|it| matches!(*it, "agent" | "agents" | "agenten"));
        agent && !words.iter().any(|it| DENIALS.contains(it)) && on_controller(&words)
    })
}

fn on_controller(words: &[&str]) -> bool {
    words.iter().enumerate().any(|(at, word)| {
        let next = words.get(at + 1).copied().unwrap_or_default();
        let controller = (*word == "domain" && next.starts_with("controller"))
            || word.starts_with("domänencontroller")
            || *word == "dc"
            || word.strip_prefix("dc").is_some_and(|it| it.chars().all(|c| c.is_ascii_digit()));
        let before = words.get(at.saturating_sub(3)..at).unwrap_or_default();
        controller && before.iter().any(|it| PLACES.contains(it))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_that_put_the_agent_on_a_controller_are_found() {
        for notes in [
            "AD agent runs on DC01",
            "Wave 1. The agent is installed on the domain controller hq-dc01.",
            "agent on our new DC; see ticket",
            "AD-Agent läuft auf dem Domänencontroller",
        ] {
            assert!(agent_on_controller(notes), "{notes}");
        }
    }

    #[test]
    fn other_notes_are_left_alone() {
        for notes in [
            "",
            "The agent is not on a domain controller",
            "Agent on member server FS02. DC01 is the domain controller.",
            "The agent needs line of sight to a domain controller",
            "Never put the agent on a DC!",
            "Washington DC office, agent on laptop",
            "on the dc of agentur",
        ] {
            assert!(!agent_on_controller(notes), "{notes}");
        }
    }
}
