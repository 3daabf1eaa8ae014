//! Tests of the forms: loops over the registry, tables per rule, random walks.

mod carry;
mod device;
mod draft;
mod files;
mod groups;
mod history;
mod record;
mod registry;
mod walks;

use super::{FieldError, Limits, Picked, Spec, Trait, Traits, Value, Values, specs};
use crate::domain::health::Directory;
use crate::domain::rules::PasswordPolicy;
use crate::domain::{
    AppProfile, Cloud, Connection, ConnectionId, ConnectionType, Container, DirectoryObject, Draft,
    Held, Mfa, ObjectId, Origin, Platform, ProfileKind, ProfileStatus, Secret, ServiceAccount,
    Tenant, Timestamp,
};

pub(super) fn groups() -> &'static Spec {
    specs::of(ConnectionType::M365Group).unwrap()
}

pub(super) fn device() -> &'static Spec {
    specs::of(ConnectionType::Device).unwrap()
}

pub(super) fn limits() -> Limits {
    Limits { now: "2026-11-22T12:00:00Z".parse().unwrap(), password: PasswordPolicy::default() }
}

pub(super) fn pick(id: &str, traits: &[Trait]) -> Picked {
    Picked {
        id: ObjectId(id.to_owned()),
        label: id.to_owned(),
        traits: traits.iter().fold(Traits::default(), |all, it| all.with(*it)),
        extra: Vec::new(),
        fills: None,
        ends: None,
    }
}

/// A tenant as it is picked, with its locations.
pub(super) fn tenant_pick(id: &str, locations: &[&str]) -> Picked {
    let mut it = pick(id, if locations.is_empty() { &[] } else { &[Trait::MultiGeo] });
    it.extra = locations.iter().map(|code| (*code).to_owned()).collect();
    it
}

pub(super) fn error_of<'a>(errors: &'a [FieldError], key: &str) -> Option<&'a str> {
    errors.iter().find(|it| it.field == key).map(|it| it.message.as_str())
}

/// The record that saving a draft makes.
pub(super) fn saved(draft: Draft) -> Connection {
    let at = Timestamp::UNIX_EPOCH;
    Connection {
        id: ConnectionId(uuid::Uuid::from_u128(1)),
        revision: 1,
        name: draft.name,
        description: draft.description,
        kind: draft.kind,
        side: draft.side,
        answers: draft.answers,
        origin: Origin::Local,
        created_at: Some(at),
        created_by: "test".to_owned(),
        modified_at: Some(at),
        modified_by: "test".to_owned(),
    }
}

/// Objects that stand behind the picks of some values, as `traits` and `extra` say.
pub(super) fn directory_of(spec: &'static Spec, values: &Values) -> Directory {
    let mut objects = Vec::new();
    for field in spec.fields() {
        let Some(source) = field.kind.source() else { continue };
        let tenant = source.tenant_field().and_then(|key| values.picks(key).first());
        for it in values.picks(field.key).iter().filter(|it| !it.traits.has(Trait::Missing)) {
            objects.extend(object(source, tenant, it));
        }
    }
    objects.into_iter().collect()
}

fn platform(source: super::Source) -> Platform {
    match source {
        super::Source::Tenants { of } => of,
        _ => Platform::default(),
    }
}

fn object(source: super::Source, tenant: Option<&Picked>, it: &Picked) -> Option<DirectoryObject> {
    use super::Source::{AppProfiles, Containers, Locations, ServiceAccounts, Tenants};
    let (id, name) = (it.id.clone(), it.label.clone());
    let of = tenant.map(|it| it.id.clone());
    Some(match source {
        Tenants { .. } => DirectoryObject::Tenant(Tenant {
            id,
            name,
            cloud: Cloud::Commercial,
            locations: it.extra.clone(),
            admin_url: it.fills.clone(),
            platform: platform(source),
            licensed_users: Vec::new(),
            evidence: Default::default(),
        }),
        Locations { .. } => return None,
        Containers { .. } => DirectoryObject::Container(Container {
            id,
            tenant: of?,
            name,
            objects: (!it.traits.has(Trait::Empty)).then_some(9),
            last_scan: None,
        }),
        AppProfiles { .. } => DirectoryObject::AppProfile(AppProfile {
            id,
            tenant: of?,
            name,
            kind: it.traits.profile_kind().unwrap_or(ProfileKind::Fly),
            impersonation_user: it.fills.clone(),
            status: if it.traits.has(Trait::Invalid) {
                ProfileStatus::Invalid
            } else {
                ProfileStatus::Active
            },
            evidence: crate::domain::Evidence { expires: it.ends, ..Default::default() },
        }),
        ServiceAccounts { .. } => DirectoryObject::ServiceAccount(ServiceAccount {
            id,
            tenant: of?,
            name,
            mfa: match (it.traits.has(Trait::Mfa), it.traits.has(Trait::MfaUnknown)) {
                (true, _) => Mfa::Yes,
                (false, true) => Mfa::Unknown,
                (false, false) => Mfa::No,
            },
            evidence: crate::domain::Evidence {
                enabled: it.traits.has(Trait::Disabled).then_some(false),
                mailbox: it.traits.has(Trait::NoMailbox).then_some(false),
                ..Default::default()
            },
        }),
    })
}

/// A complete Groups form: Fly app alone.
pub(super) fn groups_values() -> Values {
    let mut values = super::initial(groups());
    values.set("name", Value::Text("Contoso groups".to_owned()));
    values.set("tenant", Value::One(pick("contoso", &[])));
    values.set("app_profile", Value::One(pick("fly", &[Trait::FlyApp])));
    values
}

/// The first branch of the device form with these options.
pub(super) fn device_values(options: &[(&str, &str)]) -> Values {
    super::branches(device())
        .into_iter()
        .find(|values| options.iter().all(|(key, option)| values.choice(key) == Some(option)))
        .unwrap()
}

pub(super) fn text(values: &mut Values, key: &'static str, text: &str) {
    values.set(key, Value::Text(text.to_owned()));
}

pub(super) fn secret(text: &str) -> Value {
    Value::Secret(Held::New(Secret::new(text)))
}

pub(super) fn advice(spec: &'static Spec, values: &Values, part: &str) -> bool {
    spec.advice(values).iter().any(|(_, it)| it.text.contains(part))
}
