//! Finding by name, id and beginning of an id, one and many, of what is there and what is deleted.

use super::*;
use crate::domain::{Answers, Connection, ConnectionType, Listed, Origin, Side, Timestamp};
use crate::testing::contract::delete;
use crate::testing::fake::{Call, Fake};
use crate::testing::service::{add, block, with};
use crate::testing::work;

fn texts(all: &[&str]) -> Vec<String> {
    all.iter().map(|it| (*it).to_owned()).collect()
}

/// A list as that of Fly: names may be shared, and have blanks around them.
fn live(rows: &[(u128, &str)]) -> Fake {
    let record = |(id, name): &(u128, &str)| Connection {
        id: ConnectionId(uuid::Uuid::from_u128(*id)),
        revision: 1,
        name: (*name).to_owned(),
        description: String::new(),
        kind: ConnectionType::Gmail,
        side: Side::Source,
        answers: Answers::Listed(Listed::default()),
        origin: Origin::Fly,
        created_at: Some(Timestamp::UNIX_EPOCH),
        created_by: String::new(),
        modified_at: Some(Timestamp::UNIX_EPOCH),
        modified_by: String::new(),
    };
    Fake::with(rows.iter().map(record).collect())
}

#[test]
fn a_connection_is_found_by_name_id_and_beginning_of_an_id() {
    let memory = with(&["alpha", "019b79d3"]);
    let alpha = block(find(&memory, "alpha")).unwrap();
    let id = alpha.id.to_string();
    for text in ["alpha", " ALPHA ", &id, &id.to_uppercase(), &format!(" {id} ")] {
        assert_eq!(block(find(&memory, text)).unwrap(), alpha, "{text}");
    }
    // A name takes precedence over the beginning of an id.
    assert_eq!(block(find(&memory, "019b79d3")).unwrap().name, "019b79d3");
    let error = block(find(&memory, "019b79d3-")).unwrap_err();
    assert_eq!(error.candidates().len(), 2, "{error:?}");
    assert!(error.hint().contains("the id"), "{error:?}");
    let error = block(find(&memory, "alpho")).unwrap_err();
    assert_eq!(error.hint(), "Did you mean alpha?");
    assert!(block(find(&memory, "zzzzzz")).unwrap_err().hint().contains("jetbridge list"));
    assert!(block(find(&memory, "")).is_err());
}

/// Never the first of several: the error lists the ids, and each id leads to its own.
#[test]
fn a_shared_name_is_an_error_that_lists_the_ids() {
    let named = "00000000-0000-0000-0000-000000000004";
    let rows = [(1, "Same"), (2, "same"), (3, " same "), (4, "other"), (5, named)];
    let fake = live(&rows);
    for text in ["same", "Same", " SAME"] {
        let error = block(find(&fake, text)).unwrap_err();
        let FindError::Ambiguous { count, candidates, .. } = &error else { panic!("{error:?}") };
        // Blanks around a name of Fly hide it from the exact search, not from the list.
        assert!(*count >= 2 && candidates.len() == *count, "{error:?}");
        assert!(error.candidates().iter().any(|it| it.starts_with("00000000-0000")), "{error:?}");
    }
    for (id, name) in rows {
        let id = ConnectionId(uuid::Uuid::from_u128(id));
        let found = block(find(&fake, &id.to_string()));
        if id.to_string() == named {
            // Its id is the name of another one: nobody can know which is meant.
            assert!(matches!(found, Err(FindError::Ambiguous { count: 2, .. })), "{found:?}");
        } else {
            assert_eq!(found.unwrap().name, name);
        }
    }
    let many: Vec<(u128, &str)> = (1..=30).map(|id| (id, "many")).collect();
    let lines = block(find(&live(&many), "many")).unwrap_err().candidates();
    assert_eq!((lines.len(), &*lines[10]), (11, "and 20 more"));
}

#[test]
fn several_are_found_in_their_order_whatever_they_are_given_by() {
    let memory = with(&["alpha", "beta", "gamma"]);
    let beta = block(find(&memory, "beta")).unwrap();
    let asked = texts(&["gamma", "nothing", &beta.id.to_string(), "ALPHA", "gamma"]);
    let found = block(find_many(&memory, &asked)).unwrap();
    let names: Vec<Option<&str>> =
        found.iter().map(|it| it.as_ref().ok().map(|it| &*it.name)).collect();
    assert_eq!(names, [Some("gamma"), None, Some("beta"), Some("alpha"), Some("gamma")]);
}

#[test]
fn deleted_ones_are_found_alike_and_distinguished_by_id() {
    let memory = with(&["a", "b"]);
    let first = block(find(&memory, "a")).unwrap().id;
    block(delete(&memory, &[first]));
    let second = add(&memory, "a", ConnectionType::Gmail, Side::Any, "");
    block(delete(&memory, &[second]));
    let deleted = block(memory.deleted()).unwrap();
    let of = |text: &str| find_deleted(&deleted, &texts(&[text])).remove(0);
    assert_eq!(of("a").unwrap_err().candidates().len(), 2);
    assert_eq!(of(&second.to_string()).unwrap().id, second);
    assert_eq!(of(&second.to_string()).unwrap().revision, 2, "of the deletion");
    assert!(matches!(of("019b79d3"), Err(FindError::Ambiguous { count: 2, .. })));
    assert!(matches!(of("b"), Err(FindError::NotFound { .. })));
}

/// However many are asked for: two calls, and the list once where something is missing.
#[test]
fn many_names_take_few_calls_and_names_are_suggested_for_few() {
    let names: Vec<String> = (0..500).map(|it| format!("row {it:04}")).collect();
    let memory = with(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let calls = |asked: &[String]| {
        let before = memory.calls().len();
        let found = block(find_many(&memory, asked)).unwrap();
        (found, memory.calls()[before..].to_vec())
    };
    assert_eq!(calls(&names).1, [Call::Named]);
    let mistyped: Vec<String> = names.iter().map(|it| format!("{it}x")).collect();
    let (found, made) = calls(&mistyped);
    assert_eq!(made, [Call::Named, Call::Page]);
    let suggested = |it: &&Result<Target, FindError>| matches!(it, Err(FindError::NotFound { near, .. }) if !near.is_empty());
    assert_eq!(found.iter().filter(suggested).count(), SUGGESTED);
}

#[test]
fn ten_times_as_many_missing_names_take_ten_times_the_work() {
    work::assert_linear(|count| {
        let deleted: Vec<DeletedConnection> = (0..count)
            .map(|number| DeletedConnection {
                row: crate::app::rows::tests::row(number as u128, &format!("row {number:05}")),
                at: Timestamp::UNIX_EPOCH,
                by: "anna".into(),
            })
            .collect();
        let asked: Vec<String> = (0..count).map(|it| format!("rowx {it:05}")).collect();
        work::of(|| assert!(find_deleted(&deleted, &asked).iter().all(Result::is_err))).1
    });
}
