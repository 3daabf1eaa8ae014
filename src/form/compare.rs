//! Two versions of one record side by side: what another admin saved, and what stands in the form.
//! C7.

use super::submit::summary;
use super::{Field, Kind, Spec, Value, Values};
use crate::domain::Held;

/// An answer that two versions give differently. Names from outside are as they came: the screen
/// escapes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The field's label.
    pub label: &'static str,
    /// The answer that was saved meanwhile.
    pub theirs: String,
    /// The answer in the form.
    pub mine: String,
}

/// What one of two versions does not ask.
const NOT_ASKED: &str = "not asked";

/// The answers that differ, in the order of the form. An answer that only one branch asks differs
/// from not being asked. Secrets as their state only.
pub fn differences(spec: &'static Spec, theirs: &Values, mine: &Values) -> Vec<Difference> {
    let in_words = |values: &Values, field: &'static Field| {
        let asked = spec.visible_fields(values).any(|it| std::ptr::eq(it, field));
        if asked { summary(field, values) } else { NOT_ASKED.to_owned() }
    };
    spec.fields()
        .filter(|field| field.kind != Kind::Agent)
        .filter_map(|field| {
            let (their, own) = (in_words(theirs, field), in_words(mine, field));
            let secrets = (theirs.get(field.key), mine.get(field.key));
            let (theirs, mine) = match secrets {
                // The words are the same for any stored secret.
                (
                    Some(Value::Secret(Held::Stored(one))),
                    Some(Value::Secret(Held::Stored(other))),
                ) if one != other && their == own && their != NOT_ASKED => {
                    ("changed, stays as saved".to_owned(), "not entered again".to_owned())
                }
                _ => (their, own),
            };
            (theirs != mine).then_some(Difference { label: field.label, theirs, mine })
        })
        .collect()
}
