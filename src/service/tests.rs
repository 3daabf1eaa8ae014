//! Tests of the use cases on a backend in memory.

use std::collections::BTreeSet;

use super::*;
use crate::backend::{BackendError, SaveRequest};
use crate::domain::health::Level;
use crate::domain::query::{Column, Filter, Sort};
use crate::domain::{Answers, ConnectionType, Draft, Listed, Side};
use crate::testing::fake::{Call, Fake};
use crate::testing::service::{add, block, empty, now, read_only, with};

fn names(listing: &Listing) -> Vec<&str> {
    listing.rows.iter().map(|row| &*row.summary.name).collect()
}

fn fixture() -> Fake {
    let memory = with(&["delta", "Alpha", "beta"]);
    add(&memory, "gamma-groups", ConnectionType::M365Group, Side::Destination, "Fabrikam");
    add(&memory, "epsilon-dev", ConnectionType::Device, Side::Source, "fabrikam");
    memory
}

#[test]
fn every_page_is_read() {
    assert_eq!(block(all_rows(&fixture())).unwrap().len(), 5);
    // More than are asked for at a time, twice over and one.
    let memory = empty();
    let text: String = (0..4_001).map(|n| format!("c{n:04},Device\n")).collect();
    let rows =
        import::connections::read(format!("name,type\n{text}").as_bytes(), None).unwrap().rows;
    block(memory.import(rows)).unwrap();
    let all = block(all_rows(&memory)).unwrap();
    let names: BTreeSet<&str> = all.iter().map(|it| &*it.name).collect();
    assert_eq!((all.len(), names.len()), (4_001, 4_001));
    assert_eq!(memory.calls().iter().filter(|it| **it == Call::Page).count(), 3);
}

/// C2, C3, C6: filter, search and order combine.
#[test]
fn filter_search_and_order_combine() {
    let memory = fixture();
    let ask = |query: Query| block(list(&memory, &query, now())).unwrap();
    assert_eq!(
        names(&ask(Query::default())),
        ["Alpha", "beta", "delta", "epsilon-dev", "gamma-groups"]
    );

    let tenants = BTreeSet::from(["FABRIKAM".to_owned()]);
    let of_tenant =
        ask(Query { filter: Filter { tenants, ..Filter::default() }, ..Query::default() });
    assert_eq!(names(&of_tenant), ["epsilon-dev", "gamma-groups"]);
    assert_eq!((of_tenant.matching, of_tenant.total), (2, Some(5)));

    let levels = BTreeSet::from([Level::Warning]);
    let broken = ask(Query {
        filter: Filter { levels, ..Filter::default() },
        search: " GROUPS ".to_owned(),
        ..Query::default()
    });
    assert_eq!(names(&broken), ["gamma-groups"]);
    assert_eq!(broken.rows[0].level, Level::Warning);

    let sort = |column, descending| Query { sort: Sort { column, descending }, ..Query::default() };
    assert_eq!(names(&ask(sort(Column::Name, true)))[0], "gamma-groups");
    assert_eq!(names(&ask(sort(Column::Health, false)))[..2], ["epsilon-dev", "gamma-groups"]);
    assert_eq!(names(&ask(sort(Column::Health, true)))[0], "Alpha");
    let limited = ask(Query { limit: Some(1), ..Query::default() });
    assert_eq!((limited.rows.len(), limited.matching), (1, 5));
}

#[test]
fn a_save_checks_the_name_again() {
    let memory = empty();
    let request = |name: &str| SaveRequest {
        target: None,
        draft: Draft {
            name: name.to_owned(),
            description: String::new(),
            kind: ConnectionType::Gmail,
            side: Side::Any,
            answers: Answers::Listed(Listed::default()),
        },
        secrets_from: None,
        restore: false,
        stamp: None,
    };
    assert_eq!(block(save(&memory, request(" x "))).unwrap().name, "x");
    let error = block(save(&memory, request("a\u{202e}b"))).unwrap_err();
    assert!(error.to_string().contains("U+202E"), "{error}");
}

#[test]
fn a_read_only_backend_is_not_asked_to_write() {
    let memory = with(&["a"]);
    read_only(&memory);
    let it = block(find(&memory, "a")).unwrap();
    let refused = |done| matches!(done, Err(BackendError::Unsupported(_)));
    assert!(refused(block(removal::delete(&memory, vec![it.clone()]))));
    assert!(refused(block(removal::restore(&memory, vec![it]))));
    assert!(matches!(
        block(import_connections(&memory, vec![])),
        Err(BackendError::Unsupported(_))
    ));
    assert_eq!(block(all_rows(&memory)).unwrap().len(), 1);
}

#[test]
fn an_import_is_planned_as_it_is_done() {
    let memory = with(&["taken"]);
    let text = "name,type\nTAKEN,Device\nnew,Device\n";
    let rows = import::connections::read(text.as_bytes(), None).unwrap().rows;
    let plan = block(plan_import(&memory, &rows)).unwrap();
    assert_eq!((plan.added, plan.skipped), (1, 1));
    assert_eq!(block(import_connections(&memory, rows)).unwrap(), plan);
}

#[test]
fn details_hold_health_and_history_on_demand() {
    let memory = empty();
    let id = add(&memory, "x", ConnectionType::Device, Side::Source, "corp.example");
    let short = block(details(&memory, id, false)).unwrap();
    assert_eq!(short.tenant, "corp.example");
    assert_eq!(short.findings.level(), Level::Warning);
    assert_eq!(short.history, None);
    let long = block(details(&memory, id, true)).unwrap();
    assert_eq!(long.history.unwrap()[0].action, "imported");
}
