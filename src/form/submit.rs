//! From values to a draft, or to all errors at once. G12, D17.

use std::borrow::Cow;

use super::check::checked;
use super::record::kept;
use super::{Field, FieldError, Kind, Limits, Picked, Spec, Step, Trait, Value, Values};
use crate::domain::health::Level;
use crate::domain::token::TokenOrigin;
use crate::domain::{Answers, Draft, Held};

/// Checks every visible field and every refusing rule, and builds the draft from what is visible.
///
/// # Errors
/// Every field that is wrong, in the order of the form.
pub fn submit(
    spec: &'static Spec,
    values: &Values,
    limits: &Limits,
) -> Result<Draft, Vec<FieldError>> {
    work!("submit");
    let (clean, errors) = check_all(spec, values, limits);
    if !errors.is_empty() {
        return Err(errors);
    }
    let (side, sheet) = kept(spec, &clean).map_err(|field| {
        vec![FieldError { field, message: "an answer is missing here".to_owned() }]
    })?;
    Ok(Draft {
        name: clean.text("name").to_owned(),
        description: clean.text("description").to_owned(),
        kind: spec.kind,
        side,
        answers: Answers::Form(sheet),
    })
}

/// The canonical values of what is visible, and everything wrong with them in the order of the
/// form: a field's own error hides what rules across fields refuse there.
pub(super) fn check_all(
    spec: &'static Spec,
    values: &Values,
    limits: &Limits,
) -> (Values, Vec<FieldError>) {
    let visible = spec.visible(values);
    let mut clean = Values::default();
    let mut errors = Vec::new();
    for field in spec.visible_fields(values) {
        match checked(spec, field, &visible, limits) {
            Ok(Some(value)) => clean.set(field.key, value),
            Ok(None) => {}
            Err(message) => errors.push(FieldError { field: field.key, message }),
        }
        if errors.last().is_none_or(|it| it.field != field.key)
            && let Some(message) = spec.demanded(field, &visible)
        {
            errors.push(FieldError { field: field.key, message });
        }
    }
    (clean, errors)
}

/// An answer in the review step.
#[derive(Debug, Clone)]
pub struct Review {
    /// The step that asks it.
    pub step: &'static Step,
    /// The field.
    pub field: &'static Field,
    /// The answer as it would be saved.
    pub answer: String,
    /// The saved answer that it replaces.
    pub before: Option<String>,
}

/// The whole record as it would be saved, for the review step, with what replaces an answer that is
/// `saved`: one that is not asked any more is among them. Secrets as their state only. Names from
/// outside are as they came: the screen escapes them.
pub fn review(spec: &'static Spec, values: &Values, saved: Option<&Values>) -> Vec<Review> {
    let before = saved.map(|it| spec.visible(it));
    let now = spec.visible(values);
    let asked = |field: &Field| spec.visible_fields(values).any(|it| std::ptr::eq(it, field));
    let fields = spec.steps.iter().flat_map(|step| step.fields.iter().map(move |it| (step, it)));
    let rows = fields.filter_map(|(step, field)| {
        let asked = asked(field) && step.when.holds(values);
        let old = before.as_ref().filter(|it| it.get(field.key) != now.get(field.key));
        let old = old.map(|it| (it.answered(field.key), replaced(field, it)));
        let answer = if asked { summary(field, values) } else { "not used".to_owned() };
        let before = old.as_ref().map(|it| it.1.clone()).filter(|it| *it != answer);
        let counts = asked || old.is_some_and(|(answered, _)| answered);
        counts.then_some(Review { step, field, answer, before })
    });
    rows.collect()
}

/// A saved answer in words; of a secret only that there is one.
fn replaced(field: &Field, saved: &Values) -> String {
    match saved.get(field.key) {
        Some(Value::Secret(Held::Stored(_))) => "set".to_owned(),
        _ => summary(field, saved),
    }
}

/// Errors and warnings that apply to these answers, each text once.
pub fn warnings(spec: &'static Spec, values: &Values) -> Vec<Cow<'static, str>> {
    let all = spec.advice(values).into_iter();
    all.filter(|(_, it)| it.level >= Level::Warning).map(|(_, it)| it.text).collect()
}

/// The answers of a saved record, label and text, as [`review`] but without what every connection
/// has, what was not answered, and with the fingerprints of secrets.
pub fn answered(spec: &'static Spec, values: &Values) -> Vec<(&'static str, String)> {
    spec.visible_fields(values)
        .filter(|it| !spec.is_common(it.key) && it.kind != Kind::Agent)
        .filter(|it| it.kind == Kind::Toggle || values.answered(it.key))
        .map(|field| match values.get(field.key) {
            Some(Value::Secret(Held::Stored(print))) => {
                (field.label, format!("set, fingerprint {print}"))
            }
            _ => (field.label, summary(field, values)),
        })
        .collect()
}

/// One answer in words.
pub(super) fn summary(field: &Field, values: &Values) -> String {
    let value = values.get(field.key).filter(|it| field.kind.takes(it) && it.is_answer());
    match value {
        None if field.kind == Kind::Toggle => "no".to_owned(),
        None => "not set".to_owned(),
        Some(Value::Text(text)) => text.trim().to_owned(),
        Some(Value::Secret(held)) => secret_state(held),
        Some(Value::Toggle(on)) => if *on { "yes" } else { "no" }.to_owned(),
        Some(Value::Choice(key)) => option_label(field, key).to_owned(),
        Some(Value::One(pick)) => pick_words(pick),
        Some(Value::Many(picks)) => picks.iter().map(pick_words).collect::<Vec<_>>().join(", "),
        Some(Value::Key(key)) => format!("{}… of {:.0}", key.id, key.issued_at),
        Some(Value::Tokens(tokens)) => tokens.last().map_or_else(String::new, |latest| {
            let day = super::check::day_of(latest.expires_at);
            let origin = match latest.origin {
                TokenOrigin::Local => ", local stand-in",
                TokenOrigin::Pasted => "",
            };
            let older = match tokens.len() {
                1 => String::new(),
                count => format!(" (and {} older)", count - 1),
            };
            format!("{}, until {day}{origin}{older}", latest.display_name)
        }),
    }
}

fn secret_state(held: &Held) -> String {
    match held {
        Held::Stored(_) => "set, kept as it is".to_owned(),
        Held::New(secret) => format!("new, {} characters", secret.chars()),
    }
}

fn option_label(field: &Field, key: &'static str) -> &'static str {
    match field.kind {
        Kind::Choice(options) => {
            options.iter().find(|it| it.key == key).map_or(key, |option| option.label)
        }
        Kind::Text { .. }
        | Kind::Secret { .. }
        | Kind::Day
        | Kind::Toggle
        | Kind::PickOne(_)
        | Kind::PickMany(_)
        | Kind::Key(_)
        | Kind::Tokens
        | Kind::Agent => key,
    }
}

fn pick_words(pick: &Picked) -> String {
    if pick.traits.has(Trait::Missing) {
        format!("{} (not in the directory)", pick.label)
    } else {
        pick.label.clone()
    }
}
