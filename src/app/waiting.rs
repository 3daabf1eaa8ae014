//! What a request was for, and so for which screen.

use super::screen::ScreenKind;
use crate::domain::ConnectionId;

/// What a request was for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Waiting {
    /// The list.
    Load,
    /// What a place that others change reports.
    Watch,
    /// What others changed.
    Changes,
    /// Another context.
    Context,
    /// What the details of a live connection show.
    Look,
    /// The projects of a live context.
    Projects,
    /// A connection to edit.
    Edit(ConnectionId),
    /// A connection to edit, with what an earlier revision of it had.
    Revert,
    /// A connection to make another from.
    Clone(ConnectionId),
    /// The connection of a draft to resume, or the one that it copies.
    Resume(Box<super::msg::KeptDraft>),
    /// The same after it turned out to be deleted.
    ResumeDeleted(Box<super::msg::KeptDraft>),
    /// The record after a conflict, in place of the form.
    Reload(ConnectionId),
    /// The newer revision that a save met.
    Theirs(ConnectionId),
    /// A save.
    Save,
    /// A deletion.
    Delete,
    /// Taking deletions back.
    Restore,
    /// Forgetting deleted ones for good.
    Purge,
    /// Projects of the delete dialog.
    UsedBy,
    /// Deleted connections.
    DeletedList,
    /// A history.
    History,
    /// Entries of the pick list on top.
    Objects,
    /// A directory object.
    PutObject,
    /// A key for the form.
    Key,
    /// A bulk token for the form.
    Token,
    /// Text of a secret for the form.
    Reveal,
    /// Drafts for the menu.
    Drafts,
    /// Drafts, to know how many there are.
    CountDrafts,
    /// A draft was to be kept; the values it holds.
    KeepDraft,
    /// A draft was to be forgotten.
    DiscardDraft,
    /// How the list was left was to be kept.
    KeepList,
    /// The sample workspace.
    Sample,
    /// A directory file.
    ImportDirectory,
    /// A file.
    WriteFile,
    /// A file with connections.
    Export,
    /// The device agent's installer.
    FetchAgent,
    /// A connection whose permissions are asked for.
    Permissions,
    /// What an app has.
    Check,
    /// An audit.
    Audit,
    /// A connection to fix what an audit found.
    Fix {
        /// Which.
        id: ConnectionId,
        /// Field to go to.
        field: Option<&'static str>,
        /// The screen that found it.
        from: ScreenKind,
    },
    /// The plan held against a live context.
    Compare,
    /// The same of one connection, to tick the last step of its runbook.
    Confirm,
    /// Live connections on their way into the plan.
    CopyToPlan,
    /// A connection whose runbook is asked for.
    Runbook,
    /// Ticks of a runbook.
    Ticks,
    /// A secret of a runbook's step, to copy it: what it is.
    CopyStep(&'static str),
    /// The key of a connection, to copy it from the list.
    CopyKey(ConnectionId),
    /// A pre-flight.
    Preflight,
    /// A check that is waived, or not any more.
    Waive,
    /// The results of earlier pre-flights.
    ReadPreflights,
}

impl Waiting {
    /// Returns the screen that it is for: leaving that screen stops it. `None`: it writes something,
    /// or is for no screen, and is finished wherever the user goes.
    pub const fn screen(&self) -> Option<ScreenKind> {
        Some(match self {
            Self::Load
            | Self::Look
            | Self::Projects
            | Self::Edit(_)
            | Self::Revert
            | Self::Clone(_)
            | Self::Resume(_)
            | Self::ResumeDeleted(_)
            | Self::Permissions
            | Self::Runbook
            | Self::CopyKey(_)
            | Self::UsedBy
            | Self::DeletedList
            | Self::History
            | Self::Drafts
            | Self::CountDrafts => ScreenKind::List,
            Self::Reload(_)
            | Self::Theirs(_)
            | Self::Objects
            | Self::PutObject
            | Self::Key
            | Self::Token
            | Self::Reveal => ScreenKind::Form,
            Self::Check => ScreenKind::Permissions,
            Self::Audit => ScreenKind::Audit,
            Self::Fix { from, .. } => *from,
            Self::Preflight => ScreenKind::Preflight,
            Self::Compare => ScreenKind::Diff,
            Self::Confirm | Self::CopyStep(_) => ScreenKind::Runbook,
            Self::Watch
            | Self::Changes
            | Self::Context
            | Self::Save
            | Self::Delete
            | Self::Restore
            | Self::Purge
            | Self::KeepDraft
            | Self::DiscardDraft
            | Self::KeepList
            | Self::Sample
            | Self::ImportDirectory
            | Self::WriteFile
            | Self::Export
            | Self::FetchAgent
            | Self::CopyToPlan
            | Self::ReadPreflights
            | Self::Waive
            | Self::Ticks => return None,
        })
    }

    /// Whether its answer opens a screen on top.
    pub const fn opens(&self) -> bool {
        matches!(
            self,
            Self::Edit(_)
                | Self::Clone(_)
                | Self::Resume(_)
                | Self::ResumeDeleted(_)
                | Self::Fix { .. }
                | Self::Permissions
                | Self::Runbook
        )
    }

    /// What is being done, for the status line; empty for what needs no words.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Load => "Reading the list",
            Self::Context => "Opening the context",
            Self::Check => "Checking the app",
            Self::Audit => "Auditing",
            Self::Preflight => "Checking",
            Self::Compare | Self::Confirm => "Comparing plan with live",
            Self::CopyToPlan => "Copying into the plan",
            Self::Ticks => "",
            Self::Permissions
            | Self::Runbook
            | Self::Edit(_)
            | Self::Fix { .. }
            | Self::Revert
            | Self::Clone(_)
            | Self::Resume(_)
            | Self::ResumeDeleted(_)
            | Self::Theirs(_)
            | Self::Reload(_) => "Opening",
            Self::Save => "Saving",
            Self::Delete => "Deleting",
            Self::Restore => "Restoring",
            Self::Purge => "Purging",
            Self::UsedBy => "Asking for projects",
            Self::DeletedList | Self::History | Self::Objects | Self::Drafts => "Reading",
            Self::PutObject | Self::Waive => "Saving",
            Self::Key => "Issuing a key",
            Self::Token => "Issuing a token",
            Self::Reveal | Self::CopyKey(_) | Self::CopyStep(_) => "Opening the secret",
            // The details say it themselves.
            Self::Look | Self::Projects | Self::ReadPreflights | Self::Watch | Self::Changes => "",
            Self::KeepDraft | Self::DiscardDraft | Self::CountDrafts | Self::KeepList => "",
            Self::Sample => "Loading the sample workspace",
            Self::ImportDirectory => "Importing",
            Self::WriteFile => "Writing",
            Self::Export => "Exporting",
            Self::FetchAgent => "Fetching the agent",
        }
    }
}
