//! Credentials of a device connection that end, and what the list shows of it. D4-D16.

use crate::domain::ProfileKind;
use crate::domain::answers::Sheet;
use crate::domain::health::{Bit, Digest, Directory, Level};
use crate::form::check::day_end;
use crate::form::judge::kinds;
use crate::form::{Case, End, When, rules};

rules! {
    /// A credential's expiry has passed.
    EXPIRED {
        id: "expired",
        level: Level::Error,
        bit: Some(Bit::EXPIRED),
        since: 1,
        fields: &["client_secret_expires", "bulk_tokens"],
        title: "Expired credential",
        word: "expired",
        means: "A token or client secret has expired.",
        why: "A bulk token is valid for up to 180 days and an app registration's secret for one to three years; after that, sign-ins fail.",
        // SPEC D5, D15.
        source: "Microsoft, bulk enrollment for Windows; AvePoint, app registrations",
        fix: "Issue or paste a new one and save.",
        with: "the form: enter on the audit screen, or e in the list",
        when: When::Ends(end),
    }
    /// A credential expires within the days of warning.
    EXPIRING {
        id: "expiring",
        level: Level::Warning,
        bit: Some(Bit::EXPIRING),
        since: 1,
        fields: &["client_secret_expires", "bulk_tokens"],
        title: "Credential expires soon",
        word: "expires soon",
        means: "A token or client secret expires soon.",
        why: "A migration stops halfway when its credential expires.",
        // SPEC D5, D15.
        source: "Microsoft, bulk enrollment for Windows; AvePoint, app registrations",
        fix: "Issue or paste a new one before the migration.",
        with: "the form: enter on the audit screen, or e in the list",
        when: When::Ends(end),
    }
}

/// No branch asks both.
fn end(case: &Case<'_>) -> Option<End> {
    if let Some(token) = case.values.tokens("bulk_tokens").last() {
        let what = format!("The bulk token {}", token.display_name);
        return Some(End { field: "bulk_tokens", what, at: token.expires_at });
    }
    let (field, what) = ("client_secret_expires", "The client secret".to_owned());
    day_end(case.values.text(field)).map(|(_, at)| End { field, what, at })
}

/// What the list shows of the credentials.
pub(super) fn summary(sheet: &Sheet, directory: &Directory, out: &mut Digest) {
    if sheet.get("client_id").is_some() {
        "app registration + key".clone_into(&mut out.credentials);
        return;
    }
    // The domain is named where no tenant is reached.
    if let (None, Some(domain)) = (&out.tenant, sheet.text("domain")) {
        domain.clone_into(&mut out.tenant_name);
    }
    let profile = ["app_profile", "join_app_profile"]
        .iter()
        .find_map(|key| kinds(sheet, key, directory).next())
        .map(|kind| kind.map_or("app profile", ProfileKind::label));
    let means = match (sheet.choice("rejoin"), sheet.choice("join")) {
        (Some("online"), _) => Some("AD account"),
        (Some("offline"), _) => Some("AD agent key"),
        (_, Some("bulk-token")) => Some("bulk token"),
        (_, Some("enrolment-file")) => Some("file"),
        _ => None,
    };
    out.credentials = profile.into_iter().chain(means).collect::<Vec<_>>().join(" + ");
}
