//! The sample passes the forms, shows every branch, and has something to find.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use super::*;
use crate::backend::{
    Capabilities, DeletedConnection, FormDraft, HistoryEntry, Imported, Page, PageRequest, Reply,
};
use crate::domain::health::{Digest, Finding, digest};
use crate::domain::key::{ENTROPY, Key, KeyKind, KeyStanding, issue as make_key};
use crate::domain::removal::Outcome;
use crate::domain::text::fold;
use crate::domain::token::{BulkToken, TokenOrigin, check_expiry, days_between};
use crate::domain::{
    Answers, Cloud, Connection, ConnectionId, Listed, Mfa, ObjectId, Origin, ProfileKind,
};
use crate::form::{branches, specs};

fn now() -> Timestamp {
    "2026-11-22T09:30:00Z".parse().unwrap()
}

#[derive(Default)]
struct Shelf {
    objects: BTreeMap<(crate::domain::ObjectKind, ObjectId, ObjectId), DirectoryObject>,
    connections: Vec<Connection>,
    issued: u8,
}

/// Keeps what the sample asks for in memory, and refuses everything else.
#[derive(Default)]
struct Memory(Mutex<Shelf>);

fn ready<'a, T: Send + 'a>(value: Result<T, BackendError>) -> Reply<'a, T> {
    Box::pin(async { value })
}

fn no<'a, T: Send + 'a>() -> Reply<'a, T> {
    ready(Err(BackendError::Unsupported("this")))
}

impl Shelf {
    fn find(&self, name: &str) -> Option<ConnectionId> {
        self.connections.iter().find(|it| fold(&it.name) == fold(name)).map(|it| it.id)
    }

    fn add(&mut self, draft: Draft, stamp: Stamp, origin: Origin) -> Connection {
        let number = self.connections.len() as u128 + 1;
        let connection = Connection {
            id: ConnectionId(uuid::Uuid::from_u128(number)),
            revision: 1,
            name: draft.name,
            description: draft.description,
            kind: draft.kind,
            side: draft.side,
            answers: draft.answers,
            origin,
            created_at: stamp.at,
            created_by: stamp.by.clone(),
            modified_at: stamp.at,
            modified_by: stamp.by,
        };
        self.connections.push(connection.clone());
        connection
    }
}

impl Backend for Memory {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            write: true,
            delete: false,
            history: false,
            edit_directory: true,
            keys: true,
            tokens: true,
            drafts: false,
            usage: false,
        }
    }

    fn find(&self, name: String) -> Reply<'_, Option<ConnectionId>> {
        ready(Ok(self.0.lock().unwrap().find(&name)))
    }

    fn save(&self, request: SaveRequest) -> Reply<'_, Connection> {
        let mut shelf = self.0.lock().unwrap();
        let name = request.draft.name.clone();
        ready(match shelf.find(&name) {
            Some(id) => Err(BackendError::NameTaken { name, id }),
            None => Ok(shelf.add(request.draft, request.stamp.unwrap(), Origin::Local)),
        })
    }

    fn import(&self, rows: Vec<ImportRow>) -> Reply<'_, Imported> {
        let mut shelf = self.0.lock().unwrap();
        let mut done = Imported::default();
        for row in rows {
            if shelf.find(&row.name).is_some() {
                done.skipped += 1;
                continue;
            }
            let draft = Draft {
                name: row.name,
                description: row.description,
                kind: row.kind,
                side: row.side,
                answers: Answers::Listed(Listed { tenant: row.tenant }),
            };
            let stamp = Stamp { at: row.modified_at.unwrap(), by: row.modified_by };
            shelf.add(draft, stamp, Origin::Imported);
            done.added += 1;
        }
        ready(Ok(done))
    }

    fn put_objects(&self, objects: Vec<DirectoryObject>) -> Reply<'_, usize> {
        let mut shelf = self.0.lock().unwrap();
        let count = objects.len();
        for it in objects {
            shelf.objects.insert((it.kind(), it.tenant().clone(), it.id().clone()), it);
        }
        ready(Ok(count))
    }

    fn issue_key(&self, kind: KeyKind) -> Reply<'_, Key> {
        let mut shelf = self.0.lock().unwrap();
        shelf.issued += 1;
        ready(Ok(make_key(kind, &[shelf.issued; ENTROPY])))
    }

    fn issue_token(&self, request: TokenRequest) -> Reply<'_, BulkToken> {
        let mut shelf = self.0.lock().unwrap();
        shelf.issued += 1;
        if let Err(error) = check_expiry(now(), request.expires_at) {
            return ready(Err(BackendError::Invalid(error.to_string())));
        }
        let origin =
            if request.pasted.is_some() { TokenOrigin::Pasted } else { TokenOrigin::Local };
        ready(Ok(BulkToken {
            id: shelf.issued.to_string(),
            display_name: request.display_name,
            issued_at: now(),
            expires_at: request.expires_at,
            origin,
            value: Held::New(request.pasted.unwrap_or_else(|| Secret::new("stand-in"))),
        }))
    }

    fn count(&self) -> Reply<'_, usize> {
        no()
    }
    fn page(&self, _: PageRequest) -> Reply<'_, Page> {
        no()
    }
    fn summaries(&self, _: Vec<ConnectionId>) -> Reply<'_, Vec<crate::domain::Summary>> {
        no()
    }
    fn connection(&self, _: ConnectionId) -> Reply<'_, Connection> {
        no()
    }
    fn delete(&self, _: Vec<ConnectionId>) -> Reply<'_, Vec<Outcome<BackendError>>> {
        no()
    }
    fn restore(&self, _: Vec<ConnectionId>) -> Reply<'_, Vec<Outcome<BackendError>>> {
        no()
    }
    fn deleted(&self) -> Reply<'_, Vec<DeletedConnection>> {
        no()
    }
    fn history(&self, _: ConnectionId) -> Reply<'_, Vec<HistoryEntry>> {
        no()
    }
    fn objects(
        &self,
        _: crate::domain::ObjectKind,
        _: Option<ObjectId>,
    ) -> Reply<'_, Vec<DirectoryObject>> {
        no()
    }
    fn check_key(&self, _: Key) -> Reply<'_, KeyStanding> {
        no()
    }
    fn reveal(&self, _: ConnectionId, _: String) -> Reply<'_, Secret> {
        no()
    }
    fn drafts(&self) -> Reply<'_, Vec<FormDraft>> {
        no()
    }
    fn save_draft(&self, _: FormDraft) -> Reply<'_, ()> {
        no()
    }
    fn discard_draft(&self, _: String) -> Reply<'_, ()> {
        no()
    }
    fn used_by(&self, _: Vec<ConnectionId>) -> Reply<'_, Vec<(ConnectionId, Vec<String>)>> {
        no()
    }
}

/// The loaded sample: its connections and the directory as it is at the end.
async fn loaded() -> (Vec<Connection>, Directory) {
    let memory = Memory::default();
    load(&memory, now()).await.unwrap();
    let shelf = memory.0.into_inner().unwrap();
    (shelf.connections, shelf.objects.into_values().collect())
}

#[tokio::test]
async fn every_sample_connection_submits_and_a_second_load_adds_nothing() {
    // The runtime moves it between threads.
    fn sent<T: Send>(future: T) -> T {
        future
    }
    let memory = Memory::default();
    let first = sent(load(&memory, now())).await.unwrap();
    assert_eq!((first.saved, first.listed, first.skipped), (28, 12, 0));
    let second = load(&memory, now()).await.unwrap();
    assert_eq!((second.saved, second.listed, second.skipped), (0, 0, 40));
    assert_eq!(memory.0.into_inner().unwrap().connections.len(), 40);
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
    let without_form: BTreeSet<_> =
        connections.iter().map(|it| it.kind).filter(|it| !it.has_form()).collect();
    assert!(without_form.len() >= 6);
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
        .filter(|it| matches!(it.answers, Answers::Device(_)))
        .map(|it| branch_of(spec, &(spec.prefill)(it, &directory)))
        .collect();
    let missing: Vec<_> = wanted.difference(&there).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

fn found(digest: &Digest) -> Vec<Finding> {
    let mut findings = digest.findings;
    match digest.expires_at.map(|it| days_between(now(), it)) {
        Some(days) if days < 0 => findings.insert(Finding::Expired),
        Some(days) if days < crate::domain::health::EXPIRY_WARNING_DAYS => {
            findings.insert(Finding::Expiring);
        }
        Some(_) | None => {}
    }
    findings.iter().collect()
}

#[tokio::test]
async fn there_is_something_to_find_and_more_that_is_well() {
    let (connections, directory) = loaded().await;
    let findings: Vec<_> = connections.iter().map(|it| found(&digest(it, &directory))).collect();
    for wanted in Finding::ALL {
        // The directory loses nothing, and the form never saves a custom app without user.
        let never = [Finding::ObjectMissing, Finding::NoImpersonationUser].contains(wanted);
        let some = findings.iter().any(|it| it.contains(wanted));
        assert_eq!(some, !never, "{wanted:?}");
    }
    let well = findings.iter().filter(|it| it.is_empty()).count();
    assert!((15..=30).contains(&well), "{well} of 40 are well");
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
