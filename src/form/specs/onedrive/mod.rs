//! The form of a OneDrive connection: its create-a-connection page asks what that of SharePoint Online
//! asks (types.md; the end of the page was not read).

use crate::domain::ConnectionType;
use crate::form::{Choice, Spec};

use super::microsoft365::BASE;
use super::sharepoint;

/// What the first step says of it.
pub(super) const CHOICE: Choice =
    Choice { key: "OneDrive", label: "OneDrive", help: "Personal sites and their files" };

/// OneDrive.
pub(super) static SPEC: Spec = Spec {
    kind: ConnectionType::OneDrive,
    steps: sharepoint::STEPS,
    permissions: "AvePoint Fly user guide, OneDrive migrations, Permissions for source OneDrive",
    ..BASE
};
