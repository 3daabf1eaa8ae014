//! Asks whether what is copied arrives: no terminal ever says so by itself. C6.

use std::io::{BufRead, Read};

use crate::cli::output::Printer;
use crate::cli::session::{forget_typed_ahead, is_yes};
use crate::error::Failure;
use crate::runtime::clipboard::{Multiplexer, copy};
use crate::service::doctor::Clipboard;

/// Longest answer that is read.
const LONGEST: u64 = 4_096;

/// Asks whether it may, copies a word that no clipboard can hold already, and asks for it back.
pub fn test(printer: &mut Printer<'_>, input: &mut dyn BufRead) -> Result<Clipboard, Failure> {
    // What was typed before is no leave to overwrite anything.
    forget_typed_ahead();
    printer.ask("Test copying? A test word replaces what is in the clipboard. [y/N] ");
    if !is_yes(&line(input)) {
        return Ok(Clipboard::Refused);
    }
    // The end of it is random.
    let id = uuid::Uuid::now_v7().simple().to_string();
    let word = format!("jetbridge-{}", id.get(26..).unwrap_or("test"));
    let through = Multiplexer::detect(|name| std::env::var_os(name).is_some());
    let Ok(bytes) = copy(&word, through) else { return Ok(Clipboard::NotAsked) };
    printer.raw(&bytes)?;
    printer.hand_on()?;
    printer.ask("Did it arrive? Paste it here and press Enter (only Enter: skip): ");
    Ok(verdict(&word, &line(input)))
}

/// What is typed up to Enter; what cannot be read is no answer.
fn line(input: &mut dyn BufRead) -> String {
    let mut answer = Vec::new();
    let _ = input.take(LONGEST).read_until(b'\n', &mut answer);
    String::from_utf8_lossy(&answer).into_owned()
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
    fn nothing_is_copied_without_leave() {
        for answer in ["\n", "", "n\n", "no\n", "maybe\n"] {
            let (mut out, mut err) = (Vec::new(), Vec::new());
            let mut printer = Printer::new(&mut out, &mut err, None);
            let found = test(&mut printer, &mut answer.as_bytes()).unwrap();
            assert_eq!(found, Clipboard::Refused, "{answer:?}");
            drop(printer);
            assert!(out.is_empty(), "{answer:?}: {out:?}");
        }
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut printer = Printer::new(&mut out, &mut err, None);
        let found = test(&mut printer, &mut &b"y\n\n"[..]).unwrap();
        drop(printer);
        assert_eq!(found, Clipboard::NoAnswer);
        assert!(out.windows(4).any(|it| it == b"]52;"), "{out:?}");
    }

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
