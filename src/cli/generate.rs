//! `jetbridge completions` and `jetbridge man`: both made from the definition of the arguments.
//! Completions of names are asked for while typing: `__complete`, see `complete.rs`.

use std::path::Path;

use clap::Command;
use clap_complete::Shell;

use super::help;
use super::output::Printer;
use crate::error::{Exit, Failure};
use crate::files::write::{self, Existing, Readers};
use crate::files::{Doing, FileError};

/// Asks for names first. A name is quoted for the shell, so that nothing in it is ever run.
const BASH: &str = r#"
_jetbridge_names() {
    local word="${COMP_WORDS[COMP_CWORD]}" name quote=""
    case "$word" in \"*|\'*) quote="${word:0:1}"; word="${word:1}" ;; esac
    word="${word//\\/}"
    COMPREPLY=()
    while IFS= read -r name; do
        if [[ -n "$quote" ]]; then
            [[ "$name" == *[\"\'\$\`\\!]* ]] || COMPREPLY+=("$name")
        else
            COMPREPLY+=("$(printf '%q' "$name")")
        fi
    done < <("${COMP_WORDS[0]}" __complete --word="$word" -- "${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null)
    [[ ${#COMPREPLY[@]} -gt 0 ]]
}

_jetbridge() {
    _jetbridge_names || _jetbridge_words "$@"
}
"#;

const ZSH: &str = r#"
_jetbridge() {
    local -a names
    names=("${(@f)$(_call_program names "${(q)words[1]}" __complete --word="${(q)${(Q)PREFIX}}" -- "${(q@)${(Q@)words[2,CURRENT-1]}}" 2>/dev/null)}")
    names=("${(@)names:#}")
    if (( $#names )); then
        compadd -a names
    else
        _jetbridge_words "$@"
    fi
}
"#;

const FISH: &str = r#"
function __jetbridge_names
    set -l before (commandline -opc)
    command $before[1] __complete --word=(commandline -ct | string unescape) -- $before[2..-1] 2>/dev/null
end
complete -c jetbridge -n 'count (__jetbridge_names) >/dev/null' -f -a '(__jetbridge_names)'
"#;

const POWERSHELL: &str = r#"
    $before = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        ForEach-Object { if ($_ -is [StringConstantExpressionAst]) { $_.Value } else { "$_" } })
    $word = $wordToComplete.Trim("'", '"')
    $names = @(& jetbridge __complete "--word=$word" '--' @before 2>$null)
    if ($names.Count -gt 0) {
        foreach ($name in $names) {
            $quoted = if ($name -match '^[\w.-]+$') { $name } else { "'" + $name.Replace("'", "''") + "'" }
            [CompletionResult]::new($quoted, $name, [CompletionResultType]::ParameterValue, $name)
        }
        return
    }
"#;

/// Completions for a shell.
pub fn completions(printer: &mut Printer<'_>, shell: Shell) -> Result<Exit, Failure> {
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut help::command(), "jetbridge", &mut bytes);
    printer.raw(with_names(shell, &String::from_utf8_lossy(&bytes)).as_bytes())?;
    Ok(Exit::Ok)
}

/// The generated script with the question for names put before what it offers.
fn with_names(shell: Shell, script: &str) -> String {
    match shell {
        Shell::Bash => {
            let script = script.replacen("_jetbridge() {", "_jetbridge_words() {", 1);
            before(&script, "\nif [[ \"${BASH_VERSINFO[0]}\" -eq 4", BASH)
        }
        Shell::Zsh => {
            let script = script.replacen("\n_jetbridge() {", "\n_jetbridge_words() {", 1);
            before(&script, "\nif [ \"$funcstack[1]\" = \"_jetbridge\" ]", ZSH)
        }
        Shell::Fish => script.to_owned() + FISH,
        Shell::PowerShell => before(script, "\n    $commandElements =", POWERSHELL),
        _ => script.to_owned(),
    }
}

/// The text with another one before the last place where `mark` stands.
fn before(text: &str, mark: &str, more: &str) -> String {
    match text.rfind(mark) {
        Some(at) => {
            let (head, tail) = text.split_at(at);
            format!("{head}{more}{tail}")
        }
        None => text.to_owned(),
    }
}

/// What the pages are made from: what the help leaves to its topics is told in full.
fn pages() -> Command {
    help::command().mut_args(|it| it.hide_short_help(false))
}

/// The manual page, or the pages of every command into a folder.
pub fn man(printer: &mut Printer<'_>, folder: Option<&Path>) -> Result<Exit, Failure> {
    let Some(folder) = folder else {
        let mut text = Vec::new();
        clap_mangen::Man::new(pages()).render(&mut text).map_err(|error| {
            Failure::new("the manual page cannot be made")
                .because(error.to_string())
                .hint("Please report it with what `jetbridge --version` says.")
        })?;
        printer.raw(&text)?;
        return Ok(Exit::Ok);
    };
    write::shared_folder(folder)?;
    let mut whole = pages().disable_help_subcommand(true);
    whole.build();
    into(whole, folder)?;
    printer.line(&format!("manual pages written to {}", folder.display()))?;
    Ok(Exit::Ok)
}

/// Writes the page of a command and those of the commands below it.
fn into(command: Command, folder: &Path) -> Result<(), FileError> {
    for below in command.get_subcommands().filter(|it| !it.is_hide_set()) {
        into(below.clone(), folder)?;
    }
    let page = clap_mangen::Man::new(command);
    let file = folder.join(page.get_filename());
    let mut out = write::begin(&file, Existing::Replace, Readers::Everyone)?;
    page.render(&mut out).map_err(|error| FileError::io(&file, Doing::Write, &error))?;
    out.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The places in what clap makes are still there, once each.
    #[test]
    fn every_shell_asks_for_names() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::PowerShell] {
            let (mut out, mut err) = (Vec::new(), Vec::new());
            completions(&mut Printer::new(&mut out, &mut err, None), shell).unwrap();
            let text = String::from_utf8(out).unwrap();
            assert_eq!(
                text.matches("__complete --word").count()
                    + text.matches("__complete \"--word").count(),
                1,
                "{shell}"
            );
            let words = matches!(shell, Shell::Bash | Shell::Zsh);
            assert_eq!(text.contains("_jetbridge_words() {"), words, "{shell}");
        }
    }
}
