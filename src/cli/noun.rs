//! `jetbridge connection VERB`: the verbs of connections for those who write the noun first. The
//! same arguments, the same answers.

use clap::Subcommand;

use super::args::{
    ConnectionImportArgs, DeleteArgs, LIST_ALIAS, ListArgs, REMOVE_ALIAS, RestoreArgs, ShowArgs,
    StoreVerb,
};
use super::audit::AuditArgs;
use super::diff::args::DiffArgs;
use super::file_args::{ApplyArgs, CloneArgs, CreateArgs, EditArgs, ExportArgs, PlanArgs};
use super::runbook::args::RunbookArgs;

/// Commands of `connection`.
#[derive(Debug, Subcommand)]
pub enum ConnectionVerb {
    /// List connections
    #[command(alias = LIST_ALIAS)]
    List(ListArgs),
    /// Show everything about one connection
    Show(ShowArgs),
    /// Create connections from files
    Create(CreateArgs),
    /// Change a connection
    Edit(EditArgs),
    /// Copy a connection under another name
    Clone(CloneArgs),
    /// Write connections as files
    Export(ExportArgs),
    /// Show what files of connections would change
    Plan(PlanArgs),
    /// Make the connections what the files say
    Apply(ApplyArgs),
    /// Say what is wrong with connections
    Audit(Box<AuditArgs>),
    /// Delete connections
    #[command(alias = REMOVE_ALIAS)]
    Delete(DeleteArgs),
    /// Restore deleted connections
    Restore(RestoreArgs),
    /// Import connections
    Import(ConnectionImportArgs),
    /// Hold the plan against what AvePoint Fly really has
    Diff(DiffArgs),
    /// What to enter in the portal
    Runbook(RunbookArgs),
}

impl From<ConnectionVerb> for StoreVerb {
    fn from(verb: ConnectionVerb) -> Self {
        match verb {
            ConnectionVerb::List(it) => Self::List(it),
            ConnectionVerb::Show(it) => Self::Show(it),
            ConnectionVerb::Create(it) => Self::Create(it),
            ConnectionVerb::Edit(it) => Self::Edit(it),
            ConnectionVerb::Clone(it) => Self::Clone(it),
            ConnectionVerb::Export(it) => Self::Export(it),
            ConnectionVerb::Plan(it) => Self::Plan(it),
            ConnectionVerb::Apply(it) => Self::Apply(it),
            ConnectionVerb::Audit(it) => Self::Audit(it),
            ConnectionVerb::Delete(it) => Self::Delete(it),
            ConnectionVerb::Restore(it) => Self::Restore(it),
            ConnectionVerb::Import(it) => Self::Import(it),
            ConnectionVerb::Diff(it) => Self::Diff(it),
            ConnectionVerb::Runbook(it) => Self::Runbook(it),
        }
    }
}
