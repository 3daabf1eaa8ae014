//! Makes one read and notes why one gave nothing.

use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use url::Url;
use uuid::Uuid;

use super::Reader;
use crate::backend::http::{HttpError, HttpErrorKind, PageLimits, Request, odata};
use crate::permissions::gap::{Extent, Outcome, Source};

/// An app has a few dozen consents; thousands mean that something else answers.
const LIMITS: PageLimits = PageLimits { pages: 50, items: 5_000 };

impl Reader<'_> {
    fn url(&self, path: &str) -> Result<Url, HttpError> {
        let joined = self.endpoints.graph.join("v1.0/").and_then(|it| it.join(path));
        let host = self.endpoints.graph.host_str().unwrap_or_default();
        joined.map_err(|_| HttpError::new(HttpErrorKind::BadUrl, host))
    }

    pub(super) async fn get(&self, path: &str) -> Result<Value, HttpError> {
        let request = Request::get(self.url(path)?).bearer(&self.graph);
        self.http.send(&request, &CancellationToken::new()).await?.json()
    }

    pub(super) fn note(&mut self, name: &str, extent: Extent, outcome: Outcome) {
        self.evidence.sources.push(Source::new(name, Some(extent), outcome));
    }

    /// One object; `None` when it could not be read, which is noted.
    pub(super) async fn one<T: DeserializeOwned>(
        &mut self,
        name: &str,
        extent: Extent,
        path: &str,
        needs: &'static str,
    ) -> Option<T> {
        if self.skipped(name, extent) {
            return None;
        }
        match self.get(path).await.and_then(|it| self.parse(it)) {
            Ok(it) => Some(it),
            Err(error) => {
                self.stumble(name, extent, error, needs);
                None
            }
        }
    }

    /// A list below the app's service principal; `None` when it could not be read, which is noted.
    pub(super) async fn list<T: DeserializeOwned>(
        &mut self,
        name: &str,
        extent: Extent,
        path: impl Fn(Uuid) -> String,
        needs: &'static str,
    ) -> Option<Vec<T>> {
        if self.skipped(name, extent) {
            return None;
        }
        let Some(principal) = self.principal else {
            let why = "the app's service principal is not known".to_owned();
            self.note(name, extent, Outcome::Failed { why });
            return None;
        };
        let read = match self.url(&path(principal)) {
            Ok(url) => {
                let request = Request::get(url).bearer(&self.graph);
                self.http.pages(&request, odata, LIMITS, &CancellationToken::new()).await
            }
            Err(error) => Err(error),
        };
        match read.and_then(|it| self.parse::<Vec<T>>(Value::Array(it))) {
            Ok(list) => {
                self.note(name, extent, Outcome::Read { found: list.len() });
                Some(list)
            }
            Err(error) => {
                self.stumble(name, extent, error, needs);
                None
            }
        }
    }

    fn parse<T: DeserializeOwned>(&self, value: Value) -> Result<T, HttpError> {
        let host = self.endpoints.graph.host_str().unwrap_or_default();
        serde_json::from_value(value).map_err(|_| HttpError::new(HttpErrorKind::NotJson, host))
    }

    /// Notes why a read gave nothing; the others go on.
    fn stumble(&mut self, name: &str, extent: Extent, error: HttpError, needs: &'static str) {
        let outcome = match error.kind {
            HttpErrorKind::Forbidden => Outcome::Refused { needs },
            kind => {
                self.unreachable |= kind.is_unreachable();
                Outcome::Failed { why: error.to_string() }
            }
        };
        self.note(name, extent, outcome);
    }

    /// After a read that got no answer at all, the others would only wait as long again.
    fn skipped(&mut self, name: &str, extent: Extent) -> bool {
        if self.unreachable {
            let why = "not tried, because the call before got no answer".to_owned();
            self.note(name, extent, Outcome::Failed { why });
        }
        self.unreachable
    }
}
