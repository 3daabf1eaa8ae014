//! A plan for people.

use crate::cli::answer::{Format, whole};
use crate::cli::session::Session;
use crate::error::Failure;
use crate::service::files::{Action, Document, FieldChange, Plan, SecretRead, Step};
use crate::text::{counted, markdown, shell, shown};

/// Prints a plan in any format.
pub fn document(
    session: &mut Session<'_, '_>,
    plan: &Plan,
    document: &Document,
    format: Format,
) -> Result<(), Failure> {
    let steps = document.connections.iter();
    match whole(session.printer, format, document, &FIELDS, steps)? {
        true => Ok(()),
        false => self::plan(session, plan),
    }
}

/// Columns of CSV: a line per step.
const FIELDS: [&str; 14] = [
    "action",
    "name",
    "type",
    "id",
    "revision",
    "place",
    "renamed_to",
    "note",
    "changes.field",
    "changes.before",
    "changes.after",
    "reads.field",
    "reads.file",
    "reads.command",
];

/// Prints what would be done like a difference: `+` created, `~` changed, `-` deleted.
pub fn plan(session: &mut Session<'_, '_>, plan: &Plan) -> Result<(), Failure> {
    for planned in &plan.steps {
        let step = &planned.step;
        let sign = match step.action {
            Action::Create => '+',
            Action::Change => '~',
            Action::Delete => '-',
            Action::Unchanged if step.reads.is_empty() => continue,
            // Only its secrets may differ.
            Action::Unchanged => '?',
        };
        let place = step.place.as_deref().map(|it| format!("  {}", shown(it))).unwrap_or_default();
        let name = match &step.renamed_to {
            Some(new) => format!("rename {} -> {}", shown(&step.name), shown(new)),
            None => shown(&step.name).into_owned(),
        };
        session.printer.line(&format!("{sign} {name} ({}){place}", step.kind))?;
        if let Some(note) = &step.note {
            session.printer.line(&format!("    {}", shown(note)))?;
        }
        for change in step.changes.iter().filter(|it| it.field != "name") {
            session.printer.line(&format!("    {}", line(step.action, change)))?;
        }
        for read in &step.reads {
            session.printer.line(&format!("    {}", reads(read)))?;
        }
    }
    session.printer.line(&summary(plan))
}

/// Prints what would be done as Markdown: a head line and a table with a row per field.
pub fn markdown(session: &mut Session<'_, '_>, plan: &Plan) -> Result<(), Failure> {
    session.printer.line(&markdown::sentence(&summary(plan)))?;
    let steps = plan.steps.iter().map(|it| &it.step);
    let mut rows = steps.flat_map(table_rows).peekable();
    if rows.peek().is_none() {
        return Ok(());
    }
    session.printer.line("")?;
    let head = markdown::head(&["", "Connection", "Type", "Field", "Before", "After"]);
    session.printer.line(head.trim_end())?;
    for row in rows {
        session.printer.line(markdown::row(row).trim_end())?;
    }
    Ok(())
}

/// The rows of a step; one that changes nothing and reads nothing has none.
fn table_rows(step: &Step) -> Vec<[String; 6]> {
    let word = match step.action {
        _ if step.renamed_to.is_some() => "rename",
        Action::Create => "create",
        Action::Change => "change",
        Action::Delete => "delete",
        Action::Unchanged => "compare",
    };
    let row = |field: &str, before: &str, after: &str| {
        [word, &step.name, &step.kind, field, before, after].map(str::to_owned)
    };
    let value = |it: &Option<String>| it.clone().unwrap_or_default();
    let changes = step.changes.iter();
    let mut out: Vec<_> =
        changes.map(|it| row(&it.field, &value(&it.before), &value(&it.after))).collect();
    out.extend(step.reads.iter().map(|it| {
        let text = reads(it);
        let after = text.split_once(": ").map_or(text.as_str(), |(_, after)| after);
        row(&it.field, "", after)
    }));
    if out.is_empty() && step.action != Action::Unchanged {
        out.push(row("", "", ""));
    }
    out
}

fn line(action: Action, change: &FieldChange) -> String {
    let side = |value: &Option<String>| match value {
        Some(value) => shown(value).into_owned(),
        None => "nothing".to_owned(),
    };
    let field = shown(&change.field);
    match (action, &change.before) {
        (Action::Create, None) => format!("{field}: {}", side(&change.after)),
        _ => format!("{field}: {} -> {}", side(&change.before), side(&change.after)),
    }
}

/// What applying a plan reads for a field.
pub fn reads(read: &SecretRead) -> String {
    let field = shown(&read.field);
    match (&read.command, &read.file) {
        (Some(words), _) => {
            let words: Vec<_> = words.iter().map(|it| shell::quote(it)).collect();
            format!("{field}: apply runs {}", words.join(" "))
        }
        (None, file) => {
            format!("{field}: apply reads {}", shown(file.as_deref().unwrap_or_default()))
        }
    }
}

/// How many steps do what, in one line.
pub fn summary(plan: &Plan) -> String {
    let unchanged = plan.count(Action::Unchanged);
    if plan.is_empty() {
        let what = counted(unchanged, "connection");
        return match plan.reads().count() {
            0 => format!("No changes: {what} already as wanted."),
            number => format!(
                "No changes: {what} as wanted; apply compares {} with the store.",
                counted(number, "secret")
            ),
        };
    }
    let renamed = match plan.renames() {
        0 => String::new(),
        renames => format!(" ({renames} renamed)"),
    };
    format!(
        "{} to create, {} to change{renamed}, {} to delete, {unchanged} unchanged.",
        plan.count(Action::Create),
        plan.count(Action::Change),
        plan.count(Action::Delete),
    )
}
