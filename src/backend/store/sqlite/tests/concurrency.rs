//! Several processes on one store, played by several handles: SQLite's locks do not distinguish the two
//! apart, since every handle has its own connection.

use super::Home;
use crate::backend::{BackendError, PageRequest};
use crate::testing::contract::{block_on, change, listed, new, row};

#[test]
fn no_update_is_lost() {
    const HANDLES: usize = 4;
    const EACH: usize = 25;
    let home = Home::new();
    let made = block_on(home.open().save(new(listed("counter")))).unwrap();
    let conflicts: usize = std::thread::scope(|scope| {
        let count_up = || {
            let store = home.open();
            let mut conflicts = 0;
            for _ in 0..EACH {
                // Read, add one, save; on a conflict again, as a person would.
                loop {
                    let now = block_on(store.connection(made.id)).unwrap();
                    let count: usize = now.description.parse().unwrap_or(0);
                    let edit = change(&now, |it| it.description = (count + 1).to_string());
                    match block_on(store.save(edit)) {
                        Ok(_) => break,
                        Err(BackendError::Conflict { .. }) => conflicts += 1,
                        Err(error) => panic!("{error:?}"),
                    }
                }
            }
            conflicts
        };
        let threads: Vec<_> = (0..HANDLES).map(|_| scope.spawn(count_up)).collect();
        threads.into_iter().map(|it| it.join().unwrap()).sum()
    });
    let store = home.open();
    let end = block_on(store.connection(made.id)).unwrap();
    let saves = HANDLES * EACH;
    assert_eq!(end.description, saves.to_string(), "{conflicts} conflicts on the way");
    assert_eq!(usize::try_from(end.revision).unwrap(), saves + 1);
    assert_eq!(block_on(store.history(made.id)).unwrap().len(), saves + 1);
}

#[test]
fn one_name_goes_to_one_of_them() {
    let home = Home::new();
    let start = std::sync::Barrier::new(6);
    let won: usize = std::thread::scope(|scope| {
        let take = || {
            let store = home.open();
            start.wait();
            (0..20)
                .filter(|n| match block_on(store.save(new(listed(&format!("name {n}"))))) {
                    Ok(_) => true,
                    Err(BackendError::NameTaken { .. }) => false,
                    Err(error) => panic!("{error:?}"),
                })
                .count()
        };
        let threads: Vec<_> = (0..6).map(|_| scope.spawn(take)).collect();
        threads.into_iter().map(|it| it.join().unwrap()).sum()
    });
    assert_eq!(won, 20);
    assert_eq!(block_on(home.open().count()), Ok(20));
}

#[test]
fn a_reader_sees_an_import_whole_or_not_at_all() {
    let home = Home::new();
    let (reader, writer) = (home.open(), home.open());
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for round in 0..5 {
                let rows = (0..500).map(|n| row(n + 2, &format!("{round}-{n:04}"))).collect();
                block_on(writer.import(rows)).unwrap();
            }
            done.store(true, std::sync::atomic::Ordering::SeqCst);
        });
        while !done.load(std::sync::atomic::Ordering::SeqCst) {
            let page = block_on(reader.page(PageRequest { after: None, limit: 9_999 })).unwrap();
            assert_eq!(page.rows.len() % 500, 0);
        }
    });
    assert_eq!(block_on(reader.count()), Ok(2_500));
}

#[test]
fn a_dropped_import_leaves_nothing_behind() {
    let home = Home::new();
    let store = home.open();
    let rows: Vec<_> = (0..20_000).map(|n| row(n + 2, &format!("name-{n:05}"))).collect();
    block_on(async {
        let mut import = store.import(rows.clone());
        let first =
            std::future::poll_fn(|cx| std::task::Poll::Ready(import.as_mut().poll(cx))).await;
        assert!(first.is_pending());
        drop(import);
        // Queued behind it: broken off at once or never begun, it added nothing.
        assert_eq!(store.count().await, Ok(0));
        assert_eq!(store.import(rows).await.unwrap().added, 20_000);
    });
}

#[test]
fn a_break_off_in_the_middle_rolls_back() {
    // The flag goes up while the job is known to run, so that nothing depends on timing.
    let home = Home::new();
    let store = home.open();
    let (started, reported) = std::sync::mpsc::channel();
    let (go, wait) = std::sync::mpsc::channel::<()>();
    block_on(async {
        let mut job = store.worker.call(super::super::worker::Manner::BreakOff, move |db| {
            db.write(|tx, _| {
                tx.execute("INSERT INTO drafts VALUES ('x', 1, x'00')", [])?;
                started.send(()).unwrap();
                wait.recv().unwrap();
                // Long enough for SQLite to look whether anybody still waits.
                let count = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n
                    LIMIT 100000000) SELECT count(*) FROM n";
                Ok(tx.query_row(count, [], |it| it.get::<_, i64>(0))?)
            })
        });
        let first = std::future::poll_fn(|cx| std::task::Poll::Ready(job.as_mut().poll(cx))).await;
        assert!(first.is_pending());
        reported.recv().unwrap();
        drop(job);
        go.send(()).unwrap();
        assert_eq!(store.count().await, Ok(0));
    });
    let rows: u32 =
        home.sql().query_row("SELECT count(*) FROM drafts", [], |it| it.get(0)).unwrap();
    assert_eq!(rows, 0);
}

#[test]
fn a_call_that_was_taken_back_before_its_turn_is_left_out() {
    let home = Home::new();
    let store = home.open();
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let poke = async |job: &mut crate::backend::Reply<'_, ()>| {
        std::future::poll_fn(|cx| std::task::Poll::Ready(job.as_mut().poll(cx))).await
    };
    block_on(async {
        let mut first = store.worker.call(super::super::worker::Manner::Finish, move |_| {
            wait.recv().unwrap();
            Ok(())
        });
        assert!(poke(&mut first).await.is_pending());
        let mut save: crate::backend::Reply<'_, ()> =
            Box::pin(async { store.save(new(listed("a"))).await.map(drop) });
        assert!(poke(&mut save).await.is_pending());
        drop(save);
        go.send(()).unwrap();
        first.await.unwrap();
        assert_eq!(store.count().await, Ok(0));
    });
}

/// The process is ending then, and what is in the form is still to be kept. C7, E5.
#[test]
fn a_panic_in_the_midst_of_a_write_is_rolled_back_and_the_next_call_is_answered() {
    let home = Home::new();
    let store = home.open();
    let made = block_on(store.save(new(listed("before")))).unwrap();
    let broken = block_on(store.worker.call(super::super::Manner::Finish, move |db| {
        db.write::<()>(|tx, _| {
            tx.execute("DELETE FROM connections", [])?;
            panic!("expected by a test");
        })
    }));
    assert!(matches!(broken, Err(BackendError::Other(_))), "{broken:?}");
    assert_eq!(block_on(store.connection(made.id)).unwrap().name, "before");
    block_on(store.save(new(listed("after")))).unwrap();
    assert_eq!(block_on(home.open().count()), Ok(2));
}

/// Whoever watches asks for one number: it is another one after a change of somebody else, whatever was
/// changed, and the same one else.
#[test]
fn a_change_of_another_process_is_another_mark() {
    let home = Home::new();
    let (watching, other) = (home.open(), home.open());
    let mark = || block_on(watching.mark()).unwrap().unwrap();
    let mut before = mark();
    assert_eq!(mark(), before);
    block_on(watching.page(PageRequest { after: None, limit: 10 })).unwrap();
    assert_eq!(mark(), before, "reading is no change");
    let made = block_on(other.save(new(listed("a")))).unwrap();
    let mut steps = |what: &str| {
        let now = mark();
        assert_ne!(now, before, "{what}");
        before = now;
    };
    steps("saved");
    let made = block_on(other.save(change(&made, |it| it.description = "b".to_owned()))).unwrap();
    steps("changed");
    block_on(other.delete(vec![(&made).into()])).unwrap();
    steps("deleted");
    block_on(other.page(PageRequest { after: None, limit: 10 })).unwrap();
    assert_eq!(mark(), before, "reading is no change");
}
