//! The rules of the forms, each with the field that fixes it and what exactly was found.

use super::{Case, Hit, Rule, expiry};
use crate::domain::health::{Bit, Findings, Horizon};
use crate::domain::token::Left;
use crate::domain::{Answers, Second};
use crate::form::judge::{self, digest_of};
use crate::form::specs::INCOMPLETE;
use crate::form::{End, When};

/// One finding per field that it concerns.
pub(super) fn judge(case: &Case<'_>, hits: &mut Vec<Hit>) {
    for rule in judge::of(findings(case)) {
        let found = found(case, rule);
        if found.is_empty() {
            let (field, detail) = without_answers(case, rule);
            hits.push(case.hit(rule, field, detail));
        }
        hits.extend(found.into_iter().map(|(field, detail)| case.hit(rule, Some(field), detail)));
    }
}

fn findings(case: &Case<'_>) -> Findings {
    let at = Horizon { now: case.setup.now, warning_days: case.setup.warning_days };
    match (case.sheet, case.form()) {
        (Some(sheet), Some(form)) => {
            let judged = digest_of(&form, sheet, case.directory);
            judged.findings.aged(judged.expires_at, at)
        }
        // Answers of a type without a form.
        (Some(_), None) => Findings::default(),
        // What only a list reported has no answers to judge: its row says what there is, and that of
        // a live service knows better than its record.
        (None, _) => case.look.row.findings_at(at),
    }
}

/// What a rule finds in the answers.
fn found(case: &Case<'_>, rule: &Rule) -> Vec<(&'static str, String)> {
    let Some(form) = case.form() else { return Vec::new() };
    match &rule.when {
        When::Ends(ends) => {
            let now = case.setup.now;
            let is_found = |it: &End| match Left::of(now, it.at) {
                Left::Expired(_) => rule.bit == Some(Bit::EXPIRED),
                left @ Left::Days(_) => {
                    rule.bit == Some(Bit::EXPIRING) && left.is_soon(case.setup.warning_days)
                }
            };
            let found = ends(&form).into_iter().filter(is_found);
            found.map(|it| (it.field, expiry(&it.what, it.at, now))).collect()
        }
        When::Holds(..) | When::Finds(_) | When::Together | When::Given => rule.found(&form),
    }
}

/// What the row alone shows, and the field that fixes it.
fn without_answers(case: &Case<'_>, rule: &Rule) -> (Option<&'static str>, String) {
    let expires = case.look.row.expires_at.and_then(Second::timestamp);
    let listed = case.look.record.is_none_or(|it| matches!(it.answers, Answers::Listed(_)));
    match (&rule.when, expires) {
        (When::Ends(_), Some(at)) => (None, expiry("A credential", at, case.setup.now)),
        _ if *rule == INCOMPLETE => {
            let detail = format!("No answers are known for {}.", case.look.row.kind.label());
            (listed.then_some("name"), detail)
        }
        _ => (None, rule.means.to_owned()),
    }
}
