//! The scenarios to check for a Groups connection, from its own answers. SPEC P1, G3-G10.

use super::scenario::{Geo, Job, Method, Scenario};
use crate::domain::groups::{GroupsAnswers, ServiceAuthentication};
use crate::domain::health::Directory;

/// One scenario per app or account to check, with the choices that the connection does not make at
/// their defaults. Empty while no credential is chosen, or none is known to the directory.
///
/// Several delegated profiles of one kind are one scenario: each of them needs the same.
pub fn scenarios(answers: &GroupsAnswers, directory: &Directory, job: Job) -> Vec<Scenario> {
    let tenant = directory.tenant(&answers.tenant);
    let kind = |id| directory.profile(&answers.tenant, id).map(|it| it.kind);
    let app = answers.app_profile.as_ref().and_then(|it| kind(&it.profile));
    let (legacy, delegated) = match &answers.service {
        None => (false, Vec::new()),
        Some(ServiceAuthentication::Legacy { .. }) => (true, Vec::new()),
        Some(ServiceAuthentication::Modern { profiles }) => {
            (false, profiles.iter().filter_map(kind).collect())
        }
    };
    let geo = match (&answers.location, tenant) {
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
    use crate::domain::groups::AppProfileUse;
    use crate::domain::{
        AppProfile, Cloud, DirectoryObject, ObjectId, ProfileKind, ProfileStatus, Tenant,
    };

    fn profile(id: &str, kind: ProfileKind) -> DirectoryObject {
        DirectoryObject::AppProfile(AppProfile {
            id: id.into(),
            tenant: "t".into(),
            name: id.to_owned(),
            kind,
            impersonation_user: None,
            status: ProfileStatus::Active,
        })
    }

    fn directory(locations: &[&str]) -> Directory {
        let tenant = Tenant {
            id: "t".into(),
            name: "contoso.example".to_owned(),
            cloud: Cloud::UsGov,
            locations: locations.iter().map(|it| (*it).to_owned()).collect(),
            licensed_users: Vec::new(),
        };
        [
            DirectoryObject::Tenant(tenant),
            profile("custom", ProfileKind::Custom),
            profile("delegated", ProfileKind::CustomDelegated),
        ]
        .into_iter()
        .collect()
    }

    fn answers(app: Option<&str>, service: Option<ServiceAuthentication>) -> GroupsAnswers {
        GroupsAnswers {
            tenant: "t".into(),
            location: None,
            container: None,
            app_profile: app
                .map(|it| AppProfileUse { profile: it.into(), impersonation_user: None }),
            service,
        }
    }

    #[test]
    fn tenant_and_credentials_decide() {
        let found = scenarios(&answers(Some("custom"), None), &directory(&[]), Job::Copy);
        let expected =
            Scenario { cloud: Cloud::UsGov, ..Scenario::new(Method::CustomApp, Job::Copy) };
        assert_eq!(found, [expected]);
        let found = scenarios(&answers(Some("custom"), None), &directory(&["NAM"]), Job::Copy);
        assert_eq!(found[0].geo, Geo::Multi);
        let chosen =
            GroupsAnswers { location: Some("NAM".to_owned()), ..answers(Some("custom"), None) };
        assert_eq!(scenarios(&chosen, &directory(&["NAM"]), Job::Copy)[0].geo, Geo::Chosen);
    }

    #[test]
    fn each_app_behind_a_connection_is_a_scenario_of_its_own() {
        let profiles: Vec<ObjectId> = vec!["delegated".into(), "delegated".into()];
        let both = answers(Some("custom"), Some(ServiceAuthentication::Modern { profiles }));
        let methods: Vec<_> =
            scenarios(&both, &directory(&[]), Job::Both).into_iter().map(|it| it.method).collect();
        assert_eq!(methods, [Method::ServiceAndCustomApp, Method::CustomDelegated]);
        assert!(scenarios(&answers(None, None), &directory(&[]), Job::Both).is_empty());
        assert!(scenarios(&answers(Some("gone"), None), &directory(&[]), Job::Both).is_empty());
    }
}
