//! Calls to the outside.

pub mod graph;
pub mod http;
