//! Questions of `context add` and `context edit`, each repeated until its answer can be used.

use crate::cli::session::Session;
use crate::error::{Exit, Failure};
use crate::text::shown;

/// Asks until `check` takes the answer. Enter alone gives `present`, where there is one.
pub fn ask<T>(
    session: &mut Session<'_, '_>,
    question: &str,
    present: Option<&str>,
    check: impl Fn(&str) -> Result<T, String>,
) -> Result<T, Failure> {
    loop {
        let offer = present.filter(|it| !it.is_empty());
        let offer = offer.map(|it| format!(" [{}]", shown(it))).unwrap_or_default();
        session.printer.ask(&format!("{question}{offer}: "));
        let Some(line) = session.read_line()? else {
            session.printer.say("");
            return Err(Failure { exit: Exit::Failure, ..Failure::new("nothing was changed") }
                .because("the input ended before every question was answered")
                .hint("Answer them all, or give them as options; --help names them."));
        };
        let answer = match (line.trim(), present) {
            ("", Some(present)) => present,
            (typed, _) => typed,
        };
        match check(answer) {
            Ok(value) => return Ok(value),
            Err(message) => session.printer.say(&format!("  {}", shown(&message))),
        }
    }
}

/// Asks for one of a few words; a beginning that fits one of them only is enough.
pub fn choose<T: Copy>(
    session: &mut Session<'_, '_>,
    question: &str,
    words: &[(&'static str, T)],
    present: Option<&str>,
) -> Result<T, Failure> {
    let list = words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
    ask(session, &format!("{question} ({list})"), present, |text| {
        let text = text.to_lowercase();
        let exact = words.iter().find(|(word, _)| *word == text);
        let mut begin =
            words.iter().filter(|(word, _)| !text.is_empty() && word.starts_with(&text));
        let only = begin.next().filter(|_| begin.next().is_none());
        exact.or(only).map(|(_, value)| *value).ok_or_else(|| format!("one of {list}"))
    })
}

/// Asks for an optional text; `-` takes away what is there.
pub fn optional<T>(
    session: &mut Session<'_, '_>,
    question: &str,
    present: Option<&str>,
    check: impl Fn(&str) -> Result<Option<T>, String>,
) -> Result<Option<T>, Failure> {
    let how = if present.is_some() { "Enter keeps it, - takes it away" } else { "Enter for none" };
    ask(session, &format!("{question}, {how}"), Some(present.unwrap_or_default()), |text| {
        if text == "-" { Ok(None) } else { check(text) }
    })
}
