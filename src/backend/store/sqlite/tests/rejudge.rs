//! Rows of older rules are judged again, and rows of newer ones are left to them.

use std::time::{Duration, Instant};

use rusqlite::{Connection as Sql, params};

use super::Home;
use crate::backend::store::Store;
use crate::backend::store::core::columns::own;
use crate::backend::store::sqlite::rejudge::{Behind, behind, chunk};
use crate::backend::store::sqlite::schema::{MIGRATIONS, migrate};
use crate::backend::{PageRequest, Place};
use crate::domain::health::Findings;
use crate::domain::{ProfileStatus, Summary};
use crate::form::specs::INCOMPLETE;
use crate::form::{digest, judge};
use crate::testing::contract::{block_on, change, groups, new, profile, row, tenant};

const ROWS: u64 = 450;

fn rows(store: &Store) -> Vec<Summary> {
    block_on(store.page(PageRequest { after: None, limit: 999 })).unwrap().rows
}

/// A store whose rows an older program judged, all of them wrongly.
fn old(home: &Home) {
    let store = home.open();
    block_on(store.save(new(groups("filled in")))).unwrap();
    let listed = (0..ROWS).map(|it| row(it, &format!("listed-{it:04}"))).collect();
    block_on(store.import(listed)).unwrap();
    drop(store);
    outdate(&home.sql());
}

pub(super) fn outdate(sql: &Sql) {
    sql.execute("UPDATE connections SET judged = 0, findings = 1 << 59", []).unwrap();
    sql.execute("UPDATE store SET judged_by = 0", []).unwrap();
}

/// Rows that this program has not judged, and how far the store says that all are.
pub(super) fn left(sql: &Sql) -> (u32, i64) {
    let rows = "SELECT count(*), (SELECT judged_by FROM store) FROM connections WHERE judged < ?1";
    sql.query_row(rows, [own()], |it| Ok((it.get(0)?, it.get(1)?))).unwrap()
}

/// Every row says what the rules say of its record.
pub(super) fn right(store: &Store) {
    for row in rows(store) {
        let record = block_on(store.connection(row.id)).unwrap();
        let directory = block_on(crate::service::directory::of(store, &record)).unwrap();
        assert_eq!(row.findings, digest(&record, &directory).findings, "{}", row.name);
    }
}

#[test]
fn rows_of_older_rules_are_judged_again_in_chunks() {
    let home = Home::new();
    old(&home);
    let mut sql = home.sql();
    let mut at = behind(&sql).unwrap();
    let mut steps = Vec::new();
    while let Some(from) = at {
        at = chunk(&mut sql, &from).unwrap();
        steps.push(left(&sql).0);
    }
    // The last two see that nothing is left, from there on and from the start.
    assert_eq!(steps, [251, 51, 0, 0, 0]);
    assert_eq!((left(&sql), behind(&sql).unwrap()), ((0, own()), None));
    let store = home.open();
    right(&store);
    assert!(rows(&store).iter().filter(|it| INCOMPLETE.is_among(it.findings)).count() == 450);
}

#[test]
fn the_store_judges_again_while_nobody_waits() {
    let home = Home::new();
    old(&home);
    let store = home.open();
    let first = rows(&store);
    assert_eq!(first.len(), 451, "what is asked for comes in between");
    let (sql, begun) = (home.sql(), Instant::now());
    while left(&sql) != (0, own()) {
        assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", left(&sql));
        std::thread::yield_now();
    }
    right(&store);
}

/// Whoever shows the rows of before is shown when the right ones are there.
#[test]
fn the_end_of_judging_again_can_be_waited_for() {
    let home = Home::new();
    old(&home);
    let store = home.open();
    assert!(!block_on(store.judged(false)).unwrap());
    let both = [block_on(store.judged(true)).unwrap(), block_on(store.judged(false)).unwrap()];
    assert_eq!(both, [true, true]);
    assert_eq!(log(&home), 0, "the next start reads no log");
    assert_eq!(left(&home.sql()), (0, own()));
    right(&store);
    assert!(block_on(crate::testing::fake::Fake::new().judged(true)).unwrap());
}

/// Bytes of the log.
fn log(home: &Home) -> u64 {
    std::fs::metadata(home.beside("-wal")).map_or(0, |it| it.len())
}

/// As a killed process leaves it: whoever opens the store next has to read all of it first.
#[test]
fn a_long_log_that_was_left_behind_is_moved_in_a_quiet_moment() {
    let home = Home::new();
    old(&home);
    let before = home.open();
    assert!(block_on(before.judged(true)).unwrap());
    drop(before);
    let other = home.sql();
    other.pragma_update(None, "wal_autocheckpoint", 0).unwrap();
    // What does not change is not written.
    for step in [1, -1].into_iter().cycle().take_while(|step| *step < 0 || log(&home) < 2 << 20) {
        let sql = "UPDATE connections SET modified_at = modified_at + ?1";
        other.execute(sql, [step]).unwrap();
    }
    let store = home.open();
    assert_eq!(rows(&store).len(), 451);
    let begun = Instant::now();
    while log(&home) > 0 {
        assert!(begun.elapsed() < Duration::from_secs(60), "{}", log(&home));
        std::thread::yield_now();
    }
    right(&store);
}

/// The screen of a store that an older program judged ends with what the rules of today say, with
/// nobody pressing a key.
#[test]
fn an_open_list_is_read_again_when_its_rows_are_judged() {
    use crate::testing::harness::{Harness, Setup};
    let home = Home::new();
    old(&home);
    let store = home.open();
    let harness = block_on(Harness::start(Setup::new(Place::clone(&store)))).unwrap();
    let list = &harness.model().list;
    assert!(list.loaded && list.loading.is_none());
    let shown = |row: &Summary| INCOMPLETE.is_among(row.findings);
    assert_eq!(list.rows.iter().filter(|it| shown(it)).count() as u64, ROWS);
    assert_eq!(list.rows.len() as u64, ROWS + 1);
}

#[test]
fn a_new_or_a_small_store_is_right_before_its_first_page() {
    let home = Home::new();
    drop(home.open());
    assert_eq!(left(&home.sql()), (0, own()));
    let store = home.open();
    block_on(store.save(new(groups("a")))).unwrap();
    drop(store);
    outdate(&home.sql());
    right(&home.open());
}

#[test]
fn a_row_of_newer_rules_is_left_to_them() {
    let home = Home::new();
    let store = home.open();
    let made = block_on(store.save(new(groups("a")))).unwrap();
    let sql = home.sql();
    // A rule that this program does not know.
    let newer = Findings(1 << 58 | 1);
    sql.execute(
        "UPDATE connections SET judged = ?1, findings = ?2",
        params![own() + 2, newer.to_column()],
    )
    .unwrap();
    sql.execute("UPDATE store SET judged_by = ?1", [own() + 2]).unwrap();
    let judged = || -> (i64, i64) {
        let both = "SELECT judged, (SELECT judged_by FROM store) FROM connections";
        sql.query_row(both, [], |it| Ok((it.get(0)?, it.get(1)?))).unwrap()
    };
    assert_eq!(behind(&sql).unwrap(), None);
    // The directory changes, twice: names follow, findings do not, and the newer program will look.
    for name in ["Contoso", "Contoso Ltd"] {
        block_on(store.put_objects(vec![tenant(name), profile(ProfileStatus::Active)])).unwrap();
        let row = rows(&store).remove(0);
        assert_eq!((&*row.tenant, row.findings), (name, newer));
        assert_eq!(row.findings.level(), crate::domain::health::Level::Error);
        assert_eq!(judge::of(row.findings).count(), 0);
        assert_eq!(judged(), (own() + 1, own()));
    }
    // What is saved here is judged here.
    block_on(store.save(change(&made, |it| it.description = "next".into()))).unwrap();
    assert_eq!(judged(), (own(), own()));
    right(&store);
}

/// What version 5 of the schema kept as bit 0 to 17 and 31.
#[test]
fn bits_of_before_become_bits_by_level() {
    let home = Home::new();
    std::fs::create_dir_all(home.path().parent().unwrap()).unwrap();
    let mut sql = home.sql();
    migrate(&mut sql, &MIGRATIONS[..5]).unwrap();
    let published = [
        (1, "expired"),
        (2, "account-has-mfa"),
        (3, "profile-invalid"),
        (17, "profile-unfit"),
        (4, "no-impersonation-user"),
        (5, "location-not-served"),
        (0, "incomplete"),
        (6, "location-unknown"),
        (7, "object-missing"),
        (8, "expiring"),
        (13, "share-not-unc"),
        (15, "local-admin-name"),
        (9, "local-token"),
        (16, "expiry-unknown"),
        (10, "container-empty"),
        (11, "single-credential"),
        (12, "app-profile-alone"),
    ];
    let all = published.iter().map(|it| 1 << it.0).sum::<i64>() | 1 << 31;
    let each = published.iter().map(|it| (1 << it.0, vec![it.1]));
    let cases: Vec<(i64, Vec<&str>)> =
        each.chain([(all, published.iter().map(|it| it.1).collect()), (1 << 14, vec![])]).collect();
    for (at, (bits, _)) in cases.iter().enumerate() {
        sql.execute(
            "INSERT INTO connections (tomb, name_key, id, revision, name, kind, side, tenant_name,
                 credentials, modified_at, modified_by, findings, description, origin, created_at,
                 created_by)
             VALUES (x'', ?1, ?2, 1, ?1, 4, 0, 'Contoso', '', 0, 'anna', ?3, '', 1, 0, 'anna')",
            params![format!("{at:02}"), [u8::try_from(at).unwrap(); 16], bits],
        )
        .unwrap();
    }
    migrate(&mut sql, MIGRATIONS).unwrap();
    let mut statement = sql.prepare("SELECT findings FROM connections ORDER BY name_key").unwrap();
    let found = statement.query_map([], |it| it.get(0)).unwrap();
    for ((bits, ids), column) in cases.iter().zip(found) {
        let findings = Findings::from_column(column.unwrap());
        let now: Vec<&str> = judge::of(findings).map(|it| it.id).collect();
        assert_eq!((&now, findings.is_checked()), (ids, bits >> 31 & 1 == 0), "{bits:b}");
        assert_eq!(findings.iter().count(), ids.len());
    }
    assert_eq!(behind(&sql).unwrap(), Some(Behind::default()));
}
