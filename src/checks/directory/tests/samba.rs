//! A real domain: Samba, where it is installed. preflight.md §5.

use super::*;
use crate::testing::samba::{BASE, Samba, or_skip};

const PASSWORD: &str = "Us3r-not-a-real-one!";

fn of_samba(samba: &Samba) -> World {
    World {
        name_servers: NameServers::At(samba.dns()),
        // Its file service does not run in a folder of its own.
        ports: vec![Port { number: 88, service: "Kerberos", needed: true }],
        ..World::default()
    }
}

fn trusting(samba: &Samba) -> HttpOptions {
    HttpOptions { ca_bundle: Some(samba.authority()), ..patient(10_000) }
}

/// A run with one connection for each user, all of whom may sign in.
async fn with(samba: &Samba, users: &[(&str, &str)]) -> Bench {
    let connections =
        users.iter().map(|(user, password)| joining(DOMAIN, user, password)).collect();
    let bench = Bench::new(of_samba(samba), trusting(samba), connections).await;
    bench.agree();
    bench
}

/// The results of each user.
async fn each(samba: &Samba, users: &[(&str, &str)]) -> Vec<BTreeMap<String, (Level, String)>> {
    let bench = with(samba, users).await;
    let all = bench.all().await;
    (0..users.len())
        .map(|at| {
            let mine: Vec<Finished> = all.iter().filter(|it| it.subject == at).cloned().collect();
            by_id(&mine)
        })
        .collect()
}

fn changed(user: &str, attribute: &str, value: &str) -> String {
    format!(
        "dn: CN={user},CN=Users,{BASE}\nchangetype: modify\nreplace: {attribute}\n{attribute}:{value}\n\n"
    )
}

/// Every refusal that Samba gives has its own words; 525 it does not give.
#[tokio::test(flavor = "multi_thread")]
async fn a_domain_answers_every_sign_in() {
    let Some(mut samba) = or_skip("a_domain_answers_every_sign_in") else { return };
    for user in
        ["good", "hours", "workstation", "disabled", "ended", "protected", "locked", "wrong"]
    {
        samba.user(user, PASSWORD, &[]);
    }
    samba.user("change", PASSWORD, &["--must-change-at-next-login"]);
    let old = ["user", "create", "old", PASSWORD];
    samba.tool_at(Some("2024-01-01"), &old);
    samba.tool(&["user", "disable", "disabled"]);
    samba.tool(&["group", "addmembers", "Protected Users", "protected"]);
    samba.tool(&["domain", "passwordsettings", "set", "--account-lockout-threshold=3"]);
    samba.start();
    samba.modify(
        &[
            changed("hours", "logonHours", &format!(": {}", "A".repeat(28))),
            changed("workstation", "userWorkstations", " OTHERPC"),
            changed("ended", "accountExpires", " 131000000000000000"),
        ]
        .concat(),
    );
    // Three runs, each with one sign-in of the account.
    for _ in 0..3 {
        each(&samba, &[("locked", "not-the-password")]).await;
    }
    let users = [
        ("good", PASSWORD, ""),
        ("nobody", PASSWORD, "wrong user name or password"),
        ("wrong", "not-the-password", "wrong user name or password"),
        ("protected", PASSWORD, "a restriction of the account"),
        ("hours", PASSWORD, "at this hour"),
        ("workstation", PASSWORD, "from this computer"),
        ("old", PASSWORD, "the password expired"),
        ("disabled", PASSWORD, "the account is disabled"),
        ("ended", PASSWORD, "the account expired"),
        ("change", PASSWORD, "must be changed first"),
        ("locked", PASSWORD, "the account is locked out"),
    ];
    for (user, password, words) in users {
        let found = each(&samba, &[(user, password)]).await.remove(0);
        let (level, text) = &found[id::BIND];
        if words.is_empty() {
            assert_eq!(*level, Level::Ok, "{user}: {found:?}");
        } else {
            assert_eq!(*level, Level::Fail, "{user}: {found:?}");
            assert!(text.contains(words), "{user}: {text}");
            assert_eq!(found[id::RIGHTS], (Level::Skipped, "after ad.bind".into()), "{user}");
        }
        let before = [id::SRV, id::RESOLVE, id::PORTS, id::ROOT, id::CLOCK, id::TLS];
        assert_eq!(levels(&found, &before), [Level::Ok; 6], "{user}: {found:?}");
        assert!(!format!("{found:?}").contains(password), "{user}");
    }
}

/// However many connections share an account, one wrong password is counted in a run; another one that
/// sees the count stops before the threshold.
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_tried_once_in_a_run() {
    let Some(mut samba) = or_skip("a_wrong_password_is_tried_once_in_a_run") else { return };
    samba.user("svc", PASSWORD, &[]);
    samba.user("witness", PASSWORD, &[]);
    samba.tool(&["domain", "passwordsettings", "set", "--account-lockout-threshold=3"]);
    samba.start();
    let counted = |samba: &Samba| samba.attribute("svc", "badPwdCount").unwrap_or_default();
    let shared = [r"CORP\svc", "svc", "SVC@corp.example.test"];
    let thirty: Vec<_> = (0..30).map(|at| (shared[at % 3], "not-the-password")).collect();
    let all = each(&samba, &thirty).await;
    assert!(all.iter().all(|it| it[id::BIND].0 == Level::Fail), "{all:?}");
    assert_eq!(counted(&samba), "1");
    // Passwords that differ: one of them, once.
    let all = each(&samba, &[("svc", "not-the-password"), ("svc", "nor-this-one")]).await;
    assert_eq!(counted(&samba), "2", "{all:?}");
    let mut levels: Vec<Level> = all.iter().map(|it| it[id::BIND].0).collect();
    levels.sort_unstable();
    assert_eq!(levels, [Level::Skipped, Level::Fail], "{all:?}");
    // One more would lock it, which somebody else can see.
    let bench = with(&samba, &[("witness", PASSWORD), ("svc", "not-the-password")]).await;
    let first = checked(&bench.run, &bench.subjects[..1]).await;
    assert_eq!(by_id(&first)[id::BIND].0, Level::Ok, "{first:?}");
    assert_eq!(counted(&samba), "2");
}

/// A right password that another connection has wrong is not called wrong, and the other way round.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_would_be_locked_is_spared() {
    let Some(mut samba) = or_skip("an_account_that_would_be_locked_is_spared") else { return };
    samba.user("svc", PASSWORD, &[]);
    samba.user("awitness", PASSWORD, &[]);
    samba.tool(&["domain", "passwordsettings", "set", "--account-lockout-threshold=2"]);
    samba.start();
    each(&samba, &[("svc", "not-the-password")]).await;
    let bench = with(&samba, &[("awitness", PASSWORD), ("svc", "not-the-password")]).await;
    // The one who sees the count signs in first.
    checked(&bench.run, &bench.subjects[..1]).await;
    let all = checked(&bench.run, &bench.subjects[1..]).await;
    let bind = all.iter().find(|it| it.result.check == id::BIND).unwrap();
    assert_eq!(bind.result.level, Level::Skipped, "{bind:?}");
    assert!(bind.result.found.contains("would lock the account"), "{bind:?}");
    assert_eq!(samba.attribute("svc", "badPwdCount").as_deref(), Some("1"));
    let other = each(&samba, &[("awitness", PASSWORD), ("awitness", "another")]).await;
    let found = other.iter().map(|it| it[id::BIND].0).collect::<Vec<_>>();
    assert_eq!(found, [Level::Ok, Level::Fail], "{other:?}");
    assert_eq!(samba.attribute("awitness", "badPwdCount").as_deref(), Some("0"));
}

/// Rights by SID through groups in groups, the container wherever it is, quota and password policy.
#[tokio::test(flavor = "multi_thread")]
async fn rights_are_read_by_identifier() {
    use Level::{Fail, Ok, Warning};
    let Some(mut samba) = or_skip("rights_are_read_by_identifier") else { return };
    for user in ["plain", "admin", "nested", "builtin"] {
        samba.user(user, PASSWORD, &[]);
    }
    samba.tool(&["group", "add", "Inner"]);
    samba.tool(&["group", "addmembers", "Domain Admins", "admin"]);
    samba.tool(&["group", "addmembers", "Domain Admins", "Inner"]);
    samba.tool(&["group", "addmembers", "Inner", "nested"]);
    samba.tool(&["group", "addmembers", "Administrators", "builtin"]);
    samba.tool(&["domain", "passwordsettings", "set", "--min-pwd-length=14"]);
    samba.tool(&["ou", "create", &format!("OU=Moved,{BASE}")]);
    samba.start();
    let users = ["plain", "admin", "nested", "builtin"].map(|it| (it, PASSWORD));
    let rows = [id::BIND, id::RIGHTS, id::PROTECTED, id::CONTAINER, id::QUOTA, id::POLICY];
    let all = each(&samba, &users).await;
    assert_eq!(levels(&all[0], &rows), [Ok, Fail, Ok, Warning, Warning, Warning], "{:?}", all[0]);
    assert!(all[0][id::POLICY].1.contains("at least 14 characters, not 7"), "{:?}", all[0]);
    assert!(all[0][id::QUOTA].1.contains("10 computers"), "{:?}", all[0]);
    for found in &all[1..] {
        assert_eq!(levels(found, &rows), [Ok, Ok, Ok, Ok, Ok, Warning], "{found:?}");
    }
    assert!(all[2][id::RIGHTS].1.contains("Domain Admins"), "{:?}", all[2]);
    assert!(all[3][id::RIGHTS].1.contains("member of Administrators"), "{:?}", all[3]);
    let id = "B:32:AA312825768811D1ADED00C04FD8D5CD";
    samba.modify(&format!(
        "dn: {BASE}\nchangetype: modify\ndelete: wellKnownObjects\nwellKnownObjects: {id}:CN=Computers,{BASE}\n-\n\
         add: wellKnownObjects\nwellKnownObjects: {id}:OU=Moved,{BASE}\n-\n\
         replace: ms-DS-MachineAccountQuota\nms-DS-MachineAccountQuota: 0\n\n"
    ));
    let all = each(&samba, &users[..2]).await;
    let quota = [id::CONTAINER, id::QUOTA].map(|it: &'static str| it);
    assert_eq!(levels(&all[0], &quota), [Warning, Fail], "{:?}", all[0]);
    assert!(
        all[0][id::CONTAINER].1.contains(&format!("OU=Moved,{BASE} (redirected)")),
        "{:?}",
        all[0]
    );
    assert_eq!(levels(&all[1], &quota), [Ok, Ok], "{:?}", all[1]);
}

/// Only a certificate that is trusted and of that host lets a password out, on either port.
#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_trusted_or_nobody_signs_in() {
    let Some(mut samba) = or_skip("a_certificate_is_trusted_or_nobody_signs_in") else { return };
    samba.user("svc", PASSWORD, &[]);
    samba.start();
    let counted = |samba: &Samba| samba.attribute("svc", "badPwdCount");
    let found = each(&samba, &[("svc", PASSWORD)]).await.remove(0);
    assert!(found[id::TLS].1.contains("by StartTLS; its certificate ends"), "{found:?}");
    assert_eq!(found[id::BIND].0, Level::Ok, "{found:?}");
    ldaps(&samba).await;
    // Nobody trusts the authority.
    let connections = vec![joining(DOMAIN, "svc", "not-the-password")];
    let bench = Bench::new(of_samba(&samba), patient(10_000), connections).await;
    bench.agree();
    refused(&bench.by_id().await, "its certificate is not from a trusted authority");
    // Another host, another authority, none.
    samba.certificate("ca", "dc9.corp.example.test");
    samba.start();
    let wrong = [("svc", "not-the-password")];
    refused(&each(&samba, &wrong).await.remove(0), "of another host");
    samba.certificate("other", "dc1.corp.example.test");
    samba.start();
    refused(
        &each(&samba, &wrong).await.remove(0),
        "its certificate is not from a trusted authority",
    );
    samba.settings("tls enabled = no\nldap server require strong auth = no");
    samba.start();
    refused(&each(&samba, &wrong).await.remove(0), "offers no TLS");
    assert_eq!(counted(&samba).as_deref(), Some("0"), "nobody signed in");
}

fn refused(found: &BTreeMap<String, (Level, String)>, words: &str) {
    assert_eq!(found[id::TLS].0, Level::Warning, "{found:?}");
    assert!(found[id::TLS].1.contains(words), "{words}: {found:?}");
    for id in [id::BIND, id::RIGHTS] {
        assert_eq!(found[id], (Level::Skipped, "after ad.tls".to_owned()), "{found:?}");
    }
}

/// The port that speaks TLS from the first byte, with the same trust.
async fn ldaps(samba: &Samba) {
    use crate::backend::ad::ldap::Secure;
    use crate::backend::ad::tls::Trust;
    let trust = Trust::new(&trusting(samba)).unwrap();
    let (limit, host) = (Duration::from_secs(10), "dc1.corp.example.test");
    let secure = Secure::connect(at(samba.address, 636), limit, &trust, host).await;
    let mut secure = secure.map_err(|it| format!("{it:?}")).unwrap();
    assert_eq!(secure.root_dse().await.unwrap().domain, BASE);
    let empty = secure.bind("svc@corp.example.test", &Secret::new("")).await;
    assert!(empty.is_err(), "an empty password is refused here");
}
