//! A connection as AvePoint Fly lists it, and what jetbridge makes of it. fly.md §1.

use std::collections::HashSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::{Builder, Uuid};

use crate::domain::health::{Finding, Findings};
use crate::domain::{
    Answers, Connection, ConnectionId, ConnectionType, Listed, LiveOrigin, Origin, Side, Summary,
    Timestamp,
};

/// What stands in for a name that the service left out.
pub(super) const UNNAMED: &str = "(no name)";

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
    /// Number of the side; 0 All, 1 Source, 2 Destination, or one that is not known.
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

    /// Its side. A number that is not known serves either end as far as anybody can tell.
    pub(super) const fn connection_side(&self) -> Side {
        match self.side {
            1 => Side::Source,
            2 => Side::Destination,
            _ => Side::Any,
        }
    }

    /// Whether the side's number means something here.
    pub(super) const fn side_is_known(&self) -> bool {
        self.side <= 2
    }

    /// Which credentials there are, in a few words. The service tells one id of each sort, although
    /// the portal allows several, so nothing is counted.
    const fn credentials(&self) -> &'static str {
        match (&self.app_profile, &self.service_account, &self.delegated) {
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

    /// What is known from the row alone. A service that tells the app profile would tell the other
    /// two as well; an older one tells none, and then nothing is known. G11.
    fn findings(&self) -> Findings {
        let mut findings = Findings::default();
        let alone = self.app_profile.is_some()
            && self.service_account.is_none()
            && self.delegated.is_none();
        if alone && self.connection_type() == ConnectionType::M365Group {
            findings.insert(Finding::AppProfileAlone);
        }
        findings
    }

    /// The row of the list. A time that the service left out is 0.
    pub(super) fn summary(&self, texts: &mut Texts) -> Summary {
        Summary {
            id: self.identity(),
            name: self.name.as_str().into(),
            kind: self.connection_type(),
            side: self.connection_side(),
            tenant: texts.share(&self.tenant),
            credentials: texts.share(self.credentials()),
            modified_at: self.modified.or(self.created).unwrap_or(0),
            modified_by: texts.share(self.editor()),
            findings: self.findings(),
            expires_at: None,
            revision: 1,
        }
    }

    /// Who saved it last: whoever made it, where nobody is named since.
    fn editor(&self) -> &str {
        if self.modified_by.is_empty() { &self.created_by } else { &self.modified_by }
    }

    /// The whole of what is known of it.
    pub(super) fn connection(&self, context: &str) -> Connection {
        let at = |seconds: Option<i64>| {
            seconds.and_then(|it| Timestamp::from_second(it).ok()).unwrap_or(Timestamp::UNIX_EPOCH)
        };
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
            revision: 1,
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
            modified_at: at(self.modified.or(self.created)),
            modified_by: self.editor().to_owned(),
        }
    }
}

/// Texts that many rows share.
#[derive(Default)]
pub(super) struct Texts(HashSet<Arc<str>>);

impl Texts {
    fn share(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return Arc::clone(known);
        }
        let new: Arc<str> = text.into();
        self.0.insert(Arc::clone(&new));
        new
    }
}
