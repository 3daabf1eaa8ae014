//! The tenant of a connection, as everybody can see it without a sign-in. preflight.md §1.1, §6.

use uuid::Uuid;

use super::id;
use super::run::Run;
use super::subject::{Subject, TenantRef};
use crate::backend::graph::PublicTenant;
use crate::checks::check::{Check, Need, Outcome, Seen, Skip, Stop};
use crate::domain::rules;
use crate::text::shown;

const CLOUD: &str = "tenant.cloud";

pub(super) static CHECKS: [Check<Subject>; 2] = [
    Check {
        id: id::TENANT,
        area: "Tenant",
        proves: "The tenant exists, and its domain and id mean the same one.",
        needs: &[Need::Network],
        when: Subject::has_tenant,
        run: |it| it.in_tenant(exists),
    },
    Check {
        id: CLOUD,
        area: "Tenant",
        proves: "The tenant is in the cloud that the directory names.",
        needs: &[Need::Network],
        when: Subject::has_tenant,
        run: |it| it.in_tenant(cloud),
    },
];

/// Runs a check of the subject's tenant.
/// The names by which everybody can ask for it: its id, and its name where that is a domain.
fn public_names(tenant: &TenantRef) -> Vec<&str> {
    let id = tenant.id.as_str();
    let is_id = Uuid::try_parse(id).is_ok();
    let domain = |it: &str| rules::domain(it).is_ok() && it.contains('.');
    let mut names: Vec<&str> = Vec::new();
    if is_id || domain(id) {
        names.push(id);
    }
    if domain(&tenant.name) && !tenant.name.eq_ignore_ascii_case(id) {
        names.push(&tenant.name);
    }
    names
}

impl Run {
    /// What everybody can know of a tenant of the directory.
    ///
    /// # Errors
    /// It cannot be asked for, is not there, or its domain and id mean different tenants.
    pub async fn tenant(&self, tenant: &TenantRef) -> Result<PublicTenant, Stop> {
        let login = self.login(tenant.cloud.unwrap_or_default());
        let mut found: Option<(&str, PublicTenant)> = None;
        for name in public_names(tenant) {
            let Some(it) = self.public_tenant(&login, name).await? else {
                return Err(absent(name));
            };
            match &found {
                Some((other, first)) if first.id != it.id => {
                    return Err(other_tenant((other, first.id), (name, it.id)));
                }
                Some(_) => {}
                None => found = Some((name, it)),
            }
        }
        found.map(|it| it.1).ok_or_else(|| {
            let why = "neither id nor name of the tenant is a GUID or a domain in the directory";
            Stop::Skip(Skip::of(id::TENANT, Skip::NotKnown(why.into())))
        })
    }
}

fn absent(name: &str) -> Stop {
    super::run::failed(
        id::TENANT,
        format!("there is no tenant {} in this cloud", shown(name)),
        "Correct the domain or id of the tenant in the directory; a tenant in China needs the cloud 21vianet there.",
    )
}

fn other_tenant(first: (&str, Uuid), second: (&str, Uuid)) -> Stop {
    super::run::failed(
        id::TENANT,
        format!(
            "{} is the tenant {}, and {} is another: {}",
            shown(first.0),
            first.1,
            shown(second.0),
            second.1
        ),
        "Correct the id or the domain of the tenant in the directory.",
    )
}

async fn exists(run: Run, tenant: TenantRef) -> Outcome {
    let found = run.tenant(&tenant).await?;
    Ok(Seen::ok(format!("{} is {}", shown(&tenant.name), found.id)))
}

async fn cloud(run: Run, tenant: TenantRef) -> Outcome {
    let found = run.tenant(&tenant).await?;
    let Some(cloud) = found.cloud else {
        return Err(Stop::Skip(Skip::NotKnown("the tenant is in a cloud not known here".into())));
    };
    let said = tenant.cloud.unwrap_or(cloud.cloud());
    if cloud.cloud() == said {
        return Ok(Seen::ok(format!("in {}", cloud.label())));
    }
    Ok(Seen::fail(
        format!("the tenant is in {}, the directory has it in {}", cloud.label(), said.label()),
        "Set the cloud of the tenant in the directory, and connect it in the data centre of that cloud.",
    ))
}
