//! Domains as DNS and LDAP show them; the real one is in `samba`.

mod samba;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use hickory_resolver::proto::op::ResponseCode;

use super::*;
use crate::backend::http::{Http, HttpOptions};
use crate::checks::check::Level;
use crate::checks::preflight::Ground;
use crate::checks::preflight::tests::{by_id, checked, connection, ground};
use crate::checks::{Finished, Lookups};
use crate::domain::answers::Answer;
use crate::domain::answers::testing::sheet;
use crate::domain::health::Directory;
use crate::domain::{Connection, ConnectionType, Held, Secret, Side, Timestamp};
use crate::testing::controllers::{BlackHole, Dns, Known, Ldap, Says};
use crate::testing::fake::Fake;
use crate::testing::server::{Reply, Server};

const DOMAIN: &str = "corp.example.test";
const RECORD: &str = "_ldap._tcp.dc._msdcs.corp.example.test";
const KERBEROS: &str = "_kerberos._tcp.dc._msdcs.corp.example.test";
/// Where nobody listens.
const NOBODY: u16 = 1;

/// A destination whose devices join a domain with this account.
fn joining(domain: &str, user: &str, password: &str) -> Connection {
    let secret = Answer::Secret(Held::New(Secret::new(password)));
    let answers = sheet()
        .choice("side", "destination")
        .choice("destination", "active-directory")
        .choice("rejoin", "online")
        .text("domain", domain)
        .text("domain_user", user)
        .with("domain_password", secret);
    connection(ConnectionType::Device, Side::Destination, answers.done())
}

/// A run over a backend with these connections.
struct Bench {
    run: Run,
    subjects: Vec<Subject>,
    _server: Server,
}

impl Bench {
    async fn new(world: World, options: HttpOptions, connections: Vec<Connection>) -> Self {
        let ids = connections.iter().map(|it| it.id).collect();
        let fake = Fake::with(connections);
        let stored = fake.connections(ids).await.unwrap();
        let server = Server::new(|_| Reply::Close).await;
        let run = Run::new(Ground {
            lookups: Lookups::new(Duration::from_secs(60)),
            http: Some(Http::for_tests(options).0),
            place: Some(fake.into()),
            directory: world,
            ..ground(&server)
        });
        let subject = |it: &Connection| Subject::of(&run, it, &Directory::default()).unwrap();
        let subjects = stored.iter().map(subject).collect();
        Self { run, subjects, _server: server }
    }

    /// Lets every account sign in.
    fn agree(&self) {
        let all = self.subjects.iter().filter_map(Account::of).collect();
        self.run.directory.agreed.set(all).unwrap();
    }

    async fn all(&self) -> Vec<Finished> {
        checked(&self.run, &self.subjects).await
    }

    async fn by_id(&self) -> BTreeMap<String, (Level, String)> {
        by_id(&self.all().await)
    }
}

fn patient(limit: u64) -> HttpOptions {
    HttpOptions { connect_timeout: Duration::from_millis(limit), ..HttpOptions::default() }
}

/// A world with this DNS server and no other ports.
fn world(dns: &Dns) -> World {
    World {
        name_servers: NameServers::At(dns.at),
        ldaps: NOBODY,
        ports: Vec::new(),
        ..World::default()
    }
}

async fn one(world: World, limit: u64) -> Bench {
    Bench::new(world, patient(limit), vec![joining(DOMAIN, r"CORP\svc-join", "not-real")]).await
}

/// The levels of some checks, in their order.
fn levels(found: &BTreeMap<String, (Level, String)>, ids: &[&str]) -> Vec<Level> {
    ids.iter().map(|it| found.get(*it).unwrap_or_else(|| panic!("{it}: {found:?}")).0).collect()
}

fn says(domain: &str, ahead: i64) -> Says {
    let base = domain.split('.').map(|it| format!("DC={it}")).collect::<Vec<_>>().join(",");
    let now = Timestamp::from_second(Timestamp::now().as_second() + ahead).unwrap();
    let time = now.strftime("%Y%m%d%H%M%S.0Z").to_string();
    Says { base, time, synchronized: true, bytes: None }
}

/// Each way in which DNS has no answer is another one; whatever needs the answer is skipped after it.
#[tokio::test]
async fn what_dns_lacks_is_named_with_its_record() {
    use Level::{Fail, Skipped};
    let servers = |all: &[(u16, u16, &'static str)]| Known::Servers(all.to_vec());
    let dc1 = ("dc1.corp.example.test", Known::Address(Ipv4Addr::LOCALHOST));
    let both = [(0, NOBODY, "dc1.corp.example.test"), (1, NOBODY, "dc2.corp.example.test")];
    for (names, srv, resolve, words) in [
        (vec![], Fail, Skipped, "DNS does not know _ldap._tcp.dc._msdcs.corp.example.test"),
        (vec![(RECORD, Known::Nothing)], Fail, Skipped, "no such record at _ldap._tcp.dc"),
        (
            vec![(RECORD, Known::Error(ResponseCode::ServFail))],
            Fail,
            Skipped,
            "the DNS server answers",
        ),
        (vec![(RECORD, Known::Silence)], Fail, Skipped, "in time"),
        (vec![(RECORD, servers(&both))], Level::Ok, Fail, "DNS does not know dc1.corp"),
        (
            vec![(RECORD, servers(&both)), dc1],
            Level::Ok,
            Level::Warning,
            "DNS does not know dc2.corp",
        ),
    ] {
        let dns = Dns::new(names).await;
        let found = one(world(&dns), 300).await.by_id().await;
        assert_eq!(levels(&found, &[id::SRV, id::RESOLVE]), [srv, resolve], "{found:?}");
        let owner = if srv == Fail { id::SRV } else { id::RESOLVE };
        assert!(found[owner].1.contains(words), "{words}: {found:?}");
        // The domain is known: its Kerberos record is missing by itself.
        let kerberos = if srv == Fail { Skipped } else { Fail };
        assert_eq!(found[id::KERBEROS].0, kerberos, "{found:?}");
        let after = if resolve == Level::Warning { id::PORTS } else { owner };
        for other in [id::ROOT, id::CLOCK, id::TLS] {
            assert_eq!(found[other], (Skipped, format!("after {after}")), "{other}: {found:?}");
        }
        let unasked: Vec<_> =
            found.iter().filter(|it| it.1.0 == Level::Ok).map(|it| it.0).collect();
        assert!(unasked.len() <= 1, "{found:?}");
    }
}

/// A domain whose controllers are found by LDAP and not by Kerberos, and one that has both.
#[tokio::test]
async fn a_missing_kerberos_record_is_a_finding_of_its_own() {
    let servers = || Known::Servers(vec![(0, NOBODY, "dc1.corp.example.test")]);
    for (known, level, words) in [
        (None, Level::Fail, "DNS does not know _kerberos._tcp.dc._msdcs.corp"),
        (Some(Known::Nothing), Level::Fail, "no such record at _kerberos._tcp.dc"),
        (Some(servers()), Level::Ok, "1 Kerberos server: dc1.corp.example.test"),
    ] {
        let names = known.map(|it| (KERBEROS, it)).into_iter().chain([(RECORD, servers())]);
        let dns = Dns::new(names).await;
        let found = one(world(&dns), 300).await.by_id().await;
        assert_eq!((found[id::SRV].0, found[id::KERBEROS].0), (Level::Ok, level), "{found:?}");
        assert!(found[id::KERBEROS].1.contains(words), "{found:?}");
    }
}

/// Thirty connections of a domain ask each question once.
#[tokio::test]
async fn each_question_is_asked_once() {
    let ldap = Ldap::new(says(DOMAIN, 0)).await;
    let dns = Dns::new([
        (RECORD, Known::Servers(vec![(0, ldap.at.port(), "dc1.corp.example.test")])),
        ("dc1.corp.example.test", Known::Address(Ipv4Addr::LOCALHOST)),
    ])
    .await;
    let many = (0..30).map(|_| joining(DOMAIN, "svc-join", "not-real")).collect();
    let bench = Bench::new(world(&dns), patient(2000), many).await;
    bench.agree();
    bench.all().await;
    let mut seen = dns.seen();
    seen.sort();
    let expected = [
        format!("{KERBEROS}. SRV"),
        format!("{RECORD}. SRV"),
        "dc1.corp.example.test. A".into(),
        "dc1.corp.example.test. AAAA".into(),
    ];
    assert_eq!(seen, expected);
    // What it says of itself, and the question for TLS.
    assert_eq!(ldap.seen(), [0x63, 0x77]);
}

/// One of two controllers is down, or silent, or both are.
#[tokio::test]
async fn ports_are_judged_over_all_controllers() {
    use Level::{Fail, Skipped, Warning};
    let (ldap, hole) = (Ldap::new(says(DOMAIN, 0)).await, BlackHole::new().await);
    let good = ldap.at.port();
    for (first, second, ports, root) in [
        (good, good, Level::Ok, Level::Ok),
        (NOBODY, good, Warning, Level::Ok),
        (hole.at.port(), good, Warning, Level::Ok),
        (NOBODY, NOBODY, Fail, Skipped),
        (hole.at.port(), NOBODY, Fail, Skipped),
    ] {
        let dns = Dns::new([
            (
                RECORD,
                Known::Servers(vec![
                    (0, first, "dc1.corp.example.test"),
                    (1, second, "dc2.corp.example.test"),
                ]),
            ),
            ("dc1.corp.example.test", Known::Address(Ipv4Addr::LOCALHOST)),
            ("dc2.corp.example.test", Known::Address(Ipv4Addr::LOCALHOST)),
        ])
        .await;
        let found = one(world(&dns), 500).await.by_id().await;
        assert_eq!(levels(&found, &[id::PORTS, id::ROOT]), [ports, root], "{found:?}");
        if ports == Fail {
            assert_eq!(found[id::ROOT].1, "after ad.ports", "{found:?}");
        }
    }
}

/// Another port that a join takes, and one that is only reported.
#[tokio::test]
async fn a_port_that_a_join_takes_counts_and_others_are_reported() {
    let ldap = Ldap::new(says(DOMAIN, 0)).await;
    let dns = alone(&ldap).await;
    let port = |needed| Port { number: NOBODY, service: "SMB", needed };
    for (needed, level, words) in [
        (true, Level::Fail, "closed from here: 1 (SMB) of dc1.corp.example.test"),
        (false, Level::Ok, "not needed for a join and closed: 1 (SMB)"),
    ] {
        let found =
            one(World { ports: vec![port(needed)], ..world(&dns) }, 500).await.by_id().await;
        assert_eq!(found[id::PORTS].0, level, "{found:?}");
        assert!(found[id::PORTS].1.contains(words), "{found:?}");
        assert_eq!(found[id::ROOT].0, Level::Ok, "{found:?}");
    }
}

/// DNS of a domain with this one controller.
async fn alone(ldap: &Ldap) -> Dns {
    Dns::new([
        (RECORD, Known::Servers(vec![(0, ldap.at.port(), "dc1.corp.example.test")])),
        ("dc1.corp.example.test", Known::Address(Ipv4Addr::LOCALHOST)),
    ])
    .await
}

#[tokio::test]
async fn a_controller_is_judged_by_what_it_says_of_itself() {
    use Level::{Fail, Ok, Skipped, Warning};
    let synchronized = |synchronized| Says { synchronized, ..says(DOMAIN, 0) };
    let bytes = |bytes: &[u8]| Says { bytes: Some(bytes.to_vec()), ..says(DOMAIN, 0) };
    let no_time = Says { time: "soon".to_owned(), ..says(DOMAIN, 0) };
    for (says, root, clock, words) in [
        (says(DOMAIN, 0), Ok, Ok, "dc1.corp.example.test serves corp.example.test"),
        (says("other.example", 0), Fail, Skipped, "serves another domain: other.example"),
        (says(DOMAIN, 120), Ok, Warning, "serves corp"),
        (says(DOMAIN, -400), Ok, Fail, "serves corp"),
        (no_time, Ok, Skipped, "serves corp"),
        (synchronized(false), Warning, Ok, "has not caught up"),
        (bytes(b""), Fail, Skipped, "ended the connection"),
        (bytes(b"HTTP/1.1 400 Bad Request\r\n\r\n"), Fail, Skipped, "does not speak LDAP"),
        (bytes(&[0x30, 3, 2, 1, 1]), Fail, Skipped, "does not speak LDAP"),
        (bytes(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]), Fail, Skipped, "does not speak LDAP"),
        (bytes(&[0x30, 5, 2, 1, 1, 0x65, 0]), Fail, Skipped, "does not speak LDAP"),
        (bytes(&[0x30, 0x0c, 2, 1, 1, 0x65, 7, 10, 1, 10, 4, 0, 4, 0]), Fail, Skipped, "not asked"),
    ] {
        let ldap = Ldap::new(says.clone()).await;
        let dns = alone(&ldap).await;
        let found = one(world(&dns), 2000).await.by_id().await;
        assert_eq!(levels(&found, &[id::ROOT, id::CLOCK]), [root, clock], "{says:?}: {found:?}");
        assert!(found[id::ROOT].1.contains(words), "{words}: {found:?}");
    }
}

/// Without TLS no password leaves the machine, whoever agreed.
#[tokio::test]
async fn without_tls_nobody_signs_in() {
    let ldap = Ldap::new(says(DOMAIN, 0)).await;
    let dns = alone(&ldap).await;
    let bench = one(world(&dns), 2000).await;
    bench.agree();
    let found = bench.by_id().await;
    assert_eq!(found[id::TLS].0, Level::Warning, "{found:?}");
    for id in [id::BIND, id::RIGHTS, id::PROTECTED, id::CONTAINER, id::QUOTA, id::POLICY] {
        assert_eq!(found[id], (Level::Skipped, "after ad.tls".to_owned()), "{found:?}");
    }
    assert!(!ldap.seen().contains(&0x60), "{:?}", ldap.seen());
}

/// Nobody said yes: nothing is asked for the sign-in's sake, and the reason is typed.
#[tokio::test]
async fn nobody_signs_in_without_a_yes() {
    let ldap = Ldap::new(says(DOMAIN, 0)).await;
    let dns = alone(&ldap).await;
    let bench = one(world(&dns), 2000).await;
    let all = bench.all().await;
    let bind = all.iter().find(|it| it.result.check == id::BIND).unwrap();
    assert!(matches!(&bind.outcome, Err(Stop::Skip(Skip::Declined(_)))), "{bind:?}");
    let bench = one(world(&dns), 2000).await;
    bench.run.directory.agreed.set(BTreeSet::new()).unwrap();
    let found = bench.by_id().await;
    assert_eq!(found[id::BIND], (Level::Skipped, "the answer was no".into()));
    assert_eq!(found[id::RIGHTS], (Level::Skipped, "after ad.bind".into()));
}

/// An account is always called by the same name, so that it signs in once.
#[tokio::test]
async fn an_account_has_one_name() {
    for (user, name, short) in [
        ("svc-join", "svc-join@corp.example.test", "svc-join"),
        (r"CORP\svc-join", "svc-join@corp.example.test", "svc-join"),
        (r"corp.example.test\Svc-Join", "svc-join@corp.example.test", "svc-join"),
        ("SVC-join@Corp.Example.Test", "svc-join@corp.example.test", "svc-join"),
        (r"OTHER\svc-join", r"other\svc-join", "svc-join"),
        ("svc@login.example", "svc@login.example", "svc"),
    ] {
        let dns = Dns::new([]).await;
        let connections = vec![joining("Corp.Example.Test.", user, "not-real")];
        let bench = Bench::new(world(&dns), patient(300), connections).await;
        let account = Account::of(&bench.subjects[0]).unwrap();
        assert_eq!((&*account.domain, &*account.name, account.short()), (DOMAIN, name, short));
    }
}

/// What the offline way depends on is readable to nobody.
#[tokio::test]
async fn the_offline_way_is_for_the_portal() {
    let dns = Dns::new([]).await;
    let answers = sheet().choice("side", "destination").choice("rejoin", "offline").done();
    let offline = connection(ConnectionType::Device, Side::Destination, answers);
    let found = Bench::new(world(&dns), patient(300), vec![offline]).await.by_id().await;
    for id in ["ad.agent", "ad.trust"] {
        assert_eq!(found[id].0, Level::Skipped, "{found:?}");
        assert!(found[id].1.starts_with("not readable"), "{found:?}");
    }
    assert!(!found.contains_key(id::SRV) && dns.seen().is_empty(), "{found:?}");
}

/// Where StartTLS is not offered the other port is tried, with the same trust; the password goes inside TLS,
/// once, and never over the plain port.
#[tokio::test]
async fn ldaps_is_tried_where_starttls_is_not_offered() {
    let domain = "contoso.example";
    let plain = Ldap::new(says(domain, 0)).await;
    let inside = Ldap::inside_tls(says(domain, 0)).await;
    let dns = Dns::new([
        (
            "_ldap._tcp.dc._msdcs.contoso.example",
            Known::Servers(vec![(0, plain.at.port(), "dc1.contoso.example")]),
        ),
        ("dc1.contoso.example", Known::Address(Ipv4Addr::LOCALHOST)),
    ])
    .await;
    let ca = std::path::Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/src/backend/http/testdata/fake-ca.pem"
    ));
    for (trusted, port, tls, words) in [
        (true, inside.at.port(), Level::Ok, "trusted, by LDAPS"),
        (false, inside.at.port(), Level::Warning, "not from a trusted authority"),
        (true, NOBODY, Level::Warning, "offers no TLS"),
    ] {
        // Authorities are believed only from files of our own.
        let home = tempfile::tempdir().unwrap();
        let copy = home.path().join("ca.pem");
        std::fs::copy(ca, &copy).unwrap();
        let options = HttpOptions { ca_bundle: trusted.then_some(copy), ..patient(5_000) };
        let world = World { ldaps: port, ..world(&dns) };
        let bench =
            Bench::new(world, options, vec![joining(domain, "svc", "canary-not-real")]).await;
        bench.agree();
        let found = bench.by_id().await;
        assert_eq!(found[id::TLS].0, tls, "{found:?}");
        assert!(found[id::TLS].1.contains(words), "{words}: {found:?}");
        assert!(!plain.seen().contains(&0x60), "no sign-in without TLS");
        assert!(!format!("{found:?}").contains("canary"), "{found:?}");
        if tls == Level::Ok {
            // This controller takes no sign-in; it was asked once.
            assert_eq!(found[id::BIND].0, Level::Fail, "{found:?}");
            assert!(found[id::BIND].1.contains("by LDAPS"), "{found:?}");
        } else {
            assert_eq!(found[id::BIND], (Level::Skipped, "after ad.tls".into()), "{found:?}");
        }
    }
    assert_eq!(inside.seen().iter().filter(|it| **it == 0x60).count(), 1);
}

/// SPEC F3: nothing is written in a domain. There is no request that could.
#[test]
fn no_request_writes() {
    use crate::backend::ad::ldap::Request::{Bind, Extended, Search, Unbind};
    // RFC 4511: modify, add, delete, modify DN.
    for write in [0x66, 0x68, 0x4a, 0x6c] {
        for request in [Bind, Extended, Search, Unbind] {
            assert_ne!(request as u8, write);
        }
    }
    let source = include_str!("../../../backend/ad/ldap.rs");
    let variants = source.split_once("pub(crate) enum Request {").unwrap().1;
    let variants = variants.split_once('}').unwrap().0;
    assert_eq!(variants.matches('=').count(), 4, "a new request: name it here");
    assert_eq!(source.matches("stream.write_all").count(), 1, "one way out, of a `Request`");
}

fn at(address: Ipv4Addr, port: u16) -> SocketAddr {
    SocketAddr::from((address, port))
}
