//! Questions in plain lines on standard error: nothing moves the cursor, no colour is
//! needed, and each answer ends with Enter. For a serial line, a screen reader, and `TERM=dumb`.

use std::collections::BTreeSet;

use super::Front;
use super::answer::{self, Answer, entry, pickable, yes_or_no};
use super::question::{Page, Question, Reply};
use super::ways_out;
use crate::app::picker::Picker;
use crate::backend::TokenRequest;
use crate::cli::prompt;
use crate::cli::session::Session;
use crate::domain::health::Level;
use crate::domain::token::{MAX_DAYS, days_after};
use crate::domain::{Secret, rules};
use crate::error::Failure;
use crate::form::{Advice, Check, Choice, Field, Kind, Need};
use crate::text::{counted, shown};

/// Most entries of a pick list that are shown at once.
const SHOWN: usize = 20;

const INTRO: &str = "Enter keeps what stands in brackets. ? explains a question, back returns to the one before, \
next leaves it open, review shows all answers, quit keeps a draft.\n";

const WORDS: &str = "  ? this help; back: the question before; next: on, whatever is answered; review: all answers;\n  \
- takes the answer away; quit: leave, with a draft; =TEXT: TEXT as it is, where it is one of these words.\n";

/// Asks on a terminal.
#[derive(Debug, Default)]
pub(super) struct Plain {
    begun: bool,
    step: Option<&'static str>,
    /// Advice that was given: once is enough.
    advised: BTreeSet<String>,
}

/// What a typed line means whatever the question is.
#[derive(Debug, PartialEq, Eq)]
enum Typed<'t> {
    Help,
    Reply(Word),
    Text(&'t str),
}

#[derive(Debug, PartialEq, Eq)]
enum Word {
    Keep,
    Next,
    Back,
    Review,
    Quit,
    Clear,
}

fn typed(line: &str) -> Typed<'_> {
    let line = line.trim();
    match line {
        "?" => Typed::Help,
        "" => Typed::Reply(Word::Keep),
        "next" => Typed::Reply(Word::Next),
        "back" => Typed::Reply(Word::Back),
        "review" => Typed::Reply(Word::Review),
        "quit" => Typed::Reply(Word::Quit),
        "-" => Typed::Reply(Word::Clear),
        _ => Typed::Text(line.strip_prefix('=').unwrap_or(line)),
    }
}

impl From<Word> for Reply {
    fn from(word: Word) -> Self {
        match word {
            Word::Keep => Self::Keep,
            Word::Next => Self::Next,
            Word::Back => Self::Back,
            Word::Review => Self::Review,
            Word::Quit => Self::Quit,
            Word::Clear => Self::Answer(Answer::Clear),
        }
    }
}

/// A line of talk, whatever the format of the answer. Our own texts are ASCII: a serial line may show
/// nothing else.
fn line(session: &mut Session<'_, '_>, text: &str) {
    session.printer.ask(&format!("{}\n", text.replace('…', "...")));
}

fn problem(session: &mut Session<'_, '_>, why: &str) {
    line(session, &format!("  problem: {}", shown(why)));
}

impl Front for Plain {
    fn ask(
        &mut self,
        session: &mut Session<'_, '_>,
        question: &mut Question<'_>,
    ) -> Result<Reply, Failure> {
        ways_out::watch();
        if !std::mem::replace(&mut self.begun, true) {
            session.printer.ask(INTRO);
        }
        if self.step != Some(question.step.key) {
            self.step = Some(question.step.key);
            let ((at, of), title) = (question.at, question.step.title);
            line(session, &format!("\nStep {at} of {of}: {title}"));
        }
        if let Some(why) = question.wrong.take() {
            problem(session, &why);
        }
        self.advise(session, &question.advice);
        match question.field.kind {
            Kind::Secret { .. } => secret(session, question),
            Kind::Toggle => toggle(session, question),
            Kind::PickOne(_) | Kind::PickMany(_) => pick(session, question),
            Kind::Choice(_) if question.picker.is_some() => pick(session, question),
            Kind::Choice(_) => option(session, question).map(|it| match it {
                Ok(option) => Reply::Answer(Answer::Choice(option.key)),
                Err(reply) => reply,
            }),
            Kind::Key(_) => issue(session, question),
            Kind::Tokens => token(session, question),
            Kind::Text { .. } | Kind::Day | Kind::Agent => text(session, question),
        }
    }

    fn review(&mut self, session: &mut Session<'_, '_>, page: &Page<'_>) -> Result<Reply, Failure> {
        self.step = None;
        line(session, "\nReview");
        let (mut step, mut numbered) = (None, Vec::new());
        for row in &page.answers {
            if step != Some(row.step.key) {
                step = Some(row.step.key);
                line(session, row.step.title);
            }
            let before = row.before.as_ref().map(|it| format!(" (was: {})", shown(it)));
            let before = before.unwrap_or_default();
            let answer = format!("{}: {}{before}", row.field.label, shown(&row.answer));
            if page.form.locate(row.field.key).is_some() {
                numbered.push(row.field.key);
                line(session, &format!("  {}. {answer}", numbered.len()));
            } else {
                line(session, &format!("  {answer}"));
            }
        }
        for (_, advice) in page.advice.iter().filter(|(_, it)| it.level >= Level::Warning) {
            line(session, &format!("  {}: {}", advice.level.label(), shown(&advice.text)));
        }
        for it in &page.problems {
            let label = page.answers.iter().find(|row| row.field.key == it.field);
            let label = label.map_or(it.field, |row| row.field.label);
            problem(session, &format!("{label}: {}", it.message));
        }
        if let Some(why) = &page.wrong {
            problem(session, why);
        }
        loop {
            session.printer.ask("Type save, the number of an answer to change, back, or quit: ");
            let Some(read) = session.read_line()? else { return Ok(Reply::Quit) };
            match (read.trim(), read.trim().parse::<usize>()) {
                ("save", _) => return Ok(Reply::Save),
                ("back", _) => return Ok(Reply::Back),
                ("quit", _) => return Ok(Reply::Quit),
                (_, Ok(number @ 1..)) if number <= numbered.len() => {
                    let key = numbered.get(number - 1).copied().unwrap_or_default();
                    return Ok(Reply::Go(key.to_owned()));
                }
                ("", _) => {}
                _ => {
                    problem(session, "this is neither save, back nor quit, nor one of the numbers")
                }
            }
        }
    }

    fn agrees(&mut self, session: &mut Session<'_, '_>, question: &str) -> Result<bool, Failure> {
        session.confirm(question)
    }
}

impl Plain {
    fn advise(&mut self, session: &mut Session<'_, '_>, advice: &[(&'static Field, Advice)]) {
        for (field, it) in advice {
            if self.advised.insert(format!("{}/{}", field.key, it.text)) {
                line(session, &format!("  {}: {}", it.level.label(), shown(&it.text)));
            }
        }
    }
}

/// The line before the cursor: what is asked, and what Enter keeps.
fn prompt_of(question: &Question<'_>, how: &str) -> String {
    let optional = if question.is_required() { "" } else { " (optional)" };
    let how = if how.is_empty() { String::new() } else { format!(", {how}") };
    let current = question.current().map(|it| format!(" [{}]", shown(&it))).unwrap_or_default();
    format!("{}{optional}{how}{current}: ", question.field.label)
}

fn help(session: &mut Session<'_, '_>, question: &Question<'_>) {
    let field = question.field;
    line(session, &format!("  {}", field.help));
    if let Need::Required(what) = field.need {
        line(session, &format!("  Required: {what}."));
    }
    if let Kind::Text { example, .. } = field.kind
        && !example.is_empty()
    {
        line(session, &format!("  Example: {example}"));
    }
    if let Some(link) = field.link {
        line(session, &format!("  In AvePoint Online Services: {}", link.menu()));
    }
    session.printer.ask(WORDS);
}

/// Asks until a line is an answer or a word; `Err` with the reply that the word is.
fn read(
    session: &mut Session<'_, '_>,
    question: &Question<'_>,
    prompt: &str,
) -> Result<Result<String, Reply>, Failure> {
    loop {
        session.printer.ask(prompt);
        let Some(read) = session.read_line()? else {
            line(session, "");
            return Ok(Err(Reply::Quit));
        };
        match typed(&read) {
            Typed::Help => help(session, question),
            Typed::Reply(word) => return Ok(Err(word.into())),
            Typed::Text(text) => return Ok(Ok(text.to_owned())),
        }
    }
}

fn text(session: &mut Session<'_, '_>, question: &Question<'_>) -> Result<Reply, Failure> {
    let how = match question.field.kind {
        Kind::Day => "as YYYY-MM-DD".to_owned(),
        // Free texts need no pattern; ? shows one all the same.
        Kind::Text { check: Check::Printable | Check::Name, .. } => String::new(),
        Kind::Text { example, .. } if !example.is_empty() => format!("such as {example}"),
        _ => String::new(),
    };
    let prompt = prompt_of(question, &how);
    Ok(match read(session, question, &prompt)? {
        Ok(text) => Reply::Answer(Answer::Text(text)),
        Err(reply) => reply,
    })
}

fn secret(session: &mut Session<'_, '_>, question: &Question<'_>) -> Result<Reply, Failure> {
    let prompt = prompt_of(question, "not shown");
    loop {
        let Some(secret) = prompt::line(session, &prompt)? else { return Ok(Reply::Quit) };
        return Ok(match typed(secret.expose()) {
            Typed::Help => {
                help(session, question);
                continue;
            }
            Typed::Reply(word) => word.into(),
            Typed::Text(_) => Reply::Answer(Answer::Secret(secret)),
        });
    }
}

fn toggle(session: &mut Session<'_, '_>, question: &Question<'_>) -> Result<Reply, Failure> {
    let prompt = prompt_of(question, "yes or no");
    loop {
        match read(session, question, &prompt)? {
            Err(reply) => return Ok(reply),
            Ok(text) => match yes_or_no(&text) {
                Some(on) => return Ok(Reply::Answer(Answer::On(on))),
                None => problem(session, "type yes or no"),
            },
        }
    }
}

/// One of a few, by number or name; `Err` with another reply.
fn option(
    session: &mut Session<'_, '_>,
    question: &Question<'_>,
) -> Result<Result<Choice, Reply>, Failure> {
    line(session, question.field.label);
    for (at, it) in question.options.iter().enumerate() {
        let help = if it.help.is_empty() { String::new() } else { format!(": {}", it.help) };
        line(session, &format!("  {}. {}{help}", at + 1, it.label));
    }
    let issues = matches!(question.field.kind, Kind::Key(_)) && question.current().is_none();
    let how = if issues { "Enter issues one" } else { "number or name" };
    let prompt = prompt_of(question, how);
    loop {
        let text = match read(session, question, &prompt)? {
            Ok(text) => text,
            Err(reply) => return Ok(Err(reply)),
        };
        let at = text.parse::<usize>().ok().and_then(|it| it.checked_sub(1));
        if let Some(option) = at.and_then(|it| question.options.get(it)) {
            return Ok(Ok(*option));
        }
        match question.option(&text) {
            Ok(option) => return Ok(Ok(option)),
            Err(why) => problem(session, &why),
        }
    }
}

/// A key is issued by Enter alone where there is none.
fn issue(session: &mut Session<'_, '_>, question: &Question<'_>) -> Result<Reply, Failure> {
    if question.options.iter().all(|it| *it != answer::ISSUE) {
        line(session, "  This context issues no keys: generate it in the Fly portal.");
    }
    let has_one = question.current().is_some();
    Ok(match option(session, question)? {
        Ok(option) if option == answer::ISSUE => Reply::Answer(Answer::Key),
        Ok(_) => Reply::Keep,
        Err(Reply::Keep) if !has_one && !question.options.is_empty() => Reply::Answer(Answer::Key),
        Err(reply) => reply,
    })
}

fn token(session: &mut Session<'_, '_>, question: &Question<'_>) -> Result<Reply, Failure> {
    let option = match option(session, question)? {
        Ok(option) if option == answer::KEEP => return Ok(Reply::Keep),
        Ok(option) => option,
        Err(reply) => return Ok(reply),
    };
    let pasted: Option<Secret> = if option == answer::PASTE {
        match prompt::line(session, "Token, not shown: ")? {
            None => return Ok(Reply::Quit),
            Some(secret) => Some(secret),
        }
    } else {
        None
    };
    let prompt = "Display name, such as Wave 1 laptops: ";
    let display_name =
        match until(session, question, prompt, |it| rules::name(it).map_err(|it| it.0))? {
            Ok(name) => name,
            Err(reply) => return Ok(reply),
        };
    let now = question.now;
    let prompt = format!("Days valid, 1 to {MAX_DAYS}: ");
    let expires_at = until(session, question, &prompt, |it| {
        let days = it.trim().parse().ok().filter(|it| (1..=MAX_DAYS).contains(it));
        let end = days.and_then(|it| days_after(now, it));
        end.ok_or_else(|| format!("days must be a number from 1 to {MAX_DAYS}"))
    })?;
    Ok(match expires_at {
        Ok(expires_at) => {
            Reply::Answer(Answer::Token(TokenRequest { display_name, expires_at, pasted }))
        }
        Err(reply) => reply,
    })
}

/// Asks a part of an answer until it can be used.
fn until<T>(
    session: &mut Session<'_, '_>,
    question: &Question<'_>,
    prompt: &str,
    check: impl Fn(&str) -> Result<T, String>,
) -> Result<Result<T, Reply>, Failure> {
    loop {
        match read(session, question, prompt)? {
            Err(Reply::Keep) => problem(session, "type an answer, back or quit"),
            Err(reply) => return Ok(Err(reply)),
            Ok(text) => match check(&text) {
                Ok(value) => return Ok(Ok(value)),
                Err(why) => problem(session, &why),
            },
        }
    }
}

/// Picks from a list by number or name; any other text narrows the list.
fn pick(session: &mut Session<'_, '_>, question: &mut Question<'_>) -> Result<Reply, Failure> {
    let Some(mut picker) = question.picker.take() else {
        line(session, "  The entries belong to a tenant: go back and pick it, or type next.");
        let prompt = prompt_of(question, "");
        return Ok(match read(session, question, &prompt)? {
            Ok(_) => Reply::Keep,
            Err(reply) => reply,
        });
    };
    let how = match picker.many {
        true => "numbers or a name, Enter when done",
        false => "number, name, or part of a name",
    };
    let (before, mut show) = (picker.picked.clone(), true);
    loop {
        if std::mem::take(&mut show) {
            list(session, &picker);
        }
        let current =
            picker.picked.iter().map(|it| shown(&it.label)).collect::<Vec<_>>().join(", ");
        let current = if current.is_empty() { current } else { format!(" [{current}]") };
        let optional = if question.is_required() { "" } else { " (optional)" };
        let prompt = format!("{}{optional}, {how}{current}: ", question.field.label);
        let text = match read(session, question, &prompt)? {
            Ok(text) => text,
            Err(Reply::Keep) if picker.many && picker.picked != before => {
                return Ok(Reply::Answer(Answer::Picks(picker.picked)));
            }
            Err(reply) => return Ok(reply),
        };
        match chosen(&picker, &text) {
            Err(why) => problem(session, &why),
            Ok(items) if items.is_empty() => {
                picker.search.line.clear();
                picker.search.line.paste_text(&text);
                picker.apply();
                if picker.shown.is_empty() {
                    problem(session, &format!("no entry contains {text}"));
                    picker.search.end();
                    picker.apply();
                }
                show = true;
            }
            Ok(items) if picker.many => {
                for it in items {
                    match picker.picked.iter().position(|picked| picked.id == it.id) {
                        Some(at) => _ = picker.picked.remove(at),
                        None => picker.picked.push(it),
                    }
                }
            }
            Ok(items) => match answer::picks(&picker, items) {
                Ok(answer) => return Ok(Reply::Answer(answer)),
                Err(why) => problem(session, &why),
            },
        }
    }
}

/// The entries that a text names by numbers of the list or by name; none: it is to be searched for.
fn chosen(picker: &Picker, text: &str) -> Result<Vec<crate::form::Picked>, String> {
    if entry(picker, text)?.is_some() {
        return Ok(vec![pickable(picker, text)?.picked.clone()]);
    }
    let parts: Vec<&str> = text.split([',', ' ']).filter(|it| !it.is_empty()).collect();
    let numbers: Option<Vec<usize>> = parts.iter().map(|it| it.parse().ok()).collect();
    let Some(numbers) = numbers.filter(|it| it.len() == 1 || picker.many) else {
        return Ok(Vec::new());
    };
    let mut out = Vec::with_capacity(numbers.len());
    for number in numbers {
        let at = number.checked_sub(1).filter(|it| *it < SHOWN).and_then(|it| picker.shown.get(it));
        let item = at.and_then(|it| picker.items.get(*it));
        let item = item.ok_or_else(|| format!("no entry has the number {number}"))?;
        out.push(pickable(picker, item.picked.id.as_str())?.picked.clone());
    }
    Ok(out)
}

/// The entries that match, numbered; of many the first.
fn list(session: &mut Session<'_, '_>, picker: &Picker) {
    if picker.items.is_empty() {
        let text = "  The directory has no entry for this: `jetbridge directory import FILE` adds them. Type next to go on without.";
        line(session, text);
        return;
    }
    line(session, picker.title);
    let mut group = "";
    let items = picker.shown.iter().filter_map(|it| picker.items.get(*it));
    for (at, item) in items.take(SHOWN).enumerate() {
        if group != item.group {
            group = item.group;
            line(session, &format!(" {group}"));
        }
        let picked = if picker.is_picked(item) { " (picked)" } else { "" };
        let note = match &item.refused {
            Some(why) => format!(": cannot be picked, {}", shown(why)),
            None if item.note.is_empty() => String::new(),
            None => format!(": {}", shown(&item.note)),
        };
        line(session, &format!("  {}. {}{picked}{note}", at + 1, shown(&item.picked.label)));
    }
    let rest = picker.shown.len().saturating_sub(SHOWN);
    if rest > 0 {
        let rest = counted(rest, "more entry").replace("entrys", "entries");
        line(session, &format!("  {rest}: type part of a name to search"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::picker::Item;
    use crate::form::edit::location;
    use crate::form::specs;

    fn picker(count: usize, many: bool) -> Picker {
        let spec = specs::ALL[0];
        let mut picker = Picker::types(spec.field("type").unwrap(), spec.kind);
        picker.many = many;
        picker.picked.clear();
        let item = |at: usize| Item {
            picked: location(&format!("entry {at}")),
            note: String::new(),
            refused: (at == 2).then(|| "it is refused".to_owned()),
            object: None,
            group: "",
        };
        picker.items = (1..=count).map(item).collect();
        picker.apply();
        picker
    }

    #[test]
    fn words_move_and_an_equals_sign_takes_them_as_text() {
        assert_eq!(typed(" ? "), Typed::Help);
        for (line, word) in [
            ("", Word::Keep),
            ("back", Word::Back),
            ("next\r", Word::Next),
            ("review", Word::Review),
            ("quit", Word::Quit),
            ("-", Word::Clear),
        ] {
            assert_eq!(typed(line), Typed::Reply(word), "{line:?}");
        }
        for (line, text) in [("=back", "back"), ("=?", "?"), ("==1", "=1"), ("Back up", "Back up")]
        {
            assert_eq!(typed(line), Typed::Text(text));
        }
    }

    #[test]
    fn numbers_and_names_pick_and_the_rest_is_searched_for() {
        let ids = |picker: &Picker, text: &str| {
            chosen(picker, text).map(|it| it.into_iter().map(|it| it.id.0).collect::<Vec<_>>())
        };
        let one = picker(30, false);
        assert_eq!(ids(&one, "3"), Ok(vec!["entry 3".to_owned()]));
        assert_eq!(ids(&one, "ENTRY 25"), Ok(vec!["entry 25".to_owned()]), "also one not shown");
        assert_eq!(ids(&one, "entry"), Ok(Vec::new()));
        assert_eq!(ids(&one, "1, 3"), Ok(Vec::new()), "only one can be picked");
        for (text, why) in [
            ("2", "it is refused"),
            ("21", "no entry has the number 21"),
            ("0", "no entry has the number 0"),
        ] {
            assert_eq!(ids(&one, text), Err(why.to_owned()));
        }
        let many = picker(5, true);
        assert_eq!(
            ids(&many, "1, 3 4"),
            Ok(["entry 1", "entry 3", "entry 4"].map(str::to_owned).to_vec())
        );
        assert!(ids(&many, "1 9").is_err());
    }
}
