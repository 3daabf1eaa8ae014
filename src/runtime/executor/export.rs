//! Connections written to a file.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::{Answers, Means, files};
use crate::app::Answer;
use crate::backend::BackendError;
use crate::domain::document::Format;
use crate::domain::{ConnectionId, Secret};
use crate::service::files::{Preflights, document, exported_counting};
use crate::service::{self, Query};

/// Least time between two reports of how far it is: each is drawn.
const PAUSE: Duration = Duration::from_millis(100);

/// What is written where.
pub(super) struct Wanted {
    /// Which, in the order of the file.
    pub ids: Vec<ConnectionId>,
    /// In which format.
    pub format: Format,
    /// Where.
    pub path: PathBuf,
    /// Days before the end of a credential from which it is a finding.
    pub warning_days: i64,
}

/// Reads the connections and writes them to a new file; gives its path, or in one line why not.
pub(super) async fn export(
    means: &Means,
    wanted: Wanted,
    answers: &Answers,
) -> Result<PathBuf, String> {
    let text = read(means, &wanted, answers).await.map_err(|error| {
        let hint = error.hint();
        if hint.is_empty() { format!("{error}.") } else { format!("{error}. {hint}") }
    })?;
    files::write(wanted.path, Secret::new(text)).await
}

async fn read(means: &Means, wanted: &Wanted, answers: &Answers) -> Result<String, BackendError> {
    let query = Query { warning_days: wanted.warning_days, ..Query::default() };
    let rows = service::list(&means.backend, &query, (means.clock)()).await?.rows;
    let last = Mutex::new(Instant::now());
    let report = |done: usize, total: usize| {
        let due = last.lock().is_ok_and(|mut last| {
            let due = last.elapsed() >= PAUSE;
            if due {
                *last = Instant::now();
            }
            due
        });
        if due {
            let number = |it: usize| u64::try_from(it).unwrap_or(u64::MAX);
            answers.send(Answer::Exporting { done: number(done), total: number(total) });
        }
    };
    let records = exported_counting(&means.backend, &wanted.ids, &report).await?;
    let by_id = rows.iter().map(|row| (row.summary.id, row)).collect();
    let preflights = preflights(means).await;
    Ok(document(&records, &by_id, &preflights, wanted.format))
}

/// The last pre-flights, where any are kept.
async fn preflights(means: &Means) -> Preflights {
    let now = (means.clock)();
    let Some(it) = means.services.preflight() else {
        return Preflights { all: HashMap::new(), now, days: 0 };
    };
    let days = it.outdated_days;
    // The disk may be slow.
    let all = tokio::task::spawn_blocking(move || it.results.all()).await;
    Preflights { all: all.unwrap_or_default(), now, days }
}
