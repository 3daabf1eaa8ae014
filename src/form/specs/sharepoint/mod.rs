//! The form of a SharePoint Online connection (types.md; its create-a-connection page). The page asks a
//! container of a source only, and no location.

use crate::domain::ConnectionType;
use crate::form::{Choice, Spec, Step};

use super::microsoft365::{BASE, CONNECTION, PLACE, TENANT, container, credentials, sites};

/// What the first step says of it.
pub(super) const CHOICE: Choice = Choice {
    key: "SharePoint",
    label: "SharePoint Online",
    help: "Sites with their lists, libraries and pages",
};

/// What its page asks, and that of OneDrive. Whether it asks an impersonation user is not confirmed.
pub(super) const STEPS: &[Step] = &[
    CONNECTION,
    Step { fields: &[TENANT, container::OF_SOURCE, sites::ADMIN_URL], ..PLACE },
    credentials::STEP,
];

/// SharePoint Online.
pub(super) static SPEC: Spec = Spec {
    kind: ConnectionType::SharePoint,
    steps: STEPS,
    permissions: "AvePoint Fly user guide, SharePoint Online migrations, Required permissions",
    ..BASE
};
