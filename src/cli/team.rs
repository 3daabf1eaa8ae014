//! `jetbridge team`: the tables and the roles of a team store. SPEC S1, S4.

use clap::Subcommand;

use super::answer::{Format, FormatArgs, VERSION, object};
use super::session::{Session, wait};
use crate::backend::store::TeamOptions;
use crate::backend::store::postgres::{self, SCHEMA};
use crate::error::{Exit, Failure};
use crate::text::shown;

/// Commands of `team`.
#[derive(Debug, Subcommand)]
pub enum TeamVerb {
    /// Create the tables of the active context's team store, or bring them up to date
    ///
    /// Run it as the role that owns the database, once, and after an update that asks for it. The
    /// rights of the roles are set with it where these are there.
    Migrate(FormatArgs),
    /// Print the SQL that creates the roles for members and readers
    ///
    /// Connects to nobody. Run it as an administrator of the server, before `team migrate` or after.
    Roles,
}

/// Runs a command of `team`; `open` gives the server of the active context.
pub fn run(
    session: &mut Session<'_, '_>,
    verb: TeamVerb,
    open: impl FnOnce() -> Result<TeamOptions, Failure>,
) -> Result<Exit, Failure> {
    match verb {
        TeamVerb::Roles => {
            for line in roles().lines() {
                session.printer.line(line)?;
            }
        }
        TeamVerb::Migrate(answer) => migrate(session, &open()?, answer.format())?,
    }
    Ok(Exit::Ok)
}

fn migrate(
    session: &mut Session<'_, '_>,
    options: &TeamOptions,
    format: Format,
) -> Result<(), Failure> {
    let before = wait(postgres::migrate(options))??;
    let place = options.address.to_string();
    let outcome = match before {
        0 => "created",
        it if it < SCHEMA => "updated",
        _ => "unchanged",
    };
    let answer = serde_json::json!({
        "version": VERSION,
        "outcome": outcome,
        "store": place,
        "schema": SCHEMA,
    });
    if object(session.printer, format, &answer)? {
        return Ok(());
    }
    let place = shown(&place).into_owned();
    session.printer.line(&match outcome {
        "created" => format!("created the store at {place} (schema {SCHEMA})"),
        "updated" => format!("brought the store at {place} from schema {before} to {SCHEMA}"),
        _ => format!("the store at {place} is up to date (schema {SCHEMA})"),
    })?;
    if before == 0 {
        session.printer.say(
            "hint: `jetbridge team roles` prints the roles for the others; `jetbridge vault init --source passphrase` sets up what seals secrets.",
        );
    }
    Ok(())
}

/// The roles, with what to do with them.
fn roles() -> String {
    format!(
        "-- Roles of a jetbridge team store. Run as an administrator of the server.\n\
         {}\
         -- For each person, with a role of their own:\n\
         --   GRANT jetbridge_member TO anna;   reads and writes\n\
         --   GRANT jetbridge_reader TO cleo;   reads\n\
         -- The role that ran `jetbridge team migrate` owns the tables: it alone upgrades and purges.\n\
         -- Use it for nothing else: nothing guards the tables against their owner.\n",
        postgres::roles()
    )
}
