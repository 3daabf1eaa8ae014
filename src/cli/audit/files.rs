//! Files that an audit reads and writes.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

use crate::audit::baseline::BaselineError;
use crate::audit::{Baseline, Waivers, waiver};
use crate::domain::text::shown;
use crate::error::Failure;

/// Longest baseline that is read, in bytes: some million findings.
const MAX_BASELINE: usize = 1 << 30;

/// The waivers in a file.
pub fn waivers(path: &Path) -> Result<Waivers, Failure> {
    let text = text(path, waiver::MAX_FILE)?;
    Waivers::parse(&text).map_err(|problems| {
        let mut failure = Failure::usage(format!("{} cannot be used", name(path)))
            .hint("Mend these lines; `jetbridge audit --help` shows how a waiver is written.");
        failure.why = problems.iter().map(ToString::to_string).collect();
        failure
    })
}

/// The baseline in a file.
pub fn baseline(path: &Path) -> Result<Baseline, Failure> {
    let text = text(path, MAX_BASELINE)?;
    Baseline::parse(&text).map_err(|error| {
        let hint = match error {
            BaselineError::TooNew(_) => "Update jetbridge.",
            BaselineError::NoBaseline(_) | BaselineError::OtherStore => {
                "Write one with `jetbridge audit --write-baseline FILE`."
            }
        };
        Failure::usage(format!("{}: {error}", name(path))).hint(hint)
    })
}

fn text(path: &Path, most: usize) -> Result<String, Failure> {
    let mut text = String::new();
    let read =
        File::open(path).and_then(|file| file.take(most as u64 + 1).read_to_string(&mut text));
    match read {
        Ok(_) if text.len() <= most => Ok(text),
        Ok(_) => Err(Failure::new(format!("{} is too long", name(path)))
            .because(format!("it has more than {most} bytes"))
            .hint("Name the file that was meant; waivers and baselines are short.")),
        Err(error) => Err(Failure::new(format!("{} cannot be read", name(path)))
            .because(error.to_string())
            .hint("Look at its name and permissions.")),
    }
}

fn name(path: &Path) -> String {
    shown(&path.to_string_lossy()).into_owned()
}

/// Writes a file that only its owner can read, whole or not at all: what was there stays until the
/// new one is complete. E2.
pub fn replace(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    let failed = |error: io::Error| {
        Failure::new(format!("{} cannot be written", name(path)))
            .because(error.to_string())
            .hint("Choose a folder that is there and that you may write to.")
    };
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
    let new = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).map_err(failed)?;
    let mut out = BufWriter::with_capacity(64 << 10, new);
    write(&mut out).map_err(failed)?;
    let new = out.into_inner().map_err(|error| failed(error.into_error()))?;
    new.as_file().sync_all().map_err(failed)?;
    new.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}
