//! State of a form in progress: where one is, what was answered, what is wrong.

use std::collections::BTreeMap;

use super::RequestId;
use super::input::TextInput;
use crate::backend::{BackendError, Revision};
use crate::domain::health::Directory;
use crate::domain::key::{HeldKey, Key};
use crate::domain::token::BulkToken;
use crate::domain::{Answers, Connection, ConnectionId, ConnectionType, Held, Secret, Timestamp};
use crate::form::{self, Field, FieldError, Kind, Picked, Spec, Step, Value, Values, specs};

/// A form in progress.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wizard {
    /// Type whose form it is.
    pub kind: ConnectionType,
    /// Connection being edited; `None`: a new one.
    pub target: Option<Revision>,
    /// Connection whose stored secrets a clone takes over.
    pub secrets_from: Option<ConnectionId>,
    /// Identity of its draft.
    pub draft: String,
    /// Answers, hidden branches included.
    pub values: Values,
    /// Answers as they were at first, to see whether anything changed.
    pub original: Values,
    /// The record lacks answers that the form asks for, so that even an untouched form adds some.
    pub partial: bool,
    /// Answers as the last kept draft has them.
    pub kept: Option<Values>,
    /// A draft of it may be kept.
    pub drafted: bool,
    /// The draft that it was resumed from, until its own takes the place of that.
    pub replaces: Option<String>,
    /// Saving restores the connection, which was deleted by someone else.
    pub restore: bool,
    /// Answers as they were sent to be saved.
    pub sent: Option<Values>,
    /// Index among the visible steps; their number itself is the review.
    pub step: usize,
    /// Index among the step's visible fields.
    pub field: usize,
    /// Text of the focused field while it is typed.
    pub input: TextInput,
    /// What is wrong, by field; filled when a field is left or everything is checked.
    pub errors: BTreeMap<&'static str, String>,
    /// Secret that is shown for the moment.
    pub revealed: Option<Revealed>,
    /// Request under way: saving, issuing, revealing.
    pub busy: Option<(RequestId, Busy)>,
    /// First line of the review shown.
    pub top: usize,
}

/// A secret shown for the moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revealed {
    /// Its field.
    pub field: &'static str,
    /// Its text when it had to be read from the store; `None` when it is being typed.
    pub text: Option<Secret>,
}

/// What a form waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Busy {
    /// The save.
    Saving,
    /// A key for this field.
    Key(&'static str),
    /// The text of this field's secret, to show it.
    Showing(&'static str),
    /// The text of this field's secret, to copy it.
    Copying(&'static str),
    /// The text of this field's key, to copy the install command.
    Command(&'static str),
}

impl Wizard {
    /// A form with these answers, nothing changed yet, at its first field.
    pub fn new(kind: ConnectionType, values: Values, draft: String) -> Self {
        Self {
            kind,
            target: None,
            secrets_from: None,
            draft,
            original: values.clone(),
            values,
            partial: false,
            kept: None,
            drafted: false,
            replaces: None,
            restore: false,
            sent: None,
            step: 0,
            field: 0,
            input: TextInput::default(),
            errors: BTreeMap::new(),
            revealed: None,
            busy: None,
            top: 0,
        }
    }

    /// The form of a saved connection, every answer filled in; `None`: its type has none. C4.
    pub fn of_saved(connection: &Connection, directory: &Directory, draft: String) -> Option<Self> {
        let values = specs::of(connection.kind)?.opened(connection, directory);
        let mut form = Self::new(connection.kind, values, draft);
        form.target = Some(Revision { id: connection.id, revision: connection.revision });
        form.partial = matches!(connection.answers, Answers::Listed(_));
        Some(form)
    }

    /// The form's table; `None` only if a type without form got here.
    pub fn spec(&self) -> Option<&'static Spec> {
        specs::of(self.kind)
    }

    /// Steps of the present branch.
    pub fn steps(&self) -> Vec<&'static Step> {
        self.spec().map(|spec| spec.visible_steps(&self.values).collect()).unwrap_or_default()
    }

    /// Whether the review step is shown.
    pub fn in_review(&self) -> bool {
        self.step >= self.steps().len()
    }

    /// Fields of the present step.
    pub fn fields(&self) -> Vec<&'static Field> {
        self.steps()
            .get(self.step)
            .map(|step| step.visible_fields(&self.values).collect())
            .unwrap_or_default()
    }

    /// The focused field; `None` in the review.
    pub fn focused(&self) -> Option<&'static Field> {
        self.fields().get(self.field).copied()
    }

    /// Whether the focused field takes text: its own, or the search of its pick list.
    pub fn takes_text(&self) -> bool {
        self.focused().is_some_and(|field| field.kind.takes_text())
    }

    /// Whether any visible or hidden answer differs from the beginning.
    pub fn changed(&self) -> bool {
        form::differ(&self.values, &self.original)
    }

    /// Whether the kept draft is not as the form is: without a change there is to be none.
    pub fn unkept(&self) -> bool {
        if self.changed() { self.kept.as_ref() != Some(&self.values) } else { self.drafted }
    }

    /// Goes on as the form of a copy of `id`, which nothing was changed in yet.
    pub fn make_clone(&mut self, id: ConnectionId) {
        self.target = None;
        self.secrets_from = Some(id);
        let name = format!("{} (copy)", self.values.text("name"));
        self.values.set("name", Value::Text(name));
        // A key ties agents to one connection.
        self.values.forget_keys();
        self.original = self.values.clone();
    }

    /// Whether saving would only repeat what is saved already.
    pub fn says_nothing(&self) -> bool {
        self.target.is_some() && !self.partial && !self.changed()
    }

    /// Step and field index of a field, if the present branch asks it.
    pub fn locate(&self, key: &str) -> Option<(usize, usize)> {
        self.steps().iter().enumerate().find_map(|(at, step)| {
            let field = step.visible_fields(&self.values).position(|field| field.key == key)?;
            Some((at, field))
        })
    }

    /// Takes a text as the answer of a field; an empty one is the answer that the form began without.
    pub fn put_text(&mut self, field: &'static Field, text: &str) {
        if text.is_empty() && self.original.get(field.key).is_none() {
            self.values.clear(field.key);
        } else {
            self.values.set(field.key, Value::Text(text.to_owned()));
        }
        self.errors.remove(field.key);
    }

    /// Takes a secret as the answer of a field; without one the secret that the form began with.
    pub fn put_secret(&mut self, field: &'static Field, secret: Option<Secret>) {
        let typed = secret.map(|it| Value::Secret(Held::New(it)));
        match typed.or_else(|| self.original.get(field.key).cloned()) {
            Some(value) => self.values.set(field.key, value),
            None => _ = self.values.clear(field.key),
        }
        self.errors.remove(field.key);
    }

    /// Turns a toggle on or off. Answers of the branch that is left stay. D17.
    pub fn turn(&mut self, field: &'static Field, on: bool) {
        let Some(spec) = self.spec() else { return };
        let before = self.values.clone();
        form::set_toggle(spec, &mut self.values, field.key, on);
        form::carry(spec, &before, &mut self.values);
        self.errors.remove(field.key);
    }

    /// Chooses an option of a field other than the type. D17.
    pub fn choose(&mut self, field: &'static Field, option: &str) {
        let Some(spec) = self.spec() else { return };
        let before = self.values.clone();
        form::set_choice(spec, &mut self.values, field.key, option);
        form::carry(spec, &before, &mut self.values);
        self.errors.remove(field.key);
    }

    /// Goes on with the other type's form; what was typed is kept.
    pub fn switch_to(&mut self, spec: &'static Spec) {
        form::switch_type(&mut self.values, spec);
        self.kind = spec.kind;
        self.errors.clear();
    }

    /// Picks objects for a field; none takes its answer away.
    pub fn pick(&mut self, field: &'static Field, picks: Vec<Picked>) {
        let Some(spec) = self.spec() else { return };
        form::picked(spec, &mut self.values, field.key, picks);
        self.errors.remove(field.key);
    }

    /// Takes a key that was issued just now.
    pub fn put_key(&mut self, field: &'static str, key: &Key, now: Timestamp) {
        let held = HeldKey { id: key.id(), issued_at: now, value: Held::New(key.text.clone()) };
        self.values.set(field, Value::Key(held));
        self.values.note_replaced(&self.original);
        self.errors.remove(field);
    }

    /// Takes a bulk token beside those that there are.
    pub fn add_token(&mut self, field: &'static Field, token: BulkToken) {
        let mut tokens = self.values.tokens(field.key).to_vec();
        tokens.push(token);
        self.values.set(field.key, Value::Tokens(tokens));
        self.errors.remove(field.key);
    }

    /// Takes the answer of a field away, as far as it can go without one.
    pub fn clear(&mut self, field: &'static Field) {
        match field.kind {
            Kind::Text { .. } | Kind::Day => self.put_text(field, ""),
            Kind::Secret { .. } => self.put_secret(field, None),
            Kind::PickOne(_) | Kind::PickMany(_) => self.pick(field, Vec::new()),
            // A choice always has an option; keys and tokens are replaced, not emptied.
            Kind::Toggle | Kind::Choice(_) | Kind::Key(_) | Kind::Tokens | Kind::Agent => {}
        }
    }

    /// The field that a refused save is about, where it is about one.
    pub fn refused_field(&self, error: &BackendError) -> Option<&'static str> {
        match error {
            BackendError::NameTaken { .. } => Some("name"),
            BackendError::SecretMissing { field } | BackendError::SecretElsewhere { field } => {
                let base = field.split('/').next().unwrap_or_default();
                self.spec()?.field(base).map(|it| it.key)
            }
            _ => None,
        }
    }

    /// Takes over a set of errors in place of the former ones.
    pub fn set_errors(&mut self, errors: Vec<FieldError>) {
        self.errors = errors.into_iter().map(|it| (it.field, it.message)).collect();
    }
}
