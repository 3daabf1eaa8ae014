//! Every standing, from every kind of evidence.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::domain::{Cloud, Timestamp};
use crate::permissions::catalogue::{Kind, Permission, catalogue};
use crate::permissions::import::{AppManifest, ManifestForm, TokenClaims};
use crate::permissions::manifest::{Access, Manifest, manifest};
use crate::permissions::scenario::{Geo, Job, Mailbox, Method, Scenario};

fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn copy() -> Scenario {
    Scenario::new(Method::CustomApp, Job::Copy)
}

fn row(value: &str, kind: Kind) -> &'static Permission {
    catalogue().permissions.iter().find(|it| it.value == value && it.kind == kind).unwrap()
}

fn declared(manifest: Manifest) -> Evidence {
    Evidence::from_manifest(&AppManifest {
        form: ManifestForm::Array,
        app_id: None,
        name: None,
        manifest,
    })
}

/// A token with these values, which ends in an hour.
fn token(resource: &str, kind: Kind, values: &[&str]) -> TokenClaims {
    let api = catalogue().resources.iter().find(|it| it.key == resource).unwrap();
    TokenClaims {
        audience: api.app_id.to_string(),
        resource: Some(api.app_id),
        kind,
        values: values.iter().map(|it| (*it).to_owned()).collect(),
        directory_roles: Vec::new(),
        tenant: None,
        app_id: None,
        object: None,
        user: None,
        expires: Some("2026-11-22T13:00:00Z".parse().unwrap()),
    }
}

/// One token per API with everything that a scenario needs.
fn full_tokens(scenario: &Scenario) -> Vec<TokenClaims> {
    catalogue()
        .resources
        .iter()
        .map(|api| {
            let needed = catalogue()
                .permissions
                .iter()
                .filter(|it| it.resource.key == api.key && it.needed(scenario));
            token(&api.key, Kind::Role, &needed.map(|it| it.value.as_str()).collect::<Vec<_>>())
        })
        .collect()
}

/// Everything consented, as Microsoft Graph lists it.
fn live(values: &[(&str, Kind)]) -> Evidence {
    let mut out = Evidence::default();
    for (value, kind) in values {
        let it = row(value, *kind);
        out.holdings.push(Holding::by_id(it.resource.app_id, it.id, *kind, How::Consented));
    }
    for extent in [Extent::ConsentedRoles, Extent::ConsentedScopes] {
        out.sources.push(Source::new("Graph", Some(extent), Outcome::Read { found: 1 }));
    }
    out
}

fn standing(report: &Report, name: &str) -> Standing {
    let line = report.lines.iter().find(|it| it.requirement.name() == name);
    line.unwrap_or_else(|| panic!("no line {name}")).standing.clone()
}

#[test]
fn a_manifest_that_declares_all_is_complete_as_far_as_seen() {
    for scenario in Scenario::all().filter(|it| it.method.no_manifest().is_none()).step_by(7) {
        let report = check(&scenario, &declared(manifest(&scenario).manifest));
        let first = report.gaps().next();
        assert_eq!(report.verdict(), Verdict::CompleteAsFarAsSeen, "{scenario:?}: {first:?}");
        assert!(report.beyond.is_empty());
        assert!(report.counts().declared > 0);
    }
}

#[test]
fn nothing_at_all_is_not_complete() {
    let report = check(&copy(), &Evidence::default());
    assert_eq!(report.verdict(), Verdict::Gaps);
    assert_eq!(standing(&report, "Domain.Read.All"), Standing::NotVerifiable(Why::NotAsked));
    let report = check(&copy(), &declared(Manifest::default()));
    assert_eq!(standing(&report, "Domain.Read.All"), Standing::Missing);
    assert_eq!(report.verdict(), Verdict::Gaps);
}

#[test]
fn the_pages_manifest_has_a_gap_where_a_location_is_chosen() {
    // graph.md §1 number 1
    let page = manifest(&copy()).manifest;
    let report = check(&Scenario { geo: Geo::Chosen, ..copy() }, &declared(page));
    let gaps: Vec<_> = report.gaps().map(|it| it.requirement.name()).collect();
    assert_eq!(gaps, ["Directory.ReadWrite.All"]);
}

#[test]
fn declared_is_not_consented() {
    let scenario = copy();
    let manifest = manifest(&scenario).manifest;
    let consented = live(&[("Group.ReadWrite.All", Kind::Role)]);
    let report = check(&scenario, &declared(manifest.clone()).and(consented));
    assert_eq!(
        standing(&report, "Group.ReadWrite.All"),
        Standing::Granted { one_user_only: false }
    );
    assert_eq!(standing(&report, "Sites.Read.All"), Standing::DeclaredNotConsented);
    assert_eq!(report.verdict(), Verdict::Gaps);
    // A token speaks for its own API only.
    let tokens = Evidence::from_tokens(&[token("graph", Kind::Role, &[])], now());
    let report = check(&scenario, &declared(manifest).and(tokens));
    assert_eq!(standing(&report, "Sites.Read.All"), Standing::DeclaredNotConsented);
    assert_eq!(standing(&report, "Sites.FullControl.All"), Standing::Declared);
}

#[test]
fn tokens_for_all_apis_are_enough() {
    let scenario = copy();
    let report = check(&scenario, &Evidence::from_tokens(&full_tokens(&scenario), now()));
    assert_ne!(report.verdict(), Verdict::Gaps);
    assert_eq!(standing(&report, "User.Read.All"), Standing::SeenInToken { contradicted: false });
    assert!(report.warnings[0].starts_with("Signatures of tokens were not checked"));
    // One API without a token: its permissions are not established.
    let some: Vec<_> = full_tokens(&scenario).into_iter().skip(1).collect();
    let report = check(&scenario, &Evidence::from_tokens(&some, now()));
    assert_eq!(standing(&report, "User.Read.All"), Standing::NotVerifiable(Why::NotAsked));
    assert_eq!(report.verdict(), Verdict::Gaps);
}

#[test]
fn an_expired_token_is_named_and_proves_nothing() {
    let mut old = full_tokens(&copy());
    for it in &mut old {
        it.expires = Some("2026-11-22T11:00:00Z".parse().unwrap());
    }
    let report = check(&copy(), &Evidence::from_tokens(&old, now()));
    assert_eq!(standing(&report, "User.Read.All"), Standing::NotVerifiable(Why::ExpiredToken));
    assert_eq!(report.verdict(), Verdict::Gaps);
    assert!(
        report
            .warnings
            .iter()
            .any(|it| it.contains("Token 1 (Microsoft Graph): expired at 2026-11-22T11:00:00Z"))
    );
}

#[test]
fn a_token_that_graph_contradicts_is_a_gap() {
    let tokens = Evidence::from_tokens(&full_tokens(&copy()), now());
    let report = check(&copy(), &tokens.and(live(&[("Domain.Read.All", Kind::Role)])));
    assert_eq!(standing(&report, "User.Read.All"), Standing::SeenInToken { contradicted: true });
    assert_eq!(standing(&report, "Domain.Read.All"), Standing::Granted { one_user_only: false });
    assert_eq!(report.verdict(), Verdict::Gaps);
}

#[test]
fn a_bigger_permission_covers_and_is_beyond_the_need() {
    let evidence =
        live(&[("Directory.Read.All", Kind::Role), ("TermStore.ReadWrite.All", Kind::Role)]);
    let report = check(&copy(), &evidence);
    for covered in ["User.Read.All", "Domain.Read.All", "RoleManagement.Read.Directory"] {
        assert_eq!(
            standing(&report, covered),
            Standing::CoveredBy { bigger: "Directory.Read.All".to_owned(), how: How::Consented }
        );
    }
    let [beyond] = &report.beyond[..] else { panic!("{:?}", report.beyond) };
    assert_eq!(
        beyond.covers,
        ["Domain.Read.All", "RoleManagement.Read.Directory", "User.Read.All"]
    );
    // Directory.ReadWrite.All does not reach conversations of groups.
    let report = check(&copy(), &live(&[("Directory.ReadWrite.All", Kind::Role)]));
    assert_eq!(standing(&report, "Group.ReadWrite.All"), Standing::Missing);
}

#[test]
fn a_bigger_permission_that_is_only_declared_does_not_count_as_consented() {
    let big = row("TermStore.ReadWrite.All", Kind::Scope);
    let mut manifest = Manifest::default();
    manifest.add(big.resource.app_id, Access { id: big.id, kind: Kind::Scope });
    let scenario = Scenario::new(Method::CustomDelegated, Job::Copy);
    let report = check(&scenario, &declared(manifest.clone()));
    assert_eq!(
        standing(&report, "TermStore.Read.All"),
        Standing::CoveredBy { bigger: big.value.clone(), how: How::Declared }
    );
    let report = check(&scenario, &declared(manifest).and(live(&[])));
    assert_eq!(standing(&report, "TermStore.Read.All"), Standing::DeclaredNotConsented);
}

#[test]
fn the_wrong_kind_is_recognised_by_value_and_by_id() {
    let scope = row("Group.ReadWrite.All", Kind::Scope);
    let role = row("Sites.FullControl.All", Kind::Role);
    let mut manifest = Manifest::default();
    manifest.add(scope.resource.app_id, Access { id: scope.id, kind: Kind::Scope });
    // The id of a role, declared as a scope.
    manifest.add(role.resource.app_id, Access { id: role.id, kind: Kind::Scope });
    let report = check(&copy(), &declared(manifest));
    for name in ["Group.ReadWrite.All", "Sites.FullControl.All"] {
        assert_eq!(
            standing(&report, name),
            Standing::WrongKind { has: Kind::Scope, how: How::Declared }
        );
    }
    let line = report.lines.iter().find(|it| it.requirement.name() == "Group.ReadWrite.All");
    assert!(line.unwrap().next_step.contains("as Delegated, but must be Application"));
}

#[test]
fn the_same_permission_of_another_api_does_not_count() {
    // SharePoint and Graph share the id of User.Read.All.
    let sharepoint = row("TermStore.Read.All", Kind::Scope).resource.app_id;
    let user = row("User.Read.All", Kind::Role);
    let mut manifest = Manifest::default();
    manifest.add(sharepoint, Access { id: user.id, kind: Kind::Role });
    let report = check(&copy(), &declared(manifest));
    assert_eq!(standing(&report, "User.Read.All"), Standing::Missing);
    assert_eq!(report.beyond.len(), 1);
}

#[test]
fn values_of_tokens_are_compared_exactly() {
    // graph.md §1 number 3
    let tokens = [token("exchange", Kind::Role, &["Full_access_as_app", "Exchange.ManageAsApp"])];
    let report = check(&copy(), &Evidence::from_tokens(&tokens, now()));
    assert_eq!(standing(&report, "full_access_as_app"), Standing::Missing);
    assert_eq!(
        standing(&report, "Exchange.ManageAsApp"),
        Standing::SeenInToken { contradicted: false }
    );
}

#[test]
fn what_exchange_and_people_have_is_not_verifiable_and_no_gap() {
    let scenario =
        Scenario { mailbox: Mailbox::Rbac, method: Method::ServiceAndCustomApp, ..copy() };
    let report = check(&scenario, &Evidence::from_tokens(&full_tokens(&scenario), now()));
    let rbac = standing(&report, "Application EWS.AccessAsApp in Exchange");
    assert_eq!(rbac, Standing::NotVerifiable(Why::Exchange));
    assert_ne!(report.verdict(), Verdict::Gaps);
    assert_eq!(report.verdict(), Verdict::CompleteAsFarAsSeen);
    // With the Entra consent still there, the scope has no effect: say so.
    let with =
        Evidence::from_tokens(&[token("exchange", Kind::Role, &["full_access_as_app"])], now());
    let report = check(&scenario, &with);
    assert!(report.beyond[0].note.unwrap().contains("RBAC does not limit"));
}

#[test]
fn directory_roles_of_the_app_come_from_a_live_check() {
    let copy_of_fly = Scenario::new(Method::FlyApp, Job::Copy);
    let scenario = Scenario { geo: Geo::Chosen, planner: false, ..copy_of_fly };
    let name = "A directory role for the Fly app";
    let mut evidence = Evidence::default();
    assert_eq!(
        standing(&check(&scenario, &evidence), name),
        Standing::NotVerifiable(Why::NotAsked)
    );
    let direct = |outcome| Source::new("Roles", Some(Extent::DirectoryRoles), outcome);
    evidence.sources.push(direct(Outcome::Refused { needs: "RoleManagement.Read.Directory" }));
    let refused = Standing::NotVerifiable(Why::Refused { needs: "RoleManagement.Read.Directory" });
    assert_eq!(standing(&check(&scenario, &evidence), name), refused);
    evidence.sources = vec![
        direct(Outcome::Read { found: 0 }),
        Source::new("Groups", Some(Extent::RolesThroughGroups), Outcome::Read { found: 0 }),
    ];
    let report = check(&scenario, &evidence);
    assert_eq!((standing(&report, name), report.verdict()), (Standing::Missing, Verdict::Gaps));
    evidence.directory_roles.push(Uuid::parse_str("f28a1f50-f6e7-4571-818b-6a12f2af6b6c").unwrap());
    let report = check(&scenario, &evidence);
    assert_eq!(standing(&report, name), Standing::Granted { one_user_only: false });
    assert_eq!(report.verdict(), Verdict::Complete);
    // A custom app may have an Exchange role group instead, which nobody sees.
    evidence.directory_roles.clear();
    let report = check(&copy(), &evidence);
    let beside = standing(&report, "A role beside Exchange.ManageAsApp");
    assert!(matches!(beside, Standing::NotVerifiable(Why::Unseen { .. })));
}

#[test]
fn a_refused_rung_says_what_it_would_have_taken() {
    let scenario = Scenario::new(Method::CustomDelegated, Job::Copy);
    let mut evidence = Evidence::default();
    evidence.sources.push(Source::new(
        "Delegated consents",
        Some(Extent::ConsentedScopes),
        Outcome::Refused { needs: "Directory.Read.All" },
    ));
    let report = check(&scenario, &evidence);
    let line = report.lines.first().unwrap();
    assert_eq!(
        line.standing,
        Standing::NotVerifiable(Why::Refused { needs: "Directory.Read.All" })
    );
    assert!(line.gap && line.next_step.contains("it needs Directory.Read.All"));
}

#[test]
fn unknown_ids_in_21vianet_are_not_called_missing() {
    let scenario = Scenario { cloud: Cloud::China21Vianet, ..copy() };
    let graph = row("Domain.Read.All", Kind::Role).resource.app_id;
    let mut manifest = Manifest::default();
    manifest.add(graph, Access { id: Uuid::from_u128(1), kind: Kind::Role });
    let report = check(&scenario, &declared(manifest.clone()));
    assert_eq!(standing(&report, "Domain.Read.All"), Standing::NotVerifiable(Why::UnknownIds));
    assert_eq!(standing(&report, "Exchange.ManageAsApp"), Standing::Missing);
    let report = check(&copy(), &declared(manifest));
    assert_eq!(standing(&report, "Domain.Read.All"), Standing::Missing);
}

#[test]
fn mixed_up_sources_are_pointed_out() {
    let mut tokens = full_tokens(&copy());
    tokens[0].app_id = Some(Uuid::from_u128(1));
    tokens[1].app_id = Some(Uuid::from_u128(2));
    tokens[0].tenant = Some(Uuid::from_u128(3));
    tokens[1].tenant = Some(Uuid::from_u128(4));
    tokens.push(TokenClaims {
        resource: None,
        audience: "https://x\u{202e}".to_owned(),
        ..tokens[2].clone()
    });
    let report = check(&copy(), &Evidence::from_tokens(&tokens, now()));
    let all = report.warnings.join("\n");
    assert!(all.contains("different apps") && all.contains("different tenants"), "{all}");
    assert!(all.contains("not an API that Fly uses") && !all.contains('\u{202e}'), "{all}");
}

#[test]
fn for_an_app_of_avepoint_nothing_is_compared() {
    let scenario = Scenario::new(Method::FlyDelegated, Job::Merge);
    let report = check(&scenario, &Evidence::from_tokens(&full_tokens(&copy()), now()));
    assert!(report.beyond.is_empty());
    assert!(report.warnings[0].starts_with("No API permissions are compared."));
    assert_ne!(report.verdict(), Verdict::Gaps);
}

#[test]
fn a_report_is_json_with_a_word_for_each_standing() {
    let evidence = Evidence::from_tokens(&full_tokens(&copy()), now());
    let json = serde_json::to_value(check(&copy(), &evidence)).unwrap();
    assert_eq!(json["lines"][0]["standing"], "seen-in-token");
    assert_eq!(json["lines"][0]["requirement"]["permission"]["kind"], "Role");
    assert_eq!(json["sources"][0]["outcome"], "read");
    let report = check(&copy(), &Evidence::default());
    let json = serde_json::to_value(report).unwrap();
    assert_eq!(json["lines"][0]["standing"], "not-verifiable");
    assert_eq!(json["lines"][0]["why"], "not-asked");
}

proptest! {
    /// More evidence of consent never opens a gap, and every line has a next step.
    #[test]
    fn more_consent_never_opens_a_gap(
        at in 0usize..12_096,
        some in prop::collection::vec(any::<prop::sample::Index>(), 0..30),
        more in any::<prop::sample::Index>(),
    ) {
        let scenario = Scenario::all().nth(at).unwrap();
        let all = &catalogue().permissions;
        let named: Vec<_> = some.iter().map(|it| it.get(all)).map(|it| (it.value.as_str(), it.kind)).collect();
        let before = check(&scenario, &live(&named));
        let extra = more.get(all);
        let mut named = named;
        named.push((extra.value.as_str(), extra.kind));
        let after = check(&scenario, &live(&named));
        for (b, a) in before.lines.iter().zip(&after.lines) {
            prop_assert!(b.gap || !a.gap, "{:?}", a);
            prop_assert!(!a.next_step.is_empty());
        }
    }
}
