//! What an app has, from files and from Microsoft. P9, E3.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;
use crate::app::effect::{CheckFile, LiveLogin, LiveProof};
use crate::files::write;
use crate::permissions::gap::{Evidence, How};
use crate::permissions::manifest::{Form, manifest};
use crate::permissions::{Job, Method, Scenario};

fn scenario() -> Scenario {
    Scenario::new(Method::CustomApp, Job::Copy)
}

async fn reported(effect: Effect) -> Result<Evidence, String> {
    let mut all = answers(Arc::new(Fake::with(0)), effect).await;
    match all.pop() {
        Some(Answer::Checked(result)) if all.is_empty() => result.map(|it| *it),
        other => panic!("{other:?} {all:?}"),
    }
}

async fn file(bytes: &[u8], holds: CheckFile) -> Result<Evidence, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.txt");
    std::fs::write(&path, bytes).unwrap();
    reported(Effect::CheckFile { request: ONE, path, holds }).await
}

#[tokio::test]
async fn a_manifest_is_what_is_declared() {
    let built = manifest(&scenario()).manifest;
    let evidence = file(built.render(Form::Array).as_bytes(), CheckFile::Manifest).await.unwrap();
    assert_eq!(evidence.holdings.len(), built.len());
    assert!(evidence.holdings.iter().all(|it| it.how == How::Declared));
}

#[tokio::test]
async fn tokens_are_read_with_the_clock_of_the_screen() {
    let part = |json: &str| URL_SAFE_NO_PAD.encode(json);
    // The tests' present is 1970: the token has not ended.
    let claims = r#"{"aud":"https://graph.microsoft.com","roles":["Domain.Read.All"],"exp":60}"#;
    let token = format!("{}.{}.x", part(r#"{"alg":"RS256","typ":"JWT"}"#), part(claims));
    let evidence = file(token.as_bytes(), CheckFile::Tokens).await.unwrap();
    assert_eq!(evidence.holdings[0].how, How::SeenInToken);
}

// "One line that says what is wrong and what to do, no secret in it."
#[tokio::test]
async fn a_bad_file_is_one_line_without_its_text() {
    for (bytes, holds) in [
        (&b"fake-secret"[..], CheckFile::Manifest),
        (b"eyJfake-secret", CheckFile::Manifest),
        (b"fake-secret", CheckFile::Tokens),
        (b"", CheckFile::Tokens),
        (b"\xff\x00\x01", CheckFile::Tokens),
        (b"[{\"a\": fake-secret", CheckFile::Manifest),
    ] {
        let problem = file(bytes, holds).await.unwrap_err();
        assert!(!problem.contains("fake-secret") && !problem.contains('\n'), "{problem}");
        assert!(problem.contains("app.txt: "), "{problem}");
    }
    let long = vec![b' '; (1 << 20) + 9];
    let problem = file(&long, CheckFile::Manifest).await.unwrap_err();
    assert!(problem.contains("larger than 1 MB"), "{problem}");
    let path = "/no/such/manifest.json".into();
    let problem =
        reported(Effect::CheckFile { request: ONE, path, holds: CheckFile::Manifest }).await;
    assert!(problem.unwrap_err().contains("no such file"));
    // A secret typed where a path is expected.
    let path: PathBuf = "eyJ0eXAiOiJKV1QiLCJhbGciOiJub25lIn0".into();
    let problem =
        reported(Effect::CheckFile { request: ONE, path, holds: CheckFile::Tokens }).await;
    assert!(!problem.unwrap_err().contains("eyJ"));
}

fn live(tenant: &str, proof: LiveProof) -> Effect {
    let client_id = "11111111-2222-3333-4444-555555555555".into();
    let login = LiveLogin { tenant: tenant.into(), client_id, proof };
    Effect::CheckLive { request: ONE, login, scenario: scenario() }
}

fn secret() -> LiveProof {
    LiveProof::Secret(Secret::new("fake-secret"))
}

#[tokio::test]
async fn a_sign_in_that_cannot_work_reaches_nobody() {
    let problem = reported(live("not a tenant", secret())).await.unwrap_err();
    assert!(problem.contains("neither a GUID nor a domain"), "{problem}");
    let folder = tempfile::tempdir().unwrap();
    let certificate = folder.path().join("app.pem");
    let proof =
        || LiveProof::Certificate { certificate: certificate.clone(), key: certificate.clone() };
    let problem = reported(live("contoso.example", proof())).await.unwrap_err();
    assert!(problem.contains("no such file"), "{problem}");
    write::bytes(&certificate, write::Existing::Keep, b"fake-secret").unwrap();
    let problem = reported(live("contoso.example", proof())).await.unwrap_err();
    assert!(problem.contains("no certificate") && !problem.contains("fake-secret"), "{problem}");
}

/// An executor whose Microsoft is a port of this machine.
fn with_stand_in(port: u16) -> (Executor, UnboundedReceiver<Event>) {
    let (mut executor, events) = executor(Arc::new(Fake::with(0)));
    let address = format!("http://127.0.0.1:{port}");
    executor.means.stand_in = Some(Endpoints::new(&address, &address).unwrap());
    executor.means.http = HttpOptions::default().with_http_loopback();
    (executor, events)
}

/// What the check does now.
async fn step(events: &mut UnboundedReceiver<Event>) -> String {
    match events.recv().await {
        Some(Event::Answer(ONE, Answer::CheckStep(step))) => step,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn nobody_there_is_one_line_with_a_hint() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let (mut executor, mut events) = with_stand_in(port);
    executor.perform(live("contoso.example", secret()));
    assert_eq!(step(&mut events).await, "Signing in for Microsoft Graph");
    let Some(Event::Answer(ONE, Answer::Checked(Err(problem)))) = events.recv().await else {
        panic!()
    };
    assert!(problem.contains("127.0.0.1") && !problem.contains('\n'), "{problem}");
    assert!(!problem.contains("fake-secret"), "{problem}");
}

// Cancelling a check stops its requests: the server sees the connection end.
#[tokio::test]
async fn a_cancelled_check_ends_its_connection() {
    use tokio::io::AsyncReadExt;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (mut executor, mut events) = with_stand_in(listener.local_addr().unwrap().port());
    executor.perform(live("contoso.example", secret()));
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut byte = [0; 1];
    assert_eq!(stream.read(&mut byte).await.unwrap(), 1, "the request began");
    let _ = step(&mut events).await;
    executor.perform(Effect::Cancel { request: ONE });
    let mut rest = Vec::new();
    // Ends only because the other side closes; a reset is an end too.
    let _ = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut rest))
        .await
        .expect("the connection was closed");
    assert!(executor.is_idle() && events.try_recv().is_err());
}
