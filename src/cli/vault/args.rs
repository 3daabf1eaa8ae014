//! Arguments of `vault`.

use clap::{Args, Subcommand, ValueEnum};

use crate::cli::answer::FormatArgs;

/// Commands of `vault`.
#[derive(Debug, Subcommand)]
pub enum VaultVerb {
    /// Show what opens the sealed secrets, and whether it is available
    ///
    /// Exit code 3 when --check finds something that does not open.
    Status {
        /// Open every sealed secret and draft too
        #[arg(long)]
        check: bool,
        #[command(flatten)]
        json: FormatArgs,
    },
    /// Choose what opens the vault before the first secret is saved
    #[command(after_help = SOURCE_HELP)]
    Init {
        /// What opens it
        #[arg(long, value_enum, value_name = "SOURCE", default_value = "file")]
        source: SourceArg,
        /// Only check, and show what would change
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        typed: TypedArgs,
        #[command(flatten)]
        json: FormatArgs,
    },
    /// Set or change the passphrase; only the wrapped data key is rewritten
    Passphrase {
        /// Only check, and show what would change
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        typed: TypedArgs,
        #[command(flatten)]
        json: FormatArgs,
    },
    /// Generate a new wrapping key; with --all also a new data key and index key
    #[command(after_help = ROTATE_HELP)]
    Rotate {
        /// Source of the key from now on; unchanged when not given
        #[arg(long, value_enum, value_name = "SOURCE")]
        source: Option<SourceArg>,
        /// Create new keys and re-seal every secret and draft
        #[arg(long)]
        all: bool,
        /// Only check, and show what would change
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        typed: TypedArgs,
        #[command(flatten)]
        json: FormatArgs,
    },
    /// Accept the store as it is, after it was refused as older or changed
    ///
    /// The reason is recorded in the history. Secrets in an older store are those of that time.
    Accept {
        /// Why it is correct, such as "restored from the snapshot of Monday"
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Only check, and show what would change
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        json: FormatArgs,
    },
    /// Remove the key from the kernel's keyring, so that it is asked for again
    Lock(FormatArgs),
}

/// Where a new passphrase comes from.
#[derive(Debug, Clone, Copy, Args)]
pub struct TypedArgs {
    /// Read the new passphrase from standard input, all of it
    #[arg(long)]
    pub passphrase_stdin: bool,
}

/// Sources of the wrapping key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SourceArg {
    /// A file that only you can read
    File,
    /// A passphrase that you type
    Passphrase,
    /// What `key_command` of the configuration prints
    Command,
    /// A key pair of each member, for a team store
    Members,
}

const SOURCE_HELP: &str = "\
Without this command a key file is created with the first secret; `jetbridge paths` shows where. Nothing
ever falls back to another source. `jetbridge vault rotate --source …` changes it later.";

const ROTATE_HELP: &str = "\
A key file gets a new key and keeps the old ones: they open older backups and other stores, and nothing
that was wrapped again. Keep a backup of the key file after a rotation.

Use --all when someone may have read the old key together with the store. The old key does not open
what is sealed afterwards. The secrets that it did open are listed, so that you can change them where they
come from.";
