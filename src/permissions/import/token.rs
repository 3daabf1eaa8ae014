//! Access tokens: the claims that say what an app may do. P9
//!
//! The signature is not checked: jetbridge has no business validating tokens for APIs of others,
//! and whoever shows the result must say so. Microsoft may change the form of such tokens, so what
//! is read here counts as "seen in a token", not as granted. The token's text is not kept.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::found::found;
use super::{ImportError, MAX_TOKEN, MAX_TOKENS, MAX_TOKENS_TEXT};
use crate::domain::Timestamp;
use crate::permissions::catalogue::{Kind, catalogue};

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenClaims {
    /// The audience as it came; clean it before it is shown.
    pub audience: String,
    /// Application id of the API the audience means; `None` when it is not one of the catalogue's.
    pub resource: Option<Uuid>,
    /// `Role` for an app's own token, `Scope` for a user's (it has `scp`).
    pub kind: Kind,
    /// Values of `roles`, or of `scp` in a user's token.
    pub values: Vec<String>,
    /// Directory roles by template id, where the token lists them (`wids`).
    pub directory_roles: Vec<Uuid>,
    /// The tenant.
    pub tenant: Option<Uuid>,
    /// The app (`appid` or `azp`).
    pub app_id: Option<Uuid>,
    /// The app's service principal, or the user.
    pub object: Option<Uuid>,
    /// The person's user principal name, in a user's token.
    pub user: Option<String>,
    /// When it ends; `None` when the token does not say.
    pub expires: Option<Timestamp>,
}

impl TokenClaims {
    /// Whether it had ended at `now`. A token without an end counts as ended: Entra's have one.
    pub fn expired(&self, now: Timestamp) -> bool {
        self.expires.is_none_or(|it| it <= now)
    }
}

/// Reads one or several tokens, in whatever they were copied with.
///
/// # Errors
/// One line with the number of the token; none holds any of the text.
pub fn tokens(text: &str) -> Result<Vec<TokenClaims>, ImportError> {
    if text.len() > MAX_TOKENS_TEXT {
        return Err(ImportError::TooLong { what: "token", limit: MAX_TOKENS_TEXT });
    }
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err(ImportError::Empty);
    }
    if text.starts_with("-----BEGIN") {
        return Err(ImportError::Pem);
    }
    let found = found(text)?;
    if found.len() > MAX_TOKENS {
        return Err(ImportError::TooManyTokens);
    }
    found
        .iter()
        .enumerate()
        .map(|(at, it)| token(it).map_err(|what| ImportError::Token { at: at + 1, what }))
        .collect()
}

/// Reads one token.
pub(crate) fn token(text: &str) -> Result<TokenClaims, &'static str> {
    if text.len() > MAX_TOKEN {
        return Err("it is too long for an access token");
    }
    if text.ends_with('…') || text.ends_with("...") {
        return Err(
            "it was cut to the width of a window: print it with -ExpandProperty, or | clip",
        );
    }
    let parts: Vec<&str> = text.split('.').collect();
    let payload = match parts.as_slice() {
        [_, payload, _] => *payload,
        [_, _, _, _, _] => return Err("it is encrypted, so what it grants cannot be read here"),
        _ => {
            return Err(
                "this is not an access token, which has three parts with dots between: check that it was copied whole",
            );
        }
    };
    let payload = decode(payload)
        .ok_or("its middle part is not base64url: check that it was copied whole")?;
    let claims: Value = serde_json::from_slice(&payload)
        .map_err(|_| "its middle part is not JSON: check that it was copied whole")?;
    let claims = claims.as_object().ok_or("its claims are not an object")?;
    read(claims)
}

/// base64url as tokens have it; padding and the plain alphabet are accepted.
fn decode(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=');
    URL_SAFE_NO_PAD.decode(text).or_else(|_| STANDARD_NO_PAD.decode(text)).ok()
}

fn read(claims: &Map<String, Value>) -> Result<TokenClaims, &'static str> {
    let audience = match claims.get("aud") {
        Some(Value::String(aud)) => aud.clone(),
        Some(Value::Array(many)) if many.len() == 1 => {
            many.first().and_then(Value::as_str).unwrap_or_default().to_owned()
        }
        _ => return Err("it names no audience (aud), so it is not an access token of Entra"),
    };
    let scp = claims.get("scp").and_then(Value::as_str);
    // graph.md §3: in a user's token `roles` are the user's; `scp` decides.
    let (kind, values) = match scp {
        Some(scp) => (Kind::Scope, scp.split_whitespace().map(str::to_owned).collect()),
        None => (Kind::Role, strings(claims, "roles")),
    };
    if scp.is_none() && claims.contains_key("nonce") && !claims.contains_key("roles") {
        return Err("it looks like an ID token: get an access token");
    }
    let expires = match claims.get("exp") {
        None => None,
        Some(exp) => Some(moment(exp).ok_or("its expiry (exp) is not a time")?),
    };
    Ok(TokenClaims {
        resource: catalogue().resource_of_audience(&audience).map(|it| it.app_id),
        audience,
        kind,
        values,
        directory_roles: strings(claims, "wids")
            .iter()
            .filter_map(|it| Uuid::parse_str(it).ok())
            .collect(),
        tenant: guid(claims, "tid"),
        app_id: guid(claims, "appid").or_else(|| guid(claims, "azp")),
        object: guid(claims, "oid"),
        user: ["upn", "preferred_username", "unique_name"]
            .iter()
            .find_map(|key| claims.get(*key)?.as_str())
            .map(str::to_owned),
        expires,
    })
}

fn strings(claims: &Map<String, Value>, key: &str) -> Vec<String> {
    let list = claims.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn guid(claims: &Map<String, Value>, key: &str) -> Option<Uuid> {
    claims.get(key).and_then(Value::as_str).and_then(|it| Uuid::parse_str(it).ok())
}

/// Seconds since 1970, whole or not.
fn moment(value: &Value) -> Option<Timestamp> {
    let seconds = match value.as_i64() {
        Some(whole) => whole,
        None => {
            let seconds = value.as_f64().filter(|it| it.is_finite() && it.abs() < 1e12)?;
            #[expect(clippy::cast_possible_truncation, reason = "bounded on the line above")]
            let whole = seconds as i64;
            whole
        }
    };
    Timestamp::from_second(seconds).ok()
}
