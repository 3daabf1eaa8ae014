//! What services answer, and sealed files.

use super::harmless;
use crate::backend::fly::fuzzed as fly;
use crate::backend::graph::fuzzed_refusal;
use crate::backend::store::fuzzed as store;

/// The envelope of the data key.
pub fn envelope(bytes: &[u8]) {
    if let Err(error) = store::envelope(bytes) {
        harmless(&error.to_string());
        harmless(&error.hint());
    }
}

/// A backup. Whatever opens came from whoever has the key.
pub fn backup(bytes: &[u8]) {
    if let Err(error) = store::backup(bytes) {
        harmless(&error.to_string());
    }
}

/// Lists of AvePoint Fly in both envelopes, kept lists, and answers of its sign-in, by the first
/// byte.
pub fn fly(bytes: &[u8]) {
    let Some((first, rest)) = bytes.split_first() else { return };
    match first {
        b't' => match fly::token(rest) {
            Err(error) => harmless(&error.to_string()),
            Ok(seconds) => assert!((0..=24 * 3_600).contains(&seconds), "renewed in {seconds} s"),
        },
        b'c' => _ = fly::cached(rest),
        _ => _ = fly::page(bytes),
    }
}

/// Refusals of every API: one line that cannot act on the terminal, of bounded length.
pub fn refusal(bytes: &[u8]) {
    let (error, explained) = fuzzed_refusal(bytes);
    for said in [error.to_string(), error.hint(), explained.to_string(), explained.hint] {
        harmless(&said);
        assert!(!said.contains('\n'), "a refusal of several lines: {said:?}");
        // A character of the three texts takes ten at most when it is spelled out.
        assert!(said.len() < 3 * 300 * 10 + 200, "a refusal of {} bytes", said.len());
    }
}
