//! Fetching the device agent's installer: streamed, gone on with after a break, checked, put in
//! place whole. Nothing is run. D7, E1, E2.
//!
//! The bytes lie in `NAME.part` beside the file to be, with `NAME.part.json` telling which file of
//! the server they belong to. Only what passed every check gets the name.

mod error;
mod part;
mod pump;
#[cfg(test)]
mod tests;
mod transfer;

use std::fs;
use std::path::{Path, PathBuf};

use tokio_util::sync::CancellationToken;

pub use error::AgentError;

use crate::backend::http::{Http, HttpOptions};
use crate::domain::agent::{Checks, Sha256, file_name, size};
use crate::text::shown;
use part::Part;
use pump::Run;
use transfer::Source;

/// What to fetch, where to, and what it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// An https address, or a path. It is never shown whole: its query may hold a signature.
    pub from: String,
    /// A file, or a folder that is there; the name then comes from the location.
    pub to: PathBuf,
    /// What it must be.
    pub checks: Checks,
    /// Go on with what an earlier try left.
    pub resume: bool,
    /// Replace a file of that name.
    pub force: bool,
}

/// How far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// This host gives the file; after redirects not the one that was asked.
    From(String),
    /// It goes on behind these bytes.
    Resumed(u64),
    /// It begins anew, and why.
    Anew(&'static str),
    /// It broke and is tried again, and how it broke.
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
    /// Bytes that an earlier try had left.
    pub resumed_at: u64,
    /// It was there already, with the digest that was given; nothing was fetched.
    pub already: bool,
    /// Whether the server told the length; otherwise only a digest tells that it is whole.
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

/// Fetches it. Cancelling, or dropping this, ends it at once and keeps what is here for the next
/// try.
///
/// # Errors
/// [`AgentError`]; then no file has the name that did not have it before.
pub async fn fetch(
    options: HttpOptions,
    order: Order,
    cancel: &CancellationToken,
    told: &(dyn Fn(Step) + Send + Sync),
) -> Result<Fetched, AgentError> {
    let client = match Source::of(&order.from)? {
        Source::Web(url) => {
            // The system's certificates come from the disk.
            let http = on_disk(move || Http::for_files(options).map_err(AgentError::from)).await?;
            Client { http: Some(http), source: Source::Web(url) }
        }
        file @ Source::File(_) => Client { http: None, source: file },
    };
    fetch_by(&client, order, cancel, told).await
}

/// How the file comes here.
struct Client {
    http: Option<Http>,
    source: Source,
}

async fn fetch_by(
    client: &Client,
    order: Order,
    cancel: &CancellationToken,
    told: &(dyn Fn(Step) + Send + Sync),
) -> Result<Fetched, AgentError> {
    let target = target(&order.to, &order.from)?;
    let (wanted, force) = (order.checks, order.force);
    let place = target.clone();
    if let Some(there) = on_disk(move || there(&place, &wanted, force)).await? {
        return Ok(there);
    }
    let (place, from, resume) = (target.clone(), order.from.clone(), order.resume);
    let part = on_disk(move || Part::open(&place, &from, resume)).await?;
    fault!("agent.opened");
    let run = Run { checks: &order.checks, cancel, told };
    let done = match (&client.http, &client.source) {
        (Some(http), Source::Web(url)) => transfer::from_web(http, url, part, &run).await?,
        (_, Source::File(path)) => pump::from_file(path, part, &run).await?,
        (None, Source::Web(_)) => return Err(AgentError::Location("it cannot be reached")),
    };
    on_disk(move || {
        let (bytes, sha256) = done.part.place(&target, &wanted, force)?;
        Ok(Fetched {
            file: target,
            bytes,
            sha256,
            checked: wanted.sha256.is_some(),
            host: done.host,
            resumed_at: done.resumed_at,
            already: false,
            length_told: done.length_told,
        })
    })
    .await
}

/// The file to be. A folder gets the name of the location.
fn target(to: &Path, from: &str) -> Result<PathBuf, AgentError> {
    let text = to.to_string_lossy();
    if to.is_dir() {
        return Ok(to.join(file_name(from)));
    }
    if text.is_empty() || text.ends_with('/') || to.file_name().is_none() {
        return Err(AgentError::NoFolder { folder: to.to_owned() });
    }
    let folder = match to.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if folder.is_dir() {
        Ok(to.to_owned())
    } else {
        Err(AgentError::NoFolder { folder: folder.to_owned() })
    }
}

/// What has the name already: the very file, or another, which is not overwritten unasked.
fn there(target: &Path, checks: &Checks, force: bool) -> Result<Option<Fetched>, AgentError> {
    let Ok(known) = fs::symlink_metadata(target) else { return Ok(None) };
    let fits = known.is_file() && known.len() <= checks.max_bytes;
    if let (Some(wanted), true) = (checks.sha256, fits) {
        let (bytes, sha256) = part::digest(target)?;
        if sha256 == wanted {
            return Ok(Some(Fetched {
                file: target.to_owned(),
                bytes,
                sha256,
                checked: true,
                host: None,
                resumed_at: 0,
                already: true,
                length_told: true,
            }));
        }
    }
    if force && !known.is_dir() {
        return Ok(None);
    }
    Err(AgentError::Exists { file: target.to_owned() })
}

/// Work on the disk, which may be slow: a thread of its own does it.
async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AgentError> + Send + 'static,
) -> Result<T, AgentError> {
    #[cfg(test)]
    let work = crate::fault::carrying(work);
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(AgentError::Stopped))
}
