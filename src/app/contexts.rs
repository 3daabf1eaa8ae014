//! The contexts of a session: which one is shown, what is known of a live one beyond its rows, and
//! what is remembered of those that were left, so that coming back finds it. C7.

use std::collections::BTreeMap;

use super::details::Looked;
use super::effect::RequestId;
use super::model::{List, Model};
use super::{Action, Context};
use crate::backend::{BackendError, Capabilities, ReadOnly};
use crate::domain::agent::Installer;
use crate::domain::context::LOCAL;
pub use crate::domain::context::{ContextColour, ContextKind};
use crate::domain::health::Horizon;
use crate::domain::removal::Target;
use crate::domain::{Connection, ConnectionType, ListState, Project, Side, Summary, Timestamp};
use crate::text::counted;

/// What is known of a context without opening it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContextInfo {
    /// Its name, unique.
    pub name: String,
    /// What it is.
    pub kind: ContextKind,
    /// A word for people, such as `PROD`.
    pub label: Option<String>,
    /// Its colour; the words say the same.
    pub colour: Option<ContextColour>,
    /// The file of a store, the address of a service.
    pub place: String,
    /// Nothing can be written to it.
    pub read_only: bool,
    /// Its installer of the device agent.
    pub installer: Installer,
}

impl ContextInfo {
    /// What it is, in a word or two.
    pub const fn kind_word(&self) -> &'static str {
        match self.kind {
            ContextKind::Store => "store",
            ContextKind::Postgres => "team store",
            ContextKind::Fly => "Fly",
        }
    }
}

/// Every context of the session and the state of switching between them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Contexts {
    /// In the order in which they are shown; empty when there is only one nameless place.
    pub all: Vec<ContextInfo>,
    /// Name of the one that is shown.
    pub active: String,
    /// Name of the one that was shown before: where the menu's cursor starts.
    pub before: Option<String>,
    /// What is remembered of those that were left, by name.
    pub left: BTreeMap<String, Left>,
    /// The switch under way and where it leads.
    pub opening: Option<(RequestId, String)>,
    /// Where to go once the question about the changed form is answered.
    pub wanted: Option<String>,
}

/// What a context looked like when it was left: rows, marks, search, filter, order and cursor.
#[derive(Debug, Clone, PartialEq)]
pub struct Left {
    /// Its list.
    pub list: List,
    /// Its deletions that can be undone.
    pub undo: Vec<Vec<Target>>,
    /// How many drafts it keeps.
    pub drafts: usize,
    /// What was read beside its rows.
    pub live: Live,
    /// What is kept of how it was left.
    pub kept: ListState,
}

/// A context that was opened and can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    /// What it can do.
    pub capabilities: Capabilities,
    /// How its list was left the last time.
    pub place: Box<ListState>,
}

/// What was read beside the rows; forgotten when the rows are read again.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Live {
    /// The connection that the details show.
    pub looked: Option<Looked>,
    /// Every project.
    pub projects: Projects,
}

/// The projects of a live context.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Projects {
    /// Nobody asked yet.
    #[default]
    Unknown,
    /// On their way.
    Asking(RequestId),
    /// All of them.
    Known(Vec<Project>),
    /// They could not be read.
    Failed(BackendError),
}

/// The projects at one pair of platforms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair<'a> {
    /// What they read from.
    pub source: ConnectionType,
    /// What they write to.
    pub destination: ConnectionType,
    /// Their names, in order.
    pub names: Vec<&'a str>,
}

/// What of a connection meets a project: its platform and the ends that it serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    /// Its type.
    pub kind: ConnectionType,
    /// Its side.
    pub side: Side,
}

impl From<&Summary> for End {
    fn from(row: &Summary) -> Self {
        Self { kind: row.kind, side: row.side }
    }
}

impl From<&Connection> for End {
    fn from(it: &Connection) -> Self {
        Self { kind: it.kind, side: it.side }
    }
}

/// The projects that may use a connection: those with its platform at an end that it serves. The
/// public API of Fly does not report more (fly.md §1).
pub fn may_use(end: End, projects: &[Project]) -> Vec<Pair<'_>> {
    let mut pairs: BTreeMap<(ConnectionType, ConnectionType), Vec<&str>> = BTreeMap::new();
    for it in projects.iter().filter(|_| end.kind != ConnectionType::Unknown) {
        let reads = it.source == end.kind && end.side != Side::Destination;
        let writes = it.destination == end.kind && end.side != Side::Source;
        if reads || writes {
            pairs.entry((it.source, it.destination)).or_default().push(&it.name);
        }
    }
    pairs
        .into_iter()
        .map(|((source, destination), mut names)| {
            names.sort_unstable();
            Pair { source, destination, names }
        })
        .collect()
}

/// How many projects may use a connection, as the head of their list.
pub fn usage_head(end: End, pairs: &[Pair<'_>]) -> String {
    let count: usize = pairs.iter().map(|pair| pair.names.len()).sum();
    let (one, many) = match end.side {
        Side::Source => ("reads from", "read from"),
        Side::Destination => ("writes to", "write to"),
        Side::Any | Side::Unknown => ("reads from or writes to", "read from or write to"),
    };
    if end.kind == ConnectionType::Unknown {
        return "Its type is unknown, so no project can be found by it.".to_owned();
    }
    let label = end.kind.label();
    match count {
        0 => format!("No project {one} {label}."),
        1 => format!("1 project {one} {label}:"),
        _ => format!("{} {many} {label}:", counted(count, "project")),
    }
}

/// What must be said beside every list of projects, so that nobody deletes on a false "unused".
pub const USAGE_LIMIT: &str = "The public API of AvePoint Fly does not report which connection a \
     project uses, only its platforms: a project listed here may use another one, and none listed \
     does not mean unused.";

/// How old rows are: `14:05`, with the day in words when it is another one.
pub fn age(at: Timestamp, now: Timestamp, zone: &jiff::tz::TimeZone) -> String {
    let (then, today) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    let days = today.date().since(then.date()).map_or(0, |span| span.get_days());
    let time = then.strftime("%H:%M");
    match days {
        0 => time.to_string(),
        1 => format!("yesterday {time}"),
        2..=6 => format!("{days} days ago"),
        _ => then.strftime("%Y-%m-%d").to_string(),
    }
}

impl Contexts {
    /// The one that is shown; `None` when there is only one nameless place.
    pub fn current(&self) -> Option<&ContextInfo> {
        self.named(&self.active)
    }

    /// The one with this name.
    pub fn named(&self, name: &str) -> Option<&ContextInfo> {
        self.all.iter().find(|it| it.name == name)
    }
}

impl Model {
    /// The moment that health is judged at.
    pub const fn horizon(&self) -> Horizon {
        Horizon { now: self.now, warning_days: self.settings.warning_days }
    }

    /// Name of the place that is shown.
    pub fn place_name(&self) -> &str {
        match self.contexts.current() {
            Some(it) if it.name == LOCAL => "local store",
            Some(it) => &it.name,
            None => &self.settings.context,
        }
    }

    /// The installer of the device agent for the place that is shown.
    pub fn installer(&self) -> &Installer {
        self.contexts.current().map_or(&self.settings.installer, |it| &it.installer)
    }

    /// Whether the rows are those of a service, which can only be looked at.
    pub fn is_live(&self) -> bool {
        self.capabilities.read_only == Some(ReadOnly::Fly)
    }

    /// Whether pseudonyms stand in place of names.
    pub fn is_redacted(&self) -> bool {
        self.capabilities.read_only == Some(ReadOnly::Redacted)
    }

    /// How old the rows are, in words; `None`: they are what there is now.
    pub fn rows_age(&self) -> Option<String> {
        self.list.as_of.map(|at| age(at, self.now, &self.settings.zone))
    }

    /// Why nothing can be written here.
    pub fn read_only_reason(&self) -> &'static str {
        let unknown = "This context is read-only: nothing can be changed here.";
        self.capabilities.read_only.map_or(unknown, ReadOnly::reason)
    }

    /// Why an action cannot be done in this place, and what to do instead; `None`: it can.
    pub fn refused(&self, place: Context, action: Action) -> Option<&'static str> {
        let can = &self.capabilities;
        let only_if = |can: bool| (!can).then(|| self.read_only_reason());
        if self.shared.away.is_some() && changes(place, action) {
            return Some(super::shared::AWAY);
        }
        // A form on its way out may come back, and must not find another in its place.
        let makes = matches!(action, Action::Create | Action::Clone | Action::Drafts);
        if makes && self.leaving.is_some() {
            return Some("The draft is being saved: wait a moment.");
        }
        match (place, action) {
            (Context::List | Context::Search, Action::Create | Action::Clone | Action::Sample) => {
                only_if(can.write)
            }
            (Context::List | Context::Search, Action::Delete | Action::Undo | Action::Deleted) => {
                only_if(can.delete)
            }
            (Context::List | Context::Search, Action::ImportDirectory) => {
                only_if(can.edit_directory)
            }
            (Context::List | Context::Search, Action::Drafts) => only_if(can.drafts),
            (Context::List, Action::Preflight | Action::PreflightMenu) if self.is_live() => {
                Some("A live list has no answers to check: copy connections into the plan first.")
            }
            (Context::List, Action::Preflight | Action::PreflightMenu) => {
                only_if(!self.is_redacted())
            }
            (Context::List | Context::Search, Action::History) => {
                (!can.history).then_some("This context keeps no history.")
            }
            (
                Context::Form | Context::FormText | Context::Review,
                Action::Save
                | Action::Toggle
                | Action::Left
                | Action::Right
                | Action::Generate
                | Action::Paste
                | Action::ClearField,
            ) => only_if(can.write),
            _ => None,
        }
    }
}

/// Whether an action asks the place that is shown to change something, or to hand out a draft.
const fn changes(place: Context, action: Action) -> bool {
    match place {
        Context::List | Context::Search => matches!(
            action,
            Action::Create
                | Action::Clone
                | Action::Sample
                | Action::Delete
                | Action::Undo
                | Action::Deleted
                | Action::ImportDirectory
                | Action::Drafts
        ),
        Context::Form | Context::FormText | Context::Review => {
            matches!(action, Action::Save | Action::Generate)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::rows::tests::row;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_age_is_a_time_today_and_words_on_other_days() {
        let utc = jiff::tz::TimeZone::UTC;
        let now = at("2026-11-22T10:00:00Z");
        let table = [
            ("2026-11-22T09:05:00Z", "09:05"),
            ("2026-11-21T23:59:00Z", "yesterday 23:59"),
            ("2026-11-19T09:05:00Z", "3 days ago"),
            ("2026-11-01T09:05:00Z", "2026-11-01"),
            // A clock that was set back is no reason to name a day.
            ("2026-11-22T10:30:00Z", "10:30"),
        ];
        for (then, words) in table {
            assert_eq!(age(at(then), now, &utc), words);
        }
        // The admin's day counts, not that of UTC.
        let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(2));
        let now = at("2026-11-22T22:30:00Z");
        assert_eq!(age(at("2026-11-22T21:05:00Z"), now, &zone), "yesterday 23:05");
    }

    #[test]
    fn projects_are_listed_for_the_ends_that_a_connection_serves() {
        use ConnectionType::{Exchange, M365Group, Teams};
        let project = |name: &str, source, destination| Project {
            name: name.to_owned(),
            source,
            destination,
        };
        let all = [
            project("b", Exchange, M365Group),
            project("a", Exchange, M365Group),
            project("c", M365Group, Teams),
            project("d", Exchange, Teams),
        ];
        let mut groups = row(1, "x");
        let names = |row: &Summary| {
            may_use(row.into(), &all).into_iter().map(|it| it.names.join("")).collect::<Vec<_>>()
        };
        assert_eq!(names(&groups), ["ab", "c"]);
        let head = usage_head((&groups).into(), &may_use((&groups).into(), &all));
        assert_eq!(head, "3 projects read from or write to Microsoft 365 Groups:");
        groups.side = Side::Source;
        assert_eq!(names(&groups), ["c"]);
        let head = usage_head((&groups).into(), &may_use((&groups).into(), &all));
        assert_eq!(head, "1 project reads from Microsoft 365 Groups:");
        groups.side = Side::Destination;
        assert_eq!(names(&groups), ["ab"]);
        groups.kind = ConnectionType::Device;
        let head = usage_head((&groups).into(), &may_use((&groups).into(), &all));
        assert_eq!(head, "No project writes to Active Directory and Entra ID Devices.");
    }
}
