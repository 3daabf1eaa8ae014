//! Rules about one record that the list does not show.

use super::{Case, Hit};
use crate::audit::rules::{credentials, record};
use crate::domain::Timestamp;
use crate::domain::token::calendar_days;
use crate::form::{Limits, specs, submit};

pub(super) fn judge(case: &Case<'_>, hits: &mut Vec<Hit>) {
    stale(case, hits);
    if let Some(user) = case.sheet.and_then(|it| it.text("local_admin_user")) {
        of_local_admin(case, user, hits);
    }
}

fn stale(case: &Case<'_>, hits: &mut Vec<Hit>) {
    let at = case.look.row.modified_at.and_then(|it| Timestamp::from_second(it).ok());
    // An unknown change is neither old nor new.
    let Some(at) = at else { return };
    let days = calendar_days(at, case.setup.now);
    if days >= case.setup.stale_days {
        let detail = format!("Last changed on {}, {days} days ago.", at.strftime("%Y-%m-%d"));
        hits.push(case.hit(&record::STALE, None, detail));
    }
}

/// The local administrator that a connection creates. D8.
fn of_local_admin(case: &Case<'_>, user: &str, hits: &mut Vec<Hit>) {
    let Some(password) = case.look.password else { return };
    // E3: the verdict names the rules that are broken, never any of the password.
    if let Err(broken) = case.setup.password.verdict(password.expose(), user) {
        let detail = format!("The password {broken}.");
        hits.push(case.hit(
            &credentials::LOCAL_ADMIN_PASSWORD,
            Some("local_admin_password"),
            detail,
        ));
    }
}

/// G12: what the form would say of the record now, but for fields that other rules told of.
pub(super) fn invalid(case: &Case<'_>, hits: &mut Vec<Hit>) {
    let Some(record) = case.look.record.filter(|_| case.sheet.is_some()) else { return };
    let Some(spec) = specs::of(record.kind) else { return };
    let values = spec.opened(record, case.directory);
    let limits = Limits { now: case.setup.now, password: case.setup.password };
    let Err(errors) = submit(spec, &values, &limits) else { return };
    for error in errors {
        if hits.iter().any(|hit| hit.field == Some(error.field)) {
            continue;
        }
        let label = spec.field(error.field).map_or(error.field, |field| field.label);
        let detail = format!("{label}: {}.", error.message.trim_end_matches('.'));
        hits.push(case.hit(&record::INVALID_RECORD, Some(error.field), detail));
    }
}
