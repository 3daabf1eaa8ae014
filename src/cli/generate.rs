//! `jetbridge completions` and `jetbridge man`: both made from the definition of the arguments.

use std::path::Path;

use super::help;
use super::output::Printer;
use crate::error::{Exit, Failure};

/// Completions for a shell.
pub fn completions(
    printer: &mut Printer<'_>,
    shell: clap_complete::Shell,
) -> Result<Exit, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut help::command(), "jetbridge", &mut text);
    printer.raw(&text)?;
    Ok(Exit::Ok)
}

/// The manual page, or the pages of every command into a folder.
pub fn man(printer: &mut Printer<'_>, folder: Option<&Path>) -> Result<Exit, Failure> {
    let Some(folder) = folder else {
        let mut text = Vec::new();
        clap_mangen::Man::new(help::command()).render(&mut text).map_err(|error| {
            Failure::new("the manual page cannot be made")
                .because(error.to_string())
                .hint("Please report it with what `jetbridge --version` says.")
        })?;
        printer.raw(&text)?;
        return Ok(Exit::Ok);
    };
    std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(help::command(), folder))
        .map_err(|error| {
            Failure::new(format!("the pages cannot be written to {}", folder.display()))
                .because(error.to_string())
                .hint("Choose a folder that you may write to.")
        })?;
    printer.line(&format!("manual pages written to {}", folder.display()))?;
    Ok(Exit::Ok)
}
