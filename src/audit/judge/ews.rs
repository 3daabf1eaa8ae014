//! Credentials that reach mailboxes over Exchange Web Services, which are going away.
//! fly.md §3; the dates are those of the catalogue of permissions.

use std::collections::HashMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{Case, Hit};
use crate::domain::health::Level;
use crate::domain::{Side, Timestamp};
use crate::form::rules;
use crate::permissions::catalogue::Milestone;
use crate::permissions::{Job, Method, Scenario, connection, covers, requirements};

rules! {
    /// Exchange Web Services are off.
    EWS_OFF {
        id: "ews-off",
        level: Level::Error,
        title: "Exchange Web Services are off",
        means: "The credentials of this connection reach mailboxes over Exchange Web Services, which Exchange Online has switched off for good.",
        why: "Exchange Online ends Exchange Web Services on 2027-04-01, whatever a tenant has set.",
        // SPEC P4, P5.
        source: "message MC1227454, as reported; catalogue of permissions",
        fix: "Ask AvePoint which permissions replace Exchange Web Services, and consent to those.",
        with: "jetbridge permissions requirements, jetbridge permissions check",
    }
    /// Exchange Web Services are blocked unless allowed.
    EWS_RETIRING {
        id: "ews-retiring",
        level: Level::Warning,
        title: "Exchange Web Services are retiring",
        means: "The credentials of this connection reach mailboxes over Exchange Web Services, which Exchange Online blocks, tenant by tenant from 2026-10-01, unless the tenant allows the app.",
        why: "From that day EwsEnabled must be true and the app's ID in EwsAllowedAppIDs; on 2027-04-01 Exchange Web Services end. Connections without a custom app are not listed: which API reaches their mailboxes is not known, so follow the step on Exchange Web Services of their checklist.",
        // SPEC P4, P5.
        source: "message MC1227454, as reported; Microsoft, Set-OrganizationConfig; catalogue of permissions",
        fix: "Check EwsEnabled and EwsAllowedAppIDs, allow the app in the tenant, and ask AvePoint for its plan.",
        with: "jetbridge permissions requirements, jetbridge permissions check; P in the list",
    }
}

/// What a sign-in needs of an API that is going away.
#[derive(Debug, Clone)]
struct Need {
    /// The permission.
    value: &'static str,
    /// What happens when.
    dates: &'static [Milestone],
}

/// Needs by way of signing in: looked up once, not once per connection.
#[derive(Debug, Default)]
pub(super) struct Needs(HashMap<Method, Option<Need>>);

impl Needs {
    /// The catalogue lists what a destination needs. A custom app has the same permissions at a
    /// source, whose mailboxes it reads; of other credentials at a source nothing is known.
    pub(super) fn judge(&mut self, case: &Case<'_>, hits: &mut Vec<Hit>) {
        let Some(record) = case.look.record else { return };
        let Some(sheet) = case.sheet else { return };
        if !covers(record.kind) {
            return;
        }
        let asked = |method: Method| match record.side {
            Side::Destination | Side::Any | Side::Unknown => true,
            Side::Source => method.no_manifest().is_none(),
        };
        let scenarios = connection::scenarios(sheet, case.directory, Job::Both);
        for scenario in scenarios.into_iter().filter(|it| asked(it.method)) {
            let Some(need) = self.of(scenario.method) else { continue };
            let (rule, when) = match said(need.dates, case.setup.now) {
                Said::Off(text) => (&EWS_OFF, text),
                Said::Before(text) => (&EWS_RETIRING, text),
            };
            let field = field(scenario.method);
            let method = scenario.method.label();
            let detail = format!("{method} with {}: {when}.", need.value);
            // Of several profiles of a kind each needs the same.
            let found = case.hit(rule, Some(field), detail);
            if hits.iter().all(|hit| hit.fingerprint != found.fingerprint) {
                hits.push(found);
            }
        }
    }

    fn of(&mut self, method: Method) -> Option<&Need> {
        let look_up = || {
            // Mailboxes are reached over EWS unless the job says otherwise, which no record reports.
            let needed = requirements(&Scenario::new(method, Job::Both));
            needed.iter().find_map(|it| {
                let retirement = it.retiring()?;
                Some(Need { value: it.permission()?.value.as_str(), dates: &retirement.dates })
            })
        };
        self.0.entry(method).or_insert_with(look_up).as_ref()
    }
}

const fn field(method: Method) -> &'static str {
    match method {
        Method::FlyApp
        | Method::CustomApp
        | Method::ServiceAndFlyApp
        | Method::ServiceAndCustomApp => "app_profile",
        Method::ServiceAccount => "accounts",
        Method::FlyDelegated | Method::CustomDelegated => "delegated",
    }
}

enum Said {
    /// The last date has passed.
    Off(String),
    /// It has not; what was last, or comes next.
    Before(String),
}

fn said(dates: &[Milestone], now: Timestamp) -> Said {
    let passed = |it: &&Milestone| starts(&it.on).is_some_and(|at| at <= now);
    let reported = |it: &Milestone, word: &str| format!("{word} {} {}", it.on, it.what);
    let last = dates.iter().rfind(passed);
    match (last, dates.last()) {
        (Some(last), Some(end)) if last == end => Said::Off(reported(last, "since")),
        (Some(last), _) => Said::Before(reported(last, "since")),
        (None, _) => Said::Before(dates.first().map(|it| reported(it, "from")).unwrap_or_default()),
    }
}

/// The beginning of a day, UTC.
fn starts(day: &str) -> Option<Timestamp> {
    let day: Date = day.parse().ok()?;
    day.to_zoned(TimeZone::UTC).ok().map(|it| it.timestamp())
}
