//! The rules of all forms, and what the list keeps of a connection: found by the rules that need no
//! network.

use std::sync::LazyLock;

use super::rule::When;
use super::specs::{self, INCOMPLETE};
use super::{Case, Rule, Spec, Values};
use crate::domain::answers::Sheet;
use crate::domain::health::{Digest, Directory, Findings};
use crate::domain::{Answers, Connection, Listed, ObjectKind, ProfileKind};

/// Every rule about answers, the worst first.
static ALL: LazyLock<Vec<&'static Rule>> = LazyLock::new(|| {
    let mut all: Vec<&'static Rule> = Vec::new();
    for rule in specs::ALL.iter().flat_map(|spec| spec.rules()) {
        if !all.contains(&rule) {
            all.push(rule);
        }
    }
    all.sort_by_key(|rule| std::cmp::Reverse(rule.bit));
    all
});

/// Every rule about answers, the worst first.
pub fn all() -> &'static [&'static Rule] {
    &ALL
}

/// Version of all of them: it grows with each rule and each form, so that what older ones judged is
/// judged again.
pub fn version() -> u16 {
    let forms = u16::try_from(specs::ALL.len()).unwrap_or(u16::MAX);
    all().iter().map(|rule| rule.since).max().unwrap_or(0).saturating_add(forms)
}

/// The rule about answers with this id.
pub fn find(id: &str) -> Option<&'static Rule> {
    all().iter().copied().find(|rule| rule.id == id)
}

/// The rules behind findings, the worst first; those of a newer program are left out.
pub fn of(findings: Findings) -> impl Iterator<Item = &'static Rule> {
    all().iter().copied().filter(move |rule| rule.is_among(findings))
}

/// The rule behind the worst of these findings.
pub fn worst(findings: Findings) -> Option<&'static Rule> {
    let bit = findings.iter().next()?;
    all().iter().copied().find(|rule| rule.bit == Some(bit))
}

/// The form of a record and its answers as a form opens with; `None`: it has none.
pub fn opened(connection: &Connection, directory: &Directory) -> Option<(&'static Spec, Values)> {
    connection.answers.sheet()?;
    let spec = specs::of(connection.kind)?;
    Some((spec, spec.opened(connection, directory)))
}

/// Judges a connection by its own answers and the directory.
pub fn digest(connection: &Connection, directory: &Directory) -> Digest {
    if let Answers::Listed(listed) = &connection.answers {
        return of_listed(listed, specs::has_form(connection.kind));
    }
    match (opened(connection, directory), connection.answers.sheet()) {
        (Some((spec, values)), Some(sheet)) => {
            digest_of(&Case { spec, values: &values }, sheet, directory)
        }
        _ => Digest::default(),
    }
}

/// As [`digest`], of answers that are open already.
pub fn digest_of(case: &Case<'_>, sheet: &Sheet, directory: &Directory) -> Digest {
    let mut out = Digest::default();
    for it in sheet.references().filter(|it| it.kind == ObjectKind::Tenant) {
        let name = directory.tenant(it.id).map_or(it.id.as_str(), |it| &it.name);
        (out.tenant, out.tenant_name) = (Some(it.id.clone()), name.to_owned());
    }
    (case.spec.summary)(sheet, directory, &mut out);
    for rule in case.spec.rules() {
        if let When::Ends(ends) = &rule.when {
            let at = ends(case).into_iter().map(|it| it.at);
            out.expires_at = out.expires_at.into_iter().chain(at).min();
        } else if rule.holds(case) {
            rule.add_to(&mut out.findings);
        }
    }
    out
}

fn of_listed(listed: &Listed, has_form: bool) -> Digest {
    let mut out = Digest { findings: Findings::unchecked(), ..Digest::default() };
    out.tenant_name.clone_from(&listed.tenant);
    if let Some(live) = &listed.live {
        out.credentials = live.words();
    }
    if has_form {
        INCOMPLETE.add_to(&mut out.findings);
    }
    out
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
