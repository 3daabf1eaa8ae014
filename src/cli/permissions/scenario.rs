//! The scenario of the flags, or those of a stored connection. SPEC P1.

use super::args::ScenarioArgs;
use crate::cli::choose;
use crate::cli::session::{Session, wait};
use crate::domain::Side;
use crate::error::Failure;
use crate::permissions::{Method, Scenario};
use crate::service::permissions::{SubjectError, subject};
use crate::text::shown;

/// Every scenario that the arguments mean; never empty.
pub fn all(session: &mut Session<'_, '_>, args: &ScenarioArgs) -> Result<Vec<Scenario>, Failure> {
    let Some(connection) = &args.connection else {
        let method = args.method.unwrap_or(Method::CustomApp);
        let start = Scenario::new(method, args.job);
        let scenario = Scenario { cloud: args.cloud, geo: args.multi_geo.into(), ..start };
        return Ok(vec![with_flags(scenario, args)]);
    };
    let connection = choose::name(session, connection)?;
    let backend = session.backend()?;
    let subject = wait(subject(&backend, &connection, args.job))??;
    let name = shown(&subject.name).into_owned();
    match subject.side {
        Side::Source => session.printer.say(&format!(
            "note: {name} is a source; these are the requirements of a destination."
        )),
        Side::Destination | Side::Any | Side::Unknown => {}
    }
    let found: Vec<Scenario> = subject
        .scenarios
        .iter()
        .filter(|it| args.method.is_none_or(|method| method == it.method))
        .map(|it| with_flags(*it, args))
        .collect();
    if found.is_empty() {
        return Err(Failure::usage(format!("{name} does not sign in that way"))
            .hint(format!("Leave --method out, or give {}.", methods(&subject.scenarios))));
    }
    Ok(found)
}

/// The one scenario that the arguments mean, of those whose app is the customer's own.
pub fn one(session: &mut Session<'_, '_>, args: &ScenarioArgs) -> Result<Scenario, Failure> {
    let all = all(session, args)?;
    let own: Vec<Scenario> =
        all.iter().copied().filter(|it| it.method.no_manifest().is_none()).collect();
    let fitting = if own.is_empty() { all } else { own };
    match fitting.as_slice() {
        [one] => Ok(*one),
        several => Err(Failure::usage("the connection uses several apps or accounts")
            .hint(format!("Pick one with --method: {}.", methods(several)))),
    }
}

fn with_flags(scenario: Scenario, args: &ScenarioArgs) -> Scenario {
    Scenario {
        labels: args.labels,
        discovery: args.discovery,
        planner: !args.no_planner,
        mailbox: args.mailbox,
        term_store: args.term_store,
        group_owner: args.group_owner,
        ..scenario
    }
}

fn methods(scenarios: &[Scenario]) -> String {
    let all: Vec<&str> = scenarios.iter().map(|it| it.method.slug()).collect();
    all.join(" or ")
}

impl From<SubjectError> for Failure {
    fn from(error: SubjectError) -> Self {
        match error {
            SubjectError::Find(error) => error.into(),
            error @ (SubjectError::OtherType { .. }
            | SubjectError::NoCredential(_)
            | SubjectError::Backend(_)) => Self::new(error.to_string()).hint(error.hint()),
        }
    }
}
