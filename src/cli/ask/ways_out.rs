//! A signal ends the questions with the terminal as it was, and the way back to the draft shown. What
//! was answered is kept already.

use std::sync::{Mutex, Once, PoisonError};

use crate::cli::{editor, output, prompt};

/// What is said at the end.
static WORDS: Mutex<String> = Mutex::new(String::new());

/// Says this at the end from now on.
pub(super) fn remember(words: String) {
    *WORDS.lock().unwrap_or_else(PoisonError::into_inner) = words;
}

/// From the first question on, for as long as the process lives.
pub(super) fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let (ready, is_ready) = std::sync::mpsc::channel::<()>();
        let work = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            // Without it a signal ends the process as always; the draft is there.
            let Ok(runtime) = runtime else { return };
            runtime.block_on(ended(ready));
        };
        if std::thread::Builder::new().name("questions".to_owned()).spawn(work).is_ok() {
            // Its end, or the end of the channel: either way nothing more is to be waited for.
            let _ = is_ready.recv();
        }
    });
}

async fn ended(ready: std::sync::mpsc::Sender<()>) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut hangup), Ok(mut terminate)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::hangup()),
        signal(SignalKind::terminate()),
    ) else {
        return;
    };
    drop(ready);
    let number = tokio::select! {
        _ = interrupt.recv() => 2,
        _ = hangup.recv() => 1,
        _ = terminate.recv() => 15,
    };
    prompt::give_back();
    let words = WORDS.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if !words.is_empty() {
        output::last_words(&format!("\n{words}\n"));
    }
    // What a shell shows for a process that the signal ended.
    editor::end(128 + number);
}
