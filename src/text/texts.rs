//! Texts that many things share.

use std::collections::HashSet;
use std::sync::Arc;

/// Texts of which each is held once, however many rows or findings have it.
#[derive(Debug, Default)]
pub struct Texts(HashSet<Arc<str>>);

impl Texts {
    /// More distinct texts than this are not worth remembering.
    const MOST: usize = 4_096;

    /// The shared copy of a text.
    pub fn share(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        if self.0.len() >= Self::MOST {
            self.0.clear();
        }
        let new: Arc<str> = text.into();
        self.0.insert(new.clone());
        new
    }
}
