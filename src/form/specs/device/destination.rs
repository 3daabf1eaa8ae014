//! What the destination side of a device connection asks. SPEC D10-D16.

use crate::domain::ProfileKind;
use crate::domain::health::{Bit, Level, not_shared};
use crate::domain::key::KeyKind;
use crate::form::specs::common;
use crate::form::{Check, Choice, Condition, Field, Kind, Need, Note, Tone, When, rules};

use super::{ENTRA_ID, HYBRID};
use Condition::{All, Answered, Any, Is, Not, NotShared, Replaced, StandIn, Starts};

const ONLINE: Condition = Is("rejoin", "online");
const OFFLINE: Condition = Is("rejoin", "offline");
const BULK_TOKEN: Condition = Is("join", "bulk-token");
const ENROLMENT_FILE: Condition = Is("join", "enrolment-file");

/// D13, D14: the product's page puts it after the rejoin.
const MDM_SCOPE: Note = Note {
    when: Any(&[HYBRID, ENTRA_ID]),
    tone: Tone::Note,
    text: "Rejoined devices enroll in Intune automatically once the MDM user scope covers the users. A Global Administrator of the destination sets it.",
};
/// Microsoft, windows-enroll (memdocs@072991b, December 2025).
const MDM_WHERE: Note = Note {
    when: Any(&[HYBRID, ENTRA_ID]),
    tone: Tone::Note,
    text: "MDM scope (Entra ID P1 or P2): Intune admin center > Devices > Device onboarding > Enrollment > Windows > Automatic Enrollment. WIP user scope: None.",
};

/// D10.
pub(super) const TARGET: Field = Field {
    notes: &[MDM_SCOPE, MDM_WHERE],
    ..Field::new(
        "destination",
        "Destination",
        "Where the devices are managed after the migration. The steps after this one follow from it.",
        Kind::Choice(&[
            Choice {
                key: "active-directory",
                label: "Active Directory",
                help: "A domain of your own",
            },
            Choice {
                key: "hybrid",
                label: "Hybrid Identity",
                help: "A domain of your own that is synchronized with Microsoft Entra ID",
            },
            Choice { key: "entra-id", label: "Microsoft Entra ID", help: "The cloud alone" },
        ]),
        Need::Required("choose a destination"),
    )
};

/// D14.
pub(super) const JOIN: Field = Field {
    when: ENTRA_ID,
    notes: &[MDM_SCOPE, MDM_WHERE],
    ..Field::new(
        "join",
        "How devices join",
        "Online needs an app profile with delegated permissions and a bulk token. Offline needs an enrollment file that each device can read.",
        Kind::Choice(&[
            Choice {
                key: "bulk-token",
                label: "Online, app and bulk token",
                help: "The device reaches Microsoft Entra ID while it is migrated",
            },
            Choice {
                key: "enrolment-file",
                label: "Offline, enrollment file",
                help: "A .ppkg from Windows Configuration Designer",
            },
        ]),
        Need::Required("choose how devices join"),
    )
};

/// D13, D15, D16.
pub(super) const TENANT: Field = Field {
    ..common::tenant(
        "tenant",
        "Destination tenant",
        "The tenant that the devices move to. Not in the list? Connect it in AvePoint Online Services under Tenant management, then refresh.",
    )
};

/// D13, D16.
pub(super) const APP_PROFILE: Field = Field {
    when: Any(&[HYBRID, All(&[ENTRA_ID, ENROLMENT_FILE])]),
    ..common::app_profile(
        "app_profile",
        "Fly for Device, or your own app in the destination tenant. If there is none, create it in AvePoint Online Services and refresh.",
        "tenant",
        ProfileKind::FOR_DEVICES,
        Need::Required("pick an app profile of the destination tenant"),
    )
};

/// D15: a field of its own, because an app without delegated permissions is not enough here.
pub(super) const JOIN_APP_PROFILE: Field = Field {
    when: All(&[ENTRA_ID, BULK_TOKEN]),
    ..common::app_profile(
        "join_app_profile",
        "Fly for Device, or your own app with delegated permissions: joining online with a bulk token needs them.",
        "tenant",
        ProfileKind::FOR_BULK_TOKEN,
        Need::Required("pick an app profile with delegated permissions"),
    )
};

/// D11-D13.
pub(super) const REJOIN: Field = Field {
    notes: &[
        Note {
            when: ONLINE,
            tone: Tone::Note,
            text: "Each device needs the device agent and, while it is migrated, line of sight to a domain controller: office network, Wi-Fi or VPN.",
        },
        Note {
            when: OFFLINE,
            tone: Tone::Note,
            text: "Each device needs the device agent. The Active Directory agent belongs on a member server of the domain, not on a domain controller.",
        },
    ],
    ..Field::new(
        "rejoin",
        "How devices rejoin",
        "Online uses an account of the destination domain. Offline goes through an Active Directory agent and needs no line of sight.",
        Kind::Choice(&[
            Choice {
                key: "online",
                label: "Online, AD user credentials",
                help: "The device talks to a domain controller itself",
            },
            Choice {
                key: "offline",
                label: "Offline, through the AD agent",
                help: "An agent in the destination domain prepares the join",
            },
        ]),
        Need::Required("choose how devices rejoin"),
    )
};

/// D11.
pub(super) const DOMAIN: Field = Field {
    when: ONLINE,
    ..Field::new(
        "domain",
        "Destination domain",
        "The DNS name of the domain that devices join, not its short name.",
        Kind::Text { check: Check::Domain, example: "corp.fabrikam.example" },
        Need::Required("enter the domain name, such as corp.example.com"),
    )
};

/// D11.
pub(super) const DOMAIN_USER: Field = Field {
    when: ONLINE,
    ..Field::new(
        "domain_user",
        "Domain user name",
        "A service account that may join devices: a member of Administrators or Domain Admins in the destination domain.",
        Kind::Text { check: Check::DomainUser, example: "FABRIKAM\\svc-join" },
        Need::Required("enter the user name of the domain account"),
    )
};

/// D11.
pub(super) const DOMAIN_PASSWORD: Field = Field {
    when: ONLINE,
    ..Field::new(
        "domain_password",
        "Domain password",
        "The password of that account. It is kept sealed and never shown in lists, logs or exports.",
        Kind::Secret { check: Check::Any },
        Need::Required("enter the password of the domain account"),
    )
};

/// D12.
pub(super) const CONNECTION_KEY: Field = Field {
    when: OFFLINE,
    notes: &[Note {
        when: All(&[OFFLINE, Replaced("connection_key")]),
        tone: Tone::Change,
        text: "A new key does not reach an Active Directory agent that is installed already: it keeps the old one until it is set up again.",
    }],
    ..Field::new(
        "connection_key",
        "Connection key",
        "Generate it here and enter it when you install the Active Directory agent: it ties the agent to this connection.",
        Kind::Key(KeyKind::Connection),
        Need::Required("generate the connection key"),
    )
};

/// D15.
pub(super) const BULK_TOKENS: Field = Field {
    when: BULK_TOKEN,
    notes: &[
        Note {
            when: All(&[BULK_TOKEN, Not(&Answered("bulk_tokens"))]),
            tone: Tone::Note,
            text: "Who gets the token must be Global, Cloud Device, Intune or Password Administrator, not within an administrative unit, and in the MDM user scope.",
        },
        // Microsoft, windows-bulk-enroll (memdocs@0a69076, April 2024), as the roles above.
        Note {
            when: All(&[BULK_TOKEN, Not(&Answered("bulk_tokens"))]),
            tone: Tone::Note,
            text: "The tenant must have the service principal Microsoft.Azure.SyncFabric (00000014-0000-0000-c000-000000000000).",
        },
    ],
    ..Field::new(
        "bulk_tokens",
        "Bulk token",
        "Paste the real token with a display name and its expiry, at most 180 days ahead; or create a local stand-in for planning. Earlier ones are kept; the latest is used.",
        Kind::Tokens,
        Need::Required("get a bulk token, or paste one"),
    )
};

/// D16.
pub(super) const ENROLMENT_PATH: Field = Field {
    when: ENROLMENT_FILE,
    notes: &[
        Note {
            when: All(&[ENROLMENT_FILE, Starts("enrolment_path", "\\\\")]),
            tone: Tone::Note,
            text: "Devices must reach this share from the source and from the destination environment: check both before the first wave.",
        },
        Note {
            when: All(&[
                ENROLMENT_FILE,
                Answered("enrolment_path"),
                Not(&Starts("enrolment_path", "\\\\")),
                Not(&NotShared("enrolment_path")),
            ]),
            tone: Tone::Note,
            text: "A local path must exist with this file on every device: copy it there before the first wave.",
        },
    ],
    ..Field::new(
        "enrolment_path",
        "Enrollment file path",
        "The .ppkg that joins the device: in a local folder of the device, or on a share that both environments can reach. Valid for up to 180 days.",
        Kind::Text {
            check: Check::EnrolmentPath,
            example: "\\\\files.fabrikam.example\\fly\\join.ppkg",
        },
        Need::Required("enter the path of the .ppkg file"),
    )
};

rules! {
    /// The path of an enrollment file that other machines do not see. D16.
    SHARE_NOT_UNC {
        id: "share-not-unc",
        level: Level::Warning,
        bit: Some(Bit(31)),
        since: 1,
        fields: &["enrolment_path"],
        title: "Share path is not UNC",
        word: "share path",
        means: "The path is on a drive that may be a mapped share, or Windows does not accept it.",
        why: "An agent runs as a service and does not see the drives that a user mapped; a share is reached by its UNC path from both environments.",
        source: "AvePoint, create a connection for devices",
        fix: "Write \\\\server\\share\\file.ppkg, or copy it to C: of each device.",
        with: "the form, field Enrollment file path: enter on the audit screen",
        when: When::Holds(All(&[ENROLMENT_FILE, NotShared("enrolment_path")]), |case| {
            let path = case.values.text("enrolment_path");
            format!("{path}: {}.", not_shared(path.trim()).unwrap_or_default())
        }),
    }
    /// The token in use is a stand-in issued by the local store. D15.
    LOCAL_TOKEN {
        id: "local-token",
        level: Level::Warning,
        bit: Some(Bit(27)),
        since: 1,
        fields: &["bulk_tokens"],
        title: "Stand-in bulk token",
        word: "local token",
        means: "The bulk token is a local stand-in.",
        why: "A token that the local store issued is for planning; Microsoft Entra ID does not know it.",
        fix: "Paste the real token before devices are moved.",
        with: "the form, field Bulk token: enter on the audit screen",
        when: When::Holds(All(&[BULK_TOKEN, StandIn("bulk_tokens")]), |_| {
            "The token in use was issued by the local store.".to_owned()
        }),
    }
}
