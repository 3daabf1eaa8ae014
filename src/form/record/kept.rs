//! From the values of a form to the answers that its record keeps.

use crate::domain::answers::{Answer, Objects, Sheet};
use crate::domain::{Connection, ConnectionType, Draft, Side};
use crate::form::check::day_end;
use crate::form::{Field, Key, Kind, Need, Source, Spec, Value, Values, specs};
use crate::text::shown;

/// The side and the answers of a form that passed every check: what is visible, but for what every
/// connection has. D17.
///
/// # Errors
/// The field that is missing after all.
pub fn kept(spec: &'static Spec, values: &Values) -> Result<(Side, Sheet), Key> {
    let side = values.choice(spec.side).and_then(Side::parse).unwrap_or_default();
    let mut sheet = Sheet::default();
    for field in spec.visible_fields(values).filter(|it| !spec.is_common(it.key)) {
        match answer(field, values) {
            Some(answer) => sheet.set(field.key, answer),
            None if matches!(field.need, Need::Required(_)) => return Err(field.key),
            None => {}
        }
    }
    Ok((side, sheet))
}

fn answer(field: &Field, values: &Values) -> Option<Answer> {
    let value = values.get(field.key).filter(|it| field.kind.takes(it) && it.is_answer())?;
    Some(match value {
        Value::Text(text) if field.kind == Kind::Day => Answer::Day(day_end(text)?.1),
        Value::Text(text) => Answer::Text(text.clone()),
        Value::Secret(held) => Answer::Secret(held.clone()),
        Value::Toggle(false) => return None,
        Value::Toggle(true) => Answer::On(true),
        Value::Choice(option) => Answer::Choice((*option).to_owned()),
        Value::One(_) | Value::Many(_) => objects(field, values)?,
        Value::Key(key) => Answer::Key(key.clone()),
        Value::Tokens(tokens) => Answer::Tokens(tokens.clone()),
    })
}

fn objects(field: &Field, values: &Values) -> Option<Answer> {
    let ids: Vec<_> = values.picks(field.key).iter().map(|it| it.id.clone()).collect();
    let source = field.kind.source()?;
    let first = ids.first()?.clone();
    let Some(kind) = source.object() else { return Some(Answer::Code(first.0)) };
    let tenant = match source.tenant_field() {
        None => first,
        Some(key) => values.picks(key).first()?.id.clone(),
    };
    Some(Answer::Objects(Objects { kind, tenant, ids }))
}

/// Answers that no form of this program asks, or not in this way: those of a newer one. They are
/// kept, and such a record is not changed here.
fn newer(kind: ConnectionType, sheet: &Sheet) -> Vec<&str> {
    let spec = specs::of(kind);
    let known = |key: &str, answer: &Answer| {
        let field = spec.and_then(|it| it.field(key));
        field.is_some_and(|field| !matches!(answer, Answer::Newer(_)) && takes(field.kind, answer))
    };
    sheet.iter().filter(|(key, answer)| !known(key, answer)).map(|(key, _)| key).collect()
}

/// Whether an answer is of the shape that a field of this kind keeps.
fn takes(kind: Kind, answer: &Answer) -> bool {
    match answer {
        Answer::Text(_) => matches!(kind, Kind::Text { .. }),
        Answer::On(_) => kind == Kind::Toggle,
        Answer::Choice(chosen) => match kind {
            Kind::Choice(options) => options.iter().any(|it| it.key == chosen),
            _ => false,
        },
        Answer::Day(_) => kind == Kind::Day,
        Answer::Code(_) => kind.source().is_some_and(|it| it.object().is_none()),
        Answer::Objects(it) => {
            let of = kind.source().and_then(Source::object);
            of == Some(it.kind) && !it.ids.is_empty()
        }
        Answer::Secret(_) => matches!(kind, Kind::Secret { .. }),
        Answer::Key(_) => matches!(kind, Kind::Key(_)),
        Answer::Tokens(_) => kind == Kind::Tokens,
        Answer::Newer(_) => false,
    }
}

/// Whether answers may take the place of those of a saved record: every one belongs to the type, and
/// those of a newer program stay as they are.
///
/// # Errors
/// Why not.
pub fn replaces(draft: &Draft, before: Option<&Connection>) -> Result<(), String> {
    let before = before.filter(|it| it.kind == draft.kind);
    let old = before.and_then(|it| it.answers.sheet());
    let new = draft.answers.sheet();
    let lost = |key: &&str| new.and_then(|it| it.get(key)) != old.and_then(|it| it.get(key));
    if let Some(before) = before
        && old.is_some_and(|it| newer(before.kind, it).iter().any(lost))
    {
        return Err(read_only(before).unwrap_or_default());
    }
    if new.is_some_and(|it| newer(draft.kind, it).iter().any(lost)) {
        return Err(format!("these answers do not belong to type {}", draft.kind.label()));
    }
    Ok(())
}

/// Why a record must not be changed here; `None`: it may.
pub fn read_only(connection: &Connection) -> Option<String> {
    let newer = connection.answers.sheet().map(|it| newer(connection.kind, it));
    let newer = newer.filter(|it| !it.is_empty())?;
    Some(format!(
        "it has answers that this jetbridge does not know ({}): update jetbridge to change it",
        shown(&newer.join(", "))
    ))
}
