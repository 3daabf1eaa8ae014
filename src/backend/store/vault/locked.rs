//! Memory of keys: each in a page of its own, which the system keeps out of its swap file where it
//! allows that, and which is wiped when it is freed.
//!
//! How much a process may lock is limited, and may be nothing: a key that cannot be locked is used all
//! the same, and `doctor` shows it. What computes with a key copies it to the stack for that long.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::ptr::from_ref;

use region::LockGuard;
use zeroize::Zeroize;

/// A page of the systems that we know, or a part of one.
#[repr(align(4096))]
struct Page<T>(T);

/// A value in a page of its own.
pub(crate) struct Locked<T> {
    // Freed in this order: nothing is unlocked that is not there any more.
    lock: Option<LockGuard>,
    page: Box<Page<T>>,
}

impl<T> Locked<T> {
    /// Moves a value into a page.
    pub(crate) fn new(value: T) -> Self {
        let page = Box::new(Page(value));
        let lock = region::lock(from_ref(&*page), size_of::<Page<T>>()).ok();
        Self { lock, page }
    }

    /// Whether the system keeps it in memory.
    const fn is_locked(&self) -> bool {
        self.lock.is_some()
    }
}

impl<T> Deref for Locked<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.page.0
    }
}

/// A 256-bit key.
pub(crate) struct KeyBytes(Locked<[u8; 32]>);

impl KeyBytes {
    /// A place for a key, which is filled there: no copy of it stays on the stack.
    pub(crate) fn empty() -> Self {
        Self(Locked::new([0; 32]))
    }

    /// A copy of these bytes.
    pub(crate) fn copy(bytes: &[u8; 32]) -> Self {
        let mut key = Self::empty();
        key.copy_from_slice(bytes);
        key
    }
}

impl Deref for KeyBytes {
    type Target = [u8; 32];

    fn deref(&self) -> &[u8; 32] {
        &self.0.page.0
    }
}

impl DerefMut for KeyBytes {
    fn deref_mut(&mut self) -> &mut [u8; 32] {
        &mut self.0.page.0
    }
}

impl Clone for KeyBytes {
    fn clone(&self) -> Self {
        Self::copy(self)
    }
}

impl PartialEq for KeyBytes {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for KeyBytes {}

impl fmt::Debug for KeyBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyBytes")
    }
}

impl Drop for KeyBytes {
    fn drop(&mut self) {
        // While it is still locked.
        self.0.page.0.zeroize();
    }
}

/// Whether this process may lock the memory of a key.
pub fn can_lock() -> bool {
    Locked::new([0_u8; 32]).is_locked()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kilobytes of this process that are locked.
    #[cfg(target_os = "linux")]
    fn locked() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find_map(|it| it.strip_prefix("VmLck:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn every_key_is_locked_as_long_as_it_lives() {
        if !can_lock() {
            eprintln!("skipped: this process may lock no memory");
            return;
        }
        // Other tests lock theirs meanwhile, so a page is looked for by its address.
        let key = KeyBytes::copy(&[7; 32]);
        let address = from_ref::<[u8; 32]>(&key).addr();
        assert_eq!(address % 4096, 0, "a page of its own");
        assert!(locked() > 0);
        let maps = std::fs::read_to_string("/proc/self/smaps").unwrap();
        let mut inside = false;
        let mut flags = None;
        for line in maps.lines() {
            if let Some((start, end)) = line.split_once(' ').and_then(|it| it.0.split_once('-')) {
                let hex = |it| usize::from_str_radix(it, 16).unwrap_or(0);
                inside = (hex(start)..hex(end)).contains(&address);
            } else if let Some(all) = line.strip_prefix("VmFlags:").filter(|_| inside) {
                flags = Some(all.to_owned());
            }
        }
        let flags = flags.unwrap();
        assert!(flags.split_whitespace().any(|it| it == "lo"), "locked: {flags}");
        let other = key.clone();
        drop(key);
        assert!(other == KeyBytes::copy(&[7; 32]) && format!("{other:?}") == "KeyBytes");
    }
}
