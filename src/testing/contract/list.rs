//! Listing, finding and importing. SPEC C1.

use uuid::Uuid;

use super::{Bench, delete, groups, has, id_of, listed, nobody, row};
use crate::backend::{BackendError, ImportRow, Imported, PageRequest};
use crate::domain::{
    Answers, ConnectionId, ConnectionType, Listed, LiveOrigin, Origin, Side, Summary,
};

/// Every row, read `limit` at a time.
async fn all(bench: &Bench, limit: usize) -> Vec<Summary> {
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let page = bench.backend.page(PageRequest { after, limit }).await.unwrap();
        assert!(page.rows.len() <= limit);
        rows.extend(page.rows);
        after = page.next;
        if after.is_none() {
            return rows;
        }
    }
}

fn names(rows: &[Summary]) -> Vec<&str> {
    rows.iter().map(|it| &*it.name).collect()
}

pub(super) async fn an_empty_store(bench: &Bench) {
    assert_eq!(bench.backend.count().await, Ok(0));
    assert!(all(bench, 10).await.is_empty());
    assert_eq!(bench.backend.deleted().await, Ok(Vec::new()));
    assert_eq!(id_of(&bench.backend, "x").await, None);
}

pub(super) async fn pages_are_in_order_and_complete(bench: &Bench) {
    for name in ["delta", "Alpha", "émile", "bravo", "Charlie", "漢字", "Zulu"] {
        bench.add(listed(name)).await;
    }
    let expected = ["Alpha", "bravo", "Charlie", "delta", "Zulu", "émile", "漢字"];
    for limit in 1..=8 {
        assert_eq!(names(&all(bench, limit).await), expected, "{limit} at a time");
    }
    assert_eq!(bench.backend.count().await, Ok(7));
    // A page that ends with the last row says so.
    let page = bench.backend.page(PageRequest { after: None, limit: 7 }).await.unwrap();
    assert_eq!(page.next, None);
}

pub(super) async fn names_are_found_whatever_the_case(bench: &Bench) {
    let made = bench.add(listed("Ärger Groups")).await;
    assert_eq!(id_of(&bench.backend, "äRGER gROUPS").await, Some(made.id));
    assert_eq!(id_of(&bench.backend, " Ärger Groups ").await, Some(made.id));
    assert_eq!(id_of(&bench.backend, "Ärger").await, None);
}

pub(super) async fn the_digest_follows_the_answers(bench: &Bench) {
    bench.add(listed("a")).await;
    let made = bench.add(groups("b")).await;
    let rows = all(bench, 10).await;
    assert_eq!((&*rows[0].tenant, &*rows[0].credentials), ("contoso", ""));
    assert_eq!(rows[0].findings.iter().count(), 0);
    // The tenant and the profile are not in the directory.
    assert_eq!((&*rows[1].tenant, &*rows[1].credentials), ("t-1", "app profile"));
    assert!(has(&rows[1], "object-missing"));
    assert!(has(&rows[1], "app-profile-alone"));
    assert_eq!(rows[1].id, made.id);
    assert_eq!(rows[1].revision, 1);
    assert_eq!(rows[1].modified_at, Some(bench.clock.now().into()));
    assert_eq!(&*rows[1].modified_by, "anna");
}

pub(super) async fn an_import_skips_what_is_there(bench: &Bench) {
    bench.add(listed("Bravo")).await;
    let rows = vec![row(2, "alpha"), row(3, "BRAVO"), row(4, "Alpha"), row(5, " charlie ")];
    let done = bench.backend.import(rows).await.unwrap();
    assert_eq!(done, Imported { added: 2, skipped: 2 });
    let rows = all(bench, 10).await;
    // Of two equal names in the file the first is taken.
    assert_eq!(names(&rows), ["alpha", "Bravo", "charlie"]);
    assert_eq!(bench.backend.count().await, Ok(3));
    let made = bench.backend.connection(rows[0].id).await.unwrap();
    assert_eq!(made.answers, Answers::Listed(Listed { tenant: "fabrikam".into(), live: None }));
    assert_eq!(made.origin, Origin::Imported);
    assert_eq!((made.kind, made.side), (ConnectionType::M365Group, Side::Destination));
    assert_eq!(made.modified_at.unwrap().to_string(), "2025-05-06T07:08:09Z");
    assert_eq!(made.modified_by, "ben@fabrikam.example");
    assert_eq!((made.created_at, &*made.created_by), (Some(bench.clock.now()), "anna"));
    assert!(has(&rows[0], "incomplete"));
}

pub(super) async fn what_came_from_fly_keeps_its_ids(bench: &Bench) {
    let live = LiveOrigin {
        context: "contoso".into(),
        id: "c-17".into(),
        tenant_id: Some("t-1".into()),
        ..LiveOrigin::default()
    };
    let row = ImportRow { live: Some(Box::new(live.clone())), ..row(2, "alpha") };
    bench.backend.import(vec![row]).await.unwrap();
    let id = all(bench, 10).await[0].id;
    let made = bench.backend.connection(id).await.unwrap();
    let listed = Listed { tenant: "fabrikam".into(), live: Some(Box::new(live)) };
    assert_eq!(made.answers, Answers::Listed(listed));
    assert_eq!(made.origin, Origin::Fly);
}

pub(super) async fn a_bad_row_imports_nothing(bench: &Bench) {
    for bad in ["", "a\u{202e}b", "tab\there", &"x".repeat(10_000)] {
        let done = bench.backend.import(vec![row(2, "good"), row(3, bad)]).await;
        match done {
            Err(BackendError::Invalid(text)) => assert!(text.starts_with("line 3: "), "{text}"),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(bench.backend.count().await, Ok(0));
}

pub(super) async fn imported_ids_are_kept_when_free(bench: &Bench) {
    let given = |n: u128| Some(ConnectionId(Uuid::from_u128(n)));
    let with = |line, name, id| crate::backend::ImportRow { id, ..row(line, name) };
    let first = vec![with(2, "a", given(7)), with(3, "b", given(7)), with(4, "c", None)];
    assert_eq!(bench.backend.import(first).await.unwrap().added, 3);
    let rows = all(bench, 10).await;
    assert_eq!(rows[0].id.0, Uuid::from_u128(7));
    assert_ne!(rows[1].id, rows[0].id);
    // An id stays taken after a deletion.
    delete(&bench.backend, &[rows[0].id]).await;
    assert_eq!(bench.backend.import(vec![with(2, "d", given(7))]).await.unwrap().added, 1);
    assert_ne!(all(bench, 10).await.last().unwrap().id.0, Uuid::from_u128(7));
    assert_ne!(rows[2].id, nobody());
}

pub(super) async fn large_imports_page_through(bench: &Bench) {
    let rows: Vec<_> = (0..3_000).rev().map(|n| row(n + 2, &format!("name-{n:05}"))).collect();
    assert_eq!(bench.backend.import(rows).await, Ok(Imported { added: 3_000, skipped: 0 }));
    let rows = all(bench, 200).await;
    assert_eq!(rows.len(), 3_000);
    assert!(rows.windows(2).all(|pair| pair[0].name < pair[1].name));
    assert_eq!(bench.backend.count().await, Ok(3_000));
}
