//! The checks of a context: where they end and why, and a report that gives nobody away.

use serde_json::json;
use tokio_util::sync::CancellationToken;
use url::Url;

use std::time::Duration;

use super::*;
use crate::backend::fly::standin::{CLIENT, Play, SECRET, Standin, TOKEN, error, options, rows};
use crate::backend::http::{Http, HttpOptions};
use crate::checks::Level;
use crate::checks::way::{self, Hosts, Way};
use crate::checks::{Limits, Skip, Sort, run};
use crate::testing::server::{Reply, Server};

const LIMITS: Limits = Limits { at_once: 1, whole: Duration::from_secs(600) };

fn context(options: FlyOptions) -> (Lookups, FlyContext) {
    let lookups = Lookups::new(Duration::from_secs(60));
    let context = FlyContext::new(lookups.clone(), std::future::ready(Ok(options)));
    (lookups, context)
}

/// The checks of a context one after the other, without those after one that failed.
pub(crate) async fn tested(options: FlyOptions) -> (FlyContext, Vec<Finished>) {
    let ((lookups, context), none) = (context(options), CancellationToken::new());
    let mut reported = Vec::new();
    let mut on_finished = |it: &Finished| reported.push(it.clone());
    let subjects = std::slice::from_ref(&context);
    let all = run(&lookups, subjects, &CHECKS, LIMITS, &none, &mut on_finished).await;
    assert_eq!(all, reported);
    assert_eq!(all.len(), CHECKS.len());
    let tried = |it: &Finished| !matches!(it.outcome, Err(Stop::Skip(Skip::After(_))));
    (context, all.into_iter().filter(tried).collect())
}

/// The one check that failed.
pub(crate) fn failed(checks: &[Finished]) -> &Finished {
    checks.iter().find(|it| it.result.level == Level::Fail).unwrap()
}

/// The check at which it ended, what it says, and whether a sign-in is to blame.
fn ended(checks: &[Finished]) -> (&str, &str, &str, bool) {
    let it = failed(checks);
    assert_eq!(checks.last(), Some(it), "nothing is tried after a failure");
    let Err(Stop::Fault(fault)) = &it.outcome else { panic!("{it:?}") };
    let refused = fault.cause.sort == Sort::Refused;
    (&it.result.check, &it.result.found, &it.result.fix, refused)
}

#[tokio::test]
async fn every_check_is_reported_in_its_order() {
    let service = Standin::with(450).await;
    let (_, checks) = tested(service.options(None)).await;
    let found: Vec<_> = checks.iter().map(|it| (&*it.result.check, it.result.level)).collect();
    assert_eq!(
        found,
        [
            (CREDENTIAL, Level::Ok),
            (ROUTE, Level::Ok),
            (NAMES, Level::Ok),
            (CONNECTION, Level::Ok),
            (PROXY, Level::Skipped),
            (CERTIFICATE, Level::Skipped),
            (SIGN_IN, Level::Ok),
            (FIRST_PAGE, Level::Ok),
        ]
    );
    assert_eq!(checks[7].result.found, "200 of 450 connections received");
    assert_eq!((service.sign_ins(), service.lists().len()), (1, 1));
}

/// However many are under way at once, each question is asked once.
#[tokio::test]
async fn checks_at_once_ask_each_question_once() {
    let service = Standin::with(3).await;
    let ((lookups, subject), none) = (context(service.options(None)), CancellationToken::new());
    let limits = Limits { at_once: 16, ..LIMITS };
    let subjects = [subject.clone(), subject.clone(), subject];
    let all = run(&lookups, &subjects, &CHECKS, limits, &none, &mut |_| {}).await;
    assert_eq!(all.len(), 3 * CHECKS.len());
    assert!(all.iter().all(|it| it.result.level <= Level::Skipped), "{all:?}");
    assert_eq!((service.sign_ins(), service.lists().len()), (1, 1));
}

/// Contexts of one data centre ask its hosts once, and what the hosts say is an answer whatever it
/// is; its date gives the clock.
#[tokio::test]
async fn hosts_that_several_contexts_name_are_asked_once() {
    let server = Server::new(|_| Reply::with(404, "Date: Wed, 21 Oct 2015 07:28:00 GMT\r\n", "{}"));
    let server = server.await;
    let (http, _) = Http::for_tests(HttpOptions { retries: 0, ..HttpOptions::default() });
    let lookups = Lookups::new(Duration::from_secs(60));
    let ways: Vec<Way> = ["one", "two", "three"]
        .iter()
        .map(|it| {
            let asked = vec![server.at(it), server.at("connect/token")];
            Way::to(lookups.clone(), Hosts { http: http.clone(), asked })
        })
        .collect();
    let none = CancellationToken::new();
    let limits = Limits { at_once: 8, ..LIMITS };
    let all = run(&lookups, &ways, &way::CHECKS, limits, &none, &mut |_| {}).await;
    assert!(all.iter().all(|it| it.result.found == "it answers"), "{all:?}");
    assert_eq!((all.len(), server.seen().len()), (3, 1));
    let (said, ahead) = ways[0].answers().await;
    assert!(said.is_ok() && ahead.is_some_and(|it| it < -300), "{ahead:?}");
}

#[tokio::test]
async fn it_ends_where_the_way_ends_and_says_why() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    let (_, checks) = tested(options(nobody.join("fly").unwrap(), nobody.clone(), None)).await;
    let (check, what, fix, _) = ended(&checks);
    assert_eq!((check, what), (CONNECTION, "127.0.0.1: the connection was refused"));
    assert!(fix.contains("firewall"), "{fix}");

    let unknown = Url::parse("https://fly.invalid/").unwrap();
    let (context, checks) = tested(options(unknown.clone(), unknown, None)).await;
    let (check, what, fix, _) = ended(&checks);
    assert_eq!((check, what), (NAMES, "fly.invalid: the host name is unknown"));
    assert!(fix.contains("Check the address and the network"), "{fix}");
    assert!(!context.redacted(&checks).unwrap().contains("invalid"));

    let untrusted = crate::testing::server::untrusted();
    let (_, checks) = tested(options(untrusted.clone(), untrusted, None)).await;
    let (check, what, fix, refused) = ended(&checks);
    assert!(check == CERTIFICATE && what.contains("the certificate is not trusted"), "{what}");
    assert!(fix.contains("ca_bundle") && !refused, "{fix}");

    let refusing = Standin::new(Play {
        sign_in: Box::new(|_| Some(Reply::json(400, json!({ "error": "invalid_client" })))),
        ..Play::new(rows(1))
    })
    .await;
    let (context, checks) = tested(refusing.options(None)).await;
    let (check, _, fix, refused) = ended(&checks);
    assert!(check == SIGN_IN && refused && fix.contains("expired"), "{checks:?}");
    let redacted = context.redacted(&checks).unwrap();
    assert!(redacted.contains("status 400, code invalid_client"), "{redacted}");

    for (status, expected) in [(401, true), (403, true), (404, false), (503, false)] {
        let service = Standin::twisted(1, move |_| Some(error(status, "Played"))).await;
        let (_, checks) = tested(service.options(None)).await;
        let (check, what, fix, refused) = ended(&checks);
        assert!(check == FIRST_PAGE && !fix.is_empty(), "{checks:?}");
        assert!(what.contains(&status.to_string()), "{what}");
        assert_eq!(refused, expected);
    }
    let html = Standin::twisted(1, |_| Some(Reply::with(200, "X-Proxy: y\r\n", "<html>"))).await;
    let (context, checks) = tested(html.options(None)).await;
    assert_eq!(ended(&checks).0, FIRST_PAGE);
    let redacted = context.redacted(&checks).unwrap();
    assert!(redacted.contains("body: markup"), "{redacted}");
}

#[tokio::test]
async fn cancelling_ends_the_request() {
    let service =
        Standin::new(Play { sign_in: Box::new(|_| Some(Reply::Silence)), ..Play::new(rows(1)) })
            .await;
    let ((lookups, context), cancel) = (context(service.options(None)), CancellationToken::new());
    let (subjects, mut none) = ([context], |_: &Finished| {});
    let running = run(&lookups, &subjects, &CHECKS, LIMITS, &cancel, &mut none);
    let (all, ()) = tokio::join!(running, async {
        // The first connection is that of the check that only tries to connect.
        service.server.came.notified().await;
        cancel.cancel();
    });
    let cancelled = Err(Stop::Skip(Skip::Cancelled));
    let open: Vec<&str> =
        all.iter().filter(|it| it.outcome == cancelled).map(|it| &*it.result.check).collect();
    assert_eq!(open, [SIGN_IN, FIRST_PAGE]);
    service.server.left.notified().await;
}

#[tokio::test]
async fn the_report_gives_nobody_away() {
    let mut rows = rows(60);
    rows[3]["connectionType"] = json!(29);
    rows[4].as_object_mut().unwrap().remove("tenantId");
    rows[5]["somethingNew"] = json!({ "contoso": "secret-name" });
    rows[6]["anna@contoso.example"] = json!("x");
    let page = json!({ "data": { "data": rows, "totalCount": 60, "nextLink": "https://evil.example/x",
        "properties": { "fabrikam": 1, "northwind": "y" } }, "Contoso": 1 });
    let service = Standin::twisted(0, move |_| {
        Some(Reply::with(200, "X-Trace: contoso-7\r\nContent-Type: application/json\r\n", &page))
    })
    .await;
    let (context, checks) = tested(service.options(None)).await;
    let text = context.redacted(&checks).unwrap();
    for reported in [
        "status 200, ",
        "headers: content-length, content-type, x-trace",
        "data: 60 entries",
        "connectionType: number 0 ×4",
        "number 29 ×1",
        "tenantId: UUID ×59",
        "delegateAppProfileId: UUID of zeros ×60",
        "serviceAccountId: null ×60",
        "createTime: whole number of 18 digits ×60",
        "somethingNew: object of 1 keys ×1",
        "totalCount: number 60",
        "nextLink: link to another host",
        "properties: object of 2 keys",
        "…: text ×1",
    ] {
        assert!(text.contains(reported), "{reported:?} is missing in:\n{text}");
    }
    for hidden in [
        "contoso",
        "Contoso",
        "fabrikam",
        "northwind",
        "secret-name",
        "wave",
        "anna",
        "ben@",
        "evil",
        "played",
        "0b0e5d4c",
        "11111111",
        "33333333",
        "127.0.0.1",
        "live",
        CLIENT,
        SECRET,
        TOKEN,
    ] {
        assert!(!text.contains(hidden), "{hidden:?} stands in:\n{text}");
    }
}
