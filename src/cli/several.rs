//! Several places at once: a command does its work in one context after the other and gives one answer.
//! A context that fails takes nothing from the others; it is named, and the exit code says so.

use std::sync::Arc;

use super::session::{Opened, Session};
use super::verbs::ROWS;
use crate::cli::output::Printer;
use crate::config::{Agent, Config};
use crate::domain::context::Missed;
use crate::domain::query::Filter;
use crate::error::{Exit, Failure};
use crate::service::contexts::Contexts;
use crate::text::shown;

/// Which contexts a command is about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Asked {
    /// One.
    #[default]
    One,
    /// These, each once.
    These(Vec<String>),
    /// All of the configuration.
    All,
}

impl Asked {
    /// What the command line says; the first value: the one context that it names.
    ///
    /// # Errors
    /// The command works in one context.
    pub fn of(
        named: &[String],
        all: bool,
        command: &super::asked::Asked,
    ) -> Result<(Option<String>, Self), Failure> {
        let mut each: Vec<String> = Vec::with_capacity(named.len());
        for name in named {
            if !each.contains(name) {
                each.push(name.clone());
            }
        }
        let asked = match each.len() {
            _ if all => Self::All,
            0 | 1 => return Ok((each.pop(), Self::One)),
            _ => Self::These(each),
        };
        if command.row().several {
            return Ok((None, asked));
        }
        let what = if all { "--all-contexts" } else { "--context more than once" };
        let takes: Vec<&str> = ROWS.iter().filter(|it| it.several).map(|it| it.path).collect();
        Err(Failure::usage(format!("this command cannot be used with {what}"))
            .because(format!("several contexts at once are for {}", takes.join(", ")))
            .hint("Name one context, and run it once for each."))
    }

    /// The contexts by their names; none: there is only one.
    pub fn names(&self, config: &Config) -> Vec<String> {
        match self {
            Self::One => Vec::new(),
            Self::These(names) => names.clone(),
            Self::All => {
                let local = crate::domain::context::LOCAL.to_owned();
                let others = config.contexts.keys().filter(|it| **it != local).cloned();
                std::iter::once(local.clone()).chain(others).collect()
            }
        }
    }
}

/// A context that a command works in, among others.
pub struct Entered {
    /// Every context, this one active.
    pub contexts: Contexts,
    /// The device agent of this context.
    pub agent: Agent,
}

/// Enters a context by its name.
pub type Enter<'s> = dyn Fn(&mut Printer<'_>, &str) -> Result<Entered, Failure> + 's;
/// Opens the place of a context that was entered.
pub type OpenIn<'s> =
    dyn Fn(&mut Printer<'_>, &Contexts, Option<&Filter>) -> Result<Opened, Failure> + 's;

/// The contexts of a command that works in several.
#[derive(Clone, Copy)]
pub struct Several<'s> {
    /// Their names.
    pub names: &'s [String],
    /// Enters one.
    pub enter: &'s Enter<'s>,
    /// Opens one.
    pub open: &'s OpenIn<'s>,
}

/// What the work came to in each context, by the name that is shown.
pub type Done<T> = Vec<(Arc<str>, T)>;

/// The contexts in which the work was not done.
pub struct Failed {
    /// Whether it was done in any.
    any: bool,
    each: Vec<(String, Failure)>,
}

impl Failed {
    /// Whether it was done nowhere.
    pub const fn everywhere(&self) -> bool {
        !self.any
    }

    /// Those contexts, as they are reported in an answer.
    pub fn missed(&self) -> Vec<Missed> {
        let missed = |(context, failure): &(String, Failure)| Missed {
            context: context.clone(),
            error: failure.what.clone(),
            exit_code: failure.exit.code(),
        };
        self.each.iter().map(missed).collect()
    }

    /// Reports each context that failed, and gives the exit code: `otherwise` where none did.
    pub fn end(&self, session: &mut Session<'_, '_>, otherwise: Exit) -> Exit {
        for (name, failure) in &self.each {
            let what = format!("context {}: {}", shown(name), failure.what);
            session.printer.failure(&Failure { what, ..failure.clone() });
        }
        match self.each.is_empty() {
            true => otherwise,
            false => Exit::of_several(self.any, self.each.iter().map(|it| it.1.exit)),
        }
    }
}

impl Several<'_> {
    /// Does the work in one context after the other.
    ///
    /// # Errors
    /// It was interrupted, or nobody reads the answer any more.
    pub fn each<T>(
        self,
        session: &mut Session<'_, '_>,
        mut work: impl FnMut(&mut Session<'_, '_>) -> Result<T, Failure>,
    ) -> Result<(Done<T>, Failed), Failure> {
        let (mut done, mut each) = (Vec::new(), Vec::new());
        for name in self.names {
            let shown = match &session.hide {
                None => name.clone(),
                Some(hide) => super::context::open::hidden_name(name, hide),
            };
            match self.one(session, name, &mut work) {
                Ok(it) => done.push((shown.into(), it)),
                Err(failure) if failure.is_quiet() || failure.exit == Exit::Interrupted => {
                    return Err(failure);
                }
                Err(failure) => each.push((shown, failure)),
            }
        }
        let any = !done.is_empty();
        Ok((done, Failed { any, each }))
    }

    fn one<T>(
        self,
        session: &mut Session<'_, '_>,
        name: &str,
        work: &mut impl FnMut(&mut Session<'_, '_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let Entered { contexts, agent } = (self.enter)(session.printer, name)?;
        let open = |printer: &mut Printer<'_>, filter: Option<&Filter>| {
            (self.open)(printer, &contexts, filter)
        };
        let mut inside = Session {
            printer: &mut *session.printer,
            input: &mut *session.input,
            terminals: session.terminals,
            no_input: session.no_input,
            yes: session.yes,
            hide: session.hide.clone(),
            now: session.now,
            warning_days: session.warning_days,
            preflight_days: session.preflight_days,
            waivers: session.waivers.clone(),
            password: session.password,
            agent: &agent,
            network: session.network,
            sign_ins: session.sign_ins,
            open: &open,
            contexts: &contexts,
            several: None,
            cached: session.cached,
            allow_commands: session.allow_commands,
            demo: session.demo,
            ticks: session.ticks,
        };
        work(&mut inside)
    }
}

/// Refuses names where several contexts are asked: a name is of one context.
///
/// # Errors
/// Names were given.
pub fn no_names(which: &[String]) -> Result<(), Failure> {
    if which.is_empty() {
        return Ok(());
    }
    Err(Failure::usage("names are looked up in one context")
        .because("several contexts were asked for")
        .hint("Choose by filters such as --search, or name one context."))
}
