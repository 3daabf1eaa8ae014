//! Everything that is known of a live connection: every field of its row, and which projects may
//! use it. AvePoint Fly tells no more (fly.md §1).

use crate::app::Model;
use crate::app::contexts::{Looked, Projects, USAGE_LIMIT, may_use, usage_head};
use crate::domain::{Answers, Connection, LiveOrigin, Summary, Timestamp};
use crate::text::Shown;
use crate::view::canvas::Canvas;
use crate::view::line::{Line, hanging, wrapped};
use crate::view::say::{self, UNKNOWN};

/// Names of one pair of platforms that the pane shows; the details show all.
const FEW: usize = 4;

/// How much is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// As much as a pane holds.
    Pane,
    /// Everything.
    Whole,
}

/// Fields of the row with their labels.
pub fn facts(model: &Model, row: &Summary) -> Vec<(&'static str, String)> {
    let known = |text: &str| if text.is_empty() { UNKNOWN.to_owned() } else { text.to_owned() };
    let mut facts = vec![
        ("Type", row.kind.label().to_string()),
        ("Side", row.side.label().to_owned()),
        ("Tenant", known(&row.tenant)),
    ];
    let connection = looked(model, row).and_then(|it| it.answer.as_ref()?.as_ref().ok());
    let origin = connection.and_then(|it| origin(it));
    // Sent empty means that none is set; not sent, that it is unknown.
    let id = |get: fn(&LiveOrigin) -> Option<&String>| match origin.and_then(get) {
        Some(id) if id.is_empty() => "(none)".to_owned(),
        Some(id) => id.clone(),
        None => UNKNOWN.to_owned(),
    };
    if origin.is_some() {
        facts.push(("Tenant id", id(|it| it.tenant_id.as_ref())));
    }
    if let Some(it) = connection {
        // Whether there is none, or none was sent, is not kept apart.
        if !it.description.is_empty() {
            facts.push(("Description", it.description.clone()));
        }
        facts.push(("Created", told(model, it.created_at, &it.created_by)));
    }
    facts.push(("Modified", told(model, say::moment(row.modified_at), &row.modified_by)));
    if origin.is_some() {
        facts.push(("App profile", id(|it| it.app_profile_id.as_ref())));
        facts.push(("Account", id(|it| it.service_account_id.as_ref())));
        facts.push(("Delegated", id(|it| it.delegated_profile_id.as_ref())));
    }
    if !row.credentials.is_empty() {
        facts.push(("Credentials", row.credentials.to_string()));
    }
    let own = origin.map_or_else(|| row.id.to_string(), |it| known(&it.id));
    facts.push(("Id", own));
    facts
}

fn looked<'a>(model: &'a Model, row: &Summary) -> Option<&'a Looked> {
    model.live.looked.as_ref().filter(|it| it.id == row.id)
}

fn origin(connection: &Connection) -> Option<&LiveOrigin> {
    match &connection.answers {
        Answers::Listed(listed) => listed.live.as_deref(),
        Answers::Form(_) => None,
    }
}

/// When and by whom; a service may report neither.
fn told(model: &Model, at: Option<Timestamp>, by: &str) -> String {
    let when = at.map_or_else(|| UNKNOWN.to_owned(), |it| say::minute(it, &model.settings));
    if by.is_empty() { when } else { format!("{when} by {by}") }
}

/// Why not all fields are there, if they are not.
pub fn missing(canvas: &Canvas<'_>, model: &Model, row: &Summary, width: usize) -> Vec<Line> {
    let theme = canvas.theme;
    match looked(model, row).and_then(|it| it.answer.as_ref()) {
        None => vec![Line::new("Reading the other fields…", theme.muted)],
        Some(Ok(_)) => Vec::new(),
        Some(Err(error)) => {
            let text = format!("The other fields were not read: {error}. {}", error.hint());
            let sign = (theme.signs.error, theme.error);
            hanging(sign, Shown::composed(&text), theme.plain, width)
        }
    }
}

/// The projects that may use the connection, and what cannot be known.
pub fn usage(
    canvas: &Canvas<'_>,
    model: &Model,
    row: &Summary,
    (width, extent): (usize, Extent),
) -> Vec<Line> {
    let theme = canvas.theme;
    let limit = wrapped(USAGE_LIMIT, theme.muted, width);
    if !model.capabilities.projects {
        return Vec::new();
    }
    let projects = match &model.live.projects {
        Projects::Known(projects) => projects,
        Projects::Unknown | Projects::Asking(_) => {
            return vec![Line::new("Asking which projects there are…", theme.muted)];
        }
        Projects::Failed(error) => {
            let key = canvas.keymap.hint(crate::app::Context::List, crate::app::Action::Refresh);
            let text =
                format!("The projects were not read, {key} tries again: {error}. {}", error.hint());
            let sign = (theme.signs.error, theme.error);
            let mut lines = hanging(sign, Shown::composed(&text), theme.plain, width);
            lines.extend(limit);
            return lines;
        }
    };
    let pairs = may_use(row.into(), projects);
    let mut lines = wrapped(usage_head(row.into(), &pairs), theme.plain, width);
    // First, so that no number of projects pushes it away.
    lines.extend(limit);
    for pair in &pairs {
        let (from, to) = (pair.source.short(), pair.destination.short());
        let head = format!("{from} {} {to}", theme.signs.arrow);
        lines.push(Line::new(&head, theme.focus));
        let most = if extent == Extent::Pane { FEW } else { usize::MAX };
        for name in pair.names.iter().take(most) {
            let name = Shown::from(*name);
            lines.push(
                Line::new("  ", theme.plain)
                    .add(name.cut(width.saturating_sub(2), theme.signs.ellipsis), theme.plain),
            );
        }
        if pair.names.len() > most {
            let more = format!("  and {} more", pair.names.len() - most);
            lines.push(Line::new(&more, theme.muted));
        }
    }
    lines
}
