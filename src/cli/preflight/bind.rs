//! The question before a stored domain account signs in. SPEC F4.

use std::collections::{BTreeMap, BTreeSet};

use crate::checks::directory::{Account, Host, hosts, why};
use crate::checks::preflight::Run;
use crate::cli::session::{Session, is_yes, until_interrupt};
use crate::error::Failure;
use crate::service::preflight::Plan;
use crate::text::{counted, shown};

/// Lets accounts sign in: all of them with `--bind`, on a terminal those for which somebody says yes,
/// else none. Shows the domain controllers first.
pub fn agree(
    session: &mut Session<'_, '_>,
    run: &Run,
    plan: &Plan,
    bind: bool,
) -> Result<(), Failure> {
    let accounts = plan.sign_ins();
    if accounts.is_empty() || !(bind || session.can_ask()) {
        return Ok(());
    }
    let mut of_domain: BTreeMap<&str, Vec<(&Account, usize)>> = BTreeMap::new();
    for (account, connections) in &accounts {
        of_domain.entry(&account.domain).or_default().push((account, connections.len()));
    }
    let mut agreed = BTreeSet::new();
    for (domain, accounts) in of_domain {
        let found = match until_interrupt(hosts(run, domain))? {
            Ok(found) => found,
            // The checks report it.
            Err(stop) => {
                session.printer.say(&format!("note: {}: {}", shown(domain), shown(&why(&stop))));
                continue;
            }
        };
        session.printer.must_say(&format!("Domain controllers of {}:", shown(domain)));
        found.first.iter().for_each(|it| session.printer.must_say(&line(it)));
        if found.total > found.first.len() {
            let more = found.total - found.first.len();
            session.printer.must_say(&format!("  and {more} more"));
        }
        for (account, many) in accounts {
            let (name, many) = (shown(&account.name), counted(many, "connection"));
            let question = format!(
                "Sign in once as {name} ({many}), inside TLS, at the first that answers? [y/N] "
            );
            // What was typed before the question is no answer to it.
            let yes = bind || is_yes(&session.agree_by(&question)?);
            if yes {
                agreed.insert(account.clone());
            }
        }
    }
    // Set once: nobody else does.
    let _ = run.directory.agreed.set(agreed);
    Ok(())
}

fn line(host: &Host) -> String {
    let addresses = match &host.addresses {
        Ok(all) => all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        Err(_) => "no address".to_owned(),
    };
    format!("  {} ({addresses})", shown(&host.name))
}
