//! A network on this machine: sites that speak TLS and proxies that lead to them, each with its
//! fault. Every one answers until the test ends. Shared by the tests of the client and of the binary.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// The authority that signed the certificates.
pub const CA: &str = include_str!("../../src/backend/http/testdata/fake-ca.pem");
const SERVER: &[u8] = include_bytes!("../../src/backend/http/testdata/fake-server.pem");
const EXPIRED: &[u8] = include_bytes!("../../src/backend/http/testdata/fake-expired.pem");
const KEY: &[u8] = include_bytes!("../../src/backend/http/testdata/fake-server.key");

/// What a site answers to a request line: status and body.
pub type Answer = dyn Fn(&str) -> (u16, String) + Send + Sync;

/// How a site behaves. Its certificate is for localhost, `*.contoso.example` and two hosts of
/// Microsoft.
pub enum Site {
    /// As it should.
    Answers(Box<Answer>),
    /// Its certificate has expired.
    Expired,
    /// It resets every connection once the handshake began.
    Cut,
    /// It speaks plain HTTP.
    Plain,
    /// It takes connections and says nothing.
    Silent,
}

/// How a proxy behaves.
#[derive(Clone)]
pub enum Door {
    /// Leads everything there.
    Open(SocketAddr),
    /// Leads there whoever signs in with these base64 letters, and refuses others with 407.
    Locked(&'static str, SocketAddr),
    /// Answers everything with this status.
    Says(u16),
    /// Closes every connection.
    Shut,
    /// Takes connections and says nothing.
    Silent,
}

/// An address at which nobody listens.
pub fn nobody() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Serves every connection on a thread of its own.
fn serve(each: impl Fn(TcpStream) + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let each = Arc::new(each);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let each = Arc::clone(&each);
            std::thread::spawn(move || each(stream));
        }
    });
    address
}

/// Starts a site.
pub fn site(site: Site) -> SocketAddr {
    match site {
        Site::Answers(answer) => {
            let config = config(SERVER);
            serve(move |stream| tls(stream, &config, &*answer))
        }
        Site::Expired => {
            let config = config(EXPIRED);
            serve(move |stream| tls(stream, &config, &|_| (200, "{}".to_owned())))
        }
        // What was not read when a connection is closed makes its end a reset.
        Site::Cut => serve(|stream| {
            let _ = stream.peek(&mut [0; 64]);
        }),
        Site::Plain => serve(|mut stream| {
            let _ = stream.read(&mut [0; 64]);
            let _ = stream.write_all(b"HTTP/1.1 400 no TLS here\r\nContent-Length: 0\r\n\r\n");
        }),
        Site::Silent => serve(silent),
    }
}

/// Ends when the other side does.
fn silent(mut stream: TcpStream) {
    while matches!(stream.read(&mut [0; 4096]), Ok(1..)) {}
}

fn config(chain: &[u8]) -> Arc<rustls::ServerConfig> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let chain = CertificateDer::from_pem_slice(chain).unwrap();
    let key = PrivateKeyDer::from_pem_slice(KEY).unwrap();
    let config = rustls::ServerConfig::builder().with_no_client_auth();
    Arc::new(config.with_single_cert(vec![chain], key).unwrap())
}

fn tls(stream: TcpStream, config: &Arc<rustls::ServerConfig>, answer: &Answer) {
    let tls = rustls::ServerConnection::new(Arc::clone(config)).unwrap();
    let mut stream = rustls::StreamOwned::new(tls, stream);
    // A client that does not trust us leaves here.
    while let Some(head) = head(&mut stream) {
        let length = head.lines().find_map(|it| {
            let (name, value) = it.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
        });
        let mut body = vec![0; length.unwrap_or(0)];
        if stream.read_exact(&mut body).is_err() {
            return;
        }
        let (status, body) = answer(head.lines().next().unwrap_or_default());
        let whole = format!(
            "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        if stream.write_all(whole.as_bytes()).and_then(|()| stream.flush()).is_err() {
            return;
        }
    }
}

/// The head of a request, byte by byte so that nothing behind it is taken.
fn head(stream: &mut impl Read) -> Option<String> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        bytes.push(byte[0]);
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// A proxy, and the heads that it was sent.
pub struct Proxy {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    pub fn new(door: Door) -> Self {
        let seen: Arc<Mutex<Vec<String>>> = Arc::default();
        let log = Arc::clone(&seen);
        let address = serve(move |stream| pass(stream, &door, &log));
        Self { address, seen }
    }

    /// Its address as `HTTPS_PROXY` has it.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The heads of the requests that it got.
    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

fn pass(mut client: TcpStream, door: &Door, log: &Mutex<Vec<String>>) {
    if let Door::Silent = door {
        return silent(client);
    }
    let Some(head) = head(&mut client) else { return };
    log.lock().unwrap().push(head.clone());
    let refuse = |mut client: TcpStream, status: u16| {
        let text = format!(
            "HTTP/1.1 {status} X\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n"
        );
        let _ = client.write_all(text.as_bytes());
    };
    let site = match door {
        Door::Open(site) => site,
        Door::Locked(letters, site) => {
            let wanted = format!("proxy-authorization: basic {}", letters.to_ascii_lowercase());
            if !head.to_ascii_lowercase().contains(&wanted) {
                return refuse(client, 407);
            }
            site
        }
        Door::Says(status) => return refuse(client, *status),
        Door::Shut | Door::Silent => return,
    };
    let Ok(site) = TcpStream::connect(site) else { return refuse(client, 502) };
    let _ = client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n");
    let (Ok(back), Ok(from)) = (client.try_clone(), site.try_clone()) else { return };
    std::thread::spawn(move || pump(client, site));
    pump(from, back);
}

fn pump(mut from: TcpStream, mut to: TcpStream) {
    let ended = std::io::copy(&mut from, &mut to);
    // A reset is handed on as an end with something unread, and so as a reset.
    let _ = to.shutdown(if ended.is_ok() { Shutdown::Write } else { Shutdown::Both });
}
