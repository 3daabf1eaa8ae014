//! Drafts against a backend that answers late and in any order. C7, E5.

use super::*;
use crate::backend::FormDraft;
use crate::testing::contract::{listed, new};
use crate::testing::fake::{Call, Fake};

const TWO: RequestId = RequestId(2);

fn kept(request: RequestId, content: &str) -> Effect {
    let draft = FormDraft {
        id: "s1-1".to_owned(),
        connection: None,
        title: "new".to_owned(),
        content: Secret::new(content.to_owned()),
        saved_at: Timestamp::UNIX_EPOCH,
    };
    Effect::KeepDraft { request, draft, instead_of: None }
}

/// Takes answers until nothing is under way.
async fn finish(executor: &mut Executor, events: &mut UnboundedReceiver<Event>) {
    while !executor.is_idle() {
        let Some(Event::Answer(request, answer)) = events.recv().await else { panic!() };
        executor.arrived(request, &answer);
    }
}

fn contents(fake: &Fake) -> Vec<String> {
    fake.kept().iter().map(|it| it.content.expose().to_owned()).collect()
}

#[tokio::test]
async fn a_late_draft_does_not_write_over_a_later_one() {
    let fake = Fake::new();
    let (mut executor, mut events) = executor(Place::clone(&fake));
    fake.hold(Call::SaveDraft);
    executor.perform(kept(ONE, "older"));
    executor.perform(kept(TWO, "newer"));
    fake.called(Call::SaveDraft, 1).await;
    tokio::task::yield_now().await;
    assert_eq!(fake.calls(), [Call::SaveDraft], "the newer one waits for its turn");
    fake.release(Call::SaveDraft);
    finish(&mut executor, &mut events).await;
    assert_eq!(contents(&fake), ["newer"]);
}

/// A save that is held back, and a draft of its form that is kept behind it.
async fn saving() -> (Fake, Executor, UnboundedReceiver<Event>) {
    let fake = Fake::new();
    let (mut executor, events) = executor(Place::clone(&fake));
    fake.hold(Call::Save);
    let save = Box::new(new(listed("hq")));
    executor.perform(Effect::Save { request: ONE, save, draft: "s1-1".to_owned() });
    executor.perform(kept(TWO, "typed since"));
    fake.called(Call::Save, 1).await;
    tokio::task::yield_now().await;
    (fake, executor, events)
}

#[tokio::test]
async fn a_save_does_not_forget_what_was_kept_since() {
    let (fake, mut executor, mut events) = saving().await;
    fake.release(Call::Save);
    finish(&mut executor, &mut events).await;
    assert_eq!(contents(&fake), ["typed since"]);
}

#[tokio::test]
async fn what_waits_goes_on_when_what_is_before_it_is_taken_back() {
    let (fake, mut executor, mut events) = saving().await;
    executor.perform(Effect::Cancel { request: ONE });
    finish(&mut executor, &mut events).await;
    assert_eq!(contents(&fake), ["typed since"]);
}

/// Who agreed to a deletion has seen the connection as it was. C5.
#[tokio::test]
async fn what_was_changed_since_it_was_shown_is_not_deleted() {
    let fake = Fake::new();
    let made = fake.save(new(listed("hq"))).await.unwrap();
    let other = fake.save(new(listed("lab"))).await.unwrap();
    fake.save(crate::testing::contract::change(&made, |it| it.name = "hq-b".to_owned()))
        .await
        .unwrap();
    let (mut executor, mut events) = executor(Place::clone(&fake));
    let target = |of: &crate::domain::Connection| Target {
        id: of.id,
        name: of.name.clone(),
        revision: of.revision,
    };
    executor.perform(Effect::Delete { request: ONE, targets: vec![target(&made), target(&other)] });
    let Some(Event::Answer(_, Answer::Deleted(Ok(outcomes)))) = events.recv().await else {
        panic!()
    };
    let reported = |at: usize| (outcomes[at].name.as_str(), outcomes[at].result.is_ok());
    assert_eq!((reported(0), reported(1)), (("hq-b", false), ("lab", true)));
    let why = outcomes[0].result.as_ref().unwrap_err();
    assert!(matches!(why, BackendError::Conflict { revision: 2, .. }), "{why}");
    assert!(!why.hint().contains("doctor"), "nothing is wrong that doctor could find");
    assert_eq!(fake.ids(), [made.id]);
}
