//! `jetbridge signin`: who signs in to tenants for the pre-flight. SPEC F3.

pub mod open;
