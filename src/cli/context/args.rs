//! Arguments of `context`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::backend::fly::presets;
use crate::checks::{Check, fly, store, team};
use crate::cli::answer::FormatArgs;
use crate::cli::words;
use crate::domain::context::{ContextColour, ContextKind, KidForm};

/// Commands of `context`.
#[derive(Debug, Subcommand)]
pub enum ContextVerb {
    /// List the contexts; the active one is marked
    List(FormatArgs),
    /// Add a context; asks for what is not given
    #[command(after_help = add_help())]
    Add {
        /// Name of the new context
        #[arg(value_name = "NAME")]
        name: Option<String>,
        /// Work on it from now on
        #[arg(long = "use")]
        activate: bool,
        #[command(flatten)]
        fields: FieldArgs,
        #[command(flatten)]
        answer: FormatArgs,
    },
    /// Change a context; asks for everything when nothing is given
    #[command(after_help = add_help())]
    Edit {
        /// Name of the context; - reads it from standard input
        #[arg(value_name = "NAME")]
        name: String,
        #[command(flatten)]
        fields: FieldArgs,
        #[command(flatten)]
        answer: FormatArgs,
    },
    /// Work on a context from now on
    Use {
        /// Name of the context; - reads it from standard input
        #[arg(value_name = "NAME")]
        name: String,
        /// Only show what would change
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        answer: FormatArgs,
    },
    /// Remove a context, its sealed secret and its cached list; a store's file stays
    Remove {
        /// Name of the context; - reads it from standard input
        #[arg(value_name = "NAME")]
        name: String,
        /// Only show what would be removed
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        answer: FormatArgs,
    },
    /// Trust a host besides AvePoint's own with the secrets of contexts; without one, list them
    ///
    /// The list is kept apart from the configuration: a file cannot extend it. `context add` and
    /// `context edit` trust the addresses that they are given.
    Trust {
        /// Name of the host, with a port where it is not 443
        #[arg(value_name = "HOST")]
        host: Option<String>,
        /// Stop trusting it
        #[arg(long, requires = "host")]
        remove: bool,
        /// Only show the list as it would be
        #[arg(long, requires = "host")]
        dry_run: bool,
        #[command(flatten)]
        answer: FormatArgs,
    },
    /// Check a context step by step, and report which step fails and why
    ///
    /// Exit code 0 when all is well, 4 when the sign-in is missing or refused, 1 for anything else.
    #[command(after_help = test_help())]
    Test {
        /// Name of the context, - for one from standard input; the active one when left out
        #[arg(value_name = "NAME")]
        name: Option<String>,
        /// Write a report without names, ids or secrets to this file, or - for standard output
        #[arg(long, value_name = "FILE")]
        report: Option<PathBuf>,
        #[command(flatten)]
        answer: FormatArgs,
    },
}

/// Headings in the help.
const LOOKS: &str = "On the screen";
const AGENT: &str = "Device agent";

/// What a context is made of. An empty text takes an optional one away.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct FieldArgs {
    /// What it is
    #[arg(long, value_enum, value_name = "KIND")]
    pub kind: Option<KindArg>,
    /// Store: its file
    #[arg(long, value_name = "FILE", help_heading = "Store")]
    pub path: Option<PathBuf>,
    /// Data centre by name
    #[arg(
        long, value_name = "CENTRE", conflicts_with = "url", help_heading = "Fly",
        hide_possible_values = true, value_parser = words::data_centres()
    )]
    pub data_centre: Option<String>,
    /// Base address of the API instead; of a team store postgres://USER@HOST/DATABASE, without a
    /// password
    #[arg(long, value_name = "URL", help_heading = "Fly, team store")]
    pub url: Option<String>,
    /// Address that issues tokens; that of the data centre when left out
    #[arg(long, value_name = "URL", help_heading = "Fly")]
    pub identity_url: Option<String>,
    /// Application (client) ID of the app registration
    #[arg(long, value_name = "ID", help_heading = "Fly")]
    pub client_id: Option<String>,
    /// Certificate in PEM form, in place of a client secret or password; with its key unless that
    /// comes from one of the options below
    #[arg(long, value_name = "PEM", help_heading = "Fly, team store")]
    pub certificate: Option<PathBuf>,
    /// Form of the certificate's thumbprint in the sign-in, where the default is not accepted
    #[arg(long, value_enum, value_name = "FORM", help_heading = "Fly")]
    pub kid: Option<KidArg>,
    /// File with the certificate authority of the server, in addition to those of the system; "" removes it
    #[arg(long, value_name = "PEM", help_heading = "Team store")]
    pub ca: Option<PathBuf>,
    #[command(flatten)]
    pub secret: SecretArgs,
    /// Word shown beside the name, such as PROD
    #[arg(long, value_name = "TEXT", help_heading = LOOKS)]
    pub label: Option<String>,
    /// Colour on the screen
    #[arg(long, value_enum, value_name = "COLOUR", help_heading = LOOKS)]
    pub colour: Option<ColourArg>,
    /// Where the device agent's installer is for this context
    #[arg(long, value_name = "URL", help_heading = AGENT)]
    pub agent_url: Option<String>,
    /// SHA-256 that the installer must have
    #[arg(long, value_name = "HEX", help_heading = AGENT)]
    pub agent_sha256: Option<String>,
    /// Only check, and show what would be written
    #[arg(long, help_heading = None::<&'static str>)]
    pub dry_run: bool,
}

/// Where the client secret, or with `--certificate` its key, comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = "Client secret or password, or with --certificate its private key")]
#[group(multiple = false)]
pub struct SecretArgs {
    /// Read it from standard input now and seal it in the local store
    #[arg(long)]
    pub secret_stdin: bool,
    /// Read it from this file now and seal it in the local store
    #[arg(long, value_name = "FILE")]
    pub secret_file: Option<PathBuf>,
    /// Read it each time from file:PATH (0600), systemd:NAME or stdin
    #[arg(long, value_name = "SOURCE")]
    pub secret_from: Option<String>,
    /// Run this each time, without a shell; ends with ; or the end of the line
    #[arg(long, value_name = "WORD", num_args = 1.., value_terminator = ";", allow_hyphen_values = true)]
    pub secret_command: Vec<String>,
}

impl SecretArgs {
    /// Whether one of them is given.
    pub fn any(&self) -> bool {
        *self != Self::default()
    }
}

impl FieldArgs {
    /// Whether anything is to be changed.
    pub fn any(&self) -> bool {
        Self { dry_run: false, ..self.clone() } != Self::default()
    }
}

/// What a context is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KindArg {
    /// A store on this machine
    Store,
    /// A store on a PostgreSQL server that several people share
    Postgres,
    /// The public API of AvePoint Fly; read only
    Fly,
}

impl From<KindArg> for ContextKind {
    fn from(kind: KindArg) -> Self {
        match kind {
            KindArg::Store => Self::Store,
            KindArg::Postgres => Self::Postgres,
            KindArg::Fly => Self::Fly,
        }
    }
}

/// Forms of a certificate's thumbprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KidArg {
    /// Its bytes in base64url, the default
    Base64url,
    /// Its hexadecimal digits
    Hex,
}

impl From<KidArg> for KidForm {
    fn from(arg: KidArg) -> Self {
        match arg {
            KidArg::Base64url => Self::Base64Url,
            KidArg::Hex => Self::Hex,
        }
    }
}

/// Colours of contexts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColourArg {
    /// Red
    Red,
    /// Yellow
    Yellow,
    /// Green
    Green,
    /// Cyan
    Cyan,
    /// Blue
    Blue,
    /// Magenta
    Magenta,
    /// No colour
    None,
}

impl ColourArg {
    /// The colour; `None` takes it away.
    pub const fn colour(self) -> Option<ContextColour> {
        Some(match self {
            Self::Red => ContextColour::Red,
            Self::Yellow => ContextColour::Yellow,
            Self::Green => ContextColour::Green,
            Self::Cyan => ContextColour::Cyan,
            Self::Blue => ContextColour::Blue,
            Self::Magenta => ContextColour::Magenta,
            Self::None => return None,
        })
    }
}

/// The checks of a context, from their rows.
fn test_help() -> String {
    fn lines<S>(checks: &[Check<S>]) -> String {
        let line = |it: &Check<S>| {
            let needs: Vec<&str> = it.needs.iter().map(|it| it.label()).collect();
            let needs = match needs.is_empty() {
                true => String::new(),
                false => format!(" [{}]", needs.join(", ")),
            };
            format!("  {:12} {}{needs}\n", it.id, it.proves)
        };
        checks.iter().map(line).collect()
    }
    format!(
        "Checks of a Fly context, and what each needs:\n{}\nChecks of a store:\n{}\nChecks of a team store:\n{}",
        lines(&fly::CHECKS),
        lines(&store::CHECKS),
        lines(&team::CHECKS)
    )
}

/// The data centres, and what the credential can do.
fn add_help() -> String {
    let mut text = "Data centres:\n".to_owned();
    for it in presets::ALL {
        text.push_str(&format!("  {:9} {} ({})\n", it.name, it.title, it.evidence.label()));
    }
    text.push_str(
        "\nA secret is never an argument and never in the configuration: it is sealed in the\n\
         local store, or its source is named. The sign-in asks for the scope\n\
         fly.graph.readwrite.all: AvePoint lists no read-only one, so anyone with this credential\n\
         can write with it. jetbridge itself only reads.",
    );
    text
}
