//! Lists that come in pages. graph.md §2: follow the whole link until there is none; a page may be
//! empty; headers are sent again.

use std::collections::HashSet;

use serde_json::Value;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{Http, HttpError, HttpErrorKind, Request};

/// One page.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// Its entries.
    pub items: Vec<Value>,
    /// The next page: a whole address, or one relative to this page's.
    pub next: Option<String>,
}

/// How much of a list is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageLimits {
    /// Most pages.
    pub pages: usize,
    /// Most entries.
    pub items: usize,
}

impl Default for PageLimits {
    fn default() -> Self {
        Self { pages: 1_000, items: 100_000 }
    }
}

/// Reads a page of Microsoft Graph: `value` and `@odata.nextLink`. `None` when it is none.
pub fn odata(mut page: Value) -> Option<Page> {
    let next = page.get("@odata.nextLink").and_then(Value::as_str).map(str::to_owned);
    match page.get_mut("value").map(Value::take) {
        Some(Value::Array(items)) => Some(Page { items, next }),
        _ => None,
    }
}

impl Http {
    /// Reads a whole list. All of it or an error: half a list would look like a whole one.
    ///
    /// # Errors
    /// As [`Http::send`]; [`HttpErrorKind::ForeignLink`] before anything, the token above all, goes
    /// to another host; [`HttpErrorKind::RepeatedLink`] and [`HttpErrorKind::TooManyPages`] for
    /// lists without end; [`HttpErrorKind::NotJson`] when `read` does not know the page.
    pub async fn pages(
        &self,
        first: &Request,
        read: fn(Value) -> Option<Page>,
        limits: PageLimits,
        cancel: &CancellationToken,
    ) -> Result<Vec<Value>, HttpError> {
        let mut out = Vec::new();
        self.each_page(first, read, limits, cancel, &mut |items| out.extend(items)).await?;
        Ok(out)
    }

    /// As [`Self::pages`], each page handed on as it comes, so that a long list is never held whole.
    ///
    /// # Errors
    /// As [`Self::pages`].
    pub async fn each_page(
        &self,
        first: &Request,
        read: fn(Value) -> Option<Page>,
        limits: PageLimits,
        cancel: &CancellationToken,
        on_page: &mut (dyn FnMut(Vec<Value>) + Send),
    ) -> Result<(), HttpError> {
        let mut request = first.clone();
        let mut seen: HashSet<Url> = HashSet::new();
        let mut many = 0;
        loop {
            let error = |kind| HttpError::new(kind, &first.host());
            if !seen.insert(request.url.clone()) {
                return Err(error(HttpErrorKind::RepeatedLink));
            }
            if seen.len() > limits.pages {
                return Err(error(HttpErrorKind::TooManyPages));
            }
            let answer = self.send(&request, cancel).await?;
            let not_json =
                HttpError { status: Some(answer.status), ..error(HttpErrorKind::NotJson) };
            let Page { items, next } = read(answer.json()?).ok_or(not_json)?;
            many += items.len();
            if many > limits.items {
                return Err(error(HttpErrorKind::TooManyPages));
            }
            on_page(items);
            let Some(next) = next.filter(|it| !it.is_empty()) else { return Ok(()) };
            let next = request.url.join(&next).map_err(|_| error(HttpErrorKind::ForeignLink))?;
            if next.origin() != first.url.origin() || self.check_url(&next).is_err() {
                return Err(error(HttpErrorKind::ForeignLink));
            }
            request.url = next;
        }
    }
}
