//! What every pre-flight of a process is made with, whichever face asks for it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::backend::Place;
use crate::backend::ad::dns::NameServers;
use crate::backend::graph::Endpoints;
use crate::backend::http::{Http, HttpError, HttpOptions};
use crate::backend::smb;
use crate::checks::Lookups;
use crate::checks::directory::World;
use crate::checks::preflight::{Ground, Mount, Run, SignIn};
use crate::domain::Timestamp;
use crate::domain::rules::PasswordPolicy;

/// Shortest limit of one question, which is some calls.
const QUESTION: Duration = Duration::from_secs(30);

/// How the world is reached, and by which figures it is judged.
#[derive(Clone)]
pub struct Means {
    /// How the client behaves.
    pub http: HttpOptions,
    /// A server on this machine that plays Microsoft.
    pub stand_in: Option<Endpoints>,
    /// Who is asked for the records of domains.
    pub name_servers: NameServers,
    /// Who can sign in; asked for each run.
    pub sign_ins: Arc<dyn Fn() -> Vec<SignIn> + Send + Sync>,
    /// Days before an expiry from which it is reported.
    pub warning_days: i64,
    /// Where the installer of the device agent is.
    pub installer: Option<String>,
    /// Rules for the local administrator's password. D8
    pub password: PasswordPolicy,
}

impl fmt::Debug for Means {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Means(…)")
    }
}

impl Means {
    /// A run over the connections of a place; `offline`: nobody is called.
    ///
    /// # Errors
    /// The client cannot be set up.
    pub fn run(&self, place: Place, now: Timestamp, offline: bool) -> Result<Run, HttpError> {
        // A question is some calls, each with its own limit.
        let each = (self.http.total * 2).max(QUESTION);
        Ok(Run::new(Ground {
            lookups: Lookups::new(each),
            http: if offline { None } else { Some(Http::new(self.http.clone())?) },
            stand_in: self.stand_in.clone(),
            sign_ins: if offline { Vec::new() } else { (self.sign_ins)() },
            place: Some(place),
            now,
            warning_days: self.warning_days,
            installer: self.installer.clone(),
            password: self.password,
            smb_port: smb::PORT,
            mounts: Mount::all(),
            directory: World::new(self.name_servers),
        }))
    }
}
