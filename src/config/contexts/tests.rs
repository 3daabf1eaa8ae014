//! Tests of `[contexts]`: reading, refusing, editing, replacing the file.

use std::path::Path;

use super::file::{ConfigFile, WriteError};
use super::*;
use crate::config::{Config, ConfigError};

const ID: &str = "11111111-2222-3333-4444-555555555555";
const CANARY: &str = "canary8Q~Not-A-Real-Secret.0123456789abc";

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(text, Path::new("config.toml"))
}

fn messages(text: &str) -> Vec<String> {
    parse(text).unwrap_err().lines().collect()
}

fn fly(more: &str) -> String {
    format!("[contexts.c]\nkind = 'fly'\ndata_centre = 'us'\nclient_id = '{ID}'\n{more}\n")
}

fn credential(text: &str) -> CredentialConfig {
    let config = parse(&fly(&format!("credential = {text}"))).unwrap();
    match config.contexts["c"].place.clone() {
        ContextPlace::Fly(fly) => fly.credential,
        ContextPlace::Store { .. } | ContextPlace::Postgres(_) => panic!("a fly context"),
    }
}

/// What the example offers in its comments works as it stands there.
#[test]
fn the_commented_example_parses() {
    let example = include_str!("../../../config.example.toml");
    let start = example.find("#   [contexts.wave-2]").unwrap();
    let end = example.find("[contexts]\n").unwrap();
    let text: String = example[start..end]
        .lines()
        .filter_map(|it| it.strip_prefix("#   "))
        .filter(|it| !it.starts_with("# "))
        .map(|it| format!("{it}\n"))
        .collect();
    let config = parse(&text).unwrap();
    assert_eq!(config.contexts.len(), 3, "{text}");
    let contoso = &config.contexts["contoso"];
    assert_eq!(contoso.label.as_deref(), Some("PROD"));
    assert_eq!(contoso.colour, Some(ContextColour::Red));
    assert!(matches!(&contoso.place, ContextPlace::Fly(it) if it.credential.is_stored()));
    // The other credentials, one by one in its place.
    let others: Vec<&str> =
        example.lines().filter_map(|it| it.strip_prefix("#   # credential = ")).collect();
    assert_eq!(others.len(), 6);
    for other in others {
        credential(other.split("    #").next().unwrap());
    }
    for line in ["url", "identity_url"] {
        let start = format!("#   # {line} = ");
        let value = example.lines().find_map(|it| it.strip_prefix(&start)).unwrap();
        assert!(value.starts_with("\"https://"), "{value}");
    }
}

#[test]
fn every_source_is_read() {
    use SecretSource::{Command, File, Stdin, Stored, Systemd};
    let secret = |source| CredentialConfig::Secret(source);
    assert_eq!(credential("{ secret = 'stored' }"), secret(Stored));
    assert_eq!(credential("{ secret = 'stdin' }"), secret(Stdin));
    assert_eq!(credential("{ secret = { file = '/x/y' } }"), secret(File("/x/y".into())));
    assert_eq!(credential("{ secret = { systemd = 'fly' } }"), secret(Systemd("fly".into())));
    let words = vec!["pass".to_owned(), "show fly".to_owned()];
    assert_eq!(
        credential("{ secret = { command = ['pass', 'show fly'] } }"),
        secret(Command(words))
    );
    let certificate = |key| CredentialConfig::Certificate { certificate: "/x.pem".into(), key };
    assert_eq!(credential("{ certificate = '/x.pem' }"), certificate(None));
    assert_eq!(
        credential("{ certificate = '/x.pem', key = { file = '/x.key' } }"),
        certificate(Some(File("/x.key".into())))
    );
    let table = format!("{}[contexts.c.credential]\nsecret = 'stored'\n", fly(""));
    assert!(parse(&table).is_ok(), "a table of its own is as good");
}

/// E3: refused with its line and what to do, and never repeated.
#[test]
fn a_plain_secret_is_refused_without_being_repeated() {
    for line in [
        format!("credential = '{CANARY}'"),
        format!("credential = {{ secret = '{CANARY}' }}"),
        format!("credential = {{ certificate = '/x.pem', key = '{CANARY}' }}"),
        format!("credential = {{ secret = 'stored' }}\nclient_secret = '{CANARY}'"),
        format!("credential = {{ secret = 'stored' }}\nsecret = '{CANARY}'"),
        format!("credential = {{ secret = 'stored' }}\npassword = '{CANARY}'"),
        format!("credential = {{ secret = {{ command = '{CANARY}' }} }}"),
        format!("credential = {{ secret = {{ systemd = '/{CANARY}' }} }}"),
        format!("credential = {{ secret = {{ text = '{CANARY}' }} }}"),
        format!("credential = {CANARY}"),
    ] {
        let text = fly(&line);
        let lines = messages(&text);
        let at = if line.contains('\n') { 6 } else { 5 };
        assert!(lines.iter().any(|it| it.starts_with(&format!("config.toml:{at}: "))), "{lines:?}");
        assert!(!lines.join("\n").contains("canary"), "{lines:?}");
    }
    let lines = messages(&fly(&format!("credential = {{ secret = '{CANARY}' }}")));
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("treat it as exposed"), "{lines:?}");
    assert!(lines[0].contains("jetbridge context edit c --secret-stdin"), "{lines:?}");
}

#[test]
fn every_mistake_is_reported_at_once_with_its_line() {
    let text = format!(
        "context = 'contosso'\n\
         [contexts.'a b']\n\
         kind = 'store'\n\
         [contexts.contoso]\n\
         kind = 'fly'\n\
         url = 'http://plain.example/fly'\n\
         client_id = '123'\n\
         colour = 'rd'\n\
         agent_sha256 = 'abc'\n\
         [contexts.local]\n\
         kind = 'store'\n\
         path = '/x.db'\n\
         [contexts.wave]\n\
         kind = 'stor'\n\
         path = 'relative.db'\n\
         [contexts.none]\n\
         label = 'x'\n\
         [contexts.two]\n\
         kind = 'fly'\n\
         data_centre = 'us'\n\
         url = 'https://x.example/fly'\n\
         client_id = '{ID}'\n\
         credential = {{ secret = 'stored', certificate = '/x' }}\n\
         identity = 'x'\n\
         [contexts.four]\n\
         kind = 'store'\n\
         path = 'x.db'\n\
         [contexts.Four]\n\
         kind = 'store'\n"
    );
    let lines = messages(&text);
    let expected = [
        (1, "context: there is no [contexts.NAME] with this name; did you mean contoso?"),
        (2, "a context's name has 1 to 64 letters"),
        (4, "contexts.contoso.credential: is missing"),
        (6, "contexts.contoso.url: must be an address that starts with https://"),
        (7, "contexts.contoso.client_id: "),
        (8, "contexts.contoso.colour: must be one of"),
        (9, "contexts.contoso.agent_sha256: must be a SHA-256"),
        (12, "contexts.local.path: the store of the built-in context local has a fixed path"),
        (14, "contexts.wave.kind: must be one of \"store\", \"postgres\", \"fly\""),
        (16, "contexts.none.kind: is missing"),
        (18, "contexts.two.url: cannot be used with data_centre"),
        (23, "contexts.two.credential.secret: cannot be used with certificate"),
        (24, "contexts.two.identity: unknown key"),
        (27, "contexts.four.path: must be an absolute path"),
        (28, "contexts.Four: differs from four in case only"),
    ];
    for (line, part) in expected {
        let start = format!("config.toml:{line}: ");
        assert!(
            lines.iter().any(|it| it.starts_with(&start) && it.contains(part)),
            "{line} {part}: {lines:#?}"
        );
    }
    assert_eq!(lines.len(), expected.len(), "{lines:#?}");
}

const KEPT: &str = "# mine\nuser = 'anna' # me\n\n[contexts.old] # about old\n# why\nkind = 'store'\npath = '/old.db' # here\n\n[keys]\n";

fn some() -> ContextConfig {
    parse(&fly("credential = { secret = 'stored' }\nlabel = 'PROD'")).unwrap().contexts["c"].clone()
}

#[test]
fn editing_keeps_every_other_byte() {
    let text = edit::put(KEPT, "new", &some()).unwrap();
    let config = parse(&text).unwrap();
    assert_eq!(config.contexts["new"], some());
    for line in KEPT.lines() {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    let (back, was_active) = edit::remove(&text, "new").unwrap();
    assert_eq!((back.as_str(), was_active), (KEPT, false));
    // The same once more is the same.
    assert_eq!(edit::put(&text, "new", &some()).unwrap(), text);
    let old = parse(&text).unwrap().contexts["old"].clone();
    assert_eq!(edit::put(&text, "old", &old).unwrap(), text);
    let moved =
        ContextConfig { place: ContextPlace::Store { path: Some("/new.db".into()) }, ..old };
    let text = edit::put(&text, "old", &moved).unwrap();
    assert!(text.contains("path = \"/new.db\" # here") && text.contains("# why"), "{text}");
}

#[test]
fn the_active_context_is_set_and_falls_back() {
    let text = edit::put("", "new", &some()).unwrap();
    let used = edit::activate(&text, "new").unwrap();
    assert_eq!(parse(&used).unwrap().context, "new");
    assert_eq!(parse(&edit::activate(KEPT, "old").unwrap()).unwrap().context, "old");
    let (left, was_active) = edit::remove(&used, "new").unwrap();
    assert!(was_active);
    assert_eq!(parse(&left).unwrap(), Config::default());
    let example = include_str!("../../../config.example.toml");
    let text = edit::put(example, "new", &some()).unwrap();
    assert_eq!(parse(&text).unwrap().contexts["new"], some());
    assert_eq!(edit::remove(&text, "new").unwrap().0, example);
}

#[test]
fn a_file_is_replaced_whole_private_and_never_over_another_change() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/config.toml");
    let (file, config) = ConfigFile::read(&path, false).unwrap();
    assert_eq!(config, Config::default());
    file.replace("user = 'a'\n").unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "user = 'a'\n");
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    let (first, _) = ConfigFile::read(&path, false).unwrap();
    let (second, _) = ConfigFile::read(&path, false).unwrap();
    first.replace("user = 'b'\n").unwrap();
    assert!(matches!(second.replace("user = 'c'\n"), Err(WriteError::Changed(_))));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "user = 'b'\n");
    let (third, _) = ConfigFile::read(&path, false).unwrap();
    assert!(matches!(third.replace("usr = 1\n"), Err(WriteError::Invalid(_))));
    assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing left over");
    std::fs::write(&path, "usr = 1\n").unwrap();
    assert!(ConfigFile::read(&path, false).is_err());
}
