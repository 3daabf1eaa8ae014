//! Point 2: the token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

use super::super::standin::{CLIENT, SECRET, TOKEN, token};
use super::*;
use crate::backend::graph::ClientCertificate;
use crate::domain::Secret;
use crate::domain::context::KidForm;
use crate::error::{Exit, Failure};

const CERTIFICATE: &str = include_str!("../../graph/testdata/fake-app.pem");
const KEY: &str = include_str!("../../graph/testdata/fake-app.key");

fn form(service: &Standin) -> std::collections::HashMap<String, String> {
    let seen = service.server.seen();
    let body = &seen.iter().find(|it| it.line.starts_with("POST")).unwrap().body;
    url::form_urlencoded::parse(body.as_bytes()).into_owned().collect()
}

#[tokio::test]
async fn a_secret_signs_in_as_documented() {
    let service = Standin::with(1).await;
    let (fly, _) = service.fly(None);
    refresh(&fly).await.unwrap();
    let form = form(&service);
    assert_eq!(form["grant_type"], "client_credentials");
    assert_eq!(form["client_id"], CLIENT);
    assert_eq!(form["client_secret"], SECRET);
    assert_eq!(form["scope"], "fly.graph.readwrite.all");
    assert_eq!(form.len(), 4);
    let seen = service.server.seen();
    let list = seen.iter().find(|it| it.line.starts_with("GET")).unwrap();
    assert!(list.head.to_ascii_lowercase().contains(&format!("authorization: bearer {TOKEN}-0")));
    assert!(!format!("{fly:?}").contains("canary"), "{fly:?}");
}

#[tokio::test]
async fn a_certificate_signs_in_with_the_form_of_avepoint() {
    let service = Standin::with(1).await;
    let pem = include_str!("../../graph/testdata/fake-app.pem");
    let key = Secret::new(include_str!("../../graph/testdata/fake-app.key"));
    let certificate = ClientCertificate::from_pem(pem, &key).unwrap();
    let thumbprint = certificate.thumbprint();
    let mut options = service.options(None);
    options.settings.credential = FlyCredential::Certificate(certificate);
    let (fly, _) = fly(options);
    refresh(&fly).await.unwrap();
    let form = form(&service);
    assert_eq!(form.len(), 4, "no client_id beside the assertion");
    assert_eq!(
        form["client_assertion_type"],
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    );
    assert_eq!(form["scope"], "fly.graph.readwrite.all");
    let parts: Vec<&str> = form["client_assertion"].split('.').collect();
    let part = |at: usize| URL_SAFE_NO_PAD.decode(parts[at]).unwrap();
    let json = |at: usize| serde_json::from_slice::<Value>(&part(at)).unwrap();
    let header = json(0);
    assert_eq!((&header["typ"], &header["alg"]), (&json!("JWT"), &json!("RS256")));
    assert_eq!(header.as_object().unwrap().len(), 3);
    let kid = URL_SAFE_NO_PAD.decode(header["kid"].as_str().unwrap()).unwrap();
    let kid: String = kid.iter().map(|byte| format!("{byte:02X}")).collect();
    assert_eq!(kid, thumbprint, "the bytes of the SHA-1 thumbprint");
    let claims = json(1);
    assert_eq!((&claims["sub"], &claims["iss"]), (&json!(CLIENT), &json!(CLIENT)));
    assert_eq!(claims["aud"], service.server.at("connect/token").as_str());
    let now = clock().as_second();
    assert_eq!((&claims["nbf"], &claims["iat"]), (&json!(now - 300), &json!(now - 300)));
    assert_eq!(claims["exp"], now + 3_300);
    assert!(uuid::Uuid::parse_str(claims["jti"].as_str().unwrap()).is_ok());
    let public = include_bytes!("../../graph/testdata/fake-app-public.der");
    let signed = format!("{}.{}", parts[0], parts[1]);
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public)
        .verify(signed.as_bytes(), &part(2))
        .unwrap();
}

#[tokio::test]
async fn the_token_is_kept_and_renewed_before_it_expires() {
    let service = Standin::with(1).await;
    let (fly, _) = service.fly(None);
    for (later, sign_ins) in [(0, 1), (3_299, 1), (2, 2), (100, 2)] {
        pass(later);
        refresh(&fly).await.unwrap();
        assert_eq!(service.sign_ins(), sign_ins, "after {later} s more");
    }
}

#[tokio::test]
async fn many_callers_wait_for_one_sign_in_and_for_one_refusal() {
    let service = Standin::with(1).await;
    let (fly, _) = service.fly(None);
    let (a, b, c, d) = tokio::join!(refresh(&fly), refresh(&fly), fly.projects(), refresh(&fly));
    a.and(b).and(d).unwrap();
    c.unwrap();
    assert_eq!(service.sign_ins(), 1);
    let refusing = Standin::new(Play {
        sign_in: Box::new(|_| Some(Reply::json(400, json!({ "error": "invalid_client" })))),
        ..Play::new(rows(1))
    })
    .await;
    let (fly, _) = refusing.fly(None);
    let (a, b, c) = tokio::join!(refresh(&fly), refresh(&fly), fly.projects());
    assert!(a.is_err() && a == b && c.is_err());
    assert_eq!(refusing.sign_ins(), 1);
    // Asked again, it is tried again.
    assert!(refresh(&fly).await.is_err());
    assert_eq!(refusing.sign_ins(), 2);
}

#[tokio::test]
async fn a_401_renews_once_for_all_pages_and_then_explains() {
    // The first token is not accepted any more from the second request on.
    let service = Server::new({
        let play = Play::new(rows(1_000));
        let lists = std::sync::atomic::AtomicUsize::new(0);
        move |seen| {
            if seen.line.starts_with("POST") {
                let old = lists.load(std::sync::atomic::Ordering::SeqCst) == 0;
                return token(usize::from(!old));
            }
            let number = lists.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            if number > 0 && seen.head.contains(&format!("{TOKEN}-0")) {
                return error(401, "Unauthorized");
            }
            let skip = seen.line.rsplit_once("skip=").unwrap().1.parse().unwrap();
            let asked = Asked { number, path: String::new(), top: 200, skip, host: String::new() };
            Reply::json(200, play.page(&asked))
        }
    })
    .await;
    let (fly, _) = fly(options(service.at("fly"), service.at("connect/token"), None));
    refresh(&fly).await.unwrap();
    assert_eq!(fly.count().await.unwrap(), 1_000);
    let sign_ins = service.seen().iter().filter(|it| it.line.starts_with("POST")).count();
    assert_eq!(sign_ins, 2, "one more for all four pages that were refused");
    // Never accepted.
    let service = Standin::twisted(1, |_| Some(error(401, "Unauthorized"))).await;
    let (fly, _) = service.fly(None);
    let error = refresh(&fly).await.unwrap_err();
    assert_eq!((service.lists().len(), service.sign_ins()), (2, 2));
    assert!(error.to_string().contains("not signed in (401, Unauthorized)"), "{error}");
    assert!(error.to_string().contains("[request req-7]"), "{error}");
    assert!(error.hint().contains("although it is new"), "{}", error.hint());
    assert_eq!(Failure::from(error).exit, Exit::Auth);
}

#[tokio::test]
async fn a_refused_sign_in_says_what_to_do_and_no_secret() {
    let describe =
        json!({ "error": "invalid_client", "error_description": format!("{SECRET} wrong") });
    for (reply, hint) in [
        (Reply::json(400, describe), "whether the secret has expired"),
        (
            Reply::json(400, json!({ "error": "invalid_scope" })),
            "Give it the scope fly.graph.readwrite.all",
        ),
        (Reply::json(400, json!({ "error": "unauthorized_client" })), "secret or certificate"),
        (Reply::json(401, "{}"), "Check sign-in address, client id and credential"),
        (Reply::json(403, "{}"), "Check sign-in address, client id and credential"),
        (Reply::json(200, json!({ "token_type": "Bearer" })), "/connect/token"),
    ] {
        let play = Play { sign_in: Box::new(move |_| Some(reply.clone())), ..Play::new(rows(1)) };
        let service = Standin::new(play).await;
        let (fly, _) = service.fly(None);
        let error = refresh(&fly).await.unwrap_err();
        assert!(error.hint().contains(hint), "{error}: {}", error.hint());
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        assert!(matches!(error, BackendError::SignIn(_)), "{error:?}");
        assert_eq!(Failure::from(error).exit, Exit::Auth);
        assert!(service.lists().is_empty());
    }
    for (reply, hint) in [
        (Reply::json(404, "{}"), "it ends in /connect/token"),
        (Reply::json(200, "<html>"), "check the sign-in address and the proxy"),
        (Reply::json(503, "{}"), "Try again later"),
    ] {
        let play = Play { sign_in: Box::new(move |_| Some(reply.clone())), ..Play::new(rows(1)) };
        let service = Standin::new(play).await;
        let (fly, _) = service.fly(None);
        let error = refresh(&fly).await.unwrap_err();
        assert!(error.hint().contains(hint), "{error}: {}", error.hint());
        assert!(error.to_string().starts_with("sign-in: "), "{error}");
        assert_eq!(Failure::from(error).exit, Exit::Failure);
    }
}

#[tokio::test]
async fn an_expired_certificate_is_not_even_tried() {
    let service = Standin::with(1).await;
    let pem = include_str!("../../graph/testdata/fake-app.pem");
    let key = Secret::new(include_str!("../../graph/testdata/fake-app.key"));
    let mut options = service.options(None);
    let certificate = ClientCertificate::from_pem(pem, &key).unwrap();
    options.clock = || Timestamp::from_second(9_000_000_000).unwrap();
    options.settings.credential = FlyCredential::Certificate(certificate);
    let (fly, _) = fly(options);
    let error = refresh(&fly).await.unwrap_err();
    assert!(error.to_string().contains("expired"), "{error}");
    assert!(matches!(error, BackendError::SignIn(_)));
    assert!(service.server.seen().is_empty());
}

/// A certificate is named in either form, and signs in where only one is known.
#[tokio::test]
async fn the_other_form_of_the_thumbprint_is_a_setting() {
    for form in KidForm::ALL {
        let service = Standin::with(1).await;
        let mut options = service.options(None);
        options.settings.kid = form;
        let pair = ClientCertificate::from_pem(CERTIFICATE, &Secret::new(KEY)).unwrap();
        let thumbprint = pair.thumbprint();
        options.settings.credential = FlyCredential::Certificate(pair);
        refresh(&super::super::standin::fly(options).0).await.unwrap();
        let body = service.server.seen()[0].body.clone();
        let (_, assertion) = body.split_once("client_assertion=").unwrap();
        let header = URL_SAFE_NO_PAD.decode(assertion.split('.').next().unwrap()).unwrap();
        let header: Value = serde_json::from_slice(&header).unwrap();
        let hex = form == KidForm::Hex;
        assert_eq!(header["kid"] == thumbprint, hex, "{header}");
        assert_eq!(header.get("x5t").is_some(), hex, "{header}");
    }
}

/// A server that allows for no difference at all: within five minutes a sign-in is accepted, and
/// beyond that the clock is blamed. A secret knows of no time, and is blamed itself.
#[tokio::test]
async fn a_clock_that_is_off_is_allowed_for_and_then_named() {
    for (ahead, signed, accepted) in [
        (-280, true, true),
        (20, true, true),
        (-20, true, true),
        (3_000, true, true),
        (-600, true, false),
        (4_000, true, false),
        (-600, false, false),
    ] {
        // By the server's clock, which alone counts.
        let server_now = Timestamp::now().as_second() + ahead;
        let service = Server::new(move |seen| {
            let printer = jiff::fmt::rfc2822::DateTimePrinter::new();
            let at = Timestamp::from_second(server_now).unwrap();
            let date = printer.timestamp_to_rfc9110_string(&at).unwrap();
            let refusal = Reply::with(
                400,
                &format!("Content-Type: application/json\r\nDate: {date}\r\n"),
                json!({ "error": "invalid_client" }),
            );
            if !seen.line.starts_with("POST ") {
                return Reply::json(200, json!({ "data": { "data": [], "totalCount": 0 } }));
            }
            let Some((_, assertion)) = seen.body.split_once("client_assertion=") else {
                return refusal;
            };
            let part = assertion.split('.').nth(1).unwrap();
            let claims: Value =
                serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
            let of = |claim: &str| claims[claim].as_i64().unwrap();
            let valid =
                of("nbf") <= server_now && of("iat") <= server_now && server_now < of("exp");
            if valid { token(0) } else { refusal }
        })
        .await;
        let mut options = options(service.at("fly"), service.at("connect/token"), None);
        options.clock = Timestamp::now;
        if signed {
            let pair = ClientCertificate::from_pem(CERTIFICATE, &Secret::new(KEY)).unwrap();
            options.settings.credential = FlyCredential::Certificate(pair);
        }
        let answer = refresh(&super::super::standin::fly(options).0).await;
        assert_eq!(answer.is_ok(), accepted, "{ahead} s: {answer:?}");
        let Err(error) = answer else { continue };
        let text = error.to_string();
        assert_eq!(text.contains("this machine's clock is"), signed, "{text}");
        assert_eq!(error.hint().contains("clock"), signed, "{}", error.hint());
        assert_eq!(text.contains("its secret"), !signed, "{text}");
    }
}
