//! What is found elsewhere: by comparing plan and service, and about the contexts of the program.

use std::sync::Arc;

use super::{Hit, Subject, expiry};
use crate::domain::Timestamp;
use crate::domain::health::Level;
use crate::domain::preflight::Kept;
use crate::domain::token::Left;
use crate::form::{When, rules};

rules! {
    /// A certificate that has expired.
    CERTIFICATE_EXPIRED {
        id: "certificate-expired",
        level: Level::Error,
        title: "Expired certificate",
        means: "The certificate with which a context signs in has expired.",
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
        means: "The certificate with which a context signs in expires soon.",
        why: "Microsoft Entra ID and AvePoint Online Services refuse an assertion signed with an expired certificate.",
        // SPEC P3.
        source: "AvePoint, app registrations",
        fix: "Upload a new certificate in addition to the old one, then point to it here.",
        with: "App registrations; then jetbridge context edit NAME",
        when: When::Given,
    }
    /// Plan and service report different things.
    PLAN_DIFFERS {
        id: "plan-differs",
        level: Level::Warning,
        title: "Live and plan differ",
        means: "This connection has other values in AvePoint Fly than in the plan.",
        why: "A migration uses the values in AvePoint Fly, so what runs is not what was planned and checked here.",
        // SPEC C1, E7.
        fix: "Change the connection in the portal, or copy its values into the plan.",
        with: "jetbridge diff; jetbridge audit --live CONTEXT",
        when: When::Given,
    }
    /// The last pre-flight of a connection failed.
    PREFLIGHT_FAILED {
        id: "preflight-failed",
        level: Level::Error,
        title: "Pre-flight failed",
        means: "The last pre-flight of this connection found something that does not work.",
        why: "A migration with this connection meets the same failure.",
        // SPEC F7.
        fix: "Fix what the failed checks name, then run the pre-flight again.",
        with: "Pre-flight; jetbridge preflight NAME",
        when: When::Given,
    }
    /// The last pre-flight of a connection says little about the present.
    PREFLIGHT_OUTDATED {
        id: "preflight-outdated",
        level: Level::Advice,
        title: "Pre-flight outdated",
        means: "The last pre-flight of this connection is outdated.",
        why: "The connection, the program or the tenant may have changed since: roles, Conditional Access and passwords change within weeks.",
        // SPEC F7.
        fix: "Run the pre-flight again.",
        with: "Pre-flight; jetbridge preflight --changed",
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

/// What the last pre-flight of a connection is worth, judged at `now` for this revision of it; a result
/// counts as outdated from so many days. `None`: it passed, and is of the present.
pub fn preflight(
    subject: &Arc<Subject>,
    kept: &Kept,
    (revision, now, days): (u32, Timestamp, i64),
) -> Option<Hit> {
    let day = kept.at.strftime("%Y-%m-%d");
    let (rule, detail) = match kept.outdated(revision, now, days) {
        Some(why) => {
            (&PREFLIGHT_OUTDATED, format!("Run on {day}, {}: {}.", kept.words(), why.words()))
        }
        None if kept.has_passed() => return None,
        None => {
            let failed = kept.failed.join(", ");
            let which = if failed.is_empty() { kept.words() } else { failed };
            (&PREFLIGHT_FAILED, format!("On {day}: {which}."))
        }
    };
    Some(Hit::new(rule, subject, None, detail))
}

/// The certificate with which a context signs in, with its last moment, judged at `now`; `None` while
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
