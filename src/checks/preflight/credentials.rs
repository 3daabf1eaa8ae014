//! Expiry days that the answers have: the client secret of a device source, the bulk token of a
//! destination. D5, D15; preflight.md §1.5.

use super::run::fault;
use super::subject::Subject;
use crate::backend::fly::{presets, prove};
use crate::checks::check::{Cause, Check, Need, Outcome, Running, Seen, Skip, Sort, Stop, judged};
use crate::domain::token::{Left, TokenOrigin};
use crate::domain::{Cloud, Timestamp};
use crate::text::shown;

/// Scope of the app registration of a device source. fly.md, preflight.md §3
const SCOPE: &str = "fly.admigration.readwrite.all";
const SECRET: &str = "fly.secret";

pub(super) static CHECKS: [Check<Subject>; 3] = [
    Check {
        id: SECRET,
        area: "AvePoint",
        proves: "AvePoint accepts the client secret of the source for device migration.",
        needs: &[Need::Network, Need::Secret],
        when: |it| it.is_device_source() && it.sheet.secret("client_secret").is_some(),
        run: accepted,
    },
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

/// Sends the secret once per client id and secret, to AvePoint's own sign-in host.
fn accepted(subject: &Subject) -> Running {
    let run = subject.run.clone();
    let client = subject.sheet.text("client_id").unwrap_or_default().trim().to_lowercase();
    let held = subject.sheet.secret("client_secret").cloned();
    let cloud = subject.tenant.as_ref().and_then(|it| it.cloud).unwrap_or_default();
    let id = subject.connection;
    let key = format!("AvePoint secret {held:?} of {client}");
    let answer = run.lookups.clone().learn(key, SECRET, std::future::ready(Ok(())), move |()| async move {
        let http = run.http()?;
        let url = match (&run.stand_in, cloud) {
            (Some(stand_in), _) => stand_in.login.join("connect/token").ok(),
            (None, Cloud::Commercial) => presets::token_url("us"),
            (None, Cloud::UsGov) => presets::token_url("gov"),
            (None, Cloud::China21Vianet) => None,
        };
        let Some(url) = url else {
            return Err(Stop::Skip(Skip::NotKnown(
                "the sign-in host of AvePoint for this cloud is not known".into(),
            )));
        };
        let secret = run.reveal(id, "client_secret").await.map_err(|error| {
            Stop::Skip(Skip::NotKnown(format!("the secret cannot be opened: {error}")))
        })?;
        let proven = prove(&http, &url, &client, &secret, SCOPE).await;
        proven.map_err(|error| {
            let cause = Cause::from(error);
            let fix = format!("Check client id and secret, and that the app registration has the scope {SCOPE}.");
            match cause.sort {
                Sort::Refused => fault(SECRET, Cause { fix, sort: Sort::Failed, ..cause }),
                Sort::Setting | Sort::Failed => fault(SECRET, cause),
            }
        })
    });
    judged(answer, |()| Ok(Seen::ok("AvePoint accepts it")))
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
