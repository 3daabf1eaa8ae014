//! State of a form in progress: where one is, what was answered, what is wrong.

use std::collections::BTreeMap;

use super::RequestId;
use super::input::TextInput;
use crate::backend::Revision;
use crate::domain::{ConnectionId, ConnectionType, Secret};
use crate::form::{self, Field, FieldError, Spec, Step, Value, Values, specs};

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

    /// Takes over a set of errors in place of the former ones.
    pub fn set_errors(&mut self, errors: Vec<FieldError>) {
        self.errors = errors.into_iter().map(|it| (it.field, it.message)).collect();
    }
}
