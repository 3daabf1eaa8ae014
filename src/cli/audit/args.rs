//! Arguments of `jetbridge audit`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::audit::format::Format;
use crate::audit::{Rule, STALE_DAYS};
use crate::cli::answer::FormatArgs;
use crate::cli::choose::ChooseArgs;
use crate::cli::words;
use crate::domain::health::Level;

const HELP: &str = "\
Exit code 3 when something at the level of --fail-on, or worse, counts. A finding does not count while
a waiver covers it, and with --baseline when the baseline already has it.

Waivers are a TOML file, one table for each finding that is accepted for a time:
  [[waiver]]
  rule = \"single-credential\"
  connection = \"contoso-groups-src\"   # name or id
  reason = \"one account until the licenses arrive, ticket 4711\"
  expires = 2026-12-31                # the last day, UTC

Examples:
  jetbridge audit --summary
  jetbridge audit --fail-on warning
  jetbridge audit --side destination -o junit --out audit.xml
  jetbridge audit --write-baseline audit-baseline.json
  jetbridge audit --baseline audit-baseline.json --out audit.html";

/// Arguments of `audit`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, after_help = HELP)]
pub struct AuditArgs {
    #[command(subcommand)]
    pub verb: Option<AuditVerb>,
    #[command(flatten)]
    pub choose: ChooseArgs,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub rules: RuleArgs,
}

impl AuditArgs {
    /// Live context to compare the plan with.
    pub fn live(&self) -> Option<&str> {
        self.rules.live.as_deref()
    }
}

/// List or explain rules without running an audit.
#[derive(Debug, Subcommand)]
pub enum AuditVerb {
    /// List every rule
    Rules(FormatArgs),
    /// Explain a rule: the problem, why it matters, how to fix it
    Explain {
        /// Id of the rule
        #[arg(value_name = "RULE", hide_possible_values = true, value_parser = words::rules())]
        rule: &'static Rule,
        #[command(flatten)]
        answer: FormatArgs,
    },
}

/// What is written where.
#[derive(Debug, Args)]
#[command(next_help_heading = "Report")]
pub struct OutputArgs {
    /// Format; taken from the name of --out when not given, else a table
    #[arg(short, long, value_enum, value_name = "FORMAT")]
    pub output: Option<FormatArg>,
    /// As -o json
    #[arg(long, conflicts_with = "output")]
    pub json: bool,
    /// Write the report to this file, for you alone; an existing file is replaced
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// One line per rule: how much it found, and how to fix that
    #[arg(long, conflicts_with_all = ["output", "json", "out"])]
    pub summary: bool,
    /// Maximum findings per rule on a terminal (else 10) and on an HTML page (else 1000); 0: all
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Lowest level that ends with exit code 3
    #[arg(long, value_enum, value_name = "LEVEL", default_value = "error")]
    pub fail_on: FailOn,
    /// Compare with this baseline: what is new first, then what is fixed, then what is still there
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Save what counts as a baseline to this file; an existing file is replaced
    #[arg(long, value_name = "FILE")]
    pub write_baseline: Option<PathBuf>,
    /// Compare also with a baseline of another store
    #[arg(long, requires = "baseline")]
    pub any_store: bool,
}

impl OutputArgs {
    /// Most findings per rule, where nothing else was said.
    pub fn most(&self, otherwise: usize) -> usize {
        match self.limit {
            Some(0) => usize::MAX,
            Some(most) => most,
            None => otherwise,
        }
    }
}

/// Which rules, and by which figures.
#[derive(Debug, Args)]
#[command(next_help_heading = "Rules")]
pub struct RuleArgs {
    /// Leave these rules out; several with commas or by repeating
    #[arg(long, value_name = "RULE", value_delimiter = ',', hide_possible_values = true, value_parser = words::rules())]
    pub ignore: Vec<&'static Rule>,
    /// Check only these rules; several with commas or by repeating
    #[arg(long, value_name = "RULE", value_delimiter = ',', hide_possible_values = true, value_parser = words::rules())]
    pub only: Vec<&'static Rule>,
    /// Findings that do not count, with reason and last day
    #[arg(long, value_name = "FILE")]
    pub waivers: Option<PathBuf>,
    /// Also compare the plan with this live context, for the rule plan-differs
    #[arg(long, value_name = "CONTEXT")]
    pub live: Option<String>,
    /// Days before an expiry from which it is reported; else that of the configuration
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..=3650))]
    pub warning_days: Option<i64>,
    /// Days without a change from which a connection is stale
    #[arg(long, value_name = "N", default_value_t = STALE_DAYS, value_parser = clap::value_parser!(i64).range(1..=36500))]
    pub stale_days: i64,
    /// Open sealed passwords to check them; none of them is shown
    #[arg(long)]
    pub open_secrets: bool,
}

/// Formats of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FormatArg {
    /// Aligned columns, one finding per line
    Table,
    /// One object, version 1
    Json,
    /// One object per finding and line
    Jsonl,
    /// For spreadsheets; formulas are disarmed
    Csv,
    /// For tickets and wikis
    Markdown,
    /// JUnit XML, for build servers
    Junit,
    /// One page that needs no network
    Html,
}

impl FormatArg {
    /// The format of a report; `None`: the table, which only a terminal takes.
    pub const fn format(self) -> Option<Format> {
        match self {
            Self::Table => None,
            Self::Json => Some(Format::Json),
            Self::Jsonl => Some(Format::JsonLines),
            Self::Csv => Some(Format::Csv),
            Self::Markdown => Some(Format::Markdown),
            Self::Junit => Some(Format::Junit),
            Self::Html => Some(Format::Html),
        }
    }
}

/// Lowest level that ends with exit code 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Errors
    Error,
    /// Warnings and errors
    Warning,
    /// Anything
    Advice,
    /// Nothing
    None,
}

impl FailOn {
    /// The level; `None`: nothing ends with exit code 3.
    pub const fn level(self) -> Option<Level> {
        match self {
            Self::Error => Some(Level::Error),
            Self::Warning => Some(Level::Warning),
            Self::Advice => Some(Level::Advice),
            Self::None => None,
        }
    }
}
