//! BER as LDAP uses it: definite lengths only, nothing larger than it says. RFC 4511 5.1.

/// Tags of X.690 that LDAP uses.
pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const OCTETS: u8 = 0x04;
pub(crate) const ENUMERATED: u8 = 0x0a;
pub(crate) const SEQUENCE: u8 = 0x30;

/// Elements one after the other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    /// The next element: its tag and what is in it. `None`: there is none, or it is damaged.
    pub(crate) fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (tag, rest) = self.0.split_first()?;
        let (length, rest) = length(rest)?;
        let body = rest.get(..length)?;
        self.0 = rest.get(length..)?;
        Some((*tag, body))
    }

    /// The next element, which must have this tag.
    pub(crate) fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next().filter(|it| it.0 == tag).map(|it| it.1)
    }

    /// The next element, which must be an integer that is not negative.
    pub(crate) fn number(&mut self, tag: u8) -> Option<u32> {
        let bytes = self.take(tag)?;
        let first = *bytes.first()?;
        if bytes.len() > 5 || first >= 0x80 {
            return None;
        }
        let value = bytes.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        u32::try_from(value).ok()
    }

    /// The next element, which must be a text.
    pub(crate) fn text(&mut self) -> Option<String> {
        self.take(OCTETS).map(|it| String::from_utf8_lossy(it).into_owned())
    }
}

/// The length at the beginning, and what follows it.
fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    match usize::from(*first) {
        short @ ..0x80 => Some((short, rest)),
        // Without a length, or with one that no message has.
        0x80 | 0x85.. => None,
        long => {
            let (bytes, rest) = rest.split_at_checked(long - 0x80)?;
            Some((bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), rest))
        }
    }
}

/// An element of these parts, in a buffer of its exact size.
pub(crate) fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|it| it.len()).sum();
    let mut out = Vec::with_capacity(length + 6);
    out.push(tag);
    match u8::try_from(length) {
        Ok(short @ ..0x80) => out.push(short),
        _ => {
            out.push(0x84);
            out.extend(u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
        }
    }
    parts.iter().for_each(|it| out.extend_from_slice(it));
    out
}

/// A number that is not negative.
pub(crate) fn number(tag: u8, value: u32) -> Vec<u8> {
    let bytes = u64::from(value).to_be_bytes();
    // The highest bit is the sign.
    let from = bytes.iter().position(|it| *it != 0).unwrap_or(bytes.len() - 1);
    let from = if bytes.get(from).is_some_and(|it| *it >= 0x80) { from - 1 } else { from };
    element(tag, &[bytes.get(from..).unwrap_or_default()])
}

/// A text.
pub(crate) fn text(value: &str) -> Vec<u8> {
    element(OCTETS, &[value.as_bytes()])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for value in [0, 1, 127, 128, 255, 256, 65_535, 8_388_608, u32::MAX] {
            assert_eq!(Reader(&number(INTEGER, value)).number(INTEGER), Some(value), "{value}");
        }
        for size in [0, 1, 127, 128, 255, 256, 70_000] {
            let long = "x".repeat(size);
            assert_eq!(Reader(&text(&long)).text(), Some(long), "{size}");
        }
    }

    #[test]
    fn damaged_lengths_are_refused() {
        for bytes in [
            &[0x30][..],
            &[0x30, 0x80, 0, 0],
            &[0x30, 0x85, 0, 0, 0, 0, 0],
            &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
            &[0x30, 0x82, 0x01],
            &[0x30, 2, 1],
        ] {
            assert_eq!(Reader(bytes).next(), None, "{bytes:?}");
        }
        assert_eq!(Reader(&[2, 1, 0x80]).number(INTEGER), None, "a negative number");
        assert_eq!(Reader(&[2, 0]).number(INTEGER), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let mut reader = Reader(&bytes);
            while let Some((_, body)) = reader.next() {
                prop_assert!(body.len() <= bytes.len());
            }
        }
    }
}
