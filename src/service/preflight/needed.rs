//! The permissions that the pre-flight itself takes: those of the checks that are made, for reading only.

use std::collections::BTreeSet;

use uuid::{Uuid, uuid};

use super::Selection;
use crate::checks::Need;
use crate::checks::preflight::rows;
use crate::permissions::catalogue;
use crate::permissions::catalogue::Kind;
use crate::permissions::manifest::{Access, Manifest};

/// Application permissions of Microsoft Graph beside those of the catalogue
/// (merill/microsoft-info@01859bc, `_info/GraphAppRoles.csv`; the last two from exports of tenants).
const IDS: [(&str, Uuid); 8] = [
    ("Application.Read.All", uuid!("9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30")),
    ("AuditLog.Read.All", uuid!("b0afded3-3588-46d8-8b3d-9842eff778da")),
    ("DeviceManagementServiceConfig.Read.All", uuid!("06a5fe6d-c49d-46a7-b082-56b1b14103c7")),
    ("Directory.Read.All", uuid!("7ab1d382-f21e-4acd-a863-ba3e13f7da61")),
    ("Organization.Read.All", uuid!("498476ce-e0fe-48b0-b801-37ba7e2685c6")),
    ("Policy.Read.All", uuid!("246dd0d5-5bd0-4def-940b-0421030a5b68")),
    ("Policy.Read.DeviceConfiguration", uuid!("bdba4817-6ba1-4a7c-8a01-be9bc7c242dd")),
    ("RoleManagement.Read.Exchange", uuid!("c769435f-f061-4d0b-8ff1-3d39870e5f85")),
];

/// A permission with the checks that take it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needed {
    /// Its value.
    pub value: &'static str,
    /// Its id; `None`: not known here, so that it is to be picked by name.
    pub id: Option<Uuid>,
    /// The checks.
    pub checks: Vec<&'static str>,
}

/// Everything that the checks of a selection take.
pub fn needed(selection: &Selection) -> Vec<Needed> {
    let mut out: Vec<Needed> = Vec::new();
    let rows = rows();
    for row in rows.iter().filter(|it| selection.takes(it)) {
        let values = row.needs.iter().filter_map(|it| match it {
            Need::Permission(value) => Some(*value),
            Need::Network | Need::Secret => None,
        });
        for value in values {
            match out.iter_mut().find(|it| it.value == value) {
                Some(known) => known.checks.push(row.id),
                None => out.push(Needed { value, id: id_of(value), checks: vec![row.id] }),
            }
        }
    }
    out.sort_by_key(|it| it.value);
    out
}

fn id_of(value: &str) -> Option<Uuid> {
    let graph = catalogue().resources.first()?.app_id;
    let known = catalogue().by_value(graph, value, Kind::Role).map(|it| it.id);
    known.or_else(|| IDS.iter().find(|it| it.0 == value).map(|it| it.1))
}

/// The same as the manifest of an app.
pub fn manifest(needed: &[Needed]) -> Manifest {
    let mut out = Manifest::default();
    let Some(graph) = catalogue().resources.first() else { return out };
    let ids: BTreeSet<Uuid> = needed.iter().filter_map(|it| it.id).collect();
    for id in ids {
        out.add(graph.app_id, Access { id, kind: Kind::Role });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_reads_are_asked_for_and_no_more_than_the_checks_take() {
        let all = needed(&Selection::default());
        assert!(all.len() > 8, "{all:?}");
        for it in &all {
            assert!(it.value.contains(".Read.") && !it.value.contains("Write"), "{it:?}");
            assert!(!it.checks.is_empty());
        }
        let unknown: Vec<&str> =
            all.iter().filter(|it| it.id.is_none()).map(|it| it.value).collect();
        assert_eq!(unknown, ["GroupSettings.Read.All"]);
        assert_eq!(manifest(&all).len(), all.len() - unknown.len());
        let users = Selection { only: vec!["user".into()], ..Selection::default() };
        let few: Vec<&str> = needed(&users).iter().map(|it| it.value).collect();
        assert_eq!(few, ["User.Read.All"]);
        let offline = Selection { offline: true, ..Selection::default() };
        assert!(needed(&offline).is_empty());
    }
}
