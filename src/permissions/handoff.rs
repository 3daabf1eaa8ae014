//! A scenario's need, and the outcome of a check, as Markdown for the admin who grants. P6, P9

use std::borrow::Cow;

use super::gap::Report;
use super::manifest::{Form, manifest};
use super::requirement::{checklist, requirements};
use super::scenario::Scenario;
use crate::text::{is_hidden, shown};

/// What a scenario needs: table, manifest, warnings and checklist.
pub fn markdown(scenario: &Scenario) -> String {
    let built = manifest(scenario);
    let mut out = format!("# Permissions for {}\n\n", cell(&scenario.describe()));
    let needed = requirements(scenario);
    if !needed.is_empty() {
        out.push_str("| API or holder | Permission or role | Type | Purpose | Needed |\n|---|---|---|---|---|\n");
        for it in &needed {
            out.push_str(&row(&[
                it.owner(),
                it.name(),
                it.kind(),
                it.purpose(),
                &it.condition().to_string(),
            ]));
        }
        out.push('\n');
    }
    match built.empty_because {
        Some(reason) => out.push_str(&format!("There is no manifest. {reason}\n\n")),
        None => out.push_str(&format!(
            "## Manifest\n\n```json\n{}```\n\n",
            built.manifest.render(Form::Property)
        )),
    }
    if !built.warnings.is_empty() {
        out.push_str("## Know before\n\n");
        for warning in &built.warnings {
            out.push_str(&format!("- {}\n", cell(&warning.lines().join(" ; "))));
        }
        out.push('\n');
    }
    out.push_str("## Steps\n\n");
    for (at, step) in checklist(scenario).iter().enumerate() {
        out.push_str(&format!("{}. **{}.** {}\n", at + 1, cell(step.title), cell(step.text)));
    }
    out
}

/// The outcome of a check: what is not met first, then the rest, then what is beyond the need.
pub fn report(report: &Report) -> String {
    let mut out = format!(
        "# Permission check: {}\n\n{}.\n\n",
        cell(&report.scenario.describe()),
        cell(&report.summary())
    );
    for (title, gap) in [("Not met", true), ("Met, or not to be seen from here", false)] {
        let lines: Vec<_> = report.lines.iter().filter(|it| it.gap == gap).collect();
        if lines.is_empty() {
            continue;
        }
        out.push_str(&format!("## {title}\n\n| API or holder | Permission or role | Type | Standing | Next step |\n|---|---|---|---|---|\n"));
        for it in lines {
            out.push_str(&row(&[
                it.requirement.owner(),
                it.requirement.name(),
                it.requirement.kind(),
                it.standing.label(),
                &it.next_step,
            ]));
        }
        out.push('\n');
    }
    if !report.beyond.is_empty() {
        out.push_str("## Beyond the need\n\n| API | Permission | Type | Known as | Note |\n|---|---|---|---|---|\n");
        for it in &report.beyond {
            let how: Vec<&str> = it.how.iter().map(|it| it.label()).collect();
            let covers =
                (!it.covers.is_empty()).then(|| format!("Covers {}.", it.covers.join(", ")));
            let note: Vec<&str> = it.note.into_iter().chain(covers.as_deref()).collect();
            out.push_str(&row(&[
                &it.resource,
                &it.value,
                it.kind.label(),
                &how.join(", "),
                &note.join(" "),
            ]));
        }
        out.push('\n');
    }
    out.push_str("## Sources\n\n");
    for it in report.sources.iter().map(ToString::to_string).chain(report.warnings.iter().cloned())
    {
        out.push_str(&format!("- {}\n", cell(&it)));
    }
    out
}

fn row(cells: &[&str]) -> String {
    let cells: Vec<String> = cells.iter().map(|it| cell(it)).collect();
    format!("| {} |\n", cells.join(" | "))
}

/// Text that stays one cell and acts on nothing: names in it may come from outside. E4
fn cell(text: &str) -> String {
    // What a report says is clean already; cleaning it twice would double its backslashes.
    let text = match text.chars().any(is_hidden) {
        true => shown(text),
        false => Cow::Borrowed(text),
    };
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '|' | '`' | '*' | '_' | '[' | ']' | '<' | '#') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::permissions::gap::{Evidence, Holding, How, check};
    use crate::permissions::{Job, Kind, Method};

    #[test]
    fn every_scenario_can_be_handed_over() {
        for method in Method::ALL {
            let text = markdown(&Scenario::new(*method, Job::Copy));
            assert!(text.contains("## Steps\n\n1. "));
            assert_eq!(text.contains("## Manifest"), method.no_manifest().is_none());
        }
        let text = markdown(&Scenario::new(Method::CustomApp, Job::Copy));
        assert!(text.contains("| Microsoft Graph | Domain.Read.All | Application |"), "{text}");
        assert!(text.contains("full\\_access\\_as\\_app") && text.contains("2027-04-01"), "{text}");
    }

    #[test]
    fn names_from_outside_cannot_leave_their_cell() {
        let scenario = Scenario::new(Method::CustomApp, Job::Copy);
        let mut evidence = Evidence::default();
        evidence.holdings.push(Holding::by_value(
            None,
            "x | y\n# z <script>\u{1b}",
            Kind::Role,
            How::SeenInToken,
        ));
        let text = report(&check(&scenario, &evidence));
        assert!(text.contains("x \\| y\\u{a}\\# z \\<script>\\u{1b}"), "{text}");
        assert!(text.contains("## Not met") && text.contains("## Beyond the need"));
    }
}
