//! The core without a database: what is decided from what is loaded.

use super::chain::{self, Entry, Kind, Mark, START};
use super::history::{self, Action};
use super::keys::{Used, standing};
use super::save::{self, Before};
use super::secrets::Secrets;
use super::{Found, Named, Op, Result, import, remove};
use crate::backend::{BackendError, SaveRequest, Stamp};
use crate::domain::answers::Answer;
use crate::domain::answers::testing::{sheet, sheet_of};
use crate::domain::health::Directory;
use crate::domain::key::{self, KeyKind, KeyStanding};
use crate::domain::{Connection, ConnectionId, Draft, Fingerprint, Timestamp};
use crate::testing::contract::{
    change, destination, held, listed, new, new_key, new_secret, nobody, row, secret, source,
};
use crate::testing::fake::Plain;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn anna(second: i64) -> Stamp {
    Stamp { at: at(second), by: "anna".into() }
}

fn before(target: Option<&Found>) -> Before {
    Before {
        now: anna(100),
        id: ConnectionId(uuid::Uuid::from_u128(7)),
        target: target.cloned(),
        source: None,
        named: None,
        directory: Directory::default(),
    }
}

fn save(before: Before, request: SaveRequest) -> Result<(Connection, Vec<Op>)> {
    save::begin(before, save::checked(request)?)?.finish(Some(&Plain))
}

/// A connection as it is loaded after this was written.
fn written(ops: &[Op]) -> Found {
    let mut found: Option<Found> = None;
    for op in ops {
        let Some(it) = &mut found else {
            let Op::Record { record, new: true, .. } = op else { panic!("{op:?}") };
            let (record, secrets) = ((**record).clone(), Secrets::new());
            found = Some(Found { record, deleted: false, last: None, secrets });
            continue;
        };
        match op.clone() {
            Op::Seal { field, sealed, .. } => drop(it.secrets.insert(field, sealed)),
            Op::Entry { entry, .. } => it.last = Some(Stamp { at: entry.at, by: entry.by }),
            Op::Issued { .. } | Op::Use { .. } | Op::Supersede { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    found.unwrap()
}

fn a_source() -> Found {
    let key = key::issue(KeyKind::Configuration, &[1; key::ENTROPY]);
    written(&save(before(None), new(source("a", held(&key, at(1))))).unwrap().1)
}

fn joiner(domain: &str) -> Draft {
    let rejoin = sheet()
        .text("domain", domain)
        .text("domain_user", "joiner")
        .with("domain_password", Answer::Secret(secret("domain")));
    destination("j", rejoin)
}

fn a_listed() -> Found {
    written(&save(before(None), new(listed("l"))).unwrap().1)
}

/// What is written, in a word each.
fn words(ops: &[Op]) -> Vec<String> {
    let word = |op: &Op| match op {
        Op::Record { new, .. } => if *new { "insert" } else { "update" }.to_owned(),
        Op::Answers(_) => "answers".into(),
        Op::Delete { revision, .. } => format!("delete {revision}"),
        Op::Restore { revision, .. } => format!("restore {revision}"),
        Op::Purge { revision, .. } => format!("purge {revision}"),
        Op::Seal { field, sealed, .. } => format!("seal {field} {}", sealed.version),
        Op::Forget { field, .. } => format!("forget {field}"),
        Op::Issued { .. } => "issued".into(),
        Op::Supersede { .. } => "supersede".into(),
        Op::Use { .. } => "use".into(),
        Op::Entry { entry, .. } => format!("{} {}", entry.action, entry.revision),
    };
    ops.iter().map(word).collect()
}

/// Saves an edit of a connection, and says what is written.
fn edited(found: &Found, edit: impl FnOnce(&mut Draft)) -> Result<Vec<String>> {
    Ok(words(&save(before(Some(found)), change(&found.record, edit))?.1))
}

#[test]
fn a_save_writes_what_changed() {
    let key = key::issue(KeyKind::Configuration, &[1; key::ENTROPY]);
    let (_, ops) = save(before(None), new(source("a", held(&key, at(1))))).unwrap();
    let all = "insert, seal client_secret 1, seal configuration_key 1, \
               seal local_admin_password 1, supersede, issued, use, created 1";
    assert_eq!(words(&ops).join(", "), all);
    let found = a_source();
    type Case = (&'static str, fn(&mut Draft), &'static str);
    let cases: [Case; 5] = [
        ("a text", |it| it.description = "x".into(), "update, changed 2"),
        (
            "a secret",
            |it| new_secret(it, secret("second")),
            "update, seal client_secret 2, changed 2",
        ),
        (
            "a key",
            |it| {
                let key = key::issue(KeyKind::Configuration, &[2; key::ENTROPY]);
                new_key(it, held(&key, at(2)));
            },
            "update, seal configuration_key 2, supersede, issued, use, changed 2",
        ),
        (
            "a branch less",
            |it| {
                let sheet = sheet_of(&mut it.answers);
                let all = std::mem::take(sheet);
                let kept = all.iter().filter(|it| !it.0.starts_with("local_admin_"));
                kept.for_each(|(key, answer)| sheet.set(key, answer.clone()));
            },
            "update, forget local_admin_password, changed 2",
        ),
        (
            "a list's row",
            |it| it.answers = listed("a").answers,
            "update, forget client_secret, forget configuration_key, \
             forget local_admin_password, supersede, changed 2",
        ),
    ];
    for (what, edit, expected) in cases {
        assert_eq!(edited(&found, edit).unwrap().join(", "), expected, "{what}");
    }
}

/// What is refused writes nothing: there is no list of operations beside the error.
#[test]
fn a_save_is_refused() {
    let (found, now) = (a_listed(), anna(100));
    let gone = Found { deleted: true, ..found.clone() };
    let stale = |it: &Found| {
        let mut request = change(&it.record, |_| {});
        request.target.as_mut().unwrap().revision = 9;
        request
    };
    let edit = change(&found.record, |_| {});
    let named: Named = Some((nobody(), "L".into()));
    let conflict = BackendError::Conflict { by: now.by.clone(), at: now.at, revision: 1 };
    let id = found.record.id;
    let deleted = BackendError::Deleted { id, by: now.by.clone(), at: now.at, revision: 1 };
    let taken = BackendError::NameTaken { name: "L".into(), id: nobody() };
    for (what, before, request, error) in [
        ("not there", before(None), edit.clone(), BackendError::NotFound),
        ("an older revision", before(Some(&found)), stale(&found), conflict),
        ("deleted", before(Some(&gone)), edit.clone(), deleted.clone()),
        (
            "restoring from an older revision",
            before(Some(&gone)),
            SaveRequest { restore: true, ..stale(&gone) },
            deleted,
        ),
        (
            "a name",
            Before { named: named.clone(), ..before(None) },
            new(listed("l")),
            taken.clone(),
        ),
        ("another's name", Before { named, ..before(Some(&found)) }, edit.clone(), taken),
    ] {
        assert_eq!(save(before, request).err(), Some(error), "{what}");
    }
    // Its own name is no other's.
    let own = Before { named: Some((id, "l".into())), ..before(Some(&found)) };
    assert!(save(own, edit).is_ok());
}

/// Whoever changes where a secret goes enters it again: it is neither kept nor copied.
#[test]
fn a_kept_secret_goes_nowhere_else() {
    let found = written(&save(before(None), new(joiner("corp.example"))).unwrap().1);
    let set = |key: &'static str, to: &'static str| {
        move |it: &mut Draft| {
            sheet_of(&mut it.answers).set(key, Answer::Text(to.into()));
        }
    };
    let elsewhere = BackendError::SecretElsewhere { field: "domain_password".into() };
    let mut unbound = found.clone();
    unbound.secrets.values_mut().for_each(|it| it.destination = None);
    for found in [&found, &unbound] {
        for (field, to, same) in [
            ("domain", "CORP.example", true),
            ("domain", "evil.example", false),
            ("domain_user", "JOINER", true),
            ("domain_user", "somebody", false),
        ] {
            let kept = edited(found, set(field, to));
            let draft = {
                let mut draft = Draft { name: "b".into(), ..Draft::from(found.record.clone()) };
                set(field, to)(&mut draft);
                draft
            };
            let copy = Before { source: Some(found.clone()), ..before(None) };
            let copied = save(copy, new(draft)).map(|it| words(&it.1));
            if same {
                assert_eq!(kept.unwrap(), ["update", "supersede", "changed 2"], "{field} {to}");
                assert_eq!(copied.unwrap()[1], "seal domain_password 1", "{field} {to}");
            } else {
                assert_eq!(kept, Err(elsewhere.clone()), "{field} {to}");
                assert_eq!(copied, Err(elsewhere.clone()), "{field} {to}");
            }
        }
    }
    let again = edited(&found, |it| it.answers = joiner("evil.example").answers);
    assert_eq!(again.unwrap()[1], "seal domain_password 2");
}

#[test]
fn keys_are_needed_only_to_seal() {
    let found = a_source();
    let begin = |edit: fn(&mut Draft)| {
        let request = save::checked(change(&found.record, edit)).unwrap();
        save::begin(before(Some(&found)), request).unwrap()
    };
    let kept = begin(|it| it.description = "x".into());
    assert!(!kept.needs_keys());
    assert!(kept.finish(None).is_ok());
    let entered = begin(|it| new_secret(it, secret("second")));
    assert!(entered.needs_keys());
    assert!(matches!(entered.finish(None), Err(BackendError::Vault { .. })));
}

#[test]
fn an_older_sealed_text_is_not_copied() {
    let mut found = a_source();
    let draft = Draft { name: "b".into(), ..Draft::from(found.record.clone()) };
    found.secrets.get_mut("client_secret").unwrap().bytes = b"not-real-older".to_vec();
    let copy = Before { source: Some(found), ..before(None) };
    assert!(matches!(save(copy, new(draft)), Err(BackendError::Vault { .. })));
}

#[test]
fn what_is_revealed_is_what_was_saved_last() {
    let found = a_source();
    let text = |found: &Found| found.reveal("client_secret", &Plain).map(|it| it.expose().len());
    assert!(text(&found).is_ok());
    let mut missing = found.clone();
    missing.secrets.clear();
    assert!(matches!(text(&missing), Err(BackendError::SecretMissing { .. })));
    let mut renamed = found.clone();
    renamed.secrets.get_mut("client_secret").unwrap().fingerprint = Fingerprint("0".into());
    assert!(matches!(text(&renamed), Err(BackendError::Vault { .. })));
    let mut moved = found.clone();
    moved.secrets.get_mut("client_secret").unwrap().destination = Some([0; 32]);
    assert!(matches!(text(&moved), Err(BackendError::SecretElsewhere { .. })));
    // Older rows written back: the chain knows the ones of the last change.
    let linked = found.versions();
    assert!(found.is_current("client_secret", linked, true).is_ok());
    assert!(found.is_current("client_secret", linked, false).is_err());
    assert!(found.is_current("client_secret", missing.versions(), true).is_err());
}

/// What an entry is linked with is what a reader of the rows finds afterwards.
#[test]
fn an_entry_names_the_secrets_after_it() {
    let linked = |ops: &[Op]| match ops.last() {
        Some(Op::Entry { secrets, .. }) => *secrets,
        other => panic!("{other:?}"),
    };
    let key = key::issue(KeyKind::Configuration, &[1; key::ENTROPY]);
    let (_, ops) = save(before(None), new(source("a", held(&key, at(1))))).unwrap();
    let found = written(&ops);
    assert_eq!(linked(&ops), found.versions());
    let edit = change(&found.record, |it| new_secret(it, secret("second")));
    let (_, ops) = save(before(Some(&found)), edit).unwrap();
    assert_ne!(linked(&ops), found.versions());
    let edit = change(&found.record, |it| it.description = "x".into());
    let (_, ops) = save(before(Some(&found)), edit).unwrap();
    assert_eq!(linked(&ops), found.versions());
    assert_eq!(linked(&save(before(None), new(listed("l"))).unwrap().1), START);
}

#[test]
fn deleting_and_restoring_are_revisions() {
    let (found, now) = (a_listed(), anna(200));
    let (revision, ops) = remove::delete(&found, 1, &now).unwrap();
    assert_eq!((revision, words(&ops).join(", ")), (2, "deleted 2, delete 2".into()));
    assert!(matches!(
        remove::delete(&found, 9, &now),
        Err(BackendError::Conflict { revision: 1, .. })
    ));
    let mut gone = Found { deleted: true, ..found.clone() };
    gone.record.revision = 2;
    // Done already.
    assert_eq!(remove::delete(&gone, 9, &now), Ok((2, Vec::new())));
    assert_eq!(remove::restore(&found, 9, None, &now), Ok((1, Vec::new())));
    let (revision, ops) = remove::restore(&gone, 2, None, &now).unwrap();
    assert_eq!((revision, words(&ops).join(", ")), (3, "restored 3, restore 3".into()));
    let named = || Some((nobody(), "L".to_owned()));
    let taken = BackendError::NameTaken { name: "L".into(), id: nobody() };
    assert_eq!(remove::restore(&gone, 2, named(), &now), Err(taken));
    assert!(matches!(
        remove::restore(&gone, 1, named(), &now),
        Err(BackendError::Conflict { revision: 2, .. })
    ));
    // With a save it is two revisions, and the row has its new name before it comes back.
    let request = SaveRequest { restore: true, ..change(&gone.record, |_| {}) };
    let (record, ops) = save(before(Some(&gone)), request).unwrap();
    assert_eq!(record.revision, 4);
    assert_eq!(words(&ops).join(", "), "restored 3, update, restore 4, supersede, changed 4");
}

/// An import has its entry with its first change, whatever that is, and never twice.
#[test]
fn an_import_is_written_down_with_its_first_change() {
    let rows = import::checked(vec![row(2, "b"), row(3, " A ")]).unwrap();
    let names: Vec<&str> = rows.iter().map(|it| it.0.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    let (record, _) = import::record(rows[0].1.clone(), nobody(), &anna(5));
    let found = Found { record, deleted: false, last: None, secrets: Secrets::new() };
    let entry = history::of_import(&found).unwrap();
    assert_eq!((entry.at, &*entry.by, &*entry.action), (at(5), "anna", "imported"));
    let (_, ops) = remove::delete(&found, 1, &anna(6)).unwrap();
    assert_eq!(words(&ops), ["imported 1", "deleted 2", "delete 2"]);
    let saved = edited(&found, |it| it.description = "x".into()).unwrap();
    assert_eq!(saved, ["imported 1", "update", "supersede", "changed 2"]);
    let reported = Found { last: Some(anna(5)), ..found };
    assert_eq!(history::of_import(&reported), None);
    assert_eq!(history::entry(Action::Imported, &reported.record, Vec::new()).revision, 1);
}

#[test]
fn the_standing_of_a_key() {
    let used = |name: &str, since: i64, superseded: Option<i64>, deleted: Option<i64>| Used {
        connection: nobody(),
        name: name.into(),
        since: at(since),
        superseded_at: superseded.map(at),
        deleted_at: deleted.map(at),
    };
    let current = |name: &str| KeyStanding::Current { connection: nobody(), name: name.into() };
    let superseded =
        |name: &str, second: i64| KeyStanding::Superseded { name: name.into(), at: at(second) };
    for (uses, expected) in [
        (vec![], KeyStanding::Unused { issued_at: at(1) }),
        (vec![used("clone", 3, None, None), used("first", 2, None, None)], current("first")),
        (vec![used("first", 2, Some(4), None), used("clone", 3, None, None)], current("clone")),
        (
            vec![used("first", 2, Some(4), None), used("clone", 3, None, Some(5))],
            KeyStanding::Deleted { name: "clone".into(), at: at(5) },
        ),
        (
            vec![used("first", 2, Some(4), None), used("clone", 3, Some(6), None)],
            superseded("clone", 6),
        ),
        (
            vec![used("gone", 2, Some(7), Some(8)), used("first", 2, Some(4), None)],
            superseded("first", 4),
        ),
    ] {
        assert_eq!(standing(Some(at(1)), uses.clone()), expected, "{uses:?}");
    }
    assert_eq!(standing(None, Vec::new()), KeyStanding::Unknown);
}

/// Three entries of the chain, as their rows have them.
fn linked() -> Vec<Entry> {
    let (mut all, mut link) = (Vec::new(), START);
    for (seq, kind) in (1..).zip([Kind::Vault, Kind::History, Kind::Accepted]) {
        let note = if kind == Kind::Accepted { "anna: on purpose" } else { "" };
        let mark = Mark { revision: 3, content: [4; 32], note, ..Mark::of(kind, b"a subject") };
        link = mark.link(&link, seq);
        all.push(Entry {
            seq,
            kind: kind.number(),
            subject: mark.subject.to_vec(),
            revision: mark.revision,
            content: mark.content,
            secrets: mark.secrets,
            note: note.to_owned(),
            link,
        });
    }
    all
}

#[test]
fn whatever_is_altered_in_the_chain_shows() {
    assert!(chain::holds(&linked(), (0, START)));
    let edits: [fn(&mut Entry); 8] = [
        |it| it.seq += 1,
        |it| it.kind = 2 + it.kind % 2,
        |it| it.subject.push(b'x'),
        |it| it.revision += 1,
        |it| it.content = [5; 32],
        |it| it.secrets = [5; 32],
        |it| it.note.push('x'),
        |it| it.link = [5; 32],
    ];
    for at in 0..3 {
        for (number, edit) in edits.into_iter().enumerate() {
            let mut all = linked();
            edit(&mut all[at]);
            assert!(!chain::holds(&all, (0, START)), "entry {at}, edit {number}");
        }
        let mut all = linked();
        all.remove(at);
        // What is missing at the end is the head's to notice.
        assert_eq!(chain::holds(&all, (0, START)), at == 2, "without {at}");
    }
}
