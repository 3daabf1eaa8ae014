//! Arguments of `runbook`.

use std::path::PathBuf;

use crate::cli::diff::args::FormArgs;

/// Which connection, and what to do with its runbook.
#[derive(Debug, clap::Args)]
pub struct RunbookArgs {
    /// Name, id, or the beginning of an id; - reads it from standard input
    #[arg(value_name = "NAME|ID")]
    pub which: String,
    #[command(flatten)]
    pub form: FormArgs,
    /// Write it to this new file instead
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Tick these steps, by number or id; several with commas
    #[arg(long, value_name = "STEP", value_delimiter = ',')]
    pub tick: Vec<String>,
    /// Clear the ticks of these steps
    #[arg(long, value_name = "STEP", value_delimiter = ',')]
    pub untick: Vec<String>,
    /// Clear every tick first
    #[arg(long)]
    pub reset: bool,
    /// Compare it with what is live, and tick the last step if nothing differs; without a name the
    /// only Fly context is meant
    #[arg(long, value_name = "CONTEXT", num_args = 0..=1)]
    pub live: Option<Option<String>>,
    /// Only show which steps would be ticked; the ticks stay as they are
    #[arg(long)]
    pub dry_run: bool,
}

/// Shown below the help.
pub const RUNBOOK_HELP: &str = "\
AvePoint Fly has no public API to create connections, so they are created in its portal. The runbook
has its steps in the order of the portal's panel, with its labels and the planned values. Secrets
are not in it: copy them on the screen (`jetbridge`, then its runbook). What the portal would refuse
or warn of comes first. Ticks are kept for the connection as it was saved; a change starts again.
Exit code 3 when --live finds a difference from the plan.";
