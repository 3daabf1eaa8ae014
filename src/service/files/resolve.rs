//! Reading the secrets of a record. One that is what the store has counts as kept, so that the
//! same files applied again change nothing.

use super::mistake::{FilesError, Mistake};
use super::record::Shaped;
use super::reference::{Reference, SecretSource};
use super::want::{Ask, Options, Wish};
use crate::backend::{BackendError, Place};
use crate::domain::token::{TokenOrigin, check_expiry};
use crate::domain::{ConnectionId, Held, Secret};
use crate::form::Value;
use crate::form::check::{day_end, day_of};

/// Reads the secrets of a record; one that is what the store has counts as kept.
pub(super) async fn resolve(
    backend: &Place,
    record: &mut Shaped<'_>,
    options: Options,
    secrets: &mut dyn SecretSource,
) -> Result<Vec<Mistake>, FilesError> {
    let mut mistakes = Vec::new();
    for (key, reference) in std::mem::take(&mut record.pending) {
        let secret = match fetch(&reference, secrets) {
            Ok(Fetched::Secret(secret)) => secret,
            Ok(Fetched::Nothing | Fetched::Later) => continue,
            Err(message) => {
                mistakes.push(record.entry.mistake(key, message));
                continue;
            }
        };
        let held = match (record.saved_secret(key), record.base.connection()) {
            (Some(held), Some(saved)) if is(backend, saved.id, key, &secret).await? => {
                record.given.push((key, secret));
                held
            }
            _ => Held::New(secret),
        };
        record.work.set(key, Value::Secret(held));
    }
    if !record.tokens.is_empty() {
        tokens(backend, record, options, secrets, &mut mistakes).await?;
    }
    Ok(mistakes)
}

/// What a reference leads to.
enum Fetched {
    Secret(Secret),
    /// It is kept or asked for.
    Nothing,
    /// It is read when the plan is applied.
    Later,
}

fn fetch(reference: &Reference, secrets: &mut dyn SecretSource) -> Result<Fetched, String> {
    let secret = match reference {
        Reference::Keep | Reference::Prompt => return Ok(Fetched::Nothing),
        Reference::File(path) => secrets.file(path)?,
        Reference::Command(argv) => secrets.command(argv)?,
        Reference::Plain(secret) => Some(secret.clone()),
    };
    match secret {
        None => Ok(Fetched::Later),
        Some(secret) if secret.is_empty() => Err("the secret is empty".to_owned()),
        Some(secret) => Ok(Fetched::Secret(secret)),
    }
}

/// Whether the store has exactly this secret.
async fn is(
    backend: &Place,
    id: ConnectionId,
    path: &str,
    secret: &Secret,
) -> Result<bool, BackendError> {
    match backend.reveal(id, path.to_owned()).await {
        Ok(stored) => Ok(stored == *secret),
        Err(
            BackendError::SecretMissing { .. }
            | BackendError::SecretElsewhere { .. }
            | BackendError::Unsupported(_),
        ) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Compares the tokens of a record with those that are there: a token with the same name, the
/// same last day and, where it is given, the same text is the same token.
async fn tokens(
    backend: &Place,
    record: &mut Shaped<'_>,
    options: Options,
    secrets: &mut dyn SecretSource,
    mistakes: &mut Vec<Mistake>,
) -> Result<(), FilesError> {
    record.work.wishes_mut().clear();
    for line in std::mem::take(&mut record.tokens) {
        let key = line.field;
        let asked = line.token == Some(Reference::Prompt);
        let (pasted, later) = match line.token.map(|it| fetch(&it, secrets)).transpose() {
            Ok(Some(Fetched::Secret(secret))) => (Some(secret), false),
            Ok(found) => (None, matches!(found, Some(Fetched::Later))),
            Err(message) => {
                mistakes.push(record.entry.mistake(key, message));
                continue;
            }
        };
        let mut found = false;
        let saved = record.before.as_ref().map(|it| it.tokens(key)).unwrap_or_default();
        for token in saved {
            let origin = match (asked || later, &pasted) {
                (false, None) => TokenOrigin::Local,
                _ => TokenOrigin::Pasted,
            };
            if token.display_name != line.display_name
                || day_of(token.expires_at) != line.day
                || token.origin != origin
            {
                continue;
            }
            let path = format!("bulk_token/{}", token.id);
            found = found
                || match (&pasted, record.base.connection()) {
                    (Some(secret), Some(saved)) => is(backend, saved.id, &path, secret).await?,
                    _ => !(asked && options.ask_again),
                };
        }
        if found {
            continue;
        }
        let Some((_, expires_at)) = day_end(&line.day) else { continue };
        if let Err(error) = check_expiry(options.limits.now, expires_at) {
            mistakes.push(record.entry.mistake(key, error.to_string()));
            continue;
        }
        let at = record.work.wishes().len();
        record.work.wishes_mut().push(Wish {
            field: key,
            display_name: line.display_name,
            expires_at,
            pasted,
        });
        if asked {
            let ask = Ask { field: key, label: "Bulk token", token: Some(at) };
            record.work.asks.push(ask);
        }
    }
    Ok(())
}
