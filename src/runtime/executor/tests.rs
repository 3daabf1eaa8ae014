//! Each effect against a backend that writes down what it was asked.

use std::sync::Arc;

use tokio::sync::mpsc::{self, UnboundedReceiver};

use super::*;
use crate::backend::{Revision, SaveRequest};
use crate::domain::removal::Target;
use crate::domain::{Draft, Secret};
use crate::runtime::tests::fake::{Fake, connection, id};

struct Sample;

impl Services for Sample {
    fn load_sample<'a>(&'a self, _: &'a Place, _: Timestamp) -> Reply<'a, usize> {
        Box::pin(async { Ok(40) })
    }

    fn import_directory<'a>(
        &'a self,
        _: &'a Place,
        path: PathBuf,
    ) -> Pin<Box<dyn Future<Output = Result<usize, Vec<String>>> + Send + 'a>> {
        Box::pin(async move { Err(vec![format!("{} line 3: no name", path.display())]) })
    }
}

mod check;
mod keeping;
mod plan;

fn executor(backend: impl Into<Place>) -> (Executor, UnboundedReceiver<Event>) {
    let (sender, events) = mpsc::unbounded_channel();
    let means = Means {
        backend: backend.into(),
        services: Arc::new(Sample),
        contexts: None,
        timeout: Duration::from_secs(30),
        http: HttpOptions::default(),
        stand_in: None,
        clock: || Timestamp::UNIX_EPOCH,
    };
    (Executor::new(means, sender), events)
}

const ONE: RequestId = RequestId(1);

/// Performs an effect to its end and returns its answers.
async fn answers(backend: Arc<Fake>, effect: Effect) -> Vec<Answer> {
    let (mut executor, mut events) = executor(backend);
    executor.perform(effect);
    let mut all = Vec::new();
    while !executor.is_idle() {
        let Some(Event::Answer(request, answer)) = events.recv().await else { panic!() };
        assert_eq!(request, ONE);
        executor.arrived(request, &answer);
        all.push(answer);
    }
    all
}

fn stretch(answer: &Answer) -> (Option<usize>, usize, bool) {
    match answer {
        Answer::Rows { total, rows, done } => (*total, rows.len(), *done),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_first_page_comes_before_anything_else_is_asked() {
    let fake = Arc::new(Fake::with(5_000));
    let all = answers(fake.clone(), Effect::Load { request: ONE }).await;
    let stretches: Vec<_> = all.iter().map(stretch).collect();
    assert_eq!(
        stretches,
        [(None, 200, false), (Some(5_000), 4_096, false), (Some(5_000), 704, true)]
    );
    assert_eq!(fake.log(), ["page 200", "count", "page 4096", "page 4096"]);
    // Every row once, in order.
    let rows: Vec<_> = all
        .into_iter()
        .flat_map(|answer| match answer {
            Answer::Rows { rows, .. } => rows,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(rows, (0..5_000).map(crate::runtime::tests::fake::row).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_short_list_is_one_page_whose_total_is_known() {
    for count in [0, 1, 200] {
        let fake = Arc::new(Fake::with(count));
        let all = answers(fake.clone(), Effect::Load { request: ONE }).await;
        assert_eq!(all.iter().map(stretch).collect::<Vec<_>>(), [(Some(count), count, true)]);
        assert_eq!(fake.log(), ["page 200"]);
    }
}

#[tokio::test]
async fn a_list_that_breaks_off_says_so_once() {
    let fake = Fake { broken_page: Some(1), ..Fake::with(5_000) };
    let all = answers(Arc::new(fake), Effect::Load { request: ONE }).await;
    assert_eq!(all.len(), 2);
    assert_eq!(stretch(&all[0]), (None, 200, false));
    assert_eq!(all[1], Answer::LoadFailed(BackendError::Busy));
}

#[tokio::test]
async fn a_connection_is_opened_with_what_its_form_shows() {
    let fake = Arc::new(Fake::with(3));
    let all = answers(fake.clone(), Effect::Open { request: ONE, id: id(1) }).await;
    assert!(matches!(&all[..], [Answer::Opened(Ok(opened))] if opened.connection == connection(1)));
    assert_eq!(
        fake.log(),
        [
            "drafts",
            "connection",
            "objects tenant all",
            "objects container t1",
            "objects app-profile t1",
            "objects service-account t1"
        ]
    );
    let all = answers(fake, Effect::Open { request: ONE, id: id(9) }).await;
    assert_eq!(all, [Answer::Opened(Err(BackendError::NotFound))]);
}

fn save(target: Option<Revision>, draft: &str) -> Effect {
    let save = SaveRequest {
        target,
        draft: Draft::from(connection(0)),
        secrets_from: None,
        restore: false,
        stamp: None,
    };
    Effect::Save { request: ONE, save: Box::new(save), draft: draft.into() }
}

#[tokio::test]
async fn a_save_forgets_its_draft_and_fetches_the_row() {
    let fake = Arc::new(Fake::with(3));
    let target = Some(Revision { id: id(2), revision: 1 });
    let all = answers(fake.clone(), save(target, "d7")).await;
    let [Answer::Saved(Ok(saved))] = &all[..] else { panic!("{all:?}") };
    assert_eq!((saved.connection.revision, saved.row.id), (2, id(2)));
    assert_eq!(fake.log(), ["save", "discard_draft d7", "summaries 1"]);
}

#[tokio::test]
async fn a_refused_save_keeps_its_draft() {
    let fake = Arc::new(Fake::with(3));
    let all = answers(fake.clone(), save(None, "d7")).await;
    assert_eq!(all, [Answer::Saved(Err(BackendError::NotFound))]);
    assert_eq!(fake.log(), ["save"]);
}

#[tokio::test]
async fn outcomes_of_a_deletion_bear_the_names_of_the_dialog() {
    let targets = vec![Target { id: id(1), name: "one".into(), revision: 1 }];
    let all = answers(Arc::new(Fake::with(3)), Effect::Delete { request: ONE, targets }).await;
    let [Answer::Deleted(Ok(outcomes))] = &all[..] else { panic!("{all:?}") };
    assert_eq!(outcomes[0].name, "one");
}

#[tokio::test]
async fn only_what_was_restored_comes_back_as_rows() {
    let fake = Arc::new(Fake { stuck: vec![id(1)], ..Fake::with(3) });
    let deleted = |number| Target { id: id(number), name: "name".into(), revision: 2 };
    let effect = Effect::Restore { request: ONE, targets: [0, 1, 2].map(deleted).into() };
    let all = answers(fake.clone(), effect).await;
    let [Answer::Restored(Ok((outcomes, rows)))] = &all[..] else { panic!("{all:?}") };
    assert_eq!(outcomes.iter().filter(|it| it.result.is_err()).count(), 1);
    assert_eq!(rows.iter().map(|it| it.id).collect::<Vec<_>>(), [id(0), id(2)]);
    assert_eq!(fake.log(), ["restore", "summaries 2"]);
}

#[tokio::test(start_paused = true)]
async fn a_call_without_answer_times_out() {
    let (fake, _gate) = Fake::held(3);
    let all = answers(Arc::new(fake), Effect::ReadDrafts { request: ONE }).await;
    assert_eq!(all, [Answer::Drafts(Err(BackendError::TimedOut { seconds: 30 }))]);
}

#[tokio::test]
async fn a_cancelled_request_never_answers() {
    let (fake, gate) = Fake::held(3);
    let (mut executor, mut events) = executor(Arc::new(fake));
    executor.perform(Effect::ReadDrafts { request: ONE });
    tokio::task::yield_now().await;
    executor.perform(Effect::Cancel { request: ONE });
    assert!(executor.is_idle());
    gate.add_permits(2);
    // A request made later answers; had the cancelled one answered, it would come first.
    executor.perform(Effect::ReadDrafts { request: RequestId(2) });
    let Some(Event::Answer(request, answer)) = events.recv().await else { panic!() };
    assert_eq!((request, answer), (RequestId(2), Answer::Drafts(Ok(Vec::new()))));
    assert!(events.is_empty());
}

#[tokio::test]
async fn services_are_asked_for_what_is_more_than_a_call() {
    let fake = Arc::new(Fake::with(0));
    let all = answers(fake.clone(), Effect::LoadSample { request: ONE }).await;
    assert_eq!(all, [Answer::SampleLoaded(Ok(40))]);
    let effect = Effect::ImportDirectory { request: ONE, path: "/x/d.csv".into() };
    let all = answers(fake, effect).await;
    assert_eq!(all, [Answer::DirectoryImported(Err(vec!["/x/d.csv line 3: no name".into()]))]);
}

#[tokio::test]
async fn a_file_is_written_off_the_loop() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("names.txt");
    let effect = Effect::WriteFile { request: ONE, path: path.clone(), text: Secret::new("names") };
    let all = answers(Arc::new(Fake::with(0)), effect).await;
    assert_eq!(all, [Answer::FileWritten(Ok(path.clone()))]);
    assert_eq!(std::fs::read_to_string(path).unwrap(), "names");
}

#[tokio::test]
async fn the_agent_is_fetched_with_progress_and_one_line_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("share.msi"), folder.path().join("Agent.msi"));
    std::fs::write(&from, "installer").unwrap();
    let effect = || Effect::FetchAgent {
        request: ONE,
        from: from.to_string_lossy().into_owned(),
        to: to.clone(),
        checks: crate::domain::agent::Checks::default(),
        unverified: true,
    };
    let all = answers(Arc::new(Fake::with(0)), effect()).await;
    let (end, before) = all.split_last().unwrap();
    let Answer::AgentFetched(Ok(line)) = end else { panic!("{end:?}") };
    assert!(line.contains("Agent.msi, 9 bytes, SHA-256 not checked"), "{line}");
    assert!(before.contains(&Answer::AgentProgress { done: 9, total: Some(9) }), "{before:?}");
    assert_eq!(std::fs::read_to_string(&to).unwrap(), "installer");
    let all = answers(Arc::new(Fake::with(0)), effect()).await;
    let [Answer::AgentFetched(Err(line))] = all.as_slice() else { panic!("{all:?}") };
    assert!(line.contains("Agent.msi: it exists already. Choose another name"), "{line}");
    assert_eq!(line.lines().count(), 1);
}

#[tokio::test]
async fn a_directory_file_is_imported_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("directory.csv");
    let fake = Arc::new(Fake::with(0));
    let place = Place::from(Arc::clone(&fake));
    std::fs::write(&path, "object,id,name\ntenant,t1,Contoso\ntenant,t2,Fabrikam\n").unwrap();
    assert_eq!(Shared::default().import_directory(&place, path.clone()).await, Ok(2));
    assert_eq!(fake.log(), ["objects tenant all", "put"]);
    std::fs::write(&path, "object,id,name\ntenant,t1,Contoso\nnonsense,t2,Fabrikam\n").unwrap();
    let problems = Shared::default().import_directory(&place, path).await.unwrap_err();
    assert!(problems[0].contains('3'), "the line is shown: {problems:?}");
    assert_eq!(fake.log().len(), 3, "nothing was put");
    let problems =
        Shared::default().import_directory(&place, "/no/such/file".into()).await.unwrap_err();
    assert!(problems[0].contains("cannot read"), "{problems:?}");
}
