//! A connection as AvePoint Fly lists it, and what jetbridge makes of it. fly.md §1.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::{Builder, Uuid};

use crate::domain::health::Findings;
use crate::domain::live::set;
use crate::domain::{
    Answers, Connection, ConnectionId, ConnectionType, Listed, LiveOrigin, Origin, Second, Side,
    Summary, Timestamp,
};
use crate::form::specs::APP_PROFILE_ALONE;
use crate::text::Texts;

/// One row of the list, as it is kept and cached. The short names are those of the cache file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Row {
    /// Id as the service wrote it.
    #[serde(rename = "i")]
    pub(super) id: String,
    #[serde(rename = "n")]
    pub(super) name: String,
    #[serde(rename = "d", default, skip_serializing_if = "String::is_empty")]
    pub(super) description: String,
    /// Number of the type.
    #[serde(rename = "t")]
    pub(super) kind: u16,
    /// Number of the side; 0 All, 1 Source, 2 Destination, one that this version does not know, or
    /// the greatest where none was sent.
    #[serde(rename = "s")]
    pub(super) side: u16,
    #[serde(rename = "tn", default, skip_serializing_if = "String::is_empty")]
    pub(super) tenant: String,
    #[serde(rename = "ti", default, skip_serializing_if = "Option::is_none")]
    pub(super) tenant_id: Option<String>,
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub(super) app_profile: Option<String>,
    #[serde(rename = "sa", default, skip_serializing_if = "Option::is_none")]
    pub(super) service_account: Option<String>,
    #[serde(rename = "da", default, skip_serializing_if = "Option::is_none")]
    pub(super) delegated: Option<String>,
    /// Seconds since 1970.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub(super) created: Option<i64>,
    #[serde(rename = "cb", default, skip_serializing_if = "String::is_empty")]
    pub(super) created_by: String,
    /// Seconds since 1970.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub(super) modified: Option<i64>,
    #[serde(rename = "mb", default, skip_serializing_if = "String::is_empty")]
    pub(super) modified_by: String,
}

impl Row {
    /// Its identity here: the service's own, when that is a UUID other than the empty one. Else one
    /// made of the id's text, or of name, type and side where there is no id, so that the same row
    /// has the same identity every time (UUID version 8: 122 bits of SHA-256).
    pub(super) fn identity(&self) -> ConnectionId {
        if let Ok(id) = Uuid::parse_str(self.id.trim())
            && !id.is_nil()
        {
            return ConnectionId(id);
        }
        let mut hash = Sha256::new();
        hash.update(b"jetbridge: connection of AvePoint Fly\0");
        if self.id.trim().is_empty() || Uuid::parse_str(self.id.trim()).is_ok() {
            hash.update(format!("{}\0{}\0{}", self.kind, self.side, self.name).as_bytes());
        } else {
            hash.update(b"id\0");
            hash.update(self.id.as_bytes());
        }
        let mut bytes = [0; 16];
        for (to, from) in bytes.iter_mut().zip(hash.finalize()) {
            *to = from;
        }
        ConnectionId(Builder::from_custom_bytes(bytes).into_uuid())
    }

    /// Its type; an unknown number is kept.
    pub(super) fn connection_type(&self) -> ConnectionType {
        ConnectionType::from_number(self.kind)
    }

    /// Its side.
    pub(super) const fn connection_side(&self) -> Side {
        match self.side {
            0 => Side::Any,
            1 => Side::Source,
            2 => Side::Destination,
            _ => Side::Unknown,
        }
    }

    /// The number of a side that this version does not know.
    pub(super) fn unknown_side(&self) -> Option<u16> {
        (3..u16::MAX).contains(&self.side).then_some(self.side)
    }

    /// Which credentials there are, in a few words. The service reports one id of each sort,
    /// although the portal allows several, so nothing is counted.
    fn credentials(&self) -> &'static str {
        match (set(&self.app_profile), set(&self.service_account), set(&self.delegated)) {
            (None, None, None) => "",
            (Some(_), None, None) => "app profile",
            (None, Some(_), None) => "service account",
            (None, None, Some(_)) => "delegated",
            (Some(_), Some(_), None) => "app profile + service account",
            (Some(_), None, Some(_)) => "app profile + delegated",
            (None, Some(_), Some(_)) => "service account + delegated",
            (Some(_), Some(_), Some(_)) => "app profile + service account + delegated",
        }
    }

    /// What is known from the row alone, which is never all: an app profile is alone where the
    /// service reports that the other two are not set. G11.
    fn findings(&self) -> Findings {
        let mut findings = Findings::unchecked();
        let none = |id: &Option<String>| id.as_ref().is_some_and(String::is_empty);
        let alone = set(&self.app_profile).is_some()
            && none(&self.service_account)
            && none(&self.delegated);
        if alone && self.connection_type() == ConnectionType::M365Group {
            APP_PROFILE_ALONE.add_to(&mut findings);
        }
        findings
    }

    /// The row of the list. What the service left out is unknown.
    pub(super) fn summary(&self, texts: &mut Texts) -> Summary {
        work!("summary");
        Summary {
            id: self.identity(),
            name: self.name.as_str().into(),
            kind: self.connection_type(),
            side: self.connection_side(),
            tenant: texts.share(&self.tenant),
            credentials: texts.share(self.credentials()),
            modified_at: self.modified.map(Second::new),
            modified_by: texts.share(&self.modified_by),
            findings: self.findings(),
            expires_at: None,
            revision: 0,
        }
    }

    /// The whole of what is known of it.
    pub(super) fn connection(&self, context: &str) -> Connection {
        let at = |seconds: Option<i64>| seconds.and_then(|it| Timestamp::from_second(it).ok());
        let live = LiveOrigin {
            context: context.to_owned(),
            id: self.id.clone(),
            tenant_id: self.tenant_id.clone(),
            app_profile_id: self.app_profile.clone(),
            service_account_id: self.service_account.clone(),
            delegated_profile_id: self.delegated.clone(),
        };
        Connection {
            id: self.identity(),
            revision: 0,
            name: self.name.clone(),
            description: self.description.clone(),
            kind: self.connection_type(),
            side: self.connection_side(),
            answers: Answers::Listed(Listed {
                tenant: self.tenant.clone(),
                live: Some(Box::new(live)),
            }),
            origin: Origin::Fly,
            created_at: at(self.created),
            created_by: self.created_by.clone(),
            modified_at: at(self.modified),
            modified_by: self.modified_by.clone(),
        }
    }
}
