//! Values that come from a closed set: what is taken, and what the help, the messages and the
//! completions offer for it. Issue 11, point 31.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::sync::Arc;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command};
use jiff::civil::Date;

use super::schema;
use crate::audit::{Rule, rules};
use crate::backend::fly::presets;
use crate::domain::health::Level;
use crate::domain::query::Column;
use crate::domain::{ConnectionType, NationalCloud, Side};
use crate::log;
use crate::service;

/// What a word stands for, if it stands for something.
type Read<T> = dyn Fn(&str) -> Option<T> + Send + Sync;

/// Takes a word of a closed set. What it takes may be more than what it offers: another case, a
/// number, the beginning of a word.
#[derive(Clone)]
pub struct Words<T> {
    offered: Vec<PossibleValue>,
    read: Arc<Read<T>>,
}

impl<T> Words<T> {
    fn new(
        offered: impl Iterator<Item = PossibleValue>,
        read: impl Fn(&str) -> Option<T> + Send + Sync + 'static,
    ) -> Self {
        Self { offered: offered.collect(), read: Arc::new(read) }
    }
}

impl<T: Clone + Send + Sync + 'static> TypedValueParser for Words<T> {
    type Value = T;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &OsStr,
    ) -> Result<T, clap::Error> {
        let text = value.to_string_lossy();
        (self.read)(&text).ok_or_else(|| {
            let mut error = clap::Error::new(ErrorKind::InvalidValue).with_cmd(command);
            let arg = arg.map(ToString::to_string).unwrap_or_default();
            error.insert(ContextKind::InvalidArg, ContextValue::String(arg));
            error.insert(ContextKind::InvalidValue, ContextValue::String(text.into_owned()));
            let known = self.offered.iter().map(|it| it.get_name().to_owned()).collect();
            error.insert(ContextKind::ValidValue, ContextValue::Strings(known));
            error
        })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.offered.iter().cloned()))
    }
}

fn word(name: impl Into<clap::builder::Str>) -> PossibleValue {
    PossibleValue::new(name)
}

/// One of a few choices, by its word.
pub fn choice<T: Copy + Send + Sync + 'static>(
    all: &'static [T],
    slug: fn(T) -> &'static str,
    label: fn(T) -> &'static str,
) -> Words<T> {
    let offered = all.iter().map(|it| word(slug(*it)).help(label(*it)));
    Words::new(offered, move |text| all.iter().copied().find(|it| slug(*it) == text))
}

/// One of these, by its word in any case.
fn any_case<T: Copy + Send + Sync + 'static, const N: usize>(
    all: [T; N],
    slug: fn(T) -> &'static str,
) -> Words<T> {
    Words::new(all.into_iter().map(|it| word(slug(it).to_lowercase())), move |text| {
        all.into_iter().find(|it| slug(*it).eq_ignore_ascii_case(text.trim()))
    })
}

/// Types of connections, by name, label or number.
pub fn connection_types() -> Words<ConnectionType> {
    let offered = ConnectionType::all().map(|it| word(it.slug()).help(it.label().to_string()));
    Words::new(offered, ConnectionType::parse)
}

/// Sides of a connection.
pub fn sides() -> Words<Side> {
    let offered = Side::ALL.into_iter().map(|it| word(it.slug()));
    Words::new(offered, |text| Side::parse(text).filter(|_| !text.is_empty()))
}

/// Levels of health.
pub fn levels() -> Words<Level> {
    let offered = Level::ALL.into_iter().map(|level| word(level.label()));
    Words::new(offered, |text| {
        let text = text.trim();
        let is = |it: &Level| {
            it.label().eq_ignore_ascii_case(text)
                || it.text().replace(' ', "-").eq_ignore_ascii_case(text)
        };
        Level::ALL.into_iter().find(is)
    })
}

/// Columns of the list.
pub fn columns() -> Words<Column> {
    any_case(Column::ALL, Column::label)
}

/// Clouds by their hosts.
pub fn national_clouds() -> Words<NationalCloud> {
    any_case(NationalCloud::ALL, NationalCloud::slug)
}

/// Levels of the log.
pub fn log_levels() -> Words<log::Level> {
    let offered = log::Level::ALL.into_iter().map(|(name, _)| word(name));
    Words::new(offered, |text| {
        let mut all = log::Level::ALL.into_iter();
        all.find(|(name, _)| name.eq_ignore_ascii_case(text.trim())).map(|(_, level)| level)
    })
}

/// Data centres of AvePoint Fly. Any text is taken: the fields of a context are checked together,
/// so that every mistake is reported at once.
pub fn data_centres() -> Words<String> {
    let offered = presets::ALL.iter().map(|it| word(it.name).help(it.title));
    Words::new(offered, |text| Some(text.to_owned()))
}

/// Rules of the audit.
pub fn rules() -> Words<&'static Rule> {
    let offered = rules::all().map(|it| word(it.id).help(it.title));
    Words::new(offered, |text| Rule::parse(text).ok())
}

/// Schemas: those of no command, and the words of every command that has one.
pub fn schemas() -> Words<String> {
    let others = schema::OTHERS.iter().map(|(name, about)| (name.to_string(), *about));
    let commands = schema::commands();
    let of = commands.iter().flat_map(|it| it.split(' ')).map(|it| (it.to_owned(), ""));
    let mut all: Vec<(String, &str)> = others.chain(of).collect();
    let mut seen = HashSet::new();
    all.retain(|it| seen.insert(it.0.clone()));
    let offered = all.clone().into_iter().map(|(name, about)| match about {
        "" => word(name),
        about => word(name).help(about),
    });
    Words::new(offered, move |text| all.iter().find(|it| it.0 == text).map(|it| it.0.clone()))
}

/// Checks of the pre-flight, by id or family.
pub fn checks() -> Words<String> {
    let all = service::preflight::words();
    let offered = all.clone().into_iter().map(|(id, about)| word(id).help(about));
    Words::new(offered, move |text| {
        let text = text.trim().to_ascii_lowercase();
        all.iter().find(|it| it.0 == text).map(|it| it.0.clone())
    })
}

/// One check of the pre-flight, by its id.
pub fn check() -> Words<String> {
    let all = service::preflight::checks();
    let offered = all.clone().into_iter().map(|(id, about)| word(id).help(about));
    Words::new(offered, move |text| {
        let text = text.trim().to_ascii_lowercase();
        all.iter().find(|it| it.0 == text).map(|it| it.0.to_owned())
    })
}

/// A day.
pub fn day(text: &str) -> Result<Date, String> {
    text.trim().parse().map_err(|_| "write a day such as 2026-12-31".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::contexts::check;

    fn read<T: Clone + Send + Sync + 'static>(words: &Words<T>, text: &str) -> Option<T> {
        words.parse_ref(&Command::new("x"), None, OsStr::new(text)).ok()
    }

    #[test]
    fn words_are_taken_as_people_write_them() {
        let types = connection_types();
        assert_eq!(read(&types, "groups"), Some(ConnectionType::M365Group));
        assert_eq!(read(&types, "4"), ConnectionType::parse("4"));
        assert_eq!(read(&types, "Devise"), None);
        assert_eq!(read(&sides(), "DEST"), Some(Side::Destination));
        assert_eq!(read(&sides(), ""), None);
        assert_eq!(read(&levels(), "OK"), Some(Level::Good));
        assert_eq!(read(&levels(), "not-checked"), Some(Level::Unchecked));
        assert_eq!(read(&levels(), "eror"), None);
        assert_eq!(read(&columns(), "by"), Some(Column::ModifiedBy));
        assert_eq!(read(&columns(), "size"), None);
    }

    /// What is offered is taken.
    #[test]
    fn every_offered_word_is_taken() {
        fn all<T: Clone + Send + Sync + 'static>(words: Words<T>) {
            assert!(words.offered.len() > 2);
            for it in &words.offered {
                assert!(read(&words, it.get_name()).is_some(), "{}", it.get_name());
            }
        }
        all(connection_types());
        all(sides());
        all(levels());
        all(columns());
        all(log_levels());
        all(data_centres());
        for it in &data_centres().offered {
            assert!(check::data_centre(it.get_name()).is_ok(), "{}", it.get_name());
        }
        all(rules());
        all(national_clouds());
        all(checks());
        all(schemas());
    }
}
