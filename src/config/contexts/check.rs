//! What single values of a context must look like, for the file and for the command line.

use std::path::PathBuf;

use url::Url;

use crate::backend::fly::presets;
use crate::config::raw::installer;
use crate::domain::rules;
use crate::files::path;
use crate::text::nearest;

/// Longest label: it stands in one line with the name.
const LABEL_MAX: usize = 24;

/// A label of one line; an empty text means none.
pub fn label(text: &str) -> Result<Option<String>, String> {
    let text = rules::printable(text, LABEL_MAX).map_err(|problem| problem.0)?;
    Ok((!text.is_empty()).then_some(text))
}

/// A SHA-256 in hexadecimal digits; an empty text means none.
pub fn sha256(text: &str) -> Result<Option<String>, String> {
    let text = text.trim().to_ascii_lowercase();
    match text.len() == 64 && text.chars().all(|c| c.is_ascii_hexdigit()) {
        true => Ok(Some(text)),
        false if text.is_empty() => Ok(None),
        false => Err("must be a SHA-256: 64 hexadecimal digits".to_owned()),
    }
}

/// Where an installer lies: an https address or a share; an empty text means nowhere.
pub fn agent_url(text: &str) -> Result<Option<String>, String> {
    installer(text)
}

/// The name of a data centre.
pub fn data_centre(text: &str) -> Result<String, String> {
    if let Some(preset) = presets::find(text) {
        return Ok(preset.name.to_owned());
    }
    let known = presets::ALL.iter().map(|it| it.name);
    let list: Vec<&str> = known.clone().collect();
    let meant = nearest::tail(text.trim(), known);
    Err(format!(
        "is not a data centre that jetbridge knows: {}{meant}; give another one's address as url",
        list.join(", ")
    ))
}

/// A path from the root on: another would mean another file in every folder.
pub fn whole_path(text: &str) -> Result<PathBuf, String> {
    let text = rules::printable(text, rules::TEXT_MAX).map_err(|problem| problem.0)?;
    let path = path::given(text);
    if path.is_absolute() {
        return Ok(path);
    }
    Err("must be an absolute path".to_owned())
}

/// An https address without user, query and fragment.
pub fn address(text: &str) -> Result<Url, String> {
    let wrong = "must be an address that starts with https://, without user name, ? and #";
    let url = Url::parse(text.trim()).map_err(|_| wrong.to_owned())?;
    let bare = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if url.scheme() == "https" && url.has_host() && bare { Ok(url) } else { Err(wrong.to_owned()) }
}
