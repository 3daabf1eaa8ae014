//! What the list shows of a device connection's credentials. D4-D16.

use crate::domain::ProfileKind;
use crate::domain::answers::Sheet;
use crate::domain::health::{Digest, Directory};
use crate::form::judge::kinds;

/// What the list shows of the credentials.
pub(super) fn of(sheet: &Sheet, directory: &Directory, out: &mut Digest) {
    if sheet.get("client_id").is_some() {
        "app registration + key".clone_into(&mut out.credentials);
        return;
    }
    // The domain is named where no tenant is reached.
    if let (None, Some(domain)) = (&out.tenant, sheet.text("domain")) {
        domain.clone_into(&mut out.tenant_name);
    }
    let profile = ["app_profile", "join_app_profile"]
        .iter()
        .find_map(|key| kinds(sheet, key, directory).next())
        .map(|kind| kind.map_or("app profile", ProfileKind::label));
    let means = match (sheet.choice("rejoin"), sheet.choice("join")) {
        (Some("online"), _) => Some("AD account"),
        (Some("offline"), _) => Some("AD agent key"),
        (_, Some("bulk-token")) => Some("bulk token"),
        (_, Some("enrolment-file")) => Some("file"),
        _ => None,
    };
    out.credentials = profile.into_iter().chain(means).collect::<Vec<_>>().join(" + ");
}
