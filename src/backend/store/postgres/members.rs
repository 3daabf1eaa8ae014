//! The members of a team store, and who asks to become one. SPEC S5.

use super::TeamStore;
use super::db::{Context, Tx};
use super::value::{column, sql};
use super::vault::{self, Change};
use crate::backend::store::core::Result;
use crate::backend::store::core::columns::moment;
use crate::backend::store::vault::envelope::Envelope;
use crate::backend::store::vault::members::{MemberKey, MemberPrint};
use crate::backend::store::worker::Manner;
use crate::backend::store::{Rotated, Source};
use crate::backend::{BackendError, Reply};
use crate::domain::Timestamp;

/// Public keys that wait for a member. What the server saw of who asked stands in `seen_…`.
pub(super) const SCHEMA: &str = r"
CREATE TABLE jetbridge.joining (
    key bytea PRIMARY KEY CHECK (length(key) = 32),
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_by text NOT NULL DEFAULT session_user
);
CREATE TRIGGER seen BEFORE INSERT OR UPDATE ON jetbridge.joining
    FOR EACH ROW EXECUTE FUNCTION jetbridge.seen();
";

/// A member, or somebody who asks to become one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamMember {
    /// The role that it signs in with.
    pub name: String,
    /// Its public key.
    pub key: MemberKey,
    /// Who added it; `None`: it waits.
    pub added_by: Option<String>,
    /// Since when it is a member, or asks to be one.
    pub at: Timestamp,
}

impl TeamMember {
    /// What people compare of its key.
    pub fn print(&self) -> MemberPrint {
        self.key.print()
    }
}

/// The members of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Members {
    /// What opens the vault; `None`: it is not set up.
    pub source: Option<Source>,
    /// Who is a member, in the order in which they were added. Authenticated only by whoever opens the
    /// vault.
    pub all: Vec<TeamMember>,
    /// Who asks to become one, as the server says.
    pub waiting: Vec<TeamMember>,
    /// Who wrapped the data key for the own key: its name, where it is a member, and its fingerprint.
    pub giver: Option<(Option<String>, MemberPrint)>,
    /// Whether this machine knows whoever that is.
    pub is_known: bool,
}

fn read(tx: &Tx<'_>, context: &mut Context, own: Option<MemberKey>) -> Result<Members> {
    let mut found = Members {
        source: None,
        all: Vec::new(),
        waiting: Vec::new(),
        giver: None,
        is_known: false,
    };
    if let Some(bytes) = &tx.state().envelope {
        let envelope = Envelope::read(bytes)?;
        found.source = Some(envelope.source);
        if let Some(team) = &envelope.team {
            found.giver = own.and_then(|it| team.giver(it));
            let known = context.vault.members()?;
            let own = own.map(|it| it.print());
            found.is_known =
                found.giver.as_ref().is_some_and(|it| known.has(it.1) || Some(it.1) == own);
            for it in &team.members {
                found.all.push(TeamMember {
                    name: it.name.clone(),
                    key: it.key,
                    added_by: Some(it.added_by.clone()),
                    at: moment(it.added_at)?,
                });
            }
        }
    }
    for row in tx.rows(sql!(
        "SELECT key, seen_by, (extract(epoch FROM seen_at) * 1000000)::bigint
         FROM jetbridge.joining ORDER BY seen_at LIMIT 500"
    ))? {
        let Some(key) = MemberKey::of(column(&row, 0)?) else { continue };
        if found.all.iter().all(|it| it.key != key) {
            let (name, at) = (column(&row, 1)?, moment(column(&row, 2)?)?);
            found.waiting.push(TeamMember { name, key, added_by: None, at });
        }
    }
    Ok(found)
}

impl TeamStore {
    /// The members, and who waits; opens nothing. `own`: the own public key, if there is one.
    pub fn members(&self, own: Option<MemberKey>) -> Reply<'_, Members> {
        self.worker.call(Manner::BreakOff, move |db| db.read(|tx, context| read(tx, context, own)))
    }

    /// Asks to become a member. Also a reader may.
    pub fn ask_to_join(&self, key: MemberKey) -> Reply<'_, ()> {
        self.worker.call(Manner::Finish, move |db| {
            db.single(sql!(
                "INSERT INTO jetbridge.joining (key) VALUES ($1) ON CONFLICT DO NOTHING",
                *key.bytes()
            ))
        })
    }

    /// From now on this machine takes the data key from the member with this fingerprint, which was
    /// compared by another way than the database.
    pub fn trust_member(&self, print: MemberPrint, name: String) -> Reply<'_, ()> {
        self.worker
            .call(Manner::Finish, move |db| db.read(|_, context| context.vault.trust(print, &name)))
    }

    /// Wraps the data key for somebody who waits, with the fingerprint that was compared.
    ///
    /// # Errors
    /// [`BackendError::NotFound`] when nobody waits with it.
    pub fn invite(&self, name: String, print: MemberPrint) -> Reply<'_, ()> {
        self.worker.call(Manner::Finish, move |db| {
            let new = db.read(|tx, context| inviting(tx, context, &name, print))?;
            db.may_write()?;
            let note = format!("invited {name} {print}");
            db.write(|tx, context| {
                vault::rewrap(tx, context, &new, &note)?;
                forget_members(tx, context)
            })
        })
    }

    /// Whether [`Self::invite`] would do it, as far as can be known before.
    ///
    /// # Errors
    /// As of that.
    pub fn would_invite(&self, name: String, print: MemberPrint) -> Reply<'_, ()> {
        self.worker.call(Manner::BreakOff, move |db| {
            db.read(|tx, context| inviting(tx, context, &name, print).map(drop))?;
            db.may_write()
        })
    }

    /// What [`Self::remove_members`] would seal again.
    ///
    /// # Errors
    /// As of that, as far as can be known before.
    pub fn would_remove_members(&self, which: Vec<MemberKey>) -> Reply<'_, Rotated> {
        self.worker.call(Manner::BreakOff, move |db| {
            let change = Change::Remove(which);
            let done = db.read(|tx, context| {
                vault::prepare_members(tx, context, &change)?;
                vault::would_rotate(tx, context)
            })?;
            db.may_write()?;
            Ok(done)
        })
    }

    /// Takes members out: makes new keys, wraps them for the others, and seals everything again, all or
    /// nothing.
    pub fn remove_members(&self, which: Vec<MemberKey>) -> Reply<'_, Rotated> {
        self.worker.call(Manner::BreakOff, move |db| {
            let prints: Vec<String> = which.iter().map(|it| it.print().to_string()).collect();
            let change = Change::Remove(which);
            let new = db.read(|tx, context| vault::prepare_members(tx, context, &change))?;
            db.may_write()?;
            let note = format!("removed {}", prints.join(", "));
            db.write(|tx, context| vault::rotate(tx, context, &new, &note))
        })
    }
}

/// Wraps the data key for somebody who waits.
fn inviting(
    tx: &Tx<'_>,
    context: &mut Context,
    name: &str,
    print: MemberPrint,
) -> Result<vault::Prepared> {
    let waiting = read(tx, context, None)?.waiting;
    let who = waiting.into_iter().find(|it| it.name == name && it.print() == print);
    let who = who.ok_or(BackendError::NotFound)?;
    vault::prepare_members(tx, context, &Change::Add(who.name, who.key))
}

/// Takes those who are members by now off the list of those who wait.
fn forget_members(tx: &Tx<'_>, context: &mut Context) -> Result<()> {
    let Some(known) = context.vault.learned() else { return Ok(()) };
    for row in tx.rows(sql!("SELECT key FROM jetbridge.joining"))? {
        let bytes: Vec<u8> = column(&row, 0)?;
        if MemberKey::of(&bytes).is_some_and(|it| known.has(it.print())) {
            tx.put(sql!("DELETE FROM jetbridge.joining WHERE key = $1", bytes));
        }
    }
    Ok(())
}
