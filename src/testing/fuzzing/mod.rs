//! What the fuzzer feeds: everything that reads what somebody else wrote. RELIABILITY §6.
//!
//! A target takes any bytes and panics when a promise is broken. `fuzz/` runs them under
//! cargo-fuzz; the tests of this module replay the corpus, and changes of it, without it.
//!
//! Public for the fuzzer only.

mod answers;
pub mod events;
mod files;
mod keys;
mod plans;
#[cfg(test)]
mod tests;

use crate::text::is_hidden;

/// A target by its name, which is that of its folder in `fuzz/corpus`.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] = &[
    ("backup", answers::backup),
    ("config", files::config),
    ("connections", files::connections),
    ("directory", files::directory),
    ("draft", files::draft),
    ("envelope", answers::envelope),
    ("events", screen),
    ("fly", answers::fly),
    ("keymap", keys::keymap),
    ("key", keys::key),
    ("manifest", keys::manifest),
    ("page", keys::page),
    ("pem", keys::pem),
    ("plan", plans::plan),
    ("refusal", answers::refusal),
    ("text", keys::text),
    ("token", keys::token),
    ("waivers", plans::waivers),
];

/// The screen itself.
fn screen(bytes: &[u8]) {
    events::run(bytes);
}

/// E4: what is said about a text from outside cannot act on the terminal.
#[expect(clippy::panic, reason = "a broken promise is what a target reports")]
fn harmless(said: &str) {
    if let Some(c) = said.chars().find(|it| is_hidden(*it) && *it != '\n') {
        panic!("U+{:04X} is said as it is: {said:?}", u32::from(c));
    }
}

/// Runs a target by its name.
pub fn run(name: &str, bytes: &[u8]) {
    let found = TARGETS.iter().find(|(it, _)| *it == name);
    // A misspelt name would fuzz nothing.
    assert!(found.is_some(), "{name} is no target");
    found.iter().for_each(|(_, target)| target(bytes));
}
