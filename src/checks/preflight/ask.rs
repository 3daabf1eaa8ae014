//! Questions to Microsoft Graph: asked once per tenant and path, with what a refusal means. preflight.md §1

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::id;
use super::run::{Run, fault};
use super::signin::{As, SignedIn};
use super::subject::TenantRef;
use crate::backend::http::{HttpError, HttpErrorKind};
use crate::checks::check::{Cause, Outcome, Seen, Skip, Sort, Stop};
use crate::checks::lookup::Answer;

/// What a tenant without Entra ID P1 answers. An app may get it falsely until it has
/// Directory.Read.All. preflight.md §1
const NO_PREMIUM: &str = "Authentication_RequestFromNonPremiumTenantOrB2CTenant";

/// A question: who may ask it, where, and what it takes.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Path from the version on.
    pub path: String,
    /// Permission that reading it takes.
    pub needs: &'static str,
    /// The check that fails when it cannot be answered.
    pub owner: &'static str,
    /// Who may ask.
    pub who: As,
}

impl Ask {
    /// A question that anybody may ask who has the permission.
    pub fn new(owner: &'static str, needs: &'static str, path: impl Into<String>) -> Self {
        Self { path: path.into(), needs, owner, who: As::Anybody }
    }

    fn key(&self, tenant: &TenantRef) -> String {
        format!("{:?} {} in {}", self.who, self.path, tenant.id.as_str().to_lowercase())
    }

    /// What a failed read means. What is not there is an answer.
    fn refused<T>(&self, error: HttpError, by: &SignedIn) -> Result<Option<T>, Stop> {
        match error.kind {
            HttpErrorKind::NotFound => Ok(None),
            HttpErrorKind::Forbidden if error.code.as_deref() == Some(NO_PREMIUM) => {
                Err(Stop::Skip(match by.is_person || has(by, "Directory.Read.All") {
                    true => Skip::Licence("Microsoft Entra ID P1"),
                    false => Skip::Permission(
                        "Directory.Read.All, or the tenant lacks Microsoft Entra ID P1".into(),
                    ),
                }))
            }
            HttpErrorKind::Forbidden if by.is_person && has(by, self.needs) => {
                Err(Stop::Skip(Skip::Role("that may read it")))
            }
            HttpErrorKind::Forbidden => Err(Stop::Skip(Skip::Permission(self.needs.to_owned()))),
            _ => Err(fault(self.owner, error)),
        }
    }

    fn odd(&self) -> Stop {
        let text = "the answer of Microsoft Graph is not as documented";
        fault(self.owner, Cause::new(Sort::Failed, text, "Report it with `jetbridge --version`."))
    }
}

fn has(by: &SignedIn, permission: &str) -> bool {
    by.claims.values.iter().any(|it| it == permission)
}

impl Run {
    /// An object; `None`: it is not there.
    pub fn object<T>(&self, tenant: &TenantRef, ask: Ask) -> Answer<Option<Arc<T>>>
    where
        T: DeserializeOwned + Send + Sync + 'static,
    {
        let reached = self.reader(tenant, ask.who);
        self.lookups.learn(ask.key(tenant), ask.owner, reached, move |by| async move {
            let value = match by.graph.get(&ask.path).await {
                Ok(value) => value,
                Err(error) => return ask.refused(error, &by),
            };
            serde_json::from_value(value).map(|it| Some(Arc::new(it))).map_err(|_| ask.odd())
        })
    }

    /// A whole list; `None`: what it belongs to is not there.
    pub fn list<T>(&self, tenant: &TenantRef, ask: Ask) -> Answer<Option<Arc<Vec<T>>>>
    where
        T: DeserializeOwned + Send + Sync + 'static,
    {
        let reached = self.reader(tenant, ask.who);
        self.lookups.learn(ask.key(tenant), ask.owner, reached, move |by| async move {
            let value = match by.graph.list(&ask.path).await {
                Ok(items) => Value::Array(items),
                Err(error) => return ask.refused(error, &by),
            };
            serde_json::from_value(value).map(|it| Some(Arc::new(it))).map_err(|_| ask.odd())
        })
    }

    /// Somebody who is signed in, with Microsoft Graph in reach.
    fn reader(
        &self,
        tenant: &TenantRef,
        who: As,
    ) -> impl Future<Output = Result<Arc<SignedIn>, Stop>> + Send + 'static {
        let (run, signed_in) = (self.clone(), self.signed_in(tenant, who));
        async move {
            let by = signed_in.await?;
            run.reached(by.graph.graph(), id::GRAPH).await?;
            Ok(by)
        }
    }
}

/// Several outcomes as one: failures, else warnings, else why something was not seen, else that all
/// is well. A fault is the one of the whole.
pub fn worst(all: Vec<(String, Outcome)>) -> Outcome {
    let (mut fails, mut warnings, mut skips, mut fine) = (vec![], vec![], vec![], vec![]);
    for (name, outcome) in all {
        match outcome {
            Ok(seen) => match seen.level {
                crate::checks::Level::Fail => fails.push((name, seen)),
                crate::checks::Level::Warning => warnings.push((name, seen)),
                crate::checks::Level::Ok | crate::checks::Level::Skipped => fine.push((name, seen)),
            },
            Err(Stop::Skip(why)) => skips.push(why),
            Err(fault @ Stop::Fault(_)) => return Err(fault),
        }
    }
    let joined = |found: Vec<(String, Seen)>| {
        let fix = found.first().map(|it| it.1.fix.clone()).unwrap_or_default();
        let each = |(name, seen): (String, Seen)| match name.is_empty() {
            true => seen.text,
            false => format!("{name}: {}", seen.text),
        };
        (found.into_iter().map(each).collect::<Vec<_>>().join("; "), fix)
    };
    if !fails.is_empty() {
        let (text, fix) = joined(fails);
        return Ok(Seen::fail(text, fix));
    }
    if !warnings.is_empty() {
        let (text, fix) = joined(warnings);
        return Ok(Seen::warning(text, fix));
    }
    match skips.into_iter().next() {
        Some(why) => Err(Stop::Skip(why)),
        None if fine.is_empty() => Err(Stop::Skip(Skip::Nothing("there is nothing to check"))),
        None => Ok(Seen::ok(joined(fine).0)),
    }
}
