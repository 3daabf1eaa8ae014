//! Reads what was given as a file or on standard input, bounded, and never repeats it. SPEC E3.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use zeroize::Zeroizing;

use crate::cli::file_args::is_standard;
use crate::cli::session::Session;
use crate::domain::secret::name_for_message;
use crate::error::Failure;
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

/// The text of a file or of standard input, cut one byte after `limit`: whoever reads it refuses
/// what is longer. It may be a secret, so it is wiped.
pub fn text(
    session: &mut Session<'_, '_>,
    path: &Path,
    limit: usize,
) -> Result<Zeroizing<String>, Failure> {
    // Room for all of it, so that growing leaves no copies behind; most files are short.
    let mut bytes = Zeroizing::new(Vec::with_capacity(limit.min(16 << 10)));
    let most = limit as u64 + 1;
    let read = if is_standard(path) {
        if session.terminals.input {
            session.printer.say("Reading from the terminal; end with Ctrl-D.");
        }
        Read::take(&mut *session.input, most).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes))
    };
    read.map_err(|error| unreadable(path, error.kind()))?;
    import::text(&bytes).map(Zeroizing::new).map_err(|error| refused(path, &error))
}

/// A file that could not be read. Its name is left out where it may be a secret.
fn unreadable(path: &Path, kind: std::io::ErrorKind) -> Failure {
    Failure::new(import::unreadable(&path.to_string_lossy(), kind).to_string())
        .hint("Give the path of a file, or - for standard input.")
}

fn refused(path: &Path, error: &ImportError) -> Failure {
    Failure::new(format!("{}: {error}", name(path)))
        .hint("`jetbridge permissions check --help` says what can be given.")
}

/// What to call a file in a message.
pub fn name(path: &Path) -> String {
    match is_standard(path) {
        true => "standard input".to_owned(),
        false => name_for_message(&path.to_string_lossy()).into_owned(),
    }
}
