//! What actions are about: the groups of the help.

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
