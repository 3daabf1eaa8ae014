//! Deleting, restoring and purging connections: the one way of the screen, the command line and apply. C5.

use std::collections::{HashMap, HashSet};

use crate::backend::{BackendError, Place, Revision};
use crate::domain::ConnectionId;
use crate::domain::removal::{Outcome, Target};

/// Deletes each of these that is still as it was seen, all in one change: one outcome per
/// connection, a connection that comes twice counted once.
///
/// # Errors
/// The backend deletes nothing, or failed; then nothing was deleted.
pub async fn delete(
    backend: &Place,
    targets: Vec<Target>,
) -> Result<Vec<Outcome<BackendError>>, BackendError> {
    if !backend.capabilities().delete {
        return Err(backend.refusal("deleting connections"));
    }
    let (which, names) = once(targets);
    Ok(named(backend.delete(which).await?, names))
}

/// Takes back each of these deletions that is still as it was seen, as [`delete`] does.
///
/// # Errors
/// The backend restores nothing, or failed; then nothing was restored.
pub async fn restore(
    backend: &Place,
    targets: Vec<Target>,
) -> Result<Vec<Outcome<BackendError>>, BackendError> {
    if !backend.capabilities().delete {
        return Err(backend.refusal("restoring connections"));
    }
    let (which, names) = once(targets);
    Ok(named(backend.restore(which).await?, names))
}

/// Forgets each of these deleted connections for good, if it is still as it was seen.
///
/// # Errors
/// The backend purges nothing, or failed; then nothing was purged.
pub async fn purge(
    backend: &Place,
    targets: Vec<Target>,
) -> Result<Vec<Outcome<BackendError>>, BackendError> {
    if !backend.capabilities().delete {
        return Err(backend.refusal("purging connections"));
    }
    let (which, names) = once(targets);
    Ok(named(backend.purge(which).await?, names))
}

/// Each connection once, and the name that it was seen by.
fn once(targets: Vec<Target>) -> (Vec<Revision>, HashMap<ConnectionId, String>) {
    let mut seen = HashSet::with_capacity(targets.len());
    let targets: Vec<Target> = targets.into_iter().filter(|it| seen.insert(it.id)).collect();
    let which = targets.iter().map(Revision::from).collect();
    (which, targets.into_iter().map(|it| (it.id, it.name)).collect())
}

/// A backend reports no names of what it no longer has: those that were seen are put in.
fn named(
    mut outcomes: Vec<Outcome<BackendError>>,
    mut names: HashMap<ConnectionId, String>,
) -> Vec<Outcome<BackendError>> {
    let unknown =
        |it: &Outcome<BackendError>| it.name.is_empty() || it.result == Err(BackendError::NotFound);
    for outcome in outcomes.iter_mut().filter(|it| unknown(it)) {
        if let Some(name) = names.remove(&outcome.id).filter(|it| !it.is_empty()) {
            outcome.name = name;
        }
    }
    outcomes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::store::Store;
    use crate::domain::{ConnectionType, Side};
    use crate::service::{all_rows, find, find_deleted};
    use crate::testing::contract::change;
    use crate::testing::fake::{Call, Fake};
    use crate::testing::service::{add, block, rows, with};
    use crate::testing::work;

    fn seen(memory: &Fake) -> Vec<Target> {
        rows(memory).iter().map(Target::from).collect()
    }

    #[test]
    fn each_is_reported_by_the_name_that_was_seen_and_counted_once() {
        let memory = with(&["a", "b"]);
        let mut targets = seen(&memory);
        memory.fail_to_delete(targets[1].id, BackendError::Busy);
        let nobody = ConnectionId(uuid::Uuid::from_u128(9));
        targets.push(targets[0].clone());
        targets.push(Target { id: nobody, name: "gone".into(), revision: 1 });
        let outcomes = block(delete(&memory, targets)).unwrap();
        let reported: Vec<_> = outcomes.iter().map(|it| (&*it.name, it.result.clone())).collect();
        let expected =
            [("a", Ok(2)), ("b", Err(BackendError::Busy)), ("gone", Err(BackendError::NotFound))];
        assert_eq!(reported, expected);
        assert_eq!(memory.calls().iter().filter(|it| **it == Call::Delete).count(), 1);
        let deleted = block(memory.deleted()).unwrap();
        let found = find_deleted(&deleted, &["A".to_owned()]).remove(0).unwrap();
        assert_eq!(block(restore(&memory, vec![found])).unwrap()[0].result, Ok(3));
        assert_eq!(rows(&memory).len(), 2);
    }

    /// There is no look before the leap that somebody could come between.
    #[test]
    fn what_changed_since_it_was_seen_is_left_alone() {
        let memory = with(&["a", "b"]);
        let targets = seen(&memory);
        let record = block(memory.connection(targets[0].id)).unwrap();
        block(memory.save(change(&record, |it| it.description = "theirs".into()))).unwrap();
        let before = memory.calls().len();
        let outcomes = block(delete(&memory, targets.clone())).unwrap();
        assert_eq!(memory.calls()[before..], [Call::Delete]);
        assert!(matches!(outcomes[0].result, Err(BackendError::Conflict { revision: 2, .. })));
        assert_eq!((&*outcomes[0].name, &outcomes[1].result), ("a", &Ok(2)));
        let stale = Target { revision: 7, ..targets[1].clone() };
        let outcomes = block(restore(&memory, vec![stale])).unwrap();
        assert!(matches!(outcomes[0].result, Err(BackendError::Conflict { revision: 2, .. })));
        add(&memory, "c", ConnectionType::Gmail, Side::Any, "");
        assert_eq!(block(find(&memory, "c")).unwrap().revision, 1);
    }

    /// Deleting and restoring by names, in a real store, from the texts to the outcomes.
    #[test]
    fn ten_times_as_many_take_ten_times_the_work() {
        let mut measures = Vec::new();
        work::assert_linear(|count| {
            let store = Store::in_memory("test").unwrap();
            let names: Vec<String> = (0..count).map(|it| format!("row {it:05}")).collect();
            let import = names.iter().map(|it| crate::testing::contract::row(1, it)).collect();
            block(store.import(import)).unwrap();
            let (_, work) = work::of(|| {
                let found = block(crate::service::find_many(&store, &names)).unwrap();
                let targets = found.into_iter().map(Result::unwrap).collect();
                let gone = block(delete(&store, targets)).unwrap();
                assert!(gone.iter().all(|it| it.result.is_ok()));
                let deleted = block(store.deleted()).unwrap();
                let found = find_deleted(&deleted, &names);
                let targets = found.into_iter().map(Result::unwrap).collect();
                let back = block(restore(&store, targets)).unwrap();
                assert!(back.iter().all(|it| it.result.is_ok()));
                assert_eq!(block(all_rows(&store)).unwrap().len(), count);
            });
            measures.push(work);
            work
        });
        assert!(measures[0] > 200, "{measures:?}");
    }
}
