//! Finds access tokens in what people copy: bare or with `Bearer`, wrapped by a terminal, in headers,
//! shell and curl lines, in lists as PowerShell shows them, in JSON, in the cache of MSAL.

use serde_json::{Map, Value};

use super::{ImportError, MAX_TOKENS};
use crate::files::json::{self, NotJson};
use crate::permissions::catalogue::catalogue;

/// Keys under which programs print a token.
const KEYS: [&str; 3] = ["access_token", "accessToken", "token"];
/// A word of this length that is no token is a part of one, or a secret: it is not passed over.
const LONG: usize = 40;
/// Deepest JSON that is searched.
const DEEP: usize = 16;

/// Every token in a text, as it came.
///
/// # Errors
/// [`ImportError`] where there is none for certain.
pub fn found(text: &str) -> Result<Vec<String>, ImportError> {
    if text.contains("System.Security.SecureString") && !text.contains("eyJ") {
        return Err(ImportError::Protected);
    }
    if !text.starts_with(['{', '[']) {
        return Ok(in_lines(text));
    }
    match in_json(text) {
        Err(ImportError::TokenJson { .. }) if text.contains("eyJ") => {
            // A terminal that wrapped it broke a text in the middle.
            Ok(in_lines(text))
        }
        other => other,
    }
}

/// Whether a character stands in tokens, in whichever form of base64.
const fn is_token_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+' | '/' | '=')
}

/// Length of what stands at the beginning of a text and can be of a token.
fn run(text: &str) -> usize {
    text.find(|c| !is_token_char(c)).unwrap_or(text.len())
}

fn in_lines(text: &str) -> Vec<String> {
    if !text.contains("eyJ") {
        return words(text).map(str::to_owned).collect();
    }
    let mut out: Vec<String> = Vec::new();
    // Whether the last token may go on.
    let mut open = false;
    for line in text.lines() {
        // A mail quotes its lines, and a shell goes on after its sign for that.
        let line = line.trim_start_matches(|c: char| c == '>' || c.is_whitespace());
        let line = line.trim_end_matches(|c: char| "\\^`".contains(c) || c.is_whitespace());
        let (body, rest) = line.split_at(run(line));
        if open
            && (rest.is_empty() || rest.starts_with(['"', '\'']))
            && let Some(token) = out.last_mut()
            && goes_on(token, body)
        {
            token.push_str(body);
            open = rest.is_empty() || in_line(rest, &mut out);
            continue;
        }
        open = in_line(line, &mut out);
    }
    out
}

/// The words of a text without what parts them.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace()
        .map(|it| it.trim_matches(['"', '\'', ',', ';']))
        .filter(|it| !it.is_empty() && !it.eq_ignore_ascii_case("bearer"))
        .filter(|it| !it.eq_ignore_ascii_case("authorization:"))
}

/// Adds the tokens of a line; whether the last one reaches its end.
fn in_line(line: &str, out: &mut Vec<String>) -> bool {
    let mut open = false;
    let before = out.len();
    let mut from = 0;
    while let Some(at) = line.get(from..).and_then(|it| it.find("eyJ")).map(|it| it + from) {
        let rest = line.get(at..).unwrap_or_default();
        let begins = line.get(..at).and_then(|it| it.chars().next_back());
        let end = run(rest);
        if begins.is_none_or(|c| !is_token_char(c) || c == '=') {
            // An ellipsis is what a table of PowerShell cuts with.
            let end = if rest.get(end..).is_some_and(|it| it.starts_with('…')) {
                end + '…'.len_utf8()
            } else {
                end
            };
            out.push(rest.get(..end).unwrap_or_default().to_owned());
            open = at + end == line.len();
        }
        from = at + end.max(1);
    }
    if out.len() == before || line.chars().all(|c| is_plain(c) || c.is_whitespace()) {
        // What is long and no token is reported as a token that cannot be read.
        let strange = words(line).filter(|it| is_strange(it));
        out.extend(strange.map(str::to_owned));
    }
    open
}

/// Whether a character stands in tokens, secrets, or around them in a plain list of words.
const fn is_plain(c: char) -> bool {
    is_token_char(c) || matches!(c, '~' | '!' | '"' | '\'' | ',' | ';' | ':')
}

/// Whether a word is long enough for a part of a token and nothing that is known.
fn is_strange(word: &str) -> bool {
    let has = |test: fn(&char) -> bool| word.chars().any(|c| test(&c));
    word.len() >= LONG
        && !word.contains("eyJ")
        && word.chars().all(|c| is_token_char(c) || c == '~' || c == '!')
        && has(char::is_ascii_alphabetic)
        && has(char::is_ascii_digit)
}

/// Whether a line carries a token on that reached the end of the line before.
fn goes_on(token: &str, line: &str) -> bool {
    // Another variable with its token is one of its own.
    if line.is_empty() || line.contains("=eyJ") {
        return false;
    }
    let dots = |text: &str| text.matches('.').count();
    let (so_far, more) = (dots(token), dots(line));
    let begins = line.starts_with("eyJ");
    match so_far {
        // The payload begins like a token.
        0 | 1 if begins && token.ends_with('.') => so_far + more <= 2,
        0 | 1 if begins && more >= 2 => false,
        0 | 1 => so_far + more <= 4,
        // Its signature, or the rest of an encrypted one.
        _ => !begins && (more == 0 || so_far + more == 4),
    }
}

/// Tokens in one or several JSON values, one after the other.
fn in_json(text: &str) -> Result<Vec<String>, ImportError> {
    let mut found = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        let value = value.map_err(|error| {
            let spot = NotJson::new(text, &error).spot;
            ImportError::TokenJson { at: found.len() + 1, spot }
        })?;
        let value = json::plain(value);
        match value.as_object().and_then(cache) {
            Some(cached) => found.extend(of_cache(&cached)?),
            None => {
                let before = found.len();
                search(&value, 0, &mut found)?;
                if found.len() == before {
                    return Err(ImportError::ManifestNotToken);
                }
            }
        }
    }
    Ok(found)
}

/// Tokens under their keys, and texts in lists.
fn search(value: &Value, depth: usize, out: &mut Vec<String>) -> Result<(), ImportError> {
    if depth > DEEP || out.len() > MAX_TOKENS {
        return Ok(());
    }
    match value {
        Value::String(token) => out.push(token.clone()),
        Value::Array(items) => {
            for item in items {
                search(item, depth + 1, out)?;
            }
        }
        Value::Object(map) => {
            let named = |key: &str| KEYS.iter().any(|it| it.eq_ignore_ascii_case(key));
            for (key, value) in map {
                match value {
                    Value::String(token) if named(key) => out.push(token.clone()),
                    // `{"Length": 2000}` is all that is left of a text that PowerShell protects.
                    Value::Object(inner) if named(key) && inner.contains_key("Length") => {
                        return Err(ImportError::Protected);
                    }
                    Value::Object(_) | Value::Array(_) if !is_token_of_another_kind(key) => {
                        let mut below = Vec::new();
                        search_objects(value, depth + 1, &mut below)?;
                        out.append(&mut below);
                    }
                    _ => {}
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
    Ok(())
}

/// Below an object only what has a key is a token: other lists hold scopes and the like.
fn search_objects(value: &Value, depth: usize, out: &mut Vec<String>) -> Result<(), ImportError> {
    match value {
        Value::Array(items) => {
            for item in items.iter().filter(|it| !it.is_string()) {
                search_objects(item, depth + 1, out)?;
            }
            Ok(())
        }
        Value::Object(_) => search(value, depth, out),
        _ => Ok(()),
    }
}

/// Refresh and ID tokens grant nothing.
fn is_token_of_another_kind(key: &str) -> bool {
    ["refreshtoken", "idtoken"].iter().any(|it| key.eq_ignore_ascii_case(it))
}

/// The access tokens of a cache of MSAL; `None`: this is none.
fn cache(map: &Map<String, Value>) -> Option<Vec<&str>> {
    let entries = map.get("AccessToken")?.as_object()?;
    let secrets = entries.values().filter_map(|it| it.get("secret").and_then(Value::as_str));
    Some(secrets.collect())
}

/// Of a cache, which has tokens of everything that somebody signed in to, those for the APIs that
/// matter here.
fn of_cache(cached: &[&str]) -> Result<Vec<String>, ImportError> {
    let read: Vec<(&str, super::TokenClaims)> =
        cached.iter().filter_map(|it| super::token(it).ok().map(|claims| (*it, claims))).collect();
    let known: Vec<&(&str, super::TokenClaims)> = read
        .iter()
        .filter(|(_, claims)| catalogue().resource_of_audience(&claims.audience).is_some())
        .collect();
    let mut apps: Vec<String> = known
        .iter()
        .filter_map(|(_, it)| Some(format!("app {} in tenant {}", it.app_id?, it.tenant?)))
        .collect();
    apps.sort();
    apps.dedup();
    if apps.len() > 1 {
        return Err(ImportError::SeveralTokens(apps.join(", ")));
    }
    if known.is_empty() {
        return Err(ImportError::NoneOfCache(cached.len()));
    }
    Ok(known.iter().map(|(token, _)| (*token).to_owned()).collect())
}
