//! Answers as versions up to 3 kept them, brought to fields by key: rows and history alike. The
//! tables here never change.

use rusqlite::{Transaction, params};
use serde_json::{Map, Value as Json, json};

use super::failure::Result;
use crate::backend::store::core::damaged;

/// What became of a value.
#[derive(Clone, Copy)]
enum To {
    Text,
    Code,
    Day,
    Secret,
    Key,
    Tokens,
    /// An id, or several, of this kind; belongs to the tenant that stands there.
    Objects(&'static str, &'static str),
    /// The branch by itself, as an option.
    Choice(&'static str),
    /// The branch by itself, as a switch.
    On,
}

use To::{Choice, Code, Day, Key, Objects, On, Secret, Text, Tokens};

/// Old path, new key, kind. Of several rows with one key the first that is there counts.
type Row = (&'static str, &'static str, To);

const GROUPS: &[Row] = &[
    ("/groups/tenant", "tenant", Objects("tenant", "/groups/tenant")),
    ("/groups/location", "geo", On),
    ("/groups/location", "location", Code),
    ("/groups/container", "container", Objects("container", "/groups/tenant")),
    ("/groups/app_profile/profile", "app_profile", Objects("app-profile", "/groups/tenant")),
    ("/groups/app_profile/impersonation_user", "impersonation_user", Text),
    ("/groups/service/legacy", "service_auth", Choice("legacy")),
    ("/groups/service/modern", "service_auth", Choice("modern")),
    ("/groups", "service_auth", Choice("none")),
    ("/groups/service/legacy/accounts", "accounts", Objects("service-account", "/groups/tenant")),
    ("/groups/service/modern/profiles", "delegated", Objects("app-profile", "/groups/tenant")),
];

const SOURCE: &[Row] = &[
    ("/device/source/client_id", "client_id", Text),
    ("/device/source/client_secret", "client_secret", Secret),
    ("/device/source/client_secret_expires", "client_secret_expires", Day),
    ("/device/source/configuration_key", "configuration_key", Key),
    ("/device/source/local_admin", "local_admin", On),
    ("/device/source/local_admin/user", "local_admin_user", Text),
    ("/device/source/local_admin/password", "local_admin_password", Secret),
    ("/device/source/entra", "entra", On),
    (
        "/device/source/entra/tenant",
        "source_tenant",
        Objects("tenant", "/device/source/entra/tenant"),
    ),
    (
        "/device/source/entra/app_profile",
        "source_app_profile",
        Objects("app-profile", "/device/source/entra/tenant"),
    ),
];

const DOMAIN: &[Row] = &[
    ("/device/destination/active-directory", "destination", Choice("active-directory")),
    ("/device/destination/active-directory/rejoin/online", "rejoin", Choice("online")),
    ("/device/destination/active-directory/rejoin/online/account/user", "domain_user", Text),
    (
        "/device/destination/active-directory/rejoin/online/account/password",
        "domain_password",
        Secret,
    ),
    ("/device/destination/active-directory/rejoin/online/domain", "domain", Text),
    ("/device/destination/active-directory/rejoin/offline", "rejoin", Choice("offline")),
    ("/device/destination/active-directory/rejoin/offline/connection_key", "connection_key", Key),
];

const HYBRID: &[Row] = &[
    ("/device/destination/hybrid", "destination", Choice("hybrid")),
    (
        "/device/destination/hybrid/entra/tenant",
        "tenant",
        Objects("tenant", "/device/destination/hybrid/entra/tenant"),
    ),
    (
        "/device/destination/hybrid/entra/app_profile",
        "app_profile",
        Objects("app-profile", "/device/destination/hybrid/entra/tenant"),
    ),
    ("/device/destination/hybrid/rejoin/online", "rejoin", Choice("online")),
    ("/device/destination/hybrid/rejoin/online/account/user", "domain_user", Text),
    ("/device/destination/hybrid/rejoin/online/account/password", "domain_password", Secret),
    ("/device/destination/hybrid/rejoin/online/domain", "domain", Text),
    ("/device/destination/hybrid/rejoin/offline", "rejoin", Choice("offline")),
    ("/device/destination/hybrid/rejoin/offline/connection_key", "connection_key", Key),
];

/// Where the app profile of a join is; its key is another where a bulk token joins.
const JOIN_PROFILE: &str = "/device/destination/entra-id/entra/app_profile";
const JOIN_KEY: &str = "join_app_profile";
const BULK_TOKEN: &str = "/device/destination/entra-id/join/bulk-token";

const ENTRA: &[Row] = &[
    ("/device/destination/entra-id", "destination", Choice("entra-id")),
    (
        "/device/destination/entra-id/entra/tenant",
        "tenant",
        Objects("tenant", "/device/destination/entra-id/entra/tenant"),
    ),
    (
        JOIN_PROFILE,
        "app_profile",
        Objects("app-profile", "/device/destination/entra-id/entra/tenant"),
    ),
    (BULK_TOKEN, "join", Choice("bulk-token")),
    ("/device/destination/entra-id/join/bulk-token/tokens", "bulk_tokens", Tokens),
    ("/device/destination/entra-id/join/enrolment-file", "join", Choice("enrolment-file")),
    ("/device/destination/entra-id/join/enrolment-file/path", "enrolment_path", Text),
];

fn rows() -> impl Iterator<Item = &'static Row> {
    [GROUPS, SOURCE, DOMAIN, HYBRID, ENTRA].into_iter().flatten()
}

/// The new answers; `None`: those of a list, which stay.
fn brought(old: &Json) -> Option<Json> {
    if old.get("listed").is_some() {
        return None;
    }
    let mut form = Map::new();
    for (path, key, to) in rows() {
        let Some(value) = old.pointer(path).filter(|it| !it.is_null()) else { continue };
        let key =
            if *path == JOIN_PROFILE && old.pointer(BULK_TOKEN).is_some() { JOIN_KEY } else { key };
        form.entry(key).or_insert_with(|| answer(old, value, *to));
    }
    Some(json!({ "form": form }))
}

fn answer(old: &Json, value: &Json, to: To) -> Json {
    match to {
        Text => json!({ "text": value }),
        Code => json!({ "code": value }),
        Day => json!({ "day": value }),
        Secret => json!({ "secret": value }),
        Key => json!({ "key": value }),
        Tokens => json!({ "tokens": value }),
        On => json!({ "on": true }),
        Choice(option) => json!({ "choice": option }),
        Objects(kind, tenant) => {
            let ids = if value.is_array() { value.clone() } else { json!([value]) };
            json!({ "objects": { "kind": kind, "tenant": old.pointer(tenant), "ids": ids } })
        }
    }
}

/// The new path of a change in the history; `None`: it stays. A branch by itself has no path of its
/// own.
fn path(old: &str, joins_by_token: bool) -> Option<String> {
    let rest = old.strip_prefix("answers.")?;
    rows().filter(|(_, _, to)| !matches!(to, Choice(_) | On)).find_map(|(at, key, to)| {
        let tail = rest.strip_prefix(&dotted(at))?;
        let key = if *at == JOIN_PROFILE && joins_by_token { JOIN_KEY } else { key };
        // Of several objects the first has no number.
        let tail = if matches!(to, Objects(..)) && tail == ".1" { "" } else { tail };
        let whole = tail.is_empty() || tail.starts_with('.');
        whole.then(|| format!("answers.{key}{tail}"))
    })
}

fn dotted(path: &str) -> String {
    path.trim_start_matches('/').replace('/', ".")
}

/// Rewrites every answer and every entry of the history.
pub(super) fn bring(tx: &Transaction<'_>) -> Result<()> {
    each(tx, "answers", "json, 0", |row, old, _| {
        let Some(new) = brought(&old) else { return Ok(()) };
        tx.prepare_cached("UPDATE answers SET json = ?2 WHERE rowid = ?1")?
            .execute(params![row, new.to_string()])?;
        fault!("answers.row");
        Ok(())
    })?;
    let joins = "changes, EXISTS (SELECT 1 FROM answers WHERE answers.connection = \
         history.connection AND json LIKE '%\"join_app_profile\"%')";
    each(tx, "history", joins, |row, mut all, joins| {
        let token = dotted(BULK_TOKEN);
        let fields =
            || all.as_array().into_iter().flatten().filter_map(|it| it.get("field")?.as_str());
        let joins = joins || fields().any(|it| it.contains(&token));
        for change in all.as_array_mut().into_iter().flatten() {
            let Some(field) = change.get_mut("field") else { continue };
            if let Some(new) = field.as_str().and_then(|it| path(it, joins)) {
                *field = new.into();
            }
        }
        // In the order of their paths, as ever.
        let field = |it: &Json| it.get("field").and_then(Json::as_str).map(str::to_owned);
        if let Some(all) = all.as_array_mut() {
            all.sort_by_key(field);
        }
        tx.prepare_cached("UPDATE history SET changes = ?2 WHERE rowid = ?1")?
            .execute(params![row, all.to_string()])?;
        fault!("answers.history");
        Ok(())
    })
}

/// Hands every row to `work`: its number, its JSON, and what else was asked.
fn each(
    tx: &Transaction<'_>,
    table: &str,
    columns: &str,
    mut work: impl FnMut(i64, Json, bool) -> Result<()>,
) -> Result<()> {
    // The places first: a table is not changed while it is read.
    let mut places = tx.prepare(&format!("SELECT rowid FROM {table}"))?;
    let rows: Vec<i64> =
        places.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let mut one = tx.prepare(&format!("SELECT {columns} FROM {table} WHERE rowid = ?1"))?;
    for row in rows {
        let (text, more): (String, bool) =
            one.query_row([row], |it| Ok((it.get(0)?, it.get(1)?)))?;
        let json = serde_json::from_str(&text)
            .map_err(|_| damaged(format!("a row of {table} cannot be read to be upgraded")))?;
        work(row, json, more)?;
    }
    Ok(())
}
