//! Arguments of `diff`.

use std::path::PathBuf;

use clap::ValueEnum;

use crate::cli::args::connection_type;
use crate::domain::ConnectionType;
use crate::domain::compare::Standing;

/// What to hold against what.
#[derive(Debug, clap::Args)]
pub struct DiffArgs {
    /// Store that holds the plan; the active one, or local, when not given
    #[arg(long, value_name = "STORE")]
    pub plan: Option<String>,
    /// Fly context to hold it against; the active one, or the only one, when not given
    #[arg(long, value_name = "CONTEXT")]
    pub live: Option<String>,
    /// Only these types, by name or number; several with commas or by repeating
    #[arg(long = "type", value_name = "TYPE", value_delimiter = ',', value_parser = connection_type)]
    pub types: Vec<ConnectionType>,
    /// Only names that contain this, whatever the case
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub name: String,
    /// Only what stands like this; several with commas
    #[arg(long, value_enum, value_name = "STANDING", value_delimiter = ',')]
    pub only: Vec<OnlyArg>,
    /// Form of the answer
    #[arg(
        long = "output",
        short = 'o',
        value_enum,
        default_value = "text",
        value_name = "FORMAT",
        conflicts_with = "json"
    )]
    pub format: DiffFormat,
    /// Write it to this new file instead
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    pub out: Option<PathBuf>,
    /// Answer with a JSON object
    #[arg(long)]
    pub json: bool,
}

/// Forms of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DiffFormat {
    /// Lines like those of diff
    Text,
    /// Tables in Markdown
    Markdown,
    /// A line per difference, safe for spreadsheets
    Csv,
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
Names are matched whatever their case. What differs is told per field; what the service does not tell
is never called a difference. Exit code 0 when everything asked for is the same, 3 when not.

Lines begin with
  -  only in the plan
  +  only live
  ~  on both sides, and they differ
  !  several of one name: Fly takes the first of equal names";
