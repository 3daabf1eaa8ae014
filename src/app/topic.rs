//! What actions are about: the groups of the help.

use super::Action;

/// A group of the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// Changes something.
    Change,
    /// Narrows or orders what is shown.
    Find,
    /// Marks rows.
    Mark,
    /// Finds out what is wrong or missing.
    Check,
    /// Shows something else.
    Look,
    /// Takes something out of the program.
    Out,
    /// Moves a cursor.
    Move,
    /// Works the same everywhere.
    Everywhere,
}

impl Topic {
    /// Every group, in the order of the help.
    pub const ALL: [Self; 8] = [
        Self::Change,
        Self::Find,
        Self::Mark,
        Self::Check,
        Self::Look,
        Self::Out,
        Self::Move,
        Self::Everywhere,
    ];

    /// Heading.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Change => "Open and change",
            Self::Find => "Find and sort",
            Self::Mark => "Mark",
            Self::Check => "Check and compare",
            Self::Look => "Look",
            Self::Out => "Copy and save",
            Self::Move => "Move",
            Self::Everywhere => "Everywhere",
        }
    }
}

impl Action {
    /// The group of the help that it stands in.
    pub const fn topic(self) -> Topic {
        use Action as A;
        match self {
            A::Open
            | A::Create
            | A::Clone
            | A::Delete
            | A::Undo
            | A::Refresh
            | A::Drafts
            | A::Deleted
            | A::Sample
            | A::ImportDirectory
            | A::Activate
            | A::Toggle
            | A::Save
            | A::Generate
            | A::Paste
            | A::ClearField
            | A::AddObject
            | A::EditObject
            | A::CopyToPlan
            | A::ResetTicks
            | A::Confirm
            | A::Left
            | A::Right => Topic::Change,
            A::Search
            | A::Filter
            | A::OnlyErrors
            | A::OnlyWarnings
            | A::ClearFilter
            | A::OnlyGaps
            | A::Sort
            | A::SortReverse => Topic::Find,
            A::Mark
            | A::MarkRange
            | A::MarkUp
            | A::MarkDown
            | A::MarkAll
            | A::Invert
            | A::Unmark => Topic::Mark,
            A::Permissions
            | A::Preflight
            | A::PreflightMenu
            | A::Audit
            | A::CheckManifest
            | A::CheckToken
            | A::CheckLive
            | A::Diff
            | A::Runbook => Topic::Check,
            A::Details
            | A::History
            | A::Reveal
            | A::ShowInList
            | A::NextPane
            | A::NextTab
            | A::PrevTab
            | A::NextFormat => Topic::Look,
            A::Copy
            | A::CopyMenu
            | A::CopyValue
            | A::CopyCommand
            | A::OpenLink
            | A::FetchAgent
            | A::SaveFile => Topic::Out,
            A::Up
            | A::Down
            | A::PageUp
            | A::PageDown
            | A::ScrollUp
            | A::ScrollDown
            | A::Top
            | A::Bottom
            | A::NextField
            | A::PrevField
            | A::NextStep
            | A::PrevStep
            | A::Back => Topic::Move,
            A::Contexts
            | A::Help
            | A::Message
            | A::Palette
            | A::Commands
            | A::ToggleMouse
            | A::Redraw
            | A::Suspend
            | A::Quit => Topic::Everywhere,
        }
    }
}
