//! The clipboard of the admin's own machine, reached through the terminal: OSC 52. C6, UX 1.
//!
//! No answer comes, so nobody can know whether the text arrived.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// Longest encoded text that is sent: what common terminals still take (UX.md §4).
pub const LIMIT: usize = 74_994;
/// GNU screen passes on at most this much of a string; it allows 256 in old versions.
const SCREEN_CHUNK: usize = 240;

/// What stands between us and the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Multiplexer {
    /// Nothing that we know of.
    #[default]
    None,
    /// tmux
    Tmux,
    /// GNU screen
    Screen,
}

impl Multiplexer {
    /// As the environment shows: `TMUX` and `STY` are set inside them.
    pub fn detect(variable: impl Fn(&str) -> bool) -> Self {
        if variable("TMUX") {
            Self::Tmux
        } else if variable("STY") {
            Self::Screen
        } else {
            Self::None
        }
    }
}

/// The encoded text is longer than [`LIMIT`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong {
    /// Its length in bytes.
    pub bytes: usize,
}

/// The bytes that put a text on the clipboard.
///
/// # Errors
/// [`TooLong`]; terminals cut or drop longer ones silently.
pub fn copy(text: &str, through: Multiplexer) -> Result<Zeroizing<Vec<u8>>, TooLong> {
    // Four bytes for every three begun.
    let bytes = text.len().div_ceil(3) * 4;
    if bytes > LIMIT {
        return Err(TooLong { bytes });
    }
    let encoded = Zeroizing::new(STANDARD.encode(text));
    let plain = Zeroizing::new(format!("\x1b]52;c;{}\x07", &*encoded).into_bytes());
    Ok(match through {
        Multiplexer::None => plain,
        // Plain for `set-clipboard on`, wrapped for `allow-passthrough on`: either may be off.
        Multiplexer::Tmux => {
            let mut out = Zeroizing::new(Vec::with_capacity(plain.len() * 2 + 16));
            out.extend_from_slice(&plain);
            out.extend_from_slice(b"\x1bPtmux;\x1b");
            out.extend_from_slice(&plain);
            out.extend_from_slice(b"\x1b\\");
            out
        }
        Multiplexer::Screen => {
            let mut out = Zeroizing::new(Vec::with_capacity(plain.len() + plain.len() / 32 + 16));
            for chunk in plain.chunks(SCREEN_CHUNK) {
                out.extend_from_slice(b"\x1bP");
                out.extend_from_slice(chunk);
                out.extend_from_slice(b"\x1b\\");
            }
            out
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(text: &str, through: Multiplexer) -> String {
        String::from_utf8(copy(text, through).unwrap().to_vec()).unwrap().replace('\x1b', "^")
    }

    #[test]
    fn a_text_is_encoded_and_wrapped_for_what_it_passes() {
        assert_eq!(sent("abc", Multiplexer::None), "^]52;c;YWJj\u{7}");
        assert_eq!(sent("abc", Multiplexer::Tmux), "^]52;c;YWJj\u{7}^Ptmux;^^]52;c;YWJj\u{7}^\\");
        assert_eq!(sent("abc", Multiplexer::Screen), "^P^]52;c;YWJj\u{7}^\\");
    }

    #[test]
    fn a_long_text_is_cut_for_screen_and_complete() {
        let text = "x".repeat(3_000);
        let out = sent(&text, Multiplexer::Screen);
        let parts: Vec<&str> = out.split("^\\").filter(|it| !it.is_empty()).collect();
        assert!(parts.iter().all(|part| part.starts_with("^P") && part.len() <= SCREEN_CHUNK + 2));
        let joined: String = parts.iter().map(|part| part.trim_start_matches("^P")).collect();
        assert_eq!(joined, sent(&text, Multiplexer::None).trim_start_matches("^P"));
    }

    #[test]
    fn what_terminals_would_cut_is_refused() {
        let most = LIMIT / 4 * 3;
        assert!(copy(&"x".repeat(most), Multiplexer::None).is_ok());
        assert_eq!(
            copy(&"x".repeat(most + 1), Multiplexer::None),
            Err(TooLong { bytes: LIMIT / 4 * 4 + 4 })
        );
    }

    #[test]
    fn the_multiplexer_is_shown_by_the_environment() {
        assert_eq!(Multiplexer::detect(|it| it == "TMUX"), Multiplexer::Tmux);
        assert_eq!(Multiplexer::detect(|it| it == "STY"), Multiplexer::Screen);
        assert_eq!(Multiplexer::detect(|_| false), Multiplexer::None);
    }
}
