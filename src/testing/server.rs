//! A server on this machine that answers what a test asks for, byte by byte if need be.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use url::Url;

/// What a server does with one request.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// Status, further header lines (`Name: value\r\n`), body.
    Text(u16, String, String),
    /// Headers of a JSON answer, then bytes for ever.
    Endless,
    /// Nothing: the connection stays open.
    Silence,
    /// These bytes as they are, then the connection is closed.
    Cut(String),
    /// These bytes as they are, then nothing: the connection stays open.
    Hold(String),
    /// The connection is closed without a word.
    Close,
    /// This text, after this time.
    Late(std::time::Duration, Box<Reply>),
}

impl Reply {
    pub(crate) fn json(status: u16, body: impl ToString) -> Self {
        Self::Text(status, "Content-Type: application/json\r\n".to_owned(), body.to_string())
    }

    /// Status, every header line, the beginning of a body; then the connection is closed, or
    /// stays open without a word.
    pub(crate) fn part(status: u16, headers: impl AsRef<str>, body: &str, open: bool) -> Self {
        let whole = format!("HTTP/1.1 {status} X\r\n{}\r\n{body}", headers.as_ref());
        if open { Self::Hold(whole) } else { Self::Cut(whole) }
    }

    pub(crate) fn with(status: u16, headers: &str, body: impl ToString) -> Self {
        Self::Text(status, headers.to_owned(), body.to_string())
    }
}

/// One request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// `GET /path?query`
    pub(crate) line: String,
    pub(crate) head: String,
    pub(crate) body: String,
}

type Answerer = dyn Fn(&Seen) -> Reply + Send + Sync;

/// The server. It stops when it is dropped.
pub(crate) struct Server {
    pub(crate) url: Url,
    seen: Arc<Mutex<Vec<Seen>>>,
    /// Notified when a client left a request that was not answered in full.
    pub(crate) left: Arc<Notify>,
    /// Notified when a request has come in whole.
    pub(crate) came: Arc<Notify>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// Answers by a function of the request.
    pub(crate) async fn new(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let (left, came) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let answer: Arc<Answerer> = Arc::new(answer);
        let task = tokio::spawn(accept(
            listener,
            answer,
            Arc::clone(&seen),
            Arc::clone(&left),
            Arc::clone(&came),
        ));
        Self { url, seen, left, came, task }
    }

    /// Answers one after the other, then 500.
    pub(crate) async fn script(replies: Vec<Reply>) -> Self {
        let replies = Mutex::new(VecDeque::from(replies));
        Self::new(move |_| {
            let next = replies.lock().unwrap().pop_front();
            next.unwrap_or_else(|| Reply::json(500, "{}"))
        })
        .await
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn at(&self, path: &str) -> Url {
        self.url.join(path).unwrap()
    }
}

async fn accept(
    listener: TcpListener,
    answer: Arc<Answerer>,
    seen: Arc<Mutex<Vec<Seen>>>,
    left: Arc<Notify>,
    came: Arc<Notify>,
) {
    // The tasks end with the set, and that with the server.
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else { return };
        let (answer, seen) = (Arc::clone(&answer), Arc::clone(&seen));
        let (left, came) = (Arc::clone(&left), Arc::clone(&came));
        connections.spawn(async move {
            let _ = serve(stream, &*answer, &seen, &left, &came).await;
        });
    }
}

async fn serve(
    mut stream: TcpStream,
    answer: &Answerer,
    seen: &Mutex<Vec<Seen>>,
    left: &Notify,
    came: &Notify,
) -> std::io::Result<()> {
    while let Some(request) = read_request(&mut stream).await? {
        let mut reply = answer(&request);
        seen.lock().unwrap().push(request);
        came.notify_one();
        if let Reply::Late(time, then) = reply {
            tokio::time::sleep(time).await;
            reply = *then;
        }
        match reply {
            Reply::Text(status, headers, body) => {
                let length = body.len();
                // In one go: two writes would wait for each other's acknowledgement.
                let whole = format!(
                    "HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
                );
                stream.write_all(whole.as_bytes()).await?;
            }
            Reply::Endless => {
                let head = "HTTP/1.1 200 X\r\nContent-Type: application/json\r\n\r\n[";
                stream.write_all(head.as_bytes()).await?;
                while stream.write_all(&[b' '; 4096]).await.is_ok() {}
                left.notify_one();
                return Ok(());
            }
            Reply::Cut(text) => return stream.write_all(text.as_bytes()).await,
            Reply::Hold(text) => {
                stream.write_all(text.as_bytes()).await?;
                let mut rest = [0; 1];
                let _ = stream.read(&mut rest).await;
                left.notify_one();
                return Ok(());
            }
            Reply::Silence => {
                // Ends when the client closes its side.
                let mut rest = [0; 1];
                let _ = stream.read(&mut rest).await;
                left.notify_one();
                return Ok(());
            }
            Reply::Close | Reply::Late(..) => return Ok(()),
        }
    }
    Ok(())
}

async fn read_request(stream: &mut TcpStream) -> std::io::Result<Option<Seen>> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = memchr::memmem::find(&bytes, b"\r\n\r\n") {
            break at;
        }
        let mut chunk = [0; 4096];
        let read = stream.read(&mut chunk).await?;
        if read == 0 {
            return Ok(None);
        }
        bytes.extend_from_slice(&chunk[..read]);
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let length: usize = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(0, |(_, value)| value.trim().parse().unwrap());
    let mut body = bytes[end + 4..].to_vec();
    while body.len() < length {
        let mut chunk = [0; 4096];
        let read = stream.read(&mut chunk).await?;
        if read == 0 {
            return Ok(None);
        }
        body.extend_from_slice(&chunk[..read]);
    }
    let line = head.lines().next().unwrap_or_default().trim_end_matches(" HTTP/1.1").to_owned();
    Ok(Some(Seen { line, head, body: String::from_utf8_lossy(&body).into_owned() }))
}

/// A TLS server on this machine whose certificate no system trusts; it answers whoever comes.
pub(crate) fn untrusted() -> Url {
    use rustls::pki_types::pem::PemObject as _;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    use std::io::{Read as _, Write as _};

    let _ = rustls::crypto::ring::default_provider().install_default();
    let chain =
        CertificateDer::from_pem_slice(include_bytes!("../backend/http/testdata/fake-server.pem"))
            .unwrap();
    let key =
        PrivateKeyDer::from_pem_slice(include_bytes!("../backend/http/testdata/fake-server.key"))
            .unwrap();
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![chain], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = Url::parse(&format!("https://{}/", listener.local_addr().unwrap())).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut tls = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut tls = rustls::Stream::new(&mut tls, &mut stream);
            // A client that does not trust us leaves here.
            let mut request = [0; 2048];
            if tls.read(&mut request).is_ok() {
                let _ = tls.write_all(b"HTTP/1.1 200 X\r\nContent-Length: 2\r\n\r\n{}");
                let _ = tls.flush();
            }
        }
    });
    url
}
