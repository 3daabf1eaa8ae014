//! Servers that are not of use: each step has its name, and what to do. S1.

use std::sync::Arc;

use super::Team;
use crate::backend::BackendError;
use crate::backend::store::postgres::{Login, SCHEMA, TeamOptions, facts, migrate};
use crate::backend::store::{ServerStep, TeamStore};
use crate::domain::Secret;
use crate::domain::server::ServerAddress;
use crate::testing::contract::{block_on, listed, new};
use crate::testing::postgres;

fn password(text: &'static str) -> Login {
    Login::Password(Arc::new(move || Box::pin(async move { Ok(Secret::new(text)) })))
}

fn refused(options: TeamOptions) -> (ServerStep, String) {
    let error = block_on(async {
        let store = TeamStore::start(options).unwrap();
        store.opened().await.unwrap_err()
    });
    let BackendError::Server(error) = error else { panic!("{error:?}") };
    assert!(!error.hint.is_empty(), "{error:?}");
    assert!(!error.what.contains("not-a-real"), "{error:?}");
    (error.step, error.what)
}

#[test]
fn each_step_that_fails_is_named() {
    let Some(server) = postgres::or_skip("each step that fails") else { return };
    let team = Team::new(server.clone());
    let good = || team.options("anna");
    let at = |edit: fn(&mut ServerAddress)| {
        let mut options = good();
        edit(&mut options.address);
        options
    };
    let empty = server.database();
    server.role("nobody_special");
    let cases = [
        (ServerStep::Name, at(|it| it.host = "no-such-host.invalid".into())),
        (ServerStep::Port, at(|it| it.port = 1)),
        // Nobody trusted issued the certificate.
        (ServerStep::Tls, TeamOptions { authorities: Vec::new(), ..good() }),
        (ServerStep::SignIn, TeamOptions { login: password("not-a-real-other"), ..good() }),
        (ServerStep::SignIn, at(|it| it.user = "not_there".into())),
        // The server takes nobody without TLS.
        (ServerStep::SignIn, at(|it| it.plain = true)),
        (ServerStep::Database, at(|it| it.database = "not_there".into())),
        (ServerStep::Rights, at(|it| it.user = "nobody_special".into())),
        (ServerStep::Schema, team.server.team("anna", &empty)),
    ];
    for (step, options) in cases {
        let address = options.address.to_string();
        let (found, what) = refused(options);
        assert_eq!(found, step, "{address}: {what}");
    }
}

#[test]
fn a_certificate_for_another_name_is_refused_and_a_new_one_is_taken() {
    let Some(server) = postgres::own_or_skip("a certificate for another name") else { return };
    let server = Arc::new(server);
    let team = Team::new(server.clone());
    server.certificate("ca", "DNS:db.example.test");
    server.start();
    let (step, what) = refused(team.options("anna"));
    assert_eq!(step, ServerStep::Tls);
    assert!(what.contains("is not for localhost"), "{what}");
    server.certificate("other-ca", "DNS:localhost");
    server.start();
    let (step, what) = refused(team.options("anna"));
    assert_eq!(step, ServerStep::Tls);
    assert!(what.contains("not from a trusted authority"), "{what}");
    server.certificate("ca", "DNS:localhost");
    server.start();
    block_on(team.open("anna"));
}

#[test]
fn a_client_certificate_signs_in() {
    let Some(server) = postgres::own_or_skip("a client certificate") else { return };
    let server = Arc::new(server);
    let team = Team::new(server.clone());
    let (certificate, key) = server.client_certificate("ben");
    server.access("hostssl all ben 127.0.0.1/32 cert\nhostssl all all 127.0.0.1/32 scram-sha-256");
    server.start();
    let read = |path| {
        let text = std::fs::read_to_string(path).unwrap();
        crate::files::pem::Pem::parse(&text).unwrap()
    };
    let chain = read(certificate).certificates;
    let key = match read(key).keys.remove(0) {
        crate::files::pem::Key::Pkcs8(it) | crate::files::pem::Key::Pkcs1(it) => it,
        other => panic!("{other:?}"),
    };
    let options = TeamOptions { login: Login::Certificate { chain, key }, ..team.options("ben") };
    assert_eq!(block_on(facts(&options)).unwrap().user, "ben");
    assert_eq!(refused(team.options("ben")).0, ServerStep::SignIn);
}

#[test]
fn a_newer_schema_and_an_older_one_are_refused_with_what_to_do() {
    let Some(server) = postgres::or_skip("schemas of other versions") else { return };
    let team = Team::new(server);
    for (version, word) in [(99, "knows up to"), (0, "needs")] {
        team.sql(&format!("UPDATE jetbridge.store SET version = {version}"));
        let (step, what) = refused(team.options("ben"));
        assert_eq!(step, ServerStep::Schema);
        assert!(what.contains(word), "{what}");
    }
    team.sql("UPDATE jetbridge.store SET version = 99");
    let refused = block_on(migrate(&team.options("anna")));
    assert!(matches!(refused, Err(BackendError::Server(_))), "{refused:?}");
}

#[test]
fn several_who_migrate_at_once_make_one_store() {
    let Some(server) = postgres::or_skip("several who migrate") else { return };
    let database = server.database();
    let options = server.team("anna", &database);
    let all: Vec<_> = (0..4)
        .map(|_| {
            let options = options.clone();
            std::thread::spawn(move || block_on(migrate(&options)))
        })
        .collect();
    let mut before: Vec<u32> = all.into_iter().map(|it| it.join().unwrap().unwrap()).collect();
    before.sort_unstable();
    assert_eq!(before, [0, SCHEMA, SCHEMA, SCHEMA]);
    let ben = server.team("ben", &database);
    server.role("ben");
    let refused = block_on(migrate(&ben));
    let Err(BackendError::Server(error)) = refused else { panic!("{refused:?}") };
    assert_eq!(error.step, ServerStep::Rights);
}

#[test]
fn a_store_that_was_exchanged_or_lost_its_vault_is_not_trusted() {
    let Some(server) = postgres::or_skip("an exchanged store") else { return };
    let team = Team::new(server);
    block_on(async {
        // One set of options: the copy of the head lies beside its key file.
        let options = team.options("ben");
        let ben = TeamStore::start(options.clone()).unwrap();
        ben.save(new(listed("first"))).await.unwrap();
        crate::backend::store::VaultCalls::unlock(&ben).await.unwrap();
        let old = team.sql("SELECT envelope::text FROM jetbridge.vault")[0][0].clone().unwrap();
        let head = team.sql("SELECT bytes::text, seq FROM jetbridge.head").remove(0);
        ben.save(new(listed("second"))).await.unwrap();
        crate::backend::store::VaultCalls::check_sealed(&ben).await.unwrap();
        drop(ben);
        // An administrator shows an older head, the vault gone, the history shortened.
        for attack in [
            format!(
                "UPDATE jetbridge.head SET bytes = '{}', seq = {}",
                head[0].as_ref().unwrap(),
                head[1].as_ref().unwrap()
            ),
            "DELETE FROM jetbridge.chain WHERE seq = (SELECT max(seq) FROM jetbridge.chain)".into(),
            "DELETE FROM jetbridge.vault".into(),
        ] {
            let all = team.sql(
                "SELECT (SELECT bytes::text FROM jetbridge.head), (SELECT seq FROM jetbridge.head),
                    (SELECT made_at FROM jetbridge.vault)",
            );
            team.sql("CREATE TABLE kept AS SELECT * FROM jetbridge.chain");
            team.sql(&attack);
            let again = TeamStore::start(options.clone()).unwrap();
            let key = again.issue_key(crate::domain::key::KeyKind::Configuration).await;
            assert!(matches!(key, Err(BackendError::Untrusted { .. })), "{attack}: {key:?}");
            drop(again);
            let row = &all[0];
            team.sql(&format!(
                "UPDATE jetbridge.head SET bytes = '{}', seq = {};
                 INSERT INTO jetbridge.chain SELECT * FROM kept ON CONFLICT DO NOTHING;
                 INSERT INTO jetbridge.vault (envelope, made_at) VALUES ('{old}', {})
                     ON CONFLICT DO NOTHING;
                 DROP TABLE kept",
                row[0].as_ref().unwrap(),
                row[1].as_ref().unwrap(),
                row[2].as_ref().unwrap(),
            ));
        }
        // As it was, it is trusted again.
        let again = TeamStore::start(options).unwrap();
        again.issue_key(crate::domain::key::KeyKind::Configuration).await.unwrap();
    });
}
