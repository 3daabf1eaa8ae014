//! Every verdict, from facts that are made up.

use super::*;
use crate::backend::http::ProxyPlace;
use crate::files::owner::Owner;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn left_by_sudo(it: &mut Folder) {
    let foreign = Foreign { path: it.path.clone(), owner: Owner(0) };
    *it = Folder { writable: false, foreign: Some(foreign), ..it.clone() };
}

fn place(path: &str, mode: u32) -> Folder {
    Folder { path: path.into(), exists: true, mode: Some(mode), writable: true, foreign: None }
}

fn key(mode: u32, state: KeyFile) -> Key {
    Key { file: Some((place("/c/vault.key", mode), state)), other: None, locked: true }
}

/// A machine on which all is well.
fn well() -> Facts {
    let inside = Inside {
        schema: 2,
        known: 2,
        connections: 3,
        damage: Some(Vec::new()),
        last_change: Some(at("2026-11-22T10:00:00Z")),
        sealed: true,
        sealed_contexts: Vec::new(),
        deleted: (0, None),
        purge_days: 90,
        untrusted: None,
    };
    Facts {
        terminal: Terminal {
            term: "xterm-256color".into(),
            input: true,
            output: true,
            size: Some((120, 40)),
            least: (40, 12),
            colour: true,
            colour_why: "the output is a terminal".into(),
            locale: Some(("LANG", "C.UTF-8".into())),
            tmux: Some(Tmux {
                set_clipboard: Some("on".into()),
                allow_passthrough: Some("off".into()),
                escape_time: Some("10".into()),
            }),
            clipboard: Clipboard::Arrived,
            ..Terminal::default()
        },
        config: Config { file: "/c/config.toml".into(), exists: true, ..Config::default() },
        store: Some(Store {
            file: place("/d/connections.db", 0o600),
            folder: place("/d", 0o700),
            network_fs: None,
            free: Some(1 << 40),
            wal: 0,
            inside: Some(Ok(inside)),
        }),
        key: key(0o600, KeyFile::Fits),
        contexts: vec![Context {
            name: "prod".into(),
            what: "Fly at fly.example".into(),
            credential: Some(Ok("secret in a file".into())),
            unknown: None,
            reached: Some(Ok("it answers".into())),
        }],
        network: Network {
            proxies: vec![ProxyVariable {
                name: "HTTPS_PROXY",
                place: Ok(ProxyPlace { host: "proxy.example".into(), port: 3128, signs_in: true }),
                used: true,
            }],
            no_proxy: 2,
            certificates: vec![("SSL_CERT_FILE", "/etc/ca.pem".into(), true)],
            ca_bundle: Some("/c/ca.pem".into()),
            client: Some(Ok(())),
        },
        clock: Clock { now: Some(at("2026-11-22T11:00:00Z")), ahead: Some(3) },
        log: Some(place("/s/log", 0o700)),
    }
}

/// Verdict and words of one check after a change.
fn after(name: &str, change: impl FnOnce(&mut Facts)) -> (Level, String) {
    let mut facts = well();
    change(&mut facts);
    let checks = judge(&facts);
    // Several areas have a file.
    let (area, name) = name.split_once('/').map_or((None, name), |(area, it)| (Some(area), it));
    let here = |it: &&CheckResult| area.is_none_or(|area| it.area == area) && it.check == name;
    let found = checks.iter().find(here);
    let it = found.unwrap_or_else(|| panic!("{name} is not in {checks:#?}"));
    (it.level, format!("{} {}", it.found, it.fix))
}

fn inside(facts: &mut Facts) -> &mut Inside {
    match &mut facts.store {
        Some(Store { inside: Some(Ok(it)), .. }) => it,
        other => panic!("{other:?}"),
    }
}

fn of(facts: &mut Facts) -> &mut Store {
    facts.store.as_mut().unwrap()
}

#[test]
fn a_machine_that_is_well_has_nothing_to_do() {
    let checks = judge(&well());
    assert_eq!(worst(&checks), Level::Ok, "{checks:#?}");
    assert!(checks.iter().all(|it| it.fix.is_empty()));
}

/// Whatever does not work or could be better says what to do.
#[test]
fn every_finding_says_what_to_do() {
    let mut facts = Facts::default();
    facts.terminal.tmux = Some(Tmux::default());
    facts.terminal.output = true;
    facts.terminal.input = true;
    for facts in [facts, Facts::default()] {
        for it in judge(&facts) {
            let bad = it.level >= Level::Warning;
            assert_eq!(bad, !it.fix.is_empty(), "{it:?}");
            assert!(!it.found.is_empty(), "{it:?}");
        }
    }
}

#[test]
fn terminals_are_judged() {
    use Level::{Fail, Ok, Skipped, Warning};
    type Change = fn(&mut Terminal);
    let table: &[(&str, Change, Level, &str)] = &[
        ("terminal", |it| it.term.clear(), Fail, "TERM is not set"),
        ("terminal", |it| it.term = "dumb".into(), Fail, "cannot be drawn"),
        ("terminal", |it| it.output = false, Skipped, "standard output"),
        ("size", |it| it.size = Some((39, 40)), Fail, "needs 40x12"),
        ("size", |it| it.size = Some((60, 20)), Warning, "80x24"),
        ("size", |it| it.size = None, Skipped, "no terminal"),
        ("colours", |it| it.colour = false, Ok, "off: the output is a terminal"),
        ("characters", |it| it.locale = Some(("LANG", "C".into())), Warning, "not UTF-8"),
        ("characters", |it| it.locale = None, Warning, "auto"),
        ("characters", |it| (it.locale, it.ascii) = (None, true), Ok, "+ - |"),
        ("characters", |it| it.locale = Some(("LC_ALL", "de_DE.utf8".into())), Ok, "UTF-8"),
        (
            "clipboard (OSC 52)",
            |it| it.clipboard = Clipboard::NotAsked,
            Skipped,
            "only at a terminal",
        ),
        ("clipboard (OSC 52)", |it| it.clipboard = Clipboard::NoAnswer, Skipped, "nothing"),
        ("clipboard (OSC 52)", |it| it.clipboard = Clipboard::Refused, Skipped, "left as it is"),
        ("clipboard (OSC 52)", |it| it.clipboard = Clipboard::Other, Warning, "save to a file"),
        ("GNU screen", |it| it.screen = true, Ok, "in pieces"),
    ];
    for (name, change, state, words) in table {
        let (found, text) = after(name, |facts| change(&mut facts.terminal));
        assert_eq!(found, *state, "{name}: {text}");
        assert!(text.contains(words), "{words:?} is not in {text:?}");
    }
}

#[test]
fn tmux_lets_copies_through_in_one_of_two_ways() {
    let with = |clipboard: Option<&str>, through: Option<&str>| {
        let tmux = Tmux {
            set_clipboard: clipboard.map(str::to_owned),
            allow_passthrough: through.map(str::to_owned),
            escape_time: Some("500".into()),
        };
        after("tmux copying", |facts| facts.terminal.tmux = Some(tmux)).0
    };
    assert_eq!(with(Some("on"), None), Level::Ok);
    assert_eq!(with(Some("external"), Some("on")), Level::Ok);
    assert_eq!(with(Some("external"), Some("all")), Level::Ok);
    assert_eq!(with(Some("external"), Some("off")), Level::Warning);
    assert_eq!(with(Some("off"), None), Level::Warning);
    assert_eq!(with(None, None), Level::Skipped);
    let delay = |text: &str| {
        after("tmux escape-time", |facts| {
            facts.terminal.tmux = Some(Tmux { escape_time: Some(text.into()), ..Tmux::default() });
        })
        .0
    };
    assert_eq!(
        [delay("0"), delay("100"), delay("500"), delay("soon")],
        [Level::Ok, Level::Ok, Level::Warning, Level::Skipped]
    );
}

#[test]
fn every_mistake_of_the_configuration_is_reported() {
    let mut facts = well();
    facts.config.mistakes = vec![
        ("ui.theme".into(), "c.toml:3: ui.theme: must be …".into()),
        ("keys.delete".into(), "c.toml:9: keys.delete: d is bound to both".into()),
    ];
    let wrong: Vec<CheckResult> =
        judge(&facts).into_iter().filter(|it| it.level == Level::Fail).collect();
    let names: Vec<&str> = wrong.iter().map(|it| it.check.as_str()).collect();
    assert_eq!(names, ["file", "keys"]);
    assert!(wrong[1].found.contains("c.toml:9"));
    // Only another mistake was found: of the keys nothing is said.
    facts.config.mistakes.pop();
    assert!(judge(&facts).iter().any(|it| it.check == "keys" && it.level == Level::Skipped));
    let (state, text) = after("keys", |it| it.config.rebound = 2);
    assert!(state == Level::Ok && text.starts_with("2 actions"), "{text}");
    let (_, text) = after("author", |it| {
        it.config.claimed = true;
        it.config.author = "anna (ben@jump)".to_owned();
    });
    assert!(text.contains("signed anna (ben@jump)") && text.contains("claimed"), "{text}");
    let (state, text) = after("file", |it| it.config.exists = false);
    assert!(state == Level::Ok && text.contains("defaults are used"), "{text}");
}

/// Deleted connections keep their secrets: how many, and until when.
#[test]
fn deleted_connections_are_counted_with_their_end() {
    for (deleted, days, part) in [
        (0, 90, "no deleted connections"),
        (3, 0, "3 kept with their secrets; purge_days is 0"),
        (
            3,
            90,
            "purged 90 days after its deletion: the first with the next change from 2027-02-20",
        ),
    ] {
        let mut facts = well();
        if let Some(Store { inside: Some(Ok(it)), .. }) = &mut facts.store {
            it.deleted = (deleted, (deleted > 0).then(|| at("2026-11-22T10:00:00Z")));
            it.purge_days = days;
        }
        let found = judge(&facts).into_iter().find(|it| it.check == "deleted").unwrap();
        assert!(found.level == Level::Ok && found.found.contains(part), "{found:?}");
    }
}

#[test]
fn stores_are_judged() {
    use Level::{Fail, Ok, Skipped, Warning};
    type Change = fn(&mut Facts);
    let table: &[(&str, Change, Level, &str)] = &[
        ("schema", |it| inside(it).schema = 3, Fail, "update this one"),
        ("schema", |it| inside(it).schema = 1, Ok, "upgraded to 2"),
        ("integrity", |it| inside(it).damage = Some(vec!["row 5".into()]), Fail, "row 5"),
        ("integrity", |it| inside(it).damage = None, Skipped, "in time"),
        ("trust", |_| {}, Ok, "not older"),
        ("trust", |it| inside(it).untrusted = Some(("gone".into(), "accept".into())), Fail, "gone"),
        ("file system", |it| of(it).network_fs = Some("nfs".into()), Fail, "nfs"),
        ("permissions of the file", |it| of(it).file.mode = Some(0o644), Warning, "chmod 600"),
        ("permissions of the folder", |it| of(it).folder.mode = Some(0o755), Warning, "chmod 700"),
        ("free space", |it| of(it).free = Some(1 << 20), Fail, "1 MB"),
        ("free space", |it| of(it).free = Some(50 << 20), Warning, "50 MB"),
        ("free space", |it| of(it).free = None, Skipped, "does not report"),
        ("write-ahead log", |it| of(it).wal = 100_000, Ok, "98 KB"),
        ("write-ahead log", |it| of(it).wal = 65 << 20, Warning, "65 MB"),
        ("folder", |it| it.log.as_mut().unwrap().writable = false, Warning, "nothing is logged"),
        ("folder", |it| left_by_sudo(it.log.as_mut().unwrap()), Warning, "is owned by root"),
        ("folder", |it| left_by_sudo(it.log.as_mut().unwrap()), Warning, "sudo chown"),
        ("Store/file", |it| left_by_sudo(&mut of(it).file), Fail, "sudo chown"),
        ("folder", |it| it.log = None, Fail, "home"),
        ("key file", |it| it.key = key(0o600, KeyFile::Broken), Fail, "altered"),
        ("key file", |it| it.key = key(0o600, KeyFile::Unreadable), Fail, "cannot be read"),
        ("key file", |it| it.key = key(0o600, KeyFile::Other), Fail, "not the key of this"),
        ("key file", |it| of(it).folder.path = "/c".into(), Warning, "next to the store"),
        (
            "permissions of the key file",
            |it| it.key = key(0o640, KeyFile::Fits),
            Warning,
            "chmod 600",
        ),
    ];
    for (name, change, state, words) in table {
        let (found, text) = after(name, change);
        assert_eq!(found, *state, "{name}: {text}");
        assert!(text.contains(words), "{words:?} is not in {text:?}");
    }
    let gone = |sealed: bool| {
        after("key file", |it| {
            inside(it).sealed = sealed;
            it.key = key(0o600, KeyFile::Missing);
        })
        .0
    };
    assert_eq!((gone(true), gone(false)), (Fail, Ok));
    let elsewhere = |said| after("key", |it| it.key.other = Some(("a command".into(), said))).0;
    assert_eq!(elsewhere(Result::Ok(())), Ok);
    assert_eq!(elsewhere(Err(("gone".into(), "bring it".into()))), Fail);
}

#[test]
fn the_file_of_a_store_is_judged() {
    let file = |change: fn(&mut Store)| {
        let mut facts = well();
        change(facts.store.as_mut().unwrap());
        let all = judge(&facts);
        let it = all.iter().find(|it| it.area == "Store" && it.check == "file").unwrap();
        (it.level, it.found.clone())
    };
    assert_eq!(file(|it| it.inside = None).0, Level::Ok);
    assert_eq!(file(|it| (it.inside, it.file.writable) = (None, false)).0, Level::Fail);
    assert_eq!(file(|it| it.file.writable = false).0, Level::Fail);
    let (state, text) = file(|it| it.inside = Some(Err(("no store".into(), "move it".into()))));
    assert_eq!((state, text.as_str()), (Level::Fail, "no store"));
}

#[test]
fn contexts_and_networks_are_judged() {
    use Level::{Fail, Ok, Skipped, Warning};
    type Change = fn(&mut Facts);
    let table: &[(&str, Change, Level, &str)] = &[
        (
            "prod",
            |it| it.contexts[0].credential = Some(Err(("others may read".into(), "chmod".into()))),
            Fail,
            "others may read",
        ),
        ("prod", |it| it.contexts[0].credential = None, Skipped, "not checked"),
        (
            "prod, reached",
            |it| it.contexts[0].reached = Some(Err(("refused".into(), "call them".into()))),
            Fail,
            "refused",
        ),
        ("contexts", |it| it.contexts.clear(), Ok, "none but"),
        ("HTTPS_PROXY", |it| it.network.proxies[0].place = Err("no"), Fail, "http://HOST:PORT"),
        ("HTTPS_PROXY", |it| it.network.proxies[0].used = false, Ok, "no call uses it"),
        ("proxy", |it| it.network.proxies.clear(), Ok, "none"),
        ("SSL_CERT_FILE", |it| it.network.certificates[0].2 = false, Fail, "does not exist"),
        ("certificate authorities", |it| it.network.client = None, Skipped, "once"),
        (
            "certificate authorities",
            |it| it.network.client = Some(Err(("no PEM".into(), "fix".into()))),
            Fail,
            "no PEM",
        ),
        ("clock", |it| it.clock.ahead = Some(900), Fail, "15 minutes slow"),
        ("clock", |it| it.clock.ahead = Some(-900), Fail, "15 minutes fast"),
        ("clock", |it| it.clock.ahead = Some(-300), Ok, "as a server's"),
        ("clock", |it| it.clock.now = None, Skipped, "not known"),
        (
            "clock",
            |it| inside(it).last_change = Some(at("2026-11-22T12:00:00Z")),
            Warning,
            "in the future",
        ),
    ];
    for (name, change, state, words) in table {
        let (found, text) = after(name, change);
        assert_eq!(found, *state, "{name}: {text}");
        assert!(text.contains(words), "{words:?} is not in {text:?}");
    }
}
