//! What is known of every command beside its arguments: one row each. Help pages, completions,
//! suggestions and the guards before a command are made from it; a test holds the rows against the
//! definition of the arguments.

use super::help::page::Group::{self, *};

/// Whether a command changes something, as it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Effect {
    /// Nothing.
    #[default]
    Reads,
    /// It says what it would change, and changes nothing.
    Plans,
    /// It does.
    Writes,
}

/// What a command may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changes {
    /// Nothing, or files that it is asked to write.
    Nothing,
    /// What is in the store, or kept beside it.
    Connections,
    /// What opens the secrets.
    Vault,
    /// The store as a whole.
    Store,
    /// The file with the contexts.
    Configuration,
}

/// What a command works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Not even a configuration that can be read: it may be what helps to fix that.
    Nothing,
    /// The contexts of the configuration.
    Contexts,
    /// The store of the active context, closed.
    Store,
    /// The active context, open.
    Context,
    /// As [`Self::Context`], but only with some options; standard input is its own.
    MayNeedContext,
}

/// What completions offer where a name stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// Deleted connections.
    Deleted,
    /// Contexts.
    Contexts,
    /// Contexts that stand in the configuration.
    Configured,
    /// Sign-ins.
    SignIns,
}

/// What is known of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Its words, such as `permissions check`.
    pub path: &'static str,
    /// Other names for its last word.
    pub aliases: &'static [&'static str],
    /// Line of the first page that names it.
    pub group: Option<Group>,
    /// What it may change; with `--dry-run` it only says so.
    pub changes: Changes,
    /// Arguments with which it changes nothing.
    pub reads_with: &'static [&'static str],
    /// Arguments without which it changes nothing; none: it always may.
    pub writes_with: &'static [&'static str],
    /// What it works on.
    pub needs: Needs,
    /// Whether it compares names with files, which pseudonyms cannot be.
    pub true_names: bool,
    /// Whether it works in several contexts at once.
    pub several: bool,
    /// What its NAME is, where it is not a connection.
    pub names: Option<Names>,
    /// What other programs call it, and how it is written here.
    pub elsewhere: &'static [(&'static [&'static str], &'static str)],
    /// Whole command lines.
    pub examples: &'static [&'static str],
}

impl Row {
    const fn new(path: &'static str, needs: Needs) -> Self {
        Self {
            path,
            aliases: &[],
            group: None,
            changes: Changes::Nothing,
            reads_with: &[],
            writes_with: &[],
            needs,
            true_names: false,
            several: false,
            names: None,
            elsewhere: &[],
            examples: &[],
        }
    }

    const fn on_page(mut self, group: Group) -> Self {
        self.group = Some(group);
        self
    }

    const fn in_several(mut self) -> Self {
        self.several = true;
        self
    }

    const fn alias(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    const fn changes(mut self, what: Changes) -> Self {
        self.changes = what;
        self
    }

    const fn names(mut self, names: Names) -> Self {
        self.names = Some(names);
        self
    }

    const fn elsewhere(
        mut self,
        names: &'static [(&'static [&'static str], &'static str)],
    ) -> Self {
        self.elsewhere = names;
        self
    }

    const fn examples(mut self, lines: &'static [&'static str]) -> Self {
        self.examples = lines;
        self
    }

    /// What it does when these arguments are given.
    pub fn effect(&self, given: impl Fn(&str) -> bool) -> Effect {
        let any = |names: &[&str]| names.iter().any(|it| given(it));
        let idle = !self.writes_with.is_empty() && !any(self.writes_with);
        match self.changes {
            Changes::Nothing => Effect::Reads,
            _ if idle || any(self.reads_with) => Effect::Reads,
            _ if given("dry_run") => Effect::Plans,
            _ => Effect::Writes,
        }
    }

    /// The command line without a command: the screen.
    pub const SCREEN: Self = Self::new("", Needs::Nothing);

    /// The row of a command.
    pub fn of(path: &str) -> Option<&'static Self> {
        ROWS.iter().find(|it| it.path == path)
    }
}

/// A command that works on the active context.
const fn on(path: &'static str, group: Group) -> Row {
    Row::new(path, Needs::Context).on_page(group)
}

/// Every command, in the order of the first page.
pub const ROWS: &[Row] = &[
    on("list", Look).in_several().alias(&["ls"]).examples(&[
        "jetbridge list --type Device --side source",
        "jetbridge list --all-contexts --health error",
        "jetbridge list --health error,warning --sort modified --reverse",
        "jetbridge list --search hq -o json",
    ]),
    on("show", Look)
        .elsewhere(&[
            (&["get", "describe", "view", "cat"], "show NAME"),
            (&["history", "log"], "show NAME --history"),
        ])
        .examples(&[
            "jetbridge show contoso-devices-hq --history",
            "jetbridge show 018f3c -o json",
        ]),
    Row { writes_with: &["discard"], ..on("drafts", Look) }
        .changes(Changes::Connections)
        .examples(&["jetbridge drafts", "jetbridge drafts --discard ID --yes"]),
    on("audit", Judge).in_several().elsewhere(&[(&["health", "check", "lint"], "audit")]),
    on("audit rules", Judge).examples(&["jetbridge audit rules"]),
    on("audit explain", Judge).examples(&["jetbridge audit explain expired"]),
    // Pseudonyms lead to no tenant.
    Row { true_names: true, writes_with: &["evidence"], ..on("preflight", Judge) }
        .in_several()
        .changes(Changes::Connections)
        .elsewhere(&[(&["pre-flight", "verify"], "preflight NAME")]),
    on("preflight results", Judge).examples(&["jetbridge preflight results"]),
    may("preflight checks", Judge).examples(&["jetbridge preflight checks"]),
    Row { true_names: true, ..on("preflight waive", Judge) }
        .changes(Changes::Configuration)
        .examples(&[
            "jetbridge preflight waive contoso-groups-nam-dest --check acct.mfa --reason 'ticket 4711' --until 2026-12-31",
            "jetbridge preflight waive contoso-groups-nam-dest --check acct.mfa --remove",
        ]),
    may("preflight requirements", Judge).examples(&["jetbridge preflight requirements --skip mdm"]),
    on("diff", Judge).examples(&[
        "jetbridge diff --live prod",
        "jetbridge diff --only differing,plan -o markdown",
    ]),
    on("create", Write)
        .changes(Changes::Connections)
        .elsewhere(&[(&["new", "add"], "create")])
        .examples(&[
            "jetbridge create",
            "jetbridge create -f new.toml --dry-run",
            "jetbridge create -f wanted/",
        ]),
    on("edit", Write)
        .changes(Changes::Connections)
        .elsewhere(&[(&["set", "update", "change", "modify"], "edit NAME --set KEY=VALUE")])
        .examples(&[
            "jetbridge edit contoso-devices-hq",
            "jetbridge edit contoso-devices-hq --set name=contoso-hq --set description=",
        ]),
    on("clone", Write)
        .changes(Changes::Connections)
        .elsewhere(&[(&["copy", "cp", "duplicate"], "clone NAME NEWNAME")])
        .examples(&["jetbridge clone contoso-groups-a contoso-groups-b --set tenant=Fabrikam"]),
    on("delete", Remove)
        .alias(&["rm"])
        .changes(Changes::Connections)
        .elsewhere(&[(&["remove", "del", "destroy"], "delete NAME")])
        .examples(&["jetbridge delete old-a old-b --dry-run", "jetbridge delete old-a --yes"]),
    Row { reads_with: &["list"], ..on("restore", Remove) }
        .changes(Changes::Connections)
        .names(Names::Deleted)
        .elsewhere(&[(&["undelete", "undo"], "restore NAME")])
        .examples(&["jetbridge restore --list", "jetbridge restore old-a"]),
    on("purge", Remove)
        .changes(Changes::Connections)
        .names(Names::Deleted)
        .elsewhere(&[(&["erase", "wipe", "shred", "forget"], "purge NAME")])
        .examples(&["jetbridge purge old-a --dry-run", "jetbridge purge old-a --yes"]),
    on("export", Carry).examples(&[
        "jetbridge export --out wanted/",
        "jetbridge export --side source -o csv --out sources.csv",
        "jetbridge export contoso-devices-hq",
    ]),
    on("import", Carry)
        .changes(Changes::Connections)
        .examples(&["jetbridge import rows.csv --dry-run", "jetbridge import --from prod"]),
    on("schema", Carry).examples(&["jetbridge schema", "jetbridge schema permissions check"]),
    Row { true_names: true, ..on("plan", Files) }.examples(&[
        "jetbridge plan -f wanted/",
        "jetbridge plan -f wanted/ --prune --out plan.json",
    ]),
    on("apply", Files)
        .changes(Changes::Connections)
        .examples(&["jetbridge apply --plan-file plan.json", "jetbridge apply -f wanted/ --yes"]),
    // Ticks are kept beside the store.
    Row { writes_with: &["tick", "untick", "reset"], ..on("runbook", Portal) }
        .changes(Changes::Connections)
        .examples(&[
            "jetbridge runbook contoso-devices-hq --tick 1,2",
            "jetbridge runbook contoso-devices-hq -o markdown --out ticket.md",
        ]),
    may("permissions list", Portal)
        .alias(&["ls"])
        .examples(&["jetbridge permissions list --cloud 21vianet"]),
    may("permissions requirements", Portal).examples(&[
        "jetbridge permissions requirements --method fly-app --job copy",
        "jetbridge permissions requirements --connection contoso-groups-a --markdown",
    ]),
    may("permissions manifest", Portal)
        .examples(&["jetbridge permissions manifest --job copy --multi-geo --out manifest.json"]),
    may("permissions check", Portal).examples(&[
        "jetbridge permissions check --manifest exported.json --job copy",
        "jetbridge permissions check --live --tenant contoso.example --client-id ID --gaps",
    ]),
    may("permissions explain", Portal)
        .examples(&["jetbridge permissions explain full_access_as_app"]),
    contexts("context list").alias(&["ls"]).examples(&["jetbridge context list"]),
    contexts("context add").changes(Changes::Configuration).examples(&[
        "jetbridge context add prod --kind fly",
        "jetbridge context add lab --kind store --path /srv/lab/connections.db",
    ]),
    contexts("context edit")
        .changes(Changes::Configuration)
        .names(Names::Configured)
        .examples(&["jetbridge context edit prod --label PROD --colour red"]),
    contexts("context use")
        .changes(Changes::Configuration)
        .names(Names::Contexts)
        .elsewhere(&[(&["switch", "use"], "context use NAME")])
        .examples(&["jetbridge context use prod"]),
    contexts("context remove")
        .alias(&["rm", "delete"])
        .changes(Changes::Configuration)
        .names(Names::Configured)
        .examples(&["jetbridge context remove lab --yes"]),
    Row { writes_with: &["host"], ..contexts("context trust") }
        .changes(Changes::Configuration)
        .examples(&["jetbridge context trust fly.example.com"]),
    contexts("context test")
        .names(Names::Contexts)
        .examples(&["jetbridge context test prod", "jetbridge context test --report report.txt"]),
    contexts("signin list").alias(&["ls"]).examples(&["jetbridge signin list"]),
    contexts("signin add").changes(Changes::Configuration).examples(&[
        "jetbridge signin add contoso --tenant contoso.example --client-id ID --secret-stdin",
        "jetbridge signin add me --tenant contoso.example --client-id ID --device-code",
    ]),
    contexts("signin test").names(Names::SignIns).examples(&["jetbridge signin test contoso"]),
    contexts("signin remove")
        .alias(&["rm", "delete"])
        .names(Names::SignIns)
        .changes(Changes::Configuration)
        .examples(&["jetbridge signin remove contoso --yes"]),
    on("directory import", Places)
        .changes(Changes::Connections)
        .examples(&["jetbridge directory import directory.json --dry-run"]),
    // Pseudonyms lead to no tenant.
    Row { true_names: true, ..on("directory refresh", Places) }
        .changes(Changes::Connections)
        .examples(&[
            "jetbridge directory refresh --dry-run",
            "jetbridge directory refresh service-accounts --tenant contoso.example",
        ]),
    on("directory list", Places)
        .alias(&["ls"])
        .elsewhere(&[(
            &["tenant", "tenants", "container", "containers", "profiles"],
            "directory list",
        )])
        .examples(&["jetbridge directory list tenants", "jetbridge directory list -o csv"]),
    may("key check", Devices).examples(&["jetbridge key check"]),
    may("agent download", Devices).examples(&["jetbridge agent download --out installers/"]),
    store("vault status").examples(&["jetbridge vault status --check"]),
    store("vault init")
        .changes(Changes::Vault)
        .examples(&["jetbridge vault init --source passphrase"]),
    store("vault passphrase").changes(Changes::Vault).examples(&["jetbridge vault passphrase"]),
    store("vault rotate")
        .changes(Changes::Vault)
        .examples(&["jetbridge vault rotate --source passphrase"]),
    store("vault accept")
        .changes(Changes::Vault)
        .examples(&["jetbridge vault accept --reason restored-by-me"]),
    // Locking forgets a key on this machine; the store stays as it is.
    store("vault lock").examples(&["jetbridge vault lock"]),
    store("team migrate")
        .changes(Changes::Store)
        .examples(&["jetbridge team migrate --context team"]),
    store("team members").examples(&["jetbridge team members --context team"]),
    store("team invite").changes(Changes::Vault).examples(&[
        "jetbridge team invite ben",
        "jetbridge team invite ben --fingerprint FINGERPRINT",
    ]),
    store("team join").changes(Changes::Vault).examples(&["jetbridge team join"]),
    store("team remove").changes(Changes::Vault).examples(&["jetbridge team remove ben"]),
    alone("team roles").on_page(Sealed).examples(&["jetbridge team roles > roles.sql"]),
    store("store copy")
        .changes(Changes::Store)
        .examples(&["jetbridge store copy --from local --to team"]),
    store("backup create").examples(&["jetbridge backup create monday.jbk --passphrase"]),
    store("backup verify").examples(&["jetbridge backup verify monday.jbk"]),
    store("backup restore")
        .changes(Changes::Store)
        .examples(&["jetbridge backup restore monday.jbk"]),
    alone("doctor")
        .on_page(Start)
        .examples(&["jetbridge doctor", "jetbridge doctor --network -o json"]),
    alone("paths")
        .on_page(Start)
        .elsewhere(&[(&["config", "where", "info"], "paths")])
        .examples(&["jetbridge paths -o json"]),
    on("sample load", Start).changes(Changes::Connections).examples(&["jetbridge sample load"]),
    alone("completions").alias(&["completion"]).examples(&[
        "source <(jetbridge completions bash)",
        "jetbridge completions zsh > ~/.zfunc/_jetbridge",
        "jetbridge completions fish > ~/.config/fish/completions/jetbridge.fish",
        "jetbridge completions powershell | Out-String | Invoke-Expression",
    ]),
    alone("man")
        .elsewhere(&[(&["manual"], "man")])
        .examples(&["jetbridge man | man -l -", "jetbridge man --dir ~/.local/share/man/man1"]),
    alone("help").examples(&["jetbridge help permissions check", "jetbridge help exit-codes"]),
];

/// A command that needs a context only with some options.
const fn may(path: &'static str, group: Group) -> Row {
    Row::new(path, Needs::MayNeedContext).on_page(group)
}

const fn contexts(path: &'static str) -> Row {
    Row::new(path, Needs::Contexts).on_page(Places)
}

const fn store(path: &'static str) -> Row {
    Row::new(path, Needs::Store).on_page(Sealed)
}

const fn alone(path: &'static str) -> Row {
    Row::new(path, Needs::Nothing)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::Command;

    use super::*;
    use crate::cli::args::{Args, Verb};
    use crate::cli::help::{command, is_command, parses};
    use crate::cli::team::TeamVerb;

    /// Every command that can be run, with its path.
    fn leaves() -> Vec<(String, Command)> {
        fn walk(command: &Command, path: &str, out: &mut Vec<(String, Command)>) {
            for it in command.get_subcommands().filter(|it| !it.is_hide_set()) {
                let path = format!("{path} {}", it.get_name()).trim().to_owned();
                if is_command(it) {
                    out.push((path.clone(), it.clone()));
                }
                walk(it, &path, out);
            }
        }
        let mut out = Vec::new();
        walk(&command(), "", &mut out);
        out
    }

    #[test]
    fn every_command_has_a_row_and_every_row_a_command() {
        let leaves: BTreeSet<String> = leaves().into_iter().map(|it| it.0).collect();
        let rows: BTreeSet<String> = ROWS.iter().map(|it| it.path.to_owned()).collect();
        assert_eq!(rows, leaves);
        assert_eq!(rows.len(), ROWS.len(), "a path stands twice");
    }

    /// What a row says of arguments is said of arguments that are there, and nothing that can be
    /// tried without changing anything is taken for reading.
    #[test]
    fn rows_name_arguments_of_their_command() {
        for (path, command) in leaves() {
            let row = Row::of(&path).unwrap();
            let has = |id: &str| command.get_arguments().any(|it| it.get_id() == id);
            for id in row.reads_with.iter().chain(row.writes_with) {
                assert!(has(id), "{path} has no {id}");
            }
            assert!(!has("dry_run") || row.changes != Changes::Nothing, "{path}");
            let names = command.get_positionals().filter_map(|it| it.get_value_names());
            let name = names.flatten().any(|it| matches!(it.as_str(), "NAME" | "NAME|ID"));
            assert!(row.names.is_none() || name, "{path} takes no name");
        }
    }

    #[test]
    fn examples_are_understood_and_need_what_their_row_says() {
        for row in ROWS {
            for line in row.examples {
                let line = line.split_once("<(").map_or(*line, |it| it.1).trim_end_matches(')');
                let line = line.split(' ').take_while(|it| !matches!(*it, "|" | ">"));
                let words: Vec<String> = line.skip(1).map(str::to_owned).collect();
                assert!(words.join(" ").starts_with(row.path), "{words:?} below {}", row.path);
                assert_eq!(parses(&words), Ok(()), "{words:?}");
                let whole = std::iter::once("jetbridge".to_owned()).chain(words);
                let needs: &[Needs] = match Args::of(whole).unwrap().verb.unwrap() {
                    Verb::Store(_) => &[Needs::Context, Needs::MayNeedContext],
                    Verb::Context(_) | Verb::Signin(_) => &[Needs::Contexts],
                    Verb::Team(TeamVerb::Roles) => &[Needs::Nothing],
                    Verb::Vault(_) | Verb::Backup(_) | Verb::Team(_) | Verb::Stores(_) => {
                        &[Needs::Store]
                    }
                    _ => &[Needs::Nothing],
                };
                assert!(needs.contains(&row.needs), "{}", row.path);
            }
        }
    }

    #[test]
    fn every_command_shows_examples() {
        for (path, command) in leaves() {
            let own = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(own.contains("Examples:"), "{path}");
        }
    }

    /// A word leads to one command only, and to none that is called so itself.
    #[test]
    fn other_names_are_unique_and_lead_somewhere() {
        let mut seen = BTreeSet::new();
        let own = crate::cli::help::commands_of("");
        for row in ROWS {
            for (words, line) in row.elsewhere {
                assert!(line.starts_with(row.path), "{line}");
                for word in *words {
                    assert!(seen.insert(word) && !own.iter().any(|it| it == word), "{word}");
                }
            }
        }
    }

    #[test]
    fn the_effect_follows_the_arguments() {
        for (path, given, effect) in [
            ("list", "", Effect::Reads),
            ("delete", "", Effect::Writes),
            ("delete", "dry_run", Effect::Plans),
            ("restore", "", Effect::Writes),
            ("restore", "list", Effect::Reads),
            ("restore", "dry_run", Effect::Plans),
            ("runbook", "", Effect::Reads),
            ("runbook", "tick", Effect::Writes),
            ("vault lock", "", Effect::Reads),
            ("vault rotate", "", Effect::Writes),
            ("backup restore", "dry_run", Effect::Plans),
            ("context use", "", Effect::Writes),
        ] {
            let row = Row::of(path).unwrap();
            assert_eq!(row.effect(|it| it == given), effect, "{path} {given}");
        }
    }
}
