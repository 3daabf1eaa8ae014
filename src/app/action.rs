//! Everything a key can do, by name. The keymap, the footer, the help and the palette are all
//! made from this table.

/// Where a key is pressed: decides what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Context {
    /// The list of connections.
    List,
    /// The search line of the list.
    Search,
    /// The filter panel.
    Filter,
    /// A form, on a field that takes no text.
    Form,
    /// A form, on a field that takes text.
    FormText,
    /// The review step of a form.
    Review,
    /// The permissions screen.
    Permissions,
    /// The audit screen.
    Audit,
    /// The search line of the audit screen.
    AuditSearch,
    /// The plan held against a live context.
    Diff,
    /// The search line of that screen.
    DiffSearch,
    /// The portal runbook of a connection.
    Runbook,
    /// A pick list.
    Picker,
    /// A dialog of a few input lines.
    Prompt,
    /// A question with choices.
    Dialog,
    /// A list in a dialog: drafts, deleted connections, history, copy menu.
    Menu,
    /// The help.
    Help,
    /// The palette of actions.
    Palette,
}

impl Context {
    /// Every context.
    pub const ALL: [Self; 18] = [
        Self::List,
        Self::Search,
        Self::Filter,
        Self::Form,
        Self::FormText,
        Self::Review,
        Self::Permissions,
        Self::Audit,
        Self::AuditSearch,
        Self::Diff,
        Self::DiffSearch,
        Self::Runbook,
        Self::Picker,
        Self::Prompt,
        Self::Dialog,
        Self::Menu,
        Self::Help,
        Self::Palette,
    ];

    /// Whether plain characters are typed into a text here.
    pub const fn takes_text(self) -> bool {
        matches!(
            self,
            Self::Search
                | Self::AuditSearch
                | Self::DiffSearch
                | Self::FormText
                | Self::Picker
                | Self::Prompt
                | Self::Help
                | Self::Palette
        )
    }

    /// Heading in the help.
    pub const fn label(self) -> &'static str {
        match self {
            Self::List => "Connections",
            Self::Search => "Search",
            Self::Filter => "Filter",
            Self::Form => "Form",
            Self::FormText => "Form, text field",
            Self::Review => "Review",
            Self::Permissions => "Permissions",
            Self::Audit => "Audit",
            Self::AuditSearch => "Search in the audit",
            Self::Diff => "Plan and live",
            Self::DiffSearch => "Search, plan and live",
            Self::Runbook => "Runbook",
            Self::Picker => "Pick list",
            Self::Prompt => "Input",
            Self::Dialog => "Question",
            Self::Menu => "Menu",
            Self::Help => "Help",
            Self::Palette => "Palette",
        }
    }
}

/// Declares the actions once: variant, config name, short label for the footer, description for
/// help and palette.
macro_rules! actions {
    ($($name:ident $slug:literal $short:literal $about:literal;)+) => {
        /// Something the user can ask for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action { $(#[doc = $about] $name),+ }

        impl Action {
            /// Every action, in the order of the help.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Name in the config.
            pub const fn slug(self) -> &'static str {
                match self { $(Self::$name => $slug),+ }
            }

            /// A word or two for the footer.
            pub const fn short(self) -> &'static str {
                match self { $(Self::$name => $short),+ }
            }

            /// One line for help and palette.
            pub const fn about(self) -> &'static str {
                match self { $(Self::$name => $about),+ }
            }
        }
    };
}

actions! {
    Up "up" "up" "Move up";
    Down "down" "down" "Move down";
    PageUp "page-up" "page up" "Move a page up";
    PageDown "page-down" "page down" "Move a page down";
    ScrollUp "scroll-up" "scroll up" "Scroll the details up";
    ScrollDown "scroll-down" "scroll" "Scroll the details down";
    Top "top" "top" "Go to the first";
    Bottom "bottom" "bottom" "Go to the last";
    Open "open" "open" "Open the connection for editing";
    Create "create" "new" "Create a connection";
    Clone "clone" "clone" "Create a connection from this one";
    Delete "delete" "delete" "Delete the marked connections, or this one";
    Undo "undo" "undo" "Undo the last deletion";
    Search "search" "search" "Search by name";
    Filter "filter" "filter" "Filter by type, tenant, side and health";
    ClearFilter "clear-filter" "clear filter" "Clear search and filter";
    Mark "mark" "mark" "Mark or unmark, then move down";
    MarkRange "mark-range" "range" "Start a range of marks here, or end it";
    MarkUp "mark-up" "mark up" "Mark and move up";
    MarkDown "mark-down" "mark down" "Mark and move down";
    MarkAll "mark-all" "mark all" "Mark everything that is shown";
    Invert "invert" "invert" "Invert the marks of what is shown";
    Unmark "unmark" "unmark" "Take every mark away";
    Sort "sort" "sort" "Sort by the next column";
    SortReverse "sort-reverse" "reverse" "Reverse the order";
    Details "details" "details" "Show or hide the details pane";
    History "history" "history" "Show what changed in this connection";
    Copy "copy" "copy" "Copy the name of the marked connections, or of this one";
    CopyMenu "copy-menu" "copy…" "Choose what to copy, or save to a file";
    Refresh "refresh" "refresh" "Read the list again";
    Contexts "contexts" "contexts" "Switch to another context: a store or a Fly service";
    Drafts "drafts" "drafts" "Resume a form that was left";
    Deleted "deleted" "deleted" "Show deleted connections and restore them";
    Sample "sample" "sample" "Load the sample workspace";
    ImportDirectory "import-directory" "import" "Import tenants, containers, profiles and accounts from a file";
    NextField "next-field" "next" "Go to the next field";
    PrevField "prev-field" "back" "Go to the field before";
    NextStep "next-step" "next step" "Go to the next step";
    PrevStep "prev-step" "step back" "Go to the step before";
    Activate "activate" "choose" "Open, choose or go on";
    Left "left" "left" "Choose the option before";
    Right "right" "right" "Choose the next option";
    Toggle "toggle" "toggle" "Switch on or off, or pick";
    Save "save" "save" "Check everything, then save";
    Reveal "reveal" "reveal" "Show or hide the secret";
    CopyValue "copy-value" "copy" "Copy the value of this field";
    CopyCommand "copy-command" "copy command" "Copy the install command of the device agent";
    FetchAgent "download-agent" "download" "Download the installer of the device agent";
    Generate "generate" "generate" "Generate a key or a bulk token";
    Paste "paste-token" "paste token" "Enter the real bulk token";
    ClearField "clear-field" "clear" "Empty this field";
    AddObject "add" "add" "Add an entry to the directory";
    EditObject "edit" "edit" "Edit this entry of the directory";
    OpenLink "copy-link" "copy link" "Copy the link to AvePoint Online Services";
    Permissions "permissions" "permissions" "Show the API permissions that a Groups destination needs";
    Audit "audit" "audit" "Say what is wrong with the connections, why, and how to mend it";
    ShowInList "show-in-list" "in the list" "Go to this connection in the list";
    NextPane "next-pane" "switch side" "Go to the scenario or to what follows from it";
    NextTab "next-tab" "next tab" "Show the next result: needed, manifest, checklist, check";
    PrevTab "prev-tab" "tab back" "Show the result before";
    NextFormat "next-format" "form" "Show the manifest in the next form: array, property, PATCH";
    OnlyGaps "only-gaps" "only gaps" "Show only what is not met, or everything";
    CheckManifest "check-manifest" "check manifest" "Check an exported app manifest";
    CheckToken "check-token" "check token" "Check the claims of access tokens in a file";
    CheckLive "check-live" "check live" "Check the app in Microsoft Graph";
    SaveFile "save-file" "to file" "Save what is shown to a file";
    Diff "diff" "plan and live" "Hold the plan against what AvePoint Fly has";
    Runbook "runbook" "runbook" "Show what to enter in the portal for this connection";
    CopyToPlan "copy-to-plan" "to the plan" "Copy live connections into the plan, to be completed there";
    ResetTicks "reset-ticks" "reset" "Take every tick of the runbook away";
    Confirm "confirm" "yes" "Yes, do it";
    Back "back" "back" "Close, or go back";
    Help "help" "help" "Show the keys of this place";
    Message "message" "message" "Show the whole of the last message";
    Palette "palette" "actions" "Find any action by name";
    Commands "commands" "commands" "Show the commands that do the same";
    ToggleMouse "toggle-mouse" "mouse" "Switch the mouse on or off";
    Redraw "redraw" "redraw" "Draw the screen again";
    Suspend "suspend" "suspend" "Suspend to the shell";
    Quit "quit" "quit" "Quit";
}

impl Action {
    /// One line for help and palette of a place, where the action is not quite that of the others.
    pub const fn about_in(self, place: Context) -> &'static str {
        match (self, place) {
            (Self::Filter, Context::Audit) => "Show the findings of one level, then the next",
            (Self::ClearFilter, Context::Audit) => "Clear search and level",
            (Self::Search, Context::Audit) => "Search by connection, tenant, rule and detail",
            (Self::Copy, Context::Audit) => "Copy the finding",
            (Self::Refresh, Context::Audit) => "Audit again",
            (Self::Delete, Context::Menu) => "Discard the draft",
            _ => self.about(),
        }
    }

    /// Whether it only moves a cursor.
    pub const fn moves(self) -> bool {
        matches!(
            self,
            Self::Up
                | Self::Down
                | Self::PageUp
                | Self::PageDown
                | Self::ScrollUp
                | Self::ScrollDown
                | Self::Top
                | Self::Bottom
        )
    }
}
