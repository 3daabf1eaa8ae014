//! Texts that many things share.

use std::borrow::Borrow;
use std::collections::HashSet;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// A text that is held once and shared. It is one pointer wide: a list of a million rows has several in
/// each.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SharedText(Arc<Box<str>>);

impl Deref for SharedText {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

// Of the text alone, as `Hash` of the whole is: the box and the pointer pass it on.
impl Borrow<str> for SharedText {
    fn borrow(&self) -> &str {
        self
    }
}

impl From<&str> for SharedText {
    fn from(text: &str) -> Self {
        Self(Arc::new(text.into()))
    }
}

impl From<String> for SharedText {
    fn from(text: String) -> Self {
        Self(Arc::new(text.into_boxed_str()))
    }
}

impl fmt::Display for SharedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

/// Texts of which each is held once, however many rows or findings have it.
#[derive(Debug, Default)]
pub struct Texts(HashSet<SharedText>);

impl Texts {
    /// More distinct texts than this are not worth remembering.
    const MOST: usize = 4_096;

    /// The shared copy of a text.
    pub fn share(&mut self, text: &str) -> SharedText {
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        if self.0.len() >= Self::MOST {
            self.0.clear();
        }
        let new = SharedText::from(text);
        self.0.insert(new.clone());
        new
    }
}
