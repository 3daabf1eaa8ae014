//! Builds answers by key, for tests.

use super::{Answer, Objects, Sheet};
use crate::domain::key::HeldKey;
use crate::domain::token::BulkToken;
use crate::domain::{Answers, ObjectId, ObjectKind, Timestamp};

/// The answers of a form, to be changed.
pub(crate) fn sheet_of(answers: &mut Answers) -> &mut Sheet {
    match answers {
        Answers::Form(sheet) => sheet,
        Answers::Listed(_) => panic!("its form was never filled in"),
    }
}

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

    pub(crate) fn text(self, key: &str, text: impl Into<String>) -> Self {
        self.with(key, Answer::Text(text.into()))
    }

    pub(crate) fn on(self, key: &str) -> Self {
        self.with(key, Answer::On(true))
    }

    pub(crate) fn choice(self, key: &str, option: &str) -> Self {
        self.with(key, Answer::Choice(option.into()))
    }

    pub(crate) fn day(self, key: &str, end: Timestamp) -> Self {
        self.with(key, Answer::Day(end))
    }

    pub(crate) fn code(self, key: &str, code: &str) -> Self {
        self.with(key, Answer::Code(code.into()))
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

    pub(crate) fn accounts(self, ids: &[&str]) -> Self {
        self.choice("service_auth", "legacy").objects("accounts", ObjectKind::ServiceAccount, ids)
    }

    pub(crate) fn key(self, key: &str, held: HeldKey) -> Self {
        self.with(key, Answer::Key(held))
    }

    pub(crate) fn tokens(self, tokens: Vec<BulkToken>) -> Self {
        self.choice("join", "bulk-token").with("bulk_tokens", Answer::Tokens(tokens))
    }

    /// An app profile, where no accounts sign in.
    pub(crate) fn app(self, id: &str) -> Self {
        self.choice("service_auth", "none").profiles("app_profile", &[id])
    }

    pub(crate) fn form(self) -> Answers {
        Answers::Form(self.sheet)
    }

    pub(crate) fn done(self) -> Sheet {
        self.sheet
    }
}
