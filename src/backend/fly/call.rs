//! A read of the API with a token, renewed once when it is not accepted.

use tokio_util::sync::CancellationToken;
use url::Url;

use super::explain::read_failed;
use super::token::Tokens;
use super::{FlyOptions, FlySettings};
use crate::backend::BackendError;
use crate::backend::http::{Answer, Http, HttpError, HttpErrorKind, Request};
use crate::domain::{Secret, Timestamp};

/// Why a read did not give a page.
#[derive(Debug)]
pub(super) enum CallError {
    /// The call failed.
    Http(Box<HttpError>),
    /// There is no token.
    SignIn(BackendError),
}

impl From<CallError> for BackendError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Http(error) => read_failed(&error),
            CallError::SignIn(error) => error,
        }
    }
}

/// Whoever reads the API of one context.
#[derive(Debug)]
pub(super) struct Caller {
    pub(super) http: Http,
    pub(super) settings: FlySettings,
    clock: fn() -> Timestamp,
    tokens: Tokens,
}

impl Caller {
    pub(super) fn new(http: Http, options: &FlyOptions) -> Self {
        Self {
            http,
            settings: options.settings.clone(),
            clock: options.clock,
            tokens: Tokens::default(),
        }
    }

    /// The address of something below the API's.
    pub(super) fn at(&self, path: &str) -> Url {
        let mut url = self.settings.api.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}/{path}"));
        url.set_query(None);
        url.set_fragment(None);
        url
    }

    /// A token, from memory or the sign-in.
    pub(super) async fn token(&self) -> Result<Secret, BackendError> {
        self.tokens.get(&self.http, &self.settings, self.clock).await
    }

    /// Reads an address. A 401 means that the token has expired (fly.md §1, FAQ): it is renewed,
    /// once.
    pub(super) async fn get(&self, url: &Url) -> Result<Answer, CallError> {
        let token = self.token().await.map_err(CallError::SignIn)?;
        match self.send(url, &token).await {
            Err(error) if error.kind == HttpErrorKind::Unauthorized => {
                let token = self
                    .tokens
                    .renew(&token, &self.http, &self.settings, self.clock)
                    .await
                    .map_err(CallError::SignIn)?;
                self.send(url, &token).await
            }
            other => other,
        }
        .map_err(|error| CallError::Http(Box::new(error)))
    }

    async fn send(&self, url: &Url, token: &Secret) -> Result<Answer, HttpError> {
        let request = Request::get(url.clone()).bearer(token);
        // Dropping the call ends it; there is nothing else to cancel it by.
        self.http.send(&request, &CancellationToken::new()).await
    }
}
