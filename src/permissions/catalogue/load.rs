//! Reads `assets/permissions.toml` and resolves its keys.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use uuid::Uuid;

use super::{
    Alternative, Catalogue, Caution, Duty, DutyKind, Holder, Kind, Milestone, Need, Permission,
    Resource, Retirement, Role, Source, StepRow, Sure,
};

/// Version of the file that this reader knows.
const VERSION: u32 = 1;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    sources: BTreeMap<String, Source>,
    resource: Vec<RawResource>,
    role: Vec<RawRole>,
    retirement: Vec<RawRetirement>,
    permission: Vec<RawPermission>,
    duty: Vec<RawDuty>,
    step: Vec<RawStep>,
    caution: Vec<RawCaution>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawResource {
    key: String,
    app_id: Uuid,
    name: String,
    name_21vianet: Option<String>,
    #[serde(default)]
    audiences: Vec<String>,
    #[serde(default)]
    audience_suffixes: Vec<String>,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRole {
    key: String,
    id: Uuid,
    name: String,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRetirement {
    key: String,
    name: String,
    what_to_do: String,
    dates: Vec<RawMilestone>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMilestone {
    on: String,
    what: String,
    sure: Sure,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPermission {
    resource: String,
    value: String,
    kind: Kind,
    id: Uuid,
    display_name: String,
    purpose: String,
    #[serde(default)]
    needs: Vec<Need>,
    #[serde(default)]
    alternatives: Vec<Alternative>,
    #[serde(default)]
    covered_by: Vec<String>,
    #[serde(default)]
    roles_beside: Vec<String>,
    #[serde(default)]
    notes: Vec<String>,
    beyond: Option<String>,
    page_says: Option<String>,
    retiring: Option<String>,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDuty {
    key: String,
    what: DutyKind,
    holder: Holder,
    title: String,
    text: String,
    #[serde(default)]
    any_of: Vec<String>,
    unseen_alternative: Option<String>,
    needs: Vec<Need>,
    next_step: String,
    retiring: Option<String>,
    spec: String,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStep {
    key: String,
    title: String,
    text: String,
    needs: Vec<Need>,
    spec: String,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCaution {
    key: String,
    text: String,
    needs: Vec<Need>,
    retiring: Option<String>,
    source: String,
}

/// What keys stand for, while rows are resolved.
struct Keys {
    sources: BTreeMap<String, Arc<Source>>,
    resources: Vec<Arc<Resource>>,
    roles: Vec<Arc<Role>>,
    retirements: Vec<Arc<Retirement>>,
}

impl Keys {
    fn source(&self, key: &str) -> Result<Arc<Source>, String> {
        self.sources.get(key).cloned().ok_or_else(|| format!("no source {key}"))
    }

    fn role(&self, key: &str) -> Result<Arc<Role>, String> {
        let found = self.roles.iter().find(|it| it.key == key);
        found.cloned().ok_or_else(|| format!("no role {key}"))
    }

    fn roles(&self, keys: &[String]) -> Result<Vec<Arc<Role>>, String> {
        keys.iter().map(|it| self.role(it)).collect()
    }

    fn retirement(&self, key: Option<&str>) -> Result<Option<Arc<Retirement>>, String> {
        let Some(key) = key else { return Ok(None) };
        let found = self.retirements.iter().find(|it| it.key == key);
        found.cloned().map(Some).ok_or_else(|| format!("no retirement {key}"))
    }
}

/// Reads the file.
///
/// # Errors
/// One line that names the first thing that is wrong.
pub(super) fn parse(text: &str) -> Result<Catalogue, String> {
    let file: File = toml_edit::de::from_str(text).map_err(|e| e.to_string())?;
    if file.version != VERSION {
        return Err(format!("version {} is not {VERSION}", file.version));
    }
    let mut keys = Keys {
        sources: file.sources.into_iter().map(|(key, it)| (key, Arc::new(it))).collect(),
        resources: Vec::new(),
        roles: Vec::new(),
        retirements: Vec::new(),
    };
    for raw in file.resource {
        let resource = resource(raw, &keys)?;
        keys.resources.push(Arc::new(resource));
    }
    for raw in file.role {
        let source = keys.source(&raw.source)?;
        keys.roles.push(Arc::new(Role { key: raw.key, id: raw.id, name: raw.name, source }));
    }
    for raw in file.retirement {
        let retirement = retirement(raw, &keys)?;
        keys.retirements.push(Arc::new(retirement));
    }
    let permissions = each(file.permission, &keys, permission)?;
    let duties = each(file.duty, &keys, duty)?;
    let steps = each(file.step, &keys, step)?;
    let cautions = each(file.caution, &keys, caution)?;
    let Keys { resources, roles, retirements, .. } = keys;
    Ok(Catalogue { resources, roles, retirements, permissions, duties, steps, cautions })
}

fn each<R, T>(
    raw: Vec<R>,
    keys: &Keys,
    make: fn(R, &Keys) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    raw.into_iter().map(|it| make(it, keys)).collect()
}

fn resource(raw: RawResource, keys: &Keys) -> Result<Resource, String> {
    Ok(Resource {
        source: keys.source(&raw.source)?,
        key: raw.key,
        app_id: raw.app_id,
        name: raw.name,
        name_21vianet: raw.name_21vianet,
        audiences: raw.audiences,
        audience_suffixes: raw.audience_suffixes,
    })
}

fn retirement(raw: RawRetirement, keys: &Keys) -> Result<Retirement, String> {
    let dates = raw.dates.into_iter().map(|it| {
        let source = keys.source(&it.source)?.as_ref().clone();
        Ok(Milestone { on: it.on, what: it.what, sure: it.sure, source })
    });
    Ok(Retirement {
        dates: dates.collect::<Result<_, String>>()?,
        key: raw.key,
        name: raw.name,
        what_to_do: raw.what_to_do,
    })
}

fn permission(raw: RawPermission, keys: &Keys) -> Result<Permission, String> {
    let resource = keys.resources.iter().find(|it| it.key == raw.resource);
    Ok(Permission {
        resource: resource.cloned().ok_or_else(|| format!("no resource {}", raw.resource))?,
        roles_beside: keys.roles(&raw.roles_beside)?,
        retiring: keys.retirement(raw.retiring.as_deref())?,
        source: keys.source(&raw.source)?,
        value: raw.value,
        kind: raw.kind,
        id: raw.id,
        display_name: raw.display_name,
        purpose: raw.purpose,
        needs: raw.needs,
        alternatives: raw.alternatives,
        covered_by: raw.covered_by,
        notes: raw.notes,
        beyond: raw.beyond,
        page_says: raw.page_says,
    })
}

fn duty(raw: RawDuty, keys: &Keys) -> Result<Duty, String> {
    Ok(Duty {
        any_of: keys.roles(&raw.any_of)?,
        retiring: keys.retirement(raw.retiring.as_deref())?,
        source: keys.source(&raw.source)?,
        key: raw.key,
        what: raw.what,
        holder: raw.holder,
        title: raw.title,
        text: raw.text,
        unseen_alternative: raw.unseen_alternative,
        needs: raw.needs,
        next_step: raw.next_step,
        spec: raw.spec,
    })
}

fn step(raw: RawStep, keys: &Keys) -> Result<StepRow, String> {
    Ok(StepRow {
        source: keys.source(&raw.source)?,
        key: raw.key,
        title: raw.title,
        text: raw.text,
        needs: raw.needs,
        spec: raw.spec,
    })
}

fn caution(raw: RawCaution, keys: &Keys) -> Result<Caution, String> {
    Ok(Caution {
        retiring: keys.retirement(raw.retiring.as_deref())?,
        source: keys.source(&raw.source)?,
        key: raw.key,
        text: raw.text,
        needs: raw.needs,
    })
}
