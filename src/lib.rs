//! jetbridge plans, creates, edits, audits and pre-flights the connections of AvePoint Fly
//! migrations from a terminal. `ARCHITECTURE.md` says what belongs where.

pub mod app;
pub mod backend;
pub mod domain;
pub mod form;
pub mod view;
