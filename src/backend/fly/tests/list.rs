//! Point 3 of the live contexts: the list is whole, whatever shape its pages have.

use std::collections::BTreeSet;

use super::*;
use crate::backend::{Place, Revision};
use crate::domain::health::{Horizon, Level};
use crate::testing::contract::id_of;

#[tokio::test]
async fn the_list_is_read_in_pages_of_200_with_several_in_flight() {
    let service = Standin::with(1_234).await;
    let (fly, waits) = service.fly(None);
    assert_eq!((fly.as_of(), fly.count().await.unwrap()), (None, 0));
    let (result, reported) = watched(&fly).await;
    result.unwrap();
    assert_eq!(fly.count().await.unwrap(), 1_234);
    let names: Vec<_> = all(&fly).await.into_iter().map(|it| it.name).collect();
    assert_eq!(names.len(), 1_234);
    assert!(names.is_sorted());
    let mut asked = service.lists();
    assert_eq!(asked[0], "GET /fly/connections/summaries?sortBy=name&sortOrder=0&top=200&skip=0");
    asked.sort();
    asked.dedup();
    assert_eq!((asked.len(), service.lists().len(), service.sign_ins()), (7, 7, 1));
    assert_eq!(fly.as_of(), Some(clock()));
    assert_eq!(fly.remarks(), Vec::<String>::new());
    assert!(waits.lock().unwrap().is_empty());
    // Rows come with each page, and the count only grows.
    assert_eq!(reported.iter().map(|it| it.rows.len()).sum::<usize>(), 1_234);
    assert!(reported.iter().all(|it| it.total == Some(1_234)));
    assert!(reported.iter().map(|it| it.have).is_sorted());
    assert_eq!(reported.last().unwrap().have, 1_234);
}

#[tokio::test]
async fn several_pages_are_asked_for_before_the_first_of_them_is_answered() {
    // Answers nothing after the first page: all that comes in is in flight at once.
    let service =
        Standin::twisted(5_000, |asked| (asked.number > 0).then_some(Reply::Silence)).await;
    let (fly, _) = service.fly(None);
    let reading = tokio::spawn(async move { refresh(&fly).await });
    while service.lists().len() < 5 {
        service.server.came.notified().await;
    }
    assert_eq!(service.lists().len(), 5, "the first page, then four at once");
    reading.abort();
    service.server.left.notified().await;
}

#[tokio::test]
async fn both_envelopes_and_every_form_of_link_give_the_same_list() {
    for wrapped in [true, false] {
        for total in [true, false] {
            for links in
                [Links::Absent, Links::Null, Links::Absolute, Links::Relative, Links::BelowApi]
            {
                // Without total and with a link that is always null there is one page.
                let count = if !total && links == Links::Null { 150 } else { 450 };
                let play = Play { wrapped, total, links, ..Play::new(rows(count)) };
                let service = Standin::new(play).await;
                let (fly, _) = service.fly(None);
                refresh(&fly).await.unwrap();
                let found = fly.count().await.unwrap();
                assert_eq!(found, count, "wrapped {wrapped}, total {total}, {links:?}");
                assert_eq!(fly.remarks(), Vec::<String>::new());
                assert_eq!(service.sign_ins(), 1);
            }
        }
    }
}

#[tokio::test]
async fn a_service_that_gives_fewer_rows_than_asked_is_read_whole() {
    for (total, links) in [(true, Links::Null), (false, Links::Absolute)] {
        let play = Play { cap: 30, total, links, ..Play::new(rows(100)) };
        let service = Standin::new(play).await;
        let (fly, _) = service.fly(None);
        refresh(&fly).await.unwrap();
        assert_eq!((fly.count().await.unwrap(), service.lists().len()), (100, 4));
    }
}

#[tokio::test]
async fn an_empty_tenant_is_an_empty_list() {
    let service = Standin::with(0).await;
    let (fly, _) = service.fly(None);
    refresh(&fly).await.unwrap();
    assert_eq!((fly.count().await.unwrap(), service.lists().len()), (0, 1));
    assert!(fly.as_of().is_some());
}

#[tokio::test]
async fn a_next_page_on_another_host_is_refused() {
    let other = Server::script(vec![]).await;
    for link in [other.at("fly/x").to_string(), "//evil.example/".into(), "http://".into()] {
        let page = json!({ "data": { "data": [row(1)], "nextLink": link } });
        let service = Standin::twisted(1, move |_| Some(Reply::json(200, &page))).await;
        let (fly, _) = service.fly(None);
        let error = refresh(&fly).await.unwrap_err();
        assert!(error.to_string().contains("the next page is on another host"), "{error}");
        assert_eq!(fly.count().await.unwrap(), 0);
        assert_eq!(service.lists().len(), 1);
    }
    assert!(other.seen().is_empty());
}

#[tokio::test]
async fn a_service_that_does_not_sort_is_sorted_here() {
    let mut mixed = rows(500);
    mixed.reverse();
    mixed.swap(3, 400);
    let service = Standin::new(Play::new(mixed)).await;
    let (fly, _) = service.fly(None);
    refresh(&fly).await.unwrap();
    let names: Vec<_> = all(&fly).await.into_iter().map(|it| it.name).collect();
    assert_eq!((names.len(), names.is_sorted()), (500, true));
}

/// A list whose rows on the second pass are other ones than on the first.
fn page_of(rows: &[Value], asked: &Asked, total: usize) -> Reply {
    let items = page_of_all(rows, asked);
    Reply::json(200, json!({ "data": { "data": items, "totalCount": total, "nextLink": null } }))
}

#[tokio::test]
async fn a_list_that_changes_while_it_is_read_is_read_once_more() {
    // On the first pass a row goes away after the first page: what follows slides up by one.
    for (before, after) in [(601, 600), (600, 601), (600, 900)] {
        let service = Standin::twisted(0, move |asked| {
            let first = asked.number == 0;
            let mut rows = rows(before.max(after));
            let count = if first { before } else { after };
            rows.truncate(count);
            if !first && after < before {
                rows = super::rows(before).split_off(1);
            }
            Some(page_of(&rows, asked, count))
        })
        .await;
        let (fly, _) = service.fly(None);
        let (result, reported) = watched(&fly).await;
        result.unwrap();
        assert_eq!(fly.count().await.unwrap(), after);
        assert_eq!(fly.remarks(), Vec::<String>::new());
        let notes: Vec<_> = reported.iter().filter_map(|it| it.note.as_deref()).collect();
        assert_eq!(notes, ["The list changed while it was read: reading it once more."]);
    }
}

/// A page without a total; `links`: it says by a link whether and where the list goes on.
fn bare(rows: &[Value], asked: &Asked, links: bool) -> Reply {
    let items = page_of_all(rows, asked);
    let end = asked.skip + items.len();
    let mut page = json!({ "data": items });
    if links {
        let more = format!("/fly/connections/summaries?sortBy=name&top={}&skip={end}", asked.top);
        page["nextLink"] = if end < rows.len() { json!(more) } else { Value::Null };
    }
    Reply::json(200, json!({ "data": page }))
}

/// Without a total nothing but the rows themselves shows that others went meanwhile: the row before
/// a page is asked for once more.
#[tokio::test]
async fn rows_that_go_or_come_meanwhile_are_noticed_without_a_total() {
    for links in [false, true] {
        // How many rows go, of how many, and from which request on.
        for (gone, count, since) in
            [(1, 601, 1), (3, 601, 1), (200, 601, 2), (250, 601, 1), (0, 601, 1)]
        {
            let service = Standin::twisted(0, move |asked| {
                let mut rows = rows(count);
                if asked.number >= since {
                    rows = rows.split_off(gone);
                }
                Some(bare(&rows, asked, links))
            })
            .await;
            let (fly, _) = service.fly(None);
            let (result, reported) = watched(&fly).await;
            result.unwrap();
            assert_eq!(fly.count().await.unwrap(), count - gone, "{links} {gone} {since}");
            assert_eq!(fly.remarks(), Vec::<String>::new());
            let again = reported.iter().filter(|it| it.note.is_some()).count();
            assert_eq!(again, usize::from(gone > 0), "{links} {gone} {since}");
        }
        // Rows that come are noticed the same way.
        let service = Standin::twisted(0, move |asked| {
            let skip = usize::from(asked.number == 0);
            Some(bare(&rows(601).split_off(skip), asked, links))
        })
        .await;
        let (fly, _) = service.fly(None);
        refresh(&fly).await.unwrap();
        assert_eq!((fly.count().await.unwrap(), fly.remarks().len()), (601, 0));
        // Where it never rests the answer says so.
        let service = Standin::twisted(0, move |asked| {
            Some(bare(&rows(900).split_off(asked.number), asked, links))
        })
        .await;
        let (fly, _) = service.fly(None);
        refresh(&fly).await.unwrap();
        assert!(
            fly.remarks()[0].contains("changed while it was read, twice"),
            "{:?}",
            fly.remarks()
        );
    }
}

#[tokio::test]
async fn a_total_that_never_fits_ends_and_says_so() {
    // Shrinks with every page.
    let shrinking =
        Standin::twisted(0, |asked| Some(page_of(&rows(1_000), asked, 1_000 - asked.number))).await;
    let (fly, _) = shrinking.fly(None);
    refresh(&fly).await.unwrap();
    assert_eq!(fly.count().await.unwrap(), 1_000);
    assert_eq!(fly.remarks().len(), 1, "{:?}", fly.remarks());
    assert!(fly.remarks()[0].contains("Refresh again"), "{:?}", fly.remarks());
    assert_eq!(shrinking.lists().len(), 10, "two passes of five pages");
    // Speaks of more than it gives.
    let short = Standin::twisted(0, |asked| Some(page_of(&rows(300), asked, 310))).await;
    let (fly, _) = short.fly(None);
    refresh(&fly).await.unwrap();
    assert_eq!(fly.count().await.unwrap(), 300);
    assert_eq!(fly.remarks(), ["300 rows received, but AvePoint Fly reports 310. Refresh again."]);
}

#[tokio::test]
async fn rows_that_come_twice_stand_once_and_are_counted() {
    let service = Standin::twisted(0, |asked| {
        let mut rows = rows(300);
        rows[250] = row(3);
        rows[260] = row(4);
        Some(page_of(&rows, asked, 300))
    })
    .await;
    let (fly, _) = service.fly(None);
    refresh(&fly).await.unwrap();
    assert_eq!(fly.count().await.unwrap(), 298);
    assert_eq!(
        fly.remarks(),
        ["2 rows came twice and are listed once; as many may be missing. Refresh again."]
    );
    assert_eq!(service.lists().len(), 4, "it was read once more first");
}

#[tokio::test]
async fn a_page_that_repeats_ends_the_reading() {
    // A service that ignores skip, with and without total; and links in a circle.
    for total in [Some(1_000), None] {
        let service = Standin::twisted(0, move |_| {
            let page = json!({ "data": rows(200), "totalCount": total });
            Some(Reply::json(200, json!({ "data": page })))
        })
        .await;
        let (fly, _) = service.fly(None);
        let error = refresh(&fly).await.unwrap_err();
        assert!(error.to_string().contains("the pages go in circles"), "{error}");
        assert!(service.lists().len() <= 5);
    }
    let service = Standin::twisted(0, |asked| {
        let items = [row(asked.number)];
        Some(Reply::json(
            200,
            json!({ "data": items, "nextLink": "/fly/connections/summaries?a=1" }),
        ))
    })
    .await;
    let (fly, _) = service.fly(None);
    assert!(refresh(&fly).await.unwrap_err().to_string().contains("circles"));
    assert_eq!(service.lists().len(), 2);
}

#[tokio::test]
async fn a_total_beyond_reason_is_refused() {
    let service = Standin::twisted(0, |asked| Some(page_of(&rows(300), asked, 1 << 40))).await;
    let (fly, _) = service.fly(None);
    let error = refresh(&fly).await.unwrap_err();
    assert!(error.to_string().contains("more pages than the limit"), "{error}");
    assert_eq!(service.lists().len(), 1);
}

#[tokio::test]
async fn a_row_shows_all_that_is_known() {
    let mut odd = row(5);
    odd["connectionType"] = json!(29);
    odd["connectionSide"] = json!(7);
    odd["id"] = json!("not-a-uuid");
    let service = Standin::new(Play::new(vec![row(4), odd, json!("no row")])).await;
    let (fly, _) = service.fly(None);
    refresh(&fly).await.unwrap();
    assert_eq!(
        fly.remarks(),
        [
            "1 entry of the list could not be read.",
            "The side of 1 row has a number that this version does not know (7): shown as Unknown."
        ]
    );
    let rows = all(&fly).await;
    assert_eq!((rows.len(), rows[1].kind), (2, ConnectionType::Other(29)));
    assert_eq!(rows[1].kind.label().to_string(), "Type 29");
    let fly = Place::from(fly);
    let id = id_of(&fly, "CONTOSO - wave 00004").await.unwrap();
    let whole = fly.connection(id).await.unwrap();
    assert_eq!((whole.origin, whole.kind), (Origin::Fly, ConnectionType::M365Group));
    assert_eq!(whole.created_by, "anna@contoso.example");
    assert_eq!(whole.created_at.unwrap().to_string(), "2024-04-29T15:06:40Z");
    let Answers::Listed(listed) = &whole.answers else { panic!("listed") };
    let live = listed.live.as_ref().unwrap();
    assert_eq!((&*live.context, &*live.id), ("live", &*id.to_string()));
    assert!(live.app_profile_id.is_some() && live.delegated_profile_id.as_deref() == Some(""));
    assert_eq!(fly.summaries(vec![id]).await.unwrap()[0].id, id);
    assert_eq!(fly.connection(ConnectionId(uuid::Uuid::nil())).await, Err(BackendError::NotFound));
}

#[tokio::test]
async fn equal_names_are_all_listed_and_all_found() {
    let mut twins = rows(3);
    for (twin, name) in twins.iter_mut().zip(["Same", "same", "same"]) {
        twin["name"] = json!(name);
    }
    let service = Standin::new(Play::new(twins)).await;
    let (fly, _) = service.fly(None);
    refresh(&fly).await.unwrap();
    assert_eq!(all(&fly).await.len(), 3);
    let names = ["same", "sam", " SAME "].map(str::to_owned).to_vec();
    let found: Vec<usize> = fly.named(names).await.unwrap().iter().map(Vec::len).collect();
    assert_eq!(found, [3, 0, 3], "never the first of several");
}

#[tokio::test]
async fn a_filter_goes_to_the_service_where_that_is_exact_and_is_checked_here() {
    // The stand-in ignores filters, as a version that does not know one would.
    let service = Standin::with(100).await;
    let (fly, _) = service.fly(None);
    let filter = Filter {
        types: BTreeSet::from([ConnectionType::M365Group, ConnectionType::Device]),
        sides: BTreeSet::from([Side::Destination]),
        tenants: BTreeSet::from(["contoso.example".to_owned()]),
        levels: BTreeSet::new(),
    };
    let rows = fly.select(&filter, &|_| {}).await.unwrap().unwrap().rows;
    let expected = (0..100).filter(|it| matches!(it % 17, 4 | 14) && it % 3 == 2).count();
    assert_eq!((rows.len(), rows.is_sorted_by_key(|it| it.name.clone())), (expected, true));
    assert_eq!(
        service.lists(),
        [
            "GET /fly/connections/summaries?sortBy=name&sortOrder=0&types=4&types=14&sides=2&top=200&skip=0"
        ]
    );
    // Any is 0, which may mean all of them; tenants, names and health are decided here: for these
    // the whole list is read.
    let any = Filter { sides: BTreeSet::from([Side::Any, Side::Source]), ..Filter::default() };
    let advice = Filter {
        levels: BTreeSet::from([Level::Advice]),
        tenants: BTreeSet::from(["contoso.example".to_owned()]),
        ..Filter::default()
    };
    for here in [&any, &advice, &Filter::default()] {
        assert_eq!(fly.select(here, &|_| {}).await.unwrap(), None, "{here:?}");
    }
    let unknown = Filter { types: BTreeSet::from([ConnectionType::Unknown]), ..any };
    assert_eq!(fly.select(&unknown, &|_| {}).await.unwrap(), None);
    assert_eq!(service.lists().len(), 1, "nothing was asked for these");
    // What is remembered stays as it is.
    assert_eq!((fly.count().await.unwrap(), fly.as_of()), (0, None));
    // G11: an app profile alone is advice for Groups, and nothing is said of what is not known.
    refresh(&fly).await.unwrap();
    let rows = all(&fly).await;
    let advised: Vec<_> =
        rows.iter().filter(|it| advice.accepts(it, Horizon::usual(clock()))).collect();
    assert!(advised.iter().all(|it| it.kind == ConnectionType::M365Group) && !advised.is_empty());
}

#[tokio::test]
async fn what_is_wrong_with_the_rows_of_a_filter_is_reported_with_them() {
    let service = Standin::twisted(0, |asked| Some(page_of(&rows(300), asked, 310))).await;
    let (fly, _) = service.fly(None);
    let filter = Filter { types: BTreeSet::from([ConnectionType::Teams]), ..Filter::default() };
    let found = fly.select(&filter, &|_| {}).await.unwrap().unwrap();
    assert_eq!(found.rows.len(), (0..300).filter(|it| it % 17 == 1).count());
    assert_eq!(found.remarks, ["300 rows received, but AvePoint Fly reports 310. Refresh again."]);
    assert_eq!(fly.remarks(), Vec::<String>::new());
}

#[tokio::test]
async fn nothing_can_be_written_and_the_reason_is_reported() {
    let service = Standin::with(3).await;
    let (fly, _) = service.fly(None);
    refresh(&fly).await.unwrap();
    let id = all(&fly).await[0].id;
    let fly = Place::from(fly);
    let able = fly.capabilities();
    assert_eq!(able.read_only, Some(ReadOnly::Fly));
    assert!(able.projects && !able.write && !able.delete && !able.usage && !able.history);
    let errors = [
        fly.delete(vec![Revision { id, revision: 1 }]).await.unwrap_err(),
        fly.import(Vec::new()).await.unwrap_err(),
        fly.reveal(id, "client_secret".to_owned()).await.unwrap_err(),
        fly.used_by(vec![id]).await.unwrap_err(),
    ];
    for error in errors {
        assert!(matches!(error, BackendError::Unsupported(_)));
        assert!(error.to_string().contains("use the portal"), "{error}");
    }
    assert_eq!(service.lists().len(), 1, "none of this asked the service anything");
}

#[tokio::test]
async fn projects_are_listed_with_their_platforms() {
    let projects: Vec<Value> = (0..450)
        .map(|it| {
            json!({ "id": format!("p-{it}"), "name": format!("Wave {:03}", 449 - it),
                          "sourcePlatform": it % 17, "destinationPlatform": 22 })
        })
        .collect();
    let service = Standin::new(Play { links: Links::Absolute, ..Play::new(projects) }).await;
    let (fly, _) = service.fly(None);
    let found = fly.projects().await.unwrap();
    assert_eq!((found.len(), &*found[0].name), (450, "Wave 000"));
    assert_eq!(found[0].destination, ConnectionType::Other(22));
    assert!(service.lists()[0].starts_with("GET /fly/projects/summaries?sortBy=name"));
}

#[tokio::test]
async fn a_total_that_is_not_filled_in_is_not_believed() {
    // 0 with rows: links and lengths report where the list goes on.
    let service = Standin::twisted(0, |asked| {
        let all = rows(450);
        let page = page_of_all(&all, asked);
        Some(Reply::json(200, json!({ "data": { "data": page, "totalCount": 0 } })))
    })
    .await;
    let (fly, _) = service.fly(None);
    refresh(&fly).await.unwrap();
    assert_eq!((fly.count().await.unwrap(), service.lists().len()), (450, 3));
    assert_eq!(fly.remarks(), Vec::<String>::new());
    // Rows that are reported, but none of which comes, are no empty list.
    let service = Standin::twisted(0, |asked| Some(page_of(&[], asked, 310))).await;
    let (fly, _) = service.fly(None);
    assert!(refresh(&fly).await.is_err());
    assert_eq!(fly.as_of(), None);
}

#[tokio::test]
async fn a_total_that_is_too_small_is_noticed_by_the_last_link() {
    let service = Standin::twisted(0, |asked| {
        let all = rows(650);
        let items = page_of_all(&all, asked);
        let end = asked.skip + items.len();
        let next = (end < 650).then(|| format!("{}?top=200&skip={end}", asked.path));
        Some(Reply::json(200, json!({ "data": items, "totalCount": 600, "nextLink": next })))
    })
    .await;
    let (fly, _) = service.fly(None);
    refresh(&fly).await.unwrap();
    assert_eq!(fly.count().await.unwrap(), 650);
    assert_eq!(fly.remarks(), ["650 rows received, but AvePoint Fly reports 600. Refresh again."]);
}

fn page_of_all<'a>(rows: &'a [Value], asked: &Asked) -> &'a [Value] {
    let end = (asked.skip + asked.top).min(rows.len());
    rows.get(asked.skip..end).unwrap_or_default()
}

/// A row is made and its name folded once, when its page comes.
#[tokio::test]
async fn each_row_is_made_once() {
    let service = Standin::with(1_234).await;
    let (fly, _) = service.fly(None);
    let counted = || ["summary", "key"].map(crate::testing::work::times);
    assert_eq!(counted(), [0, 0]);
    refresh(&fly).await.unwrap();
    assert_eq!(all(&fly).await.len(), 1_234);
    assert_eq!(counted(), [1_234, 1_234]);
}
