//! Answers that say what they are: a map from the keys of a form's fields to values that can be
//! walked without knowing the form.

#[cfg(test)]
pub(crate) mod testing;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::key::HeldKey;
use super::token::BulkToken;
use super::{Held, ObjectId, ObjectKind, Timestamp};

/// One answer. Objects of the directory are ids only: their names come from the directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// A line of text.
    Text(String),
    /// On or off.
    On(bool),
    /// Key of the chosen option.
    Choice(String),
    /// A day, as the moment at which it ends.
    Day(Timestamp),
    /// A code from a list that is no object of the directory, such as a location.
    Code(String),
    /// Objects of the directory.
    Objects(Objects),
    /// A secret.
    Secret(Held),
    /// An issued key.
    Key(HeldKey),
    /// Bulk tokens, oldest first; the last is the one in use.
    Tokens(Vec<BulkToken>),
    /// Of a kind that a newer program has: kept as it is.
    #[serde(untagged)]
    Newer(Json),
}

/// Objects of the directory that one field names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objects {
    /// What they are.
    pub kind: ObjectKind,
    /// The tenant they belong to; a tenant belongs to itself.
    pub tenant: ObjectId,
    /// Their ids, in the order they were picked. Never empty.
    pub ids: Vec<ObjectId>,
}

/// A reference to an object of the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference<'a> {
    /// Key of the field that names it.
    pub field: &'a str,
    /// What it is.
    pub kind: ObjectKind,
    /// The tenant it belongs to.
    pub tenant: &'a ObjectId,
    /// Its id.
    pub id: &'a ObjectId,
}

/// The answers of a form by field key: those of the branch that was saved, without name, type, side
/// and description, which every connection has. A switch that is off is not there.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sheet(BTreeMap<String, Answer>);

impl Sheet {
    /// The answer of a field.
    pub fn get(&self, key: &str) -> Option<&Answer> {
        self.0.get(key)
    }

    /// Answers a field.
    pub fn set(&mut self, key: impl Into<String>, answer: Answer) {
        self.0.insert(key.into(), answer);
    }

    /// Takes an answer away.
    pub fn clear(&mut self, key: &str) {
        self.0.remove(key);
    }

    /// Every answer with its key, in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Answer)> {
        self.0.iter().map(|(key, answer)| (key.as_str(), answer))
    }

    /// A line of text.
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.get(key) {
            Some(Answer::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The chosen option.
    pub fn choice(&self, key: &str) -> Option<&str> {
        match self.get(key) {
            Some(Answer::Choice(option)) => Some(option),
            _ => None,
        }
    }

    /// The end of a day.
    pub fn day(&self, key: &str) -> Option<Timestamp> {
        match self.get(key) {
            Some(Answer::Day(day)) => Some(*day),
            _ => None,
        }
    }

    /// A code.
    pub fn code(&self, key: &str) -> Option<&str> {
        match self.get(key) {
            Some(Answer::Code(code)) => Some(code),
            _ => None,
        }
    }

    /// The objects that a field names.
    pub fn objects(&self, key: &str) -> Option<&Objects> {
        match self.get(key) {
            Some(Answer::Objects(it)) => Some(it),
            _ => None,
        }
    }

    /// Ids of the objects that a field names; none where it names none.
    pub fn ids(&self, key: &str) -> &[ObjectId] {
        self.objects(key).map_or(&[], |it| &it.ids)
    }

    /// A secret.
    pub fn secret(&self, key: &str) -> Option<&Held> {
        match self.get(key) {
            Some(Answer::Secret(held)) => Some(held),
            _ => None,
        }
    }

    /// Bulk tokens, oldest first.
    pub fn tokens(&self, key: &str) -> &[BulkToken] {
        match self.get(key) {
            Some(Answer::Tokens(tokens)) => tokens,
            _ => &[],
        }
    }

    /// The issued key with its field, where the branch has one.
    pub fn key(&self) -> Option<(&str, &HeldKey)> {
        self.iter().find_map(|(field, answer)| match answer {
            Answer::Key(key) => Some((field, key)),
            _ => None,
        })
    }

    /// Every secret with the path that names it in the record: the path is bound to the sealed text,
    /// so it must never change for a stored record.
    pub fn secrets_mut(&mut self) -> Vec<(String, &mut Held)> {
        let mut all = Vec::new();
        for (key, answer) in &mut self.0 {
            match answer {
                Answer::Secret(held) => all.push((key.clone(), held)),
                Answer::Key(it) => all.push((key.clone(), &mut it.value)),
                Answer::Tokens(tokens) => all.extend(
                    tokens.iter_mut().map(|it| (format!("bulk_token/{}", it.id), &mut it.value)),
                ),
                Answer::Text(_)
                | Answer::On(_)
                | Answer::Choice(_)
                | Answer::Day(_)
                | Answer::Code(_)
                | Answer::Objects(_)
                | Answer::Newer(_) => {}
            }
        }
        all
    }

    /// Every object of the directory that is named, in the order of the fields' keys.
    pub fn references(&self) -> impl Iterator<Item = Reference<'_>> {
        self.iter().flat_map(|(field, answer)| {
            let named = match answer {
                Answer::Objects(it) => Some(it),
                _ => None,
            };
            named.into_iter().flat_map(move |Objects { kind, tenant, ids }| {
                ids.iter().map(move |id| Reference { field, kind: *kind, tenant, id })
            })
        })
    }

    /// The tenant that is reached; `None`: the branch has none.
    pub fn tenant(&self) -> Option<&ObjectId> {
        self.references().find(|it| it.kind == ObjectKind::Tenant).map(|it| it.id)
    }
}

impl FromIterator<(String, Answer)> for Sheet {
    fn from_iter<I: IntoIterator<Item = (String, Answer)>>(answers: I) -> Self {
        Self(answers.into_iter().collect())
    }
}

impl IntoIterator for Sheet {
    type Item = (String, Answer);
    type IntoIter = std::collections::btree_map::IntoIter<String, Answer>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
