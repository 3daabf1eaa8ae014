//! Text on its way out: made harmless, measured, cut, counted, compared.
//!
//! The lowest module: it knows no connection and opens nothing.

mod escape;
pub mod nearest;

pub use escape::{
    Lines, Spot, csv_cell, csv_text, fold, is_hidden, matches, shown, shown_before, thousands,
};

#[cfg(test)]
pub use escape::corpus;
