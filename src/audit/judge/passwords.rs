//! Passwords of local administrators: judged where secrets may be opened, compared by fingerprint.
//! D8, E3.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Case, Hit, Subject};
use crate::domain::answers::Sheet;
use crate::domain::health::Level;
use crate::domain::{Fingerprint, Held};
use crate::form::{When, rules};
use crate::text::named;

rules! {
    /// A password below the policy; only with opened secrets.
    LOCAL_ADMIN_PASSWORD {
        id: "local-admin-password",
        level: Level::Error,
        title: "Weak local administrator password",
        means: "The password of the local administrator breaks the password rules, so the account cannot be created.",
        why: "Active Directory requires at least 7 characters from 3 of 4 kinds, without the user name; the configuration may require more.",
        // SPEC D8.
        source: "Windows, password must meet complexity requirements",
        fix: "Set another password.",
        with: "the form, step Local admin: enter on the audit screen",
        when: When::Given,
    }
    /// One password for the devices of several connections.
    LOCAL_ADMIN_SHARED {
        id: "local-admin-shared",
        level: Level::Warning,
        title: "Shared local administrator password",
        means: "Several connections create local administrators with the same password.",
        why: "Anyone who learns the password of one device is then an administrator on the devices of all these connections.",
        // SPEC D8, E3.
        fix: "Give each connection a password of its own.",
        with: "the form, step Local admin: enter on the audit screen",
    }
}

/// Connections by the fingerprint of their local administrator's password.
#[derive(Debug, Default)]
pub(super) struct Shared(BTreeMap<String, Vec<Arc<Subject>>>);

impl Shared {
    /// Notes the password of a connection.
    pub(super) fn note(&mut self, sheet: Option<&Sheet>, subject: &Arc<Subject>) {
        let held = sheet.and_then(|it| it.secret("local_admin_password"));
        if let Some(Held::Stored(Fingerprint(text))) = held {
            self.0.entry(text.clone()).or_default().push(subject.clone());
        }
    }

    /// Fingerprints of one store are equal exactly where the passwords are, but for one chance in four
    /// thousand million per pair.
    pub(super) fn finish(&self, hits: &mut Vec<Hit>) {
        for all in self.0.values().filter(|it| it.len() > 1) {
            for subject in all {
                let others = named(all.iter().filter(|it| it.id != subject.id).map(|it| &*it.name));
                let detail = format!("The same password as {others}.");
                let field = Some("local_admin_password");
                hits.push(Hit::new(&LOCAL_ADMIN_SHARED, subject, field, detail));
            }
        }
    }
}

/// The verdict names the rules that are broken, never any of the password.
pub(super) fn judge(case: &Case<'_>, hits: &mut Vec<Hit>) {
    let user = case.sheet.and_then(|it| it.text("local_admin_user"));
    let (Some(user), Some(password)) = (user, case.look.password) else { return };
    if let Err(broken) = case.setup.password.verdict(password.expose(), user) {
        let detail = format!("The password {broken}.");
        hits.push(case.hit(&LOCAL_ADMIN_PASSWORD, Some("local_admin_password"), detail));
    }
}
