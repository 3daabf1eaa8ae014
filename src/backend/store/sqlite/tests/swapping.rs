//! Sealed texts in each other's places. SPEC E3; RELIABILITY §6.

use std::fs;

use super::Home;
use super::sealing::{draft, is_vault, with_secrets};
use crate::backend::FormDraft;
use crate::domain::Secret;
use crate::domain::destination::Destination;
use crate::testing::contract::block_on;

/// Secrets, drafts, credentials of contexts and wrapped data keys of two stores that share a key file: each in the place of
/// each other one, whatever kind of place that is.
#[test]
fn nothing_sealed_opens_in_another_place() {
    let homes = [Home::new(), Home::new()];
    let first = homes[0].open();
    with_secrets(&homes[0], &first, "a");
    std::fs::create_dir_all(homes[1].key_path().parent().unwrap()).unwrap();
    fs::copy(homes[0].key_path(), homes[1].key_path()).unwrap();
    let stores = [first, homes[1].open()];
    let mut slots: Vec<(usize, String, String)> = Vec::new();
    for (at, (home, store)) in homes.iter().zip(&stores).enumerate() {
        with_secrets(home, store, "b");
        for id in ["form-1", "form-2"] {
            block_on(store.save_draft(FormDraft { id: id.into(), ..draft(home, "not-real") }))
                .unwrap();
            slots.push((at, "drafts".into(), format!("id = '{id}'")));
        }
        let sql = home.sql();
        let mut rows = sql.prepare("SELECT hex(connection), field FROM secrets").unwrap();
        let found = rows.query_map([], |it| {
            Ok(format!(
                "connection = x'{}' AND field = '{}'",
                it.get::<_, String>(0)?,
                it.get::<_, String>(1)?
            ))
        });
        slots.extend(found.unwrap().map(|it| (at, "secrets".to_owned(), it.unwrap())));
        for name in ["contoso", "fabrikam"] {
            block_on(store.put_context_secret(
                name.into(),
                Destination::default(),
                Secret::new("not-real"),
            ))
            .unwrap();
            slots.push((at, "context_secrets".into(), format!("name = '{name}'")));
        }
        slots.push((at, "vault".into(), "one = 1".into()));
    }
    let sql = homes.each_ref().map(Home::sql);
    sql.iter().for_each(|it| it.execute_batch("PRAGMA synchronous = OFF").unwrap());
    let column = |table: &str| if table == "vault" { "envelope" } else { "sealed" };
    let read = |(at, table, place): &(usize, String, String)| -> Vec<u8> {
        let text = format!("SELECT {} FROM {table} WHERE {place}", column(table));
        sql[*at].query_row(&text, [], |it| it.get(0)).unwrap()
    };
    let write = |(at, table, place): &(usize, String, String), bytes: &[u8]| {
        let text = format!("UPDATE {table} SET {} = ?1 WHERE {place}", column(table));
        assert_eq!(sql[*at].execute(&text, [bytes]).unwrap(), 1);
    };
    let mut pairs = 0;
    for (number, one) in slots.iter().enumerate() {
        for two in &slots[number + 1..] {
            let (first, second) = (read(one), read(two));
            write(one, &second);
            write(two, &first);
            // Opening everything of either store stumbles over it.
            for at in [one.0, two.0] {
                is_vault(block_on(stores[at].check_sealed()));
            }
            write(one, &first);
            write(two, &second);
            pairs += 1;
        }
    }
    println!("{pairs} pairs of sealed texts swapped, all refused");
    assert_eq!(slots.len(), 19);
    assert_eq!(pairs, 171);
    for store in &stores {
        assert!(block_on(store.check_sealed()).is_ok());
    }
}
