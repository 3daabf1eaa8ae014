//! What the list shows of a Groups connection, and what is found beyond its objects. G4, G6-G11.

use crate::domain::answers::Sheet;
use crate::domain::health::{Digest, Directory, Finding, impersonation_user};
use crate::domain::{ProfileKind, Tenant};
use crate::form::judge::kinds;

pub(super) fn judge(sheet: &Sheet, directory: &Directory, out: &mut Digest) {
    let app = kinds(sheet, "app_profile", directory).next();
    let (accounts, delegated) = (sheet.ids("accounts").len(), sheet.ids("delegated").len());
    let mut words = Vec::new();
    if let Some(kind) = app {
        if kind == Some(ProfileKind::Custom) && impersonation_user(sheet, directory).is_none() {
            out.findings.insert(Finding::NoImpersonationUser);
        }
        words.push(kind.map_or("app profile", ProfileKind::label).to_owned());
        if accounts + delegated == 0 {
            out.findings.insert(Finding::AppProfileAlone);
        }
    } else if accounts + delegated == 1 {
        out.findings.insert(Finding::SingleCredential);
    }
    if accounts > 0 {
        words.push(format!("{accounts} account{}", if accounts == 1 { "" } else { "s" }));
    }
    if delegated > 0 {
        words.push(format!("{delegated} delegated"));
    }
    location(sheet, app.is_some(), directory, out);
    out.credentials = words.join(" + ");
}

/// G4: with Fly delegated profiles alone, groups cannot be created in a chosen location; a custom
/// delegated app can (fly.md §3).
fn location(sheet: &Sheet, has_app: bool, directory: &Directory, out: &mut Digest) {
    let Some(location) = sheet.code("location") else { return };
    let known =
        |tenant: &Tenant| tenant.locations.iter().any(|it| it.eq_ignore_ascii_case(location));
    let tenant = sheet.tenant().and_then(|id| directory.tenant(id));
    if tenant.is_some_and(|tenant| !known(tenant)) {
        out.findings.insert(Finding::LocationUnknown);
    }
    // One that is not known may be the custom app that does.
    let delegated: Vec<_> = kinds(sheet, "delegated", directory).collect();
    let only_fly = delegated.contains(&Some(ProfileKind::FlyDelegated))
        && !delegated.contains(&Some(ProfileKind::CustomDelegated))
        && !delegated.contains(&None);
    if !has_app && only_fly {
        out.findings.insert(Finding::LocationNotServed);
    }
}
