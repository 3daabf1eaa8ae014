//! Arguments of `diff`.

use std::path::PathBuf;

use clap::ValueEnum;

use crate::cli::words;
use crate::domain::ConnectionType;
use crate::domain::compare::Standing;

/// What to hold against what.
#[derive(Debug, clap::Args)]
pub struct DiffArgs {
    /// Store that holds the plan; the active one, or local, when not given
    #[arg(long, value_name = "STORE")]
    pub plan: Option<String>,
    /// Fly context to compare it with; the active one, or the only one, when not given
    #[arg(long, value_name = "CONTEXT")]
    pub live: Option<String>,
    /// Only these types, by name or number; several with commas or by repeating
    #[arg(long = "type", value_name = "TYPE", value_delimiter = ',', hide_possible_values = true, value_parser = words::connection_types())]
    pub types: Vec<ConnectionType>,
    /// Only names that contain this, ignoring case
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub name: String,
    /// Only names with this result; several with commas
    #[arg(long, value_enum, value_name = "STANDING", value_delimiter = ',')]
    pub only: Vec<OnlyArg>,
    #[command(flatten)]
    pub form: FormArgs,
    /// Write it to this new file instead
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// How the answer is written, for the verbs whose answers go into tickets too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::Args)]
pub struct FormArgs {
    /// Format of the answer
    #[arg(
        long,
        short,
        value_enum,
        value_name = "FORMAT",
        default_value = "table",
        hide_default_value = true,
        conflicts_with = "json"
    )]
    output: Form,
    /// As -o json
    #[arg(long)]
    json: bool,
}

impl FormArgs {
    /// The format asked for.
    pub const fn form(self) -> Form {
        if self.json { Form::Json } else { self.output }
    }
}

/// Formats of such an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Form {
    /// Lines for people
    #[default]
    #[value(alias = "text")]
    Table,
    /// One object, version 1
    Json,
    /// One object per record and line
    Jsonl,
    /// For spreadsheets; formulas are disarmed
    Csv,
    /// For a ticket
    Markdown,
}

/// How a name stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OnlyArg {
    /// On both sides, and they differ
    Differing,
    /// Only in the plan
    Plan,
    /// Only live
    Live,
    /// Several of one name
    Ambiguous,
    /// The same on both sides
    Same,
}

impl From<OnlyArg> for Standing {
    fn from(it: OnlyArg) -> Self {
        match it {
            OnlyArg::Differing => Self::Differs,
            OnlyArg::Plan => Self::OnlyPlan,
            OnlyArg::Live => Self::OnlyLive,
            OnlyArg::Ambiguous => Self::Ambiguous,
            OnlyArg::Same => Self::Same,
        }
    }
}

/// Shown below the help.
pub const DIFF_HELP: &str = "\
Names are matched ignoring case. Differences are reported per field; what the service does not
report never counts as one. Exit code 0 when everything asked for is the same, 3 when not.

Lines begin with
  -  only in the plan
  +  only live
  ~  on both sides, and they differ
  !  several of one name: Fly takes the first of equal names";
