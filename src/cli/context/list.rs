//! `jetbridge context list`.

use std::borrow::Cow;

use super::Desk;
use super::open::{self, Wish};
use crate::cli::answer::{Format, records};
use crate::cli::session::Session;
use crate::cli::table::{self, Column};
use crate::config::contexts::ContextPlace;
use crate::error::{Exit, Failure};
use crate::service::contexts::ContextInfo;

pub fn run(
    session: &mut Session<'_, '_>,
    desk: &Desk<'_>,
    wish: &Wish,
    format: Format,
) -> Result<Exit, Failure> {
    let config = desk.config()?;
    // A name that no context has must not hide those that there are.
    let chosen = open::chosen(wish, &|name| std::env::var(name).ok(), &config);
    let active = chosen.as_ref().cloned().unwrap_or_default();
    let rows = open::infos(desk.paths, &config, &active, wish.read_only);
    let hide = session.hide.clone();
    let show = |row: &ContextInfo| match &hide {
        None => row.clone(),
        Some(hide) => open::hidden(row.clone(), hide),
    };
    let text = |what: &str, text: String| match &hide {
        None => text,
        Some(hide) => hide.name(what, &text),
    };
    let out = |row: &ContextInfo| {
        let fly = match open::place(&config, &row.name) {
            Some(ContextPlace::Fly(fly)) => Some(fly),
            Some(ContextPlace::Store { .. } | ContextPlace::Postgres(_)) | None => None,
        };
        let place = open::place(&config, &row.name);
        let credential = place.as_ref().and_then(ContextPlace::credential);
        let credential = credential.map(super::credential::describe);
        let shown = show(row);
        let identity = fly.as_ref().and_then(|it| open::addresses(it).ok()).map(|it| it.1);
        serde_json::json!({
            "name": shown.name,
            "kind": row.kind.slug(),
            "active": row.active,
            "label": shown.label,
            "colour": row.colour.map(|it| it.slug()),
            "place": shown.place,
            "read_only": row.read_only,
            "identity_url": identity.map(|it| text("address", it.into())),
            "client_id": fly.as_ref().map(|it| text("id", it.client_id.to_string())),
            "credential": credential.as_ref().map(|it| text("credential", it.clone())),
        })
    };
    if !records(session.printer, format, "contexts", &FIELDS, rows.iter().map(out))? {
        let rows: Vec<ContextInfo> = rows.iter().map(show).collect();
        table::print(session.printer, &COLUMNS, &rows)?;
        if rows.len() == 1 && session.terminals.output {
            session.printer.say("hint: `jetbridge context add` adds what AvePoint Fly has.");
        }
    }
    chosen.map(|_| Exit::Ok)
}

/// Columns of CSV.
const FIELDS: [&str; 10] = [
    "name",
    "kind",
    "active",
    "label",
    "colour",
    "place",
    "read_only",
    "identity_url",
    "client_id",
    "credential",
];

const COLUMNS: [Column<ContextInfo>; 5] = [
    Column {
        title: "ACTIVE",
        cell: |it| if it.active { "*" } else { "" }.into(),
        least: 6,
        rank: 0,
    },
    Column { title: "NAME", cell: |it| Cow::Borrowed(&it.name), least: 12, rank: 0 },
    Column { title: "KIND", cell: |it| it.kind.slug().into(), least: 5, rank: 2 },
    Column {
        title: "LABEL",
        cell: |it| it.label.as_deref().unwrap_or_default().into(),
        least: 6,
        rank: 1,
    },
    Column { title: "PLACE", cell: |it| Cow::Borrowed(&it.place), least: 16, rank: 3 },
];
