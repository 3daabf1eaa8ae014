//! Single calls to a context, for whoever checks it: a token, and the first page of its list.

use url::Url;

use super::call::Caller;
use super::explain::read_failed;
use super::{CONNECTIONS, FlyOptions, client, wire};
use crate::backend::BackendError;
use crate::backend::http::{Answer, Http, HttpError, HttpErrorKind, HttpOptions};

/// Calls a context. Nothing is tried twice: whoever checks wants to know now.
#[derive(Debug)]
pub struct FlyCalls(Caller);

impl FlyCalls {
    /// Whoever calls; asks nothing of the network.
    ///
    /// # Errors
    /// [`BackendError::Remote`] when the HTTP client cannot be set up.
    pub fn new(options: &FlyOptions) -> Result<Self, BackendError> {
        let http = HttpOptions { retries: 0, ..options.http.clone() };
        Ok(Self(Caller::new(client(&http)?, options)))
    }

    /// The client.
    pub const fn http(&self) -> &Http {
        &self.0.http
    }

    /// One address of the API and one of the sign-in, to be asked without a token.
    pub fn hosts(&self) -> Vec<Url> {
        let mut api = self.0.at(CONNECTIONS);
        api.query_pairs_mut().append_pair("top", "1");
        vec![api, self.0.settings.token_url.clone()]
    }

    /// Signs in.
    ///
    /// # Errors
    /// [`BackendError::SignIn`], [`BackendError::Remote`]
    pub async fn sign_in(&self) -> Result<(), BackendError> {
        self.0.token().await.map(drop)
    }

    /// The first page, with the address that was asked.
    ///
    /// # Errors
    /// Those of a list.
    pub async fn first_page(&self) -> Result<(Answer, Url), BackendError> {
        let mut url = self.0.at(CONNECTIONS);
        url.query_pairs_mut()
            .append_pair("sortBy", "name")
            .append_pair("sortOrder", "0")
            .append_pair("top", "200")
            .append_pair("skip", "0");
        Ok((self.0.get(&url).await?, url))
    }

    /// How many connections a page has, and how many there are in all, where it says so.
    ///
    /// # Errors
    /// [`BackendError::Remote`] when it is no page.
    pub fn counted(page: &Answer, url: &Url) -> Result<(usize, Option<usize>), BackendError> {
        let page = page.json().ok().and_then(wire::envelope).ok_or_else(|| {
            read_failed(&HttpError {
                status: Some(page.status),
                request_id: page.request_id.clone(),
                ..HttpError::new(HttpErrorKind::NotJson, url.host_str().unwrap_or_default())
            })
        })?;
        Ok((page.items.len(), page.total))
    }
}
