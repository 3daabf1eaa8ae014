//! Files that users write and programs export.

use std::path::Path;

use super::harmless;
use crate::config::Config;
use crate::domain::Secret;
use crate::form::{draft, specs};
use crate::service::import::{self, Format, ImportError};

/// The configuration: read, or refused with lines that lie in it.
pub fn config(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Err(error) = Config::parse(text, Path::new("config.toml")) {
        assert!(!error.problems.is_empty(), "refused without a reason");
        error.lines().for_each(|line| harmless(&line));
        let last = text.lines().count().max(1);
        let lines = error.problems.iter().filter_map(|it| it.spot).map(|it| it.line);
        for line in lines {
            assert!((1..=last).contains(&line), "line {line} of {last}");
        }
    }
}

/// The format by the first byte, and the rest.
fn split(bytes: &[u8]) -> (Option<Format>, &[u8]) {
    let Some((first, rest)) = bytes.split_first() else { return (None, bytes) };
    match first {
        b'1' => (Some(Format::Csv), rest),
        b'2' => (Some(Format::Json), rest),
        b'3' => (Some(Format::JsonLines), rest),
        _ => (None, bytes),
    }
}

fn said(error: &ImportError) {
    harmless(&error.to_string());
    harmless(error.hint());
    error.lines().iter().for_each(|it| harmless(it));
}

/// Connections in CSV, JSON and JSON lines: no name twice, none that a store would refuse.
pub fn connections(bytes: &[u8]) {
    let (format, rest) = split(bytes);
    match import::connections::read(rest, format) {
        Err(error) => said(&error),
        Ok(read) => {
            let mut names = std::collections::HashSet::new();
            for row in read.rows {
                harmless(&row.name);
                harmless(&row.description);
                let name = crate::text::fold(row.name.trim());
                assert!(names.insert(name), "{:?} came twice", row.name);
            }
        }
    }
}

/// Directory objects.
pub fn directory(bytes: &[u8]) {
    let (format, rest) = split(bytes);
    match import::directory::read(rest, format, &[]) {
        Err(error) => said(&error),
        Ok(read) => read.rows.iter().for_each(|it| harmless(it.name())),
    }
}

/// A kept draft: what is read is written and read again as the same.
pub fn draft(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for spec in specs::ALL {
        match draft::from_json(spec, text) {
            Err(error) => harmless(&error),
            Ok(values) => {
                let kept = Secret::json(&draft::State(spec, &values));
                let again = kept.map(|it| draft::from_json(spec, it.expose()));
                assert_eq!(again, Some(Ok(values)), "a draft changed by being kept");
            }
        }
    }
}
