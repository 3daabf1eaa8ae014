//! Live connections copied into the plan: listed, marked as coming from their context, and to be
//! completed there.

use std::collections::{HashMap, HashSet};

use super::connections::all_rows;
use crate::backend::{BackendError, ImportRow, Place};
use crate::domain::rules::{self, DESCRIPTION_MAX, TEXT_MAX};
use crate::domain::{Answers, Connection, ConnectionId};
use crate::text::{fold, is_hidden};

/// A connection that was not copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Its name.
    pub name: String,
    /// Why, in one line.
    pub why: String,
}

/// What was copied, or would be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Copied {
    /// Names that were added to the plan.
    pub added: Vec<String>,
    /// Connections that were not.
    pub left_out: Vec<LeftOut>,
}

/// Copies live connections into the plan. Nothing there is changed: a name that the plan has is
/// left out, and so are live ones that share a name, because nobody can know which is meant.
///
/// # Errors
/// A side that could not be read, or the plan could not be written; then nothing was added.
pub async fn copy(
    plan: &Place,
    live: &Place,
    ids: Vec<ConnectionId>,
    dry_run: bool,
) -> Result<Copied, BackendError> {
    if !plan.capabilities().write {
        return Err(plan.refusal("copying connections into this plan"));
    }
    // Those that are gone since they were listed are left out.
    let records = live.connections(once(ids)).await?;
    let taken: HashSet<String> =
        all_rows(plan).await?.iter().map(|row| fold(row.name.trim())).collect();
    let mut count: HashMap<String, usize> = HashMap::new();
    for record in &records {
        *count.entry(fold(record.name.trim())).or_default() += 1;
    }
    let mut out = Copied::default();
    let mut rows = Vec::new();
    for record in records {
        let key = fold(record.name.trim());
        let several = count.get(&key).copied().unwrap_or(0);
        let name = record.name.clone();
        let why = if taken.contains(&key) {
            Some("the plan has one of this name".to_owned())
        } else if several > 1 {
            Some(format!("{several} have this name: rename all but one in the portal"))
        } else {
            rules::name(&name).err().map(|problem| problem.0)
        };
        match why {
            Some(why) => out.left_out.push(LeftOut { name, why }),
            None => {
                out.added.push(name);
                rows.push(row(record));
            }
        }
    }
    if !dry_run && !rows.is_empty() {
        plan.import(rows).await?;
    }
    Ok(out)
}

fn once(ids: Vec<ConnectionId>) -> Vec<ConnectionId> {
    let mut seen = HashSet::with_capacity(ids.len());
    ids.into_iter().filter(|id| seen.insert(*id)).collect()
}

/// What the plan takes over. It gets an id of its own there: the live one stays in the origin.
fn row(record: Connection) -> ImportRow {
    let (tenant, live) = match record.answers {
        Answers::Listed(listed) => (listed.tenant, listed.live),
        Answers::Form(_) => (String::new(), None),
    };
    ImportRow {
        line: 0,
        id: None,
        name: record.name,
        description: one_line(&record.description, DESCRIPTION_MAX),
        kind: record.kind,
        side: record.side,
        tenant: one_line(&tenant, TEXT_MAX),
        live,
        modified_at: record.modified_at,
        modified_by: one_line(&record.modified_by, TEXT_MAX),
    }
}

/// A free text as the plan keeps it: one line, nothing hidden, not too long.
fn one_line(text: &str, max: usize) -> String {
    let flat: String = text.chars().map(|c| if is_hidden(c) { ' ' } else { c }).collect();
    let words: Vec<&str> = flat.split(' ').filter(|it| !it.is_empty()).collect();
    words.join(" ").chars().take(max).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        AppProfile, DirectoryObject, Listed, LiveOrigin, ObjectId, Origin, ProfileKind,
        ProfileStatus, Side, Tenant,
    };
    use crate::domain::{ConnectionType, ServiceAccount};
    use crate::form::specs;
    use crate::testing::fake::{Call, Fake};
    use crate::testing::service::{block, empty, read_only, rows, with};

    fn record(number: u128, name: &str) -> Connection {
        let live = LiveOrigin {
            context: "contoso".into(),
            id: format!("fly-{number}"),
            tenant_id: Some("T1".into()),
            app_profile_id: Some("P1".into()),
            service_account_id: Some("A1".into()),
            delegated_profile_id: None,
        };
        Connection {
            id: ConnectionId(uuid::Uuid::from_u128(number)),
            revision: 1,
            name: name.to_owned(),
            description: "two\nlines".into(),
            kind: ConnectionType::M365Group,
            side: Side::Any,
            answers: Answers::Listed(Listed {
                tenant: "contoso".into(),
                live: Some(Box::new(live)),
            }),
            origin: Origin::Fly,
            created_at: None,
            created_by: "bob".into(),
            modified_at: None,
            modified_by: "bob".into(),
        }
    }

    fn live(names: &[&str]) -> Fake {
        Fake::with(names.iter().zip(1..).map(|(name, at)| record(at, name)).collect())
    }

    fn ids(fake: &Fake) -> Vec<ConnectionId> {
        rows(fake).iter().map(|it| it.id).collect()
    }

    #[test]
    fn copies_are_listed_with_where_they_came_from() {
        let (plan, live) = (empty(), live(&["a"]));
        let copied = block(copy(&plan, &live, ids(&live), false)).unwrap();
        assert_eq!((copied.added, copied.left_out), (vec!["a".to_owned()], vec![]));
        let row = rows(&plan).remove(0);
        assert_eq!(&*row.credentials, "app profile + service account, from contoso");
        let record = block(plan.connection(row.id)).unwrap();
        assert_eq!((record.origin, record.description.as_str()), (Origin::Fly, "two lines"));
        let Answers::Listed(Listed { live: Some(origin), .. }) = record.answers else { panic!() };
        assert_eq!((origin.context.as_str(), origin.id.as_str()), ("contoso", "fly-1"));
    }

    #[test]
    fn nothing_is_overwritten_guessed_or_half_done() {
        let plan = with(&["A"]);
        let live = live(&["a", "twin", "b", "x\u{202e}y"]);
        let mut twin = record(9, "TWIN");
        twin.kind = ConnectionType::Device;
        // The memory of the tests keeps names unique, so the twin comes beside it.
        let both = Fake::with(vec![record(2, "twin"), twin]);
        let copied = block(copy(&plan, &live, ids(&live), false)).unwrap();
        assert_eq!(copied.added, ["b", "twin"]);
        let why: Vec<&str> = copied.left_out.iter().map(|it| it.why.as_str()).collect();
        assert!(why[0].contains("plan has one") && why[1].contains("invisible"), "{why:?}");
        let all = vec![record(2, "").id, record(9, "").id];
        let copied = block(copy(&empty(), &both, all, false)).unwrap();
        assert_eq!((copied.added.len(), copied.left_out.len()), (0, 2));
        assert!(copied.left_out[0].why.starts_with("2 have this name"));
    }

    #[test]
    fn a_dry_run_writes_nothing_and_a_closed_plan_is_refused() {
        let (plan, live) = (empty(), live(&["a"]));
        let copied = block(copy(&plan, &live, ids(&live), true)).unwrap();
        assert_eq!(copied.added, ["a"]);
        assert!(!plan.calls().contains(&Call::Import));
        read_only(&plan);
        assert!(block(copy(&plan, &live, ids(&live), false)).is_err());
    }

    /// The form of a copied connection starts with what Fly reported and the directory knows.
    #[test]
    fn the_form_of_a_copy_is_filled_from_what_is_known() {
        let spec = specs::of(ConnectionType::M365Group).unwrap();
        let id = |text: &str| ObjectId::from(text);
        let tenant = DirectoryObject::Tenant(Tenant {
            id: id("t1"),
            name: "Contoso".into(),
            cloud: crate::domain::Cloud::Commercial,
            locations: Vec::new(),
            licensed_users: Vec::new(),
            ..Tenant::default()
        });
        let profile = DirectoryObject::AppProfile(AppProfile {
            id: id("p1"),
            tenant: id("t1"),
            name: "Own app".into(),
            kind: ProfileKind::Custom,
            impersonation_user: Some("fly@contoso.example".into()),
            status: ProfileStatus::Active,
            evidence: crate::domain::Evidence::default(),
        });
        let account = DirectoryObject::ServiceAccount(ServiceAccount {
            id: id("a1"),
            tenant: id("t1"),
            name: "svc@contoso.example".into(),
            mfa: crate::domain::Mfa::No,
            evidence: crate::domain::Evidence::default(),
        });
        let directory = [tenant, profile, account].into_iter().collect();
        let values = spec.opened(&record(1, "x"), &directory);
        let label = |key: &str| values.picks(key).first().map(|it| it.label.as_str());
        assert_eq!(label("tenant"), Some("Contoso"));
        assert_eq!(label("app_profile"), Some("Own app"));
        assert_eq!(values.text("impersonation_user"), "fly@contoso.example");
        assert_eq!(
            (values.choice("service_auth"), label("accounts")),
            (Some("legacy"), Some("svc@contoso.example"))
        );
        // Without the directory only the tenant is named, for the admin to add it.
        let values = spec.opened(&record(1, "x"), &crate::domain::health::Directory::default());
        assert_eq!(values.picks("tenant").first().map(|it| it.label.as_str()), Some("contoso"));
        assert!(values.picks("app_profile").is_empty());
    }
}
