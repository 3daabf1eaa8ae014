//! Values that were answered.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Key;
use crate::domain::key::HeldKey;
use crate::domain::token::BulkToken;
use crate::domain::{DirectoryObject, Held, Mfa, ObjectId, ProfileKind, ProfileStatus, Timestamp};

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A line of text, as typed.
    Text(String),
    /// A secret: stored, or typed just now.
    Secret(Held),
    /// On or off.
    Toggle(bool),
    /// Key of the chosen option.
    Choice(&'static str),
    /// One picked object.
    One(Picked),
    /// Several picked objects, in the order they were picked.
    Many(Vec<Picked>),
    /// An issued key.
    Key(HeldKey),
    /// Bulk tokens, oldest first.
    Tokens(Vec<BulkToken>),
}

/// A property of a picked object that forms react to. Drafts keep them by number: add new ones
/// at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Trait {
    /// A multi-geo tenant. G4.
    MultiGeo,
    /// A tenant operated by 21Vianet.
    China21Vianet,
    /// A tenant in a US Government cloud.
    UsGov,
    /// A Fly app profile.
    FlyApp,
    /// A custom app profile. G7.
    CustomApp,
    /// A Fly for Device app profile.
    FlyForDevice,
    /// A Fly delegated app profile.
    FlyDelegated,
    /// A custom delegated app profile.
    CustomDelegated,
    /// A profile that AOS calls invalid.
    Invalid,
    /// A service account with MFA. G9.
    Mfa,
    /// A service account whose MFA state is not known.
    MfaUnknown,
    /// A container that was never scanned or holds nothing. G5.
    Empty,
    /// Picked before, but not in the directory any more.
    Missing,
    /// A Fly for Power Platform app profile.
    FlyForPowerPlatform,
    /// A Fly for Entra ID source app profile.
    FlyForEntraIdSource,
    /// A Fly for Entra ID source and destination app profile.
    FlyForEntraId,
    /// The default app profile of Google.
    FlyForGoogle,
    /// A custom app profile of Google.
    CustomGoogle,
    /// A service account that was read as disabled. F8
    Disabled,
    /// A service account that was read as having no mailbox license. F8
    NoMailbox,
}

impl From<ProfileKind> for Trait {
    fn from(kind: ProfileKind) -> Self {
        match kind {
            ProfileKind::Fly => Self::FlyApp,
            ProfileKind::Custom => Self::CustomApp,
            ProfileKind::FlyForDevice => Self::FlyForDevice,
            ProfileKind::FlyDelegated => Self::FlyDelegated,
            ProfileKind::CustomDelegated => Self::CustomDelegated,
            ProfileKind::FlyForPowerPlatform => Self::FlyForPowerPlatform,
            ProfileKind::FlyForEntraIdSource => Self::FlyForEntraIdSource,
            ProfileKind::FlyForEntraId => Self::FlyForEntraId,
            ProfileKind::FlyForGoogle => Self::FlyForGoogle,
            ProfileKind::CustomGoogle => Self::CustomGoogle,
        }
    }
}

/// A set of traits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Traits(u32);

impl Traits {
    /// Whether it holds a trait.
    pub const fn has(self, wanted: Trait) -> bool {
        self.0 & (1 << wanted as u8) != 0
    }

    /// The set with one more.
    #[must_use]
    pub const fn with(self, more: Trait) -> Self {
        Self(self.0 | (1 << more as u8))
    }

    /// The kind of app profile that it names.
    pub fn profile_kind(self) -> Option<ProfileKind> {
        ProfileKind::ALL.into_iter().find(|kind| self.has((*kind).into()))
    }
}

/// A picked directory object, with what the form needs to know of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picked {
    /// Its id.
    pub id: ObjectId,
    /// Its name.
    pub label: String,
    /// What the form reacts to.
    #[serde(default)]
    pub traits: Traits,
    /// Locations of a tenant.
    #[serde(default)]
    pub extra: Vec<String>,
    /// The text that it fills in elsewhere: impersonation user of a profile, admin center of a tenant.
    #[serde(default)]
    pub fills: Option<String>,
    /// When the last credential of the app behind a profile ends, where that was read. F8
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<Timestamp>,
}

impl Picked {
    /// An object that is named by a record but not in the directory.
    pub fn missing(id: &ObjectId) -> Self {
        Self {
            id: id.clone(),
            label: id.0.clone(),
            traits: Traits::default().with(Trait::Missing),
            extra: Vec::new(),
            fills: None,
            ends: None,
        }
    }
}

impl From<&DirectoryObject> for Picked {
    fn from(object: &DirectoryObject) -> Self {
        let mut traits = Traits::default();
        let (mut extra, mut fills, mut ends) = (Vec::new(), None, None);
        match object {
            DirectoryObject::Tenant(it) => {
                if it.is_multi_geo() {
                    traits = traits.with(Trait::MultiGeo);
                }
                match it.cloud {
                    crate::domain::Cloud::Commercial => {}
                    crate::domain::Cloud::UsGov => traits = traits.with(Trait::UsGov),
                    crate::domain::Cloud::China21Vianet => {
                        traits = traits.with(Trait::China21Vianet)
                    }
                }
                extra.clone_from(&it.locations);
                fills.clone_from(&it.admin_url);
            }
            DirectoryObject::Container(it) => {
                if it.objects == Some(0) || (it.objects.is_none() && it.last_scan.is_none()) {
                    traits = traits.with(Trait::Empty);
                }
            }
            DirectoryObject::AppProfile(it) => {
                traits = traits.with(it.kind.into());
                if it.status == ProfileStatus::Invalid {
                    traits = traits.with(Trait::Invalid);
                }
                fills.clone_from(&it.impersonation_user);
                ends = it.evidence.expires;
            }
            DirectoryObject::ServiceAccount(it) => {
                match it.mfa {
                    Mfa::Yes => traits = traits.with(Trait::Mfa),
                    Mfa::Unknown => traits = traits.with(Trait::MfaUnknown),
                    Mfa::No => {}
                }
                if it.evidence.enabled == Some(false) {
                    traits = traits.with(Trait::Disabled);
                }
                if it.evidence.mailbox == Some(false) {
                    traits = traits.with(Trait::NoMailbox);
                }
            }
        }
        let (id, label) = (object.id().clone(), object.name().to_owned());
        Self { id, label, traits, extra, fills, ends }
    }
}

/// The values of a form, by field. Hidden answers stay here while the form is open. D17.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Values {
    answers: BTreeMap<Key, Value>,
    /// Fields whose key takes the place of a saved one.
    replaced: BTreeSet<Key>,
}

impl Values {
    /// The value of a field.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.answers.get(key)
    }

    /// Sets a field.
    pub fn set(&mut self, key: Key, value: Value) {
        self.answers.insert(key, value);
    }

    /// Takes a field's value away.
    pub fn clear(&mut self, key: &str) -> Option<Value> {
        self.answers.remove(key)
    }

    /// Takes every issued key away, as for a copy that needs one of its own.
    pub fn forget_keys(&mut self) {
        self.answers.retain(|_, value| !matches!(value, Value::Key(_)));
    }

    /// Takes away what a backend keeps with a record that is not there any more: only what was
    /// typed or issued since can be saved with another.
    pub fn forget_stored(&mut self) {
        let stored = |held: &Held| matches!(held, Held::Stored(_));
        self.answers.retain(|_, value| match value {
            Value::Secret(held) => !stored(held),
            Value::Key(key) => !stored(&key.value),
            Value::Tokens(tokens) => {
                tokens.retain(|it| !stored(&it.value));
                !tokens.is_empty()
            }
            _ => true,
        });
    }

    /// Notes which keys take the place of one in the saved answers: agents that are installed
    /// already go on with the old one.
    pub fn note_replaced(&mut self, saved: &Self) {
        let replaces = |key: Key, value: &Value| match value {
            Value::Key(held) => saved.key(key).is_some_and(|it| it != held),
            _ => false,
        };
        self.replaced =
            self.iter().filter(|(key, value)| replaces(key, value)).map(|(key, _)| key).collect();
    }

    /// Whether the key of this field takes the place of a saved one.
    pub fn is_replaced(&self, key: &str) -> bool {
        self.replaced.contains(key)
    }

    /// Those answers for which `keep` holds.
    #[must_use]
    pub(super) fn only(&self, keep: impl Fn(Key, &Value) -> bool) -> Self {
        let kept = self.iter().filter(|(key, value)| keep(key, value));
        Self {
            answers: kept.map(|(key, value)| (key, value.clone())).collect(),
            replaced: self.replaced.clone(),
        }
    }

    /// Every value with its field.
    pub fn iter(&self) -> impl Iterator<Item = (Key, &Value)> {
        self.answers.iter().map(|(key, value)| (*key, value))
    }

    /// Whether a field has an answer.
    pub fn answered(&self, key: &str) -> bool {
        self.get(key).is_some_and(Value::is_answer)
    }

    /// Text of a field; empty when there is none.
    pub fn text(&self, key: &str) -> &str {
        match self.get(key) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    /// Whether a toggle is on.
    pub fn toggle(&self, key: &str) -> bool {
        matches!(self.get(key), Some(Value::Toggle(true)))
    }

    /// The chosen option.
    pub fn choice(&self, key: &str) -> Option<&'static str> {
        match self.get(key) {
            Some(Value::Choice(option)) => Some(option),
            _ => None,
        }
    }

    /// A secret.
    pub fn secret(&self, key: &str) -> Option<&Held> {
        match self.get(key) {
            Some(Value::Secret(held)) => Some(held),
            _ => None,
        }
    }

    /// Picked objects; none when nothing is picked.
    pub fn picks(&self, key: &str) -> &[Picked] {
        match self.get(key) {
            Some(Value::One(picked)) => std::slice::from_ref(picked),
            Some(Value::Many(picked)) => picked,
            _ => &[],
        }
    }

    /// An issued key.
    pub fn key(&self, key: &str) -> Option<&HeldKey> {
        match self.get(key) {
            Some(Value::Key(held)) => Some(held),
            _ => None,
        }
    }

    /// Bulk tokens, oldest first.
    pub fn tokens(&self, key: &str) -> &[BulkToken] {
        match self.get(key) {
            Some(Value::Tokens(tokens)) => tokens,
            _ => &[],
        }
    }
}
