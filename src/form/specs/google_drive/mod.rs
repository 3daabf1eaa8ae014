//! The form of a Google Drive connection (types.md; its create-a-connection page): a tenant of Google, a
//! container, an app profile. It asks no account.

use crate::domain::{ConnectionType, Platform, ProfileKind};
use crate::form::{
    Choice, Condition, Family, Field, Kind, Need, Note, Source, Spec, Step, Tone, Trait,
};

use super::common;
use super::microsoft365::container::{self, CONTAINER};
use super::microsoft365::{BASE, CONNECTION, PLACE, credentials};

/// What the first step says of it.
pub(super) const CHOICE: Choice =
    Choice { key: "GoogleDrive", label: "Google Drive", help: "My Drive and shared drives" };

/// Google Drive.
pub(super) static SPEC: Spec = Spec {
    kind: ConnectionType::GoogleDrive,
    family: Family::Google,
    steps: &[
        CONNECTION,
        Step { fields: &[TENANT, CONTAINER], ..PLACE },
        Step { fields: &[APP_PROFILE], ..credentials::STEP },
    ],
    rules: &[common::RULES, container::RULES],
    permissions: "AvePoint Fly user guide, Google Drive migrations, Permissions for source",
    ..BASE
};

const TENANT: Field = Field {
    kind: Kind::PickOne(Source::Tenants { of: Platform::Google }),
    ..common::tenant(
        "tenant",
        "Google tenant",
        "The Google Workspace tenant that is read or written. Not in the list? Connect it in AvePoint Online Services under Tenant management, then refresh.",
    )
};

const APP_PROFILE: Field = Field {
    notes: &[Note {
        when: Condition::Has("app_profile", Trait::FlyForGoogle),
        tone: Tone::Note,
        text: "The default app is throttled sooner than a custom one, because all its customers share it.",
    }],
    ..common::app_profile(
        "app_profile",
        "The default app, or your own. A custom profile takes an admin account, a Google service account and its private key, all in AvePoint Online Services.",
        "tenant",
        ProfileKind::FOR_GOOGLE,
        Need::Required("pick an app profile of this tenant"),
    )
};
