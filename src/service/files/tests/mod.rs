//! Connections as files, on a backend in memory.

mod apply;
mod faults;
mod mistakes;
mod renames;
mod round_trip;
mod schema;

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::*;
use crate::backend::{BackendError, Place, SaveRequest};
use crate::domain::rules::PasswordPolicy;
use crate::domain::{Connection, ConnectionId, DirectoryObject, Draft, Secret, Timestamp};
use crate::form::Limits;
use crate::form::read::PlainSecrets;
use crate::testing::fake::Fake;
use crate::testing::service::{NOW, block, empty};

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// The issued key that a connection uses.
fn issued(it: &Connection) -> Option<crate::domain::key::HeldKey> {
    it.answers.sheet()?.key().map(|(_, key)| key.clone())
}

/// The records of these connections, as an export reads them.
async fn exported(backend: &Place, ids: &[ConnectionId]) -> Result<Vec<Exported>, BackendError> {
    let directory = crate::service::directory::whole(backend).await?;
    Exporter::new(backend, &directory).read(ids).await
}

fn limits() -> Limits {
    Limits { now: now(), password: PasswordPolicy::default() }
}

fn options() -> Options {
    Options::new(PlainSecrets::Refuse, limits())
}

/// Secrets by path or by the joined command; counts how often it was asked.
#[derive(Default)]
struct Vault {
    texts: HashMap<String, String>,
    asked: usize,
}

impl Vault {
    fn with(texts: &[(&str, &str)]) -> Self {
        let texts = texts.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned()));
        Self { texts: texts.collect(), asked: 0 }
    }

    fn get(&mut self, key: &str) -> Result<Secret, String> {
        self.asked += 1;
        self.texts.get(key).map(Secret::new).ok_or_else(|| format!("{key}: not there"))
    }
}

impl SecretSource for Vault {
    fn file(&mut self, path: &Path) -> Result<Option<Secret>, String> {
        self.get(path.to_str().unwrap()).map(Some)
    }

    fn command(&mut self, argv: &[String]) -> Result<Option<Secret>, String> {
        self.get(&argv.join(" ")).map(Some)
    }
}

fn input(syntax: Syntax, text: &str) -> Input {
    let name = match syntax {
        Syntax::Toml => "a.toml",
        Syntax::Json => "a.json",
    };
    Input { name: name.to_owned(), folder: PathBuf::new(), syntax, text: text.to_owned() }
}

fn toml(text: &str) -> Records {
    let records = read(&[input(Syntax::Toml, text)]);
    assert_eq!(records.mistakes, []);
    records
}

/// Plans records and reads their secrets, as applying does.
async fn plan_and_read(
    backend: &Place,
    records: &Records,
    options: Options,
    prune: bool,
    vault: &mut Vault,
) -> Result<Plan, FilesError> {
    let plan = plan(backend, records, options, prune).await?;
    read_secrets(backend, plan, options, vault).await
}

/// Plans a TOML text without secrets.
fn plan_of(backend: &Fake, text: &str) -> Result<Plan, FilesError> {
    block(plan(backend, &toml(text), options(), false))
}

fn mistakes_of(result: Result<Plan, FilesError>) -> Vec<String> {
    match result {
        Err(FilesError::Mistakes(mistakes)) => mistakes.iter().map(ToString::to_string).collect(),
        other => panic!("{other:?}"),
    }
}

fn actions(plan: &Plan) -> Vec<(Action, &str)> {
    plan.steps.iter().map(|it| (it.step.action, it.step.name.as_str())).collect()
}

fn run(backend: &Fake, plan: Plan) -> Vec<Done> {
    block(apply(backend, plan, &limits(), &mut |_| ControlFlow::Continue(())))
}

fn saved(backend: &Fake, draft: Draft) -> Connection {
    let request =
        SaveRequest { target: None, draft, secrets_from: None, restore: false, stamp: None };
    block(backend.save(request)).unwrap()
}

fn by_name(backend: &Fake, name: &str) -> Connection {
    let id = block(crate::testing::contract::id_of(backend, name)).unwrap();
    block(backend.connection(id)).unwrap()
}

fn put(backend: &Fake, objects: serde_json::Value) {
    let objects: Vec<DirectoryObject> = serde_json::from_value(objects).unwrap();
    block(backend.put_objects(objects)).unwrap();
}

/// A backend with a small directory.
fn workspace() -> Fake {
    let fake = empty();
    put(
        &fake,
        serde_json::json!([
            {"object": "tenant", "id": "t-1", "name": "Contoso", "locations": ["EUR", "NAM"]},
            {"object": "tenant", "id": "t-2", "name": "Fabrikam"},
            {"object": "container", "id": "c-1", "tenant": "t-1", "name": "All groups", "objects": 12},
            {"object": "app-profile", "id": "p-1", "tenant": "t-1", "name": "Own app", "kind": "custom",
             "impersonation_user": "fly@contoso.example"},
            {"object": "app-profile", "id": "p-2", "tenant": "t-1", "name": "Fly app", "kind": "fly"},
            {"object": "app-profile", "id": "p-3", "tenant": "t-2", "name": "Fly app", "kind": "fly"},
            {"object": "app-profile", "id": "p-5", "tenant": "t-2", "name": "Join app", "kind": "custom-delegated"},
            {"object": "service-account", "id": "a-1", "tenant": "t-1", "name": "a@contoso.example"},
        ]),
    );
    fake
}

const GROUPS: &str = r#"
[[connection]]
name = "Contoso groups"
type = "M365Group"
used_as = "destination"
tenant = "Contoso"
app_profile = "Fly app"
"#;

const SOURCE: &str = r#"
[[connection]]
name = "Contoso devices"
type = "Device"
side = "source"
client_id = "11111111-2222-4333-8444-555555555555"
client_secret = { file = "secret.txt" }
"#;
