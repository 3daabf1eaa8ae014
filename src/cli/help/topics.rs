//! The topics: what concerns several commands, from the tables that the program itself uses.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::app::{Context, Keymap};
use crate::cli::paths;
use crate::config::Paths;
use crate::domain::SecretSource;
use crate::error::Exit;

/// A topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// Every command.
    Commands,
    /// What holds for every command.
    Options,
    /// Variables.
    Environment,
    /// Exit codes.
    ExitCodes,
    /// Where everything lies.
    Files,
    /// Every key of the configuration.
    Configuration,
    /// Where secrets come from, and where they are kept.
    Secrets,
    /// Keys of the screen.
    Keys,
}

/// Every topic.
pub const TOPICS: [Topic; 8] = [
    Topic::Commands,
    Topic::Options,
    Topic::Environment,
    Topic::ExitCodes,
    Topic::Files,
    Topic::Configuration,
    Topic::Secrets,
    Topic::Keys,
];

impl Topic {
    /// Its word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Commands => "commands",
            Self::Options => "options",
            Self::Environment => "environment",
            Self::ExitCodes => "exit-codes",
            Self::Files => "files",
            Self::Configuration => "configuration",
            Self::Secrets => "secrets",
            Self::Keys => "keys",
        }
    }

    const fn about(self) -> &'static str {
        match self {
            Self::Commands => "Every command, in one line each",
            Self::Options => "Options that every command takes",
            Self::Environment => "Variables that jetbridge reads",
            Self::ExitCodes => "Exit codes of commands",
            Self::Files => "Where files are",
            Self::Configuration => "Every key of config.toml with its default, as such a file",
            Self::Secrets => "Where secrets come from, and how they are kept",
            Self::Keys => "Keys of the screen, place by place",
        }
    }

    /// The topic with this word.
    pub fn named(word: &str) -> Option<Self> {
        TOPICS.into_iter().find(|it| it.name() == word)
    }
}

/// The topics with what they are about.
pub fn lines() -> String {
    let mut out = "Topics:\n".to_owned();
    for it in TOPICS {
        line(&mut out, &format!("  {:15}{}", it.name(), it.about()));
    }
    out
}

fn line(out: &mut String, text: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{text}");
}

/// Variables that are read, with what they do. A test holds the sources against it.
pub const VARIABLES: &[(&[&str], &str)] = &[
    (
        &["JETBRIDGE_CONFIG_DIR", "JETBRIDGE_DATA_DIR", "JETBRIDGE_STATE_DIR"],
        "folders to use in place of the defaults; `jetbridge paths` shows them",
    ),
    (&["JETBRIDGE_CONTEXT"], "context to work on; --context overrides it"),
    (&["HOME"], "parent of the default folders"),
    (
        &["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"],
        "the default folders, where they differ from those below HOME",
    ),
    (
        &["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLORTERM", "TERM"],
        "whether to use colours; `colour` in the configuration overrides them; TERM also, whether there is a screen",
    ),
    (&["VISUAL", "EDITOR"], "editor of `jetbridge edit`"),
    (
        &["ACCESSIBLE"],
        "1: ask line by line where an editor would open, for screen readers; TERM=dumb does the same",
    ),
    (
        &["XDG_RUNTIME_DIR"],
        "private folder for the text that `jetbridge edit` opens in the editor; else the temporary folder",
    ),
    (
        &["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"],
        "how services are reached, in capitals or not",
    ),
    (
        &["SSL_CERT_FILE", "SSL_CERT_DIR"],
        "certificate authorities in place of the system's; `ca_bundle` in the configuration adds some",
    ),
    (&["CREDENTIALS_DIRECTORY"], "where systemd puts the credentials of a service"),
    (
        &["USER", "LOGNAME", "USERNAME", "COMPUTERNAME"],
        "who changed something, unless `user` is configured",
    ),
    (&["TMUX", "STY"], "detect tmux and GNU screen, for copying"),
    (
        &["LC_ALL", "LC_CTYPE", "LANG"],
        "whether the screen uses more than ASCII, while `borders` in the configuration is \"auto\"",
    ),
    (&["PATH"], "checked by `jetbridge doctor`"),
];

/// The variables.
pub fn environment() -> String {
    let mut out = String::new();
    for (names, about) in VARIABLES {
        line(&mut out, &format!("  {}", names.join(", ")));
        line(&mut out, &format!("      {about}"));
    }
    out
}

/// Exit codes with their meaning.
pub fn exit_codes() -> String {
    let mut out = String::new();
    for exit in Exit::ALL {
        line(&mut out, &format!("  {:>3}  {}", exit.code(), exit.meaning()));
    }
    out
}

/// Which command ends with which code, where the meaning alone leaves that open.
pub const EXIT_NOTES: &str = "\
\x20 1  a name or id that no connection has; output that cannot be written
  2  an unknown value where only some are valid: an option's value, a rule, a
     permission (explain), a context
  3  plan, apply --dry-run: something would change
     diff, runbook --live: something differs
     audit: findings at the level of --fail-on, or worse
     doctor, vault status --check: something does not work
     key check: not current; permissions check: something is missing
  4  a sign-in that is refused, a vault that is locked, a host or a store that
     is not trusted, a secret that was entered for another destination
  5  delete, restore, purge, export, apply, import --from: some of the names
     were not done
     list, audit, preflight: some of several contexts could not be read
  6  edit, delete, restore, purge: it was changed since it was read
     apply --plan-file: the store was changed since

With -o json or -o jsonl, standard error holds one JSON object per line: an
error has the message, the causes, the hints and the exit code. `jetbridge
schema answers` describes it.
";

/// What lies where, and what it is.
pub fn files(paths: &Paths) -> String {
    let mut out = String::new();
    for place in paths::places(paths) {
        line(&mut out, &format!("  {}", place.path.display()));
        line(&mut out, &format!("      {}", place.about));
    }
    out.push_str(
        "\nEverything is created when it is needed, readable only by you. Copy a store with its -wal, and\n\
         keep a copy of the vault key elsewhere: without it no stored secret can be opened.\n",
    );
    out
}

/// How a source of a secret is written, and what it is.
const fn source(source: &SecretSource) -> (&'static str, &'static str) {
    match source {
        SecretSource::Stored => ("stored", "sealed in the local store; the usual one"),
        SecretSource::File(_) => ("{ file = PATH }", "a file that only its owner may read"),
        SecretSource::Command(_) => {
            ("{ command = [PROGRAM, ARG, ...] }", "what a program prints, run without a shell")
        }
        SecretSource::Stdin => ("stdin", "standard input, typed without echo on a terminal"),
        SecretSource::Systemd(_) => {
            ("{ systemd = NAME }", "a credential that systemd passes to a service")
        }
    }
}

/// Every key of the configuration, as a file that changes nothing.
pub const CONFIGURATION: &str = include_str!("../../../config.example.toml");

/// Where secrets come from, and how they are kept.
pub fn secrets() -> String {
    let mut out = "\
A secret is never an argument, never in the configuration and in no log, error, export or report.

In a connection file (create, edit, plan, apply):
  { file = PATH }            a file that only its owner may read
  { command = [PROGRAM] }    what a program prints, run without a shell
  { prompt = true }          asked for, without echo
  { keep = true }            the one that is stored already; what export writes

For a context (jetbridge context add, [contexts.NAME] credential = { secret = ... }):
"
    .to_owned();
    let all = [
        SecretSource::Stored,
        SecretSource::File(Default::default()),
        SecretSource::Command(Vec::new()),
        SecretSource::Stdin,
        SecretSource::Systemd(String::new()),
    ];
    for it in &all {
        let (form, about) = source(it);
        line(&mut out, &format!("  {form:36}{about}"));
    }
    out.push_str(
        "\nStored secrets are sealed one by one. What opens them is a key file outside the store's folder, a\n\
         passphrase or a command (jetbridge help vault), so that a copied store alone opens nothing.\n\
         --vault-key-fd N provides it without a terminal.\n",
    );
    out
}

/// The keys of every place, as the configuration has them.
pub fn keys(bindings: &BTreeMap<String, Vec<String>>) -> String {
    let keymap = Keymap::with(bindings).unwrap_or_default();
    let mut out = String::new();
    for place in Context::ALL {
        line(&mut out, place.label());
        for (action, keys) in keymap.of(place) {
            let keys = keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
            line(&mut out, &format!("  {keys:16} {:18} {}", action.slug(), action.about_in(place)));
        }
        out.push('\n');
    }
    out.push_str("[keys] in the configuration binds others, by the names in the middle: delete = [\"ctrl-d\"]\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever the program asks the environment for is reported. What only tests use is not.
    #[test]
    fn every_variable_that_is_read_is_reported() {
        let reported: Vec<&str> =
            VARIABLES.iter().flat_map(|(names, _)| names.iter().copied()).collect();
        let hidden = ["JETBRIDGE_LOOPBACK_STAND_IN", "JETBRIDGE_TEST_", "JETBRIDGE_UPDATE"];
        let mut open = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
        let mut seen = 0;
        while let Some(path) = open.pop() {
            if path.is_dir() {
                open.extend(std::fs::read_dir(&path).unwrap().map(|it| it.unwrap().path()));
                continue;
            }
            if path.iter().any(|it| it.to_string_lossy().starts_with("tests")) {
                continue;
            }
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            // The compiler reads these, and nobody after it.
            let text = text.replace("option_env!(\"", "");
            for part in text.split("\"JETBRIDGE_").skip(1).chain(text.split("\"XDG_").skip(1)) {
                let name = part.split('"').next().unwrap();
                let known = |it: &&str| it.ends_with(name);
                let whole = name.chars().all(|c| c.is_ascii_uppercase() || c == '_');
                if whole
                    && !hidden
                        .iter()
                        .any(|it| it.ends_with(name) || format!("JETBRIDGE_{name}").starts_with(it))
                {
                    seen += 1;
                    assert!(reported.iter().any(known), "{name} in {}", path.display());
                }
            }
        }
        assert!(seen > 5, "{seen}");
    }

    #[test]
    fn keys_are_those_of_the_configuration() {
        let bound = BTreeMap::from([("delete".to_owned(), vec!["ctrl-d".to_owned()])]);
        let text = keys(&bound);
        assert!(text.contains("ctrl-d           delete"), "{text}");
        for place in Context::ALL {
            assert!(text.contains(place.label()), "{text}");
        }
    }

    #[test]
    fn every_source_of_a_secret_is_reported() {
        let text = secrets();
        for word in ["stored", "file", "command", "stdin", "systemd", "prompt", "keep"] {
            assert!(text.contains(word), "{text}");
        }
    }
}
