//! What the source side of a device connection asks. SPEC D4-D9.

use crate::domain::ProfileKind;
use crate::domain::health::{Bit, Level};
use crate::domain::key::KeyKind;
use crate::form::specs::common;
use crate::form::{Check, Condition, Field, Kind, Link, Need, Note, Tone, When, rules};

use Condition::{All, Answered, BuiltIn, Not, On, Replaced};

use super::SOURCE;

/// D4.
pub(super) const CLIENT_ID: Field = Field {
    link: Some(Link::AppRegistrations),
    ..Field::new(
        "client_id",
        "Application (client) ID",
        "The ID of your app registration in AvePoint Online Services, under Administration > App registrations. Braces are fine.",
        Kind::Text { check: Check::Guid, example: "11111111-2222-4333-8444-555555555555" },
        Need::Required("enter the application (client) ID"),
    )
};

/// D5.
pub(super) const CLIENT_SECRET: Field = Field::new(
    "client_secret",
    "Client secret",
    "The secret of that app registration. The portal shows it only once, so paste it here and store a copy where your team keeps secrets.",
    Kind::Secret { check: Check::Any },
    Need::Required("paste the client secret"),
);

/// So that the list can warn in time; the product does not ask it.
pub(super) const CLIENT_SECRET_EXPIRES: Field = Field::new(
    "client_secret_expires",
    "Secret expires on",
    "The last day of the client secret. Leave it empty if you do not know; if it is set, list and audit warn you in advance.",
    Kind::Day,
    Need::Optional,
);

/// D6.
pub(super) const CONFIGURATION_KEY: Field = Field {
    notes: &[Note {
        when: Replaced("configuration_key"),
        tone: Tone::Change,
        text: "A new key does not reach agents that are installed already: they keep the old one until they are set up again.",
    }],
    ..Field::new(
        "configuration_key",
        "Configuration key",
        "Generate it here and give it to each device agent: it ties the agent to this connection.",
        Kind::Key(KeyKind::Configuration),
        Need::Required("generate the configuration key"),
    )
};

/// D7.
pub(super) const AGENT: Field = Field::new(
    "agent",
    "Device agent",
    "Every device to migrate needs the agent. Push the .msi silently to domain-joined devices by Group Policy; on single devices run the .msi or .exe by hand.",
    Kind::Agent,
    Need::Optional,
);

/// D8.
pub(super) const LOCAL_ADMIN: Field = Field::new(
    "local_admin",
    "Create a local administrator",
    "A way back into the device when joining its new domain goes wrong. The account is created on every device.",
    Kind::Toggle,
    Need::Optional,
);

/// D8.
pub(super) const LOCAL_ADMIN_USER: Field = Field {
    when: On("local_admin"),
    ..Field::new(
        "local_admin_user",
        "Administrator user name",
        "A new local user, at most 20 characters, without a domain.",
        Kind::Text { check: Check::LocalUser, example: "flyrescue" },
        Need::Required("enter the user name of the local administrator"),
    )
};

/// D8.
pub(super) const LOCAL_ADMIN_PASSWORD: Field = Field {
    when: On("local_admin"),
    ..Field::new(
        "local_admin_password",
        "Administrator password",
        "It must meet the password policy of your Active Directory, or Windows refuses the account. The rules are checked while you type.",
        Kind::Secret { check: Check::Password { user: "local_admin_user" } },
        Need::Required("enter the password of the local administrator"),
    )
};

/// D9.
pub(super) const ENTRA: Field = Field::new(
    "entra",
    "Connect source Entra ID",
    "Lets Fly read which Microsoft Entra ID groups the devices belong to and migrate those memberships.",
    Kind::Toggle,
    Need::Optional,
);

/// D9.
pub(super) const SOURCE_TENANT: Field = Field {
    when: On("entra"),
    ..common::tenant(
        "source_tenant",
        "Source tenant",
        "The tenant that the devices belong to now. Not in the list? Connect it in AvePoint Online Services under Tenant management, then refresh.",
    )
};

/// D9.
pub(super) const SOURCE_APP_PROFILE: Field = Field {
    when: On("entra"),
    ..common::app_profile(
        "source_app_profile",
        "The app that reads group memberships in the source tenant: Fly for Device, or your own app.",
        "source_tenant",
        ProfileKind::FOR_DEVICES,
        Need::Required("pick an app profile of the source tenant"),
    )
};

rules! {
    /// A local administrator with the name of a built-in account. D8.
    LOCAL_ADMIN_NAME {
        id: "local-admin-name",
        level: Level::Warning,
        bit: Some(Bit(29)),
        since: 1,
        fields: &["local_admin_user"],
        title: "Local administrator has a built-in name",
        word: "built-in name",
        means: "The local administrator to create has the name of an account that Windows creates itself.",
        why: "An account that exists already is not created again, and the built-in Administrator is disabled on Windows clients.",
        source: "Windows, local accounts",
        fix: "Choose another user name for the local administrator.",
        with: "the form, step Local admin: enter on the audit screen",
        when: When::Holds(BuiltIn("local_admin_user"), |case| {
            format!("The user name is {}.", case.values.text("local_admin_user"))
        }),
    }
    /// A client secret whose expiry is not known. D5.
    EXPIRY_UNKNOWN {
        id: "expiry-unknown",
        level: Level::Advice,
        bit: Some(Bit(19)),
        since: 1,
        fields: &["client_secret_expires"],
        title: "Expiry not known",
        word: "expiry unknown",
        means: "The day on which the client secret expires was not entered, so no warning appears before it.",
        why: "A secret of an app registration is valid for one to three years, and AvePoint Online Services shows it only once.",
        source: "AvePoint, app registrations",
        fix: "Look the day up under App registrations and enter it.",
        with: "the form, field Secret expires on: enter on the audit screen",
        when: When::Holds(All(&[SOURCE, Not(&Answered("client_secret_expires"))]), |_| {
            "No expiry was entered for the client secret.".to_owned()
        }),
    }
}
