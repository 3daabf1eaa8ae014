//! Which authorities are trusted.

use super::*;

#[tokio::test]
async fn an_unknown_authority_is_refused_and_a_bundle_makes_it_known() {
    let url = server::untrusted();
    let error = get(&http().0, url.clone()).await.unwrap_err();
    assert_eq!(error.kind, HttpErrorKind::Untrusted, "{error:?}");
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
    // Never read without an end, nor waited for. Issue 13, point 10.
    let file = std::fs::File::create(&path).unwrap();
    file.set_len(1 << 40).unwrap();
    assert!(try_it().unwrap_err().to_string().contains("larger than"));
    std::fs::remove_file(&path).unwrap();
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    assert!(try_it().unwrap_err().to_string().contains("plain file"));
}
