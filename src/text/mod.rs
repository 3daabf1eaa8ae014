//! Text on its way out: made harmless, measured, cut, wrapped, counted, and written as CSV, Markdown,
//! HTML or words of a shell; and the word that was probably meant.
//!
//! The lowest module: it knows no connection and opens nothing. One function per idea.

mod clause;
mod count;
pub mod csv;
mod escape;
mod fold;
pub mod html;
pub mod markdown;
pub mod nearest;
pub mod shell;
mod shown;
mod spot;
mod stem;
mod texts;
mod width;
mod window;

pub use clause::clause;
pub use count::{counted, named, some_counted, some_named, thousands};
pub use escape::{composed, harmless, is_hidden, json, shown, shown_before};
pub use fold::{fold, folded_order, matches};
pub use shown::Shown;
pub use spot::{Lines, Spot};
pub use stem::file_stem;
pub use texts::{SharedText, Texts};
pub use width::{columns_of, cut, wrap};
pub use window::{Window, window};

#[cfg(test)]
pub use escape::corpus;
