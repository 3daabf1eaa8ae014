//! The checks of a context that is a team store: each step of a connection in its order, so that the
//! one that fails has a name and what to do.

use std::future::Future;

use super::check::{Cause, Check, Fault, Need, Outcome, Running, Seen, Skip, Sort, Stop, always};
use super::lookup::{Answer, Lookups};
use crate::backend::BackendError;
use crate::backend::ReadOnly;
use crate::backend::store::postgres::{self, TeamOptions};
use crate::backend::store::{ServerFacts, ServerStep};
use crate::text::shown;

const CREDENTIAL: &str = "credential";
const NAME: &str = "host name";
const PORT: &str = "port";
const TLS: &str = "tls";
const SIGN_IN: &str = "sign-in";
const DATABASE: &str = "database";
const RIGHTS: &str = "rights";
const SCHEMA: &str = "schema";
const NOTICES: &str = "notices";

/// A team store that is checked.
#[derive(Clone)]
pub struct TeamContext {
    options: Answer<TeamOptions>,
    named: Answer<Vec<std::net::SocketAddr>>,
    reached: Answer<()>,
    /// What came of the connection; which step it failed at says the error.
    session: Answer<Result<ServerFacts, BackendError>>,
    notices: Answer<bool>,
}

const fn row(
    id: &'static str,
    proves: &'static str,
    needs: &'static [Need],
    run: fn(&TeamContext) -> Running,
) -> Check<TeamContext> {
    Check { id, area: "Team store", proves, needs, when: always, run }
}

/// The checks.
pub static CHECKS: [Check<TeamContext>; 9] = [
    row(CREDENTIAL, "The password or the certificate can be read.", &[Need::Secret], |it| {
        it.simply(it.options.clone(), |_| Seen::ok("read"))
    }),
    row(NAME, "The name of the host is known.", &[Need::Network], |it| {
        it.simply(it.named.clone(), |all| {
            let all: Vec<String> = all.iter().map(|it| it.ip().to_string()).collect();
            Seen::ok(all.join(", "))
        })
    }),
    row(PORT, "The server takes connections on its port.", &[Need::Network], |it| {
        it.simply(it.reached.clone(), |()| Seen::ok("open"))
    }),
    row(TLS, "Its certificate is of this host, and a trusted authority issued it.", &[], |it| {
        let options = it.options.clone();
        it.judged(ServerStep::Tls, move |_| {
            let plain = options.peek().and_then(|it| it.as_ref().ok()).map(|it| it.address.plain);
            Ok(match plain {
                Some(true) => Seen::warning(
                    "not used",
                    "Without TLS only on this machine; remove sslmode=disable from the URL where the server offers it.",
                ),
                Some(false) | None => Seen::ok("verified"),
            })
        })
    }),
    row(SIGN_IN, "The server accepts the sign-in.", &[Need::Secret], |it| {
        it.judged(ServerStep::SignIn, |facts| {
            let user = shown(&facts.user).into_owned();
            Ok(match facts.shared {
                false => Seen::ok(format!("as {user}")),
                true => Seen::warning(
                    format!("as {user}, which is a group: the server cannot see who in it works"),
                    "Let each person sign in with a role of their own, so that the history names them.",
                ),
            })
        })
    }),
    row(
        DATABASE,
        "The database is there, on a server that keeps what the store needs.",
        &[],
        |it| {
            it.judged(ServerStep::Database, |facts| {
                Ok(Seen::ok(format!("PostgreSQL {}", shown(&facts.version))))
            })
        },
    ),
    row(RIGHTS, "The role may use the store.", &[], |it| {
        it.judged(ServerStep::Rights, |facts| {
            Ok(match (facts.schema, facts.read_only) {
                (None, _) if facts.owns => Seen::ok("may create the store"),
                (None, _) => Seen::ok("nothing to use yet"),
                (Some(_), None) if facts.owns => Seen::warning(
                    "read and write, as the owner of the tables, whom no rule restricts",
                    "For daily work, sign in with a role that has jetbridge_member: `jetbridge team roles`.",
                ),
                (Some(_), None) => Seen::ok("read and write"),
                (Some(_), Some(ReadOnly::Replica)) => {
                    Seen::warning("read only: the server is a replica", ReadOnly::Replica.reason())
                }
                (Some(_), Some(_)) => Seen::ok("read only"),
            })
        })
    }),
    row(SCHEMA, "The tables are those that this jetbridge knows.", &[], |it| {
        it.judged(ServerStep::Schema, |facts| match postgres::usable(facts) {
            Ok(()) => Ok(Seen::ok(format!("version {}", postgres::SCHEMA))),
            Err(error) => Err(fault(SCHEMA, error)),
        })
    }),
    row(NOTICES, "Changes of others are announced (LISTEN).", &[], |it| {
        it.simply(it.notices.clone(), |works| match works {
            true => Seen::ok("announced"),
            false => Seen::warning(
                "not announced: a connection pooler is in between",
                "Refresh to see what others changed, or use the port of the server itself.",
            ),
        })
    }),
];

const fn owner(step: ServerStep) -> &'static str {
    match step {
        ServerStep::Name => NAME,
        ServerStep::Port => PORT,
        ServerStep::Tls => TLS,
        ServerStep::SignIn => SIGN_IN,
        ServerStep::Database => DATABASE,
        ServerStep::Rights => RIGHTS,
        ServerStep::Schema | ServerStep::Work => SCHEMA,
    }
}

fn fault(owner: &'static str, error: BackendError) -> Stop {
    let sort = match &error {
        BackendError::Server(it) if matches!(it.step, ServerStep::SignIn | ServerStep::Rights) => {
            Sort::Refused
        }
        _ => Sort::Failed,
    };
    let cause = Cause { sort, ..Cause::from(error) };
    Stop::Fault(Fault { owner, cause })
}

impl TeamContext {
    /// A team store that is still to be reached, as `opening` says.
    pub fn new(
        lookups: &Lookups,
        opening: impl Future<Output = Result<TeamOptions, Cause>> + Send + 'static,
    ) -> Self {
        let ready = std::future::ready(Ok(()));
        let options = lookups.ask(CREDENTIAL, CREDENTIAL, ready, |()| opening);
        let named = lookups
            .ask(NAME, NAME, options.clone(), |it| async move { Ok(postgres::names(&it).await?) });
        let both = {
            let (options, named) = (options.clone(), named.clone());
            async move { Ok((options.await?, named.await?)) }
        };
        let reached = lookups.ask(PORT, PORT, both, |(options, all)| async move {
            Ok(postgres::reaches(&options, &all).await?)
        });
        let ready = {
            let (options, reached) = (options.clone(), reached.clone());
            async move {
                reached.await?;
                options.await
            }
        };
        let session = lookups.ask(SIGN_IN, SIGN_IN, ready, |options| async move {
            Ok(postgres::facts(&options).await)
        });
        let ready = {
            let (options, session) = (options.clone(), session.clone());
            async move {
                match session.await? {
                    Ok(facts) if postgres::usable(&facts).is_ok() => options.await,
                    Ok(_) => Err(Stop::Skip(Skip::After(SCHEMA))),
                    Err(BackendError::Server(it)) => Err(Stop::Skip(Skip::After(owner(it.step)))),
                    Err(_) => Err(Stop::Skip(Skip::After(SIGN_IN))),
                }
            }
        };
        let notices = lookups.ask(NOTICES, NOTICES, ready, |options| async move {
            Ok(postgres::announces(&options).await?)
        });
        Self { options, named, reached, session, notices }
    }

    fn simply<V: Clone + Send + Sync + 'static>(
        &self,
        answer: Answer<V>,
        seen: impl FnOnce(V) -> Seen + Send + 'static,
    ) -> Running {
        super::check::judged(answer, |it| Ok(seen(it)))
    }

    /// A check of one step of the connection: fine when it came further.
    fn judged(
        &self,
        step: ServerStep,
        judge: impl FnOnce(&ServerFacts) -> Outcome + Send + 'static,
    ) -> Running {
        super::check::judged(self.session.clone(), move |session| match session {
            Ok(facts) => judge(&facts),
            // The port was open before, so one that closes now is no longer a matter of the port.
            Err(BackendError::Server(it)) => match it.step.max(ServerStep::Tls) {
                found if found > step => Ok(Seen::ok("passed")),
                found => Err(fault(owner(found), BackendError::Server(it))),
            },
            Err(other) => Err(fault(SIGN_IN, other)),
        })
    }
}
