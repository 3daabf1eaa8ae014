//! Answers of version 3 become fields by key: rows and history, at every fault point, from a backup.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rusqlite::Connection as Sql;

use super::{Home, settle};
use crate::backend::store::sqlite::backup::Unsealed;
use crate::backend::store::sqlite::backup::fuzzed::sealed;
use crate::backend::store::sqlite::schema::{MIGRATIONS, migrate};
use crate::backend::store::vault::seal::KeyBytes;
use crate::backend::store::{OpenOptions, Store};
use crate::backend::{BackendError, HistoryEntry, PageRequest};
use crate::domain::answers::Answer;
use crate::domain::change::changes;
use crate::domain::health::Directory;
use crate::domain::{Connection, ConnectionId, Held};
use crate::form::{read_only, specs};
use crate::testing::contract::{block_on, change, delete, groups, id_of, new, restore};

const ROWS: &str = include_str!("../../../../../tests/fixtures/store-version-3/rows.sql");
const KEY: &str = include_str!("../../../../../tests/fixtures/store-version-3/vault.key");

/// A store of version 3, as that version left it.
pub(super) fn put(store: &Path, key: &Path) {
    for file in [store, key] {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
    }
    let mut conn = Sql::open(store).unwrap();
    migrate(&mut conn, &MIGRATIONS[..3]).unwrap();
    conn.execute_batch(ROWS).unwrap();
    drop(conn);
    fs::write(key, KEY).unwrap();
    fs::set_permissions(key, fs::Permissions::from_mode(0o600)).unwrap();
}

/// Every record of it, with its history.
fn all(store: &Store) -> Vec<(Connection, Vec<HistoryEntry>)> {
    block_on(async {
        let rows = store.page(PageRequest { after: None, limit: 999 }).await.unwrap().rows;
        let mut all = Vec::new();
        for row in rows {
            let record = store.connection(row.id).await.unwrap();
            let history = store.history(row.id).await.unwrap();
            all.push((record, history));
        }
        all
    })
}

/// Nothing of it is lost: every record is one that its form keeps, every secret opens by its path,
/// and the history names the fields by their keys.
pub(super) fn whole(options: OpenOptions) {
    let store = Store::open(options).unwrap();
    let all = all(&store);
    assert_eq!(all.len(), 84);
    let mut chosen = BTreeSet::new();
    for (record, history) in &all {
        assert_eq!(read_only(record), None);
        let Some(sheet) = record.answers.sheet() else { continue };
        let spec = specs::of(record.kind).unwrap();
        // What the form of today would keep of it is what stands there.
        let opened = spec.opened(record, &Directory::default());
        let kept = crate::form::kept(spec, &spec.visible(&opened)).unwrap();
        assert_eq!(kept, (record.side, sheet.clone()), "{}", record.name);
        for (key, answer) in sheet.iter() {
            if let Answer::Choice(option) = answer {
                chosen.insert((key.to_owned(), option.clone()));
            }
        }
        for (path, held) in record.answers.clone().secrets_mut() {
            assert!(matches!(held, Held::Stored(_)));
            let text = block_on(store.reveal(record.id, path)).unwrap();
            assert!(!text.is_empty());
        }
        reported_by_key(record, history);
    }
    assert_eq!(chosen.len(), 10, "{chosen:?}");
    let sealed = block_on(store.check_sealed()).unwrap();
    assert!(sealed.secrets > 20);
}

/// Each path of the history is one that a change of today has.
fn reported_by_key(record: &Connection, history: &[HistoryEntry]) {
    let spec = specs::of(record.kind).unwrap();
    let reported = history.iter().flat_map(|it| &it.changes).map(|it| it.field.as_str());
    for path in reported.filter_map(|it| it.strip_prefix("answers.")) {
        let key = path.split('.').next().unwrap();
        assert!(spec.field(key).is_some(), "{}: {path}", record.name);
    }
    let [first] = history else { return };
    // Of one that never changed, the whole record: options are shown by their branch no more.
    let option = |field: &str| {
        let answer = record.answers.sheet().unwrap().get(field.trim_start_matches("answers."));
        matches!(answer, Some(Answer::Choice(_) | Answer::On(_)))
    };
    let mut now = changes(None, Some(record));
    now.retain(|it| !option(&it.field));
    assert_eq!(first.changes, now, "{}", record.name);
}

#[test]
fn a_store_of_version_3_opens_with_all_its_answers() {
    let home = Home::new();
    put(&home.path(), &home.key_path());
    whole(home.options());
    // And once more, as it is now.
    whole(home.options());
}

#[test]
fn a_backup_of_version_3_restores() {
    let home = Home::new();
    put(&home.path(), &home.key_path());
    settle(&home.path());
    let sql = home.sql();
    let (id, envelope): (Vec<u8>, Vec<u8>) = sql
        .query_row("SELECT store.id, envelope FROM store, vault", [], |it| {
            Ok((it.get(0)?, it.get(1)?))
        })
        .unwrap();
    drop(sql);
    let hex = KEY.lines().last().unwrap().split(':').nth(1).unwrap();
    let byte = |at: usize| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap();
    let key = KeyBytes::copy(&std::array::from_fn(byte));
    let database = fs::read(home.path()).unwrap();
    let file = home.folder().join("old.jbb");
    let id = uuid::Uuid::from_slice(&id).unwrap();
    fs::write(&file, sealed(id, envelope, &key, &database)).unwrap();
    fs::remove_file(home.path()).unwrap();
    let options = home.options();
    Unsealed::read(&options, &file).unwrap().replace(&options).unwrap();
    whole(options);
}

/// A record with an answer of a field that this program does not know, and one of a kind.
fn of_a_newer_program(home: &Home, store: &Store) -> ConnectionId {
    block_on(store.save(new(groups("newer")))).unwrap();
    let id = block_on(id_of(store, "newer")).unwrap();
    let sql = "UPDATE answers SET json = json_insert(json, '$.form.retention',
        json('{\"text\":\"90 days\"}'), '$.form.scope', json('{\"range\":[1,2]}'))";
    home.sql().execute_batch(sql).unwrap();
    id
}

#[test]
fn answers_of_a_newer_program_are_kept_and_make_the_record_read_only() {
    let home = Home::new();
    let store = home.open();
    let id = of_a_newer_program(&home, &store);
    block_on(async {
        let record = store.connection(id).await.unwrap();
        let why = read_only(&record).unwrap();
        let expected = "it has answers that this jetbridge does not know (retention, scope): \
                        update jetbridge to change it";
        assert_eq!(why, expected);
        // Nothing that would lose them is saved.
        let lost = change(&record, |it| it.answers = groups("x").answers);
        assert_eq!(store.save(lost).await, Err(BackendError::Invalid(expected.to_owned())));
        // What leaves them alone may go on: a new name, deleting and restoring.
        let named = store.save(change(&record, |it| it.name = "other".into())).await.unwrap();
        delete(&store, &[id]).await;
        restore(&store, &[id]).await;
        let back = store.connection(id).await.unwrap();
        assert_eq!(back.answers, named.answers);
        let sheet = back.answers.sheet().unwrap();
        assert_eq!(sheet.text("retention"), Some("90 days"));
        let scope = serde_json::json!({ "range": [1, 2] });
        assert_eq!(sheet.get("scope"), Some(&Answer::Newer(scope)));
        // They are no answers of a new connection.
        let copy = new(crate::domain::Draft { name: "copy".into(), ..back.into() });
        assert!(matches!(store.save(copy).await, Err(BackendError::Invalid(_))));
    });
}
