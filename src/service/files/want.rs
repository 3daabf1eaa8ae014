//! What one record asks for, held against what the store has.

use crate::backend::{BackendError, Revision, TokenRequest};
use crate::domain::key::HeldKey;
use crate::domain::token::BulkToken;
use crate::domain::{
    Answers, Connection, ConnectionId, ConnectionType, Draft, Fingerprint, Held, Secret, Timestamp,
};
use crate::form::read::{PlainSecrets, to_issue};
use crate::form::{FieldError, Key, Kind, Limits, Spec, Value, Values, submit};
use crate::text::nearest;

/// Rules that every record is read by.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Whether secrets may stand in the files.
    pub plain: PlainSecrets,
    /// The present and the password rules.
    pub limits: Limits,
    /// Whether to ask for a secret again that the store has already.
    pub ask_again: bool,
    /// Whether a copy gets keys of its own.
    pub new_keys: bool,
}

impl Options {
    /// As for files.
    pub const fn new(plain: PlainSecrets, limits: Limits) -> Self {
        Self { plain, limits, ask_again: false, new_keys: false }
    }
}

/// What a record is held against.
#[derive(Debug, Clone)]
pub(super) enum Base {
    /// Nothing has this name.
    New,
    /// The connection that it changes.
    Change(Box<Connection>),
    /// The connection that it copies, secrets included.
    Copy(Box<Connection>),
}

impl Base {
    pub(super) fn connection(&self) -> Option<&Connection> {
        match self {
            Self::New => None,
            Self::Change(it) | Self::Copy(it) => Some(it),
        }
    }

    pub(super) fn target(&self) -> Option<Revision> {
        match self {
            Self::Change(it) => Some(Revision { id: it.id, revision: it.revision }),
            Self::New | Self::Copy(_) => None,
        }
    }

    pub(super) fn secrets_from(&self) -> Option<ConnectionId> {
        match self {
            Self::Copy(it) => Some(it.id),
            Self::New | Self::Change(_) => None,
        }
    }
}

/// A bulk token to make when the record is saved. D15.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wish {
    pub(super) field: Key,
    pub(super) display_name: String,
    pub(super) expires_at: Timestamp,
    /// The real token; `None`: a local stand-in.
    pub(super) pasted: Option<Secret>,
}

/// A secret that somebody has to type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Key of the field.
    pub field: Key,
    /// What it is called.
    pub label: &'static str,
    /// Which of the new tokens it is of; `None`: of a secret field.
    pub(super) token: Option<usize>,
}

/// What a record is made of.
#[derive(Debug, Clone)]
pub(super) enum Content {
    /// What a list reports.
    Listed(Draft),
    /// The answers of a form; keys and new tokens are still missing.
    Form(&'static Spec, Values),
}

/// One save that is still to be done.
#[derive(Debug, Clone)]
pub struct Work {
    pub(super) target: Option<Revision>,
    pub(super) secrets_from: Option<ConnectionId>,
    /// The target was deleted, and is restored by the save.
    pub(super) restore: bool,
    content: Content,
    pub(super) asks: Vec<Ask>,
    wishes: Vec<Wish>,
    /// What the content comes to, as it was checked last; forgotten when that changes.
    checked: Option<Box<(Limits, Draft)>>,
}

/// Stands for a secret that is not there yet: checks pass it by, and it is never saved.
fn placeholder() -> Held {
    Held::Stored(Fingerprint(String::new()))
}

/// A value in the place of an answer that is not there yet.
pub(super) fn asked() -> Value {
    Value::Secret(placeholder())
}

/// Whether a value only stands for one.
pub(super) fn is_asked(value: &Value) -> bool {
    matches!(value, Value::Secret(Held::Stored(fingerprint)) if fingerprint.0.is_empty())
}

impl Work {
    /// What is to be saved in the place of a base.
    pub(super) fn new(base: &Base, content: Content) -> Self {
        // What a list reports has no secrets.
        let secrets_from = base.secrets_from().filter(|_| matches!(content, Content::Form(..)));
        Self {
            target: base.target(),
            secrets_from,
            restore: false,
            content,
            asks: Vec::new(),
            wishes: Vec::new(),
            checked: None,
        }
    }

    /// What the record is made of.
    pub(super) const fn content(&self) -> &Content {
        &self.content
    }

    /// The tokens to make.
    pub(super) fn wishes(&self) -> &[Wish] {
        &self.wishes
    }

    /// The same, to be changed.
    pub(super) fn wishes_mut(&mut self) -> &mut Vec<Wish> {
        self.checked = None;
        &mut self.wishes
    }

    /// Sets an answer of the form.
    pub(super) fn set(&mut self, field: Key, value: Value) {
        self.checked = None;
        if let Content::Form(_, values) = &mut self.content {
            values.set(field, value);
        }
    }

    /// Adds a token to those that there are.
    pub(super) fn add_token(&mut self, field: Key, token: BulkToken) {
        let Content::Form(_, values) = &self.content else { return };
        let mut all = values.tokens(field).to_vec();
        all.push(token);
        self.set(field, Value::Tokens(all));
    }

    /// The secrets that somebody has to type.
    pub fn asks(&self) -> &[Ask] {
        &self.asks
    }

    /// Puts a typed secret in its place and checks it.
    ///
    /// # Errors
    /// What is wrong with it, in one line.
    pub fn answer(&mut self, ask: &Ask, secret: Secret, limits: &Limits) -> Result<(), String> {
        if let Some(at) = ask.token {
            if let Some(wish) = self.wishes.get_mut(at) {
                wish.pasted = Some(secret);
            }
        } else if let Content::Form(spec, values) = &self.content {
            let mut next = values.clone();
            next.set(ask.field, Value::Secret(Held::New(secret)));
            if let Some(error) = crate::form::check_field(spec, &next, ask.field, limits) {
                return Err(error.message);
            }
            self.content = Content::Form(spec, next);
            self.checked = None;
        }
        self.asks.retain(|it| it != ask);
        Ok(())
    }

    /// The draft as it would be saved, with stand-ins for what is still to come. It is checked once,
    /// however often it is asked for.
    pub(super) fn draft(&mut self, limits: &Limits) -> Result<&Draft, Vec<FieldError>> {
        let checked = match self.checked.take() {
            Some(it) if it.0 == *limits => it,
            Some(_) | None => Box::new((*limits, self.submitted(limits)?)),
        };
        Ok(&self.checked.insert(checked).1)
    }

    fn submitted(&self, limits: &Limits) -> Result<Draft, Vec<FieldError>> {
        let (spec, values) = match &self.content {
            Content::Listed(draft) => return Ok(draft.clone()),
            Content::Form(spec, values) => (*spec, values),
        };
        let mut full = values.clone();
        for field in to_issue(spec, values) {
            let value = match field.kind {
                Kind::Key(_) => Value::Key(HeldKey {
                    id: String::new(),
                    issued_at: limits.now,
                    value: placeholder(),
                }),
                _ if self.wishes.iter().any(|it| it.field == field.key) => {
                    Value::Tokens(vec![stand_in(limits.now)])
                }
                _ => continue,
            };
            full.set(field.key, value);
        }
        submit(spec, &full, limits)
    }

    /// Fields whose keys the backend issues when it is saved.
    pub(super) fn keys(&self) -> Vec<(Key, crate::domain::key::KeyKind)> {
        let Content::Form(spec, values) = &self.content else { return Vec::new() };
        to_issue(spec, values)
            .filter_map(|field| match field.kind {
                Kind::Key(kind) => Some((field.key, kind)),
                _ => None,
            })
            .collect()
    }

    /// The requests for tokens, with the field of each.
    pub(super) fn token_requests(&self) -> Vec<(Key, TokenRequest)> {
        let request = |it: &Wish| TokenRequest {
            display_name: it.display_name.clone(),
            expires_at: it.expires_at,
            pasted: it.pasted.clone(),
        };
        self.wishes.iter().map(|it| (it.field, request(it))).collect()
    }

    /// Why it cannot be saved as it is.
    pub(super) fn refusal(errors: Vec<FieldError>) -> BackendError {
        let errors: Vec<String> =
            errors.iter().map(|it| format!("{}: {}", it.field, it.message)).collect();
        BackendError::Invalid(errors.join("; "))
    }
}

fn stand_in(now: Timestamp) -> BulkToken {
    BulkToken {
        id: String::new(),
        display_name: String::new(),
        issued_at: now,
        expires_at: now,
        origin: crate::domain::token::TokenOrigin::Local,
        value: placeholder(),
    }
}

/// The type that a record names, whatever way it is written.
pub(super) fn kind_of(json: Option<&serde_json::Value>) -> Result<ConnectionType, String> {
    let slugs = || ConnectionType::all().map(ConnectionType::slug).collect::<Vec<_>>();
    let text = match json {
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(serde_json::Value::Number(number)) => number.to_string(),
        Some(_) => return Err("write it as a text, in quotes".to_owned()),
        None => return Err(format!("give the type: {}", slugs().join(", "))),
    };
    ConnectionType::parse(&text).ok_or_else(|| {
        let slugs = slugs();
        let meant = nearest::tail(text.trim(), slugs.iter().map(String::as_str));
        format!("{} is not a connection type{meant}", crate::text::shown(&text))
    })
}

/// Whether a connection's form was never filled in.
pub(super) fn is_listed(connection: &Connection) -> bool {
    matches!(connection.answers, Answers::Listed(_))
}
