//! One line of the log, harmless for whoever looks at it in a terminal. E4.

use crate::text::json;

/// Longest line, in bytes; what is longer is no line of ours.
const MAX: usize = 64 << 10;

/// The line with its process id, and every control, bidi and zero-width character as `\u…`, which
/// stays the same text for whoever reads the JSON. `None` for what is no line of JSON.
pub(super) fn line(bytes: &[u8], pid: u32) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(bytes).ok()?.strip_suffix('\n')?;
    let rest = text.strip_prefix('{').filter(|_| text.len() <= MAX)?;
    Some(format!("{{\"pid\":{pid},{}\n", json(rest)).into_bytes())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::is_hidden;

    proptest! {
        #[test]
        fn a_line_stays_true_and_harmless(text in ".*|[\\x00-\\x20\\x7f-\\xa0\u{200b}\u{202e}\u{e0041}\"\\\\a]*") {
            let json = format!("{}\n", serde_json::json!({ "name": text }));
            let line = String::from_utf8(line(json.as_bytes(), 7).unwrap()).unwrap();
            prop_assert_eq!(line.matches('\n').count(), 1);
            prop_assert!(!line.trim_end_matches('\n').chars().any(is_hidden));
            let read: serde_json::Value = serde_json::from_str(&line).unwrap();
            prop_assert_eq!(&read["name"], &serde_json::Value::String(text));
            prop_assert_eq!(&read["pid"], &serde_json::json!(7));
        }
    }

    #[test]
    fn what_is_no_line_is_left_out() {
        let long = format!("{{\"a\":\"{}\"}}\n", "x".repeat(MAX));
        for bad in [&b"\xff\n"[..], b"", b"\n", b"{}", b"text\n", long.as_bytes()] {
            assert_eq!(line(bad, 1), None);
        }
    }
}
