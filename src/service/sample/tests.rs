//! The sample passes the forms, shows every branch, and has something to find.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::*;
use crate::backend::PageRequest;
use crate::domain::health::{Digest, Findings, Horizon};
use crate::domain::{Cloud, Connection, Mfa, ObjectKind, ProfileKind};
use crate::form::has_form;
use crate::form::{branches, specs};
use crate::form::{digest, judge};
use crate::testing::fake::Fake;
use crate::text::fold;

fn now() -> Timestamp {
    "2026-11-22T09:30:00Z".parse().unwrap()
}

/// An empty backend at the moment of these tests.
fn empty() -> Fake {
    Fake::with_clock("sample", Arc::new(now))
}

/// Every connection of a backend, whole.
async fn connections(backend: &Fake) -> Vec<Connection> {
    let page = backend.page(PageRequest { after: None, limit: 1_000 }).await.unwrap();
    let mut all = Vec::new();
    for row in page.rows {
        all.push(backend.connection(row.id).await.unwrap());
    }
    all
}

/// The loaded sample: its connections and the directory as it is at the end.
async fn loaded() -> (Vec<Connection>, Directory) {
    let memory = empty();
    load(&memory, now()).await.unwrap();
    let mut objects = Vec::new();
    for kind in ObjectKind::ALL {
        objects.extend(memory.objects(kind, None).await.unwrap());
    }
    (connections(&memory).await, objects.into_iter().collect())
}

#[tokio::test]
async fn every_sample_connection_submits_and_a_second_load_adds_nothing() {
    // The runtime moves it between threads.
    fn sent<T: Send>(future: T) -> T {
        future
    }
    let memory = empty();
    let first = sent(load(&memory, now())).await.unwrap();
    assert_eq!((first.saved, first.listed, first.skipped), (40, 6, 0));
    let second = load(&memory, now()).await.unwrap();
    assert_eq!((second.saved, second.listed, second.skipped), (0, 0, 46));
    assert_eq!(connections(&memory).await.len(), 46);
}

#[tokio::test]
async fn it_stays_fresh() {
    for day in ["2024-02-29T23:59:59Z", "2030-12-31T00:00:00Z"] {
        let later: Timestamp = day.parse().unwrap();
        let sample = Sample::new(later).unwrap();
        let directory: Directory = sample.objects.iter().cloned().collect();
        for entry in &sample.connections {
            assert!(entry.at(later) < later);
            if let Content::Answers(answers) = &entry.content {
                assert!(read(answers, &directory, PlainSecrets::Allow).is_ok());
            }
        }
    }
}

#[tokio::test]
async fn it_is_a_believable_migration() {
    let (connections, directory) = loaded().await;
    let sample = Sample::new(now()).unwrap();
    let tenants: Vec<_> = directory.iter().filter_map(|it| directory.tenant(it.id())).collect();
    assert!(tenants.len() >= 4);
    assert_eq!(tenants.iter().filter(|it| it.is_multi_geo()).count(), 1);
    assert!(tenants.iter().any(|it| it.cloud == Cloud::China21Vianet));
    let objects: Vec<&DirectoryObject> = sample.objects.iter().collect();
    for kind in ProfileKind::ALL {
        let some = |it: &&DirectoryObject| matches!(it, DirectoryObject::AppProfile(it) if it.kind == kind);
        assert!(objects.iter().any(some), "{kind:?}");
    }
    for mfa in [Mfa::Yes, Mfa::No, Mfa::Unknown] {
        let some = |it: &&DirectoryObject| matches!(it, DirectoryObject::ServiceAccount(it) if it.mfa == mfa);
        assert!(objects.iter().any(some), "{mfa:?}");
    }
    let known: BTreeSet<_> = tenants.iter().map(|it| it.id.clone()).collect();
    assert!(objects.iter().all(|it| known.contains(it.tenant())));
    // A record of each type with a form, some that a list reported, one of a type without.
    for spec in specs::ALL {
        let some = |it: &&Connection| it.kind == spec.kind && it.answers.sheet().is_some();
        assert!(connections.iter().any(|it| some(&it)), "{}", spec.kind.label());
    }
    let listed: Vec<_> = connections.iter().filter(|it| it.answers.sheet().is_none()).collect();
    assert!(listed.iter().filter(|it| has_form(it.kind)).count() >= 4);
    assert!(listed.iter().any(|it| !has_form(it.kind)));
}

/// The choices and toggles that decide what the form asks.
fn branch_of(spec: &'static Spec, values: &Values) -> Vec<String> {
    spec.visible_fields(values)
        .filter(|field| matches!(field.kind, Kind::Choice(_) | Kind::Toggle))
        .filter(|field| field.key != "used_as")
        .map(|field| format!("{}={:?}", field.key, values.get(field.key)))
        .collect()
}

#[tokio::test]
async fn every_branch_of_the_device_form_is_there() {
    let (connections, directory) = loaded().await;
    let spec = specs::of(ConnectionType::Device).unwrap();
    let wanted: BTreeSet<_> = branches(spec).iter().map(|it| branch_of(spec, it)).collect();
    let there: BTreeSet<_> = connections
        .iter()
        .filter(|it| it.kind == ConnectionType::Device && it.answers.sheet().is_some())
        .map(|it| branch_of(spec, &spec.opened(it, &directory)))
        .collect();
    let missing: Vec<_> = wanted.difference(&there).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

fn found(digest: &Digest) -> Findings {
    digest.findings.aged(digest.expires_at, Horizon::usual(now()))
}

#[tokio::test]
async fn there_is_something_to_find_and_more_that_is_well() {
    let (connections, directory) = loaded().await;
    let findings: Vec<_> = connections.iter().map(|it| found(&digest(it, &directory))).collect();
    for wanted in judge::all() {
        // The directory loses nothing, the form refuses these, and no source of the sample has a
        // location; its chats and users are planned with care, and no service was read.
        let never = wanted.refuses && wanted.id != "account-has-mfa"
            || matches!(
                wanted.id,
                "object-missing"
                    | "location-on-source"
                    | "placeholder-in-use"
                    | "entra-source-app"
                    | "account-disabled"
                    | "account-unlicensed"
            );
        let some = findings.iter().any(|it| wanted.is_among(*it));
        assert_eq!(some, !never, "{}", wanted.id);
    }
    let well = findings.iter().filter(|it| it.iter().next().is_none()).count();
    assert!((15..=36).contains(&well), "{well} of 46 are well");
}

#[test]
fn the_samples_secrets_are_plainly_made_up() {
    let sample = Sample::new(now()).unwrap();
    for entry in sample.connections {
        let Content::Answers(answers) = entry.content else { continue };
        for (key, value) in answers {
            if key.contains("secret") && !key.contains("expires") || key.contains("password") {
                assert!(fold(value.as_str().unwrap()).starts_with("sample-"), "{key}");
            }
        }
    }
}
