//! Tenants, app registrations and users as Microsoft Graph has them, read through the sign-ins. Bounded: a
//! list with more than [`MOST`] entries is refused, and is never held as JSON. SPEC F8; graph.md §4, §5

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use super::update::{Change, Update};
use crate::backend::graph::MOST;
use crate::backend::http::{HttpError, HttpErrorKind};
use crate::backend::{BackendError, Place as Backend};
use crate::checks::preflight::{As, Profile, Run, SITES, SignedIn, TenantRef};
use crate::checks::{Skip, Stop};
use crate::domain::health::Directory;
use crate::domain::{
    AppProfile, DirectoryObject, Evidence, Fact, Mfa, ObjectId, ObjectKind, Platform, ProfileKind,
    ProfileStatus, ServiceAccount, Tenant, Timestamp, rules,
};
use crate::text::{fold, shown, thousands};

/// What is to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Only this tenant, by id or name; `None`: every one that somebody can sign in to.
    pub tenant: Option<String>,
    /// Kinds of object.
    pub kinds: Vec<ObjectKind>,
}

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// What the directory would take over.
    pub changes: Vec<Change>,
    /// Tenants that were read.
    pub tenants: Vec<String>,
    /// What is known here and not there, and what the sign-in may not read; one line each.
    pub notes: Vec<String>,
    /// What failed, one line each.
    pub failures: Vec<String>,
    /// Whether a sign-in was refused.
    pub refused: bool,
}

/// How far it is.
pub type OnFar<'a> = &'a (dyn Fn(String) + Send + Sync);

/// A tenant that is read.
struct Place<'a> {
    name: String,
    id: ObjectId,
    by: Arc<SignedIn>,
    on_far: OnFar<'a>,
}

/// Reads what is wanted. Nothing is changed; dropping it ends its requests.
pub async fn refresh(run: &Run, known: &Directory, wanted: &Wanted, on_far: OnFar<'_>) -> Found {
    // Tokens are forgotten when it ends, also when it is dropped.
    let _ending = run.lookups.ending();
    let mut found = Found::default();
    let mut update = Update::new(known, run.now);
    for place in places(run, known, wanted, on_far, &mut found).await {
        found.tenants.push(place.name.clone());
        if update.tenant(&place.id).is_none() || wanted.kinds.contains(&ObjectKind::Tenant) {
            let read = tenant(&place, &mut update, &mut found.notes).await;
            keep(read, &place, "the tenant", &mut found);
        }
        // What belongs to a tenant that could not be read has no place.
        if update.tenant(&place.id).is_none() {
            continue;
        }
        if wanted.kinds.contains(&ObjectKind::AppProfile) {
            let read = apps(&place, known, &mut update).await;
            keep(read, &place, "app registrations", &mut found);
        }
        if wanted.kinds.contains(&ObjectKind::ServiceAccount) {
            let read = users(&place, known, &mut update, &mut found.notes).await;
            keep(read, &place, "users", &mut found);
        }
    }
    found.changes = update.finish();
    found
}

/// Notes why something was not read.
fn keep(read: Result<(), Unread>, place: &Place<'_>, what: &str, found: &mut Found) {
    let name = shown(&place.name);
    match read {
        Ok(()) => {}
        Err(Unread::Permission(needs)) => found.notes.push(format!(
            "{name}: {what} not read: the sign-in {} lacks the permission {needs}",
            place.by.name
        )),
        Err(Unread::Failed(why)) => {
            found.failures.push(format!("{name}: {what} not read: {why}"));
        }
    }
}

/// Why something was not read.
enum Unread {
    Permission(&'static str),
    Failed(String),
}

impl Unread {
    fn of(needs: &'static str) -> impl Fn(HttpError) -> Self {
        move |error| match error.kind {
            HttpErrorKind::Forbidden => Self::Permission(needs),
            HttpErrorKind::TooManyPages => Self::Failed(format!(
                "there are more than {}; import those you need with `jetbridge directory import`",
                thousands(MOST)
            )),
            _ => Self::Failed(error.to_string()),
        }
    }
}

/// The tenants that are wanted and that somebody can sign in to: those of the directory, then those
/// that only a sign-in names.
async fn places<'a>(
    run: &Run,
    known: &Directory,
    wanted: &Wanted,
    on_far: OnFar<'a>,
    found: &mut Found,
) -> Vec<Place<'a>> {
    let is_wanted = |names: &[&str]| {
        let any = |it: &String| names.iter().any(|name| fold(name.trim()) == fold(it.trim()));
        wanted.tenant.as_ref().is_none_or(any)
    };
    let mut tenants: Vec<&Tenant> = known
        .iter()
        .filter_map(|it| match it {
            DirectoryObject::Tenant(it) => Some(it),
            _ => None,
        })
        .filter(|it| it.platform == Platform::Microsoft365)
        .filter(|it| is_wanted(&[it.id.as_str(), &it.name]))
        .collect();
    tenants.sort_by_key(|it| fold(&it.name));
    let (mut out, mut seen): (Vec<Place<'a>>, HashSet<Uuid>) = Default::default();
    let mut served: HashSet<String> = HashSet::new();
    for it in tenants {
        on_far(format!("signing in to {}", shown(&it.name)));
        let of = TenantRef {
            id: it.id.clone(),
            name: it.name.clone(),
            cloud: Some(it.cloud),
            locations: it.locations.clone(),
        };
        served.extend(run.serving(&of, As::Anybody).await.into_iter().map(|it| it.name));
        match run.signed_in(&of, As::Anybody).await {
            Ok(by) => {
                seen.insert(by.tenant);
                out.push(Place { name: it.name.clone(), id: it.id.clone(), by, on_far });
            }
            Err(stop) => unsigned(&it.name, stop, found),
        }
    }
    for it in run.sign_ins.iter().filter(|it| !served.contains(&it.name)) {
        if !is_wanted(&[&it.tenant]) {
            continue;
        }
        on_far(format!("signing in to {}", shown(&it.tenant)));
        match run.session(it).await {
            Ok(by) if seen.insert(by.tenant) => {
                let id = ObjectId(by.tenant.to_string());
                out.push(Place { name: it.tenant.clone(), id, by, on_far });
            }
            Ok(_) => {}
            Err(stop) => unsigned(&it.tenant, stop, found),
        }
    }
    out
}

fn unsigned(tenant: &str, stop: Stop, found: &mut Found) {
    let name = shown(tenant);
    match stop {
        Stop::Skip(why) => found.notes.push(match why.plain() {
            // It names the tenant itself.
            why @ Skip::NoSignIn(_) => why.to_string(),
            why => format!("{name}: not read: {why}"),
        }),
        Stop::Fault(fault) => {
            found.refused |= fault.cause.sort == crate::checks::Sort::Refused;
            let fix = match fault.cause.fix.is_empty() {
                true => String::new(),
                false => format!(". {}", fault.cause.fix),
            };
            found.failures.push(format!("{name}: {}{fix}", shown(&fault.cause.text)));
        }
    }
}

/// Reads a list page by page, whole or not at all; entries that are not as documented are left out.
async fn each<T: DeserializeOwned + Send>(
    place: &Place<'_>,
    (what, needs): (&str, &'static str),
    path: &str,
) -> Result<Vec<T>, Unread> {
    let (mut many, mut all) = (0, Vec::new());
    let mut on_page = |items: Vec<Value>| {
        many += items.len();
        (place.on_far)(format!("{}: {} {what}", shown(&place.name), thousands(many)));
        all.extend(items.into_iter().filter_map(|it| serde_json::from_value::<T>(it).ok()));
    };
    place.by.graph.each_page(path, &mut on_page).await.map_err(Unread::of(needs))?;
    Ok(all)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Organization {
    display_name: Option<String>,
    #[serde(default)]
    verified_domains: Vec<Domain>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Domain {
    name: String,
    is_default: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Site {
    site_collection: Option<Collection>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Collection {
    data_location_code: Option<String>,
}

/// The tenant itself and its locations.
async fn tenant(
    place: &Place<'_>,
    update: &mut Update<'_>,
    notes: &mut Vec<String>,
) -> Result<(), Unread> {
    let path = "v1.0/organization?$select=id,displayName,verifiedDomains";
    let organization: Vec<Organization> = each(place, ("tenants", "User.Read.All"), path).await?;
    let organization = organization
        .into_iter()
        .next()
        .ok_or_else(|| Unread::Failed("Microsoft Graph lists no organization".into()))?;
    let domains = &organization.verified_domains;
    let default = domains.iter().find(|it| it.is_default == Some(true)).map(|it| it.name.clone());
    let name = default.or(organization.display_name).unwrap_or_else(|| place.name.clone());
    let name = rules::name(&name).unwrap_or_else(|_| place.name.clone());
    let located = each::<Site>(place, ("locations", "Sites.Read.All"), SITES).await;
    let sites = located.as_deref().unwrap_or_default();
    let code = |it: &Site| it.site_collection.as_ref()?.data_location_code.clone();
    let codes: BTreeSet<String> = sites.iter().filter_map(code).collect();
    let codes: Vec<String> = codes.iter().filter_map(|it| rules::location(it).ok()).collect();
    let mut facts = vec![Fact::Exists];
    match &located {
        // No code is not a proof that there is no location: they may be read by others only.
        Ok(_) if !codes.is_empty() => facts.push(Fact::Locations),
        Ok(_) => {}
        Err(Unread::Permission(needs)) => notes.push(format!(
            "{}: locations not read: the sign-in {} lacks the permission {needs}",
            shown(&place.name),
            place.by.name
        )),
        Err(Unread::Failed(why)) => {
            notes.push(format!("{}: locations not read: {why}", shown(&place.name)));
        }
    }
    // A name that somebody chose stays.
    let known = update.tenant(&place.id).unwrap_or_else(|| Tenant {
        id: place.id.clone(),
        name,
        cloud: place.by.cloud.cloud(),
        ..Tenant::default()
    });
    update.change(&DirectoryObject::Tenant(known), &facts, |object| {
        if let (DirectoryObject::Tenant(it), false) = (object, codes.is_empty()) {
            let same = it.locations.len() == codes.len()
                && it.locations.iter().all(|code| codes.contains(code));
            if !same {
                it.locations = codes;
            }
        }
    });
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Registration {
    app_id: Uuid,
    display_name: Option<String>,
    #[serde(default)]
    password_credentials: Vec<Ending>,
    #[serde(default)]
    key_credentials: Vec<Ending>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ending {
    end_date_time: Option<Timestamp>,
}

/// The app registrations, each as a custom app: its profile in AvePoint Online Services is not visible.
async fn apps(place: &Place<'_>, known: &Directory, update: &mut Update<'_>) -> Result<(), Unread> {
    let path = "v1.0/applications?$select=appId,displayName,passwordCredentials,keyCredentials";
    let profiles: Vec<&AppProfile> = known
        .iter()
        .filter_map(|it| match it {
            DirectoryObject::AppProfile(it) if it.tenant == place.id => Some(it),
            _ => None,
        })
        .collect();
    let app_of = |it: &AppProfile| {
        let profile = Profile {
            field: "",
            id: it.id.clone(),
            name: it.name.clone(),
            kind: Some(it.kind),
            client_id: it.evidence.client_id,
        };
        place.by.app_of(&profile).ok()
    };
    let own =
        |kind: ProfileKind| matches!(kind, ProfileKind::Custom | ProfileKind::CustomDelegated);
    let mut take = |it: Registration| {
        let name = it.display_name.as_deref().and_then(|it| rules::name(it).ok());
        let name = name.unwrap_or_else(|| it.app_id.to_string());
        let ends = it.password_credentials.iter().chain(&it.key_credentials);
        let expires = ends.filter_map(|it| it.end_date_time).max();
        let mut facts = vec![Fact::Exists, Fact::App];
        facts.extend(expires.map(|_| Fact::Expires));
        let is_of = |profile: &AppProfile| match app_of(profile) {
            Some(app) => app == it.app_id,
            None => own(profile.kind) && fold(&profile.name) == fold(&name),
        };
        let mut of: Vec<AppProfile> =
            profiles.iter().filter(|profile| is_of(profile)).map(|it| (*it).clone()).collect();
        // The app that signs in here is not one that migrates.
        if of.is_empty() && it.app_id != place.by.client_id {
            of.push(AppProfile {
                id: ObjectId(it.app_id.to_string()),
                tenant: place.id.clone(),
                name,
                kind: ProfileKind::Custom,
                impersonation_user: None,
                status: ProfileStatus::Unknown,
                evidence: Evidence::default(),
            });
        }
        for profile in of {
            update.change(&DirectoryObject::AppProfile(profile), &facts, |object| {
                if let DirectoryObject::AppProfile(profile) = object {
                    profile.evidence.client_id = Some(it.app_id);
                    profile.evidence.expires = expires.or(profile.evidence.expires);
                }
            });
        }
    };
    let all =
        each::<Registration>(place, ("app registrations", "Application.Read.All"), path).await?;
    all.into_iter().for_each(&mut take);
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct User {
    user_principal_name: String,
    account_enabled: Option<bool>,
    user_type: Option<String>,
}

impl User {
    /// Whether it can be a service account: no guest, and not the account of a bulk token.
    fn is_member(&self) -> bool {
        !self.user_type.as_deref().is_some_and(|it| it.eq_ignore_ascii_case("Guest"))
            && !self.user_principal_name.to_lowercase().starts_with("package_")
    }
}

/// The users, each as a service account that can be picked; disabled ones only where they are known.
async fn users(
    place: &Place<'_>,
    known: &Directory,
    update: &mut Update<'_>,
    notes: &mut Vec<String>,
) -> Result<(), Unread> {
    // 999 is the most that a page has; without it pages have 100.
    let path = "v1.0/users?$top=999&$select=userPrincipalName,accountEnabled,userType";
    let mut seen: HashSet<String> = HashSet::new();
    let mut take = |it: User| {
        let Ok(upn) = rules::upn(&it.user_principal_name) else { return };
        let account = update.account(&place.id, &upn).cloned();
        if account.is_some() {
            seen.insert(fold(&upn));
        } else if !it.is_member() || it.account_enabled == Some(false) {
            return;
        }
        let account = account.unwrap_or_else(|| ServiceAccount {
            id: ObjectId(upn.clone()),
            tenant: place.id.clone(),
            name: upn,
            mfa: Mfa::Unknown,
            evidence: Evidence::default(),
        });
        let facts = [Fact::Exists, Fact::Enabled];
        update.change(&DirectoryObject::ServiceAccount(account), &facts, |object| {
            if let DirectoryObject::ServiceAccount(account) = object {
                account.evidence.enabled = it.account_enabled.or(account.evidence.enabled);
            }
        });
    };
    let all = each::<User>(place, ("users", "User.Read.All"), path).await?;
    all.into_iter().for_each(&mut take);
    let gone = known.iter().filter_map(|it| match it {
        DirectoryObject::ServiceAccount(it) if it.tenant == place.id => Some(&it.name),
        _ => None,
    });
    let mut gone: Vec<&String> = gone.filter(|it| !seen.contains(&fold(it.trim()))).collect();
    gone.sort();
    for name in gone {
        notes.push(format!("{}: the tenant has no user {}", shown(&place.name), shown(name)));
    }
    Ok(())
}

/// Adds what Microsoft Graph has of a kind and the directory has not, for a pick list; what differs stays
/// for somebody to look at. Says in one line what came of it.
pub async fn add_new(
    run: &Run,
    place: &Backend,
    kind: ObjectKind,
    tenant: Option<ObjectId>,
) -> String {
    let asked = added(run, place, kind, tenant).await;
    asked.unwrap_or_else(|error| format!("Microsoft Graph was not asked: {error}"))
}

async fn added(
    run: &Run,
    place: &Backend,
    kind: ObjectKind,
    tenant: Option<ObjectId>,
) -> Result<String, BackendError> {
    if run.sign_ins.is_empty() {
        return Ok("No sign-in is configured: these are the entries of this store.".to_owned());
    }
    let known = super::whole(place).await?;
    let wanted = Wanted { tenant: tenant.map(|it| it.0), kinds: vec![kind] };
    let found = refresh(run, &known, &wanted, &|_| ()).await;
    let differing = found.changes.iter().filter(|it| !it.is_new && !it.words.is_empty()).count();
    let new: Vec<DirectoryObject> =
        found.changes.into_iter().filter(|it| it.is_new).map(|it| it.object).collect();
    let many = new.len();
    if many > 0 {
        place.put_objects(new).await?;
    }
    let why = found.failures.into_iter().chain(found.notes).next();
    Ok(match (found.tenants.is_empty(), why) {
        (true, Some(why)) => format!("Microsoft Graph was not read: {why}."),
        (true, None) => "No sign-in serves it: these are the entries of this store.".to_owned(),
        (false, _) if many == 0 && differing == 0 => "Microsoft Graph has nothing new.".to_owned(),
        (false, _) => {
            let added = format!("{} added from Microsoft Graph", thousands(many));
            match differing {
                0 => format!("{added}."),
                _ => format!(
                    "{added}; {} differ: `jetbridge directory refresh` shows them.",
                    thousands(differing)
                ),
            }
        }
    })
}
