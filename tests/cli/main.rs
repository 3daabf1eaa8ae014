//! The real binary in a temporary home: standard output, standard error and exit code of every
//! verb. SPEC E2, E3, E4, E7.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a broken test should stop where it broke")]

mod agent;
mod asking;
mod audit;
mod bulk;
mod changing;
mod contexts;
mod contract;
mod destinations;
#[cfg(target_os = "linux")]
mod disk;
mod doctor;
mod domain;
mod editing;
mod effects;
mod escape;
mod everywhere;
mod files;
mod formats;
mod home;
mod importing;
mod interrupted;
mod layers;
mod listing;
mod live;
mod log;
mod looking;
mod paths;
mod permissions;
#[expect(dead_code, reason = "tests of the client need more of it")]
mod played;
mod preflight;
mod purging;
mod questions;
mod reading;
#[cfg(target_os = "linux")]
mod recipes;
mod redact;
mod reference;
mod secrets;
mod several;
mod shells;
mod talk;
#[cfg(target_os = "linux")]
mod team;
mod tenant;
mod terminal;
#[cfg(target_os = "linux")]
mod traps;
#[cfg(target_os = "linux")]
mod trust;
mod trying;
#[cfg(target_os = "linux")]
mod vault;
#[cfg(unix)]
mod watching;
