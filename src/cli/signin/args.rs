//! Arguments of `signin`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::answer::FormatArgs;
use crate::cli::context::args::SecretArgs;
use crate::cli::words;
use crate::domain::NationalCloud;

/// Commands of `signin`.
#[derive(Debug, Subcommand)]
pub enum SigninVerb {
    /// List the sign-ins, each with its tenant
    List(FormatArgs),
    /// Add a sign-in: an app with secret or certificate, or a person by device code
    Add {
        /// Name of the sign-in
        #[arg(value_name = "NAME")]
        name: String,
        #[command(flatten)]
        fields: Box<FieldArgs>,
        #[command(flatten)]
        answer: FormatArgs,
    },
    /// Sign in, and show the tenant and the permissions of the token
    ///
    /// Exit code 4 when the sign-in is refused.
    Test {
        /// Name of the sign-in; - reads it from standard input
        #[arg(value_name = "NAME")]
        name: String,
        #[command(flatten)]
        answer: FormatArgs,
    },
    /// Remove a sign-in and its sealed secret
    Remove {
        /// Name of the sign-in; - reads it from standard input
        #[arg(value_name = "NAME")]
        name: String,
        /// Only show what would be removed
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        answer: FormatArgs,
    },
}

/// What a sign-in is made of.
#[derive(Debug, Clone, Args)]
pub struct FieldArgs {
    /// Tenant: its id or one of its domains
    #[arg(long, value_name = "TENANT")]
    pub tenant: String,
    /// Cloud of the tenant: global, gcc-high, dod or 21vianet
    #[arg(long, value_name = "CLOUD", default_value = "global", hide_default_value = true, hide_possible_values = true, value_parser = words::national_clouds())]
    pub cloud: NationalCloud,
    /// Application (client) ID
    #[arg(long, value_name = "ID")]
    pub client_id: String,
    /// Certificate in PEM form, in place of a client secret; with its key unless that comes from one
    /// of the options below
    #[arg(long, value_name = "PEM", conflicts_with = "device_code")]
    pub certificate: Option<PathBuf>,
    /// A person signs in each time, by a code in a browser on any machine
    #[arg(long, conflicts_with_all = ["secret_stdin", "secret_file", "secret_from", "secret_command"])]
    pub device_code: bool,
    /// With --device-code: the only person who is accepted, as user principal name
    #[arg(long, value_name = "UPN", requires = "device_code")]
    pub user: Option<String>,
    /// Client id of the app behind an app profile, such as "Fly custom=ID"; repeat for several
    #[arg(long = "app", value_name = "APP=ID")]
    pub apps: Vec<String>,
    #[command(flatten)]
    pub secret: SecretArgs,
    /// Replace the sign-in of this name
    #[arg(long, help_heading = None::<&'static str>)]
    pub replace: bool,
    /// Only check, and show what would be written
    #[arg(long, help_heading = None::<&'static str>)]
    pub dry_run: bool,
}
