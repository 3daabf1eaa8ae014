//! What an account may do in its domain, and what the domain asks of others. Groups are recognized by SID, never
//! by name. preflight.md §2.3.

use std::sync::Arc;

use super::bind::{Account, no_password, signed_in};
use super::server::words;
use super::{id, skipped};
use crate::backend::ad::ldap::{Bound, LdapError};
use crate::backend::ad::sid::Sid;
use crate::checks::check::{Outcome, Running, Seen, Skip, Stop};
use crate::checks::preflight::Subject;
use crate::domain::rules::PasswordPolicy;
use crate::text::shown;

/// Relative ids of groups of a domain.
const DOMAIN_ADMINS: u32 = 512;
const ENTERPRISE_ADMINS: u32 = 519;
const PROTECTED_USERS: u32 = 525;

/// The container of new computers, wherever it is. MS-ADTS 6.1.1.4
const COMPUTERS: &str = "aa312825768811d1aded00c04fd8d5cd";

/// Bit of pwdProperties: passwords must have several kinds of characters. MS-ADTS 6.1.1
const COMPLEX: i64 = 1;
/// Kinds of characters that such a password has.
const KINDS: usize = 3;

/// What an account could read of its domain. An error: that part is not known.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    /// The account; `None`: it is not of this domain.
    groups: Result<Option<Vec<Sid>>, LdapError>,
    /// Where computers go.
    container: Result<Container, LdapError>,
    /// The domain.
    pub(super) head: Result<Head, LdapError>,
}

/// Where computers go.
#[derive(Debug, Clone)]
struct Container {
    name: String,
    /// Whether the account may create computers there.
    may_create: bool,
    /// Whether it is another one than Windows sets up.
    redirected: bool,
}

/// What the domain says of itself.
#[derive(Debug, Clone)]
pub(super) struct Head {
    sid: Option<Sid>,
    quota: Option<i64>,
    min_length: Option<i64>,
    complex: bool,
    /// Wrong passwords that lock an account; 0: none do.
    pub(super) lockout_threshold: i64,
}

/// The attributes by which an account is found.
pub(super) fn names(account: &Account) -> [(&'static str, String); 2] {
    [("userPrincipalName", account.name.clone()), ("sAMAccountName", account.short().to_owned())]
}

impl Reading {
    /// Reads it.
    pub(super) async fn of(bound: &mut Bound, base: &str, account: &Account) -> Self {
        Self {
            groups: groups(bound, base, account).await,
            container: container(bound, base).await,
            head: head(bound, base).await,
        }
    }

    /// Whether the account may create computers where the domain puts them.
    fn may_create(&self) -> bool {
        self.container.as_ref().is_ok_and(|it| it.may_create)
    }

    /// The groups of the account, through others too.
    fn groups(&self) -> Result<&[Sid], Stop> {
        match &self.groups {
            Ok(Some(it)) => Ok(it),
            Ok(None) => {
                Err(Stop::Skip(Skip::NotKnown("the account is not of this domain".to_owned())))
            }
            Err(error) => Err(unknown(error)),
        }
    }

    fn head(&self) -> Result<&Head, Stop> {
        self.head.as_ref().map_err(unknown)
    }
}

fn unknown(error: &LdapError) -> Stop {
    Stop::Skip(Skip::NotKnown(format!(
        "the domain does not let the account read it: {}",
        words(error)
    )))
}

async fn groups(
    bound: &mut Bound,
    base: &str,
    account: &Account,
) -> Result<Option<Vec<Sid>>, LdapError> {
    let names = names(account);
    let any: Vec<(&str, &str)> = names.iter().map(|it| (it.0, &*it.1)).collect();
    let found = bound.find(base, &any, &["userPrincipalName", "sAMAccountName"]).await?;
    // By its full name rather than by the short one, which somebody else may have.
    let [full, short] = &names;
    let of_domain =
        !account.name.contains('@') || account.name.ends_with(&format!("@{}", account.domain));
    let entry = found
        .iter()
        .find(|it| it.has(full.0, &full.1))
        .or_else(|| found.iter().find(|it| of_domain && it.has(short.0, &short.1)));
    let Some(entry) = entry else { return Ok(None) };
    // Recursive and with the primary group, but only of one entry by its name.
    let entry = bound.read(&entry.name, &["tokenGroups"]).await?;
    Ok(entry.map(|it| it.values("tokenGroups").iter().filter_map(|it| Sid::parse(it)).collect()))
}

async fn container(bound: &mut Bound, base: &str) -> Result<Container, LdapError> {
    let name = format!("<WKGUID={COMPUTERS},{base}>");
    let found = bound.read(&name, &["allowedChildClassesEffective"]).await?;
    let it = found.ok_or(LdapError::Refused(32, "no such object".to_owned()))?;
    let may_create = it.has("allowedChildClassesEffective", "computer");
    let redirected = !it.name.eq_ignore_ascii_case(&format!("CN=Computers,{base}"));
    Ok(Container { name: it.name, may_create, redirected })
}

async fn head(bound: &mut Bound, base: &str) -> Result<Head, LdapError> {
    let attributes = [
        "objectSid",
        "ms-DS-MachineAccountQuota",
        "minPwdLength",
        "pwdProperties",
        "lockoutThreshold",
    ];
    let found = bound.read(base, &attributes).await?;
    let it = found.ok_or(LdapError::Refused(32, "no such object".to_owned()))?;
    Ok(Head {
        sid: it.values("objectSid").first().and_then(|it| Sid::parse(it)),
        quota: it.number("ms-DS-MachineAccountQuota"),
        min_length: it.number("minPwdLength"),
        complex: it.number("pwdProperties").is_some_and(|it| it & COMPLEX != 0),
        lockout_threshold: it.number("lockoutThreshold").unwrap_or(0),
    })
}

/// Judges what the account of a subject could read.
fn of_reading(
    subject: &Subject,
    judge: impl FnOnce(&Reading) -> Outcome + Send + 'static,
) -> Running {
    let Some(answer) = signed_in(subject) else { return skipped(no_password()) };
    Box::pin(async move {
        match &answer.await?.outcome {
            Ok(reading) => judge(&Arc::clone(reading)),
            Err(_) => Err(Stop::Skip(Skip::After(id::BIND))),
        }
    })
}

pub(super) fn check_rights(subject: &Subject) -> Running {
    of_reading(subject, |it| {
        let (groups, head) = (it.groups()?, it.head()?);
        let of_domain =
            |rid: u32| head.sid.as_ref().is_some_and(|sid| groups.contains(&sid.with(rid)));
        let fix = "Add the account to Administrators or Domain Admins of the domain.";
        Ok(if of_domain(DOMAIN_ADMINS) {
            Seen::ok("member of Domain Admins")
        } else if groups.contains(&Sid::administrators()) {
            Seen::ok("member of Administrators")
        } else if of_domain(ENTERPRISE_ADMINS) {
            Seen::ok("member of Enterprise Admins")
        } else if it.may_create() {
            Seen::warning(
                "may create computers, but is in neither Administrators nor Domain Admins, which Fly asks for",
                fix,
            )
        } else {
            Seen::fail("in neither Administrators nor Domain Admins", fix)
        })
    })
}

pub(super) fn check_protected(subject: &Subject) -> Running {
    of_reading(subject, |it| {
        let (groups, head) = (it.groups()?, it.head()?);
        let Some(sid) = &head.sid else {
            return Err(Stop::Skip(Skip::NotReadable("the domain does not show its SID")));
        };
        Ok(match groups.contains(&sid.with(PROTECTED_USERS)) {
            false => Seen::ok("not a member of Protected Users"),
            true => Seen::warning(
                "member of Protected Users, which has no NTLM and no cached sign-in",
                "Use an account that is not a member of Protected Users.",
            ),
        })
    })
}

pub(super) fn check_container(subject: &Subject) -> Running {
    of_reading(subject, |it| {
        let it = it.container.as_ref().map_err(unknown)?;
        let moved = if it.redirected { " (redirected)" } else { "" };
        let place = format!("{}{moved}", shown(&it.name));
        Ok(match it.may_create {
            true => Seen::ok(format!("may create computers in {place}")),
            false => Seen::warning(
                format!("may not create computers in {place}"),
                "Delegate the creation of computers there to the account.",
            ),
        })
    })
}

pub(super) fn check_quota(subject: &Subject) -> Running {
    of_reading(subject, |it| {
        let Some(quota) = it.head()?.quota else {
            return Err(Stop::Skip(Skip::NotReadable("the domain does not show its quota")));
        };
        Ok(match (it.may_create(), quota) {
            (true, _) => Seen::ok(format!("{quota}; it does not apply to the account")),
            (false, ..=0) => Seen::fail(
                "0, and the account may not create computers otherwise",
                "Delegate the creation of computers to the account.",
            ),
            (false, _) => Seen::warning(
                format!("the account may add {quota} computers to the domain in all"),
                "Delegate the creation of computers to the account when there are more devices.",
            ),
        })
    })
}

pub(super) fn check_policy(subject: &Subject) -> Running {
    let ours = subject.run.password;
    of_reading(subject, move |it| policy(it.head()?, ours))
}

/// What passwords of local administrators are checked against, compared with what the domain will ask of
/// them after the join.
fn policy(head: &Head, ours: PasswordPolicy) -> Outcome {
    let Some(least) = head.min_length.and_then(|it| usize::try_from(it).ok()) else {
        return Err(Stop::Skip(Skip::NotReadable("the domain does not show its password policy")));
    };
    let mut gaps = Vec::new();
    if least > ours.min_length {
        gaps.push(format!("at least {least} characters, not {}", ours.min_length));
    }
    if head.complex && ours.min_kinds < KINDS {
        gaps.push(format!("{KINDS} kinds of characters, not {}", ours.min_kinds));
    }
    Ok(match gaps.is_empty() {
        true => Seen::ok(format!(
            "local passwords are checked for the {least} characters of the domain"
        )),
        false => Seen::warning(
            format!("the domain asks for {}", gaps.join(", and ")),
            "Set the rules under [password_policy] in the configuration accordingly, and enter passwords of local administrators that meet them.",
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::check::Level;

    #[test]
    fn rules_for_local_passwords_are_compared_with_those_of_the_domain() {
        let ours = |min_length, min_kinds| PasswordPolicy {
            min_length,
            min_kinds,
            forbid_user_name: true,
        };
        let head = |min_length, complex| Head {
            sid: None,
            quota: None,
            min_length,
            complex,
            lockout_threshold: 0,
        };
        for (theirs, ours, level) in [
            (head(Some(7), true), ours(7, 3), Level::Ok),
            (head(Some(0), false), ours(7, 3), Level::Ok),
            (head(Some(14), true), ours(7, 3), Level::Warning),
            (head(Some(14), true), ours(14, 3), Level::Ok),
            (head(Some(7), true), ours(7, 2), Level::Warning),
            (head(Some(7), false), ours(7, 1), Level::Ok),
        ] {
            assert_eq!(policy(&theirs, ours).unwrap().level, level, "{theirs:?}");
        }
        assert!(matches!(
            policy(&head(None, true), ours(7, 3)),
            Err(Stop::Skip(Skip::NotReadable(_)))
        ));
    }
}
