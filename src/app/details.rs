//! What is known of the connection under the cursor, in sections: the same for the pane beside the
//! list, the pane under it and the dialog. Rows measure themselves, so that scrolling ends where
//! drawing does. C6.

use super::contexts::{Projects, USAGE_LIMIT, may_use, usage_head};
use super::geometry::text_rows;
use super::{Model, RequestId};
use crate::backend::{BackendError, Details, HistoryEntry};
use crate::domain::health::{Findings, Level};
use crate::domain::preflight::Kept;
use crate::domain::{Answers, Connection, LiveOrigin, Second, Summary, Timestamp};
use crate::form::{self, Rule, judge};
use crate::text::{columns_of, counted, shown};

/// A connection that was asked for, as one revision of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Looked {
    /// Which.
    pub id: crate::domain::ConnectionId,
    /// At which revision its row was.
    pub revision: u32,
    /// Request under way.
    pub request: Option<RequestId>,
    /// What came; `None`: nothing yet.
    pub answer: Option<Result<Box<Details>, BackendError>>,
}

/// How a text is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As ordinary text.
    Plain,
    /// As less important than the rest.
    Muted,
    /// As what could not be read, behind a symbol.
    Failed,
    /// As what works, but not well, behind a symbol.
    Warns,
    /// As good, behind a symbol.
    Good,
    /// As not checked, behind a symbol.
    Unchecked,
}

/// A row of a section; it may take several lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// A label with its value, of [`VALUE_ROWS`] lines at most.
    Fact(String, String),
    /// A label with the earliest expiry.
    Expiry(Timestamp),
    /// A finding with its fix.
    Finding(&'static Rule),
    /// A sentence.
    Text(Tone, String),
    /// One of several under a sentence, in one line.
    Item(String),
    /// A saved change, in one line.
    Change {
        /// When.
        at: Timestamp,
        /// What was done.
        action: String,
        /// By whom.
        by: String,
    },
}

/// Rows under a heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Heading; empty: none.
    pub title: &'static str,
    /// What is under it.
    pub rows: Vec<Row>,
}

/// Most lines of a value.
pub const VALUE_ROWS: usize = 3;
/// Lines of a name above the details at most: one of any length must not push all else away.
pub const NAME_ROWS: usize = 3;
/// Widest column of labels.
const LABEL: usize = 30;
/// Changes that the pane lists.
const FEW_CHANGES: usize = 5;
/// Projects of one pair of platforms that the pane lists.
const FEW_PROJECTS: usize = 4;

/// How much is listed of what may be long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// As much as a pane has room for.
    Pane,
    /// Everything.
    Whole,
}

impl Section {
    /// Columns of its labels with the blanks after them, in a pane of this width.
    pub fn label(&self, width: usize) -> usize {
        let widest = self.rows.iter().map(|row| match row {
            Row::Fact(label, _) => columns_of(label),
            Row::Expiry(_) => "Expires".len(),
            Row::Finding(_) | Row::Text(..) | Row::Item(_) | Row::Change { .. } => 0,
        });
        (widest.max().unwrap_or(0) + 2).min(LABEL).min(width * 3 / 5)
    }

    /// Lines that it takes, without the heading.
    fn height(&self, width: usize) -> usize {
        let label = self.label(width);
        let height = |row: &Row| match row {
            Row::Fact(name, value) => {
                let value = text_rows(&shown(value), width.saturating_sub(label)).min(VALUE_ROWS);
                value.max(text_rows(name, label.saturating_sub(2)))
            }
            Row::Finding(rule) => 1 + text_rows(&rule.advice(), width.saturating_sub(2)),
            Row::Text(Tone::Plain | Tone::Muted, text) => text_rows(text, width),
            Row::Text(_, text) => text_rows(text, width.saturating_sub(2)),
            Row::Expiry(_) | Row::Item(_) | Row::Change { .. } => 1,
        };
        self.rows.iter().map(height).sum()
    }
}

/// Lines of all sections with their headings, and blank lines between them where it is `airy`.
pub fn height(sections: &[Section], width: usize, airy: bool) -> usize {
    let heads = sections.iter().filter(|it| !it.title.is_empty()).count();
    let rows: usize = sections.iter().map(|it| it.height(width)).sum();
    rows + heads + if airy { sections.len().saturating_sub(1) } else { 0 }
}

/// Everything known of the row.
pub fn sections(model: &Model, row: &Summary, extent: Extent) -> Vec<Section> {
    let looked = model.live.looked.as_ref().filter(|it| it.id == row.id);
    let answer = looked.and_then(|it| it.answer.as_ref());
    let details = answer.and_then(|it| it.as_ref().ok()).map(|it| &**it);
    let section = |title, rows| Section { title, rows };
    let mut all = vec![section("", identity(model, row))];
    all.push(section("Findings", findings(&row.findings_at(model.horizon()), row)));
    if let Some(kept) = model.preflights.get(&row.id) {
        all.push(section("Pre-flight", preflight(model, row, kept)));
    }
    let mut known = if model.is_live() {
        reported(model, row, details)
    } else {
        let pairs = details.map(|it| it.answers.as_slice()).unwrap_or_default();
        pairs.iter().map(|(label, text)| Row::Fact((*label).to_owned(), text.clone())).collect()
    };
    match answer {
        None => known.push(Row::Text(Tone::Muted, "Reading…".to_owned())),
        Some(Err(error)) => {
            let text = format!("Cannot read more: {error}. {}", error.hint());
            known.push(Row::Text(Tone::Failed, text));
        }
        Some(Ok(_)) if known.is_empty() && !form::has_form(row.kind) => {
            let text = format!("Listed only: {}.", form::why_listed(row.kind));
            known.push(Row::Text(Tone::Muted, text));
        }
        Some(Ok(_)) if known.is_empty() => {
            known.push(Row::Text(Tone::Muted, "None yet.".to_owned()));
        }
        Some(Ok(_)) => {}
    }
    let title = if model.is_live() { "Reported by AvePoint Fly" } else { "Answers" };
    all.push(section(title, known));
    if model.capabilities.projects {
        all.push(section("Projects", projects(model, row, extent)));
    }
    if let Some(history) = details.and_then(|it| it.history.as_ref()).filter(|it| !it.is_empty()) {
        all.push(section("History", changes(history, extent)));
    }
    all
}

fn identity(model: &Model, row: &Summary) -> Vec<Row> {
    let tenant = if row.tenant.is_empty() { "unknown tenant".into() } else { shown(&row.tenant) };
    let (kind, side) = (row.kind.label().to_string(), row.side.label().to_lowercase());
    let mut rows = vec![Row::Text(Tone::Muted, [&*kind, &side, &tenant].join(", "))];
    if let Some(others) = model.open_elsewhere(row.id) {
        rows.push(Row::Text(Tone::Warns, format!("Open elsewhere: {others}.")));
    }
    let mut second = match row.modified_at.and_then(Second::timestamp) {
        Some(at) => {
            format!("modified {}", model.settings.minute(at))
        }
        None => "modified at an unknown time".to_owned(),
    };
    if !row.modified_by.is_empty() {
        second.push_str(&format!(" by {}", shown(&row.modified_by)));
    }
    if row.revision > 0 {
        second.push_str(&format!(", revision {}", row.revision));
    }
    rows.push(Row::Text(Tone::Muted, second));
    rows.extend(row.expires_at.and_then(Second::timestamp).map(Row::Expiry));
    rows
}

fn findings(found: &Findings, row: &Summary) -> Vec<Row> {
    let mut rows: Vec<Row> = judge::of(*found).map(Row::Finding).collect();
    if rows.is_empty() {
        rows.push(if row.findings.is_checked() {
            Row::Text(Tone::Good, "No problems found.".to_owned())
        } else {
            let text = "Not checked: only what the list reports is known.";
            Row::Text(Tone::Unchecked, text.to_owned())
        });
    }
    rows
}

/// The last pre-flight: what it came to, when and by which program, and what to do about what failed.
fn preflight(model: &Model, row: &Summary, kept: &Kept) -> Vec<Row> {
    let tone = match kept.level() {
        Level::Good => Tone::Good,
        Level::Warning => Tone::Warns,
        Level::Error | Level::Advice | Level::Unchecked => Tone::Failed,
    };
    let mut rows = vec![Row::Text(tone, kept.words())];
    let by = match kept.is_by_this_program() {
        true => "this version of jetbridge".to_owned(),
        false => format!("jetbridge {}", shown(&kept.program)),
    };
    let made = format!("{}, by {by}", model.settings.minute(kept.at));
    rows.push(Row::Fact("Run".to_owned(), made));
    if let Some(why) = kept.outdated(row.revision, model.now, model.settings.preflight_days) {
        rows.push(Row::Fact("Outdated".to_owned(), why.words()));
    }
    rows.extend(kept.failures().map(|(check, fix)| {
        let fix = if fix.is_empty() { "run it again to see what to do" } else { fix };
        Row::Fact(check.to_owned(), fix.to_owned())
    }));
    rows
}

fn origin(connection: &Connection) -> Option<&LiveOrigin> {
    match &connection.answers {
        Answers::Listed(listed) => listed.live.as_deref(),
        Answers::Form(_) => None,
    }
}

/// What a service reports of the connection (fly.md §1).
fn reported(model: &Model, row: &Summary, details: Option<&Details>) -> Vec<Row> {
    let mut facts: Vec<(&str, String)> = Vec::new();
    let connection = details.map(|it| &it.connection);
    let origin = connection.and_then(origin);
    // Sent empty means that none is set; not sent, that it is unknown.
    let id = |id: Option<&String>| match id {
        Some(id) if id.is_empty() => "none".to_owned(),
        Some(id) => id.clone(),
        None => "unknown".to_owned(),
    };
    if let Some(it) = connection {
        // Whether there is none, or none was sent, is not kept apart.
        if !it.description.is_empty() {
            facts.push(("Description", it.description.clone()));
        }
        let known = it.created_at.map(|at| model.settings.minute(at));
        let at = known.unwrap_or_else(|| "unknown".to_owned());
        let by = &it.created_by;
        facts.push(("Created", if by.is_empty() { at } else { format!("{at} by {by}") }));
    }
    if !row.credentials.is_empty() {
        facts.push(("Credentials", row.credentials.to_string()));
    }
    if let Some(it) = origin {
        facts.push(("Tenant id", id(it.tenant_id.as_ref())));
        facts.push(("App profile", id(it.app_profile_id.as_ref())));
        facts.push(("Account", id(it.service_account_id.as_ref())));
        facts.push(("Delegated", id(it.delegated_profile_id.as_ref())));
        facts.push(("Id", id(Some(&it.id).filter(|it| !it.is_empty()))));
    }
    facts.into_iter().map(|(label, text)| Row::Fact(label.to_owned(), text)).collect()
}

/// The projects that may use the connection, and what cannot be known.
fn projects(model: &Model, row: &Summary, extent: Extent) -> Vec<Row> {
    let limit = Row::Text(Tone::Muted, USAGE_LIMIT.to_owned());
    let projects = match &model.live.projects {
        Projects::Known(projects) => projects,
        Projects::Unknown | Projects::Asking(_) => {
            return vec![Row::Text(Tone::Muted, "Reading…".to_owned())];
        }
        Projects::Failed(error) => {
            let text = format!(
                "Cannot read the projects: {error}. {} Refresh to try again.",
                error.hint()
            );
            return vec![Row::Text(Tone::Failed, text), limit];
        }
    };
    let pairs = may_use(row.into(), projects);
    // The limit first, so that nothing pushes it out of sight.
    let mut rows = vec![limit, Row::Text(Tone::Plain, usage_head(row.into(), &pairs))];
    let most = if extent == Extent::Pane { FEW_PROJECTS } else { usize::MAX };
    for pair in &pairs {
        let (from, to) = (pair.source.short(), pair.destination.short());
        rows.push(Row::Text(Tone::Plain, format!("{from} to {to}")));
        rows.extend(pair.names.iter().take(most).map(|it| Row::Item((*it).to_owned())));
        if pair.names.len() > most {
            rows.push(Row::Item(format!("and {} more", pair.names.len() - most)));
        }
    }
    rows
}

fn changes(history: &[HistoryEntry], extent: Extent) -> Vec<Row> {
    let most = if extent == Extent::Pane { FEW_CHANGES } else { usize::MAX };
    let mut rows: Vec<Row> = history
        .iter()
        .take(most)
        .map(|it| Row::Change { at: it.at, action: it.action.to_string(), by: it.by.clone() })
        .collect();
    if history.len() > most {
        let text = format!("{} before", counted(history.len() - most, "change"));
        rows.push(Row::Item(text));
    }
    rows
}
