//! A scenario's need, and the outcome of a check, as Markdown for the admin who grants. P6, P9

use super::gap::Report;
use super::manifest::{Form, manifest};
use super::requirement::{checklist, requirements};
use super::scenario::Scenario;
use crate::text::markdown::{head, made, sentence};

/// What a scenario needs: table, manifest, warnings and checklist.
pub fn markdown(scenario: &Scenario) -> String {
    let built = manifest(scenario);
    let mut out = format!("# Permissions for {}\n\n", sentence(&scenario.describe()));
    let needed = requirements(scenario);
    if !needed.is_empty() {
        out.push_str(&head(&["API or holder", "Permission or role", "Type", "Purpose", "Needed"]));
        for it in &needed {
            out.push_str(&made(
                [it.owner(), it.name(), it.kind(), it.purpose(), &it.condition().to_string()]
                    .map(sentence),
            ));
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
        out.push_str("## Before you rely on it\n\n");
        for warning in &built.warnings {
            out.push_str(&format!("- {}\n", sentence(&warning.lines().join(" ; "))));
        }
        out.push('\n');
    }
    out.push_str("## Steps\n\n");
    for (at, step) in checklist(scenario).iter().enumerate() {
        out.push_str(&format!(
            "{}. **{}.** {}\n",
            at + 1,
            sentence(step.title),
            sentence(step.text)
        ));
    }
    out
}

/// The outcome of a check: what is not met first, then the rest, then what is beyond the need.
pub fn report(report: &Report) -> String {
    let mut out = format!(
        "# Permission check: {}\n\n{}.\n\n",
        sentence(&report.scenario.describe()),
        sentence(&report.summary())
    );
    for (title, gap) in [("Not met", true), ("Met, or not verifiable from here", false)] {
        let lines: Vec<_> = report.lines.iter().filter(|it| it.gap == gap).collect();
        if lines.is_empty() {
            continue;
        }
        out.push_str(&format!("## {title}\n\n"));
        let titles = ["API or holder", "Permission or role", "Type", "Standing", "Next step"];
        out.push_str(&head(&titles));
        for it in lines {
            out.push_str(&made(
                [
                    it.requirement.owner(),
                    it.requirement.name(),
                    it.requirement.kind(),
                    it.standing.label(),
                    &it.next_step,
                ]
                .map(sentence),
            ));
        }
        out.push('\n');
    }
    if !report.beyond.is_empty() {
        out.push_str("## More than needed\n\n");
        out.push_str(&head(&["API", "Permission", "Type", "Known as", "Note"]));
        for it in &report.beyond {
            let how: Vec<&str> = it.how.iter().map(|it| it.label()).collect();
            let covers =
                (!it.covers.is_empty()).then(|| format!("Covers {}.", it.covers.join(", ")));
            let note: Vec<&str> = it.note.into_iter().chain(covers.as_deref()).collect();
            out.push_str(&made(
                [&it.resource, &it.value, it.kind.label(), &how.join(", "), &note.join(" ")]
                    .map(sentence),
            ));
        }
        out.push('\n');
    }
    out.push_str("## Sources\n\n");
    for it in report.sources.iter().map(ToString::to_string).chain(report.warnings.iter().cloned())
    {
        out.push_str(&format!("- {}\n", sentence(&it)));
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
        assert!(text.contains("x \\| y\\\\u{a}\\# z &lt;script&gt;\\\\u{1b}"), "{text}");
        assert!(text.contains("## Not met") && text.contains("## More than needed"));
    }
}
