//! Arguments of `jetbridge preflight`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::civil::Date;

use crate::cli::answer::FormatArgs;
use crate::cli::audit::args::FormatArg;
use crate::cli::choose::ChooseArgs;
use crate::cli::limit::LimitArgs;
use crate::cli::words;
use crate::service::preflight::Selection;

const HELP: &str = "\
Reads only: nothing is written in a tenant or domain. The results are those of this machine; devices may
see another network. Exit code 3 when a check failed, with --strict also when one was skipped; 4 when
sign-ins were tried and none worked. Skipped checks say why.

A stored domain account signs in at most once in each run, inside TLS, and only with --bind or after a yes on a
terminal; the domain controllers are shown first.

Waivers are a TOML file, waivers.toml in the configuration folder unless [preflight] names another, with one
table for each check that may fail; preflight waive writes them. The audit reads the same tables:
  [[waiver]]
  check = \"acct.mfa\"
  connection = \"contoso-groups-src\"   # name or id
  reason = \"the account moves to modern authentication, ticket 4711\"
  date = 2026-11-30                   # the day it was given
  expires = 2026-12-31                # the last day, UTC; may be left out

Examples:
  jetbridge preflight contoso-groups-a
  jetbridge preflight --all --offline
  jetbridge preflight --side destination --only tenant,net
  jetbridge preflight --all --only ad --bind
  jetbridge preflight --all -o junit --out preflight.xml";

/// Arguments of `preflight`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, after_help = HELP)]
pub struct PreflightArgs {
    #[command(subcommand)]
    pub verb: Option<PreflightVerb>,
    #[command(flatten)]
    pub choose: ChooseArgs,
    /// Every connection
    #[arg(long, conflicts_with = "which")]
    pub all: bool,
    /// Only these checks, by id or family such as tenant; several with commas or by repeating
    #[arg(long, value_name = "CHECK", value_delimiter = ',', hide_possible_values = true, value_parser = words::checks())]
    pub only: Vec<String>,
    /// Leave these checks out; several with commas or by repeating
    #[arg(long, value_name = "CHECK", value_delimiter = ',', hide_possible_values = true, value_parser = words::checks())]
    pub skip: Vec<String>,
    /// Only connections that changed since their last pre-flight, have none, or whose last one failed
    #[arg(long)]
    pub changed: bool,
    /// Only checks that need nothing but this machine
    #[arg(long)]
    pub offline: bool,
    /// Sign in once with each stored domain account, over TLS, without a question
    #[arg(long, conflicts_with = "offline")]
    pub bind: bool,
    /// File with failed checks that do not count, in place of the one of the configuration
    #[arg(long, value_name = "FILE")]
    pub waivers: Option<PathBuf>,
    /// Offer to add what was learned about accounts, apps and locations to the directory, after a review
    #[arg(long, conflicts_with = "offline")]
    pub evidence: bool,
    /// With --evidence: only show what would be offered
    #[arg(long, requires = "evidence")]
    pub dry_run: bool,
    /// End with exit code 3 also when a check was skipped
    #[arg(long)]
    pub strict: bool,
    /// Format; taken from the name of --out when not given, else a table
    #[arg(short, long, value_enum, value_name = "FORMAT")]
    pub output: Option<FormatArg>,
    /// As -o json
    #[arg(long, conflicts_with = "output")]
    pub json: bool,
    /// Write the report to this file, for you alone; an existing file is replaced
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

impl PreflightArgs {
    /// Which checks are made.
    pub fn selection(&self) -> Selection {
        Selection { only: self.only.clone(), skip: self.skip.clone(), offline: self.offline }
    }
}

/// What can be asked without a pre-flight.
#[derive(Debug, Subcommand)]
pub enum PreflightVerb {
    /// List the last result of each connection
    Results {
        #[command(flatten)]
        limit: LimitArgs,
        #[command(flatten)]
        answer: FormatArgs,
    },
    /// List every check: what it proves and what it needs
    Checks(FormatArgs),
    /// Let a check fail that someone answers for, or take that back
    Waive(Box<WaiveArgs>),
    /// Print the least permissions that the pre-flight itself needs, as an app manifest
    Requirements(RequirementArgs),
}

/// What is waived.
#[derive(Debug, Args)]
pub struct WaiveArgs {
    #[command(flatten)]
    pub choose: ChooseArgs,
    /// Id of the check
    #[arg(long, value_name = "CHECK", hide_possible_values = true, value_parser = words::check())]
    pub check: String,
    /// Why it may fail, such as a ticket
    #[arg(long, value_name = "TEXT", required_unless_present = "remove")]
    pub reason: Option<String>,
    /// The last day, UTC, such as 2026-12-31; until it is removed when not given
    #[arg(long, value_name = "DAY", value_parser = words::day)]
    pub until: Option<Date>,
    /// Remove the waiver
    #[arg(long, conflicts_with_all = ["reason", "until"])]
    pub remove: bool,
    /// File with the waivers, in place of the one of the configuration
    #[arg(long, value_name = "FILE")]
    pub waivers: Option<PathBuf>,
    /// Only check, and say what would be written
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub answer: FormatArgs,
}

/// For which checks.
#[derive(Debug, Args)]
pub struct RequirementArgs {
    /// Only for these checks, by id or family
    #[arg(long, value_name = "CHECK", value_delimiter = ',', hide_possible_values = true, value_parser = words::checks())]
    pub only: Vec<String>,
    /// Not for these checks
    #[arg(long, value_name = "CHECK", value_delimiter = ',', hide_possible_values = true, value_parser = words::checks())]
    pub skip: Vec<String>,
    #[command(flatten)]
    pub answer: FormatArgs,
}
