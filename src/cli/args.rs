//! The command line as types. Completions, manual page and `--help` come from here.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{ArgAction, Parser, Subcommand};

use super::agent::AgentVerb;
use super::answer::FormatArgs;
use super::apply::{APPLY_HELP, ApplyArgs};
use super::audit::AuditArgs;
use super::backup::BackupVerb;
use super::clone::CloneArgs;
use super::complete::CompleteArgs;
use super::context::args::ContextVerb;
use super::create::CreateArgs;
use super::delete::DeleteArgs;
use super::diff::args::{DIFF_HELP, DiffArgs};
use super::directory::DirectoryVerb;
use super::doctor::{self, DoctorArgs};
use super::drafts::{DRAFTS_HELP, DraftsArgs};
use super::edit::{EDIT_HELP, EditArgs};
use super::export::{EXPORT_HELP, ExportArgs};
use super::file_args::FILE_HELP;
use super::help::{HelpArgs, page, topics};
use super::import::{ConnectionImportArgs, IMPORT_HELP};
use super::key::KeyVerb;
use super::list::ListArgs;
use super::permissions::PermissionsVerb;
use super::plan::{PLAN_HELP, PlanArgs};
use super::preflight::args::PreflightArgs;
use super::purge::{PURGE_HELP, PurgeArgs};
use super::restore::RestoreArgs;
use super::runbook::args::{RUNBOOK_HELP, RunbookArgs};
use super::sample::SampleVerb;
use super::schema::SchemaArgs;
use super::show::ShowArgs;
use super::signin::args::SigninVerb;
use super::stores::StoresVerb;
use super::team::TeamVerb;
use super::vault::VaultVerb;
use super::words;
use crate::config::THEMES;
use crate::log;

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

/// Everything on the command line; the default is what nothing on it asks for.
#[derive(Debug, Default, Parser)]
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
    /// Context to work on; `jetbridge context list` shows them; list, audit and preflight take several
    #[arg(long, global = true, hide_short_help = true, value_name = "NAME", action = ArgAction::Append)]
    pub context: Vec<String>,
    /// list, audit, preflight: work on every context, and give one answer
    #[arg(long, global = true, hide_short_help = true, conflicts_with = "context")]
    pub all_contexts: bool,
    /// Refuse to change anything
    #[arg(long, global = true, hide_short_help = true)]
    pub read_only: bool,
    /// On a Fly context, answer from the last read, without any call
    #[arg(long, global = true, hide_short_help = true)]
    pub cached: bool,
    /// Never ask; fail where an answer would be needed, and name the option that gives it
    #[arg(long, global = true, hide_short_help = true)]
    pub no_input: bool,
    /// Answer yes to every confirmation; required without a terminal
    #[arg(long, short, global = true, hide_short_help = true)]
    pub yes: bool,
    /// Maximum time of one call to a store or a service, in seconds
    #[arg(long, global = true, hide_short_help = true, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub timeout: Option<u32>,
    /// Print only the answer, questions, warnings and errors
    #[arg(long, short, global = true, hide_short_help = true)]
    pub quiet: bool,
    /// Show pseudonyms for names, tenants, people and ids, the same ones each time; changes nothing
    #[arg(long, global = true, hide_short_help = true)]
    pub redact: bool,
    /// Log level: off, error, warn, info, debug or trace
    #[arg(long, global = true, hide_short_help = true, value_name = "LEVEL", hide_possible_values = true, value_parser = words::log_levels())]
    pub log_level: Option<log::Level>,
    /// Read the key of the vault from this file descriptor: the key file's content, the
    /// passphrase, or what the key command would print
    #[arg(long, global = true, hide_short_help = true, value_name = "N")]
    pub vault_key_fd: Option<u32>,
    /// With --version: also commit, date, target, glibc, SQLite and the date of the reference data
    #[arg(long, hide_short_help = true)]
    pub verbose: bool,
    /// Print help
    #[arg(long, short, global = true, action = ArgAction::HelpShort)]
    pub help: Option<bool>,
    #[command(flatten)]
    pub screen: ScreenArgs,
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

/// What can be set for the screen; takes precedence over the configuration.
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
    /// Who signs in to tenants for the pre-flight
    #[command(subcommand, alias = "signins")]
    Signin(SigninVerb),
    /// Explain a command, or a topic such as exit-codes or environment
    Help(HelpArgs),
    /// Check terminal, configuration, store and network, and show how to fix problems
    #[command(after_help = doctor::HELP)]
    Doctor(DoctorArgs),
    /// Manage the key that protects stored secrets
    #[command(subcommand)]
    Vault(VaultVerb),
    /// Set up the store that a team shares on PostgreSQL
    #[command(subcommand)]
    Team(TeamVerb),
    /// Copy a whole store into another one
    #[command(subcommand, name = "store", alias = "stores")]
    Stores(StoresVerb),
    /// The whole store as one sealed file
    #[command(subcommand, alias = "backups")]
    Backup(BackupVerb),
    /// Show where configuration, data and state are
    Paths(FormatArgs),
    /// Print completions for a shell
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
    List(ListArgs),
    /// Show everything about connections; secrets as fingerprints
    Show(ShowArgs),
    /// Create connections: from files, or question by question
    #[command(after_help = FILE_HELP)]
    Create(CreateArgs),
    /// Change connections: some fields, from a file, in an editor, or question by question
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
    /// Apply connection files
    #[command(after_help = APPLY_HELP)]
    Apply(ApplyArgs),
    /// Print the JSON Schema of a connection file, or of every answer in JSON
    Schema(SchemaArgs),
    /// Check connections and show how to fix what is found
    Audit(Box<AuditArgs>),
    /// Check live, read-only, that connections will work before the migration does
    Preflight(Box<PreflightArgs>),
    /// Delete connections; they can be restored
    Delete(DeleteArgs),
    /// Restore deleted connections
    Restore(RestoreArgs),
    /// Remove deleted connections for good, with their secrets, history and drafts
    #[command(after_help = PURGE_HELP)]
    Purge(PurgeArgs),
    /// List or discard drafts: forms and texts that were not saved
    #[command(after_help = DRAFTS_HELP)]
    Drafts(DraftsArgs),
    /// Import connections from CSV, JSON or JSON lines, or copy them from a Fly context
    #[command(after_help = IMPORT_HELP)]
    Import(ConnectionImportArgs),
    /// Compare the plan with AvePoint Fly
    #[command(after_help = DIFF_HELP)]
    Diff(DiffArgs),
    /// Show what to enter in the AvePoint Fly portal for a planned connection
    #[command(after_help = RUNBOOK_HELP)]
    Runbook(RunbookArgs),
    /// Tenants, containers, app profiles and service accounts that forms offer
    #[command(subcommand)]
    Directory(DirectoryVerb),
    /// Check keys that jetbridge issued
    #[command(subcommand, alias = "keys")]
    Key(KeyVerb),
    /// What a destination Groups connection needs, and whether an app has it
    #[command(subcommand, alias = "permission")]
    Permissions(PermissionsVerb),
    /// The agent that every device to migrate needs
    #[command(subcommand)]
    Agent(AgentVerb),
    /// Sample data to explore
    #[command(subcommand)]
    Sample(SampleVerb),
}

#[cfg(test)]
impl Args {
    /// What a whole command line says.
    pub fn of<T: Into<std::ffi::OsString> + Clone>(
        line: impl IntoIterator<Item = T>,
    ) -> Result<Self, clap::Error> {
        let matches = super::help::command().try_get_matches_from(line)?;
        clap::FromArgMatches::from_arg_matches(&matches)
    }
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
