//! What every form asks first, and what is said of the same things in each. G1, G2, D1, D2.

use crate::domain::health::{Bit, Directory, Level, only_id};
use crate::domain::{DirectoryObject, Listed, ObjectId, ObjectKind, Platform, ProfileKind};
use crate::form::runbook::portal::Needed;
use crate::form::{
    Case, Check, Choice, Field, Key, Kind, Link, Need, Picked, Sink, Source, Spec, Trait, Value,
    Values, When, edit, rules,
};
use crate::text::named;

use super::OFFERED;

/// G1, D1.
pub(super) const NAME: Field = Field::new(
    "name",
    "Connection name",
    "A name that no other connection has. Include who, where and which side, so that a search finds it.",
    Kind::Text { check: Check::Name, example: "Contoso EMEA groups" },
    Need::Required("enter a name"),
);

/// G2, D2.
pub(super) const TYPE: Field = Field::new(
    "type",
    "Connection type",
    "What is migrated. The steps after this one follow from it; what you typed for another type is kept while the form is open.",
    Kind::Choice(OFFERED),
    Need::Required("choose a type"),
);

/// Free text; Fly keeps a description too (fly.md §1).
pub(super) const DESCRIPTION: Field = Field::new(
    "description",
    "Description",
    "Anything the next admin should know: the wave, the owner, a ticket. It may stay empty.",
    Kind::Text { check: Check::Printable, example: "Wave 2, owner: EMEA workplace team" },
    Need::Optional,
);

/// Which end it is, for types whose panel asks it.
pub(super) const fn side(choices: &'static [Choice]) -> Field {
    Field::new(
        "side",
        "Side",
        "Whether this is read from or written to. A migration needs one connection of each.",
        Kind::Choice(choices),
        Need::Required("choose source or destination"),
    )
}

/// A pick list of tenants. G3.
pub(super) const fn tenant(key: Key, label: &'static str, help: &'static str) -> Field {
    Field {
        link: Some(Link::Tenants),
        ..Field::new(
            key,
            label,
            help,
            Kind::PickOne(Source::Tenants { of: Platform::Microsoft365 }),
            Need::Required("pick the tenant"),
        )
    }
}

/// A pick list of app profiles. G6, D13.
pub(super) const fn app_profile(
    key: Key,
    help: &'static str,
    tenant: Key,
    kinds: &'static [ProfileKind],
    need: Need,
) -> Field {
    Field {
        link: Some(Link::AppProfiles),
        ..Field::new(
            key,
            "App profile",
            help,
            Kind::PickOne(Source::AppProfiles { tenant, kinds }),
            need,
        )
    }
}

/// What the portal's list of tenants takes. G3.
pub(super) const TENANT_NEEDED: Needed = (
    "tenant",
    None,
    "The portal lists only tenants that are connected in AvePoint Online Services, under Tenant management.",
);

rules! {
    /// AOS calls a profile invalid.
    PROFILE_INVALID {
        id: "profile-invalid",
        level: Level::Error,
        bit: Some(Bit(55)),
        since: 1,
        title: "App profile is invalid",
        word: "profile invalid",
        means: "AvePoint Online Services reports an app profile as invalid.",
        why: "A profile with delegated permissions turns invalid when its consent user's password is reset, the user is blocked or deleted, or licenses are removed.",
        // SPEC G6, P8.
        source: "AvePoint, app profiles for Microsoft tenants",
        fix: "Re-authorize it in AvePoint Online Services, then refresh.",
        with: "AvePoint Online Services, App management; then jetbridge directory import FILE",
        when: When::Finds(|case, sink| {
            objects(case, sink, |_, it| it.traits.has(Trait::Invalid), profile, "is invalid.");
        }),
    }
    /// A profile of a kind that its place does not take. G6, G10, D13, D15.
    PROFILE_UNFIT {
        id: "profile-unfit",
        level: Level::Error,
        bit: Some(Bit(53)),
        since: 1,
        refuses: true,
        title: "App profile does not fit",
        word: "wrong profile",
        means: "An app profile picked here is of a kind that does not fit its field.",
        why: "Modern authentication and a bulk token need profiles with delegated permissions, other fields those of an app; the portal offers no others there.",
        source: "AvePoint, create a connection for Microsoft 365 Groups and for devices",
        fix: "Pick one of a kind that the field offers.",
        with: "the form, field App profile: enter on the audit screen",
        when: When::Finds(|case, sink| {
            let unfit = |field: &Field, it: &Picked| {
                !it.traits.has(Trait::Missing) && field.unfit(it).is_some()
            };
            objects(case, sink, unfit, profile, "is of a kind that does not fit this field.");
        }),
    }
    /// Listed only, although its type has a form.
    INCOMPLETE {
        id: "incomplete",
        level: Level::Warning,
        bit: Some(Bit(39)),
        since: 1,
        title: "Incomplete record",
        word: "incomplete",
        means: "Imported from a list: only name, type, side and tenant are known.",
        why: "A list reports name, type, side and tenant only, no credential, so nothing can be checked before the migration.",
        // SPEC C1, G12, D17.
        fix: "Open it and answer the rest of the form.",
        with: "the form: enter on the audit screen, or e in the list",
        // There are no answers to look at: `digest` finds it.
        when: When::Together,
    }
    /// A picked directory object is not in the directory any more.
    OBJECT_MISSING {
        id: "object-missing",
        level: Level::Warning,
        bit: Some(Bit(35)),
        since: 1,
        title: "Picked object not found",
        word: "not found",
        means: "A tenant, container, profile or account picked here is not in the directory.",
        why: "What was deleted or renamed in AvePoint Online Services cannot be used by a migration.",
        // SPEC G3, G5, G6.
        fix: "Import the directory again or pick another.",
        with: "jetbridge directory import FILE, or the form: enter on the audit screen",
        when: When::Finds(|case, sink| {
            let missing = |_: &Field, it: &Picked| it.traits.has(Trait::Missing);
            objects(case, sink, missing, by_id, "is not in the directory.");
        }),
    }
}

/// Finds picks of directory objects of which something holds: one sentence per field.
fn objects(
    case: &Case<'_>,
    sink: &mut Sink,
    holds: impl Fn(&Field, &Picked) -> bool,
    name: fn(&Field, &Picked) -> String,
    end: &str,
) {
    let mut found: Vec<(&Field, Vec<&Picked>)> = Vec::new();
    for (field, pick) in case.picks().filter(|(field, pick)| holds(field, pick)) {
        match found.last_mut() {
            Some((last, picks)) if last.key == field.key => picks.push(pick),
            _ => found.push((field, vec![pick])),
        }
    }
    for (field, picks) in found {
        sink.found(field.key, || {
            let names: Vec<String> = picks.iter().map(|it| name(field, it)).collect();
            let names = named(names.iter().map(String::as_str));
            let rest = names.strip_prefix("the ").unwrap_or(&names);
            format!("The {rest} {end}")
        });
    }
}

fn profile(_: &Field, pick: &Picked) -> String {
    format!("the app profile {}", pick.label)
}

fn by_id(field: &Field, pick: &Picked) -> String {
    let kind = field.kind.source().and_then(Source::object);
    format!("the {} {}", kind.map_or("object", ObjectKind::label), pick.id)
}

/// The tenant that a list names, where the directory shows which one is meant. One that only Fly
/// knows is named, for the admin to add it.
pub(super) fn prefill_listed(
    spec: &'static Spec,
    values: &mut Values,
    key: Key,
    listed: &Listed,
    directory: &Directory,
) {
    let Some(source) = spec.field(key).and_then(|it| it.kind.source()) else { return };
    let reported = listed.live.as_deref().and_then(|it| it.tenant_id.as_deref());
    let meant = directory.tenant_meant(reported, &listed.tenant).filter(|it| source.offers(it));
    if let Some(tenant) = meant {
        values.set(key, Value::One(Picked::from(tenant)));
    } else if let Some(id) = reported {
        let mut pick = Picked::missing(&ObjectId::from(id));
        if !listed.tenant.is_empty() {
            pick.label.clone_from(&listed.tenant);
        }
        values.set(key, Value::One(pick));
    }
}

/// Picks what AvePoint Fly reported by id, as far as the directory knows it and the field takes it;
/// whether it did.
pub(super) fn prefill_reported(
    spec: &'static Spec,
    values: &mut Values,
    (tenant, key): (Key, Key),
    reported: Option<&String>,
    directory: &Directory,
) -> bool {
    let (Some(id), Some(field)) = (reported, spec.field(key)) else { return false };
    let Some(tenant) = values.picks(tenant).first().map(|it| it.id.clone()) else { return false };
    let wanted = match field.kind.source() {
        Some(Source::AppProfiles { .. }) => ObjectKind::AppProfile,
        Some(Source::ServiceAccounts { .. }) => ObjectKind::ServiceAccount,
        Some(Source::Tenants { .. } | Source::Locations { .. } | Source::Containers { .. })
        | None => {
            return false;
        }
    };
    let of = |it: &&DirectoryObject| it.kind() == wanted && *it.tenant() == tenant;
    let Some(pick) = only_id(directory.iter().filter(of), id).map(Picked::from) else {
        return false;
    };
    if spec.refusal(field, &pick).is_some() {
        return false;
    }
    edit::picked(spec, values, key, vec![pick]);
    true
}
