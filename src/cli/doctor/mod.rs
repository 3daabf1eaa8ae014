//! `jetbridge doctor`: gathers what there is to know around jetbridge and prints the verdicts.

mod clipboard;
mod gather;
mod network;

use serde::Serialize;

use super::agent::wrapped;
use super::answer::{FormatArgs, whole};
use super::context::open::Wish;
use super::output::{Printer, Terminals};
use super::session::counted;
use crate::config::{HomeUnknown, Paths};
use crate::error::{Exit, Failure};
use crate::service::doctor::{Check, State, judge, worst};
use crate::text::shown;

/// Proxies of the environment, as they are told.
pub fn proxies() -> Vec<String> {
    network::proxies().into_iter().filter_map(|it| Some(it.place.ok()?.to_string())).collect()
}

/// Arguments of `doctor`.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct DoctorArgs {
    /// Call every Fly context too, to see whether it is reached and what its clock says
    #[arg(long)]
    pub network: bool,
    #[command(flatten)]
    pub answer: FormatArgs,
}

/// What is shown below its help.
pub const HELP: &str = "\
Looks and changes nothing. No service is called without --network, no command that gives a secret is run,
and nothing of a secret, password or key is shown.

On a terminal it offers to test copying, which overwrites the clipboard only after a yes; --no-input leaves
that out, and so does every format but the table. Exit code 3 when something does not work; 0 when all is well or could be better.";

/// Looks at everything and says what is wrong.
pub fn run(
    printer: &mut Printer<'_>,
    paths: Result<Paths, HomeUnknown>,
    wish: &Wish,
    asked_for: bool,
    args: DoctorArgs,
) -> Result<Exit, Failure> {
    let terminals = Terminals::of_process();
    let format = args.answer.format();
    let ask = terminals.can_ask() && terminals.output && format.is_table() && !wish.no_input;
    let mut facts = gather::facts(paths.as_ref().ok(), asked_for, args.network, wish)?;
    if ask {
        facts.terminal.clipboard = clipboard::test(printer, &mut std::io::stdin().lock())?;
    }
    let checks = judge(&facts);
    let report = report(&checks);
    if !whole(printer, format, &report, &FIELDS, report.checks.iter())? {
        print(printer, &checks)?;
    }
    Ok(if worst(&checks) == State::Problem { Exit::Findings } else { Exit::Ok })
}

/// Columns of CSV.
const FIELDS: [&str; 5] = ["area", "check", "state", "found", "todo"];

#[derive(Serialize)]
struct CheckOut<'a> {
    area: &'a str,
    check: &'a str,
    state: &'static str,
    found: &'a str,
    todo: &'a str,
}

#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    problems: usize,
    warnings: usize,
    checks: Vec<CheckOut<'a>>,
}

fn count(checks: &[Check], state: State) -> usize {
    checks.iter().filter(|it| it.state == state).count()
}

fn report(checks: &[Check]) -> Report<'_> {
    let out = checks.iter().map(|it| CheckOut {
        area: it.area,
        check: &it.name,
        state: it.state.label(),
        found: &it.found,
        todo: &it.todo,
    });
    Report {
        version: 1,
        problems: count(checks, State::Problem),
        warnings: count(checks, State::Warning),
        checks: out.collect(),
    }
}

/// Columns before the text of a check.
const MARGIN: usize = 11;

fn print(printer: &mut Printer<'_>, checks: &[Check]) -> Result<(), Failure> {
    // Piped, a check is one line.
    let width = printer.width().map_or(usize::MAX, |it| it.saturating_sub(MARGIN).max(20));
    let mut area = "";
    for it in checks {
        if it.area != area {
            if !area.is_empty() {
                printer.line("")?;
            }
            area = it.area;
            printer.line(area)?;
        }
        let (name, found) = (shown(&it.name), shown(&it.found));
        let mut text = wrapped(&format!("{name}: {found}"), width);
        if !it.todo.is_empty() {
            text.extend(wrapped(&shown(&it.todo), width));
        }
        for (at, line) in text.iter().enumerate() {
            let state = if at == 0 { it.state.label() } else { "" };
            printer.line(&format!("  {state:7}  {line}"))?;
        }
    }
    printer.line("")?;
    let (problems, warnings) = (count(checks, State::Problem), count(checks, State::Warning));
    printer.line(&match (problems, warnings) {
        (0, 0) => "All is well.".to_owned(),
        (0, _) => format!("Everything works; {}.", counted(warnings, "warning")),
        _ => format!("{}, {}.", counted(problems, "problem"), counted(warnings, "warning")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::doctor::Facts;

    #[test]
    fn the_report_counts_what_it_lists() {
        let checks = judge(&Facts::default());
        let json = serde_json::to_value(report(&checks)).unwrap();
        let listed = json["checks"].as_array().unwrap();
        let many = |word: &str| listed.iter().filter(|it| it["state"] == word).count();
        assert_eq!(json["problems"], many("problem"));
        assert_eq!(json["warnings"], many("warning"));
        assert!(many("problem") > 0, "no home, no place for a store: {json}");
    }

    /// E4: a name from a file cannot act on the terminal, nor begin a line of its own.
    #[test]
    fn a_hostile_name_stays_in_its_line() {
        let check = Check {
            area: "Contexts",
            name: "a\nok  all".into(),
            state: State::Problem,
            found: "\u{1b}]52;c;eA==\u{7}".into(),
            todo: "b\u{202e}c".into(),
        };
        let (mut out, mut err) = (Vec::new(), Vec::new());
        print(&mut Printer::new(&mut out, &mut err, None), &[check]).unwrap();
        let out = String::from_utf8(out).unwrap();
        assert_eq!(out.lines().count(), 5, "{out}");
        assert!(!out.chars().any(|it| it != '\n' && it.is_control()), "{out:?}");
    }
}
