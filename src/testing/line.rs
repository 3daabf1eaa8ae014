//! A line to a server on this machine that fails as lines do: it is slow, it is cut, it swallows what is
//! sent, or it loses one answer. It runs on a thread of its own.

#![expect(clippy::unwrap_used, reason = "a broken test should stop where it broke")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

/// What becomes of what is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It arrives.
    Open,
    /// Connections are cut, and none is taken.
    Closed,
    /// It is acknowledged and held back: the other end seems to be there, and says nothing.
    Silent,
}

/// One answer that is lost.
#[derive(Debug, Default)]
struct Lost {
    /// The next answer is the one.
    next: AtomicBool,
    /// What is sent is lost from then on, too.
    both: bool,
}

/// See above. It ends when it is dropped.
pub struct Line {
    /// Its port on 127.0.0.1.
    pub port: u16,
    state: watch::Sender<State>,
    lost: Arc<Lost>,
    passed: Arc<AtomicU64>,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// What the two directions of a connection share.
#[derive(Clone)]
struct Way {
    state: watch::Receiver<State>,
    lost: Arc<Lost>,
    delay: Duration,
    passed: Arc<AtomicU64>,
}

impl Line {
    /// A line to this port on which everything takes as long, each way.
    pub fn slow(port: u16, delay: Duration) -> Self {
        Self::with(port, delay, false)
    }

    /// A line to this port.
    pub fn to(port: u16) -> Self {
        Self::with(port, Duration::ZERO, false)
    }

    /// A line that loses also what is sent once it lost an answer.
    pub fn losing_both(port: u16) -> Self {
        Self::with(port, Duration::ZERO, true)
    }

    fn with(port: u16, delay: Duration, both: bool) -> Self {
        let (state, mut seen) = watch::channel(State::Open);
        let lost = Arc::new(Lost { both, ..Lost::default() });
        let passed = Arc::<AtomicU64>::default();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let own = listener.local_addr().unwrap().port();
        listener.set_nonblocking(true).unwrap();
        let way = Way { state: seen.clone(), lost: lost.clone(), delay, passed: passed.clone() };
        let work = async move {
            let mut listener = Some(TcpListener::from_std(listener).unwrap());
            loop {
                if listener.is_none() {
                    if seen.wait_for(|it| *it != State::Closed).await.is_err() {
                        return;
                    }
                    listener = TcpListener::bind(("127.0.0.1", own)).await.ok();
                }
                let Some(taking) = &listener else { continue };
                tokio::select! {
                    changed = seen.changed() => {
                        if changed.is_err() {
                            return;
                        }
                        if *seen.borrow_and_update() == State::Closed {
                            listener = None;
                        }
                    }
                    Ok((client, _)) = taking.accept() => {
                        let _ = client.set_nodelay(true);
                        if let Ok(server) = TcpStream::connect(("127.0.0.1", port)).await {
                            let _ = server.set_nodelay(true);
                            let (from, to) = (client.into_split(), server.into_split());
                            tokio::spawn(pump(from.0, to.1, way.clone(), false));
                            tokio::spawn(pump(to.0, from.1, way.clone(), true));
                        }
                    }
                }
            }
        };
        let thread = std::thread::spawn(move || {
            let mut builder = tokio::runtime::Builder::new_current_thread();
            builder.enable_all().build().unwrap().block_on(work);
        });
        Self { port: own, state, lost, passed, thread: Some(thread) }
    }

    /// From now on.
    pub fn set(&self, state: State) {
        self.state.send_replace(state);
    }

    /// Loses the next answer, and the connection with it; the one after it is whole.
    pub fn lose_an_answer(&self) {
        self.lost.next.store(true, Ordering::SeqCst);
    }

    /// Loses none after all.
    pub fn lose_none(&self) {
        self.lost.next.store(false, Ordering::SeqCst);
    }

    /// How often anything was handed on, in either direction.
    pub fn passed(&self) -> u64 {
        self.passed.load(Ordering::SeqCst)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.state = watch::channel(State::Closed).0;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Hands on what comes from one end to the other.
async fn pump(mut from: OwnedReadHalf, to: OwnedWriteHalf, way: Way, answers: bool) {
    let Way { mut state, lost, delay, passed } = way;
    let (say, hear) = mpsc::channel(256);
    let writer = tokio::spawn(write(to, hear, state.clone()));
    let mut buffer = vec![0; 65_536];
    loop {
        let length = tokio::select! {
            read = from.read(&mut buffer) => match read {
                Ok(length @ 1..) => length,
                _ => break,
            },
            closed = state.wait_for(|it| *it == State::Closed) => {
                drop(closed);
                break;
            }
        };
        // The answer that is lost, and what is sent while it is on its way.
        if answers && lost.next.swap(false, Ordering::SeqCst)
            || !answers && lost.both && lost.next.load(Ordering::SeqCst)
        {
            break;
        }
        passed.fetch_add(1, Ordering::SeqCst);
        let bytes = buffer.get(..length).unwrap_or_default().to_vec();
        if say.send((Instant::now() + delay, bytes)).await.is_err() {
            break;
        }
    }
    drop(say);
    let _ = writer.await;
}

async fn write(
    mut to: OwnedWriteHalf,
    mut hear: mpsc::Receiver<(Instant, Vec<u8>)>,
    mut state: watch::Receiver<State>,
) {
    while let Some((at, bytes)) = hear.recv().await {
        sleep_until(at).await;
        match state.wait_for(|it| *it != State::Silent).await {
            Ok(now) if *now == State::Open => {}
            _ => return,
        }
        if to.write_all(&bytes).await.is_err() {
            return;
        }
    }
}
