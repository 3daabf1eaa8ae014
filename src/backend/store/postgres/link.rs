//! A connection to the server, made step by step so that what fails has a name, and what is known of
//! the server once it is there.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls_platform_verifier::Verifier;
use tokio::net::TcpStream;
use tokio_postgres::config::{ChannelBinding, SslMode};
use tokio_postgres::{AsyncMessage, CancelToken, Client, Config};
use uuid::Uuid;

use super::failure::{ServerError, ServerStep, lost, of_connect, of_work};
use super::schema;
use super::tls::Tls;
use super::value::{column, number, one, sql};
use super::{Login, TeamOptions};
use crate::backend::ReadOnly;
use crate::backend::http::{HttpError, authorities};
use crate::backend::store::core::Result;
use crate::domain::Secret;
use crate::text::shown;

/// Longest wait for the name and for the port of a server.
const REACH: Duration = Duration::from_secs(10);
/// Longest wait for TLS, the sign-in and what is asked first.
const ENTER: Duration = Duration::from_secs(15);
/// Silence after which a peer that is gone is looked for, and how often.
const ALIVE: Duration = Duration::from_secs(30);
/// The oldest server that the tables need.
const OLDEST: u32 = 140_000;

/// What is known of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerFacts {
    /// Its version, such as `15.18`.
    pub version: String,
    /// Who signed in, as the server has it.
    pub user: String,
    /// The version of the tables; `None`: there are none.
    pub schema: Option<u32>,
    /// Why nothing can be written; `None`: it can.
    pub read_only: Option<ReadOnly>,
    /// Whether the role owns the tables, or may create them.
    pub owns: bool,
    /// Others who sign in with the same role, whom the server cannot distinguish.
    pub shared: bool,
    /// Whether a vault is set up; without one nothing is sealed.
    pub sealed: bool,
    pub(super) store: Option<Uuid>,
}

/// A connection.
pub(super) struct Link {
    pub(super) client: Arc<Client>,
    pub(super) facts: ServerFacts,
    cancel: CancelToken,
    address: SocketAddr,
    tls: Tls,
}

/// What a connection says by itself: the channel, and what is announced there.
pub(super) type Heard = tokio::sync::mpsc::UnboundedReceiver<(String, String)>;

/// Whom to trust and who one is, for TLS.
pub(super) fn trust(options: &TeamOptions) -> Result<Arc<ClientConfig>> {
    let setup = |error: &dyn std::fmt::Display| {
        ServerError::failure(
            ServerStep::Tls,
            shown(&format!("TLS cannot be set up: {error}")).into_owned(),
            "Check ca_bundle under [network] and the certificate files of the context.",
        )
    };
    let mut extra = Vec::new();
    for path in &options.authorities {
        let read = authorities(path).map_err(|it: HttpError| setup(&it))?;
        extra.extend(read.into_iter().map(CertificateDer::from));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier =
        Verifier::new_with_extra_roots(extra, Arc::clone(&provider)).map_err(|it| setup(&it))?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|it| setup(&it))?
        // The verifier is the platform's, the one of every other call.
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let config = match &options.login {
        Login::Password(_) => config.with_no_client_auth(),
        Login::Certificate { chain, key } => {
            let chain = chain.iter().cloned().map(CertificateDer::from).collect();
            let key = PrivateKeyDer::try_from(key.to_vec()).map_err(|it| setup(&it))?;
            config.with_client_auth_cert(chain, key).map_err(|it| setup(&it))?
        }
    };
    Ok(Arc::new(config))
}

async fn within<T>(
    limit: Duration,
    step: ServerStep,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    let late = || {
        let what = match step {
            ServerStep::Name => "its name was not looked up",
            ServerStep::Port => "it does not answer on its port",
            _ => "it answers on its port, but then stops responding",
        };
        ServerError::failure(
            step,
            format!("no answer from the server within {} s: {what}", limit.as_secs()),
            "Check the address, the network and firewalls on the way.",
        )
    };
    tokio::time::timeout(limit, work).await.unwrap_or_else(|_| Err(late()))
}

/// The addresses of the host.
pub(super) async fn look_up(options: &TeamOptions) -> Result<Vec<SocketAddr>> {
    let host = options.address.host.as_str();
    within(REACH, ServerStep::Name, async {
        let found = tokio::net::lookup_host((host, options.address.port)).await;
        let found: Vec<SocketAddr> = found.map(Iterator::collect).unwrap_or_default();
        if found.is_empty() {
            return Err(ServerError::failure(
                ServerStep::Name,
                format!("the name {} is not known", shown(host)),
                "Check the host in the URL, and the name servers of this machine.",
            ));
        }
        Ok(found)
    })
    .await
}

/// The first address that takes a connection.
pub(super) async fn reach(options: &TeamOptions, all: &[SocketAddr]) -> Result<TcpStream> {
    within(REACH, ServerStep::Port, async {
        let mut why = None;
        for address in all {
            match TcpStream::connect(address).await {
                Ok(stream) => {
                    watch(&stream);
                    return Ok(stream);
                }
                Err(error) => why = Some(error),
            }
        }
        let why = why.map(|it| it.kind().to_string()).unwrap_or_default();
        let (host, port) = (shown(&options.address.host), options.address.port);
        Err(ServerError::failure(
            ServerStep::Port,
            format!("{host} takes no connection on port {port}: {why}"),
            "Check that the server runs, its listen_addresses, and firewalls on the way.",
        ))
    })
    .await
}

/// Small messages go out at once, and a peer that is gone is noticed. What cannot be set stays as the
/// system has it.
fn watch(stream: &TcpStream) {
    use rustix::net::sockopt;
    let _ = stream.set_nodelay(true);
    let _ = sockopt::set_socket_keepalive(stream, true);
    let _ = sockopt::set_tcp_keepidle(stream, ALIVE);
    let _ = sockopt::set_tcp_keepintvl(stream, ALIVE / 3);
}

impl Link {
    /// Connects, signs in, and looks at the server.
    pub(super) async fn open(options: &TeamOptions) -> Result<(Self, Heard)> {
        let all = look_up(options).await?;
        let stream = reach(options, &all).await?;
        let config = trust(options)?;
        let password = match &options.login {
            Login::Password(source) => Some(source().await?),
            Login::Certificate { .. } => None,
        };
        within(ENTER, ServerStep::SignIn, Self::enter(options, stream, config, password)).await
    }

    async fn enter(
        options: &TeamOptions,
        stream: TcpStream,
        config: Arc<ClientConfig>,
        password: Option<Secret>,
    ) -> Result<(Self, Heard)> {
        let host = options.address.host.clone();
        let name = ServerName::try_from(host.clone()).map_err(|_| {
            ServerError::failure(
                ServerStep::Tls,
                format!("{} is not a name that a certificate can have", shown(&host)),
                "Use the host name of the server in the URL.",
            )
        })?;
        let tls = Tls { config, host: name };
        // A server that was killed just now.
        let address = stream.peer_addr().map_err(|_| lost())?;
        let mut setup = Config::new();
        setup
            .user(&options.address.user)
            .dbname(&options.address.database)
            .application_name("jetbridge")
            // In full wherever there is TLS; without it on this machine only, and only if said.
            .ssl_mode(if options.address.plain { SslMode::Disable } else { SslMode::Require })
            .channel_binding(ChannelBinding::Prefer);
        if let Some(password) = &password {
            setup.password(password.expose());
        }
        let connected = setup.connect_raw(stream, tls.clone()).await;
        let (client, mut connection) = connected.map_err(|error| of_connect(&error, &host))?;
        let (say, heard) = tokio::sync::mpsc::unbounded_channel();
        tokio::spawn(async move {
            // Ends with the client; what broke is seen by whoever asks next.
            while let Some(Ok(message)) =
                std::future::poll_fn(|cx| connection.poll_message(cx)).await
            {
                if let AsyncMessage::Notification(it) = message
                    && say.send((it.channel().to_owned(), it.payload().to_owned())).is_err()
                {
                    // Nobody listens; the connection goes on.
                }
            }
        });
        let facts = look(&client).await?;
        let cancel = client.cancel_token();
        Ok((Self { client: Arc::new(client), facts, cancel, address, tls }, heard))
    }

    /// Asks the server to end what it is doing for this connection.
    pub(super) async fn stop(&self) {
        let work = async {
            if let Ok(stream) = TcpStream::connect(self.address).await {
                let _ = self.cancel.cancel_query_raw(stream, self.tls.clone()).await;
            }
        };
        let _ = tokio::time::timeout(Duration::from_secs(2), work).await;
    }
}

/// What the server is, who signed in, and what that role may do.
async fn look(client: &Client) -> Result<ServerFacts> {
    let ask = sql!(
        "SELECT version(), current_setting('server_version_num')::bigint,
             current_setting('server_version'), session_user::text, pg_is_in_recovery(),
             to_regclass('jetbridge.store') IS NOT NULL,
             has_schema_privilege(coalesce(to_regnamespace('jetbridge')::oid,
                 to_regnamespace('pg_catalog')::oid), 'USAGE'),
             coalesce((SELECT pg_has_role(session_user, nspowner, 'USAGE') FROM pg_namespace
                 WHERE nspname = 'jetbridge'), has_database_privilege(current_database(), 'CREATE')),
             EXISTS (SELECT 1 FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid
                 JOIN pg_roles p ON p.oid = m.member
                 WHERE r.rolname = session_user AND p.rolcanlogin)"
    );
    // A server that is none of PostgreSQL's may not even have these; its name says more.
    let named = client.query_typed("SELECT version()", &[]).await.map_err(|it| of_work(&it))?;
    let named: String = column(&one(named)?, 0)?;
    genuine(&named)?;
    let row = client.query_typed(ask.sql, &[]).await.map_err(|it| of_work(&it))?;
    let row = one(row)?;
    let short: String = column(&row, 2)?;
    if number::<u32>(&row, 1)? < OLDEST {
        return Err(ServerError::failure(
            ServerStep::Database,
            format!("the server is PostgreSQL {}, and jetbridge needs 14 or later", shown(&short)),
            "Upgrade the server, or use another one.",
        ));
    }
    let (recovery, there, usage): (bool, bool, bool) =
        (column(&row, 4)?, column(&row, 5)?, column(&row, 6)?);
    let mut facts = ServerFacts {
        version: short,
        user: column(&row, 3)?,
        schema: None,
        read_only: None,
        owns: column(&row, 7)?,
        shared: column(&row, 8)?,
        sealed: false,
        store: None,
    };
    if there && !usage {
        return Err(ServerError::failure(
            ServerStep::Rights,
            format!("the role {} may not use the store", shown(&facts.user)),
            "Ask its owner for the role jetbridge_member or jetbridge_reader: `jetbridge team roles` prints them.",
        ));
    }
    if there {
        let row = client
            .query_typed(
                "SELECT id, version, has_table_privilege('jetbridge.history', 'INSERT'),
                     has_column_privilege('jetbridge.connections', 'revision', 'UPDATE'),
                     EXISTS (SELECT 1 FROM jetbridge.vault)
                 FROM jetbridge.store",
                &[],
            )
            .await
            .map_err(|it| of_work(&it))?;
        let row = one(row)?;
        facts.store = Some(column(&row, 0)?);
        facts.schema = Some(number(&row, 1)?);
        facts.sealed = column(&row, 4)?;
        let writes = column::<bool>(&row, 2)? && column::<bool>(&row, 3)?;
        facts.read_only = match (recovery, writes) {
            (true, _) => Some(ReadOnly::Replica),
            (false, false) => Some(ReadOnly::Role),
            (false, true) => None,
        };
    }
    Ok(facts)
}

impl ServerFacts {
    /// The store that is there, at the version that this program knows.
    pub(super) fn usable(&self) -> Result<Uuid> {
        let known = schema::VERSION;
        match (self.schema, self.store) {
            (Some(found), _) if found > known => Err(ServerError::failure(
                ServerStep::Schema,
                format!("the store has schema {found}, this jetbridge knows up to {known}"),
                "Update jetbridge on this machine.",
            )),
            (Some(found), _) if found < known => Err(ServerError::failure(
                ServerStep::Schema,
                format!("the store has schema {found}, this jetbridge needs {known}"),
                "Its owner brings it up to date with `jetbridge team migrate`.",
            )),
            (Some(_), Some(store)) => Ok(store),
            _ => Err(ServerError::failure(
                ServerStep::Schema,
                "the database has no jetbridge store",
                "Its owner creates it with `jetbridge team migrate`.",
            )),
        }
    }
}

/// Refuses servers that speak the protocol of PostgreSQL and do not keep what the store relies on:
/// column rights, triggers, locks.
fn genuine(version: &str) -> Result<()> {
    const OTHERS: [(&str, &str); 7] = [
        ("CockroachDB", "CockroachDB"),
        ("-YB-", "YugabyteDB"),
        ("Yugabyte", "YugabyteDB"),
        ("Greenplum", "Greenplum"),
        ("Redshift", "Amazon Redshift"),
        ("Materialize", "Materialize"),
        ("QuestDB", "QuestDB"),
    ];
    let other = OTHERS.iter().find(|(word, _)| version.contains(word)).map(|(_, name)| *name);
    let name = match (other, version.starts_with("PostgreSQL ")) {
        (Some(name), _) => name.to_owned(),
        (None, false) => shown(version.split_whitespace().next().unwrap_or("?")).into_owned(),
        (None, true) => return Ok(()),
    };
    Err(ServerError::failure(
        ServerStep::Database,
        format!("the server is {name}, and jetbridge works with PostgreSQL only"),
        "Its rights, triggers and locks would not guard the store; use PostgreSQL 14 or later.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::BackendError;

    #[test]
    fn servers_that_only_speak_its_protocol_are_refused_by_name() {
        for good in ["PostgreSQL 14.1 on x86_64", "PostgreSQL 18.0 (Debian 18.0-1)"] {
            assert_eq!(genuine(good), Ok(()), "{good}");
        }
        for (bad, name) in [
            ("CockroachDB CCL v25.4.0 (x86_64-pc-linux-gnu)", "CockroachDB"),
            ("PostgreSQL 15.2-YB-2025.2.3.0-b0 on x86_64", "YugabyteDB"),
            ("PostgreSQL 12.12 (Greenplum Database 7.1.0)", "Greenplum"),
            ("PostgreSQL 8.0.2 on i686, Redshift 1.0.1", "Redshift"),
            ("Other\u{1b}[31m 1", "Other"),
        ] {
            let Err(BackendError::Server(error)) = genuine(bad) else { panic!("{bad}") };
            assert!(error.what.contains(name) && !error.what.contains('\u{1b}'), "{}", error.what);
            assert_eq!(error.step, ServerStep::Database);
        }
    }
}
