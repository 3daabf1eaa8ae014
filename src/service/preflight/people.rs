//! What a person is asked for before a run: to sign in by device code, and whether stored domain
//! accounts may sign in. SPEC F3, F4.

use std::collections::{BTreeMap, BTreeSet};

use super::Plan;
use crate::checks::directory::{Account, Host, hosts, why};
use crate::checks::preflight::{As, Ground, Run, SignIn};

/// The sign-ins of a run that wait for a person and serve a tenant of the plan.
pub async fn waiting(run: &Run, plan: &Plan) -> Vec<SignIn> {
    let tenants = plan.tenants();
    let mut out = Vec::new();
    for it in run.sign_ins.iter().filter(|it| it.waits()) {
        for tenant in &tenants {
            if run.serving(tenant, As::Person).await.iter().any(|of| of.name == it.name) {
                out.push(it.clone());
                break;
            }
        }
    }
    out
}

/// The run and its plan with these sign-ins in place of those of their names.
pub fn signed_in(run: &Run, plan: Plan, people: Vec<SignIn>) -> (Run, Plan) {
    let mut ground = Ground::clone(run);
    for person in people {
        if let Some(it) = ground.sign_ins.iter_mut().find(|it| it.name == person.name) {
            *it = person;
        }
    }
    let run = Run::new(ground);
    let plan = plan.on(&run);
    (run, plan)
}

/// A domain whose stored accounts would sign in.
#[derive(Debug, Clone)]
pub struct Domain {
    /// Its name.
    pub name: String,
    /// Its controllers that are looked at, or why none was found.
    pub hosts: Result<Vec<Host>, String>,
    /// How many controllers there are beyond these.
    pub more: usize,
    /// The accounts, each with how many connections name it.
    pub accounts: Vec<(Account, usize)>,
}

/// The domains of a plan whose stored accounts would sign in, with the controllers that DNS names.
pub async fn domains(run: &Run, plan: &Plan) -> Vec<Domain> {
    let mut of_domain: BTreeMap<String, Vec<(Account, usize)>> = BTreeMap::new();
    for (account, connections) in plan.sign_ins() {
        of_domain.entry(account.domain.clone()).or_default().push((account, connections.len()));
    }
    let mut out = Vec::with_capacity(of_domain.len());
    for (name, accounts) in of_domain {
        let (hosts, more) = match hosts(run, &name).await {
            Ok(found) => (Ok(found.first.clone()), found.total - found.first.len()),
            Err(stop) => (Err(why(&stop)), 0),
        };
        out.push(Domain { name, hosts, more, accounts });
    }
    out
}

/// Lets these accounts sign in, and no other. Once for a run.
pub fn agree(run: &Run, accounts: BTreeSet<Account>) {
    // Set once: nobody else does.
    let _ = run.directory.agreed.set(accounts);
}
