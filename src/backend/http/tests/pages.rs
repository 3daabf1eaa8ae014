//! Lists in pages: whole, on their host, with an end.

use super::*;

async fn pages(http: &Http, url: Url, limits: PageLimits) -> Result<Vec<Value>, HttpError> {
    let request =
        Request::get(url).bearer(&Secret::new(CANARY)).header("ConsistencyLevel", "eventual");
    http.pages(&request, odata, limits, &CancellationToken::new()).await
}

#[tokio::test]
async fn a_page_that_is_none_is_not_an_empty_list() {
    for body in ["<html>sign in", "[]", "{}", "{\"value\": 1}", ""] {
        let server = Server::script(vec![Reply::json(200, body)]).await;
        let error = pages(&http().0, server.at("/"), PageLimits::default()).await.unwrap_err();
        assert_eq!(error.kind, HttpErrorKind::NotJson, "{body}");
    }
}

#[tokio::test]
async fn pages_are_followed_with_their_headers() {
    let server = Server::new(|seen| {
        Reply::json(
            200,
            match seen.line.as_str() {
                "GET /list" => json!({ "value": [1], "@odata.nextLink": "/list?page=2" }),
                "GET /list?page=2" => json!({ "value": [], "@odata.nextLink": "list?page=3" }),
                _ => json!({ "value": [2, 3] }),
            },
        )
    })
    .await;
    let all = pages(&http().0, server.at("/list"), PageLimits::default()).await.unwrap();
    assert_eq!(all, [1, 2, 3]);
    for seen in server.seen() {
        assert!(seen.head.to_ascii_lowercase().contains("consistencylevel: eventual"));
    }
}

#[tokio::test]
async fn a_link_to_another_host_gets_no_token() {
    let other = Server::script(vec![Reply::json(200, json!({ "value": [] }))]).await;
    let foreign = other.at("/list").to_string();
    for link in [foreign.as_str(), "http://evil.example/", "//evil.example/", "ftp://x/", "http://"]
    {
        let link = link.to_owned();
        let server =
            Server::new(move |_| Reply::json(200, json!({ "value": [], "@odata.nextLink": link })))
                .await;
        let error = pages(&http().0, server.at("/"), PageLimits::default()).await.unwrap_err();
        assert_eq!(error.kind, HttpErrorKind::ForeignLink);
        assert_eq!(server.seen().len(), 1);
    }
    assert!(other.seen().is_empty());
}

#[tokio::test]
async fn pages_that_repeat_or_never_end_are_given_up() {
    let circle =
        Server::new(|_| Reply::json(200, json!({ "value": [], "@odata.nextLink": "/a" }))).await;
    let error = pages(&http().0, circle.at("/a"), PageLimits::default()).await.unwrap_err();
    assert_eq!((error.kind, circle.seen().len()), (HttpErrorKind::RepeatedLink, 1));
    let endless = |items: usize| {
        let count = std::sync::atomic::AtomicUsize::new(0);
        move |_: &server::Seen| {
            let at = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            Reply::json(
                200,
                json!({ "value": vec![0; items], "@odata.nextLink": format!("/{at}") }),
            )
        }
    };
    let server = Server::new(endless(0)).await;
    let error =
        pages(&http().0, server.at("/x"), PageLimits { pages: 20, items: 10 }).await.unwrap_err();
    assert_eq!((error.kind, server.seen().len()), (HttpErrorKind::TooManyPages, 20));
    let server = Server::new(endless(4)).await;
    let error =
        pages(&http().0, server.at("/x"), PageLimits { pages: 20, items: 10 }).await.unwrap_err();
    assert_eq!((error.kind, server.seen().len()), (HttpErrorKind::TooManyPages, 3));
}
