//! A form in progress as one secret text, for a sealed draft. C7, E5.
//!
//! The text holds typed secrets on purpose: it must be sealed as a whole, which is why it only
//! exists as a [`Secret`]. Hidden answers are kept too, so that a resumed form is the form that
//! was left. D17.

use std::collections::BTreeMap;

use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use super::{Field, Kind, Picked, Spec, Value, Values, edit, specs};
use crate::domain::key::HeldKey;
use crate::domain::token::{BulkToken, TokenOrigin};
use crate::domain::{ConnectionType, Fingerprint, Held, Secret, Timestamp};

/// Version of the text; a newer one is refused.
const VERSION: u64 = 1;

#[derive(Deserialize)]
struct Head {
    version: u64,
}

/// The answers stay text until their field is known: taken apart, a secret would leave copies.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(rename = "type")]
    kind: ConnectionType,
    #[serde(borrow)]
    values: BTreeMap<String, &'a RawValue>,
}

/// The whole state of a form, to be written.
#[derive(Clone, Copy)]
pub struct State<'a>(pub &'static Spec, pub &'a Values);

impl Serialize for State<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("version", &VERSION)?;
        map.serialize_entry("type", &self.0.kind)?;
        map.serialize_entry("values", &Answers(self.1))?;
        map.end()
    }
}

struct Answers<'a>(&'a Values);

impl Serialize for Answers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, Saved::from(value))))
    }
}

/// A secret text that can be written and read, here only.
struct Open(Secret);

impl Serialize for Open {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.expose())
    }
}

impl<'de> Deserialize<'de> for Open {
    /// From the text as it stands: the parser would put an escaped one together in a buffer of its
    /// own.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        Secret::of_json(raw.get()).map(Self).ok_or_else(|| serde::de::Error::custom("not a text"))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Saved {
    Text(String),
    Secret(SavedHeld),
    Toggle(bool),
    Choice(String),
    One(Picked),
    Many(Vec<Picked>),
    Key(SavedKey),
    Tokens(Vec<SavedToken>),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum SavedHeld {
    Stored(Fingerprint),
    New(Open),
}

#[derive(Serialize, Deserialize)]
struct SavedKey {
    id: String,
    issued_at: Timestamp,
    value: SavedHeld,
}

#[derive(Serialize, Deserialize)]
struct SavedToken {
    id: String,
    display_name: String,
    issued_at: Timestamp,
    expires_at: Timestamp,
    origin: TokenOrigin,
    value: SavedHeld,
}

/// The state of a form. Fields that this version does not know, and answers that no longer fit
/// their field, are left out; everything else is as it was. Call [`edit::refresh`] afterwards:
/// the directory may have changed.
///
/// # Errors
/// One line when the text is no draft, of a newer version, or of another type.
pub fn from_json(spec: &'static Spec, draft: &str) -> Result<Values, String> {
    let envelope = envelope(draft)?;
    if envelope.kind != spec.kind {
        return Err(format!("this draft is of another type: {}", envelope.kind.label()));
    }
    let mut values = edit::initial(spec);
    for (key, json) in envelope.values {
        // A field of the other form keeps its answer as well.
        let known = spec.field(&key).or_else(|| specs::ALL.iter().find_map(|it| it.field(&key)));
        let Some(field) = known else { continue };
        let Ok(saved) = serde_json::from_str::<Saved>(json.get()) else { continue };
        if let Some(value) = saved.into_value(field) {
            values.set(field.key, value);
        }
    }
    Ok(values)
}

fn envelope(draft: &str) -> Result<Envelope<'_>, String> {
    // The parser's own words may quote the text, and the text is secret.
    match serde_json::from_str(draft) {
        Ok(Head { version: VERSION }) => {}
        Ok(Head { version }) => {
            return Err(format!("the draft has version {version}: update jetbridge"));
        }
        Err(_) => return Err("this is not a draft".to_owned()),
    }
    serde_json::from_str(draft).map_err(|_| "the draft is damaged".to_owned())
}

impl From<&Held> for SavedHeld {
    fn from(held: &Held) -> Self {
        match held {
            Held::Stored(fingerprint) => Self::Stored(fingerprint.clone()),
            Held::New(secret) => Self::New(Open(secret.clone())),
        }
    }
}

impl From<SavedHeld> for Held {
    fn from(saved: SavedHeld) -> Self {
        match saved {
            SavedHeld::Stored(fingerprint) => Self::Stored(fingerprint),
            SavedHeld::New(Open(secret)) => Self::New(secret),
        }
    }
}

impl From<&BulkToken> for SavedToken {
    fn from(it: &BulkToken) -> Self {
        Self {
            id: it.id.clone(),
            display_name: it.display_name.clone(),
            issued_at: it.issued_at,
            expires_at: it.expires_at,
            origin: it.origin,
            value: (&it.value).into(),
        }
    }
}

impl From<SavedToken> for BulkToken {
    fn from(it: SavedToken) -> Self {
        Self {
            id: it.id,
            display_name: it.display_name,
            issued_at: it.issued_at,
            expires_at: it.expires_at,
            origin: it.origin,
            value: it.value.into(),
        }
    }
}

impl From<&Value> for Saved {
    fn from(value: &Value) -> Self {
        match value {
            Value::Text(text) => Self::Text(text.clone()),
            Value::Secret(held) => Self::Secret(held.into()),
            Value::Toggle(on) => Self::Toggle(*on),
            Value::Choice(option) => Self::Choice((*option).to_owned()),
            Value::One(pick) => Self::One(pick.clone()),
            Value::Many(picks) => Self::Many(picks.clone()),
            Value::Key(key) => Self::Key(SavedKey {
                id: key.id.clone(),
                issued_at: key.issued_at,
                value: (&key.value).into(),
            }),
            Value::Tokens(tokens) => Self::Tokens(tokens.iter().map(SavedToken::from).collect()),
        }
    }
}

impl Saved {
    /// The value, if it fits the field as it is now.
    fn into_value(self, field: &Field) -> Option<Value> {
        let value = match self {
            Self::Text(text) => Value::Text(text),
            Self::Secret(held) => Value::Secret(held.into()),
            Self::Toggle(on) => Value::Toggle(on),
            Self::Choice(option) => {
                let Kind::Choice(options) = field.kind else { return None };
                Value::Choice(options.iter().find(|it| it.key == option)?.key)
            }
            Self::One(pick) => Value::One(pick),
            Self::Many(picks) => Value::Many(picks),
            Self::Key(key) => Value::Key(HeldKey {
                id: key.id,
                issued_at: key.issued_at,
                value: key.value.into(),
            }),
            Self::Tokens(tokens) => {
                Value::Tokens(tokens.into_iter().map(BulkToken::from).collect())
            }
        };
        field.kind.takes(&value).then_some(value)
    }
}
