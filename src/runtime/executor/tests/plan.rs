//! The plan and a live context side by side, and ticks in the order they were made.

use super::*;
use crate::app::effect::TickChange;
use crate::domain::ConnectionId;
use crate::domain::compare::Standing;
use crate::domain::context::ContextKind;
use crate::service::contexts::{ContextInfo, Contexts, OpenError};
use crate::service::runbook::ticks::Ticks;
use crate::testing::fake::{Call, Fake as Memory};
use crate::testing::service::with;

fn info(name: &str, kind: ContextKind) -> ContextInfo {
    ContextInfo {
        name: name.to_owned(),
        kind,
        label: None,
        colour: None,
        place: String::new(),
        read_only: kind == ContextKind::Fly,
        installer: crate::domain::agent::Installer::default(),
        active: kind == ContextKind::Store,
    }
}

fn beside(plan: &Memory, live: &Memory, services: Shared) -> (Executor, UnboundedReceiver<Event>) {
    let (sender, events) = mpsc::unbounded_channel();
    let theirs = live.clone();
    let contexts = Contexts::new(
        vec![info("local", ContextKind::Store), info("contoso", ContextKind::Fly)],
        Arc::new(move |name| {
            let found = (name == "contoso").then(|| theirs.clone());
            Box::pin(async move {
                let found = found.ok_or_else(|| OpenError::new("it is not there", "Add it."))?;
                let backend = Place::from(found);
                Ok(backend)
            })
        }),
    );
    let means = Means {
        backend: plan.clone().into(),
        services: Arc::new(services),
        contexts: Some(contexts),
        timeout: Duration::from_secs(30),
        http: HttpOptions::default(),
        stand_in: None,
        clock: || Timestamp::UNIX_EPOCH,
    };
    (Executor::new(means, sender), events)
}

async fn next(events: &mut UnboundedReceiver<Event>) -> (RequestId, Answer) {
    match events.recv().await {
        Some(Event::Answer(request, answer)) => (request, answer),
        _ => panic!("an answer is awaited"),
    }
}

fn compare(live: &str, fresh: bool) -> Effect {
    Effect::Compare {
        request: ONE,
        plan: "local".into(),
        live: live.into(),
        name: String::new(),
        fresh,
    }
}

#[tokio::test]
async fn a_comparison_opens_both_and_refreshes_when_asked() {
    let names = std::thread::spawn(|| (with(&["a", "b"]), with(&["b", "c"]))).join().unwrap();
    let (plan, live) = names;
    let (mut executor, mut events) = beside(&plan, &live, Shared::default());
    executor.perform(compare("contoso", true));
    let (_, Answer::Compared(Ok(report))) = next(&mut events).await else { panic!() };
    assert_eq!(report.count(Standing::Same), 1);
    assert!(live.calls().contains(&Call::Refresh));
    executor.perform(compare("contoso", false));
    next(&mut events).await;
    assert_eq!(live.calls().iter().filter(|it| **it == Call::Refresh).count(), 1);
    // A refresh that fails is shown beside what was read before.
    live.fail_next(Call::Refresh, BackendError::TimedOut { seconds: 3 });
    executor.perform(compare("contoso", true));
    let (_, Answer::Compared(Ok(report))) = next(&mut events).await else { panic!() };
    assert!(report.stale.is_some());
}

#[tokio::test]
async fn what_cannot_be_opened_or_read_says_so_in_one_line() {
    let (plan, live) = std::thread::spawn(|| (with(&["a"]), with(&["a"]))).join().unwrap();
    let (mut executor, mut events) = beside(&plan, &live, Shared::default());
    executor.perform(compare("fabrikam", true));
    let (_, Answer::Compared(Err(why))) = next(&mut events).await else { panic!() };
    assert_eq!(why, "it is not there. Add it.");
    live.fail_next(Call::Page, BackendError::Busy);
    executor.perform(compare("contoso", false));
    let (_, Answer::Compared(Err(why))) = next(&mut events).await else { panic!() };
    assert!(why.starts_with("contoso cannot be read: "), "{why}");
}

#[tokio::test]
async fn live_connections_are_copied_into_the_plan() {
    let (plan, live) = std::thread::spawn(|| (with(&["a"]), with(&["A", "b"]))).join().unwrap();
    let rows = live.page(crate::backend::PageRequest { after: None, limit: 9 }).await.unwrap();
    let ids: Vec<ConnectionId> = rows.rows.iter().map(|it| it.id).collect();
    let (mut executor, mut events) = beside(&plan, &live, Shared::default());
    let (plan_name, live_name) = ("local".into(), "contoso".into());
    executor.perform(Effect::CopyToPlan { request: ONE, plan: plan_name, live: live_name, ids });
    let (_, Answer::CopiedToPlan(Ok(copied))) = next(&mut events).await else { panic!() };
    assert_eq!((copied.added, copied.left_out.len()), (1, 1));
    assert_eq!(plan.count().await, Ok(2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ticks_are_kept_in_the_order_they_were_made() {
    let folder = tempfile::tempdir().unwrap();
    let services = Shared { ticks: Ticks::below(Some(folder.path())), ..Shared::default() };
    let memory = Memory::new();
    let (mut executor, mut events) = beside(&memory, &memory, services);
    let id = ConnectionId(uuid::Uuid::from_u128(7));
    let steps = || vec!["open".to_owned()];
    for at in 0..40 {
        let change =
            if at % 2 == 0 { TickChange::Tick(steps()) } else { TickChange::Untick(steps()) };
        let request = RequestId(at + 1);
        executor.perform(Effect::Ticks { request, id, revision: 1, change: Some(change) });
    }
    for at in 0..40 {
        let (request, Answer::Ticks(Ok(ticked))) = next(&mut events).await else { panic!() };
        assert_eq!(request, RequestId(at + 1));
        assert_eq!(ticked.len(), usize::from(at % 2 == 0));
    }
}
