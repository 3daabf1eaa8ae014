//! The kernel's keyring as an unlock cache: the wrapping key of a passphrase or key command stays
//! there for some minutes. RELIABILITY §4.
//!
//! Only a cache: it is never the one place of a key. On many hosts it is barred or its calls hang,
//! so each runs on a thread of its own with a time limit; after a failure the cache is left alone
//! for the rest of the process, and whoever is asked for a passphrase is shown why.

use std::fmt;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use uuid::Uuid;

use super::keyfile::hex;
use super::seal::KeyBytes;

/// How long a call may take.
const PATIENCE: Duration = Duration::from_secs(1);

/// Keeps keys by name for a while.
pub trait Keyring: Send + Sync {
    /// The key of that name; `None` when there is none or its time is over.
    ///
    /// # Errors
    /// The keyring cannot be used, in the system's words.
    fn get(&self, name: &str) -> Result<Option<zeroize::Zeroizing<[u8; 32]>>, String>;
    /// Keeps a key for that many seconds.
    ///
    /// # Errors
    /// The keyring cannot be used, in the system's words.
    fn put(&self, name: &str, key: &[u8; 32], seconds: u32) -> Result<(), String>;
    /// Forgets a key; whether there was one.
    ///
    /// # Errors
    /// The keyring cannot be used, in the system's words.
    fn forget(&self, name: &str) -> Result<bool, String>;
}

/// An unlock cache.
#[derive(Clone)]
pub struct Cache {
    keyring: Arc<dyn Keyring>,
    seconds: u32,
    patience: Duration,
    /// Why it is not used any more.
    broken: Option<String>,
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").field("seconds", &self.seconds).finish_non_exhaustive()
    }
}

impl Cache {
    /// A cache in the keyring of the kernel, for that many minutes since the last unlock.
    pub fn kernel(minutes: u32) -> Self {
        Self::of(Arc::new(kernel::Kernel), minutes)
    }

    /// A cache in any keyring.
    pub fn of(keyring: Arc<dyn Keyring>, minutes: u32) -> Self {
        let seconds = minutes.saturating_mul(60);
        Self { keyring, seconds, patience: PATIENCE, broken: None }
    }

    #[cfg(test)]
    pub(crate) fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Minutes that a key stays.
    pub const fn minutes(&self) -> u32 {
        self.seconds / 60
    }

    /// Why it is not used, once a call has failed.
    pub fn broken(&self) -> Option<&str> {
        self.broken.as_deref()
    }

    /// The key that was kept, if it is there and the cache works.
    pub(crate) fn get(&mut self, name: &str) -> Option<KeyBytes> {
        let (keyring, owned) = (self.keyring.clone(), name.to_owned());
        self.call(move || keyring.get(&owned)).flatten().map(|it| KeyBytes::copy(&it))
    }

    /// Keeps a key. Failing shows in [`Self::broken`].
    pub(crate) fn put(&mut self, name: &str, key: &KeyBytes) {
        let (keyring, owned, key) = (self.keyring.clone(), name.to_owned(), key.clone());
        let seconds = self.seconds;
        self.call(move || keyring.put(&owned, &key, seconds));
    }

    /// Forgets a key; whether there was one, `None` when the keyring cannot be used.
    pub(crate) fn forget(&mut self, name: &str) -> Option<bool> {
        let (keyring, owned) = (self.keyring.clone(), name.to_owned());
        self.call(move || keyring.forget(&owned))
    }

    fn call<T: Send + 'static>(
        &mut self,
        work: impl FnOnce() -> Result<T, String> + Send + 'static,
    ) -> Option<T> {
        if self.broken.is_some() {
            return None;
        }
        let (send, receive) = mpsc::channel();
        let thread = std::thread::Builder::new().name("keyring".into()).spawn(move || {
            // Nobody listening: it took too long.
            let _ = send.send(work());
        });
        let answer = match thread {
            Err(error) => Err(error.to_string()),
            Ok(_) => receive
                .recv_timeout(self.patience)
                .unwrap_or_else(|_| Err(format!("no answer within {:?}", self.patience))),
        };
        answer.map_err(|why| self.broken = Some(why)).ok()
    }
}

/// The name of a wrapping key in the keyring.
pub(crate) fn name(store: Uuid, key_id: [u8; 8]) -> String {
    format!("jetbridge:{}:{}", store.simple(), *hex(&key_id))
}

#[cfg(target_os = "linux")]
mod kernel {
    //! Keys of type `user` in the user's keyring, reached through the session's.

    use linux_keyutils::{KeyError, KeyRing, KeyRingIdentifier};
    use zeroize::{Zeroize, Zeroizing};

    use super::Keyring;

    pub(crate) struct Kernel;

    fn ring() -> Result<KeyRing, String> {
        KeyRing::from_special_id(KeyRingIdentifier::User, true).map_err(damage)
    }

    fn damage(error: KeyError) -> String {
        match error {
            KeyError::AccessDenied | KeyError::PermissionDenied => "access is denied".to_owned(),
            KeyError::QuotaExceeded => "the quota of keys is used up".to_owned(),
            other => format!("{other:?}"),
        }
    }

    /// A key that is not there, or not any more.
    fn absent(error: KeyError) -> bool {
        matches!(error, KeyError::KeyDoesNotExist | KeyError::KeyExpired | KeyError::KeyRevoked)
    }

    impl Keyring for Kernel {
        fn get(&self, name: &str) -> Result<Option<Zeroizing<[u8; 32]>>, String> {
            let key = match ring()?.search(name) {
                Err(error) if absent(error) => return Ok(None),
                found => found.map_err(damage)?,
            };
            // One byte more, so that a longer payload is not taken for ours.
            let mut bytes = Zeroizing::new([0; 33]);
            let length = match key.read(&mut *bytes) {
                Err(error) if absent(error) => return Ok(None),
                read => read.map_err(damage)?,
            };
            let mut out = Zeroizing::new([0; 32]);
            if length != out.len() {
                return Ok(None);
            }
            out.iter_mut().zip(bytes.iter()).for_each(|(to, from)| *to = *from);
            bytes.zeroize();
            Ok(Some(out))
        }

        fn put(&self, name: &str, key: &[u8; 32], seconds: u32) -> Result<(), String> {
            let kept = ring()?.add_key(name, key).map_err(damage)?;
            let seconds = usize::try_from(seconds).unwrap_or(usize::MAX);
            kept.set_timeout(seconds).map_err(|error| {
                // A key without an end is worse than none; there is nothing else to try.
                let _ = kept.invalidate();
                damage(error)
            })
        }

        fn forget(&self, name: &str) -> Result<bool, String> {
            match ring()?.search(name) {
                Err(error) if absent(error) => Ok(false),
                Err(error) => Err(damage(error)),
                Ok(key) => key.invalidate().map(|()| true).map_err(damage),
            }
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod kernel {
    //! Other systems have no such keyring.

    use zeroize::Zeroizing;

    use super::Keyring;

    pub(crate) struct Kernel;

    const NONE: &str = "this system has no kernel keyring";

    impl Keyring for Kernel {
        fn get(&self, _: &str) -> Result<Option<Zeroizing<[u8; 32]>>, String> {
            Err(NONE.to_owned())
        }

        fn put(&self, _: &str, _: &[u8; 32], _: u32) -> Result<(), String> {
            Err(NONE.to_owned())
        }

        fn forget(&self, _: &str) -> Result<bool, String> {
            Err(NONE.to_owned())
        }
    }
}
