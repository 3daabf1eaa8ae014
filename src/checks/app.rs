//! What an app may do, as lookups: every check of consents, roles and the app itself reads this
//! evidence, and the live permission check judges it. SPEC P9.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::check::{Cause, Stop};
use super::lookup::{Answer, Lookups};
use crate::backend::graph::{AppLogin, Endpoints, Reading, TokenRead, apis, read_app, read_token};
use crate::backend::http::{Http, HttpOptions};
use crate::permissions::Scenario;
use crate::permissions::catalogue::Resource;
use crate::permissions::gap::Evidence;

/// The check that fails when the app cannot sign in, where there is no other.
pub const SIGN_IN: &str = "app sign-in";

/// Hears what is being read.
pub type Progress = Arc<dyn Fn(Reading) + Send + Sync>;

/// An app of a tenant.
#[derive(Clone)]
pub struct App {
    /// The questions of the run.
    pub lookups: Lookups,
    /// The client.
    pub http: Http,
    /// Where it signs in, and where Microsoft Graph is.
    pub endpoints: Endpoints,
    /// As whom.
    pub login: AppLogin,
    /// Who hears of what is being read.
    pub progress: Progress,
    /// The check that fails when it cannot sign in; what it may not read is part of the evidence.
    pub owner: &'static str,
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("login", &self.login).finish_non_exhaustive()
    }
}

/// How long one question about an app may take: the longest is some dozens of calls.
pub fn patience(options: &HttpOptions) -> Duration {
    options.total * 10
}

impl App {
    /// Distinguished by tenant and app, never by the credential: a second one is not tried.
    fn key(&self, what: &str) -> String {
        format!("{what} of {} in {}", self.login.client_id(), self.login.tenant())
    }

    /// Its token for an API, with what that shows.
    pub(super) fn token(&self, api: &'static Resource) -> Answer<Arc<TokenRead>> {
        let (key, app) = (self.key(&api.key), self.clone());
        self.lookups.ask(key, self.owner, std::future::ready(Ok(())), move |()| async move {
            (app.progress)(Reading::Token(api.name.clone()));
            let read = read_token(&app.http, &app.endpoints, &app.login, api).await;
            read.map(Arc::new).map_err(Cause::from)
        })
    }

    /// Its objects, consents and roles, whatever they are for.
    pub(super) fn objects(&self, graph: &'static Resource) -> Answer<Arc<Evidence>> {
        let (token, app) = (self.token(graph), self.clone());
        self.lookups.ask(
            self.key("objects"),
            self.owner,
            token,
            |token: Arc<TokenRead>| async move {
                let App { http, endpoints, login, progress, .. } = &app;
                Ok(Arc::new(read_app(http, endpoints, login, &token, &**progress).await))
            },
        )
    }

    /// What Microsoft reports of it for a scenario: its tokens for the APIs of the scenario, then its
    /// objects. Whatever another scenario asked for is not asked again.
    ///
    /// # Errors
    /// It cannot sign in.
    pub async fn evidence(&self, scenario: &Scenario) -> Result<Evidence, Stop> {
        let mut evidence = Evidence::default();
        evidence.note_app(Some(self.login.client_id()));
        let apis: Vec<&'static Resource> = apis(scenario).collect();
        for api in &apis {
            evidence = evidence.and(self.token(api).await?.evidence.clone());
        }
        let Some(graph) = apis.first() else { return Ok(evidence) };
        Ok(evidence.and(Evidence::clone(&*self.objects(graph).await?)))
    }
}
