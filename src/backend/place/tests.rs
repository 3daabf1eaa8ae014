//! Every call is reported once, and nothing of what it carries. E3, E4.

use std::collections::BTreeSet;

use serde_json::Value;

use super::*;
use crate::backend::{Revision, TokenRequest};
use crate::domain::Draft;
use crate::domain::key::KeyKind;
use crate::log::Level as LogLevel;
use crate::log::testing::TestLog;
use crate::testing::contract::{self, block_on, new, row, secret, source, tenant};
use crate::testing::fake::{Call, Fake};

/// Stands in every text that a call can carry or bring.
const CANARY: &str = "canary";

fn draft(backend: &Place) -> Draft {
    let key = block_on(backend.issue_key(KeyKind::Configuration)).unwrap();
    let mut draft =
        source("Canary-Name", crate::testing::contract::held(&key, Timestamp::UNIX_EPOCH));
    draft.description = "canary-description".to_owned();
    crate::testing::contract::new_secret(&mut draft, secret("canary-secret"));
    draft
}

/// Makes every call once; what comes of it is of no matter here.
async fn every_call(backend: &Place, draft: Draft) {
    let made = backend.save(new(draft.clone())).await;
    let id = made.as_ref().map_or_else(|_| crate::testing::contract::nobody(), |it| it.id);
    let now = Timestamp::UNIX_EPOCH;
    let _ = backend.refresh(&|_| ()).await;
    let _ = backend.projects().await;
    let _ = backend.count().await;
    let _ = backend.page(PageRequest { after: None, limit: 9 }).await;
    let _ = backend.summaries(vec![id]).await;
    let _ = backend.connection(id).await;
    let _ = backend.named(vec!["Canary-Name".to_owned()]).await;
    let _ = backend.reveal(id, "client_secret".to_owned()).await;
    let target = Some(Revision { id, revision: 1 });
    let _ = backend.save(SaveRequest { target, ..new(draft) }).await;
    let _ = backend.used_by(vec![id]).await;
    let _ = backend.delete(vec![Revision { id, revision: 1 }]).await;
    let _ = backend.deleted().await;
    let _ = backend.deleted_connection(id).await;
    let _ = backend.restore(vec![Revision { id, revision: 1 }]).await;
    let _ = backend.history(id).await;
    let _ = backend.import(vec![row(1, "canary-imported")]).await;
    let _ = backend.objects(ObjectKind::Tenant, Some(ObjectId("canary-tenant".into()))).await;
    let _ = backend.put_objects(vec![tenant("canary-tenant")]).await;
    let key = backend.issue_key(KeyKind::Connection).await;
    if let Ok(key) = key {
        let _ = backend.check_key(key).await;
    }
    let pasted = Some(Secret::new("canary-token"));
    let token = TokenRequest { display_name: "canary-token".into(), expires_at: now, pasted };
    let _ = backend.issue_token(token).await;
    let form = FormDraft {
        id: "canary-draft".into(),
        connection: Some(id),
        title: "canary-title".into(),
        content: Secret::new("canary-content"),
        saved_at: now,
    };
    let _ = backend.save_draft(form).await;
    let _ = backend.drafts().await;
    let _ = backend.discard_draft("canary-draft".to_owned()).await;
}

fn of(lines: &[Value], key: &str) -> BTreeSet<String> {
    let texts = lines.iter().map(|it| it["span"][key].as_str().unwrap_or_default().to_owned());
    texts.collect()
}

#[track_caller]
fn has_no_canary(log: &TestLog) {
    let text = log.text().to_lowercase();
    assert!(!text.is_empty());
    assert!(!text.contains(CANARY), "E3: {text}");
}

#[test]
fn every_call_is_reported_with_its_outcome_and_without_what_it_carries() {
    let log = TestLog::new(LogLevel::Trace);
    let fake = Fake::new();
    let backend = Place::clone(&fake).logged(log.names(), None);
    let draft = draft(&fake);
    let before = fake.calls().len();
    block_on(every_call(&backend, draft));
    has_no_canary(&log);
    let lines = log.lines();
    // The fake notes no asking for projects.
    assert_eq!(lines.len(), fake.calls().len() - before + 1, "one line per call");
    assert_eq!(of(&lines, "call").len(), 24, "{:?}", of(&lines, "call"));
    let save = lines.iter().find(|it| it["span"]["call"] == "save").unwrap();
    assert_eq!((&save["outcome"], &save["level"]), (&"ok".into(), &"INFO".into()));
    assert!(save["duration_ms"].as_f64().unwrap() >= 0.0);
    assert!(save["span"]["number"].as_u64().unwrap() > 0);
    // The same name has the same pseudonym in every call.
    let find = lines.iter().find(|it| it["span"]["call"] == "named").unwrap();
    assert_eq!(save["span"]["about"], find["span"]["about"]);
    assert!(find["span"]["about"].as_str().unwrap().starts_with("name-"), "{find}");
    assert!(of(&lines, "about").iter().all(|it| it.is_empty() || it.contains('-')));
}

const CALLS: [Call; 22] = [
    Call::Count,
    Call::Page,
    Call::Summaries,
    Call::Connection,
    Call::DeletedConnection,
    Call::Named,
    Call::Save,
    Call::Delete,
    Call::Restore,
    Call::Deleted,
    Call::History,
    Call::Import,
    Call::Objects,
    Call::PutObjects,
    Call::IssueKey,
    Call::CheckKey,
    Call::IssueToken,
    Call::Reveal,
    Call::Drafts,
    Call::SaveDraft,
    Call::DiscardDraft,
    Call::UsedBy,
];

#[test]
fn a_failure_is_shown_by_its_kind_only() {
    for error in [
        BackendError::Other("canary-words".into()),
        BackendError::NameTaken { name: "canary".into(), id: crate::testing::contract::nobody() },
        BackendError::Conflict { by: "canary".into(), at: Timestamp::UNIX_EPOCH, revision: 1 },
        BackendError::ReadOnly { path: "/home/canary".into() },
        BackendError::Invalid("canary".into()),
        BackendError::Vault { detail: "canary".into() },
    ] {
        let log = TestLog::new(LogLevel::Trace);
        let fake = Fake::new();
        let draft = draft(&fake);
        for call in CALLS {
            fake.fail_next(call, error.clone());
        }
        // It is called twice.
        fake.fail_next(Call::Save, error.clone());
        block_on(every_call(&Place::clone(&fake).logged(log.names(), None), draft));
        has_no_canary(&log);
        let lines = log.lines();
        let failed: Vec<_> = lines
            .iter()
            .filter(|it| it["level"] == "ERROR")
            .filter(|it| it["span"]["call"] != "projects")
            .collect();
        assert_eq!(failed.len(), 22, "each but check_key, for want of a key, and save twice");
        assert!(failed.iter().all(|it| it["outcome"] == kind(&error)), "{failed:?}");
    }
}

#[test]
fn plain_names_are_written_escaped_and_secrets_never() {
    let log = TestLog::new(LogLevel::Trace);
    let fake = Fake::new();
    let backend = Place::clone(&fake).logged(Names::Plain, None);
    let draft = draft(&fake);
    block_on(every_call(&backend, draft));
    fake.fail_next(Call::Count, BackendError::Other("by anna\u{1b}[2J\u{202e}".into()));
    block_on(backend.count()).unwrap_err();
    let _ = block_on(backend.named(vec!["a\u{9b}31m\u{202e}b\n".to_owned()]));
    let text = log.text();
    assert!(text.contains("Canary-Name") && text.contains("by anna"), "{text}");
    for secret in ["canary-secret", "canary-token", "canary-content", "canary-title"] {
        assert!(!text.contains(secret), "E3: {secret} in {text}");
    }
    let hidden = |c: char| crate::text::is_hidden(c) && c != '\n';
    assert!(!text.contains(hidden), "E4: {text}");
    assert_eq!(text.lines().count(), log.lines().len(), "no line was made by a name");
}

#[test]
fn a_dropped_call_is_reported_as_cancelled() {
    let log = TestLog::new(LogLevel::Info);
    let fake = Fake::new();
    fake.hold(Call::Count);
    let backend = Place::clone(&fake).logged(log.names(), None);
    block_on(async {
        tokio::select! {
            biased;
            _ = backend.count() => panic!("it is held"),
            () = fake.called(Call::Count, 1) => {}
        }
    });
    assert_eq!(fake.dropped(), [Call::Count], "dropping reaches the backend");
    let lines = log.lines();
    assert_eq!(lines.len(), 1);
    assert_eq!(
        (&lines[0]["outcome"], &lines[0]["span"]["call"]),
        (&"cancelled".into(), &"count".into())
    );
}

#[test]
fn at_level_error_only_failures_are_reported() {
    let log = TestLog::new(LogLevel::Error);
    let fake = Fake::new();
    fake.fail_next(Call::Named, BackendError::Busy);
    let backend = Place::clone(&fake).logged(log.names(), None);
    block_on(async {
        backend.count().await.unwrap();
        backend.named(vec!["a".to_owned()]).await.unwrap_err();
    });
    let lines = log.lines();
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["outcome"], "Busy");
    assert!(lines[0]["span"]["about"].as_str().unwrap().starts_with("name-"));
}

/// Every call that writes is refused before the backend is asked, and what was there is there.
#[test]
fn nothing_is_written_and_everything_is_read_where_a_place_is_read_only() {
    let fake = Fake::new();
    let kept = block_on(fake.save(contract::new(draft(&fake)))).unwrap();
    let before = fake.calls();
    let place = Place::clone(&fake).read_only();
    let seen = vec![Revision::from(&kept)];
    let token =
        TokenRequest { display_name: "t".into(), expires_at: Timestamp::UNIX_EPOCH, pasted: None };
    let form = FormDraft {
        id: "d".into(),
        connection: None,
        title: String::new(),
        content: Secret::new("not-real"),
        saved_at: Timestamp::UNIX_EPOCH,
    };
    let refusals = [
        block_on(place.save(contract::new(draft(&fake)))).err(),
        block_on(place.delete(seen.clone())).err(),
        block_on(place.restore(seen)).err(),
        block_on(place.import(Vec::new())).err(),
        block_on(place.put_objects(Vec::new())).err(),
        block_on(place.issue_key(KeyKind::Connection)).err(),
        block_on(place.issue_token(token)).err(),
        block_on(place.save_draft(form)).err(),
        block_on(place.discard_draft("d".into())).err(),
    ];
    for refusal in refusals {
        assert_eq!(refusal, Some(ReadOnly::Asked.refusal()));
    }
    let can = place.capabilities();
    assert!(!can.write && !can.delete && !can.edit_directory && can.history);
    assert_eq!(can.read_only, Some(ReadOnly::Asked));
    let new: Vec<_> = fake.calls().split_off(before.len());
    assert!(!new.contains(&Call::Save), "{new:?}");
    assert_eq!(block_on(place.count()), Ok(1));
    assert_eq!(block_on(place.summaries(vec![kept.id])).unwrap().len(), 1);
}

/// Where the place itself cannot be written, leaving `--read-only` out would not help.
#[test]
fn the_stronger_reason_for_reading_only_is_kept() {
    let place = crate::backend::redacted::redacted(Fake::new().into(), Names::Plain).read_only();
    assert_eq!(place.capabilities().read_only, Some(ReadOnly::Redacted));
}
