//! `jetbridge team`: the tables, the roles and the members of a team store. SPEC S1, S4, S5.

pub mod members;

use clap::Subcommand;

use super::answer::{Format, FormatArgs, VERSION, object};
use super::output::Printer;
use super::session::wait;
use crate::backend::store::TeamOptions;
use crate::backend::store::postgres::{self, SCHEMA};
use crate::error::{Exit, Failure};
use crate::text::shown;
use members::PrintArgs;

/// Commands of `team`.
#[derive(Debug, Subcommand)]
pub enum TeamVerb {
    /// Create the tables of the active context's team store, or bring them up to date
    ///
    /// Run it as the role that owns the database, once, and after an update that asks for it. The
    /// rights of the roles are set with it where these are there.
    Migrate {
        /// Only show what would be done
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        answer: FormatArgs,
    },
    /// Print the SQL that creates the roles for members and readers
    ///
    /// Connects to no server. Run the SQL as an administrator of the server, before `team migrate`,
    /// which sets their rights; after it, run `team migrate` once more.
    Roles,
    /// List who can open the secrets, and who asks to
    Members(FormatArgs),
    /// Let someone open the secrets, after comparing the fingerprint of the key that waits
    ///
    /// The fingerprint must come from that person by another way than the database: anyone who administers
    /// the database could have put a key of their own there. Without a key that waits it prints what to
    /// send to the person.
    Invite {
        /// Role that the person signs in with
        #[arg(value_name = "ROLE")]
        name: String,
        #[command(flatten)]
        print: PrintArgs,
        /// Only check, and show what would change
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        json: FormatArgs,
    },
    /// Ask a member to let you open the secrets; run it again once you are invited
    ///
    /// It creates a key pair for this store, whose secret part stays sealed on this machine, and puts
    /// the public part into the database. The fingerprint of the member who invites you is compared, too.
    Join {
        #[command(flatten)]
        print: PrintArgs,
        /// Only check, and show what would change
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        json: FormatArgs,
    },
    /// Take a member out: new keys, everything is sealed again
    ///
    /// The secrets that the person may know are listed, so that you can change them where they come from.
    Remove {
        /// Role that the person signs in with
        #[arg(value_name = "ROLE")]
        name: String,
        /// Only the key with this fingerprint, where the person has several
        #[command(flatten)]
        print: PrintArgs,
        /// Only check, and show what would change
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        json: FormatArgs,
    },
}

/// Prints the SQL of the roles.
pub fn print_roles(printer: &mut Printer<'_>) -> Result<Exit, Failure> {
    for line in roles().lines() {
        printer.line(line)?;
    }
    Ok(Exit::Ok)
}

/// Creates the tables of a team store, or brings them up to date.
pub fn migrate(
    printer: &mut Printer<'_>,
    options: &TeamOptions,
    dry_run: bool,
    format: Format,
) -> Result<Exit, Failure> {
    let before = match dry_run {
        true => wait(postgres::would_migrate(options))??,
        false => wait(postgres::migrate(options))??,
    };
    let place = options.address.to_string();
    let outcome = match before {
        0 => "created",
        it if it < SCHEMA => "updated",
        _ => "unchanged",
    };
    let mut answer = serde_json::json!({
        "version": VERSION,
        "outcome": outcome,
        "store": place,
        "schema": SCHEMA,
    });
    if let (true, Some(all)) = (dry_run, answer.as_object_mut()) {
        all.insert("dry_run".to_owned(), true.into());
    }
    if object(printer, format, &answer)? {
        return Ok(Exit::Ok);
    }
    let place = shown(&place).into_owned();
    printer.line(&match outcome {
        "created" if dry_run => format!("would create the store at {place} (schema {SCHEMA})"),
        "updated" if dry_run => {
            format!("would bring the store at {place} from schema {before} to {SCHEMA}")
        }
        "created" => format!("created the store at {place} (schema {SCHEMA})"),
        "updated" => format!("brought the store at {place} from schema {before} to {SCHEMA}"),
        _ => format!("the store at {place} is up to date (schema {SCHEMA})"),
    })?;
    if before == 0 && !dry_run {
        printer.say(
            "hint: `jetbridge team roles` prints the roles for the others; `jetbridge vault init --source members` sets up what seals secrets.",
        );
    }
    Ok(Exit::Ok)
}

/// The roles, with what to do with them.
fn roles() -> String {
    format!(
        "-- Roles of a jetbridge team store. Run as an administrator of the server.\n\
         {}\
         -- For each person, with a role of their own:\n\
         --   GRANT jetbridge_member TO anna;   reads and writes\n\
         --   GRANT jetbridge_reader TO cleo;   reads\n\
         -- `jetbridge team migrate` sets their rights: run it afterwards.\n\
         -- The role that ran `jetbridge team migrate` owns the tables: it alone upgrades and purges.\n\
         -- Use it for nothing else: nothing guards the tables against their owner.\n",
        postgres::roles()
    )
}
