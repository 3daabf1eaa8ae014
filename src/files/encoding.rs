//! Text in the encodings that people's programs write, as UTF-8 without a byte order mark: Notepad
//! and Windows PowerShell write UTF-16 (`>` and Out-File), Excel "Unicode text".

use std::borrow::Cow;
use std::fmt;

use zeroize::Zeroizing;

use crate::text::{Lines, Spot};

/// Why bytes are not text that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotText {
    /// Text in an encoding of one byte per character, of which nobody says which one it is.
    Legacy(Spot),
    /// UTF-16 or UTF-32 that ends in the middle or was changed.
    Damaged,
    /// An Excel workbook.
    Workbook,
    /// A compressed file.
    Compressed,
    /// Something else.
    Binary,
}

impl fmt::Display for NotText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Legacy(spot) => write!(f, "{spot} is not UTF-8 text, probably Windows-1252"),
            Self::Damaged => f.write_str("it is UTF-16 text that is damaged or cut off"),
            Self::Workbook => f.write_str("it is an Excel workbook, not text"),
            Self::Compressed => f.write_str("it is a compressed file, not text"),
            Self::Binary => f.write_str("it is not UTF-8 text"),
        }
    }
}

impl std::error::Error for NotText {}

impl NotText {
    /// What to do.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Legacy(_) => "Save it as UTF-8; in Excel, choose the file type CSV UTF-8.",
            Self::Damaged => "Export or copy it again.",
            Self::Workbook => "In Excel, save the sheet with the file type CSV UTF-8.",
            Self::Compressed => "Unpack it first.",
            Self::Binary => "Check that this is the right file; text is saved as UTF-8.",
        }
    }
}

/// How characters are made of bytes.
#[derive(Debug, Clone, Copy)]
enum Encoding {
    Utf8,
    Utf16(fn([u8; 2]) -> u16),
    Utf32(fn([u8; 4]) -> u32),
}

/// The text of these bytes. Where its lines end with carriage returns alone they become line feeds.
///
/// Nothing is copied where nothing has to change, and nothing that is copied is copied twice: it may
/// be a secret that the caller wipes.
///
/// # Errors
/// [`NotText`]
pub fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, NotText> {
    let (encoding, mark) = encoding(bytes);
    let rest = bytes.get(mark..).unwrap_or_default();
    let text = match encoding {
        Encoding::Utf8 => Cow::Borrowed(utf8(rest)?),
        Encoding::Utf16(join) => Cow::Owned(utf16(rest, join)?),
        Encoding::Utf32(join) => Cow::Owned(utf32(rest, join)?),
    };
    if memchr::memchr(b'\r', text.as_bytes()).is_none()
        || memchr::memchr(b'\n', text.as_bytes()).is_some()
    {
        return Ok(text);
    }
    Ok(Cow::Owned(with_line_feeds(&text)))
}

/// As [`decode`], wiped when dropped.
///
/// # Errors
/// [`NotText`]
pub fn wiped(bytes: &[u8]) -> Result<Zeroizing<String>, NotText> {
    decode(bytes).map(|text| Zeroizing::new(text.into_owned()))
}

/// As [`decode`], for bytes that nobody needs any more: a long text is not copied.
///
/// # Errors
/// [`NotText`]
pub fn text(mut bytes: Vec<u8>) -> Result<String, NotText> {
    match decode(&bytes)? {
        Cow::Owned(text) => Ok(text),
        Cow::Borrowed(text) => {
            let mark = bytes.len() - text.len();
            bytes.drain(..mark);
            String::from_utf8(bytes).map_err(|_| NotText::Binary)
        }
    }
}

/// The same text with every carriage return a line feed.
pub(super) fn with_line_feeds(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    out.extend(text.chars().map(|c| if c == '\r' { '\n' } else { c }));
    out
}

/// The encoding with the length of its mark. Without a mark a text whose first character is one of
/// ASCII shows it by where its zeros are, as CSV, JSON, PEM and tokens begin.
const fn encoding(bytes: &[u8]) -> (Encoding, usize) {
    match bytes {
        [0xef, 0xbb, 0xbf, ..] => (Encoding::Utf8, 3),
        [0xff, 0xfe, 0, 0, ..] => (Encoding::Utf32(u32::from_le_bytes), 4),
        [0, 0, 0xfe, 0xff, ..] => (Encoding::Utf32(u32::from_be_bytes), 4),
        [0xff, 0xfe, ..] => (Encoding::Utf16(u16::from_le_bytes), 2),
        [0xfe, 0xff, ..] => (Encoding::Utf16(u16::from_be_bytes), 2),
        [first, 0, 0, 0, ..] if *first != 0 => (Encoding::Utf32(u32::from_le_bytes), 0),
        [0, 0, 0, last, ..] if *last != 0 => (Encoding::Utf32(u32::from_be_bytes), 0),
        [first, 0, ..] if *first != 0 => (Encoding::Utf16(u16::from_le_bytes), 0),
        [0, second, ..] if *second != 0 => (Encoding::Utf16(u16::from_be_bytes), 0),
        _ => (Encoding::Utf8, 0),
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, NotText> {
    if let Some(other) = known(bytes) {
        return Err(other);
    }
    std::str::from_utf8(bytes).map_err(|error| {
        if bytes.iter().any(|it| it.is_ascii_control() && !it.is_ascii_whitespace()) {
            return NotText::Binary;
        }
        let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
        // The byte that is none has the place of the character after the good ones.
        let before = String::from_utf8_lossy(good) + "?";
        NotText::Legacy(Lines::new(&before).spot(good.len()))
    })
}

/// What a file is by its first bytes, where that is not text.
fn known(bytes: &[u8]) -> Option<NotText> {
    match bytes {
        [b'P', b'K', 3, 4, ..] if memchr::memmem::find(bytes, b"xl/").is_some() => {
            Some(NotText::Workbook)
        }
        [b'P', b'K', 3, 4, ..] | [0x1f, 0x8b, ..] => Some(NotText::Compressed),
        // The compound files of Office before 2007.
        [0xd0, 0xcf, 0x11, 0xe0, ..] => Some(NotText::Workbook),
        _ => None,
    }
}

fn utf16(bytes: &[u8], join: fn([u8; 2]) -> u16) -> Result<String, NotText> {
    let (pairs, odd) = bytes.as_chunks::<2>();
    if !odd.is_empty() {
        return Err(NotText::Damaged);
    }
    // A unit of two bytes is at most three bytes of UTF-8.
    let mut out = String::with_capacity(pairs.len() * 3);
    for c in char::decode_utf16(pairs.iter().map(|pair| join(*pair))) {
        out.push(c.map_err(|_| NotText::Damaged)?);
    }
    Ok(out)
}

fn utf32(bytes: &[u8], join: fn([u8; 4]) -> u32) -> Result<String, NotText> {
    let (units, odd) = bytes.as_chunks::<4>();
    if !odd.is_empty() {
        return Err(NotText::Damaged);
    }
    let mut out = String::with_capacity(bytes.len());
    for unit in units {
        out.push(char::from_u32(join(*unit)).ok_or(NotText::Damaged)?);
    }
    Ok(out)
}

#[cfg(test)]
pub mod testing {
    //! Every encoding, for the tests of readers.

    /// The bytes of a text in every encoding that is read, each with its name.
    pub fn every(text: &str) -> Vec<(&'static str, Vec<u8>)> {
        let wide = |join: fn(u16) -> [u8; 2], mark: bool| -> Vec<u8> {
            let mark = mark.then_some(0xfeff);
            mark.into_iter().chain(text.encode_utf16()).flat_map(join).collect()
        };
        let wider = |join: fn(u32) -> [u8; 4], mark: bool| -> Vec<u8> {
            let mark = mark.then_some('\u{feff}');
            mark.into_iter().chain(text.chars()).flat_map(|c| join(c.into())).collect()
        };
        let plain = text.as_bytes().to_vec();
        vec![
            ("UTF-8 with mark", [b"\xef\xbb\xbf", &plain[..]].concat()),
            ("UTF-8", plain),
            ("UTF-16 LE with mark", wide(u16::to_le_bytes, true)),
            ("UTF-16 BE with mark", wide(u16::to_be_bytes, true)),
            ("UTF-16 LE", wide(u16::to_le_bytes, false)),
            ("UTF-16 BE", wide(u16::to_be_bytes, false)),
            ("UTF-32 LE with mark", wider(u32::to_le_bytes, true)),
            ("UTF-32 BE with mark", wider(u32::to_be_bytes, true)),
            ("UTF-32 LE", wider(u32::to_le_bytes, false)),
            ("UTF-32 BE", wider(u32::to_be_bytes, false)),
        ]
    }

    /// The bytes of a text in every encoding, with every line end.
    pub fn every_form(text: &str) -> Vec<(String, Vec<u8>)> {
        let ends = [("line feeds", "\n"), ("CRLF", "\r\n"), ("carriage returns", "\r")];
        ends.into_iter()
            .flat_map(|(end, with)| {
                every(&text.replace('\n', with))
                    .into_iter()
                    .map(move |(encoding, bytes)| (format!("{encoding}, {end}"), bytes))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_text_is_named() {
        for (bytes, expected) in [
            (&b"name\nM\xfcnchen"[..], "line 2, column 2 is not UTF-8 text, probably Windows-1252"),
            (b"\xef\xbb\xbf\xe4", "line 1, column 1 is not UTF-8 text, probably Windows-1252"),
            ("é\u{e9}".as_bytes().get(..3).unwrap(), "line 1, column 2 is not"),
            (b"\xff\xfea", "UTF-16 text that is damaged or cut off"),
            (b"\xff\xfe\x00\xd8", "damaged"),
            (b"\xff\xfe\0\0a\0\0", "damaged"),
            (b"PK\x03\x04..xl/workbook.xml", "an Excel workbook"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel workbook"),
            (b"PK\x03\x04..app.json", "a compressed file"),
            (b"\x1f\x8b\x08", "a compressed file"),
            (b"\x30\x82\x03\xff\x02\x01", "not UTF-8 text"),
        ] {
            let error = decode(bytes).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
            assert_eq!(text(bytes.to_vec()), Err(error));
            assert!(error.hint().ends_with('.'));
        }
        assert_eq!(decode(b"").unwrap(), "");
        assert_eq!(decode(b"\xff\xfe").unwrap(), "");
        assert!(matches!(decode(b"a\r\nb"), Ok(Cow::Borrowed("a\r\nb"))));
    }

    proptest! {
        #[test]
        fn every_encoding_of_a_text_is_that_text(first in "[ -~]", rest in "[\\PC\n]{0,40}") {
            let plain = format!("{first}{rest}");
            for (encoding, bytes) in testing::every(&plain) {
                prop_assert_eq!(decode(&bytes).unwrap(), plain.as_str(), "{}", encoding);
                prop_assert_eq!(text(bytes).unwrap(), plain.as_str(), "{}", encoding);
            }
            let returns = plain.replace('\n', "\r");
            prop_assert_eq!(decode(returns.as_bytes()).unwrap(), plain);
        }

        #[test]
        fn any_bytes_are_text_or_none(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let read = decode(&bytes).map(Cow::into_owned);
            prop_assert_eq!(read, text(bytes));
        }
    }
}
