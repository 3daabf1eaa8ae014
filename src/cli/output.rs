//! The only place that prints. Data goes to standard output, talk to standard error. SPEC E4.
//!
//! Whatever a verb hands over, no control or bidi character reaches a terminal: texts are escaped
//! here once more, and JSON carries them as `\u…`, which stays true for its reader.

mod folded;

use std::borrow::Cow;
use std::io::{self, BufWriter, IsTerminal, Write};

use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};

use super::answer::VERSION;
use super::asked::Asked;
use super::progress::gauge;
use crate::domain::locale;
use crate::error::{Exit, Failure};
use crate::text::{clause, columns_of, harmless, json};

/// Which of the three standard streams are terminals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Terminals {
    /// Standard input.
    pub input: bool,
    /// Standard output.
    pub output: bool,
    /// Standard error.
    pub error: bool,
}

impl Terminals {
    /// Those of this process.
    pub fn of_process() -> Self {
        Self {
            input: io::stdin().is_terminal(),
            output: io::stdout().is_terminal(),
            error: io::stderr().is_terminal(),
        }
    }

    /// Whether a question can be asked and answered.
    pub const fn can_ask(self) -> bool {
        self.input && self.error
    }
}

/// Longest line that passes, in characters: fits any terminal worth the name.
const PASSING: usize = 78;

/// Prints.
pub struct Printer<'a> {
    out: &'a mut dyn Write,
    err: &'a mut dyn Write,
    /// Columns of the terminal; `None`: standard output is not a terminal, nothing is cut.
    width: Option<usize>,
    /// Columns of the terminal that standard error is; `None`: it is none, and its lines stay whole.
    columns: Option<usize>,
    /// Characters of the line that the next one takes the place of.
    passing: usize,
    /// Words that must not be read, with what stands for each.
    hidden: Vec<(String, String)>,
    /// What answers, and for whom.
    asked: Asked,
}

impl<'a> Printer<'a> {
    /// A printer on any two streams.
    pub fn new(out: &'a mut dyn Write, err: &'a mut dyn Write, width: Option<usize>) -> Self {
        let (passing, hidden, asked) = (0, Vec::new(), Asked::default());
        Self { out, err, width, columns: None, passing, hidden, asked }
    }

    /// The same, with standard error on a terminal of so many columns.
    #[must_use]
    pub fn talking(self, columns: Option<usize>) -> Self {
        Self { columns, ..self }
    }

    /// The same, for the answer of a command. Where it is JSON, standard error is JSON lines.
    #[must_use]
    pub fn answering(self, asked: Asked) -> Self {
        Self { asked, ..self }
    }

    /// What answers, and for whom.
    pub const fn asked(&self) -> &Asked {
        &self.asked
    }

    /// Columns that fit; `None`: any number.
    pub const fn width(&self) -> Option<usize> {
        self.width
    }

    /// Writes other words in place of these from now on. The net below the pseudonyms: what people
    /// named, and what reaches a message without coming from a backend.
    pub fn hide(&mut self, words: impl Iterator<Item = (String, String)>) {
        let home = std::env::var("HOME").ok().map(|home| (home, "~".to_owned()));
        // One of two letters is in too many words.
        self.hidden = words.chain(home).filter(|(word, _)| word.len() > 2).collect();
        self.hidden.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
    }

    /// The text as it is printed.
    fn clean<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match harmless(text) {
            Cow::Borrowed(text) => instead(text, &self.hidden),
            Cow::Owned(text) => Cow::Owned(instead(&text, &self.hidden).into_owned()),
        }
    }

    /// Words that must not be read, with what stands for each.
    pub fn hidden(&self) -> &[(String, String)] {
        &self.hidden
    }

    /// A line of data.
    pub fn line(&mut self, text: &str) -> Result<(), Failure> {
        let text = self.clean(text);
        writeln!(self.out, "{text}").map_err(stdout_failed)
    }

    /// Bytes that are our own and must stay as they are: completions, manual pages.
    pub fn raw(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.out.write_all(bytes).map_err(stdout_failed)
    }

    /// A value as JSON, with a line end.
    pub fn json(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        self.json_by(PrettyFormatter::new(), value)
    }

    /// A value as JSON on a line of its own.
    pub fn json_line(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        self.json_by(CompactFormatter, value)
    }

    fn json_by(&mut self, form: impl Formatter, value: &impl Serialize) -> Result<(), Failure> {
        json_to(self.out, &self.hidden, form, value).map_err(|error| match error.io_error_kind() {
            Some(kind) => stdout_failed(kind.into()),
            None => Failure::new("the answer cannot be written as JSON")
                .because(error.to_string())
                .hint("Report it with the output of `jetbridge --version`."),
        })
    }

    /// A line of talk as JSON.
    fn talk(&mut self, talk: Talk<'_>) {
        let (version, command) = (VERSION, &*self.asked.command);
        let mut line = Vec::new();
        // Memory takes it; where standard error is closed there is nobody to report to.
        let _ = json_to(
            &mut line,
            &self.hidden,
            CompactFormatter,
            &TalkLine { version, command, talk },
        )
        .map(|()| self.err.write_all(&line));
    }

    /// A line of talk that may be left out: all but warnings is with `--quiet`.
    pub fn say(&mut self, text: &str) {
        if !self.asked.quiet || text.starts_with("warning: ") {
            self.must_say(text);
        }
    }

    /// A line of talk without which a question, a failure or what to do next is not understood. Where
    /// standard error is closed nobody reads it.
    pub fn must_say(&mut self, text: &str) {
        if self.asked.json {
            return self.talk(Talk::message(text));
        }
        self.pass("");
        let text = self.clean(text);
        let text = match text.strip_prefix("hint: ") {
            Some(hint) => Cow::Owned(format!("hint: {}", clause(hint))),
            None => text,
        };
        let columns = self.columns.filter(|it| columns_of(&text) > *it);
        let _ = match columns {
            Some(columns) => {
                folded::lines(&text, columns).iter().try_for_each(|it| writeln!(self.err, "{it}"))
            }
            None => writeln!(self.err, "{text}"),
        };
    }

    /// A line of talk that the next one takes the place of; for terminals. Empty: takes it away.
    pub fn pass(&mut self, text: &str) {
        if self.asked.json || self.asked.quiet {
            return;
        }
        // A longer line would wrap, and stay.
        let text: String = harmless(text).chars().filter(|it| *it != '\n').take(PASSING).collect();
        let chars = text.chars().count();
        if chars > 0 || self.passing > 0 {
            let gap = self.passing.saturating_sub(chars);
            let end = if chars == 0 { "\r" } else { "" };
            let _ = write!(self.err, "\r{text}{:gap$}{end}", "");
            let _ = self.err.flush();
        }
        self.passing = chars;
    }

    /// Bytes for the terminal that standard error is, which show nothing: what is to be copied.
    pub fn unseen(&mut self, bytes: &[u8]) {
        if !self.asked.json {
            let _ = self.err.write_all(bytes);
            let _ = self.err.flush();
        }
    }

    /// How far something is, as a gauge and words, where the next such line takes its place.
    pub fn pass_far(&mut self, (done, total): (u64, u64), text: &str) {
        let fine = locale::takes_utf8(&|name| std::env::var(name).ok());
        self.pass(&format!("{} {text}", gauge((done, total), fine)));
    }

    /// The beginning of a line that the user ends: a question.
    pub fn ask(&mut self, text: &str) {
        // What it is about comes first, also where standard output waits for more.
        let _ = self.out.flush();
        let text = self.clean(text);
        let _ = write!(self.err, "{text}");
        let _ = self.err.flush();
    }

    /// A failure in its three parts: what happened, why, what to do.
    pub fn failure(&mut self, failure: &Failure) {
        if failure.is_quiet() {
            return;
        }
        if self.asked.json {
            return self.talk(Talk::error(failure));
        }
        self.must_say(&format!("error: {}", failure.what));
        for why in &failure.why {
            self.must_say(&format!("  {why}"));
        }
        // Issue 5, point 4: what to do is never left out.
        debug_assert!(!failure.hints.is_empty(), "a failure without a hint: {failure:?}");
        for hint in &failure.hints {
            self.must_say(&format!("hint: {hint}"));
        }
    }

    /// Hands on what was printed so far, before somebody is asked about it.
    pub fn hand_on(&mut self) -> Result<(), Failure> {
        self.out.flush().map_err(stdout_failed)
    }
}

/// Standard output, for what writes harmless bytes by itself.
impl Write for Printer<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Runs with a printer on the standard streams; prints the failure, if there is one.
pub fn on_process(
    asked: Asked,
    run: impl FnOnce(&mut Printer<'_>) -> Result<Exit, Failure>,
) -> Exit {
    let width = io::stdout().is_terminal().then(terminal_width).flatten();
    let mut out = BufWriter::with_capacity(64 * 1024, io::stdout().lock());
    let mut err = io::stderr().lock();
    let mut printer =
        Printer::new(&mut out, &mut err, width).answering(asked).talking(talk_width());
    let result =
        run(&mut printer).and_then(|exit| printer.flush().map(|()| exit).map_err(stdout_failed));
    match result {
        Ok(exit) => exit,
        Err(failure) => {
            // What was printed before the failure comes first; if that fails too, the reader
            // left, and the failure is still reported.
            let _ = printer.flush();
            printer.failure(&failure);
            failure.exit
        }
    }
}

/// Prints the help or the version that clap answers with.
///
/// # Errors
/// Standard output cannot be written.
pub fn help(text: &clap::Error) -> Result<(), Failure> {
    text.print().and_then(|()| io::stdout().flush()).map_err(stdout_failed)
}

/// Writes to standard error from a thread that ends the process: whoever prints has it locked.
pub fn last_words(text: &str) {
    // Nobody is left to report to.
    let _ = rustix::io::write(rustix::stdio::stderr(), harmless(text).as_bytes());
}

/// Prints a text of our own from before there was a printer.
///
/// # Errors
/// Standard output cannot be written.
pub fn on_standard_output(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(stdout_failed)
}

/// Prints a failure from before there was anything to do; answers with its exit code.
pub fn on_failure(asked: Asked, failure: &Failure) -> Exit {
    let mut err = io::stderr().lock();
    let mut none = io::sink();
    Printer::new(&mut none, &mut err, None).answering(asked).talking(talk_width()).failure(failure);
    failure.exit
}

/// Columns of standard error, where that is a terminal.
fn talk_width() -> Option<usize> {
    io::stderr().is_terminal().then(terminal_width).flatten()
}

fn terminal_width() -> Option<usize> {
    let (columns, _) = crossterm::terminal::size().ok()?;
    (columns > 0).then_some(usize::from(columns))
}

/// `BrokenPipe` is not a failure: whoever read our output, such as `head`, has seen enough.
pub fn stdout_failed(error: io::Error) -> Failure {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Failure::reader_left();
    }
    Failure::new("the output cannot be written")
        .because(error.to_string())
        .hint("Check free space and permissions where the output goes, or send it elsewhere.")
}

/// The text with other words in place of some.
pub fn instead<'t>(text: &'t str, words: &[(String, String)]) -> Cow<'t, str> {
    let mut text = Cow::Borrowed(text);
    for (word, instead) in words {
        if text.contains(word.as_str()) {
            text = Cow::Owned(text.replace(word.as_str(), instead));
        }
    }
    text
}

/// A value whose texts have other words in place of some.
fn in_value(value: Value, words: &[(String, String)]) -> Value {
    match value {
        Value::String(text) => Value::String(instead(&text, words).into_owned()),
        Value::Array(items) => items.into_iter().map(|it| in_value(it, words)).collect(),
        // Keys are ours: `label` is none of the names, even if a context is called `lab`.
        Value::Object(map) => map.into_iter().map(|(key, it)| (key, in_value(it, words))).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    }
}

/// What is said on standard error beside an answer in JSON: an object on a line of its own.
#[derive(Serialize)]
struct TalkLine<'a> {
    version: u8,
    command: &'a str,
    #[serde(flatten)]
    talk: Talk<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Talk<'a> {
    /// The three parts of a failure, and what it ends with.
    Error { message: &'a str, causes: &'a [String], hints: &'a [String], exit_code: u8 },
    /// Anything else: `warning`, `note`, `hint` or `info`.
    Message { level: &'a str, text: &'a str },
}

impl<'a> Talk<'a> {
    fn error(failure: &'a Failure) -> Self {
        Self::Error {
            message: &failure.what,
            causes: &failure.why,
            hints: &failure.hints,
            exit_code: failure.exit.code(),
        }
    }

    fn message(text: &'a str) -> Self {
        let levels = ["warning", "note", "hint"];
        let lead = text.split_once(": ").filter(|(level, _)| levels.contains(level));
        let (level, text) = lead.unwrap_or(("info", text));
        Self::Message { level, text }
    }
}

/// Writes a value as JSON, with a line end.
fn json_to(
    out: &mut dyn Write,
    hidden: &[(String, String)],
    form: impl Formatter,
    value: &impl Serialize,
) -> serde_json::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, Harmless(form));
    // A copy with other words is made only where words are hidden.
    match hidden {
        [] => value.serialize(&mut serializer)?,
        hidden => in_value(serde_json::to_value(value)?, hidden).serialize(&mut serializer)?,
    }
    writeln!(out).map_err(serde_json::Error::io)
}

/// Writes a value as JSON, with a line end, into something that is not the answer itself.
///
/// # Errors
/// What writing fails with.
pub fn write_json(
    out: &mut dyn Write,
    form: impl Formatter,
    value: &impl Serialize,
) -> io::Result<()> {
    Ok(json_to(out, &[], form, value)?)
}

/// Writes JSON in which every hidden character is escaped.
struct Harmless<F>(F);

impl<F: Formatter> Formatter for Harmless<F> {
    fn write_string_fragment<W>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + Write,
    {
        writer.write_all(json(fragment).as_bytes())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::is_hidden;
    use proptest::prelude::*;

    fn json_of(text: &str) -> String {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        Printer::new(&mut out, &mut err, None).json(&text).unwrap();
        String::from_utf8(out).unwrap()
    }

    proptest! {
        /// E4: harmless on a terminal, and still true.
        #[test]
        fn json_stays_true_and_harmless(text in ".*|[\\x00-\\x20\\x7f-\\xa0\u{200b}\u{202e}\u{e0041}\"\\\\a]*") {
            let json = json_of(&text);
            prop_assert!(!json.trim_end_matches('\n').chars().any(is_hidden));
            prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }

        #[test]
        fn nothing_hidden_is_printed(text in ".*|[\\x00-\\xff]*") {
            let (mut out, mut err) = (Vec::new(), Vec::new());
            let mut printer = Printer::new(&mut out, &mut err, None);
            printer.line(&text).unwrap();
            printer.failure(&Failure::new(text.clone() + "x").because(&text).hint(text.clone() + "x"));
            for bytes in [out, err] {
                let printed = String::from_utf8(bytes).unwrap();
                prop_assert!(!printed.chars().any(|c| is_hidden(c) && c != '\n'));
            }
        }
    }

    #[test]
    fn a_closed_pipe_is_quiet_and_a_full_disk_is_not() {
        assert!(stdout_failed(io::ErrorKind::BrokenPipe.into()).is_quiet());
        let full = stdout_failed(io::ErrorKind::StorageFull.into());
        assert_eq!((full.exit, full.is_quiet()), (Exit::Failure, false));
    }

    /// Beside an answer in JSON, standard error is one object per line, with the same words.
    #[test]
    fn beside_json_a_failure_is_json() {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let asked = Asked { command: "show".to_owned(), json: true, ..Asked::default() };
        let mut printer = Printer::new(&mut out, &mut err, None).answering(asked);
        printer.hide([("Contoso".to_owned(), "tenant-1".to_owned())].into_iter());
        printer.pass("1 of 2");
        printer.say("warning: Contoso\u{202e}");
        printer.say("as it is");
        printer.failure(&Failure::usage("what").because("why Contoso").hint("do").hint("or do"));
        printer.failure(&Failure::reader_left());
        let err = String::from_utf8(err).unwrap();
        assert!(out.is_empty() && !err.contains('\u{202e}'), "{err}");
        let lines: Vec<Value> = err.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
        let said = |talk: Value| {
            let mut whole = serde_json::json!({ "version": 1, "command": "show" });
            whole.as_object_mut().unwrap().extend(talk.as_object().unwrap().clone());
            whole
        };
        let message = |level: &str, text: &str| {
            said(serde_json::json!({ "message": { "level": level, "text": text } }))
        };
        let error = serde_json::json!({ "error": {
            "message": "what", "causes": ["why tenant-1"], "hints": ["do", "or do"], "exit_code": 2,
        } });
        let expected =
            [message("warning", "tenant-1\u{202e}"), message("info", "as it is"), said(error)];
        assert_eq!(lines, expected);
    }

    #[test]
    fn names_are_hidden_in_texts_and_not_in_keys() {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut printer = Printer::new(&mut out, &mut err, None);
        printer.hide([("lab".to_owned(), "context-1".to_owned())].into_iter());
        printer.json_line(&serde_json::json!({ "label": ["lab", { "lab": "at lab" }] })).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "{\"label\":[\"context-1\",{\"lab\":\"at context-1\"}]}\n"
        );
    }

    #[test]
    fn a_failure_has_three_parts() {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut printer = Printer::new(&mut out, &mut err, None);
        printer.failure(&Failure::new("what").because("why").hint("do"));
        printer.failure(&Failure::reader_left());
        assert_eq!(String::from_utf8(err).unwrap(), "error: what\n  why\nhint: do\n");
        assert!(out.is_empty());
    }
}
