//! Whether a file server answers: one SMB2 NEGOTIATE, without an account. preflight.md §3; MS-SMB2
//! 2.2.3, 2.2.4.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Port of file servers.
pub const PORT: u16 = 445;

/// Bytes of the head of a message.
const HEAD: usize = 64;
/// Longest answer that is read.
const MOST: usize = 64 << 10;
/// Dialects that are offered: SMB 2.0.2 to 3.0.2.
const DIALECTS: [u16; 4] = [0x0202, 0x0210, 0x0300, 0x0302];

/// What a file server says of itself to anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileServer {
    /// Dialect that it chose.
    pub dialect: u16,
    /// Whether it takes signed messages only.
    pub signing_required: bool,
    /// Its clock: 100 ns since 1601; 0: it does not say.
    pub time: u64,
}

/// Why no file server was met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SmbError {
    /// The name is unknown.
    Name,
    /// Nobody answers at the address.
    Connect(String),
    /// Somebody answers who is no file server with SMB 2 or later.
    Other,
    /// No answer in time.
    Time,
}

/// Asks a server which dialect it speaks.
///
/// # Errors
/// [`SmbError`].
pub async fn negotiate(server: &str, port: u16, limit: Duration) -> Result<FileServer, SmbError> {
    let asked = async {
        let mut found =
            tokio::net::lookup_host((server, port)).await.map_err(|_| SmbError::Name)?;
        let address = found.next().ok_or(SmbError::Name)?;
        let stream = TcpStream::connect(address).await;
        let mut stream = stream.map_err(|error| SmbError::Connect(error.kind().to_string()))?;
        stream.write_all(&request()).await.map_err(|_| SmbError::Other)?;
        let mut length = [0; 4];
        stream.read_exact(&mut length).await.map_err(|_| SmbError::Other)?;
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        if !(HEAD..=MOST).contains(&length) {
            return Err(SmbError::Other);
        }
        let mut answer = vec![0; length];
        stream.read_exact(&mut answer).await.map_err(|_| SmbError::Other)?;
        parsed(&answer).ok_or(SmbError::Other)
    };
    tokio::time::timeout(limit, asked).await.unwrap_or(Err(SmbError::Time))
}

/// The request with its length in front.
fn request() -> Vec<u8> {
    let mut body = Vec::with_capacity(HEAD + 36 + 2 * DIALECTS.len());
    body.extend(b"\xfeSMB");
    body.extend(64_u16.to_le_bytes());
    // Credit charge, status, command NEGOTIATE.
    body.extend([0; 8]);
    // One credit; the rest of the head is 0.
    body.extend(1_u16.to_le_bytes());
    body.resize(HEAD, 0);
    body.extend(36_u16.to_le_bytes());
    body.extend(u16::try_from(DIALECTS.len()).unwrap_or_default().to_le_bytes());
    // Signing enabled; no capabilities, no client id, no start time.
    body.extend(1_u16.to_le_bytes());
    body.resize(HEAD + 36, 0);
    body.extend(DIALECTS.iter().flat_map(|it| it.to_le_bytes()));
    let length = u32::try_from(body.len()).unwrap_or_default();
    [&length.to_be_bytes()[..], &body].concat()
}

/// What the answer says; `None`: it is none.
fn parsed(answer: &[u8]) -> Option<FileServer> {
    let number = |at: usize, length: usize| {
        let part = answer.get(at..at + length)?;
        Some(part.iter().rev().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte)))
    };
    let fits = answer.starts_with(b"\xfeSMB")
        && number(8, 4)? == 0
        && number(12, 2)? == 0
        && number(HEAD, 2)? == 65;
    fits.then_some(())?;
    Some(FileServer {
        dialect: u16::try_from(number(HEAD + 4, 2)?).ok()?,
        signing_required: number(HEAD + 2, 2)? & 2 != 0,
        time: number(HEAD + 40, 8)?,
    })
}

/// An answer of a server that speaks SMB 3.0.2 and wants signing.
#[cfg(test)]
pub(crate) fn fake_answer(time: u64) -> Vec<u8> {
    let mut body = vec![0; HEAD + 65];
    body[..4].copy_from_slice(b"\xfeSMB");
    body[4..6].copy_from_slice(&64_u16.to_le_bytes());
    body[HEAD..HEAD + 2].copy_from_slice(&65_u16.to_le_bytes());
    body[HEAD + 2..HEAD + 4].copy_from_slice(&3_u16.to_le_bytes());
    body[HEAD + 4..HEAD + 6].copy_from_slice(&0x0302_u16.to_le_bytes());
    body[HEAD + 40..HEAD + 48].copy_from_slice(&time.to_le_bytes());
    let length = u32::try_from(body.len()).unwrap();
    [&length.to_be_bytes()[..], &body].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(20);

    async fn server(answer: Vec<u8>) -> u16 {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut head = [0; 4];
            stream.read_exact(&mut head).await.unwrap();
            let mut body = vec![0; u32::from_be_bytes(head) as usize];
            stream.read_exact(&mut body).await.unwrap();
            assert!(body.starts_with(b"\xfeSMB") && body.len() == 108, "{}", body.len());
            stream.write_all(&answer).await.unwrap();
        });
        port
    }

    #[tokio::test]
    async fn a_file_server_says_what_it_speaks() {
        let port = server(fake_answer(77)).await;
        let found = negotiate("127.0.0.1", port, LIMIT).await;
        let expected = FileServer { dialect: 0x0302, signing_required: true, time: 77 };
        assert_eq!(found, Ok(expected));
    }

    #[tokio::test]
    async fn what_is_no_file_server_is_none() {
        let mut refused = fake_answer(1);
        refused[4 + 8] = 0xbb;
        for answer in [
            b"HTTP/1.1 400 no\r\n\r\n".to_vec(),
            vec![0; 4],
            vec![0, 0, 0, 64],
            vec![0xff; 4],
            refused,
            fake_answer(1)[..80].to_vec(),
        ] {
            let port = server(answer.clone()).await;
            assert_eq!(
                negotiate("127.0.0.1", port, LIMIT).await,
                Err(SmbError::Other),
                "{answer:?}"
            );
        }
        let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let found = negotiate("127.0.0.1", nobody.port(), LIMIT).await;
        assert!(matches!(found, Err(SmbError::Connect(_))), "{found:?}");
    }
}
