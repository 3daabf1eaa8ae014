//! Fetches the device agent's installer: streamed, checked, and put in place whole or not at all.
//! Nothing is run. D7, E1, E2.

mod error;
mod source;
#[cfg(test)]
mod tests;

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sha2::Digest as _;
use tokio_util::sync::CancellationToken;

pub use error::AgentError;

use crate::backend::http::{Http, HttpError, HttpErrorKind, HttpOptions};
use crate::domain::agent::{Checks, Sha256, file_name, size};
use crate::files::write::{self, Existing, Readers};
use crate::text::shown;
use source::{Opened, Source};

/// Least time between two reports of progress.
const REPORT_EVERY: Duration = Duration::from_millis(100);

/// What to fetch, where to, and what it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// An https address, or a path. It is never shown whole: its query may hold a signature.
    pub from: String,
    /// A file, or an existing folder; the name then comes from the location.
    pub to: PathBuf,
    /// What it must be.
    pub checks: Checks,
    /// Replace a file of that name.
    pub force: bool,
    /// Accept a file without a digest to compare with: somebody typed so.
    pub unverified: bool,
}

impl Order {
    /// Refuses a file that nothing can be compared with, unless somebody accepted that.
    const fn accepted(&self) -> Result<(), AgentError> {
        if self.checks.sha256.is_none() && !self.unverified {
            return Err(AgentError::NoHash);
        }
        Ok(())
    }
}

/// How far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// This host gives the file; after redirects not the one that was asked.
    From(String),
    /// It failed like this and starts again.
    Again(String),
    /// Bytes that are here.
    Bytes {
        /// So many.
        done: u64,
        /// Of so many, where the server says.
        total: Option<u64>,
    },
}

/// A file that is in place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Where.
    pub file: PathBuf,
    /// Its length in bytes.
    pub bytes: u64,
    /// Its digest.
    pub sha256: Sha256,
    /// Whether a digest was given to compare with.
    pub checked: bool,
    /// Host that gave it; `None` for a path.
    pub host: Option<String>,
    /// It existed already, with the digest that was given; nothing was fetched.
    pub already: bool,
    /// Whether the server gave the length; otherwise only a digest shows that it is whole.
    pub length_told: bool,
}

impl Fetched {
    /// What is there, in one line.
    pub fn line(&self) -> String {
        let file = self.file.display().to_string();
        let digest = match (self.already, self.checked) {
            (true, _) => "was there already, SHA-256 as configured",
            (false, true) => "SHA-256 as configured",
            (false, false) if self.length_told => "SHA-256 not checked",
            (false, false) => "neither length nor SHA-256 could be checked",
        };
        format!("Device agent: {}, {}, {digest}.", shown(&file), size(self.bytes))
    }
}

/// Fetches it. Cancelling, or dropping this, ends it at once and leaves nothing behind.
///
/// # Errors
/// [`AgentError`]; then the target is as it was before.
pub async fn fetch(
    options: HttpOptions,
    order: Order,
    cancel: &CancellationToken,
    report: &(dyn Fn(Step) + Send + Sync),
) -> Result<Fetched, AgentError> {
    order.accepted()?;
    let from = order.from.clone();
    // The system's certificates come from the disk.
    let source = on_disk(move || Source::of(&from, || Http::for_files(options))).await?;
    Download { source, order, cancel, report }.run().await
}

/// One download.
struct Download<'a> {
    source: Source,
    order: Order,
    cancel: &'a CancellationToken,
    report: &'a (dyn Fn(Step) + Send + Sync),
}

impl Download<'_> {
    /// Starts again after what another try may cure, as every read of the client does.
    async fn run(&self) -> Result<Fetched, AgentError> {
        let target = match self.order.to.is_dir() {
            true => self.order.to.join(file_name(&self.order.from)),
            false => self.order.to.clone(),
        };
        let (place, checks) = (target.clone(), self.order.checks);
        if let Some(there) = on_disk(move || already(place, checks)).await? {
            return Ok(there);
        }
        let mut attempt = 0;
        loop {
            let error = match self.once(&target).await {
                Err(AgentError::Http(error)) => error,
                done => return done,
            };
            let Some((http, delay)) = self.source.retry_in(&error, attempt) else {
                return Err(AgentError::Http(error));
            };
            (self.report)(Step::Again(error.to_string()));
            attempt += 1;
            let waited = self.cancel.run_until_cancelled(http.wait(delay)).await;
            waited.ok_or(AgentError::Stopped)?;
        }
    }

    async fn once(&self, target: &Path) -> Result<Fetched, AgentError> {
        let Order { checks, force, .. } = self.order;
        let place = target.to_owned();
        let existing = if force { Existing::Replace } else { Existing::Keep };
        let mut file = on_disk(move || Ok(write::begin(&place, existing, Readers::Owner)?)).await?;
        fault!("agent.begun");
        let Opened { mut pieces, total, host } = self.source.open(self).await?;
        let (mut hasher, mut bytes, mut last) = (sha2::Sha256::new(), 0, None::<Instant>);
        while let Some(piece) = pieces.next(self.cancel).await? {
            bytes += piece.len() as u64;
            if bytes > checks.max_bytes {
                return Err(AgentError::TooLarge { limit: checks.max_bytes });
            }
            hasher.update(&piece);
            let place = target.to_owned();
            file = on_disk(move || {
                file.write_all(&piece).map_err(|error| AgentError::write(&place, &error))?;
                Ok(file)
            })
            .await?;
            fault!("agent.written");
            if last.is_none_or(|it| it.elapsed() >= REPORT_EVERY) {
                last = Some(Instant::now());
                (self.report)(Step::Bytes { done: bytes, total });
            }
        }
        // A body that ends early without an error is broken like any other.
        if let (Some(host), true) = (&host, total.is_some_and(|it| bytes < it)) {
            return Err(HttpError::new(HttpErrorKind::Broken, host).into());
        }
        (self.report)(Step::Bytes { done: bytes, total });
        let sha256 = Sha256(hasher.finalize().into());
        if let Some(wanted) = checks.sha256.filter(|it| *it != sha256) {
            return Err(AgentError::Digest { wanted, found: sha256 });
        }
        fault!("agent.checked");
        on_disk(move || Ok(file.finish()?)).await?;
        fault!("agent.placed");
        Ok(Fetched {
            file: target.to_owned(),
            bytes,
            sha256,
            checked: checks.sha256.is_some(),
            host,
            already: false,
            length_told: total.is_some(),
        })
    }
}

/// The very file, where it has the name already.
fn already(file: PathBuf, checks: Checks) -> Result<Option<Fetched>, AgentError> {
    let Some(wanted) = checks.sha256 else { return Ok(None) };
    let known = fs::symlink_metadata(&file);
    if !known.is_ok_and(|it| it.is_file() && it.len() <= checks.max_bytes) {
        return Ok(None);
    }
    let (bytes, sha256) = digest(&file).map_err(|error| AgentError::read(&file, &error))?;
    let (checked, already, length_told) = (true, true, true);
    let there = Fetched { file, bytes, sha256, checked, host: None, already, length_told };
    Ok((sha256 == wanted).then_some(there))
}

fn digest(file: &Path) -> io::Result<(u64, Sha256)> {
    let mut file = BufReader::with_capacity(128 << 10, fs::File::open(file)?);
    let (mut hasher, mut bytes) = (sha2::Sha256::new(), 0);
    loop {
        let piece = file.fill_buf()?;
        if piece.is_empty() {
            return Ok((bytes, Sha256(hasher.finalize().into())));
        }
        hasher.update(piece);
        let read = piece.len();
        bytes += read as u64;
        file.consume(read);
    }
}

/// Runs work on the disk, which may be slow, on a thread of its own.
async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AgentError> + Send + 'static,
) -> Result<T, AgentError> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(AgentError::Stopped))
}
