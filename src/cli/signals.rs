//! Signals that end the process, for commands that have something to do before.

use std::sync::Once;
use std::sync::mpsc::{self, Sender};

use tokio::signal::unix::{SignalKind, signal};

/// From the first call with this `once` on, for as long as the process lives: `on` gets the number of
/// each signal that would end it. Where signals cannot be heard they end the process as always.
pub fn watch(once: &'static Once, name: &str, on: impl FnMut(i32) + Send + 'static) {
    once.call_once(|| {
        let (ready, is_ready) = mpsc::channel::<()>();
        let work = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let Ok(runtime) = runtime else { return };
            runtime.block_on(heard(ready, on));
        };
        if std::thread::Builder::new().name(name.to_owned()).spawn(work).is_ok() {
            // Its end, or the end of the channel: either way nothing more is to be waited for.
            let _ = is_ready.recv();
        }
    });
}

async fn heard(ready: Sender<()>, mut on: impl FnMut(i32)) {
    let (Ok(mut interrupt), Ok(mut hangup), Ok(mut terminate)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::hangup()),
        signal(SignalKind::terminate()),
    ) else {
        return;
    };
    drop(ready);
    loop {
        on(tokio::select! {
            _ = interrupt.recv() => 2,
            _ = hangup.recv() => 1,
            _ = terminate.recv() => 15,
        });
    }
}
