//! The runner: limits, cancelling, shared questions, faults and who owns them.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::*;

const SECOND: Duration = Duration::from_secs(1);
const EACH: Duration = Duration::from_secs(10);
const LIMITS: Limits = Limits { at_once: 4, whole: Duration::from_secs(60) };

/// What a question does.
#[derive(Debug, Clone, Copy)]
enum Does {
    Answers(Duration),
    Fails,
    Hangs,
    Panics,
}

/// A subject with a chain of two questions: `tenant`, then `app` of the tenant.
#[derive(Clone)]
struct Subject {
    lookups: Lookups,
    key: &'static str,
    tenant: Does,
    app: Does,
    has_app: bool,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    asked: AtomicUsize,
    now: AtomicUsize,
    most: AtomicUsize,
    dropped: AtomicUsize,
}

/// A question under way.
struct UnderWay(Arc<Counts>, bool);

impl UnderWay {
    fn new(counts: &Arc<Counts>) -> Self {
        counts.asked.fetch_add(1, Ordering::SeqCst);
        let now = counts.now.fetch_add(1, Ordering::SeqCst) + 1;
        counts.most.fetch_max(now, Ordering::SeqCst);
        Self(Arc::clone(counts), false)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Ordering::SeqCst);
        self.0.dropped.fetch_add(usize::from(!self.1), Ordering::SeqCst);
    }
}

async fn question(counts: Arc<Counts>, does: Does) -> Result<u8, Cause> {
    let mut under_way = UnderWay::new(&counts);
    match does {
        Does::Answers(after) => sleep(after).await,
        Does::Fails => {
            under_way.1 = true;
            return Err(Cause::new(Sort::Failed, "no such tenant", "Correct it."));
        }
        Does::Hangs => std::future::pending().await,
        Does::Panics => panic!("played"),
    }
    under_way.1 = true;
    Ok(1)
}

impl Subject {
    fn new(tenant: Does, app: Does) -> Self {
        let (lookups, counts) = (Lookups::new(EACH), Arc::default());
        Self { lookups, key: "contoso", tenant, app, has_app: true, counts }
    }

    fn tenant(&self) -> Answer<u8> {
        let (counts, does) = (Arc::clone(&self.counts), self.tenant);
        let key = format!("tenant {}", self.key);
        self.lookups
            .ask(key, "tenant", std::future::ready(Ok(())), move |()| question(counts, does))
    }

    fn app(&self) -> Answer<u8> {
        let (counts, does) = (Arc::clone(&self.counts), self.app);
        let key = format!("app {}", self.key);
        self.lookups.ask(key, "app", self.tenant(), move |_| question(counts, does))
    }

    fn asked(&self) -> usize {
        self.counts.asked.load(Ordering::SeqCst)
    }
}

fn fine(answer: Answer<u8>) -> Running {
    judged(answer, |_| Ok(Seen::ok("fine")))
}

const fn check(id: &'static str, run: fn(&Subject) -> Running) -> Check<Subject> {
    Check { id, area: "Test", proves: "It is fine.", needs: &[], when: always, run }
}

/// The tenant, the app, and two more that need the app.
static CHECKS: [Check<Subject>; 4] = [
    check("tenant", |it| fine(it.tenant())),
    Check { when: |it: &Subject| it.has_app, ..check("app", |it| fine(it.app())) },
    check("consent", |it| fine(it.app())),
    check("roles", |it| fine(it.app())),
];

async fn ran(subjects: &[Subject], limits: Limits) -> Vec<Finished> {
    let mut reported = Vec::new();
    let none = CancellationToken::new();
    let lookups = subjects[0].lookups.clone();
    let mut on_finished = |it: &Finished| reported.push(it.clone());
    let all = run(&lookups, subjects, &CHECKS, limits, &none, &mut on_finished).await;
    assert_eq!(all, reported, "each is reported as it ends");
    all
}

/// Check, level and text of each, in the order of the checks.
fn lines(all: &[Finished]) -> Vec<(&str, Level, &str)> {
    let mut all: Vec<&Finished> = all.iter().collect();
    let place = |it: &Finished| CHECKS.iter().position(|check| check.id == it.result.check);
    all.sort_by_key(|it| (it.subject, place(it)));
    all.iter().map(|it| (&*it.result.check, it.result.level, &*it.result.found)).collect()
}

#[tokio::test(start_paused = true)]
async fn a_question_is_asked_once_however_many_await_it() {
    let subject = Subject::new(Does::Answers(SECOND), Does::Answers(SECOND));
    for at_once in [1, 3, 64] {
        let subject =
            Subject { lookups: Lookups::new(EACH), counts: Arc::default(), ..subject.clone() };
        let other = Subject { key: "fabrikam", ..subject.clone() };
        let subjects: Vec<Subject> =
            (0..50).flat_map(|_| [subject.clone(), other.clone()]).collect();
        let all = ran(&subjects, Limits { at_once, ..LIMITS }).await;
        assert_eq!(all.len(), 400);
        assert!(all.iter().all(|it| it.result.level == Level::Ok));
        assert_eq!(subject.asked(), 4, "two tenants, two apps: {at_once}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_owner_of_a_fault_fails_and_the_others_are_after_it() {
    use Level::{Fail, Ok, Skipped};
    let good = Does::Answers(SECOND);
    for at_once in [1, 4] {
        let limits = Limits { at_once, ..LIMITS };
        let all = ran(&[Subject::new(Does::Fails, good)], limits).await;
        assert_eq!(
            lines(&all),
            [
                ("tenant", Fail, "no such tenant"),
                ("app", Skipped, "after tenant"),
                ("consent", Skipped, "after tenant"),
                ("roles", Skipped, "after tenant"),
            ]
        );
        assert_eq!(all.iter().filter(|it| it.result.fix == "Correct it.").count(), 1);
        let subject = Subject::new(good, Does::Fails);
        let all = ran(std::slice::from_ref(&subject), limits).await;
        assert_eq!(
            lines(&all),
            [
                ("tenant", Ok, "fine"),
                ("app", Fail, "no such tenant"),
                ("consent", Skipped, "after app"),
                ("roles", Skipped, "after app"),
            ]
        );
        assert_eq!(subject.asked(), 2, "what failed is not asked again");
    }
}

/// Nobody else would report it.
#[tokio::test(start_paused = true)]
async fn a_fault_without_its_owner_in_the_run_fails_whoever_meets_it() {
    let subject = Subject { has_app: false, ..Subject::new(Does::Answers(SECOND), Does::Fails) };
    let all = ran(&[subject], LIMITS).await;
    assert_eq!(
        lines(&all),
        [
            ("tenant", Level::Ok, "fine"),
            ("consent", Level::Fail, "no such tenant"),
            ("roles", Level::Fail, "no such tenant"),
        ]
    );
}

/// A reason to skip is reported once, too: by its owner, or by whoever meets it where that one is not
/// part of the run.
#[tokio::test]
async fn the_owner_of_a_reason_reports_it_and_the_others_are_after_it() {
    fn unknown() -> Running {
        let why = Skip::of("app", Skip::NotKnown("the client id is not known".to_owned()));
        Box::pin(std::future::ready(Err(Stop::Skip(why))))
    }
    let checks = [
        check("app", |_| unknown()),
        check("consent", |_| unknown()),
        check("roles", |_| unknown()),
    ];
    let subject = Subject::new(Does::Hangs, Does::Hangs);
    let none = CancellationToken::new();
    for (checks, expected) in [
        (&checks[..], ["the client id is not known", "after app", "after app"].as_slice()),
        (&checks[1..], ["the client id is not known"; 2].as_slice()),
    ] {
        let subjects = std::slice::from_ref(&subject);
        let all = run(&subject.lookups, subjects, checks, LIMITS, &none, &mut |_| {}).await;
        let found: Vec<&str> = all.iter().map(|it| &*it.result.found).collect();
        assert_eq!(found, expected);
        let reason = |it: &Finished| match &it.outcome {
            Err(Stop::Skip(why)) => why.slug(),
            other => panic!("{other:?}"),
        };
        assert_eq!(reason(&all[0]), "not-known");
    }
}

#[tokio::test(start_paused = true)]
async fn a_question_has_its_own_time_and_none_of_that_before_it() {
    // Nine seconds each: together more than one of them may take.
    let nine = Does::Answers(SECOND * 9);
    let all = ran(&[Subject::new(nine, nine)], LIMITS).await;
    assert!(all.iter().all(|it| it.result.level == Level::Ok), "{all:?}");
    let begun = Instant::now();
    let hanging = Subject::new(nine, Does::Hangs);
    let all = ran(std::slice::from_ref(&hanging), LIMITS).await;
    assert_eq!(begun.elapsed(), SECOND * 9 + EACH);
    let app = all.iter().find(|it| it.result.check == "app").unwrap();
    assert_eq!((app.result.level, &*app.result.found), (Level::Fail, "no answer within 10 s"));
    assert_eq!(lines(&all)[2], ("consent", Level::Skipped, "after app"));
    assert_eq!(hanging.counts.now.load(Ordering::SeqCst), 0, "it was ended");
}

#[tokio::test(start_paused = true)]
async fn when_the_whole_time_is_over_what_is_known_is_kept() {
    let subject = Subject::new(Does::Answers(SECOND), Does::Answers(SECOND * 9));
    let begun = Instant::now();
    let limits = Limits { whole: SECOND * 5, ..LIMITS };
    let all = ran(std::slice::from_ref(&subject), limits).await;
    assert_eq!(begun.elapsed(), SECOND * 5);
    let over = "not finished within 5 s";
    assert_eq!(
        lines(&all),
        [
            ("tenant", Level::Ok, "fine"),
            ("app", Level::Skipped, over),
            ("consent", Level::Skipped, over),
            ("roles", Level::Skipped, over),
        ]
    );
    assert_eq!(all[1].outcome, Err(Stop::Skip(Skip::TimeUp(SECOND * 5))));
}

#[tokio::test(start_paused = true)]
async fn cancelling_ends_it_at_once_and_reports_what_was_open() {
    let subject = Subject::new(Does::Answers(SECOND), Does::Hangs);
    let (subjects, cancel) = ([subject.clone(), subject], CancellationToken::new());
    let begun = Instant::now();
    let mut reported = 0;
    // One of the waiting ones has not even begun.
    let limits = Limits { at_once: 2, ..LIMITS };
    let mut on_finished = |_: &Finished| reported += 1;
    let running = run(&subjects[0].lookups, &subjects, &CHECKS, limits, &cancel, &mut on_finished);
    let (all, ()) = tokio::join!(running, async {
        sleep(SECOND * 3).await;
        cancel.cancel();
    });
    assert_eq!(begun.elapsed(), SECOND * 3);
    assert_eq!((all.len(), reported), (8, 8));
    let cancelled = Err(Stop::Skip(Skip::Cancelled));
    assert_eq!(all.iter().filter(|it| it.outcome == cancelled).count(), 7);
    // The request is ended although somebody still holds its answer.
    let counts = Arc::clone(&subjects[0].counts);
    assert_eq!(counts.now.load(Ordering::SeqCst), 0);
    assert_eq!(counts.dropped.load(Ordering::SeqCst), 1);
    // Cancelled before it begins, nothing is asked.
    let subject = Subject::new(Does::Hangs, Does::Hangs);
    let subjects = std::slice::from_ref(&subject);
    let all = run(&subject.lookups, subjects, &CHECKS, LIMITS, &cancel, &mut |_| {}).await;
    assert_eq!((all.len(), subject.asked()), (4, 0));
}

#[tokio::test(start_paused = true)]
async fn no_more_are_under_way_than_the_limit_allows() {
    for at_once in [0, 1, 3, 8] {
        let counts: Arc<Counts> = Arc::default();
        let subjects: Vec<Subject> = (0..20)
            .map(|_| Subject {
                counts: Arc::clone(&counts),
                ..Subject::new(Does::Answers(SECOND), Does::Answers(SECOND))
            })
            .collect();
        let all = ran(&subjects, Limits { at_once, ..LIMITS }).await;
        assert!(all.iter().all(|it| it.result.level == Level::Ok));
        assert_eq!(counts.asked.load(Ordering::SeqCst), 40);
        let most = counts.most.load(Ordering::SeqCst);
        assert!((1..=at_once.max(1)).contains(&most), "{most} of {at_once}");
    }
}

/// A panic ends the run as it ends the process: nobody waits for what will not come.
#[tokio::test(start_paused = true)]
async fn a_panic_hangs_nobody() {
    let subject = Subject::new(Does::Answers(SECOND), Does::Panics);
    let ended = AssertUnwindSafe(ran(std::slice::from_ref(&subject), LIMITS)).catch_unwind().await;
    assert!(ended.is_err());
    assert_eq!(subject.counts.now.load(Ordering::SeqCst), 0);
    // Nor does whoever still holds the answer.
    let held = AssertUnwindSafe(subject.app()).catch_unwind().await;
    assert!(held.is_err());
}

/// Two types below one key are two questions.
#[tokio::test]
async fn a_key_is_of_one_type() {
    let lookups = Lookups::new(EACH);
    let ready = || std::future::ready(Ok(()));
    let number = lookups.ask("x", "a", ready(), |()| async { Ok(1_u8) });
    let text = lookups.ask("x", "a", ready(), |()| async { Ok("one") });
    assert_eq!((number.await, text.await), (Ok(1), Ok("one")));
}

/// Every list of checks: ids that are distinguished, and words for people.
#[test]
fn every_row_says_what_it_proves() {
    fn of<S>(checks: &[Check<S>]) {
        let mut ids: Vec<&str> = checks.iter().map(|it| it.id).collect();
        ids.sort_unstable();
        let many = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), many, "{ids:?}");
        for it in checks {
            assert!(!it.area.is_empty() && it.proves.ends_with('.'), "{}", it.id);
        }
    }
    of(&fly::CHECKS);
    of(&store::CHECKS);
    of(&way::CHECKS);
}
