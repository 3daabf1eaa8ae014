//! Manifests: a bare array, the product page's fragment, or a whole app object. P9

use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{ImportError, MAX_MANIFEST};
use crate::permissions::catalogue::Kind;
use crate::permissions::manifest::{Access, Manifest};

/// What a manifest was found in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ManifestForm {
    /// `[…]`
    Array,
    /// `"requiredResourceAccess": […]`, with or without a comma after it.
    Fragment,
    /// A whole app as Microsoft Graph has it.
    Graph,
    /// A whole app as the portal had it before (Azure AD Graph).
    OldPortal,
}

/// What an app declares. Declared is not consented.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AppManifest {
    /// What it was found in.
    pub form: ManifestForm,
    /// Application (client) id, where the input holds it.
    pub app_id: Option<Uuid>,
    /// Name of the app, as it came; clean it before it is shown.
    pub name: Option<String>,
    /// What it asks for, without repetitions.
    pub manifest: Manifest,
}

/// Reads a manifest in any of its forms.
///
/// # Errors
/// One line that says what is wrong; none holds any of the text.
pub fn manifest(text: &str) -> Result<AppManifest, ImportError> {
    if text.len() > MAX_MANIFEST {
        return Err(ImportError::TooLong { what: "manifest", limit: MAX_MANIFEST });
    }
    let text = tidy(text);
    match text.chars().next() {
        None => return Err(ImportError::Empty),
        Some('[' | '{' | '"') => {}
        Some(_) if text.starts_with("eyJ") => return Err(ImportError::TokenNotManifest),
        Some(_) if text.starts_with("-----BEGIN") => return Err(ImportError::Pem),
        Some(_) => return Err(ImportError::NotJson { line: 1, column: 1 }),
    }
    let fragment = text.starts_with('"');
    let json = if fragment { format!("{{{text}}}") } else { text };
    let value: Value = serde_json::from_str(&json).map_err(|e| ImportError::NotJson {
        line: e.line(),
        column: e.column().saturating_sub(usize::from(fragment && e.line() == 1)),
    })?;
    match value {
        Value::Array(items) => from_array(items),
        Value::Object(app) => from_object(app, fragment),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            Err(ImportError::NoAccessList)
        }
    }
}

/// Without byte order mark and trailing comma; a no-break space, as web pages have it, is a space.
fn tidy(text: &str) -> String {
    let text = text.trim_start_matches('\u{feff}').replace('\u{a0}', " ");
    text.trim().trim_end_matches(',').trim_end().to_owned()
}

/// The value of a key in any case: PowerShell writes `RequiredResourceAccess`.
fn get<'a>(map: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    map.get(key).or_else(|| map.iter().find(|(k, _)| k.eq_ignore_ascii_case(key)).map(|(_, v)| v))
}

fn from_array(items: Vec<Value>) -> Result<AppManifest, ImportError> {
    let apps = items
        .iter()
        .filter(|it| it.as_object().is_some_and(|it| get(it, "requiredResourceAccess").is_some()))
        .count();
    match (apps, items.len()) {
        // A list with one app, as command line tools print it.
        (1, 1) => match items.into_iter().next() {
            Some(Value::Object(app)) => from_object(app, false),
            _ => Err(ImportError::NoAccessList),
        },
        (0, _) => Ok(AppManifest {
            form: ManifestForm::Array,
            app_id: None,
            name: None,
            manifest: read_list(&items)?,
        }),
        (apps, _) => Err(ImportError::SeveralApps(apps)),
    }
}

fn from_object(app: Map<String, Value>, fragment: bool) -> Result<AppManifest, ImportError> {
    if let Some(list) = get(&app, "requiredResourceAccess") {
        let items = match list {
            Value::Array(items) => items.as_slice(),
            // An app without permissions.
            Value::Null => &[],
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                return Err(ImportError::NoAccessList);
            }
        };
        return Ok(AppManifest {
            form: form_of(&app, fragment),
            app_id: text_of(&app, "appId").and_then(|it| Uuid::parse_str(&it).ok()),
            name: text_of(&app, "displayName").or_else(|| text_of(&app, "name")),
            manifest: read_list(items)?,
        });
    }
    // A page of Microsoft Graph's /applications.
    match get(&app, "value") {
        Some(Value::Array(items)) if items.len() > 1 => Err(ImportError::SeveralApps(items.len())),
        Some(Value::Array(items)) => match items.first() {
            Some(Value::Object(inner)) if get(inner, "requiredResourceAccess").is_some() => {
                from_object(inner.clone(), false)
            }
            _ => Err(ImportError::NoAccessList),
        },
        _ if get(&app, "access_token").is_some() => Err(ImportError::TokenNotManifest),
        _ => Err(ImportError::NoAccessList),
    }
}

fn form_of(app: &Map<String, Value>, fragment: bool) -> ManifestForm {
    // Names that only Azure AD Graph's shape has.
    const OLD: [&str; 5] = [
        "oauth2Permissions",
        "oauth2AllowImplicitFlow",
        "replyUrlsWithType",
        "accessTokenAcceptedVersion",
        "preAuthorizedApplications",
    ];
    if fragment {
        ManifestForm::Fragment
    } else if OLD.iter().any(|key| get(app, key).is_some()) {
        ManifestForm::OldPortal
    } else if app.len() == 1 {
        // The body of a PATCH is a fragment with its braces on.
        ManifestForm::Fragment
    } else {
        ManifestForm::Graph
    }
}

fn text_of(app: &Map<String, Value>, key: &str) -> Option<String> {
    get(app, key).and_then(Value::as_str).filter(|it| !it.is_empty()).map(str::to_owned)
}

fn read_list(items: &[Value]) -> Result<Manifest, ImportError> {
    let mut out = Manifest::default();
    for (at, item) in items.iter().enumerate() {
        read_resource(item, &mut out).map_err(|what| ImportError::Entry { at: at + 1, what })?;
    }
    Ok(out)
}

fn read_resource(item: &Value, out: &mut Manifest) -> Result<(), &'static str> {
    let item = item.as_object().ok_or("it is not an object with resourceAppId")?;
    let app_id = get(item, "resourceAppId")
        .and_then(Value::as_str)
        .and_then(|it| Uuid::parse_str(it.trim()).ok())
        .ok_or("its resourceAppId is missing or not a GUID")?;
    let list = get(item, "resourceAccess")
        .and_then(Value::as_array)
        .ok_or("its resourceAccess is missing or not a list")?;
    for access in list {
        let access = access.as_object().ok_or("a permission in it is not an object")?;
        let id = get(access, "id")
            .and_then(Value::as_str)
            .and_then(|it| Uuid::parse_str(it.trim()).ok())
            .ok_or("the id of a permission in it is missing or not a GUID")?;
        let kinds = get(access, "type").and_then(Value::as_str).ok_or("a type in it is missing")?;
        // Azure AD Graph also knew "Scope,Role" for an id that is both.
        for kind in kinds.split(',') {
            let kind = match kind.trim() {
                it if it.eq_ignore_ascii_case("Role") => Kind::Role,
                it if it.eq_ignore_ascii_case("Scope") => Kind::Scope,
                _ => return Err("a type in it is neither Role nor Scope"),
            };
            out.add(app_id, Access { id, kind });
        }
    }
    Ok(())
}
