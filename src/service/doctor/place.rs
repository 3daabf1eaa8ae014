//! The configuration, and the folder of the log. SPEC E2, E3.

use super::{CheckResult, Config, Folder};

const AREA: &str = "Configuration";

pub(super) fn config(it: &Config) -> Vec<CheckResult> {
    let file = it.file.display();
    let (keys, others): (Vec<_>, Vec<_>) =
        it.mistakes.iter().partition(|(key, _)| key == "keys" || key.starts_with("keys."));
    let wrong = |name: &str, line: &str| {
        let todo = "Fix the line; `jetbridge help configuration` shows every key with its default.";
        CheckResult::fail(AREA, name, line, todo)
    };
    let mut out: Vec<CheckResult> = others.iter().map(|(_, line)| wrong("file", line)).collect();
    if out.is_empty() {
        let there = if it.exists { "" } else { " does not exist: defaults are used" };
        out.push(CheckResult::ok(AREA, "file", format!("{file}{there}")));
    }
    if keys.is_empty() && others.is_empty() {
        let found = match it.rebound {
            0 => "defaults".to_owned(),
            1 => "1 action has other keys than usual, none in two places".to_owned(),
            many => format!("{many} actions have other keys than usual, none in two places"),
        };
        out.push(CheckResult::ok(AREA, "keys", found));
    } else if keys.is_empty() {
        out.push(CheckResult::skipped(AREA, "keys", "checked once the rest of the file is valid"));
    }
    out.extend(keys.iter().map(|(_, line)| wrong("keys", line)));
    let claimed = match it.claimed {
        true => {
            ": the name is claimed in the configuration, the account in parentheses is the system's"
        }
        false => "",
    };
    out.push(CheckResult::ok(AREA, "author", format!("changes are signed {}{claimed}", it.author)));
    out
}

pub(super) fn log(folder: Option<&Folder>) -> CheckResult {
    let area = "Log";
    let Some(it) = folder else {
        return CheckResult::fail(
            area,
            "folder",
            "the home directory is not known",
            "Set HOME or JETBRIDGE_STATE_DIR.",
        );
    };
    let path = it.path.display();
    if !it.writable {
        let found = format!("{path} cannot be written to, and nothing is logged{}", it.owner());
        return CheckResult::warning(
            area,
            "folder",
            found,
            it.to_do("Set JETBRIDGE_STATE_DIR to a folder that you can write to."),
        );
    }
    let later = if it.exists { "" } else { " is created when something is written" };
    CheckResult::ok(area, "folder", format!("{path}{later}"))
}
