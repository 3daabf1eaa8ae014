//! LDAP, as far as it reads: bind, search, StartTLS, unbind. RFC 4511.
//!
//! An account signs in on a [`Secure`] connection only, once: [`Secure::bind`] takes the connection.
//! Referrals are never followed.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_rustls::client::TlsStream;
use zeroize::Zeroizing;

use super::ber::{BOOLEAN, ENUMERATED, INTEGER, OCTETS, Reader, SEQUENCE, element, number, text};
use super::code::BindRefusal;
use super::tls::{TlsError, Trust};
use crate::domain::{Secret, Timestamp};

/// Longest message that is read.
const MOST: usize = 1 << 20;
/// Most messages of one answer.
const MOST_MESSAGES: usize = 64;
/// The name of StartTLS. RFC 4511 4.14.1
const START_TLS: &[u8] = b"1.3.6.1.4.1.1466.20037";

/// Every request that there is. None of them writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Request {
    Bind = 0x60,
    Unbind = 0x42,
    Search = 0x63,
    Extended = 0x77,
}

/// Tags of answers.
const BOUND: u8 = 0x61;
const ENTRY: u8 = 0x64;
const DONE: u8 = 0x65;
const ELSEWHERE: u8 = 0x73;
const EXTENDED: u8 = 0x78;

/// Result codes of RFC 4511 appendix A that matter here.
const NO_SUCH_OBJECT: u32 = 32;
const REFERRAL: u32 = 10;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LdapError {
    /// Nobody answers at the address.
    Connect(String),
    /// No answer in time.
    Time,
    /// The other side ended the connection.
    Ended,
    /// The other side does not speak LDAP.
    NotLdap,
    /// TLS failed.
    Tls(TlsError),
    /// The server refuses: result code and text.
    Refused(u32, String),
    /// The server names another one, which is not asked.
    Referral,
}

/// An entry of the directory with the attributes that were asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    /// Its distinguished name.
    pub name: String,
    attributes: Vec<(String, Vec<Vec<u8>>)>,
}

impl Entry {
    /// The values of an attribute.
    pub fn values(&self, attribute: &str) -> &[Vec<u8>] {
        let found = self.attributes.iter().find(|it| it.0.eq_ignore_ascii_case(attribute));
        found.map(|it| &*it.1).unwrap_or_default()
    }

    /// The first value of an attribute, as text.
    pub fn text(&self, attribute: &str) -> Option<String> {
        let value = self.values(attribute).first()?;
        Some(String::from_utf8_lossy(value).into_owned())
    }

    /// The first value of an attribute, as a number.
    pub fn number(&self, attribute: &str) -> Option<i64> {
        self.text(attribute)?.parse().ok()
    }

    /// Whether an attribute has this value, in whichever case.
    pub fn has(&self, attribute: &str, value: &str) -> bool {
        self.values(attribute).iter().any(|it| it.eq_ignore_ascii_case(value.as_bytes()))
    }
}

/// What a server says of itself to anybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootDse {
    /// Where the domain begins, such as `DC=corp,DC=example`.
    pub domain: String,
    /// Its own name.
    pub host: Option<String>,
    /// Whether it has caught up with the other controllers; `None`: it does not say.
    pub synchronized: Option<bool>,
    /// Seconds that its clock is ahead of ours; `None`: it does not say.
    pub ahead: Option<i64>,
}

/// A time as LDAP writes it, such as `20261130134105.0Z`.
pub fn time(text: &str) -> Option<Timestamp> {
    let digits = text.get(..14).filter(|it| it.bytes().all(|b| b.is_ascii_digit()))?;
    text.ends_with('Z').then_some(())?;
    let part = |from: usize, to: usize| digits.get(from..to);
    let (year, month, day) = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
    let (hour, minute, second) = (part(8, 10)?, part(10, 12)?, part(12, 14)?);
    format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z").parse().ok()
}

/// A connection over some stream.
struct Wire<S> {
    stream: S,
    last: u32,
    limit: Duration,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Wire<S> {
    const fn new(stream: S, limit: Duration) -> Self {
        Self { stream, last: 0, limit }
    }

    /// Sends a request and reads its answers up to the one with the tag `last`.
    async fn ask(&mut self, request: Request, body: &[&[u8]], last: u8) -> Answers {
        let limit = self.limit;
        timeout(limit, self.exchange(request, body, last)).await.unwrap_or(Err(LdapError::Time))
    }

    async fn exchange(&mut self, request: Request, body: &[&[u8]], last: u8) -> Answers {
        self.send(request, body).await?;
        let mut answers = Vec::new();
        while answers.len() < MOST_MESSAGES {
            let message = self.message().await?;
            let mut parts = Reader(&message);
            let id = parts.number(INTEGER).ok_or(LdapError::NotLdap)?;
            let (tag, body) = parts.next().ok_or(LdapError::NotLdap)?;
            // Without a number: the server takes its leave.
            if id == 0 {
                return Err(LdapError::Ended);
            }
            if id != self.last {
                return Err(LdapError::NotLdap);
            }
            if tag == last {
                return Ok((answers, outcome(body)?));
            }
            answers.push((tag, body.to_vec()));
        }
        Err(LdapError::NotLdap)
    }

    async fn send(&mut self, request: Request, body: &[&[u8]]) -> Result<(), LdapError> {
        self.last += 1;
        let operation = Zeroizing::new(element(request as u8, body));
        let id = number(INTEGER, self.last);
        let message = Zeroizing::new(element(SEQUENCE, &[&id, &operation]));
        self.stream.write_all(&message).await.map_err(|_| LdapError::Ended)?;
        self.stream.flush().await.map_err(|_| LdapError::Ended)
    }

    /// The body of the next message.
    async fn message(&mut self) -> Result<Vec<u8>, LdapError> {
        let mut head = [0; 2];
        self.read(&mut head).await?;
        let [SEQUENCE, first] = head else { return Err(LdapError::NotLdap) };
        let length = match first {
            short @ ..0x80 => usize::from(short),
            0x80 | 0x85.. => return Err(LdapError::NotLdap),
            long => {
                let mut bytes = [0; 4];
                let from = 4 - usize::from(long - 0x80);
                self.read(bytes.get_mut(from..).unwrap_or_default()).await?;
                usize::try_from(u32::from_be_bytes(bytes)).unwrap_or(usize::MAX)
            }
        };
        if length > MOST {
            return Err(LdapError::NotLdap);
        }
        let mut body = vec![0; length];
        self.read(&mut body).await?;
        Ok(body)
    }

    async fn read(&mut self, into: &mut [u8]) -> Result<(), LdapError> {
        self.stream.read_exact(into).await.map(|_| ()).map_err(|_| LdapError::Ended)
    }

    /// Entries below `base`, or that one alone.
    async fn search(&mut self, base: &str, how: &Search<'_>) -> Result<Vec<Entry>, LdapError> {
        let attributes: Vec<Vec<u8>> = how.attributes.iter().map(|it| text(it)).collect();
        let attributes: Vec<&[u8]> = attributes.iter().map(|it| &**it).collect();
        let body = [
            &*text(base),
            &number(ENUMERATED, if how.below { 2 } else { 0 }),
            // Aliases are not followed; as many entries as are read; the time is ours.
            &number(ENUMERATED, 0),
            &number(INTEGER, 8),
            &number(INTEGER, 0),
            &element(BOOLEAN, &[&[0]]),
            &how.filter,
            &element(SEQUENCE, &attributes),
        ];
        let (answers, outcome) = self.ask(Request::Search, &body, DONE).await?;
        match outcome {
            Outcome { code: 0, .. } => {}
            Outcome { code: REFERRAL, .. } => return Err(LdapError::Referral),
            Outcome { code: NO_SUCH_OBJECT, .. } => return Ok(Vec::new()),
            Outcome { code, text } => return Err(LdapError::Refused(code, text)),
        }
        // Names of other servers are left alone.
        let entries = answers.into_iter().filter(|it| it.0 != ELSEWHERE);
        entries
            .map(|(tag, body)| (tag == ENTRY).then(|| entry(&body)).flatten())
            .map(|it| it.ok_or(LdapError::NotLdap))
            .collect()
    }

    async fn root_dse(&mut self) -> Result<RootDse, LdapError> {
        let attributes = ["defaultNamingContext", "dnsHostName", "isSynchronized", "currentTime"];
        let (begun, now) = (Instant::now(), Timestamp::now());
        let found = self.search("", &Search::one(&attributes)).await?;
        // The answer was written half-way.
        let half = i64::try_from(begun.elapsed().as_millis() / 2).unwrap_or_default();
        let root = found.first().ok_or(LdapError::NotLdap)?;
        let theirs = root.text("currentTime").and_then(|it| time(&it));
        // Theirs are whole seconds, cut off.
        let ahead =
            theirs.map(|it| (it.as_millisecond() + 500 - now.as_millisecond() - half) / 1000);
        Ok(RootDse {
            domain: root.text("defaultNamingContext").ok_or(LdapError::NotLdap)?,
            host: root.text("dnsHostName"),
            synchronized: root.text("isSynchronized").map(|it| it.eq_ignore_ascii_case("true")),
            ahead,
        })
    }
}

type Answers = Result<(Vec<(u8, Vec<u8>)>, Outcome), LdapError>;

/// What is searched for.
struct Search<'a> {
    below: bool,
    filter: Vec<u8>,
    attributes: &'a [&'a str],
}

impl<'a> Search<'a> {
    /// That entry alone.
    fn one(attributes: &'a [&'a str]) -> Self {
        Self { below: false, filter: element(0x87, &[b"objectClass"]), attributes }
    }
}

/// How a request ended.
struct Outcome {
    code: u32,
    text: String,
}

fn outcome(body: &[u8]) -> Result<Outcome, LdapError> {
    let mut parts = Reader(body);
    let code = parts.number(ENUMERATED).ok_or(LdapError::NotLdap)?;
    let text = parts.take(OCTETS).and_then(|_| parts.text()).ok_or(LdapError::NotLdap)?;
    Ok(Outcome { code, text })
}

fn entry(body: &[u8]) -> Option<Entry> {
    let mut parts = Reader(body);
    let name = parts.text()?;
    let mut list = Reader(parts.take(SEQUENCE)?);
    let mut attributes = Vec::new();
    while !list.0.is_empty() {
        let mut attribute = Reader(list.take(SEQUENCE)?);
        let key = attribute.text()?;
        let mut set = Reader(attribute.next()?.1);
        let mut values = Vec::new();
        while !set.0.is_empty() {
            values.push(set.take(OCTETS)?.to_vec());
        }
        attributes.push((key, values));
    }
    Some(Entry { name, attributes })
}

async fn connected(address: SocketAddr, limit: Duration) -> Result<TcpStream, LdapError> {
    match timeout(limit, TcpStream::connect(address)).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) if error.kind() == ErrorKind::TimedOut => Err(LdapError::Time),
        Ok(Err(error)) => Err(LdapError::Connect(error.kind().to_string())),
        Err(_) => Err(LdapError::Time),
    }
}

/// A connection that anybody can read. Nobody signs in on it.
pub struct Plain(Wire<TcpStream>);

impl Plain {
    /// Connects; each step may take this long.
    ///
    /// # Errors
    /// [`LdapError`]
    pub async fn connect(address: SocketAddr, limit: Duration) -> Result<Self, LdapError> {
        Ok(Self(Wire::new(connected(address, limit).await?, limit)))
    }

    /// What the server says of itself.
    ///
    /// # Errors
    /// [`LdapError`]
    pub async fn root_dse(&mut self) -> Result<RootDse, LdapError> {
        self.0.root_dse().await
    }

    /// Goes on inside TLS.
    ///
    /// # Errors
    /// [`LdapError`]
    pub async fn start_tls(mut self, trust: &Trust, host: &str) -> Result<Secure, LdapError> {
        let name = element(0x80, &[START_TLS]);
        let (_, outcome) = self.0.ask(Request::Extended, &[&name], EXTENDED).await?;
        if outcome.code != 0 {
            return Err(LdapError::Refused(outcome.code, outcome.text));
        }
        Secure::wrap(self.0.stream, self.0.limit, trust, host).await
    }
}

/// A connection inside TLS to a host whose certificate was checked.
pub struct Secure {
    wire: Wire<TlsStream<TcpStream>>,
    /// When its certificate ends; `None`: it cannot be read.
    pub certificate_ends: Option<Timestamp>,
}

impl Secure {
    /// Connects to the port that speaks TLS from the first byte.
    ///
    /// # Errors
    /// [`LdapError`]
    pub async fn connect(
        address: SocketAddr,
        limit: Duration,
        trust: &Trust,
        host: &str,
    ) -> Result<Self, LdapError> {
        Self::wrap(connected(address, limit).await?, limit, trust, host).await
    }

    async fn wrap(
        stream: TcpStream,
        limit: Duration,
        trust: &Trust,
        host: &str,
    ) -> Result<Self, LdapError> {
        let wrapped = timeout(limit, trust.wrap(stream, host)).await;
        let (stream, certificate_ends) =
            wrapped.map_err(|_| LdapError::Time)?.map_err(LdapError::Tls)?;
        Ok(Self { wire: Wire::new(stream, limit), certificate_ends })
    }

    /// What the server says of itself.
    ///
    /// # Errors
    /// [`LdapError`]
    pub async fn root_dse(&mut self) -> Result<RootDse, LdapError> {
        self.wire.root_dse().await
    }

    /// Signs in, once: whatever the answer, this connection does not do so again. The inner error: the
    /// server refuses.
    ///
    /// # Errors
    /// [`LdapError`]
    pub async fn bind(
        mut self,
        account: &str,
        password: &Secret,
    ) -> Result<Result<Bound, BindRefusal>, LdapError> {
        // A server may call it a success without a password. RFC 4513 5.1.2
        if password.is_empty() || account.is_empty() {
            return Err(LdapError::Refused(
                49,
                "a sign-in needs a user name and a password".into(),
            ));
        }
        let secret = Zeroizing::new(element(0x80, &[password.expose().as_bytes()]));
        let body = [&*number(INTEGER, 3), &text(account), &secret];
        let (_, outcome) = self.wire.ask(Request::Bind, &body, BOUND).await?;
        Ok(match outcome.code {
            0 => Ok(Bound(self.wire)),
            code => Err(BindRefusal::new(code, outcome.text)),
        })
    }
}

/// A connection of an account. It reads.
pub struct Bound(Wire<TlsStream<TcpStream>>);

impl Bound {
    /// An entry by its name; `None`: there is none, or it may not be seen.
    ///
    /// # Errors
    /// [`LdapError`]
    pub async fn read(
        &mut self,
        name: &str,
        attributes: &[&str],
    ) -> Result<Option<Entry>, LdapError> {
        let found = self.0.search(name, &Search::one(attributes)).await?;
        Ok(found.into_iter().next())
    }

    /// Entries below `base` with one of these values. The text of a value needs no escapes.
    ///
    /// # Errors
    /// [`LdapError`]
    pub async fn find(
        &mut self,
        base: &str,
        any_of: &[(&str, &str)],
        attributes: &[&str],
    ) -> Result<Vec<Entry>, LdapError> {
        let equal = |it: &(&str, &str)| element(0xa3, &[&text(it.0), &text(it.1)]);
        let parts: Vec<Vec<u8>> = any_of.iter().map(equal).collect();
        let parts: Vec<&[u8]> = parts.iter().map(|it| &**it).collect();
        let filter = element(0xa1, &parts);
        self.0.search(base, &Search { below: true, filter, attributes }).await
    }

    /// Takes leave.
    pub async fn unbind(mut self) {
        let _ = timeout(self.0.limit, self.0.send(Request::Unbind, &[])).await;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times_are_read_whole_or_not_at_all() {
        for (text, expected) in [
            ("20261130134105.0Z", Some("2026-11-30T13:41:05Z")),
            ("20261130134105Z", Some("2026-11-30T13:41:05Z")),
            ("20261330134105Z", None),
            ("20261130134105", None),
            ("2026113013410Z", None),
            ("2026-1130134105Z", None),
            ("ä0261130134105Z", None),
            ("", None),
        ] {
            assert_eq!(time(text), expected.map(|it| it.parse().unwrap()), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_answer_is_read_or_refused(bytes: Vec<u8>) {
            let _ = (entry(&bytes), outcome(&bytes).is_ok());
        }

        #[test]
        fn a_damaged_entry_is_read_or_refused(at in 0_usize..64, byte: u8) {
            let values = element(0x31, &[&text("DC=corp,DC=example")]);
            let attribute = element(SEQUENCE, &[&text("defaultNamingContext"), &values]);
            let mut bytes = [text(""), element(SEQUENCE, &[&attribute])].concat();
            prop_assert!(entry(&bytes).is_some());
            if let Some(it) = bytes.get_mut(at) {
                *it = byte;
            }
            let _ = entry(&bytes);
        }
    }
}
