//! What every backend that keeps connections itself must do: one suite, run over the embedded
//! store in a file, in memory, over the scripted fake, over a backend that is logged, and over a
//! PostgreSQL server where one is installed.

mod list;
mod rest;
mod save;
mod secrets;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use uuid::Uuid;

use super::fake::Fake;
use super::postgres::{self, Postgres};
use crate::backend::store::postgres::migrate;
use crate::backend::store::{
    Clock, NewKey, OpenOptions, Store, TeamOptions, TeamStore, VaultCalls,
};
use crate::backend::{BackendError, ImportRow, Place, Revision, SaveRequest, TokenRequest};
use crate::domain::answers::Answer;
use crate::domain::answers::testing::{Builder, sheet, sheet_of};
use crate::domain::key::{HeldKey, Key};
use crate::domain::removal::Outcome;
use crate::domain::{
    Answers, Connection, ConnectionId, ConnectionType, DirectoryObject, Draft, Held, Listed,
    ProfileKind, ProfileStatus, Secret, Side, Summary, Tenant, Timestamp,
};
use crate::form::judge;
use crate::log::Level;
use crate::log::testing::TestLog;

/// A clock that a test moves.
#[derive(Clone)]
pub(crate) struct TestClock(Arc<AtomicI64>);

impl TestClock {
    pub(crate) fn new() -> Self {
        // 2026-03-01T12:00:00Z
        Self(Arc::new(AtomicI64::new(1_772_366_400_000_000)))
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.0.load(Ordering::SeqCst)).unwrap()
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    pub(crate) fn clock(&self) -> Clock {
        let own = self.clone();
        Arc::new(move || own.now())
    }
}

/// A backend to test, with its clock and, where it has one, its folder.
pub(crate) struct Bench {
    pub(crate) backend: Place,
    pub(crate) clock: TestClock,
    _folder: Option<tempfile::TempDir>,
    _log: Option<TestLog>,
    /// After the store, which leaves it.
    _server: Option<Arc<Postgres>>,
}

impl Bench {
    fn on_file() -> Option<Self> {
        let (clock, folder) = (TestClock::new(), tempfile::tempdir().unwrap());
        let path = folder.path().join("data/store.db");
        let options = OpenOptions {
            clock: clock.clock(),
            ..OpenOptions::new(path, folder.path().join("config/vault.key"), "anna")
        };
        let backend = Store::open(options).unwrap().into();
        Some(Self { backend, clock, _folder: Some(folder), _log: None, _server: None })
    }

    fn in_memory() -> Option<Self> {
        let clock = TestClock::new();
        let backend = Store::in_memory_with("anna", clock.clock()).unwrap().into();
        Some(Self { backend, clock, _folder: None, _log: None, _server: None })
    }

    fn on_fake() -> Option<Self> {
        let clock = TestClock::new();
        let backend = Fake::with_clock("anna", clock.clock()).into();
        Some(Self { backend, clock, _folder: None, _log: None, _server: None })
    }

    fn on_logged() -> Option<Self> {
        let log = TestLog::new(Level::Trace);
        let clock = TestClock::new();
        let fake = Place::from(Fake::with_clock("anna", clock.clock()));
        let backend = fake.logged(log.names(), None);
        Some(Self { backend, clock, _folder: None, _log: Some(log), _server: None })
    }

    /// On a real server, with a passphrase; `None`: there is none here.
    fn on_team() -> Option<Self> {
        let (clock, server) = (TestClock::new(), postgres::or_skip("the contract on PostgreSQL")?);
        let database = server.database();
        let options = TeamOptions { clock: Some(clock.clock()), ..server.team("anna", &database) };
        let store = block_on(async {
            migrate(&options).await.unwrap();
            let store = TeamStore::start(options).unwrap();
            let new = NewKey::Passphrase(Secret::new("not-a-real-passphrase"));
            store.vault_init(new).await.unwrap();
            store
        });
        let (backend, _server) = (store.into(), Some(server));
        Some(Self { backend, clock, _folder: None, _log: None, _server })
    }

    fn run(self, case: impl AsyncFnOnce(&Self)) {
        block_on(case(&self));
    }

    /// Saves a new connection.
    pub(crate) async fn add(&self, draft: Draft) -> Connection {
        self.backend.save(new(draft)).await.unwrap()
    }
}

/// The connection with this name.
pub(crate) async fn id_of(backend: &Place, name: &str) -> Option<ConnectionId> {
    let rows = backend.named(vec![name.to_owned()]).await.unwrap().remove(0);
    assert!(rows.len() < 2, "{name} is shared");
    rows.first().map(|it| it.id)
}

/// These connections, deleted or not, as they are now.
pub(crate) async fn now_of(backend: &Place, ids: &[ConnectionId]) -> Vec<Revision> {
    let mut out = Vec::new();
    for id in ids {
        let history = backend.history(*id).await.unwrap_or_default();
        out.push(Revision { id: *id, revision: history.first().map_or(0, |it| it.revision) });
    }
    out
}

/// Deletes what is there, as it is now.
pub(crate) async fn delete(backend: &Place, ids: &[ConnectionId]) -> Vec<Outcome<BackendError>> {
    backend.delete(now_of(backend, ids).await).await.unwrap()
}

/// Takes deletions back, as they are now.
pub(crate) async fn restore(backend: &Place, ids: &[ConnectionId]) -> Vec<Outcome<BackendError>> {
    backend.restore(now_of(backend, ids).await).await.unwrap()
}

/// Runs a future to its end on this thread.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Runs each case over each backend.
macro_rules! contract {
    ($($module:ident: $($case:ident),+;)+) => {
        contract!(@ on_file: $($module: $($case),+;)+);
        contract!(@ in_memory: $($module: $($case),+;)+);
        contract!(@ on_fake: $($module: $($case),+;)+);
        contract!(@ on_logged: $($module: $($case),+;)+);
        contract!(@ on_team: $($module: $($case),+;)+);
    };
    (@ $bench:ident: $($module:ident: $($case:ident),+;)+) => {
        mod $bench {
            $($(
                #[test]
                fn $case() {
                    if let Some(bench) = super::Bench::$bench() {
                        bench.run(super::$module::$case);
                    }
                }
            )+)+
        }
    };
}

contract! {
    list: an_empty_store, pages_are_in_order_and_complete, names_are_found_whatever_the_case,
        the_digest_follows_the_answers, an_import_skips_what_is_there, what_came_from_fly_keeps_its_ids,
        a_bad_row_imports_nothing, imported_ids_are_kept_when_free, large_imports_page_through;
    save: a_save_reads_back, names_are_unique_whatever_the_case, bad_drafts_are_refused,
        an_older_revision_is_refused, a_save_restores_what_was_deleted,
        a_stamp_says_when_and_by_whom, history_shows_every_change,
        an_import_has_a_history, deleting_is_soft_and_idempotent,
        removing_needs_the_revision_that_was_seen, many_are_removed_and_come_back,
        restoring_meets_a_taken_name,
        what_is_purged_is_gone_for_good, what_is_not_there_is_reported;
    secrets: secrets_are_kept_unless_changed, a_clone_has_its_own_secrets,
        a_missing_secret_is_reported, dropped_branches_forget_their_secrets,
        history_has_no_secret, a_kept_secret_goes_nowhere_else, keys_are_distinguished, a_cloned_key_stays_true,
        the_key_of_a_deleted_connection, a_restoring_save_keeps_key_and_secrets;
    rest: objects_are_added_and_replaced, a_bad_object_adds_nothing,
        objects_judge_their_connections_again, drafts_are_kept_one_per_id,
        tokens_are_made_and_pasted, token_requests_are_checked;
}

/// A save of something new.
pub(crate) fn new(draft: Draft) -> SaveRequest {
    SaveRequest { target: None, draft, secrets_from: None, restore: false, stamp: None }
}

/// A save that changes `connection`.
pub(crate) fn change(connection: &Connection, edit: impl FnOnce(&mut Draft)) -> SaveRequest {
    let mut draft = Draft::from(connection.clone());
    edit(&mut draft);
    let target = Some(Revision { id: connection.id, revision: connection.revision });
    SaveRequest { target, draft, secrets_from: None, restore: false, stamp: None }
}

/// Whether a row carries a finding of this rule.
fn has(row: &Summary, rule: &str) -> bool {
    judge::find(rule).unwrap().is_among(row.findings)
}

/// A connection known from a list.
pub(crate) fn listed(name: &str) -> Draft {
    Draft {
        name: name.into(),
        description: String::new(),
        kind: ConnectionType::Gmail,
        side: Side::Source,
        answers: Answers::Listed(Listed { tenant: "contoso".into(), live: None }),
    }
}

/// A Groups connection with an app profile.
pub(crate) fn groups(name: &str) -> Draft {
    Draft {
        name: name.into(),
        description: "for wave 1".into(),
        kind: ConnectionType::M365Group,
        side: Side::Any,
        answers: sheet().tenant("t-1").app("p-1").form(),
    }
}

/// A new secret; every one in the tests says that it is made up.
pub(crate) fn secret(text: &str) -> Held {
    Held::New(Secret::new(format!("not-real-{text}")))
}

/// A key as a form holds it after it was issued.
pub(crate) fn held(key: &Key, issued_at: Timestamp) -> HeldKey {
    HeldKey { id: key.id(), issued_at, value: Held::New(key.text.clone()) }
}

/// A device source with three secrets.
pub(crate) fn source(name: &str, key: HeldKey) -> Draft {
    Draft {
        name: name.into(),
        description: String::new(),
        kind: ConnectionType::Device,
        side: Side::Source,
        answers: sheet()
            .text("client_id", Uuid::from_u128(0x1111).to_string())
            .with("client_secret", Answer::Secret(secret("client-secret")))
            .key("configuration_key", key)
            .on("local_admin")
            .text("local_admin_user", "localadm")
            .with("local_admin_password", Answer::Secret(secret("local")))
            .form(),
    }
}

/// A device destination that rejoins a domain, with the answers of how.
pub(crate) fn destination(name: &str, rejoin: Builder) -> Draft {
    Draft {
        name: name.into(),
        description: String::new(),
        kind: ConnectionType::Device,
        side: Side::Destination,
        answers: rejoin.choice("destination", "active-directory").form(),
    }
}

/// A device destination that joins Microsoft Entra ID with bulk tokens.
pub(crate) async fn entra(bench: &Bench, name: &str, tokens: usize) -> Draft {
    let mut all = Vec::new();
    for number in 0..tokens {
        let request = TokenRequest {
            display_name: format!("token {number}"),
            expires_at: crate::domain::token::days_after(bench.clock.now(), 30).unwrap(),
            pasted: Some(Secret::new(format!("not-real-token-{number}"))),
        };
        all.push(bench.backend.issue_token(request).await.unwrap());
    }
    let answers = sheet()
        .choice("destination", "entra-id")
        .tenant("t-1")
        .profiles("join_app_profile", &["p-1"])
        .tokens(all);
    Draft { answers: answers.form(), ..self::destination(name, sheet()) }
}

/// Another client secret.
pub(crate) fn new_secret(draft: &mut Draft, held: Held) {
    sheet_of(&mut draft.answers).set("client_secret", Answer::Secret(held));
}

/// Another configuration key.
pub(crate) fn new_key(draft: &mut Draft, held: HeldKey) {
    sheet_of(&mut draft.answers).set("configuration_key", Answer::Key(held));
}

/// Another local administrator.
pub(crate) fn new_admin(draft: &mut Draft, user: &str, password: Held) {
    let sheet = sheet_of(&mut draft.answers);
    sheet.set("local_admin_user", Answer::Text(user.into()));
    sheet.set("local_admin_password", Answer::Secret(password));
}

/// A row to import.
pub(crate) fn row(line: u64, name: &str) -> ImportRow {
    ImportRow {
        line,
        id: None,
        name: name.into(),
        description: String::new(),
        kind: ConnectionType::M365Group,
        side: Side::Destination,
        tenant: "fabrikam".into(),
        live: None,
        modified_at: Some("2025-05-06T07:08:09Z".parse().unwrap()),
        modified_by: "ben@fabrikam.example".into(),
    }
}

/// Tenant `t-1`.
pub(crate) fn tenant(name: &str) -> DirectoryObject {
    DirectoryObject::Tenant(Tenant {
        id: "t-1".into(),
        name: name.into(),
        cloud: crate::domain::Cloud::Commercial,
        locations: Vec::new(),
        licensed_users: Vec::new(),
        ..Tenant::default()
    })
}

/// App profile `p-1` of tenant `t-1`.
pub(crate) fn profile(status: ProfileStatus) -> DirectoryObject {
    DirectoryObject::AppProfile(crate::domain::AppProfile {
        id: "p-1".into(),
        tenant: "t-1".into(),
        name: "Fly profile".into(),
        kind: ProfileKind::Fly,
        impersonation_user: None,
        status,
        evidence: crate::domain::Evidence::default(),
    })
}

/// An id that nothing has.
pub(crate) fn nobody() -> ConnectionId {
    ConnectionId(Uuid::from_u128(0xdead))
}
