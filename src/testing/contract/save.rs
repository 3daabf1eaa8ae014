//! Saving, conflicts, history, deleting and restoring. SPEC C5, G1, G12.

use super::{
    Bench, change, delete, groups, held, id_of, listed, new, nobody, restore, row, source,
};
use crate::backend::{BackendError, FormDraft, PageRequest, Revision, SaveRequest, Stamp};
use crate::domain::key::KeyKind;
use crate::domain::removal::Outcome;
use crate::domain::{Origin, Summary};

pub(super) async fn a_save_reads_back(bench: &Bench) {
    let key = bench.backend.issue_key(KeyKind::Configuration).await.unwrap();
    let drafts = [
        listed("a"),
        groups("b"),
        source("c", held(&key, bench.clock.now())),
        super::entra(bench, "d", 2).await,
    ];
    for draft in drafts {
        let made = bench.add(draft.clone()).await;
        assert_eq!(bench.backend.connection(made.id).await, Ok(made.clone()));
        assert_eq!((made.name, made.description), (draft.name, draft.description));
        assert_eq!((made.kind, made.side, made.revision), (draft.kind, draft.side, 1));
        let now = Some(bench.clock.now());
        assert_eq!((made.created_at, made.modified_at), (now, now));
        assert_eq!((&*made.created_by, &*made.modified_by), ("anna", "anna"));
        assert_eq!(made.origin, Origin::Local);
        assert_eq!(made.id.0.get_version_num(), 7);
    }
    let made = bench.add(listed("e")).await;
    bench.clock.pass(60);
    let changed = bench.backend.save(change(&made, |it| it.name = "E2 ".into())).await.unwrap();
    assert_eq!((changed.id, changed.revision, &*changed.name), (made.id, 2, "E2"));
    assert_eq!(changed.created_at, made.created_at);
    assert_eq!(changed.modified_at, Some(bench.clock.now()));
    assert_eq!(bench.backend.connection(made.id).await, Ok(changed));
    assert_eq!(id_of(&bench.backend, "e").await, None);
}

pub(super) async fn names_are_unique_whatever_the_case(bench: &Bench) {
    let first = bench.add(listed("Contoso Ärger")).await;
    let taken = BackendError::NameTaken { name: "Contoso Ärger".into(), id: first.id };
    let again = bench.backend.save(new(listed(" contoso äRGER"))).await;
    assert_eq!(again, Err(taken.clone()));
    let second = bench.add(listed("other")).await;
    let renamed = bench.backend.save(change(&second, |it| it.name = "CONTOSO ÄRGER".into())).await;
    assert_eq!(renamed, Err(taken));
    assert_eq!(bench.backend.connection(second.id).await, Ok(second));
    // Its own name in another case is free for itself.
    let changed = bench.backend.save(change(&first, |it| it.name = "CONTOSO ÄRGER".into())).await;
    assert_eq!(changed.unwrap().name, "CONTOSO ÄRGER");
    assert_eq!(bench.backend.count().await, Ok(2));
}

pub(super) async fn bad_drafts_are_refused(bench: &Bench) {
    for name in ["", "  ", "a\u{1b}[2Jb", "a\u{200b}b", &"x".repeat(10_000)] {
        let refused = bench.backend.save(new(listed(name))).await;
        assert!(matches!(refused, Err(BackendError::Invalid(_))), "{name:?}: {refused:?}");
    }
    assert_eq!(bench.backend.count().await, Ok(0));
    // Wide characters and emoji are names like any other.
    assert_eq!(bench.add(listed("漢字 🚀")).await.name, "漢字 🚀");
}

pub(super) async fn an_older_revision_is_refused(bench: &Bench) {
    let made = bench.add(listed("a")).await;
    bench.clock.pass(60);
    let theirs = bench.backend.save(change(&made, |it| it.description = "theirs".into())).await;
    bench.clock.pass(60);
    let mine = bench.backend.save(change(&made, |it| it.description = "mine".into())).await;
    let theirs = theirs.unwrap();
    let (by, at) = ("anna".to_owned(), theirs.modified_at.unwrap());
    assert_eq!(mine, Err(BackendError::Conflict { by, at, revision: 2 }));
    assert_eq!(bench.backend.connection(made.id).await, Ok(theirs.clone()));
    // A deletion and its undo count as a change, too.
    delete(&bench.backend, &[made.id]).await;
    let gone = bench.backend.save(change(&theirs, |_| {})).await;
    let (id, by, at) = (made.id, "anna".to_owned(), bench.clock.now());
    assert_eq!(gone, Err(BackendError::Deleted { id, by, at, revision: 3 }));
    restore(&bench.backend, &[made.id]).await;
    let late = bench.backend.save(change(&theirs, |_| {})).await;
    let (by, at) = ("anna".to_owned(), bench.clock.now());
    assert_eq!(late, Err(BackendError::Conflict { by, at, revision: 4 }));
}

/// Restoring and saving is one step: it needs the revision of the deletion, and either both are done
/// or neither is.
pub(super) async fn a_save_restores_what_was_deleted(bench: &Bench) {
    let made = bench.add(listed("a")).await;
    let at = |revision: u32, name: &str| SaveRequest {
        target: Some(Revision { id: made.id, revision }),
        restore: true,
        ..change(&made, |it| it.name = name.into())
    };
    // One that is not deleted is saved as ever.
    let made_2 = bench.backend.save(at(1, "b")).await.unwrap();
    assert_eq!((made_2.revision, &*made_2.name), (2, "b"));
    assert_eq!(bench.backend.deleted_connection(made.id).await, Err(BackendError::NotFound));
    bench.clock.pass(60);
    delete(&bench.backend, &[made.id]).await;
    let deleted = BackendError::Deleted {
        id: made.id,
        by: "anna".to_owned(),
        at: bench.clock.now(),
        revision: 3,
    };
    let found = bench.backend.deleted_connection(made.id).await.unwrap();
    assert_eq!((found.revision, &*found.name), (3, "b"));
    // From an older revision than the deletion: nobody has agreed to undo it.
    assert_eq!(bench.backend.save(at(2, "c")).await, Err(deleted.clone()));
    // Its own name may be another's by now, and then the form's name counts.
    let other = bench.add(listed("B")).await;
    let taken = BackendError::NameTaken { name: "B".into(), id: other.id };
    assert_eq!(bench.backend.save(at(3, "b")).await, Err(taken));
    assert_eq!(bench.backend.count().await, Ok(1));
    assert_eq!(bench.backend.deleted_connection(made.id).await, Ok(found));
    bench.clock.pass(60);
    let back = bench.backend.save(at(3, "c")).await.unwrap();
    assert_eq!((back.id, back.revision, &*back.name), (made.id, 5, "c"));
    assert_eq!(back.created_at, made.created_at);
    assert_eq!(bench.backend.connection(made.id).await, Ok(back));
    assert_eq!(bench.backend.count().await, Ok(2));
    assert_eq!(bench.backend.deleted().await, Ok(Vec::new()));
    assert_eq!(id_of(&bench.backend, "c").await, Some(made.id));
    let history = bench.backend.history(made.id).await.unwrap();
    let reported: Vec<_> = history.iter().map(|it| (it.revision, &*it.action)).collect();
    let expected =
        [(5, "changed"), (4, "restored"), (3, "deleted"), (2, "changed"), (1, "created")];
    assert_eq!(reported, expected);
    assert_eq!(history[0].changes.len(), 1);
    // Restored since by someone else: a newer revision like any other.
    let late = bench.backend.save(at(3, "d")).await;
    assert!(matches!(late, Err(BackendError::Conflict { revision: 5, .. })), "{late:?}");
    let nobody = Some(Revision { id: nobody(), revision: 1 });
    let gone = bench.backend.save(SaveRequest { target: nobody, ..at(1, "e") }).await;
    assert_eq!(gone, Err(BackendError::NotFound));
}

pub(super) async fn a_stamp_says_when_and_by_whom(bench: &Bench) {
    let at = "2024-02-03T04:05:06Z".parse().unwrap();
    let stamp = Some(Stamp { at, by: "ben".into() });
    let request = SaveRequest { stamp, ..new(groups("a")) };
    let made = bench.backend.save(request).await.unwrap();
    assert_eq!((made.created_at, &*made.created_by), (Some(at), "ben"));
    assert_eq!((made.modified_at, &*made.modified_by), (Some(at), "ben"));
    assert_eq!(made.origin, Origin::Imported);
    let history = bench.backend.history(made.id).await.unwrap();
    assert_eq!((history[0].at, &*history[0].by, &*history[0].action), (at, "ben", "imported"));
}

pub(super) async fn history_shows_every_change(bench: &Bench) {
    let made = bench.add(groups("a")).await;
    bench.clock.pass(60);
    let edit = change(&made, |it| {
        it.name = "b".into();
        it.description.clear();
    });
    bench.backend.save(edit).await.unwrap();
    bench.clock.pass(60);
    delete(&bench.backend, &[made.id]).await;
    bench.clock.pass(60);
    restore(&bench.backend, &[made.id]).await;
    let history = bench.backend.history(made.id).await.unwrap();
    let reported: Vec<_> = history.iter().map(|it| (it.revision, &*it.action, &*it.by)).collect();
    assert_eq!(
        reported,
        [
            (4, "restored", "anna"),
            (3, "deleted", "anna"),
            (2, "changed", "anna"),
            (1, "created", "anna")
        ]
    );
    let times: Vec<_> = history.iter().map(|it| it.at.as_second()).collect();
    assert!(times.windows(2).all(|pair| pair[0] == pair[1] + 60), "{times:?}");
    let fields: Vec<_> = history[2]
        .changes
        .iter()
        .map(|it| (&*it.field, it.before.as_deref(), it.after.as_deref()))
        .collect();
    assert_eq!(
        fields,
        [("description", Some("for wave 1"), Some("")), ("name", Some("a"), Some("b"))]
    );
    assert!(history[3].changes.iter().any(|it| it.field == "answers.tenant"));
}

pub(super) async fn an_import_has_a_history(bench: &Bench) {
    bench.backend.import(vec![row(2, "a")]).await.unwrap();
    let (imported, id) = (bench.clock.now(), id_of(&bench.backend, "a").await.unwrap());
    let before = bench.backend.history(id).await.unwrap();
    assert_eq!((before.len(), &*before[0].action, before[0].revision), (1, "imported", 1));
    assert_eq!((before[0].at, &*before[0].by), (imported, "anna"));
    assert!(before[0].changes.iter().any(|it| it.after.as_deref() == Some("fabrikam")));
    bench.clock.pass(60);
    let record = bench.backend.connection(id).await.unwrap();
    bench.backend.save(change(&record, |it| it.name = "b".into())).await.unwrap();
    let after = bench.backend.history(id).await.unwrap();
    // The first entry still shows what the file said.
    assert_eq!(after.len(), 2);
    assert_eq!(after[1], before[0]);
    // Deleting is a first change as well.
    bench.backend.import(vec![row(2, "c")]).await.unwrap();
    let id = id_of(&bench.backend, "c").await.unwrap();
    delete(&bench.backend, &[id]).await;
    let reported = bench.backend.history(id).await.unwrap();
    let reported: Vec<_> = reported.iter().map(|it| &*it.action).collect();
    assert_eq!(reported, ["deleted", "imported"]);
}

pub(super) async fn deleting_is_soft_and_idempotent(bench: &Bench) {
    let (a, b) = (bench.add(listed("a")).await, bench.add(listed("b")).await);
    bench.clock.pass(60);
    let outcomes = delete(&bench.backend, &[a.id, nobody(), a.id]).await;
    let reported: Vec<_> = outcomes.iter().map(|it| (it.id, it.result.clone())).collect();
    assert_eq!(reported, [(a.id, Ok(2)), (nobody(), Err(BackendError::NotFound)), (a.id, Ok(2))]);
    assert_eq!(outcomes[0].name, "a");
    assert_eq!(bench.backend.count().await, Ok(1));
    assert_eq!(bench.backend.connection(a.id).await, Err(BackendError::NotFound));
    let deleted = bench.backend.deleted().await.unwrap();
    assert_eq!((deleted.len(), deleted[0].row.id), (1, a.id));
    assert_eq!((deleted[0].at, &*deleted[0].by), (bench.clock.now(), "anna"));
    assert_eq!(deleted[0].row.modified_at, a.modified_at.map(crate::domain::Second::from));
    bench.clock.pass(60);
    delete(&bench.backend, &[a.id, b.id]).await;
    let deleted = bench.backend.deleted().await.unwrap();
    let order: Vec<_> = deleted.iter().map(|it| it.row.id).collect();
    assert_eq!(order, [b.id, a.id], "the latest first, a's own time kept");
    let outcomes = restore(&bench.backend, &[b.id, a.id, b.id]).await;
    assert!(outcomes.iter().all(|it| it.result.is_ok()));
    assert_eq!(bench.backend.count().await, Ok(2));
    let back = bench.backend.connection(a.id).await.unwrap();
    assert_eq!(back, crate::domain::Connection { revision: 3, ..a });
}

pub(super) async fn restoring_meets_a_taken_name(bench: &Bench) {
    let first = bench.add(listed("A")).await;
    delete(&bench.backend, &[first.id]).await;
    let second = bench.add(listed("a")).await;
    let outcomes = restore(&bench.backend, &[first.id]).await;
    let taken = BackendError::NameTaken { name: "a".into(), id: second.id };
    assert_eq!((&*outcomes[0].name, &outcomes[0].result), ("A", &Err(taken)));
    assert_eq!(bench.backend.deleted().await.unwrap().len(), 1);
    bench.backend.save(change(&second, |it| it.name = "b".into())).await.unwrap();
    let outcomes = restore(&bench.backend, &[first.id]).await;
    assert_eq!(outcomes[0].result, Ok(3));
    assert_eq!(bench.backend.count().await, Ok(2));
}

/// Only what is deleted, at the revision that was seen, and then nothing of it is left.
pub(super) async fn what_is_purged_is_gone_for_good(bench: &Bench) {
    let key = bench.backend.issue_key(KeyKind::Configuration).await.unwrap();
    let (a, b) =
        (bench.add(source("a", held(&key, bench.clock.now()))).await, bench.add(listed("b")).await);
    for (id, of) in [("of a", Some(a.id)), ("of b", Some(b.id)), ("of none", None)] {
        let content = crate::domain::Secret::new("not-real");
        let saved_at = bench.clock.now();
        let draft =
            FormDraft { id: id.into(), connection: of, title: id.into(), content, saved_at };
        bench.backend.save_draft(draft).await.unwrap();
    }
    let purge = async |revision| {
        let which = vec![Revision { id: a.id, revision }];
        bench.backend.purge(which).await.unwrap().remove(0).result
    };
    assert!(matches!(purge(1).await, Err(BackendError::Conflict { .. })), "it is there");
    delete(&bench.backend, &[a.id]).await;
    assert!(matches!(purge(1).await, Err(BackendError::Conflict { .. })), "another revision");
    assert_eq!(bench.backend.deleted().await.unwrap().len(), 1);
    assert_eq!(purge(2).await, Ok(2));
    assert_eq!(purge(2).await, Err(BackendError::NotFound));
    assert!(bench.backend.deleted().await.unwrap().is_empty());
    assert_eq!(bench.backend.history(a.id).await, Err(BackendError::NotFound));
    assert_eq!(bench.backend.deleted_connection(a.id).await, Err(BackendError::NotFound));
    let reveal = bench.backend.reveal(a.id, "client_secret".into()).await;
    assert_eq!(reveal.unwrap_err(), BackendError::NotFound);
    let outcome = bench.backend.restore(vec![Revision { id: a.id, revision: 2 }]).await.unwrap();
    assert_eq!(outcome[0].result, Err(BackendError::NotFound));
    let drafts = bench.backend.drafts().await.unwrap();
    let mut drafts: Vec<_> = drafts.iter().map(|it| &*it.id).collect();
    drafts.sort_unstable();
    assert_eq!(drafts, ["of b", "of none"]);
    assert_eq!(bench.backend.count().await, Ok(1));
    bench.add(listed("a")).await;
}

/// Whoever agreed to a deletion, or to an undo, has seen one revision and agreed to no other.
pub(super) async fn removing_needs_the_revision_that_was_seen(bench: &Bench) {
    let (a, b) = (bench.add(listed("a")).await, bench.add(listed("b")).await);
    bench.clock.pass(60);
    bench.backend.save(change(&a, |it| it.description = "theirs".into())).await.unwrap();
    let saved = bench.clock.now();
    bench.clock.pass(60);
    let conflict =
        |at, revision| Err(BackendError::Conflict { by: "anna".to_owned(), at, revision });
    let seen = || vec![Revision::from(&a), Revision::from(&b)];
    let of = |outcomes: Vec<Outcome<BackendError>>| -> Vec<Result<u32, BackendError>> {
        outcomes.into_iter().map(|it| it.result).collect()
    };
    // Refused for one, done for the other, in one change.
    let reported = of(bench.backend.delete(seen()).await.unwrap());
    assert_eq!(reported, [conflict(saved, 2), Ok(2)]);
    assert_eq!(bench.backend.connection(a.id).await.unwrap().description, "theirs");
    assert_eq!(bench.backend.history(a.id).await.unwrap().len(), 2, "nothing is written of it");
    // One that is gone already counts as done, whatever was seen of it.
    assert_eq!(of(bench.backend.delete(seen()).await.unwrap()), [conflict(saved, 2), Ok(2)]);
    let deletion = Revision { id: b.id, revision: 2 };
    assert_eq!(of(bench.backend.restore(vec![deletion]).await.unwrap()), [Ok(3)]);
    assert_eq!(of(bench.backend.restore(vec![deletion]).await.unwrap()), [Ok(3)]);
    // An undo is of the deletion that it undoes, not of one that somebody made since.
    bench.clock.pass(60);
    delete(&bench.backend, &[b.id]).await;
    let again = bench.clock.now();
    bench.clock.pass(60);
    assert_eq!(of(bench.backend.restore(vec![deletion]).await.unwrap()), [conflict(again, 4)]);
    assert_eq!(bench.backend.deleted().await.unwrap()[0].row.revision, 4);
    // The list of deleted ones has the revision that restores.
    let deletion = Revision { id: b.id, revision: 4 };
    assert_eq!(of(bench.backend.restore(vec![deletion]).await.unwrap()), [Ok(5)]);
}

/// Thousands are one change, with an outcome for each in the order that was asked for.
pub(super) async fn many_are_removed_and_come_back(bench: &Bench) {
    let rows = (0..1_500).map(|number| row(number + 2, &format!("row {number:04}"))).collect();
    bench.backend.import(rows).await.unwrap();
    let page = PageRequest { after: None, limit: 2_000 };
    let mut rows = bench.backend.page(page.clone()).await.unwrap().rows;
    rows.reverse();
    let seen = rows.iter().map(|it| Revision { id: it.id, revision: it.revision }).collect();
    let outcomes = bench.backend.delete(seen).await.unwrap();
    let order = |outcomes: &[Outcome<BackendError>]| -> Vec<_> {
        outcomes.iter().map(|it| it.id).collect()
    };
    let asked: Vec<_> = rows.iter().map(|it| it.id).collect();
    assert_eq!(order(&outcomes), asked);
    assert!(outcomes.iter().all(|it| it.result == Ok(2)));
    assert_eq!(bench.backend.count().await, Ok(0));
    let seen = outcomes.iter().map(|it| Revision { id: it.id, revision: 2 }).collect();
    let outcomes = bench.backend.restore(seen).await.unwrap();
    assert_eq!(order(&outcomes), asked);
    assert!(outcomes.iter().all(|it| it.result == Ok(3)));
    rows.reverse();
    let back = bench.backend.page(page).await.unwrap().rows;
    let plain = |rows: Vec<Summary>| -> Vec<Summary> {
        rows.into_iter().map(|it| Summary { revision: 0, ..it }).collect()
    };
    assert_eq!(plain(back), plain(rows));
}

pub(super) async fn what_is_not_there_is_reported(bench: &Bench) {
    let id = nobody();
    assert_eq!(bench.backend.connection(id).await, Err(BackendError::NotFound));
    assert_eq!(bench.backend.history(id).await, Err(BackendError::NotFound));
    assert_eq!(bench.backend.reveal(id, "x".into()).await, Err(BackendError::NotFound));
    let target = Some(Revision { id, revision: 1 });
    let request = SaveRequest { target, ..new(listed("a")) };
    assert_eq!(bench.backend.save(request).await, Err(BackendError::NotFound));
    let restored = restore(&bench.backend, &[id]).await;
    assert_eq!(restored[0].result, Err(BackendError::NotFound));
}
