//! Which object of the directory is meant: the one that fits, and none where several do.

use uuid::Uuid;

use super::Directory;
use crate::domain::{DirectoryObject, ObjectKind};
use crate::text::fold;

impl Directory {
    /// The tenant that is meant by an id, a name or the first part of a domain: by the first of
    /// them that fits any, and only when it fits one. Of equals none is guessed, and a tenant that
    /// has another GUID is another one whatever its name.
    pub fn tenant_meant(&self, id: Option<&str>, name: &str) -> Option<&DirectoryObject> {
        let tenants = || self.iter().filter(|it| it.kind() == ObjectKind::Tenant);
        let id = id.map(str::trim).filter(|it| !it.is_empty());
        if let Some(found) = id.and_then(|id| only_id(tenants(), id)) {
            return Some(found);
        }
        let name = fold(name.trim());
        if name.is_empty() {
            return None;
        }
        let guid = |text: &str| Uuid::try_parse(text).is_ok();
        let other = |it: &DirectoryObject| id.is_some_and(guid) && guid(it.id().as_str());
        let named =
            |it: &DirectoryObject| fold(it.name()) == name || fold(it.id().as_str()) == name;
        let begins = |it: &DirectoryObject| fold(it.name()).split('.').next() == Some(&*name);
        let found: Vec<_> = tenants().filter(|it| !other(it) && named(it)).collect();
        if found.is_empty() {
            only(tenants().filter(|it| !other(it) && begins(it)))
        } else {
            only(found.into_iter())
        }
    }
}

/// The one thing that there is; `None`: there are none or several.
fn only<T>(mut all: impl Iterator<Item = T>) -> Option<T> {
    all.next().filter(|_| all.next().is_none())
}

/// The object with this id: written the same way, else the only one that differs in case.
pub fn only_id<'a>(
    all: impl Iterator<Item = &'a DirectoryObject>,
    id: &str,
) -> Option<&'a DirectoryObject> {
    let all: Vec<_> = all.filter(|it| it.id().as_str().eq_ignore_ascii_case(id)).collect();
    let exact = all.iter().copied().find(|it| it.id().as_str() == id);
    exact.or_else(|| only(all.into_iter()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Cloud, ObjectId, Tenant};

    fn directory(tenants: &[(&str, &str)]) -> Directory {
        let tenant = |(id, name): &(&str, &str)| {
            DirectoryObject::Tenant(Tenant {
                id: ObjectId::from(*id),
                name: (*name).to_owned(),
                cloud: Cloud::Commercial,
                locations: Vec::new(),
                licensed_users: Vec::new(),
                ..Tenant::default()
            })
        };
        tenants.iter().map(tenant).collect()
    }

    const A: &str = "aaaaaaaa-0000-4000-8000-000000000001";
    const B: &str = "bbbbbbbb-0000-4000-8000-000000000002";

    /// Of tenants that fit equally well none is taken, whatever the order of the directory.
    #[test]
    fn one_tenant_is_meant_or_none() {
        let two = [(A, "Contoso"), (B, "contoso")];
        let domains = [(A, "contoso.com"), (B, "contoso.onmicrosoft.com")];
        let beside = [(A, "contoso"), (B, "contoso.com")];
        let typed = [("contoso", "contoso"), (B, "fabrikam")];
        let upper = A.to_uppercase();
        type Case<'a> = (&'a [(&'a str, &'a str)], Option<&'a str>, &'a str, Option<&'a str>);
        let table: [Case<'_>; 15] = [
            (&two, None, "contoso", None),
            (&two, Some(A), "contoso", Some(A)),
            (&two, Some(&upper), "contoso", Some(A)),
            (&two, Some("cccccccc-0000-4000-8000-000000000003"), "contoso", None),
            (&two, Some("not a guid"), "contoso", None),
            (&domains, None, "contoso", None),
            (&domains, None, "Contoso.COM", Some(A)),
            (&beside, None, "contoso", Some(A)),
            (&beside[1..], None, "contoso", Some(B)),
            (&beside[1..], Some(A), "contoso", None),
            (&typed, Some(A), "contoso", Some("contoso")),
            (&typed, None, "", None),
            (&typed, Some(" "), "", None),
            (&[("x1", "n"), ("X1", "m")], Some("X1"), "", Some("X1")),
            (&[("xA", "n"), ("Xa", "m")], Some("XA"), "", None),
        ];
        for (tenants, id, name, expected) in table {
            let directory = directory(tenants);
            let found = directory.tenant_meant(id, name).map(|it| it.id().as_str());
            assert_eq!(found, expected, "{tenants:?} {id:?} {name:?}");
        }
    }
}
