//! Who signs in to which tenant: derived from the tenants of the sign-ins, tried once each. SPEC F3.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use uuid::Uuid;

use super::id;
use super::run::{Run, failed, fault};
use super::subject::{Profile, Subject, TenantRef, no_tenant};
use crate::backend::graph::{AppLogin, Credential, Endpoints, GraphReader};
use crate::checks::app::App;
use crate::checks::check::{Cause, Check, Fault, Need, Running, Seen, Skip, Sort, Stop};
use crate::checks::lookup::Answer;
use crate::domain::{NationalCloud, Secret};
use crate::permissions::catalogue::catalogue;
use crate::permissions::import::{self, TokenClaims};
use crate::text::{fold, shown};

pub(super) static CHECKS: [Check<Subject>; 1] = [Check {
    id: id::SIGN_IN,
    area: "Sign-in",
    proves: "A sign-in for the tenant is configured, and Microsoft accepts it.",
    needs: &[Need::Network, Need::Secret],
    when: Subject::has_tenant,
    run: works,
}];

/// A credential on its way.
pub type Opening = Pin<Box<dyn Future<Output = Result<Credential, Cause>> + Send>>;

/// Somebody who can sign in.
#[derive(Clone)]
pub struct SignIn {
    /// Its name in the configuration.
    pub name: String,
    /// Tenant id or domain.
    pub tenant: String,
    /// Its cloud.
    pub cloud: NationalCloud,
    /// Application (client) id.
    pub client_id: Uuid,
    /// App profiles by name or id, each with the client id of its app.
    pub apps: Vec<(String, Uuid)>,
    /// Who it is.
    pub who: Who,
}

/// Who signs in.
#[derive(Clone)]
pub enum Who {
    /// An app, with a credential that is opened when it is needed.
    App(Arc<dyn Fn() -> Opening + Send + Sync>),
    /// A person.
    Person {
        /// The only one who is accepted, as user principal name.
        user: Option<String>,
        /// Of who has signed in, or why that failed; `None`: nobody was asked, or the answer was no.
        token: Option<Result<Secret, Cause>>,
    },
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIn").field("name", &self.name).finish_non_exhaustive()
    }
}

impl SignIn {
    /// Whether its person was not asked yet.
    pub const fn waits(&self) -> bool {
        matches!(self.who, Who::Person { token: None, .. })
    }

    /// Whether it is a person's.
    pub const fn is_person(&self) -> bool {
        matches!(self.who, Who::Person { .. })
    }
}

/// Who may answer a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum As {
    /// An app, else a person.
    Anybody,
    /// A person: apps are not supported.
    Person,
}

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Name of the sign-in.
    pub name: String,
    /// Whether it is a person.
    pub is_person: bool,
    /// Reads Microsoft Graph.
    pub graph: GraphReader,
    /// What the token says.
    pub claims: TokenClaims,
    /// The tenant.
    pub tenant: Uuid,
    /// Its cloud.
    pub cloud: NationalCloud,
    /// The app that signed in.
    pub client_id: Uuid,
    /// App profiles by name or id, each with the client id of its app.
    pub apps: Vec<(String, Uuid)>,
    /// How the app signs in, for its tokens for other APIs; `None`: a person did.
    pub app: Option<App>,
}

impl SignedIn {
    /// The app behind an app profile.
    ///
    /// # Errors
    /// [`Skip::NotKnown`].
    pub fn app_of(&self, profile: &Profile) -> Result<Uuid, Stop> {
        let is = |name: &str| {
            fold(name.trim()) == fold(&profile.name) || name.trim() == profile.id.as_str()
        };
        let configured = self.apps.iter().find(|it| is(&it.0)).map(|it| it.1);
        configured.or(profile.client_id).ok_or_else(|| {
            let why = format!(
                "the client id of {} is not known: add it to apps of the sign-in {}, or import it as client_id of the profile",
                shown(&profile.name),
                self.name
            );
            Stop::Skip(Skip::of(id::APP, Skip::NotKnown(why)))
        })
    }
}

impl Run {
    /// The sign-ins of a tenant, in the order of the configuration. Where their names differ, what
    /// everybody can know of both decides.
    pub async fn serving(&self, tenant: &TenantRef, who: As) -> Vec<SignIn> {
        let id = self.tenant(tenant).await.ok().map(|it| it.id);
        let mut out: Vec<SignIn> = Vec::new();
        for it in self.sign_ins.iter().filter(|it| who == As::Anybody || it.is_person()) {
            if self.serves(it, tenant, id).await {
                out.push(it.clone());
            }
        }
        // An app needs nobody at the keyboard.
        out.sort_by_key(SignIn::is_person);
        out
    }

    async fn serves(&self, it: &SignIn, tenant: &TenantRef, id: Option<Uuid>) -> bool {
        let named = [tenant.id.as_str(), &tenant.name];
        if named.iter().any(|name| name.eq_ignore_ascii_case(&it.tenant)) {
            return true;
        }
        let Some(id) = id else { return false };
        if let Ok(own) = Uuid::try_parse(&it.tenant) {
            return own == id;
        }
        let login = self.login(it.cloud.cloud());
        let found = self.public_tenant(&login, &it.tenant).await;
        found.is_ok_and(|found| found.is_some_and(|found| found.id == id))
    }

    /// Somebody who is signed in to a tenant: the first sign-in that works.
    pub fn signed_in(&self, tenant: &TenantRef, who: As) -> Answer<Arc<SignedIn>> {
        let key = format!("{who:?} in {}", tenant.id.as_str().to_lowercase());
        let (run, tenant) = (self.clone(), tenant.clone());
        let exists = async move {
            // A tenant that is known by no public name can still have a sign-in of its name.
            match run.tenant(&tenant).await {
                Ok(found) => Ok((run, tenant, Some(found.id))),
                Err(Stop::Skip(why)) if matches!(why.clone().plain(), Skip::NotKnown(_)) => {
                    Ok((run, tenant, None))
                }
                Err(stop) => Err(stop),
            }
        };
        self.lookups.learn(key, id::SIGN_IN, exists, move |(run, tenant, expected)| async move {
            let all = run.serving(&tenant, who).await;
            let mut why = Stop::Skip(match who {
                As::Anybody => {
                    let none = Skip::NoSignIn(shown(&tenant.name).into_owned());
                    Skip::of(id::SIGN_IN, none)
                }
                As::Person => Skip::OtherSignIn("a person's sign-in, by device code"),
            });
            for it in all {
                match run.session(&it).await.and_then(|it| of_tenant(it, expected)) {
                    Ok(it) => return Ok(it),
                    // One that was refused says more than one that nobody tried.
                    Err(stop) if !matches!(why, Stop::Fault(_)) => why = stop,
                    Err(_) => {}
                }
            }
            Err(why)
        })
    }

    /// A sign-in, tried once however many tenants and checks need it.
    pub fn session(&self, it: &SignIn) -> Answer<Arc<SignedIn>> {
        let key = format!("sign-in {}", it.name);
        let (run, it) = (self.clone(), it.clone());
        self.lookups.learn(key, id::SIGN_IN, std::future::ready(Ok(())), move |()| async move {
            let endpoints = run.endpoints(it.cloud);
            let signed_in = match &it.who {
                Who::App(opening) => match opening().await {
                    Ok(credential) => run.app(&it, endpoints, credential).await,
                    Err(cause) => Err(fault(id::SIGN_IN, cause)),
                },
                Who::Person { token: Some(Ok(token)), .. } => person(&run, &it, &endpoints, token),
                Who::Person { token: Some(Err(cause)), .. } => {
                    Err(fault(id::SIGN_IN, cause.clone()))
                }
                Who::Person { token: None, .. } => {
                    let why = Skip::Declined("the person did not sign in by device code");
                    Err(Stop::Skip(Skip::of(id::SIGN_IN, why)))
                }
            };
            signed_in.map_err(|stop| named(stop, &it.name))
        })
    }

    /// Why other sign-ins of a tenant failed than the one that works: those before it, and people,
    /// for what needs a person. None is tried for the sake of this.
    async fn refused(&self, tenant: &TenantRef, works: &str) -> Vec<Cause> {
        let all = self.serving(tenant, As::Anybody).await;
        let first = all.iter().position(|it| it.name == works).unwrap_or(0);
        let mut out = Vec::new();
        for (_, it) in all.iter().enumerate().filter(|(at, it)| *at < first || it.is_person()) {
            if let Err(Stop::Fault(fault)) = self.session(it).await {
                out.push(fault.cause);
            }
        }
        out
    }

    async fn app(
        &self,
        it: &SignIn,
        endpoints: Endpoints,
        credential: Credential,
    ) -> Result<Arc<SignedIn>, Stop> {
        let own = |error| fault(id::SIGN_IN, Cause::from(error));
        let http = self.http()?;
        let login =
            AppLogin::new(&it.tenant, &it.client_id.to_string(), credential).map_err(own)?;
        let app = App {
            lookups: self.lookups.clone(),
            http: http.clone(),
            endpoints: endpoints.clone(),
            login,
            progress: Arc::new(|_| {}),
            owner: id::SIGN_IN,
        };
        let Some(graph) = catalogue().resources.first() else { return Err(unread()) };
        let token = app.token(graph).await?;
        let token = token.token.clone().ok_or_else(unread)?;
        signed_in(it, GraphReader::new(http, &endpoints, token.clone()), &token, Some(app))
    }
}

fn person(
    run: &Run,
    it: &SignIn,
    endpoints: &Endpoints,
    token: &Secret,
) -> Result<Arc<SignedIn>, Stop> {
    let graph = GraphReader::new(run.http()?, endpoints, token.clone());
    signed_in(it, graph, token, None)
}

fn signed_in(
    it: &SignIn,
    graph: GraphReader,
    token: &Secret,
    app: Option<App>,
) -> Result<Arc<SignedIn>, Stop> {
    let claims = import::token(token.expose()).map_err(|_| unread())?;
    let tenant = claims.tenant.ok_or_else(unread)?;
    Ok(Arc::new(SignedIn {
        name: it.name.clone(),
        is_person: it.is_person(),
        graph,
        claims,
        tenant,
        cloud: it.cloud,
        client_id: it.client_id,
        apps: it.apps.clone(),
        app,
    }))
}

fn unread() -> Stop {
    failed(id::SIGN_IN, "its token cannot be read", "Check its tenant and cloud.")
}

/// A failure with the name of the sign-in, of which there may be several.
fn named(stop: Stop, name: &str) -> Stop {
    match stop {
        Stop::Fault(Fault { owner, cause }) if owner == id::SIGN_IN => {
            let text = format!("{name}: {}", cause.text);
            Stop::Fault(Fault { owner, cause: Cause { text, ..cause } })
        }
        other => other,
    }
}

/// A token of another tenant is not used.
fn of_tenant(it: Arc<SignedIn>, expected: Option<Uuid>) -> Result<Arc<SignedIn>, Stop> {
    match expected {
        Some(expected) if expected != it.tenant => {
            let text = format!("{}: it gave a token of another tenant: {}", it.name, it.tenant);
            let fix = format!("Correct tenant in [signins.{}].", it.name);
            Err(fault(id::SIGN_IN, Cause::new(Sort::Refused, text, fix)))
        }
        Some(_) | None => Ok(it),
    }
}

fn works(subject: &Subject) -> Running {
    let Some(tenant) = subject.tenant.clone() else {
        return no_tenant();
    };
    let run = subject.run.clone();
    Box::pin(async move {
        let it = run.signed_in(&tenant, As::Anybody).await?;
        let kind = if it.is_person { "a person" } else { "an app" };
        let accepted = format!("{} ({kind}) is accepted", it.name);
        let refused = run.refused(&tenant, &it.name).await;
        Ok(match refused.first() {
            None => Seen::ok(accepted),
            Some(first) => {
                let all: Vec<&str> = refused.iter().map(|it| &*it.text).collect();
                Seen::warning(format!("{accepted}; {}", all.join("; ")), &*first.fix)
            }
        })
    })
}
