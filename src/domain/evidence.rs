//! What was read of a directory object in a service, each fact with its day and source. SPEC F8

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Timestamp;

/// A fact that can be read of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fact {
    /// It is there.
    Exists,
    /// Multi-factor authentication of an account.
    Mfa,
    /// Whether an account can sign in.
    Enabled,
    /// Whether an account has a mailbox license; of a tenant, who has one.
    Mailbox,
    /// The locations of a tenant.
    Locations,
    /// The app behind a profile.
    App,
    /// When the last credential of an app ends.
    Expires,
}

impl Fact {
    /// Every fact.
    pub const ALL: [Self; 7] = [
        Self::Exists,
        Self::Mfa,
        Self::Enabled,
        Self::Mailbox,
        Self::Locations,
        Self::App,
        Self::Expires,
    ];

    /// The word used in files.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Exists => "exists",
            Self::Mfa => "mfa",
            Self::Enabled => "enabled",
            Self::Mailbox => "mailbox",
            Self::Locations => "locations",
            Self::App => "app",
            Self::Expires => "expires",
        }
    }
}

/// A fact with when and where it was read. Written as `mfa 2026-11-30T12:00:00Z Microsoft Graph`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Checked {
    /// What.
    pub fact: Fact,
    /// When.
    pub at: Timestamp,
    /// Where.
    pub by: String,
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.fact.slug(), self.at, self.by)
    }
}

impl From<Checked> for String {
    fn from(it: Checked) -> Self {
        it.to_string()
    }
}

impl TryFrom<String> for Checked {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let mut parts = text.trim().splitn(3, ' ');
        let (fact, at, by) = (parts.next(), parts.next(), parts.next());
        let fact = Fact::ALL.into_iter().find(|it| Some(it.slug()) == fact);
        match (fact, at.and_then(|it| it.parse().ok()), by) {
            (Some(fact), Some(at), Some(by)) => Ok(Self { fact, at, by: by.to_owned() }),
            _ => Err("write a fact, a time and a source: mfa 2026-11-30T12:00:00Z Microsoft Graph"),
        }
    }
}

/// What was read of an object in a service; nothing of one that was only typed or imported.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Evidence {
    /// Whether an account can sign in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Whether an account has an Exchange Online mailbox license.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mailbox: Option<bool>,
    /// Application (client) id of the app behind a profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<Uuid>,
    /// When the last credential of that app ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// Which facts were read when, the object's own fields among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checked: Vec<Checked>,
}

impl Evidence {
    /// When and where a fact was read; `None`: it never was.
    pub fn of(&self, fact: Fact) -> Option<&Checked> {
        self.checked.iter().find(|it| it.fact == fact)
    }

    /// The newest of its facts.
    pub fn newest(&self) -> Option<&Checked> {
        self.checked.iter().max_by_key(|it| it.at)
    }

    /// Notes that a fact was read.
    pub fn note(&mut self, fact: Fact, at: Timestamp, by: &str) {
        self.checked.retain(|it| it.fact != fact);
        self.checked.push(Checked { fact, at, by: by.to_owned() });
        self.checked.sort_by_key(|it| it.fact);
    }

    /// In a few words for a list: `disabled, checked 2026-11-30`; empty: nothing was read.
    pub fn words(&self) -> String {
        let mut parts = Vec::new();
        if self.enabled == Some(false) {
            parts.push("disabled".to_owned());
        }
        match self.mailbox {
            Some(true) => parts.push("mailbox".to_owned()),
            Some(false) => parts.push("no mailbox license".to_owned()),
            None => {}
        }
        if let Some(at) = self.expires {
            parts.push(format!("credential until {}", at.strftime("%Y-%m-%d")));
        }
        if let Some(it) = self.newest() {
            parts.push(format!("checked {}", it.at.strftime("%Y-%m-%d")));
        }
        parts.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_is_written_with_its_day_and_source_and_read_again() {
        let at: Timestamp = "2026-11-30T12:00:00Z".parse().unwrap();
        let mut it = Evidence { enabled: Some(true), ..Evidence::default() };
        it.note(Fact::Mfa, at, "Microsoft Graph");
        it.note(Fact::Enabled, at, "an older source");
        it.note(Fact::Enabled, at, "Microsoft Graph");
        let json = serde_json::to_value(&it).unwrap();
        assert_eq!(
            json,
            serde_json::json!({ "enabled": true, "checked": [
                "mfa 2026-11-30T12:00:00Z Microsoft Graph",
                "enabled 2026-11-30T12:00:00Z Microsoft Graph" ] })
        );
        assert_eq!(serde_json::from_value::<Evidence>(json).unwrap(), it);
        // An object of before says nothing.
        assert_eq!(serde_json::from_str::<Evidence>("{}").unwrap(), Evidence::default());
        for bad in ["", "mfa", "mfa soon by", "colour 2026-11-30T12:00:00Z x"] {
            assert!(Checked::try_from(bad.to_owned()).is_err(), "{bad}");
        }
        assert_eq!(it.words(), "checked 2026-11-30");
    }
}
