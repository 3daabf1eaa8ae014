//! Licenses of impersonation users: asked once per tenant, because they are looked up and imported
//! tenant by tenant. G7.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Case, Hit, Subject, named};
use crate::audit::rules::credentials;
use crate::domain::health::impersonation_user;
use crate::domain::{Answers, ObjectId, ProfileKind};
use crate::text::fold;

/// Impersonation users without a known license.
#[derive(Debug, Default)]
pub(super) struct Unknown(BTreeMap<ObjectId, OfTenant>);

#[derive(Debug)]
struct OfTenant {
    name: String,
    first: Arc<Subject>,
    users: BTreeSet<String>,
}

impl Unknown {
    /// Notes the impersonation user of a custom app profile.
    pub(super) fn judge(&mut self, case: &Case<'_>) {
        let Some(Answers::Groups(groups)) = case.look.record.map(|it| &it.answers) else { return };
        let Some(app) = &groups.app_profile else { return };
        let kind = case.directory.profile(&groups.tenant, &app.profile).map(|it| it.kind);
        let user = impersonation_user(groups, case.directory);
        let (Some(ProfileKind::Custom), Some(user)) = (kind, user) else { return };
        let tenant = case.directory.tenant(&groups.tenant);
        if tenant.is_some_and(|it| it.is_licensed(user)) {
            return;
        }
        let name = tenant.map_or(groups.tenant.as_str(), |it| &it.name);
        let entry = self.0.entry(groups.tenant.clone()).or_insert_with(|| OfTenant {
            name: name.to_owned(),
            first: case.subject.clone(),
            users: BTreeSet::new(),
        });
        entry.users.insert(fold(user.trim()));
    }

    /// One finding per tenant, at the first connection that uses such a user.
    pub(super) fn finish(&self, hits: &mut Vec<Hit>) {
        let rule = &credentials::LICENCE_UNKNOWN;
        hits.extend(self.0.iter().map(|(tenant, of)| {
            let users = named(of.users.iter().map(String::as_str));
            let detail = format!("{}: no license is known for {users}.", of.name);
            Hit::shared(rule, &of.first, Some("impersonation_user"), detail, &[tenant.as_str()])
        }));
    }
}
