//! Manifests: exact, stable, monotone, and the page's own lists.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::domain::Cloud;
use crate::permissions::import;
use crate::permissions::scenario::{Fact, Geo, Job, Mailbox, Method, TermStore};

type Set = BTreeSet<String>;

fn set(manifest: &Manifest) -> Set {
    manifest.entries().map(|(app, it)| format!("{app} {} {:?}", it.id, it.kind)).collect()
}

fn of(scenario: &Scenario) -> Set {
    set(&manifest(scenario).manifest)
}

/// A value of the catalogue as [`set`] writes it.
fn entry(value: &str, resource: &str, kind: Kind) -> String {
    let all = catalogue();
    let it = all
        .permissions
        .iter()
        .find(|it| it.value == value && it.resource.key == resource && it.kind == kind)
        .unwrap();
    format!("{} {} {kind:?}", it.resource.app_id, it.id)
}

/// The four ready-made lists of the product page (S1), as sets of ids.
fn page(list: &str) -> Set {
    let text = include_str!("testdata/page-lists.txt");
    let mut out = Set::new();
    let mut inside = false;
    for line in text.lines().filter(|it| !it.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
            inside = name == list;
        } else if inside && !line.is_empty() {
            out.insert(line.to_owned());
        }
    }
    assert!(!out.is_empty(), "{list}");
    out
}

/// Everything switched on that the page's lists hold unconditionally.
fn with_everything(method: Method, job: Job) -> Scenario {
    Scenario { labels: true, discovery: true, ..Scenario::new(method, job) }
}

#[test]
fn every_scenario_gives_unique_known_entries_of_the_right_kind() {
    // P6, over all 12,096 combinations.
    for scenario in Scenario::all() {
        let built = manifest(&scenario);
        let entries: Vec<_> = built.manifest.entries().collect();
        let unique: BTreeSet<_> = entries.iter().map(|(app, it)| (*app, it.id)).collect();
        assert_eq!(entries.len(), unique.len(), "{scenario:?}");
        let kind = match scenario.method {
            Method::CustomApp | Method::ServiceAndCustomApp => Some(Kind::Role),
            Method::CustomDelegated => Some(Kind::Scope),
            Method::FlyApp
            | Method::FlyDelegated
            | Method::ServiceAccount
            | Method::ServiceAndFlyApp => None,
        };
        assert_eq!(built.empty_because.is_some(), kind.is_none());
        assert_eq!(built.manifest.is_empty(), kind.is_none(), "{scenario:?}");
        for (app, it) in entries {
            assert!(catalogue().by_id(app, it.id, it.kind).is_some(), "{scenario:?}");
            assert_eq!(Some(it.kind), kind, "{scenario:?}");
        }
    }
}

#[test]
fn switching_an_option_on_removes_nothing_but_what_it_replaces() {
    for scenario in Scenario::all() {
        let before = of(&scenario);
        let grown = [
            Scenario { labels: true, ..scenario },
            Scenario { discovery: true, ..scenario },
            Scenario { planner: true, ..scenario },
            Scenario { job: Job::Both, ..scenario },
        ];
        for more in grown {
            assert!(of(&more).is_superset(&before), "{scenario:?} → {more:?}");
        }
        if scenario.geo == Geo::Single {
            assert!(of(&Scenario { geo: Geo::Multi, ..scenario }).is_superset(&before));
            assert!(of(&Scenario { geo: Geo::Chosen, ..scenario }).is_superset(&before));
        }
        // These three put one permission in the place of one other.
        let swaps = [
            Scenario { mailbox: Mailbox::Rbac, ..scenario },
            Scenario { term_store: TermStore::Read, ..scenario },
            Scenario { group_owner: true, ..scenario },
        ];
        for other in swaps {
            let after = of(&other);
            assert!(before.difference(&after).count() <= 1, "{scenario:?} → {other:?}");
            assert!(after.difference(&before).count() <= 1, "{scenario:?} → {other:?}");
        }
    }
}

#[test]
fn facts_that_a_manifest_depends_on_change_it() {
    for fact in Fact::ALL {
        let used = catalogue()
            .permissions
            .iter()
            .flat_map(|it| &it.needs)
            .any(|need| need.when.facts().contains(fact));
        // RBAC is an absence in the manifest: its fact guards a duty.
        assert!(used || *fact == Fact::MailboxRbac, "{fact:?}");
    }
}

#[test]
fn the_pages_copy_list_for_a_custom_app() {
    // Same set with labels and discovery. Known difference: with a chosen location the list lacks
    // Directory.ReadWrite.All.
    let scenario = with_everything(Method::CustomApp, Job::Copy);
    assert_eq!(of(&scenario), page("copy application"));
    let chosen = Scenario { geo: Geo::Chosen, ..scenario };
    let mut expected = page("copy application");
    expected.insert(entry("Directory.ReadWrite.All", "graph", Kind::Role));
    assert_eq!(of(&chosen), expected);
    // A service account beside it: no Directory.ReadWrite.All, by the page's own condition.
    let beside = Scenario { method: Method::ServiceAndCustomApp, ..chosen };
    assert_eq!(of(&beside), page("copy application"));
}

#[test]
fn the_pages_merge_list_for_a_custom_app() {
    // The same 16 as for copy; no difference, whatever the locations.
    for geo in Geo::ALL {
        let scenario = Scenario { geo: *geo, ..with_everything(Method::CustomApp, Job::Merge) };
        assert_eq!(of(&scenario), page("merge application"));
    }
    assert_eq!(page("merge application"), page("copy application"));
}

#[test]
fn the_pages_lists_for_a_custom_delegated_app() {
    // Known difference in both: the lists hold Group.Read.All beside Group.ReadWrite.All, which
    // includes it. One is enough: the bigger, or the smaller for an owner.
    let read = entry("Group.Read.All", "graph", Kind::Scope);
    let write = entry("Group.ReadWrite.All", "graph", Kind::Scope);
    for (job, list, geo) in
        [(Job::Copy, "copy delegated", Geo::Multi), (Job::Merge, "merge delegated", Geo::Single)]
    {
        let scenario = Scenario { geo, ..with_everything(Method::CustomDelegated, job) };
        let mut expected = page(list);
        assert!(expected.remove(&read));
        assert_eq!(of(&scenario), expected);
        let mut owner = page(list);
        assert!(owner.remove(&write));
        assert_eq!(of(&Scenario { group_owner: true, ..scenario }), owner);
    }
}

#[test]
fn what_the_lists_hold_without_condition_is_left_out_where_not_needed() {
    let plain = of(&Scenario::new(Method::CustomApp, Job::Copy));
    let surplus: Set = page("copy application").difference(&plain).cloned().collect();
    let expected: Set = [
        ("InformationProtectionPolicy.Read.All", "graph"),
        ("Reports.Read.All", "graph"),
        ("UnifiedPolicy.Tenant.Read", "mip"),
        ("Content.DelegatedWriter", "rms"),
        ("Content.Writer", "rms"),
    ]
    .into_iter()
    .map(|(value, resource)| entry(value, resource, Kind::Role))
    .collect();
    assert_eq!(surplus, expected);
    // Delegated: labels (2 scopes) and, for copy, the multi-geo scope.
    let plain = of(&Scenario::new(Method::CustomDelegated, Job::Copy));
    assert_eq!(page("copy delegated").difference(&plain).count(), 4, "and Group.Read.All");
}

#[test]
fn what_21vianet_leaves_out_is_left_out() {
    let scenario = with_everything(Method::CustomApp, Job::Both);
    let china = Scenario { cloud: Cloud::China21Vianet, ..scenario };
    let dropped: Set = of(&scenario).difference(&of(&china)).cloned().collect();
    let expected: Set = ["Reports.Read.All", "Tasks.ReadWrite.All", "ReportSettings.Read.All"]
        .iter()
        .map(|value| entry(value, "graph", Kind::Role))
        .collect();
    assert_eq!(dropped, expected);
    assert!(manifest(&china).warnings.iter().any(|it| it.key == "other-cloud-ids"));
}

#[test]
fn the_forms_are_what_they_promise() {
    let built = manifest(&Scenario::new(Method::CustomApp, Job::Copy)).manifest;
    let array: serde_json::Value = serde_json::from_str(&built.render(Form::Array)).unwrap();
    assert_eq!(array[0]["resourceAppId"], "00000003-0000-0000-c000-000000000000");
    assert_eq!(array[0]["resourceAccess"][0]["type"], "Role");
    let patch: serde_json::Value = serde_json::from_str(&built.render(Form::Patch)).unwrap();
    assert_eq!(patch["requiredResourceAccess"], array);
    let property = built.render(Form::Property);
    let whole: serde_json::Value = serde_json::from_str(&format!("{{{property}}}")).unwrap();
    assert_eq!(whole, patch);
    // Written the same way every time.
    assert_eq!(built.render(Form::Patch), built.clone().merge(&built).render(Form::Patch));
    for form in Form::ALL {
        assert_eq!(import::manifest(&built.render(form)).unwrap().manifest, built, "{form:?}");
    }
}

#[test]
fn merging_keeps_what_is_there_besides() {
    let foreign = Uuid::from_u128(7);
    let mut existing = Manifest::default();
    existing.add(foreign, Access { id: Uuid::from_u128(8), kind: Kind::Scope });
    existing.add(catalogue().resources[0].app_id, Access { id: foreign, kind: Kind::Role });
    let needed = manifest(&Scenario::new(Method::CustomApp, Job::Copy)).manifest;
    let merged = existing.merge(&needed);
    assert!(set(&merged).is_superset(&set(&existing)));
    assert!(set(&merged).is_superset(&set(&needed)));
    assert_eq!(merged.len(), existing.len() + needed.len());
    assert_eq!(merged.resources.last().unwrap().resource_app_id, foreign);
}

fn any_manifest() -> impl Strategy<Value = Manifest> {
    let access = (0u128..40, any::<bool>()).prop_map(|(id, role)| Access {
        id: Uuid::from_u128(id),
        kind: if role { Kind::Role } else { Kind::Scope },
    });
    let resource = (0u128..6, prop::collection::vec(access, 0..8)).prop_map(|(app, accesses)| {
        // Half of them are APIs of the catalogue.
        let known = usize::try_from(app).ok().and_then(|at| catalogue().resources.get(at));
        let resource_app_id = known.map_or(Uuid::from_u128(app), |it| it.app_id);
        ResourceAccess { resource_app_id, resource_access: accesses }
    });
    prop::collection::vec(resource, 0..6).prop_map(|resources| Manifest { resources })
}

proptest! {
    #[test]
    fn merging_loses_nothing_repeats_nothing_and_settles(a in any_manifest(), b in any_manifest()) {
        let merged = a.merge(&b);
        let union: Set = set(&a).union(&set(&b)).cloned().collect();
        prop_assert_eq!(set(&merged), union);
        prop_assert_eq!(merged.len(), set(&merged).len());
        prop_assert_eq!(&merged.merge(&b), &merged);
        prop_assert_eq!(set(&merged), set(&b.merge(&a)));
    }

    #[test]
    fn what_is_written_is_read_back(manifest in any_manifest()) {
        let settled = manifest.merge(&Manifest::default());
        for form in Form::ALL {
            let read = import::manifest(&settled.render(form)).unwrap();
            prop_assert_eq!(set(&read.manifest), set(&settled));
        }
    }
}
