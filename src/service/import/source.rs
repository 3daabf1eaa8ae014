//! The text of a file to import, made uniform while it streams: no byte order mark, line feeds
//! only, a line feed at the end, and never more than the limit.

use std::io::{self, BufRead, Read};

/// Most bytes of a file to import.
pub const MAX_BYTES: u64 = 100 * 1024 * 1024;

/// Bytes read at a time.
const CHUNK: usize = 64 * 1024;

/// A uniform text. Carriage returns before line feeds are gone, so that every format counts
/// lines in the same way.
pub struct Source<R> {
    inner: R,
    limit: u64,
    read: u64,
    buffer: Vec<u8>,
    position: usize,
    /// A carriage return at the end of the last chunk, whose line feed may follow.
    held: bool,
    last: Option<u8>,
    state: State,
    drained: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Running,
    Ended,
}

/// Why a text cannot be read, as an [`io::Error`] carries it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// More than the limit.
    #[error("it is larger than {} MB", MAX_BYTES / 1024 / 1024)]
    TooLarge,
    /// UTF-16, as some editors and Excel save it.
    #[error("it is UTF-16 text")]
    Utf16,
}

impl<R: Read> Source<R> {
    /// Reads at most [`MAX_BYTES`].
    pub fn new(inner: R) -> Self {
        Self::with_limit(inner, MAX_BYTES)
    }

    fn with_limit(inner: R, limit: u64) -> Self {
        Self {
            inner,
            limit,
            read: 0,
            buffer: Vec::new(),
            position: 0,
            held: false,
            last: None,
            state: State::Start,
            drained: false,
        }
    }

    /// Whether its end was not only reached but met: somebody asked for more and got nothing.
    pub const fn is_drained(&self) -> bool {
        self.drained
    }

    /// Reads one chunk and makes it uniform.
    fn refill(&mut self) -> io::Result<()> {
        let mut chunk = Vec::with_capacity(CHUNK + 1);
        if self.held {
            chunk.push(b'\r');
        }
        let carried = chunk.len();
        (&mut self.inner).take(CHUNK as u64).read_to_end(&mut chunk)?;
        let fresh = chunk.len() - carried;
        self.read += fresh as u64;
        if self.read > self.limit {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, Refusal::TooLarge));
        }
        if self.state == State::Start {
            if chunk.starts_with(&[0xff, 0xfe]) || chunk.starts_with(&[0xfe, 0xff]) {
                return Err(io::Error::new(io::ErrorKind::InvalidData, Refusal::Utf16));
            }
            if chunk.starts_with(&[0xef, 0xbb, 0xbf]) {
                chunk.drain(..3);
            }
            self.state = State::Running;
        }
        let ended = fresh == 0;
        self.held = !ended && chunk.last() == Some(&b'\r');
        if self.held {
            chunk.pop();
        }
        strip_returns(&mut chunk);
        if ended {
            self.state = State::Ended;
            let last = chunk.last().copied().or(self.last);
            if last.is_some_and(|byte| byte != b'\n') {
                chunk.push(b'\n');
            }
        }
        self.last = chunk.last().copied().or(self.last);
        self.buffer = chunk;
        self.position = 0;
        Ok(())
    }
}

/// Takes away every carriage return that stands before a line feed.
fn strip_returns(chunk: &mut Vec<u8>) {
    if memchr::memchr(b'\r', chunk).is_none() {
        return;
    }
    let mut kept = Vec::with_capacity(chunk.len());
    let mut bytes = chunk.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if byte != b'\r' || bytes.peek() != Some(&b'\n') {
            kept.push(byte);
        }
    }
    *chunk = kept;
}

impl<R: Read> BufRead for Source<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.position >= self.buffer.len() && self.state != State::Ended {
            self.refill()?;
        }
        self.drained = self.position >= self.buffer.len();
        Ok(self.buffer.get(self.position..).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        self.position = self.buffer.len().min(self.position + amount);
    }
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(out)?;
        self.consume(read);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Gives one byte at a time, so that every chunk border is met.
    struct Drip<'a>(&'a [u8]);

    impl Read for Drip<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let (Some((first, rest)), Some(slot)) = (self.0.split_first(), out.first_mut()) else {
                return Ok(0);
            };
            *slot = *first;
            self.0 = rest;
            Ok(1)
        }
    }

    fn uniform(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        Source::new(Drip(bytes)).read_to_end(&mut out).unwrap();
        out
    }

    #[test]
    fn marks_and_carriage_returns_go_and_the_end_is_a_line() {
        assert_eq!(uniform(b"\xef\xbb\xbfa\r\nb"), b"a\nb\n");
        assert_eq!(uniform(b"a\rb\r\n"), b"a\rb\n");
        assert_eq!(uniform(b"a\r"), b"a\r\n");
        assert_eq!(uniform(b""), b"");
        assert_eq!(uniform(b"\xef\xbb\xbf"), b"");
        let long = [b"x".repeat(CHUNK - 1), b"\r\n".to_vec()].concat();
        assert_eq!(uniform(&long).len(), CHUNK);
    }

    #[test]
    fn utf16_and_too_much_are_refused() {
        let mut out = Vec::new();
        let error = Source::new(&b"\xff\xfea\0"[..]).read_to_end(&mut out).unwrap_err();
        assert_eq!(error.to_string(), Refusal::Utf16.to_string());
        let error = Source::with_limit(io::repeat(b'x'), 200_000).read_to_end(&mut out);
        assert_eq!(error.unwrap_err().to_string(), Refusal::TooLarge.to_string());
        assert!(Source::with_limit(&b"12345"[..], 5).read_to_end(&mut out).is_ok());
    }

    proptest! {
        #[test]
        fn only_returns_before_line_feeds_are_lost(bytes in proptest::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), Just(b'a')], 0..40)) {
            let text = String::from_utf8(bytes.clone()).unwrap();
            let mut expected = text.replace("\r\n", "\n");
            // "\r\r\n" holds one return that stands before a line feed.
            if !expected.is_empty() && !expected.ends_with('\n') {
                expected.push('\n');
            }
            prop_assert_eq!(String::from_utf8(uniform(&bytes)).unwrap(), expected);
        }
    }
}
