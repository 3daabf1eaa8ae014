//! From a passphrase to a wrapping key: Argon2id with bounded cost. RELIABILITY §4.
//!
//! The cost stands in the envelope, where a stranger may have written it. So it is held to limits
//! before anything is computed: no header can ask for 100 GB or for an hour, and none can make a
//! passphrase cheap to guess.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use zeroize::Zeroizing;

use crate::backend::BackendError;

use super::seal::{KeyBytes, random};

/// Length of the parameters in the envelope: memory, passes, lanes in 4 bytes each, and the salt.
pub(crate) const LENGTH: usize = 12 + SALT;
const SALT: usize = 16;

/// What a guess costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB, 19,456 to 1,048,576.
    pub memory: u32,
    /// Passes over the memory, 2 to 16.
    pub passes: u32,
    /// Lanes, 1 to 4; they are computed one after the other.
    pub lanes: u32,
}

impl Cost {
    /// 64 MiB and three passes, as RFC 9106 §4 recommends where memory is scarce.
    pub const USUAL: Self = Self { memory: 64 * 1024, passes: 3, lanes: 1 };
    /// The least that is accepted: 19 MiB and two passes.
    pub const LEAST: Self = Self { memory: 19 * 1024, passes: 2, lanes: 1 };
    /// The most that is accepted of each; and of memory times passes, see [`Self::WORK`].
    pub const MOST: Self = Self { memory: 1024 * 1024, passes: 16, lanes: 4 };
    /// Most memory times passes, in KiB: some ten seconds.
    pub const WORK: u32 = 4 * 1024 * 1024;

    /// Whether it is within the limits.
    pub fn is_sound(self) -> bool {
        let within = |value, least, most| (least..=most).contains(&value);
        within(self.memory, Self::LEAST.memory, Self::MOST.memory)
            && within(self.passes, Self::LEAST.passes, Self::MOST.passes)
            && within(self.lanes, Self::LEAST.lanes, Self::MOST.lanes)
            && self.memory.saturating_mul(self.passes) <= Self::WORK
    }
}

/// Cost and salt of one derivation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kdf {
    /// What it costs.
    pub(crate) cost: Cost,
    salt: [u8; SALT],
}

impl Kdf {
    /// A new salt.
    pub(crate) fn new(cost: Cost) -> Result<Self, BackendError> {
        let salt = random().map_err(|error| damage(error.to_string()))?;
        Ok(Self { cost, salt })
    }

    /// The bytes of the envelope.
    pub(crate) fn bytes(&self) -> [u8; LENGTH] {
        let Cost { memory, passes, lanes } = self.cost;
        let numbers = [memory, passes, lanes];
        let bytes = numbers.iter().flat_map(|it| it.to_be_bytes()).chain(self.salt);
        let mut out = [0; LENGTH];
        out.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
        out
    }

    /// Reads the bytes of the envelope; `None` when they have the wrong length or a cost outside
    /// the limits.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let (memory, rest) = bytes.split_first_chunk::<4>()?;
        let (passes, rest) = rest.split_first_chunk::<4>()?;
        let (lanes, salt) = rest.split_first_chunk::<4>()?;
        let [memory, passes, lanes] = [memory, passes, lanes].map(|it| u32::from_be_bytes(*it));
        let cost = Cost { memory, passes, lanes };
        let salt = salt.try_into().ok()?;
        cost.is_sound().then_some(Self { cost, salt })
    }

    /// The wrapping key of a text. Takes tenths of a second by design.
    pub(crate) fn derive(&self, text: &[u8]) -> Result<KeyBytes, BackendError> {
        let Cost { memory, passes, lanes } = self.cost;
        let failed = |error: argon2::Error| damage(format!("Argon2id: {error}"));
        let params = Params::new(memory, passes, lanes, Some(32)).map_err(failed)?;
        // Asked for in a way that can fail: running out of memory ends no process.
        let mut blocks = Zeroizing::new(Vec::new());
        let count = params.block_count();
        blocks.try_reserve_exact(count).map_err(|_| {
            damage(format!("not enough memory to derive the key: it takes {} MiB", memory / 1024))
        })?;
        blocks.resize(count, Block::new());
        let mut key = KeyBytes::empty();
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into_with_memory(text, &self.salt, &mut *key, blocks.as_mut_slice())
            .map_err(failed)?;
        Ok(key)
    }
}

fn damage(detail: String) -> BackendError {
    BackendError::Vault { detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_read_back() {
        let kdf = Kdf::new(Cost::USUAL).unwrap();
        assert_eq!(Kdf::parse(&kdf.bytes()), Some(kdf));
        assert_ne!(Kdf::new(Cost::USUAL).unwrap(), kdf);
        for length in 0..LENGTH {
            assert_eq!(Kdf::parse(&kdf.bytes()[..length]), None);
        }
        assert_eq!(Kdf::parse(&[kdf.bytes().as_slice(), &[0]].concat()), None);
    }

    #[test]
    fn a_hostile_cost_is_refused_before_it_is_paid() {
        let usual = Cost::USUAL;
        for cost in [
            Cost { memory: u32::MAX, ..usual },
            Cost { memory: 100 * 1024 * 1024, ..usual },
            Cost { memory: Cost::LEAST.memory - 1, ..usual },
            Cost { memory: 0, ..usual },
            Cost { passes: u32::MAX, ..usual },
            Cost { passes: 1, ..usual },
            Cost { passes: 0, ..usual },
            Cost { lanes: 0, ..usual },
            Cost { lanes: 5, ..usual },
            Cost { memory: Cost::MOST.memory, passes: Cost::MOST.passes, lanes: 1 },
        ] {
            let bytes = Kdf { cost, salt: [7; SALT] }.bytes();
            assert_eq!(Kdf::parse(&bytes), None, "{cost:?}");
        }
        assert!(Cost::USUAL.is_sound() && Cost::LEAST.is_sound());
    }

    #[test]
    fn text_salt_and_cost_all_matter() {
        let of = |text: &str, cost, salt| Kdf { cost, salt }.derive(text.as_bytes()).unwrap();
        let first = of("not-a-real-passphrase", Cost::LEAST, [7; SALT]);
        assert_eq!(first, of("not-a-real-passphrase", Cost::LEAST, [7; SALT]));
        assert_ne!(first, of("not-a-real-passphrasf", Cost::LEAST, [7; SALT]));
        assert_ne!(first, of("not-a-real-passphrase", Cost::LEAST, [8; SALT]));
        let dearer = Cost { passes: 3, ..Cost::LEAST };
        assert_ne!(first, of("not-a-real-passphrase", dearer, [7; SALT]));
    }
}
