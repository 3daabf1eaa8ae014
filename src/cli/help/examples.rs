//! Examples below the help of each command. A test holds them against what is understood.

/// Commands with their examples.
pub const EXAMPLES: &[(&str, &[&str])] = &[
    (
        "list",
        &[
            "jetbridge list --type Device --side source",
            "jetbridge list --health error,warning --sort modified --reverse",
            "jetbridge list --search hq -o json",
        ],
    ),
    ("show", &["jetbridge show contoso-devices-hq --history", "jetbridge show 018f3c -o json"]),
    ("create", &["jetbridge create -f new.toml --dry-run", "jetbridge create -f wanted/"]),
    (
        "edit",
        &[
            "jetbridge edit contoso-devices-hq",
            "jetbridge edit contoso-devices-hq --set name=contoso-hq --set description=",
        ],
    ),
    ("clone", &["jetbridge clone contoso-groups-a contoso-groups-b --set tenant=Fabrikam"]),
    (
        "export",
        &[
            "jetbridge export --out wanted/",
            "jetbridge export --side source -o csv --out sources.csv",
            "jetbridge export contoso-devices-hq",
        ],
    ),
    ("plan", &["jetbridge plan -f wanted/", "jetbridge plan -f wanted/ --prune --out plan.json"]),
    ("apply", &["jetbridge apply --plan-file plan.json", "jetbridge apply -f wanted/ --yes"]),
    ("schema", &["jetbridge schema"]),
    ("audit rules", &["jetbridge audit rules"]),
    ("audit explain", &["jetbridge audit explain expired"]),
    ("delete", &["jetbridge delete old-a old-b --dry-run", "jetbridge delete old-a --yes"]),
    ("restore", &["jetbridge restore --list", "jetbridge restore old-a"]),
    ("import", &["jetbridge import rows.csv --dry-run", "jetbridge import --from prod"]),
    ("diff", &["jetbridge diff --live prod", "jetbridge diff --only differing,plan -o markdown"]),
    (
        "runbook",
        &[
            "jetbridge runbook contoso-devices-hq --tick 1,2",
            "jetbridge runbook contoso-devices-hq -o markdown --out ticket.md",
        ],
    ),
    ("directory import", &["jetbridge directory import directory.json --dry-run"]),
    ("directory list", &["jetbridge directory list tenants", "jetbridge directory list -o csv"]),
    ("key check", &["jetbridge key check"]),
    ("permissions list", &["jetbridge permissions list --cloud 21vianet"]),
    (
        "permissions requirements",
        &[
            "jetbridge permissions requirements --method fly-app --job copy",
            "jetbridge permissions requirements --connection contoso-groups-a --markdown",
        ],
    ),
    (
        "permissions manifest",
        &["jetbridge permissions manifest --job copy --multi-geo --out manifest.json"],
    ),
    (
        "permissions check",
        &[
            "jetbridge permissions check --manifest exported.json --job copy",
            "jetbridge permissions check --live --tenant contoso.example --client-id ID --gaps",
        ],
    ),
    ("permissions explain", &["jetbridge permissions explain full_access_as_app"]),
    ("agent download", &["jetbridge agent download --out installers/"]),
    ("sample load", &["jetbridge sample load"]),
    ("context list", &["jetbridge context list"]),
    (
        "context add",
        &[
            "jetbridge context add prod --kind fly",
            "jetbridge context add lab --kind store --path /srv/lab/connections.db",
        ],
    ),
    ("context edit", &["jetbridge context edit prod --label PROD --colour red"]),
    ("context use", &["jetbridge context use prod"]),
    ("context remove", &["jetbridge context remove lab --yes"]),
    (
        "context test",
        &["jetbridge context test prod", "jetbridge context test --report report.txt"],
    ),
    ("doctor", &["jetbridge doctor", "jetbridge doctor --network -o json"]),
    ("vault status", &["jetbridge vault status --check"]),
    ("vault init", &["jetbridge vault init --source passphrase"]),
    ("vault passphrase", &["jetbridge vault passphrase"]),
    ("vault rotate", &["jetbridge vault rotate --source passphrase"]),
    ("vault lock", &["jetbridge vault lock"]),
    ("backup create", &["jetbridge backup create monday.jbk --passphrase"]),
    ("backup verify", &["jetbridge backup verify monday.jbk"]),
    ("backup restore", &["jetbridge backup restore monday.jbk"]),
    ("paths", &["jetbridge paths -o json"]),
    (
        "completions",
        &[
            "source <(jetbridge completions bash)",
            "jetbridge completions zsh > ~/.zfunc/_jetbridge",
            "jetbridge completions fish > ~/.config/fish/completions/jetbridge.fish",
            "jetbridge completions powershell | Out-String | Invoke-Expression",
        ],
    ),
    ("man", &["jetbridge man | man -l -", "jetbridge man --dir ~/.local/share/man/man1"]),
    ("help", &["jetbridge help permissions check", "jetbridge help exit-codes"]),
];

/// The examples of a command, as they stand below its help.
pub fn of(path: &str) -> Option<String> {
    let (_, lines) = EXAMPLES.iter().find(|(name, _)| *name == path)?;
    Some(format!("Examples:\n  {}", lines.join("\n  ")))
}

#[cfg(test)]
mod tests {
    use clap::Command;

    use super::*;
    use crate::cli::help::{command, parses};

    #[test]
    fn each_is_understood() {
        for (path, lines) in EXAMPLES {
            for line in *lines {
                let line = line.split_once("<(").map_or(*line, |it| it.1).trim_end_matches(')');
                let line = line.split([' ']).take_while(|it| !matches!(*it, "|" | ">"));
                let words: Vec<String> = line.skip(1).map(str::to_owned).collect();
                assert!(words.join(" ").starts_with(path), "{words:?} below {path}");
                assert_eq!(parses(&words), Ok(()), "{words:?}");
            }
        }
    }

    #[test]
    fn every_command_has_some() {
        fn walk(command: &Command, path: &str) {
            for it in command.get_subcommands().filter(|it| !it.is_hide_set()) {
                let path = format!("{path} {}", it.get_name());
                let own = it.get_after_help().map(ToString::to_string).unwrap_or_default();
                assert!(it.has_subcommands() || own.contains("Examples:"), "{path}");
                walk(it, &path);
            }
        }
        walk(&command(), "");
    }
}
