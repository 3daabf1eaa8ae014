//! The form of a Microsoft Teams connection: it asks what that of Groups asks (the
//! create-a-connection pages of both).

use crate::domain::ConnectionType;
use crate::form::{Choice, Condition, Field, Note, Spec, Step, Tone, Trait};

use super::microsoft365::container::{self, CONTAINER};
use super::microsoft365::credentials::{self, MODERN};
use super::microsoft365::location::{self, GEO, LOCATED};
use super::microsoft365::{BASE, CONNECTION, CREDENTIALS, PLACE, TENANT, impersonation};
use super::{common, expiry};
use Condition::{All, Has, Is, Not};

/// What the first step says of it.
pub(super) const CHOICE: Choice =
    Choice { key: "Teams", label: "Microsoft Teams", help: "Teams and their channels" };

/// Microsoft Teams.
pub(super) static SPEC: Spec = Spec {
    kind: ConnectionType::Teams,
    steps: &[
        CONNECTION,
        Step { fields: &[TENANT, GEO, LOCATION, CONTAINER], ..PLACE },
        CREDENTIALS,
    ],
    rules: &[
        common::RULES,
        expiry::RULES,
        location::RULES,
        container::RULES,
        credentials::RULES,
        impersonation::RULES,
    ],
    permissions: "AvePoint Fly user guide, Destination permissions for Teams",
    ..BASE
};

const LOCATION: Field = Field {
    notes: &[
        // The destination page of Teams (fly.md, contradictions, 3).
        Note {
            when: All(&[
                LOCATED,
                MODERN,
                Has("delegated", Trait::CustomDelegated),
                Not(&Is("used_as", "source")),
            ]),
            tone: Tone::Note,
            text: "For a chosen location, the custom delegated app needs the delegated permission Directory.ReadWrite.All.",
        },
    ],
    ..location::LOCATION
};
