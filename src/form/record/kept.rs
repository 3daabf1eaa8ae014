//! From the values of a form to the answers that its record keeps.

use crate::domain::Side;
use crate::domain::answers::{Answer, Objects, Sheet};
use crate::form::check::day_end;
use crate::form::{Field, Key, Kind, Need, Spec, Value, Values};

/// The side and the answers of a form that passed every check: what is visible, but for what every
/// connection has. D17.
///
/// # Errors
/// The field that is missing after all.
pub(in crate::form) fn kept(spec: &'static Spec, values: &Values) -> Result<(Side, Sheet), Key> {
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
