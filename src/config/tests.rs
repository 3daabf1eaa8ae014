//! Tests of the configuration file.

use super::*;
use crate::domain::Cloud;

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(text, Path::new("config.toml"))
}

fn messages(text: &str) -> Vec<String> {
    parse(text).unwrap_err().lines().collect()
}

/// E2: the example is what a user starts from, so it must be true.
#[test]
fn the_example_parses_and_equals_the_defaults() {
    let example = include_str!("../../config.example.toml");
    assert_eq!(parse(example).unwrap(), Config::default());
    assert_eq!(parse("").unwrap(), Config::default());
}

/// D7: a context's own installer is never checked by another's digest.
#[test]
fn a_context_can_have_its_own_agent() {
    let sha = |digit: &str| digit.repeat(64);
    let fly = "kind = 'store'\npath = '/plans/a.db'\n";
    let text = format!(
        "[agent]\ndownload_url = 'https://a.example/a.msi'\nsha256 = '{}'\n\
         [contexts.both]\n{fly}agent_url = 'https://b.example/b.msi'\nagent_sha256 = '{}'\n\
         [contexts.url]\n{fly}agent_url = 'https://c.example/c.msi'\n\
         [contexts.digest]\n{fly}agent_sha256 = '{}'\n\
         [contexts.none]\n{fly}",
        sha("1"),
        sha("2"),
        sha("3"),
    );
    let config = parse(&text).unwrap();
    for (context, url, digest) in [
        ("both", "https://b.example/b.msi", Some(sha("2"))),
        ("url", "https://c.example/c.msi", None),
        ("digest", "https://a.example/a.msi", Some(sha("3"))),
        ("none", "https://a.example/a.msi", Some(sha("1"))),
        ("unknown", "https://a.example/a.msi", Some(sha("1"))),
    ] {
        let agent = config.installer_of(context);
        assert_eq!(agent.url.as_deref(), Some(url), "{context}");
        assert_eq!(agent.checks.sha256.map(|it| it.to_string()), digest, "{context}");
    }
}

/// Every key that the reader knows stands in the example: an empty file with a wrong key in each
/// section lists them, and the example must hold them all.
#[test]
fn the_example_has_every_key_with_a_comment() {
    let example = include_str!("../../config.example.toml");
    let probe = "zz = 1\n[ui]\nzz = 1\n[password_policy]\nzz = 1\n[agent]\nzz = 1\n[aos]\nzz = 1\n\
                 [expiry]\nzz = 1\n[store]\nzz = 1\n[network]\nzz = 1\n[log]\nzz = 1\n[vault]\nzz = 1\n";
    let lists = messages(probe);
    assert_eq!(lists.len(), 10);
    let document = toml_edit::Document::parse(example).unwrap();
    for line in lists {
        let section = line.split(": ").nth(1).unwrap().trim_end_matches("zz").trim_end_matches('.');
        let known = line.split("known here: ").nth(1).unwrap();
        for key in known.split(", ") {
            let item = match section {
                "" => document.get(key),
                section => document.get(section).and_then(|table| table.get(key)),
            };
            assert!(item.is_some(), "{section}.{key} is not in config.example.toml");
        }
    }
    let mut previous = "";
    for line in example.lines() {
        let is_key = line.chars().next().is_some_and(char::is_alphanumeric);
        assert!(!is_key || previous.starts_with('#'), "no comment above: {line}");
        previous = line;
    }
}

#[test]
fn every_mistake_is_reported_at_once_with_its_line() {
    let text = "usr = 'x'\n\
                [ui]\n\
                colour = 'alwys'\n\
                mouse = 'yes'\n\
                color = 'auto'\n\
                [password_policy]\n\
                min_kinds = 5\n\
                [expiry]\n\
                warning_days = 'soon'\n\
                [agent]\n\
                install_command = 'msiexec /i {file}'\n\
                sha256 = 'abc'\n\
                [aos]\n\
                commercial = 'http://plain.example'\n\
                [network]\n\
                ca_bundle = 'corporate.pem'\n\
                timeout_seconds = 4\n\
                [vault]\n\
                key_command = 'pass show'\n\
                cache = 'keyrin'\n\
                [keys]\n\
                save = 5\n\
                [uii]\n\
                mouse = true\n";
    let lines = messages(text);
    let expected = [
        ("config.toml:1: usr: unknown key", "did you mean user?"),
        ("config.toml:3: ui.colour: must be one of \"auto\"", "did you mean \"always\"?"),
        ("config.toml:4: ui.mouse: must be true or false", "not a text"),
        ("config.toml:5: ui.color: unknown key", "did you mean colour?"),
        ("config.toml:7: password_policy.min_kinds: must be a whole number from 0 to 4", "not 5"),
        ("config.toml:9: expiry.warning_days: must be a whole number", "not a text"),
        ("config.toml:11: agent.install_command: must contain {agent}", ""),
        ("config.toml:12: agent.sha256: must be 64 hexadecimal digits", ""),
        ("config.toml:14: aos.commercial: must be an address", "https://"),
        ("config.toml:16: network.ca_bundle: must be an absolute path", ""),
        ("config.toml:17: network.timeout_seconds: must be a whole number from 5 to 600", "not 4"),
        ("config.toml:19: vault.key_command: must be a list of texts", "not a text"),
        ("config.toml:20: vault.cache: must be one of \"none\"", "did you mean \"keyring\"?"),
        ("config.toml:22: keys.save: must be a list of keys", ""),
        ("config.toml:23: uii: unknown section", "did you mean ui?"),
    ];
    assert_eq!(lines.len(), expected.len(), "{lines:#?}");
    for (line, (start, part)) in lines.iter().zip(expected) {
        assert!(line.starts_with(start) && line.contains(part), "{line}");
    }
}

#[test]
fn every_key_has_an_effect() {
    let config = parse(
        "user = ' anna '\n\
         [ui]\ncolour = 'never'\ntheme = 'mono'\nborders = 'ascii'\nmouse = true\nhyperlinks = true\n\
         [password_policy]\nmin_length = 12\nmin_kinds = 4\nforbid_user_name = false\n\
         [agent]\ndownload_url = '\\\\files\\fly\\agent.msi'\ninstall_command = 'x {agent} {key}'\n\
         sha256 = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'\nmax_mb = 3\n\
         [aos]\ncommercial = 'https://a.example/'\nusgov = ''\n21vianet = 'https://c.example'\n\
         [expiry]\nwarning_days = 30\n[preflight]\noutdated_days = 7\nwaivers = '/srv/waivers.toml'\n\
         [network]\nca_bundle = '/etc/corporate.pem'\ntimeout_seconds = 30\n\
         [log]\nlevel = 'debug'\nnames = 'plain'\nkeep = 2\nmax_mb = 1\n\
         [vault]\nkey_command = ['pass', 'show', 'a b']\nkey_command_timeout_seconds = 5\n\
         cache = 'keyring'\ncache_minutes = 60\n\
         [files]\nallow_commands = true\n\
         [keys]\nsave = ['ctrl-s', 'f2']\nquit = 'q'\n",
    )
    .unwrap();
    assert!(config.author().starts_with("anna ("));
    assert_eq!(config.ui.theme, "mono");
    assert_eq!(config.ui.borders, Borders::Ascii);
    assert_eq!(config.ui.colour, ColourWish::Never);
    assert!(config.ui.mouse && config.ui.hyperlinks);
    assert_eq!(
        config.password_policy,
        PasswordPolicy { min_length: 12, min_kinds: 4, forbid_user_name: false }
    );
    assert_eq!(config.agent.installer.url.as_deref(), Some(r"\\files\fly\agent.msi"));
    assert_eq!(config.agent.install_command, "x {agent} {key}");
    assert!(
        config.agent.installer.checks.sha256.is_some_and(|it| it.to_string().starts_with("9f86d0"))
    );
    assert_eq!(config.agent.installer.checks.max_bytes, 3 << 20);
    assert_eq!(config.aos.url(Cloud::Commercial), Some("https://a.example"));
    assert_eq!(config.aos.url(Cloud::UsGov), None);
    assert_eq!(config.aos.url(Cloud::China21Vianet), Some("https://c.example"));
    assert_eq!(config.vault.key_command, ["pass", "show", "a b"]);
    assert_eq!((config.vault.key_command_timeout_seconds, config.vault.cache_minutes), (5, 60));
    assert_eq!(config.vault.cache, UnlockCache::Keyring);
    assert_eq!(config.expiry_warning_days, 30);
    assert_eq!(config.preflight_days, 7);
    assert_eq!(config.waivers.as_deref(), Some(Path::new("/srv/waivers.toml")));
    let log = Log { level: Level::Debug, plain_names: true, keep: 2, max_bytes: 1 << 20 };
    assert_eq!(config.log, log);
    assert_eq!(config.network.ca_bundle.as_deref(), Some(Path::new("/etc/corporate.pem")));
    assert_eq!(config.network.timeout(), Duration::from_secs(30));
    let save = Binding { keys: vec!["ctrl-s".to_owned(), "f2".to_owned()], line: 42 };
    assert!(config.allow_commands);
    assert_eq!(config.keys.get("save"), Some(&save));
    assert_eq!(config.keys.get("quit").unwrap().keys, ["q"]);
}

#[test]
fn broken_toml_names_its_line() {
    let lines = messages("user = 'x'\n[ui\n");
    assert_eq!(lines.len(), 1);
    assert!(lines[0].starts_with("config.toml:2: not valid TOML"), "{lines:?}");
}

#[test]
fn a_name_that_acts_on_the_terminal_is_shown_escaped() {
    let lines = messages("\"\\u001b[2J\" = 1\n");
    assert!(lines[0].contains("\\u{1b}[2J") && !lines[0].contains('\u{1b}'), "{lines:?}");
}

#[test]
fn a_missing_file_is_all_defaults_unless_it_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("none.toml");
    assert_eq!(Config::load(&file, false).unwrap(), Config::default());
    let error = Config::load(&file, true).unwrap_err();
    assert!(error.lines().next().unwrap().contains("cannot read"));
    // Neither UTF-8 nor UTF-16.
    std::fs::write(&file, [b'u', 0xff, 0x81, b'\n']).unwrap();
    assert!(Config::load(&file, false).unwrap_err().lines().next().unwrap().contains("UTF-8"));
    assert!(Config::load(folder.path(), false).is_err());
}

/// Issue 13, point 8: a name in the configuration is a claim, and so is what the environment says.
#[test]
fn the_account_is_in_every_author() {
    let account = crate::files::owner::account();
    let of = |text: &str| parse(text).unwrap().author();
    let own = Config::default().author();
    assert!(own.starts_with(&format!("{account}@")), "{own}");
    assert_eq!(of("user = ''"), own);
    assert_eq!(of("user = 'anna'"), format!("anna ({own})"));
    assert_eq!(of("user = 'root@dc1'"), format!("root@dc1 ({own})"));
    for pretended in ["anna (root@dc1)", "anna)", "anna (", "(root@dc1)"] {
        let lines = parse(&format!("user = '{pretended}'")).unwrap_err();
        assert!(format!("{lines:?}").contains("the account of the system"), "{pretended}");
    }
}

proptest::proptest! {
    #[test]
    fn hostile_files_never_panic_and_errors_are_never_empty(text in "[a-z\\[\\]=\"'{}.,#\\n\\\\\\x00-\\x20 0-9-]{0,80}|.{0,80}") {
        if let Err(error) = parse(&text) {
            proptest::prop_assert!(!error.problems.is_empty());
            for line in error.lines() {
                proptest::prop_assert!(!line.chars().any(crate::text::is_hidden));
            }
        }
    }
}

#[test]
fn mistakes_in_the_keys_are_reported_with_all_others() {
    let text = "usr = \"x\"\n[keys]\ndelete = [\"n\"]\ndelte = [\"d\"]\nsort = [\"ctrl-ctrl\"]\n";
    let error = Config::parse(text, Path::new("config.toml")).unwrap_err();
    let lines: Vec<String> = error.lines().collect();
    let on = |line: usize, word: &str| {
        lines.iter().any(|it| it.starts_with(&format!("config.toml:{line}:")) && it.contains(word))
    };
    assert!(on(1, "usr"), "{lines:?}");
    assert!(on(3, "n is bound to both"), "{lines:?}");
    assert!(on(4, "did you mean delete"), "{lines:?}");
    assert!(on(5, "not a key"), "{lines:?}");
}

#[test]
fn roles_of_the_theme_are_styled_by_words_or_tables() {
    use ratatui::style::{Color, Modifier, Style};

    use crate::view::theme::Role;
    let text = "[theme]\nerror = 'bold magenta'\nselection = { bg = '#2c3648', underline = true, \
                dim = false }\nmuted = ''\n";
    let roles = parse(text).unwrap().ui.roles;
    let bold = Style::new().fg(Color::Magenta).add_modifier(Modifier::BOLD);
    let ground = Style::new().bg(Color::Rgb(0x2c, 0x36, 0x48)).add_modifier(Modifier::UNDERLINED);
    let expected = [(Role::Muted, Style::new()), (Role::Selection, ground), (Role::Error, bold)];
    assert_eq!(roles, expected.into());
    for (line, parts) in [
        (
            "eror = 'red'",
            &["theme.eror", "unknown role", "warning-symbol", "did you mean error"][..],
        ),
        ("error = 'redd'", &["theme.error", "unknown color", "magenta", "did you mean red"]),
        ("error = { fg = 'redd' }", &["theme.error", "unknown color", "bright-white"]),
        ("error = { blink = true }", &["theme.error", "underline and reverse", "blink"]),
        ("error = 3", &["theme.error", "must be a style such as"]),
    ] {
        let lines = messages(&format!("[theme]\n{line}\n"));
        let [message] = lines.as_slice() else { panic!("{lines:?}") };
        assert!(parts.iter().all(|it| message.contains(it)), "{message}");
    }
}
