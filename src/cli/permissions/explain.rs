//! `jetbridge permissions explain`: everything that the catalogue knows of a permission.

use serde::Serialize;

use super::list::FIELDS;
use crate::cli::answer::{Format, records};
use crate::cli::session::Session;
use crate::cli::table;
use crate::domain::Cloud;
use crate::domain::secret::name_for_message;
use crate::error::{Exit, Failure};
use crate::permissions::catalogue;
use crate::permissions::catalogue::{Need, Permission, Row};
use crate::text::nearest::nearest;

#[derive(Serialize)]
struct Out {
    #[serde(flatten)]
    row: Row<'static>,
    /// Needed permissions of the same API and kind that it includes.
    covers: Vec<&'static str>,
    /// What to say when an app has it without need.
    beyond: Option<&'static str>,
}

/// Explains a permission by value or id.
pub fn run(session: &mut Session<'_, '_>, word: &str, format: Format) -> Result<Exit, Failure> {
    let found = catalogue().explain(word);
    if found.is_empty() {
        return Err(unknown(word));
    }
    if records(session.printer, format, "rows", &FIELDS, found.iter().map(|it| out(it)))? {
        return Ok(Exit::Ok);
    }
    for (at, it) in found.iter().enumerate() {
        if at > 0 {
            session.printer.line("")?;
        }
        table::print_pairs(session.printer, 0, &pairs(it))?;
    }
    Ok(Exit::Ok)
}

fn unknown(word: &str) -> Failure {
    let all = catalogue();
    let values = || all.permissions.iter().map(|it| it.value.as_str());
    let mut near: Vec<&str> = nearest(word.trim(), values()).into_iter().collect();
    for it in all.suggestions(word) {
        if !near.contains(&it) {
            near.push(it);
        }
    }
    // E3: who pastes the wrong thing must not find it in a log.
    let failure = Failure::usage(format!("no permission is known as {}", name_for_message(word)));
    match near.is_empty() {
        true => failure.hint("`jetbridge permissions list` shows every value."),
        false => failure.hint(format!("Did you mean {}?", near.join(", "))),
    }
}

fn covers(it: &Permission) -> Vec<&'static str> {
    catalogue()
        .permissions
        .iter()
        .filter(|other| other.resource.app_id == it.resource.app_id && other.kind == it.kind)
        .filter(|other| other.covered_by.contains(&it.value))
        .map(|other| other.value.as_str())
        .collect()
}

fn out(it: &'static Permission) -> Out {
    Out { row: Row::of(it, Cloud::Commercial), covers: covers(it), beyond: it.beyond.as_deref() }
}

/// Label and text, one line each; a label that repeats is left out.
fn pairs(it: &Permission) -> Vec<(&'static str, String)> {
    let row = Row::of(it, Cloud::Commercial);
    let mut api = format!("{} ({})", row.resource, row.resource_app_id);
    if let Some(name) = &it.resource.name_21vianet {
        api.push_str(&format!("; in 21Vianet {name}"));
    }
    let mut pairs = vec![
        ("Permission", it.value.clone()),
        ("Display name", it.display_name.clone()),
        ("Kind", format!("{} ({:?})", it.kind.label(), it.kind)),
        ("API", api),
        ("Id", it.id.to_string()),
        ("Purpose", it.purpose.clone()),
    ];
    let mut add = |label, texts: Vec<String>| {
        for (at, text) in texts.into_iter().enumerate() {
            pairs.push((if at == 0 { label } else { "" }, text));
        }
    };
    let list = |all: &[&str]| if all.is_empty() { Vec::new() } else { vec![all.join(", ")] };
    let needs: Vec<String> = it.needs.iter().map(need).collect();
    let none = || vec!["in no scenario; it is known because it covers others".to_owned()];
    add("Needed", if needs.is_empty() { none() } else { needs });
    add("Instead", it.alternatives.iter().map(|it| format!("{} ({})", it.how, it.when)).collect());
    let covered: Vec<&str> = it.covered_by.iter().map(String::as_str).collect();
    add("Covered by", list(&covered));
    add("Covers", list(&covers(it)));
    let roles = list(&row.roles_beside);
    add("Also needed", roles.iter().map(|it| format!("one of the roles {it}")).collect());
    add("Note", it.notes.clone());
    add("If not needed", it.beyond.iter().cloned().collect());
    add("The page says", it.page_says.iter().cloned().collect());
    if let Some(retiring) = &it.retiring {
        let mut texts = vec![retiring.name.clone()];
        for date in &retiring.dates {
            texts.push(format!("{}: {} ({})", date.on, date.what, date.sure.label()));
        }
        texts.push(retiring.what_to_do.clone());
        add("Retiring", texts);
    }
    add("Source", vec![format!("{}, {}", it.source.name, it.source.dated)]);
    pairs
}

/// Who needs it, for which jobs, when, and where not.
fn need(it: &Need) -> String {
    let methods: Vec<&str> = it.methods.iter().map(|it| it.slug()).collect();
    let jobs: Vec<&str> = it.jobs.iter().map(|it| it.slug()).collect();
    let clouds = |all: &[Cloud]| all.iter().map(|it| it.label()).collect::<Vec<_>>().join(", ");
    let mut text = format!("{}: {}, {}", methods.join(", "), jobs.join(" and "), it.when);
    if !it.not_in.is_empty() {
        text.push_str(&format!("; not in {}", clouds(&it.not_in)));
    }
    if !it.only_in.is_empty() {
        text.push_str(&format!("; only in {}", clouds(&it.only_in)));
    }
    text
}
