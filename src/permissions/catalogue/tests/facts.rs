//! Facts that were read again on 2026-11-30 and are easily lost: each with where it is, words that
//! carry it, and its source.

use super::*;
use crate::permissions::scenario::Geo;

/// Title, text and next step of a duty, step or caution, and the name of its source.
fn row(key: &str) -> (String, &'static str) {
    let all = catalogue();
    let duty = all.duties.iter().find(|it| it.key == key);
    let duty = duty.map(|it| (format!("{}\n{}\n{}", it.title, it.text, it.next_step), &it.source));
    let step = all.steps.iter().find(|it| it.key == key);
    let step = step.map(|it| (format!("{}\n{}", it.title, it.text), &it.source));
    let caution = all.cautions.iter().find(|it| it.key == key);
    let caution = caution.map(|it| (it.text.clone(), &it.source));
    let (text, source) = duty.or(step).or(caution).unwrap_or_else(|| panic!("no {key}"));
    (text, &source.name)
}

/// Key, words, source.
type Fact = (&'static str, &'static [&'static str], &'static str);

const FACTS: [Fact; 13] = [
    (
        "ews-allowed",
        &[
            "Get-OrganizationConfig -RetrieveEwsOperationAccessPolicy",
            "counts only while EwsEnabled is true",
            "mailbox must not be False",
            "Get-CASMailbox",
            "tenant by tenant",
        ],
        "4383083",
    ),
    ("ews-prefill", &["September 2026", "what used EWS", "switch it on again"], "petri"),
    (
        "full-access",
        &["ApplicationImpersonation", "Group mailboxes cannot be migrated", "not overwritten"],
        "impact and solutions",
    ),
    (
        "owner-copy",
        &["EX-AccessDeniedToOffice365Group", "Domain.Read.All and Group.ReadWrite.All"],
        "Exchange related codes",
    ),
    ("exchange-app-role", &["Exchange Administrator", "create and migrate Groups"], "Exchange"),
    ("group-creation-role", &["Groups Administrator"], "Exchange related codes"),
    ("connect-tenant", &["connect the Microsoft 365 tenant"], "Create a Connection"),
    (
        "role-in-aos",
        &["Tenant Owner or Service Administrator"],
        "delegated app profile permissions",
    ),
    (
        "delegated-app",
        &["grant admin consent", "User consent", "Allow public client flows"],
        "Aviator, delegated app profile",
    ),
    ("other-cloud-ids", &["for commercial tenants only"], "Permissions Required by Destination"),
    (
        "planner-comments-licence",
        &["comments of planner tasks", "license"],
        "destination permissions",
    ),
    ("consent-user-owner", &["Owner and member", "owners and members"], "Permissions Required"),
    ("sharepoint-legacy-sign-in", &["1 May 2026", "not known"], "MC1184649"),
];

#[test]
fn facts_are_where_they_belong_with_their_source() {
    for (key, words, source) in FACTS {
        let (text, name) = row(key);
        for word in words {
            assert!(text.contains(word), "{key}: {word}: {text}");
        }
        assert!(name.contains(source), "{key}: {name}");
    }
}

/// Key, and every method that it is for.
const METHODS: [(&str, &[Method]); 8] = {
    use Method::{
        CustomApp, CustomDelegated, FlyApp, FlyDelegated, ServiceAccount, ServiceAndCustomApp,
        ServiceAndFlyApp,
    };
    [
        ("ews-allowed", Method::ALL),
        ("connect-tenant", Method::ALL),
        (
            "role-in-aos",
            &[
                FlyApp,
                CustomApp,
                FlyDelegated,
                CustomDelegated,
                ServiceAndFlyApp,
                ServiceAndCustomApp,
            ],
        ),
        (
            "full-access",
            &[ServiceAccount, FlyDelegated, CustomDelegated, ServiceAndFlyApp, ServiceAndCustomApp],
        ),
        ("planner-comments-licence", &[FlyApp, CustomApp]),
        ("sharepoint-legacy-sign-in", &[ServiceAccount, ServiceAndFlyApp, ServiceAndCustomApp]),
        ("group-creation-role", &[ServiceAccount, ServiceAndFlyApp, ServiceAndCustomApp]),
        ("owner-copy", &[CustomDelegated]),
    ]
};

#[test]
fn facts_are_for_the_methods_that_they_are_about() {
    for (key, methods) in METHODS {
        for method in Method::ALL {
            let asked = needs().into_iter().any(|(of, need)| {
                of == key && Scenario::all().any(|it| it.method == *method && need.applies(&it))
            });
            assert_eq!(asked, methods.contains(method), "{key}: {method:?}");
        }
    }
}

/// The page offers its application manifests for commercial tenants only.
#[test]
fn ids_in_other_clouds_are_cautioned_of() {
    for cloud in Cloud::ALL {
        let scenario = Scenario { cloud, ..Scenario::new(Method::CustomApp, Job::Merge) };
        let said =
            needs().iter().any(|(key, it)| key == "other-cloud-ids" && it.applies(&scenario));
        assert_eq!(said, cloud != Cloud::Commercial, "{cloud:?}");
    }
}

/// Both dates of EWS rest on a message as others quote it.
#[test]
fn the_dates_of_ews_are_reported_and_not_documented() {
    let [ews] = catalogue().retirements.as_slice() else { panic!("one retirement") };
    assert!(ews.dates.iter().all(|it| it.sure == Sure::Reported));
    assert!(ews.dates.iter().all(|it| it.source.name.contains("MC1227454")));
    assert!(ews.dates[0].what.contains("tenant by tenant"));
}

/// What a permission names as roles beside it is what its duty asks for.
#[test]
fn roles_beside_a_permission_are_those_of_its_duty() {
    for it in catalogue().permissions.iter().filter(|it| !it.roles_beside.is_empty()) {
        let roles = |all: &[Arc<Role>]| -> HashSet<String> {
            all.iter().map(|role| role.key.clone()).collect()
        };
        let beside = roles(&it.roles_beside);
        let duty = catalogue().duties.iter().find(|duty| roles(&duty.any_of) == beside);
        assert!(duty.is_some(), "{} {beside:?}", it.value);
    }
    let exchange = catalogue().explain("Exchange.ManageAsApp")[0];
    assert!(exchange.notes.iter().any(|it| it.contains("Security Reader")));
}

/// The delegated app is asked for Directory.Read.All in every multi-geo destination.
#[test]
fn directory_read_is_asked_in_every_multi_geo_copy() {
    let id = "06da0dbc-49e2-44d2-8312-53f166ab848a";
    let permission = catalogue().explain(id)[0];
    for geo in Geo::ALL {
        let scenario = Scenario { geo: *geo, ..Scenario::new(Method::CustomDelegated, Job::Copy) };
        assert_eq!(permission.needed(&scenario), *geo != Geo::Single, "{geo:?}");
    }
}
