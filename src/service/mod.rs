//! Use cases that the screen and the command line share. They return values and never print.
pub mod import;
