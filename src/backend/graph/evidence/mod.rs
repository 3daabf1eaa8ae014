//! What a live check reads: tokens, consents, directory roles. graph.md §2.

mod read;

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::signin::token;
use super::{AppLogin, Endpoints, GraphError};
use crate::backend::http::{Http, HttpErrorKind};
use crate::domain::{Secret, Timestamp};
use crate::permissions::catalogue::{Kind, Resource, catalogue};
use crate::permissions::gap::{Evidence, Extent, Holding, How, Outcome, Source};
use crate::permissions::import;
use crate::permissions::requirement::{Requirement, requirements};
use crate::permissions::scenario::Scenario;

/// Most APIs outside the catalogue that are looked up.
const MOST_LOOKUPS: usize = 40;

/// Where a check is, for its progress.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// Gets a token for an API, by its name.
    Token(String),
    /// Reads the app's service principal and registration.
    Registration,
    /// Reads consented application permissions.
    Consents,
    /// Reads consented delegated permissions.
    DelegatedConsents,
    /// Reads directory roles.
    DirectoryRoles,
}

impl Reading {
    /// What is being done, for a progress line.
    pub fn label(&self) -> String {
        match self {
            Self::Token(api) => format!("Signing in for {api}"),
            Self::Registration => "Reading the app registration".to_owned(),
            Self::Consents => "Reading application consents".to_owned(),
            Self::DelegatedConsents => "Reading delegated consents".to_owned(),
            Self::DirectoryRoles => "Reading directory roles".to_owned(),
        }
    }
}

/// The APIs whose tokens say something for a scenario: Microsoft Graph, whose token every other
/// read needs, then those that it needs roles of.
pub fn apis(scenario: &Scenario) -> impl Iterator<Item = &'static Resource> {
    let needed = requirements(scenario);
    let wants = move |api: &Resource| {
        let mut permissions = needed.iter().filter_map(Requirement::permission);
        permissions.any(|it| it.kind == Kind::Role && it.resource.app_id == api.app_id)
    };
    catalogue()
        .resources
        .iter()
        .enumerate()
        .filter(move |(at, it)| *at == 0 || wants(it))
        .map(|it| &**it.1)
}

/// What the token for one API reports.
#[derive(Debug, Clone, Default)]
pub struct TokenRead {
    /// The roles in it, which need no permission to read; or why there are none.
    pub evidence: Evidence,
    /// The app's service principal.
    pub principal: Option<Uuid>,
    /// The token; `None`: this API gave none.
    pub token: Option<Secret>,
}

/// Gets a token for an API and reads it. graph.md §2, step 1
///
/// # Errors
/// [`GraphError`] when the app cannot sign in at all: what concerns one API only is a source of the
/// evidence, except for Microsoft Graph.
pub async fn read_token(
    http: &Http,
    endpoints: &Endpoints,
    login: &AppLogin,
    api: &Resource,
) -> Result<TokenRead, GraphError> {
    let name = format!("Token for {}", api.name);
    let extent = Extent::Token { resource: api.app_id, kind: Kind::Role };
    let failed = |why: String| {
        let sources = vec![Source::new(&name, Some(extent), Outcome::Failed { why })];
        Evidence { sources, ..Evidence::default() }
    };
    let only = catalogue().resources.first().is_none_or(|first| first.app_id != api.app_id);
    let token = match token(http, endpoints, login, api.app_id).await {
        Ok(token) => token,
        Err(GraphError::SignIn(error)) if error.one_api && only => {
            let evidence = failed(format!("{error}. {}", error.hint));
            return Ok(TokenRead { evidence, ..TokenRead::default() });
        }
        Err(GraphError::Http(error)) if only => {
            let evidence = failed(error.to_string());
            return Ok(TokenRead { evidence, ..TokenRead::default() });
        }
        Err(error) => return Err(error),
    };
    let mut read = TokenRead::default();
    match import::token(token.expose()) {
        Ok(mut claims) => {
            // Asked for by id, so it is for this API, however the audience is written.
            claims.resource = Some(api.app_id);
            read.principal = claims.object;
            // A token of a minute ago is not expired, whatever this machine's clock says.
            claims.expires = Some(Timestamp::MAX);
            read.evidence.add_token("Token", &claims, Timestamp::now());
        }
        // Microsoft may change the form of tokens: the other reads still work.
        Err(why) => read.evidence = failed(why.to_owned()),
    }
    read.token = Some(token);
    Ok(read)
}

/// Reads an app's objects, consents and roles, as far as it may read them itself. P9
///
/// Whatever is refused or fails on the way is a source of the evidence with its reason.
pub async fn read_app(
    http: &Http,
    endpoints: &Endpoints,
    login: &AppLogin,
    graph: &TokenRead,
    progress: &(dyn Fn(Reading) + Send + Sync),
) -> Evidence {
    let mut reader = Reader {
        http,
        endpoints,
        login,
        progress,
        evidence: Evidence::default(),
        graph: graph.token.clone().unwrap_or_else(|| Secret::new("")),
        principal: graph.principal,
        apis: Vec::new(),
        lookup: None,
        unreachable: false,
    };
    reader.evidence.note_app(Some(login.client_id));
    reader.registration().await;
    reader.consents().await;
    reader.delegated_consents().await;
    reader.directory_roles().await;
    reader.evidence
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Principal {
    id: Uuid,
    account_enabled: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AppRole {
    id: Uuid,
    value: Option<String>,
}

/// The service principal of an API in this tenant.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Api {
    id: Uuid,
    app_id: Uuid,
    #[serde(default)]
    app_roles: Vec<AppRole>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Assignment {
    app_role_id: Uuid,
    resource_id: Uuid,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Grant {
    consent_type: Option<String>,
    resource_id: Uuid,
    scope: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RoleAssignment {
    role_definition_id: Uuid,
    directory_scope_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DirectoryRole {
    role_template_id: Option<Uuid>,
}

struct Reader<'a> {
    http: &'a Http,
    endpoints: &'a Endpoints,
    login: &'a AppLogin,
    progress: &'a (dyn Fn(Reading) + Send + Sync),
    evidence: Evidence,
    graph: Secret,
    principal: Option<Uuid>,
    apis: Vec<Api>,
    /// Why the service principal of an API could not be looked up, if so.
    lookup: Option<Outcome>,
    unreachable: bool,
}

impl Reader<'_> {
    /// The app's own objects, which it may mostly read without permission.
    async fn registration(&mut self) {
        (self.progress)(Reading::Registration);
        let id = self.login.client_id;
        let own = "?$select=id,appId,displayName,accountEnabled";
        let principal: Option<Principal> = self
            .one(
                "Service principal",
                Extent::Principal,
                &format!("servicePrincipals(appId='{id}'){own}"),
                "Application.Read.All",
            )
            .await;
        if let Some(principal) = principal {
            self.principal = Some(principal.id);
            let outcome = match principal.account_enabled {
                Some(false) => Outcome::Failed {
                    why: "the app is disabled in this tenant: enable it under Enterprise applications"
                        .to_owned(),
                },
                Some(true) | None => Outcome::Read { found: 1 },
            };
            self.note("Service principal", Extent::Principal, outcome);
        }
        let name = "App registration";
        let select = "?$select=id,appId,displayName,requiredResourceAccess";
        let path = format!("applications(appId='{id}'){select}");
        let app: Option<Value> =
            self.one(name, Extent::Declarations, &path, "Application.Read.All").await;
        let Some(app) = app else { return };
        match import::manifest(&app.to_string()) {
            Ok(app) => {
                for (api, access) in app.manifest.entries() {
                    let held = Holding::by_id(api, access.id, access.kind, How::Declared);
                    self.evidence.holdings.push(held);
                }
                let found = app.manifest.len();
                self.note(name, Extent::Declarations, Outcome::Read { found });
            }
            Err(error) => {
                self.note(name, Extent::Declarations, Outcome::Failed { why: error.to_string() });
            }
        }
    }

    /// Consented application permissions. graph.md §2, step 2
    async fn consents(&mut self) {
        (self.progress)(Reading::Consents);
        let select = "?$select=appRoleId,resourceId,resourceDisplayName";
        let list: Option<Vec<Assignment>> = self
            .list(
                "Application consents",
                Extent::ConsentedRoles,
                |id| format!("servicePrincipals/{id}/appRoleAssignments{select}"),
                "Application.Read.All",
            )
            .await;
        let Some(list) = list else { return };
        self.learn_apis().await;
        self.resolve(Extent::ConsentedRoles, list.iter().map(|it| it.resource_id)).await;
        for it in &list {
            let api = self.apis.iter().find(|api| api.id == it.resource_id);
            let role = api.and_then(|api| api.app_roles.iter().find(|r| r.id == it.app_role_id));
            let value = role.and_then(|role| role.value.clone());
            let resource = api.map(|api| api.app_id);
            let held = match (resource, value) {
                // By name, which holds in every cloud.
                (Some(api), Some(value)) => Holding {
                    id: Some(it.app_role_id),
                    ..Holding::by_value(Some(api), &value, Kind::Role, How::Consented)
                },
                (Some(api), None) => {
                    Holding::by_id(api, it.app_role_id, Kind::Role, How::Consented)
                }
                (None, _) => Holding {
                    resource: None,
                    id: Some(it.app_role_id),
                    value: None,
                    kind: Kind::Role,
                    how: How::Consented,
                },
            };
            self.evidence.holdings.push(held);
        }
    }

    /// Consented delegated permissions.
    async fn delegated_consents(&mut self) {
        (self.progress)(Reading::DelegatedConsents);
        let list: Option<Vec<Grant>> = self
            .list(
                "Delegated consents",
                Extent::ConsentedScopes,
                |id| format!("servicePrincipals/{id}/oauth2PermissionGrants"),
                "Directory.Read.All",
            )
            .await;
        let Some(list) = list else { return };
        if !list.is_empty() {
            self.learn_apis().await;
        }
        self.resolve(Extent::ConsentedScopes, list.iter().map(|it| it.resource_id)).await;
        for it in &list {
            let api = self.apis.iter().find(|api| api.id == it.resource_id).map(|api| api.app_id);
            let how = match it.consent_type.as_deref() {
                Some("Principal") => How::ConsentedForOneUser,
                Some(_) | None => How::Consented,
            };
            for value in it.scope.as_deref().unwrap_or_default().split_whitespace() {
                self.evidence.holdings.push(Holding::by_value(api, value, Kind::Scope, how));
            }
        }
    }

    /// Directory roles, the app's own and those through groups. graph.md §2, step 3
    async fn directory_roles(&mut self) {
        (self.progress)(Reading::DirectoryRoles);
        let own: Option<Vec<RoleAssignment>> = self
            .list(
                "Directory roles",
                Extent::DirectoryRoles,
                |id| {
                    format!(
                        "roleManagement/directory/roleAssignments?$filter=principalId eq '{id}'"
                    )
                },
                "RoleManagement.Read.Directory",
            )
            .await;
        // A role over an administrative unit does not reach the tenant.
        let whole = |it: &RoleAssignment| it.directory_scope_id.as_deref().is_none_or(|s| s == "/");
        for it in own.unwrap_or_default().iter().filter(|it| whole(it)) {
            self.evidence.directory_roles.push(it.role_definition_id);
        }
        let grouped: Option<Vec<DirectoryRole>> = self
            .list(
                "Directory roles through groups",
                Extent::RolesThroughGroups,
                |id| {
                    format!("servicePrincipals/{id}/transitiveMemberOf/microsoft.graph.directoryRole?$select=id,roleTemplateId")
                },
                "Application.Read.All",
            )
            .await;
        let roles = grouped.unwrap_or_default();
        self.evidence.directory_roles.extend(roles.iter().filter_map(|it| it.role_template_id));
    }

    /// Looks up the APIs that consents name and the catalogue does not. Consents to APIs outside the
    /// catalogue are harmless; where one is to an API that cannot be known, because its service
    /// principal is missing or may not be read, the list proves no absence: what it lacks may be
    /// that.
    async fn resolve(&mut self, extent: Extent, named: impl Iterator<Item = Uuid>) {
        let known = |it: &Self, id: &Uuid| it.apis.iter().any(|api| api.id == *id);
        let unknown: BTreeSet<Uuid> = named.filter(|id| !known(self, id)).collect();
        let mut doubt = None;
        for (at, id) in unknown.into_iter().enumerate() {
            let path = format!("servicePrincipals/{id}?$select=id,appId,appRoles");
            // Where all were refused, one more would be too.
            let answer = match self.lookup.clone().filter(|_| at < MOST_LOOKUPS) {
                Some(outcome) => Err(outcome),
                None if at >= MOST_LOOKUPS => {
                    Err(Outcome::Failed { why: "consents name too many other APIs".to_owned() })
                }
                None => match self.get(&path).await {
                    Ok(answer) => serde_json::from_value::<Api>(answer).map_err(|_| {
                        let why = "an API named in a consent cannot be identified".to_owned();
                        Outcome::Failed { why }
                    }),
                    Err(error) if error.kind == HttpErrorKind::Forbidden => {
                        Err(Outcome::Refused { needs: "Application.Read.All" })
                    }
                    Err(error) if error.kind == HttpErrorKind::NotFound => Err(Outcome::Failed {
                        why: "the service principal of an API that a consent names is missing"
                            .to_owned(),
                    }),
                    Err(error) => Err(Outcome::Failed { why: error.to_string() }),
                },
            };
            match answer {
                Ok(api) => self.apis.push(api),
                Err(outcome) => doubt = doubt.or(Some(outcome)),
            }
        }
        let Some(outcome) = doubt else { return };
        for source in self.evidence.sources.iter_mut().filter(|it| it.extent == Some(extent)) {
            source.outcome = outcome.clone();
        }
    }

    /// The service principals of the APIs: consents name an API by its object in the tenant.
    async fn learn_apis(&mut self) {
        if !self.apis.is_empty() {
            return;
        }
        for api in &catalogue().resources {
            let path =
                format!("servicePrincipals(appId='{}')?$select=id,appId,appRoles", api.app_id);
            match self.get(&path).await {
                Ok(answer) => self.apis.extend(serde_json::from_value::<Api>(answer).ok()),
                // A tenant need not have every API.
                Err(error) if error.kind == HttpErrorKind::NotFound => {}
                Err(error) if error.kind == HttpErrorKind::Forbidden => {
                    self.lookup = Some(Outcome::Refused { needs: "Application.Read.All" });
                }
                Err(error) => self.lookup = Some(Outcome::Failed { why: error.to_string() }),
            }
        }
    }
}
