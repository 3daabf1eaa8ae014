//! Rules about one record that the list does not show.

use super::{Case, Hit};
use crate::domain::Second;
use crate::domain::health::Level;
use crate::domain::token::calendar_days;
use crate::form::{Limits, rules, submit};

rules! {
    /// An answer that the form would refuse.
    INVALID_RECORD {
        id: "invalid-record",
        level: Level::Error,
        title: "Invalid answer",
        means: "The form would reject this record as it is saved.",
        why: "Records from files or from an older version may not have passed today's checks.",
        // SPEC G12, D17.
        fix: "Open it, correct the field and save.",
        with: "the form: enter on the audit screen, or e in the list",
    }
    /// Not changed for a long time.
    STALE {
        id: "stale",
        level: Level::Advice,
        title: "Stale",
        means: "This connection has not been changed for a long time.",
        why: "Tenants, accounts and consents change; an unreviewed connection may belong to an earlier plan.",
        // SPEC C1, C6.
        fix: "Check it and save it again, or delete it; a deletion can be undone.",
        with: "jetbridge show NAME, then jetbridge delete NAME; or e and d in the list",
    }
}

pub(super) fn stale(case: &Case<'_>, hits: &mut Vec<Hit>) {
    let at = case.look.row.modified_at.and_then(Second::timestamp);
    // An unknown change is neither old nor new.
    let Some(at) = at else { return };
    let days = calendar_days(at, case.setup.now);
    if days >= case.setup.stale_days {
        let detail = format!("Last changed on {}, {days} days ago.", at.strftime("%Y-%m-%d"));
        hits.push(case.hit(&STALE, None, detail));
    }
}

/// G12: what the form would say of the record now, but for fields that other rules reported.
pub(super) fn invalid(case: &Case<'_>, hits: &mut Vec<Hit>) {
    let Some((spec, values)) = &case.opened else { return };
    let limits = Limits { now: case.setup.now, password: case.setup.password };
    let Err(errors) = submit(spec, values, &limits) else { return };
    for error in errors {
        if hits.iter().any(|hit| hit.field == Some(error.field)) {
            continue;
        }
        let label = spec.field(error.field).map_or(error.field, |field| field.label);
        let detail = format!("{label}: {}.", error.message.trim_end_matches('.'));
        hits.push(case.hit(&INVALID_RECORD, Some(error.field), detail));
    }
}
