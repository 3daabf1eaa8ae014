//! Reads of Microsoft Graph for whoever is signed in. There is no other call: nothing can be written.

use std::fmt;

use serde_json::Value;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::Endpoints;
use crate::backend::http::{Http, HttpError, HttpErrorKind, PageLimits, Request, odata};
use crate::domain::Secret;

/// Most entries of a list.
pub const MOST: usize = 20_000;
/// A list that is longer is not read: half of it would look like all of it.
const LIMITS: PageLimits = PageLimits { pages: 400, items: MOST };

/// Somebody who is signed in to Microsoft Graph, and reads.
#[derive(Clone)]
pub struct GraphReader {
    http: Http,
    endpoints: Endpoints,
    token: Secret,
}

impl fmt::Debug for GraphReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GraphReader({})", self.endpoints.graph)
    }
}

impl GraphReader {
    /// A reader with this token.
    pub fn new(http: Http, endpoints: &Endpoints, token: Secret) -> Self {
        Self { http, endpoints: endpoints.clone(), token }
    }

    /// Where it reads.
    pub const fn graph(&self) -> &Url {
        &self.endpoints.graph
    }

    /// The cloud's addresses.
    pub const fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// Its token.
    pub const fn token(&self) -> &Secret {
        &self.token
    }

    fn request(&self, path: &str) -> Result<Request, HttpError> {
        let host = self.graph().host_str().unwrap_or_default();
        let url =
            self.graph().join(path).map_err(|_| HttpError::new(HttpErrorKind::BadUrl, host))?;
        // A path that was made of a name must not lead the token elsewhere.
        if url.origin() != self.graph().origin() {
            return Err(HttpError::new(HttpErrorKind::ForeignLink, host));
        }
        Ok(Request::get(url).bearer(&self.token))
    }

    /// An object, by its path from the version on.
    ///
    /// # Errors
    /// [`HttpError`].
    pub async fn get(&self, path: &str) -> Result<Value, HttpError> {
        self.http.send(&self.request(path)?, &CancellationToken::new()).await?.json()
    }

    /// A whole list, by its path from the version on.
    ///
    /// # Errors
    /// [`HttpError`].
    pub async fn list(&self, path: &str) -> Result<Vec<Value>, HttpError> {
        let request = self.request(path)?;
        self.http.pages(&request, odata, LIMITS, &CancellationToken::new()).await
    }

    /// A whole list page by page, so that it is never held as JSON.
    ///
    /// # Errors
    /// [`HttpError`].
    pub async fn each_page(
        &self,
        path: &str,
        on_page: &mut (dyn FnMut(Vec<Value>) + Send),
    ) -> Result<(), HttpError> {
        let request = self.request(path)?;
        self.http.each_page(&request, odata, LIMITS, &CancellationToken::new(), on_page).await
    }
}

/// A name as one segment of a path.
pub fn segment(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~@".contains(&byte);
    let escaped = |byte: u8| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    name.bytes().map(escaped).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_one_segment() {
        for (name, expected) in [
            ("anna@contoso.example", "anna@contoso.example"),
            ("a#EXT#@contoso.example", "a%23EXT%23@contoso.example"),
            ("a/../b?c", "a%2F..%2Fb%3Fc"),
            ("é", "%C3%A9"),
        ] {
            assert_eq!(segment(name), expected);
        }
    }
}
