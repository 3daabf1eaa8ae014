//! Arguments of the commands that work on connections as files.

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::answer::FormatArgs;
use super::choose::ChooseArgs;
use crate::service::files::PruneLimit;

/// What a connection file is, shown below the help of the commands that read one.
pub const FILE_HELP: &str = r#"A connection file, TOML or JSON ({"version": 1, "connections": [{…}]}):
  [[connection]]
  name = "contoso-devices-hq"
  type = "Device"
  side = "source"
  client_id = "11111111-2222-4333-8444-555555555555"
  client_secret = { command = ["op", "read", "op://Fly/hq/secret"] }

Keys are those of the form; `jetbridge schema` describes them all, and editors complete from it. Tenants,
profiles and the like stand by name, or by id where a name is not enough. A record
means the connection with its id, or without one that with its name: with the id, which export writes,
a new name is a rename. What a record leaves out is taken away, but for secrets, keys and tokens, which stay.

A secret is { file = "PATH" } (readable by its owner only; from the folder of this file),
{ command = ["PROGRAM", "ARG"] } (no shell, 30 seconds, only with --allow-commands), { prompt = true } (asked for where there is none
yet), or { keep = true }, which is what export writes; secret_file and secret_command mean the same as file and
command. Missing keys are issued. A new bulk token is
bulk_tokens = { display_name = "…", expires = "2027-03-31", token = { file = "…" } }; without token it is a
local stand-in. Types without a form have name, type, side, tenant and description.

Every mistake is told with file, line and field, and then nothing is changed."#;

/// How secrets are read.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct SecretArgs {
    /// Take secrets that stand in the file as they are
    #[arg(long)]
    pub allow_plain_secrets: bool,
    /// Run the commands that connection files take secrets from
    #[arg(long)]
    pub allow_commands: bool,
}

/// Arguments of `create`.
#[derive(Debug, clap::Args)]
pub struct CreateArgs {
    /// File, or folder of files; - for standard input; repeat for several
    #[arg(long, short = 'f', value_name = "FILE|DIR|-", required = true)]
    pub file: Vec<PathBuf>,
    /// Only check, and say what would be created
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub secrets: SecretArgs,
    #[command(flatten)]
    pub answer: FormatArgs,
}

/// `KEY=VALUE`.
#[derive(Debug, Clone)]
pub struct Set {
    /// Key of the field.
    pub key: String,
    /// Value as it is typed.
    pub value: String,
}

/// Whether a path means standard input, or output where it is written to.
pub fn is_standard(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// The file or folder to write to; `None`: standard output.
pub fn place(out: Option<&Path>) -> Option<&Path> {
    out.filter(|it| !is_standard(it))
}

fn set(text: &str) -> Result<Set, String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => {
            Ok(Set { key: key.trim().to_owned(), value: value.to_owned() })
        }
        _ => Err("write it as KEY=VALUE, such as description=\"Wave 2\"".to_owned()),
    }
}

/// Arguments of `edit`.
#[derive(Debug, clap::Args)]
pub struct EditArgs {
    #[command(flatten)]
    pub choose: ChooseArgs,
    /// Set a field; nothing after = takes its answer away; repeat for several
    #[arg(long, value_name = "KEY=VALUE", value_parser = set, conflicts_with = "file")]
    pub set: Vec<Set>,
    /// File with the whole record; - for standard input
    #[arg(long, short = 'f', value_name = "FILE|-")]
    pub file: Option<PathBuf>,
    /// Only check, and say what would change
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub secrets: SecretArgs,
    #[command(flatten)]
    pub answer: FormatArgs,
}

pub const EDIT_HELP: &str = r#"Several connections take --set: what would change is shown and asked, and a problem of one leaves
all as they are. Without --set and -f, the record of one opens in $VISUAL or $EDITOR as TOML. Mistakes bring it back with
what is wrong on top; saving it unchanged leaves everything as it is.

Lists are written as in TOML: --set 'accounts=["a@contoso.example", "b@contoso.example"]'. Secrets by
reference only: --set 'client_secret={ prompt = true }' asks for a new one, { file = "…" } reads it.
Another tenant takes the picks of the old one away."#;

/// Arguments of `clone`.
#[derive(Debug, clap::Args)]
pub struct CloneArgs {
    /// Name, id, or the beginning of an id
    #[arg(value_name = "NAME|ID")]
    pub which: String,
    /// Name of the copy
    #[arg(value_name = "NEWNAME")]
    pub name: String,
    /// Set a field of the copy; repeat for several
    #[arg(long, value_name = "KEY=VALUE", value_parser = set)]
    pub set: Vec<Set>,
    /// Use the key of the original in the copy too, in place of one of its own; agents cannot
    /// tell the two apart then
    #[arg(long)]
    pub keep_keys: bool,
    /// Only check, and say what would be created
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub secrets: SecretArgs,
    #[command(flatten)]
    pub answer: FormatArgs,
}

/// Formats of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// Whole records, for plan and apply
    Toml,
    /// Whole records, for plan and apply
    Json,
    /// Whole records, one per line
    Jsonl,
    /// A table for spreadsheets; formulas are disarmed
    Csv,
    /// A table for people
    Markdown,
}

/// Arguments of `export`.
#[derive(Debug, clap::Args)]
pub struct ExportArgs {
    #[command(flatten)]
    pub choose: ChooseArgs,
    /// Format; by the name of the file when not given, else TOML
    #[arg(long, short = 'o', alias = "output", value_enum, value_name = "FORMAT")]
    pub format: Option<ExportFormat>,
    /// As -o json
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
    /// File to write; a folder that is there, or ends in /, gets one file per connection
    #[arg(long, value_name = "FILE|DIR")]
    pub out: Option<PathBuf>,
}

pub const EXPORT_HELP: &str = "\
Without names and filters every connection is written. No format holds a secret: TOML and JSON say that it stays, so that a plan of them changes nothing.
In a folder, the file of a connection is named after it; files of connections that are gone by now stay.
The exit code is 5 when some of the names were not found.";

/// Arguments of `plan`.
#[derive(Debug, clap::Args)]
pub struct PlanArgs {
    /// File, or folder of files; - for standard input; repeat for several
    #[arg(long, short = 'f', value_name = "FILE|DIR|-", required = true)]
    pub file: Vec<PathBuf>,
    /// Delete every connection of the store that no file names
    #[arg(long)]
    pub prune: bool,
    /// Most connections that --prune may delete: a number, or a percentage such as 30%; without it
    /// 10, and no more than 25%
    #[arg(long, value_name = "N|N%", requires = "prune")]
    pub prune_limit: Option<PruneLimit>,
    /// Write the plan into this file, for apply --plan-file
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Take secrets that stand in the file as they are
    #[arg(long)]
    pub allow_plain_secrets: bool,
    #[command(flatten)]
    pub answer: FormatArgs,
}

pub const PLAN_HELP: &str = "\
Exit code 0 when nothing would change, 3 when something would. No command is run and no secret file is
opened: the plan lists them, and apply reads and compares them. Nothing is asked and nothing is changed.";

/// Arguments of `apply`.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("pruning").args(["prune", "plan_file"]))]
pub struct ApplyArgs {
    /// File, or folder of files; - for standard input; repeat for several
    #[arg(
        long,
        short = 'f',
        value_name = "FILE|DIR|-",
        required_unless_present = "plan_file",
        conflicts_with = "plan_file"
    )]
    pub file: Vec<PathBuf>,
    /// Do exactly what this plan says, or nothing when files or store changed since
    #[arg(long, value_name = "FILE")]
    pub plan_file: Option<PathBuf>,
    /// Delete every connection of the store that no file names
    #[arg(long, conflicts_with = "plan_file")]
    pub prune: bool,
    /// Most connections that --prune may delete: a number, or a percentage such as 30%; without it
    /// 10, and no more than 25%
    #[arg(long, value_name = "N|N%", requires = "pruning")]
    pub prune_limit: Option<PruneLimit>,
    /// Only say what would be done
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub secrets: SecretArgs,
    #[command(flatten)]
    pub answer: FormatArgs,
}

pub const APPLY_HELP: &str = "\
Shows the plan, asks, and does it, each connection whole or not at all. One that fails is left as it was
and named; then the exit code is 5. Applied again, the same files do what is left, and then nothing.
With --dry-run the exit code is 0 when nothing would change, 3 when something would.";
