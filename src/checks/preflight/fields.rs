//! The field of the form that a check is about: where somebody goes to fix what it found.

use super::subject::Subject;

/// Fields that a check is about, the most telling first.
fn fields(check: &str) -> &'static [&'static str] {
    match check {
        "fly.secret" | "fly.expiry" => &["client_secret"],
        "bulk.token" | "bulk.user" => &["bulk_tokens"],
        "share.reach" | "share.file" | "ppkg.file" | "ppkg.local" => &["enrolment_path"],
        "agent.link" | "agent.installed" => &["agent"],
        "container" => &["container"],
        "geo.capable" | "geo.right" => &["location", "geo"],
        "acct.mfa" | "acct.role" => &["accounts"],
        "user.exists" | "user.mailbox" => &["accounts", "impersonation_user"],
        "group.create" => &["delegated", "accounts", "app_profile"],
        "src.app" => &["source_app_profile"],
        "join.allowed" | "join.mfa" | "join.quota" => &["join_app_profile", "tenant"],
        "local.policy" => &["local_admin_password", "domain"],
        "ad.bind" => &["domain_password", "domain_user"],
        "ad.rights" | "ad.protected" | "ad.container" | "ad.quota" => &["domain_user"],
        other => match other.split_once('.').map_or(other, |it| it.0) {
            "app" => &["app_profile", "join_app_profile", "source_app_profile", "delegated"],
            "ad" => &["domain", "rejoin"],
            "net" | "tenant" | "signin" | "hybrid" | "mdm" => &["tenant", "source_tenant"],
            _ => &[],
        },
    }
}

/// The field that a check of a connection is about: of those that it may be about the first that is
/// answered.
pub fn field(check: &str, subject: &Subject) -> Option<&'static str> {
    let fields = fields(check);
    fields.iter().find(|it| subject.sheet.get(it).is_some()).or(fields.first()).copied()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::rows;
    use super::fields;
    use crate::form::specs;

    #[test]
    fn every_check_leads_to_a_field_of_a_form() {
        let steps = specs::ALL.iter().flat_map(|it| it.steps.iter());
        let known: BTreeSet<&str> =
            steps.flat_map(|it| it.fields.iter()).map(|it| it.key).collect();
        for row in rows() {
            let fields = fields(row.id);
            assert!(!fields.is_empty(), "{} leads nowhere", row.id);
            for field in fields {
                assert!(known.contains(field), "{}: no form has the field {field}", row.id);
            }
        }
    }
}
