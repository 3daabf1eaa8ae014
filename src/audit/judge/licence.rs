//! Licenses of impersonation users: asked once per tenant, because they are looked up and imported
//! tenant by tenant. G7.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Case, Hit, Subject};
use crate::domain::health::{Level, impersonation_user};
use crate::domain::{ObjectId, ProfileKind};
use crate::form::{rules, specs};
use crate::text::{fold, named};

rules! {
    /// Impersonation users whose license is not known.
    LICENCE_UNKNOWN {
        id: "licence-unknown",
        level: Level::Advice,
        title: "License not known",
        means: "Whether the impersonation users of a tenant have an Exchange Online license is not known here.",
        why: "AvePoint asks for an impersonation user with that license. Shown once per tenant, until the tenant's licensed users are imported.",
        // SPEC G7, P7.
        source: "AvePoint, create a connection for Microsoft 365 Groups",
        fix: "Look the users up in the Microsoft 365 admin center, and import those with the license as licensed_users of the tenant.",
        with: "jetbridge directory import FILE; its --help shows the column licensed_users",
    }
}

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
        let Some(sheet) = case.sheet else { return };
        let spec = case.look.record.and_then(|it| specs::of(it.kind));
        let app = sheet.references().find(|it| it.field == "app_profile");
        let (Some(app), Some(_)) = (app, spec.and_then(|it| it.field("impersonation_user"))) else {
            return;
        };
        let kind = case.directory.profile(app.tenant, app.id).map(|it| it.kind);
        let user = impersonation_user(sheet, case.directory);
        let (Some(ProfileKind::Custom), Some(user)) = (kind, user) else { return };
        let tenant = case.directory.tenant(app.tenant);
        if tenant.is_some_and(|it| it.is_licensed(user)) {
            return;
        }
        let name = tenant.map_or(app.tenant.as_str(), |it| &it.name);
        let entry = self.0.entry(app.tenant.clone()).or_insert_with(|| OfTenant {
            name: name.to_owned(),
            first: case.subject.clone(),
            users: BTreeSet::new(),
        });
        entry.users.insert(fold(user.trim()));
    }

    /// One finding per tenant, at the first connection that uses such a user.
    pub(super) fn finish(&self, hits: &mut Vec<Hit>) {
        let rule = &LICENCE_UNKNOWN;
        hits.extend(self.0.iter().map(|(tenant, of)| {
            let users = named(of.users.iter().map(String::as_str));
            let detail = format!("{}: no license is known for {users}.", of.name);
            Hit::shared(rule, &of.first, Some("impersonation_user"), detail, &[tenant.as_str()])
        }));
    }
}
