//! Use cases shared by the screen and the command line: they return values and never print.

pub mod sample;
