//! Drafts on the disk of this machine until the server has them, sealed as there: one file for each, so
//! that two screens do not write over each other's. What waits is given to the server when drafts are
//! listed.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::db::Db;
use super::drafts;
use super::failure::ServerStep;
use super::value::sql;
use crate::backend::store::core::Result;
use crate::backend::store::core::draft::pack;
use crate::backend::store::vault::keyfile::hex;
use crate::backend::{BackendError, FormDraft, cache};

/// Version of the form; a file of another is not used.
const VERSION: u32 = 1;

/// What each file begins with: the store and the role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    jetbridge_team_draft: u32,
    store: Uuid,
    role: String,
}

/// What became of a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Waiting {
    id: String,
    saved_at: i64,
    /// `None`: it was discarded.
    sealed: Option<String>,
}

/// The folder of a context.
pub(super) struct Aside {
    folder: PathBuf,
    head: Head,
}

impl Aside {
    pub(super) const fn new(folder: PathBuf, store: Uuid, role: String) -> Self {
        Self { folder, head: Head { jetbridge_team_draft: VERSION, store, role } }
    }

    fn path(&self, id: &str) -> PathBuf {
        let name = Sha256::digest(id.as_bytes());
        self.folder.join(&**hex(name.get(..16).unwrap_or_default()))
    }

    fn put(&self, it: &Waiting) -> Result<()> {
        cache::write(&self.path(&it.id), &self.head, it).map_err(|error| {
            BackendError::Other(format!("the draft cannot be kept on this machine: {error}"))
        })
    }

    fn read(&self, path: &std::path::Path) -> Option<Waiting> {
        serde_json::from_str(&cache::read(path, &self.head).ok()??).ok()
    }

    /// Everything that waits. A file that cannot be read, or has another's name, stays.
    fn all(&self) -> Vec<Waiting> {
        let files = std::fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let each = |file: std::fs::DirEntry| {
            self.read(&file.path()).filter(|it| self.path(&it.id) == file.path())
        };
        files.filter_map(each).collect()
    }

    /// Forgets what the server has by now, unless another process wrote something newer.
    fn done(&self, it: &Waiting) {
        let path = self.path(&it.id);
        if self.read(&path).as_ref() == Some(it)
            && let Err(error) = std::fs::remove_file(&path)
        {
            tracing::warn!(%error, "a draft that the server has cannot be removed here");
        }
    }
}

/// Whether the server may take it later.
fn later(error: &BackendError) -> bool {
    matches!(error, BackendError::Server(it) if it.is_away() || it.step == ServerStep::Work)
}

/// Keeps a draft: here first, so that it is there whatever becomes of the server and of this process
/// meanwhile. Without keys at hand nothing seals it, and the server alone has it.
pub(super) fn save(db: &mut Db, draft: &FormDraft) -> Result<()> {
    let kept = match put(db, draft) {
        Ok(kept) => kept,
        // The server can still keep it.
        Err(error) => {
            tracing::warn!(%error, "a draft is kept on the server only");
            None
        }
    };
    let saved = db.unlock().and_then(|()| db.write(|tx, context| drafts::keep(tx, context, draft)));
    let Some((aside, it)) = kept else { return saved };
    match saved {
        Err(error) if later(&error) => Ok(()),
        other => {
            aside.done(&it);
            other
        }
    }
}

fn put(db: &Db, draft: &FormDraft) -> Result<Option<(Aside, Waiting)>> {
    let (Some(aside), Some(keys)) = (db.aside(), db.opened()) else { return Ok(None) };
    let saved_at = draft.saved_at.as_microsecond();
    let sealed = keys.seal_draft(&draft.id, saved_at, &pack(draft))?;
    let it = Waiting { id: draft.id.clone(), saved_at, sealed: Some(STANDARD.encode(sealed)) };
    aside.put(&it)?;
    Ok(Some((aside, it)))
}

/// Forgets a draft; where the server is away, as soon as it is back.
pub(super) fn discard(db: &mut Db, id: &str) -> Result<()> {
    let done = db.write(|tx, _| {
        drafts::discard(tx, id);
        Ok(())
    });
    let Some(aside) = db.aside() else { return done };
    match done {
        Err(error) if later(&error) => {
            aside.put(&Waiting { id: id.to_owned(), saved_at: 0, sealed: None })
        }
        Ok(()) => {
            if let Some(it) = aside.read(&aside.path(id)) {
                aside.done(&it);
            }
            Ok(())
        }
        other => other,
    }
}

/// Every own draft, the latest first: those on the server once it has what waited here, and while it is
/// away those that wait.
pub(super) fn list(db: &mut Db) -> Result<Vec<FormDraft>> {
    match give(db) {
        Ok(()) => {}
        Err(error) if later(&error) => return waiting(db, error),
        // What waits stays; the others can be listed.
        Err(error) => {
            tracing::warn!(%error, "drafts that were kept here cannot be given to the server")
        }
    }
    match db.read(drafts::list) {
        Err(error) if later(&error) => waiting(db, error),
        other => other,
    }
}

/// Gives the server what waits here.
fn give(db: &mut Db) -> Result<()> {
    // Which store it is, the server alone knows.
    db.facts()?;
    let Some(aside) = db.aside() else { return Ok(()) };
    let all = aside.all();
    if all.is_empty() {
        return Ok(());
    }
    db.write(|tx, _| {
        for it in &all {
            match it.sealed.as_ref().and_then(|it| STANDARD.decode(it).ok()) {
                None => drafts::discard(tx, &it.id),
                Some(sealed) => tx.put(sql!(
                    "INSERT INTO jetbridge.drafts AS kept (id, saved_at, sealed) VALUES ($1, $2, $3)
                     ON CONFLICT (owner, id)
                         DO UPDATE SET saved_at = excluded.saved_at, sealed = excluded.sealed
                         WHERE kept.saved_at < excluded.saved_at",
                    &it.id,
                    it.saved_at,
                    sealed
                )),
            }
        }
        Ok(())
    })?;
    all.iter().for_each(|it| aside.done(it));
    Ok(())
}

/// The drafts that wait here, where something at hand opens them.
fn waiting(db: &Db, error: BackendError) -> Result<Vec<FormDraft>> {
    let (Some(aside), Some(keys)) = (db.aside(), db.opened()) else { return Err(error) };
    let mut all = Vec::new();
    for it in aside.all() {
        let sealed = it.sealed.as_ref().and_then(|it| STANDARD.decode(it).ok());
        if let Some(draft) = sealed.map(|sealed| drafts::opened(keys, it.id, it.saved_at, &sealed))
        {
            all.extend(draft?);
        }
    }
    all.sort_by(|a, b| b.saved_at.cmp(&a.saved_at).then_with(|| a.id.cmp(&b.id)));
    Ok(all)
}
