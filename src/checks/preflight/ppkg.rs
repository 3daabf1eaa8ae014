//! The head of an enrollment file: a WIM, read without unpacking it. preflight.md §1.5.

use jiff::SignedDuration;

use crate::domain::Timestamp;

/// Bytes of the head.
pub(super) const HEAD: usize = 208;
/// Longest text that describes the image, in bytes.
const MOST_TEXT: u64 = 1 << 20;
/// Seconds from 1601 to 1970.
const EPOCH: i64 = 11_644_473_600;

/// Where the text that describes the image lies in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Described {
    pub(super) from: u64,
    pub(super) length: usize,
}

/// Where a WIM describes itself; `None`: it is no WIM.
pub(super) fn head(bytes: &[u8]) -> Option<Described> {
    let number = |at: usize, length: usize| {
        let part = bytes.get(at..at + length)?;
        Some(part.iter().rev().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte)))
    };
    if !bytes.starts_with(b"MSWIM\0\0\0") || number(8, 4)? != HEAD as u64 {
        return None;
    }
    // Size in seven bytes, a byte of flags, the place.
    let (length, from) = (number(0x48, 7)?.min(MOST_TEXT), number(0x50, 8)?);
    Some(Described { from, length: usize::try_from(length).ok()? })
}

/// When the image was built, as its description in UTF-16 says; `None`: it does not.
pub(super) fn built(description: &[u8]) -> Option<Timestamp> {
    let units = description.chunks_exact(2).map(|it| u16::from_le_bytes([it[0], it[1]]));
    let text: String = char::decode_utf16(units).map(|it| it.unwrap_or(' ')).collect();
    let (_, time) = text.split_once("<CREATIONTIME>")?;
    let time = time.split_once("</CREATIONTIME>")?.0;
    let part = |name: &str| {
        let (_, rest) = time.split_once(&format!("<{name}>0x"))?;
        u32::from_str_radix(rest.split_once('<')?.0.trim(), 16).ok()
    };
    filetime(u64::from(part("HIGHPART")?) << 32 | u64::from(part("LOWPART")?))
}

/// A time as Windows counts it: 100 ns since 1601.
pub(super) fn filetime(ticks: u64) -> Option<Timestamp> {
    let seconds = i64::try_from(ticks / 10_000_000).ok()? - EPOCH;
    Timestamp::from_second(seconds).ok()
}

/// Whole days since then.
pub(super) fn days_since(built: Timestamp, now: Timestamp) -> i64 {
    now.duration_since(built).as_secs() / SignedDuration::from_hours(24).as_secs()
}

/// A file as Windows' designer writes it, as far as its head goes.
#[cfg(test)]
pub(super) fn fake(built: Timestamp) -> Vec<u8> {
    let ticks = u64::try_from(built.as_second() + EPOCH).unwrap() * 10_000_000;
    let text = format!(
        "<WIM><IMAGE INDEX=\"1\"><CREATIONTIME><HIGHPART>0x{:08X}</HIGHPART><LOWPART>0x{:08X}</LOWPART></CREATIONTIME></IMAGE></WIM>",
        ticks >> 32,
        ticks & 0xffff_ffff
    );
    let text: Vec<u8> =
        "\u{feff}".chars().chain(text.chars()).flat_map(|it| (it as u16).to_le_bytes()).collect();
    let mut out = vec![0; HEAD];
    out[..8].copy_from_slice(b"MSWIM\0\0\0");
    out[8..12].copy_from_slice(&208_u32.to_le_bytes());
    out[12..16].copy_from_slice(&0x0001_0d00_u32.to_le_bytes());
    out[0x48..0x4f].copy_from_slice(&(text.len() as u64).to_le_bytes()[..7]);
    out[0x4f] = 2;
    out[0x50..0x58].copy_from_slice(&(HEAD as u64).to_le_bytes());
    out.extend(text);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_of_a_wim_says_when_it_was_built() {
        let at: Timestamp = "2026-02-01T10:20:30Z".parse().unwrap();
        let file = fake(at);
        let it = head(&file).unwrap();
        assert_eq!(it.from, 208);
        assert_eq!(built(&file[208..208 + it.length]), Some(at));
    }

    #[test]
    fn what_is_no_wim_is_none_wherever_it_ends() {
        let file = fake("2026-02-01T00:00:00Z".parse().unwrap());
        for end in 0..HEAD {
            if head(&file[..end]).is_some() {
                assert!(end >= 0x58, "{end}");
            }
            assert_eq!(built(&file[208..208 + end / 2]), None, "{end}");
        }
        assert_eq!(head(b"PK\x03\x04 a zip"), None);
        let mut other = file.clone();
        other[8] = 1;
        assert_eq!(head(&other), None);
        assert_eq!(
            built("<CREATIONTIME><HIGHPART>0xZZ</HIGHPART></CREATIONTIME>".as_bytes()),
            None
        );
    }
}
