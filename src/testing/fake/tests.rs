//! The script: failing, holding back, dropping, taking capabilities away.

use std::task::Poll;

use super::{ALL, Call, Fake};
use crate::backend::{BackendError, Capabilities, PageRequest};
use crate::testing::contract::delete;
use crate::testing::contract::{block_on, change, listed, new};

/// Polls once, as a loop does that has other things to do.
async fn poke<T>(future: &mut (impl Future<Output = T> + Unpin)) -> Poll<T> {
    std::future::poll_fn(|cx| Poll::Ready(std::pin::Pin::new(&mut *future).poll(cx))).await
}

#[test]
fn a_call_fails_as_often_as_it_was_asked() {
    let fake = Fake::new();
    fake.fail_next(Call::Save, BackendError::DiskFull);
    fake.fail_next(Call::Save, BackendError::Busy);
    block_on(async {
        assert_eq!(fake.count().await, Ok(0), "other calls are not meant");
        assert_eq!(fake.save(new(listed("a"))).await, Err(BackendError::DiskFull));
        assert_eq!(fake.save(new(listed("a"))).await, Err(BackendError::Busy));
        assert!(fake.save(new(listed("a"))).await.is_ok());
        assert_eq!(fake.count().await, Ok(1));
    });
    assert_eq!(fake.calls(), [Call::Count, Call::Save, Call::Save, Call::Save, Call::Count]);
}

#[test]
fn held_answers_wait_for_their_release() {
    let fake = Fake::new();
    fake.hold(Call::Page);
    block_on(async {
        let mut page = fake.page(PageRequest { after: None, limit: 9 });
        assert!(poke(&mut page).await.is_pending());
        fake.called(Call::Page, 1).await;
        // What happens meanwhile is in the answer.
        fake.save(new(listed("a"))).await.unwrap();
        assert!(poke(&mut page).await.is_pending());
        fake.release(Call::Page);
        assert_eq!(page.await.unwrap().rows.len(), 1);
    });
    assert!(fake.dropped().is_empty());
}

#[test]
fn a_dropped_call_is_noted_and_does_nothing() {
    let fake = Fake::new();
    fake.hold(Call::Save);
    block_on(async {
        let mut save = fake.save(new(listed("a")));
        assert!(poke(&mut save).await.is_pending());
        drop(save);
        fake.gave_up(Call::Save, 1).await;
        fake.release(Call::Save);
        assert_eq!(fake.count().await, Ok(0));
    });
    assert_eq!(fake.dropped(), [Call::Save]);
}

#[test]
fn what_it_lacks_is_not_possible() {
    let fake = Fake::new();
    let none = Capabilities {
        write: false,
        delete: false,
        history: false,
        edit_directory: false,
        keys: false,
        tokens: false,
        drafts: false,
        usage: false,
        projects: false,
        shared: false,
        read_only: None,
    };
    let lacks = |answer: Result<(), BackendError>| {
        assert!(matches!(answer, Err(BackendError::Unsupported(_))), "{answer:?}");
    };
    fake.set_capabilities(none);
    assert_eq!(fake.capabilities(), none);
    block_on(async {
        lacks(fake.save(new(listed("a"))).await.map(drop));
        lacks(fake.delete(Vec::new()).await.map(drop));
        lacks(fake.import(Vec::new()).await.map(drop));
        lacks(fake.put_objects(Vec::new()).await.map(drop));
        lacks(fake.drafts().await.map(drop));
        lacks(fake.used_by(Vec::new()).await.map(drop));
        assert_eq!(fake.count().await, Ok(0));
        fake.set_capabilities(ALL);
        fake.save(new(listed("a"))).await.unwrap();
    });
}

#[test]
fn one_of_several_can_refuse_to_be_deleted() {
    let fake = Fake::new();
    block_on(async {
        let a = fake.save(new(listed("a"))).await.unwrap().id;
        let b = fake.save(new(listed("b"))).await.unwrap().id;
        fake.fail_to_delete(a, BackendError::Busy);
        let outcomes = delete(&fake, &[a, b]).await;
        let reported: Vec<_> = outcomes.iter().map(|it| (it.name.as_str(), &it.result)).collect();
        assert_eq!(reported, [("a", &Err(BackendError::Busy)), ("b", &Ok(2))]);
        assert_eq!(fake.count().await, Ok(1));
    });
}

#[test]
fn given_connections_can_be_edited_and_projects_use_them() {
    let first = Fake::new();
    let made = block_on(first.save(new(listed("a")))).unwrap();
    let fake = Fake::with(vec![made.clone()]);
    fake.set_used_by(made.id, vec!["wave 1".into()]);
    block_on(async {
        assert_eq!(fake.connection(made.id).await, Ok(made.clone()));
        let changed = fake.save(change(&made, |it| it.name = "b".into())).await.unwrap();
        assert_eq!(changed.revision, 2);
        let used = fake.used_by(vec![made.id]).await.unwrap();
        assert_eq!(used, [(made.id, vec!["wave 1".to_owned()])]);
    });
}
