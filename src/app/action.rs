//! Everything a key can do, by name. The keymap, the footer, the help and the palette are all
//! made from this table.

use super::Model;
use super::equivalent::{
    CLIPBOARD, Equivalent, LOOKS, Line, MARKS, MOVES, PROCESS, SECRETS, TYPES, compare, form,
    permissions, places,
};
use super::topic::Topic;

/// Where a key is pressed: decides what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Context {
    /// The list of connections.
    List,
    /// The search line of the list.
    Search,
    /// The filter panel.
    Filter,
    /// The search line of the filter panel.
    FilterSearch,
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
    /// The pre-flight.
    Preflight,
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
    pub const ALL: [Self; 20] = [
        Self::List,
        Self::Search,
        Self::Filter,
        Self::FilterSearch,
        Self::Form,
        Self::FormText,
        Self::Review,
        Self::Permissions,
        Self::Audit,
        Self::AuditSearch,
        Self::Diff,
        Self::DiffSearch,
        Self::Runbook,
        Self::Preflight,
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
                | Self::FilterSearch
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
            Self::FilterSearch => "Search in the filter",
            Self::Form => "Form",
            Self::FormText => "Form, text or pick field",
            Self::Review => "Review",
            Self::Permissions => "Permissions",
            Self::Audit => "Audit",
            Self::AuditSearch => "Search in the audit",
            Self::Diff => "Plan and live",
            Self::DiffSearch => "Search, plan and live",
            Self::Runbook => "Runbook",
            Self::Preflight => "Pre-flight",
            Self::Picker => "Pick list",
            Self::Prompt => "Input",
            Self::Dialog => "Question",
            Self::Menu => "Menu",
            Self::Help => "Help",
            Self::Palette => "Palette",
        }
    }
}

/// Declares the actions once: variant, group of the help, config name, short label for the footer,
/// description for help and palette, and what does the same on the command line.
macro_rules! actions {
    ($($name:ident $topic:ident $slug:literal $short:literal $about:literal => $same:expr;)+) => {
        /// Something the user can ask for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action { $(#[doc = $about] $name),+ }

        impl Action {
            /// Every action, in the order of the help.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The group of the help that it stands in.
            pub const fn topic(self) -> Topic {
                match self { $(Self::$name => Topic::$topic),+ }
            }

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

            /// What does the same on the command line.
            pub(super) fn equivalent(self, model: &Model, place: Context) -> Equivalent {
                let same: fn(&Model, Context) -> Equivalent =
                    match self { $(Self::$name => $same),+ };
                same(model, place)
            }
        }
    };
}

actions! {
    Up Move "up" "up" "Move up" => |_, _| MOVES;
    Down Move "down" "down" "Move down" => |_, _| MOVES;
    PageUp Move "page-up" "page up" "Move a page up" => |_, _| MOVES;
    PageDown Move "page-down" "page down" "Move a page down" => |_, _| MOVES;
    ScrollUp Move "scroll-up" "scroll up" "Scroll the details up" => |_, _| MOVES;
    ScrollDown Move "scroll-down" "scroll" "Scroll the details down" => |_, _| MOVES;
    Top Move "top" "top" "Go to the first" => |_, _| MOVES;
    Bottom Move "bottom" "bottom" "Go to the last" => |_, _| MOVES;
    Open Change "open" "open" "Open the connection for editing" => |model, place| places::chosen(model, place, Action::Open);
    Create Change "create" "new" "Create a connection" => |model, _| Line::new(model, "create").word("-f FILE").into();
    Clone Change "clone" "clone" "Create a connection from this one" => |model, _| places::on_row(model, |line, _| line.word("NEWNAME"), "clone");
    Delete Change "delete" "delete" "Delete the marked connections, or this one" => places::deleted;
    Undo Change "undo" "undo" "Undo the last deletion" => places::undone;
    Search Find "search" "search" "Search by name" => places::shown;
    Filter Find "filter" "filter" "Filter by type, tenant, side and health" => places::shown;
    OnlyErrors Find "only-errors" "errors only" "Show errors only, or every level again" => places::shown;
    OnlyWarnings Find "only-warnings" "warnings and worse" "Show warnings and worse, or every level again" => places::shown;
    ClearFilter Find "clear-filter" "clear filter" "Clear search and filter" => places::shown;
    NextProblem Find "next-problem" "next problem" "Go to the next connection with a problem" => |_, _| MOVES;
    PrevProblem Find "prev-problem" "problem before" "Go to the previous connection with a problem" => |_, _| MOVES;
    Mark Mark "mark" "mark" "Mark or unmark, then move down" => |_, _| MARKS;
    MarkRange Mark "mark-range" "range" "Start a range of marks here, or end it" => |_, _| MARKS;
    MarkUp Mark "mark-up" "mark up" "Mark and move up" => |_, _| MARKS;
    MarkDown Mark "mark-down" "mark down" "Mark and move down" => |_, _| MARKS;
    MarkAll Mark "mark-all" "mark all" "Mark everything that is shown" => |_, _| MARKS;
    Invert Mark "invert" "invert" "Invert the marks of what is shown" => |_, _| MARKS;
    Unmark Mark "unmark" "unmark" "Clear all marks" => |_, _| MARKS;
    Sort Find "sort" "sort" "Sort by the next column" => places::ordered;
    SortReverse Find "sort-reverse" "reverse" "Reverse the order" => |model, _| places::listed(model);
    Details Look "details" "details" "Show or hide the details pane" => places::details;
    History Look "history" "history" "Show what changed in this connection" => |model, _| places::on_row(model, |line, _| line.word("--history"), "show");
    Copy Out "copy" "copy" "Copy the names of what is marked, or this one" => |_, _| CLIPBOARD;
    CopyMenu Out "copy-menu" "copy…" "Choose what to copy, or save to a file" => places::copied;
    Export Out "export" "export" "Export to a file: CSV, JSON, Markdown or HTML" => |model, _| places::exported(model);
    Refresh Change "refresh" "refresh" "Read the list again" => places::shown;
    Contexts Everywhere "contexts" "contexts" "Switch to another store or Fly service" => |_, _| Line::bare("context list").into();
    Drafts Change "drafts" "drafts" "Resume a draft" => |model, _| Line::new(model, "drafts").into();
    Deleted Change "deleted" "deleted" "Show deleted connections and restore them" => |model, _| Line::new(model, "restore").word("--list").into();
    Sample Change "sample" "sample" "Load the sample workspace" => |model, _| Line::new(model, "sample load").into();
    ImportDirectory Change "import-directory" "import" "Import tenants, profiles, accounts from a file" => |model, _| Line::new(model, "directory import").word("FILE").into();
    NextField Move "next-field" "next" "Go to the next field" => |_, _| MOVES;
    PrevField Move "prev-field" "back" "Go to the previous field" => |_, _| MOVES;
    NextStep Move "next-step" "next step" "Go to the next step" => |_, _| MOVES;
    PrevStep Move "prev-step" "step back" "Go to the previous step" => |_, _| MOVES;
    Activate Change "activate" "choose" "Open, choose or continue" => |model, place| places::chosen(model, place, Action::Activate);
    Left Change "left" "left" "Choose the previous option" => places::turned;
    Right Change "right" "right" "Choose the next option" => places::turned;
    Toggle Change "toggle" "toggle" "Toggle, or choose" => |model, place| places::chosen(model, place, Action::Toggle);
    Save Change "save" "save" "Check everything, then save" => |model, _| form::saved(model);
    Reveal Look "reveal" "reveal" "Show or hide the secret" => |_, _| SECRETS;
    CopyValue Out "copy-value" "copy" "Copy the value of this field" => |_, _| CLIPBOARD;
    CopyCommand Out "copy-command" "copy command" "Copy the install command of the device agent" => |_, _| CLIPBOARD;
    FetchAgent Out "download-agent" "download" "Download the installer of the device agent" => |_, _| Line::bare("agent download").into();
    Generate Change "generate" "generate" "Generate a key or a bulk token" => |_, _| TYPES;
    Paste Change "paste-token" "paste token" "Enter the real bulk token" => |_, _| TYPES;
    ClearField Change "clear-field" "clear" "Empty this field" => |_, _| TYPES;
    AddObject Change "add" "add" "Add an entry to the directory" => |model, _| Line::new(model, "directory import").word("FILE").into();
    EditObject Change "edit" "edit" "Edit this entry of the directory" => |model, _| Line::new(model, "directory import").word("FILE").into();
    OpenLink Out "copy-link" "copy link" "Copy the link to AvePoint Online Services" => |_, _| CLIPBOARD;
    Permissions Check "permissions" "permissions" "Show the permissions a Groups destination needs" => |model, _| permissions::opened(model);
    Audit Check "audit" "audit" "Check connections and show how to fix findings" => |model, _| Line::new(model, "audit").into();
    Preflight Check "preflight" "pre-flight" "Check live whether connections will work" => |model, place| places::preflight(model, place);
    PreflightMenu Check "preflight-menu" "pre-flight…" "Choose what to check live, or check offline" => |model, _| Line::new(model, "preflight").word("--all").into();
    Waive Change "waive" "waive" "Waive this check with a reason, or undo that" => |model, _| places::waived(model);
    ShowInList Look "show-in-list" "in the list" "Go to this connection in the list" => |model, _| places::found(model, "show");
    NextPane Look "next-pane" "switch side" "Go to the scenario or to its results" => |_, _| MOVES;
    NextTab Look "next-tab" "next tab" "Go to the next tab of the result" => |_, _| MOVES;
    PrevTab Look "prev-tab" "tab back" "Show the previous result" => |_, _| MOVES;
    NextFormat Look "next-format" "form" "Show the manifest in the next form" => |model, _| permissions::checked(model, Action::NextFormat);
    OnlyGaps Find "only-gaps" "only gaps" "Show only what is not met, or everything" => |model, _| permissions::checked(model, Action::OnlyGaps);
    CheckManifest Check "check-manifest" "check manifest" "Check an exported app manifest" => |model, _| permissions::checked(model, Action::CheckManifest);
    CheckToken Check "check-token" "check token" "Check the claims of access tokens in a file" => |model, _| permissions::checked(model, Action::CheckToken);
    CheckLive Check "check-live" "check live" "Check the app in Microsoft Graph" => |model, _| permissions::checked(model, Action::CheckLive);
    SaveFile Out "save-file" "to file" "Save what is shown to a file" => places::saved;
    Diff Check "diff" "plan and live" "Compare the plan with AvePoint Fly" => compare::begin;
    Runbook Check "runbook" "runbook" "Show what to enter in the portal" => compare::runbook;
    CopyToPlan Change "copy-to-plan" "to the plan" "Copy live connections into the plan" => compare::copied;
    ResetTicks Change "reset-ticks" "reset" "Clear all ticks of the runbook" => |model, _| compare::with_runbook(model, |line| line.word("--reset"));
    Confirm Change "confirm" "yes" "Yes, do it" => |model, place| places::chosen(model, place, Action::Confirm);
    Back Move "back" "back" "Close, or go back" => |_, _| MOVES;
    Help Everywhere "help" "help" "Show the keys of this screen" => |_, _| Line::bare("help keys").into();
    Message Everywhere "message" "message" "Show the last message in full" => |_, _| LOOKS;
    Palette Everywhere "palette" "actions" "Find any action by name" => |_, _| LOOKS;
    Commands Everywhere "commands" "commands" "Show the commands that do the same" => |_, _| MOVES;
    ToggleMouse Everywhere "toggle-mouse" "mouse" "Turn the mouse on or off" => |model, _| Line::bare("").word(if model.mouse { "--no-mouse" } else { "--mouse" }).into();
    Redraw Everywhere "redraw" "redraw" "Draw the screen again" => |_, _| LOOKS;
    Suspend Everywhere "suspend" "suspend" "Suspend to the shell" => |_, _| PROCESS;
    Quit Everywhere "quit" "quit" "Quit" => |_, _| PROCESS;
}

impl Action {
    /// One line for help and palette of a place, where the action is not quite that of the others.
    pub const fn about_in(self, place: Context) -> &'static str {
        match (self, place) {
            (Self::Filter, Context::Audit) => "Show the findings of one level, then the next",
            (Self::ClearFilter, Context::Audit) => "Clear search and level",
            (Self::Sort, Context::Audit) => "Group the findings by rule, or by level",
            (Self::Search, Context::Audit) => "Search by connection, tenant, rule and detail",
            (Self::Copy, Context::Audit) => "Copy the finding",
            (Self::Refresh, Context::Audit) => "Audit again",
            (Self::Search, Context::Filter) => "Search in the values",
            (Self::ClearFilter, Context::Filter) => "Clear the filter",
            (Self::NextTab, Context::Filter | Context::FilterSearch) => "Go to the next section",
            (Self::PrevTab, Context::Filter | Context::FilterSearch) => {
                "Go to the previous section"
            }
            (Self::NextTab, Context::Help) => "Show the keys of the next place",
            (Self::PrevTab, Context::Help) => "Show the keys of the previous place",
            (Self::Filter, Context::Preflight) => "Show only what failed or warns, or everything",
            (Self::Copy, Context::Preflight) => "Copy what to do about this check",
            (Self::Refresh, Context::Preflight) => {
                "Check again: everything, what failed, or offline"
            }
            (Self::Details, Context::Preflight) => "Show everything about this check",
            (Self::Toggle, Context::Preflight) => "Fold or unfold these checks",
            (Self::Activate, Context::Preflight) => {
                "Go to the checks, then to the field of this check"
            }
            (Self::NextPane, Context::Preflight) => "Go to the connections or to their checks",
            (Self::Left, Context::Preflight) => "Go to the connections",
            (Self::Right, Context::Preflight) => "Go to the checks",
            (Self::Back, Context::Preflight) => "Stop, keeping what is known; then close",
            (Self::Delete, Context::Menu) => "Discard the draft",
            _ => self.about(),
        }
    }

    /// Other words under which it is looked for.
    pub const fn also(self, place: Context) -> &'static str {
        const FILE: &str = "export save report download print file csv json markdown html excel \
                            spreadsheet table pdf";
        match (self, place) {
            (Self::Export | Self::SaveFile, _) | (Self::CopyMenu, Context::Diff) => FILE,
            (Self::Undo, _) => "restore revert",
            (Self::Deleted, _) => "trash bin undelete",
            (Self::Quit, _) => "exit close",
            (Self::OnlyErrors | Self::OnlyWarnings, _) => "filter problems findings broken",
            (Self::Diff, _) => "compare difference",
            (Self::Delete, _) => "remove",
            (Self::Create, _) => "new add",
            (Self::Clone, _) => "duplicate copy",
            _ => "",
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
