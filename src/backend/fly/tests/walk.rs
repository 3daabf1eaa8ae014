//! `context test`: at which rung it stops and why, and a report that gives nobody away.

use tokio_util::sync::CancellationToken;

use super::super::standin::{CLIENT, SECRET, TOKEN};
use super::*;

async fn walk(options: &FlyOptions) -> (ProbeReport, Vec<Rung>) {
    let mut told = Vec::new();
    let report =
        super::super::probe(options, &CancellationToken::new(), &mut |it| told.push(it.clone()))
            .await;
    (report, told)
}

/// The rung at which it stopped, and what it says.
fn stopped(report: &ProbeReport) -> (Step, &str, &str) {
    let rung = report.failed().unwrap();
    assert_eq!(report.rungs.last(), Some(rung), "nothing is tried after a failure");
    (rung.step, &rung.detail, &rung.hint)
}

#[tokio::test]
async fn every_rung_is_told_as_it_is_reached() {
    let service = Standin::with(450).await;
    let (report, told) = walk(&service.options(None)).await;
    assert!(report.passed() && !report.auth, "{report:?}");
    assert_eq!(told, report.rungs);
    let steps: Vec<_> = told.iter().map(|it| (it.step, it.outcome)).collect();
    assert_eq!(
        steps,
        [
            (Step::Route, RungOutcome::Passed),
            (Step::Dns, RungOutcome::Passed),
            (Step::Tcp, RungOutcome::Passed),
            (Step::Proxy, RungOutcome::Skipped),
            (Step::Tls, RungOutcome::Skipped),
            (Step::Token, RungOutcome::Passed),
            (Step::FirstPage, RungOutcome::Passed),
        ]
    );
    assert_eq!(told[6].detail, "200 of 450 connections came");
    assert_eq!((service.sign_ins(), service.lists().len()), (1, 1));
}

#[tokio::test]
async fn it_stops_where_the_way_ends_and_says_why() {
    let nobody = super::faults::nobody();
    let (report, _) = walk(&options(nobody.join("fly").unwrap(), nobody.clone(), None)).await;
    let (step, what, hint) = stopped(&report);
    assert_eq!((step, what), (Step::Tcp, "127.0.0.1: the connection was refused"));
    assert!(hint.contains("firewall"), "{hint}");

    let unknown = Url::parse("https://fly.invalid/").unwrap();
    let (report, _) = walk(&options(unknown.clone(), unknown, None)).await;
    let (step, what, hint) = stopped(&report);
    assert_eq!((step, what), (Step::Dns, "fly.invalid: the host name is unknown"));
    assert!(hint.contains("Check the address and the network"), "{hint}");
    assert!(!report.redacted().contains("invalid"));

    let untrusted = crate::backend::http::testserver::untrusted();
    let (report, _) = walk(&options(untrusted.clone(), untrusted, None)).await;
    let (step, what, hint) = stopped(&report);
    assert!(step == Step::Tls && what.contains("the certificate is not trusted"), "{report:?}");
    assert!(hint.contains("ca_bundle") && !report.auth, "{hint}");

    let refusing = Standin::new(Play {
        sign_in: Box::new(|_| Some(Reply::json(400, json!({ "error": "invalid_client" })))),
        ..Play::new(rows(1))
    })
    .await;
    let (report, _) = walk(&refusing.options(None)).await;
    let (step, _, hint) = stopped(&report);
    assert!(step == Step::Token && report.auth && hint.contains("expired"), "{report:?}");
    assert!(report.redacted().contains("status 400, code invalid_client"), "{}", report.redacted());

    for (status, auth) in [(401, true), (403, true), (404, false), (503, false)] {
        let service = Standin::twisted(1, move |_| Some(error(status, "Played"))).await;
        let (report, _) = walk(&service.options(None)).await;
        let (step, what, hint) = stopped(&report);
        assert!(step == Step::FirstPage && !hint.is_empty(), "{report:?}");
        assert!(what.contains(&status.to_string()), "{what}");
        assert_eq!(report.auth, auth);
    }
    let html = Standin::twisted(1, |_| Some(Reply::with(200, "X-Proxy: y\r\n", "<html>"))).await;
    let (report, _) = walk(&html.options(None)).await;
    assert_eq!(stopped(&report).0, Step::FirstPage);
    assert!(report.redacted().contains("body: markup"), "{}", report.redacted());
}

#[tokio::test]
async fn cancelling_ends_the_walk() {
    let service =
        Standin::new(Play { sign_in: Box::new(|_| Some(Reply::Silence)), ..Play::new(rows(1)) })
            .await;
    let cancel = CancellationToken::new();
    let options = service.options(None);
    let mut none = |_: &Rung| {};
    let walking = super::super::probe(&options, &cancel, &mut none);
    let (report, ()) = tokio::join!(walking, async {
        // The first connection is the rung's that only tries to connect.
        service.server.came.notified().await;
        cancel.cancel();
    });
    let (step, what, _) = stopped(&report);
    assert_eq!((step, what), (Step::Token, "cancelled"));
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
    let (report, _) = walk(&service.options(None)).await;
    let text = report.redacted();
    for told in [
        "API: another address, with /fly at its end; sign-in: another address, with a secret",
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
        assert!(text.contains(told), "{told:?} is missing in:\n{text}");
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
