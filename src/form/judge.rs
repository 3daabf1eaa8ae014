//! What the list keeps of a connection: found by the rules that need no network. The objects that
//! it names are judged alike for every type; the rest says its form.

use super::{Source, Spec, specs};
use crate::domain::answers::{Reference, Sheet};
use crate::domain::health::{Digest, Directory, Finding, Findings};
use crate::domain::{Answers, Connection, Listed, Mfa, ObjectKind, ProfileKind, ProfileStatus};

/// Judges a connection by its own answers and the directory.
pub fn digest(connection: &Connection, directory: &Directory) -> Digest {
    let spec = specs::of(connection.kind);
    let mut out = Digest::default();
    if let Answers::Listed(listed) = &connection.answers {
        of_listed(listed, &mut out);
        if spec.is_some() {
            out.findings.insert(Finding::Incomplete);
        }
        return out;
    }
    let (Some(spec), Some(sheet)) = (spec, connection.answers.sheet()) else { return out };
    for it in sheet.references() {
        of_object(spec, it, directory, &mut out);
    }
    (spec.judge)(sheet, directory, &mut out);
    out
}

fn of_listed(listed: &Listed, out: &mut Digest) {
    out.tenant_name.clone_from(&listed.tenant);
    out.findings = Findings::unchecked();
    if let Some(live) = &listed.live {
        out.credentials = live.words();
    }
}

fn of_object(spec: &'static Spec, it: Reference<'_>, directory: &Directory, out: &mut Digest) {
    let Reference { field, kind, tenant, id } = it;
    let missing = match kind {
        ObjectKind::Tenant => {
            let found = directory.tenant(id);
            out.tenant = Some(id.clone());
            out.tenant_name = found.map_or(id.as_str(), |it| it.name.as_str()).to_owned();
            found.is_none()
        }
        ObjectKind::Container => {
            let found = directory.container(tenant, id);
            if found.is_some_and(|it| {
                it.objects == Some(0) || (it.objects.is_none() && it.last_scan.is_none())
            }) {
                out.findings.insert(Finding::ContainerEmpty);
            }
            found.is_none()
        }
        ObjectKind::AppProfile => {
            let found = directory.profile(tenant, id);
            if found.is_some_and(|it| it.status == ProfileStatus::Invalid) {
                out.findings.insert(Finding::ProfileInvalid);
            }
            if found.is_some_and(|it| !fits(spec, field, it.kind)) {
                out.findings.insert(Finding::ProfileUnfit);
            }
            found.is_none()
        }
        ObjectKind::ServiceAccount => {
            let found = directory.account(tenant, id);
            if found.is_some_and(|it| it.mfa == Mfa::Yes) {
                out.findings.insert(Finding::AccountHasMfa);
            }
            found.is_none()
        }
    };
    if missing {
        out.findings.insert(Finding::ObjectMissing);
    }
}

/// Whether the field's list offers profiles of this kind.
fn fits(spec: &'static Spec, field: &str, kind: ProfileKind) -> bool {
    match spec.field(field).and_then(|it| it.kind.source()) {
        Some(Source::AppProfiles { kinds, .. }) => kinds.contains(&kind),
        _ => true,
    }
}

/// Kinds of the app profiles that a field names; `None`: not in the directory.
pub(super) fn kinds<'a>(
    sheet: &'a Sheet,
    key: &str,
    directory: &'a Directory,
) -> impl Iterator<Item = Option<ProfileKind>> {
    let of = sheet.objects(key);
    let ids = of.into_iter().flat_map(|it| it.ids.iter().map(|id| (&it.tenant, id)));
    ids.map(|(tenant, id)| directory.profile(tenant, id).map(|it| it.kind))
}
