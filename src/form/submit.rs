//! From values to a draft, or to all errors at once. G12, D17.

use super::{FieldError, Limits, Spec, Values};
use crate::domain::Draft;

/// Checks every visible field and every rule, and builds the draft from what is visible.
pub fn submit(
    spec: &'static Spec,
    values: &Values,
    limits: &Limits,
) -> Result<Draft, Vec<FieldError>> {
    let _ = (spec, values, limits);
    Err(Vec::new())
}

/// The whole record as it would be saved, label and shown value, for the review step. Secrets as
/// their state only.
pub fn review(spec: &'static Spec, values: &Values) -> Vec<(&'static str, String)> {
    let _ = (spec, values);
    Vec::new()
}
