//! What a real domain controller cannot play: DNS without half of its records, LDAP of another domain,
//! with another clock, or with bytes that are none.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, SRV};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinHandle;

use crate::backend::ad::ber::{
    ENUMERATED, INTEGER, OCTETS, Reader, SEQUENCE, element, number, text,
};

/// What a DNS server knows of a name.
#[derive(Debug, Clone)]
pub(crate) enum Known {
    /// Servers: priority, port, host.
    Servers(Vec<(u16, u16, &'static str)>),
    /// An address.
    Address(Ipv4Addr),
    /// The name, without a record.
    Nothing,
    /// This error.
    Error(ResponseCode),
    /// No answer at all.
    Silence,
}

/// A DNS server on this machine. It ends when it is dropped.
pub(crate) struct Dns {
    pub(crate) at: SocketAddr,
    /// Every question: name and kind.
    seen: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Drop for Dns {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Dns {
    /// Knows these names, without the dot at the end, and no others.
    pub(crate) async fn new(names: impl IntoIterator<Item = (&'static str, Known)>) -> Self {
        let names: BTreeMap<String, Known> =
            names.into_iter().map(|(name, known)| (format!("{name}."), known)).collect();
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let (at, seen) = (socket.local_addr().unwrap(), Arc::<Mutex<Vec<String>>>::default());
        let asked = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            let mut bytes = [0; 4096];
            while let Ok((length, from)) = socket.recv_from(&mut bytes).await {
                let question = Message::from_vec(&bytes[..length]).unwrap();
                let query = &question.queries[0];
                asked.lock().unwrap().push(format!("{} {}", query.name(), query.query_type()));
                if let Some(answer) = answered(&names, &question) {
                    socket.send_to(&answer.to_vec().unwrap(), from).await.unwrap();
                }
            }
        });
        Self { at, seen, task }
    }

    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

fn answered(names: &BTreeMap<String, Known>, question: &Message) -> Option<Message> {
    let query = question.queries[0].clone();
    let mut answer = Message::response(question.metadata.id, question.metadata.op_code);
    let (name, kind) = (query.name().clone(), query.query_type());
    answer.add_query(query);
    let record = |data: RData| Record::from_rdata(name.clone(), 60, data);
    match names.get(&name.to_ascii().to_lowercase()) {
        None => answer.metadata.response_code = ResponseCode::NXDomain,
        Some(Known::Error(code)) => answer.metadata.response_code = *code,
        Some(Known::Silence) => return None,
        Some(Known::Servers(all)) if kind == RecordType::SRV => {
            for (priority, port, host) in all {
                let host = Name::from_ascii(format!("{host}.")).unwrap();
                answer.add_answer(record(RData::SRV(SRV::new(*priority, 0, *port, host))));
            }
        }
        Some(Known::Address(at)) if kind == RecordType::A => {
            answer.add_answer(record(RData::A(A(*at))));
        }
        Some(_) => {}
    }
    Some(answer)
}

/// What a controller says of itself.
#[derive(Debug, Clone)]
pub(crate) struct Says {
    /// Where its domain begins.
    pub(crate) base: String,
    /// The time of its clock.
    pub(crate) time: String,
    pub(crate) synchronized: bool,
    /// In place of every answer.
    pub(crate) bytes: Option<Vec<u8>>,
}

/// A controller on this machine without TLS. It ends when it is dropped.
pub(crate) struct Ldap {
    pub(crate) at: SocketAddr,
    /// The tag of every request.
    seen: Arc<Mutex<Vec<u8>>>,
    task: JoinHandle<()>,
}

impl Drop for Ldap {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Ldap {
    pub(crate) async fn new(says: Says) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (at, seen) = (listener.local_addr().unwrap(), Arc::<Mutex<Vec<u8>>>::default());
        let asked = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            let mut open = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                open.spawn(talk(stream, says.clone(), Arc::clone(&asked)));
            }
        });
        Self { at, seen, task }
    }

    pub(crate) fn seen(&self) -> Vec<u8> {
        self.seen.lock().unwrap().clone()
    }
}

impl Ldap {
    /// The same inside TLS from the first byte, with a certificate for `*.contoso.example`.
    pub(crate) async fn inside_tls(says: Says) -> Self {
        use rustls::pki_types::pem::PemObject as _;
        use rustls::pki_types::{CertificateDer, PrivateKeyDer};
        let chain = include_bytes!("../backend/http/testdata/fake-server.pem");
        let key = include_bytes!("../backend/http/testdata/fake-server.key");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![CertificateDer::from_pem_slice(chain).unwrap()],
                PrivateKeyDer::from_pem_slice(key).unwrap(),
            )
            .unwrap();
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (at, seen) = (listener.local_addr().unwrap(), Arc::<Mutex<Vec<u8>>>::default());
        let asked = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            let mut open = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, says, asked) = (acceptor.clone(), says.clone(), Arc::clone(&asked));
                open.spawn(async move {
                    // Whoever does not trust it leaves.
                    if let Ok(stream) = acceptor.accept(stream).await {
                        talk(stream, says, asked).await;
                    }
                });
            }
        });
        Self { at, seen, task }
    }
}

async fn talk<S>(mut stream: S, says: Says, seen: Arc<Mutex<Vec<u8>>>)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let mut bytes = vec![0; 4096];
    while let Ok(length @ 1..) = stream.read(&mut bytes).await {
        // Every request is small and comes whole.
        let mut message = Reader(Reader(&bytes[..length]).take(SEQUENCE).unwrap());
        let id = message.number(INTEGER).unwrap();
        let (tag, _) = message.next().unwrap();
        seen.lock().unwrap().push(tag);
        let answers = match &says.bytes {
            Some(bytes) => bytes.clone(),
            None => said(&says, id, tag),
        };
        if stream.write_all(&answers).await.is_err() {
            return;
        }
        if says.bytes.is_some() {
            return;
        }
    }
}

fn said(says: &Says, id: u32, tag: u8) -> Vec<u8> {
    let message = |operation: &[u8]| element(SEQUENCE, &[&number(INTEGER, id), operation]);
    let ended = |tag: u8, code: u32| {
        element(tag, &[&number(ENUMERATED, code), &text(""), &text("not played here")])
    };
    if tag != 0x63 {
        // Answers have the number after their request; no sign-in is taken, StartTLS is not known.
        return message(&ended(tag + 1, if tag == 0x60 { 49 } else { 2 }));
    }
    let synchronized = if says.synchronized { "TRUE" } else { "FALSE" };
    let attributes: Vec<u8> = [
        ("defaultNamingContext", &*says.base),
        ("currentTime", &*says.time),
        ("isSynchronized", synchronized),
    ]
    .iter()
    .flat_map(|(key, value)| {
        let values = element(0x31, &[&element(OCTETS, &[value.as_bytes()])]);
        element(SEQUENCE, &[&text(key), &values])
    })
    .collect();
    let entry = element(0x64, &[&text(""), &element(SEQUENCE, &[&attributes])]);
    [message(&entry), message(&ended(0x65, 0))].concat()
}

/// A port that takes no connection and refuses none. It lasts as long as this.
pub(crate) struct BlackHole {
    pub(crate) at: SocketAddr,
    _listener: TcpListener,
    _waiting: Vec<JoinHandle<std::io::Result<TcpStream>>>,
}

impl Drop for BlackHole {
    fn drop(&mut self) {
        self._waiting.iter().for_each(JoinHandle::abort);
    }
}

impl BlackHole {
    /// Fills the queue of a listener that accepts nothing.
    pub(crate) async fn new() -> Self {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(1).unwrap();
        let at = listener.local_addr().unwrap();
        let waiting = (0..8).map(|_| tokio::spawn(TcpStream::connect(at))).collect();
        // The queue is full once a connection of ours is left waiting.
        let full = async {
            while tokio::time::timeout(
                std::time::Duration::from_millis(200),
                TcpStream::connect(at),
            )
            .await
            .is_ok()
            {}
        };
        full.await;
        Self { at, _listener: listener, _waiting: waiting }
    }
}
