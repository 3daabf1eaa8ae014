//! Rules about what was answered for devices. SPEC D5, D8, D16.

use super::super::device::DeviceSource;
use super::{Finding, Findings};
use crate::text::fold;

/// User names that Windows brings itself.
const BUILT_IN: [&str; 7] = [
    "administrator",
    "administrateur",
    "administrador",
    "guest",
    "defaultaccount",
    "wdagutilityaccount",
    "system",
];

pub(super) fn judge_source(source: &DeviceSource, findings: &mut Findings) {
    if source.client_secret_expires.is_none() {
        findings.insert(Finding::ExpiryUnknown);
    }
    if source.local_admin.as_ref().is_some_and(|admin| is_built_in(&admin.user)) {
        findings.insert(Finding::LocalAdminName);
    }
}

/// Whether Windows brings a user of this name itself. D8.
pub fn is_built_in(user: &str) -> bool {
    BUILT_IN.contains(&fold(user.trim()).as_str())
}

/// Why other machines may not see a path; `None` for a UNC path and for drive C:, which every
/// device has. D16.
pub fn not_shared(path: &str) -> Option<&'static str> {
    if path.starts_with("\\\\") {
        return None;
    }
    let mut chars = path.chars();
    match (chars.next(), chars.next(), chars.next()) {
        (Some('c' | 'C'), Some(':'), Some('\\')) => None,
        (Some(drive), Some(':'), Some('\\')) if drive.is_ascii_alphabetic() => {
            Some("a drive letter that may be a mapped share")
        }
        _ => Some("neither a UNC path nor a local path"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // D16
    #[test]
    fn a_share_is_reached_by_its_unc_path() {
        for fine in [r"\\files\fly\join.ppkg", r"C:\Fly\join.ppkg", r"c:\join.ppkg"] {
            assert_eq!(not_shared(fine), None, "{fine}");
        }
        for odd in [r"Z:\fly\join.ppkg", "//files/fly/join.ppkg", "smb://files/fly", "C:join", ""] {
            assert!(not_shared(odd).is_some(), "{odd}");
        }
    }
}
