//! Members of a team store, and an administrator who attacks them by SQL. S5; issue 16, point 6.

use std::sync::Arc;

use uuid::Uuid;

use super::{Team, TeamOptions, TeamStore};
use crate::backend::store::vault::datakeys::{DataKeys, Root};
use crate::backend::store::vault::head::Head;
use crate::backend::store::vault::members::{
    Member, MemberKey, MemberPrint, OwnKey, made, member_key, new_member_seed,
};
use crate::backend::store::{NewKey, Source, VaultCalls};
use crate::backend::{BackendError, FormDraft};
use crate::domain::key::KeyKind;
use crate::domain::{Connection, Secret};
use crate::testing::contract::{block_on, change, held, new, source};
use crate::testing::postgres;

/// One person on one machine: a key pair, and a folder for what the machine knows.
#[derive(Clone)]
struct Person {
    options: TeamOptions,
    key: MemberKey,
    name: &'static str,
}

impl Person {
    fn new(team: &Team, name: &'static str) -> Self {
        let seed = new_member_seed().unwrap();
        let key = member_key(&seed).unwrap();
        let mut options = team.server.team(name, &team.database);
        options.unlock.member = Some(Arc::new(move |_| Ok(Some(seed.clone()))));
        Self { options, key, name }
    }

    async fn open(&self) -> TeamStore {
        let store = TeamStore::start(self.options.clone()).unwrap();
        store.opened().await.unwrap();
        store
    }

    fn print(&self) -> MemberPrint {
        self.key.print()
    }
}

/// Anna is the first member; ben and cleo were invited with compared fingerprints.
async fn members(team: &Team) -> [Person; 3] {
    let all = ["anna", "ben", "cleo"].map(|it| Person::new(team, it));
    let anna = all[0].open().await;
    anna.vault_init(NewKey::Members).await.unwrap();
    for it in &all[1..] {
        let theirs = it.open().await;
        theirs.ask_to_join(it.key).await.unwrap();
        theirs.trust_member(all[0].print(), "anna".into()).await.unwrap();
        anna.invite(it.name.into(), it.print()).await.unwrap();
        assert_eq!(theirs.unlock().await, Ok(true), "{}", it.name);
    }
    all
}

/// A connection with secrets.
async fn secret(store: &TeamStore, name: &str) -> Connection {
    let key = store.issue_key(KeyKind::Configuration).await.unwrap();
    let held = held(&key, "2026-03-01T12:00:00Z".parse().unwrap());
    store.save(new(source(name, held))).await.unwrap()
}

async fn reveals(store: &TeamStore, of: &Connection) -> Result<String, BackendError> {
    store.reveal(of.id, "client_secret".into()).await.map(|it| it.expose().to_owned())
}

const TEXT: &str = "not-real-client-secret";

#[test]
fn from_one_member_to_three_and_back() {
    let Some(server) = postgres::or_skip("members of a team") else { return };
    let team = Team::without_vault(server);
    block_on(async {
        let [anna, ben, cleo] = members(&team).await;
        let (annas, bens) = (anna.open().await, ben.open().await);
        let made = secret(&annas, "Device").await;
        assert_eq!(reveals(&bens, &made).await.unwrap(), TEXT);
        // Also the one who reads only: its role may not write, and has the key.
        assert_eq!(reveals(&cleo.open().await, &made).await.unwrap(), TEXT);
        let all = bens.members(Some(ben.key)).await.unwrap();
        let names: Vec<&str> = all.all.iter().map(|it| it.name.as_str()).collect();
        assert_eq!((names, all.source), (vec!["anna", "ben", "cleo"], Some(Source::Members)));
        assert!(all.waiting.is_empty());
        assert_eq!(all.giver, Some((Some("anna".into()), anna.print())));
        // A draft of another stays open to whom it belongs.
        let draft = FormDraft {
            id: "form".into(),
            connection: None,
            title: "of ben".into(),
            content: Secret::new("not-real-draft"),
            saved_at: "2026-03-01T12:00:00Z".parse().unwrap(),
        };
        bens.save_draft(draft).await.unwrap();
        let done = annas.remove_members(vec![cleo.key]).await.unwrap();
        assert_eq!(done.sources.len(), usize::try_from(done.secrets).unwrap());
        assert!(done.sources.iter().any(|it| it == "Device: client_secret"), "{done:?}");
        let refused = reveals(&cleo.open().await, &made).await;
        let Err(BackendError::Membership { detail, .. }) = &refused else { panic!("{refused:?}") };
        assert!(detail.contains("any more"), "{detail}");
        let now = bens.connection(made.id).await.unwrap();
        assert_eq!(reveals(&bens, &now).await.unwrap(), TEXT);
        assert_eq!(bens.drafts().await.unwrap()[0].title, "of ben");
        let itself = bens.remove_members(vec![ben.key]).await;
        assert!(matches!(itself, Err(BackendError::Invalid(_))), "{itself:?}");
        assert_eq!(bens.check_history().await.unwrap(), Vec::<String>::new());
        bens.check_sealed().await.unwrap();
        // New keys for all of them, then one key that all share, then members again.
        bens.rotate(NewKey::Same).await.unwrap();
        assert_eq!(annas.unlock().await, Ok(true));
        bens.rotate(NewKey::Passphrase(Secret::new(super::PASSPHRASE))).await.unwrap();
        let shared = reveals(&anna.open().await, &made).await;
        let Err(BackendError::Untrusted { detail }) = &shared else { panic!("{shared:?}") };
        assert!(detail.contains("exchanged"), "{detail}");
    });
}

#[test]
fn a_passphrase_becomes_members_with_new_keys() {
    let Some(server) = postgres::or_skip("from a passphrase to members") else { return };
    let team = Team::new(server);
    block_on(async {
        let mut ben = Person::new(&team, "ben");
        ben.options.unlock.given = Some(Secret::new(super::PASSPHRASE));
        let store = ben.open().await;
        let made = secret(&store, "Device").await;
        store.rotate(NewKey::Members).await.unwrap();
        ben.options.unlock.given = None;
        assert_eq!(reveals(&ben.open().await, &made).await.unwrap(), TEXT);
        let refused = team.open("anna").await.unlock().await;
        assert!(
            matches!(&refused, Err(BackendError::Membership { detail, .. }) if detail.contains("no member key")),
            "{refused:?}"
        );
    });
}

#[test]
fn whoever_asks_is_let_in_only_by_the_key_that_was_compared() {
    let Some(server) = postgres::or_skip("an exchanged key of who asks") else { return };
    let team = Team::without_vault(server);
    block_on(async {
        let (anna, ben) = (Person::new(&team, "anna"), Person::new(&team, "ben"));
        let annas = anna.open().await;
        annas.vault_init(NewKey::Members).await.unwrap();
        ben.open().await.ask_to_join(ben.key).await.unwrap();
        // The server says who asked, whatever the statement does.
        let forged = team.server.run(
            "ben",
            &team.database,
            "INSERT INTO jetbridge.joining (key, seen_by) VALUES (decode(repeat('ab', 32), 'hex'), 'anna')",
        );
        assert_eq!(forged, Err("42501".to_owned()));
        // An administrator puts a key of their own in its place.
        team.sql("UPDATE jetbridge.joining SET key = decode(repeat('ab', 32), 'hex')");
        assert_eq!(annas.invite("ben".into(), ben.print()).await, Err(BackendError::NotFound));
        assert_eq!(annas.members(None).await.unwrap().all.len(), 1);
    });
}

/// What an administrator has: everything in the database, and keys of their own.
struct Dba {
    own: OwnKey,
    root: Root,
    store: Uuid,
}

impl Dba {
    fn new(team: &Team) -> Self {
        let store = team.sql("SELECT id FROM jetbridge.store")[0][0].clone().unwrap();
        let own = OwnKey::of(&new_member_seed().unwrap()).unwrap();
        Self { own, root: Root::random().unwrap(), store: store.parse().unwrap() }
    }

    /// An envelope of their own for these people, with a head that fits it.
    fn plant(&self, team: &Team, epoch: u32, people: &[&Person]) -> String {
        let member = |it: &&Person| Member {
            name: it.name.into(),
            key: it.key,
            added_by: "anna".into(),
            added_at: 0,
            wrap: None,
        };
        let all: Vec<Member> = people.iter().map(member).collect();
        let envelope = made(&self.own, self.store, epoch, (&self.root, &[]), &all).unwrap();
        self.replace(team, &envelope, epoch, &self.root)
    }

    /// SQL that puts an envelope in its place, with a head that fits it under some data key.
    fn replace(&self, team: &Team, envelope: &[u8], epoch: u32, root: &Root) -> String {
        let row = team
            .sql("SELECT seq, encode(link, 'hex') FROM jetbridge.chain ORDER BY seq DESC LIMIT 1");
        let seq: u64 = row[0][0].as_ref().unwrap().parse().unwrap();
        let link = unhex(row[0][1].as_ref().unwrap()).try_into().unwrap();
        let keys = DataKeys::derive(self.store, root.clone());
        let head = Head::made(&keys, envelope, epoch, (seq, link)).unwrap();
        format!(
            "UPDATE jetbridge.vault SET envelope = decode('{}', 'hex'); \
             UPDATE jetbridge.head SET bytes = decode('{}', 'hex'), seq = {seq}",
            hex(envelope),
            hex(&head)
        )
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|it| format!("{it:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2)
        .map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap())
        .collect()
}

fn envelope(team: &Team) -> Vec<u8> {
    let row = team.sql("SELECT encode(envelope, 'hex') FROM jetbridge.vault");
    unhex(row[0][0].as_ref().unwrap())
}

/// Every table that an attack changes, kept aside and brought back.
const TABLES: [&str; 5] = ["vault", "head", "secrets", "history", "chain"];

fn keep(team: &Team, name: &str) {
    for it in TABLES {
        team.sql(&format!("CREATE TABLE {name}_{it} AS SELECT * FROM jetbridge.{it}"));
    }
}

fn bring_back(name: &str) -> String {
    TABLES
        .iter()
        .map(|it| {
            format!(
                "DELETE FROM jetbridge.{it}; INSERT INTO jetbridge.{it} SELECT * FROM {name}_{it};"
            )
        })
        .collect()
}

/// One more in the list: its count, and a copy of the last entry with another key.
fn with_planted(good: &[u8], key: MemberKey) -> Vec<u8> {
    let entry = 2 + 3 + 32 + 2 + 4 + 8 + 32 + 32 + 112;
    let from = 5 + 16 + 4 + 8 + 2;
    let mut planted = good.to_vec();
    assert_eq!(planted[from - 1], 2, "anna and ben");
    planted[from - 1] = 3;
    let mut third = good[from + entry + 1..=from + 2 * entry].to_vec();
    third[5..37].copy_from_slice(key.bytes());
    let at = from + 2 * entry + 1;
    planted.splice(at..at, third);
    planted
}

/// What an administrator tries: its name, the statements, what is said of it.
fn attacks(
    team: &Team,
    dba: &Dba,
    [anna, ben, cleo]: &[Person; 3],
    (one, two): (&Connection, &Connection),
    old: &[u8],
) -> Vec<(&'static str, String, &'static str)> {
    let good = envelope(team);
    let planted = with_planted(&good, dba.own.public());
    let lowered = |bytes: &[u8]| {
        let mut out = bytes.to_vec();
        out[5 + 16 + 3] = 1;
        out
    };
    // What a removed member knows: the data key of before.
    let removed = {
        let read = crate::backend::store::vault::members::Team::read(old).unwrap();
        let seed = cleo.options.unlock.member.as_ref().unwrap()(dba.store).unwrap().unwrap();
        read.open(dba.store, &OwnKey::of(&seed).unwrap(), &read.known()).unwrap().0
    };
    let update = |bytes: &[u8]| {
        format!("UPDATE jetbridge.vault SET envelope = decode('{}', 'hex')", hex(bytes))
    };
    let id = |it: &Connection| it.id.0.to_string();
    vec![
        ("rollback", bring_back("before"), "epoch|not the text that was saved last"),
        (
            "rollback of the vault alone",
            "UPDATE jetbridge.vault SET envelope = (SELECT envelope FROM before_vault)".into(),
            "does not know|older|another|any more|exchanged|altered",
        ),
        ("planted recipient", update(&planted), "list of members|damaged|altered"),
        ("planted envelope", dba.plant(team, 2, &[anna, ben]), "does not know"),
        ("planted envelope of a later epoch", dba.plant(team, 9, &[anna, ben]), "does not know"),
        ("lowered epoch", update(&lowered(&good)), "altered"),
        ("data key of a removed member", dba.replace(team, old, 9, &removed), "epoch"),
        ("data key of a removed member, same epoch", dba.replace(team, old, 1, &removed), "epoch"),
        ("downgrade to a passphrase", update(&shared(dba.store)), "exchanged"),
        ("no vault", "DELETE FROM jetbridge.vault".into(), "is gone"),
        ("no head", "DELETE FROM jetbridge.head".into(), "head is gone"),
        (
            "shortened history",
            "DELETE FROM jetbridge.chain WHERE seq = (SELECT max(seq) FROM jetbridge.chain)".into(),
            // Of the last entry, which no head covers yet.
            "history was shortened|history of",
        ),
        (
            "edited history",
            format!(
                "UPDATE jetbridge.history SET by = 'ben' WHERE connection = '{}' AND revision = 1",
                id(one)
            ),
            "history of",
        ),
        (
            "deleted history",
            format!(
                "DELETE FROM jetbridge.history WHERE connection = '{}' AND revision = 1",
                id(one)
            ),
            "history of",
        ),
        (
            "swapped rows",
            format!(
                "UPDATE jetbridge.secrets SET sealed = (SELECT sealed FROM good_secrets WHERE
                     connection = '{}' AND field = 'client_secret')
                 WHERE connection = '{}' AND field = 'client_secret'",
                id(two),
                id(one)
            ),
            "moved here",
        ),
        (
            "older secret",
            format!(
                "UPDATE jetbridge.secrets SET sealed = (SELECT sealed FROM before_secrets WHERE
                     connection = '{0}' AND field = 'client_secret')
                 WHERE connection = '{0}' AND field = 'client_secret'",
                id(one)
            ),
            "altered, cut or moved",
        ),
    ]
}

#[test]
fn every_attack_by_sql_is_refused_by_name_before_anything_is_sealed_or_opened() {
    let Some(server) = postgres::or_skip("attacks by SQL") else { return };
    let team = Team::without_vault(server);
    block_on(async {
        let [anna, ben, cleo] = members(&team).await;
        let annas = anna.open().await;
        let one = secret(&annas, "One").await;
        let two = secret(&annas, "Two").await;
        assert_eq!(reveals(&ben.open().await, &one).await.unwrap(), TEXT);
        keep(&team, "before");
        let old = envelope(&team);
        annas.remove_members(vec![cleo.key]).await.unwrap();
        let changed = annas.connection(one.id).await.unwrap();
        annas.save(change(&changed, |it| it.description = "changed".into())).await.unwrap();
        assert_eq!(reveals(&ben.open().await, &one).await.unwrap(), TEXT);
        keep(&team, "good");
        let dba = Dba::new(&team);
        let people = [anna.clone(), ben.clone(), cleo.clone()];
        let attacks = attacks(&team, &dba, &people, (&one, &two), &old);
        let (count, mut all) = (attacks.len(), Vec::new());
        for (name, sql, words) in attacks {
            team.sql(&sql);
            for who in [&anna, &ben] {
                let store = who.open().await;
                let opened = reveals(&store, &one).await;
                let Err(error) = opened else {
                    panic!("{name}, {}: it opened", who.name);
                };
                let text = error.to_string();
                assert!(
                    words.split('|').any(|it| text.contains(it)),
                    "{name}, {}: {text}",
                    who.name
                );
                // Sealing is refused as well; of one connection what belongs to it alone.
                let now = store.connection(one.id).await.unwrap();
                let mut request = change(&now, |it| it.description = "again".into());
                let key = crate::domain::key::issue(
                    KeyKind::Configuration,
                    &[7; crate::domain::key::ENTROPY],
                );
                let fresh = held(&key, "2026-03-01T12:00:00Z".parse().unwrap());
                request.draft.answers = source("One", fresh).answers;
                if name != "swapped rows" && name != "older secret" {
                    let saved = store.save(request).await;
                    assert!(saved.is_err(), "{name}, {}: it was sealed", who.name);
                }
                let sealed = store.rotate(NewKey::Same).await;
                assert!(sealed.is_err(), "{name}, {}: all was sealed again", who.name);
                all.push(format!("{name}: {text}"));
            }
            team.sql(&bring_back("good"));
        }
        all.dedup();
        println!("{count} attacks, all refused:\n{}", all.join("\n"));
        assert_eq!(reveals(&ben.open().await, &one).await.unwrap(), TEXT);
        assert_eq!(reveals(&anna.open().await, &one).await.unwrap(), TEXT);
    });
}

/// An envelope for a passphrase of the administrator.
fn shared(store: Uuid) -> Vec<u8> {
    use crate::backend::store::vault::envelope::{Wrapping, wrap};
    use crate::backend::store::vault::kdf::{Cost, Kdf};
    let kdf = Kdf::new(Cost::LEAST).unwrap();
    let key = kdf.derive(b"not-a-real-passphrase of the dba").unwrap();
    let wrapping = Wrapping { source: Source::Passphrase, kdf: Some(kdf), key };
    wrap(store, &wrapping, &Root::random().unwrap()).unwrap()
}

/// Whoever was away while others changed the members compares a fingerprint again.
#[test]
fn who_was_away_for_two_changes_compares_again() {
    let Some(server) = postgres::or_skip("a member who was away") else { return };
    let team = Team::without_vault(server);
    block_on(async {
        let [anna, ben, cleo] = members(&team).await;
        // Dora comes, and makes new keys, while cleo does not look.
        team.server.role("dora");
        team.sql("GRANT jetbridge_member TO dora");
        let dora = Person::new(&team, "dora");
        let doras = dora.open().await;
        doras.ask_to_join(dora.key).await.unwrap();
        doras.trust_member(anna.print(), "anna".into()).await.unwrap();
        anna.open().await.invite("dora".into(), dora.print()).await.unwrap();
        let annas = anna.open().await;
        assert_eq!(ben.open().await.unlock().await, Ok(true));
        let made = secret(&annas, "Device").await;
        doras.rotate(NewKey::Same).await.unwrap();
        assert_eq!(reveals(&ben.open().await, &made).await.unwrap(), TEXT);
        let cleos = cleo.open().await;
        let refused = reveals(&cleos, &made).await;
        let Err(BackendError::Membership { detail, .. }) = &refused else { panic!("{refused:?}") };
        assert!(detail.contains("dora"), "{detail}");
        let seen = cleos.members(Some(cleo.key)).await.unwrap();
        assert!(!seen.is_known);
        assert_eq!(seen.giver, Some((Some("dora".into()), dora.print())));
        cleos.trust_member(dora.print(), "dora".into()).await.unwrap();
        assert_eq!(reveals(&cleos, &made).await.unwrap(), TEXT);
    });
}
