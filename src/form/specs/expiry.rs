//! Credentials that end: a client secret, a bulk token, and the app behind a profile, where its last day
//! was read. D5, D15, F8.

use crate::domain::health::{Bit, Level};
use crate::form::check::day_end;
use crate::form::{Case, End, When, rules};

rules! {
    /// A credential's expiry has passed.
    EXPIRED {
        id: "expired",
        level: Level::Error,
        bit: Some(Bit::EXPIRED),
        since: 5,
        title: "Expired credential",
        word: "expired",
        means: "A token, client secret or app credential has expired.",
        why: "A bulk token is valid for up to 180 days and an app registration's secret for one to three years; after that, sign-ins fail.",
        // SPEC D5, D15, F8.
        source: "Microsoft, bulk enrollment for Windows; AvePoint, app registrations",
        fix: "Issue or paste a new one and save; for an app, add one to its registration and refresh.",
        with: "the form: enter on the audit screen, or e in the list",
        when: When::Ends(ends),
    }
    /// A credential expires within the days of warning.
    EXPIRING {
        id: "expiring",
        level: Level::Warning,
        bit: Some(Bit::EXPIRING),
        since: 5,
        title: "Credential expires soon",
        word: "expires soon",
        means: "A token, client secret or app credential expires soon.",
        why: "A migration stops halfway when its credential expires.",
        // SPEC D5, D15, F8.
        source: "Microsoft, bulk enrollment for Windows; AvePoint, app registrations",
        fix: "Issue or paste a new one before the migration; for an app, add one to its registration.",
        with: "the form: enter on the audit screen, or e in the list",
        when: When::Ends(ends),
    }
}

/// Every one of which it is known.
fn ends(case: &Case<'_>) -> Vec<End> {
    let token = case.values.tokens("bulk_tokens").last().map(|token| {
        let what = format!("The bulk token {}", token.display_name);
        End { field: "bulk_tokens", what, at: token.expires_at }
    });
    let field = "client_secret_expires";
    let secret = day_end(case.values.text(field)).map(|(_, at)| End {
        field,
        what: "The client secret".to_owned(),
        at,
    });
    let apps = case.picks().filter_map(|(field, it)| {
        let what = format!("The last credential of the app profile {}", it.label);
        Some(End { field: field.key, what, at: it.ends? })
    });
    token.into_iter().chain(secret).chain(apps).collect()
}
