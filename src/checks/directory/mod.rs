//! Active Directory of a connection whose devices rejoin a domain: found by DNS, reached, asked without
//! and, when somebody agreed, with the stored account. What is seen holds for this machine; LDAP and DNS
//! never go through the proxy. SPEC F4; preflight.md §2, §6.

mod bind;
mod find;
mod rights;
mod server;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::check::{Check, Need, Outcome, Running, Skip, Stop};
use super::preflight::{Run, Subject};
use crate::backend::ad::dns::NameServers;

pub use bind::Account;
pub use find::{Host, why};

/// Ids of the checks. Some own the faults of questions that others ask too.
pub(crate) mod id {
    pub(crate) const SRV: &str = "ad.srv";
    pub(crate) const RESOLVE: &str = "ad.resolve";
    pub(crate) const KERBEROS: &str = "ad.kerberos";
    pub(crate) const PORTS: &str = "ad.ports";
    pub(crate) const ROOT: &str = "ad.rootdse";
    pub(crate) const CLOCK: &str = "ad.clock";
    pub(crate) const TLS: &str = "ad.tls";
    pub(crate) const BIND: &str = "ad.bind";
    pub(crate) const RIGHTS: &str = "ad.rights";
    pub(crate) const PROTECTED: &str = "ad.protected";
    pub(crate) const CONTAINER: &str = "ad.container";
    pub(crate) const QUOTA: &str = "ad.quota";
    pub(crate) const POLICY: &str = "local.policy";
}

/// A port that joining a domain takes, beside that of LDAP, which its record names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Port {
    /// Its number.
    pub number: u16,
    /// What is there.
    pub service: &'static str,
    /// Whether a join takes it; else it is only reported.
    pub needed: bool,
}

/// How domains are reached, and who may sign in.
#[derive(Clone)]
pub struct World {
    /// Who is asked for their records.
    pub name_servers: NameServers,
    /// Port of LDAP inside TLS.
    pub ldaps: u16,
    /// The other ports.
    pub ports: Vec<Port>,
    /// The accounts that may sign in; not set: nobody was asked.
    pub agreed: OnceLock<BTreeSet<Account>>,
    /// One at a time in each domain.
    turns: Arc<Mutex<HashMap<String, bind::Turn>>>,
}

impl Default for World {
    fn default() -> Self {
        let port = |number, service, needed| Port { number, service, needed };
        Self {
            name_servers: NameServers::System,
            ldaps: 636,
            ports: vec![
                port(88, "Kerberos", true),
                port(135, "RPC", true),
                port(445, "SMB", true),
                port(464, "password change", false),
                port(636, "LDAPS", false),
                port(3268, "global catalog", false),
            ],
            agreed: OnceLock::new(),
            turns: Arc::default(),
        }
    }
}

impl World {
    /// With these DNS servers.
    pub fn new(name_servers: NameServers) -> Self {
        Self { name_servers, ..Self::default() }
    }

    /// The turn of a domain.
    fn turn(&self, domain: &str) -> bind::Turn {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(turns.entry(domain.to_owned()).or_default())
    }
}

const NET: &[Need] = &[Need::Network];
const ACCOUNT: &[Need] = &[Need::Network, Need::Secret];

const fn row(
    id: &'static str,
    proves: &'static str,
    needs: &'static [Need],
    run: fn(&Subject) -> Running,
) -> Check<Subject> {
    Check { id, area: "Domain", proves, needs, when: Subject::joins_domain_online, run }
}

pub(super) static CHECKS: [Check<Subject>; 16] = [
    // DNS, LDAP and SMB never go through the proxy. F4
    row(
        id::SRV,
        "DNS, asked without the proxy, has the records of the domain's controllers.",
        NET,
        find::check_records,
    ),
    row(id::KERBEROS, "DNS has the Kerberos records of the domain.", NET, find::check_kerberos),
    row(id::RESOLVE, "Every domain controller has an address.", NET, find::check_addresses),
    row(
        id::PORTS,
        "The ports that a join needs are open, from here and without the proxy.",
        NET,
        find::check_ports,
    ),
    row(id::ROOT, "A domain controller serves this domain.", NET, server::check_root),
    row(id::CLOCK, "The clock of this machine agrees with the domain's.", NET, server::check_clock),
    row(id::TLS, "The certificate of the domain controller is trusted.", NET, server::check_tls),
    row(id::BIND, "The stored account can sign in to the domain.", ACCOUNT, bind::check),
    row(
        id::RIGHTS,
        "The account is a member of Administrators or Domain Admins.",
        ACCOUNT,
        rights::check_rights,
    ),
    row(
        id::PROTECTED,
        "The account is not a member of Protected Users.",
        ACCOUNT,
        rights::check_protected,
    ),
    row(
        id::CONTAINER,
        "The account may create computers where the domain puts them.",
        ACCOUNT,
        rights::check_container,
    ),
    row(
        id::QUOTA,
        "The domain's computer quota does not stop the account.",
        ACCOUNT,
        rights::check_quota,
    ),
    row(
        id::POLICY,
        "Passwords of local administrators meet the policy of the domain.",
        ACCOUNT,
        rights::check_policy,
    ),
    row(
        "ad.reuse",
        "Existing computer accounts of the devices may be used again.",
        &[],
        // Their owners can be read, but no connection names its devices. preflight.md §2.3
        |_| {
            skipped(Skip::NotReadable(
                "a connection does not name its devices; for those that have an account in the domain compare its owner with KB5020276",
            ))
        },
    ),
    Check {
        id: "ad.agent",
        area: "Domain",
        proves: "The Active Directory agent is connected.",
        needs: &[],
        when: |it| it.chose("rejoin", "offline"),
        run: |_| skipped(Skip::NotReadable("look at the agents in AvePoint Fly")),
    },
    // A domain's trusts can be read only by whoever signs in to it, and offline nobody does. fly.md §7
    Check {
        id: "ad.trust",
        area: "Domain",
        proves: "An external trust connects the domain of the source with this one.",
        needs: &[],
        when: |it| it.chose("rejoin", "offline"),
        run: |_| {
            skipped(Skip::NotReadable(
                "look in Active Directory Domains and Trusts on a domain controller of the source",
            ))
        },
    },
];

/// Whether a check signs in with the account of the connection.
pub fn signs_in(check: &Check<Subject>) -> bool {
    check.needs.contains(&Need::Secret) && CHECKS.iter().any(|it| it.id == check.id)
}

/// The controllers of a domain with their addresses, for somebody who is asked about them.
///
/// # Errors
/// [`Stop`]
pub async fn hosts(run: &Run, domain: &str) -> Result<Arc<find::Hosts>, Stop> {
    run.domain_hosts(domain).await
}

fn skipped(why: Skip) -> Running {
    Box::pin(std::future::ready(Err(Stop::Skip(why))))
}

/// Makes a check of the domain of a subject.
fn of_domain<F>(subject: &Subject, check: impl FnOnce(Run, String) -> F) -> Running
where
    F: Future<Output = Outcome> + Send + 'static,
{
    match subject.domain() {
        Some(domain) => {
            let domain = domain.trim_end_matches('.').to_lowercase();
            Box::pin(check(subject.run.clone(), domain))
        }
        None => skipped(Skip::Nothing("the connection has no domain")),
    }
}
