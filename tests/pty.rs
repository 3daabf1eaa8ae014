//! The real binary in a pseudo terminal: whatever happens, the terminal is as it was. E5.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a broken test stops where it broke"
)]

#[path = "pty/canary.rs"]
mod canary;
#[path = "pty/death.rs"]
mod death;
#[path = "pty/jobs.rs"]
mod jobs;
#[path = "pty/preflight.rs"]
mod preflight;
#[path = "pty/restore.rs"]
mod restore;
#[path = "pty/screens.rs"]
mod screens;
#[path = "pty/search.rs"]
mod search;
#[path = "pty/signins.rs"]
mod signins;
#[path = "pty/team.rs"]
mod team;
#[path = "cli/tenant.rs"]
#[expect(dead_code, reason = "tests of the command line need more of it")]
mod tenant;
#[path = "pty/terminal.rs"]
mod terminal;
#[path = "pty/two.rs"]
mod two;
#[path = "pty/ways.rs"]
mod ways;
