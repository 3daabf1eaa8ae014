//! The form of a Public Folders connection (types.md; the create-a-connection page of the public folder
//! guide). It asks what Exchange Online asks, without container.

use crate::domain::ConnectionType;
use crate::form::runbook::portal::Needed;
use crate::form::{Choice, Condition, Field, Note, Spec, Step, Tone};

use super::microsoft365::credentials::{self, ACCOUNTS, APP_PROFILE, DELEGATED, SERVICE_AUTH};
use super::microsoft365::impersonation::{self, IMPERSONATION_USER};
use super::microsoft365::{BASE, CONNECTION, CREDENTIALS, PLACE, TENANT};
use super::{common, expiry};

/// What the first step says of it.
pub(super) const CHOICE: Choice = Choice {
    key: "PublicFolder",
    label: "Public Folders",
    help: "Public folders of Exchange Online",
};

/// Public folders.
pub(super) static SPEC: Spec = Spec {
    kind: ConnectionType::PublicFolder,
    steps: &[
        CONNECTION,
        Step { fields: &[TENANT], ..PLACE },
        Step {
            fields: &[
                APP_PROFILE,
                IMPERSONATION_USER,
                SERVICE_AUTH,
                ACCOUNTS,
                Field { notes: &[CONSENT_USER], ..DELEGATED },
            ],
            ..CREDENTIALS
        },
    ],
    rules: &[common::RULES, expiry::RULES, credentials::RULES, impersonation::RULES],
    needed: &[common::TENANT_NEEDED, TYPE_NEEDED],
    permissions: "AvePoint Fly user guide, Public folder migrations, Required permissions",
    ..BASE
};

const CONSENT_USER: Note = Note {
    when: Condition::Answered("delegated"),
    tone: Tone::Note,
    text: "The consent user of each profile needs a mailbox, and the permission Read items on the top public folder.",
};

const TYPE_NEEDED: Needed = (
    "type",
    None,
    "AvePoint's public folder guide chooses the connection type Exchange Online in the panel.",
);
