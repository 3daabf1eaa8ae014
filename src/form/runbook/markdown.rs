//! A runbook as Markdown, for a ticket or a printout. E3: no secret is in it; E4: names cannot act
//! on a terminal or start markup.

use std::collections::BTreeSet;

use super::{Entry, Runbook, Severity};
use crate::text::markdown::{code, sentence, text};

/// The runbook with a box per step; those whose ids are in `ticked` are done.
pub fn markdown(runbook: &Runbook, ticked: &BTreeSet<String>) -> String {
    let mut out = format!("# Runbook: {}\n\n", text(&runbook.name));
    let what = if runbook.edit { "Edit" } else { "Create" };
    let done = runbook.steps.iter().filter(|it| ticked.contains(it.id)).count();
    out.push_str(&format!(
        "{what} this {} connection in the portal of AvePoint Fly. {done} of {} steps are done.\n\n",
        runbook.kind.label(),
        runbook.steps.len()
    ));
    if !runbook.before.is_empty() {
        out.push_str("## Before you begin\n\n");
        for it in &runbook.before {
            let word = match it.severity {
                Severity::Refused => "**The portal will refuse this.** ",
                Severity::Warning => "**Warning.** ",
                Severity::Note => "",
            };
            let about = it.about.map(|it| format!("{it}: ")).unwrap_or_default();
            out.push_str(&format!("- {word}{about}{}\n", sentence(&it.text)));
        }
        out.push('\n');
    }
    out.push_str("## Steps\n\n");
    for (at, step) in runbook.steps.iter().enumerate() {
        let tick = if ticked.contains(step.id) { 'x' } else { ' ' };
        out.push_str(&format!("{}. [{tick}] **{}**: {}\n", at + 1, step.label, step.todo));
        for entry in &step.entries {
            out.push_str(&format!("    - {}\n", value(entry)));
        }
        for note in &step.notes {
            out.push_str(&format!("    - {}\n", sentence(note)));
        }
    }
    if !runbook.asides.is_empty() {
        out.push_str("\n## In the plan only\n\n");
        for it in &runbook.asides {
            let value = if it.value.is_empty() { "not set".to_owned() } else { code(&it.value) };
            out.push_str(&format!("- {}: {value} ({})\n", it.label, it.why));
        }
    }
    out
}

fn value(entry: &Entry) -> String {
    match entry {
        Entry::Text(text) => code(text),
        Entry::Labelled { label, text } => format!("{label}: {}", code(text)),
        Entry::Secret { what, .. } => format!("*copy the {what} from jetbridge*"),
        Entry::Missing(message) => format!("**not answered in the plan:** {message}"),
    }
}
