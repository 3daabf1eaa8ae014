//! Expiry days that the answers have: the client secret of a device source, the bulk token of a
//! destination. D5, D15; preflight.md §1.5.

use super::subject::Subject;
use crate::checks::check::{Check, Outcome, Running, Seen, Skip, Stop};
use crate::domain::Timestamp;
use crate::domain::token::{Left, TokenOrigin};
use crate::text::shown;

pub(super) static CHECKS: [Check<Subject>; 2] = [
    Check {
        id: "fly.expiry",
        area: "AvePoint",
        proves: "The client secret of the source has not expired.",
        needs: &[],
        when: Subject::is_device_source,
        run: secret,
    },
    Check {
        id: "bulk.token",
        area: "Join",
        proves: "The latest bulk token is real and has not expired.",
        needs: &[],
        when: |it| it.chose("join", "bulk-token"),
        run: token,
    },
];

fn ready(outcome: Outcome) -> Running {
    Box::pin(std::future::ready(outcome))
}

/// How an expiry stands; `what` begins the sentence.
fn expiry(subject: &Subject, what: &str, at: Timestamp, fix: &str) -> Seen {
    let day = at.strftime("%Y-%m-%d");
    match Left::of(subject.run.now, at) {
        Left::Expired(_) => Seen::fail(format!("{what} expired on {day}"), fix),
        left @ Left::Days(days) if left.is_soon(subject.run.warning_days) => {
            Seen::warning(format!("{what} expires in {days} days ({day})"), fix)
        }
        Left::Days(_) => Seen::ok(format!("{what} is valid until {day}")),
    }
}

fn secret(subject: &Subject) -> Running {
    ready(match subject.sheet.day("client_secret_expires") {
        None => Err(Stop::Skip(Skip::NotKnown(
            "the day on which the client secret expires is not set".to_owned(),
        ))),
        Some(at) => Ok(expiry(
            subject,
            "the client secret",
            at,
            "Create a new secret in AvePoint Online Services under App registrations, and enter it here.",
        )),
    })
}

fn token(subject: &Subject) -> Running {
    let fix = "Get a new bulk token and paste it.";
    ready(match subject.sheet.tokens("bulk_tokens").last() {
        None => Ok(Seen::fail("there is no bulk token", fix)),
        Some(it) if it.origin == TokenOrigin::Local => Ok(Seen::fail(
            format!(
                "{} is a local stand-in that Microsoft Entra ID does not know",
                shown(&it.display_name)
            ),
            "Paste the real bulk token before devices are moved.",
        )),
        Some(it) => {
            let what = format!("the bulk token {}", shown(&it.display_name));
            Ok(expiry(subject, &what, it.expires_at, fix))
        }
    })
}
