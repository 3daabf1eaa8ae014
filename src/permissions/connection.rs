//! The scenarios to check for a Groups connection, from its own answers. SPEC P1, G3-G10.

use super::scenario::{Geo, Job, Method, Scenario};
use crate::domain::ConnectionType;
use crate::domain::answers::Sheet;
use crate::domain::health::Directory;

/// The type whose needs the catalogue knows.
pub const COVERED: ConnectionType = ConnectionType::M365Group;

/// Whether the catalogue knows what a connection of this type needs.
pub fn covers(kind: ConnectionType) -> bool {
    kind == COVERED
}

/// One scenario per app or account to check, with the choices that the connection does not make at
/// their defaults. Empty while no credential is chosen, or none is known to the directory.
///
/// Several delegated profiles of one kind are one scenario: each of them needs the same.
pub fn scenarios(sheet: &Sheet, directory: &Directory, job: Job) -> Vec<Scenario> {
    let tenant = sheet.tenant().and_then(|id| directory.tenant(id));
    let kinds = |key: &str| {
        let of = sheet.objects(key);
        let ids = of.into_iter().flat_map(|it| it.ids.iter().map(|id| (&it.tenant, id)));
        ids.filter_map(|(tenant, id)| Some(directory.profile(tenant, id)?.kind))
    };
    let app = kinds("app_profile").next();
    let legacy = !sheet.ids("accounts").is_empty();
    let delegated: Vec<_> = kinds("delegated").collect();
    let geo = match (sheet.code("location"), tenant) {
        (Some(_), _) => Geo::Chosen,
        (None, Some(tenant)) if tenant.is_multi_geo() => Geo::Multi,
        (None, _) => Geo::Single,
    };
    Method::for_credentials(app, legacy, &delegated)
        .into_iter()
        .map(|method| Scenario {
            cloud: tenant.map(|it| it.cloud).unwrap_or_default(),
            geo,
            ..Scenario::new(method, job)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::answers::Answer;
    use crate::domain::answers::testing::sheet;
    use crate::domain::{AppProfile, Cloud, DirectoryObject, ProfileKind, ProfileStatus, Tenant};

    fn profile(id: &str, kind: ProfileKind) -> DirectoryObject {
        DirectoryObject::AppProfile(AppProfile {
            id: id.into(),
            tenant: "t".into(),
            name: id.to_owned(),
            kind,
            impersonation_user: None,
            status: ProfileStatus::Active,
            evidence: crate::domain::Evidence::default(),
        })
    }

    fn directory(locations: &[&str]) -> Directory {
        let tenant = Tenant {
            id: "t".into(),
            name: "contoso.example".to_owned(),
            cloud: Cloud::UsGov,
            locations: locations.iter().map(|it| (*it).to_owned()).collect(),
            licensed_users: Vec::new(),
            ..Tenant::default()
        };
        [
            DirectoryObject::Tenant(tenant),
            profile("custom", ProfileKind::Custom),
            profile("delegated", ProfileKind::CustomDelegated),
        ]
        .into_iter()
        .collect()
    }

    fn answers(app: Option<&str>, delegated: &[&str]) -> Sheet {
        let mut it = sheet().tenant("t");
        if let Some(app) = app {
            it = it.profiles("app_profile", &[app]);
        }
        if !delegated.is_empty() {
            it = it.profiles("delegated", delegated);
        }
        it.done()
    }

    #[test]
    fn tenant_and_credentials_decide() {
        let found = scenarios(&answers(Some("custom"), &[]), &directory(&[]), Job::Copy);
        let expected =
            Scenario { cloud: Cloud::UsGov, ..Scenario::new(Method::CustomApp, Job::Copy) };
        assert_eq!(found, [expected]);
        let found = scenarios(&answers(Some("custom"), &[]), &directory(&["NAM"]), Job::Copy);
        assert_eq!(found[0].geo, Geo::Multi);
        let mut chosen = answers(Some("custom"), &[]);
        chosen.set("location", Answer::Code("NAM".to_owned()));
        assert_eq!(scenarios(&chosen, &directory(&["NAM"]), Job::Copy)[0].geo, Geo::Chosen);
    }

    #[test]
    fn each_app_behind_a_connection_is_a_scenario_of_its_own() {
        let both = answers(Some("custom"), &["delegated", "delegated"]);
        let methods: Vec<_> =
            scenarios(&both, &directory(&[]), Job::Both).into_iter().map(|it| it.method).collect();
        assert_eq!(methods, [Method::ServiceAndCustomApp, Method::CustomDelegated]);
        assert!(scenarios(&answers(None, &[]), &directory(&[]), Job::Both).is_empty());
        assert!(scenarios(&answers(Some("gone"), &[]), &directory(&[]), Job::Both).is_empty());
    }
}
