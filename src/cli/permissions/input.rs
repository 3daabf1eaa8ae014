//! Reads what was given as a file or on standard input, bounded, and never repeats it. SPEC E3.

use std::path::Path;

use zeroize::Zeroizing;

use crate::cli::file_args::is_standard;
use crate::cli::session::Session;
use crate::domain::secret::name_for_message;
use crate::error::Failure;
use crate::files::{encoding, read};
use crate::permissions::import::{self, ImportError, MAX_MANIFEST, MAX_TOKENS_TEXT};
use crate::permissions::import::{AppManifest, TokenClaims};

/// The manifest in a file.
pub fn manifest(session: &mut Session<'_, '_>, path: &Path) -> Result<AppManifest, Failure> {
    let text = text(session, path, MAX_MANIFEST)?;
    import::manifest(&text).map_err(|error| refused(path, &error))
}

/// The tokens in a file.
pub fn tokens(session: &mut Session<'_, '_>, path: &Path) -> Result<Vec<TokenClaims>, Failure> {
    let text = text(session, path, MAX_TOKENS_TEXT)?;
    import::tokens(&text).map_err(|error| refused(path, &error))
}

/// The text of a file or of standard input, of at most `limit` bytes. It may be a secret, so it is
/// wiped.
pub fn text(
    session: &mut Session<'_, '_>,
    path: &Path,
    limit: usize,
) -> Result<Zeroizing<String>, Failure> {
    let bytes = if is_standard(path) {
        standard(session, limit)?
    } else {
        read::bytes(path, limit as u64)?
    };
    encoding::wiped(&bytes).map_err(|why| refused(path, &why.into()))
}

/// What comes on standard input.
pub fn standard(
    session: &mut Session<'_, '_>,
    limit: usize,
) -> Result<Zeroizing<Vec<u8>>, Failure> {
    if session.terminals.input {
        session.printer.say("Reading from the terminal; end with Ctrl-D.");
    }
    Ok(read::stream(&mut *session.input, "standard input", limit as u64)?)
}

fn refused(path: &Path, error: &ImportError) -> Failure {
    let hint = match error {
        ImportError::NotText(why) => why.hint(),
        _ => "`jetbridge permissions check --help` lists the options.",
    };
    Failure::new(format!("{}: {error}", name(path))).hint(hint)
}

/// What to call a file in a message.
pub fn name(path: &Path) -> String {
    match is_standard(path) {
        true => "standard input".to_owned(),
        false => name_for_message(&path.to_string_lossy()).into_owned(),
    }
}
