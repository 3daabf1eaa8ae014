//! Every key of the configuration does something: with it the program shows what it does not show
//! without it, in each part that the key is about. The keys come from the reader itself, so that a
//! new one fails here until it has a case. SPEC E2.

use std::collections::BTreeSet;
use std::path::Path;

use jetbridge::config::Config;

use crate::home::Home;

mod views;

use views::{
    author, check, colours, command, commands, fly, home, kept, kid, log, reported, screen,
};

/// How a case looks at the program.
enum View {
    /// A verb, by its words.
    Verb(&'static str),
    /// A verb with a connection file on standard input, with this local administrator's password.
    Create(&'static str),
    /// The screen: what to wait for, and what to type then.
    Screen(&'static [(&'static str, &'static str)]),
    /// Anything else.
    Other(fn(&Home) -> String),
}

/// A key with what is seen without and with it.
struct Case {
    key: &'static str,
    /// What stands in the configuration in both runs. `~` is the home.
    base: &'static str,
    /// What is added.
    toml: &'static str,
    view: View,
    /// Seen without it, and not with it; empty: nothing is asked.
    usual: &'static str,
    /// Seen with it, and not without it; empty: nothing is asked.
    changed: &'static str,
}

const fn case(
    key: &'static str,
    toml: &'static str,
    view: View,
    usual: &'static str,
    changed: &'static str,
) -> Case {
    Case { key, base: "", toml, view, usual, changed }
}

/// The same on top of another configuration.
const fn over(base: &'static str, case: Case) -> Case {
    Case { base, ..case }
}

use View::{Create, Other, Screen, Verb};

const DOWNLOAD: &str = "[agent]\ndownload_url = '~/agent.msi'\n";
const STORE: &str = "[contexts.c]\nkind = 'store'\npath = '~/c.db'\n";
const FLY: &str = "[contexts.c]\nkind = 'fly'\ndata_centre = 'us'\n\
    client_id = '11111111-2222-4333-8444-555555555555'\ncredential = { secret = 'stdin' }\n";
const SLOW: &str = "[vault]\nkey_command = ['/bin/sleep', '60']\nkey_command_timeout_seconds = 2\n";
const ZEROS: &str = "sha256 = '0000000000000000000000000000000000000000000000000000000000000000'\n";
/// Steps to the only row of this name, key by key: a burst of keys is a paste.
macro_rules! row {
    ($name:literal, $($more:tt)*) => {
        &[("contoso-devices-cloud-dest", "/"), ("Search", $name), ("1 of 46", "\r"), $($more)*]
    };
}

/// The step of a device form that shows the agent.
const AGENT: &[(&str, &str)] = row!(
    "fabrikam-devices-source",
    ("enter open", "\r"),
    ("Connection type", "\u{1b}[6~"),
    ("Client secret", "\u{1b}[6~"),
    ("Device agent", ""),
);
/// The list with the one row whose secret expires in a few days.
const EXPIRING: &[(&str, &str)] = row!("northwind-devices-source", ("enter open", ""));
/// The details of that row.
const DETAILS: &[(&str, &str)] = row!("northwind-devices-source", ("enter open", "\t"));
/// The audit.
const AUDIT: &[(&str, &str)] = &[
    ("contoso-devices-cloud-dest", "A"),
    ("Errors", "/"),
    ("Search", "northwind-devices-source"),
    ("Local administrator", ""),
];
/// What the program finds of an installer.
const AGENT_OF_C: &str = "--context c agent download --force --unverified";

/// The pick list of app profiles of a connection's tenant.
macro_rules! profiles {
    ($name:literal) => {
        Screen(row!(
            $name,
            ("enter open", "\r"),
            ("● Connection", "\u{1b}[6~"),
            ("● Tenant", "\u{1b}[6~"),
            ("● Credentials", "\r"),
        ))
    };
}

const CASES: &[Case] = &[
    case("user", "user = 'somebody-else'\n", Other(author), "", "somebody-else ("),
    case(
        "signins",
        "[signins.mine]\ntenant = 'contoso.example'\nclient_id = '11111111-2222-4333-8444-555555555555'\n",
        Verb("signin list"),
        "no sign-ins",
        "contoso.example",
    ),
    over(STORE, case("context", "context = 'c'\n", Verb("list"), "contoso-teams-dest", "")),
    case("ui.colour", "[ui]\ncolour = 'never'\n", Other(colours), "coloured", "plain"),
    case("ui.theme", "[ui]\ntheme = 'mono'\n", Other(colours), "coloured", "plain"),
    case("ui.borders", "[ui]\nborders = 'ascii'\n", Screen(AGENT), "─", ""),
    case("ui.mouse", "[ui]\nmouse = true\n", Screen(AGENT), "", "\u{1b}[?1000h"),
    over(
        "[agent]\ndownload_url = 'https://agent.example/a.msi'\n",
        case("ui.hyperlinks", "[ui]\nhyperlinks = true\n", Screen(AGENT), "", "\u{1b}]8;;https"),
    ),
    case("ui.redact", "[ui]\nredact = true\n", Verb("list"), "contoso-teams-dest", ""),
    case("ui.redact", "[ui]\nredact = true\n", Verb("audit"), "fabrikam", ""),
    case(
        "password_policy.min_length",
        "[password_policy]\nmin_length = 5\n",
        Create("Ab1!x"),
        "7 characters",
        "1 to create",
    ),
    case(
        "password_policy.min_kinds",
        "[password_policy]\nmin_kinds = 1\n",
        Create("aaaaaaaaaa"),
        "4 kinds",
        "1 to create",
    ),
    case(
        "password_policy.forbid_user_name",
        "[password_policy]\nforbid_user_name = false\n",
        Create("Xhelper1!"),
        "the user name",
        "1 to create",
    ),
    case(
        "agent.download_url",
        DOWNLOAD,
        Verb("agent download --force --unverified"),
        "download_url",
        "agent.msi",
    ),
    case(
        "agent.download_url",
        "[agent]\ndownload_url = 'https://agent.example/a.msi'\n",
        Screen(AGENT),
        "download_url",
        "agent.example",
    ),
    over(
        DOWNLOAD,
        case(
            "agent.sha256",
            ZEROS,
            Verb("agent download --force --unverified"),
            "msiexec",
            "is not the one that was expected",
        ),
    ),
    over(
        DOWNLOAD,
        case(
            "agent.max_mb",
            "max_mb = 1\n",
            Verb("agent download --force --unverified"),
            "msiexec",
            "max_mb",
        ),
    ),
    over(
        DOWNLOAD,
        case(
            "agent.install_command",
            "install_command = 'setup-of-mine {agent}'\n",
            Verb("agent download --force --unverified"),
            "msiexec",
            "setup-of-mine",
        ),
    ),
    case(
        "agent.install_command",
        "[agent]\ninstall_command = 'setup-of-mine {agent}'\n",
        Screen(AGENT),
        "msiexec",
        "setup-of-mine",
    ),
    case(
        "aos.commercial",
        "[aos]\ncommercial = 'https://com.example'\n",
        profiles!("contoso-groups-source"),
        "www.avepointonlineservices.com",
        "com.example",
    ),
    case(
        "aos.usgov",
        "[aos]\nusgov = 'https://gov.example'\n",
        profiles!("woodgrove-groups-dest"),
        "usgov.avepointonlineservices.com",
        "gov.example",
    ),
    case(
        "aos.21vianet",
        "[aos]\n21vianet = 'https://portal-of-china.example'\n",
        profiles!("litware-groups-source"),
        "",
        "portal-of-china.example",
    ),
    case(
        "store.purge_days",
        "[store]\npurge_days = 0\n",
        Other(kept),
        "purged 90 days after",
        "purge_days is 0",
    ),
    case("expiry.warning_days", "[expiry]\nwarning_days = 0\n", Verb("list"), "expires soon", ""),
    case("expiry.warning_days", "[expiry]\nwarning_days = 0\n", Verb("audit"), "expiring", ""),
    case(
        "expiry.warning_days",
        "[expiry]\nwarning_days = 365\n",
        Verb("list --health ok"),
        "contoso-devices-cloud-dest",
        "",
    ),
    case(
        "expiry.warning_days",
        "[expiry]\nwarning_days = 0\n",
        Verb("show northwind-devices-source"),
        "expires soon",
        "",
    ),
    case(
        "expiry.warning_days",
        "[expiry]\nwarning_days = 0\n",
        Verb("runbook northwind-devices-source"),
        "expires soon",
        "",
    ),
    case(
        "expiry.warning_days",
        "[expiry]\nwarning_days = 365\n",
        Verb("export --format csv contoso-devices-cloud-dest"),
        ",ok,",
        ",warning,",
    ),
    case(
        "expiry.warning_days",
        "[expiry]\nwarning_days = 0\n",
        Screen(EXPIRING),
        "expires soon",
        "",
    ),
    case(
        "expiry.warning_days",
        "[expiry]\nwarning_days = 0\n",
        Screen(DETAILS),
        "expires soon",
        "",
    ),
    case("expiry.warning_days", "[expiry]\nwarning_days = 0\n", Screen(AUDIT), "expires soon", ""),
    case(
        "network.ca_bundle",
        "[network]\nca_bundle = '/no/such.pem'\n",
        Verb("doctor"),
        "",
        "/no/such.pem",
    ),
    case(
        "network.ca_bundle",
        "[network]\nca_bundle = '/no/such.pem'\n",
        Other(check),
        "",
        "/no/such.pem",
    ),
    over(
        FLY,
        case(
            "network.ca_bundle",
            "[network]\nca_bundle = '/no/such.pem'\n",
            Other(fly),
            "",
            "/no/such.pem",
        ),
    ),
    case(
        "network.timeout_seconds",
        "[network]\ntimeout_seconds = 5\n",
        Other(check),
        "",
        "wait 6 s",
    ),
    case("log.level", "[log]\nlevel = 'off'\n", Other(log), "started", "no log"),
    case("log.names", "[log]\nnames = 'plain'\n", Other(log), "", "contoso-teams-dest"),
    over("[log]\nmax_mb = 1\n", case("log.keep", "keep = 2\n", Other(log), "jetbridge.2.log", "")),
    case("log.max_mb", "[log]\nmax_mb = 1\n", Other(log), "", "jetbridge.2.log"),
    case("vault.key_command", SLOW, Other(command), "has no key command", "within 2 s"),
    over(
        SLOW,
        case(
            "vault.key_command_timeout_seconds",
            "[vault]\nkey_command = ['/bin/sleep', '60']\nkey_command_timeout_seconds = 1\n",
            Other(command),
            "within 2 s",
            "within 1 s",
        ),
    ),
    case("vault.cache", "[vault]\ncache = 'keyring'\n", Verb("vault status"), "", "keyring"),
    over(
        "[vault]\ncache = 'keyring'\n",
        case("vault.cache_minutes", "cache_minutes = 7\n", Verb("vault status"), "15 min", "7 min"),
    ),
    case(
        "keys",
        "[keys]\ncreate = ['z']\n",
        Screen(&[("contoso-teams-dest", "z")]),
        "",
        "New connection",
    ),
    case(
        "files.allow_commands",
        "[files]\nallow_commands = true\n",
        Other(commands),
        "not allowed",
        "created commanded",
    ),
    over("", case("contexts.kind", FLY, Verb("context list"), "", "fly")),
    case("contexts.path", STORE, Verb("context list"), "", "c.db"),
    case("contexts.data_centre", FLY, Verb("context list"), "", "graph-us."),
    case("contexts.url", URL, Verb("context list"), "", "https://fly.example/fly"),
    over(
        FLY,
        case(
            "contexts.identity_url",
            "identity_url = 'https://id.example/connect/token'\n",
            Verb("context list --json"),
            "https://identity.avepoint",
            "https://id.example/connect/token",
        ),
    ),
    case("contexts.client_id", FLY, Verb("context list --json"), "", "11111111-2222-4333"),
    case("contexts.credential", FLY, Verb("context list --json"), "", "standard input"),
    over(SIGNED, case("contexts.kid", "kid = 'hex'\n", Other(kid), "", "\"x5t\"")),
    over(FLY, case("contexts.label", "label = 'PROD'\n", Verb("context list"), "", "PROD")),
    over(
        STORE,
        case(
            "contexts.label",
            "label = 'PROD'\n[contexts.local]\nlabel = 'MINE'\n",
            Screen(&[("contoso-teams-dest", "")]),
            "",
            "MINE",
        ),
    ),
    over(
        FLY,
        case("contexts.colour", "colour = 'red'\n", Verb("context list --json"), "", "\"red\""),
    ),
    over(
        STORE,
        case(
            "contexts.agent_url",
            "agent_url = '~/agent.msi'\n",
            Verb(AGENT_OF_C),
            "download_url",
            "agent.msi",
        ),
    ),
    over(
        "[contexts.c]\nkind = 'store'\npath = '~/c.db'\nagent_url = '~/agent.msi'\n",
        case(
            "contexts.agent_sha256",
            "agent_sha256 = '0000000000000000000000000000000000000000000000000000000000000000'\n",
            Verb(AGENT_OF_C),
            "msiexec",
            "is not the one that was expected",
        ),
    ),
];

const URL: &str = "[contexts.c]\nkind = 'fly'\nurl = 'https://fly.example/fly'\n\
    client_id = '11111111-2222-4333-8444-555555555555'\ncredential = { secret = 'stdin' }\n";

const SIGNED: &str = "[contexts.c]\nkind = 'fly'\ndata_centre = 'us'\n\
    client_id = '11111111-2222-4333-8444-555555555555'\n\
    credential = { certificate = '~/app.pem' }\n";

fn look(home: &Home, case: &Case, wanted: &str) -> String {
    match case.view {
        Verb(words) => reported(home.run(&words.split(' ').collect::<Vec<_>>())),
        Create(password) => {
            let record = format!(
                "[[connection]]\nname = 'effects'\ntype = 'Device'\nside = 'source'\n\
                 client_id = '11111111-2222-4333-8444-555555555555'\n\
                 client_secret = 'fake-not-real'\nlocal_admin = true\n\
                 local_admin_user = 'helper'\nlocal_admin_password = '{password}'\n"
            );
            let args = ["create", "-f", "-", "--allow-plain-secrets", "--dry-run"];
            reported(home.run_with(&args, record))
        }
        Screen(steps) => screen(home, steps, wanted),
        Other(view) => view(home),
    }
}

/// What is wrong with a case, if anything.
fn prove(home: &Home, case: &Case) -> Option<String> {
    let root = home.path("");
    let root = root.to_str().unwrap().trim_end_matches('/');
    // A key of the top of the file stands before every table.
    let top = !case.key.contains('.') && !case.toml.starts_with('[');
    // The same table once more stands in its place.
    let again = case.toml.starts_with('[') && case.toml.lines().next() == case.base.lines().next();
    let (first, rest) = match (top, again) {
        (true, _) => (case.toml, case.base),
        (false, true) => (case.toml, ""),
        (false, false) => (case.base, case.toml),
    };
    home.config(&case.base.replace('~', root));
    let without = look(home, case, case.usual);
    home.config(&format!("{first}{rest}").replace('~', root));
    let changed = look(home, case, case.changed);
    for (seen, has, lacks) in
        [(&without, case.usual, case.changed), (&changed, case.changed, case.usual)]
    {
        if !seen.contains(has) {
            return Some(format!("{}: no {has:?} in {seen}", case.key));
        }
        if !lacks.is_empty() && seen.contains(lacks) {
            return Some(format!("{}: {lacks:?} in {seen}", case.key));
        }
    }
    None
}

fn prove_all(which: impl Fn(&View) -> bool) {
    let home = home();
    let cases = CASES.iter().filter(|it| which(&it.view));
    let wrong: Vec<String> = cases.filter_map(|case| prove(&home, case)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn keys_change_what_verbs_answer() {
    prove_all(|it| matches!(it, Verb(_) | Create(_)));
}

#[test]
fn keys_change_what_the_screen_shows() {
    prove_all(|it| matches!(it, Screen(_)));
}

#[test]
fn keys_change_what_is_written_called_and_run() {
    prove_all(|it| matches!(it, Other(_)));
}

/// The keys that a table of the configuration knows, from what the reader says of one it does not.
fn known(text: &str) -> Vec<String> {
    let error = Config::parse(text, Path::new("config.toml")).unwrap_err();
    let list = error.lines().find_map(|it| Some(it.split_once("known here: ")?.1.to_owned()));
    let words = list.map(|it| it.split(", ").map(str::to_owned).collect());
    words.unwrap_or_default()
}

#[test]
fn every_key_has_a_case() {
    let mut keys = BTreeSet::new();
    for top in known("zz = 1\n") {
        let inner = match top.as_str() {
            "contexts" => [STORE, FLY].map(|it| known(&format!("{it}zz = 1\n"))).concat(),
            // Its keys are actions.
            "keys" => Vec::new(),
            _ => known(&format!("[{top}]\nzz = 1\n")),
        };
        if inner.is_empty() {
            keys.insert(top);
        } else {
            keys.extend(inner.into_iter().map(|it| format!("{top}.{it}")));
        }
    }
    assert!(keys.len() > 30 && keys.contains("ui.mouse") && keys.contains("user"), "{keys:?}");
    let mut cases: BTreeSet<String> = CASES.iter().map(|it| it.key.to_owned()).collect();
    // Roles of the theme are proven in the view, the age of a result in the audit's own tests, the file of
    // waivers where checks are waived.
    let elsewhere = ["theme", "preflight.outdated_days", "preflight.waivers"];
    cases.extend(elsewhere.map(str::to_owned));
    assert_eq!(keys, cases, "a key without a case, or a case without a key");
}
