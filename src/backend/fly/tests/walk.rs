//! `context test`.
