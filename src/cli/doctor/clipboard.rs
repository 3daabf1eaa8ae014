//! Asks whether what is copied arrives: no terminal ever says so by itself. C6.

use std::io::{BufRead, Read};

use crate::cli::output::Printer;
use crate::error::Failure;
use crate::runtime::clipboard::{Multiplexer, copy};
use crate::service::doctor::Clipboard;

/// Longest answer that is read.
const LONGEST: u64 = 4_096;

/// Copies a word that no clipboard can hold already, and asks for it back.
pub fn test(printer: &mut Printer<'_>, input: &mut dyn BufRead) -> Result<Clipboard, Failure> {
    // The end of it is random.
    let id = uuid::Uuid::now_v7().simple().to_string();
    let word = format!("jetbridge-{}", id.get(26..).unwrap_or("test"));
    let through = Multiplexer::detect(|name| std::env::var_os(name).is_some());
    let Ok(bytes) = copy(&word, through) else { return Ok(Clipboard::NotAsked) };
    printer.raw(&bytes)?;
    printer.hand_on()?;
    printer.say("A test word was sent to the clipboard in place of what it held.");
    printer.ask("Did it arrive? Paste it here and press Enter (only Enter: skip): ");
    let mut answer = Vec::new();
    // What cannot be read is no answer.
    let _ = input.take(LONGEST).read_until(b'\n', &mut answer);
    Ok(verdict(&word, &String::from_utf8_lossy(&answer)))
}

/// What an answer means. A paste can come in the brackets that terminals put around it.
fn verdict(word: &str, answer: &str) -> Clipboard {
    let answer = answer.replace("\u{1b}[200~", "").replace("\u{1b}[201~", "");
    match answer.trim() {
        "" => Clipboard::NoAnswer,
        it if it == word => Clipboard::Arrived,
        _ => Clipboard::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_word_itself_has_arrived() {
        for (answer, expected) in [
            ("jetbridge-1\n", Clipboard::Arrived),
            ("  jetbridge-1 \r\n", Clipboard::Arrived),
            ("\u{1b}[200~jetbridge-1\u{1b}[201~\n", Clipboard::Arrived),
            ("\n", Clipboard::NoAnswer),
            ("", Clipboard::NoAnswer),
            ("yes\n", Clipboard::Other),
            ("jetbridge-2\n", Clipboard::Other),
        ] {
            assert_eq!(verdict("jetbridge-1", answer), expected, "{answer:?}");
        }
    }
}
