//! Any backend with pseudonyms for names, tenants, people and ids: `--redact`. The wrapper is the
//! only way in, so no screen and no verb has to think of it. Issue 5, point 3.
//!
//! Pseudonyms are the same each time on this machine, and lead back: a connection is found by its
//! pseudonym and by its real name. Nothing can be changed, because a pseudonym must never be saved
//! over the name that it stands for.

mod hide;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

pub use hide::Hide;

use super::{
    BackendError, Behind, Capabilities, Cursor, DeletedConnection, FormDraft, HistoryEntry, Live,
    OnProgress, Page, PageRequest, Place, Progress, ReadOnly, Reads, Reply, Selected,
};
use crate::domain::key::{Key, KeyStanding};
use crate::domain::query::Filter;
use crate::domain::{
    Connection, ConnectionId, DirectoryObject, ObjectId, ObjectKind, Project, Secret, Summary,
    Timestamp,
};
use crate::log::Names;
use crate::text::fold;

/// Rows read at once.
const PAGE: usize = 5_000;

/// Every row, by the order of the pseudonyms: that of the names would give something of them away.
#[derive(Default)]
struct Table {
    rows: Vec<(String, Summary)>,
    /// The real id of each.
    real: HashMap<ConnectionId, ConnectionId>,
}

/// The place with its names hidden. Nothing can be written to it.
pub fn redacted(place: Place, names: Names) -> Place {
    let table = Mutex::new(None);
    let hidden = Arc::new(Redacted { inner: place, hide: Hide(names), table });
    Place::listed(hidden, ReadOnly::Redacted)
}

/// A backend that shows pseudonyms.
struct Redacted {
    inner: Place,
    hide: Hide,
    table: Mutex<Option<Arc<Table>>>,
}

impl Redacted {
    fn kept(&self) -> std::sync::MutexGuard<'_, Option<Arc<Table>>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn read(&self) -> Result<Arc<Table>, BackendError> {
        let mut table = Table::default();
        let mut after = None;
        loop {
            let page = self.inner.page(PageRequest { after, limit: PAGE }).await?;
            for row in page.rows {
                let real = row.id;
                let row = self.hide.summary(row);
                table.real.insert(row.id, real);
                table.rows.push((fold(&row.name), row));
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        table.rows.sort_by(|(a, x), (b, y)| (a, x.id).cmp(&(b, y.id)));
        let table = Arc::new(table);
        *self.kept() = Some(Arc::clone(&table));
        Ok(table)
    }

    async fn table(&self) -> Result<Arc<Table>, BackendError> {
        let kept = self.kept().clone();
        match kept {
            Some(table) => Ok(table),
            None => self.read().await,
        }
    }

    /// The real id; one that is none of ours may be real already.
    async fn real(&self, id: ConnectionId) -> Result<ConnectionId, BackendError> {
        if let Some(real) = self.table().await?.real.get(&id) {
            return Ok(*real);
        }
        // It may have been made since.
        Ok(self.read().await?.real.get(&id).copied().unwrap_or(id))
    }

    async fn reals(&self, ids: &[ConnectionId]) -> Result<Vec<ConnectionId>, BackendError> {
        let table = self.table().await?;
        Ok(ids.iter().map(|id| table.real.get(id).copied().unwrap_or(*id)).collect())
    }

    /// An answer with whatever went wrong hidden.
    fn reported<'a, T: Send + 'a>(
        &'a self,
        call: impl Future<Output = Result<T, BackendError>> + Send + 'a,
    ) -> Reply<'a, T> {
        Box::pin(async move { call.await.map_err(|error| self.hide.error(error)) })
    }

    fn hide_progress(&self, it: Progress) -> Progress {
        let Progress { rows, have, total, note } = it;
        let rows = rows.into_iter().map(|it| self.hide.summary(it)).collect();
        Progress { rows, have, total, note }
    }
}

/// Remarks are sentences that may name files and contexts.
fn left_out(remarks: &[String]) -> Vec<String> {
    match remarks.len() {
        0 => Vec::new(),
        1 => vec!["1 remark about the list is left out (--redact).".to_owned()],
        count => vec![format!("{count} remarks about the list are left out (--redact).")],
    }
}

impl Reads for Redacted {
    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn mark(&self) -> Reply<'_, Option<u64>> {
        self.inner.mark()
    }

    fn count(&self) -> Reply<'_, usize> {
        self.reported(self.inner.count())
    }

    fn page(&self, request: PageRequest) -> Reply<'_, Page> {
        self.reported(async move {
            let PageRequest { after, limit } = request;
            let table = match after {
                None => self.read().await?,
                Some(_) => self.table().await?,
            };
            let start = after.map_or(0, |Cursor { name_key, id }| {
                table.rows.partition_point(|(key, row)| (key, row.id) <= (&name_key, id))
            });
            let end = start.saturating_add(limit).min(table.rows.len());
            let taken = table.rows.get(start..end).unwrap_or_default();
            let next = taken.last().filter(|_| end < table.rows.len());
            let next = next.map(|(key, row)| Cursor { name_key: key.clone(), id: row.id });
            let rows = taken.iter().map(|(_, row)| row.clone()).collect();
            Ok(Page { rows, next, step: None })
        })
    }

    fn summaries(&self, ids: Vec<ConnectionId>) -> Reply<'_, Vec<Summary>> {
        self.reported(async move {
            let rows = self.inner.summaries(self.reals(&ids).await?).await?;
            Ok(rows.into_iter().map(|it| self.hide.summary(it)).collect())
        })
    }

    fn connection(&self, id: ConnectionId) -> Reply<'_, Connection> {
        self.reported(async move {
            let found = self.inner.connection(self.real(id).await?).await?;
            Ok(self.hide.connection(found))
        })
    }

    fn deleted_connection(&self, id: ConnectionId) -> Reply<'_, Connection> {
        self.reported(async move {
            let found = self.inner.deleted_connection(self.real(id).await?).await?;
            Ok(self.hide.connection(found))
        })
    }

    fn connections(&self, ids: Vec<ConnectionId>) -> Reply<'_, Vec<Connection>> {
        self.reported(async move {
            let found = self.inner.connections(self.reals(&ids).await?).await?;
            Ok(found.into_iter().map(|it| self.hide.connection(it)).collect())
        })
    }

    fn identity(&self) -> Reply<'_, Option<String>> {
        self.reported(async move {
            let identity = self.inner.identity().await?;
            Ok(identity.map(|it| self.hide.name("store", &it)))
        })
    }

    fn judged(&self, wait: bool) -> Reply<'_, bool> {
        self.inner.judged(wait)
    }

    fn behind(&self) -> Option<Behind<'_>> {
        Some(Behind { real: &self.inner, hide: &self.hide })
    }

    fn named(&self, names: Vec<String>) -> Reply<'_, Vec<Vec<Summary>>> {
        self.reported(async move {
            let table = self.table().await?;
            let hidden = |name: &String| -> Vec<Summary> {
                let key = fold(name.trim());
                let start = table.rows.partition_point(|(it, _)| *it < key);
                let same = table.rows.iter().skip(start).take_while(|(it, _)| *it == key);
                same.map(|(_, row)| row.clone()).collect()
            };
            let mut out: Vec<Vec<Summary>> = names.iter().map(hidden).collect();
            for (rows, real) in out.iter_mut().zip(self.inner.named(names).await?) {
                if rows.is_empty() {
                    rows.extend(real.into_iter().map(|it| self.hide.summary(it)));
                }
            }
            Ok(out)
        })
    }

    fn deleted(&self) -> Reply<'_, Vec<DeletedConnection>> {
        self.reported(async move {
            let all = self.inner.deleted().await?;
            Ok(all.into_iter().map(|it| self.hide.deleted(it)).collect())
        })
    }

    fn history(&self, id: ConnectionId) -> Reply<'_, Vec<HistoryEntry>> {
        self.reported(async move {
            let all = self.inner.history(self.real(id).await?).await?;
            Ok(all.into_iter().map(|it| self.hide.entry(it)).collect())
        })
    }

    fn objects(
        &self,
        kind: ObjectKind,
        tenant: Option<ObjectId>,
    ) -> Reply<'_, Vec<DirectoryObject>> {
        self.reported(async move {
            let all = self.inner.objects(kind, None).await?;
            let mut all: Vec<DirectoryObject> =
                all.into_iter().map(|it| self.hide.directory(it)).collect();
            all.retain(|it| tenant.as_ref().is_none_or(|of| of == it.tenant()));
            all.sort_by_cached_key(|it| fold(it.name()));
            Ok(all)
        })
    }

    fn check_key(&self, key: Key) -> Reply<'_, KeyStanding> {
        self.reported(async move { Ok(self.hide.standing(self.inner.check_key(key).await?)) })
    }

    fn reveal(&self, _: ConnectionId, _: String) -> Reply<'_, Secret> {
        Box::pin(std::future::ready(Err(BackendError::Unsupported(
            "opening secrets while names are redacted",
        ))))
    }

    fn drafts(&self) -> Reply<'_, Vec<FormDraft>> {
        // What was typed into a form is names.
        Box::pin(std::future::ready(Ok(Vec::new())))
    }

    fn used_by(&self, ids: Vec<ConnectionId>) -> Reply<'_, Vec<(ConnectionId, Vec<String>)>> {
        self.reported(async move {
            let uses = self.inner.used_by(self.reals(&ids).await?).await?;
            let hidden = |names: Vec<String>| {
                names.iter().map(|name| self.hide.name("project", name)).collect()
            };
            Ok(uses.into_iter().map(|(id, names)| (self.hide.id(id), hidden(names))).collect())
        })
    }
}

impl Live for Redacted {
    fn as_of(&self) -> Option<Timestamp> {
        self.inner.as_of()
    }

    fn refresh<'a>(&'a self, on_progress: OnProgress<'a>) -> Reply<'a, ()> {
        self.reported(async move {
            let hidden = |it: Progress| on_progress(self.hide_progress(it));
            self.inner.refresh(&hidden).await?;
            *self.kept() = None;
            Ok(())
        })
    }

    fn select<'a>(
        &'a self,
        filter: &'a Filter,
        on_progress: OnProgress<'a>,
    ) -> Reply<'a, Option<Selected>> {
        self.reported(async move {
            let hidden = |it: Progress| on_progress(self.hide_progress(it));
            let Some(found) = self.inner.select(filter, &hidden).await? else { return Ok(None) };
            let Selected { rows, remarks } = found;
            let mut rows: Vec<_> = rows.into_iter().map(|it| self.hide.summary(it)).collect();
            // The order of the real names would give something of them away.
            rows.sort_by_cached_key(|it| (fold(&it.name), it.id));
            Ok(Some(Selected { rows, remarks: left_out(&remarks) }))
        })
    }

    fn remarks(&self) -> Vec<String> {
        left_out(&self.inner.remarks())
    }

    fn projects(&self) -> Reply<'_, Vec<Project>> {
        self.reported(async move {
            let all = self.inner.projects().await?;
            Ok(all.into_iter().map(|it| self.hide.project(it)).collect())
        })
    }
}
