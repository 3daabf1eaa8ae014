//! Which authorities are trusted.

use super::*;

/// Answers one TLS client after the other with the fake certificate, until dropped clients end it.
fn tls_server(clients: usize) -> Url {
    use rustls::pki_types::pem::PemObject as _;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    use std::io::{Read as _, Write as _};

    let _ = rustls::crypto::ring::default_provider().install_default();
    let chain =
        CertificateDer::from_pem_slice(include_bytes!("../testdata/fake-server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("../testdata/fake-server.key")).unwrap();
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![chain], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = Url::parse(&format!("https://{}/", listener.local_addr().unwrap())).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().take(clients) {
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

#[tokio::test]
async fn an_unknown_authority_is_refused_and_a_bundle_makes_it_known() {
    let url = tls_server(2);
    let error = get(&http().0, url.clone()).await.unwrap_err();
    assert_eq!(error.kind, HttpErrorKind::Tls, "{error:?}");
    assert!(error.hint().contains("ca_bundle"));
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ca.pem");
    std::fs::write(&path, include_str!("../testdata/fake-ca.pem")).unwrap();
    let (http, _) =
        Http::for_tests(HttpOptions { ca_bundle: Some(path), ..HttpOptions::default() });
    assert_eq!(get(&http, url).await.unwrap().status, 200);
}

#[test]
fn a_bad_ca_bundle_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ca.pem");
    let try_it =
        || Http::new(HttpOptions { ca_bundle: Some(path.clone()), ..HttpOptions::default() });
    let missing = try_it().unwrap_err();
    assert_eq!(missing.kind, HttpErrorKind::Setup);
    assert!(missing.to_string().contains("ca.pem"), "{missing}");
    std::fs::write(&path, "nothing here").unwrap();
    assert!(try_it().unwrap_err().to_string().contains("no certificate in it"));
}
