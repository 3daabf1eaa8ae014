//! What each value becomes when names are not to be read. Everything is taken apart field by field,
//! so that a new field does not compile until somebody decided whether it shows who somebody is.

use std::path::{Path, PathBuf};

use crate::backend::error::Remote;
use crate::backend::store::ServerError;
use crate::backend::{BackendError, DeletedConnection, HistoryEntry};
use crate::domain::answers::{Answer, Objects, Sheet};
use crate::domain::change::Change;
use crate::domain::key::{HeldKey, KeyStanding};
use crate::domain::token::BulkToken;
use crate::domain::{
    Answers, AppProfile, Connection, ConnectionId, Container, DirectoryObject, Evidence,
    Fingerprint, Held, Listed, LiveOrigin, ObjectId, ObjectKind, Project, ServiceAccount, Summary,
    Tenant, UNNAMED,
};
use crate::log::Names;

/// What is said in place of details that may name somebody.
const NO_DETAILS: &str = "Run it without --redact to see what was said.";

/// Replaces what names somebody.
#[derive(Debug, Clone)]
pub struct Hide(pub Names);

impl Hide {
    /// A name by what it names; nothing stays nothing.
    pub fn name(&self, what: &str, text: &str) -> String {
        if text.trim().is_empty() { text.to_owned() } else { self.0.written(what, text) }
    }

    /// A person: the shape stays, because rules look at it.
    pub fn person(&self, text: &str) -> String {
        if let Some((user, domain)) = text.rsplit_once('@') {
            return format!("{}@{}", self.name("user", user), self.domain(domain));
        }
        match text.split_once('\\') {
            Some((domain, user)) => {
                format!("{}\\{}", self.name("domain", domain), self.name("user", user))
            }
            None => self.name("user", text),
        }
    }

    /// A domain: it stays one, in the domain that nobody has.
    pub fn domain(&self, text: &str) -> String {
        match self.name("domain", text) {
            empty if empty == text => empty,
            hidden => format!("{hidden}.example"),
        }
    }

    /// A path of Windows: each part by itself, so that a share stays one and an ending too.
    fn windows_path(&self, text: &str) -> String {
        let parts: Vec<String> = text
            .split('\\')
            .map(|part| match part.rsplit_once('.') {
                Some((stem, ending @ ("ppkg" | "PPKG"))) => {
                    format!("{}.{ending}", self.name("file", stem))
                }
                _ if part.len() == 2 && part.ends_with(':') => part.to_owned(),
                _ => self.name("folder", part),
            })
            .collect();
        parts.join("\\")
    }

    /// A file of this machine: its own name stays where it is one that every installation has.
    pub fn place(&self, path: &Path) -> PathBuf {
        const OURS: [&str; 4] = ["connections.db", "vault.key", "config.toml", "log"];
        let folder = |it: &Path| PathBuf::from(self.name("folder", &it.to_string_lossy()));
        match (path.parent(), path.file_name().and_then(|it| it.to_str())) {
            (Some(parent), Some(name)) if OURS.contains(&name) => folder(parent).join(name),
            _ => folder(path),
        }
    }

    /// Id of a connection.
    pub fn id(&self, id: ConnectionId) -> ConnectionId {
        ConnectionId(self.0.uuid(id.0))
    }

    fn object(&self, what: &str, id: &ObjectId) -> ObjectId {
        ObjectId(self.name(what, &id.0))
    }

    fn tenant(&self, id: &ObjectId) -> ObjectId {
        self.object("tenant", id)
    }

    /// Name of a connection; that it has none hides nobody.
    fn connection_name(&self, name: &str) -> String {
        if name == UNNAMED { name.to_owned() } else { self.name("connection", name) }
    }

    /// A row of the list. Its credentials are words of ours.
    pub fn summary(&self, row: Summary) -> Summary {
        let Summary {
            id,
            name,
            kind,
            side,
            tenant,
            credentials,
            modified_at,
            modified_by,
            findings,
            expires_at,
            revision,
        } = row;
        Summary {
            id: self.id(id),
            name: self.connection_name(&name).into(),
            kind,
            side,
            tenant: self.name("tenant", &tenant).into(),
            credentials,
            modified_at,
            modified_by: self.person(&modified_by).into(),
            findings,
            expires_at,
            revision,
        }
    }

    /// A whole connection.
    pub fn connection(&self, it: Connection) -> Connection {
        let Connection {
            id,
            revision,
            name,
            description,
            kind,
            side,
            answers,
            origin,
            created_at,
            created_by,
            modified_at,
            modified_by,
        } = it;
        Connection {
            id: self.id(id),
            revision,
            name: self.connection_name(&name),
            description: self.name("text", &description),
            kind,
            side,
            answers: match answers {
                Answers::Form(it) => Answers::Form(self.sheet(it)),
                Answers::Listed(it) => Answers::Listed(self.listed(it)),
            },
            origin,
            created_at,
            created_by: self.person(&created_by),
            modified_at,
            modified_by: self.person(&modified_by),
        }
    }

    fn listed(&self, it: Listed) -> Listed {
        let Listed { tenant, live } = it;
        let live = live.map(|it| {
            let LiveOrigin {
                context,
                id,
                tenant_id,
                app_profile_id,
                service_account_id,
                delegated_profile_id,
            } = *it;
            let hidden = |what, id: Option<String>| id.map(|it| self.name(what, &it));
            Box::new(LiveOrigin {
                context: self.name("context", &context),
                id: self.name("id", &id),
                tenant_id: hidden("tenant", tenant_id),
                app_profile_id: hidden("profile", app_profile_id),
                service_account_id: hidden("account", service_account_id),
                delegated_profile_id: hidden("profile", delegated_profile_id),
            })
        });
        Listed { tenant: self.name("tenant", &tenant), live }
    }

    fn sheet(&self, sheet: Sheet) -> Sheet {
        let hidden = |(key, answer): (String, Answer)| {
            let answer = self.answer(&key, answer);
            (key, answer)
        };
        sheet.into_iter().map(hidden).collect()
    }

    fn answer(&self, key: &str, answer: Answer) -> Answer {
        match answer {
            Answer::Text(text) => Answer::Text(self.field(key, &text)),
            // Words of the program and of calendars.
            it @ (Answer::On(_) | Answer::Choice(_) | Answer::Day(_) | Answer::Code(_)) => it,
            Answer::Objects(Objects { kind, tenant, ids }) => Answer::Objects(Objects {
                kind,
                tenant: self.tenant(&tenant),
                ids: ids.iter().map(|id| self.named(kind, id)).collect(),
            }),
            Answer::Secret(held) => Answer::Secret(self.held(held)),
            Answer::Key(key) => Answer::Key(self.key(key)),
            Answer::Tokens(tokens) => {
                Answer::Tokens(tokens.into_iter().map(|it| self.token(it)).collect())
            }
            Answer::Newer(json) => Answer::Newer(self.name("text", &json.to_string()).into()),
        }
    }

    fn named(&self, kind: ObjectKind, id: &ObjectId) -> ObjectId {
        match kind {
            ObjectKind::Tenant => self.tenant(id),
            ObjectKind::Container => self.object("container", id),
            ObjectKind::AppProfile => self.object("profile", id),
            ObjectKind::ServiceAccount => ObjectId(self.person(&id.0)),
        }
    }

    fn token(&self, it: BulkToken) -> BulkToken {
        let BulkToken { id, display_name, issued_at, expires_at, origin, value } = it;
        let (id, display_name) = (self.name("id", &id), self.name("token", &display_name));
        BulkToken { id, display_name, issued_at, expires_at, origin, value: self.held(value) }
    }

    fn key(&self, it: HeldKey) -> HeldKey {
        let HeldKey { id, issued_at, value } = it;
        HeldKey { id: self.name("key", &id), issued_at, value: self.held(value) }
    }

    /// A secret's fingerprint: secrets that are the same stay the same.
    fn held(&self, it: Held) -> Held {
        match it {
            Held::Stored(Fingerprint(text)) => {
                Held::Stored(Fingerprint(self.name("secret", &text)))
            }
            new @ Held::New(_) => new,
        }
    }

    /// A directory object; references to it become the same.
    pub fn directory(&self, it: DirectoryObject) -> DirectoryObject {
        match it {
            DirectoryObject::Tenant(it) => {
                let Tenant {
                    id,
                    name,
                    cloud,
                    locations,
                    licensed_users,
                    platform,
                    admin_url,
                    evidence,
                } = it;
                DirectoryObject::Tenant(Tenant {
                    id: self.tenant(&id),
                    name: self.name("tenant", &name),
                    cloud,
                    locations,
                    licensed_users: licensed_users.iter().map(|it| self.person(it)).collect(),
                    platform,
                    admin_url: admin_url.map(|it| self.name("site", &it)),
                    evidence: Self::evidence(evidence),
                })
            }
            DirectoryObject::Container(it) => {
                let Container { id, tenant, name, objects, last_scan } = it;
                DirectoryObject::Container(Container {
                    id: self.object("container", &id),
                    tenant: self.tenant(&tenant),
                    name: self.name("container", &name),
                    objects,
                    last_scan,
                })
            }
            DirectoryObject::AppProfile(it) => {
                let AppProfile { id, tenant, name, kind, impersonation_user, status, evidence } =
                    it;
                DirectoryObject::AppProfile(AppProfile {
                    id: self.object("profile", &id),
                    tenant: self.tenant(&tenant),
                    name: self.name("profile", &name),
                    kind,
                    impersonation_user: impersonation_user.map(|it| self.person(&it)),
                    status,
                    evidence: Self::evidence(evidence),
                })
            }
            DirectoryObject::ServiceAccount(it) => {
                let ServiceAccount { id, tenant, name, mfa, evidence } = it;
                DirectoryObject::ServiceAccount(ServiceAccount {
                    id: ObjectId(self.person(&id.0)),
                    tenant: self.tenant(&tenant),
                    name: self.person(&name),
                    mfa,
                    evidence: Self::evidence(evidence),
                })
            }
        }
    }

    /// What was read of an object: the id of an app names somebody.
    fn evidence(it: Evidence) -> Evidence {
        Evidence { client_id: None, ..it }
    }

    /// A deleted connection.
    pub fn deleted(&self, it: DeletedConnection) -> DeletedConnection {
        let DeletedConnection { row, at, by } = it;
        DeletedConnection { row: self.summary(row), at, by: self.person(&by) }
    }

    /// A saved change.
    pub fn entry(&self, it: HistoryEntry) -> HistoryEntry {
        let HistoryEntry { revision, at, by, action, changes } = it;
        let changes = changes.into_iter().map(|it| self.change(it)).collect();
        HistoryEntry { revision, at, by: self.person(&by), action, changes }
    }

    fn change(&self, it: Change) -> Change {
        let Change { field, before, after } = it;
        // The numbers are places in lists.
        let number = |it: &&str| it.chars().all(|c| c.is_ascii_digit());
        let leaf = field.split('.').rev().find(|it| !number(it)).unwrap_or_default().to_owned();
        let hidden = |text: Option<String>| text.map(|it| self.field(&leaf, &it));
        Change { before: hidden(before), after: hidden(after), field }
    }

    /// A text by the key of its field, or the last word of its path in the history. What is not
    /// known here is hidden.
    fn field(&self, leaf: &str, text: &str) -> String {
        match leaf {
            "type"
            | "side"
            | "origin"
            | "location"
            | "issued_at"
            | "expires_at"
            | "client_secret_expires"
            | "geo"
            | "service_auth"
            | "local_admin"
            | "entra"
            | "destination"
            | "join"
            | "rejoin" => text.to_owned(),
            // A fingerprint.
            "client_secret" | "domain_password" | "local_admin_password" | "value" => {
                self.name("secret", text)
            }
            "name" => self.name("connection", text),
            "tenant" | "source_tenant" | "tenant_id" => self.name("tenant", text),
            "container" => self.name("container", text),
            "app_profile"
            | "source_app_profile"
            | "join_app_profile"
            | "delegated"
            | "app_profile_id"
            | "delegated_profile_id" => self.name("profile", text),
            "service_account_id" => self.name("account", text),
            "accounts" | "impersonation_user" | "domain_user" | "local_admin_user" => {
                self.person(text)
            }
            "domain" => self.domain(text),
            "enrolment_path" => self.windows_path(text),
            "context" => self.name("context", text),
            "client_id" => text
                .parse()
                .map_or_else(|_| self.name("id", text), |id| self.0.uuid(id).to_string()),
            "id" => self.name("key", text),
            "display_name" => self.name("token", text),
            _ => self.name("text", text),
        }
    }

    /// What is known of a key.
    pub fn standing(&self, it: KeyStanding) -> KeyStanding {
        let hidden = |name: String| self.name("connection", &name);
        match it {
            KeyStanding::Current { connection, name } => {
                KeyStanding::Current { connection: self.id(connection), name: hidden(name) }
            }
            KeyStanding::Superseded { name, at } => {
                KeyStanding::Superseded { name: hidden(name), at }
            }
            KeyStanding::Deleted { name, at } => KeyStanding::Deleted { name: hidden(name), at },
            KeyStanding::Unused { issued_at } => KeyStanding::Unused { issued_at },
            KeyStanding::Unknown => KeyStanding::Unknown,
        }
    }

    /// A project.
    pub fn project(&self, it: Project) -> Project {
        let Project { name, source, destination } = it;
        Project { name: self.name("project", &name), source, destination }
    }

    fn remote(&self, it: Remote) -> Box<Remote> {
        let Remote { kind, what: _, hint: _, status, code, request_id: _ } = it;
        let what = match status {
            Some(status) => format!("the service answered with status {status}"),
            None => format!("the service was not reached ({kind:?})"),
        };
        let hint = NO_DETAILS.to_owned();
        Box::new(Remote { kind, what, hint, status, code, request_id: None })
    }

    /// What went wrong, without whom it concerns.
    pub fn error(&self, error: BackendError) -> BackendError {
        use BackendError as E;
        match error {
            E::NameTaken { name, id } => {
                E::NameTaken { name: self.name("connection", &name), id: self.id(id) }
            }
            E::Conflict { by, at, revision } => E::Conflict { by: self.person(&by), at, revision },
            E::Deleted { id, by, at, revision } => {
                E::Deleted { id: self.id(id), by: self.person(&by), at, revision }
            }
            E::NotAStore { path } => E::NotAStore { path: self.place(&path) },
            E::NetworkFileSystem { path, kind } => {
                E::NetworkFileSystem { path: self.place(&path), kind }
            }
            E::File(error) => E::File(Box::new(error.renamed(|it| self.place(it)))),
            E::ReadOnly { path } => E::ReadOnly { path: self.place(&path) },
            E::Damaged { detail: _ } => E::Damaged { detail: NO_DETAILS.to_owned() },
            E::Membership { detail: _, hint } => {
                E::Membership { detail: NO_DETAILS.to_owned(), hint }
            }
            E::Locked { detail: _ } => E::Locked { detail: NO_DETAILS.to_owned() },
            E::Untrusted { detail: _ } => E::Untrusted { detail: NO_DETAILS.to_owned() },
            E::Vault { detail: _ } => E::Vault { detail: NO_DETAILS.to_owned() },
            E::Invalid(_) => E::Invalid(format!("a value is not accepted. {NO_DETAILS}")),
            E::Other(_) => E::Other(format!("something failed. {NO_DETAILS}")),
            E::SignIn(it) => E::SignIn(self.remote(*it)),
            E::Forbidden(it) => E::Forbidden(self.remote(*it)),
            E::Remote(it) => E::Remote(self.remote(*it)),
            // Its texts name hosts and roles.
            E::Server(it) => E::Server(Box::new(ServerError {
                what: "the database server is not of use".to_owned(),
                hint: NO_DETAILS.to_owned(),
                ..*it
            })),
            it @ (E::NotFound
            | E::SecretMissing { .. }
            | E::SecretElsewhere { .. }
            | E::Busy
            | E::TooNew { .. }
            | E::DiskFull
            | E::Unsupported(_)
            | E::TimedOut { .. }
            | E::Cancelled) => it,
        }
    }
}
