//! Input, output and time round the pure core.

pub mod program;
pub mod screen;
mod shim;
