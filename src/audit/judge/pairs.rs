//! Rules about the two ends of migrations. Nothing shows which connections a project pairs
//! (fly.md §1), so they speak of types, and say so once and not for every connection.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Hit, Subject};
use crate::domain::health::Level;
use crate::domain::{ConnectionId, ConnectionType, Side};
use crate::form::rules;
use crate::text::{fold, named};

rules! {
    /// A connection is source and destination.
    SAME_TENANT {
        id: "same-tenant",
        level: Level::Advice,
        title: "Tenant is source and destination",
        means: "Connections of one type read from and write to the same tenant or domain.",
        why: "A project that pairs them migrates a tenant into itself, and writes over what it reads.",
        // SPEC C1, C2, D3.
        fix: "Check the side and the tenant of both; waive it where a move within one tenant is intended.",
        with: "jetbridge list --tenant NAME; the form: enter on the audit screen",
    }
    /// Nothing is written to.
    NO_DESTINATION {
        id: "no-destination",
        level: Level::Advice,
        title: "No destination for a source",
        means: "There are source connections but none of a type that could be their destination.",
        why: "A project needs one source and one destination.",
        // SPEC C1, D3.
        source: "AvePoint, projects",
        fix: "Create the destination, or delete the sources that are not needed any more.",
        with: "n in the list",
    }
    /// Nothing is read from.
    NO_SOURCE {
        id: "no-source",
        level: Level::Advice,
        title: "No source for a destination",
        means: "There are destination connections but none of a type that could be their source.",
        why: "A project needs one source and one destination.",
        // SPEC C1, D3.
        source: "AvePoint, projects",
        fix: "Create the source, or delete the destinations that are not needed any more.",
        with: "n in the list",
    }
}

/// Connections of both sides that could be paired.
#[derive(Default)]
struct Ends<'a> {
    sources: Vec<&'a Arc<Subject>>,
    destinations: Vec<&'a Arc<Subject>>,
    either: bool,
}

pub(super) fn judge(
    subjects: &[Arc<Subject>],
    wanted: &dyn Fn(ConnectionId) -> bool,
    hits: &mut Vec<Hit>,
) {
    let mut tenants: BTreeMap<(u16, String), Ends<'_>> = BTreeMap::new();
    let mut families: BTreeMap<String, Ends<'_>> = BTreeMap::new();
    // What is unknown cannot be paired, and shows no pair to be missing either.
    for subject in subjects.iter().filter(|it| it.kind != ConnectionType::Unknown) {
        if !subject.tenant.is_empty() {
            let key = (subject.kind.number(), fold(&subject.tenant));
            put(tenants.entry(key).or_default(), subject);
        }
        put(families.entry(family(subject.kind)).or_default(), subject);
    }
    for ((kind, tenant), ends) in &tenants {
        same_tenant(*kind, tenant, ends, wanted, hits);
    }
    for (family, ends) in &families {
        no_counterpart(family, ends, wanted, hits);
    }
}

fn put<'a>(ends: &mut Ends<'a>, subject: &'a Arc<Subject>) {
    match subject.side {
        Side::Any | Side::Unknown => ends.either = true,
        Side::Source => ends.sources.push(subject),
        Side::Destination => ends.destinations.push(subject),
    }
}

/// Types that projects pair with each other (fly.md §2: mail to Gmail, files to Google Drive, …).
fn family(kind: ConnectionType) -> String {
    use ConnectionType as T;
    match kind {
        T::Exchange | T::HostedExchange | T::Gmail | T::PublicFolder => "mail".to_owned(),
        T::SharePoint | T::OneDrive | T::GoogleDrive => "files".to_owned(),
        T::Teams | T::TeamChat | T::GoogleChat | T::GoogleDirectMessage => "chat".to_owned(),
        T::M365Group | T::GoogleGroup => "groups".to_owned(),
        T::ActiveDirectory | T::Entra => "directory".to_owned(),
        T::Device => "devices".to_owned(),
        T::PowerPlatform => "Power Platform".to_owned(),
        T::Other(_) | T::Unknown => kind.label().to_string(),
    }
}

/// The first that is reported on, else the first.
fn first<'a>(
    all: &[&'a Arc<Subject>],
    wanted: &dyn Fn(ConnectionId) -> bool,
) -> Option<&'a Arc<Subject>> {
    all.iter().find(|it| wanted(it.id)).or(all.first()).copied()
}

fn counted(all: &[&Arc<Subject>]) -> String {
    let names = named(all.iter().map(|it| &*it.name));
    match all.len() {
        1 => names,
        many => format!("{many} ({names})"),
    }
}

fn same_tenant(
    kind: u16,
    tenant: &str,
    ends: &Ends<'_>,
    wanted: &dyn Fn(ConnectionId) -> bool,
    hits: &mut Vec<Hit>,
) {
    let (sources, destinations) = (&ends.sources, &ends.destinations);
    let (Some(subject), false) = (first(destinations, wanted), sources.is_empty()) else { return };
    let detail = format!(
        "{}: {} is destination of {} and source of {}.",
        subject.kind.label(),
        subject.tenant,
        counted(destinations),
        counted(sources)
    );
    let rule = &SAME_TENANT;
    let parts = [kind.to_string(), tenant.to_owned()];
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    hits.push(Hit::shared(rule, subject, Some("tenant"), detail, &parts));
}

fn no_counterpart(
    family: &str,
    ends: &Ends<'_>,
    wanted: &dyn Fn(ConnectionId) -> bool,
    hits: &mut Vec<Hit>,
) {
    // What serves either end is a counterpart for both.
    if ends.either {
        return;
    }
    let (rule, all, what) = match (ends.sources.as_slice(), ends.destinations.as_slice()) {
        (all @ [_, ..], []) => (&NO_DESTINATION, all, "sources without a destination"),
        ([], all @ [_, ..]) => (&NO_SOURCE, all, "destinations without a source"),
        ([], []) | ([_, ..], [_, ..]) => return,
    };
    let Some(subject) = first(all, wanted) else { return };
    let names = named(all.iter().map(|it| &*it.name));
    let detail = match all {
        [_] => format!("{} of {family} has no counterpart.", names),
        many => format!("{} {what} of {family}: {names}.", many.len()),
    };
    hits.push(Hit::shared(rule, subject, None, detail, &[family]));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(number: u128, kind: ConnectionType, side: Side, tenant: &str) -> Arc<Subject> {
        Arc::new(Subject {
            id: ConnectionId(uuid::Uuid::from_u128(number)),
            name: format!("c{number}").into(),
            kind,
            side,
            tenant: tenant.into(),
        })
    }

    fn found(subjects: &[Arc<Subject>]) -> Vec<(&'static str, String)> {
        let mut hits = Vec::new();
        judge(subjects, &|_| true, &mut hits);
        hits.into_iter().map(|it| (it.rule.id, it.detail.to_string())).collect()
    }

    #[test]
    fn a_tenant_at_both_ends_is_reported_once() {
        use ConnectionType::{Exchange, Teams};
        use Side::{Destination, Source};
        let all = [
            subject(1, Exchange, Source, "contoso"),
            subject(2, Exchange, Destination, "Contoso"),
            subject(3, Exchange, Destination, "contoso"),
            subject(4, Teams, Source, "contoso"),
            subject(5, Teams, Destination, "fabrikam"),
        ];
        let reported =
            "Exchange Online: Contoso is destination of 2 (c2, c3) and source of c1.".to_owned();
        assert_eq!(found(&all), [("same-tenant", reported)]);
        // An empty tenant is none.
        let empty = [subject(1, Exchange, Source, ""), subject(2, Exchange, Destination, "")];
        assert_eq!(found(&empty), []);
    }

    #[test]
    fn an_end_without_the_other_is_reported_once() {
        use ConnectionType::{Device, Exchange, Gmail};
        use Side::{Any, Destination, Source};
        let sources = [subject(1, Device, Source, "a"), subject(2, Device, Source, "b")];
        let reported = "2 sources without a destination of devices: c1, c2.".to_owned();
        assert_eq!(found(&sources), [("no-destination", reported)]);
        let alone = [subject(1, Device, Destination, "a")];
        assert_eq!(found(&alone)[0].0, "no-source");
        // Gmail is migrated to Exchange Online; what serves either end is a counterpart.
        let mail = [subject(1, Gmail, Source, "a"), subject(2, Exchange, Destination, "b")];
        assert_eq!(found(&mail), []);
        assert_eq!(found(&[subject(1, Gmail, Source, "a"), subject(2, Gmail, Any, "b")]), []);
    }
}
