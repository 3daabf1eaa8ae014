//! Sign-in of an app by client credentials, and what Microsoft Entra ID's refusals mean. graph.md §3.

use std::fmt;

use serde::Deserialize;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::certificate::Algorithm;
use super::{AppLogin, ClientCertificate, Endpoints, GraphError};
use crate::backend::http::{Http, HttpError, Request};
use crate::domain::{Secret, Timestamp};

/// What an app signs in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A client secret.
    Secret(Secret),
    /// A certificate with its key.
    Certificate(ClientCertificate),
}

/// A refused sign-in, explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInError {
    /// The number after `AADSTS`, where there is one.
    pub code: Option<u32>,
    /// What is wrong, in one line.
    pub what: String,
    /// What to do.
    pub hint: String,
    /// Id by which Microsoft finds the request.
    pub request_id: Option<Box<str>>,
    /// Whether it concerns one API only, so that others may still answer.
    pub one_api: bool,
}

impl fmt::Display for SignInError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sign-in refused")?;
        if let Some(code) = self.code {
            write!(f, " (AADSTS{code})")?;
        }
        write!(f, ": {}", self.what)?;
        if let Some(id) = &self.request_id {
            write!(f, " [request {id}]")?;
        }
        Ok(())
    }
}

impl std::error::Error for SignInError {}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: Option<String>,
}

/// Gets a token for one API, by its application id: every API also goes by that name in every
/// cloud (graph.md §3).
pub(super) async fn token(
    http: &Http,
    endpoints: &Endpoints,
    login: &AppLogin,
    api: Uuid,
) -> Result<Secret, GraphError> {
    let path = format!("{}/oauth2/v2.0/token", login.tenant);
    let url = endpoints.login.join(&path).map_err(|_| GraphError::Tenant)?;
    let mut fields = vec![
        ("grant_type", Secret::new("client_credentials")),
        ("client_id", Secret::new(login.client_id.to_string())),
        ("scope", Secret::new(format!("{api}/.default"))),
    ];
    match &login.credential {
        Credential::Secret(secret) => {
            fields.push(("client_secret", secret.clone()));
            send(http, Request::form(url, fields), false).await
        }
        Credential::Certificate(certificate) => {
            let now = Timestamp::now();
            certificate.check_dates(now)?;
            let request = |algorithm| {
                let signed =
                    certificate.assertion(algorithm, url.as_str(), login.client_id, now)?;
                let mut fields = fields.clone();
                fields.push((
                    "client_assertion_type",
                    Secret::new("urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                ));
                fields.push(("client_assertion", signed));
                Ok::<_, GraphError>(Request::form(url.clone(), fields))
            };
            match send(http, request(Algorithm::Ps256)?, true).await {
                // The key was not found or the signature not understood: an endpoint that knows
                // only the older form says so, and so does one where the certificate is missing.
                Err(GraphError::SignIn(error))
                    if matches!(error.code, Some(700_027 | 50_027 | 700_021)) =>
                {
                    send(http, request(Algorithm::Rs256)?, true).await
                }
                other => other,
            }
        }
    }
}

/// A refused sign-in: 400 and 401 carry the reason, anything else is a failed call.
pub(super) fn explained(error: HttpError, signed: bool) -> GraphError {
    match error.status {
        Some(400 | 401) if error.code.is_some() => explain(&error, signed).into(),
        _ => error.into(),
    }
}

async fn send(http: &Http, request: Request, signed: bool) -> Result<Secret, GraphError> {
    let answer = http.send(&request, &CancellationToken::new()).await;
    let answer = answer.map_err(|error| explained(error, signed))?;
    let token: TokenAnswer = answer.json()?;
    match token.access_token {
        Some(token) => Ok(Secret::new(token)),
        None => Err(SignInError {
            code: None,
            what: "the answer contains no token".to_owned(),
            hint: "Check the sign-in address in the config.".to_owned(),
            request_id: answer.request_id,
            one_api: false,
        }
        .into()),
    }
}

/// What a refusal means, and what to do; `signed`: it was of a signed request, which is valid for a
/// time by the server's clock.
fn explain(error: &HttpError, signed: bool) -> SignInError {
    let message = error.message.as_deref().unwrap_or_default();
    let code = aadsts(message);
    let known = code.and_then(meaning);
    let (what, hint, one_api) = match known {
        Some((what, hint, one_api)) => (what.to_owned(), hint.to_owned(), one_api),
        None if message.is_empty() => {
            let code = error.code.as_deref().unwrap_or("no reason given");
            (code.to_owned(), "Check tenant, client id and credential.".to_owned(), false)
        }
        None => {
            (message.to_owned(), "Look the AADSTS number up at Microsoft Learn.".to_owned(), false)
        }
    };
    // A clock that is off shows in several ways; the server's own clock shows which.
    let (what, hint) = match error.clock_words().filter(|_| signed) {
        Some(words) => (
            format!("this machine's clock is {words}, and the sign-in is signed by it; {what}"),
            error.hint(),
        ),
        None => (what, hint),
    };
    SignInError { code, what, hint, request_id: error.request_id.clone(), one_api }
}

/// The number after the first `AADSTS`.
fn aadsts(message: &str) -> Option<u32> {
    let (_, rest) = message.split_once("AADSTS")?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest.get(..end)?.parse().ok()
}

/// What a number means, what to do, and whether it concerns one API only.
const fn meaning(code: u32) -> Option<(&'static str, &'static str, bool)> {
    Some(match code {
        90_002 | 900_023 | 900_971 | 50_059 => (
            "there is no such tenant in this cloud",
            "Check the tenant's id or domain, and that the cloud is the right one.",
            false,
        ),
        700_016 => (
            "the tenant does not know this app",
            "Check the client id and the tenant; an app of another tenant must first be consented to here.",
            false,
        ),
        7_000_215 => (
            "the client secret is wrong",
            "Give the secret's value, not its id; the portal shows the value only once.",
            false,
        ),
        7_000_222 => (
            "the client secret has expired",
            "Create a new secret in the app registration, under Certificates & secrets.",
            false,
        ),
        7_000_216 | 7_000_218 => (
            "the sign-in came without a secret or certificate",
            "Give a client secret or a certificate with its key.",
            false,
        ),
        700_027 | 50_027 | 700_021 => (
            "the app does not know this certificate, or it has expired",
            "Upload the certificate to the app registration, under Certificates & secrets, and compare thumbprints.",
            false,
        ),
        700_024 => (
            "the signed request is outside its validity",
            "Check this machine's clock and time zone.",
            false,
        ),
        700_023 | 50_013 => (
            "the signed request is for another address",
            "Check that the cloud and the sign-in address are the right ones.",
            false,
        ),
        7_000_112 | 500_014 => (
            "the app is disabled in this tenant",
            "Enable it in the Microsoft Entra admin center, under Enterprise applications.",
            false,
        ),
        53_003 | 53_000 | 53_001 => (
            "conditional access blocks the app from here",
            "Ask for an exception for workload identities, or check from an allowed network.",
            false,
        ),
        65_001 => (
            "no one consented to the permissions of the app",
            "Grant admin consent in the Microsoft Entra admin center, under App registrations.",
            false,
        ),
        50_034 => (
            "the tenant has no such user",
            "Sign in with an account of the tenant of the sign-in.",
            false,
        ),
        50_057 => (
            "the account is disabled",
            "Enable it in the Microsoft Entra admin center, or use another one.",
            false,
        ),
        50_126 => (
            "the user name or password is wrong",
            "Sign in again in the browser; every wrong try counts towards lock-out.",
            false,
        ),
        50_055 => {
            ("the password has expired", "Change it in the browser, then sign in again.", false)
        }
        50_076 | 50_079 => (
            "the tenant demands MFA for this sign-in",
            "Complete MFA in the browser, or register it first.",
            false,
        ),
        500_011 | 650_052 | 1_002_012 | 70_011 => (
            "the tenant does not have this API",
            "It appears when the service is licensed and first used; a tenant without labels may never have it.",
            true,
        ),
        501_051 => (
            "the app has no role of this API, which requires one",
            "Grant admin consent for a permission of this API.",
            true,
        ),
        _ => return None,
    })
}

/// For the fuzzer: what is said about the body of a refusal, by every API and by the sign-in.
#[doc(hidden)]
#[cfg(any(test, feature = "testing"))]
pub fn fuzzed(body: &[u8]) -> (HttpError, SignInError) {
    let error = HttpError::of_body(400, body);
    let explained = explain(&error, true);
    (error, explained)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_is_found_wherever_it_stands() {
        assert_eq!(aadsts("AADSTS7000215: Invalid client secret."), Some(7_000_215));
        assert_eq!(aadsts("x AADSTS90002"), Some(90_002));
        assert_eq!(aadsts("AADSTS"), None);
        assert_eq!(aadsts("AADSTS99999999999999"), None);
        assert_eq!(aadsts("no"), None);
    }
}
