//! `jetbridge doctor`: gathers what there is to know around jetbridge and prints the verdicts.

mod clipboard;
mod gather;
mod network;

use serde::Serialize;

use super::answer::{FormatArgs, whole};
use super::checks::{DOCTOR, Record};
use super::context::open::Wish;
use super::output::{Printer, Terminals};
use crate::checks::{CheckResult, Level};
use crate::config::{HomeUnknown, Paths};
use crate::error::{Exit, Failure};
use crate::service::doctor::{judge, worst};
use crate::text::counted;

/// Proxies of the environment, as they are reported.
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
Changes nothing. No service is called without --network, no command that gives a secret is run,
and nothing of a secret, password or key is shown.

On a terminal it offers to test copying, which overwrites the clipboard only after a yes; --no-input leaves
that out, and so does every format but the table. Exit code 3 when something does not work; otherwise 0.";

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
    if !whole(printer, format, &report, DOCTOR.columns, report.checks.iter())? {
        print(printer, &checks)?;
    }
    Ok(if worst(&checks) == Level::Fail { Exit::Findings } else { Exit::Ok })
}

#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    problems: usize,
    warnings: usize,
    checks: Vec<Record<'a>>,
}

fn count(checks: &[CheckResult], level: Level) -> usize {
    checks.iter().filter(|it| it.level == level).count()
}

fn report(checks: &[CheckResult]) -> Report<'_> {
    Report {
        version: 1,
        problems: count(checks, Level::Fail),
        warnings: count(checks, Level::Warning),
        checks: checks.iter().map(|it| DOCTOR.record(it)).collect(),
    }
}

fn print(printer: &mut Printer<'_>, checks: &[CheckResult]) -> Result<(), Failure> {
    let mut area = "";
    for it in checks {
        if it.area != area {
            if !area.is_empty() {
                printer.line("")?;
            }
            area = it.area;
            printer.line(area)?;
        }
        DOCTOR.print(printer, it)?;
    }
    printer.line("")?;
    let (problems, warnings) = (count(checks, Level::Fail), count(checks, Level::Warning));
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
}
