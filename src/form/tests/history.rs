//! The history in words, and a record as it was.

use super::super::history::{before, in_words};
use super::super::{branches, specs, submit};
use super::{directory_of, limits, saved};
use crate::domain::answers::Answer;
use crate::domain::answers::testing::sheet_of;
use crate::domain::change::{Change, changes};
use crate::domain::{Connection, ConnectionType, Fingerprint, Held};

fn all() -> Vec<Vec<(Connection, crate::domain::health::Directory)>> {
    specs::ALL
        .iter()
        .map(|spec| {
            branches(spec)
                .into_iter()
                .map(|values| {
                    let mut draft = submit(spec, &values, &limits()).unwrap();
                    draft.description = format!("made of {} answers", values.iter().count());
                    let mut record = saved(draft);
                    for (at, (_, held)) in
                        sheet_of(&mut record.answers).secrets_mut().into_iter().enumerate()
                    {
                        *held = Held::Stored(Fingerprint(format!("{at:08x}")));
                    }
                    (record, directory_of(spec, &values))
                })
                .collect()
        })
        .collect()
}

fn is_sealed(answer: &Answer) -> bool {
    matches!(answer, Answer::Secret(_) | Answer::Key(_) | Answer::Tokens(_))
}

// From any branch to any other and back: what is not sealed comes back as it was.
#[test]
fn a_record_is_what_it_was_before_its_changes() {
    for records in all() {
        let count = records.len();
        for (at, (was, _)) in records.iter().enumerate() {
            let (now, _) = &records[(at * 7 + 3) % count];
            let now = Connection { id: was.id, ..now.clone() };
            let history = changes(Some(was), Some(&now));
            let back = before(&now, history.iter()).unwrap();
            assert_eq!(
                (&back.name, &back.description, back.side),
                (&was.name, &was.description, was.side)
            );
            let open = |it: &Connection| {
                let sheet = it.answers.sheet().unwrap().clone();
                sheet
                    .iter()
                    .filter(|(_, answer)| !is_sealed(answer))
                    .map(|(key, answer)| (key.to_owned(), answer.clone()))
                    .collect::<Vec<_>>()
            };
            assert_eq!(open(&back), open(was));
            // Of what is sealed only that of now is left.
            let sealed = |it: &Connection| {
                let sheet = it.answers.sheet().unwrap().clone();
                sheet.iter().filter(|it| is_sealed(it.1)).count()
            };
            assert_eq!(sealed(&back), sealed(&now));
        }
    }
}

#[test]
fn the_history_speaks_in_the_words_of_the_form() {
    for records in all() {
        let count = records.len();
        for (at, (was, directory)) in records.iter().enumerate() {
            let (now, _) = &records[(at * 5 + 1) % count];
            let words = in_words(was.kind, &changes(Some(now), Some(was)), directory);
            let spec = specs::of(was.kind).unwrap();
            let common = ["Name", "Description", "Side", "Type"];
            for it in &words {
                let known = spec.fields().any(|field| field.label == it.field);
                assert!(known || common.contains(&&*it.field), "{it:?}");
                for value in [&it.before, &it.after].into_iter().flatten() {
                    assert!(!value.is_empty(), "{it:?}");
                }
                assert_ne!(it.before, it.after);
            }
            // A fingerprint is no word.
            let mut record = was.clone();
            let sheet = sheet_of(&mut record.answers);
            for (path, held) in sheet.secrets_mut() {
                let Held::Stored(print) = held else { panic!("{path} is not stored") };
                let print = print.0.clone();
                assert!(words.iter().all(|it| it.after.as_ref() != Some(&print)), "{path}");
            }
        }
    }
}

#[test]
fn sealed_answers_are_set_or_changed() {
    let change = |field: &str, before: Option<&str>, after: Option<&str>| Change {
        field: field.to_owned(),
        before: before.map(str::to_owned),
        after: after.map(str::to_owned),
    };
    let directory = crate::domain::health::Directory::default();
    let words = |changes: &[Change]| in_words(ConnectionType::Device, changes, &directory);
    let secret = "answers.client_secret";
    assert_eq!(
        words(&[change(secret, None, Some("ad415566"))]),
        [change("Client secret", None, Some("set"))]
    );
    assert_eq!(
        words(&[change(secret, Some("ad415566"), Some("00ff00ff"))]),
        [change("Client secret", Some("set"), Some("changed"))]
    );
    assert_eq!(
        words(&[change(secret, Some("ad415566"), None)]),
        [change("Client secret", Some("set"), None)]
    );
    let key = |part: &str| format!("answers.configuration_key.{part}");
    assert_eq!(
        words(&[
            change(&key("id"), Some("JBK1C-AAAAA"), Some("JBK1C-BBBBB")),
            change(&key("issued_at"), Some("2026-01-01T00:00:00Z"), Some("2026-02-01T00:00:00Z")),
            change(&key("value"), Some("11111111"), Some("22222222")),
            change("origin", None, Some("imported")),
            change("description", None, Some("")),
        ]),
        [change("Configuration key", Some("JBK1C-AAAAA"), Some("JBK1C-BBBBB"))]
    );
}

// Each type lists its changes as its form asks for them, whatever the order of the paths is.
#[test]
fn changes_stand_in_the_order_of_the_form() {
    for records in all() {
        for (record, directory) in &records {
            let Some(spec) = specs::of(record.kind) else { continue };
            let order: Vec<&str> = spec.fields().map(|it| it.label).collect();
            let words = in_words(record.kind, &changes(None, Some(record)), directory);
            // Labels may be there twice, one for each branch.
            let mut known: Vec<_> = words.iter().map(|it| &*it.field).collect();
            known.retain(|it| order.contains(it));
            let mut left = order.iter();
            assert!(known.len() > 2, "{words:?}");
            assert!(known.iter().all(|it| left.any(|label| label == it)), "{words:?}");
        }
    }
}
