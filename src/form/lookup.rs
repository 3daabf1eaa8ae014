//! Finding directory objects by what a file calls them: an id, or a name where only one has it.

use std::collections::HashMap;

use super::{Picked, Source};
use crate::domain::health::Directory;
use crate::domain::{DirectoryObject, ObjectId, ObjectKind, Platform};
use crate::text::nearest;
use crate::text::{fold, shown};

/// The directory by id and by folded name, so that a thousand files cost one pass of it.
#[derive(Debug)]
pub struct Lookup<'a> {
    by_id: HashMap<(ObjectKind, &'a str, &'a str), &'a DirectoryObject>,
    by_name: HashMap<(ObjectKind, &'a str, String), Vec<&'a DirectoryObject>>,
}

impl<'a> Lookup<'a> {
    /// Reads a directory.
    pub fn new(directory: &'a Directory) -> Self {
        let mut out = Self { by_id: HashMap::new(), by_name: HashMap::new() };
        for object in directory.iter() {
            let (kind, tenant) = (object.kind(), scope(object));
            out.by_id.insert((kind, tenant, object.id().as_str()), object);
            out.by_name.entry((kind, tenant, fold(object.name()))).or_default().push(object);
        }
        out
    }

    /// The object that a text names among what the pick list of this source shows.
    ///
    /// # Errors
    /// One line: nothing has this name, or several have it.
    pub fn find(
        &self,
        source: Source,
        tenant: Option<&ObjectId>,
        text: &str,
    ) -> Result<&'a DirectoryObject, String> {
        let scope = tenant.map_or("", ObjectId::as_str);
        let Some(kind) = source.object() else {
            return Err("a location is not an object of the directory".to_owned());
        };
        let by_id = self.by_id.get(&(kind, scope, text)).filter(|it| source.offers(it));
        if let Some(object) = by_id {
            return Ok(object);
        }
        let named = self.by_name.get(&(kind, scope, fold(text)));
        let named: Vec<&DirectoryObject> =
            named.into_iter().flatten().copied().filter(|it| source.offers(it)).collect();
        match named.as_slice() {
            [] => Err(self.not_found(source, kind, tenant, text)),
            [one] => Ok(one),
            several => {
                let mut ids: Vec<_> = several.iter().map(|it| shown(it.id().as_str())).collect();
                ids.sort();
                Err(format!(
                    "{} are called {}: give an id, {}",
                    several.len(),
                    shown(text),
                    ids.join(" or ")
                ))
            }
        }
    }

    fn not_found(
        &self,
        source: Source,
        kind: ObjectKind,
        tenant: Option<&ObjectId>,
        text: &str,
    ) -> String {
        let scope = tenant.map_or("", ObjectId::as_str);
        let offered = self.by_id.iter().filter(|((of, within, _), object)| {
            *of == kind && *within == scope && source.offers(object)
        });
        let mut names: Vec<&str> = offered.map(|(_, object)| object.name()).collect();
        names.sort_unstable();
        let meant = nearest::tail(text, names);
        format!(
            "no {} called {} in the directory{}{meant}",
            noun(source),
            shown(text),
            if tenant.is_some() { " of this tenant" } else { "" }
        )
    }

    /// What a file calls a picked object: its name where that leads back to it, else its id.
    /// `beside` are the picks of the same field, which are found by their ids first.
    pub fn name_of(
        &self,
        source: Source,
        tenant: Option<&ObjectId>,
        pick: &Picked,
        beside: &[Picked],
    ) -> String {
        let name = pick.label.trim();
        let leads_back = !name.chars().any(crate::text::is_hidden)
            && beside.iter().all(|it| it.id.as_str() != name)
            && self.find(source, tenant, name).is_ok_and(|it| *it.id() == pick.id);
        if leads_back { name.to_owned() } else { pick.id.0.clone() }
    }
}

/// The tenant that an object is looked for in; tenants themselves are in none.
fn scope(object: &DirectoryObject) -> &str {
    match object.kind() {
        ObjectKind::Tenant => "",
        ObjectKind::Container | ObjectKind::AppProfile | ObjectKind::ServiceAccount => {
            object.tenant().as_str()
        }
    }
}

fn noun(source: Source) -> String {
    match source {
        Source::Tenants { of: Platform::Microsoft365 } => ObjectKind::Tenant.label().to_owned(),
        Source::Tenants { of: Platform::Google } => "Google tenant".to_owned(),
        Source::Locations { .. } => "location".to_owned(),
        Source::Containers { .. } => ObjectKind::Container.label().to_owned(),
        Source::AppProfiles { kinds, .. } => {
            let kinds: Vec<&str> = kinds.iter().map(|it| it.label()).collect();
            format!("app profile ({})", kinds.join(" or "))
        }
        Source::ServiceAccounts { .. } => ObjectKind::ServiceAccount.label().to_owned(),
    }
}
