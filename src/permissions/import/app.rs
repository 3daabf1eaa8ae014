//! Manifests: a bare array, the product page's fragment, or a whole app object. P9

use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::{ImportError, MAX_MANIFEST};
use crate::files::json::{self, Entries};
use crate::files::table;
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
    let text = tidy(&json::unwrapped(text));
    match text.chars().next() {
        None => return Err(ImportError::Empty),
        Some('[' | '{' | '"') => {}
        Some(_) if text.starts_with("eyJ") => return Err(ImportError::TokenNotManifest),
        Some(_) if text.starts_with("-----BEGIN") => return Err(ImportError::Pem),
        Some(_) if table::is_printed(&text) => return Err(ImportError::Printed),
        Some(_) => return Err(ImportError::NotJson { line: 1, column: 1 }),
    }
    let fragment = text.starts_with('"');
    let json = if fragment { format!("{{{text}}}") } else { text };
    let value: &RawValue = json::parse(&json).map_err(|error| {
        let shift = usize::from(fragment && error.spot.line == 1);
        let column = error.spot.column.unwrap_or(1).saturating_sub(shift).max(1);
        ImportError::NotJson { line: error.spot.line, column }
    })?;
    app(value, fragment)
}

/// Without trailing comma; a no-break space, as web pages have it, is a space.
fn tidy(text: &str) -> String {
    let text = text.trim_start_matches('\u{feff}').replace('\u{a0}', " ");
    text.trim().trim_end_matches(',').trim_end().to_owned()
}

/// An app, a list of its APIs or one of them, or what wraps those.
fn app(value: &RawValue, fragment: bool) -> Result<AppManifest, ImportError> {
    let object = Entries::of(value);
    if let Some(app) = &object
        && let Some(list) = app.get("requiredResourceAccess")
    {
        return Ok(AppManifest {
            form: form_of(app, fragment),
            app_id: text_of(app, "appId").and_then(|it| Uuid::parse_str(&it).ok()),
            name: text_of(app, "displayName").or_else(|| text_of(app, "name")),
            // An app without permissions has none at all.
            manifest: read_list(&json::list(list).map_err(list_error)?)?,
        });
    }
    let items = json::list(value).map_err(list_error)?;
    let has = |item: &&&RawValue, name| Entries::of(item).is_some_and(|it| it.get(name).is_some());
    let apps = items.iter().filter(|it| has(it, "requiredResourceAccess")).count();
    let apis = items.iter().filter(|it| has(it, "resourceAppId")).count();
    match (apps, items.as_slice()) {
        // A list with one app, as command line tools print it, or a page of Microsoft Graph.
        (1, [only]) => app_of(only),
        (0, []) if object.is_some() => Err(ImportError::NoAccessList),
        (0, _) if object.is_none() || apis > 0 => Ok(AppManifest {
            form: ManifestForm::Array,
            app_id: None,
            name: None,
            manifest: read_list(&items)?,
        }),
        (0, _) if object.is_some_and(|it| it.get("access_token").is_some()) => {
            Err(ImportError::TokenNotManifest)
        }
        (0, [_, _, ..]) => Err(ImportError::SeveralApps(items.len())),
        (0, _) => Err(ImportError::NoAccessList),
        (apps, _) => Err(ImportError::SeveralApps(apps)),
    }
}

/// The only app of a list.
fn app_of(value: &RawValue) -> Result<AppManifest, ImportError> {
    match Entries::of(value) {
        Some(it) if it.get("requiredResourceAccess").is_some() => app(value, false),
        _ => Err(ImportError::NoAccessList),
    }
}

/// Why something is no list of APIs.
fn list_error(why: &'static str) -> ImportError {
    match why {
        json::CUT => ImportError::Cut,
        _ => ImportError::NoAccessList,
    }
}

fn form_of(app: &Entries<'_>, fragment: bool) -> ManifestForm {
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
    } else if OLD.iter().any(|key| app.get(key).is_some()) {
        ManifestForm::OldPortal
    } else if app.0.len() == 1 {
        // The body of a PATCH is a fragment with its braces on.
        ManifestForm::Fragment
    } else {
        ManifestForm::Graph
    }
}

fn text_of(object: &Entries<'_>, key: &str) -> Option<String> {
    object.get(key).and_then(json::text).filter(|it| !it.is_empty())
}

fn read_list(items: &[&RawValue]) -> Result<Manifest, ImportError> {
    let mut out = Manifest::default();
    for (at, item) in items.iter().enumerate() {
        read_resource(item, &mut out).map_err(|what| ImportError::Entry { at: at + 1, what })?;
    }
    Ok(out)
}

/// The fields of an object, or why it has none.
fn fields<'t>(item: &'t RawValue, otherwise: &'static str) -> Result<Entries<'t>, &'static str> {
    Entries::of(item).ok_or_else(|| match json::text(item) {
        Some(text) if json::is_cut(&text) => json::CUT,
        _ => otherwise,
    })
}

fn read_resource(item: &RawValue, out: &mut Manifest) -> Result<(), &'static str> {
    const NO_LIST: &str = "its resourceAccess is missing or not a list";
    let item = fields(item, "it is not an object with resourceAppId")?;
    let guid = |object: &Entries<'_>, key| {
        text_of(object, key).and_then(|it| Uuid::parse_str(it.trim()).ok())
    };
    let app_id =
        guid(&item, "resourceAppId").ok_or("its resourceAppId is missing or not a GUID")?;
    let list = item.get("resourceAccess").ok_or(NO_LIST)?;
    let list = json::list(list).map_err(|why| if why == json::CUT { why } else { NO_LIST })?;
    for access in list {
        let access = fields(access, "a permission in it is not an object")?;
        let id =
            guid(&access, "id").ok_or("the id of a permission in it is missing or not a GUID")?;
        let kinds = text_of(&access, "type").ok_or("a type in it is missing")?;
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
