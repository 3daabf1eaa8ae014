//! Questions as JSON lines: one object per question on standard output, one object per answer on standard
//! input. No line ever holds a secret: of one that is answered only that it is.

use std::io::{BufRead, Read};
use std::path::Path;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value as Json, json};
use zeroize::Zeroizing;

use super::Front;
use super::answer::{self, Answer, pickable, picks};
use super::question::{Page, Question, Reply};
use crate::app::picker::Item;
use crate::backend::TokenRequest;
use crate::cli::answer::{Format, one};
use crate::cli::files::secrets::Secrets;
use crate::cli::session::Session;
use crate::domain::Secret;
use crate::domain::rules;
use crate::error::Failure;
use crate::form::check::{day_end, no_day};
use crate::form::read::PlainSecrets;
use crate::form::{Advice, Field, Kind, Need, Value};
use crate::service::files::{Reference, SecretSource as _};

/// Longest line of an answer, in bytes.
const LONGEST: usize = 256 * 1024;
/// Most entries of a pick list in one question.
const ENTRIES: usize = 200;
/// What an answer looks like.
const SHAPE: &str = "write one object on a line: {\"answer\": …}, {\"search\": \"…\"}, {\"go\": \"FIELD\"} or {\"do\": \"keep\"}; \
     do is keep, next, back, review, clear, save or quit";

/// Asks a program.
#[derive(Debug, Default)]
pub(super) struct Lines;

/// A line of the program.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    /// The question that it answers; another one refuses it.
    #[serde(default)]
    field: Option<String>,
    #[serde(default, borrow)]
    answer: Option<&'a RawValue>,
    #[serde(default)]
    search: Option<String>,
    #[serde(default)]
    go: Option<String>,
    #[serde(default, rename = "do")]
    does: Option<Does>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Does {
    Keep,
    Next,
    Back,
    Review,
    Clear,
    Save,
    Quit,
}

/// A bulk token, with the names of a connection file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Token<'a> {
    display_name: String,
    expires: String,
    #[serde(default, borrow)]
    token: Option<&'a RawValue>,
}

/// What a line asks for.
enum Said {
    Reply(Reply),
    Search(String),
}

impl From<Does> for Reply {
    fn from(does: Does) -> Self {
        match does {
            Does::Keep => Self::Keep,
            Does::Next => Self::Next,
            Does::Back => Self::Back,
            Does::Review => Self::Review,
            Does::Clear => Self::Answer(Answer::Clear),
            Does::Save => Self::Save,
            Does::Quit => Self::Quit,
        }
    }
}

impl Front for Lines {
    fn ask(
        &mut self,
        session: &mut Session<'_, '_>,
        question: &mut Question<'_>,
    ) -> Result<Reply, Failure> {
        loop {
            print(session, &asked(question))?;
            let Some(line) = read(&mut session.input)? else { return Ok(Reply::Quit) };
            match understood(&line, question) {
                Ok(Said::Reply(reply)) => return Ok(reply),
                Ok(Said::Search(text)) => {
                    question.wrong = None;
                    if let Some(picker) = &mut question.picker {
                        picker.search.line.clear();
                        picker.search.line.paste_text(&text);
                        picker.apply();
                    }
                }
                Err(why) => question.wrong = Some(why),
            }
        }
    }

    fn review(&mut self, session: &mut Session<'_, '_>, page: &Page<'_>) -> Result<Reply, Failure> {
        let mut wrong = page.wrong.clone();
        loop {
            let mut review = reviewed(page);
            review["error"] = json!(wrong);
            print(session, &review)?;
            let Some(line) = read(&mut session.input)? else { return Ok(Reply::Quit) };
            match parsed(&line) {
                Some(Line {
                    field: None,
                    answer: None,
                    search: None,
                    go: Some(key),
                    does: None,
                }) => {
                    return Ok(Reply::Go(key));
                }
                Some(Line {
                    field: None,
                    answer: None,
                    search: None,
                    go: None,
                    does: Some(it),
                }) => {
                    return Ok(it.into());
                }
                Some(_) | None => {
                    wrong = Some("write {\"do\": \"save\"}, {\"do\": \"back\"}, {\"do\": \"quit\"} or {\"go\": \"FIELD\"}".to_owned());
                }
            }
        }
    }

    fn agrees(&mut self, _: &mut Session<'_, '_>, _: &str) -> Result<bool, Failure> {
        Ok(false)
    }
}

/// Prints a line and hands it on: the program waits for it.
fn print(session: &mut Session<'_, '_>, line: &Json) -> Result<(), Failure> {
    one(session.printer, Format::Jsonl, &[], line)?;
    session.printer.hand_on()
}

/// The next line; `None` at the end. It may hold a secret, so no copy of it stays behind.
fn read(input: &mut dyn BufRead) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
    let mut line = Zeroizing::new(Vec::with_capacity(LONGEST));
    let mut limited = Read::take(input, LONGEST as u64);
    let read = limited.read_until(b'\n', &mut line).map_err(|error| {
        Failure::new("standard input cannot be read")
            .because(error.to_string())
            .hint("Write one answer per line to it.")
    })?;
    match read {
        0 => Ok(None),
        LONGEST => Err(Failure::new(format!("a line has more than {LONGEST} bytes"))
            .hint("Write one answer per line.")),
        _ => Ok(Some(line)),
    }
}

fn parsed(line: &[u8]) -> Option<Line<'_>> {
    serde_json::from_slice(line).ok()
}

/// What a line says. No message quotes it: it may be a secret.
fn understood(line: &[u8], question: &Question<'_>) -> Result<Said, String> {
    let Some(line) = parsed(line) else { return Err(SHAPE.to_owned()) };
    if line.field.as_deref().is_some_and(|it| it != question.field.key) {
        return Err(format!("the question is about {}", question.field.key));
    }
    Ok(Said::Reply(match (line.answer, line.search, line.go, line.does) {
        (Some(answer), None, None, None) => answered(question, answer.get())?,
        (None, Some(text), None, None) => return Ok(Said::Search(text)),
        (None, None, Some(key), None) => Reply::Go(key),
        (None, None, None, Some(does)) => does.into(),
        _ => return Err(SHAPE.to_owned()),
    }))
}

fn answered(question: &Question<'_>, raw: &str) -> Result<Reply, String> {
    let as_text = || -> Result<String, String> {
        serde_json::from_str(raw).map_err(|_| "write it as a text, in quotes".to_owned())
    };
    let answer = match question.field.kind {
        Kind::Text { .. } | Kind::Day => match as_text()? {
            text if text.trim().is_empty() => Answer::Clear,
            text => Answer::Text(text),
        },
        Kind::Secret { .. } => match secret(raw)? {
            None => return Ok(Reply::Keep),
            Some(secret) if secret.is_empty() => Answer::Clear,
            Some(secret) => Answer::Secret(secret),
        },
        Kind::Toggle => {
            let on = serde_json::from_str(raw);
            Answer::On(on.map_err(|_| "write true or false, without quotes".to_owned())?)
        }
        Kind::Choice(_) if question.picker.is_none() => {
            Answer::Choice(question.option(&as_text()?)?.key)
        }
        Kind::Choice(_) | Kind::PickOne(_) | Kind::PickMany(_) => return picked(question, raw),
        Kind::Key(_) => match question.option(&as_text()?)? {
            answer::ISSUE => Answer::Key,
            _ => return Ok(Reply::Keep),
        },
        Kind::Tokens => Answer::Token(token(raw)?),
        Kind::Agent => return Ok(Reply::Next),
    };
    Ok(Reply::Answer(answer))
}

/// A secret as a text, or where it is, as in a connection file; `None`: the stored one stays.
fn secret(raw: &str) -> Result<Option<Secret>, String> {
    if !raw.starts_with('{') {
        let text =
            "write it as a text, in quotes, or as {\"file\": \"…\"} or {\"command\": [\"…\"]}";
        return Secret::of_json(raw).map(Some).ok_or_else(|| text.to_owned());
    }
    let json: Json = serde_json::from_str(raw).map_err(|_| SHAPE.to_owned())?;
    let mut secrets = Secrets::new();
    let found = match Reference::parse(&json, Path::new(""), PlainSecrets::Refuse)? {
        Reference::Keep => return Ok(None),
        Reference::Prompt => return Err("nobody is there to ask: write the secret".to_owned()),
        Reference::Plain(secret) => Some(secret),
        Reference::File(path) => secrets.file(&path)?,
        // Whoever answers could run it as well.
        Reference::Command(argv) => secrets.command(&argv)?,
    };
    found.map(Some).ok_or_else(|| "the secret is empty".to_owned())
}

/// One name or id, or several where several can be picked.
fn picked(question: &Question<'_>, raw: &str) -> Result<Reply, String> {
    let Some(picker) = &question.picker else {
        return Err("the entries belong to a tenant: pick that first".to_owned());
    };
    let one = serde_json::from_str::<String>(raw).map(|it| vec![it]);
    let many = || "write a name or id as a text, or a list of them where several can be picked";
    let names = one.or_else(|_| serde_json::from_str::<Vec<String>>(raw));
    let mut names = names.map_err(|_| many().to_owned())?;
    names.retain(|it| !it.trim().is_empty());
    match names.len() {
        0 => return Ok(Reply::Answer(Answer::Clear)),
        2.. if !picker.many => return Err(many().to_owned()),
        _ => {}
    }
    let found: Result<Vec<_>, String> =
        names.iter().map(|it| pickable(picker, it).map(|it| it.picked.clone())).collect();
    Ok(Reply::Answer(picks(picker, found?)?))
}

fn token(raw: &str) -> Result<TokenRequest, String> {
    let shape = "write {\"display_name\": \"…\", \"expires\": \"2027-03-31\"}, with \"token\": \"…\" for a real one";
    let token: Token<'_> = serde_json::from_str(raw).map_err(|_| shape.to_owned())?;
    let display_name = rules::name(&token.display_name).map_err(|it| it.0)?;
    let Some((_, expires_at)) = day_end(&token.expires) else { return Err(no_day(&token.expires)) };
    let pasted = token.token.map(|it| secret(it.get())).transpose()?.flatten();
    Ok(TokenRequest { display_name, expires_at, pasted })
}

/// A question as it is written.
fn asked(question: &Question<'_>) -> Json {
    let field = question.field;
    let mut out = json!({
        "event": "question",
        "field": field.key,
        "label": field.label,
        "step": { "number": question.at.0, "of": question.at.1, "title": question.step.title },
        "kind": kind(field.kind),
        "required": question.is_required(),
        "help": field.help,
        "current": current(question),
        "advice": question.advice.iter().map(advised).collect::<Vec<_>>(),
        "error": question.wrong,
    });
    if let Need::Required(what) = field.need {
        out["required_for"] = json!(what);
    }
    if let Kind::Text { example, .. } = field.kind {
        out["example"] = json!(example);
    }
    if let Some(link) = field.link {
        out["portal"] = json!(link.menu());
    }
    if let Some(picker) = &question.picker {
        let shown = picker.shown.iter().filter_map(|it| picker.items.get(*it));
        out["options"] = shown.take(ENTRIES).map(listed).collect();
        out["more"] = json!(picker.shown.len().saturating_sub(ENTRIES));
    } else if !question.options.is_empty() {
        let option = |it: &crate::form::Choice| json!({ "value": it.key, "label": it.label, "note": it.help, "refused": null });
        out["options"] = question.options.iter().map(option).collect();
        out["more"] = json!(0);
    }
    out
}

fn listed(item: &Item) -> Json {
    json!({
        "value": item.picked.id,
        "label": item.picked.label,
        "note": item.note,
        "refused": item.refused,
    })
}

fn advised((field, it): &(&'static Field, Advice)) -> Json {
    json!({ "field": field.key, "level": it.level.label(), "text": it.text })
}

const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Text { .. } => "text",
        Kind::Secret { .. } => "secret",
        Kind::Day => "day",
        Kind::Toggle => "toggle",
        Kind::Choice(_) => "choice",
        Kind::PickOne(_) => "pick-one",
        Kind::PickMany(_) => "pick-many",
        Kind::Key(_) => "key",
        Kind::Tokens => "tokens",
        Kind::Agent => "agent",
    }
}

/// What is answered, as it would be answered; of a secret, key or token only that it is.
fn current(question: &Question<'_>) -> Json {
    let values = &question.form.values;
    match values.get(question.field.key).filter(|it| it.is_answer()) {
        None => match question.field.kind {
            Kind::Toggle => json!(false),
            _ => Json::Null,
        },
        Some(Value::Text(text)) => json!(text),
        Some(Value::Toggle(on)) => json!(on),
        Some(Value::Choice(key)) => json!(key),
        Some(Value::One(pick)) => json!(pick.id),
        Some(Value::Many(picks)) => picks.iter().map(|it| json!(it.id)).collect(),
        Some(Value::Secret(_) | Value::Key(_) | Value::Tokens(_)) => json!(true),
    }
}

fn reviewed(page: &Page<'_>) -> Json {
    let answers = page.answers.iter().map(|it| {
        json!({
            "step": it.step.title,
            "field": it.field.key,
            "label": it.field.label,
            "answer": it.answer,
            "before": it.before,
        })
    });
    let problems =
        page.problems.iter().map(|it| json!({ "field": it.field, "message": it.message }));
    json!({
        "event": "review",
        "answers": answers.collect::<Vec<_>>(),
        "problems": problems.collect::<Vec<_>>(),
        "advice": page.advice.iter().map(advised).collect::<Vec<_>>(),
    })
}
