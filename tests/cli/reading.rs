//! What is read of a Fly context: which requests are sent, what is said beside the rows, and which
//! projects may use a connection. Issue 4, points 3, 6 and 8; SPEC E1, E7.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::contexts::{add, fly, live, row};
use crate::home::{Home, Ran};
use crate::tenant::{Reply, Tenant};

/// Requests for the list.
fn lists(service: &Tenant) -> Vec<String> {
    let seen = service.seen();
    seen.into_iter().map(|it| it.line).filter(|it| it.contains("/connections/")).collect()
}

fn page(rows: &[Value], total: usize) -> Reply {
    Reply::json(200, &json!({ "data": { "data": rows, "totalCount": total, "nextLink": null } }))
}

fn lines(ran: &Ran) -> Vec<String> {
    let said = ran.said();
    said.lines().filter(|it| !it.contains("for tests only")).map(str::to_owned).collect()
}

#[test]
fn a_filter_goes_to_the_service_where_that_is_exact() {
    let (home, service) = (Home::new(), fly(|_| None));
    add(&home, &["--use"]);
    let usual = "GET /fly/connections/summaries?sortBy=name&sortOrder=0";
    let list = |args: &[&str]| {
        let mut all = vec!["list", "--json"];
        all.extend(args);
        live(&home, &service.url, &all).succeeds().names()
    };
    // The stand-in knows no filter, as an older service would not: what comes is checked here.
    assert_eq!(list(&["--type", "M365Group,Device", "--side", "source"]), ["alpha", "beta"]);
    assert_eq!(list(&["--type", "Device"]), Vec::<String>::new());
    assert_eq!(list(&["--type", "M365Group", "--search", "ALP"]), ["alpha"]);
    // Decided here: a search, which does not find every name there, the tenant, the health; and
    // `any`, whose number could mean every side.
    assert_eq!(list(&["--search", "et"]), ["beta"]);
    assert_eq!(list(&["--tenant", "CONTOSO", "--health", "unchecked"]), ["alpha", "beta"]);
    assert_eq!(list(&["--side", "any"]), Vec::<String>::new());
    let sent: Vec<String> =
        lists(&service).iter().map(|it| it.replace("&top=200&skip=0", "")).collect();
    assert_eq!(
        sent,
        [
            format!("{usual}&types=4&types=14&sides=1"),
            format!("{usual}&types=14"),
            format!("{usual}&types=4"),
            usual.to_owned(),
            usual.to_owned(),
            usual.to_owned(),
        ]
    );
    // Some rows are no list to be remembered.
    let cached = live(&home, &service.url, &["list", "--json", "--cached", "--type", "M365Group"]);
    assert_eq!(cached.succeeds().names(), ["alpha", "beta"]);
    assert_eq!(lists(&service).len(), 6, "--cached calls nobody, with a filter either");
    let none = live(&home, &service.url, &["list", "--type", "Device"]).succeeds();
    assert_eq!((none.out.as_str(), lines(&none)), ("", vec!["No connection matches.".to_owned()]));
}

#[test]
fn how_old_a_remembered_list_is_and_what_is_wrong_with_one_is_said() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let service = fly(move |line| {
        line.contains("/connections/").then(|| {
            counted.fetch_add(1, Ordering::SeqCst);
            page(&[row(1, "alpha"), row(2, "beta"), row(1, "alpha")], 3)
        })
    });
    let home = Home::new();
    add(&home, &["--use"]);
    let doubled = "warning: 1 row came twice and are listed once; as many may be missing.";
    for args in [&["list", "--json"][..], &["list", "--json", "--type", "M365Group"]] {
        let ran = live(&home, &service.url, args).succeeds();
        assert_eq!(ran.names(), ["alpha", "beta"]);
        assert!(lines(&ran).iter().any(|it| it.starts_with(doubled)), "{ran:#?}");
    }
    assert_eq!(calls.load(Ordering::SeqCst), 4, "each was read once more first");
    let ran = live(&home, &service.url, &["list", "--cached"]).succeeds();
    assert!(lines(&ran)[0].starts_with("As of 2"), "{ran:#?}");
}

#[test]
fn a_live_connection_is_shown_with_the_projects_that_may_use_it_and_no_made_up_fault() {
    let (home, service) = (Home::new(), fly(|_| None));
    add(&home, &["--use"]);
    let ran = live(&home, &service.url, &["show", "alpha"]).succeeds();
    for words in [
        "Health       not checked",
        "1 project reads from Microsoft 365 Groups:",
        "    Microsoft 365 Groups -> Microsoft 365 Groups\n      Wave 1\n",
        "none listed does not mean unused",
    ] {
        assert!(ran.out.contains(words), "{words}: {ran:#?}");
    }
    let json = live(&home, &service.url, &["show", "alpha", "--json"]).succeeds().json();
    assert_eq!((&json["level"], &json["findings"]), (&json!("unchecked"), &json!([])));
    assert_eq!(
        json["projects"]["pairs"],
        json!([{ "source": "M365Group", "destination": "M365Group", "names": ["Wave 1"] }])
    );
    assert!(json["projects"]["limit"].as_str().unwrap().contains("does not mean unused"));
    // Nobody is called, so nothing is claimed.
    let calls = service.seen().len();
    let ran = live(&home, &service.url, &["show", "alpha", "--cached"]).succeeds();
    assert!(!ran.out.contains("roject"), "{ran:#?}");
    assert_eq!(service.seen().len(), calls);
    // Projects that cannot be read are no reason to show nothing.
    let service = fly(|line| {
        line.contains("/projects/").then(|| Reply::json(403, &json!({ "errorCode": "No" })))
    });
    let ran = live(&home, &service.url, &["show", "alpha"]).succeeds();
    assert!(lines(&ran)[0].starts_with("warning: the projects were not read: "), "{ran:#?}");
    assert!(ran.out.contains("Name         alpha"), "{ran:#?}");
}

#[test]
fn a_report_goes_to_standard_output_too() {
    let (home, service) = (Home::new(), fly(|_| None));
    add(&home, &["--use"]);
    let ran = live(&home, &service.url, &["context", "test", "--report", "-"]).succeeds();
    // Nothing but the report, which has the checks.
    assert!(ran.out.starts_with("jetbridge context test\n"), "{ran:#?}");
    assert!(ran.out.contains("connectionType: number 4 ×2"), "{ran:#?}");
    let report = &ran.out;
    // Each fact once: the version, and what became of each check.
    assert_eq!(report.matches("jetbridge").count(), 1, "{report}");
    assert_eq!(report.matches("sign-in").count(), 2, "the credential and the check: {report}");
    assert_eq!(report.matches(" ms").count(), 6, "two are skipped, without a time: {report}");
    assert_eq!(report.matches("  skipped  ").count(), 2, "{report}");
    for hidden in ["alpha", "contoso", "anna", "127.0.0.1", "00000000-0000"] {
        assert!(!report.contains(hidden), "{hidden}: {report}");
    }
    assert!(!home.path("-").exists());
    live(&home, &service.url, &["context", "test", "--report", "-", "--json"])
        .fails(2, &["cannot both write to standard output", "hint: "]);
}
