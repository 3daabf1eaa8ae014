//! Rules about one record that the list does not show.

use super::{Case, Hit, notes};
use crate::audit::rules::{credentials, record};
use crate::domain::device::{Account, DeviceAnswers, DeviceDestination, EntraJoin};
use crate::domain::health::impersonation_user;
use crate::domain::text::fold;
use crate::domain::token::days_between;
use crate::domain::{Answers, Connection, ConnectionType, ProfileKind, Timestamp};
use crate::form::{Limits, specs, submit};

/// User names that Windows brings itself.
const BUILT_IN: [&str; 7] = [
    "administrator",
    "administrateur",
    "administrador",
    "guest",
    "defaultaccount",
    "wdagutilityaccount",
    "system",
];

pub(super) fn judge(case: &Case<'_>, hits: &mut Vec<Hit>) {
    stale(case, hits);
    let Some(record) = case.look.record else { return };
    if record.kind == ConnectionType::Device && notes::agent_on_controller(&record.description) {
        let detail = "The description puts the agent on a domain controller.".to_owned();
        hits.push(case.hit(&record::AGENT_ON_CONTROLLER, Some("description"), detail));
    }
    match &record.answers {
        Answers::Listed(_) => {}
        Answers::Groups(_) => licence(case, record, hits),
        Answers::Device(device) => {
            if let Some(admin) = local_admin(record) {
                of_local_admin(case, admin, hits);
            }
            of_device(case, device, hits);
        }
    }
}

/// The local administrator that a connection creates. D8.
pub(super) fn local_admin(record: &Connection) -> Option<&Account> {
    match &record.answers {
        Answers::Device(DeviceAnswers::Source(source)) => source.local_admin.as_ref(),
        Answers::Device(DeviceAnswers::Destination(_))
        | Answers::Groups(_)
        | Answers::Listed(_) => None,
    }
}

fn stale(case: &Case<'_>, hits: &mut Vec<Hit>) {
    let Ok(at) = Timestamp::from_second(case.look.row.modified_at) else { return };
    let days = days_between(at, case.setup.now);
    if days >= case.setup.stale_days {
        let detail = format!("Last changed on {}, {days} days ago.", at.strftime("%Y-%m-%d"));
        hits.push(case.hit(&record::STALE, None, detail));
    }
}

/// G7: the directory holds no licences, so that of an impersonation user is never known.
fn licence(case: &Case<'_>, record: &Connection, hits: &mut Vec<Hit>) {
    let Answers::Groups(groups) = &record.answers else { return };
    let Some(app) = &groups.app_profile else { return };
    let kind = case.directory.profile(&groups.tenant, &app.profile).map(|it| it.kind);
    if kind == Some(ProfileKind::Custom)
        && let Some(user) = impersonation_user(groups, case.directory)
    {
        let detail = format!("No licence is known for {user}.");
        hits.push(case.hit(&credentials::LICENCE_UNKNOWN, Some("impersonation_user"), detail));
    }
}

fn of_local_admin(case: &Case<'_>, admin: &Account, hits: &mut Vec<Hit>) {
    let user = fold(admin.user.trim());
    if BUILT_IN.contains(&user.as_str()) {
        let detail = format!("The user name is {}.", admin.user);
        hits.push(case.hit(&record::LOCAL_ADMIN_NAME, Some("local_admin_user"), detail));
    }
    let Some(password) = case.look.password else { return };
    // E3: the verdict names the rules that are broken, never any of the password.
    if let Err(broken) = case.setup.password.verdict(password.expose(), &admin.user) {
        let detail = format!("The password {broken}.");
        hits.push(case.hit(
            &credentials::LOCAL_ADMIN_PASSWORD,
            Some("local_admin_password"),
            detail,
        ));
    }
}

fn of_device(case: &Case<'_>, device: &DeviceAnswers, hits: &mut Vec<Hit>) {
    match device {
        DeviceAnswers::Source(source) => {
            if source.client_secret_expires.is_none() {
                let detail = "No expiry was entered for the client secret.".to_owned();
                let field = Some("client_secret_expires");
                hits.push(case.hit(&credentials::EXPIRY_UNKNOWN, field, detail));
            }
        }
        DeviceAnswers::Destination(destination) => {
            if let DeviceDestination::EntraId { join: EntraJoin::EnrolmentFile { path }, .. } =
                &**destination
                && let Some(why) = not_shared(path)
            {
                let detail = format!("{path}: {why}.");
                hits.push(case.hit(&record::SHARE_NOT_UNC, Some("enrolment_path"), detail));
            }
        }
    }
}

/// Why other machines may not see a path; `None` for a UNC path and for drive C:, which every
/// device has. D16.
fn not_shared(path: &str) -> Option<&'static str> {
    if path.starts_with("\\\\") {
        return None;
    }
    let mut chars = path.chars();
    match (chars.next(), chars.next(), chars.next()) {
        (Some('c' | 'C'), Some(':'), Some('\\')) => None,
        (Some(drive), Some(':'), Some('\\')) if drive.is_ascii_alphabetic() => {
            Some("a drive letter that may be a mapped share")
        }
        _ => Some("neither a UNC path nor a local path"),
    }
}

/// G12: what the form would say of the record now, but for fields that other rules told of.
pub(super) fn invalid(case: &Case<'_>, hits: &mut Vec<Hit>) {
    let Some(record) = case.look.record else { return };
    let Some(spec) = specs::of(record.kind) else { return };
    if matches!(record.answers, Answers::Listed(_)) {
        return;
    }
    let values = (spec.prefill)(record, case.directory);
    let limits = Limits { now: case.setup.now, password: case.setup.password };
    let Err(errors) = submit(spec, &values, &limits) else { return };
    for error in errors {
        if hits.iter().any(|hit| hit.field == Some(error.field)) {
            continue;
        }
        let label = spec.field(error.field).map_or(error.field, |field| field.label);
        let detail = format!("{label}: {}.", error.message.trim_end_matches('.'));
        hits.push(case.hit(&record::INVALID_RECORD, Some(error.field), detail));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // D16
    #[test]
    fn a_share_is_reached_by_its_unc_path() {
        for fine in [r"\\files\fly\join.ppkg", r"C:\Fly\join.ppkg", r"c:\join.ppkg"] {
            assert_eq!(not_shared(fine), None, "{fine}");
        }
        for odd in [r"Z:\fly\join.ppkg", "//files/fly/join.ppkg", "smb://files/fly", "C:join", ""] {
            assert!(not_shared(odd).is_some(), "{odd}");
        }
    }
}
