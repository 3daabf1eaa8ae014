//! Arguments of `permissions`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::cli::answer::FormatArgs;
use crate::cli::words::{Words, choice};
use crate::domain::Cloud;
use crate::permissions::manifest::Form;
use crate::permissions::{Geo, Job, Mailbox, Method, TermStore};

/// Commands of `permissions`.
#[derive(Debug, Subcommand)]
pub enum PermissionsVerb {
    /// List every API permission that some scenario needs
    List {
        /// Name the APIs as this cloud does
        #[arg(long, value_name = "CLOUD", default_value = "commercial", value_parser = clouds())]
        cloud: Cloud,
        #[command(flatten)]
        answer: FormatArgs,
    },
    /// Show what a scenario needs, why, and the steps to get there
    #[command(after_help = SCENARIO_HELP)]
    Requirements(RequirementsArgs),
    /// Print requiredResourceAccess for exactly one scenario
    #[command(after_help = MANIFEST_HELP)]
    Manifest(ManifestArgs),
    /// Compare what an app has with what a scenario needs
    ///
    /// Exit code 0 when everything that can be seen is there, 3 when something is not, 4 when the
    /// sign-in of --live is refused.
    #[command(after_help = CHECK_HELP)]
    Check(CheckArgs),
    /// Explain a permission: purpose, ids, alternatives, what covers it, what AvePoint's page says
    Explain {
        /// Value such as full_access_as_app, in any case, or id
        #[arg(value_name = "VALUE|ID")]
        value: String,
        #[command(flatten)]
        answer: FormatArgs,
    },
}

const SCENARIO_HELP: &str = "\
Options left out take their defaults: --method custom-app, --job both, --cloud commercial, EWS for
mailboxes, a term store that is written, planners migrated, one location.

--multi-geo means that Groups are created in a chosen location of a multi-geo tenant; --multi-geo=open
that the tenant is multi-geo and the location is left open.

With --connection the method, the cloud and the location come from the answers of a stored Groups
connection. One that uses several apps or accounts has a scenario for each; --method picks one.";

const MANIFEST_HELP: &str = "\
Standard output holds the manifest and nothing else; warnings go to standard error. -o json is an
object with scenario, manifest and warnings; -o jsonl and csv have a line per permission.

  --format array     the bare list, valid JSON; the default
  --format property  \"requiredResourceAccess\": [...], to paste into a manifest in the portal
  --format patch     the body of PATCH /applications/{id}; it replaces the whole list, so --merge
                     with the app's present manifest first

The scenario: see `jetbridge permissions requirements --help`.";

const CHECK_HELP: &str = "\
What the app has can come from several places at once; at least one is needed:
  --manifest  what its registration asks for; declared is not consented
  --token     what an access token shows, one per API; signatures are not checked
  --live      what Microsoft Graph reports, as far as the app may read it. Signs in with a
              client secret (standard input, a file, or typed without echo) or with a certificate,
              reads, and writes nothing. A secret is never an argument.

The scenario: see `jetbridge permissions requirements --help`.";

/// The scenario, or the connection that it comes from.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Scenario")]
pub struct ScenarioArgs {
    /// Take method, cloud and location from this Groups connection; - reads its name from standard
    /// input
    #[arg(long, value_name = "NAME|ID", conflicts_with_all = ["cloud", "multi_geo"])]
    pub connection: Option<String>,
    /// How the connection signs in; custom-app when left out
    #[arg(long, value_name = "METHOD", value_parser = choice(Method::ALL, Method::slug, Method::label))]
    pub method: Option<Method>,
    /// What it is for
    #[arg(long, value_name = "JOB", default_value = "both", value_parser = choice(Job::ALL, Job::slug, Job::label))]
    pub job: Job,
    /// Cloud of the destination tenant
    #[arg(long, value_name = "CLOUD", default_value = "commercial", value_parser = clouds())]
    pub cloud: Cloud,
    /// Create Groups in a location of a multi-geo tenant: chosen, or open
    #[arg(
        long, value_name = "LOCATION", num_args = 0..=1, require_equals = true,
        default_missing_value = "chosen"
    )]
    pub multi_geo: Option<GeoArg>,
    /// Manage sensitivity labels
    #[arg(long)]
    pub labels: bool,
    /// Run tenant discovery
    #[arg(long)]
    pub discovery: bool,
    /// Migrate no planners
    #[arg(long)]
    pub no_planner: bool,
    /// The consent user owns the Groups already (delegated apps)
    #[arg(long)]
    pub group_owner: bool,
    /// How the app reaches mailboxes
    #[arg(long, value_name = "HOW", default_value = "ews", value_parser = choice(Mailbox::ALL, Mailbox::slug, Mailbox::label))]
    pub mailbox: Mailbox,
    /// What is done with managed metadata
    #[arg(long, value_name = "HOW", default_value = "write", value_parser = choice(TermStore::ALL, TermStore::slug, TermStore::label))]
    pub term_store: TermStore,
}

/// Whether the location is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GeoArg {
    /// In a chosen location
    Chosen,
    /// Location left open
    Open,
}

impl From<Option<GeoArg>> for Geo {
    fn from(geo: Option<GeoArg>) -> Self {
        match geo {
            None => Self::Single,
            Some(GeoArg::Chosen) => Self::Chosen,
            Some(GeoArg::Open) => Self::Multi,
        }
    }
}

/// How the answer is written.
#[derive(Debug, Clone, Copy, Args)]
pub struct OutputArgs {
    #[command(flatten)]
    pub answer: FormatArgs,
    /// Answer in Markdown, for the admin who grants
    #[arg(long, conflicts_with_all = ["json", "output"])]
    pub markdown: bool,
}

/// Arguments of `permissions requirements`.
#[derive(Debug, Args)]
pub struct RequirementsArgs {
    #[command(flatten)]
    pub scenario: ScenarioArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Arguments of `permissions manifest`.
#[derive(Debug, Args)]
pub struct ManifestArgs {
    #[command(flatten)]
    pub scenario: ScenarioArgs,
    /// Form of the manifest
    #[arg(long, value_name = "FORMAT", default_value = "array", value_parser = choice(&Form::ALL, Form::slug, form_label))]
    pub format: Form,
    /// Also keep what this manifest asks for; - for standard input
    #[arg(long, value_name = "FILE")]
    pub merge: Option<PathBuf>,
    /// Write into this file instead of to standard output
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub answer: FormatArgs,
    /// Answer in Markdown, for the admin who grants: table, manifest, steps
    #[arg(long, conflicts_with_all = ["format", "merge", "json", "output"])]
    pub markdown: bool,
}

/// Arguments of `permissions check`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("evidence").required(true).multiple(true).args(["manifest", "token", "live"]))]
pub struct CheckArgs {
    #[command(flatten)]
    pub scenario: ScenarioArgs,
    /// Exported manifest of the app; - for standard input
    #[arg(long, value_name = "FILE", help_heading = "What the app has")]
    pub manifest: Option<PathBuf>,
    /// File with one or several access tokens; - for standard input; repeat for several
    #[arg(long = "token", id = "token", value_name = "FILE", help_heading = "What the app has")]
    pub tokens: Vec<PathBuf>,
    /// Ask Microsoft Graph, signed in as the app
    #[arg(long, requires_all = ["tenant", "client_id"], help_heading = "What the app has")]
    pub live: bool,
    #[command(flatten)]
    pub login: LoginArgs,
    /// Only what is not met
    #[arg(long, help_heading = None::<&'static str>, conflicts_with_all = ["json", "output", "markdown"])]
    pub gaps: bool,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// How `--live` signs in.
#[derive(Debug, Args)]
#[command(next_help_heading = "Sign-in of --live")]
pub struct LoginArgs {
    /// Tenant: id or domain
    #[arg(long, value_name = "TENANT", requires = "live")]
    pub tenant: Option<String>,
    /// Application (client) ID
    #[arg(long, value_name = "ID", requires = "live")]
    pub client_id: Option<String>,
    /// Read the client secret from standard input
    #[arg(long, requires = "live", conflicts_with_all = ["secret_file", "certificate"])]
    pub secret_stdin: bool,
    /// Read the client secret from this file
    #[arg(long, value_name = "FILE", requires = "live", conflicts_with = "certificate")]
    pub secret_file: Option<PathBuf>,
    /// Certificate in PEM form
    #[arg(long, value_name = "PEM", requires = "live")]
    pub certificate: Option<PathBuf>,
    /// Private key in PEM form, when it is not in the certificate's file
    #[arg(long, value_name = "PEM", requires = "certificate")]
    pub key: Option<PathBuf>,
    /// The tenant is in US Government DoD; with --cloud usgov
    #[arg(long, requires = "live")]
    pub dod: bool,
}

const fn form_label(form: Form) -> &'static str {
    match form {
        Form::Array => "The bare array",
        Form::Property => "The property, to paste into a manifest",
        Form::Patch => "The body of a PATCH",
    }
}

fn clouds() -> Words<Cloud> {
    choice(&Cloud::ALL, Cloud::slug, Cloud::label)
}
