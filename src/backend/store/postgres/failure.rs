//! What the server, its network and its TLS mean to a user. Of an error's text only the message is
//! repeated, cleaned: its detail quotes whole rows.

use std::error::Error as _;
use std::fmt;
use std::io;

use rustls::CertificateError;
use tokio_postgres::error::{Error, SqlState};

use crate::backend::{BackendError, ReadOnly};
use crate::text::shown;

/// The step at which a server is not of use, in the order in which a connection takes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ServerStep {
    /// The name of its host.
    Name,
    /// The connection to its port.
    Port,
    /// TLS and its certificate.
    Tls,
    /// Who signs in.
    SignIn,
    /// The database, and what server it is.
    Database,
    /// What the role may do.
    Rights,
    /// The version of the tables.
    Schema,
    /// Something after all of these.
    Work,
}

/// A server that is not of use, with what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerError {
    /// Where it ended.
    pub step: ServerStep,
    /// What happened, in one line, cleaned.
    pub what: String,
    /// What to do, in one line.
    pub hint: String,
    /// Whether the connection is gone; nothing was changed then.
    pub lost: bool,
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl ServerError {
    /// Whether the server is not reached, which may be over soon.
    pub fn is_away(&self) -> bool {
        self.lost || matches!(self.step, ServerStep::Name | ServerStep::Port)
    }

    pub(super) fn failure(
        step: ServerStep,
        what: impl Into<String>,
        hint: impl Into<String>,
    ) -> BackendError {
        Self::one(step, what, hint).into()
    }

    /// The store can only be read, for this reason.
    pub fn of_rights(why: ReadOnly) -> BackendError {
        Self::failure(ServerStep::Rights, "this store can only be read", why.reason())
    }

    /// The password of the context could not be had.
    pub fn of_password(what: impl Into<String>, hint: impl Into<String>) -> BackendError {
        Self::failure(ServerStep::SignIn, what, hint)
    }

    fn one(step: ServerStep, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { step, what: what.into(), hint: hint.into(), lost: false }
    }
}

impl From<ServerError> for BackendError {
    fn from(error: ServerError) -> Self {
        Self::Server(Box::new(error))
    }
}

/// Whether an error means that the connection is gone.
pub(super) fn is_lost(error: &BackendError) -> bool {
    matches!(error, BackendError::Server(it) if it.lost)
}

/// An error of a connection that was made.
pub(super) fn of_work(error: &Error) -> BackendError {
    match error.as_db_error() {
        Some(it) => of_code(it.code(), it.message()),
        None => lost(),
    }
}

/// The connection broke.
pub(super) fn lost() -> BackendError {
    let one = ServerError::one(
        ServerStep::Port,
        "the connection to the server was lost",
        "Nothing was changed; try again: jetbridge connects again by itself.",
    );
    ServerError { lost: true, ..one }.into()
}

fn of_code(code: &SqlState, message: &str) -> BackendError {
    use ServerStep as Step;
    let message = shown(message);
    match code.code() {
        // serialization_failure, deadlock_detected, lock_not_available, query_canceled
        "40001" | "40P01" | "55P03" => BackendError::Busy,
        "57014" => BackendError::Server(Box::new(ServerError::one(
            Step::Work,
            "the server ended a statement that took too long",
            "Try again; nothing was changed.",
        ))),
        "42501" => ServerError::failure(
            Step::Rights,
            format!("the server does not allow this: {message}"),
            "Ask the owner of the store for the role that allows it: `jetbridge team roles` prints them.",
        ),
        "25006" => ServerError::failure(
            Step::Rights,
            "the server is read-only: it is a replica, or the role may only read",
            "Use the address of the primary server, or ask for the role jetbridge_member.",
        ),
        "28P01" | "28000" => ServerError::failure(
            Step::SignIn,
            format!("the server refused the sign-in: {message}"),
            "Check the user name and the password; `jetbridge context edit NAME --secret-stdin` enters another one.",
        ),
        "3D000" => ServerError::failure(
            Step::Database,
            format!("the server has no such database: {message}"),
            "Check the name after the host in the URL, or create the database.",
        ),
        "53300" => ServerError::failure(
            Step::SignIn,
            "the server has no free connection",
            "Wait a moment and try again, or ask for more connections (max_connections).",
        ),
        "53100" => ServerError::failure(
            Step::Work,
            "the server's disk is full",
            "Nothing was changed; its administrator has to make room.",
        ),
        "3F000" | "42P01" => ServerError::failure(
            Step::Schema,
            "the database has no jetbridge store",
            "Its owner creates it with `jetbridge team migrate`.",
        ),
        // admin_shutdown, crash_shutdown, cannot_connect_now
        "57P01" | "57P02" | "57P03" => lost(),
        other => ServerError::failure(
            Step::Work,
            format!("the server refused it: {message} ({})", shown(other)),
            "Nothing was changed; `jetbridge context test` checks the server step by step.",
        ),
    }
}

/// An error while connecting: TLS, sign-in, or what the server said.
pub(super) fn of_connect(error: &Error, host: &str) -> BackendError {
    if let Some(it) = error.as_db_error() {
        return match it.code().code() {
            "57P03" => ServerError::failure(
                ServerStep::Port,
                format!("the server is not ready: {}", shown(it.message())),
                "Wait a moment and try again.",
            ),
            _ => of_code(it.code(), it.message()),
        };
    }
    let text = error.to_string();
    let mut source = error.source();
    while let Some(it) = source {
        if it.downcast_ref::<io::Error>().is_some_and(broke) {
            let one = ServerError::one(
                ServerStep::Port,
                "the connection was closed while it was being made",
                "The server may be starting or stopping: try again. If it stays so, check host and port.",
            );
            return ServerError { lost: true, ..one }.into();
        }
        if let Some(tls) = it.downcast_ref::<rustls::Error>() {
            return of_tls(tls, host);
        }
        // An error of TLS lies inside one of input and output, which does not name it as its source.
        let inside = it.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if let Some(tls) = inside.and_then(|it| it.downcast_ref::<rustls::Error>()) {
            return of_tls(tls, host);
        }
        source = it.source();
    }
    let detail = error.source().map(ToString::to_string).unwrap_or_default();
    let step = match text.as_str() {
        it if it.contains("TLS") => ServerStep::Tls,
        it if it.contains("authentication") => ServerStep::SignIn,
        _ => ServerStep::Port,
    };
    let hint = match step {
        ServerStep::Tls => "The server must offer TLS: set ssl = on there.",
        ServerStep::SignIn => {
            "The server must take SCRAM-SHA-256, a password inside TLS, or a client certificate."
        }
        _ => "Check host and port: what answers there does not behave as PostgreSQL.",
    };
    let what = match detail.is_empty() {
        true => text,
        false => format!("{text}: {detail}"),
    };
    ServerError::failure(step, shown(&what).into_owned(), hint)
}

/// Whether the other end went away.
fn broke(error: &io::Error) -> bool {
    use io::ErrorKind as Kind;
    let kinds =
        [Kind::UnexpectedEof, Kind::ConnectionReset, Kind::ConnectionAborted, Kind::BrokenPipe];
    kinds.contains(&error.kind())
}

fn of_tls(error: &rustls::Error, host: &str) -> BackendError {
    use CertificateError as Bad;
    let host = shown(host);
    let (what, hint) = match error {
        rustls::Error::InvalidCertificate(bad) => match bad {
            Bad::Expired | Bad::ExpiredContext { .. } => (
                "the certificate of the server has expired".to_owned(),
                "Its administrator has to renew it; or check this machine's clock.",
            ),
            Bad::NotValidYet | Bad::NotValidYetContext { .. } => (
                "the certificate of the server is not valid yet".to_owned(),
                "Check this machine's clock.",
            ),
            Bad::UnknownIssuer => (
                "the certificate of the server is not from a trusted authority".to_owned(),
                "If the server has a certificate authority of its own, name its file: `jetbridge context edit NAME --ca FILE`.",
            ),
            Bad::NotValidForName | Bad::NotValidForNameContext { .. } => (
                format!("the certificate of the server is not for {host}"),
                "Use the name that its certificate has, in the URL.",
            ),
            other => (
                format!(
                    "the certificate of the server cannot be used: {}",
                    shown(&other.to_string())
                ),
                "Its administrator has to issue one that is signed with SHA-256 or SHA-384.",
            ),
        },
        other => (
            format!("TLS with the server failed: {}", shown(&other.to_string())),
            "The server must offer TLS 1.2 or 1.3; a client certificate must be the one that it asks for.",
        ),
    };
    ServerError::failure(ServerStep::Tls, what, hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_has_its_step_and_no_row_is_quoted() {
        let step = |code: &str| match of_code(&SqlState::from_code(code), "m\u{1b}[31m") {
            BackendError::Server(it) => {
                assert!(!it.what.contains('\u{1b}'), "{code}: {}", it.what);
                assert!(!it.hint.is_empty(), "{code}");
                Some((it.step, it.lost))
            }
            _ => None,
        };
        use ServerStep as Step;
        for (code, expected) in [
            ("40001", None),
            ("40P01", None),
            ("55P03", None),
            ("42501", Some((Step::Rights, false))),
            ("25006", Some((Step::Rights, false))),
            ("28P01", Some((Step::SignIn, false))),
            ("3D000", Some((Step::Database, false))),
            ("53300", Some((Step::SignIn, false))),
            ("53100", Some((Step::Work, false))),
            ("42P01", Some((Step::Schema, false))),
            ("57P01", Some((Step::Port, true))),
            ("XX000", Some((Step::Work, false))),
        ] {
            assert_eq!(step(code), expected, "{code}");
        }
    }
}
