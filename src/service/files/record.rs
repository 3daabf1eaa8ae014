//! Reading one record: its shape first, without a secret being touched, then its secrets.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;

use serde_json::{Map, Value as Json};

use super::entry::Entry;
use super::export::LISTED;
use super::mistake::Mistake;
use super::reference::{Reference, SecretRead, missing};
use super::want::{Ask, Base, Content, Options, Wish, Work, asked, is_listed, kind_of};
use crate::domain::health::Directory;
use crate::domain::rules::{self, DESCRIPTION_MAX, TEXT_MAX};
use crate::domain::{Answers, ConnectionType, Draft, Held, Listed, Secret, Side};
use crate::form::check::{day_end, no_day};
use crate::form::lookup::Lookup;
use crate::form::read::{Given, RECORD, Read, read_with, unsure};
use crate::form::{Field, FieldError, Key, Kind, Spec, Value, Values, file, read_only, specs};
use crate::text::nearest;

/// What records are read with.
pub(super) struct Env<'a> {
    pub(super) directory: &'a Directory,
    pub(super) lookup: &'a Lookup<'a>,
    pub(super) options: Options,
    /// Keys that an edit sets; `None`: the record is whole.
    pub(super) own: Option<&'a [String]>,
}

/// A record whose shape is right.
#[derive(Debug, Clone)]
pub(super) struct Shaped<'e> {
    pub(super) entry: Cow<'e, Entry>,
    pub(super) name: String,
    pub(super) kind: ConnectionType,
    pub(super) base: Base,
    /// The answers that are saved, as the form opens with them.
    pub(super) before: Option<Values>,
    pub(super) work: Work,
    /// Secrets still to be read.
    pub(super) pending: Vec<(Key, Reference)>,
    /// Secrets that were read and are what the store has: new ones where they go elsewhere.
    pub(super) given: Vec<(Key, Secret)>,
    /// Tokens still to be compared with what is there.
    pub(super) tokens: Vec<TokenLine>,
}

/// A bulk token as a file asks for it.
#[derive(Debug, Clone)]
pub(super) struct TokenLine {
    pub(super) field: Key,
    pub(super) display_name: String,
    /// Its last day.
    pub(super) day: String,
    /// Where the real one is; `None`: a local stand-in will do.
    pub(super) token: Option<Reference>,
}

/// Reads a record against what it changes.
pub(super) fn shape<'e>(
    entry: &'e Entry,
    base: Base,
    env: &Env<'_>,
) -> Result<Shaped<'e>, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let kind = kind_of(entry.fields.get("type"));
    if let Err(message) = &kind {
        mistakes.push(entry.mistake("type", message.clone()));
    }
    let name = match entry.fields.get("name") {
        Some(Json::String(text)) => rules::name(text).map_err(|problem| problem.0),
        Some(_) => Err("write it as a text, in quotes".to_owned()),
        None => Err("enter a name".to_owned()),
    };
    if let Err(message) = &name {
        mistakes.push(entry.mistake("name", message.clone()));
    }
    if let Err(message) = entry.id() {
        mistakes.push(entry.mistake("id", message));
    }
    let Ok(kind) = kind else { return Err(mistakes) };
    let name = name.unwrap_or_default();
    if let Base::Change(saved) = &base
        && saved.kind != kind
    {
        let message = format!(
            "it is saved as {}, and the type of a saved connection cannot be changed: use another name",
            saved.kind.slug()
        );
        return Err(vec![entry.mistake("type", message)]);
    }
    let marked = match entry.fields.get("listed") {
        None => false,
        Some(Json::Bool(on)) => *on,
        Some(_) => {
            return Err(vec![entry.mistake("listed", "write true or false, without quotes")]);
        }
    };
    let shaped = match specs::of(kind).filter(|_| !marked) {
        None => listed(entry, name, kind, base),
        Some(spec) => form(entry, name, spec, base, env),
    };
    match shaped {
        Ok(shaped) if mistakes.is_empty() => Ok(shaped),
        Ok(_) => Err(mistakes),
        Err(rest) => {
            // One mistake in the name is enough.
            mistakes.extend(rest.into_iter().filter(|it| it.field != "name"));
            Err(mistakes)
        }
    }
}

/// What a list reports of a connection.
fn listed<'e>(
    entry: &'e Entry,
    name: String,
    kind: ConnectionType,
    base: Base,
) -> Result<Shaped<'e>, Vec<Mistake>> {
    let mut mistakes = unknown(entry, &kind.label().to_string(), &LISTED, "side");
    if base.connection().is_some_and(|it| !is_listed(it)) {
        let message = "this would remove the answers that are stored: leave it out";
        mistakes.push(entry.mistake("listed", message));
    }
    let mut line = |key: &str, max: usize| match entry.fields.get(key) {
        None | Some(Json::Null) => String::new(),
        Some(Json::String(text)) => rules::printable(text, max).unwrap_or_else(|problem| {
            mistakes.push(entry.mistake(key, problem.0));
            String::new()
        }),
        Some(_) => {
            mistakes.push(entry.mistake(key, "write it as a text, in quotes"));
            String::new()
        }
    };
    let (side, tenant) = (line("side", TEXT_MAX), line("tenant", TEXT_MAX));
    let description = line("description", DESCRIPTION_MAX);
    let Some(side) = Side::parse(&side) else {
        let words = Side::ALL.map(Side::slug);
        let meant = nearest::tail(&side, words);
        let message = format!("must be one of {}{meant}", words.join(", "));
        mistakes.push(entry.mistake("side", message));
        return Err(mistakes);
    };
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    // Where a row was read from is no file's to say: it stays.
    let live = match (&base, base.connection().map(|it| &it.answers)) {
        (Base::Change(_), Some(Answers::Listed(listed))) => listed.live.clone(),
        _ => None,
    };
    let answers = Answers::Listed(Listed { tenant, live });
    let draft = Draft { name: name.clone(), description, kind, side, answers };
    let work = Work::new(&base, Content::Listed(draft));
    let (pending, tokens) = (Vec::new(), Vec::new());
    let entry = Cow::Borrowed(entry);
    let given = Vec::new();
    Ok(Shaped { entry, name, kind, base, before: None, work, pending, given, tokens })
}

/// A mistake for each field that is not known. `side` is what the type calls its side, which lists and
/// filters call so everywhere.
fn unknown(entry: &Entry, of: &str, known: &[&str], side: &str) -> Vec<Mistake> {
    let strange = entry.fields.keys().filter(|key| !known.contains(&key.as_str()));
    strange
        .map(|key| {
            let meant = match key.as_str() {
                "side" => format!("; did you mean {side}?"),
                key => nearest::tail(key, known.iter().copied()),
            };
            entry.mistake(key, format!("is not a field of {of}{meant}"))
        })
        .collect()
}

/// What a reference in a record reads as.
enum Written {
    Secret(Reference),
    /// A key: what is there stays, or one is issued.
    Key,
    KeepTokens,
    Tokens(Vec<TokenLine>),
}

fn form<'e>(
    entry: &'e Entry,
    name: String,
    spec: &'static Spec,
    base: Base,
    env: &Env<'_>,
) -> Result<Shaped<'e>, Vec<Mistake>> {
    let mut known: Vec<&str> = spec.fields().map(|it| it.key).collect();
    known.extend(["id", "listed"]);
    let mut mistakes = unknown(entry, &spec.kind.label().to_string(), &known, spec.side);
    let mut record: Map<String, Json> = entry.fields.clone();
    record.retain(|key, _| key != "listed" && key != "id" && known.contains(&key.as_str()));
    record.insert("type".to_owned(), Json::from(spec.kind.slug()));
    if let Some(why) = base.connection().and_then(read_only) {
        mistakes.push(entry.mistake("", why));
        return Err(mistakes);
    }
    let before = base.connection().map(|it| spec.opened(it, env.directory));
    let given = Given { lookup: env.lookup, before: before.as_ref(), own: env.own };
    let mut reported: HashMap<Key, Written> = HashMap::new();
    let read = read_with(&record, given, &mut |field, json| {
        reported.insert(field.key, written(field, json, &entry.folder, env.options)?);
        Ok(None)
    });
    let Read { values, errors, .. } = match read {
        Ok(read) => read,
        Err(error) => {
            mistakes.push(entry.mistake(error.field, error.message));
            return Err(mistakes);
        }
    };
    let failed = failed(spec, entry, &errors);
    mistakes.extend(errors.into_iter().map(|error| {
        let field = if error.field == RECORD { "" } else { error.field };
        entry.mistake(field, error.message)
    }));
    let work = Work::new(&base, Content::Form(spec, values));
    let (kind, pending, tokens) = (spec.kind, Vec::new(), Vec::new());
    let mut shaped = {
        let entry = Cow::Borrowed(entry);
        let given = Vec::new();
        Shaped { entry, name, kind, base, before, work, pending, given, tokens }
    };
    let unsure = unsure(spec, &failed);
    let mut rest = shaped.held(spec, reported, env.options);
    if !shaped.is_as_saved() {
        let errors = shaped.work.draft(&env.options.limits).err().unwrap_or_default();
        let sure = errors.into_iter().filter(|it| !of_unsure_demand(spec, it, &unsure));
        for error in sure {
            // A secret that is missing or refused is reported once.
            if rest.iter().all(|it| it.field != error.field) {
                rest.push(entry.mistake(error.field, error.message));
            }
        }
    }
    mistakes.extend(rest.into_iter().filter(|it| !unsure.contains(&it.field.as_str())));
    if mistakes.is_empty() { Ok(shaped) } else { Err(mistakes) }
}

/// Fields that could not be read, and those that a mistyped key was probably meant for.
fn failed(spec: &'static Spec, entry: &Entry, errors: &[FieldError]) -> Vec<Key> {
    let strange = entry.fields.keys().filter(|key| spec.field(key).is_none());
    let meant = strange.filter_map(|key| nearest::nearest(key, spec.fields().map(|it| it.key)));
    let meant = meant.filter(|key| !entry.fields.contains_key(*key));
    errors.iter().map(|it| it.field).chain(meant).collect()
}

/// Whether an error comes from a demand across fields of which one could not be read.
fn of_unsure_demand(spec: &'static Spec, error: &FieldError, unsure: &[Key]) -> bool {
    let of = spec.demands().filter(|(rule, _)| rule.refused() == error.message);
    of.flat_map(|(_, when)| when.keys()).any(|key| unsure.contains(&key))
}

fn written(field: &Field, json: &Json, folder: &Path, options: Options) -> Result<Written, String> {
    match field.kind {
        Kind::Key(_) => {
            let word = |key: &str| json.get(key).and_then(Json::as_bool) == Some(true);
            if word("issued") || word("keep") {
                Ok(Written::Key)
            } else {
                Err("keys are issued by jetbridge: write { issued = true } or leave it out"
                    .to_owned())
            }
        }
        Kind::Tokens if json.get("keep").is_some() => {
            Reference::parse(json, folder, options.plain).map(|_| Written::KeepTokens)
        }
        Kind::Tokens => {
            let lines = match json {
                Json::Array(items) => items.iter().collect(),
                one => vec![one],
            };
            let read = lines.into_iter().map(|it| token_line(field.key, it, folder, options));
            read.collect::<Result<Vec<_>, _>>().map(Written::Tokens)
        }
        _ => Reference::parse(json, folder, options.plain).map(Written::Secret),
    }
}

fn token_line(
    field: Key,
    json: &Json,
    folder: &Path,
    options: Options,
) -> Result<TokenLine, String> {
    const SHAPE: &str = "write { keep = true }, or { display_name = \"…\", expires = \"2027-03-31\", token = { file = \"…\" } }";
    let Json::Object(map) = json else { return Err(SHAPE.to_owned()) };
    let known = ["display_name", "expires", "token"];
    if let Some(key) = map.keys().find(|key| !known.contains(&key.as_str())) {
        return Err(format!("{} is not known here: {SHAPE}", crate::text::shown(key)));
    }
    let text = |key: &str| map.get(key).and_then(Json::as_str).map(str::trim);
    let (Some(display_name), Some(day)) = (text("display_name"), text("expires")) else {
        return Err(SHAPE.to_owned());
    };
    let display_name = rules::printable(display_name, TEXT_MAX).map_err(|it| it.0)?;
    if display_name.is_empty() {
        return Err("give the token a display name".to_owned());
    }
    if day_end(day).is_none() {
        return Err(no_day(day));
    }
    let token =
        map.get("token").map(|it| Reference::parse(it, folder, options.plain)).transpose()?;
    if token == Some(Reference::Keep) {
        return Err(
            "a new token cannot keep anything: leave token out, or say where it is".to_owned()
        );
    }
    Ok(TokenLine { field, display_name, day: day.to_owned(), token })
}

impl Shaped<'_> {
    /// The same, for longer than the texts of the files.
    pub(super) fn owned(self) -> Shaped<'static> {
        let Self { entry, name, kind, base, before, work, pending, given, tokens } = self;
        let entry = Cow::Owned(entry.into_owned());
        Shaped { entry, name, kind, base, before, work, pending, given, tokens }
    }

    /// The files and commands from which its secrets come.
    pub(super) fn reads(&self) -> Vec<SecretRead> {
        let pending = self.pending.iter().map(|(key, reference)| (*key, reference));
        let tokens = self.tokens.iter().filter_map(|it| Some((it.field, it.token.as_ref()?)));
        pending.chain(tokens).filter_map(|(key, it)| SecretRead::of(key, it)).collect()
    }

    /// Whether nothing but secrets could differ from what is saved.
    pub(super) fn is_as_saved(&self) -> bool {
        let (Base::Change(saved), Some(before)) = (&self.base, &self.before) else { return false };
        let Content::Form(spec, values) = self.work.content() else { return false };
        !is_listed(saved)
            && self.work.asks.is_empty()
            && self.tokens.is_empty()
            && file::same(spec, values, before)
    }

    /// Fills in what is saved, and notes what is still to be read, asked for or issued.
    fn held(
        &mut self,
        spec: &'static Spec,
        mut reported: HashMap<Key, Written>,
        options: Options,
    ) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        let Content::Form(_, values) = self.work.content() else { return mistakes };
        let fields: Vec<&'static Field> =
            spec.visible_fields(values).filter(|it| file::is_secret(it.kind)).collect();
        for field in fields {
            let reported = reported.remove(field.key);
            let saved = self.before.as_ref().and_then(|it| it.get(field.key)).cloned();
            let saved = saved.filter(|it| {
                let fresh = options.new_keys && matches!(it, Value::Key(_));
                it.is_answer() && !fresh
            });
            if let Err(message) = self.one_held(field, reported, saved, options) {
                mistakes.push(self.entry.mistake(field.key, message));
            }
        }
        mistakes
    }

    fn one_held(
        &mut self,
        field: &'static Field,
        reported: Option<Written>,
        saved: Option<Value>,
        options: Options,
    ) -> Result<(), String> {
        let nothing = |has: &Option<Value>| match has {
            Some(_) => Ok(()),
            None => Err(format!("the store has nothing to keep here: {}", missing())),
        };
        let mut value = saved.clone();
        match reported {
            None if matches!(field.kind, Kind::Secret { .. }) && saved.is_none() => {
                return Err(missing());
            }
            None | Some(Written::Key) => {}
            Some(Written::KeepTokens) if saved.is_none() => {
                return Err("the store has no token to keep: write { display_name = \"…\", expires = \"…\" }".to_owned());
            }
            Some(Written::KeepTokens) => {}
            Some(Written::Tokens(lines)) => self.tokens.extend(lines),
            Some(Written::Secret(Reference::Keep)) => nothing(&saved)?,
            Some(Written::Secret(Reference::Prompt)) => {
                if saved.is_none() || options.ask_again {
                    let ask = Ask { field: field.key, label: field.label, token: None };
                    self.work.asks.push(ask);
                    value = Some(asked());
                }
            }
            Some(Written::Secret(reference)) => {
                self.pending.push((field.key, reference));
                value = Some(saved.unwrap_or_else(asked));
            }
        }
        // A wish stands for tokens that are not there yet.
        if let (Kind::Tokens, None, Some(line)) = (field.kind, &value, self.tokens.first()) {
            let at = day_end(&line.day).map_or(options.limits.now, |it| it.1);
            let (field, display_name) = (field.key, line.display_name.clone());
            self.work.wishes_mut().push(Wish { field, display_name, expires_at: at, pasted: None });
        }
        if let Some(value) = value {
            self.work.set(field.key, value);
        }
        Ok(())
    }

    /// The secret of a field as the store has it.
    pub(super) fn saved_secret(&self, key: &str) -> Option<Held> {
        self.before.as_ref().and_then(|it| it.secret(key)).cloned()
    }
}
