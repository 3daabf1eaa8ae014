//! `jetbridge permissions requirements`. SPEC P1-P8.

use std::borrow::Cow;

use serde::Serialize;

use super::args::RequirementsArgs;
use super::{markdown, scenario, warn};
use crate::cli::answer::{VERSION, whole};
use crate::cli::session::Session;
use crate::cli::table::{self, Column};
use crate::error::{Exit, Failure};
use crate::permissions::requirement::Warning;
use crate::permissions::{Requirement, Scenario, Step, cautions, checklist, handoff, requirements};

#[derive(Serialize)]
struct Out {
    scenario: Scenario,
    description: String,
    requirements: Vec<Requirement>,
    steps: Vec<Step>,
    warnings: Vec<Warning>,
    /// Why there is no manifest, where there is none.
    no_manifest: Option<&'static str>,
}

impl Out {
    fn of(scenario: &Scenario) -> Self {
        Self {
            scenario: *scenario,
            description: scenario.describe(),
            requirements: requirements(scenario),
            steps: checklist(scenario),
            warnings: cautions(scenario),
            no_manifest: scenario.method.no_manifest(),
        }
    }
}

/// Shows what every scenario of the arguments needs, and the steps to get there.
pub fn run(session: &mut Session<'_, '_>, args: &RequirementsArgs) -> Result<Exit, Failure> {
    let scenarios = scenario::all(session, &args.scenario)?;
    if args.output.markdown {
        let texts: Vec<String> = scenarios.iter().map(handoff::markdown).collect();
        markdown(session, &texts.join("\n"))?;
        return Ok(Exit::Ok);
    }
    let all: Vec<Out> = scenarios.iter().map(Out::of).collect();
    let answer = serde_json::json!({ "version": VERSION, "scenarios": all });
    let records = all.iter().flat_map(|it| {
        let scenario = &it.description;
        it.requirements.iter().map(move |requirement| RequirementOut { scenario, requirement })
    });
    let format = args.output.answer.format();
    if whole(session.printer, format, &answer, &FIELDS, records)? {
        return Ok(Exit::Ok);
    }
    for (at, it) in all.iter().enumerate() {
        if at > 0 {
            session.printer.line("")?;
        }
        print(session, it)?;
    }
    Ok(Exit::Ok)
}

/// Columns of CSV.
const FIELDS: [&str; 7] =
    ["scenario", "name", "kind", "owner", "condition", "purpose", "permission.id"];

/// A requirement with the scenario that has it, as a record of its own.
#[derive(Serialize)]
struct RequirementOut<'a> {
    scenario: &'a str,
    #[serde(flatten)]
    requirement: &'a Requirement,
}

fn print(session: &mut Session<'_, '_>, it: &Out) -> Result<(), Failure> {
    session.printer.line(&it.description)?;
    session.printer.line("")?;
    if it.requirements.is_empty() {
        session.printer.line("You need no permission, role or license.")?;
    } else {
        let count = |group: &str| it.requirements.iter().filter(|it| it.group() == group).count();
        table::print_groups(session.printer, &COLUMNS, &it.requirements, |row| {
            format!("{}: {}", row.group(), count(row.group()))
        })?;
    }
    session.printer.line("\nSteps")?;
    for (at, step) in it.steps.iter().enumerate() {
        session.printer.line(&format!("  {}. {}: {}", at + 1, step.title, step.text))?;
    }
    if let Some(reason) = it.no_manifest {
        session.printer.say(&format!("note: there is no manifest. {reason}"));
    }
    warn(session, &it.warnings);
    Ok(())
}

const COLUMNS: [Column<Requirement>; 5] = [
    Column { title: "PERMISSION OR ROLE", cell: |it| it.name().into(), least: 20, rank: 0 },
    Column { title: "TYPE", cell: |it| it.kind().into(), least: 9, rank: 1 },
    Column { title: "HOLDER", cell: |it| it.holder().into(), least: 12, rank: 2 },
    Column {
        title: "NEEDED",
        cell: |it| Cow::Owned(it.condition().to_string()),
        least: 8,
        rank: 3,
    },
    Column { title: "PURPOSE", cell: |it| it.purpose().into(), least: 16, rank: 4 },
];
