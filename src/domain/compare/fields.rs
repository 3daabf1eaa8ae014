//! Two records of one name, field by field.

use uuid::Uuid;

use super::{Field, Finding, Verdict, Why};
use crate::domain::answers::{Reference, Sheet};
use crate::domain::health::Directory;
use crate::domain::{Answers, Connection, ConnectionType, Listed, ObjectId, ObjectKind, Side};
use crate::text::fold;

/// An object by id, by name, or by both.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Named {
    /// Its id; `None`: not known.
    pub id: Option<String>,
    /// Its name; empty: not known.
    pub name: String,
}

impl Named {
    fn is_known(&self) -> bool {
        self.id.is_some() || !self.name.is_empty()
    }

    /// How it is shown: by name, else by id.
    fn text(&self) -> String {
        match (&self.id, self.name.as_str()) {
            (Some(id), "") => id.clone(),
            (_, name) => name.to_owned(),
        }
    }

    /// By both, where both are known.
    fn text_with_id(&self) -> String {
        match (&self.id, self.name.as_str()) {
            (Some(id), name) if !name.is_empty() && name != id => format!("{name} ({id})"),
            _ => self.text(),
        }
    }
}

/// How objects of both sides are shown: by name, and with their ids where the names alone would be
/// the same text twice.
fn texts(plan: &[Named], live: &[Named]) -> (String, String) {
    let joined = |all: &[Named], text: fn(&Named) -> String| {
        all.iter().map(text).collect::<Vec<_>>().join(", ")
    };
    let names = (joined(plan, Named::text), joined(live, Named::text));
    if fold(names.0.trim()) == fold(names.1.trim()) {
        (joined(plan, Named::text_with_id), joined(live, Named::text_with_id))
    } else {
        names
    }
}

/// Credentials of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Credentials {
    /// App profile, at most one; `None`: not known.
    pub app_profile: Option<Vec<Named>>,
    /// Service accounts; `None`: not known.
    pub accounts: Option<Vec<Named>>,
    /// Delegated app profiles; `None`: not known.
    pub delegated: Option<Vec<Named>>,
}

/// What is compared of one connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: ConnectionType,
    /// Its side.
    pub side: Side,
    /// The form of its type does not ask the side; whoever knows the form adds it.
    pub either_end: bool,
    /// Its tenant; neither id nor name: not known, or not asked.
    pub tenant: Named,
    /// Free text.
    pub description: String,
    /// Its credentials, as far as they are known.
    pub credentials: Credentials,
}

impl Known {
    /// What is known of a record. `directory` gives names to ids, on both sides.
    pub fn of(connection: &Connection, directory: &Directory) -> Self {
        let (tenant, credentials) = match &connection.answers {
            Answers::Listed(listed) => listed_parts(listed, directory),
            Answers::Form(sheet) => answered(sheet, directory),
        };
        Self {
            name: connection.name.clone(),
            kind: connection.kind,
            side: connection.side,
            either_end: false,
            tenant,
            description: connection.description.clone(),
            credentials,
        }
    }
}

/// Names of a tenant's objects.
struct Names<'a> {
    directory: &'a Directory,
    tenant: &'a ObjectId,
}

impl Names<'_> {
    fn tenant(&self) -> Named {
        let name = self.directory.tenant(self.tenant).map(|it| it.name.clone());
        Named { id: Some(self.tenant.0.clone()), name: name.unwrap_or_default() }
    }

    fn profile(&self, id: &ObjectId) -> Named {
        let name = self.directory.profile(self.tenant, id).map(|it| it.name.clone());
        Named { id: Some(id.0.clone()), name: name.unwrap_or_default() }
    }

    fn account(&self, id: &ObjectId) -> Named {
        let name = self.directory.account(self.tenant, id).map(|it| it.name.clone());
        Named { id: Some(id.0.clone()), name: name.unwrap_or_default() }
    }
}

/// What a list reports; see [`LiveOrigin`](crate::domain::LiveOrigin).
fn listed_parts(listed: &Listed, directory: &Directory) -> (Named, Credentials) {
    let mut tenant = Named { id: None, name: listed.tenant.clone() };
    let Some(live) = &listed.live else { return (tenant, Credentials::default()) };
    tenant.id.clone_from(&live.tenant_id);
    let of = ObjectId(live.tenant_id.clone().unwrap_or_default());
    let names = Names { directory, tenant: &of };
    // Reported as not set: known to be none.
    let objects = |id: &Option<String>, name: &dyn Fn(&ObjectId) -> Named| {
        let id = id.clone()?;
        let set = (!id.is_empty()).then(|| name(&ObjectId(id)));
        Some(set.into_iter().collect())
    };
    let credentials = Credentials {
        app_profile: objects(&live.app_profile_id, &|id| names.profile(id)),
        accounts: objects(&live.service_account_id, &|id| names.account(id)),
        delegated: objects(&live.delegated_profile_id, &|id| names.profile(id)),
    };
    (tenant, credentials)
}

/// Tenant and credentials of a form. A branch without a tenant asks neither; what Fly lists then is
/// not documented.
fn answered(sheet: &Sheet, directory: &Directory) -> (Named, Credentials) {
    let Some(tenant) = sheet.tenant() else { return (Named::default(), Credentials::default()) };
    let it = Names { directory, tenant };
    let (mut app_profile, mut accounts, mut delegated) = (Vec::new(), Vec::new(), Vec::new());
    for Reference { field, kind, id, .. } in sheet.references() {
        match kind {
            ObjectKind::Tenant | ObjectKind::Container => {}
            ObjectKind::AppProfile if field == "delegated" => delegated.push(it.profile(id)),
            ObjectKind::AppProfile => app_profile.push(it.profile(id)),
            ObjectKind::ServiceAccount => accounts.push(it.account(id)),
        }
    }
    let credentials = Credentials {
        app_profile: Some(app_profile),
        accounts: Some(accounts),
        delegated: Some(delegated),
    };
    (it.tenant(), credentials)
}

/// Compares the records of a pair: every field that is not simply the same, in the order of
/// [`Field::ALL`].
pub fn judge(plan: &Known, live: &Known) -> Vec<Finding> {
    let mut out = Judged(Vec::new());
    let differs = |same: bool| (!same).then_some(Verdict::Differs);
    out.note(Field::Name, differs(plan.name.trim() == live.name.trim()), &plan.name, &live.name);
    let kinds = (plan.kind.label().to_string(), live.kind.label().to_string());
    let unknown = ConnectionType::Unknown;
    let kind = reported(plan.kind == live.kind, plan.kind == unknown, live.kind == unknown);
    out.note(Field::Type, kind, &kinds.0, &kinds.1);
    let sides = (plan.side.label(), live.side.label());
    let (ours, theirs) = (plan.side == Side::Unknown, live.side == Side::Unknown);
    out.note(Field::Side, reported(same_side(plan, live), ours, theirs), sides.0, sides.1);
    let tenants = texts(std::slice::from_ref(&plan.tenant), std::slice::from_ref(&live.tenant));
    out.note(Field::Tenant, tenant(&plan.tenant, &live.tenant), &tenants.0, &tenants.1);
    let texts = (plan.description.trim(), live.description.trim());
    out.note(Field::Description, differs(same_words(texts.0, texts.1)), texts.0, texts.1);
    credentials(&plan.credentials, &live.credentials, &mut out);
    out.0
}

/// Whether two values differ of which either may be unknown.
const fn reported(same: bool, plan_unknown: bool, live_unknown: bool) -> Option<Verdict> {
    match (same, plan_unknown, live_unknown) {
        (true, _, _) => None,
        (false, true, _) => Some(Verdict::Unknown(Why::NotPlanned)),
        (false, false, true) => Some(Verdict::Unknown(Why::NotReported)),
        (false, false, false) => Some(Verdict::Differs),
    }
}

struct Judged(Vec<Finding>);

impl Judged {
    fn note(&mut self, field: Field, verdict: Option<Verdict>, plan: &str, live: &str) {
        if let Some(verdict) = verdict {
            let (plan, live) = (plan.to_owned(), live.to_owned());
            self.0.push(Finding { field, verdict, plan, live });
        }
    }
}

/// Where the product's form does not ask the side (fly.md §3), what the plan says of it is for
/// planning, so either end fits any.
fn same_side(plan: &Known, live: &Known) -> bool {
    let either = plan.either_end && (plan.side == Side::Any || live.side == Side::Any);
    plan.side == live.side || either
}

/// A plan's description is one line, the portal's may be several: only the words count.
fn same_words(plan: &str, live: &str) -> bool {
    plan.split_whitespace().eq(live.split_whitespace())
}

/// Tenants by id where both are comparable, else by name.
fn tenant(plan: &Named, live: &Named) -> Option<Verdict> {
    if !plan.is_known() {
        return live.is_known().then_some(Verdict::Unknown(Why::NotPlanned));
    }
    if !live.is_known() {
        return Some(Verdict::Unknown(Why::NotReported));
    }
    if let (Some(a), Some(b)) = (&plan.id, &live.id)
        && let Some(same) = same_id(a, b)
    {
        return (!same).then_some(Verdict::Differs);
    }
    // An id may be a name: that of a tenant which was typed by hand is its name.
    let names = |it: &Named| {
        let all = it.id.iter().chain(std::iter::once(&it.name)).filter(|it| !it.is_empty());
        all.map(|it| fold(it.trim())).collect::<Vec<_>>()
    };
    let live_names = names(live);
    if names(plan).iter().any(|it| live_names.contains(it)) {
        return None;
    }
    let named = !plan.name.is_empty() && !live.name.is_empty();
    Some(if named { Verdict::Differs } else { Verdict::Unknown(Why::OtherIds) })
}

fn credentials(plan: &Credentials, live: &Credentials, out: &mut Judged) {
    for (field, ours, theirs) in [
        (Field::AppProfile, &plan.app_profile, &live.app_profile),
        (Field::ServiceAccounts, &plan.accounts, &live.accounts),
        (Field::DelegatedProfiles, &plan.delegated, &live.delegated),
    ] {
        let verdict = match (ours, theirs) {
            (Some(ours), Some(theirs)) => objects(ours, theirs),
            // One side does not know what the other says is not set.
            (None, theirs) if theirs.as_ref().is_none_or(Vec::is_empty) => None,
            (ours, None) if ours.as_ref().is_none_or(Vec::is_empty) => None,
            (None, _) => Some(Verdict::Unknown(Why::NotPlanned)),
            (_, None) => Some(Verdict::Unknown(Why::NotReported)),
        };
        let texts =
            texts(ours.as_deref().unwrap_or_default(), theirs.as_deref().unwrap_or_default());
        out.note(field, verdict, &texts.0, &texts.1);
    }
}

/// The service reports one id although the portal allows several (fly.md §1).
fn objects(plan: &[Named], live: &[Named]) -> Option<Verdict> {
    let Some(theirs) = live.first().and_then(|it| it.id.as_deref()) else {
        return (!plan.is_empty()).then_some(Verdict::Differs);
    };
    let same: Vec<Option<bool>> =
        plan.iter().map(|it| it.id.as_deref().and_then(|ours| same_id(ours, theirs))).collect();
    match same.as_slice() {
        [Some(true)] => None,
        all if all.contains(&Some(true)) => Some(Verdict::Unknown(Why::OneOfSeveral)),
        all if all.contains(&None) => Some(Verdict::Unknown(Why::OtherIds)),
        _ => Some(Verdict::Differs),
    }
}

/// Whether two ids are one; `None`: one is a GUID, the other a name or address.
fn same_id(a: &str, b: &str) -> Option<bool> {
    let guid = |text: &str| Uuid::try_parse(text.trim()).ok();
    match (guid(a), guid(b)) {
        (Some(a), Some(b)) => Some(a == b),
        (None, None) => Some(fold(a.trim()) == fold(b.trim())),
        (Some(_), None) | (None, Some(_)) => None,
    }
}
