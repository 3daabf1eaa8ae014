//! A report for tests of the layers above.

use std::sync::Arc;

use crate::audit::{Hit, Report, Request, Rule, Selection, Subject, Waivers};
use crate::domain::{Summary, Timestamp};

/// A report of these findings: row, id of the rule, field, what was found.
pub(crate) fn report(
    at: Timestamp,
    audited: usize,
    findings: &[(&Summary, &str, Option<&'static str>, &str)],
) -> Arc<Report> {
    let hits = findings
        .iter()
        .map(|(row, rule, field, detail)| {
            let subject = Arc::new(Subject::from(*row));
            Hit::new(Rule::parse(rule).unwrap(), &subject, *field, *detail)
        })
        .collect();
    let rules = Selection::default();
    let request = Request {
        unchecked: Default::default(),
        now: at,
        of: None,
        store: None,
        rules: &rules,
        audited,
        total: audited,
        waivers: Waivers::default(),
        baseline: None,
    };
    Arc::new(Report::new(hits, request, &|_| true))
}
