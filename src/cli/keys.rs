//! What may open the vault, from the command line, the configuration and the terminal. No
//! passphrase is ever an argument or a variable. SPEC E3; RELIABILITY §4.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use zeroize::Zeroizing;

use super::prompt;
use super::session::Session;
use crate::backend::store::{Asker, Cache, KeyCommand, Question, Typed, Unlock};
use crate::backend::{BackendError, store};
use crate::config::{Config, Paths, UnlockCache, Vault};
use crate::domain::Secret;
use crate::error::Failure;
use crate::service::beside;
use crate::text::shown;

/// Longest text that a descriptor or standard input gives, in bytes: a key file fits.
const LONGEST: usize = 32 * 1024;
/// Fewest characters of a new passphrase.
const SHORTEST: usize = 12;
/// The terminal of this process, whatever its standard streams are.
const TERMINAL: &str = "/dev/tty";

/// What the command line says about the vault.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    descriptor: Option<u32>,
    /// What the descriptor gave: it can be read once, and several stores may be opened.
    given: Arc<OnceLock<Secret>>,
    typed: Typed,
    /// A vault is opened with its store, not when its first secret is needed.
    at_once: Arc<AtomicBool>,
    /// The screen is up: the terminal is not for questions.
    on_screen: Arc<AtomicBool>,
}

impl Keys {
    pub fn new(descriptor: Option<u32>) -> Self {
        Self { descriptor, ..Self::default() }
    }

    /// From now on a vault that needs more than a key file is opened with its store.
    pub fn unlock_at_once(&self) {
        self.at_once.store(true, Ordering::Relaxed);
    }

    /// Whether a vault is opened with its store.
    pub fn at_once(&self) -> bool {
        self.at_once.load(Ordering::Relaxed)
    }

    /// From now on nobody is asked.
    pub fn screen_begins(&self) {
        self.on_screen.store(true, Ordering::Relaxed);
    }

    /// How a store is opened: who writes, what opens its vault, what goes with a purge.
    pub fn store(
        &self,
        paths: &Paths,
        config: &Config,
        path: &Path,
    ) -> Result<store::OpenOptions, Failure> {
        let mut options = store::OpenOptions::new(path, &paths.vault_key, config.author());
        options.unlock = self.unlock(config)?;
        options.purge_days = config.purge_days;
        options.forget = Some(beside::forgetting(&paths.data_dir));
        Ok(options)
    }

    /// What the store may use to open its vault.
    pub fn unlock(&self, config: &Config) -> Result<Unlock, Failure> {
        let given = match (self.given.get(), self.descriptor) {
            (Some(given), _) => Some(given.clone()),
            (None, None) => None,
            (None, Some(number)) => {
                let read = read_descriptor(number)?;
                Some(self.given.get_or_init(|| read).clone())
            }
        };
        let on_screen = self.on_screen.clone();
        let ask: Asker = Arc::new(move |question| {
            if on_screen.load(Ordering::Relaxed) {
                let detail = "its passphrase can be typed only before the screen starts; leave, and \
                              start jetbridge on it with --context";
                return Err(BackendError::Locked { detail: detail.to_owned() });
            }
            ask(question)
        });
        Ok(Unlock {
            given,
            ask: Some(ask),
            typed: self.typed.clone(),
            command: command(&config.vault),
            cache: match config.vault.cache {
                UnlockCache::None => None,
                UnlockCache::Keyring => Some(Cache::kernel(config.vault.cache_minutes)),
            },
            ..Unlock::default()
        })
    }
}

/// The key command of the configuration.
pub fn command(vault: &Vault) -> Option<KeyCommand> {
    let timeout = Duration::from_secs(u64::from(vault.key_command_timeout_seconds));
    let argv = vault.key_command.clone();
    (!argv.is_empty()).then_some(KeyCommand { argv, timeout })
}

/// Asks on the terminal itself: standard input may hold what the verb reads. Runs on the store's
/// thread.
fn ask(question: &Question) -> Result<Secret, BackendError> {
    let nobody = |_: std::io::Error| BackendError::Locked {
        detail: "it opens with a passphrase, and there is no terminal to ask for it".to_owned(),
    };
    let mut input = File::open(TERMINAL).map_err(nobody)?;
    let mut output = OpenOptions::new().write(true).open(TERMINAL).map_err(nobody)?;
    let mut talk = String::new();
    if let Some(why) = &question.note {
        talk = format!("The kernel's keyring cannot be used ({}).\n", shown(why));
    }
    if question.again {
        talk.push_str("That does not open the vault.\n");
    }
    talk.push_str("Passphrase of the vault (not shown): ");
    let asked = prompt::hidden(&mut input, |part| {
        let text = match part {
            prompt::Part::Question => talk.as_str(),
            prompt::Part::End => "\n",
        };
        // Whoever does not see the question can still answer it.
        let _ = output.write_all(text.as_bytes()).and_then(|()| output.flush());
    });
    asked.map_err(|failure| match failure.exit {
        crate::error::Exit::Interrupted => BackendError::Cancelled,
        _ => BackendError::Locked { detail: failure.what },
    })
}

/// Everything behind a descriptor that the caller has opened for us.
fn read_descriptor(number: u32) -> Result<Secret, Failure> {
    let name = format!("--vault-key-fd {number}");
    let failed = |error: std::io::Error| {
        Failure::usage(format!("{name} cannot be read"))
            .because(error.to_string())
            .hint("Open it in the shell, such as `jetbridge … --vault-key-fd 3 3< FILE`.")
    };
    if matches!(number, 1 | 2) {
        return Err(Failure::usage(format!("{name} is open for output only"))
            .hint("Use 3 or more, such as `--vault-key-fd 3 3< FILE`."));
    }
    // Opened by its name: taking a number over would need unsafe code. Standard input, too: the
    // verb has it locked already.
    let mut file = File::open(format!("/dev/fd/{number}")).map_err(failed)?;
    take(&name, &mut file)
}

/// All of a short text, without the white space around it, in memory that never moves.
fn take(name: &str, from: &mut dyn Read) -> Result<Secret, Failure> {
    let mut bytes = Zeroizing::new(vec![0; LONGEST + 1]);
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|it| !it.is_empty()) {
        match from.read(rest) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => {
                return Err(Failure::new(format!("{name} cannot be read"))
                    .because(error.to_string())
                    .hint("Open it for reading before jetbridge starts."));
            }
        }
    }
    let text = std::str::from_utf8(bytes.get(..filled).unwrap_or_default());
    let text = text.map_err(|_| Failure::usage(format!("{name} does not hold UTF-8 text")).hint("Give a descriptor that holds the key file's content, the passphrase, or what the key command prints."))?;
    match text.trim() {
        _ if filled > LONGEST => Err(Failure::usage(format!("{name} holds too much")).hint("Give a descriptor that holds the key file's content, the passphrase, or what the key command prints.")),
        "" => Err(Failure::usage(format!("{name} holds nothing")).hint("Give a descriptor that holds the key file's content, the passphrase, or what the key command prints.")),
        text => Ok(Secret::new(text)),
    }
}

/// A new passphrase: from standard input, or typed twice.
pub fn new_passphrase(
    session: &mut Session<'_, '_>,
    from_stdin: bool,
    what: &str,
) -> Result<Secret, Failure> {
    let text = if from_stdin {
        take("standard input", &mut session.input)?
    } else if session.can_ask() {
        let first = prompt::secret(session, what)?;
        long_enough(&first)?;
        if prompt::secret(session, "Once more")? != first {
            return Err(Failure::usage("the two passphrases differ")
                .hint("Nothing was changed; try again."));
        }
        first
    } else {
        return Err(session
            .nobody("for a new passphrase")
            .hint("Pipe it in with --passphrase-stdin."));
    };
    long_enough(&text)?;
    Ok(text)
}

fn long_enough(text: &Secret) -> Result<(), Failure> {
    if text.chars() >= SHORTEST {
        return Ok(());
    }
    Err(Failure::usage(format!("a passphrase has at least {SHORTEST} characters"))
        .hint("Several words in a row are long and easy to type."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_handed_over_is_bounded_and_trimmed() {
        let of = |bytes: &[u8]| take("x", &mut &*bytes);
        assert_eq!(of(b" not-a-real one \n").unwrap().expose(), "not-a-real one");
        assert!(of(b" \n").unwrap_err().what.contains("nothing"));
        assert!(of(&[0xff]).unwrap_err().what.contains("UTF-8"));
        assert!(of(&vec![b'x'; LONGEST + 1]).unwrap_err().what.contains("too much"));
        assert!(of(&vec![b'x'; LONGEST]).is_ok());
        assert!(read_descriptor(1).unwrap_err().what.contains("output"));
        assert!(read_descriptor(999_999).unwrap_err().hints[0].contains("3< FILE"));
    }

    #[test]
    fn the_screen_is_not_asked() {
        let keys = Keys::new(None);
        keys.screen_begins();
        let ask = keys.unlock(&Config::default()).unwrap().ask.unwrap();
        let refused = ask(&Question { again: false, note: None });
        assert!(
            matches!(refused, Err(BackendError::Locked { detail }) if detail.contains("--context"))
        );
    }
}
