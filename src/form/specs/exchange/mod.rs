//! The form of an Exchange Online connection (types.md; its create-a-connection page). It asks no location.

use crate::domain::ConnectionType;
use crate::form::{Choice, Spec};

use super::microsoft365::{
    BASE, CONNECTION, CREDENTIALS, PLACE, container, credentials, impersonation,
};
use super::{common, expiry};

/// What the first step says of it.
pub(super) const CHOICE: Choice = Choice {
    key: "Exchange",
    label: "Exchange Online",
    help: "Mailboxes with their mail, calendars and contacts",
};

/// Exchange Online.
pub(super) static SPEC: Spec = Spec {
    kind: ConnectionType::Exchange,
    steps: &[CONNECTION, PLACE, CREDENTIALS],
    rules: &[
        common::RULES,
        expiry::RULES,
        container::RULES,
        credentials::RULES,
        impersonation::RULES,
    ],
    permissions: "AvePoint Fly user guide, Exchange Online migrations, Required permissions",
    ..BASE
};
