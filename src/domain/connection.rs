//! Connections: the record that is kept, the draft that is saved, the row that is listed.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::answers::Sheet;
use super::health::Findings;
use super::{ConnectionId, Held, LiveOrigin, Second, Timestamp};
use crate::text::SharedText;

/// A connection type, numbered and named as AvePoint Fly does (fly.md §2, `PlatformType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConnectionType {
    /// Exchange Online
    Exchange,
    /// Microsoft Teams
    Teams,
    /// SharePoint Online
    SharePoint,
    /// OneDrive
    OneDrive,
    /// Microsoft 365 Groups
    M365Group,
    /// Microsoft Teams Chat
    TeamChat,
    /// Exchange On-Premises
    HostedExchange,
    /// Power Platform
    PowerPlatform,
    /// Gmail
    Gmail,
    /// Google Drive
    GoogleDrive,
    /// Active Directory
    ActiveDirectory,
    /// Microsoft Entra ID
    Entra,
    /// Google Chat
    GoogleChat,
    /// Google direct messages
    GoogleDirectMessage,
    /// Active Directory and Entra ID Devices
    Device,
    /// Google Groups
    GoogleGroup,
    /// Public folders
    PublicFolder,
    /// A number that this version does not know.
    Other(u16),
    /// Nothing reported the type.
    Unknown,
}

/// Stands for an unknown type where stores and caches keep numbers.
const UNKNOWN: u16 = u16::MAX;

/// Shown in place of a name that a service left out; nothing can be saved under it.
pub const UNNAMED: &str = "(no name)";

/// The name as a program reads it: `None` where the service left it out.
pub fn reported_name(name: &str) -> Option<&str> {
    (name != UNNAMED).then_some(name)
}

/// A type with its number, name in the API and in files, name on screen, and short name.
type Row = (ConnectionType, u16, &'static str, &'static str, &'static str);

const TYPES: [Row; 17] = [
    (ConnectionType::Exchange, 0, "Exchange", "Exchange Online", "Exchange"),
    (ConnectionType::Teams, 1, "Teams", "Microsoft Teams", "Teams"),
    (ConnectionType::SharePoint, 2, "SharePoint", "SharePoint Online", "SharePoint"),
    (ConnectionType::OneDrive, 3, "OneDrive", "OneDrive", "OneDrive"),
    (ConnectionType::M365Group, 4, "M365Group", "Microsoft 365 Groups", "M365 Groups"),
    (ConnectionType::TeamChat, 5, "TeamChat", "Microsoft Teams Chat", "Teams Chat"),
    (ConnectionType::HostedExchange, 6, "HostedExchange", "Exchange On-Premises", "On-prem Exch."),
    (ConnectionType::PowerPlatform, 7, "PowerPlatform", "Power Platform", "Power Platform"),
    (ConnectionType::Gmail, 8, "Gmail", "Gmail", "Gmail"),
    (ConnectionType::GoogleDrive, 9, "GoogleDrive", "Google Drive", "Google Drive"),
    (ConnectionType::ActiveDirectory, 10, "ActiveDirectory", "Active Directory", "AD"),
    (ConnectionType::Entra, 11, "Entra", "Microsoft Entra ID", "Entra ID"),
    (ConnectionType::GoogleChat, 12, "GoogleChat", "Google Chat", "Google Chat"),
    (
        ConnectionType::GoogleDirectMessage,
        13,
        "GoogleDirectMessage",
        "Google Direct Message",
        "Google DM",
    ),
    (ConnectionType::Device, 14, "Device", "Active Directory and Entra ID Devices", "Devices"),
    (ConnectionType::GoogleGroup, 15, "GoogleGroup", "Google Groups", "Google Groups"),
    (ConnectionType::PublicFolder, 16, "PublicFolder", "Public Folders", "Public Folders"),
];

impl ConnectionType {
    /// Every type with a number of its own, in that order.
    pub fn all() -> impl Iterator<Item = Self> {
        TYPES.iter().map(|(it, ..)| *it)
    }

    fn row(self) -> Option<&'static Row> {
        TYPES.iter().find(|(it, ..)| *it == self)
    }

    /// The type with this number; an unknown number is kept.
    pub fn from_number(number: u16) -> Self {
        if number == UNKNOWN {
            return Self::Unknown;
        }
        TYPES.iter().find(|(_, n, ..)| *n == number).map_or(Self::Other(number), |row| row.0)
    }

    /// The number AvePoint Fly gives it; of an unknown one the number that stores keep, which is
    /// never shown.
    pub fn number(self) -> u16 {
        match self {
            Self::Other(number) => number,
            known => known.row().map_or(UNKNOWN, |row| row.1),
        }
    }

    /// The type with this API name, name or short name on screen, or number, whatever the case;
    /// also `Type 99`, as a number without a name is shown.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let is = |name: &str| name.eq_ignore_ascii_case(text);
        TYPES
            .iter()
            .find(|(_, _, slug, label, short)| is(slug) || is(label) || is(short))
            .map(|row| row.0)
            .or_else(|| is("groups").then_some(Self::M365Group))
            .or_else(|| is("unknown").then_some(Self::Unknown))
            .or_else(|| {
                let (word, rest) = text.split_at_checked(5).unwrap_or_default();
                let number = if word.eq_ignore_ascii_case("type ") { rest } else { text };
                number.trim().parse().ok().map(Self::from_number)
            })
    }

    /// Name in the API, in files and on the command line.
    pub fn slug(self) -> String {
        match (self, self.row()) {
            (_, Some(row)) => row.2.to_owned(),
            (Self::Unknown, None) => "unknown".to_owned(),
            (other, None) => other.number().to_string(),
        }
    }

    /// Name on screen.
    pub fn label(self) -> Label {
        Label(self)
    }

    /// Name in at most 14 columns, for lists.
    pub fn short(self) -> Cow<'static, str> {
        match self.row() {
            Some(row) => row.4.into(),
            None => self.label().to_string().into(),
        }
    }
}

/// Displays a connection type's name as the product writes it.
#[derive(Debug, Clone, Copy)]
pub struct Label(ConnectionType);

impl Label {
    /// The name without allocation; a number that this version does not know has none.
    pub fn known(self) -> Option<&'static str> {
        match self.0 {
            ConnectionType::Unknown => Some("Unknown"),
            other => other.row().map(|row| row.3),
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.known() {
            Some(name) => f.pad(name),
            None => f.pad(&format!("Type {}", self.0.number())),
        }
    }
}

impl Serialize for ConnectionType {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.slug())
    }
}

impl<'de> Deserialize<'de> for ConnectionType {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| serde::de::Error::custom(format!("unknown connection type {text:?}")))
    }
}

/// Which end of a migration a connection serves (fly.md §1, `ConnectionSide`).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// Either end, as the types whose form does not ask.
    #[default]
    Any,
    /// Read from.
    Source,
    /// Written to.
    Destination,
    /// Nothing reported the side, or by a number that this version does not know.
    Unknown,
}

impl Side {
    /// Every side, in the order that choices show them.
    pub const ALL: [Self; 4] = [Self::Source, Self::Destination, Self::Any, Self::Unknown];

    /// The word used in files and on the command line.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Source => "source",
            Self::Destination => "destination",
            Self::Unknown => "unknown",
        }
    }

    /// The word on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Any => "Any",
            Self::Source => "Source",
            Self::Destination => "Destination",
            Self::Unknown => "Unknown",
        }
    }

    /// The side in three columns at most, for narrow lists.
    pub const fn short(self) -> &'static str {
        match self {
            Self::Any => "-",
            Self::Source => "src",
            Self::Destination => "dst",
            Self::Unknown => "?",
        }
    }

    /// The side with this name or number, whatever the case.
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "" | "any" | "all" | "both" | "0" => Some(Self::Any),
            "source" | "src" | "1" => Some(Self::Source),
            "destination" | "dest" | "target" | "2" => Some(Self::Destination),
            "unknown" => Some(Self::Unknown),
            _ => None,
        }
    }
}

/// Which kind of backend issued a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Made in the local store.
    #[default]
    Local,
    /// Read from a file.
    Imported,
    /// Copied from AvePoint Fly.
    Fly,
}

/// What is known of a connection beyond what every one has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answers {
    /// The answers of its form.
    Form(Sheet),
    /// Known from a list only: a type without a form, or one still to be completed.
    Listed(Listed),
}

impl Answers {
    /// The answers of its form; `None`: it was never filled in.
    pub const fn sheet(&self) -> Option<&Sheet> {
        match self {
            Self::Form(sheet) => Some(sheet),
            Self::Listed(_) => None,
        }
    }

    /// What a list reported; `None`: its form was filled in.
    pub const fn listed(&self) -> Option<&Listed> {
        match self {
            Self::Form(_) => None,
            Self::Listed(listed) => Some(listed),
        }
    }

    /// Every secret with the path that names it in the record.
    pub fn secrets_mut(&mut self) -> Vec<(String, &mut Held)> {
        match self {
            Self::Form(sheet) => sheet.secrets_mut(),
            Self::Listed(_) => Vec::new(),
        }
    }

    /// Path of the issued key, where there is one.
    pub fn key_path(&self) -> Option<String> {
        self.sheet()?.key().map(|(path, _)| path.to_owned())
    }
}

/// What a list reports of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Listed {
    /// Tenant or domain as the list names it; may be empty.
    #[serde(default)]
    pub tenant: String,
    /// Where it was read from, when that was AvePoint Fly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live: Option<Box<LiveOrigin>>,
}

/// A connection as the backend keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// Its identity.
    pub id: ConnectionId,
    /// Counts its saves, from 1; a save names the revision it started from. 0: a service that
    /// counts none.
    #[serde(serialize_with = "counted")]
    pub revision: u32,
    /// Unique name, whatever the case. G1.
    #[serde(serialize_with = "reported")]
    pub name: String,
    /// Free text; may be empty.
    pub description: String,
    /// Connection type. G2.
    #[serde(rename = "type")]
    pub kind: ConnectionType,
    /// Which end of the migration. D3.
    pub side: Side,
    /// What the form asked.
    pub answers: Answers,
    /// Which kind of backend issued it.
    pub origin: Origin,
    /// When it was created; `None`: unknown.
    pub created_at: Option<Timestamp>,
    /// Who created it; empty: unknown.
    pub created_by: String,
    /// When it was last saved; `None`: unknown.
    pub modified_at: Option<Timestamp>,
    /// Who saved it last; empty: unknown.
    pub modified_by: String,
}

impl Connection {
    /// When it was saved last: at its import, where its list reported no change.
    pub fn saved_at(&self) -> Timestamp {
        self.modified_at.or(self.created_at).unwrap_or_default()
    }
}

/// `null` for a service that counts no revisions.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn counted<S: serde::Serializer>(revision: &u32, serializer: S) -> Result<S::Ok, S::Error> {
    (*revision > 0).then_some(revision).serialize(serializer)
}

/// `null` for a name that the service left out.
fn reported<S: serde::Serializer>(name: &str, serializer: S) -> Result<S::Ok, S::Error> {
    reported_name(name).serialize(serializer)
}

/// A connection as it is handed over to be saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Unique name. G1.
    pub name: String,
    /// Free text; may be empty.
    pub description: String,
    /// Connection type. G2.
    pub kind: ConnectionType,
    /// Which end of the migration. D3.
    pub side: Side,
    /// What the form asked.
    pub answers: Answers,
}

impl From<Connection> for Draft {
    fn from(it: Connection) -> Self {
        Self {
            name: it.name,
            description: it.description,
            kind: it.kind,
            side: it.side,
            answers: it.answers,
        }
    }
}

/// One row of the list. C1. Small, because 100,000 of them are held at once: repeated texts are
/// shared, times are seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Its identity.
    pub id: ConnectionId,
    /// Unique name; [`UNNAMED`] where a service left it out.
    pub name: Box<str>,
    /// Connection type.
    pub kind: ConnectionType,
    /// Which end of the migration.
    pub side: Side,
    /// Tenant or domain, by name; empty when none is known.
    pub tenant: SharedText,
    /// Credentials in a few words.
    pub credentials: SharedText,
    /// Last save; `None`: unknown.
    pub modified_at: Option<Second>,
    /// Who saved it last; empty: unknown.
    pub modified_by: SharedText,
    /// What the offline rules found when it was last saved or its directory objects changed.
    pub findings: Findings,
    /// Earliest moment at which one of its credentials expires.
    pub expires_at: Option<Second>,
    /// Revision this row shows; 0: a service that counts none.
    pub revision: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_found_by_number_name_and_label() {
        for kind in ConnectionType::all() {
            assert_eq!(ConnectionType::from_number(kind.number()), kind);
            assert_eq!(ConnectionType::parse(&kind.slug()), Some(kind));
            assert_eq!(ConnectionType::parse(&kind.label().to_string()), Some(kind));
            assert_eq!(ConnectionType::parse(&kind.short()), Some(kind));
            assert!(kind.short().len() <= 14, "{kind:?}");
        }
        assert_eq!(ConnectionType::parse("Groups"), Some(ConnectionType::M365Group));
        assert_eq!(ConnectionType::parse("m365group"), Some(ConnectionType::M365Group));
        assert_eq!(ConnectionType::parse("nonsense"), None);
    }

    #[test]
    fn an_unknown_type_number_is_kept() {
        let kind = ConnectionType::from_number(99);
        assert_eq!(kind.number(), 99);
        assert_eq!(kind.label().to_string(), "Type 99");
        assert_eq!(ConnectionType::parse(&kind.slug()), Some(kind));
    }
}
