//! Terminal, colours, characters, multiplexers and the clipboard. SPEC C6, E6.

use super::{CheckResult, Clipboard, Terminal, Tmux};
use crate::domain::locale::is_utf8;

const AREA: &str = "Terminal";

/// Size for which every screen is made.
const COMFORT: (u16, u16) = (80, 24);
/// Milliseconds after which waiting for more of an escape sequence is felt at every Esc.
const SLOW_ESCAPE: u64 = 100;

pub(super) fn judge(it: &Terminal) -> Vec<CheckResult> {
    let mut out = vec![terminal(it), size(it), colour(it), locale(it)];
    out.push(clipboard(it));
    if let Some(tmux) = &it.tmux {
        out.extend(tmux_options(tmux));
    }
    if it.screen {
        let found = "GNU screen passes on what is copied in pieces (OSC 52)";
        out.push(CheckResult::ok(AREA, "GNU screen", found));
    }
    out
}

fn terminal(it: &Terminal) -> CheckResult {
    let name = "terminal";
    match (it.input, it.output) {
        (true, true) if it.term.is_empty() => CheckResult::fail(
            AREA,
            name,
            "TERM is not set: the screen is not drawn",
            "Set TERM to what your terminal is, such as xterm-256color.",
        ),
        (true, true) if it.term == "dumb" => CheckResult::fail(
            AREA,
            name,
            "TERM is dumb: the screen cannot be drawn",
            "Use a terminal that moves its cursor, or the commands without a screen.",
        ),
        (true, true) => CheckResult::ok(AREA, name, format!("TERM={}", it.term)),
        (false, true) => CheckResult::skipped(AREA, name, "standard input is not a terminal"),
        (true, false) => CheckResult::skipped(AREA, name, "standard output is not a terminal"),
        (false, false) => {
            CheckResult::skipped(AREA, name, "standard input and standard output are not terminals")
        }
    }
}

fn size(it: &Terminal) -> CheckResult {
    let name = "size";
    let Some((columns, rows)) = it.size.filter(|_| it.output) else {
        return CheckResult::skipped(AREA, name, "there is no terminal to measure");
    };
    let found = format!("{columns}x{rows}");
    if columns < it.least.0 || rows < it.least.1 {
        let least = format!("{}x{}", it.least.0, it.least.1);
        return CheckResult::fail(
            AREA,
            name,
            format!("{found}: the screen needs {least}"),
            "Make the window larger or its characters smaller.",
        );
    }
    if columns < COMFORT.0 || rows < COMFORT.1 {
        let todo = "Columns are left out and texts are cut; 80x24 shows everything.";
        return CheckResult::warning(AREA, name, found, todo);
    }
    CheckResult::ok(AREA, name, found)
}

fn colour(it: &Terminal) -> CheckResult {
    let decision = if it.colour { "on" } else { "off" };
    CheckResult::ok(AREA, "colours", format!("{decision}: {}", it.colour_why))
}

fn locale(it: &Terminal) -> CheckResult {
    let name = "characters";
    match &it.locale {
        Some((variable, value)) if is_utf8(value) => {
            CheckResult::ok(AREA, name, format!("UTF-8 ({variable}={value})"))
        }
        Some((variable, value)) if it.ascii => {
            CheckResult::ok(AREA, name, format!("{variable}={value}; boxes are drawn with + - |"))
        }
        None if it.ascii => CheckResult::ok(AREA, name, "no locale; boxes are drawn with + - |"),
        Some((variable, value)) => CheckResult::warning(
            AREA,
            name,
            format!(
                "{variable}={value} is not UTF-8, but borders are \"line\": boxes may come out wrong"
            ),
            "Set LC_ALL to a UTF-8 locale, such as C.UTF-8, or borders to \"auto\".",
        ),
        None => CheckResult::warning(
            AREA,
            name,
            "LC_ALL, LC_CTYPE and LANG are not set, but borders are \"line\": boxes may come out wrong",
            "Set LANG to a UTF-8 locale, such as C.UTF-8, or borders to \"auto\".",
        ),
    }
}

fn clipboard(it: &Terminal) -> CheckResult {
    let name = "clipboard (OSC 52)";
    match it.clipboard {
        Clipboard::NotAsked => {
            CheckResult::skipped(AREA, name, "it can be tested only at a terminal")
        }
        Clipboard::Refused => {
            CheckResult::skipped(AREA, name, "not tested: the clipboard was left as it is")
        }
        Clipboard::NoAnswer => CheckResult::skipped(AREA, name, "nothing was pasted"),
        Clipboard::Arrived => CheckResult::ok(AREA, name, "what is copied arrives"),
        Clipboard::Other => CheckResult::warning(
            AREA,
            name,
            "the word that was copied did not come back",
            "Let the terminal take OSC 52 (its settings call it clipboard access), also in \
             multiplexers and on jump hosts. Until then save to a file instead of copying.",
        ),
    }
}

fn tmux_options(tmux: &Tmux) -> Vec<CheckResult> {
    let said = |value: &Option<String>| value.clone().unwrap_or_else(|| "not set".to_owned());
    // `on` lets programs set the clipboard; `external` only tmux itself (tmux(1), set-clipboard).
    let on = tmux.set_clipboard.as_deref() == Some("on");
    let through = matches!(tmux.allow_passthrough.as_deref(), Some("on" | "all"));
    let found = format!(
        "set-clipboard {}, allow-passthrough {}",
        said(&tmux.set_clipboard),
        said(&tmux.allow_passthrough)
    );
    let copying = if on || through {
        CheckResult::ok(AREA, "tmux copying", found)
    } else if tmux.set_clipboard.is_none() {
        CheckResult::skipped(AREA, "tmux copying", "tmux did not answer")
    } else {
        let todo =
            "Put `set -s set-clipboard on` into ~/.tmux.conf, then `tmux source ~/.tmux.conf`.";
        CheckResult::warning(AREA, "tmux copying", format!("{found}: copies stay in tmux"), todo)
    };
    let delay = tmux.escape_time.as_deref().and_then(|it| it.parse::<u64>().ok());
    let escape = match delay {
        None => CheckResult::skipped(AREA, "tmux escape-time", "tmux did not answer"),
        Some(delay) if delay > SLOW_ESCAPE => CheckResult::warning(
            AREA,
            "tmux escape-time",
            format!("{delay} ms: Esc waits that long"),
            "Put `set -s escape-time 10` into ~/.tmux.conf.",
        ),
        Some(delay) => CheckResult::ok(AREA, "tmux escape-time", format!("{delay} ms")),
    };
    vec![copying, escape]
}
