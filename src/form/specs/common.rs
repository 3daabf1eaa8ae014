//! What every form asks first, and what is said of the same things in each. G1, G2, D1, D2.

use crate::domain::health::{Directory, Finding, only_id};
use crate::domain::{DirectoryObject, Listed, ObjectId, ObjectKind, ProfileKind};
use crate::form::{
    Advice, Check, Condition, Field, Key, Kind, Link, Need, Picked, Source, Spec, Tone, Trait,
    Value, Values, edit,
};

use super::OFFERED;
use Condition::Has;

/// G1, D1.
pub(super) const NAME: Field = Field::new(
    "name",
    "Connection name",
    "A name that no other connection has. Say who, where and which side, so that a search finds it.",
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

/// A pick list of tenants. G3.
pub(super) const fn tenant(key: Key, label: &'static str, help: &'static str) -> Field {
    Field {
        link: Some(Link::Tenants),
        ..Field::new(
            key,
            label,
            help,
            Kind::PickOne(Source::Tenants),
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

/// Said of a profile that AOS calls invalid.
pub(super) const fn invalid(key: Key) -> Advice {
    Advice {
        when: Has(key, Trait::Invalid),
        tone: Tone::Problem(Finding::ProfileInvalid),
        text: "AvePoint Online Services calls this profile invalid. Re-authorize it there, then refresh.",
    }
}

/// Said of a pick that the directory does not have any more.
pub(super) const fn missing(key: Key) -> Advice {
    Advice {
        when: Has(key, Trait::Missing),
        tone: Tone::Problem(Finding::ObjectMissing),
        text: "Not in the directory any more: refresh it, import the directory again, or pick another.",
    }
}

/// The tenant that a list names, where the directory tells which one is meant. One that only Fly
/// knows is named, for the admin to add it.
pub(super) fn prefill_listed(
    values: &mut Values,
    key: Key,
    listed: &Listed,
    directory: &Directory,
) {
    let told = listed.live.as_deref().and_then(|it| it.tenant_id.as_deref());
    if let Some(tenant) = directory.tenant_meant(told, &listed.tenant) {
        values.set(key, Value::One(Picked::from(tenant)));
    } else if let Some(id) = told {
        let mut pick = Picked::missing(&ObjectId::from(id));
        if !listed.tenant.is_empty() {
            pick.label.clone_from(&listed.tenant);
        }
        values.set(key, Value::One(pick));
    }
}

/// Picks what AvePoint Fly told by id, as far as the directory knows it and the field takes it;
/// whether it did.
pub(super) fn prefill_told(
    spec: &'static Spec,
    values: &mut Values,
    (tenant, key): (Key, Key),
    told: Option<&String>,
    directory: &Directory,
) -> bool {
    let (Some(id), Some(field)) = (told, spec.field(key)) else { return false };
    let Some(tenant) = values.picks(tenant).first().map(|it| it.id.clone()) else { return false };
    let wanted = match field.kind.source() {
        Some(Source::AppProfiles { .. }) => ObjectKind::AppProfile,
        Some(Source::ServiceAccounts { .. }) => ObjectKind::ServiceAccount,
        Some(Source::Tenants | Source::Locations { .. } | Source::Containers { .. }) | None => {
            return false;
        }
    };
    let of = |it: &&DirectoryObject| it.kind() == wanted && *it.tenant() == tenant;
    let Some(pick) = only_id(directory.iter().filter(of), id).map(Picked::from) else {
        return false;
    };
    if field.refusal(&pick).is_some() {
        return false;
    }
    edit::picked(spec, values, key, vec![pick]);
    true
}
