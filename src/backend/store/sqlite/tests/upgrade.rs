//! Migrations: each old schema becomes the newest with its data kept.

use rusqlite::Connection;
use sha2::{Digest, Sha256};

use super::Home;
use crate::backend::store::sqlite::schema::{APPLICATION_ID, MIGRATIONS, Migration, migrate};
use crate::backend::{BackendError, PageRequest};
use crate::testing::contract::{block_on, change};
use crate::testing::contract::{delete, restore};

/// What version 1 wrote, in plain statements: it stays as it is when the code moves on.
const V1_DATA: &str = "
INSERT INTO connections VALUES
    (x'', 'contoso groups', x'01900000000070008000000000000001', 2, 'Contoso Groups', 4, 0,
     'Contoso', 'Fly app', 1700000060000000, 'anna', 0, NULL, 't-1', 'for wave 1', 0,
     1700000000000000, 'ben', NULL, NULL),
    (x'', 'listed', x'01900000000070008000000000000002', 1, 'Listed', 0, 1, 'fabrikam', '',
     1600000000000000, 'carla', 0, NULL, NULL, '', 1, 1700000000000000, 'ben', NULL, NULL),
    (x'01900000000070008000000000000003', 'gone', x'01900000000070008000000000000003', 2, 'Gone',
     0, 0, '', '', 1700000000000000, 'ben', 0, NULL, NULL, '', 0, 1700000000000000, 'ben',
     1700000100000000, 'anna');
INSERT INTO answers VALUES (x'01900000000070008000000000000001',
    '{\"groups\":{\"tenant\":\"t-1\",\"app_profile\":{\"profile\":\"p-1\"}}}');
INSERT INTO history VALUES
    (x'01900000000070008000000000000001', 1, 1700000000000000, 'ben', 'created',
     '[{\"field\":\"name\",\"before\":null,\"after\":\"Contoso\"}]'),
    (x'01900000000070008000000000000001', 2, 1700000060000000, 'anna', 'changed',
     '[{\"field\":\"name\",\"before\":\"Contoso\",\"after\":\"Contoso Groups\"}]');
INSERT INTO objects VALUES ('tenant', 't-1', 't-1', 'contoso',
    '{\"object\":\"tenant\",\"id\":\"t-1\",\"name\":\"Contoso\",\"cloud\":\"commercial\",\"locations\":[\"EUR\"]}');
";

fn build_v1(home: &Home) {
    std::fs::create_dir_all(home.path().parent().unwrap()).unwrap();
    let mut conn = home.sql();
    migrate(&mut conn, &MIGRATIONS[..1]).unwrap();
    conn.execute_batch(V1_DATA).unwrap();
}

#[test]
fn a_store_of_version_1_opens_with_its_data() {
    let home = Home::new();
    build_v1(&home);
    let store = home.open();
    block_on(async {
        assert_eq!(store.count().await, Ok(2));
        let rows = store.page(PageRequest { after: None, limit: 9 }).await.unwrap().rows;
        assert_eq!((&*rows[0].name, &*rows[0].tenant), ("Contoso Groups", "Contoso"));
        assert_eq!(
            (rows[1].modified_at, &*rows[1].modified_by),
            (Some(crate::domain::Second::new(1_600_000_000)), "carla")
        );
        let first = store.connection(rows[0].id).await.unwrap();
        assert_eq!((first.revision, &*first.created_by), (2, "ben"));
        assert_eq!(store.history(first.id).await.unwrap().len(), 2);
        let second = store.history(rows[1].id).await.unwrap();
        assert_eq!(second[0].action, "imported");
        assert_eq!(store.deleted().await.unwrap()[0].by, "anna");
        let tenants = store.objects(crate::domain::ObjectKind::Tenant, None).await.unwrap();
        assert_eq!(tenants[0].name(), "Contoso");
        // And it goes on from there.
        let changed = store.save(change(&first, |it| it.name = "next".into())).await.unwrap();
        assert_eq!(changed.revision, 3);
    });
}

#[test]
fn published_migrations_never_change() {
    // When a new one is added, its digest is added here; none of the others may differ.
    let digests: Vec<String> = MIGRATIONS
        .iter()
        .map(|it| Sha256::digest(it.sql)[..4].iter().map(|b| format!("{b:02x}")).collect())
        .collect();
    assert_eq!(digests, ["070d4224", "866c198e", "64942a00", "e3b0c442", "7fcf762f", "3bb31c16"]);
    let numbers: Vec<u32> = MIGRATIONS.iter().map(|it| it.version).collect();
    assert_eq!(numbers, (1..=u32::try_from(MIGRATIONS.len()).unwrap()).collect::<Vec<_>>());
}

const STEP: Migration = Migration::new(1, "CREATE TABLE a (x); INSERT INTO a VALUES (1)");

fn version(conn: &Connection) -> u32 {
    conn.pragma_query_value(None, "user_version", |it| it.get(0)).unwrap()
}

#[test]
fn each_step_is_done_once_and_wholly_or_not_at_all() {
    let mut conn = Connection::open_in_memory().unwrap();
    migrate(&mut conn, &[STEP]).unwrap();
    migrate(&mut conn, &[STEP]).unwrap();
    assert_eq!(version(&conn), 1);
    let second = Migration::new(2, "ALTER TABLE a ADD COLUMN y DEFAULT 7");
    let broken = Migration::new(3, "CREATE TABLE b (x); INSERT INTO nowhere VALUES (1)");
    assert!(migrate(&mut conn, &[STEP, second, broken]).is_err());
    // The second step stands, the third left nothing.
    assert_eq!(version(&conn), 2);
    let row: (i64, i64) =
        conn.query_row("SELECT x, y FROM a", [], |it| Ok((it.get(0)?, it.get(1)?))).unwrap();
    assert_eq!(row, (1, 7));
    let application: i32 = conn.pragma_query_value(None, "application_id", |it| it.get(0)).unwrap();
    assert_eq!(application, APPLICATION_ID);
    assert!(conn.prepare("SELECT * FROM b").is_err());
    // A newer one is left alone.
    let error = migrate(&mut conn, &[STEP]).unwrap_err();
    let reported = error.at(std::path::Path::new("x"));
    assert_eq!(reported, BackendError::TooNew { found: 2, known: 1 });
}

#[test]
fn the_kept_count_is_the_true_one() {
    let home = Home::new();
    build_v1(&home);
    let sql = home.sql();
    let reported = || -> (u32, u32) {
        sql.query_row(
            "SELECT live, (SELECT count(*) FROM connections WHERE tomb = x'') FROM store",
            [],
            |it| Ok((it.get(0)?, it.get(1)?)),
        )
        .unwrap()
    };
    assert_eq!(reported(), (2, 2));
    let store = home.open();
    let ids = |rows: Vec<crate::domain::Summary>| rows.into_iter().map(|it| it.id).collect();
    let page = block_on(store.page(PageRequest { after: None, limit: 9 })).unwrap();
    let ids: Vec<_> = ids(page.rows);
    block_on(delete(&store, &ids));
    assert_eq!(reported(), (0, 0));
    block_on(restore(&store, &ids));
    assert_eq!(reported(), (2, 2));
}
