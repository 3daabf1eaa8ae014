//! jetbridge plans, creates, edits, audits and pre-flights the connections of AvePoint Fly
//! migrations from a terminal. `ARCHITECTURE.md` says what belongs where.

#[cfg(not(unix))]
compile_error!("jetbridge runs on Linux and macOS; on Windows, build it in WSL");

#[macro_use]
#[doc(hidden)]
pub mod testing;

pub mod app;
pub mod audit;
pub mod backend;
pub mod checks;
pub mod cli;
pub mod config;
pub mod domain;
pub mod error;
pub mod files;
pub mod form;
pub mod log;
pub mod permissions;
pub mod runtime;
pub mod service;
pub mod text;
pub mod view;

/// Wipes whatever is freed, so that no copy of a secret outlives its owner.
// Unit tests link the library they are of a second time, for its feature `testing`.
#[cfg(not(test))]
#[global_allocator]
static ALLOCATOR: zeroizing_alloc::ZeroAlloc<std::alloc::System> =
    zeroizing_alloc::ZeroAlloc(std::alloc::System);
