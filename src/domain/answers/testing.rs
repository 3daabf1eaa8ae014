//! Builds answers by key, for tests.

use super::{Answer, Objects, Sheet};
use crate::domain::{ObjectId, ObjectKind};

/// Begins with no answers.
pub(crate) fn sheet() -> Builder {
    Builder { sheet: Sheet::default(), tenant: ObjectId::from("") }
}

/// Answers so far. Objects belong to the tenant that was named last.
pub(crate) struct Builder {
    sheet: Sheet,
    tenant: ObjectId,
}

impl Builder {
    pub(crate) fn with(mut self, key: &str, answer: Answer) -> Self {
        self.sheet.set(key, answer);
        self
    }

    /// The tenant, in the field that most forms have.
    pub(crate) fn tenant(self, id: &str) -> Self {
        self.tenant_as("tenant", id)
    }

    pub(crate) fn tenant_as(mut self, key: &str, id: &str) -> Self {
        self.tenant = id.into();
        self.objects(key, ObjectKind::Tenant, &[id])
    }

    pub(crate) fn objects(self, key: &str, kind: ObjectKind, ids: &[&str]) -> Self {
        let ids = ids.iter().map(|it| ObjectId::from(*it)).collect();
        let tenant = self.tenant.clone();
        self.with(key, Answer::Objects(Objects { kind, tenant, ids }))
    }

    pub(crate) fn profiles(self, key: &str, ids: &[&str]) -> Self {
        self.objects(key, ObjectKind::AppProfile, ids)
    }

    pub(crate) fn done(self) -> Sheet {
        self.sheet
    }
}
