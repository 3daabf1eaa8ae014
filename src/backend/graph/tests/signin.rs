//! Sign-in: certificates, refusals, and what was typed wrong.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::{Value, json};

use super::fake::{CLIENT, SECRET, TENANT, evidence_of, refusal, secret_login};
use crate::backend::graph::{
    AppLogin, CertificateError, ClientCertificate, Credential, Endpoints, GraphError,
};
use crate::domain::{Secret, Timestamp};
use crate::testing::server::Reply;

const CERTIFICATE: &str = include_str!("../testdata/fake-app.pem");
const KEY: &str = include_str!("../testdata/fake-app.key");

#[tokio::test]
async fn refused_sign_ins_are_explained() {
    for (number, words) in [
        (90_002, "there is no such tenant in this cloud"),
        (700_016, "the tenant does not know this app"),
        (7_000_215, "the client secret is wrong"),
        (7_000_222, "the client secret has expired"),
        (700_024, "outside its validity"),
        (53_003, "conditional access"),
        (7_000_112, "disabled"),
        (123, "AADSTS123: because Trace ID: x"),
    ] {
        let reply = refusal(number, "because");
        let (out, ..) = evidence_of(&secret_login(), move |seen| {
            seen.line.contains("token").then(|| reply.clone())
        })
        .await;
        let error = out.unwrap_err();
        let line = error.to_string();
        assert!(line.contains(words) && line.contains("[request corr-1]"), "{line}");
        assert_eq!(line.lines().count(), 1);
        assert!(!error.fix.is_empty());
    }
}

#[tokio::test]
async fn a_clock_that_is_off_is_named() {
    let text = json!({ "error": "invalid_client", "error_description": "AADSTS700024: no" });
    let date = "Date: Wed, 21 Oct 2015 07:28:00 GMT\r\n";
    let reply = Reply::with(401, date, text);
    let login =
        AppLogin::new("contoso.example", CLIENT, Credential::Certificate(certificate())).unwrap();
    let (out, ..) =
        evidence_of(&login, move |seen| seen.line.contains("token").then(|| reply.clone())).await;
    let error = out.unwrap_err();
    assert!(error.to_string().contains("this machine's clock is"), "{error}");
    let hint = error.fix;
    assert!(hint.contains("minutes fast: set it right"), "{hint}");
}

#[tokio::test]
async fn html_or_nothing_at_the_token_endpoint_is_an_error() {
    for (reply, words) in [
        (Reply::with(200, "Content-Type: text/html\r\n", "<html>"), "not the expected JSON"),
        (Reply::json(200, "{}"), "contains no token"),
        (Reply::with(302, "Location: /\r\n", ""), "redirects elsewhere"),
        (Reply::json(429, "{}"), "too many requests"),
        (Reply::with(400, "", "<html>"), "was not accepted (400)"),
    ] {
        let (out, server, ..) = evidence_of(&secret_login(), move |seen| {
            seen.line.contains("token").then(|| reply.clone())
        })
        .await;
        let line = out.unwrap_err().to_string();
        assert!(line.contains(words), "{line}");
        assert_eq!(server.seen().len(), 1, "a sign-in is no read, so it is sent once");
    }
}

fn certificate() -> ClientCertificate {
    ClientCertificate::from_pem(CERTIFICATE, &Secret::new(KEY)).unwrap()
}

/// The form field of a request, decoded.
fn field(body: &str, name: &str) -> String {
    let pairs: Vec<(String, String)> =
        url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    pairs.into_iter().find(|(key, _)| key == name).unwrap().1
}

fn part(jwt: &str, at: usize) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(jwt.split('.').nth(at).unwrap()).unwrap())
        .unwrap()
}

#[tokio::test]
async fn a_certificate_signs_in_with_ps256_and_falls_back_to_rs256() {
    let login =
        AppLogin::new("contoso.example", CLIENT, Credential::Certificate(certificate())).unwrap();
    let (out, server, ..) = evidence_of(&login, |_| None).await;
    out.unwrap();
    let body = server.seen()[0].body.clone();
    let assertion = field(&body, "client_assertion");
    assert_eq!(
        field(&body, "client_assertion_type"),
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    );
    let header = part(&assertion, 0);
    assert_eq!((&header["alg"], &header["typ"]), (&json!("PS256"), &json!("JWT")));
    // openssl x509 -fingerprint -sha256
    assert_eq!(header["x5t#S256"], THUMB_256);
    let claims = part(&assertion, 1);
    assert_eq!(claims["aud"], server.at("contoso.example/oauth2/v2.0/token").as_str());
    assert_eq!((&claims["iss"], &claims["sub"]), (&json!(CLIENT), &json!(CLIENT)));
    let lasts = claims["exp"].as_i64().unwrap() - claims["nbf"].as_i64().unwrap();
    assert!((300..=600).contains(&lasts));
    // A clock that is fast by minutes is no reason to be refused.
    let early = crate::domain::Timestamp::now().as_second() - claims["nbf"].as_i64().unwrap();
    assert!(early >= 300 && claims["iat"] == claims["nbf"], "{claims}");
    assert_ne!(claims["jti"], part(&field(&server.seen()[1].body, "client_assertion"), 1)["jti"]);
    verify(&assertion, &RSA_PSS_2048_8192_SHA256);
    // An endpoint that knows only the older form.
    let (out, server, ..) = evidence_of(&login, |seen| {
        let old = seen.line.starts_with("POST")
            && part(&field(&seen.body, "client_assertion"), 0)["alg"] == "PS256";
        old.then(|| refusal(700_027, "key not found"))
    })
    .await;
    out.unwrap();
    let assertion = field(&server.seen()[1].body, "client_assertion");
    assert_eq!(part(&assertion, 0)["x5t"], THUMB_1);
    verify(&assertion, &RSA_PKCS1_2048_8192_SHA256);
}

const THUMB_256: &str = "j8pPHMBPYRfBir44zgNZHS18NQh9brCsq6aMTgIY-qI";
const THUMB_1: &str = "86PFkSnj0JOZy77j05g2nPxQRHA";

fn verify(assertion: &str, algorithm: &'static dyn ring::signature::VerificationAlgorithm) {
    let (message, signature) = assertion.rsplit_once('.').unwrap();
    // RSAPublicKey of the pair, as openssl wrote it.
    let public = include_bytes!("../testdata/fake-app-public.der");
    UnparsedPublicKey::new(algorithm, public)
        .verify(message.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap())
        .unwrap();
}

#[test]
fn certificates_and_keys_are_checked_before_anything_is_sent() {
    use CertificateError as E;
    let pkcs1 = include_str!("../testdata/fake-app-pkcs1.key");
    let other = include_str!("../testdata/fake-other.key");
    let encrypted = include_str!("../testdata/fake-encrypted.key");
    let elliptic = include_str!("../testdata/fake-ec.key");
    let cut = &KEY[..KEY.len() / 2];
    let both = format!("{CERTIFICATE}\n{KEY}");
    let read = |certificate: &str, key: &str| {
        ClientCertificate::from_pem(certificate, &Secret::new(key)).map(|_| ())
    };
    for (certificate, key, expected) in [
        (CERTIFICATE, KEY, Ok(())),
        (CERTIFICATE, pkcs1, Ok(())),
        (&both, &both, Ok(())),
        (CERTIFICATE, other, Err(E::Mismatch)),
        (CERTIFICATE, encrypted, Err(E::Encrypted)),
        (CERTIFICATE, elliptic, Err(E::NotRsa)),
        (CERTIFICATE, CERTIFICATE, Err(E::NoKey)),
        (KEY, KEY, Err(E::NoCertificate)),
        (CERTIFICATE, cut, Err(E::Damaged)),
        (CERTIFICATE, SECRET, Err(E::NoKey)),
        ("", "", Err(E::NoCertificate)),
        (&"x".repeat(300_000), KEY, Err(E::TooLong)),
    ] {
        assert_eq!(read(certificate, key), expected);
        if let Err(error) = expected {
            let line = error.to_string();
            assert!(
                line.lines().count() == 1 && !line.contains(SECRET) && line.contains(':'),
                "{line}"
            );
        }
    }
    assert_eq!(certificate(), certificate());
    assert!(!format!("{:?}", certificate()).contains("PRIVATE"));
}

#[test]
fn a_certificate_knows_its_dates() {
    let certificate = certificate();
    let (start, end) = certificate.valid().unwrap();
    // Its key is not needed to know them.
    assert_eq!(crate::backend::graph::certificate_expiry(CERTIFICATE), Ok(end));
    assert_eq!(
        crate::backend::graph::certificate_expiry("nothing"),
        Err(CertificateError::NoCertificate)
    );
    assert!(end > start);
    let day = jiff::SignedDuration::from_hours(24);
    assert_eq!(certificate.check_dates(start + day), Ok(()));
    assert_eq!(certificate.check_dates(start - day), Err(CertificateError::NotYetValid));
    assert_eq!(certificate.check_dates(end + day), Err(CertificateError::Expired));
    assert!(certificate.check_dates(Timestamp::now() + day).is_ok());
}

#[test]
fn what_was_typed_wrong_is_not_repeated() {
    let secret = || Credential::Secret(Secret::new(SECRET));
    for tenant in
        ["", "S3cr3t~x", "a..b", "-a.b", "a b.c", "../common", "contoso.com/x?y", "common"]
    {
        let error = AppLogin::new(tenant, CLIENT, secret()).unwrap_err();
        assert_eq!(error, GraphError::Tenant, "{tenant}");
    }
    let error = AppLogin::new(TENANT, SECRET, secret()).unwrap_err();
    assert_eq!(error, GraphError::ClientId);
    assert!(!error.to_string().contains(SECRET));
    assert!(AppLogin::new(" contoso.onmicrosoft.com ", CLIENT, secret()).is_ok());
    assert!(!format!("{:?}", secret_login()).contains(SECRET));
    assert_eq!(Endpoints::new("not an address", "x"), Err(GraphError::Endpoint));
}

/// What openssl makes of the pair; `None` where it is not installed.
fn openssl(folder: &std::path::Path, args: &[&str]) -> Option<Vec<u8>> {
    let out = std::process::Command::new("openssl").args(args).current_dir(folder).output().ok()?;
    assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
    std::fs::read(folder.join("out")).ok()
}

#[test]
fn certificates_and_keys_are_read_in_every_dress() {
    use crate::files::encoding::testing::every_form;
    use crate::files::pem;
    let both = format!("{CERTIFICATE}\n{KEY}");
    let indented = |text: &str| text.lines().map(|it| format!("    {it}\n")).collect::<String>();
    let pkcs1 = include_str!("../testdata/fake-app-pkcs1.key");
    let mut dresses = vec![
        both.clone(),
        format!("{KEY}{CERTIFICATE}"),
        format!("{CERTIFICATE}{pkcs1}"),
        format!("\u{feff}{CERTIFICATE}\u{feff}{KEY}"),
        indented(&both),
        both.replace('\n', "\\n"),
        both.replace('\n', "\\r\\n"),
        format!("APP=\"{}\"", both.replace('\n', "\\n")),
        serde_json::json!({ "cert": CERTIFICATE, "key": KEY }).to_string(),
        both.replace('\n', " "),
        both.lines().map(|it| format!("> {it}\n")).collect(),
        both.replace("BEGIN CERTIFICATE", "BEGIN X509 CERTIFICATE")
            .replace("END CERTIFICATE", "END X509 CERTIFICATE"),
        format!("Bag Attributes\n  localKeyID: 01\nsubject=CN = app\n{both}"),
        format!("{}{both}", include_str!("../testdata/fake-other.key")),
    ];
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("in"), &both).unwrap();
    if let Some(trusted) =
        openssl(folder.path(), &["x509", "-in", "in", "-trustout", "-out", "out"])
    {
        dresses.push(format!("{}{KEY}", String::from_utf8(trusted).unwrap()));
    }
    for dress in dresses {
        for (form, bytes) in every_form(&dress) {
            let text = pem::text(&bytes).unwrap();
            let read = ClientCertificate::from_pem(&text, &Secret::new(text.as_str()));
            assert_eq!(read.as_ref(), Ok(&certificate()), "{form}: {dress}");
        }
    }
    // DER, under any name, and base64 without a frame.
    let x509 = openssl(folder.path(), &["x509", "-in", "in", "-outform", "DER", "-out", "out"]);
    let pkey = openssl(folder.path(), &["pkey", "-in", "in", "-outform", "DER", "-out", "out"]);
    if let (Some(x509), Some(pkey)) = (x509, pkey) {
        let (text, key) = (pem::text(&x509).unwrap(), pem::text(&pkey).unwrap());
        let key = Secret::new(key.as_str());
        assert_eq!(ClientCertificate::from_pem(&text, &key), Ok(certificate()));
        use base64::engine::general_purpose::STANDARD;
        let bare = STANDARD.encode(x509);
        assert_eq!(ClientCertificate::from_pem(&bare, &key), Ok(certificate()));
    }
}

#[test]
fn what_is_no_pair_of_pem_is_named_with_the_command_that_makes_one() {
    use crate::files::pem;
    use CertificateError as E;
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    std::fs::write(at.join("in"), format!("{CERTIFICATE}\n{KEY}")).unwrap();
    let encrypted = include_str!("../testdata/fake-encrypted.key");
    let elliptic = include_str!("../testdata/fake-ec.key");
    let mut cases: Vec<(Vec<u8>, E, &str)> = vec![
        (format!("{CERTIFICATE}{encrypted}").into(), E::Encrypted, "openssl pkey"),
        (format!("{CERTIFICATE}{elliptic}").into(), E::NotRsa, "openssl req"),
        (
            format!("{CERTIFICATE}{}", KEY.replace("PRIVATE", "OPENSSH PRIVATE")).into(),
            E::OpenSsh,
            "ssh-keygen -p",
        ),
    ];
    let made: [(&[&str], E, &str); 6] = [
        (
            &["pkcs12", "-export", "-in", "in", "-passout", "pass:x", "-out", "out"],
            E::Pkcs12,
            "openssl pkcs12",
        ),
        (&["crl2pkcs7", "-nocrl", "-certfile", "in", "-out", "out"], E::Pkcs7, "openssl pkcs7"),
        (
            &["crl2pkcs7", "-nocrl", "-certfile", "in", "-outform", "DER", "-out", "out"],
            E::Pkcs7,
            "openssl pkcs7",
        ),
        (&["req", "-new", "-key", "in", "-subj", "/CN=x", "-out", "out"], E::Request, "signed"),
        (
            &["req", "-new", "-key", "in", "-subj", "/CN=x", "-outform", "DER", "-out", "out"],
            E::Request,
            "signed",
        ),
        (
            &["pkey", "-in", "in", "-outform", "DER", "-pubout", "-out", "out"],
            E::NoCertificate,
            "PEM",
        ),
    ];
    for (args, error, words) in made {
        cases.extend(openssl(at, args).map(|bytes| (bytes, error, words)));
    }
    let traditional =
        ["rsa", "-in", "in", "-traditional", "-aes128", "-passout", "pass:x", "-out", "out"];
    if let Some(key) = openssl(at, &traditional) {
        cases.push(([CERTIFICATE.as_bytes(), &key].concat(), E::Encrypted, "openssl pkey"));
    }
    for (bytes, error, words) in cases {
        let text = pem::text(&bytes).unwrap();
        let read = ClientCertificate::from_pem(&text, &Secret::new(text.as_str()));
        assert_eq!(read, Err(error));
        assert!(error.hint().contains(words), "{}", error.hint());
    }
}
