//! Security identifiers. MS-DTYP 2.4.2.

use std::fmt;

/// A security identifier, such as S-1-5-32-544.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Sid {
    authority: u64,
    parts: Vec<u32>,
}

impl Sid {
    /// Administrators of a domain: S-1-5-32-544.
    pub fn administrators() -> Self {
        Self { authority: 5, parts: vec![32, 544] }
    }

    /// From the bytes of an attribute. `None`: they are none.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let (head, parts) = bytes.split_at_checked(8)?;
        let [1, many, authority @ ..] = head else { return None };
        if parts.len() != usize::from(*many) * 4 {
            return None;
        }
        let authority = authority.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        let parts = parts.chunks_exact(4).filter_map(|it| it.try_into().ok());
        Some(Self { authority, parts: parts.map(u32::from_le_bytes).collect() })
    }

    /// The group or account of a domain with this relative id.
    #[must_use]
    pub fn with(&self, rid: u32) -> Self {
        let mut parts = self.parts.clone();
        parts.push(rid);
        Self { parts, ..*self }
    }
}

impl fmt::Display for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "S-1-{}", self.authority)?;
        self.parts.iter().try_for_each(|it| write!(f, "-{it}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_read_whole_or_not_at_all() {
        let bytes = [1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0];
        let read = Sid::parse(&bytes).unwrap();
        assert_eq!((read.clone(), &*read.to_string()), (Sid::administrators(), "S-1-5-32-544"));
        let domain = Sid { authority: 5, parts: vec![21, 1, 2, 4_000_000_000] };
        assert_eq!(domain.with(512).to_string(), "S-1-5-21-1-2-4000000000-512");
        for length in 0..bytes.len() {
            assert_eq!(Sid::parse(&bytes[..length]), None, "{length}");
        }
    }
}
