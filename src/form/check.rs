//! Checks of one field: as it is left, and again before saving. G12.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{Check, Field, FieldError, Kind, Limits, Need, Picked, Spec, Trait, Value, Values};
use crate::domain::rules::{self, Problem};
use crate::domain::{Held, Secret};
use crate::text::shown;

/// What is wrong with one field now; `None`: nothing, or it is not asked. Rules across fields
/// are left to [`check_step`] and [`submit`](super::submit()).
pub fn check_field(
    spec: &'static Spec,
    values: &Values,
    key: &str,
    limits: &Limits,
) -> Option<FieldError> {
    let field = spec.visible_fields(values).find(|field| field.key == key)?;
    let message = checked(spec, field, values, limits).err()?;
    Some(FieldError { field: field.key, message })
}

/// Everything wrong with the fields of one step, in their order: what stops going forward.
pub fn check_step(
    spec: &'static Spec,
    values: &Values,
    step: &str,
    limits: &Limits,
) -> Vec<FieldError> {
    let mut errors = super::submit::check_all(spec, values, limits).1;
    errors.retain(|error| spec.step_of(error.field).is_some_and(|it| it.key == step));
    errors
}

/// The canonical answer of a field, `None` where none is given and none is needed, or what is
/// wrong with it.
pub(super) fn checked(
    spec: &Spec,
    field: &Field,
    values: &Values,
    limits: &Limits,
) -> Result<Option<Value>, String> {
    let given = values.get(field.key).filter(|it| field.kind.takes(it));
    if field.kind == Kind::Toggle {
        return Ok(Some(Value::Toggle(values.toggle(field.key))));
    }
    let Some(value) = given.filter(|it| it.is_answer()) else {
        return match field.need {
            Need::Required(message) => Err(message.to_owned()),
            Need::Optional => Ok(None),
        };
    };
    let canonical = match value {
        // Of the kinds, only texts and days take a text.
        Value::Text(typed) => Value::Text(if let Kind::Text { check, .. } = field.kind {
            canonical(check, typed).map_err(said)?
        } else {
            day(typed, limits.now)?
        }),
        Value::Secret(Held::New(secret)) => {
            if let Kind::Secret { check } = field.kind {
                typed_secret(check, secret, values, limits)?;
            }
            value.clone()
        }
        Value::One(_) | Value::Many(_) => {
            pickable(spec, field, values.picks(field.key))?;
            value.clone()
        }
        // Stored secrets passed when they were typed; the others can only be what they are.
        Value::Secret(Held::Stored(_))
        | Value::Toggle(_)
        | Value::Choice(_)
        | Value::Key(_)
        | Value::Tokens(_) => value.clone(),
    };
    Ok(Some(canonical))
}

fn said(problem: Problem) -> String {
    problem.0
}

fn canonical(check: Check, typed: &str) -> Result<String, Problem> {
    match check {
        Check::Printable => rules::printable(typed, rules::DESCRIPTION_MAX),
        Check::Name => rules::name(typed),
        Check::Guid => rules::guid(typed).map(|id| id.to_string()),
        Check::Upn => rules::upn(typed),
        Check::Domain => rules::domain(typed),
        Check::DomainUser => rules::domain_user(typed),
        Check::LocalUser => rules::local_user(typed),
        Check::Https => rules::https(typed),
        Check::EnrolmentPath => rules::enrolment_path(typed),
        Check::Password { .. } | Check::Any => rules::printable(typed, rules::TEXT_MAX),
    }
}

fn typed_secret(
    check: Check,
    secret: &Secret,
    values: &Values,
    limits: &Limits,
) -> Result<(), String> {
    if secret.expose().chars().any(char::is_control) {
        return Err("contains a line break or control character: paste it again without".to_owned());
    }
    match check {
        Check::Password { user } => {
            limits.password.verdict(secret.expose(), values.text(user)).map_err(said)
        }
        Check::Printable
        | Check::Name
        | Check::Guid
        | Check::Upn
        | Check::Domain
        | Check::DomainUser
        | Check::LocalUser
        | Check::Https
        | Check::EnrolmentPath
        | Check::Any => Ok(()),
    }
}

/// The day that a text names, and its end in UTC.
pub fn day_end(typed: &str) -> Option<(Date, Timestamp)> {
    let date = Date::strptime("%Y-%m-%d", typed.trim()).ok()?;
    let end = date.at(23, 59, 59, 0).to_zoned(TimeZone::UTC).ok()?;
    Some((date, end.timestamp()))
}

/// The day on which a moment falls in UTC, as it is typed.
pub fn day_of(moment: Timestamp) -> String {
    moment.to_zoned(TimeZone::UTC).date().to_string()
}

fn day(typed: &str, now: Timestamp) -> Result<String, String> {
    let Some((date, end)) = day_end(typed) else {
        return Err(no_day(typed));
    };
    if end < now {
        return Err(format!("{date} has already passed: renew it and write the new day"));
    }
    Ok(date.to_string())
}

/// Why a text names no day: it is written otherwise, or the calendar does not have it.
pub fn no_day(typed: &str) -> String {
    let typed = typed.trim();
    let parts: Vec<&str> = typed.split('-').collect();
    let digits = |it: &&str, most: usize| {
        (1..=most).contains(&it.len()) && it.bytes().all(|byte| byte.is_ascii_digit())
    };
    match parts.as_slice() {
        [year, month, day] if digits(year, 4) && digits(month, 2) && digits(day, 2) => {
            format!("{typed} is not a day of the calendar")
        }
        _ => "write the day as year-month-day, such as 2027-03-31".to_owned(),
    }
}

/// Every pick must be one that the list offers: not refused (G9), of a kind that fits (D15), and
/// still in the directory where the answer is required. A missing object in an optional field is
/// kept, so that an edit elsewhere does not lose it; the advice beside the field reports it.
fn pickable(spec: &Spec, field: &Field, picks: &[Picked]) -> Result<(), String> {
    let mut reasons: Vec<(String, Vec<String>)> = Vec::new();
    for pick in picks {
        let required = matches!(field.need, Need::Required(_));
        let missing = (required && pick.traits.has(Trait::Missing)).then(|| {
            "not in the directory any more; pick another, or import the directory again".to_owned()
        });
        let Some(why) = spec.refusal(field, pick).or(missing) else { continue };
        let label = shown(&pick.label).into_owned();
        match reasons.iter_mut().find(|(reason, _)| *reason == why) {
            Some((_, labels)) => labels.push(label),
            None => reasons.push((why, vec![label])),
        }
    }
    if reasons.is_empty() {
        return Ok(());
    }
    let parts: Vec<String> =
        reasons.into_iter().map(|(why, labels)| format!("{}: {why}", labels.join(", "))).collect();
    Err(parts.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_that_is_not_in_the_calendar_is_distinguished_from_one_written_otherwise() {
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(day(" 2027-02-28 ", now), Ok("2027-02-28".to_owned()));
        for typed in ["2027-02-30", "2027-13-01", "2026-2-29", " 2027-04-31 "] {
            let why = format!("{} is not a day of the calendar", typed.trim());
            assert_eq!(day(typed, now), Err(why));
        }
        for typed in ["30.2.2027", "2027-02", "tomorrow", "", "2027-02-3\u{1b}", "2027-02-280"] {
            assert!(day(typed, now).unwrap_err().starts_with("write the day as"), "{typed}");
        }
    }
}
