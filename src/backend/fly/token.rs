//! The token: asked for once however many callers wait for it, kept in memory only, renewed before
//! it expires. fly.md §1, Token.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::explain::{no_sign_in, sign_in_failed};
use super::{FlyCredential, FlySettings, SCOPE};
use crate::backend::BackendError;
use crate::backend::http::{Http, Request};
use crate::domain::{Secret, Timestamp};

/// Seconds that a token is good for where the answer does not say: what AvePoint documents (**D**).
const DOCUMENTED_LIFE: i64 = 3_600;
/// It is renewed this many seconds before its end, or a fifth of its life if that is less.
const EARLY: i64 = 300;

/// A token in use.
struct Token {
    text: Secret,
    renew_at: Timestamp,
}

/// What is known of the token.
#[derive(Default)]
struct State {
    token: Option<Token>,
    /// The sign-in that failed last, with its number.
    failed: Option<(u64, BackendError)>,
}

/// Keeps the token of a context.
#[derive(Default)]
pub(super) struct Tokens {
    /// Held while a token is on its way, so that everybody else waits for the same one.
    state: Mutex<State>,
    /// Sign-ins that ended.
    ended: AtomicU64,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens(…)")
    }
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: Option<String>,
    expires_in: Option<Value>,
}

impl Tokens {
    /// A token that is good for a while.
    pub(super) async fn get(
        &self,
        http: &Http,
        settings: &FlySettings,
        clock: fn() -> Timestamp,
    ) -> Result<Secret, BackendError> {
        self.other_than(None, http, settings, clock).await
    }

    /// A token other than the one that was not accepted. Of several callers whose token was not
    /// accepted only the first signs in again.
    pub(super) async fn renew(
        &self,
        refused: &Secret,
        http: &Http,
        settings: &FlySettings,
        clock: fn() -> Timestamp,
    ) -> Result<Secret, BackendError> {
        self.other_than(Some(refused), http, settings, clock).await
    }

    async fn other_than(
        &self,
        refused: Option<&Secret>,
        http: &Http,
        settings: &FlySettings,
        clock: fn() -> Timestamp,
    ) -> Result<Secret, BackendError> {
        let before = self.ended.load(Ordering::Acquire);
        let mut state = self.state.lock().await;
        match &state.token {
            Some(it) if clock() < it.renew_at && refused != Some(&it.text) => {
                return Ok(it.text.clone());
            }
            Some(_) | None => {}
        }
        // It failed while we waited for it: asking again would only lock the account sooner.
        if let Some((number, error)) = &state.failed
            && *number > before
        {
            return Err(error.clone());
        }
        let answer = sign_in(http, settings, clock).await;
        let number = self.ended.fetch_add(1, Ordering::AcqRel) + 1;
        match answer {
            Ok(token) => {
                let text = token.text.clone();
                *state = State { token: Some(token), failed: None };
                Ok(text)
            }
            Err(error) => {
                *state = State { token: None, failed: Some((number, error.clone())) };
                Err(error)
            }
        }
    }
}

async fn sign_in(
    http: &Http,
    settings: &FlySettings,
    clock: fn() -> Timestamp,
) -> Result<Token, BackendError> {
    let asked_at = clock();
    let request = Request::form(settings.token_url.clone(), form(settings, asked_at)?);
    // Dropping the call ends it; there is nothing else to cancel it by.
    let answer = http
        .send(&request, &CancellationToken::new())
        .await
        .map_err(|error| sign_in_failed(&error, &settings.credential))?;
    let json = answer.json().map_err(|error| sign_in_failed(&error, &settings.credential))?;
    read(json, asked_at)
}

/// Whether AvePoint gives a token for this client, secret and scope. The token is not kept.
///
/// # Errors
/// As a sign-in; the message names the reason of the service.
pub async fn prove(
    http: &Http,
    token_url: &Url,
    client_id: &str,
    secret: &Secret,
    scope: &str,
) -> Result<(), BackendError> {
    let fields = vec![
        ("grant_type", Secret::new("client_credentials")),
        ("scope", Secret::new(scope)),
        ("client_id", Secret::new(client_id)),
        ("client_secret", secret.clone()),
    ];
    let credential = FlyCredential::Secret(Secret::new(""));
    let failed = |error| sign_in_failed(&error, &credential);
    let request = Request::form(token_url.clone(), fields);
    let answer = http.send(&request, &CancellationToken::new()).await.map_err(failed)?;
    read(answer.json().map_err(failed)?, Timestamp::now()).map(|_| ())
}

/// The token of an answer to a question of that moment.
fn read(answer: TokenAnswer, asked_at: Timestamp) -> Result<Token, BackendError> {
    let Some(text) = answer.access_token.filter(|it| !it.is_empty()) else {
        return Err(no_sign_in(
            "sign-in: the answer contains no token",
            "Check the sign-in address of the context: it ends in /connect/token.",
        ));
    };
    let life = match answer.expires_in {
        Some(Value::Number(number)) => number.as_i64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        _ => None,
    };
    let life = life.unwrap_or(DOCUMENTED_LIFE).clamp(0, 24 * 3_600);
    let renew_at = asked_at.as_second() + life - EARLY.min(life / 5);
    Ok(Token {
        text: Secret::new(text),
        renew_at: Timestamp::from_second(renew_at).unwrap_or(asked_at),
    })
}

/// What is sent (**D**): with a secret also the client id, with a certificate the assertion that
/// names it.
fn form(
    settings: &FlySettings,
    now: Timestamp,
) -> Result<Vec<(&'static str, Secret)>, BackendError> {
    let mut fields =
        vec![("grant_type", Secret::new("client_credentials")), ("scope", Secret::new(SCOPE))];
    match &settings.credential {
        FlyCredential::Secret(secret) => {
            fields.push(("client_id", Secret::new(&*settings.client_id)));
            fields.push(("client_secret", secret.clone()));
        }
        FlyCredential::Unread => {
            let what = "AvePoint Fly is not called with --cached";
            return Err(no_sign_in(what, "Leave --cached out to read it now."));
        }
        FlyCredential::Certificate(certificate) => {
            let signed = certificate.check_dates(now).and_then(|()| {
                let (url, id) = (settings.token_url.as_str(), &*settings.client_id);
                certificate.fly_assertion(url, id, settings.kid, now)
            });
            let signed = signed
                .map_err(|error| no_sign_in(error, "Give the context another certificate."))?;
            fields.push((
                "client_assertion_type",
                Secret::new("urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ));
            fields.push(("client_assertion", signed));
        }
    }
    Ok(fields)
}

/// For the fuzzer: reads an answer, and reports when it renews the token, in seconds from now.
#[cfg(any(test, feature = "testing"))]
pub(super) fn fuzzed(answer: &[u8], now: Timestamp) -> Result<i64, BackendError> {
    let answer = crate::backend::http::read_json(answer)
        .map_err(|it| BackendError::Other(it.to_string()))?;
    read(answer, now).map(|it| it.renew_at.as_second() - now.as_second())
}
