//! The command line as types. Completions, manual page and `--help` come from here.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{ArgAction, Parser, Subcommand, ValueEnum};

use super::answer::FormatArgs;
use super::audit::AuditArgs;
use super::backup::BackupVerb;
use super::choose::{ChooseArgs, FilterArgs};
use super::complete::CompleteArgs;
use super::context::args::ContextVerb;
use super::diff::args::{DIFF_HELP, DiffArgs};
use super::doctor::{self, DoctorArgs};
use super::file_args::{
    APPLY_HELP, ApplyArgs, CloneArgs, CreateArgs, EDIT_HELP, EXPORT_HELP, EditArgs, ExportArgs,
    FILE_HELP, PLAN_HELP, PlanArgs,
};
use super::help::{HelpArgs, page, topics};
use super::permissions::PermissionsVerb;
use super::runbook::args::{RUNBOOK_HELP, RunbookArgs};
use super::schema::SchemaArgs;
use super::vault::VaultVerb;
use super::words;
use crate::config::THEMES;
use crate::domain::ObjectKind;
use crate::domain::agent::Sha256;
use crate::domain::query::Column;
use crate::log;
use crate::service::import::Format;

/// What those write who list files all day.
pub const LIST_ALIAS: &str = "ls";
/// What those write who remove files all day.
pub const REMOVE_ALIAS: &str = "rm";

const ABOUT: &str = "Plan, create, edit and audit AvePoint Fly migration connections";

const LONG_ABOUT: &str = "\
Plan, create, edit and audit AvePoint Fly migration connections.

Without a command, jetbridge opens the screen. Every command that gives records takes
-o table, json, jsonl or csv; in JSON, each answer has \"version\": 1. Data goes to standard
output, everything else to standard error.";

/// Exit codes and environment, shown below the help.
fn epilogue() -> String {
    let (codes, environment) = (topics::exit_codes(), topics::environment());
    format!("Exit codes:\n{codes}\nEnvironment:\n{environment}\n{}", topics::lines())
}

/// Everything on the command line.
#[derive(Debug, Parser)]
#[command(
    name = "jetbridge",
    version,
    about = ABOUT,
    long_about = LONG_ABOUT,
    after_help = epilogue(),
    override_help = page::text(),
    bin_name = "jetbridge",
    disable_help_subcommand = true,
    disable_help_flag = true
)]
pub struct Args {
    /// Configuration file to use in place of the usual one
    #[arg(long, global = true, hide_short_help = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Work on a sample workspace in memory; nothing is kept
    #[arg(long, global = true, hide_short_help = true)]
    pub demo: bool,
    /// Context to work on; `jetbridge context list` shows them
    #[arg(long, global = true, hide_short_help = true, value_name = "NAME")]
    pub context: Option<String>,
    /// Change nothing, whatever the command says
    #[arg(long, global = true, hide_short_help = true)]
    pub read_only: bool,
    /// On a Fly context, answer from what was read last and call nobody
    #[arg(long, global = true, hide_short_help = true)]
    pub cached: bool,
    /// Never ask; fail where an answer would be needed, and name the option that gives it
    #[arg(long, global = true, hide_short_help = true)]
    pub no_input: bool,
    /// Answer whether to go on with yes; needed where nobody can be asked
    #[arg(long, short, global = true, hide_short_help = true)]
    pub yes: bool,
    /// Longest that one call of a store or a service may take, in seconds
    #[arg(long, global = true, hide_short_help = true, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub timeout: Option<u32>,
    /// Show pseudonyms for names, tenants, people and ids, the same ones each time; changes nothing
    #[arg(long, global = true, hide_short_help = true)]
    pub redact: bool,
    /// How much the log tells: off, error, warn, info, debug or trace
    #[arg(long, global = true, hide_short_help = true, value_name = "LEVEL", hide_possible_values = true, value_parser = words::log_levels())]
    pub log_level: Option<log::Level>,
    /// Read what opens the vault from this file descriptor: the key file's content, the
    /// passphrase, or what the key command would print
    #[arg(long, global = true, hide_short_help = true, value_name = "N")]
    pub vault_key_fd: Option<u32>,
    /// Say what can be written here
    #[arg(long, short, global = true, action = ArgAction::HelpShort)]
    pub help: Option<bool>,
    #[command(flatten)]
    pub screen: ScreenArgs,
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

/// What can be set for the screen; wins over the configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq, clap::Args)]
pub struct ScreenArgs {
    /// Look of the screen
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(THEMES))]
    pub theme: Option<String>,
    /// Draw boxes with + - |
    #[arg(long)]
    pub ascii: bool,
    /// Let the mouse move the cursor of jetbridge
    #[arg(long, overrides_with = "no_mouse")]
    pub mouse: bool,
    /// Leave the mouse to the terminal
    #[arg(long, overrides_with = "mouse")]
    pub no_mouse: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Verb {
    #[command(flatten)]
    Store(StoreVerb),
    /// Places to work on: stores, and what AvePoint Fly has
    #[command(subcommand, alias = "contexts")]
    Context(ContextVerb),
    /// Explain a command, or a topic such as exit-codes or environment
    Help(HelpArgs),
    /// Look at terminal, configuration, store and network, and say what to mend
    #[command(after_help = doctor::HELP)]
    Doctor(DoctorArgs),
    /// What opens the sealed secrets
    #[command(subcommand)]
    Vault(VaultVerb),
    /// The whole store as one sealed file
    #[command(subcommand, alias = "backups")]
    Backup(BackupVerb),
    /// Show where configuration, data and state are
    Paths(FormatArgs),
    /// Print completions for a shell
    #[command(alias = "completion")]
    Completions {
        /// Shell to complete in
        shell: clap_complete::Shell,
    },
    /// What completions offer at the cursor
    #[command(name = "__complete", hide = true)]
    Complete(CompleteArgs),
    /// Print the manual page
    Man {
        /// Write the pages of every command into this folder instead
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
}

/// The commands that work on the store.
#[derive(Debug, Subcommand)]
pub enum StoreVerb {
    /// List connections
    #[command(alias = LIST_ALIAS)]
    List(ListArgs),
    /// Show everything about connections; secrets as fingerprints
    Show(ShowArgs),
    /// Create connections from files
    #[command(after_help = FILE_HELP)]
    Create(CreateArgs),
    /// Change connections: some fields, from a file, or in an editor
    #[command(after_help = EDIT_HELP)]
    Edit(EditArgs),
    /// Copy a connection under another name, stored secrets included
    Clone(CloneArgs),
    /// Write connections as files, for plan and apply or for people
    #[command(after_help = EXPORT_HELP)]
    Export(ExportArgs),
    /// Show what files of connections would change
    #[command(after_help = PLAN_HELP)]
    Plan(PlanArgs),
    /// Make the connections what the files say
    #[command(after_help = APPLY_HELP)]
    Apply(ApplyArgs),
    /// Print the JSON Schema of a connection file, or of every answer in JSON
    Schema(SchemaArgs),
    /// Say what is wrong with connections, why, and how to mend it
    Audit(Box<AuditArgs>),
    /// Delete connections; they can be restored
    #[command(alias = REMOVE_ALIAS)]
    Delete(DeleteArgs),
    /// Restore deleted connections
    Restore(RestoreArgs),
    /// Import connections from CSV, JSON or JSON lines, or copy them from a Fly context
    #[command(after_help = IMPORT_HELP)]
    Import(ConnectionImportArgs),
    /// Hold the plan against what AvePoint Fly really has
    #[command(after_help = DIFF_HELP)]
    Diff(DiffArgs),
    /// What to enter in the portal of AvePoint Fly for a planned connection
    #[command(after_help = RUNBOOK_HELP)]
    Runbook(RunbookArgs),
    /// Tenants, containers, app profiles and service accounts that forms offer
    #[command(subcommand)]
    Directory(DirectoryVerb),
    /// Keys that jetbridge issued
    #[command(subcommand, alias = "keys")]
    Key(KeyVerb),
    /// What a destination Groups connection needs, and whether an app has it
    #[command(subcommand, alias = "permission")]
    Permissions(PermissionsVerb),
    /// The agent that every device to migrate needs
    #[command(subcommand)]
    Agent(AgentVerb),
    /// A believable migration to look around in
    #[command(subcommand)]
    Sample(SampleVerb),
}

impl StoreVerb {
    /// Its name, for the log.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::List(_) => "list",
            Self::Show(_) => "show",
            Self::Create(_) => "create",
            Self::Edit(_) => "edit",
            Self::Clone(_) => "clone",
            Self::Audit(_) => "audit",
            Self::Export(_) => "export",
            Self::Plan(_) => "plan",
            Self::Apply(_) => "apply",
            Self::Schema(_) => "schema",
            Self::Delete(_) => "delete",
            Self::Restore(_) => "restore",
            Self::Import(_) => "import",
            Self::Diff(_) => "diff",
            Self::Runbook(_) => "runbook",
            Self::Directory(_) => "directory",
            Self::Key(_) => "key",
            Self::Permissions(_) => "permissions",
            Self::Agent(_) => "agent",
            Self::Sample(_) => "sample",
        }
    }
}

/// Arguments of `list`.
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    #[command(flatten)]
    pub filter: FilterArgs,
    /// Column to sort by: name, type, side, tenant, credentials, modified, by or health
    #[arg(long, value_name = "COLUMN", default_value = "name", hide_possible_values = true, value_parser = words::columns())]
    pub sort: Column,
    /// Sort the other way round
    #[arg(long)]
    pub reverse: bool,
    /// Most connections to list; 0: all
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    #[command(flatten)]
    pub answer: FormatArgs,
}

/// Arguments of `show`.
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    #[command(flatten)]
    pub choose: ChooseArgs,
    /// Every saved change too
    #[arg(long)]
    pub history: bool,
    #[command(flatten)]
    pub answer: FormatArgs,
}

/// Arguments of `delete`.
#[derive(Debug, clap::Args)]
pub struct DeleteArgs {
    #[command(flatten)]
    pub choose: ChooseArgs,
    /// Only say what would be deleted
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub answer: FormatArgs,
}

/// Arguments of `restore`.
#[derive(Debug, clap::Args)]
pub struct RestoreArgs {
    #[command(flatten)]
    pub choose: ChooseArgs,
    /// List what can be restored
    #[arg(long, conflicts_with = "which")]
    pub list: bool,
    /// Only say what would be restored
    #[arg(long, conflicts_with = "list")]
    pub dry_run: bool,
    #[command(flatten)]
    pub answer: FormatArgs,
}

/// Format of a file to import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FormatArg {
    /// Commas, semicolons or tabs; column names first
    Csv,
    /// An array, or an object that holds arrays
    Json,
    /// One object per line
    Jsonl,
}

impl From<FormatArg> for Format {
    fn from(format: FormatArg) -> Self {
        match format {
            FormatArg::Csv => Self::Csv,
            FormatArg::Json => Self::Json,
            FormatArg::Jsonl => Self::JsonLines,
        }
    }
}

/// Arguments of `import`.
#[derive(Debug, clap::Args)]
pub struct ConnectionImportArgs {
    /// File to import, - for standard input; with --from names or ids, all when none is given
    #[arg(value_name = "FILE|NAME", required_unless_present = "from")]
    pub what: Vec<PathBuf>,
    /// Copy connections from this Fly context into the plan, to be completed there
    #[arg(long, value_name = "CONTEXT", conflicts_with = "format")]
    pub from: Option<String>,
    /// Format; guessed from the content when not given
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: Option<FormatArg>,
    /// Only say what would be imported
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub answer: FormatArgs,
}

/// Arguments of `directory import`, and of `import` from a file.
#[derive(Debug, clap::Args)]
pub struct ImportArgs {
    /// File to import; - for standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Format; guessed from the content when not given
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: Option<FormatArg>,
    /// Only check the file and say what would be imported
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub answer: FormatArgs,
}

const IMPORT_HELP: &str = "\
Columns, in any order and case:
  name         required; unique, whatever the case
  type         required; name, label or number, such as M365Group, Device or 4
  side         source, destination or any
  tenant       tenant or domain by name
  modified     moment of the last change, such as 2026-01-31T12:00:00Z
  modified_by  who made it
  description  one line of text
  id           kept when it is a UUID that is not there yet

JSON is an array of objects, or an object with \"connections\"; JSON lines are one object per line.
The text is UTF-8, at most 100 MB. Every mistake is reported with line and column, and then nothing is
imported. A name that is there already is skipped. A type with a form is listed as incomplete until
its form is filled in.

With --from the connections of a Fly context are copied into the plan: as they are listed, marked as
coming from there, and to be completed. Live ones that share a name are left out: Fly takes the first
of equal names, so nobody can tell which is meant.";

/// Commands of `directory`.
#[derive(Debug, Subcommand)]
pub enum DirectoryVerb {
    /// Import tenants, containers, app profiles and service accounts from JSON or CSV
    #[command(after_help = DIRECTORY_HELP)]
    Import(ImportArgs),
    /// List what was imported
    #[command(alias = LIST_ALIAS)]
    List {
        /// Only these
        #[arg(value_enum, value_name = "KIND")]
        kind: Option<KindArg>,
        /// Only what belongs to this tenant, by id or name
        #[arg(long, value_name = "NAME|ID")]
        tenant: Option<String>,
        #[command(flatten)]
        answer: FormatArgs,
    },
}

const DIRECTORY_HELP: &str = r#"JSON: an object with any of these arrays, or an array whose objects say what they are by "object":
  {"tenants":          [{"id": "…", "name": "Contoso", "cloud": "commercial",
                         "locations": ["NAM", "EUR"],
                         "licensed_users": ["svc@contoso.example"]}],
   "containers":       [{"id": "…", "tenant": "…", "name": "…", "objects": 12,
                         "last_scan": "2026-01-31T12:00:00Z"}],
   "app_profiles":     [{"id": "…", "tenant": "…", "name": "…", "kind": "custom",
                         "impersonation_user": "svc@contoso.example", "status": "active"}],
   "service_accounts": [{"tenant": "…", "name": "svc@contoso.example", "mfa": "no"}],
   "objects":          [{"object": "tenant", "id": "…", "name": "…"}]}

CSV: the same names as columns, with a column `object` of tenant, container, app-profile or
service-account; locations and licensed_users separated by ;

  id      required for a tenant; otherwise the name when empty
  tenant  id or name of a tenant in the file or imported before
  cloud   commercial, usgov or 21vianet
  kind    fly, custom, fly-for-device, fly-delegated or custom-delegated
  status  active, invalid or unknown
  mfa     yes, no or unknown
  licensed_users  users of the tenant with an Exchange Online license: the audit then stops to ask
          for that of an impersonation user

An object with the id of an older one replaces it. Every mistake is reported with its line, and then
nothing is imported."#;

/// Kinds of directory object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KindArg {
    /// Tenants
    Tenants,
    /// Containers
    Containers,
    /// App profiles
    AppProfiles,
    /// Service accounts
    ServiceAccounts,
}

impl From<KindArg> for ObjectKind {
    fn from(kind: KindArg) -> Self {
        match kind {
            KindArg::Tenants => Self::Tenant,
            KindArg::Containers => Self::Container,
            KindArg::AppProfiles => Self::AppProfile,
            KindArg::ServiceAccounts => Self::ServiceAccount,
        }
    }
}

/// Commands of `key`.
#[derive(Debug, Subcommand)]
pub enum KeyVerb {
    /// Say whether a key is mistyped, current, superseded, unused or unknown
    ///
    /// Exit code 0 for a current key, 3 for any other. The key is asked for or read from standard
    /// input when it is not given, so that it does not stay in the history of the shell.
    Check {
        /// The key; - or nothing: standard input
        #[arg(value_name = "KEY|-")]
        key: Option<String>,
        #[command(flatten)]
        answer: FormatArgs,
    },
}

/// Commands of `agent`.
#[derive(Debug, Subcommand)]
pub enum AgentVerb {
    /// Download its installer, check it, and say how to install it; nothing is run
    #[command(after_help = AGENT_HELP)]
    Download(AgentArgs),
}

/// Arguments of `agent download`.
#[derive(Debug, clap::Args)]
pub struct AgentArgs {
    /// File to write, or folder that is there; the working folder when not given
    #[arg(long, value_name = "FILE|DIR")]
    pub out: Option<PathBuf>,
    /// Where it is in place of download_url: an https:// address or a path
    #[arg(long, value_name = "URL|PATH")]
    pub url: Option<String>,
    /// SHA-256 it must have in place of sha256
    #[arg(long, value_name = "HEX", value_parser = sha256)]
    pub sha256: Option<Sha256>,
    /// Begin anew instead of going on with what an earlier try left
    #[arg(long)]
    pub no_resume: bool,
    /// Replace a file of that name
    #[arg(long)]
    pub force: bool,
    #[command(flatten)]
    pub answer: FormatArgs,
}

const AGENT_HELP: &str = "\
The bytes go to FILE.part, readable for you only, and get the name once they passed every check.
After a break or Ctrl-C the same command goes on where it stopped, as long as the file of the
server is the same. At most 5 redirects are followed, to https only. Set under [agent] in the
configuration: download_url, sha256, max_mb, install_command.";

/// Commands of `sample`.
#[derive(Debug, Subcommand)]
pub enum SampleVerb {
    /// Load the sample workspace into the store
    Load {
        /// Only say what would be loaded
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        answer: FormatArgs,
    },
}

fn sha256(text: &str) -> Result<Sha256, String> {
    Sha256::parse(text).ok_or_else(|| "64 hexadecimal digits".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_sound() {
        Args::command().debug_assert();
    }
}
