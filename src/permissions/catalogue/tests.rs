//! Loops over the catalogue that prove it well-formed.

use std::collections::HashSet;

use super::*;
use crate::permissions::scenario::{Job, Method};

mod facts;

fn unique<T: Eq + std::hash::Hash + std::fmt::Debug>(items: impl IntoIterator<Item = T>) {
    let mut seen = HashSet::new();
    for item in items {
        let shown = format!("{item:?}");
        assert!(seen.insert(item), "twice: {shown}");
    }
}

/// Every need with the name of its row.
fn needs() -> Vec<(String, &'static Need)> {
    let all = catalogue();
    let permissions = all.permissions.iter().map(|it| (it.value.clone(), &it.needs));
    let duties = all.duties.iter().map(|it| (it.key.clone(), &it.needs));
    let steps = all.steps.iter().map(|it| (it.key.clone(), &it.needs));
    let cautions = all.cautions.iter().map(|it| (it.key.clone(), &it.needs));
    permissions
        .chain(duties)
        .chain(steps)
        .chain(cautions)
        .flat_map(|(key, needs)| needs.iter().map(move |it| (key.clone(), it)))
        .collect()
}

#[test]
fn keys_are_unique() {
    let all = catalogue();
    unique(all.resources.iter().map(|it| &it.key));
    unique(all.resources.iter().map(|it| it.app_id));
    unique(all.roles.iter().map(|it| &it.key));
    unique(all.roles.iter().map(|it| it.id));
    unique(all.permissions.iter().map(|it| (it.resource.app_id, &it.value, it.kind)));
    // Within one API; SharePoint and Graph do share ids (User.Read.All).
    unique(all.permissions.iter().map(|it| (it.resource.app_id, it.id)));
    unique(all.duties.iter().map(|it| &it.key));
    unique(all.steps.iter().map(|it| &it.key));
    unique(all.cautions.iter().map(|it| &it.key));
}

#[test]
fn the_figures_of_the_readme() {
    let all = catalogue();
    let needed =
        |kind| all.permissions.iter().filter(|it| it.kind == kind && !it.needs.is_empty()).count();
    // P4, P5: the page's 17 application rows and TermStore.Read.All; its 13 delegated rows.
    assert_eq!((needed(Kind::Role), needed(Kind::Scope)), (18, 13));
    assert_eq!(all.rows(Cloud::Commercial).len(), 31);
    assert_eq!(all.permissions.len(), 49);
    assert_eq!((all.duties.len(), all.steps.len()), (15, 18));
}

#[test]
fn everything_says_what_it_is_and_where_that_was_read() {
    let all = catalogue();
    for it in &all.permissions {
        for text in [&it.display_name, &it.purpose, &it.source.name, &it.source.dated] {
            assert!(!text.trim().is_empty(), "{}", it.value);
        }
        assert!(it.source.dated.parse::<jiff::civil::Date>().is_ok(), "{}", it.value);
        assert!(!it.id.is_nil(), "{}", it.value);
    }
    for it in &all.duties {
        assert!(!it.text.is_empty() && !it.next_step.is_empty(), "{}", it.key);
        assert_eq!(it.what == DutyKind::DirectoryRole, !it.any_of.is_empty(), "{}", it.key);
    }
    for it in &all.retirements {
        assert!(!it.dates.is_empty());
        for date in &it.dates {
            assert!(date.on.parse::<jiff::civil::Date>().is_ok());
        }
    }
}

#[test]
fn spec_lines_of_duties_and_steps_exist() {
    let known = ["P2", "P3", "P4", "P5", "P6", "P7", "P8"];
    let all = catalogue();
    let specs = all.duties.iter().map(|it| &it.spec).chain(all.steps.iter().map(|it| &it.spec));
    for spec in specs {
        assert!(known.contains(&spec.as_str()), "{spec}");
    }
    for line in ["P2", "P3", "P7", "P8"] {
        assert!(all.steps.iter().any(|it| it.spec == line), "{line}");
    }
}

#[test]
fn whatever_covers_a_permission_is_known_and_of_the_same_kind() {
    let all = catalogue();
    for it in &all.permissions {
        for bigger in &it.covered_by {
            assert_ne!(*bigger, it.value);
            assert!(
                all.by_value(it.resource.app_id, bigger, it.kind).is_some(),
                "{} is covered by {bigger}",
                it.value
            );
        }
    }
}

#[test]
fn every_need_applies_somewhere_and_only_under_its_condition() {
    for (key, need) in needs() {
        assert!(!need.methods.is_empty() && !need.jobs.is_empty(), "{key}");
        assert!(!need.jobs.contains(&Job::Both), "{key}: name copy and merge");
        assert!(Scenario::all().any(|it| need.applies(&it)), "{key} is never needed");
        if need.when != Condition::Always {
            let without = Need { when: Condition::Always, ..need.clone() };
            assert!(
                Scenario::all().any(|it| without.applies(&it) && !need.applies(&it)),
                "{key}: the condition never decides"
            );
        }
    }
}

#[test]
fn alternatives_can_be_chosen_and_take_the_place_of_the_row() {
    for it in &catalogue().permissions {
        for other in &it.alternatives {
            let chosen: Vec<_> = Scenario::all().filter(|s| other.when.holds(s)).collect();
            assert!(!chosen.is_empty(), "{}", it.value);
            assert!(chosen.iter().all(|s| !it.needed(s)), "{}", it.value);
        }
    }
}

#[test]
fn every_method_has_something_to_do() {
    let all = catalogue();
    for method in Method::ALL {
        let scenario = Scenario::new(*method, Job::Both);
        let steps = all.steps.iter().any(|it| it.needs.iter().any(|n| n.applies(&scenario)));
        let duties = all.duties.iter().any(|it| it.needs.iter().any(|n| n.applies(&scenario)));
        // The Fly app in one location needs nothing beside its profile.
        assert!(steps && (duties || *method == Method::FlyApp), "{method:?}");
    }
}

#[test]
fn texts_have_nothing_hidden_in_them() {
    let all = catalogue();
    let texts = all
        .permissions
        .iter()
        .flat_map(|it| [&it.purpose, &it.display_name].into_iter().chain(&it.notes))
        .chain(all.steps.iter().map(|it| &it.text))
        .chain(all.duties.iter().map(|it| &it.text));
    for text in texts {
        assert!(!text.chars().any(crate::text::is_hidden), "{text}");
    }
}

#[test]
fn values_are_found_by_any_case_and_by_id() {
    let all = catalogue();
    let found = all.explain("FULL_access_as_app");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].value, "full_access_as_app");
    assert!(found[0].page_says.is_some() && found[0].retiring.is_some());
    assert_eq!(all.explain("df021288-bdef-4463-88db-98f22de89214").len(), 1);
    assert_eq!(all.explain("Group.ReadWrite.All").len(), 2);
    assert!(all.explain("Mail.Read").is_empty());
    assert!(all.suggestions("termstore.write").contains(&"TermStore.ReadWrite.All"));
    assert!(all.suggestions("").is_empty());
}

#[test]
fn audiences_lead_to_their_api() {
    let all = catalogue();
    let key = |aud: &str| all.resource_of_audience(aud).map(|it| it.key.as_str());
    assert_eq!(key("https://graph.microsoft.com"), Some("graph"));
    assert_eq!(key("https://graph.microsoft.com/"), Some("graph"));
    assert_eq!(key("00000003-0000-0000-c000-000000000000"), Some("graph"));
    assert_eq!(key("https://contoso.sharepoint.com"), Some("sharepoint"));
    assert_eq!(
        key("00000003-0000-0ff1-ce00-000000000000/contoso.sharepoint.com@tenant"),
        Some("sharepoint")
    );
    assert_eq!(key("https://outlook.office365.com/"), Some("exchange"));
    assert_eq!(key("https://evil.example/graph.microsoft.com"), None);
    assert_eq!(key("http://contoso.sharepoint.com"), None);
    assert_eq!(key(""), None);
}

#[test]
fn rows_carry_what_a_table_and_json_show() {
    let rows = catalogue().rows(Cloud::China21Vianet);
    let row = rows.iter().find(|it| it.value == "Content.Writer").unwrap();
    assert_eq!(row.resource, "Microsoft Rights Management Services");
    let json = serde_json::to_value(row).unwrap();
    for field in ["resource", "resource_app_id", "value", "id", "kind", "display_name", "purpose"] {
        assert!(json[field].is_string(), "{field}");
    }
    assert_eq!(json["kind"], "Role");
    assert_eq!(json["needs"][0]["when"], "when sensitivity labels are managed");
}
