//! What is asked at one place of the form, and what can be replied.

use super::answer::{self, Answer};
use crate::app::picker::Picker;
use crate::app::wizard::Wizard;
use crate::domain::Timestamp;
use crate::form::{Advice, Choice, Field, FieldError, Kind, Need, Review, Step, Value};

/// A reply to a question or to the review.
#[derive(Debug)]
pub(super) enum Reply {
    /// An answer to be checked.
    Answer(Answer),
    /// What is answered stays, if it can.
    Keep,
    /// On, whatever is answered; the review reports what is missing.
    Next,
    /// To the question before.
    Back,
    /// To the review.
    Review,
    /// To the question of a field.
    Go(String),
    /// To save it.
    Save,
    /// Away; a draft is kept.
    Quit,
}

/// A question.
pub(super) struct Question<'a> {
    /// Number of the step, of how many.
    pub at: (usize, usize),
    /// The step.
    pub step: &'static Step,
    /// The field.
    pub field: &'static Field,
    /// The form with what is answered.
    pub form: &'a Wizard,
    /// What is offered for a pick or the type.
    pub picker: Option<Picker>,
    /// What is offered by name.
    pub options: Vec<Choice>,
    /// What is to be said of this answer and the one before.
    pub advice: Vec<(&'static Field, Advice)>,
    /// What is wrong with the reply before.
    pub wrong: Option<String>,
    /// The present.
    pub now: Timestamp,
}

impl Question<'_> {
    /// Whether an answer must be given.
    pub(super) const fn is_required(&self) -> bool {
        matches!(self.field.need, Need::Required(_))
    }

    /// What is answered, in words; `None`: nothing. Of a secret only that there is one.
    pub(super) fn current(&self) -> Option<String> {
        let value = self.form.values.get(self.field.key).filter(|it| it.is_answer());
        match (value, self.field.kind) {
            (_, Kind::Toggle) => {
                let on = self.form.values.toggle(self.field.key);
                Some(if on { "yes" } else { "no" }.to_owned())
            }
            (None, _) => None,
            (Some(Value::Text(text)), _) => Some(text.clone()),
            (Some(Value::Choice(key)), Kind::Choice(options)) => {
                options.iter().find(|it| it.key == *key).map(|it| it.label.to_owned())
            }
            (Some(Value::One(_) | Value::Many(_)), _) => {
                let picks = self.form.values.picks(self.field.key).iter();
                Some(picks.map(|it| it.label.as_str()).collect::<Vec<_>>().join(", "))
            }
            (Some(Value::Secret(_) | Value::Key(_) | Value::Tokens(_)), _) => {
                Some("set".to_owned())
            }
            (Some(Value::Toggle(_) | Value::Choice(_)), _) => None,
        }
    }

    /// The option that a text names.
    pub(super) fn option(&self, text: &str) -> Result<Choice, String> {
        answer::option(&self.options, text)
    }
}

/// Everything before it is saved.
pub(super) struct Page<'a> {
    /// The form.
    pub form: &'a Wizard,
    /// Every answer, with what it replaces.
    pub answers: Vec<Review>,
    /// What must be fixed first.
    pub problems: Vec<FieldError>,
    /// What is to be said of the answers.
    pub advice: Vec<(&'static Field, Advice)>,
    /// Why the reply before did nothing.
    pub wrong: Option<String>,
}
