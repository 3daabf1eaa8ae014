//! What an app may do, as a lookup: every check of consents, roles and the app itself reads this
//! evidence, and the live permission check judges it. SPEC P9.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::check::Cause;
use super::lookup::{Answer, Lookups};
use crate::backend::graph::{AppLogin, Endpoints, Reading, live_check};
use crate::backend::http::{Http, HttpOptions};
use crate::permissions::Scenario;
use crate::permissions::gap::Evidence;

/// The check that fails when the app cannot sign in; what it may not read is part of the evidence.
const SIGN_IN: &str = "app sign-in";

/// An app, and what it is to be able to do.
#[derive(Debug, Clone)]
pub struct App {
    /// The client.
    pub http: Http,
    /// Where it signs in, and where Microsoft Graph is.
    pub endpoints: Endpoints,
    /// As whom.
    pub login: AppLogin,
    /// What the permissions are for.
    pub scenario: Scenario,
}

/// How long the evidence of one app may take: it is some dozens of calls.
pub fn patience(options: &HttpOptions) -> Duration {
    options.total * 10
}

/// What Microsoft tells of an app. Asked once per tenant, app and scenario, never by its credential.
pub fn evidence(
    lookups: &Lookups,
    app: App,
    progress: impl Fn(Reading) + Send + Sync + 'static,
) -> Answer<Arc<Evidence>> {
    let (tenant, client) = (app.login.tenant(), app.login.client_id());
    let key = format!("evidence of {client} in {tenant} for {:?}", app.scenario);
    lookups.ask(key, SIGN_IN, std::future::ready(Ok(())), move |()| async move {
        let App { http, endpoints, login, scenario } = app;
        // Dropping the call ends its requests.
        let cancel = CancellationToken::new();
        let read = live_check(&http, &endpoints, &login, &scenario, &cancel, &progress).await;
        read.map(Arc::new).map_err(Cause::from)
    })
}
