//! Files that declare connections, plans that were kept, waivers and baselines.

use std::path::PathBuf;

use super::harmless;
use crate::audit::baseline::Baseline;
use crate::audit::waiver::Waivers;
use crate::service::files::{Document, Input, Mistake, Syntax, changed_files, inline, read, stale};

fn reported(mistakes: &[Mistake], lines: usize) {
    assert!(!mistakes.is_empty(), "refused without a reason");
    for mistake in mistakes {
        harmless(&mistake.to_string());
        let line = mistake.place.spot.map(|it| it.line);
        assert!(line.is_none_or(|it| (1..=lines).contains(&it)), "{line:?} of {lines}");
    }
}

/// Files of connections: what is read can be written in a line of TOML; every mistake has a line of
/// the file.
pub fn plan(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    saved(&text);
    let lines = text.lines().count().max(1);
    for syntax in [Syntax::Toml, Syntax::Json] {
        let (name, folder) = ("file".to_owned(), PathBuf::new());
        let input = Input { name, folder, syntax, text: text.clone().into_owned() };
        let read = read(&[input]);
        if !read.mistakes.is_empty() {
            reported(&read.mistakes, lines);
        }
        assert!(!(read.entries.is_empty() && read.mistakes.is_empty()), "nothing, and no mistake");
        for value in read.entries.iter().flat_map(|it| it.fields.values()) {
            let line = format!("key = {}", inline(value));
            let read = line.parse::<toml_edit::DocumentMut>();
            assert!(read.is_ok_and(|it| it.contains_key("key")), "{line:?}");
        }
    }
}

/// A plan that was kept: it is never stale against itself.
fn saved(text: &str) {
    match Document::parse(text) {
        Err(why) => harmless(&why),
        Ok(plan) => {
            assert!(changed_files(&plan.files, &plan.files).is_empty());
            stale(&plan, &Document { connections: Vec::new(), ..plan.clone() })
                .iter()
                .for_each(|it| harmless(it));
        }
    }
}

/// Waivers, and baselines: mistakes lie in the file and are harmless.
pub fn waivers(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let lines = text.lines().count().max(1);
    match Waivers::parse(text) {
        Ok(read) => {
            for waiver in read.0 {
                assert!((1..=lines).contains(&waiver.line), "line {} of {lines}", waiver.line);
                assert!(!waiver.reason.trim().is_empty(), "a waiver without a reason");
            }
        }
        Err(problems) => {
            assert!(!problems.is_empty(), "refused without a reason");
            for problem in problems {
                harmless(&problem.to_string());
                let line = problem.spot.map_or(0, |it| it.line);
                assert!((1..=lines).contains(&line), "line {line} of {lines}");
            }
        }
    }
    match Baseline::parse(text) {
        Err(error) => harmless(&error.to_string()),
        Ok(read) => {
            let again = serde_json::to_string(&read).unwrap_or_default();
            assert_eq!(Baseline::parse(&again).as_ref(), Ok(&read), "changed by being kept");
        }
    }
}
