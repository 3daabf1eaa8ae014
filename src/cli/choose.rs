//! Which connections a command works on: by name or id, by names from standard input, by the
//! filters of `list`. One way for every command.

use std::collections::HashSet;

use super::session::{Session, wait};
use super::words;
use crate::backend::{DeletedConnection, Place};
use crate::domain::health::Level;
use crate::domain::query::Filter;
use crate::domain::removal::Target;
use crate::domain::{ConnectionId, ConnectionType, Side, Summary};
use crate::error::Failure;
use crate::service::{self, FindError, Query};
use crate::text::counted;

/// Stands for the lines of standard input.
const STANDARD_INPUT: &str = "-";
/// Most names that are read: no store has more connections.
const MOST_NAMES: usize = 1_000_000;
/// Longest list of names, in bytes.
const MOST_BYTES: u64 = 256 << 20;

/// Which connections, by what the list knows of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "Filters")]
pub struct FilterArgs {
    /// Only these types, by name or number; several with commas or by repeating
    #[arg(long = "type", value_name = "TYPE", value_delimiter = ',', hide_possible_values = true, value_parser = words::connection_types())]
    pub types: Vec<ConnectionType>,
    /// Only this tenant or domain; repeat for several
    #[arg(long = "tenant", value_name = "NAME")]
    pub tenants: Vec<String>,
    /// Only this side: source, destination, any or unknown; several with commas
    #[arg(long = "side", value_name = "SIDE", value_delimiter = ',', hide_possible_values = true, value_parser = words::sides())]
    pub sides: Vec<Side>,
    /// Only this health in the list: error, warning, advice, unchecked or ok; several with commas
    #[arg(long = "health", value_name = "LEVEL", value_delimiter = ',', hide_possible_values = true, value_parser = words::levels())]
    pub levels: Vec<Level>,
    /// Only names that contain this, ignoring case
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub search: String,
}

impl FilterArgs {
    /// Whether nothing is filtered.
    pub fn is_empty(&self) -> bool {
        self.filter().is_empty() && self.search.trim().is_empty()
    }

    /// What the list filters by.
    pub fn filter(&self) -> Filter {
        Filter {
            types: self.types.iter().copied().collect(),
            tenants: self.tenants.iter().cloned().collect(),
            sides: self.sides.iter().copied().collect(),
            levels: self.levels.iter().copied().collect(),
        }
    }

    /// The query of the list, in the order of the names.
    pub fn query(&self, warning_days: i64) -> Query {
        let search = self.search.clone();
        Query { filter: self.filter(), search, warning_days, ..Query::default() }
    }
}

/// Which connections.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ChooseArgs {
    /// Names, ids, or beginnings of ids; - reads them from standard input, one per line
    #[arg(value_name = "NAME|ID")]
    pub which: Vec<String>,
    #[command(flatten)]
    pub filter: FilterArgs,
}

/// The connections that were chosen, and what was asked for and is not there.
#[derive(Debug, Default)]
pub struct Chosen {
    /// Each once.
    pub targets: Vec<Target>,
    /// Texts that lead to none, with the reason.
    pub failed: Vec<(String, Failure)>,
}

impl ChooseArgs {
    /// Whether nothing says which.
    pub fn is_empty(&self) -> bool {
        self.which.is_empty() && self.filter.is_empty()
    }

    /// Whether the arguments do not show how many it will be.
    pub fn is_open(&self) -> bool {
        !self.filter.is_empty() || are_typed(&self.which)
    }

    /// Whether it is exactly one, named on the command line.
    pub fn is_one(&self) -> bool {
        self.which.len() == 1 && !self.is_open()
    }

    /// Refuses to work on nothing in particular.
    ///
    /// # Errors
    /// Neither a name nor a filter was given.
    pub fn required(&self, verb: &str) -> Result<(), Failure> {
        if !self.is_empty() {
            return Ok(());
        }
        Err(Failure::usage(format!("no connections to {verb} were given")).hint(
            "Name them, give - to read names from standard input, or filter as in `jetbridge list`.",
        ))
    }

    /// The connections that are there.
    ///
    /// # Errors
    /// What the backend answers, or standard input cannot be read.
    pub fn live(&self, session: &mut Session<'_, '_>, backend: &Place) -> Result<Chosen, Failure> {
        let texts = names(session, &self.which)?;
        let named = match texts.is_empty() {
            true => None,
            false => Some(wait(service::find_many(backend, &texts))??),
        };
        let listed = match named.is_some() && self.filter.is_empty() {
            true => None,
            false => {
                let query = self.filter.query(session.warning_days);
                let rows = wait(service::list(backend, &query, session.now))??.rows;
                Some(rows.into_iter().map(|it| it.summary).collect())
            }
        };
        Ok(both(session, texts, named, listed, Failure::from))
    }

    /// The deleted connections; `explain` says why one is not among them.
    ///
    /// # Errors
    /// Standard input cannot be read.
    pub fn deleted(
        &self,
        session: &mut Session<'_, '_>,
        deleted: &[DeletedConnection],
        explain: fn(FindError) -> Failure,
    ) -> Result<Chosen, Failure> {
        let texts = names(session, &self.which)?;
        let named = (!texts.is_empty()).then(|| service::find_deleted(deleted, &texts));
        let listed = (named.is_none() || !self.filter.is_empty()).then(|| {
            let rows = deleted.iter().map(|it| it.row.clone()).collect();
            let query = self.filter.query(session.warning_days);
            let rows = service::listed(rows, &query, session.now).rows;
            rows.into_iter().map(|it| it.summary).collect()
        });
        Ok(both(session, texts, named, listed, explain))
    }
}

/// The names that were given, with the lines of standard input in the place of `-`.
///
/// # Errors
/// Standard input cannot be read, or has no line.
pub fn names(session: &mut Session<'_, '_>, given: &[String]) -> Result<Vec<String>, Failure> {
    let (mut out, mut read) = (Vec::with_capacity(given.len()), false);
    for text in given {
        if text != STANDARD_INPUT {
            out.push(text.clone());
        } else if !std::mem::replace(&mut read, true) {
            out.extend(lines(session)?);
        }
    }
    Ok(out)
}

/// The one name that a command takes; `-` reads it from standard input.
///
/// # Errors
/// Standard input cannot be read, or does not have exactly one line.
pub fn name(session: &mut Session<'_, '_>, given: &str) -> Result<String, Failure> {
    let mut all = names(session, &[given.to_owned()])?;
    match (all.pop(), all.len()) {
        (Some(one), 0) => Ok(one),
        (_, more) => {
            let count = counted(more + 1, "name");
            Err(Failure::usage(format!("standard input has {count}, and one is taken here"))
                .hint("Write one name or id, on a line of its own."))
        }
    }
}

/// Whether standard input is to give names.
pub fn are_typed(given: &[String]) -> bool {
    given.iter().any(|it| it == STANDARD_INPUT)
}

/// What was named, as far as it passes the filters; without names all that passes them.
pub fn both(
    session: &mut Session<'_, '_>,
    texts: Vec<String>,
    named: Option<Vec<Result<Target, FindError>>>,
    listed: Option<Vec<Summary>>,
    explain: fn(FindError) -> Failure,
) -> Chosen {
    let mut out = Chosen::default();
    let Some(named) = named else {
        out.targets = listed.iter().flatten().map(Target::from).collect();
        return out;
    };
    let passing: Option<HashSet<ConnectionId>> =
        listed.map(|rows| rows.into_iter().map(|it| it.id).collect());
    let (mut seen, mut outside) = (HashSet::with_capacity(named.len()), 0);
    for (text, found) in texts.into_iter().zip(named) {
        match found {
            Ok(found) if passing.as_ref().is_some_and(|it| !it.contains(&found.id)) => outside += 1,
            Ok(found) if seen.insert(found.id) => out.targets.push(found),
            Ok(_) => {}
            Err(error) => out.failed.push((text, explain(error))),
        }
    }
    if outside > 0 {
        let what = counted(outside, "named connection");
        session.printer.say(&format!("note: {what} left out: not among what the filters show"));
    }
    out
}

/// The lines of standard input; one without a name has none.
fn lines(session: &mut Session<'_, '_>) -> Result<Vec<String>, Failure> {
    if session.terminals.input {
        session.printer.say("Reading names from the terminal, one per line; end with Ctrl-D.");
    }
    let piped = match session.terminals.input {
        true => None,
        false => Some(session.read_text(MOST_BYTES)?),
    };
    let mut piped = piped.iter().flat_map(|it| it.lines());
    let mut next = || match session.terminals.input {
        true => session.read_line(),
        false => Ok(piped.next().map(str::to_owned)),
    };
    let mut out = Vec::new();
    while let Some(line) = next()? {
        if out.len() >= MOST_NAMES {
            return Err(Failure::usage("standard input has more than 1,000,000 names")
                .hint("Give fewer at a time, or use filters."));
        }
        let line = line.trim().trim_start_matches('\u{feff}');
        if !line.is_empty() {
            out.push(line.to_owned());
        }
    }
    if out.is_empty() {
        return Err(Failure::usage("standard input has no name")
            .hint("Write one name or id per line; without - all arguments are names."));
    }
    Ok(out)
}
