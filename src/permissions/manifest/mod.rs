//! `requiredResourceAccess` for exactly a scenario. SPEC P6.

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::catalogue::{Kind, Permission, catalogue};
use super::requirement::{Warning, cautions, requirements};
use super::scenario::Scenario;

/// One permission as a manifest names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Access {
    /// Id of the permission within its API.
    pub id: Uuid,
    /// Application (`Role`) or delegated (`Scope`).
    #[serde(rename = "type")]
    pub kind: Kind,
}

/// The permissions of one API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceAccess {
    /// Application id of the API.
    pub resource_app_id: Uuid,
    /// Its permissions.
    pub resource_access: Vec<Access>,
}

/// A `requiredResourceAccess` array.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Manifest {
    /// The APIs.
    pub resources: Vec<ResourceAccess>,
}

/// How a manifest is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The bare array.
    Array,
    /// `"requiredResourceAccess": […]`, to paste into a manifest in the portal.
    Property,
    /// `{"requiredResourceAccess": […]}`, the body of `PATCH /applications/{id}`. It replaces the
    /// whole list, so merge with what is there first.
    Patch,
}

impl Form {
    /// Every form, in the order that choices show them.
    pub const ALL: [Self; 3] = [Self::Array, Self::Property, Self::Patch];

    /// The word used on the command line.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Array => "array",
            Self::Property => "property",
            Self::Patch => "patch",
        }
    }
}

/// The manifest of a scenario with what to know about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// Exactly what the scenario needs.
    pub manifest: Manifest,
    /// Why there is nothing in it, where the method has no app of the customer's own.
    pub empty_because: Option<&'static str>,
    /// What to know before relying on it.
    pub warnings: Vec<Warning>,
}

/// The manifest that a scenario needs: no more, no less, in the order of the catalogue. P6.
pub fn manifest(scenario: &Scenario) -> Built {
    let mut manifest = Manifest::default();
    for requirement in requirements(scenario) {
        if let Some(permission) = requirement.permission() {
            manifest.add(
                permission.resource.app_id,
                Access { id: permission.id, kind: permission.kind },
            );
        }
    }
    Built {
        manifest: manifest.ordered(),
        empty_because: scenario.method.no_manifest(),
        warnings: cautions(scenario),
    }
}

impl Manifest {
    /// Every permission with its API.
    pub fn entries(&self) -> impl Iterator<Item = (Uuid, Access)> {
        self.resources
            .iter()
            .flat_map(|it| it.resource_access.iter().map(|access| (it.resource_app_id, *access)))
    }

    /// Number of permissions.
    pub fn len(&self) -> usize {
        self.entries().count()
    }

    /// Whether it asks for nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it asks for a permission.
    pub fn holds(&self, permission: &Permission) -> bool {
        self.entries().any(|(app_id, access)| {
            app_id == permission.resource.app_id
                && access == Access { id: permission.id, kind: permission.kind }
        })
    }

    /// Adds a permission unless it is there.
    pub fn add(&mut self, app_id: Uuid, access: Access) {
        match self.resources.iter_mut().find(|it| it.resource_app_id == app_id) {
            Some(resource) if resource.resource_access.contains(&access) => {}
            Some(resource) => resource.resource_access.push(access),
            None => self
                .resources
                .push(ResourceAccess { resource_app_id: app_id, resource_access: vec![access] }),
        }
    }

    /// This manifest with everything `needed` asks for besides: nothing is lost, nothing is
    /// there twice. `--merge`.
    #[must_use]
    pub fn merge(&self, needed: &Self) -> Self {
        let mut out = Self::default();
        for (app_id, access) in self.entries().chain(needed.entries()) {
            out.add(app_id, access);
        }
        out.ordered()
    }

    /// In the order of the catalogue; what the catalogue does not know follows as it came.
    #[must_use]
    fn ordered(mut self) -> Self {
        let all = catalogue();
        self.resources.sort_by_key(|it| {
            let at = all.resources.iter().position(|known| known.app_id == it.resource_app_id);
            at.unwrap_or(usize::MAX)
        });
        for resource in &mut self.resources {
            let app_id = resource.resource_app_id;
            resource.resource_access.sort_by_key(|access| {
                let at = all.permissions.iter().position(|it| {
                    it.resource.app_id == app_id && it.id == access.id && it.kind == access.kind
                });
                at.unwrap_or(usize::MAX)
            });
        }
        self
    }

    /// The text, indented by two spaces, with a newline at its end.
    pub fn render(&self, form: Form) -> String {
        // Ids and two words: writing them cannot fail.
        let array = serde_json::to_string_pretty(self).unwrap_or_default();
        match form {
            Form::Array => format!("{array}\n"),
            Form::Property => format!("\"requiredResourceAccess\": {array}\n"),
            Form::Patch => {
                let inner = array.replace('\n', "\n  ");
                format!("{{\n  \"requiredResourceAccess\": {inner}\n}}\n")
            }
        }
    }
}
