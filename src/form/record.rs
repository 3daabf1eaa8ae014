//! Between the answers that a record keeps and the values of a form: ids become picks with names and
//! traits of the directory, and back. The same for every type.

mod kept;

pub use kept::{kept, read_only, replaces};

use super::check::day_of;
use super::{Condition, Field, Key, Kind, Picked, Spec, Trait, Value, Values, edit};
use crate::domain::answers::{Answer, Sheet};
use crate::domain::health::Directory;
use crate::domain::{Answers, Connection};

impl Spec {
    /// The values that a saved connection opens with; secrets as stored. C4. What a list reported is
    /// filled in as far as it goes.
    pub fn opened(&'static self, connection: &Connection, directory: &Directory) -> Values {
        let mut values = edit::initial(self);
        values.set("name", Value::Text(connection.name.clone()));
        if !connection.description.is_empty() {
            values.set("description", Value::Text(connection.description.clone()));
        }
        // A side that the choice lacks leaves the default.
        edit::set_choice(self, &mut values, self.side, connection.side.slug());
        if let Answers::Listed(listed) = &connection.answers {
            (self.from_list)(self, &mut values, listed, connection.side, directory);
        } else if let Some(sheet) =
            connection.answers.sheet().filter(|_| connection.kind == self.kind)
        {
            fill(self, &mut values, sheet);
        }
        edit::refresh(self, &mut values, directory);
        fill_from_picks(self, &mut values);
        values
    }
}

fn fill(spec: &'static Spec, values: &mut Values, sheet: &Sheet) {
    for (key, answer) in sheet.iter() {
        let Some(field) = spec.field(key) else { continue };
        if let Some(value) = value(field, answer).filter(|it| field.kind.takes(it)) {
            values.set(field.key, value);
        }
    }
    // What was answered was asked: the question stays even where its pick is not found any more.
    for field in spec.fields().filter(|it| sheet.get(it.key).is_some()) {
        for (key, with) in asked_by(&field.when) {
            add_trait(values, key, with);
        }
    }
}

fn value(field: &Field, answer: &Answer) -> Option<Value> {
    Some(match answer {
        Answer::Text(text) => Value::Text(text.clone()),
        Answer::On(on) => Value::Toggle(*on),
        Answer::Choice(chosen) => {
            let Kind::Choice(options) = field.kind else { return None };
            Value::Choice(options.iter().find(|it| it.key == chosen)?.key)
        }
        Answer::Day(end) => Value::Text(day_of(*end)),
        Answer::Code(code) => Value::One(edit::location(code)),
        Answer::Objects(it) => {
            let mut picks = it.ids.iter().map(Picked::missing);
            match field.kind {
                Kind::PickMany(_) => Value::Many(picks.collect()),
                _ => Value::One(picks.next()?),
            }
        }
        Answer::Secret(held) => Value::Secret(held.clone()),
        Answer::Key(key) => Value::Key(key.clone()),
        Answer::Tokens(tokens) => Value::Tokens(tokens.clone()),
        Answer::Newer(_) => return None,
    })
}

/// Traits of picks without which a field is not asked.
fn asked_by(when: &Condition) -> Vec<(Key, Trait)> {
    match when {
        Condition::Has(key, with) => vec![(*key, *with)],
        Condition::All(inner) => inner.iter().flat_map(asked_by).collect(),
        _ => Vec::new(),
    }
}

fn add_trait(values: &mut Values, key: Key, with: Trait) {
    if let Some(Value::One(pick)) = values.get(key).cloned() {
        let traits = pick.traits.with(with);
        values.set(key, Value::One(Picked { traits, ..pick }));
    }
}

/// A record without an answer of its own goes by what its pick has. G7.
fn fill_from_picks(spec: &'static Spec, values: &mut Values) {
    for field in spec.fields() {
        let Some(from) = field.filled_by else { continue };
        let reported = values.picks(from).first().and_then(|it| it.fills.clone());
        if let (false, Some(text)) = (values.answered(field.key), reported) {
            values.set(field.key, Value::Text(text));
        }
    }
}
