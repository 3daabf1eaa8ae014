//! What is said before the first step: what the portal would refuse, what it would warn of, and
//! what must be there already. SPEC G3-G11, D4, D8, D12-D16.

use serde::Serialize;

use super::super::submit::check_all;
use super::super::{Kind, Limits, Need, Rule, Spec, Values, judge};
use crate::domain::health::{Bit, Findings, Level};

/// How much a remark matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The portal, or the migration, would refuse it as it stands.
    Refused,
    /// Likely to go wrong.
    Warning,
    /// Good to know.
    Note,
}

impl From<Level> for Severity {
    fn from(level: Level) -> Self {
        match level {
            Level::Error => Self::Refused,
            Level::Warning => Self::Warning,
            Level::Advice | Level::Unchecked | Level::Good => Self::Note,
        }
    }
}

/// Something to know before the first step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Remark {
    /// How much it matters.
    pub severity: Severity,
    /// Label of the answer it is about, in our form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<&'static str>,
    /// What it is and what to do. Names in it are escaped.
    pub text: String,
}

/// Every remark, the worst first.
pub(super) fn remarks(
    spec: &'static Spec,
    values: &Values,
    limits: &Limits,
    findings: Findings,
) -> Vec<Remark> {
    let mut out = Vec::new();
    let errors = check_all(spec, values, limits).1;
    // A day that has passed is an error of its field already.
    let expiry_said =
        errors.iter().any(|it| spec.field(it.field).is_some_and(|it| it.kind == Kind::Day));
    for error in errors {
        let about = spec.field(error.field).map(|it| it.label);
        out.push(Remark { severity: Severity::Refused, about, text: sentence(&error.message) });
    }
    let mut advised: Vec<&Rule> = Vec::new();
    for (field, advice) in spec.advice(values) {
        let (severity, about) = (Severity::from(advice.level), Some(field.label));
        out.push(Remark { severity, about, text: advice.text.into_owned() });
        advised.extend(advice.rule);
    }
    let said = |it: &Rule| {
        advised.contains(&it) || it.refuses || (expiry_said && it.bit == Some(Bit::EXPIRED))
    };
    out.extend(judge::of(findings).filter(|it| !said(it)).map(|it| Remark {
        severity: Severity::from(it.level),
        about: None,
        text: it.advice(),
    }));
    out.extend(needed(spec, values).map(|(about, text)| Remark {
        severity: Severity::Note,
        about: Some(about),
        text: text.to_owned(),
    }));
    if !spec.permissions.is_empty() {
        let text = format!("Permissions: {}.", spec.permissions);
        out.push(Remark { severity: Severity::Note, about: None, text });
    }
    out.sort_by_key(|it| it.severity);
    out
}

/// What must be there before the panel can be filled in: the label of the answer it is about, and
/// what it takes.
pub fn needed(
    spec: &'static Spec,
    values: &Values,
) -> impl Iterator<Item = (&'static str, &'static str)> {
    let visible: Vec<_> = spec.visible_fields(values).collect();
    spec.needed.iter().filter_map(move |(key, option, text)| {
        let field = visible.iter().find(|it| it.key == *key)?;
        let holds = match option {
            Some(option) => values.choice(key) == Some(option),
            None => values.answered(key) || matches!(field.need, Need::Required(_)),
        };
        holds.then_some((field.label, *text))
    })
}

/// A message of a check as a sentence. It may begin with a name, so that stays as it is.
fn sentence(message: &str) -> String {
    if message.ends_with('.') { message.to_owned() } else { format!("{message}.") }
}
