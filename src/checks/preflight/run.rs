//! What all connections of a run share: the questions that were asked, and how the world is reached.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use url::Url;

use super::files::Mount;
use super::id;
use super::learned::{Learned, What};
use super::signin::SignIn;
use super::subject::TenantRef;
use crate::backend::graph::{Endpoints, PublicTenant, find_tenant};
use crate::backend::http::Http;
use crate::backend::{BackendError, Place};
use crate::checks::check::{Cause, Fault, Skip, Sort, Stop};
use crate::checks::directory::World;
use crate::checks::lookup::{Answer, Lookups};
use crate::checks::way::{Hosts, Way};
use crate::domain::rules::PasswordPolicy;
use crate::domain::{Cloud, ConnectionId, NationalCloud, Secret, Timestamp};

/// How the world is reached, and by which figures it is judged.
#[derive(Clone)]
pub struct Ground {
    /// The questions of the run.
    pub lookups: Lookups,
    /// The client; `None`: nothing is called.
    pub http: Option<Http>,
    /// A server on this machine that plays Microsoft.
    pub stand_in: Option<Endpoints>,
    /// Who can sign in.
    pub sign_ins: Vec<SignIn>,
    /// Where the secrets of the connections are; `None`: no connection is checked.
    pub place: Option<Place>,
    /// The present.
    pub now: Timestamp,
    /// Days before an expiry from which it is reported.
    pub warning_days: i64,
    /// Where the installer of the device agent is.
    pub installer: Option<String>,
    /// Rules for the local administrator's password.
    pub password: PasswordPolicy,
    /// Port of file servers.
    pub smb_port: u16,
    /// Shares that are mounted on this machine.
    pub mounts: Vec<Mount>,
    /// How domains of Active Directory are reached.
    pub directory: World,
}

/// A run. Clones share it.
#[derive(Clone)]
pub struct Run(Arc<Shared>);

struct Shared {
    ground: Ground,
    learned: Mutex<HashSet<Learned>>,
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Run(…)")
    }
}

impl std::ops::Deref for Run {
    type Target = Ground;

    fn deref(&self) -> &Ground {
        &self.0.ground
    }
}

impl Run {
    /// A run on this ground.
    pub fn new(ground: Ground) -> Self {
        Self(Arc::new(Shared { ground, learned: Mutex::default() }))
    }

    /// Notes what was learned of an object of the directory. F8
    pub(super) fn learn(&self, tenant: &TenantRef, what: What) {
        let mut learned = self.0.learned.lock().unwrap_or_else(PoisonError::into_inner);
        learned.insert(Learned { tenant: tenant.id.clone(), what });
    }

    /// What was learned of objects of the directory until now.
    pub fn learned(&self) -> Vec<Learned> {
        let learned = self.0.learned.lock().unwrap_or_else(PoisonError::into_inner);
        learned.iter().cloned().collect()
    }

    /// The client; a run without one has no check that asks for it.
    ///
    /// # Errors
    /// [`Skip::Nothing`].
    pub fn http(&self) -> Result<Http, Stop> {
        self.http.clone().ok_or(Stop::Skip(Skip::Nothing("--offline makes no calls")))
    }

    /// A secret of a connection.
    ///
    /// # Errors
    /// What the place answers.
    pub async fn reveal(&self, id: ConnectionId, field: &str) -> Result<Secret, BackendError> {
        match &self.place {
            Some(place) => place.reveal(id, field.to_owned()).await,
            None => Err(BackendError::Unsupported("opening a secret")),
        }
    }

    /// The hosts of a cloud.
    pub fn endpoints(&self, cloud: NationalCloud) -> Endpoints {
        self.stand_in.clone().unwrap_or_else(|| Endpoints::at(cloud))
    }

    /// The sign-in host that knows the tenants of a cloud: the global one also distinguishes US Government
    /// tenants apart, China has its own. preflight.md §1.1
    pub fn login(&self, cloud: Cloud) -> Url {
        let cloud = match cloud {
            Cloud::Commercial | Cloud::UsGov => NationalCloud::Global,
            Cloud::China21Vianet => NationalCloud::China,
        };
        self.endpoints(cloud).login
    }

    /// Whether a host answers at all; gives how many seconds its clock is ahead, where it says so.
    /// A fault is the one of `owner`.
    pub fn reached(&self, url: &Url, owner: &'static str) -> Answer<Option<i64>> {
        let key = format!("reached {}", url.origin().ascii_serialization());
        let (run, url) = (self.clone(), url.clone());
        self.lookups.learn(key, owner, std::future::ready(Ok(())), move |()| async move {
            let hosts = Hosts { http: run.http()?, asked: vec![url] };
            match Way::to(run.lookups.clone(), hosts).answers().await {
                (Ok(()), ahead) => Ok(ahead),
                (Err(Stop::Fault(it)), _) => Err(Stop::Fault(Fault { owner, ..it })),
                (Err(stop), _) => Err(stop),
            }
        })
    }

    /// What everybody can know of a tenant, by domain or id; `None`: there is no such tenant.
    pub fn public_tenant(&self, login: &Url, tenant: &str) -> Answer<Option<PublicTenant>> {
        let tenant = tenant.trim().to_lowercase();
        let key = format!("tenant {tenant} at {}", login.origin().ascii_serialization());
        let (run, login) = (self.clone(), login.clone());
        let reached = self.reached(&login, id::LOGIN);
        self.lookups.learn(key, id::TENANT, reached, move |_| async move {
            let http = run.http()?;
            find_tenant(&http, &login, &tenant).await.map_err(|it| fault(id::TENANT, it))
        })
    }
}

/// A failure of the check `owner`.
pub fn fault(owner: &'static str, cause: impl Into<Cause>) -> Stop {
    Stop::Fault(Fault { owner, cause: cause.into() })
}

/// As [`fault`], in words.
pub fn failed(owner: &'static str, text: impl Into<String>, fix: impl Into<String>) -> Stop {
    fault(owner, Cause::new(Sort::Failed, text, fix))
}
