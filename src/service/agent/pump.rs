//! From wherever the bytes come to the disk: bounded, told of, and never on the thread that draws.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::part::{Note, Part};
use super::transfer::{Stop, Whole};
use super::{AgentError, Step, on_disk};
use crate::backend::http::Stream;
use crate::domain::agent::Checks;

/// Pieces that may wait for the disk.
const QUEUE: usize = 16;
/// Least time between two tellings of how far it is.
const TELL: Duration = Duration::from_millis(100);
/// Bytes that are read from a path at once.
const PIECE: usize = 256 << 10;

/// What every way works with.
pub(super) struct Run<'a> {
    pub(super) checks: &'a Checks,
    pub(super) cancel: &'a CancellationToken,
    pub(super) told: &'a (dyn Fn(Step) + Send + Sync),
}

/// Where pieces come from.
pub(super) enum Pieces {
    Web(Box<Stream>),
    File(mpsc::Receiver<Result<Vec<u8>, AgentError>>),
}

impl Pieces {
    async fn next(&mut self, cancel: &CancellationToken) -> Result<Option<Vec<u8>>, AgentError> {
        match self {
            Self::Web(stream) => Ok(stream.chunk(cancel).await?),
            Self::File(pieces) => match cancel.run_until_cancelled(pieces.recv()).await {
                Some(piece) => piece.transpose(),
                None => Err(AgentError::Stopped),
            },
        }
    }
}

impl Run<'_> {
    /// Writes pieces until there are no more. A thread of its own writes, which also brings what
    /// it has to the disk when this is dropped. The part comes back unless that thread is gone.
    pub(super) async fn pump(
        &self,
        mut part: Part,
        note: Option<Note>,
        pieces: &mut Pieces,
        total: Option<u64>,
    ) -> (Option<Part>, Result<(), Stop>) {
        let done = part.len;
        let (sender, mut queue) = mpsc::channel::<Vec<u8>>(QUEUE);
        let write = move || {
            let mut end = match note {
                Some(note) => part.begin(note),
                None => Ok(()),
            };
            while end.is_ok() {
                let Some(piece) = queue.blocking_recv() else { break };
                end = part.write(&piece);
            }
            let end = end.and_then(|()| part.sync());
            (part, end)
        };
        #[cfg(test)]
        let write = crate::fault::carrying(write);
        let writer = tokio::task::spawn_blocking(write);
        let end = self.carry(done, pieces, sender, total).await;
        match writer.await {
            Ok((part, Ok(()))) => {
                (self.told)(Step::Bytes { done: part.len, total });
                (Some(part), end.map_err(Stop::from))
            }
            Ok((part, Err(error))) => (Some(part), Err(Stop::Failed(error))),
            Err(_) => (None, Err(Stop::Failed(AgentError::Stopped))),
        }
    }

    async fn carry(
        &self,
        mut done: u64,
        pieces: &mut Pieces,
        writer: mpsc::Sender<Vec<u8>>,
        total: Option<u64>,
    ) -> Result<(), AgentError> {
        let mut last = None::<Instant>;
        while let Some(piece) = pieces.next(self.cancel).await? {
            done += piece.len() as u64;
            if done > self.checks.max_bytes {
                return Err(AgentError::TooLarge { limit: self.checks.max_bytes });
            }
            if writer.send(piece).await.is_err() {
                // The disk refused; the writer knows why.
                return Ok(());
            }
            if last.is_none_or(|it| it.elapsed() >= TELL) {
                last = Some(Instant::now());
                (self.told)(Step::Bytes { done, total });
            }
        }
        Ok(())
    }
}

/// Copies from a path, with the same checks. It begins anew each time: a copy is no slower than
/// asking whether the file is still the same.
pub(super) async fn from_file(
    path: &Path,
    mut part: Part,
    run: &Run<'_>,
) -> Result<Whole, AgentError> {
    let (from, limit) = (path.to_owned(), run.checks.max_bytes);
    let (part, file, total) = on_disk(move || {
        part.clear()?;
        match open(&from, limit) {
            Ok((file, total)) => Ok((part, file, total)),
            Err(error) => {
                part.discard();
                Err(error)
            }
        }
    })
    .await?;
    let mut pieces = Pieces::File(read(file, path));
    let (part, end) = run.pump(part, None, &mut pieces, Some(total)).await;
    let part = part.ok_or(AgentError::Stopped)?;
    match end {
        Ok(()) => Ok(Whole { part, host: None, resumed_at: 0, length_told: true }),
        Err(stop) => {
            part.discard();
            Err(match stop {
                Stop::Failed(error) => error,
                Stop::Broke(error) => AgentError::Http(error),
                Stop::Anew(what) => AgentError::Location(what),
            })
        }
    }
}

/// A file and its length. A pipe would be waited for, for ever.
fn open(path: &Path, limit: u64) -> Result<(File, u64), AgentError> {
    let known = std::fs::metadata(path).map_err(AgentError::disk(path))?;
    if !known.is_file() {
        return Err(AgentError::Location("it is no file"));
    }
    if known.len() > limit {
        return Err(AgentError::TooLarge { limit });
    }
    Ok((File::open(path).map_err(AgentError::disk(path))?, known.len()))
}

/// Reads on a thread of its own, which ends when nobody takes the pieces any more.
fn read(mut file: File, path: &Path) -> mpsc::Receiver<Result<Vec<u8>, AgentError>> {
    let (sender, pieces) = mpsc::channel(QUEUE);
    let path = path.to_owned();
    tokio::task::spawn_blocking(move || {
        loop {
            let mut piece = vec![0; PIECE];
            let piece = match file.read(&mut piece) {
                Ok(0) => return,
                Ok(read) => {
                    piece.truncate(read);
                    Ok(piece)
                }
                Err(error) => Err(AgentError::disk(&path)(error)),
            };
            let failed = piece.is_err();
            if sender.blocking_send(piece).is_err() || failed {
                return;
            }
        }
    });
    pieces
}
