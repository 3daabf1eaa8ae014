//! Looks for a secret in bytes, in every form in which a program may write it by mistake.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

/// A secret and its forms: as it is, UTF-16 both ways, hexadecimal both ways, Base64 of both
/// alphabets at each of the three places that a byte can have, and percent-encoded.
pub struct Forms(Vec<(String, Vec<u8>)>);

impl Forms {
    pub fn of(secret: &str) -> Self {
        let mut all = vec![("raw".to_owned(), secret.as_bytes().to_vec())];
        let units = || secret.encode_utf16();
        all.push(("UTF-16LE".to_owned(), units().flat_map(u16::to_le_bytes).collect()));
        all.push(("UTF-16BE".to_owned(), units().flat_map(u16::to_be_bytes).collect()));
        let hex = |upper: bool| -> String {
            let digits = |byte| if upper { format!("{byte:02X}") } else { format!("{byte:02x}") };
            secret.bytes().map(digits).collect()
        };
        all.push(("hex".to_owned(), hex(false).into_bytes()));
        all.push(("HEX".to_owned(), hex(true).into_bytes()));
        for (name, alphabet) in [("Base64", &STANDARD), ("Base64 for URLs", &URL_SAFE)] {
            for before in 0..3_usize {
                let mut bytes = vec![0; before];
                bytes.extend_from_slice(secret.as_bytes());
                let text = alphabet.encode(&bytes);
                // What depends on the bytes before and behind it is left out.
                let (start, end) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
                all.push((format!("{name} at {before}"), text.as_bytes()[start..end].to_vec()));
            }
        }
        let percent = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect::<String>();
        all.push(("percent-encoded".to_owned(), percent.into_bytes()));
        Self(all)
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The form in which it stands there, if it does.
    pub fn find(&self, bytes: &[u8]) -> Option<&str> {
        let is_in = |form: &[u8]| memchr::memmem::find(bytes, form).is_some();
        self.0.iter().find(|(_, form)| is_in(form)).map(|(name, _)| name.as_str())
    }
}

/// Every file below a folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { all.extend(files(&path)) } else { all.push(path) }
    }
    all
}

/// What finds nothing must be able to find something.
#[test]
fn every_form_is_found() {
    let secret = "canary8Q~Not-A-Real-Secret";
    let forms = Forms::of(secret);
    assert!(forms.find(b"nothing of it").is_none());
    for around in ["", "a", "ab", "abc", "abcd"] {
        let whole = format!("{around}{secret}{around}");
        assert!(forms.find(whole.as_bytes()).is_some());
        for text in [STANDARD.encode(&whole), URL_SAFE.encode(&whole)] {
            assert!(forms.find(text.as_bytes()).is_some_and(|it| it.starts_with("Base64")));
        }
    }
    let wide: Vec<u8> = format!("x{secret}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(forms.find(&wide), Some("UTF-16LE"));
    assert_eq!(forms.find(b"client_secret=canary8Q%7ENot-A-Real-Secret&"), Some("percent-encoded"));
}
