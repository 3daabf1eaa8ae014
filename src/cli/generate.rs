//! `jetbridge completions` and `jetbridge man`: both made from the definition of the arguments.
//! Completions of names are asked for while typing: `__complete`, see `complete.rs`.

use std::collections::BTreeSet;
use std::path::Path;

use clap::Command;
use clap_complete::Shell;

use super::output::Printer;
use super::{complete, help};
use crate::error::{Exit, Failure};
use crate::files::write::{self, Existing, Readers};
use crate::files::{Doing, FileError};

/// Asks for names first. What is answered is quoted already: nothing in a name is ever run.
const BASH: &str = r#"
_jetbridge_names() {
    local program="${COMP_WORDS[0]/#\~\//$HOME/}" reply
    COMPREPLY=()
    while IFS= read -r reply; do
        COMPREPLY+=("$reply")
    done < <("$program" __complete --shell=bash --line="${COMP_LINE:0:COMP_POINT}" --breaks="$COMP_WORDBREAKS" 2>/dev/null)
    [[ ${#COMPREPLY[@]} -gt 0 ]]
}

_jetbridge() {
    _jetbridge_names || _jetbridge_words "$@"
}
"#;

const ZSH: &str = r#"
_jetbridge() {
    local -a names
    names=("${(@f)$(_call_program names "${(q)words[1]}" __complete --shell=zsh --word="${(q)${(Q)PREFIX}}" -- "${(q@)${(Q@)words[2,CURRENT-1]}}" 2>/dev/null)}")
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
    set -l word (commandline -ct)
    command $before[1] __complete --shell=fish --word=(string unescape -- $word; or echo -- $word) -- $before[2..-1] 2>/dev/null
end
complete -c jetbridge -n 'count (__jetbridge_names) >/dev/null' -f -a '(__jetbridge_names)'
"#;

/// A line of fish for an option whose values are asked for: those of a place do not reach it.
const FISH_OPTION: &str = "complete -c jetbridge -n 'count (__jetbridge_names) >/dev/null' \
     -l NAME -r -f -a '(__jetbridge_names)'\n";

const POWERSHELL: &str = r#"
    $before = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        ForEach-Object {
            if ($_ -is [StringConstantExpressionAst] -or $_ -is [ExpandableStringExpressionAst]) { $_.Value } else { "$_" }
        })
    $names = @(& jetbridge __complete '--shell=powershell' "--word=$wordToComplete" '--' @before 2>$null)
    if ($names.Count -gt 0) {
        foreach ($name in $names) {
            $typed, $shown = $name -split "`t", 2
            [CompletionResult]::new($typed, $shown, [CompletionResultType]::ParameterValue, $shown)
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
        Shell::Fish => {
            let options = asked(&help::command()).into_iter();
            let lines = options.map(|it| FISH_OPTION.replace("NAME", &it));
            script.to_owned() + FISH + &lines.collect::<String>()
        }
        Shell::PowerShell => before(script, "\n    $commandElements =", POWERSHELL),
        _ => script.to_owned(),
    }
}

/// Long names of the options whose values are asked for while typing.
fn asked(command: &Command) -> BTreeSet<String> {
    let own = command.get_arguments().filter(|it| it.get_action().takes_values());
    let own = own.filter(|it| complete::is_asked(it)).filter_map(|it| it.get_long());
    let mut all: BTreeSet<String> = own.map(str::to_owned).collect();
    all.extend(command.get_subcommands().flat_map(asked));
    all
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

/// What the pages are made from: what the help leaves to its topics is written in full.
fn pages() -> Command {
    help::command().mut_args(|it| it.hide_short_help(false))
}

/// The manual page, or the pages of every command into a folder.
pub fn man(printer: &mut Printer<'_>, folder: Option<&Path>) -> Result<Exit, Failure> {
    let Some(folder) = folder else {
        let mut text = Vec::new();
        clap_mangen::Man::new(pages()).render(&mut text).map_err(|error| {
            Failure::new("the manual page cannot be written")
                .because(error.to_string())
                .hint("Report it with the output of `jetbridge --version`.")
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
                text.matches("__complete --shell=").count()
                    + text.matches("__complete '--shell=").count(),
                1,
                "{shell}"
            );
            let words = matches!(shell, Shell::Bash | Shell::Zsh);
            assert_eq!(text.contains("_jetbridge_words() {"), words, "{shell}");
        }
    }
}
