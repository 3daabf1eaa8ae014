//! A form for tests: every kind of field, a branch, notes.

use crate::domain::ConnectionType;
use crate::domain::key::KeyKind;
use crate::form::{
    Check, Choice, Condition, Family, Field, Kind, Need, Note, Source, Spec, Step, Tone, Trait,
};

const fn field(key: &'static str, label: &'static str, help: &'static str, kind: Kind) -> Field {
    Field::new(key, label, help, kind, Need::Optional)
}

pub static SPEC: Spec = Spec {
    kind: ConnectionType::M365Group,
    family: Family::Microsoft365,
    side: "used_as",
    steps: &[
        Step {
            key: "connection",
            title: "Connection",
            when: Condition::Always,
            fields: &[
                Field {
                    need: Need::Required("enter a name"),
                    ..field(
                        "name",
                        "Connection name",
                        "A name that no other connection has. Say who, where and which side.",
                        Kind::Text { check: Check::Name, example: "Contoso EMEA groups" },
                    )
                },
                field(
                    "type",
                    "Connection type",
                    "What is migrated. The steps after this one follow from it.",
                    Kind::Choice(&[
                        Choice {
                            key: "M365Group",
                            label: "Microsoft 365 Groups",
                            help: "Groups that are copied or merged",
                        },
                        Choice {
                            key: "Device",
                            label: "Active Directory and Entra ID Devices",
                            help: "Windows devices that change their domain",
                        },
                    ]),
                ),
                field("until", "Planned until", "The last day of the wave.", Kind::Day),
                field(
                    "description",
                    "Description",
                    "Anything the next admin should know.",
                    Kind::Text { check: Check::Printable, example: "Wave 2" },
                ),
            ],
        },
        Step {
            key: "tenant",
            title: "Tenant",
            when: Condition::Always,
            fields: &[
                Field {
                    need: Need::Required("pick the tenant"),
                    notes: &[Note {
                        when: Condition::Has("tenant", Trait::China21Vianet),
                        tone: Tone::Change,
                        text: "This tenant is operated by 21Vianet: its app profiles are made in that cloud.",
                    }],
                    ..field(
                        "tenant",
                        "Tenant",
                        "The Microsoft 365 tenant whose groups are read or written. Another tenant empties the picks below.",
                        Kind::PickOne(Source::Tenants {
                            of: crate::domain::Platform::Microsoft365,
                        }),
                    )
                },
                field(
                    "geo",
                    "Create in a chosen location",
                    "Turn it on when groups should be created in one certain location.",
                    Kind::Toggle,
                ),
                field(
                    "auth",
                    "Service account authentication",
                    "How user accounts sign in.",
                    Kind::Choice(&[
                        Choice { key: "none", label: "None", help: "" },
                        Choice { key: "legacy", label: "Legacy", help: "Accounts without MFA" },
                        Choice { key: "modern", label: "Modern", help: "Delegated profiles" },
                    ]),
                ),
                Field {
                    when: Condition::Is("auth", "legacy"),
                    notes: &[Note {
                        when: Condition::Single("accounts"),
                        tone: Tone::Note,
                        text: "A single account is throttled sooner: pick several of this tenant.",
                    }],
                    ..field(
                        "accounts",
                        "Service accounts",
                        "One or several accounts of this tenant; several share the load.",
                        Kind::PickMany(Source::ServiceAccounts { tenant: "tenant" }),
                    )
                },
            ],
        },
        Step {
            key: "device",
            title: "Device",
            when: Condition::Always,
            fields: &[
                field(
                    "client_secret",
                    "Client secret",
                    "The secret of the app registration.",
                    Kind::Secret { check: Check::Any },
                ),
                field(
                    "key",
                    "Configuration key",
                    "Joins device agents to this connection.",
                    Kind::Key(KeyKind::Configuration),
                ),
                field(
                    "agent",
                    "Device agent",
                    "Every device to migrate needs it. Push the .msi silently by Group Policy.",
                    Kind::Agent,
                ),
                field(
                    "user",
                    "User name",
                    "The local administrator.",
                    Kind::Text { check: Check::LocalUser, example: "localadm" },
                ),
                field(
                    "password",
                    "Password",
                    "It must meet the policy of your domain.",
                    Kind::Secret { check: Check::Password { user: "user" } },
                ),
                field("tokens", "Bulk token", "Joins devices to Microsoft Entra ID.", Kind::Tokens),
            ],
        },
    ],
    rules: &[],
    panel: &[],
    needed: &[],
    permissions: "",
    summary: |_, _, _| {},
    from_list: |_, _, _, _, _| {},
};
