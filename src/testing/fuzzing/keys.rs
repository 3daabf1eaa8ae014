//! Short texts that are typed, pasted or answered.

use std::collections::BTreeMap;

use super::harmless;
use crate::app::Keymap;
use crate::backend::graph::ClientCertificate;
use crate::backend::http::odata;
use crate::domain::{Secret, key};
use crate::permissions::import;
use crate::permissions::manifest::Form;
use crate::testing::keys::parse_keys;
use crate::text::{fold, matches, shown};

fn utf8(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

/// Issued keys: one that is accepted reads back as itself, and no other text does.
pub fn key(bytes: &[u8]) {
    match key::parse(utf8(bytes)) {
        Ok(parsed) => assert_eq!(key::parse(parsed.text.expose()).as_ref(), Ok(&parsed)),
        Err(error) => harmless(&error.to_string()),
    }
}

/// Rows of keys and bindings.
pub fn keymap(bytes: &[u8]) {
    let text = utf8(bytes);
    if let Err(error) = parse_keys(text) {
        harmless(&error.to_string());
    }
    let mut bindings: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in text.lines() {
        let (action, keys) = line.split_once('=').unwrap_or((line, ""));
        let keys = keys.split(' ').filter(|it| !it.is_empty()).map(str::to_owned).collect();
        bindings.insert(action.trim().to_owned(), keys);
    }
    for error in Keymap::with(&bindings).err().unwrap_or_default() {
        harmless(&error.to_string());
    }
}

/// App manifests in all their forms: what is read is written and read again as the same.
pub fn manifest(bytes: &[u8]) {
    match import::manifest(utf8(bytes)) {
        Err(error) => harmless(&error.to_string()),
        Ok(app) => {
            let again = import::manifest(&app.manifest.render(Form::Array));
            assert_eq!(again.map(|it| it.manifest), Ok(app.manifest));
        }
    }
}

/// Access tokens.
pub fn token(bytes: &[u8]) {
    if let Err(error) = import::tokens(utf8(bytes)) {
        harmless(&error.to_string());
    }
}

/// Pages of Microsoft Graph.
pub fn page(bytes: &[u8]) {
    if let Ok(value) = serde_json::from_slice(bytes) {
        let _ = odata(value);
    }
}

/// Certificates and keys in PEM: an error never says what stands in them.
pub fn pem(bytes: &[u8]) {
    let text = utf8(bytes);
    if let Err(error) = ClientCertificate::from_pem(text, &Secret::new(text)) {
        harmless(&error.to_string());
    }
}

/// Text from outside: nothing hidden survives, and two different texts never look the same.
pub fn text(bytes: &[u8]) {
    let text = utf8(bytes);
    let safe = shown(text);
    harmless(&safe.replace('\n', "?"));
    assert!(!safe.contains('\n'));
    let middle = (0..=text.len() / 2).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let (one, other) = text.split_at(middle);
    assert_eq!(one == other, shown(one) == shown(other));
    for range in matches(one, &fold(other)) {
        assert!(one.get(range).is_some());
    }
}
