//! What is found of a Groups connection beyond what Microsoft 365 types share. G4, G11.

use crate::domain::ProfileKind;
use crate::domain::answers::Sheet;
use crate::domain::health::{Digest, Directory, Finding};
use crate::form::judge::kinds;
use crate::form::specs::microsoft365;

pub(super) fn judge(sheet: &Sheet, directory: &Directory, out: &mut Digest) {
    microsoft365::judge(sheet, directory, out);
    let has_app = !sheet.ids("app_profile").is_empty();
    if has_app && sheet.choice("service_auth") == Some("none") {
        out.findings.insert(Finding::AppProfileAlone);
    }
    // G4: with Fly delegated profiles alone, groups cannot be created in a chosen location; a custom
    // delegated app can (fly.md §3). One that is not known may be the custom app that does.
    let delegated: Vec<_> = kinds(sheet, "delegated", directory).collect();
    let only_fly = delegated.contains(&Some(ProfileKind::FlyDelegated))
        && !delegated.contains(&Some(ProfileKind::CustomDelegated))
        && !delegated.contains(&None);
    if sheet.code("location").is_some() && !has_app && only_fly {
        out.findings.insert(Finding::LocationNotServed);
    }
}
