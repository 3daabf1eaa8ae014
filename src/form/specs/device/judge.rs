//! What the list shows of a device connection, and what is found beyond its objects. D4-D16.

use crate::domain::ProfileKind;
use crate::domain::answers::Sheet;
use crate::domain::health::{Digest, Directory, Finding, is_built_in, not_shared};
use crate::domain::token::TokenOrigin;
use crate::form::judge::kinds;

pub(super) fn judge(sheet: &Sheet, directory: &Directory, out: &mut Digest) {
    if sheet.get("client_id").is_some() {
        "app registration + key".clone_into(&mut out.credentials);
        source(sheet, out);
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
    if sheet.text("enrolment_path").is_some_and(|path| not_shared(path).is_some()) {
        out.findings.insert(Finding::ShareNotUnc);
    }
    if let Some(latest) = sheet.tokens("bulk_tokens").last() {
        out.expires_at = Some(latest.expires_at);
        if latest.origin == TokenOrigin::Local {
            out.findings.insert(Finding::LocalToken);
        }
    }
}

fn source(sheet: &Sheet, out: &mut Digest) {
    out.expires_at = sheet.day("client_secret_expires");
    if out.expires_at.is_none() {
        out.findings.insert(Finding::ExpiryUnknown);
    }
    if sheet.text("local_admin_user").is_some_and(is_built_in) {
        out.findings.insert(Finding::LocalAdminName);
    }
}
