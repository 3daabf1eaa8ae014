//! A signal ends the questions with the terminal as it was, and the way back to the draft shown. What
//! was answered is kept already.

use std::sync::{Mutex, Once, PoisonError};

use crate::cli::{editor, output, prompt, signals};

/// What is said at the end.
static WORDS: Mutex<String> = Mutex::new(String::new());

/// Says this at the end from now on.
pub(super) fn remember(words: String) {
    *WORDS.lock().unwrap_or_else(PoisonError::into_inner) = words;
}

/// From the first question on, for as long as the process lives.
pub(super) fn watch() {
    static ONCE: Once = Once::new();
    signals::watch(&ONCE, "questions", |number| {
        prompt::give_back();
        let words = WORDS.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if !words.is_empty() {
            output::last_words(&format!("\n{words}\n"));
        }
        // What a shell shows for a process that the signal ended.
        editor::end(128 + number);
    });
}
