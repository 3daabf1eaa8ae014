//! Arguments of `runbook`.

use std::path::PathBuf;

use clap::ValueEnum;

/// Which connection, and what to do with its runbook.
#[derive(Debug, clap::Args)]
pub struct RunbookArgs {
    /// Name, id, or the beginning of an id
    #[arg(value_name = "NAME|ID")]
    pub which: String,
    /// Form of the answer
    #[arg(long = "output", short = 'o', value_enum, default_value = "text", value_name = "FORMAT")]
    pub format: RunbookFormat,
    /// Write it to this new file instead
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    pub out: Option<PathBuf>,
    /// Tick these steps, by number or id; several with commas
    #[arg(long, value_name = "STEP", value_delimiter = ',')]
    pub tick: Vec<String>,
    /// Take the ticks of these steps away
    #[arg(long, value_name = "STEP", value_delimiter = ',')]
    pub untick: Vec<String>,
    /// Take every tick away first
    #[arg(long)]
    pub reset: bool,
    /// Hold it against what is live, and tick the last step if nothing differs
    ///
    /// Without a name the only Fly context is meant.
    #[arg(long, value_name = "CONTEXT", num_args = 0..=1)]
    pub live: Option<Option<String>>,
    /// Answer with a JSON object
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
}

/// Forms of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RunbookFormat {
    /// Plain lines
    Text,
    /// A list with boxes to tick, for a ticket
    Markdown,
    /// A JSON object
    Json,
}

/// Shown below the help.
pub const RUNBOOK_HELP: &str = "\
AvePoint Fly publishes no way to create connections, so they are made in its portal. The runbook has
its steps in the order of the portal's panel, with its labels and the planned values. Secrets are not
in it: copy them on the screen (`jetbridge`, then b on the connection). What the portal would refuse
or warn of is said first. Ticks are kept for the connection as it was saved; a change begins anew.
Exit code 3 when --live finds something else than was planned.";
