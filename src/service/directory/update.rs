//! What an update would do to the directory, object by object, for somebody to look at first. Nothing is
//! ever removed: connections name what is there. SPEC F8

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

use crate::checks::preflight::{Learned, What};
use crate::domain::health::Directory;
use crate::domain::{
    DirectoryObject, Evidence, Fact, Mfa, ObjectId, ObjectKind, ServiceAccount, Tenant, Timestamp,
};
use crate::text::{fold, shown};

/// The source of every fact that is read today.
pub const GRAPH: &str = "Microsoft Graph";

type Key = (ObjectKind, ObjectId, ObjectId);

fn key(object: &DirectoryObject) -> Key {
    (object.kind(), object.tenant().clone(), object.id().clone())
}

/// What an update does to an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// As it will be.
    pub object: DirectoryObject,
    /// Whether it is new.
    pub is_new: bool,
    /// What differs, one line each; none on one that is not new: only the day it was read.
    pub words: Vec<String>,
}

/// An update in the making.
pub struct Update<'d> {
    known: &'d Directory,
    at: Timestamp,
    accounts: HashMap<(ObjectId, String), &'d ServiceAccount>,
    changed: BTreeMap<Key, DirectoryObject>,
}

impl<'d> Update<'d> {
    /// Of this directory; facts are of this moment.
    pub fn new(known: &'d Directory, at: Timestamp) -> Self {
        let accounts = known.iter().filter_map(|it| match it {
            DirectoryObject::ServiceAccount(it) => {
                Some(((it.tenant.clone(), fold(it.name.trim())), it))
            }
            _ => None,
        });
        Self { known, at, accounts: accounts.collect(), changed: BTreeMap::new() }
    }

    /// The account of a person, where the directory knows it.
    pub fn account(&self, tenant: &ObjectId, upn: &str) -> Option<&'d ServiceAccount> {
        self.accounts.get(&(tenant.clone(), fold(upn.trim()))).copied()
    }

    /// Changes an object as far as it was changed until now, and notes that these facts were read.
    pub fn change(
        &mut self,
        object: &DirectoryObject,
        facts: &[Fact],
        change: impl FnOnce(&mut DirectoryObject),
    ) {
        let object = self.changed.entry(key(object)).or_insert_with(|| object.clone());
        change(object);
        if let Some(evidence) = evidence_of(object) {
            facts.iter().for_each(|fact| evidence.note(*fact, self.at, GRAPH));
        }
    }

    /// The tenant as it will be.
    pub fn tenant(&self, id: &ObjectId) -> Option<Tenant> {
        let key = (ObjectKind::Tenant, id.clone(), id.clone());
        match self.changed.get(&key).or_else(|| self.known.get(ObjectKind::Tenant, id, id)) {
            Some(DirectoryObject::Tenant(it)) => Some(it.clone()),
            _ => None,
        }
    }

    /// What differs: new objects, then changed ones, then those that were only read again.
    pub fn finish(self) -> Vec<Change> {
        let known = self.known;
        let change = |object: DirectoryObject| {
            let (kind, tenant, id) = key(&object);
            match known.get(kind, &tenant, &id) {
                None => Change { object, is_new: true, words: Vec::new() },
                Some(before) => {
                    let words = differences(before, &object);
                    Change { object, is_new: false, words }
                }
            }
        };
        let mut all: Vec<Change> = self.changed.into_values().map(change).collect();
        all.sort_by_key(|it| (!it.is_new, it.words.is_empty()));
        all
    }
}

/// What a pre-flight learned, as an update of objects that the directory has.
pub fn learned(known: &Directory, learned: &[Learned], at: Timestamp) -> Vec<Change> {
    let mut update = Update::new(known, at);
    // In an order of its own: two facts about one object must not depend on chance.
    let mut all: Vec<&Learned> = learned.iter().collect();
    all.sort_by_cached_key(|it| (it.tenant.clone(), format!("{:?}", it.what)));
    let apps: Vec<(&ObjectId, &ObjectId, Uuid)> = all
        .iter()
        .filter_map(|it| match &it.what {
            What::App(profile, app) => Some((&it.tenant, profile, *app)),
            _ => None,
        })
        .collect();
    for it in &all {
        match &it.what {
            What::Mfa(upn, on) => account(&mut update, it, upn, Fact::Mfa, |account| {
                account.mfa = if *on { Mfa::Yes } else { Mfa::No };
            }),
            What::Enabled(upn, on) => account(&mut update, it, upn, Fact::Enabled, |account| {
                account.evidence.enabled = Some(*on);
            }),
            What::Mailbox(upn, has) => mailbox(&mut update, it, upn, *has),
            What::Locations(codes) => tenant(&mut update, it, Fact::Locations, |tenant| {
                tenant.locations.clone_from(codes);
            }),
            What::App(id, app) => profile(&mut update, &it.tenant, id, Fact::App, |evidence| {
                evidence.client_id = Some(*app);
            }),
            What::Ends(app, end) => {
                let of = apps.iter().filter(|of| *of.0 == it.tenant && of.2 == *app);
                for (tenant, id, _) in of {
                    profile(&mut update, tenant, id, Fact::Expires, |evidence| {
                        evidence.expires = Some(*end);
                    });
                }
            }
        }
    }
    update.finish()
}

fn account(
    update: &mut Update<'_>,
    it: &Learned,
    upn: &str,
    fact: Fact,
    change: impl FnOnce(&mut ServiceAccount),
) {
    let Some(known) = update.account(&it.tenant, upn).cloned() else { return };
    update.change(&DirectoryObject::ServiceAccount(known), &[fact], |object| {
        if let DirectoryObject::ServiceAccount(it) = object {
            change(it);
        }
    });
}

fn tenant(update: &mut Update<'_>, it: &Learned, fact: Fact, change: impl FnOnce(&mut Tenant)) {
    let Some(known) = update.tenant(&it.tenant) else { return };
    update.change(&DirectoryObject::Tenant(known), &[fact], |object| {
        if let DirectoryObject::Tenant(it) = object {
            change(it);
        }
    });
}

fn profile(
    update: &mut Update<'_>,
    tenant: &ObjectId,
    id: &ObjectId,
    fact: Fact,
    change: impl FnOnce(&mut Evidence),
) {
    let Some(known) = update.known.get(ObjectKind::AppProfile, tenant, id) else { return };
    update.change(known, &[fact], |object| {
        if let Some(evidence) = evidence_of(object) {
            change(evidence);
        }
    });
}

/// Of an account it is noted there; of somebody else, such as an impersonation user, at the tenant.
fn mailbox(update: &mut Update<'_>, it: &Learned, upn: &str, has: bool) {
    let is_account = update.account(&it.tenant, upn).is_some();
    account(update, it, upn, Fact::Mailbox, |account| account.evidence.mailbox = Some(has));
    let listed = update.tenant(&it.tenant).is_some_and(|it| it.is_licensed(upn));
    if listed || (has && !is_account) {
        tenant(update, it, Fact::Mailbox, |tenant| match has {
            true if !listed => tenant.licensed_users.push(upn.trim().to_owned()),
            true => {}
            false => tenant.licensed_users.retain(|it| fold(it.trim()) != fold(upn.trim())),
        });
    }
}

const fn evidence_of(object: &mut DirectoryObject) -> Option<&mut Evidence> {
    match object {
        DirectoryObject::Tenant(it) => Some(&mut it.evidence),
        DirectoryObject::Container(_) => None,
        DirectoryObject::AppProfile(it) => Some(&mut it.evidence),
        DirectoryObject::ServiceAccount(it) => Some(&mut it.evidence),
    }
}

/// What differs between two states of an object, but for when it was read.
fn differences(before: &DirectoryObject, after: &DirectoryObject) -> Vec<String> {
    use DirectoryObject as Object;
    let mut words = Words(Vec::new());
    words.add("name", &[before, after].map(|it| shown(it.name()).into_owned()));
    match (before, after) {
        (Object::Tenant(a), Object::Tenant(b)) => {
            words.add("cloud", &[a, b].map(|it| it.cloud.label().to_owned()));
            words.add("locations", &[a, b].map(|it| listed(&it.locations)));
            words.add("licensed users", &[a, b].map(|it| listed(&it.licensed_users)));
        }
        (Object::AppProfile(_), Object::AppProfile(_)) => {}
        (Object::ServiceAccount(a), Object::ServiceAccount(b)) => {
            words.add("MFA", &[a, b].map(|it| mfa(it.mfa).to_owned()));
        }
        _ => {}
    }
    if let (Some(a), Some(b)) = (before.evidence(), after.evidence()) {
        let yes = |it: Option<bool>| match it {
            Some(true) => "yes".to_owned(),
            Some(false) => "no".to_owned(),
            None => NOT_KNOWN.to_owned(),
        };
        let id = |it: &Evidence| it.client_id.map_or(NOT_KNOWN.to_owned(), |it| it.to_string());
        let day = |it: &Evidence| {
            it.expires.map_or(NOT_KNOWN.to_owned(), |it| it.strftime("%Y-%m-%d").to_string())
        };
        words.add("enabled", &[a, b].map(|it| yes(it.enabled)));
        words.add("mailbox license", &[a, b].map(|it| yes(it.mailbox)));
        words.add("client ID", &[a, b].map(id));
        words.add("last credential ends", &[a, b].map(day));
    }
    words.0
}

const NOT_KNOWN: &str = "unknown";

const fn mfa(it: Mfa) -> &'static str {
    match it {
        Mfa::Yes => "yes",
        Mfa::No => "no",
        Mfa::Unknown => NOT_KNOWN,
    }
}

fn listed(all: &[String]) -> String {
    match all {
        [] => "none".to_owned(),
        all => all.iter().map(|it| shown(it)).collect::<Vec<_>>().join(" "),
    }
}

struct Words(Vec<String>);

impl Words {
    fn add(&mut self, what: &str, [before, after]: &[String; 2]) {
        if before != after {
            self.0.push(format!("{what}: {before} -> {after}"));
        }
    }
}
