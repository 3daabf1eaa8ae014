//! A permission laid flat for tables and JSON.

use serde::Serialize;
use uuid::Uuid;

use super::{Kind, Need, Permission, Retirement};
use crate::domain::Cloud;

/// A permission laid flat for tables and JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row<'a> {
    /// Name of the API in the cloud asked for.
    pub resource: &'a str,
    /// Application id of the API.
    pub resource_app_id: Uuid,
    /// Value of the permission.
    pub value: &'a str,
    /// Its id.
    pub id: Uuid,
    /// `Role` or `Scope`.
    pub kind: Kind,
    /// Official name.
    pub display_name: &'a str,
    /// What Fly does with it.
    pub purpose: &'a str,
    /// Who needs it, and when.
    pub needs: &'a [Need],
    /// Other ways to meet the need.
    pub alternatives: Vec<&'a str>,
    /// Bigger permissions that include it.
    pub covered_by: &'a [String],
    /// Directory roles needed beside it; one is enough.
    pub roles_beside: Vec<&'a str>,
    /// What else to know.
    pub notes: &'a [String],
    /// What the product page says, where that differs.
    pub page_says: Option<&'a str>,
    /// The retirement that takes it away.
    pub retiring: Option<&'a Retirement>,
    /// Where it was read.
    pub source: &'a str,
    /// Date of that source.
    pub source_dated: &'a str,
}

impl<'a> Row<'a> {
    /// The row of one permission, named as a cloud names it.
    pub fn of(permission: &'a Permission, cloud: Cloud) -> Self {
        Self {
            resource: permission.resource.name_in(cloud),
            resource_app_id: permission.resource.app_id,
            value: &permission.value,
            id: permission.id,
            kind: permission.kind,
            display_name: &permission.display_name,
            purpose: &permission.purpose,
            needs: &permission.needs,
            alternatives: permission.alternatives.iter().map(|it| it.how.as_str()).collect(),
            covered_by: &permission.covered_by,
            roles_beside: permission.roles_beside.iter().map(|it| it.name.as_str()).collect(),
            notes: &permission.notes,
            page_says: permission.page_says.as_deref(),
            retiring: permission.retiring.as_deref(),
            source: &permission.source.name,
            source_dated: &permission.source.dated,
        }
    }
}
