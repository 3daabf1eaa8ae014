//! JSON with half characters: a name cut in the middle of an emoji leaves a lone surrogate, which
//! is no character of any text. It must neither hide a whole page nor make two names equal, so it
//! is read as the text `\u{d83d}`. RELIABILITY §3.

use serde::de::DeserializeOwned;

/// Reads JSON, lone surrogates included.
pub(in crate::backend) fn read<T: DeserializeOwned>(body: &[u8]) -> serde_json::Result<T> {
    match serde_json::from_slice(body) {
        Err(error) => match fixed(body) {
            Some(fixed) => serde_json::from_slice(&fixed),
            None => Err(error),
        },
        read => read,
    }
}

/// The text with lone surrogates spelled out; `None`: there are none.
fn fixed(body: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(body.len() + 16);
    let (mut at, mut found) = (0, false);
    while let Some(&byte) = body.get(at) {
        if byte != b'\\' {
            out.push(byte);
            at += 1;
            continue;
        }
        let length = match unit(body, at) {
            Some(0xd800..=0xdbff) if matches!(unit(body, at + 6), Some(0xdc00..=0xdfff)) => 12,
            Some(lone @ 0xd800..=0xdfff) => {
                found = true;
                out.extend_from_slice(format!("\\\\u{{{lone:x}}}").as_bytes());
                at += 6;
                continue;
            }
            Some(_) => 6,
            None => 2,
        };
        let end = (at + length).min(body.len());
        out.extend_from_slice(body.get(at..end).unwrap_or_default());
        at = end;
    }
    found.then_some(out)
}

/// The number of the escape `\uXXXX` that begins here.
fn unit(body: &[u8], at: usize) -> Option<u16> {
    let digits = body.get(at..at + 6)?.strip_prefix(b"\\u")?;
    let digits = std::str::from_utf8(digits).ok().filter(|it| !it.starts_with('+'))?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::shown;

    #[test]
    fn half_characters_are_reported_and_distinguish_names() {
        let read = |text: &str| read::<String>(format!("\"{text}\"").as_bytes()).unwrap();
        assert_eq!(read(r"a\ud83db"), r"a\u{d83d}b");
        assert_eq!(read(r"\udc00\ud83d"), r"\u{dc00}\u{d83d}");
        assert_eq!(read(r"\ud83d\ude80 \ud83d"), r"🚀 \u{d83d}");
        assert_eq!(read(r"\\ud83d \ud83d"), r"\ud83d \u{d83d}");
        assert_eq!(read(r"\ud83d\ude80"), "🚀");
        let names: std::collections::BTreeSet<String> =
            (0xd800..=0xdfff).map(|it| shown(&read(&format!("x\\u{it:x}"))).into_owned()).collect();
        assert_eq!(names.len(), 2_048, "every lone surrogate has its own name");
    }

    #[test]
    fn what_is_no_json_stays_none() {
        for bad in [&b"\"\\ud83d"[..], b"\\", b"\"\\u", b"", b"\"\\ud8\"", b"{\"a\":\\ud83d}"] {
            assert!(read::<serde_json::Value>(bad).is_err());
        }
    }

    proptest! {
        #[test]
        fn whole_texts_are_left_alone(text in ".*") {
            let json = serde_json::json!(text).to_string();
            prop_assert_eq!(fixed(json.as_bytes()), None);
        }

        #[test]
        fn any_units_can_be_read(units in prop::collection::vec(prop_oneof![
            0xd7fe_u16..0xe002, any::<u16>()
        ], 0..12)) {
            let text: String = units.iter().map(|it| format!("\\u{it:04x}")).collect();
            let json = format!("\"{text}\"");
            prop_assert!(read::<String>(json.as_bytes()).is_ok());
        }
    }
}
