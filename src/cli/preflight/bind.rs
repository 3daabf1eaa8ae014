//! The question before a stored domain account signs in. SPEC F4.

use std::collections::BTreeSet;

use crate::checks::preflight::Run;
use crate::cli::session::{Session, is_yes, until_interrupt};
use crate::error::Failure;
use crate::service::preflight::{self, Plan, domains};
use crate::text::{counted, shown};

/// Lets accounts sign in: all of them with `--bind`, on a terminal those for which somebody says yes,
/// else none. Shows the domain controllers first.
pub fn agree(
    session: &mut Session<'_, '_>,
    run: &Run,
    plan: &Plan,
    bind: bool,
) -> Result<(), Failure> {
    if plan.sign_ins().is_empty() || !(bind || session.can_ask()) {
        return Ok(());
    }
    let mut agreed = BTreeSet::new();
    for domain in until_interrupt(domains(run, plan))? {
        let found = match domain.hosts {
            Ok(found) => found,
            // The checks report it.
            Err(why) => {
                let name = shown(&domain.name);
                session.printer.say(&format!("note: {name}: {}", shown(&why)));
                continue;
            }
        };
        session.printer.must_say(&format!("Domain controllers of {}:", shown(&domain.name)));
        for host in &found {
            session.printer.must_say(&format!("  {host}"));
        }
        if domain.more > 0 {
            session.printer.must_say(&format!("  and {} more", domain.more));
        }
        for (account, many) in domain.accounts {
            let (name, many) = (shown(&account.name), counted(many, "connection"));
            let question = format!(
                "Sign in once as {name} ({many}), inside TLS, at the first that answers? [y/N] "
            );
            // What was typed before the question is no answer to it.
            let yes = bind || is_yes(&session.agree_by(&question)?);
            if yes {
                agreed.insert(account);
            }
        }
    }
    preflight::agree(run, agreed);
    Ok(())
}
