//! Who can open the secrets of a team store: `team members`, `team invite`, `team join`, `team remove`.
//! SPEC S5.

use std::borrow::Cow;

use clap::Args;
use uuid::Uuid;

use super::TeamVerb;
use crate::backend::BackendError;
use crate::backend::store::postgres::{Members, TeamMember};
use crate::backend::store::{MemberKey, MemberPrint, Rotated, Source, TeamStore, VaultCalls};
use crate::cli::answer::{Format, FormatArgs, VERSION, object};
use crate::cli::context::member;
use crate::cli::session::{Session, minute, wait};
use crate::cli::table::{self, Column};
use crate::cli::vault::Place;
use crate::error::{Exit, Failure};
use crate::text::{counted, shown};

/// The fingerprint that the other person reports.
#[derive(Debug, Clone, Args)]
pub struct PrintArgs {
    /// The fingerprint that the other person reports by another way than the database
    #[arg(long, value_name = "FINGERPRINT")]
    pub fingerprint: Option<String>,
}

impl PrintArgs {
    fn read(&self) -> Result<Option<MemberPrint>, Failure> {
        let read = |it: &String| {
            MemberPrint::parse(it).ok_or_else(|| {
                Failure::usage(format!("{} is not a fingerprint", shown(it)))
                    .hint("Give all eight groups, such as 0f3a-…-91cc.")
            })
        };
        self.fingerprint.as_ref().map(read).transpose()
    }
}

/// How a verb that changes something runs, and answers.
#[derive(Clone, Copy)]
struct How {
    dry_run: bool,
    format: Format,
}

impl How {
    fn of(dry_run: bool, json: FormatArgs) -> Self {
        Self { dry_run, format: json.format() }
    }

    /// Prints the answer for programs, where that is wanted.
    fn object(
        self,
        session: &mut Session<'_, '_>,
        mut answer: serde_json::Value,
    ) -> Result<bool, Failure> {
        if let (true, Some(all)) = (self.dry_run, answer.as_object_mut()) {
            all.insert("dry_run".to_owned(), true.into());
        }
        object(session.printer, self.format, &answer)
    }
}

/// What the verbs work on.
struct Desk<'a> {
    place: &'a Place<'a>,
    store: TeamStore,
    id: Uuid,
    own: Option<MemberKey>,
    members: Members,
    user: String,
}

impl<'a> Desk<'a> {
    fn open(place: &'a Place<'a>) -> Result<Self, Failure> {
        let Some(team) = place.team.clone() else {
            return Err(Failure::usage("the active context is not a team store").hint(
                "Name one: --context NAME; `jetbridge context add --kind postgres` adds one.",
            ));
        };
        let store = TeamStore::start(team)?;
        let user = wait(store.opened())??.user;
        let id = wait(store.vault_status())??.store;
        let own = member::own(place.options()?, id)?;
        let members = wait(store.members(own))??;
        Ok(Self { place, store, id, own, members, user })
    }

    fn is_member(&self) -> bool {
        self.own.is_some_and(|own| self.members.all.iter().any(|it| it.key == own))
    }

    /// Refuses what only a member can do.
    fn needs_members(&self) -> Result<(), Failure> {
        match self.members.source {
            Some(Source::Members) => Ok(()),
            None => Err(Failure::new("the vault of this store is not set up")
                .hint("The first member runs `jetbridge vault init --source members`.")),
            Some(other) => Err(Failure::new(format!("the vault of this store opens with a {other}"))
                .hint("Who can open it runs `jetbridge vault rotate --all --source members`; then others can join.")),
        }
    }
}

/// Runs one of the verbs that are about members.
pub fn run(
    session: &mut Session<'_, '_>,
    place: &Place<'_>,
    verb: TeamVerb,
) -> Result<Exit, Failure> {
    let desk = Desk::open(place)?;
    match verb {
        TeamVerb::Members(json) => list(session, &desk, json.format()),
        TeamVerb::Invite { name, print, dry_run, json } => {
            invite(session, &desk, &name, print.read()?, How::of(dry_run, json))
        }
        TeamVerb::Join { print, dry_run, json } => {
            join(session, &desk, print.read()?, How::of(dry_run, json))
        }
        TeamVerb::Remove { name, print, dry_run, json } => {
            remove(session, &desk, &name, print.read()?, How::of(dry_run, json))
        }
        // They work without a store that is set up.
        TeamVerb::Migrate { .. } | TeamVerb::Roles => Ok(Exit::Ok),
    }
}

const COLUMNS: [Column<(TeamMember, bool)>; 5] = [
    Column { title: "YOU", cell: |it| if it.1 { "*" } else { "" }.into(), least: 3, rank: 0 },
    Column { title: "NAME", cell: |it| Cow::Borrowed(&it.0.name), least: 8, rank: 0 },
    Column { title: "FINGERPRINT", cell: |it| it.0.print().to_string().into(), least: 39, rank: 0 },
    Column {
        title: "ADDED BY",
        cell: |it| it.0.added_by.as_deref().unwrap_or("waits").into(),
        least: 8,
        rank: 1,
    },
    Column { title: "SINCE", cell: |it| minute(it.0.at).into(), least: 17, rank: 2 },
];

fn list(session: &mut Session<'_, '_>, desk: &Desk<'_>, format: Format) -> Result<Exit, Failure> {
    let verified = if desk.is_member() {
        match wait(desk.store.unlock())? {
            Ok(_) => None,
            Err(error @ BackendError::Membership { .. }) => Some(error),
            Err(other) => return Err(other.into()),
        }
    } else {
        None
    };
    let is_verified = desk.is_member() && verified.is_none();
    let Members { source, all, waiting, .. } = &desk.members;
    let is_own = |it: &TeamMember| desk.own == Some(it.key);
    if !format.is_table() {
        let member = |it: &TeamMember| {
            serde_json::json!({
                "name": it.name,
                "fingerprint": it.print().to_string(),
                "added_by": it.added_by,
                "at": it.at,
                "own": is_own(it),
            })
        };
        let answer = serde_json::json!({
            "version": VERSION,
            "source": source.map(Source::slug),
            "verified": is_verified,
            "members": all.iter().map(member).collect::<Vec<_>>(),
            "waiting": waiting.iter().map(member).collect::<Vec<_>>(),
        });
        object(session.printer, format, &answer)?;
        return Ok(Exit::Ok);
    }
    let rows: Vec<_> = all.iter().chain(waiting).map(|it| (it.clone(), is_own(it))).collect();
    table::print(session.printer, &COLUMNS, &rows)?;
    if all.is_empty() {
        desk.needs_members()?;
    }
    match &verified {
        Some(error) => session.printer.say(&format!("warning: not verified: {error}")),
        None if !is_verified => session.printer.say(
            "warning: not verified: only a member can check that the server shows the right list.",
        ),
        None => {}
    }
    Ok(Exit::Ok)
}

/// Whether the fingerprint that is there is the one that was given; `false`: none was.
fn same(whose: &str, found: MemberPrint, reported: Option<MemberPrint>) -> Result<bool, Failure> {
    match reported {
        Some(it) if it != found => Err(Failure {
            exit: Exit::Auth,
            ..Failure::new(format!("the key that is there for {} has another fingerprint", shown(whose)))
        }
        .because(format!("it is {found}, not {it}"))
        .hint("Ask again for the fingerprint; if both are right, someone put a key of their own into the database.")),
        it => Ok(it.is_some()),
    }
}

/// Whether the fingerprint that is there is the one that the other person reports.
fn compared(
    session: &mut Session<'_, '_>,
    (whose, found): (&str, MemberPrint),
    reported: Option<MemberPrint>,
) -> Result<(), Failure> {
    if same(whose, found, reported)? {
        return Ok(());
    }
    let whose = shown(whose).into_owned();
    if !session.can_ask() {
        return Err(session
            .nobody(&format!("whether {whose} reports the fingerprint {found}"))
            .hint("Give what that person reports, by another way than the database, with --fingerprint."));
    }
    session.printer.must_say(&format!("Fingerprint of {whose}: {found}"));
    let question =
        format!("Does {whose} report the same fingerprint, by another way than the database?");
    if session.confirm(&question)? {
        return Ok(());
    }
    Err(Failure::new("nothing was changed").because("the fingerprint was not confirmed"))
}

fn invite(
    session: &mut Session<'_, '_>,
    desk: &Desk<'_>,
    name: &str,
    reported: Option<MemberPrint>,
    how: How,
) -> Result<Exit, Failure> {
    desk.needs_members()?;
    // Also proves that this is a member's machine.
    wait(desk.store.unlock())??;
    let own = desk.own.map(|it| it.print().to_string()).unwrap_or_default();
    let waiting: Vec<&TeamMember> =
        desk.members.waiting.iter().filter(|it| it.name == name).collect();
    let one = match (reported, &*waiting) {
        (_, []) => {
            return asked(session, desk, name, &own, how);
        }
        (Some(print), all) => all.iter().find(|it| it.print() == print).copied().or(match all {
            [one] => Some(one),
            _ => None,
        }),
        (None, [one]) => Some(*one),
        (None, _) => None,
    };
    let Some(one) = one else {
        let prints: Vec<String> = waiting.iter().map(|it| it.print().to_string()).collect();
        return Err(Failure::new(format!("{} keys wait for {}", waiting.len(), shown(name)))
            .because(prints.join(", "))
            .hint("Name the one that the person reports: --fingerprint."));
    };
    if how.dry_run {
        same(name, one.print(), reported)?;
        wait(desk.store.would_invite(name.to_owned(), one.print()))??;
    } else {
        compared(session, (name, one.print()), reported)?;
        wait(desk.store.invite(name.to_owned(), one.print()))??;
    }
    let answer = serde_json::json!({
        "version": VERSION,
        "outcome": "invited",
        "name": name,
        "fingerprint": one.print().to_string(),
        "own_fingerprint": own,
    });
    if how.object(session, answer)? {
        return Ok(Exit::Ok);
    }
    if how.dry_run {
        let (name, print) = (shown(name), one.print());
        session.printer.line(&format!("{name} would be let in, with the fingerprint {print}"))?;
        return Ok(Exit::Ok);
    }
    session.printer.line(&format!("{} can open the secrets of this store now.", shown(name)))?;
    session.printer.say(&format!(
        "hint: your own fingerprint is {own}; `jetbridge team join` on the other machine asks for it."
    ));
    Ok(Exit::Ok)
}

/// Nobody waits with this name: what to send to the person.
fn asked(
    session: &mut Session<'_, '_>,
    desk: &Desk<'_>,
    name: &str,
    own: &str,
    how: How,
) -> Result<Exit, Failure> {
    if let Some(it) = desk.members.all.iter().find(|it| it.name == name) {
        session.printer.say(&format!(
            "hint: {} is a member already, with the fingerprint {}; another machine joins in the same way.",
            shown(name),
            it.print()
        ));
    }
    let answer = serde_json::json!({
        "version": VERSION,
        "outcome": "waiting",
        "name": name,
        "fingerprint": null,
        "own_fingerprint": own,
    });
    if how.object(session, answer)? {
        return Ok(Exit::Ok);
    }
    let name = shown(name).into_owned();
    session
        .printer
        .line(&format!("{name} has not asked to join yet. Send this, which is no secret:"))?;
    session.printer.line(&format!("  jetbridge team join --fingerprint {own}"))?;
    session.printer.line(&format!(
        "Then run `jetbridge team invite {name}` again with the fingerprint that {name} reports."
    ))?;
    Ok(Exit::Ok)
}

fn join(
    session: &mut Session<'_, '_>,
    desk: &Desk<'_>,
    reported: Option<MemberPrint>,
    how: How,
) -> Result<Exit, Failure> {
    desk.needs_members()?;
    if desk.is_member() {
        let unknown = desk.members.giver.as_ref().filter(|_| !desk.members.is_known);
        if let Some((giver, print)) = unknown {
            let giver = giver.clone().unwrap_or_else(|| "someone who is not a member".to_owned());
            if how.dry_run {
                same(&giver, *print, reported)?;
            } else {
                compared(session, (&giver, *print), reported)?;
                wait(desk.store.trust_member(*print, giver))??;
            }
        }
        // What an unknown member wrapped opens only once that member is known.
        if !how.dry_run || unknown.is_none() {
            wait(desk.store.unlock())??;
        }
        return joined(session, desk, desk.own, "joined", how);
    }
    if how.dry_run {
        return joined(session, desk, desk.own, "asked", how);
    }
    let own = match desk.own {
        Some(own) => own,
        None => member::ensure(desk.place.options()?, desk.id)?,
    };
    if let Some(print) = reported {
        // Of whoever will invite: it is known from now on.
        wait(desk.store.trust_member(print, String::new()))??;
    }
    let waits = desk.members.waiting.iter().any(|it| it.key == own);
    if !waits {
        wait(desk.store.ask_to_join(own))??;
    }
    joined(session, desk, Some(own), "asked", how)
}

/// `own`: `None` where the key would only be made.
fn joined(
    session: &mut Session<'_, '_>,
    desk: &Desk<'_>,
    own: Option<MemberKey>,
    outcome: &str,
    how: How,
) -> Result<Exit, Failure> {
    let (user, print) = (&desk.user, own.map(|it| it.print().to_string()));
    let answer = serde_json::json!({
        "version": VERSION,
        "outcome": outcome,
        "name": user,
        "fingerprint": print,
    });
    if how.object(session, answer)? {
        return Ok(Exit::Ok);
    }
    let user = shown(user).into_owned();
    if outcome == "joined" {
        let count = counted(desk.members.all.len(), "member");
        session.printer.line(&format!("You are a member of this store as {user} ({count})."))?;
        return Ok(Exit::Ok);
    }
    if how.dry_run {
        let key = match print {
            Some(print) => format!("your key has the fingerprint {print}"),
            None => "a key pair would be created for it".to_owned(),
        };
        session.printer.line(&format!("would ask to join as {user}; {key}"))?;
        return Ok(Exit::Ok);
    }
    session.printer.line(&format!("Asked to join as {user}. Your fingerprint:"))?;
    session.printer.line(&format!("  {}", print.unwrap_or_default()))?;
    session.printer.say(&format!(
        "hint: report it to a member by another way than the database, who runs `jetbridge team invite {user}`; \
         then run `jetbridge team join` again."
    ));
    Ok(Exit::Ok)
}

fn remove(
    session: &mut Session<'_, '_>,
    desk: &Desk<'_>,
    name: &str,
    print: Option<MemberPrint>,
    how: How,
) -> Result<Exit, Failure> {
    desk.needs_members()?;
    wait(desk.store.unlock())??;
    let is_meant =
        |it: &&TeamMember| it.name == name && print.is_none_or(|print| it.print() == print);
    let meant: Vec<&TeamMember> = desk.members.all.iter().filter(is_meant).collect();
    if meant.is_empty() {
        return Err(Failure::new(format!("{} is not a member with that key", shown(name)))
            .hint("`jetbridge team members` lists them."));
    }
    let asks = !session.yes && !how.dry_run;
    if asks && !session.can_ask() {
        return Err(session
            .nobody("whether to remove a member, which creates new keys")
            .hint("Add --yes, or --dry-run to see what would change."));
    }
    if asks {
        let question = format!("Remove {} and seal every secret again with new keys?", shown(name));
        if !session.agree(&question, "remove", 1)? {
            return Err(Failure::new("nobody was removed").because("you did not agree"));
        }
    }
    let keys = meant.iter().map(|it| it.key).collect();
    let done = match how.dry_run {
        true => wait(desk.store.would_remove_members(keys))??,
        false => wait(desk.store.remove_members(keys))??,
    };
    let Rotated { secrets, drafts, sources, .. } = done;
    let prints: Vec<String> = meant.iter().map(|it| it.print().to_string()).collect();
    let answer = serde_json::json!({
        "version": VERSION,
        "outcome": "removed",
        "name": name,
        "fingerprints": prints,
        "sealed_again": { "secrets": secrets, "drafts": drafts },
        "change_at_source": sources,
    });
    if how.object(session, answer)? {
        return Ok(Exit::Ok);
    }
    let name = shown(name).into_owned();
    let secrets = counted(usize::try_from(secrets).unwrap_or(usize::MAX), "secret");
    session.printer.line(&match how.dry_run {
        true => format!("{name} would be removed; new keys, {secrets} sealed again"),
        false => format!("{name} is removed; new keys, {secrets} sealed again."),
    })?;
    if !sources.is_empty() {
        session
            .printer
            .line(&format!("{name} may know these: change them where they come from:"))?;
    }
    for source in &sources {
        session.printer.line(&format!("  {}", shown(source)))?;
    }
    if how.dry_run {
        return Ok(Exit::Ok);
    }
    session.printer.say(&format!(
        "hint: {name} can still sign in to the database: `REVOKE jetbridge_member, jetbridge_reader FROM {name}` \
         ends that; also change the passwords and key files that {name} had."
    ));
    Ok(Exit::Ok)
}
