//! One sign-in per account and run, inside TLS, after somebody agreed. Never a second try: each wrong
//! password counts towards lock-out. preflight.md §2.2.

use std::sync::Arc;

use super::rights::{self, Reading};
use super::server::{Controller, words};
use super::{id, skipped};
use crate::backend::ad::BindRefusal;
use crate::backend::ad::ldap::Bound;
use crate::checks::check::{Cause, Outcome, Running, Seen, Skip, Sort, Stop};
use crate::checks::lookup::Answer;
use crate::checks::preflight::{Run, Subject, fault};
use crate::domain::{Fingerprint, Held};
use crate::text::shown;

/// The field of the password.
const PASSWORD: &str = "domain_password";

/// An account of a domain.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Account {
    /// The domain that is joined.
    pub domain: String,
    /// The name by which it signs in: always the same one for the same account.
    pub name: String,
}

impl Account {
    /// The account of a connection.
    pub fn of(subject: &Subject) -> Option<Self> {
        let domain = subject.domain()?.trim_end_matches('.').to_lowercase();
        let user = subject.sheet.text("domain_user")?.trim().to_lowercase();
        let label = domain.split('.').next().unwrap_or_default();
        let name = match user.split_once('\\') {
            // The short name of a domain is usually its first label.
            Some((short, user)) if short == label || short == domain => format!("{user}@{domain}"),
            Some(_) => user,
            None if user.contains('@') => user,
            None => format!("{user}@{domain}"),
        };
        (!name.is_empty() && !name.starts_with('@')).then_some(Self { domain, name })
    }

    /// The name that it has in its domain.
    pub(super) fn short(&self) -> &str {
        let after = self.name.split_once('\\').map_or(&*self.name, |it| it.1);
        after.split('@').next().unwrap_or_default()
    }
}

/// The connection of an account that signed in: it sees how often others were wrong.
pub(super) struct Witness {
    bound: Bound,
    /// Where the domain begins.
    base: String,
    /// Wrong passwords that lock an account; 0: none do.
    threshold: i64,
}

/// One account at a time signs in to a domain.
pub(super) type Turn = Arc<tokio::sync::Mutex<Option<Witness>>>;

/// How the sign-in of an account ended.
#[derive(Debug, Clone)]
pub(super) struct SignedIn {
    /// The password that was tried.
    fingerprint: Fingerprint,
    /// The connection that it is of.
    by: String,
    /// Where, and how.
    at: String,
    /// What the account could read, or why it was refused.
    pub(super) outcome: Result<Arc<Reading>, BindRefusal>,
}

/// The password that is stored.
fn stored(subject: &Subject) -> Option<Fingerprint> {
    match subject.sheet.secret(PASSWORD)? {
        Held::Stored(it) => Some(it.clone()),
        Held::New(_) => None,
    }
}

/// The sign-in of the account of a connection. Whoever asks first gives the password.
pub(super) fn signed_in(subject: &Subject) -> Option<Answer<Arc<SignedIn>>> {
    let (account, fingerprint) = (Account::of(subject)?, stored(subject)?);
    let (run, connection, by) = (subject.run.clone(), subject.connection, subject.name.clone());
    let key = format!("sign-in of {} to {}", account.name, account.domain);
    let before = agreed(run.clone(), account.clone());
    Some(subject.run.lookups.learn(key, id::BIND, before, move |(controller, way)| async move {
        let owned = |cause: Cause| fault(id::BIND, cause);
        let turn = run.directory.turn(&account.domain);
        let mut turn = turn.lock().await;
        spared(turn.as_mut(), &account).await?;
        let secure = run.secure(&controller, way, &account.domain).await.map_err(owned)?;
        let password = run.reveal(connection, PASSWORD).await;
        let password = password.map_err(|it| owned(it.into()))?;
        if password.is_empty() {
            return unused(Skip::NotKnown("the stored password is empty".to_owned()));
        }
        let answer = secure.bind(&account.name, &password).await;
        drop(password);
        let at = format!("{}, by {}", shown(&controller.host), way.label());
        let outcome = match answer {
            Ok(Ok(bound)) => Ok(Arc::new(read(&mut turn, bound, &controller, &account).await)),
            Ok(Err(refusal)) => Err(refusal),
            Err(error) => {
                let text = format!("{}: {}", shown(&controller.host), words(&error));
                return Err(owned(Cause::new(Sort::Failed, text, CHECK_FIRST)));
            }
        };
        Ok(Arc::new(SignedIn { fingerprint, by, at, outcome }))
    }))
}

const CHECK_FIRST: &str = "Check the domain controller. It may have counted as a failed attempt.";

/// Whether somebody agreed that the account signs in, and how that is safe.
async fn agreed(run: Run, account: Account) -> Result<(Arc<Controller>, super::server::Way), Stop> {
    let declined = |why| unused(Skip::Declined(why));
    match run.directory.agreed.get() {
        None => declined("a sign-in needs --bind, or a yes on a terminal"),
        Some(all) if all.contains(&account) => run.safe_way(&account.domain).await,
        Some(_) => {
            // Nobody is asked about a domain that was not found.
            run.domain_hosts(&account.domain).await?;
            declined("the answer was no")
        }
    }
}

/// Whether one more wrong password would lock the account, as far as another one may see that.
async fn spared(witness: Option<&mut Witness>, account: &Account) -> Result<(), Stop> {
    let Some(witness) = witness.filter(|it| it.threshold > 0) else { return Ok(()) };
    let names = rights::names(account);
    let names: Vec<(&str, &str)> = names.iter().map(|it| (it.0, &*it.1)).collect();
    let found = witness.bound.find(&witness.base, &names, &["badPwdCount"]).await;
    let counts = found.unwrap_or_default();
    let most = counts.iter().filter_map(|it| it.number("badPwdCount")).max().unwrap_or(0);
    if most + 1 < witness.threshold {
        return Ok(());
    }
    unused(Skip::Declined("one more wrong password would lock the account"))
}

/// No account signs in; the check of the sign-in reports why.
fn unused<T>(why: Skip) -> Result<T, Stop> {
    Err(Stop::Skip(Skip::of(id::BIND, why)))
}

/// Reads what the account may read; the first of a domain stays to spare the others.
async fn read(
    turn: &mut Option<Witness>,
    mut bound: Bound,
    controller: &Controller,
    account: &Account,
) -> Reading {
    let base = controller.root.domain.clone();
    let reading = Reading::of(&mut bound, &base, account).await;
    let threshold = reading.head.as_ref().map_or(0, |it| it.lockout_threshold);
    if turn.is_none() {
        *turn = Some(Witness { bound, base, threshold });
    } else {
        bound.unbind().await;
    }
    reading
}

pub(super) fn check(subject: &Subject) -> Running {
    let Some(answer) = signed_in(subject) else { return skipped(no_password()) };
    let (account, mine) = (Account::of(subject), stored(subject));
    let name = account.map(|it| it.name).unwrap_or_default();
    Box::pin(async move {
        let it = answer.await?;
        judged(&it, &name, mine.as_ref() == Some(&it.fingerprint))
    })
}

pub(super) fn no_password() -> Skip {
    let why = "no user name or password of a domain account is stored";
    Skip::of(id::BIND, Skip::NotKnown(why.to_owned()))
}

/// How a sign-in stands for a connection with the same password, or with another one.
fn judged(it: &SignedIn, account: &str, same: bool) -> Outcome {
    let account = shown(account);
    match (&it.outcome, same) {
        (Ok(_), true) => Ok(Seen::ok(format!("{account} signed in once at {}", it.at))),
        (Ok(_), false) => Ok(Seen::fail(
            format!("the password differs from the one of {}, which works", shown(&it.by)),
            "Enter the password of the account here too.",
        )),
        (Err(_), false) => Err(Stop::Skip(Skip::Declined(
            "another connection has another password for this account; one is tried in each run",
        ))),
        (Err(refusal), true) => {
            let (meaning, fix) = match refusal.code {
                Some(code) => code.words(),
                None => (
                    "the sign-in was refused",
                    "Look up the result in the log of the domain controller.",
                ),
            };
            let raw = format!(
                "result {}: {}",
                refusal.result,
                shown(refusal.text.trim_end_matches('\0'))
            );
            let text = format!("{account}: {meaning} ({}; {raw})", it.at);
            Err(fault(id::BIND, Cause::new(Sort::Refused, text, fix)))
        }
    }
}
