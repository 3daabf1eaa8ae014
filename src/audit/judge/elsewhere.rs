//! What is found elsewhere: by comparing plan and service, and about the contexts of the program.

use std::sync::Arc;

use super::{Hit, Subject, expiry};
use crate::domain::Timestamp;
use crate::domain::health::Level;
use crate::domain::token::Left;
use crate::form::{When, rules};

rules! {
    /// A certificate that has expired.
    CERTIFICATE_EXPIRED {
        id: "certificate-expired",
        level: Level::Error,
        title: "Expired certificate",
        means: "The certificate by which a context signs in has expired.",
        why: "Microsoft Entra ID and AvePoint Online Services refuse an assertion signed with an expired certificate.",
        // SPEC P3.
        source: "AvePoint, app registrations",
        fix: "Upload a new certificate to the app and point to it here.",
        with: "App registrations; then jetbridge context edit NAME",
        when: When::Given,
    }
    /// A certificate that expires soon.
    CERTIFICATE_EXPIRING {
        id: "certificate-expiring",
        level: Level::Warning,
        title: "Certificate expires soon",
        means: "The certificate by which a context signs in expires soon.",
        why: "Microsoft Entra ID and AvePoint Online Services refuse an assertion signed with an expired certificate.",
        // SPEC P3.
        source: "AvePoint, app registrations",
        fix: "Upload a new certificate beside the old one, then point to it here.",
        with: "App registrations; then jetbridge context edit NAME",
        when: When::Given,
    }
    /// Plan and service report different things.
    PLAN_DIFFERS {
        id: "plan-differs",
        level: Level::Warning,
        title: "Live and plan differ",
        means: "AvePoint Fly has this connection with other answers than the plan.",
        why: "A migration runs with what AvePoint Fly has; what was planned and checked here is then not what runs.",
        // SPEC C1, E7.
        fix: "Change the connection in the portal, or take over what is there into the plan.",
        with: "jetbridge diff; jetbridge audit --live CONTEXT",
        when: When::Given,
    }
}

/// What `jetbridge diff` found about a connection that is in the plan and in AvePoint Fly: one line
/// per difference, and the field of the form that holds the first. `None` where there is none.
pub fn plan_differs(
    subject: &Arc<Subject>,
    field: Option<&'static str>,
    differences: &[String],
) -> Option<Hit> {
    let (first, rest) = differences.split_first()?;
    let detail = match rest.len() {
        0 => format!("{first}."),
        more => format!("{first}, and {more} more."),
    };
    // Whichever field differs, it is one finding.
    let id = subject.id.to_string();
    Some(Hit::shared(&PLAN_DIFFERS, subject, field, detail, &[&id]))
}

/// The certificate by which a context signs in, with its last moment, judged at `now`; `None` while
/// it is good.
pub fn certificate(
    context: &str,
    expires: Timestamp,
    now: Timestamp,
    warning_days: i64,
) -> Option<Hit> {
    let rule = match Left::of(now, expires) {
        Left::Expired(_) => &CERTIFICATE_EXPIRED,
        left if left.is_soon(warning_days) => &CERTIFICATE_EXPIRING,
        Left::Days(_) => return None,
    };
    let detail = expiry("The certificate", expires, now);
    let subject = Arc::new(Subject::context(context));
    Some(Hit::shared(rule, &subject, None, detail, &["context", context]))
}
